//! TypeScript without its types is JavaScript: what only the compiler reads is left out, so that what is left can be run.

use std::ops::Range;

use editor_core::Language;
use editor_core::syntax::FlatNode;
use ropey::Rope;

use crate::check;

/// Statements that say types alone.
const STATEMENTS: [&str; 2] = ["interface_declaration", "type_alias_declaration"];
/// Parts of other statements that do.
const PARTS: [&str; 6] = [
    "type_annotation",
    "type_predicate_annotation",
    "type_parameters",
    "type_arguments",
    "accessibility_modifier",
    "implements_clause",
];
/// What is no JavaScript in another way: it would have to be translated.
const OTHERS: [&str; 6] = [
    "enum_declaration",
    "internal_module",
    "abstract_class_declaration",
    "decorator",
    "type_assertion",
    "ambient_declaration",
];

/// The text of a file without its types. `None` where something of it is more than types, or does not parse.
pub(super) fn without_types(text: &str, language: Language) -> Option<String> {
    let rope = Rope::from_str(text);
    let tree = check::parse(&rope, language)?;
    let all = 0..rope.len_chars();
    if tree.has_error(&rope, all.clone()) {
        return None;
    }
    let nodes = tree.flat(&rope, &all);
    if nodes.iter().any(|node| OTHERS.contains(&node.kind)) {
        return None;
    }
    let mut gaps: Vec<Range<usize>> =
        nodes.iter().enumerate().filter_map(|(index, node)| left_out(&nodes, index, node, text)).collect();
    gaps.sort_by_key(|gap| gap.start);
    let mut plain = String::new();
    let mut at = 0;
    for gap in gaps {
        // One within another is gone already.
        if gap.start >= at {
            plain += &text[at..gap.start];
            // Lines stay where they are.
            plain.extend(text[gap.clone()].chars().filter(|c| *c == '\n'));
            at = gap.end;
        }
    }
    plain += &text[at..];
    Some(plain)
}

/// The bytes of a node that are left out.
fn left_out(nodes: &[FlatNode], index: usize, node: &FlatNode, text: &str) -> Option<Range<usize>> {
    let first_inside = nodes.get(index + 1).filter(|_| node.end > index + 1);
    match node.kind {
        kind if STATEMENTS.contains(&kind) || PARTS.contains(&kind) => Some(node.bytes.clone()),
        "export_statement" => {
            let inside = &nodes[index + 1..node.end];
            let says_types = inside.iter().any(|child| {
                child.depth == node.depth + 1 && (STATEMENTS.contains(&child.kind) || child.kind == "type")
            });
            says_types.then(|| node.bytes.clone())
        }
        "import_statement" => text[node.bytes.clone()].starts_with("import type").then(|| node.bytes.clone()),
        // `value as Type`: the value stays.
        "as_expression" | "satisfies_expression" => Some(first_inside?.bytes.end..node.bytes.end),
        "non_null_expression" => Some(first_inside?.bytes.end..node.bytes.end),
        "readonly" | "override" => Some(node.bytes.clone()),
        "?" => {
            let parent = nodes[..index].iter().rev().find(|other| other.depth + 1 == node.depth)?;
            matches!(parent.kind, "optional_parameter" | "public_field_definition")
                .then(|| node.bytes.clone())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        let plain = without_types(text, Language::TypeScript);
        let squeezed = plain.map(|plain| plain.split_whitespace().collect::<Vec<_>>().join(" "));
        assert_eq!(squeezed.as_deref(), expected, "{text}");
    }

    #[test]
    fn what_only_the_compiler_reads_is_left_out() {
        check(
            "function f<T>(a: T[], b?: number): T { return a[b!] as T; }",
            Some("function f(a, b) { return a[b]; }"),
        );
        check(
            "interface P { x: number }\nexport type Q = P;\nconst g = (p: P): number => p.x;\n",
            Some("const g = (p) => p.x;"),
        );
        check(
            "export function h(x: readonly string[] = []) { return x; }",
            Some("export function h(x = []) { return x; }"),
        );
        check("import type { A } from './a';\nlet a = 1;\n", Some("let a = 1;"));
    }

    #[test]
    fn what_would_have_to_be_translated_is_not_run() {
        check("enum E { A, B }\n", None);
        check("function f(: number) {}", None);
    }
}
