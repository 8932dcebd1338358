//! Activations as the kernels read them: 8-bit numbers with one scale for each 256, as in ggml's `block_q8_K`, aligned to cache lines.

use std::arch::x86_64::*;

/// Elements that share a scale: `QK_K` of ggml-common.h.
pub const BLOCK: usize = 256;

/// How the numbers of a block lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ElementOrder {
    /// One after the other, for Q4_K.
    Plain,
    /// The first quarter of each sixteen, then the second of each, and so on, for Q6_K: one lane of four vectors then has sixteen
    /// elements, which share a scale there. The sixteens come as in [`SIXTEENS`].
    Quarters,
}

/// Which sixteen elements lie in which lane, in [`ElementOrder::Quarters`]: as the weights of Q6_K are unpacked most simply.
pub const SIXTEENS: [u8; 16] = [0, 1, 2, 3, 8, 9, 10, 11, 4, 5, 6, 7, 12, 13, 14, 15];

/// 256 activations. The value of element i is `scale * quants[i]`, in plain order.
#[repr(C, align(64))]
pub struct Activations {
    /// From -127 to 127.
    pub quants: [i8; BLOCK],
    /// -32 times the sum of the sixteen elements of each lane, in [`ElementOrder::Quarters`]; else 0.
    pub offsets: [i32; 16],
    /// Sums of 32 elements each, in their order.
    pub sums_of_32: [i16; 8],
    /// What all are multiplied with.
    pub scale: f32,
}

/// Rounds `values` (whole blocks) to 8 bits, as `quantize_row_q8_K` does: the largest becomes 127.
///
/// # Safety
/// `blocks` must be writable for `values.len() / BLOCK` blocks.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq")]
pub unsafe fn quantize(values: &[f32], blocks: *mut Activations, order: ElementOrder) {
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
            let mut sums_of_16 = [0; 16];
            for i in 0..16 {
                let rounded = _mm512_cvtps_epi32(_mm512_mul_ps(load(i), inverse));
                _mm_storeu_si128(block.quants.as_mut_ptr().add(16 * i).cast(), _mm512_cvtepi32_epi8(rounded));
                sums_of_16[i] = _mm512_reduce_add_epi32(rounded);
            }
            for i in 0..8 {
                block.sums_of_32[i] = (sums_of_16[2 * i] + sums_of_16[2 * i + 1]) as i16;
            }
            block.offsets = [0; 16];
            if order == ElementOrder::Quarters {
                block.offsets = SIXTEENS.map(|sixteen| -32 * sums_of_16[usize::from(sixteen)]);
                quarter(&mut block.quants);
            }
        }
    }
}

/// From plain order to quarters.
#[target_feature(enable = "avx512f")]
fn quarter(quants: &mut [i8; BLOCK]) {
    // SAFETY: four times 64 of 256 numbers.
    let plain = [0, 1, 2, 3].map(|i| unsafe { _mm512_loadu_si512(quants.as_ptr().add(64 * i).cast()) });
    let firsts = _mm512_setr_epi32(0, 4, 8, 12, 16, 20, 24, 28, 0, 0, 0, 0, 0, 0, 0, 0);
    for quarter in 0..4 {
        let lanes = _mm512_add_epi32(firsts, _mm512_set1_epi32(quarter as i32));
        let of = |one: usize, other: usize| {
            _mm512_castsi512_si256(_mm512_permutex2var_epi32(plain[one], lanes, plain[other]))
        };
        // SAFETY: as above.
        let to: *mut __m256i = unsafe { quants.as_mut_ptr().add(64 * quarter) }.cast();
        // SAFETY: 64 bytes from there on.
        unsafe {
            _mm256_storeu_si256(to, of(0, 2));
            _mm256_storeu_si256(to.add(1), of(1, 3));
        }
    }
}
