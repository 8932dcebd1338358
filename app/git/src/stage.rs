//! Changing what is staged: the index, under its own lock.

use std::collections::HashSet;
use std::io::Write as _;
use std::ops::Range;
use std::path::{Path, PathBuf};

use gix::ObjectId;
use gix::bstr::{BStr, BString, ByteSlice as _};
use gix::index::entry::{Flags, Mode, Stage, Stat};
use gix::lock::acquire::Fail;

use crate::content::{as_kept, blob_id, bytes_of, head_entry, is_file};
use crate::lines::{self, LineChange};
use crate::{Against, GitError, KeptFile, Repository};

impl Repository {
    /// Stages a file as it is on disk, its absence included; a folder with all that is in it and not ignored.
    ///
    /// # Errors
    /// The file cannot be read or is kept by way of a program, or the index cannot be changed now.
    pub fn stage(&self, path: &Path) -> Result<(), GitError> {
        let full = self.root.join(path);
        let is_folder = full.symlink_metadata().is_ok_and(|metadata| metadata.is_dir());
        let paths = if is_folder { self.untracked_in(path)? } else { vec![path.to_owned()] };
        self.stage_all(&paths)
    }

    /// Stages several files in one change of the index.
    ///
    /// # Errors
    /// As [`Repository::stage`]; then nothing is staged.
    pub fn stage_all(&self, paths: &[impl AsRef<Path>]) -> Result<(), GitError> {
        let repository = self.local();
        let wanted = paths
            .iter()
            .map(|path| Ok((bytes_of(path.as_ref())?, self.on_disk(&repository, path.as_ref())?)))
            .collect::<Result<Vec<WantedEntry>, GitError>>()?;
        self.change(|index| {
            put(index, &wanted);
            Ok(())
        })
    }

    /// Takes files out of what is staged: they are there as in the last commit.
    ///
    /// # Errors
    /// The index cannot be changed now.
    pub fn unstage(&self, paths: &[impl AsRef<Path>]) -> Result<(), GitError> {
        let repository = self.local();
        let committed = |path: &Path| match head_entry(&repository, path)? {
            Some((mode, id)) if !mode.is_tree() => Ok(Some((mode_of(mode)?, id, Stat::default()))),
            _ => Ok(None),
        };
        let wanted = paths
            .iter()
            .map(|path| Ok((bytes_of(path.as_ref())?, committed(path.as_ref())?)))
            .collect::<Result<Vec<WantedEntry>, GitError>>()?;
        self.change(|index| {
            put(index, &wanted);
            Ok(())
        })
    }

    /// Makes `text` what is staged of a file, which has `known` there now; `None`: nothing.
    ///
    /// # Errors
    /// Something else is there by now, or the index cannot be changed.
    pub fn stage_text(&self, path: &Path, known: Option<ObjectId>, text: &[u8]) -> Result<(), GitError> {
        let repository = self.local();
        let name = bytes_of(path)?;
        let id = repository.write_blob(text).map_err(GitError::of("Writing the staged text"))?.detach();
        let full = self.root.join(path);
        let executable = self.mode_on_disk(&full).unwrap_or(Mode::FILE);
        self.change(|index| {
            if index.entry_by_path_and_stage(name.as_ref(), Stage::Unconflicted).is_none()
                && index.entry_range(name.as_ref()).is_some()
            {
                return Err(GitError::Conflicted(path.to_owned()));
            }
            let there = index
                .entry_by_path_and_stage(name.as_ref(), Stage::Unconflicted)
                .filter(|entry| !entry.flags.contains(Flags::INTENT_TO_ADD))
                .map(|entry| (entry.id, entry.mode));
            if there.map(|(id, _)| id) != known {
                return Err(GitError::Moved(path.to_owned()));
            }
            let mode = match there {
                Some((_, mode)) if is_file(mode) => mode,
                Some(_) => return Err(GitError::NoFile(path.to_owned())),
                None => executable,
            };
            put(index, &[(name.clone(), Some((mode, id, Stat::default())))]);
            Ok(())
        })
    }

    /// Stages what differs in some lines of a text, which may not be on disk yet. Lines count from 0.
    ///
    /// # Errors
    /// Nothing differs there, the file has no lines, or the index cannot be changed.
    pub fn stage_lines(&self, path: &Path, content: &[u8], wanted: &[Range<usize>]) -> Result<(), GitError> {
        let now = self.as_kept(path, content)?;
        let kept = self.kept(path, Against::Index)?;
        let known = kept.id();
        let staged = match kept {
            KeptFile::Blob(text, _) => text,
            KeptFile::Nothing => Vec::new(),
            KeptFile::Conflict => return Err(GitError::Conflicted(path.to_owned())),
            KeptFile::NoText => return Err(GitError::NoFile(path.to_owned())),
        };
        let all = lines::changes(&staged, &now);
        let mut chosen: Vec<LineChange> =
            wanted.iter().flat_map(|lines| lines::within(&all, lines)).collect();
        chosen.sort_by_key(|change| (change.old.start, change.new.start));
        chosen.dedup();
        if chosen.is_empty() {
            return Err(GitError::NothingDiffers(path.to_owned()));
        }
        self.stage_text(path, known, &lines::apply(&staged, &now, &chosen))
    }

    /// Locks the index, reads it anew, changes it and puts it in its place.
    fn change(
        &self,
        change: impl FnOnce(&mut gix::index::File) -> Result<(), GitError>,
    ) -> Result<(), GitError> {
        let mut held = self.hold_index(&self.local())?;
        change(&mut held.index)?;
        held.written()?.put_in_place()
    }

    /// Locks the index and reads it anew. Whoever lets go of it without writing leaves it as it was.
    pub(crate) fn hold_index(&self, repository: &gix::Repository) -> Result<HeldIndex, GitError> {
        let path = repository.index_path();
        let lock = gix::lock::File::acquire_to_update_resource(&path, Fail::Immediately, None, 0);
        let lock = lock.map_err(|error| {
            let held = path.with_extension("lock");
            if held.exists() { GitError::Locked(held) } else { GitError::of(WRITING)(error) }
        })?;
        let mut index = match path.exists() {
            true => repository.open_index().map_err(GitError::of("Reading the index"))?,
            false => gix::index::File::from_state(gix::index::State::new(repository.object_hash()), &path),
        };
        if index.is_sparse() {
            return Err(GitError::Sparse);
        }
        self.unmask(repository, &mut index)?;
        Ok(HeldIndex { lock, index, path })
    }

    /// Lets files be read again that changed in the second in which the index was written last. By size and times, in seconds, they are
    /// as the index knows them; that they may differ follows from the time of the index alone, which moves on when it is written. One
    /// that does differ gets the size 0, as git does it (racy-git.txt in git's documentation).
    fn unmask(&self, repository: &gix::Repository, index: &mut gix::index::File) -> Result<(), GitError> {
        let options = repository.stat_options().map_err(GitError::of("Reading the settings"))?;
        let written = index.timestamp();
        for (entry, path) in index.entries_mut_with_paths() {
            let is_known = entry.stage() == Stage::Unconflicted && entry.stat.size > 0;
            if !is_known || !entry.stat.is_racy(written, options) {
                continue;
            }
            let differs = match self.read_disk(repository, &crate::content::path_of(path)) {
                Ok(Some((_, content, stat))) => {
                    stat.matches(&entry.stat, options) && blob_id(repository, &content)? != entry.id
                }
                // That it is gone is seen without reading it.
                Ok(None) => false,
                Err(_) => true,
            };
            if differs {
                entry.stat.size = 0;
            }
        }
        Ok(())
    }

    /// What would be staged of a file as it is on disk; `None`: it is gone.
    fn on_disk(
        &self,
        repository: &gix::Repository,
        path: &Path,
    ) -> Result<Option<(Mode, ObjectId, Stat)>, GitError> {
        let Some((mode, content, stat)) = self.read_disk(repository, path)? else { return Ok(None) };
        let id = repository.write_blob(&content).map_err(GitError::of("Writing the staged file"))?;
        Ok(Some((mode, id.detach(), stat)))
    }

    /// A file as it is on disk, its content as git would keep it; `None`: it is gone.
    fn read_disk(
        &self,
        repository: &gix::Repository,
        path: &Path,
    ) -> Result<Option<(Mode, Vec<u8>, Stat)>, GitError> {
        let full = self.root.join(path);
        let metadata = match gix::index::fs::Metadata::from_path_no_follow(&full) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => return Ok(None),
            Err(error) => return Err(GitError::io(&full)(error)),
        };
        let (mode, content) = if metadata.is_symlink() {
            let to = std::fs::read_link(&full).map_err(GitError::io(&full))?;
            (Mode::SYMLINK, bytes_of(&to)?.into())
        } else if metadata.is_file() {
            let mode = if metadata.is_executable() { Mode::FILE_EXECUTABLE } else { Mode::FILE };
            let content = std::fs::read(&full).map_err(GitError::io(&full))?;
            (mode, as_kept(repository, path, &content)?)
        } else {
            return Err(GitError::NoFile(path.to_owned()));
        };
        let stat = Stat::from_fs(&metadata).map_err(GitError::of("Reading the file's times"))?;
        Ok(Some((mode, content, stat)))
    }

    fn mode_on_disk(&self, full: &Path) -> Option<Mode> {
        let metadata = gix::index::fs::Metadata::from_path_no_follow(full).ok()?;
        Some(if metadata.is_executable() { Mode::FILE_EXECUTABLE } else { Mode::FILE })
    }

    /// The files in a folder that git does not know and does not ignore.
    fn untracked_in(&self, folder: &Path) -> Result<Vec<PathBuf>, GitError> {
        const WHAT: &str = "Listing the folder";
        let repository = self.local();
        let mut pattern = BString::from(":(top,literal)");
        pattern.extend_from_slice(bytes_of(folder)?.as_ref());
        let platform = repository
            .status(gix::progress::Discard)
            .map_err(GitError::of(WHAT))?
            .untracked_files(gix::status::UntrackedFiles::Files)
            .index_worktree_submodules(None);
        let items = platform.into_index_worktree_iter(vec![pattern]).map_err(GitError::of(WHAT))?;
        let mut paths = Vec::new();
        for item in items {
            let item = item.map_err(GitError::of(WHAT))?;
            if let gix::status::index_worktree::Item::DirectoryContents { entry, .. } = &item
                && entry.status == gix::dir::entry::Status::Untracked
                && entry.disk_kind != Some(gix::dir::entry::Kind::Repository)
            {
                paths.push(crate::content::path_of(entry.rela_path.as_ref()));
            }
        }
        Ok(paths)
    }
}

impl KeptFile {
    /// The name among objects of what is kept.
    pub fn id(&self) -> Option<ObjectId> {
        match self {
            KeptFile::Blob(_, id) => Some(*id),
            _ => None,
        }
    }
}

/// What is tried when the index is written.
const WRITING: &str = "Writing the index";

/// The index under its lock.
pub(crate) struct HeldIndex {
    lock: gix::lock::File,
    /// As it is to be.
    pub(crate) index: gix::index::File,
    path: PathBuf,
}

impl HeldIndex {
    /// Writes it beside the one there is.
    pub(crate) fn written(mut self) -> Result<WrittenIndex, GitError> {
        // What it says of folders is no longer true, and of files that were watched neither.
        self.index.remove_tree();
        self.index.remove_resolve_undo();
        let mut out = std::io::BufWriter::with_capacity(64 << 10, self.lock);
        let options = gix::index::write::Options::default();
        self.index.write_to(&mut out, options).map_err(GitError::of(WRITING))?;
        out.flush().map_err(GitError::io(&self.path))?;
        let lock = out.into_inner().map_err(|error| GitError::io(&self.path)(error.into_error()))?;
        Ok(WrittenIndex(lock))
    }
}

/// An index that lies beside the one there is, under the lock.
pub(crate) struct WrittenIndex(gix::lock::File);

impl WrittenIndex {
    /// From now on it is the index.
    pub(crate) fn put_in_place(self) -> Result<(), GitError> {
        self.0.commit().map(drop).map_err(GitError::of(WRITING))
    }
}

pub(crate) fn mode_of(mode: gix::object::tree::EntryMode) -> Result<Mode, GitError> {
    let unknown =
        || GitError::Broken { what: "Reading the last commit", why: "a file has an unknown kind".into() };
    Mode::from_bits(u32::from(mode.value())).ok_or_else(unknown)
}

/// A file as the index is to have it; `None`: not at all.
pub(crate) type WantedEntry = (BString, Option<(Mode, ObjectId, Stat)>);

/// Puts entries in the place of all that the index has for their paths, conflicts included. A file takes the place of a folder with its
/// name and the other way round.
pub(crate) fn put(index: &mut gix::index::State, wanted: &[WantedEntry]) {
    let gone: HashSet<&BStr> = wanted.iter().map(|(name, _)| name.as_ref()).collect();
    let new: HashSet<&BStr> =
        wanted.iter().filter(|(_, entry)| entry.is_some()).map(|(name, _)| name.as_ref()).collect();
    let above: HashSet<&BStr> = new.iter().flat_map(|name| folders_of(name)).collect();
    index.remove_entries(|_, path, _| {
        gone.contains(path) || above.contains(path) || folders_of(path).any(|folder| new.contains(folder))
    });
    for (name, entry) in wanted {
        if let Some((mode, id, stat)) = *entry {
            index.dangerously_push_entry(stat, id, Flags::empty(), mode, name.as_ref());
        }
    }
    index.sort_entries();
}

/// The folders that a path leads through.
pub(crate) fn folders_of(path: &BStr) -> impl Iterator<Item = &BStr> {
    path.iter().enumerate().filter(|(_, byte)| **byte == b'/').map(|(at, _)| path[..at].as_bstr())
}
