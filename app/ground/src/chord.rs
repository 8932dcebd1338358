//! Key combinations as data: read from a settings file, written to one, and shown to people.

/// The keys, by the names that the window gives them.
pub const KEYS: [&str; 145] = [
    "Down",
    "Left",
    "Right",
    "Up",
    "Escape",
    "Tab",
    "Backspace",
    "Enter",
    "Insert",
    "Delete",
    "Home",
    "End",
    "PageUp",
    "PageDown",
    "Copy",
    "Cut",
    "Paste",
    "Space",
    "Colon",
    "Comma",
    "Minus",
    "Period",
    "Plus",
    "Equals",
    "Semicolon",
    "OpenBracket",
    "CloseBracket",
    "OpenCurlyBracket",
    "CloseCurlyBracket",
    "Backtick",
    "Backslash",
    "Slash",
    "Pipe",
    "Questionmark",
    "Exclamationmark",
    "Quote",
    "0",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "8",
    "9",
    "A",
    "B",
    "C",
    "D",
    "E",
    "F",
    "G",
    "H",
    "I",
    "J",
    "K",
    "L",
    "M",
    "N",
    "O",
    "P",
    "Q",
    "R",
    "S",
    "T",
    "U",
    "V",
    "W",
    "X",
    "Y",
    "Z",
    "F1",
    "F2",
    "F3",
    "F4",
    "F5",
    "F6",
    "F7",
    "F8",
    "F9",
    "F10",
    "F11",
    "F12",
    "F13",
    "F14",
    "F15",
    "F16",
    "F17",
    "F18",
    "F19",
    "F20",
    "F21",
    "F22",
    "F23",
    "F24",
    "F25",
    "F26",
    "F27",
    "F28",
    "F29",
    "F30",
    "F31",
    "F32",
    "F33",
    "F34",
    "F35",
    "BrowserBack",
    "BrowserForward",
    "BrowserRefresh",
    "BrowserSearch",
    "BrowserHome",
    "BrowserFavorites",
    "BrowserStop",
    "MediaPlayPause",
    "MediaTrackNext",
    "MediaTrackPrevious",
    "MediaStop",
    "AudioVolumeMute",
    "AudioVolumeDown",
    "AudioVolumeUp",
    "LaunchMail",
    "LaunchApp1",
    "LaunchApp2",
    "ShiftLeft",
    "ShiftRight",
    "ControlLeft",
    "ControlRight",
    "AltLeft",
    "AltRight",
    "SuperLeft",
    "SuperRight",
    "IntlBackslash",
    "CapsLock",
    "NumLock",
    "ScrollLock",
    "PrintScreen",
    "Pause",
    "Menu",
    "Fn",
    "Eject",
    "Help",
    "Power",
    "Sleep",
    "Clear",
];

/// What is held down while a key is pressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct HeldModifiers {
    /// Cmd on macOS, Ctrl elsewhere.
    pub command: bool,
    /// Ctrl on every platform.
    pub ctrl: bool,
    /// Alt, or Option.
    pub alt: bool,
    /// Shift.
    pub shift: bool,
}

/// A key with what is held down, maybe after another one: `Ctrl+K Ctrl+Q`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Chord {
    /// What must be pressed and let go before it.
    pub first: Option<Stroke>,
    /// What is held down.
    pub held: HeldModifiers,
    /// One of [`KEYS`].
    pub key: &'static str,
}

/// What is held down, and one of [`KEYS`].
pub type Stroke = (HeldModifiers, &'static str);

const NOTHING: HeldModifiers = HeldModifiers { command: false, ctrl: false, alt: false, shift: false };
const COMMAND: HeldModifiers = HeldModifiers { command: true, ..NOTHING };
const CTRL: HeldModifiers = HeldModifiers { ctrl: true, ..NOTHING };
const ALT: HeldModifiers = HeldModifiers { alt: true, ..NOTHING };

macro_rules! makers {
    ($($name:ident $held:expr;)*) => {
        $(pub(crate) const fn $name(key: &'static str) -> Chord {
            Chord { first: None, held: $held, key }
        })*
    };
}

makers! {
    cmd COMMAND;
    cmd_shift HeldModifiers { shift: true, ..COMMAND };
    cmd_alt HeldModifiers { alt: true, ..COMMAND };
    ctrl CTRL;
    ctrl_shift HeldModifiers { shift: true, ..CTRL };
    alt ALT;
    alt_shift HeldModifiers { shift: true, ..ALT };
    shift HeldModifiers { shift: true, ..NOTHING };
    cmd_alt_shift HeldModifiers { alt: true, shift: true, ..COMMAND };
    plain NOTHING;
}

/// The same key after Ctrl+K, Cmd+K on macOS.
pub(crate) const fn after_k(key: Chord) -> Chord {
    Chord { first: Some((COMMAND, "K")), ..key }
}

impl Chord {
    /// Reads keys as a settings file has them: `Ctrl+Alt+X`, `F5`, `Cmd+Shift+[`, `Ctrl+K Z`. Cmd is Ctrl where there is no such
    /// key.
    pub fn read(text: &str) -> Option<Chord> {
        match text.trim().split_once(char::is_whitespace) {
            None => Chord::read_one(text, false),
            Some((first, second)) => {
                let first = Chord::read_one(first, false)?;
                let second = Chord::read_one(second, true)?;
                Some(Chord { first: Some((first.held, first.key)), ..second })
            }
        }
    }

    /// Reads one key with what is held; the second of two may be a mere letter.
    fn read_one(text: &str, second: bool) -> Option<Chord> {
        let mut held = NOTHING;
        let mut rest = text.trim();
        while let Some((word, behind)) =
            rest.split_once('+').filter(|(word, behind)| !word.is_empty() && !behind.is_empty())
        {
            match word.trim().to_ascii_lowercase().as_str() {
                "cmd" | "command" | "super" => held.command = true,
                // What Ctrl does elsewhere Cmd does on macOS, where Ctrl is a key of its own.
                "ctrl" | "control" if cfg!(target_os = "macos") => held.ctrl = true,
                "ctrl" | "control" => held.command = true,
                "alt" | "option" => held.alt = true,
                "shift" => held.shift = true,
                _ => return None,
            }
            rest = behind;
        }
        let rest = rest.trim();
        let named = |key: &&str| rest.eq_ignore_ascii_case(word(key)) || rest.eq_ignore_ascii_case(key);
        let key = KEYS.into_iter().find(named)?;
        // A letter without Ctrl, Alt or Cmd would be gone for typing.
        let types = key.len() == 1 || matches!(key, "Space" | "Enter" | "Backspace" | "Tab");
        let keeps_typing = second || held.ctrl || held.alt || held.command || !types;
        keeps_typing.then_some(Chord { first: None, held, key })
    }

    /// As a settings file has it, and as [`Chord::read`] reads it.
    pub fn written(&self) -> String {
        if let Some((held, key)) = self.first {
            let (first, second) = (Chord { first: None, held, key }, Chord { first: None, ..*self });
            return format!("{} {}", first.written(), second.written());
        }
        let (held, mac) = (self.held, cfg!(target_os = "macos"));
        let words = [
            (held.command && mac, "Cmd+"),
            (held.ctrl || (held.command && !mac), "Ctrl+"),
            (held.alt, "Alt+"),
            (held.shift, "Shift+"),
        ];
        let held: String = words.into_iter().filter(|(held, _)| *held).map(|(_, word)| word).collect();
        held + word(self.key)
    }

    /// In the words of this platform: `Ctrl+Shift+P`, or `⇧⌘P`.
    pub fn shown(&self) -> String {
        if let Some((held, key)) = self.first {
            let (first, second) = (Chord { first: None, held, key }, Chord { first: None, ..*self });
            return format!("{} {}", first.shown(), second.shown());
        }
        let held = self.held;
        let words = if cfg!(target_os = "macos") {
            [(held.ctrl, "⌃"), (held.shift, "⇧"), (held.alt, "⌥"), (held.command, "⌘")]
        } else {
            [(held.ctrl || held.command, "Ctrl+"), (held.alt, "Alt+"), (held.shift, "Shift+"), (false, "")]
        };
        let held: String = words.into_iter().filter(|(held, _)| *held).map(|(_, word)| word).collect();
        held + word(self.key)
    }
}

/// A key in the words of this editor.
fn word(key: &str) -> &str {
    match key {
        "Equals" => "+",
        "Escape" => "Esc",
        "OpenBracket" => "[",
        "CloseBracket" => "]",
        "Slash" => "/",
        "Backslash" => "\\",
        "Minus" => "-",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;

    #[test]
    fn default_keys_are_read_as_they_would_be_written() {
        for command in Command::ALL {
            for (key, text) in command.default_keys().iter().zip(command.written_defaults()) {
                assert!(KEYS.contains(&key.key), "{} of {}", key.key, command.id());
                // Alone it types something; a completion that is shown may have it, a setting may not.
                if text == "Tab" {
                    continue;
                }
                let read =
                    Chord::read(&text).unwrap_or_else(|| panic!("{text} of {} is not read", command.id()));
                assert_eq!(read.key, key.key, "{text}");
                assert_eq!(read.first.is_some(), key.first.is_some(), "{text}");
                let held = |HeldModifiers { command, ctrl, alt, shift }: HeldModifiers| {
                    (command || ctrl, alt, shift)
                };
                assert_eq!(held(read.held), held(key.held), "{text}");
            }
        }
    }

    #[test]
    fn keys_after_a_key_are_read_as_they_are_written() {
        for text in ["Ctrl+K Ctrl+Q", "Ctrl+K Z", "Ctrl+K Left", "Ctrl+K Shift+Enter"] {
            let read = Chord::read(text).unwrap();
            assert!(read.first.is_some());
            if !cfg!(target_os = "macos") {
                assert_eq!((read.written(), read.shown()), (text.to_owned(), text.to_owned()));
            }
        }
        for text in ["K Z", "Ctrl+K", "Ctrl+K Z Z", "Ctrl+K Nokey"] {
            assert!(Chord::read(text).is_none_or(|read| read.first.is_none()), "{text}");
        }
    }
}
