//! Fast checkers of a language, where one is at hand: they see mistakes that no grammar shows, such as `return` outside of a
//! function or a name declared twice.
//!
//! They are run on a copy in a folder of their own, confined as examples are: no network, no writing, no other programs. Compilers have
//! to write and to start their own parts, so they get a folder for that; cargo gets the whole project (`cargo`). A checker that did not
//! like the file before says nothing of a change, so what a lone file lacks of its project does no harm. Off until the user allows it for
//! a folder.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use editor_core::Language;

use super::permission::Permission;
use super::{interpreter, lone_rust, messages};
use crate::sandbox::{self, Build};

/// How long a checker may take.
const LIMIT: Duration = Duration::from_secs(5);
/// The same of a compiler.
const COMPILING_LIMIT: Duration = Duration::from_secs(15);
/// Longer lines are not quoted.
const MAX_QUOTED: usize = 120;
const CARGO: &str = "cargo";
/// What stands for the file in the arguments.
pub const FILE: &str = "{file}";
/// The same for the folder that the file really lies in.
const FOLDER: &str = "{folder}";
/// The same for a folder in which a compiler may leave what it makes.
const MADE: &str = "{made}";

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
    /// What it needs to run.
    pub runs: CheckerRuns,
    /// On which files it may be run.
    pub asked_in: Permission,
}

/// What a checker needs to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckerRuns {
    /// It reads the file and starts nothing.
    Alone,
    /// It is a compiler: it starts its own parts, and reads what the system has for it and what lies beside the file.
    Compiling,
    /// It is cargo, which looks at the whole project; of a file in none the compiler alone.
    Cargo,
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
            runs: CheckerRuns::Alone,
            asked_in: Permission::Nowhere,
        };
        let compiler = |language, program: &str, args: &[&str], file_name: &str| Checker {
            runs: CheckerRuns::Compiling,
            ..checker(language, program, args, file_name)
        };
        // What `py_compile` does, without the file that it writes.
        let compile = "import sys; compile(open(sys.argv[1], 'rb').read(), 'code.py', 'exec')";
        Checkers(vec![
            checker(Language::Python, "python3", &["-I", "-B", "-c", compile, FILE], "code.py"),
            checker(Language::JavaScript, "node", &["--check", FILE], "code.js"),
            checker(Language::Go, "gofmt", &["-e", "-l", FILE], "code.go"),
            checker(Language::Bash, "bash", &["-n", FILE], "code.sh"),
            Checker {
                runs: CheckerRuns::Cargo,
                ..checker(Language::Rust, CARGO, &["check", "--offline"], "code.rs")
            },
            compiler(Language::C, "cc", &["-fsyntax-only", "-w", "-iquote", FOLDER, FILE], "code.c"),
            compiler(Language::Cpp, "c++", &["-fsyntax-only", "-w", "-iquote", FOLDER, FILE], "code.cpp"),
            compiler(
                Language::Java,
                "javac",
                &["-proc:none", "-Xlint:none", "-sourcepath", FOLDER, "-d", MADE, FILE],
                "code.java",
            ),
            compiler(
                Language::TypeScript,
                "tsc",
                &["--noEmit", "--skipLibCheck", "--target", "esnext", "--moduleResolution", "node", FILE],
                "code.ts",
            ),
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
                runs: CheckerRuns::Alone,
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
        let message = match (self.runs, file) {
            (CheckerRuns::Cargo, Some(file)) if super::cargo::has_project(file) => {
                return super::cargo::check(file, text, folder);
            }
            (CheckerRuns::Cargo, _) => {
                let compiler = rust_alone(&interpreter::rust()?);
                lone_rust::complaint(text, |text| compiler.message(text, file, folder))?
            }
            _ => self.message(text, file, folder)?,
        };
        let Some(message) = message else { return Some(Ok(())) };
        // It failed without a word: that is about the program, not about the text.
        let words = messages::first_words(&message)?;
        let line = messages::of_lines(&message, &self.name_for(text)).first().map(|(line, _)| *line);
        let written = line.and_then(|line| text.lines().nth(line - 1)).map(str::trim);
        Some(Err(match written.filter(|line| !line.is_empty() && line.len() <= MAX_QUOTED) {
            Some(line) => format!("{words} in the line `{line}`"),
            None => words,
        }))
    }

    /// What it says of lines of a text, counted from 1; `None` as for [`Checker::check`], and of a checker of projects.
    pub fn complaints(&self, text: &str, file: Option<&Path>, folder: &Path) -> Option<Vec<(usize, String)>> {
        let is_asked = self.runs != CheckerRuns::Cargo && self.asked_in.covers(file);
        let message = if is_asked { self.message(text, file, folder) } else { None };
        let of_lines = |message: String| messages::of_lines(&message, &self.name_for(text));
        message.map(|message| message.map(of_lines).unwrap_or_default())
    }

    /// The name of the file that it reads. A module of JavaScript has another one, and a file of Java the name of its public class.
    fn name_for(&self, text: &str) -> String {
        if self.language == Language::Java {
            let name = public_class(text).unwrap_or("Code");
            return self.file_name.replace("code.", &format!("{name}."));
        }
        let is_module = text.lines().any(|line| line.starts_with("import ") || line.starts_with("export "));
        let module = self.language == Language::JavaScript && is_module;
        if module { self.file_name.replace(".js", ".mjs") } else { self.file_name.clone() }
    }

    /// What it says of a text that it does not like; `Some(None)` when it likes it.
    fn message(&self, text: &str, of: Option<&Path>, folder: &Path) -> Option<Option<String>> {
        let file = folder.join(self.name_for(text));
        std::fs::write(&file, text).ok()?;
        let own = of.and_then(Path::parent).unwrap_or(folder);
        let made = folder.join("made");
        let args: Vec<&OsStr> = self
            .args
            .iter()
            .map(|arg| match arg.as_str() {
                FILE => file.as_os_str(),
                FOLDER => own.as_os_str(),
                MADE => made.as_os_str(),
                arg => OsStr::new(arg),
            })
            .collect();
        // A script in the path that starts other programs cannot do so here; the program's own file can.
        let program = interpreter::program_of(&self.program)?;
        let output = if self.runs == CheckerRuns::Compiling {
            std::fs::create_dir_all(&made).ok()?;
            let readable = [own.to_owned()];
            let build = Build {
                folder,
                within: folder,
                readable: &readable,
                variables: &[("TMPDIR", folder.as_os_str())],
                limit: COMPILING_LIMIT,
            };
            sandbox::build(program.as_os_str(), &args, &build).ok()?
        } else {
            sandbox::run(&program, &args, folder, "", LIMIT).ok()?
        };
        if output.late {
            return None;
        }
        // Linters report on standard output.
        let message = if output.errors.trim().is_empty() { output.out } else { output.errors };
        Some((!output.success).then_some(message))
    }
}

/// The compiler for a file of Rust that is in no project.
fn rust_alone(toolchain: &Path) -> Checker {
    let args = [
        "--edition",
        "2024",
        "--crate-type",
        "lib",
        "--emit",
        "metadata",
        "--cap-lints",
        "allow",
        "--error-format",
        "short",
        "--out-dir",
        MADE,
        FILE,
    ];
    Checker {
        language: Language::Rust,
        program: toolchain.join("bin/rustc").to_string_lossy().into_owned(),
        args: args.map(str::to_owned).to_vec(),
        file_name: "code.rs".into(),
        runs: CheckerRuns::Compiling,
        asked_in: Permission::Nowhere,
    }
}

/// The name of the public class of a file of Java, which the file must have as well.
fn public_class(text: &str) -> Option<&str> {
    const KINDS: [&str; 5] = ["class", "interface", "enum", "record", "@interface"];
    let line = text.lines().map(str::trim_start).find(|line| {
        line.starts_with("public ") && KINDS.iter().any(|kind| line.contains(&format!(" {kind} ")))
    })?;
    let mut words = line.split_whitespace().skip_while(|word| !KINDS.contains(word)).skip(1);
    words.next().map(|word| word.split(['<', '{', '(']).next().unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_checker_names_its_file() {
        for checker in Checkers::default().0 {
            assert!(
                checker.runs == CheckerRuns::Cargo || checker.args.iter().any(|arg| arg == FILE),
                "{}",
                checker.program
            );
        }
        assert_eq!(Checkers::default().of(Language::Markdown), None);
    }

    #[test]
    fn a_file_of_java_has_the_name_of_its_public_class() {
        let name = |text: &str| Checkers::default().of(Language::Java).unwrap().name_for(text);
        assert_eq!(name("package a;\n\npublic final class Sums<T> {}\n"), "Sums.java");
        assert_eq!(name("public record Point(int x) {}\n"), "Point.java");
        assert_eq!(name("class Sums {}\n"), "Code.java");
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
