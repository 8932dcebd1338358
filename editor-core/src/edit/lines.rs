//! Keys that work on whole lines: they are moved, repeated, joined, indented, commented, deleted.

use std::ops::Range;

use super::{Edit, Piece, Style, checked, is_blank, mapped, per_span};
use crate::{
    buffer::Buffer,
    language::Indent,
    movement,
    selection::{Selection, Span},
    transaction::{Bias, Change},
};

/// The lines that spans touch, as ranges of line numbers that neither overlap nor adjoin. A selection that ends at
/// the start of a line does not touch that line.
pub(crate) fn touched_lines(buffer: &Buffer, selection: &Selection) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for span in selection.spans() {
        let lines = lines_of(buffer, span);
        match blocks.last_mut() {
            Some(last) if lines.start <= last.end => last.end = last.end.max(lines.end),
            _ => blocks.push(lines),
        }
    }
    blocks
}

fn lines_of(buffer: &Buffer, span: &Span) -> Range<usize> {
    let first = buffer.line_of(span.start());
    let last = buffer.line_of(span.end());
    let ends_before = last > first && span.end() == buffer.line_start(last);
    first..if ends_before { last } else { last + 1 }
}

/// The chars of whole lines, with the line break that goes when they do.
fn removable(buffer: &Buffer, lines: &Range<usize>) -> Range<usize> {
    let is_last = lines.end >= buffer.len_lines();
    let start = match lines.start.checked_sub(1) {
        Some(above) if is_last => buffer.line_end(above),
        _ => buffer.line_start(lines.start),
    };
    start..buffer.line_start(lines.end)
}

/// Deletes every line that the selection touches. The caret keeps its column.
#[must_use]
pub fn delete_lines(buffer: &Buffer, selection: &Selection) -> Edit {
    let blocks = touched_lines(buffer, selection);
    let column = buffer.column(selection.primary().head);
    let (mut changes, mut spans, mut gone) = (Vec::new(), Vec::new(), 0);
    for lines in blocks {
        let range = removable(buffer, &lines);
        let landing = if lines.end < buffer.len_lines() {
            buffer.position(lines.end, column) - range.end + range.start
        } else {
            buffer.line_start(lines.start.saturating_sub(1)).min(range.start)
        };
        spans.push(Span::caret(landing - gone));
        gone += range.len();
        changes.push(Change::delete(range));
    }
    Edit { transaction: checked(buffer, changes), selection: Selection::new(spans, 0) }
}

/// Tab: at a caret inserts up to the next step of indentation, with a selection of lines indents them.
#[must_use]
pub fn tab(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    let several = |span: &Span| buffer.line_of(span.start()) != buffer.line_of(span.end());
    if selection.spans().iter().any(several) {
        return indent(buffer, selection, style);
    }
    per_span(buffer, selection, |_, span| {
        let Indent::Spaces(width) = style.indent else { return Piece::new(span.range(), "\t") };
        let width = usize::from(width.max(1));
        let column = movement::display_column(buffer.rope(), span.start(), style.tab_width);
        Piece::new(span.range(), " ".repeat(width - column % width))
    })
}

/// Indents every line that the selection touches by one step. Empty lines stay empty.
#[must_use]
pub fn indent(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    let lines = touched_lines(buffer, selection).into_iter().flatten();
    let filled = lines.filter(|&line| buffer.line_start(line) < buffer.line_end(line));
    let changes = filled.map(|line| Change::insert(buffer.line_start(line), style.indent.unit()));
    mapped(buffer, selection, changes.collect())
}

/// Takes one step of indentation from every line that the selection touches.
#[must_use]
pub fn outdent(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    let width = style.indent.width(style.tab_width);
    let lines = touched_lines(buffer, selection).into_iter().flatten();
    let changes = lines.map(|line| {
        let start = buffer.line_start(line);
        let spaces = buffer.line(line).chars().take(width).take_while(|&c| c == ' ').count();
        let is_tab = spaces == 0 && buffer.rope().get_char(start) == Some('\t');
        Change::delete(start..start + if is_tab { 1 } else { spaces })
    });
    mapped(buffer, selection, changes.collect())
}

/// Turns the touched lines into comments, or back when all of them are.
#[must_use]
pub fn toggle_comment(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    let blocks = touched_lines(buffer, selection);
    let changes = match (style.language.line_comment(), style.language.block_comment()) {
        (Some(token), _) => toggle_lines(buffer, &blocks, token),
        (None, Some(marks)) => blocks.iter().flat_map(|lines| toggle_block(buffer, lines, marks)).collect(),
        (None, None) => Vec::new(),
    };
    mapped(buffer, selection, changes)
}

fn toggle_lines(buffer: &Buffer, blocks: &[Range<usize>], token: &str) -> Vec<Change> {
    let all: Vec<usize> = blocks.iter().cloned().flatten().collect();
    let text_start = |line: usize| movement::first_non_blank(buffer.rope(), line);
    let has_text = |line: usize| text_start(line) < buffer.line_end(line);
    let mut lines: Vec<usize> = all.iter().copied().filter(|&line| has_text(line)).collect();
    if lines.is_empty() {
        lines = all;
    }
    let length = token.chars().count();
    let is_comment = |line: usize| buffer.slice(text_start(line)..text_start(line) + length) == token;
    if lines.iter().all(|&line| is_comment(line)) {
        let uncomment = |&line: &usize| {
            let (start, end) = (text_start(line), text_start(line) + length);
            let space = usize::from(buffer.rope().get_char(end) == Some(' '));
            Change::delete(start..end + space)
        };
        return lines.iter().map(uncomment).collect();
    }
    let column = lines.iter().map(|&line| text_start(line) - buffer.line_start(line)).min().unwrap_or(0);
    lines.iter().map(|&line| Change::insert(buffer.line_start(line) + column, format!("{token} "))).collect()
}

fn toggle_block(buffer: &Buffer, lines: &Range<usize>, (open, close): (&str, &str)) -> Vec<Change> {
    let start = movement::first_non_blank(buffer.rope(), lines.start);
    let end = buffer.line_end(lines.end - 1).max(start);
    let text = buffer.slice(start..end);
    match text.trim_end().strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
        Some(inner) => vec![Change::new(start..end, inner.trim())],
        None => vec![Change::insert(start, format!("{open} ")), Change::insert(end, format!(" {close}"))],
    }
}

fn line_break_of<'a>(buffer: &Buffer, line: usize, style: &'a Style) -> &'a str {
    match buffer.line_start(line + 1) - buffer.line_end(line) {
        2 => "\r\n",
        1 => "\n",
        _ => style.line_ending.as_str(),
    }
}

pub(super) fn content(buffer: &Buffer, line: usize) -> String {
    buffer.slice(buffer.line_start(line)..buffer.line_end(line))
}

/// Moves spans by whole blocks of lines: `shift` is what the lines of a block move by.
fn move_blocks(
    buffer: &Buffer,
    selection: &Selection,
    mut step: impl FnMut(&Range<usize>) -> Option<(Vec<Change>, isize)>,
) -> Edit {
    let (mut changes, mut shifts) = (Vec::new(), Vec::new());
    for lines in touched_lines(buffer, selection) {
        let (block, shift) = step(&lines).unwrap_or_default();
        changes.extend(block);
        shifts.push((lines, shift));
    }
    let transaction = checked(buffer, changes);
    let len = transaction.len_after();
    let selection = selection.map(|span| {
        let first = buffer.line_of(span.start());
        let shift = shifts.iter().find(|block| block.0.contains(&first)).map_or(0, |block| block.1);
        let moved = |at: usize| at.saturating_add_signed(shift).min(len);
        Span::new(moved(span.anchor), moved(span.head))
    });
    Edit { transaction, selection }
}

/// Moves the touched lines above the line before them.
#[must_use]
pub fn move_lines_up(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    move_blocks(buffer, selection, |lines| {
        let above = lines.start.checked_sub(1)?;
        let range = buffer.line_range(above);
        let shift = -(range.len() as isize);
        let (text, line_break) = (content(buffer, above), line_break_of(buffer, above, style));
        let moved = match lines.end >= buffer.len_lines() {
            true => format!("{line_break}{text}"),
            false => format!("{text}{line_break}"),
        };
        Some((vec![Change::delete(range), Change::insert(buffer.line_start(lines.end), moved)], shift))
    })
}

/// Moves the touched lines below the line behind them.
#[must_use]
pub fn move_lines_down(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    move_blocks(buffer, selection, |lines| {
        let below = lines.end;
        if below >= buffer.len_lines() {
            return None;
        }
        let is_last = below + 1 == buffer.len_lines();
        let line_break = line_break_of(buffer, if is_last { below - 1 } else { below }, style);
        let moved = format!("{}{line_break}", content(buffer, below));
        let shift = moved.chars().count() as isize;
        let range = removable(buffer, &(below..below + 1));
        Some((vec![Change::insert(buffer.line_start(lines.start), moved), Change::delete(range)], shift))
    })
}

/// Repeats the touched lines below themselves; the selection goes along.
#[must_use]
pub fn duplicate_lines(buffer: &Buffer, selection: &Selection, style: &Style) -> Edit {
    move_blocks(buffer, selection, |lines| {
        let (start, end) = (buffer.line_start(lines.start), buffer.line_start(lines.end));
        let mut copy = buffer.slice(start..end);
        if !copy.ends_with('\n') {
            copy.push_str(style.line_ending.as_str());
        }
        let shift = copy.chars().count() as isize;
        Some((vec![Change::insert(start, copy)], shift))
    })
    .with_earlier_insertions(buffer, selection)
}

impl Edit {
    /// Where every block only inserts, the insertions of the blocks above move the spans as well.
    fn with_earlier_insertions(self, buffer: &Buffer, selection: &Selection) -> Self {
        let map = |at: usize, line: usize| {
            let behind = self.transaction.map(buffer.line_start(line), Bias::After);
            behind + at - buffer.line_start(line)
        };
        let selection = selection.map(|span| {
            let first = buffer.line_of(span.start());
            Span::new(map(span.anchor, first), map(span.head, first))
        });
        Self { selection, ..self }
    }
}

/// Joins the touched lines, or the caret's line and the next, with one space between.
#[must_use]
pub fn join_lines(buffer: &Buffer, selection: &Selection) -> Edit {
    let mut changes: Vec<Change> = Vec::new();
    for lines in touched_lines(buffer, selection) {
        let last = (lines.end - 1).max(lines.start + 1).min(buffer.len_lines() - 1);
        for line in lines.start..last {
            let change = join_with_next(buffer, line);
            let floor = changes.last().map_or(0, |change| change.range.end);
            if change.range.start >= floor {
                changes.push(change);
            }
        }
    }
    mapped(buffer, selection, changes)
}

fn join_with_next(buffer: &Buffer, line: usize) -> Change {
    let (start, end) = (buffer.line_start(line), buffer.line_end(line));
    let blanks =
        buffer.rope().chars_at(end).reversed().take(end - start).take_while(|&c| is_blank(c)).count();
    let next = movement::first_non_blank(buffer.rope(), line + 1);
    let empty = end - blanks == start || next == buffer.line_end(line + 1);
    Change::new(end - blanks..next, if empty { "" } else { " " })
}
