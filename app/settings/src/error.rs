//! Why a settings file is not known or was not changed, typed until it becomes a sentence.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use editor_core::file::SaveError;

use super::gap;

/// What went wrong with a settings file. Its text is a sentence for people.
#[derive(Clone, Debug, thiserror::Error)]
pub enum SettingsFileError {
    /// It is there and cannot be read.
    #[error("{} cannot be read: {cause}. The defaults are used. {}", .path.display(), gap::CLOSED)]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: Arc<io::Error>,
    },
    /// It cannot be locked, and so not be changed.
    #[error("{} cannot be changed: {cause}.", .path.display())]
    Unlocked {
        /// Which.
        path: PathBuf,
        /// What the system said.
        cause: Arc<io::Error>,
    },
    /// It cannot be written.
    #[error("{0}.")]
    Unwritable(Arc<SaveError>),
    /// It is not TOML, from this place on. Both count from 1.
    #[error("The settings file cannot be changed before line {line}, column {column} of it is corrected.")]
    NotToml {
        /// The line.
        line: usize,
        /// The column.
        column: usize,
    },
}
