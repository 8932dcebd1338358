//! Lines to come back to. They move with the edits of their texts, and are remembered with the session.

use std::path::{Path, PathBuf};

use editor_core::Transaction;
use ground::ids::TabId;

use super::history::TextPlace;
use crate::workspace::session::MAX_BOOKMARKS;
use crate::workspace::{Tab, Workspace};

/// All bookmarks.
#[derive(Debug, Default)]
pub struct Bookmarks {
    places: Vec<TextPlace>,
    /// Those of the session were taken over.
    begun: bool,
}

impl Bookmarks {
    /// The bookmarks, file by file and line by line.
    pub fn all(&self) -> &[TextPlace] {
        &self.places
    }

    /// The lines of a text that have one.
    pub fn lines(&self, tab: TabId) -> impl Iterator<Item = usize> {
        self.places.iter().filter(move |place| place.tab == tab).map(|place| place.caret.0)
    }

    /// Sets a bookmark at a line, or takes it away.
    pub fn toggle(&mut self, tab: &Tab, line: usize) {
        let before = self.places.len();
        self.places.retain(|place| (place.tab, place.caret.0) != (tab.id, line));
        if self.places.len() == before && before < MAX_BOOKMARKS {
            self.places.push(TextPlace::new(tab, tab.document.buffer().line_start(line)));
        }
        self.sort();
    }

    /// Takes all bookmarks away.
    pub fn clear(&mut self) {
        self.places.clear();
    }

    /// Follows an edit; two that come to stand in one line are one.
    pub fn edited(&mut self, tab: &Tab, steps: &[Transaction]) {
        self.places.iter_mut().for_each(|place| place.follow(tab, steps));
        self.places.dedup_by_key(|place| (place.tab, place.caret.0));
    }

    /// Finds the texts of bookmarks whose files were opened since, those of the last session among them.
    pub fn attach(&mut self, workspace: &Workspace) {
        if !std::mem::replace(&mut self.begun, true) {
            let kept = workspace.session.bookmarks.iter();
            self.places.extend(kept.map(|(path, line)| TextPlace {
                tab: TabId(0),
                path: Some(path.clone()),
                position: 0,
                caret: (*line, 0),
            }));
        }
        self.places.iter_mut().for_each(|place| place.attach(workspace));
        // One in a text that has no file goes with it.
        self.places.retain(|place| place.path.is_some() || place.tab_in(workspace).is_some());
    }

    /// A file or folder has another place now; its bookmarks go with it, those of files that are not open as well.
    pub fn relocated(&mut self, from: &Path, to: &Path) {
        self.places.iter_mut().for_each(|place| place.relocate(from, to));
        self.sort();
    }

    /// The next one after a place, or the one before it, over the ends.
    pub fn next(&self, from: Option<&TextPlace>, forward: bool) -> Option<&TextPlace> {
        let key = from.map(key);
        let is_later = |place: &&TextPlace| key.as_ref().is_none_or(|from| key_of(place) > *from);
        let is_earlier = |place: &&TextPlace| key.as_ref().is_none_or(|from| key_of(place) < *from);
        match forward {
            true => self.places.iter().find(is_later).or(self.places.first()),
            false => self.places.iter().rev().find(is_earlier).or(self.places.last()),
        }
    }

    /// As the session remembers them.
    pub fn remembered(&self) -> Vec<(PathBuf, usize)> {
        self.places.iter().filter_map(|place| Some((place.path.clone()?, place.caret.0))).collect()
    }

    fn sort(&mut self) {
        self.places.sort_by_key(key);
    }
}

fn key(place: &TextPlace) -> (Option<PathBuf>, TabId, usize) {
    (place.path.clone(), if place.path.is_some() { TabId(0) } else { place.tab }, place.caret.0)
}

fn key_of(place: &&TextPlace) -> (Option<PathBuf>, TabId, usize) {
    key(place)
}
