//! Replacing what was found: in open texts by edits, in files that are not open by writing them, whole. All of it can be taken back.

use std::ops::Range;
use std::path::PathBuf;

use editor_core::EditKind;
use editor_core::encoding::Reading;
use ground::words::{grouped, sentence};
use search::page::At;
use search::replace::many::ReplaceOutcome;
use search::replace::{self, InFile, ReplaceError, WantedMatches};
use search::{FileHits, Hit, HitPlace, Version};

use super::{ProjectSearch, ProjectSearchEffect, ReplaceBatch, ReplaceDone, open, refresh};
use crate::event::Effect;
use crate::workspace::{ToastKind, Workspace, edit};

/// Open texts with this many chars in all are changed in one frame, and at least one.
const MAX_CHARS_A_FRAME: usize = 400_000;
/// This many replacements can be undone, the latest first.
const MAX_UNDO: usize = 100;

/// Replaces the current hit, and goes on to the next one.
pub fn hit(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(at) = search.results.at() else { return };
    let Some((place, found)) = search.results.page.hit(at) else { return };
    let (place, range) = (place.clone(), found.range.clone());
    if search.replacing.busy.contains(&place) {
        return;
    }
    if replace(search, workspace, vec![(place, vec![range])], now, out) {
        go_on(search, at);
    }
}

/// The hit behind one that is being replaced becomes the current one.
fn go_on(search: &mut ProjectSearch, at: At) {
    let Some(next) = search.results.page.next(Some(at)).filter(|next| *next != at) else { return };
    search.results.go_to_hit(next);
    // In the same file it takes the place of the one that goes.
    if let Some(cursor) = search.results.cursor.as_mut().filter(|_| next.0 == at.0 && next.1 > at.1) {
        cursor.hit = Some(at.1);
    }
}

/// Replaces the hits of a row: a file, or a line of it.
pub fn row(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    (place, line): (HitPlace, Option<usize>),
    now: u64,
    out: &mut Vec<Effect>,
) {
    let ranges: Vec<_> = search.results.hits_of(&place, line).into_iter().map(|hit: Hit| hit.range).collect();
    if !search.replacing.busy.contains(&place) && !ranges.is_empty() {
        replace(search, workspace, vec![(place, ranges)], now, out);
    }
}

/// Most places that are asked about, and most files that they are in.
const MAX_ASKED: (usize, usize) = (60, 20);

/// The lines with results, file by file, as far as one asks about each; and how many more there are, those in texts without a file
/// and in such as cannot be changed among them.
pub fn places(search: &ProjectSearch) -> (Vec<(PathBuf, Vec<usize>)>, usize) {
    let (mut places, mut count, mut left_out) = (Vec::new(), 0, 0);
    for file in search.results.page.files() {
        let mut lines: Vec<usize> = file.hits.iter().map(|hit| hit.line).collect();
        lines.dedup();
        let room = MAX_ASKED.0 - count;
        match &file.place {
            HitPlace::File(path) if file.read_only.is_none() && places.len() < MAX_ASKED.1 && room > 0 => {
                left_out += lines.len().saturating_sub(room);
                lines.truncate(room);
                count += lines.len();
                places.push((path.clone(), lines));
            }
            _ => left_out += lines.len(),
        }
    }
    (places, left_out)
}

/// Replaces all that is listed.
pub fn all(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if search.results.is_running() || search.results.is_old {
        let words = "The search is not over yet. Replace all once it is, or stop it first.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    let ranges = |file: &FileHits| file.hits.iter().map(|hit| hit.range.clone()).collect::<Vec<_>>();
    let files = search.results.page.files().filter(|file| !search.replacing.busy.contains(&file.place));
    let files: Vec<_> = files.map(|file| (file.place.clone(), ranges(file))).collect();
    if !files.is_empty() {
        replace(search, workspace, files, now, out);
    }
}

/// Begins a replacement. False when there is none, or another one is under way.
fn replace(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    files: Vec<(HitPlace, Vec<Range<usize>>)>,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    let (Some(matcher), Some(replacement)) =
        (search.results.matcher.clone(), search.previews.replacement.clone())
    else {
        return false;
    };
    if search.replacing.is_running() {
        return false;
    }
    search.history.note(&search.form.query.pattern);
    let replacing = &mut search.replacing;
    replacing.serial += 1;
    replacing.wanted = files.len();
    (replacing.done, replacing.failed, replacing.told) = (ReplaceDone::default(), Vec::new(), None);
    let mut closed = Vec::new();
    for (place, ranges) in files {
        let is_open = workspace.tabs.iter().any(|tab| open::is_at(tab, &place));
        match (&place, search.results.page.of(&place).map(|file| file.version)) {
            _ if is_open => replacing.queue.push_back((place, ranges)),
            (HitPlace::File(path), Some(Version::Disk(version))) => {
                let file =
                    InFile { path: path.clone(), version, reading: Reading::Guessed, wanted: Some(ranges) };
                replacing.busy.insert(place);
                closed.push(file);
            }
            (place, _) => replacing.failed.push(changed(place)),
        }
    }
    replacing.with = Some((matcher.clone(), replacement.clone()));
    if !closed.is_empty() {
        replacing.writes = true;
        let with = Box::new((matcher, replacement));
        let effect = ProjectSearchEffect::Replace(replacing.serial, closed, with);
        out.push(Effect::ProjectSearch(effect));
    }
    tick(search, workspace, now, out);
    // Where nothing was begun, why not is told.
    if !search.replacing.is_running() && search.replacing.told.is_none() {
        finish(search, workspace, now);
    }
    true
}

fn changed(place: &HitPlace) -> String {
    match place {
        HitPlace::File(path) => format!("{} changed since it was searched. Search again.", path.display()),
        HitPlace::Text(_) => "A text was closed since it was searched.".to_owned(),
    }
}

/// Changes the open texts whose turn it is. Called with every frame.
pub fn tick(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    search.replacing.turn = None;
    let mut chars = 0;
    while chars < MAX_CHARS_A_FRAME
        && let Some((place, ranges)) = search.replacing.queue.pop_front()
    {
        chars += in_tab(search, workspace, &place, &ranges, now, out);
        if !search.replacing.is_running() {
            finish(search, workspace, now);
        }
    }
}

/// Replaces in an open text; answers how long that is.
fn in_tab(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    place: &HitPlace,
    ranges: &[Range<usize>],
    now: u64,
    out: &mut Vec<Effect>,
) -> usize {
    let replacing = &mut search.replacing;
    let Some((matcher, replacement)) = &replacing.with else { return 0 };
    let Some(tab) = workspace.tabs.iter().find(|tab| open::is_at(tab, place)) else {
        replacing.failed.push(changed(place));
        return 0;
    };
    let (id, buffer) = (tab.id, tab.document.buffer());
    let chars = buffer.len_chars();
    if let Some(reason) = tab.document.read_only() {
        replacing.failed.push(edit::not_saved(&tab.document, reason));
        return chars;
    }
    let made = replace::transaction(buffer, matcher, replacement, WantedMatches::These(ranges));
    match made {
        Ok(transaction) if transaction.is_empty() => {}
        Ok(transaction) => {
            replacing.done.matches += transaction.changes().len();
            edit::apply_transaction(workspace, id, transaction, EditKind::Alone, now, out);
            if let Some(tab) = workspace.find_tab(id) {
                replacing.done.tabs.push((id, tab.document.revision()));
            }
        }
        Err(replace::Outdated) => replacing.failed.push(changed(place)),
    }
    chars
}

/// Files were written, or not.
pub fn replaced(search: &mut ProjectSearch, workspace: &mut Workspace, batch: ReplaceBatch, now: u64) {
    if batch.serial != search.replacing.serial {
        return;
    }
    let mut paths = Vec::new();
    for outcome in batch.outcomes {
        match outcome {
            ReplaceOutcome::Written(written) => {
                paths.push(written.path.clone());
                search.replacing.done.matches += written.replaced;
                search.replacing.done.files.push(*written);
            }
            ReplaceOutcome::Failed(path, error) => {
                search.replacing.failed.push(sentence(&error.to_string()));
                paths.push(path);
            }
        }
    }
    search.replacing.turn = Some(batch.turn);
    refresh::written(search, paths, now);
    if batch.is_last {
        search.replacing.writes = false;
        // What was stopped before its turn can be replaced again.
        search.replacing.busy.clear();
        if !search.replacing.is_running() {
            finish(search, workspace, now);
        }
    }
}

/// All is done: says so, and keeps what takes it back.
fn finish(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64) {
    let replacing = &mut search.replacing;
    let done = std::mem::take(&mut replacing.done);
    let files = done.files.iter().filter(|file| file.replaced > 0).count() + done.tabs.len();
    let mut words = match (done.matches, files) {
        (0, _) => "Nothing was replaced.".to_owned(),
        (1, _) => "Replaced 1 match.".to_owned(),
        (matches, 1) => format!("Replaced {} matches in 1 file.", grouped(matches as u64)),
        (matches, files) => {
            format!("Replaced {} matches in {} files.", grouped(matches as u64), grouped(files as u64))
        }
    };
    match replacing.failed.len() {
        0 => {}
        1 => words += &format!(" {}", replacing.failed[0]),
        more => words += &format!(" {more} files are as they were: {}", replacing.failed[0]),
    }
    if !search.open {
        workspace.toast(ToastKind::Info, words.clone(), now);
    }
    replacing.told = Some(words);
    replacing.with = None;
    if !done.is_nothing() {
        replacing.undo.push(done);
        if replacing.undo.len() > MAX_UNDO {
            replacing.undo.remove(0);
        }
    }
}

/// Writes no further file, and changes no further text.
pub fn stop(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if search.replacing.writes {
        out.push(Effect::ProjectSearch(ProjectSearchEffect::StopReplace));
    }
    let left: Vec<HitPlace> = search.replacing.queue.drain(..).map(|(place, _)| place).collect();
    search.replacing.settled(&left);
    if !left.is_empty() && !search.replacing.writes {
        finish(search, workspace, now);
    }
}

/// Takes back what was replaced last: edits of open texts that nothing followed, and files that are as they were written.
pub fn undo(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if !search.replacing.can_undo() {
        let words = "There is no replacement to take back.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    let Some(done) = search.replacing.undo.pop() else { return };
    let (mut back, mut kept) = (0, 0);
    for (id, revision) in done.tabs {
        let Some(tab) = workspace.find_tab(id) else { continue };
        if tab.document.revision() == revision && tab.document.undo() {
            back += 1;
            edit::after_edit(workspace, id, out);
        } else {
            kept += 1;
        }
    }
    search.replacing.failed.clear();
    if kept > 0 {
        let words = format!("{kept} open texts were edited since: undo there takes the replacement back.");
        search.replacing.failed.push(words);
    }
    search.replacing.told = Some(undone_words(back, &search.replacing.failed));
    if !done.files.is_empty() {
        search.replacing.writes = true;
        search.replacing.wanted = done.files.len() + back;
        search.replacing.done.tabs = Vec::new();
        out.push(Effect::ProjectSearch(ProjectSearchEffect::Undo(done.files)));
    }
}

/// Files were put back, or not.
pub fn undone(search: &mut ProjectSearch, paths: Vec<PathBuf>, failed: Vec<ReplaceError>, now: u64) {
    search.replacing.writes = false;
    let back = search.replacing.wanted.saturating_sub(failed.len());
    search.replacing.failed.extend(failed.into_iter().map(|error| sentence(&error.to_string())));
    search.replacing.told = Some(undone_words(back, &search.replacing.failed));
    refresh::written(search, paths, now);
}

fn undone_words(back: usize, failed: &[String]) -> String {
    let words = match back {
        0 => "Nothing was taken back.".to_owned(),
        1 => "The replacement in 1 file was taken back.".to_owned(),
        back => format!("The replacement in {} files was taken back.", grouped(back as u64)),
    };
    failed.first().map_or(words.clone(), |first| format!("{words} {first}"))
}
