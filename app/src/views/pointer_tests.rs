//! The mouse in the text, as the system tells of it: also when all of it comes in one slow frame.

use egui::{Event as Input, Key, Modifiers, PointerButton, Pos2, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;

use super::tests::{press, text, type_text, wait, window, with_file};
use crate::app::App;
use crate::ui::theme;
use crate::workspace::Overlay;

type Window = Harness<'static, App>;

/// The middle of the left edge of a character of the text in front, by line and column from 0.
pub(super) fn place(harness: &mut Window, line: usize, column: usize) -> Pos2 {
    let (size, leading) = {
        let editor = &harness.state_mut().state().settings.editor;
        (editor.font_size, editor.line_height)
    };
    let title = harness.state_mut().state().tab().map(|tab| tab.document.title()).unwrap_or_default();
    let rect = harness.get_by_label(&format!("Text of {title}")).rect();
    let cell = harness.ctx.fonts_mut(|fonts| fonts.glyph_width(&theme::code(size), '0'));
    let gutter = 16.0 + 3.0 * cell + 34.0;
    let row = (size * leading).round();
    rect.left_top() + vec2(gutter + column as f32 * cell, (line as f32 + 0.5) * row)
}

fn button(pos: Pos2, pressed: bool, modifiers: Modifiers) -> Input {
    Input::PointerButton { pos, button: PointerButton::Primary, pressed, modifiers }
}

/// All of these come in one frame.
fn in_one_frame(harness: &mut Window, events: impl IntoIterator<Item = Input>) {
    harness.input_mut().events.extend(events);
    harness.step();
    harness.run_steps(3);
}

/// A press, a drag and its end, each in a frame of its own.
fn drag(harness: &mut Window, from: Pos2, to: Pos2, modifiers: Modifiers) {
    let half = from + (to - from) / 2.0;
    harness.event(Input::ModifiersChanged(modifiers));
    for event in [
        Input::PointerMoved(from),
        button(from, true, modifiers),
        Input::PointerMoved(half),
        Input::PointerMoved(to),
        button(to, false, modifiers),
        Input::ModifiersChanged(Modifiers::NONE),
    ] {
        harness.event(event);
    }
    harness.run_steps(3);
}

fn click(harness: &mut Window, at: Pos2, modifiers: Modifiers) {
    drag(harness, at, at, modifiers);
}

/// What is selected, as text, and where the caret is.
fn selected(harness: &mut Window) -> (String, usize) {
    let tab = harness.state_mut().state().tab().unwrap();
    let span = tab.document.selection().primary();
    (tab.document.buffer().slice(span.range()), span.head)
}

#[test]
fn a_press_a_drag_and_a_release_in_one_frame_select_what_was_dragged_over() {
    let (_folder, mut harness) = with_file("alpha beta\ngamma delta\nlast\n");
    let (from, to, away) = (place(&mut harness, 0, 6), place(&mut harness, 1, 5), place(&mut harness, 2, 0));
    let none = Modifiers::NONE;
    let events = [
        Input::PointerMoved(from),
        button(from, true, none),
        Input::PointerMoved(to),
        button(to, false, none),
        // Where the pointer is at the end of the frame has nothing to do with it.
        Input::PointerMoved(away),
    ];
    in_one_frame(&mut harness, events);
    assert_eq!(selected(&mut harness), ("beta\ngamma".into(), 16));
    type_text(&mut harness, "x");
    assert_eq!(text(&mut harness), "alpha x delta\nlast\n");
}

#[test]
fn two_clicks_in_one_frame_select_a_word_and_dragging_on_takes_whole_words() {
    let (_folder, mut harness) = with_file("alpha beta gamma\n");
    let (at, to, none) = (place(&mut harness, 0, 2), place(&mut harness, 0, 8), Modifiers::NONE);
    let click = [button(at, true, none), button(at, false, none)];
    let again = [button(at, true, none), Input::PointerMoved(to), button(to, false, none)];
    in_one_frame(&mut harness, [Input::PointerMoved(at)].into_iter().chain(click).chain(again));
    assert_eq!(selected(&mut harness), ("alpha beta".into(), 10));
}

#[test]
fn what_is_typed_behind_a_click_in_one_frame_comes_where_was_clicked() {
    let (_folder, mut harness) = with_file("alpha\nbeta\n");
    let (at, none) = (place(&mut harness, 1, 4), Modifiers::NONE);
    let typed = [Input::Text("!".into()), Input::Text("?".into())];
    let click = [Input::PointerMoved(at), button(at, true, none), button(at, false, none)];
    in_one_frame(&mut harness, [Input::Text("a".into())].into_iter().chain(click).chain(typed));
    assert_eq!(text(&mut harness), "aalpha\nbeta!?\n");
}

#[test]
fn a_release_beyond_the_text_ends_the_drag_where_it_is() {
    let (_folder, mut harness) = with_file("alpha beta\ngamma\n");
    let (from, none) = (place(&mut harness, 0, 6), Modifiers::NONE);
    let beyond = pos2(990.0, from.y);
    in_one_frame(
        &mut harness,
        [
            Input::PointerMoved(from),
            button(from, true, none),
            Input::PointerMoved(beyond),
            button(beyond, false, none),
        ],
    );
    assert_eq!(selected(&mut harness).0, "beta");
    let other = place(&mut harness, 1, 2);
    harness.event(Input::PointerMoved(other));
    harness.run_steps(3);
    assert_eq!(selected(&mut harness).0, "beta", "nothing is dragged any more");
}

#[test]
fn the_numbers_select_lines_and_a_third_click_does() {
    let (_folder, mut harness) = with_file("one\ntwo\nthree\nfour\n");
    let gutter = |harness: &mut Window, line| place(harness, line, 0) - vec2(30.0, 0.0);
    let (first, third) = (gutter(&mut harness, 1), gutter(&mut harness, 2));
    click(&mut harness, first, Modifiers::NONE);
    assert_eq!(selected(&mut harness).0, "two\n");
    drag(&mut harness, third, first, Modifiers::NONE);
    assert_eq!(selected(&mut harness).0, "two\nthree\n");
    let (at, none) = (place(&mut harness, 3, 1), Modifiers::NONE);
    let clicks = (0..3).flat_map(|_| [button(at, true, none), button(at, false, none)]);
    in_one_frame(&mut harness, [Input::PointerMoved(at)].into_iter().chain(clicks));
    assert_eq!(selected(&mut harness).0, "four\n");
}

#[test]
fn selected_text_is_dragged_elsewhere_and_with_ctrl_stays_as_well() {
    let (_folder, mut harness) = with_file("alpha beta gamma\n");
    let (from, to) = (place(&mut harness, 0, 6), place(&mut harness, 0, 11));
    drag(&mut harness, from, to, Modifiers::NONE);
    assert_eq!(selected(&mut harness).0, "beta ");
    let (hold, end) = (place(&mut harness, 0, 8), place(&mut harness, 0, 16));
    drag(&mut harness, hold, end, Modifiers::NONE);
    assert_eq!(text(&mut harness), "alpha gammabeta \n");
    assert_eq!(selected(&mut harness).0, "beta ", "it is selected where it came");
    let (hold, start) = (place(&mut harness, 0, 13), place(&mut harness, 0, 0));
    drag(&mut harness, hold, start, Modifiers::COMMAND);
    assert_eq!(text(&mut harness), "beta alpha gammabeta \n");
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    press(&mut harness, Modifiers::COMMAND, Key::Z);
    assert_eq!(text(&mut harness), "alpha beta gamma\n", "each of them is one step");
}

#[test]
fn a_click_in_what_is_selected_puts_the_caret_there_and_escape_lets_go_of_what_is_carried() {
    let (_folder, mut harness) = with_file("alpha beta gamma\n");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    let at = place(&mut harness, 0, 8);
    click(&mut harness, at, Modifiers::NONE);
    assert_eq!(selected(&mut harness), (String::new(), 8));
    let (from, to, end) = (place(&mut harness, 0, 0), place(&mut harness, 0, 5), place(&mut harness, 0, 12));
    drag(&mut harness, from, to, Modifiers::NONE);
    let hold = place(&mut harness, 0, 2);
    for event in [Input::PointerMoved(hold), button(hold, true, Modifiers::NONE), Input::PointerMoved(end)] {
        harness.event(event);
    }
    harness.run_steps(2);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.event(button(end, false, Modifiers::NONE));
    harness.run_steps(3);
    assert_eq!(text(&mut harness), "alpha beta gamma\n");
}

#[test]
fn ctrl_and_click_go_to_the_definition_and_ctrl_and_drag_selects() {
    let (_folder, mut harness) = with_file("def area(x):\n    return x\n\n\nprint(area(2))\n");
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.highlighter.tree().is_some()));
    let at = place(&mut harness, 4, 8);
    click(&mut harness, at, Modifiers::COMMAND);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.caret().0 == 0));
    let (from, to) = (place(&mut harness, 4, 6), place(&mut harness, 4, 10));
    drag(&mut harness, from, to, Modifiers::COMMAND);
    assert_eq!(selected(&mut harness).0, "area");
}

#[test]
fn the_middle_button_pastes_where_it_is_clicked() {
    let (_folder, mut harness) = with_file("alpha\nbeta\n");
    let at = place(&mut harness, 1, 2);
    let middle = |pressed| Input::PointerButton {
        pos: at,
        button: PointerButton::Middle,
        pressed,
        modifiers: Modifiers::NONE,
    };
    let paste = Input::MiddleClickPaste { pos: at, text: "XY".into() };
    in_one_frame(&mut harness, [Input::PointerMoved(at), middle(true), paste, middle(false)]);
    assert_eq!(text(&mut harness), "alpha\nbeXYta\n");
}

#[cfg(target_os = "linux")]
#[test]
fn what_is_selected_is_offered_to_the_middle_button() {
    let (_folder, mut harness) = with_file("alpha beta\n");
    let (from, to) = (place(&mut harness, 0, 0), place(&mut harness, 0, 5));
    harness.event(Input::PointerMoved(from));
    harness.event(button(from, true, Modifiers::NONE));
    harness.event(Input::PointerMoved(to));
    harness.run_steps(1);
    harness.input_mut().events.push(button(to, false, Modifiers::NONE));
    harness.step();
    let offered = harness.output().platform_output.commands.iter().find_map(|command| match command {
        egui::OutputCommand::TextSelectionSettled(text) => Some(text.clone()),
        _ => None,
    });
    assert_eq!(offered.as_deref(), Some("alpha"));
}

#[test]
fn shift_and_the_wheel_scroll_sideways() {
    let long = "word ".repeat(200);
    let (_folder, mut harness) = with_file(&format!("{long}\nshort\n"));
    let at = place(&mut harness, 0, 10);
    harness.event(Input::PointerMoved(at));
    harness.event(Input::ModifiersChanged(Modifiers::SHIFT));
    for _ in 0..4 {
        harness.event(Input::MouseWheel {
            unit: egui::MouseWheelUnit::Line,
            delta: vec2(0.0, -3.0),
            modifiers: Modifiers::SHIFT,
            phase: egui::TouchPhase::Move,
            source: egui::MouseWheelSource::Wheel,
        });
        harness.run_steps(4);
    }
    harness.event(Input::ModifiersChanged(Modifiers::NONE));
    harness.run_steps(20);
    click(&mut harness, at, Modifiers::NONE);
    let (line, column) = harness.state_mut().state().tab().unwrap().caret();
    assert!(line == 0 && column > 14, "line {line}, column {column}");
}

#[test]
fn a_press_on_what_lies_over_the_text_is_none_into_it() {
    let lines: String = (0..400).map(|line| format!("line {line}\n")).collect();
    let (_folder, mut harness) = with_file(&lines);
    let rect = harness.get_by_label("Text of a.py").rect();
    let at = pos2(rect.right() - 5.0, rect.bottom() - 40.0);
    click(&mut harness, at, Modifiers::NONE);
    assert_eq!(selected(&mut harness), (String::new(), 0), "the bar was pressed, not the text");
    press(&mut harness, Modifiers::SHIFT | Modifiers::COMMAND, Key::P);
    assert!(matches!(harness.state_mut().state().overlay, Overlay::Quick(_)));
    let middle = rect.center_top() + vec2(0.0, 90.0);
    harness.event(Input::PointerMoved(middle));
    harness.event(button(middle, true, Modifiers::NONE));
    harness.run_steps(2);
    assert_eq!(selected(&mut harness).1, 0);
}

#[test]
fn an_empty_window_takes_clicks_without_a_text() {
    let mut harness = window(&[]);
    click(&mut harness, pos2(500.0, 500.0), Modifiers::NONE);
    assert!(harness.state_mut().state().tabs.is_empty());
}
