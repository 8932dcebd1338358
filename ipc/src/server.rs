//! The worker's end: a reader thread that never waits for the model, and a writer thread the model never waits for.
//!
//! The reader answers pings at once, raises stop flags while a model decodes, and queues the rest as [`QueuedRequest`]s. The
//! writer sends events; deltas that wait for a slow editor are joined, progress that waits is replaced.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    thread,
};

use parking_lot::{Condvar, Mutex};

use crate::{
    bounds,
    jobs::{Jobs, QueuedRequest, Stop, StopFlag},
    protocol::{Failure, FailureKind, Pulse, Request, RequestId, WorkerMessage},
    transport::{Incoming, Outgoing},
};

/// Most requests waiting in the worker; one more is answered with [`FailureKind::Busy`].
pub const MAX_WAITING: usize = 64;
/// Most events waiting for the editor; a producer beyond that waits.
pub const MAX_EVENTS: usize = 256;
/// Most bytes of text in a delta that others were joined to.
const MAX_JOINED: usize = 64 << 10;

/// The running ends of a worker.
pub struct Server {
    /// Work to do. Closed when the editor is gone.
    pub jobs: Jobs,
    /// Where answers go.
    pub events: EventQueue,
}

impl Server {
    /// Starts the reader and writer threads. `pulse` tells what the worker does, for answers to pings. `on_disconnect` runs on
    /// the reader's thread when the editor is gone; the real worker ends its process there, because a decoding model must not
    /// keep it alive.
    pub fn start(
        incoming: impl Incoming<Request>,
        outgoing: impl Outgoing<WorkerMessage>,
        pulse: impl Fn() -> Pulse + Send + 'static,
        on_disconnect: impl FnOnce() + Send + 'static,
    ) -> std::io::Result<Server> {
        let events = EventQueue::default();
        let jobs = Jobs::default();
        let writer = events.clone();
        thread::Builder::new().name("wire-writer".into()).spawn(move || write(&writer, outgoing))?;
        let reader = Reader { jobs: jobs.clone(), events: events.clone() };
        thread::Builder::new().name("wire-reader".into()).spawn(move || {
            reader.run(incoming, pulse);
            on_disconnect();
        })?;
        Ok(Server { jobs, events })
    }
}

fn write(events: &EventQueue, mut outgoing: impl Outgoing<WorkerMessage>) {
    while let Some(mut event) = events.pop() {
        bounds::fit(&mut event);
        if outgoing.send(event).is_err() {
            events.close();
        }
    }
}

struct Reader {
    jobs: Jobs,
    events: EventQueue,
}

impl Reader {
    fn run(self, mut incoming: impl Incoming<Request>, pulse: impl Fn() -> Pulse) {
        while let Ok(request) = incoming.recv() {
            match request {
                Request::Ping { id } => self.events.push(WorkerMessage::Pong { id, pulse: pulse() }),
                Request::Cancel { id } => self.events.cancel(id),
                other => self.queue(other),
            }
        }
        self.events.close();
        self.jobs.close();
    }

    fn queue(&self, request: Request) {
        let id = request.id();
        let stop = self.events.open(id);
        if self.jobs.push(QueuedRequest { request, stop }, MAX_WAITING).is_err() {
            let text =
                format!("{MAX_WAITING} requests are waiting already; wait for one to end or cancel it");
            self.events.push(WorkerMessage::Failed { id, failure: Failure::new(FailureKind::Busy, text) });
        }
    }
}

/// Events on their way to the editor, and the stop flags of the requests they answer.
#[derive(Clone, Default)]
pub struct EventQueue(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    filled: Condvar,
    drained: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<WorkerMessage>,
    open: HashMap<RequestId, StopFlag>,
    closed: bool,
}

impl EventQueue {
    /// Queues an event. Joins it with the last one where nothing is lost by it; waits while [`MAX_EVENTS`] are queued.
    pub fn push(&self, event: WorkerMessage) {
        let mut state = self.0.state.lock();
        if event.is_final()
            && let Some(id) = event.id()
        {
            state.open.remove(&id);
        }
        let Some(event) = join(state.waiting.back_mut(), event) else { return };
        while state.waiting.len() >= MAX_EVENTS && !state.closed {
            self.0.drained.wait(&mut state);
        }
        if !state.closed {
            state.waiting.push_back(event);
            self.0.filled.notify_one();
        }
    }

    fn pop(&self) -> Option<WorkerMessage> {
        let mut state = self.0.state.lock();
        loop {
            if let Some(event) = state.waiting.pop_front() {
                self.0.drained.notify_all();
                return Some(event);
            }
            if state.closed {
                return None;
            }
            self.0.filled.wait(&mut state);
        }
    }

    fn open(&self, id: Option<RequestId>) -> StopFlag {
        let flag = StopFlag::default();
        if let Some(id) = id {
            self.0.state.lock().open.insert(id, flag.clone());
        }
        flag
    }

    fn cancel(&self, id: RequestId) {
        if let Some(flag) = self.0.state.lock().open.get(&id) {
            flag.raise(Stop::Cancelled);
        }
    }

    fn close(&self) {
        let mut state = self.0.state.lock();
        state.closed = true;
        state.open.values().for_each(|flag| flag.raise(Stop::Cancelled));
        self.0.filled.notify_all();
        self.0.drained.notify_all();
    }
}

/// Joins `event` into `last` when both are deltas or both progress of one request; gives it back otherwise.
fn join(last: Option<&mut WorkerMessage>, event: WorkerMessage) -> Option<WorkerMessage> {
    match (last, event) {
        (
            Some(WorkerMessage::Delta { id: a, text, tokens }),
            WorkerMessage::Delta { id: b, text: more, tokens: now },
        ) if *a == b && text.len() + more.len() <= MAX_JOINED => {
            text.push_str(&more);
            *tokens = now;
            None
        }
        (Some(last @ WorkerMessage::LoadProgress { .. }), event @ WorkerMessage::LoadProgress { .. })
            if last.id() == event.id() =>
        {
            *last = event;
            None
        }
        (
            Some(last @ WorkerMessage::PrefillProgress { .. }),
            event @ WorkerMessage::PrefillProgress { .. },
        ) if last.id() == event.id() => {
            *last = event;
            None
        }
        (_, event) => Some(event),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::jobs::Next;

    fn pong(id: u64) -> WorkerMessage {
        WorkerMessage::Pong { id: RequestId(id), pulse: Pulse::default() }
    }

    fn delta(id: u64, text: &str, tokens: u32) -> WorkerMessage {
        WorkerMessage::Delta { id: RequestId(id), text: text.into(), tokens }
    }

    #[test]
    fn waiting_deltas_of_one_request_are_joined_in_order() {
        let queue = EventQueue::default();
        queue.push(delta(1, "a", 1));
        queue.push(delta(1, "b", 2));
        queue.push(delta(2, "c", 1));
        queue.push(delta(1, "d", 3));
        queue.close();
        let all: Vec<WorkerMessage> = std::iter::from_fn(|| queue.pop()).collect();
        assert_eq!(all, [delta(1, "ab", 2), delta(2, "c", 1), delta(1, "d", 3)]);
    }

    #[test]
    fn an_editor_that_does_not_read_gets_no_endless_delta() {
        let queue = EventQueue::default();
        let piece = "x".repeat(MAX_JOINED / 3);
        (0..9).for_each(|n| queue.push(delta(1, &piece, n)));
        queue.close();
        let lengths: Vec<usize> = std::iter::from_fn(|| queue.pop())
            .map(|event| if let WorkerMessage::Delta { text, .. } = event { text.len() } else { 0 })
            .collect();
        assert_eq!(lengths, [3 * piece.len(); 3]);
    }

    #[test]
    fn a_producer_waits_when_the_editor_is_far_behind_and_goes_on_when_it_reads() {
        let queue = EventQueue::default();
        let producer = queue.clone();
        let thread = thread::spawn(move || {
            for n in 0..1000 {
                producer.push(pong(n));
            }
        });
        let mut seen = 0;
        while seen < 1000 {
            assert!(queue.0.state.lock().waiting.len() <= MAX_EVENTS);
            assert_eq!(queue.pop(), Some(pong(seen)));
            seen += 1;
        }
        thread.join().unwrap();
    }

    #[test]
    fn pings_and_cancels_pass_waiting_work_and_a_full_queue_says_busy() {
        let (requests, incoming) = crossbeam_channel::unbounded();
        let (outgoing, events) = crossbeam_channel::unbounded::<WorkerMessage>();
        let server = Server::start(incoming, outgoing, Pulse::default, || {}).unwrap();
        for n in 0..MAX_WAITING as u64 + 1 {
            requests.send(Request::UnloadModel { id: RequestId(n), model: None }).unwrap();
        }
        let WorkerMessage::Failed { id, failure } = events.recv().unwrap() else {
            panic!("expected a failure")
        };
        assert_eq!((id, failure.kind), (Some(RequestId(MAX_WAITING as u64)), FailureKind::Busy));
        requests.send(Request::Cancel { id: RequestId(3) }).unwrap();
        requests.send(Request::Ping { id: RequestId(99) }).unwrap();
        assert_eq!(events.recv().unwrap(), pong(99));
        let raised: Vec<bool> = std::iter::from_fn(|| match server.jobs.next(Some(Duration::ZERO)) {
            Next::Job(job) => Some(job.stop.raised().is_some()),
            Next::Nothing | Next::Closed => None,
        })
        .take(5)
        .collect();
        assert_eq!(raised, [false, false, false, true, false]);
    }
}
