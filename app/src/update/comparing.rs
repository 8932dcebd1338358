//! What another program made of a file, beside the text here: a review whose hunks are taken from the disk. Nothing is written
//! by it. Once each hunk is decided the text counts as a change of that file, and a save that meets any other asks again.

use assist::check::EditTarget;
use assist::task::Task;
use editor_core::Language;
use editor_core::file::Fate;
use editor_core::review::{HunkState, Phase};
use ground::command::Command;
use ground::ids::TabId;
use ground::words::sentence;
use ropey::Rope;

use super::{review_flow, toast};
use crate::event::{Compared, Comparison, Effect};
use crate::state::{State, Tab, ToastKind};

/// Has the file of a tab read and put beside its text.
pub fn ask(state: &mut State, id: TabId, out: &mut Vec<Effect>) {
    let job = state.counters.job();
    let Some(tab) = state.find_tab(id) else { return };
    let Some(path) = tab.document.path().map(Into::into) else { return };
    let (text, line_ending) = (tab.document.buffer().clone(), tab.document.line_ending());
    out.push(Effect::Compare(Box::new(Comparison { tab: id, path, text, line_ending, job })));
}

/// The file was read: what it has in place of the text becomes a review.
pub fn compared(
    state: &mut State,
    id: TabId,
    result: Result<Box<Compared>, String>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = state.find_tab(id) else { return };
    let compared = match result {
        Ok(compared) => *compared,
        Err(reason) => return toast(state, ToastKind::Error, sentence(&reason), now),
    };
    if compared.review.revision() != tab.document.revision() {
        // What was typed meanwhile is compared, too.
        return ask(state, id, out);
    }
    if compared.review.hunks().is_empty() {
        return same(state, id, compared, now);
    }
    let title = tab.document.title();
    let range = compared.review.range();
    let words = format!("What {title} has on disk in place of your text");
    // No model is asked, so there is nothing to know of the code.
    let code = assist::code_context(&Rope::new(), 0..0, &title, Language::PlainText, &words);
    let subject = EditTarget::new(Rope::new(), 0..0, Language::PlainText, None);
    let sampling = state.settings.sampling();
    let question = review_flow::ReviewRequest { task: Task::Compare, range, words, code, subject, sampling };
    review_flow::put_comparison(state, id, question, compared, out);
}

/// There is no line to decide about.
fn same(state: &mut State, id: TabId, Compared { opened, .. }: Compared, now: u64) {
    let Some(tab) = state.find_tab(id) else { return };
    let title = tab.document.title();
    let words = if *tab.document.rope() == opened.rope {
        tab.document.settle(opened);
        tab.fate = Fate::Same;
        format!("{title} is the same on disk.")
    } else {
        let reload = Command::Revert.name();
        format!("{title} differs on disk only in its line endings. “{reload}” takes them over.")
    };
    toast(state, ToastKind::Info, words, now);
}

/// All that is left of a comparison stays as it is here: that, too, is decided.
pub fn keep_mine(state: &mut State, id: TabId) {
    if let Some(review) = state.find_tab(id).and_then(|tab| tab.review.as_mut())
        && review.compared.is_some()
    {
        review.review.reject_all();
    }
}

/// The review of a tab ends. A comparison in which all is decided makes the text one over the file that was compared.
pub fn ended(state: &mut State, id: TabId) {
    let Some(tab) = state.find_tab(id) else { return };
    let Some(review) = &mut tab.review else { return };
    let Some(opened) = review.compared.take() else { return };
    let open = |state: HunkState| matches!(state, HunkState::Pending | HunkState::Stale);
    let hunks = review.review.hunks();
    if review.review.phase() == Phase::Ready && !hunks.iter().any(|hunk| open(hunk.state)) {
        tab.document.settle(*opened);
        tab.fate = Fate::Same;
    }
}

/// The file was read or written: what was compared is no longer what is on disk.
pub fn over(tab: &mut Tab) {
    if tab.review.as_ref().is_some_and(|review| review.compared.is_some()) {
        tab.review = None;
    }
}
