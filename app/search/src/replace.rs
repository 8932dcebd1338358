//! Changes in the place of matches: exactly of those that are wanted, in the state of the text that was searched.
//!
//! Of an open text they become a transaction, one step to undo, or a [`Review`], which shows them before. A file that is not
//! open is read, changed and written as the editor would save it: whole, or not at all.

pub mod many;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use editor_core::disk::{Disk, Metadata};
use editor_core::encoding::{ReadOnly, Reading};
use editor_core::file::{self, Expect, OpenError, SaveError, Stamp};
use editor_core::review::Review;
use editor_core::{Buffer, Change, LineEnding, Transaction};
use grep_matcher::{Captures as _, Matcher as _};
use grep_regex::RegexMatcher;
use grep_searcher::{Searcher, Sink, SinkMatch};
use ropey::Rope;

use crate::query::Matcher;
use crate::sink::{begins_in, searcher, seen};
use crate::template::Replacement;

/// Which matches of a text are to be replaced.
#[derive(Clone, Copy, Debug)]
pub enum WantedMatches<'a> {
    /// All of them.
    All,
    /// Those at these places, as the hits name them, in order.
    These(&'a [Range<usize>]),
}

/// Why nothing of a text was replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// It is not what was searched.
    #[error("{} changed since it was searched: search again", .0.display())]
    Changed(PathBuf),
    /// It was decoded with loss.
    #[error("{}: {why}", .0.display(), why = .1)]
    ReadOnly(PathBuf, ReadOnly),
    /// It cannot be read.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// It cannot be written.
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// A match is not where it was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text changed since it was searched: search again")]
pub struct Outdated;

/// What a replacement changes in a text, in order: only what differs. Line breaks in it become those of the text.
///
/// # Errors
/// The text has no match where one is wanted.
pub fn changes(
    text: &Rope,
    matcher: &Matcher,
    replacement: &Replacement,
    wanted: WantedMatches<'_>,
) -> Result<Vec<Change>, Outdated> {
    let line_break = LineEnding::dominant(text).as_str();
    let whole = text.to_string();
    let matcher_of_text = matcher.of_text(whole.is_ascii());
    let mut all =
        Replacing { text: &whole, matcher: matcher_of_text, replacement, line_break, found: Vec::new() };
    // Nothing of ours fails, and what of the searcher's could is settled when the pattern is understood.
    let _never = searcher(matcher, 0).search_slice(matcher_of_text, whole.as_bytes(), &mut all);
    let (mut changes, mut left) = (Vec::new(), all.found.into_iter());
    let mut push = |(bytes, insert): (Range<usize>, String), chars: Range<usize>| {
        if whole[bytes] != insert {
            changes.push(Change::new(chars, insert));
        }
    };
    let chars = |bytes: &Range<usize>| text.byte_to_char(bytes.start)..text.byte_to_char(bytes.end);
    match wanted {
        WantedMatches::All => left.for_each(|found| {
            let chars = chars(&found.0);
            push(found, chars);
        }),
        WantedMatches::These(wanted) => {
            for range in wanted {
                let found = left.find(|found| chars(&found.0) == *range).ok_or(Outdated)?;
                push(found, range.clone());
            }
        }
    }
    Ok(changes)
}

/// All matches of a text with what comes in their place.
struct Replacing<'a> {
    text: &'a str,
    matcher: &'a RegexMatcher,
    replacement: &'a Replacement,
    line_break: &'static str,
    found: Vec<(Range<usize>, String)>,
}

impl Sink for Replacing<'_> {
    type Error = io::Error;

    fn matched(&mut self, searcher: &Searcher, found: &SinkMatch<'_>) -> io::Result<bool> {
        let start = found.bytes_range_in_buffer().start;
        let bytes = seen(searcher, self.matcher, found);
        // What is seen may end in the midst of a character; no group does.
        let text = &self.text[..self.text.floor_char_boundary(bytes.len())];
        let mut groups = self.matcher.new_captures().map_err(io::Error::other)?;
        let matcher = self.matcher;
        matcher
            .captures_iter_at(bytes, start, &mut groups, |groups| {
                let Some(one) = groups.get(0).filter(|one| begins_in(found, one.start())) else {
                    return false;
                };
                if text.is_char_boundary(one.start()) && text.is_char_boundary(one.end()) {
                    let insert = self.replacement.expand(groups, text, self.line_break);
                    self.found.push((one.start()..one.end(), insert));
                }
                true
            })
            .map_err(io::Error::other)?;
        Ok(true)
    }
}

/// The transaction that replaces in an open text.
///
/// # Errors
/// The text has no match where one is wanted.
pub fn transaction(
    buffer: &Buffer,
    matcher: &Matcher,
    replacement: &Replacement,
    wanted: WantedMatches<'_>,
) -> Result<Transaction, Outdated> {
    let changes = changes(buffer.rope(), matcher, replacement, wanted)?;
    Transaction::new(buffer, changes).map_err(|_| Outdated)
}

/// The review of what a replacement would change in an open text. `id` as of every review.
///
/// # Errors
/// The text has no match where one is wanted.
pub fn review(
    id: u64,
    buffer: &Buffer,
    matcher: &Matcher,
    replacement: &Replacement,
    wanted: WantedMatches<'_>,
) -> Result<Review, Outdated> {
    let changes = changes(buffer.rope(), matcher, replacement, wanted)?;
    Review::of_changes(id, buffer, &changes).map_err(|_| Outdated)
}

/// What to replace in one file.
#[derive(Clone, Debug)]
pub struct InFile {
    /// Which.
    pub path: PathBuf,
    /// Its state when it was searched.
    pub version: Metadata,
    /// In which encoding the person reads it.
    pub reading: Reading,
    /// The places of the accepted matches, in order; `None`: all that there are.
    pub wanted: Option<Vec<Range<usize>>>,
}

/// What was written in a file that is not open, and what takes it back.
#[derive(Clone, Debug)]
pub struct WrittenFile {
    /// Which file.
    pub path: PathBuf,
    /// In which encoding it was read.
    pub reading: Reading,
    /// What the file is now; of a file in which there was nothing to change what it was.
    pub stamp: Stamp,
    /// How many matches were replaced.
    pub replaced: usize,
    /// The changes that make of it what it was.
    undo: Vec<Change>,
}

/// Replaces in a file that is not open, and writes it: a crash leaves the old or the new content whole. Takes time, for the
/// file is on the medium afterwards.
///
/// # Errors
/// The file changed, cannot be read or written, or a character of the replacement has no place in its encoding. The file is
/// then as it was, but for what [`SaveError`] says.
pub fn write(
    disk: &dyn Disk,
    file: &InFile,
    matcher: &Matcher,
    replacement: &Replacement,
) -> Result<WrittenFile, ReplaceError> {
    let (path, reading) = (&file.path, file.reading);
    let changed = || ReplaceError::Changed(path.clone());
    let (buffer, opened, stamp) = open(disk, path, reading)?;
    if stamp.metadata != file.version {
        return Err(changed());
    }
    let wanted = file.wanted.as_deref().map_or(WantedMatches::All, WantedMatches::These);
    let transaction = transaction(&buffer, matcher, replacement, wanted).map_err(|Outdated| changed())?;
    let undo = transaction.invert(buffer.rope()).changes().to_vec();
    let replaced = transaction.changes().len();
    let stamp = save(disk, path, &opened, &stamp, &buffer, &transaction)?;
    Ok(WrittenFile { path: path.clone(), reading, stamp, replaced, undo })
}

/// Takes back what was written, when the file is still that.
///
/// # Errors
/// As of [`write()`].
pub fn undo(disk: &dyn Disk, written: &WrittenFile) -> Result<Stamp, ReplaceError> {
    let path = &written.path;
    let (buffer, opened, stamp) = open(disk, path, written.reading)?;
    if stamp.hash != written.stamp.hash {
        return Err(ReplaceError::Changed(path.clone()));
    }
    let back = Transaction::new(&buffer, written.undo.clone());
    let back = back.map_err(|_| ReplaceError::Changed(path.clone()))?;
    save(disk, path, &opened, &stamp, &buffer, &back)
}

fn open(
    disk: &dyn Disk,
    path: &Path,
    reading: Reading,
) -> Result<(Buffer, file::Opened, Stamp), ReplaceError> {
    let opened = file::open_as(disk, path, reading)?;
    if let Some(reason) = opened.read_only {
        return Err(ReplaceError::ReadOnly(path.to_owned(), reason));
    }
    let Some(stamp) = opened.stamp.clone() else { return Err(ReplaceError::Changed(path.to_owned())) };
    Ok((Buffer::from_rope(opened.rope.clone()), opened, stamp))
}

fn save(
    disk: &dyn Disk,
    path: &Path,
    opened: &file::Opened,
    stamp: &Stamp,
    buffer: &Buffer,
    transaction: &Transaction,
) -> Result<Stamp, ReplaceError> {
    if transaction.is_empty() {
        return Ok(stamp.clone());
    }
    let mut changed = buffer.clone();
    changed.apply(transaction).map_err(|_| ReplaceError::Changed(path.to_owned()))?;
    let read_only = |reason| ReplaceError::ReadOnly(path.to_owned(), reason);
    let text = opened.writable(changed.rope().clone()).map_err(read_only)?;
    Ok(file::save(disk, path, &text, &Expect::Unchanged(stamp.clone()))?)
}

#[cfg(test)]
mod tests;
