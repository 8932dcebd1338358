//! Fast checkers of a language, where one is at hand: they see mistakes that no grammar shows, such as `return` outside of a
//! function or a name declared twice.
//!
//! They are run on a copy in a folder of their own, confined as examples are: no network, no writing, no other programs. Rust's
//! has to write and to start programs, so it gets a folder for that (`cargo`). Off until the user allows it for a folder.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use editor_core::Language;

use super::permission::Permission;
use super::{interpreter, messages};
use crate::sandbox;

/// How long a checker may take.
const LIMIT: Duration = Duration::from_secs(5);
const CARGO: &str = "cargo";
/// What stands for the file in the arguments.
pub const FILE: &str = "{file}";

/// A program that says whether a file is right as far as it can tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checker {
    /// The files it is for.
    pub language: Language,
    /// The program, looked for in the path.
    pub program: String,
    /// Its arguments; [`FILE`] becomes the file.
    pub args: Vec<String>,
    /// The name of the file that it reads.
    pub file_name: String,
    /// It is cargo, which looks at the whole project.
    pub project: bool,
    /// On which files it may be run.
    pub asked_in: Permission,
}

/// The checkers of all languages, the first that fits counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkers(pub Vec<Checker>);

impl Default for Checkers {
    fn default() -> Self {
        let checker = |language, program: &str, args: &[&str], file_name: &str| Checker {
            language,
            program: program.to_owned(),
            args: args.iter().map(|arg| (*arg).to_owned()).collect(),
            file_name: file_name.to_owned(),
            project: program == CARGO,
            asked_in: Permission::Nowhere,
        };
        // What `py_compile` does, without the file that it writes.
        let compile = "import sys; compile(open(sys.argv[1], 'rb').read(), 'code.py', 'exec')";
        Checkers(vec![
            checker(Language::Python, "python3", &["-I", "-B", "-c", compile, FILE], "code.py"),
            checker(Language::JavaScript, "node", &["--check", FILE], "code.js"),
            checker(Language::Go, "gofmt", &["-e", "-l", FILE], "code.go"),
            checker(Language::Bash, "bash", &["-n", FILE], "code.sh"),
            checker(Language::Rust, CARGO, &["check", "--offline"], "code.rs"),
        ])
    }
}

impl Checkers {
    /// With the commands that the settings name, by the names of their languages in small letters: program and arguments.
    pub fn with(mut self, commands: &BTreeMap<String, Vec<String>>) -> Checkers {
        for (word, command) in commands {
            let (Some(language), [program, args @ ..]) = (Language::by_word(word), &command[..]) else {
                continue;
            };
            let file_name = format!("code.{}", super::naming::extension(language));
            let own = Checker {
                language,
                program: program.clone(),
                args: args.to_vec(),
                file_name,
                project: false,
                asked_in: Permission::Nowhere,
            };
            self.0.retain(|checker| checker.language != language);
            self.0.push(own);
        }
        self
    }

    /// The checker for a language.
    pub fn of(&self, language: Language) -> Option<&Checker> {
        self.0.iter().find(|checker| checker.language == language)
    }
}

impl Checker {
    /// It, where it may be asked.
    #[must_use]
    pub fn asked_in(self, permission: Permission) -> Checker {
        Checker { asked_in: permission, ..self }
    }

    /// Checks the text of a file in an empty folder: `Err` with what it said when the text is not right. `None` when nothing can be said:
    /// it may not be asked about this file, the program is not there, was stopped, or this system cannot confine it.
    pub fn check(&self, text: &str, file: Option<&Path>, folder: &Path) -> Option<Result<(), String>> {
        if !self.asked_in.covers(file) {
            return None;
        }
        if self.project {
            return super::cargo::check(file?, text, folder);
        }
        match self.message(text, folder)? {
            None => Some(Ok(())),
            // It failed without a word: that is about the program, not about the text.
            Some(message) => messages::first_words(&message).map(Err),
        }
    }

    /// What it says of lines of a text, counted from 1; `None` as for [`Checker::check`], and of a checker of projects.
    pub fn complaints(&self, text: &str, file: Option<&Path>, folder: &Path) -> Option<Vec<(usize, String)>> {
        let is_asked = !self.project && self.asked_in.covers(file);
        let message = if is_asked { self.message(text, folder) } else { None };
        let of_lines = |message: String| messages::of_lines(&message, &self.name_for(text));
        message.map(|message| message.map(of_lines).unwrap_or_default())
    }

    /// The name of the file that it reads. A module of JavaScript has another one.
    fn name_for(&self, text: &str) -> String {
        let is_module = text.lines().any(|line| line.starts_with("import ") || line.starts_with("export "));
        let module = self.language == Language::JavaScript && is_module;
        if module { self.file_name.replace(".js", ".mjs") } else { self.file_name.clone() }
    }

    /// What it says of a text that it does not like; `Some(None)` when it likes it.
    fn message(&self, text: &str, folder: &Path) -> Option<Option<String>> {
        let file = folder.join(self.name_for(text));
        std::fs::write(&file, text).ok()?;
        let args: Vec<&OsStr> = self
            .args
            .iter()
            .map(|arg| if arg == FILE { file.as_os_str() } else { OsStr::new(arg) })
            .collect();
        // A script in the path that starts other programs cannot do so here; the program's own file can.
        let program = interpreter::program_of(&self.program)?;
        let output = sandbox::run(&program, &args, folder, "", LIMIT).ok()?;
        if output.late {
            return None;
        }
        // Linters report on standard output.
        let message = if output.errors.trim().is_empty() { output.out } else { output.errors };
        Some((!output.success).then_some(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checker_names_its_file() {
        for checker in Checkers::default().0 {
            assert!(checker.project || checker.args.iter().any(|arg| arg == FILE), "{}", checker.program);
        }
        assert_eq!(Checkers::default().of(Language::Markdown), None);
    }

    #[test]
    fn commands_of_the_settings_come_first() {
        let words = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let commands = [("python", "ruff check {file}"), ("klingon", "x"), ("rust", "check-it")];
        let commands = commands.map(|(word, line)| (word.to_owned(), words(line))).into();
        let all = Checkers::default().with(&commands);
        let program =
            |language| all.of(language).map(|checker| (checker.program.as_str(), checker.file_name.as_str()));
        assert_eq!(program(Language::Python), Some(("ruff", "code.py")));
        assert_eq!(program(Language::Rust), Some(("check-it", "code.rs")));
        assert_eq!(program(Language::JavaScript), Some(("node", "code.js")));
    }
}
