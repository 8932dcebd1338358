//! What earlier starts left behind: found, read with the files as they are now, removed. A journal that cannot be read here is
//! told of and stays; it takes no other along.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use editor_core::disk::RealDisk;
use editor_core::file::{self, OpenError, Opened};
use editor_core::journal::{self, JournalError, JournalOwner};
use editor_core::regular;
use ropey::Rope;

use super::{ASIDE, LOCK};
use crate::features::recovery::crash::{self, FileSinceCrash, Left, RecoveredText};

/// What earlier starts left behind beneath `root`, and the latest report of a crash in `reports` that was not seen yet.
pub fn left(root: &Path, reports: &Path) -> Left {
    let mut left = Left { report: crash::reports(reports).pop(), ..Left::default() };
    for folder in entries(root) {
        let Some(_alone) = orphaned(&folder) else { continue };
        let journals: Vec<PathBuf> = entries(&folder).filter(|path| is_journal(path)).collect();
        let is_aside = folder.join(ASIDE).is_file();
        for path in &journals {
            let texts = if is_aside { &mut left.aside } else { &mut left.texts };
            match journal::recover(&RealDisk, path) {
                Ok(recovered) => texts.push((recovered.owner.title, path.clone())),
                Err(error) => left.unread.push(Arc::new(error)),
            }
        }
        if journals.is_empty() && !holds_journals(&folder) {
            let _again_next_time = std::fs::remove_dir_all(&folder);
        }
    }
    left.unread.sort_by_cached_key(ToString::to_string);
    // Of two texts of one file the later one comes first, and gets the file's tab.
    for texts in [&mut left.texts, &mut left.aside] {
        texts.sort_by_cached_key(|(title, path)| {
            (title.clone(), std::cmp::Reverse(changed(path)), path.clone())
        });
    }
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
pub fn read(left: &Left) -> (Vec<RecoveredText>, Vec<Arc<JournalError>>) {
    let (mut texts, mut unread) = (Vec::new(), Vec::new());
    for (_, journal) in &left.texts {
        match recover(journal) {
            Ok(recovered) => texts.push(recovered),
            Err(error) => unread.push(Arc::new(error)),
        }
    }
    (texts, unread)
}

fn recover(journal: &Path) -> Result<RecoveredText, JournalError> {
    let journal::RecoveredJournal { owner, rope: text, .. } = journal::recover(&RealDisk, journal)?;
    let file = found(&owner, journal);
    Ok(RecoveredText { journal: journal.to_owned(), owner, text, file })
}

fn found(owner: &JournalOwner, journal: &Path) -> FileSinceCrash {
    let Some(path) = &owner.path else { return FileSinceCrash::Nothing };
    match file::open(&RealDisk, path) {
        Ok(opened) if is_begun_from(&opened, owner) || has_passed(journal, &opened.rope) => {
            FileSinceCrash::AsBefore(Box::new(opened))
        }
        Ok(opened) => FileSinceCrash::Changed(Box::new(opened)),
        Err(OpenError::Io(_, error)) if error.kind() == io::ErrorKind::NotFound => FileSinceCrash::Gone,
        Err(error) => FileSinceCrash::Unreadable(error.to_string()),
    }
}

fn is_begun_from(opened: &Opened, owner: &JournalOwner) -> bool {
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

#[cfg(test)]
mod tests {
    use editor_core::journal::Journal;
    use editor_core::{Buffer, Transaction};

    use super::*;

    /// Folders as a fall leaves them.
    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Place {
            let place = Place(tempfile::tempdir().unwrap());
            std::fs::create_dir_all(place.path("unsaved/1-1")).unwrap();
            std::fs::write(place.path("unsaved/1-1/lock"), "").unwrap();
            place
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn left(&self) -> Left {
            left(&self.path("unsaved"), &self.path("crashes"))
        }

        /// A journal of `a.py` that goes through these texts.
        fn journal(&self, file_hash: Option<[u8; 32]>, texts: &[&str]) {
            let owner = JournalOwner { path: Some(self.path("a.py")), title: "a.py".into(), file_hash };
            let path = self.path("unsaved/1-1/1.journal");
            let mut journal = Journal::create(&RealDisk, &path, &owner, &Rope::from_str(texts[0])).unwrap();
            for both in texts.windows(2) {
                let change = Transaction::difference(&Buffer::from_text(both[0]), &Rope::from_str(both[1]));
                journal.append(&change);
            }
            journal.sync().unwrap();
        }

        fn found(&self) -> FileSinceCrash {
            let (mut texts, unread) = read(&self.left());
            assert_eq!((texts.len(), unread.len()), (1, 0));
            texts.remove(0).file
        }
    }

    #[test]
    fn a_file_that_the_edits_began_from_or_that_the_text_once_was_is_no_other_programs() {
        let place = Place::new();
        std::fs::write(place.path("a.py"), "on disk").unwrap();
        let began_from = file::open(&RealDisk, &place.path("a.py")).unwrap().stamp.unwrap().hash;
        place.journal(Some(began_from), &["first", "second", "third"]);
        assert!(matches!(place.found(), FileSinceCrash::AsBefore(_)));
        for (now, is_ours) in
            [("first", true), ("second", true), ("third", true), ("theirs", false), ("", false)]
        {
            std::fs::write(place.path("a.py"), now).unwrap();
            let found = place.found();
            assert_eq!(matches!(found, FileSinceCrash::AsBefore(_)), is_ours, "{now}");
            assert_eq!(matches!(found, FileSinceCrash::Changed(_)), !is_ours, "{now}");
        }
        std::fs::remove_file(place.path("a.py")).unwrap();
        assert!(matches!(place.found(), FileSinceCrash::Gone));
        std::fs::create_dir(place.path("a.py")).unwrap();
        assert!(matches!(place.found(), FileSinceCrash::Unreadable(_)));
    }

    #[test]
    fn a_file_that_came_to_be_meanwhile_or_of_which_nothing_is_known_counts_as_changed() {
        let place = Place::new();
        place.journal(None, &["typed into a new file"]);
        std::fs::write(place.path("a.py"), "theirs").unwrap();
        assert!(matches!(place.found(), FileSinceCrash::Changed(_)));
    }

    #[test]
    fn a_pipe_and_a_journal_that_goes_meanwhile_are_told_of_and_nothing_waits() {
        let place = Place::new();
        place.journal(None, &["text"]);
        let pipe = place.path("unsaved/1-1/2.journal");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let found = place.left();
        assert_eq!((found.texts.len(), found.unread.len()), (1, 1));
        assert!(found.unread[0].to_string().contains("2.journal"), "{:?}", found.unread);
        std::fs::remove_file(place.path("unsaved/1-1/1.journal")).unwrap();
        let (texts, unread) = read(&found);
        assert!(texts.is_empty() && unread[0].to_string().contains("1.journal"), "{unread:?}");
        remove(&found);
        assert!(place.path("unsaved/1-1").exists(), "the pipe may be somebody's");
    }

    #[test]
    fn a_folder_without_journals_goes_unless_its_owner_lives() {
        let place = Place::new();
        let lock = File::open(place.path("unsaved/1-1/lock")).unwrap();
        lock.lock().unwrap();
        place.left();
        assert!(place.path("unsaved/1-1").exists());
        drop(lock);
        place.left();
        assert!(!place.path("unsaved/1-1").exists());
    }
}
