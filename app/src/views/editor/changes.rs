//! What differs from what git has, beside the lines that are seen: marks, the old text of one, and the ways out of conflicts.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use git::lines::ChangeKind;
use ground::command::Command;

use super::view::{NUMBERS_END, View};
use crate::event::Event;
use crate::features::changes::view::peek;
use crate::features::changes::{ChangesEvent, marks};
use crate::state::State;
use crate::ui::theme::Theme;
use crate::workspace::Tab;

/// Width of a mark, and of the place beside the text where it is clicked.
const MARK: (f32, f32) = (3.0, 10.0);

/// Shows the marks of the lines that are seen. A review has marks of its own.
pub fn show(ui: &mut Ui, state: &State, tab: &Tab, view: &View<'_>, out: &mut Vec<Event>) {
    let Some(known) = state.changes.marks.get(&tab.id).filter(|_| tab.review.is_none()) else { return };
    for (index, mark) in known.marks.iter().enumerate() {
        let lines = marks::lines(&tab.document, mark);
        if let Some(rows) = view.lines_rect(&lines) {
            one(ui, tab, view, (index, mark), rows, out);
        }
    }
    if known.of.revision == tab.document.revision() {
        for conflict in &known.conflicts {
            let line = conflict.all.start;
            if let Some(rows) = view.lines_rect(&(line..line + 1)) {
                let row = rows.with_max_y(rows.top() + view.row_height);
                peek::conflict(ui, tab.id, conflict, row, out);
            }
        }
    }
    if let Some((known, mark)) = marks::shown(&state.changes, tab) {
        let place = known.marks.iter().position(|other| other == mark).map_or(1, |at| at + 1);
        let lines = marks::lines(&tab.document, mark);
        let row = view.line_rect(lines.end - 1);
        let room = view.rect.with_min_x(view.text.left() - 8.0);
        let size = state.settings.editor.font_size;
        peek::show(ui, (known, mark), (place, known.marks.len()), (row, room), size, out);
    }
}

fn one(
    ui: &Ui,
    tab: &Tab,
    view: &View<'_>,
    (index, mark): (usize, &crate::features::changes::LineMark),
    rows: Rect,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let kind = mark.change.kind();
    let left = view.text.left() - NUMBERS_END + 1.0;
    // What is gone has no line of its own: it is marked where it was.
    let place = match kind {
        ChangeKind::Deleted => Rect::from_min_size(pos2(left, rows.top() - 4.0), vec2(MARK.1, 8.0)),
        _ => Rect::from_min_size(pos2(left, rows.top()), vec2(MARK.1, rows.height())),
    };
    let response = ui.interact(place, ui.scope_id().with(("mark", index)), Sense::click());
    let words = peek::words(mark);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Change: {words}")));
    let ink = peek::colour(theme, kind);
    let grown = if response.hovered() { 2.0 } else { 0.0 };
    if kind == ChangeKind::Deleted {
        let (x, y) = (left + 1.0, rows.top());
        let points = vec![pos2(x, y - 4.0), pos2(x + 6.0 + grown, y), pos2(x, y + 4.0)];
        ui.painter().add(egui::Shape::convex_polygon(points, ink, egui::Stroke::NONE));
    } else {
        let bar = Rect::from_min_size(pos2(left + 1.0, rows.top()), vec2(MARK.0 + grown, rows.height()));
        ui.painter().rect_filled(bar, 0.0, ink);
    }
    if response.hovered() {
        ui.set_cursor_icon(egui::CursorIcon::PointingHand);
    }
    if response.clicked() {
        out.push(Event::Changes(ChangesEvent::Peek(tab.id, mark.at.start)));
    }
    response.on_hover_text(format!("{words}\n{}", Command::PeekChange.tooltip()));
}
