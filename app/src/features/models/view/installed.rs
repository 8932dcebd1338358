//! The installed models: their state, what they are used for, and what can be done with them.

use egui::{Rect, Ui, pos2};
use models::catalog::ModelRole;
use models::fit::FitVerdict;

use super::import_button;
use crate::event::Event;
use crate::features::models::ManagerEvent;
use crate::phrases;
use crate::ui::menu::{self, MenuLine};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};
use crate::workspace::{Facts, ModelInventory, Owned, Workspace};

/// Lists narrower than this have the controls of a model beneath its name, which stays readable.
const NARROW: f32 = 480.0;
/// The roles with the words on their chips.
const ROLES: [(ModelRole, &str); 3] =
    [(ModelRole::Code, "Code"), (ModelRole::General, "General"), (ModelRole::Completion, "Completion")];

/// Shows the list.
pub fn show(ui: &mut Ui, workspace: &Workspace, shelf: &ModelInventory, out: &mut Vec<Event>) {
    parts::heading(ui, "Installed", |ui| import_button(ui, Tone::Plain, out));
    if shelf.installed.is_empty() {
        let words = if shelf.air_gapped {
            "No model is installed. Import a GGUF file, or drop it on the window."
        } else {
            "No model is installed. Install one from the catalogue below, import a GGUF file, or drop it on the window."
        };
        return parts::quiet(ui, words);
    }
    for (index, owned) in shelf.installed.iter().enumerate() {
        if index > 0 {
            parts::hairline(ui);
        }
        let version = owned.model.record.version_name();
        ui.push_id(&version, |ui| row(ui, workspace, shelf, owned, &version, out));
    }
}

fn row(
    ui: &mut Ui,
    workspace: &Workspace,
    shelf: &ModelInventory,
    owned: &Owned,
    version: &str,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let record = &owned.model.record;
    let loaded = workspace.worker.holds(&record.id);
    let wide = ui.available_width() >= NARROW;
    let top = ui.cursor().min;
    let name = |ui: &mut Ui, rect: Rect| {
        let ground = theme::mix(theme.background, theme.muted, 0.5);
        parts::dot(ui, rect, if loaded { theme.added } else { ground });
        let rect = rect.with_min_x(rect.left() + 16.0);
        parts::text(ui, rect, &record.name, theme::semibold(13.0), theme.text);
    };
    parts::line(ui, theme::CONTROL, name, |ui| {
        if wide {
            controls(ui, owned, version, loaded, out);
        }
    });
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.add_space(16.0);
        ui.vertical(|ui| {
            parts::quiet(ui, &details(workspace, shelf, owned));
            trouble(ui, owned);
            if !wide {
                parts::line(ui, theme::CONTROL, |_, _| (), |ui| controls(ui, owned, version, loaded, out));
            }
            roles(ui, workspace, owned, version, out);
        });
    });
    let rect = Rect::from_min_max(top, pos2(top.x + ui.available_width(), ui.cursor().top()));
    let id = ui.scope_id().with("menu");
    if let Some(at) = menu::clicked_in(ui, rect) {
        menu::open(ui.ctx(), id, at);
    }
    menu::show(ui, id, "Menu of the model", || lines(workspace, owned, version, loaded), out);
}

/// What can be done with an installed model.
fn lines(workspace: &Workspace, owned: &Owned, version: &str, loaded: bool) -> Vec<MenuLine> {
    let record = &owned.model.record;
    let say = |name: &str, event| MenuLine::event(name, "", Event::Models(event));
    let fits =
        owned.facts.as_ref().is_ok_and(|facts| !matches!(facts.fit.verdict, FitVerdict::DoesNotFit { .. }));
    let can_load = owned.present && owned.facts.is_ok();
    let use_for = |(role, _): (ModelRole, &str)| {
        let is_used = workspace.model_for(role).is_some_and(|model| model.reference.id == record.id);
        let words = format!("Use for {}", phrases::role(role));
        say(&words, ManagerEvent::Use(role, version.to_owned())).only_if(!is_used && owned.present)
    };
    let load = match (loaded, fits) {
        (true, _) => say("Unload", ManagerEvent::Unload(record.id.clone())),
        (false, true) => say("Load", ManagerEvent::Load(version.to_owned(), false)).only_if(can_load),
        (false, false) => say("Load anyway", ManagerEvent::Load(version.to_owned(), true)).only_if(can_load),
    };
    let folder = owned
        .model
        .path()
        .parent()
        .map(|folder| say("Show in file manager", ManagerEvent::Reveal(folder.to_owned())));
    menu::grouped([
        vec![load],
        ROLES.map(use_for).into(),
        vec![say("Verify every byte", ManagerEvent::Verify(version.to_owned())).only_if(owned.present)],
        [
            MenuLine::copy("Copy name", record.name.as_str()),
            MenuLine::copy("Copy path", owned.model.path().display().to_string()),
        ]
        .into_iter()
        .chain(folder)
        .collect(),
        vec![say("Remove…", ManagerEvent::AskRemove(version.to_owned()))],
    ])
}

fn controls(ui: &mut Ui, owned: &Owned, version: &str, loaded: bool, out: &mut Vec<Event>) {
    let name = &owned.model.record.name;
    let mut say = |event| out.push(Event::Models(event));
    if parts::icon(ui, icons::TRASH, &format!("Remove {name}"), "Remove from this machine").clicked() {
        say(ManagerEvent::AskRemove(version.to_owned()));
    }
    if let Some(folder) = owned.model.path().parent()
        && parts::icon(
            ui,
            icons::FOLDER_OPEN,
            &format!("Reveal {name}"),
            &format!("Show {}", folder.display()),
        )
        .clicked()
    {
        say(ManagerEvent::Reveal(folder.to_owned()));
    }
    if !owned.present {
        return;
    }
    if parts::icon(ui, icons::SHIELD_CHECK, &format!("Verify {name}"), "Verify every byte").clicked() {
        say(ManagerEvent::Verify(version.to_owned()));
    }
    if loaded {
        let unload = widgets::button(ui, "Unload", "", Tone::Plain).on_hover_text("Free its memory");
        if unload.accessible_name(format!("Unload {name}")).clicked() {
            say(ManagerEvent::Unload(owned.model.record.id.clone()));
        }
        return;
    }
    let Ok(facts) = &owned.facts else { return };
    let anyway = matches!(facts.fit.verdict, FitVerdict::DoesNotFit { .. });
    let word = if anyway { "Load anyway" } else { "Load" };
    let tooltip =
        if anyway { "The machine may become slow, or the load may fail" } else { "Load it into memory now" };
    let button = widgets::button(ui, word, "", Tone::Plain).on_hover_text(tooltip);
    if button.accessible_name(format!("{word} {name}")).clicked() {
        out.push(Event::Models(ManagerEvent::Load(version.to_owned(), anyway)));
    }
}

/// One line of what is known.
fn details(workspace: &Workspace, shelf: &ModelInventory, owned: &Owned) -> String {
    let record = &owned.model.record;
    let mut parts = Vec::new();
    if let Some(memory) = memory(workspace, &record.id) {
        parts.push(memory);
    }
    if let Ok(facts) = &owned.facts {
        parts.push(format!("{} parameters", phrases::parameters(facts.parameters)));
        parts.push(facts.quantisation.clone());
    }
    parts.push(format!("{} on disk", phrases::bytes(record.size)));
    parts.push(if record.verified { "the catalogue's file" } else { "not in the catalogue" }.to_owned());
    if owned.present {
        parts.push(phrases::condition(owned.condition, shelf.now));
    }
    let others = record
        .pinned_by
        .iter()
        .filter(|by| ROLES.iter().all(|(role, _)| phrases::role(*role) != by.as_str()));
    let others: Vec<&str> = others.map(String::as_str).collect();
    if !others.is_empty() {
        parts.push(format!("pinned by {}", others.join(", ")));
    }
    parts.join(", ")
}

/// `in memory, 1.4 GB`, when it is.
fn memory(workspace: &Workspace, id: &str) -> Option<String> {
    if !workspace.worker.holds(id) {
        return None;
    }
    let resident = workspace.worker.resident.iter().find(|model| model.id == id);
    let taken =
        resident.map(|model| model.bytes_measured.max(model.bytes_predicted)).filter(|bytes| *bytes > 0);
    Some(taken.map_or("in memory".into(), |bytes| format!("in memory with {}", phrases::bytes(bytes))))
}

/// What stands in the way of using it.
fn trouble(ui: &mut Ui, owned: &Owned) {
    let theme = Theme::of(ui);
    match &owned.facts {
        _ if !owned.present => {
            let words =
                "Its file is missing or has another size. Import or install it again, or remove it here.";
            parts::coloured(ui, words, theme.error);
        }
        Err(reason) => parts::coloured(ui, reason, theme.error),
        Ok(facts) => {
            if let Some(family) = facts.next_edit {
                let words = format!("A model for next edits ({}): use it for completion.", family.name());
                parts::quiet(ui, &words);
            }
            judged(ui, facts);
        }
    }
}

/// How it fits this machine.
fn judged(ui: &mut Ui, facts: &Facts) {
    let theme = Theme::of(ui);
    match &facts.fit.verdict {
        FitVerdict::Fits => {
            let words = format!("{} {}.", phrases::fit(&facts.fit), phrases::sentence_speed(facts.speed));
            parts::quiet(ui, &words);
        }
        verdict => parts::coloured(ui, &phrases::fit(&facts.fit), parts::colour(theme, verdict)),
    }
}

fn roles(ui: &mut Ui, workspace: &Workspace, owned: &Owned, version: &str, out: &mut Vec<Event>) {
    let record = &owned.model.record;
    ui.add_space(2.0);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        parts::quiet(ui, "Use for");
        for (role, word) in ROLES {
            let on = workspace.model_for(role).is_some_and(|model| model.reference.id == record.id);
            let name = format!("Use {} for {}", record.name, phrases::role(role));
            let tooltip = match role {
                ModelRole::Code => "Improves selections",
                ModelRole::General => "Explains",
                ModelRole::Completion => "Completes while you type",
            };
            if parts::chip(ui, word, &name, on).on_hover_text(tooltip).clicked() && !on {
                out.push(Event::Models(ManagerEvent::Use(role, version.to_owned())));
            }
        }
    });
}
