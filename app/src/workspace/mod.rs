//! What every feature stands on, as data: the open texts, the folder, the models, the worker, what the user decided, and what
//! lies over the window. Features get it beside their own part of the state; it knows none of them.

pub mod ask;
mod caller;
pub mod callers;
pub mod close;
mod closed_reviews;
pub mod configure;
mod dialogs;
pub mod edit;
mod failed;
mod first_run;
pub mod folder;
pub mod health;
mod inventory;
pub mod jobs;
pub mod log;
mod looks;
mod notice;
mod offer;
pub mod open;
pub mod outcomes;
mod overlay;
mod page;
mod panes;
pub mod permissions;
pub mod picker;
mod queue;
mod quick_list;
pub mod references;
pub mod relocated;
mod remember;
mod repository;
mod restore;
mod review;
pub mod session;
mod symbols;
mod tab;
mod toast;
pub mod tree;
mod unreadable;
mod watched;
mod worker;
mod writing;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use ::models::catalog::ModelRole;
use assist::index::FunctionIndex;
use assist::reference::ReferenceError;
use editor_core::{Document, Selection};
use ground::ids::{JobId, TabId};
use settings::{Layers, Settings};

use self::health::AiHealth;
use self::log::Log;
use self::session::Session;
use self::tree::FileTree;

pub use self::caller::WaitingCaller;
pub use self::closed_reviews::{ClosedReviews, Kept};
pub use self::dialogs::{PathWish, PickedPaths, SystemDialogs};
pub use self::failed::WindowPart;
pub use self::first_run::{FirstRunProgress, FirstRunStep};
pub use self::inventory::*;
pub use self::looks::{ThemeShelf, ThemesRead};
pub use self::notice::{Lighter, Notice, NoticeKind};
pub use self::offer::Offer;
pub use self::overlay::{
    Instruction, Overlay, PathPrompt, PathPurpose, Question, Reply, TerminalQuestion, TreeQuestion,
};
pub use self::page::Page;
pub use self::panes::{Arrangement, PaneArea, PaneDivider, PaneTab, Panes, Side, TabContent, TextPane};
pub use self::queue::SelectionQueue;
pub use self::quick_list::{QuickAt, QuickChoice, QuickList, QuickMode, QuickPlace, QuickRow, QuickSign};
pub use self::repository::RepositoryView;
pub use self::review::{Candidates, ReviewRequest, ReviewStatus, TabReview};
pub use self::symbols::FileSymbols;
pub use self::tab::{GrownSelection, Reveal, RevealFrom, Saving, Tab};
pub use self::toast::{Toast, ToastKind};
pub use self::unreadable::Unreadable;
pub use self::watched::{OutcomeTracker, Watched};
pub use self::worker::{Job, JobKind, Model, Models, WorkerState, WorkerView};
pub use self::writing::{Writing, WritingStatus};

/// What all features see.
#[derive(Default)]
pub struct Workspace {
    /// Open files, however many panes show each.
    pub tabs: Vec<Tab>,
    /// Index of the one in front; the panes say which that is.
    pub active: usize,
    /// Where they are shown, and in which order.
    pub panes: Panes,
    /// Files closed lately, the last one at the end.
    pub closed_files: Vec<PathBuf>,
    /// The folder in the sidebar.
    pub tree: Option<FileTree>,
    /// What git says of that folder, where it is in a repository.
    pub repository: Option<RepositoryView>,
    /// All files of the folder, once they were asked for.
    pub files: Option<Vec<PathBuf>>,
    /// Is the sidebar shown?
    pub sidebar: bool,
    /// Is nothing shown but the text?
    pub zen: bool,
    /// Does the window take the whole screen?
    pub full_screen: bool,
    /// What lies over the window.
    pub overlay: Overlay,
    /// The worker, as far as its events tell.
    pub worker: WorkerView,
    /// The models of this machine.
    pub models: Models,
    /// The user's own themes.
    pub theme_shelf: ThemeShelf,
    /// What is known of models: installed, offered, under way.
    pub manager: Manager,
    /// How the AI gets on, and what helps it.
    pub health: AiHealth,
    /// Messages about what happened elsewhere.
    pub toasts: Vec<Toast>,
    /// What needs the user, the latest last.
    pub notices: Vec<Notice>,
    /// What happened.
    pub log: Log,
    /// Views that failed, with the place in our source.
    pub failed_views: BTreeMap<WindowPart, String>,
    /// What is remembered for the next start; the sidebar's width lives here.
    pub session: Session,
    /// What the user decided, as it counts now.
    pub settings: Settings,
    /// What the settings are made of: files, environment, and what is wrong in them.
    pub layers: Layers,
    /// Where the keyboard should go next; the window takes it.
    pub focus: Option<Focus>,
    /// The first of these files is compared with the second as soon as it is open.
    pub diff: Option<(PathBuf, PathBuf)>,
    /// Keys of other editors that were answered: each is told of once.
    pub habits: HashSet<usize>,
    /// Counts how often the menu of the text was asked for by a key; the view opens it once for each.
    pub text_menu: u64,
    /// Files that another program waits for: the window closes with the last one, and remembers nothing of them.
    pub waited_for: Vec<PathBuf>,
    /// The system's dialogs for files and folders.
    pub dialogs: SystemDialogs,
    /// Other starts of the editor that wait until files are closed here.
    pub callers: Vec<WaitingCaller>,
    /// The window closes once everything is saved.
    pub quitting: bool,
    /// Tabs that close as soon as they are saved.
    pub closing: HashSet<TabId>,
    /// The question to the worker that is open.
    pub job: Option<Job>,
    /// Counts tabs, jobs, toasts and untitled texts.
    pub counters: Counters,
    /// What was copied from a mere caret: pasting it inserts whole lines.
    pub copied_lines: Option<String>,
    /// The home folder, for `~`.
    pub home: Option<PathBuf>,
    /// The user's own prompts: name and text.
    pub prompts: Vec<(String, String)>,
    /// The functions of the open folder.
    pub index: FunctionIndex,
    /// Files that instructions named, as they were read.
    pub references: HashMap<PathBuf, Result<String, ReferenceError>>,
    /// What becomes of proposals.
    pub outcomes: OutcomeTracker,
}

/// Where the keyboard can be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Focus {
    /// The text in front.
    Editor,
    /// Who had it before what lies over all took it.
    Previous,
    /// The page in front: nobody else keeps it.
    Page,
    /// The find field.
    Find,
    /// The file tree.
    Tree,
    /// The field that narrows the outline.
    Outline,
    /// The pattern of the search through the project.
    SearchPattern,
    /// Its replacement.
    SearchReplacement,
    /// Its list.
    SearchResults,
    /// The terminal that is shown.
    Terminal,
    /// The field that looks through it.
    TerminalFind,
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

    /// A text without a file is called so: the next one has a later number.
    pub fn untitled_is(&mut self, title: &str) {
        let number = title.strip_prefix("Untitled ").and_then(|number| number.parse().ok());
        self.untitled = self.untitled.max(number.unwrap_or_default());
    }

    /// The number of a wish to show a position.
    pub fn reveal(&mut self) -> u64 {
        self.reveal += 1;
        self.reveal
    }
}

impl Workspace {
    /// What an open question is for, in a word.
    pub fn purpose(&self, job: JobId) -> &'static str {
        match self.job.filter(|open| open.id == job).map(|open| open.kind) {
            Some(JobKind::Improve(_)) => "Improve",
            Some(JobKind::Explain) => "Explain",
            Some(JobKind::Commit(_)) => "Commit message",
            Some(JobKind::Name) => "Name",
            Some(JobKind::Remarks) => "Review of changes",
            Some(JobKind::Everywhere) => "Change results",
            None => "Complete",
        }
    }

    /// The tab in front.
    pub fn tab(&self) -> Option<&Tab> {
        self.tabs.get(self.active)
    }

    /// The tab in front, to change.
    pub fn tab_mut(&mut self) -> Option<&mut Tab> {
        self.tabs.get_mut(self.active)
    }

    /// Columns of a tab character in the text in front.
    pub fn tab_width(&self) -> usize {
        let editor = &self.settings.editor;
        self.tab().map_or(editor.tab_width as usize, |tab| tab.tab_width(editor))
    }

    /// A tab by name.
    pub fn find_tab(&mut self, id: TabId) -> Option<&mut Tab> {
        self.tabs.iter_mut().find(|tab| tab.id == id)
    }

    /// The tab with the file at this path.
    pub fn tab_on(&self, path: &Path) -> Option<&Tab> {
        self.tabs.iter().find(|tab| tab.document.path() == Some(path))
    }

    /// The model in use.
    pub fn model(&self) -> Option<&Model> {
        self.model_for(ModelRole::Code)
    }

    /// The model for a role: the one chosen for it, else the model in use.
    pub fn model_for(&self, role: ModelRole) -> Option<&Model> {
        let wanted = match role {
            ModelRole::Code => &self.settings.models.code,
            ModelRole::General => &self.settings.models.general,
            ModelRole::Completion => &self.settings.models.completion,
        };
        self.models.selected([wanted.as_str()].into_iter().chain(self.settings.wanted_models()))
    }

    /// Title of the window.
    pub fn title(&self) -> String {
        let file = self.tab().map(|tab| {
            format!("{}{}", if tab.document.is_modified() { "• " } else { "" }, tab.document.title())
        });
        let file = file.or_else(|| self.page_in_front().map(|page| page.title().to_owned()));
        let folder = self.tree.as_ref().map(FileTree::name);
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
