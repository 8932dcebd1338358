//! Where a name is declared and where it is mentioned: asked for at the caret, and listed where there are several places.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use editor_core::Selection;
use editor_core::movement::word_at;
use ground::command::Command;
use ground::ids::TabId;
use ropey::Rope;
use search::run::OpenText;

use super::rows::{counted, grouped};
use super::{Quick, QuickCount, QuickDeclared, QuickEffect, QuickEvent, QuickOrigin, QuickTexts, go, rows};
use crate::event::{Effect, Event};
use crate::workspace::tree::FileTree;
use crate::workspace::{
    Overlay, QuickChoice, QuickList, QuickMode, QuickPlace, QuickRow, Tab, ToastKind, Workspace, edit,
};

/// This many lines that a name stands in are listed.
const MAX_MENTIONS: usize = 5_000;
/// Longer words, in chars, are no names.
const MAX_NAME: usize = 200;

/// Finds where what stands at the caret is declared.
pub fn define(workspace: &Workspace, out: &mut Vec<Effect>) {
    if let Some(tab) = workspace.tab() {
        let head = tab.document.selection().primary().head;
        out.push(Effect::then(Event::Quick(QuickEvent::Define(tab.id, head))));
    }
}

/// Finds where what stands at a position is declared.
pub fn define_at(
    quick: &mut Quick,
    workspace: &mut Workspace,
    id: TabId,
    position: usize,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let Some(name) = name_at(tab.document.rope(), position) else {
        return workspace.toast(ToastKind::Info, NO_NAME.into(), now);
    };
    quick.serial += 1;
    quick.definition = Some((quick.serial, id, name.clone()));
    let origin = QuickOrigin {
        tab: id,
        path: tab.document.path().map(Path::to_owned),
        language: tab.document.language(),
        tree: tab.highlighter.tree().cloned(),
        rope: tab.document.rope().clone(),
    };
    // Where the caret is when it comes back is where it was asked from.
    if workspace.tab().is_some_and(|tab| tab.id == id)
        && workspace.tab().is_some_and(|tab| is_elsewhere(tab, position, &name))
    {
        edit::set_selection(workspace, &Selection::caret(position));
    }
    out.push(Effect::Quick(QuickEffect::Define(quick.serial, name, Box::new(origin))));
}

const NO_NAME: &str = "There is no name at the caret. Put the caret on a name and try again.";

/// Is the caret on another name than this one here?
fn is_elsewhere(tab: &Tab, position: usize, name: &str) -> bool {
    let head = tab.document.selection().primary().head;
    let at = word_at(tab.document.rope(), position);
    name_at(tab.document.rope(), head).as_deref() != Some(name) || !(at.start <= head && head <= at.end)
}

/// The name at a position.
fn name_at(rope: &Rope, position: usize) -> Option<String> {
    let range = word_at(rope, position.min(rope.len_chars()));
    let first = rope.get_char(range.start).filter(|_| (1..=MAX_NAME).contains(&range.len()))?;
    (first.is_alphabetic() || first == '_').then(|| rope.slice(range).to_string())
}

/// It was found, or is nowhere.
pub fn defined(
    quick: &mut Quick,
    workspace: &mut Workspace,
    (serial, found, count): (u64, Vec<QuickDeclared>, QuickCount),
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some((_, id, name)) = quick.definition.take_if(|(open, ..)| *open == serial) else { return };
    // Who has gone on meanwhile does not want to be taken elsewhere.
    let is_there = |tab: &Tab| {
        let head = tab.document.selection().primary().head;
        tab.id == id && name_at(tab.document.rope(), head).as_ref() == Some(&name)
    };
    if !workspace.tab().is_some_and(is_there) || !matches!(workspace.overlay, Overlay::None) {
        return;
    }
    if found.is_empty() && count.is_loading {
        let words = format!("Looking for the definition of “{name}”: the folder is still being read.");
        if !workspace.toasts.iter().any(|toast| toast.text == words) {
            workspace.toast(ToastKind::Info, words, now);
        }
        quick.definition = Some((serial, id, name));
        return;
    }
    let is_here = |one: &QuickDeclared| {
        let Some(tab) = workspace.tab() else { return false };
        let (line, column) = tab.caret();
        let is_place = match &one.place {
            QuickPlace::File(path) => tab.document.path() == Some(path.as_path()),
            QuickPlace::Tab(id) => tab.id == *id,
        };
        let end = one.declared.column + one.declared.name.chars().count();
        is_place && one.declared.line == line && (one.declared.column..=end).contains(&column)
    };
    let (here, mut others): (Vec<_>, Vec<_>) = found.into_iter().partition(is_here);
    match (others.len(), here.len()) {
        (0, 0) => {
            let words = format!(
                "No definition of “{name}” was found{}. {} lists where it is mentioned.",
                if workspace.tree.is_some() { "" } else { " in this file, and no folder is open" },
                Command::FindMentions.key_text()
            );
            workspace.toast(ToastKind::Info, words, now);
        }
        // One stands on it already: what one wants to know is who uses it.
        (0, _) => mentions_of(quick, workspace, name, out),
        (1, _) => {
            if let QuickChoice::Go(place, at) = rows::declared(workspace, others.remove(0)).choice {
                go::go(workspace, place, at, out);
            }
        }
        _ => {
            let rows = others.into_iter().map(|one| rows::declared(workspace, one)).collect();
            show_named(quick, workspace, QuickMode::Definitions(name), rows);
        }
    }
}

fn show_named(quick: &mut Quick, workspace: &mut Workspace, mode: QuickMode, rows: Vec<QuickRow>) {
    quick.serial += 1;
    let mut list = QuickList::new(mode, Vec::new());
    list.serial = quick.serial;
    list.note = match rows.len() {
        1 => "1 place".to_owned(),
        count => format!("{} places", grouped(count)),
    };
    list.rows.clone_from(&rows);
    list.all = rows;
    workspace.overlay = Overlay::Quick(list);
}

/// Lists where what stands at the caret is mentioned.
pub fn mentions(quick: &mut Quick, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab() else { return };
    let selected = tab.document.selection().primary().range();
    let rope = tab.document.rope();
    // Of a word that is selected the caret may stand at either end, where another one begins.
    let at = if selected.is_empty() || selected.len() > MAX_NAME {
        tab.document.selection().primary().head
    } else {
        selected.start + 1
    };
    match name_at(rope, at) {
        Some(name) => mentions_of(quick, workspace, name, out),
        None => workspace.toast(ToastKind::Info, NO_NAME.into(), now),
    }
}

fn mentions_of(quick: &mut Quick, workspace: &mut Workspace, name: String, out: &mut Vec<Effect>) {
    show_named(quick, workspace, QuickMode::Mentions(name.clone()), Vec::new());
    let texts = texts(workspace);
    if let Overlay::Quick(list) = &mut workspace.overlay {
        list.is_loading = true;
        list.note = "Searching…".into();
    }
    out.push(Effect::Quick(QuickEffect::Mentions(quick.serial, name, Box::new(texts))));
}

/// The folders, with the open texts as they are now.
fn texts(workspace: &Workspace) -> QuickTexts {
    let folders: Vec<PathBuf> = workspace.tree.iter().flat_map(FileTree::roots).map(Path::to_owned).collect();
    let (mut open, mut untitled, mut besides) = (HashMap::new(), Vec::new(), Vec::new());
    for tab in &workspace.tabs {
        let text = || OpenText { rope: tab.document.rope().clone(), revision: tab.document.revision() };
        match tab.document.path() {
            None => untitled.push((tab.id.0, text())),
            Some(path) => {
                if !folders.iter().any(|folder| path.starts_with(folder)) {
                    besides.push(path.to_owned());
                }
                if tab.document.is_modified() {
                    open.insert(path.to_owned(), text());
                }
            }
        }
    }
    QuickTexts { folders, open, untitled, besides }
}

/// More lines arrive: they are put where they belong, and the current row stays the current one.
pub fn mentioned(workspace: &mut Workspace, serial: u64, rows: Vec<QuickRow>, count: QuickCount) {
    let Overlay::Quick(list) = &mut workspace.overlay else { return };
    if list.serial != serial {
        return;
    }
    let chosen = list.rows.get(list.current).filter(|_| list.current > 0).map(|row| row.choice.clone());
    list.all.extend(rows);
    list.all.sort_by(|a, b| order(&a.choice).cmp(&order(&b.choice)));
    let is_full = list.all.len() > MAX_MENTIONS;
    list.all.truncate(MAX_MENTIONS);
    list.rows = rows::narrowed(&list.all, &list.query);
    let current = chosen.and_then(|chosen| list.rows.iter().position(|row| row.choice == chosen));
    list.current = current.unwrap_or(0);
    list.is_loading = count.is_loading;
    let files = list.all.iter().filter_map(|row| order(&row.choice)).map(|(place, ..)| place);
    let files = files.collect::<BTreeSet<_>>().len();
    let lines = QuickCount { matched: list.all.len(), all: list.all.len(), ..count };
    let lines = QuickCount { is_capped: count.is_capped || is_full, ..lines };
    list.note = match files {
        0 | 1 => counted(lines, "line", "lines"),
        _ => format!("{} in {} files", counted(lines, "line", "lines"), grouped(files)),
    };
}

fn order(choice: &QuickChoice) -> Option<(&QuickPlace, usize, usize)> {
    match choice {
        QuickChoice::Go(place, Some(at)) => Some((place, at.line, at.column)),
        _ => None,
    }
}
