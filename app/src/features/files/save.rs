//! From a text to its file, and what to do when something else is there. Nothing is written but through [`fn@write`].

use std::path::{Path, PathBuf};

use editor_core::file::{Encoding, Expect, Fate, NotInEncoding, Reading, SaveError, Stamp};
use editor_core::{Change, EditKind, Revision, Transaction};
use ground::ids::TabId;
use ground::words::sentence;

use crate::event::{Effect, Event, Save};
use crate::workspace::close as close_tab;
use crate::workspace::{
    Overlay, PathPurpose, Question, Saving, Tab, ToastKind, Workspace, configure, edit, open,
};

/// Saves the tab in front.
pub fn save(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if let Some(id) = workspace.tab().map(|tab| tab.id) {
        save_tab(workspace, id, now, out);
    }
}

/// Saves a tab under its own name, or asks for one. While it is being written it waits: before that is done nobody knows
/// what the file is like, and our own writing would be taken for another program's.
pub fn save_tab(workspace: &mut Workspace, id: TabId, now: u64, out: &mut Vec<Effect>) {
    if let Some(tab) = workspace.find_tab(id).filter(|tab| tab.saving.is_some()) {
        tab.save_again = true;
        return;
    }
    tidy(workspace, id, now, out);
    let Some(tab) = workspace.find_tab(id) else { return };
    match tab.document.path().map(Path::to_owned) {
        None => open::ask_path(workspace, PathPurpose::Save(id), out),
        Some(path) => {
            // The bar of the tab has said that the file is gone.
            let known = tab.document.stamp().filter(|_| tab.fate != Fate::Gone);
            let expect = known.cloned().map_or(Expect::Absent, Expect::Unchanged);
            write(workspace, id, path, expect, now, out);
        }
    }
}

/// Asks for another name and saves.
pub fn save_as(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if let Some(id) = workspace.tab().map(|tab| tab.id) {
        open::ask_path(workspace, PathPurpose::Save(id), out);
    }
}

/// Saves a tab at a path that was typed. A save of it to elsewhere that is under way is overtaken, for its disk may never answer.
pub fn save_at(workspace: &mut Workspace, id: TabId, path: PathBuf, now: u64, out: &mut Vec<Effect>) {
    if workspace.tab_on(&path).is_some_and(|other| other.id != id) {
        return refuse_open_elsewhere(workspace, id, &path, now);
    }
    let Some(tab) = workspace.find_tab(id) else { return };
    let target = tab.saving.as_ref().map(|saving| saving.path.as_path()).or(tab.document.path());
    if target == Some(&path) {
        return save_tab(workspace, id, now, out);
    }
    tidy(workspace, id, now, out);
    write(workspace, id, path, Expect::Absent, now, out);
}

/// What the settings want changed before a text is written, as one undo step.
fn tidy(workspace: &mut Workspace, id: TabId, now: u64, out: &mut Vec<Effect>) {
    let files = &workspace.settings.files;
    let usual = (files.trim_trailing_whitespace, files.final_newline);
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    let document = &tab.document;
    let (trim, end) =
        (tab.conventions.trim.unwrap_or(usual.0), tab.conventions.final_newline.unwrap_or(usual.1));
    if document.read_only().is_some() || tab.review.is_some() {
        return;
    }
    let buffer = document.buffer();
    let mut changes = if trim { blanks_at_ends(buffer) } else { Vec::new() };
    let length = buffer.len_chars();
    if end && length > 0 && buffer.line(buffer.len_lines() - 1).len_chars() > 0 {
        let newline = document.line_ending().as_str();
        match changes.last_mut().filter(|change| change.range.end == length) {
            Some(change) => change.insert = newline.into(),
            None => changes.push(Change::insert(length, newline)),
        }
    }
    if let Ok(transaction) = Transaction::new(buffer, changes)
        && !transaction.is_empty()
    {
        edit::apply_transaction(workspace, id, transaction, EditKind::Alone, now, out);
    }
}

/// Deletes the blanks before each line break and before the end.
fn blanks_at_ends(buffer: &editor_core::Buffer) -> Vec<Change> {
    let ends = (0..buffer.len_lines()).filter_map(|line| {
        let (start, end) = (buffer.line_start(line), buffer.line_end(line));
        let line = buffer.slice(start..end);
        let blanks = line.len() - line.trim_end_matches([' ', '\t']).len();
        (blanks > 0).then(|| Change::delete(end - blanks..end))
    });
    ends.collect()
}

/// The one way to a file. A text that was decoded with loss does not go it: the message says why, and nothing waits for a save
/// that will not be. What is written is kept before, so that a fall in the midst leaves a file that its journal knows.
pub fn write(
    workspace: &mut Workspace,
    id: TabId,
    path: PathBuf,
    expect: Expect,
    now: u64,
    out: &mut Vec<Effect>,
) {
    out.push(Effect::then(Event::KeepUnsaved));
    let Some(tab) = workspace.find_tab(id) else { return };
    match tab.document.writable() {
        Ok(text) => {
            let revision = tab.document.revision();
            tab.saving = Some(Saving { path: path.clone(), revision });
            out.push(Effect::Save(Save { tab: id, path, text, expect, revision }));
        }
        Err(reason) => {
            let words = edit::not_saved(&tab.document, reason);
            give_up_closing(workspace, id);
            workspace.toast(ToastKind::Error, words, now);
        }
    }
}

/// A save failed or was not wanted: nothing is closed or reopened because of it.
pub fn give_up_closing(workspace: &mut Workspace, id: TabId) {
    workspace.quitting = false;
    workspace.closing.remove(&id);
    if let Some(tab) = workspace.find_tab(id) {
        tab.reopens = None;
    }
}

/// A file was written, or not.
pub fn saved(
    workspace: &mut Workspace,
    (id, path, revision): (TabId, PathBuf, Revision),
    result: Result<Stamp, SaveError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let this = Saving { path: path.clone(), revision };
    let Some(tab) = workspace.find_tab(id).filter(|tab| tab.saving.as_ref() == Some(&this)) else {
        return overtaken(workspace, (id, path, revision), result, now);
    };
    tab.saving = None;
    let again = std::mem::take(&mut tab.save_again);
    match result {
        Ok(stamp) => {
            written(tab, &path, stamp, revision);
            tab.highlighter.set_language(tab.document.language());
            edit::parse(tab, out);
            let done = !tab.document.is_modified();
            if done && workspace.closing.contains(&id) {
                close_tab::drop_tab(workspace, id, out);
            }
            if let Some(tree) = workspace.tree.as_ref().filter(|tree| tree.has(&path)) {
                // A folder that is a part of another one's row is listed there.
                let folder = path.parent().map(|folder| tree.lister(folder).unwrap_or(folder.to_owned()));
                out.extend(folder.map(Effect::List));
                out.push(Effect::IndexFile(path.clone()));
            }
            workspace.session.note_file(&path);
            configure::saved(workspace, &path, out);
            out.push(Effect::then(Event::CheckFile(id)));
            workspace.remember(out);
            if again && !(done && workspace.quitting) {
                save_tab(workspace, id, now, out);
            }
            reopen_saved(workspace, id, out);
            quit_when_saved(workspace, now, out);
        }
        Err(error) => {
            let words = sentence(&error.to_string());
            let own = tab.document.path() == Some(&path);
            if let SaveError::NotDurable { stamp, .. } = &error {
                // It is our own writing, but the text counts as unsaved, and is kept for recovery, until a save is certain.
                written(tab, &path, (**stamp).clone(), revision);
                tab.document.mark_unsaved();
            }
            match in_the_way(&error) {
                Some(found) => ask_about(workspace, (id, path), found, words, now),
                // What was typed since may be writable, or the disk by now; that save says what comes of it.
                None if again && own => save_tab(workspace, id, now, out),
                None if let SaveError::NotInEncoding(lack) = error => {
                    lacks(workspace, id, path, lack, now);
                }
                None => {
                    give_up_closing(workspace, id);
                    workspace.toast(ToastKind::Error, words, now);
                }
            }
        }
    }
}

/// A text is in its file.
fn written(tab: &mut Tab, path: &Path, stamp: Stamp, revision: Revision) {
    tab.document.saved(path, stamp, revision);
    tab.fate = Fate::Same;
    tab.end_comparison();
}

/// A save whose tab is closed, or that another save of it has overtaken, says what the tab's file is now, and what failed.
fn overtaken(
    workspace: &mut Workspace,
    (id, path, revision): (TabId, PathBuf, Revision),
    result: Result<Stamp, SaveError>,
    now: u64,
) {
    let tab = workspace.find_tab(id).filter(|tab| tab.document.path() == Some(&path));
    match (result, tab) {
        (Ok(stamp), Some(tab)) => written(tab, &path, stamp, revision),
        (Ok(_), None) => {}
        (Err(SaveError::NotDurable { stamp, .. }), Some(tab)) => {
            written(tab, &path, *stamp, revision);
            tab.document.mark_unsaved();
        }
        (Err(error), _) => workspace.toast(ToastKind::Error, sentence(&error.to_string()), now),
    }
}

/// What a save met in the place of its file.
struct Found {
    /// The file that is there, behind links; the path of a file that is not there any more.
    file: PathBuf,
    /// What may be overwritten once the person says so.
    seen: Expect,
    fate: Fate,
}

/// What is in the way of a save, if it failed for that.
fn in_the_way(error: &SaveError) -> Option<Found> {
    let (file, seen, fate) = match error {
        SaveError::ChangedOnDisk(file, stamp) | SaveError::Exists(file, stamp) => {
            (file, Expect::Unchanged((**stamp).clone()), Fate::Changed)
        }
        SaveError::Removed(file) => (file, Expect::Absent, Fate::Gone),
        _ => return None,
    };
    Some(Found { file: file.clone(), seen, fate })
}

/// A save met another file than it expected: the person says what becomes of it, unless another tab has it open.
fn ask_about(
    workspace: &mut Workspace,
    (id, path): (TabId, PathBuf),
    found: Found,
    reason: String,
    now: u64,
) {
    let elsewhere = workspace.tabs.iter().any(|tab| tab.id != id && has_open(tab, &found));
    let busy = matches!(workspace.overlay, Overlay::Question(_) | Overlay::Path(_));
    let Some(tab) = workspace.find_tab(id) else { return };
    let own = tab.document.path() == Some(&path);
    if !own && elsewhere {
        return refuse_open_elsewhere(workspace, id, &path, now);
    }
    if !busy {
        workspace.overlay =
            Overlay::Question(Question::Overwrite { tab: id, path, reason, seen: found.seen });
    } else if own {
        // One question at a time: this one stands in the bar of its tab, and quitting comes back to it.
        tab.fate = found.fate;
    } else {
        give_up_closing(workspace, id);
        workspace.toast(ToastKind::Error, reason, now);
    }
}

/// Is this the file of the tab, under whatever name?
fn has_open(tab: &Tab, found: &Found) -> bool {
    let same = match (&found.seen, tab.document.stamp()) {
        (Expect::Unchanged(stamp), Some(known)) => known.is_of_same_file(stamp),
        _ => false,
    };
    same || tab.document.path() == Some(&found.file)
}

fn refuse_open_elsewhere(workspace: &mut Workspace, id: TabId, path: &Path, now: u64) {
    give_up_closing(workspace, id);
    let words = format!("{} is open in another tab: close it first, or choose another name.", path.display());
    workspace.toast(ToastKind::Error, words, now);
}

/// What a save that is under way writes is read after it.
pub fn read_again(workspace: &mut Workspace, id: TabId, encoding: Encoding, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    if tab.saving.is_some() {
        tab.reopens = Some(encoding);
    } else if let Some(path) = tab.document.path() {
        let revision = tab.document.revision();
        out.push(Effect::Reload(id, path.to_owned(), revision, Reading::Chosen(encoding)));
    }
}

/// A tab was saved, maybe for it to be reopened.
pub fn reopen_saved(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id).filter(|tab| tab.saving.is_none() && !tab.document.is_modified())
    else {
        return;
    };
    if let Some(encoding) = tab.reopens.take() {
        read_again(workspace, id, encoding, out);
    }
}

/// A text was not saved because its encoding lacks a character. The file's own encoding counts again, and UTF-8 is offered.
pub fn lacks(workspace: &mut Workspace, id: TabId, path: PathBuf, error: NotInEncoding, now: u64) {
    give_up_closing(workspace, id);
    if let Some(tab) = workspace.find_tab(id) {
        tab.document.restore_format();
    }
    if matches!(workspace.overlay, Overlay::Question(_)) {
        return workspace.toast(ToastKind::Error, sentence(&error.to_string()), now);
    }
    workspace.overlay = Overlay::Question(Question::SaveAsUtf8 { tab: id, path, error });
}

/// Saves all texts that have a file; each of the others has to be asked for a name: the first, and when the window
/// closes one after the other.
pub fn save_all(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let has_file = |tab: &&Tab| tab.is_unsaved() && !tab.is_being_saved() && tab.document.path().is_some();
    let files: Vec<TabId> = workspace.tabs.iter().filter(has_file).map(|tab| tab.id).collect();
    for id in files {
        save_tab(workspace, id, now, out);
    }
    let unnamed = workspace.tabs.iter().find(|tab| tab.is_unsaved() && tab.document.path().is_none());
    if let Some(id) = unnamed.map(|tab| tab.id).filter(|_| !workspace.quitting) {
        save_tab(workspace, id, now, out);
    }
    quit_when_saved(workspace, now, out);
}

pub fn quit_when_saved(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let is_done = |tab: &Tab| !tab.is_unsaved() && tab.saving.is_none();
    if workspace.quitting && workspace.tabs.iter().all(is_done) {
        workspace.remember(out);
        out.push(Effect::Quit);
    } else if workspace.quitting && matches!(workspace.overlay, Overlay::None) {
        // The next text that is not saved gets its turn, be it to be asked for a name or for what to do.
        let next = workspace.tabs.iter().find(|tab| tab.is_unsaved() && tab.saving.is_none());
        if let Some(id) = next.map(|tab| tab.id) {
            save_tab(workspace, id, now, out);
        }
    }
}
