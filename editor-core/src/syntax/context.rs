//! What stands around a position: for growing a selection, and for what the AI is told about it.

use std::ops::Range;

use ropey::Rope;
use tree_sitter::Node;

use super::SyntaxTree;

/// This many imports are listed at most.
const MAX_IMPORTS: usize = 100;

/// Headers and imports are cut at this many chars.
const MAX_CHARS: usize = 400;

/// A named scope around a position, outermost first: what the AI is told about where the selection stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxScope {
    /// All of it, in chars.
    pub range: Range<usize>,
    /// Its first line, trimmed: `impl Parser`, `fn next(&mut self) -> Token`.
    pub header: String,
}

/// A function, in the parts that the AI is told and that checks need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// All of it, in chars: with decorators and the statement that names it.
    pub range: Range<usize>,
    /// Its name.
    pub name: String,
    /// Names of its parameters as far as they are plain, in order.
    pub parameters: Vec<String>,
    /// Where its own statements begin, behind the signature and the documentation that stands inside of it.
    pub body: usize,
    /// The documentation: what stands inside of it as its first statement, else the comments right above it. With its
    /// markers, as it is written.
    pub documentation: String,
}

impl SyntaxTree {
    /// The functions that lie within a range and not within each other, in order.
    #[must_use]
    pub fn functions(&self, rope: &Rope, range: &Range<usize>) -> Vec<Function> {
        let mut found = Vec::new();
        let mut waiting = vec![self.root()];
        while let Some(node) = waiting.pop() {
            let place = chars(rope, node);
            if place.end <= range.start || range.end <= place.start {
                continue;
            }
            let whole = function(node).filter(|whole| is_within(&chars(rope, *whole), range));
            if let Some(whole) = whole {
                found.extend(parts(rope, node, whole));
                continue;
            }
            let mut cursor = node.walk();
            let inside: Vec<Node<'_>> = node.named_children(&mut cursor).collect();
            waiting.extend(inside.into_iter().rev());
        }
        found
    }

    /// Where the statements behind the last definition of a text begin, when they are nothing but calls and comments, as
    /// when an answer shows how it is used. `None` when there are none.
    #[must_use]
    pub fn trailing_calls(&self, rope: &Rope) -> Option<usize> {
        let root = self.root();
        let mut cursor = root.walk();
        let nodes: Vec<Node<'_>> = root.named_children(&mut cursor).collect();
        let is_call = |node: &&Node<'_>| {
            let called = node.named_child(0).is_some_and(|inner| CALLS.contains(&inner.kind()));
            node.kind().contains("comment") || (node.kind() == "expression_statement" && called)
        };
        let count = nodes.iter().rev().take_while(is_call).count();
        let calls = nodes.iter().rev().take(count).any(|node| !node.kind().contains("comment"));
        (calls && count < nodes.len()).then(|| chars(rope, nodes[nodes.len() - count]).start)
    }

    /// The innermost function or method around a position.
    #[must_use]
    pub fn enclosing_function(&self, rope: &Rope, position: usize) -> Option<Range<usize>> {
        ancestors(self.at(rope, &(position..position))).find_map(function).map(|node| chars(rope, node))
    }

    /// The comment lines that a position stands in, with those right above and below: from the first character of the first
    /// line to the end of the last, in chars. `None` where the line holds anything else, or a comment behind code.
    #[must_use]
    pub fn comment_lines(&self, rope: &Rope, position: usize) -> Option<Range<usize>> {
        let is_comment = |line: usize| {
            let start = rope.line_to_char(line);
            let blanks = rope.line(line).chars().take_while(|c| c.is_whitespace()).count();
            let first = start + blanks;
            let is_blank = first >= rope.line_to_char(line + 1).max(start);
            !is_blank
                && ancestors(self.at(rope, &(first..first + 1))).any(|node| node.kind().contains("comment"))
        };
        let line = rope.char_to_line(position.min(rope.len_chars()));
        if line >= rope.len_lines() || !is_comment(line) {
            return None;
        }
        let first = (0..line).rev().take_while(|line| is_comment(*line)).last().unwrap_or(line);
        let last = (line..rope.len_lines()).take_while(|line| is_comment(*line)).last().unwrap_or(line);
        let text = rope.line(last).to_string();
        let length = text.trim_end_matches(['\n', '\r']).chars().count();
        Some(rope.line_to_char(first)..rope.line_to_char(last) + length)
    }

    /// Functions, types and modules around a position, outermost first.
    #[must_use]
    pub fn enclosing_scopes(&self, rope: &Rope, position: usize) -> Vec<SyntaxScope> {
        let around = ancestors(self.at(rope, &(position..position)));
        let scopes = around.filter(|node| is_scope(*node)).map(|node| scope(rope, node));
        let mut scopes: Vec<SyntaxScope> = scopes.collect();
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
        self.first_error(rope, range).is_some()
    }

    /// Where the first syntax error in the range is; of an error within another one, the inner one's place.
    #[must_use]
    pub fn first_error(&self, rope: &Rope, range: Range<usize>) -> Option<usize> {
        let end = range.end.min(rope.len_chars());
        let start = range.start.min(end);
        let found = first_error(self.root(), &(rope.char_to_byte(start)..rope.char_to_byte(end)))?;
        Some(rope.byte_to_char(found.min(rope.len_bytes())).clamp(start, end))
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

const CALLS: &[&str] = &["call", "call_expression", "macro_invocation"];

fn is_within(inner: &Range<usize>, outer: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

/// `node` is the function itself, `whole` the statement it is in.
fn parts(rope: &Rope, node: Node<'_>, whole: Node<'_>) -> Option<Function> {
    let body = node.child_by_field_name("body")?;
    let name = node.child_by_field_name("name").or_else(|| {
        let naming = node.parent()?;
        ["name", "left", "key"].into_iter().find_map(|field| naming.child_by_field_name(field))
    });
    let inner = docstring(body);
    let documentation = inner.map_or_else(
        || comments_above(rope, whole),
        |doc| rope.get_byte_slice(doc.byte_range()).map(|slice| slice.to_string()).unwrap_or_default(),
    );
    let brace = rope.get_byte(body.start_byte()) == Some(b'{');
    let begins = inner.map_or(body.start_byte() + usize::from(brace), |doc| doc.end_byte());
    Some(Function {
        range: chars(rope, whole),
        name: name.map(|name| text(rope, name.byte_range())).unwrap_or_default(),
        parameters: parameters(rope, node),
        body: rope.byte_to_char(begins.min(rope.len_bytes())),
        documentation,
    })
}

/// The string that is the first statement of a Python body.
fn docstring(body: Node<'_>) -> Option<Node<'_>> {
    let first = body.named_child(0).filter(|first| first.kind() == "expression_statement")?;
    first.named_child(0).filter(|string| string.kind() == "string").map(|_| first)
}

/// The comments that end on the line above a node, with attributes between them left out.
fn comments_above(rope: &Rope, node: Node<'_>) -> String {
    // `export function …`: the comment stands above the export.
    let outer = node.parent().filter(|outer| outer.kind() == "export_statement").unwrap_or(node);
    let mut above = Vec::new();
    let mut row = outer.start_position().row;
    let mut next = outer.prev_named_sibling();
    while let Some(node) = next.filter(|node| node.end_position().row + 1 >= row) {
        if node.kind().contains("comment") {
            above.push(rope.get_byte_slice(node.byte_range()).map(|s| s.to_string()).unwrap_or_default());
        } else if node.kind() != "attribute_item" {
            break;
        }
        row = node.start_position().row;
        next = node.prev_named_sibling();
    }
    above.reverse();
    above.iter().map(|comment| comment.trim_end()).collect::<Vec<_>>().join("\n")
}

fn parameters(rope: &Rope, node: Node<'_>) -> Vec<String> {
    if let Some(single) = node.child_by_field_name("parameter") {
        return vec![text(rope, single.byte_range())];
    }
    let Some(list) = node.child_by_field_name("parameters") else { return Vec::new() };
    let mut cursor = list.walk();
    let named = |parameter: Node<'_>| {
        let name = ["name", "pattern", "left"].into_iter().find_map(|f| parameter.child_by_field_name(f));
        let name = name.or_else(|| parameter.named_child(0)).unwrap_or(parameter);
        text(rope, name.byte_range())
    };
    list.named_children(&mut cursor).filter(|node| !node.kind().contains("comment")).map(named).collect()
}

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

fn scope(rope: &Rope, node: Node<'_>) -> SyntaxScope {
    let body = node.child_by_field_name("body").map_or(node.end_byte(), |body| body.start_byte());
    let header = text(rope, node.start_byte()..body);
    let header = header.trim_end_matches(['{', ':', ' ']).split_whitespace().collect::<Vec<_>>().join(" ");
    SyntaxScope { range: chars(rope, node), header }
}

fn first_error(node: Node<'_>, bytes: &Range<usize>) -> Option<usize> {
    let touches = node.start_byte() <= bytes.end && bytes.start <= node.end_byte();
    if !touches || !node.has_error() {
        return None;
    }
    let mut cursor = node.walk();
    let inner = node.children(&mut cursor).find_map(|child| first_error(child, bytes));
    inner.or_else(|| (node.is_error() || node.is_missing()).then(|| node.start_byte()))
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
    fn comment_lines_are_found_where_the_caret_is() {
        let check = |language, marked: &str, expected: Option<&str>| {
            let (rope, position, tree) = parse(language, marked);
            let found = tree.comment_lines(&rope, position).map(|range| rope.slice(range).to_string());
            assert_eq!(found.as_deref(), expected, "{marked}");
        };
        check(Language::Python, "x = 1\n# one\n# tw|o\n\n# three\n", Some("# one\n# two"));
        check(Language::Python, "def f():\n    # in|side\n    pass\n", Some("    # inside"));
        check(Language::Python, "x = 1  # beh|ind\n", None);
        check(Language::Python, "|", None);
        check(Language::Python, "# a\n|", None);
        check(Language::Rust, "/// One.\r\n/// T|wo.\r\nfn f() {}\r\n", Some("/// One.\r\n/// Two."));
        check(Language::JavaScript, "/* a\n * |b\n */\nf();\n", Some("/* a\n * b\n */"));
    }

    fn only_function(language: Language, text: &str) -> (Rope, Function) {
        let (rope, _, tree) = parse(language, text);
        let mut found = tree.functions(&rope, &(0..rope.len_chars()));
        assert_eq!(found.len(), 1, "{found:?}");
        (rope, found.remove(0))
    }

    #[test]
    fn a_function_is_taken_apart() {
        let python = "|@cached\ndef mean(xs: list, start=0):\n    \"\"\"The mean.\"\"\"\n    return 1\n";
        let (rope, mean) = only_function(Language::Python, python);
        assert_eq!(
            (mean.name.as_str(), mean.parameters.as_slice()),
            ("mean", &["xs".into(), "start".into()][..])
        );
        assert_eq!(mean.documentation, "\"\"\"The mean.\"\"\"");
        assert_eq!(rope.slice(mean.body..).to_string(), "\n    return 1\n");
        let js = "|/* Adds.\n>>> add(1, 2)\n3 */\nconst add = (a, b) => {\n  return a - b;\n};\n";
        let (rope, add) = only_function(Language::JavaScript, js);
        assert_eq!((add.name.as_str(), add.parameters.len()), ("add", 2));
        assert!(add.documentation.starts_with("/* Adds.") && add.documentation.ends_with("3 */"));
        assert_eq!(rope.slice(add.range.start..add.body).to_string(), "const add = (a, b) => {");
        let rust = "|/// One.\n/// Two.\n#[inline]\nfn f(x: u8) -> u8 {\n    x\n}\n";
        let (_, f) = only_function(Language::Rust, rust);
        assert_eq!(
            (f.documentation.as_str(), f.parameters.as_slice()),
            ("/// One.\n/// Two.", &["x".into()][..])
        );
    }

    #[test]
    fn calls_that_show_the_use_of_an_answer_are_found() {
        let found = |marked: &str| {
            let (rope, _, tree) = parse(Language::Python, marked);
            tree.trailing_calls(&rope).map(|start| rope.slice(start..).to_string())
        };
        let shown = found("|def f():\n    pass\n\n# Use\nprint(f())\nf()\n");
        assert_eq!(shown.as_deref(), Some("# Use\nprint(f())\nf()\n"));
        assert_eq!(found("|def f():\n    pass\n# end\n"), None);
        assert_eq!(found("|f()\n"), None);
    }

    #[test]
    fn errors_and_imports_are_found() {
        let (rope, _, tree) = parse(Language::Rust, "|use std::fs;\nfn a() {}\nfn b( {}\n");
        assert!(!tree.has_error(&rope, 0..12));
        assert!(tree.has_error(&rope, 22..32));
        assert_eq!(tree.first_error(&rope, 0..12), None);
        let broken = tree.first_error(&rope, 0..rope.len_chars()).map(|at| rope.char_to_line(at));
        assert_eq!(broken, Some(2));
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
