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
    std::fs::write(&temporary, content)?;
    std::fs::rename(temporary, real)
}

#[cfg(test)]
mod tests {
    use super::*;

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
