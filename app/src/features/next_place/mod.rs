//! Where the change that was just made is due as well: what is known of edits, and the places that are offered.

pub mod look;
pub mod predict;
#[cfg(test)]
mod tests;
pub mod update;

use std::collections::HashMap;
use std::ops::Range;

use editor_core::next_place::{ChangePlace, EditTrail};
use editor_core::{Revision, Transaction};
use ground::ids::TabId;

use crate::workspace::{Tab, Workspace};

/// What is known of edits and of where they are due.
#[derive(Debug, Default)]
pub struct NextPlace {
    /// What was edited in each text that was in front.
    trails: HashMap<TabId, EditTrail>,
    /// An edit of this text has not been looked at, and when it was made.
    pending: Option<(TabId, u64)>,
    /// Places where it is due.
    offer: Option<PlaceOffer>,
    /// Where the caret was taken.
    arrived: Option<(TabId, Revision, usize)>,
    /// The revision of a text that came of a change made here.
    own: Option<(TabId, Revision)>,
    /// What a model for next edits was asked.
    asked: Option<predict::Prediction>,
    /// The text whose places are reviewed, and whether anything was accepted.
    reviewing: Option<(TabId, bool)>,
}

/// Places where a change is due.
#[derive(Clone, Debug)]
struct PlaceOffer {
    /// The text that was edited.
    edited: TabId,
    /// What the edit put there: if that is taken back, it is due nowhere.
    edit: Range<usize>,
    /// Texts with places, the edited one first.
    texts: Vec<PlacesInText>,
}

/// The places of one text.
#[derive(Clone, Debug)]
struct PlacesInText {
    tab: TabId,
    revision: Revision,
    /// In order.
    places: Vec<ChangePlace>,
}

impl PlacesInText {
    /// Follows edits. Places that were edited themselves are none any more.
    fn follow(&mut self, steps: &[Transaction], revision: Revision) {
        for step in steps {
            self.places.retain(|place| !step.touches(&place.range));
            self.places.iter_mut().for_each(|place| place.range = step.map_range(place.range.clone()));
        }
        self.revision = revision;
    }
}

impl PlaceOffer {
    fn of(&self, tab: &Tab) -> &[ChangePlace] {
        let own =
            self.texts.iter().find(|text| text.tab == tab.id && text.revision == tab.document.revision());
        own.map_or(&[], |text| &text.places)
    }

    fn count(&self) -> usize {
        self.texts.iter().map(|text| text.places.len()).sum()
    }
}

/// Places of a text that are marked in it.
pub fn places<'a>(next_place: &'a NextPlace, tab: &Tab) -> &'a [ChangePlace] {
    match &next_place.offer {
        Some(offer) if tab.review.is_none() => offer.of(tab),
        _ => &[],
    }
}

/// Can one go to a place from the text in front?
pub fn is_offered(next_place: &NextPlace, workspace: &Workspace) -> bool {
    let Some(tab) = workspace.tab().filter(|tab| tab.review.is_none()) else { return false };
    let selection = tab.document.selection();
    let is_plain = selection.spans().len() == 1 && selection.is_empty();
    is_plain && next_place.offer.as_ref().is_some_and(|offer| offer.count() > 0)
}

/// The place of the text in front that the caret was taken to, as long as it stays there.
pub fn arrived<'a>(next_place: &'a NextPlace, workspace: &Workspace) -> Option<&'a ChangePlace> {
    let tab = workspace.tab()?;
    let (at, revision, position) = next_place.arrived?;
    let selection = tab.document.selection();
    let is_there = at == tab.id && revision == tab.document.revision() && selection.is_empty();
    if !is_there || selection.spans().len() != 1 || selection.primary().head != position {
        return None;
    }
    places(next_place, tab).iter().find(|place| place.change().range.start == position)
}

/// The place that the key goes to next, with its text, and how many there are.
pub fn next<'a>(next_place: &'a NextPlace, workspace: &Workspace) -> Option<(TabId, &'a ChangePlace, usize)> {
    let (offer, tab) = (next_place.offer.as_ref()?, workspace.tab()?);
    let head = tab.document.selection().primary().head;
    let is_here = arrived(next_place, workspace).map(|place| place.range.start);
    let own = places(next_place, tab);
    let is_behind = |place: &&ChangePlace| place.range.end >= head && Some(place.range.start) != is_here;
    let elsewhere = || {
        let others = offer.texts.iter().filter(|text| text.tab != tab.id);
        let known = |text: &&PlacesInText| {
            workspace.tabs.iter().any(|tab| tab.id == text.tab && tab.document.revision() == text.revision)
        };
        others.filter(known).find_map(|text| Some((text.tab, text.places.first()?)))
    };
    let here = |place| (tab.id, place);
    let found = own.iter().find(is_behind).map(here).or_else(elsewhere).or_else(|| own.first().map(here))?;
    Some((found.0, found.1, offer.count()))
}
