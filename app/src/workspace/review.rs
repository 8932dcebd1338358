//! A proposed change to the text of a tab, hunk by hunk, and the attempts at it.

use std::ops::Range;
use std::sync::Arc;

use assist::answer::Answer;
use assist::attempts::Attempts;
use assist::check::{EditTarget, Proposal};
use assist::task::Task;
use editor_core::Transaction;
use editor_core::diff::DiffRow;
use editor_core::file::Opened;
use editor_core::review::{HunkState, Review};
use editor_core::token::TokenKind;
use ground::ids::JobId;
use ipc::protocol::{CodeContext, PromptReport, Sampling};
use ropey::Rope;

/// A proposed change to the text of a tab.
pub struct TabReview {
    /// What was asked for.
    pub task: Task,
    /// Id of the model that answers.
    pub model: String,
    /// The text before the first hunk was accepted.
    pub before: Option<Rope>,
    /// The user changed the proposal.
    pub edited: bool,
    /// The question that the answer belongs to.
    pub job: JobId,
    /// The hunks.
    pub review: Review,
    /// The rows to draw.
    pub rows: Vec<DiffRow>,
    /// For each line of the answer its tokens, in characters of the line.
    pub tokens: Vec<Vec<(Range<usize>, TokenKind)>>,
    /// The answer while it arrives; `None` once it is complete.
    pub answer: Option<Answer>,
    /// What was asked.
    pub instruction: String,
    /// What became of the prompt.
    pub prompt: Option<PromptReport>,
    /// What was wanted in it and is not, in sentences without a full stop.
    pub notes: Vec<String>,
    /// The lines of a long file that the model sees, in a sentence without a full stop.
    pub seen: Option<String>,
    /// All attempts at it.
    pub candidates: Candidates,
    /// How far it is.
    pub status: ReviewStatus,
    /// The hunk that the keys act on.
    pub current: Option<usize>,
    /// The file on disk whose text is reviewed, until it is decided upon.
    pub compared: Option<Box<Opened>>,
    /// What the lines declare and the proposal that is shown does not, by name.
    pub lost: Vec<String>,
    /// The proposal that this one refines, to go back to.
    pub earlier: Option<Box<TabReview>>,
    /// The one that refines this, to go on to.
    pub later: Option<Box<TabReview>>,
}

/// All attempts at one proposed change.
pub struct Candidates {
    /// What was asked and proposed.
    pub attempts: Attempts,
    /// The selection as the checks see it.
    pub target: Arc<EditTarget>,
    /// The examples of the documentation are run.
    pub runs: bool,
    /// The proposal that is shown.
    pub shown: Option<usize>,
    /// The proposal that was shown when the user asked for another one, until that is there.
    pub previous: Option<usize>,
    /// When the first answer was judged, in milliseconds.
    pub since: Option<u64>,
}

impl Candidates {
    /// The proposal that is shown.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.attempts.proposals().get(self.shown?)
    }
}

/// How far a review is.
#[derive(Clone, Debug, PartialEq)]
pub enum ReviewStatus {
    /// Nothing has arrived yet.
    Waiting,
    /// The answer is arriving.
    Streaming,
    /// The answer is complete and being judged.
    Checking,
    /// The hunks are there.
    Ready,
    /// The answer is complete and changes nothing.
    Unchanged,
    /// The answer was cut off by the token limit; the hunks are there.
    Incomplete,
    /// The selection was edited meanwhile.
    Stale,
    /// No answer: why, and what to do.
    Failed(String),
}

impl TabReview {
    /// Hunks in all, and how many of them are still open.
    pub fn counts(&self) -> (usize, usize) {
        let hunks = self.review.hunks();
        (hunks.len(), hunks.iter().filter(|hunk| hunk.state == HunkState::Pending).count())
    }

    /// Is every hunk as it was proposed, and still to be decided?
    pub fn is_untouched(&self) -> bool {
        !self.edited && self.review.hunks().iter().all(|hunk| hunk.state == HunkState::Pending)
    }

    /// The hunk in which the proposal that is shown breaks the syntax.
    pub fn broken_hunk(&self) -> Option<usize> {
        let at = self.candidates.proposal()?.breaks.as_ref()?.line;
        let reached = self.rows.iter().take_while(|row| row.new_line.is_none_or(|line| line <= at));
        let first = || self.rows.iter().find_map(|row| row.hunk);
        reached.filter_map(|row| row.hunk).last().or_else(first)
    }

    /// What a hunk would do to the syntax, in words; `None` when nothing.
    pub fn warning_of(&self, hunk: usize) -> Option<&'static str> {
        let torn = || {
            let accepted = self.review.hunks().iter().any(|hunk| hunk.state == HunkState::Accepted);
            !accepted && self.candidates.proposal().is_some_and(|proposal| proposal.torn.contains(&hunk))
        };
        match self.broken_hunk() == Some(hunk) {
            true => Some("This hunk breaks the syntax"),
            false => torn().then_some("This hunk needs others: alone it breaks the syntax"),
        }
    }

    /// Follows an edit of the text, and so do those that it refines and that refine it.
    pub fn follow(&mut self, transaction: &Transaction) {
        self.review.follow(transaction);
        for other in [&mut self.earlier, &mut self.later].into_iter().flatten() {
            other.follow(transaction);
        }
    }

    /// Which of how many proposals is shown, from 1: alternatives, what it refines and what refines it. `None` when there is only one.
    pub fn place(&self) -> Option<(usize, usize)> {
        let own = self.candidates.attempts.choices();
        let at = own.iter().position(|choice| Some(*choice) == self.candidates.shown).unwrap_or(0);
        let count = |review: &TabReview| review.candidates.attempts.choices().len().max(1);
        let before: usize =
            chain(self.earlier.as_deref(), |review| review.earlier.as_deref()).map(count).sum();
        let behind: usize = chain(self.later.as_deref(), |review| review.later.as_deref()).map(count).sum();
        let all = before + own.len().max(1) + behind;
        (all > 1).then_some((before + at + 1, all))
    }

    /// Is it one of several wishes about the same lines?
    pub fn is_refined(&self) -> bool {
        self.earlier.is_some() || self.later.is_some()
    }

    /// Forgets all but this many of the proposals that it refines.
    pub fn forget_beyond(&mut self, count: usize) {
        match (&mut self.earlier, count) {
            (earlier, 0) => *earlier = None,
            (Some(earlier), _) => earlier.forget_beyond(count - 1),
            (None, _) => {}
        }
    }

    /// Is an answer on its way, or being judged?
    pub fn is_under_way(&self) -> bool {
        matches!(self.status, ReviewStatus::Waiting | ReviewStatus::Streaming | ReviewStatus::Checking)
    }

    /// Can hunks be accepted now?
    pub fn is_open(&self) -> bool {
        matches!(self.status, ReviewStatus::Ready | ReviewStatus::Incomplete)
    }
}

/// A review and those behind it, one after another.
fn chain<'a>(
    first: Option<&'a TabReview>,
    next: impl Fn(&'a TabReview) -> Option<&'a TabReview>,
) -> impl Iterator<Item = &'a TabReview> {
    std::iter::successors(first, move |review| next(review))
}

/// What is asked about a range, whatever the command.
#[derive(Debug)]
pub struct ReviewRequest {
    /// The command.
    pub task: Task,
    /// What the answer takes the place of.
    pub range: Range<usize>,
    /// Shown above the review.
    pub words: String,
    /// What the model is told.
    pub code: CodeContext,
    /// The range as the checks see it.
    pub target: EditTarget,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// What was wanted in the prompt and is not, in sentences without a full stop.
    pub notes: Vec<String>,
}
