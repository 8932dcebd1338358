//! Texts that the model writes beside reviews: code below a comment, documentation, a commit message, names for a file.

pub mod update;
pub mod view;

use ground::ids::{JobId, TabId};

/// Names for a file that are being asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Naming {
    /// The question.
    pub job: JobId,
    /// The file.
    pub tab: TabId,
    /// What the model said so far.
    pub raw: String,
    /// What a name without an extension gets.
    pub extension: &'static str,
}

/// The bar above a text that the model writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WritingEvent {
    /// The answer is stopped.
    Stop,
    /// It is asked for again.
    Again,
    /// The text becomes the message of the next commit.
    Use,
    /// The text goes on the clipboard.
    Copy,
}
