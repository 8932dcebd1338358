//! What became of the model's proposals, in figures.

pub mod update;
pub mod view;

use assist::statistics::Statistics;

use crate::workspace::Unreadable;

/// The page of what became of proposals.
#[derive(Clone, Debug, Default)]
pub struct StatisticsPage {
    /// The figures as they were read last, or why they cannot be read; `None`: not read yet.
    pub figures: Option<Result<Statistics, Unreadable>>,
}

/// What happens in the page.
#[derive(Clone, Debug)]
pub enum StatisticsEvent {
    /// The figures, or why they cannot be read.
    Read(Result<Statistics, Unreadable>),
    /// They become a text of their own.
    Export,
    /// They are deleted.
    Reset,
}
