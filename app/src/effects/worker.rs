//! The worker process: the window's jobs become requests with ids, and events of those ids become jobs again.

use std::collections::HashMap;
use std::sync::Arc;

use ipc::client::{Client, Signal, WorkerProgram};
use ipc::protocol::{
    Control, Event as Said, FailureKind, ModelRef, Profile, Prompt, Request, RequestId, Sampling,
};
use parking_lot::Mutex;

use super::Outbox;
use crate::event::{Event, WorkerEvent};
use crate::state::JobId;

/// Who waits for the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// A job of the window.
    Job(JobId),
    /// The window itself: a load, an unload.
    Window,
    /// Nobody: what was computed ahead.
    Nobody,
}

/// What a job asked and has got so far: what it takes to go on in another worker.
#[derive(Clone)]
struct Asked {
    model: ModelRef,
    prompt: Prompt,
    params: Sampling,
    given: String,
}

/// The open requests and jobs.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<Books>>);

#[derive(Default)]
struct Books {
    requests: HashMap<RequestId, Owner>,
    jobs: HashMap<JobId, Asked>,
    /// What is computed ahead.
    primed: Option<RequestId>,
}

impl Ledger {
    fn with<R>(&self, use_it: impl FnOnce(&mut Books) -> R) -> R {
        use_it(&mut self.0.lock())
    }

    fn translate(&self, signal: Signal) -> Option<WorkerEvent> {
        match signal {
            Signal::Started { .. } => Some(WorkerEvent::Started),
            Signal::Event(event) => self.with(|books| books.event(event)),
            Signal::Stopped(stopped) => {
                let owners = self.with(|books| std::mem::take(&mut books.requests));
                let job = |owner| match owner {
                    Owner::Job(job) => Some(job),
                    Owner::Window | Owner::Nobody => None,
                };
                let mut failed: Vec<JobId> = owners.into_values().filter_map(job).collect();
                failed.sort_unstable();
                failed.dedup();
                Some(WorkerEvent::Stopped { reason: stopped.reason, failed })
            }
        }
    }
}

fn ahead(event: Said) -> Option<WorkerEvent> {
    match event {
        Said::PromptReady { prompt, .. } => Some(WorkerEvent::Ahead(Ok(prompt))),
        Said::Failed { failure, .. } if failure.kind == FailureKind::PromptTooLong => {
            Some(WorkerEvent::Ahead(Err(failure.text)))
        }
        _ => None,
    }
}

impl Books {
    fn event(&mut self, event: Said) -> Option<WorkerEvent> {
        let Some(id) = event.id() else { return Some(WorkerEvent::Said { job: None, event }) };
        let owner = if event.is_final() { self.requests.remove(&id)? } else { *self.requests.get(&id)? };
        let job = match owner {
            // Of what is computed ahead only the count of its tokens is of interest, or that it is too long.
            Owner::Nobody => return ahead(event),
            Owner::Window => None,
            Owner::Job(job) => Some(job),
        };
        if let Some(job) = job {
            self.note(job, owner, &event);
        }
        Some(WorkerEvent::Said { job, event })
    }

    fn note(&mut self, job: JobId, owner: Owner, event: &Said) {
        match event {
            Said::Delta { text, .. } => {
                if let Some(asked) = self.jobs.get_mut(&job) {
                    asked.given += text;
                }
            }
            Said::Failed { .. } => {
                // One failure is enough: what else the job waits for will fail for the same reason.
                self.requests.retain(|_, other| *other != owner);
                self.jobs.remove(&job);
            }
            Said::Done { .. } => {
                self.jobs.remove(&job);
            }
            _ => {}
        }
    }
}

/// The window's side of the worker.
pub struct Worker {
    /// The client, or why there can be none.
    client: Result<Client, String>,
    ledger: Ledger,
    out: Outbox,
    profile: Mutex<Profile>,
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
        let client = program.map(|program| Client::new(program, deliver));
        Worker { client, ledger, out, profile: Mutex::default() }
    }

    /// From now on models are run like this.
    pub fn set_profile(&self, profile: Profile) {
        *self.profile.lock() = profile;
    }

    fn profile(&self) -> Profile {
        self.profile.lock().clone()
    }

    /// Loads the model if it is not loaded, then answers the prompt.
    pub fn ask(&self, job: JobId, model: ModelRef, prompt: Prompt, params: Sampling) {
        self.ledger.with(|books| {
            // Of a job that went with its worker and was not resumed, nothing else tells that it is over.
            let Books { requests, jobs, .. } = books;
            jobs.retain(|job, _| requests.values().any(|owner| *owner == Owner::Job(*job)));
            jobs.insert(job, Asked { model, prompt, params, given: String::new() });
        });
        self.resume(job);
    }

    /// Asks what a job asked, from where its answer stopped.
    pub fn resume(&self, job: JobId) {
        let Some(Asked { model, prompt, params, given }) =
            self.ledger.with(|books| books.jobs.get(&job).cloned())
        else {
            return;
        };
        let answering = Some(model.id.clone());
        let profile = self.profile();
        let load = |id| Request::LoadModel { id, model, profile };
        let generate = |id| Request::Generate {
            id,
            model: answering,
            prompt,
            params,
            ctrl: Control { accepted: given, ..Control::default() },
        };
        if self.send(Owner::Job(job), load) {
            self.send(Owner::Job(job), generate);
        }
    }

    /// Loads the model, then computes a prompt that will probably be asked. What comes of the prompt nobody is told.
    pub fn prime(&self, model: ModelRef, prompt: Prompt) {
        let primed = Some(model.id.clone());
        let profile = self.profile();
        if self.send(Owner::Window, |id| Request::LoadModel { id, model, profile }) {
            // Of two prompts that may come next the latter counts; what was computed of the former stays.
            let before = self.ledger.with(|books| books.primed.take());
            let before = before.filter(|id| self.ledger.with(|books| books.requests.contains_key(id)));
            if let (Some(id), Ok(client)) = (before, &self.client) {
                client.cancel(id);
            }
            self.send(Owner::Nobody, |id| {
                self.ledger.with(|books| books.primed = Some(id));
                Request::Prime { id, model: primed, prompt }
            });
        }
    }

    /// Loads a model; `anyway`: also when it is predicted not to fit.
    pub fn load(&self, model: ModelRef, anyway: bool) {
        let profile = Profile { load_anyway: anyway, ..self.profile() };
        self.send(Owner::Window, |id| Request::LoadModel { id, model, profile });
    }

    /// Frees the model with this id, or all of them.
    pub fn unload(&self, model: Option<String>) {
        if self.client.as_ref().is_ok_and(|client| client.worker_pid().is_some()) {
            self.send(Owner::Window, |id| Request::UnloadModel { id, model });
        }
    }

    /// Stops all requests of a job.
    pub fn cancel(&self, job: JobId) {
        let Ok(client) = &self.client else { return };
        let ids: Vec<RequestId> = self.ledger.with(|books| {
            books.jobs.remove(&job);
            let of_job = books.requests.iter().filter(|(_, owner)| **owner == Owner::Job(job));
            of_job.map(|(id, _)| *id).collect()
        });
        for id in ids {
            client.cancel(id);
        }
    }

    /// Sends a request; when it cannot be sent says so and returns false.
    fn send(&self, owner: Owner, request: impl FnOnce(RequestId) -> Request) -> bool {
        let sent = self.client.as_ref().map_err(Clone::clone).and_then(|client| {
            let id = client.next_id();
            self.ledger.with(|books| books.requests.insert(id, owner));
            client.send(request(id)).map_err(|failure| {
                self.ledger.with(|books| books.requests.remove(&id));
                failure.text
            })
        });
        let job = match owner {
            Owner::Job(job) => Some(job),
            Owner::Window => None,
            Owner::Nobody => return sent.is_ok(),
        };
        if let Err(reason) = &sent {
            self.out.send(Event::Worker(WorkerEvent::Refused { job, reason: reason.clone() }));
        }
        sent.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ipc::protocol::{Failure, PromptReport};

    #[test]
    fn a_job_whose_model_does_not_load_fails_once() {
        let ledger = Ledger::default();
        let owner = Owner::Job(JobId(7));
        ledger.with(|books| books.requests.extend([(RequestId(1), owner), (RequestId(2), owner)]));
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

    #[test]
    fn what_was_computed_ahead_says_only_how_long_it_is() {
        let ledger = Ledger::default();
        ledger.with(|books| books.requests.insert(RequestId(1), Owner::Nobody));
        let prompt = PromptReport { tokens: 9, ..PromptReport::default() };
        let ready = ledger.translate(Signal::Event(Said::PromptReady { id: RequestId(1), prompt }));
        assert!(matches!(ready, Some(WorkerEvent::Ahead(Ok(report))) if report.tokens == 9));
        let failed = |kind| {
            let failure = Failure::new(kind, "too long");
            Signal::Event(Said::Failed { id: Some(RequestId(1)), failure })
        };
        assert!(ledger.translate(failed(FailureKind::NoModel)).is_none());
        ledger.with(|books| books.requests.insert(RequestId(1), Owner::Nobody));
        let too_long = ledger.translate(failed(FailureKind::PromptTooLong));
        assert!(matches!(too_long, Some(WorkerEvent::Ahead(Err(reason))) if reason == "too long"));
        assert!(ledger.with(|books| books.requests.is_empty()));
    }

    #[test]
    fn a_dead_workers_job_keeps_what_it_was_given_until_it_ends() {
        let ledger = Ledger::default();
        let (id, job) = (RequestId(1), JobId(7));
        let model = ModelRef { id: "m".into(), path: "/m".into(), sha256: None };
        let asked = Asked {
            model,
            prompt: Prompt::Raw("p".into()),
            params: Sampling::default(),
            given: String::new(),
        };
        ledger.with(|books| {
            books.requests.insert(id, Owner::Job(job));
            books.jobs.insert(job, asked);
        });
        let delta = |text: &str| Signal::Event(Said::Delta { id, text: text.into(), tokens: 1 });
        ledger.translate(delta("one "));
        ledger.translate(delta("two"));
        let exit = ipc::client::Exit::Signal(9);
        let stopped = ipc::client::Stopped { exit, reason: "killed".into(), failed: vec![id] };
        let event = ledger.translate(Signal::Stopped(stopped));
        assert!(matches!(event, Some(WorkerEvent::Stopped { failed, .. }) if failed == [job]));
        assert_eq!(ledger.with(|books| books.jobs[&job].given.clone()), "one two");
    }
}
