//! What a worker tells of itself: what it does and holds, what a request cost, why one failed.

use serde::{Deserialize, Serialize};

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

/// A model in memory, in [`WorkerMessage::Residency`](super::WorkerMessage::Residency).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ResidentModel {
    /// From the [`ModelRef`](super::ModelRef).
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
    /// From the [`ModelRef`](super::ModelRef).
    pub id: String,
    /// From the [`ModelRef`](super::ModelRef).
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
    /// A request of a higher priority came; only for [`Request::Prime`](super::Request::Prime), other requests go on afterwards.
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
