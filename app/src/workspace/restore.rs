//! From panes to what is remembered of them, and back at the next start.

use std::path::{Path, PathBuf};

use editor_core::Selection;
use ground::ids::{PaneId, TabId};

use super::Workspace;
use super::panes::{Awaited, PaneLayout};
use super::session::{SavedLayout, SavedPane, SavedTab, Session};

impl Workspace {
    /// The panes as they are, to be remembered.
    pub(super) fn panes_now(&self) -> Option<SavedLayout> {
        let layout = self.saved(self.panes.layout());
        layout.retain(&|tab: &SavedTab| tab.path.is_some() || tab.title.is_some())
    }

    fn saved(&self, layout: &PaneLayout) -> SavedLayout {
        match layout {
            PaneLayout::Pane(pane) => SavedLayout::Pane(self.saved_pane(*pane)),
            PaneLayout::Split { arrangement, share, parts } => SavedLayout::Split {
                arrangement: *arrangement,
                share: *share,
                parts: Box::new([self.saved(&parts[0]), self.saved(&parts[1])]),
            },
        }
    }

    fn saved_pane(&self, id: PaneId) -> SavedPane {
        let Some(pane) = self.panes.get(id) else { return SavedPane::default() };
        let open = |tab: TabId| self.tabs.iter().find(|open| open.id == tab);
        let saved = |tab: TabId, pinned: bool| {
            let tab = open(tab)?;
            let head = self.panes.selection(id, tab.id, &tab.document).primary().head;
            let buffer = tab.document.buffer();
            let path = tab.document.path().map(Path::to_owned);
            // A text without a file comes again only when something of it is kept.
            let title = (path.is_none() && tab.is_unsaved()).then(|| tab.document.title());
            let caret = (buffer.line_of(head), buffer.column(head));
            Some(SavedTab { path, title, caret, pinned, scroll: 0.0, view: Some((id, tab.id)) })
        };
        let tabs: Vec<SavedTab> = pane.tabs.iter().filter_map(|own| saved(own.tab, own.pinned)).collect();
        let in_front = |tab: &SavedTab| tab.view.is_some_and(|(_, tab)| pane.front() == Some(tab));
        let front = tabs.iter().position(in_front).unwrap_or_default();
        SavedPane { tabs, front, focused: id == self.panes.focused() }
    }

    /// Divides the area as it was. Answers the files that have to be read, each once; the one that was in front with true.
    pub fn restore_panes(&mut self, session: &Session) -> Vec<(PathBuf, (usize, usize), bool)> {
        let Some(layout) = &session.panes else {
            let open = session.files.iter().enumerate();
            return open.map(|(at, file)| (file.path.clone(), file.caret, at == session.active)).collect();
        };
        let mut awaited = Vec::new();
        let mut focused = None;
        let restored = place(layout, &mut awaited, &mut focused);
        let focused = focused.unwrap_or_default();
        self.panes.restore(restored, focused, awaited.clone());
        let mut files: Vec<(PathBuf, (usize, usize), bool)> = Vec::new();
        for text in awaited.into_iter().filter(|text| text.title.is_none()) {
            let front = text.front && text.pane == focused;
            let caret = text.caret.unwrap_or_default();
            match files.iter_mut().find(|(path, ..)| *path == text.path) {
                Some(known) => known.2 |= front,
                None => files.push((text.path, caret, front)),
            }
        }
        files
    }

    /// An unsaved text of the window that was closed is here again: its carets stand where they stood in it.
    pub fn put_carets_back(&mut self, id: TabId) {
        let Some(layout) = self.session.panes.clone() else { return };
        let Some(tab) = self.tabs.iter().find(|tab| tab.id == id) else { return };
        let buffer = tab.document.buffer().clone();
        let is_this = |saved: &SavedTab| match tab.document.path() {
            Some(path) => saved.path.as_deref() == Some(path),
            None => saved.title == Some(tab.document.title()),
        };
        let mut carets = Vec::new();
        for (number, pane) in layout.panes().into_iter().enumerate() {
            for saved in pane.tabs.iter().filter(|saved| is_this(saved)) {
                let at = buffer.position(saved.caret.0, saved.caret.1);
                carets.push((PaneId(number as u64), Selection::caret(at)));
            }
        }
        carets.into_iter().for_each(|(pane, selection)| self.select_in(pane, id, &selection));
    }
}

/// The layout with panes numbered from the first on, and the texts that they wait for.
fn place(layout: &SavedLayout, awaited: &mut Vec<Awaited>, focused: &mut Option<PaneId>) -> PaneLayout {
    let mut next = 0;
    place_one(layout, &mut next, awaited, focused)
}

fn place_one(
    layout: &SavedLayout,
    next: &mut u64,
    awaited: &mut Vec<Awaited>,
    focused: &mut Option<PaneId>,
) -> PaneLayout {
    match layout {
        SavedLayout::Pane(saved) => {
            let pane = PaneId(*next);
            *next += 1;
            if saved.focused {
                *focused = Some(pane);
            }
            awaited.extend(saved.tabs.iter().enumerate().map(|(order, tab)| Awaited {
                path: tab.path.clone().unwrap_or_default(),
                title: tab.title.clone().filter(|_| tab.path.is_none()),
                pane,
                order,
                front: order == saved.front,
                pinned: tab.pinned,
                is_passing: false,
                caret: Some(tab.caret),
            }));
            PaneLayout::Pane(pane)
        }
        SavedLayout::Split { arrangement, share, parts } => {
            let first = place_one(&parts[0], next, awaited, focused);
            let second = place_one(&parts[1], next, awaited, focused);
            PaneLayout::split(*arrangement, *share, [first, second])
        }
    }
}
