//! Work on files: what is asked before, who does it, and what follows when it is done. Nothing is overwritten without a question, no text
//! that is not saved goes with its file without one, and each step can be taken back.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use folders::name;
use folders::work::{Clash, FolderStep, FolderWork, WorkError};
use ground::ids::TabId;

use super::{MAX_UNDO, TreeDesk, WorkPurpose, Worked};
use crate::event::{Effect, Event};
use crate::workspace::tree::Named;
use crate::workspace::{
    Focus, Overlay, Question, Reply, ToastKind, TreeQuestion, Workspace, open, relocated,
};

/// Has something done, unless a file that it is about is being written at this moment.
pub(super) fn start(
    workspace: &mut Workspace,
    work: FolderWork,
    purpose: WorkPurpose,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match saving(workspace, &work) {
        Some(reason) => workspace.toast(ToastKind::Error, reason, now),
        None => out.push(Effect::Work(Box::new(work), purpose)),
    }
}

/// The same, of what is named: a new wish ends what could be done again.
pub(super) fn begin(
    desk: &mut TreeDesk,
    workspace: &mut Workspace,
    work: FolderWork,
    purpose: WorkPurpose,
    now: u64,
    out: &mut Vec<Effect>,
) {
    desk.redo.clear();
    start(workspace, work, purpose, now, out);
}

/// A sentence when a text that would get another place is on its way to its file: the save would make the old one again.
pub(super) fn saving(workspace: &Workspace, work: &FolderWork) -> Option<String> {
    let sources: Vec<&PathBuf> = match work {
        FolderWork::Move(pairs, _) => pairs.iter().map(|(from, _)| from).collect(),
        FolderWork::Trash(paths) | FolderWork::Delete(paths) => paths.iter().collect(),
        FolderWork::TakeBack(steps) => steps.iter().filter_map(place_of).collect(),
        _ => Vec::new(),
    };
    let is_met = |path: &Path| sources.iter().any(|source| path.starts_with(source));
    let tab = workspace.tabs.iter().find(|tab| tab.saving.as_ref().is_some_and(|save| is_met(&save.path)))?;
    Some(format!("{} is being saved. Try again in a moment.", tab.document.title()))
}

fn place_of(step: &FolderStep) -> Option<&PathBuf> {
    match step {
        FolderStep::Made(path) | FolderStep::Restored(path) | FolderStep::Moved(_, path) => Some(path),
        FolderStep::Trashed(_) | FolderStep::Deleted(_) => None,
    }
}

/// Deletes, to the trash or for good. That is asked about when something is lost by it.
pub(super) fn delete(
    workspace: &mut Workspace,
    paths: Vec<PathBuf>,
    for_good: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if paths.is_empty() {
        return;
    }
    let lost = |path: &Path| paths.iter().any(|deleted| path.starts_with(deleted));
    let unsaved =
        workspace.tabs.iter().filter(|tab| tab.is_unsaved() && tab.document.path().is_some_and(lost));
    let unsaved: Vec<TabId> = unsaved.map(|tab| tab.id).collect();
    if for_good || !unsaved.is_empty() {
        workspace.overlay =
            Overlay::Question(Question::Tree(TreeQuestion::Delete { paths, unsaved, for_good }));
    } else {
        start(workspace, FolderWork::Trash(paths), WorkPurpose::Delete(Vec::new()), now, out);
    }
}

/// A question about files was answered.
pub fn replied(
    workspace: &mut Workspace,
    question: TreeQuestion,
    reply: Reply,
    now: u64,
    out: &mut Vec<Effect>,
) {
    workspace.focus = Some(Focus::Tree);
    match (question, reply) {
        (_, Reply::Cancel | Reply::Compare) => {}
        (TreeQuestion::Delete { paths, unsaved, for_good }, reply) => {
            let dropped = if reply == Reply::Yes { unsaved } else { Vec::new() };
            let work = if for_good { FolderWork::Delete(paths) } else { FolderWork::Trash(paths) };
            start(workspace, work, WorkPurpose::Delete(dropped), now, out);
        }
        (TreeQuestion::Clash { moves, pairs, ends_cut, .. }, reply) => {
            let clash = if reply == Reply::Yes { Clash::KeepBoth } else { Clash::Replace };
            let work = if moves { FolderWork::Move(pairs, clash) } else { FolderWork::Copy(pairs, clash) };
            start(workspace, work, WorkPurpose::Place(ends_cut), now, out);
        }
    }
}

/// Takes the last step back.
pub fn undo(desk: &mut TreeDesk, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    match desk.undo.pop() {
        Some(work) => start(workspace, work, WorkPurpose::Undo, now, out),
        None => workspace.toast(ToastKind::Info, "There is nothing to undo in the file tree.".into(), now),
    }
}

/// Does again what was taken back.
pub fn redo(desk: &mut TreeDesk, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    match desk.redo.pop() {
        Some(work) => start(workspace, work, WorkPurpose::Redo, now, out),
        None => workspace.toast(ToastKind::Info, "There is nothing to redo in the file tree.".into(), now),
    }
}

/// Something was done, or not.
pub fn worked(
    desk: &mut TreeDesk,
    workspace: &mut Workspace,
    worked: Worked,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Worked { purpose, work, outcome } = worked;
    remember(desk, &purpose, outcome.undo());
    let dropped: &[TabId] = if let WorkPurpose::Delete(tabs) = &purpose { tabs } else { &[] };
    for step in &outcome.steps {
        follow(workspace, step, dropped, now, out);
    }
    list_around(workspace, &outcome.steps, out);
    let made = made(&outcome.steps);
    match outcome.error {
        Some(error) => failed(workspace, &purpose, work, error, now),
        None => done(desk, workspace, &purpose, (&made, &outcome.steps), now, out),
    }
    if !made.is_empty() {
        show(workspace, made, out);
    }
    if !outcome.steps.is_empty() {
        workspace.files = None;
        workspace.remember(out);
    }
}

/// What was done can be taken back; what was taken back can be done again.
fn remember(desk: &mut TreeDesk, purpose: &WorkPurpose, inverse: Option<FolderWork>) {
    let Some(inverse) = inverse else { return };
    match purpose {
        WorkPurpose::Undo => desk.redo.push(inverse),
        WorkPurpose::Redo => desk.undo.push(inverse),
        _ => {
            desk.redo.clear();
            desk.undo.push(inverse);
        }
    }
    let surplus = desk.undo.len().saturating_sub(MAX_UNDO);
    desk.undo.drain(..surplus);
}

/// Open texts follow their files.
fn follow(workspace: &mut Workspace, step: &FolderStep, dropped: &[TabId], now: u64, out: &mut Vec<Effect>) {
    match step {
        FolderStep::Moved(from, to) => {
            relocated::moved(workspace, from, to, now, out);
            out.push(Effect::then(Event::Relocated(from.clone(), to.clone())));
        }
        FolderStep::Trashed(trashed) => relocated::gone(workspace, &trashed.path, dropped, out),
        FolderStep::Deleted(path) => relocated::gone(workspace, path, dropped, out),
        FolderStep::Made(path) | FolderStep::Restored(path) => relocated::came(workspace, path, out),
    }
}

/// The folders in which something came or went are listed again.
fn list_around(workspace: &mut Workspace, steps: &[FolderStep], out: &mut Vec<Effect>) {
    let Some(tree) = &workspace.tree else { return };
    let paths = steps.iter().flat_map(|step| match step {
        FolderStep::Made(path) | FolderStep::Restored(path) | FolderStep::Deleted(path) => vec![path],
        FolderStep::Moved(from, to) => vec![from, to],
        FolderStep::Trashed(trashed) => vec![&trashed.path],
    });
    let folders: BTreeSet<PathBuf> = paths.filter_map(|path| tree.lister(path.parent()?)).collect();
    out.extend(folders.into_iter().map(Effect::List));
}

/// What is new in its place.
fn made(steps: &[FolderStep]) -> Vec<PathBuf> {
    name::topmost(steps.iter().filter_map(place_of).cloned().collect())
}

/// Puts the keyboard on what is new.
fn show(workspace: &mut Workspace, mut made: Vec<PathBuf>, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    made.retain(|path| tree.has(path));
    match &made[..] {
        [one] => out.extend(tree.reveal(one).map(Effect::List)),
        _ => tree.choose_all(made),
    }
}

/// The name was not taken: the field says why, and keeps what was typed.
pub(super) fn refuse(workspace: &mut Workspace, reason: String) {
    if let Some(naming) = workspace.tree.as_mut().and_then(|tree| tree.naming.as_mut()) {
        naming.busy = false;
        naming.error = Some(reason);
        workspace.focus = Some(Focus::Tree);
    }
}

fn done(
    desk: &mut TreeDesk,
    workspace: &mut Workspace,
    purpose: &WorkPurpose,
    (made, steps): (&[PathBuf], &[FolderStep]),
    now: u64,
    out: &mut Vec<Effect>,
) {
    match purpose {
        WorkPurpose::Name => {
            let naming = workspace.tree.as_mut().and_then(|tree| tree.naming.take());
            workspace.focus = Some(Focus::Tree);
            if let Some(naming) = naming.filter(|naming| matches!(naming.what, Named::File(_)))
                && !naming.makes_folder()
                && let Some(path) = naming.path()
            {
                open::open(workspace, path, out);
            }
        }
        WorkPurpose::Place(ends_cut) => {
            if *ends_cut {
                desk.clip = None;
                workspace.tree.iter_mut().for_each(|tree| tree.cut.clear());
            }
            if let [FolderStep::Moved(_, to), ..] = steps
                && let Some(folder) = to.parent().and_then(Path::file_name)
            {
                let words = format!("{} moved to {}.", counted(made), folder.to_string_lossy());
                workspace.toast_with_undo(words, now);
            }
        }
        WorkPurpose::Delete(_) => {
            let went: Vec<PathBuf> = steps
                .iter()
                .filter_map(|step| match step {
                    FolderStep::Trashed(trashed) => Some(trashed.path.clone()),
                    _ => None,
                })
                .collect();
            if !went.is_empty() {
                workspace.toast_with_undo(format!("{} moved to the trash.", counted(&went)), now);
            }
        }
        WorkPurpose::Undo | WorkPurpose::Redo => workspace.focus = Some(Focus::Tree),
    }
}

/// `a.rs was`, `3 items were`.
fn counted(paths: &[PathBuf]) -> String {
    match paths {
        [one] => format!("{} was", one.file_name().unwrap_or_default().to_string_lossy()),
        many => format!("{} items were", many.len()),
    }
}

fn failed(workspace: &mut Workspace, purpose: &WorkPurpose, work: FolderWork, error: WorkError, now: u64) {
    match (purpose, work, error) {
        (WorkPurpose::Name, _, error) => refuse(workspace, error.to_string()),
        (
            WorkPurpose::Place(ends_cut),
            work @ (FolderWork::Move(_, Clash::Refuse) | FolderWork::Copy(_, Clash::Refuse)),
            WorkError::Exists(taken),
        ) => {
            let moves = matches!(work, FolderWork::Move(..));
            let (FolderWork::Move(pairs, _) | FolderWork::Copy(pairs, _)) = work else { return };
            let question = TreeQuestion::Clash { moves, pairs, taken, ends_cut: *ends_cut };
            workspace.overlay = Overlay::Question(Question::Tree(question));
        }
        (_, _, error) => workspace.toast(ToastKind::Error, error.to_string(), now),
    }
}
