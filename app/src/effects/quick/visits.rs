//! How often files came to the front, and when: a small file beside the session, which all windows share.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use search::quick::frecency::Frecency;

use crate::atomic_write;

/// The file is no longer than this, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// The visits of files.
pub struct QuickVisits {
    path: Option<PathBuf>,
    known: Option<Frecency>,
}

impl QuickVisits {
    /// Those in a file, which is read when they are asked for.
    pub fn new(path: Option<PathBuf>) -> QuickVisits {
        QuickVisits { path, known: None }
    }

    /// All that is known by now.
    pub fn known(&mut self) -> &Frecency {
        let path = self.path.clone();
        self.known.get_or_insert_with(|| path.and_then(|path| read(&path)).unwrap_or_default())
    }

    /// A file came to the front, now. What other windows counted meanwhile stays counted.
    pub fn visit(&mut self, file: &Path) {
        let now = now_ms();
        // A name that is no text has no place in the file, and one that cannot be written is not worth a message.
        let written = self.path.as_deref().filter(|_| file.to_str().is_some());
        let written = written.and_then(|path| add(path, file, now));
        match written {
            Some(all) => self.known = Some(all),
            None => {
                self.known();
                self.known.get_or_insert_default().visit(file, now);
            }
        }
    }
}

/// Milliseconds of the clock on the wall, which continues between two starts.
pub fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

fn add(path: &Path, file: &Path, now: u64) -> Option<Frecency> {
    let _alone = atomic_write::lock(path).ok()?;
    let mut all = read(path).unwrap_or_default();
    all.visit(file, now);
    let entries: Vec<(&Path, f64, u64)> =
        all.entries().filter(|(path, ..)| path.to_str().is_some()).collect();
    atomic_write::write(path, serde_json::to_vec(&entries).ok()?, true).ok()?;
    Some(all)
}

fn read(path: &Path) -> Option<Frecency> {
    let bytes = editor_core::regular::read(path, MAX_BYTES).ok()?;
    let entries: Vec<(PathBuf, f64, u64)> = serde_json::from_slice(&bytes).ok()?;
    Some(Frecency::from_entries(entries))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn visits_of_all_windows_are_kept_for_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("visits.json");
        let (mut one, mut other) =
            (QuickVisits::new(Some(path.clone())), QuickVisits::new(Some(path.clone())));
        one.visit(Path::new("/a"));
        other.visit(Path::new("/b"));
        one.visit(Path::new("/a"));
        let mut later = QuickVisits::new(Some(path.clone()));
        let worth = |path: &str, known: &Frecency| {
            known.bonus(now_ms()).find(|(known, _)| *known == Path::new(path)).map(|(_, worth)| worth)
        };
        let (a, b) = (worth("/a", later.known()), worth("/b", later.known()));
        assert!(a > b && b > Some(0), "{a:?} {b:?}");
        std::fs::write(&path, "no JSON").unwrap();
        assert_eq!(*QuickVisits::new(Some(path)).known(), Frecency::default());
    }

    #[test]
    fn without_a_file_they_count_for_this_window() {
        let mut visits = QuickVisits::new(None);
        visits.visit(Path::new("/a"));
        assert_eq!(visits.known().entries().count(), 1);
    }
}
