//! The list behind quick open: one field, whose first character says what it lists, and rows with the letters that match.

use std::path::PathBuf;

use editor_core::symbols::SymbolKind;
use ground::command::{Command, Context};
use ground::ids::TabId;

/// What is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuickMode {
    /// Files of the folder, and those that were open lately.
    Files,
    /// `>`: commands.
    Commands,
    /// `@`: what the file in front declares.
    Symbols,
    /// `#`: what the files of the folder declare.
    Project,
    /// `:`: a line of the file in front.
    Line,
    /// Where this name is declared. What is typed narrows the list, whatever it begins with.
    Definitions(String),
    /// Where this name stands alone, in the same way.
    Mentions(String),
}

impl QuickMode {
    /// Accessible name of the field.
    pub fn title(&self) -> String {
        match self {
            QuickMode::Files => Command::QuickOpen.name().to_owned(),
            QuickMode::Commands => Command::Palette.name().to_owned(),
            QuickMode::Symbols => Command::GotoSymbol.name().to_owned(),
            QuickMode::Project => Command::GotoProjectSymbol.name().to_owned(),
            QuickMode::Line => Command::GotoLine.name().to_owned(),
            QuickMode::Definitions(name) => format!("Definitions of {name}"),
            QuickMode::Mentions(name) => format!("Mentions of {name}"),
        }
    }

    /// Is it about one name, so that what is typed only narrows it?
    pub fn is_of_name(&self) -> bool {
        matches!(self, QuickMode::Definitions(_) | QuickMode::Mentions(_))
    }
}

/// A text to go to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum QuickPlace {
    /// That of a file, open or not.
    File(PathBuf),
    /// That of a tab.
    Tab(TabId),
}

/// A place in a text, counted from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QuickAt {
    /// The line.
    pub line: usize,
    /// The column, in chars.
    pub column: usize,
    /// The name that stood there when it was found; where it has moved meanwhile, the nearest one is meant.
    pub name: Option<String>,
}

/// What choosing a row does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuickChoice {
    /// Runs a command.
    Command(Command),
    /// Goes to a text, and to a place in it.
    Go(QuickPlace, Option<QuickAt>),
}

/// What stands before a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuickSign {
    /// A file.
    File,
    /// Something declared.
    Symbol(SymbolKind),
    /// A line.
    Line,
}

/// One row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickRow {
    /// What stands before it.
    pub sign: Option<QuickSign>,
    /// The text.
    pub text: String,
    /// Its chars that match.
    pub marks: Vec<usize>,
    /// Quieter text behind it.
    pub detail: String,
    /// Chars of that which match.
    pub detail_marks: Vec<usize>,
    /// Text at the right end.
    pub right: String,
    /// Steps of indentation.
    pub depth: usize,
    /// It is set aside, as what git ignores.
    pub dim: bool,
    /// What choosing it does.
    pub choice: QuickChoice,
}

impl QuickRow {
    /// A row with nothing but its text.
    pub fn new(text: impl Into<String>, choice: QuickChoice) -> QuickRow {
        QuickRow {
            sign: None,
            text: text.into(),
            marks: Vec::new(),
            detail: String::new(),
            detail_marks: Vec::new(),
            right: String::new(),
            depth: 0,
            dim: false,
            choice,
        }
    }
}

/// The list as it is shown.
#[derive(Clone, Debug)]
pub struct QuickList {
    /// What is listed.
    pub mode: QuickMode,
    /// What was typed, with the character that says what is listed.
    pub query: String,
    /// The rows that match, the best first.
    pub rows: Vec<QuickRow>,
    /// All rows of a list about one name.
    pub all: Vec<QuickRow>,
    /// Index of the row that Enter takes.
    pub current: usize,
    /// The number of the question that the rows answer, once `is_answered`.
    pub serial: u64,
    /// Are the rows those of what is typed? Else of what was typed before.
    pub is_answered: bool,
    /// More is on its way.
    pub is_loading: bool,
    /// Enter was pressed before there was an answer: its first row is taken.
    pub takes_first: bool,
    /// How much there is, in words.
    pub note: String,
    /// Where commands must make sense.
    pub contexts: Vec<Context>,
}

impl QuickList {
    /// A list with nothing in it yet.
    pub fn new(mode: QuickMode, contexts: Vec<Context>) -> QuickList {
        QuickList {
            mode,
            query: String::new(),
            rows: Vec::new(),
            all: Vec::new(),
            current: 0,
            serial: 0,
            is_answered: true,
            is_loading: false,
            takes_first: false,
            note: String::new(),
            contexts,
        }
    }

    /// Is there nothing yet that Enter could take, but something on its way?
    pub fn awaits_rows(&self) -> bool {
        !self.is_answered || self.rows.is_empty() && self.is_loading
    }

    /// Moves the current row, over the ends.
    pub fn step(&mut self, by: isize) {
        let len = self.rows.len() as isize;
        if len > 0 {
            self.current = (self.current as isize + by).rem_euclid(len) as usize;
        }
    }

    /// Other rows; the current one stays where it is, as far as there are so many.
    pub fn set_rows(&mut self, rows: Vec<QuickRow>) {
        self.rows = rows;
        self.current = self.current.min(self.rows.len().saturating_sub(1));
    }
}
