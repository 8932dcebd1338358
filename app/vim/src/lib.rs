//! Vim's keys for a [`editor_core::Document`], without a window: start at [`Vim::key`].
//!
//! Keys become commands (`parse`), commands become motions, objects and regions of the text (`motion`, `object`, `region`), and these
//! become transactions (`operate`, `put`, `change`). What lies outside of the text (saving, closing, scrolling) goes out as a
//! [`VimWish`]. In Insert mode keys are left to the editor, which types as it always does; [`Vim::follow`] sees what came of it, so that
//! `.` can do it again.
//!
//! Written for this editor instead of taken: the crates there are for Vim's keys bring their own buffer (`modalkit`), or their own
//! ideas of words and undo, and none is held against Vim itself. `tests/recorded.json` is what Vim made of hundreds of key sequences; the
//! layer must make the same of them.

mod brackets;
mod change;
mod command;
mod command_line;
mod commands;
mod ex;
mod help;
mod insert;
mod keys;
mod lines;
mod marks;
mod memory;
mod motion;
mod object;
mod operate;
mod parse;
mod pattern;
mod prose;
mod put;
mod region;
mod register;
mod search;
mod session;
mod substitute;
mod travel;
mod vim;
mod visual;
mod words;

pub use self::command::{PaneWish, ScrollTo, VisualKind};
pub use self::help::KEYS;
pub use self::keys::VimKey;
pub use self::register::RegisterText;
pub use self::vim::{Desk, Vim, VimMode, VimWish};
