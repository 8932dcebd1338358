//! A review that was closed with something left of it can be taken up again, for as long as its text is what it was.

use ground::ids::TabId;

use super::current::reveal_current;
use crate::event::Effect;
use crate::workspace::{Focus, Kept, Workspace, edit, open, outcomes};

/// Takes up the review of the tab in front that was closed last.
pub fn reopen(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if let Some(id) = workspace.tab().map(|tab| tab.id) {
        reopen_in(workspace, id, out);
    }
}

/// The same in any tab, which comes to the front.
pub fn reopen_in(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id).filter(|tab| tab.review.is_none()) else { return };
    let Some(Kept { mut review, counted, queue }) = tab.closed.0.pop() else { return };
    review.review.reopen();
    review.current = review.review.next(None);
    outcomes::reopened(workspace, id, &review, counted, out);
    workspace.withdraw_reopening(id);
    let Some(tab) = workspace.find_tab(id) else { return };
    tab.review = Some(review);
    tab.queue = queue;
    edit::refresh_review(tab);
    open::activate(workspace, id, out);
    workspace.focus = Some(Focus::Editor);
    reveal_current(workspace);
}
