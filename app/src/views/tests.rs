//! The window without a screen: found and used by the names that a screen reader tells.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use editor_core::file::Fate;
use egui::accesskit::Role;
use egui::{Key, Modifiers, PointerButton, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::{NodeT, Queryable};
use ground::command::Command;
use ipc::protocol::{ModelRef, RequestId, StopReason, Usage, WorkerMessage};
use settings::{Layers, SettingsEvent, ThemeChoice};

use crate::app::App;
use crate::effects::{ModelPlaces, OutsidePlaces};
use crate::event::{Event, OverlayEvent, WorkerEvent};
use crate::state::State;
use crate::workspace::session::Session;
use crate::workspace::{Model, Overlay, Page, ReviewStatus};

const SHIFT_COMMAND: Modifiers = Modifiers { shift: true, ..Modifiers::COMMAND };

pub(super) fn window(paths: &[&Path]) -> Harness<'static, App> {
    window_with(paths, None)
}

/// The same with a state file, beside which everything is kept that outlives it.
pub(super) fn window_with(paths: &[&Path], session: Option<std::path::PathBuf>) -> Harness<'static, App> {
    window_of(Session::default(), paths, session)
}

/// The same that remembers something.
pub(super) fn window_of(
    remembered: Session,
    paths: &[&Path],
    session: Option<std::path::PathBuf>,
) -> Harness<'static, App> {
    window_set("", remembered, paths, session)
}

/// The same with settings of the user's.
pub(super) fn window_set(
    settings: &str,
    remembered: Session,
    paths: &[&Path],
    session: Option<std::path::PathBuf>,
) -> Harness<'static, App> {
    let places = OutsidePlaces {
        worker: Err(assist::worker::NoWorkerProgram::Missing("no worker in this test".into())),
        session,
        models: ModelPlaces::here(&Default::default()),
        settings: Layers::of(&format!("[window]\ntheme = 'dark'\n{settings}")),
    };
    let paths: Vec<std::path::PathBuf> = paths.iter().map(|path| path.to_path_buf()).collect();
    let build =
        move |cc: &mut eframe::CreationContext<'_>| App::new(&cc.egui_ctx, &remembered, paths, places);
    let mut harness = Harness::builder().with_size([1000.0, 640.0]).with_max_steps(60).build_eframe(build);
    harness.run_steps(3);
    harness
}

/// Draws frames until the state is as wanted: files are read on other threads.
pub(super) fn wait(harness: &mut Harness<'_, App>, wanted: impl Fn(&State) -> bool) {
    let end = Instant::now() + Duration::from_secs(60);
    while !wanted(harness.state_mut().state()) {
        assert!(Instant::now() < end, "this never happened");
        std::thread::sleep(Duration::from_millis(5));
        harness.step();
    }
    harness.run_steps(3);
}

pub(super) fn happen(harness: &mut Harness<'_, App>, event: Event) {
    let ctx = harness.ctx.clone();
    harness.state_mut().happen(&ctx, event);
    harness.run_steps(3);
}

pub(super) fn text(harness: &mut Harness<'_, App>) -> String {
    harness.state_mut().state().tab().map(|tab| tab.document.rope().to_string()).unwrap_or_default()
}

pub(super) fn press(harness: &mut Harness<'_, App>, modifiers: Modifiers, key: Key) {
    harness.key_press_modifiers(modifiers, key);
    harness.run_steps(3);
}

/// A click with the other button.
pub(super) fn right_click(harness: &mut Harness<'_, App>, at: Pos2) {
    for pressed in [true, false] {
        harness.event(egui::Event::PointerMoved(at));
        let (button, modifiers) = (PointerButton::Secondary, Modifiers::NONE);
        harness.event(egui::Event::PointerButton { pos: at, button, pressed, modifiers });
        harness.run_steps(2);
    }
    harness.run_steps(3);
}

pub(super) fn type_text(harness: &mut Harness<'_, App>, text: &str) {
    harness.event(egui::Event::Text(text.into()));
    harness.run_steps(3);
}

pub(super) fn with_file(text: &str) -> (tempfile::TempDir, Harness<'static, App>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.py");
    std::fs::write(&path, text).unwrap();
    let mut harness = window(&[&path]);
    wait(&mut harness, |state| !state.tabs.is_empty());
    (folder, harness)
}

#[test]
fn what_was_open_lately_is_opened_again_from_the_empty_window_and_by_its_key() {
    let (_folder, mut harness) = with_file("one\n");
    press(&mut harness, Modifiers::COMMAND, Key::W);
    wait(&mut harness, |state| state.tabs.is_empty());
    harness.run_steps(3);
    harness.get_by_label("a.py").click();
    wait(&mut harness, |state| !state.tabs.is_empty());
    press(&mut harness, Modifiers::COMMAND, Key::W);
    wait(&mut harness, |state| state.tabs.is_empty());
    press(&mut harness, Modifiers::COMMAND, Key::R);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Picker(_)));
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| !state.tabs.is_empty());
    assert_eq!(text(&mut harness), "one\n");
}

/// A save that met another program's change of the file, and asks what becomes of it.
fn asked_about_a_foreign_change() -> (tempfile::TempDir, Harness<'static, App>) {
    let (folder, mut harness) = with_file("one\n");
    type_text(&mut harness, "mine ");
    std::fs::write(folder.path().join("a.py"), "theirs\n").unwrap();
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Question(_)));
    (folder, harness)
}

#[test]
fn enter_on_the_question_about_a_changed_file_overwrites_nothing() {
    let (folder, mut harness) = asked_about_a_foreign_change();
    let path = folder.path().join("a.py");
    harness.get_by_label("Reload from disk");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::None));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs\n");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| matches!(state.overlay, Overlay::Question(_)));
    harness.get_by_label("Overwrite").click();
    wait(&mut harness, |state| state.tab().is_some_and(|tab| !tab.document.is_modified()));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "mine one\n");
}

#[test]
fn what_another_program_did_is_compared_from_the_question_and_from_the_bar() {
    let (folder, mut harness) = asked_about_a_foreign_change();
    let path = folder.path().join("a.py");
    let left = |label: &str| harness.get_by_label(label).rect().left();
    assert!(left("Cancel") >= left("Overwrite the file?"), "all answers have room");
    harness.get_by_label("Compare").click();
    let reviewed = |state: &State| state.tab().is_some_and(|tab| tab.review.is_some());
    wait(&mut harness, reviewed);
    assert_eq!(text(&mut harness), "mine one\n");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    wait(&mut harness, |state| !reviewed(state));
    harness.event(egui::Event::WindowFocused(true));
    harness.run_steps(3);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.fate == Fate::Changed));
    harness.run_steps(3);
    harness.get_by_label("a.py was changed by another program.");
    harness.get_by_label("Compare").click();
    wait(&mut harness, reviewed);
    harness.run_steps(3);
    harness.get_by_label("Accept all").click();
    wait(&mut harness, |state| !reviewed(state));
    assert_eq!(text(&mut harness), "theirs\n");
    assert!(harness.query_by_label("Compare").is_none(), "it is settled");
    std::fs::remove_file(&path).unwrap();
    harness.event(egui::Event::WindowFocused(true));
    harness.run_steps(3);
    wait(&mut harness, |state| state.tab().is_some_and(|tab| tab.fate == Fate::Gone));
    harness.run_steps(3);
    harness.get_by_label("Save").click();
    wait(&mut harness, |state| state.tab().is_some_and(|tab| !tab.document.is_modified()));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "theirs\n");
}

#[test]
fn the_empty_window_offers_three_things_to_do() {
    let mut harness = window(&[]);
    harness.get_by_label("Open folder");
    harness.get_by_label("Open file");
    harness.get_by_label("New file").click();
    harness.run_steps(4);
    harness.get_by_role_and_label(Role::Tab, "Untitled 1");
    type_text(&mut harness, "hello");
    assert_eq!(text(&mut harness), "hello", "the text has the keyboard at once");
}

#[test]
fn a_file_is_opened_from_the_tree_changed_and_saved() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.rs"), "fn main() {}\n").unwrap();
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    let mut harness = window(&[folder.path()]);
    wait(&mut harness, |state| state.tree.as_ref().is_some_and(|tree| tree.rows().len() == 2));
    harness.get_by_label("deep");
    harness.get_by_role_and_label(Role::TreeItem, "a.rs").click();
    harness.run_steps(2);
    wait(&mut harness, |state| !state.tabs.is_empty());
    harness.get_by_label("Text of a.rs");
    type_text(&mut harness, "// ");
    press(&mut harness, Modifiers::COMMAND, Key::S);
    wait(&mut harness, |state| !state.tab().unwrap().document.is_modified());
    assert_eq!(std::fs::read_to_string(folder.path().join("a.rs")).unwrap(), "// fn main() {}\n");
}

#[test]
fn the_palette_runs_what_is_typed() {
    let mut harness = window(&[]);
    press(&mut harness, SHIFT_COMMAND, Key::P);
    harness.get_by_label("Command palette");
    type_text(&mut harness, "light theme");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state_mut().state().settings.window.theme, ThemeChoice::Light);
    assert!(matches!(harness.state_mut().state().overlay, Overlay::None));
}

#[test]
fn find_counts_and_escape_gives_the_keyboard_back() {
    let (_folder, mut harness) = with_file("ab ab ab\n");
    press(&mut harness, Modifiers::COMMAND, Key::F);
    type_text(&mut harness, "ab");
    harness.get_by_label("3 matches");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("1 of 3");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    harness.get_by_label("2 of 3");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(!harness.state_mut().state().find.open);
    type_text(&mut harness, "x");
    assert_eq!(text(&mut harness), "ab x ab\n");
}

#[test]
fn find_again_begins_a_new_query_and_tab_goes_to_the_replacement() {
    let (_folder, mut harness) = with_file("ab cd\n");
    press(&mut harness, Modifiers::COMMAND, Key::F);
    type_text(&mut harness, "ab");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::F);
    type_text(&mut harness, "cd");
    assert_eq!(harness.state_mut().state().find.query.pattern, "cd", "what was looked for before goes");
    press(&mut harness, Modifiers::COMMAND, Key::F);
    type_text(&mut harness, "b");
    assert_eq!(
        harness.state_mut().state().find.query.pattern,
        "b",
        "also where the keyboard is there already"
    );
    press(&mut harness, Modifiers::COMMAND | Modifiers::ALT, Key::F);
    press(&mut harness, Modifiers::NONE, Key::Tab);
    type_text(&mut harness, "x");
    assert_eq!(harness.state_mut().state().find.replacement, "x");
    press(&mut harness, Modifiers::SHIFT, Key::Tab);
    type_text(&mut harness, "a");
    let find = &harness.state_mut().state().find;
    assert_eq!((find.replacement.as_str(), find.query.pattern.contains('a')), ("x", true));
}

#[test]
fn closing_an_unsaved_tab_asks_and_cancel_keeps_it() {
    let (_folder, mut harness) = with_file("x\n");
    type_text(&mut harness, "y");
    press(&mut harness, Modifiers::COMMAND, Key::W);
    harness.get_by_label("Save changes to a.py?");
    harness.get_by_label("Cancel").click();
    harness.run_steps(4);
    assert_eq!(text(&mut harness), "yx\n");
    press(&mut harness, Modifiers::COMMAND, Key::W);
    harness.get_by_label("Don't save").click();
    harness.run_steps(4);
    assert!(harness.state_mut().state().tabs.is_empty());
}

/// Has a model installed.
fn install(harness: &mut Harness<'_, App>) {
    let reference = ModelRef { id: "tiny".into(), path: "/m.gguf".into(), sha256: None, stamp: None };
    let model = Model { reference, name: "Tiny".into(), size: 1, for_code: true };
    wait(harness, |state| state.models.installed.is_some());
    happen(harness, Event::ModelsListed(Ok(vec![model]), 0));
}

/// Asks for an improvement, and lets an answer arrive.
pub(super) fn improve(harness: &mut Harness<'_, App>, words: &str) {
    install(harness);
    press(harness, Modifiers::COMMAND, Key::A);
    press(harness, Modifiers::COMMAND, Key::I);
    harness.get_by_label("Instruction");
    let ctx = harness.ctx.clone();
    harness.state_mut().happen(&ctx, Event::Overlay(OverlayEvent::Accept));
    answer(harness, words);
}

/// Lets an answer arrive. The test's worker refuses everything, so the job is answered before its refusal is read.
fn answer(harness: &mut Harness<'_, App>, answer: &str) {
    let ctx = harness.ctx.clone();
    let app = harness.state_mut();
    let job = app.state().job.map(|job| job.id);
    let id = RequestId(2);
    for event in [
        WorkerMessage::Delta { id, text: answer.into(), tokens: 5 },
        WorkerMessage::Done { id, stop: StopReason::EndOfAnswer, usage: Usage::default() },
    ] {
        app.happen(&ctx, Event::Worker(WorkerEvent::Said { job, event }));
    }
    wait(harness, |state| {
        let review = state.tab().and_then(|tab| tab.review.as_ref());
        review.is_some_and(|review| review.status == ReviewStatus::Ready)
    });
}

#[test]
fn hunks_have_buttons_and_a_bar() {
    let (_folder, mut harness) = with_file("a = 1\nb = 2\nc = 3\n");
    improve(&mut harness, "a = 10\nb = 2\nc = 30\n");
    harness.step();
    assert_eq!(harness.get_all_by_label("Accept").count(), 2);
    harness.get_by_label("Accept all");
    harness.get_all_by_label("Accept").next().unwrap().click();
    harness.run_steps(4);
    assert_eq!(text(&mut harness), "a = 10\nb = 2\nc = 3\n");
    harness.get_by_label("Reject").click();
    harness.run_steps(4);
    assert_eq!(text(&mut harness), "a = 10\nb = 2\nc = 3\n");
    assert!(harness.query_by_label("Accept all").is_none(), "the last decision ends the review");
}

#[test]
fn what_a_narrow_bar_has_no_room_for_is_in_its_menu() {
    let (_folder, mut harness) = with_file("a = 1\nb = 2\nc = 3\n");
    improve(&mut harness, "a = 10\nb = 2\nc = 30\n");
    harness.set_size(egui::vec2(1400.0, 640.0));
    harness.run_steps(4);
    harness.get_by_label("Edit");
    assert!(harness.query_by_label("More").is_none(), "there is room for all");
    harness.set_size(egui::vec2(480.0, 480.0));
    harness.run_steps(4);
    harness.get_by_label("Accept all");
    assert!(harness.query_by_label("Edit").is_none());
    harness.get_by_label("More").click();
    harness.run_steps(4);
    for name in ["Another", "Refine", "Next hunk", "Previous hunk", "Side by side"] {
        harness.get_by_role_and_label(Role::ListItem, name);
    }
    press(&mut harness, Modifiers::NONE, Key::Escape);
    assert!(harness.query_by_label("Edit").is_none(), "Escape closes the menu");
    harness.get_by_label("Accept all");
    harness.set_size(egui::vec2(300.0, 480.0));
    harness.run_steps(4);
    harness.get_by_label("Accept all");
    assert!(harness.query_by_label("Reject all").is_none());
    harness.get_by_label("More").click();
    harness.run_steps(4);
    harness.get_by_label("Reject all");
    harness.get_by_label("Edit").click();
    harness.run_steps(4);
    harness.get_by_label("Proposal");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    type_text(&mut harness, "z");
    assert!(text(&mut harness).starts_with('z'), "the text has the keyboard again");
}

#[test]
fn the_hunk_that_breaks_the_syntax_has_a_sign_and_the_bar_says_where() {
    let (_folder, mut harness) = with_file("a = 1\nb = 2\nc = 3\n");
    let broken = "a = 10\nb = 2\nc = (3\n";
    // The model cannot be asked again here, so what it said stays.
    improve(&mut harness, broken);
    harness.get_by_label("Breaks the syntax: c = (3");
    assert_eq!(harness.get_all_by_label("This hunk breaks the syntax").count(), 1);
    press(&mut harness, Modifiers::COMMAND, Key::Backslash);
    assert_eq!(harness.get_all_by_label("This hunk breaks the syntax").count(), 1, "side by side, too");
}

#[test]
fn what_is_certain_of_a_proposal_stands_above_it() {
    let proved = |answer: &str, label: &str| {
        let (_folder, mut harness) = with_file("# one\na = 1\nb = 2\n");
        improve(&mut harness, answer);
        harness.get_by_label(label);
    };
    proved("# two\na = 1\nb = 2\n", "Only comments and documentation changed");
    proved("# one\na: int = 1\nb = 2\n", "Only types changed");
    let (_folder, mut harness) = with_file("# one\na = 1\nb = 2\n");
    improve(&mut harness, "# one\na = 1\nb = 3\n");
    assert!(harness.query_by_label_contains("Only").is_none(), "nothing is certain of other code");
}

#[test]
fn hunks_that_need_each_other_have_a_sign_until_one_is_accepted() {
    const SIGN: &str = "This hunk needs others: alone it breaks the syntax";
    let (_folder, mut harness) = with_file("a = 1\nb = 2\nc = 3\n");
    improve(&mut harness, "a = \"\"\"\nb = 2\n\"\"\"\n");
    assert_eq!(harness.get_all_by_label(SIGN).count(), 2);
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    assert!(harness.query_by_label(SIGN).is_none(), "the other one mends it");
    harness.get_by_label("Accept");
}

#[test]
fn a_problem_is_marked_counted_and_gone_to() {
    let folder = tempfile::tempdir().unwrap();
    // Nothing checks such a file, so no other answer comes in between.
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "x = 1\n\nreturn x\n").unwrap();
    let mut harness = window(&[folder.path(), &path]);
    wait(&mut harness, |state| !state.tabs.is_empty());
    press(&mut harness, SHIFT_COMMAND, Key::P);
    type_text(&mut harness, "allow or forbid fast checkers");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    let tab = harness.state_mut().state().tab().map(|tab| (tab.id, tab.document.revision())).unwrap();
    let problem = assist::problems::Problem { range: 7..15, said: "no".into(), by: "python3".into() };
    happen(&mut harness, Event::Diagnosed(tab.0, tab.1, vec![problem]));
    harness.get_by_label("python3: no");
    harness.get_by_label("1 problem").click();
    harness.run_steps(4);
    assert_eq!(harness.state_mut().state().tab().unwrap().caret(), (2, 0));
}

#[test]
fn examples_are_offered_to_be_run_where_that_is_not_allowed_yet() {
    let text =
        "def double(x):\n    \"\"\"Twice x.\n\n    >>> double(2)\n    4\n    \"\"\"\n    return x * 3\n";
    let (folder, mut harness) = with_file(text);
    improve(&mut harness, &text.replace('3', "2"));
    harness.get_by_role_and_label(Role::Button, "Run its example").click();
    harness.run_steps(4);
    assert!(harness.state_mut().state().session.trusted.is_empty(), "no folder is open");
    happen(&mut harness, Event::OpenFolder(folder.path().to_owned()));
    harness.get_by_role_and_label(Role::Button, "Run its example").click();
    harness.run_steps(4);
    assert_eq!(harness.state_mut().state().session.trusted, [folder.path()]);
    assert!(harness.query_by_label("Run its example").is_none());
}

#[test]
fn whether_the_results_stay_is_said_of_a_proposal() {
    use assist::behaviour::{Behaviour, BehaviourDifference};
    let (_folder, mut harness) = with_file("def f(xs):\n    return sum(xs)\n");
    improve(&mut harness, "def f(xs):\n    return max(xs)\n");
    harness.get_by_role_and_label(Role::Button, "Compare its results");
    let job = harness.state_mut().state().tab().unwrap().review.as_ref().unwrap().job;
    let found = |behaviour: Behaviour| {
        let ran = assist::check::RunResults { held: Vec::new(), behaviour: Some(behaviour) };
        Event::RanShown(job, 0, Box::new(ran))
    };
    happen(&mut harness, found(Behaviour::Same { inputs: 312, speed: None, given: vec![] }));
    harness.get_by_label("Same results on 312 inputs");
    let difference = BehaviourDifference {
        call: "f([])".into(),
        old: "0".into(),
        new: "raises ValueError".into(),
        inputs: 9,
        results: None,
    };
    happen(&mut harness, found(Behaviour::Differs(difference)));
    harness.get_by_label("Changes f([]): 0 → raises ValueError");
    assert!(harness.query_by_label("Same results on 312 inputs").is_none());
}

#[test]
fn a_closed_review_is_offered_again() {
    let (_folder, mut harness) = with_file("a = 1\nb = 2\nc = 3\n");
    improve(&mut harness, "a = 10\nb = 2\nc = 30\n");
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_role_and_label(Role::Alert, "Review closed: 1 hunk left as it was.");
    assert!(harness.query_by_label("Accept all").is_none());
    harness.get_by_label("Reopen").click();
    harness.run_steps(4);
    harness.get_by_label("Accept all");
    assert!(harness.query_by_label("Reopen").is_none());
    press(&mut harness, SHIFT_COMMAND, Key::Backspace);
    press(&mut harness, Modifiers { alt: true, ..Modifiers::COMMAND }, Key::Z);
    press(&mut harness, SHIFT_COMMAND, Key::Enter);
    assert_eq!(text(&mut harness), "a = 10\nb = 2\nc = 30\n");
}

#[test]
fn a_message_does_not_lie_on_an_explanation() {
    let (_folder, mut harness) = with_file("a = 1\n");
    improve(&mut harness, "a = 10\n");
    press(&mut harness, SHIFT_COMMAND, Key::Backspace);
    press(&mut harness, SHIFT_COMMAND, Key::I);
    harness.set_size(egui::vec2(1200.0, 640.0));
    harness.run_steps(4);
    let message = harness.get_by_role_and_label(Role::Alert, "Review closed: 1 hunk left as it was.").rect();
    let field = harness.get_by_label("Further question").rect();
    assert!(message.right() < field.left(), "{message:?} {field:?}");
}

#[test]
fn a_review_is_shown_side_by_side_where_there_is_room() {
    let (_folder, mut harness) = with_file("a = 1\nb = 2\nc = 3\n");
    improve(&mut harness, "a = 10\nb = 2\nc = 30\n");
    press(&mut harness, Modifiers::COMMAND, Key::Backslash);
    harness.get_by_label("Review of a.py, side by side");
    assert_eq!(harness.get_all_by_label("Accept").count(), 2);
    harness.get_all_by_label("Accept").next().unwrap().click();
    harness.run_steps(4);
    assert_eq!(text(&mut harness), "a = 10\nb = 2\nc = 3\n");
    harness.set_size(egui::vec2(640.0, 480.0));
    harness.run_steps(4);
    assert!(harness.query_by_label("Review of a.py, side by side").is_none(), "too narrow");
    harness.get_by_label("Text of a.py");
}

/// Widths of the text and of the explanation beside it, in a window of this width.
fn shared(harness: &mut Harness<'_, App>, width: f32) -> (Option<f32>, f32) {
    harness.set_size(egui::vec2(width, 600.0));
    harness.run_steps(6);
    let text = harness.query_by_label("Text of a.py").map(|node| node.rect().width());
    (text, harness.get_by_label("Further question").rect().width())
}

#[test]
fn an_explanation_leaves_room_for_the_text_or_takes_its_place() {
    let (_folder, mut harness) = with_file("a = 1\n");
    install(&mut harness);
    press(&mut harness, SHIFT_COMMAND, Key::I);
    let (wide, _) = shared(&mut harness, 1200.0);
    assert!(wide.is_some_and(|width| width > 500.0), "{wide:?}");
    let (narrow, explanation) = shared(&mut harness, 640.0);
    assert!(narrow.is_some_and(|width| width >= 290.0) && explanation > 200.0, "{narrow:?} {explanation}");
    let (none, all) = shared(&mut harness, 480.0);
    assert!(none.is_none() && all > 400.0, "{none:?} {all}");
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    harness.get_by_label("Search settings");
    assert!(harness.query_by_label("Further question").is_none(), "the settings are not about the text");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_label("Further question");
}

#[test]
fn a_further_question_is_offered_the_names_of_files() {
    let (_folder, mut harness) = with_file("a = 1\n");
    install(&mut harness);
    press(&mut harness, SHIFT_COMMAND, Key::I);
    harness.get_by_label("Further question").click();
    harness.run_steps(3);
    type_text(&mut harness, "As in @a");
    harness.get_by_role_and_label(Role::ListItem, "a.py");
    press(&mut harness, Modifiers::NONE, Key::Tab);
    type_text(&mut harness, "?");
    let question = |harness: &mut Harness<'_, App>| {
        harness.state_mut().state().explain.shown.as_ref().unwrap().question.clone()
    };
    assert_eq!(question(&mut harness), "As in @a.py ?", "the caret stands behind the name");
    type_text(&mut harness, " @");
    harness.get_by_role_and_label(Role::ListItem, "a.py").click();
    harness.run_steps(3);
    assert_eq!(question(&mut harness), "As in @a.py ? @a.py ");
    // The rest of the name, the key and what follows in one slow frame.
    type_text(&mut harness, "and @");
    let tab = |pressed| egui::Event::Key {
        key: Key::Tab,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::NONE,
    };
    let letters = |text: &'static str| text.chars().map(|letter| egui::Event::Text(letter.to_string()));
    let events = &mut harness.input_mut().events;
    events.extend(letters("a"));
    events.extend([tab(true), tab(false)]);
    events.extend(letters("too"));
    harness.run_steps(4);
    assert_eq!(question(&mut harness), "As in @a.py ? @a.py and @a.py too");
}

#[test]
fn arrows_go_through_the_alternatives() {
    let (_folder, mut harness) = with_file("a = 1\n");
    improve(&mut harness, "a = 10\n");
    assert!(harness.query_by_label("Previous alternative").is_none(), "there is only one");
    let ctx = harness.ctx.clone();
    harness.state_mut().happen(&ctx, Event::Command(Command::NextAlternative));
    answer(&mut harness, "a = 11\n");
    harness.get_by_label("Alternative 2 of 2");
    harness.get_by_label("Previous alternative").click();
    harness.run_steps(4);
    harness.get_by_label("Alternative 1 of 2");
    harness.get_by_label("Next alternative").click();
    harness.run_steps(4);
    harness.get_by_label("Accept all").click();
    harness.run_steps(4);
    assert_eq!(text(&mut harness), "a = 11\n");
}

#[test]
fn a_narrow_text_has_signs_at_its_hunks_and_they_do_the_same() {
    let (_folder, mut harness) = with_file("a = 1\n");
    improve(&mut harness, "a = 10\n");
    harness.step();
    let wide = harness.get_by_label("Accept").rect().width();
    harness.set_size(egui::vec2(400.0, 480.0));
    harness.run_steps(4);
    assert!(harness.get_by_label("Accept").rect().width() < wide / 2.0);
    harness.get_by_label("Accept").click();
    harness.run_steps(4);
    assert_eq!(text(&mut harness), "a = 10\n");
}

#[test]
fn what_was_searched_for_before_goes_with_the_first_key() {
    let mut harness = window(&[]);
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    type_text(&mut harness, "zoom");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    assert_eq!(harness.state_mut().state().settings_panel.search, "zoom");
    type_text(&mut harness, "font");
    assert_eq!(harness.state_mut().state().settings_panel.search, "font");
}

#[test]
fn without_a_model_an_improvement_says_where_to_get_one_and_leads_there() {
    let (_folder, mut harness) = with_file("a = 1\n");
    happen(&mut harness, Event::ModelsListed(Ok(Vec::new()), 9));
    happen(&mut harness, Event::Command(Command::Improve));
    happen(&mut harness, Event::Overlay(OverlayEvent::Accept));
    harness.get_by_label_contains(&crate::workspace::ask::no_model());
    assert!(harness.query_by_label("Try again").is_none());
    harness.get_by_label("Models").click();
    harness.run_steps(3);
    assert!(harness.state_mut().state().shows(Page::Models));
}

#[test]
fn the_first_frame_remembers_the_window_as_large_as_it_is() {
    let mut harness = window(&[]);
    let size = egui::vec2(1000.0, 640.0);
    let viewport = harness.input_mut().viewports.entry(egui::ViewportId::ROOT).or_default();
    viewport.inner_rect = Some(egui::Rect::from_min_size(Pos2::ZERO, size));
    harness.state_mut().forget_shown();
    harness.step();
    assert_eq!(harness.state_mut().state().session.window, Some((1000.0, 640.0)));
}

#[test]
fn a_window_of_640_points_folds_the_file_tree() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.rs"), "fn main() {}\n").unwrap();
    std::fs::create_dir(folder.path().join("deep")).unwrap();
    let mut harness = window(&[folder.path()]);
    wait(&mut harness, |state| state.tree.as_ref().is_some_and(|tree| tree.rows().len() == 2));
    harness.get_by_role_and_label(Role::TreeItem, "a.rs");
    harness.set_size(egui::vec2(640.0, 480.0));
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::TreeItem, "a.rs").is_none());
}

#[test]
fn a_problem_of_the_settings_is_level_with_the_way_to_its_line() {
    let mut harness = window(&[]);
    let text = Ok(Some("[window]\nzoom = 'x'\n".to_owned()));
    happen(&mut harness, Event::Settings(SettingsEvent::Read { serial: 0, text }));
    harness.state_mut().state().toasts.clear();
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    let told = harness.get_by_label_contains("Settings file, line 2").rect();
    let shows = harness.get_by_label("Show line").rect();
    assert!((told.center().y - shows.center().y).abs() < 1.5, "{told} beside {shows}");
}

#[test]
fn keys_and_profiles_of_ones_own_are_made_in_the_settings_view() {
    let mut harness = window(&[]);
    harness.set_size(egui::vec2(1000.0, 900.0));
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    type_text(&mut harness, "refresh file tree");
    let field = "keys.view.refresh";
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    type_text(&mut harness, "F6");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state_mut().state().settings.keys["view.refresh"], ["F6"]);
    happen(&mut harness, Event::Settings(SettingsEvent::Search(String::new())));
    happen(&mut harness, Event::Settings(SettingsEvent::Section(Some("profiles"))));
    let field = "Name of a new profile";
    harness.get_by_role_and_label(Role::TextInput, field).focus();
    harness.run_steps(2);
    type_text(&mut harness, "My Train");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert!(harness.state_mut().state().settings.profiles.contains_key("my-train"));
    harness.get_by_label("Use this profile").click();
    harness.run_steps(3);
    assert_eq!(harness.state_mut().state().settings.profile, "my-train");
    harness.get_by_label("Remove").click();
    harness.run_steps(3);
    harness.get_by_label("Remove it for good").click();
    harness.run_steps(3);
    assert!(!harness.state_mut().state().settings.profiles.contains_key("my-train"));
}

#[test]
fn a_proposal_is_edited_in_a_field_of_its_own() {
    let (_folder, mut harness) = with_file("a = 1\n");
    improve(&mut harness, "a = 10\n");
    press(&mut harness, Modifiers::COMMAND, Key::E);
    harness.get_by_label("Proposal");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    type_text(&mut harness, "a = 12");
    press(&mut harness, Modifiers::COMMAND, Key::Enter);
    press(&mut harness, SHIFT_COMMAND, Key::Enter);
    assert_eq!(text(&mut harness), "a = 12\n");
}

#[test]
fn the_character_of_a_key_that_was_a_command_is_not_typed() {
    let (_folder, mut harness) = with_file("a = 1\n");
    improve(&mut harness, "a = 10\n");
    let modifiers = Modifiers::COMMAND;
    let key =
        |pressed| egui::Event::Key { key: Key::E, physical_key: None, pressed, repeat: false, modifiers };
    harness.input_mut().events.extend([key(true), egui::Event::Text("e".into()), key(false)]);
    harness.run_steps(3);
    assert!(matches!(&harness.state_mut().state().overlay, Overlay::Proposal(0, text) if text == "a = 10"));
    assert_eq!(text(&mut harness), "a = 1\n");
}

#[test]
#[cfg(not(target_os = "macos"))]
fn a_key_with_alt_that_means_nothing_here_types_nothing() {
    let (_folder, mut harness) = with_file("a = 1\n");
    let key = |pressed| egui::Event::Key {
        key: Key::CloseBracket,
        physical_key: None,
        pressed,
        repeat: false,
        modifiers: Modifiers::ALT,
    };
    harness.input_mut().events.extend([key(true), egui::Event::Text("]".into()), key(false)]);
    harness.run_steps(3);
    assert_eq!(text(&mut harness), "a = 1\n", "there is no completion to step from");
    harness.input_mut().events.push(egui::Event::Text("]".into()));
    harness.run_steps(3);
    assert_eq!(text(&mut harness), "]a = 1\n");
}

#[test]
fn a_worker_that_cannot_be_had_is_said_where_the_user_looks() {
    let (_folder, mut harness) = with_file("a = 1\n");
    install(&mut harness);
    press(&mut harness, Modifiers::COMMAND, Key::I);
    press(&mut harness, Modifiers::COMMAND, Key::I);
    wait(&mut harness, |state| state.job.is_none());
    harness.get_by_label_contains("no worker in this test is not there");
    harness.get_by_label("Try again");
}

#[test]
fn every_control_has_a_name() {
    let (_folder, mut harness) = with_file("a = 1\n");
    press(&mut harness, Modifiers::COMMAND, Key::F);
    for role in [Role::Button, Role::Tab, Role::TextInput, Role::TreeItem] {
        for node in harness.query_all_by_role(role) {
            let node = node.accesskit_node();
            let name = node.label().unwrap_or_default();
            assert!(!name.is_empty(), "{role:?} at {:?} has no name", node.bounding_box());
        }
    }
}

#[test]
fn a_path_typed_fast_stays_in_order() {
    let mut harness = window(&[]);
    press(&mut harness, Modifiers::COMMAND, Key::O);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    for piece in ["/ab", "cdef", "g/hij", "k"] {
        harness.event(egui::Event::Text(piece.into()));
        harness.step();
    }
    harness.run_steps(2);
    let Overlay::Path(prompt) = &harness.state_mut().state().overlay else { panic!("no prompt") };
    assert_eq!(prompt.text, "/abcdefg/hijk");
}

#[test]
fn a_list_that_was_short_becomes_long_again() {
    let mut harness = window(&[]);
    press(&mut harness, SHIFT_COMMAND, Key::P);
    type_text(&mut harness, "light theme");
    press(&mut harness, Modifiers::NONE, Key::Escape);
    press(&mut harness, SHIFT_COMMAND, Key::P);
    harness.run_steps(4);
    assert!(harness.query_all_by_role(Role::ListItem).count() >= 10);
}

#[test]
fn a_setting_is_found_changed_seen_at_once_and_reset() {
    let mut harness = window(&[]);
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    type_text(&mut harness, "prewarm");
    assert_eq!(harness.query_all_by_role(Role::Switch).count(), 3, "one for each builtin profile");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    type_text(&mut harness, "zoom");
    harness.get_by_label("window.zoom").click();
    harness.run_steps(3);
    press(&mut harness, Modifiers::COMMAND, Key::A);
    type_text(&mut harness, "9");
    harness.get_by_label("It must be a number from 0.5 to 3.");
    press(&mut harness, Modifiers::COMMAND, Key::A);
    type_text(&mut harness, "1.2");
    press(&mut harness, Modifiers::NONE, Key::Enter);
    assert_eq!(harness.state_mut().state().settings.window.zoom, 1.2);
    harness.get_by_label("From the settings file; the default is 1");
    harness.get_by_label("Reset window.zoom").click();
    harness.run_steps(6);
    assert_eq!(harness.state_mut().state().settings.window.zoom, 1.0);
    press(&mut harness, Modifiers::NONE, Key::Escape);
    harness.get_by_label("New file");
}

#[test]
fn a_value_that_is_not_saved_says_so_beside_its_field_and_can_be_saved_again_or_put_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("settings.toml");
    std::fs::write(&path, "").unwrap();
    // Nobody may write it, not even who may write everywhere.
    let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    mode(0o444);
    let mut harness = window(&[]);
    harness.state_mut().state().layers.path = Some(path.clone());
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    type_text(&mut harness, "window.zoom");
    let set = |harness: &mut Harness<'_, App>, value: &str| {
        harness.get_by_label("window.zoom").click();
        harness.run_steps(3);
        press(harness, Modifiers::COMMAND, Key::A);
        type_text(harness, value);
        press(harness, Modifiers::NONE, Key::Enter);
    };
    set(&mut harness, "1.2");
    wait(&mut harness, |state| state.layers.refused.is_some());
    assert!(harness.query_all_by_label_contains("Not saved: ").next().is_some());
    assert!(harness.query_all_by_label_contains("A change is not saved and counts").next().is_some());
    harness.get_by_label("For now; the default is 1");
    assert_eq!(harness.state_mut().state().settings.window.zoom, 1.2, "it counts");
    mode(0o600);
    harness.get_by_label("Save again").click();
    harness.run_steps(3);
    wait(&mut harness, |state| state.layers.refused.is_none());
    assert!(std::fs::read_to_string(&path).unwrap().contains("zoom = 1.2"));
    assert!(harness.query_by_label("Save again").is_none());

    mode(0o444);
    set(&mut harness, "1.1");
    wait(&mut harness, |state| state.layers.refused.is_some());
    harness.get_by_label("Put back").click();
    harness.run_steps(3);
    wait(&mut harness, |state| state.settings.window.zoom == 1.2);
    assert!(harness.query_by_label("Put back").is_none());
}

#[test]
fn what_is_wrong_in_the_file_is_told_with_its_line() {
    let mut harness = window(&[]);
    let text = Some("[window]\ntheme = 'dark'\nzoom = 'huge'\n".to_owned());
    happen(&mut harness, Event::Settings(SettingsEvent::Read { serial: 9, text: Ok(text) }));
    let words = "Settings file, line 3, column 8: window.zoom must be a number from 0.5 to 3.";
    assert!(harness.query_all_by_label_contains(words).next().is_some(), "at once");
    press(&mut harness, Modifiers::COMMAND, Key::Comma);
    harness.get_by_label("Show line");
    harness.get_by_label_contains(words);
    assert_eq!(harness.state_mut().state().settings.window.zoom, 1.0);
    for role in [Role::Button, Role::TextInput, Role::Switch] {
        for node in harness.query_all_by_role(role) {
            let node = node.accesskit_node();
            assert!(
                node.label().is_some_and(|name| !name.is_empty()),
                "{role:?} at {:?}",
                node.bounding_box()
            );
        }
    }
}
