//! The settings view as data: what it shows of the table.

use ground::command::Command;

use crate::Settings;
use crate::keymaps::KeyTable;
use crate::layers::{Layers, Origin};
pub use crate::table::SECTIONS;
use crate::table::{self, SettingKey};
use crate::value::SettingValue;

/// The view.
#[derive(Clone, Debug, Default)]
pub struct Panel {
    /// What was typed in its field.
    pub search: String,
    /// Only this section is shown.
    pub section: Option<&'static str>,
    /// The profile whose keys are shown; `None`: the one in use.
    pub profile: Option<String>,
    /// Counts openings: each gives the field the keyboard once.
    pub focus: u64,
}

/// One row.
#[derive(Clone, Debug)]
pub struct SettingRow {
    /// The key.
    pub key: SettingKey,
    /// Its value now.
    pub value: SettingValue,
    /// Its default; `None`: nothing.
    pub default: Option<SettingValue>,
    /// Where the value comes from.
    pub origin: Origin,
}

impl SettingRow {
    /// Is it something else than the default?
    pub fn differs(&self) -> bool {
        self.default.as_ref() != Some(&self.value)
    }

    /// What it does, in a sentence; of a command's keys its id.
    pub fn help(&self) -> &str {
        if self.key.spec.kind == table::ValueKind::Keys { &self.key.name } else { self.key.spec.help }
    }

    /// Its name for people: `Font size`, `Accept hunk`.
    pub fn title(&self) -> String {
        if let (table::ValueKind::Keys, Some(command)) =
            (self.key.spec.kind, Command::from_id(&self.key.name))
        {
            return command.name().to_owned();
        }
        let last = match self.key.spec.path.rsplit_once('.') {
            Some((_, "*")) => self.key.name.clone(),
            Some((_, last)) => last.replace('_', " "),
            None => self.key.spec.path.to_owned(),
        };
        // What people write otherwise than a key of a file: names of the field, and units.
        let (name, unit) = match last.rsplit_once(' ') {
            Some((name, "ms")) => (name, " (ms)"),
            Some((name, "mib")) => (name, " (MiB)"),
            Some((name, "s")) if name.ends_with(" per") => (name.trim_end_matches(" per"), " a second"),
            _ => (last.as_str(), ""),
        };
        let name = match name {
            "kv" => "KV cache",
            "top k" => "Top-k",
            "top p" => "Top-p",
            "min p" => "Min-p",
            other => other,
        };
        let last = format!("{name}{unit}");
        let mut chars = last.chars();
        chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
    }
}

impl Panel {
    /// The profile whose keys are shown.
    pub fn shown_profile<'a>(&'a self, settings: &'a Settings) -> &'a str {
        let chosen = self.profile.as_deref().filter(|name| settings.profiles.contains_key(*name));
        chosen.unwrap_or(&settings.profile)
    }

    /// The rows of a section that match what was typed: every word of it stands in the name or the help.
    pub fn rows(&self, section: &str, settings: &Settings, layers: &Layers) -> Vec<SettingRow> {
        if self.section.is_some_and(|only| only != section) {
            return Vec::new();
        }
        let words: Vec<String> = self.search.split_whitespace().map(str::to_lowercase).collect();
        let shown = self.shown_profile(settings);
        let of_section = |key: &SettingKey| key.spec.section() == section;
        // Without a search only one profile's keys are shown; a search finds them all.
        let of_profile = |key: &SettingKey| section != "profiles" || !words.is_empty() || key.name == shown;
        // Commands are many: where nobody looks for one, only those with other keys than usual are shown.
        let all_commands = section == "keys" && (self.section.is_some() || !words.is_empty());
        let keys = if all_commands { SettingKey::of_all_commands().collect() } else { table::keys(settings) }
            .into_iter();
        let keys = keys.filter(of_section).filter(of_profile);
        // Without keys of the user's own a command has those of the chosen keymap.
        let keymap = if section == "keys" { settings.keymap.with(&KeyTable::new()) } else { KeyTable::new() };
        let default = |key: &SettingKey| match keymap.get(&key.name) {
            Some(keys) => Some(SettingValue::List(keys.clone())),
            None => key.default(),
        };
        let row = |key: SettingKey| {
            let (default, origin) = (default(&key), layers.origin(&key.path()));
            let usual = || default.clone().filter(|_| all_commands);
            let value = key.get(settings).or_else(usual)?;
            Some(SettingRow { key, value, default, origin })
        };
        let matches = |row: &SettingRow| {
            let text = format!("{} {} {}", row.key.path(), row.title(), row.help()).to_lowercase();
            words.iter().all(|word| text.contains(word) || (word == "@changed" && row.differs()))
        };
        keys.filter_map(row).filter(matches).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field;

    #[test]
    fn every_section_of_the_table_is_shown() {
        let known: Vec<&str> = SECTIONS.iter().map(|(section, _)| *section).collect();
        for spec in table::TABLE {
            assert!(known.contains(&spec.section()), "{} is in no section of the view", spec.path);
        }
    }

    #[test]
    fn a_search_finds_names_and_help_in_all_profiles() {
        let (settings, layers) = (Settings::default(), Layers::default());
        let panel = Panel::default();
        let all = panel.rows("profiles", &settings, &layers);
        assert!(all.iter().all(|row| row.key.name == "balanced") && all.len() > 10);
        let titles: Vec<String> = all.iter().map(SettingRow::title).collect();
        for title in ["Context tokens", "KV cache", "Top-p", "Slow tokens a second", "Slow first token (ms)"]
        {
            assert!(titles.iter().any(|other| other == title), "{title} in {titles:?}");
        }
        let found =
            Panel { search: "context".into(), ..Panel::default() }.rows("profiles", &settings, &layers);
        assert_eq!(found.len(), 3);
        let found = Panel { search: "trailing tabs".into(), ..Panel::default() };
        assert_eq!(found.rows("files", &settings, &layers).len(), 0);
        let found = Panel { search: "trim BLANKS".into(), ..Panel::default() };
        assert_eq!(found.rows("files", &settings, &layers)[0].key.path(), "files.trim_trailing_whitespace");
    }

    #[test]
    fn the_keys_of_the_chosen_keymap_are_shown_and_are_no_difference() {
        let mut layers = Layers::of("keymap = 'sublime'\n[keys]\n'line.up' = 'F2'\n");
        let settings = layers.resolve();
        let panel = Panel { section: Some("keys"), ..Panel::default() };
        let rows = panel.rows("keys", &settings, &layers);
        let row = |id: &str| rows.iter().find(|row| row.key.name == id).unwrap();
        let keys = |keys: &str| SettingValue::List(vec![keys.to_owned()]);
        assert_eq!((&row("bookmark.next").value, row("bookmark.next").differs()), (&keys("F2"), false));
        if !cfg!(target_os = "macos") {
            let own = row("line.up");
            assert_eq!((&own.value, own.default.as_ref()), (&keys("F2"), Some(&keys("Ctrl+Shift+Up"))));
            assert!(own.differs());
        }
    }

    #[test]
    fn every_command_is_found_with_its_keys_and_only_changed_ones_stand_among_all_settings() {
        let mut layers = Layers::of("[keys]\n'file.save' = 'F2'\n");
        let settings = layers.resolve();
        let ids = |panel: &Panel| -> Vec<String> {
            panel.rows("keys", &settings, &layers).into_iter().map(|row| row.key.name).collect()
        };
        assert_eq!(ids(&Panel::default()), ["file.save"]);
        let section = Panel { section: Some("keys"), ..Panel::default() };
        assert_eq!(ids(&section).len(), Command::ALL.len());
        let changed = Panel { search: "@changed".into(), ..Panel::default() };
        assert_eq!(ids(&changed), ["file.save"]);
        let found = Panel { search: "accept hunk".into(), ..Panel::default() };
        let rows = found.rows("keys", &settings, &layers);
        assert_eq!((rows[0].title().as_str(), rows[0].help()), ("Accept hunk", "review.accept-hunk"));
        assert!(!rows[0].differs() && field::shown(&rows[0].key, &rows[0].value).ends_with("+Enter"));
    }
}
