//! What would come in the place of what was found, for the files that are seen: as exactly what a replacement would write.

use std::collections::{BTreeSet, HashMap};

use editor_core::Change;
use search::HitPlace;
use search::template::Replacement;

use super::{PreviewAsked, ProjectSearch, ProjectSearchEffect};
use crate::event::Effect;
use crate::workspace::Workspace;

/// So many files are kept at most; then those that are seen are asked about again.
const MAX_KEPT: usize = 400;

/// What would come in the place of what was found.
#[derive(Debug, Default)]
pub struct Previews {
    /// The replacement, once it is understood; `None`: nothing is to be replaced.
    pub replacement: Option<Replacement>,
    serial: u64,
    known: HashMap<HitPlace, Result<Vec<Change>, String>>,
    asked: BTreeSet<HitPlace>,
}

impl Previews {
    /// What is known of a text.
    pub fn of(&self, place: &HitPlace) -> Option<&Result<Vec<Change>, String>> {
        self.known.get(place)
    }

    /// Is something to be asked about a text?
    pub fn lacks(&self, place: &HitPlace) -> bool {
        self.replacement.is_some() && !self.known.contains_key(place) && !self.asked.contains(place)
    }

    /// Nothing is known of any text.
    pub(super) fn forget(&mut self) {
        self.serial += 1;
        self.known.clear();
        self.asked.clear();
    }

    /// Nothing is known of a text any more.
    pub(super) fn forget_one(&mut self, place: &HitPlace) {
        self.known.remove(place);
        self.asked.remove(place);
    }
}

pub(super) fn tick(search: &mut ProjectSearch) {
    if search.previews.known.len() > MAX_KEPT {
        search.previews.forget();
    }
}

/// These files are seen: what is not known of them is asked for.
pub fn seen(
    search: &mut ProjectSearch,
    workspace: &Workspace,
    files: std::ops::Range<usize>,
    out: &mut Vec<Effect>,
) {
    let (Some(matcher), Some(replacement)) = (&search.results.matcher, &search.previews.replacement) else {
        return;
    };
    for file in files.filter_map(|index| search.results.page.file(index)) {
        let lacks = !search.previews.known.contains_key(&file.place);
        if !lacks || !search.previews.asked.insert(file.place.clone()) {
            continue;
        }
        let tab = workspace.tabs.iter().find(|tab| super::open::is_at(tab, &file.place));
        let asked = PreviewAsked {
            serial: search.previews.serial,
            place: file.place.clone(),
            rope: tab.map(|tab| tab.document.rope().clone()),
            wanted: file.hits.iter().map(|hit| hit.range.clone()).collect(),
            matcher: matcher.clone(),
            replacement: replacement.clone(),
        };
        out.push(Effect::ProjectSearch(ProjectSearchEffect::Preview(Box::new(asked))));
    }
}

/// It is known what would come in the place of the hits of a text.
pub fn previewed(
    search: &mut ProjectSearch,
    serial: u64,
    place: HitPlace,
    changes: Result<Vec<Change>, String>,
) {
    if serial == search.previews.serial && search.previews.asked.remove(&place) {
        search.previews.known.insert(place, changes);
    }
}
