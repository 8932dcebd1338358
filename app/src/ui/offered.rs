//! Names of files that would finish the one being typed behind an `@`.

use egui::Ui;

use super::file_icons;
use super::theme::Theme;
use super::widgets::{self, ListRow};
use crate::workspace::Offer;

/// Names of files that would finish the one being typed; answers the one that was clicked.
pub fn offered(ui: &mut Ui, offer: &Offer) -> Option<usize> {
    let mut clicked = None;
    for (index, name) in offer.names.iter().enumerate() {
        let current = offer.current == index;
        let right = if current { "Tab" } else { "" };
        let file = file_icons::of(name);
        let row = ListRow {
            icon: Some(file.sign),
            icon_colour: Some(file.colour(Theme::of(ui))),
            text: name,
            right,
            current,
            ..ListRow::default()
        };
        if widgets::row(ui, &row).clicked() {
            clicked = Some(index);
        }
    }
    clicked
}
