//! A changed file with both of its texts: what is staged beside the last commit, or what is on disk beside what is staged.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gix::ObjectId;

use crate::content::{MAX_BYTES, as_kept, bytes_of};
use crate::lines::{self, LineChange};
use crate::status::{ChangedFile, FileState};
use crate::{Against, GitError, KeptFile, Repository};

/// Which of the two differences of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// Between the last commit and what is staged.
    Staged,
    /// Between what is staged and the file.
    Unstaged,
}

/// Both texts of a file. `None`: the file is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDiff {
    /// From the repository's folder on.
    pub path: PathBuf,
    /// Which difference.
    pub part: Part,
    /// Before.
    pub old: Option<Vec<u8>>,
    /// After.
    pub new: Option<Vec<u8>>,
    /// What differs; empty when one of the two is no text.
    pub changes: Vec<LineChange>,
    /// One of the two is no text.
    pub is_binary: bool,
    staged: Option<ObjectId>,
}

/// Lines that came in and went, of one difference of a file; `None` where there are no lines.
pub type LineCounts = Option<(usize, usize)>;

impl Repository {
    /// Both texts of a changed file.
    ///
    /// # Errors
    /// One of them cannot be read, is no file, or is kept by way of a program.
    pub fn diff(&self, file: &ChangedFile, part: Part) -> Result<FileDiff, GitError> {
        let path = file.path.as_path();
        if file.unstaged == Some(FileState::Conflicted) {
            return Err(GitError::Conflicted(path.to_owned()));
        }
        let text = |kept: KeptFile| match kept {
            KeptFile::Blob(text, id) => Ok((Some(text), Some(id))),
            KeptFile::Nothing => Ok((None, None)),
            KeptFile::Conflict => Err(GitError::Conflicted(path.to_owned())),
            KeptFile::NoText => Err(GitError::NoFile(path.to_owned())),
        };
        let (index, staged) = text(self.kept(path, Against::Index)?)?;
        let (old, new) = match part {
            Part::Staged => {
                let before = file.from.as_deref().unwrap_or(path);
                (text(self.kept(before, Against::Head)?)?.0, index)
            }
            Part::Unstaged => (index, self.text_on_disk(path)?),
        };
        let empty = Vec::new();
        let (before, after) = (old.as_ref().unwrap_or(&empty), new.as_ref().unwrap_or(&empty));
        let is_binary = lines::is_binary(before) || lines::is_binary(after);
        let changes = if is_binary { Vec::new() } else { lines::changes(before, after) };
        Ok(FileDiff { path: path.to_owned(), part, old, new, changes, is_binary, staged })
    }

    /// Stages some of what is not, or takes some of what is staged back.
    ///
    /// # Errors
    /// The index has something else by now, or cannot be changed.
    pub fn move_lines(&self, diff: &FileDiff, chosen: &[LineChange]) -> Result<(), GitError> {
        let empty = Vec::new();
        let (old, new) = (diff.old.as_ref().unwrap_or(&empty), diff.new.as_ref().unwrap_or(&empty));
        let all = chosen.len() == diff.changes.len();
        match diff.part {
            Part::Unstaged if all && diff.new.is_none() => self.stage(&diff.path),
            Part::Staged if all && (diff.old.is_none() || diff.new.is_none()) => self.unstage(&[&diff.path]),
            Part::Unstaged => self.stage_text(&diff.path, diff.staged, &lines::apply(old, new, chosen)),
            Part::Staged => {
                let rest: Vec<LineChange> =
                    diff.changes.iter().filter(|change| !chosen.contains(change)).cloned().collect();
                self.stage_text(&diff.path, diff.staged, &lines::apply(old, new, &rest))
            }
        }
    }

    /// How many lines came in and went, for each difference of some files. Ends early when it is stopped.
    pub fn count(&self, files: &[ChangedFile], stop: &AtomicBool) -> Vec<(PathBuf, Part, LineCounts)> {
        let parts = files.iter().flat_map(|file| {
            let staged = file.staged.map(|_| (file, Part::Staged));
            staged.into_iter().chain(file.unstaged.map(|_| (file, Part::Unstaged)))
        });
        parts
            .take_while(|_| !stop.load(Relaxed))
            .map(|(file, part)| {
                let diff = self.diff(file, part).ok().filter(|diff| !diff.is_binary);
                (file.path.clone(), part, diff.map(|diff| lines::counts(&diff.changes)))
            })
            .collect()
    }

    /// What git would keep of a file as it is on disk; `None`: it is gone.
    fn text_on_disk(&self, path: &Path) -> Result<Option<Vec<u8>>, GitError> {
        let full = self.root.join(path);
        let metadata = match full.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(GitError::io(&full)(error)),
        };
        if metadata.is_symlink() {
            let to = std::fs::read_link(&full).map_err(GitError::io(&full))?;
            return Ok(Some(bytes_of(&to)?.into()));
        }
        if !metadata.is_file() {
            return Err(GitError::NoFile(path.to_owned()));
        }
        if metadata.len() > MAX_BYTES {
            return Err(GitError::TooLong(path.to_owned()));
        }
        let content = std::fs::read(&full).map_err(GitError::io(&full))?;
        as_kept(&self.local(), path, &content).map(Some)
    }
}
