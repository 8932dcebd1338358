//! What becomes of proposals is counted when it is decided, and once more when it is undone soon after.

use assist::statistics::{Outcome, StatisticsEntry};
use assist::task::Task;
use editor_core::review::HunkState;
use ground::ids::TabId;
use ropey::Rope;

use super::{TabReview, Watched, Workspace};
use crate::event::Effect;

/// An undo later than this, in milliseconds, is about something else.
const SOON: u64 = 60_000;

/// Most accepted proposals that are watched for an undo.
const MAX: usize = 32;

/// What became of a review's proposal; `None` while there was nothing to decide about.
fn outcome(review: &TabReview) -> Option<Outcome> {
    let hunks = review.review.hunks();
    let accepted = hunks.iter().filter(|hunk| hunk.state == HunkState::Accepted).count();
    let decided = review.is_open() || accepted > 0;
    match (hunks.len(), accepted) {
        (0, _) => None,
        // No proposal of a model.
        _ if review.task == Task::Compare => None,
        _ if !decided => None,
        (_, 0) => Some(Outcome::Rejected),
        _ if review.edited => Some(Outcome::Edited),
        (all, some) if some < all => Some(Outcome::InPart),
        _ => Some(Outcome::Accepted),
    }
}

/// The review of a tab ends: with what was accepted of it by now, which is what it answers.
pub fn ended(workspace: &mut Workspace, tab: TabId, now: u64, out: &mut Vec<Effect>) -> Option<Outcome> {
    let review = workspace.tabs.iter().find(|other| other.id == tab).and_then(|tab| tab.review.as_ref())?;
    let outcome = outcome(review)?;
    let (task, model, before) = (review.task, review.model.clone(), review.before.clone());
    if let Some(before) = before.filter(|_| outcome != Outcome::Rejected) {
        watch(workspace, tab, task, &model, before, now);
    }
    note(task, model, outcome, out);
    Some(outcome)
}

/// A review that was counted when it was closed is to be decided about again.
pub fn reopened(
    workspace: &mut Workspace,
    tab: TabId,
    review: &TabReview,
    counted: Option<Outcome>,
    out: &mut Vec<Effect>,
) {
    let Some(outcome) = counted else { return };
    if let Some(before) = &review.before {
        workspace.outcomes.watched.retain(|watched| watched.tab != tab || watched.before != *before);
        not_undone(workspace, tab, before, out);
    }
    let (command, model) = (review.task, review.model.clone());
    out.push(Effect::NoteOutcome(StatisticsEntry { command, model, outcome, count: -1 }));
}

/// Counts an outcome.
pub fn note(command: Task, model: String, outcome: Outcome, out: &mut Vec<Effect>) {
    out.push(Effect::NoteOutcome(StatisticsEntry { command, model, outcome, count: 1 }));
}

/// Something was accepted into a text that was `before`.
pub fn watch(workspace: &mut Workspace, tab: TabId, task: Task, model: &str, before: Rope, now: u64) {
    let watched = &mut workspace.outcomes.watched;
    if watched.len() == MAX {
        watched.remove(0);
    }
    watched.push(Watched { tab, task, model: model.to_owned(), before, since: now });
}

/// Something was undone in the text in front: what was accepted there lately may be gone.
pub fn undone(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some((id, text)) = workspace.tab().map(|tab| (tab.id, tab.document.rope().clone())) else { return };
    let watched = &mut workspace.outcomes.watched;
    watched.retain(|watched| now.saturating_sub(watched.since) <= SOON);
    // The latest one that began from this text: an earlier one that it was accepted upon stays.
    if let Some(at) = watched.iter().rposition(|watched| watched.tab == id && watched.before == text) {
        let gone = watched.remove(at);
        note(gone.task, gone.model.clone(), Outcome::Undone, out);
        let undone = &mut workspace.outcomes.undone;
        if undone.len() == MAX {
            undone.remove(0);
        }
        undone.push(gone);
    }
}

/// What was undone is there again: it was done again in the text in front, which was `before` until then, or its review was taken up
/// again. Then it was not undone. What is counted once must not be taken off twice.
fn not_undone(
    workspace: &mut Workspace,
    tab: TabId,
    before: &Rope,
    out: &mut Vec<Effect>,
) -> Option<Watched> {
    let undone = &mut workspace.outcomes.undone;
    let at = undone.iter().rposition(|undone| undone.tab == tab && undone.before == *before)?;
    let back = undone.remove(at);
    let (command, model) = (back.task, back.model.clone());
    out.push(Effect::NoteOutcome(StatisticsEntry { command, model, outcome: Outcome::Undone, count: -1 }));
    Some(back)
}

/// Something was done again in the text in front, which was `before` until then.
pub fn redone(workspace: &mut Workspace, before: &Rope, now: u64, out: &mut Vec<Effect>) {
    let Some((id, is_same)) = workspace.tab().map(|tab| (tab.id, tab.document.rope() == before)) else {
        return;
    };
    if is_same {
        return;
    }
    if let Some(back) = not_undone(workspace, id, before, out) {
        workspace.outcomes.watched.push(Watched { since: now, ..back });
    }
}
