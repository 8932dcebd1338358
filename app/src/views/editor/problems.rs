//! What checkers say of the lines that are seen: a wave beneath the words, and what is said where the pointer rests.

use editor_core::diff::RowKind;
use egui::{Role, Sense, Shape, Stroke, Ui, WidgetInfo, pos2};
use ground::command::Command;

use super::line::Lines;
use super::rows::Row;
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
    for row in view.seen_rows() {
        let Row::Line(line) = view.rows.at(row) else { continue };
        // What a review takes away needs no mark any more.
        if view.review_row(row).is_some_and(|diff| diff.kind == RowKind::Removed) {
            continue;
        }
        let own = buffer.line_start(line)..buffer.line_end(line);
        for (index, problem) in tab.problems.iter().enumerate() {
            let Some(columns) = within(&problem.range, &own).filter(|columns| !columns.is_empty()) else {
                continue;
            };
            let Some(laid) = view.lay_out_line(ui.painter(), lines, line, &[]) else { continue };
            let (left, right) = (view.x(laid.x(columns.start)), view.x(laid.x(columns.end)));
            let place = view.row_rect(row).with_min_x(left.max(view.text.left())).with_max_x(right);
            let (step, height) = WAVE;
            let turns = ((right - left) / step).ceil() as usize;
            let turn = |turn: usize| {
                let bottom = place.bottom() - 1.0;
                pos2(left + turn as f32 * step, if turn.is_multiple_of(2) { bottom } else { bottom - height })
            };
            let wave = Shape::line((0..=turns).map(turn).collect(), Stroke::new(1.2, ink));
            ui.painter().with_clip_rect(place.intersect(ui.clip_rect())).add(wave);
            let response = ui.interact(place, ui.scope_id().with(("problem", index)), Sense::hover());
            let words = problem.words();
            response.widget_info(|| WidgetInfo::labeled(Role::Label, true, &words));
            response.on_hover_text_at_pointer(format!("{words}\n{}", Command::ExplainError.tooltip()));
        }
    }
}
