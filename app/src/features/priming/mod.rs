//! What is sent ahead of a request, so that its answer begins as soon as the key is pressed.

pub mod update;

use std::ops::Range;

use assist::reference::Added;
use editor_core::Revision;
use ground::ids::TabId;
use ground::pace::Resting;
use ipc::protocol::{Failure, PromptReport};

/// What is selected, and whether the worker knows.
#[derive(Clone, Debug, Default)]
pub struct Priming {
    /// What was selected or typed last; it is sent once it rests.
    pub likely: Resting<LikelyEdit>,
    /// What the worker counted of the prompt sent last, or that it is too long.
    pub counted: Option<Result<PromptReport, Failure>>,
}

/// What a prompt depends on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LikelyEdit {
    pub tab: TabId,
    pub revision: Revision,
    pub range: Range<usize>,
    pub model: String,
    /// What was typed so far, of an instruction that will probably be it.
    pub typed: String,
    /// It is a further wish about the proposal that is shown.
    pub refines: bool,
    /// Files that it names, as far as they were read.
    pub added: Added,
}

/// What is said of a prompt before it is sent.
#[derive(Clone, Debug, PartialEq)]
pub struct PromptMeter {
    /// `1,204 of 8,192 tokens`.
    pub words: String,
    /// The part of the context that is taken, 0 to 1; `None` until it was counted.
    pub part: Option<f32>,
    /// What is not in it, in sentences without a full stop.
    pub notes: Vec<String>,
    /// It does not fit, or something was left out for want of room.
    pub full: bool,
}
