//! The changes go to the model file by file; what it says is kept beside its lines until it is dismissed.

use editor_core::Transaction;
use editor_core::transaction::Bias;
use ground::command::Command;
use ground::ids::{JobId, TabId};
use ground::words::sentence;
use ipc::protocol::Sampling;
use models::catalog::ModelRole;

use super::{ChangedText, Remark, Remarks, RemarksEffect, RemarksEvent};
use crate::event::{Effect, Event};
use crate::workspace::ask::no_model;
use crate::workspace::{Job, JobKind, Tab, ToastKind, Workspace, edit, jobs, open, permissions};

/// Reads the changes, or stops what is being read.
pub fn begin(remarks: &mut Remarks, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if remarks.asked.is_some() {
        return jobs::cancel_job(workspace, out);
    }
    if workspace.model_for(ModelRole::General).is_none() {
        return workspace.toast(ToastKind::Error, no_model(), now);
    }
    match permissions::project(workspace) {
        Some(folder) => out.push(Effect::Remarks(RemarksEffect::Read(folder))),
        None => {
            let text = "Open the folder of a git repository first: its changes are reviewed.";
            workspace.toast(ToastKind::Error, text.into(), now);
        }
    }
}

/// Something happened.
pub fn on(
    remarks: &mut Remarks,
    workspace: &mut Workspace,
    event: RemarksEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        RemarksEvent::Read(Ok((files, unread))) => read(remarks, workspace, files, unread, now, out),
        RemarksEvent::Read(Err(reason)) => workspace.toast(ToastKind::Error, sentence(&reason), now),
        RemarksEvent::Show(id) => remarks.shown = (remarks.shown != Some(id)).then_some(id),
        RemarksEvent::Dismiss(id) => dismiss(remarks, id),
        RemarksEvent::DismissAll => {
            remarks.found.clear();
            remarks.shown = None;
        }
    }
}

fn read(
    remarks: &mut Remarks,
    workspace: &mut Workspace,
    files: Vec<ChangedText>,
    unread: usize,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if files.is_empty() {
        let words = match unread {
            0 => "Nothing differs from the last commit: there is nothing to review.",
            _ => "Nothing can be reviewed: the changed files are no text, too long, or only lost lines.",
        };
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    jobs::cancel_job(workspace, out);
    let count = files.len();
    *remarks =
        Remarks { waiting: files.into(), read: (count, unread), last: remarks.last, ..Remarks::default() };
    let words = format!("Reviewing {}. “{}” stops it.", counted(count), Command::ReviewChanges.name());
    workspace.toast(ToastKind::Info, words, now);
    ask_next(remarks, workspace, now, out);
}

fn counted(files: usize) -> String {
    if files == 1 { "1 changed file".to_owned() } else { format!("{files} changed files") }
}

/// Asks about the next file; tells what came of it when there is none.
fn ask_next(remarks: &mut Remarks, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let model = workspace.model_for(ModelRole::General).map(|model| model.reference.clone());
    let (Some(next), Some(model)) = (remarks.waiting.pop_front(), model) else {
        return workspace.toast(ToastKind::Info, outcome(remarks), now);
    };
    let job = workspace.counters.job();
    let prompt = Box::new(next.file.prompt());
    remarks.asked = Some((job, next, String::new()));
    workspace.job = Some(Job { id: job, kind: JobKind::Remarks });
    out.push(Effect::Ask { job, model, prompt, params: Sampling::default() });
}

/// What came of it. That nothing was said is no proof of anything.
fn outcome(remarks: &Remarks) -> String {
    let (read, unread) = remarks.read;
    let left = remarks.waiting.len();
    let files = counted(read - left.min(read));
    let mut words = match remarks.found.len() {
        0 => format!("The model has nothing to say about {files}. It may have overlooked something."),
        1 => format!("The model has 1 remark on {files}: {} goes to it.", Command::NextRemark.key_text()),
        count => format!(
            "The model has {count} remarks on {files}: {} goes to the next.",
            Command::NextRemark.key_text()
        ),
    };
    if unread + left > 0 {
        words += &format!(" Not read: {}.", unread + left);
    }
    words
}

/// More of an answer; false when it belongs to somebody else.
pub fn delta(remarks: &mut Remarks, job: JobId, text: &str) -> bool {
    let Some((_, _, raw)) = remarks.asked.as_mut().filter(|(asked, ..)| *asked == job) else { return false };
    raw.push_str(text);
    true
}

/// An answer is complete: its remarks are kept, and the next file is read. False when it belongs to somebody else.
pub fn done(
    remarks: &mut Remarks,
    workspace: &mut Workspace,
    job: JobId,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    let Some((_, text, raw)) = remarks.asked.take_if(|(asked, ..)| *asked == job) else { return false };
    for (line, words) in text.file.remarks(&raw) {
        remarks.last += 1;
        let path = text.path.clone();
        remarks.found.push(Remark { id: remarks.last, path, line, at: None, words });
    }
    attach(remarks, workspace);
    ask_next(remarks, workspace, now, out);
    true
}

/// A file gets no answer: what was said so far stays. False when it belongs to somebody else.
pub fn failed(remarks: &mut Remarks, workspace: &mut Workspace, job: JobId, reason: &str, now: u64) -> bool {
    let Some((_, text, _)) = remarks.asked.take_if(|(asked, ..)| *asked == job) else { return false };
    remarks.waiting.push_front(text);
    workspace.toast(ToastKind::Error, format!("{reason} {}", outcome(remarks)), now);
    remarks.waiting.clear();
    true
}

/// It was stopped: what was said so far stays.
pub fn stopped(remarks: &mut Remarks, job: JobId) {
    if remarks.asked.take_if(|(asked, ..)| *asked == job).is_some() {
        remarks.waiting.clear();
    }
}

/// Remarks on files that are open are put where their lines are.
pub fn attach(remarks: &mut Remarks, workspace: &Workspace) {
    for remark in &mut remarks.found {
        let is_there = |tab: &&Tab| tab.document.path() == Some(remark.path.as_path());
        let Some(tab) = workspace.tabs.iter().find(is_there) else {
            remark.at = None;
            continue;
        };
        if remark.at.is_none_or(|(known, _)| known != tab.id) {
            let buffer = tab.document.buffer();
            remark.at = Some((tab.id, buffer.line_start(remark.line.min(buffer.len_lines() - 1))));
        }
    }
}

/// Remarks stay at their lines while a text is edited.
pub fn follow(remarks: &mut Remarks, workspace: &Workspace, id: TabId, steps: &[Transaction]) {
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    let buffer = tab.document.buffer();
    for remark in &mut remarks.found {
        if let Some((of, at)) = remark.at.as_mut().filter(|(of, _)| *of == id) {
            *at = steps.iter().fold(*at, |at, step| step.map(at, Bias::After)).min(buffer.len_chars());
            debug_assert_eq!(*of, id);
            remark.line = buffer.line_of(*at);
        }
    }
}

fn dismiss(remarks: &mut Remarks, id: u64) {
    remarks.found.retain(|remark| remark.id != id);
    remarks.shown.take_if(|shown| *shown == id);
}

/// Goes to the next remark and shows it, over the end; its file is opened.
pub fn next(remarks: &mut Remarks, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let here = remarks.shown.and_then(|shown| remarks.found.iter().position(|remark| remark.id == shown));
    let next = here.map_or(0, |here| (here + 1) % remarks.found.len().max(1));
    let Some(remark) = remarks.found.get(next).cloned() else {
        let words = format!("There are no remarks. “{}” asks for them.", Command::ReviewChanges.name());
        return workspace.toast(ToastKind::Info, words, now);
    };
    remarks.shown = Some(remark.id);
    match remark.at {
        Some((tab, at)) => {
            open::activate(workspace, tab, out);
            edit::go_to(workspace, at);
        }
        None => out.push(Effect::Open { path: remark.path, caret: Some((remark.line, 0)), front: true }),
    }
    out.push(Effect::then(Event::InFront));
}

/// The remarks on a text, each with its line by now.
pub fn of_tab<'a>(remarks: &'a Remarks, tab: &'a Tab) -> impl Iterator<Item = (usize, &'a Remark)> {
    let buffer = tab.document.buffer();
    remarks.found.iter().filter_map(move |remark| {
        let (_, at) = remark.at.filter(|(of, _)| *of == tab.id)?;
        Some((buffer.line_of(at.min(buffer.len_chars())), remark))
    })
}
