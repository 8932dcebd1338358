//! The menus of the text and of the lines' numbers: what can be done where the pointer or the caret is.

use editor_core::{Document, Selection};
use egui::{Id, Pos2, Rect, Ui, vec2};
use ground::command::Command;

use super::line::Lines;
use super::view::View;
use super::{Pane, id, pointer};
use crate::event::Event;
use crate::features::changes::marks;
use crate::features::review::view::hunk;
use crate::state::State;
use crate::ui::menu::{self, MenuLine};
use crate::workspace::{Tab, whole_lines};

/// What a menu of the text is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Subject {
    /// The hunk of the review that was clicked.
    hunk: Option<usize>,
}

fn text_menu() -> Id {
    id().with("text menu")
}

fn gutter_menu() -> Id {
    id().with("gutter menu")
}

/// Opens the menu where the other button is clicked. The caret goes there, unless that is within what is selected.
pub fn by_pointer(ui: &Ui, pane: &Pane, tab: &Tab, view: &View<'_>, lines: &mut Lines, out: &mut Vec<Event>) {
    let place = view.rect.with_max_x(view.text.right()).with_max_y(view.text.bottom());
    let Some(at) = menu::clicked_in(ui, place) else { return };
    let in_gutter = at.x < view.text.left() - 4.0;
    if !in_gutter && !pointer::lands(ui, pane, at) {
        return;
    }
    ui.memory_mut(|memory| memory.request_focus(id()));
    let position = view.position_at(ui.painter(), lines, at);
    if !is_selected(&tab.document, view.selection, position, in_gutter) {
        out.push(Event::Select(tab.id, Selection::caret(position)));
    }
    let row = view.seen.iter().find(|row| row.rect.y_range().contains(at.y));
    let hunk = row.and_then(|row| view.review_row(&row.content)?.hunk);
    open(ui, if in_gutter { gutter_menu() } else { text_menu() }, Subject { hunk }, at);
}

/// Opens the menu at the caret, once for each time that a key asked for it.
pub fn by_key(ui: &Ui, state: &State, tab: &Tab, view: &View<'_>, caret: Option<Rect>) {
    let key = text_menu().with("asked");
    let known: u64 = ui.data(|data| data.get_temp(key)).unwrap_or_default();
    if state.text_menu == known {
        return;
    }
    ui.data_mut(|data| data.insert_temp(key, state.text_menu));
    let at = caret.filter(|caret| view.rect.intersects(*caret)).map(|caret| caret.left_bottom());
    let hunk = tab.review.as_ref().filter(|review| review.is_open()).and_then(|review| review.current);
    open(ui, text_menu(), Subject { hunk }, at.unwrap_or(view.text.left_top() + vec2(24.0, 24.0)));
}

fn open(ui: &Ui, menu: Id, subject: Subject, at: Pos2) {
    ui.data_mut(|data| data.insert_temp(menu.with("subject"), subject));
    menu::open(ui.ctx(), menu, at);
}

/// Shows the menu that is open.
pub fn show(ui: &Ui, state: &State, tab: &Tab, out: &mut Vec<Event>) {
    let subject: Subject = ui.data(|data| data.get_temp(text_menu().with("subject"))).unwrap_or_default();
    menu::show(ui, text_menu(), "Menu of the text", || of_text(state, tab, subject), out);
    menu::show(ui, gutter_menu(), "Menu of the line", || of_line(state, tab), out);
}

/// Is a position, or its line, within what is selected?
fn is_selected(document: &Document, selection: &Selection, at: usize, as_line: bool) -> bool {
    let buffer = document.buffer();
    selection.spans().iter().filter(|span| !span.is_empty()).any(|span| match as_line {
        true => (buffer.line_of(span.start())..=buffer.line_of(span.end())).contains(&buffer.line_of(at)),
        false => (span.start()..=span.end()).contains(&at),
    })
}

/// What can be done with the text.
fn of_text(state: &State, tab: &Tab, subject: Subject) -> Vec<MenuLine> {
    let named = MenuLine::named;
    let edits = tab.document.read_only().is_none();
    let clipboard = vec![
        named(Command::Cut, "Cut").only_if(edits),
        named(Command::Copy, "Copy"),
        named(Command::Paste, "Paste").only_if(edits),
    ];
    let names = vec![
        MenuLine::command(Command::GoToDefinition),
        MenuLine::command(Command::FindMentions),
        MenuLine::command(Command::GotoSymbol),
    ];
    menu::grouped([
        of_hunk(tab, subject.hunk),
        of_problem(tab),
        clipboard,
        names,
        of_model(tab, edits),
        of_change(state, tab),
        vec![MenuLine::command(Command::Palette)],
    ])
}

/// What can be asked of the model here.
fn of_model(tab: &Tab, edits: bool) -> Vec<MenuLine> {
    let (document, selection) = (&tab.document, tab.document.selection());
    let has_lines = whole_lines(document, selection)
        .is_some_and(|lines| document.rope().slice(lines).chars().any(|c| !c.is_whitespace()));
    let (improve, explain) = match selection.is_empty() {
        true => ("Improve", "Explain"),
        false => ("Improve selection", "Explain selection"),
    };
    let tree = tab.highlighter.tree();
    let in_comment =
        tree.is_some_and(|tree| tree.comment_lines(document.rope(), selection.primary().start()).is_some());
    let mut lines = vec![
        MenuLine::named(Command::Improve, improve).only_if(edits && has_lines),
        MenuLine::named(Command::Explain, explain).only_if(has_lines),
        MenuLine::command(Command::Document).only_if(edits && tree.is_some()),
    ];
    if in_comment {
        lines.push(MenuLine::command(Command::Generate).only_if(edits));
    }
    lines
}

/// What can be done with a hunk of a review.
fn of_hunk(tab: &Tab, wanted: Option<usize>) -> Vec<MenuLine> {
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return Vec::new() };
    let Some(wanted) = wanted else { return Vec::new() };
    hunk::menu_lines(review, wanted)
}

/// What can be done about what is wrong at the caret.
fn of_problem(tab: &Tab) -> Vec<MenuLine> {
    let head = tab.document.selection().primary().head;
    let Some(problem) =
        tab.problems.iter().find(|problem| problem.range.start <= head && head <= problem.range.end)
    else {
        return Vec::new();
    };
    vec![
        MenuLine::command(Command::ExplainError),
        MenuLine::copy("Copy message", problem.words()),
        MenuLine::command(Command::NextProblem).only_if(tab.problems.len() > 1),
    ]
}

/// What can be done with the line's change since the last commit, or its conflict.
fn of_change(state: &State, tab: &Tab) -> Vec<MenuLine> {
    let line = tab.caret().0;
    if tab.review.is_some() {
        return Vec::new();
    }
    if marks::conflict_at(&state.changes, tab, line) {
        let named = MenuLine::named;
        return vec![
            named(Command::TakeOurs, "Take ours"),
            named(Command::TakeTheirs, "Take theirs"),
            named(Command::TakeBoth, "Take both"),
        ];
    }
    if marks::is_changed(&state.changes, tab, line) {
        return [Command::PeekChange, Command::RevertHunk, Command::StageHunk].map(MenuLine::command).into();
    }
    Vec::new()
}

/// What can be done with the line of the caret.
fn of_line(state: &State, tab: &Tab) -> Vec<MenuLine> {
    let line = tab.caret().0;
    let is_marked = state.places.bookmarks.lines(tab.id).any(|marked| marked == line);
    let toggle = if is_marked { "Remove bookmark" } else { "Add bookmark" };
    let several = tab.document.selection().primary().range().len() > 1;
    let number = if several { "Copy line numbers" } else { "Copy line number" };
    menu::grouped([
        vec![
            MenuLine::named(Command::ToggleBookmark, toggle),
            MenuLine::command(Command::NextBookmark),
            MenuLine::command(Command::Bookmarks),
        ],
        of_change(state, tab),
        vec![MenuLine::named(Command::CopyLineNumber, number), MenuLine::command(Command::CopyLinePlace)],
        vec![MenuLine::command(Command::SelectLine), MenuLine::command(Command::GotoLine)],
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use editor_core::Span;

    #[test]
    fn a_click_within_what_is_selected_keeps_it() {
        let document = Document::untitled("a", "ab\ncd\nef\n");
        let selection = Selection::single(Span::new(1, 4));
        let inside = |at, as_line| is_selected(&document, &selection, at, as_line);
        assert!(inside(1, false) && inside(3, false) && inside(4, false));
        assert!(!inside(0, false) && !inside(5, false));
        assert!(inside(0, true) && inside(5, true) && !inside(6, true));
        assert!(!is_selected(&document, &Selection::caret(1), 1, true));
    }
}
