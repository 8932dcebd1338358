//! What became of the model's proposals, counted on this machine only: no text, no file name, no time.
//!
//! One file of JSON lines in the state folder, each line a count of one outcome of one command with one model. It can be read,
//! copied and deleted like any file; several windows may write it at once.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use editor_core::regular;
use ground::lock;
use serde::{Deserialize, Serialize};

use super::task::Task;

/// A file longer than this, in bytes, is written anew as sums.
const MAX_BYTES: u64 = 64_000;
/// A file longer than this, in bytes, is none of ours.
const MAX_READ: u64 = 16 << 20;

/// What became of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// All of it was taken as it was proposed.
    Accepted,
    /// Some of its hunks were taken.
    InPart,
    /// It was taken after the user had changed it.
    Edited,
    /// None of it was taken.
    Rejected,
    /// It was taken, and undone within a minute: counted besides.
    Undone,
}

/// A line of the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatisticsEntry {
    /// The command.
    pub command: Task,
    /// Id of the model.
    pub model: String,
    /// What became of it.
    pub outcome: Outcome,
    /// How often. Less than none takes back what was counted, as when a review that was closed is taken up again.
    #[serde(default = "once")]
    pub count: i64,
}

fn once() -> i64 {
    1
}

/// How often each outcome came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Taken as proposed.
    pub accepted: u64,
    /// Taken in part.
    pub in_part: u64,
    /// Changed, then taken.
    pub edited: u64,
    /// Not taken.
    pub rejected: u64,
    /// Taken and undone within a minute.
    pub undone: u64,
}

impl Counts {
    fn count(&mut self, outcome: Outcome) -> &mut u64 {
        match outcome {
            Outcome::Accepted => &mut self.accepted,
            Outcome::InPart => &mut self.in_part,
            Outcome::Edited => &mut self.edited,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Undone => &mut self.undone,
        }
    }

    /// All proposals that were decided about.
    pub fn proposed(&self) -> u64 {
        self.accepted + self.in_part + self.edited + self.rejected
    }

    /// The part that was taken and stayed, 0 to 1; `None` without proposals.
    pub fn rate(&self) -> Option<f64> {
        let taken = (self.accepted + self.in_part + self.edited).saturating_sub(self.undone);
        (self.proposed() > 0).then(|| taken as f64 / self.proposed() as f64)
    }
}

/// The figures of each command with each model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Statistics(pub BTreeMap<(Task, String), Counts>);

impl Statistics {
    /// Adds a line.
    pub fn add(&mut self, entry: &StatisticsEntry) {
        let counts = self.0.entry((entry.command, entry.model.clone())).or_default();
        let count = counts.count(entry.outcome);
        *count = count.saturating_add_signed(entry.count);
    }

    /// The sum of lines; those that make no sense are left out.
    fn sum(lines: &str) -> Statistics {
        let mut sum = Statistics::default();
        for entry in lines.lines().filter_map(|line| serde_json::from_str::<StatisticsEntry>(line).ok()) {
            sum.add(&entry);
        }
        sum
    }

    fn lines(&self) -> String {
        const ALL: [Outcome; 5] =
            [Outcome::Accepted, Outcome::InPart, Outcome::Edited, Outcome::Rejected, Outcome::Undone];
        let mut lines = String::new();
        for ((command, model), counts) in &self.0 {
            for outcome in ALL {
                let count = i64::try_from(*counts.clone().count(outcome)).unwrap_or(i64::MAX);
                let entry = StatisticsEntry { command: *command, model: model.clone(), outcome, count };
                if let (Ok(line), true) = (serde_json::to_string(&entry), count > 0) {
                    lines += &line;
                    lines.push('\n');
                }
            }
        }
        lines
    }

    /// The table as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = "| command | model | accepted | in part | edited | rejected | undone | kept |\n\
                        | --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
            .to_owned();
        for ((command, model), c) in &self.0 {
            let kept = percent(c);
            let Counts { accepted, in_part, edited, rejected, undone } = c;
            text += &format!(
                "| {} | {model} | {accepted} | {in_part} | {edited} | {rejected} | {undone} | {kept} |\n",
                command.name()
            );
        }
        text
    }

    /// The figures as JSON, one object a row.
    pub fn json(&self) -> serde_json::Value {
        let row = |((command, model), counts): (&(Task, String), &Counts)| {
            serde_json::json!({
                "command": command, "model": model, "counts": counts, "proposed": counts.proposed(), "kept": counts.rate(),
            })
        };
        self.0.iter().map(row).collect()
    }
}

/// The part that was taken and stayed, for people.
pub fn percent(counts: &Counts) -> String {
    counts.rate().map_or_else(|| "–".to_owned(), |rate| format!("{:.0} %", rate * 100.0))
}

/// Where the figures are. `None` without a home.
pub fn path() -> Option<PathBuf> {
    ground::places::state_folder().map(|folder| folder.join("statistics.jsonl"))
}

/// Adds a line to the file.
///
/// # Errors
/// It cannot be written.
pub fn note(path: &Path, entry: &StatisticsEntry) -> io::Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let mut file = regular::open_to_append(path)?;
    lock::exclusive(&file)?;
    file.write_all(format!("{}\n", serde_json::to_string(entry)?).as_bytes())?;
    if file.metadata()?.len() > MAX_BYTES {
        let sum = Statistics::sum(&text(&mut file)?);
        file.set_len(0)?;
        file.write_all(sum.lines().as_bytes())?;
    }
    Ok(())
}

/// The figures; none where there is no file yet.
///
/// # Errors
/// The file is there and cannot be read.
pub fn read(path: &Path) -> io::Result<Statistics> {
    match regular::open(path) {
        Ok(mut file) => {
            lock::shared(&file)?;
            Ok(Statistics::sum(&text(&mut file)?))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Statistics::default()),
        Err(error) => Err(error),
    }
}

/// Deletes the file.
///
/// # Errors
/// It cannot be deleted.
pub fn reset(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn text(file: &mut File) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.rewind()?;
    file.take(MAX_READ + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_READ {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "it is too large"));
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(command: Task, outcome: Outcome) -> StatisticsEntry {
        StatisticsEntry { command, model: "tiny".into(), outcome, count: 1 }
    }

    #[test]
    fn what_is_noted_is_read_and_can_be_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/statistics.jsonl");
        assert_eq!(read(&path).unwrap(), Statistics::default());
        for outcome in [Outcome::Accepted, Outcome::Accepted, Outcome::Rejected, Outcome::Undone] {
            note(&path, &entry(Task::Improve, outcome)).unwrap();
        }
        note(&path, &entry(Task::Complete, Outcome::Edited)).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with(
            "{\"command\":\"improve\",\"model\":\"tiny\",\"outcome\":\"accepted\",\"count\":1}\n"
        ));
        for count in [1, -1] {
            note(&path, &StatisticsEntry { count, ..entry(Task::Improve, Outcome::InPart) }).unwrap();
        }
        let found = read(&path).unwrap();
        let counts = found.0[&(Task::Improve, "tiny".to_owned())];
        assert_eq!((counts.accepted, counts.rejected, counts.undone), (2, 1, 1));
        assert_eq!(percent(&counts), "33 %");
        assert!(found.markdown().contains("| Improve selection | tiny | 2 | 0 | 0 | 1 | 1 | 33 % |"));
        reset(&path).unwrap();
        reset(&path).unwrap();
        assert_eq!(read(&path).unwrap(), Statistics::default());
    }

    #[test]
    fn a_long_file_becomes_a_sum_and_nonsense_in_it_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        let line = serde_json::to_string(&entry(Task::Improve, Outcome::Accepted)).unwrap() + "\n";
        fs::write(&path, format!("no JSON\n{}", line.repeat(2000))).unwrap();
        note(&path, &entry(Task::Improve, Outcome::InPart)).unwrap();
        assert!(fs::metadata(&path).unwrap().len() < 300);
        let counts = read(&path).unwrap().0[&(Task::Improve, "tiny".to_owned())];
        assert_eq!((counts.accepted, counts.in_part), (2000, 1));
    }

    #[test]
    fn a_pipe_or_a_file_that_is_none_of_ours_is_not_waited_for_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let noted = |path: &Path| note(path, &entry(Task::Improve, Outcome::Accepted));
        let pipe = folder.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(noted(&pipe).unwrap_err().to_string(), "it is not an ordinary file");
        let long = folder.path().join("long");
        File::create(&long).unwrap().set_len(MAX_READ + 1).unwrap();
        assert_eq!(noted(&long).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
        assert!(fs::metadata(&long).unwrap().len() > MAX_READ, "nothing of it is lost");
    }

    #[test]
    fn windows_that_write_at_once_lose_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.jsonl");
        let write = |path: PathBuf| {
            move || {
                for _ in 0..400 {
                    note(&path, &entry(Task::Improve, Outcome::Accepted)).unwrap();
                }
            }
        };
        let threads = [std::thread::spawn(write(path.clone())), std::thread::spawn(write(path.clone()))];
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(read(&path).unwrap().0[&(Task::Improve, "tiny".to_owned())].accepted, 800);
    }
}
