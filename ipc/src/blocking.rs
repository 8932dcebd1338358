//! A client that waits: for commands without a window, benchmarks and tests. The window never uses it.

use std::{
    cell::RefCell,
    time::{Duration, Instant},
};

use crossbeam_channel::{Receiver, RecvTimeoutError, bounded};

use crate::{
    client::{Client, Exit, Signal, Stopped, WorkerProgram},
    death::Cause,
    protocol::{
        Confinement, Control, Device, Failure, FailureKind, LoadedModel, ModelRef, Prompt, PromptReport,
        Request, RequestId, RunProfile, Sampling, StopReason, Usage, WorkerMessage,
    },
};

/// Most signals that wait to be taken.
const MAX_SIGNALS: usize = 4096;

/// One worker and the signals it sends.
pub struct Conversation {
    client: Client,
    signals: Receiver<Signal>,
    residency: RefCell<Option<WorkerMessage>>,
}

/// A complete answer.
#[derive(Clone, Debug, PartialEq)]
pub struct BlockingReply {
    /// All deltas, joined.
    pub text: String,
    /// Why it ended.
    pub stop: StopReason,
    /// What it cost.
    pub usage: Usage,
    /// What became of the prompt.
    pub prompt: PromptReport,
    /// From the call to the first delta, as the caller sees it; `None` when there was none.
    pub first_delta: Option<Duration>,
    /// From the call to the end.
    pub total: Duration,
}

impl Conversation {
    /// A conversation with a worker that is started by the first request.
    pub fn new(program: WorkerProgram) -> Conversation {
        // A worker that says more than anybody takes waits; the client knows that this is not its fault.
        let (sender, signals) = bounded(MAX_SIGNALS);
        let client = Client::new(program, move |signal| {
            let _nobody_listens_any_more = sender.send(signal);
        });
        Conversation { client, signals, residency: RefCell::default() }
    }

    /// The client, to send requests without waiting for them.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The signals, for callers that sent requests themselves.
    pub fn signals(&self) -> &Receiver<Signal> {
        &self.signals
    }

    /// The latest [`WorkerMessage::Residency`] that was seen while waiting for answers.
    pub fn residency(&self) -> Option<WorkerMessage> {
        self.residency.borrow().clone()
    }

    /// Waits for the next [`WorkerMessage::Residency`]; `None` when none comes within `patience`.
    pub fn next_residency(&self, patience: Duration) -> Option<WorkerMessage> {
        let end = Instant::now() + patience;
        loop {
            if let Signal::Event(event @ WorkerMessage::Residency { .. }) =
                self.signals.recv_deadline(end).ok()?
            {
                self.residency.replace(Some(event.clone()));
                return Some(event);
            }
        }
    }

    /// Loads a model; answers at once when it is loaded already. `on_progress` gets 0 to 1.
    ///
    /// # Errors
    /// The worker's failure, or [`FailureKind::WorkerDied`].
    pub fn load(
        &self,
        model: &ModelRef,
        profile: &RunProfile,
        mut on_progress: impl FnMut(f32),
    ) -> Result<LoadedModel, Failure> {
        let id = self.client.next_id();
        self.client.send(Request::LoadModel { id, model: model.clone(), profile: profile.clone() })?;
        loop {
            match self.event(id)? {
                WorkerMessage::LoadProgress { fraction, .. } => on_progress(fraction),
                WorkerMessage::Loaded { model, .. } => return Ok(model),
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// Asks the model that was loaded last. `on_event` sees each event before it is used.
    ///
    /// # Errors
    /// The worker's failure, or [`FailureKind::WorkerDied`].
    pub fn ask(
        &self,
        prompt: Prompt,
        params: Sampling,
        ctrl: Control,
        on_event: impl FnMut(&Client, &WorkerMessage),
    ) -> Result<BlockingReply, Failure> {
        self.ask_model(None, prompt, params, ctrl, on_event)
    }

    /// Asks the loaded model with this id; see [`Conversation::ask`].
    ///
    /// # Errors
    /// The worker's failure, or [`FailureKind::WorkerDied`].
    pub fn ask_model(
        &self,
        model: Option<&str>,
        prompt: Prompt,
        params: Sampling,
        ctrl: Control,
        mut on_event: impl FnMut(&Client, &WorkerMessage),
    ) -> Result<BlockingReply, Failure> {
        let start = Instant::now();
        let id = self.client.next_id();
        let model = model.map(str::to_owned);
        self.client.send(Request::Generate { id, model, prompt, params, ctrl })?;
        let mut text = String::new();
        let mut report = PromptReport::default();
        let mut first_delta = None;
        loop {
            let event = self.event(id)?;
            on_event(&self.client, &event);
            match event {
                WorkerMessage::PromptReady { prompt, .. } => report = prompt,
                WorkerMessage::PrefillProgress { .. } => {}
                WorkerMessage::Delta { text: more, .. } => {
                    first_delta.get_or_insert_with(|| start.elapsed());
                    text += &more;
                }
                WorkerMessage::Done { stop, usage, .. } => {
                    return Ok(BlockingReply {
                        text,
                        stop,
                        usage,
                        prompt: report,
                        first_delta,
                        total: start.elapsed(),
                    });
                }
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// Computes a prompt, and no answer; see [`Request::Prime`].
    ///
    /// # Errors
    /// The worker's failure, or [`FailureKind::WorkerDied`].
    pub fn prime(&self, prompt: Prompt) -> Result<(StopReason, Usage), Failure> {
        let id = self.client.next_id();
        self.client.send(Request::Prime { id, model: None, prompt })?;
        loop {
            match self.event(id)? {
                WorkerMessage::PromptReady { .. } => {}
                WorkerMessage::Done { stop, usage, .. } => return Ok((stop, usage)),
                other => return Err(unexpected(&other)),
            }
        }
    }

    /// Unloads all models.
    ///
    /// # Errors
    /// The worker's failure, or [`FailureKind::WorkerDied`].
    pub fn unload(&self) -> Result<(), Failure> {
        let id = self.client.next_id();
        self.client.send(Request::UnloadModel { id, model: None })?;
        match self.event(id)? {
            WorkerMessage::Unloaded { .. } => Ok(()),
            other => Err(unexpected(&other)),
        }
    }

    /// How long the worker takes to answer a ping.
    ///
    /// # Errors
    /// [`FailureKind::WorkerDied`].
    pub fn ping(&self) -> Result<Duration, Failure> {
        let start = Instant::now();
        let id = self.client.next_id();
        self.client.send(Request::Ping { id })?;
        self.event(id).map(|_| start.elapsed())
    }

    /// The worker's devices.
    ///
    /// # Errors
    /// The worker's failure, or [`FailureKind::WorkerDied`].
    pub fn devices(&self) -> Result<Vec<Device>, Failure> {
        self.describe().map(|(devices, _)| devices)
    }

    /// The worker's devices, and what holds it.
    ///
    /// # Errors
    /// As [`Conversation::devices`].
    pub fn describe(&self) -> Result<(Vec<Device>, Confinement), Failure> {
        let id = self.client.next_id();
        self.client.send(Request::ListDevices { id })?;
        match self.event(id)? {
            WorkerMessage::Devices { devices, confinement, .. } => Ok((devices, confinement)),
            other => Err(unexpected(&other)),
        }
    }

    /// The next event that answers `id`. A failure and the worker's end come as errors.
    fn event(&self, id: RequestId) -> Result<WorkerMessage, Failure> {
        loop {
            match self.signals.recv_timeout(Duration::from_secs(3600)) {
                Ok(Signal::Event(WorkerMessage::Failed { id: failed, failure })) if failed == Some(id) => {
                    return Err(failure);
                }
                Ok(Signal::Event(event)) if event.id() == Some(id) => return Ok(event),
                Ok(Signal::Event(event @ WorkerMessage::Residency { .. })) => {
                    self.residency.replace(Some(event));
                }
                Ok(Signal::Stopped(stopped)) if stopped.failed.contains(&id) => {
                    let reason = stopped.reason.clone() + stopped.cause.supposition();
                    return Err(Failure::new(kind_of(&stopped), reason));
                }
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    return Err(Failure::new(
                        FailureKind::WorkerDied,
                        "The model worker said nothing for an hour.",
                    ));
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::new(FailureKind::Internal, "The client is gone."));
                }
            }
        }
    }
}

fn kind_of(stopped: &Stopped) -> FailureKind {
    match (stopped.cause, stopped.exit) {
        (Cause::OutOfMemory { .. }, _) => FailureKind::OutOfMemory,
        (_, Exit::NotStarted) => FailureKind::WorkerStart,
        _ => FailureKind::WorkerDied,
    }
}

fn unexpected(event: &WorkerMessage) -> Failure {
    Failure::new(FailureKind::Internal, format!("The model worker answered with {event:?}."))
}
