//! The folder of a repository's files: what is there as git would keep it, and writing that is whole or not at all.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use gix::bstr::{BStr, BString};
use gix::index::entry::{Mode, Stat};
use gix::worktree::stack::state::attributes::Source;

use super::rules::Rules;
use crate::GitError;
use crate::content::{blob_id, bytes_of, path_of};
use crate::stage::folders_of;
use crate::tree::Entry;

/// Longest file that is compared, in bytes. Who has longer ones changed switches with git.
const MAX_FILE: u64 = 1 << 30;
/// How the name of a file begins that is not whole yet.
const UNFINISHED: &str = ".localcoder-";

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing, or the way there leads through a link or a file.
    Nothing,
    /// A file or a link, as git would keep it.
    File(Entry, Stat),
    /// A folder.
    Folder,
    /// A pipe, a device.
    Other,
}

/// The same without looking into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Now {
    Nothing,
    File(Stat),
    Folder,
    Other,
}

/// The files as they are.
pub(super) struct DiskFiles<'r> {
    repository: &'r gix::Repository,
    root: PathBuf,
    index: gix::worktree::Index,
    rules: Rules<'r>,
    /// Whether a file can be run is kept by the file system.
    runs: bool,
    /// It has links.
    links: bool,
}

impl<'r> DiskFiles<'r> {
    pub(super) fn new(repository: &'r gix::Repository, root: &Path) -> Result<DiskFiles<'r>, GitError> {
        let index = repository.index_or_empty().map_err(GitError::of("Reading the index"))?;
        let rules = Rules::new(repository, &index, Source::WorktreeThenIdMapping)?;
        let able = repository.filesystem_options().map_err(GitError::of("Reading the configuration"))?;
        Ok(DiskFiles {
            repository,
            root: root.to_owned(),
            index,
            rules,
            runs: able.executable_bit,
            links: able.symlink,
        })
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    fn full(&self, path: &BStr) -> PathBuf {
        self.root.join(path_of(path))
    }

    /// The first part of the way to a path that is no folder.
    pub(super) fn blocker(&self, path: &BStr) -> Result<Option<BString>, GitError> {
        for folder in folders_of(path) {
            match self.kind(folder)? {
                Some(kind) if kind.is_dir() => {}
                Some(_) => return Ok(Some(folder.to_owned())),
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    /// What kind of thing is at a path, links not followed.
    pub(super) fn kind(&self, path: &BStr) -> Result<Option<std::fs::FileType>, GitError> {
        use std::io::ErrorKind::{NotADirectory, NotFound};
        let full = self.full(path);
        match full.symlink_metadata() {
            Ok(metadata) => Ok(Some(metadata.file_type())),
            Err(error) if matches!(error.kind(), NotFound | NotADirectory) => Ok(None),
            Err(error) => Err(GitError::io(&full)(error)),
        }
    }

    /// What is at a path.
    pub(super) fn find(&mut self, path: &BStr, keep: bool) -> Result<Found, GitError> {
        if self.blocker(path)?.is_some() || self.kind(path)?.is_none() {
            return Ok(Found::Nothing);
        }
        let full = self.full(path);
        let metadata = gix::index::fs::Metadata::from_path_no_follow(&full).map_err(GitError::io(&full))?;
        let (mode, content) = if metadata.is_dir() {
            return Ok(Found::Folder);
        } else if metadata.is_symlink() {
            let to = std::fs::read_link(&full).map_err(GitError::io(&full))?;
            (Mode::SYMLINK, bytes_of(&to)?.into())
        } else if metadata.is_file() {
            if metadata.len() > MAX_FILE {
                return Err(GitError::TooLong(path_of(path)));
            }
            let mode = if metadata.is_executable() { Mode::FILE_EXECUTABLE } else { Mode::FILE };
            let content = std::fs::read(&full).map_err(GitError::io(&full))?;
            (mode, self.rules.for_git(path, &content, &self.index)?)
        } else {
            return Ok(Found::Other);
        };
        let id = match keep {
            true => self.repository.write_blob(&content).map_err(GitError::of("Keeping a file"))?.detach(),
            false => blob_id(self.repository, &content)?,
        };
        let stat = Stat::from_fs(&metadata).map_err(GitError::of("Reading the file's times"))?;
        Ok(Found::File((mode, id), stat))
    }

    /// Is what was found what is kept, as far as this file system can tell?
    pub(super) fn is_same(&self, kept: Entry, found: Entry) -> bool {
        let plain = |mode: Mode| match mode {
            Mode::FILE_EXECUTABLE if !self.runs => Mode::FILE,
            Mode::SYMLINK if !self.links => Mode::FILE,
            mode => mode,
        };
        kept.1 == found.1 && plain(kept.0) == plain(found.0)
    }

    /// What is at a path in this moment.
    pub(super) fn now(&self, path: &BStr) -> Result<Now, GitError> {
        if self.blocker(path)?.is_some() || self.kind(path)?.is_none() {
            return Ok(Now::Nothing);
        }
        let full = self.full(path);
        let metadata = gix::index::fs::Metadata::from_path_no_follow(&full).map_err(GitError::io(&full))?;
        if metadata.is_dir() {
            return Ok(Now::Folder);
        }
        if !metadata.is_file() && !metadata.is_symlink() {
            return Ok(Now::Other);
        }
        Stat::from_fs(&metadata).map(Now::File).map_err(GitError::of("Reading the file's times"))
    }

    /// The content of a file by the attributes that were staged.
    pub(super) fn old_content(&mut self, path: &BStr, entry: Entry) -> Result<Vec<u8>, GitError> {
        Rules::new(self.repository, &self.index, Source::IdMapping)?.content(path, entry)
    }

    /// Makes the folders that lead to a path. Links on the way are no folders.
    pub(super) fn make_folders(&self, path: &BStr) -> Result<(), GitError> {
        folders_of(path).try_for_each(|folder| self.make_folder(folder))
    }

    pub(super) fn make_folder(&self, path: &BStr) -> Result<(), GitError> {
        match self.kind(path)? {
            Some(kind) if kind.is_dir() => Ok(()),
            Some(_) => Err(GitError::ChangedMeanwhile(path_of(path))),
            None => {
                let full = self.full(path);
                std::fs::create_dir(&full).map_err(GitError::io(&full))
            }
        }
    }

    /// Removes a file, and the folders that are empty without it.
    pub(super) fn remove_file(&self, path: &BStr) -> Result<(), GitError> {
        let full = self.full(path);
        std::fs::remove_file(&full).map_err(GitError::io(&full))?;
        self.prune(path);
        Ok(())
    }

    /// Removes the folders that lead to a path and are empty. None is removed on the other side of a link.
    pub(super) fn prune(&self, path: &BStr) {
        let above: Vec<&BStr> = folders_of(path).collect();
        for folder in above.into_iter().rev() {
            let is_own = self.blocker(folder).is_ok_and(|blocker| blocker.is_none());
            if is_own && std::fs::remove_dir(self.full(folder)).is_err_and(|error| !is_missing(&error)) {
                break;
            }
        }
    }

    /// Removes a folder if nothing is in it.
    pub(super) fn remove_empty(&self, path: &BStr) {
        // One that is not empty stays, as with git.
        let _stays = std::fs::remove_dir(self.full(path));
    }

    /// Removes a folder in which there are only folders.
    pub(super) fn clear_empty(&self, path: &BStr) -> Result<(), GitError> {
        fn clear(folder: &Path) -> std::io::Result<()> {
            for entry in std::fs::read_dir(folder)? {
                let entry = entry?;
                if entry.file_type()?.is_dir() {
                    clear(&entry.path())?;
                }
            }
            std::fs::remove_dir(folder)
        }
        clear(&self.full(path)).map_err(|_| GitError::ChangedMeanwhile(path_of(path)))
    }

    /// Writes a file beside its place and puts it there. `there`: what was found, which must be so still; `None`: nothing may be there.
    pub(super) fn write(
        &self,
        path: &BStr,
        mode: Mode,
        content: &[u8],
        there: Option<Stat>,
    ) -> Result<(), GitError> {
        let full = self.full(path);
        let folder = full.parent().unwrap_or(&self.root);
        if mode == Mode::SYMLINK && self.links {
            let to = path_of(content.into());
            let link = tempfile::Builder::new().prefix(UNFINISHED).make_in(folder, |at| link(&to, at));
            return self.put(path, link.map_err(GitError::io(&full))?, there);
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix(UNFINISHED);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let bits = if mode == Mode::FILE_EXECUTABLE { 0o777 } else { 0o666 };
            builder.permissions(std::fs::Permissions::from_mode(bits));
        }
        let mut file = builder.tempfile_in(folder).map_err(GitError::io(&full))?;
        file.write_all(content).map_err(GitError::io(&full))?;
        self.put(path, file, there)
    }

    fn put<F>(
        &self,
        path: &BStr,
        unfinished: tempfile::NamedTempFile<F>,
        there: Option<Stat>,
    ) -> Result<(), GitError> {
        let full = self.full(path);
        let put = match there {
            None => unfinished.persist_noclobber(&full),
            Some(seen) if self.now(path)? == Now::File(seen) => unfinished.persist(&full),
            Some(_) => return Err(GitError::ChangedMeanwhile(path_of(path))),
        };
        put.map(drop).map_err(|failed| match failed.error.kind() {
            std::io::ErrorKind::AlreadyExists => GitError::ChangedMeanwhile(path_of(path)),
            _ => GitError::io(&full)(failed.error),
        })
    }
}

fn is_missing(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::NotFound
}

#[cfg(unix)]
fn link(to: &Path, at: &Path) -> std::io::Result<()> {
    std::os::unix::fs::symlink(to, at)
}

#[cfg(not(unix))]
fn link(_to: &Path, _at: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
