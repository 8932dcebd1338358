//! The panes as they are remembered: how the area was divided, and in each pane the files with what was seen of them.

use std::path::PathBuf;

use ground::ids::{PaneId, TabId};
use serde::{Deserialize, Serialize};

use crate::workspace::Arrangement;

/// A remembered part of the area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SavedLayout {
    /// A pane.
    Pane(SavedPane),
    /// Two parts.
    Split {
        /// How they lie.
        arrangement: Arrangement,
        /// What the first one has of both.
        share: f32,
        /// Both.
        parts: Box<[SavedLayout; 2]>,
    },
}

/// A remembered pane.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedPane {
    /// Its tabs in order.
    pub tabs: Vec<SavedTab>,
    /// Which of them was in front.
    pub front: usize,
    /// It had the keyboard.
    pub focused: bool,
}

/// A remembered tab.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedTab {
    /// The file; a text without one has none.
    pub path: Option<PathBuf>,
    /// What a text without a file is called.
    pub title: Option<String>,
    /// The name of a page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub page: Option<String>,
    /// Line and column of the caret, from 0.
    pub caret: (usize, usize),
    /// It stands before the others.
    pub pinned: bool,
    /// What was folded: the line that stayed and the last one that was hidden, from 0.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folds: Vec<(usize, usize)>,
    /// How many lines the text had, where something was folded: in another text it stays unfolded.
    pub lines: usize,
    /// The first row that was seen.
    pub scroll: f64,
    /// Which view it is of, for the window that is still open: only that knows how far it is scrolled.
    #[serde(skip)]
    pub view: Option<(PaneId, TabId)>,
}

/// Deeper trees are nobody's.
const MAX_DEPTH: usize = 12;

impl SavedLayout {
    /// All panes, from the left to the right and from the top to the bottom.
    pub fn panes(&self) -> Vec<&SavedPane> {
        match self {
            SavedLayout::Pane(pane) => vec![pane],
            SavedLayout::Split { parts, .. } => parts.iter().flat_map(SavedLayout::panes).collect(),
        }
    }

    /// The same to change.
    pub fn panes_mut(&mut self) -> Vec<&mut SavedPane> {
        match self {
            SavedLayout::Pane(pane) => vec![pane],
            SavedLayout::Split { parts, .. } => parts.iter_mut().flat_map(SavedLayout::panes_mut).collect(),
        }
    }

    /// The same without tabs that do not pass, and without panes that have none then. `None`: nothing is left.
    pub fn retain(self, keep: &impl Fn(&SavedTab) -> bool) -> Option<SavedLayout> {
        match self {
            SavedLayout::Pane(SavedPane { mut tabs, front, focused }) => {
                let chosen = tabs.get(front).cloned();
                tabs.retain(keep);
                let front = tabs.iter().position(|tab| Some(tab) == chosen.as_ref()).unwrap_or(0);
                (!tabs.is_empty()).then_some(SavedLayout::Pane(SavedPane { tabs, front, focused }))
            }
            SavedLayout::Split { arrangement, share, parts } => {
                let [first, second] = *parts;
                match (first.retain(keep), second.retain(keep)) {
                    (Some(first), Some(second)) => {
                        Some(SavedLayout::Split { arrangement, share, parts: Box::new([first, second]) })
                    }
                    (one, other) => one.or(other),
                }
            }
        }
    }

    /// As much of it as a window can live with: `None` when it is nonsense.
    pub fn sane(self, most: usize) -> Option<SavedLayout> {
        let depth = self.depth();
        let tabs: usize = self.panes().iter().map(|pane| pane.tabs.len()).sum();
        (depth <= MAX_DEPTH && tabs <= most).then_some(self)
    }

    fn depth(&self) -> usize {
        match self {
            SavedLayout::Pane(_) => 0,
            SavedLayout::Split { parts, .. } => 1 + parts.iter().map(SavedLayout::depth).max().unwrap_or(0),
        }
    }
}
