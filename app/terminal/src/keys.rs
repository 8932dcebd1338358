//! Keys as xterm sends them.
//!
//! After <https://invisible-island.net/xterm/ctlseqs/ctlseqs.html>, "PC-Style Function Keys": a modifier is told as `1 + shift + 2 alt +
//! 4 ctrl`; arrows, Home and End have a short form that changes in application mode.

use crate::screen::TerminalModes;

/// A key that sends more than the characters that it types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TerminalKey {
    /// A character with Ctrl or Alt.
    Char(char),
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Escape.
    Escape,
    /// Up.
    Up,
    /// Down.
    Down,
    /// Right.
    Right,
    /// Left.
    Left,
    /// Home.
    Home,
    /// End.
    End,
    /// Insert.
    Insert,
    /// Delete.
    Delete,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
    /// A function key, from 1 to 20.
    Function(u8),
}

/// What is held beside a key or a button of the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldKeys {
    /// Shift.
    pub shift: bool,
    /// Alt.
    pub alt: bool,
    /// Ctrl.
    pub ctrl: bool,
}

impl HeldKeys {
    fn number(self) -> u8 {
        1 + u8::from(self.shift) + 2 * u8::from(self.alt) + 4 * u8::from(self.ctrl)
    }

    fn any(self) -> bool {
        self.shift || self.alt || self.ctrl
    }
}

/// The bytes that a key sends; none: it sends nothing.
#[must_use]
pub fn encode(key: TerminalKey, held: HeldKeys, modes: &TerminalModes) -> Vec<u8> {
    match key {
        TerminalKey::Char(c) => character(c, held),
        TerminalKey::Enter if modes.new_line => with_alt(b"\r\n", held),
        TerminalKey::Enter => with_alt(b"\r", held),
        TerminalKey::Tab if held.shift => b"\x1b[Z".to_vec(),
        TerminalKey::Tab => with_alt(b"\t", held),
        TerminalKey::Backspace if held.ctrl => with_alt(b"\x08", held),
        TerminalKey::Backspace => with_alt(b"\x7f", held),
        TerminalKey::Escape => with_alt(b"\x1b", held),
        TerminalKey::Up => cursor(b'A', held, modes),
        TerminalKey::Down => cursor(b'B', held, modes),
        TerminalKey::Right => cursor(b'C', held, modes),
        TerminalKey::Left => cursor(b'D', held, modes),
        TerminalKey::Home => cursor(b'H', held, modes),
        TerminalKey::End => cursor(b'F', held, modes),
        TerminalKey::Insert => numbered(2, held),
        TerminalKey::Delete => numbered(3, held),
        TerminalKey::PageUp => numbered(5, held),
        TerminalKey::PageDown => numbered(6, held),
        TerminalKey::Function(number) => function(number, held),
    }
}

fn with_alt(bytes: &[u8], held: HeldKeys) -> Vec<u8> {
    let mut all = if held.alt { vec![0x1b] } else { Vec::new() };
    all.extend_from_slice(bytes);
    all
}

fn character(c: char, held: HeldKeys) -> Vec<u8> {
    if held.ctrl {
        return control(c).map(|byte| with_alt(&[byte], held)).unwrap_or_default();
    }
    let mut buffer = [0; 4];
    with_alt(c.encode_utf8(&mut buffer).as_bytes(), held)
}

/// The control character of a key, by the tables of the VT220 that all terminals follow.
fn control(c: char) -> Option<u8> {
    Some(match c.to_ascii_lowercase() {
        letter @ 'a'..='z' => letter as u8 - b'a' + 1,
        ' ' | '@' | '2' | '`' => 0,
        '[' | '{' | '3' => 0x1b,
        '\\' | '|' | '4' => 0x1c,
        ']' | '}' | '5' => 0x1d,
        '^' | '~' | '6' => 0x1e,
        '_' | '-' | '/' | '7' => 0x1f,
        '?' | '8' => 0x7f,
        _ => return None,
    })
}

fn cursor(letter: u8, held: HeldKeys, modes: &TerminalModes) -> Vec<u8> {
    match (held.any(), modes.app_cursor) {
        (true, _) => format!("\x1b[1;{}{}", held.number(), char::from(letter)).into_bytes(),
        (false, true) => vec![0x1b, b'O', letter],
        (false, false) => vec![0x1b, b'[', letter],
    }
}

fn numbered(number: u8, held: HeldKeys) -> Vec<u8> {
    let sent =
        if held.any() { format!("\x1b[{number};{}~", held.number()) } else { format!("\x1b[{number}~") };
    sent.into_bytes()
}

fn function(number: u8, held: HeldKeys) -> Vec<u8> {
    const NUMBERS: [u8; 16] = [15, 17, 18, 19, 20, 21, 23, 24, 25, 26, 28, 29, 31, 32, 33, 34];
    match number {
        1..=4 if held.any() => {
            format!("\x1b[1;{}{}", held.number(), char::from(b'P' + number - 1)).into_bytes()
        }
        1..=4 => vec![0x1b, b'O', b'P' + number - 1],
        5..=20 => numbered(NUMBERS[usize::from(number - 5)], held),
        _ => Vec::new(),
    }
}

/// Text from the clipboard as the program gets it: between marks where it wants them, which then cannot be told by what is pasted.
#[must_use]
pub fn paste(text: &str, modes: &TerminalModes) -> Vec<u8> {
    if modes.bracketed_paste {
        let plain: String = text.chars().filter(|c| !matches!(c, '\x1b' | '\u{9b}' | '\x03')).collect();
        let plain = plain.replace("\r\n", "\r").replace('\n', "\r");
        return [b"\x1b[200~", plain.as_bytes(), b"\x1b[201~"].concat();
    }
    // Enter sends a carriage return.
    text.replace("\r\n", "\r").replace('\n', "\r").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: HeldKeys = HeldKeys { shift: false, alt: false, ctrl: false };
    const SHIFT: HeldKeys = HeldKeys { shift: true, ..NONE };
    const ALT: HeldKeys = HeldKeys { alt: true, ..NONE };
    const CTRL: HeldKeys = HeldKeys { ctrl: true, ..NONE };

    fn check(key: TerminalKey, held: HeldKeys, expected: &str) {
        let sent = encode(key, held, &TerminalModes::default());
        assert_eq!(String::from_utf8(sent).unwrap(), expected, "{key:?} {held:?}");
    }

    #[test]
    fn keys_are_sent_as_xterm_sends_them() {
        check(TerminalKey::Enter, NONE, "\r");
        check(TerminalKey::Enter, ALT, "\x1b\r");
        check(TerminalKey::Tab, NONE, "\t");
        check(TerminalKey::Tab, SHIFT, "\x1b[Z");
        check(TerminalKey::Backspace, NONE, "\x7f");
        check(TerminalKey::Backspace, ALT, "\x1b\x7f");
        check(TerminalKey::Backspace, CTRL, "\x08");
        check(TerminalKey::Escape, NONE, "\x1b");
        check(TerminalKey::Up, NONE, "\x1b[A");
        check(TerminalKey::Left, CTRL, "\x1b[1;5D");
        check(TerminalKey::Right, HeldKeys { shift: true, ..ALT }, "\x1b[1;4C");
        check(TerminalKey::End, NONE, "\x1b[F");
        check(TerminalKey::Delete, NONE, "\x1b[3~");
        check(TerminalKey::PageUp, SHIFT, "\x1b[5;2~");
        check(TerminalKey::Function(1), NONE, "\x1bOP");
        check(TerminalKey::Function(4), CTRL, "\x1b[1;5S");
        check(TerminalKey::Function(5), NONE, "\x1b[15~");
        check(TerminalKey::Function(12), SHIFT, "\x1b[24;2~");
        check(TerminalKey::Function(99), NONE, "");
    }

    #[test]
    fn characters_with_ctrl_and_alt() {
        check(TerminalKey::Char('c'), CTRL, "\x03");
        check(TerminalKey::Char('C'), HeldKeys { shift: true, ..CTRL }, "\x03");
        check(TerminalKey::Char(' '), CTRL, "\0");
        check(TerminalKey::Char('['), CTRL, "\x1b");
        check(TerminalKey::Char('/'), CTRL, "\x1f");
        check(TerminalKey::Char('9'), CTRL, "");
        check(TerminalKey::Char('b'), ALT, "\x1bb");
        check(TerminalKey::Char('ü'), ALT, "\x1bü");
        check(TerminalKey::Char('d'), HeldKeys { alt: true, ..CTRL }, "\x1b\x04");
    }

    #[test]
    fn arrows_change_in_application_mode_unless_something_is_held() {
        let modes = TerminalModes { app_cursor: true, ..TerminalModes::default() };
        assert_eq!(encode(TerminalKey::Up, NONE, &modes), b"\x1bOA");
        assert_eq!(encode(TerminalKey::Home, NONE, &modes), b"\x1bOH");
        assert_eq!(encode(TerminalKey::Up, CTRL, &modes), b"\x1b[1;5A");
    }

    #[test]
    fn what_is_pasted_cannot_end_its_own_marks() {
        let modes = TerminalModes { bracketed_paste: true, ..TerminalModes::default() };
        let pasted = paste("rm\n\x1b[201~evil\r\n", &modes);
        assert_eq!(pasted, b"\x1b[200~rm\r[201~evil\r\x1b[201~");
        assert_eq!(paste("a\nb", &TerminalModes::default()), b"a\rb");
    }
}
