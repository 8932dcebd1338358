//! A bar between tabs and text: an icon and words at the left, controls at the right.

use egui::{Align, Color32, Layout, Rect, Sense, Ui, UiBuilder, vec2};

use super::theme::{self, Theme};
use super::widgets;

/// Height of a bar, in points.
pub const HEIGHT: f32 = 40.0;

/// A bar with an icon and words at the left, and controls at the right. `in_full`: what the words say when the pointer is over them.
pub fn bar(
    ui: &mut Ui,
    icon: char,
    ink: Color32,
    (words, in_full): (&str, &str),
    controls: impl FnOnce(&mut Ui),
) {
    let theme = Theme::of(ui);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    ui.painter().rect_filled(rect, 0.0, theme.surface);
    ui.painter().hline(rect.x_range(), rect.bottom() - 0.5, theme.hairline());
    let area = rect.shrink2(vec2(12.0, 6.0));
    let layout = Layout::right_to_left(Align::Center);
    let mut right = ui.new_child(UiBuilder::new().max_rect(area).layout(layout));
    right.spacing_mut().item_spacing.x = 4.0;
    controls(&mut right);
    widgets::paint_icon(ui, Rect::from_min_size(area.min, vec2(16.0, area.height())), icon, 16.0, ink);
    let end = right.min_rect().left() - 12.0;
    let text = Rect::from_min_max(
        area.min + vec2(26.0, 0.0),
        egui::pos2(end.max(area.left() + 26.0), area.bottom()),
    );
    let response = ui.interact(text, ui.scope_id().with(("bar", icon)), Sense::hover());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Status, true, words));
    let is_cut = widgets::line_in(ui, text, words, theme::body(), theme.text).1;
    if is_cut || words != in_full {
        response.on_hover_text(in_full);
    }
}
