//! Moving through the list, by key and by mouse.

use ground::command::Command;
use search::HitPlace;

use super::open::{self, OpenAs};
use super::{Cursor, ProjectSearch};
use crate::event::{Effect, Event};
use crate::workspace::{Focus, Workspace};

/// The keyboard goes to the list, and to its first row when there is no current one.
pub fn to_list(search: &mut ProjectSearch, workspace: &mut Workspace) {
    if search.results.page.rows() == 0 {
        return;
    }
    if search.results.row().is_none() {
        search.results.go_to_row(0);
    }
    workspace.focus = Some(Focus::SearchResults);
}

/// This many rows up or down. From the first row up the keyboard goes back to the pattern.
pub fn step(search: &mut ProjectSearch, workspace: &mut Workspace, by: isize) {
    let Some(last) = search.results.page.rows().checked_sub(1) else { return };
    match search.results.row() {
        None => search.results.go_to_row(0),
        Some(0) if by == -1 => workspace.focus = Some(Focus::SearchPattern),
        Some(row) => search.results.go_to_row(row.saturating_add_signed(by).min(last)),
    }
}

/// To the first row, or the last.
pub fn end(search: &mut ProjectSearch, last: bool) {
    let rows = search.results.page.rows();
    if rows > 0 {
        search.results.go_to_row(if last { rows - 1 } else { 0 });
    }
}

/// Shows the lines of the current file, or its head alone; left on a line leads to the head.
pub fn fold(search: &mut ProjectSearch, open: bool) {
    let results = &mut search.results;
    let Some(Cursor { place, line, .. }) = results.cursor.clone() else { return };
    match (line, open) {
        (Some(_), false) => results.cursor = Some(Cursor { place, line: None, hit: None }),
        (None, open) if results.page.is_collapsed(&place) == open => results.page.toggle(&place),
        (None, true) => {
            if let Some(row) = results.row() {
                results.go_to_row(row + 1);
            }
        }
        _ => {}
    }
}

/// The arrow of a file.
fn toggle(search: &mut ProjectSearch, place: HitPlace) {
    search.results.page.toggle(&place);
    search.results.cursor = Some(Cursor { place, line: None, hit: None });
}

/// All files, or their heads alone.
pub fn collapse(search: &mut ProjectSearch) {
    let page = &mut search.results.page;
    let collapsed = !page.is_all_collapsed();
    page.set_collapsed(collapsed);
}

/// A row was clicked: a file shows or hides its lines, a line is shown in the text.
pub fn click(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    (place, line): (HitPlace, Option<usize>),
    out: &mut Vec<Effect>,
) {
    workspace.focus = Some(Focus::SearchResults);
    let Some(line) = line else { return toggle(search, place) };
    if let Some(row) = search.results.page.row_of(&place, Some(line)) {
        search.results.go_to_row(row);
        show(search, workspace, OpenAs::Glance, out);
    }
}

/// Shows the current hit in its text.
pub fn show(search: &mut ProjectSearch, workspace: &mut Workspace, how: OpenAs, out: &mut Vec<Effect>) {
    if let Some(at) = search.results.at() {
        open::hit(search, workspace, at, how, out);
    }
}

/// Goes to the next hit, or the one before, in its text.
pub fn next(search: &mut ProjectSearch, workspace: &mut Workspace, forward: bool, out: &mut Vec<Effect>) {
    let page = &search.results.page;
    let at = match (search.results.at(), search.results.cursor.as_ref()) {
        // From the head of a file its first hit comes next.
        (Some(at), Some(Cursor { hit: None, line: None, .. })) if forward => Some(at),
        (at, _) if forward => page.next(at),
        (at, _) => page.previous(at),
    };
    match at {
        Some(at) => {
            search.results.go_to_hit(at);
            open::hit(search, workspace, at, OpenAs::Visit, out);
        }
        None => out.push(Effect::then(Event::Command(Command::ProjectSearch))),
    }
}
