//! A search from what is typed to what was found.

use std::path::{Path, PathBuf};

use editor_core::Document;
use search::query::BadQuery;
use search::run::OpenText;
use search::walk::{SearchRoots, SearchScope};
use search::{Globs, Matcher, SearchQuery};

use super::{
    ChangedTexts, ProjectSearch, ProjectSearchEffect, SearchAsked, SearchBatch, SearchForm, SearchStatus,
};
use crate::event::Effect;
use crate::workspace::tree::FileTree;
use crate::workspace::{RepositoryView, Workspace};

/// What is typed is searched for once it has rested so long, in milliseconds.
pub(super) const REST: u64 = 180;

/// Something in the form was changed: it is searched for once it has rested.
pub fn changed(search: &mut ProjectSearch, now: u64) {
    search.typed.follow(Some(search.form.asked()), now);
}

/// Searches for what the form says.
pub fn start(search: &mut ProjectSearch, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    let form = search.form.asked();
    search.wrong = super::FormErrors::default();
    search.results.generation += 1;
    search.results.forget_dismissed();
    search.results.met = None;
    search.results.asked = Some(form);
    search.changed = ChangedTexts::default();
    let globs = search.form.globs(&mut search.wrong);
    match globs.filter(|_| !search.form.query.pattern.is_empty()) {
        Some(globs) => begin(search, workspace, globs, now, out),
        None => {
            end(search, out);
            forget(search, out);
        }
    }
}

/// Searches for the same once more; what is listed stays until that is known.
pub fn again(search: &mut ProjectSearch, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    let known = search.results.asked.as_ref() == Some(&search.form.asked());
    if !known || search.results.is_old {
        return start(search, workspace, now, out);
    }
    let Some(globs) = search.form.globs(&mut search.wrong) else { return };
    if search.form.query.pattern.is_empty() || search.wrong.pattern.is_some() {
        return;
    }
    begin(search, workspace, globs, now, out);
    search.results.is_old = false;
    search.results.met = Some(super::Places::new());
}

fn begin(search: &mut ProjectSearch, workspace: &Workspace, globs: Globs, now: u64, out: &mut Vec<Effect>) {
    let results = &mut search.results;
    results.serial += 1;
    results.status = SearchStatus::Running(now);
    results.progress = Default::default();
    results.is_old = true;
    results.open_texts = workspace.tabs.iter().map(super::open::place_of).collect();
    let scope = scope(&search.form, workspace, globs, None);
    let asked = asked(&search.form, workspace, scope, search.results.serial);
    out.push(Effect::ProjectSearch(ProjectSearchEffect::Search(Box::new(asked))));
}

/// The folder that is searched, or those of the project.
fn folders(form: &SearchForm, workspace: &Workspace) -> Vec<PathBuf> {
    let all = || workspace.tree.iter().flat_map(FileTree::roots).map(Path::to_owned).collect();
    form.folder.clone().map_or_else(all, |folder| vec![folder])
}

/// Where to look; `only`: in these files alone, as far as they are among those that are searched.
pub(super) fn scope(
    form: &SearchForm,
    workspace: &Workspace,
    globs: Globs,
    only: Option<Vec<PathBuf>>,
) -> SearchScope {
    let folders = folders(form, workspace);
    let open = || workspace.tabs.iter().filter_map(|tab| tab.document.path().map(Path::to_owned));
    let among_open = form.only_open || folders.is_empty();
    let changed =
        || workspace.repository.iter().flat_map(RepositoryView::differing_paths).map(Path::to_owned);
    let only = match only {
        Some(only) if form.only_changed => {
            let among = |path: &PathBuf| {
                workspace.repository.as_ref().is_some_and(|known| known.is_new_or_other(path))
            };
            Some(only.into_iter().filter(among).collect())
        }
        None if form.only_changed => Some(changed().collect()),
        only => only,
    };
    let places = match only {
        Some(only) if among_open => SearchRoots::Files(open().filter(|path| only.contains(path)).collect()),
        None if among_open => SearchRoots::Files(open().collect()),
        Some(only) => SearchRoots::Again(folders, only),
        None => SearchRoots::Folders(folders),
    };
    let exclude = workspace.settings.files.exclude.clone();
    let (hidden, ignored) = (form.hidden, form.ignored);
    SearchScope { places, globs, exclude, hidden, ignored, follow_links: false }
}

/// The question with the texts as they are now.
pub(super) fn asked(
    form: &SearchForm,
    workspace: &Workspace,
    scope: SearchScope,
    serial: u64,
) -> SearchAsked {
    let (mut open, mut untitled) = (Vec::new(), Vec::new());
    // What has no file lies in no folder and has no name that a pattern could be about.
    let everywhere = form.folder.is_none() && form.include.trim().is_empty();
    for tab in &workspace.tabs {
        match tab.document.path() {
            // What was decoded with loss is read as the search reads it.
            _ if tab.document.read_only().is_some() => {}
            Some(path) => open.push((path.to_owned(), text(&tab.document))),
            None if everywhere => untitled.push((tab.id.0, text(&tab.document))),
            None => {}
        }
    }
    let query = SearchQuery { multi_line: false, ..form.query.clone() };
    SearchAsked { serial, query, scope, open, untitled, context: form.context }
}

fn text(document: &Document) -> OpenText {
    OpenText { rope: document.rope().clone(), revision: document.revision() }
}

/// The search that runs ends here.
pub fn stop(search: &mut ProjectSearch, out: &mut Vec<Effect>) {
    if search.results.is_running() {
        out.push(Effect::ProjectSearch(ProjectSearchEffect::Cancel));
    }
}

/// Nothing is wanted any more of the search that runs.
fn end(search: &mut ProjectSearch, out: &mut Vec<Effect>) {
    stop(search, out);
    search.results.serial += 1;
    search.results.status = SearchStatus::Idle;
}

/// What was found before is of no use any more.
fn forget(search: &mut ProjectSearch, out: &mut Vec<Effect>) {
    let page = std::mem::take(&mut search.results.page);
    out.push(Effect::ProjectSearch(ProjectSearchEffect::Drop(Box::new(page))));
    search.results.cursor = None;
    search.results.is_old = false;
    search.previews.forget();
}

/// A pattern was understood, or not.
pub fn begun(
    search: &mut ProjectSearch,
    serial: u64,
    understood: Result<Box<Matcher>, BadQuery>,
    out: &mut Vec<Effect>,
) {
    if serial != search.results.serial {
        return;
    }
    match understood {
        Ok(matcher) => {
            search.results.matcher = Some(*matcher);
            super::previews::understand(search);
        }
        Err(bad) => {
            search.wrong.pattern = Some(bad);
            search.results.status = SearchStatus::Idle;
            search.results.matcher = None;
            forget(search, out);
        }
    }
}

/// More was found.
pub fn found(search: &mut ProjectSearch, batch: SearchBatch, now: u64, out: &mut Vec<Effect>) {
    if batch.serial != search.results.serial {
        return;
    }
    if search.results.is_old {
        forget(search, out);
    }
    let results = &mut search.results;
    results.turn = Some(batch.turn);
    results.progress = batch.progress;
    if let Some(met) = &mut results.met {
        met.extend(batch.files.iter().map(|file| file.place.clone()));
        batch.files.iter().for_each(|file| search.previews.forget_one(&file.place));
    }
    results.add(batch.files);
    let Some(summary) = batch.done else { return };
    if let SearchStatus::Running(since) = results.status {
        results.took = now.saturating_sub(since);
    }
    if let Some(met) = results.met.take().filter(|_| !summary.is_cancelled) {
        results.page.retain(|place| met.contains(place));
    }
    results.status = SearchStatus::Done(Box::new(summary));
}
