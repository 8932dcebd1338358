//! Bars about the file of a text: it cannot be edited, or another program changed it.

use editor_core::file::Fate;
use egui::Ui;
use ground::command::Command;

use crate::event::Event;
use crate::ui::bar::bar;
use crate::ui::icons;
use crate::ui::theme::Theme;
use crate::ui::widgets::{self, Tone};
use crate::workspace::{Reply, Tab};

/// Bars with room for why a file cannot be edited and for the way out by its full name.
const LONG_REASON: f32 = 620.0;

/// Shows what applies.
pub fn show(ui: &mut Ui, tab: &Tab, out: &mut Vec<Event>) {
    if let Some(reason) = tab.document.read_only() {
        let text = ground::words::sentence(&reason.to_string());
        bar(ui, icons::INFO, Theme::of(ui).muted, (&text, &text), |ui| {
            let reopen = Command::ReopenWithEncoding;
            let name = if ui.available_width() < LONG_REASON { "Reopen with…" } else { reopen.name() };
            let button = widgets::button(ui, name, "", Tone::Plain);
            if button.on_hover_text("In an encoding that gives all bytes back it can be edited").clicked() {
                out.push(Event::Command(reopen));
            }
        });
    }
    conflict(ui, tab, out);
}

/// The bar about what another program did to the file.
fn conflict(ui: &mut Ui, tab: &Tab, out: &mut Vec<Event>) {
    let title = tab.document.title();
    let words = match tab.fate {
        Fate::Same => return,
        Fate::Changed => format!("{title} was changed by another program."),
        Fate::Gone => format!("{title} was deleted on disk. Its text is kept here; saving creates it again."),
        Fate::NoFile => format!("{title} is no longer a file on disk. Its text is kept here."),
    };
    let warning = Theme::of(ui).warning;
    bar(ui, icons::WARNING, warning, (&words, &words), |ui| {
        let mut control = |text: &str, tooltip: &str, event: Event| {
            if widgets::button(ui, text, "", Tone::Plain).on_hover_text(tooltip).clicked() {
                out.push(event);
            }
        };
        let reply = |reply: Reply| Event::Conflict(tab.id, reply);
        match tab.fate {
            Fate::Same => {}
            Fate::Changed => {
                control("Keep mine", "Saving will ask before it overwrites", reply(Reply::Cancel));
                control("Reload", "Take the file's text; undo brings yours back", reply(Reply::Discard));
                control("Compare", "Show what changed, to take it piece by piece", reply(Reply::Compare));
            }
            Fate::Gone => control("Save", "Create the file again", reply(Reply::Yes)),
            Fate::NoFile => {
                control("Save as", "Save the text under another name", Event::Command(Command::SaveAs));
            }
        }
    });
}
