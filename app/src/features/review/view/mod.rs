//! The review beside the text: the bars above it, hunks, and both texts side by side.

pub mod bars;
pub mod hunk;
pub mod split_diff;
