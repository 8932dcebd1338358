//! One key press as data, and the notation in which people write keys: `d2w`, `<Esc>`, `<C-v>`.

/// A key, as Vim's commands know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum VimKey {
    /// A character that is typed.
    Char(char),
    /// Ctrl with a letter, in lower case.
    Ctrl(char),
    /// Escape.
    Escape,
    /// Enter.
    Enter,
    /// Tab.
    Tab,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// The arrow to the left.
    Left,
    /// The arrow to the right.
    Right,
    /// The arrow up.
    Up,
    /// The arrow down.
    Down,
    /// Home.
    Home,
    /// End.
    End,
    /// Page up.
    PageUp,
    /// Page down.
    PageDown,
}

/// Keys that have a name in the notation.
const NAMED: [(&str, VimKey); 15] = [
    ("Esc", VimKey::Escape),
    ("CR", VimKey::Enter),
    ("Tab", VimKey::Tab),
    ("BS", VimKey::Backspace),
    ("Del", VimKey::Delete),
    ("Left", VimKey::Left),
    ("Right", VimKey::Right),
    ("Up", VimKey::Up),
    ("Down", VimKey::Down),
    ("Home", VimKey::Home),
    ("End", VimKey::End),
    ("PageUp", VimKey::PageUp),
    ("PageDown", VimKey::PageDown),
    ("lt", VimKey::Char('<')),
    ("Space", VimKey::Char(' ')),
];

impl VimKey {
    /// The character that it types, if it does.
    #[must_use]
    pub fn typed(self) -> Option<char> {
        match self {
            VimKey::Char(c) => Some(c),
            VimKey::Tab => Some('\t'),
            _ => None,
        }
    }

    /// As it is written.
    #[must_use]
    pub fn written(self) -> String {
        match self {
            VimKey::Char(c) if c != '<' && c != ' ' => c.to_string(),
            VimKey::Ctrl(c) => format!("<C-{c}>"),
            _ => {
                let named = NAMED.iter().find(|(_, key)| *key == self);
                named.map_or_else(String::new, |(name, _)| format!("<{name}>"))
            }
        }
    }

    /// Reads keys as they are written. What is no key in pointed brackets is typed as it stands.
    #[must_use]
    pub fn read(keys: &str) -> Vec<VimKey> {
        let (mut read, mut rest) = (Vec::new(), keys);
        while let Some(first) = rest.chars().next() {
            let named = rest.strip_prefix('<').and_then(|inner| inner.split_once('>'));
            let (key, after) = match named.and_then(|(name, after)| Some((named_key(name)?, after))) {
                Some(found) => found,
                None => (plain_key(first), &rest[first.len_utf8()..]),
            };
            read.push(key);
            rest = after;
        }
        read
    }
}

/// The key that a character of a text stands for, as when a register is played.
pub(crate) fn plain_key(c: char) -> VimKey {
    match c {
        '\n' | '\r' => VimKey::Enter,
        '\t' => VimKey::Tab,
        '\u{1b}' => VimKey::Escape,
        '\u{8}' => VimKey::Backspace,
        '\u{1}'..='\u{1a}' => VimKey::Ctrl(char::from(b'a' + c as u8 - 1)),
        c => VimKey::Char(c),
    }
}

/// A key as the character that stands for it in a register. Keys without one are left out.
pub(crate) fn as_text(keys: &[VimKey]) -> String {
    let text = keys.iter().filter_map(|key| match key {
        VimKey::Char(c) => Some(*c),
        VimKey::Ctrl(c) if c.is_ascii_lowercase() => Some(char::from(*c as u8 - b'a' + 1)),
        VimKey::Escape => Some('\u{1b}'),
        VimKey::Enter => Some('\r'),
        VimKey::Tab => Some('\t'),
        VimKey::Backspace => Some('\u{8}'),
        _ => None,
    });
    text.collect()
}

fn named_key(name: &str) -> Option<VimKey> {
    if let Some(letter) = name.strip_prefix("C-") {
        let mut letters = letter.chars();
        return letters.next().filter(|_| letters.next().is_none()).map(VimKey::Ctrl);
    }
    NAMED.iter().find(|(own, _)| *own == name).map(|(_, key)| *key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_they_are_written() {
        let keys = VimKey::read("d2w<Esc><C-v>a<lt>b<CR><");
        assert_eq!(keys[3..6], [VimKey::Escape, VimKey::Ctrl('v'), VimKey::Char('a')]);
        assert_eq!(keys.last(), Some(&VimKey::Char('<')));
        let written: String = keys.iter().map(|key| key.written()).collect();
        assert_eq!(VimKey::read(&written), keys);
    }

    #[test]
    fn a_register_plays_what_was_recorded_in_it() {
        let keys = VimKey::read("ihello<Esc>0<C-a><CR>x");
        let played: Vec<VimKey> = as_text(&keys).chars().map(plain_key).collect();
        assert_eq!(played, keys);
    }
}
