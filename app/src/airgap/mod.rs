//! The air gap by the kernel: from its first line on, no process of LocalCoder can open a socket that leads off this machine, but one.
//!
//! [`begin`] comes first in `main`, before any thread. It installs a filter on this process, which everything it starts inherits:
//! worker, git, proposals, file managers. That filter is there whether LocalCoder is air-gapped or not; what differs is the one
//! process that may connect, which is started before the filter because there is no way back: [`broker`]. Air-gapped, it does not
//! exist, so leaving the air gap takes a new start. Entering it takes none: the process is ended.
//!
//! One filter in all modes is less to prove than one that comes and goes, and a fault of the editor that is found tomorrow finds it
//! closed today.

mod broker;
mod filter;
pub mod prove;
mod record;

use std::ffi::OsString;
use std::os::unix::net::UnixStream;
use std::process::{Child, ExitCode};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use models::download::ledger::{Connection, connections as connections_in};
use parking_lot::Mutex;

pub use self::broker::ledger;
pub use self::record::{all_connections, ledger_text};

/// How this process began.
struct Start {
    /// When, in seconds since 1970.
    at: u64,
    /// Why the kernel does not keep it from connecting.
    trouble: Option<String>,
    /// The way to the process that may connect, until somebody takes it.
    broker: Mutex<Option<UnixStream>>,
    /// That process, where it is a child of this one and has not been ended.
    child: Mutex<Option<Child>>,
    /// That process was started, and was not ended because LocalCoder became air-gapped.
    open: AtomicBool,
}

static START: OnceLock<Start> = OnceLock::new();

/// What else this program can be, by the first of its arguments: not for people. Runs before any filter.
pub fn other_self(args: &[OsString]) -> Option<ExitCode> {
    match args.first()?.to_str()? {
        broker::WORD => Some(broker::main()),
        prove::WORD => Some(prove::main()),
        _ => None,
    }
}

/// Closes this process and all that it will start. One that `downloads` gets the process that may connect before, unless it is
/// air-gapped.
pub fn begin(downloads: bool) {
    let wanted = downloads && !crate::network::here().air_gapped;
    let broker = wanted.then(broker::start).transpose();
    let filtered = filter::install();
    // Without the filter nothing is downloaded either: what a kernel cannot give is off.
    let (broker, trouble) = match (filtered, broker) {
        (Ok(()), Ok(broker)) => (broker, None),
        (Ok(()), Err(error)) => {
            eprintln!("localcoder: nothing can be downloaded: {error}.");
            (None, None)
        }
        (Err(error), _) => {
            eprintln!("localcoder: {error}");
            (None, Some(error))
        }
    };
    let (broker, child) = broker.map_or((None, None), |(stream, child)| (Some(stream), Some(child)));
    let open = AtomicBool::new(broker.is_some());
    let _only_once =
        START.set(Start { at: now(), trouble, broker: Mutex::new(broker), child: Mutex::new(child), open });
}

/// The way to the process that may connect; once. `None`: LocalCoder began air-gapped, or somebody has it.
pub fn take_broker() -> Option<UnixStream> {
    START.get()?.broker.lock().take()
}

/// LocalCoder is air-gapped from now on, until it is started again. Ends the process that may connect; who has taken the way to it
/// gives that up.
pub fn close() {
    drop(take_broker());
    if let Some(start) = START.get() {
        start.open.store(false, Ordering::Relaxed);
        if let Some(mut child) = start.child.lock().take() {
            // It ends when nobody holds the way to it any more; until somebody looks, its number stays taken.
            let waits = std::thread::Builder::new().name("downloads ended".to_owned());
            let _no_thread_no_harm = waits.spawn(move || child.wait());
        }
    }
}

/// Whether there is a process that may connect. True also where nothing was begun: in tests.
pub fn may_download() -> bool {
    START.get().is_none_or(|start| start.open.load(Ordering::Relaxed))
}

/// The connections that were made since this process began, by whatever process of LocalCoder.
pub fn connections() -> Vec<Connection> {
    let Some(start) = START.get() else { return Vec::new() };
    let mut made = ledger().and_then(|path| connections_in(&path).ok()).unwrap_or_default();
    made.retain(|connection| connection.at >= start.at);
    made
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Does the kernel keep this process and all that it starts from connecting? False also where nothing was begun: in tests.
pub fn is_closed() -> bool {
    cfg!(target_os = "linux") && START.get().is_some_and(|start| start.trouble.is_none())
}

/// Why the kernel keeps nobody from connecting here; `None`: it does.
pub fn trouble() -> Option<&'static str> {
    START.get()?.trouble.as_deref()
}
