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
    /// What another program made of a file is put beside the text here.
    Compare,
    /// Ghost text.
    Complete,
    /// A message for staged changes.
    Commit,
    /// A name for a file.
    Name,
}

impl Task {
    /// Is the model asked for it, so that it can be asked again? Code of an explanation is there already, and so is a file.
    pub fn asks(self) -> bool {
        !matches!(self, Task::Apply | Task::Compare)
    }

    /// Can the model be asked for something further about it? A further wish about documentation would be one about code.
    pub fn refines(self) -> bool {
        !matches!(self, Task::Document | Task::Compare)
    }

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Task::Improve => "Improve selection",
            Task::Generate => "Write code from comment",
            Task::Document => "Document function",
            Task::Apply => "Code of an explanation",
            Task::Compare => "Changes on disk",
            Task::Complete => "Completion",
            Task::Commit => "Commit message",
            Task::Name => "Name of a file",
        }
    }
}
