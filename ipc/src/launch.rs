//! Starting a worker, and saying how it ended.

use std::{
    collections::VecDeque,
    ffi::OsString,
    io::{BufRead, BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use ipc_channel::ipc::{IpcOneShotServer, IpcReceiver, IpcSender};
use parking_lot::{Condvar, Mutex};
use shared_child::SharedChild;

use crate::{
    files::{self, FilesFirst},
    handshake::{CONNECT_VARIABLE, Hello, PARENT_VARIABLE},
    protocol::{Event, Request},
    supervise::{GREETING, Greeting, NoGreeting},
};

/// How often the wait for a greeting looks whether the process is still there.
const HANDSHAKE_LOOK: Duration = Duration::from_millis(20);
/// How long a worker that closed its connection may take until the system says that it is gone.
const GONE_WITHIN: Duration = Duration::from_millis(500);
/// Lines of standard error kept as last words.
const LAST_LINES: usize = 12;
/// Longest line kept.
const LAST_LINE_BYTES: usize = 400;

/// Weights lie in large pages, where glibc and the kernel can: a third of the time of a load is page faults otherwise.
/// (glibc.malloc.hugetlb in glibc's manual, Memory Allocation Tunables; read when a process starts.)
pub const MEMORY_IN_LARGE_PAGES: Option<(&str, &str)> =
    if cfg!(target_os = "linux") { Some(("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1")) } else { None };

/// The worker's program and how to start it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WorkerProgram {
    /// Absolute path of the executable.
    pub path: PathBuf,
    /// Arguments.
    pub args: Vec<OsString>,
    /// Environment variables set for it, beside our own.
    pub env: Vec<(OsString, OsString)>,
}

impl WorkerProgram {
    /// The program at this path, without arguments.
    pub fn at(path: PathBuf) -> Self {
        WorkerProgram { path, ..WorkerProgram::default() }
    }
}

/// How a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It never greeted us.
    NotStarted,
    /// It exited by itself with this code.
    Code(i32),
    /// A signal ended it.
    Signal(i32),
    /// We ended it, because it broke the protocol.
    Violation,
}

/// The end of a worker as its process tells it.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub exit: Exit,
    /// The last lines of standard error.
    pub words: String,
    /// A sentence for people.
    pub reason: String,
}

/// A worker that has greeted us.
pub(crate) struct Connection {
    pub child: Arc<SharedChild>,
    pub requests: FilesFirst<IpcSender<Request>>,
    pub events: IpcReceiver<Event>,
    pub last_words: LastWords,
}

/// Starts the program and waits for its greeting. The calling thread must live as long as the worker: on Linux it is the
/// thread whose end the worker is told of.
///
/// # Errors
/// A sentence for people.
pub(crate) fn launch(program: &WorkerProgram) -> Result<Connection, String> {
    let token = random_token()?;
    let (server, name) =
        IpcOneShotServer::<Hello>::new().map_err(|e| format!("Cannot open a channel: {e}."))?;
    let (models, its_models) = files::pair().map_err(|e| format!("Cannot open a channel: {e}."))?;
    let mut child = spawn(program, &name, its_models)?;
    let last_words = LastWords::listen(child.stderr.take());
    let stdin = child.stdin.take();
    let child =
        Arc::new(SharedChild::new(child).map_err(|e| format!("Cannot watch the model worker: {e}."))?);
    let greeted = send_token(stdin, &token).and_then(|()| greeting(server, name, &child, &last_words));
    let hello = greeted.and_then(|hello| hello.verify(&token).map(|()| hello)).inspect_err(|_| {
        let _already_gone = child.kill();
        let _status_is_in_the_text = child.wait();
    })?;
    let requests = FilesFirst::new(models, hello.requests);
    Ok(Connection { child, requests, events: hello.events, last_words })
}

fn random_token() -> Result<String, String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| format!("The system gives no random numbers: {e}."))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn spawn(program: &WorkerProgram, name: &str, models: Stdio) -> Result<std::process::Child, String> {
    let mut command = Command::new(&program.path);
    // A group of its own: Ctrl-C in a terminal is for the editor, which then cancels in good order.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
        .args(&program.args)
        .envs(program.env.iter().map(|(k, v)| (k, v)))
        .envs(MEMORY_IN_LARGE_PAGES)
        .env(CONNECT_VARIABLE, name)
        .env(PARENT_VARIABLE, std::process::id().to_string())
        .stdin(Stdio::piped())
        .stdout(models)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| {
            format!("Cannot start the model worker {}: {e}. Reinstall LocalCoder.", program.path.display())
        })
}

fn send_token(stdin: Option<std::process::ChildStdin>, token: &str) -> Result<(), String> {
    let mut stdin = stdin.ok_or("The model worker has no standard input.")?;
    // A worker that is dead already is reported by the greeting that does not come.
    let _broken_pipe = writeln!(stdin, "{token}");
    Ok(())
}

/// Waits for the worker's greeting, which may never come: `accept` has no time limit, so it waits on a thread of its own
/// and is released by a connection of ours when the process dies first.
fn greeting(
    server: IpcOneShotServer<Hello>,
    name: String,
    child: &SharedChild,
    last_words: &LastWords,
) -> Result<Hello, String> {
    let accepted = accept(server)?;
    let mut patience = Greeting::default();
    let mut looked = Instant::now();
    loop {
        match accepted.recv_timeout(HANDSHAKE_LOOK) {
            Ok(Some(hello)) => return Ok(hello),
            // It spoke and was not understood, or died between its connection and its greeting.
            Ok(None) | Err(RecvTimeoutError::Disconnected) => {
                let ended = child.wait_timeout(GONE_WITHIN).ok().flatten();
                return Err(ended.map_or_else(
                    || {
                        "The model worker's greeting was not understood; install both programs from one release."
                            .into()
                    },
                    |status| describe_end(Ok(status), None, last_words).reason,
                ));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let now = Instant::now();
        let late = patience.look(now - std::mem::replace(&mut looked, now), is_stopped(child.id()));
        let reason = match (child.try_wait().ok().flatten(), late) {
            (Some(status), _) => describe_end(Ok(status), None, last_words).reason,
            (None, Some(NoGreeting::Halted)) => "The model worker was stopped before it answered.".into(),
            (None, Some(NoGreeting::Silent)) => {
                format!("The model worker did not answer within {} seconds.", GREETING.as_secs())
            }
            (None, None) => continue,
        };
        drop(IpcSender::<Hello>::connect(name));
        return Err(reason);
    }
}

/// Whether the system says that a process is stopped by a signal (proc(5), the state in `stat`). False where it does not tell.
pub(crate) fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The program's name in parentheses may contain anything.
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
}

fn accept(server: IpcOneShotServer<Hello>) -> Result<Receiver<Option<Hello>>, String> {
    let (sender, accepted) = bounded(1);
    thread::Builder::new()
        .name("worker-accept".into())
        .spawn(move || {
            let hello = catch_unwind(AssertUnwindSafe(|| server.accept().ok().map(|(_, hello)| hello)));
            let _nobody_waits = sender.send(hello.ok().flatten());
        })
        .map_err(|e| format!("Cannot start a thread: {e}."))?;
    Ok(accepted)
}

/// How a worker ended, for code and for people.
pub(crate) fn describe_end(
    status: std::io::Result<ExitStatus>,
    violation: Option<String>,
    last_words: &LastWords,
) -> Ended {
    let exit = match (&violation, &status) {
        (Some(_), _) => Exit::Violation,
        (None, Ok(status)) => exit_of(*status),
        (None, Err(_)) => Exit::Code(-1),
    };
    let what = match (violation, status) {
        (Some(text), _) => format!("The model worker sent {text} and was ended"),
        (None, Ok(status)) => format!("The model worker {}", how_it_ended(status)),
        (None, Err(error)) => format!("The model worker is gone ({error})"),
    };
    let words = last_words.text();
    Ended { exit, reason: with_last_words(&what, &words), words }
}

fn with_last_words(what: &str, words: &str) -> String {
    if words.is_empty() { format!("{what}.") } else { format!("{what}. Its last words: {words}") }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (signal_of(status), status.code()) {
        (Some(signal), _) => Exit::Signal(signal),
        (None, code) => Exit::Code(code.unwrap_or(-1)),
    }
}

fn how_it_ended(status: ExitStatus) -> String {
    match exit_of(status) {
        Exit::Signal(6) => "stopped on an internal check (SIGABRT)".into(),
        Exit::Signal(9) => "was killed (SIGKILL)".into(),
        Exit::Signal(4) => "met an instruction this processor lacks (SIGILL)".into(),
        Exit::Signal(11) => "crashed (SIGSEGV)".into(),
        Exit::Signal(signal) => format!("was ended by signal {signal}"),
        Exit::Code(0) => "exited".into(),
        Exit::Code(code) => format!("exited with code {code}"),
        Exit::NotStarted | Exit::Violation => "did not start".into(),
    }
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal_of(_: ExitStatus) -> Option<i32> {
    None
}

/// The last lines a worker wrote to standard error, collected on a thread of their own.
#[derive(Clone, Default)]
pub(crate) struct LastWords(Arc<(Mutex<Heard>, Condvar)>);

#[derive(Default)]
struct Heard {
    lines: VecDeque<String>,
    /// There is more to come.
    listening: bool,
}

/// How long the words of a worker that is gone are waited for: a busy machine may not have read them yet.
const HEARD_WITHIN: Duration = Duration::from_secs(2);

impl LastWords {
    fn listen(stderr: Option<std::process::ChildStderr>) -> LastWords {
        let words = LastWords::default();
        let (Some(stderr), kept) = (stderr, words.clone()) else { return words };
        words.listening(true);
        let thread = thread::Builder::new().name("worker-stderr".into()).spawn(move || {
            for line in BufReader::new(stderr).split(b'\n').map_while(Result::ok) {
                kept.keep(&String::from_utf8_lossy(&line));
            }
            kept.listening(false);
        });
        // Without the thread only the last words are missing.
        if thread.is_err() {
            words.listening(false);
        }
        words
    }

    fn listening(&self, now: bool) {
        let (heard, changed) = &*self.0;
        heard.lock().listening = now;
        changed.notify_all();
    }

    fn keep(&self, line: &str) {
        let end = line.floor_char_boundary(LAST_LINE_BYTES);
        let lines = &mut self.0.0.lock().lines;
        if lines.len() == LAST_LINES {
            lines.pop_front();
        }
        lines.push_back(line[..end].to_owned());
    }

    /// All of them; called when the worker has ended or is as good as ended.
    fn text(&self) -> String {
        let (heard, changed) = &*self.0;
        let mut heard = heard.lock();
        changed.wait_while_for(&mut heard, |heard| heard.listening, HEARD_WITHIN);
        heard
            .lines
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect::<Vec<_>>()
            .join(" / ")
    }
}
