//! The empty window: three things to do with their keys, what was open lately, and the model in one line.

use egui::{Rect, Ui, UiBuilder, pos2, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::ListRow;
use crate::ui::{icons, widgets};
use crate::views::status;
use crate::workspace::Workspace;

/// Width of the column.
const WIDTH: f32 = 320.0;

/// Shows the empty window.
pub fn show(ui: &mut Ui, workspace: &Workspace, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let all = ui.available_rect_before_wrap();
    let width = WIDTH.min(all.width() - 32.0);
    let lately = crate::features::recent::view::Lately::of(workspace);
    let height = 260.0 + lately.height();
    let top = (all.center().y - height / 2.0).max(all.top() + 16.0);
    let column = Rect::from_min_size(pos2((all.center().x - width / 2.0).round(), top), vec2(width, height));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(column));
    let ui = &mut ui;
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.label(egui::RichText::new("LocalCoder").font(theme::semibold(22.0)).color(theme.text));
    ui.add_space(2.0);
    let line = "Code with a model that never leaves this machine.";
    ui.label(egui::RichText::new(line).font(theme::body()).color(theme.muted));
    ui.add_space(16.0);
    let rows =
        Rect::from_min_size(pos2(column.left() - 8.0, ui.cursor().top()), vec2(width + 16.0, height - 80.0));
    let mut ui = ui.new_child(UiBuilder::new().max_rect(rows));
    let ui = &mut ui;
    ui.spacing_mut().item_spacing.y = 4.0;
    let actions = [
        (Command::OpenFolder, icons::FOLDER_OPEN),
        (Command::OpenFile, icons::FILE),
        (Command::NewFile, icons::PLUS),
    ];
    for (command, icon) in actions {
        let key = command.key_text();
        let row = ListRow { icon: Some(icon), text: command.name(), right: &key, ..ListRow::default() };
        if widgets::row(ui, &row).on_hover_text(command.tooltip()).clicked() {
            out.push(Event::Command(command));
        }
    }
    lately.show(ui, out);
    ui.add_space(16.0);
    let (words, colour) = status::model_line(workspace, theme);
    let (rect, response) = ui.allocate_exact_size(vec2(width + 16.0, theme::CONTROL), egui::Sense::click());
    let name = format!("Models: {}", words.join(", "));
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Button, true, &name));
    if response.hovered() {
        ui.painter().rect_filled(rect, f32::from(theme::RADIUS), theme.hover(theme.background));
    }
    widgets::focus_ring(ui, &response, rect);
    if response.on_hover_text(Command::ModelManager.tooltip()).clicked() {
        out.push(Event::Command(Command::ModelManager));
    }
    ui.painter().circle_filled(pos2(rect.left() + 16.0, rect.center().y), 4.0, colour);
    widgets::line_in(ui, rect.with_min_x(rect.left() + 30.0), &words.join(", "), theme::label(), theme.muted);
}
