//! Unsaved texts on their way out, and into the tabs of their files: what a crash and a close on purpose have in common.

use editor_core::disk::Metadata;
use editor_core::file::{Fate, Format, Opened, Stamp};
use editor_core::journal::JournalOwner;
use editor_core::{Document, EditKind, Transaction};
use ground::ids::TabId;
use ground::words::sentence;
use ropey::Rope;

use super::crash::FileSinceCrash;
use super::{Recovery, RecoveryEffect};
use crate::event::Effect;
use crate::workspace::{Tab, ToastKind, Workspace, edit, open};

/// Hands on each unsaved text that is not kept as it is, or as whose it is: after "Save as" it is another file's.
pub fn keep(recovery: &mut Recovery, workspace: &Workspace, out: &mut Vec<Effect>) {
    for tab in workspace.tabs.iter().filter(|tab| is_unsaved(tab)) {
        let (revision, owner) = (tab.document.revision(), owner(&tab.document));
        let now = (revision, owner.clone());
        if recovery.kept.insert(tab.id, now.clone()) != Some(now) {
            out.push(Effect::Recovery(RecoveryEffect::Keep(tab.id, owner, tab.document.rope().clone())));
        }
    }
}

pub(super) fn owner(document: &Document) -> JournalOwner {
    JournalOwner {
        path: document.path().map(Into::into),
        title: document.title(),
        file_hash: document.stamp().map(|stamp| stamp.hash),
    }
}

pub(super) fn is_unsaved(tab: &Tab) -> bool {
    tab.document.is_modified() && tab.document.read_only().is_none()
}

/// Has its file's tab this text already? An editor that fell while it took over what was left has left the same text twice.
pub(super) fn is_there(workspace: &Workspace, owner: &JournalOwner, text: &Rope) -> bool {
    let tab = owner.path.as_deref().and_then(|path| workspace.tab_on(path));
    tab.is_some_and(|tab| is_unsaved(tab) && tab.document.rope() == text)
}

/// How a recovered text comes to its file.
struct Base {
    /// What undo goes back to.
    opened: Box<Opened>,
    /// What the file must be for a save not to ask; `None`: as it was read.
    stamp: Option<Option<Stamp>>,
    /// The person has to choose between the text and the file.
    conflict: bool,
}

impl Base {
    /// `None`: there is no file to come to.
    fn of(owner: &JournalOwner, text: &Rope, file: FileSinceCrash) -> Option<Base> {
        let hash = owner.file_hash;
        let begun_from =
            |format| Some(hash.map(|hash| Stamp { metadata: Metadata::default(), hash, format }));
        let empty = || Box::new(Opened::new_text(Rope::new()));
        Some(match file {
            FileSinceCrash::Nothing => return None,
            FileSinceCrash::AsBefore(opened) => Base { opened, stamp: None, conflict: false },
            FileSinceCrash::Changed(opened) => {
                Base { conflict: opened.rope != *text, stamp: begun_from(opened.format), opened }
            }
            FileSinceCrash::Gone => Base { opened: empty(), stamp: Some(None), conflict: false },
            FileSinceCrash::Unreadable(_) => {
                Base { opened: empty(), stamp: begun_from(Format::UTF8), conflict: false }
            }
        })
    }
}

/// Makes the text an unsaved change of its file, in the file's tab. `None`: the file cannot be edited now, or another text was
/// recovered for it.
pub(super) fn into_its_file(
    workspace: &mut Workspace,
    (owner, text): (&JournalOwner, &Rope),
    file: FileSinceCrash,
    front: bool,
    now: u64,
    out: &mut Vec<Effect>,
) -> Option<TabId> {
    let path = owner.path.clone()?;
    let trouble = match &file {
        FileSinceCrash::Gone if owner.file_hash.is_some() => {
            Some(format!("{} no longer exists. Saving creates it again.", path.display()))
        }
        FileSinceCrash::Unreadable(why) => Some(sentence(why)),
        _ => None,
    };
    let Base { opened, stamp, conflict } = Base::of(owner, text, file)?;
    if opened.read_only.is_some() || workspace.tab_on(&path).is_some_and(is_unsaved) {
        return None;
    }
    open::opened(workspace, (path.clone(), None, front), Ok(opened), now, out);
    let id = workspace.tab_on(&path)?.id;
    if front {
        open::activate(workspace, id, out);
    }
    if !set_text(workspace, id, text, now, out) {
        return None;
    }
    let tab = workspace.find_tab(id)?;
    if let Some(stamp) = stamp {
        tab.document.set_stamp(stamp);
    }
    if tab.document.stamp().is_none() {
        // Also when it is empty there is nothing on disk.
        tab.document.mark_unsaved();
    }
    tab.fate = if conflict { Fate::Changed } else { Fate::Same };
    if let Some(words) = trouble {
        workspace.toast(ToastKind::Info, words, now);
    }
    Some(id)
}

/// Does the tab have the text now?
pub(super) fn set_text(
    workspace: &mut Workspace,
    id: TabId,
    text: &Rope,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    let Some(tab) = workspace.find_tab(id) else { return false };
    let change = Transaction::difference(tab.document.buffer(), text);
    edit::apply_transaction(workspace, id, change, EditKind::Alone, now, out);
    workspace.find_tab(id).is_some_and(|tab| tab.document.rope() == text)
}
