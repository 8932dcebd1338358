//! Tabs and panes in the window: with the mouse and with keys, on real files.

use std::path::Path;

use egui::accesskit::Role;
use egui::{Key, Modifiers, Pos2, Rect};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use ground::command::Command;

use super::tests::{happen, press, text, type_text, wait, window, window_with};
use crate::app::App;
use crate::event::Event;
use crate::workspace::session::Session;

type Window = Harness<'static, App>;

fn files(names: &[&str]) -> (tempfile::TempDir, Window) {
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = names.iter().map(|name| folder.path().join(name)).collect();
    for path in &paths {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let lines: String = (0..200).map(|line| format!("{} {line}\n", path.display())).collect();
        std::fs::write(path, lines).unwrap();
    }
    let mut harness = window(&paths.iter().map(|path| path.as_path()).collect::<Vec<&Path>>());
    let count = names.len();
    wait(&mut harness, move |state| state.tabs.len() == count);
    (folder, harness)
}

fn command(harness: &mut Window, command: Command) {
    happen(harness, Event::Command(command));
}

fn tab(harness: &Window, name: &str) -> Rect {
    let found = harness
        .get_all_by_role(Role::Tab)
        .find(|node| node.accesskit_node().label().is_some_and(|label| label == name));
    found.unwrap_or_else(|| panic!("no tab {name}")).rect()
}

/// The names of the tabs as they stand in the window.
fn tabs(harness: &Window) -> Vec<String> {
    let mut tabs: Vec<(i32, i32, String)> = harness
        .get_all_by_role(Role::Tab)
        .map(|node| {
            let place = node.rect();
            let name = node.accesskit_node().label().unwrap_or_default();
            (place.top() as i32, place.left() as i32, name)
        })
        .collect();
    tabs.sort();
    tabs.into_iter().map(|(_, _, name)| name).collect()
}

fn pointer(harness: &mut Window, at: Pos2, button: egui::PointerButton, pressed: bool) {
    harness.event(egui::Event::PointerMoved(at));
    harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers: Modifiers::NONE });
    harness.run_steps(2);
}

fn click(harness: &mut Window, at: Pos2, button: egui::PointerButton) {
    pointer(harness, at, button, true);
    pointer(harness, at, button, false);
}

fn drag(harness: &mut Window, from: Pos2, to: Pos2) {
    pointer(harness, from, egui::PointerButton::Primary, true);
    for step in 1..=4 {
        harness.event(egui::Event::PointerMoved(from + (to - from) * (step as f32 / 4.0)));
        harness.run_steps(2);
    }
    pointer(harness, to, egui::PointerButton::Primary, false);
    harness.run_steps(3);
}

fn panes(harness: &mut Window) -> usize {
    harness.state_mut().state().panes.count()
}

fn in_front(harness: &mut Window) -> String {
    harness.state_mut().state().tab().unwrap().document.title()
}

#[test]
fn a_tab_is_dragged_to_another_place_to_a_side_and_back() {
    let (_folder, mut harness) = files(&["a.rs", "b.rs", "c.rs"]);
    let (a, c) = (tab(&harness, "a.rs").center(), tab(&harness, "c.rs"));
    drag(&mut harness, a, egui::pos2(c.right() - 2.0, c.center().y));
    assert_eq!(tabs(&harness), ["b.rs", "c.rs", "a.rs"]);
    let from = tab(&harness, "a.rs").center();
    drag(&mut harness, from, egui::pos2(960.0, 300.0));
    assert_eq!(panes(&mut harness), 2);
    assert!(tab(&harness, "a.rs").left() > tab(&harness, "c.rs").right() + 50.0, "in a pane at the right");
    let (from, to) = (tab(&harness, "a.rs").center(), tab(&harness, "b.rs"));
    drag(&mut harness, from, egui::pos2(to.left() + 3.0, to.center().y));
    assert_eq!((panes(&mut harness), tabs(&harness)), (1, vec!["a.rs".into(), "b.rs".into(), "c.rs".into()]));
}

#[test]
fn middle_click_closes_and_the_menu_of_a_tab_does_what_it_says() {
    let (_folder, mut harness) = files(&["a.rs", "b.rs", "c.rs"]);
    let b = tab(&harness, "b.rs").center();
    click(&mut harness, b, egui::PointerButton::Middle);
    assert_eq!(tabs(&harness), ["a.rs", "c.rs"]);
    let a = tab(&harness, "a.rs").center();
    click(&mut harness, a, egui::PointerButton::Secondary);
    harness.get_by_label("Close others").click();
    harness.run_steps(4);
    assert_eq!(tabs(&harness), ["a.rs"]);
}

#[test]
fn the_same_text_in_two_panes_is_typed_into_once_and_shown_twice() {
    let (folder, mut harness) = files(&["a.rs"]);
    press(&mut harness, Modifiers::COMMAND, Key::Backslash);
    assert_eq!(panes(&mut harness), 2);
    type_text(&mut harness, "typed ");
    let own = text(&mut harness);
    assert!(own.starts_with("typed "));
    press(&mut harness, Modifiers::NONE, Key::F6);
    assert_eq!(text(&mut harness), own);
    let caret = harness.state_mut().state().tab().unwrap().caret();
    assert_eq!(caret, (0, 6), "the caret of the other view was at the same place and follows");
    type_text(&mut harness, "again ");
    assert!(text(&mut harness).starts_with("typed again "));
    // A press into the other pane gives it the keyboard, and sets its caret.
    let right = harness.state_mut().state().panes.focused();
    click(&mut harness, egui::pos2(800.0, 300.0), egui::PointerButton::Primary);
    assert_ne!(harness.state_mut().state().panes.focused(), right);
    assert!(harness.state_mut().state().tab().unwrap().caret().0 > 5);
    // Closing one view closes nothing and asks nothing.
    press(&mut harness, Modifiers::COMMAND, Key::W);
    assert_eq!((panes(&mut harness), text(&mut harness).len()), (1, own.len() + 6));
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| !state.tabs[0].is_unsaved());
    let saved = std::fs::read_to_string(folder.path().join("a.rs")).unwrap();
    assert!(saved.starts_with("typed again "));
}

#[test]
fn each_pane_keeps_its_own_place_in_the_text() {
    let (_folder, mut harness) = files(&["a.rs"]);
    command(&mut harness, Command::SplitRight);
    press(&mut harness, Modifiers::COMMAND, Key::End);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret().0, 200);
    press(&mut harness, Modifiers::NONE, Key::F6);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret().0, 0);
    press(&mut harness, Modifiers::NONE, Key::F6);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret().0, 200);
}

#[test]
fn ctrl_tab_goes_to_the_tab_before_when_ctrl_is_let_go() {
    let (_folder, mut harness) = files(&["a.rs", "b.rs", "c.rs"]);
    let before = in_front(&mut harness);
    press(&mut harness, Modifiers { ctrl: true, command: true, ..Modifiers::NONE }, Key::Tab);
    harness.run_steps(3);
    let after = in_front(&mut harness);
    assert_ne!(before, after);
    press(&mut harness, Modifiers { ctrl: true, command: true, ..Modifiers::NONE }, Key::Tab);
    harness.run_steps(3);
    assert_eq!(in_front(&mut harness), before);
}

#[test]
fn names_that_are_the_same_show_their_folders() {
    let (_folder, harness) = files(&["one/mod.rs", "two/mod.rs"]);
    assert_eq!(tabs(&harness), ["mod.rs — one", "mod.rs — two"]);
}

#[test]
fn tabs_that_are_not_seen_are_counted_and_listed() {
    let names: Vec<String> = (0..14).map(|n| format!("a_rather_long_name_{n}.rs")).collect();
    let (_folder, mut harness) = files(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let sign = harness.get_by(|node| node.label().is_some_and(|label| label.ends_with(" hidden tabs")));
    sign.click();
    harness.run_steps(3);
    let first = harness.get_all_by_role(Role::MenuItem).next().unwrap();
    let name = first.accesskit_node().label().unwrap();
    first.click();
    harness.run_steps(4);
    assert_eq!(in_front(&mut harness), name);
}

/// A key and what it types, which the system tells of at once.
fn key_with_text(harness: &mut Window, key: Key, text: &str) {
    let (pressed, repeat, modifiers) = (true, false, Modifiers::NONE);
    let events = &mut harness.input_mut().events;
    events.push(egui::Event::Key { key, physical_key: None, pressed, repeat, modifiers });
    events.push(egui::Event::Text(text.into()));
    harness.run_steps(3);
}

#[test]
fn two_keys_after_each_other_are_a_command_and_none_of_them_is_typed() {
    let (_folder, mut harness) = files(&["a.rs"]);
    let before = text(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::K);
    key_with_text(&mut harness, Key::Z, "z");
    assert!(harness.state_mut().state().zen);
    assert!(harness.query_by_role(Role::Tab).is_none(), "nothing but the text");
    // What no command has does nothing.
    press(&mut harness, Modifiers::COMMAND, Key::K);
    key_with_text(&mut harness, Key::J, "j");
    assert_eq!(text(&mut harness), before);
    type_text(&mut harness, "j");
    assert_ne!(text(&mut harness), before);
}

#[test]
fn the_window_closes_without_a_question_and_everything_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let state_file = folder.path().join("state/session.json");
    let path = folder.path().join("a.py");
    std::fs::write(&path, "one\ntwo\nthree\n").unwrap();
    let mut harness = window_with(&[&path], Some(state_file.clone()));
    wait(&mut harness, |state| !state.tabs.is_empty());
    happen(&mut harness, Event::Onboarding(crate::features::onboarding::OnboardingEvent::Skip));
    press(&mut harness, Modifiers::COMMAND, Key::End);
    type_text(&mut harness, "typed");
    command(&mut harness, Command::NewFile);
    type_text(&mut harness, "a note");
    command(&mut harness, Command::Tab1);
    happen(&mut harness, Event::CloseRequested);
    let end = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !harness.state_mut().is_closing() {
        assert!(std::time::Instant::now() < end, "the window does not close");
        harness.step();
    }
    assert!(
        matches!(harness.state_mut().state().overlay, crate::workspace::Overlay::None),
        "nothing is asked"
    );
    harness.state_mut().end();
    drop(harness);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\nthree\n", "nothing was written");

    let session = Session::load(&state_file);
    let mut next = super::tests::window_of(session, &[], Some(state_file));
    wait(&mut next, |state| state.tabs.len() == 2 && state.tabs.iter().all(|tab| tab.is_unsaved()));
    assert_eq!(tabs(&next), ["a.py", "Untitled 1"]);
    assert_eq!((in_front(&mut next), text(&mut next)), ("a.py".into(), "one\ntwo\nthree\ntyped".into()));
    assert_eq!(next.state_mut().state().tab().unwrap().caret(), (3, 5));
    assert!(next.state_mut().state().notices.is_empty(), "nothing is asked at the start, either");
    command(&mut next, Command::Tab2);
    assert_eq!(text(&mut next), "a note");
    command(&mut next, Command::NewFile);
    assert_eq!(in_front(&mut next), "Untitled 2");
}

#[test]
fn what_cannot_be_kept_is_asked_about() {
    let (_folder, mut harness) = files(&["a.rs"]);
    type_text(&mut harness, "typed");
    // This window remembers nothing, so there is no place to keep the text in.
    happen(&mut harness, Event::CloseRequested);
    wait(&mut harness, |state| matches!(state.overlay, crate::workspace::Overlay::Question(_)));
    assert!(harness.state_mut().state().toasts.iter().any(|toast| toast.text.contains("cannot be kept")));
}
