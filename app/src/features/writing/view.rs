//! The bar above a text that the model writes.

use egui::Ui;

use super::WritingEvent;
use crate::event::Event;
use crate::ui::bar::bar;
use crate::ui::icons;
use crate::ui::theme::Theme;
use crate::ui::widgets::{self, Tone};
use crate::workspace::{Workspace, Writing, WritingStatus};

/// The bar above a commit message.
pub fn show(ui: &mut Ui, writing: &Writing, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (icon, ink, words) = match &writing.status {
        WritingStatus::Running => {
            (icons::SPARKLES, theme.accent, format!("{}  ·  {}", writing.note, workspace.worker.waiting()))
        }
        WritingStatus::Done => (icons::SPARKLES, theme.accent, writing.note.clone()),
        WritingStatus::Stopped => (icons::INFO, theme.muted, format!("{}  ·  stopped", writing.note)),
        WritingStatus::Failed(reason) => (icons::CIRCLE_ALERT, theme.error, reason.clone()),
    };
    bar(ui, icon, ink, (&words, &words), |ui| {
        let mut control = |ui: &mut Ui, text: &str, tooltip: &str, tone: Tone, event: WritingEvent| {
            if widgets::button(ui, text, "", tone).on_hover_text(tooltip).clicked() {
                out.push(Event::Writing(event));
            }
        };
        if writing.status == WritingStatus::Running {
            return control(ui, "Stop", "Keep what was written so far", Tone::Plain, WritingEvent::Stop);
        }
        control(ui, "Copy", "Copy the message", Tone::Primary, WritingEvent::Copy);
        control(
            ui,
            "Use for commit",
            "Make it the message of the next commit",
            Tone::Plain,
            WritingEvent::Use,
        );
        control(ui, "Write again", "From what is staged now", Tone::Plain, WritingEvent::Again);
    });
}
