//! Marks of blanks: a dot for a space, an arrow for a tab.

use egui::{Painter, Rect, Shape, Stroke, pos2};
use settings::WhitespaceChoice;

use super::super::view::View;
use super::Frame;
use super::rows::ShownRow;
use crate::ui::theme;

/// Blanks of a row that are marked at most.
const MAX_MARKS: usize = 1000;

/// Marks blanks where the settings say.
pub fn marks(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let choice = frame.state.settings.editor.whitespace;
    let is_selected = frame.selection.spans().iter().any(|span| !span.is_empty());
    if choice == WhitespaceChoice::None || (choice == WhitespaceChoice::Selection && !is_selected) {
        return;
    }
    let ink = theme::mix(frame.theme.background, frame.theme.muted, 0.55);
    let buffer = frame.tab.document.buffer();
    for row in seen {
        let Some(line) = row.line else { continue };
        let start = buffer.line_start(line);
        let is_marked = |column: usize| {
            let at = start + column;
            choice == WhitespaceChoice::All
                || frame.selection.spans().iter().any(|span| span.start() <= at && at < span.end())
        };
        let text = view.line_text(line);
        let chars = text.chars_at(row.columns.start).take(row.columns.len());
        let blanks = chars.enumerate().filter(|(_, c)| matches!(c, ' ' | '\t'));
        let marked = blanks.map(|(index, c)| (row.columns.start + index, c));
        for (column, c) in marked.filter(|(column, _)| is_marked(*column)).take(MAX_MARKS) {
            let place = row.columns_rect(view, &(column..column + 1));
            if painter.clip_rect().x_range().intersection(place.x_range()).span() > 0.0 {
                mark(painter, place, c == '\t', ink);
            }
        }
    }
}

fn mark(painter: &Painter, place: Rect, is_tab: bool, ink: egui::Color32) {
    let middle = place.center();
    if !is_tab {
        painter.circle_filled(middle, 1.0, ink);
        return;
    }
    let (left, right) = (place.left() + 2.0, place.right() - 2.0);
    let stroke = Stroke::new(1.0, ink);
    painter.hline(left..=right, middle.y, stroke);
    let head =
        vec![pos2(right - 3.0, middle.y - 2.5), pos2(right, middle.y), pos2(right - 3.0, middle.y + 2.5)];
    painter.add(Shape::line(head, stroke));
}
