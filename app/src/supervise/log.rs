//! What happened, in the editor's own words: no text of a file, of a prompt or of an answer ever comes here.

use std::collections::VecDeque;

/// Most entries that are kept.
const MOST: usize = 500;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Info,
    /// Something helped itself.
    Warning,
    /// Something failed.
    Error,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Milliseconds of the window's clock.
    pub at: u64,
    /// How bad it is.
    pub level: Level,
    /// A sentence.
    pub text: String,
    /// How often in a row.
    pub times: u32,
}

/// The latest entries, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    entries: VecDeque<Entry>,
}

impl Log {
    /// Adds a sentence; the same one again only counts.
    pub fn add(&mut self, at: u64, level: Level, text: impl Into<String>) {
        let text = text.into();
        if let Some(last) = self.entries.back_mut()
            && last.text == text
        {
            (last.at, last.times) = (at, last.times + 1);
            return;
        }
        if self.entries.len() == MOST {
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { at, level, text, times: 1 });
    }

    /// All entries, the latest first.
    pub fn latest(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().rev()
    }

    /// Nothing happened yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Level {
    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Level::Info => "info",
            Level::Warning => "warning",
            Level::Error => "error",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_counts_repetitions() {
        let mut log = Log::default();
        log.add(0, Level::Info, "same");
        log.add(9, Level::Info, "same");
        assert_eq!(log.latest().next().map(|entry| (entry.at, entry.times)), Some((9, 2)));
        for n in 0..2 * MOST {
            log.add(n as u64, Level::Error, format!("{n}"));
        }
        assert_eq!(log.latest().count(), MOST);
    }
}
