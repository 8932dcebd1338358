//! What the page of a file's commits shows.

use std::path::PathBuf;

use git::history::{CommitDiff, FileCommit};

/// The commits of a file.
#[derive(Default)]
pub struct ShownHistory {
    /// The file.
    pub path: PathBuf,
    /// Its commits, each with how long ago it was made, or a sentence; `None`: they are being read.
    pub commits: Option<Result<Vec<(FileCommit, String)>, String>>,
    /// There are more.
    pub is_cut: bool,
    /// The chosen one.
    pub chosen: usize,
    /// What it changed, or a sentence; `None`: it is being read.
    pub diff: Option<Result<Box<CommitDiff>, String>>,
}

impl ShownHistory {
    /// The commit that is chosen.
    pub fn chosen_commit(&self) -> Option<&FileCommit> {
        self.commits.as_ref()?.as_ref().ok()?.get(self.chosen).map(|(commit, _)| commit)
    }
}
