//! The catalogue: cards with size, licence, fit and speed for this machine.

use egui::{Rect, Sense, StrokeKind, Ui, UiBuilder, pos2, vec2};
use models::catalog::ModelRole;

use crate::event::Event;
use crate::features::models::ManagerEvent;
use crate::phrases;
use crate::ui::menu::{self, MenuLine};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::{Card, Manager, ModelInventory};

/// Height of a card.
const HEIGHT: f32 = 158.0;
/// Between cards.
const GAP: f32 = 12.0;
/// Columns narrower than this become one.
const NARROW: f32 = 320.0;

/// Shows chips and cards.
pub fn show(ui: &mut Ui, manager: &Manager, shelf: &ModelInventory, out: &mut Vec<Event>) {
    parts::heading(ui, "Catalogue", |_| ());
    filters(ui, manager.filter, out);
    ui.add_space(8.0);
    let wanted = |card: &&Card| manager.filter.is_none_or(|role| card.entry.roles.contains(&role));
    let cards: Vec<&Card> = shelf.catalogue.iter().filter(wanted).collect();
    if cards.is_empty() {
        return parts::quiet(ui, "No models match. Choose All to see every model.");
    }
    let columns = if (ui.available_width() - GAP) / 2.0 >= NARROW { 2 } else { 1 };
    let width = ((ui.available_width() - GAP * (columns - 1) as f32) / columns as f32).floor();
    for row in cards.chunks(columns) {
        let (place, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
        for (column, card) in row.iter().enumerate() {
            let left = place.left() + column as f32 * (width + GAP);
            let rect = Rect::from_min_size(pos2(left, place.top()), vec2(width, HEIGHT));
            ui.push_id(&card.entry.id, |ui| show_card(ui, rect, manager, shelf, card, out));
        }
        ui.add_space(GAP - 2.0 * ui.spacing().item_spacing.y);
    }
}

fn filters(ui: &mut Ui, filter: Option<ModelRole>, out: &mut Vec<Event>) {
    let all = [
        (None, "All"),
        (Some(ModelRole::Code), "Code"),
        (Some(ModelRole::General), "General"),
        (Some(ModelRole::Completion), "Completion"),
    ];
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        for (role, word) in all {
            let name = format!("Show {} models", word.to_lowercase());
            if parts::chip(ui, word, &name, filter == role).on_hover_text(&name).clicked() {
                out.push(Event::Models(ManagerEvent::Filter(role)));
            }
        }
    });
}

fn show_card(
    ui: &mut Ui,
    rect: Rect,
    manager: &Manager,
    shelf: &ModelInventory,
    card: &Card,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let radius = f32::from(theme::RADIUS_POPOVER);
    ui.painter().rect_filled(rect, radius, theme.surface);
    ui.painter().rect_stroke(rect, radius, theme.hairline(), StrokeKind::Inside);
    let card_response = ui.interact(rect, ui.scope_id().with("card"), Sense::CLICK);
    menu::of(ui, &card_response, "Menu of the model", || lines(manager, shelf, card), out);
    let inner = rect.shrink2(vec2(14.0, 12.0));
    let mut child = ui.new_child(UiBuilder::new().max_rect(inner));
    child.set_clip_rect(rect.intersect(ui.clip_rect()));
    let ui = &mut child;
    ui.spacing_mut().item_spacing = vec2(4.0, 2.0);
    about(ui, card, inner.width());
    let foot = Rect::from_min_max(pos2(inner.left(), inner.bottom() - theme::CONTROL), inner.max);
    let mut foot = ui.new_child(UiBuilder::new().max_rect(foot));
    parts::line(
        &mut foot,
        theme::CONTROL,
        |ui, rect| {
            let speed = format!("{}, {}", phrases::roles(&card.entry.roles), phrases::speed(card.speed));
            parts::text(ui, rect, &speed, theme::caption(), theme.muted);
        },
        |ui| action(ui, manager, shelf, card, out),
    );
}

/// What can be done with an entry.
fn lines(manager: &Manager, shelf: &ModelInventory, card: &Card) -> Vec<MenuLine> {
    let entry = &card.entry;
    let can_install = !card.installed && !shelf.air_gapped && manager.download_of(&entry.id).is_none();
    let install = Event::Models(ManagerEvent::AskInstall(entry.id.clone()));
    menu::grouped([
        vec![MenuLine::event("Install…", "", install).only_if(can_install)],
        vec![
            MenuLine::copy("Copy name", entry.name.as_str()),
            MenuLine::copy("Copy id", entry.id.as_str()),
            MenuLine::copy("Copy repository", entry.repository.as_str()),
            MenuLine::copy("Copy SHA-256", entry.sha256.to_string()),
        ],
        vec![MenuLine::event("Import a file…", "", Event::Models(ManagerEvent::AskImport))],
    ])
}

fn about(ui: &mut Ui, card: &Card, width: f32) {
    let theme = Theme::of(ui);
    let entry = &card.entry;
    let size = phrases::bytes(entry.size);
    parts::line(
        ui,
        20.0,
        |ui, rect| parts::text(ui, rect, &entry.name, theme::semibold(13.0), theme.text),
        |ui| ui.label(egui::RichText::new(size).font(theme::label()).color(theme.muted)),
    );
    let licence = entry.licence().map_or(entry.licence.as_str(), |licence| licence.name);
    let facts =
        format!("{} parameters, {}, {licence}", phrases::parameters(entry.parameters), entry.quantisation);
    let rect = ui.allocate_exact_size(vec2(width, 18.0), Sense::hover()).0;
    parts::text(ui, rect, &facts, theme::caption(), theme.muted);
    ui.add_space(2.0);
    let top = ui.cursor().top();
    parts::paragraph(ui, &entry.about, theme.text, 2, width);
    // As if it had two lines, so that what comes next stands level in a row of cards.
    let rect = Rect::from_min_size(pos2(ui.min_rect().left(), top + 34.0), vec2(width, 18.0));
    parts::dot(ui, rect, parts::colour(theme, &card.fit.verdict));
    parts::text(
        ui,
        rect.with_min_x(rect.left() + 14.0),
        &phrases::fit(&card.fit),
        theme::label(),
        theme.text,
    );
}

fn action(ui: &mut Ui, manager: &Manager, shelf: &ModelInventory, card: &Card, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let entry = &card.entry;
    if card.installed {
        ui.label(egui::RichText::new("Installed").font(theme::medium(12.0)).color(theme.added));
        ui.label(egui::RichText::new(icons::CHECK).font(theme::icon(14.0)).color(theme.added));
        return;
    }
    if manager.download_of(&entry.id).is_some() {
        ui.label(egui::RichText::new("Downloading").font(theme::medium(12.0)).color(theme.accent));
        return;
    }
    let tooltip = if shelf.air_gapped {
        "LocalCoder is air-gapped: import the file instead".to_owned()
    } else {
        format!("Shows the licence, then downloads {}", phrases::bytes(entry.size))
    };
    ui.add_enabled_ui(!shelf.air_gapped, |ui| {
        let button = widgets::button(ui, "Install", "", Tone::Plain);
        let button = button.on_hover_text(&tooltip).on_disabled_hover_text(&tooltip);
        if button.accessible_name(format!("Install {}", entry.name)).clicked() {
            out.push(Event::Models(ManagerEvent::AskInstall(entry.id.clone())));
        }
    });
}
