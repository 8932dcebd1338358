//! Carets from row to row, where a line may have several and hidden lines have none. Everything else that a caret does is
//! [`crate::movement`]'s.

use ropey::Rope;
use unicode_segmentation::UnicodeSegmentation;

use super::map::{RowContent, RowMap, RowTop};
use crate::buffer::line_start;
use crate::movement::{self, Motion, cluster_width};
use crate::selection::{Selection, Span};

/// Moves every span. `map` has the rows of the text alone, without those of a review.
#[must_use]
pub fn move_selection(
    rope: &Rope,
    map: &RowMap<'_>,
    selection: &Selection,
    motion: Motion,
    extend: bool,
    tab_width: usize,
) -> Selection {
    if map.is_plain() {
        return movement::move_selection(rope, selection, motion, extend, tab_width);
    }
    selection.map(|span| move_span(rope, map, span, (motion, extend), tab_width))
}

fn move_span(
    rope: &Rope,
    map: &RowMap<'_>,
    span: Span,
    (motion, extend): (Motion, bool),
    tab_width: usize,
) -> Span {
    let rows = |count: usize| count as f64;
    let moved = match motion {
        Motion::Up => vertical(rope, map, span, (-1.0, extend), tab_width),
        Motion::Down => vertical(rope, map, span, (1.0, extend), tab_width),
        Motion::PageUp(count) => vertical(rope, map, span, (-rows(count), extend), tab_width),
        Motion::PageDown(count) => vertical(rope, map, span, (rows(count), extend), tab_width),
        Motion::LineStart => row_start(rope, map, span.head)
            .map_or_else(|| movement::move_span(rope, span, motion, false, tab_width), Span::caret),
        Motion::LineEnd => row_end(rope, map, span.head)
            .map_or_else(|| movement::move_span(rope, span, motion, false, tab_width), Span::caret),
        _ => return movement::move_span(rope, span, motion, extend, tab_width),
    };
    if extend { Span { anchor: span.anchor, ..moved } } else { moved }
}

/// The row of a position: its line, its characters in the line, columns that it is set in, and whether it is the first and the last one.
struct OwnRow {
    line: usize,
    columns: std::ops::Range<usize>,
    indent: usize,
    is_first: bool,
    is_last: bool,
}

fn row_at(map: &RowMap<'_>, place: RowTop) -> Option<OwnRow> {
    let seen = map.seen(RowTop { row: place.row.floor(), ..place }, 1.0);
    match seen.into_iter().next()?.content {
        RowContent::Text { line, columns, indent, is_first, is_last } => {
            Some(OwnRow { line, columns, indent, is_first, is_last })
        }
        RowContent::Inserted { .. } => None,
    }
}

fn own_row(rope: &Rope, map: &RowMap<'_>, position: usize) -> Option<OwnRow> {
    let line = rope.char_to_line(position);
    row_at(map, map.place(line, position - line_start(rope, line)))
}

/// The start of a row that is not the first one of its line; from there, and in the first, the line has the word.
fn row_start(rope: &Rope, map: &RowMap<'_>, head: usize) -> Option<usize> {
    let row = own_row(rope, map, head)?;
    let start = line_start(rope, row.line) + row.columns.start;
    (!row.is_first && head > start).then_some(start)
}

/// The last place in a row that is not the last one of its line; from there the line has the word.
fn row_end(rope: &Rope, map: &RowMap<'_>, head: usize) -> Option<usize> {
    let row = own_row(rope, map, head)?;
    let end = movement::grapheme_left(rope, line_start(rope, row.line) + row.columns.end);
    (!row.is_last && head < end).then_some(end)
}

/// Moves by rows towards the goal column. Beyond the first or the last row it goes to the end of the text.
fn vertical(
    rope: &Rope,
    map: &RowMap<'_>,
    span: Span,
    (rows, extend): (f64, bool),
    tab_width: usize,
) -> Span {
    let from = match extend {
        true => span.head,
        false if rows < 0.0 => span.start(),
        false => span.end(),
    };
    let line = rope.char_to_line(from);
    let place = map.place(line, from - line_start(rope, line));
    let Some(here) = row_at(map, place) else { return Span::caret(from) };
    let goal = span.goal.unwrap_or_else(|| goal(rope, &here, from, tab_width));
    let moved = map.shifted(place, rows);
    let fell_short = (map.distance(place, moved, rows.abs() + 1.0) - rows).abs() > 0.5;
    let is_end = moved >= map.end();
    let at = match row_at(map, moved).filter(|_| !fell_short && !is_end) {
        Some(row) => position_in(rope, &row, goal, tab_width),
        None if rows < 0.0 => 0,
        None => end_of_text(rope, map),
    };
    Span { goal: Some(goal), ..Span::caret(at) }
}

/// The end of the last row: what is hidden at the end of the text stays hidden.
fn end_of_text(rope: &Rope, map: &RowMap<'_>) -> usize {
    let last = map.shown_line(map.lines() - 1);
    crate::buffer::line_end(rope, last)
}

/// The column at which a position of a row is drawn.
fn goal(rope: &Rope, row: &OwnRow, position: usize, tab_width: usize) -> usize {
    let start = line_start(rope, row.line) + row.columns.start;
    let text = rope.slice(start..position.max(start)).to_string();
    row.indent
        + text.graphemes(true).fold(0, |column, cluster| column + cluster_width(cluster, column, tab_width))
}

/// The position of a row that is drawn at a column or nearest to it. What is between two rows belongs to the latter.
fn position_in(rope: &Rope, row: &OwnRow, goal: usize, tab_width: usize) -> usize {
    let start = line_start(rope, row.line) + row.columns.start;
    let text = rope.slice(start..start + row.columns.len()).to_string();
    let goal = goal.saturating_sub(row.indent);
    let (mut at, mut reached, mut before) = (start, 0, start);
    for cluster in text.graphemes(true) {
        let width = cluster_width(cluster, reached, tab_width);
        if goal < reached + width.div_ceil(2) {
            return at;
        }
        reached += width;
        before = at;
        at += cluster.chars().count();
    }
    if row.is_last { at } else { before }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

    use super::super::wrap::WrapWidth;
    use super::*;
    use crate::selection_notation;
    use proptest::prelude::*;

    fn check(before: &str, motions: &[Motion], after: &str) {
        let (text, mut selection) = selection_notation::parse(before);
        let rope = Rope::from_str(&text);
        let map = RowMap::new(&rope, Some(WrapWidth::new(10, 4)), &[], Vec::new());
        for motion in motions {
            selection = move_selection(&rope, &map, &selection, *motion, false, 4);
        }
        assert_eq!(selection_notation::draw(&text, &selection), after, "{motions:?} in {before:?}");
    }

    #[test]
    fn up_and_down_go_by_rows() {
        check("on|e two three four\nfive", &[Motion::Down], "one two th|ree four\nfive");
        check("one two th|ree four\nfive", &[Motion::Down], "one two three four\nfi|ve");
        check("one two three four\nfi|ve", &[Motion::Up], "one two th|ree four\nfive");
        check("one two th|ree four", &[Motion::Up], "on|e two three four");
        check("o|ne two three four", &[Motion::Up], "|one two three four");
        check("one two thr|ee four", &[Motion::Down], "one two three four|");
    }

    #[test]
    fn the_column_is_kept_over_a_shorter_row() {
        check("one two| three\nx\nabcdefghi", &[Motion::Down, Motion::Down], "one two three\nx|\nabcdefghi");
        check(
            "one two| three\nx\nabcdefghi",
            &[Motion::Down, Motion::Down, Motion::Down],
            "one two three\nx\nabcdefg|hi",
        );
    }

    #[test]
    fn home_and_end_stop_at_the_row_and_then_at_the_line() {
        check("one two thr|ee four five", &[Motion::LineStart], "one two |three four five");
        check("one two |three four five", &[Motion::LineStart], "|one two three four five");
        check("o|ne two three", &[Motion::LineEnd], "one two| three");
        check("one two| three", &[Motion::LineEnd], "one two three|");
    }

    #[test]
    fn hidden_lines_are_stepped_over() {
        let rope = Rope::from_str("ab\ncd\nef\ngh");
        let map = RowMap::new(&rope, None, &[1..3], Vec::new());
        let down = move_selection(&rope, &map, &Selection::caret(1), Motion::Down, false, 4);
        assert_eq!(down.primary().head, 10);
        assert_eq!(move_selection(&rope, &map, &down, Motion::Up, false, 4).primary().head, 1);
        let end = RowMap::new(&rope, None, &[1..4], Vec::new());
        assert_eq!(
            move_selection(&rope, &end, &Selection::caret(1), Motion::Down, false, 4).primary().head,
            2
        );
    }

    proptest! {
        /// Without wrapping and folds a row is a line.
        #[test]
        fn rows_that_are_lines_move_like_lines(
            text in "[ab\t漢\n]{0,40}", at in 0usize..41, down: bool, extend: bool, count in 1usize..4,
        ) {
            let rope = Rope::from_str(&text);
            let wide = RowMap::new(&rope, Some(WrapWidth::new(1000, 4)), &[], Vec::new());
            let selection = Selection::caret(at.min(rope.len_chars()));
            let motion = if down { Motion::PageDown(count) } else { Motion::PageUp(count) };
            prop_assert_eq!(
                move_selection(&rope, &wide, &selection, motion, extend, 4),
                movement::move_selection(&rope, &selection, motion, extend, 4)
            );
        }

        /// Down and up again comes back to the column, and no motion leaves the text.
        #[test]
        fn no_motion_leaves_the_text(text in "[ab \t漢\n]{0,60}", at in 0usize..61, extend: bool) {
            let rope = Rope::from_str(&text);
            let map = RowMap::new(&rope, Some(WrapWidth::new(10, 4)), &[1..2, 4..6], Vec::new());
            let selection = Selection::caret(at.min(rope.len_chars()));
            for motion in [
                Motion::Up, Motion::Down, Motion::PageUp(3), Motion::PageDown(3), Motion::LineStart, Motion::LineEnd,
            ] {
                let moved = move_selection(&rope, &map, &selection, motion, extend, 4).primary();
                prop_assert!(moved.head <= rope.len_chars());
            }
        }
    }
}
