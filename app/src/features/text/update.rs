//! Typing, moving and selecting in the text in front.

use std::ops::Range;

use editor_core::carry::carry;
use editor_core::column::ColumnBlock;
use editor_core::edit;
use editor_core::movement::{self, Motion};
use editor_core::rows::motion;
use editor_core::syntax::SyntaxTree;
use editor_core::{Document, EditKind, Selection, Span, Transaction, tags, transform};
use ground::ids::TabId;

use crate::event::{Effect, Typed};
use crate::workspace::edit as text;
use crate::workspace::tree::FileTree;
use crate::workspace::{GrownSelection, Tab, Workspace};

/// A key in the text.
pub fn typed(workspace: &mut Workspace, typed: Typed, now: u64, out: &mut Vec<Effect>) {
    let tab_width = workspace.tab_width();
    let (indents, closes) = (workspace.settings.editor.indent_on_paste, workspace.settings.editor.close_tags);
    let Some(tab) = workspace.tab() else { return };
    let (buffer, selection, style) =
        (tab.document.buffer(), tab.document.selection(), tab.document.style(tab_width));
    let (edit, kind) = match typed {
        Typed::Text(text) => {
            let tag = closing_tag(tab, &text).filter(|_| closes);
            (tag.unwrap_or_else(|| edit::insert_text(buffer, selection, &text, &style)), EditKind::Type)
        }
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
            let whole_lines = workspace.copied_lines.as_deref() == Some(text.as_str());
            let one = selection.spans().len() == 1 && !whole_lines && indents;
            let caret = selection.primary().start();
            let indented = one.then(|| transform::pasted_at(buffer, caret, &text, &style)).flatten();
            let text = indented.as_deref().unwrap_or(&text);
            (edit::paste(buffer, selection, text, whole_lines, &style), EditKind::Alone)
        }
        Typed::Move(motion, extend) => return go(workspace, motion, extend),
        Typed::Collapse => {
            let selection = collapsed(selection);
            return text::set_selection(workspace, &selection);
        }
    };
    text::apply(workspace, edit, kind, now, out);
}

/// What closes the tag that a `>` ends, with the caret before it.
fn closing_tag(tab: &Tab, text: &str) -> Option<edit::Edit> {
    let (document, span) = (&tab.document, tab.document.selection().primary());
    if text != ">" || !span.is_empty() || document.selection().spans().len() > 1 {
        return None;
    }
    let close = tags::closing(document.rope(), span.head, document.language())?;
    let transaction = Transaction::replace(document.buffer(), span.head..span.head, &format!(">{close}"));
    Some(edit::Edit { transaction, selection: Selection::caret(span.head + 1) })
}

/// Moves the carets, or their ends of the selection, from row to row as they are seen.
pub fn go(workspace: &mut Workspace, motion: Motion, extend: bool) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab() else { return };
    let (rope, selection) = (tab.document.rope(), tab.document.selection());
    let moved = motion::move_selection(rope, &tab.row_map(), selection, motion, extend, tab_width);
    text::set_selection(workspace, &moved);
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
pub fn undo(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    travel(workspace, Document::undo, out);
}

/// Does again what was taken back last.
pub fn redo(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    travel(workspace, Document::redo, out);
}

fn travel(workspace: &mut Workspace, step: impl FnOnce(&mut Document) -> bool, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab_mut() else { return };
    if step(&mut tab.document) {
        let id = tab.id;
        text::after_edit(workspace, id, out);
        text::reveal_caret(workspace, false);
    }
}

/// Moves what is selected to the clipboard.
pub fn cut(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let cut = edit::cut(tab.document.buffer(), tab.document.selection());
    copy(workspace, out);
    text::apply(workspace, cut, EditKind::Alone, now, out);
}

/// Asks for what is in the clipboard.
pub fn ask_paste(workspace: &Workspace, out: &mut Vec<Effect>) {
    if workspace.tab().is_some() {
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
pub fn edit_lines(workspace: &mut Workspace, what: LineEdit, now: u64, out: &mut Vec<Effect>) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab() else { return };
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
    text::apply(workspace, edit, EditKind::Alone, now, out);
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
    /// What was selected before it was grown to that.
    Shrink,
    /// A rectangle whose corner moves by lines and columns.
    Column(isize, isize),
    /// A caret in the line above besides.
    CaretAbove,
    /// A caret in the line below besides.
    CaretBelow,
}

/// Selects something else in the text in front.
pub fn change_selection(workspace: &mut Workspace, what: Select) {
    match what {
        Select::Syntax => return grow(workspace),
        Select::Shrink => return shrink(workspace),
        Select::Column(lines, columns) => return move_block(workspace, lines, columns),
        _ => {}
    }
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab() else { return };
    let (rope, selection) = (tab.document.rope(), tab.document.selection());
    let selected = match what {
        Select::Syntax | Select::Shrink | Select::Column(..) => return,
        Select::All => Selection::single(Span::new(0, rope.len_chars())),
        Select::Line => selection.map(|span| line_span(tab, span)),
        Select::NextOccurrence => next_occurrence(tab).unwrap_or_else(|| selection.clone()),
        Select::AllOccurrences => all_occurrences(tab).unwrap_or_else(|| selection.clone()),
        Select::CaretAbove => movement::add_caret(rope, selection, true, tab_width),
        Select::CaretBelow => movement::add_caret(rope, selection, false, tab_width),
    };
    text::set_selection(workspace, &selected);
}

/// Selects the next larger piece of syntax around each span, and remembers what was selected.
fn grow(workspace: &mut Workspace) {
    let Some(tab) = workspace.tab_mut() else { return };
    let (rope, from) = (tab.document.rope(), tab.document.selection().clone());
    let to = from.map(|span| movement::expand(rope, span, tab.highlighter.tree()));
    let revision = tab.document.revision();
    // What was grown before counts as long as the selection is what came of it.
    if tab.grown.last().is_some_and(|last| last.to != from || last.revision != revision) {
        tab.grown.clear();
    }
    if to != from {
        tab.grown.push(GrownSelection { revision, from, to: to.clone() });
    }
    text::set_selection(workspace, &to);
}

/// Goes back to what was selected before it was grown.
fn shrink(workspace: &mut Workspace) {
    let Some(tab) = workspace.tab_mut() else { return };
    let (revision, selection) = (tab.document.revision(), tab.document.selection());
    match tab.grown.pop() {
        Some(last) if last.revision == revision && last.to == *selection => {
            text::set_selection(workspace, &last.from);
        }
        _ => tab.grown.clear(),
    }
}

/// Moves the corner of the rectangle that is selected; one begins at the caret.
fn move_block(workspace: &mut Workspace, lines: isize, columns: isize) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab() else { return };
    let (rope, selection) = (tab.document.rope(), tab.document.selection());
    let known = tab.column_block.as_ref().filter(|(_, made)| made == selection).map(|(block, _)| *block);
    let block = known.unwrap_or_else(|| ColumnBlock::of_span(rope, selection.primary(), tab_width));
    let moved = block.moved(rope, lines, columns);
    select_block(workspace, moved);
    text::reveal_caret(workspace, false);
}

/// Selects a rectangle of the text in front.
pub fn select_block(workspace: &mut Workspace, block: ColumnBlock) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab_mut() else { return };
    let selection = block.selection(tab.document.rope(), tab_width);
    tab.document.select(&selection);
    tab.column_block = Some((block, tab.document.selection().clone()));
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
    let query = editor_core::search::FindQuery {
        pattern: buffer.slice(span.range()),
        case_sensitive: true,
        ..Default::default()
    };
    let mut search = editor_core::search::Search::new(&query, buffer).ok()?;
    while search.step(buffer.len_chars().max(1)) == editor_core::search::FindProgress::More {}
    Some(search.matches().to_vec())
}

pub fn copy(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let tab_width = workspace.tab_width();
    let Some(tab) = workspace.tab() else { return };
    let selection = tab.document.selection();
    let text = edit::copied_text(tab.document.buffer(), selection, &tab.document.style(tab_width));
    let lines = selection.is_empty().then(|| text.clone());
    out.push(Effect::Copy(text));
    workspace.copied_lines = lines;
}

/// Longest selection, in characters, that is offered to the middle button of every program.
const MAX_OFFERED: usize = 1 << 20;

/// What is selected in a text is what the middle button pastes.
pub fn offer_selection(workspace: &mut Workspace, tab: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(tab).filter(|_| cfg!(target_os = "linux")) else { return };
    let span = tab.document.selection().primary();
    if (1..=MAX_OFFERED).contains(&span.range().len()) {
        out.push(Effect::OfferSelection(tab.document.buffer().slice(span.range())));
    }
}

/// What is selected was dragged somewhere else.
pub fn drop_text(
    workspace: &mut Workspace,
    tab: TabId,
    at: usize,
    copies: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.tab().filter(|front| front.id == tab) else { return };
    let document = &tab.document;
    if let Some(edit) = carry(document.buffer(), document.selection(), at, copies) {
        text::apply(workspace, edit, EditKind::Alone, now, out);
    }
}

/// The number of the caret's line, or of those that are selected, goes on the clipboard: alone or behind the path of the file.
pub fn copy_place(workspace: &Workspace, with_path: bool, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let lines = line_numbers(tab);
    let text = if with_path {
        let path = tab.document.path();
        let mut roots = workspace.tree.iter().flat_map(FileTree::roots);
        let inside = path.and_then(|path| roots.find_map(|root| path.strip_prefix(root).ok()));
        let path = inside.or(path).map(|path| path.display().to_string());
        format!("{}:{lines}", path.unwrap_or_else(|| tab.document.title()))
    } else {
        lines
    };
    out.push(Effect::Copy(text));
}

/// `12`, or `12-15` where several lines are selected.
fn line_numbers(tab: &Tab) -> String {
    let (buffer, span) = (tab.document.buffer(), tab.document.selection().primary());
    let first = buffer.line_of(span.start());
    let mut last = buffer.line_of(span.end());
    if last > first && buffer.line_start(last) == span.end() {
        last -= 1;
    }
    if first == last { (first + 1).to_string() } else { format!("{}-{}", first + 1, last + 1) }
}

/// The pointer selected text.
pub fn select(workspace: &mut Workspace, tab: TabId, selection: &Selection) {
    if let Some(tab) = workspace.find_tab(tab) {
        tab.document.select(selection);
    }
}

/// A text was parsed.
pub fn parsed(workspace: &mut Workspace, id: TabId, tree: SyntaxTree, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    tab.highlighter.publish(tree);
    text::parse(tab, out);
}
