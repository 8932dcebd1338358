//! A proposed replacement of a selection, reviewed hunk by hunk. Nothing outside the selection can change: every
//! transaction made here is built from lines of the selection alone.

use std::ops::Range;

use crate::{
    buffer::{Buffer, LineEnding, Revision},
    diff::Row,
    transaction::Transaction,
};

/// What became of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HunkState {
    /// Neither accepted nor rejected.
    Pending,
    /// In the text.
    Accepted,
    /// Left as it was.
    Rejected,
    /// The text under it was edited otherwise: it can only be dismissed.
    Stale,
}

/// One stretch of changed lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// What became of it.
    pub state: HunkState,
    /// Where it lies in the text as it is now, in chars: what is removed, or once accepted what was added.
    pub range: Range<usize>,
    /// Lines of the selection that go, counted from its first line.
    pub lines: Range<usize>,
    /// Text that goes, exactly.
    pub removed: String,
    /// Text that comes, exactly.
    pub added: String,
    /// Changed chars of `removed`.
    pub removed_marks: Vec<Range<usize>>,
    /// Changed chars of `added`.
    pub added_marks: Vec<Range<usize>>,
}

/// How far a review has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// The answer is arriving.
    Streaming,
    /// The hunks are there.
    Ready,
    /// The selection was edited while the answer arrived: it can no longer be used.
    Stale,
}

/// The review of one answer.
#[derive(Clone, Debug)]
pub struct Review { _x: () }

impl Review {
    /// Begins. `range` is the selection; `id` groups the accepted hunks into one undo step.
    #[must_use]
    pub fn new(id: u64, buffer: &Buffer, range: Range<usize>, line_ending: LineEnding) -> Self { todo!() }
    /// Its id, for [`crate::EditKind::Review`].
    #[must_use]
    pub fn id(&self) -> u64 { todo!() }
    /// How far it is.
    #[must_use]
    pub fn phase(&self) -> Phase { todo!() }
    /// The revision of the text it is in step with.
    #[must_use]
    pub fn revision(&self) -> Revision { todo!() }
    /// Where the selection lies now.
    #[must_use]
    pub fn range(&self) -> Range<usize> { todo!() }
    /// The selection's text as it was.
    #[must_use]
    pub fn original(&self) -> &str { todo!() }
    /// The answer so far.
    #[must_use]
    pub fn answer(&self) -> &str { todo!() }
    /// More of the answer.
    pub fn push(&mut self, text: &str) { todo!() }
    /// Replaces the answer, as when it was cleaned of fences and chatter.
    pub fn set_answer(&mut self, text: &str) { todo!() }
    /// The answer is complete: finds the hunks.
    pub fn finish(&mut self) { todo!() }
    /// The hunks, in order. Empty while streaming, and when the answer changes nothing.
    #[must_use]
    pub fn hunks(&self) -> &[Hunk] { todo!() }
    /// Is no hunk pending?
    #[must_use]
    pub fn is_settled(&self) -> bool { todo!() }
    /// The transaction that carries out one pending hunk. The hunk counts as accepted once the transaction comes
    /// back through [`Review::follow`].
    #[must_use]
    pub fn accept(&self, hunk: usize) -> Option<Transaction> { todo!() }
    /// The transaction that carries out all pending hunks.
    #[must_use]
    pub fn accept_all(&self) -> Transaction { todo!() }
    /// Leaves a pending or stale hunk as it is.
    pub fn reject(&mut self, hunk: usize) { todo!() }
    /// Leaves all pending and stale hunks as they are.
    pub fn reject_all(&mut self) { todo!() }
    /// The first pending hunk behind the given one, from the start again; with `None` the first.
    #[must_use]
    pub fn next(&self, hunk: Option<usize>) -> Option<usize> { todo!() }
    /// The last pending hunk before the given one, from the end again; with `None` the last.
    #[must_use]
    pub fn previous(&self, hunk: Option<usize>) -> Option<usize> { todo!() }
    /// Follows an edit of the text, also those made by this review and their undo: hunks move, become accepted or
    /// pending again, or stale when something else touched them. Every applied transaction must pass here, in order.
    pub fn follow(&mut self, transaction: &Transaction) { todo!() }
    /// The rows to draw: those of the selection's lines and of the lines to come.
    #[must_use]
    pub fn rows(&self) -> Vec<Row> { todo!() }
    /// The hunks that are pending or accepted as a unified diff with three lines of context.
    #[must_use]
    pub fn unified_diff(&self, file_name: &str) -> String { todo!() }
}
