//! Differences: lines, words inside them, and the provisional ones shown while an answer is still arriving.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput};
use unicode_segmentation::UnicodeSegmentation;

/// Lines that were replaced, as indices into both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineHunk {
    /// Lines that go.
    pub old: Range<usize>,
    /// Lines that come.
    pub new: Range<usize>,
}

/// The difference between two lists of lines.
#[must_use]
pub fn lines(old: &[&str], new: &[&str]) -> Vec<LineHunk> {
    let mut input = InternedInput::default();
    input.update_before(old.iter().copied());
    input.update_after(new.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    diff.hunks().map(|hunk| LineHunk { old: to_usize(&hunk.before), new: to_usize(&hunk.after) }).collect()
}

fn to_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

/// Longer texts get no marks, in bytes.
const MAX_MARKED: usize = 20_000;

/// The changed char ranges of both sides, word by word. Empty when the texts have too little in common for marks to
/// help: less than a third of the longer side.
#[must_use]
pub fn words(old: &str, new: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) {
    if old.len().max(new.len()) > MAX_MARKED {
        return (Vec::new(), Vec::new());
    }
    let old_words: Vec<&str> = old.split_word_bounds().collect();
    let new_words: Vec<&str> = new.split_word_bounds().collect();
    let mut input = InternedInput::default();
    input.update_before(old_words.iter().copied());
    input.update_after(new_words.iter().copied());
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_no_heuristic(&input);
    let hunks: Vec<LineHunk> = diff
        .hunks()
        .map(|hunk| LineHunk { old: to_usize(&hunk.before), new: to_usize(&hunk.after) })
        .collect();
    let old_marks = marks(&old_words, hunks.iter().map(|hunk| &hunk.old));
    let new_marks = marks(&new_words, hunks.iter().map(|hunk| &hunk.new));
    let text = |words: &[&str]| words.concat().chars().filter(|c| !c.is_whitespace()).count();
    let gone: usize = hunks.iter().map(|hunk| text(&old_words[hunk.old.clone()])).sum();
    let kept = text(&old_words) - gone;
    if kept * 3 < text(&old_words).max(text(&new_words)) {
        return (Vec::new(), Vec::new());
    }
    (old_marks, new_marks)
}

/// Char ranges of ranges of words.
fn marks<'a>(words: &[&str], changed: impl Iterator<Item = &'a Range<usize>>) -> Vec<Range<usize>> {
    let ends: Vec<usize> = words
        .iter()
        .scan(0, |end, word| {
            *end += word.chars().count();
            Some(*end)
        })
        .collect();
    let start = |word: usize| word.checked_sub(1).map_or(0, |before| ends[before]);
    changed.filter(|range| !range.is_empty()).map(|range| start(range.start)..start(range.end)).collect()
}

/// What a row of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// In both texts.
    Kept,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
    /// While streaming: in the old text, and the answer has not come so far yet. Drawn as unchanged.
    NotReached,
    /// While streaming: the answer's last line, still being written.
    Writing,
}

/// One row of a diff as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DiffRow {
    /// What it is.
    pub kind: RowKind,
    /// The line without its ending.
    pub text: String,
    /// Changed chars of `text`.
    pub marks: Vec<Range<usize>>,
    /// Index of the line in the old text.
    pub old_line: Option<usize>,
    /// Index of the line in the new text.
    pub new_line: Option<usize>,
    /// The hunk of a review that it belongs to.
    pub hunk: Option<usize>,
}

impl DiffRow {
    fn new(kind: RowKind, text: &str, old_line: Option<usize>, new_line: Option<usize>) -> Self {
        Self { kind, text: text.to_owned(), marks: Vec::new(), old_line, new_line, hunk: None }
    }

    pub(crate) fn kept(text: &str, old_line: usize, new_line: usize) -> Self {
        Self::new(RowKind::Kept, text, Some(old_line), Some(new_line))
    }
}

/// The rows of one hunk: what goes, then what comes, with their marks.
pub(crate) fn hunk_rows(old: &[&str], new: &[&str], hunk: &LineHunk) -> Vec<DiffRow> {
    let (old_side, new_side) = (&old[hunk.old.clone()], &new[hunk.new.clone()]);
    let (removed, added) = words(&old_side.join("\n"), &new_side.join("\n"));
    let removed = rows_with_marks(RowKind::Removed, old_side, &removed);
    let added = rows_with_marks(RowKind::Added, new_side, &added);
    let removed = removed.zip(hunk.old.clone()).map(|(row, line)| DiffRow { old_line: Some(line), ..row });
    let added = added.zip(hunk.new.clone()).map(|(row, line)| DiffRow { new_line: Some(line), ..row });
    removed.chain(added).collect()
}

/// Cuts marks of the joined lines into marks of each.
fn rows_with_marks(kind: RowKind, lines: &[&str], marks: &[Range<usize>]) -> impl Iterator<Item = DiffRow> {
    let mut start = 0;
    lines.iter().map(move |line| {
        let end = start + line.chars().count();
        let inside =
            |mark: &Range<usize>| mark.start.max(start) - start..mark.end.min(end).max(start) - start;
        let marks = marks.iter().map(inside).filter_map(|mark| without_blanks(line, mark)).collect();
        start = end + 1;
        DiffRow { marks, ..DiffRow::new(kind, line, None, None) }
    })
}

/// A mark without the blanks at its ends; `None` where nothing but blanks differs, which is nothing to shout about.
fn without_blanks(line: &str, mark: Range<usize>) -> Option<Range<usize>> {
    let mut inked =
        line.chars().enumerate().skip(mark.start).take(mark.len()).filter(|(_, c)| !c.is_whitespace());
    let (first, _) = inked.next()?;
    let last = inked.last().map_or(first, |(last, _)| last);
    Some(first..last + 1)
}

/// The real difference as rows.
#[must_use]
pub fn rows(old: &[&str], new: &[&str]) -> Vec<DiffRow> {
    let (mut rows, mut old_at, mut new_at) = (Vec::new(), 0, 0);
    let end = LineHunk { old: old.len()..old.len(), new: new.len()..new.len() };
    for (index, hunk) in lines(old, new).into_iter().chain([end]).enumerate() {
        let kept = (old_at..hunk.old.start).zip(new_at..hunk.new.start);
        rows.extend(kept.map(|(old_line, new_line)| DiffRow::kept(old[old_line], old_line, new_line)));
        rows.extend(hunk_rows(old, new, &hunk).into_iter().map(|row| DiffRow { hunk: Some(index), ..row }));
        (old_at, new_at) = (hunk.old.end, hunk.new.end);
    }
    rows
}

/// Alignments larger than this, in old lines times new lines, are not made while streaming.
const MAX_CELLS: usize = 4_000_000;

/// What a kept line with letters or digits counts for, a kept line without any, and a skipped line.
const WORTH: i32 = 10;
const WORTH_OF_PUNCTUATION: i32 = 2;
const SKIPPED: i32 = 1;

/// How a cell of the alignment was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Keep,
    Add,
    Remove,
}

/// The difference to an answer that is still arriving.
///
/// The lines that have come are aligned with a beginning of the original: with as much of it as is worth it, counting
/// kept lines for it and skipped lines against it. The rest of the original has not been reached, so a line shows
/// as removed only when lines behind it have come again.
#[derive(Clone, Debug)]
pub struct StreamingDiff {
    old: Vec<String>,
    text: String,
    /// Bytes of `text` that are whole lines and have been aligned.
    aligned: usize,
    new: Vec<String>,
    /// Worth of the alignment of all of `new` with each beginning of `old`.
    worth: Vec<i32>,
    steps: Vec<Vec<Step>>,
    rows: Vec<DiffRow>,
}

impl StreamingDiff {
    /// Nothing has arrived yet: all rows are `NotReached`.
    #[must_use]
    pub fn new(original: &str) -> Self {
        let old: Vec<String> = original.lines().map(str::to_owned).collect();
        let worth = (0..=old.len() as i32).map(|skipped| -skipped * SKIPPED).collect();
        let (text, new, steps, rows) = (String::new(), Vec::new(), Vec::new(), Vec::new());
        let mut diff = Self { old, text, aligned: 0, new, worth, steps, rows };
        diff.draw();
        diff
    }

    /// More of the answer. Costs O(original lines) a line.
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        while let Some(length) = self.text[self.aligned..].find('\n') {
            let line = self.text[self.aligned..self.aligned + length].trim_end_matches('\r').to_owned();
            self.aligned += length + 1;
            self.align(line);
        }
        self.draw();
    }

    /// Extends the alignment by one line of the answer: one row of the classic table.
    fn align(&mut self, line: String) {
        if (self.new.len() + 1) * (self.old.len() + 1) <= MAX_CELLS && self.steps.len() == self.new.len() {
            let value = if line.contains(char::is_alphanumeric) { WORTH } else { WORTH_OF_PUNCTUATION };
            let mut steps = vec![Step::Add];
            let mut worth = vec![self.worth[0]];
            for (index, old) in self.old.iter().enumerate() {
                let keep = if *old == line { self.worth[index] + value } else { i32::MIN };
                let (add, remove) = (self.worth[index + 1], worth[index] - SKIPPED);
                let best = keep.max(add).max(remove);
                worth.push(best);
                steps.push(if best == keep {
                    Step::Keep
                } else if best == add {
                    Step::Add
                } else {
                    Step::Remove
                });
            }
            self.worth = worth;
            self.steps.push(steps);
        }
        self.new.push(line);
    }

    /// How much of the original the answer has reached: the best alignment, the shortest of equal ones.
    fn reached(&self) -> usize {
        let best = self.worth.iter().copied().max().unwrap_or_default();
        self.worth.iter().position(|&worth| worth == best).unwrap_or_default()
    }

    fn draw(&mut self) {
        let reached = self.reached();
        let mut rows = self.aligned_rows(reached);
        rows.extend((self.steps.len()..self.new.len()).map(|line| self.added(line)));
        let writing = &self.text[self.aligned..];
        let is_old = self.old.get(reached).is_some_and(|old| old.starts_with(writing));
        if !writing.is_empty() && !is_old {
            rows.push(DiffRow::new(RowKind::Writing, writing, None, Some(self.new.len())));
        }
        let rest = self.old.iter().enumerate().skip(reached);
        rows.extend(rest.map(|(line, text)| DiffRow::new(RowKind::NotReached, text, Some(line), None)));
        self.rows = rows;
    }

    fn added(&self, line: usize) -> DiffRow {
        DiffRow::new(RowKind::Added, &self.new[line], None, Some(line))
    }

    /// Walks the table back from its end; within a gap, what goes stands above what comes.
    fn aligned_rows(&self, reached: usize) -> Vec<DiffRow> {
        let (mut old, mut new) = (reached, self.steps.len());
        let (mut rows, mut added, mut removed) = (Vec::new(), Vec::new(), Vec::new());
        while old > 0 || new > 0 {
            let step = if new == 0 { Step::Remove } else { self.steps[new - 1][old] };
            match step {
                Step::Keep => {
                    rows.append(&mut added);
                    rows.append(&mut removed);
                    (old, new) = (old - 1, new - 1);
                    rows.push(DiffRow::kept(&self.old[old], old, new));
                }
                Step::Add => {
                    new -= 1;
                    added.push(self.added(new));
                }
                Step::Remove => {
                    old -= 1;
                    removed.push(DiffRow::new(RowKind::Removed, &self.old[old], Some(old), None));
                }
            }
        }
        rows.append(&mut added);
        rows.append(&mut removed);
        rows.reverse();
        rows
    }

    /// The answer so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rows to draw now.
    #[must_use]
    pub fn rows(&self) -> &[DiffRow] {
        &self.rows
    }

    /// The real difference, when all has arrived.
    #[must_use]
    pub fn finish(self) -> Vec<DiffRow> {
        let old: Vec<&str> = self.old.iter().map(String::as_str).collect();
        rows(&old, &self.text.lines().collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn draw(rows: &[DiffRow]) -> String {
        let sign = |kind| match kind {
            RowKind::Kept => ' ',
            RowKind::Removed => '-',
            RowKind::Added => '+',
            RowKind::NotReached => '.',
            RowKind::Writing => '>',
        };
        rows.iter().map(|row| format!("{}{}|", sign(row.kind), row.text)).collect()
    }

    /// The rows after each piece of the answer, then the final ones.
    fn check(original: &str, pieces: &[(&str, &str)], last: &str) {
        let mut diff = StreamingDiff::new(original);
        for (piece, expected) in pieces {
            diff.push(piece);
            assert_eq!(draw(diff.rows()), *expected, "after {piece:?}");
        }
        assert_eq!(draw(&diff.finish()), last);
    }

    #[test]
    fn lines_not_reached_are_never_removed() {
        check(
            "fn a\nfn b\nfn c\n",
            &[
                ("fn", ".fn a|.fn b|.fn c|"),
                (" a\n", " fn a|.fn b|.fn c|"),
                ("fn x", " fn a|>fn x|.fn b|.fn c|"),
                ("\n", " fn a|+fn x|.fn b|.fn c|"),
                ("fn c\n", " fn a|-fn b|+fn x| fn c|"),
            ],
            " fn a|-fn b|+fn x| fn c|",
        );
    }

    #[test]
    fn a_bracket_far_ahead_is_not_taken_for_reached() {
        let original = "a\n1\n2\n3\n4\n}\n";
        check(
            original,
            &[("a\n", " a|.1|.2|.3|.4|.}|"), ("}\n", " a|+}|.1|.2|.3|.4|.}|")],
            " a|-1|-2|-3|-4| }|",
        );
    }

    #[test]
    fn changed_words_are_marked() {
        let (old, new) = words("let x = foo(1);", "let x = bar(1);");
        assert_eq!((old[0].clone(), new[0].clone()), (8..11, 8..11));
        let (old, new) = words("größe = 1", "größe = 1 + 2");
        assert_eq!((old.len(), new[0].clone()), (0, 9..13));
        assert_eq!(words("abc def", "xyz uvw"), (vec![], vec![]));
        let rows = rows(&["f(a)", "g(b)"], &["f(a, x)", "g(b, x)"]);
        let marks: Vec<_> = rows.iter().map(|row| row.marks.first().cloned()).collect();
        assert_eq!(marks, [None, None, Some(3..6), Some(3..6)]);
    }

    #[test]
    fn blanks_alone_are_not_marked_and_none_at_the_ends_of_what_is() {
        let marks = |old: &[&str], new: &[&str]| -> Vec<Vec<(usize, usize)>> {
            let ends = |row: DiffRow| row.marks.iter().map(|mark| (mark.start, mark.end)).collect();
            rows(old, new).into_iter().map(ends).collect()
        };
        assert_eq!(marks(&["return x"], &["    return x"]), [vec![], vec![]]);
        assert_eq!(marks(&["a  = b(c)"], &["a = b(c)"]), [vec![], vec![]]);
        assert_eq!(marks(&["x = f(a)"], &["    x = g(a)"]), [vec![(4, 5)], vec![(8, 9)]]);
        assert_eq!(marks(&["f(a)"], &["if b:", "    f(a)"]), [vec![], vec![(0, 5)], vec![]]);
    }

    fn rebuild(rows: &[DiffRow], without: &[RowKind]) -> Vec<String> {
        rows.iter().filter(|row| !without.contains(&row.kind)).map(|row| row.text.clone()).collect()
    }

    proptest! {
        /// However the answer is cut, at every moment the rows hold all of the original, and all of the answer that
        /// has come; what is removed stands before what is kept.
        #[test]
        fn streaming_loses_no_line(
            old in prop::collection::vec("[ab}]{0,2}", 0..8),
            new in prop::collection::vec("[ab}]{0,2}", 0..8),
            cut in 1usize..5,
        ) {
            let answer = new.join("\n");
            let mut diff = StreamingDiff::new(&old.iter().map(|line| format!("{line}\n")).collect::<String>());
            for piece in answer.as_bytes().chunks(cut) {
                diff.push(std::str::from_utf8(piece).unwrap());
                prop_assert_eq!(rebuild(diff.rows(), &[RowKind::Added, RowKind::Writing]), old.clone());
                let whole = diff.text().matches('\n').count();
                let came = rebuild(diff.rows(), &[RowKind::Removed, RowKind::NotReached, RowKind::Writing]);
                prop_assert_eq!(came, &new[..whole]);
                let last_removed = diff.rows().iter().rposition(|row| row.kind == RowKind::Removed);
                let last_kept = diff.rows().iter().rposition(|row| row.kind == RowKind::Kept);
                prop_assert!(last_removed <= last_kept);
            }
            let rows = diff.finish();
            prop_assert_eq!(rebuild(&rows, &[RowKind::Added]), old);
            prop_assert_eq!(rebuild(&rows, &[RowKind::Removed]).join("\n"), answer.lines().collect::<Vec<_>>().join("\n"));
        }
    }
}
