//! What is known of who wrote the lines of open texts.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use editor_core::Revision;
use editor_core::encoding::Writable;
use git::blame::FileBlame;
use ground::ids::TabId;
use ground::pace::Paced;

/// The column.
#[derive(Default)]
pub struct Authors {
    /// Is it shown?
    pub is_on: bool,
    /// What is known of open texts.
    pub known: HashMap<TabId, TabAuthors>,
    /// The text that is being asked about.
    pub asking: Option<AuthorsOf>,
    /// When it was asked last.
    pub pace: Paced,
}

/// Which text it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuthorsOf {
    /// The tab.
    pub tab: TabId,
    /// Its text.
    pub revision: Revision,
    /// What was known of the repository.
    pub generation: u64,
}

/// Who wrote the lines of a text.
#[derive(Debug)]
pub struct TabAuthors {
    /// Which text.
    pub of: AuthorsOf,
    /// The file as it was committed; `None`: git does not know it.
    pub blame: Option<Arc<FileBlame>>,
    /// Lines that belong together, in order, without gaps.
    pub chunks: Vec<AuthorChunk>,
    /// What is said of each commit.
    pub words: Vec<AuthorWords>,
    /// Why nothing is known.
    pub trouble: Option<String>,
}

/// Lines of one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorChunk {
    /// The lines in characters of the text, kept in step with it.
    pub at: Range<usize>,
    /// Their commit, as an index into the words; `None`: they are not committed yet.
    pub commit: Option<usize>,
}

/// What is said of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorWords {
    /// In the column.
    pub short: String,
    /// In full.
    pub long: String,
    /// A number that stands for it, for its colour.
    pub colour: u8,
}

/// A text of which it is asked.
#[derive(Debug)]
pub struct AuthorsAsked {
    /// Which.
    pub of: AuthorsOf,
    /// Its file.
    pub path: PathBuf,
    /// The text.
    pub text: Writable,
    /// What is known of the file as it was committed, if the repository is as it was.
    pub known: Option<Arc<FileBlame>>,
}
