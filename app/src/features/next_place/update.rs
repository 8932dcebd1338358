//! Looks for places once an edit has come to rest, goes to them, and makes the change there.

use std::ops::Range;

use editor_core::edit::Edit;
use editor_core::next_place::{EditTrail, MAX_SEARCHED};
use editor_core::review::Review;
use editor_core::{EditKind, Selection, Transaction};
use ground::ids::TabId;

use super::look::{FoundPlaces, PlaceSearch};
use super::{NextPlace, PlacesInText, arrived, next, places, predict};
use crate::event::{Effect, Event};
use crate::workspace::{Tab, ToastKind, Workspace, configure, edit, open};

/// An edit that nobody goes on with for so long has come to rest, in milliseconds.
const REST: u64 = 600;

/// Until a text is parsed it is looked at this often, in milliseconds.
const AGAIN: u64 = 30;

/// Knows the text in front before it is edited, while that is wanted: else nothing is kept, and edits cost nothing.
pub fn watch(next_place: &mut NextPlace, workspace: &Workspace) {
    if !workspace.settings.editor.next_place {
        return next_place.trails.clear();
    }
    let Some(tab) = workspace.tab().filter(|tab| tab.document.rope().len_bytes() <= MAX_SEARCHED) else {
        return;
    };
    if !next_place.trails.contains_key(&tab.id) {
        next_place.trails.retain(|id, _| workspace.tabs.iter().any(|tab| tab.id == *id));
        let mut trail = EditTrail::new(tab.document.rope());
        know_tree(&mut trail, tab);
        next_place.trails.insert(tab.id, trail);
    }
}

/// A text was parsed.
pub fn parsed(next_place: &mut NextPlace, workspace: &Workspace, id: TabId) {
    let tab = workspace.tabs.iter().find(|tab| tab.id == id);
    if let (Some(tab), Some(trail)) = (tab, next_place.trails.get_mut(&id)) {
        know_tree(trail, tab);
    }
}

fn know_tree(trail: &mut EditTrail, tab: &Tab) {
    let current = tab.highlighter.tree().filter(|tree| tree.revision() == tab.document.revision());
    if let Some(tree) = current {
        trail.parsed(tree);
    }
}

/// A text was edited, by whomever.
pub fn edited(next_place: &mut NextPlace, workspace: &Workspace, id: TabId, steps: &[Transaction], now: u64) {
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    let (rope, revision) = (tab.document.rope(), tab.document.revision());
    let Some(trail) = next_place.trails.get_mut(&id) else {
        return forget_text(next_place, id);
    };
    if rope.len_bytes() > MAX_SEARCHED {
        next_place.trails.remove(&id);
        return forget_text(next_place, id);
    }
    let is_own = next_place.own.take_if(|own| *own == (id, revision)).is_some();
    let is_reviewed = next_place.reviewing.as_mut().is_some_and(|(tab, accepted)| {
        *accepted |= *tab == id;
        *tab == id
    });
    // Right after an undo there is something to redo.
    let is_travel = tab.document.can_redo();
    if is_own || is_reviewed || is_travel {
        trail.pass(steps, rope);
        return follow(next_place, id, (steps, is_travel), revision);
    }
    let is_front = workspace.tab().is_some_and(|front| front.id == id);
    if !is_front {
        trail.pass(steps, rope);
        return forget_text(next_place, id);
    }
    next_place.offer = None;
    next_place.arrived = None;
    next_place.pending = None;
    if tab.document.is_modified() {
        trail.follow(steps, rope);
        next_place.pending = Some((id, now));
    } else {
        // The file was read again: nobody here made that change.
        trail.forget(rope);
    }
}

/// Takes what is offered along with edits that are no new ones. Where the edit itself is taken back, it is due nowhere.
fn follow(
    next_place: &mut NextPlace,
    id: TabId,
    (steps, is_travel): (&[Transaction], bool),
    revision: editor_core::Revision,
) {
    next_place.arrived = None;
    next_place.pending = None;
    let Some(offer) = &mut next_place.offer else { return };
    if offer.edited == id {
        for step in steps {
            let is_undone = is_travel && step.changes().iter().any(|change| meet(&change.range, &offer.edit));
            if is_undone {
                next_place.offer = None;
                return;
            }
            offer.edit = step.map_range(offer.edit.clone());
        }
    }
    if let Some(text) = offer.texts.iter_mut().find(|text| text.tab == id) {
        text.follow(steps, revision);
    }
    tidy(next_place);
}

fn meet(one: &Range<usize>, other: &Range<usize>) -> bool {
    one.start <= other.end && other.start <= one.end
}

/// The places of a text are not known any more.
fn forget_text(next_place: &mut NextPlace, id: TabId) {
    if let Some(offer) = &mut next_place.offer {
        offer.texts.retain(|text| text.tab != id);
    }
    tidy(next_place);
}

/// What has no place left is no offer.
fn tidy(next_place: &mut NextPlace) {
    if let Some(offer) = &mut next_place.offer {
        offer.texts.retain(|text| !text.places.is_empty());
    }
    next_place.offer.take_if(|offer| offer.texts.is_empty());
}

/// Milliseconds until an edit has come to rest; `None`: there is none.
pub fn wake_in(next_place: &NextPlace, now: u64) -> Option<u64> {
    next_place.pending.map(|(_, since)| (since + REST).saturating_sub(now).max(AGAIN))
}

/// Looks where the last edit is due once it rests, or the caret has left it. Called with every frame.
pub fn tick(next_place: &mut NextPlace, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    go_on_reviewing(next_place, workspace, out);
    predict::stop_outdated(next_place, workspace, out);
    let Some((id, since)) = next_place.pending else { return };
    let is_on = workspace.settings.editor.next_place;
    let tab = workspace.tab().filter(|tab| tab.id == id && is_on && tab.review.is_none());
    let Some((tab, trail)) = tab.zip(next_place.trails.get(&id)) else {
        next_place.pending = None;
        return;
    };
    let left = trail.lines().is_some_and(|lines| !lines.contains(&tab.caret().0));
    let rests = now.saturating_sub(since) >= REST;
    if !(left || rests) || !is_parsed(tab) {
        return;
    }
    next_place.pending = None;
    match PlaceSearch::of(trail, workspace, tab) {
        Some(search) => out.push(Effect::FindPlaces(Box::new(search))),
        None => predict::ask(next_place, workspace, id, out),
    }
}

/// Is the tree that of the text as it is, or will there be none?
fn is_parsed(tab: &Tab) -> bool {
    tab.highlighter.tree().is_none_or(|tree| tree.revision() == tab.document.revision())
}

/// The places of an edit were looked for. Of texts that were edited since they are not known any more.
pub fn found(
    next_place: &mut NextPlace,
    workspace: &mut Workspace,
    found: FoundPlaces,
    out: &mut Vec<Effect>,
) {
    let (id, revision) = found.of;
    let is_on = workspace.settings.editor.next_place;
    let front = workspace.tab().filter(|tab| tab.id == id && is_on && tab.review.is_none());
    if front.is_none_or(|tab| tab.document.revision() != revision) || next_place.pending.is_some() {
        return;
    }
    next_place.offer = found.offer;
    if let Some(offer) = &mut next_place.offer {
        let is_known = |text: &PlacesInText| {
            workspace.tabs.iter().any(|tab| tab.id == text.tab && tab.document.revision() == text.revision)
        };
        offer.texts.retain(is_known);
    }
    tidy(next_place);
    next_place.arrived = None;
    if next_place.offer.is_none() {
        predict::ask(next_place, workspace, id, out);
    }
}

/// Takes the caret to the next place.
pub fn go(next_place: &mut NextPlace, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some((id, place, _)) = next(next_place, workspace) else { return };
    let position = place.change().range.start;
    if workspace.tab().is_none_or(|tab| tab.id != id) {
        open::activate(workspace, id, out);
    }
    edit::go_to(workspace, position);
    next_place.arrived = workspace.tab().map(|tab| (id, tab.document.revision(), position));
}

/// Makes the change at the place that the caret was taken to, as one undo step.
pub fn apply(next_place: &mut NextPlace, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(place) = arrived(next_place, workspace).cloned() else { return };
    let Some(tab) = workspace.tab() else { return };
    let buffer = tab.document.buffer();
    if buffer.slice(place.range.clone()) != place.before {
        return forget_text(next_place, tab.id);
    }
    let change = place.change();
    let caret = change.range.start + change.insert.chars().count();
    let Ok(transaction) = Transaction::new(buffer, vec![change]) else { return };
    let id = tab.id;
    let made = Edit { transaction, selection: Selection::caret(caret) };
    // The change may be none that touches what it is about: it is taken off the list by hand.
    if let Some(text) =
        next_place.offer.iter_mut().flat_map(|offer| &mut offer.texts).find(|text| text.tab == id)
    {
        text.places.retain(|other| *other != place);
    }
    edit::apply(workspace, made, EditKind::Alone, now, out);
    next_place.own = workspace.tab().map(|tab| (id, tab.document.revision()));
}

/// Shows the changes at all places of the text in front as a review, those of other texts after it.
pub fn review(next_place: &mut NextPlace, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(front) = workspace.tab().map(|tab| tab.id) else { return };
    let has_own = workspace.tab().is_some_and(|tab| !places(next_place, tab).is_empty());
    let other = next_place.offer.iter().flat_map(|offer| &offer.texts).map(|text| text.tab).next();
    if let Some(id) = if has_own { Some(front) } else { other } {
        review_text(next_place, workspace, id, out);
    }
}

fn review_text(next_place: &mut NextPlace, workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let job = workspace.counters.job();
    let Some(offer) = &mut next_place.offer else { return };
    let Some(index) = offer.texts.iter().position(|text| text.tab == id) else { return };
    let text = offer.texts.remove(index);
    let tab = workspace.find_tab(id).filter(|tab| tab.document.revision() == text.revision);
    let changes: Vec<_> = text.places.iter().map(editor_core::next_place::ChangePlace::change).collect();
    if let Some(Ok(review)) = tab.map(|tab| Review::of_changes(job.0, tab.document.buffer(), &changes)) {
        let words = match changes.len() {
            1 => "The change that you made, in 1 other place".to_owned(),
            count => format!("The change that you made, in {count} other places"),
        };
        out.push(Effect::then(Event::ReviewChanges(id, Box::new(review), words)));
        next_place.reviewing = Some((id, false));
    }
    tidy(next_place);
}

/// Once the places of one text are decided about, those of the next one are shown; not after a review of which nothing was accepted.
fn go_on_reviewing(next_place: &mut NextPlace, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some((id, accepted)) = next_place.reviewing else { return };
    if workspace.tabs.iter().any(|tab| tab.id == id && tab.review.is_some()) {
        return;
    }
    next_place.reviewing = None;
    let other = next_place.offer.iter().flat_map(|offer| &offer.texts).map(|text| text.tab).next();
    match other {
        Some(other) if accepted => review_text(next_place, workspace, other, out),
        _ => next_place.offer = None,
    }
}

/// Nothing more of it until the next edit.
pub fn dismiss(next_place: &mut NextPlace) {
    next_place.offer = None;
    next_place.arrived = None;
    next_place.pending = None;
}

/// Turns it on or off.
pub fn toggle(next_place: &mut NextPlace, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let on = !workspace.settings.editor.next_place;
    let word = if on { "marked" } else { "not marked" };
    dismiss(next_place);
    workspace.toast(ToastKind::Info, format!("Places where an edit is due as well are {word}."), now);
    configure::set(workspace, "editor.next_place", &on, now, out);
}
