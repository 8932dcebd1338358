//! The outline: what the text in front declares, as a tree beside it.

#[cfg(test)]
mod tests;
pub mod update;
pub mod view;

use editor_core::Revision;
use ground::ids::TabId;

/// A row of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlineRow {
    /// The index of the symbol.
    pub symbol: usize,
    /// The chars of its name that match the filter.
    pub marks: Vec<usize>,
}

/// What the outline shows.
#[derive(Debug, Default)]
pub struct Outline {
    /// What was typed to narrow it.
    pub filter: String,
    /// The row that was chosen with the arrow keys; `None`: the one around the caret.
    pub current: Option<usize>,
    /// The rows, in the order of the text.
    pub rows: Vec<OutlineRow>,
    /// What the rows were made of: text, tree and filter.
    made_of: Option<(TabId, Option<Revision>, String)>,
}

/// What happens in the outline.
#[derive(Clone, Debug, PartialEq)]
pub enum OutlineEvent {
    /// The filter was typed into.
    Filter(String),
    /// Up or down.
    Step(isize),
    /// Enter.
    Enter,
    /// A row was clicked.
    Click(usize),
    /// All that a row's symbol declares is to be selected.
    Select(usize),
    /// All places that mention a row's symbol are wanted.
    Mentions(usize),
    /// Escape: the filter is emptied, then the text has the keyboard.
    Leave,
    /// The close button.
    Close,
}
