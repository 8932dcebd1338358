//! Explanations of code and of errors: what is shown, what was asked before.

pub mod update;
pub mod view;

use std::ops::Range;

use ground::ids::{JobId, TabId};
use ipc::protocol::CodeContext;

use crate::workspace::Offer;

/// The panel: the explanation that is shown, and those before and behind it.
#[derive(Clone, Debug, Default)]
pub struct Explain {
    /// What is shown.
    pub shown: Option<Explanation>,
    /// What can be gone back to.
    pub kept: Vec<Explanation>,
}

/// An explanation of a selection.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Rises from one explanation to the next.
    pub number: u64,
    /// The question that it answers.
    pub job: JobId,
    /// Where the explained code stands.
    pub explained: Explained,
    /// What is explained: `parser.rs, lines 10 to 20`.
    pub title: String,
    /// What was asked about.
    pub code: CodeContext,
    /// Answers before this one, each with the question that followed.
    pub earlier: Vec<(String, String)>,
    /// The next question, as far as it is typed.
    pub question: String,
    /// Names for what is being typed behind its last `@`.
    pub offer: Offer,
    /// What the model said so far, its thoughts too.
    pub raw: String,
    /// Markdown so far.
    pub text: String,
    /// What the model does not see, in sentences without a full stop.
    pub notes: Vec<String>,
    /// How far it is.
    pub status: ExplainStatus,
}

/// Where explained code stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The tab.
    pub tab: TabId,
    /// Its lines there, as they are now.
    pub range: Range<usize>,
    /// Path or title of the file, by which explanations belong together.
    pub file: String,
}

/// How far an explanation is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExplainStatus {
    /// On its way.
    Running,
    /// Complete.
    Done,
    /// Stopped by the user or by the token limit.
    Stopped,
    /// No answer: why, and what to do.
    Failed(String),
}

impl Explanation {
    /// The conversation as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", self.title);
        for (answer, question) in &self.earlier {
            text += &format!("{}\n\n**{question}**\n\n", answer.trim());
        }
        text + self.text.trim() + "\n"
    }
}

/// The explanation panel.
#[derive(Clone, Debug, PartialEq)]
pub enum ExplainEvent {
    /// It is closed.
    Close,
    /// The answer is stopped.
    Stop,
    /// The further question was changed.
    Question(String),
    /// A file's name from the offer is taken into the further question: this one, else the current one.
    Mention(Option<usize>),
    /// Another name of the offer, this many further.
    Choose(isize),
    /// The further question is asked.
    Ask,
    /// All of it goes on the clipboard.
    Copy(String),
    /// A piece of code goes to the caret.
    Insert(String),
    /// A piece of code is proposed in the place of what was explained.
    Apply(String),
    /// The explanation behind (true) or before this one is shown.
    Step(bool),
    /// The whole conversation becomes a text of its own.
    Export,
}
