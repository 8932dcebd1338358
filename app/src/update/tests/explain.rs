//! Explanations of errors, those before, and code of an answer as an edit.

use assist::task::Task;

use super::*;

fn explained(text: &str, answer: &str) -> Window {
    let mut window = Window::on("/a.py", text).with_model();
    window.select(0, 5);
    window.command(Command::Explain);
    answer_with(&mut window, answer);
    window
}

fn answer_with(window: &mut Window, text: &str) {
    window.said(WorkerMessage::Delta { id: RequestId(2), text: text.into(), tokens: 1 });
    window.end();
}

fn shown(window: &Window) -> &str {
    &window.state.explain.shown.as_ref().unwrap().text
}

#[test]
fn code_of_an_answer_becomes_a_review_of_what_was_explained_wherever_it_is_now() {
    let mut window = explained("a = 1\nb = 2\n", "One.");
    window.select(0, 0);
    window.type_text("# first\n");
    let effects = window.send(Event::Explain(ExplainEvent::Apply("```python\na = 10\n```".into())));
    let judge = effects.into_iter().find_map(|effect| match effect {
        Effect::Judge(judge) => Some(judge),
        _ => None,
    });
    window.send(judge.unwrap().judged());
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!(
        (review.task, review.instruction.as_str()),
        (Task::Apply, "Code from the explanation of a.py, line 1")
    );
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "# first\na = 10\nb = 2\n");
    window.command(Command::CloseTab);
    window.send(Event::Overlay(OverlayEvent::Reply(Reply::Discard)));
    window.send(Event::Explain(ExplainEvent::Apply("a = 3".into())));
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("is not open any more")));
}

#[test]
fn code_for_what_was_edited_since_it_was_explained_says_so() {
    let mut window = explained("a = 1\nb = 2\n", "One.");
    window.select(4, 5);
    window.type_text("7");
    window.send(Event::Explain(ExplainEvent::Apply("a = 10".into())));
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!((review.review.original(), review.notes.len()), ("a = 7", 1));
    window.command(Command::StopReview);
    window.select(0, 6);
    window.send(Event::Typed(Typed::Delete));
    window.send(Event::Explain(ExplainEvent::Apply("a = 10".into())));
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("was deleted")));
}

#[test]
fn code_that_is_there_already_is_no_reason_to_ask_the_model() {
    let mut window = explained("a = 1\nb = 2\n", "One.");
    let effects = window.send(Event::Explain(ExplainEvent::Apply("a = 1".into())));
    let judge = effects.into_iter().find_map(|effect| match effect {
        Effect::Judge(judge) => Some(judge),
        _ => None,
    });
    window.send(judge.unwrap().judged());
    assert_eq!(window.status(), Some(ReviewStatus::Unchanged));
    for command in [Command::TryAgain, Command::NextAlternative] {
        assert!(window.command(command).is_empty(), "{command:?} asks");
        assert_eq!(window.status(), Some(ReviewStatus::Unchanged));
    }
    window.command(Command::StopReview);
    assert_eq!(window.status(), None);
}

#[test]
fn explanations_of_a_file_can_be_gone_back_to() {
    let mut window = explained("a = 1\nb = 2\n", "One.");
    window.select(6, 11);
    window.command(Command::Explain);
    answer_with(&mut window, "Two.");
    window.send(Event::Explain(ExplainEvent::Step(false)));
    assert_eq!(shown(&window), "One.");
    window.send(Event::Explain(ExplainEvent::Step(false)));
    assert_eq!(shown(&window), "One.", "the first one");
    window.send(Event::Explain(ExplainEvent::Step(true)));
    assert_eq!(shown(&window), "Two.");
    let opened = Box::new(Opened::new_text(Rope::from_str("c = 3\n")));
    window.send(Event::Opened { path: "/b.py".into(), caret: None, front: true, result: Ok(opened) });
    window.select(0, 5);
    window.command(Command::Explain);
    answer_with(&mut window, "Three.");
    assert_eq!(
        crate::features::explain::update::neighbour(&window.state.explain, false),
        None,
        "another file's"
    );
}

#[test]
fn an_answer_that_still_arrives_goes_on_out_of_sight() {
    let mut window = explained("a = 1\nb = 2\n", "One.");
    window.select(6, 11);
    window.command(Command::Explain);
    window.said(WorkerMessage::Delta { id: RequestId(2), text: "Two ".into(), tokens: 1 });
    window.send(Event::Explain(ExplainEvent::Step(false)));
    answer_with(&mut window, "and more.");
    window.send(Event::Explain(ExplainEvent::Step(true)));
    assert_eq!(shown(&window), "Two and more.");
}

#[test]
fn an_error_is_explained_with_the_lines_that_it_names() {
    let text = "x = 1\n\ny = 2\n\nz = 3\n";
    let mut window = Window::on("/r/a.py", text).with_model();
    let effects = window.command(Command::ExplainError);
    assert!(matches!(effects[..], [Effect::RequestPaste]));
    window.send(Event::Overlay(OverlayEvent::Text("  File \"/r/a.py\", line 3\nNameError: y".into())));
    let effects = window.send(Event::Overlay(OverlayEvent::Accept));
    let asked = effects.iter().find_map(|effect| match effect {
        Effect::Ask { prompt, .. } => Some(prompt.as_ref()),
        _ => None,
    });
    let Some(Prompt::Explain(code)) = asked else { panic!("{effects:?}") };
    assert_eq!(code.selection, "y = 2");
    assert!(code.instruction.contains("NameError: y") && code.instruction.contains("corrected code"));
    assert_eq!(window.state.explain.shown.as_ref().unwrap().title, "Error: a.py, line 3");
    window.command(Command::ExplainError);
    assert!(window.send(Event::Overlay(OverlayEvent::Accept)).is_empty());
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("Paste the message")));
}
