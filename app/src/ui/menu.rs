//! Context menus: commands with their keys, in groups, at the pointer or at what the keyboard is on.
//!
//! A place that has a menu gives it an id and says what can be done there:
//!
//! ```ignore
//! menu::of(ui, &response, "Menu of the tab", || lines, out);
//! ```
//!
//! What opens it by a key as well says where: [`open`], then [`show`].
//!
//! The keyboard stays with whoever had it: while a menu is open the arrows, Enter and Escape go to the menu
//! ([`crate::keyboard`] leaves them to it), and afterwards nothing has to be given back.

use std::path::Path;

use egui::{
    Color32, Context, Id, Key, LayerId, Modifiers, Order, PointerButton, Popup, PopupAnchor, PopupKind, Pos2,
    Rect, RectAlign, Response, Role, Sense, Ui, Vec2, WidgetInfo, pos2, vec2,
};
use ground::command::Command;

use super::theme::{self, Theme};
use super::widgets;
use crate::event::Event;

/// Height of a line.
const LINE: f32 = 26.0;
/// A menu is no narrower, and no wider than the window less a margin.
const MIN_WIDTH: f32 = 200.0;
const MARGIN: f32 = 16.0;
/// Between a name and its key.
const GAP: f32 = 32.0;
/// Left and right of a line.
const PADDING: f32 = 10.0;

/// One line of a menu.
#[derive(Debug)]
pub enum MenuLine {
    /// Something that can be done.
    Action {
        /// What it is called here.
        name: String,
        /// Its key; empty when there is none.
        key: String,
        /// What happens when it is chosen.
        event: Box<Event>,
        /// Does it make sense at this moment? Otherwise it is shown and cannot be chosen.
        enabled: bool,
    },
    /// A hairline between groups.
    Separator,
}

impl MenuLine {
    /// A command under its own name.
    pub fn command(command: Command) -> MenuLine {
        MenuLine::named(command, command.name())
    }

    /// A command under a name that is shorter because the place says the rest.
    pub fn named(command: Command, name: &str) -> MenuLine {
        MenuLine::event(name, &command.key_text(), Event::Command(command))
    }

    /// Something that only this place knows, such as which row was clicked.
    pub fn event(name: &str, key: &str, event: Event) -> MenuLine {
        MenuLine::Action { name: name.into(), key: key.into(), event: Box::new(event), enabled: true }
    }

    /// Puts a text on the clipboard.
    pub fn copy(name: &str, text: impl Into<String>) -> MenuLine {
        MenuLine::event(name, "", Event::CopyText(text.into()))
    }

    /// The same, to be chosen only if `possible`.
    #[must_use]
    pub fn only_if(mut self, possible: bool) -> MenuLine {
        if let MenuLine::Action { enabled, .. } = &mut self {
            *enabled = possible;
        }
        self
    }

    fn is_choosable(&self) -> bool {
        matches!(self, MenuLine::Action { enabled: true, .. })
    }
}

/// Lines in groups, with a hairline between two that have any.
pub fn grouped(groups: impl IntoIterator<Item = Vec<MenuLine>>) -> Vec<MenuLine> {
    let mut all = Vec::new();
    for group in groups.into_iter().filter(|group| !group.is_empty()) {
        if !all.is_empty() {
            all.push(MenuLine::Separator);
        }
        all.extend(group);
    }
    all
}

/// What can be done with any file: `inside` is its path within the project.
pub fn file_lines(path: &Path, inside: &Path) -> Vec<MenuLine> {
    vec![
        MenuLine::copy("Copy path", path.display().to_string()),
        MenuLine::copy("Copy relative path", inside.display().to_string()),
        MenuLine::event("Show in file manager", "", Event::RevealPath(path.to_owned())),
    ]
}

/// Gives a widget a menu, which opens where it is clicked with the other button.
pub fn of(
    ui: &Ui,
    response: &Response,
    name: &str,
    lines: impl FnOnce() -> Vec<MenuLine>,
    out: &mut Vec<Event>,
) {
    let id = response.id.with("menu");
    on_secondary_click(response, id);
    show(ui, id, name, lines, out);
}

/// Where a part of the view was clicked with the other button, whatever lies in it: text that can be selected takes its clicks.
pub fn clicked_in(ui: &Ui, rect: Rect) -> Option<Pos2> {
    let click = |input: &egui::InputState| {
        let is_click = input.pointer.button_clicked(PointerButton::Secondary);
        is_click.then(|| input.pointer.interact_pos()).flatten()
    };
    let is_here = |at: &Pos2| {
        rect.intersect(ui.clip_rect()).contains(*at) && ui.ctx().layer_id_at(*at) == Some(ui.layer_id())
    };
    ui.input(click).filter(is_here)
}

/// Opens the menu where the pointer is when `response` is clicked with the other button; true when it does.
pub fn on_secondary_click(response: &Response, id: Id) -> bool {
    let at = response.secondary_clicked().then(|| response.interact_pointer_pos()).flatten();
    if let Some(at) = at {
        open(&response.ctx, id, at);
    }
    at.is_some()
}

/// Opens the menu at a place.
pub fn open(ctx: &Context, id: Id, at: Pos2) {
    ctx.data_mut(|data| {
        data.insert_temp(id, at);
        data.remove::<usize>(id);
    });
    Popup::open_id(ctx, id);
}

/// Is it open?
pub fn is_open(ctx: &Context, id: Id) -> bool {
    Popup::is_id_open(ctx, id)
}

/// Shows the menu if it is open; `lines` says what stands in it at this moment. `name` is what a screen reader calls it.
pub fn show(ui: &Ui, id: Id, name: &str, lines: impl FnOnce() -> Vec<MenuLine>, out: &mut Vec<Event>) {
    let ctx = ui.ctx();
    if !is_open(ctx, id) {
        return;
    }
    let mut lines = lines();
    let at = ctx.data(|data| data.get_temp::<Pos2>(id)).unwrap_or_default();
    let layer = LayerId::new(Order::Foreground, id);
    let frame = Theme::of(ui).popover().inner_margin(4);
    let popup = Popup::new(id, ctx.clone(), PopupAnchor::Position(at), layer).open_memory(None);
    let popup = popup.kind(PopupKind::Menu).align(RectAlign::BOTTOM_START).gap(0.0).frame(frame);
    let shown = popup.show(|ui| lines_of(ui, id, name, &lines));
    if let Some(index) = shown.and_then(|shown| shown.inner) {
        Popup::close_id(ctx, id);
        ctx.request_repaint();
        if let MenuLine::Action { event, .. } = lines.swap_remove(index) {
            out.push(*event);
        }
    }
}

/// Draws the lines; the one that was chosen.
fn lines_of(ui: &mut Ui, id: Id, name: &str, lines: &[MenuLine]) -> Option<usize> {
    let width = width(ui, lines);
    ui.set_width(width);
    ui.spacing_mut().item_spacing = Vec2::ZERO;
    let whole = ui.interact(ui.max_rect(), id.with("lines"), Sense::hover());
    whole.widget_info(|| WidgetInfo::labeled(Role::Menu, true, name));
    let (current, mut chosen) = keyboard(ui, id, lines);
    for (index, line) in lines.iter().enumerate() {
        let MenuLine::Action { name, key, enabled, .. } = line else {
            let (rect, _) = ui.allocate_exact_size(vec2(width, 9.0), Sense::hover());
            ui.painter().hline(rect.x_range(), rect.center().y, Theme::of(ui).hairline());
            continue;
        };
        let response = action(ui, (name, key), *enabled, current == Some(index), width);
        if response.hovered() && ui.input(|input| input.pointer.delta() != Vec2::ZERO) {
            ui.data_mut(|data| data.insert_temp(id, index));
        }
        if response.clicked() && *enabled {
            chosen = Some(index);
        }
    }
    chosen
}

/// What the keyboard is on, and what it chose. Nothing at first: Enter alone chooses nothing that nobody has seen.
fn keyboard(ui: &Ui, id: Id, lines: &[MenuLine]) -> (Option<usize>, Option<usize>) {
    let choosable: Vec<usize> = (0..lines.len()).filter(|index| lines[*index].is_choosable()).collect();
    let known: Option<usize> = ui.data(|data| data.get_temp(id));
    let mut current = known.filter(|index| choosable.contains(index));
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let at = current.and_then(|current| choosable.iter().position(|index| *index == current));
    let last = choosable.len().saturating_sub(1);
    let next = if pressed(Key::ArrowDown) {
        Some(at.map_or(0, |at| if at == last { 0 } else { at + 1 }))
    } else if pressed(Key::ArrowUp) {
        Some(at.map_or(last, |at| at.checked_sub(1).unwrap_or(last)))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(last)
    } else {
        None
    };
    if let Some(next) = next.and_then(|next| choosable.get(next)) {
        current = Some(*next);
        ui.data_mut(|data| data.insert_temp(id, *next));
    }
    let enter = pressed(Key::Enter) || pressed(Key::Space);
    (current, current.filter(|_| enter))
}

/// As wide as the longest line.
fn width(ui: &Ui, lines: &[MenuLine]) -> f32 {
    let wide = |text: &str, font| ui.painter().layout_no_wrap(text.to_owned(), font, Color32::WHITE).size().x;
    let widths = lines.iter().filter_map(|line| match line {
        MenuLine::Action { name, key, .. } => {
            let key = if key.is_empty() { 0.0 } else { GAP + wide(key, theme::caption()) };
            Some(wide(name, theme::body()) + key + 2.0 * PADDING)
        }
        MenuLine::Separator => None,
    });
    let window = ui.ctx().content_rect().width() - MARGIN;
    widths.fold(MIN_WIDTH, f32::max).min(window).ceil()
}

fn action(ui: &mut Ui, (name, key): (&str, &str), enabled: bool, current: bool, width: f32) -> Response {
    let (rect, response) = ui.allocate_exact_size(vec2(width, LINE), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::MenuItem, enabled, current, name));
    let theme = Theme::of(ui);
    if current && enabled {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.current(theme.raised));
    }
    let ink = if enabled { theme.text } else { theme::mix(theme.raised, theme.muted, 0.6) };
    let mut inner = rect.shrink2(vec2(PADDING, 0.0));
    if !key.is_empty() {
        let quiet = if enabled { theme.muted } else { ink };
        let galley = ui.painter().layout_no_wrap(key.to_owned(), theme::caption(), quiet);
        inner.max.x -= galley.size().x;
        ui.painter().galley(pos2(inner.max.x, inner.center().y - galley.size().y / 2.0), galley, quiet);
        inner.max.x -= 8.0;
    }
    widgets::line_in(ui, inner, name, theme::body(), ink);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_parted_and_empty_ones_leave_nothing() {
        let line = || MenuLine::command(Command::Copy);
        let shape = |groups: Vec<Vec<MenuLine>>| -> String {
            let sign = |line: &MenuLine| if matches!(line, MenuLine::Separator) { '-' } else { 'x' };
            grouped(groups).iter().map(sign).collect()
        };
        assert_eq!(shape(vec![vec![], vec![line(), line()], vec![], vec![line()], vec![]]), "xx-x");
        assert_eq!(shape(vec![vec![], vec![]]), "");
    }
}
