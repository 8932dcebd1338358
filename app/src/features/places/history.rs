//! The way that was gone: places where the caret was before it jumped. They follow the edits of their texts.

use std::path::{Path, PathBuf};

use editor_core::Transaction;
use editor_core::transaction::Bias;
use folders::name;
use ground::ids::TabId;

use crate::workspace::{Tab, Workspace};

/// Most places that are known in each direction.
const MAX_PLACES: usize = 100;
/// The caret jumped when it is this many lines away at once.
const JUMP_LINES: usize = 10;

/// A place in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPlace {
    /// The text, as long as it is open.
    pub tab: TabId,
    /// Its file: a text that was closed is opened again.
    pub path: Option<PathBuf>,
    /// The position.
    pub position: usize,
    /// The same as line and column from 0.
    pub caret: (usize, usize),
}

impl TextPlace {
    /// A position of an open text.
    pub fn new(tab: &Tab, position: usize) -> TextPlace {
        let buffer = tab.document.buffer();
        let position = position.min(buffer.len_chars());
        TextPlace {
            tab: tab.id,
            path: tab.document.path().map(Into::into),
            position,
            caret: (buffer.line_of(position), buffer.column(position)),
        }
    }

    /// Are both in one text?
    fn is_in_text_of(&self, other: &TextPlace) -> bool {
        self.tab == other.tab || (self.path.is_some() && self.path == other.path)
    }

    fn is_near(&self, other: &TextPlace) -> bool {
        self.is_in_text_of(other) && self.caret.0.abs_diff(other.caret.0) < JUMP_LINES
    }

    /// The open text that it is in.
    pub fn tab_in<'a>(&self, workspace: &'a Workspace) -> Option<&'a Tab> {
        let by_name = workspace.tabs.iter().find(|tab| tab.id == self.tab);
        by_name.or_else(|| self.path.as_deref().and_then(|path| workspace.tab_on(path)))
    }

    /// Finds its text again, whose file may have been closed and opened since.
    pub fn attach(&mut self, workspace: &Workspace) {
        let is_open = workspace.tabs.iter().any(|tab| tab.id == self.tab);
        match self.tab_in(workspace) {
            Some(tab) if is_open => self.path = tab.document.path().map(Into::into),
            Some(tab) => {
                *self = TextPlace::new(tab, tab.document.buffer().position(self.caret.0, self.caret.1));
            }
            None => {}
        }
    }

    /// Follows its file to another place.
    pub fn relocate(&mut self, from: &Path, to: &Path) {
        if let Some(moved) = self.path.as_deref().and_then(|path| name::moved(path, from, to)) {
            self.path = Some(moved);
        }
    }

    /// Follows an edit of its text, which is in `tab` as it is after it.
    pub fn follow(&mut self, tab: &Tab, steps: &[Transaction]) {
        if self.tab == tab.id {
            let position = steps.iter().fold(self.position, |position, step| step.map(position, Bias::After));
            *self = TextPlace::new(tab, position);
        }
    }
}

/// Where the caret was, is, and was before somebody went back.
#[derive(Debug, Default)]
pub struct PlaceHistory {
    back: Vec<TextPlace>,
    forward: Vec<TextPlace>,
    here: Option<TextPlace>,
    /// Places of edits, the last one at the end.
    edits: Vec<TextPlace>,
    /// A file that is being opened to go to a place in it.
    awaited: Option<PathBuf>,
}

impl PlaceHistory {
    /// Looks where the caret is now; a jump makes the place before it one to come back to.
    pub fn follow(&mut self, workspace: &Workspace) {
        let Some(now) =
            workspace.tab().map(|tab| TextPlace::new(tab, tab.document.selection().primary().head))
        else {
            return;
        };
        let arrived = self.awaited.take_if(|path| now.path.as_ref() == Some(path)).is_some();
        if let Some(before) = self.here.replace(now.clone())
            && !arrived
            && !before.is_near(&now)
        {
            remember(&mut self.back, before);
            self.forward.clear();
        }
    }

    /// An open text was edited: places follow, and this is the place of the last edit.
    pub fn edited(&mut self, tab: &Tab, steps: &[Transaction]) {
        let all = self.back.iter_mut().chain(&mut self.forward).chain(&mut self.here).chain(&mut self.edits);
        all.for_each(|place| place.follow(tab, steps));
        let Some(change) = steps.last().and_then(|step| step.changes().last()) else { return };
        let end = steps.last().map_or(0, |step| step.map(change.range.end, Bias::After));
        let place = TextPlace::new(tab, end);
        if self.edits.last().is_some_and(|last| last.is_near(&place)) {
            self.edits.pop();
        }
        remember(&mut self.edits, place);
    }

    /// A file or folder has another place now.
    pub fn relocated(&mut self, from: &Path, to: &Path) {
        let all = self.back.iter_mut().chain(&mut self.forward).chain(&mut self.here).chain(&mut self.edits);
        all.for_each(|place| place.relocate(from, to));
    }

    /// Finds texts again that were opened since.
    pub fn attach(&mut self, workspace: &Workspace) {
        let all = self.back.iter_mut().chain(&mut self.forward).chain(&mut self.edits);
        all.for_each(|place| place.attach(workspace));
    }

    /// Where the caret is, or was before a page came to the front.
    pub fn here(&self) -> Option<&TextPlace> {
        self.here.as_ref()
    }

    /// The place of the last edit.
    pub fn last_edit(&self) -> Option<&TextPlace> {
        self.edits.last()
    }

    /// The place to go to, back (true) or forward; the one here can then be come back to. `is_there`: can it be gone to?
    pub fn travel(&mut self, back: bool, is_there: impl Fn(&TextPlace) -> bool) -> Option<TextPlace> {
        let (from, to) =
            if back { (&mut self.back, &mut self.forward) } else { (&mut self.forward, &mut self.back) };
        let here = self.here.clone();
        let is_other = |place: &TextPlace| here.as_ref().is_none_or(|here| !here.is_near(place));
        let place = std::iter::from_fn(|| from.pop()).find(|place| is_there(place) && is_other(place))?;
        if let Some(here) = here {
            remember(to, here);
        }
        self.here = Some(place.clone());
        Some(place)
    }

    /// A file is being opened for a place in it: coming there is no jump.
    pub fn await_file(&mut self, path: PathBuf) {
        self.awaited = Some(path);
    }
}

fn remember(places: &mut Vec<TextPlace>, place: TextPlace) {
    if places.last().is_some_and(|last| last.is_in_text_of(&place) && last.caret.0 == place.caret.0) {
        places.pop();
    }
    places.push(place);
    let surplus = places.len().saturating_sub(MAX_PLACES);
    places.drain(..surplus);
}
