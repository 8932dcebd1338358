//! Quick open, symbols and the outline in the window without a screen, on real folders.

use std::path::Path;

use editor_core::Selection;
use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;

use super::tests::{happen, press, text, type_text, wait, window};
use crate::app::App;
use crate::event::Event;
use crate::state::State;
use crate::workspace::{Overlay, QuickList, QuickMode};

const SHIFT_COMMAND: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };
const A: &str =
    "mod b;\n\nstruct Shape;\n\nimpl Shape {\n    fn area(&self) -> u8 {\n        measure(1)\n    }\n}\n";
const B: &str =
    "pub fn measure(size: u8) -> u8 {\n    size\n}\n\npub fn twice() -> u8 {\n    measure(2)\n}\n";

/// A folder of two sources, a note and something that git ignores, with the first source in front.
fn project() -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    let files =
        [("a.rs", A), ("deep/b.rs", B), ("notes.md", "# One\n"), (".gitignore", "out/\n"), ("out/b.rs", "")];
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let mut harness = window(&[folder.path(), &folder.path().join("a.rs")]);
    let parsed = |state: &State| state.tab().is_some_and(|tab| tab.highlighter.tree().is_some());
    wait(&mut harness, parsed);
    (folder, harness)
}

fn list(state: &State) -> Option<&QuickList> {
    match &state.overlay {
        Overlay::Quick(list) => Some(list),
        _ => None,
    }
}

fn settled(state: &State) -> bool {
    list(state).is_some_and(|list| list.is_answered && !list.is_loading)
}

fn texts(harness: &mut Harness<'_, App>) -> Vec<String> {
    let list = list(harness.state_mut().state()).expect("no list is open");
    list.rows.iter().map(|row| row.text.clone()).collect()
}

fn caret_at(harness: &mut Harness<'_, App>, position: usize) {
    let id = harness.state_mut().state().tab().unwrap().id;
    happen(harness, Event::Select(id, Selection::caret(position)));
}

/// How often the outline has a row with this name.
fn outlined(harness: &Harness<'_, App>, name: &str) -> usize {
    harness.query_all_by_role_and_label(Role::ListItem, name).count()
}

fn front(state: &State) -> Option<&Path> {
    state.tab().and_then(|tab| tab.document.path())
}

#[test]
fn a_file_is_opened_at_a_place_as_fast_as_one_types() {
    let (folder, mut harness) = project();
    press(&mut harness, Modifiers::COMMAND, Key::P);
    harness.get_by_label("Go to file");
    // All in one frame, before anything was found.
    harness.event(egui::Event::Text("deep b:2:5".into()));
    harness.key_press(Key::Enter);
    let path = folder.path().join("deep/b.rs");
    wait(&mut harness, |state| front(state) == Some(path.as_path()));
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (1, 4));
    assert_eq!(text(&mut harness), B);
}

#[test]
fn files_are_listed_with_what_is_open_first_and_what_git_ignores_last() {
    let (folder, mut harness) = project();
    press(&mut harness, Modifiers::COMMAND, Key::P);
    wait(&mut harness, settled);
    assert_eq!(texts(&mut harness)[0], "a.rs", "it is open");
    type_text(&mut harness, "b.rs");
    wait(&mut harness, settled);
    let state = harness.state_mut().state();
    let rows: Vec<(String, bool)> =
        list(state).unwrap().rows.iter().map(|row| (row.detail.clone(), row.dim)).collect();
    assert_eq!(rows, [("deep".to_owned(), false), ("out".to_owned(), true)]);
    assert!(!list(state).unwrap().rows[0].marks.is_empty());
    press(&mut harness, Modifiers::NONE, Key::Escape);
    wait(&mut harness, |state| list(state).is_none());
    // What was made since is found the next time.
    std::fs::write(folder.path().join("deep/later.rs"), "").unwrap();
    press(&mut harness, Modifiers::COMMAND, Key::P);
    type_text(&mut harness, "later");
    let is_first = |state: &State| list(state).is_some_and(|list| list.rows[0].text == "later.rs");
    wait(&mut harness, |state| list(state).is_some_and(|list| !list.rows.is_empty()) && is_first(state));
    harness.get_by_label("later.rs").click();
    wait(&mut harness, |state| front(state).is_some_and(|path| path.ends_with("deep/later.rs")));
}

#[test]
fn symbols_of_the_file_are_shown_while_one_moves_and_gone_to_by_enter() {
    let (_folder, mut harness) = project();
    press(&mut harness, SHIFT_COMMAND, Key::O);
    wait(&mut harness, |state| list(state).is_some_and(|list| !list.rows.is_empty()));
    harness.get_by_label("Go to symbol in file");
    type_text(&mut harness, "area");
    assert_eq!(texts(&mut harness), ["area"]);
    let state = harness.state_mut().state();
    let tab = state.tab().unwrap();
    assert_eq!((tab.reveal.position, tab.caret()), (A.find("area").unwrap(), (0, 0)), "only looked at");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (5, 7));
    press(&mut harness, Modifiers::CTRL, Key::G);
    type_text(&mut harness, "3:2");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (2, 1));
}

#[test]
fn symbols_of_the_project_are_found_and_read_again_when_a_file_is_saved() {
    let (folder, mut harness) = project();
    press(&mut harness, Modifiers::COMMAND, Key::T);
    type_text(&mut harness, "meas");
    wait(&mut harness, |state| list(state).is_some_and(|list| !list.rows.is_empty()) && settled(state));
    let state = harness.state_mut().state();
    let row = &list(state).unwrap().rows[0];
    assert_eq!(
        (row.text.as_str(), row.right.as_str(), &row.marks[..]),
        ("measure", "deep/b.rs:1", &[0, 1, 2, 3][..])
    );
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let path = folder.path().join("deep/b.rs");
    wait(&mut harness, |state| front(state) == Some(path.as_path()));
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (0, 7));
    type_text(&mut harness, "re");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| !state.tab().unwrap().document.is_modified());
    press(&mut harness, Modifiers::COMMAND, Key::T);
    type_text(&mut harness, "remeas");
    wait(&mut harness, |state| list(state).is_some_and(|list| list.rows.len() == 1));
}

#[test]
fn a_name_leads_to_its_definition_in_another_file_and_to_all_its_mentions() {
    let (folder, mut harness) = project();
    let call = A.find("measure").unwrap();
    caret_at(&mut harness, call + 2);
    press(&mut harness, Modifiers::NONE, Key::F12);
    let path = folder.path().join("deep/b.rs");
    wait(&mut harness, |state| front(state) == Some(path.as_path()));
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (0, 7));
    press(&mut harness, Modifiers::SHIFT, Key::F12);
    wait(&mut harness, |state| list(state).is_some_and(|list| list.rows.len() == 3 && !list.is_loading));
    let state = harness.state_mut().state();
    let shown = list(state).unwrap();
    assert_eq!(shown.mode, QuickMode::Mentions("measure".into()));
    let places: Vec<&str> = shown.rows.iter().map(|row| row.right.as_str()).collect();
    assert_eq!(places, ["a.rs:7", "deep/b.rs:1", "deep/b.rs:6"]);
    assert_eq!(
        (shown.rows[0].text.as_str(), &shown.rows[0].marks[..]),
        ("measure(1)", &[0, 1, 2, 3, 4, 5, 6][..])
    );
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| front(state).is_some_and(|path| path.ends_with("a.rs")));
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (6, 8));
}

#[test]
fn what_another_program_wrote_is_found_too() {
    let (folder, mut harness) = project();
    std::fs::write(folder.path().join("later.rs"), "pub fn later_on() {}\n").unwrap();
    type_text(&mut harness, "later_on\n");
    caret_at(&mut harness, 2);
    press(&mut harness, Modifiers::NONE, Key::F12);
    wait(&mut harness, |state| front(state).is_some_and(|path| path.ends_with("later.rs")));
    std::fs::write(folder.path().join("last.rs"), "pub fn at_last() {}\n").unwrap();
    press(&mut harness, Modifiers::COMMAND, Key::T);
    type_text(&mut harness, "at_last");
    wait(&mut harness, |state| list(state).is_some_and(|list| list.rows.len() == 1));
}

#[test]
fn what_is_typed_and_not_saved_is_defined_and_mentioned_as_it_is() {
    let (_folder, mut harness) = project();
    type_text(&mut harness, "fn fresh() {}\n");
    let parsed = |state: &State| {
        let tab = state.tab().unwrap();
        tab.highlighter.tree().is_some_and(|tree| tree.revision() == tab.document.revision())
    };
    wait(&mut harness, parsed);
    type_text(&mut harness, "// fresh\n");
    caret_at(&mut harness, 19);
    press(&mut harness, Modifiers::NONE, Key::F12);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.caret() == (0, 3)));
    press(&mut harness, Modifiers::SHIFT, Key::F12);
    wait(&mut harness, |state| list(state).is_some_and(|list| list.rows.len() == 2 && !list.is_loading));
}

#[test]
fn the_outline_is_opened_by_its_key_narrowed_clicked_and_left() {
    let (_folder, mut harness) = project();
    press(&mut harness, SHIFT_COMMAND, Key::B);
    wait(&mut harness, |state| !state.outline.rows.is_empty());
    assert_eq!(outlined(&harness, "Shape"), 2, "the struct and what is implemented for it");
    type_text(&mut harness, "are");
    assert_eq!(outlined(&harness, "Shape"), 0);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(outlined(&harness, "Shape"), 2, "the struct and what is implemented for it");
    type_text(&mut harness, "are");
    assert_eq!(harness.state_mut().state().outline.rows.len(), 1, "the field still has the keyboard");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (5, 7));
    type_text(&mut harness, "x");
    assert!(text(&mut harness).contains("fn xarea"), "the text has the keyboard again");
    press(&mut harness, SHIFT_COMMAND, Key::B);
    assert!(!harness.state_mut().state().session.outline);
    assert!(harness.query_by_label("Filter symbols").is_none());
    harness.get_by_label("Toggle outline").click();
    let is_read_again = |state: &State| {
        let tab = state.tab().unwrap();
        tab.symbols.revision == Some(tab.document.revision())
    };
    wait(&mut harness, is_read_again);
    caret_at(&mut harness, 0);
    harness.get_by_role_and_label(Role::ListItem, "xarea").click();
    harness.run_steps(3);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (5, 7));
    harness.get_by_label("Close outline").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("Filter symbols").is_none());
}
