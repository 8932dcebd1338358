//! A file in the encoding that the person chooses: read again in it, or written in it.

use std::path::PathBuf;

use editor_core::Document;
use editor_core::document::Refused;
use editor_core::encoding::OFFERED;
use editor_core::file::{Encoding, Expect, Format, NotInEncoding, ReadOnly, Reading};
use ground::command::Command;
use ground::ids::TabId;
use ground::words::sentence;

use super::{files, toast};
use crate::event::Effect;
use crate::picker::{Choice, Item, Kind, Picker};
use crate::state::{Overlay, Question, Reply, State, ToastKind};

/// Marks the row of the encoding that the file is in.
const IN_USE: &str = "in use";

/// Asks which of the two is wanted, where both can be done.
pub fn choose(state: &mut State, now: u64) {
    let Some(document) = state.tab().map(|tab| &tab.document) else { return };
    match (document.stamp().is_some(), document.read_only().is_none()) {
        (true, true) => {
            let row = |command: Command, detail: &str| Item {
                text: command.name().to_owned(),
                detail: detail.to_owned(),
                right: String::new(),
                choice: Choice::Command(command),
            };
            let rows = vec![
                row(Command::ReopenWithEncoding, "other letters from the same bytes"),
                row(Command::SaveWithEncoding, "other bytes for the same letters"),
            ];
            state.overlay = Overlay::Picker(Picker::new(Kind::Encoding, rows));
        }
        (true, false) => ask_reopen(state, now),
        (false, _) => ask_save(state, now),
    }
}

/// Asks in which encoding the file in front is to be read again: first the one that it seems to be in.
pub fn ask_reopen(state: &mut State, now: u64) {
    let Some(tab) = state.tab() else { return };
    if tab.document.stamp().is_none() {
        let words = format!("{} has not been saved yet: there is no file to reopen.", tab.document.title());
        return toast(state, ToastKind::Info, words, now);
    }
    let (in_use, guess) = (read_in(&tab.document), tab.document.guess());
    let mark = |encoding: Encoding| match (Some(encoding) == in_use, Some(encoding) == guess) {
        (true, _) => IN_USE,
        (false, true) => "likely",
        _ => "",
    };
    let mut rows: Vec<(Encoding, Item)> = OFFERED
        .iter()
        .map(|(encoding, script)| {
            let choice = Choice::Reopen(tab.id, *encoding);
            (*encoding, item(encoding.name().to_owned(), script, mark(*encoding), choice))
        })
        .collect();
    rows.sort_by_key(|(encoding, _)| Some(*encoding) != guess);
    let rows = rows.into_iter().map(|(_, item)| item).collect();
    state.overlay = Overlay::Picker(Picker::new(Kind::ReopenWith, rows));
}

/// Asks in which encoding the text in front is to be saved: first the one that it is in.
pub fn ask_save(state: &mut State, now: u64) {
    let Some(tab) = state.tab() else { return };
    if let Some(reason) = tab.document.read_only() {
        let words = not_saved(&tab.document, reason);
        return toast(state, ToastKind::Error, words, now);
    }
    let in_use = tab.document.format();
    let others = Format::offered().filter(|format| *format != in_use);
    let rows = std::iter::once(in_use).chain(others).map(|format| {
        let mark = if format == in_use { IN_USE } else { "" };
        item(format.to_string(), format.encoding.script(), mark, Choice::SaveIn(tab.id, format))
    });
    state.overlay = Overlay::Picker(Picker::new(Kind::SaveWith, rows.collect()));
}

fn item(text: String, script: &str, mark: &str, choice: Choice) -> Item {
    Item { text, detail: script.to_owned(), right: mark.to_owned(), choice }
}

/// The encoding in which a file is shown, if it is text at all.
fn read_in(document: &Document) -> Option<Encoding> {
    match document.read_only() {
        Some(ReadOnly::Binary | ReadOnly::UnknownEncoding) => None,
        _ => document.stamp().map(|stamp| stamp.format.encoding),
    }
}

/// Reads a file again in an encoding; asks first when its text is not saved.
pub fn reopen(state: &mut State, id: TabId, encoding: Encoding, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    if tab.is_unsaved() {
        state.overlay = Overlay::Question(Question::Reopen(id, encoding));
    } else {
        read_again(state, id, encoding, out);
    }
}

/// What a save that is under way writes is read after it.
fn read_again(state: &mut State, id: TabId, encoding: Encoding, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    if tab.saving.is_some() {
        tab.reopens = Some(encoding);
    } else if let Some(path) = tab.document.path() {
        let revision = tab.document.revision();
        out.push(Effect::Reload(id, path.to_owned(), revision, Reading::Chosen(encoding)));
    }
}

/// Writes a text in a format, in which it stays.
pub fn save_in(state: &mut State, id: TabId, format: Format, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    if tab.document.read_only().is_none() {
        tab.document.set_format(format);
    }
    files::save_tab(state, id, now, out);
}

/// A tab was saved, maybe for it to be reopened.
pub fn saved(state: &mut State, id: TabId, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id).filter(|tab| tab.saving.is_none() && !tab.document.is_modified())
    else {
        return;
    };
    if let Some(encoding) = tab.reopens.take() {
        read_again(state, id, encoding, out);
    }
}

/// A text was not saved because its encoding lacks a character. The file's own encoding counts again, and UTF-8 is offered.
pub fn lacks(state: &mut State, id: TabId, path: PathBuf, error: NotInEncoding, now: u64) {
    files::give_up_closing(state, id);
    if let Some(tab) = state.find_tab(id) {
        tab.document.restore_format();
    }
    if matches!(state.overlay, Overlay::Question(_)) {
        return toast(state, ToastKind::Error, sentence(&error.to_string()), now);
    }
    state.overlay = Overlay::Question(Question::SaveAsUtf8 { tab: id, path, error });
}

/// Writes a text as UTF-8 where it was to be saved.
fn save_as_utf8(state: &mut State, id: TabId, path: PathBuf, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    tab.document.set_format(Format::UTF8);
    let own = tab.document.path() == Some(path.as_path());
    let stamp = tab.document.stamp().filter(|_| own).cloned();
    files::write(state, id, path, stamp.map_or(Expect::Absent, Expect::Unchanged), now, out);
}

/// A question of this file was answered.
pub fn replied(state: &mut State, question: Question, reply: Reply, now: u64, out: &mut Vec<Effect>) {
    match (question, reply) {
        (Question::Reopen(id, encoding), Reply::Yes) => {
            if let Some(tab) = state.find_tab(id) {
                tab.reopens = Some(encoding);
            }
            files::save_tab(state, id, now, out);
        }
        (Question::Reopen(id, encoding), Reply::Discard) => read_again(state, id, encoding, out),
        (Question::SaveAsUtf8 { tab, path, .. }, Reply::Yes) => save_as_utf8(state, tab, path, now, out),
        _ => {}
    }
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
