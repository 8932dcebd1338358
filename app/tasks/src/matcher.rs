//! What compilers, checkers and interpreters print about files, read line by line: rustc and cargo, gcc and clang, tsc, eslint, Python, Go.

mod located;

use std::path::{Path, PathBuf};

use self::located::{Located, located, quoted_file};

/// Longest message, in characters.
const MAX_MESSAGE: usize = 500;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TaskSeverity {
    /// It does not work.
    Error,
    /// It may not be meant so.
    Warning,
}

/// Something that a task said of a line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskProblem {
    /// The file.
    pub path: PathBuf,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1; 1 where none was told.
    pub column: usize,
    /// How bad it is.
    pub severity: TaskSeverity,
    /// What is said.
    pub message: String,
}

/// Reads what a task prints.
#[derive(Debug)]
pub struct ProblemMatcher {
    folder: PathBuf,
    /// What rustc said in the line before the place.
    said: Option<(TaskSeverity, String)>,
    /// The place of a panic, whose words come in the next line.
    panicked: Option<(String, usize, usize)>,
    /// The file whose problems eslint lists.
    listed: Option<String>,
    /// The innermost place of a Python traceback.
    traced: Option<(String, usize)>,
}

impl ProblemMatcher {
    /// For a task that runs in this folder.
    #[must_use]
    pub fn new(folder: &Path) -> ProblemMatcher {
        ProblemMatcher { folder: folder.to_owned(), said: None, panicked: None, listed: None, traced: None }
    }

    /// Reads a line.
    pub fn read(&mut self, line: &str) -> Option<TaskProblem> {
        let line = line.trim_end();
        self.panic(line)
            .or_else(|| self.rust(line))
            .or_else(|| self.python(line))
            .or_else(|| self.in_one_line(line))
            .or_else(|| self.eslint(line))
    }

    fn problem(
        &self,
        place: (&str, usize, usize),
        severity: TaskSeverity,
        message: &str,
    ) -> Option<TaskProblem> {
        let (path, line, column) = place;
        let message: String = message.trim().chars().take(MAX_MESSAGE).collect();
        let is_empty = message.is_empty() || path.is_empty() || line == 0;
        (!is_empty).then(|| TaskProblem {
            path: self.folder.join(path),
            line,
            column: column.max(1),
            severity,
            message,
        })
    }

    /// `error[E0308]: mismatched types`, then ` --> src/main.rs:3:5`.
    fn rust(&mut self, line: &str) -> Option<TaskProblem> {
        if let Some(place) = line.trim_start().strip_prefix("--> ") {
            let (severity, said) = self.said.take()?;
            let Located { path, line, column, .. } = located(place)?;
            return self.problem((path, line, column), severity, &said);
        }
        if line.starts_with(' ') || line.is_empty() {
            return None;
        }
        let head = |word: &str, severity| {
            let rest = line.strip_prefix(word)?;
            let rest = rest.strip_prefix('[').and_then(|rest| Some(rest.split_once(']')?.1)).unwrap_or(rest);
            Some((severity, rest.strip_prefix(": ")?.to_owned()))
        };
        self.said = head("error", TaskSeverity::Error).or_else(|| head("warning", TaskSeverity::Warning));
        None
    }

    /// `thread 'main' panicked at src/main.rs:3:5:`, then what it said.
    fn panic(&mut self, line: &str) -> Option<TaskProblem> {
        if let Some((path, number, column)) = self.panicked.take() {
            return self.problem((&path, number, column), TaskSeverity::Error, &format!("panicked: {line}"));
        }
        let place = line.strip_prefix("thread '").and_then(|rest| rest.split_once(" panicked at "))?.1;
        let Located { path, line, column, .. } = located(place)?;
        self.panicked = Some((path.to_owned(), line, column));
        None
    }

    /// `  File "a.py", line 3, in f` of which the last one counts, until a line says what was raised.
    fn python(&mut self, line: &str) -> Option<TaskProblem> {
        if let Some((path, number)) = quoted_file(line) {
            // What lies in libraries is not where a person looks first.
            let is_own =
                !path.contains("site-packages/") && !path.contains("/lib/python") && !path.starts_with('<');
            if is_own || self.traced.is_none() {
                self.traced = Some((path.to_owned(), number));
            }
            return None;
        }
        if line.is_empty() || line.starts_with(' ') {
            return None;
        }
        let (path, number) = self.traced.take()?;
        let kind = line.split(':').next().unwrap_or_default();
        let is_raised = kind.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.')
            && kind.chars().any(char::is_alphabetic);
        if is_raised { self.problem((&path, number, 1), TaskSeverity::Error, line) } else { None }
    }

    /// Compilers that say all in one line: gcc, clang, tsc, go, and linters that write like them.
    fn in_one_line(&mut self, line: &str) -> Option<TaskProblem> {
        let Located { path, line: number, column, rest } =
            located(line.strip_prefix("vet: ").unwrap_or(line))?;
        if line.starts_with(' ') {
            return None;
        }
        let rest = rest.trim_start_matches([':', '-', ' ']);
        let with = |word: &str| rest.strip_prefix(word).map(|said| said.trim_start_matches([':', ' ']));
        let (severity, said) = match () {
            () if let Some(said) = with("fatal error:") => (TaskSeverity::Error, said),
            () if let Some(said) = with("error:").or_else(|| with("error TS")) => (
                TaskSeverity::Error,
                if rest.starts_with("error TS") { &rest["error ".len()..] } else { said },
            ),
            () if let Some(said) = with("warning:") => (TaskSeverity::Warning, said),
            // It goes with what was said before.
            () if with("note:").is_some() => return None,
            () if path.ends_with(".go") && column > 0 => (TaskSeverity::Error, rest),
            () if path.ends_with(".go") && !rest.is_empty() => (TaskSeverity::Error, rest),
            () if rest.ends_with(']') && rest.contains("[Error/") => (TaskSeverity::Error, rest),
            () if rest.ends_with(']') && rest.contains("[Warning/") => (TaskSeverity::Warning, rest),
            () => return None,
        };
        self.problem((path, number, column), severity, said)
    }

    /// A path alone, then `  4:7  error  what is said  rule`.
    fn eslint(&mut self, line: &str) -> Option<TaskProblem> {
        if !line.starts_with(' ') {
            let is_path = line.contains('/') && !line.contains(char::is_whitespace) && !line.ends_with(':');
            self.listed = is_path.then(|| line.to_owned());
            return None;
        }
        let path = self.listed.clone()?;
        let mut words = line.split_whitespace();
        let (number, column) = words.next()?.split_once(':')?;
        let place = (path.as_str(), number.parse().ok()?, column.parse().ok()?);
        let severity = match words.next()? {
            "error" => TaskSeverity::Error,
            "warning" => TaskSeverity::Warning,
            _ => return None,
        };
        let said = words.collect::<Vec<_>>().join(" ");
        self.problem(place, severity, &said)
    }
}

#[cfg(test)]
mod tests;
