//! Places where the last change is due: softly marked, the next one more, with the keys behind its line.

use egui::{Align2, Painter, Stroke, pos2, vec2};
use ground::command::Command;

use super::super::view::View;
use super::super::within;
use super::rows::ShownRow;
use super::{Frame, place_of};
use crate::features::next_place::{arrived, next, places};
use crate::ui::theme;

/// What would stand at a place is shown up to this many characters.
const MAX_SHOWN: usize = 60;

/// Space between the end of a line and the hint behind it, in cells.
const GAP: f32 = 3.0;

/// Marks the places that are seen.
pub fn marks(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let found = places(&frame.state.next_place, frame.tab);
    if found.is_empty() {
        return;
    }
    let buffer = frame.tab.document.buffer();
    let current = next(&frame.state.next_place, frame.state).map(|(tab, place, _)| (tab, place.range.start));
    let here = arrived(&frame.state.next_place, frame.state).map(|place| place.range.start);
    for row in seen {
        let Some(line) = row.line else { continue };
        let range = buffer.line_start(line)..buffer.line_end(line);
        let first = found.partition_point(|place| place.range.end < range.start);
        for place in found[first..].iter().take_while(|place| place.range.start <= range.end) {
            let Some(columns) = within(&place.range, &range).and_then(|columns| row.part(&columns)) else {
                continue;
            };
            let is_next = here.or(current.filter(|(tab, _)| *tab == frame.tab.id).map(|(_, start)| start))
                == Some(place.range.start);
            let strength = if is_next { 0.24 } else { 0.1 };
            let rect = row.columns_rect(view, &columns).shrink2(vec2(0.0, 1.0));
            let ground = theme::mix(frame.theme.background, frame.theme.accent, strength);
            painter.rect_filled(rect, 2.0, ground);
            if is_next {
                let line = Stroke::new(1.0, frame.theme.accent);
                painter.hline(rect.x_range(), rect.bottom() - 0.5, line);
            }
        }
    }
}

/// Says behind the line of the next place which keys there are; behind that of the caret when the place is not seen.
pub fn hint(painter: &Painter, frame: &Frame<'_>, view: &View<'_>, seen: &[ShownRow]) {
    let state = frame.state;
    let has_ghost = crate::features::complete::is_shown(&state.completion, state);
    if !frame.live || !frame.focused || has_ghost || !frame.preedit.is_empty() || frame.tab.review.is_some() {
        return;
    }
    let Some((words, position)) = words(frame, view) else { return };
    let Some((row, _)) = place_of(view, seen, position) else { return };
    let buffer = frame.tab.document.buffer();
    let line = buffer.line_of(position);
    let Some(last) = seen.iter().rev().find(|shown| shown.line == Some(line)).or(Some(row)) else { return };
    let end = last.x(view, last.columns.end);
    let ink = theme::mix(frame.theme.background, frame.theme.muted, 0.9);
    let at = pos2(end + frame.pen.cell * GAP, last.rect.center().y);
    painter.text(at, Align2::LEFT_CENTER, words, theme::caption(), ink);
}

/// What is said, and the position behind whose line.
fn words(frame: &Frame<'_>, view: &View<'_>) -> Option<(String, usize)> {
    let state = frame.state;
    let (go, drop) = (Command::NextPlace.key_text(), Command::DropPlaces.key_text());
    let found = next(&state.next_place, state);
    if let Some(place) = arrived(&state.next_place, state) {
        let apply = Command::ApplyPlace.key_text();
        let mut words = format!("{apply} to change to “{}”", shown(&place.after));
        if let Some((_, _, count)) = found.filter(|(_, _, count)| *count > 1) {
            words += &format!(" · {go} next of {count}");
        }
        return Some((words + &format!(" · {drop} dismisses"), place.range.start));
    }
    let (tab, place, count) = found?;
    let others = if count > 1 { format!(" · {count} places") } else { String::new() };
    let head = frame.tab.document.selection().primary().head;
    if tab != frame.tab.id {
        let title = state.tabs.iter().find(|other| other.id == tab)?.document.title();
        return Some((format!("Same change due in {title} · {go} goes there{others}"), head));
    }
    let is_seen = view.row_of(place.range.start).is_some();
    if is_seen {
        return Some((format!("Same change due · {go} goes here{others}"), place.range.start));
    }
    let line = frame.tab.document.buffer().line_of(place.range.start) + 1;
    Some((format!("Same change due in line {line} · {go} goes there{others}"), head))
}

/// The first line of what would stand there, not too long.
fn shown(after: &str) -> String {
    let line = after.lines().next().unwrap_or_default();
    let short: String = line.chars().take(MAX_SHOWN).collect();
    if short.len() < after.len() { format!("{short}…") } else { short }
}
