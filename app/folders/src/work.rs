//! Creating, moving, copying and deleting, one step after the other. Nothing is ever overwritten: what is in the way is refused, goes to
//! the trash or keeps its place, as the person says. Each step that was done is told, and can be taken back.

mod copy;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::bin::{self, Trashed};
use crate::name;

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderWork {
    /// Make an empty file, and the folders above it.
    CreateFile(PathBuf),
    /// Make a folder, and those above it.
    CreateFolder(PathBuf),
    /// Give each of these another place or name.
    Move(Vec<(PathBuf, PathBuf)>, Clash),
    /// Put a copy of each of these somewhere else.
    Copy(Vec<(PathBuf, PathBuf)>, Clash),
    /// Copy each beside itself, under a name that is free.
    Duplicate(Vec<PathBuf>),
    /// Put these in the system's trash.
    Trash(Vec<PathBuf>),
    /// Delete these for good.
    Delete(Vec<PathBuf>),
    /// Take steps back that were done, the last one first.
    TakeBack(Vec<FolderStep>),
}

/// What becomes of something that is in the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Clash {
    /// Nothing is done at all.
    #[default]
    Refuse,
    /// It goes to the trash.
    Replace,
    /// It stays, and what comes gets a name that is free.
    KeepBoth,
}

/// Something that was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FolderStep {
    /// A file, a folder or a copy was made.
    Made(PathBuf),
    /// The first is now the second.
    Moved(PathBuf, PathBuf),
    /// Something is in the trash.
    Trashed(Trashed),
    /// Something is back from the trash.
    Restored(PathBuf),
    /// Something is gone for good.
    Deleted(PathBuf),
}

/// What came of it: what was done before it ended, and why it ended early.
#[derive(Debug, Default)]
pub struct FolderOutcome {
    /// In order.
    pub steps: Vec<FolderStep>,
    /// The rest was not done.
    pub error: Option<WorkError>,
}

/// Why something was not done. Each is a sentence with a way out.
#[derive(Debug, thiserror::Error)]
pub enum WorkError {
    /// Something has these names already.
    #[error("{} exists already. Choose another name.", named(.0))]
    Exists(Vec<PathBuf>),
    /// What was to be worked on is gone.
    #[error("{} is no longer there. Another program moved or deleted it.", shown(.0))]
    Vanished(PathBuf),
    /// The system does not permit it.
    #[error("{} may not be changed: you lack the rights for it or for its folder. Change them, or ask the owner.", shown(.0))]
    Denied(PathBuf),
    /// The file system is read-only.
    #[error("{} cannot be changed: its disk is mounted read-only.", shown(.0))]
    ReadOnlyDisk(PathBuf),
    /// No room.
    #[error("{} was not written: the disk is full. Make room and try again.", shown(.0))]
    DiskFull(PathBuf),
    /// A folder would end up in itself.
    #[error("{} cannot be put into itself. Choose a folder outside of it.", shown(.0))]
    IntoItself(PathBuf),
    /// The file system does not take the name.
    #[error("The disk does not take the name “{}”. Choose another one.", shown(.0))]
    BadName(PathBuf),
    /// A pipe, a device or a socket.
    #[error("{} is no file, folder or link, and cannot be copied.", shown(.0))]
    NotCopied(PathBuf),
    /// The trash does not take it.
    #[error("{} cannot be put in the trash: {}. Nothing was deleted; you can delete it for good.", shown(.0), .1)]
    NoTrash(PathBuf, String),
    /// It is not in the trash any more.
    #[error("{} is no longer in the trash, so it cannot be brought back.", shown(.0))]
    NotInTrash(PathBuf),
    /// Something else.
    #[error("{}: {}.", shown(.0), .1)]
    Io(PathBuf, io::Error),
}

fn shown(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn named(paths: &[PathBuf]) -> String {
    match paths {
        [] => "Something of this name".to_owned(),
        [one] => shown(one),
        [first, rest @ ..] => format!("{} (and {} more)", shown(first), rest.len()),
    }
}

impl WorkError {
    /// What the system said about this path.
    pub(crate) fn of(path: &Path, error: io::Error) -> WorkError {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty => WorkError::Exists(vec![path]),
            io::ErrorKind::NotFound => WorkError::Vanished(path),
            io::ErrorKind::PermissionDenied => WorkError::Denied(path),
            io::ErrorKind::ReadOnlyFilesystem => WorkError::ReadOnlyDisk(path),
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => WorkError::DiskFull(path),
            io::ErrorKind::InvalidFilename => WorkError::BadName(path),
            _ => WorkError::Io(path, error),
        }
    }
}

/// Does it. Takes time: not for the window's thread.
pub fn run(work: FolderWork) -> FolderOutcome {
    let mut steps = Vec::new();
    let error = go(work, &mut steps).err();
    FolderOutcome { steps, error }
}

fn go(work: FolderWork, steps: &mut Vec<FolderStep>) -> Result<(), WorkError> {
    match work {
        FolderWork::CreateFile(path) => {
            make_folders(path.parent(), steps)?;
            let made = OpenOptions::new().write(true).create_new(true).open(&path);
            made.map_err(|error| WorkError::of(&path, error))?;
            note_made(steps, path);
        }
        FolderWork::CreateFolder(path) => {
            make_folders(path.parent(), steps)?;
            fs::create_dir(&path).map_err(|error| WorkError::of(&path, error))?;
            note_made(steps, path);
        }
        FolderWork::Move(pairs, clash) => each(&pairs, clash, steps, |from, to, steps| {
            relocate(from, to)?;
            steps.push(FolderStep::Moved(from.to_owned(), to.to_owned()));
            Ok(())
        })?,
        FolderWork::Copy(pairs, clash) => each(&pairs, clash, steps, |from, to, steps| {
            copy::tree(from, to)?;
            steps.push(FolderStep::Made(to.to_owned()));
            Ok(())
        })?,
        FolderWork::Duplicate(paths) => {
            for path in paths {
                let to = name::of_copy(&path, exists);
                copy::tree(&path, &to)?;
                steps.push(FolderStep::Made(to));
            }
        }
        FolderWork::Trash(paths) => {
            for path in name::topmost(paths) {
                steps.push(FolderStep::Trashed(bin::put(&path)?));
            }
        }
        FolderWork::Delete(paths) => {
            for path in name::topmost(paths) {
                delete(&path)?;
                steps.push(FolderStep::Deleted(path));
            }
        }
        FolderWork::TakeBack(done) => {
            for step in done.into_iter().rev() {
                take_back(step, steps)?;
            }
        }
    }
    Ok(())
}

fn take_back(step: FolderStep, steps: &mut Vec<FolderStep>) -> Result<(), WorkError> {
    match step {
        // What was put into it since goes to the trash with it, where it can be had again.
        FolderStep::Made(path) | FolderStep::Restored(path) => {
            steps.push(FolderStep::Trashed(bin::put(&path)?));
        }
        FolderStep::Moved(from, to) => {
            relocate(&to, &from)?;
            steps.push(FolderStep::Moved(to, from));
        }
        FolderStep::Trashed(trashed) => {
            bin::restore(&trashed)?;
            steps.push(FolderStep::Restored(trashed.path));
        }
        FolderStep::Deleted(_) => {}
    }
    Ok(())
}

impl FolderOutcome {
    /// What takes it back; `None`: nothing can.
    pub fn undo(&self) -> Option<FolderWork> {
        let steps: Vec<FolderStep> =
            self.steps.iter().filter(|step| !matches!(step, FolderStep::Deleted(_))).cloned().collect();
        let whole = steps.iter().all(|step| !matches!(step, FolderStep::Trashed(item) if !item.can_return()));
        (!steps.is_empty() && whole).then_some(FolderWork::TakeBack(steps))
    }
}

/// Is there anything of this name, be it a link that leads nowhere?
fn exists(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

/// Are these two names of one thing, as `a` and `A` are on some disks?
fn is_same(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let of = |path| fs::symlink_metadata(path).map(|found| (found.dev(), found.ino())).ok();
    let alike = one.to_string_lossy().to_lowercase() == other.to_string_lossy().to_lowercase();
    alike && of(one).is_some() && of(one) == of(other)
}

fn make_folders(folder: Option<&Path>, steps: &mut Vec<FolderStep>) -> Result<(), WorkError> {
    let Some(folder) = folder.filter(|folder| !folder.is_dir()) else { return Ok(()) };
    make_folders(folder.parent(), steps)?;
    fs::create_dir(folder).map_err(|error| WorkError::of(folder, error))?;
    note_made(steps, folder.to_owned());
    Ok(())
}

/// Something was made. What is made within what was made before goes away with it.
fn note_made(steps: &mut Vec<FolderStep>, path: PathBuf) {
    let covered = steps.iter().any(|step| matches!(step, FolderStep::Made(above) if path.starts_with(above)));
    if !covered {
        steps.push(FolderStep::Made(path));
    }
}

type One<'a> = &'a mut dyn FnMut(&Path, &Path, &mut Vec<FolderStep>) -> Result<(), WorkError>;

/// Does something with each pair. What is in the way is looked for before anything is done.
fn each(
    pairs: &[(PathBuf, PathBuf)],
    clash: Clash,
    steps: &mut Vec<FolderStep>,
    mut one: impl FnMut(&Path, &Path, &mut Vec<FolderStep>) -> Result<(), WorkError>,
) -> Result<(), WorkError> {
    for (from, to) in pairs {
        if !exists(from) {
            return Err(WorkError::Vanished(from.clone()));
        }
        if to != from && to.starts_with(from) {
            return Err(WorkError::IntoItself(from.clone()));
        }
    }
    let is_taken = |(from, to): &&(PathBuf, PathBuf)| exists(to) && !is_same(from, to);
    let taken: Vec<PathBuf> = pairs.iter().filter(is_taken).map(|(_, to)| to.clone()).collect();
    if clash == Clash::Refuse && !taken.is_empty() {
        return Err(WorkError::Exists(taken));
    }
    pairs.iter().try_for_each(|(from, to)| to_place(from, to, clash, steps, &mut one))
}

fn to_place(
    from: &Path,
    to: &Path,
    clash: Clash,
    steps: &mut Vec<FolderStep>,
    one: One<'_>,
) -> Result<(), WorkError> {
    if !exists(to) || is_same(from, to) {
        return one(from, to, steps);
    }
    match clash {
        Clash::Refuse => Err(WorkError::Exists(vec![to.to_owned()])),
        Clash::KeepBoth => one(from, &name::of_copy(to, exists), steps),
        // What would take the place lies in what it would replace.
        Clash::Replace if from.starts_with(to) => Err(WorkError::IntoItself(to.to_owned())),
        Clash::Replace => {
            steps.push(FolderStep::Trashed(bin::put(to)?));
            one(from, to, steps)
        }
    }
}

/// Gives something another place. What is there already is never replaced, not even in the moment between look and deed, where the
/// file system can promise that.
pub(crate) fn relocate(from: &Path, to: &Path) -> Result<(), WorkError> {
    if from == to {
        return Ok(());
    }
    if !exists(from) {
        return Err(WorkError::Vanished(from.to_owned()));
    }
    let renamed = rename_new(from, to).or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists if is_same(from, to) => fs::rename(from, to),
        // The file system does not know «not over another one».
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported if !exists(to) => fs::rename(from, to),
        io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported => Err(io::ErrorKind::AlreadyExists.into()),
        _ => Err(error),
    });
    match renamed {
        Ok(()) => Ok(()),
        // Another disk: the old one goes only when the new one is whole.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            copy::tree(from, to)?;
            delete(from)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(WorkError::Vanished(to.parent().unwrap_or(to).to_owned()))
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            Err(WorkError::Denied(from.to_owned()))
        }
        Err(error) => Err(WorkError::of(to, error)),
    }
}

fn rename_new(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE).map_err(io::Error::from)
}

/// Deletes for good; of a link the link alone.
pub(crate) fn delete(path: &Path) -> Result<(), WorkError> {
    let told = |error| WorkError::of(path, error);
    let found = fs::symlink_metadata(path).map_err(told)?;
    if found.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.map_err(told)
}

#[cfg(test)]
mod tests;
