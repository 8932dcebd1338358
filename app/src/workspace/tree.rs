//! The sidebar as data: the folders of the project, which of their folders are open, what was listed in them, what is chosen, narrowed
//! and being named. [`FileTree::rows`] makes the rows of all that.

mod chosen;
mod naming;
mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

pub use self::naming::{FileNaming, Named};
pub use self::rows::TreeRow;
use super::Unreadable;

/// A file or folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeEntry {
    /// Absolute path. Of folders that hold nothing but one another, the innermost one's.
    pub path: PathBuf,
    /// Name as shown: `src`, `src/main/java`.
    pub name: String,
    /// Is it a folder, or a link to one?
    pub folder: bool,
    /// Left out by `.gitignore`, or a folder that tools fill.
    pub ignored: bool,
    /// Is it a link?
    pub link: bool,
}

/// What is known of a folder's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// Asked for.
    Loading,
    /// Sorted: folders first, then by name.
    Ready(Vec<TreeEntry>),
    /// Could not be read.
    Failed(Unreadable),
}

/// The tree of a project.
#[derive(Clone, Debug, Default)]
pub struct FileTree {
    /// The folder at the top, which the project is named after.
    pub root: PathBuf,
    /// The row that the keyboard is on.
    pub current: Option<PathBuf>,
    /// What is being named in its row.
    pub naming: Option<FileNaming>,
    /// What the rows are narrowed to; empty: nothing.
    pub filter: String,
    /// What was cut and waits to be pasted: drawn as set aside.
    pub cut: BTreeSet<PathBuf>,
    /// The folders of the project, once there are several.
    tops: Vec<TreeEntry>,
    /// Rows that are chosen beside [`FileTree::current`], when there are several.
    selected: BTreeSet<PathBuf>,
    /// Where a choice of several rows began.
    anchor: Option<PathBuf>,
    /// A file that is to be shown as soon as the folders above it are listed.
    wanted: Option<PathBuf>,
    menu: u64,
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
        name_of(&self.root)
    }

    /// The folders of the project, the one at the top first.
    pub fn roots(&self) -> impl Iterator<Item = &Path> {
        std::iter::once(self.root.as_path()).chain(self.tops.iter().skip(1).map(|entry| entry.path.as_path()))
    }

    /// Does it have more than one folder?
    pub fn has_several(&self) -> bool {
        !self.tops.is_empty()
    }

    /// Adds a folder to the project. False when it is there already, or lies in one that is.
    pub fn add_root(&mut self, folder: PathBuf) -> bool {
        if self.roots().any(|root| folder.starts_with(root)) {
            return false;
        }
        if self.tops.is_empty() {
            self.open.insert(self.root.clone());
            self.tops.push(top(self.root.clone()));
        }
        self.open.insert(folder.clone());
        self.tops.push(top(folder));
        true
    }

    /// Takes a folder out of the project; the one at the top stays. Nothing happens to it on disk.
    pub fn remove_root(&mut self, folder: &Path) -> bool {
        let before = self.tops.len();
        if folder != self.root {
            self.tops.retain(|entry| entry.path != folder);
        }
        let went = self.tops.len() < before;
        if went {
            self.open.retain(|path| !path.starts_with(folder));
            self.listings.retain(|path, _| !path.starts_with(folder));
            self.choose(None);
        }
        if self.tops.len() == 1 {
            self.tops.clear();
        }
        went
    }

    /// Does a path lie in the project?
    pub fn has(&self, path: &Path) -> bool {
        self.roots().any(|root| path.starts_with(root))
    }

    /// Takes the content of a folder, and forgets what was open or chosen in it and is not there any more. What should be listed next,
    /// to show a file that is wanted.
    pub fn listed(&mut self, folder: &Path, listing: Listing) -> Option<PathBuf> {
        if let Listing::Ready(entries) = &listing {
            let gone = |path: &Path| {
                path != folder
                    && path.starts_with(folder)
                    && !entries
                        .iter()
                        .any(|entry| path.starts_with(&entry.path) || entry.path.starts_with(path))
            };
            self.open.retain(|path| !gone(path));
            self.selected.retain(|path| !gone(path));
            self.listings.retain(|path, _| !gone(path));
            // The row that the keyboard is on leaves it to the next one.
            if let Some(current) = self.current.clone().filter(|current| gone(current)) {
                self.current = self.neighbour(&current, folder, entries);
            }
        }
        self.listings.insert(folder.to_owned(), listing);
        let known = !matches!(self.listings.get(folder), Some(Listing::Failed(_)));
        let wanted = self.wanted.take_if(|wanted| known && wanted.starts_with(folder))?;
        self.reveal(&wanted)
    }

    /// What takes the place of a row that went: the next one that was below it in its folder, else the one above, else the folder.
    fn neighbour(&self, gone: &Path, folder: &Path, entries: &[TreeEntry]) -> Option<PathBuf> {
        let Some(Listing::Ready(before)) = self.listings.get(folder) else { return None };
        let at = before.iter().position(|entry| gone.starts_with(&entry.path))?;
        let stays = |entry: &&TreeEntry| entries.iter().any(|other| other.path == entry.path);
        let next = before[at + 1..].iter().find(stays).or_else(|| before[..at].iter().rev().find(stays));
        next.map(|entry| entry.path.clone()).or_else(|| (folder != self.root).then(|| folder.to_owned()))
    }

    /// Opens or closes a folder. True when its content has to be listed.
    #[must_use]
    pub fn toggle(&mut self, folder: &Path) -> bool {
        if self.open.remove(folder) {
            return false;
        }
        self.expand(folder)
    }

    /// Opens a folder. True when its content has to be listed.
    #[must_use]
    pub fn expand(&mut self, folder: &Path) -> bool {
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

    /// Closes all folders but those at the top.
    pub fn collapse(&mut self) {
        let roots: BTreeSet<PathBuf> = self.roots().map(Path::to_owned).collect();
        self.open.retain(|folder| roots.contains(folder));
        // The keyboard goes to what is still shown.
        let shown = self.current.as_deref().and_then(|current| {
            let mut above = self.rows().into_iter().filter_map(|row| match row {
                TreeRow::Entry { entry, .. } if current.starts_with(&entry.path) => Some(entry.path.clone()),
                _ => None,
            });
            above.next_back()
        });
        self.choose(shown);
    }

    /// The folders at the top and all that are open.
    pub fn open_folders(&self) -> impl Iterator<Item = &Path> {
        self.roots().chain(self.open.iter().map(PathBuf::as_path))
    }

    /// The folders whose content is on the screen: they are listed again on refresh.
    pub fn shown_folders(&self) -> Vec<PathBuf> {
        let mut shown: Vec<PathBuf> = self.open_folders().map(Path::to_owned).collect();
        shown.sort();
        shown.dedup();
        shown
    }

    /// The folder that lists what happens in `folder`: itself, or the one above in which it is shown as a part of one row.
    pub fn lister(&self, folder: &Path) -> Option<PathBuf> {
        let known = folder.ancestors().find(|folder| self.listings.contains_key(*folder))?;
        self.has(known).then(|| known.to_owned())
    }

    /// Shows a file: opens the folders above it and puts the keyboard on it. The folder that has to be listed before, if any.
    #[must_use]
    pub fn reveal(&mut self, path: &Path) -> Option<PathBuf> {
        let above = self.roots().filter(|root| path.starts_with(root));
        let mut folder = above.max_by_key(|root| root.as_os_str().len())?.to_owned();
        if folder == path {
            self.choose(Some(folder));
            return None;
        }
        self.wanted = None;
        loop {
            let Some(Listing::Ready(entries)) = self.listings.get(&folder) else {
                self.wanted = Some(path.to_owned());
                return self.expand_unless_asked(&folder);
            };
            let Some(entry) = entries.iter().find(|entry| path.starts_with(&entry.path)) else {
                // It may be newer than the list.
                self.choose(Some(path.to_owned()));
                self.wanted = Some(path.to_owned());
                return None;
            };
            if entry.path == path {
                self.choose(Some(path.to_owned()));
                return None;
            }
            folder.clone_from(&entry.path);
            self.open.insert(folder.clone());
        }
    }

    fn expand_unless_asked(&mut self, folder: &Path) -> Option<PathBuf> {
        let asked = matches!(self.listings.get(folder), Some(Listing::Loading));
        self.listings.entry(folder.to_owned()).or_insert(Listing::Loading);
        (!asked).then(|| folder.to_owned())
    }

    /// Something has another path now: what was open and chosen follows.
    pub fn moved(&mut self, from: &Path, to: &Path) {
        let follow = |path: &PathBuf| folders::name::moved(path, from, to).unwrap_or_else(|| path.clone());
        self.open = self.open.iter().map(follow).collect();
        self.selected = self.selected.iter().map(follow).collect();
        self.current = self.current.as_ref().map(follow);
        self.cut = self.cut.iter().map(follow).collect();
        let below = |path: &PathBuf| path.starts_with(from);
        let known: Vec<PathBuf> = self.listings.keys().filter(|path| below(path)).cloned().collect();
        known.iter().for_each(|path| drop(self.listings.remove(path)));
    }

    /// A file or folder that is listed.
    pub fn entry(&self, path: &Path) -> Option<&TreeEntry> {
        let top = self.tops.iter().find(|entry| entry.path == path);
        let above = path.ancestors().skip(1).filter_map(|folder| match self.listings.get(folder) {
            Some(Listing::Ready(entries)) => entries.iter().find(|entry| entry.path == path),
            _ => None,
        });
        top.or_else(|| above.into_iter().next())
    }

    /// The number of the last wish to see the menu of the current row; the view grants each once.
    pub fn menu_wish(&self) -> u64 {
        self.menu
    }

    /// Has the menu of the current row shown.
    pub fn wish_menu(&mut self) {
        self.menu += 1;
    }

    /// The entry that the keyboard is on.
    pub fn current_entry(&self) -> Option<&TreeEntry> {
        self.entry(self.current.as_deref()?)
    }

    /// Is there something of this name in a listed folder?
    pub fn is_taken(&self, path: &Path) -> bool {
        let Some(Listing::Ready(entries)) = path.parent().and_then(|folder| self.listings.get(folder)) else {
            return false;
        };
        entries.iter().any(|entry| entry.path.starts_with(path))
    }

    /// The folder that something new goes into: the current one, or the one that the current file is in.
    pub fn folder_here(&self) -> PathBuf {
        match (self.current_entry(), &self.current) {
            (Some(entry), _) if entry.folder => entry.path.clone(),
            (Some(entry), _) => entry.path.parent().unwrap_or(&self.root).to_owned(),
            (None, Some(root)) if self.roots().any(|other| other == root) => root.clone(),
            (None, _) => self.root.clone(),
        }
    }
}

fn top(path: PathBuf) -> TreeEntry {
    TreeEntry { name: name_of(&path), path, folder: true, ignored: false, link: false }
}

/// What a folder is called at the top.
fn name_of(folder: &Path) -> String {
    folder
        .file_name()
        .map_or_else(|| folder.display().to_string(), |name| name.to_string_lossy().into_owned())
}
