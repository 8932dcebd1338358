//! What differs from what was committed: marks beside the lines, the page of changed files, commits, who wrote a line, and conflicts;
//! and what is done with the repository as a whole: branches, changes that are put aside, the history of a file.
//! Repositories are read and written by the crate `git`, on threads of their own; here is what is known and wanted.

pub mod authors;
pub mod column;
pub mod deeds;
pub mod history;
pub mod look;
pub mod marks;
pub mod page;
pub mod past;
pub mod update;
pub mod view;

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use editor_core::Revision;
use editor_core::encoding::{Reading, Writable};
use git::ObjectId;
use git::branches::{BranchTarget, Exchange, GitBranch};
use git::commit::{CommitRequest, Committed};
use git::conflict::{Conflict, ConflictSide};
use git::diff::LineCounts;
use git::history::FileCommit;
use git::lines::LineChange;
use git::stash::{StashEntry, StashRequest};
use git::status::{ChangedFile, Status};
use git::{Against, DiffPart, FileDiff, GitError};
use ground::ids::TabId;
use ground::pace::{Paced, Resting};
use ropey::Rope;

use self::column::{Authors, AuthorsAsked, TabAuthors};
use self::past::ShownHistory;
use crate::workspace::picker::StashDeed;

/// What the feature knows.
#[derive(Default)]
pub struct Changes {
    /// The folder that was looked at.
    pub folder: Option<PathBuf>,
    /// What was found, or a sentence; `None`: it was not looked at yet.
    pub found: Option<Result<Box<Looked>, String>>,
    /// Counts how often the repository may have changed: what was read of it before is old.
    pub generation: u64,
    /// It is being looked at.
    pub is_looking: bool,
    /// It is to be looked at again after that.
    look_again: bool,
    /// What is known of the lines of open files.
    pub marks: HashMap<TabId, TabMarks>,
    /// The text that is being compared.
    comparing: Option<MarksOf>,
    pace: Paced,
    /// What lines are compared with.
    pub against: Against,
    /// The change whose old text is shown.
    pub peek: Option<Peek>,
    /// The page.
    pub page: ChangesPage,
    /// Who wrote the line of the caret.
    pub blame: CaretBlame,
    /// Who wrote each line.
    pub authors: Authors,
    /// The commits that changed a file.
    pub history: ShownHistory,
    /// A branch is being switched to, or a stash worked on.
    doing: bool,
}

/// What is done with the repository as a whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitDeed {
    /// Switch to a branch, or make it.
    Switch(BranchTarget),
    /// Put changes aside.
    Stash(StashRequest),
    /// Bring a stash back and keep it.
    ApplyStash(ObjectId),
    /// Bring a stash back.
    PopStash(ObjectId),
    /// Give a stash up.
    DropStash(ObjectId),
}

impl GitDeed {
    /// What was chosen of the list of stashes.
    pub fn of_stash(deed: StashDeed, id: ObjectId) -> GitDeed {
        match deed {
            StashDeed::Apply => GitDeed::ApplyStash(id),
            StashDeed::Pop => GitDeed::PopStash(id),
            StashDeed::Drop => GitDeed::DropStash(id),
        }
    }
}

/// What a look at a repository found.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The folder of its files.
    pub root: PathBuf,
    /// What differs.
    pub status: Status,
    /// Lines that came in and went.
    pub counts: HashMap<(PathBuf, DiffPart), LineCounts>,
    /// What git would do with a commit and we do not.
    pub not_run: Vec<String>,
}

/// Which text marks are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MarksOf {
    /// The tab.
    pub tab: TabId,
    /// Its text.
    pub revision: Revision,
    /// What was known of the repository.
    pub generation: u64,
    /// What it is compared with.
    pub against: Against,
}

/// What the lines of a text are compared with.
#[derive(Clone, Debug)]
pub struct BaseText {
    /// As the repository has it.
    pub bytes: Vec<u8>,
    /// As the editor reads it.
    pub rope: Rope,
    /// What is written is kept as it is: no line ends are changed.
    pub is_plain: bool,
}

/// What is known of the lines of a text.
#[derive(Clone, Debug)]
pub struct TabMarks {
    /// Which text.
    pub of: MarksOf,
    /// What it was compared with; `None`: git does not know the file.
    pub base: Option<Arc<BaseText>>,
    /// What differs, in order.
    pub marks: Vec<LineMark>,
    /// Places where two sides were not joined.
    pub conflicts: Vec<Conflict>,
}

/// Lines that differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineMark {
    /// The lines, as they were when they were compared.
    pub change: LineChange,
    /// The same in characters of the text, kept in step with it.
    pub at: Range<usize>,
}

/// A change whose old text is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peek {
    /// In which text.
    pub tab: TabId,
    /// Where the change begins, in characters.
    pub start: usize,
}

/// The page.
#[derive(Default)]
pub struct ChangesPage {
    /// The file whose difference is shown.
    pub chosen: Option<(PathBuf, DiffPart)>,
    /// That difference, or a sentence.
    pub diff: Option<Result<Box<FileDiff>, String>>,
    /// What is written of the next commit.
    pub commit: CommitRequest,
    /// The message before that of the last commit took its place.
    own_message: Option<String>,
    /// Something is being written.
    pub is_writing: bool,
}

/// Who wrote the line of the caret.
#[derive(Default)]
pub struct CaretBlame {
    /// Is it wanted?
    pub is_off: bool,
    rests: Resting<(TabId, Revision, usize)>,
    /// The line, and what is said of it.
    pub known: Option<((TabId, Revision, usize), BlameWords)>,
}

/// What is said of a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlameWords {
    /// In the status bar; empty: nothing.
    pub short: String,
    /// In full.
    pub long: String,
}

/// What happens.
#[derive(Debug)]
pub enum ChangesEvent {
    /// The repository may differ from what is known.
    Moved,
    /// This folder was looked at; `None`: it is in no repository.
    Looked(PathBuf, Result<Option<Box<Looked>>, GitError>),
    /// A look was stopped for something that is written.
    LookStopped,
    /// Lines were counted.
    Counted(PathBuf, HashMap<(PathBuf, DiffPart), LineCounts>),
    /// A text was compared.
    Compared(Box<TabMarks>),
    /// A mark was clicked.
    Peek(TabId, usize),
    /// The peek is closed.
    ClosePeek,
    /// A conflict of a text, the one with this first line, is resolved.
    Resolve(TabId, usize, ConflictSide),
    /// A file of the page was chosen.
    Choose(PathBuf, DiffPart),
    /// Nothing is chosen.
    Unchoose,
    /// The file of the page is opened.
    Open(PathBuf),
    /// Both texts of the chosen file were read.
    DiffRead(PathBuf, DiffPart, Result<Box<FileDiff>, GitError>),
    /// Files are staged (true) or taken back.
    Move(Vec<PathBuf>, bool),
    /// All files are.
    MoveAll(bool),
    /// A hunk of the chosen file is.
    MoveHunk(usize),
    /// The message is typed.
    Message(String),
    /// The commit takes the place of the last one.
    Amend(bool),
    /// The last message was read.
    LastMessage(Result<String, GitError>),
    /// A line says who signs it off.
    SignOff(bool),
    /// Commit what is staged.
    Commit,
    /// The index was written, or why not.
    Written(Result<(), GitError>),
    /// A commit was made, or why not.
    Committed(Result<Committed, GitError>),
    /// Who wrote a line.
    Blamed((TabId, Revision, usize), BlameWords),
    /// The branches, each with how long ago its last commit was made.
    Branches(Result<Vec<(GitBranch, String)>, GitError>),
    /// The stashes, each with how long ago it was made.
    Stashes(Result<Vec<(StashEntry, String)>, GitError>),
    /// Something is done with the repository.
    Do(GitDeed),
    /// It was done, with its words, or why not.
    Done(Result<String, GitError>),
    /// What a push or a pull would be on a command line.
    ExchangeCommand(Result<String, GitError>),
    /// The commits that changed a file were read, each with how long ago it was made; true: there are more.
    HistoryRead(PathBuf, Result<(Vec<(FileCommit, String)>, bool), GitError>),
    /// One of them was chosen.
    ChooseCommit(usize),
    /// What it changed was read.
    CommitRead(ObjectId, Result<Box<git::history::CommitDiff>, GitError>),
    /// Who wrote each line of a text.
    AuthorsRead(Box<TabAuthors>),
}

/// What is wanted outside.
#[derive(Debug)]
pub enum ChangesEffect {
    /// Look at the repository around a folder; answered by [`ChangesEvent::Looked`].
    Look(PathBuf),
    /// Compare a text; answered by [`ChangesEvent::Compared`].
    Compare(Box<MarksAsked>),
    /// Read both texts of a file; answered by [`ChangesEvent::DiffRead`].
    ReadDiff(PathBuf, Box<ChangedFile>, DiffPart),
    /// Write the index; answered by [`ChangesEvent::Written`].
    Write(PathBuf, IndexWrite),
    /// Read the last message; answered by [`ChangesEvent::LastMessage`].
    ReadMessage(PathBuf),
    /// Commit; answered by [`ChangesEvent::Committed`].
    Commit(PathBuf, CommitRequest),
    /// Say who wrote a line; answered by [`ChangesEvent::Blamed`].
    Blame(Box<BlameAsked>),
    /// List the branches; answered by [`ChangesEvent::Branches`].
    ListBranches(PathBuf),
    /// List the stashes; answered by [`ChangesEvent::Stashes`].
    ListStashes(PathBuf),
    /// Do something with the repository; answered by [`ChangesEvent::Done`].
    Do(PathBuf, GitDeed),
    /// Say what a push or a pull would be; answered by [`ChangesEvent::ExchangeCommand`].
    ExchangeCommand(PathBuf, Exchange),
    /// List the commits that changed a file; answered by [`ChangesEvent::HistoryRead`].
    ReadHistory(PathBuf),
    /// Read what one of them changed in the file; answered by [`ChangesEvent::CommitRead`].
    ReadCommit(PathBuf, Box<FileCommit>),
    /// Say who wrote each line; answered by [`ChangesEvent::AuthorsRead`].
    ReadAuthors(Box<AuthorsAsked>),
}

/// A text that is to be compared.
#[derive(Debug)]
pub struct MarksAsked {
    /// Which.
    pub of: MarksOf,
    /// Its file.
    pub path: PathBuf,
    /// The text.
    pub text: Writable,
    /// In which encoding the other one is read.
    pub reading: Reading,
    /// What it was compared with before, if the repository is as it was.
    pub base: Option<Arc<BaseText>>,
}

/// What is written into the index.
#[derive(Debug)]
pub enum IndexWrite {
    /// Files, as they are on disk.
    Stage(Vec<PathBuf>),
    /// Files, as they were committed.
    Unstage(Vec<PathBuf>),
    /// Some lines of a difference, to the other side.
    Lines(Box<FileDiff>, Vec<LineChange>),
    /// What differs in some lines of a text.
    Selection {
        /// Its file.
        path: PathBuf,
        /// The text.
        text: Writable,
        /// The lines.
        lines: Vec<Range<usize>>,
    },
}

/// A line whose author is wanted.
#[derive(Debug)]
pub struct BlameAsked {
    /// Comes back: tab, text, line.
    pub of: (TabId, Revision, usize),
    /// The file.
    pub path: PathBuf,
    /// Its text.
    pub text: Writable,
}

impl Changes {
    /// What was found in the repository.
    pub fn looked(&self) -> Option<&Looked> {
        self.found.as_ref()?.as_ref().ok().map(Box::as_ref)
    }
}
