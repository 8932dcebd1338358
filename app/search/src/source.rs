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

/// So many files are named as examples for each reason.
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
pub(crate) struct Source<'a> {
    pub text: Cow<'a, str>,
    pub metadata: Metadata,
    pub read_only: Option<ReadOnly>,
}

/// Reads one file after the other into the same memory.
#[derive(Debug, Default)]
pub(crate) struct Reader {
    bytes: Vec<u8>,
}

/// What is kept from file to file.
const MAX_KEPT_BYTES: usize = 4 << 20;

impl Reader {
    /// Reads a file of at most `most` bytes.
    pub(crate) fn read(&mut self, path: &Path, reading: Reading, most: u64) -> Result<Source<'_>, Reason> {
        if self.bytes.len() > MAX_KEPT_BYTES {
            self.bytes = Vec::new();
        }
        let (length, metadata) = self.fill(path, most).map_err(|error| Reason::of(&error))?;
        let bytes = &self.bytes[..length];
        if reading == Reading::Guessed {
            let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
            let is_text = !bytes.contains(&0);
            if let Some(text) = is_text.then(|| std::str::from_utf8(text).ok()).flatten() {
                return Ok(Source { text: Cow::Borrowed(text), metadata, read_only: None });
            }
            if !is_text && encoding::looks_binary(bytes) {
                return Err(Reason::Binary);
            }
        }
        let decoded = encoding::decode_as(bytes, reading);
        if decoded.read_only == Some(ReadOnly::Binary) {
            return Err(Reason::Binary);
        }
        Ok(Source { text: Cow::Owned(decoded.rope.to_string()), metadata, read_only: decoded.read_only })
    }

    /// The file's bytes come to stand at the start of the memory.
    fn fill(&mut self, path: &Path, most: u64) -> io::Result<(usize, Metadata)> {
        let mut file = regular::open(path)?;
        let found = file.metadata()?;
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let expected = usize::try_from(found.len()).unwrap_or(usize::MAX);
        if expected > most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut length = 0;
        loop {
            // One more than is expected: a full read of less than that was the end.
            if self.bytes.len() <= length.max(expected) {
                self.bytes.resize(length.max(expected) + 4096, 0);
            }
            let read = match file.read(&mut self.bytes[length..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                read => read?,
            };
            length += read;
            if length > most {
                return Err(io::ErrorKind::FileTooLarge.into());
            }
            if read == 0 || length == expected {
                return Ok((length, Metadata::from(&found)));
            }
        }
    }
}
