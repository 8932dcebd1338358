//! What the panel does.

use std::path::PathBuf;

use editor_core::Span;
use ground::command::Command;
use search::HitPlace;

use super::open::OpenAs;
use super::{
    ProjectSearch, ProjectSearchEvent, SearchField, SearchSwitch, open as opening, previews, refresh,
    replace, run, walk,
};
use crate::event::{Effect, Event};
use crate::workspace::{Focus, Workspace};

/// Longest selection that becomes the pattern, in chars.
const MAX_SEED: usize = 1_000;

/// Shows the panel; what is selected becomes the pattern.
pub fn open(search: &mut ProjectSearch, workspace: &mut Workspace, replaces: bool) {
    let selected = workspace.tab().map(|tab| {
        let span: Span = tab.document.selection().primary();
        tab.document.buffer().slice(span.start()..span.end().min(span.start() + MAX_SEED))
    });
    if let Some(selected) =
        selected.filter(|selected| !selected.is_empty() && !search.is_from_here(workspace))
    {
        let selected = selected.replace("\r\n", "\n");
        search.form.query.pattern =
            if search.form.query.regex { search::query::escaped(&selected) } else { selected };
        search.history.forget_place();
    }
    search.open = true;
    if replaces && !search.form.replaces {
        search.form.replaces = true;
        previews::understand(search);
    }
    workspace.focus = Some(Focus::SearchPattern);
}

impl ProjectSearch {
    /// Is what is selected in the text a result that was opened from here? That is no new pattern.
    fn is_from_here(&self, workspace: &Workspace) -> bool {
        let Some((place, hit)) = self.results.at().and_then(|at| self.results.page.hit(at)) else {
            return false;
        };
        let selected = workspace.tab().filter(|tab| opening::is_at(tab, place));
        selected.is_some_and(|tab| tab.document.selection().primary().range() == hit.range)
    }
}

/// Opens the panel by a command and searches for what is selected.
pub fn open_by_command(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    replaces: bool,
    now: u64,
    out: &mut Vec<Effect>,
) {
    open(search, workspace, replaces);
    if search.results.asked.as_ref() != Some(&search.form.asked()) {
        run::start(search, workspace, now, out);
    }
}

/// Searches in the folder that is current in the file tree, or that of the file which is.
pub fn in_current_folder(workspace: &Workspace, out: &mut Vec<Effect>) {
    let Some(tree) = &workspace.tree else {
        return out.push(Effect::then(Event::Command(Command::ProjectSearch)));
    };
    let folder = tree.folder_here();
    out.push(Effect::then(Event::ProjectSearch(ProjectSearchEvent::InFolder(folder))));
}

fn in_folder(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    folder: PathBuf,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let is_all = workspace.tree.as_ref().is_some_and(|tree| tree.root == folder && !tree.has_several());
    search.form.folder = (!is_all).then_some(folder);
    search.form.only_open = false;
    search.form.only_changed = false;
    open_by_command(search, workspace, false, now, out);
}

/// Searches again.
pub fn refresh(search: &mut ProjectSearch, workspace: &Workspace, now: u64, out: &mut Vec<Effect>) {
    run::again(search, workspace, now, out);
}

/// Something happened in the panel, or came of what it asked for.
pub fn on(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    event: ProjectSearchEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    use ProjectSearchEvent as Happened;
    match event {
        Happened::Typed(field, text) => typed(search, field, text, now),
        Happened::Switch(switch) => turn(search, workspace, switch, now, out),
        Happened::Context(lines) => {
            search.form.set_context(lines);
            run::start(search, workspace, now, out);
        }
        Happened::Folder(folder) => {
            search.form.folder = folder;
            run::start(search, workspace, now, out);
        }
        Happened::InFolder(folder) => in_folder(search, workspace, folder, now, out),
        Happened::Enter => enter(search, workspace, now, out),
        Happened::Earlier(earlier) => {
            if let Some(pattern) = search.history.step(earlier, &search.form.query.pattern) {
                search.form.query.pattern = pattern;
                run::changed(search, now);
            }
        }
        Happened::Escape if search.results.is_running() => run::stop(search, out),
        Happened::Escape | Happened::Close => close(search, workspace, out),
        Happened::Stop => run::stop(search, out),
        Happened::Fills(fills) => search.fills = fills,
        Happened::ToList => walk::to_list(search, workspace),
        Happened::Step(by) => walk::step(search, workspace, by),
        Happened::End(last) => walk::end(search, last),
        Happened::Fold(open) => walk::fold(search, open),
        Happened::Click(place, line) => walk::click(search, workspace, (place, line), out),
        Happened::DoubleClick(place, line) => double_click(search, workspace, &place, line, out),
        Happened::ClickHit(place, hit) => {
            if let Some(file) = search.results.page.position(&place) {
                search.results.go_to_hit((file, hit));
                walk::show(search, workspace, OpenAs::Glance, out);
            }
        }
        Happened::Open(true) => walk::show(search, workspace, OpenAs::Glance, out),
        Happened::Open(false) => walk::show(search, workspace, OpenAs::Tab, out),
        Happened::Dismiss => {
            if let Some(cursor) = search.results.cursor.clone() {
                dismiss(search, &cursor.place, cursor.line);
            }
        }
        Happened::DismissRow(place, line) => {
            dismiss(search, &place, line);
            workspace.focus = Some(Focus::SearchResults);
        }
        Happened::ReplaceHit => replace_current(search, workspace, now, out),
        Happened::ReplaceRow(place, line) => {
            replace::row(search, workspace, (place, line), now, out);
            workspace.focus = Some(Focus::SearchResults);
        }
        Happened::ReplaceAll => {
            replace::all(search, workspace, now, out);
            workspace.focus = Some(Focus::SearchResults);
        }
        Happened::Review(place) => super::open::review(search, workspace, place, now, out),
        Happened::UndoReplace => replace::undo(search, workspace, now, out),
        Happened::StopReplace => replace::stop(search, workspace, now, out),
        Happened::Seen(files) => previews::seen(search, workspace, files, out),
        Happened::Begun(serial, understood) => run::begun(search, serial, understood, out),
        Happened::Found(batch) => run::found(search, batch, now, out),
        Happened::Again(generation, places, files) => refresh::searched(search, generation, &places, files),
        Happened::Vanished(path) => opening::vanished(search, workspace, path, now),
        Happened::Previewed(serial, place, changes) => previews::previewed(search, serial, place, changes),
        Happened::Replaced(batch) => replace::replaced(search, workspace, batch, now),
        Happened::Undone(paths, failed) => replace::undone(search, paths, failed, now),
    }
}

/// Called with every frame.
pub fn tick(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    // The next batch may come.
    search.results.turn = None;
    let is_new = search.results.asked.as_ref() != Some(&search.form.asked());
    if search.typed.take(now, run::REST).is_some() && is_new {
        run::start(search, workspace, now, out);
    }
    refresh::tick(search, workspace, now, out);
    previews::tick(search);
    replace::tick(search, workspace, now, out);
}

/// Milliseconds until something has to be done; `None`: nothing.
pub fn wake_in(search: &ProjectSearch, now: u64) -> Option<u64> {
    let turn = search.replacing.has_turns().then_some(0);
    let waits = [turn, search.typed.wake_in(now, run::REST), refresh::wake_in(search, now)];
    waits.into_iter().flatten().min()
}

fn typed(search: &mut ProjectSearch, field: SearchField, text: String, now: u64) {
    search.form.type_into(field, text);
    match field {
        SearchField::Replacement => previews::understand(search),
        SearchField::Pattern => {
            search.history.forget_place();
            run::changed(search, now);
        }
        SearchField::Include | SearchField::Exclude => run::changed(search, now),
    }
}

fn turn(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    switch: SearchSwitch,
    now: u64,
    out: &mut Vec<Effect>,
) {
    search.form.switch(switch);
    match switch {
        SearchSwitch::Collapse => walk::collapse(search),
        SearchSwitch::Replace | SearchSwitch::KeepCase => previews::understand(search),
        SearchSwitch::Files => {}
        _ => run::start(search, workspace, now, out),
    }
    // A click took the keyboard from the field.
    workspace.focus = Some(match switch {
        SearchSwitch::Replace if search.form.replaces => Focus::SearchReplacement,
        SearchSwitch::KeepCase => Focus::SearchReplacement,
        SearchSwitch::Collapse => Focus::SearchResults,
        _ => Focus::SearchPattern,
    });
}

/// Searches at once; when that is done already the keyboard goes to the list.
fn enter(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    search.history.note(&search.form.query.pattern);
    if search.results.asked.as_ref() != Some(&search.form.asked()) {
        return run::start(search, workspace, now, out);
    }
    walk::to_list(search, workspace);
}

fn close(search: &mut ProjectSearch, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    run::stop(search, out);
    search.history.note(&search.form.query.pattern);
    search.open = false;
    workspace.focus = Some(Focus::Editor);
}

fn double_click(
    search: &mut ProjectSearch,
    workspace: &mut Workspace,
    place: &HitPlace,
    line: Option<usize>,
    out: &mut Vec<Effect>,
) {
    if line.is_some()
        && let Some(row) = search.results.page.row_of(place, line)
    {
        search.results.go_to_row(row);
        walk::show(search, workspace, OpenAs::Tab, out);
    }
}

fn dismiss(search: &mut ProjectSearch, place: &HitPlace, line: Option<usize>) {
    search.results.dismiss(place, line);
    search.previews.forget_one(place);
}

/// Replaces what the current row stands for: a file, or one hit.
fn replace_current(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(cursor) = search.results.cursor.clone() else { return };
    match cursor.line {
        None => replace::row(search, workspace, (cursor.place, None), now, out),
        Some(_) => replace::hit(search, workspace, now, out),
    }
}

/// Takes back the last replacement, by the command's name.
pub fn undo_replace(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    replace::undo(search, workspace, now, out);
}

/// Replaces everything that is listed, by the command's name: the panel shows what that will be first.
pub fn replace_all(search: &mut ProjectSearch, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if search.open && search.form.replaces {
        replace::all(search, workspace, now, out);
    } else {
        open_by_command(search, workspace, true, now, out);
    }
}

/// The next result, or the one before.
pub fn step(search: &mut ProjectSearch, workspace: &mut Workspace, forward: bool, out: &mut Vec<Effect>) {
    walk::next(search, workspace, forward, out);
}

/// Another text is in front.
pub fn in_front(search: &mut ProjectSearch, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    opening::in_front(search, workspace, out);
}
