//! From what egui calls a key to the command that it means.

use egui::{Key, Modifiers};
use ground::chord::{Chord, HeldModifiers, Stroke};
use ground::command::{Command, Context};
use ground::habits;

/// The command that these keys mean where `active` lists the contexts that hold; the narrowest context wins.
pub fn for_key(modifiers: Modifiers, key: Key, active: &[Context]) -> Option<Command> {
    after(None, modifiers, key, active)
}

/// The command that these keys mean after a first stroke, as [`first_of_two`] gave it.
pub fn after(first: Option<Stroke>, modifiers: Modifiers, key: Key, active: &[Context]) -> Option<Command> {
    let means = |chord: &Chord| chord.first == first && is_pressed((chord.held, chord.key), modifiers, key);
    of_active(active)
        .filter(|command| command.keys().iter().any(means))
        .max_by_key(|command| command.context())
}

/// Do these keys begin the two of a command, and mean nothing alone? Then the first of the two.
pub fn first_of_two(modifiers: Modifiers, key: Key, active: &[Context]) -> Option<Stroke> {
    let begins = |command: Command| {
        let mut firsts = command.keys().into_iter().filter_map(|chord| chord.first);
        firsts.find(|first| is_pressed(*first, modifiers, key))
    };
    of_active(active).find_map(begins).filter(|_| for_key(modifiers, key, active).is_none())
}

/// The habit from another editor that these keys are, after a first stroke or without one, by its number.
pub fn habit(first: Option<Stroke>, modifiers: Modifiers, key: Key) -> Option<usize> {
    let is_pressed =
        |chord: &Chord| chord.first == first && is_pressed((chord.held, chord.key), modifiers, key);
    habits::all().iter().position(|habit| is_pressed(&habit.keys))
}

fn of_active(active: &[Context]) -> impl Iterator<Item = Command> {
    Command::ALL.iter().copied().filter(|command| active.contains(&command.context()))
}

fn is_pressed((held, name): Stroke, modifiers: Modifiers, key: Key) -> bool {
    let HeldModifiers { command, ctrl, alt, shift } = held;
    name == key.name() && modifiers.matches_exact(Modifiers { command, ctrl, alt, shift, ..Modifiers::NONE })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ground_and_the_window_name_the_same_keys() {
        assert_eq!(ground::chord::KEYS.to_vec(), Key::ALL.iter().map(|key| key.name()).collect::<Vec<_>>());
    }

    #[test]
    fn the_narrowest_context_wins() {
        let all = [Context::Always, Context::Editor, Context::Text, Context::Review];
        assert_eq!(for_key(Modifiers::ALT, Key::ArrowDown, &all), Some(Command::NextHunk));
        assert_eq!(for_key(Modifiers::ALT, Key::ArrowDown, &all[..3]), Some(Command::MoveLineDown));
        assert_eq!(for_key(Modifiers::ALT, Key::ArrowDown, &all[..2]), None);
        assert_eq!(for_key(Modifiers::NONE, Key::Escape, &all[..3]), None);
    }

    #[test]
    fn the_second_of_two_keys_means_something_after_the_first_alone() {
        let control = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
        let all = [Context::Always, Context::Editor];
        let first = first_of_two(control, Key::K, &all);
        assert!(first.is_some());
        assert_eq!(after(first, Modifiers::NONE, Key::Z, &all), Some(Command::ZenMode));
        assert_eq!(after(first, control, Key::Q, &all), Some(Command::LastEdit));
        assert_eq!(for_key(control, Key::Q, &all), Some(Command::Quit));
        assert_eq!(first_of_two(control, Key::Q, &all), None);
    }

    #[test]
    fn shift_is_never_ignored() {
        let pressed = Modifiers { shift: true, ctrl: true, command: true, ..Modifiers::NONE };
        assert_eq!(for_key(pressed, Key::P, &[Context::Always]), Some(Command::Palette));
        assert_eq!(
            for_key(Modifiers { shift: false, ..pressed }, Key::P, &[Context::Always]),
            Some(Command::QuickOpen)
        );
    }
}
