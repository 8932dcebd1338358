//! What lies behind the text: the ground of rows, changed words, matches, places of the same word, the selection.

use std::ops::Range;

use editor_core::diff::RowKind;
use egui::{Painter, Rect, Ui, pos2, vec2};

use super::super::line::WINDOW;
use super::super::view::View;
use super::super::within;
use super::rows::ShownRow;
use super::{Frame, current_line};
use crate::ui::theme;
use crate::workspace::Overlay;

/// Longest selection whose other occurrences are shown.
const MAX_OCCURRENCE: usize = 100;

/// The grounds of whole rows, and changed words, marked stronger.
pub fn rows(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let theme = frame.theme;
    let selection = frame.selection;
    let caret_line = frame.tab.caret().0;
    let lone = selection.spans().len() == 1 && selection.is_empty();
    for row in seen {
        let ground = match row.diff.map(|look| look.kind) {
            Some(RowKind::Removed) => Some(theme.removed_ground),
            Some(_) => Some(theme.added_ground),
            None if lone && row.line == Some(caret_line) && frame.focused => Some(current_line(theme)),
            None => None,
        };
        if let Some(ground) = ground {
            ui.painter().rect_filled(row.rect, 0.0, ground);
        }
    }
    review_marks(ui, frame, view, seen);
}

fn review_marks(ui: &Ui, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    for row in seen {
        let (Some(look), Some(diff)) = (row.diff, view.review_row(&view.seen[row.number].content)) else {
            continue;
        };
        let strong = match look.kind {
            RowKind::Removed => theme::mix(frame.theme.removed_ground, frame.theme.removed, 0.28),
            _ => theme::mix(frame.theme.added_ground, frame.theme.added, 0.28),
        };
        for mark in diff.marks.iter().filter_map(|mark| row.part(mark)) {
            let span = row.columns_rect(view, &mark);
            ui.painter().rect_filled(span.shrink2(vec2(0.0, 1.0)), 2.0, strong);
        }
    }
}

/// What lies behind the text of each row.
pub fn behind_text(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let behind = Behind { painter, frame, view };
    for row in seen {
        behind.row(row);
    }
}

struct Behind<'a> {
    painter: &'a Painter,
    frame: &'a Frame<'a>,
    view: &'a View<'a>,
}

impl Behind<'_> {
    fn row(&self, row: &ShownRow) {
        let Some(line) = row.line else { return };
        let buffer = self.frame.tab.document.buffer();
        let range = buffer.line_start(line)..buffer.line_end(line);
        self.matches(row, &range);
        self.occurrences(row, line);
        self.selection(row, &range, buffer.line_start(line + 1));
        self.instruction(row, &range);
    }

    fn matches(&self, row: &ShownRow, range: &Range<usize>) {
        let Some(search) = &self.frame.tab.search else { return };
        let theme = self.frame.theme;
        let primary = self.frame.selection.primary().range();
        let own = range.start + row.columns.start..range.start + row.columns.end;
        for found in search.matches_in(&(own.start..own.end + 1)) {
            let Some(columns) = within(found, range).and_then(|columns| row.part(&columns)) else { continue };
            let strength = if *found == primary { 0.55 } else { 0.25 };
            let ground = theme::mix(theme.background, theme.warning, strength);
            let rect = row.columns_rect(self.view, &columns).shrink2(vec2(0.0, 1.0));
            self.painter.rect_filled(rect, 2.0, ground);
        }
    }

    fn occurrences(&self, row: &ShownRow, line: usize) {
        let selection = self.frame.selection;
        let span = selection.primary();
        let length = span.range().len();
        if selection.spans().len() > 1
            || !(2..=MAX_OCCURRENCE).contains(&length)
            || self.frame.tab.search.is_some()
        {
            return;
        }
        let buffer = self.frame.tab.document.buffer();
        let wanted = buffer.slice(span.range());
        let text = self.view.line_text(line);
        if wanted.trim().is_empty() || wanted.contains('\n') || text.len_chars() > WINDOW {
            return;
        }
        let (text, start) = (text.to_string(), buffer.line_start(line));
        for (byte, found) in text.match_indices(&wanted) {
            let column = text[..byte].chars().count();
            let columns = row.part(&(column..column + found.chars().count()));
            if let Some(columns) = columns.filter(|_| start + column != span.start()) {
                let rect = row.columns_rect(self.view, &columns);
                let ground = theme::mix(self.frame.theme.background, self.frame.theme.accent, 0.18);
                self.painter.rect_filled(rect.shrink2(vec2(0.0, 1.0)), 2.0, ground);
            }
        }
    }

    fn selection(&self, row: &ShownRow, range: &Range<usize>, next: usize) {
        for span in self.frame.selection.spans().iter().filter(|span| !span.is_empty()) {
            let Some(columns) = within(&span.range(), range).and_then(|columns| row.part(&columns)) else {
                continue;
            };
            let mut rect = row.columns_rect(self.view, &columns);
            // The line break is part of the selection: show it as a narrow cell.
            if row.is_last && span.end() > range.end && next > range.end && span.start() <= range.end {
                rect.max.x += self.frame.pen.cell * 0.6;
            }
            let colour = if self.frame.focused || self.is_asked() {
                self.frame.theme.selection
            } else {
                theme::mix(self.frame.theme.background, self.frame.theme.selection, 0.6)
            };
            self.painter.rect_filled(rect, 0.0, colour);
        }
    }

    fn is_asked(&self) -> bool {
        matches!(&self.frame.state.overlay, Overlay::Instruction(_))
    }

    /// A line at the left of what the instruction is about.
    fn instruction(&self, row: &ShownRow, range: &Range<usize>) {
        let Overlay::Instruction(instruction) = &self.frame.state.overlay else { return };
        if instruction.tab == self.frame.tab.id
            && range.start >= instruction.range.start
            && range.end <= instruction.range.end
        {
            let x = self.view.text.left() - 2.0;
            let bar = Rect::from_min_size(pos2(x, row.rect.top()), vec2(2.0, row.rect.height()));
            self.painter.rect_filled(bar, 0.0, self.frame.theme.accent);
        }
    }
}
