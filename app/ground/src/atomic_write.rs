//! Small files of our own (session, settings, what memory ran out for), written as a whole: a crash leaves the old one.

use std::io;
use std::path::Path;

/// Writes a file, and the folders that it lies in. A link stays a link.
///
/// # Errors
/// A folder or the file cannot be written.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    std::fs::create_dir_all(real.parent().unwrap_or(Path::new(".")))?;
    let mut temporary = real.clone().into_os_string();
    temporary.push(".new");
    let written = std::fs::write(&temporary, content).and_then(|()| std::fs::rename(&temporary, &real));
    if written.is_err() {
        // On a full disk what was written of it would only take room.
        let _never_there = std::fs::remove_file(&temporary);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_written_leaves_the_old_one_and_nothing_beside() {
        let folder = tempfile::tempdir().unwrap();
        // A folder cannot be replaced by a file.
        let path = folder.path().join("taken");
        std::fs::create_dir(&path).unwrap();
        write(&path, "new").unwrap_err();
        assert!(path.is_dir());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn folders_are_made_links_stay_and_nothing_is_left_beside() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("deep/file.json"), folder.path().join("deep/link"));
        write(&path, "one").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write(&link, b"two").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_dir(folder.path().join("deep")).unwrap().count(), 2);
    }
}
