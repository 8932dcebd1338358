//! What became of the model's proposals, in figures.

pub mod update;
pub mod view;

use assist::statistics::Statistics;

/// The panel of what became of proposals.
#[derive(Clone, Debug, PartialEq)]
pub enum StatisticsEvent {
    /// The figures, or why they cannot be read.
    Read(Result<Statistics, String>),
    /// They become a text of their own.
    Export,
    /// They are deleted.
    Reset,
}
