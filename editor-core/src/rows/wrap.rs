//! Where a line that is wider than its rows is cut: between words where it can be, else between characters.
//!
//! A tab reaches to the next stop counted from the start of its row, and the rows behind the first are set in as far as the line is
//! indented.

use std::ops::Range;

use ropey::RopeSlice;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

use crate::movement::cluster_width;

/// Lines of more characters are cut into rows of one length, wherever that falls: nobody reads them, and measuring them would hold
/// the window up.
pub const LONG_LINE: usize = 4000;

/// Fewest columns of a row, however narrow the window is.
pub const MIN_COLUMNS: usize = 10;

/// How wide rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WrapWidth {
    /// Columns of a row.
    pub columns: usize,
    /// Columns between two tab stops.
    pub tab_width: usize,
}

impl WrapWidth {
    /// Rows of at least [`MIN_COLUMNS`] columns.
    #[must_use]
    pub fn new(columns: usize, tab_width: usize) -> Self {
        Self { columns: columns.max(MIN_COLUMNS), tab_width: tab_width.max(1) }
    }
}

/// A line, cut into rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrappedLine {
    chars: usize,
    indent: usize,
    cuts: Cuts,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Cuts {
    /// The characters that rows but the first begin with.
    At(Vec<usize>),
    /// Each row has this many characters.
    Every(usize),
}

impl WrappedLine {
    /// A line in one row.
    #[must_use]
    pub fn whole(chars: usize) -> Self {
        Self { chars, indent: 0, cuts: Cuts::At(Vec::new()) }
    }

    /// Cuts a line, given without its line ending. Costs at most [`LONG_LINE`] characters.
    #[must_use]
    pub fn new(line: RopeSlice<'_>, width: WrapWidth) -> Self {
        let chars = line.len_chars();
        if chars > LONG_LINE {
            let is_wide = line.slice(..LONG_LINE).chars().any(|c| c.width().unwrap_or(1) > 1);
            let every = if is_wide { width.columns / 2 } else { width.columns };
            return Self { chars, indent: 0, cuts: Cuts::Every(every.max(1)) };
        }
        if line.len_bytes() <= width.columns && line.chars().all(|c| c != '\t') {
            return Self::whole(chars);
        }
        Self::of_text(&line.to_string(), width)
    }

    /// Cuts a text that holds no line break.
    #[must_use]
    pub fn of_text(text: &str, width: WrapWidth) -> Self {
        let clusters = clusters(text);
        let chars = text.chars().count();
        let blanks = clusters.iter().take_while(|cluster| is_blank(cluster.text)).count();
        let indent = columns_of(&clusters[..blanks], width.tab_width).min(width.columns / 2);
        let (mut cuts, mut start, mut room) = (Vec::new(), 0, width.columns);
        while let Some(end) = row_end(&clusters, start, room, width.tab_width) {
            cuts.push(clusters[end].at);
            start = end;
            room = width.columns - indent;
        }
        // A line in one row has none to set in.
        let indent = if cuts.is_empty() { 0 } else { indent };
        Self { chars, indent, cuts: Cuts::At(cuts) }
    }

    /// How many rows the line has, at least one.
    #[must_use]
    pub fn rows(&self) -> usize {
        match &self.cuts {
            Cuts::At(cuts) => cuts.len() + 1,
            Cuts::Every(chars) => self.chars.div_ceil(*chars).max(1),
        }
    }

    /// The characters of a row, counted from the start of the line; of the last row for those behind it.
    #[must_use]
    pub fn columns(&self, row: usize) -> Range<usize> {
        let row = row.min(self.rows() - 1);
        match &self.cuts {
            Cuts::At(cuts) => {
                let start = row.checked_sub(1).map_or(0, |before| cuts[before]);
                start..cuts.get(row).copied().unwrap_or(self.chars)
            }
            Cuts::Every(chars) => row * chars..((row + 1) * chars).min(self.chars),
        }
    }

    /// The row in which a character stands. One between two rows stands in the latter.
    #[must_use]
    pub fn row_of(&self, column: usize) -> usize {
        match &self.cuts {
            Cuts::At(cuts) => cuts.partition_point(|cut| *cut <= column),
            Cuts::Every(chars) => (column / chars).min(self.rows() - 1),
        }
    }

    /// Columns that a row is set in.
    #[must_use]
    pub fn indent(&self, row: usize) -> usize {
        if row == 0 { 0 } else { self.indent }
    }
}

/// A grapheme cluster and the index of its first character.
#[derive(Clone, Copy)]
struct Cluster<'a> {
    at: usize,
    text: &'a str,
}

fn clusters(text: &str) -> Vec<Cluster<'_>> {
    let mut clusters = Vec::new();
    let mut at = 0;
    for text in text.graphemes(true) {
        clusters.push(Cluster { at, text });
        at += text.chars().count();
    }
    clusters
}

fn columns_of(clusters: &[Cluster<'_>], tab_width: usize) -> usize {
    clusters.iter().fold(0, |column, cluster| column + cluster_width(cluster.text, column, tab_width))
}

/// The cluster that the row after the one from `start` begins with; `None` when the rest fits. One blank may stand beyond the edge,
/// where nobody misses it.
fn row_end(clusters: &[Cluster<'_>], start: usize, room: usize, tab_width: usize) -> Option<usize> {
    let (mut column, mut chance, mut has_text) = (0, None, false);
    for index in start..clusters.len() {
        let text = clusters[index].text;
        if index > start && has_text && may_break(&clusters[..=index]) {
            chance = Some(index);
        }
        let end = column + cluster_width(text, column, tab_width);
        let hangs = is_blank(text) && column <= room;
        if end > room && !hangs && index > start {
            return Some(chance.unwrap_or(index));
        }
        has_text |= !is_blank(text);
        column = end;
    }
    None
}

fn is_blank(cluster: &str) -> bool {
    matches!(cluster, " " | "\t")
}

/// May a row begin with the last of these clusters?
fn may_break(clusters: &[Cluster<'_>]) -> bool {
    let [earlier @ .., before, next] = clusters else { return false };
    let first = |cluster: &Cluster<'_>| cluster.text.chars().next().unwrap_or(' ');
    let (last, next_char) = (first(before), first(next));
    if is_blank(next.text) {
        return false;
    }
    if is_blank(before.text) {
        return true;
    }
    let is_wide = |c: char| c.width().unwrap_or(1) > 1;
    if (is_wide(last) || is_wide(next_char)) && !CLOSES.contains(&next_char) {
        return true;
    }
    let joins = last == '-' && earlier.last().map(first).is_some_and(char::is_alphanumeric);
    (joins || matches!(last, '/' | ',' | ';' | '|' | '&' | '?')) && next_char.is_alphanumeric()
}

/// What never begins a row in texts without blanks.
const CLOSES: [char; 14] =
    ['、', '。', '，', '．', '：', '；', '？', '！', '）', '」', '』', '】', '〉', '》'];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use ropey::Rope;

    fn rows(text: &str, columns: usize) -> Vec<String> {
        let wrapped = WrappedLine::of_text(text, WrapWidth { columns, tab_width: 4 });
        let chars: Vec<char> = text.chars().collect();
        (0..wrapped.rows()).map(|row| chars[wrapped.columns(row)].iter().collect()).collect()
    }

    #[test]
    fn rows_end_between_words() {
        assert_eq!(rows("one two three", 8), ["one two ", "three"]);
        assert_eq!(rows("one two three", 7), ["one two ", "three"], "the blank hangs over the edge");
        assert_eq!(rows("one two three", 6), ["one ", "two ", "three"]);
        assert_eq!(rows("", 8), [""]);
        assert_eq!(rows("abcdefghij", 4), ["abcd", "efgh", "ij"]);
        assert_eq!(rows("a/path/to/it", 7), ["a/path/", "to/it"]);
        assert_eq!(rows("well-known fact", 6), ["well-", "known ", "fact"]);
        assert_eq!(rows("漢字漢字、漢", 8), ["漢字漢", "字、漢"], "no row begins with a comma");
    }

    #[test]
    fn further_rows_are_set_in_as_the_line_is() {
        let wrapped = WrappedLine::of_text("    one two three", WrapWidth { columns: 12, tab_width: 4 });
        assert_eq!((wrapped.indent(0), wrapped.indent(1)), (0, 4));
        assert_eq!(wrapped.columns(0), 0..12);
        assert_eq!(wrapped.columns(1), 12..17);
        let deep = WrappedLine::of_text(&format!("{}a b c d e f", " ".repeat(30)), WrapWidth::new(12, 4));
        assert_eq!(deep.indent(1), 6, "half of the row stays for the text");
    }

    #[test]
    fn a_place_between_rows_is_in_the_latter() {
        let wrapped = WrappedLine::of_text("one two three", WrapWidth { columns: 8, tab_width: 4 });
        assert_eq!((wrapped.row_of(7), wrapped.row_of(8), wrapped.row_of(13)), (0, 1, 1));
    }

    #[test]
    fn a_line_of_a_hundred_megabytes_is_not_read() {
        let rope = Rope::from_str(&"x".repeat(20_000_000));
        let start = std::time::Instant::now();
        let wrapped = WrappedLine::new(rope.slice(..), WrapWidth::new(80, 4));
        assert_eq!((wrapped.rows(), wrapped.row_of(19_999_999)), (250_000, 249_999));
        assert_eq!(wrapped.columns(249_999), 19_999_920..20_000_000);
        assert!(start.elapsed().as_secs() < 2, "{:?}", start.elapsed());
    }

    proptest! {
        /// The rows are the line, none is too wide, and each begins with what did not fit before.
        #[test]
        fn rows_are_the_line_and_fit(
            text in "[ab ,/\t漢、é\u{301}-]{0,60}",
            columns in 10usize..24,
            tab_width in 1usize..6,
        ) {
            let width = WrapWidth::new(columns, tab_width);
            let wrapped = WrappedLine::new(Rope::from_str(&text).slice(..), width);
            prop_assert_eq!(&wrapped, &WrappedLine::of_text(&text, width));
            let chars: Vec<char> = text.chars().collect();
            let mut at = 0;
            for row in 0..wrapped.rows() {
                let columns = wrapped.columns(row);
                prop_assert_eq!(columns.start, at);
                prop_assert!(row == 0 || !columns.is_empty());
                at = columns.end;
                let drawn: String = chars[columns.clone()].iter().collect();
                let own = clusters(&drawn);
                let last_blank = usize::from(own.last().is_some_and(|last| is_blank(last.text)));
                let counted = columns_of(&own[..own.len() - last_blank], tab_width);
                prop_assert!(counted <= width.columns - wrapped.indent(row), "{drawn:?} has {counted} columns");
                for column in columns {
                    prop_assert_eq!(wrapped.row_of(column), row);
                }
            }
            prop_assert_eq!(at, chars.len());
        }
    }
}
