//! A question that must be answered before anything else: its words, its buttons, and which of them Enter may press.

mod files;

use editor_core::file::Expect;
use egui::{Id, Key, Ui};

use super::field_id;
use crate::event::{Event, OverlayEvent};
use crate::state::State;
use crate::ui::dialog;
use crate::ui::widgets::{self, Tone};
use crate::workspace::{Question, Reply, TerminalQuestion};

/// A calm question in the middle of the window.
pub(super) fn show(ui: &mut Ui, state: &State, question: &Question, out: &mut Vec<Event>) {
    let Words { title, text, yes, destroys, others } = words(state, question);
    dialog::show(ui, Id::unique("question"), dialog::QUESTION, |ui| {
        dialog::title(ui, &title);
        dialog::text(ui, &text);
        dialog::answers(ui, |ui| {
            let mut reply = |reply: Reply| out.push(Event::Overlay(OverlayEvent::Reply(reply)));
            // Enter must never destroy what cannot be had back, nor change more than was asked for.
            let is_careful = destroys || matches!(question, Question::SaveAsUtf8 { .. });
            let first = widgets::button(ui, yes, "", if destroys { Tone::Danger } else { Tone::Primary });
            let nothing_focused =
                dialog::is_nobodys(ui) || ui.memory(|memory| memory.focused() == Some(field_id()));
            if nothing_focused && !is_careful {
                first.request_focus();
            }
            if first.clicked() {
                reply(Reply::Yes);
            }
            for (name, tone, answer) in others {
                if widgets::button(ui, name, "", tone).clicked() {
                    reply(answer);
                }
            }
            let cancel = dialog::cancel(ui, "Cancel", false);
            if nothing_focused && is_careful {
                cancel.request_focus();
            }
            if cancel.clicked() {
                reply(Reply::Cancel);
            }
        });
        if ui.input(|input| input.key_pressed(Key::Escape)) {
            out.push(Event::Overlay(OverlayEvent::Close));
        }
    });
}

fn about_terminal(question: &TerminalQuestion) -> Words {
    match question {
        TerminalQuestion::Paste(lines) => Words {
            title: format!("Paste {lines} lines?"),
            text: "The program in the terminal takes each line as soon as it comes; a shell runs it.".into(),
            yes: "Paste",
            destroys: true,
            others: Vec::new(),
        },
        TerminalQuestion::RunTask { command, folder } => Words {
            title: "Run tasks of this folder?".into(),
            text: format!(
                "{command}\n\nThis runs programs that the files of {} name, with your rights and not confined; they have no network. \
                 It is remembered for this folder.",
                folder.display()
            ),
            yes: "Run",
            destroys: true,
            others: Vec::new(),
        },
    }
}

/// A question in words.
struct Words {
    title: String,
    text: String,
    /// The name of the first answer.
    yes: &'static str,
    /// It cannot be taken back.
    destroys: bool,
    /// What else can be answered.
    others: Vec<(&'static str, Tone, Reply)>,
}

fn words(state: &State, question: &Question) -> Words {
    let tab_of = |id| state.tabs.iter().find(|tab| tab.id == id);
    let name_of = |id| tab_of(id).map(|tab| tab.document.title()).unwrap_or_default();
    let without_saving = || vec![("Don't save", Tone::Danger, Reply::Discard)];
    match question {
        Question::Close(id) => Words {
            title: format!("Save changes to {}?", name_of(*id)),
            text: "Without saving, your changes since the last save are lost.".into(),
            yes: "Save",
            destroys: false,
            others: without_saving(),
        },
        Question::Quit(count) => Words {
            title: "Save changes before closing?".into(),
            text: match count {
                1 => "One file has changes that are not saved.".into(),
                count => format!("{count} files have changes that are not saved."),
            },
            yes: if *count == 1 { "Save" } else { "Save all" },
            destroys: false,
            others: without_saving(),
        },
        Question::Reopen(id, encoding) => Words {
            title: format!("Save changes to {}?", name_of(*id)),
            text: format!(
                "The file is then reopened as {}. Without saving, your changes since the last save are lost.",
                encoding.name()
            ),
            yes: "Save",
            destroys: false,
            others: without_saving(),
        },
        Question::SaveAsUtf8 { tab, error, .. } => Words {
            title: "Save as UTF-8?".into(),
            text: format!(
                "{} is not saved: “{}” (U+{:04X}) cannot be written in {}. In UTF-8 everything can.",
                name_of(*tab),
                error.character,
                u32::from(error.character),
                error.encoding
            ),
            yes: "Save as UTF-8",
            destroys: false,
            others: Vec::new(),
        },
        Question::Tree(question) => files::words(state, question),
        Question::Terminal(question) => about_terminal(question),
        Question::Statistics => Words {
            title: "Delete the statistics?".into(),
            text: "This deletes all counts of proposals on this machine for good. Export keeps a copy."
                .into(),
            yes: "Delete",
            destroys: true,
            others: Vec::new(),
        },
        Question::Overwrite { reason, seen: Expect::Absent, .. } => Words {
            title: "Create the file again?".into(),
            text: reason.clone(),
            yes: "Save",
            destroys: false,
            others: Vec::new(),
        },
        Question::Overwrite { tab, path, reason, .. } => {
            // Under its own name there is a file to go back to; under a new one only another name helps.
            let own = tab_of(*tab).is_some_and(|tab| tab.document.path() == Some(path));
            let others =
                [("Reload from disk", Tone::Plain, Reply::Discard), ("Compare", Tone::Plain, Reply::Compare)];
            Words {
                title: "Overwrite the file?".into(),
                text: reason.clone(),
                yes: "Overwrite",
                destroys: true,
                others: others.into_iter().filter(|_| own).collect(),
            }
        }
    }
}
