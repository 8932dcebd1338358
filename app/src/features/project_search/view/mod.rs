//! The panel: what is asked, how far it is, and what was found.

mod form;
mod list;
mod look;
mod result_menu;
mod row;
mod status;

use egui::{Frame, Margin, Ui, vec2};
use ground::command::Command;

use super::{Cursor, ProjectSearch, ProjectSearchEvent, SearchSwitch};
use crate::event::Event;
use crate::ui::theme::Theme;
use crate::ui::{icons, parts};
use crate::workspace::Workspace;

/// The panel is no narrower than this, in points.
pub const MIN_WIDTH: f32 = 320.0;
/// Height of a row of the list.
const ROW: f32 = 22.0;

/// What the panel remembers from frame to frame and nobody else needs.
#[derive(Debug, Default)]
pub struct SearchMemory {
    /// The current row when it was drawn last: another one is brought into view.
    cursor: Option<Cursor>,
    /// How far the list is scrolled, and how much of it is seen, in points.
    offset: f32,
    height: f32,
}

/// Shows the panel; `fills`: there is no room for the text beside it.
pub fn show(
    ui: &mut Ui,
    search: &ProjectSearch,
    workspace: &Workspace,
    fills: bool,
    memory: &mut SearchMemory,
    out: &mut Vec<Event>,
) {
    if search.fills != fills {
        happened(out, ProjectSearchEvent::Fills(fills));
    }
    ui.spacing_mut().item_spacing = vec2(4.0, 0.0);
    header(ui, search, out);
    let theme = Theme::of(ui);
    let frame =
        Frame::new().fill(theme.surface).inner_margin(Margin { left: 8, right: 8, top: 8, bottom: 6 });
    let shown = frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing = vec2(4.0, 6.0);
        form::show(ui, search, workspace, out);
        status::show(ui, search, out);
    });
    let rect = shown.response.rect;
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    list::show(ui, search, workspace, memory, out);
}

fn header(ui: &mut Ui, search: &ProjectSearch, out: &mut Vec<Event>) {
    parts::title_bar(ui, "Search", |ui| {
        if parts::icon(ui, icons::X, "Close search", "Close (Esc)").clicked() {
            happened(out, ProjectSearchEvent::Close);
        }
        let is_open = !search.results.page.is_all_collapsed();
        let (icon, name) = match is_open {
            true => (icons::CHEVRONS_DOWN_UP, "Collapse all files"),
            false => (icons::CHEVRONS_UP_DOWN, "Expand all files"),
        };
        if parts::icon(ui, icon, name, name).clicked() {
            happened(out, ProjectSearchEvent::Switch(SearchSwitch::Collapse));
        }
        let again = Command::SearchAgain;
        if parts::icon(ui, icons::REFRESH, again.name(), &again.tooltip()).clicked() {
            out.push(Event::Command(again));
        }
    });
}

/// Says what happened in the panel.
fn happened(out: &mut Vec<Event>, event: ProjectSearchEvent) {
    out.push(Event::ProjectSearch(event));
}
