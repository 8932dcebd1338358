//! Which tensors llama.cpp copies into a layout that the CPU multiplies faster, and what the copies take.
//!
//! A copy takes the place of its original: the worker gives the mapped bytes of the original back. Written after
//! ggml-cpu/repack.cpp and ggml-cpu/amx/ of the vendored llama.cpp; what they copy depends on the instructions they were
//! compiled for, so that is an input. The tables are checked against what a real worker holds (tests/tests/residency.rs).

use crate::gguf::{Header, TensorRole, Weight};
use std::ops::Range;

/// The layout that weights are copied into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Layout {
    /// None: all weights are used from the mapped file, as on a GPU with its own copies.
    #[default]
    Mapped,
    /// x86-64 with AVX2.
    Avx2,
    /// x86-64 with AVX-512.
    Avx512,
    /// x86-64 with AMX: tiles of 16 rows, and what the tiles do not take as AVX-512 does.
    Amx,
    /// AArch64 with the dot product or 8-bit matrix instructions.
    Neon,
}

/// A tensor that is copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The original's bytes in the file, when nothing reads them afterwards.
    pub freed: Option<Range<u64>>,
    /// Size of the copy in bytes.
    pub bytes: u64,
}

impl Layout {
    /// The layout of llama.cpp built with the same flags as this library, on this CPU. Whether it was compiled with its AMX
    /// kernels only the worker knows; with AMX a model takes no less than without, so this is a bound.
    pub fn here() -> Self {
        if cfg!(target_arch = "aarch64") {
            return Self::Neon;
        }
        match (cfg!(target_feature = "avx512f"), cfg!(target_feature = "avx2")) {
            (true, _) if has_amx() => Self::Amx,
            (true, _) => Self::Avx512,
            (false, true) => Self::Avx2,
            (false, false) => Self::Mapped,
        }
    }

    /// Size of the copy of `weight`, when this layout has one. A type that is not listed stays as it is.
    fn copy_of(self, weight: &Weight) -> Option<u64> {
        if weight.dimensions < 2 || weight.kind.name == "f32" {
            return None;
        }
        let multiple = |rows: u64| weight.rows.is_multiple_of(rows);
        let same = Some(weight.bytes);
        match (self, weight.kind.name) {
            (Self::Amx, _) if weight.dimensions == 2 && multiple(32) && amx_block(weight).is_some() => {
                amx_block(weight)
            }
            (Self::Avx2 | Self::Avx512 | Self::Amx, "q4_0" | "q4_K" | "iq4_nl" | "mxfp4") if multiple(8) => {
                same
            }
            (Self::Avx512 | Self::Amx, "q2_K") if multiple(8) => same,
            (Self::Neon, "q4_K" | "q5_K" | "q6_K") if multiple(8) => same,
            (Self::Neon, "q4_0" | "q8_0" | "iq4_nl" | "mxfp4") if multiple(4) => same,
            _ => None,
        }
    }
}

/// AMX keeps sums and unpacked scales beside some blocks (`get_row_size` in amx/mmq.cpp); f16 is copied as it is.
fn amx_block(weight: &Weight) -> Option<u64> {
    let more = match weight.kind.name {
        "q4_0" | "q4_1" | "q6_K" | "f16" => 0,
        "iq4_xs" => 2,
        "q8_0" | "q4_K" | "q5_K" => 4,
        _ => return None,
    };
    Some(weight.bytes / weight.kind.bytes * (weight.kind.bytes + more))
}

/// Linux tells; elsewhere llama.cpp does not ask for AMX. The names are those of the kernel's cpufeatures.h.
fn has_amx() -> bool {
    static FLAG: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let text = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        text.lines()
            .find(|line| line.starts_with("flags"))
            .is_some_and(|line| line.split(' ').any(|flag| flag == "amx_int8"))
    });
    *FLAG
}

/// The tensors that `layout` copies. The token table is only multiplied with when there is no output matrix; then its copy
/// stands beside it, because its rows are still read from the file.
pub fn copies(header: &Header, layout: Layout) -> Vec<Copied> {
    let tied = !header.weights.iter().any(|weight| weight.role == TensorRole::Output);
    let copy = |weight: &Weight| {
        let bytes = layout.copy_of(weight)?;
        let range = weight.at..weight.at + weight.bytes;
        match weight.role {
            TensorRole::TokenTable => tied.then_some(Copied { freed: None, bytes }),
            _ => Some(Copied { freed: Some(range), bytes }),
        }
    };
    header.weights.iter().filter_map(copy).collect()
}

/// Bytes of the file that nothing reads once they were copied, neighbours joined, in rising order. Of a model in one file.
pub fn freed(header: &Header, layout: Layout) -> Vec<Range<u64>> {
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in copies(header, layout).into_iter().filter_map(|copy| copy.freed) {
        match joined.last_mut() {
            // Between two tensors is at most the padding of their alignment.
            Some(last) if range.start.saturating_sub(last.end) < 4096 && range.start >= last.end => {
                last.end = range.end;
            }
            _ => joined.push(range),
        }
    }
    if header.parts == 1 { joined } else { Vec::new() }
}

/// What all weights take in bytes: the mapped ones and the copies.
pub fn resident(header: &Header, layout: Layout) -> u64 {
    let copies = copies(header, layout);
    let copied: u64 = copies.iter().map(|copy| copy.bytes).sum();
    let freed = if header.parts == 1 {
        copies.iter().filter_map(|copy| copy.freed.as_ref()).map(|range| range.end - range.start).sum()
    } else {
        0
    };
    header.tensor_bytes - freed + copied
}
