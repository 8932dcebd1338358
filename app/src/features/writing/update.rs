//! Code below a comment and the documentation of a function are reviewed as any improvement; a commit message is a text of its own,
//! names for a file are a list.

use std::path::PathBuf;

use assist::asked::{CommandText, EditRequest};
use assist::commit::{self, StagedChanges};
use assist::git::GitProgramError;
use assist::naming;
use assist::statistics::Outcome;
use assist::task::Task;
use editor_core::{Document, EditKind, Transaction};
use ground::ids::{JobId, TabId};
use ground::words::sentence;
use ipc::protocol::{ModelRef, Sampling, StopReason};
use models::catalog::ModelRole;

use super::{Naming, WritingEvent};
use crate::event::{Effect, Event};
use crate::workspace::ask::no_model;
use crate::workspace::picker::{Choice, Item, Picker, PickerKind};
use crate::workspace::{
    Job, JobKind, Overlay, PathPurpose, ReviewRequest, Tab, ToastKind, Workspace, Writing, WritingStatus,
    edit, jobs, open, outcomes, permissions,
};

/// Title of the tab of a message.
const MESSAGE: &str = "Commit message";

/// Writes the code that the comment around the caret, or right above it, asks for.
pub fn generate(workspace: &mut Workspace, sampling: Sampling, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let id = tab.id;
    match question(tab, Task::Generate, sampling) {
        Some(question) => out.push(Effect::then(Event::StartReview(id, Box::new(question)))),
        None => {
            let text = "Put the caret on a comment that says what to write; the code comes below it.";
            workspace.toast(ToastKind::Info, text.into(), now);
        }
    }
}

/// Writes code, or documentation, as asked by a review that wants it anew.
pub fn write(workspace: &mut Workspace, task: Task, sampling: Sampling, now: u64, out: &mut Vec<Effect>) {
    match task {
        Task::Document => document(workspace, sampling, now, out),
        _ => generate(workspace, sampling, now, out),
    }
}

/// Documents the function around the caret.
pub fn document(workspace: &mut Workspace, sampling: Sampling, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let id = tab.id;
    match question(tab, Task::Document, sampling) {
        Some(question) => out.push(Effect::then(Event::StartReview(id, Box::new(question)))),
        None => {
            let text = format!(
                "There is no function around the caret that can be documented in {}.",
                tab.document.language().name()
            );
            workspace.toast(ToastKind::Info, text, now);
        }
    }
}

/// What a command asks about the text of a tab, as a question for a review. `None` also until the text was parsed.
fn question(tab: &Tab, task: Task, sampling: Sampling) -> Option<ReviewRequest> {
    let document = &tab.document;
    let place = CommandText {
        rope: document.rope(),
        tree: tab.highlighter.tree()?,
        language: document.language(),
        file_name: &document.title(),
        caret: document.selection().primary().start(),
    };
    let EditRequest { task, range, code, target } = place.asked(task)?;
    Some(ReviewRequest {
        task,
        range,
        words: task.name().to_owned(),
        code,
        target,
        sampling,
        notes: Vec::new(),
    })
}

/// The model that writes prose.
fn model(workspace: &Workspace) -> Option<ModelRef> {
    workspace.model_for(ModelRole::General).map(|model| model.reference.clone())
}

/// Reads what is staged, for a commit message.
pub fn commit_message(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if model(workspace).is_none() {
        return workspace.toast(ToastKind::Error, no_model(), now);
    }
    match permissions::project(workspace) {
        Some(folder) => out.push(Effect::ReadStaged(folder)),
        None => {
            let text =
                "Open the folder of a git repository first: the message describes what is staged there.";
            workspace.toast(ToastKind::Error, text.into(), now);
        }
    }
}

/// What is staged was read: the message is written into a tab of its own, or anew into the one that is there.
pub fn staged(
    workspace: &mut Workspace,
    folder: PathBuf,
    result: Result<StagedChanges, GitProgramError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let (staged, model) = match (result, model(workspace)) {
        (Ok(staged), Some(model)) => (staged, model),
        (Err(error), _) => return workspace.toast(ToastKind::Error, format!("{error}."), now),
        (_, None) => return workspace.toast(ToastKind::Error, no_model(), now),
    };
    jobs::cancel_job(workspace, out);
    let job = workspace.counters.job();
    let is_same = |tab: &Tab| tab.writing.as_ref().is_some_and(|writing| writing.folder == folder);
    let known = workspace.tabs.iter().find(|tab| is_same(tab)).map(|tab| tab.id);
    match known {
        Some(tab) => open::activate(workspace, tab, out),
        None => drop(open::add(workspace, Document::untitled(MESSAGE, ""), true, out)),
    }
    let times = u32::from(known.is_some());
    let Some(tab) = workspace.tab_mut() else { return };
    let (note, form, prompt) = (staged.note(), staged.form(), commit::prompt(&staged));
    tab.writing =
        Some(Writing { job, folder, raw: String::new(), note, form, status: WritingStatus::Running });
    let id = tab.id;
    put(workspace, id, "", now, out);
    workspace.job = Some(Job { id: job, kind: JobKind::Commit(id) });
    // The same changes again: something else may come out.
    let params = Sampling { temperature: 0.6 * times as f32, seed: job.0 as u32, ..Sampling::default() };
    out.push(Effect::Ask { job, model, prompt: Box::new(prompt), params });
}

/// Makes `text` the whole text of a tab; all that one answer writes is one undo step.
fn put(workspace: &mut Workspace, id: TabId, text: &str, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let Some(writing) = &tab.writing else { return };
    let (buffer, kind) = (tab.document.buffer(), EditKind::Review(writing.job.0));
    let all = 0..buffer.len_chars();
    if buffer.slice(all.clone()) != text {
        let transaction = Transaction::replace(buffer, all, text);
        edit::apply_transaction(workspace, id, transaction, kind, now, out);
    }
}

/// What happens in the bar of a message.
pub fn on(workspace: &mut Workspace, event: WritingEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        WritingEvent::Stop => jobs::cancel_job(workspace, out),
        WritingEvent::Again => {
            let folder = workspace.tab().and_then(|tab| Some(tab.writing.as_ref()?.folder.clone()));
            out.extend(folder.map(Effect::ReadStaged));
        }
        WritingEvent::Use => {
            let text = workspace.tab().map(|tab| tab.document.rope().to_string());
            out.extend(text.map(|text| Effect::then(Event::UseMessage(text))));
        }
        WritingEvent::Copy => {
            if let Some(tab) = workspace.tab() {
                let outcome = if tab.is_unsaved() { Outcome::Edited } else { Outcome::Accepted };
                let model = model(workspace).map(|model| model.id).unwrap_or_default();
                outcomes::note(Task::Commit, model, outcome, out);
                out.push(Effect::Copy(tab.document.rope().to_string()));
                workspace.toast(ToastKind::Info, "The message was copied to the clipboard.".into(), now);
            }
        }
    }
}

/// Asks for names for the file in front.
pub fn name(naming: &mut Option<Naming>, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let (id, document) = (tab.id, &tab.document);
    if document.rope().chars().all(char::is_whitespace) {
        let text = "The file is still empty, so there is nothing to name it after.";
        return workspace.toast(ToastKind::Info, text.into(), now);
    }
    let (prompt, extension) =
        (naming::prompt(document.rope(), document.language()), naming::extension(document.language()));
    let Some(model) = model(workspace) else {
        return workspace.toast(ToastKind::Error, no_model(), now);
    };
    jobs::cancel_job(workspace, out);
    let job = workspace.counters.job();
    *naming = Some(Naming { job, tab: id, raw: String::new(), extension });
    workspace.job = Some(Job { id: job, kind: JobKind::Name });
    let mut picker = Picker::new(PickerKind::Names, Vec::new());
    picker.loading = true;
    workspace.overlay = Overlay::Picker(picker);
    out.push(Effect::Ask { job, model, prompt: Box::new(prompt), params: Sampling::default() });
}

/// A name was chosen: the file is saved under it once the user says where.
pub fn named(workspace: &mut Workspace, tab: TabId, name: &str, out: &mut Vec<Effect>) {
    outcomes::note(
        Task::Name,
        model(workspace).map(|model| model.id).unwrap_or_default(),
        Outcome::Accepted,
        out,
    );
    open::ask_path_named(workspace, PathPurpose::Save(tab), Some(name), out);
}

/// More of an answer; false when it belongs to somebody else.
pub fn delta(
    naming: &mut Option<Naming>,
    workspace: &mut Workspace,
    job: JobId,
    text: &str,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    if let Some(naming) = naming.as_mut().filter(|naming| naming.job == job) {
        naming.raw.push_str(text);
        let (names, tab) = (naming::names(&naming.raw, naming.extension), naming.tab);
        // A name that is still arriving is not offered: the last line counts once it is complete.
        let complete = naming.raw.matches('\n').count();
        list(workspace, names.into_iter().take(complete).collect(), tab, true);
        return true;
    }
    let Some(tab) = writing_tab(workspace, job) else { return false };
    let id = tab.id;
    let Some(writing) = &mut tab.writing else { return false };
    let before = writing.message();
    writing.raw.push_str(text);
    let message = writing.message();
    if *tab.document.rope() != before.as_str() {
        // The user has begun to edit: what comes now must not take that away.
        jobs::cancel_job(workspace, out);
    } else {
        put(workspace, id, &message, now, out);
    }
    true
}

/// An answer is complete or stopped; false when it belongs to somebody else.
pub fn done(naming: &mut Option<Naming>, workspace: &mut Workspace, job: JobId, stop: StopReason) -> bool {
    if let Some(naming) = naming.take_if(|naming| naming.job == job) {
        let names = naming::names(&naming.raw, naming.extension);
        list(workspace, names, naming.tab, false);
        return true;
    }
    let Some(tab) = writing_tab(workspace, job) else { return false };
    if let Some(writing) = &mut tab.writing {
        let empty = writing.message().is_empty();
        writing.status = match stop {
            StopReason::Cancelled => WritingStatus::Stopped,
            _ if empty => {
                WritingStatus::Failed("The model gave no message. Try again, or another model.".into())
            }
            StopReason::EndOfAnswer | StopReason::StopText => WritingStatus::Done,
            _ => WritingStatus::Stopped,
        };
    }
    true
}

/// An answer does not come; false when it belongs to somebody else.
pub fn failed(
    naming: &mut Option<Naming>,
    workspace: &mut Workspace,
    job: JobId,
    reason: &str,
    now: u64,
) -> bool {
    if naming.take_if(|naming| naming.job == job).is_some() {
        if matches!(&workspace.overlay, Overlay::Picker(picker) if picker.kind == PickerKind::Names) {
            workspace.overlay = Overlay::None;
        }
        workspace.toast(ToastKind::Error, sentence(reason), now);
        return true;
    }
    let Some(tab) = writing_tab(workspace, job) else { return false };
    if let Some(writing) = &mut tab.writing {
        writing.status = WritingStatus::Failed(sentence(reason));
    }
    true
}

/// A job of ours was stopped.
pub fn stopped(naming: &mut Option<Naming>, workspace: &mut Workspace, job: JobId) {
    naming.take_if(|naming| naming.job == job);
    if let Some(writing) = writing_tab(workspace, job).and_then(|tab| tab.writing.as_mut()) {
        writing.status = WritingStatus::Stopped;
    }
}

/// The list of names was left: nobody waits for more.
pub fn list_closed(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if workspace.job.is_some_and(|job| job.kind == JobKind::Name) {
        jobs::cancel_job(workspace, out);
    }
}

fn writing_tab(workspace: &mut Workspace, job: JobId) -> Option<&mut Tab> {
    workspace.tabs.iter_mut().find(|tab| tab.writing.as_ref().is_some_and(|writing| writing.job == job))
}

fn list(workspace: &mut Workspace, names: Vec<String>, tab: TabId, loading: bool) {
    let Overlay::Picker(picker) = &mut workspace.overlay else { return };
    if picker.kind != PickerKind::Names {
        return;
    }
    let item = |name: String| Item {
        text: name.clone(),
        detail: String::new(),
        right: String::new(),
        choice: Choice::Name(tab, name),
    };
    picker.set_items(names.into_iter().map(item).collect());
    picker.loading = loading;
}
