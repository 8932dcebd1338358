//! Lines that can be folded, as data.

use std::ops::Range;

/// Lines that can be folded: the first one stays, those behind it up to the last go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FoldRegion {
    /// The line that stays.
    pub header: usize,
    /// The last line that is hidden.
    pub last: usize,
}

impl FoldRegion {
    /// The lines that are hidden when it is folded.
    #[must_use]
    pub fn hidden(&self) -> Range<usize> {
        self.header + 1..self.last + 1
    }

    /// Is this one of its lines, the one that stays included?
    #[must_use]
    pub fn holds(&self, line: usize) -> bool {
        (self.header..=self.last).contains(&line)
    }
}
