//! What our own failures cost: texts that are not saved are kept outside, and what an earlier start left is offered.

use std::io;
use std::sync::Arc;

use editor_core::Document;
use editor_core::journal::{JournalError, JournalOwner};
use ground::ids::TabId;
use ropey::Rope;

use super::crash::{Left, RecoveredText};
use super::texts::{into_its_file, is_there, is_unsaved, keep, owner, set_text};
use super::{Recovery, RecoveryEffect, RecoveryEvent, aside};
use crate::event::Effect;
use crate::workspace::log::Severity;
use crate::workspace::{NoticeKind, Tab, ToastKind, Workspace, open};

/// How often changed texts are handed on, in milliseconds.
const KEEP_EACH: u64 = 100;

/// Hands on what was changed and is not saved. Called with every frame.
pub fn tick(recovery: &mut Recovery, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if !recovery.looked.is_due(now, KEEP_EACH) {
        return;
    }
    let tabs = &workspace.tabs;
    let unsaved = |tab: &&Tab| is_unsaved(tab);
    recovery.kept.retain(|id, _| {
        let stays = tabs.iter().filter(unsaved).any(|tab| tab.id == *id);
        if !stays {
            out.push(Effect::Recovery(RecoveryEffect::Forget(*id)));
        }
        stays
    });
    keep(recovery, workspace, out);
}

/// Something happened to texts that are kept.
pub fn on(
    recovery: &mut Recovery,
    workspace: &mut Workspace,
    event: RecoveryEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        RecoveryEvent::LeftBehind(left) => {
            aside::come_again(recovery, workspace, &left, out);
            left_behind(recovery, workspace, Left { aside: Vec::new(), ..left });
        }
        RecoveryEvent::PutAside => aside::put(recovery, workspace, out),
        RecoveryEvent::IsAside(done) => aside::is_put(recovery, workspace, done, now, out),
        RecoveryEvent::Recover => recover(recovery, workspace, out),
        RecoveryEvent::DiscardLeft => discard(recovery, workspace, out),
        RecoveryEvent::ShowCrash => show_report(recovery, out),
        RecoveryEvent::Unkept(reason) => unkept(workspace, reason.as_deref(), now),
        RecoveryEvent::Recovered(texts, unread) => recovered(recovery, workspace, texts, unread, now, out),
    }
}

/// Milliseconds until something has to be handed on; `None`: nothing.
pub fn wake_in(recovery: &Recovery, workspace: &Workspace, now: u64) -> Option<u64> {
    let kept = |tab: &Tab| {
        let now = (tab.document.revision(), owner(&tab.document));
        recovery.kept.get(&tab.id) == Some(&now)
    };
    let waits = workspace.tabs.iter().any(|tab| is_unsaved(tab) && !kept(tab));
    waits.then(|| recovery.looked.wake_in(now, KEEP_EACH))
}

/// An earlier start left something behind.
pub fn left_behind(recovery: &mut Recovery, workspace: &mut Workspace, left: Left) {
    let names: Vec<&str> = left.texts.iter().map(|(title, _)| title.as_str()).collect();
    let kept = match (&names[..], &left.report) {
        ([], None) => String::new(),
        ([], Some(_)) if left.unread.is_empty() => {
            "LocalCoder closed unexpectedly. No unsaved changes were lost.".to_owned()
        }
        ([], Some(_)) => "LocalCoder closed unexpectedly.".to_owned(),
        ([one], _) => {
            format!(
                "LocalCoder closed unexpectedly. Unsaved changes to {one} were kept and can be recovered."
            )
        }
        (many, _) => format!(
            "LocalCoder closed unexpectedly. Unsaved changes to {} files were kept and can be recovered: {}.",
            many.len(),
            many.join(", ")
        ),
    };
    let text = [kept, unreadable(&left.unread)].join(" ").trim().to_owned();
    if !text.is_empty() {
        workspace.notify(NoticeKind::Recovery, text);
    }
    recovery.left = left;
}

/// What is said of journals that cannot be read, for these reasons.
fn unreadable(why: &[Arc<JournalError>]) -> String {
    /// More are counted.
    const MAX_TOLD: usize = 3;
    if why.is_empty() {
        return String::new();
    }
    let told: Vec<String> = why.iter().take(MAX_TOLD).map(ToString::to_string).collect();
    let told = told.join("; ");
    let more = match why.len().saturating_sub(MAX_TOLD) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("Some unsaved changes cannot be read here and stay where they are: {told}{more}.")
}

/// Unsaved texts cannot be kept, or can again.
pub fn unkept(workspace: &mut Workspace, reason: Option<&io::Error>, now: u64) {
    let Some(reason) = reason else {
        workspace.record(now, Severity::Info, "Unsaved changes are being kept again.");
        return workspace.settle(&NoticeKind::Unkept);
    };
    let text = format!(
        "Unsaved changes cannot be kept for recovery: {reason}. LocalCoder keeps trying; until then, save often."
    );
    workspace.record(now, Severity::Error, &text);
    workspace.notify(NoticeKind::Unkept, text);
}

/// The kept texts are wanted.
pub fn recover(recovery: &mut Recovery, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.settle(&NoticeKind::Recovery);
    let mut left = taken(recovery);
    // That it was seen is said with the texts.
    recovery.left.report = left.report.take();
    out.push(Effect::Recovery(RecoveryEffect::ReadLeft(left)));
}

/// What can be read of what was left; the rest stays where it is.
fn taken(recovery: &mut Recovery) -> Left {
    let unread = std::mem::take(&mut recovery.left.unread);
    let rest = Left { unread, ..Left::default() };
    std::mem::replace(&mut recovery.left, rest)
}

/// The kept texts are wanted, if there are any: by the command's name, where the notice was closed or no mouse is at hand.
pub fn recover_by_name(recovery: &mut Recovery, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if recovery.left.texts.is_empty() {
        let words = format!("There are no unsaved changes to recover. {}", unreadable(&recovery.left.unread));
        return workspace.toast(ToastKind::Info, words.trim().to_owned(), now);
    }
    recover(recovery, workspace, out);
}

/// The kept texts are not wanted.
pub fn discard(recovery: &mut Recovery, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.settle(&NoticeKind::Recovery);
    out.push(Effect::Recovery(RecoveryEffect::RemoveLeft(taken(recovery))));
}

/// The report is wanted: it opens like any file.
pub fn show_report(recovery: &Recovery, out: &mut Vec<Effect>) {
    if let Some(path) = recovery.left.report.clone() {
        out.push(Effect::Open { path, caret: None, front: true });
    }
}

/// The kept texts were read: each is an unsaved change of its file, which one undo takes back. Their journals go when the texts
/// have others; why some cannot be read is told, and those stay.
pub fn recovered(
    recovery: &mut Recovery,
    workspace: &mut Workspace,
    texts: Vec<RecoveredText>,
    unread: Vec<Arc<JournalError>>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if aside::is_expected(recovery, &texts) {
        return aside::here_again(recovery, workspace, (texts, unread), now, out);
    }
    let mut taken = Left { report: recovery.left.report.take(), ..Left::default() };
    let mut names = Vec::new();
    for RecoveredText { journal, owner, text, file } in texts {
        let title = owner.title.clone();
        if is_there(workspace, &owner, &text) {
            taken.texts.push((title, journal));
            continue;
        }
        let id = into_its_file(workspace, (&owner, &text), file, true, now, out)
            .unwrap_or_else(|| into_a_new_tab(workspace, &owner, &text, now, out));
        if workspace.find_tab(id).is_some_and(|tab| is_unsaved(tab)) {
            names.push(title.clone());
        }
        taken.texts.push((title, journal));
    }
    keep(recovery, workspace, out);
    out.push(Effect::Recovery(RecoveryEffect::TakeOver(taken)));
    if !unread.is_empty() {
        left_behind(recovery, workspace, Left { unread, ..Left::default() });
    }
    let words = match &names[..] {
        [] => "Nothing was lost: what was kept is in the files.".to_owned(),
        [one] => format!("Unsaved changes to {one} were recovered. Undo shows what is on disk."),
        many => {
            format!("Unsaved changes to {} files were recovered. Undo shows what is on disk.", many.len())
        }
    };
    workspace.toast(ToastKind::Info, words, now);
}

fn into_a_new_tab(
    workspace: &mut Workspace,
    owner: &JournalOwner,
    text: &Rope,
    now: u64,
    out: &mut Vec<Effect>,
) -> TabId {
    let title = match &owner.path {
        Some(_) => format!("{} (recovered)", owner.title),
        None => format!("Untitled {}", workspace.counters.untitled()),
    };
    let id = open::add(workspace, Document::untitled(&title, ""), true, out);
    set_text(workspace, id, text, now, out);
    id
}
