//! What the worker says becomes [`WorkerView`] and the answers of jobs.

use ::models::catalog::Role;
use ipc::protocol::{Event as Said, FailureKind, Usage};

use super::{ai, complete, settings, toast};
use crate::event::{Effect, WorkerEvent};
use crate::state::{JobId, JobKind, Model, State, ToastKind, WorkerState, WorkerView};

/// The worker says something.
pub fn on(state: &mut State, event: WorkerEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        WorkerEvent::Started => state.worker.state = WorkerState::Starting,
        WorkerEvent::Stopped { reason, failed } => stopped(state, &reason, &failed, now, out),
        WorkerEvent::Ahead(report) => super::priming::counted(state, report),
        WorkerEvent::Refused { job, reason } => match job {
            Some(job) => ai::failed(state, job, &reason, now),
            None => toast(state, ToastKind::Error, reason, now),
        },
        WorkerEvent::Said { job, event } => {
            view(&mut state.worker, &event, now);
            said(state, job, event, now, out);
        }
    }
}

/// How often an answer goes on in another worker: what kills one worker may kill the next.
const MOST_RESUMES: u8 = 2;

/// The worker is gone. The open job goes on in another one; others say so where they are seen.
fn stopped(state: &mut State, reason: &str, failed: &[JobId], now: u64, out: &mut Vec<Effect>) {
    let was_busy = !failed.is_empty();
    state.worker = WorkerView {
        state: if was_busy { WorkerState::Restarting } else { WorkerState::Off },
        ..WorkerView::default()
    };
    let open = state.job;
    for job in failed {
        if complete::owns(state, *job) {
            complete::failed(state, reason, false, now);
        } else if may_resume(state, *job) {
            out.push(Effect::Resume(*job));
            toast(state, ToastKind::Info, format!("{reason} The answer goes on in a new one."), now);
        } else {
            ai::failed(state, *job, reason, now);
        }
    }
    if open.is_none() && was_busy {
        toast(state, ToastKind::Error, reason.to_owned(), now);
    }
}

fn may_resume(state: &mut State, job: JobId) -> bool {
    if state.job.is_none_or(|open| open.id != job) {
        return false;
    }
    let before = state.resumed.filter(|(resumed, _)| *resumed == job).map_or(0, |(_, times)| times);
    state.resumed = Some((job, before + 1));
    before < MOST_RESUMES
}

fn said(state: &mut State, job: Option<JobId>, event: Said, now: u64, out: &mut Vec<Effect>) {
    if job.is_some_and(|job| complete::owns(state, job)) {
        return completed(state, event, now);
    }
    match (job, event) {
        (Some(job), Said::Delta { text, .. }) => ai::delta(state, job, &text, now, out),
        (Some(job), Said::Done { stop, usage, .. }) => {
            note_speed(state, job, &usage);
            ai::done(state, job, stop, out);
        }
        (Some(job), Said::PromptReady { prompt, .. }) => ai::prompted(state, job, prompt),
        (Some(job), Said::Failed { failure, .. }) => ai::failed(state, job, &failure.text, now),
        (_, Said::Residency { note: Some(note), .. }) => toast(state, ToastKind::Info, note, now),
        (None, Said::Failed { failure, .. }) => toast(state, ToastKind::Error, failure.text, now),
        _ => {}
    }
}

/// Remembers how fast a model answered: what the model panel tells of it and expects of others.
fn note_speed(state: &mut State, job: JobId, usage: &Usage) {
    let Some(asked) = state.job.filter(|open| open.id == job) else { return };
    let role = if asked.kind == JobKind::Explain { Role::General } else { Role::Code };
    let Some((id, bytes)) = state.model_for(role).map(|model| (model.reference.id.clone(), model.size))
    else {
        return;
    };
    state.session.rates.note(&id, bytes, usage);
}

/// A completion says something.
fn completed(state: &mut State, event: Said, now: u64) {
    match event {
        Said::Delta { text, .. } => complete::delta(state, &text),
        Said::Done { stop, .. } => complete::done(state, stop),
        Said::Failed { failure, .. } => {
            let unsupported = failure.kind == FailureKind::Unsupported;
            complete::failed(state, &failure.text, unsupported, now);
        }
        _ => {}
    }
}

/// What an event tells about the worker itself.
fn view(worker: &mut WorkerView, event: &Said, now: u64) {
    match event {
        Said::LoadProgress { fraction, .. } => worker.state = WorkerState::Loading(*fraction),
        Said::Loaded { model, .. } => {
            worker.model = Some(model.clone());
            worker.state = WorkerState::Idle;
        }
        // What is left in memory is told by `Residency`.
        Said::Unloaded { .. } => worker.state = WorkerState::Idle,
        Said::PromptReady { prompt, .. } => {
            worker.prompt = Some(*prompt);
            worker.rate_from = None;
            worker.state = WorkerState::Prefill(prompt.cached, prompt.tokens);
        }
        Said::PrefillProgress { done, total, .. } => worker.state = WorkerState::Prefill(*done, *total),
        Said::Delta { tokens, .. } => {
            let (since, first) = *worker.rate_from.get_or_insert((now, *tokens));
            let seconds = now.saturating_sub(since) as f32 / 1000.0;
            let rate = if seconds > 0.2 { (tokens - first.min(*tokens)) as f32 / seconds } else { 0.0 };
            worker.state = WorkerState::Generating(rate);
        }
        Said::Done { usage, .. } => {
            worker.usage = Some(*usage);
            worker.state = WorkerState::Idle;
        }
        Said::Failed { .. } => worker.state = WorkerState::Idle,
        Said::Residency { models, used, budget, .. } => {
            worker.resident.clone_from(models);
            worker.memory = Some((*used, *budget));
            worker.model =
                worker.model.take().filter(|model| models.iter().any(|other| other.id == model.id));
        }
        Said::Pong { .. } | Said::Devices { .. } => {}
    }
}

/// Makes a model the one in use, and loads it.
pub fn use_model(state: &mut State, id: &str, now: u64, out: &mut Vec<Effect>) {
    settings::set(state, "models.code", &id.to_owned(), now, out);
    if let Some(model) = state.model() {
        out.push(Effect::LoadModel(model.reference.clone()));
    }
}

/// The installed models were listed.
pub fn models_listed(state: &mut State, result: Result<Vec<Model>, String>, budget: u64) {
    state.models.budget = budget;
    match result {
        Ok(models) => {
            state.models.installed = Some(models);
            state.models.error = None;
        }
        Err(error) => {
            state.models.installed = Some(Vec::new());
            state.models.error = Some(error);
        }
    }
    let items = super::overlays::model_items(state);
    if let crate::state::Overlay::Picker(picker) = &mut state.overlay
        && picker.kind == crate::picker::Kind::Models
    {
        picker.set_items(items);
    }
}
