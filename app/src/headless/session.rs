//! A worker with a model, for one command: progress on standard error, Ctrl-C heard, and the same steps as in the window when
//! memory does not suffice, each of them told.

use std::{
    io::{IsTerminal, Write},
    ops::ControlFlow,
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use assist::worker::{self, MAX_RESUMES, ToModelRef};
use ipc::{
    blocking::{BlockingReply, Conversation},
    client::Client,
    protocol::{
        Control, FailureKind, LoadedModel, ModelRef, Prompt, RunProfile, Sampling, StopReason, WorkerMessage,
    },
};
use models::store::Store;
use settings::Settings;

use super::{CommandFailure, args::Args};
use crate::workspace::health::ladder::{MemoryFailures, RunConfig};
use crate::workspace::health::{HealthPolicy, ladder, store};

/// A worker with the model loaded, progress on standard error and Ctrl-C heard.
pub struct HeadlessSession {
    conversation: Conversation,
    steps: Steps,
    model: LoadedModel,
    cancelled: Arc<AtomicBool>,
    progress: Progress,
}

impl HeadlessSession {
    /// Starts a worker and loads what the arguments and the settings want, or what memory suffices for.
    ///
    /// # Errors
    /// Nothing is installed, or nothing of it can be loaded.
    pub fn open(args: &Args, settings: &Settings) -> Result<HeadlessSession, CommandFailure> {
        let program =
            worker::program(&settings.prompts).map_err(|error| CommandFailure::Failed(error.to_string()))?;
        let installed = worker::store().map_err(CommandFailure::Failed)?;
        let model =
            worker::choose(&installed, args.model.as_deref(), settings).map_err(CommandFailure::Failed)?;
        let cancelled = heard_ctrl_c()?;
        let conversation = Conversation::new(program);
        let progress = Progress::new();
        let mut steps = Steps::new(&conversation, &installed, &model, args);
        let model = steps
            .load(&conversation, &progress)
            .map_err(|failure| failed(failure, cancelled.load(Ordering::Relaxed)))?;
        Ok(HeadlessSession { conversation, steps, model, cancelled, progress })
    }

    /// The model that answers.
    pub fn model(&self) -> &LoadedModel {
        &self.model
    }

    /// What was made smaller, a sentence a step.
    pub fn told(&self) -> &[String] {
        &self.steps.told
    }

    /// Asks the model; `show`: the answer goes to standard output while it arrives. Where memory ends within the answer, it
    /// continues in a smaller way; where the worker does, in another one.
    ///
    /// # Errors
    /// The worker's failure, or Ctrl-C.
    pub fn ask(
        &mut self,
        prompt: &Prompt,
        sampling: &Sampling,
        ctrl: &Control,
        show: bool,
    ) -> Result<BlockingReply, CommandFailure> {
        let mut given = String::new();
        let mut resumes = 0;
        loop {
            let ctrl = Control { accepted: given.clone(), ..ctrl.clone() };
            let reply = self.conversation.ask(prompt.clone(), sampling.clone(), ctrl, |client, event| {
                if let WorkerMessage::Delta { text, .. } = event {
                    given += text;
                }
                self.on_event(client, event, show);
            });
            self.progress.clear();
            match reply {
                Ok(reply) if reply.stop == StopReason::Cancelled => return Err(CommandFailure::Cancelled),
                Ok(reply) => return Ok(BlockingReply { text: given, ..reply }),
                Err(failure) => {
                    let died = failure.kind == FailureKind::WorkerDied;
                    let model = if died && resumes < MAX_RESUMES && !self.is_cancelled() {
                        resumes += 1;
                        eprintln!(
                            "localcoder: {} The worker was restarted and the answer continues.",
                            failure.text
                        );
                        self.steps.load(&self.conversation, &self.progress)
                    } else {
                        self.steps.after(failure, &self.conversation, &self.progress)
                    };
                    self.model = model.map_err(|failure| failed(failure, self.is_cancelled()))?;
                }
            }
        }
    }

    fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn on_event(&self, client: &Client, event: &WorkerMessage, show: bool) {
        if self.is_cancelled()
            && let Some(id) = event.id()
        {
            client.cancel(id);
        }
        match event {
            WorkerMessage::PrefillProgress { done, total, .. } => {
                self.progress.show(&format!("reading {done} of {total} tokens"));
            }
            WorkerMessage::Delta { text, .. } if show => {
                self.progress.clear();
                print!("{text}");
                let _closed_pipe = std::io::stdout().flush();
            }
            WorkerMessage::Delta { tokens, .. } => self.progress.show(&format!("writing, {tokens} tokens")),
            _ => {}
        }
    }
}

/// What is tried when memory does not suffice; see [`ladder`].
struct Steps {
    store: Store,
    base: RunProfile,
    wanted: RunConfig,
    way: RunConfig,
    tried: Vec<RunConfig>,
    /// Models with their sizes in bytes, and their names.
    installed: Vec<(ModelRef, u64)>,
    names: Vec<(String, String)>,
    history: MemoryFailures,
    memory: Option<PathBuf>,
    told: Vec<String>,
}

impl Steps {
    fn new(conversation: &Conversation, store_of_models: &Store, model: &ModelRef, args: &Args) -> Steps {
        let present = store_of_models.installed().unwrap_or_default();
        let present = || present.iter().filter(|model| model.present());
        let sizes = |model: &models::store::Installed| Some((model.first_file().ok()?, model.record.size));
        let names = |model: &models::store::Installed| (model.record.id.clone(), model.record.name.clone());
        let memory = ground::places::state_folder().map(|folder| folder.join("memory"));
        let history = memory.as_deref().map(store::load).unwrap_or_default();
        // A worker that does not start says so when it is to load. One that answers has told how much memory there is now,
        // which what is remembered is weighed against.
        let asked = args.profile.gpu || args.smaller && !history.failures().is_empty();
        let devices = if asked { conversation.devices().unwrap_or_default() } else { Vec::new() };
        let gpu = args.profile.gpu && devices.iter().any(|one| one.gpu);
        let wanted = RunConfig { gpu, ..RunConfig::of(model, &args.profile) };
        let mut steps = Steps {
            store: store_of_models.clone(),
            base: args.profile.clone(),
            way: wanted.clone(),
            wanted,
            tried: Vec::new(),
            // With nothing to choose from there are no steps.
            installed: if args.smaller { present().filter_map(sizes).collect() } else { Vec::new() },
            names: present().map(names).collect(),
            history,
            memory,
            told: Vec::new(),
        };
        if args.smaller {
            if steps.history.forget_outgrown(available(conversation)) {
                steps.remember();
            }
            if let Some(way) = steps.plan(conversation).filter(|way| *way != steps.wanted) {
                steps.take(way);
            }
        }
        steps
    }

    fn plan(&self, conversation: &Conversation) -> Option<RunConfig> {
        let least = HealthPolicy::default().min_context;
        let Steps { wanted, tried, history, installed, .. } = self;
        ladder::plan(wanted, tried, history, available(conversation), installed, least)
    }

    fn take(&mut self, way: RunConfig) {
        let name = |id: &str| {
            let named = self.names.iter().find(|(other, _)| other == id);
            named.map_or_else(|| id.to_owned(), |(_, name)| name.clone())
        };
        let told = way.tell_step(&self.wanted, &name(&self.wanted.model.id), &name(&way.model.id));
        eprintln!("localcoder: {told}");
        self.told.push(told);
        self.way = way;
    }

    fn remember(&self) {
        if let Some(memory) = &self.memory {
            // What cannot be remembered is learnt again.
            let _unwritten = store::save(memory, &self.history);
        }
    }

    /// Loads the model, in smaller ways as long as memory does not suffice.
    fn load(
        &mut self,
        conversation: &Conversation,
        progress: &Progress,
    ) -> Result<LoadedModel, ipc::protocol::Failure> {
        // As the user wants it: where a GPU is, the worker knows better.
        let usual = self.way == self.wanted;
        let profile = if usual { self.base.clone() } else { self.way.profile(self.base.clone()) };
        let id = self.way.model.id.clone();
        let mut on = |done: models::Progress| {
            progress.show(&format!("checking {id} {} %", 100 * done.done / done.total.max(1)));
            ControlFlow::Continue(())
        };
        let model = worker::checked(&self.store, &self.way.model, &mut on)?;
        let loaded = conversation.load(&model, &profile, |fraction| {
            progress.show(&format!("loading {id} {:.0} %", fraction * 100.0));
        });
        progress.clear();
        // What is reported of its bytes is what was checked here, not what the worker says.
        let known = |loaded| LoadedModel { sha256: model.sha256.clone(), ..loaded };
        loaded.map(known).or_else(|failure| self.after(failure, conversation, progress))
    }

    /// After a failure: when memory was why, the model in the next smaller way.
    fn after(
        &mut self,
        failure: ipc::protocol::Failure,
        conversation: &Conversation,
        progress: &Progress,
    ) -> Result<LoadedModel, ipc::protocol::Failure> {
        if failure.kind != FailureKind::OutOfMemory || self.installed.is_empty() {
            return Err(failure);
        }
        let (way, available) = (self.way.clone(), available(conversation));
        // Of a worker that is gone memory is only the likeliest cause.
        if conversation.client().worker_pid().is_some() {
            self.history.note(&way, available);
            self.remember();
        }
        self.tried.push(way);
        let Some(next) = self.plan(conversation) else { return Err(failure) };
        self.take(next);
        conversation.client().forgive();
        self.load(conversation, progress)
    }
}

/// Bytes that models may take, as the worker last reported.
fn available(conversation: &Conversation) -> Option<u64> {
    match conversation.residency() {
        Some(WorkerMessage::Residency { budget, .. }) => Some(budget),
        _ => None,
    }
}

fn failed(failure: ipc::protocol::Failure, cancelled: bool) -> CommandFailure {
    if cancelled && failure.kind == FailureKind::WorkerDied {
        return CommandFailure::Cancelled;
    }
    CommandFailure::Failed(failure.text)
}

/// A flag that Ctrl-C raises. Nothing here waits longer than the worker's next event; should none come, a thread ends the
/// program, and the worker dies with it.
fn heard_ctrl_c() -> Result<Arc<AtomicBool>, CommandFailure> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = flag.clone();
    ctrlc::set_handler(move || {
        raised.store(true, Ordering::Relaxed);
        std::thread::sleep(std::time::Duration::from_millis(150));
        eprintln!("\nlocalcoder: cancelled; nothing was changed.");
        std::process::exit(130);
    })
    .map_err(|e| CommandFailure::Failed(format!("Cannot listen for Ctrl-C: {e}.")))?;
    Ok(flag)
}

/// One line on standard error that is written over and over, when a person is watching.
struct Progress {
    watched: bool,
}

impl Progress {
    fn new() -> Progress {
        Progress { watched: std::io::stderr().is_terminal() }
    }

    fn show(&self, text: &str) {
        if self.watched {
            eprint!("\r\u{1b}[K{text}");
        }
    }

    fn clear(&self) {
        if self.watched {
            eprint!("\r\u{1b}[K");
        }
    }
}
