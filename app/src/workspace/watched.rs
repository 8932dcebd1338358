//! Proposals that were accepted lately, watched for an undo that says they were not wanted after all.

use assist::task::Task;
use ground::ids::TabId;
use ropey::Rope;

/// Proposals that were accepted lately.
#[derive(Debug, Default)]
pub struct OutcomeTracker {
    pub watched: Vec<Watched>,
    /// Those that were undone, until they are done again or their review is taken up again.
    pub undone: Vec<Watched>,
}

/// One of them.
#[derive(Debug)]
pub struct Watched {
    pub tab: TabId,
    pub task: Task,
    pub model: String,
    /// The text before anything of it was accepted.
    pub before: Rope,
    pub since: u64,
}
