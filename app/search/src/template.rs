//! What comes in the place of a match: text, with groups of the match in it where it is that of a regular expression.

use std::borrow::Cow;
use std::ops::Range;

use grep_matcher::Captures as _;
use grep_regex::RegexCaptures;

use crate::keep_case;
use crate::query::{BadQuery, Matcher};

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Group(usize),
}

/// What comes in the place of a match.
///
/// For a regular expression `$1` and `$name` stand for groups, as `${1}` and `${name}` do where letters follow; `$$` is a
/// dollar, and `\n`, `\t` and `\\` are a line break, a tab and a backslash. For plain text all of it is meant as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    parts: Vec<Part>,
    keep_case: bool,
}

impl Replacement {
    /// Understands a replacement for the matches of a pattern. `keep_case`: written in capitals where the match is.
    ///
    /// # Errors
    /// It names a group that the pattern has not.
    pub fn new(typed: &str, keep_case: bool, matcher: &Matcher) -> Result<Self, BadQuery> {
        let parts = if matcher.regex { parse(typed, matcher)? } else { vec![Part::Text(typed.to_owned())] };
        Ok(Self { parts, keep_case })
    }

    /// The text for one match. `seen` is what the pattern was looked for in, `line_break` stands for those of the replacement.
    pub(crate) fn expand(&self, groups: &RegexCaptures, seen: &str, line_break: &str) -> String {
        let group = |index: usize| groups.get(index).and_then(|found| seen.get(found.start()..found.end()));
        let text: String = self
            .parts
            .iter()
            .map(|part| match part {
                Part::Text(text) if text.contains('\n') => text.replace('\n', line_break).into(),
                Part::Text(text) => Cow::Borrowed(text.as_str()),
                Part::Group(index) => Cow::Borrowed(group(*index).unwrap_or_default()),
            })
            .collect();
        if self.keep_case { keep_case::like(group(0).unwrap_or_default(), &text) } else { text }
    }
}

fn parse(typed: &str, matcher: &Matcher) -> Result<Vec<Part>, BadQuery> {
    let chars: Vec<char> = typed.chars().collect();
    let (mut parts, mut text, mut at) = (Vec::new(), String::new(), 0);
    while let Some(&c) = chars.get(at) {
        let next = chars.get(at + 1).copied();
        match (c, next) {
            ('$', Some('$')) => text.push('$'),
            ('\\', Some('n')) => text.push('\n'),
            ('\\', Some('t')) => text.push('\t'),
            ('\\', Some('\\')) => text.push('\\'),
            ('$', _) if let Some((name, end)) = name_at(&chars, at + 1) => {
                parts.push(Part::Text(std::mem::take(&mut text)));
                parts.push(Part::Group(group(&name, at..end, matcher)?));
                at = end;
                continue;
            }
            _ => {
                text.push(c);
                at += 1;
                continue;
            }
        }
        at += 2;
    }
    parts.push(Part::Text(text));
    parts.retain(|part| *part != Part::Text(String::new()));
    Ok(parts)
}

/// The name behind a dollar, and where it ends: as long as it can be, or what stands in braces.
fn name_at(chars: &[char], at: usize) -> Option<(String, usize)> {
    let behind = chars.get(at..)?;
    if behind.first() == Some(&'{') {
        let length = behind.iter().position(|&c| c == '}')?;
        return Some((behind[1..length].iter().collect(), at + length + 1));
    }
    let length = behind.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
    (length > 0).then(|| (behind[..length].iter().collect(), at + length))
}

fn group(name: &str, at: Range<usize>, matcher: &Matcher) -> Result<usize, BadQuery> {
    let by_number = name.parse().ok().filter(|&index: &usize| index < matcher.groups());
    by_number.or_else(|| matcher.group(name)).ok_or_else(|| {
        let hint = name.trim_end_matches(|c: char| !c.is_ascii_digit());
        let hint = match hint.parse::<usize>() {
            Ok(index) if index < matcher.groups() => format!(" Write ${{{index}}} to end the name there."),
            _ => " Write $$ for a dollar.".to_owned(),
        };
        BadQuery::new(format!("The pattern has no group {name:?}.{hint}"), Some(at))
    })
}
