//! Where texts are shown: panes, each with a row of tabs of its own, and in it a view of each text. A page has a tab as a text
//! has, but only one.
//!
//! A text is one [`Document`], however many panes show it. The selection in the document is that of the view that has the
//! keyboard, or had it last; those of its other views lie aside here, follow each edit, and change places with it when
//! another view gets the keyboard. So everything that acts on "the text in front" acts on the pane that has the keyboard.

mod awaited;
mod layout;
mod pages;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::path::Path;

use editor_core::{Document, Selection, Transaction};
use ground::ids::{PaneId, TabId};

pub use self::awaited::{Awaited, RestoredPage};
pub use self::layout::{Arrangement, PaneArea, PaneDivider, PaneLayout, Side};
use super::{Page, Tab, Workspace};

/// What a tab shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TabContent {
    /// A text.
    Text(TabId),
    /// A page.
    Page(Page),
}

impl TabContent {
    /// The text, if it is one.
    pub fn text(self) -> Option<TabId> {
        match self {
            TabContent::Text(tab) => Some(tab),
            TabContent::Page(_) => None,
        }
    }

    /// The page, if it is one.
    pub fn page(self) -> Option<Page> {
        match self {
            TabContent::Text(_) => None,
            TabContent::Page(page) => Some(page),
        }
    }
}

impl From<TabId> for TabContent {
    fn from(tab: TabId) -> TabContent {
        TabContent::Text(tab)
    }
}

impl From<Page> for TabContent {
    fn from(page: Page) -> TabContent {
        TabContent::Page(page)
    }
}

/// A text or a page in a pane.
#[derive(Clone, Debug, PartialEq)]
pub struct PaneTab {
    /// What it shows.
    pub tab: TabContent,
    /// It stands before the others and stays when others are closed.
    pub pinned: bool,
    /// It gives way to the next text that is only looked at.
    pub preview: bool,
    /// What is selected in this view, while another one has the document's selection.
    aside: Option<Selection>,
}

impl PaneTab {
    fn new(tab: impl Into<TabContent>) -> PaneTab {
        PaneTab { tab: tab.into(), pinned: false, preview: false, aside: None }
    }
}

/// A pane.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TextPane {
    /// Its name.
    pub id: PaneId,
    /// Its tabs in order: the pinned ones first.
    pub tabs: Vec<PaneTab>,
    /// The same, the one in front first and then those that were in front before.
    recent: Vec<TabContent>,
    /// Of those that were awaited: how many come before.
    orders: HashMap<TabContent, usize>,
}

impl TextPane {
    /// The text in front; `None` where a page is, or nothing.
    pub fn front(&self) -> Option<TabId> {
        self.shown().and_then(TabContent::text)
    }

    /// What is in front.
    pub fn shown(&self) -> Option<TabContent> {
        self.recent.first().copied()
    }

    /// Texts and pages, those that were in front last first.
    pub fn recent(&self) -> &[TabContent] {
        &self.recent
    }

    /// The tab of a text or a page.
    pub fn get(&self, tab: impl Into<TabContent>) -> Option<&PaneTab> {
        let tab = tab.into();
        self.tabs.iter().find(|own| own.tab == tab)
    }

    fn get_mut(&mut self, tab: impl Into<TabContent>) -> Option<&mut PaneTab> {
        let tab = tab.into();
        self.tabs.iter_mut().find(|own| own.tab == tab)
    }

    /// Where the tab of a text or a page stands.
    pub fn position(&self, tab: impl Into<TabContent>) -> Option<usize> {
        let tab = tab.into();
        self.tabs.iter().position(|own| own.tab == tab)
    }

    /// Brings a tab of this pane to its front.
    fn bring_to_front(&mut self, tab: TabContent) {
        self.recent.retain(|known| *known != tab);
        self.recent.insert(0, tab);
    }

    /// Puts a tab at an index, pinned ones before the others.
    fn insert(&mut self, at: usize, tab: PaneTab) {
        let pinned = self.tabs.iter().filter(|own| own.pinned).count();
        let at = if tab.pinned { at.min(pinned) } else { at.clamp(pinned, self.tabs.len()) };
        self.recent.retain(|known| *known != tab.tab);
        self.recent.push(tab.tab);
        self.tabs.insert(at, tab);
    }

    /// Behind the one in front.
    fn next_place(&self) -> usize {
        self.shown().and_then(|front| self.position(front)).map_or(self.tabs.len(), |at| at + 1)
    }

    fn take(&mut self, tab: TabContent) -> Option<PaneTab> {
        let at = self.position(tab)?;
        self.recent.retain(|known| *known != tab);
        Some(self.tabs.remove(at))
    }
}

/// All panes.
#[derive(Clone, Debug)]
pub struct Panes {
    layout: PaneLayout,
    panes: Vec<TextPane>,
    focused: PaneId,
    /// Counts panes.
    last: u64,
    /// Texts that are being read, and where they come.
    awaited: Vec<Awaited>,
}

impl Default for Panes {
    fn default() -> Panes {
        Panes {
            layout: PaneLayout::default(),
            panes: vec![TextPane::default()],
            focused: PaneId::default(),
            last: 0,
            awaited: Vec::new(),
        }
    }
}

impl Panes {
    /// How the area is divided.
    pub fn layout(&self) -> &PaneLayout {
        &self.layout
    }

    /// How the area is divided, to give parts another share.
    pub fn layout_mut(&mut self) -> &mut PaneLayout {
        &mut self.layout
    }

    /// The pane that has the keyboard, or had it last.
    pub fn focused(&self) -> PaneId {
        self.focused
    }

    /// That pane with its tabs.
    pub fn front(&self) -> &TextPane {
        // There is one always: the last pane is not taken away.
        self.get(self.focused).unwrap_or(&self.panes[0])
    }

    /// A pane.
    pub fn get(&self, pane: PaneId) -> Option<&TextPane> {
        self.panes.iter().find(|own| own.id == pane)
    }

    fn get_mut(&mut self, pane: PaneId) -> Option<&mut TextPane> {
        self.panes.iter_mut().find(|own| own.id == pane)
    }

    /// The panes, from the left to the right and from the top to the bottom.
    pub fn all(&self) -> impl Iterator<Item = &TextPane> {
        self.layout.panes().into_iter().filter_map(|pane| self.get(pane))
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.panes.len()
    }

    /// Panes that have a tab of a text or a page.
    pub fn with(&self, tab: impl Into<TabContent>) -> Vec<PaneId> {
        let tab = tab.into();
        self.all().filter(|pane| pane.get(tab).is_some()).map(|pane| pane.id).collect()
    }

    /// What is selected in the view of a document in a pane.
    pub fn selection<'a>(&'a self, pane: PaneId, tab: TabId, document: &'a Document) -> &'a Selection {
        let aside = self.get(pane).and_then(|pane| pane.get(tab)?.aside.as_ref());
        aside.unwrap_or_else(|| document.selection())
    }

    /// The selections that lie aside follow an edit of their text.
    pub fn follow(&mut self, tab: TabId, transaction: &Transaction) {
        let is_of = |own: &&mut PaneTab| own.tab == TabContent::Text(tab);
        let views = self.panes.iter_mut().flat_map(|pane| &mut pane.tabs).filter(is_of);
        for selection in views.filter_map(|view| view.aside.as_mut()) {
            *selection = transaction.map_selection(selection);
        }
    }

    /// Pins a tab or not; a pinned one is no preview.
    pub fn pin(&mut self, pane: PaneId, tab: impl Into<TabContent>, pinned: bool) {
        let tab = tab.into();
        let Some(pane) = self.get_mut(pane) else { return };
        let recent = pane.recent.clone();
        let Some(mut taken) = pane.take(tab) else { return };
        taken.pinned = pinned;
        taken.preview &= !pinned;
        // The last of the pinned ones, or the first of the others.
        let at = pane.tabs.iter().filter(|own| own.pinned).count();
        pane.insert(at, taken);
        pane.recent = recent;
    }

    /// A text that was only looked at stays.
    pub fn keep(&mut self, tab: TabId) {
        self.panes.iter_mut().filter_map(|pane| pane.get_mut(tab)).for_each(|own| own.preview = false);
    }

    /// The text of a pane that is only looked at.
    pub fn preview(&self, pane: PaneId) -> Option<TabId> {
        self.get(pane)?.tabs.iter().find(|own| own.preview).and_then(|own| own.tab.text())
    }

    fn new_pane(&mut self, beside: PaneId, side: Side) -> PaneId {
        self.last += 1;
        let id = PaneId(self.last);
        self.layout.put(beside, side, id);
        self.panes.push(TextPane { id, ..TextPane::default() });
        id
    }

    /// Takes panes away that have no tab and wait for none, but for the last one.
    fn prune(&mut self) {
        let awaited = &self.awaited;
        let is_empty = |pane: &&TextPane| {
            pane.tabs.is_empty() && !awaited.iter().any(|text| text.pane == pane.id && !text.is_passing)
        };
        let gone: Vec<PaneId> = self.panes.iter().filter(is_empty).map(|pane| pane.id).collect();
        for id in gone {
            if self.panes.len() == 1 {
                break;
            }
            if self.focused == id {
                self.focused = self.layout.heir(id).unwrap_or_default();
            }
            self.layout.take(id);
            self.panes.retain(|pane| pane.id != id);
        }
        if self.get(self.focused).is_none() {
            self.focused = self.layout.panes()[0];
        }
    }
}

/// What is done with panes and their tabs. Each leaves the document's selection with the view that has the keyboard.
impl Workspace {
    /// Puts a text that is new among the tabs into the panes that wait for it, else into the one that has the keyboard.
    pub(super) fn place(&mut self, tab: TabId, front: bool) {
        let document = self.tabs.iter().find(|own| own.id == tab).map(|own| &own.document);
        let waits = document.is_some_and(|document| self.panes.arrive(tab, document));
        if !waits {
            let pane = self.focused_pane();
            let at = if front { pane.next_place() } else { pane.tabs.len() };
            pane.insert(at, PaneTab::new(tab));
        }
        if front && (!waits || self.panes.front().get(tab).is_some()) {
            self.show(tab);
        }
        self.settle_panes();
    }

    /// Brings a text to the front of the pane that has the keyboard, or a page that has a tab there.
    pub fn show(&mut self, tab: impl Into<TabContent>) {
        let tab = tab.into();
        let is_new = self.panes.front().get(tab).is_none();
        match tab {
            TabContent::Text(text) if !self.tabs.iter().any(|own| own.id == text) => return,
            TabContent::Text(text) if is_new => {
                // A view more begins where the document's selection is.
                let pane = self.focused_pane();
                let at = pane.next_place();
                pane.insert(at, PaneTab::new(text));
                self.put_aside_but(self.panes.focused, text);
            }
            TabContent::Page(_) if is_new => return,
            TabContent::Text(_) | TabContent::Page(_) => {}
        }
        self.focused_pane().bring_to_front(tab);
        self.settle_panes();
    }

    /// Brings a tab to the front where it is: in the pane that has the keyboard, else in another one, which gets it.
    pub fn go_to_tab(&mut self, tab: impl Into<TabContent>) {
        let tab = tab.into();
        let panes = self.panes.with(tab);
        if !panes.contains(&self.panes.focused)
            && let Some(pane) = panes.first()
        {
            self.panes.focused = *pane;
        }
        self.show(tab);
    }

    /// Gives a pane the keyboard.
    pub fn focus_pane(&mut self, pane: PaneId) {
        if self.panes.get(pane).is_some() {
            self.panes.focused = pane;
            self.settle_panes();
        }
    }

    /// Shows the text in front in a new pane besides, which gets the keyboard; a page moves there. False when there is none, or a page
    /// alone.
    pub fn split(&mut self, side: Side) -> bool {
        let from = self.panes.focused;
        let tab = match self.panes.front().shown() {
            Some(TabContent::Text(tab)) => tab,
            Some(TabContent::Page(page)) => {
                self.move_tab_beside(page, from, from, side);
                return self.panes.focused != from;
            }
            None => return false,
        };
        self.panes.focused = self.panes.new_pane(from, side);
        self.show(tab);
        true
    }

    /// Moves a tab to an index of a pane, which may be its own; that pane gets the keyboard.
    pub fn move_tab(&mut self, tab: impl Into<TabContent>, from: PaneId, to: PaneId, index: usize) {
        let tab = tab.into();
        let known = |pane| self.panes.get(pane).is_some_and(|pane| pane.get(tab).is_some());
        if !known(from) || self.panes.get(to).is_none() {
            return;
        }
        if from != to
            && let Some(pane) = self.panes.get_mut(to)
        {
            // Of two views of the same text the one that was moved is the one that stays.
            pane.take(tab);
        }
        let Some(moved) = self.panes.get_mut(from).and_then(|pane| {
            let recent = pane.recent.clone();
            let at = pane.position(tab)?;
            let taken = pane.take(tab)?;
            Some((taken, at, recent))
        }) else {
            return;
        };
        let (mut taken, at, recent) = moved;
        taken.preview = false;
        taken.pinned &= from == to;
        if let Some(pane) = self.panes.get_mut(to) {
            let index = if from == to && index > at { index - 1 } else { index };
            pane.insert(index, taken);
            if from == to {
                pane.recent = recent;
            }
            pane.bring_to_front(tab);
        }
        self.panes.focused = to;
        self.settle_panes();
    }

    /// Moves a tab into a new pane at a side of another one. The only tab of that pane stays where it is.
    pub fn move_tab_beside(&mut self, tab: impl Into<TabContent>, from: PaneId, beside: PaneId, side: Side) {
        let tab = tab.into();
        let is_all = from == beside && self.panes.get(from).is_some_and(|pane| pane.tabs.len() < 2);
        if self.panes.get(from).is_none_or(|pane| pane.get(tab).is_none()) || is_all {
            return;
        }
        let new = self.panes.new_pane(beside, side);
        self.move_tab(tab, from, new, 0);
    }

    /// Closes one of several views of a text. False when it is the only one, or there is none.
    pub fn close_view(&mut self, tab: impl Into<TabContent>, pane: PaneId) -> bool {
        let tab = tab.into();
        let views = self.panes.with(tab);
        if views.len() < 2 || !views.contains(&pane) {
            return false;
        }
        if let Some(pane) = self.panes.get_mut(pane) {
            pane.take(tab);
        }
        self.settle_panes();
        true
    }

    /// A file cannot be read: no pane waits for it any more.
    pub fn await_no_more(&mut self, path: &Path) {
        self.panes.await_no_more(path);
        self.settle_panes();
    }

    /// Texts without a file that have not come until now come no more.
    pub fn await_no_untitled(&mut self) {
        self.panes.await_no_untitled();
        self.settle_panes();
    }

    /// Selects in one view of a text.
    pub(super) fn select_in(&mut self, pane: PaneId, tab: TabId, selection: &Selection) {
        let view = self.panes.get_mut(pane).and_then(|pane| pane.get_mut(tab));
        match view {
            Some(PaneTab { aside: Some(aside), .. }) => *aside = selection.clone(),
            Some(_) => {
                document_of(&mut self.tabs, tab).into_iter().for_each(|document| document.select(selection));
            }
            None => {}
        }
    }

    /// Forgets texts that are no longer open, and panes that had no other one.
    pub(super) fn forget_closed(&mut self) {
        let open: HashSet<TabId> = self.tabs.iter().map(|tab| tab.id).collect();
        for pane in &mut self.panes.panes {
            let stays = |tab: TabContent| tab.text().is_none_or(|text| open.contains(&text));
            pane.tabs.retain(|own| stays(own.tab));
            pane.recent.retain(|tab| stays(*tab));
        }
        self.settle_panes();
    }

    fn focused_pane(&mut self) -> &mut TextPane {
        let focused = self.panes.focused;
        let at = self.panes.panes.iter().position(|pane| pane.id == focused).unwrap_or_default();
        &mut self.panes.panes[at]
    }

    /// The document's selection becomes that of one view; the others keep a copy.
    fn put_aside_but(&mut self, pane: PaneId, tab: TabId) {
        let Some(document) = document_of(&mut self.tabs, tab) else { return };
        for other in self.panes.panes.iter_mut().filter(|other| other.id != pane) {
            if let Some(view) = other.get_mut(tab).filter(|view| view.aside.is_none()) {
                view.aside = Some(document.selection().clone());
            }
        }
    }

    /// Makes what follows from the panes so: which text is in front, and whose selection is in its document.
    fn settle_panes(&mut self) {
        self.panes.prune();
        let (pane, front) = (self.panes.focused, self.panes.front().front());
        let active = front.and_then(|front| self.tabs.iter().position(|own| own.id == front));
        self.active = active.unwrap_or(self.tabs.len());
        if let Some(tab) = front {
            self.make_live(pane, tab);
        }
        // Where the view that had the document's selection is gone, another one gets its own back.
        let open: Vec<TabId> = self.tabs.iter().map(|tab| tab.id).collect();
        for tab in open {
            let mut views = self.panes.panes.iter().filter_map(|pane| Some((pane.id, pane.get(tab)?)));
            if views.clone().all(|(_, view)| view.aside.is_some())
                && let Some((pane, _)) = views.next()
            {
                self.make_live(pane, tab);
            }
        }
    }

    /// The document gets the selection of this view.
    fn make_live(&mut self, pane: PaneId, tab: TabId) {
        let aside =
            self.panes.get_mut(pane).and_then(|pane| pane.get_mut(tab)).and_then(|view| view.aside.take());
        let Some(own) = aside else { return };
        self.put_aside_but(pane, tab);
        if let Some(document) = document_of(&mut self.tabs, tab) {
            document.select(&own);
        }
    }
}

fn document_of(tabs: &mut [Tab], tab: TabId) -> Option<&mut Document> {
    tabs.iter_mut().find(|own| own.id == tab).map(|own| &mut own.document)
}
