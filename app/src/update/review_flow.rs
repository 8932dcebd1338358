//! Improve and explain: from the key to the question, from the answer to the review, from the review to the text.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use assist::answer::Verdict;
use assist::attempts::{Ask, Attempts, Policy};
use assist::check::{EditTarget, Proposal};
use assist::checkers::Checkers;
use assist::examples::ExampleResult;
use assist::task::Task;
use assist::{presets, reference};
use editor_core::review::Review;
use editor_core::{EditKind, Selection, Span};
use ground::command::Command;
use ground::ids::{JobId, TabId};
use ground::words::sentence;
use ipc::protocol::{Approach, CodeContext, Prompt, PromptReport, Sampling, StopReason};

use super::{comparing, editing, explain, files, problems, reopen, reviews, toast};
use crate::event::{Compared, Effect, Judge};
use crate::state::{
    Candidates, Focus, Instruction, Job, JobKind, Offer, Overlay, Queue, ReviewStatus, State, Tab, TabReview,
    ToastKind, whole_lines,
};

/// What is asked when nothing was typed.
const PLAIN_IMPROVE: &str = "Improve this code.";
/// Said wherever a model is needed and none is there, with the way to one.
pub fn no_model() -> String {
    let key = match Command::ModelManager.key_text() {
        none if none.is_empty() => none,
        key => format!(" ({key})"),
    };
    format!("No model is installed. The model manager{key} downloads one or imports a file.")
}

/// What is asked first about a range, for what was typed, and the range as a subject. What is sent ahead must be the same.
pub fn question(state: &State, tab: &Tab, range: &Range<usize>, typed: &str) -> (CodeContext, EditTarget) {
    let document = &tab.document;
    let (rope, language) = (document.rope(), document.language());
    let instruction = if typed.trim().is_empty() { PLAIN_IMPROVE } else { typed.trim() };
    let context = assist::code_context(rope, range.clone(), &document.title(), language, instruction);
    let tree = tab.highlighter.tree().filter(|tree| tree.revision() == document.revision());
    let subject = EditTarget::new(rope.clone(), range.clone(), language, tree);
    let added = super::mentioned::added(state, typed).text;
    let elsewhere = document.path().map(|path| {
        let around = format!("{}{}{}", subject.reference, context.before, context.selection);
        state.index.signatures(path, &around, &context.selection, language)
    });
    let parts = [added, elsewhere.unwrap_or_default(), subject.reference.clone()];
    let reference = parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n");
    let known = problems::known(tab, range, subject.misfit());
    (
        CodeContext { reference, known, instruction: reference::plain(&context.instruction), ..context },
        subject,
    )
}

/// The worker tells what became of a prompt: what is left out is said where its answer is.
pub fn prompted(state: &mut State, job: JobId, report: PromptReport) {
    if explain::prompted(state, job, &report) {
        return;
    }
    if let Some(review) = review_tab(state, job).and_then(|tab| tab.review.as_mut()) {
        review.prompt = Some(report);
    }
}

/// The lines that a request is about: the selection, else the function around the caret, else its paragraph.
pub fn target(state: &State) -> Option<Range<usize>> {
    let tab = state.tab()?;
    let document = &tab.document;
    let span = document.selection().primary();
    if !span.is_empty() {
        return whole_lines(document, document.selection());
    }
    lines_around(tab, span.head)
}

/// The lines of the function around a position, else of its paragraph.
pub fn lines_around(tab: &Tab, position: usize) -> Option<Range<usize>> {
    let document = &tab.document;
    let function = tab.highlighter.tree().and_then(|tree| tree.enclosing_function(document.rope(), position));
    let range = function.unwrap_or_else(|| paragraph(document.buffer(), position));
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

/// Opens the instruction line; a second time sends what stands in it. Over a review it asks for a further wish about the
/// proposal that is shown.
pub fn improve(state: &mut State, out: &mut Vec<Effect>) {
    if let Overlay::Instruction(instruction) = std::mem::take(&mut state.overlay) {
        return send(state, instruction, out);
    }
    out.push(Effect::ListPrompts);
    let Some(tab) = state.tab() else { return };
    let may_refine = |review: &&TabReview| review.is_open() && review.is_untouched() && review.task.refines();
    let reviewed = tab.review.as_ref().filter(may_refine);
    let refines = reviewed.is_some();
    let mut several = if refines { None } else { reviews::several(tab) }.unwrap_or_default().into_iter();
    let first = reviewed.map(|review| review.review.range()).or_else(|| several.next());
    let Some(range) = first.or_else(|| target(state)) else { return };
    let others: Vec<Range<usize>> = several.collect();
    let tab = tab.id;
    if !refines && others.is_empty() {
        let selection = Selection::single(Span::new(range.start, range.end));
        if let Some(tab) = state.find_tab(tab) {
            tab.document.select(&selection);
        }
        editing::reveal(state, range.start, false);
    }
    let instruction = Instruction {
        tab,
        range,
        others,
        text: String::new(),
        refines,
        offer: Offer::default(),
        fetched: None,
    };
    state.overlay = Overlay::Instruction(instruction);
}

/// Fetches the user's own prompts and earlier instructions into the instruction line, `by` further on.
pub fn fetch_instruction(state: &mut State, by: isize) {
    let own = state.prompts.iter().map(|(_, text)| text.clone());
    let known: Vec<String> = own.chain(state.session.instructions.iter().cloned()).collect();
    let Overlay::Instruction(instruction) = &mut state.overlay else { return };
    if known.is_empty() {
        return;
    }
    let from = instruction.fetched.map_or(if by > 0 { -1 } else { known.len() as isize }, |at| at as isize);
    let at = (from + by).rem_euclid(known.len() as isize) as usize;
    instruction.fetched = Some(at);
    instruction.text.clone_from(&known[at]);
}

/// Sends one of the quick choices, counted from 0; behind them the user's own prompts.
pub fn choose(state: &mut State, choice: usize, out: &mut Vec<Effect>) {
    let own = |index: usize| state.prompts.get(index).map(|(_, text)| text.clone());
    let quick = presets::PRESETS.get(choice).map(|preset| preset.instruction.to_owned());
    let Some(text) = quick.or_else(|| own(choice - presets::PRESETS.len())) else { return };
    if let Overlay::Instruction(mut instruction) = std::mem::take(&mut state.overlay) {
        instruction.text = text;
        state.focus = Some(Focus::Editor);
        send(state, instruction, out);
    }
}

/// Asks for the improvement.
pub fn send(state: &mut State, instruction: Instruction, out: &mut Vec<Effect>) {
    reviews::line_up(state, &instruction);
    let Instruction { tab, range, text, refines, .. } = instruction;
    let words = text.trim().to_owned();
    state.session.note_instruction(&words);
    let sampling = state.settings.sampling();
    begin_in(state, tab, Wish { range, words, refines, sampling }, out);
}

/// What is asked about a range for these words: over a proposal that is as it came a further wish about it, where `refines`.
pub fn asked(
    state: &State,
    tab: &Tab,
    range: &Range<usize>,
    words: &str,
    refines: bool,
) -> (CodeContext, EditTarget) {
    let wish = words.trim();
    let shown = tab.review.as_ref().filter(|review| refines && review.is_untouched() && !wish.is_empty());
    let Some(review) = shown else { return question(state, tab, range, wish) };
    let answer = review.pursuit.proposal().map(|proposal| proposal.text.clone()).unwrap_or_default();
    let before = review.pursuit.attempts.code();
    let (mut code, subject) = question(state, tab, range, &before.instruction);
    // With the files that were named then.
    code.reference.clone_from(&before.reference);
    let added = super::mentioned::added(state, wish).text;
    if !added.is_empty() && !code.reference.contains(&added) {
        let gap = if code.reference.is_empty() { "" } else { "\n\n" };
        code.reference += &format!("{gap}{added}");
    }
    (CodeContext { approach: Approach::FollowUp(vec![(answer, reference::plain(wish))]), ..code }, subject)
}

/// Asks for the improvement of a range of a tab, in the words of the one before it.
pub fn improve_range(state: &mut State, id: TabId, range: Range<usize>, words: &str, out: &mut Vec<Effect>) {
    let (words, sampling) = (words.trim().to_owned(), state.settings.sampling());
    begin_in(state, id, Wish { range, words, refines: false, sampling }, out);
}

/// Asks the same again, with some chance in it.
pub fn try_again(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let seed = state.counters.job().0 as u32;
    let usual = state.settings.sampling();
    let Some(tab) = state.tab_mut() else { return };
    let Some(review) = tab.review.as_ref().filter(|review| review.task.asks()) else { return };
    let sampling = Sampling { temperature: usual.temperature.max(0.5), seed, ..usual };
    let task = review.task;
    if matches!(task, Task::Generate | Task::Document) {
        // The last line is the comment's own, and the signature of what is documented.
        tab.document.select(&Selection::caret(review.review.range().end));
        return match task {
            Task::Generate => super::writing::generate(state, sampling, now, out),
            _ => super::writing::document(state, sampling, now, out),
        };
    }
    let (id, words) = (tab.id, review.instruction.clone());
    let wish = Wish { range: review.review.range(), words, refines: false, sampling };
    begin_in(state, id, wish, out);
}

/// What the user wants done with a range of a text.
struct Wish {
    range: Range<usize>,
    /// Shown above the review.
    words: String,
    /// About the proposal that is shown.
    refines: bool,
    sampling: Sampling,
}

fn begin_in(state: &mut State, id: TabId, wish: Wish, out: &mut Vec<Effect>) {
    let Wish { range, words, refines, sampling } = wish;
    let Some(tab) = state.tabs.iter().find(|tab| tab.id == id) else { return };
    let (code, subject) = asked(state, tab, &range, &words, refines);
    let notes = super::mentioned::added(state, &words).notes;
    start(state, id, ReviewRequest { task: Task::Improve, range, words, code, subject, sampling }, out);
    if let Some(review) = state.find_tab(id).and_then(|tab| tab.review.as_mut()) {
        review.notes = notes;
    }
}

/// What is asked about a range, whatever the command.
pub struct ReviewRequest {
    /// The command.
    pub task: Task,
    /// What the answer takes the place of.
    pub range: Range<usize>,
    /// Shown above the review.
    pub words: String,
    /// What the model is told.
    pub code: CodeContext,
    /// The range as the checks see it.
    pub subject: EditTarget,
    /// How to choose tokens.
    pub sampling: Sampling,
}

/// Begins a review in a tab and asks.
pub fn start(state: &mut State, tab: TabId, question: ReviewRequest, out: &mut Vec<Effect>) {
    if let Some((job, ask)) = open_review(state, tab, question, Policy::USUAL, out) {
        pose(state, tab, job, ask, out);
    }
}

/// Begins a review in a tab of an answer that is there already.
pub fn propose(state: &mut State, tab: TabId, question: ReviewRequest, answer: &str, out: &mut Vec<Effect>) {
    let Some((job, ask)) = open_review(state, tab, question, Policy::ONCE, out) else { return };
    let model = state.model_for(models::catalog::Role::General).map(|model| model.reference.id.clone());
    let Some(review) = state.find_tab(tab).and_then(|tab| tab.review.as_mut()) else { return };
    let mut given = review.pursuit.subject.answer(&ask.code);
    given.push(answer);
    review.answer = Some(given);
    review.model = model.unwrap_or_default();
    done(state, job, StopReason::EndOfAnswer, out);
}

/// Puts a review without an answer into a tab, in the place of the open job; gives the first question of its attempts.
fn open_review(
    state: &mut State,
    tab: TabId,
    question: ReviewRequest,
    policy: Policy,
    out: &mut Vec<Effect>,
) -> Option<(JobId, Ask)> {
    cancel_job(state, out);
    let job = state.counters.job();
    Some((job, put_review(state, (tab, job), question, policy)?))
}

/// Puts what another program made of a file into its tab, as a review whose hunks are there.
pub fn put_comparison(
    state: &mut State,
    tab: TabId,
    question: ReviewRequest,
    Compared { opened, review }: Compared,
    out: &mut Vec<Effect>,
) {
    tab_closed(state, tab, out);
    put_review(state, (tab, JobId(review.id())), question, Policy::ONCE);
    let Some(open) = state.find_tab(tab) else { return };
    let Some(shown) = &mut open.review else { return };
    shown.current = review.next(None);
    shown.status = ReviewStatus::Ready;
    shown.review = review;
    shown.compared = Some(Box::new(opened));
    editing::refresh_review(open);
    files::activate(state, tab, out);
    reveal_current(state);
}

/// Puts a review without an answer into a tab; gives the first question of its attempts.
fn put_review(
    state: &mut State,
    (tab, job): (TabId, JobId),
    question: ReviewRequest,
    policy: Policy,
) -> Option<Ask> {
    let trusted = may_run_examples(state);
    let policy = Policy { check: may_check(state), ..policy };
    let checkers = policy.check.then(|| checkers(state));
    reopen::withdraw(state, tab);
    let tab = state.find_tab(tab)?;
    // One that is asked for over another does not throw it away.
    reopen::keep(tab, None, Queue::default());
    let ReviewRequest { task, range, words, code, mut subject, sampling } = question;
    subject.file = tab.document.path().map(PathBuf::from);
    subject.checker = checkers.and_then(|checkers| checkers.of(tab.document.language()).cloned());
    let (document, subject) = (&tab.document, Arc::new(subject));
    let runs = trusted && subject.can_run();
    let policy = Policy { examples: runs, ..policy };
    let mut attempts = Attempts::new(code, sampling, &subject, policy);
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
        notes: Vec::new(),
        seen,
        pursuit: Candidates { attempts, subject, runs, shown: None, beside: None },
        status: ReviewStatus::Waiting,
        current: None,
        compared: None,
    });
    let caret = Selection::caret(range.start);
    tab.document.select(&caret);
    Some(ask)
}

/// Sends one question of a review's attempts to the worker.
fn pose(state: &mut State, tab: TabId, job: JobId, ask: Ask, out: &mut Vec<Effect>) {
    let model = state.model().map(|model| model.reference.clone());
    if let Some(review) = state.find_tab(tab).and_then(|tab| tab.review.as_mut()) {
        review.answer = Some(review.pursuit.subject.answer(&ask.code));
        review.status = ReviewStatus::Waiting;
        review.model = model.as_ref().map(|model| model.id.clone()).unwrap_or_default();
    }
    match model {
        Some(model) => {
            state.job = Some(Job { id: job, kind: JobKind::Improve(tab) });
            let prompt = Box::new(Prompt::Edit(ask.code));
            out.push(Effect::Ask { job, model, prompt, params: ask.sampling });
        }
        // A review of its own says so; the clock is only for toasts.
        None => failed(state, job, &no_model(), 0),
    }
}

/// Poses the next question of the review of a tab, beginning its review anew.
fn pose_next(state: &mut State, tab: TabId, ask: Ask, out: &mut Vec<Effect>) {
    let job = state.counters.job();
    let Some(open) = state.find_tab(tab) else { return };
    let Some(review) = &mut open.review else { return };
    let range = review.review.range();
    review.review = Review::new(job.0, open.document.buffer(), range, open.document.line_ending());
    review.job = job;
    review.current = None;
    editing::refresh_review(open);
    pose(state, tab, job, ask, out);
}

/// Allows or forbids running the examples of documentation for the open folder.
pub fn allow_examples(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let Some(folder) = project(state) else {
        let text = "Save the file or open a folder first: the permission belongs to a folder.";
        return toast(state, ToastKind::Error, text.into(), now);
    };
    let words = folder.display();
    let text = if may_run_examples(state) {
        state.session.trusted.retain(|known| *known != folder);
        format!("Examples in documentation are no longer run in {words}.")
    } else {
        state.session.trusted.push(folder.clone());
        format!(
            "Examples in documentation are run in {words} to judge answers: confined, without network, files or other programs."
        )
    };
    toast(state, ToastKind::Info, text, now);
    run_shown(state, out);
    super::remember(state, out);
}

/// Runs the examples of the proposal that is shown, when the user has just allowed it.
fn run_shown(state: &mut State, out: &mut Vec<Effect>) {
    let trusted = may_run_examples(state);
    let Some(review) = state.tab_mut().and_then(|tab| tab.review.as_mut()).filter(|review| review.is_open())
    else {
        return;
    };
    review.pursuit.runs = trusted && review.pursuit.subject.can_run();
    let Candidates { subject, shown, attempts, runs, .. } = &review.pursuit;
    if let (true, Some(proposal)) = (*runs, *shown)
        && let Some(text) = attempts.proposals().get(proposal).map(|proposal| proposal.text.clone())
    {
        out.push(Effect::RunShown { job: review.job, proposal, text, subject: subject.clone() });
        out.push(Effect::RunBefore(review.job, subject.clone()));
    }
}

/// The examples of a proposal were run after it was shown.
pub fn ran_shown(state: &mut State, job: JobId, proposal: usize, held: Vec<ExampleResult>) {
    if let Some(review) = review_tab(state, job).and_then(|tab| tab.review.as_mut()) {
        review.pursuit.attempts.hold(proposal, held);
    }
}

/// Allows or forbids fast checkers for the open folder.
pub fn allow_checkers(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let Some(folder) = project(state) else {
        let text = "Save the file or open a folder first: the permission belongs to a folder.";
        return toast(state, ToastKind::Error, text.into(), now);
    };
    let words = folder.display();
    let text = if state.session.checked.contains(&folder) {
        state.session.checked.retain(|known| *known != folder);
        format!("Answers and files are no longer checked by programs in {words}.")
    } else {
        state.session.checked.push(folder.clone());
        let checkers = checkers(state);
        let programs: Vec<&str> = checkers.0.iter().map(|checker| checker.program.as_str()).collect();
        format!(
            "Answers and saved files in {words} are checked by {} where they are installed: on a copy, confined, without network.",
            programs.join(", ")
        )
    };
    toast(state, ToastKind::Info, text, now);
    problems::allowed(state, out);
    super::remember(state, out);
}

/// The folder a permission belongs to: the open one, else that of the file in front.
pub fn project(state: &State) -> Option<PathBuf> {
    let root = state.tree.as_ref().map(|tree| tree.root.clone());
    root.or_else(|| Some(state.tab()?.document.path()?.parent()?.to_owned()))
}

/// Has the user allowed it for this folder?
pub fn may_run_examples(state: &State) -> bool {
    project(state).is_some_and(|folder| state.session.trusted.contains(&folder))
}

/// The checkers that are known, with the user's own.
pub fn checkers(state: &State) -> Checkers {
    Checkers::default().with(&state.settings.checks.commands)
}

/// May fast checkers be run in this folder?
pub fn may_check(state: &State) -> bool {
    let allowed = || project(state).is_some_and(|folder| state.session.checked.contains(&folder));
    state.settings.checks.enabled || allowed()
}

/// Stops the open job; a new request of any kind replaces the old one.
pub fn cancel_job(state: &mut State, out: &mut Vec<Effect>) {
    let Some(job) = state.job.take() else { return };
    out.push(Effect::Cancel(job.id));
    match job.kind {
        JobKind::Improve(tab) => drop_review(state, tab, job.id),
        JobKind::Explain => explain::stopped(state, job.id),
        JobKind::Commit(_) | JobKind::Name => super::writing::stopped(state, job.id),
    }
}

fn drop_review(state: &mut State, tab: TabId, job: JobId) {
    if let Some(tab) = state.find_tab(tab)
        && tab.review.as_ref().is_some_and(|review| review.job == job)
    {
        tab.review = None;
    }
}

/// A tab is gone, or shows something else: so is its job.
pub fn tab_closed(state: &mut State, tab: TabId, out: &mut Vec<Effect>) {
    if state
        .job
        .is_some_and(|job| matches!(job.kind, JobKind::Improve(of) | JobKind::Commit(of) if of == tab))
    {
        cancel_job(state, out);
    }
}

/// More of the answer to a job.
pub fn delta(state: &mut State, job: JobId, text: &str, now: u64, out: &mut Vec<Effect>) {
    if super::writing::delta(state, job, text, now, out) {
        return;
    }
    if explain::delta(state, job, text) {
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

fn review_tab(state: &mut State, job: JobId) -> Option<&mut Tab> {
    state.tabs.iter_mut().find(|tab| tab.review.as_ref().is_some_and(|review| review.job == job))
}

/// The answer to a job is complete.
pub fn done(state: &mut State, job: JobId, stop: StopReason, out: &mut Vec<Effect>) {
    close_job(state, job);
    if super::writing::done(state, job, stop) {
        return;
    }
    if explain::done(state, job, stop) {
        return;
    }
    let Some(tab) = review_tab(state, job) else { return };
    let Some(review) = &mut tab.review else { return };
    if stop == StopReason::Cancelled {
        tab.review = None;
        return;
    }
    let Some(answer) = review.answer.take() else { return };
    review.status = ReviewStatus::Checking;
    let run = review.pursuit.runs;
    out.push(Effect::Judge(Box::new(Judge {
        job,
        subject: review.pursuit.subject.clone(),
        answer,
        incomplete: matches!(stop, StopReason::Length | StopReason::Deadline),
        run,
        attempts: Box::new(review.pursuit.attempts.clone()),
    })));
}

/// The examples of the code as it is were run after its answer was shown: another one can be told what does not hold.
pub fn ran_before(state: &mut State, job: JobId, held: Vec<ExampleResult>) {
    let Some(review) = review_tab(state, job).and_then(|tab| tab.review.as_mut()) else { return };
    let Candidates { attempts, subject, .. } = &mut review.pursuit;
    if !attempts.knows_baseline() {
        let finding = subject.finding(&held);
        attempts.set_baseline(held, finding);
    }
}

/// An answer was judged: it is shown, or the model is asked in another way.
pub fn judged(
    state: &mut State,
    job: JobId,
    proposal: Proposal,
    baseline: Option<Vec<ExampleResult>>,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let Some(tab) = review_tab(state, job) else { return };
    let id = tab.id;
    let Some(review) = tab.review.as_mut().filter(|review| review.status == ReviewStatus::Checking) else {
        return;
    };
    let Candidates { attempts, subject, beside, runs, .. } = &mut review.pursuit;
    if let Some(held) = baseline {
        let finding = subject.finding(&held);
        attempts.set_baseline(held, finding);
    }
    attempts.learn(proposal);
    if beside.is_some() {
        return show_another(state, id, now);
    }
    match attempts.next_ask() {
        Some(ask) => pose_next(state, id, ask, out),
        None => {
            // What was not needed to judge this answer is found out while the user reads it.
            let later = *runs && !attempts.knows_baseline();
            out.extend(later.then(|| Effect::RunBefore(job, subject.clone())));
            conclude(state, id);
        }
    }
}

/// Shows what came when the user asked for another proposal; where it is none, the one that stood there before.
fn show_another(state: &mut State, tab: TabId, now: u64) {
    let Some(review) = state.find_tab(tab).and_then(|tab| tab.review.as_mut()) else { return };
    let latest = review.pursuit.attempts.proposals().len().saturating_sub(1);
    if review.pursuit.attempts.choices().contains(&latest) {
        review.pursuit.beside = None;
        show(state, tab, latest);
    } else if conclude(state, tab) {
        toast(state, ToastKind::Info, "The model gave no other usable answer.".into(), now);
    }
}

/// Shows the proposal that another one was asked beside, else the best so far. False when there is none.
fn conclude(state: &mut State, tab: TabId) -> bool {
    let Some(review) = state.find_tab(tab).and_then(|tab| tab.review.as_mut()) else { return false };
    let Candidates { attempts, beside, .. } = &mut review.pursuit;
    let Some(shown) = beside.take().or_else(|| attempts.best()) else { return false };
    show(state, tab, shown);
    true
}

/// Shows one of the proposals as hunks.
fn show(state: &mut State, tab: TabId, proposal: usize) {
    let Some(open) = state.find_tab(tab) else { return };
    let Some(review) = &mut open.review else { return };
    review.pursuit.shown = Some(proposal);
    let Some(shown) = review.pursuit.proposal() else { return };
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
    review.review = hunks;
    editing::refresh_review(open);
    if state.tab().is_some_and(|front| front.id == tab) {
        reveal_current(state);
    }
}

/// Goes to another proposal; behind the last one asks for one more.
pub fn alternative(state: &mut State, forward: bool, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab_mut() else { return };
    let id = tab.id;
    let Some(review) = tab.review.as_mut().filter(|review| review.is_open() && review.is_untouched()) else {
        return;
    };
    let choices = review.pursuit.attempts.choices();
    let at = choices.iter().position(|choice| Some(*choice) == review.pursuit.shown);
    let next = match (at, forward) {
        (Some(at), true) => choices.get(at + 1),
        (Some(at), false) => at.checked_sub(1).and_then(|before| choices.get(before)),
        (None, _) => choices.first(),
    };
    match next.copied() {
        Some(next) => show(state, id, next),
        None if forward && review.task.asks() => {
            if let Some(ask) = review.pursuit.attempts.ask() {
                review.pursuit.beside = review.pursuit.shown;
                pose_next(state, id, ask, out);
            } else if let Some(first) = choices.first().copied() {
                show(state, id, first);
            }
        }
        None => {}
    }
}

/// An answer without a change: there was none to make, or it cannot be used.
fn unusable(verdict: Verdict) -> ReviewStatus {
    match verdict {
        Verdict::Changed | Verdict::Unchanged => ReviewStatus::Unchanged,
        bad @ (Verdict::Empty | Verdict::Elided) => {
            ReviewStatus::Failed(bad.message().unwrap_or("The answer cannot be used.").to_owned())
        }
    }
}

/// A job gets no answer.
pub fn failed(state: &mut State, job: JobId, reason: &str, now: u64) {
    close_job(state, job);
    if super::writing::failed(state, job, reason, now) {
        return;
    }
    if explain::failed(state, job, reason) {
        return;
    }
    let Some(tab) = review_tab(state, job) else { return };
    let id = tab.id;
    let running = tab.review.as_ref().is_some_and(|review| review.answer.is_some());
    if running && has_usable(tab) && conclude(state, id) {
        return;
    }
    let Some(tab) = review_tab(state, job) else { return };
    // An answer that is complete stays, whatever happens to the worker afterwards.
    if let Some(review) = tab.review.as_mut().filter(|review| review.answer.is_some()) {
        review.answer = None;
        review.review.set_answer("");
        review.rows.clear();
        review.status = ReviewStatus::Failed(sentence(reason));
    }
}

/// Is there a proposal to fall back on?
fn has_usable(tab: &Tab) -> bool {
    tab.review.as_ref().is_some_and(|review| !review.pursuit.attempts.choices().is_empty())
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
    keep_text_before(state, id);
    editing::apply_transaction(state, id, transaction, kind, now, out);
    super::onboarding::accepted(state, id);
    after_decision(state, hunk, now, out);
}

/// The text before the first acceptance is kept, to know an undo when it comes.
fn keep_text_before(state: &mut State, id: TabId) {
    let Some(tab) = state.find_tab(id) else { return };
    if let Some(review) = &mut tab.review {
        review.before.get_or_insert_with(|| tab.document.rope().clone());
    }
}

/// Accepts all hunks that are left.
pub fn accept_all(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if let Some(id) = state.tab().map(|tab| tab.id) {
        accept_all_in(state, id, now, out);
    }
}

/// Accepts all hunks that are left in a tab.
pub fn accept_all_in(state: &mut State, id: TabId, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.find_tab(id) else { return };
    let Some(review) = tab.review.as_ref().filter(|review| review.is_open()) else { return };
    let (transaction, kind) = (review.review.accept_all(), EditKind::Review(review.review.id()));
    keep_text_before(state, id);
    editing::apply_transaction(state, id, transaction, kind, now, out);
    super::onboarding::accepted(state, id);
    end_review(state, id, Queue::default(), now, out);
}

/// The review of a tab is over: true when it can be taken up again, then with the selections that were `given_up` with it. The next
/// selection that waits gets its turn.
fn end_review(state: &mut State, id: TabId, given_up: Queue, now: u64, out: &mut Vec<Effect>) -> bool {
    let counted = super::measure::ended(state, id, now, out);
    comparing::ended(state, id);
    let kept = state.find_tab(id).is_some_and(|tab| reopen::keep(tab, counted, given_up));
    reviews::next(state, id, out);
    kept
}

/// Rejects a hunk, or the current one.
pub fn reject(state: &mut State, hunk: Option<usize>, now: u64, out: &mut Vec<Effect>) {
    let Some(review) = state.tab_mut().and_then(|tab| tab.review.as_mut()) else { return };
    let Some(hunk) = hunk.or(review.current) else { return };
    review.review.reject(hunk);
    if after_decision(state, hunk, now, out)
        && let Some(id) = state.tab().map(|tab| tab.id)
    {
        reopen::offer(state, id, now);
    }
}

/// The next hunk becomes the current one; after the last the review ends: true when it can be taken up again.
fn after_decision(state: &mut State, hunk: usize, now: u64, out: &mut Vec<Effect>) -> bool {
    let Some(tab) = state.tab_mut() else { return false };
    let id = tab.id;
    let Some(review) = &mut tab.review else { return false };
    if review.review.is_settled() {
        return end_review(state, id, Queue::default(), now, out);
    }
    review.current = review.review.next(Some(hunk));
    editing::refresh_review(tab);
    reveal_current(state);
    false
}

/// Goes to the next or the previous hunk.
pub fn step(state: &mut State, forward: bool) {
    let Some(review) = state.tab_mut().and_then(|tab| tab.review.as_mut()) else { return };
    review.current =
        if forward { review.review.next(review.current) } else { review.review.previous(review.current) };
    reveal_current(state);
}

/// Brings the current hunk of the tab in front into view.
pub fn reveal_current(state: &mut State) {
    let position = state.tab().and_then(|tab| {
        let review = tab.review.as_ref()?;
        Some(review.review.hunks().get(review.current?)?.range.start)
    });
    if let Some(position) = position {
        editing::reveal(state, position, true);
    }
}

/// Ends the review and leaves the text as it is: stops the answer, rejects what is left. While the model is asked for
/// something better, what is there already is shown instead.
pub fn dismiss(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    if let Some(id) = state.tab().map(|tab| tab.id) {
        dismiss_in(state, id, now, out);
    }
}

/// The same in any tab.
pub fn dismiss_in(state: &mut State, id: TabId, now: u64, out: &mut Vec<Effect>) {
    comparing::keep_mine(state, id);
    dismiss_with(state, id, Queue::default(), now, out);
}

/// Cancels the review in front. The selections that wait are given up with it, unless there was nothing to decide about this one.
pub fn stop(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let Some(tab) = state.tab_mut() else { return };
    let (id, goes_on) = (tab.id, tab.goes_on());
    let given_up = if goes_on { Queue::default() } else { std::mem::take(&mut tab.queue) };
    dismiss_with(state, id, given_up, now, out);
}

fn dismiss_with(state: &mut State, id: TabId, given_up: Queue, now: u64, out: &mut Vec<Effect>) {
    let running = state.job;
    let Some(tab) = state.find_tab(id) else { return };
    let under_way = tab.review.as_ref().is_some_and(|review| {
        matches!(review.status, ReviewStatus::Waiting | ReviewStatus::Streaming | ReviewStatus::Checking)
    });
    if under_way && has_usable(tab) {
        if let Some(job) = running.filter(|job| job.kind == JobKind::Improve(id)) {
            state.job = None;
            out.push(Effect::Cancel(job.id));
        }
        // What still comes of the request that was stopped belongs to no review any more.
        let job = state.counters.job();
        if let Some(review) = state.find_tab(id).and_then(|tab| tab.review.as_mut()) {
            review.job = job;
        }
        conclude(state, id);
        return;
    }
    if running.is_some_and(|job| job.kind == JobKind::Improve(id)) {
        cancel_job(state, out);
    }
    if end_review(state, id, given_up, now, out) {
        reopen::offer(state, id, now);
    }
}
