//! All rows of a text: which one shows what, how to go from one to another, and about where each is among all.
//!
//! The rows of a line, with what stands before it (the added lines of a review), are its group. A place is a line and a row of its
//! group, never a number among all rows: that would have to be counted.

use std::ops::Range;

use ropey::{Rope, RopeSlice};

use super::wrap::{WrapWidth, WrappedLine};
use crate::buffer::{line_end, line_start};

/// Rows that belong to no line of the text, shown before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InsertedRows {
    /// The line they stand before; the number of lines for those behind the last.
    pub before: usize,
    /// How many.
    pub count: usize,
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowContent {
    /// A part of a line of the text.
    Text {
        /// The line.
        line: usize,
        /// Its characters, counted from its start.
        columns: Range<usize>,
        /// Columns that the row is set in.
        indent: usize,
        /// Is it the first row of the line?
        is_first: bool,
        /// Is it the last row of the line?
        is_last: bool,
    },
    /// Line `index` of inserted block `block`.
    Inserted {
        /// Which block, in order.
        block: usize,
        /// Which of its lines.
        index: usize,
        /// The line that it stands before.
        before: usize,
    },
}

/// A row that is seen.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenRow {
    /// What it shows.
    pub content: RowContent,
    /// Its top, in rows beneath the top of the screen.
    pub y: f64,
}

/// A place among the rows: a line, and rows from the start of its group, which need not be whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct RowTop {
    /// The line; the number of lines for what is inserted behind the last.
    pub line: usize,
    /// Rows from the start of its group.
    pub row: f64,
}

/// The rows of a text.
#[derive(Clone, Debug)]
pub struct RowMap<'a> {
    rope: &'a Rope,
    width: Option<WrapWidth>,
    /// Hidden lines, sorted, none touching another one.
    hidden: Vec<Range<usize>>,
    /// Lines and bytes hidden before each of them.
    before: Vec<(usize, usize)>,
    inserted: Vec<InsertedRows>,
    /// Rows inserted before each block.
    inserted_before: Vec<usize>,
}

impl<'a> RowMap<'a> {
    /// The rows of a text whose lines are wrapped at `width`, if at all. `hidden` and `inserted` are sorted; what touches or overlaps
    /// among the hidden lines is one. The first line is never hidden.
    #[must_use]
    pub fn new(
        rope: &'a Rope,
        width: Option<WrapWidth>,
        hidden: &[Range<usize>],
        inserted: Vec<InsertedRows>,
    ) -> Self {
        let hidden = joined(hidden, rope.len_lines());
        let (mut lines, mut bytes) = (0, 0);
        let before = hidden.iter().map(|range| {
            let here = (lines, bytes);
            lines += range.len();
            bytes += rope.line_to_byte(range.end) - rope.line_to_byte(range.start);
            here
        });
        let before = before.collect();
        let mut count = 0;
        let inserted_before = inserted.iter().map(|block| {
            let here = count;
            count += block.count;
            here
        });
        let inserted_before = inserted_before.collect();
        Self { rope, width, hidden, before, inserted, inserted_before }
    }

    /// The number of lines of the text.
    #[must_use]
    pub fn lines(&self) -> usize {
        self.rope.len_lines()
    }

    /// How wide rows are; `None`: each line is one.
    #[must_use]
    pub fn width(&self) -> Option<WrapWidth> {
        self.width
    }

    /// Is each line one row, and each row one line?
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.width.is_none() && self.hidden.is_empty() && self.inserted.is_empty()
    }

    /// A line without its ending.
    #[must_use]
    pub fn text(&self, line: usize) -> RopeSlice<'a> {
        self.rope.slice(line_start(self.rope, line)..line_end(self.rope, line))
    }

    /// The hidden stretch that a line is in.
    fn hidden_at(&self, line: usize) -> Option<&Range<usize>> {
        let index = self.hidden.partition_point(|range| range.end <= line);
        self.hidden.get(index).filter(|range| range.contains(&line))
    }

    /// Has a line no row?
    #[must_use]
    pub fn is_hidden(&self, line: usize) -> bool {
        self.hidden_at(line).is_some()
    }

    /// The line itself, or the one above it that hides it.
    #[must_use]
    pub fn shown_line(&self, line: usize) -> usize {
        self.hidden_at(line).map_or(line, |range| range.start.saturating_sub(1))
    }

    /// How a line is cut into rows.
    #[must_use]
    pub fn wrapped(&self, line: usize) -> WrappedLine {
        match self.width {
            Some(width) => WrappedLine::new(self.text(line), width),
            None => WrappedLine::whole(line_end(self.rope, line) - line_start(self.rope, line)),
        }
    }

    /// The blocks that stand before a line.
    fn blocks(&self, line: usize) -> Range<usize> {
        let start = self.inserted.partition_point(|block| block.before < line);
        start..self.inserted.partition_point(|block| block.before <= line)
    }

    fn inserted_at(&self, line: usize) -> usize {
        if self.is_hidden(line) {
            0
        } else {
            self.inserted[self.blocks(line)].iter().map(|block| block.count).sum()
        }
    }

    fn own_rows(&self, line: usize) -> usize {
        match self.width {
            _ if line >= self.lines() || self.is_hidden(line) => 0,
            None => 1,
            Some(_) => self.wrapped(line).rows(),
        }
    }

    /// Rows of a line's group.
    fn group(&self, line: usize) -> usize {
        self.inserted_at(line) + self.own_rows(line)
    }

    /// The next line that has a row.
    fn next_line(&self, line: usize) -> Option<usize> {
        let next = self.hidden_at(line + 1).map_or(line + 1, |range| range.end);
        let is_line = next < self.lines() || (next == self.lines() && self.inserted_at(next) > 0);
        is_line.then_some(next)
    }

    /// The line before that has a row.
    fn previous_line(&self, line: usize) -> Option<usize> {
        let previous = line.checked_sub(1)?;
        match self.hidden_at(previous) {
            Some(range) => range.start.checked_sub(1),
            None => Some(previous),
        }
    }

    /// The last line that has a row.
    fn last_line(&self) -> usize {
        if self.inserted_at(self.lines()) > 0 { self.lines() } else { self.shown_line(self.lines() - 1) }
    }

    /// Behind all rows.
    #[must_use]
    pub fn end(&self) -> RowTop {
        let line = self.last_line();
        RowTop { line, row: self.group(line) as f64 }
    }

    /// The row in which a character of a line stands, or that of the line that hides it.
    #[must_use]
    pub fn place(&self, line: usize, column: usize) -> RowTop {
        let shown = self.shown_line(line.min(self.lines() - 1));
        let inserted = self.inserted_at(shown);
        let own = match (self.width, shown == line) {
            (None, _) => 0,
            (Some(_), true) => self.wrapped(shown).row_of(column),
            (Some(_), false) => self.wrapped(shown).rows() - 1,
        };
        RowTop { line: shown, row: (inserted + own) as f64 }
    }

    /// A place that is one of this text, where the text has changed since.
    #[must_use]
    pub fn settled(&self, top: RowTop) -> RowTop {
        let line = if top.line >= self.lines() { self.last_line() } else { self.shown_line(top.line) };
        let row = if line == top.line { top.row } else { 0.0 };
        let row = if row.is_finite() { row } else { 0.0 };
        RowTop { line, row: row.clamp(0.0, self.group(line) as f64) }
    }

    /// The place this many rows further down, or up; at most the end.
    #[must_use]
    pub fn shifted(&self, from: RowTop, by: f64) -> RowTop {
        if self.width.is_none() {
            return self.at(self.offset(from) + by);
        }
        let RowTop { mut line, mut row } = from;
        row += by;
        while row < 0.0 {
            let Some(previous) = self.previous_line(line) else { return RowTop { line, row: 0.0 } };
            line = previous;
            row += self.group(line) as f64;
        }
        loop {
            let group = self.group(line) as f64;
            match self.next_line(line) {
                Some(next) if row >= group => (line, row) = (next, row - group),
                _ => return RowTop { line, row: row.min(group) },
            }
        }
    }

    /// Rows from one place down to another one, negative for up; infinite where it is more than `limit`.
    #[must_use]
    pub fn distance(&self, from: RowTop, to: RowTop, limit: f64) -> f64 {
        if to < from {
            return -self.distance(to, from, limit);
        }
        let far = |rows: f64| if rows > limit { f64::INFINITY } else { rows };
        if self.width.is_none() {
            return far(self.offset(to) - self.offset(from));
        }
        let (mut line, mut rows) = (from.line, -from.row);
        while line < to.line && rows <= limit {
            rows += self.group(line) as f64;
            let Some(next) = self.next_line(line) else { break };
            line = next;
        }
        far(rows + to.row)
    }

    /// Rows before a place: counted where lines are not wrapped, else estimated by the bytes before it. Never smaller for a later place.
    #[must_use]
    pub fn offset(&self, place: RowTop) -> f64 {
        let start = self.start_of(place.line);
        if place.row == 0.0 {
            return start;
        }
        let share = place.row / (self.group(place.line) as f64).max(1.0);
        start + share.clamp(0.0, 1.0) * (self.start_of(place.line + 1) - start)
    }

    /// About how many rows there are.
    #[must_use]
    pub fn total(&self) -> f64 {
        self.start_of(self.lines() + 1)
    }

    /// The place with about this many rows before it: the inverse of [`RowMap::offset`].
    #[must_use]
    pub fn at(&self, offset: f64) -> RowTop {
        let offset = if offset.is_finite() { offset.max(0.0) } else { 0.0 };
        let (mut low, mut high) = (0, self.lines() + 1);
        // The last line that starts at this offset or before it.
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.start_of(middle) <= offset { low = middle } else { high = middle }
        }
        let line = if low >= self.lines() { self.last_line() } else { self.shown_line(low) };
        let start = self.start_of(line);
        let (group, estimate) = (self.group(line) as f64, self.start_of(line + 1) - start);
        let share = if estimate > 0.0 { ((offset - start) / estimate).clamp(0.0, 1.0) } else { 0.0 };
        RowTop { line, row: share * group }
    }

    /// About how many rows there are before the group of a line.
    fn start_of(&self, line: usize) -> f64 {
        let lines = line.min(self.lines());
        let index = self.hidden.partition_point(|range| range.end <= lines);
        let (mut hidden_lines, mut hidden_bytes) = match index.checked_sub(1) {
            Some(last) => {
                let range = &self.hidden[last];
                let (lines, bytes) = self.before[last];
                (lines + range.len(), bytes + self.bytes(range.start..range.end))
            }
            None => (0, 0),
        };
        if let Some(range) = self.hidden.get(index).filter(|range| range.start < lines) {
            hidden_lines += lines - range.start;
            hidden_bytes += self.bytes(range.start..lines);
        }
        let own = (lines - hidden_lines) as f64;
        let further = self.width.map_or(0.0, |width| {
            (self.rope.line_to_byte(lines) - hidden_bytes) as f64 / width.columns as f64
        });
        let block = self.inserted.partition_point(|block| block.before < line);
        let inserted = match block.checked_sub(1) {
            Some(last) => self.inserted_before[last] + self.inserted[last].count,
            None => 0,
        };
        own + further + inserted as f64
    }

    fn bytes(&self, lines: Range<usize>) -> usize {
        self.rope.line_to_byte(lines.end) - self.rope.line_to_byte(lines.start)
    }

    /// The rows of a screen of this many rows whose top is at a place.
    #[must_use]
    pub fn seen(&self, top: RowTop, height: f64) -> Vec<SeenRow> {
        let (mut seen, first) = (Vec::new(), top.row.floor());
        let (mut line, mut skip, mut y) = (top.line, first as usize, first - top.row);
        while y < height {
            for content in self.rows_of(line, skip..skip.saturating_add(height.ceil() as usize + 2)) {
                seen.push(SeenRow { content, y });
                y += 1.0;
            }
            let Some(next) = self.next_line(line) else { break };
            (line, skip) = (next, 0);
        }
        seen.retain(|row| row.y < height);
        seen
    }

    /// Some rows of a line's group.
    fn rows_of(&self, line: usize, rows: Range<usize>) -> Vec<RowContent> {
        let mut found = Vec::new();
        let mut number = 0;
        for block in self.blocks(line) {
            let first = rows.start.saturating_sub(number).min(self.inserted[block].count);
            let last = rows.end.saturating_sub(number).min(self.inserted[block].count);
            found.extend((first..last).map(|index| RowContent::Inserted { block, index, before: line }));
            number += self.inserted[block].count;
        }
        if line >= self.lines() {
            return found;
        }
        let wrapped = self.wrapped(line);
        let first = rows.start.saturating_sub(number);
        let last = rows.end.saturating_sub(number).min(wrapped.rows());
        found.extend((first..last).map(|row| RowContent::Text {
            line,
            columns: wrapped.columns(row),
            indent: wrapped.indent(row),
            is_first: row == 0,
            is_last: row + 1 == wrapped.rows(),
        }));
        found
    }

    /// The last place that may be at the top of a screen of this many rows: half of the screen may stay empty behind the end, and a
    /// text may always be scrolled by `slack` rows if it has them.
    #[must_use]
    pub fn last_top(&self, height: f64, slack: f64) -> RowTop {
        let half_empty = self.shifted(self.end(), -(height / 2.0).max(1.0));
        let last_row = self.shifted(self.end(), -1.0);
        let slack = self.shifted(RowTop::default(), slack);
        let slack = if slack < last_row { slack } else { last_row };
        if half_empty < slack { slack } else { half_empty }
    }

    /// Are there more rows than fit on a screen of this many?
    #[must_use]
    pub fn overflows(&self, height: f64) -> bool {
        self.distance(RowTop::default(), self.end(), height).is_infinite()
    }
}

/// Stretches of lines that touch each other, as one. The first line stays.
fn joined(ranges: &[Range<usize>], lines: usize) -> Vec<Range<usize>> {
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        let range = range.start.max(1)..range.end.min(lines);
        if range.is_empty() {
            continue;
        }
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    #![allow(clippy::single_range_in_vec_init, reason = "one range is what is meant")]

    use super::*;
    use proptest::prelude::*;

    /// All rows, one after the other.
    fn list(map: &RowMap<'_>) -> Vec<RowContent> {
        let mut rows = Vec::new();
        for line in 0..=map.lines() {
            for (block, own) in map.inserted.iter().enumerate().filter(|(_, own)| own.before == line) {
                if !map.is_hidden(line) {
                    rows.extend((0..own.count).map(|index| RowContent::Inserted {
                        block,
                        index,
                        before: line,
                    }));
                }
            }
            if line < map.lines() && !map.hidden.iter().any(|range| range.contains(&line)) {
                let wrapped = map.wrapped(line);
                rows.extend((0..wrapped.rows()).map(|row| RowContent::Text {
                    line,
                    columns: wrapped.columns(row),
                    indent: wrapped.indent(row),
                    is_first: row == 0,
                    is_last: row + 1 == wrapped.rows(),
                }));
            }
        }
        rows
    }

    /// The place of each row of the list.
    fn places(rows: &[RowContent]) -> Vec<RowTop> {
        let mut places: Vec<RowTop> = Vec::new();
        for row in rows {
            let line = match row {
                RowContent::Text { line, .. } => *line,
                RowContent::Inserted { before, .. } => *before,
            };
            let row = places.iter().filter(|place| place.line == line).count() as f64;
            places.push(RowTop { line, row });
        }
        places
    }

    fn hidden_and_inserted() -> impl Strategy<Value = (Vec<Range<usize>>, Vec<InsertedRows>)> {
        let hidden = prop::collection::vec((1usize..12, 1usize..4), 0..4).prop_map(|ranges| {
            let mut ranges: Vec<Range<usize>> = ranges.into_iter().map(|(at, len)| at..at + len).collect();
            ranges.sort_by_key(|range| range.start);
            ranges
        });
        let inserted = prop::collection::btree_map(0usize..12, 1usize..4, 0..4);
        (
            hidden,
            inserted.prop_map(|blocks| {
                blocks.into_iter().map(|(before, count)| InsertedRows { before, count }).collect()
            }),
        )
    }

    proptest! {
        /// Every walk over the rows agrees with a list of all of them.
        #[test]
        fn rows_agree_with_a_list(
            text in "[ab \n\t漢]{0,120}",
            wraps: bool,
            (hidden, inserted) in hidden_and_inserted(),
            by in -30.0f64..30.0,
            height in 1.0f64..12.0,
        ) {
            let rope = Rope::from_str(&text);
            let width = wraps.then(|| WrapWidth::new(10, 4));
            let lines = rope.len_lines();
            let shown = |before: usize| !hidden.iter().any(|range| before > 0 && range.contains(&before) && before < lines);
            let inserted: Vec<InsertedRows> =
                inserted.into_iter().filter(|block| block.before <= lines && shown(block.before)).collect();
            let map = RowMap::new(&rope, width, &hidden, inserted);
            let rows = list(&map);
            let places = places(&rows);
            prop_assert_eq!(map.distance(RowTop::default(), map.end(), 1e9), rows.len() as f64);
            prop_assert_eq!(map.overflows(height), rows.len() as f64 > height);
            let mut last = -1.0;
            for (number, place) in places.iter().enumerate() {
                let seen = map.seen(*place, height);
                let expected = &rows[number..rows.len().min(number + height.ceil() as usize)];
                let contents: Vec<RowContent> = seen.into_iter().map(|row| row.content).collect();
                prop_assert_eq!(contents, expected, "from {:?}", place);
                let target = (number as f64 + by).clamp(0.0, rows.len() as f64);
                let shifted = map.shifted(*place, by);
                let reached = map.distance(RowTop::default(), shifted, 1e9);
                prop_assert!((reached - target).abs() < 1e-6, "{reached} for {target}");
                let offset = map.offset(*place);
                prop_assert!(offset > last, "{offset} after {last}");
                if width.is_none() {
                    prop_assert_eq!(offset, number as f64);
                }
                last = offset;
                let back = map.distance(*place, map.at(offset), 1e9);
                prop_assert!(back.abs() < 1e-6, "{back} rows from {place:?}");
                if let RowContent::Text { line, columns, .. } = &rows[number] {
                    prop_assert_eq!(map.place(*line, columns.start), *place);
                }
            }
        }

        /// Nothing that was remembered of another text leads out of this one.
        #[test]
        fn a_place_of_another_text_is_settled(text in "[a\n]{0,20}", line in 0usize..40, row in -5.0f64..50.0) {
            let rope = Rope::from_str(&text);
            let map = RowMap::new(&rope, None, &[2..4], Vec::new());
            let settled = map.settled(RowTop { line, row });
            prop_assert!(settled.line < map.lines() && !map.is_hidden(settled.line));
            prop_assert!((0.0..=1.0).contains(&settled.row));
        }
    }

    #[test]
    fn a_line_behind_the_text_counts_when_something_is_inserted_there() {
        let rope = Rope::from_str("a\nb");
        let map = RowMap::new(&rope, None, &[], vec![InsertedRows { before: 2, count: 3 }]);
        assert_eq!(map.end(), RowTop { line: 2, row: 3.0 });
        assert_eq!(map.shifted(RowTop { line: 1, row: 0.0 }, 2.0), RowTop { line: 2, row: 1.0 });
    }

    #[test]
    fn ten_million_lines_and_a_very_long_one_cost_what_is_seen() {
        let many = Rope::from_str(&"let a = 1;\n".repeat(2_000_000));
        let one = Rope::from_str(&"x".repeat(20_000_000));
        let start = std::time::Instant::now();
        for rope in [&many, &one] {
            let map = RowMap::new(rope, Some(WrapWidth::new(80, 4)), &[], Vec::new());
            let top = map.at(map.total() / 2.0);
            assert_eq!(map.seen(top, 50.0).len(), 50 + usize::from(top.row.fract() > 0.0));
            let further = map.shifted(top, 40.0);
            assert!((map.distance(top, further, 100.0) - 40.0).abs() < 1e-6);
            assert!(map.overflows(50.0));
            assert!((map.offset(map.last_top(50.0, 4.0)) / map.total()) > 0.99);
        }
        assert!(start.elapsed().as_secs() < 5, "{:?}", start.elapsed());
    }
}
