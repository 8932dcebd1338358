//! Arguments of the commands that ask a model.

use std::{ffi::OsString, path::PathBuf};

use assist::attempts::AttemptPolicy;
use ipc::protocol::{Control, RunProfile, Sampling};
use lexopt::{Arg, Parser, ValueExt};
use settings::Settings;

use super::CommandFailure;

/// Which command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadlessCommand {
    /// Rewrite the selection.
    Improve,
    /// Explain the selection.
    Explain,
    /// Write code below the comment in a line.
    Generate,
    /// Document the function around a line.
    Document,
    /// Write a message for what is staged in a folder.
    Commit,
    /// Suggest names for a file.
    Name,
}

impl HeadlessCommand {
    /// The command's word.
    pub fn word(self) -> &'static str {
        match self {
            HeadlessCommand::Improve => "improve",
            HeadlessCommand::Explain => "explain",
            HeadlessCommand::Generate => "generate",
            HeadlessCommand::Document => "document",
            HeadlessCommand::Commit => "commit-message",
            HeadlessCommand::Name => "name",
        }
    }

    /// Does it end in a change of the file?
    pub fn edits(self) -> bool {
        matches!(self, HeadlessCommand::Improve | HeadlessCommand::Generate | HeadlessCommand::Document)
    }
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutputFormat {
    /// The text alone.
    Text,
    /// A unified diff.
    Diff,
    /// One JSON object on the last line.
    Json,
}

/// A parsed command line.
#[derive(Clone, Debug, PartialEq)]
pub struct Args {
    /// Which command.
    pub kind: HeadlessCommand,
    /// The file to read.
    pub file: PathBuf,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// What to do.
    pub instruction: String,
    /// Id or path of a model.
    pub model: Option<String>,
    /// Take a smaller way when memory does not suffice.
    pub smaller: bool,
    /// How to run it.
    pub profile: RunProfile,
    /// How to choose tokens.
    pub sampling: Sampling,
    /// When to stop.
    pub ctrl: Control,
    /// How often to ask, and what to check.
    pub policy: AttemptPolicy,
    /// Write the change to the file.
    pub apply: bool,
    /// Also when it breaks the syntax of the file.
    pub anyway: bool,
    /// How to write the result.
    pub format: OutputFormat,
}

impl Args {
    /// The file's name in a diff: relative, so that `patch -p1` finds it from where it should.
    pub fn diff_name(&self) -> String {
        self.file.to_string_lossy().trim_start_matches('/').to_owned()
    }
}

/// Reads the arguments of a command; what they do not say is as in the settings.
///
/// # Errors
/// [`CommandFailure::Usage`] that names the argument.
pub fn parse(
    kind: HeadlessCommand,
    args: Vec<OsString>,
    settings: &Settings,
) -> Result<Args, CommandFailure> {
    let mut parser = Parser::from_args(args);
    let mut file = None;
    let mut lines = None;
    let mut parsed = Args {
        kind,
        file: PathBuf::new(),
        lines: (0, 0),
        instruction: String::new(),
        model: None,
        smaller: true,
        profile: settings.run_profile(),
        sampling: settings.sampling(),
        ctrl: Control::default(),
        policy: AttemptPolicy::USUAL,
        apply: false,
        anyway: false,
        format: OutputFormat::Text,
    };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("line") if matches!(kind, HeadlessCommand::Generate | HeadlessCommand::Document) => {
                let line = parser.value()?.string()?;
                lines = Some(parse_lines(&format!("{line}:{line}"))?);
            }
            Arg::Long("lines") if matches!(kind, HeadlessCommand::Improve | HeadlessCommand::Explain) => {
                lines = Some(parse_lines(&parser.value()?.string()?)?);
            }
            Arg::Long("instruction")
                if matches!(kind, HeadlessCommand::Improve | HeadlessCommand::Explain) =>
            {
                parsed.instruction = parser.value()?.string()?;
            }
            Arg::Long("model") => parsed.model = Some(parser.value()?.string()?),
            Arg::Long("no-smaller") => parsed.smaller = false,
            Arg::Long("context") => parsed.profile.context_tokens = parser.value()?.parse()?,
            Arg::Long("threads") => parsed.profile.threads = Some(parser.value()?.parse()?),
            Arg::Long("cpu") => parsed.profile.gpu = false,
            Arg::Long("no-draft") => parsed.profile.speculate = false,
            Arg::Long("temperature") => parsed.sampling.temperature = temperature(parser.value()?.parse()?)?,
            Arg::Long("seed") => parsed.sampling.seed = parser.value()?.parse()?,
            Arg::Long("max-tokens") => parsed.ctrl.max_tokens = Some(parser.value()?.parse()?),
            Arg::Long("apply") if kind.edits() => parsed.apply = true,
            Arg::Long("anyway") if kind.edits() => parsed.anyway = true,
            Arg::Long("once") if kind.edits() => {
                parsed.policy.again = false;
                parsed.policy.alternatives = 0;
            }
            Arg::Long("alternatives") if kind.edits() => {
                parsed.policy.alternatives = parser.value()?.parse()?;
            }
            Arg::Long("check") if kind.edits() => parsed.policy.check = true,
            Arg::Long("no-grammar") if kind.edits() => parsed.policy.grammar = false,
            Arg::Long("no-agreement") if kind.edits() => parsed.policy.agreement = false,
            Arg::Long("examples") if kind == HeadlessCommand::Improve => parsed.policy.examples = true,
            Arg::Long("format") => parsed.format = parse_format(&parser.value()?.string()?)?,
            Arg::Value(value) if file.is_none() => file = Some(PathBuf::from(value)),
            other => return Err(other.unexpected().into()),
        }
    }
    let here = (kind == HeadlessCommand::Commit).then(|| PathBuf::from("."));
    parsed.file = file.or(here).ok_or_else(|| CommandFailure::Usage("FILE is missing".into()))?;
    parsed.lines = match (lines, kind) {
        (Some(lines), _) => lines,
        (None, HeadlessCommand::Commit | HeadlessCommand::Name) => (1, 1),
        (None, HeadlessCommand::Generate | HeadlessCommand::Document) => {
            return Err(CommandFailure::Usage("--line N is missing".into()));
        }
        (None, HeadlessCommand::Improve | HeadlessCommand::Explain) => {
            return Err(CommandFailure::Usage("--lines A:B is missing".into()));
        }
    };
    Ok(parsed)
}

fn parse_lines(text: &str) -> Result<(usize, usize), CommandFailure> {
    let wrong = || CommandFailure::Usage(format!("--lines wants A:B with 1 <= A <= B, not «{text}»"));
    let (first, last) = text.split_once(':').ok_or_else(wrong)?;
    let (first, last) = (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
    if first >= 1 && first <= last { Ok((first, last)) } else { Err(wrong()) }
}

fn parse_format(text: &str) -> Result<OutputFormat, CommandFailure> {
    match text {
        "text" => Ok(OutputFormat::Text),
        "diff" => Ok(OutputFormat::Diff),
        "json" => Ok(OutputFormat::Json),
        other => Err(CommandFailure::Usage(format!("--format wants text, diff or json, not «{other}»"))),
    }
}

fn temperature(value: f32) -> Result<f32, CommandFailure> {
    if (0.0..=5.0).contains(&value) {
        return Ok(value);
    }
    Err(CommandFailure::Usage(format!("--temperature wants a number from 0 to 5, not {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: HeadlessCommand, line: &str) -> Result<Args, CommandFailure> {
        parse(kind, line.split_whitespace().map(OsString::from).collect(), &Settings::default())
    }

    #[test]
    fn a_whole_line_is_understood() {
        let line = "a.py --lines 3:7 --instruction x --model m --no-smaller --temperature 0.5 --seed 9 --max-tokens 5 --apply \
                    --alternatives 2 --examples --format json";
        let args = check(HeadlessCommand::Improve, line).unwrap();
        assert_eq!((args.file.to_str(), args.lines, args.apply), (Some("a.py"), (3, 7), true));
        assert_eq!((args.sampling.temperature, args.sampling.seed, args.ctrl.max_tokens), (0.5, 9, Some(5)));
        assert_eq!(args.policy, AttemptPolicy { alternatives: 2, examples: true, ..AttemptPolicy::USUAL });
        assert!(!args.smaller && check(HeadlessCommand::Improve, "a.py --lines 3:7").unwrap().smaller);
        assert_eq!((args.instruction.as_str(), args.format), ("x", OutputFormat::Json));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let cases = [
            ("", "FILE"),
            ("a.py", "--lines"),
            ("a.py --lines 3", "A:B"),
            ("a.py --lines 0:2", "A:B"),
            ("a.py --lines 3:2", "A:B"),
            ("a.py --lines 1:2 --format xml", "xml"),
            ("a.py --lines 1:2 --temperature 9", "--temperature"),
            ("a.py --lines 1:2 --colour red", "colour"),
            ("a.py b.py --lines 1:2", "b.py"),
        ];
        for (line, named) in cases {
            let Err(CommandFailure::Usage(text)) = check(HeadlessCommand::Improve, line) else {
                panic!("«{line}» was taken")
            };
            assert!(text.contains(named), "«{line}»: {text}");
        }
        assert!(check(HeadlessCommand::Explain, "a.py --lines 1:2 --apply").is_err());
        assert!(
            check(HeadlessCommand::Document, "a.py")
                .is_err_and(|failure| failure.text().contains("--line N"))
        );
        assert!(check(HeadlessCommand::Document, "a.py --line x").is_err());
    }

    #[test]
    fn a_line_or_a_folder_is_enough_where_nothing_is_selected() {
        assert_eq!(check(HeadlessCommand::Generate, "a.py --line 4 --apply").unwrap().lines, (4, 4));
        assert_eq!(check(HeadlessCommand::Commit, "").unwrap().file, PathBuf::from("."));
        assert_eq!(check(HeadlessCommand::Name, "a.py").unwrap().file, PathBuf::from("a.py"));
    }
}
