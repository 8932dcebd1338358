//! One instruction for all places that a search found: each place is asked about on its own, and what comes of it is reviewed file by
//! file. Nothing is in a text before it is accepted.

pub mod update;

use std::collections::VecDeque;
use std::ops::Range;
use std::path::PathBuf;

use assist::answer::Answer;
use editor_core::{Change, Revision};
use ground::ids::{JobId, TabId};

/// What is being asked, and what came of it so far.
#[derive(Debug, Default)]
pub struct Everywhere {
    /// What a search found when the instruction was asked for.
    offered: Vec<FilePlaces>,
    /// Places that are not asked about, for there are too many.
    left_out: usize,
    /// What is to be done.
    instruction: String,
    /// Files that wait for their turn.
    waiting: VecDeque<FilePlaces>,
    /// The file that is asked about.
    current: Option<CurrentFile>,
    /// The place of it that is asked about, with the answer so far.
    asked: Option<(JobId, Range<usize>, Answer)>,
    /// What is to be reviewed.
    proposed: Vec<FileProposal>,
    /// What came of the places.
    tally: PlaceTally,
}

/// Places in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePlaces {
    /// The file.
    pub path: PathBuf,
    /// The lines on which something was found, in order, counted from 0.
    pub lines: Vec<usize>,
}

/// A file that is asked about, place by place.
#[derive(Debug)]
struct CurrentFile {
    places: FilePlaces,
    /// Its text, once it is open.
    open: Option<OpenFile>,
}

#[derive(Debug)]
struct OpenFile {
    tab: TabId,
    revision: Revision,
    /// Places that are still to be asked about, in characters.
    ranges: VecDeque<Range<usize>>,
    /// What is to come in the place of those that were.
    changes: Vec<Change>,
}

/// What is to be reviewed in a file.
#[derive(Debug)]
struct FileProposal {
    tab: TabId,
    revision: Revision,
    changes: Vec<Change>,
}

/// What came of places.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PlaceTally {
    /// The model would change it.
    changed: usize,
    /// It would leave it as it is.
    unchanged: usize,
    /// Its answer cannot be used, or the text cannot be changed.
    unusable: usize,
}

/// What happens.
#[derive(Debug)]
pub enum EverywhereEvent {
    /// The search found these places, and so many more; the instruction is asked for.
    Offer(Vec<FilePlaces>, usize),
    /// This is to be done at each of them.
    Begin(String),
}
