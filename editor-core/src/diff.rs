//! Differences: lines, words inside them, and the provisional ones shown while an answer is still arriving.

use std::ops::Range;

/// Lines that were replaced, as indices into both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineHunk {
    /// Lines that go.
    pub old: Range<usize>,
    /// Lines that come.
    pub new: Range<usize>,
}

/// The difference between two lists of lines.
#[must_use]
pub fn lines(old: &[&str], new: &[&str]) -> Vec<LineHunk> { todo!() }

/// The changed char ranges of both sides, word by word. Empty when the texts have too little in common for marks to help.
#[must_use]
pub fn words(old: &str, new: &str) -> (Vec<Range<usize>>, Vec<Range<usize>>) { todo!() }

/// What a row of a diff is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// In both texts.
    Kept,
    /// Only in the old text.
    Removed,
    /// Only in the new text.
    Added,
    /// While streaming: in the old text, and the answer has not come so far yet. Drawn as unchanged.
    NotReached,
    /// While streaming: the answer's last line, still being written.
    Writing,
}

/// One row of a diff as it is drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// The line without its ending.
    pub text: String,
    /// Changed chars of `text`.
    pub marks: Vec<Range<usize>>,
    /// Index of the line in the old text.
    pub old_line: Option<usize>,
    /// Index of the line in the new text.
    pub new_line: Option<usize>,
    /// The hunk of a review that it belongs to.
    pub hunk: Option<usize>,
}

/// The difference to an answer that is still arriving.
#[derive(Clone, Debug)]
pub struct StreamingDiff { _x: () }

impl StreamingDiff {
    /// Nothing has arrived yet: all rows are `NotReached`.
    #[must_use]
    pub fn new(original: &str) -> Self { todo!() }
    /// More of the answer. Costs O(original lines) a line.
    pub fn push(&mut self, text: &str) { todo!() }
    /// The answer so far.
    #[must_use]
    pub fn text(&self) -> &str { todo!() }
    /// The rows to draw now.
    #[must_use]
    pub fn rows(&self) -> &[Row] { todo!() }
    /// The real difference, when all has arrived.
    #[must_use]
    pub fn finish(self) -> Vec<Row> { todo!() }
}
