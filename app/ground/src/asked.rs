//! What one start of the editor asks of a window that runs already: files to open, and whether somebody waits for them.
//!
//! The bytes come from a socket, so they are read as from a stranger: bounded, checked, and refused with the reason. Nothing but
//! paths and places crosses.

use std::ffi::OsStr;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

/// What a message begins with; the last byte is the version.
const BEGINNING: [u8; 8] = *b"LCfiles\x01";
/// Stands for the place in a file for which none was given.
const NO_PLACE: u32 = u32::MAX;
/// Somebody waits until the files are closed.
const WAITS: u8 = 1;

/// Longest message in bytes.
pub const MAX_BYTES: usize = 64 << 10;
/// Most files of a message.
pub const MAX_FILES: usize = 64;
/// Longest path in bytes, as Linux has it.
const MAX_PATH: usize = 4096;

/// A file that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFile {
    /// Its absolute path.
    pub path: PathBuf,
    /// Line and column from 0.
    pub place: Option<(u32, u32)>,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFiles {
    /// The files, at least one.
    pub files: Vec<AskedFile>,
    /// Somebody waits until they are closed.
    pub waits: bool,
}

/// Why a message is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotAsked {
    /// It does not begin as one, or is of another version.
    Beginning,
    /// It ends too early.
    Cut,
    /// More comes than it says.
    Surplus,
    /// It is longer than it may be, has too many files, or a path is too long.
    TooLong,
    /// It names no file.
    Nothing,
    /// It says something that this version does not know.
    Unknown,
    /// A path is not absolute, or has a zero in it.
    Path,
}

impl fmt::Display for NotAsked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NotAsked::Beginning => "it is no message of this version",
            NotAsked::Cut => "it ends too early",
            NotAsked::Surplus => "more comes than it says",
            NotAsked::TooLong => "it is too long",
            NotAsked::Nothing => "it names no file",
            NotAsked::Unknown => "it says something that this version does not know",
            NotAsked::Path => "a path in it is not absolute",
        })
    }
}

impl std::error::Error for NotAsked {}

impl AskedFiles {
    /// The message.
    ///
    /// # Errors
    /// It would be one that nobody reads: too long, no file, a path that is not absolute.
    pub fn written(&self) -> Result<Vec<u8>, NotAsked> {
        let count = u16::try_from(self.files.len()).map_err(|_| NotAsked::TooLong)?;
        let mut bytes = BEGINNING.to_vec();
        bytes.push(if self.waits { WAITS } else { 0 });
        bytes.extend(count.to_le_bytes());
        for AskedFile { path, place } in &self.files {
            let (line, column) = place.unwrap_or((NO_PLACE, NO_PLACE));
            let path = path.as_os_str().as_bytes();
            let length = u16::try_from(path.len()).map_err(|_| NotAsked::TooLong)?;
            bytes.extend(line.to_le_bytes());
            bytes.extend(column.to_le_bytes());
            bytes.extend(length.to_le_bytes());
            bytes.extend(path);
        }
        // What cannot be read is not written.
        AskedFiles::read(&bytes).map(|_| bytes)
    }

    /// Reads a message.
    ///
    /// # Errors
    /// The bytes are none.
    pub fn read(bytes: &[u8]) -> Result<AskedFiles, NotAsked> {
        if bytes.len() > MAX_BYTES {
            return Err(NotAsked::TooLong);
        }
        let mut rest = bytes.strip_prefix(&BEGINNING).ok_or(NotAsked::Beginning)?;
        let [flags] = take(&mut rest)?;
        if flags & !WAITS != 0 {
            return Err(NotAsked::Unknown);
        }
        let count = usize::from(u16::from_le_bytes(take(&mut rest)?));
        if count == 0 {
            return Err(NotAsked::Nothing);
        }
        if count > MAX_FILES {
            return Err(NotAsked::TooLong);
        }
        let mut files = Vec::with_capacity(count);
        for _ in 0..count {
            files.push(file(&mut rest)?);
        }
        if rest.is_empty() { Ok(AskedFiles { files, waits: flags == WAITS }) } else { Err(NotAsked::Surplus) }
    }
}

fn file(rest: &mut &[u8]) -> Result<AskedFile, NotAsked> {
    let line = u32::from_le_bytes(take(rest)?);
    let column = u32::from_le_bytes(take(rest)?);
    let length = usize::from(u16::from_le_bytes(take(rest)?));
    if length > MAX_PATH {
        return Err(NotAsked::TooLong);
    }
    let (path, after) = rest.split_at_checked(length).ok_or(NotAsked::Cut)?;
    *rest = after;
    if path.contains(&0) {
        return Err(NotAsked::Path);
    }
    let path = Path::new(OsStr::from_bytes(path));
    if !path.is_absolute() {
        return Err(NotAsked::Path);
    }
    let place = (line != NO_PLACE && column != NO_PLACE).then_some((line, column));
    Ok(AskedFile { path: path.to_owned(), place })
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], NotAsked> {
    let (taken, after) = rest.split_first_chunk::<N>().ok_or(NotAsked::Cut)?;
    *rest = after;
    Ok(*taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(paths: &[&[u8]], waits: bool) -> AskedFiles {
        let file = |(number, path): (usize, &&[u8])| AskedFile {
            path: PathBuf::from(OsStr::from_bytes(path)),
            place: (number % 2 == 1).then_some((number as u32, 7)),
        };
        AskedFiles { files: paths.iter().enumerate().map(file).collect(), waits }
    }

    #[test]
    fn what_is_asked_is_read_as_it_was_written_whatever_bytes_a_name_has() {
        for waits in [false, true] {
            let asked = asked(&[b"/a.rs", b"/odd \xFF\nname", "/ä 漢".as_bytes()], waits);
            let bytes = asked.written().unwrap();
            assert_eq!(AskedFiles::read(&bytes), Ok(asked));
        }
    }

    #[test]
    fn no_cut_and_no_surplus_is_taken_for_a_message() {
        let bytes = asked(&[b"/a", b"/b"], true).written().unwrap();
        for length in 0..bytes.len() {
            assert!(AskedFiles::read(&bytes[..length]).is_err(), "{length}");
        }
        let surplus = [&bytes[..], b"x"].concat();
        assert_eq!(AskedFiles::read(&surplus), Err(NotAsked::Surplus));
    }

    #[test]
    fn what_is_no_message_is_refused_with_the_reason() {
        let good = asked(&[b"/a"], false).written().unwrap();
        let with = |at: usize, byte: u8| {
            let mut bytes = good.clone();
            bytes[at] = byte;
            AskedFiles::read(&bytes)
        };
        assert_eq!(with(7, 2), Err(NotAsked::Beginning), "another version");
        assert_eq!(with(8, 2), Err(NotAsked::Unknown));
        assert_eq!(with(9, 0), Err(NotAsked::Nothing));
        assert_eq!(with(10, 1), Err(NotAsked::TooLong), "257 files");
        assert_eq!(with(9, 2), Err(NotAsked::Cut));
        assert_eq!(with(good.len() - 1, 0), Err(NotAsked::Path), "a zero");
        assert_eq!(with(good.len() - 2, b'a'), Err(NotAsked::Path), "not absolute");
        assert_eq!(AskedFiles::read(&vec![0; MAX_BYTES + 1]), Err(NotAsked::TooLong));
    }

    #[test]
    fn what_nobody_would_read_is_not_written() {
        let long = [b"/".as_slice(), &[b'a'; MAX_PATH]].concat();
        assert_eq!(asked(&[&long], false).written(), Err(NotAsked::TooLong));
        assert_eq!(asked(&[b"a"], false).written(), Err(NotAsked::Path));
        assert_eq!(asked(&[], false).written(), Err(NotAsked::Nothing));
        assert_eq!(asked(&[b"/a".as_slice(); MAX_FILES + 1], false).written(), Err(NotAsked::TooLong));
        let whole = vec![b'/'; MAX_PATH];
        assert_eq!(asked(&[whole.as_slice(); 20], false).written(), Err(NotAsked::TooLong));
    }
}
