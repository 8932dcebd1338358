//! That the attention's matrices are there and as large as the heads say, block by block.
//!
//! llama.cpp checks them against the first block's heads and then computes with each block's own: a list of heads that differ
//! ended in an assertion (ggml.c, `a->ne[0] == b->ne[0]`), a block without any matrix in a null pointer. Both were found by
//! loading mutants (tests/tests/mutants.rs).

use super::tensors::Tensor;
use super::{BrokenRule, Invalid};
use std::collections::HashMap;

/// A model's heads.
pub(super) struct Heads<'a> {
    pub(super) architecture: &'a str,
    /// Query heads of each block.
    pub(super) queries: &'a [u64],
    /// Key-value heads of each block.
    pub(super) pairs: &'a [u64],
    /// Size of a key head; a value head has the same.
    pub(super) size: u64,
}

/// In these a query matrix carries a gate too, or sliding blocks have heads of another size.
const OWN_SIZES: [&str; 2] = ["qwen35", "gemma4"];

pub(super) fn check(tensors: &[Tensor], heads: &Heads<'_>) -> Result<(), Invalid> {
    let by_name: HashMap<&str, &Tensor> = tensors.iter().map(|tensor| (&*tensor.name, tensor)).collect();
    for (block, (queries, pairs)) in heads.queries.iter().zip(heads.pairs).enumerate() {
        let matrix = |kind: &str| by_name.get(format!("blk.{block}.attn_{kind}.weight").as_str()).copied();
        if matrix("q").is_none() && matrix("qkv").is_none() {
            let field = format!("blk.{block}.attn_q.weight");
            let limit = "each block needs it, or attn_qkv.weight";
            return Err(Invalid::new(BrokenRule::Tensor, 0, field, "missing", limit));
        }
        if OWN_SIZES.contains(&heads.architecture) {
            continue;
        }
        for (kind, count) in [("q", *queries), ("k", *pairs), ("v", *pairs), ("qkv", queries + 2 * pairs)] {
            let Some(tensor) = matrix(kind) else { continue };
            let (rows, needed) = (tensor.shape[1], count * heads.size);
            if rows != needed {
                let limit = format!("{needed} are needed: {count} heads of {}", heads.size);
                return Err(Invalid::new(
                    BrokenRule::Tensor,
                    tensor.line,
                    &*tensor.name,
                    format!("{rows} rows"),
                    limit,
                ));
            }
        }
    }
    Ok(())
}
