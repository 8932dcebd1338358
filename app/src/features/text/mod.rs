//! The text in front: typing, moving, selecting.

pub mod commands;
#[cfg(test)]
mod tests;
pub mod update;

use std::path::PathBuf;

use editor_core::column::ColumnBlock;
use editor_core::editorconfig::FileConventions;
use editor_core::rows::WrapWidth;
use ground::ids::TabId;

/// What happens in the view of a text, beside typing and selecting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextEvent {
    /// Its rows are so wide in the view that has the keyboard; `None`: its lines are not wrapped.
    RowWidth(TabId, Option<WrapWidth>),
    /// A rectangle was selected.
    SelectBlock(TabId, ColumnBlock),
    /// What `.editorconfig` files say of a file.
    Conventions(PathBuf, FileConventions),
    /// A line that stays in view was clicked: go there.
    GoTo(TabId, usize),
}
