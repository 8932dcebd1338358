//! What editor and worker say to each other.
//!
//! Requests go down, events come up, and each event that answers a request carries its id. Both binaries ship together:
//! the versions must match exactly, so these types may change freely as long as [`PROTOCOL_VERSION`] changes with them.
//! Nothing here knows llama.cpp or a window; what a text means is the business of both ends. Here are the messages; `prompt` has what
//! a model is asked, `report` what a worker tells of itself.

mod prompt;
mod report;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::prompt::{
    Approach, ChatMessage, ChatRole, CodeContext, Control, Excerpt, FillContext, NextEditContext,
    NextEditForm, Prompt, RecentChange, Sampling,
};
pub use self::report::{
    Confinement, Device, Doing, Failure, FailureKind, LoadedModel, PromptReport, Pulse, ResidentModel,
    StopReason, Usage,
};

/// Raised with every change to a type in this module.
pub const PROTOCOL_VERSION: u32 = 8;

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
            Request::Generate { prompt: Prompt::Fill(_) | Prompt::NextEdit(_), .. } => Priority::Typing,
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
    /// The request failed; the worker continues.
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
