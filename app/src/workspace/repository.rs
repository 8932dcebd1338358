//! What git says of the open folder, as far as all views colour by it: the branch, and what became of each file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use git::status::{FileState, RepositoryHead, Status};

/// The repository around the open folder.
#[derive(Clone, Debug)]
pub struct RepositoryView {
    /// The folder of its files.
    pub root: PathBuf,
    /// Where the next commit goes.
    pub head: RepositoryHead,
    /// What else is under way: `A merge`.
    pub under_way: Option<&'static str>,
    /// Files that differ in any way.
    pub differing: usize,
    /// Files with something staged.
    pub staged: usize,
    files: BTreeMap<PathBuf, FileState>,
    /// Folders in which something differs.
    folders: BTreeSet<PathBuf>,
}

impl RepositoryView {
    /// What a status says, for files below `root`.
    pub fn new(root: PathBuf, status: &Status) -> RepositoryView {
        let mut view = RepositoryView {
            head: status.head.clone(),
            under_way: status.under_way,
            differing: status.files.len(),
            staged: status.staged().count(),
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            root,
        };
        for file in &status.files {
            let path = view.root.join(&file.path);
            let parents = path.ancestors().skip(1).take_while(|folder| *folder != view.root);
            for folder in parents {
                if !view.folders.insert(folder.to_owned()) {
                    break;
                }
            }
            view.files.insert(path, file.state());
        }
        view
    }

    /// What became of a file, or of a folder that is new as a whole.
    pub fn state_of(&self, path: &Path) -> Option<FileState> {
        let own = || self.files.get(path).copied();
        let within = || {
            let above = path.ancestors().skip(1).take_while(|folder| folder.starts_with(&self.root));
            above
                .filter_map(|folder| self.files.get(folder).copied())
                .find(|state| *state == FileState::Untracked)
        };
        own().or_else(within)
    }

    /// The files that differ and are there; a folder that is new as a whole is one.
    pub fn differing_paths(&self) -> impl Iterator<Item = &Path> {
        let is_there = |(_, state): &(&PathBuf, &FileState)| **state != FileState::Deleted;
        self.files.iter().filter(is_there).map(|(path, _)| path.as_path())
    }

    /// Does a file differ, or is it new?
    pub fn is_new_or_other(&self, path: &Path) -> bool {
        self.state_of(path).is_some()
    }

    /// Does something in this folder differ?
    pub fn differs_in(&self, folder: &Path) -> bool {
        self.folders.contains(folder)
    }
}

#[cfg(test)]
mod tests {
    use git::status::ChangedFile;

    use super::*;

    #[test]
    fn files_and_the_folders_above_them_are_known() {
        let file = |path: &str, unstaged| ChangedFile {
            path: path.into(),
            unstaged: Some(unstaged),
            ..Default::default()
        };
        let status = Status {
            head: RepositoryHead::Branch("main".into()),
            files: vec![file("a/b/c.rs", FileState::Modified), file("new", FileState::Untracked)],
            is_cut: false,
            under_way: None,
        };
        let view = RepositoryView::new("/r".into(), &status);
        assert_eq!(view.state_of(Path::new("/r/a/b/c.rs")), Some(FileState::Modified));
        assert_eq!(view.state_of(Path::new("/r/a/b/d.rs")), None);
        assert_eq!(view.state_of(Path::new("/r/new/deep/file")), Some(FileState::Untracked));
        assert!(view.differs_in(Path::new("/r/a")) && view.differs_in(Path::new("/r/a/b")));
        assert!(!view.differs_in(Path::new("/r")) && !view.differs_in(Path::new("/r/x")));
        let paths: Vec<&Path> = view.differing_paths().collect();
        assert_eq!(paths, [Path::new("/r/a/b/c.rs"), Path::new("/r/new")]);
        assert!(view.is_new_or_other(Path::new("/r/new/file")) && !view.is_new_or_other(Path::new("/r/b")));
    }
}
