//! The list of tabs that is shown while Ctrl is held: those that were in front last come first.

use crate::workspace::{TabContent, TextPane};

/// The list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switcher {
    /// Texts and pages.
    pub tabs: Vec<TabContent>,
    /// The one that is taken when Ctrl is let go.
    pub current: usize,
}

impl Switcher {
    /// The tabs of a pane, with the one before the front chosen (true) or the one that was there longest ago. `None`: there is
    /// nothing to choose.
    pub fn new(pane: &TextPane, forward: bool) -> Option<Switcher> {
        let tabs = pane.recent().to_vec();
        let current = if forward { 1 } else { tabs.len().checked_sub(1)? };
        (tabs.len() > 1).then_some(Switcher { tabs, current })
    }

    /// Goes on, over the ends.
    pub fn step(&mut self, by: isize) {
        self.current = (self.current as isize + by).rem_euclid(self.tabs.len() as isize) as usize;
    }
}
