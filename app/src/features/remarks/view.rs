//! A sign at the end of each line that the model has something to say about, and what it says.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};
use ground::command::Command;

use super::{Remark, RemarksEvent};
use crate::event::Event;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::ui::{icons, parts};

/// Width of what a remark says.
const WIDTH: f32 = 460.0;

/// The sign in a row; a click shows what is said.
pub fn sign(ui: &Ui, remark: &Remark, row: Rect, is_shown: bool, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let size = row.height().min(20.0);
    let place = Rect::from_min_size(pos2(row.right() - 40.0, row.top()), vec2(size, row.height()));
    let response = ui.interact(place, ui.scope_id().with(("remark", remark.id)), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Remark: {}", remark.words)));
    let ink = if is_shown || response.hovered() {
        theme.warning
    } else {
        theme::mix(theme.background, theme.warning, 0.7)
    };
    widgets::paint_icon(ui, place, icons::INFO, 14.0, ink);
    widgets::focus_ring(ui, &response, place);
    if response.clicked() {
        out.push(Event::Remarks(RemarksEvent::Show(remark.id)));
    }
    response.on_hover_text(&remark.words);
}

/// What is said, below its row.
pub fn words(
    ui: &Ui,
    remark: &Remark,
    (place, count): (usize, usize),
    (row, room): (Rect, Rect),
    out: &mut Vec<Event>,
) {
    let theme = Theme::of(ui);
    let width = (room.width() - 32.0).clamp(220.0, WIDTH);
    let area = egui::Area::new(egui::Id::unique("remark words")).order(egui::Order::Middle);
    let at = pos2((room.right() - width - 24.0).max(room.left() + 8.0), row.bottom());
    area.fixed_pos(at).constrain_to(room).show(ui.ctx(), |ui| {
        theme.popover().show(ui, |ui| {
            ui.set_width(width);
            ui.spacing_mut().item_spacing = vec2(6.0, 6.0);
            let title = format!("Remark {place} of {count}, by the model");
            parts::coloured(ui, &title, theme.muted);
            let text = egui::RichText::new(&remark.words).font(theme::body()).color(theme.text);
            ui.add(egui::Label::new(text).wrap());
            ui.horizontal(|ui| {
                if widgets::sized_button(ui, "Dismiss", "", Tone::Plain, 22.0).clicked() {
                    out.push(Event::Remarks(RemarksEvent::Dismiss(remark.id)));
                }
                let next = Command::NextRemark;
                if widgets::sized_button(ui, "Next", &next.key_text(), Tone::Plain, 22.0).clicked() {
                    out.push(Event::Command(next));
                }
                let all = widgets::sized_button(ui, "Dismiss all", "", Tone::Quiet, 22.0);
                if all.on_hover_text("Dismiss all remarks").clicked() {
                    out.push(Event::Remarks(RemarksEvent::DismissAll));
                }
                if parts::icon(ui, icons::X, "Close the remark", "Close").clicked() {
                    out.push(Event::Remarks(RemarksEvent::Show(remark.id)));
                }
            });
        });
    });
}
