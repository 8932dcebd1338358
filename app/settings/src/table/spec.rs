//! What a line of the table takes: its check, and the words for it.

use ground::chord::Chord;
use ground::command::Command;

use super::{Spec, ValueKind};
use crate::value::SettingValue;

impl Spec {
    /// The first part of its name: the section of the view; empty for those at the top.
    pub fn section(&self) -> &'static str {
        self.path.split_once('.').map_or("", |(section, _)| section)
    }

    /// What stands for the `*` in a name of this form; empty when it has none.
    pub(super) fn name_in<'a>(&self, path: &'a str) -> Option<&'a str> {
        match self.path.split_once('*') {
            None => (self.path == path).then_some(""),
            Some((before, behind)) => {
                let name = path.strip_prefix(before)?.strip_suffix(behind)?;
                (!name.is_empty()).then_some(name)
            }
        }
    }

    /// Is there a profile, language or command that could have this name?
    pub(super) fn knows(&self, name: &str) -> bool {
        match self.kind {
            ValueKind::Keys => Command::from_id(name).is_some(),
            ValueKind::Program => {
                editor_core::Language::ALL.iter().any(|language| language.name().to_lowercase() == name)
            }
            _ => name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_'),
        }
    }

    /// What a value must be where it is typed without the quotes and brackets of a file, as the end of "must be …".
    pub fn expects_in_field(&self) -> String {
        match self.kind {
            ValueKind::Profile => "the name of a profile".into(),
            ValueKind::Theme => "the name of a theme".into(),
            ValueKind::Columns => "whole numbers from 1 to 1000 with commas between them, or nothing".into(),
            ValueKind::Model => "the id of a model, or nothing".into(),
            ValueKind::File => "the absolute path of a file, or nothing".into(),
            ValueKind::Address(starts) => {
                format!("an address that begins with {}, or nothing", either(starts.iter().copied()))
            }
            ValueKind::Rate => "bytes a second such as 500k or 5M, or nothing".into(),
            ValueKind::Words => "words with commas between them, or nothing".into(),
            ValueKind::Program => "a program and its arguments, such as python3 -m py_compile {file}".into(),
            ValueKind::Task => "a program and its arguments, such as cargo test --workspace".into(),
            ValueKind::Keys => "keys such as Ctrl+Alt+X, several with commas between them, or nothing".into(),
            ValueKind::Switch | ValueKind::Integer(..) | ValueKind::Number(..) | ValueKind::Choice(_) => {
                self.expects()
            }
        }
    }

    /// What a value must be in a file, as the end of "must be …".
    pub fn expects(&self) -> String {
        match self.kind {
            ValueKind::Switch => "true or false".into(),
            ValueKind::Integer(least, most) => format!("a whole number from {least} to {most}"),
            ValueKind::Number(least, most) => format!("a number from {least} to {most}"),
            ValueKind::Choice(words) => either(words.iter().map(|word| format!("\"{word}\""))),
            ValueKind::Profile => "the name of a profile, in quotes".into(),
            ValueKind::Theme => "the name of a theme, in quotes".into(),
            ValueKind::Columns => "a list of whole numbers from 1 to 1000, such as [80, 120]".into(),
            ValueKind::Model => "the id of a model in quotes, or \"\"".into(),
            ValueKind::File => "the absolute path of a file in quotes, or \"\"".into(),
            ValueKind::Address(starts) => {
                let starts = either(starts.iter().copied());
                format!("an address in quotes that begins with {starts}, or \"\"")
            }
            ValueKind::Rate => "bytes a second in quotes, such as \"500k\" or \"5M\", or \"\"".into(),
            ValueKind::Words => "a list of texts, such as [\"a\", \"b\"]".into(),
            ValueKind::Program => {
                "a program and its arguments, such as [\"python3\", \"-m\", \"py_compile\", \"{file}\"]"
                    .into()
            }
            ValueKind::Task => {
                "a program and its arguments, such as [\"cargo\", \"test\", \"--workspace\"]".into()
            }
            ValueKind::Keys => "keys in quotes such as \"Ctrl+Alt+X\", or a list of such".into(),
        }
    }

    /// The value as the settings take it.
    ///
    /// # Errors
    /// What it must be, as the end of "must be …".
    pub fn check(&self, value: SettingValue) -> Result<SettingValue, String> {
        let fine = match (&value, self.kind) {
            (SettingValue::Bool(_), ValueKind::Switch) | (SettingValue::List(_), ValueKind::Words) => true,
            (SettingValue::Int(value), ValueKind::Integer(least, most)) => (least..=most).contains(value),
            (SettingValue::Int(whole), ValueKind::Number(..)) => {
                return self.check(SettingValue::Number(*whole as f64));
            }
            (SettingValue::Number(value), ValueKind::Number(least, most)) => (least..=most).contains(value),
            (SettingValue::Text(word), ValueKind::Choice(words)) => words.contains(&word.as_str()),
            (SettingValue::Text(name), ValueKind::Profile | ValueKind::Theme) => !name.is_empty(),
            (SettingValue::Text(_), ValueKind::Model) => true,
            (SettingValue::Text(path), ValueKind::File) => path.is_empty() || path.starts_with('/'),
            (SettingValue::Text(address), ValueKind::Address(starts)) => {
                address.is_empty()
                    || starts.iter().any(|start| address.len() > start.len() && address.starts_with(start))
            }
            (SettingValue::Text(text), ValueKind::Rate) => {
                text.is_empty() || crate::environment::rate(text).is_some()
            }
            (SettingValue::List(words), ValueKind::Program | ValueKind::Task) => {
                words.first().is_some_and(|program| !program.is_empty())
            }
            (SettingValue::List(columns), ValueKind::Columns) => columns
                .iter()
                .all(|column| column.parse().is_ok_and(|column: u32| (1..=1000).contains(&column))),
            (SettingValue::Text(keys), ValueKind::Keys) => {
                return self.check(SettingValue::List(vec![keys.clone()]));
            }
            (SettingValue::List(keys), ValueKind::Keys) => {
                keys.iter().all(|keys| Chord::read(keys).is_some())
            }
            _ => false,
        };
        if fine { Ok(value) } else { Err(self.expects()) }
    }
}

/// Words with commas between them and an "or" before the last.
fn either(words: impl Iterator<Item = impl Into<String>>) -> String {
    let words: Vec<String> = words.map(Into::into).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [others @ .., last] => format!("{} or {last}", others.join(", ")),
    }
}
