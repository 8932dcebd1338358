//! Settings: a change goes into the file and counts at once; what the files say counts as soon as it was read.

use std::path::Path;

use super::{files, remember, toast};
use crate::event::Effect;
use crate::settings::layers::Whose;
use crate::settings::table::Key;
use crate::settings::value::{Field, Value};
use crate::settings::{Layers, PROJECT_FILE, SettingsEffect, SettingsEvent};
use crate::state::{State, ToastKind};

/// Something happened to the settings.
pub fn on(state: &mut State, event: SettingsEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        SettingsEvent::Start => start(state, now, out),
        SettingsEvent::Change(key, value) => change(state, vec![(key, value)], now, out),
        SettingsEvent::Read { serial, text } => read(state, serial, text, now, out),
        SettingsEvent::ProjectRead(project) => {
            if state.layers.project != project {
                state.layers.project = project;
                apply(state, now, out);
            }
        }
        SettingsEvent::Ready(path) => files::open(state, path, out),
    }
}

/// The window has opened: what an older version kept elsewhere moves into the file.
fn start(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    obey(state, out);
    complain(state, &[], now);
    let known = |key: &Key| state.layers.origins.contains_key(&key.path());
    let changes: Vec<_> = state.session.legacy.changes().into_iter().filter(|(key, _)| !known(key)).collect();
    if changes.is_empty() {
        state.session.legacy = Default::default();
    } else {
        change(state, changes.into_iter().map(|(key, value)| (key, Some(value))).collect(), now, out);
    }
}

/// Sets one key by its name, in the file and at once.
pub fn set(state: &mut State, path: &str, value: impl Field, now: u64, out: &mut Vec<Effect>) {
    if let Some(key) = Key::find(path) {
        change(state, vec![(key, Some(value.to_value()))], now, out);
    }
}

/// Sets keys, or resets those without a value.
pub fn change(state: &mut State, changes: Vec<(Key, Option<Value>)>, now: u64, out: &mut Vec<Effect>) {
    let mut text = state.layers.user.clone();
    for (key, value) in &changes {
        match Layers::changed(text.as_deref(), key, value.as_ref()) {
            Ok(new) => text = Some(new),
            Err(reason) => return toast(state, ToastKind::Error, reason, now),
        }
    }
    state.layers.user = text;
    state.layers.serial += 1;
    if let Some(path) = state.layers.path.clone() {
        out.push(Effect::Settings(SettingsEffect::Change(path, state.layers.serial, changes)));
    }
    apply(state, now, out);
}

/// The user's file was read.
fn read(
    state: &mut State,
    serial: u64,
    text: Result<Option<String>, String>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if serial < state.layers.serial {
        return;
    }
    match text {
        Ok(text) => {
            if !state.session.legacy.changes().is_empty() && text.is_some() {
                state.session.legacy = Default::default();
                remember(state, out);
            }
            let is_news = state.layers.user != text || state.layers.trouble.is_some();
            (state.layers.user, state.layers.trouble) = (text, None);
            if is_news {
                apply(state, now, out);
            }
        }
        Err(reason) => {
            state.layers.trouble = Some(reason.clone());
            toast(state, ToastKind::Error, reason, now);
        }
    }
    let own = state.layers.path.clone();
    let open = state.tabs.iter().filter(|tab| tab.document.path() == own.as_deref() && !tab.saving);
    out.extend(open.filter_map(|tab| {
        Some(Effect::Check(tab.id, tab.document.path()?.to_owned(), tab.document.stamp()?.clone()))
    }));
}

/// Makes what the layers say the settings that count.
fn apply(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let told = state.layers.complaints();
    let settings = state.layers.resolve();
    complain(state, &told, now);
    if settings == state.settings {
        return;
    }
    let excludes = settings.files.exclude != state.settings.files.exclude;
    state.settings = settings;
    obey(state, out);
    if excludes {
        state.files = None;
        files::refresh(state, out);
    }
}

fn obey(state: &State, out: &mut Vec<Effect>) {
    out.push(Effect::Settings(SettingsEffect::Obey(Box::new(state.settings.clone()))));
}

/// Says what is wrong in the files, unless that was `told` before.
fn complain(state: &mut State, told: &[String], now: u64) {
    let complaints = state.layers.complaints();
    let Some(first) = complaints.iter().find(|complaint| !told.contains(complaint)) else { return };
    let more = match complaints.len() {
        1 => String::new(),
        2 => " There is one more problem; the settings view lists both.".to_owned(),
        all => format!(" There are {} more problems; the settings view lists them all.", all - 1),
    };
    let text = format!("{first}{more}");
    toast(state, ToastKind::Error, text, now);
}

/// The files may have changed: the window got the keyboard.
pub fn reread(state: &State, out: &mut Vec<Effect>) {
    if let Some(path) = state.layers.path.clone() {
        out.push(Effect::Settings(SettingsEffect::Read(path, state.layers.serial)));
    }
    project(state, out);
}

/// Another folder is open.
pub fn project(state: &State, out: &mut Vec<Effect>) {
    if let Some(tree) = &state.tree {
        out.push(Effect::Settings(SettingsEffect::ReadProject(tree.root.clone())));
    }
}

/// A file was written here: if it is one of the settings, it counts.
pub fn saved(state: &State, path: &Path, out: &mut Vec<Effect>) {
    let of_project = state.tree.as_ref().is_some_and(|tree| tree.root.join(PROJECT_FILE) == path);
    if of_project || state.layers.path.as_deref() == Some(path) {
        reread(state, out);
    }
}

/// Opens one of the files; one that is not there is made first.
pub fn open_file(state: &mut State, whose: Whose, now: u64, out: &mut Vec<Effect>) {
    let path = match whose {
        Whose::User => state.layers.path.clone().ok_or("There is no home folder to keep settings in."),
        Whose::Project => state
            .tree
            .as_ref()
            .map(|tree| tree.root.join(PROJECT_FILE))
            .ok_or("Open a folder first: a project's settings lie in its folder."),
    };
    match path {
        Ok(path) => out.push(Effect::Settings(SettingsEffect::Create(path, whose))),
        Err(reason) => toast(state, ToastKind::Error, reason.to_owned(), now),
    }
}
