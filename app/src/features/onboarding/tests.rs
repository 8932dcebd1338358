//! The first run on a whole state, without a window.

use super::update::{CoachWords, coach};
use super::*;
use crate::event::{Effect, Event};
use crate::state::State;
use crate::update::update;
use crate::workspace::{FirstRunProgress, FirstRunStep, Page};
use editor_core::file::Opened;
use ground::command::Command;
use ropey::Rope;
use std::path::Path;

fn send(state: &mut State, event: OnboardingEvent) -> Vec<Effect> {
    update(state, Event::Onboarding(event), 0)
}

#[test]
fn it_comes_once_goes_on_where_it_was_left_and_can_be_had_again() {
    let mut state = State::default();
    send(&mut state, OnboardingEvent::Start(true));
    assert_eq!(state.onboarding.step, None, "a file was to be opened");
    send(&mut state, OnboardingEvent::Start(false));
    assert_eq!(state.onboarding.step, Some(FirstRunStep::Hello));
    send(&mut state, OnboardingEvent::Next);
    let session = state.session_now();
    assert_eq!(session.onboarding, FirstRunProgress { step: FirstRunStep::Machine, done: false });

    let mut state = State::new(session, Default::default());
    send(&mut state, OnboardingEvent::Start(false));
    assert_eq!(state.onboarding.step, Some(FirstRunStep::Machine));
    send(&mut state, OnboardingEvent::Back);
    send(&mut state, OnboardingEvent::Skip);
    assert_eq!(state.onboarding.step, None);
    send(&mut state, OnboardingEvent::Start(false));
    assert_eq!(state.onboarding.step, None, "never twice");
    update(&mut state, Event::Command(Command::Welcome), 0);
    assert_eq!(state.onboarding.step, Some(FirstRunStep::Hello));
}

#[test]
fn files_of_the_last_time_that_come_by_themselves_do_not_end_it() {
    let file = |path: &str| crate::workspace::session::OpenFile { path: path.into(), caret: (0, 0) };
    let session =
        crate::workspace::session::Session { files: vec![file("/a"), file("/b")], ..Default::default() };
    let mut state = State::new(session, Default::default());
    send(&mut state, OnboardingEvent::Start(false));
    let opens = |state: &mut State, path: &str| {
        let opened = Box::new(Opened::new_text(Rope::from_str("x")));
        let event = Event::Opened { path: path.into(), caret: None, front: true, result: Ok(opened) };
        update(state, event, 0);
    };
    opens(&mut state, "/a");
    opens(&mut state, "/b");
    assert_eq!(state.onboarding.step, Some(FirstRunStep::Hello));
    opens(&mut state, "/c");
    assert_eq!(state.onboarding.step, None, "that one the user opened");
}

#[test]
fn opening_a_file_ends_it() {
    let mut state = State::default();
    send(&mut state, OnboardingEvent::Start(false));
    update(&mut state, Event::Command(Command::NewFile), 0);
    assert!(state.onboarding.step.is_none() && state.session.onboarding.done);
}

#[test]
fn an_import_is_shown_in_the_step_and_not_in_the_panel() {
    let mut state = State::default();
    send(&mut state, OnboardingEvent::Open);
    send(&mut state, OnboardingEvent::StarterFound("/s.gguf".into()));
    send(&mut state, OnboardingEvent::Next);
    send(&mut state, OnboardingEvent::Next);
    send(&mut state, OnboardingEvent::Starter);
    send(&mut state, OnboardingEvent::Starter);
    assert_eq!((state.shows(Page::Models), state.manager.work.len()), (false, 1));
    assert_eq!(state.onboarding.step, Some(FirstRunStep::Model));
}

#[test]
fn on_the_sample_each_key_is_told_in_turn() {
    let mut state = State::default();
    send(&mut state, OnboardingEvent::Open);
    for _ in 0..3 {
        send(&mut state, OnboardingEvent::Next);
    }
    send(&mut state, OnboardingEvent::Sample("/s".into()));
    let text = SAMPLE[1].1;
    let opened = Box::new(Opened::new_text(Rope::from_str(text)));
    let path = Path::new("/s").join(SAMPLE_FILE);
    update(&mut state, Event::Opened { path, caret: None, front: true, result: Ok(opened) }, 0);
    let words = |state: &State| coach(&state.onboarding, state).map(|coach| coach.words);
    assert_eq!(words(&state), Some(CoachWords::Ask));
    let selected = state.tab().unwrap().document.selection().primary().range();
    assert!(text.chars().skip(selected.start).collect::<String>().starts_with(SAMPLE_FUNCTION));
    update(&mut state, Event::Command(Command::Improve), 0);
    assert_eq!(words(&state), Some(CoachWords::Say));
    update(&mut state, Event::Command(Command::Improve), 0);
    assert_eq!(words(&state), Some(CoachWords::Again), "no model is installed");
    update(&mut state, Event::Command(Command::StopReview), 0);
    update(&mut state, Event::Typed(crate::event::Typed::Text("x".into())), 0);
    assert_eq!(words(&state), Some(CoachWords::Ask), "typing is no improvement");
    update(&mut state, Event::Command(Command::CloseTab), 0);
    update(
        &mut state,
        Event::Overlay(crate::event::OverlayEvent::Reply(crate::workspace::Reply::Discard)),
        0,
    );
    assert!(state.onboarding.step.is_none() && state.session.onboarding.done);
}
