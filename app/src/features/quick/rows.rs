//! What was found, as rows.

use std::path::{Path, PathBuf};

use editor_core::symbols::Symbol;
use ground::command::{Command, Context};
use search::quick::{narrow, titles};

use super::{QuickCount, QuickDeclared, QuickFile, QuickMention};
use crate::workspace::tree::FileTree;
use crate::workspace::{QuickAt, QuickChoice, QuickPlace, QuickRow, QuickSign, Tab, Workspace};

/// Most rows of a list that is narrowed here.
const MAX_ROWS: usize = 500;

/// Commands that make sense where these contexts hold, those used lately first where nothing else decides.
pub fn commands(contexts: &[Context], recent: &[String], typed: &str) -> Vec<QuickRow> {
    let all: Vec<Command> = Command::ALL
        .iter()
        .filter(|command| contexts.contains(&command.context()) && **command != Command::Palette)
        .copied()
        .collect();
    let place = |id: &String| all.iter().position(|command| command.id() == id);
    let recent: Vec<usize> = recent.iter().filter_map(place).collect();
    let names: Vec<&str> = all.iter().map(|command| command.name()).collect();
    let row = |one: search::quick::Narrowed| {
        let command = all[one.index];
        QuickRow {
            marks: one.marks,
            right: command.key_text(),
            ..QuickRow::new(command.name(), QuickChoice::Command(command))
        }
    };
    titles(&names, typed, &recent).into_iter().map(row).collect()
}

/// What the text of a tab declares: as a tree while nothing is typed.
pub fn symbols(tab: &Tab, typed: &str) -> Vec<QuickRow> {
    let all = &tab.symbols.all;
    let buffer = tab.document.buffer();
    let row = |symbol: &Symbol, marks: Vec<usize>, depth: usize| {
        let line = buffer.line_of(symbol.name_range.start);
        let column = buffer.column(symbol.name_range.start);
        let at = QuickAt { line, column, name: None };
        let parent = symbol.parent.filter(|_| depth == 0).map(|parent| all[parent].name.clone());
        QuickRow {
            sign: Some(QuickSign::Symbol(symbol.kind)),
            marks,
            detail: parent.unwrap_or_default(),
            right: (line + 1).to_string(),
            depth,
            ..QuickRow::new(symbol.name.clone(), QuickChoice::Go(QuickPlace::Tab(tab.id), Some(at)))
        }
    };
    if typed.is_empty() {
        return all.iter().take(MAX_ROWS).map(|symbol| row(symbol, Vec::new(), symbol.depth)).collect();
    }
    let found = narrow(all.iter().map(|symbol| symbol.name.as_str()), typed);
    found.into_iter().take(MAX_ROWS).map(|one| row(&all[one.index], one.marks, 0)).collect()
}

/// A file of the folder, by its name, with the folder that it lies in behind it.
pub fn file(found: QuickFile, at: Option<&QuickAt>) -> QuickRow {
    let name = found.shown.rfind('/').map_or(0, |slash| slash + 1);
    let before = found.shown[..name].chars().count();
    let (folder, own): (Vec<usize>, Vec<usize>) = found.marks.into_iter().partition(|mark| *mark < before);
    QuickRow {
        sign: Some(QuickSign::File),
        marks: own.into_iter().map(|mark| mark - before).collect(),
        detail: found.shown[..name].trim_end_matches('/').to_owned(),
        detail_marks: folder.into_iter().filter(|mark| mark + 1 < before).collect(),
        dim: found.is_set_aside,
        ..QuickRow::new(&found.shown[name..], QuickChoice::Go(QuickPlace::File(found.path), at.cloned()))
    }
}

/// Files that were open lately, the latest first and the one in front last: with nothing typed all of them that lie in the folder
/// or are open, else those that match and lie elsewhere.
pub fn recent(workspace: &Workspace, typed: &str, at: Option<&QuickAt>) -> Vec<QuickRow> {
    let tree = workspace.tree.as_ref();
    let is_inside = |path: &Path| tree.is_none_or(|tree| tree.has(path));
    let is_open = |path: &Path| workspace.tab_on(path).is_some();
    let open = workspace.tabs.iter().filter_map(|tab| tab.document.path().map(Path::to_owned));
    let mut paths: Vec<PathBuf> = workspace.session.recent_files.clone();
    paths.extend(open);
    let mut known = std::collections::HashSet::new();
    paths.retain(|path| known.insert(path.clone()));
    if typed.is_empty() {
        paths.retain(|path| is_inside(path) || is_open(path));
    } else if tree.is_some() {
        paths.retain(|path| !is_inside(path));
    }
    let front = workspace.tab().and_then(|tab| tab.document.path());
    paths.sort_by_key(|path| Some(path.as_path()) == front);
    let shown: Vec<String> = paths.iter().map(|path| short(workspace, path)).collect();
    let found = narrow(shown.iter().map(String::as_str), typed);
    let row = |one: search::quick::Narrowed| {
        let path = paths[one.index].clone();
        let right = if is_open(&path) { "open" } else { "recent" };
        let shown = shown[one.index].clone();
        let found = QuickFile { path, shown, marks: one.marks, is_set_aside: false };
        QuickRow { right: right.to_owned(), ..file(found, at) }
    };
    found.into_iter().map(row).collect()
}

/// A path below the folder, else with `~` for the home.
pub fn short(workspace: &Workspace, path: &Path) -> String {
    let below = |root: &Path| path.strip_prefix(root).ok().map(|path| path.to_string_lossy().into_owned());
    if let Some(inside) = workspace.tree.as_ref().and_then(|tree| below(&tree.root)) {
        return inside;
    }
    // Of another folder of the project its own name tells which.
    let mut others = workspace.tree.iter().flat_map(FileTree::roots).skip(1);
    if let Some(inside) = others.find(|root| path.starts_with(root)).and_then(|root| below(root.parent()?)) {
        return inside;
    }
    let home = workspace.home.as_deref().and_then(below);
    home.map_or_else(|| path.to_string_lossy().into_owned(), |inside| format!("~/{inside}"))
}

/// The name of a text that is to be gone to, and a line in it.
fn place_words(workspace: &Workspace, place: &QuickPlace, line: usize) -> String {
    let name = match place {
        QuickPlace::File(path) => short(workspace, path),
        QuickPlace::Tab(id) => {
            let tab = workspace.tabs.iter().find(|tab| tab.id == *id);
            tab.map(|tab| tab.document.title()).unwrap_or_default()
        }
    };
    format!("{name}:{}", line + 1)
}

/// Something declared, with where.
pub fn declared(workspace: &Workspace, found: QuickDeclared) -> QuickRow {
    let QuickDeclared { place, declared, marks } = found;
    let at = QuickAt { line: declared.line, column: declared.column, name: Some(declared.name.clone()) };
    let right = place_words(workspace, &place, declared.line);
    QuickRow {
        sign: Some(QuickSign::Symbol(declared.kind)),
        marks,
        detail: declared.container.unwrap_or_default(),
        right,
        ..QuickRow::new(declared.name, QuickChoice::Go(place, Some(at)))
    }
}

/// A line with a name in it, with where.
pub fn mention(workspace: &Workspace, found: QuickMention) -> QuickRow {
    let QuickMention { place, line, column, text, marks } = found;
    let right = place_words(workspace, &place, line);
    let at = QuickAt { line, column, name: None };
    QuickRow {
        sign: Some(QuickSign::Line),
        marks,
        right,
        ..QuickRow::new(text, QuickChoice::Go(place, Some(at)))
    }
}

/// The rows whose text or place matches, in their order while nothing is typed. What is a place in the text stays marked then.
pub fn narrowed(all: &[QuickRow], typed: &str) -> Vec<QuickRow> {
    if typed.trim().is_empty() {
        return all.to_vec();
    }
    let joined: Vec<String> = all.iter().map(|row| format!("{} {}", row.text, row.right)).collect();
    let found = narrow(joined.iter().map(String::as_str), typed);
    let row = |one: search::quick::Narrowed| {
        let row = &all[one.index];
        let len = row.text.chars().count();
        let marks = one.marks.into_iter().filter(|mark| *mark < len).collect();
        QuickRow { marks, ..row.clone() }
    };
    found.into_iter().take(MAX_ROWS).map(row).collect()
}

/// `12 of 3,401 files`, and what is still to come.
pub(super) fn counted(count: QuickCount, one: &str, many: &str) -> String {
    let noun = if count.all == 1 { one } else { many };
    let of = if count.matched == count.all {
        format!("{} {noun}", grouped(count.all))
    } else {
        format!("{} of {} {noun}", grouped(count.matched), grouped(count.all))
    };
    match (count.is_loading, count.is_capped) {
        (true, _) => format!("{of} so far"),
        (false, true) => format!("{of}; there are more than are listed"),
        (false, false) => of,
    }
}

/// A number with its thousands apart.
pub(super) fn grouped(number: usize) -> String {
    crate::phrases::grouped(number as u64)
}
