//! What is typed into quick open, what was found for it, and where a chosen row leads.

use std::path::{Path, PathBuf};

use ground::command::Context;
use search::quick::{QuickQuery, asked};

use super::{Quick, QuickCount, QuickEffect, QuickEvent, QuickFile, go, names, rows};
use crate::event::{Effect, Event};
use crate::workspace::tree::FileTree;
use crate::workspace::{
    Focus, Overlay, QuickAt, QuickChoice, QuickList, QuickMode, QuickPlace, QuickRow, Tab, Workspace, edit,
};

/// A list that grows is asked for again after this many milliseconds.
const LOOK_AGAIN: u64 = 100;
/// A list of recent files before all others is no longer than this.
const MAX_RECENT_ROWS: usize = 30;

/// Opens the list with this in its field. The same command again goes to the next row.
pub fn start(
    quick: &mut Quick,
    workspace: &mut Workspace,
    contexts: Vec<Context>,
    prefix: &str,
    out: &mut Vec<Effect>,
) {
    if let Overlay::Quick(list) = &mut workspace.overlay
        && list.query == prefix
        && !list.mode.is_of_name()
    {
        list.step(1);
        return preview(workspace);
    }
    // The contexts that held before the list lay over the text still count when it is opened for something else.
    let contexts = match &workspace.overlay {
        Overlay::Quick(list) => list.contexts.clone(),
        _ => contexts,
    };
    workspace.overlay = Overlay::Quick(QuickList::new(QuickMode::Files, contexts));
    ask(quick, workspace, prefix.to_owned(), true, out);
}

/// The field was typed into.
pub fn typed(quick: &mut Quick, workspace: &mut Workspace, text: String, out: &mut Vec<Effect>) {
    ask(quick, workspace, text, false, out);
}

fn ask(quick: &mut Quick, workspace: &mut Workspace, text: String, is_fresh: bool, out: &mut Vec<Effect>) {
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    list.query = text;
    list.current = 0;
    list.takes_first = false;
    if list.mode.is_of_name() {
        let rows = rows::narrowed(&list.all, &list.query);
        return list.set_rows(rows);
    }
    let before = std::mem::replace(&mut list.mode, QuickMode::Files);
    quick.serial += 1;
    (list.serial, list.is_answered, list.is_loading) = (quick.serial, true, false);
    list.note.clear();
    let wants = asked(&list.query);
    list.mode = match &wants {
        QuickQuery::File { .. } => QuickMode::Files,
        QuickQuery::Command(_) => QuickMode::Commands,
        QuickQuery::SymbolOfFile(_) => QuickMode::Symbols,
        QuickQuery::SymbolOfProject(_) => QuickMode::Project,
        QuickQuery::Line(..) => QuickMode::Line,
    };
    if list.mode != before {
        list.rows.clear();
    }
    match wants {
        QuickQuery::File { .. } => ask_files(workspace, is_fresh, out),
        QuickQuery::Command(typed) => {
            let recent = std::mem::take(&mut workspace.session.recent_commands);
            if let Overlay::Quick(list) = &mut workspace.overlay {
                let rows = rows::commands(&list.contexts, &recent, &typed);
                list.set_rows(rows);
            }
            workspace.session.recent_commands = recent;
        }
        QuickQuery::SymbolOfFile(typed) => show_symbols(workspace, &typed),
        QuickQuery::SymbolOfProject(_) => ask_project(workspace, out),
        QuickQuery::Line(line, column) => show_line(workspace, line, column),
    }
    preview(workspace);
}

/// What is typed, when it asks for files: parts of a path, and the place in it.
fn wanted_file(query: &str) -> Option<(String, Option<QuickAt>)> {
    let QuickQuery::File { pattern, line, column } = asked(query) else { return None };
    let at = line.map(|line| QuickAt { line, column: column.unwrap_or(0), name: None });
    Some((pattern, at))
}

fn ask_files(workspace: &mut Workspace, is_fresh: bool, out: &mut Vec<Effect>) {
    let Overlay::Quick(list) = &workspace.overlay else { return };
    let Some((typed, _)) = wanted_file(&list.query) else { return };
    let folders: Vec<PathBuf> = workspace.tree.iter().flat_map(FileTree::roots).map(Path::to_owned).collect();
    if folders.is_empty() {
        return show_files(workspace, Vec::new(), QuickCount::default());
    }
    let serial = list.serial;
    let open: Vec<PathBuf> =
        workspace.tabs.iter().filter_map(|tab| tab.document.path().map(Path::to_owned)).collect();
    let is_first = list.rows.is_empty();
    if is_first {
        // What was open lately is there at once.
        show_files(workspace, Vec::new(), QuickCount { is_loading: true, ..QuickCount::default() });
    }
    if let Overlay::Quick(list) = &mut workspace.overlay {
        list.is_answered = false;
        list.is_loading = true;
    }
    out.push(Effect::Quick(QuickEffect::Files { serial, typed, folders, open, is_fresh }));
}

/// What was open lately, then the files that were found, then what matches and lies elsewhere.
fn show_files(workspace: &mut Workspace, found: Vec<QuickFile>, count: QuickCount) {
    let Overlay::Quick(list) = &workspace.overlay else { return };
    let Some((typed, at)) = wanted_file(&list.query) else { return };
    let mut recent = rows::recent(workspace, &typed, at.as_ref());
    recent.truncate(MAX_RECENT_ROWS);
    let is_open = |path: &Path| workspace.tab_on(path).is_some();
    let listed = |path: &Path, rows: &[QuickRow]| {
        let choice = QuickPlace::File(path.to_owned());
        rows.iter().any(|row| matches!(&row.choice, QuickChoice::Go(place, _) if *place == choice))
    };
    let mut rows: Vec<QuickRow> = found
        .into_iter()
        .filter(|file| !(typed.is_empty() && listed(&file.path, &recent)))
        .map(|file| {
            let right = if is_open(&file.path) { "open" } else { "" };
            QuickRow { right: right.to_owned(), ..rows::file(file, at.as_ref()) }
        })
        .collect();
    if typed.is_empty() {
        recent.append(&mut rows);
        rows = recent;
    } else {
        rows.append(&mut recent);
    }
    let has_folder = workspace.tree.is_some();
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    list.set_rows(rows);
    list.is_loading = count.is_loading;
    list.note = if has_folder { rows::counted(count, "file", "files") } else { String::new() };
}

fn ask_project(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let has_folder = workspace.tree.is_some();
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    let QuickQuery::SymbolOfProject(typed) = asked(&list.query) else { return };
    if has_folder {
        list.is_answered = false;
        list.is_loading = true;
        out.push(Effect::Quick(QuickEffect::Project(list.serial, typed)));
    }
}

fn show_symbols(workspace: &mut Workspace, typed: &str) {
    let tab = workspace.tab();
    let rows = tab.map(|tab| rows::symbols(tab, typed)).unwrap_or_default();
    let is_loading = tab.is_some_and(|tab| tab.symbols.revision.is_none() && is_parsed(tab));
    let all = tab.map_or(0, |tab| tab.symbols.all.len());
    // The one around the caret is where one starts.
    let here = tab.filter(|_| typed.is_empty()).and_then(|tab| {
        let head = tab.document.selection().primary().head;
        editor_core::symbols::around(&tab.symbols.all, head).pop()
    });
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    let count = QuickCount { matched: rows.len(), all, is_loading, is_capped: false };
    list.note = rows::counted(count, "symbol", "symbols");
    list.set_rows(rows);
    list.is_loading = is_loading;
    if let Some(here) = here.filter(|here| *here < list.rows.len()) {
        list.current = here;
    }
}

/// Has the text a tree, or will it have one?
fn is_parsed(tab: &Tab) -> bool {
    let (rope, revision) = (tab.document.rope(), tab.document.revision());
    tab.highlighter.tree().is_some() || tab.highlighter.request(tab.id.0, rope, revision).is_some()
}

fn show_line(workspace: &mut Workspace, line: Option<usize>, column: Option<usize>) {
    let tab = workspace.tab().map(|tab| (tab.id, tab.document.buffer().len_lines()));
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    let Some((id, lines)) = tab else { return list.set_rows(Vec::new()) };
    list.note = format!("1 to {}. Enter goes there, Escape comes back.", rows::grouped(lines));
    let Some(line) = line else { return list.set_rows(Vec::new()) };
    let words = match column {
        Some(column) => format!("Go to line {}, column {}", line + 1, column + 1),
        None => format!("Go to line {}", line + 1),
    };
    let at = QuickAt { line, column: column.unwrap_or(0), name: None };
    list.set_rows(vec![QuickRow::new(words, QuickChoice::Go(QuickPlace::Tab(id), Some(at)))]);
}

/// Shows where the current row leads, if that is in the text in front. The caret stays.
fn preview(workspace: &mut Workspace) {
    let Overlay::Quick(list) = &workspace.overlay else { return };
    if !matches!(list.mode, QuickMode::Symbols | QuickMode::Line) {
        return;
    }
    let Some(QuickChoice::Go(QuickPlace::Tab(id), Some(at))) =
        list.rows.get(list.current).map(|row| row.choice.clone())
    else {
        return;
    };
    if let Some(tab) = workspace.tab().filter(|tab| tab.id == id) {
        let position = tab.document.buffer().position(at.line, at.column);
        edit::reveal(workspace, position, true);
    }
}

/// Up or down.
pub fn step(workspace: &mut Workspace, by: isize) {
    if let Overlay::Quick(list) = &mut workspace.overlay {
        list.step(by);
        preview(workspace);
    }
}

/// A row was clicked.
pub fn pick(workspace: &mut Workspace, index: usize, out: &mut Vec<Effect>) {
    if let Overlay::Quick(list) = &mut workspace.overlay {
        list.current = index;
        list.is_answered = true;
    }
    accept(workspace, out);
}

/// Enter: takes the current row. What was typed faster than it could be answered is waited for.
pub fn accept(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    if list.awaits_rows() {
        list.takes_first = true;
        return;
    }
    let Some(choice) = list.rows.get(list.current).map(|row| row.choice.clone()) else { return };
    workspace.overlay = Overlay::None;
    workspace.focus = Some(Focus::Editor);
    out.push(Effect::Quick(QuickEffect::Stop));
    match choice {
        QuickChoice::Command(command) => {
            workspace.focus = Some(Focus::Previous);
            workspace.session.note_command(command.id());
            workspace.remember(out);
            out.push(Effect::then(Event::Command(command)));
        }
        QuickChoice::Go(place, at) => go::go(workspace, place, at, out),
    }
}

/// Escape: the caret comes into view again.
pub fn closed(workspace: &mut Workspace, list: &QuickList, out: &mut Vec<Effect>) {
    out.push(Effect::Quick(QuickEffect::Stop));
    if matches!(list.mode, QuickMode::Symbols | QuickMode::Line) {
        edit::reveal_caret(workspace, true);
    }
}

/// Something happened around the list.
pub fn on(quick: &mut Quick, workspace: &mut Workspace, event: QuickEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        QuickEvent::Files(serial, found, count) => {
            if list_of(workspace, serial, &QuickMode::Files) {
                show_files(workspace, found, count);
                answered(workspace, out);
            }
        }
        QuickEvent::Project(serial, found, count) => {
            if list_of(workspace, serial, &QuickMode::Project) {
                let rows = found.into_iter().map(|one| rows::declared(workspace, one)).collect();
                if let Overlay::Quick(list) = &mut workspace.overlay {
                    list.set_rows(rows);
                    list.is_loading = count.is_loading;
                    list.note = rows::counted(count, "symbol", "symbols");
                }
                answered(workspace, out);
            }
        }
        QuickEvent::Defined(serial, found, count) => {
            names::defined(quick, workspace, (serial, found, count), now, out);
        }
        QuickEvent::Mentioned(serial, found, count) => {
            let rows = found.into_iter().map(|one| rows::mention(workspace, one)).collect();
            names::mentioned(workspace, serial, rows, count);
        }
        QuickEvent::Symbols { tab, text, tree, all } => {
            let Some(tab) = workspace.find_tab(tab) else { return };
            // What was typed since has another tree on its way.
            if tab.document.revision() == text {
                tab.symbols.revision = Some(tree);
                tab.symbols.all = all.into();
                refresh_symbols(workspace);
            }
        }
        QuickEvent::Define(tab, position) => names::define_at(quick, workspace, tab, position, now, out),
    }
}

/// Is the list open, for this question, and not answered by a later one?
fn list_of(workspace: &Workspace, serial: u64, mode: &QuickMode) -> bool {
    matches!(&workspace.overlay, Overlay::Quick(list) if list.serial == serial && list.mode == *mode)
}

fn answered(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    list.is_answered = true;
    // The first answer may come before anything was found.
    if !list.awaits_rows() && std::mem::take(&mut list.takes_first) {
        accept(workspace, out);
    }
}

/// The symbols of the text in front are known anew: the list that shows them follows.
fn refresh_symbols(workspace: &mut Workspace) {
    let Overlay::Quick(list) = &workspace.overlay else { return };
    if let (QuickMode::Symbols, QuickQuery::SymbolOfFile(typed)) = (&list.mode, asked(&list.query)) {
        let (was_loading, current) = (list.is_loading, list.current);
        show_symbols(workspace, &typed);
        if let Overlay::Quick(list) = &mut workspace.overlay
            && !was_loading
        {
            list.current = current.min(list.rows.len().saturating_sub(1));
        }
    }
}

/// What follows from any event: the symbols of the text in front are asked for when somebody wants to see them.
pub fn follow(quick: &mut Quick, workspace: &Workspace, is_outlined: bool, out: &mut Vec<Effect>) {
    let lists = matches!(&workspace.overlay, Overlay::Quick(list) if list.mode == QuickMode::Symbols);
    let Some(tab) = workspace.tab().filter(|_| lists || is_outlined) else { return };
    let Some(tree) = tab.highlighter.tree() else { return };
    let asked = (tab.id, tree.revision());
    if tab.symbols.revision == Some(tree.revision()) || quick.asked == Some(asked) {
        return;
    }
    quick.asked = Some(asked);
    out.push(Effect::Quick(QuickEffect::Symbols {
        tab: tab.id,
        text: tab.document.revision(),
        tree: Box::new(tree.clone()),
        rope: tab.document.rope().clone(),
    }));
}

/// Another text is in front: its file counts as visited.
pub fn in_front(quick: &mut Quick, workspace: &Workspace, out: &mut Vec<Effect>) {
    let path = workspace.tab().and_then(|tab| tab.document.path());
    if let Some(path) = path.filter(|path| quick.visited.as_deref() != Some(*path)) {
        quick.visited = Some(path.to_owned());
        out.push(Effect::Quick(QuickEffect::Visit(path.to_owned())));
    }
}

/// A list that grows is asked for again now and then.
pub fn tick(quick: &mut Quick, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if wake_in(quick, workspace, now) != Some(0) {
        return;
    }
    quick.looked = now;
    let Overlay::Quick(list) = &workspace.overlay else { return };
    match list.mode {
        QuickMode::Files => ask_files(workspace, false, out),
        QuickMode::Project => ask_project(workspace, out),
        _ => {}
    }
    // What is shown answers what is typed already; only more of it may come.
    if let Overlay::Quick(list) = &mut workspace.overlay {
        list.is_answered = true;
    }
}

/// Milliseconds until that.
pub fn wake_in(quick: &Quick, workspace: &Workspace, now: u64) -> Option<u64> {
    let Overlay::Quick(list) = &workspace.overlay else { return None };
    let grows = matches!(list.mode, QuickMode::Files | QuickMode::Project);
    let waits = list.is_loading && list.is_answered && grows;
    waits.then(|| (quick.looked + LOOK_AGAIN).saturating_sub(now))
}
