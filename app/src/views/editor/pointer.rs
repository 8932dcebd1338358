//! The pointer in the text: click, double and triple click, dragging, Shift, Alt and Ctrl, and text that is carried elsewhere.
//!
//! What the pointer did is read in its order from the raw events: in a slow frame it may be pressed, moved and let go, and where it
//! is at the end of that says nothing of what was meant.

use editor_core::column::ColumnBlock;
use editor_core::movement;
use editor_core::rows::RowContent;
use editor_core::{Selection, Span};
use egui::{CursorIcon, Id, LayerId, Modifiers, Order, PointerButton, Pos2, Response, Stroke, Ui};
use ground::command::Command;

use super::line::Lines;
use super::view::View;
use super::{Pane, id};
use crate::event::{Event, Typed};
use crate::features::text::TextEvent;
use crate::ui::clicks;
use crate::ui::theme::Theme;
use crate::workspace::Tab;

/// Rows scrolled in a second when the pointer is dragged one row beyond the edge.
const DRAG_SPEED: f64 = 8.0;
/// The pointer that moved no farther than this, in points, between press and release has clicked.
const STILL: f32 = 5.0;

/// What a drag extends by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Character,
    Word,
    Line,
}

/// What the pointer does while its button is held.
#[derive(Clone, Debug)]
pub struct Drag {
    /// Where it was pressed.
    from: Pos2,
    /// It has not moved since, so that letting it go is a click.
    is_still: bool,
    deed: Deed,
}

#[derive(Clone, Debug)]
enum Deed {
    /// A selection grows.
    Select {
        unit: Unit,
        /// What the first press selected; it stays selected.
        origin: Span,
        /// The other carets, when Alt adds one.
        others: Option<Selection>,
        /// A click goes to the definition of what is there.
        follows: bool,
    },
    /// A rectangle is drawn from this corner, a line and a column. What is pasted instead if the middle button has only clicked.
    Block { corner: (usize, usize), paste: Option<String> },
    /// Selected text is taken elsewhere; a click puts the caret there. What was selected, so that it is let go when it changes.
    Carry(Selection),
}

/// One thing that the pointer did.
enum Act {
    Press(Pos2, Modifiers),
    /// The middle button was pressed.
    Middle(Pos2),
    Move(Pos2),
    Release(Pos2, Modifiers),
    /// The middle button, with what is selected in some program.
    Paste(Pos2, String),
}

/// What the pointer did since the last frame, in order.
fn acts(ui: &Ui) -> Vec<Act> {
    const LEFT: PointerButton = PointerButton::Primary;
    const MIDDLE: PointerButton = PointerButton::Middle;
    let act = |event: &egui::Event| match event {
        egui::Event::PointerMoved(at) => Some(Act::Move(*at)),
        egui::Event::PointerButton { pos, button: LEFT, pressed: true, modifiers } => {
            Some(Act::Press(*pos, *modifiers))
        }
        egui::Event::PointerButton { pos, button: MIDDLE, pressed: true, .. } => Some(Act::Middle(*pos)),
        egui::Event::PointerButton { pos, button: LEFT | MIDDLE, pressed: false, modifiers } => {
            Some(Act::Release(*pos, *modifiers))
        }
        egui::Event::MiddleClickPaste { pos, text } => Some(Act::Paste(*pos, text.clone())),
        _ => None,
    };
    ui.input(|input| input.events.iter().filter_map(act).collect())
}

/// Would a press here be one into the text, and not on what lies over it?
pub fn lands(ui: &Ui, pane: &Pane, at: Pos2) -> bool {
    let Some(own) = pane.place.filter(|own| own.contains(at)) else { return false };
    if pane.taken.iter().any(|place| place.contains(at)) {
        return false;
    }
    let topmost = ui.ctx().interactive_rects_last_pass().into_iter().rfind(|rect| rect.contains(at));
    topmost == Some(own) && ui.ctx().layer_id_at(at) == Some(ui.layer_id())
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
    let text = view.rect.with_max_x(view.text.right()).with_max_y(view.text.bottom());
    let mut hand = Hand { ui, view, lines, tab_width, now: None, out };
    for act in acts(ui) {
        match act {
            Act::Press(at, modifiers) => {
                pane.drag = None;
                if text.contains(at) && lands(ui, pane, at) {
                    ui.memory_mut(|memory| memory.request_focus(id()));
                    pane.drag = Some(hand.press(at, modifiers));
                }
            }
            Act::Middle(at) => {
                if pane.drag.is_none() && text.contains(at) && lands(ui, pane, at) {
                    ui.memory_mut(|memory| memory.request_focus(id()));
                    let deed = Deed::Block { corner: hand.corner(at), paste: None };
                    pane.drag = Some(Drag { from: at, is_still: true, deed });
                }
            }
            Act::Move(at) => hand.moved(pane, at),
            Act::Release(at, modifiers) => hand.released(pane, at, modifiers),
            Act::Paste(at, words) => {
                let is_over = text.contains(at) && lands(ui, pane, at);
                if let Some(Drag { deed: Deed::Block { paste, .. }, .. }) = &mut pane.drag {
                    // Whether it is a click or a drag is known when the button is let go.
                    *paste = Some(words);
                } else if is_over {
                    ui.memory_mut(|memory| memory.request_focus(id()));
                    hand.paste(at, words);
                }
            }
        }
    }
    if !ui.input(|input| input.pointer.primary_down() || input.pointer.middle_down()) {
        pane.drag = None;
    }
    hand.rests(pane);
    pane.place = Some(response.interact_rect);
    cursor(ui, response, pane, view);
}

/// What the pointer looks like.
fn cursor(ui: &Ui, response: &Response, pane: &Pane, view: &View<'_>) {
    let carries = pane.drag.as_ref().is_some_and(Drag::carries);
    let command = ui.input(|input| input.modifiers.command);
    if carries {
        ui.set_cursor_icon(if command { CursorIcon::Copy } else { CursorIcon::Grabbing });
    } else if response.hovered() {
        let over_text = response.hover_pos().is_some_and(|pos| pos.x >= view.text.left() - 8.0);
        ui.set_cursor_icon(match (over_text, command) {
            (true, true) => CursorIcon::PointingHand,
            (true, false) => CursorIcon::Text,
            (false, _) => CursorIcon::Default,
        });
    }
}

impl Drag {
    /// Is selected text on its way?
    fn carries(&self) -> bool {
        !self.is_still && matches!(self.deed, Deed::Carry(_))
    }
}

/// The pointer at work in one frame.
struct Hand<'a, 'v, 't> {
    ui: &'a Ui,
    view: &'a mut View<'v>,
    lines: &'t mut Lines,
    tab_width: usize,
    /// What is selected by now, once it is another than at the frame's beginning.
    now: Option<Selection>,
    out: &'t mut Vec<Event>,
}

impl Hand<'_, '_, '_> {
    fn position(&mut self, at: Pos2) -> usize {
        self.view.position_at(self.ui.painter(), self.lines, at)
    }

    fn selection(&self) -> &Selection {
        self.now.as_ref().unwrap_or(self.view.selection)
    }

    fn select(&mut self, selection: Selection) {
        if selection != *self.selection() {
            self.out.push(Event::Select(self.view.tab.id, selection.clone()));
            self.now = Some(selection);
        }
    }

    fn corner(&mut self, at: Pos2) -> (usize, usize) {
        self.view.corner_at(self.ui.painter(), self.lines, at, self.tab_width)
    }

    /// Selects the rectangle between two corners.
    fn select_block(&mut self, block: ColumnBlock) {
        let tab = self.view.tab;
        let selection = block.selection(tab.document.rope(), self.tab_width);
        if selection != *self.selection() {
            self.out.push(Event::Text(TextEvent::SelectBlock(tab.id, block)));
            self.now = Some(selection);
        }
    }

    fn paste(&mut self, at: Pos2, text: String) {
        let at = self.position(at);
        self.select(Selection::caret(at));
        self.out.push(Event::Typed(Typed::Paste(text)));
    }

    fn press(&mut self, point: Pos2, modifiers: Modifiers) -> Drag {
        let tab = self.view.tab;
        if modifiers.shift && modifiers.alt {
            let caret = self.selection().primary();
            let corner = ColumnBlock::of_span(tab.document.rope(), caret, self.tab_width).anchor;
            let head = self.corner(point);
            self.select_block(ColumnBlock { anchor: corner, head });
            return Drag { from: point, is_still: true, deed: Deed::Block { corner, paste: None } };
        }
        let at = self.position(point);
        let clicks = clicks::counted(self.ui, id().with("clicks"), point);
        let in_gutter = point.x < self.view.text.left() - 12.0;
        let unit = match () {
            () if in_gutter || clicks >= 3 => Unit::Line,
            () if clicks == 2 => Unit::Word,
            () => Unit::Character,
        };
        let current = self.selection().clone();
        let drag = |deed| Drag { from: point, is_still: true, deed };
        let lone = current.spans().len() == 1 && unit == Unit::Character;
        if lone && !modifiers.shift && !modifiers.alt && is_inside(current.primary(), at) {
            return drag(Deed::Carry(current));
        }
        let (origin, others) = match () {
            () if modifiers.shift => (Span::caret(current.primary().anchor), None),
            () if modifiers.alt && unit == Unit::Character => (Span::caret(at), Some(current)),
            () => (around(tab, unit, at), None),
        };
        let follows = modifiers.command && !modifiers.shift && !modifiers.alt && unit == Unit::Character;
        let selected = extended(tab, unit, (origin, others.as_ref()), at);
        self.select(selected);
        drag(Deed::Select { unit, origin, others, follows })
    }

    fn moved(&mut self, pane: &mut Pane, point: Pos2) {
        let Some(drag) = &mut pane.drag else { return };
        drag.is_still &= drag.from.distance(point) < STILL;
        let is_still = drag.is_still;
        match drag.deed.clone() {
            Deed::Select { unit, origin, others, .. } => {
                let at = self.position(point);
                let selected = extended(self.view.tab, unit, (origin, others.as_ref()), at);
                self.select(selected);
            }
            Deed::Block { corner, .. } if !is_still => {
                let head = self.corner(point);
                self.select_block(ColumnBlock { anchor: corner, head });
            }
            Deed::Block { .. } | Deed::Carry(_) => {}
        }
    }

    fn released(&mut self, pane: &mut Pane, point: Pos2, modifiers: Modifiers) {
        self.moved(pane, point);
        let Some(drag) = pane.drag.take() else { return };
        let id = self.view.tab.id;
        match drag.deed {
            Deed::Carry(_) if drag.is_still => {
                let at = self.position(point);
                self.select(Selection::caret(at));
                if modifiers.command {
                    self.out.push(Event::Command(Command::GoToDefinition));
                }
            }
            Deed::Carry(carried) => {
                if carried == *self.selection() && self.view.rect.contains(point) {
                    let at = self.position(point);
                    self.out.push(Event::DropText(id, at, modifiers.command));
                }
            }
            Deed::Select { follows: true, .. } if drag.is_still => {
                self.out.push(Event::Command(Command::GoToDefinition));
            }
            Deed::Block { paste: Some(text), .. } if drag.is_still => self.paste(drag.from, text),
            Deed::Select { .. } | Deed::Block { .. } => {
                if !self.selection().primary().is_empty() {
                    self.out.push(Event::SelectionSettled(id));
                }
            }
        }
    }

    /// What goes on while the pointer is held and does not move: beyond the edge the text is scrolled, and what is carried shows where
    /// it would come.
    fn rests(&mut self, pane: &mut Pane) {
        let Some(point) = self.ui.input(|input| input.pointer.interact_pos()) else { return };
        let Some(drag) = &pane.drag else { return };
        if let Deed::Carry(carried) = &drag.deed
            && carried != self.selection()
        {
            pane.drag = None;
            return;
        }
        let carries = drag.carries();
        let rect = self.view.text;
        let beyond = (point.y - rect.bottom()).max(0.0) + (point.y - rect.top()).min(0.0);
        if beyond != 0.0 && !drag.is_still {
            let seconds = f64::from(self.ui.input(|input| input.stable_dt).min(0.1));
            let rows = f64::from(beyond / self.view.row_height) * DRAG_SPEED * seconds;
            pane.top = self.view.rows.shifted(pane.top, rows);
            self.view.scroll_to(pane);
            self.ui.ctx().request_repaint();
            self.moved(pane, point);
        }
        if carries && rect.contains(point) {
            self.show_drop(point);
        }
    }

    /// A line where what is carried would come.
    fn show_drop(&mut self, point: Pos2) {
        let at = self.position(point);
        let Some((index, column)) = self.view.row_of(at) else { return };
        let Some(row) = self.view.seen.get(index) else { return };
        let RowContent::Text { line, columns, indent, .. } = &row.content else { return };
        let Some(laid) = self.view.lay_out_row(self.ui.painter(), self.lines, (*line, columns), &[]) else {
            return;
        };
        let inset = *indent as f32 * self.view.pen_cell();
        let x = self.view.x(inset + laid.x(column.saturating_sub(columns.start)));
        let row = row.rect;
        let layer = LayerId::new(Order::Foreground, Id::unique("dropped text"));
        let painter = self.ui.ctx().layer_painter(layer).with_clip_rect(self.view.rect);
        painter.vline(x, row.y_range(), Stroke::new(2.0, Theme::of(self.ui).accent));
    }
}

/// Is a position within what is selected, so that a press there takes hold of it?
fn is_inside(span: Span, at: usize) -> bool {
    !span.is_empty() && span.start() <= at && at < span.end()
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

/// What is selected when the drag that began at `origin`, beside other carets, has come to a position.
fn extended(tab: &Tab, unit: Unit, (origin, others): (Span, Option<&Selection>), at: usize) -> Selection {
    let here = around(tab, unit, at);
    let span = if here.start() < origin.start() {
        Span::new(origin.end(), here.start())
    } else {
        Span::new(origin.start(), here.end().max(origin.end()))
    };
    others.map_or_else(|| Selection::single(span), |others| others.with(span))
}
