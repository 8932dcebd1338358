//! Quick open: what is typed, and lists of any length that it narrows.
//!
//! [`asked()`] says what is meant, [`Finder`] finds it in a [`Corpus`] on threads of its own, [`files`] fills one with the files of
//! folders, [`frecency`] knows which of them come first. A list that is short enough to be narrowed at once has [`narrow`], one of
//! commands [`titles()`].
//!
//! The matching is nucleo's. Its own threads are not: they rank by nothing but the match, sort all there is before they show the
//! first row, and cannot be let go without waiting. Here files that are set aside come last and those of late first, and the best
//! so far can be drawn at any moment.

pub mod asked;
mod corpus;
pub mod files;
mod finder;
pub mod frecency;
mod titles;

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};

pub use self::asked::{QuickQuery, asked};
pub use self::corpus::Corpus;
pub use self::finder::{Finder, MAX_FOUND, QuickMatch};
pub use self::titles::titles;

/// One of a short list that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Narrowed {
    /// Which.
    pub index: usize,
    /// Its chars that match, to be marked.
    pub marks: Vec<usize>,
}

/// The texts that match, the best first; of equals the first. For lists of some thousands at most. Words may stand in any order.
#[must_use]
pub fn narrow<'a>(texts: impl IntoIterator<Item = &'a str>, typed: &str) -> Vec<Narrowed> {
    let (pattern, mut matcher, mut chars) = (pattern(typed), Matcher::new(Config::DEFAULT), Vec::new());
    let mut found: Vec<(u32, Narrowed)> = Vec::new();
    for (index, text) in texts.into_iter().enumerate() {
        let mut marks = Vec::new();
        if let Some(score) = pattern.indices(haystack(text, &mut chars), &mut matcher, &mut marks) {
            found.push((score, Narrowed { index, marks: sorted(marks) }));
        }
    }
    found.sort_by_key(|(score, one)| (std::cmp::Reverse(*score), one.index));
    found.into_iter().map(|(_, one)| one).collect()
}

fn pattern(typed: &str) -> Pattern {
    Pattern::parse(typed.trim(), CaseMatching::Smart, Normalization::Smart)
}

/// A text as it is matched: by chars, so that what matches can be marked in it.
fn haystack<'a>(text: &'a str, chars: &'a mut Vec<char>) -> Utf32Str<'a> {
    if text.is_ascii() {
        return Utf32Str::Ascii(text.as_bytes());
    }
    chars.clear();
    chars.extend(text.chars());
    Utf32Str::Unicode(chars)
}

/// Words of a pattern may match the same letters.
fn sorted(mut marks: Vec<u32>) -> Vec<usize> {
    marks.sort_unstable();
    marks.dedup();
    marks.into_iter().map(|mark| mark as usize).collect()
}

#[cfg(test)]
mod tests;
