//! Keys that hands know from other editors and that mean nothing here, with the command that comes nearest.

use std::sync::LazyLock;

use crate::chord::Chord;
use crate::command::Command;

/// A key that means something elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Habit {
    /// The keys.
    pub keys: Chord,
    /// What they do there, as the middle of a sentence: `quick fixes`.
    pub wanted: &'static str,
    /// What comes nearest here.
    pub nearest: Command,
}

/// The keys as a settings file would have them.
const TABLE: &[(&str, &str, Command)] = &[
    ("Ctrl+Period", "quick fixes", Command::ExplainError),
    ("F2", "renaming a symbol", Command::SelectOccurrences),
    ("F5", "running the program", Command::NextProblem),
    ("F9", "breakpoints", Command::ToggleBookmark),
    ("Ctrl+Space", "suggestions", Command::ToggleCompletion),
    ("Ctrl+Shift+Space", "hints about parameters", Command::GoToDefinition),
    ("Ctrl+U", "taking back where the caret went", Command::GoBack),
    ("Ctrl+Semicolon", "going to a word", Command::Find),
    ("Ctrl+Shift+X", "extensions", Command::OpenSettings),
    ("Ctrl+Shift+U", "the output", Command::Activity),
    ("Alt+F12", "a look at the definition", Command::GoToDefinition),
    ("Ctrl+F12", "implementations", Command::GoToDefinition),
    ("Ctrl+Shift+R", "the symbols of the project", Command::GotoProjectSymbol),
    ("Ctrl+K Ctrl+C", "comments", Command::ToggleComment),
    ("Ctrl+K Ctrl+U", "comments", Command::ToggleComment),
    ("Ctrl+K Ctrl+I", "a word about what is there", Command::Explain),
    ("Ctrl+K Ctrl+O", "opening a folder", Command::OpenFolder),
    ("Ctrl+K Ctrl+K", "deleting", Command::DeleteLine),
    ("Ctrl+K Ctrl+B", "the sidebar", Command::ToggleSidebar),
];

static HABITS: LazyLock<Vec<Habit>> = LazyLock::new(|| {
    let read = |(keys, wanted, nearest): &(&str, &'static str, Command)| {
        Some(Habit { keys: Chord::read(keys)?, wanted, nearest: *nearest })
    };
    TABLE.iter().filter_map(read).collect()
});

/// All of them.
pub fn all() -> &'static [Habit] {
    &HABITS
}

impl Habit {
    /// What is said where it does nothing.
    pub fn words(&self) -> String {
        let (keys, nearest) = (self.keys.shown(), self.nearest.tooltip());
        format!("{keys} does nothing here. Nearest to {} comes “{nearest}”.", self.wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Context;

    #[test]
    fn habits_are_read_and_mean_nothing_here() {
        assert_eq!(all().len(), TABLE.len(), "one of them is not read");
        for habit in all() {
            let in_text = |command: &&Command| command.context() != Context::Tree;
            for command in Command::ALL.iter().filter(in_text) {
                let same = |key: &Chord| {
                    (key.first, key.key) == (habit.keys.first, habit.keys.key) && {
                        let held = |chord: &Chord| {
                            (chord.held.command || chord.held.ctrl, chord.held.alt, chord.held.shift)
                        };
                        held(key) == held(&habit.keys)
                    }
                };
                assert!(
                    !command.default_keys().iter().any(same),
                    "{} is bound to {}: it is no habit without a meaning",
                    habit.keys.written(),
                    command.id()
                );
            }
        }
    }

    #[test]
    fn what_is_said_names_the_key_and_the_nearest_command() {
        let words = all()[0].words();
        assert!(words.contains("Explain error") && words.contains("quick fixes"), "{words}");
    }
}
