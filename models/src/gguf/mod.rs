//! GGUF headers read and judged in safe Rust before llama.cpp sees a byte of the file.
//!
//! llama.cpp's own parser has had memory errors and still aborts on some broken files, so a file is only handed on
//! when everything that its loader relies on was checked here. The rules are the checklist in `check.rs` and
//! `model.rs`; each refusal names the byte, the field, what was found there and what would be allowed.
//!
//! The header is read once, front to back, through one buffer; arrays are checked in passing and not kept.

mod attention;
mod header;
mod invalid;
mod metadata;
mod model;
mod part;
mod reader;
mod tensors;
mod types;
mod vocabulary;

pub use header::{DeclaredLicence, Header, Layer, Split, TensorRole, Weight};
pub use invalid::{BrokenRule, Invalid};
pub use metadata::{MetadataValue, ModelMetadata};
pub use types::TensorType;

use std::fs::File;
use std::io::{Read, Seek};

/// Reads and checks the header of a whole model of `len` bytes.
///
/// `reader` is read from its start. Cost: one pass over the header (6 MB for a vocabulary of 150,000), memory
/// bounded by the limits in [`limits`], the tensors themselves are not read.
///
/// # Errors
/// The first rule the file breaks.
pub fn validate<R: Read + Seek>(reader: &mut R, len: u64) -> Result<Header, Invalid> {
    let part = part::read(reader, len)?;
    model::check(vec![part])
}

/// [`validate`] for an open file: what was checked is what stays open, so there is no race over its path.
///
/// # Errors
/// The first rule the file breaks.
pub fn validate_file(file: &File) -> Result<Header, Invalid> {
    validate_parts(&[file])
}

/// Checks a model that is split into several files, in their order, as one.
///
/// # Errors
/// The first rule that one of them breaks, or a part that is missing or out of order.
pub fn validate_parts(files: &[&File]) -> Result<Header, Invalid> {
    let parts = files.iter().map(|file| part::read_file(file)).collect::<Result<_, _>>()?;
    model::check(parts)
}

/// Which part of which split model a file says it is, from a header that was read but not judged as a model.
///
/// # Errors
/// The file is not GGUF or breaks a rule that holds for parts too.
pub fn split_of(file: &File) -> Result<Option<Split>, Invalid> {
    Ok(part::read_file(file)?.split)
}

/// What a file may not exceed. Chosen so that each model in use today is far inside and a hostile one stays cheap.
pub mod limits {
    /// Tensors in one file.
    pub const TENSORS: u64 = 65_536;
    /// Metadata entries in one file.
    pub const METADATA: u64 = 4_096;
    /// Bytes of a metadata key.
    pub const KEY: u64 = 256;
    /// Bytes of a string.
    pub const STRING: u64 = 16 << 20;
    /// Bytes of a chat template: the engines that run them have crashed on hostile ones.
    pub const TEMPLATE: u64 = 256 << 10;
    /// Bytes of a tensor's name, one less than ggml's array for it.
    pub const TENSOR_NAME: u64 = 63;
    /// Tokens in the vocabulary.
    pub const VOCABULARY: u64 = 1_000_000;
    /// Transformer blocks.
    pub const BLOCKS: u64 = 512;
    /// Files of one split model.
    pub const PARTS: u64 = 1_000;
    /// Bytes of metadata strings and small arrays that are kept for showing.
    pub const KEPT: usize = 4 << 20;
}
