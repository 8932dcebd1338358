//! Q6_K weights in ggml's plain layout (`block_q6_K` in ggml-common.h), multiplied with some columns.
//!
//! A weight is `d * scale * (q - 32)` with a scale of eight bits for each 16 elements. These sixteen lie in one lane of four vectors
//! ([`ElementOrder::Quarters`](super::activations::ElementOrder)), so that their products are summed as integers and meet their scale once.

use std::arch::x86_64::*;

use super::{
    activations::{Activations, SIXTEENS},
    tile::{self, Out, Sums},
};

/// Rows that are computed together.
pub const ROWS: usize = 4;
/// Columns whose running sums are kept at a time.
pub const PANEL: usize = 32;
/// How far ahead weights are asked for, at least, in bytes: what comes sooner would be there too late.
const AHEAD: usize = 12 << 10;

/// 256 elements of a row.
#[repr(C)]
pub struct Q6Block {
    low: [u8; 128],
    high: [u8; 64],
    scales: [i8; 16],
    d: u16,
}

/// A block as its products need it.
#[derive(Clone, Copy)]
struct Decoded {
    /// From 0 to 63, a quarter of each sixteen in each.
    quants: [__m512i; 4],
    /// What the sum of each lane is multiplied with.
    scales: __m512,
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,f16c")]
fn decode(block: &Q6Block) -> Decoded {
    // SAFETY: twice 64 bytes, 64 bytes and sixteen bytes of the block, sixteen of a constant.
    let (low, other_low, high, scales, sixteens) = unsafe {
        (
            _mm512_loadu_si512(block.low.as_ptr().cast()),
            _mm512_loadu_si512(block.low.as_ptr().add(64).cast()),
            _mm512_loadu_si512(block.high.as_ptr().cast()),
            _mm_loadu_si128(block.scales.as_ptr().cast()),
            _mm_loadu_si128(SIXTEENS.as_ptr().cast()),
        )
    };
    // Low nibbles of the first and the second half, then high nibbles of both.
    let low_lanes = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 4, 8, 12, 16, 20, 24, 28);
    let low_shifts = _mm512_setr_epi32(0, 0, 0, 0, 0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4);
    // Two bits for each element: of the first 32 elements of a half the lowest, of the next 32 those above them, and so on.
    let high_lanes = _mm512_setr_epi32(0, 4, 0, 4, 8, 12, 8, 12, 0, 4, 0, 4, 8, 12, 8, 12);
    let high_turns = _mm512_setr_epi32(4, 4, 2, 2, 4, 4, 2, 2, 0, 0, 30, 30, 0, 0, 30, 30);
    let (nibble, bits) = (_mm512_set1_epi8(0x0f), _mm512_set1_epi8(0x30));
    let mut quants = [_mm512_setzero_si512(); 4];
    for (at, quants) in quants.iter_mut().enumerate() {
        let quarter = _mm512_set1_epi32(at as i32);
        let nibbles = _mm512_permutex2var_epi32(low, _mm512_add_epi32(low_lanes, quarter), other_low);
        let nibbles = _mm512_and_si512(_mm512_srlv_epi32(nibbles, low_shifts), nibble);
        let pairs = _mm512_permutexvar_epi32(_mm512_add_epi32(high_lanes, quarter), high);
        let pairs = _mm512_and_si512(_mm512_rolv_epi32(pairs, high_turns), bits);
        *quants = _mm512_or_si512(nibbles, pairs);
    }
    let scales = _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_shuffle_epi8(scales, sixteens)));
    let d = _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(i32::from(block.d))));
    Decoded { quants, scales: _mm512_mul_ps(scales, _mm512_set1_ps(d)) }
}

/// Multiplies [`ROWS`] rows of `blocks` blocks each with `columns` columns (at most [`PANEL`], in quarters). With `ask_ahead`, the
/// rows after them are asked for.
///
/// # Safety
/// `weights` holds [`ROWS`] times `blocks` blocks, `activations` `columns` times `blocks`, `out` can be written as said.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c")]
pub unsafe fn four_rows(
    weights: *const Q6Block,
    blocks: usize,
    activations: *const Activations,
    columns: usize,
    out: Out,
    ask_ahead: bool,
) {
    // A decoded row stays in registers while few columns are read for it, and the sums of a single one do. Where there are more,
    // several rows share each column that is read.
    // SAFETY: the caller's word.
    unsafe {
        match columns {
            1 => panel::<1, 1>(weights, blocks, activations, 1, out, ask_ahead),
            2..=4 => panel::<PANEL, 1>(weights, blocks, activations, columns, out, ask_ahead),
            _ => panel::<PANEL, ROWS>(weights, blocks, activations, columns, out, ask_ahead),
        }
    }
}

/// With at most `MAX` columns, `TOGETHER` rows at a time.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,f16c")]
unsafe fn panel<const MAX: usize, const TOGETHER: usize>(
    weights: *const Q6Block,
    blocks: usize,
    activations: *const Activations,
    columns: usize,
    out: Out,
    ask_ahead: bool,
) {
    let four = ROWS * blocks * size_of::<Q6Block>();
    let ahead = four * AHEAD.div_ceil(four);
    let mut sums = Sums::<ROWS, MAX>::new();
    let sums = sums.cleared(columns);
    for at in 0..blocks {
        for first in (0..ROWS).step_by(TOGETHER) {
            let mut rows =
                [Decoded { quants: [_mm512_setzero_si512(); 4], scales: _mm512_setzero_ps() }; TOGETHER];
            for (r, row) in rows.iter_mut().enumerate() {
                // SAFETY: the caller's word.
                let block = unsafe { &*weights.add((first + r) * blocks + at) };
                if ask_ahead {
                    tile::ask_ahead(block, ahead, 0, 1);
                }
                *row = decode(block);
            }
            for (c, sums) in sums.iter_mut().enumerate() {
                // SAFETY: the caller's word.
                add(&rows, unsafe { &*activations.add(c * blocks + at) }, &mut sums[first..]);
            }
        }
    }
    for (c, sums) in sums.iter().enumerate() {
        // SAFETY: the caller's word.
        unsafe { _mm_storeu_ps(out.first.add(c * out.stride), lanes_added(sums)) };
    }
}

/// Adds the products of a block of some rows with a column to `sums`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn add<const R: usize>(rows: &[Decoded; R], column: &Activations, sums: &mut [__m512]) {
    // SAFETY: sixteen numbers.
    let offsets = unsafe { _mm512_load_si512(column.offsets.as_ptr().cast()) };
    let mut whole = [offsets; R];
    for i in 0..4 {
        // SAFETY: four times 64 activations.
        let values = unsafe { _mm512_load_si512(column.quants.as_ptr().add(64 * i).cast()) };
        for r in 0..R {
            whole[r] = _mm512_dpbusd_epi32(whole[r], rows[r].quants[i], values);
        }
    }
    let scale = _mm512_set1_ps(column.scale);
    for r in 0..R {
        let scaled = _mm512_mul_ps(_mm512_cvtepi32_ps(whole[r]), scale);
        sums[r] = _mm512_fmadd_ps(scaled, rows[r].scales, sums[r]);
    }
}

/// The sum of each row's lanes.
#[inline]
#[target_feature(enable = "avx512f,avx512dq")]
fn lanes_added(rows: &[__m512; ROWS]) -> __m128 {
    let pairs = |x, y| _mm512_castps_pd(_mm512_add_ps(_mm512_unpacklo_ps(x, y), _mm512_unpackhi_ps(x, y)));
    let (first, second) = (pairs(rows[0], rows[1]), pairs(rows[2], rows[3]));
    let low = _mm512_castpd_ps(_mm512_unpacklo_pd(first, second));
    let quarters = _mm512_add_ps(low, _mm512_castpd_ps(_mm512_unpackhi_pd(first, second)));
    let halves = _mm256_add_ps(_mm512_castps512_ps256(quarters), _mm512_extractf32x8_ps::<1>(quarters));
    _mm_add_ps(_mm256_castps256_ps128(halves), _mm256_extractf128_ps::<1>(halves))
}
