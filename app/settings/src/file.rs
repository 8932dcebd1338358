//! Reading a settings file: each key with its place, and whatever makes no sense as a problem with line and column.
//!
//! One wrong value costs that key alone. Where the file is no TOML, the line that says so is set aside and the rest is read.

use toml_edit::{Document, Item, Key as TomlKey, TableLike, TomlError};

use super::table::{SECTIONS, SettingKey, SettingScope};
use super::value::SettingValue;

/// Most lines that are set aside before a file counts as something else altogether.
const MAX_BROKEN: usize = 20;

/// Something in a settings file that is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsProblem {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// The key that it is about, from the top; empty when it is about none.
    pub key: String,
    /// What is wrong and what happens instead, in sentences.
    pub text: String,
}

/// A key of a file with its value.
#[derive(Clone)]
pub struct SettingsEntry {
    /// The key.
    pub key: SettingKey,
    /// Its value, checked.
    pub value: SettingValue,
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// What a file says.
#[derive(Clone, Default)]
pub struct Read {
    /// Its keys, in order.
    pub entries: Vec<SettingsEntry>,
    /// What is not used.
    pub problems: Vec<SettingsProblem>,
}

/// Reads a file; `scope`: whose it is.
pub fn read(text: &str, scope: SettingScope) -> Read {
    let mut read = Read::default();
    let mut legible = text.to_owned();
    loop {
        match Document::parse(legible.as_str()) {
            Ok(document) => {
                let mut leaves = Vec::new();
                collect(document.as_table(), &mut Vec::new(), &mut leaves);
                for leaf in leaves {
                    read.leaf(text, &leaf, scope);
                }
                read.problems.sort_by_key(|problem| (problem.line, problem.column));
                return read;
            }
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start.min(text.len()));
                read.broken(text, at, &error);
                match without_line(&legible, at) {
                    Some(rest) if read.problems.len() < MAX_BROKEN => legible = rest,
                    _ => return read,
                }
            }
        }
    }
}

/// The text with the line at this byte blank; `None` when that line was blank already.
fn without_line(text: &str, at: usize) -> Option<String> {
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let end = text[at..].find('\n').map_or(text.len(), |end| at + end);
    // A value that is missing at the end of its line is complained about behind it.
    let start = if text[start..end].trim().is_empty() {
        text[..start.saturating_sub(1)].rfind('\n').map_or(0, |end| end + 1)
    } else {
        start
    };
    let blank: String = text[start..end].chars().map(|c| if c == '\n' { c } else { ' ' }).collect();
    // Bytes keep their places, so that later problems are reported where they are.
    let padding = " ".repeat(text[start..end].len() - blank.len());
    let is_new = !text[start..end].trim().is_empty();
    is_new.then(|| format!("{}{blank}{padding}{}", &text[..start], &text[end..]))
}

/// A value of the document, from the top.
struct Leaf<'a> {
    path: Vec<&'a str>,
    key: &'a TomlKey,
    item: &'a Item,
}

fn collect<'a>(table: &'a dyn TableLike, above: &mut Vec<&'a str>, leaves: &mut Vec<Leaf<'a>>) {
    for (name, item) in table.iter() {
        let Some(key) = table.key(name) else { continue };
        above.push(name);
        match item.as_table_like() {
            // An empty one that nobody knows is told of as a key would be.
            Some(inner) if !inner.is_empty() || SECTIONS.iter().any(|(known, _)| *known == above[0]) => {
                collect(inner, above, leaves);
            }
            _ => leaves.push(Leaf { path: above.clone(), key, item }),
        }
        above.pop();
    }
}

impl Read {
    fn leaf(&mut self, text: &str, leaf: &Leaf<'_>, scope: SettingScope) {
        let path = leaf.path.join(".");
        let start = |span: Option<std::ops::Range<usize>>| place(text, span.map_or(0, |span| span.start));
        let (line, column) = start(leaf.key.span());
        let mut complain = |(line, column), text: String| {
            self.problems.push(SettingsProblem { line, column, key: path.clone(), text });
        };
        let Some(key) = SettingKey::find(&path) else {
            return complain(
                (line, column),
                format!("There is no setting `{path}`; it is kept and not used."),
            );
        };
        if scope == SettingScope::Project && key.spec.scope == SettingScope::User {
            let words = format!("`{path}` is for the user alone; a project cannot set it. It is not used.");
            return complain((line, column), words);
        }
        let value = leaf.item.as_value().and_then(SettingValue::of).ok_or_else(|| key.spec.expects());
        match value.and_then(|value| key.spec.check(value)) {
            Ok(value) => self.entries.push(SettingsEntry { key, value, line, column }),
            Err(expected) => {
                let instead = key
                    .default()
                    .map_or_else(String::new, |value| format!(" {} is used instead.", value.toml()));
                complain(start(leaf.item.span()), format!("`{path}` must be {expected}.{instead}"));
            }
        }
    }

    fn broken(&mut self, text: &str, at: usize, error: &TomlError) {
        let (line, column) = place(text, at);
        let what = error.message().lines().collect::<Vec<_>>().join(", ");
        let text = format!("This is no TOML: {what}. The line is not used.");
        self.problems.push(SettingsProblem { line, column, key: String::new(), text });
    }
}

/// Line and column of a byte, from 1.
pub fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(at)];
    let line = before.rfind('\n').map_or(before, |end| &before[end + 1..]);
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    type Found = (Vec<(String, String)>, Vec<(usize, usize, String)>);

    /// Keys with their values; lines, columns and sentences.
    fn check(text: &str, scope: SettingScope) -> Found {
        let read = read(text, scope);
        let entries = read.entries.iter().map(|entry| (entry.key.path(), entry.value.toml())).collect();
        (entries, read.problems.into_iter().map(|found| (found.line, found.column, found.text)).collect())
    }

    fn entry(path: &str, value: &str) -> (String, String) {
        (path.into(), value.into())
    }

    #[test]
    fn keys_are_read_however_they_are_nested() {
        let text = "profile = 'mine'\neditor.tab_width = 2\n[editor]\n";
        assert!(!check(text, SettingScope::User).1.is_empty(), "a table cannot be opened twice");
        let text = "profile = 'mine'\n[profiles.mine]\nkv = 'q8'\n[keys]\n'review.accept-hunk' = 'F8'\ngo.line = []\n\
                    [window]\nzoom = 1\n";
        let (entries, problems) = check(text, SettingScope::User);
        assert_eq!(problems, []);
        let expected = [
            entry("profile", "\"mine\""),
            entry("profiles.mine.kv", "\"q8\""),
            entry("keys.review.accept-hunk", "[\"F8\"]"),
            entry("keys.go.line", "[]"),
            entry("window.zoom", "1.0"),
        ];
        assert_eq!(entries, expected);
    }

    #[test]
    fn one_wrong_value_costs_that_key_alone() {
        let (entries, problems) =
            check("[editor]\nfont_size = \"big\" # ü\ntab_width = 8\n", SettingScope::User);
        assert_eq!(entries, [entry("editor.tab_width", "8")]);
        let text = "`editor.font_size` must be a number from 6 to 48. 14.0 is used instead.";
        assert_eq!(problems, [(2, 13, text.into())]);
    }

    #[test]
    fn what_is_unknown_is_reported_with_its_line() {
        let (entries, problems) = check("colour = 1\n[editor]\ncolour = true\n", SettingScope::User);
        assert!(entries.is_empty());
        assert_eq!(
            problems.iter().map(|(line, column, _)| (*line, *column)).collect::<Vec<_>>(),
            [(1, 1), (3, 1)]
        );
    }

    #[test]
    fn a_broken_line_is_set_aside_and_the_rest_is_read() {
        let cases = [
            ("[editor]\nfont_size = \ntab_width = 8\n", 2),
            ("[editor\ntab_width = 8\n", 1),
            ("[editor]\nfont_size == 12\ntab_width = 8\n", 2),
            ("[editor]\ntab_width = 8\nthis is no TOML\n", 3),
            ("[editor]\ntab_width = 8\nfont_size = \"", 3),
        ];
        for (text, line) in cases {
            let (_, problems) = check(text, SettingScope::User);
            assert_eq!(problems.first().map(|found| found.0), Some(line), "{text:?}: {problems:?}");
            assert!(problems[0].2.contains("no TOML"), "{problems:?}");
        }
        assert_eq!(check(cases[0].0, SettingScope::User).0, [entry("editor.tab_width", "8")]);
        assert_eq!(check(cases[3].0, SettingScope::User).0, [entry("editor.tab_width", "8")]);
    }

    #[test]
    fn a_project_sets_the_editor_and_nothing_that_could_harm() {
        let text = "[editor]\ntab_width = 8\n[privacy]\nproxy = 'http://evil'\n[checks.commands]\npython = ['rm']\n\
                    [models]\ncode = 'x'\n[keys]\n'file.save' = 'F2'\n";
        let (entries, problems) = check(text, SettingScope::Project);
        assert_eq!(entries, [entry("editor.tab_width", "8")]);
        let lines: Vec<usize> = problems.iter().map(|found| found.0).collect();
        assert_eq!(lines, [4, 6, 8, 10]);
        assert!(problems[0].2.contains("for the user alone"), "{problems:?}");
    }

    #[test]
    fn any_text_is_read_without_a_panic() {
        proptest::proptest!(|(text in "[\\[\\]=\"'#.a-z0-9 \nü]{0,80}")| { read(&text, SettingScope::User); });
    }
}
