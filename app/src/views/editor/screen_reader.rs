//! What a screen reader gets of the text: the rows seen as runs of text, with the caret and what is selected, and each hunk that waits for
//! a decision as a sentence, told when the keys come to act on it.

use std::sync::Arc;

use editor_core::review::{Hunk, HunkState};
use egui::accesskit::Live;
use egui::emath::TSTransform;
use egui::epaint::text::CharIndex;
use egui::text::{CCursor, LayoutJob};
use egui::text_selection::CCursorRange;
use egui::text_selection::accesskit_text::update_accesskit_for_text_widget;
use egui::{Galley, Rect, Role, Sense, Ui, WidgetInfo, pos2};

use super::line::Line;
use super::view::View;
use crate::workspace::TabReview;

/// Lines of a hunk that are read out; of longer ones it is said how many more there are.
const MAX_LINES: usize = 12;

/// A row of the text as it is drawn.
pub struct ReadRow {
    /// Its index among the rows that are seen.
    pub number: usize,
    /// Its line.
    pub line: usize,
    /// The first column of it.
    pub first: usize,
    /// Does its line end with it?
    pub is_last: bool,
    /// Where.
    pub rect: Rect,
    /// Where its glyphs begin, from the left of the screen.
    pub left: f32,
    /// Its glyphs.
    pub laid: Arc<Line>,
}

/// Tells of the rows that are seen, and of the selection as far as it is seen.
pub fn tell_text(ui: &Ui, view: &View<'_>, rows: &[ReadRow]) {
    if rows.is_empty() || ui.ctx().accesskit_node_builder(view.widget, |_| ()).is_none() {
        return;
    }
    let galleys: Vec<Arc<Galley>> = rows.iter().map(|row| row.laid.galley.clone()).collect();
    let mut galley = Galley::concat(Arc::new(LayoutJob::default()), &galleys, ui.pixels_per_point());
    // A line on the screen is one row of the galley.
    for (placed, row) in galley.rows.iter_mut().zip(rows) {
        placed.pos = pos2(row.left, row.rect.top());
        placed.ends_with_newline &= row.is_last;
    }
    let mut starts = vec![0];
    for placed in &galley.rows {
        let before = starts.last().copied().unwrap_or_default();
        starts.push(before + placed.glyphs.len() + usize::from(placed.ends_with_newline));
    }
    let primary = view.selection.primary();
    let [anchor, head] = [primary.anchor, primary.head].map(|at| cursor(view, rows, &starts, at));
    let selected = CCursorRange { primary: head, secondary: anchor, h_pos: None };
    update_accesskit_for_text_widget(ui.ctx(), view.widget, Some(selected), TSTransform::IDENTITY, &galley);
}

/// Where a position stands in what is told; of those that are not seen the nearest end.
fn cursor(view: &View<'_>, rows: &[ReadRow], starts: &[usize], position: usize) -> CCursor {
    let of_row = view.row_of(position).and_then(|(number, column)| {
        let at = rows.iter().position(|row| row.number == number)?;
        Some((at, rows[at].laid.glyph(column.saturating_sub(rows[at].first))))
    });
    let is_above = || {
        let buffer = view.tab.document.buffer();
        let (line, column) = (buffer.line_of(position), buffer.column(position));
        rows.first().is_some_and(|first| (line, column) < (first.line, first.first))
    };
    let index = match of_row {
        Some((at, glyph)) => starts[at] + glyph,
        None if is_above() => 0,
        None => starts.last().copied().unwrap_or_default(),
    };
    // At the end of a wrapped row, whose end is the start of the next one, it stands there.
    CCursor { index: CharIndex(index), prefer_next_row: true }
}

/// Tells of a hunk that waits for a decision, at its first row.
pub fn tell_hunk(ui: &Ui, view: &View<'_>, review: &TabReview, index: usize, row: Rect) {
    let Some(hunk) = review.review.hunks().get(index) else { return };
    let response = ui.interact(row, view.widget.with(("hunk", index)), Sense::hover());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Label, true, words(review.review.hunks(), index, hunk)));
    if review.current == Some(index) {
        let _no_reader = ui.ctx().accesskit_node_builder(response.id, |node| node.set_live(Live::Polite));
    }
}

/// A hunk as a sentence.
fn words(hunks: &[Hunk], index: usize, hunk: &Hunk) -> String {
    let waiting = hunks.iter().filter(|hunk| hunk.state == HunkState::Pending).count();
    let mut words = format!("Change {} of {}", index + 1, hunks.len());
    if waiting < hunks.len() {
        words += &format!(", {waiting} not decided");
    }
    words += ".";
    for (what, text) in [("Removed", &hunk.removed), ("Added", &hunk.added)] {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        if lines.is_empty() {
            continue;
        }
        words += &format!(" {what}: {}", lines[..lines.len().min(MAX_LINES)].join("\n"));
        if lines.len() > MAX_LINES {
            words += &format!("\nand {} more lines", lines.len() - MAX_LINES);
        }
        words += ".";
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hunk(removed: &str, added: &str, state: HunkState) -> Hunk {
        Hunk {
            state,
            range: 0..0,
            lines: 0..0,
            removed: removed.into(),
            added: added.into(),
            removed_marks: Vec::new(),
            added_marks: Vec::new(),
        }
    }

    #[test]
    fn a_hunk_is_a_sentence_that_ends() {
        let hunks =
            [hunk("    a = 1\n", "    a = 2\n", HunkState::Pending), hunk("", "b\n", HunkState::Accepted)];
        assert_eq!(
            words(&hunks, 0, &hunks[0]),
            "Change 1 of 2, 1 not decided. Removed: a = 1. Added: a = 2."
        );
        let long = hunk("", &"x\n".repeat(MAX_LINES + 3), HunkState::Pending);
        let said = words(std::slice::from_ref(&long), 0, &long);
        assert!(said.ends_with("x\nand 3 more lines."), "{said}");
        assert!(said.starts_with("Change 1 of 1. Added: x\n"), "{said}");
    }
}
