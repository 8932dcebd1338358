//! The page of changed files: what is chosen, staged and committed.

use std::path::{Path, PathBuf};

use git::commit::{CommitRequest, Committed};
use git::lines::LineChange;
use git::status::ChangedFile;
use git::{DiffPart, FileDiff, GitError};
use ground::words::sentence;

use super::{Changes, ChangesEffect, IndexWrite, look};
use crate::event::{Effect, Event};
use crate::workspace::{Page, ToastKind, Workspace, open};

/// Shows the difference of a file.
pub fn choose(changes: &mut Changes, path: PathBuf, part: DiffPart, out: &mut Vec<Effect>) {
    if changes.page.chosen.as_ref() != Some(&(path.clone(), part)) {
        changes.page.diff = None;
    }
    changes.page.chosen = Some((path, part));
    read(changes, out);
}

/// Opens a file of the page.
pub fn open_file(changes: &Changes, workspace: &mut Workspace, path: &Path, out: &mut Vec<Effect>) {
    if let Some(root) = changes.looked().map(|found| found.root.clone()) {
        open::open(workspace, root.join(path), out);
    }
}

/// Both texts of a file were read.
pub fn diff_read(
    changes: &mut Changes,
    path: PathBuf,
    part: DiffPart,
    result: Result<Box<FileDiff>, GitError>,
) {
    if changes.page.chosen == Some((path, part)) {
        changes.page.diff = Some(result.map_err(|error| sentence(&error.to_string())));
    }
}

/// Stages files, or takes them back.
pub fn move_files(changes: &mut Changes, paths: Vec<PathBuf>, stage: bool, out: &mut Vec<Effect>) {
    write(changes, if stage { IndexWrite::Stage(paths) } else { IndexWrite::Unstage(paths) }, out);
}

/// Stages a hunk of the difference that is shown, or takes it back.
pub fn move_hunk(changes: &mut Changes, at: usize, out: &mut Vec<Effect>) {
    let shown = changes.page.diff.as_ref().and_then(|diff| diff.as_ref().ok());
    let Some(diff) = shown.filter(|diff| at < diff.changes.len()).cloned() else { return };
    let chosen = vec![diff.changes[at].clone()];
    write(changes, IndexWrite::Lines(diff, chosen), out);
}

/// The index was written, or not.
pub fn written(
    changes: &mut Changes,
    workspace: &mut Workspace,
    result: Result<(), GitError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    changes.page.is_writing = false;
    if let Err(error) = result {
        workspace.toast(ToastKind::Error, sentence(&error.to_string()), now);
    }
    look::moved(changes, workspace, out);
}

/// Shows the page, or goes back to the text.
pub fn toggle(changes: &mut Changes, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if workspace.page_in_front() == Some(Page::Changes) {
        return out.push(Effect::then(Event::LeavePage));
    }
    workspace.show_page(Page::Changes);
    look::moved(changes, workspace, out);
}

/// The page has its tab again, as at the last time.
pub fn restored(changes: &mut Changes, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    look::moved(changes, workspace, out);
}

/// A text becomes the message of the next commit, and the page is shown.
pub fn use_message(changes: &mut Changes, workspace: &mut Workspace, text: String) {
    changes.page.commit.message = text;
    changes.page.commit.amend = false;
    changes.page.own_message = None;
    workspace.show_page(Page::Changes);
}

/// The repository was looked at: what is shown of a file is read again, or goes with it.
pub fn refresh(changes: &mut Changes, out: &mut Vec<Effect>) {
    let Some((path, part)) = changes.page.chosen.clone() else { return };
    let other = |part| if part == DiffPart::Staged { DiffPart::Unstaged } else { DiffPart::Staged };
    if find(changes, &path, part).is_some() {
        return read(changes, out);
    }
    // What was staged as a whole is looked at where it is now.
    let there = find(changes, &path, other(part)).map(|_| (path, other(part)));
    changes.page.diff = None;
    changes.page.chosen = there;
    read(changes, out);
}

fn find<'a>(changes: &'a Changes, path: &Path, part: DiffPart) -> Option<&'a ChangedFile> {
    let has = |file: &&ChangedFile| match part {
        DiffPart::Staged => file.staged.is_some(),
        DiffPart::Unstaged => file.unstaged.is_some(),
    };
    changes.looked()?.status.files.iter().find(|file| file.path == path).filter(has)
}

fn read(changes: &Changes, out: &mut Vec<Effect>) {
    let chosen = changes.page.chosen.as_ref();
    let found = chosen.and_then(|(path, part)| Some((find(changes, path, *part)?.clone(), *part)));
    let (Some((file, part)), Some(looked)) = (found, changes.looked()) else { return };
    out.push(Effect::Changes(ChangesEffect::ReadDiff(looked.root.clone(), Box::new(file), part)));
}

fn write(changes: &mut Changes, write: IndexWrite, out: &mut Vec<Effect>) {
    let Some(root) = changes.looked().map(|found| found.root.clone()) else { return };
    changes.page.is_writing = true;
    out.push(Effect::Changes(ChangesEffect::Write(root, write)));
}

/// Stages all files, or takes all back.
pub fn move_all(changes: &mut Changes, stage: bool, out: &mut Vec<Effect>) {
    let Some(found) = changes.looked() else { return };
    let paths: Vec<PathBuf> = match stage {
        true => found.status.unstaged().map(|file| file.path.clone()).collect(),
        // A file that was moved is in two places.
        false => found
            .status
            .staged()
            .flat_map(|file| std::iter::once(file.path.clone()).chain(file.from.clone()))
            .collect(),
    };
    if !paths.is_empty() {
        write(changes, if stage { IndexWrite::Stage(paths) } else { IndexWrite::Unstage(paths) }, out);
    }
}

/// The message of the last commit comes into the field, and goes again.
pub fn set_amend(changes: &mut Changes, amend: bool, out: &mut Vec<Effect>) {
    if changes.page.commit.amend == amend {
        return;
    }
    changes.page.commit.amend = amend;
    if amend {
        changes.page.own_message = Some(std::mem::take(&mut changes.page.commit.message));
        let root = changes.looked().map(|found| found.root.clone());
        out.extend(root.map(|root| Effect::Changes(ChangesEffect::ReadMessage(root))));
    } else if let Some(own) = changes.page.own_message.take() {
        changes.page.commit.message = own;
    }
}

/// The message of the last commit was read.
pub fn last_message(
    changes: &mut Changes,
    workspace: &mut Workspace,
    result: Result<String, GitError>,
    now: u64,
) {
    let page = &mut changes.page;
    match result {
        // What was written already goes before what is only suggested.
        Ok(message) if page.commit.amend => {
            match page.own_message.clone().filter(|own| !own.trim().is_empty()) {
                Some(own) => page.commit.message = own,
                None => page.commit.message = message,
            }
        }
        Ok(_) => {}
        Err(error) => {
            page.commit.amend = false;
            page.commit.message = page.own_message.take().unwrap_or_default();
            workspace.toast(ToastKind::Error, sentence(&error.to_string()), now);
        }
    }
}

/// Commits, when there is a message and something to commit.
pub fn commit(changes: &mut Changes, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if !workspace.shows(Page::Changes) {
        return toggle(changes, workspace, out);
    }
    if changes.page.is_writing {
        return;
    }
    let asked = changes.page.commit.clone();
    let Some(found) = changes.looked() else { return };
    let missing = match () {
        () if asked.message.trim().is_empty() => Some("Write a message first: what does the commit do?"),
        () if found.status.staged().next().is_none() && !asked.amend => {
            Some("Nothing is staged. Stage files or hunks first.")
        }
        () => None,
    };
    if let Some(words) = missing {
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    let root = found.root.clone();
    changes.page.is_writing = true;
    out.push(Effect::Changes(ChangesEffect::Commit(root, asked)));
}

/// A commit was made, or not.
pub fn committed(
    changes: &mut Changes,
    workspace: &mut Workspace,
    result: Result<Committed, GitError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    changes.page.is_writing = false;
    match result {
        Ok(Committed { id, subject }) => {
            let sign_off = changes.page.commit.sign_off;
            changes.page.commit = CommitRequest { sign_off, ..CommitRequest::default() };
            changes.page.own_message = None;
            workspace.toast(ToastKind::Info, format!("Committed {id}: {subject}"), now);
        }
        Err(error) => workspace.toast(ToastKind::Error, sentence(&error.to_string()), now),
    }
    look::moved(changes, workspace, out);
}

/// The rows of a file's difference.
pub fn rows(diff: &FileDiff) -> Vec<DiffLine> {
    rows_of(diff.old.as_deref(), diff.new.as_deref(), &diff.changes)
}

/// The rows of a difference between two texts: what lies around its changes.
pub fn rows_of(old: Option<&[u8]>, new: Option<&[u8]>, changes: &[LineChange]) -> Vec<DiffLine> {
    let old = git::lines::split(old.unwrap_or_default());
    let new = git::lines::split(new.unwrap_or_default());
    let mut rows = Vec::new();
    let mut at = 0;
    for (hunk, change) in changes.iter().enumerate() {
        let before = change.new.start.saturating_sub(AROUND).max(at);
        if before > at || hunk == 0 {
            rows.push(DiffLine::Hunk(hunk, before + 1));
        } else {
            // So close that nothing lies between: it has its own buttons all the same.
            context(&mut rows, &new, at..change.new.start);
            at = change.new.start;
            rows.push(DiffLine::Hunk(hunk, change.new.start + 1));
        }
        context(&mut rows, &new, before.max(at)..change.new.start);
        let text = |line: &&[u8]| shown(line);
        rows.extend(change.old.clone().map(|line| DiffLine::Removed(line + 1, text(&old[line]))));
        rows.extend(change.new.clone().map(|line| DiffLine::Added(line + 1, text(&new[line]))));
        let next = changes.get(hunk + 1).map_or(new.len(), |next| next.new.start);
        let end = (change.new.end + AROUND).min(next);
        context(&mut rows, &new, change.new.end..end);
        at = end;
        if rows.len() > MAX_ROWS {
            rows.push(DiffLine::Cut);
            break;
        }
    }
    rows
}

/// Lines around a change.
const AROUND: usize = 3;
/// Most rows that are shown of a file.
const MAX_ROWS: usize = 5000;
/// Longest line that is shown, in bytes.
const MAX_LINE: usize = 2000;

/// A row of a difference. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiffLine {
    /// A hunk begins, at this line of the new text.
    Hunk(usize, usize),
    /// A line of both.
    Context(usize, String),
    /// A line that is gone.
    Removed(usize, String),
    /// A line that came.
    Added(usize, String),
    /// More is not shown.
    Cut,
}

fn context(rows: &mut Vec<DiffLine>, new: &[&[u8]], lines: std::ops::Range<usize>) {
    rows.extend(lines.map(|line| DiffLine::Context(line + 1, shown(new[line]))));
}

fn shown(line: &[u8]) -> String {
    let line = &line[..line.len().min(MAX_LINE)];
    let text = String::from_utf8_lossy(line);
    text.trim_end_matches(['\r', '\n']).replace('\t', "    ")
}
