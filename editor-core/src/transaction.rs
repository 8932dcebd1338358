//! Edits as values: apply, invert, map a position, refuse a text of another revision.

use std::ops::Range;

use ropey::Rope;
use serde::{Deserialize, Serialize};

use crate::{
    buffer::{Buffer, Revision},
    selection::{Selection, Span},
};

/// One replacement: `range` of the text before goes, `insert` comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Chars that go, counted in the text before the transaction.
    pub range: Range<usize>,
    /// Text that comes in their place.
    pub insert: String,
}

impl Change {
    /// Replaces a range.
    #[must_use]
    pub fn new(range: Range<usize>, insert: impl Into<String>) -> Self {
        Self { range, insert: insert.into() }
    }

    /// Inserts at a position.
    #[must_use]
    pub fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::new(at..at, text)
    }

    /// Deletes a range.
    #[must_use]
    pub fn delete(range: Range<usize>) -> Self {
        Self::new(range, "")
    }

    fn is_nothing(&self) -> bool {
        self.range.is_empty() && self.insert.is_empty()
    }

    fn inserted_chars(&self) -> usize {
        self.insert.chars().count()
    }
}

/// Where a position goes when text is inserted exactly there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bias {
    /// It stays in front of the inserted text.
    Before,
    /// It moves behind the inserted text.
    After,
}

/// Changes that do not fit the text or each other.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTransaction {
    /// A change reaches behind the text's end, or its end lies before its start.
    #[error("the change {0:?} lies outside the text of {1} characters")]
    OutOfBounds(Range<usize>, usize),
    /// A change starts before the end of the one before it.
    #[error("the change {1:?} overlaps or precedes {0:?}")]
    OutOfOrder(Range<usize>, Range<usize>),
}

/// Sorted changes that do not overlap, for one revision of one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    base: Revision,
    base_len: usize,
    changes: Vec<Change>,
}

impl Transaction {
    /// Checks and takes the changes. Changes that do nothing are dropped.
    ///
    /// # Errors
    /// A change lies outside the text, or the changes are not sorted, or overlap.
    pub fn new(buffer: &Buffer, changes: Vec<Change>) -> Result<Self, BadTransaction> {
        Self::for_text(buffer.revision(), buffer.len_chars(), changes)
    }

    /// As [`Transaction::new`] for a text known by its revision and length only.
    ///
    /// # Errors
    /// A change lies outside the text, or the changes are not sorted, or overlap.
    pub fn for_text(base: Revision, base_len: usize, mut changes: Vec<Change>) -> Result<Self, BadTransaction> {
        changes.retain(|change| !change.is_nothing());
        let mut previous = 0..0;
        for Change { range, .. } in &changes {
            if range.start > range.end || range.end > base_len {
                return Err(BadTransaction::OutOfBounds(range.clone(), base_len));
            }
            if range.start < previous.end {
                return Err(BadTransaction::OutOfOrder(previous, range.clone()));
            }
            previous = range.clone();
        }
        Ok(Self { base, base_len, changes })
    }

    /// A transaction that changes nothing.
    #[must_use]
    pub fn nothing(buffer: &Buffer) -> Self {
        Self { base: buffer.revision(), base_len: buffer.len_chars(), changes: Vec::new() }
    }

    /// Replaces one range, clamped to the text.
    #[must_use]
    pub fn replace(buffer: &Buffer, range: Range<usize>, text: &str) -> Self {
        let end = range.end.min(buffer.len_chars());
        let change = Change::new(range.start.min(end)..end, text);
        let changes = if change.is_nothing() { Vec::new() } else { vec![change] };
        Self { base: buffer.revision(), base_len: buffer.len_chars(), changes }
    }

    /// The revision it was made for.
    #[must_use]
    pub fn base(&self) -> Revision {
        self.base
    }

    /// Length in chars of the text it was made for.
    #[must_use]
    pub fn base_len(&self) -> usize {
        self.base_len
    }

    /// Length in chars of the text after it.
    #[must_use]
    pub fn len_after(&self) -> usize {
        let grown = self.changes.iter().map(Change::inserted_chars).sum::<usize>();
        self.base_len + grown - self.changes.iter().map(|change| change.range.len()).sum::<usize>()
    }

    /// The changes, sorted.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Does it change nothing?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// The transaction that takes this one back. `before` is the text it was made for.
    #[must_use]
    pub fn invert(&self, before: &Rope) -> Self {
        let mut grown = 0isize;
        let changes = self.changes.iter().map(|change| {
            let start = change.range.start.wrapping_add_signed(grown);
            let inserted = change.inserted_chars();
            grown += inserted as isize - change.range.len() as isize;
            Change::new(start..start + inserted, before.slice(change.range.clone()).to_string())
        });
        Self { changes: changes.collect(), base: self.base.next(), base_len: self.len_after() }
    }

    /// The same changes for a later revision with the same text, as undo and redo need them.
    pub(crate) fn restamped(&self, base: Revision) -> Self {
        Self { base, ..self.clone() }
    }

    /// Where a position of the text before lies in the text after. A position inside a replaced range goes to the
    /// start of what replaced it (`Before`) or to its end (`After`).
    #[must_use]
    pub fn map(&self, position: usize, bias: Bias) -> usize {
        let mut grown = 0isize;
        for change in &self.changes {
            let Range { start, end } = change.range;
            if position < start || (position == start && start != end) {
                break;
            }
            let inserted = change.inserted_chars();
            if position < end || (start == end && position == start) {
                let start = start.wrapping_add_signed(grown);
                if bias == Bias::Before {
                    return start;
                }
                if position < end {
                    return start + inserted;
                }
            }
            grown += inserted as isize - (end - start) as isize;
        }
        position.wrapping_add_signed(grown)
    }

    /// Where a range lies afterwards. Text inserted at its edges stays outside.
    #[must_use]
    pub fn map_range(&self, range: Range<usize>) -> Range<usize> {
        if range.is_empty() {
            let at = self.map(range.start, Bias::Before);
            return at..at;
        }
        let start = self.map(range.start, Bias::After);
        start..self.map(range.end, Bias::Before).max(start)
    }

    /// Where a selection lies afterwards. Carets move behind text inserted at them.
    #[must_use]
    pub fn map_selection(&self, selection: &Selection) -> Selection {
        let map = |span: &Span| Span::new(self.map(span.anchor, Bias::After), self.map(span.head, Bias::After));
        Selection::new(selection.spans().iter().map(map).collect(), selection.primary_index())
    }

    /// Does a change lie inside the range or overlap it? Insertions at its edges do not count.
    #[must_use]
    pub fn touches(&self, range: &Range<usize>) -> bool {
        let inside = |change: &Range<usize>| change.start < range.end && range.start < change.end;
        self.changes.iter().any(|change| inside(&change.range))
    }
}
