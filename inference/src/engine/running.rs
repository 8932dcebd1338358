//! One model in memory: how it comes there, answers, and becomes smaller.

use std::{
    fs::File,
    time::{Duration, Instant},
};

use ipc::protocol::{Failure, FailureKind, KvType, LoadedModel, ModelRef, Profile, StopReason, Usage};
use models::{fit, gguf::Header};

use super::{
    Generate,
    decoder::{LlamaDecoder, LlamaTokenizer},
};
use crate::{
    generate::{Generator, Output, Task},
    llama::{Backend, Context, ContextOptions, LoadOptions, Model, ModelError},
    machine, prompt,
    residency::{Need, calibration},
    speculate::MAX_DRAFT,
    threads::ThreadGovernor,
};

/// A model file that was checked and is open, and how it would be run.
pub(super) struct Plan {
    file: File,
    header: Header,
    gpu: bool,
    options: ContextOptions,
}

impl Plan {
    /// Opens a model file and checks it before llama.cpp sees a byte. What was checked is what stays open.
    pub(super) fn open(model: &ModelRef, profile: &Profile, has_gpu: bool) -> Result<Plan, Failure> {
        let file = File::open(&model.path).map_err(|error| {
            let text = format!("Cannot open the model {} at {}: {error}.", model.id, model.path.display());
            Failure::new(FailureKind::ModelFile, text)
        })?;
        let header = models::gguf::validate_file(&file).map_err(|invalid| {
            let text = format!(
                "The model {} was refused before loading: {invalid}. Import or download it again.",
                model.id
            );
            Failure::new(FailureKind::ModelInvalid, text)
        })?;
        let gpu = profile.gpu && has_gpu;
        let options = options(profile, &header, gpu);
        Ok(Plan { file, header, gpu, options })
    }

    /// On a GPU.
    pub(super) fn gpu(&self) -> bool {
        self.gpu
    }

    /// What it will take once it is loaded.
    pub(super) fn need(&self) -> Need {
        let load = fit::Load {
            context: self.options.tokens,
            kv: match self.options.kv {
                KvType::F16 => fit::KvType::F16,
                KvType::Q8 => fit::KvType::Q8,
            },
            repacked: !self.gpu,
            micro_batch: self.options.batch,
            outputs: self.options.outputs,
        };
        let need = fit::predict(&self.header, load);
        // The process itself is no model's: what is available is what it leaves.
        let rest = (need.compute + need.margin).saturating_sub(fit::PROCESS);
        Need { weights: need.weights, kv: need.kv, rest }
    }

    /// What its measurements are remembered by.
    pub(super) fn calibrated_as(&self, model: &ModelRef) -> calibration::Load {
        let ContextOptions { tokens: context, batch, kv, gpu, .. } = self.options;
        calibration::Load { model: model.id.clone(), context, q8: kv == KvType::Q8, batch, gpu }
    }
}

/// Tokens of the context, type of its KV cache, tokens in one call.
fn options(profile: &Profile, header: &Header, gpu: bool) -> ContextOptions {
    ContextOptions {
        tokens: profile.context_tokens.clamp(256, header.context_length.max(256)),
        batch: profile.micro_batch.clamp(MAX_DRAFT as u32 + 1, 2048),
        outputs: MAX_DRAFT as u32 + 1,
        kv: profile.kv,
        threads: profile.threads.unwrap_or_else(machine::computing_cores),
        gpu,
    }
}

/// A model that can answer.
pub(super) struct Running {
    /// What was asked for.
    pub(super) model: ModelRef,
    /// How it was asked to run; [`Running::options`] may have become smaller since.
    pub(super) profile: Profile,
    loaded: LoadedModel,
    template: Option<String>,
    weights: Model,
    generator: Generator<LlamaDecoder>,
}

impl Running {
    /// Loads and warms a model.
    pub(super) fn load(
        backend: Backend,
        model: &ModelRef,
        profile: &Profile,
        plan: Plan,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<Running, ModelError> {
        let start = Instant::now();
        let load = LoadOptions { gpu: plan.gpu, repack: !plan.gpu };
        let weights = Model::load(backend, plan.file, load, progress)?;
        let generator = warm_generator(&weights, plan.options, profile)?;
        let loaded = LoadedModel {
            id: model.id.clone(),
            sha256: model.sha256.clone(),
            description: weights.description(),
            context_tokens: plan.options.tokens,
            weights_bytes: weights.weights_bytes(),
            threads: generator.threads(),
            load_ms: start.elapsed().as_secs_f64() * 1000.0,
            resident_bytes: machine::resident_bytes(),
        };
        let template = weights.chat_template();
        Ok(Running { model: model.clone(), profile: profile.clone(), loaded, template, weights, generator })
    }

    /// The same weights with another KV cache. The old one is freed first: there is no room for both.
    pub(super) fn reshaped(self, kv: KvType, tokens: u32) -> Result<Running, ModelError> {
        let Running { model, profile, mut loaded, template, weights, generator } = self;
        let options = ContextOptions { kv, tokens, ..*generator.decoder().context.options() };
        drop(generator);
        let generator = warm_generator(&weights, options, &profile)?;
        loaded.context_tokens = tokens;
        loaded.resident_bytes = machine::resident_bytes();
        Ok(Running { model, profile, loaded, template, weights, generator })
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
    pub(super) fn is(&self, model: &ModelRef, profile: &Profile) -> bool {
        // These say when to load and unload, not how to run.
        let Profile { name, idle_unload_s, load_anyway, .. } = self.profile.clone();
        self.model == *model
            && self.profile == Profile { name, idle_unload_s, load_anyway, ..profile.clone() }
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
        let decoder = self.generator.decoder();
        let tokenizer =
            LlamaTokenizer { vocabulary: &decoder.vocabulary, template: self.template.as_deref() };
        let context = self.loaded.context_tokens;
        let rendered = prompt::render(&request.prompt, &tokenizer, context, request.ctrl.max_tokens)?;
        decoder.context.set_cancel(Some(request.cancel.clone()));
        let task = Task {
            prompt: &rendered,
            sampling: &request.sampling,
            ctrl: &request.ctrl,
            speculate: self.profile.speculate,
            cancel: &request.cancel,
            received: request.received,
        };
        let answer = self.generator.run(&task, out);
        self.generator.decoder().context.set_cancel(None);
        answer
    }
}

fn warm_generator(
    weights: &Model,
    options: ContextOptions,
    profile: &Profile,
) -> Result<Generator<LlamaDecoder>, ModelError> {
    let context = Context::new(weights, options)?;
    let governor = ThreadGovernor::new(machine::computing_cores(), profile.threads);
    let decoder = LlamaDecoder::new(context, weights.vocabulary());
    let mut generator = Generator::new(decoder, options.tokens as usize, options.batch as usize, governor);
    let start = weights.vocabulary().start().unwrap_or(0);
    generator.warm(start).map_err(|failure| ModelError::Refused(failure.text))?;
    if !options.gpu {
        weights.give_back_pages();
    }
    Ok(generator)
}
