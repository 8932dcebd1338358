//! What of a text can be folded by its syntax: blocks, lists, literals, elements and chapters that go over several lines.

use std::ops::Range;

use ropey::Rope;
use tree_sitter::{Node, Point};

use super::fold_region::FoldRegion;
use super::{SyntaxTree, imports};
use crate::buffer::{line_end, line_start};
use crate::language::Language;

/// A block without a bracket may begin so many lines behind the line that it belongs to, comments being between.
const NEAR: usize = 8;

/// Parts of the names that grammars give to what can be folded.
const FOLDED: &[&str] = &[
    "argument",
    "array",
    "block",
    "body",
    "comment",
    "compound",
    "dictionary",
    "do_group",
    "element",
    "fenced",
    "hash",
    "import",
    "list",
    "literal",
    "match",
    "object",
    "parameters",
    "recipe",
    "record",
    "section",
    "statements",
    "string",
    "suite",
    "switch",
    "table",
    "template",
    "then",
    "tuple",
];

/// Those of them that belong to a line before them when no bracket opens them.
const INDENTED: &[&str] = &["block", "body", "do_group", "statements", "suite", "then"];

/// Names that contain one of these parts and are more, or the same once again.
const NOT_FOLDED: &[&str] = &[
    "block_mapping",
    "block_mapping_pair",
    "block_sequence",
    "match_expression",
    "match_statement",
    "switch_statement",
];

impl SyntaxTree {
    /// What can be folded and touches these lines, sorted, the longest of each first line. Costs what the lines hold.
    #[must_use]
    pub(crate) fn fold_regions(&self, rope: &Rope, lines: Range<usize>) -> Vec<FoldRegion> {
        // A block without a bracket begins behind its header.
        let lines = lines.start..(lines.end + NEAR).min(rope.len_lines());
        let mut found = Vec::new();
        for layer in &self.layers {
            collect(layer.tree.root_node(), &lines, &mut |node| {
                found.extend(region(node, self.language, rope));
            });
        }
        found.extend(
            self.layers.iter().take(1).flat_map(|layer| imports::imports(layer.tree.root_node(), &lines)),
        );
        found.sort_by_key(|region: &FoldRegion| (region.header, std::cmp::Reverse(region.last)));
        found.dedup_by_key(|region| region.header);
        found
    }
}

/// Visits the named nodes that touch `lines`. Without recursion: texts nest deeply.
fn collect<'tree>(root: Node<'tree>, lines: &Range<usize>, visit: &mut impl FnMut(Node<'tree>)) {
    let mut cursor = root.walk();
    let start = Point { row: lines.start, column: 0 };
    loop {
        let node = cursor.node();
        let (first, last) = (node.start_position().row, node.end_position().row);
        let is_seen = last >= lines.start && first < lines.end;
        if is_seen && node.is_named() && cursor.depth() > 0 {
            visit(node);
        }
        if is_seen && first < last && cursor.goto_first_child_for_point(start).is_some() {
            continue;
        }
        while cursor.node().start_position().row >= lines.end || !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return;
            }
        }
    }
}

fn region(node: Node<'_>, language: Language, rope: &Rope) -> Option<FoldRegion> {
    let kind = node.kind();
    let has = |parts: &[&str]| parts.iter().any(|part| kind.contains(part));
    let (start, end) = (node.start_position().row, node.end_position());
    if (start == end.row && !has(INDENTED)) || !has(FOLDED) || NOT_FOLDED.contains(&kind) {
        return None;
    }
    let first = rope.get_byte(node.start_byte())?;
    let is_opened = language == Language::Markdown || b"([{<\"'`/#*".contains(&first);
    let header = if is_opened || !has(INDENTED) { start } else { owner(node, start)? };
    if end.row >= rope.len_lines() {
        return None;
    }
    let mut last = if end.column == 0 { end.row.saturating_sub(1) } else { end.row };
    if last == end.row && last > start && closes(rope, last) {
        last -= 1;
    }
    while last > header && is_blank(rope, last) {
        last -= 1;
    }
    (last > header).then_some(FoldRegion { header, last })
}

/// The line that a block without a bracket belongs to.
fn owner(node: Node<'_>, start: usize) -> Option<usize> {
    let end = node.prev_sibling()?.end_position();
    (end.column > 0 && end.row <= start && start - end.row <= NEAR).then_some(end.row)
}

/// Does a line begin with what closes a block?
fn closes(rope: &Rope, line: usize) -> bool {
    let head: String = text(rope, line).chars().skip_while(|c| c.is_whitespace()).take(3).collect();
    head.starts_with([')', ']', '}'])
        || head.starts_with("</")
        || matches!(head.as_str(), "```" | "~~~" | "end")
}

fn is_blank(rope: &Rope, line: usize) -> bool {
    text(rope, line).chars().all(char::is_whitespace)
}

fn text(rope: &Rope, line: usize) -> ropey::RopeSlice<'_> {
    rope.slice(line_start(rope, line)..line_end(rope, line))
}
