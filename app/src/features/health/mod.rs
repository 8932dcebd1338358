//! What keeps the AI going when the machine does not play along: memory that does not suffice, workers that die, models that are
//! too slow for it.

pub mod advice;
pub mod crash_recovery;
pub mod memory_fallback;
#[cfg(test)]
mod tests;
pub mod update;

use ground::ids::JobId;
use ipc::protocol::ModelRef;

use crate::workspace::health::ladder::{MemoryFailures, RunConfig};

/// What happens to it.
#[derive(Clone, Debug)]
pub enum HealthEvent {
    /// Try again: the breaker.
    Retry,
    /// The same with the next smaller model.
    Smaller,
    /// The same without a GPU.
    OnCpu,
    /// No more suggestions of lighter models.
    NeverSuggest,
    /// What is remembered about memory was read.
    Remembered(MemoryFailures),
}

/// What is done outside for it.
#[derive(Clone, Debug)]
pub enum HealthEffect {
    /// From now on this model is run like this; `None`: as the user wants.
    Run(String, Option<RunConfig>),
    /// Ask a job's question again, with the model and the way that it is to be run.
    Reask(JobId, RunConfig),
    /// Load a model that the user asked for, in the way that it is to be run.
    Load(ModelRef),
    /// Worker deaths so far count no more: something was changed. False: one more try.
    Pardon(bool),
    /// Load again what was loaded when a worker died.
    Restore,
    /// Remember on disk what memory ran out for.
    Remember(MemoryFailures),
    /// Read what is remembered, and what an earlier start left; answered by events.
    Begin,
}
