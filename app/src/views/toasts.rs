//! Messages about what happened elsewhere, at the bottom right; they leave by themselves.

use egui::{Align2, Area, Id, Order, Rect, Role, Ui, WidgetInfo, vec2};
use ground::command::Command;

use crate::event::Event;
use crate::ui::icons;
use crate::ui::theme::{self, Theme};
use crate::ui::widgets::{self, Tone};
use crate::workspace::{Toast, ToastKind, Workspace};

/// Width of a message.
const WIDTH: f32 = 360.0;

/// Shows the messages in the corner of `free`.
pub fn show(ui: &mut Ui, workspace: &Workspace, free: Rect, out: &mut Vec<Event>) {
    if workspace.toasts.is_empty() {
        return;
    }
    let window = ui.ctx().content_rect();
    // The frame has a margin of its own.
    let width = WIDTH.min(free.width() - 48.0);
    let area = Area::new(Id::unique("toasts"))
        .order(Order::Foreground)
        .anchor(Align2::RIGHT_BOTTOM, vec2(free.right() - window.right() - 16.0, -(theme::STATUS + 12.0)));
    area.show(ui.ctx(), |ui| {
        ui.set_width(width);
        ui.spacing_mut().item_spacing.y = 8.0;
        for toast in &workspace.toasts {
            one(ui, toast, out);
        }
    });
    ui.ctx().request_repaint_after_secs(1.0);
}

fn one(ui: &mut Ui, toast: &Toast, out: &mut Vec<Event>) {
    let theme = Theme::of(ui);
    let (icon, ink) = match toast.kind {
        ToastKind::Info => (icons::INFO, theme.accent),
        ToastKind::Error => (icons::CIRCLE_ALERT, theme.error),
    };
    let shown = theme.popover().show(ui, |ui| {
        ui.horizontal_top(|ui| {
            let (rect, _) = ui.allocate_exact_size(vec2(20.0, 24.0), egui::Sense::hover());
            widgets::paint_icon(ui, rect, icon, 16.0, ink);
            let room = ui.available_width() - 36.0;
            ui.vertical(|ui| {
                ui.set_width(room);
                ui.add_space(3.0);
                ui.add(egui::Label::new(egui::RichText::new(&toast.text).color(theme.text)).wrap());
                if let Some(tab) = toast.reopens {
                    ui.add_space(8.0);
                    let key = Command::ReopenReview.key_text();
                    let button = widgets::button(ui, "Reopen", &key, Tone::Plain);
                    if button.on_hover_text(Command::ReopenReview.tooltip()).clicked() {
                        out.push(Event::ReopenReview(tab));
                    }
                }
                if toast.undoes {
                    ui.add_space(8.0);
                    let undo = Command::TreeUndo;
                    if widgets::button(ui, "Undo", "", Tone::Plain).on_hover_text(undo.tooltip()).clicked() {
                        out.push(Event::Command(undo));
                        out.push(Event::DismissToast(toast.id));
                    }
                }
            });
            if widgets::icon_button(ui, icons::X, 24.0, "Dismiss", "Dismiss").clicked() {
                out.push(Event::DismissToast(toast.id));
            }
        });
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Alert, true, &toast.text));
}
