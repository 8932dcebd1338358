//! Quick open: files, commands, symbols, lines, definitions and mentions, all in one list with one field.

mod go;
pub mod names;
mod rows;
#[cfg(test)]
mod tests;
pub mod update;

use std::collections::HashMap;
use std::path::PathBuf;

use editor_core::symbols::Symbol;
use editor_core::syntax::SyntaxTree;
use editor_core::{Language, Revision};
use ground::ids::TabId;
use ropey::Rope;
use search::index::Declared;
use search::run::OpenText;

use crate::workspace::QuickPlace;

/// What quick open remembers while its list is closed.
#[derive(Debug, Default)]
pub struct Quick {
    /// The number of the last question.
    serial: u64,
    /// The question for a definition that is open, with the text that it was asked from and the name.
    definition: Option<(u64, TabId, String)>,
    /// The text whose symbols were asked for last, and the revision of its tree.
    asked: Option<(TabId, Revision)>,
    /// The file that was in front last.
    visited: Option<PathBuf>,
    /// When a list that grows was asked for last, in milliseconds.
    looked: u64,
}

/// A file that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickFile {
    /// Which.
    pub path: PathBuf,
    /// Its path below the folder, as it was matched.
    pub shown: String,
    /// The chars of that which match.
    pub marks: Vec<usize>,
    /// Git ignores it.
    pub is_set_aside: bool,
}

/// Something declared that matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickDeclared {
    /// In which text.
    pub place: QuickPlace,
    /// What and where.
    pub declared: Declared,
    /// The chars of its name that match.
    pub marks: Vec<usize>,
}

/// A line with a name in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QuickMention {
    /// In which text.
    pub place: QuickPlace,
    /// The line, counted from 0.
    pub line: usize,
    /// Where on it the name stands first, in chars.
    pub column: usize,
    /// The line without the blanks before it.
    pub text: String,
    /// The chars of that which are the name.
    pub marks: Vec<usize>,
}

/// How complete an answer is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuickCount {
    /// This many match, so far.
    pub matched: usize,
    /// Of this many.
    pub all: usize,
    /// More may come.
    pub is_loading: bool,
    /// There are more than are looked at.
    pub is_capped: bool,
}

/// What happens around the list.
#[derive(Debug)]
pub enum QuickEvent {
    /// Files that match, the best first.
    Files(u64, Vec<QuickFile>, QuickCount),
    /// Symbols of the project that match, the best first.
    Project(u64, Vec<QuickDeclared>, QuickCount),
    /// Where a name is declared, the likeliest first.
    Defined(u64, Vec<QuickDeclared>, QuickCount),
    /// More lines that a name stands in.
    Mentioned(u64, Vec<QuickMention>, QuickCount),
    /// What a text of this revision declares, read from a tree of that one.
    Symbols {
        /// Which text.
        tab: TabId,
        /// Its revision.
        text: Revision,
        /// That of its tree.
        tree: Revision,
        /// What it declares.
        all: Vec<Symbol>,
    },
    /// The definition of what stands at this position of a tab is wanted, as by a click on it.
    Define(TabId, usize),
}

/// A text in which a name stands whose definition is wanted.
#[derive(Debug)]
pub struct QuickOrigin {
    /// Its tab.
    pub tab: TabId,
    /// Its file.
    pub path: Option<PathBuf>,
    /// Its language.
    pub language: Language,
    /// What it is parsed to, if it is.
    pub tree: Option<SyntaxTree>,
    /// The text.
    pub rope: Rope,
}

/// Texts that are to be searched for a name.
#[derive(Debug)]
pub struct QuickTexts {
    /// The open folders.
    pub folders: Vec<PathBuf>,
    /// Open texts that differ from their files.
    pub open: HashMap<PathBuf, OpenText>,
    /// Texts that have no file, by the numbers of their tabs.
    pub untitled: Vec<(u64, OpenText)>,
    /// Open files outside of them.
    pub besides: Vec<PathBuf>,
}

/// What the list wants done.
#[derive(Debug)]
pub enum QuickEffect {
    /// Narrow the files of folders; answered by [`QuickEvent::Files`].
    Files {
        /// Comes back.
        serial: u64,
        /// Parts of a path.
        typed: String,
        /// Which.
        folders: Vec<PathBuf>,
        /// Files that are open.
        open: Vec<PathBuf>,
        /// The folder is looked through again.
        is_fresh: bool,
    },
    /// Narrow the symbols of the folders; answered by [`QuickEvent::Project`].
    Project(u64, String),
    /// Find where a name is declared; answered by [`QuickEvent::Defined`].
    Define(u64, String, Box<QuickOrigin>),
    /// Find where a name stands alone; answered by [`QuickEvent::Mentioned`].
    Mentions(u64, String, Box<QuickTexts>),
    /// The list is closed: nothing is looked for any more.
    Stop,
    /// Read what a text declares; answered by [`QuickEvent::Symbols`].
    Symbols {
        /// Comes back.
        tab: TabId,
        /// Comes back.
        text: Revision,
        /// What it is parsed to.
        tree: Box<SyntaxTree>,
        /// The text.
        rope: Rope,
    },
    /// A file came to the front.
    Visit(PathBuf),
}
