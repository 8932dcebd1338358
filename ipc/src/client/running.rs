//! What the client knows of a worker that is being started or runs.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::doing_first;
use crate::{
    allowance::{Allowance, Unasked},
    bounds,
    protocol::{Doing, Request, RequestId, WorkerMessage},
    supervise::Hang,
};

/// Most requests on their way to the worker.
pub(super) const MAX_OUTGOING: usize = 128;
/// Most bytes of them.
const MAX_OUTGOING_BYTES: usize = 32 << 20;

/// A worker that is being started or runs.
pub(super) struct RunningWorker {
    outbox: Sender<Request>,
    /// Bytes of the requests in it.
    queued: usize,
    /// What is open, and what each may still cost.
    pub pending: HashMap<RequestId, Allowance>,
    unasked: Unasked,
    /// Tokens of the longest context that was asked for.
    context: Option<u32>,
    /// What it was started for, or was asked before it greeted us: this ends with it.
    pub early: HashSet<RequestId>,
    /// From this request on the user insists.
    pub insisted: Option<RequestId>,
    /// What was written to it since it last said something, in order: it may never have read it.
    unread: VecDeque<Request>,
    pub child: Option<Arc<shared_child::SharedChild>>,
    pub stopping: bool,
    /// `Client::stop` wants it gone, and no other one in its place.
    pub unwanted: bool,
    /// It is to be ended as soon as it has nothing to do: its program was replaced.
    pub outdated: bool,
    pub doing: Doing,
    pub hang: Option<Hang>,
}

impl RunningWorker {
    pub fn new(outbox: Sender<Request>, now: Duration) -> RunningWorker {
        RunningWorker {
            outbox,
            queued: 0,
            pending: HashMap::new(),
            unasked: Unasked::new(now),
            context: None,
            early: HashSet::new(),
            insisted: None,
            unread: VecDeque::new(),
            child: None,
            stopping: false,
            unwanted: false,
            outdated: false,
            doing: Doing::Idle,
            hang: None,
        }
    }

    /// One that is to be started for these requests, and the end that it takes them from.
    pub fn with(requests: Vec<Request>, now: Duration) -> (RunningWorker, Receiver<Request>) {
        let (outbox, inbox) = bounded(MAX_OUTGOING.max(requests.len()));
        let mut running = RunningWorker::new(outbox, now);
        running.doing = requests.first().map_or(Doing::Idle, doing_first);
        for request in requests {
            let expected = running.expected(&request);
            running.pending.extend(expected);
            running.queued += bounds::weight(&request);
            // There is room for all of them.
            let _sent = running.outbox.try_send(request);
        }
        (running, inbox)
    }

    /// Puts a request on its way; false when too many are.
    pub fn post(&mut self, request: Request) -> bool {
        let bytes = bounds::weight(&request);
        // One alone always passes: how long it may be is the wire's business.
        let fits = self.queued == 0 || self.queued + bytes <= MAX_OUTGOING_BYTES;
        // When it is full nobody takes anything out: the owner of a worker keeps the other end until this is taken away.
        let posted = fits && self.outbox.try_send(request).is_ok();
        self.queued += if posted { bytes } else { 0 };
        posted
    }

    /// Puts a request on its way whose answer is expected; false when too many are.
    pub fn ask(&mut self, request: Request) -> bool {
        let expected = self.expected(&request);
        let posted = self.post(request);
        self.pending.extend(expected.filter(|_| posted));
        posted
    }

    /// Whose answer is to come when this is posted, and what it may cost.
    fn expected(&mut self, request: &Request) -> Option<(RequestId, Allowance)> {
        if let Request::LoadModel { profile, .. } = request {
            self.context = self.context.max(Some(profile.context_tokens));
        }
        self.unasked.requested();
        Some((request.id()?, Allowance::of(request, self.context)))
    }

    /// Takes what an event costs, and says whether its request is open.
    ///
    /// # Errors
    /// When it is more than the worker may say, in words.
    pub fn spend(&mut self, event: &WorkerMessage, now: Duration) -> Result<bool, String> {
        match event.id().and_then(|id| self.pending.get_mut(&id)) {
            Some(allowance) => allowance.spend(event).map(|()| true),
            None => self.unasked.spend(now).map(|()| false),
        }
    }

    /// A request is about to be written.
    pub fn writes(&mut self, request: &Request) {
        self.queued = self.queued.saturating_sub(bounds::weight(request));
        self.unread.push_back(request.clone());
        let mut bytes: usize = self.unread.iter().map(bounds::weight).sum();
        while self.unread.len() > MAX_OUTGOING || (bytes > MAX_OUTGOING_BYTES && self.unread.len() > 1) {
            bytes -= self.unread.pop_front().as_ref().map_or(0, bounds::weight);
        }
    }

    /// What was about to be written could not be.
    pub fn has_not_written(&mut self) {
        self.unread.pop_back();
    }

    /// What was written and perhaps never read, in order.
    pub fn unread(&self) -> impl Iterator<Item = &Request> {
        self.unread.iter()
    }

    /// The worker answered this: it has read it, and what was written before it.
    pub fn has_read(&mut self, id: RequestId) {
        if let Some(at) = self.unread.iter().position(|request| request.id() == Some(id)) {
            self.unread.drain(..=at);
        }
    }

    /// Does the user insist on this request?
    pub fn insists(&self, request: &Request) -> bool {
        request.id().zip(self.insisted).is_some_and(|(id, from)| id >= from)
    }

    /// What of `unsent` the next worker is to get. That one has no model yet: what needs one goes with the load before it.
    pub fn left_over(&self, unsent: Vec<Request>) -> Vec<Request> {
        let (mut left, mut loads) = (HashSet::new(), false);
        let is_left = |request: &Request| {
            let id = match request {
                Request::Cancel { id } => return left.contains(id),
                other => other.id(),
            };
            let Some(id) = id.filter(|id| self.pending.contains_key(id) && !self.early.contains(id)) else {
                return false;
            };
            loads |= matches!(request, Request::LoadModel { .. });
            let needs_model = matches!(request, Request::Generate { .. } | Request::Prime { .. });
            (loads || !needs_model) && left.insert(id)
        };
        let mut unsent = unsent;
        unsent.retain(is_left);
        unsent
    }
}
