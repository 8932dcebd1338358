//! A proposed replacement of a selection, reviewed hunk by hunk. Nothing outside the selection can change: every
//! transaction made here is built from lines of the selection alone.

mod hunk;
mod lines;
mod unified;

use std::ops::Range;

use ropey::Rope;

use crate::{
    buffer::{Buffer, LineEnding, Revision},
    diff::{self, DiffRow, LineHunk, StreamingDiff},
    transaction::{BadTransaction, Bias, Change, Transaction},
};

pub use self::hunk::{Hunk, HunkState};
use self::hunk::{fits, follow, reject, settled_row};
use self::lines::{contents, fitted, line_starts, new_lines};
use self::unified::unified;

/// Lines around a hunk in a unified diff.
const CONTEXT: usize = 3;

/// How far a review has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewPhase {
    /// The answer is arriving.
    Streaming,
    /// The hunks are there.
    Ready,
    /// The selection was edited while the answer arrived: it can no longer be used.
    Stale,
}

/// The parts of a hunk that only the review needs.
#[derive(Clone, Debug)]
struct Origin {
    lines: LineHunk,
    /// Where `removed` stands in the original, in bytes.
    bytes: Range<usize>,
    rows: Vec<DiffRow>,
}

/// The text around the selection when the review began: the rest of its first and last line, and some lines more.
#[derive(Clone, Debug)]
struct Surroundings {
    first_line: usize,
    before: String,
    behind: String,
}

/// The review of one answer.
#[derive(Clone, Debug)]
pub struct Review {
    id: u64,
    phase: ReviewPhase,
    revision: Revision,
    len: usize,
    range: Range<usize>,
    original: String,
    line_ending: LineEnding,
    surroundings: Surroundings,
    diff: StreamingDiff,
    hunks: Vec<Hunk>,
    origins: Vec<Origin>,
}

impl Review {
    /// Begins. `range` is the selection, `line_ending` that of the file, for a selection without any; `id` groups the
    /// accepted hunks into one undo step.
    #[must_use]
    pub fn new(id: u64, buffer: &Buffer, range: Range<usize>, line_ending: LineEnding) -> Self {
        let end = range.end.min(buffer.len_chars());
        let range = range.start.min(end)..end;
        let original = buffer.slice(range.clone());
        let own = original.contains('\n').then(|| LineEnding::dominant(&Rope::from_str(&original)));
        Self {
            id,
            phase: ReviewPhase::Streaming,
            revision: buffer.revision(),
            len: buffer.len_chars(),
            surroundings: surroundings(buffer, &range),
            range,
            line_ending: own.unwrap_or(line_ending),
            diff: StreamingDiff::new(&original),
            original,
            hunks: Vec::new(),
            origins: Vec::new(),
        }
    }

    /// What another text has in place of this one: a review of the lines alone that differ, its hunks found. Line ends alone
    /// make no hunk.
    #[must_use]
    pub fn of_text(id: u64, buffer: &Buffer, other: &Rope, line_ending: LineEnding) -> Self {
        let (range, answer) = differing_lines(buffer, other);
        let mut review = Self::new(id, buffer, range, line_ending);
        review.set_answer(&answer);
        review.finish();
        review
    }

    /// What changes would make of a text: a review of the lines that they touch, its hunks found. What is accepted is in the text
    /// exactly as the changes have it, its line ends too.
    ///
    /// # Errors
    /// The changes do not fit the text or each other.
    pub fn of_changes(id: u64, buffer: &Buffer, changes: &[Change]) -> Result<Self, BadTransaction> {
        let transaction = Transaction::new(buffer, changes.to_vec())?;
        let (Some(first), Some(last)) = (transaction.changes().first(), transaction.changes().last()) else {
            return Ok(Self::of_text(id, buffer, buffer.rope(), LineEnding::dominant(buffer.rope())));
        };
        let start = buffer.line_start(buffer.line_of(first.range.start));
        let end = buffer.line_start(buffer.line_of(last.range.end) + 1);
        let (mut answer, mut at) = (String::new(), start);
        for change in transaction.changes() {
            answer += &buffer.slice(at..change.range.start);
            answer += &change.insert;
            at = change.range.end;
        }
        answer += &buffer.slice(at..end);
        let mut review = Self::new(id, buffer, start..end, LineEnding::dominant(buffer.rope()));
        review.push(&answer);
        review.finish_exactly(&answer);
        Ok(review)
    }

    /// Its id, for [`crate::EditKind::Review`].
    #[must_use]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// How far it is.
    #[must_use]
    pub fn phase(&self) -> ReviewPhase {
        self.phase
    }

    /// The revision of the text it is in step with.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Where the selection lies now.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The selection's text as it was.
    #[must_use]
    pub fn original(&self) -> &str {
        &self.original
    }

    /// The answer so far.
    #[must_use]
    pub fn answer(&self) -> &str {
        self.diff.text()
    }

    /// More of the answer. Ignored unless the review is streaming.
    pub fn push(&mut self, text: &str) {
        if self.phase == ReviewPhase::Streaming {
            self.diff.push(text);
        }
    }

    /// Replaces the answer, as when it was cleaned of fences and chatter. Cheap when it only grew.
    pub fn set_answer(&mut self, text: &str) {
        if self.phase != ReviewPhase::Streaming {
            return;
        }
        if !text.starts_with(self.diff.text()) {
            self.diff = StreamingDiff::new(&self.original);
        }
        self.diff.push(&text[self.diff.text().len()..]);
    }

    /// The answer is complete: finds the hunks. Its final line break becomes that of the selection, and every line
    /// it adds ends as the selection's lines do.
    pub fn finish(&mut self) {
        if self.phase != ReviewPhase::Streaming {
            return;
        }
        self.phase = ReviewPhase::Ready;
        let answer = fitted(&self.original, self.diff.text());
        let old = contents(&self.original);
        let new = new_lines(&self.original, &answer);
        let mut hunks = Vec::new();
        for lines in diff::lines(&old, &new) {
            let (bytes, added) = self.replacement(&lines, &new, answer.ends_with('\n'));
            let rows = diff::hunk_rows(&old, &new, &lines);
            hunks.push((Origin { lines, bytes, rows }, added));
        }
        hunks.into_iter().for_each(|(origin, added)| self.push_hunk(origin, added));
    }

    /// Finds the hunks of an answer that is taken as it is: what a line ends with belongs to it.
    fn finish_exactly(&mut self, answer: &str) {
        self.phase = ReviewPhase::Ready;
        let starts = line_starts(&self.original);
        let old: Vec<&str> = self.original.split_inclusive('\n').collect();
        let new: Vec<&str> = answer.split_inclusive('\n').collect();
        let (shown_old, shown_new) = (contents(&self.original), contents(answer));
        let mut hunks = Vec::new();
        for lines in diff::lines(&old, &new) {
            let bytes = starts[lines.old.start]..starts[lines.old.end];
            let added = new[lines.new.clone()].concat();
            let rows = diff::hunk_rows(&shown_old, &shown_new, &lines);
            hunks.push((Origin { lines, bytes, rows }, added));
        }
        hunks.into_iter().for_each(|(origin, added)| self.push_hunk(origin, added));
    }

    fn push_hunk(&mut self, origin: Origin, added: String) {
        let removed = self.original[origin.bytes.clone()].to_owned();
        let start = self.range.start + self.original[..origin.bytes.start].chars().count();
        let (removed_marks, added_marks) = diff::words(&removed, &added);
        self.hunks.push(Hunk {
            state: HunkState::Pending,
            range: start..start + removed.chars().count(),
            lines: origin.lines.old.clone(),
            removed,
            added,
            removed_marks,
            added_marks,
        });
        self.origins.push(origin);
    }

    /// The bytes of the original that a hunk replaces, and what comes there. Where the selection's last line has no
    /// line break, the break before a last line that comes or goes belongs to the hunk.
    fn replacement(&self, lines: &LineHunk, new: &[&str], ends_in_break: bool) -> (Range<usize>, String) {
        let line_break = self.line_ending.as_str();
        let starts = line_starts(&self.original);
        let count = starts.len() - 1;
        let bytes = starts[lines.old.start]..starts[lines.old.end];
        let joined = new[lines.new.clone()].join(line_break);
        if lines.old.end < count || self.original.ends_with('\n') || (count == 0 && ends_in_break) {
            let added = if lines.new.is_empty() { joined } else { joined + line_break };
            return (bytes, added);
        }
        if lines.old.is_empty() && count > 0 {
            return (bytes, format!("{line_break}{joined}"));
        }
        if lines.new.is_empty() && lines.old.start > 0 {
            let above = self.original[..bytes.start].strip_suffix('\n').unwrap_or_default();
            return (above.strip_suffix('\r').unwrap_or(above).len()..bytes.end, joined);
        }
        (bytes, joined)
    }

    /// The hunks, in order. Empty while streaming, and when the answer changes nothing.
    #[must_use]
    pub fn hunks(&self) -> &[Hunk] {
        &self.hunks
    }

    /// Is no hunk pending?
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.phase == ReviewPhase::Stale
            || self.phase == ReviewPhase::Ready
                && self.hunks.iter().all(|hunk| hunk.state != HunkState::Pending)
    }

    /// The transaction that carries out one pending hunk. The hunk counts as accepted once the transaction comes
    /// back through [`Review::follow`].
    #[must_use]
    pub fn accept(&self, hunk: usize) -> Option<Transaction> {
        let hunk = self.hunks.get(hunk).filter(|hunk| hunk.state == HunkState::Pending)?;
        Some(self.transaction(vec![Change::new(hunk.range.clone(), hunk.added.as_str())]))
    }

    /// The transaction that carries out all pending hunks.
    #[must_use]
    pub fn accept_all(&self) -> Transaction {
        let pending = self.hunks.iter().filter(|hunk| hunk.state == HunkState::Pending);
        self.transaction(pending.map(|hunk| Change::new(hunk.range.clone(), hunk.added.as_str())).collect())
    }

    fn transaction(&self, changes: Vec<Change>) -> Transaction {
        // The hunks are sorted and inside the text as long as every edit has passed through `follow`.
        let made = Transaction::for_text(self.revision, self.len, changes);
        debug_assert!(made.is_ok(), "{made:?}");
        made.unwrap_or_else(|_| Transaction::nothing_for(self.revision, self.len))
    }

    /// The selection's text as it would be with all pending hunks, `other` in the place of what hunk `edited` adds. `None` when
    /// nothing can be accepted any more, or the text is another one.
    #[must_use]
    pub fn proposed(&self, buffer: &Buffer, edited: usize, other: &str) -> Option<String> {
        let is_this = buffer.revision() == self.revision && self.phase == ReviewPhase::Ready;
        self.hunks.get(edited).filter(|hunk| is_this && hunk.state == HunkState::Pending)?;
        let (mut text, mut at) = (String::new(), self.range.start);
        for index in self.pending() {
            let hunk = &self.hunks[index];
            text += &buffer.slice(at..hunk.range.start.max(at));
            text += if index == edited { other } else { &hunk.added };
            at = hunk.range.end;
        }
        Some(text + &buffer.slice(at..self.range.end.max(at)))
    }

    /// Leaves a pending or stale hunk as it is.
    pub fn reject(&mut self, hunk: usize) {
        if let Some(hunk) = self.hunks.get_mut(hunk) {
            reject(hunk);
        }
    }

    /// Leaves all pending and stale hunks as they are.
    pub fn reject_all(&mut self) {
        self.hunks.iter_mut().for_each(reject);
    }

    /// Could it be taken up again after it was closed? Something of it is not accepted, and its text is what it was, but for what
    /// was accepted.
    #[must_use]
    pub fn can_reopen(&self, buffer: &Buffer) -> bool {
        let stands = |hunk: &Hunk| match hunk.state {
            HunkState::Pending | HunkState::Rejected => buffer.slice(hunk.range.clone()) == hunk.removed,
            HunkState::Accepted => buffer.slice(hunk.range.clone()) == hunk.added,
            HunkState::Stale => false,
        };
        let is_this = buffer.revision() == self.revision && self.phase == ReviewPhase::Ready;
        is_this
            && self.hunks.iter().all(stands)
            && self.hunks.iter().any(|hunk| hunk.state != HunkState::Accepted)
    }

    /// Takes it up again: where nothing is pending, what was rejected is.
    pub fn reopen(&mut self) {
        if self.pending().next().is_none() {
            let rejected = self.hunks.iter_mut().filter(|hunk| hunk.state == HunkState::Rejected);
            rejected.for_each(|hunk| hunk.state = HunkState::Pending);
        }
    }

    /// The first pending hunk behind the given one, from the start again; with `None` the first.
    #[must_use]
    pub fn next(&self, hunk: Option<usize>) -> Option<usize> {
        let pending: Vec<usize> = self.pending().collect();
        let behind = pending.iter().find(|&&index| hunk.is_none_or(|hunk| index > hunk));
        behind.or(pending.first()).copied()
    }

    /// The last pending hunk before the given one, from the end again; with `None` the last.
    #[must_use]
    pub fn previous(&self, hunk: Option<usize>) -> Option<usize> {
        let pending: Vec<usize> = self.pending().collect();
        let before = pending.iter().rfind(|&&index| hunk.is_none_or(|hunk| index < hunk));
        before.or(pending.last()).copied()
    }

    fn pending(&self) -> impl Iterator<Item = usize> {
        let is_pending = |(index, hunk): (usize, &Hunk)| (hunk.state == HunkState::Pending).then_some(index);
        self.hunks.iter().enumerate().filter_map(is_pending)
    }

    /// Follows an edit of the text, also those made by this review and their undo: hunks move, become accepted or
    /// pending again, or stale when something else touched them. Every applied transaction must pass here, in order;
    /// when one was missed, nothing of the review can be used any more.
    pub fn follow(&mut self, transaction: &Transaction) {
        let missed = transaction.base() != self.revision || transaction.base_len() != self.len;
        self.revision = transaction.base().next();
        self.len = transaction.len_after();
        if missed || self.phase == ReviewPhase::Streaming && transaction.touches(&self.range) {
            self.phase = ReviewPhase::Stale;
            self.hunks.iter_mut().for_each(|hunk| hunk.state = HunkState::Stale);
        }
        self.range = self.grown_range(transaction);
        self.hunks.iter_mut().for_each(|hunk| follow(hunk, transaction));
    }

    /// Where the selection lies after an edit. What a hunk adds at its edges belongs to it.
    fn grown_range(&self, transaction: &Transaction) -> Range<usize> {
        let is_own = |at: usize| {
            let mut own = self.hunks.iter().filter(|hunk| hunk.range == (at..at));
            own.any(|hunk| {
                transaction.changes().iter().any(|change| change.range == hunk.range && fits(hunk, change))
            })
        };
        let Range { start, end } = self.range;
        let start = transaction.map(start, if is_own(start) { Bias::Before } else { Bias::After });
        let end = transaction.map(end, if is_own(end) { Bias::After } else { Bias::Before });
        start..end.max(start)
    }

    /// The rows to draw: those of the selection's lines and of the lines to come. Accepted hunks show what they
    /// added, rejected and stale ones what was there.
    #[must_use]
    pub fn rows(&self) -> Vec<DiffRow> {
        if self.phase != ReviewPhase::Ready {
            return self.diff.rows().to_vec();
        }
        let old = contents(&self.original);
        let (mut rows, mut old_at, mut new_at) = (Vec::new(), 0, 0);
        for (index, (hunk, origin)) in self.hunks.iter().zip(&self.origins).enumerate() {
            let LineHunk { old: old_lines, new: new_lines } = &origin.lines;
            rows.extend(kept_rows(&old, old_at..old_lines.start, new_at));
            rows.extend(origin.rows.iter().filter_map(|row| settled_row(row, hunk.state, index)));
            (old_at, new_at) = (old_lines.end, new_lines.end);
        }
        rows.extend(kept_rows(&old, old_at..old.len(), new_at));
        rows
    }

    /// The hunks that are pending or accepted as a unified diff with three lines of context. Empty without any.
    #[must_use]
    pub fn unified_diff(&self, file_name: &str) -> String {
        let Surroundings { first_line, before, behind } = &self.surroundings;
        let wanted = |state| matches!(state, HunkState::Pending | HunkState::Accepted);
        let old = format!("{before}{}{behind}", self.original);
        let new = format!("{before}{}{behind}", self.result(wanted));
        unified(file_name, &old, &new, *first_line)
    }

    /// The selection's text with some of the hunks.
    fn result(&self, wanted: impl Fn(HunkState) -> bool) -> String {
        let (mut text, mut at) = (String::new(), 0);
        for (hunk, origin) in self.hunks.iter().zip(&self.origins).filter(|pair| wanted(pair.0.state)) {
            text.push_str(&self.original[at..origin.bytes.start]);
            text.push_str(&hunk.added);
            at = origin.bytes.end;
        }
        text + &self.original[at..]
    }
}

/// The lines that differ, with their breaks, and what the other text has there.
fn differing_lines(buffer: &Buffer, other: &Rope) -> (Range<usize>, String) {
    let difference = Transaction::difference(buffer, other);
    let Some(change) = difference.changes().first() else { return (0..0, String::new()) };
    let start = buffer.line_start(buffer.line_of(change.range.start));
    let end = buffer.line_start(buffer.line_of(change.range.end) + 1);
    let behind = buffer.len_chars() - end;
    (start..end, other.slice(start..other.len_chars() - behind).to_string())
}

fn surroundings(buffer: &Buffer, range: &Range<usize>) -> Surroundings {
    let first_line = buffer.line_of(range.start).saturating_sub(CONTEXT);
    let last_line = buffer.line_of(range.end) + CONTEXT;
    Surroundings {
        first_line,
        before: buffer.slice(buffer.line_start(first_line)..range.start),
        behind: buffer.slice(range.end..buffer.line_start(last_line + 1)),
    }
}

fn kept_rows(old: &[&str], lines: Range<usize>, new_start: usize) -> impl Iterator<Item = DiffRow> {
    lines.zip(new_start..).map(|(line, new_line)| DiffRow::kept(old[line], line, new_line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diff::RowKind;
    use crate::{Document, EditKind};
    use proptest::prelude::*;

    /// Reviews an answer to the part of a text between `⟦` and `⟧`.
    fn review(marked: &str, answer: &str) -> (Document, Review) {
        let start = marked.chars().position(|c| c == '⟦').unwrap();
        let end = marked.chars().position(|c| c == '⟧').unwrap() - 1;
        let document = Document::untitled("", &marked.replace(['⟦', '⟧'], ""));
        let mut review = Review::new(1, document.buffer(), start..end, document.line_ending());
        review.push(answer);
        review.finish();
        (document, review)
    }

    fn apply(document: &mut Document, review: &mut Review, transaction: Transaction) {
        document.apply(transaction, EditKind::Review(review.id()), 0).unwrap();
        follow_all(document, review);
    }

    fn follow_all(document: &mut Document, review: &mut Review) {
        document.take_applied().iter().for_each(|applied| review.follow(&applied.transaction));
    }

    fn states(review: &Review) -> Vec<HunkState> {
        review.hunks().iter().map(|hunk| hunk.state).collect()
    }

    fn check(marked: &str, answer: &str, after: &str) {
        let (mut document, mut review) = review(marked, answer);
        let all = review.accept_all();
        if !all.is_empty() {
            apply(&mut document, &mut review, all);
        }
        let mut text: Vec<char> = document.rope().chars().collect();
        text.insert(review.range().start, '⟦');
        text.insert(review.range().end + 1, '⟧');
        assert_eq!(text.iter().collect::<String>(), after, "{answer:?} for {marked:?}");
        assert!(review.is_settled());
    }

    #[test]
    fn a_review_can_be_taken_up_again_while_its_text_is_what_it_was() {
        let (mut document, mut review) = review("x\n⟦a\nb\nc\n⟧y\n", "A\nb\nC\n");
        let first = review.accept(0).unwrap();
        apply(&mut document, &mut review, first);
        review.reject_all();
        assert!(review.is_settled() && review.can_reopen(document.buffer()));
        let len = document.buffer().len_chars();
        let elsewhere = Change::new(0..0, "new\n");
        let elsewhere = Transaction::for_text(document.revision(), len, vec![elsewhere]).unwrap();
        assert!(!review.can_reopen(Document::untitled("", "x\n").buffer()), "another text");
        apply(&mut document, &mut review, elsewhere);
        assert!(review.can_reopen(document.buffer()));
        let mut again = review.clone();
        again.reopen();
        assert_eq!(states(&again), [HunkState::Accepted, HunkState::Pending]);
        let rest = again.accept_all();
        apply(&mut document, &mut again, rest);
        assert_eq!(document.rope().to_string(), "new\nx\nA\nb\nC\ny\n");
        assert!(!again.can_reopen(document.buffer()), "nothing is left of it");
    }

    #[test]
    fn a_hunk_can_be_edited_before_it_is_accepted() {
        let mut buffer = Buffer::from_rope(Rope::from_str("x\na\nb\nc\ny\n"));
        let mut review = Review::new(1, &buffer, 2..8, LineEnding::Lf);
        review.set_answer("A\nb\nC\n");
        review.finish();
        assert_eq!(review.proposed(&buffer, 0, "A1\nA2\n").as_deref(), Some("A1\nA2\nb\nC\n"));
        assert_eq!(review.proposed(&buffer, 1, "").as_deref(), Some("A\nb\n"));
        assert_eq!(review.proposed(&buffer, 2, ""), None);
        let first = review.accept(0).unwrap();
        buffer.apply(&first).unwrap();
        assert_eq!(review.proposed(&buffer, 1, "D\n"), None, "the review has not followed yet");
        review.follow(&first);
        assert_eq!(review.proposed(&buffer, 1, "D\n").as_deref(), Some("A\nb\nD\n"));
        assert_eq!(review.proposed(&buffer, 0, "D\n"), None);
    }

    #[test]
    fn the_final_line_break_stays_as_it_was() {
        check("a\n⟦b\n⟧c", "x", "a\n⟦x\n⟧c");
        check("a\n⟦b⟧\nc", "x\n", "a\n⟦x⟧\nc");
        check("f(⟦a, b⟧)", "c\n", "f(⟦c⟧)");
        check("⟦a\nb⟧", "a\nb\nc\n", "⟦a\nb\nc⟧");
        check("⟦a\nb⟧", "a\n", "⟦a⟧");
        check("⟦a\nb⟧", "", "⟦⟧");
        check("x⟦a\n⟧y", "", "x⟦⟧y");
        check("⟦a⟧x", "a\n\n", "⟦a\n⟧x");
        check("a⟦⟧b", "x\ny\n", "a⟦x\ny\n⟧b");
        check("a⟦⟧b", "x\ny", "a⟦x\ny⟧b");
        check("⟦a\n⟧", "a\n", "⟦a\n⟧");
    }

    #[test]
    fn line_endings_are_those_of_the_selection() {
        check("⟦a\r\nb\r\n⟧", "a\nx\ny\n", "⟦a\r\nx\r\ny\r\n⟧");
        check("⟦a\nb\r\nc\n⟧", "a\nb\nx\n", "⟦a\nb\r\nx\n⟧");
        check("q\r\n⟦a⟧", "x\ny", "q\r\n⟦x\r\ny⟧");
        check("⟦a\r\nb⟧c", "a", "⟦a⟧c");
    }

    #[test]
    fn hunks_are_accepted_and_rejected_one_by_one() {
        let (mut document, mut review) = review("⟦a\nb\nc\nd\ne\n⟧", "A\nb\nC\nd\nE\n");
        assert_eq!(
            (review.next(None), review.next(Some(2)), review.previous(Some(0))),
            (Some(0), Some(0), Some(2))
        );
        let second = review.accept(1).unwrap();
        apply(&mut document, &mut review, second);
        review.reject(0);
        assert_eq!(states(&review), [HunkState::Rejected, HunkState::Accepted, HunkState::Pending]);
        assert_eq!((document.rope().to_string(), review.next(None)), ("a\nb\nC\nd\ne\n".to_owned(), Some(2)));
        let last = review.accept(2).unwrap();
        apply(&mut document, &mut review, last);
        assert!(review.is_settled());
        document.undo();
        follow_all(&mut document, &mut review);
        assert_eq!(document.rope().to_string(), "a\nb\nc\nd\ne\n");
        assert_eq!(states(&review), [HunkState::Rejected, HunkState::Pending, HunkState::Pending]);
        document.redo();
        follow_all(&mut document, &mut review);
        assert_eq!(states(&review), [HunkState::Rejected, HunkState::Accepted, HunkState::Accepted]);
    }

    #[test]
    fn a_foreign_edit_moves_hunks_or_makes_them_stale() {
        let (mut document, mut review) = review("x\n⟦a\nb\nc\n⟧", "A\nb\nC\n");
        let above = Transaction::replace(document.buffer(), 0..1, "xyz");
        document.apply(above, EditKind::Type, 0).unwrap();
        follow_all(&mut document, &mut review);
        let inside = Transaction::replace(document.buffer(), 4..5, "q");
        document.apply(inside, EditKind::Type, 0).unwrap();
        follow_all(&mut document, &mut review);
        assert_eq!(states(&review), [HunkState::Stale, HunkState::Pending]);
        let all = review.accept_all();
        apply(&mut document, &mut review, all);
        assert_eq!(document.rope().to_string(), "xyz\nq\nb\nC\n");
    }

    #[test]
    fn an_edit_of_the_selection_while_streaming_ends_the_review() {
        let mut document = Document::untitled("", "abc");
        let mut review = Review::new(1, document.buffer(), 0..3, LineEnding::Lf);
        review.push("x");
        let inside = Transaction::replace(document.buffer(), 1..1, "q");
        document.apply(inside, EditKind::Type, 0).unwrap();
        follow_all(&mut document, &mut review);
        review.finish();
        assert_eq!((review.phase(), review.accept_all().is_empty()), (ReviewPhase::Stale, true));
    }

    #[test]
    fn rows_show_what_became_of_each_hunk() {
        let draw = |review: &Review| -> String {
            let sign = |kind| {
                if kind == RowKind::Kept {
                    ' '
                } else if kind == RowKind::Added {
                    '+'
                } else {
                    '-'
                }
            };
            review.rows().iter().map(|row| format!("{}{}|", sign(row.kind), row.text)).collect()
        };
        let (mut document, mut review) = review("⟦a\nb\nc\n⟧", "A\nb\nC\n");
        assert_eq!(draw(&review), "-a|+A| b|-c|+C|");
        let first = review.accept(0).unwrap();
        apply(&mut document, &mut review, first);
        review.reject(1);
        assert_eq!(draw(&review), " A| b| c|");
    }

    #[test]
    fn the_unified_diff_counts_lines_of_the_file() {
        let (_, review) = review("1\n2\n3\n4\n5\nf(⟦6)\n7⟧;\n8", "x)\n7\n");
        assert_eq!(
            review.unified_diff("a.rs"),
            "--- a/a.rs\n+++ b/a.rs\n@@ -3,6 +3,6 @@\n 3\n 4\n 5\n-f(6)\n+f(x)\n 7;\n 8\n\\ No newline at end of file\n",
        );
    }

    #[test]
    fn another_text_is_reviewed_in_the_lines_that_differ() {
        let between = |old: &str, new: &str| {
            let document = Document::untitled("", old);
            let review = Review::of_text(1, document.buffer(), &Rope::from_str(new), LineEnding::Lf);
            let hunk = |hunk: &Hunk| (hunk.removed.trim_end().to_owned(), hunk.added.trim_end().to_owned());
            (review.original().to_owned(), review.hunks().iter().map(hunk).collect::<Vec<_>>())
        };
        let one = |removed: &str, added: &str| vec![(removed.to_owned(), added.to_owned())];
        assert_eq!(between("a\nb\nc\nd\n", "a\nx\nc\nd\n"), ("b\n".to_owned(), one("b", "x")));
        assert_eq!(between("a\nb\n", "a\nnew\nb\n").1, one("", "new"));
        assert_eq!(between("a\nb\n", "a\nb\n").1, []);
        for (old, new) in [("a\r\nb\r\n", "a\nb\n"), ("a\nb\n", "a\nb\r\n"), ("a\nb", "a\nb\n")] {
            assert_eq!(between(old, new).1, [], "line ends make no hunk");
        }
        assert_eq!(between("a\nb\n", "").1, one("a\nb", ""));
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop::collection::vec("[ab漢]{0,2}(\n|\r\n|)", 0..8).prop_map(|lines| lines.concat())
    }

    proptest! {
        /// Where the line ends agree, what another text has in place of this one makes that text of it.
        #[test]
        fn all_hunks_of_another_text_make_that_text(
            old in prop::collection::vec("[ab]{0,2}\n", 1..8), new in prop::collection::vec("[ab]{0,2}\n", 1..8),
        ) {
            let (old, new) = (old.concat(), new.concat());
            let mut document = Document::untitled("", &old);
            let mut review = Review::of_text(1, document.buffer(), &Rope::from_str(&new), LineEnding::Lf);
            let all = review.accept_all();
            if !all.is_empty() {
                apply(&mut document, &mut review, all);
            }
            prop_assert_eq!(document.rope().to_string(), new);
        }

        /// Hunks of changes put in exactly what the changes do, and nothing else, in whatever order they are accepted.
        #[test]
        fn hunks_of_changes_make_exactly_the_changed_text(
            text in any_text(), cuts in prop::collection::vec((0usize..6, 0usize..4, "[ab\r\n]{0,3}"), 0..5),
            order in prop::collection::vec(any::<usize>(), 0..6),
        ) {
            let mut document = Document::untitled("", &text);
            let (mut changes, mut at) = (Vec::new(), 0);
            for (skip, len, insert) in cuts {
                let start = at + skip;
                if start + len <= document.buffer().len_chars() {
                    changes.push(Change::new(start..start + len, insert));
                    at = start + len;
                }
            }
            let mut expected = document.buffer().clone();
            expected.apply(&Transaction::new(&expected, changes.clone()).unwrap()).unwrap();
            let mut review = Review::of_changes(1, document.buffer(), &changes).unwrap();
            for index in order {
                let hunk = index % (review.hunks().len() + 1);
                if let Some(one) = review.accept(hunk) {
                    apply(&mut document, &mut review, one);
                }
            }
            let all = review.accept_all();
            if !all.is_empty() {
                apply(&mut document, &mut review, all);
            }
            prop_assert!(review.is_settled());
            prop_assert_eq!(document.rope().to_string(), expected.rope().to_string());
        }

        /// Whatever is accepted in whatever order, nothing outside the selection changes; everything accepted is the
        /// answer; undo is the text as it was.
        #[test]
        fn only_the_selection_changes(
            text in any_text(), a in 0usize..30, b in 0usize..30, answer in any_text(),
            cut in 1usize..4, order in prop::collection::vec(any::<(usize, bool)>(), 0..12),
        ) {
            let mut document = Document::untitled("", &text);
            let len = document.buffer().len_chars();
            let (start, end) = (a.min(b).min(len), a.max(b).min(len));
            let mut review = Review::new(1, document.buffer(), start..end, LineEnding::Lf);
            let pieces: Vec<char> = answer.chars().collect();
            pieces.chunks(cut).for_each(|piece| review.push(&piece.iter().collect::<String>()));
            review.finish();
            for (index, accept) in order {
                let hunk = index % (review.hunks().len() + 1);
                match review.accept(hunk) {
                    Some(one) if accept => apply(&mut document, &mut review, one),
                    _ if index % 3 == 0 => {
                        document.undo();
                        follow_all(&mut document, &mut review);
                    }
                    _ => {}
                }
                check_outside(&document, &text, start, len - end, &review)?;
            }
            let all = review.accept_all();
            if !all.is_empty() {
                apply(&mut document, &mut review, all);
            }
            check_outside(&document, &text, start, len - end, &review)?;
            let got = document.buffer().slice(review.range()).replace("\r\n", "\n");
            let original: String = text.chars().skip(start).take(end - start).collect();
            prop_assert_eq!(got, fitted(&original, &answer));
            while document.undo() {}
            prop_assert_eq!(document.rope().to_string(), text);
        }
    }

    fn check_outside(
        document: &Document,
        text: &str,
        before: usize,
        behind: usize,
        review: &Review,
    ) -> Result<(), TestCaseError> {
        let now = document.rope().to_string();
        let (old, new): (Vec<char>, Vec<char>) = (text.chars().collect(), now.chars().collect());
        prop_assert_eq!(&new[..before], &old[..before]);
        prop_assert_eq!(&new[new.len() - behind..], &old[old.len() - behind..]);
        prop_assert_eq!(review.range(), before..new.len() - behind);
        Ok(())
    }
}
