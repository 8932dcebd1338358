//! Reading a file that somebody else may have put there: never waits for a pipe or a device, and never reads without end.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

use rustix::fs::OFlags;

/// Opens an ordinary file for reading. What is open is looked at again, so that nothing else can take its place.
///
/// # Errors
/// As the system says, or it is a folder, a pipe, a socket or a device.
pub fn open(path: &Path) -> io::Result<File> {
    opened(OpenOptions::new().read(true), path)
}

/// Opens a file for reading that the listing of its folder said to be an ordinary one, and says what it is. Saves a question at
/// each of very many files; what is open is looked at all the same.
///
/// # Errors
/// As the system says, or it is a folder, a pipe, a socket or a device by now.
pub fn open_listed(path: &Path) -> io::Result<(File, fs::Metadata)> {
    let file = without_waiting(OpenOptions::new().read(true), path)?;
    let found = file.metadata()?;
    only_regular(&found)?;
    Ok((file, found))
}

/// Opens an ordinary file for writing, with what is in it.
///
/// # Errors
/// As the system says, or it is a folder, a pipe, a socket or a device.
pub fn open_to_write(path: &Path) -> io::Result<File> {
    opened(OpenOptions::new().write(true), path)
}

/// Opens an ordinary file for reading and appending; an empty one, which its owner alone can read, if there is none.
///
/// # Errors
/// As the system says, or it is a folder, a pipe, a socket or a device.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true);
    match opened(&mut options, path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            match options.mode(0o600).create_new(true).open(path) {
                // Another process was quicker.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                    opened(OpenOptions::new().read(true).append(true), path)
                }
                result => result,
            }
        }
        result => result,
    }
}

fn opened(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    // Opening some devices does something already.
    only_regular(&fs::metadata(path)?)?;
    let file = without_waiting(options, path)?;
    only_regular(&file.metadata()?)?;
    Ok(file)
}

fn without_waiting(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    options.custom_flags(flags.bits().cast_signed()).open(path)
}

fn only_regular(found: &fs::Metadata) -> io::Result<()> {
    if found.is_file() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not an ordinary file"))
}

/// Reads an ordinary file of at most `most` bytes, also when it grows meanwhile.
///
/// # Errors
/// As the system says, it is no ordinary file, or it is longer.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let file = open(path)?;
    let length = file.metadata()?.len();
    if length > most {
        return Err(too_large());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or_default());
    file.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(too_large());
    }
    Ok(bytes)
}

/// Reads an ordinary file of UTF-8 and at most `most` bytes.
///
/// # Errors
/// As [`read`], or it is no UTF-8.
pub fn read_text(path: &Path, most: u64) -> io::Result<String> {
    String::from_utf8(read(path, most)?)
        .map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))
}

fn too_large() -> io::Error {
    io::Error::new(io::ErrorKind::FileTooLarge, "it is too large")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    #[test]
    fn what_is_appended_comes_behind_what_is_there() {
        use std::io::Write;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        for line in ["one\n", "two\n"] {
            open_to_append(&path).unwrap().write_all(line.as_bytes()).unwrap();
        }
        assert_eq!(read_text(&path, 99).unwrap(), "one\ntwo\n");
    }

    #[test]
    fn only_ordinary_files_of_a_bounded_size_are_read_and_nothing_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        fs::write(&path, b"\xFF").unwrap();
        assert_eq!(read_text(&path, 9).unwrap_err().kind(), io::ErrorKind::InvalidData);
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        for odd in [&pipe, folder.path(), Path::new("/dev/zero")] {
            let refused = read(odd, 9).unwrap_err();
            assert_eq!(refused.to_string(), "it is not an ordinary file", "{}", odd.display());
            assert!(open_to_write(odd).is_err());
            assert_eq!(open_listed(odd).unwrap_err().to_string(), "it is not an ordinary file");
            assert!(open_to_append(odd).is_err());
        }
        // Says that it is empty, and is not: as a file that grows.
        assert_eq!(read(Path::new("/proc/self/maps"), 9).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
