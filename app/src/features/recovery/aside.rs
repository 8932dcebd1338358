//! Closing without a question: what is not saved is put aside, and is there again at the next start as if the window had stayed open.

use std::sync::Arc;

use editor_core::Document;
use editor_core::journal::JournalError;
use ground::words::sentence;

use super::crash::{Left, RecoveredText};
use super::texts::{into_its_file, is_there, is_unsaved, keep, owner, set_text};
use super::{NotPutAside, Recovery, RecoveryEffect};
use crate::event::Effect;
use crate::workspace::{Overlay, Question, ToastKind, Workspace, open};

/// The window is to be closed: each unsaved text goes to the disk first.
pub fn put(recovery: &mut Recovery, workspace: &Workspace, out: &mut Vec<Effect>) {
    keep(recovery, workspace, out);
    out.push(Effect::Recovery(RecoveryEffect::PutAside));
}

/// The texts are safe, and the window closes; or they are not, and the person decides.
pub fn is_put(
    recovery: &mut Recovery,
    workspace: &mut Workspace,
    done: Result<(), NotPutAside>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let unsaved = workspace.tabs.iter().filter(|tab| tab.is_unsaved()).count();
    match done {
        Ok(()) if !is_kept(recovery, workspace) => put(recovery, workspace, out),
        Err(reason) if unsaved > 0 => {
            let words = format!("Unsaved changes cannot be kept for the next start: {reason}.");
            workspace.toast(ToastKind::Error, words, now);
            workspace.overlay = Overlay::Question(Question::Quit(unsaved));
        }
        Ok(()) | Err(_) => {
            workspace.remember(out);
            out.push(Effect::Quit);
        }
    }
}

/// Is each text that is not saved kept as it is now?
fn is_kept(recovery: &Recovery, workspace: &Workspace) -> bool {
    workspace.tabs.iter().filter(|tab| is_unsaved(tab)).all(|tab| {
        let now = (tab.document.revision(), owner(&tab.document));
        recovery.kept.get(&tab.id) == Some(&now)
    })
}

/// A window was closed on purpose: what it put aside is read.
pub fn come_again(recovery: &mut Recovery, workspace: &mut Workspace, left: &Left, out: &mut Vec<Effect>) {
    if left.aside.is_empty() {
        return workspace.await_no_untitled();
    }
    if !workspace.waited_for.is_empty() {
        // They are for a window that stays.
        return;
    }
    recovery.aside = left.aside.iter().map(|(_, journal)| journal.clone()).collect();
    let texts = left.aside.clone();
    out.push(Effect::Recovery(RecoveryEffect::ReadLeft(Left { texts, ..Left::default() })));
}

/// Are these the texts that were put aside?
pub fn is_expected(recovery: &Recovery, texts: &[RecoveredText]) -> bool {
    !recovery.aside.is_empty() && texts.iter().all(|text| recovery.aside.contains(&text.journal))
}

/// What was put aside is here: in the tabs where it was, with the carets where they were, and nothing comes to the front that was not
/// there. What cannot be read is reported, and stays on the disk.
pub fn here_again(
    recovery: &mut Recovery,
    workspace: &mut Workspace,
    (texts, unread): (Vec<RecoveredText>, Vec<Arc<JournalError>>),
    now: u64,
    out: &mut Vec<Effect>,
) {
    recovery.aside.clear();
    let mut taken = Left::default();
    for RecoveredText { journal, owner, text, file } in texts {
        taken.texts.push((owner.title.clone(), journal));
        if is_there(workspace, &owner, &text) {
            continue;
        }
        let id = into_its_file(workspace, (&owner, &text), file, false, now, out).unwrap_or_else(|| {
            let title = match &owner.path {
                Some(_) => format!("{} (recovered)", owner.title),
                None => owner.title.clone(),
            };
            workspace.counters.untitled_is(&title);
            let id = open::add(workspace, Document::untitled(&title, ""), workspace.tabs.is_empty(), out);
            set_text(workspace, id, &text, now, out);
            id
        });
        workspace.put_carets_back(id);
    }
    workspace.await_no_untitled();
    keep(recovery, workspace, out);
    out.push(Effect::Recovery(RecoveryEffect::TakeOver(taken)));
    for reason in unread {
        workspace.toast(ToastKind::Error, sentence(&reason.to_string()), now);
    }
}
