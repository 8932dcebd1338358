//! What other programs do to open files, and what the person decides about it.

use editor_core::Revision;
use editor_core::file::{Fate, OpenError, Opened};
use ground::ids::TabId;
use ground::words::sentence;

use super::save;
use crate::event::{Effect, Event};
use crate::workspace::{Reply, Tab, ToastKind, Workspace, edit};

/// Asks for every open file whether it is still what it was, and lists the shown folders again.
pub fn check_all(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    for tab in workspace.tabs.iter().filter(|tab| tab.saving.is_none()) {
        if let (Some(path), Some(stamp)) = (tab.document.path(), tab.document.stamp()) {
            out.push(Effect::Check(tab.id, path.to_owned(), stamp.clone()));
        }
    }
    crate::workspace::folder::refresh(workspace, out);
}

/// It is known what became of a file. The text of one that is gone is the only one there is.
pub fn checked(workspace: &mut Workspace, id: TabId, fate: Fate, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id).filter(|tab| tab.saving.is_none()) else { return };
    let lost = tab.lost.take_if(|_| !matches!(fate, Fate::Gone | Fate::NoFile));
    let is_back = lost == Some(tab.document.revision()) && tab.document.stamp().is_some();
    match fate {
        // Other programs delete a file and make it again, git among them: nothing was typed meanwhile.
        Fate::Same | Fate::Changed if is_back && tab.review.is_none() => reload(tab, out),
        Fate::Changed if !tab.document.is_modified() && tab.review.is_none() => reload(tab, out),
        Fate::Same | Fate::Changed => tab.fate = fate,
        Fate::Gone | Fate::NoFile => {
            tab.fate = fate;
            if !tab.document.is_modified() {
                tab.lost = Some(tab.document.revision());
            }
            keep(tab);
        }
    }
}

/// Marks the text as one that closing would lose. One that was decoded with loss could not be saved anyway.
fn keep(tab: &mut Tab) {
    if tab.document.read_only().is_none() {
        tab.document.mark_unsaved();
    }
}

/// Has a tab's file read again.
pub fn reload(tab: &Tab, out: &mut Vec<Effect>) {
    if let Some(path) = tab.document.path() {
        let document = &tab.document;
        out.push(Effect::Reload(tab.id, path.to_owned(), document.revision(), document.reading()));
    }
}

/// Reads the file in front again.
pub fn revert(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if let Some(tab) = workspace.tab() {
        reload(tab, out);
    }
}

/// The person chose between the text here and the file.
pub fn conflict(workspace: &mut Workspace, id: TabId, reply: Reply, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    match reply {
        Reply::Yes => save::save_tab(workspace, id, now, out),
        Reply::Discard => {
            tab.fate = Fate::Same;
            reload(tab, out);
        }
        Reply::Compare => out.push(Effect::then(Event::CompareWithFile(id))),
        Reply::Cancel => tab.fate = Fate::Same,
    }
}

/// Takes over a file that changed on disk; its text is one undo step that touches only what differs. What was typed since
/// `revision`, when it was asked for, is not replaced: then the person chooses. Nor is what undo could not bring back.
pub fn reloaded(
    workspace: &mut Workspace,
    (id, revision): (TabId, Revision),
    result: Result<Box<Opened>, OpenError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let opened = match result {
        Ok(opened) => opened,
        Err(reason) => {
            tab.fate = Fate::Same;
            keep(tab);
            return workspace.toast(ToastKind::Error, sentence(&reason.to_string()), now);
        }
    };
    // A save that is under way brings a state of the file of its own.
    if tab.saving.is_some() {
        return;
    }
    if tab.document.revision() != revision {
        tab.fate = Fate::Changed;
        return;
    }
    if opened.read_only.is_some() && tab.document.is_modified() {
        tab.fate = Fate::Changed;
        let title = tab.document.title();
        let words = format!(
            "{title} was not reloaded, as your changes would be lost: the file on disk is no longer text. Save them under another name."
        );
        return workspace.toast(ToastKind::Error, words, now);
    }
    tab.fate = Fate::Same;
    tab.end_comparison();
    tab.document.reload(*opened, now);
    edit::after_edit(workspace, id, out);
}
