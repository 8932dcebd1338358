//! What goes out to a thread and what it comes back with: answers to judge, texts to save and to compare.

use std::path::PathBuf;
use std::sync::Arc;

use assist::answer::Answer;
use assist::attempts::Attempts;
use assist::check::EditTarget;
use assist::worker::NoWorkerProgram;
use editor_core::file::{Expect, OpenError, Opened, ReadOnly, Writable};
use editor_core::review::Review;
use editor_core::{Buffer, LineEnding, Revision};
use ground::ids::{JobId, TabId};
use ipc::protocol::Failure;

use super::Event;

/// A complete answer on its way to its judgement.
#[derive(Clone, Debug)]
pub struct Judge {
    /// Comes back.
    pub job: JobId,
    /// The selection.
    pub target: Arc<EditTarget>,
    /// The answer.
    pub answer: Answer,
    /// It was cut off by a limit.
    pub incomplete: bool,
    /// Run the examples of the documentation.
    pub run: bool,
    /// What was asked and proposed before: it says whether they have to be run on the code as it is, too.
    pub attempts: Box<Attempts>,
}

impl Judge {
    /// Judges; may take seconds when examples are run.
    pub fn judged(self) -> Event {
        let proposal = Box::new(self.target.judge(&self.answer, self.incomplete, self.run));
        let needed = self.run && self.attempts.wants_baseline(&proposal);
        let baseline = needed.then(|| self.target.baseline());
        Event::Judged { job: self.job, proposal, baseline }
    }
}

/// A text on its way to its file.
#[derive(Clone, Debug)]
pub struct Save {
    /// Which tab's.
    pub tab: TabId,
    /// Where.
    pub path: PathBuf,
    /// The text.
    pub text: Writable,
    /// What must hold of the file.
    pub expect: Expect,
    /// Comes back.
    pub revision: Revision,
}

/// A text that is to be compared with its file.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Which tab's.
    pub tab: TabId,
    /// The file: the tab's own, or another one.
    pub path: PathBuf,
    /// The text.
    pub text: Buffer,
    /// What its lines end in.
    pub line_ending: LineEnding,
    /// Names the review.
    pub job: JobId,
}

/// A file beside the text of its tab.
#[derive(Debug)]
pub struct Compared {
    /// The file.
    pub opened: Opened,
    /// What it has in place of the text.
    pub review: Review,
    /// Where it is.
    pub path: PathBuf,
}

/// Why a file cannot be put beside the text of its tab.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// It cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It is no text by now.
    #[error("{} cannot be compared: {why}", .0.display(), why = .1)]
    NoText(PathBuf, ReadOnly),
    /// The differences are too long to show.
    #[error("{} cannot be compared: too much of it has changed", .0.display())]
    TooDifferent(PathBuf),
}

/// Why a request was not sent to the worker. Its text is a sentence for people.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotSent {
    /// Too much waits already.
    #[error("Too much was asked at once. Try again in a moment.")]
    TooMany,
    /// There is no worker's program.
    #[error(transparent)]
    NoWorker(NoWorkerProgram),
    /// The worker does not take it.
    #[error("{}", .0.text)]
    Failed(Failure),
}
