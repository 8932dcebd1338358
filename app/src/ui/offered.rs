//! Names of files that would finish the one being typed behind an `@`.

use egui::Ui;

use super::icons;
use super::widgets::{self, ListRow};
use crate::workspace::Offer;

/// Names of files that would finish the one being typed; answers the one that was clicked.
pub fn offered(ui: &mut Ui, offer: &Offer) -> Option<usize> {
    let mut clicked = None;
    for (index, name) in offer.names.iter().enumerate() {
        let current = offer.current == index;
        let right = if current { "Tab" } else { "" };
        let row = ListRow { icon: Some(icons::FILE), text: name, right, current, ..ListRow::default() };
        if widgets::row(ui, &row).clicked() {
            clicked = Some(index);
        }
    }
    clicked
}
