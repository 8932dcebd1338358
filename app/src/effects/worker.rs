//! The worker process: the window's jobs become requests with ids, and events of those ids become jobs again.

use std::collections::HashMap;
use std::sync::Arc;

use ipc::client::{Client, Signal, WorkerProgram};
use ipc::protocol::{Control, Event as Said, ModelRef, Profile, Prompt, Request, RequestId, Sampling};
use parking_lot::Mutex;

use super::Outbox;
use crate::event::{Event, WorkerEvent};
use crate::state::JobId;

/// Which job each open request belongs to; `None`: the window's own.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<HashMap<RequestId, Option<JobId>>>>);

impl Ledger {
    fn with<R>(&self, use_it: impl FnOnce(&mut HashMap<RequestId, Option<JobId>>) -> R) -> R {
        use_it(&mut self.0.lock())
    }

    fn translate(&self, signal: Signal) -> Option<WorkerEvent> {
        match signal {
            Signal::Started { .. } => Some(WorkerEvent::Started),
            Signal::Event(event) => self.event(event),
            Signal::Stopped(stopped) => {
                let mut failed: Vec<JobId> = self.with(std::mem::take).into_values().flatten().collect();
                failed.sort_unstable();
                failed.dedup();
                Some(WorkerEvent::Stopped { reason: stopped.reason, failed })
            }
        }
    }

    fn event(&self, event: Said) -> Option<WorkerEvent> {
        let Some(id) = event.id() else { return Some(WorkerEvent::Said { job: None, event }) };
        self.with(|open| {
            let job = if event.is_final() { open.remove(&id)? } else { *open.get(&id)? };
            if matches!(event, Said::Failed { .. }) && job.is_some() {
                // One failure is enough: what else the job waits for will fail for the same reason.
                open.retain(|_, other| *other != job);
            }
            Some(WorkerEvent::Said { job, event })
        })
    }
}

/// The window's side of the worker.
pub struct Worker {
    /// The client, or why there can be none.
    client: Result<Client, String>,
    ledger: Ledger,
    out: Outbox,
}

impl Worker {
    /// A worker that starts with the first request.
    pub fn new(program: Result<WorkerProgram, String>, out: Outbox) -> Worker {
        let ledger = Ledger::default();
        let (translator, outbox) = (ledger.clone(), out.clone());
        let deliver = move |signal| {
            if let Some(event) = translator.translate(signal) {
                outbox.send(Event::Worker(event));
            }
        };
        Worker { client: program.map(|program| Client::new(program, deliver)), ledger, out }
    }

    /// Loads the model if it is not loaded, then answers the prompt.
    pub fn ask(&self, job: JobId, model: ModelRef, prompt: Prompt) {
        let answering = Some(model.id.clone());
        let load = |id| Request::LoadModel { id, model, profile: Profile::default() };
        let generate = |id| Request::Generate {
            id,
            model: answering,
            prompt,
            params: Sampling::default(),
            ctrl: Control::default(),
        };
        if self.send(Some(job), load) {
            self.send(Some(job), generate);
        }
    }

    /// Loads a model; `anyway`: also when it is predicted not to fit.
    pub fn load(&self, model: ModelRef, anyway: bool) {
        let profile = Profile { load_anyway: anyway, ..Profile::default() };
        self.send(None, |id| Request::LoadModel { id, model, profile });
    }

    /// Frees the model.
    pub fn unload(&self) {
        if self.client.as_ref().is_ok_and(|client| client.worker_pid().is_some()) {
            self.send(None, |id| Request::UnloadModel { id, model: None });
        }
    }

    /// Stops all requests of a job.
    pub fn cancel(&self, job: JobId) {
        let Ok(client) = &self.client else { return };
        let ids: Vec<RequestId> = self
            .ledger
            .with(|open| open.iter().filter(|(_, owner)| **owner == Some(job)).map(|(id, _)| *id).collect());
        for id in ids {
            client.cancel(id);
        }
    }

    /// Sends a request; when it cannot be sent says so and returns false.
    fn send(&self, job: Option<JobId>, request: impl FnOnce(RequestId) -> Request) -> bool {
        let sent = self.client.as_ref().map_err(Clone::clone).and_then(|client| {
            let id = client.next_id();
            self.ledger.with(|open| open.insert(id, job));
            client.send(request(id)).map_err(|failure| {
                self.ledger.with(|open| open.remove(&id));
                failure.text
            })
        });
        if let Err(reason) = &sent {
            self.out.send(Event::Worker(WorkerEvent::Refused { job, reason: reason.clone() }));
        }
        sent.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipc::protocol::{Failure, FailureKind};

    #[test]
    fn a_job_whose_model_does_not_load_fails_once() {
        let ledger = Ledger::default();
        ledger.with(|open| open.extend([(RequestId(1), Some(JobId(7))), (RequestId(2), Some(JobId(7)))]));
        let failure = Failure::new(FailureKind::ModelFile, "gone");
        let failed = |id| Signal::Event(Said::Failed { id: Some(RequestId(id)), failure: failure.clone() });
        assert!(matches!(ledger.translate(failed(1)), Some(WorkerEvent::Said { job: Some(JobId(7)), .. })));
        assert!(ledger.translate(failed(2)).is_none());
    }

    #[test]
    fn events_nobody_waits_for_are_dropped() {
        let ledger = Ledger::default();
        let pong = Signal::Event(Said::Pong { id: RequestId(9) });
        assert!(ledger.translate(pong).is_none());
    }
}
