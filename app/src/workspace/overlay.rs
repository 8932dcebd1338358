//! What lies over the window: one thing at most.

use std::ops::Range;
use std::path::{Path, PathBuf};

use editor_core::Selection;
use editor_core::file::{Encoding, Expect, NotInEncoding};
use ground::ids::TabId;

use super::picker::Picker;
use super::tree::TreeEntry;
use super::{Dialog, Offer, QuickList, Unreadable};

/// What lies over the window.
#[derive(Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// A list to choose from.
    Picker(Picker),
    /// Quick open: files, commands, symbols, lines.
    Quick(QuickList),
    /// What to do with the selection.
    Instruction(Instruction),
    /// A path to open or to save to.
    Path(PathPrompt),
    /// A question that has to be answered first.
    Question(Question),
    /// A question of the model panel.
    Models(Dialog),
    /// The message of an error to explain.
    ErrorMessage(String),
    /// A hunk of the review in front that is being edited, and its text.
    Proposal(usize, String),
}

/// The line above a selection that says what to do with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    /// The tab it belongs to.
    pub tab: TabId,
    /// The lines that will be rewritten.
    pub range: Range<usize>,
    /// Lines of further selections, whose turn comes afterwards.
    pub others: Vec<Range<usize>>,
    /// What was selected before the lines were: comes back when nothing is asked.
    pub before: Option<Selection>,
    /// What was typed.
    pub text: String,
    /// It is a further wish about the proposal that is shown.
    pub refines: bool,
    /// Names of files that would finish the one being typed.
    pub offer: Offer,
    /// Which of the earlier instructions was fetched with the arrow keys.
    pub fetched: Option<usize>,
}

/// Why a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPurpose {
    /// Open a file.
    OpenFile,
    /// Open a folder.
    OpenFolder,
    /// Add a folder to the project.
    AddFolder,
    /// Import a model file.
    ImportModel,
    /// Compare this tab's text with a file.
    Compare(TabId),
    /// Save this tab.
    Save(TabId),
}

impl PathPurpose {
    /// What is asked, in a few words.
    pub fn title(self) -> &'static str {
        match self {
            PathPurpose::OpenFile => "Open file",
            PathPurpose::OpenFolder => "Open folder",
            PathPurpose::AddFolder => "Add folder to project",
            PathPurpose::ImportModel => "Import model file",
            PathPurpose::Compare(_) => "Compare with another file",
            PathPurpose::Save(_) => "Save as",
        }
    }
}

/// A path being typed, with the folder's entries beneath.
#[derive(Clone, Debug)]
pub struct PathPrompt {
    /// Why.
    pub wish: PathPurpose,
    /// What was typed.
    pub text: String,
    /// The folder whose entries are known.
    pub folder: PathBuf,
    /// Its entries, or why there are none.
    pub entries: Result<Vec<TreeEntry>, Unreadable>,
    /// The entry chosen with the arrow keys.
    pub current: Option<usize>,
}

impl PathPrompt {
    /// The typed path as an absolute one; `~` is the home folder.
    pub fn path(&self, home: Option<&Path>) -> PathBuf {
        match (self.text.strip_prefix('~'), home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(&self.text),
        }
    }

    /// The entries that continue what was typed.
    pub fn shown(&self) -> Vec<&TreeEntry> {
        let typed = self.text.rsplit('/').next().unwrap_or_default().to_lowercase();
        let folders_only = matches!(self.wish, PathPurpose::OpenFolder | PathPurpose::AddFolder);
        let Ok(entries) = &self.entries else { return Vec::new() };
        entries
            .iter()
            .filter(|entry| entry.folder || !folders_only)
            .filter(|entry| entry.name.to_lowercase().starts_with(&typed))
            .filter(|entry| typed.starts_with('.') || !entry.name.starts_with('.'))
            .collect()
    }
}

/// A question that has to be answered first.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Close a tab with unsaved changes.
    Close(TabId),
    /// Quit with unsaved changes in this many tabs.
    Quit(usize),
    /// Reopen a tab with unsaved changes in an encoding.
    Reopen(TabId, Encoding),
    /// Save as UTF-8 what the encoding lacks a character for.
    SaveAsUtf8 {
        /// The text to save.
        tab: TabId,
        /// Where.
        path: PathBuf,
        /// What is lacking.
        error: NotInEncoding,
    },
    /// Delete what was counted of proposals.
    Statistics,
    /// Something about files in the tree.
    Tree(TreeQuestion),
    /// Something about a terminal or a task.
    Terminal(TerminalQuestion),
    /// Overwrite a file that is not what it was when it was opened, or that exists already.
    Overwrite {
        /// The text to save.
        tab: TabId,
        /// Where.
        path: PathBuf,
        /// What is in the way.
        reason: String,
        /// What is there now, which alone the answer is about: when that changes too, it is asked again.
        seen: Expect,
    },
}

/// A question about work on files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TreeQuestion {
    /// Delete what cannot be had back.
    Delete {
        /// What.
        paths: Vec<PathBuf>,
        /// Tabs whose text is not saved.
        unsaved: Vec<TabId>,
        /// Not to the trash.
        for_good: bool,
    },
    /// Put something where something else is.
    Clash {
        /// Move it; otherwise copy it.
        moves: bool,
        /// From where to where.
        pairs: Vec<(PathBuf, PathBuf)>,
        /// What is in the way.
        taken: Vec<PathBuf>,
        /// It was cut.
        ends_cut: bool,
    },
}

/// A question about a terminal or a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalQuestion {
    /// Paste this many lines into a program that takes each as it comes.
    Paste(usize),
    /// Run tasks of a folder.
    RunTask {
        /// The one that is to be run now, as it would be typed.
        command: String,
        /// The folder.
        folder: PathBuf,
    },
}

/// How a [`Question`] is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Save, or overwrite.
    Yes,
    /// Go on without saving; of a file that changed: take its text.
    Discard,
    /// Show what changed.
    Compare,
    /// Leave everything as it is.
    Cancel,
}
