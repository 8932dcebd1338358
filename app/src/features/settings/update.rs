//! What the settings view changes, and what the files say.

use settings::layers::SettingsFile;
use settings::panel::Panel;
use settings::profile::BUILTIN;
use settings::table::{self, SettingKey, ValueKind};
use settings::{PROJECT_FILE, SettingsEffect, SettingsEvent, SettingsFileError};

use crate::event::Effect;
use crate::workspace::configure::{apply, change, complain, obey, reread, use_profile};
use crate::workspace::{Page, ToastKind, Workspace, edit, open as opening};

/// Something happened to the settings.
pub fn on(
    panel: &mut Panel,
    workspace: &mut Workspace,
    event: SettingsEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        SettingsEvent::Start => start(workspace, now, out),
        SettingsEvent::Change(key, value) => change(workspace, vec![(key, value)], now, out),
        SettingsEvent::Read { serial, text } => read(workspace, serial, text, now, out),
        SettingsEvent::Written { serial, text } => written(workspace, serial, text, now, out),
        SettingsEvent::Refused { serial, reason } => refused(workspace, serial, &reason, now),
        SettingsEvent::SaveAgain => reread(workspace, out),
        SettingsEvent::PutBack => {
            (workspace.layers.unsaved, workspace.layers.refused) = (Vec::new(), None);
            reread(workspace, out);
        }
        SettingsEvent::ProjectRead(project) => {
            if workspace.layers.project != project {
                workspace.layers.project = project;
                apply(workspace, now, out);
            }
        }
        SettingsEvent::Ready(path) => opening::open(workspace, path, out),
        SettingsEvent::Search(text) => panel.search = text,
        SettingsEvent::Section(section) => panel.section = section,
        SettingsEvent::ShowProfile(name) => panel.profile = Some(name),
        SettingsEvent::UseProfile(name) => use_profile(workspace, &name, now, out),
        SettingsEvent::AddProfile(name) => add_profile(panel, workspace, name, now, out),
        SettingsEvent::RemoveProfile(name) => remove_profile(panel, workspace, &name, now, out),
        SettingsEvent::Show(whose, line, column) => show(workspace, whose, (line, column), out),
    }
}

/// The window has opened: what an older version kept elsewhere moves into the file.
fn start(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    obey(workspace, out);
    complain(workspace, &[], now);
    let known = |key: &SettingKey| workspace.layers.origins.contains_key(&key.path());
    let changes: Vec<_> =
        workspace.session.legacy.changes().into_iter().filter(|(key, _)| !known(key)).collect();
    if changes.is_empty() {
        workspace.session.legacy = Default::default();
    } else {
        change(workspace, changes.into_iter().map(|(key, value)| (key, Some(value))).collect(), now, out);
    }
}

/// The user's file has what was changed.
fn written(workspace: &mut Workspace, serial: u64, text: String, now: u64, out: &mut Vec<Effect>) {
    if serial < workspace.layers.serial {
        // The change that is under way has this one in it, too.
        return;
    }
    workspace.layers.unsaved.clear();
    if workspace.layers.refused.take().is_some() {
        workspace.toast(ToastKind::Info, "The settings are now saved.".into(), now);
    }
    if !workspace.session.legacy.changes().is_empty() {
        workspace.session.legacy = Default::default();
        workspace.remember(out);
    }
    read(workspace, serial, Ok(Some(text)), now, out);
}

/// The user's file could not be changed: what was changed counts and is not given up, and both is said.
fn refused(workspace: &mut Workspace, serial: u64, reason: &SettingsFileError, now: u64) {
    let reason = reason.to_string();
    let layers = &workspace.layers;
    if serial < layers.serial || layers.unsaved.is_empty() || layers.refused.as_ref() == Some(&reason) {
        return;
    }
    let text = format!(
        "{reason} What was changed counts until LocalCoder is closed and is saved as soon as it can be."
    );
    workspace.layers.refused = Some(reason);
    workspace.toast(ToastKind::Error, text, now);
}

/// The user's file was read.
fn read(
    workspace: &mut Workspace,
    serial: u64,
    text: Result<Option<String>, SettingsFileError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if serial < workspace.layers.serial {
        return;
    }
    match text.and_then(|text| workspace.layers.with_unsaved(text)) {
        Ok(text) => {
            let is_news = workspace.layers.user != text || workspace.layers.trouble.is_some();
            (workspace.layers.user, workspace.layers.trouble) = (text, None);
            if is_news {
                apply(workspace, now, out);
            }
        }
        Err(error) => {
            let reason = error.to_string();
            workspace.layers.trouble = Some(reason.clone());
            workspace.toast(ToastKind::Error, reason, now);
            // What it says about connections is not known any more.
            apply(workspace, now, out);
        }
    }
    let own = workspace.layers.path.clone();
    let open =
        workspace.tabs.iter().filter(|tab| tab.document.path() == own.as_deref() && tab.saving.is_none());
    out.extend(open.filter_map(|tab| {
        Some(Effect::Check(tab.id, tab.document.path()?.to_owned(), tab.document.stamp()?.clone()))
    }));
}

/// Shows the view.
pub fn open(panel: &mut Panel, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.show_page(Page::Settings);
    panel.focus += 1;
    // The view lists them itself.
    let Workspace { toasts, layers, .. } = workspace;
    let listed = layers.sentences();
    toasts.retain(|toast| !listed.iter().any(|sentence| toast.text.starts_with(sentence)));
    reread(workspace, out);
}

/// Opens one of the files at a line and a column from 1.
fn show(
    workspace: &mut Workspace,
    whose: SettingsFile,
    (line, column): (usize, usize),
    out: &mut Vec<Effect>,
) {
    let path = match whose {
        SettingsFile::User => workspace.layers.path.clone(),
        SettingsFile::Project => workspace.layers.project.as_ref().map(|(path, _)| path.clone()),
    };
    let Some(path) = path else { return };
    let place = (line.saturating_sub(1), column.saturating_sub(1));
    if workspace.tab_on(&path).is_some() {
        opening::open(workspace, path, out);
        let position = workspace.tab().map(|tab| tab.document.buffer().position(place.0, place.1));
        if let Some(position) = position {
            edit::go_to(workspace, position);
        }
    } else {
        out.push(Effect::Open { path, caret: Some(place), front: true });
    }
}

/// The keys of a profile.
fn keys_of_profile(workspace: &Workspace, name: &str) -> impl Iterator<Item = SettingKey> {
    let keys = table::keys(&workspace.settings).into_iter();
    keys.filter(move |key| key.spec.section() == "profiles" && key.name == name)
}

/// A profile of the user's own, which begins as a copy of the one that is shown.
fn add_profile(panel: &mut Panel, workspace: &mut Workspace, name: String, now: u64, out: &mut Vec<Effect>) {
    if workspace.settings.profiles.contains_key(&name) {
        return workspace.toast(ToastKind::Error, format!("A profile named {name} already exists."), now);
    }
    let from = panel.shown_profile(&workspace.settings).to_owned();
    let copied = |key: SettingKey| {
        let value = key.get(&workspace.settings)?;
        let own = SettingKey { name: name.clone(), ..key };
        // One key at least makes it a profile.
        let is_said = own.spec.kind == ValueKind::Model || own.default().as_ref() != Some(&value);
        is_said.then_some((own, Some(value)))
    };
    let changes = keys_of_profile(workspace, &from).filter_map(copied).collect();
    change(workspace, changes, now, out);
    panel.profile = Some(name);
}

/// A profile of the user's own goes; one that was in use gives way to the default.
fn remove_profile(panel: &mut Panel, workspace: &mut Workspace, name: &str, now: u64, out: &mut Vec<Effect>) {
    if BUILTIN.contains(&name) {
        return;
    }
    let mut changes: Vec<_> = keys_of_profile(workspace, name).map(|key| (key, None)).collect();
    if workspace.settings.profile == name {
        changes.extend(SettingKey::find("profile").map(|key| (key, None)));
    }
    change(workspace, changes, now, out);
    panel.profile = None;
}

/// Opens one of the files; one that is not there is made first.
pub fn open_file(workspace: &mut Workspace, whose: SettingsFile, now: u64, out: &mut Vec<Effect>) {
    let path = match whose {
        SettingsFile::User => {
            workspace.layers.path.clone().ok_or("There is no home folder for the settings.")
        }
        SettingsFile::Project => workspace
            .tree
            .as_ref()
            .map(|tree| tree.root.join(PROJECT_FILE))
            .ok_or("Open a folder first: project settings are stored in it."),
    };
    match path {
        Ok(path) => out.push(Effect::Settings(SettingsEffect::Create(path, whose))),
        Err(reason) => workspace.toast(ToastKind::Error, reason.to_owned(), now),
    }
}
