//! Starting a worker, and saying how it ended.

use std::{
    ffi::OsString,
    io::{BufReader, Write},
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::{Command, ExitStatus, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};
use ipc_channel::ipc::IpcBytesSender;
use shared_child::SharedChild;

use crate::{
    files::{self, FilesFirst},
    handshake::{self, NotGreeted, PARENT_VARIABLE},
    last_words::LastWords,
    protocol::{Request, WorkerMessage},
    socket::{self, Stream},
    supervise::{GREETING, GreetingWait, NoGreeting},
    transport::{FrameReader, FrameWriter, PacketStream},
};

/// How often the wait for a greeting looks whether the process is still there.
const HANDSHAKE_LOOK: Duration = Duration::from_millis(20);
/// How long a worker that closed its connection may take until the system says that it is gone.
const GONE_WITHIN: Duration = Duration::from_millis(500);

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

/// The wire of a worker that has greeted us, as the editor holds it.
pub(crate) struct Wire {
    pub requests: FilesFirst<FrameWriter<PacketStream<IpcBytesSender>, Request>>,
    pub events: FrameReader<Stream, WorkerMessage>,
}

/// A worker that has greeted us.
pub(crate) struct ConnectedWorker {
    pub child: Arc<SharedChild>,
    pub wire: Wire,
    /// Ends the wire also for whoever waits for it.
    pub stream: Stream,
    pub last_words: LastWords,
}

/// Starts the program and waits for its greeting. The calling thread must live as long as the worker: on Linux it is the
/// thread whose end the worker is told of. `unwanted` says that nobody wants it any more, and the wait for its greeting ends.
///
/// # Errors
/// A sentence for people.
pub(crate) fn launch(
    program: &WorkerProgram,
    unwanted: impl Fn() -> bool,
) -> Result<ConnectedWorker, String> {
    let token = random_token()?;
    let (stream, stdin) = socket::pair().map_err(|e| format!("Cannot open a channel: {e}."))?;
    let (models, its_models) = files::pair().map_err(|e| format!("Cannot open a channel: {e}."))?;
    let mut child = spawn(program, stdin, its_models)?;
    let last_words = LastWords::listen(child.stderr.take());
    let child =
        Arc::new(SharedChild::new(child).map_err(|e| format!("Cannot watch the model worker: {e}."))?);
    let wire =
        greet(&stream, token, models).and_then(|greeted| greeting(&greeted, &child, &last_words, unwanted));
    match wire {
        Ok(wire) => Ok(ConnectedWorker { child, wire, stream, last_words }),
        Err(reason) => {
            let _already_gone = child.kill();
            socket::end(&stream);
            let _status_is_in_the_text = child.wait();
            Err(reason)
        }
    }
}

fn random_token() -> Result<String, String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| format!("The system gives no random numbers: {e}."))?;
    Ok(bytes.iter().map(|b| format!("{b:02x}")).collect())
}

fn spawn(program: &WorkerProgram, stdin: Stdio, models: Stdio) -> Result<std::process::Child, String> {
    let mut command = Command::new(&program.path);
    // A group of its own: Ctrl-C in a terminal is for the editor, which then cancels in good order.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command
        .args(&program.args)
        .envs(program.env.iter().map(|(k, v)| (k, v)))
        .envs(MEMORY_IN_LARGE_PAGES)
        .env(PARENT_VARIABLE, std::process::id().to_string())
        .stdin(stdin)
        .stdout(models)
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|e| {
            format!("Cannot start the model worker {}: {e}. Reinstall LocalCoder.", program.path.display())
        })
}

type Greeted = Result<Wire, NotGreeted>;

/// Tells the worker the token and has its greeting waited for, which may never come, on a thread of its own: that is
/// released by the end of the stream.
fn greet(stream: &Stream, token: String, models: Stream) -> Result<Receiver<Greeted>, String> {
    let failed = |e: std::io::Error| format!("Cannot speak to the model worker: {e}.");
    // A worker that is dead already is reported by the greeting that does not come.
    let _broken_pipe = writeln!(&mut &*stream, "{token}");
    let mut from = BufReader::new(stream.try_clone().map_err(failed)?);
    let (sender, greeted) = bounded(1);
    thread::Builder::new()
        .name("worker-greeting".into())
        .spawn(move || {
            // ipc-channel asserts where it sends, too.
            let wire = catch_unwind(AssertUnwindSafe(|| {
                let requests = FilesFirst::new(models, handshake::welcome(&mut from, &token)?);
                Ok(Wire { requests, events: FrameReader::behind(from) })
            }));
            if let Ok(wire) = wire {
                let _nobody_waits = sender.send(wire);
            }
        })
        .map_err(|e| format!("Cannot start a thread: {e}."))?;
    Ok(greeted)
}

/// Waits for the worker's greeting as long as that is worth it.
fn greeting(
    greeted: &Receiver<Greeted>,
    child: &SharedChild,
    last_words: &LastWords,
    unwanted: impl Fn() -> bool,
) -> Result<Wire, String> {
    let mut patience = GreetingWait::default();
    let mut looked = Instant::now();
    loop {
        match greeted.recv_timeout(HANDSHAKE_LOOK) {
            Ok(Ok(wire)) => return Ok(wire),
            Ok(Err(NotGreeted::Refused(reason))) => return Err(reason),
            // It spoke and was not understood, or died between its start and its greeting.
            Ok(Err(NotGreeted::Broken(_))) | Err(RecvTimeoutError::Disconnected) => {
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
        if unwanted() {
            return Err("The model worker was stopped before it answered.".into());
        }
        let now = Instant::now();
        let late = patience.tick(now - std::mem::replace(&mut looked, now), is_stopped(child.id()));
        match (child.try_wait().ok().flatten(), late) {
            (Some(status), _) => return Err(describe_end(Ok(status), None, last_words).reason),
            (None, Some(NoGreeting::Halted)) => {
                return Err("The model worker was stopped before it answered.".into());
            }
            (None, Some(NoGreeting::Silent)) => {
                return Err(format!(
                    "The model worker did not answer within {} seconds.",
                    GREETING.as_secs()
                ));
            }
            (None, None) => {}
        }
    }
}

/// Whether the system says that a process is stopped by a signal (proc(5), the state in `stat`). False where it does not tell.
pub(crate) fn is_stopped(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The program's name in parentheses may contain anything.
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T'))
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
