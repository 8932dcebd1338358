//! Context menus: what each place offers, by the other button and by key.

use egui::{Key, Modifiers, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use ground::command::Command;

use super::pointer_tests::place;
use super::tests::{happen, improve, press, right_click, text, type_text, wait, window, with_file};
use crate::app::App;
use crate::event::Event;
use crate::workspace::Page;
use crate::workspace::log::Severity;

type Window = Harness<'static, App>;

fn choose(harness: &mut Window, name: &str) {
    harness.get_by_label(name).click();
    harness.run_steps(4);
}

/// What was put on the clipboard in the last frames that are drawn here.
fn copied(harness: &mut Window, name: &str) -> String {
    harness.get_by_label(name).click();
    for _ in 0..6 {
        harness.step();
        let copied = harness.output().platform_output.commands.iter().find_map(|command| match command {
            egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        });
        if let Some(text) = copied {
            harness.run_steps(2);
            return text;
        }
    }
    panic!("“{name}” copied nothing");
}

fn caret(harness: &mut Window) -> (usize, usize) {
    harness.state_mut().state().tab().unwrap().caret()
}

#[test]
fn the_menu_of_the_text_moves_the_caret_there_unless_it_is_within_what_is_selected() {
    let (_folder, mut harness) = with_file("alpha beta\ngamma\n");
    let at = place(&mut harness, 1, 3);
    right_click(&mut harness, at);
    assert_eq!(caret(&mut harness), (1, 3));
    for name in ["Cut", "Copy", "Paste", "Go to definition", "Find all mentions", "Improve", "Explain"] {
        harness.get_by_label(name);
    }
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Paste").is_none());
    press(&mut harness, Modifiers::COMMAND, Key::A);
    right_click(&mut harness, at);
    harness.get_by_label("Improve selection");
    choose(&mut harness, "Cut");
    assert_eq!(text(&mut harness), "", "all was still selected");
    type_text(&mut harness, "x");
    assert_eq!(text(&mut harness), "x", "the text has the keyboard again");
}

#[test]
fn shift_f10_opens_the_menu_at_the_caret_and_keys_choose_from_it() {
    let (_folder, mut harness) = with_file("alpha\n");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    press(&mut harness, Modifiers::SHIFT, Key::F10);
    harness.get_by_label("Menu of the text");
    press(&mut harness, Modifiers::NONE, Key::ArrowDown);
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(text(&mut harness), "", "the first line is Cut");
    press(&mut harness, Modifiers::NONE, Key::Menu);
    harness.get_by_label("Menu of the text");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Menu of the text").is_none());
}

#[test]
fn the_menu_of_a_line_sets_a_bookmark_and_copies_where_it_is() {
    let (_folder, mut harness) = with_file("one\ntwo\nthree\n");
    let at = place(&mut harness, 1, 0) - vec2(30.0, 0.0);
    right_click(&mut harness, at);
    assert_eq!(copied(&mut harness, "Copy line number"), "2");
    right_click(&mut harness, at);
    assert!(copied(&mut harness, "Copy path with line number").ends_with("a.py:2"));
    right_click(&mut harness, at);
    choose(&mut harness, "Add bookmark");
    let tab = harness.state_mut().state().tab().unwrap().id;
    assert_eq!(harness.state_mut().state().places.bookmarks.lines(tab).collect::<Vec<_>>(), [1]);
    right_click(&mut harness, at);
    harness.get_by_label("Remove bookmark");
}

#[test]
fn several_lines_are_copied_as_a_range() {
    let (_folder, mut harness) = with_file("one\ntwo\nthree\n");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    let at = place(&mut harness, 1, 0) - vec2(30.0, 0.0);
    right_click(&mut harness, at);
    assert_eq!(copied(&mut harness, "Copy line numbers"), "1-3");
}

#[test]
fn a_hunk_is_decided_upon_by_its_menu() {
    let (_folder, mut harness) = with_file("a = 1\nb = 2\nc = 3\n");
    improve(&mut harness, "a = 10\nb = 2\nc = 30\n");
    harness.step();
    let at = place(&mut harness, 0, 2);
    right_click(&mut harness, at);
    assert_eq!(copied(&mut harness, "Copy new lines"), "a = 10\n");
    right_click(&mut harness, at);
    choose(&mut harness, "Accept hunk");
    assert_eq!(text(&mut harness), "a = 10\nb = 2\nc = 3\n");
}

#[test]
fn the_status_bar_has_menus() {
    let (_folder, mut harness) = with_file("one\ntwo\n");
    let at = harness.get_by_label("Ln 1, Col 1").rect().center();
    right_click(&mut harness, at);
    choose(&mut harness, "Go to line");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    let at = harness.get_by_label("UTF-8").rect().center();
    right_click(&mut harness, at);
    harness.get_by_label("Reopen with encoding");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    let at = harness.get_by_label_contains("Model:").rect().center();
    right_click(&mut harness, at);
    choose(&mut harness, "Model manager");
    assert!(harness.state_mut().state().shows(Page::Models));
}

#[test]
fn a_symbol_of_the_outline_is_selected_from_its_menu() {
    let (_folder, mut harness) = with_file("import os\n\n\ndef area(x):\n    return x\n");
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::B);
    wait(&mut harness, |state| !state.outline.rows.is_empty());
    harness.run_steps(3);
    let at = harness.get_by_label("area").rect().center();
    right_click(&mut harness, at);
    choose(&mut harness, "Select");
    let tab = harness.state_mut().state().tab().unwrap();
    let span = tab.document.selection().primary();
    assert_eq!(tab.document.buffer().slice(span.range()).trim_end(), "def area(x):\n    return x");
}

#[test]
fn an_entry_of_the_log_is_copied() {
    let mut harness = window(&[]);
    harness.state_mut().state().log.add(1000, Severity::Warning, false, "Something happened.");
    happen(&mut harness, Event::Command(Command::Activity));
    harness.set_size(vec2(1000.0, 1400.0));
    harness.run_steps(4);
    let at = harness.get_by_label_contains("Something happened.").rect().center();
    right_click(&mut harness, at);
    assert!(copied(&mut harness, "Copy entry").contains("Something happened."));
}

#[test]
fn a_result_of_the_search_is_copied_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.py"), "one\nneedle here\n").unwrap();
    let mut harness = window(&[folder.path()]);
    wait(&mut harness, |state| state.tree.is_some());
    press(&mut harness, Modifiers::COMMAND | Modifiers::SHIFT, Key::F);
    type_text(&mut harness, "needle");
    wait(&mut harness, |state| state.project_search.results.page.rows() >= 2);
    harness.run_steps(3);
    let at = harness.get_by_label_contains("2: needle here").rect().center();
    right_click(&mut harness, at);
    assert_eq!(copied(&mut harness, "Copy path with line number"), "a.py:2");
    right_click(&mut harness, at);
    choose(&mut harness, "Open");
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.caret().0 == 1));
}

#[test]
fn the_line_above_the_text_lists_what_stands_beside_a_symbol() {
    let (_folder, mut harness) = with_file("def area(x):\n    return x\n\n\ndef volume(x):\n    return x\n");
    let key = settings::table::SettingKey::find("editor.breadcrumbs").unwrap();
    let on = Some(settings::value::SettingValue::Bool(true));
    happen(&mut harness, Event::Settings(settings::SettingsEvent::Change(key, on)));
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.symbols.all.len() == 2));
    harness.run_steps(3);
    harness.get_by_label("function area").click();
    harness.run_steps(4);
    choose(&mut harness, "volume");
    assert_eq!(caret(&mut harness), (4, 4));
    harness.get_by_label("function volume");
}
