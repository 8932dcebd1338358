//! Edits as values: apply, invert, map a position, refuse a text of another revision.

use std::ops::Range;

use ropey::Rope;
use serde::{Deserialize, Serialize};

use crate::{
    buffer::{Buffer, Revision, WrongRevision},
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
    pub fn for_text(
        base: Revision,
        base_len: usize,
        mut changes: Vec<Change>,
    ) -> Result<Self, BadTransaction> {
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
        Self::nothing_for(buffer.revision(), buffer.len_chars())
    }

    pub(crate) fn nothing_for(base: Revision, base_len: usize) -> Self {
        Self { base, base_len, changes: Vec::new() }
    }

    /// Replaces one range, clamped to the text.
    #[must_use]
    pub fn replace(buffer: &Buffer, range: Range<usize>, text: &str) -> Self {
        let end = range.end.min(buffer.len_chars());
        let change = Change::new(range.start.min(end)..end, text);
        let changes = if change.is_nothing() { Vec::new() } else { vec![change] };
        Self { base: buffer.revision(), base_len: buffer.len_chars(), changes }
    }

    /// One change that makes `to` of the text: what is equal at both ends stays.
    #[must_use]
    pub fn difference(buffer: &Buffer, to: &Rope) -> Self {
        let from = buffer.rope();
        let shorter = from.len_chars().min(to.len_chars());
        let start = from.chars().zip(to.chars()).take_while(|(a, b)| a == b).count();
        let (back_from, back_to) =
            (from.chars_at(from.len_chars()).reversed(), to.chars_at(to.len_chars()).reversed());
        let end = back_from.zip(back_to).take(shorter - start).take_while(|(a, b)| a == b).count();
        let text = to.slice(start..to.len_chars() - end).to_string();
        Self::replace(buffer, start..from.len_chars() - end, &text)
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
        let map =
            |span: &Span| Span::new(self.map(span.anchor, Bias::After), self.map(span.head, Bias::After));
        Selection::new(selection.spans().iter().map(map).collect(), selection.primary_index())
    }

    /// Does a change lie inside the range or overlap it? Insertions at its edges do not count.
    #[must_use]
    pub fn touches(&self, range: &Range<usize>) -> bool {
        let inside = |change: &Range<usize>| change.start < range.end && range.start < change.end;
        self.changes.iter().any(|change| inside(&change.range))
    }
}

impl Buffer {
    /// Carries out a transaction and returns the one that takes it back. Costs O(changes · log length).
    ///
    /// # Errors
    /// The transaction was made for another revision; nothing is changed then.
    pub fn apply(&mut self, transaction: &Transaction) -> Result<Transaction, WrongRevision> {
        if transaction.base() != self.revision() || transaction.base_len() != self.len_chars() {
            return Err(WrongRevision { expected: transaction.base(), found: self.revision() });
        }
        let inverse = transaction.invert(self.rope());
        self.change(|rope| transaction.changes().iter().rev().for_each(|change| replace(rope, change)));
        Ok(inverse)
    }
}

fn replace(rope: &mut Rope, change: &Change) {
    if !change.range.is_empty() {
        rope.remove(change.range.clone());
    }
    if !change.insert.is_empty() {
        rope.insert(change.range.start, &change.insert);
    }
}

/// A transaction that was applied, with the text before it: what syntax, reviews and searches need to follow.
#[derive(Clone, Debug)]
pub struct Applied {
    /// The text before.
    pub before: Rope,
    /// What changed.
    pub transaction: Transaction,
    /// The revision after.
    pub revision: Revision,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Maps each `|` of the text before through one replacement and draws it in the text after.
    fn check(before: &str, change: Change, bias: Bias, after: &str) {
        let at = before.find('|').unwrap();
        let mut buffer = Buffer::from_text(&before.replace('|', ""));
        let transaction = Transaction::new(&buffer, vec![change]).unwrap();
        buffer.apply(&transaction).unwrap();
        let mut text = buffer.rope().to_string();
        text.insert(transaction.map(at, bias), '|');
        assert_eq!(text, after);
    }

    #[test]
    fn positions_follow_edits() {
        check("ab|c", Change::insert(0, "x"), Bias::Before, "xab|c");
        check("ab|c", Change::insert(2, "x"), Bias::Before, "ab|xc");
        check("ab|c", Change::insert(2, "x"), Bias::After, "abx|c");
        check("ab|cd", Change::new(1..3, "xyz"), Bias::Before, "a|xyzd");
        check("ab|cd", Change::new(1..3, "xyz"), Bias::After, "axyz|d");
        check("abc|d", Change::new(1..3, "x"), Bias::Before, "ax|d");
        check("a|bcd", Change::new(1..3, "x"), Bias::After, "a|xd");
    }

    #[test]
    fn changes_must_fit_the_text_and_each_other() {
        let buffer = Buffer::from_text("abc");
        let new = |changes| Transaction::new(&buffer, changes);
        assert_eq!(new(vec![Change::delete(2..4)]), Err(BadTransaction::OutOfBounds(2..4, 3)));
        let crossed = vec![Change::delete(0..2), Change::delete(1..3)];
        assert_eq!(new(crossed), Err(BadTransaction::OutOfOrder(0..2, 1..3)));
        assert!(new(vec![Change::insert(1, "")]).unwrap().is_empty());
    }

    #[test]
    fn an_edit_of_another_revision_is_refused() {
        let mut buffer = Buffer::from_text("abc");
        let old = Transaction::replace(&buffer, 0..1, "x");
        buffer.apply(&old).unwrap();
        assert!(buffer.apply(&old).is_err());
        assert_eq!(buffer.rope().to_string(), "xbc");
    }

    pub(crate) fn any_changes(len: usize) -> impl Strategy<Value = Vec<Change>> {
        let change = (0..=len, 0..=len, "[ab漢\n]{0,4}");
        prop::collection::vec(change, 0..5).prop_map(|mut raw| {
            raw.iter_mut()
                .for_each(|change| (change.0, change.1) = (change.0.min(change.1), change.0.max(change.1)));
            raw.sort_by_key(|change| (change.0, change.1));
            let mut floor = 0;
            let mut fits = |start: usize, end: usize| {
                let fits = start >= floor;
                floor = if fits { end } else { floor };
                fits
            };
            raw.into_iter()
                .filter(|&(start, end, _)| fits(start, end))
                .map(|(start, end, insert)| Change::new(start..end, insert))
                .collect()
        })
    }

    fn text_and_changes() -> impl Strategy<Value = (String, Vec<Change>)> {
        "[abc漢\r\n]{0,30}".prop_flat_map(|text| {
            let len = text.chars().count();
            (Just(text), any_changes(len))
        })
    }

    fn apply_to_string(text: &str, changes: &[Change]) -> String {
        let mut chars: Vec<char> = text.chars().collect();
        for change in changes.iter().rev() {
            chars.splice(change.range.clone(), change.insert.chars());
        }
        chars.into_iter().collect()
    }

    proptest! {
        #[test]
        fn the_rope_does_what_the_string_does((text, changes) in text_and_changes()) {
            let mut buffer = Buffer::from_text(&text);
            let transaction = Transaction::new(&buffer, changes.clone()).unwrap();
            buffer.apply(&transaction).unwrap();
            prop_assert_eq!(buffer.rope().to_string(), apply_to_string(&text, &changes));
            prop_assert_eq!(buffer.len_chars(), transaction.len_after());
        }

        #[test]
        fn the_inverse_takes_it_back((text, changes) in text_and_changes()) {
            let mut buffer = Buffer::from_text(&text);
            let transaction = Transaction::new(&buffer, changes).unwrap();
            let inverse = buffer.apply(&transaction).unwrap();
            let again = buffer.apply(&inverse).unwrap();
            prop_assert_eq!(buffer.rope().to_string(), text);
            prop_assert_eq!(again.restamped(transaction.base()), transaction);
        }

        #[test]
        fn mapping_keeps_order_and_stays_inside((text, changes) in text_and_changes()) {
            let buffer = Buffer::from_text(&text);
            let transaction = Transaction::new(&buffer, changes).unwrap();
            for bias in [Bias::Before, Bias::After] {
                let mapped: Vec<usize> = (0..=buffer.len_chars()).map(|at| transaction.map(at, bias)).collect();
                prop_assert!(mapped.is_sorted());
                prop_assert!(mapped.iter().all(|&at| at <= transaction.len_after()));
            }
        }

        /// A char that no change touches is the same char where its position is mapped to.
        #[test]
        fn mapping_follows_untouched_chars((text, changes) in text_and_changes()) {
            let before = Buffer::from_text(&text);
            let mut after = before.clone();
            let transaction = Transaction::new(&before, changes).unwrap();
            after.apply(&transaction).unwrap();
            for at in (0..before.len_chars()).filter(|&at| !transaction.touches(&(at..at + 1))) {
                let mapped = transaction.map_range(at..at + 1);
                prop_assert_eq!(mapped.len(), 1);
                prop_assert_eq!(after.rope().char(mapped.start), before.rope().char(at));
            }
        }
    }

    #[test]
    fn a_difference_leads_from_one_text_to_the_other() {
        let texts = ["", "a", "aa", "aaa", "abc", "äbc", "bc", "abca", "line\nline\n", "line\n"];
        for from in texts {
            for to in texts {
                let mut buffer = Buffer::from_text(from);
                let change = Transaction::difference(&buffer, &Rope::from_str(to));
                buffer.apply(&change).unwrap();
                assert_eq!(buffer.rope().to_string(), to, "from {from:?}");
            }
        }
    }
}
