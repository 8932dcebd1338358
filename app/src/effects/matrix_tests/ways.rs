//! The columns: ways in which a text is saved, closed or changed by somebody else, and what was seen of each in two or three words.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::ground::command::Command;
use ::ground::ids::TabId;
use editor_core::file::Fate;
use parking_lot::Mutex;

use super::ground::{self, Ground, Kind, Means};
use super::refusing::Refusing;
use super::window::Window;
use crate::effects::disk;
use crate::effects::saves::Writer;
use crate::event::Event;
use crate::features::recovery::RecoveryEvent;
use crate::workspace::{Overlay, Question, Reply};

/// A column of the table.
pub struct Way {
    pub name: &'static str,
    pub see: fn(Kind, &Means) -> String,
}

/// All columns.
pub const WAYS: [Way; 11] = [
    Way { name: "save", see: save },
    Way { name: "save as", see: save_as },
    Way { name: "save over it", see: save_over },
    Way { name: "save all", see: save_all },
    Way { name: "quit", see: quit },
    Way { name: "hot close", see: hot_close },
    Way { name: "reload", see: reload },
    Way { name: "changed before", see: changed_before },
    Way { name: "changed during", see: changed_during },
    Way { name: "changed after", see: changed_after },
    Way { name: "two windows", see: two_windows },
];

/// What does not happen to a file of this kind.
const NOT_SO: &str = "—";

fn writer(kind: Kind, means: &Means, ground: &Ground, disturbed: bool) -> Writer {
    let place = || Some(ground.place.clone());
    let full = place().filter(|_| means.pretend_full(kind));
    let foreign = place().filter(|_| means.pretend_foreign(kind));
    if full.is_none() && foreign.is_none() && !disturbed {
        return Arc::new(disk::save);
    }
    let change = ground.change();
    let deed: Option<Box<dyn FnOnce() + Send>> =
        if disturbed { Some(Box::new(move || change.make())) } else { None };
    Refusing { full, foreign, kills: false, meanwhile: Arc::new(Mutex::new(deed)) }.writer()
}

/// A text in a window, and its file.
struct Scene {
    ground: Ground,
    window: Window,
    tab: TabId,
    /// What was typed at the beginning of the text.
    typed: String,
    /// Files beside it that were made.
    added: Vec<PathBuf>,
}

impl Scene {
    fn begin(kind: Kind, means: &Means) -> Scene {
        Scene::with(kind, means, false)
    }

    fn with(kind: Kind, means: &Means, disturbed: bool) -> Scene {
        let ground = Ground::new(kind, means);
        let writer = writer(kind, means, &ground, disturbed);
        let (window, tab) = open(&ground, "home", writer);
        let added = if kind == Kind::New { vec![ground.file.clone()] } else { Vec::new() };
        Scene { ground, window, tab, typed: String::new(), added }
    }

    fn kind(&self) -> Kind {
        self.ground.kind
    }

    fn file(&self) -> PathBuf {
        self.ground.file.clone()
    }

    fn now(&self) -> Option<Vec<u8>> {
        self.ground.content(&self.ground.file)
    }

    fn type_text(&mut self, text: &str) {
        self.window.send(Event::Activate(self.tab));
        let before = self.window.text(self.tab);
        self.window.type_text(text);
        if self.kind() == Kind::Binary {
            assert_eq!(self.window.text(self.tab), before, "a binary file takes no text");
            assert_eq!(self.window.error().map(short), Some("binary"));
            self.window.state.toasts.clear();
        } else {
            self.typed.push_str(text);
        }
    }

    /// The bytes of what was typed and the text it was typed into.
    fn ours(&self) -> Vec<u8> {
        ground::bytes(self.kind(), &(self.typed.clone() + ground::text(self.kind())))
    }

    fn save(&mut self) -> String {
        let before = self.now();
        self.window.command(Command::Save);
        let named = self.name_if_asked();
        named + &self.outcome(before.as_deref())
    }

    fn name_if_asked(&mut self) -> String {
        if !self.window.asks_for_a_name() {
            return String::new();
        }
        self.window.name(&self.file());
        "named, ".to_owned()
    }

    /// What became of the file after an attempt to save it; a question is answered with Overwrite.
    fn outcome(&mut self, before: Option<&[u8]>) -> String {
        let (file, ours) = (self.file(), self.ours());
        self.outcome_at(&file, before, &ours)
    }

    fn outcome_at(&mut self, file: &Path, before: Option<&[u8]>, ours: &[u8]) -> String {
        let mut asked = "";
        if self.window.asks_to_overwrite() {
            assert_eq!(
                self.ground.content(file).as_deref(),
                before,
                "{:?}: written before the answer",
                self.kind()
            );
            asked = "asks, ";
            self.window.reply(Reply::Yes);
        }
        let (now, document) = (self.ground.content(file), self.window.document(self.tab));
        let is_unsaved = document.is_modified();
        let said = match self.window.error() {
            _ if now.as_deref() == Some(ours) && !is_unsaved && self.kind() != Kind::Binary => {
                "saved".to_owned()
            }
            error => {
                assert_eq!(
                    now.as_deref(),
                    before,
                    "{:?}: neither the old content nor ours: {error:?}",
                    self.kind()
                );
                assert!(
                    is_unsaved || document.read_only().is_some(),
                    "{:?}: it says it is saved",
                    self.kind()
                );
                error.map_or("untouched".to_owned(), |error| format!("refused: {}", short(error)))
            }
        };
        self.check();
        format!("{asked}{said}")
    }

    fn check(&self) {
        let added: Vec<&Path> =
            self.added.iter().filter(|path| path.exists()).map(PathBuf::as_path).collect();
        self.ground.check(&added);
    }

    /// The text is that of the file as another program wrote it.
    fn has_theirs(&self) -> bool {
        let document = self.window.document(self.tab);
        let is_theirs = match self.kind() {
            Kind::Binary => document.rope().to_string().starts_with("theirs"),
            kind => *document.rope() == ground::their_text(kind).as_str(),
        };
        is_theirs && !document.is_modified() && self.now() == Some(ground::theirs(self.kind()))
    }
}

/// A window on the file, or on a text that is to become it.
fn open(ground: &Ground, home: &str, writer: Writer) -> (Window, TabId) {
    let mut window = Window::new(&ground.home(home), writer);
    if ground.kind != Kind::New {
        let tab = window.open(&ground.file);
        return (window, tab);
    }
    let tab = untitled(&mut window, ground::text(Kind::New));
    (window, tab)
}

/// A text without a file, its caret at the beginning.
fn untitled(window: &mut Window, text: &str) -> TabId {
    window.command(Command::NewFile);
    window.type_text(text);
    let tab = window.state.tab().unwrap().id;
    window.send(Event::Select(tab, editor_core::Selection::caret(0)));
    tab
}

/// A reason in two words.
fn short(error: &str) -> &'static str {
    let known = [
        ("write-protected", "protected"),
        ("not an ordinary file", "no file"),
        ("No space left", "disk full"),
        ("Permission denied", "folder locked"),
        ("binary file", "binary"),
    ];
    let found = known.into_iter().find(|(words, _)| error.contains(words));
    found.unwrap_or_else(|| panic!("an error that has no words here: {error}")).1
}

fn save(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    scene.type_text("X");
    scene.ground.befall();
    scene.save()
}

fn save_as(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    scene.type_text("X");
    scene.ground.befall();
    let (before, copy) = (scene.now(), scene.ground.place.join("copy.txt"));
    scene.added.push(copy.clone());
    scene.window.command(Command::SaveAs);
    scene.window.name(&copy);
    let said = scene.outcome_at(&copy, None, &scene.ours());
    assert_eq!(scene.now(), before, "{kind:?}: the file that it was is as it was");
    said
}

fn save_over(kind: Kind, means: &Means) -> String {
    if kind == Kind::AnyBytes {
        return NOT_SO.to_owned();
    }
    let mut scene = Scene::begin(kind, means);
    scene.ground.befall();
    scene.window.command(Command::CloseTab);
    if kind == Kind::New {
        scene.window.reply(Reply::Discard);
    }
    scene.tab = untitled(&mut scene.window, "another text\n");
    let (before, file) = (scene.now(), scene.file());
    scene.window.command(Command::SaveAs);
    scene.window.name(&file);
    let asks = scene.window.asks_to_overwrite();
    let said = over(&mut scene, &file, before.as_deref());
    assert!(kind == Kind::New || asks || said.starts_with("refused"), "{kind:?} is overwritten unasked");
    said
}

/// What became of another text on its way over a file, whatever that was.
fn over(scene: &mut Scene, file: &Path, before: Option<&[u8]>) -> String {
    let mut asked = "";
    if scene.window.asks_to_overwrite() {
        assert_eq!(scene.ground.content(file).as_deref(), before);
        asked = "asks, ";
        scene.window.reply(Reply::Yes);
    }
    let (now, is_unsaved) = (scene.ground.content(file), scene.window.document(scene.tab).is_modified());
    scene.check();
    if now.as_deref() == Some(b"another text\n") && !is_unsaved {
        return format!("{asked}saved");
    }
    assert!(now.as_deref() == before && is_unsaved, "{:?}: {now:?}", scene.kind());
    format!("{asked}refused: {}", short(scene.window.error().unwrap()))
}

/// A second changed file, and the first in front again.
fn with_another(scene: &mut Scene) {
    let other = scene.ground.other.clone();
    scene.window.open(&other);
    scene.window.type_text("X");
    scene.window.send(Event::Activate(scene.tab));
}

fn assert_other_is_saved(scene: &Scene) {
    let wanted = format!("X{}", ground::text(Kind::Plain)).into_bytes();
    assert_eq!(
        scene.ground.content(&scene.ground.other),
        Some(wanted),
        "{:?} holds up another",
        scene.kind()
    );
}

fn save_all(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    scene.type_text("X");
    with_another(&mut scene);
    scene.ground.befall();
    let before = scene.now();
    scene.window.command(Command::SaveAll);
    let named = scene.name_if_asked();
    let said = named + &scene.outcome(before.as_deref());
    assert_other_is_saved(&scene);
    said
}

fn quit(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    scene.window.state.settings.window.confirm_exit = true;
    scene.type_text("X");
    with_another(&mut scene);
    scene.ground.befall();
    let before = scene.now();
    scene.window.command(Command::Quit);
    assert!(matches!(scene.window.state.overlay, Overlay::Question(Question::Quit(_))));
    scene.window.reply(Reply::Yes);
    let named = scene.name_if_asked();
    let said = named + &scene.outcome(before.as_deref());
    assert_other_is_saved(&scene);
    let ends = scene.window.ended;
    assert_eq!(ends, !said.contains("refused"), "{kind:?}: {said}");
    format!("{said}, {}", if ends { "ends" } else { "stays" })
}

fn hot_close(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    scene.type_text("X");
    let wanted = scene.window.text(scene.tab);
    scene.ground.befall();
    let before = scene.now();
    let writer = writer(kind, means, &scene.ground, false);
    let next = Window::new(&scene.ground.home("elsewhere"), Arc::clone(&writer));
    std::mem::replace(&mut scene.window, next).fall();
    scene.window = Window::new(&scene.ground.home("home"), writer);
    if scene.window.left().is_empty() {
        assert_eq!(kind, Kind::Binary, "what was typed is lost");
        return "untouched".to_owned();
    }
    scene.window.send(Event::Recovery(RecoveryEvent::Recover));
    let tab = scene.window.state.tab().unwrap();
    assert_eq!((tab.document.rope().to_string(), tab.document.is_modified()), (wanted, true), "{kind:?}");
    assert_eq!(scene.now(), before, "{kind:?}: recovery writes no file");
    let is_on_file = tab.document.path() == Some(&scene.ground.file);
    assert!(is_on_file || kind == Kind::New, "{kind:?}: it is its file's text");
    scene.check();
    scene.tab = tab.id;
    let saved = scene.save();
    drop(scene);
    assert_eq!(saved, save(kind, means), "{kind:?}: it is saved as if nothing had happened");
    "recovered".to_owned()
}

fn reload(kind: Kind, means: &Means) -> String {
    if kind == Kind::New {
        return NOT_SO.to_owned();
    }
    let mut scene = Scene::begin(kind, means);
    let old = scene.window.text(scene.tab);
    scene.ground.change().make();
    scene.window.send(Event::WindowFocused);
    scene.check();
    if scene.has_theirs() {
        let is_binary = kind == Kind::Binary;
        scene.window.command(Command::Undo);
        assert!(is_binary || scene.window.text(scene.tab) == old, "{kind:?}: undo brings the old text back");
        return "reloaded".to_owned();
    }
    assert_eq!(scene.window.text(scene.tab), old, "{kind:?}");
    assert!(scene.window.document(scene.tab).is_modified(), "{kind:?}: the only copy counts as unsaved");
    assert_eq!(scene.window.state.tab().unwrap().fate, Fate::NoFile, "{kind:?}");
    "refused: no file".to_owned()
}

fn changed_before(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    scene.type_text("X");
    scene.ground.change().make();
    let theirs = scene.now();
    scene.window.command(Command::Save);
    if kind != Kind::New && scene.window.asks_to_overwrite() {
        scene.window.reply(Reply::Cancel);
        assert_eq!(scene.now(), theirs, "{kind:?}: cancelled");
        assert!(scene.window.document(scene.tab).is_modified());
        scene.window.command(Command::Save);
    }
    let named = scene.name_if_asked();
    named + &scene.outcome(theirs.as_deref())
}

fn changed_during(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::with(kind, means, true);
    scene.type_text("X");
    let old = scene.now();
    scene.window.command(Command::Save);
    let named = scene.name_if_asked();
    let now = scene.now();
    let is_theirs = now.as_ref() == Some(&ground::theirs(kind)) || matches!(kind, Kind::Pipe | Kind::Device);
    assert!(is_theirs || now == old, "{kind:?}: what was written during the save is gone");
    named + &scene.outcome(now.as_deref())
}

fn changed_after(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    scene.type_text("X");
    scene.save_before_the_change();
    scene.ground.change().make();
    let theirs = scene.now();
    scene.type_text("Y");
    scene.window.command(Command::Save);
    if !scene.window.asks_to_overwrite() {
        return scene.outcome(theirs.as_deref());
    }
    assert_eq!(scene.now(), theirs, "{kind:?}: written before the answer");
    let typed = scene.window.text(scene.tab);
    scene.window.reply(Reply::Discard);
    assert!(scene.has_theirs(), "{kind:?}");
    scene.window.command(Command::Undo);
    assert_eq!(scene.window.text(scene.tab), typed, "{kind:?}: what was typed can be had back");
    scene.check();
    "asks, reloaded".to_owned()
}

impl Scene {
    /// Pipes and devices come later.
    fn save_before_the_change(&mut self) {
        self.window.command(Command::Save);
        self.name_if_asked();
    }
}

fn two_windows(kind: Kind, means: &Means) -> String {
    let mut scene = Scene::begin(kind, means);
    let writer = writer(kind, means, &scene.ground, false);
    let (mut second, tab) = open(&scene.ground, "second", writer);
    scene.type_text("X");
    second.type_text("Y");
    scene.ground.befall();
    let first = scene.save();
    drop(std::mem::replace(&mut scene.window, second));
    scene.tab = tab;
    scene.typed = if kind == Kind::Binary { String::new() } else { "Y".to_owned() };
    let second = scene.save();
    if first == second { format!("both {first}") } else { format!("{first}; second {second}") }
}
