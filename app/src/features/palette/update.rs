//! The files of the folder, for those who name them.

use std::path::{Path, PathBuf};

use crate::workspace::Workspace;

/// The files of a folder were found.
pub fn scanned(workspace: &mut Workspace, root: &Path, files: Vec<PathBuf>) {
    if workspace.tree.as_ref().is_none_or(|tree| tree.root != root) {
        return;
    }
    workspace.files = Some(files);
}
