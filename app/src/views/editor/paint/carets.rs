//! Carets, what an input method composes, the block where the answer is being written, and the line numbers.

use editor_core::diff::RowKind;
use egui::{Align2, Painter, Rect, Stroke, StrokeKind, Ui, pos2, vec2};

use super::super::view::{NUMBERS_END, View};
use super::rows::ShownRow;
use super::{Frame, current_line, place_of};
use crate::ui::theme;

/// Width of a caret in points.
const CARET: f32 = 2.0;

/// Draws all carets; returns the primary one.
pub fn carets(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) -> Option<Rect> {
    let selection = frame.selection;
    let mut primary = None;
    let block = frame.state.vim.block_caret(frame.tab).filter(|_| frame.live);
    for (number, span) in selection.spans().iter().enumerate() {
        let is_primary = number == selection.primary_index();
        let head = block.filter(|_| is_primary).unwrap_or(span.head);
        let Some((row, column)) = place_of(view, seen, head) else { continue };
        let x = row.x(view, column);
        let mut rect = Rect::from_min_size(
            pos2(x - CARET / 2.0, row.rect.top() + 2.0),
            vec2(CARET, row.rect.height() - 4.0),
        );
        if is_primary && block.is_some() {
            let under = (row.x(view, column + 1) - x).max(frame.pen.cell);
            let ink = theme::mix(frame.theme.background, frame.theme.accent, 0.5);
            rect = Rect::from_min_size(pos2(x, row.rect.top() + 1.0), vec2(under, row.rect.height() - 2.0));
            let stroke = Stroke::new(1.0, if frame.focused { frame.theme.accent } else { ink });
            painter.rect_stroke(rect, 1.0, stroke, StrokeKind::Inside);
            painter.rect_filled(
                rect,
                1.0,
                frame.theme.accent.gamma_multiply(if frame.focused { 0.45 } else { 0.1 }),
            );
            primary = Some(rect);
            continue;
        }
        if is_primary && !frame.preedit.is_empty() {
            rect = rect.translate(vec2(preedit(painter, frame, view, row, x), 0.0));
        }
        if frame.focused {
            painter.rect_filled(rect, 0.0, frame.theme.accent);
        } else {
            painter.rect_filled(rect, 0.0, theme::mix(frame.theme.background, frame.theme.muted, 0.5));
        }
        if is_primary {
            primary = Some(rect);
        }
    }
    primary
}

/// Draws what an input method is composing at `x`, and what stands behind it in the row moved on, as if it were typed; returns its width.
fn preedit(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, row: &ShownRow, x: f32) -> f32 {
    let galley = painter.layout_no_wrap(frame.preedit.to_owned(), frame.pen.font.clone(), frame.theme.text);
    let width = galley.size().x;
    let behind = Rect::from_min_max(pos2(x, row.rect.top()), row.rect.right_bottom());
    painter.rect_filled(behind, 0.0, current_line(frame.theme));
    let moved = painter.with_clip_rect(behind.translate(vec2(width, 0.0)).intersect(painter.clip_rect()));
    moved.galley(pos2(row.left(view) + width, row.glyph_top()), row.laid.galley.clone(), frame.theme.text);
    painter.hline(x..=x + width, row.rect.bottom() - 2.0, Stroke::new(1.0, frame.theme.accent));
    painter.galley(pos2(x, row.rect.center().y - galley.size().y / 2.0), galley, frame.theme.text);
    width
}

/// The block where the answer is being written.
pub fn writing(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let writing = |row: &&ShownRow| row.diff.is_some_and(|look| look.kind == RowKind::Writing);
    if let Some(row) = seen.iter().rev().find(writing) {
        let x = row.left(view) + row.laid.galley.size().x;
        let rect = Rect::from_min_size(
            pos2(x + 1.0, row.rect.top() + 3.0),
            vec2(frame.pen.cell, row.rect.height() - 6.0),
        );
        painter.rect_filled(rect, 1.0, frame.theme.added);
    }
}

/// Line numbers, and the signs of a review beside them. A line that goes on in further rows has one number.
pub fn gutter(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let theme = frame.theme;
    let caret_line = frame.tab.caret().0;
    let right = view.text.left() - NUMBERS_END;
    let faint = theme::mix(theme.background, theme.muted, 0.7);
    for row in seen {
        let middle = row.rect.center().y;
        if let Some(look) = row.diff {
            let removed = look.kind == RowKind::Removed;
            let (sign, colour) = if removed { ("−", theme.removed) } else { ("+", theme.added) };
            if row.is_first {
                let at = pos2(right + 10.0, middle);
                ui.painter().text(at, Align2::CENTER_CENTER, sign, theme::code(13.0), colour);
            }
            let bar = Rect::from_min_size(row.rect.left_top(), vec2(3.0, row.rect.height()));
            let ink = if look.current { theme.accent } else { theme::mix(theme.background, colour, 0.6) };
            ui.painter().rect_filled(bar, 0.0, ink);
        }
        if let Some(line) = row.line.filter(|_| row.is_first) {
            let colour = if line == caret_line { theme.text } else { faint };
            ui.painter().text(pos2(right, middle), Align2::RIGHT_CENTER, line + 1, theme::code(12.0), colour);
        }
    }
}
