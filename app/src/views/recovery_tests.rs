//! What was not saved when the editor fell, in the window that comes after it: with real files, real journals and real effects.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use ground::command::Command;

use super::tests::{happen, press, text, type_text, wait, window_with};
use crate::app::App;
use crate::event::Event;
use crate::state::State;
use crate::workspace::session::Session;
use crate::workspace::{Overlay, Question};

/// A home, and a folder of the user's.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Place {
        Place(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: impl AsRef<OsStr>) -> PathBuf {
        self.0.path().join(name.as_ref())
    }

    fn open(&self, files: &[&Path]) -> Harness<'static, App> {
        let mut harness = window_with(files, Some(self.file("state/session.json")));
        let all = files.len();
        wait(&mut harness, |state| state.tabs.len() == all);
        harness
    }

    fn folders(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.file("state/unsaved")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    /// Journals whose owner is gone.
    fn orphans(&self) -> Vec<PathBuf> {
        let gone = |folder: &PathBuf| {
            std::fs::File::open(folder.join("lock")).is_ok_and(|lock| lock.try_lock().is_ok())
        };
        let files = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let journals = self.folders().into_iter().filter(gone).flat_map(files);
        journals.filter(|path| path.extension().is_some_and(|end| end == "journal")).collect()
    }

    /// Types into a file and falls.
    fn fall(&self, file: &Path, typed: &str) {
        let before = self.orphans().len();
        let mut harness = self.open(&[file]);
        type_text(&mut harness, typed);
        wait(&mut harness, |state| !state.recovery.kept.is_empty());
        // Nobody says goodbye: the window is gone as after a crash.
        drop(harness);
        let end = Instant::now() + Duration::from_secs(10);
        while self.orphans().len() == before {
            assert!(Instant::now() < end, "nothing was kept");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// A file that was typed into when the editor fell.
    fn fallen(&self, name: impl AsRef<OsStr>) -> PathBuf {
        let file = self.file(name);
        std::fs::write(&file, "a = 1\n").unwrap();
        self.fall(&file, "# typed\n");
        file
    }

    /// The next window, in which what was left is recovered.
    fn recover(&self) -> Harness<'static, App> {
        let mut harness = self.open(&[]);
        wait(&mut harness, |state| !state.notices.is_empty());
        harness.get_by_label("Recover").click();
        harness.run_steps(3);
        wait(&mut harness, |state| !state.tabs.is_empty());
        harness
    }
}

fn save(harness: &mut Harness<'_, App>) {
    press(harness, Modifiers::COMMAND, Key::S);
    wait(harness, |state| state.tab().is_some_and(|tab| tab.saving.is_none() && !tab.document.is_modified()));
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn a_file_that_is_as_it_was_takes_its_text_and_a_save_asks_nothing() {
    let place = Place::new();
    let file = place.fallen("a.py");
    let mut harness = place.recover();
    assert_eq!(text(&mut harness), "# typed\na = 1\n");
    assert!(harness.state_mut().state().tabs[0].fate == editor_core::file::Fate::Same);
    save(&mut harness);
    assert_eq!(read(&file), "# typed\na = 1\n");
}

#[test]
fn a_file_that_changed_since_shows_the_conflict_and_is_not_overwritten_unasked() {
    let place = Place::new();
    let file = place.fallen("a.py");
    std::fs::write(&file, "theirs\n").unwrap();
    let mut harness = place.recover();
    assert_eq!(text(&mut harness), "# typed\na = 1\n");
    harness.get_by_label("Keep mine");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Question(Question::Overwrite { .. })));
    assert_eq!(read(&file), "theirs\n");
    harness.get_by_label("Overwrite").click();
    wait(&mut harness, |state| state.tab().is_some_and(|tab| !tab.document.is_modified()));
    assert_eq!(read(&file), "# typed\na = 1\n");
}

#[test]
fn a_file_that_changed_since_is_what_undo_shows_and_reload_takes() {
    let place = Place::new();
    let file = place.fallen("a.py");
    std::fs::write(&file, "theirs\n").unwrap();
    let mut harness = place.recover();
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut harness), "theirs\n");
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    assert_eq!(text(&mut harness), "# typed\na = 1\n");
    harness.get_by_label("Reload").click();
    wait(&mut harness, |state| state.tab().is_some_and(|tab| !tab.document.is_modified()));
    assert_eq!(text(&mut harness), "theirs\n");
}

#[test]
fn a_file_that_is_gone_is_made_anew_by_a_save() {
    let place = Place::new();
    let file = place.fallen("a.py");
    std::fs::remove_file(&file).unwrap();
    let mut harness = place.recover();
    let state = harness.state_mut().state();
    assert_eq!(state.tabs[0].document.path(), Some(file.as_path()));
    assert!(state.toasts.iter().any(|toast| toast.text.contains("no longer exists")));
    assert!(!file.exists());
    save(&mut harness);
    assert_eq!(read(&file), "# typed\na = 1\n");
}

#[test]
fn of_two_texts_of_one_file_the_later_has_its_tab_and_both_are_there() {
    let place = Place::new();
    let file = place.file("a.py");
    std::fs::write(&file, "a = 1\n").unwrap();
    place.fall(&file, "# first\n");
    place.fall(&file, "# second\n");
    let mut harness = place.recover();
    let state = harness.state_mut().state();
    let tab = |tab: &crate::workspace::Tab| (tab.document.title(), tab.document.rope().to_string());
    let mut tabs: Vec<(String, String)> = state.tabs.iter().map(tab).collect();
    tabs.sort();
    let expected = [("a.py", "# second\na = 1\n"), ("a.py (recovered)", "# first\na = 1\n")];
    assert_eq!(tabs, expected.map(|(title, text)| (title.to_owned(), text.to_owned())));
    assert!(state.tabs.iter().all(|tab| tab.document.is_modified()));
    wait(&mut harness, |_| place.orphans().is_empty());
}

#[test]
fn a_file_that_cannot_be_read_loses_no_text_and_keeps_its_tab() {
    let place = Place::new();
    let file = place.fallen("a.py");
    std::fs::remove_file(&file).unwrap();
    std::fs::create_dir(&file).unwrap();
    let mut harness = place.recover();
    assert_eq!(text(&mut harness), "# typed\na = 1\n");
    let said = |state: &State, words: &str| state.toasts.iter().any(|toast| toast.text.contains(words));
    assert!(said(harness.state_mut().state(), "is not an ordinary file"));
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| said(state, "cannot be saved"));
    assert!(harness.state_mut().state().tabs[0].document.is_modified());
    std::fs::remove_dir(&file).unwrap();
    std::fs::write(&file, "a = 1\n").unwrap();
    save(&mut harness);
    assert_eq!(read(&file), "# typed\na = 1\n");
}

#[test]
fn a_journal_of_the_first_version_is_recovered() {
    let place = Place::new();
    let folder = place.file("state/unsaved/1-1");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("lock"), "").unwrap();
    let journal = include_bytes!("../../../editor-core/src/journal/version-1.journal");
    std::fs::write(folder.join("1.journal"), journal).unwrap();
    let mut harness = place.recover();
    assert_eq!(text(&mut harness), "def höhe():\n    pass\n");
    harness.get_by_label("Text of größe.py");
}

#[test]
fn two_windows_of_one_home_undo_nothing_of_each_other() {
    let place = Place::new();
    let folders = ["one", "two"].map(|name| place.file(name));
    folders.iter().for_each(|folder| std::fs::create_dir(folder).unwrap());
    let mut windows = [place.open(&[]), place.open(&[])];
    let there = || Session::load(&place.file("state/session.json"));
    let until = |wanted: &dyn Fn(&Session) -> bool| {
        let end = Instant::now() + Duration::from_secs(10);
        while !wanted(&there()) {
            assert!(Instant::now() < end, "this never came to the file: {:?}", there());
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    for (window, folder) in windows.iter_mut().zip(&folders) {
        happen(window, Event::OpenFolder(folder.clone()));
        happen(window, Event::Command(Command::RunExamples));
        until(&|session| session.trusted.contains(folder));
    }
    assert_eq!(there().trusted, folders);
    assert_eq!(there().recent, [folders[1].clone(), folders[0].clone()]);
    // What the first window takes back stays so when the second, which does not know, writes last.
    let [first, second] = &mut windows;
    happen(first, Event::Command(Command::RunExamples));
    until(&|session| !session.trusted.contains(&folders[0]));
    happen(second, Event::Command(Command::RunCheckers));
    until(&|session| session.checked.contains(&folders[1]));
    assert_eq!(there().trusted, [folders[1].clone()]);
    // And the second obeys once it is looked at.
    happen(first, Event::OpenFolder(folders[1].clone()));
    happen(first, Event::Command(Command::RunExamples));
    happen(first, Event::Command(Command::RunExamples));
    until(&|session| session.trusted.is_empty());
    happen(second, Event::WindowFocused);
    wait(second, |state| state.session.trusted.is_empty());
}

#[test]
fn a_name_of_any_bytes_is_recovered_and_saved() {
    let place = Place::new();
    let file = place.fallen(OsStr::from_bytes(b"odd \xFF.py"));
    let mut harness = place.recover();
    assert_eq!(harness.state_mut().state().tabs[0].document.path(), Some(file.as_path()));
    save(&mut harness);
    assert_eq!(read(&file), "# typed\na = 1\n");
}

#[test]
fn a_journal_that_cannot_be_read_is_told_of_and_stays_when_its_sibling_is_recovered() {
    let place = Place::new();
    place.fallen("a.py");
    let folder = place.orphans()[0].parent().unwrap().to_owned();
    let (newer, damaged) = (folder.join("8.journal"), folder.join("9.journal"));
    std::fs::write(&newer, "LCjrnl9\nwhat nobody here can read").unwrap();
    std::fs::write(&damaged, "LCjrnl2\n").unwrap();
    let mut harness = place.recover();
    wait(&mut harness, |_| place.orphans().len() == 2);
    assert!(newer.exists() && damaged.exists());
    assert_eq!(text(&mut harness), "# typed\na = 1\n");
    save(&mut harness);
    wait(&mut harness, |state| state.recovery.kept.is_empty());
    drop(harness);
    // Also the next window tells of them.
    let mut harness = place.open(&[]);
    wait(&mut harness, |state| !state.notices.is_empty());
    let told = harness.state_mut().state().notices[0].text.clone();
    for path in [&newer, &damaged] {
        assert!(told.contains(&path.display().to_string()), "{told}");
    }
    harness.get_by_label("Close").click();
    harness.run_steps(3);
    assert!(newer.exists() && damaged.exists());
}

#[test]
fn what_was_left_is_offered_above_the_first_run() {
    let place = Place::new();
    place.fallen("a.py");
    let mut harness = place.open(&[]);
    wait(&mut harness, |state| !state.notices.is_empty());
    assert!(harness.state_mut().state().onboarding.covers());
    harness.get_by_label("Welcome to LocalCoder");
    harness.get_by_label("Step 1 of 4");
    harness.get_by_label("Recover").click();
    harness.run_steps(3);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.document.is_modified()));
    assert_eq!(text(&mut harness), "# typed\na = 1\n");
    harness.get_by_label("Text of a.py");
}
