//! Finding and replacing, a slice of the text at a time, so that a huge file never holds up the window.

use std::ops::Range;

use ropey::Rope;

use crate::{
    buffer::{Buffer, Revision},
    transaction::Transaction,
};

/// What the search field says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
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
pub enum Progress {
    /// Call [`Search::step`] again.
    More,
    /// The whole text has been searched.
    Done,
}

/// A search through one revision of a text.
#[derive(Clone, Debug)]
pub struct Search { _x: () }

impl Search {
    /// Begins at the text's start.
    ///
    /// # Errors
    /// The pattern is empty, or no regular expression.
    pub fn new(query: &Query, buffer: &Buffer) -> Result<Self, BadPattern> { todo!() }
    /// The query.
    #[must_use]
    pub fn query(&self) -> &Query { todo!() }
    /// The revision that is searched.
    #[must_use]
    pub fn revision(&self) -> Revision { todo!() }
    /// Searches on through about `budget` chars; 1,000,000 take a few milliseconds.
    pub fn step(&mut self, budget: usize) -> Progress { todo!() }
    /// Has the whole text been searched?
    #[must_use]
    pub fn is_done(&self) -> bool { todo!() }
    /// Begins again with an edited text.
    pub fn restart(&mut self, buffer: &Buffer) { todo!() }
    /// The matches found so far, in order.
    #[must_use]
    pub fn matches(&self) -> &[Range<usize>] { todo!() }
    /// How many matches were found so far.
    #[must_use]
    pub fn count(&self) -> usize { todo!() }
    /// Were matches left out because there are more than [`MAX_MATCHES`]?
    #[must_use]
    pub fn is_capped(&self) -> bool { todo!() }
    /// The matches found so far that overlap a range: those to draw.
    #[must_use]
    pub fn matches_in(&self, range: &Range<usize>) -> &[Range<usize>] { todo!() }
    /// Index of the match that starts at or holds the position.
    #[must_use]
    pub fn index_at(&self, position: usize) -> Option<usize> { todo!() }
    /// Index of the first match at or behind the position; from the start again when there is none.
    #[must_use]
    pub fn next_from(&self, position: usize) -> Option<usize> { todo!() }
    /// Index of the last match before the position; from the end again when there is none.
    #[must_use]
    pub fn previous_from(&self, position: usize) -> Option<usize> { todo!() }
    /// Replaces one match. In a regular expression's replacement `$1` stands for the first group.
    #[must_use]
    pub fn replace_one(&self, index: usize, replacement: &str) -> Option<Transaction> { todo!() }
    /// Replaces all matches found. Call it when the search is done.
    #[must_use]
    pub fn replace_all(&self, replacement: &str) -> Transaction { todo!() }
}

/// So many matches are kept at most.
pub const MAX_MATCHES: usize = 1_000_000;
