//! The panel with the explanation of a selection, in Markdown as it arrives.

use egui::{Align, Layout, Rect, RichText, ScrollArea, Sense, Ui, UiBuilder, pos2, vec2};

use super::{markdown, widgets};
use crate::event::Event;
use crate::icons;
use crate::state::{ExplainStatus, Explanation, State};
use crate::theme::{self, Theme};

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &State, out: &mut Vec<Event>) {
    let Some(explanation) = &state.explanation else { return };
    header(ui, explanation, out);
    ScrollArea::vertical()
        .auto_shrink(false)
        .stick_to_bottom(explanation.status == ExplainStatus::Running)
        .show(ui, |ui| {
            egui::Frame::new()
                .inner_margin(egui::Margin::symmetric(16, 8))
                .show(ui, |ui| body(ui, state, explanation));
        });
}

fn header(ui: &mut Ui, explanation: &Explanation, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), theme::TABS), Sense::hover());
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let area = rect.shrink2(vec2(4.0, 3.0));
    let builder = UiBuilder::new().max_rect(area).layout(Layout::right_to_left(Align::Center));
    let mut buttons = ui.new_child(builder);
    let running = explanation.status == ExplainStatus::Running;
    let tooltip = if running { "Stop and close" } else { "Close" };
    if widgets::icon_button(&mut buttons, icons::X, theme::CONTROL, "Close explanation", tooltip).clicked() {
        out.push(Event::CloseExplanation);
    }
    let title =
        Rect::from_min_max(pos2(rect.left() + 16.0, rect.top()), pos2(rect.right() - 40.0, rect.bottom()));
    widgets::line_in(ui, title, &explanation.title, theme::semibold(12.0), theme.text);
}

fn body(ui: &mut Ui, state: &State, explanation: &Explanation) {
    let theme = Theme::of(ui);
    ui.spacing_mut().item_spacing.y = 8.0;
    markdown::show(ui, &explanation.text);
    match &explanation.status {
        ExplainStatus::Running if explanation.text.is_empty() => {
            let (words, _) = super::status::doing(&state.worker, theme);
            ui.label(RichText::new(format!("Waiting for the model: {words}.")).color(theme.muted));
        }
        ExplainStatus::Stopped => {
            ui.label(RichText::new("Stopped before its end.").color(theme.muted));
        }
        ExplainStatus::Failed(reason) => {
            ui.label(RichText::new(reason).color(theme.error));
        }
        ExplainStatus::Running | ExplainStatus::Done => {}
    }
}
