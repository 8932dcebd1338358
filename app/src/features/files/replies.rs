//! Answers to the questions about files.

use super::{disk, encodings, save};
use crate::event::{Effect, Event};
use crate::workspace::close as close_tab;
use crate::workspace::{Question, Reply, Workspace};

/// A question was answered.
pub fn replied(workspace: &mut Workspace, question: Question, reply: Reply, now: u64, out: &mut Vec<Effect>) {
    match (question, reply) {
        (Question::Close(id), Reply::Yes) => {
            workspace.closing.insert(id);
            save::save_tab(workspace, id, now, out);
        }
        (Question::Close(id), Reply::Discard) => close_tab::drop_tab(workspace, id, out),
        (Question::Quit(_), Reply::Yes) => {
            workspace.quitting = true;
            save::save_all(workspace, now, out);
        }
        (Question::Quit(_), Reply::Discard) => {
            workspace.remember(out);
            out.push(Effect::Quit);
        }
        (Question::Overwrite { tab, path, seen, .. }, Reply::Yes) => {
            save::write(workspace, tab, path, seen, now, out);
        }
        (Question::Overwrite { tab, path, .. }, Reply::Discard) => {
            save::give_up_closing(workspace, tab);
            if let Some(tab) = workspace.find_tab(tab).filter(|tab| tab.document.path() == Some(&path)) {
                disk::reload(tab, out);
            }
        }
        (question @ (Question::Reopen(..) | Question::SaveAsUtf8 { .. }), reply) => {
            encodings::replied(workspace, question, reply, now, out);
        }
        (Question::Overwrite { tab, .. }, Reply::Compare) => {
            save::give_up_closing(workspace, tab);
            out.push(Effect::then(Event::CompareWithFile(tab)));
        }
        (Question::Statistics | Question::Tree(_) | Question::Terminal(_), _) => {}
        (_, Reply::Cancel | Reply::Compare) => {
            workspace.quitting = false;
            workspace.closing.clear();
        }
    }
}
