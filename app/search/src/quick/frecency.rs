//! Which files come first: those that were opened often, and of late.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// This many files are remembered, those that matter most.
const MAX_FILES: usize = 500;
/// After this time a visit counts for half.
const HALF_LIFE_MS: f64 = 3.0 * 24.0 * 3600.0 * 1000.0;
/// What a file that is used all day is worth at most. A letter that matches is worth 16: three of them outdo it.
const MAX_BONUS: f64 = 48.0;

/// How often files were opened, and how lately: a visit counts for half after three days.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Frecency {
    /// What its visits count, and when that was so, in milliseconds of some clock.
    files: HashMap<PathBuf, (f64, u64)>,
}

impl Frecency {
    /// A file was opened, or came to the front.
    pub fn visit(&mut self, path: &Path, now_ms: u64) {
        let counted = self.files.get(path).map_or(0.0, |known| counts(*known, now_ms));
        self.files.insert(path.to_owned(), (counted + 1.0, now_ms));
        if self.files.len() > MAX_FILES {
            let least =
                self.files.iter().min_by(|a, b| counts(*a.1, now_ms).total_cmp(&counts(*b.1, now_ms)));
            let least = least.map(|(path, _)| path.clone());
            least.and_then(|path| self.files.remove(&path));
        }
    }

    /// A file is gone.
    pub fn forget(&mut self, path: &Path) {
        self.files.remove(path);
    }

    /// What each file is worth in a list, beside what matches.
    pub fn bonus(&self, now_ms: u64) -> impl Iterator<Item = (&Path, u32)> {
        let worth = move |known: (f64, u64)| (1.0 - (-counts(known, now_ms) / 4.0).exp()) * MAX_BONUS;
        self.files.iter().map(move |(path, known)| (path.as_path(), worth(*known).round() as u32))
    }

    /// What is to be kept on disk: path, count and time of each file.
    pub fn entries(&self) -> impl Iterator<Item = (&Path, f64, u64)> {
        self.files.iter().map(|(path, (count, at))| (path.as_path(), *count, *at))
    }

    /// As it was kept. What is no number counts for nothing.
    #[must_use]
    pub fn from_entries(entries: impl IntoIterator<Item = (PathBuf, f64, u64)>) -> Self {
        let sane = |count: f64| if count.is_finite() { count.clamp(0.0, 1e6) } else { 0.0 };
        let files = entries.into_iter().take(MAX_FILES).map(|(path, count, at)| (path, (sane(count), at)));
        Self { files: files.collect() }
    }
}

fn counts((count, at): (f64, u64), now_ms: u64) -> f64 {
    count * (-(now_ms.saturating_sub(at) as f64) / HALF_LIFE_MS).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 3600 * 1000;

    fn order(frecency: &Frecency, now: u64) -> Vec<String> {
        let mut all: Vec<_> = frecency.bonus(now).collect();
        all.sort_by_key(|(path, bonus)| (std::cmp::Reverse(*bonus), path.to_owned()));
        all.into_iter().map(|(path, _)| path.display().to_string()).collect()
    }

    #[test]
    fn often_and_lately_count() {
        let mut frecency = Frecency::default();
        (0..3).for_each(|_| frecency.visit(Path::new("often"), 0));
        frecency.visit(Path::new("lately"), DAY);
        assert_eq!(order(&frecency, DAY), ["often", "lately"]);
        frecency.visit(Path::new("lately"), 10 * DAY);
        assert_eq!(order(&frecency, 10 * DAY), ["lately", "often"]);
        let entries: Vec<_> =
            frecency.entries().map(|(path, count, at)| (path.to_owned(), count, at)).collect();
        assert_eq!(Frecency::from_entries(entries), frecency);
        assert!(frecency.bonus(10 * DAY).all(|(_, bonus)| bonus <= MAX_BONUS as u32));
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut frecency = Frecency::default();
        (0..2 * MAX_FILES).for_each(|n| frecency.visit(Path::new(&n.to_string()), n as u64 * DAY));
        assert_eq!(frecency.entries().count(), MAX_FILES);
        assert!(frecency.entries().any(|(path, ..)| path == Path::new(&(2 * MAX_FILES - 1).to_string())));
        let broken =
            Frecency::from_entries([(PathBuf::from("a"), f64::NAN, 0), (PathBuf::from("b"), -1.0, u64::MAX)]);
        assert!(broken.bonus(0).all(|(_, bonus)| bonus == 0));
    }
}
