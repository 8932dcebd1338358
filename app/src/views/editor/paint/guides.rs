//! Thin lines and marks between the grounds and the text: rulers, indentation, brackets.

use editor_core::{Indent, brackets, movement};
use egui::{Painter, Stroke, StrokeKind, vec2};

use super::super::Pane;
use super::super::view::View;
use super::rows::ShownRow;
use super::{Frame, place_of};
use crate::ui::theme;

/// Lines looked through for the first and the last one of the block around the caret.
const BLOCK_REACH: usize = 400;

/// The lines behind certain columns.
pub fn rulers(painter: &Painter, frame: &Frame<'_>, view: &View<'_>) {
    let stroke = Stroke::new(1.0, theme::mix(frame.theme.background, frame.theme.text, 0.08));
    let columns = frame.state.settings.editor.rulers.iter().filter_map(|column| column.parse::<u32>().ok());
    for column in columns {
        let x = (view.x(column as f32 * frame.pen.cell) + 0.5).round() - 0.5;
        painter.vline(x, view.rect.y_range(), stroke);
    }
}

/// The lines at each step of indentation; that of the block around the caret is stronger.
pub fn indents(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let step = match frame.tab.document.indent() {
        Indent::Tabs => frame.pen.tab,
        Indent::Spaces(width) => usize::from(width).max(1),
    };
    let mut depths: Vec<Option<usize>> =
        seen.iter().map(|row| row.line.and_then(|line| depth(view, line, frame.pen.tab))).collect();
    fill_blanks(&mut depths);
    let active = active(frame, view, step);
    let stroke = |strength| Stroke::new(1.0, theme::mix(frame.theme.background, frame.theme.text, strength));
    for (row, depth) in seen.iter().zip(depths) {
        let Some(line) = row.line else { continue };
        for column in (step..depth.unwrap_or(0)).step_by(step) {
            let x = (view.x(column as f32 * frame.pen.cell) + 0.5).round() - 0.5;
            let is_active =
                active.as_ref().is_some_and(|(lines, own)| *own == column && lines.contains(&line));
            painter.vline(x, row.rect.y_range(), stroke(if is_active { 0.32 } else { 0.1 }));
        }
    }
}

/// The lines of the block around the caret, and the column of its guide.
fn active(frame: &Frame<'_>, view: &View<'_>, step: usize) -> Option<(std::ops::Range<usize>, usize)> {
    let buffer = frame.tab.document.buffer();
    let caret = buffer.line_of(frame.selection.primary().head);
    let depth_of = |line: usize| depth(view, line, frame.pen.tab);
    let last = buffer.len_lines();
    // A line that begins a block belongs to it.
    let below = (caret + 1..last.min(caret + BLOCK_REACH)).find_map(depth_of).unwrap_or(0);
    let above = (caret.saturating_sub(BLOCK_REACH)..caret).rev().find_map(depth_of).unwrap_or(0);
    let own = depth_of(caret).unwrap_or(above.min(below));
    let (column, from) = match () {
        () if below > own => (own, caret + 1),
        () if above > own => (own, caret.saturating_sub(1)),
        () => (own.checked_sub(1)? / step * step, caret),
    };
    let is_within = |line: &usize| depth_of(*line).is_none_or(|depth| depth > column);
    let start = (from.saturating_sub(BLOCK_REACH)..from + 1).rev().take_while(is_within).last()?;
    let end = (from..last.min(from + BLOCK_REACH)).take_while(is_within).last()? + 1;
    (column > 0).then_some((start..end, column))
}

/// Columns of white space a line begins with; `None` for blank lines.
fn depth(view: &View<'_>, line: usize, tab: usize) -> Option<usize> {
    let mut column = 0;
    for c in view.line_text(line).chars() {
        match c {
            ' ' => column += 1,
            '\t' => column += tab - column % tab,
            _ => return Some(column),
        }
    }
    None
}

/// A blank line is as deep as the shallower of its neighbours.
fn fill_blanks(depths: &mut [Option<usize>]) {
    let mut above = 0;
    for at in 0..depths.len() {
        if depths[at].is_none() {
            let below = depths[at..].iter().flatten().next().copied().unwrap_or(0);
            depths[at] = Some(above.min(below));
        }
        above = depths[at].unwrap_or(0);
    }
}

/// The bracket at the caret and its partner; else, fainter, the pair around the caret.
pub fn brackets(painter: &Painter, frame: &Frame<'_>, pane: &mut Pane, view: &View<'_>, seen: &[ShownRow]) {
    let document = &frame.tab.document;
    let (head, revision) = (frame.selection.primary().head, document.revision());
    if !frame.focused || !frame.selection.primary().is_empty() {
        return;
    }
    if pane.bracket.is_none_or(|(known, at, _)| (known, at) != (revision, head)) {
        pane.bracket = Some((revision, head, pair(document.rope(), head)));
    }
    let Some((_, _, Some((own, other, at_caret)))) = pane.bracket else { return };
    let strength = if at_caret { 0.45 } else { 0.22 };
    let stroke = Stroke::new(1.0, theme::mix(frame.theme.background, frame.theme.text, strength));
    for position in [own, other] {
        if let Some((row, column)) = place_of(view, seen, position) {
            let rect = row.columns_rect(view, &(column..column + 1)).shrink2(vec2(0.0, 2.0));
            painter.rect_stroke(rect, 2.0, stroke, StrokeKind::Inside);
        }
    }
}

/// Two brackets that belong together, and whether one is at the caret.
fn pair(rope: &ropey::Rope, head: usize) -> Option<(usize, usize, bool)> {
    if let Some(other) = movement::matching_bracket(rope, head) {
        let is_bracket = |at: usize| rope.get_char(at).is_some_and(|c| "()[]{}".contains(c));
        let own = if is_bracket(head) { head } else { head.saturating_sub(1) };
        return Some((own, other, true));
    }
    brackets::around(rope, head).map(|(open, close)| (open, close, false))
}
