//! Several reviews at once, and what a review survives.

use assist::statistics::Outcome;

use super::*;
use crate::event::WorkerEvent;
use crate::workspace::picker::Choice;

/// Three functions, the first and the last of them selected.
fn two_selected() -> Window {
    let text = "a = 1\n\nb = 2\n\nc = 3\n";
    let mut window = Window::on("/a.txt", text).with_model();
    let id = window.state.tab().unwrap().id;
    let selection = Selection::new(vec![Span::new(0, 5), Span::new(14, 19)], 0);
    window.send(Event::Select(id, selection));
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Text("Ten times".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    window
}

fn answer(window: &mut Window, text: &str) {
    window.said(WorkerMessage::Delta { id: RequestId(2), text: text.into(), tokens: 1 });
    window.end();
}

fn place(window: &Window) -> Option<(usize, usize)> {
    window.state.tab().unwrap().queue.place()
}

#[test]
fn selections_get_their_turn_one_after_another() {
    let mut window = two_selected();
    assert_eq!(place(&window), Some((1, 2)));
    answer(&mut window, "a = 10");
    window.command(Command::AcceptAll);
    assert_eq!((window.text().as_str(), place(&window)), ("a = 10\n\nb = 2\n\nc = 3\n", Some((2, 2))));
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!((review.instruction.as_str(), review.review.original()), ("Ten times", "c = 3"));
    answer(&mut window, "c = 30");
    window.command(Command::AcceptAll);
    assert_eq!((window.text().as_str(), place(&window)), ("a = 10\n\nb = 2\n\nc = 30\n", None));
    window.command(Command::Undo);
    assert_eq!(window.text(), "a = 10\n\nb = 2\n\nc = 3\n", "one undo step each");
}

#[test]
fn rejecting_goes_on_and_cancelling_ends_all() {
    let mut window = two_selected();
    answer(&mut window, "a = 10");
    window.command(Command::RejectHunk);
    assert!(window.state.job.is_some(), "the second one is asked for");
    window.command(Command::StopReview);
    assert!(window.state.tab().unwrap().review.is_none() && place(&window).is_none());
    let mut first = two_selected();
    first.command(Command::StopReview);
    assert!(first.state.tab().unwrap().review.is_none() && first.state.job.is_none());
}

#[test]
fn stopping_a_further_attempt_keeps_the_selections_that_wait() {
    let mut window = two_selected();
    answer(&mut window, "a = 10");
    window.command(Command::NextAlternative);
    window.command(Command::StopReview);
    assert_eq!(window.status(), Some(ReviewStatus::Ready), "the first proposal is there again");
    assert_eq!(place(&window), Some((1, 2)));
    window.command(Command::AcceptAll);
    assert_eq!(place(&window), Some((2, 2)), "the second selection gets its turn");
}

#[test]
fn leaving_what_was_not_changed_goes_on() {
    let mut window = two_selected();
    for _ in 0..5 {
        answer(&mut window, "a = 1");
    }
    assert_eq!(window.state.tab().unwrap().review.as_ref().unwrap().status, ReviewStatus::Unchanged);
    window.command(Command::StopReview);
    assert_eq!(place(&window), Some((2, 2)));
    assert!(window.state.job.is_some(), "the second one is asked for");
}

#[test]
fn what_waits_follows_the_text_and_what_is_deleted_is_not_asked_for() {
    let mut window = two_selected();
    answer(&mut window, "a = 10");
    window.select(14, 20);
    window.send(Event::Typed(Typed::Delete));
    window.command(Command::AcceptAll);
    assert!(window.state.tab().unwrap().review.is_none());
    let mut moved = two_selected();
    answer(&mut moved, "a = 10\nz = 0");
    moved.select(7, 7);
    moved.type_text("x");
    moved.command(Command::AcceptAll);
    let review = moved.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!(review.review.original(), "c = 3");
}

#[test]
fn reviews_of_all_files_are_listed_gone_to_and_decided() {
    let mut window = Window::on("/a.txt", "a = 1\n").with_model();
    window.improve(0..5, "a = 10");
    let opened = Box::new(Opened::new_text(Rope::from_str("b = 1\n")));
    window.send(Event::Opened { path: "/b.txt".into(), caret: None, front: true, result: Ok(opened) });
    window.improve(0..5, "b = 10");
    window.command(Command::Reviews);
    let Overlay::Picker(picker) = &window.state.overlay else { panic!() };
    let rows: Vec<_> = picker.shown().map(|item| (item.text.clone(), item.right.clone())).collect();
    assert_eq!(rows, [("a.txt:1".into(), "1 hunk".into()), ("b.txt:1".into(), "1 hunk".to_owned())]);
    window.send(Event::Overlay(OverlayEvent::Decide(true)));
    let Overlay::Picker(picker) = &window.state.overlay else { panic!("the list stays") };
    assert!(matches!(picker.get(0).map(|item| &item.choice), Some(Choice::Review(_))));
    assert_eq!(picker.shown().len(), 1);
    assert_eq!(window.state.tabs[0].document.rope().to_string(), "a = 10\n");
    window.send(Event::Overlay(OverlayEvent::Decide(false)));
    window.send(Event::Overlay(OverlayEvent::Close));
    assert_eq!(window.text(), "b = 1\n");
    assert!(window.state.tabs.iter().all(|tab| tab.review.is_none()));
}

#[test]
fn the_list_goes_to_the_file_of_a_review() {
    let mut window = Window::on("/a.txt", "a = 1\n").with_model();
    window.improve(0..5, "a = 10");
    let opened = Box::new(Opened::new_text(Rope::from_str("b = 1\n")));
    window.send(Event::Opened { path: "/b.txt".into(), caret: None, front: true, result: Ok(opened) });
    window.command(Command::Reviews);
    window.send(Event::Overlay(OverlayEvent::Accept));
    assert_eq!(window.state.tab().unwrap().document.path(), Some(Path::new("/a.txt")));
}

#[test]
fn a_review_survives_edits_elsewhere_other_tabs_and_the_death_of_the_worker() {
    let mut window = Window::on("/a.txt", "first\n\na = 1\n\nlast\n").with_model();
    window.improve(7..12, "a = 10");
    window.select(0, 0);
    window.type_text("x");
    let opened = Box::new(Opened::new_text(Rope::from_str("b = 1\n")));
    window.send(Event::Opened { path: "/b.txt".into(), caret: None, front: true, result: Ok(opened) });
    window.type_text("y");
    let stopped = WorkerEvent::Stopped {
        reason: "The worker was killed.".into(),
        cause: Cause::Killed,
        doing: Doing::Idle,
        gave_up: false,
        failed: Vec::new(),
        loading: None,
    };
    window.send(Event::Worker(stopped));
    window.command(Command::PreviousTab);
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "xfirst\n\na = 10\n\nlast\n");
}

#[test]
fn a_hunk_is_edited_and_accepted_with_the_rest_in_one_undo_step() {
    let mut window = Window::on("/a.txt", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
    window.command(Command::EditProposal);
    let Overlay::Proposal(0, text) = &window.state.overlay else { panic!() };
    assert_eq!(text, "a = 10");
    window.send(Event::Overlay(OverlayEvent::Text("a = 11\na2 = 0".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    let effects = window.command(Command::AcceptAll);
    let edited =
        |effect: &Effect| matches!(effect, Effect::NoteOutcome(entry) if entry.outcome == Outcome::Edited);
    assert!(effects.iter().any(edited));
    assert_eq!(window.text(), "a = 11\na2 = 0\nb = 2\nc = 30\n");
    window.command(Command::Undo);
    assert_eq!(window.text(), "a = 1\nb = 2\nc = 3\n");
}

#[test]
fn editing_after_a_part_was_accepted_keeps_that_part() {
    let mut window = Window::on("/a.txt", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
    window.command(Command::AcceptHunk);
    window.command(Command::EditProposal);
    window.send(Event::Overlay(OverlayEvent::Text("c = 31".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 10\nb = 2\nc = 31\n");
}

#[test]
fn editing_a_proposal_back_to_what_was_there_ends_its_review() {
    let mut window = Window::on("/a.txt", "a = 1\n").with_model();
    window.improve(0..5, "a = 10");
    window.command(Command::EditProposal);
    window.send(Event::Overlay(OverlayEvent::Text("a = 1".into())));
    window.send(Event::Overlay(OverlayEvent::Accept));
    assert!(window.state.tab().unwrap().review.is_none());
    assert_eq!(window.text(), "a = 1\n");
}

/// What is counted: each outcome with how often.
fn counted(effects: &[Effect]) -> Vec<(Outcome, i64)> {
    let entry = |effect: &Effect| match effect {
        Effect::NoteOutcome(entry) => Some((entry.outcome, entry.count)),
        _ => None,
    };
    effects.iter().filter_map(entry).collect()
}

/// Whether a review can be taken up again, and whether a message offers it.
fn is_offered(window: &Window) -> (bool, bool) {
    let tab = window.state.tab().unwrap();
    let there = window.state.contexts(true).contains(&ground::command::Context::Closed);
    (there, window.state.toasts.iter().any(|toast| toast.reopens == Some(tab.id)))
}

#[test]
fn a_review_that_was_left_half_decided_is_taken_up_where_it_was_left() {
    let mut window = Window::on("/a.txt", "top\na = 1\nb = 2\nc = 3\nd = 4\ne = 5\n").with_model();
    window.improve(4..33, "a = 10\nb = 2\nc = 30\nd = 4\ne = 50\n");
    window.command(Command::AcceptHunk);
    assert_eq!(counted(&window.command(Command::StopReview)), [(Outcome::InPart, 1)]);
    assert_eq!(window.state.toasts[0].text, "Review closed: 2 hunks left as they were.");
    assert_eq!(is_offered(&window), (true, true));
    window.select(0, 0);
    window.type_text("xy\n");
    assert_eq!(counted(&window.command(Command::ReopenReview)), [(Outcome::InPart, -1)]);
    assert_eq!(is_offered(&window), (false, false), "it is there");
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!((review.counts(), review.current), ((3, 2), Some(1)));
    assert_eq!(counted(&window.command(Command::AcceptAll)), [(Outcome::Accepted, 1)]);
    assert_eq!(window.text(), "xy\ntop\na = 10\nb = 2\nc = 30\nd = 4\ne = 50\n");
    assert_eq!(is_offered(&window), (false, false), "nothing is left of it");
}

#[test]
fn what_was_rejected_as_a_whole_or_one_by_one_comes_back_as_a_whole() {
    for commands in [&[Command::RejectAll][..], &[Command::RejectHunk, Command::RejectHunk]] {
        let mut window = Window::on("/a.txt", "a = 1\nb = 2\nc = 3\n").with_model();
        window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
        commands.iter().for_each(|command| drop(window.command(*command)));
        assert_eq!(is_offered(&window), (true, true), "{commands:?}");
        window.command(Command::ReopenReview);
        let review = window.state.tab().unwrap().review.as_ref().unwrap();
        assert_eq!(review.counts(), (2, 2), "{commands:?}");
        window.command(Command::AcceptAll);
        assert_eq!(window.text(), "a = 10\nb = 2\nc = 30\n");
    }
}

#[test]
fn a_closed_review_is_forgotten_with_the_text_that_it_stands_on() {
    let mut window = Window::on("/a.txt", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
    window.command(Command::AcceptHunk);
    window.command(Command::StopReview);
    window.select(15, 15);
    window.type_text("x");
    assert_eq!(is_offered(&window), (false, false));
    window.command(Command::ReopenReview);
    assert!(window.state.tab().unwrap().review.is_none());
}

#[test]
fn the_undo_of_what_was_accepted_leaves_a_closed_review_as_it_was_proposed() {
    let mut window = Window::on("/a.txt", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
    window.command(Command::AcceptHunk);
    window.command(Command::StopReview);
    window.command(Command::Undo);
    window.command(Command::ReopenReview);
    let review = window.state.tab().unwrap().review.as_ref().unwrap();
    assert_eq!(review.counts(), (2, 2));
}

#[test]
fn selections_that_were_given_up_with_a_review_wait_again_when_it_is_back() {
    let mut window = two_selected();
    answer(&mut window, "a = 10");
    window.command(Command::StopReview);
    assert_eq!(place(&window), None);
    window.command(Command::ReopenReview);
    assert_eq!(place(&window), Some((1, 2)));
    window.command(Command::AcceptAll);
    answer(&mut window, "c = 30");
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 10\n\nb = 2\n\nc = 30\n");
}

#[test]
fn a_review_that_another_one_came_over_can_be_taken_up_afterwards() {
    let mut window = Window::on("/a.txt", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
    window.command(Command::AcceptHunk);
    window.select(7, 7);
    window.improve(7..12, "b = 20");
    window.command(Command::RejectAll);
    window.command(Command::ReopenReview);
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 10\nb = 20\nc = 3\n");
    window.command(Command::ReopenReview);
    assert!(window.state.tab().unwrap().review.is_some(), "the first one stands on other lines");
    window.command(Command::AcceptAll);
    assert_eq!(window.text(), "a = 10\nb = 20\nc = 30\n");
}

#[test]
fn the_offer_brings_the_file_of_the_review_to_the_front() {
    let mut window = Window::on("/a.txt", "a = 1\n").with_model();
    window.improve(0..5, "a = 10");
    let first = window.state.tab().unwrap().id;
    let opened = Box::new(Opened::new_text(Rope::from_str("b = 1\n")));
    window.send(Event::Opened { path: "/b.txt".into(), caret: None, front: true, result: Ok(opened) });
    window.command(Command::Reviews);
    window.send(Event::Overlay(OverlayEvent::Decide(false)));
    window.send(Event::Overlay(OverlayEvent::Close));
    assert_eq!(window.state.toasts[0].text, "Review of a.txt closed: 1 hunk left as it was.");
    window.send(Event::ReopenReview(first));
    assert_eq!((window.state.tab().unwrap().id, window.status()), (first, Some(ReviewStatus::Ready)));
}

#[test]
fn what_is_blank_is_not_improved() {
    let mut window = Window::on("/a.py", "a = 1\n\n\n\nb = 2\n").with_model();
    let id = window.state.tab().unwrap().id;
    window.send(Event::Select(id, Selection::single(Span::new(6, 8))));
    window.command(Command::Improve);
    assert!(matches!(window.state.overlay, Overlay::None), "nothing can be asked about it");
    assert!(window.state.toasts.iter().any(|toast| toast.text.contains("nothing to improve")));
    window.send(Event::Select(id, Selection::single(Span::new(0, 5))));
    window.command(Command::Improve);
    assert!(matches!(window.state.overlay, Overlay::Instruction(_)));
}
