//! The cells of a terminal on the screen: grounds, text, lines beneath and through it, the caret, and the bar at the right.
//!
//! Each character stands in its own cell whatever its font thinks of its width: runs in which all glyphs are as wide as a cell are
//! laid out at once, others character by character.

use egui::text::{LayoutJob, TextFormat};
use egui::{Color32, CursorIcon, FontId, Rect, Sense, Stroke, StrokeKind, Ui, pos2, vec2};
use terminal::{CaretShape, CellStyle, ScreenCaret, ScreenRun};

use super::super::{TerminalEvent, TerminalTab, look};
use super::{cell_rect, id};
use crate::event::Event;
use crate::ui::code;
use crate::ui::theme::{self, Theme};

/// Width of the bar at the right.
const BAR: f32 = 8.0;
/// The bar's handle is no lower.
const MIN_HANDLE: f32 = 24.0;

/// Fonts and cells, measured.
pub struct Cells {
    pub width: f32,
    pub height: f32,
    /// Where the cells are.
    pub place: Rect,
    regular: FontId,
    bold: FontId,
    italic: FontId,
}

impl Cells {
    /// Measures the cells of a font size in a place.
    pub fn measured(ui: &Ui, size: f32, place: Rect) -> Cells {
        let regular = theme::code(size);
        let pixels = ui.pixels_per_point();
        let (width, height) =
            ui.fonts_mut(|fonts| (fonts.glyph_width(&regular, '0'), fonts.row_height(&regular)));
        Cells {
            width: width.max(1.0),
            height: ((height * pixels).round() / pixels).max(1.0),
            place,
            regular,
            bold: theme::code_bold(size),
            italic: theme::code_italic(size),
        }
    }

    fn font(&self, style: &CellStyle) -> &FontId {
        match (style.bold, style.italic) {
            (true, _) => &self.bold,
            (false, true) => &self.italic,
            (false, false) => &self.regular,
        }
    }
}

/// What is drawn with.
pub struct GridFrame<'a> {
    pub theme: &'a Theme,
    pub cells: &'a Cells,
    pub focused: bool,
    /// The cells of the link under the pointer: row, first column, columns.
    pub link: Option<&'a (usize, usize, usize)>,
}

/// Paints what is seen; where the caret stands.
pub fn paint(ui: &Ui, tab: &TerminalTab, frame: &GridFrame<'_>) -> Option<Rect> {
    for (index, row) in tab.screen.rows.iter().enumerate() {
        // A panel that has just become lower shows what there is room for.
        if frame.cells.place.top() + index as f32 * frame.cells.height > frame.cells.place.bottom() {
            break;
        }
        for run in &row.runs {
            paint_ground(ui, frame, index, run);
        }
        for run in &row.runs {
            paint_text(ui, frame, index, run, look::ink(frame.theme, &run.style));
        }
    }
    if let Some((row, column, columns)) = frame.link {
        let rect = cell_rect(frame.cells, *row, *column, *columns);
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.5, Stroke::new(1.0, frame.theme.accent));
    }
    let caret = tab.screen.caret?;
    Some(paint_caret(ui, tab, frame, caret))
}

fn paint_ground(ui: &Ui, frame: &GridFrame<'_>, row: usize, run: &ScreenRun) {
    if let Some(ground) = look::ground(frame.theme, &run.style) {
        let rect = cell_rect(frame.cells, row, run.column, run.columns);
        ui.painter().rect_filled(snapped(ui, rect), 0.0, ground);
    }
}

/// On whole pixels, so that grounds beside each other leave no gap.
fn snapped(ui: &Ui, rect: Rect) -> Rect {
    let pixels = ui.pixels_per_point();
    let snap = |value: f32| (value * pixels).round() / pixels;
    Rect::from_min_max(
        pos2(snap(rect.left()), snap(rect.top())),
        pos2(snap(rect.right()), snap(rect.bottom())),
    )
}

fn paint_text(ui: &Ui, frame: &GridFrame<'_>, row: usize, run: &ScreenRun, ink: Color32) {
    let style = &run.style;
    let rect = cell_rect(frame.cells, row, run.column, run.columns);
    if !run.text.trim().is_empty() {
        let font = frame.cells.font(style);
        if is_even(ui, frame.cells, font, run) {
            lay(ui, &run.text, font, ink, rect);
        } else {
            characters(ui, frame, font, run, ink, rect);
        }
    }
    if style.underline {
        ui.painter().hline(rect.x_range(), rect.bottom() - 1.5, Stroke::new(1.0, ink));
    }
    if style.strike {
        ui.painter().hline(rect.x_range(), rect.center().y, Stroke::new(1.0, ink));
    }
}

/// Is every glyph of the run as wide as a cell?
fn is_even(ui: &Ui, cells: &Cells, font: &FontId, run: &ScreenRun) -> bool {
    if run.text.is_ascii() {
        return true;
    }
    if run.is_wide() || run.text.chars().count() != run.columns {
        return false;
    }
    let even = |fonts: &mut egui::epaint::FontsView<'_>| {
        run.text.chars().all(|c| c.is_ascii() || (fonts.glyph_width(font, c) - cells.width).abs() < 0.02)
    };
    ui.fonts_mut(even)
}

fn lay(ui: &Ui, text: &str, font: &FontId, ink: Color32, rect: Rect) {
    let mut job = LayoutJob { break_on_newline: false, ..LayoutJob::default() };
    job.wrap.max_width = f32::INFINITY;
    code::append(&mut job, text, &TextFormat::simple(font.clone(), ink), false);
    let galley = ui.painter().layout_job(job);
    let y = rect.top() + (rect.height() - galley.size().y) / 2.0;
    ui.painter().galley(pos2(rect.left(), y), galley, ink);
}

/// Each character with its marks in the middle of its own cell.
fn characters(ui: &Ui, frame: &GridFrame<'_>, font: &FontId, run: &ScreenRun, ink: Color32, rect: Rect) {
    let step = if run.is_wide() { 2 } else { 1 };
    let mut column = 0;
    let mut cluster = String::new();
    let draw = |cluster: &mut String, column: usize| {
        if !cluster.trim().is_empty() {
            let left = rect.left() + column as f32 * frame.cells.width;
            let cell = Rect::from_min_size(
                pos2(left, rect.top()),
                vec2(step as f32 * frame.cells.width, rect.height()),
            );
            let galley = ui.painter().layout_no_wrap(std::mem::take(cluster), font.clone(), ink);
            let place = cell.center() - galley.size() / 2.0;
            // What is wider than its cell begins where that does.
            ui.painter().galley(pos2(place.x.max(cell.left()), place.y), galley, ink);
        }
        cluster.clear();
    };
    for c in run.text.chars() {
        let is_mark = unicode_width::UnicodeWidthChar::width(c) == Some(0);
        if !is_mark && !cluster.is_empty() {
            draw(&mut cluster, column);
            column += step;
        }
        cluster.push(c);
    }
    draw(&mut cluster, column);
}

fn paint_caret(ui: &Ui, tab: &TerminalTab, frame: &GridFrame<'_>, caret: ScreenCaret) -> Rect {
    let GridFrame { theme, cells, .. } = frame;
    let rect = snapped(ui, cell_rect(cells, caret.row, caret.column, if caret.wide { 2 } else { 1 }));
    let painter = ui.painter();
    match caret.shape {
        _ if !frame.focused => {
            painter.rect_stroke(rect, 0.0, Stroke::new(1.0, theme.muted), StrokeKind::Inside);
        }
        CaretShape::Block => {
            painter.rect_filled(rect, 0.0, theme.accent);
            if let Some(run) = under(tab, caret) {
                paint_text(ui, frame, caret.row, &run, theme.background);
            }
        }
        CaretShape::Underline => {
            painter.rect_filled(rect.with_min_y(rect.bottom() - 2.0), 0.0, theme.accent);
        }
        CaretShape::Beam => {
            painter.rect_filled(rect.with_max_x(rect.left() + 2.0), 0.0, theme.accent);
        }
    }
    rect
}

/// The character under the caret, as a run of its own.
fn under(tab: &TerminalTab, caret: ScreenCaret) -> Option<ScreenRun> {
    let row = tab.screen.rows.get(caret.row)?;
    let run = row.runs.iter().find(|run| (run.column..run.column + run.columns).contains(&caret.column))?;
    if run.is_wide() {
        return Some(run.clone());
    }
    let c = row.text().chars().nth(caret.column)?;
    let style = CellStyle { underline: false, strike: false, ..run.style };
    Some(ScreenRun { column: caret.column, columns: 1, text: c.to_string(), style })
}

/// The bar at the right, while there is history.
pub fn scrollbar(ui: &Ui, body: Rect, tab: &TerminalTab, out: &mut Vec<Event>) {
    let screen = &tab.screen;
    if screen.history == 0 {
        return;
    }
    let theme = Theme::of(ui);
    let track = body.with_min_x(body.right() - BAR);
    let response = ui.interact(track, id().with("bar"), Sense::CLICK | Sense::DRAG);
    let all = (screen.history + screen.rows.len()) as f32;
    let handle = (track.height() * screen.rows.len() as f32 / all)
        .clamp(MIN_HANDLE.min(track.height()), track.height());
    let way = track.height() - handle;
    let top = track.top()
        + way * (screen.history - screen.offset.min(screen.history)) as f32 / screen.history as f32;
    let is_used = response.hovered() || response.dragged();
    if is_used {
        ui.set_cursor_icon(CursorIcon::Default);
    }
    let strength = if is_used { 0.4 } else { 0.2 };
    let shown = Rect::from_min_size(pos2(track.left() + 2.0, top), vec2(BAR - 4.0, handle));
    ui.painter().rect_filled(shown, 2.0, theme::mix(theme.background, theme.text, strength));
    if let Some(point) = response.interact_pointer_pos().filter(|_| way > 0.0 && is_used) {
        let part = ((point.y - track.top() - handle / 2.0) / way).clamp(0.0, 1.0);
        let offset = ((1.0 - part) * screen.history as f32).round() as usize;
        if offset != screen.offset {
            out.push(Event::Terminal(TerminalEvent::ScrollTo(offset)));
        }
    }
}
