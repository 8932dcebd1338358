//! Q6_K weights in ggml's plain layout (`block_q6_K` in ggml-common.h), multiplied with a few columns.
//!
//! A weight is `d * scale * (q - 32)` with a scale of eight bits for each 16 elements.

use std::arch::x86_64::*;

use super::{Out, activations::Activations};

/// 256 elements of a row.
#[repr(C)]
pub struct Block {
    low: [u8; 128],
    high: [u8; 64],
    scales: [i8; 16],
    d: u16,
}

/// A block as its products need it.
struct Decoded {
    /// From 0 to 63, 64 elements each.
    quants: [__m512i; 4],
    /// For the four elements of each lane, as 32-bit numbers of which 16 bits are used.
    scales: [__m512i; 4],
    /// Pairs of 16-bit numbers to be multiplied with sums of 16 elements: what `q - 32` adds.
    offsets: __m512i,
    d: f32,
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,f16c")]
fn decode(block: &Block) -> Decoded {
    let nibble = _mm512_set1_epi8(0x0f);
    let bits = _mm512_set1_epi8(0x30);
    let halves = |low: i64, high: i64| _mm512_setr_epi64(low, low, low, low, high, high, high, high);
    let mut quants = [_mm512_setzero_si512(); 4];
    for half in 0..2 {
        // SAFETY: 64 bytes and 32 bytes within the block.
        let (low, high) = unsafe {
            let high = _mm256_loadu_si256(block.high.as_ptr().add(32 * half).cast());
            (_mm512_loadu_si512(block.low.as_ptr().add(64 * half).cast()), _mm512_broadcast_i64x4(high))
        };
        let first = _mm512_and_si512(_mm512_sllv_epi64(high, halves(4, 2)), bits);
        let second = _mm512_and_si512(_mm512_srlv_epi64(high, halves(0, 2)), bits);
        quants[2 * half] = _mm512_or_si512(_mm512_and_si512(low, nibble), first);
        quants[2 * half + 1] = _mm512_or_si512(_mm512_and_si512(_mm512_srli_epi16::<4>(low), nibble), second);
    }
    // SAFETY: sixteen bytes.
    let bytes = unsafe { _mm_loadu_si128(block.scales.as_ptr().cast()) };
    let wide = _mm512_and_si512(_mm512_cvtepi8_epi32(bytes), _mm512_set1_epi32(0xffff));
    let lanes = _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3);
    let mut scales = [_mm512_setzero_si512(); 4];
    for (at, scale) in scales.iter_mut().enumerate() {
        *scale = _mm512_permutexvar_epi32(_mm512_add_epi32(lanes, _mm512_set1_epi32(4 * at as i32)), wide);
    }
    let offsets = _mm256_mullo_epi16(_mm256_cvtepi8_epi16(bytes), _mm256_set1_epi16(-32));
    let d = _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(i32::from(block.d))));
    Decoded { quants, scales, offsets: _mm512_zextsi256_si512(offsets), d }
}

/// Multiplies `R` rows of `blocks` blocks each with `C` columns.
/// With `ask_ahead`, the `R` rows after them are asked for.
///
/// # Safety
/// `weights` holds `R` times `blocks` blocks, `activations` `C` times `blocks`, `out` can be written as said.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c")]
pub unsafe fn rows<const R: usize, const C: usize>(
    weights: *const Block,
    blocks: usize,
    activations: *const Activations,
    out: Out,
    ask_ahead: bool,
) {
    let zero = _mm512_setzero_si512();
    let mut sums = [[_mm512_setzero_ps(); R]; C];
    for at in 0..blocks {
        for r in 0..R {
            // SAFETY: the caller's word.
            let block = unsafe { &*weights.add(r * blocks + at) };
            if ask_ahead {
                super::ask_ahead(block, R * blocks * size_of::<Block>());
            }
            let row = decode(block);
            for c in 0..C {
                // SAFETY: the caller's word.
                let column = unsafe { &*activations.add(c * blocks + at) };
                // SAFETY: sixteen numbers of 16 bits.
                let sixteen = unsafe { _mm256_load_si256(column.sums_of_16.as_ptr().cast()) };
                let mut whole = _mm512_dpwssd_epi32(zero, row.offsets, _mm512_zextsi256_si512(sixteen));
                for i in 0..4 {
                    // SAFETY: four times 64 activations.
                    let values = unsafe { _mm512_load_si512(column.quants.as_ptr().add(64 * i).cast()) };
                    // Four products of at most 63 * 127 fit into 16 bits, as does a scale: so this multiplies lane by lane.
                    let part = _mm512_dpbusd_epi32(zero, row.quants[i], values);
                    whole = _mm512_dpwssd_epi32(whole, part, row.scales[i]);
                }
                let d = _mm512_set1_ps(row.d * column.scale);
                sums[c][r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole), d, sums[c][r]);
            }
        }
    }
    for (c, rows) in sums.iter().enumerate() {
        for (r, sum) in rows.iter().enumerate() {
            // SAFETY: the caller's word.
            unsafe { *out.first.add(c * out.stride + r) = _mm512_reduce_add_ps(*sum) };
        }
    }
}
