//! Keys as hands know them from another editor: a table for each, which says where its keys differ from the default ones.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ground::chord::Chord;
use ground::command::{Command, Context};
use toml_edit::DocumentMut;

use crate::value::choices;

choices! {
    /// Whose keys the commands have.
    Keymap {
        /// Those of VS Code: the default ones.
        VsCode = "vscode",
        /// Those of Sublime Text.
        Sublime = "sublime",
        /// Those of Zed.
        Zed = "zed",
    }
}

/// Id of a command → what it is pressed with.
pub type KeyTable = BTreeMap<String, Vec<String>>;

impl Keymap {
    /// All of them.
    pub const ALL: [Keymap; 3] = [Keymap::VsCode, Keymap::Sublime, Keymap::Zed];

    /// The keys that differ from the default ones.
    fn table(self) -> &'static KeyTable {
        static TABLES: LazyLock<[KeyTable; 3]> = LazyLock::new(|| {
            [
                include_str!("../../../assets/keymaps/vscode.toml"),
                include_str!("../../../assets/keymaps/sublime.toml"),
                include_str!("../../../assets/keymaps/zed.toml"),
            ]
            .map(read)
        });
        &TABLES[Keymap::ALL.iter().position(|keymap| *keymap == self).unwrap_or(0)]
    }

    /// The keys of all commands that have others than by default: those of this table, without what it takes from other commands,
    /// and `own` ones before them.
    pub fn with(self, own: &KeyTable) -> KeyTable {
        let table = self.table();
        let mut keys = table.clone();
        let taken = taken(table);
        for command in Command::ALL.iter().filter(|command| !table.contains_key(command.id())) {
            let is_free = |chord: &&Chord| !taken.contains(&(command.context(), chord.written()));
            let left: Vec<String> =
                command.default_keys().iter().filter(is_free).map(Chord::written).collect();
            if left.len() != command.default_keys().len() {
                keys.insert(command.id().to_owned(), left);
            }
        }
        keys.extend(own.iter().map(|(id, own)| (id.clone(), own.clone())));
        keys
    }
}

/// What a table gives to commands, with the context in which they have it.
fn taken(table: &KeyTable) -> BTreeSet<(Context, String)> {
    let given = table.iter().filter_map(|(id, keys)| Some((Command::from_id(id)?.context(), keys)));
    given
        .flat_map(|(context, keys)| {
            keys.iter().filter_map(move |keys| Some((context, Chord::read(keys)?.written())))
        })
        .collect()
}

/// Reads a table; what is none of it is left out, which a test looks at.
fn read(text: &str) -> KeyTable {
    let Ok(document) = text.parse::<DocumentMut>() else { return KeyTable::new() };
    let table = document.get("keys").and_then(toml_edit::Item::as_table);
    let entry = |(id, item): (&str, &toml_edit::Item)| {
        let keys = item.as_array()?.iter().map(|keys| keys.as_str().map(str::to_owned));
        Some((id.to_owned(), keys.collect::<Option<Vec<String>>>()?))
    };
    table.into_iter().flatten().filter_map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The keys that a command has with a keymap.
    fn keys_of(command: Command, keys: &KeyTable) -> Vec<String> {
        keys.get(command.id()).cloned().unwrap_or_else(|| command.written_defaults())
    }

    #[test]
    fn every_line_of_a_table_is_understood() {
        for keymap in Keymap::ALL {
            for (id, keys) in keymap.table() {
                assert!(Command::from_id(id).is_some(), "{}: {id} is no command", keymap.word());
                assert!(keys.iter().all(|keys| Chord::read(keys).is_some()), "{}: {keys:?}", keymap.word());
            }
        }
        assert!(Keymap::VsCode.table().is_empty() && Keymap::Sublime.table().len() > 10);
    }

    #[test]
    fn no_key_means_two_things_in_one_context_and_what_begins_two_means_nothing_alone() {
        for keymap in Keymap::ALL {
            let keys = keymap.with(&KeyTable::new());
            let mut seen: BTreeMap<(Context, String), &str> = BTreeMap::new();
            let mut firsts = BTreeSet::new();
            for command in Command::ALL {
                for key in keys_of(*command, &keys) {
                    if let Some((first, _)) = key.split_once(' ') {
                        firsts.insert(first.to_owned());
                    }
                    let before = seen.insert((command.context(), key.clone()), command.id());
                    assert!(before.is_none(), "{}: {key} is {before:?} and {}", keymap.word(), command.id());
                }
            }
            for (_, key) in seen.keys() {
                assert!(!firsts.contains(key), "{}: {key} begins others", keymap.word());
            }
        }
    }

    #[test]
    fn a_key_that_is_given_away_is_gone_and_own_ones_come_first() {
        let own = KeyTable::from([("go.symbol".to_owned(), vec!["Ctrl+Alt+Y".to_owned()])]);
        let keys = Keymap::Sublime.with(&own);
        assert_eq!(keys["go.symbol"], ["Ctrl+Alt+Y"]);
        assert!(Keymap::VsCode.with(&KeyTable::new()).is_empty());
        if !cfg!(target_os = "macos") {
            // Ctrl+Shift+D documents a function by default; here it duplicates a line, and both have a key.
            assert_eq!(
                (keys["line.duplicate"].clone(), keys["ai.document"].clone()),
                (vec!["Ctrl+Shift+D".to_owned()], vec!["Ctrl+Alt+D".to_owned()])
            );
        }
    }
}
