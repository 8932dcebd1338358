//! The worker, its models and the question that is open, as far as its events tell.

use ground::ids::{JobId, TabId};
use ipc::protocol::{Device, LoadedModel, ModelRef, PromptReport, ResidentModel, Usage};

/// What a question to the worker is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// A review in this tab.
    Improve(TabId),
    /// The explanation panel.
    Explain,
    /// A commit message in this tab.
    Commit(TabId),
    /// Names for a file.
    Name,
    /// What comes in the place of a search result.
    Everywhere,
    /// Remarks on a changed file.
    Remarks,
}

/// The question to the worker that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub id: JobId,
    /// What it is for.
    pub kind: JobKind,
}

/// What the worker does.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum WorkerState {
    /// No worker runs.
    #[default]
    Off,
    /// A worker is being started.
    Starting,
    /// A model is being loaded: 0 to 1.
    Loading(f32),
    /// Prompt tokens done and in all.
    Prefill(u32, u32),
    /// Tokens a second; 0 until it is known.
    Generating(f32),
    /// Nothing to do.
    Idle,
    /// It hangs and is ended.
    Unresponsive,
    /// Several died: the next one waits a moment.
    BackingOff,
    /// Too many died: only the user starts another.
    GaveUp,
    /// The worker died; the next request starts another.
    Restarting,
}

/// The worker, as far as its events tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkerView {
    /// What it does.
    pub state: WorkerState,
    /// The model loaded last.
    pub model: Option<LoadedModel>,
    /// What models can compute on, once a worker was asked.
    pub devices: Option<Vec<Device>>,
    /// All models in memory.
    pub resident: Vec<ResidentModel>,
    /// Bytes that models take, and bytes that they may take.
    pub memory: Option<(u64, u64)>,
    /// What the last answer cost.
    pub usage: Option<Usage>,
    /// What became of the last prompt.
    pub prompt: Option<PromptReport>,
    /// When the first token of the running answer came, in milliseconds of the window's clock, and how many came since.
    pub rate_from: Option<(u64, u32)>,
}

impl WorkerView {
    /// What an answer waits for.
    pub fn waiting(&self) -> String {
        match self.state {
            WorkerState::Off | WorkerState::Starting | WorkerState::Restarting | WorkerState::GaveUp => {
                "starting the model worker…".into()
            }
            WorkerState::BackingOff => "the model worker starts again in a moment…".into(),
            WorkerState::Unresponsive => "the model worker hangs and is started again…".into(),
            WorkerState::Loading(part) => format!("loading the model, {:.0}%", part * 100.0),
            WorkerState::Prefill(done, total) => format!("reading the code, {done} of {total} tokens"),
            WorkerState::Generating(rate) if rate > 0.0 => format!("writing, {rate:.0} tokens a second"),
            WorkerState::Generating(_) | WorkerState::Idle => "waiting for the first word…".into(),
        }
    }

    /// What it does, in a word or two.
    pub fn doing(&self) -> String {
        let percent = |part: f32| (part * 100.0).clamp(0.0, 100.0).round();
        match self.state {
            WorkerState::Off => "off".into(),
            WorkerState::Starting => "starting".into(),
            WorkerState::Loading(part) => format!("loading {}%", percent(part)),
            WorkerState::Prefill(done, total) => {
                format!("reading {}%", percent(done as f32 / total.max(1) as f32))
            }
            WorkerState::Generating(rate) if rate > 0.0 => format!("{rate:.1} tokens/s"),
            WorkerState::Generating(_) => "writing".into(),
            WorkerState::Idle if self.model.is_none() => "unloaded".into(),
            WorkerState::Idle => "idle".into(),
            WorkerState::Restarting => "restarting".into(),
            WorkerState::BackingOff => "restarts in a moment".into(),
            WorkerState::Unresponsive => "hangs, is restarted".into(),
            WorkerState::GaveUp => "ended too often".into(),
        }
    }

    /// Is this model in memory?
    pub fn holds(&self, id: &str) -> bool {
        self.resident.iter().any(|model| model.id == id)
            || self.model.as_ref().is_some_and(|model| model.id == id)
    }
}

/// A model that can be loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// What the worker is told.
    pub reference: ModelRef,
    /// Name for people.
    pub name: String,
    /// Bytes of the file.
    pub size: u64,
    /// The catalogue means it for changing code, and not only to show that everything works.
    pub for_code: bool,
}

/// The models of this machine.
#[derive(Clone, Debug, Default)]
pub struct Models {
    /// Installed ones; `None` until they were listed.
    pub installed: Option<Vec<Model>>,
    /// Why they could not be listed.
    pub error: Option<String>,
    /// Memory of this machine in bytes, for the status bar; 0 when unknown.
    pub budget: u64,
}

impl Models {
    /// The first of the wanted models that is installed, else the largest, as without a window.
    pub fn selected<'a>(&self, wanted: impl IntoIterator<Item = &'a str>) -> Option<&Model> {
        let installed = self.installed.as_ref()?;
        let largest = || installed.iter().max_by_key(|model| model.size);
        wanted.into_iter().find_map(|id| self.find(id)).or_else(largest)
    }

    /// The installed model with this id.
    pub fn find(&self, id: &str) -> Option<&Model> {
        self.installed.iter().flatten().find(|model| model.reference.id == id)
    }

    /// A model by its name for people; one that is not installed by its id.
    pub fn name_of(&self, id: &str) -> String {
        self.find(id).map_or_else(|| id.to_owned(), |model| model.name.clone())
    }
}
