//! Two windows and another program work on one folder, in any order and with anything happening between a wish and its deed. Against
//! a model of the files: no byte differs that nobody wrote, nothing is overwritten that its window has not seen, what counts as saved
//! was on disk, and no text goes without undo or an answer that gives it up.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::fs;

use editor_core::Document;
use editor_core::disk::RealDisk;
use editor_core::file::{self, Expect, Fate};
use ground::ids::TabId;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestError, TestRunner};

use super::desk::Desk;
use super::*;

/// The files, by the encoding that another program writes them in. `new` is not there at first, `link` leads to `plain`, and nobody
/// touches the last one.
const NAMES: [&str; 8] = ["plain", "crlf", "utf16", "latin", "bom", "new", "link", "untouched"];
/// Where "Save as" goes, besides: another name of a file, and a folder that is not there.
const PLACES: [&str; 2] = ["./plain", "no folder/x"];
/// Files that anybody touches.
const TOUCHED: usize = NAMES.len() - 1;

#[derive(Clone, Copy, Debug)]
enum Outside {
    Write,
    Replace,
    Delete,
    Folder,
    Binary,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Open(usize),
    New,
    Front(usize),
    Type(usize),
    Unwritable,
    Command(Command),
    SaveAs(usize),
    Look,
    Reply(Reply),
    Bar(Reply),
    Leave,
    Reads,
    Saves,
    Hear,
    /// Everything is done and heard.
    Settle,
    Outside(usize, Outside),
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![Just(Reply::Yes), Just(Reply::Discard), Just(Reply::Compare), Just(Reply::Cancel)]
}

fn act() -> impl Strategy<Value = Act> {
    use Command::{AcceptAll, AcceptHunk, CloseTab, Quit, Redo, RejectAll, RejectHunk, ReopenTab, Revert};
    let other = [AcceptAll, AcceptHunk, CloseTab, Quit, Redo, RejectAll, RejectHunk, ReopenTab, Revert];
    let outside = [Outside::Write, Outside::Replace, Outside::Delete, Outside::Folder, Outside::Binary];
    prop_oneof![
        2 => (0..TOUCHED).prop_map(Act::Open),
        1 => Just(Act::New),
        3 => (0usize..4).prop_map(Act::Front),
        8 => (0usize..40).prop_map(Act::Type),
        1 => Just(Act::Unwritable),
        3 => Just(Act::Command(Command::Undo)),
        8 => Just(Act::Command(Command::Save)),
        4 => prop::sample::select(other.to_vec()).prop_map(Act::Command),
        2 => (0..TOUCHED + PLACES.len()).prop_map(Act::SaveAs),
        4 => Just(Act::Look),
        12 => reply().prop_map(Act::Reply),
        3 => reply().prop_map(Act::Bar),
        1 => Just(Act::Leave),
        10 => Just(Act::Reads),
        10 => Just(Act::Saves),
        12 => Just(Act::Hear),
        12 => Just(Act::Settle),
        6 => (0..TOUCHED, prop::sample::select(outside.to_vec())).prop_map(|(name, how)| Act::Outside(name, how)),
    ]
}

/// How often what the test is about has happened.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    steps: usize,
    written: usize,
    refused: usize,
    overwritten_by_answer: usize,
    reloaded: usize,
    compared: usize,
    given_up: usize,
    closed: usize,
}

struct World {
    folder: tempfile::TempDir,
    desks: [Desk; 2],
    /// What each file holds.
    model: HashMap<&'static str, Option<Vec<u8>>>,
    /// Everything that ever was on the disk.
    ever: HashSet<Vec<u8>>,
    /// What each window may overwrite: what its tabs took over or wrote, and what its user was asked about.
    agreed: [HashSet<[u8; 32]>; 2],
    /// Makes each content another one, of another length.
    count: usize,
    figures: Figures,
}

impl World {
    fn new() -> World {
        let mut world = World {
            folder: tempfile::tempdir().unwrap(),
            desks: [Desk::default(), Desk::default()],
            model: HashMap::new(),
            ever: HashSet::new(),
            agreed: [HashSet::new(), HashSet::new()],
            count: 0,
            figures: Figures::default(),
        };
        for (index, name) in NAMES.iter().enumerate() {
            match *name {
                "new" => {}
                "link" => std::os::unix::fs::symlink(world.path(0), world.path(index)).unwrap(),
                _ => fs::write(world.path(index), world.content(index)).unwrap(),
            }
        }
        world.look_around();
        for at in 0..2 {
            world.start(at);
        }
        world
    }

    fn start(&mut self, at: usize) {
        (self.desks[at], self.agreed[at]) = (Desk::default(), HashSet::new());
        for index in [at, 2 + at] {
            self.send(at, Event::Open(self.path(index)));
            self.settle(at);
        }
    }

    fn path(&self, index: usize) -> PathBuf {
        self.folder.path().join(NAMES.iter().chain(&PLACES).nth(index).unwrap())
    }

    /// What another program writes: never twice the same, nor the same length.
    fn content(&mut self, index: usize) -> Vec<u8> {
        self.count += 1;
        let filler = "x".repeat(200 + 7 * self.count);
        let text = format!("{} café\nsecond line\n{filler}\n", self.count);
        match NAMES[index] {
            "crlf" => text.replace('\n', "\r\n").into_bytes(),
            "utf16" => [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            "latin" => text.chars().map(|char| u8::try_from(u32::from(char)).unwrap()).collect(),
            "bom" => [&b"\xEF\xBB\xBF"[..], text.as_bytes()].concat(),
            _ => text.into_bytes(),
        }
    }

    /// The test itself has changed the files.
    fn look_around(&mut self) {
        for (index, name) in NAMES.iter().enumerate() {
            let bytes = fs::read(self.path(index)).ok();
            self.ever.extend(bytes.clone());
            self.model.insert(name, bytes);
        }
    }

    fn outside(&mut self, index: usize, how: Outside) {
        let path = self.path(index);
        if fs::symlink_metadata(&path).is_ok_and(|found| found.is_dir()) {
            fs::remove_dir(&path).unwrap();
        }
        let bytes = self.content(index);
        // Where a link leads nowhere there is nothing to write to, as in a folder's place.
        match how {
            Outside::Write => drop(fs::write(&path, bytes)),
            Outside::Replace => {
                let beside = self.folder.path().join("beside");
                fs::write(&beside, bytes).unwrap();
                fs::rename(beside, path).unwrap();
            }
            Outside::Binary => drop(fs::write(&path, [b"\0\xFF", &bytes[..]].concat())),
            Outside::Delete => drop(fs::remove_file(&path)),
            Outside::Folder => {
                drop(fs::remove_file(&path));
                fs::create_dir(&path).unwrap();
            }
        }
        self.look_around();
    }

    fn act(&mut self, at: usize, act: Act) {
        self.figures.steps += 1;
        let front = self.desks[at].state.tab().map(|tab| tab.id);
        let tabs = self.desks[at].state.tabs.len();
        let asks = matches!(self.desks[at].state.overlay, Overlay::Question(_));
        match act {
            // A question has the keyboard.
            Act::Type(place) if asks => {
                let replies = [Reply::Yes, Reply::Discard, Reply::Compare, Reply::Cancel];
                self.send(at, Event::Overlay(OverlayEvent::Reply(replies[place % replies.len()])));
            }
            Act::Open(index) => self.send(at, Event::Open(self.path(index))),
            Act::New => self.send(at, Event::Command(Command::NewFile)),
            Act::Front(index) if tabs > 0 => {
                let id = self.desks[at].state.tabs[index % tabs].id;
                self.send(at, Event::Activate(id));
            }
            Act::Front(_) => {}
            Act::Type(place) => {
                if let Some(tab) = self.desks[at].state.tab() {
                    let place = place.min(tab.document.buffer().len_chars());
                    let selection = Selection::caret(place);
                    self.send(at, Event::Select(tab.id, selection));
                }
                self.count += 1;
                self.send(at, Event::Typed(Typed::Text(format!("«{}»", self.count))));
            }
            Act::Unwritable => self.send(at, Event::Typed(Typed::Text("漢".into()))),
            Act::Command(command) => self.send(at, Event::Command(command)),
            Act::SaveAs(index) => {
                if !matches!(self.desks[at].state.overlay, Overlay::Path(_)) {
                    self.send(at, Event::Command(Command::SaveAs));
                }
                let index = if index < TOUCHED { index } else { index + 1 };
                let name = self.path(index).display().to_string();
                self.send(at, Event::Overlay(OverlayEvent::Text(name)));
                self.send(at, Event::Overlay(OverlayEvent::Accept));
            }
            Act::Look => self.send(at, Event::WindowFocused),
            Act::Reply(reply) => self.send(at, Event::Overlay(OverlayEvent::Reply(reply))),
            Act::Bar(reply) => {
                if let Some(front) = front {
                    self.send(at, Event::Conflict(front, reply));
                }
            }
            Act::Leave => self.send(at, Event::Overlay(OverlayEvent::Close)),
            Act::Reads => drop(self.desks[at].work_at_reads()),
            Act::Saves => drop(self.save(at)),
            Act::Hear => drop(self.hear(at)),
            Act::Settle => self.settle(at),
            Act::Outside(index, how) => self.outside(index, how),
        }
        self.check_files();
    }

    /// Does the next save, and knows what must be on the disk then.
    fn save(&mut self, at: usize) -> bool {
        let Some(save) = self.desks[at].next_save().cloned() else { return false };
        let found = file::open(&RealDisk, &save.path).ok().and_then(|opened| opened.stamp);
        if self.desks[at].work_at_saves() != Some(true) {
            self.figures.refused += 1;
            return true;
        }
        self.figures.written += 1;
        if let Some(found) = found {
            assert!(self.agreed[at].contains(&found.hash), "{} was overwritten unseen", save.path.display());
        }
        let bytes = save.text.bytes().unwrap();
        let target = save.path.canonicalize().unwrap();
        for (index, name) in NAMES.iter().enumerate() {
            if self.path(index).canonicalize().is_ok_and(|path| path == target) {
                self.model.insert(name, Some(bytes.clone()));
            }
        }
        self.ever.insert(bytes);
        true
    }

    fn hear(&mut self, at: usize) -> bool {
        let Some(event) = self.desks[at].next_event() else { return false };
        self.send(at, event);
        true
    }

    fn settle(&mut self, at: usize) {
        while self.save(at) || self.desks[at].work_at_reads() || self.hear(at) {
            self.check_files();
        }
    }

    fn send(&mut self, at: usize, event: Event) {
        let unsaved = self.desks[at].state.tabs.iter().filter(|tab| tab.is_unsaved());
        let before: Vec<(TabId, Document)> = unsaved.map(|tab| (tab.id, tab.document.clone())).collect();
        let gives_up = self.answer(at, &event);
        let what: String = format!("{event:?}").chars().take(80).collect();
        let edits = matches!(
            event,
            Event::Typed(_) | Event::Command(Command::Undo | Command::Redo | Command::AcceptHunk)
        );
        let settles = matches!(event, Event::Saved { .. } | Event::Compared(..) | Event::Command(_))
            && !matches!(event, Event::Command(Command::Save | Command::Revert));
        let reloads = matches!(event, Event::Reloaded(..));
        self.desks[at].send(event);
        for (id, document) in before {
            let Some(tab) = self.desks[at].state.find_tab(id) else {
                let saved =
                    document.writable().is_ok_and(|text| text.bytes().is_ok_and(|b| self.ever.contains(&b)));
                assert!(
                    saved || gives_up.is_some_and(|tab| tab.is_none_or(|tab| tab == id)),
                    "a text went with its tab: {what}"
                );
                continue;
            };
            if !edits && tab.document.rope() != document.rope() {
                self.figures.reloaded += usize::from(reloads);
                let mut back = tab.document.clone();
                assert!(back.undo() && back.rope() == document.rope(), "a text cannot be had back: {what}");
            }
            let hash = |document: &Document| document.stamp().map(|stamp| stamp.hash);
            let other_file = hash(&tab.document) != hash(&document);
            assert!(!other_file || settles || !tab.is_unsaved(), "a change was passed over: {what}");
        }
        self.check_tabs(at);
        if self.desks[at].closed {
            let tabs = &self.desks[at].state.tabs;
            assert!(
                gives_up == Some(None) || tabs.iter().all(|tab| !tab.is_unsaved()),
                "a text went with its window"
            );
            self.figures.closed += 1;
            // The window waits for its saves.
            while self.save(at) {}
            self.start(at);
        }
    }

    /// What an answer allows: `Some` when a text is given up, that of one tab or of all. What it lets be overwritten is agreed to.
    fn answer(&mut self, at: usize, event: &Event) -> Option<Option<TabId>> {
        self.figures.compared += usize::from(matches!(event, Event::Compared(_, Ok(_))));
        let Event::Overlay(OverlayEvent::Reply(reply)) = event else { return None };
        let Overlay::Question(question) = &self.desks[at].state.overlay else { return None };
        let given_up = match (question, reply) {
            (Question::Overwrite { seen: Expect::Unchanged(stamp), .. }, Reply::Yes) => {
                self.agreed[at].insert(stamp.hash);
                self.figures.overwritten_by_answer += 1;
                None
            }
            (Question::Close(id), Reply::Discard) => Some(Some(*id)),
            (Question::Quit(_), Reply::Discard) => Some(None),
            _ => None,
        };
        self.figures.given_up += usize::from(given_up.is_some());
        given_up
    }

    /// What counts as saved was on disk, byte for byte.
    fn check_tabs(&mut self, at: usize) {
        for tab in &self.desks[at].state.tabs {
            let Some(stamp) = tab.document.stamp() else { continue };
            self.agreed[at].insert(stamp.hash);
            if let (false, Ok(text)) = (tab.document.is_modified(), tab.document.writable()) {
                let bytes = text.bytes().unwrap();
                assert!(self.ever.contains(&bytes), "{} never was on disk", tab.document.title());
            }
        }
    }

    /// Each file holds what was written last, and nothing else lies there.
    fn check_files(&self) {
        for (index, name) in NAMES.iter().enumerate() {
            assert!(fs::read(self.path(index)).ok() == self.model[name], "{name} is not what was written");
        }
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let name = entry.unwrap().file_name();
            assert!(NAMES.iter().any(|known| name == *known), "{} was left", name.display());
        }
    }

    /// Once both windows have looked, what they show as saved is on disk.
    fn end(&mut self) {
        for at in [0, 1, 0, 1] {
            self.settle(at);
            self.send(at, Event::WindowFocused);
            self.settle(at);
        }
        for tab in self.desks.iter().flat_map(|desk| &desk.state.tabs) {
            assert!(tab.saving.is_none(), "each save is answered");
            let document = &tab.document;
            let is_shown = !tab.is_unsaved() && tab.fate == Fate::Same && document.stamp().is_some();
            if let (true, Ok(text), Some(path)) = (is_shown, document.writable(), document.path()) {
                assert!(fs::read(path).ok() == text.bytes().ok(), "{} is shown otherwise", document.title());
            }
        }
    }
}

#[test]
fn whatever_two_windows_and_another_program_do_no_byte_and_no_text_is_lost() {
    let all = Cell::new(Figures::default());
    let config = Config { failure_persistence: None, ..Config::default() };
    let acts = prop::collection::vec((0usize..2, act()), 1..100);
    let result = TestRunner::new(config).run(&acts, |acts| {
        let mut world = World::new();
        for (at, act) in acts {
            world.act(at, act);
        }
        world.end();
        let (sum, one) = (all.get(), world.figures);
        all.set(Figures {
            steps: sum.steps + one.steps,
            written: sum.written + one.written,
            refused: sum.refused + one.refused,
            overwritten_by_answer: sum.overwritten_by_answer + one.overwritten_by_answer,
            reloaded: sum.reloaded + one.reloaded,
            compared: sum.compared + one.compared,
            given_up: sum.given_up + one.given_up,
            closed: sum.closed + one.closed,
        });
        Ok(())
    });
    if let Err(TestError::Fail(reason, acts)) = &result {
        panic!("{reason}\n{}", acts.iter().map(|act| format!("{act:?}\n")).collect::<String>());
    }
    result.unwrap();
    let Figures { steps, written, refused, overwritten_by_answer, reloaded, compared, given_up, closed } =
        all.get();
    println!("{:?}", all.get());
    let rare = [written, refused, overwritten_by_answer, reloaded, compared, given_up, closed];
    assert!(steps > 1_000 && rare.iter().all(|count| *count > 0), "something was not tried: {:?}", all.get());
}
