//! The outline at the right of the text: a field that narrows it, and what the text declares, with the caret's place in it.

use editor_core::symbols::Symbol;
use egui::{Frame, Id, Rect, ScrollArea, Ui, pos2, vec2};
use ground::command::Command;

use super::update::around_caret;
use super::{Outline, OutlineEvent};
use crate::event::Event;
use crate::ui::menu::{self, MenuLine};
use crate::ui::symbols::{colour, sign};
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, ListRow};
use crate::ui::{icons, parts};
use crate::workspace::{Tab, Workspace};

/// Width of one step of indentation.
const STEP: f32 = 14.0;
/// Deeper symbols are indented no further.
const MAX_STEPS: usize = 8;

/// The field that narrows the outline.
pub fn filter_id() -> Id {
    Id::unique("outline filter")
}

/// Shows the outline of the text in front.
pub fn show(ui: &mut Ui, outline: &Outline, workspace: &Workspace, out: &mut Vec<Event>) {
    let Some(tab) = workspace.tab() else { return };
    let theme = Theme::of(ui);
    head(ui, out);
    let margin = Frame::new().inner_margin(egui::Margin { left: 8, right: 8, top: 8, bottom: 4 });
    margin.show(ui, |ui| {
        let mut typed = outline.filter.clone();
        let width = ui.available_width();
        let field = widgets::with_caret(ui, filter_id(), &mut typed, |ui, typed| {
            widgets::input(ui, filter_id(), typed, "Filter symbols", "Filter symbols", width)
        });
        if field.changed() {
            out.push(Event::Outline(OutlineEvent::Filter(typed)));
        }
    });
    if outline.rows.is_empty() {
        return widgets::empty(ui, &nothing(outline, tab));
    }
    let marked = outline.current.or_else(|| around_caret(outline, workspace));
    let rows = outline.rows.len();
    Frame::new().inner_margin(egui::Margin::symmetric(4, 0)).show(ui, |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        let area = keep_in_view(ui, marked.map(|row| (tab.id.0, row)));
        let shown = area.show_rows(ui, theme::CONTROL, rows, |ui, range| {
            for index in range {
                let row = &outline.rows[index];
                let Some(symbol) = tab.symbols.all.get(row.symbol) else { continue };
                let depth = if outline.filter.is_empty() { symbol.depth.min(MAX_STEPS) } else { 0 };
                let line = (tab.document.buffer().line_of(symbol.name_range.start) + 1).to_string();
                let shown = ListRow {
                    icon: Some(sign(symbol.kind)),
                    icon_colour: Some(colour(theme, symbol.kind)),
                    text: &symbol.name,
                    marks: &row.marks,
                    right: &line,
                    current: marked == Some(index),
                    indent: depth as f32 * STEP,
                    ..ListRow::default()
                };
                let response = ui.push_id(row.symbol, |ui| widgets::row(ui, &shown)).inner;
                menu::of(ui, &response, "Menu of the symbol", || lines(tab, symbol, index), out);
                if response.on_hover_text(symbol.kind.word()).clicked() {
                    out.push(Event::Outline(OutlineEvent::Click(index)));
                }
            }
        });
        let seen = (shown.state.clamped_offset().y, shown.inner_rect.height());
        ui.data_mut(|data| data.insert_temp(filter_id().with("seen"), seen));
    });
}

/// What can be done with a symbol.
fn lines(tab: &Tab, symbol: &Symbol, index: usize) -> Vec<MenuLine> {
    let say = |name: &str, event| MenuLine::event(name, "", Event::Outline(event));
    let line = tab.document.buffer().line_of(symbol.name_range.start) + 1;
    menu::grouped([
        vec![
            say("Go to", OutlineEvent::Click(index)),
            say("Select", OutlineEvent::Select(index)),
            say("Find all mentions", OutlineEvent::Mentions(index)),
        ],
        vec![
            MenuLine::copy("Copy name", symbol.name.as_str()),
            MenuLine::copy("Copy line number", line.to_string()),
        ],
        vec![MenuLine::named(Command::ToggleOutline, "Close outline")],
    ])
}

fn head(ui: &mut Ui, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), theme::TABS));
    ui.advance_cursor_after_rect(rect);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let title = Rect::from_min_max(pos2(rect.left() + 12.0, rect.top()), rect.max - vec2(36.0, 0.0));
    parts::text(ui, title, "Outline", theme::semibold(12.0), theme.text);
    let button = Rect::from_center_size(pos2(rect.right() - 20.0, rect.center().y), egui::Vec2::splat(24.0));
    let close = ui.new_child(egui::UiBuilder::new().max_rect(button));
    let tooltip = format!("Close outline ({})", Command::ToggleOutline.key_text());
    let mut close = close;
    if widgets::icon_button(&mut close, icons::X, 24.0, "Close outline", &tooltip).clicked() {
        out.push(Event::Outline(OutlineEvent::Close));
    }
}

/// What an empty outline says.
fn nothing(outline: &Outline, tab: &Tab) -> String {
    let language = tab.document.language();
    if !outline.filter.is_empty() && !tab.symbols.all.is_empty() {
        format!("Nothing matches “{}”.", outline.filter)
    } else if tab.symbols.revision.is_some() {
        "This file declares nothing.".into()
    } else if tab.highlighter.tree().is_some() {
        "Reading the file…".into()
    } else {
        format!("No symbols are known for this file ({}).", language.name())
    }
}

/// Scrolls to the marked row when it has changed and is out of view.
fn keep_in_view(ui: &Ui, marked: Option<(u64, usize)>) -> ScrollArea {
    let area = ScrollArea::vertical().id_salt("outline rows").auto_shrink(false);
    let key = filter_id().with("marked");
    let known: Option<(u64, usize)> = ui.data(|data| data.get_temp(key));
    let Some(marked) = marked.filter(|marked| Some(*marked) != known) else { return area };
    ui.data_mut(|data| data.insert_temp(key, marked));
    let (offset, height): (f32, f32) =
        ui.data(|data| data.get_temp(filter_id().with("seen"))).unwrap_or_default();
    let top = marked.1 as f32 * theme::CONTROL;
    if height <= 0.0 || (top >= offset && top + theme::CONTROL <= offset + height) {
        return area;
    }
    area.vertical_scroll_offset((top - height / 2.0).max(0.0))
}
