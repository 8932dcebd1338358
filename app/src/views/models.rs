//! The model panel: what is installed, what the catalogue offers, what goes on, and what lies about on the disk.

mod catalogue;
mod dialog;
mod disk;
mod installed;
pub(super) mod parts;
#[cfg(test)]
mod tests;
pub(super) mod work;

use egui::{Rect, RichText, ScrollArea, Ui, UiBuilder, pos2, vec2};
use ground::command::Command;
use models::fit;

pub use self::dialog::show as dialog;
use super::widgets::{self, Tone};
use crate::event::Event;
use crate::icons;
use crate::manager::{ManagerEvent, ModelInventory};
use crate::state::State;
use crate::theme::{self, Theme};
use crate::words;

/// Widest column: longer lines are hard to follow.
const WIDTH: f32 = 880.0;

/// Shows the panel.
pub fn show(ui: &mut Ui, state: &State, out: &mut Vec<Event>) {
    header(ui, out);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        column(ui, |ui| match &state.manager.shelf {
            None => widgets::empty(ui, "Looking for models…"),
            Some(Err(reason)) => failed(ui, reason, out),
            Some(Ok(shelf)) => page(ui, state, shelf, out),
        });
    });
}

fn header(ui: &mut Ui, out: &mut Vec<Event>) {
    parts::title_bar(ui, "Models", |ui| {
        if parts::icon(ui, icons::X, "Close models", "Close (Esc)").clicked() {
            out.push(Event::Models(ManagerEvent::Close));
        }
        if parts::icon(ui, icons::REFRESH, "Refresh models", "List everything again").clicked() {
            out.push(Event::Models(ManagerEvent::Refresh));
        }
    });
}

/// A column in the middle, as wide as is good to read.
pub(super) fn column(ui: &mut Ui, content: impl FnOnce(&mut Ui)) {
    let all = ui.available_rect_before_wrap();
    let width = (all.width() - 32.0).min(WIDTH);
    let left = (all.left() + (all.width() - width) / 2.0).floor();
    let rect = Rect::from_min_size(pos2(left, all.top() + 16.0), vec2(width, all.height()));
    ui.scope_builder(UiBuilder::new().max_rect(rect), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing = vec2(8.0, 4.0);
        content(ui);
        ui.add_space(24.0);
    });
}

fn failed(ui: &mut Ui, reason: &str, out: &mut Vec<Event>) {
    ui.label(RichText::new(reason).color(Theme::of(ui).error));
    ui.add_space(8.0);
    if widgets::button(ui, "Try again", "", Tone::Plain).clicked() {
        out.push(Event::Models(ManagerEvent::Refresh));
    }
}

fn page(ui: &mut Ui, state: &State, shelf: &ModelInventory, out: &mut Vec<Event>) {
    if shelf.air_gapped {
        air_gapped(ui, state.settings.privacy.air_gapped, out);
    }
    work::show(ui, &state.manager.work, out);
    installed::show(ui, state, shelf, out);
    ui.add_space(24.0);
    catalogue::show(ui, &state.manager, shelf, out);
    disk::found(ui, shelf, out);
    disk::leftovers(ui, shelf, out);
    ui.add_space(24.0);
    machine(ui, state, shelf);
}

/// Why nothing can be downloaded: because of the `settings`, or because they said so when LocalCoder was started.
fn air_gapped(ui: &mut Ui, settings: bool, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let text = match settings {
        true => {
            "LocalCoder is air-gapped: it makes no connection, so nothing can be downloaded. Carry a model file here \
                 and import it."
        }
        false => {
            "LocalCoder has been air-gapped since it was started, and the kernel keeps it so. Quit and start it again to download; \
                  your files come back as they are."
        }
    };
    ui.horizontal_wrapped(|ui| {
        ui.label(RichText::new(icons::INFO).font(theme::icon(15.0)).color(theme.warning));
        ui.label(RichText::new(text).font(theme::body()).color(theme.text));
        if !settings && widgets::button(ui, "Quit to restart", "", Tone::Plain).clicked() {
            out.push(Event::Command(Command::Quit));
        }
    });
    ui.add_space(16.0);
}

/// What everything above was judged for.
fn machine(ui: &mut Ui, state: &State, shelf: &ModelInventory) {
    let memory = shelf.machine.memory;
    let budget = state.worker.memory.map_or_else(|| fit::budget(memory), |(_, budget)| budget);
    let text = format!(
        "This machine has {} of memory, {} of it for models. Models lie in {} and take {}; {} are free there.",
        words::bytes(memory.total),
        words::bytes(budget),
        shelf.root.display(),
        words::bytes(shelf.usage.installed),
        words::bytes(shelf.usage.free),
    );
    ui.add(egui::Label::new(RichText::new(text).font(theme::caption()).color(Theme::of(ui).muted)).wrap());
}

/// The button that asks for a file.
fn import_button(ui: &mut Ui, tone: Tone, out: &mut Vec<Event>) {
    let tooltip = "Import a GGUF file. You can also drop it on the window";
    if widgets::button(ui, "Import file…", "", tone).on_hover_text(tooltip).clicked() {
        out.push(Event::Models(ManagerEvent::AskImport));
    }
}
