//! The first run: from step to step, and the first improvement on the sample.

use std::path::Path;

use ::settings::BALANCED;
use ::settings::layers::Origin;
use editor_core::{Selection, Span};
use ground::command::Command;
use ground::ids::TabId;

use super::{Onboarding, OnboardingEffect, OnboardingEvent, SAMPLE_FILE, SAMPLE_FUNCTION, recommended};
use crate::event::{Effect, Event};
use crate::workspace::{
    FirstRunProgress, FirstRunStep, Focus, Overlay, ReviewStatus, Workspace, configure, open,
};

/// Something happened in the first run.
pub fn on(
    onboarding: &mut Onboarding,
    workspace: &mut Workspace,
    event: OnboardingEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        OnboardingEvent::Start(has_paths) => {
            out.push(Effect::Onboarding(OnboardingEffect::FindStarter));
            if !workspace.session.onboarding.done && !has_paths {
                show(onboarding, workspace, workspace.session.onboarding.step, out);
                if workspace.settings.window.restore_session {
                    let files = workspace.session.files.iter().map(|file| file.path.clone());
                    onboarding.restored = files.collect();
                }
            }
        }
        OnboardingEvent::Open => show(onboarding, workspace, FirstRunStep::Hello, out),
        OnboardingEvent::Next => match onboarding.step.map(FirstRunStep::next) {
            Some(Some(step)) => show(onboarding, workspace, step, out),
            Some(None) => end(onboarding, workspace, out),
            None => {}
        },
        OnboardingEvent::Back => {
            if let Some(step) = onboarding.step.and_then(FirstRunStep::back) {
                show(onboarding, workspace, step, out);
            }
        }
        OnboardingEvent::Skip => end(onboarding, workspace, out),
        OnboardingEvent::Profile(name) => configure::set(workspace, "profile", &name, now, out),
        OnboardingEvent::Starter => {
            let path = onboarding.starter.clone().filter(|_| !workspace.manager.is_importing());
            if let Some(path) = path {
                out.push(Effect::then(Event::ImportModel(path)));
            }
        }
        OnboardingEvent::Installed(id) => {
            configure::set(workspace, "models.code", &id, now, out);
            show(onboarding, workspace, FirstRunStep::Try, out);
        }
        OnboardingEvent::StarterFound(path) => onboarding.starter = Some(path),
        OnboardingEvent::Sample(folder) => sample(onboarding, workspace, &folder, out),
    }
}

/// Shows a step.
fn show(onboarding: &mut Onboarding, workspace: &mut Workspace, step: FirstRunStep, out: &mut Vec<Effect>) {
    let Onboarding { focus, starter, restored, .. } = std::mem::take(onboarding);
    let over = workspace.tab().map(|tab| tab.id);
    *onboarding =
        Onboarding { step: Some(step), over, focus: focus + 1, starter, restored, ..Onboarding::default() };
    workspace.session.onboarding = FirstRunProgress { step, done: workspace.session.onboarding.done };
    match step {
        FirstRunStep::Hello => {}
        // What the machine has and what is installed.
        FirstRunStep::Machine => {
            out.push(Effect::then(Event::ListEverything));
            out.push(Effect::AskDevices);
        }
        FirstRunStep::Model => out.push(Effect::then(Event::ListEverything)),
        FirstRunStep::Try => {
            out.push(Effect::ListModels);
            out.push(Effect::Onboarding(OnboardingEffect::Sample));
        }
    }
    workspace.remember(out);
}

/// It is over, for good.
fn end(onboarding: &mut Onboarding, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    *onboarding = Onboarding { starter: onboarding.starter.take(), ..Onboarding::default() };
    workspace.session.onboarding = FirstRunProgress { step: FirstRunStep::Hello, done: true };
    workspace.focus = Some(Focus::Editor);
    workspace.remember(out);
}

/// The sample is there: its folder and its file are opened.
fn sample(onboarding: &mut Onboarding, workspace: &mut Workspace, folder: &Path, out: &mut Vec<Effect>) {
    open::open_folder(workspace, folder.to_owned(), out);
    open::open(workspace, folder.join(SAMPLE_FILE), out);
    adopt(onboarding, workspace);
}

/// The sample's tab is in front: the function to improve is selected.
fn adopt(onboarding: &mut Onboarding, workspace: &mut Workspace) {
    let Some(tab) = workspace.tab_mut() else { return };
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
    onboarding.sample = Some(id);
    onboarding.over = Some(id);
    workspace.focus = Some(Focus::Editor);
}

/// Follows what the user does elsewhere. Called after each event.
pub fn follow(
    onboarding: &mut Onboarding,
    workspace: &mut Workspace,
    asked_for_text: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let front: Option<TabId> = workspace.tab().map(|tab| tab.id);
    let path = workspace.tab().and_then(|tab| tab.document.path());
    if front != onboarding.over
        && let Some(at) = onboarding.restored.iter().position(|file| Some(file.as_path()) == path)
    {
        onboarding.restored.swap_remove(at);
        onboarding.over = front;
    }
    match onboarding.step {
        Some(FirstRunStep::Try) if onboarding.sample.is_none() => adopt(onboarding, workspace),
        Some(FirstRunStep::Try) if !workspace.tabs.iter().any(|tab| Some(tab.id) == onboarding.sample) => {
            end(onboarding, workspace, out);
        }
        Some(FirstRunStep::Machine) if !onboarding.judged && workspace.manager.shelf().is_some() => {
            onboarding.judged = true;
            let fits =
                workspace.manager.shelf().map_or(BALANCED, |shelf| recommended(shelf, &workspace.settings));
            if workspace.layers.origin("profile") == Origin::Default && fits != workspace.settings.profile {
                configure::set(workspace, "profile", &fits.to_owned(), now, out);
            }
        }
        Some(_) if asked_for_text || front != onboarding.over => end(onboarding, workspace, out),
        _ => {}
    }
}

/// A review's change of a tab was accepted.
pub fn accepted(onboarding: &mut Onboarding, tab: TabId) {
    onboarding.accepted |= onboarding.sample == Some(tab);
}

/// What to do now on the sample: a word, a sentence and the command that does it.
pub fn coach(onboarding: &Onboarding, workspace: &Workspace) -> Option<Coach> {
    if onboarding.step != Some(FirstRunStep::Try) {
        return None;
    }
    let tab = workspace.tab().filter(|tab| Some(tab.id) == onboarding.sample)?;
    if onboarding.accepted && tab.review.is_none() {
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
        None if matches!(workspace.overlay, Overlay::Instruction(_)) => {
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
