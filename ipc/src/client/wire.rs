//! The wire of a running worker: a thread that writes, one that reads, and one that does what the supervisor decides.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded, select};

use super::{HEARTBEAT, Shared, Signal, State, doing_after, end_if_outdated};
use crate::{
    launch::{self, ConnectedWorker, Ended},
    protocol::{Doing, Request, StopReason, WorkerMessage},
    socket,
    supervise::{Action, Input, LOOK, WorkerPhase},
    transport::{Closed, Incoming, Outgoing},
};

/// How long a worker that closed its connection may take to exit by itself.
const EXIT_GRACE: Duration = Duration::from_millis(500);
/// An event that takes its receiver so long says that the receiver is behind, and not the worker.
const BEHIND: Duration = Duration::from_millis(500);

/// Runs the wire of a worker that has greeted us, until it ends. With how it ended comes the request that could not be sent.
pub(super) fn serve(
    shared: &Arc<Shared>,
    connection: ConnectedWorker,
    requests: &Receiver<Request>,
) -> (Ended, Option<Request>) {
    let ConnectedWorker { child, wire, stream, last_words } = connection;
    let launch::Wire { requests: to_worker, events } = wire;
    {
        let mut state = shared.state.lock();
        state.supervisor.on(Input::Greeted, shared.now());
        if let Some(running) = &mut state.running {
            running.early = running.pending.keys().copied().collect();
            running.child = Some(child.clone());
            if running.stopping {
                let _already_gone = child.kill();
            }
        }
    }
    (shared.sink)(Signal::Started { pid: child.id() });
    let (done, ended) = bounded(1);
    let told = Told::default();
    let reader = Reader { shared: shared.clone(), child: child.clone(), told: told.clone(), done };
    let (_ends_the_watch, watched) = bounded(0);
    let watch = Watch { shared: shared.clone(), child: child.clone(), told };
    let spawn = |name: &str| thread::Builder::new().name(name.into());
    let (over, is_over) = bounded(0);
    let (hand, in_hand) = bounded(1);
    let (writer, requests) = (shared.clone(), requests.clone());
    let threads = spawn("worker-writer")
        .spawn(move || {
            let _owner_no_longer_waits = hand.send(write(&writer, &requests, &is_over, to_worker));
        })
        .and_then(|_| spawn("worker-reader").spawn(move || reader.run(events)))
        .and_then(|_| spawn("worker-watch").spawn(move || watch.run(&watched)));
    if threads.is_err() {
        let _already_gone = child.kill();
    }
    let status = child.wait();
    // The exit status is the authority: who else holds the worker's end of the wire keeps nobody waiting.
    let violation = ended.recv_timeout(EXIT_GRACE).unwrap_or_default();
    socket::end(&stream);
    drop(over);
    let in_hand = in_hand.recv_timeout(EXIT_GRACE).unwrap_or_default();
    (launch::describe_end(status, violation, &last_words), in_hand)
}

/// Sends what is asked until the worker is over; answers with the request that it could not send any more.
fn write(
    shared: &Shared,
    requests: &Receiver<Request>,
    over: &Receiver<()>,
    mut wire: impl Outgoing<Request>,
) -> Option<Request> {
    loop {
        let request = select! {
            recv(requests) -> request => request.ok()?,
            recv(over) -> _ => return None,
        };
        // Before it is sent: its answer must not overtake this.
        if let Some(running) = &mut shared.state.lock().running {
            running.writes(&request);
        }
        if wire.send(request.clone()).is_err() {
            if let Some(running) = &mut shared.state.lock().running {
                running.has_not_written();
            }
            return Some(request);
        }
    }
}

/// Does what the supervisor decides about a running worker.
struct Watch {
    shared: Arc<Shared>,
    child: Arc<shared_child::SharedChild>,
    told: Told,
}

impl Watch {
    fn run(self, over: &Receiver<()>) {
        while over.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
            // What the worker answers cannot be heard. The look after this one does not count the time between them.
            if self.told.is_behind(self.shared.now()) {
                continue;
            }
            let mut state = self.shared.state.lock();
            let input = if launch::is_stopped(self.child.id()) { Input::Halted } else { Input::Look };
            let action = state.supervisor.on(input, self.shared.now());
            let Some(running) = &mut state.running else { return };
            match action {
                Some(Action::Ping) => {
                    // A full queue means that nobody reads it: then no answer will come, as the supervisor expects.
                    let _full = running.post(Request::Ping { id: HEARTBEAT });
                }
                Some(Action::Kill(hang)) => {
                    running.hang = Some(hang);
                    drop(state);
                    (self.shared.sink)(Signal::Phase(WorkerPhase::Unresponsive));
                    let _already_gone = self.child.kill();
                }
                Some(Action::Start) | None => {}
            }
        }
    }
}

/// Since when the receiver of signals is told something: milliseconds of the client's clock, and one. 0: it is not.
#[derive(Clone, Default)]
struct Told(Arc<AtomicU64>);

impl Told {
    fn begin(&self, now: Duration) {
        self.0.store(u64::try_from(now.as_millis()).unwrap_or(u64::MAX).saturating_add(1), Ordering::Relaxed);
    }

    fn end(&self) {
        self.0.store(0, Ordering::Relaxed);
    }

    fn is_behind(&self, now: Duration) -> bool {
        let since = self.0.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_millis);
        since.is_some_and(|since| now.saturating_sub(since) >= BEHIND)
    }
}

struct Reader {
    shared: Arc<Shared>,
    child: Arc<shared_child::SharedChild>,
    told: Told,
    done: Sender<Option<String>>,
}

impl Reader {
    fn run(self, mut events: impl Incoming<WorkerMessage>) {
        let violation = loop {
            match events.recv() {
                Ok(event) => {
                    if let Err(too_much) = self.deliver(event) {
                        break Some(too_much);
                    }
                }
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
    ///
    /// # Errors
    /// When it is more than the worker may say, in words.
    fn deliver(&self, event: WorkerMessage) -> Result<(), String> {
        let now = self.shared.now();
        let mut state = self.shared.state.lock();
        let State { supervisor, running: Some(running), .. } = &mut *state else { return Ok(()) };
        let open = running.spend(&event, now)?;
        event.id().into_iter().for_each(|id| running.has_read(id));
        if let WorkerMessage::Pong { id: HEARTBEAT, pulse } = event {
            supervisor.on(Input::Pong(pulse), now);
            return Ok(());
        }
        if let Some(id) = event.id() {
            if !open {
                return Ok(());
            }
            if event.is_final() {
                running.pending.remove(&id);
            }
        }
        if let Some(doing) = doing_after(&event) {
            running.doing = doing;
        }
        if matches!(
            event,
            WorkerMessage::Done { .. } | WorkerMessage::Failed { .. } | WorkerMessage::Unloaded { .. }
        ) {
            // What waits begins with a load or a prompt.
            running.doing = Doing::Prefill;
        }
        if running.pending.is_empty() {
            running.doing = Doing::Idle;
            supervisor.on(Input::Answered, now);
        }
        if is_success(&event) {
            supervisor.on(Input::Succeeded, now);
        }
        drop(state);
        self.told.begin(now);
        (self.shared.sink)(Signal::Event(event));
        self.told.end();
        // Behind the event: the end of the worker is told after its last answer.
        if let Some(running) = &mut self.shared.state.lock().running {
            end_if_outdated(running);
        }
        Ok(())
    }
}

/// An answer that was generated to its end: whatever killed workers before is over.
fn is_success(event: &WorkerMessage) -> bool {
    let WorkerMessage::Done { stop, usage, .. } = event else { return false };
    !matches!(stop, StopReason::Cancelled | StopReason::Overtaken) && usage.generated_tokens > 0
}
