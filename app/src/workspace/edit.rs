//! Edits of a text, and everything that must follow one: syntax, reviews, matches, what is known to be wrong.

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use editor_core::document::Refused;
use editor_core::edit::Edit;
use editor_core::file::ReadOnly;
use editor_core::syntax::SyntaxTree;
use editor_core::token::TokenKind;
use editor_core::{Document, EditKind, Language, Revision, Selection, Transaction};
use ground::command::Command;
use ground::ids::TabId;
use ground::words::sentence;
use ropey::Rope;

use super::{Reveal, RevealFrom, ReviewStatus, Tab, ToastKind, Workspace};
use crate::event::{Effect, Event};

/// Selects in the text in front, and brings the caret into view.
pub fn set_selection(workspace: &mut Workspace, selection: &Selection) {
    if let Some(tab) = workspace.tab_mut() {
        tab.document.select(selection);
    }
    reveal_caret(workspace, false);
}

/// Edits the text in front, and brings the caret into view.
pub fn apply(workspace: &mut Workspace, edit: Edit, kind: EditKind, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab_mut() else { return };
    let id = tab.id;
    if let Err(reason) = tab.document.edit(edit, kind, now) {
        return workspace.toast(ToastKind::Error, refused(&reason), now);
    }
    after_edit(workspace, id, out);
    reveal_caret(workspace, false);
}

/// Edits the text of a tab without moving its view.
pub fn apply_transaction(
    workspace: &mut Workspace,
    id: TabId,
    transaction: Transaction,
    kind: EditKind,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.find_tab(id) else { return };
    match tab.document.apply(transaction, kind, now) {
        Ok(()) => after_edit(workspace, id, out),
        Err(reason) => workspace.toast(ToastKind::Error, refused(&reason), now),
    }
}

/// Passes an edit on to everything that follows the text.
pub fn after_edit(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let mut transactions = Vec::new();
    for applied in tab.document.take_applied() {
        tab.highlighter.edited(&applied);
        tab.queue.follow(&applied.transaction);
        tab.closed_reviews.follow(&applied.transaction);
        tab.symbols.follow(&applied.transaction);
        tab.folds.follow(&applied.transaction);
        tab.problems.retain_mut(|problem| problem.follow(&applied.transaction));
        if let Some(review) = &mut tab.review {
            review.follow(&applied.transaction);
        }
        transactions.push(applied.transaction);
    }
    tab.folds.settle(tab.document.buffer());
    if let Some(search) = &mut tab.search {
        search.restart(tab.document.buffer());
    }
    tab.closed_reviews.forget(tab.document.buffer());
    let nothing_closed = tab.closed_reviews.is_empty();
    refresh_review(tab);
    parse(tab, out);
    if nothing_closed {
        workspace.withdraw_reopening(id);
    }
    if !transactions.is_empty() {
        transactions.iter().for_each(|transaction| workspace.panes.follow(id, transaction));
        workspace.panes.keep(id);
        out.push(Effect::then(Event::Edited(id, transactions)));
    }
}

/// Brings the rows of a review up to date.
pub fn refresh_review(tab: &mut Tab) {
    let Some(review) = &mut tab.review else { return };
    if review.review.phase() == editor_core::review::ReviewPhase::Stale
        && !matches!(review.status, ReviewStatus::Failed(_))
    {
        review.status = ReviewStatus::Stale;
    }
    review.rows = review.review.rows();
    review.tokens = tokens(tab.document.language(), review.review.answer());
}

/// The tokens of a text that stands alone, line by line, in characters of the line: reviews and pieces of code are short enough to be
/// parsed at once.
pub fn tokens(language: Language, text: &str) -> Vec<Vec<(Range<usize>, TokenKind)>> {
    let rope = Rope::from_str(text);
    let never = AtomicBool::new(false);
    let Some(tree) = SyntaxTree::parse(language, &rope, Revision(0), None, &never) else { return Vec::new() };
    let mut lines = vec![Vec::new(); rope.len_lines()];
    for (range, token) in tree.highlights(&rope, 0..rope.len_chars()) {
        let first = rope.char_to_line(range.start);
        for (line, own) in lines.iter_mut().enumerate().skip(first) {
            let start = rope.line_to_char(line);
            let (from, to) = (range.start.max(start), range.end.min(rope.line_to_char(line + 1)));
            if from >= to {
                break;
            }
            own.push((from - start..to - start, token));
        }
    }
    lines
}

/// Has the text parsed if its tree is not of this revision.
pub fn parse(tab: &Tab, out: &mut Vec<Effect>) {
    let request = tab.highlighter.request(tab.id.0, tab.document.rope(), tab.document.revision());
    out.extend(request.map(Effect::Parse));
}

/// Has the caret of the text in front brought into view.
pub fn reveal_caret(workspace: &mut Workspace, center: bool) {
    let Some(position) = workspace.tab().map(|tab| tab.document.selection().primary().head) else { return };
    reveal(workspace, position, center);
}

/// Has the view scrolled, and then the caret of the text in front brought into it.
pub fn reveal_from(workspace: &mut Workspace, from: RevealFrom) {
    reveal_caret(workspace, false);
    if let Some(tab) = workspace.tab_mut() {
        tab.reveal.from = from;
    }
}

/// Has a position of the text in front brought into view.
pub fn reveal(workspace: &mut Workspace, position: usize, center: bool) {
    let (number, pane) = (workspace.counters.reveal(), workspace.panes.focused());
    if let Some(tab) = workspace.tab_mut() {
        tab.reveal = Reveal { number, position, center, pane, from: RevealFrom::Here };
        let line = tab.document.buffer().line_of(position);
        tab.folds.show(tab.document.buffer(), &(line..line + 1));
    }
}

/// Puts the caret at a position of the text in front.
pub fn go_to(workspace: &mut Workspace, position: usize) {
    if let Some(tab) = workspace.tab_mut() {
        tab.document.select(&Selection::caret(position));
    }
    reveal_caret(workspace, true);
}

/// Why a text that can only be read is not saved, and what makes it one that can be.
pub fn not_saved(document: &Document, reason: ReadOnly) -> String {
    format!("{} is not saved: {reason}. The file is as it was. {}", document.title(), way_out())
}

/// Why an edit was refused, and what can be done about it.
pub fn refused(refused: &Refused) -> String {
    let words = sentence(&refused.to_string());
    match refused {
        Refused::ReadOnly(_) => format!("{words} {}", way_out()),
        Refused::WrongRevision(_) => words,
    }
}

fn way_out() -> String {
    format!("To edit it, choose \"{}\".", Command::ReopenWithEncoding.name())
}
