//! The grammars, their queries, and which stretches of a text are in another language.

use std::sync::OnceLock;

use ropey::Rope;
use tree_sitter::{Node, Query, Range, Tree};

use crate::{language::Language, token::TokenKind};

/// A grammar: that of a language, or of the text inside Markdown's blocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GrammarKind {
    Of(Language),
    MarkdownInline,
}

/// A grammar and what its captures mean.
#[derive(Debug)]
pub(super) struct Grammar {
    pub language: tree_sitter::Language,
    pub query: Query,
    /// What each capture paints: `None` nothing, `Some(None)` plain text.
    pub tokens: Vec<Option<Option<TokenKind>>>,
    /// Of several patterns for one node, does the first one hold? Grammars differ in it.
    pub first_wins: bool,
}

/// The grammar of a kind, made when first asked for.
pub(super) fn of(kind: GrammarKind) -> Option<&'static Grammar> {
    static GRAMMARS: [OnceLock<Option<Grammar>>; Language::ALL.len() + 1] =
        [const { OnceLock::new() }; Language::ALL.len() + 1];
    let slot = match kind {
        GrammarKind::Of(language) => language as usize,
        GrammarKind::MarkdownInline => Language::ALL.len(),
    };
    GRAMMARS[slot].get_or_init(|| make(kind)).as_ref()
}

fn make(kind: GrammarKind) -> Option<Grammar> {
    let (language, queries, first_wins) = source(kind)?;
    let language = tree_sitter::Language::new(language);
    let query = Query::new(&language, &queries.join("\n"));
    debug_assert!(query.is_ok(), "{kind:?}: {query:?}");
    let query = query.ok()?;
    let tokens = query.capture_names().iter().map(|name| token(name)).collect();
    Some(Grammar { language, query, tokens, first_wins })
}

/// The grammar's function, its queries in order, and whether the first pattern wins.
fn source(kind: GrammarKind) -> Option<(tree_sitter_language::LanguageFn, Vec<&'static str>, bool)> {
    let GrammarKind::Of(language) = kind else {
        let query = tree_sitter_md::HIGHLIGHT_QUERY_INLINE;
        return Some((tree_sitter_md::INLINE_LANGUAGE, vec![query], false));
    };
    use tree_sitter_javascript as js;
    use tree_sitter_typescript as ts;
    Some(match language {
        Language::Rust => {
            (tree_sitter_rust::LANGUAGE, vec![RUST_EXTRAS, tree_sitter_rust::HIGHLIGHTS_QUERY], true)
        }
        Language::Python => (tree_sitter_python::LANGUAGE, vec![tree_sitter_python::HIGHLIGHTS_QUERY], false),
        Language::JavaScript => (js::LANGUAGE, vec![js::HIGHLIGHT_QUERY, js::JSX_HIGHLIGHT_QUERY], false),
        Language::TypeScript => {
            (ts::LANGUAGE_TYPESCRIPT, vec![js::HIGHLIGHT_QUERY, ts::HIGHLIGHTS_QUERY], false)
        }
        Language::Tsx => {
            let queries = vec![js::HIGHLIGHT_QUERY, js::JSX_HIGHLIGHT_QUERY, ts::HIGHLIGHTS_QUERY];
            (ts::LANGUAGE_TSX, queries, false)
        }
        Language::C => (tree_sitter_c::LANGUAGE, vec![tree_sitter_c::HIGHLIGHT_QUERY], false),
        Language::Cpp => {
            let queries = vec![tree_sitter_c::HIGHLIGHT_QUERY, tree_sitter_cpp::HIGHLIGHT_QUERY];
            (tree_sitter_cpp::LANGUAGE, queries, false)
        }
        Language::Go => (tree_sitter_go::LANGUAGE, vec![tree_sitter_go::HIGHLIGHTS_QUERY], true),
        Language::Json => (tree_sitter_json::LANGUAGE, vec![tree_sitter_json::HIGHLIGHTS_QUERY], true),
        Language::Toml => {
            (tree_sitter_toml_ng::LANGUAGE, vec![tree_sitter_toml_ng::HIGHLIGHTS_QUERY, TOML_KEYS], false)
        }
        Language::Markdown => (tree_sitter_md::LANGUAGE, vec![tree_sitter_md::HIGHLIGHT_QUERY_BLOCK], false),
        Language::Bash => (tree_sitter_bash::LANGUAGE, vec![tree_sitter_bash::HIGHLIGHT_QUERY], false),
        Language::Html => (tree_sitter_html::LANGUAGE, vec![tree_sitter_html::HIGHLIGHTS_QUERY], false),
        Language::Css => (tree_sitter_css::LANGUAGE, vec![tree_sitter_css::HIGHLIGHTS_QUERY], true),
        Language::CSharp => {
            (tree_sitter_c_sharp::LANGUAGE, vec![tree_sitter_c_sharp::HIGHLIGHTS_QUERY], false)
        }
        Language::Dockerfile => {
            (tree_sitter_containerfile::LANGUAGE, vec![tree_sitter_containerfile::HIGHLIGHTS_QUERY], false)
        }
        Language::Java => (tree_sitter_java::LANGUAGE, vec![tree_sitter_java::HIGHLIGHTS_QUERY], false),
        Language::Kotlin => (tree_sitter_kotlin_ng::LANGUAGE, vec![KOTLIN], false),
        Language::Lua => (tree_sitter_lua::LANGUAGE, vec![tree_sitter_lua::HIGHLIGHTS_QUERY], false),
        Language::Makefile => (tree_sitter_make::LANGUAGE, vec![tree_sitter_make::HIGHLIGHTS_QUERY], false),
        Language::Php => (tree_sitter_php::LANGUAGE_PHP, vec![tree_sitter_php::HIGHLIGHTS_QUERY], false),
        Language::Ruby => (tree_sitter_ruby::LANGUAGE, vec![tree_sitter_ruby::HIGHLIGHTS_QUERY], false),
        Language::Sql => (tree_sitter_sequel::LANGUAGE, vec![tree_sitter_sequel::HIGHLIGHTS_QUERY], false),
        Language::Swift => (tree_sitter_swift::LANGUAGE, vec![tree_sitter_swift::HIGHLIGHTS_QUERY], false),
        Language::Yaml => (tree_sitter_yaml::LANGUAGE, vec![tree_sitter_yaml::HIGHLIGHTS_QUERY], false),
        Language::Zig => (tree_sitter_zig::LANGUAGE, vec![tree_sitter_zig::HIGHLIGHTS_QUERY], false),
        Language::PlainText => return None,
    })
}

/// The grammar's own pattern for constants has a stray quote and never matches, and numbers are constants to it.
const RUST_EXTRAS: &str = r#"
    ((identifier) @constant (#match? @constant "^[A-Z][A-Z0-9_]+$"))
    [(integer_literal) (float_literal)] @number
    ["->" "=>" "=" "==" "!=" "<=" ">=" "&&" "||" "+" "-" "+=" "-=" ".." "..=" "?"] @operator
"#;

/// The grammar brings no query.
const KOTLIN: &str = include_str!("../../../assets/highlights/kotlin.scm");

/// The grammar's own query takes a pair's value for a property as well.
const TOML_KEYS: &str = "(bare_key) @property (quoted_key) @property (table (bare_key) @type) (pair) @none";

/// What a capture's name stands for. Its first word counts, except where the second says more.
fn token(name: &str) -> Option<Option<TokenKind>> {
    let token = match name {
        "none" => return Some(None),
        "string.escape" => TokenKind::Escape,
        "string.special.key" => TokenKind::Property,
        "function.macro" => TokenKind::Macro,
        "variable.parameter" => TokenKind::Parameter,
        "variable.builtin" => TokenKind::Keyword,
        "variable.member" => TokenKind::Property,
        "text.title" => TokenKind::Heading,
        "text.literal" => TokenKind::Code,
        "text.uri" | "text.reference" => TokenKind::Link,
        "text.emphasis" => TokenKind::Emphasis,
        "text.strong" => TokenKind::Strong,
        _ => match name.split('.').next().unwrap_or_default() {
            "comment" => TokenKind::Comment,
            "keyword" | "repeat" | "conditional" | "exception" | "include" | "storageclass" => {
                TokenKind::Keyword
            }
            "string" | "character" => TokenKind::String,
            "escape" => TokenKind::Escape,
            "number" | "float" => TokenKind::Number,
            "function" | "method" => TokenKind::Function,
            "parameter" => TokenKind::Parameter,
            "type" | "constructor" | "module" | "namespace" => TokenKind::Type,
            "constant" | "boolean" => TokenKind::Constant,
            "variable" => TokenKind::Variable,
            "property" | "field" => TokenKind::Property,
            "operator" => TokenKind::Operator,
            "punctuation" | "delimiter" => TokenKind::Punctuation,
            "attribute" => TokenKind::Attribute,
            "tag" => TokenKind::Tag,
            "label" => TokenKind::Label,
            _ => return None,
        },
    };
    Some(Some(token))
}

/// The stretches of a text in other languages, each with the ranges to parse.
pub(super) fn injections(language: Language, tree: &Tree, rope: &Rope) -> Vec<(GrammarKind, Vec<Range>)> {
    let mut found = Vec::new();
    if matches!(language, Language::Markdown | Language::Html) {
        visit(tree.root_node(), &mut |node| {
            let kind = injected(node, rope);
            found.extend(kind.map(|kind| (kind, own_ranges(node))));
            kind.is_none()
        });
    }
    found.retain(|(_, ranges)| !ranges.is_empty());
    found
}

/// Visits nodes in order; `enter` says whether to visit those inside. Without recursion: pages nest deeply.
fn visit<'tree>(root: Node<'tree>, enter: &mut impl FnMut(Node<'tree>) -> bool) {
    let mut cursor = root.walk();
    loop {
        if enter(cursor.node()) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

fn injected(node: Node<'_>, rope: &Rope) -> Option<GrammarKind> {
    match (node.kind(), node.parent()?.kind()) {
        ("inline" | "pipe_table_cell", _) => Some(GrammarKind::MarkdownInline),
        ("raw_text", "script_element") => Some(GrammarKind::Of(Language::JavaScript)),
        ("raw_text", "style_element") => Some(GrammarKind::Of(Language::Css)),
        ("html_block", _) => Some(GrammarKind::Of(Language::Html)),
        ("plus_metadata", _) => Some(GrammarKind::Of(Language::Toml)),
        ("code_fence_content", _) => fenced(node, rope),
        _ => None,
    }
}

fn fenced(content: Node<'_>, rope: &Rope) -> Option<GrammarKind> {
    let block = content.parent()?;
    let mut cursor = block.walk();
    let info = block.named_children(&mut cursor).find(|child| child.kind() == "info_string")?;
    let text = rope.get_byte_slice(info.byte_range())?.to_string();
    let word =
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{' | '}')).find(|word| !word.is_empty());
    Language::by_word(word?).map(GrammarKind::Of)
}

/// A node without what belongs to the blocks around it, such as the `>` of a quotation.
fn own_ranges(node: Node<'_>) -> Vec<Range> {
    let mut cursor = node.walk();
    let mut rest = node.range();
    let mut ranges = Vec::new();
    for child in node.children(&mut cursor).filter(|child| child.kind() == "block_continuation") {
        let gap = child.range();
        ranges.push(Range { end_byte: gap.start_byte, end_point: gap.start_point, ..rest });
        rest = Range { start_byte: gap.end_byte, start_point: gap.end_point, ..rest };
    }
    ranges.push(rest);
    ranges.retain(|range| range.start_byte < range.end_byte);
    ranges
}
