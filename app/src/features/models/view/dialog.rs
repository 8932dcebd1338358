//! What must be answered first: the licence in full, the removal of a model, the deletion of leftovers.

use egui::{Id, Key, Label, Margin, RichText, ScrollArea, Ui, vec2};
use models::catalog::CatalogEntry;

use crate::event::{Event, OverlayEvent};
use crate::features::models::ManagerEvent;
use crate::phrases;
use crate::ui::dialog;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::Dialog;

/// Shows the dialog over the window.
pub fn show(ui: &mut Ui, asked: &Dialog, out: &mut Vec<Event>) {
    let room = ui.ctx().content_rect().size();
    let wide = matches!(asked, Dialog::Licence(_));
    let width = if wide { dialog::WIDE } else { dialog::QUESTION };
    dialog::show(ui, Id::unique(("models dialog", wide)), width, |ui| match asked {
        Dialog::Licence(entry) => licence(ui, entry, room.y - 300.0, out),
        Dialog::Remove { name, size, pinned_by, .. } => {
            let pins = match pinned_by.as_slice() {
                [] => String::new(),
                by => format!(" It is in use for {}.", by.join(", ")),
            };
            let text =
                format!("This frees {} on the disk.{pins} It can be installed again.", phrases::bytes(*size));
            question(ui, &format!("Remove {name}?"), &text, "Remove", out);
        }
        Dialog::Clean(leftovers) => {
            let size: u64 = leftovers.iter().map(|leftover| leftover.size).sum();
            let files =
                if leftovers.len() == 1 { "One file".into() } else { format!("{} files", leftovers.len()) };
            let text = format!(
                "{files} that belong to no model, {} in all. Unfinished downloads begin anew.",
                phrases::bytes(size)
            );
            question(ui, "Delete leftovers?", &text, "Delete", out);
        }
    });
}

fn question(ui: &mut Ui, heading: &str, text: &str, yes: &str, out: &mut Vec<Event>) {
    dialog::title(ui, heading);
    dialog::text(ui, text);
    answers(ui, yes, Tone::Danger, out);
}

fn licence(ui: &mut Ui, entry: &CatalogEntry, room: f32, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let Some(licence) = entry.licence() else { return };
    dialog::title(ui, &format!("Install {}?", entry.name));
    dialog::text(ui, &format!("It comes under the {}. {}", licence.name, licence.summary));
    ui.add_space(8.0);
    let frame =
        egui::Frame::new().fill(theme.background).stroke(theme.hairline()).corner_radius(theme::RADIUS);
    frame.inner_margin(Margin::same(12)).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ScrollArea::vertical().max_height(room.clamp(80.0, 420.0)).auto_shrink(false).show(ui, |ui| {
            scroll_by_keys(ui);
            for text in std::iter::once(licence.text).chain(licence.notice) {
                ui.add(
                    Label::new(
                        RichText::new(text.trim_matches('\n')).font(theme::code(11.0)).color(theme.text),
                    )
                    .wrap(),
                );
                ui.add_space(8.0);
            }
        });
    });
    ui.add_space(8.0);
    let source = format!(
        "{} from huggingface.co/{}, checked against its SHA-256.{}",
        phrases::bytes(entry.size),
        entry.repository,
        entry.attribution.as_ref().map(|line| format!(" {line}.")).unwrap_or_default()
    );
    ui.add(Label::new(RichText::new(source).font(theme::caption()).color(theme.muted)).wrap());
    answers(ui, "Accept and download", Tone::Primary, out);
}

/// The text has no control of its own that could have the keyboard.
fn scroll_by_keys(ui: &mut Ui) {
    let page = ui.clip_rect().height() * 0.9;
    let (down, up) = ui.input(|input| (input.key_pressed(Key::PageDown), input.key_pressed(Key::PageUp)));
    let by = page * (f32::from(u8::from(up)) - f32::from(u8::from(down)));
    if by != 0.0 {
        ui.scroll_with_delta(vec2(0.0, by));
    }
}

fn answers(ui: &mut Ui, yes: &str, tone: Tone, out: &mut Vec<Event>) {
    dialog::answers(ui, |ui| {
        if widgets::button(ui, yes, "", tone).clicked() {
            out.push(Event::Models(ManagerEvent::Confirm));
        }
        // What loses or fetches something is never the answer that Enter gives unasked.
        if dialog::cancel(ui, "Cancel", true).clicked() {
            out.push(Event::Overlay(OverlayEvent::Close));
        }
    });
}
