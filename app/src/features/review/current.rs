//! The review of a job, the hunk that the keys act on, and closed reviews on offer.

use assist::statistics::Outcome;
use assist::task::Task;
use editor_core::file::Fate;
use editor_core::review::{HunkState, ReviewPhase};
use ground::ids::{JobId, TabId};

use crate::workspace::{Kept, SelectionQueue, Tab, Toast, ToastKind, Workspace, edit};

pub fn review_tab(workspace: &mut Workspace, job: JobId) -> Option<&mut Tab> {
    workspace.tabs.iter_mut().find(|tab| tab.review.as_ref().is_some_and(|review| review.job == job))
}

/// Brings the current hunk of the tab in front into view.
pub fn reveal_current(workspace: &mut Workspace) {
    let position = workspace.tab().and_then(|tab| {
        let review = tab.review.as_ref()?;
        let start = review.review.hunks().get(review.current?)?.range.start;
        // The line, not the column: what is added behind a long line stands beneath it.
        let buffer = tab.document.buffer();
        Some(buffer.line_start(buffer.line_of(start)))
    });
    if let Some(position) = position {
        edit::reveal(workspace, position, true);
    }
}

/// Most closed reviews that a tab keeps.
const MAX: usize = 8;

/// Takes the review out of a tab and keeps it, if something is left of it, which it answers. `counted`: what was counted of it;
/// `queue`: the selections that are given up with it.
pub fn keep(tab: &mut Tab, counted: Option<Outcome>, queue: SelectionQueue) -> bool {
    let Some(review) = tab.review.take() else { return false };
    // A file on disk may be another one by then.
    if review.task == Task::Compare || !review.is_open() || !review.review.can_reopen(tab.document.buffer()) {
        return false;
    }
    if tab.closed_reviews.0.len() == MAX {
        tab.closed_reviews.0.remove(0);
    }
    tab.closed_reviews.0.push(Kept { review, counted, queue });
    true
}

/// Says that the review of a tab was closed, and offers it again, unless the next one has come already.
pub fn offer(workspace: &mut Workspace, id: TabId, now: u64) {
    let in_front = workspace.tab().is_some_and(|tab| tab.id == id);
    let Some(tab) = workspace.find_tab(id).filter(|tab| tab.review.is_none()) else { return };
    let Some(Kept { review, .. }) = tab.closed_reviews.0.last() else { return };
    let hunks = review.review.hunks().iter();
    let left = match hunks.filter(|hunk| hunk.state != HunkState::Accepted).count() {
        1 => "1 hunk left as it was".to_owned(),
        left => format!("{left} hunks left as they were"),
    };
    let whose = if in_front { String::new() } else { format!(" of {}", tab.document.title()) };
    let text = format!("Review{whose} closed: {left}.");
    workspace.withdraw_reopening(id);
    let number = workspace.counters.toast();
    workspace.toasts.push(Toast {
        id: number,
        kind: ToastKind::Info,
        text,
        since: now,
        reopens: Some(id),
        undoes: false,
    });
}

/// All that is left of a comparison stays as it is here: that, too, is decided.
pub fn keep_mine(workspace: &mut Workspace, id: TabId) {
    if let Some(review) = workspace.find_tab(id).and_then(|tab| tab.review.as_mut())
        && review.compared.is_some()
    {
        review.review.reject_all();
    }
}

/// The review of a tab ends. A comparison in which all is decided makes the text one over the file that was compared.
pub fn comparison_ended(workspace: &mut Workspace, id: TabId) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let Some(review) = &mut tab.review else { return };
    let Some(opened) = review.compared.take() else { return };
    let open = |state: HunkState| matches!(state, HunkState::Pending | HunkState::Stale);
    let hunks = review.review.hunks();
    if review.review.phase() == ReviewPhase::Ready && !hunks.iter().any(|hunk| open(hunk.state)) {
        tab.document.settle(*opened);
        tab.fate = Fate::Same;
    }
}
