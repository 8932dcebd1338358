//! What the worker does with models, behind a trait, so that the worker's loop is tested with a scripted engine.
//!
//! [`LlamaEngine`] keeps several models in memory and does what [`crate::residency`] decides about them.

mod decoder;
mod memory;
mod running;

use std::time::{Duration, Instant};

use ipc::{
    files::ModelFiles,
    jobs::StopFlag,
    protocol::{
        Confinement, Control, Device, Failure, FailureKind, LoadedModel, ModelRef, Prompt, RequestId,
        ResidentModel, RunProfile, Sampling, StopReason, Usage, WorkerMessage, WorkerMode,
    },
};

use crate::{
    generate::Output,
    llama::{LlamaBackend, ModelError},
    machine,
    residency::{
        self, Need, Resident, ResidentKey,
        calibration::{self, Calibration},
        pressure::Watch,
        size,
    },
    states::StateStore,
};
use running::{RunPlan, RunningModel};

/// Environment variable with a budget in bytes that replaces the one that is computed: for tests, and for people who know
/// better.
pub const BUDGET_VARIABLE: &str = "LOCALCODER_MEMORY_BUDGET";
/// The same for the memory of a GPU that has its own.
pub const GPU_BUDGET_VARIABLE: &str = "LOCALCODER_GPU_BUDGET";
/// How often memory is looked at while a model is loaded: as often as the kernel updates its averages of stalls
/// (PSI_FREQ in kernel/sched/psi.c).
const CARE: Duration = Duration::from_secs(2);

/// A request for an answer.
pub struct Generate {
    /// Id of the model that answers; `None`: the one loaded last.
    pub model: Option<String>,
    /// What to answer.
    pub prompt: Prompt,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// When to stop.
    pub ctrl: Control,
    /// Raised when the answer is not wanted any more, or something else is wanted sooner.
    pub stop: StopFlag,
    /// When the request arrived.
    pub received: Instant,
}

/// Keeps models in memory and answers prompts with them.
pub trait Engine {
    /// What can be computed on.
    fn devices(&self) -> Vec<Device>;
    /// What holds the process, in words for people.
    fn confinement(&self) -> Confinement {
        Confinement::default()
    }
    /// Loads a model beside those that are loaded, as far as memory allows. Its file came with request `id`. `progress` gets 0
    /// to 1 and answers whether to go on. Asked for what is loaded already, it answers at once.
    ///
    /// # Errors
    /// A failure for the user; then this model is not loaded.
    fn load(
        &mut self,
        id: RequestId,
        model: &ModelRef,
        profile: &RunProfile,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<LoadedModel, Failure>;
    /// Frees the model with this id, or all.
    fn unload(&mut self, id: Option<&str>);
    /// Answers a prompt.
    ///
    /// # Errors
    /// A failure for the user. After [`FailureKind::Device`] the engine must not be used again.
    fn generate(
        &mut self,
        request: &Generate,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure>;
    /// Computes a prompt, and no answer.
    ///
    /// # Errors
    /// As [`Engine::generate`].
    fn prime(
        &mut self,
        request: &Generate,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure>;
    /// How long the worker may wait for the next request before it calls [`Engine::care`]; `None`: for ever.
    fn care_after(&self) -> Option<Duration> {
        None
    }
    /// Looks after memory between requests: unloads what was idle too long, gives back under pressure.
    fn care(&mut self) {}
    /// [`WorkerMessage::Residency`], when something changed in memory since the last call.
    fn residency(&mut self) -> Option<WorkerMessage> {
        None
    }
}

/// llama.cpp.
pub struct LlamaEngine {
    backend: LlamaBackend,
    devices: Vec<Device>,
    /// The one loaded last is last.
    held: Vec<Held>,
    calibration: Calibration,
    watch: Watch,
    files: ModelFiles,
    confinement: Confinement,
    states: Option<StateStore>,
    fixed: Budgets,
    /// Resident bytes of the process before any model was loaded.
    empty_bytes: u64,
    /// Bytes that unloading did not give back.
    lost: u64,
    started: Instant,
    next_key: u64,
    changed: bool,
    /// The budget that was reported last.
    told_budget: u64,
    notes: Vec<String>,
}

/// What an engine has of the outside.
#[derive(Default)]
pub struct Given {
    /// Where models come from.
    pub files: ModelFiles,
    /// What holds the process, to be told.
    pub confinement: Confinement,
    /// Where computed prompts are kept.
    pub states: Option<StateStore>,
}

/// Bytes that replace the budgets computed from the machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budgets {
    /// Of the machine's memory.
    pub machine: Option<u64>,
    /// Of a GPU's own memory.
    pub gpu: Option<u64>,
}

/// A model in memory with its account.
struct Held {
    account: Resident,
    calibrated_as: calibration::LoadKind,
    run: RunningModel,
}

impl LlamaEngine {
    /// An engine without a model.
    pub fn new(backend: LlamaBackend, fixed: Budgets, given: Given) -> Self {
        let Given { files, confinement, states } = given;
        LlamaEngine {
            files,
            confinement,
            backend,
            devices: backend.devices(),
            held: Vec::new(),
            calibration: states.as_ref().map(|s| Calibration::open(s.folder())).unwrap_or_default(),
            watch: Watch::default(),
            states,
            fixed,
            empty_bytes: machine::resident_bytes(),
            lost: 0,
            started: Instant::now(),
            next_key: 0,
            // So that the editor knows the budget before it asks for anything.
            changed: true,
            told_budget: 0,
            notes: Vec::new(),
        }
    }

    /// Other budgets from now on; [`Engine::care`] makes them hold.
    pub fn set_budgets(&mut self, fixed: Budgets) {
        self.fixed = fixed;
        self.changed = true;
    }

    fn accounts(&self) -> Vec<Resident> {
        self.held.iter().map(|held| held.account.clone()).collect()
    }

    fn position(&self, key: ResidentKey) -> Option<usize> {
        self.held.iter().position(|held| held.account.key == key)
    }

    fn has_gpu(&self) -> bool {
        machine::gpu(&self.devices).is_some()
    }

    fn add(
        &mut self,
        run: RunningModel,
        need: Need,
        on_gpu: u64,
        measured: u64,
        calibrated_as: calibration::LoadKind,
    ) -> LoadedModel {
        self.next_key += 1;
        self.calibration.learn(&calibrated_as, measured, false);
        let loaded = run.loaded();
        let account = Resident {
            key: ResidentKey(self.next_key),
            id: loaded.id.clone(),
            need,
            on_gpu,
            measured,
            last_used: self.started.elapsed(),
            busy: false,
            idle_after: run.idle_after(),
            background: run.profile.background,
            kv: run.options().kv,
            exact: run.profile.mode == WorkerMode::Stability,
            context: run.options().tokens,
        };
        self.held.push(Held { account, calibrated_as, run });
        self.changed = true;
        loaded
    }

    /// A model that is loaded already: it counts as used and loaded last.
    fn reuse(&mut self, at: usize, profile: &RunProfile) -> LoadedModel {
        let mut held = self.held.remove(at);
        held.run.profile = profile.clone();
        held.account.last_used = self.started.elapsed();
        held.account.idle_after = held.run.idle_after();
        let loaded = held.run.loaded();
        self.held.push(held);
        loaded
    }

    /// Has a request answered by its model, and learns what that takes.
    fn measured(
        &mut self,
        request: &Generate,
        answer: impl FnOnce(&mut RunningModel) -> Result<(StopReason, Usage), Failure>,
    ) -> Result<(StopReason, Usage), Failure> {
        let started = self.started;
        let before = machine::resident_bytes();
        let held = self.chosen(request.model.as_deref())?;
        held.account.busy = true;
        let answer = answer(&mut held.run);
        let after = machine::resident_bytes();
        let account = &mut held.account;
        (account.busy, account.last_used) = (false, started.elapsed());
        let measured = (account.measured + after).saturating_sub(before);
        let whole = answer
            .as_ref()
            .is_ok_and(|(_, usage)| usage.prompt_tokens - usage.cached_tokens >= held.run.options().batch);
        let changed = measured != account.measured;
        account.measured = measured;
        let (key, load) = (account.key, held.calibrated_as.clone());
        self.calibration.learn(&load, measured, whole);
        self.changed |= changed;
        if answer.as_ref().is_err_and(|failure| failure.kind == FailureKind::OutOfMemory) {
            // What it has computed is in doubt, and its memory is what is wanted.
            self.drop_model(key);
        }
        answer
    }

    /// The model with this id, or the one loaded last.
    fn chosen(&mut self, id: Option<&str>) -> Result<&mut Held, Failure> {
        let missing = || {
            let text = id.map_or("No model is loaded. Choose one, then try again.".to_owned(), |id| {
                format!("The model {id} is not in memory any more. Ask again to load it.")
            });
            Failure::new(FailureKind::NoModel, text)
        };
        let is_chosen = |held: &Held| id.is_none_or(|id| held.account.id == id);
        let at = self.held.iter().rposition(is_chosen).ok_or_else(missing)?;
        Ok(&mut self.held[at])
    }
}

impl Engine for LlamaEngine {
    fn devices(&self) -> Vec<Device> {
        self.backend.devices()
    }

    fn confinement(&self) -> Confinement {
        self.confinement.clone()
    }

    fn load(
        &mut self,
        id: RequestId,
        model: &ModelRef,
        profile: &RunProfile,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<LoadedModel, Failure> {
        let file = self.files.take(id);
        if let Some(at) = self.held.iter().position(|held| held.run.is(model, profile)) {
            return Ok(self.reuse(at, profile));
        }
        let plan = RunPlan::of(file, model, profile, self.room())?;
        let calibrated_as = plan.calibrated_as(model);
        let (predicted, on_gpu) = (plan.need(), plan.on_gpu());
        let beside = self.calibration.correct(&calibrated_as, predicted.total().saturating_sub(on_gpu));
        let need = predicted.corrected(beside + on_gpu);
        let same = |held: &&Held| {
            held.run.model.is_same_place(model) && held.run.profile.background == profile.background
        };
        let replaced = self.held.iter().find(same).map(|held| held.account.key);
        self.make_room(model, need.total(), &plan, replaced, profile)?;
        let gpu = plan.gpu();
        let before = machine::resident_bytes();
        let run = RunningModel::load(self.backend, model, profile, plan, self.states.as_ref(), progress)
            .map_err(|error| {
                self.freed();
                load_failure(model, &error, need.total(), self.budget(&self.memory(), gpu))
            })?;
        let measured = machine::resident_bytes().saturating_sub(before);
        Ok(self.add(run, need, on_gpu, measured, calibrated_as))
    }

    fn unload(&mut self, id: Option<&str>) {
        let of_id = |account: &Resident| id.is_none_or(|id| account.id == id);
        let keys: Vec<ResidentKey> =
            self.accounts().into_iter().filter(of_id).map(|account| account.key).collect();
        for key in keys {
            self.drop_model(key);
        }
    }

    fn generate(
        &mut self,
        request: &Generate,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure> {
        self.measured(request, |run| run.generate(request, out))
    }

    fn prime(
        &mut self,
        request: &Generate,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure> {
        self.measured(request, |run| run.prime(request, out))
    }

    fn care_after(&self) -> Option<Duration> {
        let until_idle = residency::until_idle(&self.accounts(), self.started.elapsed());
        (!self.held.is_empty()).then(|| until_idle.map_or(CARE, |time| time.min(CARE)))
    }

    fn care(&mut self) {
        self.unload_idle();
        self.relieve();
    }

    fn residency(&mut self) -> Option<WorkerMessage> {
        let now = self.started.elapsed();
        let memory = self.memory();
        let gpu = self.held.last().map_or_else(|| self.has_gpu(), |held| held.run.options().gpu);
        let budget = self.budget(&memory, gpu).saturating_add(self.gpu_budget(&memory));
        let drifted = budget.abs_diff(self.told_budget) > self.told_budget / 8;
        if !std::mem::take(&mut self.changed) && self.notes.is_empty() && !drifted {
            return None;
        }
        self.told_budget = budget;
        let mut accounts = self.accounts();
        accounts.sort_by_key(|account| std::cmp::Reverse((account.last_used, account.key)));
        let told = |account: &Resident| ResidentModel {
            id: account.id.clone(),
            bytes_predicted: account.need.total(),
            bytes_measured: account.measured,
            idle_s: now.saturating_sub(account.last_used).as_secs(),
        };
        let notes = std::mem::take(&mut self.notes);
        Some(WorkerMessage::Residency {
            models: accounts.iter().map(told).collect(),
            used: residency::used(&accounts),
            budget,
            note: (!notes.is_empty()).then(|| notes.join(" ")),
        })
    }
}

fn load_failure(model: &ModelRef, error: &ModelError, needed: u64, budget: u64) -> Failure {
    let (kind, next) = match error {
        ModelError::OutOfMemory(_) => {
            (FailureKind::OutOfMemory, "Choose a smaller model or a smaller context.")
        }
        ModelError::Refused(_) => (FailureKind::ModelInvalid, "Choose another model."),
        ModelError::Cancelled => (FailureKind::NoModel, "Ask again to load it."),
        ModelError::Changed => (FailureKind::ModelFile, "Try again when nothing writes to it."),
    };
    let numbers = match error {
        ModelError::OutOfMemory(_) => format!(" It needs {} of {} for models.", size(needed), size(budget)),
        _ => String::new(),
    };
    Failure::new(kind, format!("Cannot load the model {}: {error}.{numbers} {next}", model.id))
}
