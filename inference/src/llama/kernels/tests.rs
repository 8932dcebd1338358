//! The kernels against double precision, through ggml's own graph.

use std::ffi::c_void;

use llama_cpp_sys_2 as sys;
use proptest::prelude::*;

use super::{activations::BLOCK, hook};
use crate::llama::LlamaBackend;

#[path = "../../../../tests/src/ground.rs"]
mod ground;

/// False, and said, on a processor without the instructions and where they are turned off: there is nothing to test then.
fn on_ground(what: &str) -> bool {
    LlamaBackend::init();
    let installed = hook::own_kernels();
    if !installed {
        ground::lacking(
            what,
            "no kernels of our own on this processor, or LOCALCODER_KERNELS turns them off",
        );
    }
    installed
}

/// Frees what ggml gave.
struct Owned<T>(*mut T, unsafe extern "C" fn(*mut T));

impl<T> Drop for Owned<T> {
    fn drop(&mut self) {
        // SAFETY: made by ggml, freed once.
        unsafe { (self.1)(self.0) };
    }
}

fn context() -> Owned<sys::ggml_context> {
    let params =
        sys::ggml_init_params { mem_size: 1 << 20, mem_buffer: std::ptr::null_mut(), no_alloc: true };
    // SAFETY: no obligations.
    Owned(unsafe { sys::ggml_init(params) }, sys::ggml_free)
}

/// Weights as ggml stores them, and what they stand for.
fn quantized(kind: sys::ggml_type, rows: usize, length: usize, weights: &[f32]) -> (Vec<u8>, Vec<f32>) {
    let (rows_i, length_i) = (rows as i64, length as i64);
    // SAFETY: the buffers have the sizes that ggml asks for.
    unsafe {
        let mut bytes = vec![0u8; sys::ggml_row_size(kind, length_i) * rows];
        sys::ggml_quantize_chunk(
            kind,
            weights.as_ptr(),
            bytes.as_mut_ptr().cast(),
            0,
            rows_i,
            length_i,
            std::ptr::null(),
        );
        let mut values = vec![0f32; rows * length];
        let to_float = (*sys::ggml_get_type_traits(kind)).to_float.expect("known types are read back");
        to_float(bytes.as_ptr().cast(), values.as_mut_ptr(), rows_i * length_i);
        (bytes, values)
    }
}

/// What ggml computes for the last tensor of a context, given what the others hold.
///
/// # Safety
/// Each of `inputs` points to as many bytes as its tensor has; `out` holds 32-bit numbers.
unsafe fn computed(
    context: &Owned<sys::ggml_context>,
    out: *mut sys::ggml_tensor,
    inputs: &[(*mut sys::ggml_tensor, *const c_void)],
    threads: i32,
) -> Vec<f32> {
    // SAFETY: the caller's word; the result has the size of its tensor; everything is freed after its last use.
    unsafe {
        let graph = sys::ggml_new_graph(context.0);
        sys::ggml_build_forward_expand(graph, out);
        let backend = Owned(sys::ggml_backend_cpu_init(), sys::ggml_backend_free);
        sys::ggml_backend_cpu_set_n_threads(backend.0, threads);
        let buffer = sys::ggml_backend_alloc_ctx_tensors(context.0, backend.0);
        let _buffer = Owned(buffer, sys::ggml_backend_buffer_free);
        for (tensor, data) in inputs {
            sys::ggml_backend_tensor_set(*tensor, *data, 0, sys::ggml_nbytes(*tensor));
        }
        assert_eq!(sys::ggml_backend_graph_compute(backend.0, graph), sys::GGML_STATUS_SUCCESS);
        let size = sys::ggml_nbytes(out);
        let mut result = vec![0f32; size / size_of::<f32>()];
        sys::ggml_backend_tensor_get(out, result.as_mut_ptr().cast(), 0, size);
        result
    }
}

/// The product as ggml computes it, `rows` numbers for each column.
fn product(
    kind: sys::ggml_type,
    repacked: bool,
    (rows, length): (usize, usize),
    bytes: &[u8],
    columns: &[f32],
    threads: i32,
) -> Vec<f32> {
    let count = columns.len() / length;
    // SAFETY: tensors are made, allocated, filled and read by their own sizes; everything is freed after its last use.
    unsafe {
        let (weights_context, context) = (context(), context());
        let weights = sys::ggml_new_tensor_2d(weights_context.0, kind, length as i64, rows as i64);
        let place = if repacked {
            hook::repacked().expect("installed kernels found it")
        } else {
            sys::ggml_backend_cpu_buffer_type()
        };
        let buffer = sys::ggml_backend_alloc_ctx_tensors_from_buft(weights_context.0, place);
        let _buffer = Owned(buffer, sys::ggml_backend_buffer_free);
        sys::ggml_backend_tensor_set(weights, bytes.as_ptr().cast(), 0, bytes.len());
        let values = sys::ggml_new_tensor_2d(context.0, sys::GGML_TYPE_F32, length as i64, count as i64);
        let out = sys::ggml_mul_mat(context.0, weights, values);
        computed(&context, out, &[(values, columns.as_ptr().cast())], threads)
    }
}

/// 8 bits with one scale for each block, as the kernels compute with.
fn rounded(column: &[f32]) -> Vec<f64> {
    let round = |block: &[f32]| {
        let most = block.iter().fold(0f32, |most, v| most.max(v.abs()));
        let scale = most / 127.0;
        let number =
            move |v: &f32| if most == 0.0 { 0.0 } else { f64::from((v / scale).round_ties_even() * scale) };
        block.iter().map(number).collect::<Vec<f64>>()
    };
    column.chunks(BLOCK).flat_map(round).collect()
}

fn numbers(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed | 1;
    (0..count)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * if state >> 62 == 0 { 4.0 } else { 0.5 }
        })
        .collect()
}

#[test]
fn products_are_right_and_a_column_does_not_depend_on_its_company() {
    if !on_ground("products of our kernels") {
        return;
    }
    proptest!(ProptestConfig::with_cases(24), |(
        groups in 1usize..12, blocks in 1usize..4, columns in 1usize..70, threads in 1i32..4, q4 in any::<bool>(), seed in any::<u64>(),
    )| {
        let kind = if q4 { sys::GGML_TYPE_Q4_K } else { sys::GGML_TYPE_Q6_K };
        let shape = (16 * groups, BLOCK * blocks);
        let (bytes, weights) = quantized(kind, shape.0, shape.1, &numbers(shape.0 * shape.1, seed));
        let values = numbers(columns * shape.1, seed ^ 0x5555);
        let all = product(kind, q4, shape, &bytes, &values, threads);
        for (at, column) in values.chunks(shape.1).enumerate() {
            let exact = rounded(column);
            for (row, weights) in weights.chunks(shape.1).enumerate() {
                let terms = weights.iter().zip(&exact).map(|(w, v)| f64::from(*w) * v);
                let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), t| (sum + t, size + t.abs()));
                let got = f64::from(all[at * shape.0 + row]);
                // A rounding of an activation may fall to the other side when its scale differs in the last bit.
                prop_assert!((got - sum).abs() <= 1e-3 * size + 1e-6, "row {row}, column {at}: {got} for {sum}");
            }
        }
        let last = product(kind, q4, shape, &bytes, &values[(columns - 1) * shape.1..], 1);
        prop_assert_eq!(&all[(columns - 1) * shape.0..], &last[..]);
    });
}

#[test]
fn a_column_of_zeros_gives_zeros() {
    if !on_ground("a column of zeros by our kernels") {
        return;
    }
    for (kind, repacked) in [(sys::GGML_TYPE_Q4_K, true), (sys::GGML_TYPE_Q6_K, false)] {
        let (bytes, _) = quantized(kind, 16, BLOCK, &numbers(16 * BLOCK, 7));
        assert_eq!(product(kind, repacked, (16, BLOCK), &bytes, &[0.0; BLOCK], 2), [0.0; 16]);
    }
}

/// Half-precision numbers, and what they stand for.
fn halves(values: &[f32]) -> (Vec<u16>, Vec<f32>) {
    let mut halves = vec![0u16; values.len()];
    let mut back = vec![0f32; values.len()];
    // SAFETY: both buffers have the length that is given.
    unsafe {
        sys::ggml_fp32_to_fp16_row(values.as_ptr(), halves.as_mut_ptr(), values.len() as i64);
        sys::ggml_fp16_to_fp32_row(halves.as_ptr(), back.as_mut_ptr(), values.len() as i64);
    }
    (halves, back)
}

struct Shape {
    length: usize,
    tokens: usize,
    key_heads: usize,
    sharing: usize,
    positions: usize,
}

/// Attention as ggml computes it: `length` numbers for each head of each token.
fn attend(shape: &Shape, queries: &[f32], [keys, values, mask]: [&[u16]; 3], threads: i32) -> Vec<f32> {
    let Shape { length, tokens, key_heads, sharing, positions } = *shape;
    let [d, n, hk, h, p] = [length, tokens, key_heads, key_heads * sharing, positions].map(|n| n as i64);
    // SAFETY: tensors are made, allocated, filled and read by their own sizes; everything is freed after its last use.
    unsafe {
        let context = context();
        let tensor = |kind, a, b, c| sys::ggml_new_tensor_3d(context.0, kind, a, b, c);
        let q = tensor(sys::GGML_TYPE_F32, d, n, h);
        let k = tensor(sys::GGML_TYPE_F16, d, p, hk);
        let v = tensor(sys::GGML_TYPE_F16, d, p, hk);
        let m = tensor(sys::GGML_TYPE_F16, p, n, 1);
        let scale = 1.0 / (length as f32).sqrt();
        let out = sys::ggml_flash_attn_ext(context.0, q, k, v, m, scale, 0.0, 0.0);
        let halves = [(k, keys), (v, values), (m, mask)].map(|(tensor, data)| (tensor, data.as_ptr().cast()));
        computed(&context, out, &[&[(q, queries.as_ptr().cast())], &halves[..]].concat(), threads)
    }
}

/// The same in double precision, for one head of one token.
fn exact(length: usize, query: &[f32], keys: &[f32], values: &[f32], seen: &[bool]) -> Vec<f64> {
    let dot = |key: &[f32]| query.iter().zip(key).map(|(q, k)| f64::from(*q) * f64::from(*k)).sum::<f64>();
    let scores: Vec<f64> = keys.chunks(length).map(|key| dot(key) / (length as f64).sqrt()).collect();
    let most = scores.iter().zip(seen).filter(|(_, seen)| **seen).fold(f64::MIN, |most, (s, _)| most.max(*s));
    let weight = |(score, seen): (&f64, &bool)| if *seen { (score - most).exp() } else { 0.0 };
    let weights: Vec<f64> = scores.iter().zip(seen).map(weight).collect();
    let total: f64 = weights.iter().sum();
    let mut sum = vec![0.0; length];
    for (value, weight) in values.chunks(length).zip(&weights) {
        sum.iter_mut().zip(value).for_each(|(sum, v)| *sum += f64::from(*v) * weight / total);
    }
    sum
}

#[test]
fn attention_is_right_and_a_token_does_not_depend_on_its_company() {
    if !on_ground("attention of our kernels") {
        return;
    }
    proptest!(ProptestConfig::with_cases(24), |(
        long in any::<bool>(), tokens in 1usize..20, key_heads in 1usize..3, sharing in 1usize..9, blocks in 1usize..12,
        threads in 1i32..4, seed in any::<u64>(),
    )| {
        prop_assume!(tokens * key_heads >= threads as usize);
        let shape = Shape { length: if long { 128 } else { 64 }, tokens, key_heads, sharing, positions: 16 * blocks };
        let Shape { length, positions, .. } = shape;
        let heads = key_heads * sharing;
        let queries = numbers(length * tokens * heads, seed);
        let (key_halves, keys) = halves(&numbers(length * positions * key_heads, seed ^ 1));
        let (value_halves, values) = halves(&numbers(length * positions * key_heads, seed ^ 2));
        // Some cells belong to others; the last tokens of the cache are hidden from the first of the batch.
        let seen = |token: usize, position: usize| {
            position == 0 || !(position * 7 + (seed % 5) as usize).is_multiple_of(5) && position + tokens <= positions + token
        };
        let mask: Vec<f32> = (0..tokens)
            .flat_map(|t| (0..positions).map(move |p| if seen(t, p) { 0.0 } else { f32::NEG_INFINITY }))
            .collect();
        let mask = halves(&mask).0;
        let got = attend(&shape, &queries, [&key_halves, &value_halves, &mask], threads);
        for token in 0..tokens {
            let seen: Vec<bool> = (0..positions).map(|position| seen(token, position)).collect();
            for head in 0..heads {
                let query = &queries[length * (head * tokens + token)..][..length];
                let of = |all: &'_ [f32]| all[length * positions * (head / sharing)..][..length * positions].to_vec();
                let expected = exact(length, query, &of(&keys), &of(&values), &seen);
                let got = &got[length * (token * heads + head)..][..length];
                for (got, expected) in got.iter().zip(&expected) {
                    prop_assert!((f64::from(*got) - expected).abs() < 1e-4, "{got} for {expected}, token {token}, head {head}");
                }
            }
        }
        let last = tokens - 1;
        let alone: Vec<f32> =
            (0..heads).flat_map(|h| queries[length * (h * tokens + last)..][..length].to_vec()).collect();
        let mask = &mask[positions * last..];
        let alone = attend(&Shape { tokens: 1, ..shape }, &alone, [&key_halves, &value_halves, mask], 1);
        prop_assert_eq!(&got[length * heads * last..], &alone[..]);
    });
}
