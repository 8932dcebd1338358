//! Places: the tabs and panes that texts and pages are shown in, the way that was gone from place to place, and bookmarks.

mod bookmarks;
mod history;
mod switcher;
#[cfg(test)]
mod tests;
pub mod update;
pub mod view;

use ground::ids::{PaneId, TabId};

pub use self::bookmarks::Bookmarks;
pub use self::history::PlaceHistory;
pub use self::switcher::Switcher;
use crate::workspace::{Side, TabContent};

/// What is known of places.
#[derive(Debug, Default)]
pub struct TextPlaces {
    /// Where the caret was before.
    pub history: PlaceHistory,
    /// Lines to come back to.
    pub bookmarks: Bookmarks,
    /// The list of tabs while Ctrl is held.
    pub switcher: Option<Switcher>,
}

/// What happens to tabs and panes.
#[derive(Clone, Debug, PartialEq)]
pub enum PlacesEvent {
    /// A pane was pressed into: it gets the keyboard.
    Focus(PaneId),
    /// A tab of a pane was chosen.
    Show(PaneId, TabContent),
    /// A tab of a pane is to be closed; its text only when no other pane shows it.
    Close(PaneId, TabContent),
    /// A text that was only looked at stays.
    Keep(TabId),
    /// Something was chosen in the menu of a tab.
    Menu(PaneId, TabContent, TabDeed),
    /// A tab was dropped between the tabs of a pane.
    Move {
        /// What it shows.
        tab: TabContent,
        /// Where its tab was.
        from: PaneId,
        /// Where it comes.
        to: PaneId,
        /// Before which of the tabs there.
        index: usize,
    },
    /// A tab was dropped at a side of a pane.
    MoveBeside {
        /// What it shows.
        tab: TabContent,
        /// Where its tab was.
        from: PaneId,
        /// The pane.
        beside: PaneId,
        /// The side of it.
        side: Side,
    },
    /// The divider at the end of this way was dragged: the first part has this share.
    Divide(Vec<usize>, f32),
    /// All panes of a row are to have the same room.
    EvenOut,
    /// Up or down in the list of tabs.
    Step(isize),
    /// A row of the list of tabs was clicked.
    Pick(usize),
    /// The list of tabs is taken as it is, for Ctrl was let go.
    Take,
    /// The list of tabs is closed.
    Leave,
    /// A bookmark was chosen from the list.
    GoToBookmark(usize),
}

/// What can be done from the menu of a tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TabDeed {
    /// Pins it or not.
    Pin,
    /// Closes all others of its pane but pinned ones.
    CloseOthers,
    /// Closes those at its right.
    CloseRight,
    /// Closes those without unsaved changes.
    CloseSaved,
    /// Shows it at a side of its pane as well; a page moves there.
    Split(Side),
    /// Copies the path of its file.
    CopyPath,
}
