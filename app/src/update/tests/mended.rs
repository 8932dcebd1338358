//! What once went wrong, each as somebody met it.

use assist::statistics::Outcome;

use super::*;

const TWO: &str = "def area(x):\n    return x\n\n\ndef volume(x):\n    return x\n";

fn python(text: &str) -> Window {
    Window::on("/a.py", text).with_model()
}

/// A further wish about the proposal that is shown, and its answer.
fn refine(window: &mut Window, words: &str, answer: &str) {
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text(words.into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    if !answer.is_empty() {
        window.said(WorkerMessage::Delta { id: RequestId(2), text: answer.into(), tokens: 1 });
        window.end();
    }
}

fn review(window: &Window) -> &crate::workspace::TabReview {
    window.state.tab().unwrap().review.as_ref().unwrap()
}

#[test]
fn a_proposal_that_drops_a_neighbour_says_so() {
    let mut window = python(TWO);
    window.improve(0..TWO.chars().count() - 1, &TWO.replace("return x\n\n", "return x * x\n\n"));
    assert!(review(&window).lost.is_empty());
    refine(&mut window, "shorter", "def area(x):\n    return x ** 2\n");
    assert_eq!(review(&window).lost, ["volume"]);
}

#[test]
fn the_proposal_before_a_further_wish_is_reached_and_left_again() {
    let mut window = python("a = 1\nb = 2\n");
    window.improve(0..11, "a = 10\nb = 2");
    refine(&mut window, "more", "a = 100\nb = 2");
    assert_eq!((review(&window).review.answer(), review(&window).place()), ("a = 100\nb = 2", Some((2, 2))));
    window.command(Command::PreviousAlternative);
    assert_eq!((review(&window).review.answer(), review(&window).place()), ("a = 10\nb = 2", Some((1, 2))));
    window.command(Command::PreviousAlternative);
    assert_eq!(review(&window).place(), Some((1, 2)), "there is nothing before the first");
    window.command(Command::NextAlternative);
    assert_eq!(review(&window).place(), Some((2, 2)));
    window.command(Command::PreviousAlternative);
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 10\nb = 2\n");
}

#[test]
fn a_further_wish_that_is_stopped_leaves_what_it_was_about() {
    let mut window = python("a = 1\nb = 2\n");
    window.improve(0..11, "a = 10\nb = 2");
    refine(&mut window, "more", "");
    assert_eq!(window.status(), Some(ReviewStatus::Waiting));
    window.command(Command::StopReview);
    assert_eq!(
        (window.status(), review(&window).review.answer()),
        (Some(ReviewStatus::Ready), "a = 10\nb = 2")
    );
    assert!(window.state.job.is_none());
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 10\nb = 2\n");
}

#[test]
fn edits_elsewhere_do_not_lose_the_proposal_before() {
    let mut window = python("x = 0\n\na = 1\n");
    window.improve(7..12, "a = 10");
    refine(&mut window, "more", "a = 100");
    window.select(0, 0);
    window.type_text("# ");
    window.command(Command::PreviousAlternative);
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "# x = 0\n\na = 10\n");
}

/// What was counted: the outcome, and how often.
fn counted(effects: &[Effect]) -> Vec<(Outcome, i64)> {
    let noted = effects.iter().filter_map(|effect| match effect {
        Effect::NoteOutcome(entry) => Some((entry.outcome, entry.count)),
        _ => None,
    });
    noted.collect()
}

#[test]
fn what_is_undone_and_done_again_was_not_undone() {
    let mut window = python("a = 1\n");
    window.improve(0..5, "a = 10");
    assert_eq!(counted(&window.command(Command::AcceptAll)), [(Outcome::Accepted, 1)]);
    assert_eq!(counted(&window.command(Command::Undo)), [(Outcome::Undone, 1)]);
    assert_eq!(counted(&window.command(Command::Redo)), [(Outcome::Undone, -1)]);
    assert_eq!(counted(&window.command(Command::Undo)), [(Outcome::Undone, 1)], "and so on");
    assert_eq!(counted(&window.command(Command::Undo)), []);
}

#[test]
fn a_review_that_is_taken_up_again_after_an_undo_is_counted_once() {
    let mut window = python("a = 1\nb = 2\nc = 3\n");
    window.improve(0..17, "a = 10\nb = 2\nc = 30");
    window.command(Command::AcceptHunk);
    let closed = window.command(Command::RejectAll);
    assert_eq!(counted(&closed), [(Outcome::InPart, 1)]);
    let undone = window.command(Command::Undo);
    assert_eq!(counted(&undone), [(Outcome::Undone, 1)]);
    let reopened = counted(&window.command(Command::ReopenReview));
    if !reopened.is_empty() {
        assert!(
            reopened.contains(&(Outcome::InPart, -1)) && reopened.contains(&(Outcome::Undone, -1)),
            "{reopened:?}"
        );
    }
}

#[test]
fn a_key_of_another_editor_is_told_of_once() {
    let mut window = python("a = 1\n");
    for _ in 0..3 {
        window.send(Event::Habit(0));
    }
    assert_eq!(window.state.toasts.len(), 1);
    assert!(window.state.toasts[0].text.contains("does nothing here"));
    window.send(Event::Habit(1));
    assert_eq!(window.state.toasts.len(), 2);
    window.send(Event::Habit(usize::MAX));
}

#[test]
fn a_proposal_beneath_a_long_line_is_shown_from_the_beginning_of_that_line() {
    let comment = format!("# {}", "long words ".repeat(40));
    let text = format!("{comment}\nx = 1\n");
    let mut window = python(&text);
    window.improve(0..text.chars().count() - 1, &format!("{comment}\nx = 10"));
    let tab = window.state.tab().unwrap();
    assert_eq!(tab.document.buffer().column(tab.reveal.position), 0);
}
