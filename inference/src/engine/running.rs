//! One model in memory: how it comes there, answers, and becomes smaller.

use std::{
    fs::File,
    io,
    time::{Duration, Instant},
};

use ipc::protocol::{
    Failure, FailureKind, FileStamp, KvType, LoadedModel, ModelRef, RunProfile, StopReason, Usage, WorkerMode,
};
use models::{
    fit,
    gguf::Header,
    repack::{self, Layout},
    stamp::ModelStamp,
};

use super::{
    Generate,
    decoder::{LlamaDecoder, LlamaTokenizer, SEQUENCES},
};
use crate::{
    generate::{GenerateTask, Generator, Output},
    llama::{self, ContextOptions, LlamaBackend, LlamaContext, LlamaModel, LoadOptions, ModelError},
    machine,
    prompt::{self, Rendered},
    residency::{Need, calibration},
    speculate::MAX_DRAFT,
    states::{ModelKey, StateStore},
    threads::ThreadGovernor,
};

/// A model file that was checked and is open, and how it would be run.
pub(super) struct RunPlan {
    file: File,
    header: Header,
    /// Stands for the content of the file.
    identity: String,
    placement: Placement,
    options: ContextOptions,
}

/// What a GPU offers to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// There is none.
    NoGpu,
    /// It computes in the machine's memory.
    Unified,
    /// This many bytes of its own memory.
    Own(u64),
}

/// Where a model's layers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Placement {
    Cpu,
    /// All on a GPU that uses the machine's memory.
    Unified,
    /// Some or all in a GPU's own memory.
    Split(fit::Offload),
}

impl RunPlan {
    /// Checks an open file before llama.cpp sees a byte. What was checked is what stays open.
    pub(super) fn of(
        file: io::Result<File>,
        model: &ModelRef,
        profile: &RunProfile,
        room: Room,
    ) -> Result<RunPlan, Failure> {
        let file = file.map_err(|error| {
            let text = format!(
                "The model {} cannot be opened: {error}. Download or import it again; it was expected at {}.",
                model.id,
                model.path.display()
            );
            Failure::new(FailureKind::ModelFile, text)
        })?;
        if model.stamp.is_some_and(|checked| stamp(&file) != Some(checked)) {
            return Err(changed(model));
        }
        let header = models::gguf::validate_file(&file).map_err(|invalid| {
            let text = format!(
                "The file of the model {} is damaged: download or import it again. It is {invalid}.",
                model.id
            );
            Failure::new(FailureKind::ModelInvalid, text)
        })?;
        let options = options(profile, &header, profile.gpu && room != Room::NoGpu);
        let placement = match room {
            Room::Unified if profile.gpu => Placement::Unified,
            Room::Own(bytes) if profile.gpu => {
                let offload = fit::offload(&header, load(&options, Layout::Mapped), bytes);
                if offload.layers > 0 { Placement::Split(offload) } else { Placement::Cpu }
            }
            _ => Placement::Cpu,
        };
        let options = ContextOptions { gpu: placement != Placement::Cpu, ..options };
        let identity = model.sha256.clone().unwrap_or_else(|| identity(&file));
        Ok(RunPlan { file, header, identity, placement, options })
    }

    /// On a GPU, at least in part.
    pub(super) fn gpu(&self) -> bool {
        self.options.gpu
    }

    /// Bytes in a GPU's own memory.
    pub(super) fn on_gpu(&self) -> u64 {
        match self.placement {
            Placement::Split(offload) => offload.gpu,
            Placement::Cpu | Placement::Unified => 0,
        }
    }

    /// All layers as llama.cpp counts them, and those on a GPU.
    fn layers(&self) -> (u32, u32) {
        let all = u32::try_from(self.header.layers.len()).unwrap_or(u32::MAX).saturating_add(1);
        match self.placement {
            Placement::Cpu => (all, 0),
            Placement::Unified => (all, all),
            Placement::Split(offload) => (all, offload.layers),
        }
    }

    /// What its weights are copied into.
    fn layout(&self) -> Layout {
        if self.gpu() { Layout::Mapped } else { llama::cpu_layout() }
    }

    /// What it will take once it is loaded.
    pub(super) fn need(&self) -> Need {
        let need = fit::predict(&self.header, load(&self.options, self.layout()));
        // The process itself is no model's: what is available is what it leaves.
        let rest = (need.compute + need.margin).saturating_sub(fit::PROCESS);
        let need = Need { weights: need.weights, kv: need.kv, rest };
        match self.placement {
            Placement::Split(offload) => {
                need.corrected((offload.gpu + offload.cpu).saturating_sub(fit::PROCESS))
            }
            Placement::Cpu | Placement::Unified => need,
        }
    }

    /// What its measurements are remembered by.
    pub(super) fn calibrated_as(&self, model: &ModelRef) -> calibration::LoadKind {
        let ContextOptions { tokens: context, batch, kv, .. } = self.options;
        let gpu_layers = self.layers().1;
        calibration::LoadKind { model: model.id.clone(), context, q8: kv == KvType::Q8, batch, gpu_layers }
    }
}

fn stamp(file: &File) -> Option<FileStamp> {
    let ModelStamp { device, inode, size, modified, changed } = ModelStamp::of(file).ok()?;
    Some(FileStamp { device, inode, size, modified, changed })
}

fn changed(model: &ModelRef) -> Failure {
    let text = format!(
        "The model {} was not loaded: its file has changed since it was checked. Try again when nothing writes to {}.",
        model.id,
        model.path.display()
    );
    Failure::new(FailureKind::ModelFile, text)
}

/// What tells a file without a known checksum from others: its place, size and times.
fn identity(file: &File) -> String {
    let told = |s: ModelStamp| format!("{}/{}/{}/{}/{}", s.device, s.inode, s.size, s.modified, s.changed);
    ModelStamp::of(file).map_or_else(|_| String::new(), told)
}

fn load(options: &ContextOptions, layout: Layout) -> fit::LoadPlan {
    fit::LoadPlan {
        context: options.tokens,
        kv: match options.kv {
            KvType::F16 => fit::KvPrecision::F16,
            KvType::Q8 => fit::KvPrecision::Q8,
        },
        layout,
        micro_batch: options.batch,
        outputs: options.outputs,
    }
}

/// Most tokens in one call where stability comes first: a short step takes little memory and is stopped soon.
const CAREFUL_BATCH: u32 = 64;
/// Tokens in one call on a GPU where speed comes first, at least: below, its cores wait for work.
const GPU_BATCH: u32 = 256;

/// Tokens of the context, type of its KV cache, tokens in one call.
fn options(profile: &RunProfile, header: &Header, gpu: bool) -> ContextOptions {
    let (kv, batch) = match profile.mode {
        WorkerMode::Stability => (KvType::F16, profile.micro_batch.min(CAREFUL_BATCH)),
        WorkerMode::Performance if gpu => (profile.kv, profile.micro_batch.max(GPU_BATCH)),
        WorkerMode::Performance => (profile.kv, profile.micro_batch),
    };
    ContextOptions {
        sequences: SEQUENCES,
        tokens: profile.context_tokens.clamp(256, header.context_length.max(256)),
        batch: batch.clamp(MAX_DRAFT as u32 + 1, 2048),
        outputs: MAX_DRAFT as u32 + 1,
        kv,
        threads: profile.threads.unwrap_or_else(machine::computing_cores),
        gpu,
    }
}

/// A model that can answer.
pub(super) struct RunningModel {
    /// What was asked for.
    pub(super) model: ModelRef,
    /// How it was asked to run; [`RunningModel::options`] may have become smaller since.
    pub(super) profile: RunProfile,
    loaded: LoadedModel,
    template: Option<String>,
    weights: LlamaModel,
    /// Where its computed prompts are kept, and what tells them from those of other model files.
    states: Option<(StateStore, String)>,
    generator: Generator<LlamaDecoder>,
}

impl RunningModel {
    /// Loads and warms a model.
    pub(super) fn load(
        backend: LlamaBackend,
        model: &ModelRef,
        profile: &RunProfile,
        plan: RunPlan,
        states: Option<&StateStore>,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<RunningModel, ModelError> {
        let start = Instant::now();
        let freed = repack::freed(&plan.header, plan.layout());
        let (layers, gpu_layers) = plan.layers();
        let load = LoadOptions { gpu_layers, repack: !plan.gpu(), freed };
        // What is loaded stays mapped: a change between the check and the end of the load is found here.
        let witness = plan.file.try_clone().ok();
        let weights = LlamaModel::load(backend, plan.file, &load, progress)?;
        if model.stamp.is_some_and(|checked| witness.as_ref().and_then(stamp) != Some(checked)) {
            return Err(ModelError::Changed);
        }
        let states = states.cloned().map(|store| (store, plan.identity));
        let generator = warm_generator(&weights, plan.options, profile, states.as_ref())?;
        let loaded = LoadedModel {
            id: model.id.clone(),
            sha256: model.sha256.clone(),
            description: weights.description(),
            context_tokens: plan.options.tokens,
            weights_bytes: weights.weights_bytes(),
            layers,
            gpu_layers,
            threads: generator.threads(),
            load_ms: start.elapsed().as_secs_f64() * 1000.0,
            resident_bytes: machine::resident_bytes(),
        };
        let template = weights.chat_template();
        Ok(RunningModel {
            model: model.clone(),
            profile: profile.clone(),
            loaded,
            template,
            weights,
            states,
            generator,
        })
    }

    /// The same weights with another KV cache. The old one is freed first: there is no room for both.
    pub(super) fn reshaped(self, kv: KvType, tokens: u32) -> Result<RunningModel, ModelError> {
        let RunningModel { model, profile, mut loaded, template, weights, states, generator } = self;
        let options = ContextOptions { kv, tokens, ..*generator.decoder().context.options() };
        drop(generator);
        let generator = warm_generator(&weights, options, &profile, states.as_ref())?;
        loaded.context_tokens = tokens;
        loaded.resident_bytes = machine::resident_bytes();
        Ok(RunningModel { model, profile, loaded, template, weights, states, generator })
    }

    /// How it runs now.
    pub(super) fn options(&self) -> &ContextOptions {
        self.generator.decoder().context.options()
    }

    /// What the editor is told of it.
    pub(super) fn loaded(&self) -> LoadedModel {
        LoadedModel { threads: self.generator.threads(), ..self.loaded.clone() }
    }

    /// Whether this is what a request to load asks for.
    pub(super) fn is(&self, model: &ModelRef, profile: &RunProfile) -> bool {
        // These say when to load and unload, not how to run.
        let RunProfile { name, idle_unload_s, load_anyway, .. } = self.profile.clone();
        self.model == *model
            && self.profile == RunProfile { name, idle_unload_s, load_anyway, ..profile.clone() }
    }

    pub(super) fn idle_after(&self) -> Option<Duration> {
        self.profile.idle_unload_s.map(|seconds| Duration::from_secs(u64::from(seconds)))
    }

    /// Answers a prompt.
    pub(super) fn generate(
        &mut self,
        request: &Generate,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure> {
        let rendered = self.render(request)?;
        self.with_task(request, &rendered, |generator, task| generator.run(task, out))
    }

    /// Computes a prompt, so that its answer can begin at once.
    pub(super) fn prime(
        &mut self,
        request: &Generate,
        out: &mut dyn FnMut(Output),
    ) -> Result<(StopReason, Usage), Failure> {
        let rendered = self.render(request)?;
        out(Output::Ready(rendered.report));
        self.with_task(request, &rendered, Generator::prime)
    }

    /// Stores what was computed, because the model leaves memory.
    pub(super) fn persist(&mut self) {
        self.generator.persist();
    }

    fn render(&self, request: &Generate) -> Result<Rendered, Failure> {
        let vocabulary = &self.generator.decoder().vocabulary;
        let tokenizer = LlamaTokenizer { vocabulary, template: self.template.as_deref() };
        let context = self.loaded.context_tokens;
        let mut rendered = prompt::render(&request.prompt, &tokenizer, context, request.ctrl.max_tokens)?;
        if !request.ctrl.accepted.is_empty() {
            rendered.resume(&vocabulary.tokenize(&request.ctrl.accepted, false), context)?;
        }
        Ok(rendered)
    }

    fn with_task<T>(
        &mut self,
        request: &Generate,
        rendered: &Rendered,
        run: impl FnOnce(&mut Generator<LlamaDecoder>, &GenerateTask<'_>) -> T,
    ) -> T {
        self.generator.decoder().context.set_stop(Some(request.stop.clone()));
        let task = GenerateTask {
            prompt: rendered,
            sampling: &request.sampling,
            ctrl: &request.ctrl,
            speculate: self.profile.speculate && self.profile.mode == WorkerMode::Performance,
            stop: &request.stop,
            received: request.received,
        };
        let answer = run(&mut self.generator, &task);
        self.generator.decoder().context.set_stop(None);
        answer
    }
}

fn warm_generator(
    weights: &LlamaModel,
    options: ContextOptions,
    profile: &RunProfile,
    states: Option<&(StateStore, String)>,
) -> Result<Generator<LlamaDecoder>, ModelError> {
    let states = states.map(|(store, identity)| store.of_model(state_key(identity, &options)));
    let context = LlamaContext::new(weights, options)?;
    let governor = ThreadGovernor::new(machine::computing_cores(), profile.threads);
    let decoder = LlamaDecoder::new(context, weights.vocabulary());
    let mut generator =
        Generator::new(decoder, options.tokens as usize, options.batch as usize, governor, states);
    let start = weights.vocabulary().start().unwrap_or(0);
    generator.warm(start).map_err(|failure| ModelError::Refused(failure.text))?;
    Ok(generator)
}

/// What a stored state depends on: the model, llama.cpp, and how the KV cache is laid out.
fn state_key(identity: &str, options: &ContextOptions) -> ModelKey {
    let (kv, device) = (format!("{:?}", options.kv), if options.gpu { "gpu" } else { "cpu" });
    ModelKey::of(&[identity, llama::LIBRARY_VERSION, &kv, device])
}
