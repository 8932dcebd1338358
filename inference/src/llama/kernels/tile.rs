//! What the products of all kinds of weights need: where results go, room for sums, and asking for weights before they are needed.

use std::{
    arch::x86_64::{__m512, _MM_HINT_T0, _mm_prefetch},
    mem::{self, MaybeUninit},
    ptr,
};

/// Where products go: that of row r and column c to `first[c * stride + r]`.
#[derive(Clone, Copy)]
pub struct Out {
    pub first: *mut f32,
    pub stride: usize,
}

/// Room for the running sums of at most `MAX` columns with `ROWS` vectors each, of which only what is used is cleared.
pub struct Sums<const ROWS: usize, const MAX: usize>([MaybeUninit<[__m512; ROWS]>; MAX]);

impl<const ROWS: usize, const MAX: usize> Sums<ROWS, MAX> {
    #[inline(always)]
    pub fn new() -> Self {
        Sums([const { MaybeUninit::uninit() }; MAX])
    }

    /// Zeros for the first `columns`.
    #[inline(always)]
    pub fn cleared(&mut self, columns: usize) -> &mut [[__m512; ROWS]] {
        let used = &mut self.0[..columns];
        // SAFETY: sixteen numbers whose bits are zero are a vector of zeros.
        used.iter_mut().for_each(|sums| _ = sums.write(unsafe { mem::zeroed() }));
        // SAFETY: all of these were written just now.
        unsafe { &mut *(ptr::from_mut(used) as *mut [[__m512; ROWS]]) }
    }
}

/// Asks for the cache lines that lie `bytes` after `block`: rows are too short for the processor to foresee the next ones. Only for one
/// of `parts` of them, so that asking goes along with computing: a core waits when it has asked for too much at once.
#[inline(always)]
pub fn ask_ahead<T>(block: &T, bytes: usize, part: usize, parts: usize) {
    let start = ptr::from_ref(block).cast::<i8>();
    let lines = size_of::<T>().div_ceil(64);
    for line in lines * part / parts..lines * (part + 1) / parts {
        // SAFETY: asking is allowed for any address; what is not there is not fetched.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(start.wrapping_add(bytes + 64 * line)) };
    }
}
