//! The worker process: the window's jobs become requests with ids, and events of those ids become jobs again.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ground::ids::JobId;
use ipc::client::{Client, Signal, Stopped, WorkerProgram};
use ipc::protocol::{
    Control, Event as Said, FailureKind, ModelRef, Profile, Prompt, Request, RequestId, Sampling,
};
use parking_lot::Mutex;

use super::Outbox;
use crate::event::{Event, WorkerEvent};
use crate::workspace::health::ladder::RunConfig;

/// Who waits for the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Owner {
    /// A job of the window.
    Job(JobId),
    /// The window itself: a load, an unload.
    Window,
    /// The window, without the user having asked: what is loaded ahead or again.
    Ahead,
    /// Nobody: what was computed ahead.
    Nobody,
}

/// What a job asked and has got so far: what it takes to go on in another worker.
#[derive(Clone)]
struct ActiveRun {
    model: ModelRef,
    prompt: Prompt,
    params: Sampling,
    given: String,
}

/// The open requests and jobs.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<RequestTable>>);

#[derive(Default)]
struct RequestTable {
    requests: HashMap<RequestId, Owner>,
    jobs: HashMap<JobId, ActiveRun>,
    /// What open requests load.
    loads: HashMap<RequestId, ModelRef>,
    /// What is in memory, the one loaded last at the end.
    loaded: Vec<ModelRef>,
    /// What was in memory when a worker died.
    lost: Vec<ModelRef>,
    /// How models are run that are not run as the user wants, by id.
    runs: BTreeMap<String, RunConfig>,
    /// What is computed ahead.
    primed: Option<RequestId>,
}

impl Ledger {
    fn with<R>(&self, use_it: impl FnOnce(&mut RequestTable) -> R) -> R {
        use_it(&mut self.0.lock())
    }

    fn translate(&self, signal: Signal) -> Option<WorkerEvent> {
        match signal {
            Signal::Phase(phase) => Some(WorkerEvent::Phase(phase)),
            Signal::Started { .. } => Some(WorkerEvent::Started),
            Signal::Event(event) => self.with(|books| books.event(event)),
            Signal::Stopped(stopped) => Some(self.with(|books| books.stopped(stopped))),
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

impl RequestTable {
    fn stopped(&mut self, stopped: Stopped) -> WorkerEvent {
        let Stopped { failed: ids, reason, cause, doing, gave_up, .. } = stopped;
        let mut failed = Vec::new();
        let mut loading = None;
        for id in &ids {
            if let Some(Owner::Job(job)) = self.requests.remove(id) {
                failed.push(job);
            }
            if let Some(model) = self.loads.remove(id) {
                loading = loading.or(Some(model));
            }
        }
        failed.sort_unstable();
        failed.dedup();
        self.lost = std::mem::take(&mut self.loaded);
        WorkerEvent::Stopped { reason, cause, doing, gave_up, failed, loading }
    }

    fn event(&mut self, event: Said) -> Option<WorkerEvent> {
        if let Said::Residency { models, .. } = &event {
            self.loaded.retain(|model| models.iter().any(|resident| resident.id == model.id));
        }
        let Some(id) = event.id() else { return Some(WorkerEvent::Said { job: None, event }) };
        let owner = if event.is_final() { self.requests.remove(&id)? } else { *self.requests.get(&id)? };
        let load = if event.is_final() { self.loads.remove(&id) } else { None };
        let job = match owner {
            // Of what is computed ahead only the count of its tokens is of interest, or that it is too long.
            Owner::Nobody => return ahead(event),
            Owner::Window | Owner::Ahead => None,
            Owner::Job(job) => Some(job),
        };
        if let Some(job) = job
            && !(load.is_some() && matches!(event, Said::Done { .. }))
        {
            self.note(job, owner, &event);
        }
        match (load, event) {
            (Some(model), Said::Failed { failure, .. }) => {
                Some(WorkerEvent::NotLoaded { job, ahead: owner == Owner::Ahead, model, failure })
            }
            (Some(model), event @ Said::Loaded { .. }) => {
                self.loaded.retain(|other| other.id != model.id);
                self.loaded.push(model);
                Some(WorkerEvent::Said { job, event })
            }
            // A load that was cancelled is no answer of its job: what the job asked ends by itself.
            (Some(_), event @ Said::Done { .. }) => Some(WorkerEvent::Said { job: None, event }),
            (_, event) => Some(WorkerEvent::Said { job, event }),
        }
    }

    fn note(&mut self, job: JobId, owner: Owner, event: &Said) {
        match event {
            Said::Delta { text, .. } => {
                if let Some(asked) = self.jobs.get_mut(&job) {
                    asked.given += text;
                }
            }
            Said::Failed { .. } => {
                // One failure is enough: what else the job waits for will fail for the same reason. What it asked is kept:
                // it may be asked again in another way.
                self.requests.retain(|_, other| *other != owner);
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
    /// Id of the model that only completes.
    completes: Mutex<Option<String>>,
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
        Worker { client, ledger, out, profile: Mutex::default(), completes: Mutex::default() }
    }

    /// From now on workers are this program; one that runs is replaced when it has nothing to do.
    pub fn set_program(&self, program: Result<WorkerProgram, String>) {
        if let (Ok(client), Ok(program)) = (&self.client, program) {
            client.replace(program);
        }
    }

    /// From now on models are run like this; the one with the id `completes` is the first to go when memory gets short.
    pub fn set_profile(&self, profile: Profile, completes: Option<&str>) {
        *self.profile.lock() = profile;
        *self.completes.lock() = completes.map(str::to_owned);
    }

    fn profile(&self) -> Profile {
        self.profile.lock().clone()
    }

    /// Loads the model if it is not loaded, then answers the prompt.
    pub fn ask(&self, job: JobId, model: ModelRef, prompt: Prompt, params: Sampling) {
        if !matches!(prompt, Prompt::Fill(_)) {
            self.insist();
        }
        self.ledger.with(|books| {
            // Of a job that went with its worker and was not resumed, nothing else tells that it is over.
            let RequestTable { requests, jobs, .. } = books;
            jobs.retain(|job, _| requests.values().any(|owner| *owner == Owner::Job(*job)));
            jobs.insert(job, ActiveRun { model, prompt, params, given: String::new() });
        });
        self.resume(job);
    }

    /// Asks what a job asked, from where its answer stopped.
    pub fn resume(&self, job: JobId) {
        let Some(ActiveRun { model, prompt, params, given }) =
            self.ledger.with(|books| books.jobs.get(&job).cloned())
        else {
            return;
        };
        let answering = Some(model.id.clone());
        let generate = |id| Request::Generate {
            id,
            model: answering,
            prompt,
            params,
            ctrl: Control { accepted: given, ..Control::default() },
        };
        if self.send_load(Owner::Job(job), model, false) {
            self.send(Owner::Job(job), generate);
        }
    }

    /// The same with another model or in another way.
    pub fn reask(&self, job: JobId, way: RunConfig) {
        self.ledger.with(|books| {
            if let Some(asked) = books.jobs.get_mut(&job) {
                asked.model = way.model;
            }
        });
        self.resume(job);
    }

    /// From now on a model is run like this; `None`: as the user wants.
    pub fn run(&self, model: String, way: Option<RunConfig>) {
        self.ledger.with(|books| match way {
            Some(way) => books.runs.insert(model, way),
            None => books.runs.remove(&model),
        });
    }

    /// Loads again what was in memory when the last worker died.
    pub fn restore(&self) {
        for model in self.ledger.with(|books| std::mem::take(&mut books.lost)) {
            self.send_load(Owner::Ahead, model, false);
        }
    }

    /// Deaths so far count no more, or the user wants one more try.
    pub fn pardon(&self, all: bool) {
        let Ok(client) = &self.client else { return };
        if all { client.forgive() } else { client.retry() }
    }

    /// What the user asks for is tried once more, whatever died before.
    fn insist(&self) {
        if let Ok(client) = &self.client {
            client.insist();
        }
    }

    /// Loads the model, then computes a prompt that will probably be asked. What comes of the prompt nobody is told.
    pub fn prime(&self, model: ModelRef, prompt: Prompt) {
        let primed = Some(model.id.clone());
        if self.send_load(Owner::Ahead, model, false) {
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

    /// Loads a model that will probably be wanted.
    pub fn warm(&self, model: ModelRef) {
        self.send_load(Owner::Ahead, model, false);
    }

    /// Loads a model; `anyway`: also when it is predicted not to fit.
    pub fn load(&self, model: ModelRef, anyway: bool) {
        self.insist();
        self.send_load(Owner::Window, model, anyway);
    }

    fn send_load(&self, owner: Owner, model: ModelRef, anyway: bool) -> bool {
        let base = self.profile();
        let way = self.ledger.with(|books| books.runs.get(&model.id).cloned());
        let profile = way.map_or(base.clone(), |way| way.profile(base));
        let background = self.completes.lock().as_ref() == Some(&model.id);
        let profile = Profile { load_anyway: anyway, background, ..profile };
        self.send(owner, |id| {
            self.ledger.with(|books| books.loads.insert(id, model.clone()));
            Request::LoadModel { id, model, profile }
        })
    }

    /// Asks what models can compute on; answered by `Devices` and `Residency`.
    pub fn devices(&self) {
        self.send(Owner::Ahead, |id| Request::ListDevices { id });
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
                self.ledger.with(|books| {
                    books.requests.remove(&id);
                    books.loads.remove(&id);
                });
                failure.text
            })
        });
        let job = match owner {
            Owner::Job(job) => Some(job),
            Owner::Window => None,
            Owner::Nobody | Owner::Ahead => return sent.is_ok(),
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
    use ipc::client::Exit;
    use ipc::death::Cause;
    use ipc::protocol::{Doing, Failure, PromptReport, Pulse, StopReason, Usage};

    fn stopped(failed: &[RequestId]) -> Signal {
        Signal::Stopped(Stopped {
            exit: Exit::Signal(9),
            cause: Cause::Killed,
            doing: Doing::Decode,
            gave_up: false,
            reason: "killed".into(),
            failed: failed.to_vec(),
        })
    }

    fn model(id: &str) -> ModelRef {
        ModelRef { id: id.into(), path: format!("/{id}").into(), sha256: None }
    }

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
    fn a_cancelled_load_is_no_answer_of_its_job() {
        let ledger = Ledger::default();
        let (load, ask, job) = (RequestId(1), RequestId(2), JobId(7));
        ledger.with(|books| {
            books.requests.extend([(load, Owner::Job(job)), (ask, Owner::Job(job))]);
            books.loads.insert(load, model("m"));
        });
        let done =
            |id| Signal::Event(Said::Done { id, stop: StopReason::Cancelled, usage: Usage::default() });
        assert!(matches!(ledger.translate(done(load)), Some(WorkerEvent::Said { job: None, .. })));
        let end = ledger.translate(done(ask));
        assert!(matches!(end, Some(WorkerEvent::Said { job: Some(of), .. }) if of == job));
        assert!(ledger.with(|books| books.loads.is_empty() && books.loaded.is_empty()));
    }

    #[test]
    fn events_nobody_waits_for_are_dropped() {
        let ledger = Ledger::default();
        let pong = Signal::Event(Said::Pong { id: RequestId(9), pulse: Pulse::default() });
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
        let asked = ActiveRun {
            model: model("m"),
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
        let event = ledger.translate(stopped(&[id]));
        assert!(matches!(event, Some(WorkerEvent::Stopped { failed, .. }) if failed == [job]));
        assert_eq!(ledger.with(|books| books.jobs[&job].given.clone()), "one two");
    }

    #[test]
    fn what_was_asked_after_a_death_belongs_to_the_next_worker() {
        let ledger = Ledger::default();
        let owners = [(RequestId(1), Owner::Job(JobId(7))), (RequestId(2), Owner::Job(JobId(8)))];
        ledger.with(|books| books.requests.extend(owners));
        let event = ledger.translate(stopped(&[RequestId(1)]));
        assert!(matches!(event, Some(WorkerEvent::Stopped { failed, .. }) if failed == [JobId(7)]));
        assert_eq!(ledger.with(|books| books.requests.clone()), HashMap::from([owners[1]]));
    }

    #[test]
    fn what_was_in_memory_is_known_after_a_death() {
        let ledger = Ledger::default();
        let resident = |id: &str| ipc::protocol::ResidentModel {
            id: id.into(),
            bytes_predicted: 1,
            bytes_measured: 1,
            idle_s: 0,
        };
        for (n, id) in ["one", "two", "three"].into_iter().enumerate() {
            let request = RequestId(n as u64);
            ledger.with(|books| {
                books.requests.insert(request, Owner::Window);
                books.loads.insert(request, model(id));
            });
            let loaded = ipc::protocol::LoadedModel { id: id.into(), ..Default::default() };
            ledger.translate(Signal::Event(Said::Loaded { id: request, model: loaded }));
        }
        let models = vec![resident("three"), resident("one")];
        ledger.translate(Signal::Event(Said::Residency { models, used: 1, budget: 1, note: None }));
        ledger.with(|books| {
            books.requests.insert(RequestId(9), Owner::Ahead);
            books.loads.insert(RequestId(9), model("four"));
        });
        let event = ledger.translate(stopped(&[RequestId(9)]));
        assert!(
            matches!(event, Some(WorkerEvent::Stopped { loading: Some(four), .. }) if four == model("four"))
        );
        assert_eq!(ledger.with(|books| books.lost.clone()), [model("one"), model("three")]);
    }
}
