//! What is kept from the start of Insert mode to Escape, and of it for `.`.

use std::ops::Range;

use editor_core::Transaction;

/// What Insert mode did to the text around the caret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Inserted {
    pub text: String,
    /// Characters that were deleted before the caret, and behind it.
    pub before: usize,
    pub behind: usize,
    /// So many characters of the text stand behind the caret in the end, as closing brackets do.
    pub tail: usize,
}

/// What is typed into one line of a block goes into the others.
#[derive(Clone, Debug)]
pub(crate) struct BlockInsert {
    pub lines: Vec<usize>,
    /// Display column, or [`crate::motion::LINE_END`].
    pub column: usize,
    /// Lines that are too short are made longer.
    pub pads: bool,
    /// The column to which the caret goes in the end.
    pub back_to: Option<usize>,
}

/// From the start of Insert mode to Escape.
#[derive(Clone, Debug)]
pub(crate) struct InsertSession {
    /// The text that is typed into.
    pub id: u64,
    /// Where it began.
    pub start: usize,
    /// What was typed, as it lies in the text now.
    pub region: Range<usize>,
    pub before: usize,
    pub behind: usize,
    /// So often it is there in the end.
    pub count: usize,
    /// Each of the times is a line of its own.
    pub opens: bool,
    /// The line has nothing but an indentation that nobody typed.
    pub fresh_indent: bool,
    pub block: Option<BlockInsert>,
    /// What was typed over, in order.
    pub replaced: Vec<Option<char>>,
}

impl InsertSession {
    pub fn new(id: u64, start: usize) -> Self {
        Self {
            id,
            start,
            region: start..start,
            before: 0,
            behind: 0,
            count: 1,
            opens: false,
            fresh_indent: false,
            block: None,
            replaced: Vec::new(),
        }
    }

    /// Goes along with an edit: what touches the typed text is part of it.
    pub fn follow(&mut self, transaction: &Transaction) {
        for change in transaction.changes().iter().rev() {
            let Range { start, end } = change.range;
            let inserted = change.insert.chars().count();
            if end < self.region.start {
                self.region =
                    self.region.start - (end - start) + inserted..self.region.end - (end - start) + inserted;
                continue;
            }
            if start > self.region.end {
                if transaction.changes().len() == 1 {
                    // The caret went elsewhere before this was typed.
                    (self.region, self.before, self.behind) = (start..start + inserted, 0, 0);
                    self.count = 1;
                }
                continue;
            }
            self.before += self.region.start.saturating_sub(start);
            self.behind += end.saturating_sub(self.region.end);
            let from = self.region.start.min(start);
            let to = self.region.end.max(end) - (end - start) + inserted;
            self.region = from..to;
        }
    }
}
