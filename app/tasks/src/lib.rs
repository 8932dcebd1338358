//! Tasks without a window: what can be run in a project (`find`), and what the programs print about its files (`matcher`).
//!
//! The files that name tasks are written by whoever made the project: they are read as ordinary files of a bounded size, and what they say
//! becomes names and arguments, never a line for a shell.

mod find;
mod just;
mod makefile;
pub mod matcher;

use std::path::PathBuf;

pub use self::find::{from_settings, in_folder};
pub use self::matcher::{ProblemMatcher, TaskProblem, TaskSeverity};

/// Something that can be run in a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectTask {
    /// What people call it: `cargo test`.
    pub name: String,
    /// The file that it was found in, or where else: `Cargo.toml`, `settings`.
    pub source: String,
    /// The program.
    pub program: String,
    /// Its arguments.
    pub args: Vec<String>,
    /// The folder that it is run in.
    pub folder: PathBuf,
}

impl ProjectTask {
    /// The command as it would be typed.
    #[must_use]
    pub fn command(&self) -> String {
        let quoted = |word: &String| {
            let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,".contains(c);
            if !word.is_empty() && word.chars().all(plain) {
                word.clone()
            } else {
                format!("'{}'", word.replace('\'', "'\\''"))
            }
        };
        std::iter::once(&self.program).chain(&self.args).map(quoted).collect::<Vec<_>>().join(" ")
    }
}
