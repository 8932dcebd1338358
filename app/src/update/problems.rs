//! What checkers say of the open files: asked when a file is opened and saved, where the user allowed it.

use std::ops::Range;

use assist::problems::{self, Problem};
use editor_core::Revision;
use ground::ids::TabId;

use super::{editing, review_flow};
use crate::event::Effect;
use crate::state::{State, Tab};

/// Asks the checker of a file's language about it, as it is on disk. Rust's takes too long for every save.
pub fn ask(state: &State, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = state.tabs.iter().find(|tab| tab.id == id) else { return };
    let document = &tab.document;
    if !review_flow::may_check(state) || document.path().is_none() || document.is_modified() {
        return;
    }
    let checkers = review_flow::checkers(state);
    let fast = checkers.of(document.language()).filter(|checker| !checker.project);
    out.extend(fast.map(|checker| Effect::Diagnose {
        tab: id,
        revision: document.revision(),
        text: document.rope().clone(),
        checker: Box::new(checker.clone()),
    }));
}

/// The permission was given or taken back.
pub fn allowed(state: &mut State, out: &mut Vec<Effect>) {
    let all: Vec<TabId> = state.tabs.iter().map(|tab| tab.id).collect();
    state.tabs.iter_mut().for_each(|tab| tab.problems.clear());
    all.into_iter().for_each(|id| ask(state, id, out));
}

/// A checker has answered. What is said of a text that was edited meanwhile is old.
pub fn found(state: &mut State, id: TabId, revision: Revision, found: Vec<Problem>) {
    let is_allowed = review_flow::may_check(state);
    if let Some(tab) = state.find_tab(id).filter(|tab| is_allowed && tab.document.revision() == revision) {
        tab.problems = found;
    }
}

/// The problem of the line with the caret in the text in front.
pub fn at_caret(state: &State) -> Option<&Problem> {
    let tab = state.tab()?;
    let line = tab.caret().0;
    tab.problems.iter().find(|problem| tab.document.buffer().line_of(problem.range.start) == line)
}

/// Goes to the next problem of the text in front, from the start again behind the last one.
pub fn next(state: &mut State) {
    let Some(tab) = state.tab() else { return };
    let head = tab.document.selection().primary().head;
    let mut starts: Vec<usize> = tab.problems.iter().map(|problem| problem.range.start).collect();
    starts.sort_unstable();
    if let Some(next) = starts.iter().find(|start| **start > head).or(starts.first()).copied() {
        editing::go_to(state, next);
    }
}

/// What is known to be wrong in a range of a text, in sentences for the model: what a checker says, else the grammar.
pub fn known(tab: &Tab, range: &Range<usize>, misfit: Option<String>) -> String {
    let told = problems::told(&tab.problems, tab.document.rope(), range);
    if told.is_empty() { misfit.unwrap_or_default() } else { told }
}
