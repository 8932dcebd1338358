//! The pointer in the text: click, double and triple click, dragging, Shift and Alt.

use editor_core::movement;
use editor_core::{Selection, Span};
use egui::{CursorIcon, Pos2, Response, Ui};

use super::line::Lines;
use super::view::View;
use super::{Pane, id};
use crate::event::Event;
use crate::workspace::Tab;

/// Rows scrolled in a second when the pointer is dragged one row beyond the edge.
const DRAG_SPEED: f64 = 8.0;

/// What a drag extends by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Character,
    Word,
    Line,
}

/// A selection in progress.
#[derive(Clone, Debug)]
pub struct Drag {
    unit: Unit,
    /// What the first press selected; it stays selected.
    origin: Span,
    /// The other carets, when Alt adds one.
    others: Option<Selection>,
}

/// Turns the pointer into selections.
pub fn handle(
    ui: &Ui,
    response: &Response,
    pane: &mut Pane,
    view: &mut View<'_>,
    lines: &mut Lines,
    out: &mut Vec<Event>,
) {
    if response.hovered() {
        let over_text = response.hover_pos().is_some_and(|pos| pos.x >= view.text.left() - 8.0);
        ui.set_cursor_icon(if over_text { CursorIcon::Text } else { CursorIcon::Default });
    }
    if ui.input(|input| input.pointer.primary_pressed()) && response.contains_pointer() {
        ui.memory_mut(|memory| memory.request_focus(id()));
        press(ui, pane, view, lines, out);
    }
    if !ui.input(|input| input.pointer.primary_down()) {
        pane.drag = None;
    } else if pane.drag.is_some() {
        drag(ui, pane, view, lines, out);
    }
}

fn press(ui: &Ui, pane: &mut Pane, view: &View<'_>, lines: &mut Lines, out: &mut Vec<Event>) {
    let tab = view.tab;
    // The pointer may have moved on within this frame.
    let pointer = |input: &egui::InputState| input.pointer.press_origin().or(input.pointer.interact_pos());
    let Some(point) = ui.input(pointer) else { return };
    let modifiers = ui.input(|input| input.modifiers);
    let at = view.position_at(ui.painter(), lines, point);
    let clicks = clicks(ui, point);
    let in_gutter = point.x < view.text.left() - 12.0;
    let unit = match () {
        () if in_gutter || clicks >= 3 => Unit::Line,
        () if clicks == 2 => Unit::Word,
        () => Unit::Character,
    };
    let current = view.selection;
    let (origin, others) = match () {
        () if modifiers.shift => (Span::caret(current.primary().anchor), None),
        () if modifiers.alt && unit == Unit::Character => (Span::caret(at), Some(current.clone())),
        () => (around(tab, unit, at), None),
    };
    let drag = Drag { unit, origin, others };
    out.push(Event::Select(tab.id, extended(tab, &drag, at)));
    pane.drag = Some(drag);
}

/// How many presses came in quick succession at one place, this one included. egui counts clicks when the button is
/// released, which is too late for a selection that grows while it is held.
fn clicks(ui: &Ui, point: Pos2) -> u32 {
    let key = id().with("clicks");
    let now = ui.input(|input| input.time);
    let last: Option<(f64, Pos2, u32)> = ui.data(|data| data.get_temp(key));
    let count = match last {
        Some((time, place, count)) if now - time < 0.4 && place.distance(point) < 4.0 => count % 3 + 1,
        _ => 1,
    };
    ui.data_mut(|data| data.insert_temp(key, (now, point, count)));
    count
}

fn around(tab: &Tab, unit: Unit, at: usize) -> Span {
    let rope = tab.document.rope();
    let range = match unit {
        Unit::Character => return Span::caret(at),
        Unit::Word => movement::word_at(rope, at),
        Unit::Line => movement::line_at(rope, at),
    };
    Span::new(range.start, range.end)
}

/// What is selected when the drag has come to a position.
fn extended(tab: &Tab, drag: &Drag, at: usize) -> Selection {
    let here = around(tab, drag.unit, at);
    let span = if here.start() < drag.origin.start() {
        Span::new(drag.origin.end(), here.start())
    } else {
        Span::new(drag.origin.start(), here.end().max(drag.origin.end()))
    };
    drag.others.as_ref().map_or_else(|| Selection::single(span), |others| others.with(span))
}

fn drag(ui: &Ui, pane: &mut Pane, view: &mut View<'_>, lines: &mut Lines, out: &mut Vec<Event>) {
    let Some(point) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let Some(drag) = pane.drag.clone() else { return };
    let tab = view.tab;
    let beyond = (point.y - view.rect.bottom()).max(0.0) + (point.y - view.rect.top()).min(0.0);
    if beyond != 0.0 {
        let seconds = f64::from(ui.input(|input| input.stable_dt).min(0.1));
        pane.top += f64::from(beyond / view.row_height) * DRAG_SPEED * seconds;
        view.scroll_to(pane);
        ui.ctx().request_repaint();
    }
    let at = view.position_at(ui.painter(), lines, point);
    let selection = extended(tab, &drag, at);
    if selection != *view.selection {
        out.push(Event::Select(tab.id, selection));
    }
}
