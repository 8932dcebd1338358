//! What stands around a position: for growing a selection, and for what the AI is told about it.

use std::ops::Range;

use ropey::Rope;
use tree_sitter::Node;

use super::SyntaxTree;

/// So many imports are listed at most.
const MAX_IMPORTS: usize = 100;

/// Headers and imports are cut at so many chars.
const MAX_CHARS: usize = 400;

/// A named scope around a position, outermost first: what the AI is told about where the selection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// All of it, in chars.
    pub range: Range<usize>,
    /// Its first line, trimmed: `impl Parser`, `fn next(&mut self) -> Token`.
    pub header: String,
}

impl SyntaxTree {
    /// The innermost function or method around a position.
    #[must_use]
    pub fn enclosing_function(&self, rope: &Rope, position: usize) -> Option<Range<usize>> {
        ancestors(self.at(rope, &(position..position))).find_map(function).map(|node| chars(rope, node))
    }

    /// Functions, types and modules around a position, outermost first.
    #[must_use]
    pub fn enclosing_scopes(&self, rope: &Rope, position: usize) -> Vec<Scope> {
        let around = ancestors(self.at(rope, &(position..position)));
        let scopes = around.filter(|node| is_scope(*node)).map(|node| scope(rope, node));
        let mut scopes: Vec<Scope> = scopes.collect();
        scopes.reverse();
        scopes
    }

    /// The smallest node that holds the range and is greater than it.
    #[must_use]
    pub fn enclosing_node(&self, rope: &Rope, range: &Range<usize>) -> Option<Range<usize>> {
        let mut around = ancestors(self.at(rope, range)).map(|node| chars(rope, node));
        around.find(|found| found.start <= range.start && range.end <= found.end && found.len() > range.len())
    }

    /// Is there a syntax error in the range?
    #[must_use]
    pub fn has_error(&self, rope: &Rope, range: Range<usize>) -> bool {
        let end = range.end.min(rope.len_chars());
        let bytes = rope.char_to_byte(range.start.min(end))..rope.char_to_byte(end);
        has_error(self.root(), &bytes)
    }

    /// The top-level import lines.
    #[must_use]
    pub fn imports(&self, rope: &Rope) -> Vec<String> {
        let root = self.root();
        let mut cursor = root.walk();
        let imports = root.named_children(&mut cursor).filter(|node| IMPORTS.contains(&node.kind()));
        imports.take(MAX_IMPORTS).map(|node| text(rope, node.byte_range())).collect()
    }

    /// The smallest node that holds a char range.
    fn at(&self, rope: &Rope, range: &Range<usize>) -> Option<Node<'_>> {
        let end = range.end.min(rope.len_chars());
        let (start, end) = (rope.char_to_byte(range.start.min(end)), rope.char_to_byte(end));
        self.root().named_descendant_for_byte_range(start, end)
    }
}

const IMPORTS: &[&str] = &[
    "use_declaration",
    "extern_crate_declaration",
    "import_statement",
    "import_from_statement",
    "future_import_statement",
    "import_declaration",
    "preproc_include",
    "using_declaration",
    "package_clause",
];

const FUNCTIONS: &[&str] = &[
    "function_item",
    "function_definition",
    "function_declaration",
    "generator_function_declaration",
    "method_definition",
    "method_declaration",
];

/// Functions without a name of their own; they count when something names them.
const ANONYMOUS: &[&str] =
    &["arrow_function", "function_expression", "func_literal", "closure_expression", "lambda"];

const NAMING: &[&str] =
    &["variable_declarator", "assignment_expression", "pair", "public_field_definition", "field_definition"];

const SCOPES: &[&str] = &[
    "impl_item",
    "trait_item",
    "mod_item",
    "struct_item",
    "enum_item",
    "class_definition",
    "class_declaration",
    "abstract_class_declaration",
    "class_specifier",
    "struct_specifier",
    "namespace_definition",
    "interface_declaration",
    "enum_declaration",
    "internal_module",
    "type_declaration",
];

/// The node and those around it, innermost first.
fn ancestors(node: Option<Node<'_>>) -> impl Iterator<Item = Node<'_>> {
    std::iter::successors(node, Node::parent)
}

/// The whole function that a node is: with its decorators, and with the statement that names it.
fn function(node: Node<'_>) -> Option<Node<'_>> {
    let parent = node.parent();
    if FUNCTIONS.contains(&node.kind()) {
        return Some(parent.filter(|parent| parent.kind() == "decorated_definition").unwrap_or(node));
    }
    let naming =
        parent.filter(|parent| ANONYMOUS.contains(&node.kind()) && NAMING.contains(&parent.kind()))?;
    let is_declaration =
        |outer: &Node<'_>| matches!(outer.kind(), "lexical_declaration" | "variable_declaration");
    Some(naming.parent().filter(is_declaration).unwrap_or(naming))
}

fn is_scope(node: Node<'_>) -> bool {
    FUNCTIONS.contains(&node.kind()) || SCOPES.contains(&node.kind()) || function(node).is_some()
}

fn scope(rope: &Rope, node: Node<'_>) -> Scope {
    let body = node.child_by_field_name("body").map_or(node.end_byte(), |body| body.start_byte());
    let header = text(rope, node.start_byte()..body);
    let header = header.trim_end_matches(['{', ':', ' ']).split_whitespace().collect::<Vec<_>>().join(" ");
    Scope { range: chars(rope, node), header }
}

fn has_error(node: Node<'_>, bytes: &Range<usize>) -> bool {
    let touches = node.start_byte() <= bytes.end && bytes.start <= node.end_byte();
    if !touches || !node.has_error() {
        return false;
    }
    let mut cursor = node.walk();
    node.is_error() || node.is_missing() || node.children(&mut cursor).any(|child| has_error(child, bytes))
}

/// A node's range in chars. Between an edit and the next parse it may reach behind the text.
fn chars(rope: &Rope, node: Node<'_>) -> Range<usize> {
    let char_of = |byte: usize| rope.byte_to_char(byte.min(rope.len_bytes()));
    char_of(node.start_byte())..char_of(node.end_byte())
}

fn text(rope: &Rope, bytes: Range<usize>) -> String {
    let slice = rope.get_byte_slice(bytes);
    let text: String = slice.into_iter().flat_map(|slice| slice.chars()).take(MAX_CHARS).collect();
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::{Language, Revision};

    /// Parses a text without its `|`, which is the position.
    fn parse(language: Language, marked: &str) -> (Rope, usize, SyntaxTree) {
        let position = marked.chars().position(|c| c == '|').unwrap();
        let rope = Rope::from_str(&marked.replacen('|', "", 1));
        let tree = SyntaxTree::parse(language, &rope, Revision(0), None, &AtomicBool::new(false)).unwrap();
        (rope, position, tree)
    }

    fn check(language: Language, marked: &str, function: Option<&str>, headers: &[&str]) {
        let (rope, position, tree) = parse(language, marked);
        let found = tree.enclosing_function(&rope, position).map(|range| rope.slice(range).to_string());
        assert_eq!(found.as_deref(), function);
        let scopes = tree.enclosing_scopes(&rope, position);
        assert_eq!(scopes.iter().map(|scope| scope.header.as_str()).collect::<Vec<_>>(), headers);
    }

    #[test]
    fn the_function_and_the_scopes_around_are_found() {
        check(
            Language::Rust,
            "// ü\nimpl Foo {\n    fn a(&self) -> u8 {\n        |1\n    }\n}\n",
            Some("fn a(&self) -> u8 {\n        1\n    }"),
            &["impl Foo", "fn a(&self) -> u8"],
        );
        check(
            Language::Python,
            "class A:\n    @b\n    def c(self):\n        pa|ss\n",
            Some("@b\n    def c(self):\n        pass"),
            &["class A", "def c(self)"],
        );
        check(
            Language::JavaScript,
            "const f = (a) => { g|(a) };",
            Some("const f = (a) => { g(a) };"),
            &["(a) =>"],
        );
        check(Language::C, "int a;|\nint f(int x) { return x; }\n", None, &[]);
        check(
            Language::C,
            "int f(int x) { return |x; }\n",
            Some("int f(int x) { return x; }"),
            &["int f(int x)"],
        );
    }

    #[test]
    fn errors_and_imports_are_found() {
        let (rope, _, tree) = parse(Language::Rust, "|use std::fs;\nfn a() {}\nfn b( {}\n");
        assert!(!tree.has_error(&rope, 0..12));
        assert!(tree.has_error(&rope, 22..32));
        assert_eq!(tree.imports(&rope), ["use std::fs;"]);
        let (rope, _, tree) = parse(Language::Python, "|import os\nfrom a import b\nx = 1\n");
        assert_eq!(tree.imports(&rope), ["import os", "from a import b"]);
    }

    #[test]
    fn a_selection_grows_node_by_node() {
        let (rope, position, tree) = parse(Language::Rust, "fn f() { a(b|c, d); }");
        let mut range = position..position;
        let mut grown = Vec::new();
        while let Some(next) = tree.enclosing_node(&rope, &range) {
            grown.push(rope.slice(next.clone()).to_string());
            range = next;
        }
        assert_eq!(grown[..4], ["bc", "(bc, d)", "a(bc, d)", "a(bc, d);"]);
    }
}
