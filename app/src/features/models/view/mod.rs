//! The model panel: what is installed, what the catalogue offers, what goes on, and what lies about on the disk.

mod catalogue;
mod dialog;
mod disk;
mod installed;
#[cfg(test)]
mod tests;
pub mod work;

use egui::{RichText, ScrollArea, Ui};
use ground::command::Command;
use models::fit;

pub use self::dialog::show as dialog;
use crate::event::Event;
use crate::features::models::ManagerEvent;
use crate::phrases;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::{ModelInventory, Workspace};

/// Shows the panel.
pub fn show(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    header(ui, out);
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| {
        parts::column(ui, |ui| match &workspace.manager.shelf {
            None => widgets::empty(ui, "Looking for models…"),
            Some(Err(reason)) => failed(ui, reason, out),
            Some(Ok(shelf)) => page(ui, workspace, shelf, out),
        });
    });
}

fn header(ui: &mut Ui, out: &mut Vec<Event>) {
    parts::title_bar(ui, "Models", |ui| {
        if parts::icon(ui, icons::REFRESH, "Refresh models", "List everything again").clicked() {
            out.push(Event::Models(ManagerEvent::Refresh));
        }
    });
}

fn failed(ui: &mut Ui, reason: &str, out: &mut Vec<Event>) {
    ui.label(RichText::new(reason).color(Theme::of(ui).error));
    ui.add_space(8.0);
    if widgets::button(ui, "Try again", "", Tone::Plain).clicked() {
        out.push(Event::Models(ManagerEvent::Refresh));
    }
}

fn page(ui: &mut Ui, workspace: &Workspace, shelf: &ModelInventory, out: &mut Vec<Event>) {
    if shelf.air_gapped {
        air_gapped(ui, workspace.settings.privacy.air_gapped, out);
    }
    work::show(ui, &workspace.manager.work, out);
    installed::show(ui, workspace, shelf, out);
    ui.add_space(24.0);
    catalogue::show(ui, &workspace.manager, shelf, out);
    disk::found(ui, shelf, out);
    disk::leftovers(ui, shelf, out);
    ui.add_space(24.0);
    machine(ui, workspace, shelf);
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
fn machine(ui: &mut Ui, workspace: &Workspace, shelf: &ModelInventory) {
    let memory = shelf.machine.memory;
    let budget = workspace.worker.memory.map_or_else(|| fit::budget(memory), |(_, budget)| budget);
    let text = format!(
        "This machine has {} of memory, {} of it for models. Models lie in {} and take {}; {} are free there.",
        phrases::bytes(memory.total),
        phrases::bytes(budget),
        shelf.root.display(),
        phrases::bytes(shelf.usage.installed),
        phrases::bytes(shelf.usage.free),
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
