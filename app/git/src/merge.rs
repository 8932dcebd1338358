//! Three texts joined line by line, as `git merge-file` does it: what one side changed is taken, what both changed in the same place is
//! marked.

use std::ops::Range;

use gix::diff::blob::{Algorithm, Diff, InternedInput};

use crate::lines::{LineChange, split};

/// How the two sides are called in the text.
const NAMES: (&str, &str) = ("Updated upstream", "Stashed changes");

/// What three texts became.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct MergedText {
    /// The text, with markers where both sides differ.
    pub text: Vec<u8>,
    /// There are no markers.
    pub is_clean: bool,
}

/// Joins what `ours` and `theirs` made of `base`.
pub(crate) fn three_way(base: &[u8], ours: &[u8], theirs: &[u8]) -> MergedText {
    let texts = Texts { base: split(base), ours: split(ours), theirs: split(theirs) };
    let (left, right) = (changes(&texts.base, &texts.ours), changes(&texts.base, &texts.theirs));
    let mut merge = Merge { texts, out: MergedText { text: Vec::new(), is_clean: true }, at: 0 };
    let (mut left, mut right) = (left.as_slice(), right.as_slice());
    let mut moved = (0, 0);
    loop {
        match (left, right) {
            ([], []) => break,
            ([one, rest @ ..], other) if other.first().is_none_or(|other| one.old.end < other.old.start) => {
                merge.take(&one.old, merge.texts.ours[one.new.clone()].to_vec());
                (left, moved.0) = (rest, shift(one));
            }
            (other, [one, rest @ ..]) if other.first().is_none_or(|other| one.old.end < other.old.start) => {
                merge.take(&one.old, merge.texts.theirs[one.new.clone()].to_vec());
                (right, moved.1) = (rest, shift(one));
            }
            _ => {
                let group = group(left, right);
                let (l, r) = (&left[..group.left], &right[..group.right]);
                let after = (l.last().map_or(moved.0, shift), r.last().map_or(moved.1, shift));
                let place = |before: isize, after: isize| {
                    offset(group.old.start, before)..offset(group.old.end, after)
                };
                merge.both(&group.old, place(moved.0, after.0), place(moved.1, after.1));
                (left, right, moved) = (&left[group.left..], &right[group.right..], after);
            }
        }
    }
    merge.rest()
}

/// How far lines behind a change lie from where they were.
fn shift(change: &LineChange) -> isize {
    change.new.end as isize - change.old.end as isize
}

fn offset(line: usize, by: isize) -> usize {
    line.saturating_add_signed(by)
}

/// Changes of both sides that touch each other.
struct Group {
    old: Range<usize>,
    left: usize,
    right: usize,
}

fn group(left: &[LineChange], right: &[LineChange]) -> Group {
    let mut group = Group { old: left[0].old.start.min(right[0].old.start)..0, left: 1, right: 1 };
    group.old.end = left[0].old.end.max(right[0].old.end);
    loop {
        let touches = |change: Option<&LineChange>| {
            change.filter(|change| change.old.start <= group.old.end).map(|change| change.old.end)
        };
        if let Some(end) = touches(left.get(group.left)) {
            (group.left, group.old.end) = (group.left + 1, group.old.end.max(end));
        } else if let Some(end) = touches(right.get(group.right)) {
            (group.right, group.old.end) = (group.right + 1, group.old.end.max(end));
        } else {
            return group;
        }
    }
}

struct Texts<'t> {
    base: Vec<&'t [u8]>,
    ours: Vec<&'t [u8]>,
    theirs: Vec<&'t [u8]>,
}

struct Merge<'t> {
    texts: Texts<'t>,
    out: MergedText,
    /// Lines of the base before this one are done.
    at: usize,
}

impl<'t> Merge<'t> {
    fn take(&mut self, old: &Range<usize>, lines: Vec<&'t [u8]>) {
        self.put(self.at..old.start);
        lines.into_iter().for_each(|line| self.out.text.extend_from_slice(line));
        self.at = old.end;
    }

    fn put(&mut self, base: Range<usize>) {
        self.texts.base[base].iter().for_each(|line| self.out.text.extend_from_slice(line));
    }

    /// Both sides changed these lines of the base; what they made of them.
    fn both(&mut self, old: &Range<usize>, ours: Range<usize>, theirs: Range<usize>) {
        let (ours, theirs) = (self.texts.ours[ours].to_vec(), self.texts.theirs[theirs].to_vec());
        if ours == theirs {
            return self.take(old, ours);
        }
        self.out.is_clean = false;
        self.put(self.at..old.start);
        self.at = old.end;
        let same = |a: &&[u8], b: &&[u8]| a == b;
        let begin = ours.iter().zip(&theirs).take_while(|(a, b)| same(a, b)).count();
        let rest = (&ours[begin..], &theirs[begin..]);
        let end = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| same(a, b)).count();
        let line_end: &[u8] =
            if ours.iter().chain(&theirs).any(|line| line.ends_with(b"\r\n")) { b"\r\n" } else { b"\n" };
        ours[..begin].iter().for_each(|line| self.out.text.extend_from_slice(line));
        self.marker(&format!("<<<<<<< {}", NAMES.0), line_end);
        self.side(&rest.0[..rest.0.len() - end], line_end);
        self.marker("=======", line_end);
        self.side(&rest.1[..rest.1.len() - end], line_end);
        self.marker(&format!(">>>>>>> {}", NAMES.1), line_end);
        ours[ours.len() - end..].iter().for_each(|line| self.out.text.extend_from_slice(line));
    }

    fn marker(&mut self, words: &str, line_end: &[u8]) {
        self.out.text.extend_from_slice(words.as_bytes());
        self.out.text.extend_from_slice(line_end);
    }

    fn side(&mut self, lines: &[&[u8]], line_end: &[u8]) {
        lines.iter().for_each(|line| self.out.text.extend_from_slice(line));
        if lines.last().is_some_and(|line| !line.ends_with(b"\n")) {
            self.out.text.extend_from_slice(line_end);
        }
    }

    fn rest(mut self) -> MergedText {
        self.put(self.at..self.texts.base.len());
        self.out
    }
}

/// What differs, by the algorithm that git takes to merge.
fn changes(old: &[&[u8]], new: &[&[u8]]) -> Vec<LineChange> {
    let mut input = InternedInput::default();
    input.update_before(old.iter().copied());
    input.update_after(new.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let lines = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| LineChange { old: lines(hunk.before), new: lines(hunk.after) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> (String, bool) {
        let merged = three_way(base.as_bytes(), ours.as_bytes(), theirs.as_bytes());
        (String::from_utf8(merged.text).unwrap(), merged.is_clean)
    }

    #[test]
    fn what_one_side_changed_is_taken() {
        let base = "a\nb\nc\nd\ne\n";
        assert_eq!(merged(base, "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n"), ("A\nb\nc\nd\nE\n".into(), true));
        assert_eq!(merged(base, "a\nb\nc\nd\ne\nf\n", "b\nc\nd\ne\n"), ("b\nc\nd\ne\nf\n".into(), true));
        assert_eq!(merged(base, base, "x"), ("x".into(), true));
        assert_eq!(merged(base, "x\n", "x\n"), ("x\n".into(), true));
    }

    #[test]
    fn what_both_changed_is_marked() {
        let expected =
            "a\n<<<<<<< Updated upstream\nB\n=======\nX\nY\n>>>>>>> Stashed changes\nc\n".to_owned();
        assert_eq!(merged("a\nb\nc\n", "a\nB\nc\n", "a\nX\nY\nc\n"), (expected, false));
        let (text, is_clean) = merged("a\n", "a\nb", "a\nc");
        assert_eq!(text, "a\n<<<<<<< Updated upstream\nb\n=======\nc\n>>>>>>> Stashed changes\n");
        assert!(!is_clean);
    }

    #[test]
    fn a_side_without_changes_changes_nothing() {
        let mut random = fastrand::Rng::with_seed(3);
        for _ in 0..500 {
            let mut text =
                || (0..random.usize(0..12)).map(|_| format!("{}\n", random.u8(0..5))).collect::<String>();
            let (base, other) = (text(), text());
            assert_eq!(merged(&base, &base, &other), (other.clone(), true), "{base:?}");
            assert_eq!(merged(&base, &other, &base), (other.clone(), true), "{base:?}");
            assert_eq!(merged(&base, &other, &other), (other.clone(), true), "{base:?}");
        }
    }
}
