//! The lines of an open text that differ: compared while it is typed, shown, walked through, taken back and staged.

use std::ops::Range;

use editor_core::{Document, EditKind, Transaction};
use git::conflict::ConflictSide;
use git::{Against, MAX_BYTES};
use ground::command::Command;
use ground::ids::TabId;

use super::{Changes, ChangesEffect, IndexWrite, LineMark, MarksAsked, MarksOf, Peek, TabMarks};
use crate::event::Effect;
use crate::workspace::{Tab, ToastKind, Workspace, edit};

/// A text that is typed is compared this often, in milliseconds.
const EACH: u64 = 120;

/// Has the text in front compared, if what is known of it is old.
pub fn tick(changes: &mut Changes, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some((tab, of)) = wanted(changes, workspace) else { return };
    if !changes.pace.is_due(now, EACH) {
        return;
    }
    let (Some(path), Ok(text)) = (tab.document.path(), tab.document.writable()) else { return };
    let known = changes.marks.get(&tab.id);
    let same = |known: &&TabMarks| known.of.generation == of.generation && known.of.against == of.against;
    let base = known.filter(same).and_then(|known| known.base.clone());
    changes.comparing = Some(of);
    let reading = tab.document.reading();
    let asked = MarksAsked { of, path: path.to_owned(), text, reading, base };
    out.push(Effect::Changes(ChangesEffect::Compare(Box::new(asked))));
}

/// Milliseconds until a text is compared.
pub fn wake_in(changes: &Changes, workspace: &Workspace, now: u64) -> Option<u64> {
    wanted(changes, workspace).map(|_| changes.pace.wake_in(now, EACH))
}

/// The text that is to be compared now.
fn wanted<'a>(changes: &Changes, workspace: &'a Workspace) -> Option<(&'a Tab, MarksOf)> {
    let tab = workspace.tab()?;
    let document = &tab.document;
    let of = MarksOf {
        tab: tab.id,
        revision: document.revision(),
        generation: changes.generation,
        against: changes.against,
    };
    let is_known = changes.marks.get(&tab.id).is_some_and(|known| known.of == of);
    let can_be = document.path().is_some()
        && document.read_only().is_none()
        && document.rope().len_bytes() as u64 <= MAX_BYTES;
    (can_be && !is_known && changes.comparing.is_none()).then_some((tab, of))
}

/// A text was compared. It may have been edited since.
pub fn compared(changes: &mut Changes, workspace: &Workspace, found: TabMarks) {
    changes.comparing = None;
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == found.of.tab) else { return };
    let is_old = tab.document.revision() != found.of.revision;
    // What was compared before follows the text; what comes late does not fit it any more. A text that is typed without a rest is
    // compared again at once.
    if !is_old || !changes.marks.contains_key(&tab.id) {
        changes.marks.insert(
            tab.id,
            if is_old { TabMarks { marks: Vec::new(), conflicts: Vec::new(), ..found } } else { found },
        );
    }
}

/// The marks of a text stay at their lines while it is edited.
pub fn follow(changes: &mut Changes, tab: TabId, steps: &[Transaction]) {
    let Some(known) = changes.marks.get_mut(&tab) else { return };
    for step in steps {
        for mark in &mut known.marks {
            mark.at = step.map_range(mark.at.clone());
        }
    }
    known.conflicts.clear();
}

/// Shows the old text of the change that begins here.
pub fn peek(changes: &mut Changes, tab: TabId, start: usize) {
    let peek = Peek { tab, start };
    changes.peek = (changes.peek != Some(peek)).then_some(peek);
}

/// Shows the old text of the change at the caret, or the next one.
pub fn peek_at_caret(changes: &mut Changes, workspace: &mut Workspace, now: u64) {
    let Some(tab) = workspace.tab() else { return };
    let (id, line) = (tab.id, tab.caret().0);
    match at_line(changes, tab, line).cloned() {
        Some(mark) => changes.peek = Some(Peek { tab: id, start: mark.at.start }),
        None => {
            go(changes, workspace, true, now);
            let head = workspace.tab().map(|tab| tab.document.selection().primary().head);
            let start = head.filter(|head| marks(changes, id).iter().any(|mark| mark.at.start == *head));
            changes.peek = start.map(|start| Peek { tab: id, start });
        }
    }
}

fn marks(changes: &Changes, tab: TabId) -> &[LineMark] {
    changes.marks.get(&tab).map(|known| known.marks.as_slice()).unwrap_or_default()
}

/// The change that the line is part of.
fn at_line<'a>(changes: &'a Changes, tab: &Tab, line: usize) -> Option<&'a LineMark> {
    marks(changes, tab.id).iter().find(|mark| lines(&tab.document, mark).contains(&line))
}

/// Does a line differ from what it is compared with?
pub fn is_changed(changes: &Changes, tab: &Tab, line: usize) -> bool {
    at_line(changes, tab, line).is_some()
}

/// Is a line within a conflict?
pub fn conflict_at(changes: &Changes, tab: &Tab, line: usize) -> bool {
    let known = changes.marks.get(&tab.id).filter(|known| known.of.revision == tab.document.revision());
    known.is_some_and(|known| known.conflicts.iter().any(|conflict| conflict.all.contains(&line)))
}

/// The lines that a mark stands beside now: one at least.
pub fn lines(document: &Document, mark: &LineMark) -> Range<usize> {
    let buffer = document.buffer();
    let end = buffer.len_chars();
    let first = buffer.line_of(mark.at.start.min(end));
    let last = buffer.line_of(mark.at.end.min(end));
    // The end is the beginning of the line behind it, but for the last one.
    let behind =
        if mark.at.end > mark.at.start && buffer.line_start(last) < mark.at.end { last + 1 } else { last };
    first..behind.max(first + 1)
}

/// The change whose old text is shown, with all that is known of the text.
pub fn shown<'a>(changes: &'a Changes, tab: &Tab) -> Option<(&'a TabMarks, &'a LineMark)> {
    let peek = changes.peek.filter(|peek| peek.tab == tab.id)?;
    let known = changes.marks.get(&tab.id)?;
    let mark = known.marks.iter().find(|mark| mark.at.start == peek.start)?;
    Some((known, mark))
}

/// To the next change or the one before; the old text is shown where it was.
pub fn step(changes: &mut Changes, workspace: &mut Workspace, forward: bool, now: u64) {
    let is_shown = changes.peek.is_some();
    go(changes, workspace, forward, now);
    let place = workspace.tab().map(|tab| (tab.id, tab.document.selection().primary().head));
    changes.peek = place.filter(|_| is_shown).map(|(tab, start)| Peek { tab, start });
}

/// Puts the caret at the next change or the one before, round the end.
pub fn go(changes: &Changes, workspace: &mut Workspace, forward: bool, now: u64) {
    let Some(tab) = workspace.tab() else { return };
    let head = tab.document.selection().primary().head;
    let starts = || marks(changes, tab.id).iter().map(|mark| mark.at.start);
    let next = match forward {
        true => starts().find(|start| *start > head).or_else(|| starts().next()),
        false => starts().rev().find(|start| *start < head).or_else(|| starts().next_back()),
    };
    match next {
        Some(start) => edit::go_to(workspace, start),
        None => {
            let words = match changes.marks.get(&tab.id) {
                Some(known) if known.base.is_some() => "Nothing differs in this file.",
                _ => {
                    "This file is in no git repository, or is new in it: there is nothing to compare it with."
                }
            };
            workspace.toast(ToastKind::Info, words.into(), now);
        }
    }
}

/// The lines of the change that is shown, or at the caret, become what they were: one undo step.
pub fn revert(changes: &mut Changes, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let Some((known, mark)) = shown_or_at_caret(changes, tab) else { return nothing_here(workspace, now) };
    let Some(base) = &known.base else { return };
    let old = old_text(base.as_ref(), mark);
    let old = if base.is_plain { old } else { tab.document.line_ending().normalize(&old) };
    let (id, at) = (tab.id, mark.at.clone());
    let transaction = Transaction::replace(tab.document.buffer(), at, &old);
    changes.peek = None;
    edit::apply_transaction(workspace, id, transaction, EditKind::Alone, now, out);
}

/// The lines that were there before, as text.
pub fn old_text(base: &super::BaseText, mark: &LineMark) -> String {
    let lines = base.rope.len_lines();
    let place =
        |line: usize| if line >= lines { base.rope.len_chars() } else { base.rope.line_to_char(line) };
    base.rope.slice(place(mark.change.old.start)..place(mark.change.old.end)).to_string()
}

fn shown_or_at_caret<'a>(changes: &'a Changes, tab: &Tab) -> Option<(&'a TabMarks, &'a LineMark)> {
    let at_caret = || Some((changes.marks.get(&tab.id)?, at_line(changes, tab, tab.caret().0)?));
    shown(changes, tab).or_else(at_caret)
}

fn nothing_here(workspace: &mut Workspace, now: u64) {
    let words =
        format!("The caret is on no changed line. “{}” goes to the next one.", Command::NextChange.name());
    workspace.toast(ToastKind::Info, words, now);
}

/// The change that is shown, or at the caret, is staged.
pub fn stage_shown(changes: &mut Changes, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let Some((_, mark)) = shown_or_at_caret(changes, tab) else { return nothing_here(workspace, now) };
    if changes.against == Against::Head {
        let words = format!(
            "Lines are compared with the last commit. “{}” shows what is not staged yet.",
            Command::CompareWithOther.name()
        );
        return workspace.toast(ToastKind::Info, words, now);
    }
    stage_lines(tab, vec![lines(&tab.document, mark)], out);
    changes.peek = None;
}

/// What differs in the selected lines is staged.
pub fn stage_selection(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let buffer = tab.document.buffer();
    let selected = tab.document.selection().spans().iter().map(|span| {
        let (first, last) = (buffer.line_of(span.start()), buffer.line_of(span.end()));
        let behind = if last > first && buffer.line_start(last) == span.end() { last } else { last + 1 };
        first..behind
    });
    let lines = selected.collect();
    stage_lines(tab, lines, out);
}

fn stage_lines(tab: &Tab, lines: Vec<Range<usize>>, out: &mut Vec<Effect>) {
    let (Some(path), Ok(text)) = (tab.document.path(), tab.document.writable()) else { return };
    let folder = path.parent().unwrap_or(path).to_owned();
    let write = IndexWrite::Selection { path: path.to_owned(), text, lines };
    out.push(Effect::Changes(ChangesEffect::Write(folder, write)));
}

/// One side of a conflict stays, or both.
pub fn resolve(
    changes: &mut Changes,
    workspace: &mut Workspace,
    (id, line): (TabId, usize),
    side: ConflictSide,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let buffer = tab.document.buffer();
    let found = git::conflict::find(tab.document.rope().lines().map(Into::into));
    let Some(conflict) = found.into_iter().find(|conflict| conflict.all.contains(&line)) else { return };
    let place =
        |line: usize| if line >= buffer.len_lines() { buffer.len_chars() } else { buffer.line_start(line) };
    let kept: String = conflict
        .kept(side)
        .into_iter()
        .map(|lines| buffer.slice(place(lines.start)..place(lines.end)))
        .collect();
    let all = place(conflict.all.start)..place(conflict.all.end);
    let transaction = Transaction::replace(buffer, all, &kept);
    if let Some(known) = changes.marks.get_mut(&id) {
        known.conflicts.clear();
    }
    edit::apply_transaction(workspace, id, transaction, EditKind::Alone, now, out);
}

/// One side of the conflict at the caret stays; without one there the next conflict is gone to.
pub fn resolve_at_caret(
    changes: &mut Changes,
    workspace: &mut Workspace,
    side: ConflictSide,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.tab() else { return };
    let (id, line) = (tab.id, tab.caret().0);
    let found = git::conflict::find(tab.document.rope().lines().map(Into::into));
    if found.iter().any(|conflict| conflict.all.contains(&line)) {
        return resolve(changes, workspace, (id, line), side, now, out);
    }
    match found.iter().find(|conflict| conflict.all.start > line).or(found.first()) {
        Some(next) => {
            let start = tab.document.buffer().line_start(next.all.start);
            edit::go_to(workspace, start);
        }
        None => workspace.toast(ToastKind::Info, "There is no conflict in this file.".into(), now),
    }
}
