//! One hunk of a review, and what becomes of it when the text changes.

use std::ops::Range;

use crate::diff::{DiffRow, RowKind};
use crate::transaction::{Bias, Change, Transaction};

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

pub(super) fn reject(hunk: &mut Hunk) {
    if matches!(hunk.state, HunkState::Pending | HunkState::Stale) {
        hunk.state = HunkState::Rejected;
    }
}

/// What a change that is this hunk, or its undo, would insert.
fn counterpart(hunk: &Hunk) -> Option<(&str, HunkState)> {
    match hunk.state {
        HunkState::Pending => Some((&hunk.added, HunkState::Accepted)),
        HunkState::Accepted => Some((&hunk.removed, HunkState::Pending)),
        HunkState::Rejected | HunkState::Stale => None,
    }
}

pub(super) fn fits(hunk: &Hunk, change: &Change) -> bool {
    hunk.range == change.range && counterpart(hunk).is_some_and(|(text, _)| text == change.insert)
}

pub(super) fn follow(hunk: &mut Hunk, transaction: &Transaction) {
    let own = transaction.changes().iter().any(|change| fits(hunk, change));
    if let Some((text, state)) = counterpart(hunk).filter(|_| own) {
        let (length, start) = (text.chars().count(), transaction.map(hunk.range.start, Bias::Before));
        hunk.state = state;
        hunk.range = start..start + length;
        return;
    }
    if transaction.touches(&hunk.range) && hunk.state != HunkState::Rejected {
        hunk.state = HunkState::Stale;
    }
    hunk.range = transaction.map_range(hunk.range.clone());
}

/// A hunk's row as its state shows it.
pub(super) fn settled_row(row: &DiffRow, state: HunkState, hunk: usize) -> Option<DiffRow> {
    let row = DiffRow { hunk: Some(hunk), ..row.clone() };
    match (state, row.kind) {
        (HunkState::Pending, _) => Some(row),
        (HunkState::Accepted, RowKind::Added)
        | (HunkState::Rejected | HunkState::Stale, RowKind::Removed) => {
            Some(DiffRow { kind: RowKind::Kept, marks: Vec::new(), ..row })
        }
        _ => None,
    }
}
