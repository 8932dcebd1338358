//! `/`, `?`, `n`, `N`, `*` and `#`.

use regex::Regex;

use crate::command::VimMotion;
use crate::lines::TextLines;
use crate::memory::LastSearch;
use crate::motion::{Moved, Start};
use crate::pattern;
use crate::vim::{Desk, Vim, VimWish};
use crate::words::{CharClass, class_at};

impl Vim {
    /// Where a search leads.
    pub(crate) fn searched(&mut self, desk: &Desk<'_>, motion: &VimMotion, start: &Start) -> Option<Moved> {
        let lines = desk.lines();
        let (pattern, back, from) = match motion {
            VimMotion::SearchAgain(reversed) => {
                let last = self.last_search.clone()?;
                (last.pattern, last.back != *reversed, start.at)
            }
            VimMotion::SearchWord { back, whole } => {
                let (at, word) = self.word_for_search(&lines, start.at)?;
                let literal = pattern::literal(&word);
                let is_word = word.chars().all(|c| c.is_alphanumeric() || c == '_');
                let pattern = if *whole && is_word { format!("\\<{literal}\\>") } else { literal };
                self.last_search = Some(LastSearch { pattern: pattern.clone(), back: *back });
                (pattern, *back, at)
            }
            VimMotion::Search { back, pattern } => {
                let pattern = match (pattern.is_empty(), &self.last_search) {
                    (false, _) => pattern.clone(),
                    (true, Some(last)) => last.pattern.clone(),
                    (true, None) => return None,
                };
                self.last_search = Some(LastSearch { pattern: pattern.clone(), back: *back });
                (pattern, *back, start.at)
            }
            _ => return None,
        };
        let regex = self.compiled(&pattern)?;
        self.registers.note('/', &pattern);
        self.wishes.push(VimWish::Highlight(Some(regex.as_str().to_owned())));
        let mut at = from;
        for _ in 0..start.count.unwrap_or(1).max(1) {
            let Some(found) = find(&lines, &regex, at, back) else {
                self.wishes.push(VimWish::Complain(format!("Nothing matches {pattern}")));
                return None;
            };
            at = found;
        }
        Some(Moved::to(at).jumps().is_long())
    }

    /// The regular expression of a pattern; says what is wrong where it is none.
    pub(crate) fn compiled(&mut self, pattern: &str) -> Option<Regex> {
        match pattern::compile(pattern, false) {
            Ok(regex) => Some(regex),
            Err(wrong) => {
                self.wishes.push(VimWish::Complain(wrong));
                self.failed = true;
                None
            }
        }
    }

    /// The word at the caret or behind it in the line, and where it starts.
    fn word_for_search(&mut self, lines: &TextLines<'_>, at: usize) -> Option<(usize, String)> {
        let is_word = |at: usize| matches!(class_at(lines, at, false), CharClass::Word(_));
        let end = lines.end(lines.of(at));
        let text = |from: usize, holds: &dyn Fn(usize) -> bool| {
            let mut to = from;
            while to < end && holds(to) {
                to += 1;
            }
            lines.slice(from..to)
        };
        let word = (at..end).find(|position| is_word(*position));
        if let Some(mut start) = word {
            while !lines.is_start(start) && is_word(start - 1) {
                start -= 1;
            }
            return Some((start, text(start, &is_word)));
        }
        let filled = |at: usize| class_at(lines, at, false) == CharClass::Mark;
        let mut start = (at..end).find(|position| filled(*position))?;
        while !lines.is_start(start) && filled(start - 1) {
            start -= 1;
        }
        Some((start, text(start, &filled)))
    }
}

/// The next match before or behind a position, around the text's ends.
pub(crate) fn find(lines: &TextLines<'_>, regex: &Regex, from: usize, back: bool) -> Option<usize> {
    let first = lines.of(from);
    let count = lines.count();
    for step in 0..=count {
        let line = if back { (first + count - step % count) % count } else { (first + step) % count };
        let starts = matches_in(lines, regex, line);
        let found = match (step, back) {
            (0, false) => starts.into_iter().find(|start| *start > from),
            (0, true) => starts.into_iter().rev().find(|start| *start < from),
            (_, false) => starts.into_iter().next(),
            (_, true) => starts.into_iter().next_back(),
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Where matches start in a line; those that go on over its end count, too.
fn matches_in(lines: &TextLines<'_>, regex: &Regex, line: usize) -> Vec<usize> {
    let start = lines.start(line);
    // Lines behind this one are looked at where the pattern can reach them.
    let reach = if regex.as_str().contains(r"\n") || regex.as_str().contains("(?s:") { 20 } else { 0 };
    let last = (line + reach).min(lines.last());
    let (own, text) = (lines.text(line), lines.slice(start..lines.end(last)));
    let mut starts = Vec::new();
    for found in regex.find_iter(&text) {
        if found.start() > own.len() {
            break;
        }
        starts.push(start + text[..found.start()].chars().count());
    }
    starts
}
