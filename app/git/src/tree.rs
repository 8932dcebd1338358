//! How two trees differ, file by file, with names that lead nowhere else.

use std::collections::BTreeMap;

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::Mode;
use gix::objs::tree::{EntryKind, EntryMode};

use crate::GitError;
use crate::content::path_of;

/// A file as a tree or the index has it.
pub(crate) type Entry = (Mode, ObjectId);

/// Most files that may differ: trees can be made that unfold into more than any disk holds.
const MAX_CHANGES: usize = 1_000_000;
/// Longest path, in bytes.
const MAX_PATH: usize = 4096;

/// A file that two trees have otherwise. `None`: it is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TreeChange {
    /// From the repository's folder on.
    pub path: BString,
    /// Before.
    pub old: Option<Entry>,
    /// After.
    pub new: Option<Entry>,
}

/// The files that differ between two trees, in the order of their paths within each folder.
pub(crate) fn differences(
    repository: &gix::Repository,
    old: ObjectId,
    new: ObjectId,
) -> Result<Vec<TreeChange>, GitError> {
    let mut found = Vec::new();
    if old != new {
        folder(repository, (Some(old), Some(new)), &BString::default(), &mut found)?;
    }
    Ok(found)
}

/// All files of a tree.
pub(crate) fn files_of(repository: &gix::Repository, tree: ObjectId) -> Result<Vec<TreeChange>, GitError> {
    let mut found = Vec::new();
    folder(repository, (None, Some(tree)), &BString::default(), &mut found)?;
    Ok(found)
}

type Names = BTreeMap<BString, (EntryMode, ObjectId)>;

fn folder(
    repository: &gix::Repository,
    (old, new): (Option<ObjectId>, Option<ObjectId>),
    above: &BString,
    found: &mut Vec<TreeChange>,
) -> Result<(), GitError> {
    let (before, after) = (names(repository, old)?, names(repository, new)?);
    let mut all: Vec<&BString> = before.keys().chain(after.keys()).collect();
    all.sort_unstable();
    all.dedup();
    for name in all {
        let (old, new) = (before.get(name).copied(), after.get(name).copied());
        if old == new {
            continue;
        }
        let path = joined(above, name)?;
        let tree =
            |entry: Option<(EntryMode, ObjectId)>| entry.filter(|(mode, _)| mode.is_tree()).map(|(_, id)| id);
        let file = |entry: Option<(EntryMode, ObjectId)>| {
            entry.filter(|(mode, _)| !mode.is_tree()).map(|(mode, id)| (mode_of_kind(mode.kind()), id))
        };
        if tree(old).or(tree(new)).is_some() {
            folder(repository, (tree(old), tree(new)), &path, found)?;
        }
        let (old, new) = (file(old), file(new));
        if old != new {
            if found.len() >= MAX_CHANGES {
                let why = format!("more than {MAX_CHANGES} files differ");
                return Err(GitError::Broken { what: "Comparing commits", why });
            }
            found.push(TreeChange { path, old, new });
        }
    }
    Ok(())
}

fn joined(above: &BString, name: &BString) -> Result<BString, GitError> {
    let mut path = above.clone();
    if !path.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    if path.len() > MAX_PATH {
        let why = format!("a path is longer than {MAX_PATH} bytes");
        return Err(GitError::Broken { what: "Comparing commits", why });
    }
    Ok(path)
}

fn names(repository: &gix::Repository, tree: Option<ObjectId>) -> Result<Names, GitError> {
    const WHAT: &str = "Reading a folder of a commit";
    let Some(tree) = tree else { return Ok(Names::new()) };
    let tree = repository.find_tree(tree).map_err(GitError::of(WHAT))?;
    let mut names = Names::new();
    for entry in tree.iter() {
        let entry = entry.map_err(GitError::of(WHAT))?;
        names.insert(entry.filename().to_owned(), (entry.mode(), entry.object_id()));
    }
    Ok(names)
}

/// The mode that the index has for a kind.
pub(crate) fn mode_of_kind(kind: EntryKind) -> Mode {
    match kind {
        EntryKind::Tree => Mode::DIR,
        EntryKind::Blob => Mode::FILE,
        EntryKind::BlobExecutable => Mode::FILE_EXECUTABLE,
        EntryKind::Link => Mode::SYMLINK,
        EntryKind::Commit => Mode::COMMIT,
    }
}

/// Refuses names that lead out of the repository's folder or into what git keeps, on any file system.
pub(crate) fn check_name(path: &BStr, mode: Mode) -> Result<(), GitError> {
    let options = gix::validate::path::component::Options {
        protect_windows: cfg!(windows),
        protect_hfs: true,
        protect_ntfs: true,
    };
    let last = path.rfind_byte(b'/').map_or(0, |at| at + 1);
    let mut at = 0;
    for name in path.split(|byte| *byte == b'/') {
        let link =
            (at == last && mode == Mode::SYMLINK).then_some(gix::validate::path::component::Mode::Symlink);
        gix::validate::path::component(name.as_bstr(), link, options)
            .map_err(|_| GitError::BadName(path_of(path)))?;
        at += name.len() + 1;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        let check = |path: &str, mode| check_name(path.into(), mode).is_ok();
        for path in ["a", "a/b.rs", "src/git/x", "a b/ä", ".gitignore", ".github/x"] {
            assert!(check(path, Mode::FILE), "{path}");
        }
        for path in
            ["..", "../x", "a/../b", "/etc/x", "a//b", ".git/config", "a/.GIT/hooks/x", "git~1/x", "", "a/"]
        {
            assert!(!check(path, Mode::FILE), "{path}");
        }
        assert!(check(".gitmodules", Mode::FILE) && !check(".gitmodules", Mode::SYMLINK));
    }
}
