//! A window whose files are real: what it wants done with them is done, by the functions that do it in the product, when the test
//! says so. So that everything can happen between the wish and the deed.

use std::collections::VecDeque;

use crossbeam_channel::Receiver;

use super::*;
use crate::effects::{Outbox, disk};
use crate::workspace::{PathPurpose, Tab};

pub struct Desk {
    pub state: State,
    /// What waits to be read, each with the number of saves begun before.
    reads: VecDeque<(Effect, usize)>,
    saves: VecDeque<Save>,
    begun: usize,
    outbox: Outbox,
    events: Receiver<Event>,
    /// The window was closed.
    pub closed: bool,
}

impl Default for Desk {
    fn default() -> Desk {
        let (outbox, events) = Outbox::new(|| ());
        let (reads, saves) = (VecDeque::new(), VecDeque::new());
        let mut state = State::default();
        state.settings.window.confirm_exit = true;
        Desk { state, reads, saves, begun: 0, outbox, events, closed: false }
    }
}

impl Desk {
    /// With these files open, the last one in front.
    pub fn on(paths: &[&Path]) -> Desk {
        let mut desk = Desk::default();
        for path in paths {
            desk.send(Event::Open(path.to_path_buf()));
            desk.settle();
        }
        desk
    }

    pub fn send(&mut self, event: Event) {
        for effect in super::super::update(&mut self.state, event, 0) {
            match effect {
                Effect::Save(save) => {
                    self.begun += 1;
                    self.saves.push_back(save);
                }
                Effect::Open { .. } | Effect::Reload(..) | Effect::Check(..) | Effect::Compare(_) => {
                    self.reads.push_back((effect, self.begun));
                }
                Effect::Quit => self.closed = true,
                _ => {}
            }
        }
    }

    /// The save whose turn it is.
    pub fn next_save(&self) -> Option<&Save> {
        self.saves.front()
    }

    /// Does the next save, if there is one: was it written?
    pub fn work_at_saves(&mut self) -> Option<bool> {
        let (answer, answered) = Outbox::new(|| ());
        disk::save(&answer, self.saves.pop_front()?);
        let event = answered.try_recv().unwrap();
        let written = matches!(event, Event::Saved { result: Ok(_), .. });
        self.outbox.send(event);
        Some(written)
    }

    /// Reads what is wanted next.
    pub fn work_at_reads(&mut self) -> bool {
        let Some((effect, begun)) = self.reads.pop_front() else { return false };
        match effect {
            Effect::Open { path, caret, front } => disk::open(&self.outbox, path, caret, front),
            Effect::Reload(tab, path, revision, reading) => {
                disk::reload(&self.outbox, tab, &path, revision, reading);
            }
            Effect::Check(tab, path, stamp) => {
                disk::check(&self.outbox, tab, &path, &stamp, &|| begun == self.begun);
            }
            Effect::Compare(asked) => disk::compare(&self.outbox, *asked),
            other => panic!("{other:?} reads nothing"),
        }
        true
    }

    /// What was done and the window does not know of yet.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.try_recv().ok()
    }

    /// Hears of all that was done.
    pub fn hear(&mut self) {
        while let Some(event) = self.next_event() {
            self.send(event);
        }
    }

    /// Everything that is wanted is done.
    pub fn settle(&mut self) {
        while self.work_at_saves().is_some() || self.work_at_reads() {
            self.hear();
        }
        self.hear();
    }

    /// Does this, and all that comes of it.
    pub fn does(&mut self, event: Event) {
        self.send(event);
        self.settle();
    }

    pub fn command(&mut self, command: Command) {
        self.does(Event::Command(command));
    }

    pub fn types(&mut self, text: &str) {
        self.does(Event::Typed(Typed::Text(text.into())));
    }

    pub fn replies(&mut self, reply: Reply) {
        self.does(Event::Overlay(OverlayEvent::Reply(reply)));
    }

    /// The window gets the keyboard.
    pub fn looks(&mut self) {
        self.does(Event::WindowFocused);
    }

    /// Answers the prompt for a path without waiting for what comes of it.
    pub fn names(&mut self, path: &Path) {
        self.send(Event::Overlay(OverlayEvent::Text(path.display().to_string())));
        self.send(Event::Overlay(OverlayEvent::Accept));
    }

    pub fn saves_as(&mut self, path: &Path) {
        self.command(Command::SaveAs);
        self.names(path);
        self.settle();
    }

    pub fn tab(&self) -> &Tab {
        self.state.tab().unwrap()
    }

    pub fn text(&self) -> String {
        self.tab().document.rope().to_string()
    }

    pub fn is_unsaved(&self) -> bool {
        self.tab().is_unsaved()
    }

    /// The path that a question about overwriting is about.
    pub fn asks_about(&self) -> Option<&Path> {
        match &self.state.overlay {
            Overlay::Question(Question::Overwrite { path, .. }) => Some(path),
            _ => None,
        }
    }

    /// The title of the tab that a path is asked for.
    pub fn asks_for_path_of(&self) -> Option<String> {
        let Overlay::Path(prompt) = &self.state.overlay else { return None };
        let PathPurpose::Save(id) = prompt.wish else { return None };
        let tab = self.state.tabs.iter().find(|tab| tab.id == id)?;
        Some(tab.document.title())
    }

    pub fn says(&self, words: &str) -> bool {
        self.state.toasts.iter().any(|toast| toast.text.contains(words))
    }
}
