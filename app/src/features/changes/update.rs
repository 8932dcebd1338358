//! When a repository is looked at, and what follows from what was found.

use std::path::Path;

use git::{Against, GitError};
use ground::command::Command;
use ground::words::sentence;

use super::{
    BlameAsked, Changes, ChangesEffect, ChangesEvent, Looked, authors, deeds, history, look, marks, page,
};
use crate::event::{Effect, Event};
use crate::workspace::{RepositoryView, ToastKind, Workspace};

/// The caret has rested this many milliseconds on a line before anybody asks who wrote it.
const REST: u64 = 500;
/// Longest text of which that is asked, in bytes.
const MAX_BLAMED: usize = 4 << 20;

/// Something happened elsewhere that may change what is known.
pub fn notice(changes: &mut Changes, workspace: &Workspace, event: &Event, out: &mut Vec<Effect>) {
    match event {
        Event::Saved { result: Ok(_), .. } | Event::WindowFocused => look::moved(changes, workspace, out),
        Event::Command(Command::RefreshTree) => look::moved(changes, workspace, out),
        Event::Edited(tab, steps) => {
            marks::follow(changes, *tab, steps);
            authors::follow(changes, *tab, steps);
        }
        Event::Typed(_) | Event::InFront => changes.peek = None,
        _ => {}
    }
}

/// Something of the feature's own.
pub fn on(
    changes: &mut Changes,
    workspace: &mut Workspace,
    event: ChangesEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        ChangesEvent::Moved => look::moved(changes, workspace, out),
        ChangesEvent::Looked(folder, result) => looked(changes, workspace, &folder, result, out),
        ChangesEvent::LookStopped => {
            changes.is_looking = false;
            if std::mem::take(&mut changes.look_again) {
                look::moved(changes, workspace, out);
            }
        }
        ChangesEvent::Counted(root, counts) => {
            if let Some(Ok(found)) = changes.found.as_mut()
                && found.root == root
            {
                found.counts = counts;
            }
        }
        ChangesEvent::Compared(found) => marks::compared(changes, workspace, *found),
        ChangesEvent::Peek(tab, start) => marks::peek(changes, tab, start),
        ChangesEvent::ClosePeek => changes.peek = None,
        ChangesEvent::Resolve(tab, line, side) => {
            marks::resolve(changes, workspace, (tab, line), side, now, out);
        }
        ChangesEvent::Blamed(of, words) => changes.blame.known = Some((of, words)),
        ChangesEvent::AuthorsRead(found) => authors::read(changes, workspace, *found, now),
        ChangesEvent::Branches(found) => deeds::branches(workspace, found, now),
        ChangesEvent::Stashes(found) => deeds::stashes(workspace, found, now),
        ChangesEvent::Do(deed) => deeds::begin(changes, workspace, deed, now, out),
        ChangesEvent::Done(result) => deeds::done(changes, workspace, result, now, out),
        ChangesEvent::ExchangeCommand(result) => deeds::exchanged(workspace, result, now, out),
        ChangesEvent::HistoryRead(path, found) => history::read(changes, &path, found, out),
        ChangesEvent::ChooseCommit(index) => history::choose(changes, index, out),
        ChangesEvent::CommitRead(id, diff) => history::commit_read(changes, id, diff),
        ChangesEvent::Choose(path, part) => page::choose(changes, path, part, out),
        ChangesEvent::Unchoose => (changes.page.chosen, changes.page.diff) = (None, None),
        ChangesEvent::Open(path) => page::open_file(changes, workspace, &path, out),
        ChangesEvent::DiffRead(path, part, result) => page::diff_read(changes, path, part, result),
        ChangesEvent::Move(paths, stage) => page::move_files(changes, paths, stage, out),
        ChangesEvent::MoveAll(stage) => page::move_all(changes, stage, out),
        ChangesEvent::MoveHunk(at) => page::move_hunk(changes, at, out),
        ChangesEvent::Message(text) => changes.page.commit.message = text,
        ChangesEvent::Amend(amend) => page::set_amend(changes, amend, out),
        ChangesEvent::LastMessage(result) => page::last_message(changes, workspace, result, now),
        ChangesEvent::SignOff(sign_off) => changes.page.commit.sign_off = sign_off,
        ChangesEvent::Commit => page::commit(changes, workspace, now, out),
        ChangesEvent::Written(result) => page::written(changes, workspace, result, now, out),
        ChangesEvent::Committed(result) => page::committed(changes, workspace, result, now, out),
    }
}

/// What is compared, and what comes of the caret's rest.
pub fn tick(changes: &mut Changes, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let folder = workspace.tree.as_ref().map(|tree| &tree.root);
    if folder != changes.folder.as_ref() {
        changes.folder = folder.cloned();
        changes.found = None;
        changes.page.chosen = None;
        changes.page.diff = None;
        workspace.repository = None;
        look::moved(changes, workspace, out);
    }
    changes.marks.retain(|id, _| workspace.tabs.iter().any(|tab| tab.id == *id));
    changes.authors.known.retain(|id, _| workspace.tabs.iter().any(|tab| tab.id == *id));
    marks::tick(changes, workspace, now, out);
    authors::tick(changes, workspace, now, out);
    blame(changes, workspace, now, out);
}

/// Milliseconds until there is something to do.
pub fn wake_in(changes: &Changes, workspace: &Workspace, now: u64) -> Option<u64> {
    let marks = marks::wake_in(changes, workspace, now);
    let blame = changes.blame.rests.wake_in(now, REST);
    let authors = authors::wake_in(changes, workspace, now);
    marks.into_iter().chain(blame).chain(authors).min()
}

fn looked(
    changes: &mut Changes,
    workspace: &mut Workspace,
    folder: &Path,
    result: Result<Option<Box<Looked>>, GitError>,
    out: &mut Vec<Effect>,
) {
    changes.is_looking = false;
    if std::mem::take(&mut changes.look_again) || changes.folder.as_deref() != Some(folder) {
        // What is shown stays until it is known better.
        look::moved(changes, workspace, out);
    }
    if changes.folder.as_deref() != Some(folder) {
        return;
    }
    match result {
        Ok(Some(mut found)) => {
            workspace.repository = Some(RepositoryView::new(found.root.clone(), &found.status));
            if let Some(Ok(known)) = changes.found.take()
                && known.root == found.root
            {
                found.counts = known.counts;
            }
            changes.found = Some(Ok(found));
        }
        Ok(None) => {
            workspace.repository = None;
            changes.found = None;
        }
        Err(error) => {
            workspace.repository = None;
            changes.found = Some(Err(sentence(&error.to_string())));
        }
    }
    page::refresh(changes, out);
}

/// What lines are compared with is the other one by now.
pub fn compare_with_other(changes: &mut Changes, workspace: &mut Workspace, now: u64) {
    let (against, words) = match changes.against {
        Against::Index => (Against::Head, "Lines are compared with the last commit."),
        Against::Head => (Against::Index, "Lines are compared with what is staged."),
    };
    changes.against = against;
    changes.peek = None;
    workspace.toast(ToastKind::Info, words.into(), now);
}

/// Asks who wrote the line of the caret, once it rests there.
fn blame(changes: &mut Changes, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    let tab = workspace.tab().filter(|tab| {
        let known = changes.marks.get(&tab.id).is_some_and(|marks| marks.base.is_some());
        known && !changes.blame.is_off && tab.document.rope().len_bytes() <= MAX_BLAMED
    });
    let place = tab.map(|tab| (tab.id, tab.document.revision(), tab.caret().0));
    let blame = &mut changes.blame;
    blame.rests.follow(place, now);
    let Some(place) = blame.rests.take(now, REST).copied() else { return };
    if blame.known.as_ref().is_some_and(|(known, _)| *known == place) {
        return;
    }
    let asked = tab.and_then(|tab| {
        let (path, text) = (tab.document.path()?.to_owned(), tab.document.writable().ok()?);
        Some(BlameAsked { of: place, path, text })
    });
    out.extend(asked.map(|asked| Effect::Changes(ChangesEffect::Blame(Box::new(asked)))));
}

/// Who wrote the line is shown or not.
pub fn toggle_blame(changes: &mut Changes) {
    changes.blame.is_off = !changes.blame.is_off;
    changes.blame.known = None;
}
