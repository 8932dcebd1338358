//! The model panel: what its buttons and its work do to the state.

use std::path::Path;
use std::time::Duration;

use assist::worker::ToModelRef;
use ground::words::sentence;
use ipc::protocol::ModelRef;
use models::catalog::Role;

use super::{overlays, settings, toast};
use crate::event::{Effect, Event, TreeEvent};
use crate::manager::{Dialog, ManagerEffect, ManagerEvent, Step, Work, WorkId, WorkKind};
use crate::state::{Overlay, Page, PathPurpose, State, ToastKind};
use crate::supervise::SuperviseEffect;

/// Shows the panel.
pub fn open(state: &mut State, out: &mut Vec<Effect>) {
    state.show_page(Page::Models);
    list(state, out);
}

/// Does the event ask for the text that is in front already?
pub fn asks_for_text(state: &State, event: &Event) -> bool {
    let Some(tab) = state.tab() else { return false };
    let in_front = |path: &Path| tab.document.path() == Some(path);
    match event {
        Event::Activate(id) => *id == tab.id,
        Event::Open(path) | Event::Tree(TreeEvent::Click(path)) => in_front(path),
        _ => false,
    }
}

/// Has everything listed again.
pub fn list(state: &State, out: &mut Vec<Effect>) {
    let reclaimable = state.worker.memory.map_or(0, |(used, _)| used);
    out.push(Effect::Models(ManagerEffect::List(reclaimable, state.session.rates.clone())));
    out.push(Effect::ListModels);
}

/// Something happened in the panel.
pub fn on(state: &mut State, event: ManagerEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        ManagerEvent::Close => state.hide_page(Page::Models),
        ManagerEvent::Refresh => list(state, out),
        ManagerEvent::Filter(role) => state.manager.filter = role,
        ManagerEvent::AskInstall(id) => ask_install(state, &id),
        ManagerEvent::Confirm => confirm(state, now, out),
        ManagerEvent::Pause(id) => pause(state, id, true, out),
        ManagerEvent::Resume(id) => pause(state, id, false, out),
        ManagerEvent::Cancel(id) => {
            state.manager.work.retain(|work| work.id != id);
            out.push(Effect::Models(ManagerEffect::Cancel(id)));
        }
        ManagerEvent::Retry(id) => retry(state, id, now, out),
        ManagerEvent::Dismiss(id) => state.manager.work.retain(|work| work.id != id),
        ManagerEvent::AskImport => overlays::ask_path(state, PathPurpose::ImportModel, out),
        ManagerEvent::Import(path, mode) => {
            // The first run shows the work itself.
            if !state.onboarding.covers() {
                state.show_page(Page::Models);
            }
            let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            start(state, WorkKind::Import(path, mode), title, now, out);
        }
        ManagerEvent::Verify(version) => verify(state, version, now, out),
        ManagerEvent::AskRemove(version) => ask_remove(state, version),
        ManagerEvent::Load(version, anyway) => load(state, &version, anyway, now, out),
        ManagerEvent::Unload(id) => out.push(Effect::UnloadModel(Some(id))),
        ManagerEvent::Use(role, version) => use_for(state, role, version, now, out),
        ManagerEvent::Reveal(path) => out.push(Effect::Models(ManagerEffect::Reveal(path))),
        ManagerEvent::AskClean => {
            if let Some(shelf) = state.manager.shelf() {
                state.overlay = Overlay::Models(Dialog::Clean(shelf.leftovers.clone()));
            }
        }
        ManagerEvent::Listed(shelf) => {
            state.manager.shelf = Some(shelf);
            overlays::models_listed(state);
        }
        ManagerEvent::Step(id, step) => {
            if let Some(work) = state.manager.find(id) {
                work.status = Ok(step);
            }
        }
        ManagerEvent::Ended(id, result) => ended(state, id, result, now, out),
        ManagerEvent::Changed(result) => changed(state, result, now, out),
    }
}

fn ask_install(state: &mut State, id: &str) {
    let card =
        state.manager.shelf().and_then(|shelf| shelf.catalogue.iter().find(|card| card.entry.id == id));
    if let Some(card) = card {
        state.overlay = Overlay::Models(Dialog::Licence(Box::new(card.entry.clone())));
    }
}

/// The dialog was answered with yes.
fn confirm(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let dialog = match std::mem::take(&mut state.overlay) {
        Overlay::Models(dialog) => dialog,
        other => return state.overlay = other,
    };
    match dialog {
        Dialog::Licence(entry) => {
            if state.manager.download_of(&entry.id).is_none() {
                let title = entry.name.clone();
                start(state, WorkKind::Download(entry, now), title, now, out);
            }
        }
        Dialog::Remove { version, .. } => out.push(Effect::Models(ManagerEffect::Remove(version))),
        Dialog::Clean(leftovers) => out.push(Effect::Models(ManagerEffect::Clean(leftovers))),
    }
}

/// Starts work that takes time; a failed try of the same is forgotten.
fn start(state: &mut State, kind: WorkKind, title: String, now: u64, out: &mut Vec<Effect>) {
    let manager = &mut state.manager;
    manager.work.retain(|work| work.status.is_ok() || !kind.repeats(&work.kind));
    manager.last += 1;
    let id = WorkId(manager.last);
    out.push(Effect::Models(match &kind {
        WorkKind::Download(entry, accepted) => {
            ManagerEffect::Download(id, entry.clone(), Duration::from_millis(now.saturating_sub(*accepted)))
        }
        WorkKind::Import(path, mode) => ManagerEffect::Import(id, path.clone(), *mode),
        WorkKind::Verify(version) => ManagerEffect::Verify(id, version.clone()),
    }));
    let step = Step { words: "waiting".into(), part: 0.0 };
    manager.work.push(Work { id, kind, title, paused: false, status: Ok(step) });
}

fn verify(state: &mut State, version: String, now: u64, out: &mut Vec<Effect>) {
    let goes_on = state.manager.work.iter().any(|work| {
        work.status.is_ok() && matches!(&work.kind, WorkKind::Verify(other) if *other == version)
    });
    let name = state.manager.shelf().and_then(|shelf| Some(shelf.owned(&version)?.model.record.name.clone()));
    if let Some(name) = name.filter(|_| !goes_on) {
        start(state, WorkKind::Verify(version), name, now, out);
    }
}

fn pause(state: &mut State, id: WorkId, paused: bool, out: &mut Vec<Effect>) {
    if let Some(work) = state.manager.find(id) {
        work.paused = paused;
        out.push(Effect::Models(if paused { ManagerEffect::Pause(id) } else { ManagerEffect::Resume(id) }));
    }
}

fn retry(state: &mut State, id: WorkId, now: u64, out: &mut Vec<Effect>) {
    let Some(at) = state.manager.work.iter().position(|work| work.id == id) else { return };
    let work = state.manager.work.remove(at);
    start(state, work.kind, work.title, now, out);
}

fn ask_remove(state: &mut State, version: String) {
    let Some(owned) = state.manager.shelf().and_then(|shelf| shelf.owned(&version)) else { return };
    let record = &owned.model.record;
    let (name, size, pinned_by) = (record.name.clone(), record.size, record.pinned_by.clone());
    state.overlay = Overlay::Models(Dialog::Remove { version, name, size, pinned_by });
}

/// How the worker is told of an installed version.
fn reference(state: &State, version: &str) -> Option<Result<ModelRef, String>> {
    state.manager.shelf()?.owned(version).map(|owned| owned.model.first_file())
}

fn load(state: &mut State, version: &str, anyway: bool, now: u64, out: &mut Vec<Effect>) {
    match reference(state, version) {
        Some(Ok(model)) if anyway => out.push(Effect::LoadModelAnyway(model)),
        Some(Ok(model)) => out.push(Effect::LoadModel(model)),
        Some(Err(reason)) => toast(state, ToastKind::Error, sentence(&reason), now),
        None => {}
    }
}

/// Gives a model a role: the settings say which, the store pins its version.
fn use_for(state: &mut State, role: Role, version: String, now: u64, out: &mut Vec<Effect>) {
    let Some(owned) = state.manager.shelf().and_then(|shelf| shelf.owned(&version)) else { return };
    let id = owned.model.record.id.clone();
    let key = match role {
        Role::Code => "models.code",
        Role::General => "models.general",
        Role::Completion => "models.completion",
    };
    settings::set(state, key, &id, now, out);
    out.push(Effect::Models(ManagerEffect::Pin(version, role)));
}

/// Success is seen in the lists and told where the user is; a failure stays in the panel until it is dealt with.
fn ended(state: &mut State, id: WorkId, result: Result<String, String>, now: u64, out: &mut Vec<Effect>) {
    list(state, out);
    out.push(Effect::Supervise(SuperviseEffect::CountConnections));
    let seen = state.shows(Page::Models) || state.onboarding.covers();
    let Some(work) = state.manager.find(id) else { return };
    match result {
        Ok(text) => {
            state.manager.work.retain(|work| work.id != id);
            toast(state, ToastKind::Info, text, now);
        }
        Err(reason) => {
            work.status = Err(reason.clone());
            if !seen {
                toast(state, ToastKind::Error, reason, now);
            }
        }
    }
}

fn changed(state: &mut State, result: Result<String, String>, now: u64, out: &mut Vec<Effect>) {
    list(state, out);
    match result {
        Ok(text) if text.is_empty() => {}
        Ok(text) => toast(state, ToastKind::Info, text, now),
        Err(reason) => toast(state, ToastKind::Error, reason, now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::WorkerEvent;
    use crate::machine::Machine;
    use crate::manager::{Card, ModelInventory};
    use crate::speed::{Rates, Speed};
    use ipc::protocol::{Event as Said, RequestId, ResidentModel};
    use models::import::ImportMode;
    use models::store::DiskUsage;

    /// A window whose panel has listed the catalogue and nothing installed.
    struct Window {
        state: State,
    }

    impl Window {
        fn new() -> Window {
            let machine = Machine::here(0, Rates::default());
            let catalog = models::catalog::builtin().unwrap();
            let card = |entry: &models::catalog::Entry| Card {
                entry: entry.clone(),
                fit: machine.fit_entry(entry, 8192),
                speed: Speed::AtMost(1.0),
                installed: false,
            };
            let shelf = ModelInventory {
                root: "/m".into(),
                air_gapped: false,
                now: 0,
                machine: machine.clone(),
                usage: DiskUsage::default(),
                catalogue: catalog.entries().iter().map(card).collect(),
                installed: Vec::new(),
                found: Vec::new(),
                leftovers: Vec::new(),
            };
            let mut window = Window { state: State::default() };
            window.send(ManagerEvent::Listed(Ok(Box::new(shelf))));
            window
        }

        fn send(&mut self, event: ManagerEvent) -> Vec<Effect> {
            self.send_at(event, 0)
        }

        fn send_at(&mut self, event: ManagerEvent, now: u64) -> Vec<Effect> {
            super::super::update(&mut self.state, Event::Models(event), now)
        }

        fn install(&mut self) -> Vec<Effect> {
            self.send(ManagerEvent::AskInstall("qwen3-8b-q4_k_m".into()));
            self.send(ManagerEvent::Confirm)
        }
    }

    #[test]
    fn nothing_is_downloaded_before_the_licence_is_accepted() {
        let mut window = Window::new();
        assert!(window.send(ManagerEvent::AskInstall("qwen3-8b-q4_k_m".into())).is_empty());
        assert!(matches!(window.state.overlay, Overlay::Models(Dialog::Licence(_))));
        window.state.overlay = Overlay::None;
        assert!(window.send(ManagerEvent::Confirm).is_empty(), "no dialog, no consent");
        let effects = window.install();
        assert!(matches!(&effects[..], [Effect::Models(ManagerEffect::Download(WorkId(1), ..))]));
        assert!(window.install().is_empty(), "once is enough");
    }

    #[test]
    fn a_download_is_paused_resumed_and_cancelled() {
        let mut window = Window::new();
        window.install();
        let id = WorkId(1);
        let step = Step { words: "half".into(), part: 0.5 };
        window.send(ManagerEvent::Step(id, step.clone()));
        assert_eq!(window.state.manager.work[0].status, Ok(step));
        let effects = window.send(ManagerEvent::Pause(id));
        assert!(matches!(effects[..], [Effect::Models(ManagerEffect::Pause(_))]));
        assert!(window.state.manager.work[0].paused);
        let effects = window.send(ManagerEvent::Resume(id));
        assert!(matches!(effects[..], [Effect::Models(ManagerEffect::Resume(_))]));
        let effects = window.send(ManagerEvent::Cancel(id));
        assert!(matches!(effects[..], [Effect::Models(ManagerEffect::Cancel(_))]));
        window.send(ManagerEvent::Ended(id, Err("Cancelled.".into())));
        assert!(window.state.manager.work.is_empty() && window.state.toasts.is_empty());
    }

    #[test]
    fn a_second_try_of_a_download_has_the_consent_of_the_first() {
        let mut window = Window::new();
        window.send(ManagerEvent::AskInstall("qwen3-8b-q4_k_m".into()));
        let ago = |effects: Vec<Effect>| match &effects[..] {
            [Effect::Models(ManagerEffect::Download(_, _, ago))] => *ago,
            other => panic!("{other:?}"),
        };
        assert_eq!(ago(window.send_at(ManagerEvent::Confirm, 1_000)), Duration::ZERO);
        window.send(ManagerEvent::Ended(WorkId(1), Err("No network.".into())));
        let again = window.send_at(ManagerEvent::Retry(WorkId(1)), 91_000);
        assert_eq!(ago(again), Duration::from_secs(90), "the licence was accepted then, and not now");
    }

    #[test]
    fn a_failure_stays_until_it_is_tried_again_or_dismissed() {
        let mut window = Window::new();
        window.send(ManagerEvent::Import("/x/m.gguf".into(), ImportMode::Copy));
        assert!(window.state.shows(Page::Models), "a dropped file shows the panel");
        window.send(ManagerEvent::Ended(WorkId(1), Err("No.".into())));
        assert_eq!(window.state.manager.work[0].status, Err("No.".into()));
        assert!(window.state.toasts.is_empty(), "it is said where the user looks");
        let effects = window.send(ManagerEvent::Retry(WorkId(1)));
        assert!(matches!(&effects[..], [Effect::Models(ManagerEffect::Import(WorkId(2), ..))]));
        let effects = window.send(ManagerEvent::Ended(WorkId(2), Ok("Imported.".into())));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Models(ManagerEffect::List(..)))));
        assert!(window.state.manager.work.is_empty() && window.state.toasts.len() == 1);
    }

    #[test]
    fn one_model_is_unloaded_and_the_other_stays() {
        let mut window = Window::new();
        let effects = window.send(ManagerEvent::Unload("one".into()));
        assert!(matches!(&effects[..], [Effect::UnloadModel(Some(id))] if id == "one"));
        let resident =
            |id: &str| ResidentModel { id: id.into(), bytes_predicted: 1, bytes_measured: 1, idle_s: 0 };
        let mut says = |event| {
            let said = WorkerEvent::Said { job: None, event };
            super::super::update(&mut window.state, Event::Worker(said), 0);
        };
        let residency = |models| Said::Residency { models, used: 1, budget: 9, note: None };
        says(residency(vec![resident("one"), resident("two")]));
        says(residency(vec![resident("two")]));
        says(Said::Unloaded { id: RequestId(1) });
        assert!(window.state.worker.holds("two") && !window.state.worker.holds("one"));
    }

    #[test]
    fn going_to_a_text_hides_the_panel() {
        let mut window = Window::new();
        super::super::update(&mut window.state, Event::Command(ground::command::Command::ModelManager), 0);
        assert!(window.state.shows(Page::Models));
        super::super::update(&mut window.state, Event::Command(ground::command::Command::NewFile), 0);
        assert!(!window.state.shows(Page::Models));
    }
}
