//! What is found in a file: hits, and the lines to show around them.

use std::ops::Range;
use std::path::PathBuf;

use editor_core::Revision;
use editor_core::disk::Metadata;
use editor_core::encoding::ReadOnly;

/// Where a text is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HitPlace {
    /// A file, saved as it is searched or open with other text.
    File(PathBuf),
    /// A text that has no file, by its number.
    Text(u64),
}

/// Which state of a text was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// That of a file.
    Disk(Metadata),
    /// That of an open text.
    Open(Revision),
}

/// One match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// Where it is, in chars of the text as the editor opens it.
    pub range: Range<usize>,
    /// The line on which it begins, counted from 0.
    pub line: usize,
    /// Chars between the line's start and the match.
    pub column: usize,
}

/// One line to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HitLine {
    /// Which, counted from 0.
    pub number: usize,
    /// Where it starts, in chars of the whole text.
    pub start: usize,
    /// Its text without its ending; of a long one the part around its first match.
    pub text: String,
    /// This many of its chars come before `text`: a column is counted from the line's start all the same.
    pub cut_before: usize,
    /// Does more of it come behind `text`?
    pub is_cut_behind: bool,
    /// Matches and parts of them, in chars of `text`. Empty on lines that are shown as context.
    pub marks: Vec<Range<usize>>,
    /// Does a match touch it? A match that is cut away, or empty, leaves no mark.
    pub is_match: bool,
}

/// All that is found in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileHits {
    /// Which.
    pub place: HitPlace,
    /// In which state.
    pub version: Version,
    /// The matches, in order.
    pub hits: Vec<Hit>,
    /// The lines that they touch, and those around them, in order. Where numbers are missing, lines are left out.
    pub lines: Vec<HitLine>,
    /// Are there more matches than are kept?
    pub is_capped: bool,
    /// Why nothing in it can be replaced, if so.
    pub read_only: Option<ReadOnly>,
}
