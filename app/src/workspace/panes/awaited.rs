//! Texts that are being read: which pane each comes into, and how. Reading takes a moment, and meanwhile other things happen.

use std::path::{Path, PathBuf};

use editor_core::{Document, Selection};
use ground::ids::{PaneId, TabId};

use super::{PaneTab, Panes, TextPane};

/// A text that is being read for a pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Awaited {
    /// Its file.
    pub path: PathBuf,
    /// The pane.
    pub pane: PaneId,
    /// How many tabs of the pane come before it, of those that are awaited with it.
    pub order: usize,
    /// It comes to the front of its pane.
    pub front: bool,
    /// As [`PaneTab::pinned`].
    pub pinned: bool,
    /// As [`PaneTab::preview`].
    pub is_passing: bool,
    /// Line and column of the caret in this view, from 0; `None`: where the document has it.
    pub caret: Option<(usize, usize)>,
}

impl Panes {
    /// A file is being read to be looked at in the pane that has the keyboard.
    pub fn await_preview(&mut self, path: &Path) {
        let (pane, order) = (self.focused, usize::MAX);
        self.awaited.retain(|known| !(known.is_passing && known.pane == pane));
        let path = path.to_owned();
        self.awaited.push(Awaited { path, pane, order, front: true, is_passing: true, ..Awaited::default() });
    }

    /// Files are being read for panes that stand as they did when the window was closed.
    pub fn await_files(&mut self, texts: Vec<Awaited>) {
        self.awaited.extend(texts);
    }

    /// A file cannot be read, or is wanted for good: no pane waits for it.
    pub fn await_no_more(&mut self, path: &Path) {
        self.awaited.retain(|text| text.path != path);
    }

    /// A file that is only to be looked at is wanted for good by now.
    pub fn await_to_stay(&mut self, path: &Path) {
        self.awaited.retain(|text| !(text.is_passing && text.path == path));
    }

    /// Is a file being read for a pane?
    pub fn awaits(&self, path: &Path) -> bool {
        self.awaited.iter().any(|text| text.path == path)
    }

    /// A text was read: it comes into each pane that waits for it. False when none does.
    pub(super) fn arrive(&mut self, tab: TabId, document: &Document) -> bool {
        let Some(path) = document.path().map(Path::to_owned) else { return false };
        let (mine, rest) = std::mem::take(&mut self.awaited).into_iter().partition(|text| text.path == path);
        self.awaited = rest;
        let mine: Vec<Awaited> = mine;
        let mut arrived = false;
        for text in mine {
            let aside = text.caret.filter(|_| arrived).map(|(line, column)| {
                Selection::caret(document.buffer().position(line, column))
            });
            let aside = aside.or_else(|| arrived.then(|| document.selection().clone()));
            let Some(pane) = self.panes.iter_mut().find(|pane| pane.id == text.pane) else { continue };
            let at = if text.is_passing { pane.next_place() } else { place_of(pane, text.order) };
            pane.insert(at, PaneTab { tab, pinned: text.pinned, preview: text.is_passing, aside });
            pane.orders.insert(tab, text.order);
            if text.front {
                pane.bring_to_front(tab);
            }
            arrived = true;
        }
        arrived
    }
}

/// Behind those that were awaited with it and come before it.
fn place_of(pane: &TextPane, order: usize) -> usize {
    let is_before = |tab: &&PaneTab| pane.orders.get(&tab.tab).is_some_and(|own| *own < order);
    pane.tabs.iter().rposition(|tab| is_before(&tab)).map_or(0, |at| at + 1)
}
