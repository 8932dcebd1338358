//! What can happen, and what can be done about it: the two closed lists between window, [`crate::update`] and
//! [`crate::effects`].

mod work;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use assist::check::{EditTarget, Proposal, RunResults};
use assist::checkers::Checker;
use assist::commit::StagedChanges;
use assist::examples::ExampleResult;
use assist::git::GitProgramError;
use assist::index::FunctionIndex;
use assist::problems::Problem;
use assist::reference::ReferenceError;
use assist::statistics::StatisticsEntry;
use assist::task::Task;
use assist::wish::Wish;
use editor_core::file::{Fate, OpenError, Opened, Reading, SaveError, Stamp};
use editor_core::movement::Motion;
use editor_core::review::Review;
use editor_core::syntax::{self, SyntaxTree};
use editor_core::{Revision, Selection, Transaction};
use folders::watch::WatchNews;
use folders::work::FolderWork;
use ground::asked::AskedFiles;
use ground::command::Command;
use ground::ids::{CallerId, JobId, TabId};
use ipc::death::Cause;
use ipc::protocol::{self, Doing, Failure, ModelRef, Prompt, PromptReport, Sampling};
use ipc::supervise::WorkerPhase;
use models::store::StoreError;
use ropey::Rope;
use settings::{SettingsEffect, SettingsEvent};

use crate::door::CallerAnswer;
use crate::features::activity::{ActivityEffect, ActivityEvent};
use crate::features::changes::{ChangesEffect, ChangesEvent};
use crate::features::everywhere::EverywhereEvent;
use crate::features::explain::ExplainEvent;
use crate::features::find::FindEvent;
use crate::features::folding::FoldingEvent;
use crate::features::health::{HealthEffect, HealthEvent};
use crate::features::models::{ManagerEffect, ManagerEvent};
use crate::features::next_place::look::{FoundPlaces, PlaceSearch};
use crate::features::onboarding::{OnboardingEffect, OnboardingEvent};
use crate::features::outline::OutlineEvent;
use crate::features::places::PlacesEvent;
use crate::features::problems::ProblemsEvent;
use crate::features::project_search::{ProjectSearchEffect, ProjectSearchEvent};
use crate::features::quick::{QuickEffect, QuickEvent};
use crate::features::recovery::{RecoveryEffect, RecoveryEvent};
use crate::features::remarks::{RemarksEffect, RemarksEvent};
use crate::features::statistics::StatisticsEvent;
use crate::features::terminal::{TerminalEffect, TerminalEvent};
use crate::features::text::TextEvent;
use crate::features::tree::{TreeEvent, WorkPurpose, Worked};
use crate::features::vim::VimEvent;
use crate::features::writing::WritingEvent;
use crate::workspace::session::{Revoked, Session};
use crate::workspace::tree::{Listing, TreeEntry};
use crate::workspace::{
    Model, NoticeKind, Page, PathWish, PickedPaths, Reply, ReviewRequest, ThemesRead, Unreadable, WindowPart,
};

pub use self::work::{CompareError, Compared, Comparison, Judge, NotSent, Save};

/// Everything that can happen.
#[derive(Debug)]
pub enum Event {
    /// A frame begins.
    Frame,
    /// A command was given by key, menu, palette or button.
    Command(Command),
    /// A key was pressed that means something in other editors and nothing here, by its number in [`ground::habits::all`].
    Habit(usize),
    /// The text in front was typed into.
    Typed(Typed),
    /// The pointer selected text.
    Select(TabId, Selection),
    /// Selecting with the pointer has come to its end: on Linux the middle button pastes what is selected.
    SelectionSettled(TabId),
    /// What is selected in this text was dragged to a position; true: and stays where it was, too.
    DropText(TabId, usize, bool),
    /// The caret is to be put at a position of a text, which comes to the front.
    GoTo(TabId, usize),
    /// A text goes on the clipboard.
    CopyText(String),
    /// A file or folder is to be shown in the system's file manager.
    RevealPath(PathBuf),
    /// The view of a text, beside what is selected in it.
    Text(TextEvent),
    /// Folds.
    Folding(FoldingEvent),
    /// Vim's keys.
    Vim(VimEvent),
    /// The text of this tab is to be saved as this file.
    SaveAt(TabId, PathBuf),
    /// A tab was chosen.
    Activate(TabId),
    /// A tab's close button.
    Close(TabId),
    /// Tabs, panes and places.
    Places(PlacesEvent),
    /// A file that was opened to be looked at stays open.
    KeepFile(PathBuf),
    /// The window is to be closed: what is not saved is put aside for the next start.
    PutAside,
    /// The file tree.
    Tree(TreeEvent),
    /// Work on files has ended.
    Worked(Box<Worked>),
    /// Others did something in watched folders.
    Watch(WatchNews),
    /// What lies over the window.
    Overlay(OverlayEvent),
    /// The find bar.
    Find(FindEvent),
    /// Quick open, and what it found.
    Quick(QuickEvent),
    /// The outline.
    Outline(OutlineEvent),
    /// Terminals.
    Terminal(TerminalEvent),
    /// Output of a program is to be explained.
    ExplainOutput(String),
    /// A task with this name begins: what it said before counts no more.
    TaskBegan(String),
    /// What tasks say of files.
    Problems(ProblemsEvent),
    /// A hunk's own button.
    AcceptHunk(usize),
    /// A hunk's own button.
    RejectHunk(usize),
    /// The explanation panel.
    Explain(ExplainEvent),
    /// The bar above a text that the model writes.
    Writing(WritingEvent),
    /// The panel of what became of proposals.
    Statistics(StatisticsEvent),
    /// The staged changes around this folder, or why there are none.
    Staged(PathBuf, Result<StagedChanges, GitProgramError>),
    /// The answer to the bar about a file that another program changed.
    Conflict(TabId, Reply),
    /// A toast is dismissed.
    DismissToast(u64),
    /// The closed review of this tab is wanted again.
    ReopenReview(TabId),
    /// The sidebar was dragged to this width.
    SidebarWidth(f32),
    /// The window has this size in points.
    WindowSize(f32, f32),
    /// Its left and top on the screen, where the system tells, and whether it fills the screen.
    WindowPlace(Option<(f32, f32)>, bool),
    /// Open this file.
    Open(PathBuf),
    /// Show this folder.
    OpenFolder(PathBuf),
    /// Add this folder to the project.
    AddFolder(PathBuf),
    /// Another start of the editor was called with these files.
    Asked(CallerId, AskedFiles),
    /// There are dialogs of the system for files and folders, or not.
    SystemDialogs(bool),
    /// What came of such a dialog.
    PathPicked(PathWish, PickedPaths),
    /// The window got the keyboard: files may have changed.
    WindowFocused,
    /// The window's close button.
    CloseRequested,
    /// A file was read.
    Opened {
        /// Which.
        path: PathBuf,
        /// Where to put the caret: line and column from 0.
        caret: Option<(usize, usize)>,
        /// Bring it to the front.
        front: bool,
        /// Its text, or why not.
        result: Result<Box<Opened>, OpenError>,
    },
    /// A file was read again because it changed on disk; the text's revision when that was asked for.
    Reloaded(TabId, Revision, Result<Box<Opened>, OpenError>),
    /// A file was written.
    Saved {
        /// Which tab's.
        tab: TabId,
        /// Where.
        path: PathBuf,
        /// The revision that was written.
        revision: Revision,
        /// What the file is now, or why not.
        result: Result<Stamp, SaveError>,
    },
    /// What became of a file since it was read or written.
    Checked(TabId, Fate),
    /// A file was read to be shown beside the text of its tab, or cannot be shown.
    Compared(TabId, Result<Box<Compared>, CompareError>),
    /// A folder was listed for the tree.
    Listed(PathBuf, Listing),
    /// A folder was listed for the path prompt.
    PathListed(PathBuf, Result<Vec<TreeEntry>, Unreadable>),
    /// All files of the folder.
    Scanned(PathBuf, Vec<PathBuf>),
    /// A text was parsed.
    Parsed(u64, SyntaxTree),
    /// The installed models, and the memory of this machine.
    ModelsListed(Result<Vec<Model>, StoreError>, u64),
    /// The model panel.
    Models(ManagerEvent),
    /// The settings.
    Settings(SettingsEvent),
    /// The first run.
    Onboarding(OnboardingEvent),
    /// The worker says something.
    Worker(WorkerEvent),
    /// What keeps the AI going.
    Health(HealthEvent),
    /// The activity page.
    Activity(ActivityEvent),
    /// What differs from what was committed.
    Changes(ChangesEvent),
    /// One instruction for all results of a search.
    Everywhere(EverywhereEvent),
    /// Remarks on what differs.
    Remarks(RemarksEvent),
    /// This is to be the message of the next commit.
    UseMessage(String),
    /// Texts that are kept because they are not saved.
    Recovery(RecoveryEvent),
    /// A notice is dismissed.
    DismissNotice(NoticeKind),
    /// A view failed at this place of our source.
    ViewFailed(WindowPart, String),
    /// A view that failed is shown again.
    ShowView(WindowPart),
    /// A view that failed is closed.
    CloseView(WindowPart),
    /// A text was edited, in these steps.
    Edited(TabId, Vec<Transaction>),
    /// A file or folder has another place now: from where to where.
    Relocated(PathBuf, PathBuf),
    /// Another text is in front.
    InFront,
    /// Enough of the page in front: back to the text.
    LeavePage,
    /// A page of the last time has its tab again.
    PageRestored(Page),
    /// The open question to the worker was given up.
    JobStopped(JobId),
    /// The file of this tab is to be put beside its text.
    CompareWithFile(TabId),
    /// The file of this tab was opened or saved: checkers may say what is wrong in it.
    CheckFile(TabId),
    /// Checkers were allowed or forbidden.
    CheckersAllowed,
    /// What is not saved is to be kept at once, for a file is about to be written.
    KeepUnsaved,
    /// Ask for a change of the text of this tab and review it.
    StartReview(TabId, Box<ReviewRequest>),
    /// Review an answer that is there already.
    ProposeReview(TabId, Box<ReviewRequest>, String),
    /// Code or documentation is to be written where the caret is.
    Write(Task, Sampling),
    /// A model of the catalogue is wanted: its licence is shown first.
    AskInstallModel(String),
    /// A model file is to be chosen and imported.
    AskImportModel,
    /// This model file is to be imported.
    ImportModel(PathBuf),
    /// Models are to be listed again: installed ones, the catalogue, the machine.
    ListEverything,
    /// Something of a review of this tab was accepted.
    Accepted(TabId),
    /// Changes of the text of this tab are to be reviewed, as what these words say.
    ReviewChanges(TabId, Box<Review>, String),
    /// Search through the project.
    ProjectSearch(ProjectSearchEvent),
    /// An answer was judged.
    Judged {
        /// The job that it answers.
        job: JobId,
        /// The answer with what is known about it.
        proposal: Box<Proposal>,
        /// What becomes of the examples of the code as it is, when that was asked.
        baseline: Option<Vec<ExampleResult>>,
    },
    /// The examples of the code as it is were run after an answer was shown.
    RanBefore(JobId, Vec<ExampleResult>),
    /// A proposal that is shown was run, once the user allowed it.
    RanShown(JobId, usize, Box<RunResults>),
    /// A checker said what is wrong in a text of this revision.
    Diagnosed(TabId, Revision, Vec<Problem>),
    /// Places where an edit is due were looked for.
    PlacesFound(Box<FoundPlaces>),
    /// The functions of folders were read.
    Indexed(Vec<PathBuf>, FunctionIndex),
    /// A file was read again for the functions of its folder.
    FileIndexed(PathBuf, FunctionIndex),
    /// A file that an instruction names was read, or why not.
    ReferenceRead(PathBuf, Result<String, ReferenceError>),
    /// The folder of the user's own themes was read.
    Themes(ThemesRead),
    /// The user's own prompts: name and text.
    Prompts(Vec<(String, String)>),
    /// Something elsewhere went wrong: a sentence.
    Trouble(String),
    /// Another window took permissions back.
    Revoked(Revoked),
}

/// Typing and moving.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed {
    /// Characters.
    Text(String),
    /// Enter.
    Newline,
    /// Backspace.
    Backspace,
    /// Delete.
    Delete,
    /// Backspace by word.
    DeleteWordLeft,
    /// Delete by word.
    DeleteWordRight,
    /// This many characters before and behind each caret, as an input method asks.
    DeleteAround(usize, usize),
    /// Tab.
    Tab,
    /// Shift and Tab.
    Outdent,
    /// A motion; true keeps the other end of the selection.
    Move(Motion, bool),
    /// Text from the clipboard.
    Paste(String),
    /// Escape: one caret, then nothing selected.
    Collapse,
}

/// What happens in what lies over the window.
#[derive(Clone, Debug, PartialEq)]
pub enum OverlayEvent {
    /// The text was changed.
    Text(String),
    /// Up or down in the list.
    Step(isize),
    /// Enter.
    Accept,
    /// Tab: takes the current entry without leaving.
    Complete,
    /// A row was clicked.
    Pick(usize),
    /// All of the review in the current row is accepted (true) or rejected.
    Decide(bool),
    /// The name of a file was clicked.
    Mention(usize),
    /// Escape or a click beside it.
    Close,
    /// A question was answered.
    Reply(Reply),
}

/// The worker, with its request ids turned into the window's jobs.
#[derive(Clone, Debug)]
pub enum WorkerEvent {
    /// The next worker waits for its turn, is started in the place of a dead one, or the one there is hangs.
    Phase(WorkerPhase),
    /// A worker runs.
    Started,
    /// The worker ended; these jobs get no answer.
    Stopped {
        /// A sentence.
        reason: String,
        /// Why.
        cause: Cause,
        /// What it did.
        doing: Doing,
        /// No other one is started by itself.
        gave_up: bool,
        /// Jobs that were open.
        failed: Vec<JobId>,
        /// What was being loaded, or waited to be.
        loading: Option<ModelRef>,
    },
    /// A model could not be loaded.
    NotLoaded {
        /// The job that it was loaded for.
        job: Option<JobId>,
        /// Nobody asked for it.
        ahead: bool,
        /// Which.
        model: ModelRef,
        /// Why.
        failure: Failure,
    },
    /// An event of the worker.
    Said {
        /// The job that it belongs to.
        job: Option<JobId>,
        /// What it says.
        event: protocol::WorkerMessage,
    },
    /// What became of a prompt that was computed ahead, or that it is too long.
    Ahead(Result<PromptReport, Failure>),
    /// A request could not be sent.
    Refused {
        /// The job that it belonged to.
        job: Option<JobId>,
        /// Why.
        reason: NotSent,
    },
}

/// Everything that can be done outside of the state.
#[derive(Debug)]
pub enum Effect {
    /// Read a file; answered by [`Event::Opened`].
    Open {
        /// Which.
        path: PathBuf,
        /// Comes back.
        caret: Option<(usize, usize)>,
        /// Comes back.
        front: bool,
    },
    /// Read a file again; answered by [`Event::Reloaded`] with the text's revision now.
    Reload(TabId, PathBuf, Revision, Reading),
    /// Write a file; answered by [`Event::Saved`].
    Save(Save),
    /// Look what became of a file; answered by [`Event::Checked`].
    Check(TabId, PathBuf, Stamp),
    /// Put a file beside the text of its tab; answered by [`Event::Compared`].
    Compare(Box<Comparison>),
    /// List a folder for the tree; answered by [`Event::Listed`].
    List(PathBuf),
    /// Work on files; answered by [`Event::Worked`].
    Work(Box<FolderWork>, WorkPurpose),
    /// Watch these folders, and no others; answered by [`Event::Watch`] whenever something happens in them.
    Watch(BTreeSet<PathBuf>),
    /// Show a file or folder in the system's file manager.
    RevealPath(PathBuf),
    /// List a folder for the path prompt; answered by [`Event::PathListed`].
    ListPath(PathBuf),
    /// Find all files of a folder; answered by [`Event::Scanned`].
    Scan(PathBuf),
    /// Parse; answered by [`Event::Parsed`].
    Parse(syntax::ParseRequest),
    /// Put text on the clipboard.
    Copy(String),
    /// What the middle button pastes, where the system has that.
    OfferSelection(String),
    /// Ask for the clipboard's text; it comes as a paste.
    RequestPaste,
    /// Load the model if it is not loaded, then answer the prompt.
    Ask {
        /// The window's name for it.
        job: JobId,
        /// The model.
        model: ModelRef,
        /// What to answer.
        prompt: Box<Prompt>,
        /// How to choose tokens.
        params: Sampling,
    },
    /// Judge a complete answer; comes back as [`Event::Judged`].
    Judge(Box<Judge>),
    /// Run the examples on the code as it is, after an answer was shown; comes back as [`Event::RanBefore`].
    RunBefore(JobId, Arc<EditTarget>),
    /// Run a proposal that is shown, on its examples and beside the code as it is; comes back as [`Event::RanShown`].
    RunShown {
        /// Comes back.
        job: JobId,
        /// Comes back.
        proposal: usize,
        /// Its text.
        text: String,
        /// The selection.
        target: Arc<EditTarget>,
        /// What was asked for.
        wish: Wish,
    },
    /// Look where an edit is due as well; answered by [`Event::PlacesFound`].
    FindPlaces(Box<PlaceSearch>),
    /// Ask a checker about the text of a file; answered by [`Event::Diagnosed`].
    Diagnose {
        /// Which.
        tab: TabId,
        /// Comes back.
        revision: Revision,
        /// The text.
        text: Rope,
        /// Its file.
        file: Option<PathBuf>,
        /// Whom to ask.
        checker: Box<Checker>,
    },
    /// Count what became of a proposal.
    NoteOutcome(StatisticsEntry),
    /// Read what was counted; answered by [`StatisticsEvent::Read`].
    ReadStatistics,
    /// Delete what was counted, then as [`Effect::ReadStatistics`].
    ResetStatistics,
    /// Read what is staged around this folder; answered by [`Event::Staged`].
    ReadStaged(PathBuf),
    /// Read the functions of the files of folders; answered by [`Event::Indexed`].
    Index(Vec<PathBuf>),
    /// Read those of one file again; answered by [`Event::FileIndexed`].
    IndexFile(PathBuf),
    /// Read a file that an instruction names; answered by [`Event::ReferenceRead`].
    ReadReference(PathBuf),
    /// Read the user's own themes; answered by [`Event::Themes`].
    ListThemes,
    /// Read the user's own prompts; answered by [`Event::Prompts`].
    ListPrompts,
    /// Ask again for an answer whose worker died, from where it stopped.
    Resume(JobId),
    /// Compute a prompt, because it will probably be asked; loads the model first.
    Prime {
        /// The model.
        model: ModelRef,
        /// What will be asked.
        prompt: Box<Prompt>,
    },
    /// Stop a job.
    Cancel(JobId),
    /// Load this model now.
    LoadModel(ModelRef),
    /// Load this model although it does not fit: the user insisted.
    LoadModelAnyway(ModelRef),
    /// Free the model with this id, or all of them.
    UnloadModel(Option<String>),
    /// List the installed models; answered by [`Event::ModelsListed`].
    ListModels,
    /// Ask the worker what models can compute on.
    AskDevices,
    /// Count connections; answered by [`crate::features::activity::ActivityEvent::Connections`].
    CountConnections,
    /// What the model panel wants done.
    Models(ManagerEffect),
    /// Load a model that will probably be wanted.
    WarmModel(ModelRef),
    /// What keeps the AI going.
    Health(HealthEffect),
    /// What is wanted of a repository.
    Changes(ChangesEffect),
    /// What a review of changes wants done.
    Remarks(RemarksEffect),
    /// What the activity page wants done.
    Activity(ActivityEffect),
    /// Keep texts that are not saved, or take back what was kept.
    Recovery(RecoveryEffect),
    /// What quick open looks for.
    Quick(QuickEffect),
    /// What terminals want done.
    Terminal(TerminalEffect),
    /// What the settings want done.
    Settings(SettingsEffect),
    /// What the first run wants done.
    Onboarding(OnboardingEffect),
    /// What search through the project wants done.
    ProjectSearch(ProjectSearchEffect),
    /// Tell another start of the editor what became of its files.
    AnswerCaller(CallerId, CallerAnswer),
    /// Show a dialog of the system; answered by [`Event::PathPicked`].
    PickPath(PathWish),
    /// Bring the window to the front, as far as the system lets it.
    ComeToFront,
    /// Remember the session.
    Remember(Box<Session>),
    /// Close the window.
    Quit,
    /// What one feature wants of another: it happens in the same breath, in this place among the other effects, and never comes out
    /// of [`crate::update::update`].
    Then(Box<Event>),
}

impl Effect {
    /// What another feature is to do.
    pub fn then(event: Event) -> Effect {
        Effect::Then(Box::new(event))
    }
}
