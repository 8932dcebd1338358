//! What a stretch of text is to its tree: code, a comment or a string; which node it is; whether a name is declared there. For those who
//! look for places that are alike. Every question costs as much as the tree is deep.

use std::ops::Range;

use tree_sitter::Node;

use super::SyntaxTree;

/// What a position stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextClass {
    /// Code.
    Code,
    /// A comment.
    Comment,
    /// A string, but not what is computed within it.
    Quoted,
}

/// The smallest node that holds a stretch of text, and how the stretch lies in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeShape {
    kind: u16,
    /// It begins and ends where nodes do.
    is_whole: bool,
}

/// How far a name that is declared can be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeclaredName {
    /// In a function: a variable, a parameter.
    Local,
    /// Everywhere: a function, a type, a constant.
    Item,
}

impl SyntaxTree {
    /// What a stretch, in bytes, stands in.
    #[must_use]
    pub fn text_class(&self, bytes: &Range<usize>) -> TextClass {
        around(self.named(bytes)).find_map(class_of).unwrap_or(TextClass::Code)
    }

    /// The shape of a stretch, in bytes.
    #[must_use]
    pub fn shape(&self, bytes: &Range<usize>) -> Option<NodeShape> {
        let node = self.named(bytes)?;
        let is_whole = node.byte_range() == *bytes || is_run_of_children(node, bytes);
        Some(NodeShape { kind: node.kind_id(), is_whole })
    }

    /// Is a name declared by the word at these bytes?
    #[must_use]
    pub fn declared_at(&self, bytes: &Range<usize>) -> Option<DeclaredName> {
        let mut node = self.named(bytes).filter(|node| node.byte_range() == *bytes)?;
        let mut parent = node.parent()?;
        while is_pattern(parent.kind()) {
            (node, parent) = (parent, parent.parent()?);
        }
        let is_field = |name: &str| parent.child_by_field_name(name) == Some(node);
        let kind = parent.kind();
        if kind.contains("parameter") {
            let is_type = is_field("type") || is_field("value");
            return (!is_type).then_some(DeclaredName::Local);
        }
        if LOCALS.contains(&kind) {
            return ["name", "pattern", "left", "declarator"]
                .iter()
                .any(|name| is_field(name))
                .then_some(DeclaredName::Local);
        }
        let declares = ["_item", "_declaration", "_definition", "_specifier", "_spec", "method", "module"];
        let is_item = declares.iter().any(|part| kind.contains(part)) && !kind.contains("import");
        (is_item && (is_field("name") || is_field("declarator"))).then_some(DeclaredName::Item)
    }

    fn named(&self, bytes: &Range<usize>) -> Option<Node<'_>> {
        self.root().named_descendant_for_byte_range(bytes.start, bytes.end.max(bytes.start))
    }
}

/// Nodes by which a function declares its variables.
const LOCALS: &[&str] = &[
    "let_declaration",
    "variable_declarator",
    "assignment",
    "assignment_statement",
    "short_var_declaration",
    "var_spec",
    "init_declarator",
    "for_statement",
    "for_expression",
    "for_in_statement",
    "for_in_clause",
    "range_clause",
    "let_condition",
    "property_declaration",
    "variable_declaration",
    "named_expression",
];

/// What may stand between a name and the node that declares it.
fn is_pattern(kind: &str) -> bool {
    kind.ends_with("pattern") || kind.ends_with("_list") && kind != "argument_list" || kind == "pattern_list"
}

fn around(node: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(node, Node::parent)
}

fn class_of(node: Node<'_>) -> Option<TextClass> {
    let kind = node.kind();
    let has = |part: &str| kind.contains(part);
    if has("comment") {
        return Some(TextClass::Comment);
    }
    if (has("interpol") && !has("string")) || has("substitution") || has("expansion") {
        return Some(TextClass::Code);
    }
    // YAML calls every plain value so.
    let quotes = has("string") && kind != "string_scalar";
    let quotes = quotes || has("char_literal") || has("character_literal") || has("rune_literal");
    (quotes || has("heredoc") || kind == "jsx_text").then_some(TextClass::Quoted)
}

/// Does the stretch begin where a child does, and end where one does?
fn is_run_of_children(node: Node<'_>, bytes: &Range<usize>) -> bool {
    let mut cursor = node.walk();
    if cursor.goto_first_child_for_byte(bytes.start).is_none() || cursor.node().start_byte() != bytes.start {
        return false;
    }
    while cursor.node().end_byte() < bytes.end {
        if !cursor.goto_next_sibling() {
            return false;
        }
    }
    cursor.node().end_byte() == bytes.end
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use ropey::Rope;

    use super::*;
    use crate::{Language, Revision};

    fn parse(language: Language, text: &str) -> SyntaxTree {
        let rope = Rope::from_str(text);
        SyntaxTree::parse(language, &rope, Revision(0), None, &AtomicBool::new(false)).unwrap()
    }

    fn at(text: &str, part: &str) -> Range<usize> {
        let start = text.find(part).unwrap();
        start..start + part.len()
    }

    #[test]
    fn comments_and_strings_are_told_from_code_and_what_is_computed_in_a_string_is_code() {
        use TextClass::{Code, Comment, Quoted};
        let check = |language, text: &str, part: &str, class| {
            assert_eq!(parse(language, text).text_class(&at(text, part)), class, "{language:?} {part}");
        };
        check(Language::Python, "x = f'abc {deff}'  # ghi\n", "abc", Quoted);
        check(Language::Python, "x = f'abc {deff}'  # ghi\n", "deff", Code);
        check(Language::Python, "x = f'abc {deff}'  # ghi\n", "ghi", Comment);
        check(Language::Rust, "fn f() { g(\"abc\", 'd'); /* e */ }", "abc", Quoted);
        check(Language::Rust, "fn f() { g(\"abc\", 'd'); /* e */ }", "g(", Code);
        check(Language::TypeScript, "let a: string = `b ${cc}`;", "string", Code);
        check(Language::TypeScript, "let a: string = `b ${cc}`;", "cc", Code);
        check(Language::Yaml, "key: value # note\n", "value", Code);
    }

    #[test]
    fn a_stretch_that_cuts_through_an_expression_has_another_shape() {
        let text = "x = 1\nx = 1 + y\n";
        let tree = parse(Language::Python, text);
        let (whole, cut) = (tree.shape(&(0..5)), tree.shape(&(6..11)));
        assert!(whole.is_some() && whole != cut);
        let text = "f(a)\ng(f(b))\n";
        let tree = parse(Language::Python, text);
        assert_eq!(tree.shape(&at(text, "f(a)")), tree.shape(&at(text, "f(b)")));
    }

    #[test]
    fn names_are_told_from_uses() {
        use DeclaredName::{Item, Local};
        let check = |language, text: &str, declared| {
            assert_eq!(parse(language, text).declared_at(&at(text, "name")), declared, "{language:?} {text}");
        };
        check(Language::Rust, "fn name() {}", Some(Item));
        check(Language::Rust, "fn f(name: u8) {}", Some(Local));
        check(Language::Rust, "fn f() { let name = 1; }", Some(Local));
        check(Language::Rust, "fn f() { let (a, name) = g(); }", Some(Local));
        check(Language::Rust, "fn f() { g(name); }", None);
        check(Language::Rust, "struct A { name: u8 }", Some(Item));
        check(Language::Python, "def f(name):\n    pass\n", Some(Local));
        check(Language::Python, "def f(a, name=1):\n    pass\n", Some(Local));
        check(Language::Python, "def name():\n    pass\n", Some(Item));
        check(Language::Python, "name = 1\n", Some(Local));
        check(Language::Python, "f(name)\n", None);
        check(Language::JavaScript, "const name = f();", Some(Local));
        check(Language::JavaScript, "function name() {}", Some(Item));
        check(Language::JavaScript, "f(a.name)", None);
        check(Language::Go, "package a\nfunc f() { name := 1 }\n", Some(Local));
        check(Language::C, "int f(void) { int name = 1; }", Some(Local));
    }
}
