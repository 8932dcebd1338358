//! Settings: a change goes into the file and counts at once; what the files say counts as soon as it was read.

use std::path::Path;

use settings::layers::SettingsFile;
use settings::profile::BUILTIN;
use settings::table::{self, Key, Kind};
use settings::value::{Field, Value};
use settings::{Layers, PROJECT_FILE, SettingsEffect, SettingsEvent};

use super::{files, remember, toast};
use crate::event::Effect;
use crate::state::{Page, State, ToastKind};

/// Something happened to the settings.
pub fn on(state: &mut State, event: SettingsEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        SettingsEvent::Start => start(state, now, out),
        SettingsEvent::Change(key, value) => change(state, vec![(key, value)], now, out),
        SettingsEvent::Read { serial, text } => read(state, serial, text, now, out),
        SettingsEvent::Written { serial, text } => written(state, serial, text, now, out),
        SettingsEvent::Refused { serial, reason } => refused(state, serial, reason, now),
        SettingsEvent::SaveAgain => reread(state, out),
        SettingsEvent::PutBack => {
            (state.layers.unsaved, state.layers.refused) = (Vec::new(), None);
            reread(state, out);
        }
        SettingsEvent::ProjectRead(project) => {
            if state.layers.project != project {
                state.layers.project = project;
                apply(state, now, out);
            }
        }
        SettingsEvent::Ready(path) => files::open(state, path, out),
        SettingsEvent::Close => state.hide_page(Page::Settings),
        SettingsEvent::Search(text) => state.settings_panel.search = text,
        SettingsEvent::Section(section) => state.settings_panel.section = section,
        SettingsEvent::ShowProfile(name) => state.settings_panel.profile = Some(name),
        SettingsEvent::UseProfile(name) => use_profile(state, &name, now, out),
        SettingsEvent::AddProfile(name) => add_profile(state, name, now, out),
        SettingsEvent::RemoveProfile(name) => remove_profile(state, &name, now, out),
        SettingsEvent::Show(whose, line, column) => show(state, whose, (line, column), out),
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
pub fn set(state: &mut State, path: &str, value: &impl Field, now: u64, out: &mut Vec<Effect>) {
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
        let unsaved = &mut state.layers.unsaved;
        unsaved.retain(|(key, _)| !changes.iter().any(|(changed, _)| changed == key));
        unsaved.extend(changes);
        out.push(Effect::Settings(SettingsEffect::Change(path, state.layers.serial, unsaved.clone())));
    }
    apply(state, now, out);
}

/// The user's file has what was changed.
fn written(state: &mut State, serial: u64, text: String, now: u64, out: &mut Vec<Effect>) {
    if serial < state.layers.serial {
        // The change that is under way has this one in it, too.
        return;
    }
    state.layers.unsaved.clear();
    if state.layers.refused.take().is_some() {
        toast(state, ToastKind::Info, "The settings are now saved.".into(), now);
    }
    if !state.session.legacy.changes().is_empty() {
        state.session.legacy = Default::default();
        remember(state, out);
    }
    read(state, serial, Ok(Some(text)), now, out);
}

/// The user's file could not be changed: what was changed counts and is not given up, and both is said.
fn refused(state: &mut State, serial: u64, reason: String, now: u64) {
    let layers = &state.layers;
    if serial < layers.serial || layers.unsaved.is_empty() || layers.refused.as_ref() == Some(&reason) {
        return;
    }
    let text = format!(
        "{reason} What was changed counts until LocalCoder is closed and is saved as soon as it can be."
    );
    state.layers.refused = Some(reason);
    toast(state, ToastKind::Error, text, now);
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
    match text.and_then(|text| state.layers.with_unsaved(text)) {
        Ok(text) => {
            let is_news = state.layers.user != text || state.layers.trouble.is_some();
            (state.layers.user, state.layers.trouble) = (text, None);
            if is_news {
                apply(state, now, out);
            }
        }
        Err(reason) => {
            state.layers.trouble = Some(reason.clone());
            toast(state, ToastKind::Error, reason, now);
            // What it says about connections is not known any more.
            apply(state, now, out);
        }
    }
    let own = state.layers.path.clone();
    let open = state.tabs.iter().filter(|tab| tab.document.path() == own.as_deref() && tab.saving.is_none());
    out.extend(open.filter_map(|tab| {
        Some(Effect::Check(tab.id, tab.document.path()?.to_owned(), tab.document.stamp()?.clone()))
    }));
}

/// Makes what the layers say the settings that count.
fn apply(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let told = state.layers.sentences();
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
    let complaints = state.layers.sentences();
    let Some(first) = complaints.iter().find(|complaint| !told.contains(complaint)) else { return };
    let more = match complaints.len() {
        1 => String::new(),
        2 => " There is one more problem; the settings view lists both.".to_owned(),
        all => format!(" There are {} more problems; the settings view lists them all.", all - 1),
    };
    let text = format!("{first}{more}");
    toast(state, ToastKind::Error, text, now);
}

/// The files may have changed: the window got the keyboard. What could not be saved is tried once more.
pub fn reread(state: &State, out: &mut Vec<Effect>) {
    let layers = &state.layers;
    if let Some(path) = layers.path.clone() {
        out.push(Effect::Settings(match layers.refused {
            Some(_) => SettingsEffect::Change(path, layers.serial, layers.unsaved.clone()),
            None => SettingsEffect::Read(path, layers.serial),
        }));
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

/// Shows the view.
pub fn open(state: &mut State, out: &mut Vec<Effect>) {
    state.show_page(Page::Settings);
    state.settings_panel.focus += 1;
    // The view lists them itself.
    let State { toasts, layers, .. } = state;
    let listed = layers.sentences();
    toasts.retain(|toast| !listed.iter().any(|sentence| toast.text.starts_with(sentence)));
    reread(state, out);
}

/// Opens one of the files at a line and a column from 1.
fn show(state: &mut State, whose: SettingsFile, (line, column): (usize, usize), out: &mut Vec<Effect>) {
    let path = match whose {
        SettingsFile::User => state.layers.path.clone(),
        SettingsFile::Project => state.layers.project.as_ref().map(|(path, _)| path.clone()),
    };
    let Some(path) = path else { return };
    state.hide_page(Page::Settings);
    let place = (line.saturating_sub(1), column.saturating_sub(1));
    if state.tab_on(&path).is_some() {
        files::open(state, path, out);
        let position = state.tab().map(|tab| tab.document.buffer().position(place.0, place.1));
        if let Some(position) = position {
            super::editing::go_to(state, position);
        }
    } else {
        out.push(Effect::Open { path, caret: Some(place), front: true });
    }
}

/// Makes a profile the one in use. Its model takes the place of one that was chosen before, if it is installed.
pub fn use_profile(state: &mut State, name: &str, now: u64, out: &mut Vec<Effect>) {
    let Some(profile) = state.settings.profiles.get(name) else { return };
    let installed = state.models.find(&profile.model).is_some();
    let wanted = profile.model.clone();
    let mut changes = vec![(Key::find("profile"), Some(Value::Text(name.to_owned())))];
    if installed && !state.settings.models.code.is_empty() {
        changes.push((Key::find("models.code"), None));
    }
    let changes = changes.into_iter().filter_map(|(key, value)| Some((key?, value))).collect();
    change(state, changes, now, out);
    let model = state.model().map(|model| model.name.clone());
    let text = match model {
        Some(model) if installed || wanted.is_empty() => {
            format!("The profile {name} is in use, with {model}.")
        }
        Some(model) => {
            format!("The profile {name} is in use. Its model {wanted} is not installed, so {model} answers.")
        }
        None => format!("The profile {name} is in use. No model is installed yet."),
    };
    toast(state, ToastKind::Info, text, now);
    if state.worker.resident.is_empty() {
        return;
    }
    if let Some(model) = state.model() {
        out.push(Effect::LoadModel(model.reference.clone()));
    }
}

/// The keys of a profile.
fn keys_of_profile(state: &State, name: &str) -> impl Iterator<Item = Key> {
    let keys = table::keys(&state.settings).into_iter();
    keys.filter(move |key| key.spec.section() == "profiles" && key.name == name)
}

/// A profile of the user's own, which begins as a copy of the one that is shown.
fn add_profile(state: &mut State, name: String, now: u64, out: &mut Vec<Effect>) {
    if state.settings.profiles.contains_key(&name) {
        return toast(state, ToastKind::Error, format!("A profile named {name} already exists."), now);
    }
    let from = state.settings_panel.shown_profile(&state.settings).to_owned();
    let copied = |key: Key| {
        let value = key.get(&state.settings)?;
        let own = Key { name: name.clone(), ..key };
        // One key at least makes it a profile.
        let is_said = own.spec.kind == Kind::Model || own.default().as_ref() != Some(&value);
        is_said.then_some((own, Some(value)))
    };
    let changes = keys_of_profile(state, &from).filter_map(copied).collect();
    change(state, changes, now, out);
    state.settings_panel.profile = Some(name);
}

/// A profile of the user's own goes; one that was in use gives way to the default.
fn remove_profile(state: &mut State, name: &str, now: u64, out: &mut Vec<Effect>) {
    if BUILTIN.contains(&name) {
        return;
    }
    let mut changes: Vec<_> = keys_of_profile(state, name).map(|key| (key, None)).collect();
    if state.settings.profile == name {
        changes.extend(Key::find("profile").map(|key| (key, None)));
    }
    change(state, changes, now, out);
    state.settings_panel.profile = None;
}

/// Opens one of the files; one that is not there is made first.
pub fn open_file(state: &mut State, whose: SettingsFile, now: u64, out: &mut Vec<Effect>) {
    let path = match whose {
        SettingsFile::User => state.layers.path.clone().ok_or("There is no home folder for the settings."),
        SettingsFile::Project => state
            .tree
            .as_ref()
            .map(|tree| tree.root.join(PROJECT_FILE))
            .ok_or("Open a folder first: project settings are stored in it."),
    };
    match path {
        Ok(path) => out.push(Effect::Settings(SettingsEffect::Create(path, whose))),
        Err(reason) => toast(state, ToastKind::Error, reason.to_owned(), now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::session::Session;
    use crate::state::Model;
    use crate::update::update;
    use ground::command::Command;
    use ipc::protocol::ModelRef;
    use settings::{ThemeChoice, legacy::Legacy};

    fn window(text: &str) -> State {
        let layers = Layers { path: Some("/c/settings.toml".into()), ..Layers::of(text) };
        State::new(Session::default(), layers)
    }

    fn send(state: &mut State, event: SettingsEvent) -> Vec<Effect> {
        update(state, Event::Settings(event), 0)
    }

    fn changes(effects: &[Effect]) -> Vec<String> {
        let of = |effect: &Effect| match effect {
            Effect::Settings(SettingsEffect::Change(_, _, changes)) => Some(
                changes
                    .iter()
                    .map(|(key, value)| {
                        format!("{}={}", key.path(), value.as_ref().map_or(String::new(), Value::toml))
                    })
                    .collect::<Vec<_>>(),
            ),
            _ => None,
        };
        effects.iter().filter_map(of).flatten().collect()
    }

    fn obeyed(effects: &[Effect]) -> bool {
        effects.iter().any(|effect| matches!(effect, Effect::Settings(SettingsEffect::Obey(_))))
    }

    #[test]
    fn a_file_that_cannot_be_read_any_more_closes_the_air_gap_and_says_so() {
        let mut state = window("[privacy]\nair_gapped = false\n");
        assert!(!state.settings.privacy.air_gapped);
        let text = Err("It cannot be read.".to_owned());
        assert!(obeyed(&send(&mut state, SettingsEvent::Read { serial: 9, text })));
        assert!(state.settings.privacy.air_gapped);
        let unclear = Ok(Some("[privacy]\nair_gapped = ture\n".to_owned()));
        send(&mut state, SettingsEvent::Read { serial: 9, text: unclear });
        assert!(state.settings.privacy.air_gapped);
        assert!(state.toasts.iter().any(|toast| toast.text.contains("air-gapped until this is corrected")));
        let clear = Ok(Some("[privacy]\nair_gapped = false\n".to_owned()));
        send(&mut state, SettingsEvent::Read { serial: 9, text: clear });
        assert!(!state.settings.privacy.air_gapped);
    }

    #[test]
    fn a_change_counts_at_once_and_an_old_reading_does_not_undo_it() {
        let mut state = window("# mine\n");
        let effects = update(&mut state, Event::Command(Command::ThemeLight), 0);
        assert_eq!(changes(&effects), ["window.theme=\"light\""]);
        assert!(obeyed(&effects));
        assert_eq!(state.settings.window.theme, ThemeChoice::Light);
        let text = Ok(Some("# mine\n".to_owned()));
        send(&mut state, SettingsEvent::Read { serial: 0, text });
        assert_eq!(state.settings.window.theme, ThemeChoice::Light, "it was read before the change");
        let text = state.layers.user.clone().unwrap();
        send(&mut state, SettingsEvent::Written { serial: 1, text });
        let text = Ok(Some("[window]\ntheme = 'dark'\n".to_owned()));
        let effects = send(&mut state, SettingsEvent::Read { serial: 1, text });
        assert!(obeyed(&effects) && changes(&effects).is_empty());
        assert_eq!(state.settings.window.theme, ThemeChoice::Dark);
    }

    #[test]
    fn what_an_older_version_kept_moves_once_and_the_file_wins() {
        let mut state = window("[window]\ntheme = 'dark'\n");
        state.session.legacy =
            serde_json::from_str::<Legacy>(r#"{"theme": "light", "zoom": 1.5, "model": "m"}"#).unwrap();
        let effects = send(&mut state, SettingsEvent::Start);
        assert_eq!(changes(&effects), ["window.zoom=1.5", "models.code=\"m\""]);
        assert_eq!((state.settings.window.theme, state.settings.window.zoom), (ThemeChoice::Dark, 1.5));
        assert_ne!(state.session.legacy, Legacy::default(), "not before the file has it");
        let text = state.layers.user.clone();
        send(&mut state, SettingsEvent::Read { serial: 1, text: Ok(text.clone()) });
        assert_ne!(state.session.legacy, Legacy::default(), "somebody else may have written it");
        let effects = send(&mut state, SettingsEvent::Written { serial: 1, text: text.unwrap() });
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Remember(_))));
        assert_eq!(state.session.legacy, Legacy::default());
    }

    #[test]
    fn a_file_that_cannot_be_changed_is_said_and_nothing_changes() {
        let mut state = window("[window\n");
        let effects = update(&mut state, Event::Command(Command::ThemeLight), 0);
        assert!(changes(&effects).is_empty());
        assert_eq!(state.settings.window.theme, ThemeChoice::System);
        assert!(state.toasts[0].text.contains("line 1"), "{:?}", state.toasts);
    }

    #[test]
    fn what_cannot_be_saved_counts_is_told_and_is_not_undone_before_it_is_given_up() {
        let mut state = window("# mine\n");
        let on_disk = || Ok(Some("# mine\n".to_owned()));
        let refused = |state: &mut State| {
            let (serial, reason) = (state.layers.serial, "The disk is full.".to_owned());
            send(state, SettingsEvent::Refused { serial, reason })
        };
        update(&mut state, Event::Command(Command::ThemeLight), 0);
        refused(&mut state);
        assert!(
            state.toasts[0].text.starts_with("The disk is full. What was changed counts"),
            "{:?}",
            state.toasts
        );
        let theme = Key::find("window.theme").unwrap();
        assert_eq!(state.layers.unsaved_why(&theme), Some("The disk is full."));
        let serial = state.layers.serial;
        send(&mut state, SettingsEvent::Read { serial, text: on_disk() });
        assert_eq!(
            state.settings.window.theme,
            ThemeChoice::Light,
            "the file has nothing of it, and it counts"
        );

        state.toasts.clear();
        let zoom = Key::find("window.zoom").unwrap();
        let effects = send(&mut state, SettingsEvent::Change(zoom, Some(Value::Number(1.5))));
        assert_eq!(
            changes(&effects),
            ["window.theme=\"light\"", "window.zoom=1.5"],
            "the earlier one as well"
        );
        refused(&mut state);
        assert!(state.toasts.is_empty(), "told once: {:?}", state.toasts);
        for event in [Event::WindowFocused, Event::Settings(SettingsEvent::SaveAgain)] {
            let effects = update(&mut state, event, 0);
            assert_eq!(changes(&effects), ["window.theme=\"light\"", "window.zoom=1.5"]);
        }
        let (serial, text) = (state.layers.serial, state.layers.user.clone().unwrap());
        send(&mut state, SettingsEvent::Written { serial, text });
        assert!(state.layers.unsaved.is_empty() && state.layers.unsaved_why(&theme).is_none());
        assert_eq!(state.toasts[0].text, "The settings are now saved.");
        assert_eq!(state.settings.window.zoom, 1.5);

        let mut state = window("# mine\n");
        update(&mut state, Event::Command(Command::ThemeLight), 0);
        refused(&mut state);
        let effects = send(&mut state, SettingsEvent::PutBack);
        assert!(changes(&effects).is_empty());
        let serial = state.layers.serial;
        send(&mut state, SettingsEvent::Read { serial, text: on_disk() });
        assert_eq!(state.settings.window.theme, ThemeChoice::System, "what the file says counts again");
        assert!(state.layers.unsaved_why(&theme).is_none());
    }

    #[test]
    fn a_problem_is_told_once() {
        let mut state = window("");
        let wrong = || Ok(Some("[window]\nzoom = 'x'\n".to_owned()));
        send(&mut state, SettingsEvent::Read { serial: 0, text: wrong() });
        assert!(
            state.toasts[0].text.starts_with("Settings file, line 2, column 8: window.zoom"),
            "{:?}",
            state.toasts
        );
        update(&mut state, Event::Command(Command::OpenSettings), 0);
        assert!(state.toasts.is_empty(), "where it is listed");
        send(&mut state, SettingsEvent::Read { serial: 0, text: wrong() });
        assert!(state.toasts.is_empty());
    }

    #[test]
    fn a_projects_settings_come_with_its_folder() {
        let mut state = window("");
        let effects = update(&mut state, Event::OpenFolder("/p".into()), 0);
        let asked = |effect: &Effect| matches!(effect, Effect::Settings(SettingsEffect::ReadProject(_)));
        assert!(effects.iter().any(asked));
        let text = "[files]\nexclude = ['x']\n".to_owned();
        let effects = send(&mut state, SettingsEvent::ProjectRead(Some(("/p".into(), text))));
        assert_eq!(state.settings.files.exclude, ["x"]);
        assert!(effects.iter().any(|effect| matches!(effect, Effect::List(_))), "the tree is listed again");
        send(&mut state, SettingsEvent::ProjectRead(None));
        assert_eq!(state.settings.files.exclude.len(), 4);
    }

    #[test]
    fn a_profile_of_ones_own_begins_as_a_copy_is_used_and_goes() {
        let mut state = window("[profiles.heavy]\nkv = 'q8'\n");
        send(&mut state, SettingsEvent::ShowProfile("heavy".into()));
        send(&mut state, SettingsEvent::AddProfile("train".into()));
        assert_eq!(state.settings.profiles["train"], state.settings.profiles["heavy"]);
        let text = state.layers.user.clone().unwrap();
        assert!(text.contains("[profiles.train]"), "{text}");
        assert!(!text.contains("top_k"), "what is as usual is not said: {text}");
        let view = &state.settings_panel;
        assert_eq!(view.shown_profile(&state.settings), "train");
        send(&mut state, SettingsEvent::UseProfile("train".into()));
        assert_eq!(state.settings.profile, "train");
        let before = state.layers.user.clone();
        send(&mut state, SettingsEvent::AddProfile("fast".into()));
        send(&mut state, SettingsEvent::RemoveProfile("heavy".into()));
        assert_eq!(state.layers.user, before, "neither over one that is there, nor one that comes with it");
        send(&mut state, SettingsEvent::RemoveProfile("train".into()));
        assert!(!state.settings.profiles.contains_key("train"));
        assert_eq!(state.settings.profile, settings::BALANCED);
    }

    #[test]
    fn a_profile_takes_its_model_along_if_it_is_installed() {
        let mut state = window("[models]\ncode = 'b'\n[profiles.mine]\nmodel = 'a'\n");
        let model = |id: &str, size| Model {
            reference: ModelRef { id: id.into(), path: "/m".into(), sha256: None },
            name: id.into(),
            size,
            for_code: true,
        };
        state.models.installed = Some(vec![model("a", 1), model("b", 2), model("c", 3)]);
        let answering = |state: &State| state.model().map(|model| model.name.clone());
        assert_eq!(answering(&state).as_deref(), Some("b"), "the one that was chosen");
        use_profile(&mut state, "heavy", 0, &mut Vec::new());
        assert_eq!(answering(&state).as_deref(), Some("b"), "the profile's model is not installed");
        assert!(state.toasts[0].text.contains("is not installed, so b answers"), "{:?}", state.toasts);
        use_profile(&mut state, "mine", 0, &mut Vec::new());
        assert_eq!((answering(&state).as_deref(), state.settings.profile.as_str()), (Some("a"), "mine"));
        update(&mut state, Event::Settings(SettingsEvent::Change(Key::find("profile").unwrap(), None)), 0);
        assert_eq!(answering(&state).as_deref(), Some("c"), "the largest when nothing is wanted or there");
    }
}
