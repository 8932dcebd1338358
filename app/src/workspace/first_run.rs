//! How far the first run is: four calm steps, remembered from one start to the next.

use serde::{Deserialize, Serialize};

/// The steps, in order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FirstRunStep {
    /// What this is, and that nothing leaves the machine.
    #[default]
    Hello,
    /// What this machine has, and which profile fits.
    Machine,
    /// Where the model comes from.
    Model,
    /// A first improvement.
    Try,
}

impl FirstRunStep {
    /// All steps.
    pub const ALL: [FirstRunStep; 4] =
        [FirstRunStep::Hello, FirstRunStep::Machine, FirstRunStep::Model, FirstRunStep::Try];

    /// The one after it.
    pub fn next(self) -> Option<FirstRunStep> {
        FirstRunStep::ALL.into_iter().find(|step| *step > self)
    }

    /// The one before it.
    pub fn back(self) -> Option<FirstRunStep> {
        FirstRunStep::ALL.into_iter().rev().find(|step| *step < self)
    }
}

/// How far the first run is, in the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FirstRunProgress {
    /// The step to go on with.
    pub step: FirstRunStep,
    /// It was finished or skipped: it does not come again by itself.
    pub done: bool,
}
