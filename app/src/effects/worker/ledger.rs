//! What is open with the worker: whose each request is, what jobs have asked and got, which models are loaded.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ground::ids::JobId;
use ipc::client::{Signal, Stopped};
use ipc::protocol::{FailureKind, ModelRef, Prompt, RequestId, Sampling, WorkerMessage};
use parking_lot::Mutex;

use crate::event::WorkerEvent;
use crate::workspace::health::ladder::RunConfig;

/// Who waits for the answer to a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RequestOwner {
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
pub(super) struct ActiveRun {
    pub(super) model: ModelRef,
    pub(super) prompt: Prompt,
    pub(super) params: Sampling,
    pub(super) given: String,
}

/// The open requests and jobs.
#[derive(Clone, Default)]
pub(super) struct Ledger(Arc<Mutex<RequestTable>>);

#[derive(Default)]
pub(super) struct RequestTable {
    pub(super) requests: HashMap<RequestId, RequestOwner>,
    pub(super) jobs: HashMap<JobId, ActiveRun>,
    /// Jobs in line, once for each time that they are to be asked.
    pub(super) waiting: Vec<JobId>,
    /// What open requests load.
    pub(super) loads: HashMap<RequestId, ModelRef>,
    /// What is in memory, the one loaded last at the end.
    pub(super) loaded: Vec<ModelRef>,
    /// What was in memory when a worker died.
    pub(super) lost: Vec<ModelRef>,
    /// How models are run that are not run as the user wants, by id.
    pub(super) runs: BTreeMap<String, RunConfig>,
    /// What is computed ahead.
    pub(super) primed: Option<RequestId>,
}

impl Ledger {
    pub(super) fn with<R>(&self, use_it: impl FnOnce(&mut RequestTable) -> R) -> R {
        use_it(&mut self.0.lock())
    }

    pub(super) fn translate(&self, signal: Signal) -> Option<WorkerEvent> {
        match signal {
            Signal::Phase(phase) => Some(WorkerEvent::Phase(phase)),
            Signal::Started { .. } => Some(WorkerEvent::Started),
            Signal::Event(event) => self.with(|books| books.event(event)),
            Signal::Stopped(stopped) => Some(self.with(|books| books.stopped(stopped))),
        }
    }
}

fn ahead(event: WorkerMessage) -> Option<WorkerEvent> {
    match event {
        WorkerMessage::PromptReady { prompt, .. } => Some(WorkerEvent::Ahead(Ok(prompt))),
        WorkerMessage::Failed { failure, .. } if failure.kind == FailureKind::PromptTooLong => {
            Some(WorkerEvent::Ahead(Err(failure)))
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
            if let Some(RequestOwner::Job(job)) = self.requests.remove(id) {
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

    fn event(&mut self, event: WorkerMessage) -> Option<WorkerEvent> {
        if let WorkerMessage::Residency { models, .. } = &event {
            self.loaded.retain(|model| models.iter().any(|resident| resident.id == model.id));
        }
        let Some(id) = event.id() else { return Some(WorkerEvent::Said { job: None, event }) };
        let owner = if event.is_final() { self.requests.remove(&id)? } else { *self.requests.get(&id)? };
        let load = if event.is_final() { self.loads.remove(&id) } else { None };
        let job = match owner {
            // Of what is computed ahead only the count of its tokens is of interest, or that it is too long.
            RequestOwner::Nobody => return ahead(event),
            RequestOwner::Window | RequestOwner::Ahead => None,
            RequestOwner::Job(job) => Some(job),
        };
        if let Some(job) = job
            && !(load.is_some() && matches!(event, WorkerMessage::Done { .. }))
        {
            self.note(job, owner, &event);
        }
        match (load, event) {
            (Some(model), WorkerMessage::Failed { failure, .. }) => {
                Some(WorkerEvent::NotLoaded { job, ahead: owner == RequestOwner::Ahead, model, failure })
            }
            (Some(model), event @ WorkerMessage::Loaded { .. }) => {
                self.loaded.retain(|other| other.id != model.id);
                self.loaded.push(model);
                Some(WorkerEvent::Said { job, event })
            }
            // A load that was cancelled is no answer of its job: what the job asked ends by itself.
            (Some(_), event @ WorkerMessage::Done { .. }) => Some(WorkerEvent::Said { job: None, event }),
            (_, event) => Some(WorkerEvent::Said { job, event }),
        }
    }

    fn note(&mut self, job: JobId, owner: RequestOwner, event: &WorkerMessage) {
        match event {
            WorkerMessage::Delta { text, .. } => {
                if let Some(asked) = self.jobs.get_mut(&job) {
                    asked.given += text;
                }
            }
            WorkerMessage::Failed { .. } => {
                // One failure is enough: what else the job waits for will fail for the same reason. What it asked is kept:
                // it may be asked again in another way.
                self.requests.retain(|_, other| *other != owner);
            }
            WorkerMessage::Done { .. } => {
                self.jobs.remove(&job);
            }
            _ => {}
        }
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
        ModelRef { id: id.into(), path: format!("/{id}").into(), sha256: None, stamp: None }
    }

    #[test]
    fn a_job_whose_model_does_not_load_fails_once() {
        let ledger = Ledger::default();
        let owner = RequestOwner::Job(JobId(7));
        ledger.with(|books| books.requests.extend([(RequestId(1), owner), (RequestId(2), owner)]));
        let failure = Failure::new(FailureKind::ModelFile, "gone");
        let failed =
            |id| Signal::Event(WorkerMessage::Failed { id: Some(RequestId(id)), failure: failure.clone() });
        assert!(matches!(ledger.translate(failed(1)), Some(WorkerEvent::Said { job: Some(JobId(7)), .. })));
        assert!(ledger.translate(failed(2)).is_none());
    }

    #[test]
    fn a_cancelled_load_is_no_answer_of_its_job() {
        let ledger = Ledger::default();
        let (load, ask, job) = (RequestId(1), RequestId(2), JobId(7));
        ledger.with(|books| {
            books.requests.extend([(load, RequestOwner::Job(job)), (ask, RequestOwner::Job(job))]);
            books.loads.insert(load, model("m"));
        });
        let done = |id| {
            Signal::Event(WorkerMessage::Done { id, stop: StopReason::Cancelled, usage: Usage::default() })
        };
        assert!(matches!(ledger.translate(done(load)), Some(WorkerEvent::Said { job: None, .. })));
        let end = ledger.translate(done(ask));
        assert!(matches!(end, Some(WorkerEvent::Said { job: Some(of), .. }) if of == job));
        assert!(ledger.with(|books| books.loads.is_empty() && books.loaded.is_empty()));
    }

    #[test]
    fn events_nobody_waits_for_are_dropped() {
        let ledger = Ledger::default();
        let pong = Signal::Event(WorkerMessage::Pong { id: RequestId(9), pulse: Pulse::default() });
        assert!(ledger.translate(pong).is_none());
    }

    #[test]
    fn what_was_computed_ahead_says_only_how_long_it_is() {
        let ledger = Ledger::default();
        ledger.with(|books| books.requests.insert(RequestId(1), RequestOwner::Nobody));
        let prompt = PromptReport { tokens: 9, ..PromptReport::default() };
        let ready = ledger.translate(Signal::Event(WorkerMessage::PromptReady { id: RequestId(1), prompt }));
        assert!(matches!(ready, Some(WorkerEvent::Ahead(Ok(report))) if report.tokens == 9));
        let failed = |kind| {
            let failure = Failure::new(kind, "too long");
            Signal::Event(WorkerMessage::Failed { id: Some(RequestId(1)), failure })
        };
        assert!(ledger.translate(failed(FailureKind::NoModel)).is_none());
        ledger.with(|books| books.requests.insert(RequestId(1), RequestOwner::Nobody));
        let too_long = ledger.translate(failed(FailureKind::PromptTooLong));
        assert!(matches!(too_long, Some(WorkerEvent::Ahead(Err(failure))) if failure.text == "too long"));
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
            books.requests.insert(id, RequestOwner::Job(job));
            books.jobs.insert(job, asked);
        });
        let delta = |text: &str| Signal::Event(WorkerMessage::Delta { id, text: text.into(), tokens: 1 });
        ledger.translate(delta("one "));
        ledger.translate(delta("two"));
        let event = ledger.translate(stopped(&[id]));
        assert!(matches!(event, Some(WorkerEvent::Stopped { failed, .. }) if failed == [job]));
        assert_eq!(ledger.with(|books| books.jobs[&job].given.clone()), "one two");
    }

    #[test]
    fn what_was_asked_after_a_death_belongs_to_the_next_worker() {
        let ledger = Ledger::default();
        let owners =
            [(RequestId(1), RequestOwner::Job(JobId(7))), (RequestId(2), RequestOwner::Job(JobId(8)))];
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
                books.requests.insert(request, RequestOwner::Window);
                books.loads.insert(request, model(id));
            });
            let loaded = ipc::protocol::LoadedModel { id: id.into(), ..Default::default() };
            ledger.translate(Signal::Event(WorkerMessage::Loaded { id: request, model: loaded }));
        }
        let models = vec![resident("three"), resident("one")];
        ledger.translate(Signal::Event(WorkerMessage::Residency { models, used: 1, budget: 1, note: None }));
        ledger.with(|books| {
            books.requests.insert(RequestId(9), RequestOwner::Ahead);
            books.loads.insert(RequestId(9), model("four"));
        });
        let event = ledger.translate(stopped(&[RequestId(9)]));
        assert!(
            matches!(event, Some(WorkerEvent::Stopped { loading: Some(four), .. }) if four == model("four"))
        );
        assert_eq!(ledger.with(|books| books.lost.clone()), [model("one"), model("three")]);
    }
}
