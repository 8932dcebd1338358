//! Registers: what was yanked, deleted and recorded, by its letter.

use std::collections::BTreeMap;

use crate::command::VisualKind;

/// A text in a register. Lines are apart by `\n`; the last one has none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegisterText {
    /// The text.
    pub text: String,
    /// What it was: characters, lines or a block.
    pub kind: VisualKind,
    /// Of a block the columns that it had; 0: as many as its longest line.
    pub width: usize,
}

impl RegisterText {
    pub(crate) fn new(text: impl Into<String>, kind: VisualKind) -> Self {
        Self { text: text.into(), kind, width: 0 }
    }

    /// As Vim shows it: lines with the break behind the last one.
    #[must_use]
    pub fn shown(&self) -> String {
        match self.kind {
            VisualKind::Lines => format!("{}\n", self.text),
            _ => self.text.clone(),
        }
    }

    /// A text from elsewhere: lines if it ends in a line break.
    pub(crate) fn from_outside(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        match text.strip_suffix('\n') {
            Some(lines) => Self::new(lines, VisualKind::Lines),
            None => Self::new(text, VisualKind::Chars),
        }
    }
}

/// All registers of a window.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registers {
    named: BTreeMap<char, RegisterText>,
    unnamed: Option<RegisterText>,
}

/// Is this the clipboard, which is asked for and not kept here?
pub(crate) fn is_clipboard(name: char) -> bool {
    matches!(name, '+' | '*')
}

impl Registers {
    /// What a register holds; `None`: the unnamed one.
    pub fn get(&self, name: Option<char>) -> Option<&RegisterText> {
        match name {
            None | Some('"') => self.unnamed.as_ref(),
            Some(name) => self.named.get(&name.to_ascii_lowercase()),
        }
    }

    /// Sets a register that is no place for yanks: `/`, `:` and `.`.
    pub fn note(&mut self, name: char, text: &str) {
        self.named.insert(name, RegisterText::new(text, VisualKind::Chars));
    }

    /// Keeps what was recorded; an upper-case letter appends.
    pub fn record(&mut self, name: char, keys: &str) {
        let own = name.to_ascii_lowercase();
        let before = if name.is_ascii_uppercase() { self.get(Some(own)).cloned() } else { None };
        let text = before.map_or_else(String::new, |before| before.text) + keys;
        self.named.insert(own, RegisterText::new(text, VisualKind::Chars));
    }

    /// Keeps what was yanked. The text for the clipboard, if that is where it goes.
    pub fn yank(&mut self, name: Option<char>, text: RegisterText) -> Option<String> {
        match name {
            Some('_') => None,
            Some(name) if is_clipboard(name) => {
                let shown = text.shown();
                self.unnamed = Some(text);
                Some(shown)
            }
            Some(name) if name != '"' => {
                self.put_named(name, text);
                None
            }
            _ => {
                self.named.insert('0', text.clone());
                self.unnamed = Some(text);
                None
            }
        }
    }

    /// Keeps what was deleted. `long`: it goes through the numbered registers even within a line.
    pub fn delete(&mut self, name: Option<char>, text: RegisterText, long: bool) -> Option<String> {
        let name = name.filter(|name| *name != '"');
        if name == Some('_') {
            return None;
        }
        let several = text.kind == VisualKind::Lines || text.text.contains('\n');
        let mut outside = None;
        let mut appended = false;
        match name {
            Some(name) if is_clipboard(name) => outside = Some(text.shown()),
            Some(name) => {
                self.put_named(name, text.clone());
                appended = name.is_ascii_uppercase();
            }
            None => {}
        }
        if several || long {
            for digit in (b'1'..b'9').rev().map(char::from) {
                if let Some(older) = self.named.get(&digit).cloned() {
                    let next = char::from(digit as u8 + 1);
                    self.named.insert(next, older);
                }
            }
            self.named.insert('1', text.clone());
        }
        if name.is_none() && !several {
            self.named.insert('-', text.clone());
        }
        if !appended {
            self.unnamed = Some(text);
        }
        outside
    }

    /// Into a register with a name, or behind what is in it.
    fn put_named(&mut self, name: char, text: RegisterText) {
        let own = name.to_ascii_lowercase();
        let appended = match self.named.remove(&own).filter(|_| name.is_ascii_uppercase()) {
            Some(before) => {
                let lines = before.kind == VisualKind::Lines || text.kind == VisualKind::Lines;
                let gap = if lines { "\n" } else { "" };
                let kind = if lines { VisualKind::Lines } else { before.kind };
                RegisterText::new(format!("{}{gap}{}", before.text, text.text), kind)
            }
            None => text,
        };
        self.unnamed = Some(appended.clone());
        self.named.insert(own, appended);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(text: &str) -> RegisterText {
        RegisterText::new(text, VisualKind::Chars)
    }

    #[test]
    fn long_deletions_are_kept_in_turn_and_short_ones_apart() {
        let mut registers = Registers::default();
        registers.delete(None, RegisterText::new("one", VisualKind::Lines), false);
        registers.delete(None, RegisterText::new("two", VisualKind::Lines), false);
        registers.delete(None, chars("x"), false);
        let text = |name: char| registers.get(Some(name)).map(|text| text.text.as_str());
        assert_eq!([text('1'), text('2'), text('-'), text('0')], [Some("two"), Some("one"), Some("x"), None]);
        assert_eq!(registers.get(None), Some(&chars("x")));
    }

    #[test]
    fn an_upper_case_letter_appends() {
        let mut registers = Registers::default();
        registers.yank(Some('a'), chars("one"));
        registers.yank(Some('A'), RegisterText::new("two", VisualKind::Lines));
        assert_eq!(registers.get(Some('a')), Some(&RegisterText::new("one\ntwo", VisualKind::Lines)));
        registers.yank(Some('_'), chars("gone"));
        assert_eq!(registers.get(None).map(|text| text.text.as_str()), Some("one\ntwo"));
    }
}
