//! The file that a download grows: named by the hash it must have, locked, never longer than pinned, hashed as it
//! grows.

use super::error::{DownloadError, DownloadErrorKind, fail, of_disk};
use super::wrong_size;
use crate::OnProgress;
use crate::catalog::CatalogEntry;
use crate::hash::{Both, Digest, HashTree, both_of_prefix};
use crate::store::{Store, free_space};
use std::fs::{self, File, TryLockError};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Left free beside the model: the system needs some.
const SLACK: u64 = 64 << 20;

/// How long a lock may outlive its owner: a child process that is being started holds copies of all open files until
/// it becomes another program.
const LINGER: Duration = Duration::from_millis(300);

#[derive(Debug)]
pub(super) struct Partial {
    /// Also the lock.
    file: File,
    path: PathBuf,
    size: u64,
    hashes: Both,
}

impl Partial {
    /// Opens and locks the partial file of `entry` and hashes what is there.
    pub(super) fn open(
        store: &Store,
        entry: &CatalogEntry,
        on: OnProgress<'_>,
    ) -> Result<Self, DownloadError> {
        let path = store.partial_folder()?.join(format!("{}.part", entry.sha256));
        let refuse = |cause| of_disk("open", &path, &cause);
        let file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(refuse)?;
        if !lock(&file).map_err(refuse)? {
            let text = format!("{} is already being downloaded, here or in another window", entry.name);
            return Err(fail(DownloadErrorKind::Busy, text));
        }
        let there = file.metadata().map_err(refuse)?.len();
        let mut partial = Self { file, path, size: entry.size, hashes: Both::default() };
        if there > entry.size {
            partial.discard()?;
        } else {
            partial.hashes = both_of_prefix(&partial.file, there, on)
                .map_err(|cause| of_disk("read", &partial.path, &cause))?;
            partial.seek(there)?;
        }
        Ok(partial)
    }

    /// Bytes on disk.
    pub(super) fn done(&self) -> u64 {
        self.hashes.done()
    }

    pub(super) fn is_complete(&self) -> bool {
        self.done() == self.size
    }

    pub(super) fn file(&self) -> &File {
        &self.file
    }

    /// SHA-256 of what is there.
    pub(super) fn sha256(&self) -> Digest {
        self.hashes.clone().finish().0
    }

    /// Whether the rest would fit onto the disk.
    pub(super) fn check_room(&self, store: &Store) -> Result<(), DownloadError> {
        let free = free_space(store.root())?;
        let needed = self.size - self.done() + SLACK.min(self.size);
        if free < needed {
            let text = format!(
                "{needed} more bytes are needed in {} and {free} are free; remove a model or choose another folder",
                store.root().display()
            );
            return Err(fail(DownloadErrorKind::NoRoom, text));
        }
        Ok(())
    }

    /// Adds bytes at the end; more than the pinned size is another file, of which nothing is kept.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<(), DownloadError> {
        let behind = self.done() + bytes.len() as u64;
        if behind > self.size {
            self.discard()?;
            return Err(wrong_size(behind, self.size));
        }
        if let Err(cause) = self.file.write_all(bytes) {
            // What was written of it is not in the hash: it goes.
            let error = of_disk("write", &self.path, &cause);
            self.cut(self.done())?;
            return Err(error);
        }
        self.hashes.update(bytes);
        Ok(())
    }

    /// Begins again, when the server sends the whole file.
    pub(super) fn restart(&mut self) -> Result<(), DownloadError> {
        if self.done() > 0 { self.discard() } else { Ok(()) }
    }

    /// Empties the file.
    pub(super) fn discard(&mut self) -> Result<(), DownloadError> {
        self.hashes = Both::default();
        self.cut(0)
    }

    fn cut(&mut self, len: u64) -> Result<(), DownloadError> {
        if self.file.metadata().is_ok_and(|file| file.is_file()) {
            self.file.set_len(len).map_err(|cause| of_disk("cut", &self.path, &cause))?;
        }
        self.seek(len)
    }

    fn seek(&mut self, to: u64) -> Result<(), DownloadError> {
        self.file.seek(SeekFrom::Start(to)).map(drop).map_err(|cause| of_disk("read", &self.path, &cause))
    }

    /// Deletes the file.
    pub(super) fn remove(self) -> Result<(), DownloadError> {
        fs::remove_file(&self.path).map_err(|cause| of_disk("remove", &self.path, &cause))
    }

    /// The file (still locked), where it is, and its digests.
    pub(super) fn finish(self) -> (File, PathBuf, Digest, HashTree) {
        let (sha256, tree) = self.hashes.finish();
        (self.file, self.path, sha256, tree)
    }
}

/// Takes the lock of a file; false when another download has it.
fn lock(file: &File) -> io::Result<bool> {
    let start = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(cause)) => return Err(cause),
            Err(TryLockError::WouldBlock) if start.elapsed() > LINGER => return Ok(false),
            Err(TryLockError::WouldBlock) => std::thread::sleep(LINGER / 20),
        }
    }
}
