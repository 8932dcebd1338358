//! The heart of the product: what is asked about a selection, the answer as hunks beside the text, and what is accepted of it.

pub mod allow;
pub mod compare;
pub mod current;
pub mod decide;
pub mod flow;
pub mod instruction;
pub mod list;
pub mod reopen;
pub mod view;
