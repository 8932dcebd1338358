//! The mouse in a terminal: selecting, links, the wheel, and programs that want to know of it themselves.

use egui::{CursorIcon, Id, PointerButton, Pos2, Response, Ui};
use terminal::mouse::{MouseDeed, MouseReport};
use terminal::{GridPlace, HeldKeys, SelectionUnit, TerminalLink, links};

use super::super::{TerminalEvent, TerminalTab};
use super::grid::Cells;
use super::id;
use crate::event::Event;
use crate::ui::clicks;

/// Most rows that belong together as one line that is looked at for links.
const MAX_ROWS: usize = 12;
/// What programs call the buttons.
const BUTTONS: [(PointerButton, u8); 3] =
    [(PointerButton::Primary, 0), (PointerButton::Middle, 1), (PointerButton::Secondary, 2)];

/// What is going on with the mouse.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Going {
    /// A selection is dragged.
    selects: bool,
    /// A button that the program was told of.
    told: Option<u8>,
    /// The cell that it was told of last.
    at: Option<(usize, usize)>,
    /// Rows of the wheel that are less than one.
    wheel: f32,
}

/// Turns the mouse into events. Gives the cells of the link under it: row, first column, columns.
pub fn handle(
    ui: &Ui,
    response: &Response,
    tab: &TerminalTab,
    cells: &Cells,
    out: &mut Vec<Event>,
) -> Option<(usize, usize, usize)> {
    let key = id().with("mouse");
    let mut going: Going = ui.data(|data| data.get_temp(key)).unwrap_or_default();
    let before = going;
    let is_over = response.contains_pointer();
    let modifiers = ui.input(|input| input.modifiers);
    let held = HeldKeys { shift: modifiers.shift, alt: modifiers.alt, ctrl: modifiers.ctrl };
    // Shift keeps the mouse from the program.
    let is_told = tab.screen.modes.mouse && !held.shift;
    if is_over && ui.input(|input| input.pointer.any_pressed()) {
        ui.memory_mut(|memory| memory.request_focus(id()));
    }
    if is_over {
        wheel(ui, tab, cells, held, &mut going, out);
    }
    let link =
        Some(()).filter(|()| is_over && modifiers.command).and_then(|()| link(ui, response, tab, cells));
    if is_over {
        ui.set_cursor_icon(match &link {
            Some(_) => CursorIcon::PointingHand,
            None if is_told => CursorIcon::Default,
            None => CursorIcon::Text,
        });
    }
    if let Some((_, link)) =
        link.as_ref().filter(|_| is_over && ui.input(|input| input.pointer.primary_pressed()))
    {
        out.push(Event::Terminal(TerminalEvent::Follow(link.clone())));
    } else if is_told || going.told.is_some() {
        tell(ui, (is_over, held), tab, cells, &mut going, out);
    } else {
        select(ui, (is_over, held), tab, cells, &mut going, out);
    }
    if going != before {
        ui.data_mut(|data| data.insert_temp(key, going));
    }
    link.map(|(place, _)| place)
}

/// The cell under a point, and the half of it.
fn place(tab: &TerminalTab, cells: &Cells, point: Pos2) -> GridPlace {
    let (x, y) = ((point.x - cells.place.left()) / cells.width, (point.y - cells.place.top()) / cells.height);
    let last = (tab.screen.columns.max(1) - 1) as f32;
    let column = x.floor().clamp(0.0, last);
    let row = y.floor().clamp(0.0, (tab.screen.rows.len().max(1) - 1) as f32);
    GridPlace { row: row as usize, column: column as usize, right: x - column >= 0.5 }
}

/// What a selection begins with.
fn unit(ui: &Ui, point: Pos2, alt: bool) -> SelectionUnit {
    let count = clicks::counted(ui, Id::unique("terminal clicks"), point);
    match (count, alt) {
        (1, true) => SelectionUnit::Block,
        (1, false) => SelectionUnit::Character,
        (2, _) => SelectionUnit::Word,
        _ => SelectionUnit::Line,
    }
}

fn select(
    ui: &Ui,
    (is_over, held): (bool, HeldKeys),
    tab: &TerminalTab,
    cells: &Cells,
    going: &mut Going,
    out: &mut Vec<Event>,
) {
    let (pressed, down) = ui.input(|input| (input.pointer.primary_pressed(), input.pointer.primary_down()));
    if is_over && pressed {
        let point = ui.input(|input| input.pointer.press_origin().or(input.pointer.interact_pos()));
        let Some(point) = point else { return };
        let place = place(tab, cells, point);
        out.push(Event::Terminal(if held.shift && tab.screen.has_selection {
            TerminalEvent::Extend(place)
        } else {
            TerminalEvent::Select(unit(ui, point, held.alt), place)
        }));
        going.selects = true;
    }
    let moved = ui.input(|input| input.pointer.delta() != egui::Vec2::ZERO);
    if let Some(point) = ui.input(|input| input.pointer.interact_pos()).filter(|_| going.selects && moved) {
        out.push(Event::Terminal(TerminalEvent::Extend(place(tab, cells, point))));
    }
    if going.selects && down {
        scroll_beyond(ui, tab, cells, going, out);
    }
    if going.selects && !down {
        out.push(Event::Terminal(TerminalEvent::SelectionSettled));
    }
    going.selects &= down;
    if is_over {
        out.extend(ui.input(|input| input.events.iter().find_map(pasted)));
    }
}

/// What is selected in some program, given by the middle button.
fn pasted(event: &egui::Event) -> Option<Event> {
    let egui::Event::MiddleClickPaste { text, .. } = event else { return None };
    Some(Event::Terminal(TerminalEvent::Paste(text.clone())))
}

/// A selection that is dragged beyond the edge scrolls.
fn scroll_beyond(ui: &Ui, tab: &TerminalTab, cells: &Cells, going: &mut Going, out: &mut Vec<Event>) {
    let Some(point) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let beyond = (cells.place.top() - point.y).max(0.0) - (point.y - cells.place.bottom()).max(0.0);
    if beyond == 0.0 {
        return;
    }
    let seconds = ui.input(|input| input.stable_dt).min(0.1);
    going.wheel += beyond / cells.height * 8.0 * seconds;
    let rows = going.wheel.trunc();
    going.wheel -= rows;
    if rows != 0.0 {
        let offset = (tab.screen.offset as f32 + rows).clamp(0.0, tab.screen.history as f32) as usize;
        out.push(Event::Terminal(TerminalEvent::ScrollTo(offset)));
        out.push(Event::Terminal(TerminalEvent::Extend(place(tab, cells, point))));
    }
    ui.ctx().request_repaint();
}

/// Tells the program of buttons and movement.
fn tell(
    ui: &Ui,
    (is_over, held): (bool, HeldKeys),
    tab: &TerminalTab,
    cells: &Cells,
    going: &mut Going,
    out: &mut Vec<Event>,
) {
    let Some(point) = ui.input(|input| input.pointer.interact_pos()) else { return };
    let GridPlace { row, column, .. } = place(tab, cells, point);
    let mut report = |deed| {
        out.push(Event::Terminal(TerminalEvent::Mouse(MouseReport { deed, row, column, held })));
    };
    for (button, number) in BUTTONS {
        let (pressed, released) =
            ui.input(|input| (input.pointer.button_pressed(button), input.pointer.button_released(button)));
        if pressed && is_over {
            report(MouseDeed::Press(number));
            going.told = Some(number);
        }
        if released && going.told == Some(number) {
            report(MouseDeed::Release(number));
            going.told = None;
        }
    }
    if (is_over || going.told.is_some()) && going.at != Some((row, column)) {
        going.at = Some((row, column));
        report(MouseDeed::Move(going.told));
    }
}

fn wheel(ui: &Ui, tab: &TerminalTab, cells: &Cells, held: HeldKeys, going: &mut Going, out: &mut Vec<Event>) {
    let (delta, point) = ui.input(|input| (input.smooth_scroll_delta().y, input.pointer.interact_pos()));
    going.wheel += delta / cells.height;
    let rows = going.wheel.trunc();
    going.wheel -= rows;
    if let Some(point) = point.filter(|_| rows != 0.0) {
        let GridPlace { row, column, .. } = place(tab, cells, point);
        let report = MouseReport { deed: MouseDeed::Wheel(rows > 0.0), row, column, held };
        out.push(Event::Terminal(TerminalEvent::Wheel(rows as i32, report)));
    }
}

/// The link under the mouse, and its cells in the row under it.
fn link(
    ui: &Ui,
    response: &Response,
    tab: &TerminalTab,
    cells: &Cells,
) -> Option<((usize, usize, usize), TerminalLink)> {
    let point = response.hover_pos().or_else(|| ui.input(|input| input.pointer.interact_pos()))?;
    let at = place(tab, cells, point);
    link_at(tab, at.row, at.column)
}

/// The link at a cell. Rows that are one line are read as one.
fn link_at(tab: &TerminalTab, row: usize, column: usize) -> Option<((usize, usize, usize), TerminalLink)> {
    let rows = &tab.screen.rows;
    let width = tab.screen.columns;
    let first = (0..row).rev().take(MAX_ROWS).take_while(|above| rows[*above].wraps).last().unwrap_or(row);
    let mut line = String::new();
    for own in rows.iter().skip(first).take(2 * MAX_ROWS) {
        let text = own.text();
        line += &text;
        if !own.wraps {
            break;
        }
        // Blanks at the end of a row are not in its runs.
        line.extend(std::iter::repeat_n(' ', width.saturating_sub(text.chars().count())));
    }
    let before = (row - first) * width;
    let link = links::at(&line, before + column)?;
    let start = link.range.start.saturating_sub(before);
    let end = link.range.end.saturating_sub(before).min(width);
    Some(((row, start, end - start), link))
}

#[cfg(test)]
mod tests {
    use terminal::{CellStyle, LinkTarget, ScreenRow, ScreenRun, TerminalId, TerminalScreen};

    use super::super::super::{TerminalContent, TerminalState};
    use super::*;

    fn tab(rows: &[(&str, bool)]) -> TerminalTab {
        let row = |(text, wraps): &(&str, bool)| {
            let columns = text.chars().count();
            let run = ScreenRun { column: 0, columns, text: (*text).into(), style: CellStyle::default() };
            ScreenRow { runs: vec![run], wraps: *wraps }
        };
        let rows = rows.iter().map(row).collect();
        TerminalTab {
            id: TerminalId(1),
            content: TerminalContent::Shell(None),
            state: TerminalState::Running,
            title: String::new(),
            rang: false,
            screen: TerminalScreen { columns: 10, rows, ..TerminalScreen::default() },
        }
    }

    #[test]
    fn a_link_that_goes_on_in_the_next_row_is_one() {
        let tab = tab(&[("error:", false), ("in src/lib", true), (".rs:12:3 x", false), ("a.rs:1", false)]);
        let target = LinkTarget::File("src/lib.rs".into(), Some(12), Some(3));
        let found = |row, column| link_at(&tab, row, column).map(|(place, link)| (place, link.target));
        assert_eq!(found(1, 5), Some(((1, 3, 7), target.clone())));
        assert_eq!(found(2, 0), Some(((2, 0, 8), target)));
        assert_eq!(found(2, 9), None);
        assert_eq!(found(3, 1), Some(((3, 0, 6), LinkTarget::File("a.rs".into(), Some(1), None))));
    }

    #[test]
    fn points_beyond_the_cells_mean_the_cells_at_the_edge() {
        let ctx = egui::Context::default();
        crate::ui::theme::install(&ctx);
        let mut places = Vec::new();
        ctx.run_ui(egui::RawInput::default(), |ui| {
            let area = egui::Rect::from_min_size(egui::pos2(10.0, 20.0), egui::vec2(400.0, 200.0));
            let cells = Cells::measured(ui, 14.0, area);
            let tab = tab(&[("one", false), ("two", false)]);
            let at = |x: f32, y: f32| {
                place(&tab, &cells, egui::pos2(10.0 + x * cells.width, 20.0 + y * cells.height))
            };
            places = vec![at(0.2, 0.5), at(2.7, 1.5), at(-3.0, -1.0), at(99.0, 99.0)];
        })
        .textures_delta
        .clear();
        let at = |row, column, right| GridPlace { row, column, right };
        assert_eq!(places[..4], [at(0, 0, false), at(1, 2, true), at(0, 0, false), at(1, 9, true)]);
    }
}
