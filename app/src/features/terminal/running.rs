//! Tasks: listed, allowed for a folder, run in a terminal of their own, run again, stopped.

use std::path::Path;

use ground::command::Command;
use tasks::ProjectTask;

use super::tabs::{begin, come_up, restart};
use super::{TerminalContent, TerminalEffect, TerminalState, Terminals};
use crate::event::{Effect, Event};
use crate::workspace::picker::{Choice, Item, ListWords, Picker, PickerKind};
use crate::workspace::{Overlay, Question, Reply, TerminalQuestion, ToastKind, Workspace, permissions};

static WORDS: ListWords = ListWords {
    command: Command::RunTask,
    hint: "Type part of a task's name",
    empty: "No task has this name.",
};

/// Asks for the tasks of the open folder.
pub fn list(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    match permissions::folder(workspace).map(Path::to_owned) {
        Some(folder) => {
            let own = workspace.settings.tasks.clone();
            out.push(Effect::Terminal(TerminalEffect::ListTasks(folder, own)));
        }
        None => workspace.toast(
            ToastKind::Info,
            "Open a folder first: its files say what can be run.".into(),
            now,
        ),
    }
}

/// Shows what was found.
pub fn listed(terminals: &mut Terminals, workspace: &mut Workspace, found: Vec<ProjectTask>, now: u64) {
    if found.is_empty() {
        let words = "No tasks were found in Cargo.toml, package.json, a Makefile, a justfile or pyproject.toml. Your own go into the \
                     settings, under tasks.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    let item = |(index, task): (usize, &ProjectTask)| Item {
        text: task.name.clone(),
        detail: if task.source == "settings" { task.command() } else { String::new() },
        right: task.source.clone(),
        choice: Choice::Task(index),
    };
    let items = found.iter().enumerate().map(item).collect();
    terminals.listed = found;
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Own(&WORDS), items));
}

/// A row of the list was chosen.
pub fn chosen(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    index: usize,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if let Some(task) = terminals.listed.get(index).cloned() {
        run_if_allowed(terminals, workspace, task, now, out);
    }
}

/// Runs the last task once more.
pub fn rerun(terminals: &mut Terminals, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    match terminals.last_task.clone() {
        Some(task) => run_if_allowed(terminals, workspace, task, now, out),
        None => list(workspace, now, out),
    }
}

/// Runs a task where that is allowed, else asks.
fn run_if_allowed(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    task: ProjectTask,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if permissions::may_run_tasks(workspace, &task.folder) {
        return run(terminals, workspace, task, now, out);
    }
    let question = TerminalQuestion::RunTask { command: task.command(), folder: task.folder.clone() };
    workspace.overlay = Overlay::Question(Question::Terminal(question));
    terminals.asked = Some(task);
}

/// The question whether tasks may be run was answered.
pub fn replied(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    reply: Reply,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(task) = terminals.asked.take().filter(|_| reply == Reply::Yes) else { return };
    workspace.session.runs_tasks.push(task.folder.clone());
    workspace.remember(out);
    run(terminals, workspace, task, now, out);
}

/// Runs a task in its terminal: the one that it had, once it has ended there, else a new one.
fn run(
    terminals: &mut Terminals,
    workspace: &mut Workspace,
    task: ProjectTask,
    now: u64,
    out: &mut Vec<Effect>,
) {
    terminals.last_task = Some(task.clone());
    out.push(Effect::then(Event::TaskBegan(task.name.clone())));
    let content = TerminalContent::Task(Box::new(task));
    let known = terminals
        .tabs
        .iter()
        .position(|tab| tab.content == content && matches!(tab.state, TerminalState::Ended(_)));
    match known {
        Some(at) => {
            terminals.front = at;
            come_up(terminals, workspace);
            let id = terminals.tabs[at].id;
            restart(terminals, id, out);
        }
        None => begin(terminals, workspace, content, now, out),
    }
}

/// Interrupts the task that was begun last and still runs, as Ctrl+C would.
pub fn stop(terminals: &mut Terminals, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let is_running = |tab: &&super::TerminalTab| {
        matches!(tab.content, TerminalContent::Task(_)) && tab.state == TerminalState::Running
    };
    let shown = terminals.shown().filter(is_running);
    match shown.or_else(|| terminals.tabs.iter().rev().find(is_running)) {
        Some(tab) => out.push(Effect::Terminal(TerminalEffect::Input(tab.id, b"\x03".to_vec()))),
        None => workspace.toast(ToastKind::Info, "No task is running.".into(), now),
    }
}

/// Allows or forbids running tasks in the open folder.
pub fn allow(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(folder) = permissions::folder(workspace).map(Path::to_owned) else {
        let words = "Open a folder first: this is allowed for a folder and the files in it.";
        return workspace.toast(ToastKind::Error, words.into(), now);
    };
    let words = folder.display();
    let text = if permissions::may_run_tasks(workspace, &folder) {
        workspace.session.runs_tasks.retain(|known| *known != folder);
        format!("Tasks of {words} are no longer run without asking.")
    } else {
        workspace.session.runs_tasks.push(folder.clone());
        format!("Tasks of {words} may be run: with your rights, without network.")
    };
    workspace.toast(ToastKind::Info, text, now);
    workspace.remember(out);
}
