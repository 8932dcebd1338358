//! Small files of our own (session, settings, what memory ran out for), written as a whole by the way that the user's files are
//! saved: a crash or a fault leaves the old one, and nothing beside. Who changes such a file holds the lock of its folder from
//! reading to writing, so that no window undoes what another wrote.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use editor_core::disk::{Disk, RealDisk};
use editor_core::file::{SaveError, replace_own};
use ground::lock;

/// Writes a file, and the folders that it lies in. A link stays a link. A new file can be read by its owner alone when it is
/// `private`; one that is there keeps its mode.
///
/// # Errors
/// A folder or the file cannot be written.
pub fn write(path: &Path, content: impl AsRef<[u8]>, private: bool) -> Result<(), SaveError> {
    let step = "making its folder";
    let made = std::fs::create_dir_all(folder(path));
    made.map_err(|source| SaveError::Io { path: path.to_owned(), step, source })?;
    replace_own(&RealDisk, path, content.as_ref(), private)
}

/// Nobody else changes the files of a folder while this is held.
#[must_use]
#[derive(Debug)]
pub struct Lock {
    _folder: File,
}

/// Locks the folder that a file lies in, which is made when it is not there.
///
/// # Errors
/// The folder cannot be made, or another process holds its lock and does not let go.
pub fn lock(path: &Path) -> io::Result<Lock> {
    let folder = folder(path);
    std::fs::create_dir_all(&folder)?;
    let folder = File::open(folder)?;
    lock::exclusive(&folder)?;
    Ok(Lock { _folder: folder })
}

/// The folder of the file itself, behind links.
fn folder(path: &Path) -> PathBuf {
    let real = RealDisk.resolve(path).unwrap_or_else(|_| path.to_owned());
    let folder = real.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new(".")).to_owned()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn what_cannot_be_written_leaves_the_old_one_and_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        // A folder cannot be replaced by a file.
        let path = folder.path().join("taken");
        std::fs::create_dir(&path).unwrap();
        write(&path, "new", true).unwrap_err();
        assert!(path.is_dir());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn folders_are_made_links_stay_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("deep/file.json"), folder.path().join("deep/link"));
        write(&path, "one", false).unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link, b"two", false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).unwrap().count(), 2);
    }

    #[test]
    fn a_mode_is_kept_and_a_new_private_file_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let (old, private) = (folder.path().join("old"), folder.path().join("private"));
        std::fs::write(&old, "old").unwrap();
        std::fs::set_permissions(&old, PermissionsExt::from_mode(0o640)).unwrap();
        write(&old, "new", true).unwrap();
        write(&private, "new", true).unwrap();
        assert_eq!((mode(&old), mode(&private)), (0o640, 0o600));
    }

    #[test]
    fn somebodys_file_of_a_name_like_ours_is_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for taken in [".a.0.saving", "a.new"] {
            std::fs::write(folder.path().join(taken), "somebody's").unwrap();
        }
        write(&path, "new", false).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        for taken in [".a.0.saving", "a.new"] {
            assert_eq!(std::fs::read_to_string(folder.path().join(taken)).unwrap(), "somebody's");
        }
    }
}
