//! Text, edits, undo, syntax and reviews: the editor without a window.
//!
//! Everything here is data in, data out. Positions are char offsets into the rope (`usize`), as in ropey and in the
//! window's galleys. Time comes in as milliseconds, files through [`disk::Disk`], so that a test can steer both.
//! A line ends at `\n`; a `\r` before it stays a character of the rope, so that opening and saving changes no byte.

pub mod brackets;
pub mod buffer;
pub mod carry;
pub mod column;
pub mod diff;
pub mod disk;
pub mod document;
pub mod edit;
pub mod editorconfig;
pub mod encoding;
pub mod file;
pub mod history;
pub mod journal;
pub mod language;
pub mod lexer;
pub mod movement;
pub mod next_place;
pub mod regular;
pub mod review;
pub mod rows;
pub mod search;
pub mod selection;
pub mod subword;
pub mod symbols;
pub mod syntax;
pub mod tags;
pub mod token;
pub mod transaction;
pub mod transform;

#[cfg(test)]
mod selection_notation;

pub use buffer::{Buffer, LineEnding, Revision};
pub use document::Document;
pub use history::EditKind;
pub use language::{Indent, Language};
pub use selection::{Selection, Span};
pub use token::TokenKind;
pub use transaction::{Applied, Bias, Change, Transaction};
