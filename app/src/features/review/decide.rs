//! Accepting and rejecting hunks, and the end of a review.

use editor_core::EditKind;
use ground::ids::TabId;

use super::current::{comparison_ended, keep, offer, reveal_current};
use super::instruction;
use crate::event::{Effect, Event};
use crate::workspace::{SelectionQueue, Workspace, edit, outcomes};

/// Accepts a hunk, or the current one.
pub fn accept(workspace: &mut Workspace, hunk: Option<usize>, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let id = tab.id;
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return };
    let Some(hunk) = hunk.or(review.current) else { return };
    let Some(transaction) = review.review.accept(hunk) else { return };
    let kind = EditKind::Review(review.review.id());
    keep_text_before(workspace, id);
    edit::apply_transaction(workspace, id, transaction, kind, now, out);
    out.push(Effect::then(Event::Accepted(id)));
    after_decision(workspace, hunk, now, out);
}

/// The text before the first acceptance is kept, to know an undo when it comes.
fn keep_text_before(workspace: &mut Workspace, id: TabId) {
    let Some(tab) = workspace.find_tab(id) else { return };
    if let Some(review) = &mut tab.review {
        review.before.get_or_insert_with(|| tab.document.rope().clone());
    }
}

/// Accepts all hunks that are left.
pub fn accept_all(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if let Some(id) = workspace.tab().map(|tab| tab.id) {
        accept_all_in(workspace, id, now, out);
    }
}

/// Accepts all hunks that are left in a tab.
pub fn accept_all_in(workspace: &mut Workspace, id: TabId, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return };
    let (transaction, kind) = (review.review.accept_all(), EditKind::Review(review.review.id()));
    keep_text_before(workspace, id);
    edit::apply_transaction(workspace, id, transaction, kind, now, out);
    out.push(Effect::then(Event::Accepted(id)));
    end_review(workspace, id, SelectionQueue::default(), now, out);
}

/// The review of a tab is over: true when it can be taken up again, then with the selections that were `given_up` with it. The next
/// selection that waits gets its turn.
pub(super) fn end_review(
    workspace: &mut Workspace,
    id: TabId,
    given_up: SelectionQueue,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    let counted = outcomes::ended(workspace, id, now, out);
    comparison_ended(workspace, id);
    let kept = workspace.find_tab(id).is_some_and(|tab| keep(tab, counted, given_up));
    instruction::next(workspace, id, out);
    kept
}

/// Rejects a hunk, or the current one.
pub fn reject(workspace: &mut Workspace, hunk: Option<usize>, now: u64, out: &mut Vec<Effect>) {
    let Some(review) = workspace.tab_mut().and_then(|tab| tab.review.as_mut()) else { return };
    let Some(hunk) = hunk.or(review.current) else { return };
    review.review.reject(hunk);
    if after_decision(workspace, hunk, now, out)
        && let Some(id) = workspace.tab().map(|tab| tab.id)
    {
        offer(workspace, id, now);
    }
}

/// The next hunk becomes the current one; after the last the review ends: true when it can be taken up again.
fn after_decision(workspace: &mut Workspace, hunk: usize, now: u64, out: &mut Vec<Effect>) -> bool {
    let Some(tab) = workspace.tab_mut() else { return false };
    let id = tab.id;
    let Some(review) = &mut tab.review else { return false };
    if review.review.is_settled() {
        return end_review(workspace, id, SelectionQueue::default(), now, out);
    }
    review.current = review.review.next(Some(hunk));
    edit::refresh_review(tab);
    reveal_current(workspace);
    false
}

/// Goes to the next or the previous hunk.
pub fn step(workspace: &mut Workspace, forward: bool) {
    let Some(review) = workspace.tab_mut().and_then(|tab| tab.review.as_mut()) else { return };
    review.current =
        if forward { review.review.next(review.current) } else { review.review.previous(review.current) };
    reveal_current(workspace);
}
