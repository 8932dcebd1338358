//! The model panel: what its buttons and its work do to the state.

use std::time::Duration;

use assist::worker::ToModelRef;
use ground::words::sentence;
use ipc::protocol::ModelRef;
use models::catalog::ModelRole;

use super::{ManagerEffect, ManagerEvent, ModelTaskError, switcher};
use crate::event::Effect;
use crate::workspace::{
    Dialog, Overlay, Page, PathPurpose, ToastKind, Work, WorkId, WorkKind, WorkProgress, Workspace,
    configure, open as opening,
};

/// Shows the panel.
pub fn open(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.show_page(Page::Models);
    list(workspace, out);
}

/// Has everything listed again.
pub fn list(workspace: &Workspace, out: &mut Vec<Effect>) {
    let reclaimable = workspace.worker.memory.map_or(0, |(used, _)| used);
    out.push(Effect::Models(ManagerEffect::List(reclaimable, workspace.session.rates.clone())));
    out.push(Effect::ListModels);
}

/// Something happened in the panel. `seen`: the user sees the work, there or in the first run.
pub fn on(workspace: &mut Workspace, event: ManagerEvent, seen: bool, now: u64, out: &mut Vec<Effect>) {
    match event {
        ManagerEvent::Refresh => list(workspace, out),
        ManagerEvent::Filter(role) => workspace.manager.filter = role,
        ManagerEvent::AskInstall(id) => ask_install(workspace, &id),
        ManagerEvent::Confirm => confirm(workspace, now, out),
        ManagerEvent::Pause(id) => pause(workspace, id, true, out),
        ManagerEvent::Resume(id) => pause(workspace, id, false, out),
        ManagerEvent::Cancel(id) => {
            workspace.manager.work.retain(|work| work.id != id);
            out.push(Effect::Models(ManagerEffect::Cancel(id)));
        }
        ManagerEvent::Retry(id) => retry(workspace, id, now, out),
        ManagerEvent::Dismiss(id) => workspace.manager.work.retain(|work| work.id != id),
        ManagerEvent::AskImport => opening::ask_path(workspace, PathPurpose::ImportModel, out),
        ManagerEvent::Import(path, mode) => {
            // The first run shows the work itself.
            if !seen {
                workspace.show_page(Page::Models);
            }
            let title = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            start(workspace, WorkKind::Import(path, mode), title, now, out);
        }
        ManagerEvent::Verify(version) => verify(workspace, version, now, out),
        ManagerEvent::AskRemove(version) => ask_remove(workspace, version),
        ManagerEvent::Load(version, anyway) => load(workspace, &version, anyway, now, out),
        ManagerEvent::Unload(id) => out.push(Effect::UnloadModel(Some(id))),
        ManagerEvent::Use(role, version) => use_for(workspace, role, version, now, out),
        ManagerEvent::Reveal(path) => out.push(Effect::Models(ManagerEffect::Reveal(path))),
        ManagerEvent::AskClean => {
            if let Some(shelf) = workspace.manager.shelf() {
                workspace.overlay = Overlay::Models(Dialog::Clean(shelf.leftovers.clone()));
            }
        }
        ManagerEvent::Listed(shelf) => {
            workspace.manager.shelf = Some(shelf.map_err(|error| error.sentence()));
            switcher::models_listed(workspace);
        }
        ManagerEvent::Step(id, step) => {
            if let Some(work) = workspace.manager.find(id) {
                work.status = Ok(step);
            }
        }
        ManagerEvent::Ended(id, result) => ended(workspace, id, result, seen, now, out),
        ManagerEvent::Changed(result) => changed(workspace, result, now, out),
    }
}

fn ask_install(workspace: &mut Workspace, id: &str) {
    let card =
        workspace.manager.shelf().and_then(|shelf| shelf.catalogue.iter().find(|card| card.entry.id == id));
    if let Some(card) = card {
        workspace.overlay = Overlay::Models(Dialog::Licence(Box::new(card.entry.clone())));
    }
}

/// The dialog was answered with yes.
fn confirm(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let dialog = match std::mem::take(&mut workspace.overlay) {
        Overlay::Models(dialog) => dialog,
        other => return workspace.overlay = other,
    };
    match dialog {
        Dialog::Licence(entry) => {
            if workspace.manager.download_of(&entry.id).is_none() {
                let title = entry.name.clone();
                start(workspace, WorkKind::Download(entry, now), title, now, out);
            }
        }
        Dialog::Remove { version, .. } => out.push(Effect::Models(ManagerEffect::Remove(version))),
        Dialog::Clean(leftovers) => out.push(Effect::Models(ManagerEffect::Clean(leftovers))),
    }
}

/// Starts work that takes time; a failed try of the same is forgotten.
fn start(workspace: &mut Workspace, kind: WorkKind, title: String, now: u64, out: &mut Vec<Effect>) {
    let manager = &mut workspace.manager;
    manager.work.retain(|work| work.status.is_ok() || !kind.repeats(&work.kind));
    manager.last += 1;
    let id = WorkId(manager.last);
    out.push(Effect::Models(match &kind {
        WorkKind::Download(entry, accepted) => {
            ManagerEffect::Download(id, entry.clone(), Duration::from_millis(now.saturating_sub(*accepted)))
        }
        WorkKind::Import(path, mode) => ManagerEffect::Import(id, path.clone(), *mode),
        WorkKind::Verify(version) => ManagerEffect::Verify(id, version.clone()),
    }));
    let step = WorkProgress { words: "waiting".into(), part: 0.0 };
    manager.work.push(Work { id, kind, title, paused: false, status: Ok(step) });
}

fn verify(workspace: &mut Workspace, version: String, now: u64, out: &mut Vec<Effect>) {
    let goes_on = workspace.manager.work.iter().any(|work| {
        work.status.is_ok() && matches!(&work.kind, WorkKind::Verify(other) if *other == version)
    });
    let name =
        workspace.manager.shelf().and_then(|shelf| Some(shelf.owned(&version)?.model.record.name.clone()));
    if let Some(name) = name.filter(|_| !goes_on) {
        start(workspace, WorkKind::Verify(version), name, now, out);
    }
}

fn pause(workspace: &mut Workspace, id: WorkId, paused: bool, out: &mut Vec<Effect>) {
    if let Some(work) = workspace.manager.find(id) {
        work.paused = paused;
        out.push(Effect::Models(if paused { ManagerEffect::Pause(id) } else { ManagerEffect::Resume(id) }));
    }
}

fn retry(workspace: &mut Workspace, id: WorkId, now: u64, out: &mut Vec<Effect>) {
    let Some(at) = workspace.manager.work.iter().position(|work| work.id == id) else { return };
    let work = workspace.manager.work.remove(at);
    start(workspace, work.kind, work.title, now, out);
}

fn ask_remove(workspace: &mut Workspace, version: String) {
    let Some(owned) = workspace.manager.shelf().and_then(|shelf| shelf.owned(&version)) else { return };
    let record = &owned.model.record;
    let (name, size, pinned_by) = (record.name.clone(), record.size, record.pinned_by.clone());
    workspace.overlay = Overlay::Models(Dialog::Remove { version, name, size, pinned_by });
}

/// How the worker is told of an installed version.
fn reference(workspace: &Workspace, version: &str) -> Option<Result<ModelRef, String>> {
    workspace.manager.shelf()?.owned(version).map(|owned| owned.model.first_file())
}

fn load(workspace: &mut Workspace, version: &str, anyway: bool, now: u64, out: &mut Vec<Effect>) {
    match reference(workspace, version) {
        Some(Ok(model)) if anyway => out.push(Effect::LoadModelAnyway(model)),
        Some(Ok(model)) => out.push(Effect::LoadModel(model)),
        Some(Err(reason)) => workspace.toast(ToastKind::Error, sentence(&reason), now),
        None => {}
    }
}

/// Gives a model a role: the settings say which, the store pins its version.
fn use_for(workspace: &mut Workspace, role: ModelRole, version: String, now: u64, out: &mut Vec<Effect>) {
    let Some(owned) = workspace.manager.shelf().and_then(|shelf| shelf.owned(&version)) else { return };
    let id = owned.model.record.id.clone();
    let key = match role {
        ModelRole::Code => "models.code",
        ModelRole::General => "models.general",
        ModelRole::Completion => "models.completion",
    };
    configure::set(workspace, key, &id, now, out);
    out.push(Effect::Models(ManagerEffect::Pin(version, role)));
}

/// Success is seen in the lists and shown where the user is; a failure stays in the panel until it is dealt with.
fn ended(
    workspace: &mut Workspace,
    id: WorkId,
    result: Result<String, ModelTaskError>,
    seen: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    list(workspace, out);
    out.push(Effect::CountConnections);
    let Some(work) = workspace.manager.find(id) else { return };
    match result {
        Ok(text) => {
            workspace.manager.work.retain(|work| work.id != id);
            workspace.toast(ToastKind::Info, text, now);
        }
        Err(error) => {
            let reason = error.sentence();
            work.status = Err(reason.clone());
            if !seen {
                workspace.toast(ToastKind::Error, reason, now);
            }
        }
    }
}

fn changed(
    workspace: &mut Workspace,
    result: Result<String, ModelTaskError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    list(workspace, out);
    match result {
        Ok(text) if text.is_empty() => {}
        Ok(text) => workspace.toast(ToastKind::Info, text, now),
        Err(error) => workspace.toast(ToastKind::Error, error.sentence(), now),
    }
}
