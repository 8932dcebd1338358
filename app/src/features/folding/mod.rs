//! Lines that are folded: what is in them is hidden until somebody looks for it.

#[cfg(test)]
mod tests;
pub mod update;

use ground::ids::TabId;

/// What happens at folds in the view of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoldingEvent {
    /// The arrow beside a line was clicked.
    Toggle(TabId, usize),
    /// The sign of what is hidden behind a line was clicked.
    Unfold(TabId, usize),
}
