//! A text that the model writes into a tab of its own.

use std::path::PathBuf;

use assist::commit::{self, Form};
use ground::ids::JobId;

/// A commit message on its way into a tab.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// The question that it answers.
    pub job: JobId,
    /// The folder whose staged changes it is about.
    pub folder: PathBuf,
    /// What the model said so far.
    pub raw: String,
    /// How the repository's messages begin.
    pub form: Form,
    /// What was read, and what of it was left out.
    pub note: String,
    /// How far it is.
    pub status: WritingStatus,
}

impl Writing {
    /// The message as far as it is written.
    pub fn message(&self) -> String {
        commit::message(&self.raw, &self.form)
    }
}

/// How far a text of the model is.
#[derive(Clone, Debug, PartialEq)]
pub enum WritingStatus {
    /// On its way.
    Running,
    /// Complete.
    Done,
    /// Stopped by the user or a limit.
    Stopped,
    /// It does not come: why.
    Failed(String),
}
