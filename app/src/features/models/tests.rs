//! The panel on a whole state, without a window.

use super::*;
use crate::event::{Effect, Event, WorkerEvent};
use crate::machine::Machine;
use crate::speed::{Rates, Speed};
use crate::state::State;
use crate::update::update;
use crate::workspace::{Card, Dialog, ModelInventory, Overlay, Page, WorkId, WorkProgress};
use ipc::protocol::{RequestId, ResidentModel, WorkerMessage};
use models::import::ImportMode;
use models::store::DiskUsage;
use std::time::Duration;

fn failed(words: &str) -> Result<String, ModelTaskError> {
    Err(models::download::DownloadError::refused(words).into())
}

/// A window whose panel has listed the catalogue and nothing installed.
struct Window {
    state: State,
}

impl Window {
    fn new() -> Window {
        let machine = Machine::here(0, Rates::default());
        let catalog = models::catalog::builtin().unwrap();
        let card = |entry: &CatalogEntry| Card {
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
        update(&mut self.state, Event::Models(event), now)
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
    let step = WorkProgress { words: "half".into(), part: 0.5 };
    window.send(ManagerEvent::Step(id, step.clone()));
    assert_eq!(window.state.manager.work[0].status, Ok(step));
    let effects = window.send(ManagerEvent::Pause(id));
    assert!(matches!(effects[..], [Effect::Models(ManagerEffect::Pause(_))]));
    assert!(window.state.manager.work[0].paused);
    let effects = window.send(ManagerEvent::Resume(id));
    assert!(matches!(effects[..], [Effect::Models(ManagerEffect::Resume(_))]));
    let effects = window.send(ManagerEvent::Cancel(id));
    assert!(matches!(effects[..], [Effect::Models(ManagerEffect::Cancel(_))]));
    window.send(ManagerEvent::Ended(id, failed("Cancelled.")));
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
    window.send(ManagerEvent::Ended(WorkId(1), failed("No network.")));
    let again = window.send_at(ManagerEvent::Retry(WorkId(1)), 91_000);
    assert_eq!(ago(again), Duration::from_secs(90), "the licence was accepted then, and not now");
}

#[test]
fn a_failure_stays_until_it_is_tried_again_or_dismissed() {
    let mut window = Window::new();
    window.send(ManagerEvent::Import("/x/m.gguf".into(), ImportMode::Copy));
    assert!(window.state.shows(Page::Models), "a dropped file shows the panel");
    window.send(ManagerEvent::Ended(WorkId(1), failed("No.")));
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
        update(&mut window.state, Event::Worker(said), 0);
    };
    let residency = |models| WorkerMessage::Residency { models, used: 1, budget: 9, note: None };
    says(residency(vec![resident("one"), resident("two")]));
    says(residency(vec![resident("two")]));
    says(WorkerMessage::Unloaded { id: RequestId(1) });
    assert!(window.state.worker.holds("two") && !window.state.worker.holds("one"));
}

#[test]
fn going_to_a_text_hides_the_panel() {
    let mut window = Window::new();
    update(&mut window.state, Event::Command(ground::command::Command::ModelManager), 0);
    assert!(window.state.shows(Page::Models));
    update(&mut window.state, Event::Command(ground::command::Command::NewFile), 0);
    assert!(!window.state.shows(Page::Models));
}
