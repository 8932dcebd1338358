//! Whether a model fits this machine: bytes in, verdict out. Nothing here asks the machine anything.
//!
//! Need = weights + KV cache + compute buffers + margin; the load decision, the catalogue's cards and the first run
//! use the same numbers. They are bounds from above: a prediction that is too low ends in a killed worker, one that
//! is a little high only in a smaller context. "Load anyway" is the caller's: nothing here forbids.

use crate::catalog::{CatalogEntry, Shape};
use crate::gguf::{Header, Layer, TensorRole};
use crate::repack::{self, Layout};

/// One gibibyte.
pub const GIB: u64 = 1 << 30;
const MIB: u64 = 1 << 20;
/// The smallest context that is worth offering.
pub const MIN_CONTEXT: u32 = 1_024;
/// llama.cpp rounds the cells of a KV cache up to this (`GGML_PAD(n_ctx, 256)` in llama-context.cpp).
const CELLS: u64 = 256;
/// What the worker takes without a model, measured on x86-64 Linux.
pub const PROCESS: u64 = 8 * MIB;
/// What a model takes beside its buffers and its vocabulary: 6 MiB are threads, graphs and samplers, 2 MiB what its few large
/// allocations are rounded up by when they lie in large pages (none to 3 MiB were seen).
pub const PER_MODEL: u64 = 8 * MIB;
/// What a token of the vocabulary takes in llama.cpp's tables, merges included (llama-vocab.cpp).
pub const TOKEN: u64 = 352;

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
pub enum KvPrecision {
    /// 2 bytes a value.
    #[default]
    F16,
    /// 34 bytes for 32 values.
    Q8,
}

/// How a model would be loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoadPlan {
    /// Context in tokens.
    pub context: u32,
    /// KV cache type.
    pub kv: KvPrecision,
    /// What weights are copied into, which the CPU decides.
    pub layout: Layout,
    /// Tokens in one compute step (`n_ubatch`).
    pub micro_batch: u32,
    /// Tokens of a step with logits (`n_outputs_max`).
    pub outputs: u32,
}

/// Predicted memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MemoryEstimate {
    /// Tensors, mapped or copied.
    pub weights: u64,
    /// KV cache.
    pub kv: u64,
    /// Compute buffers and the process itself.
    pub compute: u64,
    /// Kept free for what cannot be predicted: 1 % of the rest.
    pub margin: u64,
}

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FitVerdict {
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
    pub load: LoadPlan,
    /// What it needs.
    pub need: MemoryEstimate,
    /// How well that fits.
    pub verdict: FitVerdict,
}

impl Default for LoadPlan {
    fn default() -> Self {
        Self { context: 8_192, kv: KvPrecision::F16, layout: Layout::Mapped, micro_batch: 128, outputs: 32 }
    }
}

impl KvPrecision {
    /// Bytes of `values` values, which ggml keeps in blocks of 32 when quantised.
    fn bytes(self, values: u64) -> u64 {
        match self {
            Self::F16 => values.saturating_mul(2),
            Self::Q8 => values.div_ceil(32).saturating_mul(34),
        }
    }
}

impl MemoryEstimate {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.without_margin().saturating_add(self.margin)
    }

    fn without_margin(&self) -> u64 {
        self.weights.saturating_add(self.kv).saturating_add(self.compute)
    }

    fn with_margin(self) -> Self {
        Self { margin: self.without_margin() / 100, ..self }
    }
}

/// Memory that the model takes when loaded like this.
pub fn predict(header: &Header, load: LoadPlan) -> MemoryEstimate {
    Figures::of_header(header).need(repack::resident(header, load.layout), load)
}

/// What a catalogue entry needs before any of its bytes are here. Without the entry's shape: weights x 1.05, KV cache, half a
/// gibibyte.
pub fn predict_entry(entry: &CatalogEntry, load: LoadPlan) -> MemoryEstimate {
    let load = LoadPlan { context: load.context.min(entry.context), ..load };
    match &entry.shape {
        Some(shape) => Figures::of_shape(shape).need(entry.size + copied_table(shape, load.layout), load),
        None => MemoryEstimate {
            weights: entry.size / 20 * 21,
            kv: entry.kv_bytes_per_token.saturating_mul(u64::from(load.context)),
            compute: GIB / 2,
            margin: 0,
        },
    }
}

/// A token table that is multiplied with too is copied where its type is, which is q6_K in the files that people use.
fn copied_table(shape: &Shape, layout: Layout) -> u64 {
    let weights = u64::from(shape.vocabulary) * u64::from(shape.width);
    let copied = !shape.output_in_file && matches!(layout, Layout::Amx | Layout::Neon);
    if copied { weights / 256 * 210 } else { 0 }
}

/// What a prediction is made from, of a header or of the catalogue.
struct Figures {
    layers: Vec<Layer>,
    key: u64,
    value: u64,
    width: u64,
    vocabulary: u64,
    /// Values a token has in a feed-forward layer: gate, up, and their product.
    feed_forward: u64,
    /// Values a token has in an attention layer: queries before and after rotation, results, keys and values.
    attention: u64,
}

impl Figures {
    fn of_header(header: &Header) -> Self {
        let number =
            |name: &str| header.metadata.number(&format!("{}.{name}", header.architecture)).unwrap_or(0);
        // Of a mixture of experts all that are in use.
        let experts =
            number("expert_feed_forward_length").min(1 << 22) * number("expert_used_count").min(1 << 10);
        let (key, heads, heads_kv) =
            (u64::from(header.key_length), u64::from(header.heads), u64::from(header.heads_kv));
        Self {
            layers: header.layers.clone(),
            key,
            value: u64::from(header.value_length),
            width: u64::from(header.embedding_length),
            vocabulary: u64::from(header.vocabulary),
            feed_forward: 3 * experts.max(u64::from(header.feed_forward_length)),
            attention: key * (3 * heads + 2 * heads_kv),
        }
    }

    fn of_shape(shape: &Shape) -> Self {
        let (head, heads, heads_kv) =
            (u64::from(shape.head_size), u64::from(shape.heads), u64::from(shape.heads_kv));
        Self {
            layers: vec![Layer { heads_kv: shape.heads_kv, window: None }; shape.blocks as usize],
            key: head,
            value: head,
            width: u64::from(shape.width),
            vocabulary: u64::from(shape.vocabulary),
            feed_forward: 3 * u64::from(shape.feed_forward),
            attention: head * (3 * heads + 2 * heads_kv),
        }
    }

    fn need(&self, weights: u64, load: LoadPlan) -> MemoryEstimate {
        let compute = self.compute(load).saturating_add(PROCESS);
        MemoryEstimate { weights, kv: self.kv_cache(load), compute, margin: 0 }.with_margin()
    }

    /// Keys and values of every layer; a sliding layer keeps its window and one micro-batch (llama-kv-cache-iswa.cpp).
    fn kv_cache(&self, load: LoadPlan) -> u64 {
        self.layers.iter().map(|layer| self.layer_cache(layer, load)).fold(0, u64::saturating_add)
    }

    fn layer_cache(&self, layer: &Layer, load: LoadPlan) -> u64 {
        let cells = u64::from(load.context).next_multiple_of(CELLS);
        let step = u64::from(load.micro_batch);
        let window = layer.window.map_or(cells, |window| (u64::from(window) + step).next_multiple_of(CELLS));
        let heads = u64::from(layer.heads_kv);
        let token = load.kv.bytes(heads * self.key) + load.kv.bytes(heads * self.value);
        window.min(cells).saturating_mul(token)
    }

    /// What the vocabulary and the model itself take beside all buffers.
    fn tables(&self) -> u64 {
        self.vocabulary * TOKEN + PER_MODEL
    }

    /// The graph's buffer, the logits handed out, the vocabulary.
    ///
    /// Through a whole step live the mask, of f16, and five vectors of the residual stream's width; beside them the largest
    /// stage: the logits, a feed-forward layer or the attention, each of f32, between which `ggml_gallocr` reuses all.
    /// Checked against llama.cpp's own line ("CPU compute buffer size") at a step of 128 with 17 outputs and 2,048 cells:
    /// SmolLM2-135M 5.10 MiB, Qwen2.5-Coder 0.5B 12.55 MiB (both logits), 1.5B 17.38 MiB (feed-forward).
    fn compute(&self, load: LoadPlan) -> u64 {
        let step = u64::from(load.micro_batch);
        let cells = u64::from(load.context).next_multiple_of(CELLS);
        let mask = cells.saturating_mul(step).saturating_mul(2);
        let stream = 5 * step * self.width;
        let logits = u64::from(load.outputs.min(load.micro_batch)).saturating_mul(self.vocabulary);
        let stage = logits.max(step.saturating_mul(self.feed_forward.max(self.attention)));
        let floats = stage.saturating_add(stream).saturating_add(logits);
        floats.saturating_mul(4).saturating_add(mask).saturating_add(self.tables())
    }
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
pub fn judge(need: MemoryEstimate, machine: MachineMemory) -> FitVerdict {
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
        return FitVerdict::DoesNotFit { why, missing };
    }
    if total > now {
        let why =
            format!("it needs {} and {} are free now; close other programs first", gib(total), gib(now));
        return FitVerdict::Tight { why };
    }
    if total > budget / 10 * 9 {
        let why = format!("it needs {} of the {} that models may use", gib(total), gib(budget));
        return FitVerdict::Tight { why };
    }
    FitVerdict::Fits
}

/// How much of a model goes on a GPU that has memory of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Offload {
    /// Layers as llama.cpp counts them (`n_gpu_layers`): the output is one, then blocks from the last to the first; 0: none.
    pub layers: u32,
    /// Bytes on the GPU.
    pub gpu: u64,
    /// Bytes beside it, in the machine's memory.
    pub cpu: u64,
}

/// The most layers that take at most `room` bytes on a GPU.
///
/// Buffers for computing are counted on both sides, for both compute. A token table that is multiplied with too is copied to
/// the GPU, for its rows are still read beside it (`TENSOR_DUPLICATED` in llama-model.cpp).
pub fn offload(header: &Header, load: LoadPlan, room: u64) -> Offload {
    let figures = Figures::of_header(header);
    let all = figures.need(repack::resident(header, Layout::Mapped), load);
    let tables = PROCESS + figures.tables();
    let buffers = all.compute.saturating_sub(tables);
    let of = |role: TensorRole| {
        header.weights.iter().filter(move |weight| weight.role == role).map(|weight| weight.bytes)
    };
    let own_output: u64 = of(TensorRole::Output).sum();
    let copied: u64 = if own_output == 0 { of(TensorRole::TokenTable).sum() } else { 0 };
    let with_margin = |bytes: u64| bytes.saturating_add(bytes / 100);

    let mut gpu = buffers + own_output + copied + of(TensorRole::Other).sum::<u64>();
    let mut blocks = 0;
    for (index, layer) in header.layers.iter().enumerate().rev() {
        let weights: u64 = of(TensorRole::Block(index as u32)).sum();
        let with_block = gpu + weights + figures.layer_cache(layer, load);
        if with_margin(with_block) > room {
            break;
        }
        gpu = with_block;
        blocks += 1;
    }
    if blocks == 0 {
        return Offload { layers: 0, gpu: 0, cpu: all.total() };
    }
    let moved = gpu - buffers - copied;
    let cpu = with_margin(all.without_margin() - moved);
    Offload { layers: blocks + 1, gpu: with_margin(gpu), cpu }
}

/// The load closest to `wanted` that fits: first the context it was trained for, then an 8-bit KV cache, then halved
/// contexts. When nothing fits, the smallest of these with its verdict.
pub fn recommended(header: &Header, machine: MachineMemory, wanted: LoadPlan) -> Recommendation {
    let judged = |load| {
        let need = predict(header, load);
        Recommendation { load, need, verdict: judge(need, machine) }
    };
    let fits = |one: &Recommendation| !matches!(one.verdict, FitVerdict::DoesNotFit { .. });
    let loads = steps_down(LoadPlan { context: wanted.context.min(header.context_length), ..wanted });
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
fn steps_down(wanted: LoadPlan) -> Vec<LoadPlan> {
    let mut loads = vec![wanted];
    let mut load = LoadPlan { kv: KvPrecision::Q8, ..wanted };
    loads.push(load);
    while load.context / 2 >= MIN_CONTEXT {
        load.context /= 2;
        loads.push(load);
    }
    loads
}

/// Bytes that are read for each token, and what decoding costs where memory bounds it: the KV cache of the context in use and
/// every weight once, of a mixture of experts only those that are chosen.
pub fn bytes_per_token(header: &Header, context_in_use: u32) -> f64 {
    let load = LoadPlan { context: context_in_use, ..LoadPlan::default() };
    active_bytes(header) + Figures::of_header(header).kv_cache(load) as f64
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
