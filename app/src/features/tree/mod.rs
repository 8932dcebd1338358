//! The file tree in the sidebar.

pub mod update;
pub mod view;

use std::path::PathBuf;

/// What happens in the file tree.
#[derive(Clone, Debug, PartialEq)]
pub enum TreeEvent {
    /// A row was clicked: opens a file, opens or closes a folder.
    Click(PathBuf),
    /// Up or down.
    Step(isize),
    /// Enter.
    Enter,
    /// Right (true) or left: opens or closes the folder.
    Fold(bool),
}
