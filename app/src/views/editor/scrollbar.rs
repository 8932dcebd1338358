//! Thin scroll bars over the text, with marks for matches and hunks.

use editor_core::review::HunkState;
use egui::{Color32, CursorIcon, Rect, Sense, Ui, pos2, vec2};

use super::Pane;
use super::view::View;
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::workspace::Tab;

/// Width of the sensitive strip.
const TRACK: f32 = 12.0;
/// Width of the thumb.
const THUMB: f32 = 6.0;
/// Least length of the thumb.
const MIN_THUMB: f32 = 28.0;
/// Most marks that are drawn.
const MAX_MARKS: usize = 2000;

/// The bar at the right.
pub fn vertical(ui: &mut Ui, tab: &Tab, state: &State, pane: &mut Pane, view: &mut View<'_>) {
    let theme = Theme::of(ui);
    let rect = view.rect;
    let track = Rect::from_min_max(pos2(rect.right() - TRACK, rect.top()), rect.max);
    marks(ui, tab, state, view, track, theme);
    let max = view.max_top();
    if max <= 0.0 || !view.overflows() {
        return;
    }
    let share = (view.height_rows() / (max + view.height_rows())) as f32;
    let length = (track.height() * share).max(MIN_THUMB).min(track.height());
    let room = track.height() - length;
    let response = ui.interact(track, view.widget.with("scroll"), Sense::click_and_drag());
    if let Some(point) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) {
        let grip = view.widget.with("grip");
        let top = track.top() + (pane.top / max) as f32 * room;
        // A press on the thumb keeps the point it was taken at; elsewhere the thumb jumps under the pointer.
        let offset = if ui.input(|input| input.pointer.primary_pressed()) {
            let inside = (top..=top + length).contains(&point.y);
            let offset = if inside { point.y - top } else { length / 2.0 };
            ui.data_mut(|data| data.insert_temp(grip, offset));
            offset
        } else {
            ui.data(|data| data.get_temp(grip)).unwrap_or(length / 2.0)
        };
        pane.top = f64::from((point.y - offset - track.top()) / room.max(1.0)) * max;
        view.scroll_to(pane);
    }
    let top = track.top() + (pane.top / max) as f32 * room;
    let active = response.hovered() || response.is_pointer_button_down_on();
    if active {
        ui.set_cursor_icon(CursorIcon::Default);
    }
    let thumb = Rect::from_min_size(pos2(track.right() - THUMB - 3.0, top), vec2(THUMB, length));
    paint_thumb(ui, thumb, theme, active);
}

fn paint_thumb(ui: &Ui, thumb: Rect, theme: &Theme, active: bool) {
    let strength = if active { 0.45 } else { 0.2 };
    ui.painter().rect_filled(
        thumb.shrink(1.0),
        THUMB / 2.0,
        theme::mix(theme.background, theme.text, strength),
    );
}

/// Marks of what can be jumped to, as thin lines over the whole track.
fn marks(ui: &Ui, tab: &Tab, state: &State, view: &View<'_>, track: Rect, theme: &Theme) {
    let rows = view.rows.len().max(1) as f32;
    let buffer = tab.document.buffer();
    let mark = |position: usize, colour: Color32| {
        let row = view.rows.of_line(buffer.line_of(position)) as f32;
        let y = track.top() + row / rows * (track.height() - 3.0);
        let rect = Rect::from_min_size(pos2(track.left() + 1.0, y.round()), vec2(TRACK - 2.0, 2.0));
        ui.painter().rect_filled(rect, 0.0, colour);
    };
    if state.find.open
        && let Some(search) = &tab.search
    {
        let step = (search.count() / MAX_MARKS).max(1);
        for found in search.matches().iter().step_by(step) {
            mark(found.start, theme::mix(theme.background, theme.warning, 0.7));
        }
    }
    let hunks = tab.review.iter().flat_map(|review| review.review.hunks());
    for hunk in hunks.filter(|hunk| hunk.state == HunkState::Pending) {
        mark(hunk.range.start, theme.added);
    }
}

/// The bar at the bottom, while a line is longer than the window is wide.
pub fn horizontal(ui: &mut Ui, pane: &mut Pane, view: &View<'_>) {
    let max = view.max_left(pane);
    if max <= 0.0 {
        return;
    }
    let theme = Theme::of(ui);
    let text = view.text;
    let track = Rect::from_min_max(
        pos2(text.left(), text.bottom() - TRACK),
        pos2(text.right() - TRACK, text.bottom()),
    );
    let share = text.width() / (max + text.width());
    let length = (track.width() * share).max(MIN_THUMB).min(track.width());
    let room = (track.width() - length).max(1.0);
    let response = ui.interact(track, view.widget.with("scroll-x"), Sense::click_and_drag());
    if let Some(point) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) {
        pane.left = ((point.x - length / 2.0 - track.left()) / room * max).clamp(0.0, max);
    }
    let left = track.left() + pane.left / max * room;
    let thumb = Rect::from_min_size(pos2(left, track.bottom() - THUMB - 3.0), vec2(length, THUMB));
    paint_thumb(ui, thumb, theme, response.hovered() || response.is_pointer_button_down_on());
}
