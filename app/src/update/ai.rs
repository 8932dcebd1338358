//! Improve and explain: from the key to the question, from the answer to the review, from the review to the text.

use std::ops::Range;

use editor_core::review::Review;
use editor_core::{EditKind, Selection, Span};
use ipc::protocol::{Prompt, StopReason};

use super::{editing, toast};
use crate::assist;
use crate::assist::answer::{Answer, Verdict};
use crate::event::Effect;
use crate::state::{
    ExplainStatus, Explanation, Instruction, Job, JobId, JobKind, Overlay, ReviewStatus, State, TabId,
    TabReview, ToastKind, whole_lines,
};

/// What is asked when nothing was typed.
const PLAIN_IMPROVE: &str = "Improve this code.";
/// Said wherever a model is needed and none is there.
pub const NO_MODEL: &str =
    "No model is installed. Import a GGUF file with `localcoder models import FILE`, then try again.";

/// The lines that a request is about: the selection, else the function around the caret, else its paragraph.
pub fn target(state: &State) -> Option<Range<usize>> {
    let tab = state.tab()?;
    let document = &tab.document;
    let span = document.selection().primary();
    if !span.is_empty() {
        return whole_lines(document, document.selection());
    }
    let function =
        tab.highlighter.tree().and_then(|tree| tree.enclosing_function(document.rope(), span.head));
    let range = function.unwrap_or_else(|| paragraph(document.buffer(), span.head));
    whole_lines(document, &Selection::single(Span::new(range.start, range.end)))
}

/// The lines around a position up to the next blank ones.
pub fn paragraph(buffer: &editor_core::Buffer, position: usize) -> Range<usize> {
    let blank = |line: usize| buffer.line(line).chars().all(char::is_whitespace);
    let line = buffer.line_of(position);
    let first = (0..line).rev().take_while(|line| !blank(*line)).last().unwrap_or(line);
    let last = (line..buffer.len_lines()).take_while(|line| !blank(*line)).last().unwrap_or(line);
    buffer.line_start(first)..buffer.line_end(last)
}

/// Opens the instruction line; a second time sends what stands in it.
pub fn improve(state: &mut State, out: &mut Vec<Effect>) {
    if let Overlay::Instruction(instruction) = std::mem::take(&mut state.overlay) {
        return send(state, instruction, out);
    }
    let (Some(range), Some(tab)) = (target(state), state.tab()) else { return };
    let tab = tab.id;
    let selection = Selection::single(Span::new(range.start, range.end));
    if let Some(tab) = state.find_tab(tab) {
        tab.document.select(&selection);
    }
    editing::reveal(state, range.start, false);
    state.overlay = Overlay::Instruction(Instruction { tab, range, text: String::new() });
}

/// Asks for the improvement.
pub fn send(state: &mut State, instruction: Instruction, out: &mut Vec<Effect>) {
    let Instruction { tab, range, text } = instruction;
    cancel_job(state, out);
    let job = state.counters.job();
    let model = state.model().map(|model| model.reference.clone());
    let Some(tab) = state.find_tab(tab) else { return };
    let id = tab.id;
    let document = &tab.document;
    let review = Review::new(job.0, document.buffer(), range.clone(), document.line_ending());
    let wish = if text.trim().is_empty() { PLAIN_IMPROVE } else { text.trim() };
    let context =
        assist::code_context(document.rope(), range.clone(), &document.title(), document.language(), wish);
    let start = range.start;
    tab.review = Some(TabReview {
        job,
        rows: review.rows(),
        tokens: Vec::new(),
        answer: Some(Answer::new(&context)),
        review,
        instruction: text.trim().to_owned(),
        status: ReviewStatus::Waiting,
        current: None,
    });
    let caret = Selection::caret(start);
    tab.document.select(&caret);
    match model {
        Some(model) => {
            state.job = Some(Job { id: job, kind: JobKind::Improve(id) });
            out.push(Effect::Ask { job, model, prompt: Box::new(Prompt::Edit(context)) });
        }
        None => failed(state, job, NO_MODEL),
    }
}

/// Asks the same again.
pub fn try_again(state: &mut State, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab_mut() else { return };
    let Some(review) = tab.review.take() else { return };
    let instruction = Instruction { tab: tab.id, range: review.review.range(), text: review.instruction };
    send(state, instruction, out);
}

/// Asks for an explanation.
pub fn explain(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let (Some(range), Some(tab)) = (target(state), state.tab()) else { return };
    let document = &tab.document;
    let buffer = document.buffer();
    let (first, last) = (buffer.line_of(range.start) + 1, buffer.line_of(range.end) + 1);
    let lines = if first == last { format!("line {first}") } else { format!("lines {first} to {last}") };
    let title = format!("{}, {lines}", document.title());
    let context = assist::code_context(document.rope(), range, &document.title(), document.language(), "");
    cancel_job(state, out);
    let job = state.counters.job();
    let Some(model) = state.model_for(models::catalog::Role::General).map(|model| model.reference.clone())
    else {
        return toast(state, ToastKind::Error, NO_MODEL.to_owned(), now);
    };
    state.explanation = Some(Explanation { job, title, text: String::new(), status: ExplainStatus::Running });
    state.job = Some(Job { id: job, kind: JobKind::Explain });
    out.push(Effect::Ask { job, model, prompt: Box::new(Prompt::Explain(context)) });
}

/// Closes the panel and stops its answer.
pub fn close_explanation(state: &mut State, out: &mut Vec<Effect>) {
    if state.job.is_some_and(|job| job.kind == JobKind::Explain) {
        cancel_job(state, out);
    }
    state.explanation = None;
}

/// Stops the open job; a new request of any kind replaces the old one.
fn cancel_job(state: &mut State, out: &mut Vec<Effect>) {
    let Some(job) = state.job.take() else { return };
    out.push(Effect::Cancel(job.id));
    match job.kind {
        JobKind::Improve(tab) => drop_review(state, tab, job.id),
        JobKind::Explain => {
            if let Some(explanation) = &mut state.explanation {
                explanation.status = ExplainStatus::Stopped;
            }
        }
    }
}

fn drop_review(state: &mut State, tab: TabId, job: JobId) {
    if let Some(tab) = state.find_tab(tab)
        && tab.review.as_ref().is_some_and(|review| review.job == job)
    {
        tab.review = None;
    }
}

/// A tab is gone: so is its job.
pub fn tab_closed(state: &mut State, tab: TabId, out: &mut Vec<Effect>) {
    if state.job.is_some_and(|job| job.kind == JobKind::Improve(tab)) {
        cancel_job(state, out);
    }
}

/// More of the answer to a job.
pub fn delta(state: &mut State, job: JobId, text: &str) {
    if let Some(explanation) = state.explanation.as_mut().filter(|explanation| explanation.job == job) {
        explanation.text.push_str(text);
        return;
    }
    let Some(tab) = review_tab(state, job) else { return };
    if let Some(review) = &mut tab.review
        && let Some(answer) = &mut review.answer
    {
        answer.push(text);
        review.review.set_answer(&answer.text());
        review.status = ReviewStatus::Streaming;
    }
    editing::refresh_review(tab);
}

fn review_tab(state: &mut State, job: JobId) -> Option<&mut crate::state::Tab> {
    state.tabs.iter_mut().find(|tab| tab.review.as_ref().is_some_and(|review| review.job == job))
}

/// The answer to a job is complete.
pub fn done(state: &mut State, job: JobId, stop: StopReason) {
    close_job(state, job);
    if let Some(explanation) = state.explanation.as_mut().filter(|explanation| explanation.job == job) {
        explanation.status =
            if stop == StopReason::EndOfAnswer { ExplainStatus::Done } else { ExplainStatus::Stopped };
        return;
    }
    let Some(tab) = review_tab(state, job) else { return };
    let Some(review) = &mut tab.review else { return };
    if stop == StopReason::Cancelled {
        tab.review = None;
        return;
    }
    let verdict = review.answer.take().map(|answer| {
        review.review.set_answer(&answer.finish());
        answer.verdict()
    });
    review.review.finish();
    review.current = review.review.next(None);
    review.status = match (review.review.hunks().is_empty(), stop) {
        (true, _) => unusable(verdict),
        (false, StopReason::Length | StopReason::Deadline) => ReviewStatus::Incomplete,
        (false, _) => ReviewStatus::Ready,
    };
    editing::refresh_review(tab);
    if state.tab().is_some_and(|tab| tab.review.as_ref().is_some_and(|review| review.job == job)) {
        reveal_current(state);
    }
}

/// An answer without a change: there was none to make, or it cannot be used.
fn unusable(verdict: Option<Verdict>) -> ReviewStatus {
    match verdict.unwrap_or(Verdict::Unchanged) {
        Verdict::Changed | Verdict::Unchanged => ReviewStatus::Unchanged,
        bad @ (Verdict::Empty | Verdict::Elided) => {
            ReviewStatus::Failed(bad.message().unwrap_or("The answer cannot be used.").to_owned())
        }
    }
}

/// A job gets no answer.
pub fn failed(state: &mut State, job: JobId, reason: &str) {
    close_job(state, job);
    if let Some(explanation) = state.explanation.as_mut().filter(|explanation| explanation.job == job) {
        explanation.status = ExplainStatus::Failed(editing::sentence(reason));
        return;
    }
    let Some(tab) = review_tab(state, job) else { return };
    // An answer that is complete stays, whatever happens to the worker afterwards.
    if let Some(review) = tab.review.as_mut().filter(|review| review.answer.is_some()) {
        review.answer = None;
        review.review.set_answer("");
        review.rows.clear();
        review.status = ReviewStatus::Failed(editing::sentence(reason));
    }
}

fn close_job(state: &mut State, job: JobId) {
    if state.job.is_some_and(|open| open.id == job) {
        state.job = None;
    }
}

/// Accepts a hunk, or the current one.
pub fn accept(state: &mut State, hunk: Option<usize>, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab() else { return };
    let id = tab.id;
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return };
    let Some(hunk) = hunk.or(review.current) else { return };
    let Some(transaction) = review.review.accept(hunk) else { return };
    let kind = EditKind::Review(review.review.id());
    editing::apply_transaction(state, id, transaction, kind, now, out);
    after_decision(state, hunk);
}

/// Accepts all hunks that are left.
pub fn accept_all(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab() else { return };
    let id = tab.id;
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return };
    let (transaction, kind) = (review.review.accept_all(), EditKind::Review(review.review.id()));
    editing::apply_transaction(state, id, transaction, kind, now, out);
    if let Some(tab) = state.find_tab(id) {
        tab.review = None;
    }
}

/// Rejects a hunk, or the current one.
pub fn reject(state: &mut State, hunk: Option<usize>) {
    let Some(review) = state.tab_mut().and_then(|tab| tab.review.as_mut()) else { return };
    let Some(hunk) = hunk.or(review.current) else { return };
    review.review.reject(hunk);
    after_decision(state, hunk);
}

/// The next hunk becomes the current one; after the last the review ends.
fn after_decision(state: &mut State, hunk: usize) {
    let Some(tab) = state.tab_mut() else { return };
    let Some(review) = &mut tab.review else { return };
    if review.review.is_settled() {
        tab.review = None;
        return;
    }
    review.current = review.review.next(Some(hunk));
    editing::refresh_review(tab);
    reveal_current(state);
}

/// Goes to the next or the previous hunk.
pub fn step(state: &mut State, forward: bool) {
    let Some(review) = state.tab_mut().and_then(|tab| tab.review.as_mut()) else { return };
    review.current =
        if forward { review.review.next(review.current) } else { review.review.previous(review.current) };
    reveal_current(state);
}

fn reveal_current(state: &mut State) {
    let position = state.tab().and_then(|tab| {
        let review = tab.review.as_ref()?;
        Some(review.review.hunks().get(review.current?)?.range.start)
    });
    if let Some(position) = position {
        editing::reveal(state, position, true);
    }
}

/// Ends the review and leaves the text as it is: stops the answer, rejects what is left.
pub fn dismiss(state: &mut State, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab() else { return };
    let (id, running) = (tab.id, state.job);
    if running.is_some_and(|job| job.kind == JobKind::Improve(id)) {
        cancel_job(state, out);
    }
    if let Some(tab) = state.tab_mut() {
        tab.review = None;
    }
}
