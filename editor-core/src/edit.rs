//! What the keys do: each function builds the transaction for a selection, and the selection after it.

use crate::{
    buffer::{Buffer, LineEnding},
    language::{Indent, Language},
    selection::Selection,
    transaction::Transaction,
};

/// What the keys must know about a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Decides comments, quotes and what opens a block.
    pub language: Language,
    /// One step of indentation.
    pub indent: Indent,
    /// What a new line ends in.
    pub line_ending: LineEnding,
    /// Should brackets and quotes be closed when they are typed?
    pub auto_close: bool,
}

/// An edit and what is selected after it. An empty transaction means that the key only moves the selection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What changes.
    pub transaction: Transaction,
    /// The selection afterwards.
    pub selection: Selection,
}

/// Types text at every caret: surrounds selections, closes brackets and types over the closing ones.
#[must_use]
pub fn insert_text(buffer: &Buffer, selection: &Selection, text: &str, style: &Style) -> Edit { todo!() }
/// Breaks the line and indents the new one.
#[must_use]
pub fn newline(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Deletes what is selected, or backwards: a step of indentation, an empty pair, or one grapheme cluster.
#[must_use]
pub fn backspace(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Deletes what is selected, or the grapheme cluster behind the caret.
#[must_use]
pub fn delete(buffer: &Buffer, selection: &Selection) -> Edit { todo!() }
/// Deletes what is selected, or to the start of the word.
#[must_use]
pub fn delete_word_left(buffer: &Buffer, selection: &Selection) -> Edit { todo!() }
/// Deletes what is selected, or to the end of the word.
#[must_use]
pub fn delete_word_right(buffer: &Buffer, selection: &Selection) -> Edit { todo!() }
/// Deletes every line that the selection touches.
#[must_use]
pub fn delete_lines(buffer: &Buffer, selection: &Selection) -> Edit { todo!() }
/// Tab: at a caret inserts up to the next step of indentation, with a selection of lines indents them.
#[must_use]
pub fn tab(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Indents every line that the selection touches by one step.
#[must_use]
pub fn indent(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Takes one step of indentation from every line that the selection touches.
#[must_use]
pub fn outdent(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Turns the touched lines into comments, or back when all of them are.
#[must_use]
pub fn toggle_comment(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Moves the touched lines above the line before them.
#[must_use]
pub fn move_lines_up(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Moves the touched lines below the line behind them.
#[must_use]
pub fn move_lines_down(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Repeats the touched lines below themselves.
#[must_use]
pub fn duplicate_lines(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit { todo!() }
/// Joins the touched lines, or the caret's line and the next, with one space between.
#[must_use]
pub fn join_lines(buffer: &Buffer, selection: &Selection) -> Edit { todo!() }
/// The text to copy: the selections joined by line breaks; a mere caret gives its whole line.
#[must_use]
pub fn copied_text(buffer: &Buffer, selection: &Selection, style: &Style) -> String { todo!() }
/// Deletes what [`copied_text`] copies.
#[must_use]
pub fn cut(buffer: &Buffer, selection: &Selection) -> Edit { todo!() }
/// Pastes: a line per caret when the counts agree, else everything at every caret. Line endings become the file's.
/// `whole_lines` says that the text was copied from a mere caret: it then goes above the caret's line.
#[must_use]
pub fn paste(buffer: &Buffer, selection: &Selection, text: &str, whole_lines: bool, style: &Style) -> Edit { todo!() }
