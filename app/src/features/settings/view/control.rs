//! What a setting is changed with: a switch, chips, a list of models or a field, with the ways back beneath.

use egui::{Id, Rect, RichText, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use settings::SettingsEvent;
use settings::field;
use settings::layers::Origin;
use settings::panel::SettingRow;
use settings::table::{ValueKind, profile_order};
use settings::value::SettingValue;

use super::{AUTOMATIC, SMALL, SettingsMemory, send};
use crate::event::Event;
use crate::ui::icons;
use crate::ui::parts;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::Workspace;

/// Width of the field of a number.
const NUMBER: f32 = 96.0;
/// Width of the field of a text.
const TEXT: f32 = 260.0;

/// The control of a row, with the way back to the default and what is wrong about it.
pub(super) fn show(
    ui: &mut Ui,
    workspace: &Workspace,
    row: &SettingRow,
    memory: &mut SettingsMemory,
    out: &mut Vec<Event>,
) {
    let path = row.key.path();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let change = match row.key.spec.kind {
            ValueKind::Switch => switch(ui, row, &path),
            ValueKind::Choice(words) => choice(ui, row, words.iter().map(|word| (*word).to_owned()), &path),
            ValueKind::Profile => {
                let mut names: Vec<String> = workspace.settings.profiles.keys().cloned().collect();
                names.sort_by(|a, b| profile_order(a).cmp(&profile_order(b)));
                choice(ui, row, names.into_iter(), &path)
            }
            ValueKind::Theme => {
                let dark = row.key.spec.path == "window.dark_theme";
                let names =
                    workspace.themes().filter(|theme| theme.dark == dark).map(|theme| theme.id.clone());
                choice(ui, row, names.collect::<Vec<_>>().into_iter(), &path)
            }
            ValueKind::Model => model(ui, workspace, row, &path),
            _ => field(ui, row, &path, memory),
        };
        if let Some(value) = change {
            memory.drafts.remove(&path);
            send(out, SettingsEvent::Change(row.key.clone(), Some(value)));
        }
        if row.origin == Origin::File {
            let tooltip = "Reset to the default";
            let reset = ui.push_id("reset", |ui| {
                widgets::icon_button(ui, icons::REFRESH, 24.0, &format!("Reset {path}"), tooltip)
            });
            if reset.inner.clicked() {
                memory.drafts.remove(&path);
                send(out, SettingsEvent::Change(row.key.clone(), None));
            }
        }
    });
    if let Some(reason) = workspace.layers.unsaved_why(&row.key) {
        unsaved(ui, reason, &path, out);
    }
    if let Some(draft) = memory.drafts.get(&path)
        && let Err(expected) = field::typed(&row.key, draft)
    {
        parts::coloured(ui, &format!("It must be {expected}."), Theme::of(ui).error);
    }
}

/// A value counts and is not in the file: why, and both ways out.
fn unsaved(ui: &mut Ui, reason: &str, path: &str, out: &mut Vec<Event>) {
    parts::coloured(ui, &format!("Not saved: {reason}"), Theme::of(ui).error);
    ui.add_space(4.0);
    ui.push_id(("unsaved", path), |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
            if widgets::sized_button(ui, "Save again", "", Tone::Plain, SMALL).clicked() {
                send(out, SettingsEvent::SaveAgain);
            }
            let back = widgets::sized_button(ui, "Put back", "", Tone::Quiet, SMALL);
            if back.on_hover_text("Discard the unsaved change; the file's value applies again").clicked() {
                send(out, SettingsEvent::PutBack);
            }
        });
    });
}

/// A switch that slides.
fn switch(ui: &mut Ui, row: &SettingRow, path: &str) -> Option<SettingValue> {
    let theme = Theme::of(ui);
    let on = row.value == SettingValue::Bool(true);
    let (rect, response) = ui.allocate_exact_size(vec2(34.0, 22.0), Sense::click());
    let enabled = ui.is_enabled();
    response.widget_info(|| WidgetInfo::selected(Role::Switch, enabled, on, path));
    let track = Rect::from_center_size(rect.center(), vec2(32.0, 18.0));
    let faint = theme::mix(theme.background, theme.muted, 0.35);
    let ground = match (on, enabled) {
        (true, true) => theme.accent,
        (true, false) => theme::mix(theme.background, theme.accent, 0.5),
        (false, _) => faint,
    };
    let ground = if response.hovered() && enabled { theme::mix(ground, theme.text, 0.12) } else { ground };
    ui.painter().rect_filled(track, 9.0, ground);
    let x = if on { track.right() - 9.0 } else { track.left() + 9.0 };
    let knob = if on { theme.on_accent } else { theme.background };
    ui.painter().circle_filled(pos2(x, track.center().y), 6.5, knob);
    widgets::focus_ring(ui, &response, rect.expand(2.0));
    let word = if on { "On" } else { "Off" };
    ui.label(RichText::new(word).font(theme::label()).color(theme.muted));
    response.clicked().then_some(SettingValue::Bool(!on))
}

fn choice(
    ui: &mut Ui,
    row: &SettingRow,
    words: impl Iterator<Item = String>,
    path: &str,
) -> Option<SettingValue> {
    let mut chosen = None;
    for word in words {
        let on = row.value == SettingValue::Text(word.clone());
        let name = format!("{path}: {word}");
        if parts::chip(ui, &word, &name, on).clicked() && !on {
            chosen = Some(SettingValue::Text(word));
        }
    }
    chosen
}

/// One of the installed models, or none in particular.
fn model(ui: &mut Ui, workspace: &Workspace, row: &SettingRow, path: &str) -> Option<SettingValue> {
    let SettingValue::Text(now) = &row.value else { return None };
    let name = |id: &str| match workspace.models.find(id) {
        Some(model) => model.name.clone(),
        None if id.is_empty() => AUTOMATIC.to_owned(),
        None => format!("{id} (not installed)"),
    };
    let mut chosen = None;
    let room = (ui.available_width() - 40.0).clamp(120.0, TEXT);
    let shown = egui::ComboBox::from_id_salt(path).width(room).truncate().selected_text(name(now));
    let shown = shown.icon(|ui, rect, _, _| {
        widgets::paint_icon(ui, rect, icons::CHEVRON_DOWN, 14.0, Theme::of(ui).muted);
    });
    let response = shown.show_ui(ui, |ui| {
        let installed = workspace.models.installed.iter().flatten().map(|model| model.reference.id.as_str());
        let default = row
            .default
            .as_ref()
            .and_then(|value| if let SettingValue::Text(id) = value { Some(id.as_str()) } else { None });
        let mut ids: Vec<&str> =
            std::iter::once("").chain(default).chain([now.as_str()]).chain(installed).collect();
        let mut seen = std::collections::HashSet::new();
        ids.retain(|id| seen.insert(*id));
        for id in ids {
            if ui.selectable_label(id == now, name(id)).clicked() && id != now {
                chosen = Some(SettingValue::Text(id.to_owned()));
            }
        }
    });
    response.response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, path));
    chosen
}

/// A field whose text counts with Enter or when it is left.
fn field(ui: &mut Ui, row: &SettingRow, path: &str, memory: &mut SettingsMemory) -> Option<SettingValue> {
    let wide = !matches!(row.key.spec.kind, ValueKind::Integer(..) | ValueKind::Number(..));
    let stands = field::shown(&row.key, &row.value);
    let mut text = memory.drafts.get(path).cloned().unwrap_or_else(|| stands.clone());
    let room = (ui.available_width() - 40.0).clamp(NUMBER, TEXT);
    let width = if wide { room } else { NUMBER };
    let response = widgets::input(ui, Id::unique(("setting", path)), &mut text, path, "", width);
    if response.changed() {
        memory.drafts.insert(path.to_owned(), text.clone());
    }
    if !response.lost_focus() || text == stands {
        return None;
    }
    field::typed(&row.key, &text).ok()
}
