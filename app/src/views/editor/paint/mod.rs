//! Draws the rows that are seen. What each part draws: [`rows`] lays the text out, [`grounds`] what lies behind it, [`guides`] lines and
//! marks in front of the grounds, [`places`] where the last change is due, [`ghost`] what the model would write, [`carets`]
//! carets and line numbers.

mod carets;
mod ghost;
mod grounds;
mod guides;
mod places;
mod rows;
mod whitespace;

use editor_core::Selection;
use editor_core::diff::RowKind;
use editor_core::review::HunkState;
use egui::{Color32, Rect, Ui, pos2, vec2};

use super::Pane;
use super::line::{Lines, Pen};
use super::screen_reader::{self, ReadRow};
use super::view::View;
use crate::event::Event;
use crate::features::review::view::hunk;
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::workspace::{Overlay, Tab};

use self::rows::ShownRow;
pub use self::rows::inks_of_line;

/// What painting needs to know beside the geometry.
pub struct Frame<'a> {
    /// The window.
    pub state: &'a State,
    /// The tab.
    pub tab: &'a Tab,
    /// What is selected in this view of it.
    pub selection: &'a Selection,
    /// Colours.
    pub theme: &'a Theme,
    /// Fonts of code.
    pub pen: &'a Pen,
    /// Does the text have the keyboard?
    pub focused: bool,
    /// Is this the view that has the keyboard, or had it last?
    pub live: bool,
    /// Text of an input method.
    pub preedit: &'a str,
}

/// What painting found out.
#[derive(Default)]
pub struct Painted {
    /// The primary caret on the screen.
    pub caret: Option<Rect>,
    /// The rows that the instruction line is about.
    pub anchor: Option<Rect>,
    /// The rows of the text, for screen readers.
    pub rows: Vec<ReadRow>,
}

/// Draws everything but the scroll bars and the buttons of hunks.
pub fn paint(ui: &Ui, frame: &Frame<'_>, pane: &mut Pane, view: &View<'_>, lines: &mut Lines) -> Painted {
    let seen = rows::lay_out(ui, frame, view, lines);
    pane.widest = seen.iter().map(|row| row.width(frame, view)).fold(pane.widest, f32::max);
    let mut painted = Painted::default();
    grounds::rows(ui, frame, view, &seen);
    let text = ui.painter().with_clip_rect(view.text.expand2(vec2(2.0, 0.0)).intersect(ui.clip_rect()));
    places::marks(&text, frame, view, &seen);
    grounds::behind_text(&text, frame, view, &seen);
    guides::rulers(&text, frame, view);
    guides::indents(&text, frame, view, &seen);
    for row in &seen {
        text.galley(pos2(row.left(view), row.glyph_top()), row.laid.galley.clone(), frame.theme.text);
    }
    whitespace::marks(&text, frame, view, &seen);
    guides::brackets(&text, frame, pane, view, &seen);
    ghost::show(&text, frame, view, &seen);
    places::hint(&text, frame, view, &seen);
    painted.caret = carets::carets(&text, frame, view, &seen);
    carets::writing(&text, frame, view, &seen);
    carets::gutter(ui, frame, view, &seen);
    painted.anchor = anchor(frame, view);
    painted.rows = seen.into_iter().filter_map(|row| read(view, row)).collect();
    painted
}

/// A row of the text as screen readers get it.
fn read(view: &View<'_>, row: ShownRow) -> Option<ReadRow> {
    Some(ReadRow {
        number: row.number,
        line: row.line?,
        first: row.columns.start,
        is_last: row.is_last,
        rect: row.rect,
        left: row.left(view),
        laid: row.laid,
    })
}

/// The ground of the line with the caret.
fn current_line(theme: &Theme) -> Color32 {
    theme::mix(theme.background, theme.text, 0.045)
}

/// The row in which a position stands, with its column in the line.
fn place_of<'a>(view: &View<'_>, seen: &'a [ShownRow], position: usize) -> Option<(&'a ShownRow, usize)> {
    let (row, column) = view.row_of(position)?;
    Some((seen.iter().find(|shown| shown.number == row)?, column))
}

/// The rows that the instruction is about, which its line must not cover.
fn anchor(frame: &Frame<'_>, view: &View<'_>) -> Option<Rect> {
    let Overlay::Instruction(instruction) = &frame.state.overlay else { return None };
    let buffer = frame.tab.document.buffer();
    let [first, last] = [instruction.range.start, instruction.range.end].map(|end| buffer.line_of(end));
    // A line has several rows where it is wrapped, and what a review adds stands before the next one.
    let behind = match last + 1 < buffer.len_lines() {
        true => view.line_rect(last + 1).top(),
        false => view.seen.last().map_or(view.rect.top(), |row| row.rect.bottom()),
    };
    let place = view.line_rect(first);
    Some(place.with_max_y(behind.max(place.bottom())).with_min_x(view.text.left()))
}

/// The two buttons beside each hunk that waits for a decision.
pub fn hunk_buttons(ui: &mut Ui, tab: &Tab, view: &View<'_>, out: &mut Vec<Event>) {
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return };
    let theme = Theme::of(ui);
    let mut last = None;
    for row in &view.seen {
        let Some(diff) = view.review_row(&row.content) else { continue };
        let Some(index) = diff.hunk else { continue };
        if last == Some(index)
            || review.review.hunks().get(index).is_none_or(|hunk| hunk.state != HunkState::Pending)
        {
            continue;
        }
        last = Some(index);
        let removes = diff.kind == RowKind::Removed;
        let ground = if removes { theme.removed_ground } else { theme.added_ground };
        screen_reader::tell_hunk(ui, view, review, index, row.rect);
        hunk::buttons(ui, review, index, (row.rect, row.rect.width()), ground, out);
    }
}
