//! The file tree, found and used by the names that a screen reader tells, on real files.

use std::fs;
use std::path::{Path, PathBuf};

use editor_core::Selection;
use editor_core::file::Fate;
use egui::accesskit::Role;
use egui::{Event as Input, Key, Modifiers, PointerButton, Pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use ground::command::Command;

use super::tests::{happen, press, right_click, text, type_text, wait, window};
use crate::app::App;
use crate::event::Event;
use crate::state::State;
use crate::workspace::tree::TreeRow;
use crate::workspace::{Focus, Overlay};

type Window = Harness<'static, App>;

/// A window on a folder with these files, each of which holds its name.
fn project(files: &[&str]) -> (tempfile::TempDir, Window) {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        put(folder.path(), file, file);
    }
    let mut harness = window(&[folder.path()]);
    wait(&mut harness, |state| !shown(state).is_empty());
    (folder, harness)
}

fn put(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

/// The names of all rows, as far as they are entries.
fn shown(state: &State) -> Vec<String> {
    let rows = state.tree.as_ref().map(|tree| tree.rows()).unwrap_or_default();
    let name = |row: &TreeRow<'_>| match row {
        TreeRow::Entry { entry, .. } => Some(entry.name.clone()),
        _ => None,
    };
    rows.iter().filter_map(name).collect()
}

fn has(name: &'static str) -> impl Fn(&State) -> bool {
    move |state| shown(state).iter().any(|row| row == name)
}

fn has_path(state: &State, path: &Path) -> bool {
    let rows = state.tree.as_ref().map(|tree| tree.rows()).unwrap_or_default();
    rows.iter().any(|row| matches!(row, TreeRow::Entry { entry, .. } if entry.path == path))
}

fn read(folder: &tempfile::TempDir, file: &str) -> String {
    fs::read_to_string(folder.path().join(file)).unwrap_or_default()
}

/// Opens a file by a click, and waits for its text.
fn open(harness: &mut Window, name: &'static str) {
    row(harness, name).click();
    harness.run_steps(2);
    wait(harness, |state| state.tab().is_some_and(|tab| tab.document.title() == name));
}

fn row<'a>(harness: &'a Window, name: &'a str) -> egui_kittest::Node<'a> {
    harness.get_by_role_and_label(Role::TreeItem, name)
}

/// Puts the keyboard on a row without opening it.
fn choose(harness: &mut Window, folder: &tempfile::TempDir, name: &str) {
    let tree = harness.state_mut().state().tree.as_mut().unwrap();
    tree.choose(Some(folder.path().join(name)));
    harness.state_mut().state().focus = Some(Focus::Tree);
    harness.run_steps(3);
}

fn path_in_front(harness: &mut Window) -> PathBuf {
    harness
        .state_mut()
        .state()
        .tab()
        .and_then(|tab| tab.document.path())
        .map(Path::to_owned)
        .unwrap_or_default()
}

/// Presses at one place and lets go at another.
fn drag(harness: &mut Window, from: Pos2, to: Pos2, modifiers: Modifiers) {
    let button =
        |pos, pressed| Input::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers };
    harness.event_modifiers(Input::PointerMoved(from), modifiers);
    harness.event_modifiers(button(from, true), modifiers);
    harness.run_steps(1);
    for part in 1..=4 {
        harness.event_modifiers(Input::PointerMoved(from + (to - from) * (part as f32 / 4.0)), modifiers);
        harness.run_steps(1);
    }
    harness.event_modifiers(button(to, false), modifiers);
    harness.run_steps(3);
}

#[test]
fn a_new_file_is_named_in_its_row_made_with_its_folders_and_opened() {
    let (folder, mut harness) = project(&["src/a.rs"]);
    harness.get_by_label("New file in folder").click();
    harness.run_steps(3);
    harness.get_by_label("Name of the new file");
    type_text(&mut harness, "deep/new.rs");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| state.tab().is_some());
    assert!(folder.path().join("deep/new.rs").is_file());
    assert_eq!(path_in_front(&mut harness), folder.path().join("deep/new.rs"));
    wait(&mut harness, has("new.rs"));
    type_text(&mut harness, "fn");
    assert_eq!(text(&mut harness), "fn", "the text has the keyboard at once");
}

#[test]
fn another_name_keeps_text_undo_and_caret_of_what_is_open() {
    let (folder, mut harness) = project(&["a.txt", "b.txt"]);
    open(&mut harness, "a.txt");
    type_text(&mut harness, "typed ");
    choose(&mut harness, &folder, "a.txt");
    press(&mut harness, Modifiers::NONE, Key::F2);
    // The stem is selected: typing replaces it alone.
    type_text(&mut harness, "main");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.document.title() == "main.txt"));
    assert_eq!((read(&folder, "main.txt").as_str(), folder.path().join("a.txt").exists()), ("a.txt", false));
    assert_eq!(text(&mut harness), "typed a.txt");
    let caret = |harness: &mut Window| harness.state_mut().state().tab().unwrap().caret();
    assert_eq!(caret(&mut harness), (0, 6));
    harness.state_mut().state().focus = Some(Focus::Editor);
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| !state.tab().unwrap().document.is_modified());
    assert_eq!(read(&folder, "main.txt"), "typed a.txt");
    assert!(!folder.path().join("a.txt").exists(), "it was saved where it is now");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut harness), "a.txt");
    // The step in the tree is taken back by the same key, where the tree has the keyboard.
    harness.state_mut().state().focus = Some(Focus::Tree);
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.document.title() == "a.txt"));
    wait(&mut harness, has("a.txt"));
}

#[test]
fn a_name_that_is_taken_is_told_at_the_field_and_overwrites_nothing() {
    let (folder, mut harness) = project(&["a.txt", "b.txt"]);
    choose(&mut harness, &folder, "a.txt");
    press(&mut harness, Modifiers::NONE, Key::F2);
    type_text(&mut harness, "b");
    harness.get_by_label("b.txt exists here already. Choose another name.");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.state_mut().state().tree.as_ref().unwrap().naming.is_some(), "the field stays");
    // One that came meanwhile is met when it is done.
    type_text(&mut harness, "c");
    fs::write(folder.path().join("bc.txt"), "another program's").unwrap();
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let refused = |state: &State| {
        state.tree.as_ref().unwrap().naming.as_ref().is_some_and(|naming| naming.error.is_some())
    };
    wait(&mut harness, refused);
    let state = harness.state_mut().state();
    assert_eq!(state.tree.as_ref().unwrap().naming.as_ref().unwrap().text, "bc.txt", "nothing typed is lost");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.state_mut().state().tree.as_ref().unwrap().naming.is_none());
    assert_eq!((read(&folder, "a.txt"), read(&folder, "b.txt")), ("a.txt".into(), "b.txt".into()));
    assert_eq!(read(&folder, "bc.txt"), "another program's");
}

#[test]
fn the_menu_of_a_row_has_commands_with_keys_and_is_walked_with_the_arrows() {
    let (folder, mut harness) = project(&["a.txt", "b.txt"]);
    let at = row(&harness, "b.txt").rect().center();
    right_click(&mut harness, at);
    assert!(harness.state_mut().state().tabs.is_empty(), "it opens nothing");
    assert_eq!(harness.state_mut().state().tree.as_ref().unwrap().current, Some(folder.path().join("b.txt")));
    harness.get_by_role_and_label(Role::Menu, "Menu of the file tree");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_role(Role::Menu).is_none());
    // By its key, and with the arrows to «New folder».
    choose(&mut harness, &folder, "b.txt");
    press(&mut harness, Modifiers::SHIFT, Key::F10);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("Name of the new folder");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    let at = row(&harness, "a.txt").rect().center();
    right_click(&mut harness, at);
    harness.get_by_role_and_label(Role::MenuItem, "Duplicate").click();
    harness.run_steps(3);
    wait(&mut harness, has("a copy.txt"));
    assert_eq!(read(&folder, "a copy.txt"), "a.txt");
}

#[test]
fn what_is_dragged_to_a_folder_is_moved_and_what_is_open_follows() {
    let (folder, mut harness) = project(&["deep/x.txt", "a.txt", "b.txt"]);
    open(&mut harness, "a.txt");
    let (from, to) = (row(&harness, "a.txt").rect().center(), row(&harness, "deep").rect().center());
    drag(&mut harness, from, to, Modifiers::NONE);
    wait(&mut harness, |state| {
        state.tab().is_some_and(|tab| tab.document.path().unwrap().ends_with("deep/a.txt"))
    });
    assert_eq!(
        (read(&folder, "deep/a.txt").as_str(), folder.path().join("a.txt").exists()),
        ("a.txt", false)
    );
    wait(&mut harness, |state| {
        state.toasts.iter().any(|toast| toast.undoes && toast.text == "a.txt was moved to deep.")
    });
    harness.get_by_label("Undo").click();
    harness.run_steps(3);
    wait(&mut harness, |state| {
        state.tab().is_some_and(|tab| !tab.document.path().unwrap().ends_with("deep/a.txt"))
    });
    assert_eq!(read(&folder, "a.txt"), "a.txt");
    // The rows are where they were before, once both folders were listed again.
    let (back, moved) = (folder.path().join("a.txt"), folder.path().join("deep/a.txt"));
    wait(&mut harness, |state| has_path(state, &back) && !has_path(state, &moved));
    harness.run_steps(3);
    // With Ctrl a copy; beneath the rows means the folder at the top, where it has a name of its own.
    let from = row(&harness, "b.txt").rect().center();
    drag(&mut harness, from, from + vec2(0.0, 200.0), Modifiers::COMMAND);
    wait(&mut harness, has("b copy.txt"));
    assert_eq!((read(&folder, "b.txt"), read(&folder, "b copy.txt")), ("b.txt".into(), "b.txt".into()));
}

#[test]
fn what_is_pasted_where_its_name_is_taken_is_asked_about() {
    let (folder, mut harness) = project(&["deep/a.txt", "a.txt"]);
    choose(&mut harness, &folder, "a.txt");
    harness.event(Input::Cut);
    harness.run_steps(3);
    choose(&mut harness, &folder, "deep");
    let copied = folder.path().join("a.txt").display().to_string();
    harness.event(Input::Paste(copied));
    harness.run_steps(3);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Question(_)));
    harness.get_by_label("Replace a.txt?");
    assert_eq!(read(&folder, "deep/a.txt"), "deep/a.txt");
    harness.get_by_label("Keep both").click();
    harness.run_steps(3);
    wait(&mut harness, has("a copy.txt"));
    assert_eq!(
        (read(&folder, "deep/a.txt"), read(&folder, "deep/a copy.txt")),
        ("deep/a.txt".into(), "a.txt".into())
    );
    assert!(!folder.path().join("a.txt").exists());
}

#[test]
fn typing_in_the_tree_narrows_it_and_escape_ends_that() {
    let (folder, mut harness) = project(&["deep/x.txt", "abc.txt", "b.txt"]);
    choose(&mut harness, &folder, "b.txt");
    type_text(&mut harness, "b");
    type_text(&mut harness, "c");
    assert_eq!(shown(harness.state_mut().state()), ["abc.txt"]);
    harness.get_by_label("Names with bc");
    press(&mut harness, Modifiers::NONE, Key::Backspace);
    assert_eq!(shown(harness.state_mut().state()), ["abc.txt", "b.txt"]);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(shown(harness.state_mut().state()).len(), 3);
}

#[test]
fn several_are_chosen_by_clicks_and_a_command_is_about_all_of_them() {
    let (_folder, mut harness) = project(&["a.txt", "b.txt", "c.txt", "d.txt"]);
    let click = |harness: &mut Window, name: &'static str, modifiers| {
        harness.get_by_role_and_label(Role::TreeItem, name).click_modifiers(modifiers);
        harness.run_steps(3);
    };
    click(&mut harness, "a.txt", Modifiers::COMMAND);
    click(&mut harness, "c.txt", Modifiers::SHIFT);
    click(&mut harness, "b.txt", Modifiers::COMMAND);
    assert!(harness.state_mut().state().tabs.is_empty(), "nothing is opened by it");
    happen(&mut harness, Event::Command(Command::TreeDuplicate));
    wait(&mut harness, has("c copy.txt"));
    let rows = shown(harness.state_mut().state());
    assert!(rows.contains(&"a copy.txt".into()) && !rows.contains(&"b copy.txt".into()), "{rows:?}");
}

#[test]
fn what_other_programs_do_is_seen_without_the_window_having_the_keyboard() {
    let (folder, mut harness) = project(&["deep/x.txt", "a.txt"]);
    open(&mut harness, "a.txt");
    type_text(&mut harness, "mine ");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| !state.tab().unwrap().document.is_modified());
    // Folders are watched a moment after they are shown: what is changed again and again is seen.
    let mut number = 0;
    let seen = |state: &State| shown(state).iter().any(|name| name.starts_with("outside"));
    let end = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !seen(harness.state_mut().state()) {
        assert!(std::time::Instant::now() < end, "what comes is never seen");
        number += 1;
        fs::write(folder.path().join(format!("outside{number}")), "").unwrap();
        std::thread::sleep(std::time::Duration::from_millis(100));
        harness.run_steps(2);
    }
    // A clean text is read again: caret, undo and selection stay.
    let tab = harness.state_mut().state().tab_mut().unwrap();
    tab.document.select(&Selection::caret(3));
    fs::write(folder.path().join("a.txt"), "mine a.txt, and theirs").unwrap();
    wait(&mut harness, |state| state.tab().unwrap().document.rope() == "mine a.txt, and theirs");
    let tab = harness.state_mut().state().tab_mut().unwrap();
    assert_eq!((tab.caret(), tab.document.is_modified(), tab.fate), ((0, 3), false, Fate::Same));
    assert!(tab.document.undo() && tab.document.rope() == "mine a.txt");
    tab.document.redo();
    // One that goes and comes back, as with git, is as it was.
    fs::remove_file(folder.path().join("a.txt")).unwrap();
    wait(&mut harness, |state| state.tab().unwrap().fate == Fate::Gone);
    fs::write(folder.path().join("a.txt"), "back").unwrap();
    wait(&mut harness, |state| state.tab().unwrap().document.rope() == "back");
    assert!(!harness.state_mut().state().tab().unwrap().document.is_modified());
    // A text that is not saved is never replaced: the bar offers to compare.
    type_text(&mut harness, "x");
    fs::write(folder.path().join("a.txt"), "other").unwrap();
    wait(&mut harness, |state| state.tab().unwrap().fate == Fate::Changed);
    harness.get_by_label("Compare");
    assert!(text(&mut harness).contains("x"));
}

#[test]
fn a_text_that_is_not_saved_does_not_go_with_its_file_unasked() {
    let (folder, mut harness) = project(&["a.txt", "b.txt"]);
    open(&mut harness, "a.txt");
    type_text(&mut harness, "typed ");
    choose(&mut harness, &folder, "a.txt");
    press(&mut harness, Modifiers::SHIFT, Key::Delete);
    harness.get_by_label("Delete a.txt for good?");
    // Enter destroys nothing.
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(folder.path().join("a.txt").exists());
    choose(&mut harness, &folder, "a.txt");
    press(&mut harness, Modifiers::SHIFT, Key::Delete);
    harness.get_by_label("Delete, keep the text open").click();
    harness.run_steps(3);
    wait(&mut harness, |state| !shown(state).iter().any(|name| name == "a.txt"));
    assert!(!folder.path().join("a.txt").exists());
    assert_eq!(text(&mut harness), "typed a.txt");
    assert_eq!(harness.state_mut().state().tab().unwrap().fate, Fate::Gone);
    // It can be saved again.
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| !state.tab().unwrap().document.is_modified());
    assert_eq!(read(&folder, "a.txt"), "typed a.txt");
}

/// The trash is the home's, and the home the process's: a child has one of its own.
#[test]
fn what_is_deleted_is_in_the_trash_and_comes_back_by_undo() {
    const NAME: &str = "views::tree_tests::what_is_deleted_is_in_the_trash_and_comes_back_by_undo";
    if std::env::var_os("LOCALCODER_TRASH_TEST").is_none() {
        let home = tempfile::tempdir().unwrap();
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME])
            .env("LOCALCODER_TRASH_TEST", "1")
            .env("HOME", home.path())
            .env_remove("XDG_DATA_HOME")
            .status();
        return assert!(child.unwrap().success());
    }
    let (folder, mut harness) = project(&["deep/x.txt", "a.txt", "b.txt"]);
    open(&mut harness, "a.txt");
    choose(&mut harness, &folder, "a.txt");
    press(&mut harness, Modifiers::NONE, Key::Delete);
    wait(&mut harness, |state| state.tabs.is_empty() && state.toasts.iter().any(|toast| toast.undoes));
    wait(&mut harness, |state| shown(state).len() == 2);
    assert!(!folder.path().join("a.txt").exists());
    let current = harness.state_mut().state().tree.as_ref().unwrap().current.clone();
    assert_eq!(current, Some(folder.path().join("b.txt")), "the keyboard goes on at its neighbour");
    harness.state_mut().state().focus = Some(Focus::Tree);
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    wait(&mut harness, has("a.txt"));
    assert_eq!(read(&folder, "a.txt"), "a.txt");
    press(&mut harness, Modifiers { shift: true, ..Modifiers::COMMAND }, Key::Z);
    wait(&mut harness, |state| shown(state).len() == 2);
    assert!(!folder.path().join("a.txt").exists(), "done again");
}
