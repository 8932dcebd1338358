//! What the worker says becomes [`WorkerView`], and the answers of jobs go to the feature that asked.

use ::models::catalog::ModelRole;
use ::models::store::StoreError;
use assist::worker::MAX_RESUMES;
use ground::ids::JobId;
use ground::words::sentence;
use ipc::protocol::{Failure, FailureKind, PromptReport, StopReason, Usage, WorkerMessage};

use crate::event::{Effect, WorkerEvent};
use crate::features::health::crash_recovery::{self, Death};
use crate::features::health::{HealthEffect, memory_fallback, update as health};
use crate::features::models::switcher;
use crate::features::review::flow;
use crate::features::{complete, everywhere, explain, next_place, priming, remarks, writing};
use crate::state::State;
use crate::workspace::{JobKind, Model, ToastKind, WorkerState, WorkerView, jobs};

/// The worker says something.
pub fn on(state: &mut State, event: WorkerEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        WorkerEvent::Started => state.worker.state = WorkerState::Starting,
        WorkerEvent::Phase(phase) => health::phase(state, phase, now),
        WorkerEvent::Stopped { reason, cause, doing, gave_up, failed, loading } => {
            let death = Death { reason: &reason, cause, doing, gave_up, loading };
            let reason = crash_recovery::reason(state, &death);
            let death = Death { reason: &reason, ..death };
            stopped(state, &death, &failed, now, out);
        }
        WorkerEvent::NotLoaded { job, ahead, model, failure } => {
            view(&mut state.worker, &WorkerMessage::Failed { id: None, failure: failure.clone() }, now);
            match job {
                Some(job) => failed(state, job, &failure, now, out),
                None => {
                    let goes_on = memory_fallback::not_loaded(state, (&model, ahead), &failure, now, out);
                    if !ahead && !goes_on {
                        state.toast(ToastKind::Error, failure.text, now);
                    }
                }
            }
        }
        WorkerEvent::Ahead(report) => priming::update::counted(&mut state.priming, report),
        WorkerEvent::Refused { job, reason } => match job {
            Some(job) => {
                memory_fallback::over(state, job);
                answer_failed(state, job, &reason.to_string(), now, out);
            }
            None => {
                state.health.loads.clear();
                state.toast(ToastKind::Error, reason.to_string(), now);
            }
        },
        WorkerEvent::Said { job, event } => {
            view(&mut state.worker, &event, now);
            health::said(state, job, &event, now);
            if matches!(event, WorkerMessage::Residency { .. }) {
                memory_fallback::weighed(state, now, out);
            }
            said(state, job, event, now, out);
        }
    }
}

/// The worker is gone. The open job continues in another one, in a smaller way when memory is why; others say so where they
/// are seen.
fn stopped(state: &mut State, death: &Death<'_>, failed: &[JobId], now: u64, out: &mut Vec<Effect>) {
    let was_busy = !failed.is_empty() || !state.health.loads.is_empty();
    let before = out.len();
    let memory = crash_recovery::died(state, death, now, out);
    let had_model = state.worker.model.is_some() || !state.worker.resident.is_empty();
    let devices = state.worker.devices.take();
    state.worker = WorkerView { devices, ..WorkerView::default() };
    let reason = death.reason;
    let open = state.job;
    for job in failed {
        if memory && memory_fallback::step_down(state, *job, now, out) {
            continue;
        }
        let goes_on =
            !complete::update::owns(&state.completion, *job) && !death.gave_up && may_resume(state, *job);
        if !goes_on {
            memory_fallback::over(state, *job);
        }
        if complete::update::owns(&state.completion, *job) {
            complete::update::failed(&mut state.completion, &mut state.workspace, reason, false, now);
        } else if goes_on {
            out.push(Effect::Resume(*job));
            state.toast(
                ToastKind::Info,
                format!("{reason} The worker was restarted and the answer continues."),
                now,
            );
        } else {
            answer_failed(state, *job, reason, now, out);
        }
    }
    let lost_load = !crash_recovery::loads_died(state, death, memory, now, out);
    if !memory && !death.gave_up {
        // Behind what goes on, which loads its own model.
        out.push(Effect::Health(HealthEffect::Restore));
    }
    state.worker.state = match out[before..].iter().any(|effect| starts_another(effect, had_model)) {
        true if was_busy => WorkerState::Restarting,
        false if death.gave_up => WorkerState::GaveUp,
        _ => WorkerState::Off,
    };
    if state.worker.state == WorkerState::GaveUp {
        crash_recovery::gave_up(state, reason);
    }
    match state.worker.state {
        // The bar that stays has said so.
        WorkerState::GaveUp => {}
        _ if lost_load => state.toast(ToastKind::Error, reason.to_owned(), now),
        _ if open.is_none() && !failed.is_empty() => {
            let next = "Your text is untouched, and the model is being reloaded.";
            state.toast(ToastKind::Info, format!("{reason} {next}"), now);
        }
        _ => {}
    }
}

/// A request of a job failed: it continues in a smaller way, or says so where it is seen.
fn failed(state: &mut State, job: JobId, failure: &Failure, now: u64, out: &mut Vec<Effect>) {
    if memory_fallback::job_failed(state, job, failure, now, out) {
        return;
    }
    memory_fallback::over(state, job);
    if complete::update::owns(&state.completion, job) {
        let unsupported = failure.kind == FailureKind::Unsupported;
        complete::update::failed(
            &mut state.completion,
            &mut state.workspace,
            &failure.text,
            unsupported,
            now,
        );
    } else {
        answer_failed(state, job, &failure.text, now, out);
    }
}

/// Will another worker be started for this? `had_model`: the one before had a model in memory.
fn starts_another(effect: &Effect, had_model: bool) -> bool {
    match effect {
        Effect::Resume(_) | Effect::Health(HealthEffect::Reask(..) | HealthEffect::Load(_)) => true,
        Effect::Health(HealthEffect::Restore) => had_model,
        _ => false,
    }
}

fn may_resume(state: &mut State, job: JobId) -> bool {
    if state.job.is_none_or(|open| open.id != job) {
        return false;
    }
    let before = state.health.resumed.filter(|(resumed, _)| *resumed == job).map_or(0, |(_, times)| times);
    state.health.resumed = Some((job, before + 1));
    before < MAX_RESUMES
}

fn said(state: &mut State, job: Option<JobId>, event: WorkerMessage, now: u64, out: &mut Vec<Effect>) {
    if let (Some(job), WorkerMessage::Failed { failure, .. }) = (job, &event) {
        return failed(state, job, failure, now, out);
    }
    if job.is_some_and(|job| complete::update::owns(&state.completion, job)) {
        return completed(state, event);
    }
    if job.is_some_and(|job| next_place::predict::owns(&state.next_place, job)) {
        return predicted(state, &event);
    }
    match (job, event) {
        (Some(job), WorkerMessage::Delta { text, .. }) => delta(state, job, &text, now, out),
        (Some(job), WorkerMessage::Done { stop, usage, .. }) => {
            note_speed(state, job, &usage);
            done(state, job, stop, now, out);
        }
        (Some(job), WorkerMessage::PromptReady { prompt, .. }) => prompted(state, job, prompt),
        (_, WorkerMessage::Residency { note: Some(note), .. }) => state.toast(ToastKind::Info, note, now),
        (None, WorkerMessage::Failed { failure, .. }) => state.toast(ToastKind::Error, failure.text, now),
        // Seen by the views and by the health, or said of a job that went with its worker.
        (
            None,
            WorkerMessage::Delta { .. } | WorkerMessage::Done { .. } | WorkerMessage::PromptReady { .. },
        )
        | (Some(_), WorkerMessage::Failed { .. })
        | (
            _,
            WorkerMessage::Pong { .. }
            | WorkerMessage::Devices { .. }
            | WorkerMessage::LoadProgress { .. }
            | WorkerMessage::Loaded { .. }
            | WorkerMessage::Unloaded { .. }
            | WorkerMessage::PrefillProgress { .. }
            | WorkerMessage::Residency { .. },
        ) => {}
    }
}

/// Remembers how fast a model answered: what the model panel tells of it and expects of others.
fn note_speed(state: &mut State, job: JobId, usage: &Usage) {
    let Some(asked) = state.job.filter(|open| open.id == job) else { return };
    let is_general = matches!(asked.kind, JobKind::Explain | JobKind::Remarks);
    let role = if is_general { ModelRole::General } else { ModelRole::Code };
    let Some((id, bytes)) = state.model_for(role).map(|model| (model.reference.id.clone(), model.size))
    else {
        return;
    };
    state.session.rates.note(&id, bytes, usage);
}

/// A completion says something.
fn completed(state: &mut State, event: WorkerMessage) {
    match event {
        WorkerMessage::Delta { text, .. } => complete::update::delta(&mut state.completion, &text),
        WorkerMessage::Done { stop, .. } => {
            complete::update::done(&mut state.completion, &state.workspace, stop);
        }
        WorkerMessage::Pong { .. }
        | WorkerMessage::Devices { .. }
        | WorkerMessage::LoadProgress { .. }
        | WorkerMessage::Loaded { .. }
        | WorkerMessage::Unloaded { .. }
        | WorkerMessage::PromptReady { .. }
        | WorkerMessage::PrefillProgress { .. }
        | WorkerMessage::Residency { .. }
        | WorkerMessage::Failed { .. } => {}
    }
}

/// A model for next edits says something.
fn predicted(state: &mut State, event: &WorkerMessage) {
    match event {
        WorkerMessage::Delta { text, .. } => next_place::predict::delta(&mut state.next_place, text),
        WorkerMessage::Done { stop, .. } => {
            next_place::predict::done(&mut state.next_place, &state.workspace, *stop);
        }
        _ => {}
    }
}

/// What an event tells about the worker itself.
fn view(worker: &mut WorkerView, event: &WorkerMessage, now: u64) {
    match event {
        WorkerMessage::LoadProgress { fraction, .. } => worker.state = WorkerState::Loading(*fraction),
        WorkerMessage::Loaded { model, .. } => {
            worker.model = Some(model.clone());
            worker.state = WorkerState::Idle;
        }
        // What is left in memory is told by `Residency`.
        WorkerMessage::Unloaded { .. } => worker.state = WorkerState::Idle,
        WorkerMessage::PromptReady { prompt, .. } => {
            worker.prompt = Some(*prompt);
            worker.rate_from = None;
            worker.state = WorkerState::Prefill(prompt.cached, prompt.tokens);
        }
        WorkerMessage::PrefillProgress { done, total, .. } => {
            worker.state = WorkerState::Prefill(*done, *total);
        }
        WorkerMessage::Delta { tokens, .. } => {
            let (since, first) = *worker.rate_from.get_or_insert((now, *tokens));
            let seconds = now.saturating_sub(since) as f32 / 1000.0;
            let rate = if seconds > 0.2 { (tokens - first.min(*tokens)) as f32 / seconds } else { 0.0 };
            worker.state = WorkerState::Generating(rate);
        }
        WorkerMessage::Done { usage, .. } => {
            // One that was stopped before its first word has no speed.
            if usage.generated_tokens > 0 {
                worker.usage = Some(*usage);
            }
            worker.state = WorkerState::Idle;
        }
        WorkerMessage::Failed { .. } => worker.state = WorkerState::Idle,
        WorkerMessage::Residency { models, used, budget, .. } => {
            worker.resident.clone_from(models);
            worker.memory = Some((*used, *budget));
            worker.model =
                worker.model.take().filter(|model| models.iter().any(|other| other.id == model.id));
        }
        WorkerMessage::Devices { devices, .. } => {
            worker.devices = Some(devices.clone());
            if worker.state == WorkerState::Starting {
                worker.state = WorkerState::Idle;
            }
        }
        WorkerMessage::Pong { .. } => {}
    }
}

/// A model that is loaded and no longer on this machine holds memory, and room on the disk, until it is unloaded. The answer that it
/// is at comes to its end before.
fn unload_removed(state: &mut State, models: &[Model], now: u64, out: &mut Vec<Effect>) {
    let is_there = |id: &str| models.iter().any(|model| model.reference.id == id);
    let resident = state.worker.resident.iter().map(|model| model.id.clone());
    for id in resident.filter(|id| !is_there(id)).collect::<Vec<_>>() {
        let words = format!("{} was removed and unloaded.", state.models.name_of(&id));
        state.toast(ToastKind::Info, words, now);
        out.push(Effect::UnloadModel(Some(id)));
    }
}

/// The installed models were listed.
pub fn models_listed(
    state: &mut State,
    result: Result<Vec<Model>, StoreError>,
    budget: u64,
    now: u64,
    out: &mut Vec<Effect>,
) {
    state.models.budget = budget;
    match result {
        Ok(models) => {
            unload_removed(state, &models, now, out);
            let first = state.models.installed.replace(models).is_none();
            state.models.error = None;
            if first {
                memory_fallback::models_known(state, out);
            }
        }
        Err(error) => {
            state.models.installed = Some(Vec::new());
            state.models.error = Some(sentence(&error.to_string()));
        }
    }
    switcher::models_listed(state);
}

/// The worker tells what became of a prompt: what is left out is said where its answer is.
fn prompted(state: &mut State, job: JobId, report: PromptReport) {
    if !explain::update::prompted(&mut state.explain, job, &report) {
        flow::prompted(state, job, report);
    }
}

/// More of the answer to a job.
fn delta(state: &mut State, job: JobId, text: &str, now: u64, out: &mut Vec<Effect>) {
    if !writing::update::delta(&mut state.naming, &mut state.workspace, job, text, now, out)
        && !explain::update::delta(&mut state.explain, job, text)
        && !remarks::update::delta(&mut state.remarks, job, text)
        && !everywhere::update::delta(&mut state.everywhere, job, text)
    {
        flow::delta(state, job, text);
    }
}

/// The answer to a job is complete.
fn done(state: &mut State, job: JobId, stop: StopReason, now: u64, out: &mut Vec<Effect>) {
    jobs::close_job(state, job);
    if !writing::update::done(&mut state.naming, &mut state.workspace, job, stop)
        && !explain::update::done(&mut state.explain, job, stop)
        && !remarks::update::done(&mut state.remarks, &mut state.workspace, job, now, out)
        && !everywhere::update::done(&mut state.everywhere, &mut state.workspace, job, now, out)
    {
        flow::done(state, job, stop, out);
    }
}

/// A job gets no answer.
fn answer_failed(state: &mut State, job: JobId, reason: &str, now: u64, out: &mut Vec<Effect>) {
    jobs::close_job(state, job);
    // Nobody waits for it.
    if !next_place::predict::failed(&mut state.next_place, job)
        && !writing::update::failed(&mut state.naming, &mut state.workspace, job, reason, now)
        && !explain::update::failed(&mut state.explain, job, reason)
        && !remarks::update::failed(&mut state.remarks, &mut state.workspace, job, reason, now)
        && !everywhere::update::failed(&mut state.everywhere, &mut state.workspace, job, reason, now, out)
    {
        flow::failed(state, job, reason);
    }
}
