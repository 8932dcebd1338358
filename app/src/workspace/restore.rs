//! From panes to what is remembered of them, and back at the next start.

use std::path::{Path, PathBuf};

use editor_core::Selection;
use editor_core::syntax::FoldRegion;
use ground::ids::{PaneId, TabId};

use super::panes::{Awaited, PaneLayout, PaneTab, RestoredPage, TabContent};
use super::session::{SavedLayout, SavedPane, SavedTab, Session};
use super::{Page, Workspace};

/// Most folds of a text that are remembered.
const MAX_FOLDS: usize = 1_000;

impl Workspace {
    /// The panes as they are, to be remembered.
    pub(super) fn panes_now(&self) -> Option<SavedLayout> {
        let layout = self.saved(self.panes.layout());
        layout.retain(&|tab: &SavedTab| tab.path.is_some() || tab.title.is_some() || tab.page.is_some())
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
        let saved_text = |tab: TabId, pinned: bool| {
            let tab = open(tab)?;
            let head = self.panes.selection(id, tab.id, &tab.document).primary().head;
            let buffer = tab.document.buffer();
            let path = tab.document.path().map(Path::to_owned);
            // A text without a file comes again only when something of it is kept.
            let title = (path.is_none() && tab.is_unsaved()).then(|| tab.document.title());
            let caret = (buffer.line_of(head), buffer.column(head));
            let folds = tab.folds.regions(buffer).map(|region| (region.header, region.last));
            let folds: Vec<(usize, usize)> = folds.take(MAX_FOLDS).collect();
            let lines = if folds.is_empty() { 0 } else { buffer.len_lines() };
            let view = Some((id, tab.id));
            Some(SavedTab { path, title, caret, pinned, folds, lines, view, ..SavedTab::default() })
        };
        let saved = |own: &PaneTab| match own.tab {
            TabContent::Text(tab) => saved_text(tab, own.pinned),
            TabContent::Page(page) => {
                let page = Some(page.id()?.to_owned());
                Some(SavedTab { page, pinned: own.pinned, ..SavedTab::default() })
            }
        };
        let tabs: Vec<(TabContent, SavedTab)> =
            pane.tabs.iter().filter_map(|own| Some((own.tab, saved(own)?))).collect();
        // Where the one in front is not there at the next start it is the one before it.
        let place = |tab: &TabContent| tabs.iter().position(|(own, _)| own == tab);
        let front = pane.recent().iter().find_map(place).unwrap_or_default();
        let tabs = tabs.into_iter().map(|(_, tab)| tab).collect();
        SavedPane { tabs, front, focused: id == self.panes.focused() }
    }

    /// Divides the area as it was. Answers the files that have to be read, each once; the one that was in front with true.
    pub fn restore_panes(&mut self, session: &Session) -> Vec<(PathBuf, (usize, usize), bool)> {
        let Some(layout) = &session.panes else {
            let open = session.files.iter().enumerate();
            return open.map(|(at, file)| (file.path.clone(), file.caret, at == session.active)).collect();
        };
        let mut restoring = Restoring::default();
        let restored = restoring.place(layout);
        let Restoring { awaited, pages, focused, .. } = restoring;
        let focused = focused.unwrap_or_default();
        self.panes.restore(restored, focused, awaited.clone(), pages);
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

    /// A text of the window that was closed was read again: what was folded in it is, as long as it has as many lines as then.
    pub fn put_folds_back(&mut self, id: TabId) {
        let Some(layout) = &self.session.panes else { return };
        let Some(tab) = self.tabs.iter_mut().find(|tab| tab.id == id) else { return };
        let buffer = tab.document.buffer();
        let is_this = |saved: &&SavedTab| {
            !saved.folds.is_empty()
                && saved.path.as_deref() == tab.document.path()
                && saved.lines == buffer.len_lines()
        };
        let mut saved = layout.panes().into_iter().flat_map(|pane| &pane.tabs);
        let Some(saved) = saved.find(is_this) else { return };
        for (header, last) in saved.folds.iter().take(MAX_FOLDS) {
            if *header < buffer.len_lines() {
                tab.folds.fold(buffer, FoldRegion { header: *header, last: *last });
            }
        }
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

/// What comes of a remembered layout: its panes are numbered from the first on.
#[derive(Default)]
struct Restoring {
    /// The number of the next pane.
    next: u64,
    /// The texts that panes wait for.
    awaited: Vec<Awaited>,
    /// The pages in panes.
    pages: Vec<RestoredPage>,
    /// The pane that had the keyboard.
    focused: Option<PaneId>,
}

impl Restoring {
    fn place(&mut self, layout: &SavedLayout) -> PaneLayout {
        match layout {
            SavedLayout::Pane(saved) => PaneLayout::Pane(self.pane(saved)),
            SavedLayout::Split { arrangement, share, parts } => {
                let first = self.place(&parts[0]);
                let second = self.place(&parts[1]);
                PaneLayout::split(*arrangement, *share, [first, second])
            }
        }
    }

    fn pane(&mut self, saved: &SavedPane) -> PaneId {
        let pane = PaneId(self.next);
        self.next += 1;
        if saved.focused {
            self.focused = Some(pane);
        }
        for (order, tab) in saved.tabs.iter().enumerate() {
            let (front, pinned) = (order == saved.front, tab.pinned);
            if let Some(page) = &tab.page {
                // One that this version does not know is left out.
                let page = Page::from_id(page);
                self.pages.extend(page.map(|page| RestoredPage { page, pane, order, front, pinned }));
                continue;
            }
            self.awaited.push(Awaited {
                path: tab.path.clone().unwrap_or_default(),
                title: tab.title.clone().filter(|_| tab.path.is_none()),
                pane,
                order,
                front,
                pinned,
                is_passing: false,
                caret: Some(tab.caret),
            });
        }
        pane
    }
}
