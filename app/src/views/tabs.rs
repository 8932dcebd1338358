//! The strip of tabs: title, modified dot, close button; it scrolls when there are more than fit.

use egui::{PointerButton, Rect, Role, ScrollArea, Sense, Ui, UiBuilder, WidgetInfo, pos2, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::ui::theme::{self, Theme, git_colour};
use crate::ui::{icons, widgets};
use crate::workspace::{Tab, Workspace};

/// Widest a tab gets.
const MAX_WIDTH: f32 = 220.0;

/// Shows the strip.
pub fn show(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let rect = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), theme::TABS));
    ui.painter().rect_filled(rect, 0.0, theme.surface);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    ui.advance_cursor_after_rect(rect);
    let mut strip = ui.new_child(UiBuilder::new().max_rect(rect));
    ScrollArea::horizontal().id_salt("tabs").auto_shrink(false).show(&mut strip, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (index, tab) in workspace.tabs.iter().enumerate() {
                one(ui, workspace, index, tab, out);
            }
        });
    });
}

fn one(ui: &mut Ui, workspace: &Workspace, index: usize, tab: &Tab, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let active = index == workspace.active;
    let title = title(workspace, tab);
    let ink = ink_of(workspace, tab, theme, if active { theme.text } else { theme.muted });
    let galley = widgets::elided(ui, &title, theme::body(), ink, MAX_WIDTH - 56.0);
    let (rect, response) = ui.allocate_exact_size(vec2(galley.size().x + 56.0, theme::TABS), Sense::click());
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, active, &title));
    if active {
        ui.painter().rect_filled(rect, 0.0, theme.background);
        ui.painter().hline(rect.x_range(), rect.top() + 1.0, egui::Stroke::new(2.0, theme.accent));
    } else if response.hovered() {
        ui.painter().rect_filled(rect.with_max_y(rect.bottom() - 1.0), 0.0, theme.hover(theme.surface));
    }
    ui.painter().vline(rect.right() - 0.5, rect.y_range(), theme.hairline());
    ui.painter().galley(pos2(rect.left() + 16.0, rect.center().y - galley.size().y / 2.0), galley, ink);
    widgets::focus_ring(ui, &response, rect.shrink(1.0));
    close_button(ui, rect, tab, &response, active, out);
    if active && workspace.tab().is_some_and(|front| front.id == tab.id) {
        keep_in_view(ui, &response, tab);
    }
    if response.clicked() {
        out.push(Event::Activate(tab.id));
    }
    if response.clicked_by(PointerButton::Middle) {
        out.push(Event::Close(tab.id));
    }
    let path = tab.document.path().map(|path| path.display().to_string());
    response.on_hover_text(path.unwrap_or(title));
}

/// The colour of a title: that of what became of the file, where it differs from what was committed.
fn ink_of(workspace: &Workspace, tab: &Tab, theme: &Theme, otherwise: egui::Color32) -> egui::Color32 {
    let state = || workspace.repository.as_ref()?.state_of(tab.document.path()?);
    state().map_or(otherwise, |state| git_colour(theme, state))
}

/// Scrolls to the front tab once, when it comes to the front.
fn keep_in_view(ui: &Ui, response: &egui::Response, tab: &Tab) {
    let key = egui::Id::unique("front tab");
    if ui.data(|data| data.get_temp(key)) != Some(tab.id.0) {
        response.scroll_to_me(None);
        ui.data_mut(|data| data.insert_temp(key, tab.id.0));
    }
}

/// A dot while the text is not saved, a cross under the pointer.
fn close_button(
    ui: &mut Ui,
    tab_rect: Rect,
    tab: &Tab,
    of: &egui::Response,
    active: bool,
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let rect = Rect::from_center_size(pos2(tab_rect.right() - 20.0, tab_rect.center().y), vec2(20.0, 20.0));
    let response = ui.interact(rect, of.id.with("close"), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Close {}", tab.document.title())));
    let over = response.hovered();
    if over {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.hover(theme.surface));
    }
    if tab.is_unsaved() && !over {
        ui.painter().circle_filled(rect.center(), 4.0, theme.accent);
    } else if active || over || of.hovered() {
        widgets::paint_icon(ui, rect, icons::X, 14.0, if over { theme.text } else { theme.muted });
    }
    widgets::focus_ring(ui, &response, rect);
    if response.clicked() {
        out.push(Event::Close(tab.id));
    }
    response.on_hover_text(Command::CloseTab.tooltip());
}

/// The file's name; with its folder where two tabs have the same name.
fn title(workspace: &Workspace, tab: &Tab) -> String {
    let name = tab.document.title();
    let twin = workspace.tabs.iter().any(|other| other.id != tab.id && other.document.title() == name);
    let folder = tab.document.path().and_then(|path| path.parent()?.file_name());
    match (twin, folder) {
        (true, Some(folder)) => format!("{name} — {}", folder.to_string_lossy()),
        _ => name,
    }
}
