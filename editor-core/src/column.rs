//! A rectangle of text, selected as one span a line.

use ropey::Rope;

use crate::buffer::{line_end, line_start};
use crate::movement::{display_column, position_at_column};
use crate::selection::{Selection, Span};

/// Most lines of a rectangle: each becomes a caret.
const MAX_LINES: usize = 10_000;

/// Two corners of a rectangle: lines, and columns as drawn, which may lie behind the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnBlock {
    /// The corner that stays: line and column.
    pub anchor: (usize, usize),
    /// The corner that moves.
    pub head: (usize, usize),
}

impl ColumnBlock {
    /// The rectangle that a span goes over.
    #[must_use]
    pub fn of_span(rope: &Rope, span: Span, tab_width: usize) -> Self {
        let corner = |at: usize| (rope.char_to_line(at), display_column(rope, at, tab_width));
        Self { anchor: corner(span.anchor), head: corner(span.head) }
    }

    /// The rectangle with its moving corner moved by lines and columns, within the lines of the text.
    #[must_use]
    pub fn moved(self, rope: &Rope, lines: isize, columns: isize) -> Self {
        let line = self.head.0.saturating_add_signed(lines).min(rope.len_lines() - 1);
        Self { head: (line, self.head.1.saturating_add_signed(columns)), ..self }
    }

    /// One span a line. Lines that end left of the rectangle have none, unless all do.
    #[must_use]
    pub fn selection(self, rope: &Rope, tab_width: usize) -> Selection {
        let last = rope.len_lines() - 1;
        let (from, to) = (self.anchor.0.min(last), self.head.0.min(last));
        let first = from.min(to).max(to.saturating_sub(MAX_LINES));
        let lines = first..=from.max(to).min(first + MAX_LINES);
        let left = self.anchor.1.min(self.head.1);
        let reaches = |line: usize| {
            // Cheap for those that surely do not.
            let (start, end) = (line_start(rope, line), line_end(rope, line));
            left == 0 || (start < end && display_column(rope, end, tab_width) >= left)
        };
        let span = |line: usize| {
            let at = |column| position_at_column(rope, line, column, tab_width);
            Span::new(at(self.anchor.1), at(self.head.1))
        };
        let mut spans: Vec<(usize, Span)> =
            lines.filter(|line| reaches(*line)).map(|line| (line, span(line))).collect();
        if spans.is_empty() {
            spans.push((to, span(to)));
        }
        let primary = spans.iter().position(|(line, _)| *line == to);
        let primary = primary.unwrap_or(if to < from { 0 } else { spans.len() - 1 });
        Selection::new(spans.into_iter().map(|(_, span)| span).collect(), primary)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::selection_notation;

    fn check(text: &str, anchor: (usize, usize), head: (usize, usize), expected: &str) {
        let selection = ColumnBlock { anchor, head }.selection(&Rope::from_str(text), 4);
        assert_eq!(selection_notation::draw(text, &selection), expected);
    }

    #[test]
    fn a_rectangle_is_a_span_a_line() {
        check("abcd\nefgh\nijkl", (0, 1), (2, 3), "a⟦bc|⟧d\ne⟦fg|⟧h\ni⟦jk|⟧l");
        check("abcd\nefgh", (1, 3), (0, 1), "a⟦|bc⟧d\ne⟦|fg⟧h");
        check("abcd\nx\nefgh", (0, 2), (2, 2), "ab|cd\nx\nef|gh");
        check("abcd\nef", (0, 1), (1, 9), "a⟦bcd|⟧\ne⟦f|⟧");
        check("a\nb", (0, 5), (1, 7), "a\nb|");
        check("\tab\n    cd", (0, 4), (1, 5), "\t⟦a|⟧b\n    ⟦c|⟧d");
    }

    #[test]
    fn its_corner_moves_by_keys() {
        let rope = Rope::from_str("abcd\nefgh\nij");
        let block = ColumnBlock::of_span(&rope, Span::caret(1), 4).moved(&rope, 1, 0).moved(&rope, 0, 2);
        assert_eq!(block, ColumnBlock { anchor: (0, 1), head: (1, 3) });
        assert_eq!(block.moved(&rope, 9, -9).head, (2, 0));
    }
}
