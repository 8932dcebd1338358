//! What checkers say of the open files: asked when a file is opened and saved, where the user allowed it.

use std::path::Path;

use assist::problems::Problem;
use editor_core::Revision;
use ground::ids::TabId;

use crate::event::Effect;
use crate::workspace::{Workspace, edit, permissions};

/// Asks the checker of a file's language about it, as it is on disk. Rust's takes too long for every save.
pub fn ask(workspace: &Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    let document = &tab.document;
    if !permissions::may_check(workspace) || document.path().is_none() || document.is_modified() {
        return;
    }
    let checkers = permissions::checkers(workspace);
    let fast = checkers.of(document.language()).filter(|checker| !checker.project);
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
pub fn found(workspace: &mut Workspace, id: TabId, revision: Revision, found: Vec<Problem>) {
    let is_allowed = permissions::may_check(workspace);
    if let Some(tab) = workspace.find_tab(id).filter(|tab| is_allowed && tab.document.revision() == revision)
    {
        tab.problems = found;
    }
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
