//! From a result to its place in the text.

use std::ops::Range;
use std::path::PathBuf;

use editor_core::{Selection, Span};
use ground::ids::TabId;
use ground::words::sentence;
use search::HitPlace;
use search::page::At;
use search::replace::WantedMatches;

use super::{AwaitedResult, ProjectSearch, ProjectSearchEffect, ProjectSearchEvent};
use crate::event::{Effect, Event};
use crate::workspace::{Focus, Tab, ToastKind, Workspace, edit, open};

/// Where a tab's text is listed.
pub(super) fn place_of(tab: &Tab) -> HitPlace {
    tab.document.path().map_or(HitPlace::Text(tab.id.0), |path| HitPlace::File(path.to_owned()))
}

/// Is this the tab with the text at a place?
pub(super) fn is_at(tab: &Tab, place: &HitPlace) -> bool {
    match place {
        HitPlace::File(path) => tab.document.path() == Some(path),
        HitPlace::Text(number) => tab.id.0 == *number && tab.document.path().is_none(),
    }
}

/// How a result is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenAs {
    /// To look at, the keyboard staying in the list.
    Glance,
    /// To look at, the keyboard in the text.
    Visit,
    /// To stay open.
    Tab,
}

/// Shows a hit in its text.
pub fn hit(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    at: At,
    how: OpenAs,
    out: &mut Vec<Effect>,
) {
    let Some((place, hit)) = search.results.page.hit(at) else { return };
    let (place, hit) = (place.clone(), hit.clone());
    let stays = how == OpenAs::Glance && !search.fills;
    search.history.note(&search.form.query.pattern);
    search.awaited = None;
    // Where there is room for one alone it is the text.
    search.open &= !search.fills;
    let tab = workspace.tabs.iter().find(|tab| is_at(tab, &place)).map(|tab| tab.id);
    match (tab, place) {
        (Some(id), _) => {
            if how == OpenAs::Tab {
                workspace.panes.keep(id);
            }
            open::activate(workspace, id, out);
            select(workspace, id, hit.range, stays);
        }
        (None, HitPlace::File(path)) => {
            if how == OpenAs::Tab || !workspace.settings.window.preview_tabs {
                workspace.panes.await_to_stay(&path);
            } else {
                workspace.panes.await_preview(&path);
            }
            search.awaited =
                Some(AwaitedResult { path: path.clone(), range: hit.range, stays, reviews: false });
            let effect = ProjectSearchEffect::Open(path, (hit.line, hit.column));
            out.push(Effect::ProjectSearch(effect));
        }
        (None, place @ HitPlace::Text(_)) => search.results.page.remove(&place),
    }
}

fn select(workspace: &mut Workspace, id: TabId, range: Range<usize>, stays: bool) {
    if let Some(tab) = workspace.find_tab(id) {
        // The file may have become another one since.
        let end = range.end.min(tab.document.buffer().len_chars());
        let span = Span::new(range.start.min(end), end);
        tab.document.select(&Selection::single(span));
    }
    edit::reveal_caret(workspace, true);
    if stays {
        workspace.focus = Some(Focus::SearchResults);
    }
}

/// A text is in front: when it is the one that was awaited, its hit is selected.
pub fn in_front(search: &mut ProjectSearch, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let (id, path) = (tab.id, tab.document.path());
    if let Some(awaited) = search.awaited.take_if(|awaited| path == Some(&awaited.path)) {
        select(workspace, id, awaited.range, awaited.stays);
        if awaited.reviews {
            let review = ProjectSearchEvent::Review(HitPlace::File(awaited.path));
            out.push(Effect::then(Event::ProjectSearch(review)));
        }
    }
}

/// The file of a result is gone.
pub fn vanished(search: &mut ProjectSearch, workspace: &mut Workspace, path: PathBuf, now: u64) {
    search.awaited.take_if(|awaited| awaited.path == path);
    workspace.await_no_more(&path);
    let words = format!("{} is gone since it was searched. It is off the list now.", path.display());
    let row = search.results.row();
    search.results.page.remove(&HitPlace::File(path));
    if let Some(row) = row {
        search.results.go_to_row(row.min(search.results.page.rows().saturating_sub(1)));
    }
    workspace.toast(ToastKind::Error, words, now);
}

/// Shows what a replacement would change in a file as a review of its text: in the text itself, hunk by hunk.
pub fn review(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    place: HitPlace,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let (Some(matcher), Some(replacement)) = (&search.results.matcher, &search.previews.replacement) else {
        return;
    };
    let Some(file) = search.results.page.of(&place) else { return };
    let wanted: Vec<Range<usize>> = file.hits.iter().map(|hit| hit.range.clone()).collect();
    let Some(tab) = workspace.tabs.iter().find(|tab| is_at(tab, &place)) else {
        // Once its text is there it is asked again.
        if let (HitPlace::File(path), Some(first)) = (place, file.hits.first()) {
            let range = first.range.clone();
            search.awaited = Some(AwaitedResult { path: path.clone(), range, stays: false, reviews: true });
            workspace.panes.await_to_stay(&path);
            let effect = ProjectSearchEffect::Open(path, (first.line, first.column));
            out.push(Effect::ProjectSearch(effect));
        }
        return;
    };
    let (id, buffer) = (tab.id, tab.document.buffer());
    let job = workspace.counters.job();
    match search::replace::review(job.0, buffer, matcher, replacement, WantedMatches::These(&wanted)) {
        Ok(review) => {
            search.open &= !search.fills;
            let words = format!("Replace “{}” by “{}”", search.form.query.pattern, search.form.replacement);
            out.push(Effect::then(Event::ReviewChanges(id, Box::new(review), words)));
        }
        Err(error) => workspace.toast(ToastKind::Error, sentence(&error.to_string()), now),
    }
}
