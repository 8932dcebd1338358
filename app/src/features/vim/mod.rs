//! Vim's keys in the texts of this window, while `editor.vim` is on. What the keys do is the crate `vim`; here they meet the window.

pub mod keys;
#[cfg(test)]
mod tests;
pub mod update;
pub mod view;

use ::vim::{Vim, VimKey};
use ground::ids::TabId;

/// What is known of the keys.
#[derive(Default)]
pub struct VimKeys {
    /// The keys themselves; `None` while they are off.
    pub layer: Option<Box<Vim>>,
    /// The text that they were used in last.
    text: Option<TabId>,
    /// The first and the last line that are seen of a text.
    pub seen: Option<(TabId, usize, usize)>,
    /// The clipboard was asked for.
    pub awaits: bool,
}

impl VimKeys {
    /// Where the caret of a text is drawn as a block, while keys are commands.
    pub fn block_caret(&self, tab: &crate::workspace::Tab) -> Option<usize> {
        self.layer.as_ref()?.block_caret(&tab.document, tab.id.0)
    }
}

/// What happens with the keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VimEvent {
    /// Keys were pressed that the layer takes.
    Keys(Vec<VimKey>),
    /// Text from the clipboard, which the layer asked for or its line takes.
    Paste(String),
    /// These lines of a text are seen.
    Seen(TabId, usize, usize),
}
