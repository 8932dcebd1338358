//! Pages in panes: each has one tab at most.

use super::PaneTab;
use crate::workspace::{Page, Workspace};

impl Workspace {
    /// Gives a page a tab in the pane that has the keyboard, behind the one in front, if it has none anywhere.
    pub(in crate::workspace) fn place_page(&mut self, page: Page) {
        if self.panes.with(page).is_empty() {
            let pane = self.focused_pane();
            let at = pane.next_place();
            pane.insert(at, PaneTab::new(page));
        }
    }

    /// Closes a page.
    pub fn close_page(&mut self, page: Page) {
        for pane in &mut self.panes.panes {
            pane.take(page.into());
        }
        self.settle_panes();
    }
}
