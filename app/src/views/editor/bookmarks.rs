//! The signs of bookmarks, left of the line numbers.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::view::View;
use crate::features::places::Bookmarks;
use crate::ui::icons;
use crate::ui::theme::Theme;
use crate::ui::widgets;
use crate::workspace::Tab;

/// Marks the lines with a bookmark that are seen.
pub fn show(ui: &Ui, tab: &Tab, bookmarks: &Bookmarks, view: &View<'_>) {
    for line in bookmarks.lines(tab.id) {
        let Some(place) = view.lines_rect(&(line..line + 1)) else { continue };
        let place = place.with_max_y(place.top() + view.row_height);
        let sign = Rect::from_min_size(
            pos2(place.left() + view.beside + 3.0, place.top()),
            vec2(12.0, place.height()),
        );
        widgets::paint_icon(ui, sign, icons::BOOKMARK, 12.0, Theme::of(ui).accent);
        let response = ui.interact(sign, view.widget.with(("bookmark", line)), Sense::hover());
        response
            .widget_info(|| WidgetInfo::labeled(Role::Label, true, format!("Bookmark in line {}", line + 1)));
    }
}
