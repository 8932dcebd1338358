//! Closing tabs and the window: nothing that is not saved goes without a question.

use ground::ids::TabId;

use super::save::quit_when_saved;
use crate::event::{Effect, Event};
use crate::workspace::close as close_tab;
use crate::workspace::{Overlay, PathPurpose, Question, SystemDialogs, Tab, Workspace, open};

/// Closes a tab; asks first when its text is not saved. One that is being saved closes when that is done, unless it is asked for
/// again.
pub fn close(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    if tab.is_being_saved() && !workspace.closing.contains(&id) {
        workspace.closing.insert(id);
    } else if tab.is_unsaved() {
        open::activate(workspace, id, out);
        workspace.overlay = Overlay::Question(Question::Close(id));
    } else {
        close_tab::drop_tab(workspace, id, out);
    }
}

/// Opens the file that was closed last.
pub fn reopen(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if let Some(path) = workspace.closed_files.pop() {
        open::open(workspace, path, out);
    }
}

/// Closes the window. What is not saved is put aside for the next start, or the person wants to be asked.
/// It waits for what is being saved, unless it is asked for again.
pub fn quit(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let waits = !workspace.quitting && workspace.tabs.iter().any(|tab| tab.saving.is_some());
    let unsaved = |tab: &&Tab| tab.is_unsaved() && !(waits && tab.is_being_saved());
    let modified = workspace.tabs.iter().filter(unsaved).count();
    // What cannot be edited is not kept, either.
    let lossy = workspace.tabs.iter().any(|tab| tab.is_unsaved() && tab.document.read_only().is_some());
    // Who waits reads the file when the window is closed.
    let asks = workspace.settings.window.confirm_exit || lossy || !workspace.waited_for.is_empty();
    if modified > 0 && !asks {
        out.push(Effect::then(Event::PutAside));
    } else if modified > 0 {
        workspace.overlay = Overlay::Question(Question::Quit(modified));
    } else if waits {
        workspace.quitting = true;
        quit_when_saved(workspace, now, out);
    } else {
        workspace.remember(out);
        out.push(Effect::Quit);
    }
}

/// Closing, quitting and reopening wait for a save that is under way or for the answer to its question. When neither is there any more, as
/// when something else took the question's place, they are given up: a later save only saves.
pub fn disarm(workspace: &mut Workspace) {
    let asks = matches!(workspace.overlay, Overlay::Path(_) | Overlay::Question(Question::Overwrite { .. }))
        || matches!(workspace.dialogs, SystemDialogs::Open(PathPurpose::Save(_)));
    if !asks && workspace.tabs.iter().all(|tab| tab.saving.is_none()) {
        workspace.quitting = false;
        workspace.closing.clear();
        workspace.tabs.iter_mut().for_each(|tab| tab.reopens = None);
    }
}
