//! What the model has to say about lines that are seen.

use egui::Ui;

use super::view::View;
use crate::event::Event;
use crate::features::remarks::{update, view as remark};
use crate::state::State;
use crate::workspace::Tab;

/// Shows the signs, and the remark that is to be read.
pub fn show(ui: &Ui, state: &State, tab: &Tab, view: &View<'_>, out: &mut Vec<Event>) {
    let remarks = &state.remarks;
    for (line, one) in update::of_tab(remarks, tab) {
        let Some(rows) = view.lines_rect(&(line..line + 1)) else { continue };
        let rect = rows.with_max_y(rows.top() + view.row_height);
        let is_shown = remarks.shown == Some(one.id);
        remark::sign(ui, one, rect, is_shown, out);
        if is_shown {
            let place = remarks.found.iter().position(|other| other.id == one.id).map_or(1, |at| at + 1);
            remark::words(ui, one, (place, remarks.found.len()), (rect, view.rect), out);
        }
    }
}
