//! One product of a weight matrix with some columns: whether it is ours, and how threads share it.

use std::ffi::c_int;

use llama_cpp_sys_2 as sys;

use super::{
    activations::{self, Activations, BLOCK, ElementOrder},
    compute::ComputeParams,
    q4_k, q6_k,
    tile::Out,
};

/// Rows of Q4_K that are computed together.
const Q4_K_ROWS: usize = 2 * q4_k::ROWS;
/// Pieces each thread's share is cut into, so that a thread that lost its core for a moment is helped by the others.
const PIECES: usize = 4;
/// Most bytes of weights in a piece: a tenth of a millisecond. Between pieces other threads are let in, and the output layer alone has
/// 190 MB.
const PIECE_BYTES: usize = 1 << 20;

unsafe extern "C" {
    // ggml-cpu/ggml-cpu-impl.h: all threads of the pool wait for each other; a number they share.
    fn ggml_barrier(pool: *mut sys::ggml_threadpool);
    fn ggml_threadpool_chunk_set(pool: *mut sys::ggml_threadpool, value: c_int);
    fn ggml_threadpool_chunk_add(pool: *mut sys::ggml_threadpool, value: c_int) -> c_int;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Weights {
    Q4K,
    Q6K,
}

/// `weights * columns`, both along rows of `blocks` times 256 elements.
pub(super) struct Product {
    kind: Weights,
    weights: *const u8,
    rows: usize,
    blocks: usize,
    values: *const u8,
    columns: usize,
    /// Bytes from one column to the next.
    column_bytes: usize,
    out: Out,
}

/// The product an operation asks for, when it is one for these kernels.
///
/// # Safety
/// `operation` is of a graph that ggml computes: its sources are valid.
pub(super) unsafe fn of(
    operation: *const sys::ggml_tensor,
    repacked: sys::ggml_backend_buffer_type_t,
) -> Option<Product> {
    // SAFETY: the caller's word; a product has two sources.
    let (out, weights, values) = unsafe {
        let out = &*operation;
        if out.op != sys::GGML_OP_MUL_MAT {
            return None;
        }
        (out, &*out.src[0], &*out.src[1])
    };
    let flat = |t: &sys::ggml_tensor| t.ne[2] == 1 && t.ne[3] == 1;
    let size = |n: i64| usize::try_from(n).ok();
    let (length, rows, columns) = (size(weights.ne[0])?, size(weights.ne[1])?, size(values.ne[1])?);
    let whole = length > 0 && length % BLOCK == 0 && columns > 0;
    let plain = values.type_ == sys::GGML_TYPE_F32 && values.nb[0] == 4 && out.nb[0] == 4;
    if weights.buffer.is_null() || !flat(weights) || !flat(values) || !whole || !plain {
        return None;
    }
    // SAFETY: a valid buffer.
    let place = unsafe { sys::ggml_backend_buffer_get_type(weights.buffer) };
    // SAFETY: a valid buffer type.
    let on_host = unsafe { sys::ggml_backend_buft_is_host(place) };
    let kind = match weights.type_ {
        sys::GGML_TYPE_Q4_K if place == repacked && rows % Q4_K_ROWS == 0 => Weights::Q4K,
        sys::GGML_TYPE_Q6_K
            if rows % q6_k::ROWS == 0
                && weights.nb[1] == length / BLOCK * size_of::<q6_k::Q6Block>()
                && on_host =>
        {
            Weights::Q6K
        }
        _ => return None,
    };
    Some(Product {
        kind,
        weights: weights.data.cast(),
        rows,
        blocks: length / BLOCK,
        values: values.data.cast(),
        columns,
        column_bytes: values.nb[1],
        out: Out { first: out.data.cast(), stride: out.nb[1] / size_of::<f32>() },
    })
}

impl Product {
    /// Bytes of scratch: all activations, and what aligning them may cost.
    pub(super) fn work_size(&self) -> usize {
        self.columns * self.blocks * size_of::<Activations>() + align_of::<Activations>()
    }

    /// One thread's part of the work.
    ///
    /// # Safety
    /// All threads of the pool call this for the same product, with [`Product::work_size`] bytes of scratch.
    pub(super) unsafe fn compute(&self, params: &ComputeParams) {
        let (thread, threads) = (params.thread as usize, params.threads as usize);
        assert!(params.work_size >= self.work_size(), "ggml planned less scratch than was asked for");
        let scratch = params.work.cast::<u8>();
        // SAFETY: the scratch is large enough for aligning it.
        let activations: *mut Activations =
            unsafe { scratch.add(scratch.align_offset(align_of::<Activations>())) }.cast();
        let order = if self.kind == Weights::Q4K { ElementOrder::Plain } else { ElementOrder::Quarters };
        for column in (thread..self.columns).step_by(threads) {
            // SAFETY: each column has `blocks` blocks of values; each thread writes other columns.
            unsafe {
                let values = self.values.add(column * self.column_bytes).cast::<f32>();
                let values = std::slice::from_raw_parts(values, self.blocks * BLOCK);
                activations::quantize(values, activations.add(column * self.blocks), order);
            }
        }
        if thread == 0 {
            // SAFETY: the pool is valid while it computes.
            unsafe { ggml_threadpool_chunk_set(params.pool, params.threads) };
        }
        // SAFETY: all threads get here.
        unsafe { ggml_barrier(params.pool) };
        let (unit, unit_bytes) = match self.kind {
            Weights::Q4K => (Q4_K_ROWS, Q4_K_ROWS / q4_k::ROWS * self.blocks * size_of::<q4_k::Q4Block>()),
            Weights::Q6K => (q6_k::ROWS, q6_k::ROWS * self.blocks * size_of::<q6_k::Q6Block>()),
        };
        let units = self.rows / unit;
        let piece = units.div_ceil(threads * PIECES).min((PIECE_BYTES / unit_bytes).max(1));
        let mut next = thread;
        while next * piece < units {
            let end = ((next + 1) * piece).min(units);
            for at in next * piece..end {
                // SAFETY: the activations are complete; each unit is computed once.
                unsafe { self.unit(at * unit, activations, at + 1 < end) };
            }
            // SAFETY: as above.
            next = unsafe { ggml_threadpool_chunk_add(params.pool, 1) } as usize;
            std::thread::yield_now();
        }
    }

    /// Some rows, from `row` on, with all columns. `goes_on`: the rows after them are next.
    unsafe fn unit(&self, row: usize, activations: *const Activations, goes_on: bool) {
        let panel = if self.kind == Weights::Q4K { q4_k::PANEL } else { q6_k::PANEL };
        for column in (0..self.columns).step_by(panel) {
            let columns = panel.min(self.columns - column);
            let ask_ahead = goes_on && column == 0;
            // SAFETY: rows and columns are within the matrices, whose layout `of` has checked.
            unsafe {
                let activations = activations.add(column * self.blocks);
                let Out { first, stride } = self.out;
                let out = Out { first: first.add(column * stride + row), stride };
                match self.kind {
                    Weights::Q4K => {
                        let weights =
                            self.weights.cast::<q4_k::Q4Block>().add(row / q4_k::ROWS * self.blocks);
                        q4_k::sixteen_rows(weights, self.blocks, activations, columns, out, ask_ahead);
                    }
                    Weights::Q6K => {
                        let weights = self.weights.cast::<q6_k::Q6Block>().add(row * self.blocks);
                        q6_k::four_rows(weights, self.blocks, activations, columns, out, ask_ahead);
                    }
                }
            }
        }
    }
}
