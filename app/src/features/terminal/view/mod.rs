//! The panel below the text: a strip of tabs, and the terminal that is shown.

mod find;
mod grid;
mod pointer;
mod strip;

use egui::{EventFilter, Id, Key, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use ground::command::Command;
use terminal::{HeldKeys, TerminalKey, TerminalSize};

pub use self::find::field_id;
use self::grid::Cells;
use super::{TerminalEvent, TerminalMeasure, TerminalTab, Terminals, look};
use crate::event::Event;
use crate::ui::menu::{self, MenuLine};
use crate::ui::theme::{self, Theme};
use crate::workspace::Workspace;

/// Around the text.
const MARGIN: f32 = 8.0;
/// The panel is no lower.
pub const MIN_HEIGHT: f32 = 96.0;

/// The id of the terminal that is shown: there is one, whichever is.
pub fn id() -> Id {
    Id::unique("terminal")
}

/// Shows the panel in all the space there is.
pub fn show(ui: &mut Ui, terminals: &Terminals, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let all = ui.available_rect_before_wrap();
    ui.advance_cursor_after_rect(all);
    ui.painter().hline(all.x_range(), all.top() + 0.5, theme.hairline());
    strip::show(ui, all.with_max_y(all.top() + theme::TABS), terminals, out);
    let body = all.with_min_y(all.top() + theme::TABS);
    ui.painter().rect_filled(body, 0.0, theme.background);
    let cells = Cells::measured(ui, workspace.settings.editor.font_size, inner(body));
    measure(ui, &cells, body, out);
    let Some(tab) = terminals.shown() else { return };
    let response = ui.interact(body, id(), Sense::click_and_drag());
    response.widget_info(|| {
        let label = format!("Terminal {}: {}", tab.name(), tab.screen.text());
        WidgetInfo::labeled(Role::Terminal, true, label)
    });
    let filter = EventFilter { tab: true, horizontal_arrows: true, vertical_arrows: true, escape: true };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(id(), filter));
    let focused = response.has_focus();
    tell_focus(ui, tab, focused, out);
    let link = pointer::handle(ui, &response, tab, &cells, out);
    let frame = grid::GridFrame { theme, cells: &cells, focused, link: link.as_ref() };
    let caret = grid::paint(ui, tab, &frame);
    grid::scrollbar(ui, body, tab, out);
    if let Some(caret) = caret.filter(|_| focused) {
        place_input_method(ui, body, caret);
    }
    find::show(ui, body, terminals, out);
    // A program that takes the mouse has this button, too; Shift keeps it from it.
    if !tab.screen.modes.mouse || ui.input(|input| input.modifiers.shift) {
        menu::on_secondary_click(&response, menu_id());
    }
    menu::show(ui, menu_id(), "Menu of the terminal", || lines(tab), out);
}

fn inner(body: Rect) -> Rect {
    body.shrink2(vec2(MARGIN, MARGIN / 2.0))
}

fn menu_id() -> Id {
    id().with("menu")
}

/// The lines of the menu.
fn lines(tab: &TerminalTab) -> Vec<MenuLine> {
    let has_selection = tab.screen.has_selection;
    vec![
        MenuLine::named(Command::TerminalCopy, "Copy").only_if(has_selection),
        MenuLine::named(Command::TerminalPaste, "Paste"),
        MenuLine::named(Command::TerminalSelectAll, "Select all"),
        MenuLine::Separator,
        MenuLine::named(Command::ExplainOutput, "Explain this output").only_if(has_selection),
        MenuLine::named(Command::TerminalFind, "Find…"),
        MenuLine::named(Command::TerminalClear, "Clear"),
        MenuLine::Separator,
        MenuLine::command(Command::NewTerminal),
        MenuLine::command(Command::CloseTerminal),
    ]
}

/// Tells how large terminals are when that is not as it was.
fn measure(ui: &Ui, cells: &Cells, body: Rect, out: &mut Vec<Event>) {
    // A panel that is being folded away has no size.
    if body.height() < 2.0 || body.width() < 2.0 {
        return;
    }
    let pixels = ui.pixels_per_point();
    let count = |all: f32, one: f32| (all / one).floor().clamp(1.0, 1000.0) as u16;
    let size = TerminalSize {
        columns: count(cells.place.width(), cells.width),
        rows: count(cells.place.height(), cells.height),
        cell: ((cells.width * pixels) as u16, (cells.height * pixels) as u16),
    };
    let measure = TerminalMeasure { size, palette: look::palette(Theme::of(ui)) };
    let key = id().with("measure");
    let known: Option<TerminalMeasure> = ui.data(|data| data.get_temp(key));
    if known != Some(measure) {
        ui.data_mut(|data| data.insert_temp(key, measure));
        out.push(Event::Terminal(TerminalEvent::Measured(measure)));
    }
}

/// Tells a program that wants to know that it got the keyboard or lost it.
fn tell_focus(ui: &Ui, tab: &TerminalTab, focused: bool, out: &mut Vec<Event>) {
    let key = id().with("focus");
    let known: Option<bool> = ui.data(|data| data.get_temp(key));
    if known != Some(focused) {
        ui.data_mut(|data| data.insert_temp(key, focused));
        if tab.screen.modes.focus {
            out.push(Event::Terminal(TerminalEvent::Focus(focused)));
        }
    }
}

fn place_input_method(ui: &Ui, rect: Rect, cursor_rect: Rect) {
    if ui.memory(|memory| memory.owns_ime_events(id())) {
        let purpose = egui::viewport::IMEPurpose::Terminal;
        ui.output_mut(|output| {
            let should_interrupt_composition = false;
            output.ime =
                Some(egui::output::IMEOutput { purpose, rect, cursor_rect, should_interrupt_composition });
        });
    }
}

/// What a key sends that does more than type; `None`: it types, which comes as text.
pub fn key(key: Key, modifiers: egui::Modifiers) -> Option<(TerminalKey, HeldKeys)> {
    let held = HeldKeys { shift: modifiers.shift, alt: modifiers.alt, ctrl: modifiers.ctrl };
    let key = match key {
        Key::Enter => TerminalKey::Enter,
        Key::Tab => TerminalKey::Tab,
        Key::Backspace => TerminalKey::Backspace,
        Key::Escape => TerminalKey::Escape,
        Key::ArrowUp => TerminalKey::Up,
        Key::ArrowDown => TerminalKey::Down,
        Key::ArrowRight => TerminalKey::Right,
        Key::ArrowLeft => TerminalKey::Left,
        Key::Home => TerminalKey::Home,
        Key::End => TerminalKey::End,
        Key::Insert => TerminalKey::Insert,
        Key::Delete => TerminalKey::Delete,
        Key::PageUp => TerminalKey::PageUp,
        Key::PageDown => TerminalKey::PageDown,
        key if let Some(number) = function(key) => TerminalKey::Function(number),
        // On macOS the Option key types other characters.
        key if held.ctrl || (held.alt && !cfg!(target_os = "macos")) => {
            TerminalKey::Char(character(key, held.shift)?)
        }
        _ => return None,
    };
    Some((key, held))
}

fn function(key: Key) -> Option<u8> {
    key.name().strip_prefix('F')?.parse().ok()
}

/// The character of a key.
fn character(key: Key, shift: bool) -> Option<char> {
    if key == Key::Space {
        return Some(' ');
    }
    let mut chars = key.symbol_or_name().chars();
    let c = chars.next().filter(|_| chars.next().is_none())?;
    // U+2212, as which egui shows the minus.
    let c = if c == '−' { '-' } else { c };
    Some(if shift { c } else { c.to_ascii_lowercase() })
}

/// The place of a cell.
fn cell_rect(cells: &Cells, row: usize, column: usize, columns: usize) -> Rect {
    let corner =
        pos2(cells.place.left() + column as f32 * cells.width, cells.place.top() + row as f32 * cells.height);
    Rect::from_min_size(corner, vec2(columns as f32 * cells.width, cells.height))
}

#[cfg(test)]
mod tests {
    use egui::Modifiers;

    use super::*;

    #[test]
    fn keys_that_type_are_left_to_be_typed() {
        let ctrl = Modifiers { ctrl: true, command: true, ..Modifiers::NONE };
        let held = |ctrl, alt| HeldKeys { ctrl, alt, shift: false };
        assert_eq!(key(Key::A, Modifiers::NONE), None);
        assert_eq!(key(Key::A, Modifiers::SHIFT), None);
        assert_eq!(key(Key::D, ctrl), Some((TerminalKey::Char('d'), held(true, false))));
        assert_eq!(key(Key::Space, ctrl), Some((TerminalKey::Char(' '), held(true, false))));
        assert_eq!(key(Key::Minus, ctrl), Some((TerminalKey::Char('-'), held(true, false))));
        assert_eq!(key(Key::OpenBracket, ctrl), Some((TerminalKey::Char('['), held(true, false))));
        assert_eq!(key(Key::Slash, ctrl), Some((TerminalKey::Char('/'), held(true, false))));
        assert_eq!(key(Key::F5, Modifiers::NONE), Some((TerminalKey::Function(5), HeldKeys::default())));
        assert_eq!(key(Key::Escape, Modifiers::NONE), Some((TerminalKey::Escape, HeldKeys::default())));
        if !cfg!(target_os = "macos") {
            assert_eq!(key(Key::B, Modifiers::ALT), Some((TerminalKey::Char('b'), held(false, true))));
        }
        assert_eq!(key(Key::F, Modifiers::NONE), None);
    }
}
