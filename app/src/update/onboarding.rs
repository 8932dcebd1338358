//! The first run: from step to step, and the first improvement on the sample.

use std::path::Path;

use editor_core::{Selection, Span};
use models::import::ImportMode;

use super::{models as manager, remember, settings};
use crate::command::Command;
use crate::event::Effect;
use crate::manager::ManagerEvent;
use crate::onboarding::{
    Onboarding, OnboardingEffect, OnboardingEvent, Progress, SAMPLE_FILE, SAMPLE_FUNCTION, Step,
};
use crate::state::{Focus, Overlay, ReviewStatus, State, TabId};

/// Something happened in the first run.
pub fn on(state: &mut State, event: OnboardingEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        OnboardingEvent::Start(has_paths) => {
            out.push(Effect::Onboarding(OnboardingEffect::FindStarter));
            if !state.session.onboarding.done && !has_paths {
                show(state, state.session.onboarding.step, out);
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
            if let Some(path) = state.onboarding.starter.clone() {
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
    state.manager.open = false;
    state.settings_panel.open = false;
    let Onboarding { focus, starter, .. } = std::mem::take(&mut state.onboarding);
    let over = state.tab().map(|tab| tab.id);
    state.onboarding =
        Onboarding { step: Some(step), over, focus: focus + 1, starter, ..Onboarding::default() };
    state.session.onboarding = Progress { step, done: state.session.onboarding.done };
    match step {
        Step::Hello => {}
        // What the machine has and what is installed.
        Step::Machine | Step::Model => manager::list(state, out),
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
    state.onboarding.before = text;
    state.focus = Some(Focus::Editor);
}

/// Follows what the user does elsewhere. Called after each event.
pub fn follow(state: &mut State, asked_for_text: bool, out: &mut Vec<Effect>) {
    let front: Option<TabId> = state.tab().map(|tab| tab.id);
    match state.onboarding.step {
        Some(Step::Try) if state.onboarding.sample.is_none() => adopt(state),
        Some(Step::Try) => {
            let Some(tab) = state.tabs.iter().find(|tab| Some(tab.id) == state.onboarding.sample) else {
                return end(state, out);
            };
            // Only a review changes the text by an answer; typing does not count.
            let accepted = tab.review.is_none() && tab.document.rope() != state.onboarding.before.as_str();
            state.onboarding.accepted |= accepted && state.onboarding.reviewed;
            state.onboarding.reviewed |= tab.review.is_some();
        }
        Some(_) if asked_for_text || front != state.onboarding.over => end(state, out),
        _ => {}
    }
}

/// What to do now on the sample: a word, a sentence and the command that does it.
pub fn coach(state: &State) -> Option<Coach> {
    if state.onboarding.step != Some(Step::Try) {
        return None;
    }
    let tab = state.tab().filter(|tab| Some(tab.id) == state.onboarding.sample)?;
    if state.onboarding.accepted {
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
