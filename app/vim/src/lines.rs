//! A text as Vim sees it: lines without their endings, and positions that may stand on a line's end.
//!
//! A text that ends in a line break has no empty line behind it. Positions are char offsets into the rope; the offset of a line break
//! is Vim's position behind the line's last character.

use std::ops::Range;

use editor_core::buffer;
use editor_core::movement;
use ropey::Rope;
use unicode_segmentation::UnicodeSegmentation;

/// What a step from one position to the next came upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextStep {
    /// Another character of the line.
    Inside,
    /// The line's end, behind its last character.
    End,
    /// Another line.
    Line,
    /// There was nowhere to go.
    Stuck,
}

/// A text with its lines.
#[derive(Clone, Copy)]
pub(crate) struct TextLines<'a> {
    /// The text.
    pub rope: &'a Rope,
    /// Columns up to which a tab reaches.
    pub tab_width: usize,
    /// The text did not end in a line break when it was first seen: what stands behind the last break is a line, even an empty one.
    pub open_end: bool,
}

impl<'a> TextLines<'a> {
    pub fn new(rope: &'a Rope, tab_width: usize) -> Self {
        Self { rope, tab_width, open_end: false }
    }

    /// Number of lines, at least one.
    pub fn count(&self) -> usize {
        let lines = self.rope.len_lines();
        if !self.open_end && lines > 1 && self.rope.line_to_char(lines - 1) == self.rope.len_chars() {
            lines - 1
        } else {
            lines
        }
    }

    pub fn last(&self) -> usize {
        self.count() - 1
    }

    pub fn of(&self, position: usize) -> usize {
        self.rope.char_to_line(position.min(self.rope.len_chars())).min(self.last())
    }

    pub fn start(&self, line: usize) -> usize {
        buffer::line_start(self.rope, line)
    }

    /// Where a line ends, before its break.
    pub fn end(&self, line: usize) -> usize {
        buffer::line_end(self.rope, line)
    }

    /// Behind the line's break, if it has one.
    pub fn after(&self, line: usize) -> usize {
        buffer::line_start(self.rope, line + 1)
    }

    pub fn is_empty(&self, line: usize) -> bool {
        self.start(line) == self.end(line)
    }

    pub fn text(&self, line: usize) -> String {
        self.rope.slice(self.start(line)..self.end(line)).to_string()
    }

    pub fn slice(&self, range: Range<usize>) -> String {
        self.rope.slice(range).to_string()
    }

    /// The character at a position; nothing at a line's end.
    pub fn at(&self, position: usize) -> Option<char> {
        match self.rope.get_char(position)? {
            '\n' => None,
            '\r' if self.rope.get_char(position + 1) == Some('\n') => None,
            c => Some(c),
        }
    }

    pub fn is_end(&self, position: usize) -> bool {
        self.at(position).is_none()
    }

    /// Chars between the line's start and a position.
    pub fn column(&self, position: usize) -> usize {
        position - self.start(self.of(position)).min(position)
    }

    pub fn is_start(&self, position: usize) -> bool {
        position == self.start(self.of(position))
    }

    /// Where a caret can stand that belongs to a character: on the line's last one at most.
    pub fn last_of(&self, line: usize) -> usize {
        let (start, end) = (self.start(line), self.end(line));
        if start == end { start } else { movement::grapheme_left(self.rope, end).max(start) }
    }

    /// The position, or the last character of its line if it is behind that. `past`: a line's end will do.
    pub fn clamp(&self, position: usize, past: bool) -> usize {
        let line = self.of(position);
        let last = if past { self.end(line) } else { self.last_of(line) };
        position.min(last).max(self.start(line))
    }

    /// One character on within the line, onto its end at most.
    pub fn right(&self, position: usize) -> usize {
        let end = self.end(self.of(position));
        if position >= end { end } else { movement::grapheme_right(self.rope, position).min(end) }
    }

    /// One character back within the line.
    pub fn left(&self, position: usize) -> usize {
        let start = self.start(self.of(position));
        if position <= start { start } else { movement::grapheme_left(self.rope, position).max(start) }
    }

    /// The first character of a line that is no blank; of a line of blanks the end.
    pub fn first_filled(&self, line: usize) -> usize {
        let start = self.start(line);
        let blanks = self.rope.chars_at(start).take(self.end(line) - start);
        start + blanks.take_while(|c| is_blank(*c)).count()
    }

    /// Where a line begins for the eye, on a character.
    pub fn begin(&self, line: usize) -> usize {
        self.first_filled(line).min(self.last_of(line))
    }

    /// Is there nothing but blanks in a line?
    pub fn is_white(&self, line: usize) -> bool {
        self.first_filled(line) == self.end(line)
    }

    /// Is there nothing but blanks before a position in its line, `extra` characters of it included?
    pub fn in_indent(&self, position: usize, extra: usize) -> bool {
        self.first_filled(self.of(position)) >= position + extra
    }

    /// Goes on by one position, over each line's end.
    pub fn inc(&self, position: &mut usize) -> TextStep {
        if !self.is_end(*position) {
            *position = self.right(*position);
            return if self.is_end(*position) { TextStep::End } else { TextStep::Inside };
        }
        let line = self.of(*position);
        if line >= self.last() {
            return TextStep::Stuck;
        }
        *position = self.start(line + 1);
        TextStep::Line
    }

    /// As [`TextLines::inc`], but the end of a line that has characters is no place to stop.
    pub fn incl(&self, position: &mut usize) -> TextStep {
        let step = self.inc(position);
        if matches!(step, TextStep::End | TextStep::Line) && !self.is_start(*position) {
            self.inc(position)
        } else {
            step
        }
    }

    /// Goes back by one position, over each line's end.
    pub fn dec(&self, position: &mut usize) -> TextStep {
        let line = self.of(*position);
        if *position > self.start(line) {
            *position = self.left(*position);
            return TextStep::Inside;
        }
        if line == 0 {
            return TextStep::Stuck;
        }
        *position = self.end(line - 1);
        TextStep::Line
    }

    /// As [`TextLines::dec`], but the end of a line that has characters is no place to stop.
    pub fn decl(&self, position: &mut usize) -> TextStep {
        let step = self.dec(position);
        if step == TextStep::Line && !self.is_start(*position) { self.dec(position) } else { step }
    }

    /// The display columns of the character at a position: the first, and the one behind the last. A line's end has one column.
    pub fn columns(&self, position: usize) -> Range<usize> {
        let line = self.of(position);
        let (mut at, mut column) = (self.start(line), 0);
        let text = self.text(line);
        for cluster in text.graphemes(true) {
            let width = movement::cluster_width(cluster, column, self.tab_width);
            let next = at + cluster.chars().count();
            if position < next {
                return column..column + width;
            }
            (at, column) = (next, column + width);
        }
        column..column + 1
    }

    /// The position in a line that covers a display column. Where the line is shorter: its last character, with `past` its end.
    pub fn at_column(&self, line: usize, goal: usize, past: bool) -> usize {
        let (start, mut at, mut column) = (self.start(line), self.start(line), 0);
        let text = self.text(line);
        let mut before = start;
        for cluster in text.graphemes(true) {
            if column > goal {
                return before;
            }
            before = at;
            column += movement::cluster_width(cluster, column, self.tab_width);
            at += cluster.chars().count();
        }
        if column > goal || !past { before } else { at }
    }

    /// Columns of a line's indentation.
    pub fn indent_width(&self, line: usize) -> usize {
        movement::display_column(self.rope, self.first_filled(line), self.tab_width)
    }
}

/// A space or a tab.
pub(crate) fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

/// The blanks that a line begins with.
pub(crate) fn indent_of(text: &str) -> &str {
    &text[..text.len() - text.trim_start_matches(is_blank).len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_at_the_end_begins_no_line() {
        let count = |text: &str| TextLines::new(&Rope::from_str(text), 4).count();
        assert_eq!([count(""), count("\n"), count("a"), count("a\n"), count("a\n\n")], [1, 1, 1, 1, 2]);
    }

    #[test]
    fn steps_stop_on_line_ends_and_say_so() {
        let rope = Rope::from_str("a\r\nb\n");
        let lines = TextLines::new(&rope, 4);
        let (mut at, mut seen) = (0, Vec::new());
        for _ in 0..4 {
            let step = lines.inc(&mut at);
            seen.push((step, at));
        }
        let expected = [(TextStep::End, 1), (TextStep::Line, 3), (TextStep::End, 4), (TextStep::Stuck, 4)];
        assert_eq!(seen, expected);
        assert_eq!((lines.dec(&mut at), at), (TextStep::Inside, 3));
        assert_eq!((lines.dec(&mut at), at), (TextStep::Line, 1));
    }

    #[test]
    fn a_column_in_a_tab_is_the_tab() {
        let rope = Rope::from_str("a\tb");
        let lines = TextLines::new(&rope, 4);
        let at: Vec<usize> = (0..6).map(|column| lines.at_column(0, column, false)).collect();
        assert_eq!(at, [0, 1, 1, 1, 2, 2]);
        assert_eq!((lines.at_column(0, 9, true), lines.columns(1)), (3, 1..4));
    }
}
