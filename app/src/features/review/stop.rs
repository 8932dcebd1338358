//! The end of a review that is not decided hunk by hunk: the answer is stopped, what is left is rejected.

use ground::ids::TabId;

use super::current::{keep_mine, offer};
use super::decide::end_review;
use super::flow::{conclude, has_usable, step_refined};
use crate::event::Effect;
use crate::workspace::{JobKind, TabReview, Workspace, jobs};

/// Ends the review and leaves the text as it is: stops the answer, rejects what is left. While the model is asked for
/// something better, what is there already is shown instead.
pub fn dismiss(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if let Some(id) = workspace.tab().map(|tab| tab.id) {
        dismiss_in(workspace, id, now, out);
    }
}

/// The same in any tab.
pub fn dismiss_in(workspace: &mut Workspace, id: TabId, now: u64, out: &mut Vec<Effect>) {
    keep_mine(workspace, id);
    dismiss_with(workspace, id, false, now, out);
}

/// Cancels the review in front. The selections that wait are given up with it, unless there was nothing to decide about this one.
pub fn stop(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let (id, goes_on) = (tab.id, tab.goes_on());
    dismiss_with(workspace, id, !goes_on, now, out);
}

/// Ends it; `gives_up`: and the selections that wait with it, once it really ends.
fn dismiss_with(workspace: &mut Workspace, id: TabId, gives_up: bool, now: u64, out: &mut Vec<Effect>) {
    let running = workspace.job;
    let Some(tab) = workspace.find_tab(id) else { return };
    let under_way = tab.review.as_ref().is_some_and(TabReview::is_under_way);
    // A further wish that came to nothing leaves what it was about.
    let goes_back = tab.review.as_ref().is_some_and(|review| !review.is_open() && review.earlier.is_some());
    if under_way && has_usable(tab) {
        if let Some(job) = running.filter(|job| job.kind == JobKind::Improve(id)) {
            workspace.job = None;
            out.push(Effect::Cancel(job.id));
        }
        // What still comes of the request that was stopped belongs to no review any more.
        let job = workspace.counters.job();
        if let Some(review) = workspace.find_tab(id).and_then(|tab| tab.review.as_mut()) {
            review.job = job;
        }
        conclude(workspace, id);
        return;
    }
    if running.is_some_and(|job| job.kind == JobKind::Improve(id)) {
        jobs::cancel_job(workspace, out);
    }
    if goes_back && step_refined(workspace, id, false) {
        return;
    }
    let waiting = workspace.find_tab(id).filter(|_| gives_up).map(|tab| std::mem::take(&mut tab.queue));
    if end_review(workspace, id, waiting.unwrap_or_default(), now, out) {
        offer(workspace, id, now);
    }
}
