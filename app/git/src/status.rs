//! Which files differ from what was staged and committed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use gix::bstr::BStr;
use gix::diff::index::Change as Staged;
use gix::status::index_worktree::Item as Unstaged;
use gix::status::plumbing::index_as_worktree::{Change, EntryStatus};

use crate::content::path_of;
use crate::{GitError, Repository};

/// Most files that are listed.
pub const MAX_FILES: usize = 10_000;

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileState {
    /// It is new.
    Added,
    /// Its content or mode differs.
    Modified,
    /// It is gone.
    Deleted,
    /// It was there under another name.
    Renamed,
    /// A link became a file, or the like.
    Retyped,
    /// git does not know it.
    Untracked,
    /// Its two sides are not joined yet.
    Conflicted,
}

impl FileState {
    /// The letter that git has for it.
    pub fn letter(self) -> char {
        match self {
            FileState::Added => 'A',
            FileState::Modified => 'M',
            FileState::Deleted => 'D',
            FileState::Renamed => 'R',
            FileState::Retyped => 'T',
            FileState::Untracked => 'U',
            FileState::Conflicted => '!',
        }
    }

    /// What is said of it.
    pub fn word(self) -> &'static str {
        match self {
            FileState::Added => "added",
            FileState::Modified => "modified",
            FileState::Deleted => "deleted",
            FileState::Renamed => "renamed",
            FileState::Retyped => "changed in kind",
            FileState::Untracked => "untracked",
            FileState::Conflicted => "in conflict",
        }
    }
}

/// A file that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedFile {
    /// From the repository's folder on. An untracked folder is one, with all that is in it.
    pub path: PathBuf,
    /// What is staged differs from the last commit so.
    pub staged: Option<FileState>,
    /// The file differs from what is staged so.
    pub unstaged: Option<FileState>,
    /// The name it had in the last commit.
    pub from: Option<PathBuf>,
}

impl ChangedFile {
    /// The one word for a file of which both may be true: what it is now counts more.
    pub fn state(&self) -> FileState {
        self.unstaged.or(self.staged).unwrap_or(FileState::Modified)
    }
}

/// Where the next commit goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Head {
    /// To this branch.
    Branch(String),
    /// To this branch, which has no commit yet.
    Unborn(String),
    /// To none; the beginning of the commit's name.
    Detached(String),
}

impl Head {
    /// The branch, or the commit.
    pub fn name(&self) -> &str {
        match self {
            Head::Branch(name) | Head::Unborn(name) | Head::Detached(name) => name,
        }
    }
}

/// What is known of a repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// Where the next commit goes.
    pub head: Head,
    /// What differs, by path.
    pub files: Vec<ChangedFile>,
    /// More differs than is listed.
    pub is_cut: bool,
    /// What else is under way: `A merge`.
    pub under_way: Option<&'static str>,
}

impl Status {
    /// Files with something staged.
    pub fn staged(&self) -> impl Iterator<Item = &ChangedFile> {
        self.files.iter().filter(|file| file.staged.is_some())
    }

    /// Files with something that is not.
    pub fn unstaged(&self) -> impl Iterator<Item = &ChangedFile> {
        self.files.iter().filter(|file| file.unstaged.is_some())
    }
}

impl Repository {
    /// Looks at all files; may take seconds in huge repositories. `stop` ends it.
    ///
    /// # Errors
    /// The repository cannot be read, or it was stopped.
    pub fn status(&self, stop: &Arc<AtomicBool>) -> Result<Status, GitError> {
        const WHAT: &str = "Looking for changes";
        let repository = self.local();
        let mut found: BTreeMap<PathBuf, ChangedFile> = BTreeMap::new();
        let mut is_cut = false;
        let platform = repository
            .status(gix::progress::Discard)
            .map_err(GitError::of(WHAT))?
            .untracked_files(gix::status::UntrackedFiles::Collapsed)
            .index_worktree_submodules(None)
            .index_worktree_rewrites(None)
            .should_interrupt_owned(Arc::clone(stop));
        for item in platform.into_iter(None).map_err(GitError::of(WHAT))? {
            if stop.load(Relaxed) {
                return Err(GitError::Stopped);
            }
            if found.len() >= MAX_FILES {
                is_cut = true;
                break;
            }
            match item.map_err(GitError::of(WHAT))? {
                gix::status::Item::IndexWorktree(item) => unstaged(&mut found, item),
                gix::status::Item::TreeIndex(change) => staged(&mut found, change),
            }
        }
        if stop.load(Relaxed) {
            return Err(GitError::Stopped);
        }
        let files = found.into_values().filter(|file| file.staged.is_some() || file.unstaged.is_some());
        Ok(Status { head: self.head()?, files: files.collect(), is_cut, under_way: self.under_way() })
    }

    /// Where the next commit goes.
    ///
    /// # Errors
    /// `HEAD` cannot be read.
    pub fn head(&self) -> Result<Head, GitError> {
        let repository = self.local();
        let head = repository.head().map_err(GitError::of("Reading HEAD"))?;
        let name = head.referent_name().map(|name| name.shorten().to_string());
        Ok(match (name, head.id()) {
            (Some(name), _) if head.is_unborn() => Head::Unborn(name),
            (Some(name), _) => Head::Branch(name),
            (None, id) => Head::Detached(id.map(|id| id.to_hex_with_len(8).to_string()).unwrap_or_default()),
        })
    }

    /// What else is under way, that a commit would end or break.
    pub fn under_way(&self) -> Option<&'static str> {
        use gix::state::InProgress;
        Some(match self.local().state()? {
            InProgress::ApplyMailbox | InProgress::ApplyMailboxRebase => "Applying patches",
            InProgress::Bisect => "A bisection",
            InProgress::CherryPick | InProgress::CherryPickSequence => "A cherry-pick",
            InProgress::Merge => "A merge",
            InProgress::Rebase | InProgress::RebaseInteractive => "A rebase",
            InProgress::Revert | InProgress::RevertSequence => "A revert",
        })
    }
}

fn entry<'a>(found: &'a mut BTreeMap<PathBuf, ChangedFile>, path: &BStr) -> &'a mut ChangedFile {
    let path = path_of(path);
    found.entry(path.clone()).or_insert_with(|| ChangedFile { path, ..ChangedFile::default() })
}

fn staged(found: &mut BTreeMap<PathBuf, ChangedFile>, change: Staged) {
    let state = match &change {
        Staged::Addition { .. } => FileState::Added,
        Staged::Deletion { .. } => FileState::Deleted,
        Staged::Modification { previous_entry_mode, entry_mode, .. }
            if kind_of(*previous_entry_mode) != kind_of(*entry_mode) =>
        {
            FileState::Retyped
        }
        Staged::Modification { .. } => FileState::Modified,
        Staged::Rewrite { copy: true, .. } => FileState::Added,
        Staged::Rewrite { .. } => FileState::Renamed,
    };
    let file = entry(found, change.location());
    file.staged = Some(state);
    if let Staged::Rewrite { source_location, copy: false, .. } = &change {
        file.from = Some(path_of(source_location.as_ref()));
    }
}

/// Modes of one kind differ in whether the file can be run.
fn kind_of(mode: gix::index::entry::Mode) -> gix::index::entry::Mode {
    if mode == gix::index::entry::Mode::FILE_EXECUTABLE { gix::index::entry::Mode::FILE } else { mode }
}

fn unstaged(found: &mut BTreeMap<PathBuf, ChangedFile>, item: Unstaged) {
    let state = match &item {
        Unstaged::Modification { status: EntryStatus::Conflict { .. }, .. } => FileState::Conflicted,
        Unstaged::Modification { status: EntryStatus::IntentToAdd, .. } => FileState::Added,
        Unstaged::Modification { status: EntryStatus::NeedsUpdate(_), .. } => return,
        Unstaged::Modification { status: EntryStatus::Change(change), .. } => match change {
            Change::Removed => FileState::Deleted,
            Change::Type { .. } => FileState::Retyped,
            Change::Modification { .. } | Change::SubmoduleModification(_) => FileState::Modified,
        },
        Unstaged::DirectoryContents { entry, .. } if entry.status == gix::dir::entry::Status::Untracked => {
            FileState::Untracked
        }
        Unstaged::DirectoryContents { .. } => return,
        Unstaged::Rewrite { .. } => FileState::Renamed,
    };
    let path = item.rela_path().to_owned();
    let file = entry(found, path.as_ref());
    file.unstaged = Some(state);
    if state == FileState::Conflicted {
        // That the index has three sides is no change that was staged.
        file.staged = None;
    }
}

/// Is `path` this file, or within this untracked folder?
pub fn covers(file: &ChangedFile, path: &Path) -> bool {
    file.path == path || (file.unstaged == Some(FileState::Untracked) && path.starts_with(&file.path))
}
