//! Search and replace through a project, in the window: found and used by the names that a screen reader tells.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use ground::command::Command;
use search::HitPlace;
use search::query::Case;

use super::tests::{happen, press, text, type_text, wait, window};
use crate::app::App;
use crate::event::Event;
use crate::features::project_search::{ProjectSearchEvent, SearchField, SearchStatus, SearchSwitch};
use crate::state::State;

const SHIFT_COMMAND: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };
const SHIFT: Modifiers = Modifiers::SHIFT;
const NONE: Modifiers = Modifiers::NONE;

/// A window on a folder with these files, and the panel open.
fn project(files: &[(&str, &[u8])]) -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let mut harness = window(&[folder.path()]);
    wait(&mut harness, |state| state.tree.as_ref().is_some_and(|tree| !tree.rows().is_empty()));
    press(&mut harness, SHIFT_COMMAND, Key::F);
    harness.get_by_label("Search in project");
    (folder, harness)
}

/// Types into a field.
fn fill(harness: &mut Harness<'_, App>, field: SearchField, words: &str) {
    happen(harness, Event::ProjectSearch(ProjectSearchEvent::Typed(field, words.into())));
}

fn is_done(state: &State) -> bool {
    let search = &state.project_search;
    let is_asked = search.results.asked.as_ref() == Some(&search.form.asked());
    is_asked && !search.results.is_running() && !search.replacing.is_running()
}

/// Looks for something and waits for all that is found.
fn look_for(harness: &mut Harness<'_, App>, pattern: &str) {
    fill(harness, SearchField::Pattern, pattern);
    wait(harness, is_done);
}

fn switch(harness: &mut Harness<'_, App>, switch: SearchSwitch) {
    happen(harness, Event::ProjectSearch(ProjectSearchEvent::Switch(switch)));
    wait(harness, is_done);
}

fn command(harness: &mut Harness<'_, App>, command: Command) {
    happen(harness, Event::Command(command));
}

/// `name:line:column` of each hit, counted from 1.
fn listed(harness: &mut Harness<'_, App>) -> Vec<String> {
    let state = harness.state_mut().state();
    let files = state.project_search.results.page.files();
    let name = |place: &HitPlace| match place {
        HitPlace::File(path) => path.file_name().unwrap().to_string_lossy().into_owned(),
        HitPlace::Text(number) => format!("text {number}"),
    };
    let of = |file: &search::FileHits| {
        let name = name(&file.place);
        file.hits.iter().map(|hit| format!("{name}:{}:{}", hit.line + 1, hit.column + 1)).collect::<Vec<_>>()
    };
    files.flat_map(|file| of(file)).collect()
}

/// The file in front and what is selected in it.
fn selected(harness: &mut Harness<'_, App>) -> String {
    let Some(tab) = harness.state_mut().state().tab() else { return String::new() };
    let range = tab.document.selection().primary().range();
    format!("{} {:?} {}", tab.document.title(), range, tab.document.buffer().slice(range.clone()))
}

fn has_focus(harness: &mut Harness<'_, App>, label: &str) -> bool {
    harness.step();
    harness.get_by_label(label).is_focused()
}

#[test]
fn what_is_found_is_walked_through_by_key_and_opens_at_its_place() {
    let files: &[(&str, &[u8])] = &[
        ("a.rs", b"fn one() {}\nlet needle = 1;\n"),
        ("b/c.rs", b"needle needle\n"),
        ("d.bin", b"needle\0\x01\0"),
    ];
    let (_folder, mut harness) = project(files);
    type_text(&mut harness, "needle");
    wait(&mut harness, is_done);
    assert_eq!(listed(&mut harness), ["a.rs:2:5", "c.rs:1:1", "c.rs:1:8"]);
    harness.get_by_label("3 results in 2 files · skipped: 1 binary");
    harness.get_by_role_and_label(Role::TreeItem, "a.rs, 1 result, ");
    harness.get_by_role_and_label(Role::TreeItem, "1: fn one() {}");
    press(&mut harness, NONE, Key::ArrowDown);
    assert!(has_focus(&mut harness, "Search results"));
    press(&mut harness, NONE, Key::ArrowDown);
    press(&mut harness, NONE, Key::ArrowDown);
    press(&mut harness, NONE, Key::Enter);
    wait(&mut harness, |state| !state.tabs.is_empty());
    assert_eq!(selected(&mut harness), "a.rs 16..22 needle");
    assert!(has_focus(&mut harness, "Text of a.rs"));
    press(&mut harness, NONE, Key::F4);
    wait(&mut harness, |state| state.tabs.len() == 2);
    assert_eq!(selected(&mut harness), "c.rs 0..6 needle");
    press(&mut harness, NONE, Key::F4);
    assert_eq!(selected(&mut harness), "c.rs 7..13 needle");
    press(&mut harness, NONE, Key::F4);
    assert_eq!(selected(&mut harness), "a.rs 16..22 needle", "from the first again");
    press(&mut harness, SHIFT, Key::F4);
    assert_eq!(selected(&mut harness), "c.rs 7..13 needle");
    // The list is left by Escape, and what was found is there when it is opened again.
    press(&mut harness, SHIFT_COMMAND, Key::F);
    press(&mut harness, NONE, Key::Escape);
    assert!(!harness.state_mut().state().project_search.open);
    press(&mut harness, NONE, Key::F4);
    assert_eq!(selected(&mut harness), "a.rs 16..22 needle", "also without the list");
    press(&mut harness, SHIFT_COMMAND, Key::F);
    assert_eq!(listed(&mut harness).len(), 3);
}

#[test]
fn a_click_shows_the_place_and_leaves_the_keyboard_in_the_list_and_two_go_there() {
    let (folder, mut harness) = project(&[("a.rs", b"one\ntwo\nneedle\n")]);
    look_for(&mut harness, "needle");
    harness.get_by_label("3: needle").click();
    harness.run_steps(2);
    wait(&mut harness, |state| !state.tabs.is_empty());
    assert_eq!(selected(&mut harness), "a.rs 8..14 needle");
    assert!(has_focus(&mut harness, "Search results"));
    let place = HitPlace::File(folder.path().join("a.rs"));
    happen(&mut harness, Event::ProjectSearch(ProjectSearchEvent::DoubleClick(place, Some(3))));
    harness.run_steps(3);
    assert!(has_focus(&mut harness, "Text of a.rs"));
    // A click on the head of a file hides its lines.
    harness.get_by_label("a.rs, 1 result, ").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("3: needle").is_none());
    harness.get_by_label("Expand all files").click();
    harness.run_steps(3);
    harness.get_by_label("3: needle");
    harness.get_by_label("Collapse all files").click();
    harness.run_steps(3);
    assert!(harness.query_by_label("3: needle").is_none());
}

#[test]
fn what_is_not_understood_is_told_under_its_field() {
    let (_folder, mut harness) = project(&[("a.rs", b"a(b\n")]);
    look_for(&mut harness, "a(b");
    assert_eq!(listed(&mut harness), ["a.rs:1:1"]);
    press(&mut harness, Modifiers::ALT, Key::R);
    wait(&mut harness, |state| state.project_search.wrong.pattern.is_some());
    harness.get_by_label("Unclosed group.");
    assert_eq!(listed(&mut harness), [""; 0]);
    look_for(&mut harness, "a\\(b");
    assert!(harness.query_by_label("Unclosed group.").is_none());
    assert_eq!(listed(&mut harness), ["a.rs:1:1"]);
    switch(&mut harness, SearchSwitch::Files);
    fill(&mut harness, SearchField::Include, "{a");
    wait(&mut harness, |state| state.project_search.wrong.include.is_some());
    assert!(harness.query_all_by_label_contains("The pattern {a is not understood").next().is_some());
    fill(&mut harness, SearchField::Include, "*.md");
    wait(&mut harness, is_done);
    harness.get_by_label("Nothing was found.");
    fill(&mut harness, SearchField::Include, "");
    wait(&mut harness, is_done);
    assert_eq!(listed(&mut harness), ["a.rs:1:1"]);
    press(&mut harness, SHIFT_COMMAND, Key::H);
    fill(&mut harness, SearchField::Replacement, "$7");
    harness.run_steps(2);
    harness.get_by_label("The pattern has no group \"7\". Write $$ for a dollar.");
}

#[test]
fn every_switch_decides_what_is_found() {
    let files: &[(&str, &[u8])] = &[
        (".gitignore", b"*.log\n"),
        (".hidden", b"Word\n"),
        ("a.log", b"Word\n"),
        ("a.rs", b"Word word words\n"),
        ("deep/b.rs", b"WORD\n"),
    ];
    let (folder, mut harness) = project(files);
    look_for(&mut harness, "word");
    let all = ["a.rs:1:1", "a.rs:1:6", "a.rs:1:11", "b.rs:1:1"];
    assert_eq!(listed(&mut harness), all);
    switch(&mut harness, SearchSwitch::Case);
    assert_eq!(harness.state_mut().state().project_search.form.query.case, Case::Sensitive);
    assert_eq!(listed(&mut harness), all[1..3]);
    switch(&mut harness, SearchSwitch::Case);
    look_for(&mut harness, "Word");
    assert_eq!(listed(&mut harness), all, "capitals do not matter");
    switch(&mut harness, SearchSwitch::Case);
    assert_eq!(listed(&mut harness), all[..1], "it has a capital");
    look_for(&mut harness, "word");
    press(&mut harness, Modifiers::ALT, Key::W);
    wait(&mut harness, is_done);
    assert_eq!(listed(&mut harness), ["a.rs:1:1", "a.rs:1:6", "b.rs:1:1"]);
    switch(&mut harness, SearchSwitch::Ignored);
    assert!(listed(&mut harness).contains(&"a.log:1:1".to_owned()));
    switch(&mut harness, SearchSwitch::Hidden);
    assert!(listed(&mut harness).contains(&".hidden:1:1".to_owned()));
    switch(&mut harness, SearchSwitch::OnlyOpen);
    assert_eq!(listed(&mut harness), [""; 0]);
    happen(&mut harness, Event::Open(folder.path().join("deep/b.rs")));
    wait(&mut harness, |state| !state.tabs.is_empty());
    command(&mut harness, Command::SearchAgain);
    wait(&mut harness, is_done);
    assert_eq!(listed(&mut harness), ["b.rs:1:1"]);
    for off in [SearchSwitch::OnlyOpen, SearchSwitch::Ignored, SearchSwitch::Hidden] {
        switch(&mut harness, off);
    }
    happen(&mut harness, Event::ProjectSearch(ProjectSearchEvent::InFolder(folder.path().join("deep"))));
    wait(&mut harness, is_done);
    assert_eq!(listed(&mut harness), ["b.rs:1:1"]);
    harness.get_by_label("Only in deep");
    harness.get_by_label("Search the whole project").click();
    harness.run_steps(2);
    wait(&mut harness, is_done);
    assert_eq!(listed(&mut harness).len(), 3);
}

#[test]
fn a_pattern_may_have_several_lines_and_earlier_ones_come_back() {
    let (_folder, mut harness) = project(&[("a", b"one\ntwo\n"), ("b", b"one\r\ntwo one\n")]);
    type_text(&mut harness, "one");
    press(&mut harness, NONE, Key::Enter);
    press(&mut harness, SHIFT, Key::Enter);
    type_text(&mut harness, "two");
    wait(&mut harness, is_done);
    assert_eq!(harness.state_mut().state().project_search.form.query.pattern, "one\ntwo");
    assert_eq!(listed(&mut harness), ["a:1:1", "b:1:1"]);
    press(&mut harness, NONE, Key::Enter);
    assert!(has_focus(&mut harness, "Search results"), "all is found already");
    press(&mut harness, SHIFT_COMMAND, Key::F);
    let pattern = |harness: &mut Harness<'_, App>| {
        harness.state_mut().state().project_search.form.query.pattern.clone()
    };
    press(&mut harness, Modifiers::ALT, Key::ArrowUp);
    assert_eq!(pattern(&mut harness), "one");
    press(&mut harness, Modifiers::ALT, Key::ArrowDown);
    assert_eq!(pattern(&mut harness), "one\ntwo");
}

#[test]
fn what_is_selected_becomes_the_pattern() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.rs"), "let a = b.c;\nb.c\nbxc\n").unwrap();
    let mut harness = window(&[folder.path()]);
    happen(&mut harness, Event::Open(folder.path().join("a.rs")));
    wait(&mut harness, |state| !state.tabs.is_empty());
    let tab = harness.state_mut().state().tab().unwrap().id;
    let range = editor_core::Selection::single(editor_core::Span::new(8, 11));
    happen(&mut harness, Event::Select(tab, range));
    harness.state_mut().state().project_search.form.query.regex = true;
    press(&mut harness, SHIFT_COMMAND, Key::F);
    wait(&mut harness, is_done);
    assert_eq!(harness.state_mut().state().project_search.form.query.pattern, "b\\.c");
    assert_eq!(listed(&mut harness), ["a.rs:1:9", "a.rs:2:1"]);
}

#[test]
fn what_is_not_saved_is_searched_as_it_is_and_the_list_follows_it() {
    let (folder, mut harness) = project(&[("a", b"old\n"), ("b", b"old\n")]);
    happen(&mut harness, Event::Open(folder.path().join("a")));
    wait(&mut harness, |state| !state.tabs.is_empty());
    command(&mut harness, Command::NewFile);
    type_text(&mut harness, "new text");
    press(&mut harness, Modifiers { ctrl: true, ..NONE }, Key::PageDown);
    happen(&mut harness, Event::Open(folder.path().join("a")));
    type_text(&mut harness, "a new ");
    look_for(&mut harness, "new");
    let found = listed(&mut harness);
    assert_eq!(found[0], "a:1:3");
    assert!(found[1].starts_with("text ") && found.len() == 2, "{found:?}");
    // An edit before a hit moves it at once; one in it takes it away; what is typed is found.
    happen(&mut harness, Event::Open(folder.path().join("a")));
    press(&mut harness, Modifiers::COMMAND, Key::Home);
    type_text(&mut harness, "xy");
    command(&mut harness, Command::NextResult);
    assert_eq!(selected(&mut harness), "a 4..7 new");
    type_text(&mut harness, "n");
    wait(&mut harness, |state| state.project_search.results.page.hits() == 1);
    type_text(&mut harness, "ew new");
    wait(&mut harness, |state| state.project_search.results.page.hits() == 3);
    // Saved, the file has what the text had; another file that changes is seen when the window is looked at again.
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| !tab.document.is_modified()));
    fs::write(folder.path().join("b"), "new\n").unwrap();
    harness.event(egui::Event::WindowFocused(true));
    wait(&mut harness, |state| state.project_search.results.page.hits() == 4);
    fs::remove_file(folder.path().join("b")).unwrap();
    harness.event(egui::Event::WindowFocused(true));
    wait(&mut harness, |state| state.project_search.results.page.hits() == 3);
}

#[test]
fn a_file_that_vanished_is_told_of_and_leaves_the_list() {
    let (folder, mut harness) = project(&[("a", b"old\n"), ("b", b"old\n")]);
    look_for(&mut harness, "old");
    fs::remove_file(folder.path().join("a")).unwrap();
    press(&mut harness, NONE, Key::F4);
    wait(&mut harness, |state| !state.toasts.is_empty());
    let state = harness.state_mut().state();
    assert!(state.toasts[0].text.contains("is gone since it was searched"), "{}", state.toasts[0].text);
    assert!(state.tabs.is_empty(), "no file is made anew");
    assert_eq!(listed(&mut harness), ["b:1:1"]);
}

/// The panel with a replacement, all of it shown.
fn replacing(files: &[(&str, &[u8])], pattern: &str, by: &str) -> (tempfile::TempDir, Harness<'static, App>) {
    let (folder, mut harness) = project(files);
    press(&mut harness, SHIFT_COMMAND, Key::H);
    look_for(&mut harness, pattern);
    fill(&mut harness, SearchField::Replacement, by);
    wait(&mut harness, |state| state.project_search.previews.replacement.is_some());
    (folder, harness)
}

fn content(folder: &tempfile::TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// Waits until nothing is being replaced and the list is up to date.
fn settled(harness: &mut Harness<'_, App>, hits: usize) {
    wait(harness, |state| is_done(state) && state.project_search.results.page.hits() == hits);
}

#[test]
fn matches_are_replaced_one_by_one_and_nothing_else_changes() {
    let files: &[(&str, &[u8])] = &[("a", b"old old\r\nold\r\n"), ("b", b"old\n")];
    let (folder, mut harness) = replacing(files, "old", "new");
    // What would come is known for what is seen before anything is written.
    let place = HitPlace::File(folder.path().join("a"));
    wait(&mut harness, |state| state.project_search.previews.of(&place).is_some());
    let state = harness.state_mut().state();
    let preview = state.project_search.previews.of(&place).unwrap().as_ref().unwrap();
    assert_eq!(preview.iter().map(|change| change.range.clone()).collect::<Vec<_>>(), [0..3, 4..7, 9..12]);
    happen(&mut harness, Event::ProjectSearch(ProjectSearchEvent::ClickHit(place.clone(), 1)));
    wait(&mut harness, |state| !state.tabs.is_empty());
    press(&mut harness, Modifiers::COMMAND, Key::W);
    wait(&mut harness, |state| state.tabs.is_empty());
    happen(&mut harness, Event::ProjectSearch(ProjectSearchEvent::ToList));
    let is_of_file = move |state: &State| {
        let file = state.project_search.results.page.of(&place);
        file.is_some_and(|file| matches!(file.version, search::Version::Disk(_)))
    };
    wait(&mut harness, is_of_file);
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    settled(&mut harness, 3);
    assert_eq!(content(&folder, "a"), "old new\r\nold\r\n");
    harness.get_by_label("Replaced 1 match.");
    // The next one is current: it is dismissed, and stays as it is.
    press(&mut harness, Modifiers::COMMAND, Key::Backspace);
    settled(&mut harness, 2);
    press(&mut harness, SHIFT_COMMAND, Key::Enter);
    settled(&mut harness, 0);
    assert_eq!((content(&folder, "a"), content(&folder, "b")), ("new new\r\nold\r\n".into(), "new\n".into()));
    harness.get_by_label("Undo").click();
    harness.run_steps(2);
    settled(&mut harness, 2);
    assert_eq!((content(&folder, "a"), content(&folder, "b")), ("old new\r\nold\r\n".into(), "old\n".into()));
    command(&mut harness, Command::UndoReplacement);
    settled(&mut harness, 3);
    assert_eq!(content(&folder, "a"), "old old\r\nold\r\n");
}

#[test]
fn an_open_text_is_changed_in_one_step_and_its_file_only_by_a_save() {
    let (folder, mut harness) = replacing(&[("a.txt", b"Old old OLD\n"), ("b.txt", b"old\n")], "old", "new");
    switch(&mut harness, SearchSwitch::KeepCase);
    happen(&mut harness, Event::Open(folder.path().join("a.txt")));
    wait(&mut harness, |state| !state.tabs.is_empty());
    harness.get_by_label("Replace all").click();
    harness.run_steps(2);
    settled(&mut harness, 0);
    assert_eq!(text(&mut harness), "New new NEW\n");
    assert_eq!(
        (content(&folder, "a.txt"), content(&folder, "b.txt")),
        ("Old old OLD\n".into(), "new\n".into())
    );
    harness.get_by_label("Replaced 4 matches in 2 files.");
    harness.get_by_label("Text of a.txt").focus();
    harness.run_steps(2);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut harness), "Old old OLD\n", "one step");
    settled(&mut harness, 3);
}

#[test]
fn groups_are_filled_in_and_a_file_is_reviewed_in_its_text() {
    let (folder, mut harness) = replacing(&[("a.rs", b"f(1, 2);\nlet x = 1;\nf(3, 4);\n")], "f", "g");
    switch(&mut harness, SearchSwitch::Regex);
    look_for(&mut harness, r"f\((\d), (?<b>\d)\)");
    fill(&mut harness, SearchField::Replacement, "g($b, $1)");
    harness.run_steps(2);
    wait(&mut harness, |state| state.project_search.previews.replacement.is_some());
    let place = HitPlace::File(folder.path().join("a.rs"));
    happen(&mut harness, Event::ProjectSearch(ProjectSearchEvent::Review(place)));
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.review.is_some()));
    assert_eq!(
        text(&mut harness),
        "f(1, 2);\nlet x = 1;\nf(3, 4);\n",
        "nothing is changed before it is accepted"
    );
    command(&mut harness, Command::RejectHunk);
    command(&mut harness, Command::AcceptHunk);
    assert_eq!(text(&mut harness), "f(1, 2);\nlet x = 1;\ng(4, 3);\n");
    assert!(harness.state_mut().state().tab().unwrap().review.is_none());
}

#[test]
fn what_changed_since_it_was_searched_is_left_as_it_is_and_told() {
    let (folder, mut harness) = replacing(&[("a", b"old\n"), ("b", b"old\n")], "old", "new");
    fs::write(folder.path().join("a"), "something old\n").unwrap();
    command(&mut harness, Command::ReplaceResults);
    settled(&mut harness, 1);
    assert_eq!((content(&folder, "a"), content(&folder, "b")), ("something old\n".into(), "new\n".into()));
    let words = format!(
        "Replaced 1 match. {} changed since it was searched: search again.",
        folder.path().join("a").display()
    );
    harness.get_by_label(&words);
}

#[test]
fn a_narrow_window_has_room_for_one() {
    let (_folder, mut harness) = project(&[("a.rs", b"needle\n")]);
    look_for(&mut harness, "needle");
    harness.set_size(egui::vec2(560.0, 640.0));
    harness.run_steps(4);
    assert!(harness.state_mut().state().project_search.fills);
    press(&mut harness, NONE, Key::F4);
    wait(&mut harness, |state| !state.tabs.is_empty());
    assert!(!harness.state_mut().state().project_search.open, "the text is what is wanted");
    assert!(has_focus(&mut harness, "Text of a.rs"));
    press(&mut harness, SHIFT_COMMAND, Key::F);
    harness.get_by_label("1: needle");
}

/// What a file of a large project holds, and what it is to hold.
fn of_many(number: usize) -> (String, Vec<u8>, Vec<u8>) {
    let line_break = if number.is_multiple_of(3) { "\r\n" } else { "\n" };
    let end = if number.is_multiple_of(4) { "" } else { line_break };
    let body = |word: &str, other: &str| {
        let lines: Vec<String> =
            (0..number % 7 + 1).map(|line| format!("é {word} {line} ({other})")).collect();
        lines.join(line_break) + end
    };
    let bytes = |text: String| match number % 5 {
        0 => [b"\xEF\xBB\xBF", text.as_bytes()].concat(),
        1 => [&b"\xFF\xFE"[..], &text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()].concat(),
        _ => text.into_bytes(),
    };
    let name = format!("{}/{number}.txt", number % 13);
    (name, bytes(body("name_old", "old")), bytes(body("new_name", "old")))
}

#[test]
fn a_thousand_files_are_replaced_in_byte_for_byte() {
    const FILES: usize = 1_000;
    let folder = tempfile::tempdir().unwrap();
    let mut expected: BTreeMap<PathBuf, Vec<u8>> = BTreeMap::new();
    for number in 0..FILES {
        let (name, before, after) = of_many(number);
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &before).unwrap();
        // What is dismissed stays.
        expected.insert(path, if number.is_multiple_of(10) { before } else { after });
    }
    let odd = folder.path().join(std::ffi::OsStr::from_bytes(b"odd \xFF"));
    fs::write(&odd, "name_old").unwrap();
    expected.insert(odd, b"new_name".to_vec());
    let mut harness = window(&[folder.path()]);
    command(&mut harness, Command::ProjectReplace);
    switch(&mut harness, SearchSwitch::Regex);
    look_for(&mut harness, r"(name)_old");
    fill(&mut harness, SearchField::Replacement, "new_$1");
    // Some of them are open, and are changed there.
    for number in [1, 2, 3, 20] {
        happen(&mut harness, Event::Open(folder.path().join(of_many(number).0)));
    }
    wait(&mut harness, |state| state.tabs.len() == 4);
    for number in (0..FILES).step_by(10) {
        let place = HitPlace::File(folder.path().join(of_many(number).0));
        happen(&mut harness, Event::ProjectSearch(ProjectSearchEvent::DismissRow(place, None)));
    }
    command(&mut harness, Command::ReplaceResults);
    // Each file is on the medium before the next one is begun, which takes its time.
    let end = std::time::Instant::now() + std::time::Duration::from_secs(240);
    while harness.state_mut().state().project_search.replacing.is_running() {
        assert!(std::time::Instant::now() < end, "it never ended");
        harness.step();
    }
    settled(&mut harness, 0);
    assert!(harness.state_mut().state().project_search.replacing.failures().is_empty());
    command(&mut harness, Command::SaveAll);
    wait(&mut harness, |state| state.tabs.iter().all(|tab| !tab.document.is_modified()));
    let mut seen = 0;
    for (path, bytes) in &expected {
        assert_eq!(fs::read(path).unwrap(), *bytes, "{}", path.display());
        seen += 1;
    }
    assert_eq!(seen, FILES + 1);
    let names = walk(folder.path());
    assert_eq!(names.len(), FILES + 1, "nothing is left beside the files");
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { walk(&path) } else { vec![path] }).collect()
}

/// Names the folder to a process that is this test's child.
const KILLED_IN: &str = "LOCALCODER_TEST_WINDOW_REPLACES_IN";

/// A window replaces in all files of a folder, and says how far it is.
fn replace_in_a_window(folder: &Path) {
    let mut harness = window(&[folder]);
    command(&mut harness, Command::ProjectReplace);
    look_for(&mut harness, "name_old");
    fill(&mut harness, SearchField::Replacement, "new_name");
    command(&mut harness, Command::ReplaceResults);
    println!("\nbegun");
    while !is_done(harness.state_mut().state()) {
        harness.step();
    }
    println!("\nover");
}

#[test]
fn a_window_that_is_killed_while_it_replaces_loses_nothing() {
    const NAME: &str = "views::search_tests::a_window_that_is_killed_while_it_replaces_loses_nothing";
    if let Some(folder) = std::env::var_os(KILLED_IN) {
        return replace_in_a_window(Path::new(&folder));
    }
    const FILES: usize = 150;
    let folder = tempfile::tempdir().unwrap();
    let path = |number: usize| folder.path().join(of_many(number).0);
    let mut in_the_midst = 0;
    for kill in 0..5 {
        for number in 0..FILES {
            fs::create_dir_all(path(number).parent().unwrap()).unwrap();
            fs::write(path(number), of_many(number).1).unwrap();
        }
        let mut child = Process::new(std::env::current_exe().unwrap())
            .args(["--exact", NAME, "--nocapture"])
            .env(KILLED_IN, folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        assert!(said.into_iter().any(|line| line == "begun"), "it never began");
        std::thread::sleep(std::time::Duration::from_millis(kill * 15));
        child.kill().unwrap();
        child.wait().unwrap();
        let is_after = |number: &usize| {
            let (bytes, (_, before, after)) = (fs::read(path(*number)).unwrap(), of_many(*number));
            assert!(bytes == before || bytes == after, "file {number} is torn");
            bytes == after
        };
        let changed = (0..FILES).filter(is_after).count();
        in_the_midst += usize::from(changed > 0 && changed < FILES);
        replace_in_a_window(folder.path());
        assert_eq!((0..FILES).filter(is_after).count(), FILES, "a second run ends it");
        let left: Vec<PathBuf> = walk(folder.path());
        assert_eq!(left.len(), FILES, "nothing is left beside the files: {left:?}");
    }
    assert!(in_the_midst > 0, "no kill came in the midst");
}

#[test]
fn a_hundred_thousand_hits_are_listed_a_part_a_frame_and_few_rows_are_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let text = "needle\n".repeat(100);
    for number in 0..1_100 {
        fs::write(folder.path().join(format!("{number}.txt")), &text).unwrap();
    }
    let mut harness = window(&[folder.path()]);
    press(&mut harness, SHIFT_COMMAND, Key::F);
    fill(&mut harness, SearchField::Pattern, "needle");
    let (mut known, mut most) = (0, 0);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(120);
    while !is_done(harness.state_mut().state()) {
        assert!(std::time::Instant::now() < end, "it never ended");
        harness.step();
        let hits = harness.state_mut().state().project_search.results.page.hits();
        most = most.max(hits - known);
        known = hits;
    }
    assert_eq!(known, 100_000);
    // One batch of 4,000 lines, and the file that made it full.
    assert!(most <= 4_100, "{most} in a frame");
    harness.run_steps(3);
    harness.get_by_label("100,000+ results in 1,000+ files: too many to list, so narrow the search");
    let rows = harness.query_all_by_role(Role::TreeItem).count();
    assert!((10..80).contains(&rows), "{rows} rows");
    press(&mut harness, NONE, Key::ArrowDown);
    press(&mut harness, NONE, Key::End);
    harness.run_steps(3);
    harness.get_by_label("100: needle");
    let state = harness.state_mut().state();
    assert!(matches!(state.project_search.results.status, SearchStatus::Done(_)));
}
