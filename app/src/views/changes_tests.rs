//! The window over a real repository: what is typed is marked, shown, taken back, staged and committed.

use std::path::Path;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use git::branches::BranchTarget;
use ground::command::Command;

use super::tests::{happen, press, text, type_text, wait, window};
use crate::app::App;
use crate::event::Event;
use crate::features::changes::{ChangesEvent, GitDeed, marks};
use crate::state::State;
use crate::workspace::Page;

/// A repository without a commit, as git itself begins one.
fn begin(folder: &Path) {
    for name in ["objects", "refs/heads"] {
        std::fs::create_dir_all(folder.join(".git").join(name)).unwrap();
    }
    std::fs::write(folder.join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
    let config =
        "[core]\n\trepositoryformatversion = 0\n\tbare = false\n[user]\n\tname = A\n\temail = a@b.c\n";
    std::fs::write(folder.join(".git/config"), config).unwrap();
}

/// A window on a folder with one file, which is committed.
fn committed(content: &str) -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    begin(folder.path());
    std::fs::write(folder.path().join("a.py"), content).unwrap();
    let mut harness = window(&[folder.path(), &folder.path().join("a.py")]);
    wait(&mut harness, |state| !state.tabs.is_empty() && state.repository.is_some());
    happen(&mut harness, Event::Command(Command::Changes));
    harness.get_by_label("Stage all").click();
    wait(&mut harness, |state| state.repository.as_ref().is_some_and(|repository| repository.staged == 1));
    happen(&mut harness, Event::Changes(ChangesEvent::Message("begin".into())));
    harness.run_steps(2);
    harness.get_by_label("Commit").click();
    wait(&mut harness, |state| state.repository.as_ref().is_some_and(|repository| repository.differing == 0));
    press(&mut harness, Modifiers::NONE, Key::Escape);
    happen(&mut harness, Event::LeavePage);
    wait(&mut harness, |state| marked(state) == Some(0));
    (folder, harness)
}

/// Marks of the text in front, as it is now.
fn marked(state: &State) -> Option<usize> {
    let tab = state.tab()?;
    let known = state.changes.marks.get(&tab.id)?;
    (known.base.is_some() && known.of.revision == tab.document.revision()).then_some(known.marks.len())
}

#[test]
fn what_is_typed_is_marked_shown_and_taken_back() {
    let content = "one\ntwo\nthree\n";
    let (_folder, mut harness) = committed(content);
    harness.get_by_label("Branch: main");
    type_text(&mut harness, "changed ");
    wait(&mut harness, |state| marked(state) == Some(1));
    harness.get_by_label("Change: 1 line changed").click();
    wait(&mut harness, |state| state.tab().is_some_and(|tab| marks::shown(&state.changes, tab).is_some()));
    harness.get_by_label("Before: one");
    harness.get_by_label("Revert").click();
    wait(&mut harness, |state| marked(state) == Some(0));
    assert_eq!(text(&mut harness), content);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut harness), format!("changed {content}"), "one undo step");
}

#[test]
fn keys_walk_through_changes_and_show_them() {
    let lines: String = (0..40).map(|line| format!("line {line}\n")).collect();
    let (_folder, mut harness) = committed(&lines);
    let path = |state: &State| state.tab().map(|tab| tab.caret().0);
    happen(&mut harness, Event::Command(Command::DeleteLine));
    for _ in 0..9 {
        press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    }
    type_text(&mut harness, "x");
    wait(&mut harness, |state| marked(state) == Some(2));
    press(&mut harness, Modifiers::ALT, Key::F5);
    wait(&mut harness, |state| path(state) == Some(0));
    press(&mut harness, Modifiers::ALT | Modifiers::SHIFT, Key::F5);
    wait(&mut harness, |state| path(state) == Some(9));
    press(&mut harness, Modifiers::ALT, Key::F3);
    harness.get_by_label("Before: line 10");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    wait(&mut harness, |state| state.changes.peek.is_none());
}

#[test]
fn a_change_is_staged_from_the_text_and_committed_from_the_page() {
    let (_folder, mut harness) = committed("one\ntwo\n");
    type_text(&mut harness, "1 ");
    wait(&mut harness, |state| marked(state) == Some(1));
    happen(&mut harness, Event::Command(Command::StageHunk));
    wait(&mut harness, |state| {
        marked(state) == Some(0) && state.repository.as_ref().is_some_and(|repository| repository.staged == 1)
    });
    press(&mut harness, Modifiers { ctrl: true, shift: true, ..Modifiers::COMMAND }, Key::G);
    wait(&mut harness, |state| state.shows(Page::Changes));
    harness.get_by_label("a.py, modified, staged").click();
    wait(&mut harness, |state| state.changes.page.diff.is_some());
    harness.get_by_label("Line 1, added: 1 one");
    harness.get_by_label("Line 1, removed: one");
    harness.get_by_label("Unstage hunk 1").click();
    wait(&mut harness, |state| state.repository.as_ref().is_some_and(|repository| repository.staged == 0));
}

/// What stands in a file on disk.
fn on_disk(folder: &tempfile::TempDir) -> String {
    std::fs::read_to_string(folder.path().join("a.py")).unwrap()
}

/// Commits all there is by the page.
fn commit_all(harness: &mut Harness<'static, App>, message: &str) {
    happen(harness, Event::Command(Command::Changes));
    wait(harness, |state| state.repository.as_ref().is_some_and(|repository| repository.differing > 0));
    harness.get_by_label("Stage all").click();
    wait(harness, |state| state.repository.as_ref().is_some_and(|repository| repository.staged > 0));
    happen(harness, Event::Changes(ChangesEvent::Message(message.into())));
    harness.run_steps(2);
    harness.get_by_label("Commit").click();
    wait(harness, |state| state.repository.as_ref().is_some_and(|repository| repository.differing == 0));
    press(harness, Modifiers::NONE, Key::Escape);
    happen(harness, Event::LeavePage);
}

#[test]
fn branches_are_made_and_switched_to_from_the_status_bar() {
    let (folder, mut harness) = committed("one\ntwo\n");
    harness.get_by_label("Branch: main").click();
    harness.run_steps(2);
    wait(
        &mut harness,
        |state| matches!(&state.overlay, crate::workspace::Overlay::Picker(picker) if !picker.loading),
    );
    type_text(&mut harness, "topic");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| state.repository.as_ref().is_some_and(|known| known.head.name() == "topic"));
    type_text(&mut harness, "changed ");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| !tab.document.is_modified()));
    commit_all(&mut harness, "on the topic");
    happen(
        &mut harness,
        Event::Changes(ChangesEvent::Do(GitDeed::Switch(BranchTarget::Local("main".into())))),
    );
    wait(&mut harness, |state| state.repository.as_ref().is_some_and(|known| known.head.name() == "main"));
    assert_eq!(on_disk(&folder), "one\ntwo\n");
    wait(&mut harness, |state| state.tab().is_some_and(|tab| *tab.document.rope() == "one\ntwo\n"));
    harness.run_steps(2);
    harness.get_by_label("Branch: main");
}

#[test]
fn changes_are_stashed_and_come_back() {
    let (folder, mut harness) = committed("one\ntwo\n");
    type_text(&mut harness, "mine ");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| state.repository.as_ref().is_some_and(|known| known.differing == 1));
    happen(&mut harness, Event::Command(Command::Stash));
    wait(&mut harness, |state| state.tab().is_some_and(|tab| *tab.document.rope() == "one\ntwo\n"));
    assert_eq!(on_disk(&folder), "one\ntwo\n");
    happen(&mut harness, Event::Command(Command::PopStash));
    wait(
        &mut harness,
        |state| matches!(&state.overlay, crate::workspace::Overlay::Picker(picker) if picker.shown().len() == 1),
    );
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| *tab.document.rope() == "mine one\ntwo\n"));
    assert_eq!(on_disk(&folder), "mine one\ntwo\n");
}

#[test]
fn the_history_of_a_file_and_its_authors_are_shown() {
    let (_folder, mut harness) = committed("one\ntwo\n");
    happen(&mut harness, Event::Command(Command::FileHistory));
    wait(&mut harness, |state| matches!(&state.changes.history.diff, Some(Ok(_))));
    harness.run_steps(2);
    harness.get_by_label("begin, A, just now");
    harness.get_by_label("Line 1, added: one");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    wait(&mut harness, |state| !state.shows(Page::FileHistory));
    happen(&mut harness, Event::Command(Command::ToggleAuthors));
    wait(&mut harness, |state| {
        state.tab().is_some_and(|tab| crate::features::changes::authors::shown(&state.changes, tab).is_some())
    });
    harness.run_steps(2);
    harness.get_by_label("Lines by A, just now");
}

#[test]
fn a_conflict_is_resolved_by_its_buttons_and_without_a_repository() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.py");
    std::fs::write(&path, "a\n<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> topic\nb\n").unwrap();
    let mut harness = window(&[&path]);
    wait(&mut harness, |state| {
        state.tab().is_some_and(|tab| {
            state.changes.marks.get(&tab.id).is_some_and(|known| !known.conflicts.is_empty())
        })
    });
    harness.get_by_label("Both").click();
    harness.run_steps(3);
    assert_eq!(text(&mut harness), "a\nours\ntheirs\nb\n");
}
