//! What is folded: kept as places in the text, so that it survives edits.

use std::ops::Range;

use crate::buffer::Buffer;
use crate::selection::Selection;
use crate::syntax::FoldRegion;
use crate::transaction::{Bias, Transaction};

/// The folds of one text. Folds within folds are remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folds {
    /// From the end of the line that stays to the end of the last hidden one, in characters; sorted, one a header.
    places: Vec<Range<usize>>,
}

impl Folds {
    /// Is nothing folded?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// What is folded, sorted.
    pub fn regions<'a>(&'a self, buffer: &'a Buffer) -> impl Iterator<Item = FoldRegion> + 'a {
        self.places
            .iter()
            .map(|place| FoldRegion { header: buffer.line_of(place.start), last: buffer.line_of(place.end) })
    }

    /// The hidden lines: sorted, of folds within each other the outer one alone.
    #[must_use]
    pub fn hidden(&self, buffer: &Buffer) -> Vec<Range<usize>> {
        let mut hidden: Vec<Range<usize>> = Vec::new();
        for region in self.regions(buffer) {
            let lines = region.hidden();
            match hidden.last_mut() {
                Some(last) if lines.start <= last.end => last.end = last.end.max(lines.end),
                _ => hidden.push(lines),
            }
        }
        hidden
    }

    /// The fold that begins behind a line.
    #[must_use]
    pub fn at(&self, buffer: &Buffer, header: usize) -> Option<FoldRegion> {
        let end = buffer.line_end(header);
        let index = self.places.binary_search_by_key(&end, |place| place.start).ok()?;
        Some(FoldRegion { header, last: buffer.line_of(self.places[index].end) })
    }

    /// Folds lines. Nothing happens where there is nothing to hide.
    pub fn fold(&mut self, buffer: &Buffer, region: FoldRegion) {
        let last = region.last.min(buffer.len_lines() - 1);
        if last > region.header {
            let place = buffer.line_end(region.header)..buffer.line_end(last);
            match self.places.binary_search_by_key(&place.start, |place| place.start) {
                Ok(index) => self.places[index] = place,
                Err(index) => self.places.insert(index, place),
            }
        }
    }

    /// Unfolds what begins behind a line. False when nothing does.
    pub fn unfold(&mut self, buffer: &Buffer, header: usize) -> bool {
        let before = self.places.len();
        let end = buffer.line_end(header);
        self.places.retain(|place| place.start != end);
        self.places.len() < before
    }

    /// Unfolds everything.
    pub fn clear(&mut self) {
        self.places.clear();
    }

    /// Unfolds every fold that hides one of these lines. False when none does.
    pub fn show(&mut self, buffer: &Buffer, lines: &Range<usize>) -> bool {
        let before = self.places.len();
        self.places.retain(|place| {
            let (header, last) = (buffer.line_of(place.start), buffer.line_of(place.end));
            last < lines.start || header + 1 >= lines.end
        });
        self.places.len() < before
    }

    /// Unfolds what a caret has come into. A selection that goes over all of a fold, and over the line that stays, leaves it as it is.
    pub fn show_carets(&mut self, buffer: &Buffer, selection: &Selection) -> bool {
        let before = self.places.len();
        self.places.retain(|place| {
            let enters = |head: usize| {
                let line = buffer.line_of(head);
                line > buffer.line_of(place.start) && line <= buffer.line_of(place.end)
            };
            let is_over = |range: Range<usize>| range.start <= place.start && place.end <= range.end;
            !selection.spans().iter().any(|span| enters(span.head) && !is_over(span.range()))
        });
        self.places.len() < before
    }

    /// Moves along with an edit. [`Folds::settle`] must follow, once all edits are told.
    pub fn follow(&mut self, transaction: &Transaction) {
        for place in &mut self.places {
            let start = transaction.map(place.start, Bias::Before);
            *place = start..transaction.map(place.end, Bias::Before).max(start);
        }
    }

    /// After edits: folds begin and end with lines again, and those that hide nothing any more are gone.
    pub fn settle(&mut self, buffer: &Buffer) {
        let old = std::mem::take(&mut self.places);
        for place in old {
            let (header, last) = (buffer.line_of(place.start), buffer.line_of(place.end));
            self.fold(buffer, FoldRegion { header, last });
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

    use super::*;
    use crate::selection::Span;
    use crate::transaction::Change;
    use proptest::prelude::*;

    fn folded(text: &str, regions: &[(usize, usize)]) -> (Buffer, Folds) {
        let buffer = Buffer::from_text(text);
        let mut folds = Folds::default();
        for &(header, last) in regions {
            folds.fold(&buffer, FoldRegion { header, last });
        }
        (buffer, folds)
    }

    fn edit(buffer: &mut Buffer, folds: &mut Folds, change: Change) {
        let transaction = Transaction::new(buffer, vec![change]).unwrap();
        buffer.apply(&transaction).unwrap();
        folds.follow(&transaction);
        folds.settle(buffer);
    }

    #[test]
    fn folds_hide_lines_and_an_outer_one_hides_the_inner() {
        let (buffer, mut folds) = folded("a\nb\nc\nd\ne\nf", &[(1, 2), (0, 3), (4, 9)]);
        assert_eq!(folds.hidden(&buffer), [1..4, 5..6]);
        assert_eq!(folds.at(&buffer, 0), Some(FoldRegion { header: 0, last: 3 }));
        assert!(folds.unfold(&buffer, 0) && !folds.unfold(&buffer, 0));
        assert_eq!(folds.hidden(&buffer), [2..3, 5..6], "the inner one is still folded");
        assert!(folds.show(&buffer, &(2..3)) && !folds.show(&buffer, &(2..3)));
        assert_eq!(folds.hidden(&buffer), [5..6]);
    }

    #[test]
    fn folds_survive_edits_around_them() {
        let (mut buffer, mut folds) = folded("fn a() {\n    b\n}\nend", &[(0, 1)]);
        edit(&mut buffer, &mut folds, Change::insert(0, "// ä\n"));
        assert_eq!(folds.hidden(&buffer), [2..3]);
        edit(&mut buffer, &mut folds, Change::insert(13, " //"));
        assert_eq!((buffer.slice(5..16).as_str(), folds.hidden(&buffer)), ("fn a() { //", vec![2..3]));
        edit(&mut buffer, &mut folds, Change::delete(0..5));
        assert_eq!(folds.hidden(&buffer), [1..2]);
        let all = Change::delete(0..buffer.len_chars());
        edit(&mut buffer, &mut folds, all);
        assert!(folds.is_empty());
    }

    #[test]
    fn a_line_broken_at_a_fold_comes_into_it_and_the_caret_unfolds() {
        let (mut buffer, mut folds) = folded("if a:\n    b\nc", &[(0, 1)]);
        edit(&mut buffer, &mut folds, Change::insert(5, "\n    "));
        assert_eq!(folds.hidden(&buffer), [1..3]);
        assert!(folds.show_carets(&buffer, &Selection::caret(10)));
        assert!(folds.is_empty());
    }

    #[test]
    fn a_caret_unfolds_and_a_selection_over_everything_does_not() {
        let (buffer, mut folds) = folded("a\nb\nc", &[(0, 2)]);
        let all = Selection::single(Span::new(0, 5));
        assert!(!folds.show_carets(&buffer, &all) && !folds.show_carets(&buffer, &Selection::caret(1)));
        assert!(folds.show_carets(&buffer, &Selection::single(Span::new(5, 3))));
    }

    proptest! {
        /// Whatever is edited, folds hide lines that exist, behind a line that stays, and each hides something.
        #[test]
        fn folds_stay_in_the_text(
            text in "[a\n]{0,40}",
            regions in prop::collection::vec((0usize..20, 0usize..20), 0..6),
            edits in prop::collection::vec((0usize..40, 0usize..40, "[a\n]{0,4}"), 0..6),
        ) {
            let mut buffer = Buffer::from_text(&text);
            let mut folds = Folds::default();
            for (header, len) in regions.into_iter().filter(|(header, _)| *header < buffer.len_lines()) {
                folds.fold(&buffer, FoldRegion { header, last: header + len });
            }
            for (start, end, insert) in edits {
                let len = buffer.len_chars();
                let (start, end) = (start.min(end).min(len), end.max(start).min(len));
                edit(&mut buffer, &mut folds, Change::new(start..end, insert));
                let mut floor = 0;
                for lines in folds.hidden(&buffer) {
                    prop_assert!((floor == 0 || lines.start > floor) && lines.start < lines.end);
                    prop_assert!(lines.start >= 1 && lines.end <= buffer.len_lines());
                    prop_assert!(folds.at(&buffer, lines.start - 1).is_some());
                    floor = lines.end;
                }
            }
        }
    }
}
