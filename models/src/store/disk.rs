//! Files and folders of the store: walking, removing, sealing.

use super::{Leftover, LeftoverKind, StoreError};
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

pub(super) const PARTIAL: &str = "partial";
pub(super) const QUARANTINE: &str = "quarantine";
/// Folders below the root that are looked into: `<id>/<hash>/file`, `quarantine/<id>/file`.
const DEPTH: usize = 3;

/// Everything below `root` that is not in `known`.
pub(super) fn leftovers(root: &Path, known: &[PathBuf]) -> Result<Vec<Leftover>, StoreError> {
    let mut found = Vec::new();
    walk(root, DEPTH, &mut |path| {
        let Some(kind) = kind_of(root, path) else { return };
        if known.iter().all(|known| known != path) {
            let size = fs::symlink_metadata(path).map_or(0, |metadata| metadata.len());
            found.push(Leftover { kind, path: path.to_owned(), size });
        }
    })?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn kind_of(root: &Path, path: &Path) -> Option<LeftoverKind> {
    let inside = path.strip_prefix(root).ok()?;
    let folder = inside.components().next()?.as_os_str();
    if folder == PARTIAL {
        return (!is_locked(path)).then_some(LeftoverKind::Partial);
    }
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    match () {
        () if folder == QUARANTINE => Some(LeftoverKind::Quarantined),
        () if hidden => None,
        () => Some(LeftoverKind::Orphan),
    }
}

/// Whether a download (the file itself) or an import (the `.lock` beside it) is writing it now.
fn is_locked(path: &Path) -> bool {
    is_held(path) || is_held(&path.with_file_name(".lock"))
}

fn is_held(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| matches!(file.try_lock(), Err(fs::TryLockError::WouldBlock)))
}

fn walk(folder: &Path, depth: usize, visit: &mut dyn FnMut(&Path)) -> Result<(), StoreError> {
    let entries = fs::read_dir(folder).map_err(|cause| StoreError::io("read", folder, cause))?;
    for entry in entries.flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && depth > 1 => walk(&path, depth - 1, visit)?,
            Ok(kind) if kind.is_dir() => {}
            _ => visit(&path),
        }
    }
    Ok(())
}

/// Removes a file or link; one that is gone is fine. Returns the bytes that came free.
pub(super) fn remove(path: &Path) -> Result<u64, StoreError> {
    use std::os::unix::fs::MetadataExt;
    let freed = fs::symlink_metadata(path)
        .map_or(0, |file| if file.is_file() && file.nlink() == 1 { file.len() } else { 0 });
    match fs::remove_file(path) {
        Ok(()) => Ok(freed),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(0),
        Err(cause) => Err(StoreError::io("remove", path, cause)),
    }
}

/// Removes `folder` and those above it, below `root`, as long as they are empty.
pub(super) fn remove_empty_folders(root: &Path, folder: &Path) {
    for folder in folder.ancestors().take_while(|above| *above != root && above.starts_with(root)) {
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
}

/// Makes a finished file durable and read-only for everyone.
pub(crate) fn seal(file: &File, path: &Path) -> Result<(), StoreError> {
    file.set_permissions(Permissions::from_mode(0o444))
        .map_err(|cause| StoreError::io("seal", path, cause))?;
    file.sync_all().map_err(|cause| StoreError::io("sync", path, cause))
}

/// Makes renames in a folder durable; file systems that cannot do that are forgiven.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let opened = File::open(folder).map_err(|cause| StoreError::io("open", folder, cause))?;
    match opened.sync_all() {
        Err(cause) if !matches!(cause.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => {
            Err(StoreError::io("sync", folder, cause))
        }
        _ => Ok(()),
    }
}
