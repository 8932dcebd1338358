//! Reviews that were closed with something left of them, and follow their text until they are taken up again.

use assist::statistics::Outcome;
use editor_core::{Buffer, Transaction};

use super::{SelectionQueue, TabReview};

/// Reviews of one tab that were closed, the last one at the end.
#[derive(Default)]
pub struct ClosedReviews(pub Vec<Kept>);

/// One of them.
pub struct Kept {
    pub review: TabReview,
    /// What was counted when it was closed.
    pub counted: Option<Outcome>,
    /// Selections that waited behind it, and were given up with it.
    pub queue: SelectionQueue,
}

impl ClosedReviews {
    /// Can one be taken up again?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Follows an edit.
    pub fn follow(&mut self, transaction: &Transaction) {
        for kept in &mut self.0 {
            kept.review.follow(transaction);
            kept.queue.follow(transaction);
        }
    }

    /// Forgets those whose text is another one by now.
    pub fn forget(&mut self, text: &Buffer) {
        self.0.retain(|kept| kept.review.review.can_reopen(text));
    }
}
