//! The text and its revision. A rope clone is cheap, so a buffer can be handed to another thread as it is.

use std::ops::Range;

use ropey::{Rope, RopeSlice};

/// Counts the edits of one buffer. Never goes back, not even on undo.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision(pub u64);

impl Revision {
    /// The revision after one more edit.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

/// A transaction was made for another revision of the buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this edit was made for revision {} and the text is at revision {}", expected.0, found.0)]
pub struct WrongRevision {
    /// The revision that the transaction was made for.
    pub expected: Revision,
    /// The revision of the buffer.
    pub found: Revision,
}

/// A text and its revision.
#[derive(Clone, Debug, Default)]
pub struct Buffer {
    rope: Rope,
    revision: Revision,
}

impl Buffer {
    /// A buffer at revision 0.
    #[must_use]
    pub fn from_text(text: &str) -> Self {
        Self::from_rope(Rope::from_str(text))
    }

    /// A buffer at revision 0.
    #[must_use]
    pub fn from_rope(rope: Rope) -> Self {
        Self { rope, revision: Revision(0) }
    }

    /// The text.
    #[must_use]
    pub fn rope(&self) -> &Rope {
        &self.rope
    }

    /// How often the text has been edited.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Length in chars.
    #[must_use]
    pub fn len_chars(&self) -> usize {
        self.rope.len_chars()
    }

    /// Number of lines: one more than there are `\n`, so an empty text has one.
    #[must_use]
    pub fn len_lines(&self) -> usize {
        self.rope.len_lines()
    }

    /// One line with its ending. Panics when there is no such line.
    #[must_use]
    pub fn line(&self, line: usize) -> RopeSlice<'_> {
        self.rope.line(line)
    }

    /// A copy of a part. The range is clamped to the text.
    #[must_use]
    pub fn slice(&self, range: Range<usize>) -> String {
        let end = range.end.min(self.len_chars());
        self.rope.slice(range.start.min(end)..end).to_string()
    }

    /// The line of a position. Positions behind the end count as the end.
    #[must_use]
    pub fn line_of(&self, position: usize) -> usize {
        self.rope.char_to_line(position.min(self.len_chars()))
    }

    /// Where a line starts; the text's end for lines behind the last.
    #[must_use]
    pub fn line_start(&self, line: usize) -> usize {
        line_start(&self.rope, line)
    }

    /// Where a line ends, before its `\n` or `\r\n`.
    #[must_use]
    pub fn line_end(&self, line: usize) -> usize {
        line_end(&self.rope, line)
    }

    /// A line with its ending.
    #[must_use]
    pub fn line_range(&self, line: usize) -> Range<usize> {
        self.line_start(line)..self.line_start(line + 1)
    }

    /// Chars between the start of the line and the position.
    #[must_use]
    pub fn column(&self, position: usize) -> usize {
        position.min(self.len_chars()) - self.line_start(self.line_of(position))
    }

    /// The position of a line and a column in chars, clamped to the text and to the line's end.
    #[must_use]
    pub fn position(&self, line: usize, column: usize) -> usize {
        let line = line.min(self.len_lines() - 1);
        self.line_start(line).saturating_add(column).min(self.line_end(line))
    }

    /// Byte offset of a char offset.
    #[must_use]
    pub fn char_to_byte(&self, position: usize) -> usize {
        self.rope.char_to_byte(position.min(self.len_chars()))
    }

    /// Char offset of a byte offset.
    #[must_use]
    pub fn byte_to_char(&self, byte: usize) -> usize {
        self.rope.byte_to_char(byte.min(self.rope.len_bytes()))
    }

    /// Changes the text and counts the change; only for a transaction, which knows what it was made for.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut Rope)) {
        change(&mut self.rope);
        self.revision = self.revision.next();
    }
}

/// Where a line starts; the text's end for lines behind the last.
#[must_use]
pub fn line_start(rope: &Rope, line: usize) -> usize {
    if line >= rope.len_lines() { rope.len_chars() } else { rope.line_to_char(line) }
}

/// Where a line ends, before its `\n` or `\r\n`.
#[must_use]
pub fn line_end(rope: &Rope, line: usize) -> usize {
    let start = line_start(rope, line);
    let end = line_start(rope, line + 1);
    if end == start || rope.char(end - 1) != '\n' {
        return end;
    }
    let end = end - 1;
    if end > start && rope.char(end - 1) == '\r' { end - 1 } else { end }
}

/// How a line ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LineEnding {
    /// `\n`.
    #[default]
    Lf,
    /// `\r\n`.
    Crlf,
}

impl LineEnding {
    /// The ending most lines have, judged by the first 1,000 lines; `\n` when there is none.
    #[must_use]
    pub fn dominant(rope: &Rope) -> Self {
        let (mut lf, mut crlf) = (0, 0);
        for line in 0..rope.len_lines().saturating_sub(1).min(1000) {
            if line_start(rope, line + 1) - line_end(rope, line) == 2 { crlf += 1 } else { lf += 1 }
        }
        if crlf > lf { Self::Crlf } else { Self::Lf }
    }

    /// Its characters.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lf => "\n",
            Self::Crlf => "\r\n",
        }
    }

    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Lf => "LF",
            Self::Crlf => "CRLF",
        }
    }

    /// The text with every line ending as this one.
    #[must_use]
    pub fn normalize(self, text: &str) -> String {
        let unix = text.replace("\r\n", "\n");
        match self {
            Self::Lf => unix,
            Self::Crlf => unix.replace('\n', "\r\n"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_line_feeds_end_lines() {
        let buffer = Buffer::from_text("a\rb\u{2028}c\r\nd\n");
        assert_eq!(buffer.len_lines(), 3);
        assert_eq!(buffer.line_end(0), 5);
        assert_eq!((buffer.line_start(1), buffer.line_end(1), buffer.line_start(9)), (7, 8, 9));
    }

    #[test]
    fn columns_and_positions_belong_together() {
        let buffer = Buffer::from_text("ab\r\n漢c");
        assert_eq!((buffer.line_of(5), buffer.column(5)), (1, 1));
        assert_eq!((buffer.position(1, 1), buffer.position(0, 99), buffer.position(9, 0)), (5, 2, 4));
        assert_eq!((buffer.char_to_byte(5), buffer.byte_to_char(7)), (7, 5));
    }

    #[test]
    fn the_commonest_line_ending_wins() {
        let dominant = |text: &str| LineEnding::dominant(&Rope::from_str(text));
        assert_eq!(dominant("a\r\nb\r\nc\n"), LineEnding::Crlf);
        assert_eq!(dominant("a\nb\r\n"), LineEnding::Lf);
        assert_eq!(dominant("a"), LineEnding::Lf);
        assert_eq!(LineEnding::Crlf.normalize("a\nb\r\n"), "a\r\nb\r\n");
    }
}
