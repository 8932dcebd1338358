//! The log on disk: what outlives the window, for `localcoder doctor` and for people. One line an entry, the time in front; at a
//! mebibyte the file becomes the old one and a new one begins, so that the log never takes more than two.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use editor_core::regular;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::workspace::log::{LogLine, Severity};

/// A larger file is set aside, in bytes.
const MAX: u64 = 1 << 20;
/// What stands behind the level where a worker ended.
const ENDED: &str = ", worker ended";

/// An entry of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogFileEntry {
    /// When, such as `2026-11-23T06:28:37Z`.
    pub at: String,
    /// The entry.
    pub line: LogLine,
}

/// Adds lines to the file.
///
/// # Errors
/// The folder or the file cannot be written.
pub fn append(path: &Path, lines: &[LogLine], now: SystemTime) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::metadata(path).is_ok_and(|file| file.len() >= MAX) {
        fs::rename(path, old(path))?;
    }
    let at = time(now);
    let all: String = lines.iter().map(|line| format!("{at} {}\n", text_of(line))).collect();
    regular::open_to_append(path)?.write_all(all.as_bytes())
}

fn old(path: &Path) -> PathBuf {
    path.with_extension("old.txt")
}

fn text_of(line: &LogLine) -> String {
    let ended = if line.ended { ENDED } else { "" };
    // One line each, whatever a library put into its message.
    let text = line.text.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("{}{ended}: {text}", line.level.name())
}

/// The last `most` entries, the latest last. What cannot be read is as good as nothing.
pub fn last(path: &Path, most: usize) -> Vec<LogFileEntry> {
    let read = |path: &Path| regular::read_text(path, 2 * MAX).unwrap_or_default();
    let text = read(&old(path)) + &read(path);
    let mut entries: Vec<LogFileEntry> = text.lines().rev().filter_map(entry).take(most).collect();
    entries.reverse();
    entries
}

fn entry(line: &str) -> Option<LogFileEntry> {
    let (at, rest) = line.split_once(' ')?;
    let (head, text) = rest.split_once(": ")?;
    let (level, ended) = head.strip_suffix(ENDED).map_or((head, false), |level| (level, true));
    let line = LogLine { level: Severity::from_name(level)?, ended, text: text.to_owned() };
    Some(LogFileEntry { at: at.to_owned(), line })
}

/// A time in UTC, to the second: `2026-11-23T06:28:37Z`.
fn time(now: SystemTime) -> String {
    let second = OffsetDateTime::from(now).truncate_to_second();
    second.format(&Rfc3339).unwrap_or_else(|_| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    fn line(level: Severity, ended: bool, text: &str) -> LogLine {
        LogLine { level, ended, text: text.to_owned() }
    }

    #[test]
    fn times_are_told_to_the_second() {
        assert_eq!(time(UNIX_EPOCH + Duration::from_millis(1_795_415_317_500)), "2026-11-23T06:28:37Z");
    }

    #[test]
    fn a_pipe_is_no_log_and_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("log.txt");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let refused = append(&pipe, &[line(Severity::Info, false, "a line")], UNIX_EPOCH).unwrap_err();
        assert_eq!(refused.to_string(), "it is not an ordinary file");
        assert!(last(&pipe, 9).is_empty());
    }

    #[test]
    fn what_is_written_is_read_and_old_lines_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/log.txt");
        assert!(last(&path, 9).is_empty());
        let lines = [
            line(Severity::Info, false, "Loaded a model: 3 s."),
            line(Severity::Error, true, "The model worker was killed.\n(signal 9)"),
        ];
        append(&path, &lines, UNIX_EPOCH).unwrap();
        let read = last(&path, 9);
        assert_eq!(read[0], LogFileEntry { at: "1970-01-01T00:00:00Z".into(), line: lines[0].clone() });
        assert!(read[1].line.ended && read[1].line.text == "The model worker was killed. (signal 9)");
        let long = [line(Severity::Debug, false, &"x".repeat(100_000))];
        for _ in 0..40 {
            append(&path, &long, UNIX_EPOCH).unwrap();
        }
        let files = fs::read_dir(folder.path().join("deep")).unwrap().flatten();
        let sizes: Vec<u64> = files.map(|file| file.metadata().unwrap().len()).collect();
        assert!(sizes.len() == 2 && sizes.iter().all(|size| *size < 2 * MAX), "{sizes:?}");
        assert_eq!(last(&path, 3).len(), 3);
        fs::write(&path, "no entry\n\u{0}\n").unwrap();
        assert!(last(&path, 100).iter().all(|entry| entry.line.level == Severity::Debug));
    }
}
