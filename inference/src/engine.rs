//! What the worker does with a model, behind a trait, so that the worker's loop is tested with a scripted engine.

use std::{
    fs::File,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

use ipc::protocol::{
    ChatMessage, Control, Device, Failure, FailureKind, LoadedModel, ModelRef, Profile, Prompt, Sampling, StopReason,
    Usage,
};

use crate::{
    generate::{Decoder, Generator, Output, Task},
    llama::{
        Backend, Batch, Context, ContextOptions, DecodeError, LoadOptions, Model, ModelError, Sampler, TemplateError,
        Token, Vocabulary, apply_chat_template,
    },
    machine,
    prompt::{self, Tokenizer},
    speculate::MAX_DRAFT,
    threads::ThreadGovernor,
};

/// A request for an answer.
pub struct Generate {
    /// What to answer.
    pub prompt: Prompt,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// When to stop.
    pub ctrl: Control,
    /// Raised when nobody wants the answer any more.
    pub cancel: Arc<AtomicBool>,
    /// When the request arrived.
    pub received: Instant,
}

/// Loads one model at a time and answers prompts with it.
pub trait Engine {
    /// What can be computed on.
    fn devices(&self) -> Vec<Device>;
    /// Loads a model in place of the one that is loaded. `progress` gets 0 to 1 and answers whether to go on. Asked for
    /// what is loaded already, it answers at once.
    ///
    /// # Errors
    /// A failure for the user; then no model is loaded.
    fn load(
        &mut self,
        model: &ModelRef,
        profile: &Profile,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<LoadedModel, Failure>;
    /// Frees the model, if one is loaded.
    fn unload(&mut self);
    /// Answers a prompt.
    ///
    /// # Errors
    /// A failure for the user. After [`FailureKind::Device`] the engine must not be used again.
    fn generate(&mut self, request: &Generate, out: &mut dyn FnMut(Output)) -> Result<(StopReason, Usage), Failure>;
}

/// llama.cpp.
pub struct LlamaEngine {
    backend: Backend,
    resident: Option<Resident>,
}

/// A model in memory, and how it came there.
struct Resident {
    model: ModelRef,
    profile: Profile,
    loaded: LoadedModel,
    template: Option<String>,
    generator: Generator<LlamaDecoder>,
}

impl LlamaEngine {
    /// An engine without a model.
    pub fn new(backend: Backend) -> Self {
        LlamaEngine { backend, resident: None }
    }
}

impl Engine for LlamaEngine {
    fn devices(&self) -> Vec<Device> {
        self.backend.devices()
    }

    fn load(
        &mut self,
        model: &ModelRef,
        profile: &Profile,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<LoadedModel, Failure> {
        if let Some(resident) = &self.resident
            && resident.model == *model
            && resident.profile == *profile
        {
            return Ok(LoadedModel { threads: resident.generator.threads(), ..resident.loaded.clone() });
        }
        self.unload();
        let resident = Resident::load(self.backend, model, profile, progress)?;
        let loaded = resident.loaded.clone();
        self.resident = Some(resident);
        Ok(loaded)
    }

    fn unload(&mut self) {
        self.resident = None;
    }

    fn generate(&mut self, request: &Generate, out: &mut dyn FnMut(Output)) -> Result<(StopReason, Usage), Failure> {
        let Some(resident) = &mut self.resident else {
            return Err(Failure::new(FailureKind::NoModel, "No model is loaded. Choose one, then try again."));
        };
        resident.generate(request, out)
    }
}

impl Resident {
    fn load(
        backend: Backend,
        model: &ModelRef,
        profile: &Profile,
        progress: &mut dyn FnMut(f32) -> bool,
    ) -> Result<Resident, Failure> {
        let start = Instant::now();
        let file = open_checked(model)?;
        let gpu = profile.gpu && backend.has_gpu();
        let weights = Model::load(backend, file, LoadOptions { gpu, repack: !gpu }, progress).map_err(|e| told(model, &e))?;
        let cores = machine::computing_cores();
        let options = options(profile, &weights, gpu, cores);
        let context = Context::new(&weights, options).map_err(|e| told(model, &e))?;
        let governor = ThreadGovernor::new(cores, profile.threads);
        let decoder = LlamaDecoder::new(context, weights.vocabulary());
        let micro_batch = options.batch as usize;
        let mut generator = Generator::new(decoder, options.tokens as usize, micro_batch, governor);
        generator.warm(weights.vocabulary().start().unwrap_or(0))?;
        if !gpu {
            weights.give_back_pages();
        }
        let loaded = LoadedModel {
            id: model.id.clone(),
            sha256: model.sha256.clone(),
            description: weights.description(),
            context_tokens: options.tokens,
            weights_bytes: weights.weights_bytes(),
            threads: generator.threads(),
            load_ms: start.elapsed().as_secs_f64() * 1000.0,
            resident_bytes: machine::resident_bytes(),
        };
        let template = weights.chat_template();
        Ok(Resident { model: model.clone(), profile: profile.clone(), loaded, template, generator })
    }

    fn generate(&mut self, request: &Generate, out: &mut dyn FnMut(Output)) -> Result<(StopReason, Usage), Failure> {
        let decoder = self.generator.decoder();
        let tokenizer = LlamaTokenizer { vocabulary: &decoder.vocabulary, template: self.template.as_deref() };
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

fn options(profile: &Profile, weights: &Model, gpu: bool, cores: u32) -> ContextOptions {
    ContextOptions {
        tokens: profile.context_tokens.clamp(256, weights.trained_context().max(256)),
        batch: profile.micro_batch.clamp(MAX_DRAFT as u32 + 1, 2048),
        outputs: MAX_DRAFT as u32 + 1,
        kv: profile.kv,
        threads: profile.threads.unwrap_or(cores),
        gpu,
    }
}

/// Opens a model file and checks it before llama.cpp sees a byte. What was checked is what stays open.
fn open_checked(model: &ModelRef) -> Result<File, Failure> {
    let file = File::open(&model.path).map_err(|error| {
        let text = format!("Cannot open the model {} at {}: {error}.", model.id, model.path.display());
        Failure::new(FailureKind::ModelFile, text)
    })?;
    models::gguf::validate_file(&file).map_err(|invalid| {
        let text = format!("The model {} was refused before loading: {invalid}. Import or download it again.", model.id);
        Failure::new(FailureKind::ModelInvalid, text)
    })?;
    Ok(file)
}

fn told(model: &ModelRef, error: &ModelError) -> Failure {
    let (kind, next) = match error {
        ModelError::OutOfMemory(_) => (FailureKind::OutOfMemory, "Choose a smaller model or a smaller context."),
        ModelError::Refused(_) => (FailureKind::ModelInvalid, "Choose another model."),
        ModelError::Cancelled => (FailureKind::NoModel, "Ask again to load it."),
    };
    Failure::new(kind, format!("Cannot load the model {}: {error}. {next}", model.id))
}

/// A context as the generator sees it.
struct LlamaDecoder {
    context: Context,
    vocabulary: Vocabulary,
    batch: Batch,
    sampler: Sampler,
}

impl LlamaDecoder {
    fn new(context: Context, vocabulary: Vocabulary) -> Self {
        let batch = Batch::new(context.options().batch as usize);
        let sampler = Sampler::new(&vocabulary, &Sampling::default());
        LlamaDecoder { context, vocabulary, batch, sampler }
    }
}

impl Decoder for LlamaDecoder {
    fn decode(
        &mut self,
        tokens: &[Token],
        at: usize,
        outputs: usize,
        patience: Option<Duration>,
    ) -> Result<(), DecodeError> {
        self.batch.clear();
        let first_output = tokens.len() - outputs;
        for (i, &token) in tokens.iter().enumerate() {
            let position = u32::try_from(at + i).map_err(|_| DecodeError::Full)?;
            self.batch.push(token, position, i >= first_output);
        }
        self.context.decode(&self.batch, patience)
    }

    fn begin(&mut self, sampling: &Sampling) {
        self.sampler = Sampler::new(&self.vocabulary, sampling);
    }

    fn sample(&mut self, index: usize) -> Option<Token> {
        self.sampler.sample(&self.context, index)
    }

    fn truncate(&mut self, at: usize) -> bool {
        self.context.truncate(u32::try_from(at).unwrap_or(u32::MAX))
    }

    fn set_threads(&mut self, threads: u32) {
        self.context.set_threads(threads);
    }

    fn append_piece(&self, token: Token, bytes: &mut Vec<u8>) {
        self.vocabulary.append_piece(token, bytes);
    }

    fn is_end(&self, token: Token) -> bool {
        self.vocabulary.is_end(token)
    }
}

struct LlamaTokenizer<'a> {
    vocabulary: &'a Vocabulary,
    template: Option<&'a str>,
}

impl Tokenizer for LlamaTokenizer<'_> {
    fn tokenize(&self, text: &str, markup: bool) -> Vec<Token> {
        self.vocabulary.tokenize(text, markup)
    }

    fn start(&self) -> Option<Token> {
        self.vocabulary.start()
    }

    fn chat(&self, messages: &[ChatMessage]) -> Result<String, Failure> {
        let rendered = match self.template {
            Some(template) => apply_chat_template(template, messages),
            None => Err(TemplateError::Unknown),
        };
        // A model without a template that llama.cpp knows gets ChatML, the commonest one.
        let rendered = match rendered {
            Err(TemplateError::Unknown) => apply_chat_template("chatml", messages),
            other => other,
        };
        rendered.map_err(|error| Failure::new(FailureKind::Internal, format!("Cannot render the conversation: {error}.")))
    }
}
