//! What removing, checking or pinning models may run into.

use crate::gguf;
use std::io;
use std::path::{Path, PathBuf};

/// What removing, checking or pinning may run into; code branches on the kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system said no.
    #[error("{action} {path}: {cause}; check that the folder exists, is writable and has room")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        cause: io::Error,
    },
    /// The manifest cannot be understood.
    #[error("{path} is not a manifest this program reads: {what}; move it away and import the models again")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No such model.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// A profile pins the model.
    #[error("«{id}» is pinned by {by}; unpin it first, or remove it with its pins")]
    Pinned {
        /// Which model.
        id: String,
        /// By which profiles.
        by: String,
    },
    /// The bytes are not what they were; the files are now in the quarantine.
    #[error(
        "{file} is damaged: {found}, expected {expected}; it was moved to {quarantine}. Install it again"
    )]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What was found.
        found: String,
        /// What should be.
        expected: String,
        /// Where it lies now.
        quarantine: PathBuf,
    },
    /// Somebody writes to it.
    #[error("{file} changed while it was checked; try again when nothing writes to it")]
    Changing {
        /// Which file.
        file: PathBuf,
    },
    /// The header breaks a rule.
    #[error("{file}: {why}")]
    Invalid {
        /// Which file.
        file: PathBuf,
        /// Which rule.
        why: gguf::Invalid,
    },
    /// The progress callback asked to stop.
    #[error("stopped")]
    Stopped,
    /// No folder to keep models in is known.
    #[error("no folder for models: HOME is not set; set LOCALCODER_MODELS to a folder")]
    NoHome,
}

/// There is no such model here, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("«{wanted}» is not an installed model; {advice}")]
pub struct NotFound {
    /// What was asked for.
    pub wanted: String,
    /// Installed ids that are close to it, or a hint how to install one.
    pub advice: String,
}

impl StoreError {
    pub(crate) fn io(action: &'static str, path: &Path, cause: io::Error) -> Self {
        if cause.kind() == io::ErrorKind::Interrupted {
            return Self::Stopped;
        }
        Self::Io { action, path: path.to_owned(), cause }
    }
}

impl NotFound {
    pub(super) fn new(wanted: &str, advice: String) -> Self {
        Self { wanted: wanted.to_owned(), advice }
    }
}
