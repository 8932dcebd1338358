//! Syntax trees: parsed on a thread of their own, mapped through edits in between, asked for the visible range only.
//!
//! A tree has layers: the text's own, and one for each stretch in another language, such as a script in a page or a
//! code block in Markdown.

mod class;
mod context;
mod flat;
mod fold_region;
mod folds;
mod grammar;
mod imports;
mod thread;

use std::{
    cmp::Reverse,
    ops::{ControlFlow, Range},
    sync::atomic::{AtomicBool, Ordering},
};

use ropey::Rope;
use tree_sitter::{InputEdit, Node, ParseOptions, Parser, Point, QueryCursor, StreamingIterator, Tree};

use crate::{
    buffer::{Revision, line_end, line_start},
    language::Language,
    lexer,
    token::TokenKind,
    transaction::{Applied, Change},
};
use grammar::{Grammar, GrammarKind};

pub use class::{DeclaredName, NodeShape, TextClass};
pub use context::{Function, SyntaxScope};
pub use flat::FlatNode;
pub use fold_region::FoldRegion;
pub use thread::{ParseRequest, SyntaxThread};

/// Texts longer than this many bytes are coloured line by line.
pub const MAX_PARSED_BYTES: usize = 5_000_000;

/// Stretches in other languages than these first ones are left without colours of their own.
const MAX_LAYERS: usize = 2000;

/// How many unfinished matches a query may hold: bounds its time on strange texts.
const MATCH_LIMIT: u32 = 512;

/// This many edits wait for a tree at most; behind them the next tree is awaited instead.
const MAX_LATER: usize = 10_000;

/// An edit of more changes, such as replacing everywhere, costs more to map than to parse anew.
const MAX_CHANGES: usize = 1000;

#[derive(Clone, Debug)]
struct Layer {
    kind: GrammarKind,
    tree: Tree,
}

/// A parsed text. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct SyntaxTree {
    language: Language,
    revision: Revision,
    layers: Vec<Layer>,
}

impl SyntaxTree {
    /// Parses, reusing what it can of an older tree that was mapped through all edits since. `None` when cancelled,
    /// when the language has no grammar or the text is too long. The first parse of a language also compiles its
    /// query, which takes tens of milliseconds.
    #[must_use]
    pub fn parse(
        language: Language,
        rope: &Rope,
        revision: Revision,
        old: Option<&Self>,
        cancel: &AtomicBool,
    ) -> Option<Self> {
        if rope.len_bytes() > MAX_PARSED_BYTES {
            return None;
        }
        let kind = GrammarKind::Of(language);
        let old = old.filter(|old| old.language == language).and_then(|old| old.layers.first());
        let tree = parse_layer(grammar::of(kind)?, rope, &[], old.map(|layer| &layer.tree), cancel)?;
        let mut layers = vec![Layer { kind, tree }];
        for (kind, ranges) in
            grammar::injections(language, &layers[0].tree, rope).into_iter().take(MAX_LAYERS)
        {
            if let Some(grammar) = grammar::of(kind) {
                let tree = parse_layer(grammar, rope, &ranges, None, cancel)?;
                layers.push(Layer { kind, tree });
            }
        }
        Some(Self { language, revision, layers })
    }

    /// The revision it was parsed from.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// The language.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// Shifts it along with an edit, so that it can serve until the text is parsed anew.
    pub fn edit(&mut self, applied: &Applied) {
        for change in applied.transaction.changes().iter().rev() {
            let edit = input_edit(&applied.before, change);
            self.layers.iter_mut().for_each(|layer| layer.tree.edit(&edit));
        }
    }

    /// The tokens in a char range, sorted, not overlapping. Cost follows the range.
    #[must_use]
    pub fn highlights(&self, rope: &Rope, range: Range<usize>) -> Vec<(Range<usize>, TokenKind)> {
        let end = range.end.min(rope.len_chars());
        let start = range.start.min(end);
        let window = rope.char_to_byte(start)..rope.char_to_byte(end);
        let mut paint = vec![None; window.len()];
        for layer in &self.layers {
            let covered = layer.tree.root_node().byte_range();
            if covered.start < window.end && window.start < covered.end {
                paint_layer(layer, rope, &window, &mut paint);
            }
        }
        runs(rope, start..end, &paint)
    }

    /// The tree of each stretch with a language of its own, the text's first.
    pub(crate) fn languages(&self) -> impl Iterator<Item = (Language, &Tree)> {
        self.layers.iter().filter_map(|layer| match layer.kind {
            GrammarKind::Of(language) => Some((language, &layer.tree)),
            GrammarKind::MarkdownInline => None,
        })
    }

    fn root(&self) -> Node<'_> {
        self.layers[0].tree.root_node()
    }
}

/// The grammar of a language.
pub(crate) fn grammar_of(language: Language) -> Option<&'static tree_sitter::Language> {
    grammar::of(GrammarKind::Of(language)).map(|grammar| &grammar.language)
}

fn parse_layer(
    grammar: &Grammar,
    rope: &Rope,
    ranges: &[tree_sitter::Range],
    old: Option<&Tree>,
    cancel: &AtomicBool,
) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    parser.set_included_ranges(ranges).ok()?;
    let mut read = |byte: usize, _: Point| -> &[u8] {
        if byte >= rope.len_bytes() {
            return &[];
        }
        let (chunk, start, _, _) = rope.chunk_at_byte(byte);
        &chunk.as_bytes()[byte - start..]
    };
    let mut go_on = |_: &tree_sitter::ParseState| match cancel.load(Ordering::Relaxed) {
        true => ControlFlow::Break(()),
        false => ControlFlow::Continue(()),
    };
    let options = ParseOptions::new().progress_callback(&mut go_on);
    parser.parse_with_options(&mut read, old, Some(options))
}

fn input_edit(before: &Rope, change: &Change) -> InputEdit {
    let start_byte = before.char_to_byte(change.range.start);
    let old_end_byte = before.char_to_byte(change.range.end);
    let start_position = point(before, start_byte);
    InputEdit {
        start_byte,
        old_end_byte,
        new_end_byte: start_byte + change.insert.len(),
        start_position,
        old_end_position: point(before, old_end_byte),
        new_end_position: advanced(start_position, &change.insert),
    }
}

fn point(rope: &Rope, byte: usize) -> Point {
    let row = rope.byte_to_line(byte);
    Point { row, column: byte - rope.line_to_byte(row) }
}

fn advanced(from: Point, text: &str) -> Point {
    match text.rfind('\n') {
        None => Point { row: from.row, column: from.column + text.len() },
        Some(last) => Point { row: from.row + text.matches('\n').count(), column: text.len() - last - 1 },
    }
}

/// Paints a layer's captures over what is there: greater nodes first, so that what is inside them wins.
fn paint_layer(layer: &Layer, rope: &Rope, window: &Range<usize>, paint: &mut [Option<TokenKind>]) {
    let Some(grammar) = grammar::of(layer.kind) else { return };
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MATCH_LIMIT);
    cursor.set_byte_range(window.clone());
    let text = |node: Node<'_>| {
        let slice = rope.get_byte_slice(node.byte_range());
        slice.into_iter().flat_map(|slice| slice.chunks()).map(str::as_bytes)
    };
    let mut captures = Vec::new();
    let mut matches = cursor.matches(&grammar.query, layer.tree.root_node(), text);
    while let Some(found) = matches.next() {
        let rank =
            if grammar.first_wins { -(found.pattern_index as isize) } else { found.pattern_index as isize };
        for capture in found.captures() {
            if let Some(token) = grammar.tokens[capture.index as usize] {
                captures.push((capture.node.byte_range(), rank, as_word(capture.node, token)));
            }
        }
    }
    captures.sort_by_key(|(range, rank, _)| (Reverse(range.len()), *rank));
    for (range, _, token) in captures {
        let start = range.start.clamp(window.start, window.end) - window.start;
        let end = range.end.clamp(window.start, window.end) - window.start;
        paint[start..end.max(start)].fill(token);
    }
}

/// An operator that is a word, such as `in` and `not`, reads as a keyword.
fn as_word(node: Node<'_>, token: Option<TokenKind>) -> Option<TokenKind> {
    let is_word = || !node.is_named() && node.kind().starts_with(char::is_alphabetic);
    if token == Some(TokenKind::Operator) && is_word() { Some(TokenKind::Keyword) } else { token }
}

/// Painted bytes as runs of chars.
fn runs(rope: &Rope, range: Range<usize>, paint: &[Option<TokenKind>]) -> Vec<(Range<usize>, TokenKind)> {
    let mut runs: Vec<(Range<usize>, TokenKind)> = Vec::new();
    let mut byte = 0;
    for (at, c) in range.clone().zip(rope.slice(range).chars()) {
        if let Some(token) = paint[byte] {
            match runs.last_mut() {
                Some((run, last)) if *last == token && run.end == at => run.end += 1,
                _ => runs.push((at..at + 1, token)),
            }
        }
        byte += c.len_utf8();
    }
    runs
}

/// The window's end: the newest tree, kept in step with the text.
#[derive(Clone, Debug, Default)]
pub struct Highlighter {
    language: Language,
    tree: Option<SyntaxTree>,
    /// Edits that a tree still to come may not know.
    later: Vec<Applied>,
    /// A tree of an earlier revision cannot be mapped any more.
    oldest: Revision,
}

impl Highlighter {
    /// Without a tree yet.
    #[must_use]
    pub fn new(language: Language) -> Self {
        Self { language, ..Self::default() }
    }

    /// Another language: the tree is dropped.
    pub fn set_language(&mut self, language: Language) {
        if language != self.language {
            self.language = language;
            self.tree = None;
        }
    }

    /// Follows an edit.
    pub fn edited(&mut self, applied: &Applied) {
        let is_sweeping = applied.transaction.changes().len() > MAX_CHANGES;
        if is_sweeping {
            self.tree = None;
        }
        if let Some(tree) = &mut self.tree {
            tree.edit(applied);
        }
        if is_sweeping || self.later.len() == MAX_LATER {
            self.later.clear();
            self.oldest = applied.revision;
        } else {
            self.later.push(applied.clone());
        }
    }

    /// What to send to the thread for the text as it is now; `None` when the tree is already of this revision or the
    /// text is not parsed at all. May be asked every frame: the thread knows what it has been sent.
    #[must_use]
    pub fn request(&self, document: u64, rope: &Rope, revision: Revision) -> Option<ParseRequest> {
        let is_current = self.tree.as_ref().is_some_and(|tree| tree.revision == revision);
        if is_current || self.language == Language::PlainText || rope.len_bytes() > MAX_PARSED_BYTES {
            return None;
        }
        let (rope, language, old) = (rope.clone(), self.language, self.tree.clone());
        Some(ParseRequest { document, rope, revision, language, old })
    }

    /// Takes a tree from the thread and maps it through the edits made since. False when it is older than the one
    /// here, or of another language.
    pub fn publish(&mut self, tree: SyntaxTree) -> bool {
        let is_newer = self.tree.as_ref().is_none_or(|here| here.revision < tree.revision);
        if !is_newer || tree.language != self.language || tree.revision < self.oldest {
            return false;
        }
        self.later.retain(|applied| applied.revision > tree.revision);
        let mut tree = tree;
        self.later.iter().for_each(|applied| tree.edit(applied));
        self.tree = Some(tree);
        true
    }

    /// The tree, mapped to the text as it is now.
    #[must_use]
    pub fn tree(&self) -> Option<&SyntaxTree> {
        self.tree.as_ref()
    }

    /// The tokens in a char range, from the tree or, where there is none, line by line.
    #[must_use]
    pub fn highlights(&self, rope: &Rope, range: Range<usize>) -> Vec<(Range<usize>, TokenKind)> {
        match &self.tree {
            Some(tree) if rope.len_bytes() <= MAX_PARSED_BYTES => tree.highlights(rope, range),
            _ => lexed(self.language, rope, &range),
        }
    }
}

/// Lines are lexed from their start, as far as the range goes.
fn lexed(language: Language, rope: &Rope, range: &Range<usize>) -> Vec<(Range<usize>, TokenKind)> {
    let end = range.end.min(rope.len_chars());
    let lines = rope.char_to_line(range.start.min(end))..=rope.char_to_line(end);
    let tokens = lines.flat_map(|line| {
        let start = line_start(rope, line);
        let text = rope.slice(start..line_end(rope, line).min(start + lexer::MAX_LINE)).to_string();
        lexer::line(language, &text)
            .into_iter()
            .map(move |(run, token)| (run.start + start..run.end + start, token))
    });
    let clipped = tokens.map(|(run, token)| (run.start.max(range.start)..run.end.min(end), token));
    clipped.filter(|(run, _)| run.start < run.end).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Document;
    use proptest::prelude::*;

    fn parse(language: Language, text: &str) -> (Rope, SyntaxTree) {
        let rope = Rope::from_str(text);
        let tree = SyntaxTree::parse(language, &rope, Revision(0), None, &AtomicBool::new(false)).unwrap();
        (rope, tree)
    }

    fn named(rope: &Rope, tokens: &[(Range<usize>, TokenKind)]) -> Vec<(String, TokenKind)> {
        tokens.iter().map(|(range, token)| (rope.slice(range.clone()).to_string(), *token)).collect()
    }

    /// These stretches have these tokens, among others.
    fn check(language: Language, text: &str, expected: &[(&str, TokenKind)]) {
        let (rope, tree) = parse(language, text);
        let tokens = named(&rope, &tree.highlights(&rope, 0..rope.len_chars()));
        for &(stretch, token) in expected {
            assert!(
                tokens.contains(&(stretch.to_owned(), token)),
                "{stretch:?} is no {token:?} in {tokens:#?}"
            );
        }
    }

    #[test]
    fn every_grammar_has_a_query_that_compiles() {
        for language in Language::ALL {
            let has_grammar = grammar::of(GrammarKind::Of(language)).is_some();
            assert_eq!(has_grammar, language != Language::PlainText, "{language:?}");
        }
        assert!(grammar::of(GrammarKind::MarkdownInline).is_some());
    }

    #[test]
    fn rust_and_python_are_coloured() {
        use TokenKind::{Comment, Constant, Function, Keyword, Macro, Number, Property, String, Type};
        check(
            Language::Rust,
            "// ü\nfn größe(x: u32) -> Foo { self.bar; println!(\"a\"); MAX_LEN; f(1) }",
            &[
                ("// ü", Comment),
                ("fn", Keyword),
                ("größe", Function),
                ("u32", Type),
                ("Foo", Type),
                ("bar", Property),
                ("println!", Macro),
                ("\"a\"", String),
                ("MAX_LEN", Constant),
                ("1", Number),
            ],
        );
        check(
            Language::Python,
            "class Foo:\n    def bar(self):\n        return len('a') # b\n",
            &[("class", Keyword), ("bar", Function), ("len", Function), ("'a'", String), ("# b", Comment)],
        );
    }

    #[test]
    fn the_other_languages_are_coloured() {
        use TokenKind::{Attribute, Comment, Function, Keyword, Number, Property, String, Tag, Type};
        check(
            Language::JavaScript,
            "function f(a) { return g(a.b) }",
            &[("function", Keyword), ("g", Function)],
        );
        check(Language::TypeScript, "interface A { b: string }", &[("interface", Keyword), ("string", Type)]);
        check(Language::Tsx, "const a = <p title=\"x\">{f()}</p>", &[("const", Keyword), ("p", Tag)]);
        check(
            Language::C,
            "int main(void) { return 0; }",
            &[("int", Type), ("main", Function), ("0", Number)],
        );
        check(Language::Cpp, "class A { int f() { return g(); } };", &[("class", Keyword), ("g", Function)]);
        check(
            Language::Go,
            "package a\nfunc f() { g() }",
            &[("func", Keyword), ("f", Function), ("g", Function)],
        );
        check(
            Language::Json,
            "{\"a\": 1, \"b\": \"c\"}",
            &[("\"a\"", Property), ("1", Number), ("\"c\"", String)],
        );
        check(Language::Toml, "[a]\nb = \"c\" # d", &[("b", Property), ("\"c\"", String), ("# d", Comment)]);
        check(
            Language::Bash,
            "if true; then echo \"a\"; fi",
            &[("if", Keyword), ("echo", Function), ("\"a\"", String)],
        );
        check(Language::Css, "a { color: red; }", &[("a", Tag), ("color", Property)]);
        check(Language::Html, "<a href=\"b\">c</a>", &[("a", Tag), ("href", Attribute)]);
    }

    #[test]
    fn operators_that_are_words_are_keywords_in_every_language() {
        use TokenKind::{Keyword, Operator};
        let keywords: [(Language, &str, &[&str]); 9] = [
            (Language::Python, "x = a in b and not c or d is e\n", &["in", "and", "not", "or", "is"]),
            (Language::Python, "x = a not in b and a is not b\n", &["not in", "is not"]),
            (Language::JavaScript, "typeof a; a instanceof B; a in b;", &["typeof", "instanceof", "in"]),
            (Language::Lua, "x = a and not b or c", &["and", "not", "or"]),
            (Language::Php, "<?php $a and $b; $a instanceof B;", &["and", "instanceof"]),
            (Language::Ruby, "a and b or c", &["and", "or"]),
            (Language::Zig, "const a = b and c or d;", &["and", "or"]),
            (Language::Java, "class A { boolean f(Object a) { return a instanceof B; } }", &["instanceof"]),
            (Language::Css, "@media screen and (a: b) { p { c: d } }", &["and"]),
        ];
        for (language, text, words) in keywords {
            let expected: Vec<(&str, TokenKind)> = words.iter().map(|word| (*word, Keyword)).collect();
            check(language, text, &expected);
        }
        check(Language::Python, "a = b + 1\n", &[("=", Operator), ("+", Operator)]);
    }

    #[test]
    fn stretches_in_other_languages_are_coloured_as_such() {
        use TokenKind::{Code, Emphasis, Function, Heading, Keyword, Link, Property};
        check(Language::Html, "<script>let a = f()</script>", &[("let", Keyword), ("f", Function)]);
        check(Language::Html, "<style>p { color: red }</style>", &[("color", Property)]);
        check(
            Language::Markdown,
            "# Title\n\nsome *words* and `code` [here](there)\n\n```rust\nfn f() {}\n```\n",
            &[("Title", Heading), ("words", Emphasis), ("code", Code), ("there", Link), ("fn", Keyword)],
        );
        check(Language::Markdown, "> ```rust\n> fn f() {\n> }\n> ```\n", &[("fn", Keyword)]);
    }

    #[test]
    fn only_the_range_asked_for_is_coloured() {
        let (rope, tree) = parse(Language::Rust, "fn a() {}\nfn b() {}\n");
        let tokens = tree.highlights(&rope, 10..15);
        assert!(tokens.iter().all(|(range, _)| 10 <= range.start && range.end <= 15));
        assert_eq!(
            named(&rope, &tokens)[..2],
            [("fn".to_owned(), TokenKind::Keyword), ("b".to_owned(), TokenKind::Function)]
        );
    }

    #[test]
    fn colours_move_with_edits_until_the_new_tree_comes() {
        let mut document = Document::untitled("", "fn a() {}\nfn b() {}\n");
        document.set_language(Language::Rust);
        let mut highlighter = Highlighter::new(Language::Rust);
        let cancel = AtomicBool::new(false);
        let parse = |highlighter: &Highlighter, document: &Document| {
            let ParseRequest { rope, revision, language, old, .. } =
                highlighter.request(1, document.rope(), document.revision())?;
            SyntaxTree::parse(language, &rope, revision, old.as_ref(), &cancel)
        };
        let first = parse(&highlighter, &document).unwrap();
        let above = crate::Transaction::replace(document.buffer(), 0..0, "//\n");
        document.apply(above, crate::EditKind::Alone, 0).unwrap();
        document.take_applied().iter().for_each(|applied| highlighter.edited(applied));
        assert!(highlighter.publish(first.clone()));
        let len = document.buffer().len_chars();
        let mapped = highlighter.highlights(document.rope(), 3..len);
        let second = parse(&highlighter, &document).unwrap();
        assert!(highlighter.publish(second));
        assert_eq!(highlighter.highlights(document.rope(), 3..len), mapped);
        assert!(!highlighter.publish(first), "an older tree is refused");
        assert!(highlighter.request(1, document.rope(), document.revision()).is_none());
    }

    #[test]
    fn a_cancelled_parse_gives_nothing() {
        let rope = Rope::from_str(&"fn a() { b(); }\n".repeat(20_000));
        assert!(
            SyntaxTree::parse(Language::Rust, &rope, Revision(0), None, &AtomicBool::new(true)).is_none()
        );
    }

    #[test]
    fn a_text_too_long_is_lexed() {
        let rope = Rope::from_str(&"let a = 1;\n".repeat(MAX_PARSED_BYTES / 11 + 1));
        let highlighter = Highlighter::new(Language::Rust);
        assert!(highlighter.request(1, &rope, Revision(0)).is_none());
        let tokens = highlighter.highlights(&rope, 22..32);
        assert_eq!(
            named(&rope, &tokens),
            [("let".to_owned(), TokenKind::Keyword), ("1".to_owned(), TokenKind::Number)]
        );
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        /// A tree carried through edits gives, once parsed again, what a fresh parse gives; and until then it never
        /// leaves the text.
        #[test]
        fn reparsing_is_as_good_as_parsing(
            language in prop::sample::select(&Language::ALL[..]),
            edits in prop::collection::vec((0usize..60, 0usize..60, "[a#*`<>{}()\"ü \\n]{0,6}"), 1..6),
        ) {
            prop_assume!(language != Language::PlainText);
            let mut document = Document::untitled("", "fn a() { \"ü\" }\n# b\n<script>f()</script>\n```rust\nlet x;\n```\n");
            let cancel = AtomicBool::new(false);
            let mut tree = SyntaxTree::parse(language, document.rope(), document.revision(), None, &cancel).unwrap();
            for (a, b, text) in edits {
                let change = crate::Transaction::replace(document.buffer(), a.min(b)..a.max(b), &text);
                document.apply(change, crate::EditKind::Alone, 0).unwrap();
                document.take_applied().iter().for_each(|applied| tree.edit(applied));
                let len = document.buffer().len_chars();
                prop_assert!(tree.highlights(document.rope(), 0..len).iter().all(|(range, _)| range.end <= len));
                tree = SyntaxTree::parse(language, document.rope(), document.revision(), Some(&tree), &cancel).unwrap();
                let fresh = SyntaxTree::parse(language, document.rope(), document.revision(), None, &cancel).unwrap();
                if !fresh.root().has_error() {
                    prop_assert_eq!(
                        tree.highlights(document.rope(), 0..len),
                        fresh.highlights(document.rope(), 0..len)
                    );
                }
            }
        }
    }
}
