//! Whether a model fits this machine: bytes in, verdict out. Nothing here asks the machine anything.
//!
//! Need = weights + KV cache + compute buffers + margin; the load decision, the catalogue's cards and the first run
//! use the same numbers. They are bounds from above: a prediction that is too low ends in a killed worker, one that
//! is a little high only in a smaller context. "Load anyway" is the caller's: nothing here forbids.

use crate::catalog::Entry;
use crate::gguf::{Header, Layer};

/// One gibibyte.
pub const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;
/// The smallest context that is worth offering.
pub const LEAST_CONTEXT: u32 = 1_024;
/// llama.cpp rounds the cells of a KV cache up to this (`GGML_PAD(n_ctx, 256)` in llama-context.cpp).
const CELLS: u64 = 256;
/// Of x86-64 and, with pages of 4 KiB, AArch64.
const HUGE_PAGE: u64 = 2 * MIB;
/// What the worker takes without a model: 12 MB resident were measured on x86-64 Linux after an idle unload.
pub const PROCESS: u64 = 12 * MIB;
/// What a model takes beside its tables, measured as the remainder for SmolLM2-135M: threads, graphs, samplers.
const PER_MODEL: u64 = 4 * MIB;
/// What a token of the vocabulary takes in llama.cpp's tables, merges included: 341 to 354 bytes were measured for SmolLM2
/// (49,152 tokens) and Qwen2.5 (151,936 tokens).
const TOKEN: u64 = 360;

/// What the machine has, in bytes, as measured by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineMemory {
    /// All memory.
    pub total: u64,
    /// What could be had now without swapping (`MemAvailable`).
    pub available: u64,
    /// What the GPU may use of it (`recommendedMaxWorkingSetSize`), where there is one.
    pub gpu_working_set: Option<u64>,
    /// What models loaded now give back before this one is loaded.
    pub reclaimable: u64,
}

/// Precision of the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum KvType {
    /// 2 bytes a value.
    #[default]
    F16,
    /// 34 bytes for 32 values.
    Q8,
}

/// How a model would be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Context in tokens.
    pub context: u32,
    /// KV cache type.
    pub kv: KvType,
    /// Whether weights are copied into a CPU layout (`use_extra_bufts`).
    pub repacked: bool,
    /// Tokens in one compute step (`n_ubatch`).
    pub micro_batch: u32,
    /// Tokens of a step with logits (`n_outputs_max`).
    pub outputs: u32,
}

/// Predicted memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Need {
    /// Tensors, and what repacking adds to them.
    pub weights: u64,
    /// KV cache.
    pub kv: u64,
    /// Compute buffers and the process itself.
    pub compute: u64,
    /// Kept free for what cannot be predicted: 2 % of the rest.
    pub margin: u64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// With room to spare.
    Fits,
    /// It fits, but other programs will feel it.
    Tight {
        /// In words.
        why: String,
    },
    /// It does not fit.
    DoesNotFit {
        /// In words.
        why: String,
        /// Bytes missing.
        missing: u64,
    },
}

/// What to load with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// The load.
    pub load: Load,
    /// What it needs.
    pub need: Need,
    /// How well that fits.
    pub verdict: Verdict,
}

impl Default for Load {
    fn default() -> Self {
        Self { context: 8_192, kv: KvType::F16, repacked: false, micro_batch: 512, outputs: 32 }
    }
}

impl KvType {
    /// Bytes of `values` values, which ggml keeps in blocks of 32 when quantised.
    fn bytes(self, values: u64) -> u64 {
        match self {
            Self::F16 => values.saturating_mul(2),
            Self::Q8 => values.div_ceil(32).saturating_mul(34),
        }
    }
}

impl Need {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.without_margin().saturating_add(self.margin)
    }

    fn without_margin(&self) -> u64 {
        self.weights.saturating_add(self.kv).saturating_add(self.compute)
    }

    fn with_margin(self) -> Self {
        Self { margin: self.without_margin() / 50, ..self }
    }
}

/// Memory that the model takes when loaded like this.
pub fn predict(header: &Header, load: Load) -> Need {
    let need = Need {
        weights: weights(header, load),
        kv: kv_cache(header, load),
        compute: compute(header, load).saturating_add(PROCESS),
        margin: 0,
    };
    need.with_margin()
}

/// Mapped weights are read page by page and count in full. A repacked copy takes the place of its original, whose pages the
/// worker gives back while it loads. Some of them come again: Linux maps a cached file by huge pages where it can, so what
/// lies beside a tensor that stayed mapped is resident with it. One huge page a block covers what was measured for
/// Qwen2.5-Coder-1.5B (35 to 55 MB, 28 blocks).
fn weights(header: &Header, load: Load) -> u64 {
    let neighbours = (u64::from(header.block_count) * HUGE_PAGE).min(header.repacked_bytes);
    header.tensor_bytes + if load.repacked { neighbours } else { 0 }
}

/// Keys and values of every layer; a sliding layer keeps its window and one micro-batch (llama-kv-cache-iswa.cpp).
fn kv_cache(header: &Header, load: Load) -> u64 {
    let cells = u64::from(load.context).next_multiple_of(CELLS);
    let step = u64::from(load.micro_batch);
    let layer = |layer: &Layer| {
        let window = layer.window.map_or(cells, |window| (u64::from(window) + step).next_multiple_of(CELLS));
        let heads = u64::from(layer.heads_kv);
        let token = load.kv.bytes(heads * u64::from(header.key_length))
            + load.kv.bytes(heads * u64::from(header.value_length));
        window.min(cells).saturating_mul(token)
    };
    header.layers.iter().map(layer).fold(0, u64::saturating_add)
}

/// The largest of the graph's stages, each of f32: the logits of the outputs; for a whole micro-batch a feed-forward layer,
/// and the attention with its mask. `ggml_gallocr` reuses everything between stages. Beside it the logits handed out, and
/// the vocabulary.
///
/// Checked against llama.cpp's own line for Qwen2.5-Coder-0.5B at 512 with 512 outputs: 512 x (151,936 + 896) x 4 =
/// 298.5 MiB.
fn compute(header: &Header, load: Load) -> u64 {
    let step = u64::from(load.micro_batch);
    let width = u64::from(header.embedding_length);
    let heads = u64::from(header.heads);
    let vocabulary = u64::from(header.vocabulary);
    let outputs = u64::from(load.outputs.min(load.micro_batch));
    let logits = outputs.saturating_mul(vocabulary + width);
    let feed_forward = 3 * u64::from(header.feed_forward_length) + 3 * width;
    let cells = u64::from(load.context).next_multiple_of(CELLS);
    let attention = 2 * heads * u64::from(header.key_length) + 4 * width + cells;
    let scratch = cells * u64::from(header.value_length) / 4;
    let stage = logits.max(step.saturating_mul(feed_forward.max(attention)));
    let handed_out = outputs * vocabulary;
    let floats = stage.saturating_add(scratch).saturating_add(handed_out);
    floats.saturating_mul(4).saturating_add(vocabulary * TOKEN).saturating_add(PER_MODEL)
}

/// Bytes that models may use: on a Mac min(working set - 1 GiB, RAM - 4 GiB); elsewhere what is left when the system
/// keeps 2 GiB, or a quarter of a small machine.
pub fn budget(machine: MachineMemory) -> u64 {
    match machine.gpu_working_set {
        Some(set) => set.saturating_sub(GIB).min(machine.total.saturating_sub(4 * GIB)),
        None => machine.total - (2 * GIB).min(machine.total / 4),
    }
}

/// Whether `need` fits the machine: the budget decides, what is free now only warns.
pub fn judge(need: Need, machine: MachineMemory) -> Verdict {
    let (total, budget) = (need.total(), budget(machine));
    let now = machine.available.saturating_add(machine.reclaimable);
    if total > budget {
        let missing = total - budget;
        let why = format!(
            "it needs {} and models may use {} of this machine's {}: {} too much",
            gib(total),
            gib(budget),
            gib(machine.total),
            gib(missing)
        );
        return Verdict::DoesNotFit { why, missing };
    }
    if total > now {
        let why =
            format!("it needs {} and {} are free now; close other programs first", gib(total), gib(now));
        return Verdict::Tight { why };
    }
    if total > budget / 10 * 9 {
        let why = format!("it needs {} of the {} that models may use", gib(total), gib(budget));
        return Verdict::Tight { why };
    }
    Verdict::Fits
}

/// The load closest to `wanted` that fits: first the context it was trained for, then an 8-bit KV cache, then halved
/// contexts, then without repacking. When nothing fits, the smallest of these with its verdict.
pub fn recommended(header: &Header, machine: MachineMemory, wanted: Load) -> Recommendation {
    let judged = |load| {
        let need = predict(header, load);
        Recommendation { load, need, verdict: judge(need, machine) }
    };
    let fits = |one: &Recommendation| !matches!(one.verdict, Verdict::DoesNotFit { .. });
    let loads = steps_down(Load { context: wanted.context.min(header.context_length), ..wanted });
    let mut last = judged(loads[0]);
    for load in loads {
        last = judged(load);
        if fits(&last) {
            break;
        }
    }
    last
}

/// One step a failure, as after running out of memory.
fn steps_down(wanted: Load) -> Vec<Load> {
    let mut loads = vec![wanted];
    let mut load = Load { kv: KvType::Q8, ..wanted };
    loads.push(load);
    while load.context / 2 >= LEAST_CONTEXT {
        load.context /= 2;
        loads.push(load);
    }
    if load.repacked {
        loads.push(Load { repacked: false, ..load });
    }
    loads
}

/// What a catalogue entry needs before any of its bytes are here: weights x 1.05, KV cache, half a gibibyte.
pub fn predict_entry(entry: &Entry, context: u32) -> Need {
    let context = u64::from(context.min(entry.context));
    Need {
        weights: entry.size / 20 * 21,
        kv: entry.kv_bytes_per_token.saturating_mul(context),
        compute: GIB / 2,
        margin: 0,
    }
}

/// Tokens per second when decoding is bound by reading memory: every weight and the KV cache once a token. Of a
/// mixture of experts only those in use are read.
///
/// `bytes_per_second` is measured; where earlier runs of the model exist, use theirs instead.
pub fn speed_estimate(header: &Header, context_in_use: u32, bytes_per_second: u64) -> f64 {
    let load = Load { context: context_in_use, ..Load::default() };
    let read = active_bytes(header) + kv_cache(header, load) as f64;
    if read > 0.0 { bytes_per_second as f64 / read } else { 0.0 }
}

/// [`speed_estimate`] for an entry that is not here.
pub fn speed_estimate_entry(entry: &Entry, bytes_per_second: u64) -> f64 {
    bytes_per_second as f64 / entry.size.max(1) as f64
}

/// Tokens per second of this model from a run of another on the same machine: bytes read a token scale it.
pub fn speed_from_earlier(header: &Header, earlier: &Header, tokens_per_second: f64) -> f64 {
    tokens_per_second * active_bytes(earlier) / active_bytes(header).max(1.0)
}

fn active_bytes(header: &Header) -> f64 {
    let number = |name: &str| header.metadata.number(&format!("{}.{name}", header.architecture));
    let share = match (number("expert_count"), number("expert_used_count")) {
        // Attention, embeddings and shared layers are about a tenth of a mixture of experts.
        (Some(all), Some(used)) if all > 0 => 0.1 + 0.9 * used as f64 / all as f64,
        _ => 1.0,
    };
    header.tensor_bytes as f64 * share
}

fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / GIB as f64)
}
