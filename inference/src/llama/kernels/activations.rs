//! Activations as the kernels read them: 8-bit numbers with one scale for each 256, as in ggml's `block_q8_K`, aligned to cache lines.

use std::arch::x86_64::*;

/// Elements that share a scale: `QK_K` of ggml-common.h.
pub const BLOCK: usize = 256;

/// 256 activations. The value of element i is `scale * quants[i]`.
#[repr(C, align(64))]
pub struct Activations {
    /// From -127 to 127.
    pub quants: [i8; BLOCK],
    /// Sums of 16 elements each.
    pub sums_of_16: [i16; 16],
    /// Sums of 32 elements each.
    pub sums_of_32: [i16; 8],
    /// What all are multiplied with.
    pub scale: f32,
}

/// Rounds `values` (whole blocks) to 8 bits, as `quantize_row_q8_K` does: the largest becomes 127.
///
/// # Safety
/// `blocks` must be writable for `values.len() / BLOCK` blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
pub unsafe fn quantize(values: &[f32], blocks: *mut Activations) {
    for (at, values) in values.chunks_exact(BLOCK).enumerate() {
        // SAFETY: the caller gives room for each block; each load stays within its chunk of 256.
        unsafe {
            let block = &mut *blocks.add(at);
            let load = |i: usize| _mm512_loadu_ps(values.as_ptr().add(16 * i));
            let mut most = _mm512_setzero_ps();
            for i in 0..16 {
                most = _mm512_max_ps(most, _mm512_abs_ps(load(i)));
            }
            let most = _mm512_reduce_max_ps(most);
            let inverse = if most > 0.0 { 127.0 / most } else { 0.0 };
            block.scale = if most > 0.0 { 1.0 / inverse } else { 0.0 };
            let inverse = _mm512_set1_ps(inverse);
            for i in 0..16 {
                let rounded = _mm512_cvtps_epi32(_mm512_mul_ps(load(i), inverse));
                _mm_storeu_si128(block.quants.as_mut_ptr().add(16 * i).cast(), _mm512_cvtepi32_epi8(rounded));
                block.sums_of_16[i] = _mm512_reduce_add_epi32(rounded) as i16;
            }
            for i in 0..8 {
                block.sums_of_32[i] = block.sums_of_16[2 * i] + block.sums_of_16[2 * i + 1];
            }
        }
    }
}
