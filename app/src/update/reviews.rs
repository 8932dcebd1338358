//! Several reviews: those of several selections one after another in one tab, and the list of those in all tabs.

use std::ops::Range;

use editor_core::review::{HunkState, Review};
use editor_core::{Selection, Span};
use ground::ids::TabId;

use super::{files, review_flow};
use crate::event::Effect;
use crate::picker::{Choice, Item, Kind, Picker};
use crate::state::{Instruction, Overlay, Queue, ReviewStatus, State, Tab, TabReview, whole_lines};

/// The lines of all selections, when there are several: each line once, in order. A mere caret means the function around it.
pub fn several(tab: &Tab) -> Option<Vec<Range<usize>>> {
    let lines = |span: &Span| match span.is_empty() {
        true => review_flow::lines_around(tab, span.head),
        false => whole_lines(&tab.document, &Selection::single(*span)),
    };
    let mut all: Vec<Range<usize>> = tab.document.selection().spans().iter().filter_map(lines).collect();
    all.sort_by_key(|range| range.start);
    let mut found: Vec<Range<usize>> = Vec::new();
    for range in all {
        match found.last_mut() {
            // Two selections in one line, or in lines that touch, are one piece of code.
            Some(last) if range.start <= last.end + 1 => last.end = last.end.max(range.end),
            _ => found.push(range),
        }
    }
    (found.len() > 1).then_some(found)
}

/// The selections behind the first one wait for their turn.
pub fn line_up(state: &mut State, instruction: &Instruction) {
    let Some(tab) = state.find_tab(instruction.tab) else { return };
    let all = instruction.others.len() + 1;
    let waiting = instruction.others.iter().cloned().collect();
    tab.queue = Queue { waiting, words: instruction.text.clone(), all };
}

/// The review of a tab has ended: the next selection that waits gets its turn.
pub fn next(state: &mut State, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    if tab.review.is_some() {
        return;
    }
    let Some(range) = tab.queue.waiting.pop_front() else {
        tab.queue = Queue::default();
        return;
    };
    let words = tab.queue.words.clone();
    let range = whole_lines(&tab.document, &Selection::single(Span::new(range.start, range.end)));
    match range {
        Some(range) => review_flow::improve_range(state, id, range, &words, out),
        None => next(state, id, out),
    }
}

/// Shows the reviews of all tabs.
pub fn list(state: &mut State) {
    state.overlay = Overlay::Picker(Picker::new(Kind::Reviews, items(state)));
}

fn items(state: &State) -> Vec<Item> {
    let item = |tab: &Tab| {
        let review = tab.review.as_ref()?;
        let (all, left) = review.counts();
        let far = match &review.status {
            ReviewStatus::Waiting | ReviewStatus::Streaming | ReviewStatus::Checking => {
                "being written".to_owned()
            }
            ReviewStatus::Ready | ReviewStatus::Incomplete if all == 1 => "1 hunk".to_owned(),
            ReviewStatus::Ready | ReviewStatus::Incomplete if left == all => format!("{all} hunks"),
            ReviewStatus::Ready | ReviewStatus::Incomplete => format!("{left} of {all} hunks left"),
            ReviewStatus::Unchanged => "no change".to_owned(),
            ReviewStatus::Stale => "no longer fits".to_owned(),
            ReviewStatus::Failed(_) => "failed".to_owned(),
        };
        let line = tab.document.buffer().line_of(review.review.range().start) + 1;
        Some(Item {
            text: format!("{}:{line}", tab.document.title()),
            detail: assist::presets::short_wish(&review.instruction),
            right: far,
            choice: Choice::Review(tab.id),
        })
    };
    state.tabs.iter().filter_map(item).collect()
}

/// Goes to the review of a tab.
pub fn go(state: &mut State, tab: TabId, out: &mut Vec<Effect>) {
    files::activate(state, tab, out);
    review_flow::reveal_current(state);
}

/// Accepts or rejects all that is left in the file that is chosen in the list, which stays open while there are others.
pub fn decide(state: &mut State, accepts: bool, now: u64, out: &mut Vec<Effect>) {
    let Overlay::Picker(picker) = &state.overlay else { return };
    let Some(Choice::Review(tab)) = picker.get(picker.current).map(|item| item.choice.clone()) else {
        return;
    };
    if accepts {
        review_flow::accept_all_in(state, tab, now, out);
    } else {
        review_flow::dismiss_in(state, tab, now, out);
    }
    let items = items(state);
    if let Overlay::Picker(picker) = &mut state.overlay {
        picker.set_items(items);
    }
}

/// Opens the current hunk of the review in front for editing.
pub fn edit(state: &mut State) {
    let Some(review) = state.tab().and_then(|tab| tab.review.as_ref()).filter(|review| review.is_open())
    else {
        return;
    };
    let current =
        review.current.filter(|hunk| is_pending(review, *hunk)).or_else(|| review.review.next(None));
    let Some((index, hunk)) = current.and_then(|index| Some((index, review.review.hunks().get(index)?)))
    else {
        return;
    };
    let text = hunk.added.replace("\r\n", "\n");
    let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
    state.overlay = Overlay::Proposal(index, text);
}

fn is_pending(review: &TabReview, hunk: usize) -> bool {
    review.review.hunks().get(hunk).is_some_and(|hunk| hunk.state == HunkState::Pending)
}

/// A hunk was edited: the proposal is what it says now.
pub fn edited(state: &mut State, index: usize, text: &str) {
    let Some(tab) = state.tab_mut() else { return };
    let Some(review) = &mut tab.review else { return };
    let buffer = tab.document.buffer();
    let Some(hunk) = review.review.hunks().get(index) else { return };
    let ends = hunk.added.ends_with('\n') || hunk.removed.ends_with('\n');
    let text = if text.is_empty() || !ends { text.to_owned() } else { format!("{text}\n") };
    if text == hunk.added.replace("\r\n", "\n") {
        return;
    }
    let Some(proposed) = review.review.proposed(buffer, index, &text) else { return };
    let range = review.review.range();
    let mut hunks = Review::new(review.review.id(), buffer, range, tab.document.line_ending());
    hunks.set_answer(&proposed);
    hunks.finish();
    review.edited = true;
    review.current = hunks.next(index.checked_sub(1));
    // What is known of the model's proposal is not known of this one.
    review.pursuit.shown = None;
    let gone = hunks.hunks().is_empty();
    review.review = hunks;
    if gone {
        tab.review = None;
    }
    super::editing::refresh_review(tab);
}
