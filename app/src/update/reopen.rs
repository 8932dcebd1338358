//! A review that was closed with something left of it can be taken up again, for as long as the text that it stands on is what it was.

use assist::statistics::Outcome;
use assist::task::Task;
use editor_core::review::HunkState;
use ground::ids::TabId;

use super::{editing, files, measure, review_flow};
use crate::event::Effect;
use crate::state::closed::Kept;
use crate::state::{Focus, Queue, State, Tab, Toast, ToastKind};

/// Most closed reviews that a tab keeps.
const MAX: usize = 8;

/// Takes the review out of a tab and keeps it, if something is left of it, which it answers. `counted`: what was counted of it;
/// `queue`: the selections that are given up with it.
pub fn keep(tab: &mut Tab, counted: Option<Outcome>, queue: Queue) -> bool {
    let Some(review) = tab.review.take() else { return false };
    // A file on disk may be another one by then.
    if review.task == Task::Compare || !review.is_open() || !review.review.can_reopen(tab.document.buffer()) {
        return false;
    }
    if tab.closed.0.len() == MAX {
        tab.closed.0.remove(0);
    }
    tab.closed.0.push(Kept { review, counted, queue });
    true
}

/// Says that the review of a tab was closed, and offers it again, unless the next one has come already.
pub fn offer(state: &mut State, id: TabId, now: u64) {
    let in_front = state.tab().is_some_and(|tab| tab.id == id);
    let Some(tab) = state.find_tab(id).filter(|tab| tab.review.is_none()) else { return };
    let Some(Kept { review, .. }) = tab.closed.0.last() else { return };
    let hunks = review.review.hunks().iter();
    let left = match hunks.filter(|hunk| hunk.state != HunkState::Accepted).count() {
        1 => "1 hunk left as it was".to_owned(),
        left => format!("{left} hunks left as they were"),
    };
    let whose = if in_front { String::new() } else { format!(" of {}", tab.document.title()) };
    let text = format!("Review{whose} closed: {left}.");
    withdraw(state, id);
    let number = state.counters.toast();
    state.toasts.push(Toast { id: number, kind: ToastKind::Info, text, since: now, reopens: Some(id) });
}

/// Takes the offer back.
pub fn withdraw(state: &mut State, id: TabId) {
    state.toasts.retain(|toast| toast.reopens != Some(id));
}

/// Takes up the review of the tab in front that was closed last.
pub fn reopen(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(id) = state.tab().map(|tab| tab.id) {
        reopen_in(state, id, out);
    }
}

/// The same in any tab, which comes to the front.
pub fn reopen_in(state: &mut State, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id).filter(|tab| tab.review.is_none()) else { return };
    let Some(Kept { mut review, counted, queue }) = tab.closed.0.pop() else { return };
    review.review.reopen();
    review.current = review.review.next(None);
    measure::reopened(state, id, &review, counted, out);
    withdraw(state, id);
    let Some(tab) = state.find_tab(id) else { return };
    tab.review = Some(review);
    tab.queue = queue;
    editing::refresh_review(tab);
    files::activate(state, id, out);
    state.focus = Some(Focus::Editor);
    review_flow::reveal_current(state);
}
