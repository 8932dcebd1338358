//! Find and replace in the text in front.

pub mod update;
pub mod view;

use editor_core::search::FindQuery;

/// The find bar.
#[derive(Clone, Debug, Default)]
pub struct FindBar {
    /// Is it shown?
    pub open: bool,
    /// Is the second line shown?
    pub replacing: bool,
    /// What is looked for.
    pub query: FindQuery,
    /// What comes in its place.
    pub replacement: String,
    /// How often it was opened: each time the pattern is marked, so that typing begins a new one.
    pub opened: u32,
    /// Why the query cannot be searched for.
    pub error: Option<String>,
}

/// What happens in the find bar.
#[derive(Clone, Debug, PartialEq)]
pub enum FindEvent {
    /// The pattern was changed.
    Pattern(String),
    /// The replacement was changed.
    Replacement(String),
    /// Capitals matter or not.
    Case,
    /// Whole words or not.
    Word,
    /// Regular expression or not.
    Regex,
    /// Replace the current match.
    ReplaceOne,
    /// Replace all matches.
    ReplaceAll,
    /// Escape.
    Close,
}
