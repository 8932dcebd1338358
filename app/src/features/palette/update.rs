//! The files of the folder, for those who name them, and what keys of other editors are told.

use std::path::{Path, PathBuf};

use ground::habits;

use crate::workspace::{ToastKind, Workspace};

/// The files of a folder were found.
pub fn scanned(workspace: &mut Workspace, root: &Path, files: Vec<PathBuf>) {
    if workspace.tree.as_ref().is_none_or(|tree| tree.root != root) {
        return;
    }
    workspace.files = Some(files);
}

/// A key that means something in other editors and nothing here: it is told once what comes nearest.
pub fn habit(workspace: &mut Workspace, habit: usize, now: u64) {
    if let Some(known) = habits::all().get(habit)
        && workspace.habits.insert(habit)
    {
        workspace.toast(ToastKind::Info, known.words(), now);
    }
}
