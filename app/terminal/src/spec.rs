//! What a terminal is told and tells, as data: what to start, how large it is, places on it, how its program ended.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::ExitStatus;

use alacritty_terminal::event::WindowSize;
use alacritty_terminal::grid::Dimensions;

/// A terminal has no fewer columns and rows, and no more.
const MIN_SIZE: (u16, u16) = (2, 1);
const MAX_SIZE: (u16, u16) = (1000, 500);

/// Gets each line that is printed.
pub type LineTap = Box<dyn FnMut(&str) + Send>;

/// What to start.
pub struct TerminalSpec {
    /// The program, by path or name.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder it begins in; `None`: the editor's own.
    pub folder: Option<PathBuf>,
    /// What is said before it prints anything; empty: nothing.
    pub greeting: String,
    /// Lines of history that are kept.
    pub scrollback: usize,
    /// Who wants to see what is printed.
    pub tap: Option<LineTap>,
}

/// The size of a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TerminalSize {
    /// Columns.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
    /// Width and height of a cell in pixels, for programs that draw pictures.
    pub cell: (u16, u16),
}

impl TerminalSize {
    /// The nearest size that a terminal can have.
    pub(crate) fn bounded(self) -> TerminalSize {
        TerminalSize {
            columns: self.columns.clamp(MIN_SIZE.0, MAX_SIZE.0),
            rows: self.rows.clamp(MIN_SIZE.1, MAX_SIZE.1),
            cell: self.cell,
        }
    }

    pub(crate) fn window(self) -> WindowSize {
        WindowSize {
            num_lines: self.rows,
            num_cols: self.columns,
            cell_width: self.cell.0,
            cell_height: self.cell.1,
        }
    }
}

impl Dimensions for TerminalSize {
    fn total_lines(&self) -> usize {
        self.rows.into()
    }

    fn screen_lines(&self) -> usize {
        self.rows.into()
    }

    fn columns(&self) -> usize {
        self.columns.into()
    }
}

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalEnd {
    /// By itself, with this code.
    Exited(i32),
    /// By a signal.
    Killed(i32),
    /// It never began: why.
    Failed(String),
}

impl TerminalEnd {
    pub(crate) fn of(status: ExitStatus) -> TerminalEnd {
        match (status.code(), status.signal()) {
            (Some(code), _) => TerminalEnd::Exited(code),
            (None, signal) => TerminalEnd::Killed(signal.unwrap_or_default()),
        }
    }

    /// In words that follow on the program's name: "exited with code 1".
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            TerminalEnd::Exited(code) => format!("exited with code {code}"),
            TerminalEnd::Killed(signal) => format!("was ended by signal {signal}"),
            TerminalEnd::Failed(reason) => format!("could not be started: {reason}"),
        }
    }
}

/// What happened since it was asked last, beside what is seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalNews {
    /// The program gave it this title; an empty one takes it back.
    pub title: Option<String>,
    /// It rang.
    pub bell: bool,
    /// The program ended.
    pub end: Option<TerminalEnd>,
}

/// A place on the screen: a cell and the half of it that was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GridPlace {
    /// The row, from 0 at the top of what is seen.
    pub row: usize,
    /// The column, from 0.
    pub column: usize,
    /// The right half.
    pub right: bool,
}

/// What a selection grows by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionUnit {
    /// Characters.
    Character,
    /// Words.
    Word,
    /// Lines.
    Line,
    /// Characters, in a rectangle.
    Block,
}

/// What looking for a text came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TerminalFound {
    /// Something was found, and is in view.
    pub is_found: bool,
    /// Which of the matches that is, from 1 at the top; `None`: beyond those that were counted.
    pub place: Option<usize>,
    /// How many there are, history included.
    pub count: usize,
    /// There are more than were counted.
    pub is_more: bool,
}

/// Where to look on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindStep {
    /// From what is seen upwards: the text was typed.
    Typed,
    /// Further up.
    Up,
    /// Further down.
    Down,
}
