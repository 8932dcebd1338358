//! A file of Rust that is in no project: the compiler alone looks at it, without the crates that it may use.
//!
//! What it imports from them cannot be found, and the compiler stops there. So those imports are left out, and it is asked again: what
//! the code does not need them for is checked then.

use std::ops::Range;

/// Codes of what cannot be found: an import, a path, a crate (the compiler's error index).
const NOT_FOUND: [&str; 3] = ["error[E0432]", "error[E0433]", "error[E0463]"];
/// How often imports are left out: one that is may be what another one needs.
const ROUNDS: usize = 3;

/// What the compiler says of a text; `said` asks it, and gives what it does not like.
pub fn complaint(text: &str, said: impl Fn(&str) -> Option<Option<String>>) -> Option<Option<String>> {
    let mut text = text.to_owned();
    for _ in 0..ROUNDS {
        let Some(message) = said(&text)? else { return Some(None) };
        match without_missing(&text, &message) {
            Some(less) => text = less,
            None => return Some(Some(message)),
        }
    }
    said(&text)
}

/// The text without the imports that a message calls missing, on the same lines; `None`: it names none.
fn without_missing(text: &str, message: &str) -> Option<String> {
    let mut less: Vec<u8> = text.as_bytes().to_vec();
    let missing = message.lines().filter(|line| NOT_FOUND.iter().any(|code| line.contains(code)));
    for number in missing.filter_map(line_of) {
        let Some(item) = import_at(text, number) else { continue };
        less[item].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
    }
    let less = String::from_utf8(less).ok()?;
    (less != text).then_some(less)
}

/// The line, from 1, that a message of the short form is about: `code.rs:3:5: error[E0432]: …`.
fn line_of(message: &str) -> Option<usize> {
    let (place, _) = message.split_once(": error")?;
    place.rsplit(':').nth(1)?.parse().ok()
}

/// The bytes of the import of which a line, from 1, is a part.
fn import_at(text: &str, number: usize) -> Option<Range<usize>> {
    let mut at = 0;
    let lines: Vec<(usize, &str)> = text
        .split_inclusive('\n')
        .map(|line| {
            let start = at;
            at += line.len();
            (start, line.trim_start())
        })
        .take(number)
        .collect();
    // A group has several lines; the one before it ends something else.
    let begins = |line: &str| {
        let line = line.strip_prefix("pub").unwrap_or(line).trim_start();
        let line =
            if line.starts_with('(') { line.split_once(')').map_or("", |(_, rest)| rest) } else { line };
        ["use ", "extern crate "].iter().any(|word| line.trim_start().starts_with(word))
    };
    let (start, _) = *lines.iter().rev().find(|(_, line)| begins(line))?;
    let end = start + text[start..].find(';')? + 1;
    let last = lines.last()?.0;
    (last < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn missing_imports_are_left_out_and_lines_stay_where_they_are() {
        let text = "use std::fmt;\nuse rand::Rng;\npub(crate) use regex::{\n    Regex,\n    Captures as Found,\n};\n\
                    extern crate md5;\n\nfn f() {}\n";
        let message = "a/code.rs:2:5: error[E0432]: unresolved import `rand`\n\
                       a/code.rs:5:5: error[E0432]: unresolved import `regex`\n\
                       a/code.rs:7:1: error[E0463]: can't find crate for `md5`\n\
                       a/code.rs:9:1: error[E0433]: failed to resolve\nerror: aborting\n";
        let less = without_missing(text, message).unwrap();
        let left: Vec<&str> = less.lines().map(str::trim_end).collect();
        assert_eq!(left, ["use std::fmt;", "", "", "", "", "", "", "", "fn f() {}"]);
        assert_eq!(less.len(), text.len());
        assert_eq!(without_missing("fn f() {\n    g()\n}\n", "code.rs:2:5: error[E0425]: no g"), None);
        assert_eq!(without_missing("use a::b;\nfn f() {}\n", "code.rs:2:5: error[E0433]: no"), None);
    }

    #[test]
    fn it_is_asked_again_until_nothing_more_is_missing() {
        let said = |text: &str| {
            Some(match (text.contains("use a"), text.contains("use b")) {
                (true, _) => Some("code.rs:1:5: error[E0432]: a".to_owned()),
                (false, true) => Some("code.rs:2:5: error[E0432]: b".to_owned()),
                (false, false) => None,
            })
        };
        assert_eq!(complaint("use a;\nuse b;\n", said), Some(None));
        let wrong = |_: &str| Some(Some("code.rs:1:1: error[E0308]: mismatched types".to_owned()));
        assert_eq!(complaint("fn f() {}\n", wrong), wrong(""));
    }
}
