//! Changes of settings: into the file, and at once into what counts.

use std::path::Path;

use settings::table::SettingKey;
use settings::value::{Field, SettingValue};
use settings::{Layers, PROJECT_FILE, SettingsEffect};

use super::{ToastKind, Workspace, folder};
use crate::event::Effect;

/// Sets one key by its name, in the file and at once.
pub fn set(workspace: &mut Workspace, path: &str, value: &impl Field, now: u64, out: &mut Vec<Effect>) {
    if let Some(key) = SettingKey::find(path) {
        change(workspace, vec![(key, Some(value.to_value()))], now, out);
    }
}

/// Sets keys, or resets those without a value.
pub fn change(
    workspace: &mut Workspace,
    changes: Vec<(SettingKey, Option<SettingValue>)>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let mut text = workspace.layers.user.clone();
    for (key, value) in &changes {
        match Layers::changed(text.as_deref(), key, value.as_ref()) {
            Ok(new) => text = Some(new),
            Err(error) => return workspace.toast(ToastKind::Error, error.to_string(), now),
        }
    }
    workspace.layers.user = text;
    workspace.layers.serial += 1;
    if let Some(path) = workspace.layers.path.clone() {
        let unsaved = &mut workspace.layers.unsaved;
        unsaved.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
        unsaved.extend(changes);
        out.push(Effect::Settings(SettingsEffect::Change(path, workspace.layers.serial, unsaved.clone())));
    }
    apply(workspace, now, out);
}

/// Makes what the layers say the settings that count.
pub fn apply(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let told = workspace.layers.sentences();
    let settings = workspace.layers.resolve();
    complain(workspace, &told, now);
    if settings == workspace.settings {
        return;
    }
    let excludes = settings.files.exclude != workspace.settings.files.exclude;
    workspace.settings = settings;
    obey(workspace, out);
    if excludes {
        workspace.files = None;
        folder::refresh(workspace, out);
    }
}

pub fn obey(workspace: &Workspace, out: &mut Vec<Effect>) {
    out.push(Effect::Settings(SettingsEffect::Obey(Box::new(workspace.settings.clone()))));
}

/// Says what is wrong in the files, unless that was `told` before.
pub fn complain(workspace: &mut Workspace, told: &[String], now: u64) {
    let complaints = workspace.layers.sentences();
    let Some(first) = complaints.iter().find(|complaint| !told.contains(complaint)) else { return };
    let more = match complaints.len() {
        1 => String::new(),
        2 => " There is one more problem; the settings view lists both.".to_owned(),
        all => format!(" There are {} more problems; the settings view lists them all.", all - 1),
    };
    let text = format!("{first}{more}");
    workspace.toast(ToastKind::Error, text, now);
}

/// The files may have changed: the window got the keyboard. What could not be saved is tried once more.
pub fn reread(workspace: &Workspace, out: &mut Vec<Effect>) {
    let layers = &workspace.layers;
    if let Some(path) = layers.path.clone() {
        out.push(Effect::Settings(match layers.refused {
            Some(_) => SettingsEffect::Change(path, layers.serial, layers.unsaved.clone()),
            None => SettingsEffect::Read(path, layers.serial),
        }));
    }
    project(workspace, out);
}

/// Another folder is open.
pub fn project(workspace: &Workspace, out: &mut Vec<Effect>) {
    if let Some(tree) = &workspace.tree {
        out.push(Effect::Settings(SettingsEffect::ReadProject(tree.root.clone())));
    }
}

/// A file was written here: if it is one of the settings, it counts.
pub fn saved(workspace: &Workspace, path: &Path, out: &mut Vec<Effect>) {
    let of_project = workspace.tree.as_ref().is_some_and(|tree| tree.root.join(PROJECT_FILE) == path);
    if of_project || workspace.layers.path.as_deref() == Some(path) {
        reread(workspace, out);
    }
}

/// Makes a profile the one in use. Its model takes the place of one that was chosen before, if it is installed.
pub fn use_profile(workspace: &mut Workspace, name: &str, now: u64, out: &mut Vec<Effect>) {
    let Some(profile) = workspace.settings.profiles.get(name) else { return };
    let installed = workspace.models.find(&profile.model).is_some();
    let wanted = profile.model.clone();
    let mut changes = vec![(SettingKey::find("profile"), Some(SettingValue::Text(name.to_owned())))];
    if installed && !workspace.settings.models.code.is_empty() {
        changes.push((SettingKey::find("models.code"), None));
    }
    let changes = changes.into_iter().filter_map(|(key, value)| Some((key?, value))).collect();
    change(workspace, changes, now, out);
    let model = workspace.model().map(|model| model.name.clone());
    let text = match model {
        Some(model) if installed || wanted.is_empty() => {
            format!("The profile {name} is in use, with {model}.")
        }
        Some(model) => {
            format!("The profile {name} is in use. Its model {wanted} is not installed, so {model} answers.")
        }
        None => format!("The profile {name} is in use. No model is installed yet."),
    };
    workspace.toast(ToastKind::Info, text, now);
    if workspace.worker.resident.is_empty() {
        return;
    }
    if let Some(model) = workspace.model() {
        out.push(Effect::LoadModel(model.reference.clone()));
    }
}

/// Makes a model the one in use, and loads it.
pub fn use_model(workspace: &mut Workspace, id: &str, now: u64, out: &mut Vec<Effect>) {
    set(workspace, "models.code", &id.to_owned(), now, out);
    if let Some(model) = workspace.model() {
        out.push(Effect::LoadModel(model.reference.clone()));
    }
}
