//! Which rows are chosen, by keys and by the pointer.

use std::path::{Path, PathBuf};

use super::FileTree;

impl FileTree {
    /// Puts the keyboard on a row, and chooses nothing else.
    pub fn choose(&mut self, path: Option<PathBuf>) {
        self.selected.clear();
        self.anchor = None;
        self.wanted = None;
        self.current = path;
    }

    /// Moves the keyboard's row up (-1) or down (1).
    pub fn step(&mut self, by: isize) {
        let next = self.next(by);
        self.choose(next);
    }

    /// The same, and chooses all rows on the way.
    pub fn extend(&mut self, by: isize) {
        if let Some(next) = self.next(by) {
            self.choose_to(&next);
        }
    }

    fn next(&self, by: isize) -> Option<PathBuf> {
        let mut paths = self.paths();
        let at = paths.iter().position(|path| Some(path) == self.current.as_ref());
        let next = at.map_or(0, |at| at.saturating_add_signed(by)).min(paths.len().saturating_sub(1));
        (next < paths.len()).then(|| paths.swap_remove(next))
    }

    /// Chooses all rows from where the choice began to this one.
    pub fn choose_to(&mut self, path: &Path) {
        let paths = self.paths();
        let place = |wanted: &Path| paths.iter().position(|path| path == wanted);
        let anchor = self.anchor.clone().or(self.current.clone()).filter(|anchor| place(anchor).is_some());
        let anchor = anchor.unwrap_or_else(|| path.to_owned());
        if let (Some(one), Some(other)) = (place(&anchor), place(path)) {
            self.selected = paths[one.min(other)..=one.max(other)].iter().cloned().collect();
        }
        self.anchor = Some(anchor);
        self.current = Some(path.to_owned());
    }

    /// Adds a row to those that are chosen, or takes it out.
    pub fn choose_also(&mut self, path: &Path) {
        if self.selected.is_empty() {
            self.selected.extend(self.current.clone());
        }
        if !self.selected.remove(path) {
            self.selected.insert(path.to_owned());
        }
        self.anchor = Some(path.to_owned());
        self.current = Some(path.to_owned());
    }

    /// Chooses these and puts the keyboard on the last one.
    pub fn choose_all(&mut self, paths: Vec<PathBuf>) {
        self.choose(paths.last().cloned());
        if paths.len() > 1 {
            self.selected = paths.into_iter().collect();
        }
    }

    /// Chooses all rows.
    pub fn choose_every(&mut self) {
        let current = self.current.take();
        self.choose_all(self.paths());
        self.current = current.or(self.current.take());
    }

    /// Is this row one of those that are chosen?
    pub fn is_chosen(&self, path: &Path) -> bool {
        match self.selected.is_empty() {
            true => self.current.as_deref() == Some(path),
            false => self.selected.contains(path),
        }
    }

    /// What a command is about: all that is chosen, without what lies in it anyway; never a folder at the top.
    pub fn targets(&self) -> Vec<PathBuf> {
        let chosen = match self.selected.is_empty() {
            true => self.current.iter().cloned().collect(),
            false => self.selected.iter().cloned().collect(),
        };
        let mut targets = folders::name::topmost(chosen);
        targets.retain(|path| !self.roots().any(|root| root == path));
        targets
    }

    /// How many rows are chosen.
    pub fn count_chosen(&self) -> usize {
        if self.selected.is_empty() { usize::from(self.current.is_some()) } else { self.selected.len() }
    }
}
