//! A real shell in the window without a screen: typed in, seen, closed, and kept from keys that lead out of it.

use std::fs;
use std::time::{Duration, Instant};

use egui::{Key, Modifiers, PointerButton};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use ground::command::Command;

use super::tests::{happen, press, wait, window_set};
use crate::app::App;
use crate::event::Event;
use crate::features::terminal::TerminalState;
use crate::ui::theme;
use crate::workspace::Overlay;
use crate::workspace::session::Session;

const CTRL: Modifiers = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };

/// A window on a folder with an open terminal, in which a plain shell waits.
fn with_terminal() -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("Makefile"), "hello:\n\t@echo a.c:1:2: error: made\n").unwrap();
    fs::write(folder.path().join("a.c"), "int a\n").unwrap();
    let shell = "[terminal]\nshell = '/bin/sh'\n";
    let mut harness = window_set(shell, Session::default(), &[folder.path()], None);
    press(&mut harness, CTRL, Key::Backtick);
    wait(&mut harness, |state| {
        state.terminals.shown().is_some_and(|tab| tab.state == TerminalState::Running)
    });
    // Whatever it greets with: what is typed before stands twice. From here on the prompt is known.
    wait(&mut harness, |state| {
        state.terminals.shown().is_some_and(|tab| !tab.screen.text().trim().is_empty())
    });
    type_in(&mut harness, "PS1='ready> '\n");
    sees(&mut harness, "\nready>");
    (folder, harness)
}

fn type_in(harness: &mut Harness<'_, App>, text: &str) {
    for line in text.split_inclusive('\n') {
        harness.event(egui::Event::Text(line.trim_end_matches('\n').into()));
        harness.run_steps(1);
        if line.ends_with('\n') {
            harness.key_press(Key::Enter);
            harness.run_steps(1);
        }
    }
}

/// Waits until the terminal shows words; its text then.
fn sees(harness: &mut Harness<'_, App>, words: &str) -> String {
    let shown = |harness: &mut Harness<'_, App>| {
        harness.state_mut().state().terminals.shown().map(|tab| tab.screen.text()).unwrap_or_default()
    };
    let end = Instant::now() + Duration::from_secs(60);
    while !shown(harness).contains(words) {
        assert!(Instant::now() < end, "{words} never came up:\n{}", shown(harness));
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
    harness.run_steps(3);
    shown(harness)
}

#[test]
fn what_is_typed_goes_to_the_shell_and_what_it_prints_is_seen() {
    let (_folder, mut harness) = with_terminal();
    type_in(&mut harness, "echo hi $((40 + 2))\n");
    let text = sees(&mut harness, "hi 42");
    assert!(text.contains("ready> echo hi"), "{text}");
    assert!(harness.query_all_by_label_contains("hi 42").next().is_some(), "screen readers are told");
    assert!(!text.contains("no network"), "nothing is closed in this test");
    // Escape is the shell's, not the window's.
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    type_in(&mut harness, "\x15echo still here\n");
    sees(&mut harness, "still here");
}

#[test]
fn control_keys_are_the_shells_and_those_that_lead_out_are_not() {
    let (_folder, mut harness) = with_terminal();
    type_in(&mut harness, "cat\nread this\n");
    sees(&mut harness, "read this\nread this");
    harness.event(egui::Event::Copy);
    harness.run_steps(2);
    // What is typed before the program is gone goes with it.
    sees(&mut harness, "^C\nready>");
    type_in(&mut harness, "echo ended by $?\n");
    sees(&mut harness, "ended by 130");
    press(&mut harness, Modifiers { shift: true, ..CTRL }, Key::P);
    assert!(matches!(harness.state_mut().state().overlay, Overlay::Quick(_)), "the palette");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, CTRL, Key::Backtick);
    assert!(!harness.state_mut().state().terminals.open);
    press(&mut harness, CTRL, Key::Backtick);
    type_in(&mut harness, "echo here again\n");
    sees(&mut harness, "here again");
    assert_eq!(harness.state_mut().state().terminals.tabs.len(), 1);
}

#[test]
fn leaving_the_shell_closes_the_panel() {
    let (_folder, mut harness) = with_terminal();
    type_in(&mut harness, "exit\n");
    wait(&mut harness, |state| !state.terminals.open && state.terminals.tabs.is_empty());
}

#[test]
fn a_program_learns_the_size_of_the_panel() {
    let (_folder, mut harness) = with_terminal();
    let size = |harness: &mut Harness<'_, App>| {
        let screen = &harness.state_mut().state().terminals.shown().unwrap().screen;
        (screen.rows.len(), screen.columns)
    };
    let before = size(&mut harness);
    type_in(&mut harness, "stty size\n");
    sees(&mut harness, &format!("{} {}", before.0, before.1));
    happen(&mut harness, Event::Command(Command::MaximizeTerminal));
    wait(&mut harness, |state| state.terminals.shown().is_some_and(|tab| tab.screen.rows.len() > before.0));
    let after = size(&mut harness);
    type_in(&mut harness, "stty size\n");
    sees(&mut harness, &format!("{} {}", after.0, after.1));
}

#[test]
fn several_terminals_have_tabs_and_the_field_looks_through_the_one_that_is_shown() {
    let (_folder, mut harness) = with_terminal();
    type_in(&mut harness, "seq 100 400\n");
    // What was typed has the number as well.
    sees(&mut harness, "\n400");
    press(&mut harness, CTRL, Key::F);
    harness.get_by_label("Find in terminal");
    harness.event(egui::Event::Text("123".into()));
    harness.run_steps(6);
    sees(&mut harness, "123");
    assert!(harness.state_mut().state().terminals.shown().unwrap().screen.offset > 0, "it is scrolled there");
    harness.get_by_label("1 of 1");
    harness.event(egui::Event::Text("99".into()));
    harness.run_steps(6);
    harness.get_by_label("Find in terminal: no results");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert_eq!(harness.state_mut().state().terminals.find, None);
    press(&mut harness, Modifiers { shift: true, ..CTRL }, Key::P);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    type_in(&mut harness, "echo $((70+7))\n");
    sees(&mut harness, "\n77");
    press(&mut harness, Modifiers { shift: true, ..CTRL }, Key::Backtick);
    wait(&mut harness, |state| state.terminals.tabs.len() == 2);
    assert!(harness.query_all_by_label_contains("Terminal tab").count() == 2);
    harness.get_all_by_label_contains("Close terminal ").next().unwrap().click();
    wait(&mut harness, |state| state.terminals.tabs.len() == 1);
}

#[test]
fn a_task_runs_in_a_terminal_and_what_it_says_of_a_file_is_marked_there() {
    let (folder, mut harness) = with_terminal();
    happen(&mut harness, Event::Open(folder.path().join("a.c")));
    wait(&mut harness, |state| state.tab().is_some());
    happen(&mut harness, Event::Command(Command::RunTask));
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Picker(_)));
    harness.get_by_label("make hello");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.query_all_by_label_contains("Run tasks of this folder?").next().is_some());
    harness.get_by_label("Run").click();
    harness.run_steps(4);
    sees(&mut harness, "error: made");
    wait(&mut harness, |state| state.problems.found.len() == 1);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.problems.len() == 1));
    let state = harness.state_mut().state();
    assert_eq!(state.tab().unwrap().problems[0].words(), "make hello: made");
    assert_eq!(state.session.runs_tasks, [folder.path()]);
    wait(&mut harness, |state| {
        state.terminals.shown().is_some_and(|tab| matches!(tab.state, TerminalState::Ended(_)))
    });
}

#[test]
fn what_several_lines_of_the_clipboard_do_is_asked_first() {
    let (_folder, mut harness) = with_terminal();
    harness.event(egui::Event::Paste("echo one\necho $((20 + 3))\n".into()));
    harness.run_steps(4);
    assert!(harness.query_all_by_label_contains("Paste 2 lines?").next().is_some());
    harness.get_by_label("Paste").click();
    harness.run_steps(4);
    sees(&mut harness, "23");
}

#[test]
fn a_double_click_selects_a_word_and_a_right_click_opens_the_menu() {
    let (_folder, mut harness) = with_terminal();
    type_in(&mut harness, "echo one two\n");
    let text = sees(&mut harness, "\none two");
    let row = text.lines().position(|line| line == "one two").unwrap();
    let (width, height) = harness.ctx.fonts_mut(|fonts| {
        let font = theme::code(14.0);
        (fonts.glyph_width(&font, '0'), fonts.row_height(&font).round())
    });
    let panel = harness.get_by_role(egui::accesskit::Role::Terminal).rect();
    let at = panel.min + egui::vec2(8.0 + 5.5 * width, 4.0 + (row as f32 + 0.5) * height);
    harness.event(egui::Event::PointerMoved(at));
    // A frame takes a quarter of a second here: each click has one.
    for _ in 0..2 {
        let click = [true, false].map(|pressed| egui::Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        });
        harness.input_mut().events.extend(click);
        harness.step();
    }
    let selected = |harness: &mut Harness<'_, App>| -> String {
        let rows = &harness.state_mut().state().terminals.shown().unwrap().screen.rows;
        let runs = rows.iter().flat_map(|row| &row.runs).filter(|run| run.style.selected);
        runs.map(|run| run.text.clone()).collect()
    };
    let end = Instant::now() + Duration::from_secs(20);
    while selected(&mut harness) != "two" {
        assert!(Instant::now() < end, "“{}” is selected", selected(&mut harness));
        harness.step();
    }
    for pressed in [true, false] {
        let modifiers = Modifiers::NONE;
        harness.event(egui::Event::PointerButton {
            pos: at,
            button: PointerButton::Secondary,
            pressed,
            modifiers,
        });
        harness.run_steps(2);
    }
    harness.get_by_label("Explain this output");
    harness.get_by_label("Copy");
}
