//! What happened, in the editor's own words: no text of a file, of a prompt or of an answer ever comes here.

use std::collections::VecDeque;

use settings::LogLevel;

use super::Workspace;

/// Most entries that are kept.
const MAX: usize = 500;
/// Most lines that wait for the disk.
const MAX_WAITING: usize = 200;

/// How bad it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A step of what goes on.
    Debug,
    /// As it should be.
    #[default]
    Info,
    /// Something helped itself.
    Warning,
    /// Something failed.
    Error,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogEntry {
    /// Milliseconds of the window's clock.
    pub at: u64,
    /// How bad it is.
    pub level: Severity,
    /// A sentence.
    pub text: String,
    /// How often in a row.
    pub times: u32,
}

/// An entry on its way to the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// How bad it is.
    pub level: Severity,
    /// A worker ended.
    pub ended: bool,
    /// A sentence.
    pub text: String,
}

/// Does the setting want entries of this level?
pub fn wants(setting: LogLevel, level: Severity) -> bool {
    match setting {
        LogLevel::Off => false,
        LogLevel::Error => level >= Severity::Error,
        LogLevel::Warn => level >= Severity::Warning,
        LogLevel::Info => level >= Severity::Info,
        LogLevel::Debug => true,
    }
}

/// The latest entries, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Log {
    entries: VecDeque<LogEntry>,
    waiting: Vec<LogLine>,
}

impl Log {
    /// Adds a sentence; the same one again only counts. `ended`: it says why a worker ended.
    pub fn add(&mut self, at: u64, level: Severity, ended: bool, text: impl Into<String>) {
        let text = text.into();
        if self.waiting.len() < MAX_WAITING {
            self.waiting.push(LogLine { level, ended, text: text.clone() });
        }
        if let Some(last) = self.entries.back_mut()
            && last.text == text
        {
            (last.at, last.times) = (at, last.times + 1);
            return;
        }
        if self.entries.len() == MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(LogEntry { at, level, text, times: 1 });
    }

    /// All entries, the latest first.
    pub fn latest(&self) -> impl Iterator<Item = &LogEntry> {
        self.entries.iter().rev()
    }

    /// What the disk does not have yet.
    pub fn take_waiting(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.waiting)
    }

    /// Nothing happened yet.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl Severity {
    /// All levels.
    pub const ALL: [Severity; 4] = [Severity::Debug, Severity::Info, Severity::Warning, Severity::Error];

    /// The level with this name.
    pub fn from_name(name: &str) -> Option<Severity> {
        Severity::ALL.into_iter().find(|level| level.name() == name)
    }

    /// In a word.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Debug => "debug",
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }
}

impl Workspace {
    /// Adds to the log, where the settings want it.
    pub fn record(&mut self, now: u64, level: Severity, text: impl Into<String>) {
        self.record_as(now, level, false, text);
    }

    /// Adds the end of a worker to the log, where the settings want it.
    pub fn record_end(&mut self, now: u64, text: impl Into<String>) {
        self.record_as(now, Severity::Error, true, text);
    }

    fn record_as(&mut self, now: u64, level: Severity, ended: bool, text: impl Into<String>) {
        if wants(self.settings.logs.level, level) {
            self.log.add(now, level, ended, text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_is_bounded_and_counts_repetitions() {
        let mut log = Log::default();
        log.add(0, Severity::Info, false, "same");
        log.add(9, Severity::Info, false, "same");
        assert_eq!(log.latest().next().map(|entry| (entry.at, entry.times)), Some((9, 2)));
        for n in 0..2 * MAX {
            log.add(n as u64, Severity::Error, true, format!("{n}"));
        }
        assert_eq!(log.latest().count(), MAX);
        assert_eq!(log.take_waiting().len(), MAX_WAITING);
        assert!(log.take_waiting().is_empty());
    }

    #[test]
    fn each_setting_wants_its_level_and_what_is_worse() {
        let wanted = |setting| Severity::ALL.into_iter().filter(|level| wants(setting, *level)).count();
        let all = [LogLevel::Off, LogLevel::Error, LogLevel::Warn, LogLevel::Info, LogLevel::Debug];
        assert_eq!(all.map(wanted), [0, 1, 2, 3, 4]);
        for level in Severity::ALL {
            assert_eq!(Severity::from_name(level.name()), Some(level));
        }
    }
}
