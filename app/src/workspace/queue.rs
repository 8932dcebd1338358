//! Several selections of one tab that are reviewed one after another.

use std::collections::VecDeque;
use std::ops::Range;

use editor_core::Transaction;
use editor_core::transaction::Bias;

use super::{ReviewStatus, Tab};

/// Selections that wait for their turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SelectionQueue {
    pub waiting: VecDeque<Range<usize>>,
    /// What is asked about each.
    pub words: String,
    /// How many there were in all.
    pub all: usize,
}

impl SelectionQueue {
    /// The number of the one that is reviewed and how many there are; `None` when there is only one.
    pub fn place(&self) -> Option<(usize, usize)> {
        (self.all > 1).then(|| (self.all - self.waiting.len(), self.all))
    }

    /// Follows an edit; what was deleted is not waited for.
    pub fn follow(&mut self, transaction: &Transaction) {
        for range in &mut self.waiting {
            let (start, end) =
                (transaction.map(range.start, Bias::After), transaction.map(range.end, Bias::Before));
            *range = start..end.max(start);
        }
        self.waiting.retain(|range| !range.is_empty());
    }
}

impl Tab {
    /// There is nothing to decide about this selection, and others wait: leaving it continues with them.
    pub fn goes_on(&self) -> bool {
        let unchanged = self.review.as_ref().is_some_and(|review| review.status == ReviewStatus::Unchanged);
        unchanged && !self.queue.waiting.is_empty()
    }
}
