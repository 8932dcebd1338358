//! The editor's end: one worker process, started when a request needs it and replaced when it dies.
//!
//! Nothing here blocks the caller. Four threads belong to a running worker: its owner (starts it, waits for its end, and
//! is therefore the thread the kernel watches for "dies with its parent"), a writer, a reader and one that keeps the last
//! lines of standard error. Each request that was sent is answered exactly once: by the worker, or by [`Signal::Stopped`].

use std::{
    collections::HashSet,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};
use parking_lot::{Condvar, Mutex};

use crate::{
    launch::{self, Connection},
    protocol::{Event, Failure, FailureKind, Request, RequestId},
    transport::{Closed, Incoming, Outgoing},
};

pub use crate::launch::{Exit, WorkerProgram};

/// Most requests on their way to the worker.
const MAX_OUTGOING: usize = 128;
/// How long a worker that closed its connection may take to exit by itself.
const EXIT_GRACE: Duration = Duration::from_millis(500);

/// What the client tells its owner, in order, on a thread of its own.
#[derive(Clone, Debug)]
pub enum Signal {
    /// A worker is running and has greeted us.
    Started {
        /// Its process id.
        pid: u32,
    },
    /// The worker says something.
    Event(Event),
    /// The worker ended, or could not be started.
    Stopped(Stopped),
}

/// The end of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// How it ended.
    pub exit: Exit,
    /// A sentence for people.
    pub reason: String,
    /// Requests that will get no answer.
    pub failed: Vec<RequestId>,
}

type Sink = dyn Fn(Signal) + Send + Sync;

/// Sends requests to the worker. Dropping it ends the worker.
pub struct Client {
    shared: Arc<Shared>,
    next_id: AtomicU64,
}

struct Shared {
    program: WorkerProgram,
    sink: Box<Sink>,
    running: Mutex<Option<Running>>,
    ended: Condvar,
}

/// A worker that is being started or runs.
struct Running {
    outbox: Sender<Request>,
    pending: HashSet<RequestId>,
    child: Option<Arc<shared_child::SharedChild>>,
    stopping: bool,
}

impl Client {
    /// A client that starts `program` when the first request needs it. `on_signal` is called on the client's threads and
    /// must not block for long.
    pub fn new(program: WorkerProgram, on_signal: impl Fn(Signal) + Send + Sync + 'static) -> Client {
        let shared =
            Shared { program, sink: Box::new(on_signal), running: Mutex::new(None), ended: Condvar::new() };
        Client { shared: Arc::new(shared), next_id: AtomicU64::new(1) }
    }

    /// A client for the worker program at this path.
    pub fn for_path(program: PathBuf, on_signal: impl Fn(Signal) + Send + Sync + 'static) -> Client {
        Client::new(WorkerProgram::at(program), on_signal)
    }

    /// An id no other request of this client has.
    pub fn next_id(&self) -> RequestId {
        RequestId(self.next_id.fetch_add(1, Ordering::Relaxed))
    }

    /// Sends a request, and starts a worker first when none runs. Never waits.
    ///
    /// # Errors
    /// [`FailureKind::Busy`] when too many requests are on their way, [`FailureKind::WorkerStart`] when no thread can be
    /// had. Later failures come as signals.
    pub fn send(&self, request: Request) -> Result<(), Failure> {
        let mut slot = self.shared.running.lock();
        let running = match &mut *slot {
            Some(running) => running,
            empty => empty.insert(self.start()?),
        };
        let id = request.id();
        match running.outbox.try_send(request) {
            Ok(()) => {
                running.pending.extend(id);
                Ok(())
            }
            Err(TrySendError::Full(_)) => Err(Failure::new(
                FailureKind::Busy,
                "The model worker is far behind; wait a moment and try again.",
            )),
            Err(TrySendError::Disconnected(_)) => {
                Err(Failure::new(FailureKind::WorkerDied, "The model worker is ending; try again."))
            }
        }
    }

    /// Asks the worker to stop a request. Does nothing when no worker runs.
    pub fn cancel(&self, id: RequestId) {
        if let Some(running) = &*self.shared.running.lock() {
            let _full_queue_means_dying = running.outbox.try_send(Request::Cancel { id });
        }
    }

    /// Process id of the running worker.
    pub fn worker_pid(&self) -> Option<u32> {
        self.shared.running.lock().as_ref()?.child.as_ref().map(|child| child.id())
    }

    /// Ends the worker and waits until it is gone, two seconds at most. Requests under way fail.
    pub fn stop(&self) {
        let mut slot = self.shared.running.lock();
        let Some(running) = &mut *slot else { return };
        running.stopping = true;
        if let Some(child) = &running.child {
            let _already_gone = child.kill();
        }
        let deadline = Instant::now() + Duration::from_secs(2);
        while slot.is_some() && !self.shared.ended.wait_until(&mut slot, deadline).timed_out() {}
    }

    fn start(&self) -> Result<Running, Failure> {
        let (outbox, requests) = bounded(MAX_OUTGOING);
        let shared = self.shared.clone();
        thread::Builder::new()
            .name("worker-owner".into())
            .spawn(move || own(&shared, requests))
            .map_err(|e| Failure::new(FailureKind::WorkerStart, format!("Cannot start a thread: {e}.")))?;
        Ok(Running { outbox, pending: HashSet::new(), child: None, stopping: false })
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop();
    }
}

/// A worker's life, on the thread that owns it.
fn own(shared: &Arc<Shared>, requests: Receiver<Request>) {
    let (exit, reason) = match launch::launch(&shared.program) {
        Ok(connection) => serve(shared, connection, requests),
        Err(reason) => (Exit::NotStarted, reason),
    };
    let mut slot = shared.running.lock();
    let Some(running) = slot.take() else { return };
    let mut failed: Vec<RequestId> = running.pending.into_iter().collect();
    failed.sort_unstable();
    let reason = if running.stopping { "The model worker was stopped.".into() } else { reason };
    shared.ended.notify_all();
    drop(slot);
    (shared.sink)(Signal::Stopped(Stopped { exit, reason, failed }));
}

/// Runs the wire of a worker that has greeted us, until it ends.
fn serve(shared: &Arc<Shared>, connection: Connection, requests: Receiver<Request>) -> (Exit, String) {
    let Connection { child, requests: wire, events, last_words } = connection;
    if let Some(running) = &mut *shared.running.lock() {
        running.child = Some(child.clone());
        if running.stopping {
            let _already_gone = child.kill();
        }
    }
    (shared.sink)(Signal::Started { pid: child.id() });
    let (done, ended) = bounded(1);
    let reader = Reader { shared: shared.clone(), child: child.clone(), done };
    let threads = thread::Builder::new()
        .name("worker-writer".into())
        .spawn(move || write(&requests, wire))
        .and_then(|_| thread::Builder::new().name("worker-reader".into()).spawn(move || reader.run(events)));
    if threads.is_err() {
        let _already_gone = child.kill();
    }
    let status = child.wait();
    // The exit status is the authority: on macOS a receive may hang after its peer died (ipc-channel#266).
    let violation = ended.recv_timeout(EXIT_GRACE).unwrap_or_default();
    launch::describe_end(status, violation, &last_words)
}

fn write(requests: &Receiver<Request>, mut wire: impl Outgoing<Request>) {
    while let Ok(request) = requests.recv() {
        if wire.send(request).is_err() {
            break;
        }
    }
}

struct Reader {
    shared: Arc<Shared>,
    child: Arc<shared_child::SharedChild>,
    done: Sender<Option<String>>,
}

impl Reader {
    fn run(self, mut events: impl Incoming<Event>) {
        let violation = loop {
            match events.recv() {
                Ok(event) => self.deliver(event),
                Err(Closed::Disconnected) => break None,
                Err(Closed::Violation(text)) => break Some(text),
            }
        };
        let grace = if violation.is_some() { Duration::ZERO } else { EXIT_GRACE };
        let _owner_no_longer_waits = self.done.send(violation);
        thread::sleep(grace);
        let _already_gone = self.child.kill();
    }

    /// Passes on what answers a request that is open; anything else is late and dropped.
    fn deliver(&self, event: Event) {
        if let Some(id) = event.id() {
            let mut slot = self.shared.running.lock();
            let Some(running) = &mut *slot else { return };
            let open =
                if event.is_final() { running.pending.remove(&id) } else { running.pending.contains(&id) };
            if !open {
                return;
            }
        }
        (self.shared.sink)(Signal::Event(event));
    }
}
