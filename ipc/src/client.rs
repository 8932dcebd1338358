//! The editor's end: one worker process, started when a request needs it and replaced when it dies.
//!
//! Nothing here blocks the caller. Five threads belong to a running worker: its owner (starts it, waits for its end, and
//! is therefore the thread the kernel watches for "dies with its parent"), a writer, a reader, one that keeps the last
//! lines of standard error, and one that does what [`crate::supervise`] decides. Each request that was sent is answered
//! exactly once: by the worker, or by [`Signal::Stopped`]. What is asked while a worker dies, and never reaches it, goes to the
//! next one: who asks cannot know.

mod running;
mod wire;

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, bounded};
use parking_lot::{Condvar, Mutex, MutexGuard};

use crate::{
    bounds,
    death::{self, Cause, Evidence},
    frame::MAX_REQUEST,
    launch::{self, Ended},
    protocol::{Doing, Failure, FailureKind, Request, RequestId, WorkerMessage},
    supervise::{Action, Hang, Input, SupervisePolicy, Supervisor, WorkerPhase},
};
use running::{MAX_OUTGOING, RunningWorker};

pub use crate::launch::{Exit, MEMORY_IN_LARGE_PAGES, WorkerProgram};

/// Longest request that is sent: what else stands in its frame has room beside it.
const MAX_WEIGHT: usize = MAX_REQUEST - (64 << 10);
/// The supervisor's own pings; requests count from 1.
const HEARTBEAT: RequestId = RequestId(0);

/// What the client tells its owner, in order, on a thread of its own.
#[derive(Clone, Debug)]
pub enum Signal {
    /// The next worker has to wait, another one is started in the place of a dead one, or the one that runs hangs and was
    /// ended. What else the supervisor thinks follows from the other signals.
    Phase(WorkerPhase),
    /// A worker is running and has greeted us.
    Started {
        /// Its process id.
        pid: u32,
    },
    /// The worker says something.
    Event(WorkerMessage),
    /// The worker ended, or could not be started.
    Stopped(Stopped),
}

/// The end of a worker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// How it ended.
    pub exit: Exit,
    /// Why.
    pub cause: Cause,
    /// What it did when it ended.
    pub doing: Doing,
    /// No other one is started before [`Client::retry`]: too many died.
    pub gave_up: bool,
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
    sink: Box<Sink>,
    began: Instant,
    state: Mutex<State>,
    /// A worker ended, or one that waits for its start should look again.
    changed: Condvar,
}

struct State {
    /// What the next worker is.
    program: WorkerProgram,
    supervisor: Supervisor,
    /// The worker, from the wish to have one until its process is gone: never are there two.
    running: Option<RunningWorker>,
    /// Why the last one died.
    last_reason: String,
}

impl Client {
    /// A client that starts `program` when the first request needs it. `on_signal` is called on the client's threads. Where it
    /// waits with an event, the worker waits, too; that does not count as the worker's silence.
    pub fn new(program: WorkerProgram, on_signal: impl Fn(Signal) + Send + Sync + 'static) -> Client {
        Client::with_policy(program, SupervisePolicy::default(), on_signal)
    }

    /// The same with other patience.
    pub fn with_policy(
        program: WorkerProgram,
        policy: SupervisePolicy,
        on_signal: impl Fn(Signal) + Send + Sync + 'static,
    ) -> Client {
        let supervisor = Supervisor::new(policy);
        let state = State { program, supervisor, running: None, last_reason: String::new() };
        let shared = Shared {
            sink: Box::new(on_signal),
            began: Instant::now(),
            state: Mutex::new(state),
            changed: Condvar::new(),
        };
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

    /// Sends a request, and has a worker started first when none runs; after a few deaths in a row it starts a moment later.
    /// Never waits.
    ///
    /// # Errors
    /// [`FailureKind::PromptTooLong`] for more text than any model reads, [`FailureKind::Busy`] when too many requests are on
    /// their way, [`FailureKind::GaveUp`] when this many workers died that none is started before [`Client::retry`],
    /// [`FailureKind::WorkerStart`] when no thread can be had. Later failures come as signals.
    pub fn send(&self, request: Request) -> Result<(), Failure> {
        let bytes = bounds::weight(&request);
        if bytes > MAX_WEIGHT {
            let text =
                format!("This is {bytes} bytes of text, and {MAX_WEIGHT} at most can be asked at once.");
            return Err(Failure::new(FailureKind::PromptTooLong, text + " Select less."));
        }
        let now = self.shared.now();
        let mut state = self.shared.state.lock();
        if state.running.is_none() {
            if state.supervisor.phase() == WorkerPhase::GaveUp {
                return Err(gave_up(&state));
            }
            state.running = Some(self.start()?);
        }
        let State { supervisor, running: Some(running), .. } = &mut *state else { return Ok(()) };
        let (idle, doing) = (running.pending.is_empty(), doing_first(&request));
        let expects_answer = request.id().is_some();
        if !running.ask(request) {
            let text = "The model worker is far behind; wait a moment and try again.";
            return Err(Failure::new(FailureKind::Busy, text));
        }
        if expects_answer {
            if idle {
                running.doing = doing;
            }
            supervisor.on(Input::Sent, now);
        }
        Ok(())
    }

    /// Asks the worker to stop a request. Does nothing when no worker runs.
    pub fn cancel(&self, id: RequestId) {
        if let Some(running) = &mut self.shared.state.lock().running {
            let _full_queue_means_dying = running.post(Request::Cancel { id });
        }
    }

    /// The user wants another try: after too many deaths a worker may be started once more, and one that waits for its turn
    /// is started now.
    pub fn retry(&self) {
        self.shared.tell(Input::Retry);
    }

    /// The user wants what is asked next: after too many deaths one more worker is started for it, also when the last of these
    /// deaths is not known here yet.
    pub fn insist(&self) {
        let mut state = self.shared.state.lock();
        if state.supervisor.phase() == WorkerPhase::GaveUp {
            state.supervisor.on(Input::Retry, self.shared.now());
        } else if let Some(running) = &mut state.running {
            running.insisted = Some(RequestId(self.next_id.load(Ordering::Relaxed)));
        }
    }

    /// What killed workers is not asked for any more; earlier deaths do not count.
    pub fn forgive(&self) {
        self.shared.tell(Input::Forgive);
    }

    /// No worker is started before [`Client::retry`].
    pub fn gave_up(&self) -> bool {
        self.shared.state.lock().supervisor.phase() == WorkerPhase::GaveUp
    }

    /// Process id of the running worker.
    pub fn worker_pid(&self) -> Option<u32> {
        self.shared.state.lock().running.as_ref()?.child.as_ref().map(|child| child.id())
    }

    /// From now on workers are this program. One that runs is ended as soon as it has answered what it was asked.
    pub fn replace(&self, program: WorkerProgram) {
        let mut state = self.shared.state.lock();
        if state.program == program {
            return;
        }
        state.program = program;
        if let Some(running) = &mut state.running {
            running.outdated = true;
            end_if_outdated(running);
        }
        self.shared.changed.notify_all();
    }

    /// Ends the worker and waits until it is gone, two seconds at most. Requests under way fail.
    pub fn stop(&self) {
        let mut state = self.shared.state.lock();
        let Some(running) = &mut state.running else { return };
        (running.stopping, running.unwanted) = (true, true);
        if let Some(child) = &running.child {
            let _already_gone = child.kill();
        }
        self.shared.changed.notify_all();
        let deadline = Instant::now() + Duration::from_secs(2);
        while state.running.is_some() && !self.shared.changed.wait_until(&mut state, deadline).timed_out() {}
    }

    fn start(&self) -> Result<RunningWorker, Failure> {
        let (outbox, requests) = bounded(MAX_OUTGOING);
        let shared = self.shared.clone();
        thread::Builder::new()
            .name("worker-owner".into())
            .spawn(move || worker_thread(&shared, requests))
            .map_err(|e| Failure::new(FailureKind::WorkerStart, format!("Cannot start a thread: {e}.")))?;
        Ok(RunningWorker::new(outbox, self.shared.now()))
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ends a worker whose program was replaced, when nothing is expected from it.
fn end_if_outdated(running: &mut RunningWorker) {
    if running.outdated && running.pending.is_empty() {
        running.stopping = true;
        if let Some(child) = &running.child {
            let _already_gone = child.kill();
        }
    }
}

fn gave_up(state: &State) -> Failure {
    let deaths = state.supervisor.deaths();
    let text = format!(
        "The model worker ended {deaths} times in a row and is not restarted automatically. The last time: {}",
        state.last_reason
    );
    Failure::new(FailureKind::GaveUp, text)
}

/// What a worker does first for a request.
fn doing_first(request: &Request) -> Doing {
    match request {
        Request::LoadModel { .. } => Doing::Loading,
        Request::Generate { .. } | Request::Prime { .. } => Doing::Prefill,
        _ => Doing::Idle,
    }
}

/// What a worker does after it said this.
fn doing_after(event: &WorkerMessage) -> Option<Doing> {
    Some(match event {
        WorkerMessage::LoadProgress { .. } => Doing::Loading,
        WorkerMessage::PromptReady { .. } | WorkerMessage::PrefillProgress { .. } => Doing::Prefill,
        // A load that comes before its question.
        WorkerMessage::Loaded { .. } => Doing::Prefill,
        WorkerMessage::Delta { .. } => Doing::Decode,
        _ => return None,
    })
}

impl Shared {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn tell(&self, input: Input) {
        self.state.lock().supervisor.on(input, self.now());
        self.changed.notify_all();
    }
}

/// The lives of workers, one after the other as long as each leaves something undone, on the thread that owns them.
fn worker_thread(shared: &Arc<Shared>, requests: Receiver<Request>) {
    let mut requests = Some(requests);
    while let Some(inbox) = requests {
        requests = run_worker(shared, &inbox);
    }
}

/// A worker's life. What it leaves to the next one: the end that this takes it from.
fn run_worker(shared: &Arc<Shared>, requests: &Receiver<Request>) -> Option<Receiver<Request>> {
    let kills_before = death::oom_kills();
    let (ended, in_hand) = if wait_for_turn(shared) {
        let program = shared.state.lock().program.clone();
        let unwanted = || shared.state.lock().running.as_ref().is_none_or(|running| running.stopping);
        match launch::launch(&program, unwanted) {
            Ok(connection) => wire::serve(shared, connection, requests),
            Err(reason) => (Ended { exit: Exit::NotStarted, words: reason.clone(), reason }, None),
        }
    } else {
        (Ended { exit: Exit::NotStarted, words: String::new(), reason: String::new() }, None)
    };
    let oom_killed = kills_before.zip(death::oom_kills()).is_some_and(|(before, now)| now > before);
    let mut state = shared.state.lock();
    let running = state.running.take()?;
    let Ended { exit, words, reason } = ended;
    let asked = running.stopping;
    let cause = death::cause(Evidence {
        exit,
        words: &words,
        doing: running.doing,
        oom_killed,
        hang: running.hang,
        asked,
    });
    let reason = explained(cause, reason);
    state.supervisor.on(Input::Died { asked }, shared.now());
    // Under the lock nothing is sent any more.
    let unsent: Vec<Request> = in_hand.into_iter().chain(requests.try_iter()).collect();
    let mut left = if running.unwanted { Vec::new() } else { running.left_over(unsent.clone()) };
    if state.supervisor.phase() == WorkerPhase::GaveUp && !running.unwanted {
        // What was written to a worker that did not read any more is as good as unsent where the user insists on it. It is
        // tried once: with the next death it is early.
        let is_tried =
            |request: &&Request| running.insists(request) || matches!(request, Request::Cancel { .. });
        let unread = running.unread().filter(is_tried).filter(|_| may_be_tried(cause));
        let tried = running.left_over(unread.cloned().chain(unsent).collect());
        if tried.iter().any(|request| running.insists(request)) {
            state.supervisor.on(Input::Retry, shared.now());
            left = tried;
        }
    }
    let RunningWorker { mut pending, doing, .. } = running;
    let gave_up = state.supervisor.phase() == WorkerPhase::GaveUp;
    if gave_up {
        left.clear();
    }
    for id in left.iter().filter_map(Request::id) {
        pending.remove(&id);
    }
    let mut failed: Vec<RequestId> = pending.into_keys().collect();
    failed.sort_unstable();
    let next = (!left.is_empty()).then(|| {
        let (running, inbox) = RunningWorker::with(left, shared.now());
        state.running = Some(running);
        state.supervisor.on(Input::Sent, shared.now());
        inbox
    });
    state.last_reason.clone_from(&reason);
    shared.changed.notify_all();
    drop(state);
    (shared.sink)(Signal::Stopped(Stopped { exit, cause, doing, gave_up, reason, failed }));
    next
}

/// Can what was asked last be innocent of this death?
fn may_be_tried(cause: Cause) -> bool {
    !matches!(cause, Cause::OutOfMemory { certain: true } | Cause::Hung(_) | Cause::Asked)
}

/// A sentence about a death that says more than its exit status.
fn explained(cause: Cause, reason: String) -> String {
    match cause {
        Cause::Asked => "The model worker was stopped.".into(),
        Cause::Hung(Hang::Silent) => "The model worker did not answer any more and was ended.".into(),
        Cause::Hung(Hang::Stuck(_)) => "The model worker did not get on with its work and was ended.".into(),
        Cause::OutOfMemory { certain: true } => format!("The model worker ran out of memory. {reason}"),
        _ => reason,
    }
}

/// Waits until the supervisor wants a worker. False when it is not wanted any more.
fn wait_for_turn(shared: &Shared) -> bool {
    let mut state = shared.state.lock();
    let mut input = Input::Wanted;
    loop {
        let action = state.supervisor.on(input, shared.now());
        if state.running.as_ref().is_none_or(|running| running.stopping) {
            return false;
        }
        let phase = state.supervisor.phase();
        match (action, phase) {
            (Some(Action::Start), WorkerPhase::Restarting) => {
                MutexGuard::unlocked(&mut state, || (shared.sink)(Signal::Phase(phase)));
                return true;
            }
            (Some(Action::Start), _) => return true,
            (_, WorkerPhase::BackingOff { until }) => {
                if input == Input::Wanted {
                    MutexGuard::unlocked(&mut state, || (shared.sink)(Signal::Phase(phase)));
                }
                shared.changed.wait_until(&mut state, shared.began + until);
            }
            // Given up meanwhile: what waits fails with its reason.
            _ => return false,
        }
        input = Input::Look;
    }
}
