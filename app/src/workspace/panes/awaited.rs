//! Texts that are being read: which pane each comes into, and how. Reading takes a moment, and meanwhile other things happen.

use std::path::{Path, PathBuf};

use editor_core::{Document, Selection};
use ground::ids::{PaneId, TabId};

use super::{PaneLayout, PaneTab, Panes, TextPane};
use crate::workspace::Page;

/// A text that is being read for a pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Awaited {
    /// Its file.
    pub path: PathBuf,
    /// What a text without a file is called.
    pub title: Option<String>,
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

/// A page that had a tab when the window was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoredPage {
    /// Which.
    pub page: Page,
    /// Its pane.
    pub pane: PaneId,
    /// As [`Awaited::order`].
    pub order: usize,
    /// It was in front there.
    pub front: bool,
    /// As [`PaneTab::pinned`].
    pub pinned: bool,
}

impl Panes {
    /// A file is being read to be looked at in the pane that has the keyboard.
    pub fn await_preview(&mut self, path: &Path) {
        let (pane, order) = (self.focused, usize::MAX);
        self.awaited.retain(|known| !(known.is_passing && known.pane == pane));
        let path = path.to_owned();
        self.awaited.push(Awaited { path, pane, order, front: true, is_passing: true, ..Awaited::default() });
    }

    /// The panes stand as they did when the window was closed, with their pages, and wait for their texts.
    pub fn restore(
        &mut self,
        layout: PaneLayout,
        focused: PaneId,
        texts: Vec<Awaited>,
        pages: Vec<RestoredPage>,
    ) {
        let panes = layout.panes();
        self.last = panes.iter().map(|pane| pane.0).max().unwrap_or_default();
        self.panes = panes.iter().map(|id| TextPane { id: *id, ..TextPane::default() }).collect();
        self.focused = if panes.contains(&focused) { focused } else { panes[0] };
        (self.layout, self.awaited) = (layout, texts);
        for RestoredPage { page, pane, order, front, pinned } in pages {
            // Each is there once, whatever a file says.
            if !self.with(page).is_empty() {
                continue;
            }
            let Some(pane) = self.panes.iter_mut().find(|own| own.id == pane) else { continue };
            pane.insert(place_of(pane, order), PaneTab { pinned, ..PaneTab::new(page) });
            pane.orders.insert(page.into(), order);
            if front {
                pane.bring_to_front(page.into());
            }
        }
    }

    /// Texts without a file that have not come until now come no more.
    pub fn await_no_untitled(&mut self) {
        self.awaited.retain(|text| text.title.is_none());
    }

    /// A file cannot be read, or is wanted for good: no pane waits for it.
    pub fn await_no_more(&mut self, path: &Path) {
        self.awaited.retain(|text| text.path != path || text.title.is_some());
    }

    /// A file that is only to be looked at is wanted for good by now.
    pub fn await_to_stay(&mut self, path: &Path) {
        self.awaited.retain(|text| !(text.is_passing && text.path == path));
    }

    /// Is a file being read for panes that stand as they did?
    pub fn awaits(&self, path: &Path) -> bool {
        self.awaited.iter().any(|text| text.path == path && !text.is_passing)
    }

    /// A text was read: it comes into each pane that waits for it. False when none does.
    pub(super) fn arrive(&mut self, tab: TabId, document: &Document) -> bool {
        let (path, title) = (document.path(), document.title());
        let is_mine = |text: &Awaited| match path {
            Some(path) => text.path == path && text.title.is_none(),
            None => text.title.as_ref() == Some(&title),
        };
        let mine: Vec<Awaited> = self.awaited.extract_if(.., |text| is_mine(text)).collect();
        let mut arrived = false;
        for text in mine {
            let aside = text
                .caret
                .filter(|_| arrived)
                .map(|(line, column)| Selection::caret(document.buffer().position(line, column)));
            let aside = aside.or_else(|| arrived.then(|| document.selection().clone()));
            let Some(pane) = self.panes.iter_mut().find(|pane| pane.id == text.pane) else { continue };
            let at = if text.is_passing { pane.next_place() } else { place_of(pane, text.order) };
            pane.insert(
                at,
                PaneTab { tab: tab.into(), pinned: text.pinned, preview: text.is_passing, aside },
            );
            pane.orders.insert(tab.into(), text.order);
            if text.front {
                pane.bring_to_front(tab.into());
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
