//! The commits that changed a file, and what each changed in it.

use std::collections::{BinaryHeap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gix::ObjectId;
use gix::bstr::{BString, ByteSlice as _};

use crate::content::{bytes_of, path_of, read};
use crate::lines::{self, LineChange};
use crate::{GitError, KeptFile, Repository};

/// Most commits that are listed of a file.
pub const MAX_COMMITS: usize = 1_000;

/// A commit that changed a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileCommit {
    /// Its whole name.
    pub id: ObjectId,
    /// Who wrote it.
    pub author: String,
    /// When it was written, in seconds since 1970.
    pub time: i64,
    /// The first line of its message.
    pub subject: String,
    /// What the file was called in it.
    pub path: PathBuf,
    /// What it was called before; `None`: it is new in it.
    pub from: Option<PathBuf>,
}

/// The commits that changed a file, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileHistory {
    /// The commits.
    pub commits: Vec<FileCommit>,
    /// There are more than are listed.
    pub is_cut: bool,
}

/// What a commit changed in a file. `None`: the file is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitDiff {
    /// Before.
    pub old: Option<Vec<u8>>,
    /// After.
    pub new: Option<Vec<u8>>,
    /// What differs; empty when one of the two is no text.
    pub changes: Vec<LineChange>,
    /// One of the two is no text.
    pub is_binary: bool,
}

/// A commit that is to be looked at, for a file by this name. The latest comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Waiting {
    time: i64,
    /// Those that were found first come first at the same time.
    order: std::cmp::Reverse<usize>,
    id: ObjectId,
    path: BString,
}

impl Repository {
    /// The commits that changed a file, from the last one on, past renames; as `git log` simplifies it, a merge that took a file as it
    /// was on one side is no change of it. `stop` ends it.
    ///
    /// # Errors
    /// The history cannot be read, or it was stopped.
    pub fn history(&self, path: &Path, most: usize, stop: &AtomicBool) -> Result<FileHistory, GitError> {
        let repository = self.local();
        let head = repository.head_id().map_err(|_| GitError::NoCommitYet)?;
        let mut walk = Walk { repository: &repository, waiting: BinaryHeap::new(), seen: HashSet::new() };
        walk.push(head.detach(), bytes_of(path)?)?;
        let mut found = FileHistory::default();
        while let Some(next) = walk.waiting.pop() {
            if stop.load(Relaxed) {
                return Err(GitError::Stopped);
            }
            if let Some(commit) = walk.look(&next)? {
                if found.commits.len() >= most {
                    found.is_cut = true;
                    break;
                }
                found.commits.push(commit);
            }
        }
        Ok(found)
    }

    /// What a commit changed in a file, against the first commit before it.
    ///
    /// # Errors
    /// One of the texts cannot be read or is too long.
    pub fn commit_diff(&self, commit: &FileCommit) -> Result<CommitDiff, GitError> {
        const WHAT: &str = "Reading the commit";
        let repository = self.local();
        let object = repository.find_commit(commit.id).map_err(GitError::of(WHAT))?;
        let parent = object.parent_ids().next().map(gix::Id::detach);
        let text = |commit: ObjectId, path: &Path| match entry(&repository, commit, bytes_of(path)?.as_ref())?
        {
            None => Ok(None),
            Some(id) => match read(&repository, path, id) {
                Ok(KeptFile::Blob(text, _)) => Ok(Some(text)),
                Ok(_) => Ok(None),
                Err(error) => Err(error),
            },
        };
        let before = parent.zip(commit.from.as_deref());
        let old = before.map(|(parent, path)| text(parent, path)).transpose()?.flatten();
        let new = text(commit.id, &commit.path)?;
        let empty = Vec::new();
        let (before, after) = (old.as_ref().unwrap_or(&empty), new.as_ref().unwrap_or(&empty));
        let is_binary = lines::is_binary(before) || lines::is_binary(after);
        let changes = if is_binary { Vec::new() } else { lines::changes(before, after) };
        Ok(CommitDiff { old, new, changes, is_binary })
    }
}

struct Walk<'r> {
    repository: &'r gix::Repository,
    waiting: BinaryHeap<Waiting>,
    seen: HashSet<(ObjectId, BString)>,
}

const WHAT: &str = "Reading the history";

impl Walk<'_> {
    fn push(&mut self, id: ObjectId, path: BString) -> Result<(), GitError> {
        if !self.seen.insert((id, path.clone())) {
            return Ok(());
        }
        // At the end of a shallow clone there is no more.
        let Ok(commit) = self.repository.find_commit(id) else { return Ok(()) };
        let time = commit.time().map_err(GitError::of(WHAT))?.seconds;
        self.waiting.push(Waiting { time, order: std::cmp::Reverse(self.seen.len()), id, path });
        Ok(())
    }

    /// Goes past a commit; what is told of it, if it changed the file.
    fn look(&mut self, next: &Waiting) -> Result<Option<FileCommit>, GitError> {
        let commit = self.repository.find_commit(next.id).map_err(GitError::of(WHAT))?;
        let own = entry(self.repository, next.id, next.path.as_ref())?;
        let parents: Vec<ObjectId> = commit.parent_ids().map(gix::Id::detach).collect();
        // A parent that is not here, at the end of a shallow clone, is none.
        let parents: Vec<ObjectId> =
            parents.into_iter().filter(|parent| self.repository.has_object(parent)).collect();
        let mut from = None;
        for parent in &parents {
            let before = entry(self.repository, *parent, next.path.as_ref())?;
            if before == own {
                self.push(*parent, next.path.clone())?;
                return Ok(None);
            }
            from = from.or(before.map(|_| next.path.clone()));
        }
        if own.is_none() && from.is_none() {
            return Ok(None);
        }
        if let ([parent], None) = (parents.as_slice(), &from) {
            from = self.renamed_from(*parent, next)?;
        }
        for parent in parents {
            self.push(parent, from.clone().unwrap_or_else(|| next.path.clone()))?;
        }
        let author = commit.author().map_err(GitError::of(WHAT))?;
        let subject = commit.message_raw_sloppy().lines().next().unwrap_or_default();
        Ok(Some(FileCommit {
            id: next.id,
            author: author.name.to_str_lossy().into_owned(),
            time: author.seconds(),
            subject: subject.to_str_lossy().into_owned(),
            path: path_of(next.path.as_ref()),
            from: from.map(|path| path_of(path.as_ref())),
        }))
    }

    /// The name that a file had in the commit before, when it got another one.
    fn renamed_from(&self, parent: ObjectId, next: &Waiting) -> Result<Option<BString>, GitError> {
        let tree = |id: ObjectId| {
            let commit = self.repository.find_commit(id).map_err(GitError::of(WHAT))?;
            commit.tree().map_err(GitError::of(WHAT))
        };
        let (old, new) = (tree(parent)?, tree(next.id)?);
        let mut options = gix::diff::Options::default();
        options.track_rewrites(Some(gix::diff::Rewrites::default()));
        let changes = self
            .repository
            .diff_tree_to_tree(Some(&old), Some(&new), Some(options))
            .map_err(GitError::of(WHAT))?;
        Ok(changes.into_iter().find_map(|change| match change {
            gix::diff::tree_with_rewrites::Change::Rewrite {
                source_location, location, copy: false, ..
            } if location == next.path => Some(source_location),
            _ => None,
        }))
    }
}

/// The blob of a file in a commit.
fn entry(
    repository: &gix::Repository,
    commit: ObjectId,
    path: &gix::bstr::BStr,
) -> Result<Option<ObjectId>, GitError> {
    let commit = repository.find_commit(commit).map_err(GitError::of(WHAT))?;
    let tree = commit.tree().map_err(GitError::of(WHAT))?;
    let found = tree.lookup_entry_by_path(path_of(path)).map_err(GitError::of(WHAT))?;
    Ok(found
        .filter(|entry| !entry.mode().is_tree() && !entry.mode().is_commit())
        .map(|entry| entry.object_id()))
}
