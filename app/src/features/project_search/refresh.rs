//! What was found follows what happens to the texts: edits move hits, and what changed is searched again once it has rested.

use std::path::PathBuf;

use editor_core::Transaction;
use ground::ids::TabId;
use search::{FileHits, HitPlace};

use super::{ChangedTexts, Places, ProjectSearch, ProjectSearchEffect, open, run};
use crate::event::Effect;
use crate::workspace::Workspace;

/// Texts are searched again once they have rested so long, in milliseconds.
const REST: u64 = 250;
/// This many at once.
const MAX_AT_ONCE: usize = 500;
/// Where more files changed than this, all is searched again.
const MAX_CHANGED: usize = 5_000;
/// Where anything may have changed, all is searched again after so long.
const PATIENCE: u64 = 1_000;
/// A search that took longer, in milliseconds, is not made again by itself.
const MAX_TIME: u64 = 3_000;

/// Was anything looked for, so that there is something to keep up to date?
fn is_asked(search: &ProjectSearch) -> bool {
    search.results.matcher.is_some()
        && search.results.asked.as_ref().is_some_and(|form| !form.query.pattern.is_empty())
}

/// A text was edited, in these steps.
pub fn edited(search: &mut ProjectSearch, workspace: &Workspace, id: TabId, steps: &[Transaction], now: u64) {
    if !is_asked(search) {
        return;
    }
    let Some(place) = workspace.tabs.iter().find(|tab| tab.id == id).map(open::place_of) else { return };
    for step in steps {
        let moved =
            |range: &std::ops::Range<usize>| (!step.touches(range)).then(|| step.map_range(range.clone()));
        search.results.page.follow(&place, moved);
    }
    search.previews.forget_one(&place);
    search.changed.note(place, now);
}

/// A file was written, here or elsewhere.
pub fn written(search: &mut ProjectSearch, paths: impl IntoIterator<Item = PathBuf>, now: u64) {
    if !is_asked(search) {
        return;
    }
    for path in paths {
        let place = HitPlace::File(path);
        search.previews.forget_one(&place);
        search.changed.note(place, now);
    }
}

/// A text that was closed is what its file is; one without a file is gone.
fn closed(search: &mut ProjectSearch, workspace: &Workspace, now: u64) {
    let is_gone = |place: &HitPlace| !workspace.tabs.iter().any(|tab| open::is_at(tab, place));
    let gone: Vec<HitPlace> = search.results.open_texts.extract_if(.., |place| is_gone(place)).collect();
    for place in gone {
        match place {
            HitPlace::File(path) => written(search, [path], now),
            place @ HitPlace::Text(_) => search.results.page.remove(&place),
        }
    }
}

/// The window got the keyboard: files may have changed.
pub fn focused(search: &mut ProjectSearch, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    let results = &search.results;
    let is_cheap = results.took <= MAX_TIME && !results.is_running();
    if search.open && is_asked(search) && is_cheap && !search.replacing.is_running() {
        run::again(search, workspace, now, out);
    }
}

/// Something changed in a folder: what, is found by a search.
pub fn something_changed(search: &mut ProjectSearch, now: u64) {
    if search.open && is_asked(search) {
        search.changed.anything.get_or_insert(now);
    }
}

/// Other files differ from what was committed than before.
pub fn other_files_differ(search: &mut ProjectSearch, now: u64) {
    if search.form.only_changed {
        something_changed(search, now);
    }
}

/// Searches again what changed and has rested.
pub(super) fn tick(search: &mut ProjectSearch, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    closed(search, workspace, now);
    if search.changed.anything.is_some_and(|since| since + PATIENCE <= now) && !search.results.is_running() {
        search.changed.anything = None;
        focused(search, workspace, now, out);
    }
    if waits(search, now) != Some(0) {
        return;
    }
    if search.changed.places.len() > MAX_CHANGED {
        search.changed = ChangedTexts::default();
        return run::again(search, workspace, now, out);
    }
    let Some(matcher) = search.results.matcher.clone() else { return };
    let Some(globs) = search.form.globs(&mut search.wrong) else { return };
    let mut places = std::mem::take(&mut search.changed.places);
    while places.len() > MAX_AT_ONCE {
        let Some(last) = places.pop_last() else { break };
        search.changed.places.insert(last);
    }
    let path = |place: &HitPlace| match place {
        HitPlace::File(path) => Some(path.clone()),
        HitPlace::Text(_) => None,
    };
    let only: Vec<PathBuf> = places.iter().filter_map(path).collect();
    let scope = run::scope(&search.form, workspace, globs, Some(only));
    let mut asked = run::asked(&search.form, workspace, scope, search.results.generation);
    asked.open.retain(|(path, _)| places.contains(&HitPlace::File(path.clone())));
    asked.untitled.retain(|(number, _)| places.contains(&HitPlace::Text(*number)));
    search.results.open_texts.extend(asked.open.iter().map(|(path, _)| HitPlace::File(path.clone())));
    let effect = ProjectSearchEffect::Again(Box::new(asked), Box::new(matcher), places.into_iter().collect());
    out.push(Effect::ProjectSearch(effect));
}

/// Milliseconds until something is to be searched again.
pub(super) fn wake_in(search: &ProjectSearch, now: u64) -> Option<u64> {
    let anything = search.changed.anything.filter(|_| !search.results.is_running());
    let anything = anything.map(|since| (since + PATIENCE).saturating_sub(now));
    anything.into_iter().chain(waits(search, now)).min()
}

/// Milliseconds until the texts that changed are to be searched again.
fn waits(search: &ProjectSearch, now: u64) -> Option<u64> {
    let waits =
        !search.changed.places.is_empty() && !search.results.is_old && search.typed.wake_in(now, 0).is_none();
    waits.then(|| (search.changed.at + REST).saturating_sub(now))
}

/// Texts were searched again.
pub fn searched(search: &mut ProjectSearch, generation: u64, places: &[HitPlace], files: Vec<FileHits>) {
    if generation != search.results.generation || search.results.is_old {
        return;
    }
    let found: Places = files.iter().map(|file| file.place.clone()).collect();
    let results = &mut search.results;
    if let Some(met) = &mut results.met {
        met.retain(|place| !places.contains(place));
        met.extend(found.iter().cloned());
    }
    let gone: Places = places.iter().filter(|place| !found.contains(*place)).cloned().collect();
    let row = results.row();
    if !gone.is_empty() {
        results.page.retain(|place| !gone.contains(place));
    }
    results.add(files);
    places.iter().for_each(|place| search.previews.forget_one(place));
    search.replacing.settled(places);
    // What the cursor stood on may be gone.
    let results = &mut search.results;
    if let Some(row) = row.filter(|_| results.row().is_none()) {
        match results.page.rows().checked_sub(1) {
            Some(last) => results.go_to_row(row.min(last)),
            None => results.cursor = None,
        }
    }
}
