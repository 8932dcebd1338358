//! One or more selected spans, the primary one being where the caret is drawn and completions appear.

use std::ops::Range;

/// A selected stretch of text, or a caret when both ends are one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The end that stays when the selection is extended.
    pub anchor: usize,
    /// The end that moves: the caret.
    pub head: usize,
    /// Display column that moving up and down aims at; forgotten by every other motion.
    pub goal: Option<usize>,
}

impl Span {
    /// A span from where it began to where the caret is.
    #[must_use]
    pub fn new(anchor: usize, head: usize) -> Self {
        Self { anchor, head, goal: None }
    }

    /// A caret with nothing selected.
    #[must_use]
    pub fn caret(at: usize) -> Self {
        Self::new(at, at)
    }

    /// The smaller end.
    #[must_use]
    pub fn start(&self) -> usize {
        self.anchor.min(self.head)
    }

    /// The greater end.
    #[must_use]
    pub fn end(&self) -> usize {
        self.anchor.max(self.head)
    }

    /// Both ends in order.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start()..self.end()
    }

    /// Is it a mere caret?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.anchor == self.head
    }

    fn is_backward(&self) -> bool {
        self.head < self.anchor
    }

    fn clamp(self, len: usize) -> Self {
        Self { anchor: self.anchor.min(len), head: self.head.min(len), goal: self.goal }
    }

    /// Both spans as one, in this one's direction.
    fn union(&self, other: &Self) -> Self {
        let (start, end) = (self.start().min(other.start()), self.end().max(other.end()));
        let backward = if self.is_empty() { other.is_backward() } else { self.is_backward() };
        if backward { Self::new(end, start) } else { Self::new(start, end) }
    }

    fn merges_with(&self, next: &Self) -> bool {
        let touching = next.start() == self.end() && (self.is_empty() || next.is_empty());
        next.start() < self.end() || touching
    }
}

/// Spans, never none, sorted, never overlapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    spans: Vec<Span>,
    primary: usize,
}

impl Default for Selection {
    fn default() -> Self {
        Self::caret(0)
    }
}

impl Selection {
    /// Sorts and merges the spans. Without any it is a caret at 0. `primary` is an index into `spans` as given.
    #[must_use]
    pub fn new(spans: Vec<Span>, primary: usize) -> Self {
        let Some(&chosen) = spans.get(primary).or(spans.first()) else { return Self::caret(0) };
        let mut spans = spans;
        spans.sort_by_key(|span| (span.start(), span.end()));
        let mut merged: Vec<Span> = Vec::with_capacity(spans.len());
        for span in spans {
            match merged.last_mut() {
                Some(last) if last.merges_with(&span) => *last = last.union(&span),
                _ => merged.push(span),
            }
        }
        let holds = |span: &Span| span.start() <= chosen.start() && chosen.end() <= span.end();
        let primary = merged
            .iter()
            .position(|span| span.range() == chosen.range())
            .or_else(|| merged.iter().position(holds))
            .unwrap_or(0);
        Self { spans: merged, primary }
    }

    /// One span.
    #[must_use]
    pub fn single(span: Span) -> Self {
        Self { spans: vec![span], primary: 0 }
    }

    /// One caret.
    #[must_use]
    pub fn caret(at: usize) -> Self {
        Self::single(Span::caret(at))
    }

    /// All spans in order.
    #[must_use]
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// The span that counts when only one can.
    #[must_use]
    pub fn primary(&self) -> Span {
        self.spans[self.primary]
    }

    /// Which of the spans is the primary one.
    #[must_use]
    pub fn primary_index(&self) -> usize {
        self.primary
    }

    /// Adds a span and makes it the primary one.
    #[must_use]
    pub fn with(&self, span: Span) -> Self {
        let spans = self.spans.iter().copied().chain([span]).collect();
        Self::new(spans, self.spans.len())
    }

    /// Forgets all spans but the primary one.
    #[must_use]
    pub fn only_primary(&self) -> Self {
        Self::single(self.primary())
    }

    /// Changes each span.
    #[must_use]
    pub fn map(&self, change: impl FnMut(Span) -> Span) -> Self {
        Self::new(self.spans.iter().copied().map(change).collect(), self.primary)
    }

    /// Moves spans behind the end of a text back to its end.
    #[must_use]
    pub fn clamped(&self, len: usize) -> Self {
        self.map(|span| span.clamp(len))
    }

    /// Are all spans carets?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.spans.iter().all(Span::is_empty)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(spans: &[(usize, usize)], primary: usize, expected: &[(usize, usize)], chosen: usize) {
        let spans = spans.iter().map(|&(anchor, head)| Span::new(anchor, head)).collect();
        let selection = Selection::new(spans, primary);
        let got: Vec<_> = selection.spans().iter().map(|span| (span.anchor, span.head)).collect();
        assert_eq!((got.as_slice(), selection.primary_index()), (expected, chosen));
    }

    #[test]
    fn spans_are_sorted_and_those_that_overlap_become_one() {
        check(&[(5, 6), (1, 2)], 0, &[(1, 2), (5, 6)], 1);
        check(&[(1, 4), (3, 6)], 1, &[(1, 6)], 0);
        check(&[(4, 1), (6, 3)], 0, &[(6, 1)], 0);
        check(&[(1, 3), (3, 5)], 0, &[(1, 3), (3, 5)], 0);
        check(&[(1, 3), (3, 3)], 1, &[(1, 3)], 0);
        check(&[(2, 2), (2, 2), (9, 9)], 2, &[(2, 2), (9, 9)], 1);
        check(&[], 0, &[(0, 0)], 0);
    }
}
