//! A file in the encoding that the person chooses: read again in it, or written in it.

use std::path::PathBuf;

use editor_core::Document;
use editor_core::encoding::OFFERED;
use editor_core::file::{Encoding, Expect, Format, ReadOnly};
use ground::command::Command;
use ground::ids::TabId;

use super::save;
use super::save::read_again;
use crate::event::Effect;
use crate::workspace::picker::{Choice, Item, Picker, PickerKind};
use crate::workspace::{Overlay, Question, Reply, ToastKind, Workspace, edit};

/// Marks the row of the encoding that the file is in.
const IN_USE: &str = "in use";

/// Asks which of the two is wanted, where both can be done.
pub fn choose(workspace: &mut Workspace, now: u64) {
    let Some(document) = workspace.tab().map(|tab| &tab.document) else { return };
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
            workspace.overlay = Overlay::Picker(Picker::new(PickerKind::Encoding, rows));
        }
        (true, false) => ask_reopen(workspace, now),
        (false, _) => ask_save(workspace, now),
    }
}

/// Asks in which encoding the file in front is to be read again: first the one that it seems to be in.
pub fn ask_reopen(workspace: &mut Workspace, now: u64) {
    let Some(tab) = workspace.tab() else { return };
    if tab.document.stamp().is_none() {
        let words = format!("{} has not been saved yet: there is no file to reopen.", tab.document.title());
        return workspace.toast(ToastKind::Info, words, now);
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
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::ReopenWith, rows));
}

/// Asks in which encoding the text in front is to be saved: first the one that it is in.
pub fn ask_save(workspace: &mut Workspace, now: u64) {
    let Some(tab) = workspace.tab() else { return };
    if let Some(reason) = tab.document.read_only() {
        let words = edit::not_saved(&tab.document, reason);
        return workspace.toast(ToastKind::Error, words, now);
    }
    let in_use = tab.document.format();
    let others = Format::offered().filter(|format| *format != in_use);
    let rows = std::iter::once(in_use).chain(others).map(|format| {
        let mark = if format == in_use { IN_USE } else { "" };
        item(format.to_string(), format.encoding.script(), mark, Choice::SaveIn(tab.id, format))
    });
    workspace.overlay = Overlay::Picker(Picker::new(PickerKind::SaveWith, rows.collect()));
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
pub fn reopen(workspace: &mut Workspace, id: TabId, encoding: Encoding, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    if tab.is_unsaved() {
        workspace.overlay = Overlay::Question(Question::Reopen(id, encoding));
    } else {
        read_again(workspace, id, encoding, out);
    }
}

/// Writes a text in a format, in which it stays.
pub fn save_in(workspace: &mut Workspace, id: TabId, format: Format, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    if tab.document.read_only().is_none() {
        tab.document.set_format(format);
    }
    save::save_tab(workspace, id, now, out);
}

/// Writes a text as UTF-8 where it was to be saved.
fn save_as_utf8(workspace: &mut Workspace, id: TabId, path: PathBuf, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    tab.document.set_format(Format::UTF8);
    let own = tab.document.path() == Some(path.as_path());
    let stamp = tab.document.stamp().filter(|_| own).cloned();
    save::write(workspace, id, path, stamp.map_or(Expect::Absent, Expect::Unchanged), now, out);
}

/// A question of this file was answered.
pub fn replied(workspace: &mut Workspace, question: Question, reply: Reply, now: u64, out: &mut Vec<Effect>) {
    match (question, reply) {
        (Question::Reopen(id, encoding), Reply::Yes) => {
            if let Some(tab) = workspace.find_tab(id) {
                tab.reopens = Some(encoding);
            }
            save::save_tab(workspace, id, now, out);
        }
        (Question::Reopen(id, encoding), Reply::Discard) => read_again(workspace, id, encoding, out),
        (Question::SaveAsUtf8 { tab, path, .. }, Reply::Yes) => save_as_utf8(workspace, tab, path, now, out),
        _ => {}
    }
}
