//! Ghost text: what is known of completions, and what of them is shown at the caret.

pub mod update;

use editor_core::{Language, Revision};
use ground::ids::{JobId, TabId};
use ground::pace::Resting;

use crate::workspace::{Tab, Workspace};

/// What the window knows of completions.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    /// The place that was typed at; asked for once it rests.
    pub wanted: Resting<CompletionPlace>,
    /// What is asked for.
    pub asked: Option<(JobId, CompletionPlace)>,
    /// What is shown.
    pub ghost: Option<Ghost>,
    /// The model that said that it cannot complete.
    pub unable: Option<String>,
    /// The model that was fetched to complete: once, for there may be no room for it.
    pub fetched: Option<String>,
}

/// A caret in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CompletionPlace {
    pub tab: TabId,
    pub revision: Revision,
    pub position: usize,
}

/// What is shown at a caret.
#[derive(Clone, Debug)]
pub struct Ghost {
    pub place: CompletionPlace,
    /// Different completions, the one that arrives last.
    pub choices: Vec<String>,
    pub shown: usize,
    /// A part of it was taken.
    pub taken: bool,
}

impl Ghost {
    /// Does it show anything?
    pub fn is_visible(&self) -> bool {
        self.choices.get(self.shown).is_some_and(|text| !text.trim().is_empty())
    }
}

/// The ghost text of a tab and where it stands.
pub fn ghost<'a>(completion: &'a Completion, tab: &Tab) -> Option<(usize, &'a str)> {
    let ghost = completion.ghost.as_ref()?;
    let text = ghost.choices.get(ghost.shown)?.as_str();
    let text = &text[..assist::repeated::before_marks(text, is_markdown(tab))];
    (place(tab) == Some(ghost.place) && !text.trim().is_empty()).then_some((ghost.place.position, text))
}

/// Is there something that a key can take?
pub fn is_shown(completion: &Completion, workspace: &Workspace) -> bool {
    workspace.tab().is_some_and(|tab| ghost(completion, tab).is_some())
}

/// The caret, when there is just one and nothing is selected.
pub fn place(tab: &Tab) -> Option<CompletionPlace> {
    let selection = tab.document.selection();
    let span = selection.primary();
    let alone = selection.spans().len() == 1 && span.is_empty();
    alone.then(|| CompletionPlace {
        tab: tab.id,
        revision: tab.document.buffer().revision(),
        position: span.head,
    })
}

/// Is it Markdown, where code stands between marks?
pub fn is_markdown(tab: &Tab) -> bool {
    tab.document.language() == Language::Markdown
}
