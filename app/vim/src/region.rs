//! The text that an operator works on: from a motion, an object or a selection to a stretch, lines or a block.

use std::ops::Range;

use editor_core::{Selection, Span};

use crate::command::{Forced, Operator, VisualKind};
use crate::lines::TextLines;
use crate::motion::{LINE_END, Moved};
use crate::register::RegisterText;

/// What an operator works on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub kind: VisualKind,
    /// The stretch; of lines and blocks from their first position on.
    pub range: Range<usize>,
    /// First and last line.
    pub lines: (usize, usize),
    /// Of a block the columns: the first, and the one behind the last, which is [`LINE_END`] where it goes to the ends of lines.
    pub columns: (usize, usize),
    /// Deleted, it goes into register 1 however short it is.
    pub is_long: bool,
    /// There is nothing in it, and nothing happens.
    pub is_empty: bool,
    /// It was selected in Visual mode.
    pub is_visual: bool,
    /// The last motion's end was moved back over a line break.
    pub forced: bool,
}

impl Region {
    fn new(kind: VisualKind, range: Range<usize>, lines: (usize, usize)) -> Self {
        Self {
            kind,
            range,
            lines,
            columns: (0, 0),
            is_long: false,
            is_empty: false,
            is_visual: false,
            forced: false,
        }
    }

    /// Lines, with the caret at a position of them.
    pub fn of_lines(first: usize, last: usize, caret: usize) -> Self {
        Self::new(VisualKind::Lines, caret..caret, (first, last))
    }

    /// The stretches of text in it, line by line for a block.
    pub fn pieces(&self, lines: &TextLines<'_>) -> Vec<Range<usize>> {
        match self.kind {
            VisualKind::Chars => Vec::from([self.range.clone()]),
            VisualKind::Lines => {
                std::iter::once(lines.start(self.lines.0)..lines.end(self.lines.1)).collect()
            }
            VisualKind::Block => {
                (self.lines.0..=self.lines.1).map(|line| block_piece(lines, line, self.columns)).collect()
            }
        }
    }

    /// The text in it, as a register keeps it. Lines that end before a block are blank in it.
    pub fn kept(&self, lines: &TextLines<'_>) -> RegisterText {
        let width = match self.columns.1 {
            LINE_END => 0,
            behind => behind.saturating_sub(self.columns.0),
        };
        let text = |piece: Range<usize>| {
            let is_short = self.kind == VisualKind::Block
                && lines.columns(lines.end(lines.of(piece.start))).start < self.columns.0;
            if is_short { " ".repeat(width) } else { lines.slice(piece).replace("\r\n", "\n") }
        };
        let pieces: Vec<String> = self.pieces(lines).into_iter().map(text).collect();
        RegisterText { width, ..RegisterText::new(pieces.join("\n"), self.kind) }
    }
}

/// The part of a line in a block's columns.
pub(crate) fn block_piece(lines: &TextLines<'_>, line: usize, columns: (usize, usize)) -> Range<usize> {
    let from = lines.at_column(line, columns.0, true);
    let to = match columns.1 {
        LINE_END => lines.end(line),
        behind if behind > columns.0 => {
            let last = lines.at_column(line, behind - 1, true);
            lines.right(last)
        }
        _ => from,
    };
    from..to.max(from)
}

/// What a motion makes of the text from the caret on.
pub(crate) fn of_motion(
    lines: &TextLines<'_>,
    caret: usize,
    moved: &Moved,
    operator: Operator,
    forced: Option<Forced>,
) -> Region {
    let (start, end) = (caret.min(moved.at), caret.max(moved.at));
    let mut by_lines = moved.by_lines;
    let mut inclusive = moved.inclusive;
    match forced {
        Some(Forced::Lines) => by_lines = true,
        Some(Forced::Chars) if by_lines => (by_lines, inclusive) = (false, false),
        Some(Forced::Chars) => inclusive = !inclusive,
        None => {}
    }
    let region = stretch(lines, start, end, by_lines, inclusive, moved.keeps_end);
    let region = Region { is_long: moved.is_long, forced: forced.is_some(), ..region };
    whole_lines_if_blank(lines, region, operator)
}

/// A stretch by both its ends, which are in order.
pub(crate) fn stretch(
    lines: &TextLines<'_>,
    start: usize,
    mut end: usize,
    by_lines: bool,
    mut inclusive: bool,
    keeps_end: bool,
) -> Region {
    let (first, mut last) = (lines.of(start), lines.of(end));
    if by_lines {
        return Region::of_lines(first, last, start);
    }
    if !inclusive && !keeps_end && first != last && lines.is_start(end) {
        last -= 1;
        if lines.in_indent(start, 0) {
            return Region::of_lines(first, last, start);
        }
        end = lines.end(last);
        if !lines.is_empty(last) {
            end = lines.left(end);
            inclusive = true;
        }
    }
    let is_empty = start == end && !inclusive;
    let behind = if inclusive { lines.right(end) } else { end };
    Region { is_empty, ..Region::new(VisualKind::Chars, start..behind, (first, last)) }
}

/// Deleting over line breaks takes whole lines where nothing but blanks would be left of them.
fn whole_lines_if_blank(lines: &TextLines<'_>, region: Region, operator: Operator) -> Region {
    let (first, last) = region.lines;
    let applies = operator == Operator::Delete && region.kind == VisualKind::Chars && !region.forced;
    if !applies || first == last {
        return region;
    }
    let rest = lines.slice(region.range.end..lines.end(last).max(region.range.end));
    if rest.chars().all(crate::lines::is_blank) && lines.in_indent(region.range.start, 0) {
        return Region { is_long: region.is_long, ..Region::of_lines(first, last, region.range.start) };
    }
    region
}

/// What is selected in Visual mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct VisualArea {
    pub kind: VisualKind,
    /// The end that stays.
    pub anchor: usize,
    /// The caret.
    pub head: usize,
    /// A block goes to the ends of its lines.
    pub to_ends: bool,
}

impl VisualArea {
    pub fn start(&self) -> usize {
        self.anchor.min(self.head)
    }

    pub fn end(&self) -> usize {
        self.anchor.max(self.head)
    }

    /// The columns of a block.
    pub fn columns(&self, lines: &TextLines<'_>) -> (usize, usize) {
        let (anchor, head) = (lines.columns(self.anchor), lines.columns(self.head));
        let right = if self.to_ends { LINE_END } else { anchor.end.max(head.end) };
        (anchor.start.min(head.start), right)
    }

    /// What an operator works on. `reaches`: the line break behind a last character that is one belongs to it.
    pub fn region(&self, lines: &TextLines<'_>, reaches: bool) -> Region {
        let (start, end) = (self.start(), self.end());
        let (first, last) = (lines.of(start), lines.of(end));
        let region = match self.kind {
            VisualKind::Lines => {
                let upwards = lines.of(self.head) < lines.of(self.anchor);
                Region::of_lines(first, last, if upwards { start } else { lines.start(first) })
            }
            VisualKind::Chars => {
                let mut region = stretch(lines, start, end, false, true, true);
                if lines.is_end(end) && reaches && last < lines.last() {
                    region.range.end = lines.start(last + 1);
                    region.lines.1 = last + 1;
                }
                Region { is_empty: region.range.is_empty(), ..region }
            }
            VisualKind::Block => {
                let columns = self.columns(lines);
                let corner = lines.at_column(first, columns.0, true);
                Region { columns, ..Region::new(VisualKind::Block, corner..corner, (first, last)) }
            }
        };
        Region { is_visual: true, ..region }
    }

    /// As the editor shows it.
    pub fn selection(&self, lines: &TextLines<'_>) -> Selection {
        let forward = self.anchor <= self.head;
        let span = |range: Range<usize>| {
            if forward { Span::new(range.start, range.end) } else { Span::new(range.end, range.start) }
        };
        match self.kind {
            VisualKind::Chars => Selection::single(span(self.region(lines, true).range)),
            VisualKind::Lines => {
                let (first, last) = (lines.of(self.start()), lines.of(self.end()));
                Selection::single(span(lines.start(first)..lines.after(last)))
            }
            VisualKind::Block => {
                let region = self.region(lines, true);
                let pieces = region.pieces(lines);
                let head_line = lines.of(self.head) - region.lines.0;
                let right = lines.columns(self.head).start >= lines.columns(self.anchor).start;
                let piece = |piece: Range<usize>| {
                    if right { Span::new(piece.start, piece.end) } else { Span::new(piece.end, piece.start) }
                };
                Selection::new(pieces.into_iter().map(piece).collect(), head_line)
            }
        }
    }
}

/// How much was selected, for another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    kind: VisualKind,
    /// Lines beside the first.
    lines: usize,
    /// In one line so many characters more than one, else the column in the last line; of a block the columns.
    columns: usize,
    to_ends: bool,
}

impl Extent {
    pub fn of(lines: &TextLines<'_>, area: &VisualArea) -> Self {
        let (first, last) = (lines.of(area.start()), lines.of(area.end()));
        let columns = match area.kind {
            VisualKind::Block => {
                let columns = VisualArea { to_ends: false, ..*area }.columns(lines);
                columns.1 - columns.0
            }
            _ if first == last => area.end() - area.start(),
            _ => lines.column(area.end()),
        };
        Self { kind: area.kind, lines: last - first, columns, to_ends: area.to_ends }
    }

    /// As much from a caret on.
    pub fn from(&self, lines: &TextLines<'_>, caret: usize) -> VisualArea {
        let last = (lines.of(caret) + self.lines).min(lines.last());
        let head = match self.kind {
            VisualKind::Block => {
                let column = lines.columns(caret).start + self.columns.max(1) - 1;
                lines.at_column(last, column, false)
            }
            VisualKind::Chars if self.to_ends => lines.end(last),
            _ if self.lines == 0 => (caret + self.columns).min(lines.end(last)),
            _ => (lines.start(last) + self.columns).min(lines.end(last)),
        };
        VisualArea { kind: self.kind, anchor: caret, head, to_ends: self.to_ends }
    }
}
