//! Where keys take the caret: pure functions of the rope and a span.

use std::ops::Range;

use ropey::Rope;

use crate::{
    selection::{Selection, Span},
    syntax::SyntaxTree,
};

/// A motion of the caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Motion {
    /// One grapheme cluster back.
    Left,
    /// One grapheme cluster on.
    Right,
    /// To the start of this word or of the one before.
    WordLeft,
    /// To the end of this word or of the next.
    WordRight,
    /// To the first character that is no blank; from there to column 0.
    LineStart,
    /// To the end of the line.
    LineEnd,
    /// One line up, aiming at the remembered column.
    Up,
    /// One line down, aiming at the remembered column.
    Down,
    /// So many lines up.
    PageUp(usize),
    /// So many lines down.
    PageDown(usize),
    /// To the start of the text.
    DocumentStart,
    /// To the end of the text.
    DocumentEnd,
    /// To the bracket that belongs to the one at the caret.
    MatchingBracket,
}

/// Moves one span; `extend` keeps its anchor. `tab_width` is in columns.
#[must_use]
pub fn move_span(rope: &Rope, span: Span, motion: Motion, extend: bool, tab_width: usize) -> Span { todo!() }
/// Moves every span.
#[must_use]
pub fn move_selection(rope: &Rope, selection: &Selection, motion: Motion, extend: bool, tab_width: usize) -> Selection { todo!() }
/// Adds a caret in the line above the first span (`up`) or below the last.
#[must_use]
pub fn add_caret(rope: &Rope, selection: &Selection, up: bool, tab_width: usize) -> Selection { todo!() }
/// The start of the grapheme cluster before a position.
#[must_use]
pub fn grapheme_left(rope: &Rope, position: usize) -> usize { todo!() }
/// The end of the grapheme cluster behind a position.
#[must_use]
pub fn grapheme_right(rope: &Rope, position: usize) -> usize { todo!() }
/// Column of a position as drawn: tabs expanded, wide characters counting two.
#[must_use]
pub fn display_column(rope: &Rope, position: usize, tab_width: usize) -> usize { todo!() }
/// The position in a line that is drawn at a column or nearest to it.
#[must_use]
pub fn position_at_column(rope: &Rope, line: usize, column: usize, tab_width: usize) -> usize { todo!() }
/// The word, the run of blanks or the run of punctuation around a position.
#[must_use]
pub fn word_at(rope: &Rope, position: usize) -> Range<usize> { todo!() }
/// The line of a position, with its ending.
#[must_use]
pub fn line_at(rope: &Rope, position: usize) -> Range<usize> { todo!() }
/// The bracket that belongs to the one behind the position, or to the one before it.
#[must_use]
pub fn matching_bracket(rope: &Rope, position: usize) -> Option<usize> { todo!() }
/// The next greater piece of syntax around a span; without a tree the word, the line, then everything.
#[must_use]
pub fn expand(rope: &Rope, span: Span, tree: Option<&SyntaxTree>) -> Span { todo!() }
