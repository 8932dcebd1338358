//! The list of stashes: the log of their reference, the last line first.

use std::io::Write as _;
use std::path::PathBuf;

use gix::ObjectId;
use gix::bstr::ByteSlice as _;
use gix::refs::Target;
use gix::refs::transaction::{Change, PreviousValue, RefEdit, RefLog};

use super::StashedFile;
use crate::content::path_of;
use crate::status::FileState;
use crate::switch::tree_of;
use crate::tree::{differences, files_of};
use crate::{GitError, Repository};

/// The reference whose log the list is.
pub(super) const NAME: &str = "refs/stash";
/// Longest log that is read, in bytes.
const MAX_LOG: u64 = 16 << 20;

/// Changes that were put aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StashEntry {
    /// Its commit. The place in the list changes when others go.
    pub id: ObjectId,
    /// What it is called: `WIP on main: …`.
    pub message: String,
    /// When it was made, in seconds since 1970.
    pub time: i64,
}

impl Repository {
    /// What was put aside, the latest first: `stash@{0}`, `stash@{1}`, …
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn stashes(&self) -> Result<Vec<StashEntry>, GitError> {
        let repository = self.local();
        let found = repository.try_find_reference(NAME).map_err(GitError::of("Reading the stashes"))?;
        if found.is_none() {
            return Ok(Vec::new());
        }
        let text = log(&repository)?;
        Ok(text.lines().rev().filter_map(entry).collect())
    }

    /// The files of a stash, and what it does to each.
    ///
    /// # Errors
    /// It is no stash, or cannot be read.
    pub fn stash_files(&self, id: ObjectId) -> Result<Vec<StashedFile>, GitError> {
        let repository = self.local();
        let parents = parents(&repository, id)?;
        let (base, now) = (tree_of(&repository, parents.base)?, tree_of(&repository, id)?);
        let mut found: Vec<StashedFile> = differences(&repository, base, now)?
            .into_iter()
            .map(|change| {
                let state = match (change.old, change.new) {
                    (None, _) => FileState::Added,
                    (_, None) => FileState::Deleted,
                    _ => FileState::Modified,
                };
                (path_of(change.path.as_ref()), state)
            })
            .collect();
        if let Some(others) = parents.untracked {
            let others = files_of(&repository, tree_of(&repository, others)?)?;
            let untracked = |path: &gix::bstr::BString| (path_of(path.as_ref()), FileState::Untracked);
            found.extend(others.iter().map(|file| untracked(&file.path)));
        }
        Ok(found)
    }

    /// Takes a stash off the list. Its commit stays until git cleans up.
    ///
    /// # Errors
    /// It is no longer there, or the list is being changed.
    pub fn drop_stash(&self, id: ObjectId) -> Result<(), GitError> {
        const WHAT: &str = "Writing the list of stashes";
        let repository = self.local();
        let reference = repository.common_dir().join(NAME);
        let fail = gix::lock::acquire::Fail::Immediately;
        let lock = gix::lock::File::acquire_to_update_resource(&reference, fail, None, 0);
        let mut lock = lock.map_err(|_| GitError::Locked(reference.with_extension("lock")))?;
        let text = log(&repository)?;
        let mut lines: Vec<&[u8]> = text.lines().collect();
        let at = lines.iter().rposition(|line| entry(line).is_some_and(|entry| entry.id == id));
        lines.remove(at.ok_or(GitError::NoStash)?);
        let Some(last) = lines.last().and_then(|line| entry(line)) else {
            drop(lock);
            return forget_all(&repository, id);
        };
        write_log(&repository, &lines)?;
        writeln!(lock, "{}", last.id).map_err(GitError::io(&reference))?;
        lock.commit().map(drop).map_err(GitError::of(WHAT))
    }
}

/// The commits that a stash is made of.
pub(super) struct StashParents {
    /// The commit that it was made on.
    pub base: ObjectId,
    /// What git did not know.
    pub untracked: Option<ObjectId>,
}

pub(super) fn parents(repository: &gix::Repository, id: ObjectId) -> Result<StashParents, GitError> {
    let commit = repository.find_commit(id).map_err(|_| GitError::NoStash)?;
    let parents: Vec<ObjectId> = commit.parent_ids().map(gix::Id::detach).collect();
    match parents.as_slice() {
        [base, _] => Ok(StashParents { base: *base, untracked: None }),
        [base, _, untracked] => Ok(StashParents { base: *base, untracked: Some(*untracked) }),
        _ => Err(GitError::NoStash),
    }
}

fn log_path(repository: &gix::Repository) -> PathBuf {
    repository.common_dir().join("logs").join(NAME)
}

fn log(repository: &gix::Repository) -> Result<Vec<u8>, GitError> {
    let path = log_path(repository);
    let metadata = path.symlink_metadata().map_err(|_| GitError::NoStash)?;
    if !metadata.is_file() || metadata.len() > MAX_LOG {
        return Err(GitError::NoFile(path));
    }
    std::fs::read(&path).map_err(GitError::io(&path))
}

/// A line: names of the commits before and after, who, when, a tab, the message.
fn entry(line: &[u8]) -> Option<StashEntry> {
    let (head, message) = line.split_once_str("\t").unwrap_or((line, b""));
    let mut words = head.split(|byte| *byte == b' ');
    let id = ObjectId::from_hex(words.nth(1)?).ok()?;
    let time = words.nth_back(1)?.to_str().ok()?.parse().ok()?;
    Some(StashEntry { id, message: message.to_str_lossy().into_owned(), time })
}

/// Writes the log anew. Each line begins with the commit of the one before it.
fn write_log(repository: &gix::Repository, lines: &[&[u8]]) -> Result<(), GitError> {
    let path = log_path(repository);
    let mut text = Vec::new();
    let mut before = ObjectId::null(repository.object_hash());
    for line in lines {
        let Some(entry) = entry(line) else { continue };
        let rest = line.find_byte(b' ').map_or(*line, |at| &line[at..]);
        text.extend_from_slice(before.to_string().as_bytes());
        text.extend_from_slice(rest);
        text.push(b'\n');
        before = entry.id;
    }
    let folder = path.parent().unwrap_or(&path);
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(GitError::io(&path))?;
    file.write_all(&text).map_err(GitError::io(&path))?;
    let permissions = path.metadata().map_err(GitError::io(&path))?.permissions();
    file.as_file().set_permissions(permissions).map_err(GitError::io(&path))?;
    file.persist(&path).map(drop).map_err(|failed| GitError::io(&path)(failed.error))
}

/// The last stash goes, and the list with it.
fn forget_all(repository: &gix::Repository, id: ObjectId) -> Result<(), GitError> {
    const WHAT: &str = "Writing the list of stashes";
    let edit = RefEdit {
        change: Change::Delete {
            expected: PreviousValue::MustExistAndMatch(Target::Object(id)),
            log: RefLog::AndReference,
        },
        name: NAME.try_into().map_err(GitError::of(WHAT))?,
        deref: false,
    };
    let who = Repository::identity_or_git(repository);
    let mut time = gix::date::parse::TimeBuf::default();
    repository.edit_references_as([edit], Some(who.to_ref(&mut time))).map(drop).map_err(GitError::of(WHAT))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_the_log_are_read() {
        let id = "c7111e34cdf3a8fddd393921ac8c2a0e6de3a20b";
        let line =
            format!("{} {id} A B <a@b> 1795996468 +0000\tWIP on main: 0ccb898 one thing", "0".repeat(40));
        let found = entry(line.as_bytes()).unwrap();
        assert_eq!(found.id.to_string(), id);
        assert_eq!((found.message.as_str(), found.time), ("WIP on main: 0ccb898 one thing", 1_795_996_468));
        assert!(entry(b"nonsense").is_none());
    }
}
