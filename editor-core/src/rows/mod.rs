//! Which row of the screen shows which part of a text: long lines go on in further rows, and folded lines have none.
//!
//! Nothing here reads the whole text. What is near the top of the screen is measured ([`wrap`]), what lies beyond is estimated by its
//! bytes, so that a text of ten million lines, or a line of a hundred megabytes, costs no more than what is seen of it. [`map`] is the
//! entry; [`fold`] says which lines are hidden, [`foldable`] which could be, and [`motion`] takes carets from row to row.

mod comments;
pub mod fold;
pub mod foldable;
pub mod map;
mod markers;
pub mod motion;
pub mod wrap;

pub use fold::Folds;
pub use foldable::Foldable;
pub use map::{InsertedRows, RowContent, RowMap, RowTop, SeenRow};
pub use wrap::{WrapWidth, WrappedLine};
