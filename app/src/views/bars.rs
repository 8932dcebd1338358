//! Bars between tabs and text, in their order.

use egui::Ui;

use crate::event::Event;
use crate::features::review::view::bars;
use crate::features::{files, writing};
use crate::workspace::{Tab, Workspace};

/// Shows the bars that apply.
pub fn show(ui: &mut Ui, tab: &Tab, workspace: &Workspace, out: &mut Vec<Event>) {
    files::view::show(ui, tab, out);
    if let Some(writing) = &tab.writing {
        writing::view::show(ui, writing, workspace, out);
    }
    if let Some(review) = &tab.review {
        bars::show(ui, tab, review, workspace, out);
    }
}
