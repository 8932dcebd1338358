//! What keeps the AI going: questions are asked in a way that memory suffices for, a failure for want of memory goes one
//! step down, dead workers are told of, slow models and idle ones are noticed.

use std::collections::BTreeMap;

use ground::ids::JobId;
use ipc::death::Cause;
use ipc::protocol::{Doing, Event as Said, Failure, FailureKind, Mode, ModelRef, Usage};
use ipc::supervise::Phase;
use settings::table::profile_order;

use super::{recovery, review_flow, toast};
use crate::event::Effect;
use crate::state::{Model, Page, State, ToastKind, WorkerState};
use crate::supervise::ladder::{self, RunConfig};
use crate::supervise::log::{Entry, Level, wants};
use crate::supervise::{Lighter, NoticeKind, PendingJob, Policy, SuperviseEffect, SuperviseEvent};

/// Most open questions that are kept account of: an end may get lost with its worker.
const MAX_ASKED: usize = 16;
/// How often the open panel is brought up to date, in milliseconds.
const PANEL: u64 = 1_000;

/// The window opens.
pub fn begin(out: &mut Vec<Effect>) {
    out.push(Effect::Supervise(SuperviseEffect::Begin));
}

/// Something happened to a notice or in the activity panel.
pub fn on(state: &mut State, event: SuperviseEvent, now: u64, out: &mut Vec<Effect>) {
    match event {
        SuperviseEvent::Retry => retry(state, now, out),
        SuperviseEvent::Smaller => {
            if let Some(id) = lighter(state).map(|model| model.reference.id.clone()) {
                use_instead(state, &id, now, out);
            }
        }
        SuperviseEvent::OnCpu => {
            state.supervise.cpu_only = true;
            retry(state, now, out);
        }
        SuperviseEvent::Dismiss(kind) => state.supervise.settle(&kind),
        SuperviseEvent::NeverSuggest => {
            settle_slow(state);
            super::settings::set(state, "models.suggest_lighter", &false, now, out);
            let text = "Lighter models will no longer be suggested. You can turn this back on in the settings, under Models.";
            toast(state, ToastKind::Info, text.into(), now);
        }
        SuperviseEvent::ClosePanel => state.hide_page(Page::Activity),
        SuperviseEvent::CopyReport => {
            out.push(Effect::Copy(crate::supervise::report::text(state, now)));
            toast(
                state,
                ToastKind::Info,
                "The report was copied to the clipboard. It contains no code and no paths.".into(),
                now,
            );
        }
        SuperviseEvent::ShowLevel(least) => state.supervise.least = least,
        SuperviseEvent::OpenLog => out.push(Effect::Supervise(SuperviseEffect::OpenLog)),
        SuperviseEvent::Remembered(history) => {
            log(state, now, Level::Info, concat!("LocalCoder ", env!("CARGO_PKG_VERSION"), " was opened."));
            state.supervise.history = history;
            state.supervise.weighing = weigh(state, out);
        }
        SuperviseEvent::Connections(hosts) => connected(state, hosts, now),
        SuperviseEvent::LeftBehind(left) => recovery::left_behind(state, left),
        SuperviseEvent::Recover => recovery::recover(state, out),
        SuperviseEvent::DiscardLeft => recovery::discard(state, out),
        SuperviseEvent::ShowCrash => recovery::show_report(state, out),
        SuperviseEvent::Unkept(reason) => recovery::unkept(state, reason, now),
        SuperviseEvent::Recovered(texts, unread) => recovery::recovered(state, texts, unread, now, out),
        SuperviseEvent::ViewFailed(view, place) => recovery::view_failed(state, view, place, now),
        SuperviseEvent::ShowAgain(view) => {
            state.supervise.failed_views.remove(&view);
        }
        SuperviseEvent::CloseView(view) => recovery::close_view(state, view),
    }
}

/// Shows the activity panel, or hides it.
pub fn toggle_panel(state: &mut State, out: &mut Vec<Effect>) {
    if state.shows(Page::Activity) {
        state.hide_page(Page::Activity);
    } else {
        state.show_page(Page::Activity);
        state.supervise.least = Level::default();
        out.push(Effect::Supervise(SuperviseEffect::CountConnections));
    }
}

/// When to help, as the settings say.
fn policy(state: &State) -> Policy {
    let profile = state.settings.current_profile();
    let most_first = f64::from(profile.slow_first_token_ms);
    Policy {
        least_rate: f64::from(profile.slow_tokens_per_s),
        most_first_ms: if most_first > 0.0 { most_first } else { f64::INFINITY },
        warm_at_start: profile.prewarm,
        ..state.supervise.policy.clone()
    }
}

/// How the user wants a model run.
fn wanted(state: &State, model: &ModelRef) -> RunConfig {
    let profile = state.settings.run_profile();
    let gpu = profile.gpu && state.supervise.has_gpu() && !state.supervise.cpu_only;
    RunConfig { gpu, ..RunConfig::of(model, &profile) }
}

/// Bytes that models may take, as the worker told last.
fn available(state: &State) -> Option<u64> {
    state.supervise.available
}

fn installed(state: &State) -> Vec<(ModelRef, u64)> {
    state.models.installed.iter().flatten().map(|model| (model.reference.clone(), model.size)).collect()
}

fn plan(state: &State, wanted: &RunConfig, tried: &[RunConfig]) -> Option<RunConfig> {
    let supervise = &state.supervise;
    let least = supervise.policy.least_context;
    ladder::plan(wanted, tried, &supervise.history, available(state), &installed(state), least)
}

/// Puts the way to run a model into what is about to be asked. Called with all effects of an event.
pub fn route(state: &mut State, now: u64, effects: &mut Vec<Effect>) {
    let mut before = Vec::new();
    for effect in effects.iter_mut() {
        match effect {
            Effect::Ask { job, model, .. } => {
                let asked = choose(state, model, now, &mut before);
                *model = asked.way.model.clone();
                let text =
                    format!("{} is asked of {}.", state.purpose(*job), state.models.name_of(&model.id));
                log(state, now, Level::Debug, text);
                let questions = &mut state.supervise.asked;
                if questions.len() >= MAX_ASKED
                    && let Some(oldest) = questions.keys().min().copied()
                {
                    questions.remove(&oldest);
                }
                questions.insert(*job, asked);
            }
            Effect::Prime { model, .. } | Effect::WarmModel(model) => {
                *model = choose(state, model, now, &mut before).way.model;
            }
            Effect::LoadModel(model) => {
                let asked = choose(state, model, now, &mut before);
                *model = asked.way.model.clone();
                keep_load(state, asked);
            }
            // The user knows better than the prediction: no step is taken before it was tried.
            Effect::LoadModelAnyway(model) => {
                let wanted = wanted(state, model);
                run(state, &wanted, &mut before);
                keep_load(state, PendingJob { way: wanted.clone(), wanted, tried: Vec::new(), since: now });
            }
            Effect::UnloadModel(unloaded) => {
                let stays = |load: &PendingJob| unloaded.as_ref().is_some_and(|id| load.way.model.id != *id);
                state.supervise.loads.retain(stays);
            }
            Effect::Cancel(job) if state.supervise.asked.remove(job).is_some() => {
                log(state, now, Level::Debug, "A request is cancelled.");
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
fn keep_load(state: &mut State, load: PendingJob) {
    let loads = &mut state.supervise.loads;
    loads.retain(|other| other.wanted.model.id != load.wanted.model.id);
    if loads.len() >= MAX_ASKED {
        loads.remove(0);
    }
    loads.push(load);
}

/// The load that the user asked for and that the worker does, or did, with this model.
fn take_load(state: &mut State, id: &str) -> Option<PendingJob> {
    let at = state.supervise.loads.iter().position(|load| load.way.model.id == id)?;
    Some(state.supervise.loads.remove(at))
}

/// Has a worker tell how much memory there is, where something is remembered that this is weighed against: a figure of an
/// earlier start or from before the user closed other programs says nothing. True when it was asked for.
fn weigh(state: &State, out: &mut Vec<Effect>) -> bool {
    let counts = !state.supervise.history.failures().is_empty() && state.worker.state != WorkerState::GaveUp;
    if counts {
        out.push(Effect::Supervise(SuperviseEffect::AskDevices));
    }
    counts
}

/// A worker told how much memory there is: what became possible is forgotten, and what waited for that is loaded.
pub fn weighed(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    forget_outgrown(state, now, out);
    if std::mem::take(&mut state.supervise.weighing) && state.models.installed.is_some() {
        models_known(state, out);
    }
}

fn forget_outgrown(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let now_available = available(state);
    if state.supervise.history.forget_outgrown(now_available) {
        log(state, now, Level::Info, "More memory is available again: the model is loaded as configured.");
        state.supervise.settle(&NoticeKind::Stepped);
        state.supervise.stepped = None;
        out.push(Effect::Supervise(SuperviseEffect::Remember(state.supervise.history.clone())));
    }
}

/// The way that a wanted model is run, told to the worker's side when that is news.
fn choose(state: &mut State, model: &ModelRef, now: u64, out: &mut Vec<Effect>) -> PendingJob {
    forget_outgrown(state, now, out);
    let wanted = wanted(state, model);
    let way = plan(state, &wanted, &[]).unwrap_or_else(|| wanted.clone());
    run(state, &way, out);
    if way != wanted {
        told_step(state, &wanted, &way, now);
    } else if state.model().is_some_and(|used| used.reference.id == wanted.model.id) {
        state.supervise.stepped = None;
        state.supervise.settle(&NoticeKind::Stepped);
    }
    PendingJob { wanted, way, tried: Vec::new(), since: now }
}

/// Tells the worker's side how a model is run, when that is not what it knows.
fn run(state: &mut State, way: &RunConfig, out: &mut Vec<Effect>) {
    let id = &way.model.id;
    let usual = *way == wanted(state, &way.model) && !state.supervise.cpu_only;
    let news = match (usual, state.supervise.runs.get(id)) {
        (true, None) => return,
        (true, Some(_)) => None,
        (false, Some(known)) if known == way => return,
        (false, _) => Some(way.clone()),
    };
    match &news {
        Some(way) => state.supervise.runs.insert(id.clone(), way.clone()),
        None => state.supervise.runs.remove(id),
    };
    out.push(Effect::Supervise(SuperviseEffect::Run(id.clone(), news)));
}

fn told_step(state: &mut State, wanted: &RunConfig, way: &RunConfig, now: u64) {
    let (large, small) = (state.models.name_of(&wanted.model.id), state.models.name_of(&way.model.id));
    let text = way.tell_step(wanted, &large, &small);
    // Told once, and again only when it changed: each question takes the same step.
    if state.supervise.stepped.as_ref() != Some(&text) {
        log(state, now, Level::Warning, &text);
        state.supervise.notify(NoticeKind::Stepped, text.clone());
        state.supervise.stepped = Some(text);
    }
}

/// A request of a job failed. True when it goes on in another way.
pub fn job_failed(state: &mut State, job: JobId, failure: &Failure, now: u64, out: &mut Vec<Effect>) -> bool {
    if !matches!(failure.kind, FailureKind::OutOfMemory | FailureKind::Device) {
        return false;
    }
    let asked = state.supervise.asked.remove(&job);
    let next = asked.and_then(|asked| other_way(state, asked, failure, now, out));
    ask_job(state, job, next, out)
}

/// Memory did not suffice for a job, as was noted: the next smaller way. False when there is none.
pub fn step_down(state: &mut State, job: JobId, now: u64, out: &mut Vec<Effect>) -> bool {
    let asked = state.supervise.asked.remove(&job);
    let next = asked.and_then(|asked| smaller(state, asked, now, out));
    ask_job(state, job, next, out)
}

/// Asks a job's question in its next way. False when there is none.
fn ask_job(state: &mut State, job: JobId, next: Option<PendingJob>, out: &mut Vec<Effect>) -> bool {
    let Some(asked) = next else { return false };
    out.push(Effect::Supervise(SuperviseEffect::Reask(job, asked.way.clone())));
    state.supervise.asked.insert(job, asked);
    true
}

/// What failed in one way is to be tried in this one. `None`: there is no other.
fn other_way(
    state: &mut State,
    asked: PendingJob,
    failure: &Failure,
    now: u64,
    out: &mut Vec<Effect>,
) -> Option<PendingJob> {
    if failure.kind == FailureKind::Device {
        return without_gpu(state, asked, now, out);
    }
    failed_way(state, &asked.way, out);
    smaller(state, asked, now, out)
}

/// The device failed, and its worker goes with it. Where speed comes first a GPU gets a second chance; after that, and at once
/// where stability does, the processor takes its place for as long as the window is open.
fn without_gpu(
    state: &mut State,
    mut asked: PendingJob,
    now: u64,
    out: &mut Vec<Effect>,
) -> Option<PendingJob> {
    if !asked.way.gpu {
        return None;
    }
    let careful = state.settings.run_profile().mode == Mode::Stability;
    if careful || std::mem::replace(&mut state.supervise.gpu_failed, true) {
        state.supervise.cpu_only = true;
        (asked.way.gpu, asked.wanted.gpu) = (false, false);
        let text = "The GPU failed. Models run on the CPU until LocalCoder is restarted.";
        log(state, now, Level::Warning, text);
        state.supervise.notify(NoticeKind::Stepped, text.to_owned());
    } else {
        log(state, now, Level::Warning, "The GPU failed; trying once more.");
    }
    run(state, &asked.way, out);
    out.push(Effect::Supervise(SuperviseEffect::Pardon(true)));
    Some(asked)
}

/// Memory did not suffice, as was noted: the next smaller way. `None`: there is none.
fn smaller(state: &mut State, mut asked: PendingJob, now: u64, out: &mut Vec<Effect>) -> Option<PendingJob> {
    asked.tried.push(asked.way.clone());
    let Some(way) = plan(state, &asked.wanted, &asked.tried) else {
        let large = state.models.name_of(&asked.wanted.model.id);
        let text = format!("Memory suffices for no way to run {large} nor for a smaller model.");
        log(state, now, Level::Error, text);
        return None;
    };
    told_step(state, &asked.wanted, &way, now);
    run(state, &way, out);
    out.push(Effect::Supervise(SuperviseEffect::Pardon(true)));
    Some(PendingJob { way, ..asked })
}

fn failed_way(state: &mut State, way: &RunConfig, out: &mut Vec<Effect>) {
    let available = available(state);
    state.supervise.history.note(way, available);
    out.push(Effect::Supervise(SuperviseEffect::Remember(state.supervise.history.clone())));
}

/// A model could not be loaded. True when the user asked for that and it goes on in another way, as a question does; after a
/// load ahead, what comes next takes a smaller way at once.
pub fn not_loaded(
    state: &mut State,
    (model, ahead): (&ModelRef, bool),
    failure: &Failure,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    log(state, now, Level::Warning, &failure.text);
    let load = if ahead { None } else { take_load(state, &model.id) };
    match (failure.kind, load) {
        (FailureKind::OutOfMemory | FailureKind::Device, Some(load)) => {
            let next = other_way(state, load, failure, now, out);
            load_again(state, next, out)
        }
        (FailureKind::OutOfMemory, None) => {
            let way = state.supervise.runs.get(&model.id).cloned().unwrap_or_else(|| wanted(state, model));
            failed_way(state, &way, out);
            false
        }
        _ => false,
    }
}

/// Does a load in its next way. False when there is none.
fn load_again(state: &mut State, next: Option<PendingJob>, out: &mut Vec<Effect>) -> bool {
    let Some(load) = next else { return false };
    out.push(Effect::Supervise(SuperviseEffect::Load(load.way.model.clone())));
    keep_load(state, load);
    true
}

/// The loads that the user asked for went with their worker: the next one does them, in a smaller way when memory is why.
/// False when one of them is lost.
pub fn loads_died(
    state: &mut State,
    death: &Death<'_>,
    memory: bool,
    now: u64,
    out: &mut Vec<Effect>,
) -> bool {
    let mut all = true;
    for load in std::mem::take(&mut state.supervise.loads) {
        let was_at_it = death.loading.as_ref().is_some_and(|model| model.id == load.way.model.id);
        let next = match (memory && was_at_it, death.gave_up) {
            (true, _) => smaller(state, load, now, out),
            (false, true) if !memory => None,
            (false, _) => Some(load),
        };
        all &= load_again(state, next, out);
    }
    all
}

/// A worker ended.
pub struct Death<'a> {
    /// A sentence.
    pub reason: &'a str,
    /// Why.
    pub cause: Cause,
    /// What it did.
    pub doing: Doing,
    /// No other one is started.
    pub gave_up: bool,
    /// What was being loaded.
    pub loading: Option<ModelRef>,
}

/// Notes the death of a worker. True when memory is why, and not by accident: then jobs go one step down.
pub fn died(state: &mut State, death: &Death<'_>, now: u64, out: &mut Vec<Effect>) -> bool {
    let Death { reason, cause, .. } = death;
    // Of a worker that is gone nothing is counted down.
    (state.supervise.weighing, state.supervise.idle_since) = (false, None);
    if *cause == Cause::Asked {
        log(state, now, Level::Info, *reason);
        return false;
    }
    state.supervise.died(now, reason);
    add_to_log(state, now, Level::Error, true, *reason);
    let way = died_with(state, death);
    let memory = match (cause, &way) {
        (Cause::OutOfMemory { certain: true }, _) => true,
        (Cause::OutOfMemory { certain: false }, Some(way)) => {
            !has_plenty(state, way) && state.supervise.history.suspect(way)
        }
        _ => false,
    };
    if let (Some(way), true) = (way, memory) {
        let available = available(state);
        match cause {
            Cause::OutOfMemory { certain: true } => failed_way(state, &way, out),
            _ => state.supervise.history.note_probable(&way, available),
        }
    }
    memory
}

/// The way of the model that a worker computed with, or loaded, when it died.
fn died_with(state: &State, death: &Death<'_>) -> Option<RunConfig> {
    let at_work = state.job.and_then(|job| state.supervise.asked.get(&job.id)).map(|asked| asked.way.clone());
    let loaded = death
        .loading
        .as_ref()
        .map(|model| state.supervise.runs.get(&model.id).cloned().unwrap_or_else(|| wanted(state, model)));
    if death.doing == Doing::Loading { loaded.or(at_work) } else { at_work.or(loaded) }
}

/// Why a worker died, for people: that memory may have run out is not said where there was plenty of it.
pub fn reason(state: &State, death: &Death<'_>) -> String {
    let way = died_with(state, death).or_else(|| Some(wanted(state, &state.model()?.reference)));
    let plenty = way.is_some_and(|way| has_plenty(state, &way));
    let supposed = if plenty { "" } else { death.cause.supposition() };
    format!("{}{supposed}", death.reason)
}

/// A job failed and is not asked again.
pub fn over(state: &mut State, job: JobId) {
    state.supervise.asked.remove(&job);
}

/// No worker is started before the user wants it.
pub fn gave_up(state: &mut State, reason: &str) {
    let deaths = "The model worker crashed three times in a row and was not restarted.";
    state
        .supervise
        .notify(NoticeKind::GaveUp, format!("{deaths} The last time: {reason} Your text is untouched."));
}

/// There is so much memory that a model's load cannot be what ended its worker.
fn has_plenty(state: &State, way: &RunConfig) -> bool {
    const TIMES: u64 = 3;
    const MORE: u64 = 1 << 30;
    let size = installed(state).into_iter().find(|(model, _)| model.id == way.model.id).map(|(_, size)| size);
    available(state).zip(size).is_some_and(|(available, size)| available > size.saturating_mul(TIMES) + MORE)
}

/// What the worker says beside its answers.
pub fn said(state: &mut State, job: Option<JobId>, event: &Said, now: u64) {
    match event {
        Said::Delta { .. } => {
            if let WorkerState::Generating(rate) = state.worker.state {
                state.supervise.sample(now, rate);
            }
        }
        Said::Done { usage, .. } => {
            if let Some(asked) = job.and_then(|job| state.supervise.asked.remove(&job)) {
                answered(state, &asked, usage, now);
            }
        }
        Said::Loaded { model, .. } => {
            let words = format!(
                "Loaded {} in {:.1} s, {} tokens of context.",
                state.models.name_of(&model.id),
                model.load_ms / 1000.0,
                crate::words::grouped(u64::from(model.context_tokens))
            );
            // A load of what is in memory is answered with the figures of the first one, which are no news.
            let died = state.supervise.restarts.back().map(|(at, _)| *at);
            let known = |entry: &Entry| entry.text == words && died.is_none_or(|died| died < entry.at);
            if !state.supervise.log.latest().any(known) {
                log(state, now, Level::Info, words);
            }
            state.supervise.gpu_seen |= model.gpu_layers > 0;
            state.supervise.went_idle = None;
            if job.is_none() {
                take_load(state, &model.id);
            }
        }
        Said::Residency { note, models, budget, .. } => {
            state.supervise.available = Some(*budget);
            let Some(note) = note else { return };
            log(state, now, Level::Info, note);
            if models.is_empty() && note.contains("without a request") {
                state.supervise.went_idle = state.model().map(|model| model.reference.id.clone());
            }
        }
        Said::Devices { devices, .. } => {
            state.supervise.gpu_seen |= devices.iter().any(|device| device.gpu);
        }
        Said::Failed { failure, .. } => log(state, now, Level::Error, &failure.text),
        _ => {}
    }
    let idle = matches!(state.worker.state, WorkerState::Idle) && state.worker.model.is_some();
    state.supervise.idle_since = if idle { state.supervise.idle_since.or(Some(now)) } else { None };
    if matches!(event, Said::Done { .. } | Said::Loaded { .. }) && idle {
        state.supervise.idle_since = Some(now);
    }
}

/// An answer came to its end.
fn answered(state: &mut State, asked: &PendingJob, usage: &Usage, now: u64) {
    let text = format!(
        "{} answered with {} tokens, {:.1} a second, the first after {}.",
        state.models.name_of(&asked.way.model.id),
        usage.generated_tokens,
        usage.decode_rate(),
        crate::words::milliseconds(usage.ttft_ms)
    );
    log(state, now, Level::Debug, text);
    if usage.generated_tokens > 0 {
        state.supervise.history.worked(&asked.way);
        state.supervise.settle(&NoticeKind::GaveUp);
    }
    let id = asked.way.model.id.clone();
    // A model of its own for explanations or completions does not change with the profile.
    if state.model().is_none_or(|model| model.reference.id != asked.wanted.model.id) {
        return;
    }
    let policy = policy(state);
    let figure = state.supervise.slow.observe(&policy, &id, usage);
    let (Some(figure), true) = (figure, state.settings.models.suggest_lighter) else { return };
    let lighter = lighter_than(state, &id);
    let slow = state.models.name_of(&id);
    let faster = |name: String| format!("{name} is lighter and would be faster.");
    let help = match &lighter {
        Some(Lighter::Profile(profile)) => {
            let model =
                state.settings.profiles.get(profile).map(|profile| state.models.name_of(&profile.model));
            faster(format!("The profile {profile}, with {},", model.unwrap_or_default()))
        }
        Some(Lighter::Model(model)) => faster(state.models.name_of(model)),
        None => format!("No lighter model for code is installed. {}", figure.advice()),
    };
    let text = format!("{slow} {}. {help}", figure.tell());
    log(state, now, Level::Info, &text);
    state.supervise.notify(NoticeKind::Slow(lighter), text);
}

/// What would be faster than a model and still be meant for code: the next lighter profile whose model is installed, else the
/// next smaller model. `None`: nothing here.
fn lighter_than(state: &State, id: &str) -> Option<Lighter> {
    let size = |id: &str| state.models.find(id).map(|model| model.size);
    let own = size(id)?;
    let current = state.settings.profile.as_str();
    let lighter = state.settings.profiles.iter().filter_map(|(name, profile)| {
        let size = size(&profile.model).filter(|size| *size < own && name != current)?;
        Some((size, std::cmp::Reverse(profile_order(name)), name))
    });
    let profile = lighter.max().map(|(_, _, name)| Lighter::Profile(name.clone()));
    profile.or_else(|| Some(Lighter::Model(next_smaller(state, id)?.reference.id.clone())))
}

fn next_smaller<'a>(state: &'a State, id: &str) -> Option<&'a Model> {
    let installed = state.models.installed.as_ref()?;
    let size = installed.iter().find(|model| model.reference.id == id)?.size;
    installed.iter().filter(|model| model.for_code && model.size < size).max_by_key(|model| model.size)
}

/// The next smaller model for code than the one in use.
pub fn lighter(state: &State) -> Option<&Model> {
    next_smaller(state, &state.model()?.reference.id)
}

/// The lighter profile or model that was suggested is used from now on; without a suggestion the next one.
pub fn use_lighter(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    let suggested = state.supervise.notices.iter().find_map(|notice| match &notice.kind {
        NoticeKind::Slow(lighter) => lighter.clone(),
        _ => None,
    });
    settle_slow(state);
    let next = || lighter_than(state, &state.model()?.reference.id);
    match suggested.or_else(next) {
        Some(Lighter::Profile(name)) => super::settings::use_profile(state, &name, now, out),
        Some(Lighter::Model(id)) => super::worker::use_model(state, &id, now, out),
        None => {
            let text = "No lighter model for code is installed. You can install one in the model manager.";
            toast(state, ToastKind::Info, text.into(), now);
        }
    }
}

fn settle_slow(state: &mut State) {
    state.supervise.notices.retain(|notice| !matches!(notice.kind, NoticeKind::Slow(_)));
}

fn use_instead(state: &mut State, id: &str, now: u64, out: &mut Vec<Effect>) {
    state.supervise.settle(&NoticeKind::GaveUp);
    out.push(Effect::Supervise(SuperviseEffect::Pardon(true)));
    super::worker::use_model(state, id, now, out);
    ask_again(state, now, out);
}

/// One more try: the failed proposal in front is asked for again, else the model is loaded.
fn retry(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    state.supervise.settle(&NoticeKind::GaveUp);
    out.push(Effect::Supervise(SuperviseEffect::Pardon(false)));
    if !ask_again(state, now, out)
        && let Some(model) = state.model()
    {
        out.push(Effect::WarmModel(model.reference.clone()));
    }
}

fn ask_again(state: &mut State, now: u64, out: &mut Vec<Effect>) -> bool {
    let failed =
        |status: &crate::state::ReviewStatus| matches!(status, crate::state::ReviewStatus::Failed(_));
    let again = state.tab().and_then(|tab| tab.review.as_ref()).is_some_and(|review| failed(&review.status));
    if again {
        review_flow::try_again(state, now, out);
    }
    again
}

/// The supervisor's view of the worker, where it is news.
pub fn phase(state: &mut State, phase: Phase, now: u64) {
    match phase {
        Phase::BackingOff { .. } => {
            state.worker.state = WorkerState::BackingOff;
            log(state, now, Level::Warning, "The model worker will restart in a moment.");
        }
        Phase::Restarting => state.worker.state = WorkerState::Starting,
        Phase::Unresponsive => {
            state.worker.state = WorkerState::Unresponsive;
            log(state, now, Level::Error, "The model worker does not respond and is being stopped.");
        }
        _ => {}
    }
}

/// The window got the keyboard: what went for being idle comes again, and memory is looked at where it was short.
pub fn focused(state: &mut State, out: &mut Vec<Effect>) {
    weigh(state, out);
    if !policy(state).warm_on_focus {
        return;
    }
    let Some(id) = state.supervise.went_idle.take() else { return };
    let model = state.models.find(&id);
    out.extend(model.map(|model| Effect::WarmModel(model.reference.clone())));
}

/// The installed models are known for the first time, or what is remembered about memory was weighed.
pub fn models_known(state: &State, out: &mut Vec<Effect>) {
    if policy(state).warm_at_start
        && !state.supervise.weighing
        && let Some(model) = state.model()
    {
        out.push(Effect::WarmModel(model.reference.clone()));
    }
}

/// Milliseconds until what the panel or the status bar shows has changed by time alone.
pub fn wake_in(state: &State, now: u64) -> Option<u64> {
    let counts_down = idle_left(state, now).map(|left| left % 60_000 + 1);
    state.shows(Page::Activity).then_some(PANEL).into_iter().chain(counts_down).min()
}

/// Milliseconds until the idle model is unloaded.
pub fn idle_left(state: &State, now: u64) -> Option<u64> {
    let after = u64::from(state.settings.run_profile().idle_unload_s?) * 1_000;
    state.supervise.idle_since.map(|since| (since + after).saturating_sub(now))
}

/// Adds to the log, where the settings want it.
pub fn log(state: &mut State, now: u64, level: Level, text: impl Into<String>) {
    add_to_log(state, now, level, false, text);
}

fn add_to_log(state: &mut State, now: u64, level: Level, ended: bool, text: impl Into<String>) {
    if wants(state.settings.logs.level, level) {
        state.supervise.log.add(now, level, ended, text);
    }
}

/// Hands new entries of the log on to the disk. Called with all effects of an event.
pub fn keep_log(state: &mut State, out: &mut Vec<Effect>) {
    let lines = state.supervise.log.take_waiting();
    if !lines.is_empty() {
        let lines = crate::supervise::report::for_disk(state, lines);
        out.push(Effect::Supervise(SuperviseEffect::WriteLog(lines)));
    }
}

/// Connections were counted: new ones go into the log, which outlives the window.
fn connected(state: &mut State, hosts: Vec<(String, u64)>, now: u64) {
    let before: BTreeMap<String, u64> = state.supervise.connections.drain(..).collect();
    for (host, times) in &hosts {
        let new = times.saturating_sub(before.get(host).copied().unwrap_or(0));
        if new > 0 {
            let times = if new == 1 { "once".to_owned() } else { format!("{new} times") };
            log(state, now, Level::Info, format!("Connected {times} to {host}, to download a model."));
        }
    }
    state.supervise.connections = hosts;
}

/// What the panel shows and nobody tells.
pub fn look(state: &mut State, now: u64, out: &mut Vec<Effect>) {
    state.supervise.clock = now;
    if state.shows(Page::Activity) && now >= state.supervise.counted + PANEL {
        state.supervise.counted = now;
        out.push(Effect::Supervise(SuperviseEffect::CountConnections));
    }
}

#[cfg(test)]
mod tests;
