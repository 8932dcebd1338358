//! What checkers say of the open files: asked when a file is opened and saved, where the user allowed it.

use std::path::Path;

use assist::checkers::CheckerRuns;
use assist::problems::{self, Problem};
use editor_core::Revision;
use ground::command::Command;
use ground::ids::TabId;
use tasks::{TaskProblem, TaskSeverity};

use super::{ProblemsEvent, TaskProblems};
use crate::event::Effect;
use crate::workspace::picker::{Choice, Item, ListWords, Picker, PickerKind};
use crate::workspace::{Overlay, Tab, ToastKind, Workspace, edit, open, permissions};

/// Most problems of a task that are kept.
const MAX_OF_TASK: usize = 1000;

static WORDS: ListWords = ListWords {
    command: Command::ListProblems,
    hint: "Type part of a file's name or of what is said",
    empty: "No problem has these words.",
};

/// Asks the checker of a file's language about it, as it is on disk. Rust's takes too long for every save.
pub fn ask(workspace: &Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    let document = &tab.document;
    if !permissions::may_check(workspace) || document.path().is_none() || document.is_modified() {
        return;
    }
    let checkers = permissions::checkers(workspace);
    let fast = checkers.of(document.language()).filter(|checker| checker.runs == CheckerRuns::Alone);
    out.extend(fast.map(|checker| Effect::Diagnose {
        tab: id,
        revision: document.revision(),
        text: document.rope().clone(),
        file: document.path().map(Path::to_owned),
        checker: Box::new(checker.clone().asked_in(permissions::checks(workspace))),
    }));
}

/// The permission was given or taken back.
pub fn allowed(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let all: Vec<TabId> = workspace.tabs.iter().map(|tab| tab.id).collect();
    workspace.tabs.iter_mut().for_each(|tab| tab.problems.clear());
    all.into_iter().for_each(|id| ask(workspace, id, out));
}

/// A checker has answered. What is said of a text that was edited meanwhile is old.
pub fn found(
    of_task: &TaskProblems,
    workspace: &mut Workspace,
    id: TabId,
    revision: Revision,
    found: Vec<Problem>,
) {
    let is_allowed = permissions::may_check(workspace);
    if let Some(tab) = workspace.find_tab(id).filter(|tab| is_allowed && tab.document.revision() == revision)
    {
        // What a task said stays until it runs again.
        tab.problems.retain(|problem| problem.by == of_task.task);
        tab.problems.extend(found);
    }
}

/// A task begins: what it said before counts no more.
pub fn task_began(of_task: &mut TaskProblems, workspace: &mut Workspace, task: String) {
    for tab in &mut workspace.tabs {
        tab.problems.retain(|problem| problem.by != of_task.task && problem.by != task);
    }
    *of_task = TaskProblems { task, found: Vec::new() };
}

/// A task said something of a file, or a row of the list of that was chosen.
pub fn on(
    of_task: &mut TaskProblems,
    workspace: &mut Workspace,
    event: ProblemsEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        ProblemsEvent::Found(problem) => {
            if of_task.found.len() >= MAX_OF_TASK || of_task.found.contains(&problem) {
                return;
            }
            let is_of = |tab: &&mut Tab| tab.document.path().is_some_and(|path| is_same(path, &problem.path));
            if let Some(tab) = workspace.tabs.iter_mut().find(is_of) {
                mark_one(tab, &problem, &of_task.task);
            }
            of_task.found.push(*problem);
        }
        ProblemsEvent::GoTo(index) => match of_task.found.get(index) {
            Some(problem) => {
                let caret = Some((problem.line - 1, problem.column - 1));
                open::open_at(workspace, tidied(&problem.path), caret, out);
            }
            None => {
                workspace.toast(ToastKind::Info, "The task runs again: this problem is gone.".into(), now);
            }
        },
    }
}

/// Marks what the last task said of a file that was opened.
pub fn mark(of_task: &TaskProblems, workspace: &mut Workspace, id: TabId) {
    let Some(tab) = workspace.find_tab(id).filter(|tab| !tab.document.is_modified()) else { return };
    let Some(path) = tab.document.path().map(Path::to_owned) else { return };
    tab.problems.retain(|problem| problem.by != of_task.task);
    for problem in of_task.found.iter().filter(|problem| is_same(&path, &problem.path)) {
        mark_one(tab, problem, &of_task.task);
    }
}

fn mark_one(tab: &mut Tab, problem: &TaskProblem, task: &str) {
    let found = problems::at_line(tab.document.rope(), problem.line, &problem.message, task);
    tab.problems.extend(found);
}

/// A path without the `.` that tools put into it.
fn tidied(path: &Path) -> std::path::PathBuf {
    path.components().collect()
}

fn is_same(path: &Path, other: &Path) -> bool {
    path.components().eq(other.components())
}

/// Lists what the last task said.
pub fn list(of_task: &TaskProblems, workspace: &mut Workspace, now: u64) {
    if of_task.found.is_empty() {
        let words = if of_task.task.is_empty() {
            "No task has run yet. Choose \"Run task\" in the command palette.".to_owned()
        } else {
            format!("{} said nothing of any file.", of_task.task)
        };
        return workspace.toast(ToastKind::Info, words, now);
    }
    let root = permissions::project(workspace);
    let item = |(index, problem): (usize, &TaskProblem)| {
        let path = tidied(&problem.path);
        let shown = root.as_ref().and_then(|root| path.strip_prefix(root).ok()).unwrap_or(&path);
        let warning = if problem.severity == TaskSeverity::Warning { "warning: " } else { "" };
        Item {
            text: format!("{warning}{}", problem.message),
            detail: String::new(),
            right: format!("{}:{}", shown.display(), problem.line),
            choice: Choice::Problem(index),
        }
    };
    let items = of_task.found.iter().enumerate().map(item).collect();
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Own(&WORDS), items));
}

/// Goes to the next problem of the text in front, from the start again behind the last one.
pub fn next(workspace: &mut Workspace) {
    let Some(tab) = workspace.tab() else { return };
    let head = tab.document.selection().primary().head;
    let mut starts: Vec<usize> = tab.problems.iter().map(|problem| problem.range.start).collect();
    starts.sort_unstable();
    if let Some(next) = starts.iter().find(|start| **start > head).or(starts.first()).copied() {
        edit::go_to(workspace, next);
    }
}
