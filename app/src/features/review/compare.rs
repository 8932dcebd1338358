//! What another program made of a file, beside the text here: a review whose hunks are taken from the disk. Nothing is written
//! by it. Once each hunk is decided the text counts as a change of that file, and a save that meets any other asks again.

use std::path::{Path, PathBuf};

use assist::check::EditTarget;
use assist::task::Task;
use editor_core::Language;
use editor_core::file::Fate;
use editor_core::review::Review;
use ground::command::Command;
use ground::ids::TabId;
use ground::words::sentence;
use ropey::Rope;

use super::flow;
use crate::event::{CompareError, Compared, Comparison, Effect};
use crate::workspace::{PathPurpose, ReviewRequest, ToastKind, Workspace, open};

/// Has the file of a tab read and put beside its text.
pub fn ask(workspace: &mut Workspace, id: TabId, out: &mut Vec<Effect>) {
    let job = workspace.counters.job();
    let Some(tab) = workspace.find_tab(id) else { return };
    let Some(path) = tab.document.path().map(Into::into) else { return };
    let (text, line_ending) = (tab.document.buffer().clone(), tab.document.line_ending());
    out.push(Effect::Compare(Box::new(Comparison { tab: id, path, text, line_ending, job })));
}

/// Has another file read and put beside the text of a tab.
pub fn with_other(workspace: &mut Workspace, id: TabId, path: PathBuf, out: &mut Vec<Effect>) {
    let job = workspace.counters.job();
    let Some(tab) = workspace.find_tab(id) else { return };
    let (text, line_ending) = (tab.document.buffer().clone(), tab.document.line_ending());
    out.push(Effect::Compare(Box::new(Comparison { tab: id, path, text, line_ending, job })));
}

/// A file was opened: it may be the first of two that are to be compared.
pub fn opened(workspace: &mut Workspace, path: &Path, out: &mut Vec<Effect>) {
    let Some((_, other)) = workspace.diff.take_if(|files| files.0 == path) else { return };
    let Some(id) = workspace.tab_on(path).map(|tab| tab.id) else { return };
    workspace.session.side_by_side = true;
    with_other(workspace, id, other, out);
}

/// Asks for the file that the one in front is compared with.
pub fn ask_other(workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if let Some(id) = workspace.tab().map(|tab| tab.id) {
        open::ask_path(workspace, PathPurpose::Compare(id), out);
    }
}

/// The file was read: what it has in place of the text becomes a review.
pub fn compared(
    workspace: &mut Workspace,
    id: TabId,
    result: Result<Box<Compared>, CompareError>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let compared = match result {
        Ok(compared) => *compared,
        Err(reason) => return workspace.toast(ToastKind::Error, sentence(&reason.to_string()), now),
    };
    let is_own = tab.document.path() == Some(compared.path.as_path());
    if compared.review.revision() != tab.document.revision() {
        // What was typed meanwhile is compared, too.
        return match is_own {
            true => ask(workspace, id, out),
            false => with_other(workspace, id, compared.path, out),
        };
    }
    if !is_own {
        return beside(workspace, id, compared, now, out);
    }
    if compared.review.hunks().is_empty() {
        return same(workspace, id, compared, now);
    }
    let title = tab.document.title();
    let range = compared.review.range();
    let words = format!("What {title} has on disk in place of your text");
    // No model is asked, so there is nothing to know of the code.
    let code = assist::code_context(&Rope::new(), 0..0, &title, Language::PlainText, &words);
    let target = EditTarget::new(Rope::new(), 0..0, Language::PlainText, None);
    let sampling = workspace.settings.sampling();
    let question =
        ReviewRequest { task: Task::Compare, range, words, code, target, sampling, notes: Vec::new() };
    let Compared { opened, review, .. } = compared;
    flow::put_changes(workspace, id, question, review, Some(Box::new(opened)), out);
}

/// Another file was put beside a text: a review of what it has in place of that. Nothing of it is in the text before it is accepted.
fn beside(workspace: &mut Workspace, id: TabId, compared: Compared, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let title = tab.document.title();
    let name = compared.path.file_name().unwrap_or(compared.path.as_os_str()).to_string_lossy().into_owned();
    // Two of one name are told apart by where they are.
    let other = if name == title { compared.path.display().to_string() } else { name };
    if compared.review.hunks().is_empty() {
        let words = format!("{title} and {other} have the same lines.");
        return workspace.toast(ToastKind::Info, words, now);
    }
    review(workspace, id, compared.review, format!("What {other} has in place of {title}"), out);
}

/// What else would change a text: a review that no model wrote, of which nothing is in the text before it is accepted.
pub fn review(workspace: &mut Workspace, id: TabId, review: Review, words: String, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.find_tab(id).filter(|tab| tab.document.revision() == review.revision()) else {
        return;
    };
    let title = tab.document.title();
    let range = review.range();
    let code = assist::code_context(&Rope::new(), 0..0, &title, Language::PlainText, &words);
    let target = EditTarget::new(Rope::new(), 0..0, Language::PlainText, None);
    let sampling = workspace.settings.sampling();
    let question =
        ReviewRequest { task: Task::Compare, range, words, code, target, sampling, notes: Vec::new() };
    flow::put_changes(workspace, id, question, review, None, out);
}

/// There is no line to decide about.
fn same(workspace: &mut Workspace, id: TabId, Compared { opened, .. }: Compared, now: u64) {
    let Some(tab) = workspace.find_tab(id) else { return };
    let title = tab.document.title();
    let words = if *tab.document.rope() == opened.rope {
        tab.document.settle(opened);
        tab.fate = Fate::Same;
        format!("{title} is the same on disk.")
    } else {
        let reload = Command::Revert.name();
        format!("{title} differs on disk only in its line endings. “{reload}” takes them over.")
    };
    workspace.toast(ToastKind::Info, words, now);
}
