//! A window without a picture: the real state, the real effects on their own threads, and a person who waits for each answer.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::Receiver;
use editor_core::Document;
use ground::command::Command;
use ground::ids::TabId;
use settings::Layers;

use crate::effects::queue::queue;
use crate::effects::saves::Writer;
use crate::effects::{Effects, ModelPlaces, Outbox, OutsidePlaces};
use crate::event::{Effect, Event, OverlayEvent, Typed};
use crate::state::State;
use crate::workspace::session::Session;
use crate::workspace::{Overlay, Question, Reply, ToastKind};

use crate::features::recovery::RecoveryEffect;
use crate::update::{self, update};

/// Long enough for any disk; a wait this long is a failure.
const PATIENCE: Duration = Duration::from_secs(60);
/// Says that everything asked of the disk before is done.
const FENCE: &str = "everything before this is done";

pub struct Window {
    pub state: State,
    effects: Effects,
    inbox: Receiver<Event>,
    ctx: egui::Context,
    /// A clock that continues with each event.
    now: u64,
    /// Something was asked whose answer must be waited for.
    asked: bool,
    /// The window closed.
    pub ended: bool,
}

impl Window {
    /// A start of the editor with this folder for what it keeps.
    pub fn new(home: &Path, writer: Writer) -> Window {
        let places = OutsidePlaces {
            worker: Err(assist::worker::NoWorkerProgram::Missing("no worker in this test".into())),
            session: Some(home.join("session.json")),
            models: ModelPlaces::here(&Default::default()),
            settings: Layers::of(""),
        };
        let (outbox, inbox) = Outbox::new(|| ());
        let mut effects = Effects::saving_with(writer, places, &Session::default(), &outbox);
        // One that waits for each answer, as the person does.
        effects.disk = queue("disk", &outbox);
        let mut window = Window {
            state: State::default(),
            effects,
            inbox,
            ctx: egui::Context::default(),
            now: 0,
            asked: false,
            ended: false,
        };
        window.run(update::begin());
        window.settle();
        window
    }

    fn run(&mut self, effects: Vec<Effect>) {
        for effect in effects {
            self.ended |= matches!(effect, Effect::Quit);
            self.asked |= matches!(
                effect,
                Effect::Open { .. }
                    | Effect::Reload(..)
                    | Effect::Save(_)
                    | Effect::Check(..)
                    | Effect::Recovery(RecoveryEffect::ReadLeft(_))
            );
            self.effects.run(effect, &self.ctx);
        }
    }

    /// Something happens, and all that follows from it.
    pub fn send(&mut self, event: Event) {
        self.take(event);
        self.settle();
    }

    fn take(&mut self, event: Event) {
        self.now += 1;
        let effects = update(&mut self.state, event, self.now);
        self.run(effects);
    }

    fn settle(&mut self) {
        loop {
            self.asked = false;
            self.effects.on(&self.effects.disk, |out| out.send(Event::Trouble(FENCE.into())));
            let mut is_behind = false;
            while !is_behind || self.state.tabs.iter().any(|tab| tab.saving.is_some()) {
                match self.inbox.recv_timeout(PATIENCE).expect("an answer") {
                    Event::Trouble(said) if said == FENCE => is_behind = true,
                    event => self.take(event),
                }
            }
            if !self.asked {
                return;
            }
        }
    }

    pub fn command(&mut self, command: Command) {
        self.send(Event::Command(command));
    }

    pub fn type_text(&mut self, text: &str) {
        self.send(Event::Typed(Typed::Text(text.into())));
    }

    /// Opens a file in front.
    pub fn open(&mut self, path: &Path) -> TabId {
        self.send(Event::Open(path.into()));
        self.state.tab_on(path).expect("a tab").id
    }

    /// The answer to the question for a name.
    pub fn name(&mut self, path: &Path) {
        assert!(self.asks_for_a_name(), "no name is asked for: {:?}", self.state.toasts);
        self.take(Event::Overlay(OverlayEvent::Text(path.to_str().unwrap().into())));
        self.send(Event::Overlay(OverlayEvent::Accept));
    }

    pub fn asks_for_a_name(&self) -> bool {
        matches!(self.state.overlay, Overlay::Path(_))
    }

    pub fn asks_to_overwrite(&self) -> bool {
        matches!(self.state.overlay, Overlay::Question(Question::Overwrite { .. }))
    }

    pub fn reply(&mut self, reply: Reply) {
        self.send(Event::Overlay(OverlayEvent::Reply(reply)));
    }

    pub fn document(&self, tab: TabId) -> &Document {
        &self.state.tabs.iter().find(|other| other.id == tab).expect("a tab").document
    }

    pub fn text(&self, tab: TabId) -> String {
        self.document(tab).rope().to_string()
    }

    /// The last error that is shown.
    pub fn error(&self) -> Option<&str> {
        let mut errors = self.state.toasts.iter().filter(|toast| toast.kind == ToastKind::Error);
        errors.next_back().map(|toast| toast.text.as_str())
    }

    /// Nothing is typed for a second.
    pub fn rest(&mut self) {
        self.now += 1_000;
        self.send(Event::Frame);
    }

    /// The editor is ended from outside, once what was typed more than a second ago is kept.
    pub fn fall(mut self) {
        self.rest();
        self.effects.unsaved.fall();
    }

    /// Journals of an earlier start.
    pub fn left(&self) -> Vec<PathBuf> {
        self.state.recovery.left.texts.iter().map(|(_, journal)| journal.clone()).collect()
    }
}
