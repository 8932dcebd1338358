//! What becomes of proposals is counted when it is decided, and once more when it is undone soon after.

use assist::statistics::{Entry, Outcome, Statistics};
use assist::task::Task;
use editor_core::review::HunkState;
use ground::ids::TabId;
use ropey::Rope;

use crate::event::{Effect, StatisticsEvent};
use crate::state::measure::Watched;
use crate::state::{Overlay, Question, State, TabReview, ToastKind};

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
pub fn ended(state: &mut State, tab: TabId, now: u64, out: &mut Vec<Effect>) -> Option<Outcome> {
    let review = state.tabs.iter().find(|other| other.id == tab).and_then(|tab| tab.review.as_ref())?;
    let outcome = outcome(review)?;
    let (task, model, before) = (review.task, review.model.clone(), review.before.clone());
    if let Some(before) = before.filter(|_| outcome != Outcome::Rejected) {
        watch(state, tab, task, &model, before, now);
    }
    note(task, model, outcome, out);
    Some(outcome)
}

/// A review that was counted when it was closed is to be decided about again.
pub fn reopened(
    state: &mut State,
    tab: TabId,
    review: &TabReview,
    counted: Option<Outcome>,
    out: &mut Vec<Effect>,
) {
    let Some(outcome) = counted else { return };
    if let Some(before) = &review.before {
        state.measure.watched.retain(|watched| watched.tab != tab || watched.before != *before);
    }
    let (command, model) = (review.task, review.model.clone());
    out.push(Effect::NoteOutcome(Entry { command, model, outcome, count: -1 }));
}

/// Counts an outcome.
pub fn note(command: Task, model: String, outcome: Outcome, out: &mut Vec<Effect>) {
    out.push(Effect::NoteOutcome(Entry { command, model, outcome, count: 1 }));
}

/// Something was accepted into a text that was `before`.
pub fn watch(state: &mut State, tab: TabId, task: Task, model: &str, before: Rope, now: u64) {
    let watched = &mut state.measure.watched;
    if watched.len() == MAX {
        watched.remove(0);
    }
    watched.push(Watched { tab, task, model: model.to_owned(), before, since: now });
}

/// Something was undone in the text in front: what was accepted there lately may be gone.
pub fn undone(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let Some((id, text)) = state.tab().map(|tab| (tab.id, tab.document.rope().clone())) else { return };
    let watched = &mut state.measure.watched;
    watched.retain(|watched| now.saturating_sub(watched.since) <= SOON);
    // The latest one that began from this text: an earlier one that it was accepted upon stays.
    if let Some(at) = watched.iter().rposition(|watched| watched.tab == id && watched.before == text) {
        let gone = watched.remove(at);
        note(gone.task, gone.model, Outcome::Undone, out);
    }
}

/// Shows the figures.
pub fn open(state: &mut State, out: &mut Vec<Effect>) {
    state.overlay = Overlay::Statistics(None);
    out.push(Effect::ReadStatistics);
}

/// What happens in the panel of the figures.
pub fn on(state: &mut State, event: StatisticsEvent, out: &mut Vec<Effect>) {
    match event {
        StatisticsEvent::Read(read) => {
            if let Overlay::Statistics(shown) = &mut state.overlay {
                *shown = Some(read);
            }
        }
        StatisticsEvent::Export => {
            if let Overlay::Statistics(Some(Ok(shown))) = std::mem::take(&mut state.overlay) {
                super::files::new_with(state, &exported(&shown), out);
            }
        }
        StatisticsEvent::Reset => state.overlay = Overlay::Question(Question::Statistics),
    }
}

/// The question whether to delete the figures was answered: they are shown again either way.
pub fn replied(state: &mut State, deletes: bool, now: u64, out: &mut Vec<Effect>) {
    if !deletes {
        return open(state, out);
    }
    state.overlay = Overlay::Statistics(None);
    out.push(Effect::ResetStatistics);
    super::toast(state, ToastKind::Info, "The statistics were deleted.".into(), now);
}

fn exported(shown: &Statistics) -> String {
    format!("# What became of the model's proposals\n\n{}", shown.markdown())
}
