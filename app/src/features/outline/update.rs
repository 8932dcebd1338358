//! Narrowing the outline, moving in it, and going where a row leads.

use editor_core::{Selection, Span};
use ground::command::Command;
use search::quick::narrow;

use super::{Outline, OutlineEvent, OutlineRow};
use crate::event::{Effect, Event};
use crate::workspace::{Focus, Workspace, edit};

/// Shows the outline and gives it the keyboard, or hides it.
pub fn toggle(outline: &mut Outline, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    workspace.session.outline = !workspace.session.outline;
    workspace.focus = Some(if workspace.session.outline { Focus::Outline } else { Focus::Editor });
    *outline = Outline::default();
    workspace.remember(out);
}

/// Something happened in the outline.
pub fn on(outline: &mut Outline, workspace: &mut Workspace, event: OutlineEvent, out: &mut Vec<Effect>) {
    match event {
        OutlineEvent::Filter(text) => {
            outline.filter = text;
            outline.current = None;
            follow(outline, workspace);
            outline.current = (!outline.filter.is_empty() && !outline.rows.is_empty()).then_some(0);
        }
        OutlineEvent::Step(by) => {
            let len = outline.rows.len() as isize;
            let from = outline.current.or_else(|| around_caret(outline, workspace));
            let from = from.map_or(if by > 0 { -1 } else { len }, |at| at as isize);
            outline.current = (len > 0).then(|| (from + by).rem_euclid(len) as usize);
        }
        OutlineEvent::Enter => {
            if let Some(row) = outline.current.or_else(|| around_caret(outline, workspace)) {
                go(outline, workspace, row);
            }
        }
        OutlineEvent::Click(row) => go(outline, workspace, row),
        OutlineEvent::Select(row) => {
            go(outline, workspace, row);
            select(outline, workspace, row);
        }
        OutlineEvent::Mentions(row) => {
            go(outline, workspace, row);
            out.push(Effect::then(Event::Command(Command::FindMentions)));
        }
        OutlineEvent::Leave if !outline.filter.is_empty() => {
            *outline = Outline::default();
            workspace.focus = Some(Focus::Outline);
        }
        OutlineEvent::Leave => {
            outline.current = None;
            workspace.focus = Some(Focus::Editor);
        }
        OutlineEvent::Close => {
            if workspace.session.outline {
                toggle(outline, workspace, out);
            }
        }
    }
}

fn go(outline: &mut Outline, workspace: &mut Workspace, row: usize) {
    let (Some(row), Some(tab)) = (outline.rows.get(row), workspace.tab()) else { return };
    let Some(symbol) = tab.symbols.all.get(row.symbol) else { return };
    let position = symbol.name_range.start;
    outline.current = None;
    edit::go_to(workspace, position);
    workspace.focus = Some(Focus::Editor);
}

/// Selects all of a symbol; the caret is at its beginning, which is in view.
fn select(outline: &Outline, workspace: &mut Workspace, row: usize) {
    let (Some(row), Some(tab)) = (outline.rows.get(row), workspace.tab_mut()) else { return };
    if let Some(symbol) = tab.symbols.all.get(row.symbol) {
        let span = Span::new(symbol.range.end, symbol.range.start);
        tab.document.select(&Selection::single(span));
    }
}

/// The row of the innermost symbol around the caret.
pub fn around_caret(outline: &Outline, workspace: &Workspace) -> Option<usize> {
    let tab = workspace.tab()?;
    let head = tab.document.selection().primary().head;
    let around = editor_core::symbols::around(&tab.symbols.all, head);
    around.iter().rev().find_map(|symbol| outline.rows.iter().position(|row| row.symbol == *symbol))
}

/// What follows from any event: the rows are those of the text in front.
pub fn follow(outline: &mut Outline, workspace: &Workspace) {
    let Some(tab) = workspace.tab().filter(|_| workspace.session.outline) else {
        outline.rows.clear();
        outline.made_of = None;
        return;
    };
    let is_same = outline.made_of.as_ref().is_some_and(|(id, revision, filter)| {
        (*id, *revision) == (tab.id, tab.symbols.revision) && *filter == outline.filter
    });
    if is_same {
        return;
    }
    if outline.made_of.as_ref().is_some_and(|(id, ..)| *id != tab.id) {
        outline.current = None;
    }
    outline.made_of = Some((tab.id, tab.symbols.revision, outline.filter.clone()));
    let all = &tab.symbols.all;
    outline.rows = if outline.filter.trim().is_empty() {
        (0..all.len()).map(|symbol| OutlineRow { symbol, marks: Vec::new() }).collect()
    } else {
        let found = narrow(all.iter().map(|symbol| symbol.name.as_str()), &outline.filter);
        let mut rows: Vec<OutlineRow> =
            found.into_iter().map(|one| OutlineRow { symbol: one.index, marks: one.marks }).collect();
        rows.sort_by_key(|row| row.symbol);
        rows
    };
    outline.current = outline.current.filter(|row| *row < outline.rows.len());
}
