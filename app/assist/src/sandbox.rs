//! Running code nobody has read yet: a proposal of the model, to see whether the documentation's examples hold for it, and the programs
//! that check one, which read what others wrote.
//!
//! Linux: `localcoder confined … PROGRAM` supervises PROGRAM (`supervise`) in a process that gave up rights before it became it
//! (`within`). What is left can read its interpreter, its libraries and its folder (`reach`, `files`), compute, and talk through the pipes
//! that it was given (`calls`): no network, no file written, no further processes, no signals, little memory and time, and all of it
//! ends with us. A build may besides write in its folder and start programs that may do no more. Both take Landlock; where the kernel has
//! none, nothing is run. macOS: a seatbelt profile by `sandbox-exec` (type-checked, not run). Elsewhere nothing is run at all.

use std::{
    ffi::{OsStr, OsString},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

#[cfg(target_os = "linux")]
mod allow;
#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod cgroup;
#[cfg(target_os = "linux")]
mod files;
#[cfg(target_os = "linux")]
#[path = "sandbox/linux.rs"]
mod imp;
mod order;
#[cfg(target_os = "linux")]
mod reach;
mod scratch;
#[cfg(target_os = "linux")]
mod supervise;
#[cfg(target_os = "linux")]
mod within;

use order::{SandboxMode, SandboxOrder};
pub use scratch::{Scratch, sweep_leftovers};

/// The word that begins the command of a program that confines itself.
pub const CONFINED: &str = "confined";
/// The exit code that says that a program was ended: its time was over, or it took too much.
pub const LATE: u8 = 124;
/// More output than this is cut: a result is a few lines.
const MAX_OUTPUT: u64 = 1 << 20;
/// How much longer than its program a supervisor may take before it is ended itself.
const GRACE: Duration = Duration::from_secs(10);

/// What a run gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramOutput {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub errors: String,
    /// It ended by itself and without an error.
    pub success: bool,
    /// It was ended because its time was over, or because it took too much.
    pub late: bool,
}

/// A program that may write in a folder and start others.
#[derive(Clone, Copy, Debug)]
pub struct Build<'a> {
    /// Where it may write, though not too much.
    pub folder: &'a Path,
    /// Where it is started.
    pub within: &'a Path,
    /// What it may read besides the system's files and its own installation.
    pub readable: &'a [PathBuf],
    /// What it sees in its environment besides the usual.
    pub variables: &'a [(&'a str, &'a OsStr)],
    /// How long it may take.
    pub limit: Duration,
}

/// Runs a program on `input` for at most `limit`, confined, in `folder`, which it may read.
///
/// # Errors
/// A sentence for people: it cannot be started, or this system cannot confine it.
pub fn run(
    program: &Path,
    args: &[&OsStr],
    folder: &Path,
    input: &str,
    limit: Duration,
) -> Result<ProgramOutput, String> {
    let order = SandboxOrder {
        folder: Some(folder.to_owned()),
        limit: Some(limit),
        program: program.into(),
        args: args.iter().map(Into::into).collect(),
        ..SandboxOrder::default()
    };
    run_command(imp::command(&order)?, folder, &[], input, limit)
}

/// Runs a program that builds.
///
/// # Errors
/// As [`run`]; also where this system cannot hold it to its folder.
pub fn build(program: &OsStr, args: &[&OsStr], build: &Build<'_>) -> Result<ProgramOutput, String> {
    let order = SandboxOrder {
        mode: SandboxMode::Build,
        folder: Some(build.folder.to_owned()),
        readable: build.readable.to_vec(),
        limit: Some(build.limit),
        program: program.to_owned(),
        args: args.iter().map(Into::into).collect(),
        ..SandboxOrder::default()
    };
    run_command(imp::command(&order)?, build.within, build.variables, "", build.limit)
}

/// What of the means that confine programs this system gives, in words for people; and why nothing is run, or nothing is built, where
/// too little is given.
#[derive(Clone, Debug)]
pub struct Means {
    /// Each with whether it is there.
    pub given: Vec<(bool, String)>,
    /// What is off for want of them.
    pub off: Vec<String>,
}

/// Looks at this system. Starts a process.
pub fn means() -> Means {
    let off = [imp::can(SandboxMode::Run), imp::can(SandboxMode::Build)];
    Means { given: imp::gives(), off: off.into_iter().filter_map(Result::err).collect() }
}

/// The files of a program's name in the folders of the path: those that begin with `/`, for others mean another folder in each
/// folder, and in that of a project what the project says. A name with a `/` is a path.
pub fn on_path(name: &OsStr) -> impl Iterator<Item = PathBuf> {
    let path = Path::new(name);
    let own = (path.components().count() > 1 && path.is_file()).then(|| path.to_owned());
    let folders = if path.components().count() == 1 { std::env::var_os("PATH") } else { None };
    let found: Vec<PathBuf> =
        absolute(&folders.unwrap_or_default()).map(|folder| folder.join(name)).collect();
    own.into_iter().chain(found.into_iter().filter(|file| file.is_file()))
}

fn absolute(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(path).filter(|folder| folder.is_absolute())
}

fn run_command(
    mut command: Command,
    folder: &Path,
    variables: &[(&str, &OsStr)],
    input: &str,
    limit: Duration,
) -> Result<ProgramOutput, String> {
    command.current_dir(folder).env_clear().env("HOME", folder).env("LC_ALL", "C.UTF-8");
    let path = std::env::var_os("PATH").and_then(|path| std::env::join_paths(absolute(&path)).ok());
    command.envs(path.map(|path| ("PATH", path)));
    command.envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| {
        let program = command.get_program().to_string_lossy();
        format!("{program} cannot be run: {e}.")
    })?;
    let mut stdin = child.stdin.take();
    let text = input.to_owned();
    let writer = thread::spawn(move || {
        // A program that does not read all of it ends as it likes; its results say so.
        let _closed = stdin.as_mut().map(|pipe| pipe.write_all(text.as_bytes()));
    });
    let (out, errors) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let code = wait(&mut child, limit + GRACE);
    let _done = writer.join();
    Ok(ProgramOutput {
        success: code == Some(0),
        out: out.join().unwrap_or_default(),
        errors: errors.join().unwrap_or_default(),
        late: code.is_none_or(|code| code == i32::from(LATE)),
    })
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _cut = (&mut pipe).take(MAX_OUTPUT).read_to_end(&mut bytes);
            // Read on, so that the program does not wait for us until its time is over.
            let _rest = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for the end, which the supervisor makes when the time is over; makes one itself where that one does not. `None` then.
fn wait(child: &mut Child, limit: Duration) -> Option<i32> {
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.code().or(Some(1)),
            Ok(None) if start.elapsed() < limit => thread::sleep(Duration::from_millis(5)),
            _ => {
                let (_gone, _reaped) = (child.kill(), child.wait());
                return None;
            }
        }
    }
}

/// `confined …`: runs a program confined, or gives up rights and becomes it. The exit code.
///
/// # Errors
/// A sentence for people: it cannot be confined, or not be run.
pub fn become_confined(args: Vec<OsString>) -> Result<u8, String> {
    imp::become_confined(args)
}

#[cfg(target_os = "macos")]
mod imp {
    use std::{ffi::OsString, process::Command};

    use super::order::{SandboxMode, SandboxOrder};

    /// Everything may be read; nothing else.
    const PROFILE: &str = "(version 1)(allow default)(deny network*)(deny file-write*)(deny process-fork)";

    pub(super) fn command(order: &SandboxOrder) -> Result<Command, String> {
        can(order.mode)?;
        let mut command = Command::new("/usr/bin/sandbox-exec");
        command.args(["-p", PROFILE]).arg(&order.program).args(&order.args);
        Ok(command)
    }

    pub(super) fn can(mode: SandboxMode) -> Result<(), String> {
        match mode {
            SandboxMode::Run => Ok(()),
            SandboxMode::Build => {
                Err("Programs that write are not run here: that was never tried on macOS.".into())
            }
        }
    }

    pub(super) fn gives() -> Vec<(bool, String)> {
        vec![(true, "a seatbelt profile that denies network, writing and further processes".into())]
    }

    pub(super) fn become_confined(_: Vec<OsString>) -> Result<u8, String> {
        Err("programs are confined by sandbox-exec here".into())
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod imp {
    use std::{ffi::OsString, process::Command};

    use super::order::{SandboxMode, SandboxOrder};

    pub(super) fn command(order: &SandboxOrder) -> Result<Command, String> {
        can(order.mode).and(Err(String::new()))
    }

    pub(super) fn can(_: SandboxMode) -> Result<(), String> {
        Err("Examples cannot be run safely on this system, so they are not run.".into())
    }

    pub(super) fn gives() -> Vec<(bool, String)> {
        Vec::new()
    }

    pub(super) fn become_confined(_: Vec<OsString>) -> Result<u8, String> {
        Err("programs cannot be confined on this system".into())
    }
}
