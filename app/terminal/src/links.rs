//! Addresses and places of files in a line of text: `https://…`, `src/main.rs:10:5`, `File "a.py", line 3`.

use std::ops::Range;

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// An address.
    Address(String),
    /// A file as it is written, a line and a column, both from 1.
    File(String, Option<usize>, Option<usize>),
}

/// A link in a line of text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TerminalLink {
    /// Its characters.
    pub range: Range<usize>,
    /// Where it leads.
    pub target: LinkTarget,
}

/// Beginnings of addresses.
const SCHEMES: [&str; 6] = ["https://", "http://", "file://", "ftp://", "ssh://", "mailto:"];
/// Longest piece of text that is looked at, in characters.
const MAX_WORD: usize = 2048;

/// The link at a character of a line.
#[must_use]
pub fn at(line: &str, column: usize) -> Option<TerminalLink> {
    let chars: Vec<char> = line.chars().collect();
    if chars.get(column).is_none_or(|c| is_edge(*c)) {
        return None;
    }
    let start = chars[..column].iter().rposition(|c| is_edge(*c)).map_or(0, |edge| edge + 1);
    let len = chars[column..].iter().position(|c| is_edge(*c)).unwrap_or(chars.len() - column);
    let (start, end) = trimmed(&chars, start, column + len);
    if !(start..end).contains(&column) || end - start > MAX_WORD {
        return None;
    }
    let word: String = chars[start..end].iter().collect();
    let address = SCHEMES.iter().filter_map(|scheme| word.find(scheme)).min();
    if let Some(at) = address {
        let before = word[..at].chars().count();
        let target = LinkTarget::Address(word[at..].to_owned());
        return (column >= start + before).then_some(TerminalLink { range: start + before..end, target });
    }
    file(&chars, start..end, &word)
}

/// What cannot stand in a link.
fn is_edge(c: char) -> bool {
    c.is_whitespace() || c.is_control() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '|' | '│' | '“' | '”')
}

/// Without the brackets around it and the punctuation behind it.
fn trimmed(chars: &[char], mut start: usize, mut end: usize) -> (usize, usize) {
    while start < end && matches!(chars[start], '(' | '[' | '{' | ',' | ';' | '=') {
        start += 1;
    }
    while start < end {
        let last = chars[end - 1];
        let count = |c: char| chars[start..end].iter().filter(|other| **other == c).count();
        let closes_nothing = match last {
            ')' => count('(') < count(')'),
            ']' => count('[') < count(']'),
            '}' => count('{') < count('}'),
            _ => false,
        };
        if !closes_nothing && !matches!(last, '.' | ',' | ';' | ':' | '!' | '?') {
            break;
        }
        end -= 1;
    }
    (start, end)
}

fn file(chars: &[char], range: Range<usize>, word: &str) -> Option<TerminalLink> {
    let (path, line, column) = place(word);
    let behind: String = chars[range.end..].iter().take(24).collect();
    // `"a.py", line 3` as Python says it.
    let line = line.or_else(|| {
        let said = behind.trim_start_matches(['"', '\'', ',']).trim_start().strip_prefix("line ")?;
        said.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    });
    let has_ending = path.rsplit(['/', '\\']).next().is_some_and(|name| {
        name.rsplit_once('.').is_some_and(|(stem, ending)| {
            !stem.is_empty() && (1..=10).contains(&ending.len()) && ending.chars().all(char::is_alphanumeric)
        })
    });
    let has_folder = path.contains('/') && path.chars().any(char::is_alphanumeric);
    let is_number = path.chars().all(|c| c.is_ascii_digit() || c == '.');
    let is_path =
        !is_number && (has_folder || has_ending || (line.is_some() && path.starts_with(char::is_alphabetic)));
    is_path.then(|| TerminalLink { range, target: LinkTarget::File(path.to_owned(), line, column) })
}

/// A file, and line and column behind it: `a.rs:1:2`, `a.ts(1,2)`.
fn place(word: &str) -> (&str, Option<usize>, Option<usize>) {
    if let Some((path, inside)) = word.strip_suffix(')').and_then(|word| word.split_once('(')) {
        let mut numbers = inside.splitn(2, ',').map(|number| number.trim().parse().ok());
        if let Some(Some(line)) = numbers.next() {
            return (path, Some(line), numbers.next().flatten());
        }
    }
    let mut parts = word.splitn(4, ':');
    let path = parts.next().unwrap_or_default();
    let mut number = || {
        let digits: String = parts.next()?.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<usize>().ok().filter(|number| *number > 0)
    };
    let line = number();
    let column = line.and_then(|_| number());
    (path, line, column)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The link at the bar, as `range target`.
    fn check(line: &str, expected: &str) {
        let column = line.split_once('¦').map(|(before, _)| before.chars().count()).unwrap();
        let text = line.replace('¦', "");
        let found = at(&text, column).map(|link| {
            let words: String = text.chars().skip(link.range.start).take(link.range.len()).collect();
            match link.target {
                LinkTarget::Address(address) => format!("{words} -> {address}"),
                LinkTarget::File(path, line, column) => {
                    format!("{words} -> {path} {} {}", line.unwrap_or_default(), column.unwrap_or_default())
                }
            }
        });
        assert_eq!(found.unwrap_or_default(), expected, "{line}");
    }

    #[test]
    fn addresses_end_where_a_person_would_end_them() {
        check("see https://x¦.test/a(b) now", "https://x.test/a(b) -> https://x.test/a(b)");
        check("(https://x.te¦st/a).", "https://x.test/a -> https://x.test/a");
        check("url=http¦://x.test/?q=1,", "http://x.test/?q=1 -> http://x.test/?q=1");
        check("no li¦nk here", "");
    }

    #[test]
    fn files_are_found_as_compilers_and_interpreters_write_them() {
        check("  --> src/ma¦in.rs:10:5", "src/main.rs:10:5 -> src/main.rs 10 5");
        check("a.go:¦3: undefined", "a.go:3 -> a.go 3 0");
        check("src/a.ts(¦4,7): error TS1", "src/a.ts(4,7) -> src/a.ts 4 7");
        check("  File \"x/a¦.py\", line 12, in f", "x/a.py -> x/a.py 12 0");
        check("    at f (/t/a.j¦s:2:9)", "/t/a.js:2:9 -> /t/a.js 2 9");
        check("Makefile:¦7: *** stop", "Makefile:7 -> Makefile 7 0");
        check("./ru¦n", "./run -> ./run 0 0");
        check("version 1.2¦.3", "");
        check("word¦", "");
        check("12:3¦4:56", "");
    }

    proptest! {
        #[test]
        fn no_line_makes_it_fail(line in "[ -~а世:/.()\"]{0,40}", column in 0usize..50) {
            if let Some(link) = at(&line, column) {
                prop_assert!(link.range.contains(&column) && link.range.end <= line.chars().count());
            }
        }
    }
}
