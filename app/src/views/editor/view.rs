//! The geometry of one frame: which rows are seen, where they stand, and what a review puts between them.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use editor_core::Selection;
use editor_core::diff::{DiffRow, RowKind};
use editor_core::rows::{InsertedRows, RowContent, RowMap, RowTop, WrapWidth, WrappedLine};
use egui::{Id, Painter, Pos2, Rect, Ui, pos2, vec2};
use ropey::RopeSlice;
use settings::{EditorSettings, WrapChoice};

use super::Pane;
use super::line::{Ink, Line, Lines, Pen};
use crate::workspace::{Tab, TabReview};

/// Space left of the line numbers.
const GUTTER_LEFT: f32 = 16.0;
/// Space between the line numbers and the text; the marks of a review and the arrows of folds stand there.
const GUTTER_RIGHT: f32 = 34.0;
/// Where the line numbers end, left of the text.
pub const NUMBERS_END: f32 = 32.0;
/// Where the arrows of folds stand, left of the text: from and to.
pub const ARROWS: (f32, f32) = (17.0, 3.0);
/// Width of the places for scroll bars, beside and beneath the text.
pub const TRACK: f32 = 14.0;
/// Rows that even a short text may be scrolled by, so that a bar that appears does not push it down.
const SLACK: f64 = 4.0;
/// Fewest digits that the gutter has room for.
const MIN_DIGITS: usize = 3;

/// A row on the screen.
#[derive(Clone, Debug)]
pub struct VisibleRow {
    /// What it shows.
    pub content: RowContent,
    /// Where, over the whole width of numbers and text.
    pub rect: Rect,
}

impl VisibleRow {
    /// The line of the text of which it shows a part.
    pub fn line(&self) -> Option<usize> {
        match self.content {
            RowContent::Text { line, .. } => Some(line),
            RowContent::Inserted { .. } => None,
        }
    }
}

/// A row that a review puts between the lines: which of its rows, which characters of that, and how far it is set in, in columns.
#[derive(Clone, Debug)]
pub struct AddedRow {
    /// Index of the review's row.
    pub row: usize,
    /// Its characters.
    pub columns: Range<usize>,
    /// Columns that it is set in.
    pub indent: usize,
}

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
    pub rows: RowMap<'a>,
    /// For each inserted block, the rows of the review that it shows.
    pub blocks: Vec<Vec<AddedRow>>,
    /// For lines of the text that a review says something about, its row.
    pub marks: HashMap<usize, usize>,
    /// The rows on the screen.
    pub seen: Vec<VisibleRow>,
    top: RowTop,
    left: f32,
    cell: f32,
}

impl<'a> View<'a> {
    /// Measures.
    pub fn new(
        ui: &Ui,
        (rect, beside): (Rect, f32),
        (tab, selection): (&'a Tab, &'a Selection),
        (pane, pen, editor): (&mut Pane, &Pen, &EditorSettings),
    ) -> View<'a> {
        let lines = tab.document.buffer().len_lines();
        let digits = (lines.ilog10() as usize + 1).max(MIN_DIGITS);
        let gutter = beside + GUTTER_LEFT + digits as f32 * pen.cell + GUTTER_RIGHT;
        let pixels = ui.pixels_per_point();
        let row_height = (pen.font.size * pen.leading * pixels).round() / pixels;
        let mut text = Rect::from_min_max(pos2(rect.left() + gutter, rect.top()), rect.max);
        text.max.x = (text.max.x - TRACK).max(text.min.x);
        let width = width(tab, editor, (text.width() / pen.cell).floor() as usize);
        let placed = tab.review.as_ref().map(|review| place(tab, review, width)).unwrap_or_default();
        let rows = RowMap::new(tab.document.rope(), width, &hidden(tab), placed.inserted);
        let mut view = View {
            tab,
            selection,
            widget: super::id(),
            rect,
            text,
            beside,
            row_height,
            rows,
            blocks: placed.blocks,
            marks: placed.marks,
            seen: Vec::new(),
            top: RowTop::default(),
            left: 0.0,
            cell: pen.cell,
        };
        if view.max_left(pane) > 0.0 {
            view.text.max.y = (text.max.y - TRACK).max(text.min.y + row_height);
        }
        view.scroll_to(pane);
        view
    }

    /// Height of the text's place in rows.
    pub fn height_rows(&self) -> f64 {
        f64::from(self.text.height() / self.row_height)
    }

    /// Rows that fit.
    pub fn visible_rows(&self) -> usize {
        self.height_rows() as usize
    }

    /// Width of a column.
    pub fn pen_cell(&self) -> f32 {
        self.cell
    }

    /// What is at the top.
    pub fn top(&self) -> RowTop {
        self.top
    }

    /// The greatest `top`: half a screen may stay empty behind the end, and the last rows may always be reached.
    pub fn max_top(&self) -> RowTop {
        self.rows.last_top(self.height_rows(), SLACK)
    }

    /// Is there more than the screen shows?
    pub fn overflows(&self) -> bool {
        self.top > RowTop::default() || self.rows.overflows(self.height_rows())
    }

    /// The greatest `left`: the longest line seen so far fits with some room behind it. Wrapped lines fit.
    pub fn max_left(&self, pane: &Pane) -> f32 {
        let behind = if self.rows.width().is_some() { 1.0 } else { 8.0 };
        (pane.widest + self.cell * behind - self.text.width()).max(0.0)
    }

    /// Takes the pane's scroll position, and puts it back between its limits.
    pub fn scroll_to(&mut self, pane: &mut Pane) {
        let top = self.rows.settled(pane.top);
        let max = self.max_top();
        pane.top = if top > max { max } else { top };
        pane.left = pane.left.clamp(0.0, self.max_left(pane));
        self.top = pane.top;
        self.left = pane.left;
        let height = f64::from((self.rect.bottom() - self.text.top()) / self.row_height);
        self.seen = self
            .rows
            .seen(self.top, height)
            .into_iter()
            .map(|row| VisibleRow { rect: self.rect_at(row.y), content: row.content })
            .collect();
    }

    /// Where a row is that stands this many rows beneath the top.
    fn rect_at(&self, rows: f64) -> Rect {
        let y = self.rect.top() + (rows * f64::from(self.row_height)) as f32;
        Rect::from_min_size(
            pos2(self.rect.left(), y),
            vec2(self.text.right() - self.rect.left(), self.row_height),
        )
    }

    /// The rows on the screen that show these lines, as one place; `None`: none does.
    pub fn lines_rect(&self, lines: &Range<usize>) -> Option<Rect> {
        let is_one = |row: &&VisibleRow| row.line().is_some_and(|line| lines.contains(&line));
        self.seen.iter().filter(is_one).map(|row| row.rect).reduce(Rect::union)
    }

    /// Where the first row of a line is; beyond the edge for a line that is not seen.
    pub fn line_rect(&self, line: usize) -> Rect {
        let limit = self.height_rows() * 2.0;
        let rows = self.rows.distance(self.top, self.rows.place(line, 0), limit);
        self.rect_at(rows.clamp(-limit, limit))
    }

    /// The row on the screen in which a position stands, with its column.
    pub fn row_of(&self, position: usize) -> Option<(usize, usize)> {
        let buffer = self.tab.document.buffer();
        let (own, column) = (buffer.line_of(position), buffer.column(position));
        let is_own = |row: &VisibleRow| match &row.content {
            RowContent::Text { line, columns, is_last, .. } => {
                *line == own && (columns.contains(&column) || (*is_last && column >= columns.end))
            }
            RowContent::Inserted { .. } => false,
        };
        self.seen.iter().position(is_own).map(|row| (row, column))
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
        self.rows.text(line)
    }

    /// Lays out a row of the text: these characters of a line. `inks` are those of the line.
    pub fn lay_out_row(
        &self,
        painter: &Painter,
        lines: &mut Lines,
        (line, columns): (usize, &Range<usize>),
        inks: &[Ink],
    ) -> Option<Arc<Line>> {
        let text = self.line_text(line);
        if columns.start == 0 && columns.end == text.len_chars() {
            return lines.get(painter, text, inks, self.seen_width());
        }
        lines.get(painter, text.slice(columns.clone()), &shifted(inks, columns), self.seen_width())
    }

    /// The position in the text at a point; rows of a review count as the line beneath them.
    pub fn position_at(&self, painter: &Painter, lines: &mut Lines, point: Pos2) -> usize {
        let buffer = self.tab.document.buffer();
        let Some(row) = self.row_at(point) else { return buffer.len_chars() };
        match &row.content {
            RowContent::Text { line, columns, indent, is_last, .. } => {
                let x = point.x - self.text.left() + self.left - *indent as f32 * self.cell;
                let laid = self.lay_out_row(painter, lines, (*line, columns), &[]);
                let column = columns.start + laid.map_or(0, |laid| laid.column(x));
                // What is between two rows belongs to the latter.
                let last = if *is_last { columns.end } else { columns.end.saturating_sub(1) };
                buffer.position(*line, column.min(last))
            }
            RowContent::Inserted { before, .. } => buffer.line_start(*before),
        }
    }

    /// The line and the column as drawn at a point, which may lie behind the end of the line.
    pub fn corner_at(
        &self,
        painter: &Painter,
        lines: &mut Lines,
        point: Pos2,
        tab_width: usize,
    ) -> (usize, usize) {
        let position = self.position_at(painter, lines, point);
        let line = self.tab.document.buffer().line_of(position);
        if self.rows.width().is_some() {
            let rope = self.tab.document.rope();
            return (line, editor_core::movement::display_column(rope, position, tab_width));
        }
        let x = (point.x - self.text.left() + self.left).max(0.0);
        (line, (x / self.cell).round() as usize)
    }

    /// The row at a point: the first one for points above, `None` behind the end of the text.
    fn row_at(&self, point: Pos2) -> Option<&VisibleRow> {
        let first = self.seen.first()?;
        if point.y < first.rect.top() {
            return Some(first);
        }
        let beneath = self.seen.iter().rev().find(|row| row.rect.top() <= point.y)?;
        let is_beyond = point.y > beneath.rect.bottom();
        let is_end = self.rows.distance(self.top, self.rows.end(), self.seen.len() as f64 + 1.0).is_finite();
        (!is_beyond || !is_end).then_some(beneath)
    }

    /// The row of the review that a row of the screen shows.
    pub fn review_row(&self, content: &RowContent) -> Option<&DiffRow> {
        let review = self.tab.review.as_ref()?;
        let index = match content {
            RowContent::Text { line, .. } => *self.marks.get(line)?,
            RowContent::Inserted { .. } => self.added(content)?.row,
        };
        review.rows.get(index)
    }

    /// What of a review's row a row of the screen shows.
    pub fn added(&self, content: &RowContent) -> Option<&AddedRow> {
        match content {
            RowContent::Inserted { block, index, .. } => self.blocks.get(*block)?.get(*index),
            RowContent::Text { .. } => None,
        }
    }
}

/// The colours of a part of a line, counted from its start.
pub fn shifted(inks: &[Ink], columns: &Range<usize>) -> Vec<Ink> {
    let part = |ink: &Ink| {
        let (start, end) = (ink.columns.start.max(columns.start), ink.columns.end.min(columns.end));
        (start < end).then(|| Ink { columns: start - columns.start..end - columns.start, ..ink.clone() })
    };
    inks.iter().filter_map(part).collect()
}

/// How wide rows are where `room` columns fit into the window; one stays for a blank that hangs over the edge, and for the caret.
fn width(tab: &Tab, editor: &EditorSettings, room: usize) -> Option<WrapWidth> {
    let columns = match tab.wrap_choice(editor) {
        WrapChoice::Off => return None,
        WrapChoice::Window => room.saturating_sub(2),
        WrapChoice::Column => (editor.wrap_column as usize).min(room.saturating_sub(2)),
    };
    Some(WrapWidth::new(columns, tab.tab_width(editor)))
}

/// The lines that folds hide. A review is never hidden.
fn hidden(tab: &Tab) -> Vec<Range<usize>> {
    let buffer = tab.document.buffer();
    let Some(review) = &tab.review else { return tab.folds.hidden(buffer) };
    let range = review.review.range();
    let mut folds = tab.folds.clone();
    folds.show(buffer, &(buffer.line_of(range.start)..buffer.line_of(range.end) + 1));
    folds.hidden(buffer)
}

/// What a review puts between the lines.
#[derive(Default)]
struct Placed {
    inserted: Vec<InsertedRows>,
    blocks: Vec<Vec<AddedRow>>,
    marks: HashMap<usize, usize>,
}

fn place(tab: &Tab, review: &TabReview, width: Option<WrapWidth>) -> Placed {
    let mut placed = Placed::default();
    let mut line = tab.document.buffer().line_of(review.review.range().start);
    for (index, row) in review.rows.iter().enumerate() {
        match row.kind {
            RowKind::Kept | RowKind::NotReached | RowKind::Removed => {
                placed.marks.insert(line, index);
                line += 1;
            }
            RowKind::Added | RowKind::Writing => {
                if placed.inserted.last().is_none_or(|last| last.before != line) {
                    placed.inserted.push(InsertedRows { before: line, count: 0 });
                    placed.blocks.push(Vec::new());
                }
                let rows = added_rows(index, &row.text, width);
                if let (Some(last), Some(block)) = (placed.inserted.last_mut(), placed.blocks.last_mut()) {
                    last.count += rows.len();
                    block.extend(rows);
                }
            }
        }
    }
    placed
}

/// An added line, wrapped as those of the text are.
fn added_rows(row: usize, text: &str, width: Option<WrapWidth>) -> Vec<AddedRow> {
    let wrapped = match width {
        Some(width) => WrappedLine::of_text(text, width),
        None => WrappedLine::whole(text.chars().count()),
    };
    (0..wrapped.rows())
        .map(|part| AddedRow { row, columns: wrapped.columns(part), indent: wrapped.indent(part) })
        .collect()
}
