//! A key by its name: what it is worth in some settings, and all keys that settings have.

use ground::command::Command;

use super::{Spec, TABLE, ValueKind};
use crate::Settings;
use crate::profile::{BUILTIN, Profile};
use crate::value::SettingValue;

/// One key: its line of the table and the name in place of the `*`.
#[derive(Clone)]
pub struct SettingKey {
    /// Its line.
    pub spec: &'static Spec,
    /// The name of the profile, language or command; empty for keys without a `*`.
    pub name: String,
}

impl PartialEq for SettingKey {
    fn eq(&self, other: &SettingKey) -> bool {
        (self.spec.path, &self.name) == (other.spec.path, &other.name)
    }
}

impl std::fmt::Debug for SettingKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.path())
    }
}

impl SettingKey {
    /// The key with this name from the top; `None`: there is none.
    pub fn find(path: &str) -> Option<SettingKey> {
        TABLE.iter().find_map(|spec| {
            let name = spec.name_in(path)?;
            spec.knows(name).then(|| SettingKey { spec, name: name.to_owned() })
        })
    }

    /// Its name from the top.
    pub fn path(&self) -> String {
        self.spec.path.replace('*', &self.name)
    }

    /// Its parts, as a file nests them. The id of a command is one part although it has dots.
    pub fn parts(&self) -> Vec<String> {
        self.spec
            .path
            .split('.')
            .map(|part| if part == "*" { self.name.clone() } else { part.to_owned() })
            .collect()
    }

    /// Its value; `None`: nothing is there by default.
    pub fn get(&self, settings: &Settings) -> Option<SettingValue> {
        (self.spec.get)(settings, &self.name)
    }

    /// Sets it. The value must have come from [`Spec::check`].
    pub fn put(&self, settings: &mut Settings, value: SettingValue) {
        let taken = (self.spec.put)(settings, &self.name, value);
        debug_assert!(taken.is_some(), "{} took no value that its check let through", self.path());
    }

    /// Its default; `None`: nothing.
    pub fn default(&self) -> Option<SettingValue> {
        let own_profile = || Profile::own_default(self);
        self.get(&Settings::default()).or_else(own_profile).or_else(|| self.default_keys())
    }

    /// The keys that a command has by default.
    fn default_keys(&self) -> Option<SettingValue> {
        let command = Command::from_id(&self.name).filter(|_| self.spec.kind == ValueKind::Keys)?;
        Some(SettingValue::List(command.written_defaults()))
    }

    /// The keys of each command, whether somebody changed them or not.
    pub fn of_all_commands() -> impl Iterator<Item = SettingKey> {
        let spec = TABLE.iter().find(|spec| spec.kind == ValueKind::Keys);
        spec.into_iter().flat_map(|spec| {
            Command::ALL.iter().map(move |command| SettingKey { spec, name: command.id().to_owned() })
        })
    }
}

impl Profile {
    /// What a key of an own profile is by default.
    fn own_default(key: &SettingKey) -> Option<SettingValue> {
        let mut settings = Settings::default();
        settings.profiles.insert(key.name.clone(), Profile::default());
        key.spec.path.starts_with("profiles.").then(|| key.get(&settings))?
    }
}

/// The keys that these settings have: those without a `*`, and one for each name that is known or in use.
pub fn keys(settings: &Settings) -> Vec<SettingKey> {
    let names = |spec: &Spec| -> Vec<String> {
        match spec.path.split_once('*') {
            None => vec![String::new()],
            Some(("profiles.", _)) => settings.profiles.keys().cloned().collect(),
            Some(("tasks.", _)) => settings.tasks.keys().cloned().collect(),
            Some(("checks.commands.", _)) => settings.checks.commands.keys().cloned().collect(),
            Some(_) => settings.keys.keys().cloned().collect(),
        }
    };
    let mut keys: Vec<SettingKey> = TABLE
        .iter()
        .flat_map(|spec| names(spec).into_iter().map(move |name| SettingKey { spec, name }))
        .collect();
    // Profile by profile, where the table has them key by key.
    let place = |key: &SettingKey| TABLE.iter().position(|spec| spec.section() == key.spec.section());
    keys.sort_by(|a, b| {
        place(a).cmp(&place(b)).then_with(|| profile_order(&a.name).cmp(&profile_order(&b.name)))
    });
    keys
}

/// The builtin profiles from the lightest, then the user's own by name.
pub fn profile_order(name: &str) -> (usize, &str) {
    let builtin = BUILTIN.iter().position(|builtin| *builtin == name);
    (builtin.unwrap_or(usize::MAX), name)
}
