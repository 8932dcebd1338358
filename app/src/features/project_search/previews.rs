//! What would come in the place of what was found, for the files that are seen: as exactly what a replacement would write.

use editor_core::Change;
use ground::words::sentence;
use search::HitPlace;
use search::template::Replacement;

use super::{PreviewAsked, PreviewError, ProjectSearch, ProjectSearchEffect};
use crate::event::Effect;
use crate::workspace::Workspace;

/// This many files are kept at most; then those that are seen are asked about again.
const MAX_KEPT: usize = 400;

/// Understands the replacement with what is looked for.
pub fn understand(search: &mut ProjectSearch) {
    search.previews.forget();
    search.wrong.replacement = None;
    let Some(matcher) = search.results.matcher.as_ref().filter(|_| search.form.replaces) else {
        search.previews.replacement = None;
        return;
    };
    let understood = Replacement::new(&search.form.replacement, search.form.keep_case, matcher);
    search.wrong.replacement = understood.as_ref().err().cloned();
    search.previews.replacement = understood.ok();
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
    changes: Result<Vec<Change>, PreviewError>,
) {
    if serial == search.previews.serial && search.previews.asked.remove(&place) {
        let changes = changes.map_err(|error| sentence(&error.to_string()));
        search.previews.known.insert(place, changes);
    }
}
