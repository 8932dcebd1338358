//! One line of text on the screen: what its characters look like, where each stands, and a cache of laid-out lines.
//!
//! Tabs are expanded, and characters that would be invisible or would turn the direction of the text are written out,
//! so that nothing can hide in a file. A line longer than [`WINDOW`] is laid out in parts.

use crate::ui::code::{self, Face, is_hidden};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use egui::text::{CharIndex, LayoutJob, TextFormat};
use egui::{Color32, FontId, Galley, Painter};
use ropey::RopeSlice;
use unicode_width::UnicodeWidthChar;

/// Lines with more characters than this are laid out in parts.
pub const WINDOW: usize = 4000;
/// Step by which the part moves, so that scrolling sideways does not lay out each frame.
const WINDOW_STEP: usize = 1000;

/// How a stretch of a line looks. Columns count characters of the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Ink {
    /// The columns.
    pub columns: Range<usize>,
    /// Their colour.
    pub colour: Color32,
    /// Its cut.
    pub face: Face,
}

/// How code is drawn: sizes and the colours that do not come from syntax.
#[derive(Clone, Debug, PartialEq)]
pub struct Pen {
    /// The font of code.
    pub font: FontId,
    /// The heavy cut.
    pub bold: FontId,
    /// The slanted cut.
    pub italic: FontId,
    /// Ordinary text.
    pub text: Color32,
    /// Characters that are written out because nobody would see them.
    pub warning: Color32,
    /// Width of one column.
    pub cell: f32,
    /// Height of a line in multiples of the font's size.
    pub leading: f32,
    /// Columns between tab stops.
    pub tab: usize,
    /// Signs such as `->` may be drawn as one.
    pub ligatures: bool,
}

impl Pen {
    /// Text of one colour, ready to be laid out.
    pub fn plain(&self, text: &str, colour: Color32) -> LayoutJob {
        let mut job = LayoutJob::default();
        code::append(&mut job, text, &TextFormat::simple(self.font.clone(), colour), self.ligatures);
        job
    }
}

/// A line ready to paint and to be pointed at.
#[derive(Debug)]
pub struct Line {
    /// The glyphs.
    pub galley: Arc<Galley>,
    /// Where the galley begins, in points from the start of the line.
    pub left: f32,
    first: usize,
    chars: usize,
    /// Galley index of each character, and of the end; `None` when they are the same.
    map: Option<Vec<u32>>,
    cell: f32,
}

impl Line {
    /// Distance of a column from the start of the line, in points.
    pub fn x(&self, column: usize) -> f32 {
        if column < self.first {
            return column as f32 * self.cell;
        }
        let inside = column - self.first;
        if inside > self.chars {
            return self.left + self.galley.size().x + (inside - self.chars) as f32 * self.cell;
        }
        let index = self.glyph(column);
        self.left + self.galley.rows.first().map_or(0.0, |row| row.x_offset(CharIndex(index)))
    }

    /// The index of a column's glyph in the galley; the nearest end for those that are not laid out.
    pub fn glyph(&self, column: usize) -> usize {
        let inside = column.saturating_sub(self.first).min(self.chars);
        self.map.as_ref().map_or(inside, |map| map[inside] as usize)
    }

    /// The column nearest to a distance from the start of the line.
    pub fn column(&self, x: f32) -> usize {
        if x < self.left {
            return ((x / self.cell).round().max(0.0) as usize).min(self.first);
        }
        let Some(row) = self.galley.rows.first() else { return self.first };
        let index = row.char_at(x - self.left).0;
        let inside = match &self.map {
            None => index,
            Some(map) => nearest(map, index),
        };
        self.first + inside.min(self.chars)
    }
}

/// The character whose expansion is nearest to a galley index.
fn nearest(map: &[u32], index: usize) -> usize {
    let after = map.partition_point(|&start| (start as usize) < index);
    if after == 0 || after >= map.len() {
        return after.min(map.len().saturating_sub(1));
    }
    let (low, high) = (map[after - 1] as usize, map[after] as usize);
    if index - low <= high - index { after - 1 } else { after }
}

/// Text as it is shown, with the columns that were written out.
#[derive(Debug, Default, PartialEq)]
struct Shown {
    text: String,
    map: Option<Vec<u32>>,
    warned: Vec<Range<usize>>,
    chars: usize,
}

fn show(chars: impl Iterator<Item = char>, first: usize, tab: usize) -> Shown {
    let mut shown = Shown::default();
    let mut map = Vec::new();
    let mut plain = true;
    let (mut column, mut index) = (first, 0u32);
    for (number, c) in chars.enumerate() {
        map.push(index);
        let before = shown.text.len();
        if c == '\t' {
            let spaces = tab - column % tab;
            shown.text.extend(std::iter::repeat_n(' ', spaces));
        } else if is_hidden(c) {
            shown.text.push_str(&format!("<{:02X}>", c as u32));
            shown.warned.push(number..number + 1);
        } else {
            shown.text.push(c);
        }
        let drawn = shown.text[before..].chars().count();
        plain &= drawn == 1;
        index += drawn as u32;
        column += if drawn == 1 { c.width().unwrap_or(1) } else { drawn };
        shown.chars += 1;
    }
    map.push(index);
    shown.map = (!plain).then_some(map);
    shown
}

/// Lines laid out in this frame and the one before, found by what they show.
#[derive(Default)]
pub struct Lines {
    laid: HashMap<u64, (Arc<Line>, u64)>,
    frame: u64,
    setting: Option<(Pen, u32)>,
    pass: Option<u64>,
    atlas: f32,
}

impl Lines {
    /// Starts a frame: forgets lines that the last one did not use, and all of them when fonts or colours changed.
    pub fn begin(&mut self, painter: &Painter, pen: &Pen) {
        let setting = (pen.clone(), painter.pixels_per_point().to_bits());
        let atlas = painter.fonts(|fonts| fonts.font_atlas_fill_ratio());
        // A fuller atlas is the same atlas; an emptier one is new and old glyphs are no longer where they were.
        if self.setting.as_ref() != Some(&setting) || atlas < self.atlas {
            self.laid.clear();
            self.setting = Some(setting);
        }
        self.atlas = atlas;
        // Several panes begin in one frame, and each keeps its lines.
        let pass = painter.ctx().cumulative_pass_nr();
        if self.pass.replace(pass) != Some(pass) {
            let last = self.frame;
            self.laid.retain(|_, (_, used)| *used >= last);
            self.frame += 1;
        }
    }

    /// Lays out a line, or finds it laid out. `inks` are sorted; columns without one have the pen's colour.
    /// `text` has no line ending. `left` and `width` are the visible part in points.
    pub fn get(
        &mut self,
        painter: &Painter,
        text: RopeSlice<'_>,
        inks: &[Ink],
        view: Range<f32>,
    ) -> Option<Arc<Line>> {
        let pen = self.setting.as_ref()?.0.clone();
        let window = window(text.len_chars(), view, pen.cell);
        let mut hasher = DefaultHasher::new();
        for chunk in text.slice(window.clone()).chunks() {
            hasher.write(chunk.as_bytes());
        }
        window.hash(&mut hasher);
        for ink in inks {
            (&ink.columns, ink.colour, ink.face).hash(&mut hasher);
        }
        let frame = self.frame;
        let entry = self.laid.entry(hasher.finish()).or_insert_with(|| {
            (Arc::new(lay_out(painter, text.slice(window.clone()), window.start, inks, &pen)), frame)
        });
        entry.1 = frame;
        Some(entry.0.clone())
    }
}

/// The characters to lay out so that the visible part is covered.
fn window(chars: usize, view: Range<f32>, cell: f32) -> Range<usize> {
    if chars <= WINDOW {
        return 0..chars;
    }
    let first = (view.start.max(0.0) / cell) as usize;
    let last = (view.end.max(0.0) / cell) as usize + 1;
    let start = (first / WINDOW_STEP * WINDOW_STEP).saturating_sub(WINDOW_STEP).min(chars);
    let end = (last / WINDOW_STEP * WINDOW_STEP + 2 * WINDOW_STEP).min(chars);
    start..end
}

fn lay_out(painter: &Painter, text: RopeSlice<'_>, first: usize, inks: &[Ink], pen: &Pen) -> Line {
    let shown = show(text.chars(), first, pen.tab);
    let job = LayoutJob {
        break_on_newline: false,
        keep_trailing_whitespace: true,
        round_output_to_gui: false,
        ..LayoutJob::default()
    };
    let job = colour(job, &shown, first, inks, pen);
    Line {
        galley: painter.layout_job(job),
        left: first as f32 * pen.cell,
        first,
        chars: shown.chars,
        map: shown.map,
        cell: pen.cell,
    }
}

/// Cuts the text into stretches of one look.
fn colour(mut job: LayoutJob, shown: &Shown, first: usize, inks: &[Ink], pen: &Pen) -> LayoutJob {
    let mut looks = vec![(pen.text, Face::Regular); shown.chars];
    for ink in inks {
        let start = ink.columns.start.saturating_sub(first).min(shown.chars);
        let end = ink.columns.end.saturating_sub(first).min(shown.chars);
        looks[start..end.max(start)].fill((ink.colour, ink.face));
    }
    for range in &shown.warned {
        looks[range.clone()].fill((pen.warning, Face::Regular));
    }
    let mut chars = shown.text.chars();
    let mut start = 0;
    while start < looks.len() {
        let look = looks[start];
        let end = start + looks[start..].iter().take_while(|other| **other == look).count();
        let drawn = match &shown.map {
            None => end - start,
            Some(map) => (map[end] - map[start]) as usize,
        };
        let stretch: String = chars.by_ref().take(drawn).collect();
        let font = match look.1 {
            Face::Regular => &pen.font,
            Face::Bold => &pen.bold,
            Face::Italic => &pen.italic,
        };
        code::append(&mut job, &stretch, &TextFormat::simple(font.clone(), look.0), pen.ligatures);
        start = end;
    }
    if job.sections.is_empty() {
        job.append("", 0.0, TextFormat::simple(pen.font.clone(), pen.text));
    }
    job
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::epaint::text::ByteRangeExt;

    fn check(text: &str, shown: &str, map: Option<&[u32]>) {
        let result = show(text.chars(), 0, 4);
        assert_eq!(result.text, shown);
        assert_eq!(result.map.as_deref(), map);
    }

    #[test]
    fn tabs_reach_the_next_stop() {
        check("a\tb", "a   b", Some(&[0, 1, 4, 5]));
        check("\t\t", "        ", Some(&[0, 4, 8]));
        check("漢\tb", "漢  b", Some(&[0, 1, 3, 4]));
        check("abc", "abc", None);
    }

    #[test]
    fn what_nobody_would_see_is_written_out() {
        check("a\u{202e}b", "a<202E>b", Some(&[0, 1, 7, 8]));
        check("\u{200b}", "<200B>", Some(&[0, 6]));
        check("\r", "<0D>", Some(&[0, 4]));
    }

    #[test]
    fn a_point_inside_an_expansion_goes_to_its_nearer_end() {
        let map = [0, 1, 4, 5];
        assert_eq!(nearest(&map, 2), 1);
        assert_eq!(nearest(&map, 3), 2);
        assert_eq!(nearest(&map, 5), 3);
        assert_eq!(nearest(&map, 9), 3);
    }

    #[test]
    fn without_ligatures_no_two_signs_share_a_section_and_no_text_is_lost() {
        let sections = |text: &str, ligatures| {
            let mut job = LayoutJob::default();
            code::append(&mut job, text, &TextFormat::default(), ligatures);
            assert_eq!(job.text, text);
            let of = |section: &egui::text::LayoutSection| job.text[section.byte_range.as_usize()].to_owned();
            job.sections.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(sections("a -> b", true), ["a -> b"]);
        assert_eq!(sections("a -> b", false), ["a -", "> b"]);
        assert_eq!(sections("é!==0xF", false), ["é!", "=", "=0", "xF"]);
        assert_eq!(sections("", false), [""]);
    }

    #[test]
    fn long_lines_are_laid_out_in_parts_around_what_is_seen() {
        assert_eq!(window(4000, 0.0..800.0, 8.0), 0..4000);
        assert_eq!(window(1_000_000, 0.0..800.0, 8.0), 0..2000);
        let part = window(1_000_000, 80_000.0..80_800.0, 8.0);
        assert!(part.start <= 10_000 && part.end >= 10_100 && part.len() <= 5000, "{part:?}");
        assert_eq!(window(5000, 80_000.0..80_800.0, 8.0), 5000..5000);
    }
}
