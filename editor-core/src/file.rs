//! Bytes and text: decoding without loss, and saving so that at every moment the old or the new content is whole.

use std::{
    io,
    path::{Path, PathBuf},
};

use ropey::Rope;

use crate::disk::{Disk, Metadata};

/// How text becomes bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    Utf8,
    /// UTF-16, little end first.
    Utf16Le,
    /// UTF-16, big end first.
    Utf16Be,
    /// One of the encodings of the web, such as windows-1252.
    Legacy(&'static encoding_rs::Encoding),
}

/// Everything beside the text that is needed to write the same bytes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// How text becomes bytes.
    pub encoding: Encoding,
    /// Does the file begin with a byte order mark? The mark is no part of the text.
    pub bom: bool,
}

/// Why a file can be read but not edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadOnly {
    /// It has zero bytes.
    #[error("this looks like a binary file: it is shown, but cannot be edited")]
    Binary,
    /// No encoding was found that gives the same bytes back.
    #[error("this file's encoding is not known: it is shown, but cannot be edited")]
    UnknownEncoding,
}

/// A decoded text.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The text; approximate when read-only.
    pub rope: Rope,
    /// How to write it.
    pub format: Format,
    /// Why it cannot be edited, if so.
    pub read_only: Option<ReadOnly>,
}

/// What a file was when it was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// What the file system said.
    pub metadata: Metadata,
    /// BLAKE3 of the content.
    pub hash: [u8; 32],
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The text; approximate when read-only.
    pub rope: Rope,
    /// How to write it.
    pub format: Format,
    /// What the file was; `None` when there is no file yet.
    pub stamp: Option<Stamp>,
    /// Why it cannot be edited, if so.
    pub read_only: Option<ReadOnly>,
}

/// Why a file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system refuses.
    #[error("{} cannot be read: {why}", .0.display(), why = .1)]
    Io(PathBuf, #[source] io::Error),
    /// A folder or a device.
    #[error("{} is not an ordinary file", .0.display())]
    NotAFile(PathBuf),
    /// Too large to edit.
    #[error("{} is larger than 2 GiB", .0.display())]
    TooLarge(PathBuf),
}

/// Why a file was not saved. Unless said otherwise the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another program changed, replaced or removed the file: ask before overwriting it.
    #[error("{} was changed by another program since it was opened", .0.display())]
    ChangedOnDisk(PathBuf),
    /// A file of this name exists already: ask before overwriting it.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// A character has no place in the file's encoding.
    #[error("the character {character:?} cannot be written in {encoding}: save as UTF-8 instead")]
    NotInEncoding {
        /// The first such character.
        character: char,
        /// The encoding's name.
        encoding: &'static str,
    },
    /// The system refuses.
    #[error("{} cannot be saved ({step}): {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed.
        step: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Writing in place failed midway; the old content is whole in the backup.
    #[error("{} could not be written ({source}); its old content is in {}", .path.display(), .backup.display())]
    InPlace {
        /// The file.
        path: PathBuf,
        /// Where the old content is.
        backup: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What must hold of the file for it to be overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is still what was read.
    Unchanged(Stamp),
    /// It does not exist.
    Absent,
    /// Anything: the person said to overwrite.
    Whatever,
}

impl Encoding {
    /// The name people know it by.
    #[must_use]
    pub fn name(self) -> &'static str {
        todo!()
    }
}

impl Format {
    /// UTF-8 without a byte order mark.
    pub const UTF8: Self = Self { encoding: Encoding::Utf8, bom: false };
}

impl Opened {
    /// A text that is no file yet.
    #[must_use]
    pub fn new_text(rope: Rope) -> Self {
        Self { rope, format: Format::UTF8, stamp: None, read_only: None }
    }
}

/// Finds the encoding that gives the same bytes back.
#[must_use]
pub fn decode(bytes: &[u8]) -> Decoded {
    todo!()
}

/// The bytes of a text.
///
/// # Errors
/// A character has no place in the encoding.
pub fn encode(rope: &Rope, format: Format) -> Result<Vec<u8>, SaveError> {
    todo!()
}

/// Reads a file.
///
/// # Errors
/// It is no ordinary file, larger than 2 GiB, or cannot be read.
pub fn open(disk: &dyn Disk, path: &Path) -> Result<Opened, OpenError> {
    todo!()
}

/// Writes a text. Safe at any moment: a crash leaves the old or the new content whole. Takes time: not for the
/// window's thread.
///
/// # Errors
/// See [`SaveError`].
pub fn save(
    disk: &dyn Disk,
    path: &Path,
    rope: &Rope,
    format: Format,
    expect: &Expect,
) -> Result<Stamp, SaveError> {
    todo!()
}

/// Is the file still what it was? Reads it only when its metadata changed.
///
/// # Errors
/// It cannot be read.
pub fn is_unchanged(disk: &dyn Disk, path: &Path, stamp: &Stamp) -> io::Result<bool> {
    todo!()
}
