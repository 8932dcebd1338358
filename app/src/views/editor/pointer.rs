//! The pointer in the text: click, double and triple click, dragging, Shift and Alt.

use editor_core::column::ColumnBlock;
use editor_core::movement;
use editor_core::{Selection, Span};
use egui::{CursorIcon, PointerButton, Pos2, Response, Ui};

use super::line::Lines;
use super::view::View;
use super::{Pane, id};
use crate::event::Event;
use crate::features::text::TextEvent;
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
    /// The corner of a rectangle that stays, when one is drawn: line and column.
    corner: Option<(usize, usize)>,
}

/// Turns the pointer into selections.
pub fn handle(
    ui: &Ui,
    response: &Response,
    pane: &mut Pane,
    (view, tab_width): (&mut View<'_>, usize),
    lines: &mut Lines,
    out: &mut Vec<Event>,
) {
    // What lies beside and beneath the text has the pointer to itself, and what lies on it as well.
    let is_mine = |point: Pos2| {
        let is_taken = pane.taken.iter().any(|place| place.contains(point));
        point.x < view.text.right() && point.y < view.text.bottom() && !is_taken
    };
    if response.hovered() {
        let over_text = response.hover_pos().is_some_and(|pos| pos.x >= view.text.left() - 8.0);
        ui.set_cursor_icon(if over_text { CursorIcon::Text } else { CursorIcon::Default });
    }
    let pressed = ui.input(|input| {
        let middle = input.pointer.button_pressed(PointerButton::Middle);
        let origin = input.pointer.press_origin().or(input.pointer.interact_pos());
        origin.filter(|_| input.pointer.primary_pressed() || middle).map(|point| (point, middle))
    });
    if let Some((point, middle)) = pressed.filter(|(point, _)| response.contains_pointer() && is_mine(*point))
    {
        ui.memory_mut(|memory| memory.request_focus(id()));
        press(ui, pane, (view, tab_width), lines, (point, middle), out);
    }
    let is_down =
        ui.input(|input| input.pointer.primary_down() || input.pointer.button_down(PointerButton::Middle));
    if !is_down {
        pane.drag = None;
    } else if pane.drag.is_some() {
        drag(ui, pane, (view, tab_width), lines, out);
    }
}

fn press(
    ui: &Ui,
    pane: &mut Pane,
    (view, tab_width): (&View<'_>, usize),
    lines: &mut Lines,
    (point, middle): (Pos2, bool),
    out: &mut Vec<Event>,
) {
    let tab = view.tab;
    let modifiers = ui.input(|input| input.modifiers);
    if middle || (modifiers.shift && modifiers.alt) {
        let here = view.corner_at(ui.painter(), lines, point, tab_width);
        let of_caret =
            || ColumnBlock::of_span(tab.document.rope(), view.selection.primary(), tab_width).anchor;
        let corner = if middle { here } else { of_caret() };
        let origin = Span::caret(view.selection.primary().anchor);
        pane.drag = Some(Drag { unit: Unit::Character, origin, others: None, corner: Some(corner) });
        out.push(Event::Text(TextEvent::SelectBlock(tab.id, ColumnBlock { anchor: corner, head: here })));
        return;
    }
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
    let drag = Drag { unit, origin, others, corner: None };
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

fn drag(
    ui: &Ui,
    pane: &mut Pane,
    (view, tab_width): (&mut View<'_>, usize),
    lines: &mut Lines,
    out: &mut Vec<Event>,
) {
    let Some(point) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let Some(drag) = pane.drag.clone() else { return };
    let tab = view.tab;
    let beyond = (point.y - view.text.bottom()).max(0.0) + (point.y - view.text.top()).min(0.0);
    if beyond != 0.0 {
        let seconds = f64::from(ui.input(|input| input.stable_dt).min(0.1));
        pane.top = view.rows.shifted(pane.top, f64::from(beyond / view.row_height) * DRAG_SPEED * seconds);
        view.scroll_to(pane);
        ui.ctx().request_repaint();
    }
    if let Some(anchor) = drag.corner {
        let head = view.corner_at(ui.painter(), lines, point, tab_width);
        let block = ColumnBlock { anchor, head };
        if block.selection(tab.document.rope(), tab_width) != *view.selection {
            out.push(Event::Text(TextEvent::SelectBlock(tab.id, block)));
        }
        return;
    }
    let at = view.position_at(ui.painter(), lines, point);
    let selection = extended(tab, &drag, at);
    if selection != *view.selection {
        out.push(Event::Select(tab.id, selection));
    }
}
