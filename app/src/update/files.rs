//! Tabs, the file tree, opening, saving and files that change on disk.

use std::path::{Path, PathBuf};

use assist::index::Index;
use editor_core::file::{Expect, Fate, Opened, SaveError, Stamp};
use editor_core::{Change, Document, EditKind, Indent, Revision, Selection, Transaction};
use ground::ids::TabId;
use ground::words::sentence;
use settings::IndentChoice;

use super::editing;
use super::{comparing, encodings, problems, recovery, remember, toast};
use crate::event::{Effect, Save, TreeEvent};
use crate::state::{Focus, Overlay, PathPurpose, Question, Reply, Saving, State, Tab, ToastKind};
use crate::tree::{Entry, Listing, Tree};

/// Most closed files that can be reopened.
const MAX_CLOSED: usize = 30;

/// A new text without a file.
pub fn new(state: &mut State, out: &mut Vec<Effect>) {
    new_with(state, "", out);
}

/// Opens a new text that has something in it.
pub fn new_with(state: &mut State, text: &str, out: &mut Vec<Effect>) {
    let title = format!("Untitled {}", state.counters.untitled());
    add(state, Document::untitled(&title, text), true, out);
}

/// Opens a tab on a document.
pub fn add(state: &mut State, mut document: Document, front: bool, out: &mut Vec<Effect>) -> TabId {
    if let Some(indent) =
        Indent::detect(document.rope()).map_or_else(|| wanted_indent(state, &document), |_| None)
    {
        document.set_indent(indent);
    }
    let id = state.counters.tab();
    let tab = Tab::new(id, document);
    editing::parse(&tab, out);
    let at = if state.tabs.is_empty() || !front { state.tabs.len() } else { state.active + 1 };
    state.tabs.insert(at, tab);
    if front {
        state.active = at;
        state.focus = Some(Focus::Editor);
        in_front_changed(state);
    }
    id
}

/// One step of indentation in a file that does not show it; `None`: as usual in its language.
fn wanted_indent(state: &State, document: &Document) -> Option<Indent> {
    let editor = &state.settings.editor;
    let usual = document.language().indent();
    let width = match (editor.indent_width, usual) {
        (0, Indent::Spaces(width)) => width,
        (0, Indent::Tabs) => 4,
        (width, _) => u8::try_from(width).unwrap_or(u8::MAX),
    };
    match (editor.indent, usual) {
        (IndentChoice::Language, Indent::Tabs) => None,
        (IndentChoice::Tabs, _) => Some(Indent::Tabs),
        (IndentChoice::Language | IndentChoice::Spaces, _) => Some(Indent::Spaces(width)),
    }
}

/// The find bar, the file tree and the list of recent files follow the tab in front.
fn in_front_changed(state: &mut State) {
    super::find::restart(state);
    let path = state.tab().and_then(|tab| tab.document.path()).map(Path::to_owned);
    let Some(path) = path else { return };
    state.session.note_file(&path);
    if let Some(tree) = &mut state.tree {
        tree.current = Some(path);
    }
}

/// Opens a file, or brings its tab to the front.
pub fn open(state: &mut State, path: PathBuf, out: &mut Vec<Effect>) {
    match state.tabs.iter().position(|tab| tab.document.path() == Some(path.as_path())) {
        Some(index) => {
            state.active = index;
            state.focus = Some(Focus::Editor);
            in_front_changed(state);
        }
        None => out.push(Effect::Open { path, caret: None, front: true }),
    }
}

/// Shows a folder in the sidebar.
pub fn open_folder(state: &mut State, path: PathBuf, out: &mut Vec<Effect>) {
    state.session.note_folder(&path);
    state.tree = Some(Tree::new(path.clone()));
    state.files = None;
    state.index = Index::default();
    state.sidebar = true;
    out.push(Effect::List(path.clone()));
    out.push(Effect::Index(path));
    super::settings::project(state, out);
    remember(state, out);
}

/// A file was read.
pub fn opened(
    state: &mut State,
    (path, caret, front): (PathBuf, Option<(usize, usize)>, bool),
    result: Result<Box<Opened>, String>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match result {
        Ok(_) if state.tab_on(&path).is_some() => {}
        Ok(opened) => {
            let mut document = Document::opened(&path, *opened);
            if let Some((line, column)) = caret {
                document.select(&Selection::caret(document.buffer().position(line, column)));
            }
            add(state, document, front || state.tabs.is_empty(), out);
            if let Some(id) = state.tab_on(&path).map(|tab| tab.id) {
                problems::ask(state, id, out);
            }
            if front {
                editing::reveal_caret(state, true);
            }
            remember(state, out);
        }
        Err(reason) => toast(state, ToastKind::Error, sentence(&reason), now),
    }
}

/// Brings a tab to the front.
pub fn activate(state: &mut State, tab: TabId, out: &mut Vec<Effect>) {
    if let Some(index) = state.tabs.iter().position(|other| other.id == tab) {
        state.active = index;
        state.focus = Some(Focus::Editor);
        in_front_changed(state);
        remember(state, out);
    }
}

/// The next tab, over the ends.
pub fn step(state: &mut State, by: isize, out: &mut Vec<Effect>) {
    let len = state.tabs.len() as isize;
    if len > 0 {
        let next = (state.active as isize + by).rem_euclid(len) as usize;
        activate(state, state.tabs[next].id, out);
    }
}

/// Closes a tab; asks first when its text is not saved. One that is being saved closes when that is done, unless it is asked for
/// again.
pub fn close(state: &mut State, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = state.tabs.iter().find(|tab| tab.id == id) else { return };
    if tab.is_being_saved() && !state.closing.contains(&id) {
        state.closing.insert(id);
    } else if tab.is_unsaved() {
        activate(state, id, out);
        state.overlay = Overlay::Question(Question::Close(id));
    } else {
        drop_tab(state, id, out);
    }
}

/// Closes a tab without a question.
fn drop_tab(state: &mut State, id: TabId, out: &mut Vec<Effect>) {
    let Some(index) = state.tabs.iter().position(|tab| tab.id == id) else { return };
    let tab = state.tabs.remove(index);
    state.closing.remove(&id);
    if matches!(state.overlay, Overlay::Question(Question::Close(asked)) if asked == id) {
        state.overlay = Overlay::None;
    }
    super::review_flow::tab_closed(state, id, out);
    if let Some(path) = tab.document.path() {
        state.closed.retain(|closed| closed != path);
        state.closed.push(path.to_owned());
        let surplus = state.closed.len().saturating_sub(MAX_CLOSED);
        state.closed.drain(..surplus);
    }
    if index < state.active || state.active >= state.tabs.len() {
        state.active = state.active.saturating_sub(1);
    }
    state.focus = Some(Focus::Editor);
    in_front_changed(state);
    remember(state, out);
}

/// Opens the file that was closed last.
pub fn reopen(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(path) = state.closed.pop() {
        open(state, path, out);
    }
}

/// Saves the tab in front.
pub fn save(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if let Some(id) = state.tab().map(|tab| tab.id) {
        save_tab(state, id, now, out);
    }
}

/// Saves a tab under its own name, or asks for one. While it is being written it waits: before that is done nobody knows
/// what the file is like, and our own writing would be taken for another program's.
pub fn save_tab(state: &mut State, id: TabId, now: u64, out: &mut Vec<Effect>) {
    if let Some(tab) = state.find_tab(id).filter(|tab| tab.saving.is_some()) {
        tab.save_again = true;
        return;
    }
    tidy(state, id, now, out);
    let Some(tab) = state.find_tab(id) else { return };
    match tab.document.path().map(Path::to_owned) {
        None => super::overlays::ask_path(state, PathPurpose::Save(id), out),
        Some(path) => {
            // The bar of the tab has said that the file is gone.
            let known = tab.document.stamp().filter(|_| tab.fate != Fate::Gone);
            let expect = known.cloned().map_or(Expect::Absent, Expect::Unchanged);
            write(state, id, path, expect, now, out);
        }
    }
}

/// Asks for another name and saves.
pub fn save_as(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(id) = state.tab().map(|tab| tab.id) {
        super::overlays::ask_path(state, PathPurpose::Save(id), out);
    }
}

/// Saves a tab at a path that was typed. A save of it to elsewhere that is under way is overtaken, for its disk may never answer.
pub fn save_at(state: &mut State, id: TabId, path: PathBuf, now: u64, out: &mut Vec<Effect>) {
    if state.tab_on(&path).is_some_and(|other| other.id != id) {
        return refuse_open_elsewhere(state, id, &path, now);
    }
    let Some(tab) = state.find_tab(id) else { return };
    let target = tab.saving.as_ref().map(|saving| saving.path.as_path()).or(tab.document.path());
    if target == Some(&path) {
        return save_tab(state, id, now, out);
    }
    tidy(state, id, now, out);
    write(state, id, path, Expect::Absent, now, out);
}

/// What the settings want changed before a text is written, as one undo step.
fn tidy(state: &mut State, id: TabId, now: u64, out: &mut Vec<Effect>) {
    let files = &state.settings.files;
    let (trim, end) = (files.trim_trailing_whitespace, files.final_newline);
    let Some(tab) = state.tabs.iter().find(|tab| tab.id == id) else { return };
    let document = &tab.document;
    if document.read_only().is_some() || tab.review.is_some() {
        return;
    }
    let buffer = document.buffer();
    let mut changes = if trim { blanks_at_ends(buffer) } else { Vec::new() };
    let length = buffer.len_chars();
    if end && length > 0 && buffer.line(buffer.len_lines() - 1).len_chars() > 0 {
        let newline = document.line_ending().as_str();
        match changes.last_mut().filter(|change| change.range.end == length) {
            Some(change) => change.insert = newline.into(),
            None => changes.push(Change::insert(length, newline)),
        }
    }
    if let Ok(transaction) = Transaction::new(buffer, changes)
        && !transaction.is_empty()
    {
        editing::apply_transaction(state, id, transaction, EditKind::Alone, now, out);
    }
}

/// Deletes the blanks before each line break and before the end.
fn blanks_at_ends(buffer: &editor_core::Buffer) -> Vec<Change> {
    let ends = (0..buffer.len_lines()).filter_map(|line| {
        let (start, end) = (buffer.line_start(line), buffer.line_end(line));
        let line = buffer.slice(start..end);
        let blanks = line.len() - line.trim_end_matches([' ', '\t']).len();
        (blanks > 0).then(|| Change::delete(end - blanks..end))
    });
    ends.collect()
}

/// The one way to a file. A text that was decoded with loss does not go it: the message says why, and nothing waits for a save
/// that will not be. What is written is kept before, so that a fall in the midst leaves a file that its journal knows.
pub fn write(state: &mut State, id: TabId, path: PathBuf, expect: Expect, now: u64, out: &mut Vec<Effect>) {
    recovery::keep(state, out);
    let Some(tab) = state.find_tab(id) else { return };
    match tab.document.writable() {
        Ok(text) => {
            let revision = tab.document.revision();
            tab.saving = Some(Saving { path: path.clone(), revision });
            out.push(Effect::Save(Save { tab: id, path, text, expect, revision }));
        }
        Err(reason) => {
            let words = encodings::not_saved(&tab.document, reason);
            give_up_closing(state, id);
            toast(state, ToastKind::Error, words, now);
        }
    }
}

/// A save failed or was not wanted: nothing is closed or reopened because of it.
pub fn give_up_closing(state: &mut State, id: TabId) {
    state.quitting = false;
    state.closing.remove(&id);
    if let Some(tab) = state.find_tab(id) {
        tab.reopens = None;
    }
}

/// A file was written, or not.
pub fn saved(
    state: &mut State,
    (id, path, revision): (TabId, PathBuf, Revision),
    result: Result<Stamp, SaveError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let this = Saving { path: path.clone(), revision };
    let Some(tab) = state.find_tab(id).filter(|tab| tab.saving.as_ref() == Some(&this)) else {
        return overtaken(state, (id, path, revision), result, now);
    };
    tab.saving = None;
    let again = std::mem::take(&mut tab.save_again);
    match result {
        Ok(stamp) => {
            written(tab, &path, stamp, revision);
            tab.highlighter.set_language(tab.document.language());
            editing::parse(tab, out);
            let folder = path.parent().map(Path::to_owned);
            let done = !tab.document.is_modified();
            if done && state.closing.contains(&id) {
                drop_tab(state, id, out);
            }
            let shown =
                |folder: &PathBuf| state.tree.as_ref().is_some_and(|tree| folder.starts_with(&tree.root));
            if let Some(folder) = folder.filter(shown) {
                out.push(Effect::List(folder));
                out.push(Effect::IndexFile(path.clone()));
            }
            state.session.note_file(&path);
            super::settings::saved(state, &path, out);
            problems::ask(state, id, out);
            remember(state, out);
            if again && !(done && state.quitting) {
                save_tab(state, id, now, out);
            }
            encodings::saved(state, id, out);
            quit_when_saved(state, now, out);
        }
        Err(error) => {
            let words = sentence(&error.to_string());
            let own = tab.document.path() == Some(&path);
            if let SaveError::NotDurable { stamp, .. } = &error {
                // It is our own writing, but the text counts as unsaved, and is kept for recovery, until a save is certain.
                written(tab, &path, (**stamp).clone(), revision);
                tab.document.mark_unsaved();
            }
            match in_the_way(&error) {
                Some(found) => ask_about(state, (id, path), found, words, now),
                // What was typed since may be writable, or the disk by now; that save says what comes of it.
                None if again && own => save_tab(state, id, now, out),
                None if let SaveError::NotInEncoding(lack) = error => {
                    encodings::lacks(state, id, path, lack, now);
                }
                None => {
                    give_up_closing(state, id);
                    toast(state, ToastKind::Error, words, now);
                }
            }
        }
    }
}

/// A text is in its file.
fn written(tab: &mut Tab, path: &Path, stamp: Stamp, revision: Revision) {
    tab.document.saved(path, stamp, revision);
    tab.fate = Fate::Same;
    comparing::over(tab);
}

/// A save whose tab is closed, or that another save of it has overtaken, says what the tab's file is now, and what failed.
fn overtaken(
    state: &mut State,
    (id, path, revision): (TabId, PathBuf, Revision),
    result: Result<Stamp, SaveError>,
    now: u64,
) {
    let tab = state.find_tab(id).filter(|tab| tab.document.path() == Some(&path));
    match (result, tab) {
        (Ok(stamp), Some(tab)) => written(tab, &path, stamp, revision),
        (Ok(_), None) => {}
        (Err(SaveError::NotDurable { stamp, .. }), Some(tab)) => {
            written(tab, &path, *stamp, revision);
            tab.document.mark_unsaved();
        }
        (Err(error), _) => toast(state, ToastKind::Error, sentence(&error.to_string()), now),
    }
}

/// What a save met in the place of its file.
struct Found {
    /// The file that is there, behind links; the path of a file that is not there any more.
    file: PathBuf,
    /// What may be overwritten once the person says so.
    seen: Expect,
    fate: Fate,
}

/// What is in the way of a save, if it failed for that.
fn in_the_way(error: &SaveError) -> Option<Found> {
    let (file, seen, fate) = match error {
        SaveError::ChangedOnDisk(file, stamp) | SaveError::Exists(file, stamp) => {
            (file, Expect::Unchanged((**stamp).clone()), Fate::Changed)
        }
        SaveError::Removed(file) => (file, Expect::Absent, Fate::Gone),
        _ => return None,
    };
    Some(Found { file: file.clone(), seen, fate })
}

/// A save met another file than it expected: the person says what becomes of it, unless another tab has it open.
fn ask_about(state: &mut State, (id, path): (TabId, PathBuf), found: Found, reason: String, now: u64) {
    let elsewhere = state.tabs.iter().any(|tab| tab.id != id && has_open(tab, &found));
    let busy = matches!(state.overlay, Overlay::Question(_) | Overlay::Path(_));
    let Some(tab) = state.find_tab(id) else { return };
    let own = tab.document.path() == Some(&path);
    if !own && elsewhere {
        return refuse_open_elsewhere(state, id, &path, now);
    }
    if !busy {
        state.overlay = Overlay::Question(Question::Overwrite { tab: id, path, reason, seen: found.seen });
    } else if own {
        // One question at a time: this one stands in the bar of its tab, and quitting comes back to it.
        tab.fate = found.fate;
    } else {
        give_up_closing(state, id);
        toast(state, ToastKind::Error, reason, now);
    }
}

/// Is this the file of the tab, under whatever name?
fn has_open(tab: &Tab, found: &Found) -> bool {
    let same = match (&found.seen, tab.document.stamp()) {
        (Expect::Unchanged(stamp), Some(known)) => known.is_of_same_file(stamp),
        _ => false,
    };
    same || tab.document.path() == Some(&found.file)
}

fn refuse_open_elsewhere(state: &mut State, id: TabId, path: &Path, now: u64) {
    give_up_closing(state, id);
    let words = format!("{} is open in another tab: close it first, or choose another name.", path.display());
    toast(state, ToastKind::Error, words, now);
}

/// A question was answered.
pub fn replied(state: &mut State, question: Question, reply: Reply, now: u64, out: &mut Vec<Effect>) {
    match (question, reply) {
        (Question::Close(id), Reply::Yes) => {
            state.closing.insert(id);
            save_tab(state, id, now, out);
        }
        (Question::Close(id), Reply::Discard) => drop_tab(state, id, out),
        (Question::Quit(_), Reply::Yes) => {
            state.quitting = true;
            save_all(state, now, out);
        }
        (Question::Quit(_), Reply::Discard) => {
            remember(state, out);
            out.push(Effect::Quit);
        }
        (Question::Overwrite { tab, path, seen, .. }, Reply::Yes) => {
            write(state, tab, path, seen, now, out);
        }
        (Question::Overwrite { tab, path, .. }, Reply::Discard) => {
            give_up_closing(state, tab);
            if let Some(tab) = state.find_tab(tab).filter(|tab| tab.document.path() == Some(&path)) {
                reload(tab, out);
            }
        }
        (question @ (Question::Reopen(..) | Question::SaveAsUtf8 { .. }), reply) => {
            encodings::replied(state, question, reply, now, out);
        }
        (Question::Overwrite { tab, .. }, Reply::Compare) => {
            give_up_closing(state, tab);
            comparing::ask(state, tab, out);
        }
        (Question::Statistics, reply) => super::measure::replied(state, reply == Reply::Yes, now, out),
        (_, Reply::Cancel | Reply::Compare) => {
            state.quitting = false;
            state.closing.clear();
        }
    }
}

/// Saves all texts that have a file; each of the others has to be asked for a name: the first, and when the window
/// closes one after the other.
pub fn save_all(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let has_file = |tab: &&Tab| tab.is_unsaved() && !tab.is_being_saved() && tab.document.path().is_some();
    let files: Vec<TabId> = state.tabs.iter().filter(has_file).map(|tab| tab.id).collect();
    for id in files {
        save_tab(state, id, now, out);
    }
    let unnamed = state.tabs.iter().find(|tab| tab.is_unsaved() && tab.document.path().is_none());
    if let Some(id) = unnamed.map(|tab| tab.id).filter(|_| !state.quitting) {
        save_tab(state, id, now, out);
    }
    quit_when_saved(state, now, out);
}

/// Closes the window; asks first when something is not saved. It waits for what is being saved, unless it is asked for again.
pub fn quit(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let waits = !state.quitting && state.tabs.iter().any(|tab| tab.saving.is_some());
    let unsaved = |tab: &&Tab| tab.is_unsaved() && !(waits && tab.is_being_saved());
    let modified = state.tabs.iter().filter(unsaved).count();
    if modified > 0 {
        state.overlay = Overlay::Question(Question::Quit(modified));
    } else if waits {
        state.quitting = true;
        quit_when_saved(state, now, out);
    } else {
        remember(state, out);
        out.push(Effect::Quit);
    }
}

fn quit_when_saved(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let is_done = |tab: &Tab| !tab.is_unsaved() && tab.saving.is_none();
    if state.quitting && state.tabs.iter().all(is_done) {
        remember(state, out);
        out.push(Effect::Quit);
    } else if state.quitting && matches!(state.overlay, Overlay::None) {
        // The next text that is not saved gets its turn, be it to be asked for a name or for what to do.
        let next = state.tabs.iter().find(|tab| tab.is_unsaved() && tab.saving.is_none());
        if let Some(id) = next.map(|tab| tab.id) {
            save_tab(state, id, now, out);
        }
    }
}

/// Closing, quitting and reopening wait for a save that is under way or for the answer to its question. When neither is there any more, as
/// when something else took the question's place, they are given up: a later save only saves.
pub fn disarm(state: &mut State) {
    let asks = matches!(state.overlay, Overlay::Path(_) | Overlay::Question(Question::Overwrite { .. }));
    if !asks && state.tabs.iter().all(|tab| tab.saving.is_none()) {
        state.quitting = false;
        state.closing.clear();
        state.tabs.iter_mut().for_each(|tab| tab.reopens = None);
    }
}

/// Asks for every open file whether it is still what it was, and lists the shown folders again.
pub fn check_all(state: &mut State, out: &mut Vec<Effect>) {
    for tab in state.tabs.iter().filter(|tab| tab.saving.is_none()) {
        if let (Some(path), Some(stamp)) = (tab.document.path(), tab.document.stamp()) {
            out.push(Effect::Check(tab.id, path.to_owned(), stamp.clone()));
        }
    }
    refresh(state, out);
}

/// It is known what became of a file. The text of one that is gone is the only one there is.
pub fn checked(state: &mut State, id: TabId, fate: Fate, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id).filter(|tab| tab.saving.is_none()) else { return };
    match fate {
        Fate::Changed if !tab.document.is_modified() && tab.review.is_none() => reload(tab, out),
        Fate::Same | Fate::Changed => tab.fate = fate,
        Fate::Gone | Fate::NoFile => {
            tab.fate = fate;
            keep(tab);
        }
    }
}

/// Marks the text as one that closing would lose. One that was decoded with loss could not be saved anyway.
fn keep(tab: &mut Tab) {
    if tab.document.read_only().is_none() {
        tab.document.mark_unsaved();
    }
}

/// Has a tab's file read again.
fn reload(tab: &Tab, out: &mut Vec<Effect>) {
    if let Some(path) = tab.document.path() {
        let document = &tab.document;
        out.push(Effect::Reload(tab.id, path.to_owned(), document.revision(), document.reading()));
    }
}

/// Reads the file in front again.
pub fn revert(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(tab) = state.tab() {
        reload(tab, out);
    }
}

/// The person chose between the text here and the file.
pub fn conflict(state: &mut State, id: TabId, reply: Reply, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    match reply {
        Reply::Yes => save_tab(state, id, now, out),
        Reply::Discard => {
            tab.fate = Fate::Same;
            reload(tab, out);
        }
        Reply::Compare => comparing::ask(state, id, out),
        Reply::Cancel => tab.fate = Fate::Same,
    }
}

/// Takes over a file that changed on disk; its text is one undo step that touches only what differs. What was typed since
/// `revision`, when it was asked for, is not replaced: then the person chooses. Nor is what undo could not bring back.
pub fn reloaded(
    state: &mut State,
    (id, revision): (TabId, Revision),
    result: Result<Box<Opened>, String>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = state.find_tab(id) else { return };
    let opened = match result {
        Ok(opened) => opened,
        Err(reason) => {
            tab.fate = Fate::Same;
            keep(tab);
            return toast(state, ToastKind::Error, sentence(&reason), now);
        }
    };
    // A save that is under way brings a state of the file of its own.
    if tab.saving.is_some() {
        return;
    }
    if tab.document.revision() != revision {
        tab.fate = Fate::Changed;
        return;
    }
    if opened.read_only.is_some() && tab.document.is_modified() {
        tab.fate = Fate::Changed;
        let title = tab.document.title();
        let words = format!(
            "{title} is not read again, for your changes would be lost: on disk it is no text by now. Save them under another name."
        );
        return toast(state, ToastKind::Error, words, now);
    }
    tab.fate = Fate::Same;
    comparing::over(tab);
    tab.document.reload(*opened, now);
    editing::after_edit(state, id, out);
}

/// A folder was listed.
pub fn listed(state: &mut State, folder: PathBuf, listing: Listing) {
    if let Some(tree) = &mut state.tree
        && folder.starts_with(&tree.root)
    {
        tree.listed(folder, listing);
    }
}

/// Lists the shown folders again.
pub fn refresh(state: &State, out: &mut Vec<Effect>) {
    if let Some(tree) = &state.tree {
        out.extend(tree.shown_folders().into_iter().map(Effect::List));
    }
}

/// Something happened in the file tree.
pub fn tree(state: &mut State, event: TreeEvent, out: &mut Vec<Effect>) {
    let Some(tree) = &mut state.tree else { return };
    match event {
        TreeEvent::Step(by) => tree.step(by),
        TreeEvent::Click(path) => {
            tree.current = Some(path);
            enter(state, out);
        }
        TreeEvent::Enter => enter(state, out),
        TreeEvent::Fold(open) => {
            let folder = tree.current_entry().filter(|entry| entry.folder).map(|entry| entry.path.clone());
            match folder {
                Some(folder) if tree.is_open(&folder) != open => toggle(tree, &folder, out),
                _ if !open => to_parent(tree),
                _ => {}
            }
        }
    }
}

fn enter(state: &mut State, out: &mut Vec<Effect>) {
    let Some(tree) = &mut state.tree else { return };
    match tree.current_entry().cloned() {
        Some(Entry { folder: true, path, .. }) => toggle(tree, &path, out),
        Some(Entry { path, .. }) => open(state, path, out),
        None => {}
    }
}

fn toggle(tree: &mut Tree, folder: &Path, out: &mut Vec<Effect>) {
    if tree.toggle(folder) {
        out.push(Effect::List(folder.to_owned()));
    }
}

fn to_parent(tree: &mut Tree) {
    let parent = tree.current.as_deref().and_then(Path::parent).map(Path::to_owned);
    if let Some(parent) = parent.filter(|parent| *parent != tree.root && parent.starts_with(&tree.root)) {
        tree.current = Some(parent);
    }
}
