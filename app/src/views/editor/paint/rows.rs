//! The rows that are seen, laid out with their colours.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use editor_core::diff::{DiffRow, RowKind};
use editor_core::lexer;
use editor_core::review::HunkState;
use editor_core::rows::RowContent;
use editor_core::token::TokenKind;
use egui::{Rect, Ui, pos2};
use ropey::Rope;

use super::super::line::{Ink, Line, Lines, WINDOW};
use super::super::view::{View, shifted};
use super::super::within;
use super::Frame;
use crate::ui::code::{Face, colour_of};
use crate::ui::theme;

/// A row that is seen, laid out.
pub struct ShownRow {
    /// Its index among the rows that are seen.
    pub number: usize,
    /// Where, over the whole width.
    pub rect: Rect,
    /// The line of the text; `None`: one that a review adds.
    pub line: Option<usize>,
    /// Its characters in the line.
    pub columns: Range<usize>,
    /// Points that it is set in.
    pub indent: f32,
    /// Is it the first row of its line?
    pub is_first: bool,
    /// Is it the last row of its line?
    pub is_last: bool,
    /// Its glyphs.
    pub laid: Arc<Line>,
    /// How a review shows it.
    pub diff: Option<RowLook>,
}

/// How a row of a review looks.
#[derive(Clone, Copy, PartialEq)]
pub struct RowLook {
    /// What the review says of it.
    pub kind: RowKind,
    /// Is it of the hunk that the keys act on?
    pub current: bool,
}

impl ShownRow {
    /// Where its glyphs begin on the screen.
    pub fn left(&self, view: &View<'_>) -> f32 {
        view.x(self.indent + self.laid.left)
    }

    /// Where a column of the line stands on the screen; the nearest place for those of other rows.
    pub fn x(&self, view: &View<'_>, column: usize) -> f32 {
        let inside = column.clamp(self.columns.start, self.columns.end.max(self.columns.start));
        view.x(self.indent + self.laid.x(inside - self.columns.start))
    }

    /// The place of some columns of the line.
    pub fn columns_rect(&self, view: &View<'_>, columns: &Range<usize>) -> Rect {
        let (left, right) = (self.x(view, columns.start), self.x(view, columns.end));
        Rect::from_min_max(pos2(left, self.rect.top()), pos2(right, self.rect.bottom()))
    }

    /// Those of some columns of the line that stand in this row; `None` for those of other rows, and for none at an end that is another
    /// row's start.
    pub fn part(&self, columns: &Range<usize>) -> Option<Range<usize>> {
        let (start, end) = (columns.start.max(self.columns.start), columns.end.min(self.columns.end));
        let is_here = start < end || (start == end && (self.is_last || start < self.columns.end));
        is_here.then_some(start..end)
    }

    /// The top of its glyphs.
    pub fn glyph_top(&self) -> f32 {
        (self.rect.center().y - self.laid.galley.size().y / 2.0).round()
    }

    /// Width of its text; estimated for a very long line, of which only a part is laid out.
    pub fn width(&self, frame: &Frame<'_>, view: &View<'_>) -> f32 {
        let is_whole = self.is_first && self.is_last;
        let chars = self.line.filter(|_| is_whole).map_or(0, |line| view.line_text(line).len_chars());
        if chars > WINDOW { chars as f32 * frame.pen.cell } else { self.indent + self.laid.galley.size().x }
    }
}

/// Lays out the rows that are seen.
pub fn lay_out(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, lines: &mut Lines) -> Vec<ShownRow> {
    let inks = inks(frame, view);
    let none = Vec::new();
    let mut shown = Vec::with_capacity(view.seen.len());
    for (number, row) in view.seen.iter().enumerate() {
        let diff = view.review_row(&row.content).and_then(|diff| look(frame, diff));
        let laid = match &row.content {
            RowContent::Text { line, columns, .. } => {
                let own = inks.get(line).unwrap_or(&none);
                let dimmed =
                    diff.filter(|look| look.kind == RowKind::Removed).map(|_| dim(frame, view, *line, own));
                view.lay_out_row(ui.painter(), lines, (*line, columns), dimmed.as_ref().unwrap_or(own))
            }
            RowContent::Inserted { .. } => view.review_row(&row.content).and_then(|added| {
                let columns = &view.added(&row.content)?.columns;
                let (text, inks) = (Rope::from_str(&added.text), added_inks(frame, added));
                let part = text.get_slice(columns.clone())?;
                lines.get(ui.painter(), part, &shifted(&inks, columns), view.seen_width())
            }),
        };
        let Some(laid) = laid else { continue };
        shown.push(match &row.content {
            RowContent::Text { line, columns, indent, is_first, is_last } => ShownRow {
                number,
                rect: row.rect,
                line: Some(*line),
                columns: columns.clone(),
                indent: *indent as f32 * frame.pen.cell,
                is_first: *is_first,
                is_last: *is_last,
                laid,
                diff,
            },
            RowContent::Inserted { .. } => {
                let part = view.added(&row.content);
                let columns = part.map_or(0..0, |part| part.columns.clone());
                ShownRow {
                    number,
                    rect: row.rect,
                    line: None,
                    is_first: columns.start == 0,
                    is_last: true,
                    columns,
                    indent: part.map_or(0.0, |part| part.indent as f32 * frame.pen.cell),
                    laid,
                    diff,
                }
            }
        });
    }
    shown
}

/// How a row of a review looks now; `None`: as any other line.
fn look(frame: &Frame<'_>, diff: &DiffRow) -> Option<RowLook> {
    let review = frame.tab.review.as_ref()?;
    let state = diff.hunk.and_then(|hunk| review.review.hunks().get(hunk)).map(|hunk| hunk.state);
    let open = state.is_none_or(|state| state == HunkState::Pending);
    let changed = matches!(diff.kind, RowKind::Removed | RowKind::Added | RowKind::Writing);
    let current = diff.hunk.is_some() && diff.hunk == review.current;
    (open && changed).then_some(RowLook { kind: diff.kind, current })
}

/// The colours of all lines seen.
fn inks(frame: &Frame<'_>, view: &View<'_>) -> HashMap<usize, Vec<Ink>> {
    let (mut inks, mut stretches): (HashMap<usize, Vec<Ink>>, Vec<Range<usize>>) = Default::default();
    let buffer = frame.tab.document.buffer();
    for row in &view.seen {
        let RowContent::Text { line, columns, .. } = &row.content else { continue };
        let start = buffer.line_start(*line);
        let is_whole = view.rows.width().is_none() && columns.len() > WINDOW;
        let own = if is_whole {
            part_seen(frame, view, buffer.line_range(*line))
        } else {
            start + columns.start..start + columns.end
        };
        // Stretches that follow each other are asked for at once.
        match stretches.last_mut() {
            Some(last) if own.start <= last.end + 2 && own.end - last.start <= WINDOW * 10 => {
                last.end = own.end;
            }
            _ => stretches.push(own),
        }
    }
    for range in stretches {
        add_inks(frame, range, &mut inks);
    }
    inks
}

/// The colours of one line, as far as it is short.
pub fn inks_of_line(frame: &Frame<'_>, view: &View<'_>, line: usize) -> Vec<Ink> {
    let buffer = frame.tab.document.buffer();
    let (start, length) = (buffer.line_start(line), view.line_text(line).len_chars());
    let mut inks = HashMap::new();
    add_inks(frame, start..start + length.min(WINDOW), &mut inks);
    inks.remove(&line).unwrap_or_default()
}

fn add_inks(frame: &Frame<'_>, range: Range<usize>, inks: &mut HashMap<usize, Vec<Ink>>) {
    let (buffer, rope) = (frame.tab.document.buffer(), frame.tab.document.rope());
    for (range, token) in frame.tab.highlighter.highlights(rope, range) {
        let Some((colour, face)) = colour_of(frame.theme, token) else { continue };
        for line in buffer.line_of(range.start)..=buffer.line_of(range.end.saturating_sub(1).max(range.start))
        {
            let own = buffer.line_start(line)..buffer.line_end(line);
            if let Some(columns) = within(&range, &own) {
                inks.entry(line).or_default().push(Ink { columns, colour, face });
            }
        }
    }
}

/// The part of a very long line that is seen, generously.
fn part_seen(frame: &Frame<'_>, view: &View<'_>, line: Range<usize>) -> Range<usize> {
    let seen = view.seen_width();
    let first = (seen.start / frame.pen.cell) as usize;
    let last = (seen.end / frame.pen.cell) as usize + WINDOW;
    let start = line.start + first.saturating_sub(WINDOW).min(line.len());
    start..(line.start + last).min(line.end)
}

/// The colours of a line of the answer; one that has only begun is not parsed yet.
fn added_inks(frame: &Frame<'_>, row: &DiffRow) -> Vec<Ink> {
    let parsed = frame.tab.review.as_ref().and_then(|review| review.tokens.get(row.new_line?)).cloned();
    let tokens = parsed.unwrap_or_else(|| lexer::line(frame.tab.document.language(), &row.text));
    let ink = |(columns, token): (Range<usize>, TokenKind)| {
        colour_of(frame.theme, token).map(|(colour, face)| Ink { columns, colour, face })
    };
    tokens.into_iter().filter_map(ink).collect()
}

/// The colours of a removed line: its own, stepped back.
fn dim(frame: &Frame<'_>, view: &View<'_>, line: usize, inks: &[Ink]) -> Vec<Ink> {
    let (ground, chars) = (frame.theme.removed_ground, view.line_text(line).len_chars());
    let faded = |colour| theme::mix(ground, colour, 0.62);
    let mut dimmed = Vec::with_capacity(inks.len() * 2 + 1);
    let mut at = 0;
    let plain = |columns| Ink { columns, colour: faded(frame.theme.text), face: Face::Regular };
    for ink in inks {
        if ink.columns.start > at {
            dimmed.push(plain(at..ink.columns.start));
        }
        dimmed.push(Ink { colour: faded(ink.colour), ..ink.clone() });
        at = ink.columns.end;
    }
    dimmed.push(plain(at..chars));
    dimmed
}
