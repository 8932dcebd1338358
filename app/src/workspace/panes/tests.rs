//! Panes against a list of characters: two views of one text never disagree about it, whatever is done in which of them.

use editor_core::{Change, Document, EditKind, Selection, Span, Transaction};
use ground::ids::{PaneId, TabId};
use proptest::prelude::*;

use super::*;
use crate::workspace::{edit, open};

/// A window on untitled texts.
fn workspace(texts: &[&str]) -> Workspace {
    let mut workspace = Workspace::default();
    for text in texts {
        open::new_with(&mut workspace, text, &mut Vec::new());
    }
    workspace
}

fn front(workspace: &Workspace) -> TabId {
    workspace.tab().map(|tab| tab.id).expect("a tab is in front")
}

/// Each text has the selection of one view in its document, and only open texts are in panes.
fn check(workspace: &Workspace) {
    let panes = &workspace.panes;
    assert_eq!(panes.layout().panes().len(), panes.count());
    for tab in &workspace.tabs {
        let views: Vec<&PaneTab> = panes.all().filter_map(|pane| pane.get(tab.id)).collect();
        assert_eq!(views.iter().filter(|view| view.aside.is_none()).count(), 1, "of {:?}", tab.id);
    }
    for pane in panes.all() {
        let mut known: Vec<TabContent> = pane.tabs.iter().map(|own| own.tab).collect();
        let is_open = |tab: TabId| workspace.tabs.iter().any(|open| open.id == tab);
        assert!(known.iter().all(|tab| tab.text().is_none_or(is_open)));
        assert!(pane.tabs.is_sorted_by_key(|own| !own.pinned), "pinned tabs come first");
        assert!(!pane.tabs.is_empty() || panes.count() == 1);
        let mut recent = pane.recent.clone();
        known.sort();
        recent.sort();
        assert_eq!(known, recent);
    }
    for page in Page::ALL {
        assert!(panes.with(page).len() < 2, "each page is there once");
    }
    let in_front = panes.front().front();
    assert_eq!(workspace.tab().map(|tab| tab.id), in_front);
    if let Some(tab) = in_front {
        assert!(panes.front().get(tab).is_some_and(|own| own.aside.is_none()), "the front is live");
    }
}

#[test]
fn a_split_shows_the_same_text_with_a_caret_of_its_own() {
    let mut workspace = workspace(&["one\ntwo\n"]);
    let left = workspace.panes.focused();
    edit::set_selection(&mut workspace, &Selection::caret(4));
    assert!(workspace.split(Side::Right));
    let right = workspace.panes.focused();
    assert_ne!(left, right);
    edit::set_selection(&mut workspace, &Selection::caret(1));
    let tab = front(&workspace);
    let document = &workspace.tabs[0].document;
    assert_eq!(workspace.panes.selection(left, tab, document).primary().head, 4);
    assert_eq!(workspace.panes.selection(right, tab, document).primary().head, 1);
    // What is typed here moves the caret there.
    let transaction = Transaction::replace(document.buffer(), 0..0, "zero\n");
    edit::apply_transaction(&mut workspace, tab, transaction, EditKind::Alone, 0, &mut Vec::new());
    let document = &workspace.tabs[0].document;
    assert_eq!(workspace.panes.selection(left, tab, document).primary().head, 9);
    assert_eq!(workspace.panes.selection(right, tab, document).primary().head, 6);
    workspace.focus_pane(left);
    assert_eq!(workspace.tabs[0].document.selection().primary().head, 9);
    check(&workspace);
}

#[test]
fn closing_one_of_two_views_closes_nothing() {
    let mut workspace = workspace(&["text"]);
    let tab = front(&workspace);
    let left = workspace.panes.focused();
    workspace.split(Side::Below);
    edit::set_selection(&mut workspace, &Selection::caret(3));
    let below = workspace.panes.focused();
    assert!(workspace.close_view(tab, below));
    assert_eq!((workspace.panes.count(), workspace.panes.focused(), workspace.tabs.len()), (1, left, 1));
    assert!(!workspace.close_view(tab, left), "the last view is the text");
    assert_eq!(workspace.tabs[0].document.selection().primary().head, 0, "this view's own caret");
    check(&workspace);
}

#[test]
fn pinned_tabs_stand_first_and_an_edit_keeps_what_was_only_looked_at() {
    let mut workspace = workspace(&["a", "b", "c"]);
    let pane = workspace.panes.focused();
    let last = front(&workspace);
    workspace.panes.pin(pane, last, true);
    assert_eq!(workspace.panes.front().tabs[0].tab, last.into());
    assert_eq!(front(&workspace), last, "pinning changes nothing in front");
    let other = workspace.panes.front().tabs[1].tab.text().expect("a text");
    workspace.move_tab(other, pane, pane, 0);
    assert_eq!(workspace.panes.front().tabs[0].tab, last.into(), "not before a pinned one");
    workspace.panes.get_mut(pane).and_then(|pane| pane.get_mut(other)).expect("it is there").preview = true;
    workspace.show(other);
    let change = Transaction::replace(workspace.tab().expect("front").document.buffer(), 0..0, "x");
    edit::apply_transaction(&mut workspace, other, change, EditKind::Type, 0, &mut Vec::new());
    assert_eq!(workspace.panes.preview(pane), None);
    check(&workspace);
}

/// A view in the model: its pane and what it selects.
type ModelView = (PaneId, TabId, Vec<(usize, usize)>);

/// Where a position is after a range was replaced, as a person would draw it: behind what was put where it was.
fn moved(position: usize, start: usize, end: usize, inserted: usize) -> usize {
    match position {
        before if before < start || (before == start && start != end) => before,
        within if within < end || start == end && within == start => start + inserted,
        behind => behind - (end - start) + inserted,
    }
}

fn selected(selection: &Selection) -> Vec<(usize, usize)> {
    selection.spans().iter().map(|span| (span.anchor, span.head)).collect()
}

#[derive(Clone, Debug)]
enum Step {
    Edit(usize, usize, String),
    Undo,
    Redo,
    Select(usize, usize),
    Focus(usize),
    Split(usize),
    Show(usize),
    CloseView,
    Move(usize, usize),
    Pin(bool),
}

fn step() -> impl Strategy<Value = Step> {
    let n = 0usize..40;
    prop_oneof![
        4 => (n.clone(), n.clone(), "[ab漢\n]{0,4}").prop_map(|(a, b, text)| Step::Edit(a, b, text)),
        2 => Just(Step::Undo),
        1 => Just(Step::Redo),
        3 => (n.clone(), n.clone()).prop_map(|(a, b)| Step::Select(a, b)),
        3 => n.clone().prop_map(Step::Focus),
        2 => (0usize..4).prop_map(Step::Split),
        2 => n.clone().prop_map(Step::Show),
        1 => Just(Step::CloseView),
        1 => (n.clone(), n).prop_map(|(a, b)| Step::Move(a, b)),
        1 => any::<bool>().prop_map(Step::Pin),
    ]
}

/// The window, and beside it each text as characters with all versions it had, and each view with its own selection.
struct Both {
    workspace: Workspace,
    texts: Vec<(TabId, Vec<char>)>,
    views: Vec<ModelView>,
}

impl Both {
    fn new() -> Both {
        let workspace = workspace(&["first\ntext", "second"]);
        let texts =
            workspace.tabs.iter().map(|tab| (tab.id, tab.document.rope().chars().collect())).collect();
        let pane = workspace.panes.focused();
        let views = workspace.tabs.iter().map(|tab| (pane, tab.id, vec![(0, 0)])).collect();
        Both { workspace, texts, views }
    }

    fn here(&self) -> (PaneId, TabId) {
        (self.workspace.panes.focused(), front(&self.workspace))
    }

    /// The text of the tab was changed in one place: every view but the one that did it follows.
    fn changed(&mut self, tab: TabId, by: PaneId, (start, end, text): (usize, usize, &[char])) {
        let own = self.texts.iter_mut().find(|(id, _)| *id == tab).expect("known");
        own.1.splice(start..end, text.iter().copied());
        for (pane, other, spans) in &mut self.views {
            if *other == tab && *pane != by {
                for span in spans.iter_mut() {
                    *span = (moved(span.0, start, end, text.len()), moved(span.1, start, end, text.len()));
                }
            }
        }
    }

    /// What the view that has the keyboard selects is taken as it is: the document's own tests say what that should be.
    fn note_own(&mut self) {
        let (pane, tab) = self.here();
        let spans = selected(self.workspace.tab().expect("front").document.selection());
        match self.views.iter_mut().find(|(own, other, _)| (*own, *other) == (pane, tab)) {
            Some(view) => view.2 = spans,
            None => self.views.push((pane, tab, spans)),
        }
    }

    fn take(&mut self, step: &Step) {
        let (pane, tab) = self.here();
        let panes = self.workspace.panes.layout().panes();
        match step {
            Step::Edit(a, b, text) => {
                let document = &self.workspace.tab().expect("front").document;
                let len = document.buffer().len_chars();
                let (start, end) = ((*a.min(b)).min(len), (*a.max(b)).min(len));
                let change = vec![Change::new(start..end, text.clone())];
                let transaction = Transaction::new(document.buffer(), change).expect("it fits");
                if !transaction.is_empty() {
                    edit::apply_transaction(
                        &mut self.workspace,
                        tab,
                        transaction,
                        EditKind::Alone,
                        0,
                        &mut Vec::new(),
                    );
                    let text: Vec<char> = text.chars().collect();
                    self.changed(tab, pane, (start, end, &text));
                }
                self.note_own();
            }
            Step::Undo | Step::Redo => {
                let document = &mut self.workspace.tab_mut().expect("front").document;
                let before: Vec<char> = document.rope().chars().collect();
                let travelled = if matches!(step, Step::Undo) { document.undo() } else { document.redo() };
                if travelled {
                    let steps = document.clone().take_applied();
                    edit::after_edit(&mut self.workspace, tab, &mut Vec::new());
                    let mut text = before;
                    for applied in steps {
                        // Each was one replacement.
                        for change in applied.transaction.changes().iter().rev() {
                            let inserted: Vec<char> = change.insert.chars().collect();
                            let (start, end) = (change.range.start, change.range.end);
                            text.splice(start..end, inserted.iter().copied());
                            self.changed(tab, pane, (start, end, &inserted));
                        }
                    }
                }
                self.note_own();
            }
            Step::Select(a, b) => {
                let len = self.workspace.tab().expect("front").document.buffer().len_chars();
                let span = Span::new((*a).min(len), (*b).min(len));
                edit::set_selection(&mut self.workspace, &Selection::single(span));
                self.note_own();
            }
            Step::Focus(which) => self.workspace.focus_pane(panes[which % panes.len()]),
            Step::Split(side) => {
                if panes.len() < 5 {
                    let sides = [Side::Left, Side::Right, Side::Above, Side::Below];
                    self.workspace.split(sides[*side]);
                    self.note_own();
                }
            }
            Step::Show(which) => {
                let tab = self.workspace.tabs[which % self.workspace.tabs.len()].id;
                let is_new = self.workspace.panes.front().get(tab).is_none();
                self.workspace.show(tab);
                if is_new {
                    self.note_own();
                }
            }
            Step::CloseView => {
                if self.workspace.close_view(tab, pane) {
                    self.views.retain(|(own, other, _)| (*own, *other) != (pane, tab));
                }
            }
            Step::Move(to, index) => {
                let to = panes[to % panes.len()];
                if to != pane {
                    self.views.retain(|(own, other, _)| (*own, *other) != (to, tab));
                }
                self.workspace.move_tab(tab, pane, to, index % 4);
                for view in self.views.iter_mut().filter(|view| (view.0, view.1) == (pane, tab)) {
                    view.0 = to;
                }
            }
            Step::Pin(on) => self.workspace.panes.pin(pane, tab, *on),
        }
    }

    fn compare(&self) {
        check(&self.workspace);
        for (id, text) in &self.texts {
            let tab = self.workspace.tabs.iter().find(|tab| tab.id == *id).expect("nothing is closed");
            assert_eq!(tab.document.rope().chars().collect::<Vec<_>>(), *text);
        }
        let count: usize = self.workspace.panes.all().map(|pane| pane.tabs.len()).sum();
        assert_eq!(count, self.views.len());
        for (pane, tab, spans) in &self.views {
            let document: &Document =
                &self.workspace.tabs.iter().find(|own| own.id == *tab).expect("open").document;
            let shown = self.workspace.panes.selection(*pane, *tab, document);
            // Spans that came to touch each other have become one.
            let model = Selection::new(spans.iter().map(|(a, b)| Span::new(*a, *b)).collect(), 0);
            assert_eq!(selected(shown), selected(&model), "{pane:?} {tab:?}");
        }
    }
}

proptest! {
    /// Pages come, go and move among texts, and none is there twice.
    #[test]
    fn pages_and_texts_share_panes(steps in prop::collection::vec((0u8..8, 0usize..20), 0..60)) {
        let mut workspace = workspace(&["one", "two"]);
        for (what, which) in steps {
            let panes = workspace.panes.layout().panes();
            let page = Page::ALL[which % Page::ALL.len()];
            let sides = [Side::Left, Side::Right, Side::Above, Side::Below];
            match what {
                0 | 1 => {
                    workspace.show_page(page);
                    prop_assert_eq!(workspace.page_in_front(), Some(page));
                }
                2 => workspace.close_page(page),
                3 => workspace.leave_page(),
                4 if panes.len() < 5 => {
                    workspace.split(sides[which % 4]);
                }
                5 => workspace.focus_pane(panes[which % panes.len()]),
                6 => {
                    let from = workspace.panes.focused();
                    if let Some(tab) = workspace.panes.front().shown() {
                        workspace.move_tab(tab, from, panes[which % panes.len()], which % 4);
                    }
                }
                _ => {
                    let tab = workspace.tabs[which % 2].id;
                    workspace.go_to_tab(tab);
                    prop_assert_eq!(workspace.tab().map(|own| own.id), Some(tab));
                }
            }
            check(&workspace);
        }
    }

    #[test]
    fn two_views_of_one_text_never_disagree(steps in prop::collection::vec(step(), 0..60)) {
        let mut both = Both::new();
        for step in &steps {
            both.take(step);
            both.compare();
        }
    }
}
