//! Defaults, the user's file, the project's file and the environment on top of each other.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use editor_core::regular;
use ground::command;

use super::error::SettingsFileError;
use super::file::{self, SettingsProblem};
use super::table::{SettingKey, SettingScope};
use super::value::SettingValue;
use super::{Settings, edit, gap};
use crate::environment;

/// Where a value comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    #[default]
    Default,
    /// The user's file.
    File,
    /// The project's file.
    Project,
    /// An environment variable.
    Environment(&'static str),
    /// The settings file, as far as it is clear: see [`gap`].
    Unclear,
}

impl Origin {
    /// In a word or two.
    pub fn words(&self) -> String {
        match self {
            Origin::Default => "default".into(),
            Origin::File => "settings file".into(),
            Origin::Project => "project".into(),
            Origin::Environment(variable) => format!("${variable}"),
            Origin::Unclear => "settings file, which is unclear".into(),
        }
    }
}

/// One of the files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingsFile {
    /// The user's.
    User,
    /// The open folder's.
    Project,
}

/// All that settings are made of, as texts, and what came of it.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The user's file; `None`: nothing is kept.
    pub path: Option<PathBuf>,
    /// Its text; `None`: it is not there.
    pub user: Option<String>,
    /// Why it could not be read.
    pub trouble: Option<String>,
    /// Changes that count and that the file is not known to have, the latest of each key.
    pub unsaved: Vec<(SettingKey, Option<SettingValue>)>,
    /// Why the file does not have them; `None`: nothing is known against them.
    pub refused: Option<String>,
    /// The project's file and its text.
    pub project: Option<(PathBuf, String)>,
    /// What the environment sets: key, variable, value.
    pub environment: Vec<(&'static str, &'static str, SettingValue)>,
    /// Where each key that somebody set comes from.
    pub origins: BTreeMap<String, Origin>,
    /// What is not used of which file.
    pub problems: Vec<(SettingsFile, SettingsProblem)>,
    /// Counts changes, so that an old reading of the file does not undo a newer change.
    pub serial: u64,
}

impl Layers {
    /// The layers of this machine: the user's file and the environment.
    pub fn here() -> Layers {
        let (path, usual) = (ground::places::settings_file(), ground::places::usual_settings_file());
        let mut environment = environment::read();
        // Naming another file must not open what the usual one closes.
        if path != usual && usual.as_deref().is_some_and(usual_file_closes) {
            environment.push(("privacy.air_gapped", "LOCALCODER_SETTINGS", SettingValue::Bool(true)));
        }
        Layers::of_file(path, environment)
    }

    /// A user's file as it is, and an environment.
    pub(crate) fn of_file(
        path: Option<PathBuf>,
        environment: Vec<(&'static str, &'static str, SettingValue)>,
    ) -> Layers {
        let mut layers = Layers { path, environment, ..Layers::default() };
        if let Some(path) = &layers.path {
            match regular::read_text(path, MAX_BYTES) {
                Ok(text) => layers.user = Some(text),
                Err(error) if !gap::is_there(path, &error) => {}
                Err(error) => layers.trouble = Some(unreadable(path, error).to_string()),
            }
        }
        layers
    }

    /// A user's file with this text, and nothing else.
    #[must_use]
    pub fn of(text: &str) -> Layers {
        Layers { user: Some(text.to_owned()), ..Layers::default() }
    }

    /// The settings that come of it; origins and problems are noted.
    pub fn resolve(&mut self) -> Settings {
        let mut settings = Settings::default();
        (self.origins, self.problems) = (BTreeMap::new(), Vec::new());
        let texts = [
            (SettingsFile::User, SettingScope::User, Origin::File, self.user.as_deref()),
            (
                SettingsFile::Project,
                SettingScope::Project,
                Origin::Project,
                self.project.as_ref().map(|(_, text)| text.as_str()),
            ),
        ];
        for (whose, scope, origin, text) in texts {
            let read = text.map(|text| file::read(text, scope)).unwrap_or_default();
            self.problems.extend(read.problems.into_iter().map(|problem| (whose, problem)));
            for entry in &read.entries {
                entry.key.put(&mut settings, entry.value.clone());
                self.origins.insert(entry.key.path(), origin.clone());
            }
            if whose == SettingsFile::User {
                self.problems.extend(odd(&settings, &read.entries).map(|problem| (whose, problem)));
            }
        }
        let of_user = self.problems.iter_mut().filter(|(whose, _)| *whose == SettingsFile::User);
        let is_unclear = gap::close(of_user.map(|(_, found)| found)) || self.trouble.is_some();
        if is_unclear {
            settings.privacy.air_gapped = true;
            self.origins.insert("privacy.air_gapped".to_owned(), Origin::Unclear);
        }
        for (path, variable, value) in &self.environment {
            if let Some(key) = SettingKey::find(path) {
                key.put(&mut settings, value.clone());
                self.origins.insert((*path).to_owned(), Origin::Environment(variable));
            }
        }
        settings
    }

    /// Where a key's value comes from.
    pub fn origin(&self, path: &str) -> Origin {
        self.origins.get(path).cloned().unwrap_or_default()
    }

    /// The user's file with a change in it.
    ///
    /// # Errors
    /// The file is no TOML.
    pub fn changed(
        text: Option<&str>,
        key: &SettingKey,
        value: Option<&SettingValue>,
    ) -> Result<String, SettingsFileError> {
        let template = edit::template();
        edit::change(text.filter(|text| !text.trim().is_empty()).unwrap_or(&template), key, value)
    }

    /// The text of a file with what is not saved in it.
    ///
    /// # Errors
    /// The file is no TOML.
    pub fn with_unsaved(&self, mut text: Option<String>) -> Result<Option<String>, SettingsFileError> {
        for (key, value) in &self.unsaved {
            text = Some(Layers::changed(text.as_deref(), key, value.as_ref())?);
        }
        Ok(text)
    }

    /// Why a key's value is not in the file, although it counts.
    pub fn unsaved_why(&self, key: &SettingKey) -> Option<&str> {
        let reason = self.refused.as_deref()?;
        self.unsaved.iter().any(|(unsaved, _)| unsaved == key).then_some(reason)
    }

    /// The problems as lines of a compiler: file, line, column, sentence.
    pub fn complaints(&self) -> Vec<String> {
        let file = |whose| match whose {
            SettingsFile::User => self.path.clone().unwrap_or_default(),
            SettingsFile::Project => self.project.as_ref().map(|(path, _)| path.clone()).unwrap_or_default(),
        };
        let line = |(whose, found): &(SettingsFile, SettingsProblem)| {
            format!("{}:{}:{}: {}", file(*whose).display(), found.line, found.column, found.text)
        };
        self.trouble.iter().cloned().chain(self.problems.iter().map(line)).collect()
    }

    /// The same as sentences for a window.
    pub fn sentences(&self) -> Vec<String> {
        let found = self.problems.iter().map(|(whose, found)| sentence(*whose, found));
        self.trouble.iter().cloned().chain(found).collect()
    }
}

/// Does the file that is there when `LOCALCODER_SETTINGS` names another one close? The environment may close and never open.
pub(crate) fn usual_file_closes(usual: &Path) -> bool {
    Layers::of_file(Some(usual.to_owned()), Vec::new()).resolve().privacy.air_gapped
}

/// A problem as a sentence for a window, in which the place of the file says nothing.
pub fn sentence(whose: SettingsFile, found: &SettingsProblem) -> String {
    let file = if whose == SettingsFile::User { "Settings file" } else { "Project settings" };
    format!("{file}, line {}, column {}: {}", found.line, found.column, found.text.replace('`', ""))
}

/// Longer files are no settings.
pub const MAX_BYTES: u64 = 1 << 20;

/// What is said of a file that cannot be read.
pub fn unreadable(path: &Path, error: std::io::Error) -> SettingsFileError {
    SettingsFileError::Unreadable { path: path.to_owned(), cause: Arc::new(error) }
}

/// What each value says well and all together do not: a profile that is not there, keys that mean two things.
fn odd(settings: &Settings, entries: &[file::SettingsEntry]) -> impl Iterator<Item = SettingsProblem> {
    let place = |path: &str| {
        entries.iter().find(|entry| entry.key.path() == path).map(|entry| (entry.line, entry.column))
    };
    let profile = (!settings.profiles.contains_key(&settings.profile)).then(|| {
        let words = format!("There is no profile `{}`. Balanced is used instead.", settings.profile);
        ("profile".to_owned(), words)
    });
    let keys = command::conflicts(&settings.keys, &settings.keymap.with(&settings.keys))
        .into_iter()
        .map(|(id, words)| (format!("keys.{id}"), words));
    let all: Vec<(String, String)> = profile.into_iter().chain(keys).collect();
    let told = all.into_iter().filter_map(|(key, text)| {
        let (line, column) = place(&key)?;
        Some(SettingsProblem { line, column, key, text })
    });
    told.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_layer_wins_and_says_so() {
        let mut layers =
            Layers::of("[editor]\ntab_width = 2\nfont_size = 12\n[privacy]\nproxy = 'http://a'\n");
        layers.project =
            Some(("/p".into(), "[editor]\ntab_width = 8\n[privacy]\nproxy = 'http://evil'\n".into()));
        layers.environment =
            vec![("privacy.proxy", "LOCALCODER_PROXY", SettingValue::Text("http://b".into()))];
        let settings = layers.resolve();
        assert_eq!((settings.editor.tab_width, settings.editor.font_size), (8, 12.0));
        assert_eq!(settings.privacy.proxy, "http://b");
        assert_eq!(layers.origin("editor.tab_width"), Origin::Project);
        assert_eq!(layers.origin("editor.font_size"), Origin::File);
        assert_eq!(layers.origin("privacy.proxy"), Origin::Environment("LOCALCODER_PROXY"));
        assert_eq!(layers.origin("window.zoom"), Origin::Default);
        assert_eq!(
            layers.complaints(),
            ["/p:4:1: `privacy.proxy` is for the user alone; a project cannot set it. It is not used."]
        );
    }

    #[test]
    fn a_profile_that_is_not_there_and_keys_that_mean_two_things_are_told() {
        let mut layers = Layers::of("profile = \"none\"\n[keys]\n\"view.palette\" = \"Ctrl+N\"\n");
        let settings = layers.resolve();
        assert_eq!(settings.current_profile(), &Settings::default().profiles["balanced"]);
        let lines: Vec<usize> = layers.problems.iter().map(|(_, problem)| problem.line).collect();
        assert_eq!(lines, [1, 3], "{:?}", layers.problems);
        assert!(layers.problems[1].1.text.contains("New file"));
    }
}
