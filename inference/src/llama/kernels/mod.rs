//! Our own CPU kernels, for steps of a few tokens.
//!
//! Verifying a draft multiplies the weights with 2 to 32 columns. There ggml's kernels are far from what the processor can do: Q6_K
//! (output layer and half of the feed-forward layers of a Q4_K_M file) is not repacked on x86 and is unpacked anew for each token or
//! each tile, and Q4_K is multiplied without the instructions for products of bytes; attention reads the cache once for each head. These
//! kernels use AVX-512 with VNNI and read everything once. A column's result is the same whatever is computed with it, so a draft that
//! is verified in one step gives the answer that single steps give.
//!
//! ggml asks its "extra buffer types" before it computes an operation; [`install`] puts itself before the one that knows repacked
//! weights (`hook`). Where the processor lacks the instructions, or `LOCALCODER_KERNELS=off` says so (`level`), nothing is installed and
//! ggml computes as ever.
//!
//! Measured on two cores of an AMD EPYC, Qwen2.5-Coder-1.5B Q4_K_M, 400 tokens of context (`bench engine`; ggml's milliseconds, ours): a
//! step of 1 token 30, 32; of 2 tokens 49, 33; of 4 tokens 74, 37; of 8 tokens 120, 46; of 16 tokens 144, 68; of 32 tokens 229, 116.

// Loops over constant numbers of rows and columns are unrolled, and their arrays kept in registers, when they are written by index.
#![allow(clippy::needless_range_loop)]

#[cfg(target_arch = "x86_64")]
mod activations;
#[cfg(target_arch = "x86_64")]
mod attention;
#[cfg(target_arch = "x86_64")]
mod compute;
#[cfg(target_arch = "x86_64")]
mod hook;
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code, reason = "there is nothing to lower"))]
mod level;
#[cfg(target_arch = "x86_64")]
mod product;
#[cfg(target_arch = "x86_64")]
mod q4_k;
#[cfg(target_arch = "x86_64")]
mod q6_k;
#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
#[cfg(target_arch = "x86_64")]
mod tile;

#[cfg(target_arch = "x86_64")]
pub(super) use hook::install;
#[cfg(target_arch = "x86_64")]
pub use hook::{own_kernels, use_own_kernels};
pub use level::asked;

/// Nothing to install on other processors: ggml's own kernels serve them.
#[cfg(not(target_arch = "x86_64"))]
pub(super) fn install() {}

/// None on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub fn own_kernels() -> bool {
    false
}

/// Without effect on other processors.
#[cfg(not(target_arch = "x86_64"))]
pub fn use_own_kernels(_: bool) {}
