//! The commands without a window: the same client, worker, answer cleaning and review as in the window.
//!
//! Exit codes: 0 done, 1 failed (the reason is on standard error), 2 wrong arguments, 130 cancelled by Ctrl-C.

mod args;
mod doctor;
mod edit;
mod ledger;
mod models;
mod offline;
mod output;
mod session;
mod settings;
mod statistics;

use std::{ffi::OsString, process::ExitCode};

use ::settings::{Layers, Settings};

const HELP: &str = "\
LocalCoder, a code editor with a local model

  localcoder [PATH …]                 open files or a folder in a window; FILE:LINE:COLUMN goes there, - reads a pipe
  localcoder --new-window FILE …      in a window of its own; without it a window that runs takes the files
  localcoder --diff OLD NEW           open a window on what NEW has in place of OLD, side by side
  localcoder --wait FILE …            the same for another program: ends when the files are closed (git config core.editor)
  localcoder improve FILE --lines A:B [--instruction TEXT] [--apply] …
  localcoder explain FILE --lines A:B [--instruction TEXT] …
  localcoder generate FILE --line N [--apply] …      write code below the comment in a line
  localcoder document FILE --line N [--apply] …      document the function around a line
  localcoder commit-message [FOLDER] …               write a message for what is staged
  localcoder name FILE …                             suggest names for a file
  localcoder models list | show ID | fit [ID] [--context N] | found | clean
  localcoder models install ID --accept-licence
  localcoder models import PATH [--copy|--link|--symlink] [--if-missing]
  localcoder models catalogue PATH [--sha256 HEX]
  localcoder models verify [ID] [--sampled] | remove ID [--even-pinned]
  localcoder models pin ID --for NAME | unpin ID --for NAME
  localcoder statistics [--reset]     what became of proposals in the window, counted on this machine
  localcoder settings list | get KEY | set KEY VALUE | reset KEY | path | schema | template
  localcoder doctor                   check devices, memory, models and the worker
  localcoder doctor --prove-offline   try to connect from everything that runs here; 0 when all of it is denied
  localcoder ledger [--json]          every connection that was ever made: when, host, bytes, what for
  localcoder help | --version

improve and explain take
  --lines A:B         lines to work on, counted from 1, both included
  --instruction TEXT  what to do; without it the model improves or explains
all that ask a model take
  --model MODEL       id of an installed model, or path of a GGUF file
  --context N         context window in tokens (default 8192)
  --no-smaller        fail when memory does not suffice; without it a smaller context, the 8-bit KV cache,
                      a smaller model or the CPU answers, and each step is told
  --temperature T     0 (default) takes the likeliest token
  --seed N            seed of the random choice
  --max-tokens N      most tokens to generate
  --threads N         threads to compute with; by default measured
  --cpu               compute without a GPU
  --no-draft          decode without drafts from the selection
  --format FORMAT     text, diff or json
models, settings and statistics take
  --format FORMAT     text, or json: one object on the last line
the environment may set what wins over the settings file
  LOCALCODER_AIR_GAPPED=1   no connection at all; nothing set here makes one possible
  LOCALCODER_MIRROR, LOCALCODER_PROXY   https address of a mirror, address of a proxy
  LOCALCODER_RATE_LIMIT     bytes a second at most, such as 500k or 5M
  LOCALCODER_CA_FILE        certificates to trust instead of the public ones (PEM)
  LOCALCODER_SETTINGS       path of the settings file
improve, generate and document take
  --apply             write the change to FILE, unless it breaks the syntax
  --anyway            with --apply: even then
  --once              ask once; without it, an answer that changes nothing is asked for in another way
  --alternatives N    further answers as long as none passes the checks (default 3)
  --check             ask the language's fast checker (python3, node, gofmt, bash, cargo), confined, to judge answers
  --no-grammar        do not ask again for an answer that breaks the syntax of the file
  --no-agreement      take the first answer that nothing speaks against, also where none says that it is right
improve alone
  --examples          run the selected function, confined, to judge answers: the examples in its
                      documentation, and the same inputs before and after
";

/// Runs a headless command; `args` begins with its name.
pub fn main(args: Vec<OsString>) -> ExitCode {
    let mut args = args.into_iter();
    let command = args.next().and_then(|word| word.into_string().ok()).unwrap_or_default();
    let rest: Vec<OsString> = args.collect();
    let result = match command.as_str() {
        "improve" => edit::run(args::HeadlessCommand::Improve, rest),
        "explain" => edit::run(args::HeadlessCommand::Explain, rest),
        "generate" => edit::run(args::HeadlessCommand::Generate, rest),
        "document" => edit::run(args::HeadlessCommand::Document, rest),
        "commit-message" => edit::run(args::HeadlessCommand::Commit, rest),
        "name" => edit::run(args::HeadlessCommand::Name, rest),
        "statistics" => statistics::run(rest),
        "models" => models::run(rest),
        assist::sandbox::CONFINED => match assist::sandbox::become_confined(rest) {
            Ok(code) => return ExitCode::from(code),
            Err(why) => Err(CommandFailure::Failed(why)),
        },
        "doctor" => doctor::run(rest),
        "ledger" => ledger::run(rest),
        "settings" => settings::run(rest),
        "--version" | "-V" => {
            println!("localcoder {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
        _ => {
            print!("{HELP}");
            Ok(())
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

/// Why a command did not do what it was asked.
#[derive(Debug, PartialEq, Eq)]
pub enum CommandFailure {
    /// The arguments make no sense: exit code 2.
    Usage(String),
    /// There is nothing to do: exit code 2.
    Nothing(String),
    /// It was tried and failed: exit code 1.
    Failed(String),
    /// Ctrl-C: exit code 130.
    Cancelled,
    /// Ctrl-C in something that can be gone on with: exit code 130.
    Paused(String),
}

impl CommandFailure {
    fn report(self) -> ExitCode {
        match self {
            CommandFailure::Usage(text) => {
                eprintln!("localcoder: {text}\nTry `localcoder help`.");
                ExitCode::from(2)
            }
            CommandFailure::Nothing(text) => {
                eprintln!("localcoder: {text}");
                ExitCode::from(2)
            }
            CommandFailure::Failed(text) => {
                eprintln!("localcoder: {text}");
                ExitCode::FAILURE
            }
            CommandFailure::Cancelled => {
                eprintln!("localcoder: cancelled; nothing was changed.");
                ExitCode::from(130)
            }
            CommandFailure::Paused(text) => {
                eprintln!("localcoder: {text}");
                ExitCode::from(130)
            }
        }
    }

    /// The reason, for people.
    fn text(&self) -> &str {
        match self {
            CommandFailure::Usage(text)
            | CommandFailure::Nothing(text)
            | CommandFailure::Failed(text)
            | CommandFailure::Paused(text) => text,
            CommandFailure::Cancelled => "cancelled; nothing was changed",
        }
    }
}

impl From<lexopt::Error> for CommandFailure {
    fn from(error: lexopt::Error) -> Self {
        CommandFailure::Usage(error.to_string())
    }
}

/// The user's settings. What is wrong in them is said on standard error and does not stop a command.
fn user_settings() -> Settings {
    let mut layers = Layers::here();
    let settings = layers.resolve();
    for complaint in layers.complaints() {
        eprintln!("localcoder: {complaint}");
    }
    settings
}

/// What a command answers.
pub type CommandResult = Result<(), CommandFailure>;
