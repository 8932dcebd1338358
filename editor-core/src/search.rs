//! Finding and replacing, a slice of the text at a time, so that a huge file never holds up the window.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use ropey::Rope;

use crate::{
    buffer::{Buffer, Revision},
    transaction::{Change, Transaction},
};

/// What the search field says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FindQuery {
    /// The words, or the regular expression.
    pub pattern: String,
    /// Is the pattern a regular expression?
    pub regex: bool,
    /// Do capitals matter?
    pub case_sensitive: bool,
    /// Must the match begin and end at a word's edge?
    pub whole_word: bool,
}

/// The pattern cannot be searched for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPattern {
    /// There is nothing to search for.
    #[error("type what to look for")]
    Empty,
    /// The regular expression is wrong.
    #[error("the regular expression is not understood: {0}")]
    Regex(String),
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindProgress {
    /// Call [`Search::step`] again.
    More,
    /// The whole text has been searched.
    Done,
}

/// This many matches are kept at most.
pub const MAX_MATCHES: usize = 1_000_000;

/// How far behind the searched part a match may reach, in chars. Longer matches are cut there.
const REACH: usize = 65_536;

/// A search through one revision of a text.
#[derive(Clone, Debug)]
pub struct Search {
    query: FindQuery,
    regex: Regex,
    rope: Rope,
    revision: Revision,
    /// Everything before it has been searched.
    at: usize,
    matches: Vec<Range<usize>>,
    is_capped: bool,
}

impl Search {
    /// Begins at the text's start.
    ///
    /// # Errors
    /// The pattern is empty, or no regular expression.
    pub fn new(query: &FindQuery, buffer: &Buffer) -> Result<Self, BadPattern> {
        Ok(Self {
            regex: compile(query)?,
            query: query.clone(),
            rope: buffer.rope().clone(),
            revision: buffer.revision(),
            at: 0,
            matches: Vec::new(),
            is_capped: false,
        })
    }

    /// The query.
    #[must_use]
    pub fn query(&self) -> &FindQuery {
        &self.query
    }

    /// The revision that is searched.
    #[must_use]
    pub fn revision(&self) -> Revision {
        self.revision
    }

    /// Searches on through about `budget` chars; 1,000,000 take a few milliseconds.
    pub fn step(&mut self, budget: usize) -> FindProgress {
        let end = self.at.saturating_add(budget.max(1)).min(self.rope.len_chars());
        let from = self.at;
        self.at = end;
        self.search(from..end);
        if self.is_done() { FindProgress::Done } else { FindProgress::More }
    }

    /// Searches everything that is left. For texts that are known to be small, and for tests.
    pub fn run(&mut self) {
        while self.step(1_000_000) == FindProgress::More {}
    }

    /// Has the whole text been searched?
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.is_capped || self.at >= self.rope.len_chars()
    }

    /// Finds the matches that start in a part. The regular expression sees one char before it, for `^` and word
    /// edges, and [`REACH`] behind it.
    fn search(&mut self, part: Range<usize>) {
        let context = part.start.saturating_sub(1);
        let seen_to = (part.end + REACH).min(self.rope.len_chars());
        let text = self.rope.slice(context..seen_to).to_string();
        let mut cursor = CharCursor { text: &text, byte: 0, position: context };
        let mut from = cursor.byte_at(part.start);
        let regex = self.regex.clone();
        while let Some(found) = regex.find_at(&text, from) {
            let start = cursor.position_of(found.start());
            if start >= part.end {
                break;
            }
            if found.is_empty() {
                let Some(next) = text[found.end()..].chars().next() else { break };
                from = found.end() + next.len_utf8();
                continue;
            }
            if self.matches.len() == MAX_MATCHES {
                self.is_capped = true;
                break;
            }
            let end = cursor.position_of(found.end());
            self.matches.push(start..end);
            self.at = self.at.max(end);
            from = found.end();
        }
    }

    /// Begins again with an edited text.
    pub fn restart(&mut self, buffer: &Buffer) {
        self.rope = buffer.rope().clone();
        self.revision = buffer.revision();
        self.at = 0;
        self.matches.clear();
        self.is_capped = false;
    }

    /// The matches found so far, in order.
    #[must_use]
    pub fn matches(&self) -> &[Range<usize>] {
        &self.matches
    }

    /// How many matches were found so far.
    #[must_use]
    pub fn count(&self) -> usize {
        self.matches.len()
    }

    /// Were matches left out because there are more than [`MAX_MATCHES`]?
    #[must_use]
    pub fn is_capped(&self) -> bool {
        self.is_capped
    }

    /// The matches found so far that overlap a range: those to draw.
    #[must_use]
    pub fn matches_in(&self, range: &Range<usize>) -> &[Range<usize>] {
        let first = self.matches.partition_point(|found| found.end <= range.start);
        let last = self.matches.partition_point(|found| found.start < range.end);
        &self.matches[first..last.max(first)]
    }

    /// Index of the match that starts at or holds the position.
    #[must_use]
    pub fn index_at(&self, position: usize) -> Option<usize> {
        let index = self.matches.partition_point(|found| found.end <= position);
        self.matches.get(index).filter(|found| found.start <= position).map(|_| index)
    }

    /// Index of the first match at or behind the position; from the start again when there is none.
    #[must_use]
    pub fn next_from(&self, position: usize) -> Option<usize> {
        let index = self.matches.partition_point(|found| found.start < position);
        if index < self.matches.len() { Some(index) } else { (!self.matches.is_empty()).then_some(0) }
    }

    /// Index of the last match before the position; from the end again when there is none.
    #[must_use]
    pub fn previous_from(&self, position: usize) -> Option<usize> {
        let before = self.matches.partition_point(|found| found.start < position);
        before.checked_sub(1).or_else(|| self.matches.len().checked_sub(1))
    }

    /// Replaces one match. In a regular expression's replacement `$1` stands for the first group.
    #[must_use]
    pub fn replace_one(&self, index: usize, replacement: &str) -> Option<Transaction> {
        let found = self.matches.get(index)?;
        Some(self.transaction(vec![Change::new(found.clone(), self.expand(found, replacement))]))
    }

    /// Replaces all matches found, as one edit. Call it when the search is done.
    #[must_use]
    pub fn replace_all(&self, replacement: &str) -> Transaction {
        let change = |found: &Range<usize>| Change::new(found.clone(), self.expand(found, replacement));
        self.transaction(self.matches.iter().map(change).collect())
    }

    fn transaction(&self, changes: Vec<Change>) -> Transaction {
        let len = self.rope.len_chars();
        // Matches are sorted and inside the text.
        Transaction::for_text(self.revision, len, changes)
            .unwrap_or_else(|_| Transaction::nothing_for(self.revision, len))
    }

    fn expand(&self, found: &Range<usize>, replacement: &str) -> String {
        if !self.query.regex {
            return replacement.to_owned();
        }
        let context = found.start.saturating_sub(1);
        let text = self.rope.slice(context..(found.end + 2).min(self.rope.len_chars())).to_string();
        let from = text.chars().take(found.start - context).map(char::len_utf8).sum();
        let mut expanded = String::new();
        match self.regex.captures_at(&text, from) {
            Some(captures) => captures.expand(replacement, &mut expanded),
            None => expanded.push_str(replacement),
        }
        expanded
    }
}

fn compile(query: &FindQuery) -> Result<Regex, BadPattern> {
    if query.pattern.is_empty() {
        return Err(BadPattern::Empty);
    }
    let pattern = if query.regex { query.pattern.clone() } else { regex::escape(&query.pattern) };
    let pattern = match query.whole_word {
        true => format!(r"\b{{start-half}}(?:{pattern})\b{{end-half}}"),
        false => pattern,
    };
    RegexBuilder::new(&pattern)
        .case_insensitive(!query.case_sensitive)
        .multi_line(true)
        .crlf(true)
        .build()
        .map_err(|error| BadPattern::Regex(last_line(&error.to_string())))
}

/// The parser's errors draw the pattern first; what is wrong stands in their last line.
fn last_line(error: &str) -> String {
    let line = error.lines().last().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// Turns growing byte offsets of a text into positions.
struct CharCursor<'a> {
    text: &'a str,
    byte: usize,
    position: usize,
}

impl CharCursor<'_> {
    fn position_of(&mut self, byte: usize) -> usize {
        self.position += self.text[self.byte..byte].chars().count();
        self.byte = byte;
        self.position
    }

    fn byte_at(&mut self, position: usize) -> usize {
        let skipped = self.text[self.byte..].chars().take(position - self.position);
        self.byte += skipped.map(char::len_utf8).sum::<usize>();
        self.position = position;
        self.byte
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn query(pattern: &str) -> FindQuery {
        FindQuery { pattern: pattern.to_owned(), ..FindQuery::default() }
    }

    /// Marks the matches in a text with brackets.
    fn check(query: &FindQuery, text: &str, marked: &str) {
        for budget in [1, 3, 1000] {
            let mut search = Search::new(query, &Buffer::from_text(text)).unwrap();
            while search.step(budget) == FindProgress::More {}
            let mut drawn: Vec<String> = text.chars().map(String::from).chain([String::new()]).collect();
            for found in search.matches() {
                drawn[found.start].insert(0, '⟦');
                drawn[found.end - 1].push('⟧');
            }
            assert_eq!(drawn.concat(), marked, "{query:?} with budget {budget}");
        }
    }

    #[test]
    fn words_and_expressions_are_found() {
        check(&query("ab"), "AB abc", "⟦AB⟧ ⟦ab⟧c");
        check(&query("a.c"), "abc a.c", "abc ⟦a.c⟧");
        check(&query("漢"), "x漢漢", "x⟦漢⟧⟦漢⟧");
        check(&query("aa"), "aaaaa", "⟦aa⟧⟦aa⟧a");
        check(&query("a\r\nb"), "a\r\nb", "⟦a\r\nb⟧");
        check(&FindQuery { case_sensitive: true, ..query("ab") }, "AB ab", "AB ⟦ab⟧");
        check(&FindQuery { whole_word: true, ..query("ab") }, "ab abc ab", "⟦ab⟧ abc ⟦ab⟧");
        check(&FindQuery { whole_word: true, ..query("f(") }, "f( xf( f(x", "⟦f(⟧ xf( f(x");
        check(&FindQuery { regex: true, ..query("^a+$") }, "aa\r\nab\na", "⟦aa⟧\r\nab\n⟦a⟧");
        check(&FindQuery { regex: true, ..query("x*") }, "axxb", "a⟦xx⟧b");
    }

    #[test]
    fn a_wrong_pattern_says_why() {
        let error = |query: &FindQuery| Search::new(query, &Buffer::default()).unwrap_err();
        assert_eq!(error(&query("")), BadPattern::Empty);
        let BadPattern::Regex(why) = error(&FindQuery { regex: true, ..query("(") }) else {
            panic!("not a regex")
        };
        assert_eq!(why, "unclosed group");
    }

    #[test]
    fn going_on_wraps_around() {
        let mut search = Search::new(&query("a"), &Buffer::from_text("a.a.a")).unwrap();
        search.run();
        assert_eq!((search.next_from(1), search.next_from(5)), (Some(1), Some(0)));
        assert_eq!((search.previous_from(4), search.previous_from(0)), (Some(1), Some(2)));
        assert_eq!((search.index_at(2), search.index_at(3)), (Some(1), None));
        assert_eq!(search.matches_in(&(1..4)), std::slice::from_ref(&(2..3)));
    }

    #[test]
    fn replacing_is_one_transaction() {
        let replaced = |query: &FindQuery, text: &str, replacement: &str| {
            let mut buffer = Buffer::from_text(text);
            let mut search = Search::new(query, &buffer).unwrap();
            search.run();
            buffer.apply(&search.replace_all(replacement)).unwrap();
            buffer.rope().to_string()
        };
        assert_eq!(replaced(&query("a"), "abab", "$1x"), "$1xb$1xb");
        let swap = FindQuery { regex: true, ..query(r"(\w+)=(\w+)") };
        assert_eq!(replaced(&swap, "x=1, yy=漢\n", "$2=$1"), "1=x, 漢=yy\n");
    }

    proptest! {
        #[test]
        fn searching_in_steps_finds_what_the_string_finds(
            text in "[ab漢\n]{0,60}", pattern in "[ab漢]{1,3}", budget in 1usize..9,
        ) {
            let mut search = Search::new(&query(&pattern), &Buffer::from_text(&text)).unwrap();
            while search.step(budget) == FindProgress::More {}
            let expected: Vec<usize> =
                text.match_indices(&pattern).map(|(byte, _)| text[..byte].chars().count()).collect();
            let starts: Vec<usize> = search.matches().iter().map(|found| found.start).collect();
            prop_assert_eq!(starts, expected);
        }
    }
}
