//! What a text declares: functions, types, headings, keys, as a tree, for an outline and for finding where something is defined.
//!
//! By tree-sitter's tags: queries whose captures say `@name` and `@definition.KIND`. Where several patterns name one thing, the
//! last holds. A `@level.N` says how deep a heading is: it holds what follows, up to the next one that is no deeper.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::OnceLock;

use ropey::Rope;
use tree_sitter::{Node, Query, QueryCursor, QueryMatch, StreamingIterator as _, Tree};

use crate::language::Language;
use crate::syntax::SyntaxTree;

mod queries;

/// This many symbols of a text are known at most; files with more are data.
pub const MAX_SYMBOLS: usize = 20_000;

/// Names are cut at this many chars.
const MAX_NAME: usize = 200;

/// How many unfinished matches a query may hold: bounds its time on strange texts.
const MATCH_LIMIT: u32 = 512;

/// What kind of thing is declared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the names say it")]
pub enum SymbolKind {
    Module,
    Class,
    Struct,
    Enum,
    Variant,
    Interface,
    /// A block of methods for a type that is declared elsewhere.
    Implementation,
    Type,
    Function,
    Method,
    Macro,
    Constant,
    Variable,
    Field,
    /// Of a chapter.
    Heading,
    /// Of a value in a file of data.
    Key,
    /// Of a page, by its id.
    Element,
    /// Of a style.
    Selector,
    /// Of a makefile.
    Target,
    Table,
    /// Of the making of a container.
    Stage,
}

impl SymbolKind {
    const WORDS: [(&'static str, Self); 21] = [
        ("module", Self::Module),
        ("class", Self::Class),
        ("struct", Self::Struct),
        ("enum", Self::Enum),
        ("variant", Self::Variant),
        ("interface", Self::Interface),
        ("implementation", Self::Implementation),
        ("type", Self::Type),
        ("function", Self::Function),
        ("method", Self::Method),
        ("macro", Self::Macro),
        ("constant", Self::Constant),
        ("variable", Self::Variable),
        ("field", Self::Field),
        ("heading", Self::Heading),
        ("key", Self::Key),
        ("element", Self::Element),
        ("selector", Self::Selector),
        ("target", Self::Target),
        ("table", Self::Table),
        ("stage", Self::Stage),
    ];

    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        Self::WORDS.iter().find(|(_, kind)| *kind == self).map_or("", |(word, _)| word)
    }

    fn of_capture(name: &str) -> Option<Self> {
        let word = match name.strip_prefix("definition.")? {
            "object" => "class",
            "property" => "field",
            "constructor" => "method",
            "namespace" | "package" => "module",
            word => word,
        };
        Self::WORDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
    }

    /// Does its name mean the same in other files of a project, so that it is worth looking for there?
    #[must_use]
    pub fn is_of_project(self) -> bool {
        !matches!(self, Self::Implementation | Self::Heading | Self::Key | Self::Element | Self::Selector)
    }
}

/// Something declared in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, on one line.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// All of it, in chars.
    pub range: Range<usize>,
    /// Its name, in chars.
    pub name_range: Range<usize>,
    /// The index of the symbol that it is declared in.
    pub parent: Option<usize>,
    /// How many symbols it is declared in.
    pub depth: usize,
}

impl SyntaxTree {
    /// What the text declares, in order; those that hold others come before them. The first time a language is asked for its
    /// query is compiled, which takes some milliseconds.
    #[must_use]
    pub fn symbols(&self, rope: &Rope) -> Vec<Symbol> {
        let mut found = HashMap::new();
        for (language, tree) in self.languages() {
            // A document shows code; it does not declare it.
            if language == self.language() || self.language() == Language::Html {
                collect(language, tree, rope, &mut found);
            }
        }
        let mut found: Vec<(usize, Option<u8>, Symbol)> = found.into_values().collect();
        found.sort_by_key(|(.., symbol)| {
            (symbol.range.start, Reverse(symbol.range.end), symbol.name_range.start)
        });
        chapters(&mut found, rope.len_chars());
        nested(found.into_iter().map(|(.., symbol)| symbol).collect())
    }
}

/// The symbols around a position, outermost first, as indices: what an outline marks, and what a line above the text says.
#[must_use]
pub fn around(symbols: &[Symbol], position: usize) -> Vec<usize> {
    let holds = |symbol: &Symbol| {
        symbol.range.start <= position && position < symbol.range.end.max(symbol.range.start + 1)
    };
    (0..symbols.len()).filter(|index| holds(&symbols[*index])).collect()
}

/// A query for tags and what its captures mean.
#[derive(Debug)]
struct Tags {
    query: Query,
    name: u32,
    kinds: Vec<Option<SymbolKind>>,
    levels: Vec<Option<u8>>,
}

fn tags(language: Language) -> Option<&'static Tags> {
    static TAGS: [OnceLock<Option<Tags>>; Language::ALL.len()] =
        [const { OnceLock::new() }; Language::ALL.len()];
    TAGS[language as usize].get_or_init(|| make(language)).as_ref()
}

fn make(language: Language) -> Option<Tags> {
    let queries = queries::of(language);
    let grammar = crate::syntax::grammar_of(language).filter(|_| !queries.is_empty())?;
    let query = Query::new(grammar, &queries.join("\n"));
    debug_assert!(query.is_ok(), "{language:?}: {query:?}");
    let mut query = query.ok()?;
    let name = query.capture_index_for_name("name")?;
    let kinds: Vec<_> = query.capture_names().iter().map(|name| SymbolKind::of_capture(name)).collect();
    let level = |name: &&str| name.strip_prefix("level.").and_then(|level| level.parse().ok());
    let levels = query.capture_names().iter().map(level).collect();
    // Many of the grammars' own patterns are of uses, not of declarations.
    for pattern in 0..query.pattern_count() {
        let has =
            |index: usize| query.capture_quantifiers(pattern)[index] != tree_sitter::CaptureQuantifier::Zero;
        if !(0..kinds.len()).any(|index| kinds[index].is_some() && has(index)) {
            query.disable_pattern(pattern);
        }
    }
    Some(Tags { query, name, kinds, levels })
}

/// Symbols by where their names are, each with the pattern that found it and the level of a heading.
type Found = HashMap<Range<usize>, (usize, Option<u8>, Symbol)>;

fn collect(language: Language, tree: &Tree, rope: &Rope, found: &mut Found) {
    let Some(tags) = tags(language) else { return };
    let mut cursor = QueryCursor::new();
    cursor.set_match_limit(MATCH_LIMIT);
    let text = |node: Node<'_>| {
        let slice = rope.get_byte_slice(node.byte_range());
        slice.into_iter().flat_map(|slice| slice.chunks()).map(str::as_bytes)
    };
    let mut matches = cursor.matches(&tags.query, tree.root_node(), text);
    while let Some(one) = matches.next() {
        if found.len() >= MAX_SYMBOLS {
            return;
        }
        let pattern = one.pattern_index;
        if let Some(symbol) = symbol(tags, one, rope) {
            let known = found.get(&symbol.name_range).map(|(pattern, ..)| *pattern);
            if known.is_none_or(|known| known <= pattern) {
                let level = one.captures().iter().find_map(|capture| tags.levels[capture.index as usize]);
                found.insert(symbol.name_range.clone(), (pattern, level, symbol));
            }
        }
    }
}

fn symbol(tags: &Tags, found: &QueryMatch<'_, '_>, rope: &Rope) -> Option<Symbol> {
    let captures = found.captures();
    let name = captures.iter().find(|capture| capture.index == tags.name)?.node;
    let defined =
        captures.iter().find_map(|capture| Some((capture.node, tags.kinds[capture.index as usize]?)));
    let (whole, kind) = defined?;
    let chars = |node: Node<'_>| -> Option<Range<usize>> {
        let Range { start, end } = node.byte_range();
        Some(rope.try_byte_to_char(start).ok()?..rope.try_byte_to_char(end).ok()?)
    };
    let name_range = chars(name)?;
    let text = rope.get_slice(name_range.clone())?.chars().take(MAX_NAME).collect::<String>();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let symbol = Symbol { name: text, kind, range: chars(whole)?, name_range, parent: None, depth: 0 };
    (!symbol.name.is_empty()).then_some(symbol)
}

/// Headings come to hold what follows them.
fn chapters(found: &mut [(usize, Option<u8>, Symbol)], len: usize) {
    let mut ends = [len; 256];
    for (_, level, symbol) in found.iter_mut().rev() {
        if let Some(level) = *level {
            symbol.range.end = ends[usize::from(level)];
            ends[usize::from(level)..].fill(symbol.range.start);
        }
    }
}

/// Each with the one that it lies in. They come in order.
fn nested(mut symbols: Vec<Symbol>) -> Vec<Symbol> {
    let mut open: Vec<usize> = Vec::new();
    for index in 0..symbols.len() {
        let Range { start, end } = symbols[index].range;
        // One that covers the same text stands beside it, as two names of one declaration do.
        let holds =
            |outer: &Symbol| start < outer.range.end && end <= outer.range.end && outer.range != (start..end);
        while open.last().is_some_and(|outer| !holds(&symbols[*outer])) {
            open.pop();
        }
        symbols[index].parent = open.last().copied();
        symbols[index].depth = open.len();
        open.push(index);
    }
    symbols
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod samples;
