//! The worker process: the window's jobs become requests with ids, and events of those ids become jobs again.

mod ledger;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

use assist::worker::NoWorkerProgram;
use crossbeam_channel::Sender;
use ground::ids::JobId;
use ipc::client::{Client, Signal, WorkerProgram};
use ipc::protocol::{
    Control, Failure, FailureKind, ModelRef, Prompt, Request, RequestId, RunProfile, Sampling,
};
use models::store::Store;
use parking_lot::Mutex;

use self::ledger::{ActiveRun, Ledger, RequestOwner, RequestTable};
use super::{Outbox, QueueTask};
use crate::event::{Event, NotSent, WorkerEvent};
use crate::features::models::ModelTaskError;
use crate::workspace::health::ladder::RunConfig;

/// The window's side of the worker. Whatever needs a model goes through a line of its own: the model's file is looked at first, and now
/// and then read.
#[derive(Clone)]
pub struct Worker {
    /// The client, or why there can be none.
    client: Arc<Result<Client, NoWorkerProgram>>,
    ledger: Ledger,
    out: Outbox,
    profile: Arc<Mutex<RunProfile>>,
    /// Id of the model that only completes.
    completes: Arc<Mutex<Option<String>>>,
    line: Sender<QueueTask>,
    /// The folder of installed models.
    models: Result<PathBuf, ModelTaskError>,
    /// One model is read at a time: that takes all cores.
    reading: Arc<Mutex<()>>,
    /// Held while a job's requests are sent or cancelled.
    sending: Arc<Mutex<()>>,
}

/// A job's place in line. One whose turn never comes is refused.
struct Turn {
    worker: Worker,
    job: JobId,
    came: bool,
}

impl Turn {
    fn take(mut self) {
        self.came = true;
        self.worker.resume_now(self.job);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.worker.ledger.with(|books| {
            let at = books.waiting.iter().position(|job| *job == self.job);
            at.map(|at| books.waiting.swap_remove(at))
        });
        if !self.came {
            let refused = WorkerEvent::Refused { job: Some(self.job), reason: NotSent::TooMany };
            self.worker.out.send(Event::Worker(refused));
        }
    }
}

impl Worker {
    /// A worker that starts with the first request; `models`: the folder of installed models.
    pub fn new(
        program: Result<WorkerProgram, NoWorkerProgram>,
        models: Result<PathBuf, ModelTaskError>,
        out: Outbox,
    ) -> Worker {
        let ledger = Ledger::default();
        let (translator, outbox) = (ledger.clone(), out.clone());
        let deliver = move |signal| {
            // Not for its end: somebody may wait for that one.
            if matches!(signal, Signal::Event(_)) {
                outbox.wait_for_room();
            }
            if let Some(event) = translator.translate(signal) {
                outbox.send(Event::Worker(event));
            }
        };
        let client = Arc::new(program.map(|program| Client::new(program, deliver)));
        let line = super::queue_that_goes_on("models to use", &out);
        let (profile, completes) = (Arc::default(), Arc::default());
        let (reading, sending) = (Arc::default(), Arc::default());
        Worker { client, ledger, out, profile, completes, line, models, reading, sending }
    }

    /// From now on workers are this program; one that runs is replaced when it has nothing to do.
    pub fn set_program(&self, program: Result<WorkerProgram, NoWorkerProgram>) {
        if let (Ok(client), Ok(program)) = (&*self.client, program) {
            client.replace(program);
        }
    }

    /// From now on models are run like this; the one with the id `completes` is the first to go when memory gets short.
    pub fn set_profile(&self, profile: RunProfile, completes: Option<&str>) {
        *self.profile.lock() = profile;
        *self.completes.lock() = completes.map(str::to_owned);
    }

    fn profile(&self) -> RunProfile {
        self.profile.lock().clone()
    }

    /// Loads the model if it is not loaded, then answers the prompt.
    pub fn ask(&self, job: JobId, model: ModelRef, prompt: Prompt, params: Sampling) {
        if !matches!(prompt, Prompt::Fill(_) | Prompt::NextEdit(_)) {
            self.insist();
        }
        self.ledger.with(|books| {
            // Of a job that went with its worker and was not resumed, nothing else tells that it is over.
            let RequestTable { requests, jobs, waiting, .. } = books;
            let is_open = |job: &JobId| requests.values().any(|owner| *owner == RequestOwner::Job(*job));
            jobs.retain(|job, _| waiting.contains(job) || is_open(job));
            jobs.insert(job, ActiveRun { model, prompt, params, given: String::new() });
        });
        self.resume(job);
    }

    /// Asks what a job asked, from where its answer stopped.
    pub fn resume(&self, job: JobId) {
        self.ledger.with(|books| books.waiting.push(job));
        let turn = Turn { worker: self.clone(), job, came: false };
        self.in_line(move |_| turn.take());
    }

    /// Does this after what was wanted before, on a thread that may read files. Where there can be no worker nothing is read, and that is
    /// said at once.
    fn in_line(&self, task: impl FnOnce(&Worker) + Send + 'static) {
        if self.client.is_err() {
            return task(self);
        }
        let worker = self.clone();
        // Of a thousand things that wait already, one more that comes ahead changes nothing; a job is told by its turn.
        let _full = self.line.try_send(Box::new(move |_| task(&worker)));
    }

    fn resume_now(&self, job: JobId) {
        let asked = || self.ledger.with(|books| books.jobs.get(&job).cloned());
        let owner = RequestOwner::Job(job);
        let Some(checked) = asked().and_then(|asked| self.checked(owner, &asked.model)) else { return };
        let _no_cancel_between = self.sending.lock();
        let Some(ActiveRun { model, prompt, params, given }) = asked() else { return };
        let answering = Some(model.id.clone());
        let generate = |id| Request::Generate {
            id,
            model: answering,
            prompt,
            params,
            ctrl: Control { accepted: given, ..Control::default() },
        };
        if self.send_load(owner, model, checked, false) {
            self.send(owner, generate);
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
            self.warm(model);
        }
    }

    /// Deaths so far count no more, or the user wants one more try.
    pub fn pardon(&self, all: bool) {
        let Ok(client) = &*self.client else { return };
        if all { client.forgive() } else { client.retry() }
    }

    /// What the user asks for is tried once more, whatever died before.
    fn insist(&self) {
        if let Ok(client) = &*self.client {
            client.insist();
        }
    }

    /// Loads the model, then computes a prompt that will probably be asked. What comes of the prompt nobody is told.
    pub fn prime(&self, model: ModelRef, prompt: Prompt) {
        self.in_line(|worker| worker.prime_now(model, prompt));
    }

    fn prime_now(&self, model: ModelRef, prompt: Prompt) {
        let primed = Some(model.id.clone());
        if self.check_and_load(RequestOwner::Ahead, model, false) {
            // Of two prompts that may come next the latter counts; what was computed of the former stays.
            let before = self.ledger.with(|books| books.primed.take());
            let before = before.filter(|id| self.ledger.with(|books| books.requests.contains_key(id)));
            if let (Some(id), Ok(client)) = (before, &*self.client) {
                client.cancel(id);
            }
            self.send(RequestOwner::Nobody, |id| {
                self.ledger.with(|books| books.primed = Some(id));
                Request::Prime { id, model: primed, prompt }
            });
        }
    }

    /// Loads a model that will probably be wanted.
    pub fn warm(&self, model: ModelRef) {
        self.in_line(|worker| {
            worker.check_and_load(RequestOwner::Ahead, model, false);
        });
    }

    /// Loads a model; `anyway`: also when it is predicted not to fit.
    pub fn load(&self, model: ModelRef, anyway: bool) {
        self.insist();
        self.in_line(move |worker| {
            worker.check_and_load(RequestOwner::Window, model, anyway);
        });
    }

    /// The model as it may be loaded; `None`: the reason was reported.
    fn checked(&self, owner: RequestOwner, model: &ModelRef) -> Option<ModelRef> {
        if self.client.is_err() {
            return Some(model.clone());
        }
        let is_wanted = || match owner {
            RequestOwner::Job(job) => self.ledger.with(|books| books.jobs.contains_key(&job)),
            _ => true,
        };
        let mut on = |_| if is_wanted() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) };
        let no_store = |error: ModelTaskError| Failure::new(FailureKind::ModelFile, error.sentence());
        let store = self.models.clone().and_then(|root| Ok(Store::open(root)?));
        let checked = store.map_err(no_store).and_then(|store| {
            let _one_at_a_time = self.reading.lock();
            assist::worker::checked(&store, model, &mut on)
        });
        let failure = match checked {
            Ok(model) => return Some(model),
            Err(failure) => failure,
        };
        if is_wanted() {
            let job = match owner {
                RequestOwner::Job(job) => Some(job),
                _ => None,
            };
            // What is damaged lies in the quarantine by now.
            super::disk::list_models(&self.out);
            let (model, ahead) = (model.clone(), owner == RequestOwner::Ahead);
            self.out.send(Event::Worker(WorkerEvent::NotLoaded { job, ahead, model, failure }));
        }
        None
    }

    fn check_and_load(&self, owner: RequestOwner, model: ModelRef, anyway: bool) -> bool {
        let checked = self.checked(owner, &model);
        checked.is_some_and(|checked| self.send_load(owner, model, checked, anyway))
    }

    fn send_load(&self, owner: RequestOwner, model: ModelRef, checked: ModelRef, anyway: bool) -> bool {
        let base = self.profile();
        let way = self.ledger.with(|books| books.runs.get(&model.id).cloned());
        let profile = way.map_or(base.clone(), |way| way.profile(base));
        let background = self.completes.lock().as_ref() == Some(&model.id);
        let profile = RunProfile { load_anyway: anyway, background, ..profile };
        self.send(owner, |id| {
            self.ledger.with(|books| books.loads.insert(id, model));
            Request::LoadModel { id, model: checked, profile }
        })
    }

    /// Asks what models can compute on; answered by `Devices` and `Residency`.
    pub fn devices(&self) {
        self.send(RequestOwner::Ahead, |id| Request::ListDevices { id });
    }

    /// Frees the model with this id, or all of them.
    pub fn unload(&self, model: Option<String>) {
        self.in_line(|worker| {
            if worker.client.as_ref().as_ref().is_ok_and(|client| client.worker_pid().is_some()) {
                worker.send(RequestOwner::Window, |id| Request::UnloadModel { id, model });
            }
        });
    }

    /// Stops all requests of a job.
    pub fn cancel(&self, job: JobId) {
        let Ok(client) = &*self.client else { return };
        let _nothing_is_sent_between = self.sending.lock();
        let ids: Vec<RequestId> = self.ledger.with(|books| {
            books.jobs.remove(&job);
            let of_job = books.requests.iter().filter(|(_, owner)| **owner == RequestOwner::Job(job));
            of_job.map(|(id, _)| *id).collect()
        });
        for id in ids {
            client.cancel(id);
        }
    }

    /// Sends a request; when it cannot be sent says so and returns false.
    fn send(&self, owner: RequestOwner, request: impl FnOnce(RequestId) -> Request) -> bool {
        let sent = self.client.as_ref().as_ref().map_err(|none| NotSent::NoWorker(none.clone())).and_then(
            |client| {
                let id = client.next_id();
                self.ledger.with(|books| books.requests.insert(id, owner));
                client.send(request(id)).map_err(|failure| {
                    self.ledger.with(|books| {
                        books.requests.remove(&id);
                        books.loads.remove(&id);
                    });
                    NotSent::Failed(failure)
                })
            },
        );
        let job = match owner {
            RequestOwner::Job(job) => Some(job),
            RequestOwner::Window => None,
            RequestOwner::Nobody | RequestOwner::Ahead => return sent.is_ok(),
        };
        let is_sent = sent.is_ok();
        if let Err(reason) = sent {
            self.out.send(Event::Worker(WorkerEvent::Refused { job, reason }));
        }
        is_sent
    }
}
