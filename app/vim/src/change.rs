//! Small changes of text: case, joined lines, numbers, indentation.

use std::ops::Range;

use editor_core::Change;

use crate::command::{VimCommand, VisualKind};
use crate::lines::{TextLines, is_blank};
use crate::region::{Extent, Region};
use crate::vim::{Desk, Vim};

/// A character in the other case, where that is one character.
pub(crate) fn toggled(c: char) -> char {
    if c.is_lowercase() { upper(c) } else { lower(c) }
}

pub(crate) fn upper(c: char) -> char {
    single(c, c.to_uppercase())
}

pub(crate) fn lower(c: char) -> char {
    single(c, c.to_lowercase())
}

fn single(c: char, mut changed: impl Iterator<Item = char>) -> char {
    match (changed.next(), changed.next()) {
        (Some(only), None) => only,
        _ => c,
    }
}

/// A line break in the place of a range.
pub(crate) fn broken(desk: &Desk<'_>, range: Range<usize>) -> Change {
    Change::new(range, desk.document.line_ending().as_str())
}

impl Vim {
    /// Changes each character of a region.
    pub(crate) fn map_chars(&mut self, desk: &mut Desk<'_>, region: &Region, map: impl Fn(char) -> char) {
        let lines = desk.lines();
        let caret = region.range.start;
        let changed = |piece: Range<usize>| {
            let text = lines.slice(piece.clone());
            let mapped: String =
                text.chars().map(|c| if matches!(c, '\n' | '\r') { c } else { map(c) }).collect();
            (mapped != text).then(|| Change::new(piece, mapped))
        };
        let changes: Vec<Change> = region.pieces(&lines).into_iter().filter_map(changed).collect();
        self.edit(desk, changes, caret, caret);
        self.put_caret(desk, caret);
    }

    /// Shifts lines by steps of indentation.
    pub(crate) fn shift(
        &mut self,
        desk: &mut Desk<'_>,
        (first, last): (usize, usize),
        steps: isize,
        before: usize,
    ) {
        let width = desk.document.indent().width(desk.tab_width);
        let lines = desk.lines();
        let mut changes = Vec::new();
        for line in first..=last {
            if lines.is_empty(line) {
                continue;
            }
            let columns = lines.indent_width(line).saturating_add_signed(steps * width as isize);
            let range = lines.start(line)..lines.first_filled(line);
            let indent = desk.document.indent().reaching(columns, desk.tab_width);
            if lines.slice(range.clone()) != indent {
                changes.push(Change::new(range, indent));
            }
        }
        self.edit(desk, changes, before, before);
        let at = desk.lines().begin(first);
        self.put_caret(desk, at);
    }

    /// `J` and `gJ`.
    pub(crate) fn join(&mut self, desk: &mut Desk<'_>, command: &VimCommand, spaces: bool) {
        let lines = desk.lines();
        let (first, count, extent) = match self.visual {
            Some(area) => {
                let (first, last) = (lines.of(area.start()), lines.of(area.end()));
                (first, last - first + 1, Some(Extent::of(&lines, &area)))
            }
            None => (lines.of(desk.head()), command.count.unwrap_or(2), None),
        };
        let wanted = count.max(2);
        let last = first + wanted - 1;
        if self.visual.is_none() && wanted > 2 && first == lines.last() {
            let start = lines.start(first);
            return self.put_caret(desk, start);
        }
        if last > lines.last() && (wanted <= 2 || first == lines.last()) {
            if let Some(area) = self.end_visual(desk) {
                self.put_caret(desk, area.start());
            }
            self.failed = true;
            return;
        }
        let last = last.min(lines.last());
        self.note_change(command, extent);
        self.end_visual(desk);
        self.join_lines(desk, (first, last), spaces);
    }

    /// Makes one line of several.
    pub(crate) fn join_lines(&mut self, desk: &mut Desk<'_>, (first, last): (usize, usize), spaces: bool) {
        let lines = desk.lines();
        let mut changes = Vec::new();
        let mut joined = lines.text(first);
        let mut before = joined.clone();
        let mut column = 0;
        for line in first + 1..=last {
            let text = lines.text(line);
            let kept = if spaces { text.trim_start_matches(is_blank) } else { &text };
            let gap = if spaces { gap(&joined, &before, kept) } else { "" };
            let from = lines.end(line - 1);
            let behind = lines.start(line) + text.chars().count() - kept.chars().count();
            column = joined.chars().count();
            joined = joined + gap + kept;
            before = kept.to_owned();
            changes.push(Change::new(from..behind, gap));
        }
        let (before, at) = (desk.head(), lines.start(first) + column);
        self.edit(desk, changes, before, at);
        self.put_caret(desk, at);
    }

    /// Ctrl+A and Ctrl+X.
    pub(crate) fn add(&mut self, desk: &mut Desk<'_>, command: &VimCommand, by: i64) {
        let lines = desk.lines();
        if let Some(area) = self.visual {
            let extent = Extent::of(&lines, &area);
            let region = area.region(&lines, false);
            let pieces = match region.kind {
                VisualKind::Block => region.pieces(&lines),
                _ => (region.lines.0..=region.lines.1)
                    .map(|line| {
                        let (start, end) = (lines.start(line), lines.end(line));
                        match region.kind {
                            VisualKind::Lines => start..end,
                            _ => start.max(region.range.start)..end.min(region.range.end).max(start),
                        }
                    })
                    .collect(),
            };
            let found = pieces.into_iter().filter(|piece| !piece.is_empty());
            let changes: Vec<Change> = found
                .filter_map(|piece| added(&lines, piece.clone(), piece.start, by))
                .map(|(change, _)| change)
                .collect();
            self.note_change(command, Some(extent));
            self.end_visual(desk);
            let caret = region.range.start;
            self.edit(desk, changes, caret, caret);
            return self.put_caret(desk, caret);
        }
        let at = desk.head();
        let line = lines.of(at);
        let Some((change, caret)) = added(&lines, lines.start(line)..lines.end(line), at, by) else {
            self.failed = true;
            return;
        };
        self.note_change(command, None);
        self.edit(desk, vec![change], at, caret);
        self.put_caret(desk, caret);
    }
}

/// What stands between two lines that are joined; `before` is the last of them that has something.
fn gap(joined: &str, before: &str, next: &str) -> &'static str {
    let mut last = before.chars().rev();
    let end = match last.next() {
        Some(' ') => last.next(),
        end => end,
    };
    let ends_blank = before.ends_with(' ') || end == Some('\t');
    if next.is_empty() || next.starts_with(')') || joined.is_empty() || ends_blank { "" } else { " " }
}

/// The number at or behind a position in a piece of a line, changed, and where its last digit is then.
fn added(lines: &TextLines<'_>, piece: Range<usize>, at: usize, by: i64) -> Option<(Change, usize)> {
    let text: Vec<char> = lines.slice(piece.clone()).chars().collect();
    let at = at - piece.start;
    let number = find_number(&text, at)?;
    let written = number.plus(by);
    let start = piece.start + number.range.start;
    let end = start + written.chars().count();
    Some((Change::new(start..piece.start + number.range.end, written), end - 1))
}

struct Number {
    /// Sign and mark of the base included.
    range: Range<usize>,
    digits: String,
    radix: u32,
    prefix: String,
    negative: bool,
}

impl Number {
    fn plus(&self, by: i64) -> String {
        if self.radix != 10 {
            let value = u64::from_str_radix(&self.digits, self.radix).unwrap_or(u64::MAX);
            let value = value.wrapping_add_signed(by);
            let width = self.digits.len();
            let upper = self.digits.chars().rev().find(|c| c.is_ascii_alphabetic());
            let written = match (self.radix, upper.is_some_and(|c| c.is_ascii_uppercase())) {
                (2, _) => format!("{value:0width$b}"),
                (_, true) => format!("{value:0width$X}"),
                (_, false) => format!("{value:0width$x}"),
            };
            return format!("{}{written}", self.prefix);
        }
        let value: i128 = self.digits.parse().unwrap_or(i128::from(i64::MAX));
        let value = if self.negative { -value } else { value } + i128::from(by);
        let digits = value.unsigned_abs().to_string();
        // Leading zeros stay.
        let zeros =
            if self.digits.starts_with('0') { self.digits.len().saturating_sub(digits.len()) } else { 0 };
        format!("{}{}{digits}", if value < 0 { "-" } else { "" }, "0".repeat(zeros))
    }
}

fn find_number(text: &[char], at: usize) -> Option<Number> {
    marked_number(text, at).or_else(|| decimal(text, at))
}

/// A number as `0x1f` or `0b10`, if the position is in it or before it.
fn marked_number(text: &[char], at: usize) -> Option<Number> {
    // The first digit from here on may belong to a number that began before.
    let from =
        (at..text.len()).find(|index| text[*index].is_ascii_digit() || in_marked(text, *index).is_some())?;
    let start = in_marked(text, from)?;
    let radix = if text[start + 1].eq_ignore_ascii_case(&'x') { 16 } else { 2 };
    let digits: String = text[start + 2..].iter().take_while(|c| c.is_digit(radix)).collect();
    let end = start + 2 + digits.len();
    let prefix = text[start..start + 2].iter().collect();
    Some(Number { range: start..end, digits, radix, prefix, negative: false })
}

/// Where the number with a marked base starts that an index lies in.
fn in_marked(text: &[char], index: usize) -> Option<usize> {
    let starts = |start: usize, radix: u32, marks: &str| {
        text.get(start) == Some(&'0')
            && text.get(start + 1).is_some_and(|c| marks.contains(*c))
            && text.get(start + 2).is_some_and(|c| c.is_digit(radix))
    };
    for (radix, marks) in [(16, "xX"), (2, "bB")] {
        let digits = text[..index].iter().rev().take_while(|c| c.is_digit(radix)).count();
        let first = index - digits;
        let candidates = [Some(index), index.checked_sub(1), first.checked_sub(2)];
        for start in candidates.into_iter().flatten() {
            let end = start
                + 2
                + text.get(start + 2..).unwrap_or(&[]).iter().take_while(|c| c.is_digit(radix)).count();
            if starts(start, radix, marks) && index < end {
                return Some(start);
            }
        }
    }
    None
}

fn decimal(text: &[char], at: usize) -> Option<Number> {
    let mut start = at;
    if text.get(at).is_some_and(char::is_ascii_digit) {
        while start > 0 && text[start - 1].is_ascii_digit() {
            start -= 1;
        }
    } else {
        start = (at..text.len()).find(|index| text[*index].is_ascii_digit())?;
    }
    let digits: String = text[start..].iter().take_while(|c| c.is_ascii_digit()).collect();
    let end = start + digits.len();
    let negative = start > 0 && text[start - 1] == '-';
    let range = start - usize::from(negative)..end;
    Some(Number { range, digits, radix: 10, prefix: String::new(), negative })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ropey::Rope;

    fn check(text: &str, at: usize, by: i64, expected: &str) {
        let mut rope = Rope::from_str(text);
        let (change, _) = added(&TextLines::new(&rope.clone(), 4), 0..rope.len_chars(), at, by).unwrap();
        rope.remove(change.range.clone());
        rope.insert(change.range.start, &change.insert);
        assert_eq!(rope.to_string(), expected);
    }

    #[test]
    fn numbers_are_changed_in_their_own_base() {
        check("x 9", 0, 1, "x 10");
        check("a-5", 0, 3, "a-2");
        check("a-1", 2, 1, "a0");
        check("a-1", 2, 2, "a1");
        check("0x0f,", 3, 1, "0x10,");
        check("0xFF", 0, 1, "0x100");
        check("0b101", 0, 1, "0b110");
        check("007", 0, 1, "008");
        check("1 2", 1, 1, "1 3");
    }
}
