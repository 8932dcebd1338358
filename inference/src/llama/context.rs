//! A model's working state: KV cache, compute buffers and threads.

use std::{
    ffi::c_void,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use ipc::{death::says_out_of_memory, jobs::StopFlag, protocol::KvType};
use llama_cpp_sys_2 as sys;

use super::{Batch, LlamaModel, ModelError, Token, log, threadpool::ThreadPool};
use crate::vitals;

/// How a context is made.
#[derive(Clone, Copy, Debug)]
pub struct ContextOptions {
    /// Context window in tokens, shared by all sequences.
    pub tokens: u32,
    /// Sequences.
    pub sequences: u32,
    /// Most tokens in one call.
    pub batch: u32,
    /// Most tokens with logits in one call: bounds the logits' memory (vocabulary x outputs x 4 bytes).
    pub outputs: u32,
    /// Element type of the KV cache.
    pub kv: KvType,
    /// Threads to begin with.
    pub threads: u32,
    /// Keep the KV cache and its computation on the GPU.
    pub gpu: bool,
}

/// What `llama_decode` answers when a buffer could not be had (llama-context.cpp: GGML_STATUS_ALLOC_FAILED).
const ALLOCATION_FAILED: i32 = -2;

/// Logits compared at once.
const LANES: usize = 16;

/// Why a call to the model gave nothing. The KV cache holds no token of the failed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// The stop flag was raised.
    #[error("cancelled")]
    Cancelled,
    /// It took longer than the patience given; see [`LlamaContext::decode`].
    #[error("out of patience")]
    OutOfPatience,
    /// The KV cache is full.
    #[error("the context is full")]
    Full,
    /// An allocation failed.
    #[error("not enough memory")]
    OutOfMemory,
    /// The device failed; nothing more can be expected of this process.
    #[error("the device failed with code {0}")]
    Device(i32),
}

/// What can stop a computation on the CPU in its middle. On a GPU a cancel waits for the running micro-batch.
#[derive(Default)]
pub struct Interrupt {
    stop: parking_lot::Mutex<Option<StopFlag>>,
    /// Nanoseconds after `start` when patience ends; 0: never.
    deadline: AtomicU64,
    start: parking_lot::Mutex<Option<Instant>>,
}

impl Interrupt {
    fn stopped(&self) -> bool {
        self.stop.lock().as_ref().is_some_and(|flag| flag.raised().is_some())
    }

    fn out_of_patience(&self) -> bool {
        let deadline = self.deadline.load(Ordering::Relaxed);
        deadline != 0 && self.start.lock().is_some_and(|start| start.elapsed().as_nanos() as u64 > deadline)
    }

    fn arm(&self, patience: Option<Duration>) {
        *self.start.lock() = Some(Instant::now());
        self.deadline.store(patience.map_or(0, |p| p.as_nanos() as u64), Ordering::Relaxed);
    }
}

unsafe extern "C" fn on_compute(user: *mut c_void) -> bool {
    // SAFETY: `user` is the boxed `Interrupt` of the context that computes, which outlives each computation.
    let interrupt = unsafe { &*user.cast::<Interrupt>() };
    // Called between the nodes of a graph: the sign of life of a computation that takes long.
    vitals::step();
    interrupt.stopped() || interrupt.out_of_patience()
}

/// A context of a few sequences that share one KV cache. Freed before its model.
pub struct LlamaContext {
    raw: *mut sys::llama_context,
    pool: Option<ThreadPool>,
    /// Pools that were replaced since the last computation: the backend pauses the one it knows when it meets the next
    /// (`ggml_backend_cpu_set_threadpool` in ggml-cpu.cpp), so they must live until then.
    replaced: Vec<ThreadPool>,
    interrupt: Box<Interrupt>,
    options: ContextOptions,
    vocabulary: usize,
    _model: LlamaModel,
}

// SAFETY: a context may be used by any one thread at a time; `LlamaContext` is not `Sync` and all calls take `&mut self` or
// only read.
unsafe impl Send for LlamaContext {}

impl LlamaContext {
    /// Makes a context.
    ///
    /// # Errors
    /// [`ModelError::OutOfMemory`] when the KV cache or the compute buffers could not be allocated, else
    /// [`ModelError::Refused`].
    pub fn new(model: &LlamaModel, options: ContextOptions) -> Result<LlamaContext, ModelError> {
        log::take_errors();
        let interrupt = Box::<Interrupt>::default();
        let params = params(&options, &interrupt);
        // SAFETY: the model is valid and kept alive by `_model`; `interrupt` is boxed, so its address stays.
        let raw = unsafe { sys::llama_init_from_model(model.raw(), params) };
        if raw.is_null() {
            let text = log::take_errors();
            return Err(if says_out_of_memory(&text) {
                ModelError::OutOfMemory(text)
            } else {
                ModelError::Refused(text)
            });
        }
        let vocabulary = model.vocabulary().len();
        let mut context = LlamaContext {
            raw,
            pool: None,
            replaced: Vec::new(),
            interrupt,
            options,
            vocabulary,
            _model: model.clone(),
        };
        context.set_threads(options.threads);
        Ok(context)
    }

    /// How the context was made.
    pub fn options(&self) -> &ContextOptions {
        &self.options
    }

    /// The flag that stops the computations to come; `None` for none.
    pub fn set_stop(&self, flag: Option<StopFlag>) {
        *self.interrupt.stop.lock() = flag;
    }

    /// Computes with `threads` from now on.
    pub fn set_threads(&mut self, threads: u32) {
        if self.pool.as_ref().is_some_and(|pool| pool.threads() == threads) {
            return;
        }
        let count = i32::try_from(threads.max(1)).unwrap_or(1);
        self.replaced.extend(self.pool.take());
        // SAFETY: the context is valid. The old pool lives until the backend has met the new one, which lives in `self`.
        unsafe {
            sys::llama_detach_threadpool(self.raw);
            sys::llama_set_n_threads(self.raw, count, count);
            if let Some(pool) = ThreadPool::new(threads.max(1)) {
                sys::llama_attach_threadpool(self.raw, pool.raw(), std::ptr::null_mut());
                self.pool = Some(pool);
            }
        }
    }

    /// Computes a batch, so that its tokens are in the KV cache and the logits it asked for can be read. On the CPU it is
    /// given up after `patience`.
    ///
    /// # Errors
    /// [`DecodeError`]. The tokens of the batch are then not in the KV cache.
    pub fn decode(&mut self, batch: &Batch, patience: Option<Duration>) -> Result<(), DecodeError> {
        debug_assert!(batch.len() <= self.options.batch as usize && !batch.is_empty());
        self.interrupt.arm(patience);
        let guard = EndIfThrown;
        // SAFETY: context and batch are valid; llama.cpp checks tokens and positions and reports them as -1.
        let code = unsafe { llama_decode(self.raw, batch.raw()) };
        std::mem::forget(guard);
        vitals::step();
        match code {
            0 => {
                self.replaced.clear();
                Ok(())
            }
            1 => Err(DecodeError::Full),
            2 if self.interrupt.stopped() => Err(DecodeError::Cancelled),
            2 => Err(DecodeError::OutOfPatience),
            ALLOCATION_FAILED => Err(DecodeError::OutOfMemory),
            other => Err(DecodeError::Device(other)),
        }
    }

    /// Logits of the `index`th token of the last batch, one per token of the vocabulary; `None` when it asked for none.
    pub fn logits(&self, index: usize) -> Option<&[f32]> {
        // SAFETY: the context is valid; an index without logits gives null.
        let logits = unsafe { sys::llama_get_logits_ith(self.raw, i32::try_from(index).ok()?) };
        // SAFETY: a row has as many elements as the vocabulary and lives until the next decode, which needs `&mut self`.
        (!logits.is_null()).then(|| unsafe { std::slice::from_raw_parts(logits, self.vocabulary) })
    }

    /// Forgets all tokens of a sequence at `position` and after it. Answers false when the model's memory cannot forget a part
    /// (some architectures); then all of the sequence was forgotten.
    pub fn truncate(&mut self, sequence: u32, position: u32) -> bool {
        let (sequence, from) = (number(sequence), number(position));
        // SAFETY: the context is valid and its memory lives as long.
        unsafe {
            let memory = sys::llama_get_memory(self.raw);
            if sys::llama_memory_seq_rm(memory, sequence, from, -1) {
                return true;
            }
            sys::llama_memory_seq_rm(memory, sequence, -1, -1);
        }
        false
    }

    /// Whether [`LlamaContext::move_run`] works.
    pub fn can_move(&self) -> bool {
        // SAFETY: the context is valid and its memory lives as long.
        unsafe { sys::llama_memory_can_shift(sys::llama_get_memory(self.raw)) }
    }

    /// Makes `length` tokens of a sequence from position `from` on also tokens of another sequence, at the same positions.
    pub fn copy_run(&mut self, sequence: u32, other: u32, from: u32, length: u32) {
        // SAFETY: the context is valid and its memory lives as long.
        unsafe {
            let memory = sys::llama_get_memory(self.raw);
            let (start, end) = (number(from), number(from + length));
            sys::llama_memory_seq_cp(memory, number(sequence), number(other), start, end);
        }
    }

    /// Moves `length` tokens of a sequence from position `from` to `to`; their keys are turned to the new positions by the next
    /// computation. Only where [`LlamaContext::can_move`].
    pub fn move_run(&mut self, sequence: u32, from: u32, length: u32, to: u32) {
        // SAFETY: the context is valid and its memory lives as long.
        unsafe {
            let memory = sys::llama_get_memory(self.raw);
            let (start, end) = (number(from), number(from + length));
            sys::llama_memory_seq_add(memory, number(sequence), start, end, number(to) - start);
        }
    }

    /// A sequence as bytes, for [`LlamaContext::read_state`] of the same model, library and parameters.
    pub fn state(&self, sequence: u32) -> Option<Vec<u8>> {
        let sequence = number(sequence);
        // SAFETY: the context is valid; the buffer is writable for its length.
        unsafe {
            let mut bytes = vec![0; sys::llama_state_seq_get_size(self.raw, sequence)];
            let written = sys::llama_state_seq_get_data(self.raw, bytes.as_mut_ptr(), bytes.len(), sequence);
            (written > 0 && written <= bytes.len()).then(|| {
                bytes.truncate(written);
                bytes
            })
        }
    }

    /// Fills an empty sequence. False when the bytes were refused; then the sequence is to be emptied.
    pub fn read_state(&mut self, sequence: u32, state: &[u8]) -> bool {
        // SAFETY: the context is valid, the bytes are readable for their length, and llama.cpp checks their content against
        // both.
        let read =
            unsafe { sys::llama_state_seq_set_data(self.raw, state.as_ptr(), state.len(), number(sequence)) };
        read == state.len()
    }

    pub(super) fn raw(&self) -> *mut sys::llama_context {
        self.raw
    }

    /// The likeliest token at `index` of the last batch: what greedy sampling takes, the first among equals.
    pub fn likeliest(&self, index: usize) -> Option<Token> {
        let logits = self.logits(index)?;
        // Lane by lane, which the compiler turns into vector instructions.
        let mut most = [f32::NEG_INFINITY; LANES];
        let (chunks, rest) = logits.as_chunks::<LANES>();
        for chunk in chunks {
            for (most, logit) in most.iter_mut().zip(chunk) {
                *most = if *logit > *most { *logit } else { *most };
            }
        }
        let most = most.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
        let best = logits.iter().position(|logit| *logit == most).unwrap_or(0);
        Token::try_from(best).ok()
    }
}

impl Drop for LlamaContext {
    fn drop(&mut self) {
        // SAFETY: made by `llama_init_from_model`, freed once, before its pool (a field) and its model.
        unsafe {
            sys::llama_detach_threadpool(self.raw);
            sys::llama_free(self.raw);
        }
    }
}

unsafe extern "C-unwind" {
    /// As the bindings have it, but for the truth that it throws `std::bad_alloc`.
    fn llama_decode(context: *mut sys::llama_context, batch: sys::llama_batch) -> i32;
}

/// Ends the process when a C++ exception passes by. The context is broken then: `ggml_backend_cpu_graph_compute` keeps a pointer
/// to what it freed before the allocation that failed, and freeing the context would free that again.
struct EndIfThrown;

impl Drop for EndIfThrown {
    fn drop(&mut self) {
        eprintln!("{}", ipc::death::THROWN);
        std::process::abort();
    }
}

fn number(position: u32) -> i32 {
    i32::try_from(position).unwrap_or(i32::MAX)
}

fn params(options: &ContextOptions, interrupt: &Interrupt) -> sys::llama_context_params {
    let threads = i32::try_from(options.threads).unwrap_or(1);
    let kv = match options.kv {
        KvType::F16 => sys::GGML_TYPE_F16,
        KvType::Q8 => sys::GGML_TYPE_Q8_0,
    };
    // SAFETY: no obligations.
    let mut params = unsafe { sys::llama_context_default_params() };
    params.n_ctx = options.tokens;
    params.n_batch = options.batch;
    params.n_ubatch = options.batch;
    params.n_seq_max = options.sequences;
    params.kv_unified = true;
    params.n_outputs_max = options.outputs;
    params.n_threads = threads;
    params.n_threads_batch = threads;
    params.flash_attn_type = sys::LLAMA_FLASH_ATTN_TYPE_AUTO;
    params.type_k = kv;
    params.type_v = kv;
    params.offload_kqv = options.gpu;
    params.op_offload = options.gpu;
    params.no_perf = true;
    params.abort_callback = Some(on_compute);
    params.abort_callback_data = std::ptr::from_ref(interrupt).cast_mut().cast();
    params
}
