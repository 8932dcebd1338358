//! What a valid header says, in the words the rest of the product uses.

use super::{ModelMetadata, TensorType};

/// A header that passed every check, with what the program asks of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    /// Format version, 2 or 3.
    pub version: u32,
    /// Such as `qwen2`; on the list of those that the program runs.
    pub architecture: String,
    /// The model's own name for itself.
    pub name: Option<String>,
    /// The context it was trained for, in tokens.
    pub context_length: u32,
    /// Transformer blocks, as declared.
    pub block_count: u32,
    /// Width of the residual stream.
    pub embedding_length: u32,
    /// Widest feed-forward layer.
    pub feed_forward_length: u32,
    /// Query heads, the most of any layer.
    pub heads: u32,
    /// Key-value heads, the most of any layer.
    pub heads_kv: u32,
    /// Size of one key head.
    pub key_length: u32,
    /// Size of one value head.
    pub value_length: u32,
    /// What each layer keeps in the KV cache, in order.
    pub layers: Vec<Layer>,
    /// Tokens in the vocabulary.
    pub vocabulary: u32,
    /// Kind of tokenizer, such as `gpt2`.
    pub tokenizer: String,
    /// Quantisation as people know it, such as `Q4_K_M`.
    pub quantisation: String,
    /// The chat template, when the file carries one.
    pub chat_template: Option<String>,
    /// The licence keys of the file.
    pub licence: DeclaredLicence,
    /// Whether the vocabulary names the tokens of fill-in-the-middle.
    pub fill_in_middle: bool,
    /// How many tensors, over all parts.
    pub tensors: u32,
    /// Bytes of all tensors: what stays in memory while the model is loaded.
    pub tensor_bytes: u64,
    /// Where each tensor lies, in the order of the file.
    pub weights: Vec<Weight>,
    /// Weights, counted.
    pub parameters: u64,
    /// Where the tensors start in the (first) file.
    pub data_offset: u64,
    /// Files that it is made of.
    pub parts: u32,
    /// Everything else.
    pub metadata: ModelMetadata,
}

/// A tensor: its type, and its bytes in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weight {
    /// How its numbers are stored.
    pub kind: TensorType,
    /// Rows of a matrix, which is the second number of its shape.
    pub rows: u64,
    /// 1 for a vector, 2 for a matrix, 3 for the matrices of experts.
    pub dimensions: u32,
    /// What it is read for.
    pub role: TensorRole,
    /// Its first byte, from the start of the file (of its part, when the model is split).
    pub at: u64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// What tells tensors apart where memory is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TensorRole {
    /// `token_embd.weight`: read by rows, and multiplied with too when the model has no output matrix.
    TokenTable,
    /// `output.weight`.
    Output,
    /// `blk.N.…`: of the Nth layer, counted from 0.
    Block(u32),
    /// Any other.
    Other,
}

/// One transformer block's share of the KV cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Key-value heads; 0 for a layer without attention.
    pub heads_kv: u32,
    /// Tokens the layer looks back, when it slides.
    pub window: Option<u32>,
}

/// What the file says of its licence. Not to be believed over the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeclaredLicence {
    /// `general.license`.
    pub id: Option<String>,
    /// `general.license.name`.
    pub name: Option<String>,
    /// `general.license.link`.
    pub link: Option<String>,
}

/// A file's place among the parts of its model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Split {
    /// From 0.
    pub index: u32,
    /// Parts in all.
    pub count: u32,
}
