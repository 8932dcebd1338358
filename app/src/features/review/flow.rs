//! From the question to the answer, from the answer to hunks: asked anew in another way while that helps.

use std::path::PathBuf;
use std::sync::Arc;

use assist::answer::AnswerVerdict;
use assist::attempts::{Ask, AttemptPolicy, Attempts};
use assist::check::{Proposal, RunResults};
use assist::examples::ExampleResult;
use assist::permission::Permission;
use editor_core::Selection;
use editor_core::file::Opened;
use editor_core::review::Review;
use ground::ids::{JobId, TabId};
use ground::words::sentence;
use ipc::protocol::{Approach, CodeContext, Prompt, PromptReport, StopReason};

use super::current::{keep, reveal_current, review_tab};
use crate::event::{Effect, Judge};
use crate::workspace::ask::no_model;
use crate::workspace::{
    Candidates, Job, JobKind, ReviewRequest, ReviewStatus, SelectionQueue, Tab, TabReview, ToastKind,
    Workspace, edit, jobs, open, permissions,
};

/// The worker tells what became of a prompt: what is left out is said where its answer is.
pub fn prompted(workspace: &mut Workspace, job: JobId, report: PromptReport) {
    if let Some(review) = review_tab(workspace, job).and_then(|tab| tab.review.as_mut()) {
        review.prompt = Some(report);
    }
}

/// Begins a review in a tab and asks.
pub fn start(workspace: &mut Workspace, tab: TabId, question: ReviewRequest, out: &mut Vec<Effect>) {
    if let Some((job, ask)) = open_review(workspace, tab, question, AttemptPolicy::USUAL, out) {
        pose(workspace, tab, job, ask, out);
    }
}

/// Begins a review in a tab of an answer that is there already.
pub fn propose(
    workspace: &mut Workspace,
    tab: TabId,
    question: ReviewRequest,
    answer: &str,
    out: &mut Vec<Effect>,
) {
    let Some((job, ask)) = open_review(workspace, tab, question, AttemptPolicy::ONCE, out) else { return };
    let model =
        workspace.model_for(models::catalog::ModelRole::General).map(|model| model.reference.id.clone());
    let Some(review) = workspace.find_tab(tab).and_then(|tab| tab.review.as_mut()) else { return };
    let mut given = review.candidates.target.answer(&ask.code);
    given.push(answer);
    review.answer = Some(given);
    review.model = model.unwrap_or_default();
    jobs::close_job(workspace, job);
    done(workspace, job, StopReason::EndOfAnswer, out);
}

/// Puts a review without an answer into a tab, in the place of the open job; gives the first question of its attempts.
fn open_review(
    workspace: &mut Workspace,
    tab: TabId,
    question: ReviewRequest,
    policy: AttemptPolicy,
    out: &mut Vec<Effect>,
) -> Option<(JobId, Ask)> {
    jobs::cancel_job(workspace, out);
    let job = workspace.counters.job();
    Some((job, put_review(workspace, (tab, job), question, policy)?))
}

/// Puts a review into a tab whose hunks are there: of what another program made of the file, which then is `opened`, or of what a
/// search would replace.
pub fn put_changes(
    workspace: &mut Workspace,
    tab: TabId,
    question: ReviewRequest,
    review: Review,
    opened: Option<Box<Opened>>,
    out: &mut Vec<Effect>,
) {
    jobs::tab_closed(workspace, tab, out);
    put_review(workspace, (tab, JobId(review.id())), question, AttemptPolicy::ONCE);
    let Some(open) = workspace.find_tab(tab) else { return };
    let Some(shown) = &mut open.review else { return };
    shown.current = review.next(None);
    shown.status = ReviewStatus::Ready;
    shown.review = review;
    shown.compared = opened;
    edit::refresh_review(open);
    open::activate(workspace, tab, out);
    reveal_current(workspace);
}

/// Puts a review without an answer into a tab; gives the first question of its attempts.
fn put_review(
    workspace: &mut Workspace,
    (tab, job): (TabId, JobId),
    question: ReviewRequest,
    policy: AttemptPolicy,
) -> Option<Ask> {
    let (runs_in, asked_in) = (permissions::examples(workspace), permissions::checks(workspace));
    let agreement = policy.agreement && workspace.settings.checks.agreement;
    let policy = AttemptPolicy { check: permissions::may_check(workspace), agreement, ..policy };
    let checkers = policy.check.then(|| permissions::checkers(workspace));
    workspace.withdraw_reopening(tab);
    let tab = workspace.find_tab(tab)?;
    let earlier = refined(tab, &question.code);
    // One that is asked for over another does not throw it away.
    keep(tab, None, SelectionQueue::default());
    let ReviewRequest { task, range, words, code, mut target, sampling, notes } = question;
    target.file = tab.document.path().map(PathBuf::from);
    let checker = checkers.and_then(|checkers| checkers.of(tab.document.language()).cloned());
    target.checker = checker.map(|checker| checker.asked_in(asked_in));
    let trusted = runs_in != Permission::Nowhere;
    target.runs_in = runs_in;
    let (document, target) = (&tab.document, Arc::new(target));
    let runs = trusted && target.can_run();
    let policy = AttemptPolicy { examples: runs, ..policy };
    let mut attempts = Attempts::new(code, sampling, &target, policy);
    let ask = attempts.next_ask()?;
    let seen = task.asks().then(|| assist::seen_words(document.rope(), &range)).flatten();
    let review = Review::new(job.0, document.buffer(), range.clone(), document.line_ending());
    tab.review = Some(TabReview {
        task,
        model: String::new(),
        before: None,
        edited: false,
        job,
        rows: review.rows(),
        tokens: Vec::new(),
        answer: None,
        review,
        instruction: words,
        prompt: None,
        notes,
        seen,
        candidates: Candidates { attempts, target, runs, shown: None, previous: None, since: None },
        status: ReviewStatus::Waiting,
        current: None,
        compared: None,
        lost: Vec::new(),
        earlier,
        later: None,
    });
    let caret = Selection::caret(range.start);
    tab.document.select(&caret);
    Some(ask)
}

/// Most proposals that can be gone back to from the one that refines them.
const MAX_EARLIER: usize = 8;

/// The review that a further wish is about, out of its tab.
fn refined(tab: &mut Tab, code: &CodeContext) -> Option<Box<TabReview>> {
    let is_wish = matches!(code.approach, Approach::FollowUp(_));
    let mut review = tab.review.take_if(|review| is_wish && review.is_open() && review.is_untouched())?;
    review.later = None;
    review.forget_beyond(MAX_EARLIER - 1);
    Some(Box::new(review))
}

/// Goes back to the proposal that this one refines, or on (true) to the one that refines it. What was no proposal is forgotten. False
/// where there is none.
pub fn step_refined(workspace: &mut Workspace, id: TabId, forward: bool) -> bool {
    let Some(tab) = workspace.find_tab(id) else { return false };
    let Some(mut current) = tab.review.take() else { return false };
    let other = if forward { current.later.take() } else { current.earlier.take() };
    let Some(mut other) = other else {
        tab.review = Some(current);
        return false;
    };
    if forward {
        other.earlier = Some(Box::new(current));
    } else if current.is_open() {
        other.later = Some(Box::new(current));
    }
    tab.review = Some(*other);
    edit::refresh_review(tab);
    if workspace.tab().is_some_and(|front| front.id == id) {
        reveal_current(workspace);
    }
    true
}

/// Sends one question of a review's attempts to the worker.
fn pose(workspace: &mut Workspace, tab: TabId, job: JobId, ask: Ask, out: &mut Vec<Effect>) {
    let model = workspace.model().map(|model| model.reference.clone());
    if let Some(review) = workspace.find_tab(tab).and_then(|tab| tab.review.as_mut()) {
        review.answer = Some(review.candidates.target.answer(&ask.code));
        review.status = ReviewStatus::Waiting;
        review.model = model.as_ref().map(|model| model.id.clone()).unwrap_or_default();
    }
    match model {
        Some(model) => {
            workspace.job = Some(Job { id: job, kind: JobKind::Improve(tab) });
            let prompt = Box::new(Prompt::Edit(ask.code));
            out.push(Effect::Ask { job, model, prompt, params: ask.sampling });
        }
        None => {
            jobs::close_job(workspace, job);
            failed(workspace, job, &no_model());
        }
    }
}

/// Poses the next question of the review of a tab, beginning its review anew.
fn pose_next(workspace: &mut Workspace, tab: TabId, ask: Ask, out: &mut Vec<Effect>) {
    let job = workspace.counters.job();
    let Some(open) = workspace.find_tab(tab) else { return };
    let Some(review) = &mut open.review else { return };
    let range = review.review.range();
    review.review = Review::new(job.0, open.document.buffer(), range, open.document.line_ending());
    review.job = job;
    review.current = None;
    edit::refresh_review(open);
    pose(workspace, tab, job, ask, out);
}

/// More of the answer to a job.
pub fn delta(workspace: &mut Workspace, job: JobId, text: &str) {
    let Some(tab) = review_tab(workspace, job) else { return };
    if let Some(review) = &mut tab.review
        && let Some(answer) = &mut review.answer
    {
        answer.push(text);
        review.review.set_answer(&answer.text());
        review.status = ReviewStatus::Streaming;
    }
    edit::refresh_review(tab);
}

/// The answer to a job is complete.
pub fn done(workspace: &mut Workspace, job: JobId, stop: StopReason, out: &mut Vec<Effect>) {
    // What was allowed when it was asked may have been taken back since.
    let (runs_in, asked_in) = (permissions::examples(workspace), permissions::checks(workspace));
    let Some(tab) = review_tab(workspace, job) else { return };
    let Some(review) = &mut tab.review else { return };
    if stop == StopReason::Cancelled {
        tab.review = review.earlier.take().map(|earlier| *earlier);
        return edit::refresh_review(tab);
    }
    let Some(answer) = review.answer.take() else { return };
    review.status = ReviewStatus::Checking;
    let run = review.candidates.runs && runs_in != Permission::Nowhere;
    let target = Arc::make_mut(&mut review.candidates.target);
    target.runs_in = runs_in;
    target.checker = target.checker.take().map(|checker| checker.asked_in(asked_in));
    out.push(Effect::Judge(Box::new(Judge {
        job,
        target: review.candidates.target.clone(),
        answer,
        incomplete: matches!(stop, StopReason::Length | StopReason::Deadline),
        run,
        attempts: Box::new(review.candidates.attempts.clone()),
    })));
}

/// The examples of the code as it is were run after its answer was shown: another one can be told what does not hold.
pub fn ran_before(workspace: &mut Workspace, job: JobId, held: Vec<ExampleResult>) {
    let Some(review) = review_tab(workspace, job).and_then(|tab| tab.review.as_mut()) else { return };
    let Candidates { attempts, target, .. } = &mut review.candidates;
    if !attempts.knows_baseline() {
        let finding = target.finding(&held);
        attempts.set_baseline(held, finding);
    }
}

/// A proposal was run after it was shown.
pub fn ran_shown(workspace: &mut Workspace, job: JobId, proposal: usize, ran: RunResults) {
    if let Some(review) = review_tab(workspace, job).and_then(|tab| tab.review.as_mut()) {
        review.candidates.attempts.hold(proposal, ran);
    }
}

/// An answer was judged: it is shown, or the model is asked in another way.
pub fn judged(
    workspace: &mut Workspace,
    job: JobId,
    proposal: Proposal,
    baseline: Option<Vec<ExampleResult>>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let seconds = u64::from(workspace.settings.checks.seconds);
    let Some(tab) = review_tab(workspace, job) else { return };
    let id = tab.id;
    let Some(review) = tab.review.as_mut().filter(|review| review.status == ReviewStatus::Checking) else {
        return;
    };
    let Candidates { attempts, target, previous, runs, since, .. } = &mut review.candidates;
    if let Some(held) = baseline {
        let finding = target.finding(&held);
        attempts.set_baseline(held, finding);
    }
    attempts.learn(proposal);
    if previous.is_some() {
        return show_another(workspace, id, now);
    }
    let spent = now.saturating_sub(*since.get_or_insert(now));
    let is_time = seconds == 0 || spent < 1000 * seconds;
    match if is_time { attempts.next_ask() } else { None } {
        Some(ask) => pose_next(workspace, id, ask, out),
        None => {
            // What was not needed to judge this answer is found out while the user reads it.
            let later = *runs && !attempts.knows_baseline();
            out.extend(later.then(|| Effect::RunBefore(job, target.clone())));
            conclude(workspace, id);
        }
    }
}

/// Shows what came when the user asked for another proposal; where it is none, the one that stood there before.
fn show_another(workspace: &mut Workspace, tab: TabId, now: u64) {
    let Some(review) = workspace.find_tab(tab).and_then(|tab| tab.review.as_mut()) else { return };
    let latest = review.candidates.attempts.proposals().len().saturating_sub(1);
    if review.candidates.attempts.choices().contains(&latest) {
        review.candidates.previous = None;
        show(workspace, tab, latest);
    } else if conclude(workspace, tab) {
        workspace.toast(ToastKind::Info, "The model gave no other usable answer.".into(), now);
    }
}

/// Shows the proposal that was there when another one was asked for, else the best so far. False when there is none.
pub fn conclude(workspace: &mut Workspace, tab: TabId) -> bool {
    let Some(review) = workspace.find_tab(tab).and_then(|tab| tab.review.as_mut()) else { return false };
    let Candidates { attempts, previous, .. } = &mut review.candidates;
    let Some(shown) = previous.take().or_else(|| attempts.best()) else { return false };
    show(workspace, tab, shown);
    true
}

/// Shows one of the proposals as hunks.
fn show(workspace: &mut Workspace, tab: TabId, proposal: usize) {
    let Some(open) = workspace.find_tab(tab) else { return };
    let Some(review) = &mut open.review else { return };
    review.candidates.shown = Some(proposal);
    let Some(shown) = review.candidates.proposal() else { return };
    let (range, ending) = (review.review.range(), open.document.line_ending());
    let mut hunks = Review::new(review.job.0, open.document.buffer(), range, ending);
    hunks.set_answer(&shown.text);
    hunks.finish();
    review.current = hunks.next(None);
    review.status = match (hunks.hunks().is_empty(), shown.incomplete) {
        (true, _) => unusable(shown.verdict),
        (false, true) => ReviewStatus::Incomplete,
        (false, false) => ReviewStatus::Ready,
    };
    review.answer = None;
    review.lost = match review.task.asks() {
        true => assist::lost::definitions(open.document.language(), hunks.original(), hunks.answer()),
        false => Vec::new(),
    };
    review.review = hunks;
    edit::refresh_review(open);
    if workspace.tab().is_some_and(|front| front.id == tab) {
        reveal_current(workspace);
    }
}

/// Goes to another proposal, those before a further wish among them; behind the last one asks for one more.
pub fn alternative(workspace: &mut Workspace, forward: bool, out: &mut Vec<Effect>) {
    let Some(tab) = workspace.tab_mut() else { return };
    let id = tab.id;
    let Some(review) = tab.review.as_mut().filter(|review| !review.is_under_way() && review.is_untouched())
    else {
        return;
    };
    let is_open = review.is_open();
    let choices = review.candidates.attempts.choices();
    let at = choices.iter().position(|choice| Some(*choice) == review.candidates.shown);
    let next = match (at, forward) {
        (Some(at), true) => choices.get(at + 1),
        (Some(at), false) => at.checked_sub(1).and_then(|before| choices.get(before)),
        (None, true) => choices.first(),
        (None, false) => None,
    };
    match next.copied() {
        Some(next) if is_open => show(workspace, id, next),
        None if !forward || review.later.is_some() => {
            step_refined(workspace, id, forward);
        }
        None if is_open && review.task.asks() => {
            if let Some(ask) = review.candidates.attempts.ask() {
                review.candidates.previous = review.candidates.shown;
                pose_next(workspace, id, ask, out);
            } else if let Some(first) = choices.first().copied() {
                show(workspace, id, first);
            }
        }
        _ => {}
    }
}

/// An answer without a change: there was none to make, or it cannot be used.
fn unusable(verdict: AnswerVerdict) -> ReviewStatus {
    match verdict {
        AnswerVerdict::Changed | AnswerVerdict::Unchanged => ReviewStatus::Unchanged,
        bad @ (AnswerVerdict::Empty | AnswerVerdict::Elided | AnswerVerdict::Refused) => {
            ReviewStatus::Failed(bad.message().unwrap_or("The answer cannot be used.").to_owned())
        }
    }
}

/// A job gets no answer.
pub fn failed(workspace: &mut Workspace, job: JobId, reason: &str) {
    let Some(tab) = review_tab(workspace, job) else { return };
    let id = tab.id;
    let running = tab.review.as_ref().is_some_and(|review| review.answer.is_some());
    if running && has_usable(tab) && conclude(workspace, id) {
        return;
    }
    let Some(tab) = review_tab(workspace, job) else { return };
    // An answer that is complete stays, whatever happens to the worker afterwards.
    if let Some(review) = tab.review.as_mut().filter(|review| review.answer.is_some()) {
        review.answer = None;
        review.review.set_answer("");
        review.rows.clear();
        review.status = ReviewStatus::Failed(sentence(reason));
    }
}

/// Is there a proposal to fall back on?
pub fn has_usable(tab: &Tab) -> bool {
    tab.review.as_ref().is_some_and(|review| !review.candidates.attempts.choices().is_empty())
}
