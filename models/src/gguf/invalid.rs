//! Why a file was refused: a kind for code, an offset, a field, what was found and what is allowed for people.

/// Which rule was broken; code branches on this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum BrokenRule {
    /// The file could not be read.
    Unreadable,
    /// It does not start with `GGUF`.
    NotGguf,
    /// A version that llama.cpp does not read, or of the other byte order.
    Version,
    /// The file ends before what it declares.
    Truncated,
    /// A declared number is beyond its limit or cannot fit into the file.
    Count,
    /// A key is empty, too long, not UTF-8, or there twice.
    Key,
    /// A value has an unknown type, is an array of arrays, too long, or not UTF-8.
    Value,
    /// `general.alignment` is not a power of two from 32 to 4096.
    Alignment,
    /// A tensor's name, shape or type.
    Tensor,
    /// Tensors overlap, leave gaps, or end behind the end of the file.
    Layout,
    /// An architecture that this program does not run.
    Architecture,
    /// Layers, heads or sizes that are missing or do not go together.
    Hyperparameter,
    /// The vocabulary: missing, too large, tokens twice, lists of different lengths, special tokens out of range.
    Vocabulary,
    /// The chat template is too large.
    Template,
    /// Parts of a split model are missing, out of order, or do not belong together.
    Split,
}

/// The first rule that a file breaks.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a safe model file: at byte {offset}, {field} is {found}; {limit}")]
pub struct Invalid {
    /// Which rule.
    pub problem: BrokenRule,
    /// Where in the file, in bytes from its start.
    pub offset: u64,
    /// The field, by its name in the format or the metadata key.
    pub field: String,
    /// What stands there.
    pub found: String,
    /// What would be allowed.
    pub limit: String,
}

impl Invalid {
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and fresh texts read better without a reference"
    )]
    pub(super) fn new(
        problem: BrokenRule,
        offset: u64,
        field: impl Into<String>,
        found: impl ToString,
        limit: impl Into<String>,
    ) -> Self {
        Self { problem, offset, field: field.into(), found: found.to_string(), limit: limit.into() }
    }
}
