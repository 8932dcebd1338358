//! The one door to the user's `git`: what it knows of a folder. No library of ours reads repositories, and nothing is changed.
//!
//! A repository that somebody sent may name programs (`core.fsmonitor`, `gpg.program`, `core.sshCommand`, `diff.external`, filters) and
//! places to fetch from as soon as something is missing (a promisor remote, `ext::`, `uploadpack`). So only the few commands of
//! `COMMANDS` are run, each with what keeps it from starting programs; every transport is forbidden, and what the environment or
//! the system says to git is left out. The kernel's filter holds beneath all of it: git inherits it.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::commit::{self, StagedChanges};

/// How long git may take.
const LIMIT: Duration = Duration::from_secs(20);
/// A diff is read up to this many bytes; what is behind is counted nowhere, so it is far more than a prompt can hold.
const MAX_BYTES: u64 = 8 << 20;
/// This many earlier commits show the style.
const EARLIER: &str = "-6";

/// What git is asked, each with the options that it is always given.
const COMMANDS: &[(&str, &[&str])] = &[
    ("rev-parse", &[]),
    (
        "diff",
        &["--no-color", "--no-ext-diff", "--no-textconv", "--submodule=short", "--ignore-submodules=dirty"],
    ),
    ("log", &["--no-color", "--no-ext-diff", "--no-textconv", "--no-show-signature"]),
];

/// What stands above the configuration of the repository and of the user, whatever that says.
const CONFIGURED: &[&str] = &[
    "core.quotePath=false",
    // Programs.
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.sshCommand=",
    "core.askPass=",
    "core.pager=cat",
    "core.editor=false",
    "core.alternateRefsCommand=",
    "credential.helper=",
    "diff.external=",
    "log.showSignature=false",
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
    "gpg.ssh.program=false",
    "gpg.ssh.defaultKeyCommand=",
    // Other repositories and other places.
    "protocol.allow=never",
    "submodule.recurse=false",
    "fetch.recurseSubmodules=false",
    "safe.bareRepository=explicit",
    "gc.auto=0",
    "maintenance.auto=false",
];

/// Variables of git's, after all of them were taken away.
const VARIABLES: &[(&str, &str)] = &[
    // What is missing stays missing; older versions than 2.45 do not know it, and are kept by the next one.
    ("GIT_NO_LAZY_FETCH", "1"),
    // A list of transports that has none in it, inherited by whatever git starts.
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", ""),
    ("GIT_PAGER", "cat"),
    ("LC_ALL", "C.UTF-8"),
];

/// Why git gave no answer. A sentence without its full stop.
#[derive(Debug, thiserror::Error)]
pub enum GitError {
    /// It cannot be started or waited for; most often it is not installed.
    #[error("git cannot be run: {0}")]
    NotRun(#[source] io::Error),
    /// The system gives no thread to read its answer.
    #[error("Cannot start a thread for git: {0}")]
    NoThread(#[source] io::Error),
    /// It is not one of the commands that are run; empty for none.
    #[error("`git {0}` is not run by LocalCoder")]
    NotOurs(String),
    /// It took too long.
    #[error("git did not answer in time")]
    Late,
    /// The folder is outside of any repository.
    #[error("{} is not in a git repository", .0.display())]
    NoRepository(PathBuf),
    /// There is nothing to describe.
    #[error("Nothing is staged. Stage changes with `git add`, then ask again")]
    NothingStaged,
    /// Its own words, the first line.
    #[error("git: {0}")]
    Failed(String),
}

/// The staged changes of the repository around a folder, cut to what a prompt holds.
///
/// # Errors
/// No git, no repository, nothing staged.
pub fn staged(folder: &Path) -> Result<StagedChanges, GitError> {
    // Outside of a repository `git diff` compares files instead.
    git(folder, &["rev-parse", "--git-dir"])?;
    let diff = git(folder, &["diff", "--cached", "--find-renames", "--unified=2"])?;
    if diff.trim().is_empty() {
        return Err(GitError::NothingStaged);
    }
    // A repository without commits has no style yet.
    let log = git(folder, &["log", EARLIER, "--no-merges", "--format=%s"]).unwrap_or_default();
    let style = log.lines().map(|line| line.chars().take(100).collect()).collect();
    Ok(StagedChanges { style, ..commit::fit(&diff, commit::BUDGET) })
}

/// Lets git run a program with one argument, as it would run one that a repository names, and says what that printed: for
/// `doctor --prove-offline`, which tries from there.
///
/// # Errors
/// git cannot be run, or the program failed.
pub fn through_git(program: &Path, word: &str) -> Result<String, GitError> {
    let mut command = command(Path::new("/"));
    command.args(["-c", "alias.tried=!exec \"$LOCALCODER_TRIED\"", "tried", word]);
    answer(command.env("LOCALCODER_TRIED", program), Path::new("/"))
}

/// Runs one of [`COMMANDS`] in a folder.
fn git(folder: &Path, args: &[&str]) -> Result<String, GitError> {
    let (name, rest) = args.split_first().ok_or(GitError::NotOurs(String::new()))?;
    let (_, always) = COMMANDS
        .iter()
        .find(|(known, _)| known == name)
        .ok_or_else(|| GitError::NotOurs((*name).to_owned()))?;
    answer(command(folder).arg(name).args(*always).args(rest), folder)
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("GIT_") || text == "SSH_ASKPASS" {
            command.env_remove(&name);
        }
    }
    command.envs(VARIABLES.iter().copied()).arg("-C").arg(folder).arg("--no-pager");
    command.args(CONFIGURED.iter().flat_map(|setting| ["-c", setting]));
    command
}

fn answer(command: &mut Command, folder: &Path) -> Result<String, GitError> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(GitError::NotRun)?;
    let (out, errors) = (child.stdout.take(), child.stderr.take());
    let (sender, read) = mpsc::channel();
    let reader = thread::Builder::new().name("git".into()).spawn(move || {
        let text = |pipe: Option<&mut dyn io::Read>| {
            let mut bytes = Vec::new();
            if let Some(pipe) = pipe {
                let _cut = pipe.take(MAX_BYTES).read_to_end(&mut bytes);
                // git waits until somebody takes the rest.
                let _rest = io::copy(pipe, &mut io::sink());
            }
            String::from_utf8_lossy(&bytes).into_owned()
        };
        let (mut out, mut errors) = (out, errors);
        let out = text(out.as_mut().map(|pipe| pipe as &mut dyn io::Read));
        let errors = text(errors.as_mut().map(|pipe| pipe as &mut dyn io::Read));
        // Nobody waits any more when the time was over.
        let _late = sender.send((out, errors));
    });
    reader.map_err(GitError::NoThread)?;
    let answer = read.recv_timeout(LIMIT);
    if answer.is_err() {
        let _gone = child.kill();
    }
    let status = child.wait().map_err(GitError::NotRun)?;
    match answer {
        Err(_) => Err(GitError::Late),
        Ok((out, _)) if status.success() => Ok(out),
        Ok((_, errors)) if errors.contains("not a git repository") => {
            Err(GitError::NoRepository(folder.to_owned()))
        }
        Ok((_, errors)) => {
            Err(GitError::Failed(errors.lines().next().unwrap_or("it failed").trim().to_owned()))
        }
    }
}

#[cfg(test)]
mod tests;
