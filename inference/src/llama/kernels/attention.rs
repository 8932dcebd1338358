//! Attention of a few tokens over an F16 KV cache.
//!
//! ggml reads the whole cache once for each head of each token and sums in 16 bits. Here the heads that share a key and a value read
//! them together, and all sums have 32 bits. Softmax runs along with the sums (Milakov and Gimelshein 2018), over sixteen positions at
//! a time.

use std::arch::x86_64::*;

use llama_cpp_sys_2 as sys;

use super::compute::ComputeParams;

/// From this many tokens on, ggml takes tiles of its own (`GGML_FA_TILE_Q` of ggml-cpu/common.h).
const TILE: usize = 64;
/// Positions that are looked at together.
const STRIDE: usize = 16;
/// Most heads that share a key.
const MAX_SHARING: usize = 8;

/// One operation; addresses of its parts, distances in bytes.
pub(super) struct Attention {
    tokens: usize,
    key_heads: usize,
    /// Heads that share a key.
    sharing: usize,
    /// Elements of a head, in vectors of sixteen.
    vectors: usize,
    positions: usize,
    scale: f32,
    queries: *const u8,
    query_token: usize,
    query_head: usize,
    keys: *const u8,
    key_position: usize,
    key_head: usize,
    values: *const u8,
    value_position: usize,
    value_head: usize,
    mask: *const u8,
    mask_token: usize,
    out: *mut u8,
    out_head: usize,
}

/// The attention an operation asks for, when it is one for this kernel.
///
/// # Safety
/// `operation` is of a graph that ggml computes: its sources are valid.
pub(super) unsafe fn of(operation: *const sys::ggml_tensor) -> Option<Attention> {
    // SAFETY: the caller's word; attention has three sources, the others may be null.
    let (out, q, k, v, mask) = unsafe {
        let out = &*operation;
        if out.op != sys::GGML_OP_FLASH_ATTN_EXT || !out.src[4].is_null() || out.src[3].is_null() {
            return None;
        }
        (out, &*out.src[0], &*out.src[1], &*out.src[2], &*out.src[3])
    };
    // Scale, bias and soft cap are the first three parameters (`ggml_flash_attn_ext`).
    let [scale, bias, cap] = [0, 1, 2].map(|at| f32::from_bits(out.op_params[at].cast_unsigned()));
    let size = |n: i64| usize::try_from(n).unwrap_or(0);
    let (length, tokens, heads) = (size(q.ne[0]), size(q.ne[1]), size(q.ne[2]));
    let (positions, key_heads) = (size(k.ne[1]), size(k.ne[2]));
    let sharing = heads.checked_div(key_heads)?;
    let types = q.type_ == sys::GGML_TYPE_F32
        && k.type_ == sys::GGML_TYPE_F16
        && v.type_ == sys::GGML_TYPE_F16
        && mask.type_ == sys::GGML_TYPE_F16;
    let shapes = (length == 64 || length == 128)
        && size(v.ne[0]) == length
        && size(v.ne[2]) == key_heads
        && sharing * key_heads == heads
        && (1..=MAX_SHARING).contains(&sharing)
        && (1..TILE).contains(&tokens)
        && positions % STRIDE == 0
        && mask.ne[2] == 1
        && [q, k, v, mask].iter().all(|t| t.ne[3] == 1)
        && q.nb[0] == 4
        && k.nb[0] == 2
        && v.nb[0] == 2;
    (types && shapes && bias == 0.0 && cap == 0.0).then(|| Attention {
        tokens,
        key_heads,
        sharing,
        vectors: length / 16,
        positions,
        scale,
        queries: q.data.cast(),
        query_token: q.nb[1],
        query_head: q.nb[2],
        keys: k.data.cast(),
        key_position: k.nb[1],
        key_head: k.nb[2],
        values: v.data.cast(),
        value_position: v.nb[1],
        value_head: v.nb[2],
        mask: mask.data.cast(),
        mask_token: mask.nb[1],
        out: out.data.cast(),
        out_head: out.nb[1],
    })
}

impl Attention {
    /// Whether there is work for this many threads.
    pub(super) fn occupies(&self, threads: usize) -> bool {
        self.tokens * self.key_heads >= threads
    }

    /// One thread's part of the work.
    ///
    /// # Safety
    /// All threads of the pool call this for the same operation.
    pub(super) unsafe fn compute(&self, params: &ComputeParams) {
        let row: unsafe fn(&Self, usize, usize) = match (self.vectors, self.sharing) {
            (4, 1) => Self::row::<4, 1>,
            (4, 2) => Self::row::<4, 2>,
            (4, 3) => Self::row::<4, 3>,
            (4, 4) => Self::row::<4, 4>,
            (4, 5) => Self::row::<4, 5>,
            (4, 6) => Self::row::<4, 6>,
            (4, 7) => Self::row::<4, 7>,
            (4, _) => Self::row::<4, 8>,
            (_, 1) => Self::row::<8, 1>,
            (_, 2) => Self::row::<8, 2>,
            (_, 3) => Self::row::<8, 3>,
            (_, 4) => Self::row::<8, 4>,
            (_, 5) => Self::row::<8, 5>,
            (_, 6) => Self::row::<8, 6>,
            (_, 7) => Self::row::<8, 7>,
            _ => Self::row::<8, 8>,
        };
        let all = self.tokens * self.key_heads;
        for at in (params.thread as usize..all).step_by(params.threads as usize) {
            // SAFETY: token and head are within the operation; each row is computed by one thread.
            unsafe { row(self, at / self.key_heads, at % self.key_heads) };
        }
    }

    /// One token's `G` heads of `V` vectors that share a key.
    ///
    /// # Safety
    /// `token` and `key_head` are within the operation, `V` and `G` are its own.
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,f16c")]
    unsafe fn row<const V: usize, const G: usize>(&self, token: usize, key_head: usize) {
        let zero = _mm512_setzero_ps();
        let head = key_head * G;
        let mut query = [[zero; V]; G];
        let mut sums = [[zero; V]; G];
        let mut most = [f32::NEG_INFINITY; G];
        let mut total = [0f32; G];
        // SAFETY: all addresses are those of the operation's own elements.
        unsafe {
            for (g, query) in query.iter_mut().enumerate() {
                let from =
                    self.queries.add(token * self.query_token + (head + g) * self.query_head).cast::<f32>();
                for (i, vector) in query.iter_mut().enumerate() {
                    *vector = _mm512_mul_ps(_mm512_loadu_ps(from.add(16 * i)), _mm512_set1_ps(self.scale));
                }
            }
            let mask = self.mask.add(token * self.mask_token).cast::<u16>();
            let keys = self.keys.add(key_head * self.key_head);
            let values = self.values.add(key_head * self.value_head);
            for position in (0..self.positions).step_by(STRIDE) {
                let masked = _mm512_cvtph_ps(_mm256_loadu_si256(mask.add(position).cast()));
                let seen = _mm512_cmp_ps_mask::<_CMP_NEQ_OQ>(masked, _mm512_set1_ps(f32::NEG_INFINITY));
                if seen == 0 {
                    continue;
                }
                let mut scores = [[0f32; STRIDE]; G];
                for p in (0..STRIDE).filter(|p| seen >> p & 1 == 1) {
                    let key = keys.add((position + p) * self.key_position);
                    let mut products = [zero; G];
                    for i in 0..V {
                        let key = _mm512_cvtph_ps(_mm256_loadu_si256(key.add(32 * i).cast()));
                        for g in 0..G {
                            products[g] = _mm512_fmadd_ps(query[g][i], key, products[g]);
                        }
                    }
                    for g in 0..G {
                        scores[g][p] = _mm512_reduce_add_ps(products[g]);
                    }
                }
                for g in 0..G {
                    let score = _mm512_add_ps(_mm512_loadu_ps(scores[g].as_ptr()), masked);
                    let highest = most[g].max(_mm512_mask_reduce_max_ps(seen, score));
                    let weights =
                        _mm512_maskz_mov_ps(seen, exp(_mm512_sub_ps(score, _mm512_set1_ps(highest))));
                    if highest > most[g] {
                        let less = exp(_mm512_set1_ps(most[g] - highest));
                        total[g] *= _mm512_cvtss_f32(less);
                        for sum in &mut sums[g] {
                            *sum = _mm512_mul_ps(*sum, less);
                        }
                        most[g] = highest;
                    }
                    total[g] += _mm512_reduce_add_ps(weights);
                    _mm512_storeu_ps(scores[g].as_mut_ptr(), weights);
                }
                for i in 0..V {
                    let mut parts: [__m512; G] = std::array::from_fn(|g| sums[g][i]);
                    for p in (0..STRIDE).filter(|p| seen >> p & 1 == 1) {
                        let value = values.add((position + p) * self.value_position + 32 * i);
                        let value = _mm512_cvtph_ps(_mm256_loadu_si256(value.cast()));
                        for g in 0..G {
                            parts[g] = _mm512_fmadd_ps(value, _mm512_set1_ps(scores[g][p]), parts[g]);
                        }
                    }
                    for g in 0..G {
                        sums[g][i] = parts[g];
                    }
                }
            }
            for g in 0..G {
                let heads = self.key_heads * G;
                let out = self.out.add((token * heads + head + g) * self.out_head).cast::<f32>();
                let share = _mm512_set1_ps(if total[g] > 0.0 { 1.0 / total[g] } else { 0.0 });
                for i in 0..V {
                    _mm512_storeu_ps(out.add(16 * i), _mm512_mul_ps(sums[g][i], share));
                }
            }
        }
    }
}

/// The exponential of numbers that are not above 0, to a relative error of 2^-22: 2 to the whole part of `x / ln 2`, times a
/// polynomial of the rest (the Taylor series of 2^r up to the sixth power, |r| <= 1/2).
#[inline]
#[target_feature(enable = "avx512f")]
fn exp(x: __m512) -> __m512 {
    /// Below this the result is no normal number any more; it also stands for minus infinity.
    const MIN: f32 = -87.0;
    const SERIES: [f32; 7] =
        [1.540_353e-4, 1.333_355_8e-3, 9.618_129e-3, 5.550_411e-2, 0.240_226_5, std::f32::consts::LN_2, 1.0];
    let x = _mm512_mul_ps(_mm512_max_ps(x, _mm512_set1_ps(MIN)), _mm512_set1_ps(std::f32::consts::LOG2_E));
    let whole = _mm512_roundscale_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(x);
    let rest = _mm512_sub_ps(x, whole);
    let mut power = _mm512_set1_ps(SERIES[0]);
    for factor in &SERIES[1..] {
        power = _mm512_fmadd_ps(power, rest, _mm512_set1_ps(*factor));
    }
    _mm512_scalef_ps(power, whole)
}
