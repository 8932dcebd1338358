//! From what egui calls a key to the command that it means.

use egui::{Key, Modifiers};
use ground::chord::{Chord, HeldModifiers};
use ground::command::{Command, Context};

/// The command that these keys mean where `active` lists the contexts that hold; the narrowest context wins.
pub fn for_key(modifiers: Modifiers, key: Key, active: &[Context]) -> Option<Command> {
    Command::ALL
        .iter()
        .copied()
        .filter(|command| active.contains(&command.context()))
        .filter(|command| command.keys().iter().any(|chord| is_pressed(chord, modifiers, key)))
        .max_by_key(|command| command.context())
}

fn is_pressed(chord: &Chord, modifiers: Modifiers, key: Key) -> bool {
    let HeldModifiers { command, ctrl, alt, shift } = chord.held;
    chord.key == key.name()
        && modifiers.matches_exact(Modifiers { command, ctrl, alt, shift, ..Modifiers::NONE })
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
    fn shift_is_never_ignored() {
        let pressed = Modifiers { shift: true, ctrl: true, command: true, ..Modifiers::NONE };
        assert_eq!(for_key(pressed, Key::P, &[Context::Always]), Some(Command::Palette));
        assert_eq!(
            for_key(Modifiers { shift: false, ..pressed }, Key::P, &[Context::Always]),
            Some(Command::QuickOpen)
        );
    }
}
