//! The explanation panel: of a selection, of an error, further questions, the explanations before it, and code of an answer
//! that is put where the explained code stands.

use std::ops::Range;

use assist::answer::without_thoughts;
use assist::messages::named_line;
use assist::problems::Problem;
use assist::reference;
use assist::task::Task;
use editor_core::Transaction;
use editor_core::transaction::Bias;
use ground::ids::{JobId, TabId};
use ground::words::sentence;
use ipc::protocol::{Approach, CodeContext, Prompt, Sampling, StopReason};
use models::catalog::ModelRole;

use super::{Explain, ExplainEvent, ExplainStatus, Explained, Explanation};
use crate::event::{Effect, Event, Typed};
use crate::workspace::ask::no_model;
use crate::workspace::{
    Focus, Job, JobKind, Offer, Overlay, ReviewRequest, ToastKind, Workspace, ask, jobs, open, references,
};

/// Most explanations that can be gone back to.
const MAX_KEPT: usize = 30;

/// Most characters of an error's message in a prompt; its end says most.
const MAX_ERROR: usize = 3_000;

/// Explains the selection, else the function around the caret.
pub fn explain(explain: &mut Explain, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab().map(|tab| tab.id) else { return };
    match ask::target(workspace) {
        Some(range) => begin(explain, workspace, (tab, range), None, now, out),
        None => workspace.toast(ToastKind::Info, ask::NOTHING_HERE.to_owned(), now),
    }
}

/// Explains what is known to be wrong where the caret is, else asks for the message of an error; what is on the clipboard comes
/// into its field.
pub fn ask_error(explain: &mut Explain, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    if let Some(said) = ask::at_caret(workspace).map(Problem::words) {
        explain_error(explain, workspace, &said, now, out);
    } else if workspace.tab().is_some() {
        workspace.overlay = Overlay::ErrorMessage(String::new());
        out.push(Effect::RequestPaste);
    }
}

/// Explains output of a program, with the code that it is about.
pub fn explain_output(
    explain: &mut Explain,
    workspace: &mut Workspace,
    output: &str,
    now: u64,
    out: &mut Vec<Effect>,
) {
    if workspace.tab().is_none() {
        let words = "Open the file that the output is about: it is explained with its code.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    explain_error(explain, workspace, output, now, out);
    if explain.shown.as_ref().is_none_or(|shown| shown.status != ExplainStatus::Running) {
        return;
    }
    workspace.focus = Some(Focus::Editor);
}

/// Explains an error with the code that it is about: the selection, else the function around the line that the message names
/// in the file in front, else the function around the caret.
pub fn explain_error(
    explain: &mut Explain,
    workspace: &mut Workspace,
    message: &str,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = workspace.tab() else { return };
    let message = message.trim();
    if message.is_empty() {
        return workspace.toast(ToastKind::Info, "Paste the message of an error first.".into(), now);
    }
    let id = tab.id;
    let selected = !tab.document.selection().primary().is_empty();
    let named = named_line(message, &tab.document.title()).filter(|_| !selected);
    let there = named.filter(|line| *line <= tab.document.buffer().len_lines()).map(|line| {
        let buffer = tab.document.buffer();
        let start = buffer.line_start(line - 1);
        let first =
            start + buffer.slice(start..buffer.line_end(line - 1)).chars().take_while(|c| *c == ' ').count();
        ask::lines_around(tab, first)
    });
    if let Some(range) = there.flatten().or_else(|| ask::target(workspace)) {
        begin(explain, workspace, (id, range), Some(message), now, out);
    }
}

fn begin(
    explain: &mut Explain,
    workspace: &mut Workspace,
    (tab, range): (TabId, Range<usize>),
    error: Option<&str>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(model) = workspace.model_for(ModelRole::General).map(|model| model.reference.clone()) else {
        return workspace.toast(ToastKind::Error, no_model(), now);
    };
    let Some(open) = workspace.tabs.iter().find(|other| other.id == tab) else { return };
    let document = &open.document;
    let buffer = document.buffer();
    let (first, last) = (buffer.line_of(range.start) + 1, buffer.line_of(range.end) + 1);
    let lines = if first == last { format!("line {first}") } else { format!("lines {first} to {last}") };
    let kind = if error.is_some() { "Error: " } else { "" };
    let title = format!("{kind}{}, {lines}", document.title());
    let mut notes: Vec<String> = assist::seen_words(document.rope(), &range).into_iter().collect();
    let wish = error.map(|message| question_about(message, &mut notes)).unwrap_or_default();
    let name = document.title();
    let code = assist::code_context(document.rope(), range.clone(), &name, document.language(), &wish);
    let explained =
        Explained { tab, range, file: document.path().map_or(name, |path| path.display().to_string()) };
    jobs::cancel_job(workspace, out);
    keep(explain);
    let job = workspace.counters.job();
    explain.shown = Some(Explanation {
        number: job.0,
        job,
        title,
        explained,
        code: code.clone(),
        earlier: Vec::new(),
        question: String::new(),
        offer: Offer::default(),
        raw: String::new(),
        text: String::new(),
        notes,
        status: ExplainStatus::Running,
    });
    workspace.job = Some(Job { id: job, kind: JobKind::Explain });
    out.push(Effect::Ask {
        job,
        model,
        prompt: Box::new(Prompt::Explain(code)),
        params: workspace.settings.sampling(),
    });
}

fn question_about(message: &str, notes: &mut Vec<String>) -> String {
    let surplus = message.chars().count().saturating_sub(MAX_ERROR);
    let shown: String = message.chars().skip(surplus).collect();
    if surplus > 0 {
        notes.push(format!("the first {surplus} characters of the message are left out"));
    }
    format!(
        "This code gives an error:\n\n{}\n\nExplain in short what the error means and why it comes up here. Then show the corrected code.",
        shown.trim()
    )
}

/// The explanation that is shown goes to those before it.
fn keep(explain: &mut Explain) {
    let Some(shown) = explain.shown.take() else { return };
    if !shown.text.trim().is_empty() || !shown.earlier.is_empty() {
        explain.kept.push(shown);
        let surplus = explain.kept.len().saturating_sub(MAX_KEPT);
        explain.kept.drain(..surplus);
    }
}

/// The explanation of the same file before (or behind) the one that is shown.
pub fn neighbour(explain: &Explain, forward: bool) -> Option<usize> {
    let shown = explain.shown.as_ref()?;
    let same = |(_, other): &(usize, &Explanation)| other.explained.file == shown.explained.file;
    let others = explain.kept.iter().enumerate().filter(same);
    let found = if forward {
        others.filter(|(_, other)| other.number > shown.number).min_by_key(|(_, other)| other.number)
    } else {
        others.filter(|(_, other)| other.number < shown.number).max_by_key(|(_, other)| other.number)
    };
    found.map(|(index, _)| index)
}

/// What happens in the panel.
pub fn on(
    explain: &mut Explain,
    workspace: &mut Workspace,
    event: ExplainEvent,
    now: u64,
    out: &mut Vec<Effect>,
) {
    match event {
        ExplainEvent::Close => close(explain, workspace, out),
        ExplainEvent::Stop => {
            if workspace.job.is_some_and(|job| job.kind == JobKind::Explain) {
                jobs::cancel_job(workspace, out);
            }
        }
        ExplainEvent::Question(text) => {
            let offer = references::follow(workspace, &text, out);
            if let Some(explanation) = &mut explain.shown {
                (explanation.question, explanation.offer) = (text, offer);
            }
        }
        ExplainEvent::Mention(index) => {
            let taken = |shown: &Explanation| shown.offer.finish(&shown.question, index);
            if let Some(text) = explain.shown.as_ref().and_then(taken) {
                on(explain, workspace, ExplainEvent::Question(text), now, out);
            }
        }
        ExplainEvent::Choose(by) => {
            if let Some(explanation) = &mut explain.shown {
                explanation.offer.step(by);
            }
        }
        ExplainEvent::Ask => ask_further(explain, workspace, now, out),
        ExplainEvent::Copy(text) => out.push(Effect::Copy(text)),
        ExplainEvent::Insert(text) => out.push(Effect::then(Event::Typed(Typed::Paste(text)))),
        ExplainEvent::Apply(text) => apply(explain, workspace, &text, now, out),
        ExplainEvent::Step(forward) => {
            if let Some(index) = neighbour(explain, forward) {
                let other = explain.kept.remove(index);
                explain.kept.extend(explain.shown.replace(other));
            }
        }
        ExplainEvent::Export => export(explain, workspace, out),
    }
}

/// Code of an answer is proposed in the place of the code that was explained.
fn apply(explain: &mut Explain, workspace: &mut Workspace, text: &str, now: u64, out: &mut Vec<Effect>) {
    let Some(explanation) = &explain.shown else { return };
    let Explained { tab, range, .. } = explanation.explained.clone();
    let title = explanation.title.clone();
    let explained = explanation.code.selection.clone();
    let open = workspace.tabs.iter().find(|other| other.id == tab);
    let Some(open) = open.filter(|_| !range.is_empty()) else {
        let what = if open.is_some() { "was deleted" } else { "is not open any more" };
        let text = format!("The code that was explained {what}, so nothing can take its place.");
        return workspace.toast(ToastKind::Error, text, now);
    };
    let is_same = open.document.buffer().slice(range.clone()) == explained;
    let (code, target) = ask::question(workspace, open, &range, "");
    let words = format!("Code from the explanation of {title}");
    let sampling = Sampling::default();
    open::activate(workspace, tab, out);
    let notes =
        if is_same { Vec::new() } else { vec!["the code was edited after it was explained".to_owned()] };
    let request = ReviewRequest { task: Task::Apply, range, words, code, target, sampling, notes };
    out.push(Effect::then(Event::ProposeReview(tab, Box::new(request), text.to_owned())));
}

/// Asks the further question that was typed.
fn ask_further(explain: &mut Explain, workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let Some(model) = workspace.model_for(ModelRole::General).map(|model| model.reference.clone()) else {
        return workspace.toast(ToastKind::Error, no_model(), now);
    };
    let asks = |explanation: &Explanation| {
        !explanation.question.trim().is_empty() && !explanation.text.trim().is_empty()
    };
    if !explain.shown.as_ref().is_some_and(asks) {
        return;
    }
    jobs::cancel_job(workspace, out);
    let job = workspace.counters.job();
    let question = explain.shown.as_mut().map(|explanation| std::mem::take(&mut explanation.question));
    let question = question.unwrap_or_default().trim().to_owned();
    let added = references::added(workspace, &question);
    let question = reference::plain(&question);
    let Some(explanation) = &mut explain.shown else { return };
    // Files once named stay part of the conversation.
    let known = &mut explanation.code.reference;
    if !added.text.is_empty() && !known.contains(&added.text) {
        let gap = if known.is_empty() { "" } else { "\n\n" };
        *known += &format!("{gap}{}", added.text);
    }
    explanation.notes.extend(added.notes);
    explanation.raw.clear();
    explanation.earlier.push((std::mem::take(&mut explanation.text), question));
    explanation.offer = Offer::default();
    explanation.job = job;
    explanation.status = ExplainStatus::Running;
    let approach = Approach::FollowUp(explanation.earlier.clone());
    let prompt = Box::new(Prompt::Explain(CodeContext { approach, ..explanation.code.clone() }));
    workspace.job = Some(Job { id: job, kind: JobKind::Explain });
    out.push(Effect::Ask { job, model, prompt, params: workspace.settings.sampling() });
}

/// The conversation becomes an untitled text, to be saved or thrown away like any other.
fn export(explain: &mut Explain, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    let Some(text) = explain.shown.as_ref().map(Explanation::markdown) else { return };
    open::new_with(workspace, &text, out);
}

/// Closes the panel and stops its answer.
pub fn close(explain: &mut Explain, workspace: &mut Workspace, out: &mut Vec<Effect>) {
    if workspace.job.is_some_and(|job| job.kind == JobKind::Explain) {
        jobs::cancel_job(workspace, out);
    }
    keep(explain);
}

fn of_job(explain: &mut Explain, job: JobId) -> Option<&mut Explanation> {
    let shown = explain.shown.iter_mut();
    shown.chain(&mut explain.kept).find(|explanation| explanation.job == job)
}

/// More of an answer; false when it belongs to somebody else.
pub fn delta(explain: &mut Explain, job: JobId, text: &str) -> bool {
    let Some(explanation) = of_job(explain, job) else { return false };
    explanation.raw.push_str(text);
    explanation.text = without_thoughts(&explanation.raw, &explanation.code.selection).into_owned();
    true
}

/// What became of a prompt; false when it belongs to somebody else.
pub fn prompted(explain: &mut Explain, job: JobId, report: &ipc::protocol::PromptReport) -> bool {
    of_job(explain, job).map(|explanation| explanation.notes.extend(reference::left_out(report))).is_some()
}

/// An answer is complete or stopped; false when it belongs to somebody else.
pub fn done(explain: &mut Explain, job: JobId, stop: StopReason) -> bool {
    let status = if stop == StopReason::EndOfAnswer { ExplainStatus::Done } else { ExplainStatus::Stopped };
    of_job(explain, job).map(|explanation| explanation.status = status).is_some()
}

/// An answer does not come; false when it belongs to somebody else.
pub fn failed(explain: &mut Explain, job: JobId, reason: &str) -> bool {
    let status = ExplainStatus::Failed(sentence(reason));
    of_job(explain, job).map(|explanation| explanation.status = status).is_some()
}

/// A job of the panel was stopped.
pub fn stopped(explain: &mut Explain, job: JobId) {
    if let Some(explanation) = of_job(explain, job) {
        explanation.status = ExplainStatus::Stopped;
    }
}

/// What was explained follows the edits of its text.
pub fn follow(explain: &mut Explain, tab: TabId, transactions: &[Transaction]) {
    for explanation in explain.shown.iter_mut().chain(&mut explain.kept) {
        let Explained { tab: own, range, .. } = &mut explanation.explained;
        for transaction in transactions.iter().filter(|_| *own == tab) {
            let start = transaction.map(range.start, Bias::After);
            *range = start..transaction.map(range.end, Bias::Before).max(start);
        }
    }
}

/// The files of the folder were found while a name was typed in the further question.
pub fn offer(explain: &mut Explain, workspace: &Workspace, out: &mut Vec<Effect>) {
    if let Some(shown) = &mut explain.shown {
        shown.offer = references::follow(workspace, &shown.question, out);
    }
}
