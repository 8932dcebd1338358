//! The first run: from step to step, and the first improvement on the sample.

use std::path::Path;

use ::settings::BALANCED;
use ::settings::layers::Origin;
use editor_core::{Selection, Span};
use ground::command::Command;
use ground::ids::TabId;
use models::import::ImportMode;

use super::{models as manager, remember, settings};
use crate::event::Effect;
use crate::manager::ManagerEvent;
use crate::onboarding::{
    Onboarding, OnboardingEffect, OnboardingEvent, Progress, SAMPLE_FILE, SAMPLE_FUNCTION, Step, recommended,
};
use crate::state::{Focus, Overlay, ReviewStatus, State};
use crate::supervise::SuperviseEffect;

/// Something happened in the first run.
pub fn on(state: &mut State, event: OnboardingEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        OnboardingEvent::Start(has_paths) => {
            out.push(Effect::Onboarding(OnboardingEffect::FindStarter));
            if !state.session.onboarding.done && !has_paths {
                show(state, state.session.onboarding.step, out);
                if state.settings.window.restore_session {
                    let files = state.session.files.iter().map(|file| file.path.clone());
                    state.onboarding.restored = files.collect();
                }
            }
        }
        OnboardingEvent::Open => show(state, Step::Hello, out),
        OnboardingEvent::Next => match state.onboarding.step.map(Step::next) {
            Some(Some(step)) => show(state, step, out),
            Some(None) => end(state, out),
            None => {}
        },
        OnboardingEvent::Back => {
            if let Some(step) = state.onboarding.step.and_then(Step::back) {
                show(state, step, out);
            }
        }
        OnboardingEvent::Skip => end(state, out),
        OnboardingEvent::Profile(name) => settings::set(state, "profile", &name, now, out),
        OnboardingEvent::Starter => {
            let path = state.onboarding.starter.clone().filter(|_| !state.manager.is_importing());
            if let Some(path) = path {
                manager::on(state, ManagerEvent::Import(path, ImportMode::default()), now, out);
            }
        }
        OnboardingEvent::Installed(id) => {
            settings::set(state, "models.code", &id, now, out);
            show(state, Step::Try, out);
        }
        OnboardingEvent::StarterFound(path) => state.onboarding.starter = Some(path),
        OnboardingEvent::Sample(folder) => sample(state, &folder, out),
    }
}

/// Shows a step.
fn show(state: &mut State, step: Step, out: &mut Vec<Effect>) {
    state.page = None;
    let Onboarding { focus, starter, restored, .. } = std::mem::take(&mut state.onboarding);
    let over = state.tab().map(|tab| tab.id);
    state.onboarding =
        Onboarding { step: Some(step), over, focus: focus + 1, starter, restored, ..Onboarding::default() };
    state.session.onboarding = Progress { step, done: state.session.onboarding.done };
    match step {
        Step::Hello => {}
        // What the machine has and what is installed.
        Step::Machine => {
            manager::list(state, out);
            out.push(Effect::Supervise(SuperviseEffect::AskDevices));
        }
        Step::Model => manager::list(state, out),
        Step::Try => {
            out.push(Effect::ListModels);
            out.push(Effect::Onboarding(OnboardingEffect::Sample));
        }
    }
    remember(state, out);
}

/// It is over, for good.
fn end(state: &mut State, out: &mut Vec<Effect>) {
    state.onboarding = Onboarding { starter: state.onboarding.starter.take(), ..Onboarding::default() };
    state.session.onboarding = Progress { step: Step::Hello, done: true };
    state.focus = Some(Focus::Editor);
    remember(state, out);
}

/// The sample is there: its folder and its file are opened.
fn sample(state: &mut State, folder: &Path, out: &mut Vec<Effect>) {
    super::files::open_folder(state, folder.to_owned(), out);
    super::files::open(state, folder.join(SAMPLE_FILE), out);
    adopt(state);
}

/// The sample's tab is in front: the function to improve is selected.
fn adopt(state: &mut State) {
    let Some(tab) = state.tab_mut() else { return };
    let is_sample = tab.document.path().and_then(Path::file_name).is_some_and(|name| name == SAMPLE_FILE);
    if !is_sample {
        return;
    }
    let (id, text) = (tab.id, tab.document.rope().to_string());
    let buffer = tab.document.buffer();
    let lines: Vec<&str> = text.lines().collect();
    if let Some(first) = lines.iter().position(|line| line.starts_with(SAMPLE_FUNCTION)) {
        let body = lines[first + 1..].iter().take_while(|line| line.starts_with(' ')).count();
        let span = Span::new(buffer.line_start(first), buffer.line_end(first + body));
        tab.document.select(&Selection::single(span));
    }
    state.onboarding.sample = Some(id);
    state.onboarding.over = Some(id);
    state.focus = Some(Focus::Editor);
}

/// Follows what the user does elsewhere. Called after each event.
pub fn follow(state: &mut State, asked_for_text: bool, now: u64, out: &mut Vec<Effect>) {
    let front: Option<TabId> = state.tab().map(|tab| tab.id);
    let path = state.tab().and_then(|tab| tab.document.path());
    if front != state.onboarding.over
        && let Some(at) = state.onboarding.restored.iter().position(|file| Some(file.as_path()) == path)
    {
        state.onboarding.restored.swap_remove(at);
        state.onboarding.over = front;
    }
    match state.onboarding.step {
        Some(Step::Try) if state.onboarding.sample.is_none() => adopt(state),
        Some(Step::Try) if !state.tabs.iter().any(|tab| Some(tab.id) == state.onboarding.sample) => {
            end(state, out);
        }
        Some(Step::Machine) if !state.onboarding.judged && state.manager.shelf().is_some() => {
            state.onboarding.judged = true;
            let fits = state.manager.shelf().map_or(BALANCED, |shelf| recommended(shelf, &state.settings));
            if state.layers.origin("profile") == Origin::Default && fits != state.settings.profile {
                settings::set(state, "profile", &fits.to_owned(), now, out);
            }
        }
        Some(_) if asked_for_text || front != state.onboarding.over => end(state, out),
        _ => {}
    }
}

/// A review's change of a tab was accepted.
pub fn accepted(state: &mut State, tab: TabId) {
    state.onboarding.accepted |= state.onboarding.sample == Some(tab);
}

/// What to do now on the sample: a word, a sentence and the command that does it.
pub fn coach(state: &State) -> Option<Coach> {
    if state.onboarding.step != Some(Step::Try) {
        return None;
    }
    let tab = state.tab().filter(|tab| Some(tab.id) == state.onboarding.sample)?;
    if state.onboarding.accepted && tab.review.is_none() {
        return Some(Coach { number: 4, words: CoachWords::Done, command: Command::Undo });
    }
    Some(match &tab.review {
        Some(review) => match review.status {
            ReviewStatus::Ready | ReviewStatus::Incomplete => {
                Coach { number: 3, words: CoachWords::Accept, command: Command::AcceptAll }
            }
            ReviewStatus::Waiting | ReviewStatus::Streaming | ReviewStatus::Checking => {
                Coach { number: 2, words: CoachWords::Wait, command: Command::StopReview }
            }
            _ => Coach { number: 3, words: CoachWords::Again, command: Command::TryAgain },
        },
        None if matches!(state.overlay, Overlay::Instruction(_)) => {
            Coach { number: 2, words: CoachWords::Say, command: Command::Improve }
        }
        None => Coach { number: 1, words: CoachWords::Ask, command: Command::Improve },
    })
}

/// One line of help on the sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coach {
    /// Which of four.
    pub number: usize,
    /// What to do.
    pub words: CoachWords,
    /// The command that does it.
    pub command: Command,
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CoachWords {
    /// Ask for an improvement.
    Ask,
    /// Say what should change.
    Say,
    /// Wait for the answer.
    Wait,
    /// Accept it.
    Accept,
    /// It changed nothing: ask again.
    Again,
    /// It is done.
    Done,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::state::Page;
    use crate::update::update;
    use editor_core::file::Opened;
    use ropey::Rope;

    fn send(state: &mut State, event: OnboardingEvent) -> Vec<Effect> {
        update(state, Event::Onboarding(event), 0)
    }

    #[test]
    fn it_comes_once_goes_on_where_it_was_left_and_can_be_had_again() {
        let mut state = State::default();
        send(&mut state, OnboardingEvent::Start(true));
        assert_eq!(state.onboarding.step, None, "a file was to be opened");
        send(&mut state, OnboardingEvent::Start(false));
        assert_eq!(state.onboarding.step, Some(Step::Hello));
        send(&mut state, OnboardingEvent::Next);
        let session = super::super::session(&state);
        assert_eq!(session.onboarding, Progress { step: Step::Machine, done: false });

        let mut state = State::new(session, Default::default());
        send(&mut state, OnboardingEvent::Start(false));
        assert_eq!(state.onboarding.step, Some(Step::Machine));
        send(&mut state, OnboardingEvent::Back);
        send(&mut state, OnboardingEvent::Skip);
        assert_eq!(state.onboarding.step, None);
        send(&mut state, OnboardingEvent::Start(false));
        assert_eq!(state.onboarding.step, None, "never twice");
        update(&mut state, Event::Command(Command::Welcome), 0);
        assert_eq!(state.onboarding.step, Some(Step::Hello));
    }

    #[test]
    fn files_of_the_last_time_that_come_by_themselves_do_not_end_it() {
        let file = |path: &str| crate::session::OpenFile { path: path.into(), caret: (0, 0) };
        let session = crate::session::Session { files: vec![file("/a"), file("/b")], ..Default::default() };
        let mut state = State::new(session, Default::default());
        send(&mut state, OnboardingEvent::Start(false));
        let opens = |state: &mut State, path: &str| {
            let opened = Box::new(Opened::new_text(Rope::from_str("x")));
            let event = Event::Opened { path: path.into(), caret: None, front: true, result: Ok(opened) };
            update(state, event, 0);
        };
        opens(&mut state, "/a");
        opens(&mut state, "/b");
        assert_eq!(state.onboarding.step, Some(Step::Hello));
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
        assert_eq!(state.onboarding.step, Some(Step::Model));
    }

    #[test]
    fn on_the_sample_each_key_is_told_in_turn() {
        let mut state = State::default();
        send(&mut state, OnboardingEvent::Open);
        for _ in 0..3 {
            send(&mut state, OnboardingEvent::Next);
        }
        send(&mut state, OnboardingEvent::Sample("/s".into()));
        let text = crate::onboarding::SAMPLE[1].1;
        let opened = Box::new(Opened::new_text(Rope::from_str(text)));
        let path = Path::new("/s").join(SAMPLE_FILE);
        update(&mut state, Event::Opened { path, caret: None, front: true, result: Ok(opened) }, 0);
        let words = |state: &State| coach(state).map(|coach| coach.words);
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
            Event::Overlay(crate::event::OverlayEvent::Reply(crate::state::Reply::Discard)),
            0,
        );
        assert!(state.onboarding.step.is_none() && state.session.onboarding.done);
    }
}
