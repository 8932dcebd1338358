//! What becomes of proposals is counted.

use assist::statistics::{Outcome, Statistics};
use assist::task::Task;

use super::*;
use crate::features::statistics::StatisticsEvent;
use crate::update::update;
use crate::workspace::Page;

/// What is counted by these effects.
fn counted(effects: &[Effect]) -> Vec<(Task, Outcome)> {
    let entry = |effect: &Effect| match effect {
        Effect::NoteOutcome(entry) => Some((entry.command, entry.outcome)),
        _ => None,
    };
    effects.iter().filter_map(entry).collect()
}

fn proposed() -> Window {
    let mut window = Window::on("/a.txt", "a = 1\nb = 2\nc = 3\n").with_model();
    window.improve(0..17, "a = 10\nb = 2\nc = 30\n");
    assert_eq!(window.status(), Some(ReviewStatus::Ready));
    window
}

#[test]
fn each_decision_counts_once() {
    let check = |commands: &[Command], expected: &[(Task, Outcome)]| {
        let mut window = proposed();
        let effects: Vec<Effect> = commands.iter().flat_map(|command| window.command(*command)).collect();
        assert_eq!(counted(&effects), expected, "{commands:?}");
    };
    use Command::{AcceptAll, AcceptHunk, RejectAll, RejectHunk, StopReview, Undo};
    let improve = |outcome| (Task::Improve, outcome);
    check(&[AcceptAll], &[improve(Outcome::Accepted)]);
    check(&[AcceptHunk, AcceptHunk], &[improve(Outcome::Accepted)]);
    check(&[AcceptHunk, RejectHunk], &[improve(Outcome::InPart)]);
    check(&[RejectHunk, RejectHunk], &[improve(Outcome::Rejected)]);
    check(&[RejectAll], &[improve(Outcome::Rejected)]);
    check(&[AcceptHunk, StopReview], &[improve(Outcome::InPart)]);
    check(&[AcceptAll, Undo, Undo], &[improve(Outcome::Accepted), improve(Outcome::Undone)]);
}

#[test]
fn an_undo_counts_only_soon_and_when_it_is_about_the_proposal() {
    let mut window = proposed();
    window.command(Command::AcceptAll);
    window.type_text("x");
    assert!(counted(&window.command(Command::Undo)).is_empty(), "what was typed afterwards");
    assert_eq!(counted(&window.command(Command::Undo)), [(Task::Improve, Outcome::Undone)]);
    let mut late = proposed();
    late.command(Command::AcceptAll);
    let effects = update(&mut late.state, Event::Command(Command::Undo), 60_001);
    assert_eq!(late.text(), "a = 1\nb = 2\nc = 3\n");
    assert!(counted(&effects).is_empty());
}

#[test]
fn what_was_never_shown_is_not_counted() {
    let mut window = Window::on("/a.txt", "a = 1\n").with_model();
    window.select(0, 5);
    window.command(Command::Improve);
    window.send(Event::Overlay(OverlayEvent::Accept));
    assert!(counted(&window.command(Command::StopReview)).is_empty());
    window.improve(0..5, "a = 1");
    assert!(counted(&window.command(Command::StopReview)).is_empty(), "nothing was proposed");
}

#[test]
fn the_figures_are_shown_exported_and_deleted() {
    let mut window = Window::default();
    assert!(matches!(window.command(Command::Statistics)[..], [Effect::ReadStatistics]));
    let mut figures = Statistics::default();
    figures.add(&assist::statistics::StatisticsEntry {
        command: Task::Improve,
        model: "tiny".into(),
        outcome: Outcome::Accepted,
        count: 3,
    });
    window.send(Event::Statistics(StatisticsEvent::Read(Ok(figures.clone()))));
    let asked = |window: &mut Window, reply| {
        assert!(window.send(Event::Statistics(StatisticsEvent::Reset)).is_empty(), "it asks first");
        assert!(matches!(&window.state.overlay, Overlay::Question(Question::Statistics)));
        window.send(Event::Overlay(OverlayEvent::Reply(reply)))
    };
    assert!(asked(&mut window, Reply::Cancel).is_empty(), "the page is there still");
    assert!(matches!(asked(&mut window, Reply::Yes)[..], [Effect::ResetStatistics]));
    assert!(window.state.shows(Page::Statistics));
    window.send(Event::Statistics(StatisticsEvent::Read(Ok(figures))));
    window.send(Event::Statistics(StatisticsEvent::Export));
    assert!(
        window.text().contains("| Improve selection | tiny | 3 | 0 | 0 | 0 | 0 | 100 % |"),
        "{}",
        window.text()
    );
}
