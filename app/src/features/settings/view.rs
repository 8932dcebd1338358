//! The settings view: every key of the table with its help, its value, where that comes from, and a way back to the default.

mod control;

use std::collections::HashMap;

use egui::{Align, Id, Layout, Rect, RichText, ScrollArea, Sense, Ui, pos2, vec2};
use ground::command::Command;
use settings::layers::{self, Origin};
use settings::panel::{SECTIONS, SettingRow};
use settings::table::{SettingKey, ValueKind};
use settings::value::SettingValue;
use settings::{SettingsEvent, profile};

use crate::event::Event;
use crate::ui::icons;
use crate::ui::parts::{self, column};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::Workspace;
use settings::panel::Panel;

/// Columns narrower than this put a control under its help instead of beside it.
const NARROW: f32 = 640.0;

/// Height of a small button.
const SMALL: f32 = 22.0;

/// No model in particular.
const AUTOMATIC: &str = "Automatic";

/// What the view remembers between frames: what is typed and not yet right or done.
#[derive(Default)]
pub struct SettingsMemory {
    drafts: HashMap<String, String>,
    /// Name of a profile that is to be added.
    new_profile: String,
    /// The profile that goes when it is said once more.
    going: Option<String>,
    focused: u64,
}

/// Id of the field at the top.
fn search_id() -> Id {
    Id::unique("settings search")
}

/// Shows the view.
pub fn show(
    ui: &mut Ui,
    panel: &Panel,
    workspace: &Workspace,
    memory: &mut SettingsMemory,
    out: &mut Vec<Event>,
) {
    header(ui, out);
    ScrollArea::vertical()
        .auto_shrink(false)
        .show(ui, |ui| column(ui, |ui| page(ui, panel, workspace, memory, out)));
}

fn send(out: &mut Vec<Event>, event: SettingsEvent) {
    out.push(Event::Settings(event));
}

fn header(ui: &mut Ui, out: &mut Vec<Event>) {
    parts::title_bar(ui, "Settings", |ui| {
        let file = widgets::sized_button(ui, "Open file", "", Tone::Quiet, theme::CONTROL);
        if file.on_hover_text("Open the settings file, which lists every setting as a comment").clicked() {
            out.push(Event::Command(Command::OpenSettingsFile));
        }
    });
}

fn page(
    ui: &mut Ui,
    panel: &Panel,
    workspace: &Workspace,
    memory: &mut SettingsMemory,
    out: &mut Vec<Event>,
) {
    search(ui, panel, memory, out);
    ui.add_space(8.0);
    chips(ui, panel, out);
    ui.add_space(8.0);
    problems(ui, workspace, out);
    let mut found = false;
    for (section, title) in SECTIONS {
        let rows = panel.rows(section, &workspace.settings, &workspace.layers);
        let only = panel.section == Some(section);
        let searching = !panel.search.trim().is_empty();
        if rows.is_empty() && (searching || !has_note(section) || !(only || panel.section.is_none())) {
            continue;
        }
        found = true;
        ui.add_space(8.0);
        parts::heading(ui, title, |_| ());
        if section == "profiles" && !searching {
            profiles(ui, panel, workspace, memory, out);
        }
        note(ui, section, only || searching, out);
        for (number, row) in rows.iter().enumerate() {
            if number > 0 {
                parts::hairline(ui);
            }
            ui.push_id(row.key.path(), |ui| show_row(ui, workspace, row, searching, memory, out));
        }
        ui.add_space(12.0);
    }
    if !found {
        widgets::empty(ui, "No matching settings.");
    }
}

fn search(ui: &mut Ui, panel: &Panel, memory: &mut SettingsMemory, out: &mut Vec<Event>) {
    let mut text = panel.search.clone();
    let width = ui.available_width();
    let hint = "Search settings; @changed shows what differs from the default";
    let field = widgets::input(ui, search_id(), &mut text, "Search settings", hint, width);
    if memory.focused != panel.focus {
        memory.focused = panel.focus;
        memory.drafts.clear();
        field.request_focus();
        widgets::select_all(ui, search_id(), text.chars().count());
    }
    if field.changed() {
        send(out, SettingsEvent::Search(text));
    }
}

fn chips(ui: &mut Ui, panel: &Panel, out: &mut Vec<Event>) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        let all = std::iter::once((None, "All"))
            .chain(SECTIONS.iter().map(|(section, title)| (Some(*section), *title)));
        for (section, title) in all {
            let name = format!("Show {} settings", title.to_lowercase());
            if parts::chip(ui, title, &name, panel.section == section).on_hover_text(&name).clicked() {
                send(out, SettingsEvent::Section(section));
            }
        }
    });
}

/// What is wrong in the files, each with the way to its line.
fn problems(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    if let Some(trouble) = &workspace.layers.trouble {
        parts::coloured(ui, trouble, theme.error);
    }
    if let (Some(reason), unsaved @ 1..) = (&workspace.layers.refused, workspace.layers.unsaved.len()) {
        let what = match unsaved {
            1 => "A change is not saved and counts".to_owned(),
            _ => format!("{unsaved} changes are not saved and count"),
        };
        parts::coloured(ui, &format!("{what} until LocalCoder is closed. {reason}"), theme.error);
    }
    for (number, (whose, problem)) in workspace.layers.problems.iter().enumerate() {
        let text = layers::sentence(*whose, problem);
        ui.push_id(("problem", number), |ui| {
            ui.horizontal_top(|ui| {
                ui.spacing_mut().item_spacing.x = 8.0;
                let (sign, _) = ui.allocate_exact_size(vec2(16.0, SMALL), Sense::hover());
                widgets::paint_icon(ui, sign, icons::WARNING, 15.0, theme.warning);
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    let show = widgets::sized_button(ui, "Show line", "", Tone::Plain, SMALL);
                    if show.on_hover_text("Open the file at this line").clicked() {
                        send(out, SettingsEvent::Show(*whose, problem.line, problem.column));
                    }
                    ui.vertical(|ui| {
                        // Its first line is level with the button.
                        let row = ui.fonts_mut(|fonts| fonts.row_height(&theme::label()));
                        ui.add_space(((SMALL - row) / 2.0).max(0.0));
                        let text = RichText::new(text).font(theme::label()).color(theme.text);
                        ui.add(egui::Label::new(text).wrap());
                    });
                });
            });
        });
        ui.add_space(4.0);
    }
}

/// Which profile is shown, and which is in use.
fn profiles(
    ui: &mut Ui,
    panel: &Panel,
    workspace: &Workspace,
    memory: &mut SettingsMemory,
    out: &mut Vec<Event>,
) {
    let shown = panel.shown_profile(&workspace.settings);
    let own = workspace
        .settings
        .profiles
        .keys()
        .map(String::as_str)
        .filter(|name| !profile::BUILTIN.contains(name));
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(4.0, 4.0);
        for name in profile::BUILTIN.into_iter().chain(own) {
            let label = format!("Show profile {name}");
            let word =
                if name == workspace.settings.profile { format!("{name} (in use)") } else { name.to_owned() };
            if parts::chip(ui, &word, &label, name == shown).on_hover_text(&label).clicked() {
                send(out, SettingsEvent::ShowProfile(name.to_owned()));
            }
        }
    });
    ui.add_space(8.0);
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(8.0, 8.0);
        if shown != workspace.settings.profile
            && widgets::button(ui, "Use this profile", "", Tone::Primary).clicked()
        {
            send(out, SettingsEvent::UseProfile(shown.to_owned()));
        }
        new_profile(ui, workspace, memory, out);
        if !profile::BUILTIN.contains(&shown) {
            let sure = memory.going.as_deref() == Some(shown);
            let word = if sure { "Remove it for good" } else { "Remove" };
            let button = widgets::button(ui, word, "", if sure { Tone::Danger } else { Tone::Quiet });
            if button.on_hover_text(format!("Remove the profile {shown}")).clicked() {
                match sure {
                    true => send(out, SettingsEvent::RemoveProfile(shown.to_owned())),
                    false => memory.going = Some(shown.to_owned()),
                }
            }
            if sure && widgets::button(ui, "Keep it", "", Tone::Quiet).clicked() {
                memory.going = None;
            }
        }
    });
    if memory.going.as_deref() != Some(shown) {
        memory.going = None;
    }
    ui.add_space(8.0);
}

/// The name of a new profile, which begins as a copy of the one that is shown.
fn new_profile(ui: &mut Ui, workspace: &Workspace, memory: &mut SettingsMemory, out: &mut Vec<Event>) {
    let id = Id::unique("new profile");
    let hint = "Name of a new profile";
    let field = widgets::input(ui, id, &mut memory.new_profile, hint, hint, 180.0);
    let name = memory.new_profile.trim().to_lowercase().replace(' ', "-");
    let is_new = !workspace.settings.profiles.contains_key(&name)
        && SettingKey::find(&format!("profiles.{name}.model")).is_some();
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
    let add = ui.add_enabled_ui(is_new, |ui| widgets::button(ui, "Add", "", Tone::Plain)).inner;
    let add = add.on_hover_text("Add it, as a copy of the profile that is shown");
    let add = add.on_disabled_hover_text("Lowercase letters, digits and hyphens; must not be taken");
    if is_new && (entered || add.clicked()) {
        memory.new_profile.clear();
        send(out, SettingsEvent::AddProfile(name));
    }
}

fn has_note(section: &str) -> bool {
    matches!(section, "checks" | "keys")
}

/// What cannot be done here is said with the way to where it can.
/// `whole`: the section is shown in full.
fn note(ui: &mut Ui, section: &str, whole: bool, out: &mut Vec<Event>) {
    let text = match section {
        "keys" if whole => {
            "Type keys such as Ctrl+Alt+Y, several with commas between them; nothing takes a command's keys away."
        }
        "keys" => "Every command can have other keys.",
        "checks" => {
            "Commands are added under [checks.commands] in the settings file, by the name of a language."
        }
        _ => return,
    };
    ui.push_id(("note", section), |ui| {
        parts::quiet(ui, text);
        ui.add_space(4.0);
        if section == "keys" {
            if !whole && widgets::sized_button(ui, "Show all commands", "", Tone::Plain, SMALL).clicked() {
                send(out, SettingsEvent::Section(Some("keys")));
            }
        } else if widgets::sized_button(ui, "Open settings file", "", Tone::Plain, SMALL).clicked() {
            out.push(Event::Command(Command::OpenSettingsFile));
        }
        ui.add_space(8.0);
    });
}

fn show_row(
    ui: &mut Ui,
    workspace: &Workspace,
    row: &SettingRow,
    found: bool,
    memory: &mut SettingsMemory,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let top = ui.cursor().top();
    let width = ui.available_width();
    let wide = width >= NARROW;
    let fixed = matches!(row.origin, Origin::Environment(_) | Origin::Project);
    let saved = workspace.layers.unsaved_why(&row.key).is_none();
    let control_width = if wide { 300.0 } else { width };
    let mut control = |ui: &mut Ui| {
        ui.add_enabled_ui(!fixed, |ui| control::show(ui, workspace, row, memory, out));
    };
    if wide {
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            let room = width - control_width - 24.0;
            ui.allocate_ui_with_layout(vec2(room, 0.0), Layout::top_down(Align::LEFT), |ui| {
                ui.set_width(room);
                words(ui, row, found, saved);
            });
            ui.add_space(24.0);
            ui.allocate_ui_with_layout(vec2(control_width, 0.0), Layout::top_down(Align::LEFT), |ui| {
                ui.set_width(control_width);
                control(ui);
            });
        });
    } else {
        words(ui, row, found, saved);
        ui.add_space(4.0);
        control(ui);
    }
    if row.differs() {
        let bar = Rect::from_min_max(
            pos2(ui.min_rect().left() - 12.0, top + 2.0),
            pos2(ui.min_rect().left() - 9.0, ui.cursor().top() - 6.0),
        );
        ui.painter().rect_filled(bar, 1.5, theme.accent);
    }
}

/// Name, help, origin. `found`: it was searched for, so that nothing else says whose it is; `saved`: the file has it.
fn words(ui: &mut Ui, row: &SettingRow, found: bool, saved: bool) {
    let theme = Theme::of(ui);
    let whose = if found && row.key.spec.path.starts_with("profiles.") {
        format!("{}: ", row.key.name)
    } else {
        String::new()
    };
    let title = format!("{whose}{}", row.title());
    ui.label(RichText::new(title).font(theme::semibold(13.0)).color(theme.text))
        .on_hover_text(row.key.path());
    parts::quiet(ui, &row.help().replace('`', ""));
    if row.origin != Origin::Default || row.differs() {
        let from = if saved { format!("From the {}", row.origin.words()) } else { "For now".to_owned() };
        let text = format!("{from}; the default is {}", default(row));
        ui.add(egui::Label::new(RichText::new(text).font(theme::caption()).color(theme.accent)).wrap());
    }
}

/// The default of a key in words.
fn default(row: &SettingRow) -> String {
    match (&row.default, row.key.spec.kind) {
        (Some(SettingValue::Text(text)), ValueKind::Model) if text.is_empty() => AUTOMATIC.to_lowercase(),
        (Some(SettingValue::Text(text)), _) if text.is_empty() => "empty".to_owned(),
        (Some(SettingValue::List(words)), _) if words.is_empty() => "empty".to_owned(),
        (Some(value), _) => value.words(),
        (None, _) => "nothing".to_owned(),
    }
}
