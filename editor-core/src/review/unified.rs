//! A review as a unified diff: what `diff -u` would print of the text before and behind it.

use std::ops::Range;

use super::CONTEXT;
use crate::diff::{self, LineHunk};

pub(super) fn unified(file_name: &str, old: &str, new: &str, first_line: usize) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let hunks = diff::lines(&old, &new);
    if hunks.is_empty() {
        return String::new();
    }
    let near = |a: &LineHunk, b: &LineHunk| b.old.start - a.old.end <= 2 * CONTEXT;
    let mut text = format!("--- a/{file_name}\n+++ b/{file_name}\n");
    for group in hunks.chunk_by(near) {
        text.push_str(&unified_group(&old, &new, group, first_line));
    }
    text
}

fn unified_group(old: &[&str], new: &[&str], group: &[LineHunk], first_line: usize) -> String {
    let (first, last) = (&group[0], &group[group.len() - 1]);
    let lead = first.old.start.min(CONTEXT);
    let tail = (old.len() - last.old.end).min(CONTEXT);
    let old_range = first.old.start - lead..last.old.end + tail;
    let new_range = first.new.start - lead..last.new.end + tail;
    let mut text =
        format!("@@ -{} +{} @@\n", numbers(&old_range, first_line), numbers(&new_range, first_line));
    let mut at = old_range.start;
    for hunk in group {
        old[at..hunk.old.start].iter().for_each(|line| push_line(&mut text, ' ', line));
        old[hunk.old.clone()].iter().for_each(|line| push_line(&mut text, '-', line));
        new[hunk.new.clone()].iter().for_each(|line| push_line(&mut text, '+', line));
        at = hunk.old.end;
    }
    old[at..old_range.end].iter().for_each(|line| push_line(&mut text, ' ', line));
    text
}

/// Start and length as a hunk's header counts them: from 1, and an empty range by the line before it.
fn numbers(range: &Range<usize>, first_line: usize) -> String {
    let start = first_line + range.start + usize::from(!range.is_empty());
    if range.len() == 1 { start.to_string() } else { format!("{start},{}", range.len()) }
}

fn push_line(text: &mut String, sign: char, line: &str) {
    text.push(sign);
    text.push_str(line);
    if !line.ends_with('\n') {
        text.push_str("\n\\ No newline at end of file\n");
    }
}
