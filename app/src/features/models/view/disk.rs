//! Models that other tools left on this machine, and files that belong to none.

use egui::Ui;
use models::import::{FoundModel, ImportMode};
use models::store::{Leftover, LeftoverKind};

use crate::event::Event;
use crate::features::models::ManagerEvent;
use crate::phrases;
use crate::ui::parts;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::ModelInventory;

/// Shows models of other tools, when there are any.
pub fn found(ui: &mut Ui, shelf: &ModelInventory, out: &mut Vec<Event>) {
    if shelf.found.is_empty() {
        return;
    }
    ui.add_space(24.0);
    parts::heading(ui, "Found in other tools", |_| ());
    for (index, found) in shelf.found.iter().enumerate() {
        ui.push_id(index, |ui| found_row(ui, found, out));
    }
}

fn found_row(ui: &mut Ui, found: &FoundModel, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let Some(file) = found.files.first() else { return };
    let mut take = |mode| out.push(Event::Models(ManagerEvent::Import(file.clone(), mode)));
    parts::line(
        ui,
        theme::CONTROL,
        |ui, rect| {
            let width = parts::text(ui, rect, &found.name, theme::body(), theme.text);
            let rest = rect.with_min_x((rect.left() + width + 8.0).min(rect.right()));
            let detail = format!("{}, {}", phrases::tool(found.tool), phrases::bytes(found.size));
            parts::text(ui, rest, &detail, theme::label(), theme.muted);
        },
        |ui| {
            let link = widgets::button(ui, "Link", "", Tone::Plain)
                .on_hover_text("Use the file where it is; takes no space, but it must stay there");
            if link.accessible_name(format!("Link {}", found.name)).clicked() {
                take(ImportMode::Symlink);
            }
            let copy =
                widgets::button(ui, "Import", "", Tone::Plain).on_hover_text("Copy it into the model folder");
            if copy.accessible_name(format!("Import {}", found.name)).clicked() {
                take(ImportMode::Copy);
            }
        },
    );
}

/// Shows leftovers, when there are any.
pub fn leftovers(ui: &mut Ui, shelf: &ModelInventory, out: &mut Vec<Event>) {
    if shelf.leftovers.is_empty() {
        return;
    }
    ui.add_space(24.0);
    parts::heading(ui, "Leftovers", |ui| {
        let button = widgets::button(ui, "Clean up…", "", Tone::Plain).on_hover_text("Delete these files");
        if button.clicked() {
            out.push(Event::Models(ManagerEvent::AskClean));
        }
    });
    for leftover in &shelf.leftovers {
        row(ui, leftover);
    }
}

fn row(ui: &mut Ui, leftover: &Leftover) {
    let theme = Theme::of(ui);
    let kind = match leftover.kind {
        LeftoverKind::Partial => "unfinished; installing the model again resumes it",
        LeftoverKind::Quarantined => "failed its check",
        LeftoverKind::Orphan => "belongs to no model; can be imported",
    };
    let name = leftover.path.file_name().unwrap_or_default().to_string_lossy();
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 22.0), egui::Sense::hover());
    let text = format!("{}, {kind}: {name}", phrases::bytes(leftover.size));
    parts::text(ui, rect, &text, theme::label(), theme.muted);
}
