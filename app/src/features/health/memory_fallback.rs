//! A model is run in a way that memory suffices for: what failed for want of it goes one step down the ladder, and back up once
//! there is more.

use ground::ids::JobId;
use ipc::protocol::{Failure, FailureKind, ModelRef, WorkerMode};

use super::HealthEffect;
use crate::event::Effect;
use crate::workspace::health::ladder::{self, RunConfig};
use crate::workspace::health::{HealthPolicy, PendingJob};
use crate::workspace::log::Severity;
use crate::workspace::{NoticeKind, WorkerState, Workspace};

/// Most open questions that are kept account of: an end may get lost with its worker.
const MAX_ASKED: usize = 16;

/// When to help, as the settings say.
pub fn policy(workspace: &Workspace) -> HealthPolicy {
    let profile = workspace.settings.current_profile();
    let most_first = f64::from(profile.slow_first_token_ms);
    HealthPolicy {
        min_rate: f64::from(profile.slow_tokens_per_s),
        max_first_ms: if most_first > 0.0 { most_first } else { f64::INFINITY },
        warm_at_start: profile.prewarm,
        ..workspace.health.policy.clone()
    }
}

/// How the user wants a model run.
pub fn wanted(workspace: &Workspace, model: &ModelRef) -> RunConfig {
    let profile = workspace.settings.run_profile();
    let gpu = profile.gpu && workspace.health.has_gpu() && !workspace.health.cpu_only;
    RunConfig { gpu, ..RunConfig::of(model, &profile) }
}

/// Bytes that models may take, as the worker last reported.
pub fn available(workspace: &Workspace) -> Option<u64> {
    workspace.health.available
}

pub fn installed(workspace: &Workspace) -> Vec<(ModelRef, u64)> {
    workspace.models.installed.iter().flatten().map(|model| (model.reference.clone(), model.size)).collect()
}

fn plan(workspace: &Workspace, wanted: &RunConfig, tried: &[RunConfig]) -> Option<RunConfig> {
    let supervise = &workspace.health;
    let least = supervise.policy.min_context;
    ladder::plan(wanted, tried, &supervise.history, available(workspace), &installed(workspace), least)
}

/// Puts the way to run a model into what is about to be asked. Called with all effects of an event.
pub fn route(workspace: &mut Workspace, now: u64, effects: &mut Vec<Effect>) {
    let mut before = Vec::new();
    for effect in effects.iter_mut() {
        match effect {
            Effect::Ask { job, model, .. } => {
                let asked = choose(workspace, model, now, &mut before);
                *model = asked.way.model.clone();
                let text = format!(
                    "{} is asked of {}.",
                    workspace.purpose(*job),
                    workspace.models.name_of(&model.id)
                );
                workspace.record(now, Severity::Debug, text);
                let questions = &mut workspace.health.asked;
                if questions.len() >= MAX_ASKED
                    && let Some(oldest) = questions.keys().min().copied()
                {
                    questions.remove(&oldest);
                }
                questions.insert(*job, asked);
            }
            Effect::Prime { model, .. } | Effect::WarmModel(model) => {
                *model = choose(workspace, model, now, &mut before).way.model;
            }
            Effect::LoadModel(model) => {
                let asked = choose(workspace, model, now, &mut before);
                *model = asked.way.model.clone();
                keep_load(workspace, asked);
            }
            // The user knows better than the prediction: no step is taken before it was tried.
            Effect::LoadModelAnyway(model) => {
                let wanted = wanted(workspace, model);
                run(workspace, &wanted, &mut before);
                keep_load(
                    workspace,
                    PendingJob { way: wanted.clone(), wanted, tried: Vec::new(), since: now },
                );
            }
            Effect::UnloadModel(unloaded) => {
                let stays = |load: &PendingJob| unloaded.as_ref().is_some_and(|id| load.way.model.id != *id);
                workspace.health.loads.retain(stays);
            }
            Effect::Cancel(job) if workspace.health.asked.remove(job).is_some() => {
                workspace.record(now, Severity::Debug, "A request is cancelled.");
            }
            _ => {}
        }
    }
    if !before.is_empty() {
        before.append(effects);
        *effects = before;
    }
}

/// Takes account of a load that the user asked for.
fn keep_load(workspace: &mut Workspace, load: PendingJob) {
    let loads = &mut workspace.health.loads;
    loads.retain(|other| other.wanted.model.id != load.wanted.model.id);
    if loads.len() >= MAX_ASKED {
        loads.remove(0);
    }
    loads.push(load);
}

/// The load that the user asked for and that the worker does, or did, with this model.
pub fn take_load(workspace: &mut Workspace, id: &str) -> Option<PendingJob> {
    let at = workspace.health.loads.iter().position(|load| load.way.model.id == id)?;
    Some(workspace.health.loads.remove(at))
}

/// Has a worker tell how much memory there is, where something is remembered that this is weighed against: a figure of an
/// earlier start or from before the user closed other programs says nothing. True when it was asked for.
pub fn weigh(workspace: &Workspace, out: &mut Vec<Effect>) -> bool {
    let counts =
        !workspace.health.history.failures().is_empty() && workspace.worker.state != WorkerState::GaveUp;
    if counts {
        out.push(Effect::AskDevices);
    }
    counts
}

/// A worker told how much memory there is: what became possible is forgotten, and what waited for that is loaded.
pub fn weighed(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    forget_outgrown(workspace, now, out);
    if std::mem::take(&mut workspace.health.weighing) && workspace.models.installed.is_some() {
        models_known(workspace, out);
    }
}

fn forget_outgrown(workspace: &mut Workspace, now: u64, out: &mut Vec<Effect>) {
    let now_available = available(workspace);
    if workspace.health.history.forget_outgrown(now_available) {
        workspace.record(
            now,
            Severity::Info,
            "More memory is available again: the model is loaded as configured.",
        );
        workspace.settle(&NoticeKind::Stepped);
        workspace.health.stepped = None;
        out.push(Effect::Health(HealthEffect::Remember(workspace.health.history.clone())));
    }
}

/// The way that a wanted model is run, told to the worker's side when that is news.
fn choose(workspace: &mut Workspace, model: &ModelRef, now: u64, out: &mut Vec<Effect>) -> PendingJob {
    forget_outgrown(workspace, now, out);
    let wanted = wanted(workspace, model);
    let way = plan(workspace, &wanted, &[]).unwrap_or_else(|| wanted.clone());
    run(workspace, &way, out);
    if way != wanted {
        told_step(workspace, &wanted, &way, now);
    } else if workspace.model().is_some_and(|used| used.reference.id == wanted.model.id) {
        workspace.health.stepped = None;
        workspace.settle(&NoticeKind::Stepped);
    }
    PendingJob { wanted, way, tried: Vec::new(), since: now }
}

/// Tells the worker's side how a model is run, when that is not what it knows.
fn run(workspace: &mut Workspace, way: &RunConfig, out: &mut Vec<Effect>) {
    let id = &way.model.id;
    let usual = *way == wanted(workspace, &way.model) && !workspace.health.cpu_only;
    let news = match (usual, workspace.health.runs.get(id)) {
        (true, None) => return,
        (true, Some(_)) => None,
        (false, Some(known)) if known == way => return,
        (false, _) => Some(way.clone()),
    };
    match &news {
        Some(way) => workspace.health.runs.insert(id.clone(), way.clone()),
        None => workspace.health.runs.remove(id),
    };
    out.push(Effect::Health(HealthEffect::Run(id.clone(), news)));
}

fn told_step(workspace: &mut Workspace, wanted: &RunConfig, way: &RunConfig, now: u64) {
    let (large, small) =
        (workspace.models.name_of(&wanted.model.id), workspace.models.name_of(&way.model.id));
    let text = way.tell_step(wanted, &large, &small);
    // Told once, and again only when it changed: each question takes the same step.
    if workspace.health.stepped.as_ref() != Some(&text) {
        workspace.record(now, Severity::Warning, &text);
        workspace.notify(NoticeKind::Stepped, text.clone());
        workspace.health.stepped = Some(text);
    }
}

/// A request of a job failed. True when it continues in another way.
pub fn job_failed(
    workspace: &mut Workspace,
    job: JobId,
    failure: &Failure,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    if !matches!(failure.kind, FailureKind::OutOfMemory | FailureKind::Device) {
        return false;
    }
    let asked = workspace.health.asked.remove(&job);
    let next = asked.and_then(|asked| other_way(workspace, asked, failure, now, out));
    ask_job(workspace, job, next, out)
}

/// Memory did not suffice for a job, as was noted: the next smaller way. False when there is none.
pub fn step_down(workspace: &mut Workspace, job: JobId, now: u64, out: &mut Vec<Effect>) -> bool {
    let asked = workspace.health.asked.remove(&job);
    let next = asked.and_then(|asked| smaller(workspace, asked, now, out));
    ask_job(workspace, job, next, out)
}

/// Asks a job's question in its next way. False when there is none.
fn ask_job(workspace: &mut Workspace, job: JobId, next: Option<PendingJob>, out: &mut Vec<Effect>) -> bool {
    let Some(asked) = next else { return false };
    out.push(Effect::Health(HealthEffect::Reask(job, asked.way.clone())));
    workspace.health.asked.insert(job, asked);
    true
}

/// What failed in one way is to be tried in this one. `None`: there is no other.
fn other_way(
    workspace: &mut Workspace,
    asked: PendingJob,
    failure: &Failure,
    now: u64,
    out: &mut Vec<Effect>,
) -> Option<PendingJob> {
    if failure.kind == FailureKind::Device {
        return without_gpu(workspace, asked, now, out);
    }
    failed_way(workspace, &asked.way, out);
    smaller(workspace, asked, now, out)
}

/// The device failed, and its worker goes with it. Where speed comes first a GPU gets a second chance; after that, and at once
/// where stability does, the processor takes its place for as long as the window is open.
fn without_gpu(
    workspace: &mut Workspace,
    mut asked: PendingJob,
    now: u64,
    out: &mut Vec<Effect>,
) -> Option<PendingJob> {
    if !asked.way.gpu {
        return None;
    }
    let careful = workspace.settings.run_profile().mode == WorkerMode::Stability;
    if careful || std::mem::replace(&mut workspace.health.gpu_failed, true) {
        workspace.health.cpu_only = true;
        (asked.way.gpu, asked.wanted.gpu) = (false, false);
        let text = "The GPU failed. Models run on the CPU until LocalCoder is restarted.";
        workspace.record(now, Severity::Warning, text);
        workspace.notify(NoticeKind::Stepped, text.to_owned());
    } else {
        workspace.record(now, Severity::Warning, "The GPU failed; trying once more.");
    }
    run(workspace, &asked.way, out);
    out.push(Effect::Health(HealthEffect::Pardon(true)));
    Some(asked)
}

/// Memory did not suffice, as was noted: the next smaller way. `None`: there is none.
pub fn smaller(
    workspace: &mut Workspace,
    mut asked: PendingJob,
    now: u64,
    out: &mut Vec<Effect>,
) -> Option<PendingJob> {
    asked.tried.push(asked.way.clone());
    let Some(way) = plan(workspace, &asked.wanted, &asked.tried) else {
        let large = workspace.models.name_of(&asked.wanted.model.id);
        let text = format!("Memory suffices for no way to run {large} nor for a smaller model.");
        workspace.record(now, Severity::Error, text);
        return None;
    };
    told_step(workspace, &asked.wanted, &way, now);
    run(workspace, &way, out);
    out.push(Effect::Health(HealthEffect::Pardon(true)));
    Some(PendingJob { way, ..asked })
}

pub fn failed_way(workspace: &mut Workspace, way: &RunConfig, out: &mut Vec<Effect>) {
    let available = available(workspace);
    workspace.health.history.note(way, available);
    out.push(Effect::Health(HealthEffect::Remember(workspace.health.history.clone())));
}

/// A model could not be loaded. True when the user asked for that and it continues in another way, as a question does; after a
/// load ahead, what comes next takes a smaller way at once.
pub fn not_loaded(
    workspace: &mut Workspace,
    (model, ahead): (&ModelRef, bool),
    failure: &Failure,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    workspace.record(now, Severity::Warning, &failure.text);
    let load = if ahead { None } else { take_load(workspace, &model.id) };
    match (failure.kind, load) {
        (FailureKind::OutOfMemory | FailureKind::Device, Some(load)) => {
            let next = other_way(workspace, load, failure, now, out);
            load_again(workspace, next, out)
        }
        (FailureKind::OutOfMemory, None) => {
            let way =
                workspace.health.runs.get(&model.id).cloned().unwrap_or_else(|| wanted(workspace, model));
            failed_way(workspace, &way, out);
            false
        }
        _ => false,
    }
}

/// Does a load in its next way. False when there is none.
pub fn load_again(workspace: &mut Workspace, next: Option<PendingJob>, out: &mut Vec<Effect>) -> bool {
    let Some(load) = next else { return false };
    out.push(Effect::Health(HealthEffect::Load(load.way.model.clone())));
    keep_load(workspace, load);
    true
}

/// A job failed and is not asked again.
pub fn over(workspace: &mut Workspace, job: JobId) {
    workspace.health.asked.remove(&job);
}

/// The installed models are known for the first time, or what is remembered about memory was weighed.
pub fn models_known(workspace: &Workspace, out: &mut Vec<Effect>) {
    if policy(workspace).warm_at_start
        && !workspace.health.weighing
        && let Some(model) = workspace.model()
    {
        out.push(Effect::WarmModel(model.reference.clone()));
    }
}
