//! The changes of a repository as the model is shown them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use assist::remarks::ReviewedFile;
use git::{DiffPart, FileDiff, GitError};

use super::repository::open;
use crate::features::remarks::ChangedText;

/// Most files that are reviewed at once.
const MAX_FILES: usize = 20;

/// What is staged, or else what is not: the files whose new lines can be shown, and how many others differ.
pub fn read(folder: &Path) -> Result<(Vec<ChangedText>, usize), GitError> {
    let repository = open(folder)?;
    let status = repository.status(&Arc::new(AtomicBool::new(false)))?;
    let is_staged = status.staged().next().is_some();
    let part = if is_staged { DiffPart::Staged } else { DiffPart::Unstaged };
    let files: Vec<_> = if is_staged { status.staged().collect() } else { status.unstaged().collect() };
    let all = files.len();
    let shown = |diff: FileDiff| {
        let text = text(&repository.root().join(&diff.path), &diff)?;
        (!text.file.is_empty()).then_some(text)
    };
    let found: Vec<ChangedText> = files
        .into_iter()
        .filter_map(|file| repository.diff(file, part).ok())
        .filter_map(shown)
        .take(MAX_FILES)
        .collect();
    let unread = all - found.len();
    Ok((found, unread))
}

fn text(path: &Path, diff: &FileDiff) -> Option<ChangedText> {
    if diff.is_binary {
        return None;
    }
    let text =
        |bytes: &Option<Vec<u8>>| String::from_utf8_lossy(bytes.as_deref().unwrap_or_default()).into_owned();
    let changes: Vec<_> =
        diff.changes.iter().map(|change| (change.old.clone(), change.new.clone())).collect();
    let name = diff.path.to_string_lossy();
    let file = ReviewedFile::new(&name, &text(&diff.old), &text(&diff.new), &changes);
    Some(ChangedText { path: path.to_owned(), file })
}
