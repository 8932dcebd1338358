//! Whether a model fits this machine: bytes in, verdict out. Nothing here asks the machine anything.
//!
//! Need = weights + KV cache + compute buffers + margin (`ARCHITECTURE.md`: the load decision and the catalogue's
//! cards use the same numbers). On a Mac the budget is min(working set - 1 GiB, RAM - 4 GiB).

use crate::gguf::Header;

/// One gibibyte.
pub const GIB: u64 = 1 << 30;

/// What the machine has, in bytes, as measured by the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MachineMemory {
    /// All memory.
    pub total: u64,
    /// What could be had now without swapping.
    pub available: u64,
    /// What the GPU may use of it (`recommendedMaxWorkingSetSize`), where there is one.
    pub gpu_working_set: Option<u64>,
    /// What models loaded now would give back first.
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
    /// Whether weights are copied into a CPU layout.
    pub repacked: bool,
    /// Tokens in one compute step (`n_ubatch`).
    pub micro_batch: u32,
}

/// Predicted memory in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Need {
    /// Tensors, with those that repacking doubles.
    pub weights: u64,
    /// KV cache.
    pub kv: u64,
    /// Compute buffers.
    pub compute: u64,
    /// Kept free for what cannot be predicted.
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

impl Need {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.kv).saturating_add(self.compute).saturating_add(self.margin)
    }
}

/// Memory that the model takes when loaded like this.
pub fn predict(header: &Header, load: Load) -> Need {
    let _ = (header, load);
    Need::default()
}

/// Whether `need` fits the machine.
pub fn judge(need: Need, machine: MachineMemory) -> Verdict {
    let _ = (need, machine);
    Verdict::Fits
}

/// The largest context (and 16-bit KV before 8-bit) up to `wanted` that fits.
pub fn recommended(header: &Header, machine: MachineMemory, wanted: Load) -> Recommendation {
    let _ = header;
    Recommendation { load: wanted, need: Need::default(), verdict: judge(Need::default(), machine) }
}

/// Tokens per second when decoding is bound by reading the weights: bandwidth / bytes read per token.
pub fn speed_estimate(header: &Header, context: u32, bytes_per_second: u64) -> f64 {
    let _ = context;
    bytes_per_second as f64 / header.tensor_bytes.max(1) as f64
}
