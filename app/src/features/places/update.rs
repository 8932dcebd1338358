//! What is done with tabs, panes, the way that was gone, and bookmarks.

use std::path::Path;

use editor_core::Transaction;
use ground::command::Command;
use ground::ids::{PaneId, TabId};

use super::history::TextPlace;
use super::{PlacesEvent, Switcher, TabDeed, TextPlaces};
use crate::event::{Effect, Event};
use crate::workspace::picker::{Choice, Item, Picker, PickerKind};
use crate::workspace::{Focus, Overlay, Side, Tab, TabContent, ToastKind, Workspace, edit, open};

/// Something happened to tabs or panes.
pub fn on(
    places: &mut TextPlaces,
    workspace: &mut Workspace,
    event: PlacesEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        PlacesEvent::Focus(pane) => focus(workspace, pane, out),
        PlacesEvent::Show(pane, tab) => {
            workspace.focus_pane(pane);
            workspace.show(tab);
            in_front(workspace, out);
        }
        PlacesEvent::Close(pane, tab) => close(workspace, pane, tab, out),
        PlacesEvent::Keep(tab) => workspace.panes.keep(tab),
        PlacesEvent::Menu(pane, tab, deed) => {
            workspace.focus_pane(pane);
            do_from_menu(workspace, (pane, tab), deed, now, out);
        }
        PlacesEvent::Move { tab, from, to, index } => {
            workspace.move_tab(tab, from, to, index);
            in_front(workspace, out);
        }
        PlacesEvent::MoveBeside { tab, from, beside, side } => {
            workspace.move_tab_beside(tab, from, beside, side);
            in_front(workspace, out);
        }
        PlacesEvent::Divide(way, share) => workspace.panes.layout_mut().set_share(&way, share),
        PlacesEvent::EvenOut => workspace.panes.layout_mut().even_out(),
        PlacesEvent::Step(by) => places.switcher.iter_mut().for_each(|switcher| switcher.step(by)),
        PlacesEvent::Pick(row) => {
            places.switcher.iter_mut().for_each(|switcher| switcher.current = row);
            take(places, workspace, out);
        }
        PlacesEvent::Take => take(places, workspace, out),
        PlacesEvent::Leave => places.switcher = None,
        PlacesEvent::GoToBookmark(index) => {
            if let Some(place) = places.bookmarks.all().get(index).cloned() {
                go(places, workspace, &place, out);
            }
        }
    }
}

/// A file that was opened to be looked at stays open; it may still be being read.
pub fn keep_file(workspace: &mut Workspace, path: &Path) {
    match workspace.tab_on(path).map(|tab| tab.id) {
        Some(tab) => workspace.panes.keep(tab),
        None => workspace.panes.await_to_stay(path),
    }
}

/// What the pane that has the keyboard shows is in front now.
fn in_front(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.focus = Some(if workspace.page_in_front().is_some() { Focus::Page } else { Focus::Editor });
    open::in_front_changed(workspace, out);
    workspace.remember(out);
}

fn focus(workspace: &mut Workspace, pane: PaneId, out: &mut Vec<Effect>) {
    if workspace.panes.focused() != pane {
        workspace.focus_pane(pane);
        in_front(workspace, out);
        // A press into a page may have given the keyboard to a field of it.
        workspace.focus.take_if(|focus| *focus == Focus::Page);
    }
}

/// Goes from the page in front back to the text.
pub fn leave_page(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if workspace.page_in_front().is_some() {
        workspace.leave_page();
        in_front(workspace, out);
    }
}

/// Closes a tab: the view alone where another one shows the text, else the text, with a question when it is not saved.
pub fn close(workspace: &mut Workspace, pane: PaneId, tab: TabContent, out: &mut Vec<Effect>) {
    match tab {
        TabContent::Page(page) => {
            workspace.close_page(page);
            in_front(workspace, out);
        }
        TabContent::Text(_) if workspace.close_view(tab, pane) => in_front(workspace, out),
        TabContent::Text(text) => out.push(Effect::then(Event::Close(text))),
    }
}

/// Closes the tab in front.
pub fn close_front(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if let Some((pane, tab)) = front(workspace) {
        close(workspace, pane, tab, out);
    }
}

/// The pane that has the keyboard, and what is in front there.
fn front(workspace: &Workspace) -> Option<(PaneId, TabContent)> {
    let pane = workspace.panes.front();
    Some((pane.id, pane.shown()?))
}

/// Does something with the tab in front.
pub fn with_front(workspace: &mut Workspace, deed: TabDeed, now: u64, out: &mut Vec<Effect>) {
    if let Some(front) = front(workspace) {
        do_from_menu(workspace, front, deed, now, out);
    }
}

fn do_from_menu(
    workspace: &mut Workspace,
    (pane, tab): (PaneId, TabContent),
    deed: TabDeed,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(own) = workspace.panes.get(pane) else { return };
    let Some(at) = own.position(tab) else { return };
    let is_unsaved = |id: TabId| workspace.tabs.iter().any(|tab| tab.id == id && tab.is_unsaved());
    let is_saved = |tab: TabContent| !tab.text().is_some_and(is_unsaved);
    let others = own.tabs.iter().enumerate().filter(|(_, other)| !other.pinned);
    let gone: Vec<TabContent> = match deed {
        TabDeed::CloseOthers => {
            others.filter(|(_, other)| other.tab != tab).map(|(_, other)| other.tab).collect()
        }
        TabDeed::CloseRight => others.filter(|(index, _)| *index > at).map(|(_, other)| other.tab).collect(),
        TabDeed::CloseSaved => {
            others.filter(|(_, other)| is_saved(other.tab)).map(|(_, other)| other.tab).collect()
        }
        TabDeed::Pin => {
            let pinned = own.tabs[at].pinned;
            workspace.panes.pin(pane, tab, !pinned);
            return workspace.remember(out);
        }
        TabDeed::Split(side) => {
            workspace.show(tab);
            return split(workspace, side, out);
        }
        TabDeed::CopyPath => {
            let path = tab
                .text()
                .and_then(|text| workspace.find_tab(text))
                .and_then(|tab| tab.document.path().map(|path| path.display().to_string()));
            return match path {
                Some(path) => out.push(Effect::Copy(path)),
                None => workspace.toast(
                    ToastKind::Info,
                    "This text has no file yet. Save it to give it a path.".into(),
                    now,
                ),
            };
        }
    };
    close_many(workspace, pane, &gone, now, out);
}

/// Closes tabs of a pane. Those whose text is not saved and would go stay open, for one question after the other would be asked.
fn close_many(workspace: &mut Workspace, pane: PaneId, tabs: &[TabContent], now: u64, out: &mut Vec<Effect>) {
    let mut unsaved = 0;
    for tab in tabs {
        let goes = workspace.panes.with(*tab).len() < 2;
        let text = tab.text().and_then(|text| workspace.find_tab(text));
        if goes && text.is_some_and(|tab| tab.is_unsaved() || tab.saving.is_some()) {
            unsaved += 1;
        } else {
            close(workspace, pane, *tab, out);
        }
    }
    let words = match unsaved {
        0 => return,
        1 => "1 tab with unsaved changes stays open. Save it, or close it by itself.".to_owned(),
        many => format!("{many} tabs with unsaved changes stay open. Save them, or close them one by one."),
    };
    workspace.toast(ToastKind::Info, words, now);
}

/// Closes all tabs of the pane that has the keyboard, but pinned ones and those whose text would be lost.
pub fn close_all(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let pane = workspace.panes.front();
    let (id, tabs) =
        (pane.id, pane.tabs.iter().filter(|tab| !tab.pinned).map(|tab| tab.tab).collect::<Vec<_>>());
    close_many(workspace, id, &tabs, now, out);
}

/// Keeps the tab in front, which was only looked at.
pub fn keep_front(workspace: &mut Workspace) {
    if let Some(tab) = workspace.tab().map(|tab| tab.id) {
        workspace.panes.keep(tab);
    }
}

/// Shows the text in front in a new pane at a side.
pub fn split(workspace: &mut Workspace, side: Side, out: &mut Vec<Effect>) {
    if workspace.split(side) {
        in_front(workspace, out);
    }
}

/// Gives the next pane the keyboard, or the one before, over the ends.
pub fn step_pane(workspace: &mut Workspace, by: isize, out: &mut Vec<Effect>) {
    if let Some(pane) = pane_at(workspace, by) {
        focus(workspace, pane, out);
    }
}

/// Gives the pane at a side the keyboard.
pub fn focus_side(workspace: &mut Workspace, side: Side, out: &mut Vec<Effect>) {
    let from = workspace.panes.focused();
    if let Some(pane) = workspace.panes.layout().neighbour(from, side) {
        focus(workspace, pane, out);
    }
}

fn pane_at(workspace: &Workspace, by: isize) -> Option<PaneId> {
    let panes = workspace.panes.layout().panes();
    let at = panes.iter().position(|pane| *pane == workspace.panes.focused())? as isize;
    Some(panes[(at + by).rem_euclid(panes.len() as isize) as usize])
}

/// Moves the tab in front into the next pane, or the one before; where there is one alone, into a new one at that side.
pub fn move_to_pane(workspace: &mut Workspace, by: isize, out: &mut Vec<Effect>) {
    let (Some((from, tab)), Some(to)) = (front(workspace), pane_at(workspace, by)) else { return };
    if to == from {
        workspace.move_tab_beside(tab, from, from, if by > 0 { Side::Right } else { Side::Left });
    } else {
        workspace.move_tab(tab, from, to, usize::MAX);
    }
    in_front(workspace, out);
}

/// Closes the views of the pane that has the keyboard. A text that no other pane shows moves to a neighbour: nothing is closed.
pub fn close_pane(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let from = workspace.panes.focused();
    let Some(to) = workspace.panes.layout().heir(from) else { return };
    let tabs: Vec<TabContent> = workspace.panes.front().tabs.iter().map(|tab| tab.tab).collect();
    let in_front_there = workspace.panes.get(to).and_then(|pane| pane.shown());
    for tab in tabs {
        if !workspace.close_view(tab, from) {
            workspace.move_tab(tab, from, to, usize::MAX);
        }
    }
    workspace.focus_pane(to);
    in_front_there.into_iter().for_each(|tab| workspace.show(tab));
    in_front(workspace, out);
}

/// Moves the tab in front within its pane.
pub fn shift_tab(workspace: &mut Workspace, by: isize, out: &mut Vec<Effect>) {
    let Some((pane, tab)) = front(workspace) else { return };
    let Some(at) = workspace.panes.front().position(tab) else { return };
    // An index is a place between the tabs as they are.
    let index = if by > 0 { at + 2 } else { at.saturating_sub(1) };
    workspace.move_tab(tab, pane, pane, index);
    workspace.remember(out);
}

/// Brings the tab with this number to the front, counted from 0; `None`: the last one.
pub fn number(workspace: &mut Workspace, number: Option<usize>, out: &mut Vec<Effect>) {
    let tabs = &workspace.panes.front().tabs;
    let tab = number.map_or(tabs.last(), |number| tabs.get(number)).map(|tab| tab.tab);
    if let Some(tab) = tab {
        workspace.show(tab);
        in_front(workspace, out);
    }
}

/// The next tab of the pane, over the ends.
pub fn step_tab(workspace: &mut Workspace, by: isize, out: &mut Vec<Effect>) {
    let pane = workspace.panes.front();
    let Some(at) = pane.shown().and_then(|tab| pane.position(tab)) else { return };
    let next = (at as isize + by).rem_euclid(pane.tabs.len() as isize) as usize;
    number(workspace, Some(next), out);
}

/// Shows the list of tabs, or continues in it; it is taken when Ctrl is let go.
pub fn switch(places: &mut TextPlaces, workspace: &Workspace, forward: bool) {
    match &mut places.switcher {
        Some(switcher) => switcher.step(if forward { 1 } else { -1 }),
        None => places.switcher = Switcher::new(workspace.panes.front(), forward),
    }
}

fn take(places: &mut TextPlaces, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(switcher) = places.switcher.take() else { return };
    if let Some(tab) = switcher.tabs.get(switcher.current) {
        workspace.show(*tab);
        in_front(workspace, out);
    }
}

/// Lists the tabs of all panes to choose from.
pub fn list_tabs(workspace: &mut Workspace) {
    let text = |tab: &Tab| Item {
        text: tab.document.title(),
        detail: tab
            .document
            .path()
            .and_then(|path| path.parent())
            .map(|path| path.display().to_string())
            .unwrap_or_default(),
        right: if tab.is_unsaved() { "unsaved".into() } else { String::new() },
        choice: Choice::Tab(tab.id.into()),
    };
    let shown = |tab: &TabContent| match tab {
        TabContent::Text(id) => workspace.tabs.iter().find(|tab| tab.id == *id).map(text),
        TabContent::Page(page) => Some(Item {
            text: page.title().to_owned(),
            detail: String::new(),
            right: String::new(),
            choice: Choice::Tab((*page).into()),
        }),
    };
    let mut listed: Vec<TabContent> = Vec::new();
    for pane in std::iter::once(workspace.panes.front()).chain(workspace.panes.all()) {
        listed.extend(pane.recent().iter().filter(|tab| !listed.contains(tab)).copied().collect::<Vec<_>>());
    }
    let items = listed.iter().filter_map(shown).collect();
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Tabs, items));
}

/// Shows nothing but the text, or everything again.
pub fn toggle_zen(workspace: &mut Workspace, now: u64) {
    workspace.zen = !workspace.zen;
    if workspace.zen {
        let words =
            format!("Nothing but the text is shown. {} brings everything back.", Command::ZenMode.key_text());
        workspace.toast(ToastKind::Info, words, now);
    }
}

/// Follows what happened: a jump of the caret is a place to come back to.
pub fn follow(places: &mut TextPlaces, workspace: &Workspace) {
    places.history.follow(workspace);
}

/// A text was edited.
pub fn edited(places: &mut TextPlaces, workspace: &mut Workspace, id: TabId, steps: &[Transaction]) {
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    places.history.edited(tab, steps);
    places.bookmarks.edited(tab, steps);
    workspace.session.bookmarks = places.bookmarks.remembered();
}

/// A file or folder has another place now: places in it go with it.
pub fn relocated(places: &mut TextPlaces, workspace: &mut Workspace, from: &Path, to: &Path) {
    // Those of the last session are taken over first, for they are in files that may never have been opened.
    places.bookmarks.attach(workspace);
    places.history.relocated(from, to);
    places.bookmarks.relocated(from, to);
    workspace.session.bookmarks = places.bookmarks.remembered();
}

/// Another text came to the front, maybe one that was just opened.
pub fn attach(places: &mut TextPlaces, workspace: &Workspace) {
    places.history.attach(workspace);
    places.bookmarks.attach(workspace);
}

/// Goes back to where the caret was before it jumped, or forward again.
pub fn travel(
    places: &mut TextPlaces,
    workspace: &mut Workspace,
    back: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let is_there = |place: &TextPlace| place.path.is_some() || place.tab_in(workspace).is_some();
    // From a page it goes back to the text that it was opened from.
    let from_page = back && workspace.page_in_front().is_some();
    if let Some(here) = places.history.here().filter(|here| from_page && is_there(here)).cloned() {
        return go(places, workspace, &here, out);
    }
    match places.history.travel(back, is_there) {
        Some(place) => go(places, workspace, &place, out),
        None => {
            let words =
                if back { "There is no place to go back to." } else { "There is no place to go forward to." };
            workspace.toast(ToastKind::Info, words.into(), now);
        }
    }
}

/// Goes to the place of the last edit.
pub fn last_edit(places: &mut TextPlaces, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    match places.history.last_edit().cloned() {
        Some(place) => go(places, workspace, &place, out),
        None => workspace.toast(ToastKind::Info, "Nothing was edited yet.".into(), now),
    }
}

fn go(places: &mut TextPlaces, workspace: &mut Workspace, place: &TextPlace, out: &mut Vec<Effect>) {
    match (place.tab_in(workspace).map(|tab| tab.id), place.path.clone()) {
        (Some(tab), _) => {
            workspace.go_to_tab(tab);
            let known = workspace.find_tab(tab).is_some_and(|tab| tab.id == place.tab);
            let position = if known { Some(place.position) } else { None };
            let at = |tab: &Tab| tab.document.buffer().position(place.caret.0, place.caret.1);
            let position = position.or_else(|| workspace.tab().map(at)).unwrap_or_default();
            edit::go_to(workspace, position);
            in_front(workspace, out);
        }
        (None, Some(path)) => {
            places.history.await_file(path.clone());
            out.push(Effect::Open { path, caret: Some(place.caret), front: true });
        }
        (None, None) => {}
    }
}

/// Sets a bookmark at the line of the caret, or takes it away.
pub fn toggle_bookmark(places: &mut TextPlaces, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    places.bookmarks.toggle(tab, tab.caret().0);
    workspace.session.bookmarks = places.bookmarks.remembered();
    workspace.remember(out);
}

/// Takes all bookmarks away.
pub fn clear_bookmarks(places: &mut TextPlaces, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    places.bookmarks.clear();
    workspace.session.bookmarks.clear();
    workspace.remember(out);
}

/// Goes to the next bookmark, or the one before, through all files.
pub fn step_bookmark(
    places: &mut TextPlaces,
    workspace: &mut Workspace,
    forward: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let here = workspace.tab().map(|tab| TextPlace::new(tab, tab.document.selection().primary().head));
    match places.bookmarks.next(here.as_ref(), forward).cloned() {
        Some(place) => go(places, workspace, &place, out),
        None => workspace.toast(ToastKind::Info, no_bookmarks(), now),
    }
}

/// Lists the bookmarks.
pub fn list_bookmarks(places: &TextPlaces, workspace: &mut Workspace) {
    let row = |(index, place): (usize, &TextPlace)| {
        let tab = place.tab_in(workspace);
        let name = place
            .path
            .as_deref()
            .and_then(|path| path.file_name())
            .map(|name| name.to_string_lossy().into_owned());
        let name = name.or_else(|| tab.map(|tab| tab.document.title())).unwrap_or_default();
        let line = |tab: &Tab| {
            let buffer = tab.document.buffer();
            let start = buffer.line_start(place.caret.0);
            buffer.slice(start..buffer.line_end(place.caret.0).min(start + MAX_SHOWN)).trim().to_owned()
        };
        Item {
            text: format!("{name}:{}", place.caret.0 + 1),
            detail: tab.map(line).unwrap_or_default(),
            right: String::new(),
            choice: Choice::Bookmark(index),
        }
    };
    let items = places.bookmarks.all().iter().enumerate().map(row).collect();
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Bookmarks, items));
}

/// Most characters of a line that the list shows.
const MAX_SHOWN: usize = 200;

/// What is said where there is no bookmark.
pub fn no_bookmarks() -> String {
    let toggle = Command::ToggleBookmark;
    format!("There are no bookmarks. Set one with \"{}\".", toggle.tooltip())
}
