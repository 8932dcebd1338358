//! What keeps the AI going when the machine does not play along: the figures that say when to help, what memory ran out for
//! and what is tried instead, answers that come too slowly, and what of all this is shown. Data and pure functions;
//! [`crate::update`] connects them with events and effects.

pub mod crash;
pub mod ladder;
pub mod log;
pub mod logfile;
pub mod report;
pub mod slow;
pub mod store;

use std::collections::{BTreeMap, HashMap, VecDeque};

use editor_core::Revision;
use editor_core::journal::Owner;
use ground::ids::{JobId, TabId};
use ipc::protocol::ModelRef;
use ropey::Rope;

use self::ladder::{History, RunConfig};
use self::log::{Level, Line, Log};
use self::slow::Slow;

/// When to help, and how much. One plain struct, so that settings can fill it.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// Answers slower than so many tokens a second are too slow.
    pub least_rate: f64,
    /// Answers whose first token takes longer than so many milliseconds are too slow.
    pub most_first_ms: f64,
    /// So many of the last [`Policy::slow_of`] answers must be too slow before a lighter model is suggested.
    pub slow_times: usize,
    /// How many answers are looked back at.
    pub slow_of: usize,
    /// Load the model when the window opens.
    pub warm_at_start: bool,
    /// Load a model that was unloaded for being idle when the window gets the keyboard again.
    pub warm_on_focus: bool,
    /// The context is not made smaller than this, in tokens.
    pub least_context: u32,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            // Slower than a quick reader reads code.
            least_rate: 3.0,
            most_first_ms: 20_000.0,
            slow_times: 3,
            slow_of: 5,
            warm_at_start: false,
            warm_on_focus: true,
            least_context: 2048,
        }
    }
}

/// How many samples of tokens a second are kept.
const MAX_RATES: usize = 120;
/// How many restarts are kept.
const MAX_RESTARTS: usize = 50;

/// Everything that is known about how the AI gets on.
#[derive(Clone, Debug, Default)]
pub struct Supervise {
    /// When to help.
    pub policy: Policy,
    /// What memory ran out for on this machine.
    pub history: History,
    /// Bytes that models may take, as a worker told last.
    pub available: Option<u64>,
    /// What is remembered of an earlier start waits for a worker's word on the memory there is now.
    pub weighing: bool,
    /// How each model is run that is not run as the user wants, by id, as the worker's side was told last.
    pub runs: BTreeMap<String, RunConfig>,
    /// What was told last about a smaller way that is taken.
    pub stepped: Option<String>,
    /// For now nothing on the GPU: the user wished so, or it failed.
    pub cpu_only: bool,
    /// A model was seen to compute on a GPU here; llama.cpp is built for one on macOS, and elsewhere where somebody asked for it.
    pub gpu_seen: bool,
    /// The GPU failed once since the window opened.
    pub gpu_failed: bool,
    /// The open questions to the worker.
    pub asked: HashMap<JobId, PendingJob>,
    /// The loads that the user asked for and that are not done, the latest last.
    pub loads: Vec<PendingJob>,
    /// Answers that came too slowly.
    pub slow: Slow,
    /// What needs the user, the latest last.
    pub notices: Vec<Notice>,
    /// What happened.
    pub log: Log,
    /// Workers that died, the latest last: when on the window's clock, and why.
    pub restarts: VecDeque<(u64, String)>,
    /// Tokens a second, as seen while answers came.
    pub rates: VecDeque<f32>,
    /// When a rate was sampled last.
    pub sampled: u64,
    /// Since when on the window's clock the worker has nothing to do.
    pub idle_since: Option<u64>,
    /// A model was unloaded for being idle: it comes again with the focus.
    pub went_idle: Option<String>,
    /// Entries of the log that are less than this are left out of the activity page.
    pub least: Level,
    /// The window's clock at the last frame, for what counts time.
    pub clock: u64,
    /// Texts that are kept because they are not saved: the revision that is kept, and as whose.
    pub kept: BTreeMap<TabId, (Revision, Owner)>,
    /// When texts were looked at last for what to keep.
    pub looked: u64,
    /// What an earlier start of the editor left behind.
    pub left: crash::Left,
    /// Views that failed, with the place in our source.
    pub failed_views: BTreeMap<View, String>,
    /// When connections were counted last.
    pub counted: u64,
    /// Hosts that this process connected to and how often, as counted last.
    pub connections: Vec<(String, u64)>,
}

/// A question to the worker, or a load, and the way it is run.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingJob {
    /// What the user wants.
    pub wanted: RunConfig,
    /// How it is run now.
    pub way: RunConfig,
    /// What memory did not suffice for, for this question.
    pub tried: Vec<RunConfig>,
    /// Since when, on the window's clock.
    pub since: u64,
}

/// Part of the window that fails alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum View {
    /// The status bar.
    Status,
    /// The file tree.
    Sidebar,
    /// The explanation.
    Explanation,
    /// The text, its tabs and bars.
    Text,
    /// The models.
    Models,
    /// The settings.
    Settings,
    /// The activity.
    Activity,
    /// What lies over the window.
    Overlay,
    /// Messages.
    Toasts,
    /// The first run.
    Welcome,
    /// What stays over the panels until it was dealt with.
    Notices,
}

impl View {
    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            View::Status => "The status bar",
            View::Sidebar => "The file tree",
            View::Explanation => "The explanation",
            View::Text => "The text view",
            View::Models => "The model panel",
            View::Settings => "The settings panel",
            View::Activity => "The activity panel",
            View::Overlay => "A dialog",
            View::Toasts => "The messages",
            View::Welcome => "The welcome",
            View::Notices => "The bar of notices",
        }
    }
}

/// Something that stays until the user has dealt with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    /// What it is about; there is one of each kind.
    pub kind: NoticeKind,
    /// What happened, what was kept.
    pub text: String,
}

/// What a notice is about, and with it what can be done.
#[derive(Clone, Debug, PartialEq)]
pub enum NoticeKind {
    /// Too many workers died.
    GaveUp,
    /// Memory ran out, and another way is used.
    Stepped,
    /// The editor did not end well the last time.
    Recovery,
    /// What is typed cannot be kept for a recovery.
    Unkept,
    /// Answers come too slowly; this would be faster, when anything here would.
    Slow(Option<Lighter>),
}

/// What would be faster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lighter {
    /// A profile, by name.
    Profile(String),
    /// A model, by id, where no profile has a lighter one.
    Model(String),
}

/// What happens to a notice, in the activity panel, and to views that failed.
#[derive(Clone, Debug)]
pub enum SuperviseEvent {
    /// Try again: the breaker.
    Retry,
    /// The same with the next smaller model.
    Smaller,
    /// The same without a GPU.
    OnCpu,
    /// A notice is dismissed.
    Dismiss(NoticeKind),
    /// No more suggestions of lighter models.
    NeverSuggest,
    /// The activity panel is closed.
    ClosePanel,
    /// The report goes on the clipboard.
    CopyReport,
    /// The activity panel shows entries of the log from this level on.
    ShowLevel(Level),
    /// The log on disk is opened.
    OpenLog,
    /// What is remembered about memory was read.
    Remembered(History),
    /// Hosts that were connected to so far, and how often.
    Connections(Vec<(String, u64)>),
    /// What an earlier start left behind.
    LeftBehind(crash::Left),
    /// Unsaved texts of an earlier start are opened.
    Recover,
    /// They are thrown away.
    DiscardLeft,
    /// The report of the crash is opened.
    ShowCrash,
    /// Unsaved texts cannot be kept, for this reason; `None`: they can again.
    Unkept(Option<String>),
    /// The unsaved texts were read; why others could not be.
    Recovered(Vec<crash::Recovered>, Vec<String>),
    /// A view failed at this place of our source.
    ViewFailed(View, String),
    /// A view that failed is shown again.
    ShowAgain(View),
    /// A view that failed is closed.
    CloseView(View),
}

/// What is done outside for it.
#[derive(Clone, Debug)]
pub enum SuperviseEffect {
    /// From now on this model is run like this; `None`: as the user wants.
    Run(String, Option<RunConfig>),
    /// Ask a job's question again, with the model and the way that it is to be run.
    Reask(JobId, RunConfig),
    /// Ask the worker what models can compute on.
    AskDevices,
    /// Load a model that the user asked for, in the way that it is to be run.
    Load(ModelRef),
    /// Worker deaths so far count no more: something was changed. False: one more try.
    Pardon(bool),
    /// Load again what was loaded when a worker died.
    Restore,
    /// Remember on disk what memory ran out for.
    Remember(History),
    /// Add these to the log on disk.
    WriteLog(Vec<Line>),
    /// Open the log on disk as a file; answered by [`crate::event::Event::Open`].
    OpenLog,
    /// Read what is remembered, and what an earlier start left; answered by events.
    Begin,
    /// Keep a text that is not saved, as it is now.
    Keep(TabId, Owner, Rope),
    /// A text is saved or closed.
    Forget(TabId),
    /// Read unsaved texts; answered by [`SuperviseEvent::Recovered`].
    ReadLeft(crash::Left),
    /// Remove what an earlier start left, and is not wanted.
    RemoveLeft(crash::Left),
    /// The same once all texts that are to be kept are: among them are those that were left.
    TakeOver(crash::Left),
    /// Count connections; answered by [`SuperviseEvent::Connections`].
    CountConnections,
}

impl Supervise {
    /// Models may compute on a GPU.
    pub fn has_gpu(&self) -> bool {
        self.gpu_seen || cfg!(target_os = "macos")
    }

    /// Shows a notice; another one of its kind is replaced.
    pub fn notify(&mut self, kind: NoticeKind, text: String) {
        let same = |other: &Notice| std::mem::discriminant(&other.kind) == std::mem::discriminant(&kind);
        self.notices.retain(|other| !same(other));
        self.notices.push(Notice { kind, text });
    }

    /// Takes notices of a kind away.
    pub fn settle(&mut self, kind: &NoticeKind) {
        self.notices.retain(|other| std::mem::discriminant(&other.kind) != std::mem::discriminant(kind));
    }

    /// Notes the death of a worker.
    pub fn died(&mut self, now: u64, reason: &str) {
        if self.restarts.len() == MAX_RESTARTS {
            self.restarts.pop_front();
        }
        self.restarts.push_back((now, reason.to_owned()));
    }

    /// Notes how fast an answer comes, a few times a second at most.
    pub fn sample(&mut self, now: u64, rate: f32) {
        const EACH: u64 = 400;
        if rate <= 0.0 || now < self.sampled + EACH {
            return;
        }
        self.sampled = now;
        if self.rates.len() == MAX_RATES {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
    }
}
