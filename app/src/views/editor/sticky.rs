//! The first lines of the functions and types around the top of the screen stay in view, over the text; a click goes to one.

use editor_core::rows::RowTop;
use egui::{CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use ground::ids::TabId;

use super::line::Lines;
use super::paint::{self, Frame};
use super::view::{NUMBERS_END, View};
use crate::event::Event;
use crate::features::text::TextEvent;
use crate::ui::theme::{self, Theme};
use crate::workspace::Tab;

/// Most lines that stay.
const MAX_LINES: usize = 5;

/// The lines that stay above the text for this top of the screen, the outermost first: each begins above it and ends beneath the lines
/// that stay.
pub fn lines(tab: &Tab, view: &View<'_>) -> Vec<usize> {
    let mut stay: Vec<usize> = Vec::new();
    let top = view.top();
    if top <= RowTop::default() || tab.review.is_some() {
        return stay;
    }
    let Some(tree) = tab.highlighter.tree() else { return stay };
    let buffer = tab.document.buffer();
    // What stays covers further lines, whose scopes stay as well.
    for _ in 0..MAX_LINES {
        let beneath = view.rows.shifted(top, stay.len() as f64);
        let Some(first) = first_text(view, beneath) else { break };
        let position = buffer.line_end(first);
        let scopes = tree.enclosing_scopes(tab.document.rope(), position);
        let around =
            scopes.iter().map(|scope| (buffer.line_of(scope.range.start), buffer.line_of(scope.range.end)));
        let mut found: Vec<usize> = around
            .filter(|(header, last)| *header < first && *last > first && *last > *header + 1)
            .map(|(header, _)| header)
            .collect();
        found.dedup();
        found.truncate(MAX_LINES);
        if found.len() <= stay.len() {
            break;
        }
        found.truncate(stay.len() + 1);
        stay = found;
    }
    stay
}

fn first_text(view: &View<'_>, top: RowTop) -> Option<usize> {
    (top.line < view.rows.lines()).then_some(top.line)
}

/// How many lines stay above a position when it is at the top.
pub fn depth(tab: &Tab, position: usize) -> usize {
    let Some(tree) = tab.highlighter.tree().filter(|_| tab.review.is_none()) else { return 0 };
    tree.enclosing_scopes(tab.document.rope(), position).len().min(MAX_LINES)
}

/// Draws them, and returns where they are: a press there selects nothing.
pub fn show(
    ui: &Ui,
    frame: &Frame<'_>,
    view: &View<'_>,
    laid: &mut Lines,
    out: &mut Vec<Event>,
) -> Option<Rect> {
    let stay = lines(frame.tab, view);
    if stay.is_empty() {
        return None;
    }
    let theme = Theme::of(ui);
    let height = view.row_height;
    let all = Rect::from_min_size(
        view.rect.min,
        vec2(view.text.right() - view.rect.left(), height * stay.len() as f32),
    );
    ui.painter().rect_filled(all, 0.0, theme.background);
    ui.painter().hline(all.x_range(), all.bottom(), theme.hairline());
    for (number, line) in stay.into_iter().enumerate() {
        let top = view.rect.top() + height * number as f32;
        let row = Rect::from_min_size(pos2(view.rect.left(), top), vec2(all.width(), height));
        one(ui, frame, view, laid, (line, row), out);
    }
    Some(all)
}

fn one(
    ui: &Ui,
    frame: &Frame<'_>,
    view: &View<'_>,
    laid: &mut Lines,
    (line, row): (usize, Rect),
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let id: TabId = frame.tab.id;
    let response = ui.interact(row, view.widget.with(("sticky", line)), Sense::click());
    let buffer = frame.tab.document.buffer();
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Go to line {}", line + 1)));
    if response.hovered() {
        ui.painter().rect_filled(row.with_min_x(view.text.left() - 4.0), 0.0, theme.hover(theme.background));
        ui.set_cursor_icon(CursorIcon::PointingHand);
    }
    let faint = theme::mix(theme.background, theme.muted, 0.7);
    let right = pos2(view.text.left() - NUMBERS_END, row.center().y);
    ui.painter().text(right, egui::Align2::RIGHT_CENTER, line + 1, theme::code(12.0), faint);
    let clip = row.with_min_x(view.text.left()).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(clip);
    let inks = paint::inks_of_line(frame, view, line);
    let columns = 0..view.rows.wrapped(line).columns(0).end;
    if let Some(galley) = view.lay_out_row(&painter, laid, (line, &columns), &inks) {
        let top = (row.center().y - galley.galley.size().y / 2.0).round();
        painter.galley(pos2(view.x(galley.left), top), galley.galley.clone(), theme.text);
    }
    if response.clicked() {
        let start = editor_core::movement::first_non_blank(frame.tab.document.rope(), line);
        out.push(Event::Text(TextEvent::GoTo(id, start.min(buffer.line_end(line)))));
    }
}
