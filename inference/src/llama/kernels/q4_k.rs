//! Q4_K weights in ggml's layout of eight interleaved rows (`block_q4_Kx8` in ggml-cpu/repack.h), multiplied with a few columns.
//!
//! A weight is `d * scale * q - dmin * min` with a scale and a min of six bits for each 32 elements. All products are summed as integers
//! within a block of 256; sixteen lanes hold eight rows, two lanes each.

use std::arch::x86_64::*;

use super::{
    activations::Activations,
    tile::{self, Out, Sums},
};

/// Rows in a block.
pub const ROWS: usize = 8;
/// Columns whose running sums are kept at a time.
pub const PANEL: usize = 32;

/// 256 elements of eight rows.
#[repr(C)]
pub struct Q4Block {
    d: [u16; ROWS],
    dmin: [u16; ROWS],
    /// Twelve bytes for each 32 elements: scales and mins of eight rows, six bits each.
    scales: [u8; 96],
    /// Eight bytes of each row in turn; the low nibbles come 32 elements before the high ones.
    quants: [u8; 1024],
}

/// What a block's rows are multiplied with, one pair of lanes for each row.
struct Decoded {
    /// For each 32 elements, as 32-bit numbers.
    scales: [__m512i; 8],
    /// Pairs of 16-bit numbers: of elements 0 to 128, then 128 to 256.
    mins: [__m512i; 2],
    d: __m512,
    dmin: __m512,
}

/// Byte `row` of each pair of lanes, the other bytes being masked.
const ROW_OF_LANE: [u8; 64] = {
    let mut bytes = [0; 64];
    let mut at = 0;
    while at < 64 {
        bytes[at] = (at / 8) as u8;
        at += 1;
    }
    bytes
};
/// From eight times eight rows to eight rows of four, then eight rows of the other four.
const MINS_BY_ROW: [u8; 64] = {
    let mut bytes = [0; 64];
    let mut at = 0;
    while at < 64 {
        let (half, row, part) = (at / 32, at / 4 % 8, at % 4);
        bytes[at] = (8 * (4 * half + part) + row) as u8;
        at += 1;
    }
    bytes
};

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vbmi,f16c")]
fn decode(block: &Q4Block) -> Decoded {
    // The 24 words of the scales: three for each 32 elements.
    // SAFETY: 96 bytes are 16 and 8 words.
    let (first, rest) = unsafe {
        let words = block.scales.as_ptr();
        (_mm512_loadu_si512(words.cast()), _mm256_loadu_si256(words.add(64).cast()))
    };
    let thirds = _mm512_setr_epi32(0, 3, 6, 9, 12, 15, 18, 21, 0, 0, 0, 0, 0, 0, 0, 0);
    let third = |of: i32| {
        let at = _mm512_add_epi32(thirds, _mm512_set1_epi32(of));
        _mm512_castsi512_si256(_mm512_permutex2var_epi32(first, at, _mm512_castsi256_si512(rest)))
    };
    let (a, b, c) = (third(0), third(1), third(2));
    let low_6 = _mm256_set1_epi32(0x3f3f_3f3f);
    let low_4 = _mm256_set1_epi32(0x0f0f_0f0f);
    let bits_45 = _mm256_set1_epi32(0x3030_3030);
    let top = |word| _mm256_and_si256(_mm256_srli_epi32::<2>(word), bits_45);
    let scale_high = _mm256_or_si256(_mm256_and_si256(c, low_4), top(a));
    let min_high = _mm256_or_si256(_mm256_and_si256(_mm256_srli_epi32::<4>(c), low_4), top(b));
    // Rows 0 to 3 in the low half, 4 to 7 in the high half of 64 bits for each 32 elements.
    let rows = |low: __m256i, high: __m256i| {
        let low = _mm512_cvtepu32_epi64(_mm256_and_si256(low, low_6));
        _mm512_or_si512(low, _mm512_slli_epi64::<32>(_mm512_cvtepu32_epi64(high)))
    };
    let (all_scales, all_mins) = (rows(a, scale_high), rows(b, min_high));
    // SAFETY: 64 bytes each.
    let (row_of_lane, mins_by_row) = unsafe {
        (_mm512_loadu_si512(ROW_OF_LANE.as_ptr().cast()), _mm512_loadu_si512(MINS_BY_ROW.as_ptr().cast()))
    };
    let mut scales = [_mm512_setzero_si512(); 8];
    for (at, scale) in scales.iter_mut().enumerate() {
        let from = _mm512_add_epi8(row_of_lane, _mm512_set1_epi8(8 * at as i8));
        *scale = _mm512_maskz_permutexvar_epi8(0x1111_1111_1111_1111, from, all_scales);
    }
    let mins = _mm512_permutexvar_epi8(mins_by_row, all_mins);
    let mins = [
        _mm512_cvtepu8_epi16(_mm512_castsi512_si256(mins)),
        _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64::<1>(mins)),
    ];
    let twice = |halves: &[u16; ROWS]| {
        // SAFETY: sixteen readable bytes.
        let eight = _mm256_cvtph_ps(unsafe { _mm_loadu_si128(halves.as_ptr().cast()) });
        let pairs = _mm512_setr_epi32(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
        _mm512_permutexvar_ps(pairs, _mm512_castps256_ps512(eight))
    };
    Decoded { scales, mins, d: twice(&block.d), dmin: twice(&block.dmin) }
}

/// Adds the products of a block of sixteen rows (two blocks) with `C` columns to `sums`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")]
fn add<const C: usize>(
    blocks: [&Q4Block; 2],
    decoded: &[Decoded; 2],
    columns: [&Activations; C],
    sums: &mut [[__m512; 2]; C],
) {
    let zero = _mm512_setzero_si512();
    let low = _mm512_set1_epi8(0x0f);
    let mut whole = [[zero; 2]; C];
    for pair in 0..4 {
        for high in 0..2 {
            let mut part = [[zero; 2]; C];
            for chunk in 0..4 {
                let mut weights = [zero; 2];
                for group in 0..2 {
                    let at = 256 * pair + 64 * chunk;
                    // SAFETY: a block has four times four times 64 bytes of quants.
                    let bytes = unsafe { _mm512_loadu_si512(blocks[group].quants.as_ptr().add(at).cast()) };
                    let nibbles = if high == 1 { _mm512_srli_epi16::<4>(bytes) } else { bytes };
                    weights[group] = _mm512_and_si512(nibbles, low);
                }
                for c in 0..C {
                    let at = 64 * pair + 32 * high + 8 * chunk;
                    // SAFETY: eight of a block's 256 activations.
                    let eight = unsafe { columns[c].quants.as_ptr().add(at).cast::<i64>().read_unaligned() };
                    let eight = _mm512_set1_epi64(eight);
                    for group in 0..2 {
                        part[c][group] = _mm512_dpbusd_epi32(part[c][group], weights[group], eight);
                    }
                }
            }
            // Four times four products of at most 15 * 127 fit into 16 bits, as does a scale: so this multiplies lane by lane.
            for c in 0..C {
                for group in 0..2 {
                    let scale = decoded[group].scales[2 * pair + high];
                    whole[c][group] = _mm512_dpwssd_epi32(whole[c][group], part[c][group], scale);
                }
            }
        }
    }
    for c in 0..C {
        let sum = |i: usize| {
            // SAFETY: eight numbers of 16 bits.
            _mm512_set1_epi64(unsafe {
                columns[c].sums_of_32.as_ptr().add(4 * i).cast::<i64>().read_unaligned()
            })
        };
        let scale = _mm512_set1_ps(columns[c].scale);
        for group in 0..2 {
            let Decoded { mins, d, dmin, .. } = &decoded[group];
            let min = _mm512_dpwssd_epi32(_mm512_dpwssd_epi32(zero, mins[0], sum(0)), mins[1], sum(1));
            let plus = _mm512_mul_ps(*d, scale);
            let minus = _mm512_mul_ps(*dmin, scale);
            let mut total = sums[c][group];
            total = _mm512_fmadd_ps(_mm512_cvtepi32_ps(whole[c][group]), plus, total);
            total = _mm512_fnmadd_ps(_mm512_cvtepi32_ps(min), minus, total);
            sums[c][group] = total;
        }
    }
}

/// Multiplies sixteen rows of `blocks` blocks each with `columns` columns (at most [`PANEL`]). With `ask_ahead`, the sixteen rows
/// after them are asked for.
///
/// # Safety
/// `weights` holds two times `blocks` blocks, `activations` `columns` times `blocks`, `out` can be written as said.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vbmi,f16c")]
pub unsafe fn sixteen_rows(
    weights: *const Q4Block,
    blocks: usize,
    activations: *const Activations,
    columns: usize,
    out: Out,
    ask_ahead: bool,
) {
    let mut sums = Sums::<2, PANEL>::new();
    let sums = sums.cleared(columns);
    for at in 0..blocks {
        // SAFETY: the caller's word.
        let pair = unsafe { [&*weights.add(at), &*weights.add(blocks + at)] };
        let ask = |part: usize, parts: usize| {
            if ask_ahead {
                for block in pair {
                    tile::ask_ahead(block, 2 * blocks * size_of::<Q4Block>(), part, parts);
                }
            }
        };
        let decoded = [decode(pair[0]), decode(pair[1])];
        // SAFETY: the caller's word.
        let column = |c: usize| unsafe { &*activations.add(c * blocks + at) };
        let (fours, rest) = sums.as_chunks_mut::<4>();
        let done = 4 * fours.len();
        let groups = columns.div_ceil(4);
        for (four, sums) in fours.iter_mut().enumerate() {
            ask(four, groups);
            let c = 4 * four;
            add(pair, &decoded, [column(c), column(c + 1), column(c + 2), column(c + 3)], sums);
        }
        if !rest.is_empty() {
            ask(groups - 1, groups);
        }
        if let Some(three) = rest.as_mut_array() {
            add(pair, &decoded, [column(done), column(done + 1), column(done + 2)], three);
        } else if let Some(two) = rest.as_mut_array() {
            add(pair, &decoded, [column(done), column(done + 1)], two);
        } else if let Some(one) = rest.as_mut_array() {
            add(pair, &decoded, [column(done)], one);
        }
    }
    let (even, odd) = (
        _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),
        _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31),
    );
    for (c, [first, second]) in sums.iter().enumerate() {
        let evens = _mm512_permutex2var_ps(*first, even, *second);
        let odds = _mm512_permutex2var_ps(*first, odd, *second);
        // SAFETY: the caller's word.
        unsafe { _mm512_storeu_ps(out.first.add(c * out.stride), _mm512_add_ps(evens, odds)) };
    }
}
