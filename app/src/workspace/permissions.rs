//! What the user allowed for a folder: to run examples, to ask checkers.

use std::path::PathBuf;

use assist::checkers::Checkers;

use super::Workspace;

/// The folder a permission belongs to: the open one, else that of the file in front.
pub fn project(workspace: &Workspace) -> Option<PathBuf> {
    let root = workspace.tree.as_ref().map(|tree| tree.root.clone());
    root.or_else(|| Some(workspace.tab()?.document.path()?.parent()?.to_owned()))
}

/// Has the user allowed it for this folder?
pub fn may_run_examples(workspace: &Workspace) -> bool {
    project(workspace).is_some_and(|folder| workspace.session.trusted.contains(&folder))
}

/// The checkers that are known, with the user's own.
pub fn checkers(workspace: &Workspace) -> Checkers {
    Checkers::default().with(&workspace.settings.checks.commands)
}

/// May fast checkers be run in this folder?
pub fn may_check(workspace: &Workspace) -> bool {
    let allowed = || project(workspace).is_some_and(|folder| workspace.session.checked.contains(&folder));
    workspace.settings.checks.enabled || allowed()
}
