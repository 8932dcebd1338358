//! The list of the reviews in all tabs, and a hunk that is edited by hand.

use editor_core::review::{HunkState, Review};
use ground::ids::TabId;

use super::current::reveal_current;
use super::decide::accept_all_in;
use super::stop::dismiss_in;
use crate::event::Effect;
use crate::workspace::picker::{Choice, Item, Picker, PickerKind};
use crate::workspace::{Overlay, ReviewStatus, Tab, TabReview, Workspace, edit, open};

/// Shows the reviews of all tabs.
pub fn list(workspace: &mut Workspace) {
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Reviews, items(workspace)));
}

fn items(workspace: &Workspace) -> Vec<Item> {
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
    workspace.tabs.iter().filter_map(item).collect()
}

/// Goes to the review of a tab.
pub fn go(workspace: &mut Workspace, tab: TabId, out: &mut Vec<Effect>) {
    open::activate(workspace, tab, out);
    reveal_current(workspace);
}

/// Accepts or rejects all that is left in the file that is chosen in the list, which stays open while there are others.
pub fn decide(workspace: &mut Workspace, accepts: bool, now: u64, out: &mut Vec<Effect>) {
    let Overlay::Picker(picker) = &workspace.overlay else { return };
    let Some(Choice::Review(tab)) = picker.get(picker.current).map(|item| item.choice.clone()) else {
        return;
    };
    if accepts {
        accept_all_in(workspace, tab, now, out);
    } else {
        dismiss_in(workspace, tab, now, out);
    }
    let items = items(workspace);
    if let Overlay::Picker(picker) = &mut workspace.overlay {
        picker.set_items(items);
    }
}

/// Opens the current hunk of the review in front for editing.
pub fn edit(workspace: &mut Workspace) {
    let Some(review) = workspace.tab().and_then(|tab| tab.review.as_ref()).filter(|review| review.is_open())
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
    workspace.overlay = Overlay::Proposal(index, text);
}

fn is_pending(review: &TabReview, hunk: usize) -> bool {
    review.review.hunks().get(hunk).is_some_and(|hunk| hunk.state == HunkState::Pending)
}

/// A hunk was edited: the proposal is what it says now.
pub fn edited(workspace: &mut Workspace, index: usize, text: &str) {
    let Some(tab) = workspace.tab_mut() else { return };
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
    review.candidates.shown = None;
    let gone = hunks.hunks().is_empty();
    review.review = hunks;
    if gone {
        tab.review = None;
    }
    edit::refresh_review(tab);
}
