//! The find bar: the query, its matches in the text in front, and replacing them.

use editor_core::search::{BadPattern, Progress, Search};
use editor_core::{EditKind, Selection, Span};
use ground::words::sentence;

use super::editing;
use crate::event::{Effect, FindEvent};
use crate::state::{Focus, State};

/// Characters searched in one frame.
const BUDGET: usize = 2_000_000;
/// Longest selection that becomes the query.
const MAX_SEED: usize = 200;

/// Shows the bar; what is selected becomes the query.
pub fn open(state: &mut State, replacing: bool) {
    let Some(tab) = state.tab() else { return };
    let span = tab.document.selection().primary();
    let selected = tab.document.buffer().slice(span.range().start..span.end().min(span.start() + MAX_SEED));
    if !selected.is_empty() && !selected.contains('\n') {
        state.find.query.pattern = selected;
    }
    state.find.open = true;
    state.find.replacing = replacing;
    state.focus = Some(Focus::Find);
    restart(state);
}

/// Searches the text in front anew.
pub fn restart(state: &mut State) {
    let (open, query) = (state.find.open, state.find.query.clone());
    let Some(tab) = state.tabs.get_mut(state.active) else { return };
    tab.search = None;
    state.find.error = None;
    if !open {
        return;
    }
    match Search::new(&query, tab.document.buffer()) {
        Ok(search) => tab.search = Some(search),
        Err(BadPattern::Empty) => {}
        Err(error) => state.find.error = Some(sentence(&error.to_string())),
    }
    step(state);
}

/// Searches a little further.
pub fn step(state: &mut State) {
    if let Some(search) = state.tab_mut().and_then(|tab| tab.search.as_mut())
        && !search.is_done()
    {
        let _progress: Progress = search.step(BUDGET);
    }
}

/// Something happened in the bar.
pub fn on(state: &mut State, event: FindEvent, now: u64, out: &mut Vec<Effect>) {
    let query = &mut state.find.query;
    match event {
        FindEvent::Pattern(pattern) => query.pattern = pattern,
        FindEvent::Case => query.case_sensitive = !query.case_sensitive,
        FindEvent::Word => query.whole_word = !query.whole_word,
        FindEvent::Regex => query.regex = !query.regex,
        FindEvent::Replacement(text) => {
            state.find.replacement = text;
            return;
        }
        FindEvent::ReplaceOne => return replace_one(state, now, out),
        FindEvent::ReplaceAll => return replace_all(state, now, out),
        FindEvent::Close => {
            state.find.open = false;
            state.focus = Some(Focus::Editor);
            return restart(state);
        }
    }
    state.focus = Some(Focus::Find);
    restart(state);
    show_nearest(state);
}

/// Brings the match at or behind the caret into view without moving the caret.
fn show_nearest(state: &mut State) {
    let found = state.tab().and_then(|tab| {
        let search = tab.search.as_ref()?;
        let from = tab.document.selection().primary().start();
        Some(search.matches()[search.next_from(from)?].start)
    });
    if let Some(position) = found {
        editing::reveal(state, position, true);
    }
}

/// Selects the next or the previous match.
pub fn go(state: &mut State, forward: bool) {
    if !state.find.open {
        return open(state, false);
    }
    let found = state.tab().and_then(|tab| {
        let search = tab.search.as_ref()?;
        let span = tab.document.selection().primary();
        // A caret at the start of a match goes to that match first.
        let index =
            if forward { search.next_from(span.end())? } else { search.previous_from(span.start())? };
        search.matches().get(index).cloned()
    });
    if let Some(range) = found {
        if let Some(tab) = state.tab_mut() {
            tab.document.select(&Selection::single(Span::new(range.start, range.end)));
        }
        editing::reveal_caret(state, true);
    }
}

/// Replaces the selected match and selects the next one; without a selected match only selects.
fn replace_one(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let replacement = state.find.replacement.clone();
    let ready = state.tab().and_then(|tab| {
        let search = tab.search.as_ref()?;
        let range = tab.document.selection().primary().range();
        let index = search.index_at(range.start)?;
        (search.matches().get(index) == Some(&range)).then(|| search.replace_one(index, &replacement))?
    });
    if let Some(transaction) = ready
        && let Some(id) = state.tab().map(|tab| tab.id)
    {
        editing::apply_transaction(state, id, transaction, EditKind::Alone, now, out);
        step(state);
    }
    go(state, true);
}

fn replace_all(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let replacement = state.find.replacement.clone();
    let Some(tab) = state.tab_mut() else { return };
    let (id, Some(search)) = (tab.id, tab.search.as_mut()) else { return };
    while search.step(BUDGET) == Progress::More {}
    let count = search.count();
    if count == 0 {
        return;
    }
    let transaction = search.replace_all(&replacement);
    editing::apply_transaction(state, id, transaction, EditKind::Alone, now, out);
    let text = if count == 1 { "Replaced 1 match.".to_owned() } else { format!("Replaced {count} matches.") };
    super::toast(state, crate::state::ToastKind::Info, text, now);
}
