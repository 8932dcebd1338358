//! The system's trash: what is put in it can be brought back by us and by the file manager.
//!
//! On Linux that is the FreeDesktop trash, plain folders (no message to anybody is sent). On macOS things go to the Trash, from where the
//! Finder brings them back.

use std::path::{Path, PathBuf};

use crate::work::WorkError;

/// Something in the trash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trashed {
    /// Where it was.
    pub path: PathBuf,
    /// Its record in the trash; `None`: we do not find it again.
    info: Option<PathBuf>,
}

impl Trashed {
    /// Can it be brought back from here?
    pub fn can_return(&self) -> bool {
        self.info.is_some()
    }
}

/// Puts something in the trash; of a link the link alone.
///
/// # Errors
/// It is not there, or the trash does not take it.
pub fn put(path: &Path) -> Result<Trashed, WorkError> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::symlink_metadata(path).map_err(|error| WorkError::of(path, error))?;
    let sentence = |error: trash::Error| WorkError::NoTrash(path.to_owned(), reason(error));
    trash::delete(path).map_err(sentence)?;
    Ok(Trashed { path: path.to_owned(), info: imp::record_of(path, (found.dev(), found.ino())) })
}

/// What the system said, without our words around it.
fn reason(error: trash::Error) -> String {
    match error {
        trash::Error::Os { description, .. } | trash::Error::Unknown { description } => description,
        trash::Error::CouldNotAccess { .. } => "you lack the rights for it".to_owned(),
        trash::Error::TargetedRoot => "it is the root of a disk".to_owned(),
        #[cfg(not(target_os = "macos"))]
        trash::Error::FileSystem { source, .. } => source.to_string(),
        other => other.to_string(),
    }
}

/// Brings something back to where it was, if nothing else is there by now.
///
/// # Errors
/// Its place is taken, or it is not in the trash any more.
pub fn restore(trashed: &Trashed) -> Result<(), WorkError> {
    let info = trashed.info.as_ref().ok_or_else(|| WorkError::NotInTrash(trashed.path.clone()))?;
    imp::restore(info, &trashed.path)
}

#[cfg(not(target_os = "macos"))]
mod imp {
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    use std::path::{Path, PathBuf};

    use crate::work::{self, WorkError};

    /// The record of what was just deleted: the one with its name that is of the same file, else the latest.
    pub(super) fn record_of(path: &Path, (device, inode): (u64, u64)) -> Option<PathBuf> {
        let real = path.parent()?.canonicalize().ok()?.join(path.file_name()?);
        let mut items = trash::os_limited::list().ok()?;
        items.retain(|item| item.original_path() == real);
        let is_it = |info: &Path| {
            let found = content(info).and_then(|file| fs::symlink_metadata(file).ok());
            found.is_some_and(|found| (found.dev(), found.ino()) == (device, inode))
        };
        let of_file = items.iter().find(|item| is_it(Path::new(&item.id)));
        let latest = || items.iter().max_by_key(|item| item.time_deleted);
        of_file.or_else(latest).map(|item| PathBuf::from(&item.id))
    }

    /// Where the content lies whose record this is (Trash specification 1.0: `info/NAME.trashinfo`, `files/NAME`).
    fn content(info: &Path) -> Option<PathBuf> {
        Some(info.parent()?.parent()?.join("files").join(info.file_stem()?))
    }

    pub(super) fn restore(info: &Path, path: &Path) -> Result<(), WorkError> {
        let gone = || WorkError::NotInTrash(path.to_owned());
        let content = content(info).filter(|file| fs::symlink_metadata(file).is_ok()).ok_or_else(gone)?;
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| WorkError::of(folder, error))?;
        }
        work::relocate(&content, path)?;
        // It is back; a record that is left over only makes the file manager look once in vain.
        let _left_over = fs::remove_file(info);
        Ok(())
    }
}

#[cfg(target_os = "macos")]
mod imp {
    use std::path::{Path, PathBuf};

    use crate::work::WorkError;

    pub(super) fn record_of(_path: &Path, _file: (u64, u64)) -> Option<PathBuf> {
        None
    }

    pub(super) fn restore(_info: &Path, path: &Path) -> Result<(), WorkError> {
        Err(WorkError::NotInTrash(path.to_owned()))
    }
}
