//! The commands of the AI by name: for titles, and for what is counted of them.

use serde::{Deserialize, Serialize};

/// What the model was asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// A selection is rewritten.
    #[default]
    Improve,
    /// Code is written below a comment.
    Generate,
    /// A function is documented.
    Document,
    /// A piece of an explanation takes the place of what was explained.
    Apply,
    /// Ghost text.
    Complete,
    /// A message for staged changes.
    Commit,
    /// A name for a file.
    Name,
}

impl Task {
    /// Is the model asked for it, so that it can be asked again? Code of an explanation is there already.
    pub fn asks(self) -> bool {
        self != Task::Apply
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Task::Improve => "Improve selection",
            Task::Generate => "Write code from comment",
            Task::Document => "Document function",
            Task::Apply => "Code of an explanation",
            Task::Complete => "Completion",
            Task::Commit => "Commit message",
            Task::Name => "Name of a file",
        }
    }
}
