//! Which lines differ, as `git diff` says it, and texts made of some of the differences.

use std::ops::Range;

use gix::diff::blob::{Algorithm, Diff, InternedInput};

/// Lines that stand in the place of others. Lines count from 0; one of the two ranges may be empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LineChange {
    /// Lines of the old text.
    pub old: Range<usize>,
    /// Lines of the new one.
    pub new: Range<usize>,
}

/// What kind of change it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// Lines came in.
    Added,
    /// Lines were replaced.
    Modified,
    /// Lines are gone.
    Deleted,
}

impl LineChange {
    /// What kind it is.
    pub fn kind(&self) -> ChangeKind {
        match (self.old.is_empty(), self.new.is_empty()) {
            (true, _) => ChangeKind::Added,
            (_, true) => ChangeKind::Deleted,
            _ => ChangeKind::Modified,
        }
    }

    /// Is the line of the new text part of it? What only takes lines away lies at the line that follows.
    pub fn touches(&self, line: usize) -> bool {
        self.new.contains(&line) || (self.new.is_empty() && self.new.start == line)
    }
}

/// The lines of a text, each with its line feed.
pub fn split(text: &[u8]) -> Vec<&[u8]> {
    text.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The differences between two texts, in order, as `git diff -U0` has them.
pub fn changes(old: &[u8], new: &[u8]) -> Vec<LineChange> {
    let (before, after) = (split(old), split(new));
    let mut input = InternedInput::default();
    input.update_before(before.into_iter());
    input.update_after(after.into_iter());
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    let lines = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| LineChange { old: lines(hunk.before), new: lines(hunk.after) }).collect()
}

/// The old text with some of the differences made.
pub fn apply(old: &[u8], new: &[u8], chosen: &[LineChange]) -> Vec<u8> {
    let (before, after) = (split(old), split(new));
    let mut text = Vec::with_capacity(old.len().max(new.len()));
    let mut at = 0;
    for change in chosen {
        put(&mut text, &before[at..change.old.start]);
        put(&mut text, &after[change.new.clone()]);
        at = change.old.end;
    }
    put(&mut text, &before[at..]);
    text
}

/// Adds lines. One that ended the other text without a line feed gets it when more follows, so that no two lines become one.
fn put(text: &mut Vec<u8>, lines: &[&[u8]]) {
    for line in lines {
        if text.last().is_some_and(|byte| *byte != b'\n') {
            text.push(b'\n');
        }
        text.extend_from_slice(line);
    }
}

/// The part of differences that concerns lines `wanted` of the new text: what is added there is taken, and what stood in its place is
/// taken away line by line with it.
pub fn within(changes: &[LineChange], wanted: &Range<usize>) -> Vec<LineChange> {
    changes.iter().filter_map(|change| cut(change, wanted)).collect()
}

fn cut(change: &LineChange, wanted: &Range<usize>) -> Option<LineChange> {
    if change.new.is_empty() {
        return (wanted.start <= change.new.start && change.new.start < wanted.end.max(wanted.start + 1))
            .then(|| change.clone());
    }
    let start = change.new.start.max(wanted.start);
    let end = change.new.end.min(wanted.end);
    if start >= end {
        return None;
    }
    let place = |line: usize| (change.old.start + line - change.new.start).min(change.old.end);
    // The last wanted line of the change takes with it what was longer before.
    let old_end = if end == change.new.end { change.old.end } else { place(end) };
    Some(LineChange { old: place(start)..old_end, new: start..end })
}

/// Lines that came in, and lines that went.
pub fn counts(changes: &[LineChange]) -> (usize, usize) {
    let added = changes.iter().map(|change| change.new.len()).sum();
    let removed = changes.iter().map(|change| change.old.len()).sum();
    (added, removed)
}

/// Does git take it for something else than text: is there a zero byte at the beginning?
pub fn is_binary(text: &[u8]) -> bool {
    text.iter().take(8000).any(|byte| *byte == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(old: &str, new: &str) -> Vec<(Range<usize>, Range<usize>)> {
        let changes = changes(old.as_bytes(), new.as_bytes());
        changes.into_iter().map(|change| (change.old, change.new)).collect()
    }

    #[test]
    fn differences_are_those_of_lines() {
        assert_eq!(found("a\nb\nc\n", "a\nB\nc\n"), [(1..2, 1..2)]);
        assert_eq!(found("a\nc\n", "a\nb\nc\n"), [(1..1, 1..2)]);
        assert_eq!(found("a\nb\nc\n", "a\nc\n"), [(1..2, 1..1)]);
        assert_eq!(found("a\nb", "a\nb\n"), [(1..2, 1..2)], "the last line feed counts");
        assert_eq!(found("", ""), []);
        assert_eq!(found("a\r\n", "a\n"), [(0..1, 0..1)]);
    }

    #[test]
    fn all_differences_make_the_new_text_and_none_the_old_one() {
        let mut random = fastrand::Rng::with_seed(7);
        for _ in 0..500 {
            let mut text = || {
                let lines: String =
                    (0..random.usize(0..12)).map(|_| format!("{}\n", random.u8(0..4))).collect();
                if random.bool() { lines } else { lines.trim_end().to_owned() }
            };
            let (old, new) = (text(), text());
            let all = changes(old.as_bytes(), new.as_bytes());
            assert_eq!(apply(old.as_bytes(), new.as_bytes(), &all), new.as_bytes(), "{old:?} {new:?}");
            assert_eq!(apply(old.as_bytes(), new.as_bytes(), &[]), old.as_bytes());
            let whole = within(&all, &(0..split(new.as_bytes()).len() + 1));
            assert_eq!(whole, all, "a selection of everything takes everything");
        }
    }

    #[test]
    fn lines_of_a_selection_are_taken_alone() {
        let (old, new) = ("a\nb\nc\nd\n", "a\nB\nC\nX\nd\n");
        let all = changes(old.as_bytes(), new.as_bytes());
        let made = |wanted: Range<usize>| {
            String::from_utf8(apply(old.as_bytes(), new.as_bytes(), &within(&all, &wanted))).unwrap()
        };
        assert_eq!(made(1..2), "a\nB\nc\nd\n");
        assert_eq!(made(2..4), "a\nb\nC\nX\nd\n");
        assert_eq!(made(4..5), old);
        assert_eq!(made(0..5), new);
    }

    #[test]
    fn two_lines_never_become_one() {
        let all = changes(b"a", b"a\nb");
        assert_eq!(apply(b"a", b"a\nb", &all), b"a\nb");
        let added = [LineChange { old: 1..1, new: 1..2 }];
        assert_eq!(apply(b"a", b"a\nb", &added), b"a\nb");
    }
}
