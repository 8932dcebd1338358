//! The folder in the sidebar as data: which folders are open, what was listed in them, and the rows this makes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Absolute path.
    pub path: PathBuf,
    /// Name as shown.
    pub name: String,
    /// Is it a folder?
    pub folder: bool,
    /// Left out by `.gitignore`, or a folder that tools fill.
    pub ignored: bool,
}

/// What is known of a folder's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Asked for.
    Loading,
    /// Sorted: folders first, then by name.
    Ready(Vec<TreeEntry>),
    /// Could not be read; the reason.
    Failed(String),
}

/// One row of the tree.
#[derive(Clone, Copy, Debug)]
pub enum TreeRow<'a> {
    /// A file or folder.
    Entry {
        /// Which.
        entry: &'a TreeEntry,
        /// Steps of indentation.
        depth: usize,
        /// Is it an open folder?
        open: bool,
    },
    /// A word about a folder without rows: empty, loading, not readable.
    Note {
        /// The word.
        text: &'a str,
        /// Steps of indentation.
        depth: usize,
    },
}

/// The tree of one folder.
#[derive(Clone, Debug, Default)]
pub struct FileTree {
    /// The folder at the top.
    pub root: PathBuf,
    /// The row that the keyboard is on.
    pub current: Option<PathBuf>,
    open: BTreeSet<PathBuf>,
    listings: BTreeMap<PathBuf, Listing>,
}

impl FileTree {
    /// A tree of a folder nothing is known of yet.
    pub fn new(root: PathBuf) -> FileTree {
        FileTree { root, ..FileTree::default() }
    }

    /// Name of the folder at the top.
    pub fn name(&self) -> String {
        self.root
            .file_name()
            .map_or_else(|| self.root.display().to_string(), |name| name.to_string_lossy().into_owned())
    }

    /// Takes the content of a folder.
    pub fn listed(&mut self, folder: PathBuf, listing: Listing) {
        self.listings.insert(folder, listing);
    }

    /// Opens or closes a folder. True when its content has to be listed.
    #[must_use]
    pub fn toggle(&mut self, folder: &Path) -> bool {
        if self.open.remove(folder) {
            return false;
        }
        self.open.insert(folder.to_owned());
        let unknown = !matches!(self.listings.get(folder), Some(Listing::Ready(_)));
        if unknown {
            self.listings.insert(folder.to_owned(), Listing::Loading);
        }
        unknown
    }

    /// Is this folder open?
    pub fn is_open(&self, folder: &Path) -> bool {
        self.open.contains(folder)
    }

    /// The folders whose content is on the screen: they are listed again on refresh.
    pub fn shown_folders(&self) -> Vec<PathBuf> {
        std::iter::once(self.root.clone()).chain(self.open.iter().cloned()).collect()
    }

    /// All rows from the top.
    pub fn rows(&self) -> Vec<TreeRow<'_>> {
        let mut rows = Vec::new();
        self.collect(&self.root, 0, &mut rows);
        rows
    }

    fn collect<'a>(&'a self, folder: &Path, depth: usize, rows: &mut Vec<TreeRow<'a>>) {
        match self.listings.get(folder) {
            None | Some(Listing::Loading) => rows.push(TreeRow::Note { text: "Reading…", depth }),
            Some(Listing::Failed(reason)) => rows.push(TreeRow::Note { text: reason, depth }),
            Some(Listing::Ready(entries)) if entries.is_empty() => {
                rows.push(TreeRow::Note { text: "Empty", depth });
            }
            Some(Listing::Ready(entries)) => {
                for entry in entries {
                    let open = entry.folder && self.open.contains(&entry.path);
                    rows.push(TreeRow::Entry { entry, depth, open });
                    if open {
                        self.collect(&entry.path, depth + 1, rows);
                    }
                }
            }
        }
    }

    /// The entry that the keyboard is on.
    pub fn current_entry(&self) -> Option<&TreeEntry> {
        let current = self.current.as_deref()?;
        let Some(Listing::Ready(entries)) = self.listings.get(current.parent()?) else { return None };
        entries.iter().find(|entry| entry.path == current)
    }

    /// Moves the keyboard's row up (-1) or down (1).
    pub fn step(&mut self, by: isize) {
        let paths: Vec<PathBuf> = self
            .rows()
            .iter()
            .filter_map(|row| match row {
                TreeRow::Entry { entry, .. } => Some(entry.path.clone()),
                TreeRow::Note { .. } => None,
            })
            .collect();
        let at = paths.iter().position(|path| Some(path) == self.current.as_ref());
        let next = at.map_or(0, |at| at.saturating_add_signed(by)).min(paths.len().saturating_sub(1));
        self.current = paths.get(next).cloned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, folder: bool) -> TreeEntry {
        let path = PathBuf::from(path);
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        TreeEntry { path, name, folder, ignored: false }
    }

    fn shown(tree: &FileTree) -> Vec<String> {
        tree.rows()
            .iter()
            .map(|row| match row {
                TreeRow::Entry { entry, depth, .. } => format!("{}{}", " ".repeat(*depth), entry.name),
                TreeRow::Note { text, depth } => format!("{}({text})", " ".repeat(*depth)),
            })
            .collect()
    }

    #[test]
    fn folders_are_listed_when_they_are_opened_for_the_first_time() {
        let mut tree = FileTree::new("/p".into());
        assert_eq!(shown(&tree), ["(Reading…)"]);
        tree.listed("/p".into(), Listing::Ready(vec![entry("/p/src", true), entry("/p/a.rs", false)]));
        assert!(tree.toggle(Path::new("/p/src")));
        assert_eq!(shown(&tree), ["src", " (Reading…)", "a.rs"]);
        tree.listed("/p/src".into(), Listing::Ready(vec![entry("/p/src/b.rs", false)]));
        assert_eq!(shown(&tree), ["src", " b.rs", "a.rs"]);
        assert!(!tree.toggle(Path::new("/p/src")));
        assert!(!tree.toggle(Path::new("/p/src")), "known already");
    }

    #[test]
    fn the_keyboard_walks_over_the_rows() {
        let mut tree = FileTree::new("/p".into());
        tree.listed("/p".into(), Listing::Ready(vec![entry("/p/src", true), entry("/p/a.rs", false)]));
        tree.step(1);
        assert_eq!(tree.current_entry().unwrap().name, "src");
        tree.step(1);
        tree.step(1);
        assert_eq!(tree.current_entry().unwrap().name, "a.rs");
        tree.step(-5);
        assert_eq!(tree.current_entry().unwrap().name, "src");
    }
}
