//! The find bar: the query, its matches in the text in front, and replacing them.

use editor_core::search::{BadPattern, FindProgress, Search};
use editor_core::{EditKind, Selection, Span};
use ground::words::sentence;

use super::{FindBar, FindEvent};
use crate::event::Effect;
use crate::workspace::{Focus, ToastKind, Workspace, edit};

/// Characters searched in one frame.
const BUDGET: usize = 2_000_000;

/// Longest selection that becomes the query.
const MAX_SEED: usize = 200;

/// Shows the bar; what is selected becomes the query.
pub fn open(find: &mut FindBar, workspace: &mut Workspace, replacing: bool) {
    let Some(tab) = workspace.tab() else { return };
    let span = tab.document.selection().primary();
    let selected = tab.document.buffer().slice(span.range().start..span.end().min(span.start() + MAX_SEED));
    if !selected.is_empty() && !selected.contains('\n') {
        find.query.pattern = selected;
    }
    find.open = true;
    find.replacing = replacing;
    find.opened = find.opened.wrapping_add(1);
    workspace.focus = Some(Focus::Find);
    restart(find, workspace);
}

/// Searches the text in front anew.
pub fn restart(find: &mut FindBar, workspace: &mut Workspace) {
    let (open, query) = (find.open, find.query.clone());
    let Some(tab) = workspace.tabs.get_mut(workspace.active) else { return };
    tab.search = None;
    find.error = None;
    if !open {
        return;
    }
    match Search::new(&query, tab.document.buffer()) {
        Ok(search) => tab.search = Some(search),
        Err(BadPattern::Empty) => {}
        Err(error) => find.error = Some(sentence(&error.to_string())),
    }
    step(workspace);
}

/// Searches a little further.
pub fn step(workspace: &mut Workspace) {
    if let Some(search) = workspace.tab_mut().and_then(|tab| tab.search.as_mut())
        && !search.is_done()
    {
        let _progress: FindProgress = search.step(BUDGET);
    }
}

/// Something happened in the bar.
pub fn on(find: &mut FindBar, workspace: &mut Workspace, event: FindEvent, now: u64, out: &mut Vec<Effect>) {
    let query = &mut find.query;
    match event {
        FindEvent::Pattern(pattern) => query.pattern = pattern,
        FindEvent::Case => query.case_sensitive = !query.case_sensitive,
        FindEvent::Word => query.whole_word = !query.whole_word,
        FindEvent::Regex => query.regex = !query.regex,
        FindEvent::Replacement(text) => {
            find.replacement = text;
            return;
        }
        FindEvent::ReplaceOne => return replace_one(find, workspace, now, out),
        FindEvent::ReplaceAll => return replace_all(find, workspace, now, out),
        FindEvent::Close => {
            find.open = false;
            workspace.focus = Some(Focus::Editor);
            return restart(find, workspace);
        }
    }
    workspace.focus = Some(Focus::Find);
    restart(find, workspace);
    show_nearest(workspace);
}

/// Brings the match at or behind the caret into view without moving the caret.
fn show_nearest(workspace: &mut Workspace) {
    let found = workspace.tab().and_then(|tab| {
        let search = tab.search.as_ref()?;
        let from = tab.document.selection().primary().start();
        Some(search.matches()[search.next_from(from)?].start)
    });
    if let Some(position) = found {
        edit::reveal(workspace, position, true);
    }
}

/// Selects the next or the previous match.
pub fn go(find: &mut FindBar, workspace: &mut Workspace, forward: bool) {
    if !find.open {
        return open(find, workspace, false);
    }
    let found = workspace.tab().and_then(|tab| {
        let search = tab.search.as_ref()?;
        let span = tab.document.selection().primary();
        // A caret at the start of a match goes to that match first.
        let index =
            if forward { search.next_from(span.end())? } else { search.previous_from(span.start())? };
        search.matches().get(index).cloned()
    });
    if let Some(range) = found {
        if let Some(tab) = workspace.tab_mut() {
            tab.document.select(&Selection::single(Span::new(range.start, range.end)));
        }
        edit::reveal_caret(workspace, true);
    }
}

/// Replaces the selected match and selects the next one; without a selected match only selects.
fn replace_one(find: &mut FindBar, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let replacement = find.replacement.clone();
    let ready = workspace.tab().and_then(|tab| {
        let search = tab.search.as_ref()?;
        let range = tab.document.selection().primary().range();
        let index = search.index_at(range.start)?;
        (search.matches().get(index) == Some(&range)).then(|| search.replace_one(index, &replacement))?
    });
    if let Some(transaction) = ready
        && let Some(id) = workspace.tab().map(|tab| tab.id)
    {
        edit::apply_transaction(workspace, id, transaction, EditKind::Alone, now, out);
        step(workspace);
    }
    go(find, workspace, true);
}

fn replace_all(find: &mut FindBar, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let replacement = find.replacement.clone();
    let Some(tab) = workspace.tab_mut() else { return };
    let (id, Some(search)) = (tab.id, tab.search.as_mut()) else { return };
    while search.step(BUDGET) == FindProgress::More {}
    let count = search.count();
    if count == 0 {
        return;
    }
    let transaction = search.replace_all(&replacement);
    edit::apply_transaction(workspace, id, transaction, EditKind::Alone, now, out);
    let text = if count == 1 { "Replaced 1 match.".to_owned() } else { format!("Replaced {count} matches.") };
    workspace.toast(ToastKind::Info, text, now);
}
