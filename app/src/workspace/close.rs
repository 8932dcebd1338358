//! Closing a tab without a question: its job ends, and its file can be reopened.

use std::path::PathBuf;

use ground::ids::TabId;

use super::{Focus, Overlay, Question, Workspace, jobs, open};
use crate::event::{Effect, Event};

/// Most closed files that can be reopened.
const MAX_CLOSED: usize = 30;

/// Closes a tab without a question.
pub fn drop_tab(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(index) = workspace.tabs.iter().position(|tab| tab.id == id) else { return };
    let tab = workspace.tabs.remove(index);
    workspace.closing.remove(&id);
    if matches!(workspace.overlay, Overlay::Question(Question::Close(asked)) if asked == id) {
        workspace.overlay = Overlay::None;
    }
    jobs::tab_closed(workspace, id, out);
    if let Some(path) = tab.document.path() {
        workspace.closed_files.retain(|closed| closed != path);
        workspace.closed_files.push(path.to_owned());
        let surplus = workspace.closed_files.len().saturating_sub(MAX_CLOSED);
        workspace.closed_files.drain(..surplus);
    }
    workspace.forget_closed();
    let waits = |path: &PathBuf| workspace.tab_on(path).is_some();
    if tab.document.path().is_some_and(|path| workspace.waited_for.iter().any(|waited| waited == path))
        && !workspace.waited_for.iter().any(waits)
    {
        out.push(Effect::then(Event::CloseRequested));
    }
    workspace.focus = Some(Focus::Editor);
    open::in_front_changed(workspace, out);
    workspace.remember(out);
}
