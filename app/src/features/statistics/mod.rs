//! What became of the model's proposals, in figures.

pub mod update;
pub mod view;

use assist::statistics::Statistics;

use crate::workspace::Unreadable;

/// The panel of what became of proposals.
#[derive(Clone, Debug)]
pub enum StatisticsEvent {
    /// The figures, or why they cannot be read.
    Read(Result<Statistics, Unreadable>),
    /// They become a text of their own.
    Export,
    /// They are deleted.
    Reset,
}
