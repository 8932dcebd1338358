//! What earlier starts left behind: found, read with the files as they are now, removed. A journal that cannot be read here is
//! told of and stays; it takes no other along.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use editor_core::disk::RealDisk;
use editor_core::file::{self, OpenError, Opened};
use editor_core::journal::{self, JournalError, Owner};
use editor_core::regular;
use ropey::Rope;

use super::LOCK;
use crate::supervise::crash::{self, Found, Left, Recovered};

/// What earlier starts left behind beneath `root`, and the latest report of a crash in `reports` that was not seen yet.
pub fn left(root: &Path, reports: &Path) -> Left {
    let mut left = Left { report: crash::reports(reports).pop(), ..Left::default() };
    for folder in entries(root) {
        let Some(_alone) = orphaned(&folder) else { continue };
        let journals: Vec<PathBuf> = entries(&folder).filter(|path| is_journal(path)).collect();
        for path in &journals {
            match journal::recover(&RealDisk, path) {
                Ok(recovered) => left.texts.push((recovered.owner.title, path.clone())),
                Err(error) => left.unread.push(error.to_string()),
            }
        }
        if journals.is_empty() && !holds_journals(&folder) {
            let _again_next_time = std::fs::remove_dir_all(&folder);
        }
    }
    left.unread.sort();
    // Of two texts of one file the later one comes first, and gets the file's tab.
    left.texts
        .sort_by_cached_key(|(title, path)| (title.clone(), std::cmp::Reverse(changed(path)), path.clone()));
    left
}

/// The lock of a folder whose owner is gone.
fn orphaned(folder: &Path) -> Option<File> {
    let lock = regular::open(&folder.join(LOCK)).ok()?;
    lock.try_lock().ok()?;
    Some(lock)
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|file| file.modified()).ok()
}

fn entries(folder: &Path) -> impl Iterator<Item = PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn is_journal(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "journal")
}

/// Reads what was left, with the files as they are now, and why the rest cannot be read.
pub fn read(left: &Left) -> (Vec<Recovered>, Vec<String>) {
    let (mut texts, mut unread) = (Vec::new(), Vec::new());
    for (_, journal) in &left.texts {
        match recover(journal) {
            Ok(recovered) => texts.push(recovered),
            Err(error) => unread.push(error.to_string()),
        }
    }
    (texts, unread)
}

fn recover(journal: &Path) -> Result<Recovered, JournalError> {
    let journal::Recovered { owner, rope: text, .. } = journal::recover(&RealDisk, journal)?;
    let file = found(&owner, journal);
    Ok(Recovered { journal: journal.to_owned(), owner, text, file })
}

fn found(owner: &Owner, journal: &Path) -> Found {
    let Some(path) = &owner.path else { return Found::Nothing };
    match file::open(&RealDisk, path) {
        Ok(opened) if is_begun_from(&opened, owner) || has_passed(journal, &opened.rope) => {
            Found::AsBefore(Box::new(opened))
        }
        Ok(opened) => Found::Changed(Box::new(opened)),
        Err(OpenError::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => Found::Gone,
        Err(error) => Found::Unreadable(error.to_string()),
    }
}

fn is_begun_from(opened: &Opened, owner: &Owner) -> bool {
    opened.stamp.as_ref().is_some_and(|stamp| Some(stamp.hash) == owner.file_hash)
}

/// Was the text like this at some time? Then it was written by us, a moment before the fall.
fn has_passed(journal: &Path, rope: &Rope) -> bool {
    let mut passed = false;
    let compare = |text: &Rope| passed |= text.len_bytes() == rope.len_bytes() && text == rope;
    journal::recover_past(&RealDisk, journal, compare).is_ok() && passed
}

/// A folder that cannot be listed may hold some.
fn holds_journals(folder: &Path) -> bool {
    let maybe = |entry: io::Result<std::fs::DirEntry>| entry.map_or(true, |entry| is_journal(&entry.path()));
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.any(maybe))
}

/// Removes what was left: it was taken, or is not wanted.
pub fn remove(left: &Left) {
    for (_, journal) in &left.texts {
        let _again_next_time = std::fs::remove_file(journal);
        if let Some(folder) = journal.parent().filter(|folder| !holds_journals(folder)) {
            let _again_next_time = std::fs::remove_dir_all(folder);
        }
    }
    if let Some(report) = &left.report {
        // Kept for a report by hand, but seen.
        let _again_next_time = std::fs::rename(report, report.with_extension("seen"));
    }
}
