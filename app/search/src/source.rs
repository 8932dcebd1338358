//! What a file says, as the editor would open it, or why it is not searched.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use editor_core::disk::Metadata;
use editor_core::encoding::{self, ReadOnly, Reading};
use editor_core::regular;

/// Why a file, or something else that has a name, was not searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It has zero bytes that belong to no text.
    Binary,
    /// It is longer than is searched.
    Huge,
    /// A pipe, a socket or a device.
    NotAFile,
    /// A link to a folder that it lies in.
    Circle,
    /// It was gone when it was to be opened.
    Vanished,
    /// The system refuses.
    Unreadable,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Binary, Self::Huge, Self::NotAFile, Self::Circle, Self::Vanished, Self::Unreadable];

    /// What such files are, for a count in front of it.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Binary => "binary",
            Self::Huge => "too large",
            Self::NotAFile => "not ordinary files",
            Self::Circle => "links in a circle",
            Self::Vanished => "gone meanwhile",
            Self::Unreadable => "not readable",
        }
    }

    pub(crate) fn of(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Vanished,
            io::ErrorKind::InvalidInput => Self::NotAFile,
            io::ErrorKind::FileTooLarge => Self::Huge,
            _ => Self::Unreadable,
        }
    }
}

/// This many files are named as examples for each reason.
const MAX_EXAMPLES: usize = 10;

/// What was not searched, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    counts: HashMap<Reason, (usize, Vec<PathBuf>)>,
}

impl Skipped {
    /// One more.
    pub fn add(&mut self, path: &Path, reason: Reason) {
        let (count, examples) = self.counts.entry(reason).or_default();
        *count += 1;
        if examples.len() < MAX_EXAMPLES {
            examples.push(path.to_owned());
        }
    }

    /// How many for this reason.
    #[must_use]
    pub fn count(&self, reason: Reason) -> usize {
        self.counts.get(&reason).map_or(0, |(count, _)| *count)
    }

    /// Some of those.
    #[must_use]
    pub fn examples(&self, reason: Reason) -> &[PathBuf] {
        self.counts.get(&reason).map_or(&[], |(_, examples)| examples)
    }

    /// How many in all.
    #[must_use]
    pub fn total(&self) -> usize {
        self.counts.values().map(|(count, _)| count).sum()
    }

    /// Such as `3 binary, 1 too large`. Empty when nothing was skipped.
    #[must_use]
    pub fn words(&self) -> String {
        let of = |reason: &Reason| match self.count(*reason) {
            0 => None,
            count => Some(format!("{count} {}", reason.words())),
        };
        Reason::ALL.iter().filter_map(of).collect::<Vec<_>>().join(", ")
    }

    pub(crate) fn merge(&mut self, other: Self) {
        for (reason, (count, examples)) in other.counts {
            let mine = self.counts.entry(reason).or_default();
            mine.0 += count;
            let room = MAX_EXAMPLES.saturating_sub(mine.1.len());
            mine.1.extend(examples.into_iter().take(room));
        }
    }
}

/// A text to search.
pub(crate) struct SourceText<'a> {
    /// Its UTF-8.
    pub text: Cow<'a, [u8]>,
    pub is_ascii: bool,
    pub metadata: Metadata,
    pub read_only: Option<ReadOnly>,
}

/// Reads one file after the other into the same memory.
#[derive(Debug, Default)]
pub(crate) struct SourceReader {
    bytes: Vec<u8>,
}

/// What is kept from file to file.
const MAX_KEPT_BYTES: usize = 4 << 20;
/// Of a longer file this much is read first, for it may be a binary one.
const FIRST_BYTES: usize = 64 << 10;

impl SourceReader {
    /// Reads a file of at most `most` bytes.
    pub(crate) fn read(
        &mut self,
        path: &Path,
        reading: Reading,
        most: u64,
    ) -> Result<SourceText<'_>, Reason> {
        if self.bytes.len() > MAX_KEPT_BYTES {
            self.bytes = Vec::new();
        }
        let (length, metadata) =
            self.fill(path, most, reading == Reading::Guessed).map_err(|error| Reason::of(&error))?;
        if reading == Reading::Guessed
            && (length as u64) < metadata.size
            && is_surely_binary(&self.bytes[..length])
        {
            return Err(Reason::Binary);
        }
        let bytes = &self.bytes[..length];
        if reading == Reading::Guessed {
            let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            let (is_text, is_ascii) = (memchr::memchr(0, bytes).is_none(), text.is_ascii());
            if is_text && (is_ascii || std::str::from_utf8(text).is_ok()) {
                return Ok(SourceText { text: Cow::Borrowed(text), is_ascii, metadata, read_only: None });
            }
            if !is_text && encoding::looks_binary(bytes) {
                return Err(Reason::Binary);
            }
        }
        let decoded = encoding::decode_as(bytes, reading);
        if decoded.read_only == Some(ReadOnly::Binary) {
            return Err(Reason::Binary);
        }
        let text = Cow::Owned(decoded.rope.to_string().into_bytes());
        Ok(SourceText { text, is_ascii: false, metadata, read_only: decoded.read_only })
    }

    /// The file's bytes come to stand at the start of the memory; of a binary file no more than tell that it is one.
    fn fill(&mut self, path: &Path, most: u64, guessed: bool) -> io::Result<(usize, Metadata)> {
        let (mut file, found) = regular::open_listed(path)?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let expected = usize::try_from(found.len()).unwrap_or(usize::MAX);
        if expected > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut length = 0;
        loop {
            // A file may be longer than it says.
            let end = if length == 0 { expected.clamp(1, FIRST_BYTES) } else { expected.max(length + 4096) };
            if self.bytes.len() < end {
                self.bytes.resize(end, 0);
            }
            let read = match file.read(&mut self.bytes[length..end]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            length += read;
            if length > most {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            let is_start = guessed && length == read && length < expected;
            if read == 0 || length == expected || is_start && is_surely_binary(&self.bytes[..length]) {
                return Ok((length, Metadata::from(&found)));
            }
        }
    }
}

/// Are these first bytes of a file enough to say that all of them are binary? UTF-16 without a mark has zero bytes in every
/// other place only.
fn is_surely_binary(start: &[u8]) -> bool {
    if memchr::memchr(0, start).is_none() || start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF")
    {
        return false;
    }
    let zeros = |first: usize| start.iter().skip(first).step_by(2).any(|byte| *byte == 0);
    zeros(0) && zeros(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use encoding_rs::WINDOWS_1252;

    #[test]
    fn the_start_of_a_long_binary_file_is_enough_and_no_text_is_taken_for_one() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("a");
        let mut reader = SourceReader::default();
        let mut read = |bytes: &[u8], reading| {
            std::fs::write(&path, bytes).unwrap();
            let read = reader
                .read(&path, reading, 1 << 30)
                .map(|source| String::from_utf8_lossy(&source.text).chars().count());
            (read, reader.bytes.len())
        };
        let mut binary = vec![b'x'; 1 << 20];
        binary[10..20].fill(0);
        assert_eq!(read(&binary, Reading::Guessed), (Err(Reason::Binary), FIRST_BYTES));
        let western = encoding::Encoding::Legacy(WINDOWS_1252);
        assert_eq!(read(&binary, Reading::Kept(western)).0, Ok(1 << 20), "the person says that it is text");
        let mut late = vec![b'x'; 1 << 20];
        late[900_000..900_002].fill(0);
        assert_eq!(read(&late, Reading::Guessed).0, Err(Reason::Binary));
        let utf16: Vec<u8> = "xé".repeat(200_000).encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&utf16, Reading::Guessed).0, Ok(400_000));
        for length in [0, 1, FIRST_BYTES - 1, FIRST_BYTES, FIRST_BYTES + 1, 3 * FIRST_BYTES + 7] {
            assert_eq!(read(&vec![b'x'; length], Reading::Guessed).0, Ok(length));
        }
    }
}
