//! What the model has to say about changes before they are committed: remarks beside the lines, each of which can be dismissed.

pub mod update;
pub mod view;

use std::collections::VecDeque;
use std::path::PathBuf;

use assist::remarks::ReviewedFile;
use ground::ids::{JobId, TabId};

/// The remarks, and the files that are still to be read.
#[derive(Debug, Default)]
pub struct Remarks {
    /// Files that wait for their turn.
    waiting: VecDeque<ChangedText>,
    /// The file that is being read, with what the model wrote so far.
    asked: Option<(JobId, ChangedText, String)>,
    /// What it said, file by file and line by line.
    pub found: Vec<Remark>,
    /// The remark that is shown.
    pub shown: Option<u64>,
    /// Files that were read, and that could not be.
    read: (usize, usize),
    /// Counts remarks.
    last: u64,
}

/// A changed file that is to be read.
#[derive(Debug)]
pub struct ChangedText {
    /// Which.
    pub path: PathBuf,
    /// Its changes.
    pub file: ReviewedFile,
}

/// Something that the model says about a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark {
    /// Its number.
    pub id: u64,
    /// The file.
    pub path: PathBuf,
    /// The line that it was said about, counted from 0.
    pub line: usize,
    /// Where that is in the open text by now, in characters.
    pub at: Option<(TabId, usize)>,
    /// What it says.
    pub words: String,
}

/// What happens.
#[derive(Debug)]
pub enum RemarksEvent {
    /// The changes were read: those that can be shown to the model, and how many files cannot.
    Read(Result<(Vec<ChangedText>, usize), String>),
    /// A remark is shown, or hidden again.
    Show(u64),
    /// It is of no use.
    Dismiss(u64),
    /// All of them are.
    DismissAll,
}

/// What is wanted outside.
#[derive(Debug)]
pub enum RemarksEffect {
    /// Read what is staged in the repository around a folder, else what is not; answered by [`RemarksEvent::Read`].
    Read(PathBuf),
}
