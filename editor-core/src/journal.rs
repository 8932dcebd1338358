//! What was typed and not saved, append-only, so that a crash loses less than a second. Recovery only reads: what
//! becomes of the recovered text is for a person to decide.

use std::{
    io,
    path::{Path, PathBuf},
};

use ropey::Rope;
use serde::{Deserialize, Serialize};

use crate::{disk::Disk, transaction::Transaction};

/// Whose edits these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The file, if it is one.
    pub path: Option<PathBuf>,
    /// What the window called it.
    pub title: String,
    /// BLAKE3 of the file that the edits began from, if there was one.
    pub file_hash: Option<[u8; 32]>,
}

/// The journal of one buffer, open for appending.
#[derive(Debug)]
pub struct Journal {
    _x: (),
}

/// What a journal gave back.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Whose text it is.
    pub owner: Owner,
    /// The text with all edits that were recorded whole.
    pub rope: Rope,
    /// Was the journal cut off or damaged behind what was recovered?
    pub is_cut: bool,
}

/// Why nothing could be recovered.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refuses.
    #[error("the journal {} cannot be read: {why}", .0.display(), why = .1)]
    Io(PathBuf, #[source] io::Error),
    /// It is no journal, or not even its beginning is whole.
    #[error("{} is no journal of this version", .0.display())]
    NotAJournal(PathBuf),
}

impl Journal {
    /// Begins a journal with the text as it is, written and synced. `path` must not exist.
    ///
    /// # Errors
    /// As the system says.
    pub fn create(disk: &dyn Disk, path: &Path, owner: &Owner, rope: &Rope) -> io::Result<Self> {
        todo!()
    }
    /// Records an edit in memory. [`Journal::flush`] writes it.
    pub fn append(&mut self, transaction: &Transaction) {
        todo!()
    }
    /// Are there edits that were not flushed, or not synced?
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        todo!()
    }
    /// Hands everything recorded to the system: it survives a crash of the program. Due within 100 ms of an edit.
    ///
    /// # Errors
    /// As the system says. What was recorded is kept and written by the next flush.
    pub fn flush(&mut self) -> io::Result<()> {
        todo!()
    }
    /// Waits until it is on the medium: it survives a power cut. Due within a second of an edit; takes time.
    ///
    /// # Errors
    /// As the system says.
    pub fn sync(&mut self) -> io::Result<()> {
        todo!()
    }
    /// Bytes written so far. A journal many times the text's size is better begun anew.
    #[must_use]
    pub fn len(&self) -> u64 {
        todo!()
    }
    /// Removes the journal, after a save that is known to be on the medium.
    ///
    /// # Errors
    /// As the system says.
    pub fn remove(self, disk: &dyn Disk) -> io::Result<()> {
        todo!()
    }
}

/// Reads a journal back, up to its first record that is not whole.
///
/// # Errors
/// It cannot be read or is no journal.
pub fn recover(disk: &dyn Disk, path: &Path) -> Result<Recovered, JournalError> {
    todo!()
}
