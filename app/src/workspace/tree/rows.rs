//! The rows of the sidebar from the top: entries, words about folders without rows, and the field of something new.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use super::{FileTree, Listing, Named, TreeEntry, Unreadable};

/// One row of the tree.
#[derive(Clone, Debug)]
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
        text: Cow<'a, str>,
        /// Steps of indentation.
        depth: usize,
    },
    /// Where something new is named.
    New {
        /// Is it a folder?
        folder: bool,
        /// Steps of indentation.
        depth: usize,
    },
}

impl FileTree {
    /// All rows from the top.
    pub fn rows(&self) -> Vec<TreeRow<'_>> {
        let mut rows = Vec::new();
        if self.has_several() {
            for entry in &self.tops {
                let open = self.open.contains(&entry.path);
                rows.push(TreeRow::Entry { entry, depth: 0, open });
                if open {
                    self.collect(&entry.path, 1, &mut rows);
                }
            }
        } else {
            self.collect(&self.root, 0, &mut rows);
        }
        if rows.is_empty() && !self.filter.is_empty() {
            rows.push(TreeRow::Note { text: "Nothing of this name in the opened folders".into(), depth: 0 });
        }
        rows
    }

    fn collect<'a>(&'a self, folder: &Path, depth: usize, rows: &mut Vec<TreeRow<'a>>) {
        match self.naming.as_ref().map(|naming| &naming.what) {
            Some(Named::File(at)) if at == folder => rows.push(TreeRow::New { folder: false, depth }),
            Some(Named::Folder(at)) if at == folder => rows.push(TreeRow::New { folder: true, depth }),
            _ => {}
        }
        let quiet = !self.filter.is_empty();
        match self.listings.get(folder) {
            _ if quiet => self.narrowed(folder, depth, rows),
            None | Some(Listing::Loading) => rows.push(TreeRow::Note { text: "Reading…".into(), depth }),
            Some(Listing::Failed(Unreadable { cause, .. })) => {
                rows.push(TreeRow::Note { text: format!("Cannot be read: {cause}").into(), depth });
            }
            Some(Listing::Ready(entries)) if entries.is_empty() => {
                if !matches!(rows.last(), Some(TreeRow::New { .. })) {
                    rows.push(TreeRow::Note { text: "Empty".into(), depth });
                }
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

    /// What the filter leaves: names that have it in them, and the folders above. What was never listed is not looked into.
    fn narrowed<'a>(&'a self, folder: &Path, depth: usize, rows: &mut Vec<TreeRow<'a>>) {
        /// Links can lead in circles.
        const MAX_DEPTH: usize = 64;
        let Some(Listing::Ready(entries)) = self.listings.get(folder) else { return };
        for entry in entries {
            let at = rows.len();
            if entry.folder && depth < MAX_DEPTH {
                self.narrowed(&entry.path, depth + 1, rows);
            }
            let open = rows.len() > at;
            if open || self.matches(&entry.name) {
                rows.insert(at, TreeRow::Entry { entry, depth, open });
            }
        }
    }

    /// Does a name have all that the filter asks for, in whatever case?
    pub fn matches(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.filter.to_lowercase().split_whitespace().all(|part| name.contains(part))
    }

    /// The paths of all rows that the keyboard can be on.
    pub(super) fn paths(&self) -> Vec<PathBuf> {
        let entry = |row: &TreeRow<'_>| match row {
            TreeRow::Entry { entry, .. } => Some(entry.path.clone()),
            TreeRow::Note { .. } | TreeRow::New { .. } => None,
        };
        self.rows().iter().filter_map(entry).collect()
    }
}
