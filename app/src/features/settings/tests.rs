//! Settings on a whole state, without a window.

use std::sync::Arc;

use crate::event::{Effect, Event};
use crate::state::State;
use crate::update::update;
use crate::workspace::Model;
use crate::workspace::configure::use_profile;
use crate::workspace::session::Session;
use editor_core::file::SaveError;
use ground::command::Command;
use ipc::protocol::ModelRef;
use settings::table::SettingKey;
use settings::value::SettingValue;
use settings::{Layers, SettingsEffect, SettingsEvent, SettingsFileError};
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
                    format!("{}={}", key.path(), value.as_ref().map_or(String::new(), SettingValue::toml))
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
    let cause = Arc::new(std::io::Error::other("denied"));
    let text = Err(SettingsFileError::Unreadable { path: "/s.toml".into(), cause });
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
    let not_saved = || SettingsFileError::Unwritable(Arc::new(SaveError::Removed("/c/settings.toml".into())));
    let why = not_saved().to_string();
    let refused = |state: &mut State| {
        let (serial, reason) = (state.layers.serial, not_saved());
        send(state, SettingsEvent::Refused { serial, reason })
    };
    update(&mut state, Event::Command(Command::ThemeLight), 0);
    refused(&mut state);
    assert!(
        state.toasts[0].text.starts_with(&format!("{why} What was changed counts")),
        "{:?}",
        state.toasts
    );
    let theme = SettingKey::find("window.theme").unwrap();
    assert_eq!(state.layers.unsaved_why(&theme), Some(why.as_str()));
    let serial = state.layers.serial;
    send(&mut state, SettingsEvent::Read { serial, text: on_disk() });
    assert_eq!(state.settings.window.theme, ThemeChoice::Light, "the file has nothing of it, and it counts");

    state.toasts.clear();
    let zoom = SettingKey::find("window.zoom").unwrap();
    let effects = send(&mut state, SettingsEvent::Change(zoom, Some(SettingValue::Number(1.5))));
    assert_eq!(changes(&effects), ["window.theme=\"light\"", "window.zoom=1.5"], "the earlier one as well");
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
        reference: ModelRef { id: id.into(), path: "/m".into(), sha256: None, stamp: None },
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
    update(&mut state, Event::Settings(SettingsEvent::Change(SettingKey::find("profile").unwrap(), None)), 0);
    assert_eq!(answering(&state).as_deref(), Some("c"), "the largest when nothing is wanted or there");
}
