//! Terminals without a window: a program on a pseudo-terminal of its own, what it printed as a grid, and what keys and mouse send it.
//!
//! Start at [`TerminalSession`]: a thread for each reads what its program prints and keeps the grid, bounded whatever is printed; the
//! window takes a [`TerminalScreen`] of it, at most one a frame. The grid and the parser are Alacritty's.

mod colours;
mod guard;
pub mod keys;
mod lines;
pub mod links;
pub mod mouse;
mod reader;
mod screen;
mod session;
mod shared;
mod shell;
mod spec;

pub use self::colours::{TerminalColour, TerminalPalette};
pub use self::keys::{HeldKeys, TerminalKey};
pub use self::links::{LinkTarget, TerminalLink};
pub use self::screen::{
    CaretShape, CellStyle, MatchMark, ScreenCaret, ScreenRow, ScreenRun, TerminalModes, TerminalScreen,
};
pub use self::session::{EndingSession, TerminalSession};
pub use self::shell::shell;
pub use self::spec::{
    FindStep, GridPlace, LineTap, SelectionUnit, TerminalEnd, TerminalFound, TerminalNews, TerminalSize,
    TerminalSpec,
};

/// Names a terminal for as long as the window lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TerminalId(pub u64);
