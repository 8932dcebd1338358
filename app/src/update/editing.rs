//! Typing, moving and selecting in the text in front, and everything that must follow an edit.

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use editor_core::edit::{self, Edit};
use editor_core::movement;
use editor_core::syntax::SyntaxTree;
use editor_core::token::Token;
use editor_core::{Document, EditKind, Language, Revision, Selection, Span, Transaction};
use ground::ids::TabId;
use ropey::Rope;

use super::{encodings, toast};
use crate::event::{Effect, Typed};
use crate::state::{Reveal, ReviewStatus, State, Tab, ToastKind};

/// A key in the text.
pub fn typed(state: &mut State, typed: Typed, now: u64, out: &mut Vec<Effect>) {
    let tab_width = state.settings.editor.tab_width as usize;
    let Some(tab) = state.tab() else { return };
    let (buffer, selection, style) =
        (tab.document.buffer(), tab.document.selection(), tab.document.style(tab_width));
    let (edit, kind) = match typed {
        Typed::Text(text) => (edit::insert_text(buffer, selection, &text, &style), EditKind::Type),
        Typed::Newline => (edit::newline(buffer, selection, &style), EditKind::Type),
        Typed::Backspace => (edit::backspace(buffer, selection, &style), EditKind::Delete),
        Typed::Delete => (edit::delete(buffer, selection), EditKind::Delete),
        Typed::DeleteWordLeft => (edit::delete_word_left(buffer, selection), EditKind::Delete),
        Typed::DeleteWordRight => (edit::delete_word_right(buffer, selection), EditKind::Delete),
        Typed::DeleteAround(before, after) => {
            let around = selection.map(|span| {
                Span::new(span.start().saturating_sub(before), (span.end() + after).min(buffer.len_chars()))
            });
            (edit::delete(buffer, &around), EditKind::Alone)
        }
        Typed::Tab => (edit::tab(buffer, selection, &style), EditKind::Alone),
        Typed::Outdent => (edit::outdent(buffer, selection, &style), EditKind::Alone),
        Typed::Paste(text) => {
            let whole_lines = state.copied_lines.as_deref() == Some(text.as_str());
            (edit::paste(buffer, selection, &text, whole_lines, &style), EditKind::Alone)
        }
        Typed::Move(motion, extend) => {
            let moved = movement::move_selection(tab.document.rope(), selection, motion, extend, tab_width);
            return set_selection(state, &moved);
        }
        Typed::Collapse => {
            let selection = collapsed(selection);
            return set_selection(state, &selection);
        }
    };
    apply(state, edit, kind, now, out);
}

/// One caret of many, or nothing selected.
fn collapsed(selection: &Selection) -> Selection {
    if selection.spans().len() > 1 {
        selection.only_primary()
    } else {
        Selection::caret(selection.primary().head)
    }
}

/// Takes the last edit back.
pub fn undo(state: &mut State, out: &mut Vec<Effect>) {
    travel(state, Document::undo, out);
}

/// Does again what was taken back last.
pub fn redo(state: &mut State, out: &mut Vec<Effect>) {
    travel(state, Document::redo, out);
}

fn travel(state: &mut State, step: impl FnOnce(&mut Document) -> bool, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab_mut() else { return };
    if step(&mut tab.document) {
        let id = tab.id;
        after_edit(state, id, out);
        reveal_caret(state, false);
    }
}

/// Moves what is selected to the clipboard.
pub fn cut(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab() else { return };
    let cut = edit::cut(tab.document.buffer(), tab.document.selection());
    copy(state, out);
    apply(state, cut, EditKind::Alone, now, out);
}

/// Asks for what is in the clipboard.
pub fn ask_paste(state: &State, out: &mut Vec<Effect>) {
    if state.tab().is_some() {
        out.push(Effect::RequestPaste);
    }
}

/// What can be done to the selected lines.
#[derive(Clone, Copy, Debug)]
pub enum LineEdit {
    /// One line up.
    MoveUp,
    /// One line down.
    MoveDown,
    /// The same once more below.
    Duplicate,
    /// Deletes them.
    Delete,
    /// Makes them one line.
    Join,
    /// Makes them comments, or code again.
    ToggleComment,
    /// One step to the right.
    Indent,
    /// One step to the left.
    Outdent,
}

/// Changes the selected lines.
pub fn edit_lines(state: &mut State, what: LineEdit, now: u64, out: &mut Vec<Effect>) {
    let tab_width = state.settings.editor.tab_width as usize;
    let Some(tab) = state.tab() else { return };
    let document = &tab.document;
    let (buffer, selection, style) = (document.buffer(), document.selection(), document.style(tab_width));
    let edit = match what {
        LineEdit::MoveUp => edit::move_lines_up(buffer, selection, &style),
        LineEdit::MoveDown => edit::move_lines_down(buffer, selection, &style),
        LineEdit::Duplicate => edit::duplicate_lines(buffer, selection, &style),
        LineEdit::Delete => edit::delete_lines(buffer, selection),
        LineEdit::Join => edit::join_lines(buffer, selection),
        LineEdit::ToggleComment => edit::toggle_comment(buffer, selection, &style),
        LineEdit::Indent => edit::indent(buffer, selection, &style),
        LineEdit::Outdent => edit::outdent(buffer, selection, &style),
    };
    apply(state, edit, EditKind::Alone, now, out);
}

/// What can be selected from what is selected.
#[derive(Clone, Copy, Debug)]
pub enum Select {
    /// The whole text.
    All,
    /// The lines.
    Line,
    /// The word, then its next occurrence besides.
    NextOccurrence,
    /// All occurrences.
    AllOccurrences,
    /// The next larger piece of syntax.
    Syntax,
    /// A caret in the line above besides.
    CaretAbove,
    /// A caret in the line below besides.
    CaretBelow,
}

/// Selects something else in the text in front.
pub fn change_selection(state: &mut State, what: Select) {
    let tab_width = state.settings.editor.tab_width as usize;
    let Some(tab) = state.tab() else { return };
    let (rope, selection) = (tab.document.rope(), tab.document.selection());
    let selected = match what {
        Select::All => Selection::single(Span::new(0, rope.len_chars())),
        Select::Line => selection.map(|span| line_span(tab, span)),
        Select::NextOccurrence => next_occurrence(tab).unwrap_or_else(|| selection.clone()),
        Select::AllOccurrences => all_occurrences(tab).unwrap_or_else(|| selection.clone()),
        Select::Syntax => {
            let tree = tab.highlighter.tree();
            selection.map(|span| movement::expand(rope, span, tree))
        }
        Select::CaretAbove => movement::add_caret(rope, selection, true, tab_width),
        Select::CaretBelow => movement::add_caret(rope, selection, false, tab_width),
    };
    set_selection(state, &selected);
}

fn line_span(tab: &Tab, span: Span) -> Span {
    let buffer = tab.document.buffer();
    let (first, last) = (buffer.line_of(span.start()), buffer.line_of(span.end()));
    Span::new(buffer.line_start(first), buffer.line_start(last + 1))
}

/// Longest selection whose occurrences are looked for, in characters.
const MAX_OCCURRENCE: usize = 1000;

/// The first press selects the word, each further one its next occurrence.
fn next_occurrence(tab: &Tab) -> Option<Selection> {
    let selection = tab.document.selection();
    if selection.primary().is_empty() {
        let rope = tab.document.rope();
        return Some(selection.map(|span| {
            let word = movement::word_at(rope, span.head);
            Span::new(word.start, word.end)
        }));
    }
    let found = occurrences(tab, selection.primary())?;
    let from = selection.primary().end();
    let free = |range: &&Range<usize>| !selection.spans().iter().any(|span| span.range() == **range);
    let next =
        found.iter().filter(free).find(|range| range.start >= from).or_else(|| found.iter().find(free))?;
    Some(selection.with(Span::new(next.start, next.end)))
}

fn all_occurrences(tab: &Tab) -> Option<Selection> {
    let mut span = tab.document.selection().primary();
    if span.is_empty() {
        let word = movement::word_at(tab.document.rope(), span.head);
        span = Span::new(word.start, word.end);
    }
    let found = occurrences(tab, span)?;
    let primary = found.iter().position(|range| *range == span.range()).unwrap_or(0);
    Some(Selection::new(found.into_iter().map(|range| Span::new(range.start, range.end)).collect(), primary))
}

fn occurrences(tab: &Tab, span: Span) -> Option<Vec<Range<usize>>> {
    if span.is_empty() || span.range().len() > MAX_OCCURRENCE {
        return None;
    }
    let buffer = tab.document.buffer();
    let query = editor_core::search::Query {
        pattern: buffer.slice(span.range()),
        case_sensitive: true,
        ..Default::default()
    };
    let mut search = editor_core::search::Search::new(&query, buffer).ok()?;
    while search.step(buffer.len_chars().max(1)) == editor_core::search::Progress::More {}
    Some(search.matches().to_vec())
}

pub fn copy(state: &mut State, out: &mut Vec<Effect>) {
    let tab_width = state.settings.editor.tab_width as usize;
    let Some(tab) = state.tab() else { return };
    let selection = tab.document.selection();
    let text = edit::copied_text(tab.document.buffer(), selection, &tab.document.style(tab_width));
    let lines = selection.is_empty().then(|| text.clone());
    out.push(Effect::Copy(text));
    state.copied_lines = lines;
}

/// The pointer selected text.
pub fn select(state: &mut State, tab: TabId, selection: &Selection) {
    if let Some(tab) = state.find_tab(tab) {
        tab.document.select(selection);
    }
}

/// Selects in the text in front, and brings the caret into view.
pub fn set_selection(state: &mut State, selection: &Selection) {
    if let Some(tab) = state.tab_mut() {
        tab.document.select(selection);
    }
    reveal_caret(state, false);
}

/// Edits the text in front, and brings the caret into view.
pub fn apply(state: &mut State, edit: Edit, kind: EditKind, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab_mut() else { return };
    let id = tab.id;
    if let Err(refused) = tab.document.edit(edit, kind, now) {
        return toast(state, ToastKind::Error, encodings::refused(&refused), now);
    }
    after_edit(state, id, out);
    reveal_caret(state, false);
}

/// Edits the text of a tab without moving its view.
pub fn apply_transaction(
    state: &mut State,
    id: TabId,
    transaction: Transaction,
    kind: EditKind,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = state.find_tab(id) else { return };
    match tab.document.apply(transaction, kind, now) {
        Ok(()) => after_edit(state, id, out),
        Err(refused) => toast(state, ToastKind::Error, encodings::refused(&refused), now),
    }
}

/// Passes an edit on to everything that follows the text.
pub fn after_edit(state: &mut State, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    let mut transactions = Vec::new();
    for applied in tab.document.take_applied() {
        tab.highlighter.edited(&applied);
        tab.queue.follow(&applied.transaction);
        tab.closed.follow(&applied.transaction);
        tab.problems.retain_mut(|problem| problem.follow(&applied.transaction));
        if let Some(review) = &mut tab.review {
            review.review.follow(&applied.transaction);
        }
        transactions.push(applied.transaction);
    }
    if let Some(search) = &mut tab.search {
        search.restart(tab.document.buffer());
    }
    tab.closed.forget(tab.document.buffer());
    let nothing_closed = tab.closed.is_empty();
    refresh_review(tab);
    parse(tab, out);
    if nothing_closed {
        super::reopen::withdraw(state, id);
    }
    super::explain::follow(state, id, &transactions);
}

/// Brings the rows of a review up to date.
pub fn refresh_review(tab: &mut Tab) {
    let Some(review) = &mut tab.review else { return };
    if review.review.phase() == editor_core::review::Phase::Stale
        && !matches!(review.status, ReviewStatus::Failed(_))
    {
        review.status = ReviewStatus::Stale;
    }
    review.rows = review.review.rows();
    review.tokens = tokens(tab.document.language(), review.review.answer());
}

/// The tokens of a text that stands alone, line by line, in characters of the line: reviews and pieces of code are short enough to be
/// parsed at once.
pub fn tokens(language: Language, text: &str) -> Vec<Vec<(Range<usize>, Token)>> {
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

/// A text was parsed.
pub fn parsed(state: &mut State, id: TabId, tree: SyntaxTree, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    tab.highlighter.publish(tree);
    parse(tab, out);
}

/// Has the caret of the text in front brought into view.
pub fn reveal_caret(state: &mut State, center: bool) {
    let Some(position) = state.tab().map(|tab| tab.document.selection().primary().head) else { return };
    reveal(state, position, center);
}

/// Has a position of the text in front brought into view.
pub fn reveal(state: &mut State, position: usize, center: bool) {
    let number = state.counters.reveal();
    if let Some(tab) = state.tab_mut() {
        tab.reveal = Reveal { number, position, center };
    }
}

/// Puts the caret at a position of the text in front.
pub fn go_to(state: &mut State, position: usize) {
    if let Some(tab) = state.tab_mut() {
        tab.document.select(&Selection::caret(position));
    }
    reveal_caret(state, true);
}
