//! Which row of the screen shows which line, when a review puts added lines between the lines of the text.

use std::ops::Range;

/// Rows that belong to no line of the text, shown before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inserted {
    /// The line they stand before.
    pub before: usize,
    /// How many.
    pub count: usize,
}

/// What a row shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A line of the text.
    Line(usize),
    /// Line `index` of inserted block `block`.
    Inserted {
        /// Which block, in order.
        block: usize,
        /// Which of its lines.
        index: usize,
    },
}

/// All rows of a text: its lines and the blocks between them, sorted.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    lines: usize,
    blocks: Vec<Inserted>,
}

impl Rows {
    /// Rows of a text with `lines` lines; `blocks` sorted by line.
    pub fn new(lines: usize, blocks: Vec<Inserted>) -> Rows {
        Rows { lines, blocks }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.lines + self.blocks.iter().map(|block| block.count).sum::<usize>()
    }

    /// The row of a line.
    pub fn of_line(&self, line: usize) -> usize {
        line + self
            .blocks
            .iter()
            .take_while(|block| block.before <= line)
            .map(|block| block.count)
            .sum::<usize>()
    }

    /// What this row shows; the last line for rows behind the end.
    pub fn at(&self, row: usize) -> Row {
        let mut inserted = 0;
        for (number, block) in self.blocks.iter().enumerate() {
            let first = block.before + inserted;
            if row < first {
                break;
            }
            if row < first + block.count {
                return Row::Inserted { block: number, index: row - first };
            }
            inserted += block.count;
        }
        Row::Line((row - inserted).min(self.lines.saturating_sub(1)))
    }

    /// The line nearest to a row: its own, or the one that an inserted row stands before.
    pub fn line_near(&self, row: usize) -> usize {
        match self.at(row) {
            Row::Line(line) => line,
            Row::Inserted { block, .. } => self.blocks[block].before.min(self.lines.saturating_sub(1)),
        }
    }

    /// The lines that rows `rows` touch.
    pub fn lines_in(&self, rows: Range<usize>) -> Range<usize> {
        let first = self.line_near(rows.start);
        let last = self.line_near(rows.end.saturating_sub(1).max(rows.start));
        first..last + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        Rows::new(5, vec![Inserted { before: 2, count: 3 }, Inserted { before: 5, count: 1 }])
    }

    #[test]
    fn rows_agree_with_a_list() {
        let rows = rows();
        let mut list = Vec::new();
        for line in 0..=5 {
            for (number, block) in rows.blocks.iter().enumerate().filter(|(_, block)| block.before == line) {
                list.extend((0..block.count).map(|index| Row::Inserted { block: number, index }));
            }
            if line < 5 {
                list.push(Row::Line(line));
            }
        }
        assert_eq!(rows.len(), list.len());
        for (number, row) in list.iter().enumerate() {
            assert_eq!(rows.at(number), *row, "row {number}");
            if let Row::Line(line) = row {
                assert_eq!(rows.of_line(*line), number);
            }
        }
    }

    #[test]
    fn lines_of_rows_are_those_seen() {
        assert_eq!(rows().lines_in(0..2), 0..2);
        assert_eq!(rows().lines_in(3..8), 2..5);
    }
}
