//! The geometry of one frame: which rows are seen, where they stand, and what a review puts between them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use editor_core::Selection;
use editor_core::diff::{DiffRow, RowKind};
use egui::{Id, Painter, Pos2, Rect, Ui, pos2, vec2};
use ropey::RopeSlice;

use super::Pane;
use super::line::{Ink, Line, Lines, Pen};
use super::rows::{Inserted, Row, Rows};
use crate::workspace::{Tab, TabReview};

/// Space left of the line numbers.
const GUTTER_LEFT: f32 = 16.0;
/// Space between the line numbers and the text; the marks of a review stand there.
const GUTTER_RIGHT: f32 = 20.0;
/// Rows that even a short text may be scrolled by, so that a bar that appears does not push it down.
const SLACK: f64 = 4.0;
/// Fewest digits that the gutter has room for.
const MIN_DIGITS: usize = 3;

/// One frame's geometry.
pub struct View<'a> {
    /// The tab.
    pub tab: &'a Tab,
    /// What is selected in this view of it.
    pub selection: &'a Selection,
    /// The id of the widget.
    pub widget: Id,
    /// All of the widget.
    pub rect: Rect,
    /// Where text is drawn.
    pub text: Rect,
    /// Width of what stands left of the line numbers.
    pub beside: f32,
    /// Height of a row in points, a whole number of pixels.
    pub row_height: f32,
    /// Lines of the text and of a review.
    pub rows: Rows,
    /// For each inserted block, the rows of the review that it shows.
    pub blocks: Vec<Vec<usize>>,
    /// For lines of the text that a review says something about, its row.
    pub marks: HashMap<usize, usize>,
    top: f64,
    left: f32,
    cell: f32,
}

impl<'a> View<'a> {
    /// Measures.
    pub fn new(
        ui: &Ui,
        (rect, beside): (Rect, f32),
        (tab, selection): (&'a Tab, &'a Selection),
        pane: &Pane,
        pen: &Pen,
    ) -> View<'a> {
        let lines = tab.document.buffer().len_lines();
        let digits = (lines.ilog10() as usize + 1).max(MIN_DIGITS);
        let gutter = beside + GUTTER_LEFT + digits as f32 * pen.cell + GUTTER_RIGHT;
        let pixels = ui.pixels_per_point();
        let row_height = (pen.font.size * pen.leading * pixels).round() / pixels;
        let placed = tab.review.as_ref().map(|review| place(tab, review)).unwrap_or_default();
        let mut view = View {
            tab,
            selection,
            widget: super::id(),
            rect,
            text: Rect::from_min_max(pos2(rect.left() + gutter, rect.top()), rect.max),
            beside,
            row_height,
            rows: Rows::new(lines, placed.inserted),
            blocks: placed.blocks,
            marks: placed.marks,
            top: 0.0,
            left: 0.0,
            cell: pen.cell,
        };
        view.scroll_to(&mut pane.clone());
        view
    }

    /// Height of the widget in rows.
    pub fn height_rows(&self) -> f64 {
        f64::from(self.rect.height() / self.row_height)
    }

    /// Rows that fit.
    pub fn visible_rows(&self) -> usize {
        self.height_rows() as usize
    }

    /// Width of a column.
    pub fn pen_cell(&self) -> f32 {
        self.cell
    }

    /// The greatest `top`: half a screen may stay empty behind the end, and the last rows may always be reached.
    pub fn max_top(&self) -> f64 {
        let (rows, height) = (self.rows.len() as f64, self.height_rows());
        (rows - (height / 2.0).max(1.0)).max((rows - 1.0).min(SLACK))
    }

    /// Is there more than the screen shows?
    pub fn overflows(&self) -> bool {
        self.rows.len() as f64 > self.height_rows() || self.top > 0.0
    }

    /// The greatest `left`: the longest line seen so far fits with some room behind it.
    pub fn max_left(&self, pane: &Pane) -> f32 {
        (pane.widest + self.cell * 8.0 - self.text.width()).max(0.0)
    }

    /// Takes the pane's scroll position, and puts it back between its limits.
    pub fn scroll_to(&mut self, pane: &mut Pane) {
        pane.top = pane.top.clamp(0.0, self.max_top());
        pane.left = pane.left.clamp(0.0, self.max_left(pane));
        self.top = pane.top;
        self.left = pane.left;
    }

    /// The rows on the screen.
    pub fn seen_rows(&self) -> Range<usize> {
        let first = self.top as usize;
        let last = (self.top + self.height_rows()).ceil() as usize + 1;
        first.min(self.rows.len())..last.min(self.rows.len())
    }

    /// Where a row stands, over the whole width.
    pub fn row_rect(&self, row: usize) -> Rect {
        let y = self.rect.top() + ((row as f64 - self.top) * f64::from(self.row_height)) as f32;
        Rect::from_min_size(pos2(self.rect.left(), y), vec2(self.rect.width(), self.row_height))
    }

    /// Horizontal place of a distance from the start of a line.
    pub fn x(&self, distance: f32) -> f32 {
        self.text.left() + distance - self.left
    }

    /// The part of lines that is seen, in points from their start.
    pub fn seen_width(&self) -> Range<f32> {
        self.left..self.left + self.text.width()
    }

    /// The text of a line without its ending.
    pub fn line_text(&self, line: usize) -> RopeSlice<'a> {
        let buffer = self.tab.document.buffer();
        self.tab.document.rope().slice(buffer.line_start(line)..buffer.line_end(line))
    }

    /// Lays out a line of the text.
    pub fn lay_out_line(
        &self,
        painter: &Painter,
        lines: &mut Lines,
        line: usize,
        inks: &[Ink],
    ) -> Option<Arc<Line>> {
        lines.get(painter, self.line_text(line), inks, self.seen_width())
    }

    /// The position in the text at a point; rows of a review count as the line beneath them.
    pub fn position_at(&self, painter: &Painter, lines: &mut Lines, point: Pos2) -> usize {
        let row = (self.top + f64::from((point.y - self.rect.top()) / self.row_height)).max(0.0) as usize;
        let buffer = self.tab.document.buffer();
        if row >= self.rows.len() {
            return buffer.len_chars();
        }
        match self.rows.at(row) {
            Row::Line(line) => {
                let x = point.x - self.text.left() + self.left;
                let column = self.lay_out_line(painter, lines, line, &[]).map_or(0, |laid| laid.column(x));
                buffer.position(line, column)
            }
            Row::Inserted { .. } => buffer.line_start(self.rows.line_near(row)),
        }
    }
}

/// What a review puts between the lines.
#[derive(Default)]
struct Placed {
    inserted: Vec<Inserted>,
    blocks: Vec<Vec<usize>>,
    marks: HashMap<usize, usize>,
}

fn place(tab: &Tab, review: &TabReview) -> Placed {
    let mut placed = Placed::default();
    let mut line = tab.document.buffer().line_of(review.review.range().start);
    for (index, row) in review.rows.iter().enumerate() {
        match row.kind {
            RowKind::Kept | RowKind::NotReached | RowKind::Removed => {
                placed.marks.insert(line, index);
                line += 1;
            }
            RowKind::Added | RowKind::Writing => match placed.inserted.last_mut() {
                Some(last) if last.before == line => {
                    last.count += 1;
                    if let Some(block) = placed.blocks.last_mut() {
                        block.push(index);
                    }
                }
                _ => {
                    placed.inserted.push(Inserted { before: line, count: 1 });
                    placed.blocks.push(vec![index]);
                }
            },
        }
    }
    placed
}

impl View<'_> {
    /// The row of the review that a row of the screen shows, with its row.
    pub fn review_row(&self, row: usize) -> Option<&DiffRow> {
        let review = self.tab.review.as_ref()?;
        let index = match self.rows.at(row) {
            Row::Line(line) => *self.marks.get(&line)?,
            Row::Inserted { block, index } => *self.blocks.get(block)?.get(index)?,
        };
        review.rows.get(index)
    }
}
