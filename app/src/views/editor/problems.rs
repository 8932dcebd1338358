//! What checkers say of the lines that are seen: a wave beneath the words, and what is said where the pointer rests.

use editor_core::diff::RowKind;
use editor_core::rows::RowContent;
use egui::{Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};
use ground::command::Command;

use super::line::Lines;
use super::view::View;
use super::within;
use crate::ui::theme::Theme;
use crate::workspace::Tab;

/// Points from one turn of the wave to the next, and from its top to its bottom.
const WAVE: (f32, f32) = (2.5, 2.0);

/// Marks the problems of the lines that are seen.
pub fn show(ui: &Ui, tab: &Tab, view: &View<'_>, lines: &mut Lines) {
    if tab.problems.is_empty() {
        return;
    }
    let (ink, buffer) = (Theme::of(ui).error, tab.document.buffer());
    for (number, row) in view.seen.iter().enumerate() {
        let RowContent::Text { line, columns: shown, indent, .. } = &row.content else { continue };
        let line = *line;
        // What a review takes away needs no mark any more.
        if view.review_row(&row.content).is_some_and(|diff| diff.kind == RowKind::Removed) {
            continue;
        }
        let own = buffer.line_start(line)..buffer.line_end(line);
        for (index, problem) in tab.problems.iter().enumerate() {
            let Some(columns) = within(&problem.range, &own) else { continue };
            let (start, end) = (columns.start.max(shown.start), columns.end.min(shown.end));
            if start >= end {
                continue;
            }
            let Some(laid) = view.lay_out_row(ui.painter(), lines, (line, shown), &[]) else { continue };
            let x = |column: usize| view.x(*indent as f32 * view.pen_cell() + laid.x(column - shown.start));
            let (left, right) = (x(start), x(end).min(view.text.right()));
            let place = row.rect.with_min_x(left.max(view.text.left())).with_max_x(right);
            let (step, height) = WAVE;
            let turns = ((right - left) / step).ceil() as usize;
            let turn = |turn: usize| {
                let bottom = place.bottom() - 1.0;
                pos2(left + turn as f32 * step, if turn.is_multiple_of(2) { bottom } else { bottom - height })
            };
            let wave = Shape::line((0..=turns).map(turn).collect(), Stroke::new(1.2, ink));
            ui.painter().with_clip_rect(place.intersect(ui.clip_rect())).add(wave);
            let response = ui.interact(place, ui.scope_id().with(("problem", index, number)), Sense::hover());
            let words = problem.words();
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            response.on_hover_text_at_pointer(format!("{words}\n{}", Command::ExplainError.tooltip()));
        }
    }
}
