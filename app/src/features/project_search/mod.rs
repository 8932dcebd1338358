//! Search and replace through the project: a panel beside the text with what is found, file by file, while it is found.
//!
//! The search itself is the crate `search`; it runs outside, and what it finds comes in batches, one a frame. What is replaced in open
//! texts are edits of those; files that are not open are written outside, whole, and can be taken back.

pub mod form;
pub mod keys;
mod open;
mod previews;
pub mod refresh;
pub mod replace;
mod results;
mod run;
#[cfg(test)]
mod tests;
mod under_way;
pub mod update;
pub mod view;
mod walk;

use std::collections::BTreeSet;
use std::path::PathBuf;

use editor_core::Change;
use editor_core::encoding::ReadOnly;
use editor_core::file::OpenError;
use ground::pace::Resting;
use search::query::BadQuery;
use search::replace::many::ReplaceOutcome;
use search::replace::{InFile, Outdated, ReplaceError, WrittenFile};
use search::run::{OpenText, SearchProgress, Summary};
use search::template::Replacement;
use search::walk::SearchScope;
use search::{FileHits, HitPlace, Matcher, SearchQuery};

pub use self::form::{SearchField, SearchForm, SearchHistory, SearchSwitch};
pub use self::results::{Cursor, SearchResults, SearchStatus};
use self::under_way::{AwaitedResult, ChangedTexts, ReplaceDone};
pub use self::under_way::{Previews, Replacing};

/// The panel, what is asked in it, and what was found.
#[derive(Debug, Default)]
pub struct ProjectSearch {
    /// Is it shown?
    pub open: bool,
    /// Does it take the place of the text, because there is room for one alone?
    pub fills: bool,
    /// What is asked.
    pub form: SearchForm,
    /// What of it is not understood.
    pub wrong: FormErrors,
    /// Earlier patterns.
    pub history: SearchHistory,
    /// What was found.
    pub results: SearchResults,
    /// What would come in the place of what was found.
    pub previews: Previews,
    /// What is being replaced, and what was.
    pub replacing: Replacing,
    /// What was typed, until it has rested.
    typed: Resting<SearchForm>,
    /// The result whose file is on its way.
    awaited: Option<AwaitedResult>,
    /// Texts that changed since they were searched.
    changed: ChangedTexts,
}

/// Why it is not known what would come in the place of the hits of a text.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// Its file cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file of this title is not changed.
    #[error("{0} is not changed: {why}", why = .1)]
    ReadOnly(String, ReadOnly),
    /// Its tab is closed.
    #[error("the text is closed")]
    Closed,
    /// It changed since it was searched.
    #[error(transparent)]
    Outdated(#[from] Outdated),
}

/// What of the form is not understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FormErrors {
    /// The pattern.
    pub pattern: Option<BadQuery>,
    /// The replacement.
    pub replacement: Option<BadQuery>,
    /// The patterns of files to search.
    pub include: Option<BadQuery>,
    /// The patterns of files to leave out.
    pub exclude: Option<BadQuery>,
}

/// What happens in the panel, and to what it asked for.
#[derive(Debug)]
pub enum ProjectSearchEvent {
    /// A field was changed.
    Typed(SearchField, String),
    /// A switch was clicked.
    Switch(SearchSwitch),
    /// The lines shown around each hit.
    Context(usize),
    /// Only this folder is searched, or the whole project.
    Folder(Option<PathBuf>),
    /// The same, and the panel is wanted for it.
    InFolder(PathBuf),
    /// Enter in a field.
    Enter,
    /// Alt with Up (true) or Down in the pattern: an earlier one, or a later.
    Earlier(bool),
    /// Escape: ends the search that runs, else closes the panel.
    Escape,
    /// The cross.
    Close,
    /// Ends the search that runs.
    Stop,
    /// The panel takes the place of the text, or has it beside it.
    Fills(bool),
    /// The keyboard goes to the list.
    ToList,
    /// This many rows up or down.
    Step(isize),
    /// The first row, or the last (true).
    End(bool),
    /// Right (true) or left: shows the lines of the file, or its head alone.
    Fold(bool),
    /// A row was clicked: a file, and a line in it.
    Click(HitPlace, Option<usize>),
    /// A row was clicked twice.
    DoubleClick(HitPlace, Option<usize>),
    /// A mark was clicked: the hit in the file by index.
    ClickHit(HitPlace, usize),
    /// Opens what the row leads to; true leaves the keyboard in the list.
    Open(bool),
    /// Leaves the current row out of the list, with what was found there.
    Dismiss,
    /// The same of a row: a file, and a line in it.
    DismissRow(HitPlace, Option<usize>),
    /// Replaces the current hit.
    ReplaceHit,
    /// Replaces the hits of a row: a file, or a line of it.
    ReplaceRow(HitPlace, Option<usize>),
    /// Replaces all.
    ReplaceAll,
    /// The changes of a file are to be reviewed in its text.
    Review(HitPlace),
    /// Takes back what was replaced last.
    UndoReplace,
    /// Writes no further file.
    StopReplace,
    /// These files are seen, by index.
    Seen(std::ops::Range<usize>),
    /// A pattern was understood, or not.
    Begun(u64, Result<Box<Matcher>, BadQuery>),
    /// More was found.
    Found(SearchBatch),
    /// Texts were searched again: which, and what is in them now.
    Again(u64, Vec<HitPlace>, Vec<FileHits>),
    /// The file of a result is gone.
    Vanished(PathBuf),
    /// What would come in the place of the hits of a text.
    Previewed(u64, HitPlace, Result<Vec<Change>, PreviewError>),
    /// Files were written, or not.
    Replaced(ReplaceBatch),
    /// Files were put back, this many; these not, for these reasons.
    Undone(Vec<PathBuf>, Vec<ReplaceError>),
}

/// What is done outside for it.
#[derive(Debug)]
pub enum ProjectSearchEffect {
    /// Search; ends the search before it. Answered by [`ProjectSearchEvent::Begun`] and [`ProjectSearchEvent::Found`].
    Search(Box<SearchAsked>),
    /// End the search.
    Cancel,
    /// Search some texts again; answered by [`ProjectSearchEvent::Again`].
    Again(Box<SearchAsked>, Box<Matcher>, Vec<HitPlace>),
    /// Open a file that was there; answered by [`ProjectSearchEvent::Vanished`] when it is not.
    Open(PathBuf, (usize, usize)),
    /// Say what would come in the place of hits; answered by [`ProjectSearchEvent::Previewed`].
    Preview(Box<PreviewAsked>),
    /// Write files; answered by [`ProjectSearchEvent::Replaced`].
    Replace(u64, Vec<InFile>, Box<(Matcher, Replacement)>),
    /// Write no further one.
    StopReplace,
    /// Put files back; answered by [`ProjectSearchEvent::Undone`].
    Undo(Vec<WrittenFile>),
    /// Nobody needs this any more, and to free it takes time.
    Drop(Box<search::page::SearchPage>),
}

/// What is to be searched.
#[derive(Debug)]
pub struct SearchAsked {
    /// Names the search.
    pub serial: u64,
    /// For what.
    pub query: SearchQuery,
    /// Where.
    pub scope: SearchScope,
    /// Open texts by path.
    pub open: Vec<(PathBuf, OpenText)>,
    /// Texts without a file.
    pub untitled: Vec<(u64, OpenText)>,
    /// Lines around each hit.
    pub context: usize,
}

/// What is to be shown of a replacement.
#[derive(Debug)]
pub struct PreviewAsked {
    /// Names the replacement.
    pub serial: u64,
    /// In which text.
    pub place: HitPlace,
    /// That text, when it is open.
    pub rope: Option<ropey::Rope>,
    /// Where, as the hits say.
    pub wanted: Vec<std::ops::Range<usize>>,
    /// What is looked for.
    pub matcher: Matcher,
    /// What comes in its place.
    pub replacement: Replacement,
}

/// Part of what a search found.
#[derive(Debug)]
pub struct SearchBatch {
    /// Whose.
    pub serial: u64,
    /// Files with hits.
    pub files: Vec<FileHits>,
    /// How far it is.
    pub progress: SearchProgress,
    /// It is over.
    pub done: Option<Summary>,
    /// The next batch comes when this is dropped.
    pub turn: SearchTurn,
}

/// What became of some files.
#[derive(Debug)]
pub struct ReplaceBatch {
    /// Of which replacement.
    pub serial: u64,
    /// What became of each.
    pub outcomes: Vec<ReplaceOutcome>,
    /// No more comes.
    pub is_last: bool,
    /// The next batch comes when this is dropped.
    pub turn: SearchTurn,
}

/// As long as somebody has it nothing more comes: a window draws a frame between two batches.
#[derive(Debug)]
pub struct SearchTurn(
    #[expect(dead_code, reason = "that it is dropped is what counts")] crossbeam_channel::Sender<()>,
);

impl SearchTurn {
    /// A turn, and what is closed once it is dropped.
    pub fn new() -> (SearchTurn, crossbeam_channel::Receiver<()>) {
        let (send, receive) = crossbeam_channel::bounded(0);
        (SearchTurn(send), receive)
    }
}

/// Texts by path, and by number where they have none.
type Places = BTreeSet<HitPlace>;
