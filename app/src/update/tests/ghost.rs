//! Ghost text beside input methods, several carets and the counting of what becomes of it.

use assist::statistics::Outcome;
use assist::task::Task;

use super::*;

fn outcomes(effects: &[Effect]) -> Vec<Outcome> {
    let of_completion = |effect: &Effect| match effect {
        Effect::NoteOutcome(entry) if entry.command == Task::Complete => Some(entry.outcome),
        _ => None,
    };
    effects.iter().filter_map(of_completion).collect()
}

#[test]
fn what_an_input_method_takes_back_takes_the_ghost_text_with_it() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    window.completed("x ", "= 1\n");
    window.send(Event::Typed(Typed::DeleteAround(1, 0)));
    assert_eq!((window.ghost(), window.text().as_str()), (None, "x"));
    assert!(window.frames(1000..2000).is_empty(), "nothing is asked for while it corrects itself");
}

#[test]
fn text_that_an_input_method_commits_goes_on_as_if_it_was_typed() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    window.completed("x ", "= \"漢字\"\n");
    window.type_text("= \"漢");
    assert_eq!(window.ghost(), Some("字\"\n"));
    window.command(Command::TakeGhostWord);
    assert_eq!(window.text(), "x = \"漢字");
}

#[test]
fn several_carets_and_selections_have_no_ghost_text() {
    let mut window = Window::on("/a.py", "a\nb\n").with_model().resident();
    let id = window.state.tab().unwrap().id;
    window.send(Event::Select(id, Selection::new(vec![Span::caret(1), Span::caret(3)], 0)));
    window.type_text("x");
    assert!(window.frames(0..1000).is_empty());
    window.send(Event::Select(id, Selection::single(Span::new(0, 2))));
    assert!(!window.state.contexts(true).contains(&ground::command::Context::Ghost));
}

#[test]
fn without_ghost_text_its_keys_are_the_texts_own() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    window.completed("x ", "= 1\n");
    assert!(window.state.contexts(true).contains(&ground::command::Context::Ghost));
    window.command(Command::DropGhost);
    assert!(!window.state.contexts(true).contains(&ground::command::Context::Ghost));
    window.send(Event::Typed(Typed::Tab));
    assert!(window.text().starts_with("x "));
}

#[test]
fn what_becomes_of_ghost_text_is_counted_once() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    window.completed("x ", "= 1 + 2\n");
    let first = window.command(Command::TakeGhostWord);
    let second = window.command(Command::TakeGhost);
    assert_eq!((outcomes(&first), outcomes(&second)), (vec![Outcome::Accepted], vec![]));
    let mut dropped = Window::on("/a.py", "").with_model().resident();
    dropped.completed("x ", "= 1\n");
    assert_eq!(outcomes(&dropped.command(Command::DropGhost)), [Outcome::Rejected]);
    let mut undone = Window::on("/a.py", "").with_model().resident();
    undone.completed("x ", "= 1\n");
    undone.command(Command::TakeGhost);
    assert_eq!(outcomes(&undone.command(Command::Undo)), [Outcome::Undone]);
}

#[test]
fn what_stands_right_of_the_caret_is_not_completed_again() {
    let mut window = Window::on("/a.py", "total = add()\n").with_model().resident();
    window.select(12, 12);
    let job = window.completed("a", ", b)");
    window.completion_done(job);
    window.command(Command::TakeGhost);
    assert_eq!(window.text(), "total = add(a, b)\n");
}

#[test]
fn a_fence_is_no_part_of_ghost_text_and_nothing_behind_it_comes_later() {
    let mut window = Window::on("/a.py", "").with_model().resident();
    let job = window.completed("x ", "= 1 + 2\n``");
    assert_eq!(window.ghost(), Some("= 1 + 2\n"));
    window.command(Command::TakeGhostWord);
    let more = WorkerMessage::Delta { id: RequestId(9), text: "`\nThis sets x.\n".into(), tokens: 9 };
    window.send(Event::Worker(WorkerEvent::Said { job: Some(job), event: more }));
    assert_eq!(window.ghost(), Some(" 1 + 2\n"));
    window.completion_done(job);
    window.command(Command::TakeGhost);
    assert_eq!(window.text(), "x = 1 + 2");
}

#[test]
fn a_model_of_its_own_for_completions_is_fetched_once_beside_the_one_that_answers_and_asked_then() {
    let mut window = Window::on("/a.py", "").with_model();
    let model = |id: &str| Model {
        reference: ModelRef { id: id.into(), path: "/m.gguf".into(), sha256: None, stamp: None },
        name: id.into(),
        size: 1,
        for_code: true,
    };
    window.send(Event::ModelsListed(Ok(vec![model("tiny"), model("small")]), 0));
    window.state.settings.models.code = "tiny".into();
    window.state.settings.models.completion = "small".into();
    window.type_text("x");
    assert!(window.frames(0..400).is_empty(), "nobody uses the AI yet");
    let mut window = window.resident();
    let typed = |window: &mut Window| {
        window.type_text("y");
        window.frames(0..400)
    };
    let effects = typed(&mut window);
    assert!(matches!(&effects[..], [Effect::WarmModel(model)] if model.id == "small"), "{effects:?}");
    assert!(typed(&mut window).is_empty(), "once");
    let resident =
        |id: &str| ResidentModel { id: id.into(), bytes_predicted: 1, bytes_measured: 1, idle_s: 0 };
    let models = vec![resident("tiny"), resident("small")];
    window.said(WorkerMessage::Residency { models, used: 1, budget: 2, note: None });
    let effects = typed(&mut window);
    assert!(matches!(&effects[..], [Effect::Ask { model, .. }] if model.id == "small"), "{effects:?}");
}
