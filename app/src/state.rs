//! What the user sees, as data. Only `update` changes it; the views read it.

pub mod closed;
pub mod completion;
pub mod measure;
mod offer;
mod page;
pub mod priming;
mod queue;
mod recent;

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ::models::catalog::Role;
use assist::answer::Answer;
use assist::attempts::Attempts;
use assist::check::{EditTarget, Proposal};
use assist::commit::{self, Form};
use assist::index::Index;
use assist::problems::Problem;
use assist::statistics::Statistics;
use assist::task::Task;
use editor_core::diff::Row;
use editor_core::file::{Encoding, NotInEncoding};
use editor_core::file::{Expect, Fate, Opened};
use editor_core::review::{HunkState, Review};
use editor_core::search::{Query, Search};
use editor_core::syntax::Highlighter;
use editor_core::token::Token;
use editor_core::{Document, Revision, Selection};
use ground::command::Context;
use ground::ids::{JobId, TabId};
use ipc::protocol::{CodeContext, Device, LoadedModel, ModelRef, PromptReport, ResidentModel, Usage};
use ropey::Rope;
use settings::{Layers, Settings};

use crate::manager::{Dialog, Manager};
use crate::picker::Picker;
use crate::session::Session;
use crate::tree::{Entry, Tree};

pub use self::closed::Closed;
pub use self::completion::Completion;
pub use self::measure::OutcomeTracker;
pub use self::offer::Offer;
pub use self::page::{Page, ShownPage};
pub use self::priming::Priming;
pub use self::queue::Queue;

/// Everything.
#[derive(Default)]
pub struct State {
    /// Open files, in the order of their tabs.
    pub tabs: Vec<Tab>,
    /// Index of the one in front.
    pub active: usize,
    /// Files closed lately, the last one at the end.
    pub closed: Vec<PathBuf>,
    /// The folder in the sidebar.
    pub tree: Option<Tree>,
    /// All files of the folder, once they were asked for.
    pub files: Option<Vec<PathBuf>>,
    /// Is the sidebar shown?
    pub sidebar: bool,
    /// What lies over the window.
    pub overlay: Overlay,
    /// The find bar.
    pub find: FindBar,
    /// The explanation panel.
    pub explanation: Option<Explanation>,
    /// Explanations before and behind it.
    pub explained: Vec<Explanation>,
    /// The worker, as far as its events tell.
    pub worker: WorkerView,
    /// The models of this machine.
    pub models: Models,
    /// What stands in the place of the text; `None`: the text.
    pub page: Option<ShownPage>,
    /// The model panel.
    pub manager: Manager,
    /// The first run.
    pub onboarding: crate::onboarding::Onboarding,
    /// The settings view.
    pub settings_panel: settings::panel::Panel,
    /// Messages about what happened elsewhere.
    pub toasts: Vec<Toast>,
    /// What is remembered for the next start; the sidebar's width lives here.
    pub session: Session,
    /// What the user decided, as it counts now.
    pub settings: Settings,
    /// What the settings are made of: files, environment, and what is wrong in them.
    pub layers: Layers,
    /// Where the keyboard should go next; the window takes it.
    pub focus: Option<Focus>,
    /// The window closes once everything is saved.
    pub quitting: bool,
    /// The question to the worker that is open.
    pub job: Option<Job>,
    /// Ghost text.
    pub completion: Completion,
    /// How the AI gets on, and what helps it.
    pub supervise: crate::supervise::Supervise,
    /// What is sent ahead of a request.
    pub priming: Priming,
    /// The job that was resumed last after the death of a worker, and how often.
    pub resumed: Option<(JobId, u8)>,
    /// Counts tabs, jobs, toasts and untitled texts.
    pub counters: Counters,
    /// What was copied from a mere caret: pasting it inserts whole lines.
    pub copied_lines: Option<String>,
    /// The home folder, for `~`.
    pub home: Option<PathBuf>,
    /// The user's own prompts: name and text.
    pub prompts: Vec<(String, String)>,
    /// The functions of the open folder.
    pub index: Index,
    /// Files that instructions named, as they were read.
    pub references: HashMap<PathBuf, Result<String, String>>,
    /// What becomes of proposals.
    pub measure: OutcomeTracker,
    /// Names that are being asked for.
    pub naming: Option<Naming>,
    /// Tabs that close as soon as they are saved.
    pub closing: HashSet<TabId>,
}

/// Where the keyboard can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The text in front.
    Editor,
    /// The find field.
    Find,
    /// The file tree.
    Tree,
}

/// Rising numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counters {
    tab: u64,
    job: u64,
    toast: u64,
    untitled: u64,
    reveal: u64,
}

impl Counters {
    /// A new tab's name.
    pub fn tab(&mut self) -> TabId {
        self.tab += 1;
        TabId(self.tab)
    }

    /// A new job's name.
    pub fn job(&mut self) -> JobId {
        self.job += 1;
        JobId(self.job)
    }

    /// A new toast's number.
    pub fn toast(&mut self) -> u64 {
        self.toast += 1;
        self.toast
    }

    /// The number of a new text without a file.
    pub fn untitled(&mut self) -> u64 {
        self.untitled += 1;
        self.untitled
    }

    /// The number of a wish to show a position.
    pub fn reveal(&mut self) -> u64 {
        self.reveal += 1;
        self.reveal
    }
}

/// One open file.
pub struct Tab {
    /// Its name among the tabs.
    pub id: TabId,
    /// Text, selection and history.
    pub document: Document,
    /// Syntax, kept in step with the text.
    pub highlighter: Highlighter,
    /// The matches of the find bar's query.
    pub search: Option<Search>,
    /// A proposed change.
    pub review: Option<TabReview>,
    /// Reviews that were closed and can be taken up again.
    pub closed: Closed,
    /// Selections whose review comes after this one.
    pub queue: Queue,
    /// The text is written by the model.
    pub writing: Option<Writing>,
    /// What is known to be wrong in it.
    pub problems: Vec<Problem>,
    /// What another program did to the file, until the person has decided what becomes of the text here.
    pub fate: Fate,
    /// The save that is under way, of several the last one that was begun.
    pub saving: Option<Saving>,
    /// It was asked for again meanwhile.
    pub save_again: bool,
    /// The encoding that the file is read again in as soon as it is saved.
    pub reopens: Option<Encoding>,
    /// The position that should come into view.
    pub reveal: Reveal,
}

/// A save that is under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saving {
    /// Where.
    pub path: PathBuf,
    /// What is written.
    pub revision: Revision,
}

/// A commit message on its way into a tab.
#[derive(Clone, Debug, PartialEq)]
pub struct Writing {
    /// The question that it answers.
    pub job: JobId,
    /// The folder whose staged changes it is about.
    pub folder: PathBuf,
    /// What the model said so far.
    pub raw: String,
    /// How the repository's messages begin.
    pub form: Form,
    /// What was read, and what of it was left out.
    pub note: String,
    /// How far it is.
    pub status: WritingStatus,
}

impl Writing {
    /// The message as far as it is written.
    pub fn message(&self) -> String {
        commit::message(&self.raw, &self.form)
    }
}

/// How far a text of the model is.
#[derive(Clone, Debug, PartialEq)]
pub enum WritingStatus {
    /// On its way.
    Running,
    /// Complete.
    Done,
    /// Stopped by the user or a limit.
    Stopped,
    /// It does not come: why.
    Failed(String),
}

/// Names for a file that are being asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Naming {
    /// The question.
    pub job: JobId,
    /// The file.
    pub tab: TabId,
    /// What the model said so far.
    pub raw: String,
    /// What a name without an extension gets.
    pub extension: &'static str,
}

/// A wish to see a position; the view grants each number once.
#[derive(Clone, Copy, Debug, Default)]
pub struct Reveal {
    /// Which wish.
    pub number: u64,
    /// The position.
    pub position: usize,
    /// Put it in the middle if it is out of view.
    pub center: bool,
}

/// A proposed change to the text of a tab.
pub struct TabReview {
    /// What was asked for.
    pub task: Task,
    /// Id of the model that answers.
    pub model: String,
    /// The text before the first hunk was accepted.
    pub before: Option<Rope>,
    /// The user changed the proposal.
    pub edited: bool,
    /// The question that the answer belongs to.
    pub job: JobId,
    /// The hunks.
    pub review: Review,
    /// The rows to draw.
    pub rows: Vec<Row>,
    /// For each line of the answer its tokens, in characters of the line.
    pub tokens: Vec<Vec<(Range<usize>, Token)>>,
    /// The answer while it arrives; `None` once it is complete.
    pub answer: Option<Answer>,
    /// What was asked.
    pub instruction: String,
    /// What became of the prompt.
    pub prompt: Option<PromptReport>,
    /// What was wanted in it and is not, in sentences without a full stop.
    pub notes: Vec<String>,
    /// The lines of a long file that the model sees, in a sentence without a full stop.
    pub seen: Option<String>,
    /// All attempts at it.
    pub pursuit: Candidates,
    /// How far it is.
    pub status: ReviewStatus,
    /// The hunk that the keys act on.
    pub current: Option<usize>,
    /// The file on disk whose text is reviewed, until it is decided upon.
    pub compared: Option<Box<Opened>>,
}

/// All attempts at one proposed change.
pub struct Candidates {
    /// What was asked and proposed.
    pub attempts: Attempts,
    /// The selection as the checks see it.
    pub subject: Arc<EditTarget>,
    /// The examples of the documentation are run.
    pub runs: bool,
    /// The proposal that is shown.
    pub shown: Option<usize>,
    /// The proposal that was shown when the user asked for another one, until that is there.
    pub beside: Option<usize>,
}

impl Candidates {
    /// The proposal that is shown.
    pub fn proposal(&self) -> Option<&Proposal> {
        self.attempts.proposals().get(self.shown?)
    }

    /// Which of how many alternatives is shown, from 1; `None` when there is only one.
    pub fn place(&self) -> Option<(usize, usize)> {
        let choices = self.attempts.choices();
        let at = choices.iter().position(|choice| Some(*choice) == self.shown)?;
        (choices.len() > 1).then_some((at + 1, choices.len()))
    }
}

/// How far a review is.
#[derive(Clone, Debug, PartialEq)]
pub enum ReviewStatus {
    /// Nothing has arrived yet.
    Waiting,
    /// The answer is arriving.
    Streaming,
    /// The answer is complete and being judged.
    Checking,
    /// The hunks are there.
    Ready,
    /// The answer is complete and changes nothing.
    Unchanged,
    /// The answer was cut off by the token limit; the hunks are there.
    Incomplete,
    /// The selection was edited meanwhile.
    Stale,
    /// No answer: why, and what to do.
    Failed(String),
}

impl TabReview {
    /// Hunks in all, and how many of them are still open.
    pub fn counts(&self) -> (usize, usize) {
        let hunks = self.review.hunks();
        (hunks.len(), hunks.iter().filter(|hunk| hunk.state == HunkState::Pending).count())
    }

    /// Is every hunk as it was proposed, and still to be decided?
    pub fn is_untouched(&self) -> bool {
        !self.edited && self.review.hunks().iter().all(|hunk| hunk.state == HunkState::Pending)
    }

    /// The hunk in which the proposal that is shown breaks the syntax.
    pub fn broken_hunk(&self) -> Option<usize> {
        let at = self.pursuit.proposal()?.breaks.as_ref()?.line;
        let reached = self.rows.iter().take_while(|row| row.new_line.is_none_or(|line| line <= at));
        let first = || self.rows.iter().find_map(|row| row.hunk);
        reached.filter_map(|row| row.hunk).last().or_else(first)
    }

    /// What a hunk would do to the syntax, in words; `None` when nothing.
    pub fn warning_of(&self, hunk: usize) -> Option<&'static str> {
        let torn = || {
            let accepted = self.review.hunks().iter().any(|hunk| hunk.state == HunkState::Accepted);
            !accepted && self.pursuit.proposal().is_some_and(|proposal| proposal.torn.contains(&hunk))
        };
        match self.broken_hunk() == Some(hunk) {
            true => Some("This hunk breaks the syntax"),
            false => torn().then_some("This hunk needs others: alone it breaks the syntax"),
        }
    }

    /// Can hunks be accepted now?
    pub fn is_open(&self) -> bool {
        matches!(self.status, ReviewStatus::Ready | ReviewStatus::Incomplete)
    }
}

impl Tab {
    /// A tab for a document, with nothing around it yet.
    pub fn new(id: TabId, document: Document) -> Tab {
        Tab {
            id,
            highlighter: Highlighter::new(document.language()),
            document,
            search: None,
            review: None,
            closed: Closed::default(),
            queue: Queue::default(),
            writing: None,
            problems: Vec::new(),
            fate: Fate::Same,
            saving: None,
            save_again: false,
            reopens: None,
            reveal: Reveal::default(),
        }
    }

    /// Would closing it lose something? A message as the model wrote it can be had again.
    pub fn is_unsaved(&self) -> bool {
        let as_written = |writing: &Writing| {
            self.document.path().is_none() && *self.document.rope() == writing.message().as_str()
        };
        self.document.is_modified() && !self.writing.as_ref().is_some_and(as_written)
    }

    /// Is the text, as it is, on its way to a file?
    pub fn is_being_saved(&self) -> bool {
        self.saving.as_ref().is_some_and(|saving| saving.revision == self.document.revision())
    }

    /// Where the caret is, as line and column from 0.
    pub fn caret(&self) -> (usize, usize) {
        let head = self.document.selection().primary().head;
        let buffer = self.document.buffer();
        (buffer.line_of(head), buffer.column(head))
    }
}

/// What lies over the window.
#[derive(Default)]
pub enum Overlay {
    /// Nothing.
    #[default]
    None,
    /// A list to choose from.
    Picker(Picker),
    /// Go to line: what was typed.
    Line(String),
    /// What to do with the selection.
    Instruction(Instruction),
    /// A path to open or to save to.
    Path(PathPrompt),
    /// A question that has to be answered first.
    Question(Question),
    /// A question of the model panel.
    Models(Dialog),
    /// The message of an error to explain.
    ErrorMessage(String),
    /// A hunk of the review in front that is being edited, and its text.
    Proposal(usize, String),
    /// What became of the model's proposals, once it was read.
    Statistics(Option<Result<Statistics, String>>),
}

/// The line above a selection that says what to do with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    /// The tab it belongs to.
    pub tab: TabId,
    /// The lines that will be rewritten.
    pub range: Range<usize>,
    /// Lines of further selections, whose turn comes afterwards.
    pub others: Vec<Range<usize>>,
    /// What was typed.
    pub text: String,
    /// It is a further wish about the proposal that is shown.
    pub refines: bool,
    /// Names of files that would finish the one being typed.
    pub offer: Offer,
    /// Which of the earlier instructions was fetched with the arrow keys.
    pub fetched: Option<usize>,
}

/// Why a path is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathPurpose {
    /// Open a file.
    OpenFile,
    /// Open a folder.
    OpenFolder,
    /// Import a model file.
    ImportModel,
    /// Save this tab.
    Save(TabId),
}

/// A path being typed, with the folder's entries beneath.
#[derive(Clone, Debug)]
pub struct PathPrompt {
    /// Why.
    pub wish: PathPurpose,
    /// What was typed.
    pub text: String,
    /// The folder whose entries are known.
    pub folder: PathBuf,
    /// Its entries, or why there are none.
    pub entries: Result<Vec<Entry>, String>,
    /// The entry chosen with the arrow keys.
    pub current: Option<usize>,
}

impl PathPrompt {
    /// The typed path as an absolute one; `~` is the home folder.
    pub fn path(&self, home: Option<&Path>) -> PathBuf {
        match (self.text.strip_prefix('~'), home) {
            (Some(rest), Some(home)) => home.join(rest.trim_start_matches('/')),
            _ => PathBuf::from(&self.text),
        }
    }

    /// The entries that continue what was typed.
    pub fn shown(&self) -> Vec<&Entry> {
        let typed = self.text.rsplit('/').next().unwrap_or_default().to_lowercase();
        let folders_only = self.wish == PathPurpose::OpenFolder;
        let Ok(entries) = &self.entries else { return Vec::new() };
        entries
            .iter()
            .filter(|entry| entry.folder || !folders_only)
            .filter(|entry| entry.name.to_lowercase().starts_with(&typed))
            .filter(|entry| typed.starts_with('.') || !entry.name.starts_with('.'))
            .collect()
    }
}

/// A question that has to be answered first.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Close a tab with unsaved changes.
    Close(TabId),
    /// Quit with unsaved changes in so many tabs.
    Quit(usize),
    /// Reopen a tab with unsaved changes in an encoding.
    Reopen(TabId, Encoding),
    /// Save as UTF-8 what the encoding lacks a character for.
    SaveAsUtf8 {
        /// The text to save.
        tab: TabId,
        /// Where.
        path: PathBuf,
        /// What is lacking.
        error: NotInEncoding,
    },
    /// Delete what was counted of proposals.
    Statistics,
    /// Overwrite a file that is not what it was when it was opened, or that exists already.
    Overwrite {
        /// The text to save.
        tab: TabId,
        /// Where.
        path: PathBuf,
        /// What is in the way.
        reason: String,
        /// What is there now, which alone the answer is about: when that changes too, it is asked again.
        seen: Expect,
    },
}

/// How a [`Question`] is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Save, or overwrite.
    Yes,
    /// Go on without saving; of a file that changed: take its text.
    Discard,
    /// Show what changed.
    Compare,
    /// Leave everything as it is.
    Cancel,
}

/// The find bar.
#[derive(Clone, Debug, Default)]
pub struct FindBar {
    /// Is it shown?
    pub open: bool,
    /// Is the second line shown?
    pub replacing: bool,
    /// What is looked for.
    pub query: Query,
    /// What comes in its place.
    pub replacement: String,
    /// Why the query cannot be searched for.
    pub error: Option<String>,
}

/// An explanation of a selection.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Rises from one explanation to the next.
    pub number: u64,
    /// The question that it answers.
    pub job: JobId,
    /// Where the explained code stands.
    pub subject: Explained,
    /// What is explained: `parser.rs, lines 10 to 20`.
    pub title: String,
    /// What was asked about.
    pub code: CodeContext,
    /// Answers before this one, each with the question that followed.
    pub earlier: Vec<(String, String)>,
    /// The next question, as far as it is typed.
    pub question: String,
    /// Names for what is being typed behind its last `@`.
    pub offer: Offer,
    /// What the model said so far, its thoughts too.
    pub raw: String,
    /// Markdown so far.
    pub text: String,
    /// What the model does not see, in sentences without a full stop.
    pub notes: Vec<String>,
    /// How far it is.
    pub status: ExplainStatus,
}

/// Where explained code stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The tab.
    pub tab: TabId,
    /// Its lines there, as they are now.
    pub range: Range<usize>,
    /// Path or title of the file, by which explanations belong together.
    pub file: String,
}

/// How far an explanation is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExplainStatus {
    /// On its way.
    Running,
    /// Complete.
    Done,
    /// Stopped by the user or by the token limit.
    Stopped,
    /// No answer: why, and what to do.
    Failed(String),
}

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

impl Explanation {
    /// The conversation as Markdown.
    pub fn markdown(&self) -> String {
        let mut text = format!("# {}\n\n", self.title);
        for (answer, question) in &self.earlier {
            text += &format!("{}\n\n**{question}**\n\n", answer.trim());
        }
        text + self.text.trim() + "\n"
    }
}

impl WorkerView {
    /// Is this model in memory?
    pub fn holds(&self, id: &str) -> bool {
        self.resident.iter().any(|model| model.id == id)
            || self.model.as_ref().is_some_and(|model| model.id == id)
    }
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

/// How loud a toast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ToastKind {
    /// Something was done.
    Info,
    /// Something failed.
    Error,
}

/// A message about what happened elsewhere.
#[derive(Clone, Debug, PartialEq)]
pub struct Toast {
    /// Its number.
    pub id: u64,
    /// How loud.
    pub kind: ToastKind,
    /// A sentence.
    pub text: String,
    /// When it came, in milliseconds of the window's clock.
    pub since: u64,
    /// The tab whose closed review it offers to take up again.
    pub reopens: Option<TabId>,
}

impl Toast {
    /// How long a toast stays, in milliseconds.
    pub fn lifetime(&self) -> u64 {
        match self.kind {
            ToastKind::Info if self.reopens.is_none() => 4000,
            ToastKind::Info | ToastKind::Error => 12_000,
        }
    }
}

impl State {
    /// What an open question is for, in a word.
    pub fn purpose(&self, job: JobId) -> &'static str {
        match self.job.filter(|open| open.id == job).map(|open| open.kind) {
            Some(JobKind::Improve(_)) => "Improve",
            Some(JobKind::Explain) => "Explain",
            Some(JobKind::Commit(_)) => "Commit message",
            Some(JobKind::Name) => "Name",
            None => "Complete",
        }
    }

    /// The state of a window that remembers `session` and obeys what `layers` say.
    pub fn new(session: Session, mut layers: Layers) -> State {
        let settings = layers.resolve();
        State { sidebar: session.sidebar, session, settings, layers, ..State::default() }
    }

    /// The tab in front.
    pub fn tab(&self) -> Option<&Tab> {
        self.tabs.get(self.active)
    }

    /// The tab in front, to change.
    pub fn tab_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.active)
    }

    /// A tab by name.
    pub fn find_tab(&mut self, id: TabId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.id == id)
    }

    /// The tab with the file at this path.
    pub fn tab_on(&self, path: &Path) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.document.path() == Some(path))
    }

    /// The contexts that hold. `text_focused`: the editor has the keyboard.
    pub fn contexts(&self, text_focused: bool) -> Vec<Context> {
        let mut active = vec![Context::Always];
        if self.panel_is_open() {
            return active;
        }
        let Some(tab) = self.tab() else { return active };
        active.push(Context::Editor);
        if text_focused {
            active.push(Context::Text);
        }
        match tab.review {
            Some(_) => active.push(Context::Review),
            None if !tab.closed.is_empty() => active.push(Context::Closed),
            None => {}
        }
        if text_focused && completion::is_shown(self) {
            active.push(Context::Ghost);
        }
        active
    }

    /// Does a panel stand where the text would be?
    pub fn panel_is_open(&self) -> bool {
        self.page.is_some() || self.onboarding.covers()
    }

    /// The model in use.
    pub fn model(&self) -> Option<&Model> {
        self.model_for(Role::Code)
    }

    /// The model for a role: the one chosen for it, else the model in use.
    pub fn model_for(&self, role: Role) -> Option<&Model> {
        let wanted = match role {
            Role::Code => &self.settings.models.code,
            Role::General => &self.settings.models.general,
            Role::Completion => &self.settings.models.completion,
        };
        self.models.selected([wanted.as_str()].into_iter().chain(self.settings.wanted_models()))
    }

    /// Title of the window.
    pub fn title(&self) -> String {
        let file = self.tab().map(|tab| {
            format!("{}{}", if tab.document.is_modified() { "• " } else { "" }, tab.document.title())
        });
        let folder = self.tree.as_ref().map(Tree::name);
        file.into_iter().chain(folder).chain(["LocalCoder".to_owned()]).collect::<Vec<_>>().join(" — ")
    }
}

/// The selection as whole lines without the last line break; `None` when there is no text.
pub fn whole_lines(document: &Document, selection: &Selection) -> Option<Range<usize>> {
    let buffer = document.buffer();
    let span = selection.primary();
    let first = buffer.line_of(span.start());
    let mut last = buffer.line_of(span.end());
    if last > first && buffer.line_start(last) == span.end() {
        last -= 1;
    }
    let range = buffer.line_start(first)..buffer.line_end(last);
    (!range.is_empty()).then_some(range)
}
