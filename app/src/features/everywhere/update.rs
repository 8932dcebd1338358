//! The places are asked about one after the other; a file is opened for that, and written by nobody but its user.

use std::collections::VecDeque;
use std::ops::Range;
use std::path::Path;

use assist::answer::{Answer, AnswerVerdict};
use editor_core::review::Review;
use editor_core::{Buffer, Change};
use ground::command::Command;
use ground::ids::{JobId, TabId};
use ipc::protocol::Prompt;

use super::{CurrentFile, Everywhere, EverywhereEvent, FilePlaces, FileProposal, OpenFile, PlaceTally};
use crate::event::{Effect, Event};
use crate::workspace::ask::no_model;
use crate::workspace::picker::{Choice, Item, ListWords, Picker, PickerKind};
use crate::workspace::{Job, JobKind, Overlay, ToastKind, Workspace, jobs};

/// Lines that are so close belong to one place.
const CLOSE: usize = 3;

static WORDS: ListWords = ListWords {
    command: Command::ChangeResults,
    hint: "What is to be done at each result? Such as: use load_all(path) in place of load(path)",
    empty: "Each result is asked about on its own; you review the changes file by file.",
};

/// Something happened.
pub fn on(
    everywhere: &mut Everywhere,
    workspace: &mut Workspace,
    event: EverywhereEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        EverywhereEvent::Offer(places, left_out) => offer(everywhere, workspace, places, left_out, now, out),
        EverywhereEvent::Begin(instruction) => {
            let waiting = std::mem::take(&mut everywhere.offered).into();
            let left_out = everywhere.left_out;
            jobs::cancel_job(workspace, out);
            *everywhere = Everywhere { instruction, waiting, left_out, ..Everywhere::default() };
            let words = format!("Asking about each result. “{}” stops it.", Command::ChangeResults.name());
            workspace.toast(ToastKind::Info, words, now);
            next_file(everywhere, workspace, now, out);
        }
    }
}

/// Asks what is to be done, or stops what is being done.
fn offer(
    everywhere: &mut Everywhere,
    workspace: &mut Workspace,
    places: Vec<FilePlaces>,
    left_out: usize,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if everywhere.current.is_some() {
        let was_asked = everywhere.asked.is_some();
        jobs::cancel_job(workspace, out);
        if !was_asked {
            end(everywhere, workspace, now, out);
        }
        return;
    }
    if places.is_empty() {
        let words = format!(
            "Search for what is to change first ({}). Results in files can be changed as you say.",
            Command::ProjectSearch.key_text()
        );
        return workspace.toast(ToastKind::Info, words, now);
    }
    if workspace.model().is_none() {
        return workspace.toast(ToastKind::Error, no_model(), now);
    }
    (everywhere.offered, everywhere.left_out) = (places, left_out);
    let picker = Picker::new(PickerKind::Own(&WORDS), Vec::new()).making(instruct);
    workspace.overlay = Overlay::Picker(picker);
}

fn instruct(typed: &str) -> Item {
    Item {
        text: typed.to_owned(),
        detail: "at each result".to_owned(),
        right: String::new(),
        choice: Choice::ChangeResults(typed.to_owned()),
    }
}

/// Goes on with the next file, which is opened if it is not.
fn next_file(everywhere: &mut Everywhere, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(places) = everywhere.waiting.pop_front() else { return end(everywhere, workspace, now, out) };
    let path = places.path.clone();
    everywhere.current = Some(CurrentFile { places, open: None });
    match workspace.tab_on(&path).map(|tab| tab.id) {
        Some(tab) => take(everywhere, workspace, tab, now, out),
        None => out.push(Effect::Open { path, caret: None, front: false }),
    }
}

/// A file was opened, or could not be: if it is the one that is waited for, it is asked about.
pub fn opened(
    everywhere: &mut Everywhere,
    workspace: &mut Workspace,
    path: &Path,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let waits = |file: &CurrentFile| file.open.is_none() && file.places.path == path;
    if !everywhere.current.as_ref().is_some_and(waits) {
        return;
    }
    match workspace.tab_on(path).map(|tab| tab.id) {
        Some(tab) => take(everywhere, workspace, tab, now, out),
        None => pass_over(everywhere, workspace, now, out),
    }
}

/// The places of a file cannot be changed.
fn pass_over(everywhere: &mut Everywhere, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let lines = everywhere.current.take().map_or(0, |file| file.places.lines.len());
    everywhere.tally.unusable += lines;
    next_file(everywhere, workspace, now, out);
}

/// The file is open: its places are asked about as its text is now.
fn take(everywhere: &mut Everywhere, workspace: &mut Workspace, id: TabId, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tabs.iter().find(|tab| tab.id == id) else { return };
    if tab.document.read_only().is_some() || tab.review.is_some() {
        return pass_over(everywhere, workspace, now, out);
    }
    let Some(file) = &mut everywhere.current else { return };
    let ranges = ranges(tab.document.buffer(), &file.places.lines);
    let revision = tab.document.revision();
    file.open = Some(OpenFile { tab: id, revision, ranges, changes: Vec::new() });
    next_place(everywhere, workspace, now, out);
}

/// Whole lines around what was found, those that are close together as one.
fn ranges(buffer: &Buffer, lines: &[usize]) -> VecDeque<Range<usize>> {
    let mut groups: VecDeque<Range<usize>> = VecDeque::new();
    for line in lines.iter().copied().filter(|line| *line < buffer.len_lines()) {
        match groups.back_mut().filter(|last| line < last.end + CLOSE) {
            Some(last) => last.end = last.end.max(line + 1),
            None => groups.push_back(line..line + 1),
        }
    }
    groups.into_iter().map(|group| buffer.line_start(group.start)..buffer.line_end(group.end - 1)).collect()
}

/// Asks about the next place of the file; when there is none, the file is done.
fn next_place(everywhere: &mut Everywhere, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let file = everywhere.current.as_mut().and_then(|file| file.open.as_mut());
    let Some(file) = file else { return };
    let Some(range) = file.ranges.pop_front() else {
        let done = everywhere.current.take().and_then(|file| file.open);
        if let Some(OpenFile { tab, revision, changes, .. }) = done.filter(|file| !file.changes.is_empty()) {
            everywhere.proposed.push(FileProposal { tab, revision, changes });
        }
        return next_file(everywhere, workspace, now, out);
    };
    let tab = workspace.tabs.iter().find(|tab| tab.id == file.tab);
    let tab = tab.filter(|tab| tab.document.revision() == file.revision);
    let model = workspace.model().map(|model| model.reference.clone());
    let (Some(tab), Some(model)) = (tab, model) else {
        // It was edited or closed meanwhile: what was said of it fits it no longer.
        everywhere.tally.changed -= file.changes.len();
        return pass_over(everywhere, workspace, now, out);
    };
    let (rope, language) = (tab.document.rope(), tab.document.language());
    let title = tab.document.title();
    let code = assist::code_context(rope, range.clone(), &title, language, &everywhere.instruction);
    let job = workspace.counters.job();
    everywhere.asked = Some((job, range, Answer::new(&code)));
    workspace.job = Some(Job { id: job, kind: JobKind::Everywhere });
    let params = workspace.settings.sampling();
    out.push(Effect::Ask { job, model, prompt: Box::new(Prompt::Edit(code)), params });
}

/// More of an answer; false when it belongs to somebody else.
pub fn delta(everywhere: &mut Everywhere, job: JobId, text: &str) -> bool {
    let Some((.., answer)) = everywhere.asked.as_mut().filter(|(asked, ..)| *asked == job) else {
        return false;
    };
    answer.push(text);
    true
}

/// An answer is complete: the next place is asked about. False when it belongs to somebody else.
pub fn done(
    everywhere: &mut Everywhere,
    workspace: &mut Workspace,
    job: JobId,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    let Some((_, range, answer)) = everywhere.asked.take_if(|(asked, ..)| *asked == job) else {
        return false;
    };
    let file = everywhere.current.as_mut().and_then(|file| file.open.as_mut());
    match (answer.verdict(), file) {
        (AnswerVerdict::Changed, Some(file)) => {
            file.changes.push(Change::new(range, answer.finish()));
            everywhere.tally.changed += 1;
        }
        (AnswerVerdict::Unchanged, _) => everywhere.tally.unchanged += 1,
        _ => everywhere.tally.unusable += 1,
    }
    next_place(everywhere, workspace, now, out);
    true
}

/// A place gets no answer: what was said so far is reviewed. False when it belongs to somebody else.
pub fn failed(
    everywhere: &mut Everywhere,
    workspace: &mut Workspace,
    job: JobId,
    reason: &str,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    if everywhere.asked.take_if(|(asked, ..)| *asked == job).is_none() {
        return false;
    }
    workspace.toast(ToastKind::Error, reason.to_owned(), now);
    end(everywhere, workspace, now, out);
    true
}

/// It was stopped: what was said so far is reviewed.
pub fn stopped(
    everywhere: &mut Everywhere,
    workspace: &mut Workspace,
    job: JobId,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if everywhere.asked.take_if(|(asked, ..)| *asked == job).is_some() {
        end(everywhere, workspace, now, out);
    }
}

/// All that was proposed is put beside its text, the first file in front.
fn end(everywhere: &mut Everywhere, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let rest = everywhere.current.take().and_then(|file| file.open);
    let unasked: usize = everywhere.waiting.iter().map(|file| file.lines.len()).sum();
    let unasked = unasked + rest.as_ref().map_or(0, |file| file.ranges.len()) + everywhere.left_out;
    if let Some(OpenFile { tab, revision, changes, .. }) = rest.filter(|file| !file.changes.is_empty()) {
        everywhere.proposed.push(FileProposal { tab, revision, changes });
    }
    let mut files = 0;
    let words = everywhere.instruction.clone();
    for proposal in everywhere.proposed.drain(..).rev() {
        let tab = workspace.tabs.iter().find(|tab| tab.id == proposal.tab);
        let tab = tab.filter(|tab| tab.document.revision() == proposal.revision);
        let number = workspace.counters.job();
        let review =
            tab.and_then(|tab| Review::of_changes(number.0, tab.document.buffer(), &proposal.changes).ok());
        match review {
            Some(review) => {
                files += 1;
                out.push(Effect::then(Event::ReviewChanges(proposal.tab, Box::new(review), words.clone())));
            }
            None => {
                everywhere.tally.changed -= proposal.changes.len();
                everywhere.tally.unusable += proposal.changes.len();
            }
        }
    }
    workspace.toast(ToastKind::Info, outcome(everywhere.tally, files, unasked), now);
    *everywhere = Everywhere::default();
}

/// What came of it, in a sentence or two.
fn outcome(tally: PlaceTally, files: usize, unasked: usize) -> String {
    let places = |count: usize| if count == 1 { "1 place".to_owned() } else { format!("{count} places") };
    let mut words = match (tally.changed, files) {
        (0, _) => "The model would change nothing.".to_owned(),
        (changed, 1) => format!("Changes at {} are to be reviewed in 1 file.", places(changed)),
        (changed, files) => format!(
            "Changes at {} are to be reviewed in {files} files; {} lists them.",
            places(changed),
            Command::Reviews.key_text()
        ),
    };
    for (count, what) in [
        (tally.unchanged, "would stay as they are"),
        (tally.unusable, "could not be changed"),
        (unasked, "were not asked about"),
    ] {
        if count > 0 {
            words += &format!(" {count} {what}.");
        }
    }
    words
}
