//! Why something on the disk is not known, kept as what the system said until it becomes a sentence.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

/// A file or folder that cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{} cannot be read: {cause}", path.display())]
pub struct Unreadable {
    /// Which.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub cause: Arc<io::Error>,
}

/// The same words about the same path: there is no more to compare of what the system said.
impl PartialEq for Unreadable {
    fn eq(&self, other: &Unreadable) -> bool {
        self.path == other.path && self.cause.to_string() == other.cause.to_string()
    }
}

impl Eq for Unreadable {}

impl Unreadable {
    /// What the system said of a path.
    pub fn new(path: impl Into<PathBuf>, cause: io::Error) -> Unreadable {
        Unreadable { path: path.into(), cause: Arc::new(cause) }
    }

    /// For people.
    pub fn sentence(&self) -> String {
        format!("{self}.")
    }
}
