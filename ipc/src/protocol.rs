//! What editor and worker say to each other.
//!
//! Requests go down, events come up, and each event that answers a request carries its id. Both binaries ship together:
//! the versions must match exactly, so these types may change freely as long as [`PROTOCOL_VERSION`] changes with them.
//! Nothing here knows llama.cpp or a window; what a text means is the business of both ends.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Raised with every change to a type in this file.
pub const PROTOCOL_VERSION: u32 = 7;

/// Names one request for as long as the worker lives. The client hands them out, rising from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RequestId(pub u64);

impl std::fmt::Display for RequestId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "#{}", self.0)
    }
}

/// Editor to worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// Answered at once by [`WorkerMessage::Pong`], also while a model decodes.
    Ping {
        /// Echoed in the answer.
        id: RequestId,
    },
    /// Answered by [`WorkerMessage::Devices`].
    ListDevices {
        /// Echoed in the answer.
        id: RequestId,
    },
    /// Load and warm a model beside those that are loaded; others are unloaded only where the memory budget asks for it.
    /// Answered by [`WorkerMessage::LoadProgress`] … and [`WorkerMessage::Loaded`] or [`WorkerMessage::Failed`]. A model that is already
    /// loaded the same way is answered at once; another profile of a loaded model takes its place.
    LoadModel {
        /// Echoed in the answers.
        id: RequestId,
        /// The file to load.
        model: ModelRef,
        /// How to run it.
        profile: RunProfile,
    },
    /// Free a model, or all of them. Answered by [`WorkerMessage::Unloaded`], also when there was nothing to free.
    UnloadModel {
        /// Echoed in the answer.
        id: RequestId,
        /// [`ModelRef::id`] of the model; `None`: all.
        model: Option<String>,
    },
    /// Answer a prompt with a loaded model: [`WorkerMessage::PromptReady`], [`WorkerMessage::PrefillProgress`] …,
    /// [`WorkerMessage::Delta`] …, then exactly one of [`WorkerMessage::Done`] and [`WorkerMessage::Failed`].
    Generate {
        /// Echoed in the answers.
        id: RequestId,
        /// [`ModelRef::id`] of the model that answers; `None`: the one loaded last.
        model: Option<String>,
        /// What to answer.
        prompt: Prompt,
        /// How to choose tokens.
        params: Sampling,
        /// When to stop besides the model's own end.
        ctrl: Control,
    },
    /// Compute a prompt, so that it is answered at once, and with another instruction nearly so: that stands at its end.
    /// Gives way to every other request. Answered by [`WorkerMessage::PromptReady`], then by
    /// [`WorkerMessage::Done`] with no text: [`StopReason::Overtaken`] when it had to
    /// give way; what was computed by then is kept.
    Prime {
        /// Echoed in the answer.
        id: RequestId,
        /// [`ModelRef::id`] of the model; `None`: the one loaded last.
        model: Option<String>,
        /// What will be asked.
        prompt: Prompt,
    },
    /// Stop request `id`, running or waiting. It still ends with [`WorkerMessage::Done`] ([`StopReason::Cancelled`]).
    Cancel {
        /// The request to stop.
        id: RequestId,
    },
    /// Unload and exit.
    Shutdown,
}

impl Request {
    /// The id that answers will carry; none for requests that are not answered.
    pub fn id(&self) -> Option<RequestId> {
        match self {
            Request::Ping { id }
            | Request::ListDevices { id }
            | Request::LoadModel { id, .. }
            | Request::UnloadModel { id, .. }
            | Request::Prime { id, .. }
            | Request::Generate { id, .. } => Some(*id),
            Request::Cancel { .. } | Request::Shutdown => None,
        }
    }

    /// How soon it is served among those that wait, and which running request it may interrupt.
    pub fn priority(&self) -> Priority {
        match self {
            Request::Prime { .. } => Priority::Idle,
            Request::Generate { prompt: Prompt::Fill(_), .. } => Priority::Typing,
            _ => Priority::Asked,
        }
    }
}

/// Importance of a request. A request gives way to any that is more important; those of the same importance are served in
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Nobody waits for it: priming.
    Idle,
    /// Comes by itself while the user types: completion.
    Typing,
    /// The user asked and waits.
    Asked,
}

/// A model file as the editor's store knows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelRef {
    /// Short name, shown to people: `qwen2.5-coder-1.5b-instruct-q4_k_m`.
    pub id: String,
    /// Absolute path of the GGUF file, for people; the worker gets it open ([`crate::files`]).
    pub path: PathBuf,
    /// Lower-case hexadecimal SHA-256 of the file, when the store knows it.
    pub sha256: Option<String>,
    /// What the file was when the editor checked it: the worker opens it by its path, and loads nothing else. `None`: it was not
    /// checked.
    pub stamp: Option<FileStamp>,
}

impl ModelRef {
    /// Whether both are the same file of the same model, whatever is in it now.
    pub fn is_same_place(&self, other: &ModelRef) -> bool {
        self.id == other.id && self.path == other.path
    }
}

/// What tells that a file is still the one that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileStamp {
    /// The device that it lies on (`st_dev`).
    pub device: u64,
    /// The file there (`st_ino`).
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// When its bytes were last written, in nanoseconds since 1970 (`st_mtim`).
    pub modified: i64,
    /// When anything of it was last changed, in nanoseconds since 1970 (`st_ctim`).
    pub changed: i64,
}

/// How a model is run. A new profile means a new context, never a surprise in the middle of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunProfile {
    /// Name shown to people: `balanced`.
    pub name: String,
    /// Context window in tokens. The worker lowers it to what the model was trained for.
    pub context_tokens: u32,
    /// Type of the key and value cache.
    pub kv: KvType,
    /// Most tokens in one call to the model during prefill: cancel waits for one such step.
    pub micro_batch: u32,
    /// Threads for decoding; `None`: the worker measures and adapts.
    pub threads: Option<u32>,
    /// Use a GPU when there is one.
    pub gpu: bool,
    /// Draft from the prompt's own text (speculative decoding).
    pub speculate: bool,
    /// Serves completions while the user types: the first to go when memory gets short.
    pub background: bool,
    /// Seconds without a request after which the model is unloaded; `None`: never.
    pub idle_unload_s: Option<u32>,
    /// Load although the prediction exceeds the budget: the user insisted.
    pub load_anyway: bool,
    /// Speed or caution.
    pub mode: WorkerMode,
}

/// Speed or caution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum WorkerMode {
    /// As fast as it goes.
    #[default]
    Performance,
    /// Small steps and no risk: smaller micro batches, 16-bit floats in the cache, nothing drafted, the processor where a
    /// device fails.
    Stability,
}

impl Default for RunProfile {
    fn default() -> Self {
        RunProfile {
            name: "balanced".into(),
            context_tokens: 8192,
            kv: KvType::F16,
            micro_batch: 128,
            threads: None,
            gpu: true,
            speculate: true,
            background: false,
            // What Ollama does; 5, 15, 60 minutes and never are the usual choices.
            idle_unload_s: Some(300),
            load_anyway: false,
            mode: WorkerMode::Performance,
        }
    }
}

/// Element type of the key and value cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KvType {
    /// 16-bit floats.
    F16,
    /// 8-bit blocks: half the memory.
    Q8,
}

/// What to answer. The worker turns it into the loaded model's own markup and counts its tokens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Prompt {
    /// Rewrite a selection as the instruction says.
    Edit(CodeContext),
    /// Explain a selection, in Markdown.
    Explain(CodeContext),
    /// A conversation in the model's chat template.
    Chat(Vec<ChatMessage>),
    /// Complete the text at the caret, with the model's own fill-in-the-middle tokens.
    Fill(FillContext),
    /// Text given to the model as it is, without any markup.
    Raw(String),
}

/// A selection and what surrounds it. Only `selection` is ever rewritten.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CodeContext {
    /// File name without its folders: `parser.rs`.
    pub file_name: String,
    /// Language name as people write it, empty when unknown: `Python`.
    pub language: String,
    /// Text of the file before the selection. Trimmed from its start when the context is too small.
    pub before: String,
    /// The selected text. Never trimmed: a selection that does not fit is refused.
    pub selection: String,
    /// Text of the file after the selection. Trimmed from its end when the context is too small.
    pub after: String,
    /// What the user asked for; may be empty for an explanation.
    pub instruction: String,
    /// Further text that helps and fits nowhere else: signatures of what the selection calls, files the user added. Left
    /// out as a whole when the context is too small.
    pub reference: String,
    /// What is known to be wrong in the selection before anybody looks, in sentences: what the grammar or a checker says of it.
    pub known: String,
    /// How an edit is asked for.
    pub approach: Approach,
}

/// How an edit or an explanation is asked for: small models often give code back as it is, and do better when asked otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Approach {
    /// The selection is shown and comes back changed.
    #[default]
    Change,
    /// As [`Approach::Change`], with what is known to be wrong with the code as it is, in sentences.
    WithFindings(String),
    /// The selection is not shown: it is written anew from this beginning of it (signature and documentation), which the
    /// answer goes on from and does not repeat.
    Rewrite(String),
    /// The conversation goes on: each answer that was given, and what was said to it. The instruction is what was asked first.
    FollowUp(Vec<(String, String)>),
    /// Only the documentation of the selection is asked for: the answer goes on from `begin`, which it does not repeat, and
    /// ends where `end` would come.
    Document {
        /// What stands before the first word: `/// `, or a signature and the quotes that open its documentation.
        begin: String,
        /// What the documentation ends with: `"""`, `*/`.
        end: String,
    },
}

/// A caret and what surrounds it. Trimmed to the worker's token budgets, farthest from the caret first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct FillContext {
    /// File name without its folders: `parser.rs`.
    pub file_name: String,
    /// Text of the file before the caret.
    pub before: String,
    /// Text of the file after the caret.
    pub after: String,
    /// Pieces of other files that may help, the most helpful last.
    pub others: Vec<Excerpt>,
}

/// A piece of another file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excerpt {
    /// Path as the project shows it: `src/parser.rs`.
    pub file_name: String,
    /// Whole lines.
    pub text: String,
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// Who speaks.
    pub role: ChatRole,
    /// What is said.
    pub text: String,
}

/// Who speaks in a [`ChatMessage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ChatRole {
    /// The rules of the conversation.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
}

/// How the next token is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sampling {
    /// 0 always takes the likeliest token; higher is more varied.
    pub temperature: f32,
    /// Keep the `top_k` likeliest tokens; 0 keeps all.
    pub top_k: u32,
    /// Keep the likeliest tokens that together reach this probability; 1 keeps all.
    pub top_p: f32,
    /// Drop tokens less likely than this fraction of the likeliest; 0 drops none.
    pub min_p: f32,
    /// Divides the logits of recently used tokens; 1 is off.
    pub repeat_penalty: f32,
    /// How many recent tokens the penalty looks at.
    pub repeat_last: u32,
    /// Seed of the random choice. The same seed and prompt give the same answer on the same machine from an empty cache;
    /// from a warm one the prompt is computed in other batches, which round differently.
    pub seed: u32,
}

impl Default for Sampling {
    /// Greedy: what an edit wants.
    fn default() -> Self {
        Sampling {
            temperature: 0.0,
            top_k: 40,
            top_p: 0.95,
            min_p: 0.05,
            repeat_penalty: 1.0,
            repeat_last: 64,
            seed: 0,
        }
    }
}

/// When a request stops besides the model's own end.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Control {
    /// Most tokens to generate; `None`: what the context has room for.
    pub max_tokens: Option<u32>,
    /// Texts that end the answer; they are not part of it.
    pub stop: Vec<String>,
    /// Milliseconds after which the request ends with [`StopReason::Deadline`]; `None`: no limit.
    pub deadline_ms: Option<u64>,
    /// Text of the answer that is there already, from a worker that died: the answer goes on after it.
    pub accepted: String,
}

/// Worker to editor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorkerMessage {
    /// Answer to [`Request::Ping`].
    Pong {
        /// Of the request.
        id: RequestId,
        /// What the worker does, and whether it gets on with it.
        pulse: Pulse,
    },
    /// Answer to [`Request::ListDevices`].
    Devices {
        /// Of the request.
        id: RequestId,
        /// All devices llama.cpp can compute on.
        devices: Vec<Device>,
        /// What the worker has given up.
        confinement: Confinement,
    },
    /// A model is being loaded.
    LoadProgress {
        /// Of the request.
        id: RequestId,
        /// 0 to 1.
        fraction: f32,
    },
    /// The model is loaded and warm.
    Loaded {
        /// Of the request.
        id: RequestId,
        /// What was loaded, as the worker read it.
        model: LoadedModel,
    },
    /// No model is loaded any more.
    Unloaded {
        /// Of the request.
        id: RequestId,
    },
    /// The prompt is rendered and counted; prefill begins.
    PromptReady {
        /// Of the request.
        id: RequestId,
        /// What became of the prompt.
        prompt: PromptReport,
    },
    /// Prompt tokens computed so far.
    PrefillProgress {
        /// Of the request.
        id: RequestId,
        /// Prompt tokens done, cached ones included.
        done: u32,
        /// Prompt tokens in all.
        total: u32,
    },
    /// More of the answer: whole characters, in order.
    Delta {
        /// Of the request.
        id: RequestId,
        /// Text to append.
        text: String,
        /// Tokens generated so far.
        tokens: u32,
    },
    /// The answer is complete, or was stopped.
    Done {
        /// Of the request.
        id: RequestId,
        /// Why it ended.
        stop: StopReason,
        /// What it cost.
        usage: Usage,
    },
    /// Which models are in memory changed, or what they take. Answers no request.
    Residency {
        /// All that are in memory, the one used last first.
        models: Vec<ResidentModel>,
        /// Bytes they count for, each the larger of predicted and measured.
        used: u64,
        /// Bytes that models may take now.
        budget: u64,
        /// What was unloaded or made smaller and why, with numbers, for people.
        note: Option<String>,
    },
    /// The request failed; the worker goes on.
    Failed {
        /// Of the request; `None` when no request is to blame.
        id: Option<RequestId>,
        /// Why.
        failure: Failure,
    },
}

impl WorkerMessage {
    /// The request this event answers.
    pub fn id(&self) -> Option<RequestId> {
        match self {
            WorkerMessage::Pong { id, .. }
            | WorkerMessage::Devices { id, .. }
            | WorkerMessage::LoadProgress { id, .. }
            | WorkerMessage::Loaded { id, .. }
            | WorkerMessage::Unloaded { id }
            | WorkerMessage::PromptReady { id, .. }
            | WorkerMessage::PrefillProgress { id, .. }
            | WorkerMessage::Delta { id, .. }
            | WorkerMessage::Done { id, .. } => Some(*id),
            WorkerMessage::Failed { id, .. } => *id,
            WorkerMessage::Residency { .. } => None,
        }
    }

    /// True when no further event answers the same request.
    pub fn is_final(&self) -> bool {
        !matches!(
            self,
            WorkerMessage::LoadProgress { .. }
                | WorkerMessage::PromptReady { .. }
                | WorkerMessage::PrefillProgress { .. }
                | WorkerMessage::Delta { .. }
                | WorkerMessage::Residency { .. }
        )
    }
}

/// What a worker does at a moment. Two of them tell whether it gets on: a process that answers pings and computes nothing
/// shows the same steps twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pulse {
    /// Rises with every node of a computation and every piece of a load; never falls.
    pub steps: u64,
    /// What for.
    pub doing: Doing,
}

/// What a worker does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Doing {
    /// Waits for a request.
    #[default]
    Idle,
    /// Loads a model.
    Loading,
    /// Computes a prompt.
    Prefill,
    /// Generates an answer.
    Decode,
    /// Looks after memory: unloads, stores prompts.
    Tending,
}

/// What holds a worker, in words for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confinement {
    /// What it cannot do.
    pub on: String,
    /// What this system cannot keep it from; empty when there is nothing.
    pub off: String,
}

/// Something llama.cpp can compute on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// llama.cpp's name: `CPU`, `Metal`.
    pub name: String,
    /// What the driver calls it.
    pub description: String,
    /// True for GPUs.
    pub gpu: bool,
    /// A GPU without memory of its own: models on it take the machine's.
    pub unified: bool,
    /// Bytes free for this process, as the driver says.
    pub memory_free: u64,
    /// Bytes in all; on Metal the recommended working set.
    pub memory_total: u64,
}

/// A model in memory, in [`WorkerMessage::Residency`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidentModel {
    /// From the [`ModelRef`].
    pub id: String,
    /// What it was predicted to take, in bytes, before it was loaded.
    pub bytes_predicted: u64,
    /// What it takes as measured, in bytes; 0 where the system does not tell.
    pub bytes_measured: u64,
    /// Seconds since its last request.
    pub idle_s: u64,
}

/// A model as the worker runs it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadedModel {
    /// From the [`ModelRef`].
    pub id: String,
    /// From the [`ModelRef`].
    pub sha256: Option<String>,
    /// llama.cpp's one-line description: `qwen2 1.5B Q4_K - Medium`.
    pub description: String,
    /// Context window in tokens, after lowering it to what the model was trained for.
    pub context_tokens: u32,
    /// Size of the weights in bytes.
    pub weights_bytes: u64,
    /// Layers, the output counted as one.
    pub layers: u32,
    /// Of these, layers on a GPU.
    pub gpu_layers: u32,
    /// Threads used for decoding now.
    pub threads: u32,
    /// Milliseconds from request to ready.
    pub load_ms: f64,
    /// Resident memory of the worker in bytes, once loaded; 0 where the system does not tell.
    pub resident_bytes: u64,
}

/// What became of a prompt before prefill. Nothing is ever cut without showing here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptReport {
    /// Tokens the model sees.
    pub tokens: u32,
    /// Of these, tokens already in the KV cache.
    pub cached: u32,
    /// Bytes of the text before the selection that did not fit and were left out.
    pub trimmed_before: u64,
    /// Bytes of the text after the selection that did not fit and were left out.
    pub trimmed_after: u64,
    /// Bytes of further reference that did not fit and were left out.
    pub trimmed_reference: u64,
    /// Tokens left for the answer.
    pub room: u32,
}

/// Why an answer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StopReason {
    /// The model ended it.
    EndOfAnswer,
    /// A stop text appeared.
    StopText,
    /// `max_tokens` or the end of the context window: the answer is incomplete.
    Length,
    /// Cancelled by the user.
    Cancelled,
    /// The request's deadline passed.
    Deadline,
    /// A request of a higher priority came; only for [`Request::Prime`], other requests go on afterwards.
    Overtaken,
}

/// What a request cost. Times are milliseconds of the worker's clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens of the prompt, cached ones included.
    pub prompt_tokens: u32,
    /// Prompt tokens taken from the KV cache.
    pub cached_tokens: u32,
    /// Tokens generated.
    pub generated_tokens: u32,
    /// Tokens proposed by the draft.
    pub drafted_tokens: u32,
    /// Drafted tokens that the model agreed with.
    pub accepted_tokens: u32,
    /// From receiving the request to the first token.
    pub ttft_ms: f64,
    /// Time spent on the prompt.
    pub prefill_ms: f64,
    /// From the first token to the last.
    pub decode_ms: f64,
    /// Threads in use at the end.
    pub threads: u32,
}

impl Usage {
    /// Prompt tokens computed per second; 0 when none were.
    pub fn prefill_rate(&self) -> f64 {
        rate(self.prompt_tokens.saturating_sub(self.cached_tokens), self.prefill_ms)
    }

    /// What a request cost that was interrupted after `self` and went on with `later`: the prompt and the first token are those
    /// of the beginning.
    #[must_use]
    pub fn and(&self, later: &Usage) -> Usage {
        let begun = self.generated_tokens > 0;
        Usage {
            prompt_tokens: self.prompt_tokens,
            cached_tokens: self.cached_tokens,
            generated_tokens: self.generated_tokens + later.generated_tokens,
            drafted_tokens: self.drafted_tokens + later.drafted_tokens,
            accepted_tokens: self.accepted_tokens + later.accepted_tokens,
            ttft_ms: if begun { self.ttft_ms } else { self.prefill_ms + later.ttft_ms },
            prefill_ms: self.prefill_ms + later.prefill_ms,
            decode_ms: self.decode_ms + later.decode_ms,
            threads: later.threads,
        }
    }

    /// Tokens generated per second after the first one; 0 when there were fewer than two.
    pub fn decode_rate(&self) -> f64 {
        rate(self.generated_tokens.saturating_sub(1), self.decode_ms)
    }
}

fn rate(tokens: u32, ms: f64) -> f64 {
    if ms > 0.0 { f64::from(tokens) * 1000.0 / ms } else { 0.0 }
}

/// Why a request failed. Code branches on `kind`, people read `text`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For code.
    pub kind: FailureKind,
    /// For people: what happened and what to do next, in a sentence.
    pub text: String,
}

impl Failure {
    /// A failure of this kind, told in these words.
    pub fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Failure { kind, text: text.into() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.text)
    }
}

impl std::error::Error for Failure {}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum FailureKind {
    /// The model file cannot be opened or read.
    ModelFile,
    /// The model file is not valid, or not of a kind that is allowed.
    ModelInvalid,
    /// Not enough memory.
    OutOfMemory,
    /// The prompt does not fit into the context.
    PromptTooLong,
    /// No model is loaded.
    NoModel,
    /// The device reported an error.
    Device,
    /// The model cannot do what was asked: it knows no fill-in-the-middle.
    Unsupported,
    /// Too many requests are waiting.
    Busy,
    /// The worker ended before it answered.
    WorkerDied,
    /// The worker could not be started.
    WorkerStart,
    /// Too many workers died: none is started before the user wants it.
    GaveUp,
    /// A bug: the text says where.
    Internal,
}
