//! Opening files that another program may have put there: never waits for a pipe or a device, and never reads without end.

use std::fs::{File, OpenOptions};
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rustix::fs::OFlags;

/// Opens an ordinary file for reading.
///
/// # Errors
/// As the system says, or it is no ordinary file.
pub fn open(path: &Path) -> Result<File> {
    let regular = |is_file: bool| match is_file {
        true => Ok(()),
        false => Err(Error::new(ErrorKind::InvalidInput, "it is not an ordinary file")),
    };
    // Opening some devices does something already.
    regular(std::fs::metadata(path)?.is_file())?;
    let flags = OFlags::NONBLOCK | OFlags::NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)?;
    regular(file.metadata()?.is_file())?;
    Ok(file)
}

/// Reads an ordinary file of at most `most` bytes.
///
/// # Errors
/// As the system says, it is no ordinary file, or it is longer.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(Error::new(ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(bytes)
}

/// Writes a file that nobody else writes, in the place of whatever had its name.
///
/// # Errors
/// As the system says.
pub fn write_anew(path: &Path, bytes: &[u8]) -> Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = File::create_new(path)?;
    file.write_all(bytes)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipes_and_long_files_are_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let (path, pipe) = (folder.path().join("a"), folder.path().join("pipe"));
        std::fs::write(&path, "12345").unwrap();
        assert_eq!(read(&path, 5).unwrap(), b"12345");
        assert_eq!(read(&path, 4).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(read(&pipe, 5).unwrap_err().to_string(), "it is not an ordinary file");
        drop(write_anew(&pipe, b"anew").unwrap());
        assert_eq!(read(&pipe, 5).unwrap(), b"anew");
    }
}
