//! Looking for the places where an edit is due. Texts may be long, so it is done on another thread, on what they were when it began.

use editor_core::next_place::{
    ChangePattern, EditTrail, SearchedText, SettledEdit, patterns, places as search,
};
use editor_core::syntax::SyntaxTree;
use editor_core::{Language, Revision};
use ground::ids::TabId;
use ropey::Rope;

use super::{PlaceOffer, PlacesInText};
use crate::workspace::{Tab, Workspace};

/// Other texts are searched as far as they have so many bytes together.
const MAX_OTHERS: usize = 4_000_000;

/// What is looked for, and in which texts.
#[derive(Clone, Debug)]
pub struct PlaceSearch {
    edit: SettledEdit,
    /// Edits before it, the last one first.
    examples: Vec<SettledEdit>,
    edited: LookedAt,
    others: Vec<LookedAt>,
}

/// A text as it was when the search began.
#[derive(Clone, Debug)]
struct LookedAt {
    tab: TabId,
    revision: Revision,
    rope: Rope,
    language: Language,
    tree: Option<SyntaxTree>,
}

/// What a search found of an edit of a text.
#[derive(Clone, Debug)]
pub struct FoundPlaces {
    /// The text, as it was.
    pub(super) of: (TabId, Revision),
    pub(super) offer: Option<PlaceOffer>,
}

impl PlaceSearch {
    /// For the last edit of a text; `None` where it can be due nowhere.
    pub(super) fn of(trail: &EditTrail, workspace: &Workspace, tab: &Tab) -> Option<PlaceSearch> {
        let edit = trail.settled().filter(|_| tab.document.read_only().is_none())?;
        let mut room = MAX_OTHERS;
        let others = workspace.tabs.iter().filter(|other| {
            let length = other.document.rope().len_bytes();
            let is_free = other.review.is_none() && other.document.read_only().is_none();
            let fits = is_free && other.document.language() == tab.document.language() && length <= room;
            let is_taken = fits && other.id != tab.id;
            room -= if is_taken { length } else { 0 };
            is_taken
        });
        Some(PlaceSearch {
            edit,
            examples: trail.examples().cloned().collect(),
            edited: LookedAt::new(tab),
            others: others.map(LookedAt::new).collect(),
        })
    }

    /// Looks.
    pub fn run(&self) -> FoundPlaces {
        let of = (self.edited.tab, self.edited.revision);
        FoundPlaces { of, offer: self.offer() }
    }

    fn offer(&self) -> Option<PlaceOffer> {
        let place = self.edit.place();
        let (text, spared) = (self.edited.rope.to_string(), [place.clone()]);
        let whole = self.edited.searched(&text);
        let searched = SearchedText { from: place.end, spared: &spared, is_edited: true, ..whole };
        let found = patterns(&self.edit, self.examples.iter(), &searched);
        if found.is_empty() {
            return None;
        }
        let mut texts = vec![self.edited.with(search(&found, &searched))];
        if found.iter().any(ChangePattern::is_for_all_texts) {
            texts.extend(self.others.iter().map(|other| {
                let text = other.rope.to_string();
                other.with(search(&found, &other.searched(&text)))
            }));
        }
        texts.retain(|text| !text.places.is_empty());
        (!texts.is_empty()).then_some(PlaceOffer { edited: self.edited.tab, edit: place, texts })
    }
}

impl LookedAt {
    fn new(tab: &Tab) -> LookedAt {
        let (document, tree) = (&tab.document, tab.highlighter.tree());
        LookedAt {
            tab: tab.id,
            revision: document.revision(),
            rope: document.rope().clone(),
            language: document.language(),
            tree: tree.filter(|tree| tree.revision() == document.revision()).cloned(),
        }
    }

    fn searched<'a>(&'a self, text: &'a str) -> SearchedText<'a> {
        SearchedText {
            text,
            rope: &self.rope,
            language: self.language,
            tree: self.tree.as_ref(),
            from: 0,
            spared: &[],
            is_edited: false,
        }
    }

    fn with(&self, places: Vec<editor_core::next_place::ChangePlace>) -> PlacesInText {
        PlacesInText { tab: self.tab, revision: self.revision, places }
    }
}
