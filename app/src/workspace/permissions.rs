//! What the user allowed for a folder: to run examples, to ask checkers.

use std::path::{Path, PathBuf};

use assist::checkers::Checkers;
use assist::permission::Permission;

use super::Workspace;

/// The open folder, else that of the file in front.
pub fn project(workspace: &Workspace) -> Option<PathBuf> {
    let root = workspace.tree.as_ref().map(|tree| tree.root.clone());
    root.or_else(|| Some(workspace.tab()?.document.path()?.parent()?.to_owned()))
}

/// The folder that a permission is for: the open one. A file without an open folder is for itself, and what lies beside it is anybody's.
pub fn folder(workspace: &Workspace) -> Option<&Path> {
    workspace.tree.as_ref().map(|tree| tree.root.as_path())
}

/// Where examples may be run. Whether a file is really there is seen when they are.
pub fn examples(workspace: &Workspace) -> Permission {
    granted(folder(workspace), &workspace.session.trusted)
}

/// Where checkers may be asked.
pub fn checks(workspace: &Workspace) -> Permission {
    let everywhere = workspace.settings.checks.enabled.then_some(Permission::Everywhere);
    everywhere.unwrap_or_else(|| granted(folder(workspace), &workspace.session.checked))
}

fn granted(folder: Option<&Path>, folders: &[PathBuf]) -> Permission {
    let known = folder.filter(|folder| folders.iter().any(|known| known == folder));
    known.map_or(Permission::Nowhere, |folder| Permission::Within(folder.to_owned()))
}

/// Has the user allowed it for this folder?
pub fn may_run_examples(workspace: &Workspace) -> bool {
    examples(workspace) != Permission::Nowhere
}

/// May tasks be run in this folder? They are not confined: whoever allows it trusts what the folder says.
pub fn may_run_tasks(workspace: &Workspace, folder: &Path) -> bool {
    workspace.session.runs_tasks.iter().any(|known| known == folder)
}

/// The checkers that are known, with the user's own.
pub fn checkers(workspace: &Workspace) -> Checkers {
    Checkers::default().with(&workspace.settings.checks.commands)
}

/// May fast checkers be run in this folder?
pub fn may_check(workspace: &Workspace) -> bool {
    checks(workspace) != Permission::Nowhere
}
