//! Scroll bars beside and beneath the text, and in the one beside it an overview of what can be jumped to: changes at the left, matches,
//! places of the last change and hunks in the middle, problems at the right.

use editor_core::review::HunkState;
use editor_core::rows::RowTop;
use egui::{Color32, CursorIcon, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::Pane;
use super::view::{TRACK, View};
use crate::features::changes::marks as changes;
use crate::features::changes::view::peek;
use crate::features::next_place;
use crate::state::State;
use crate::ui::theme::{self, Theme};
use crate::workspace::Tab;

/// Width of the thumb.
const THUMB: f32 = 8.0;
/// Least length of the thumb.
const MIN_THUMB: f32 = 28.0;
/// Most marks of a kind that are drawn.
const MAX_MARKS: usize = 2000;
/// A click this near to a mark goes there.
const NEAR: f32 = 3.0;

/// A mark of the overview.
struct Mark {
    /// Where: from the top of the bar, in points.
    y: f32,
    height: f32,
    /// Its place across the bar, from 0 at the left to 1.
    lane: (f32, f32),
    colour: Color32,
    line: usize,
}

/// The bar at the right.
pub fn vertical(ui: &mut Ui, tab: &Tab, state: &State, pane: &mut Pane, view: &mut View<'_>) {
    let theme = Theme::of(ui);
    let rect = view.rect;
    let track = Rect::from_min_max(pos2(view.text.right(), rect.top()), rect.max);
    let marks = marks(tab, state, view, track.height(), theme);
    let max = view.rows.offset(view.max_top());
    let response = ui.interact(track, view.widget.with("scroll"), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::ScrollBar, true, "Overview and scroll bar"));
    let is_pressed = ui.input(|input| input.pointer.primary_pressed());
    let share = (view.height_rows() / (max + view.height_rows())) as f32;
    let length = (track.height() * share).max(MIN_THUMB).min(track.height());
    let room = track.height() - length;
    let overflows = max > 0.0 && view.overflows();
    let place = |pane: &Pane, view: &View<'_>| {
        track.top() + (view.rows.offset(pane.top) / max.max(1.0)) as f32 * room
    };
    if let Some(point) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) {
        let grip = view.widget.with("grip");
        let top = place(pane, view);
        let on_thumb = overflows && (top..=top + length).contains(&point.y);
        let nearest =
            marks.iter().min_by(|a, b| distance(a, track, point.y).total_cmp(&distance(b, track, point.y)));
        let marked = nearest.filter(|mark| !on_thumb && distance(mark, track, point.y) <= NEAR);
        if let Some(mark) = marked.filter(|_| is_pressed) {
            ui.data_mut(|data| data.insert_temp(grip, None::<f32>));
            let line = RowTop { line: view.rows.shown_line(mark.line), row: 0.0 };
            pane.top = view.rows.shifted(line, -view.height_rows() / 2.0);
            view.scroll_to(pane);
        } else if overflows {
            // A press on the thumb keeps the point it was taken at; elsewhere the thumb jumps under the pointer. After a jump to a
            // mark there is nothing to drag.
            let offset = if is_pressed {
                let offset = Some(if on_thumb { point.y - top } else { length / 2.0 });
                ui.data_mut(|data| data.insert_temp(grip, offset));
                offset
            } else {
                ui.data(|data| data.get_temp(grip)).unwrap_or(Some(length / 2.0))
            };
            if let Some(offset) = offset {
                let share = f64::from((point.y - offset - track.top()) / room.max(1.0));
                pane.top = view.rows.at(share.clamp(0.0, 1.0) * max);
                view.scroll_to(pane);
            }
        }
    }
    let active = response.hovered() || response.is_pointer_button_down_on();
    if active {
        ui.set_cursor_icon(CursorIcon::Default);
    }
    if overflows {
        let top = place(pane, view);
        let thumb = Rect::from_min_size(pos2(track.center().x - THUMB / 2.0, top), vec2(THUMB, length));
        paint_thumb(ui, thumb, theme, active);
    }
    for mark in &marks {
        let (from, to) = (mark.lane.0 * track.width(), mark.lane.1 * track.width());
        let top = (track.top() + mark.y).round();
        let place = Rect::from_min_size(pos2(track.left() + from, top), vec2(to - from, mark.height));
        ui.painter().rect_filled(place, 0.0, mark.colour);
    }
}

fn distance(mark: &Mark, track: Rect, y: f32) -> f32 {
    let (top, bottom) = (track.top() + mark.y, track.top() + mark.y + mark.height);
    (top - y).max(y - bottom).max(0.0)
}

fn paint_thumb(ui: &Ui, thumb: Rect, theme: &Theme, active: bool) {
    let strength = if active { 0.45 } else { 0.2 };
    ui.painter().rect_filled(
        thumb.shrink(1.0),
        THUMB / 2.0,
        theme::mix(theme.background, theme.text, strength),
    );
}

/// Marks of what can be jumped to, over the height of the bar. Those of a text that fits stand beside their lines.
fn marks(tab: &Tab, state: &State, view: &View<'_>, height: f32, theme: &Theme) -> Vec<Mark> {
    let rows = view.rows.total().max(view.height_rows());
    let buffer = tab.document.buffer();
    let y_of = |line: usize| {
        let place = view.rows.place(line, 0);
        (view.rows.offset(RowTop { row: 0.0, ..place }) / rows) as f32 * (height - 3.0)
    };
    let mark = |line: usize, lane: (f32, f32), colour: Color32| Mark {
        y: y_of(line),
        height: 2.0,
        lane,
        colour,
        line,
    };
    let mut found = Vec::new();
    if let Some(known) = state.changes.marks.get(&tab.id).filter(|_| tab.review.is_none()) {
        for change in known.marks.iter().take(MAX_MARKS) {
            let lines = changes::lines(&tab.document, change);
            let (y, end) = (y_of(lines.start), y_of(lines.end.max(lines.start + 1)));
            let colour = peek::colour(theme, change.change.kind());
            found.push(Mark { y, height: (end - y).max(2.0), lane: (0.05, 0.3), colour, line: lines.start });
        }
    }
    if state.find.open
        && let Some(search) = &tab.search
    {
        let step = (search.count() / MAX_MARKS).max(1);
        let ink = theme::mix(theme.background, theme.warning, 0.7);
        let lines = search.matches().iter().step_by(step).map(|found| buffer.line_of(found.start));
        found.extend(lines.map(|line| mark(line, (0.3, 0.7), ink)));
    }
    for place in next_place::places(&state.next_place, tab).iter().take(MAX_MARKS) {
        found.push(mark(buffer.line_of(place.range.start), (0.3, 0.7), theme.accent));
    }
    let hunks = tab.review.iter().flat_map(|review| review.review.hunks());
    for hunk in hunks.filter(|hunk| hunk.state == HunkState::Pending) {
        found.push(mark(buffer.line_of(hunk.range.start), (0.05, 0.95), theme.added));
    }
    for problem in tab.problems.iter().take(MAX_MARKS) {
        found.push(mark(buffer.line_of(problem.range.start), (0.7, 0.95), theme.error));
    }
    found
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
        pos2(text.left(), view.rect.bottom() - TRACK),
        pos2(text.right(), view.rect.bottom()),
    );
    // Rows that are cut by the edge of the text end above the bar.
    ui.painter().rect_filled(track.with_min_x(view.rect.left()), 0.0, theme.background);
    let share = text.width() / (max + text.width());
    let length = (track.width() * share).max(MIN_THUMB).min(track.width());
    let room = (track.width() - length).max(1.0);
    let response = ui.interact(track, view.widget.with("scroll-x"), Sense::CLICK | Sense::DRAG);
    if let Some(point) = response.interact_pointer_pos().filter(|_| response.is_pointer_button_down_on()) {
        pane.left = ((point.x - length / 2.0 - track.left()) / room * max).clamp(0.0, max);
    }
    let left = track.left() + pane.left / max * room;
    let thumb = Rect::from_min_size(pos2(left, track.center().y - THUMB / 2.0), vec2(length, THUMB));
    paint_thumb(ui, thumb, theme, response.hovered() || response.is_pointer_button_down_on());
}
