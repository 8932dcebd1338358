//! The next commit: its message, and what is to be done with it.

use egui::{TextEdit, Ui, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::features::changes::{Changes, ChangesEvent, Looked};
use crate::ui::parts;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};

/// Rows of the message that are shown.
const ROWS: usize = 3;

/// The id of the message.
pub fn message_id() -> egui::Id {
    egui::Id::unique("commit message")
}

/// Shows it.
pub fn show(ui: &mut Ui, changes: &Changes, found: &Looked, out: &mut Vec<Event>) {
    let page = &changes.page;
    let frame = egui::Frame::new().inner_margin(egui::Margin { left: 16, right: 12, top: 12, bottom: 4 });
    frame.show(ui, |ui| {
        ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
        message(ui, changes, out);
        ui.horizontal_wrapped(|ui| {
            let staged = found.status.staged().count();
            let word = if page.commit.amend { "Amend" } else { "Commit" };
            let can =
                found.status.under_way.is_none() && !page.is_writing && (staged > 0 || page.commit.amend);
            let tooltip = match staged {
                0 => "Nothing is staged".to_owned(),
                1 => format!("1 staged file\n{}", Command::CommitStaged.tooltip()),
                count => format!("{count} staged files\n{}", Command::CommitStaged.tooltip()),
            };
            let tone = if can { Tone::Primary } else { Tone::Plain };
            let keys = Command::CommitStaged.key_text();
            let button =
                ui.add_enabled_ui(can, |ui| widgets::sized_button(ui, word, &keys, tone, theme::CONTROL));
            let response = button.inner.on_hover_text(&tooltip).on_disabled_hover_text(&tooltip);
            if response.clicked() {
                out.push(Event::Changes(ChangesEvent::Commit));
            }
            let amend = parts::chip(ui, "Amend", "Amend the last commit", page.commit.amend);
            if amend.on_hover_text("Put what is staged into the last commit").clicked() {
                out.push(Event::Changes(ChangesEvent::Amend(!page.commit.amend)));
            }
            let sign_off = parts::chip(ui, "Sign off", "Sign off the commit", page.commit.sign_off);
            if sign_off.on_hover_text("Add a line that says who signs it off").clicked() {
                out.push(Event::Changes(ChangesEvent::SignOff(!page.commit.sign_off)));
            }
            let write = Command::CommitMessage;
            let button = widgets::sized_button(ui, "Write message", "", Tone::Quiet, 22.0);
            if button.on_hover_text(format!("Let the model write it\n{}", write.tooltip())).clicked() {
                out.push(Event::Command(write));
            }
        });
        if let Some(other) = found.status.under_way {
            let words = format!("{other} is under way. Resolve and stage here, then finish it with git.");
            parts::coloured(ui, &words, Theme::of(ui).warning);
        } else if !found.not_run.is_empty() {
            let words = format!(
                "Not done by a commit from here: {}. Use git where you need it.",
                found.not_run.join(", ")
            );
            parts::coloured(ui, &words, Theme::of(ui).warning);
        }
    });
}

fn message(ui: &mut Ui, changes: &Changes, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let mut text = changes.page.commit.message.clone();
    let width = ui.available_width();
    let frame = egui::Frame::new()
        .fill(theme.raised)
        .stroke(theme.hairline())
        .corner_radius(theme::RADIUS)
        .inner_margin(egui::Margin::symmetric(8, 6));
    let shown = frame.show(ui, |ui| {
        egui::ScrollArea::vertical().id_salt("message").max_height(140.0).show(ui, |ui| {
            TextEdit::multiline(&mut text)
                .id(message_id())
                .font(theme::body())
                .hint_text(egui::RichText::new("What does the commit do?").color(theme.muted))
                .desired_width(width - 18.0)
                .desired_rows(ROWS)
                .frame(egui::Frame::NONE)
                .show(ui)
                .response
                .response
        })
    });
    let response = shown.inner.inner;
    widgets::focus_ring(ui, &response, shown.response.rect);
    if response.changed() {
        out.push(Event::Changes(ChangesEvent::Message(text)));
    }
    response.accessible_name("Commit message");
}
