//! The panel of terminals below the text: shells and tasks, a tab each. What runs is in the effects; here is what is seen of it.

mod look;
pub mod running;
pub mod tabs;
#[cfg(test)]
mod tests;
pub mod update;
pub mod view;

use std::collections::BTreeMap;
use std::path::PathBuf;

use tasks::ProjectTask;
use terminal::mouse::MouseReport;
use terminal::{
    FindStep, GridPlace, HeldKeys, SelectionUnit, TerminalEnd, TerminalFound, TerminalId, TerminalKey,
    TerminalLink, TerminalNews, TerminalPalette, TerminalScreen, TerminalSize,
};

/// The panel and its terminals.
#[derive(Debug, Default)]
pub struct Terminals {
    /// Is the panel shown?
    pub open: bool,
    /// Does it take the place of the text?
    pub maximized: bool,
    /// The terminals, in the order of their tabs.
    pub tabs: Vec<TerminalTab>,
    /// The one that is shown.
    pub front: usize,
    /// What is looked for, while somebody looks.
    pub find: Option<TerminalFind>,
    /// How large terminals are, and their colours; `None`: none was drawn yet.
    measure: Option<TerminalMeasure>,
    /// What is to be pasted once the question about it is answered.
    pasted: Option<(TerminalId, String)>,
    /// The tasks of the list that is shown.
    listed: Vec<ProjectTask>,
    /// The task that is to be run once the question about it is answered.
    asked: Option<ProjectTask>,
    /// The task that was run last.
    last_task: Option<ProjectTask>,
    count: u64,
}

impl Terminals {
    /// The terminal that is shown.
    pub fn shown(&self) -> Option<&TerminalTab> {
        self.tabs.get(self.front)
    }
}

/// A terminal.
#[derive(Debug)]
pub struct TerminalTab {
    /// Its name for as long as the window lives.
    pub id: TerminalId,
    /// What runs in it, and where.
    pub content: TerminalContent,
    /// How far that is.
    pub state: TerminalState,
    /// The title that the program gave it; empty: none.
    pub title: String,
    /// It rang while another one was shown.
    pub rang: bool,
    /// What is seen.
    pub screen: TerminalScreen,
}

impl TerminalTab {
    /// What its tab says.
    pub fn name(&self) -> &str {
        match &self.content {
            TerminalContent::Task(task) => &task.name,
            TerminalContent::Shell(_) if self.title.trim().is_empty() => "Shell",
            TerminalContent::Shell(_) => self.title.trim(),
        }
    }
}

/// What runs in a terminal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalContent {
    /// The user's shell, begun in this folder.
    Shell(Option<PathBuf>),
    /// A task.
    Task(Box<ProjectTask>),
}

/// How far a terminal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TerminalState {
    /// It begins as soon as it is known how large it is.
    Waiting,
    /// It runs.
    Running,
    /// Its program ended.
    Ended(TerminalEnd),
}

/// How large terminals are, and their colours for programs that ask.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TerminalMeasure {
    /// Columns, rows, and pixels of a cell.
    pub size: TerminalSize,
    /// The theme's colours.
    pub palette: TerminalPalette,
}

/// What is looked for in a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TerminalFind {
    /// The text.
    pub text: String,
    /// What came of it; `None`: it is being looked for.
    pub found: Option<TerminalFound>,
}

impl TerminalFind {
    /// Is it nowhere?
    pub fn is_in_vain(&self) -> bool {
        !self.text.is_empty() && self.found.is_some_and(|found| !found.is_found)
    }
}

/// What a selection is wanted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectionPurpose {
    /// It goes on the clipboard.
    Copy,
    /// Other programs may paste it with the middle button.
    Offer,
    /// The model explains it.
    Explain,
}

/// What happens in the panel, and what comes from its programs.
#[derive(Debug)]
pub enum TerminalEvent {
    /// Terminals are this large.
    Measured(TerminalMeasure),
    /// A key that sends more than what it types.
    Key(TerminalKey, HeldKeys),
    /// Something was typed.
    Text(String),
    /// Something is pasted.
    Paste(String),
    /// The terminal got the keyboard (true) or lost it.
    Focus(bool),
    /// The mouse did something that the program wants to know.
    Mouse(MouseReport),
    /// The wheel was turned by so many rows, upwards if positive.
    Wheel(i32, MouseReport),
    /// The bar at the right was dragged: so many rows back.
    ScrollTo(usize),
    /// A selection begins.
    Select(SelectionUnit, GridPlace),
    /// It ends here instead.
    Extend(GridPlace),
    /// The button that drew it was let go.
    SelectionSettled,
    /// A link was clicked.
    Follow(TerminalLink),
    /// A tab was clicked.
    Show(usize),
    /// A tab's close button.
    Close(TerminalId),
    /// The panel's close button.
    Hide,
    /// The panel was dragged to this height.
    Height(f32),
    /// What is looked for was typed.
    FindText(String),
    /// Look further.
    FindNext(FindStep),
    /// Nothing is looked for any more.
    FindClose,
    /// What looking came to.
    Found(TerminalFound),
    /// What is seen of a terminal.
    Screen(TerminalId, Box<TerminalScreen>),
    /// What its program told.
    News(TerminalId, TerminalNews),
    /// The program does not read what it is sent.
    Refused,
    /// The selection that was asked for.
    Selected(SelectionPurpose, Option<String>),
    /// A file that a link names: line and column from 0.
    Place(PathBuf, Option<(usize, usize)>),
    /// The tasks of this project.
    TasksListed(Vec<ProjectTask>),
    /// A row of the list of tasks was chosen.
    RunListed(usize),
}

/// What is wanted outside.
#[derive(Debug)]
pub enum TerminalEffect {
    /// Start a program; one that runs under this name already is ended. Answered by [`TerminalEvent::News`] and
    /// [`TerminalEvent::Screen`], again and again.
    Start {
        /// Its terminal.
        id: TerminalId,
        /// What to run.
        content: TerminalContent,
        /// How large the terminal is.
        measure: TerminalMeasure,
        /// It was started before: it is not greeted again.
        again: bool,
    },
    /// Send bytes to a program.
    Input(TerminalId, Vec<u8>),
    /// All terminals are this large.
    Resize(TerminalMeasure),
    /// Scroll back by so many rows; `i32::MIN`: to the end.
    Scroll(TerminalId, i32),
    /// Begin a selection.
    Select(TerminalId, SelectionUnit, GridPlace),
    /// End it here instead.
    Extend(TerminalId, GridPlace),
    /// Select everything.
    SelectAll(TerminalId),
    /// Tell the selection; answered by [`TerminalEvent::Selected`].
    TellSelection(TerminalId, SelectionPurpose),
    /// Empty history and screen.
    Clear(TerminalId),
    /// Look for a text; answered by [`TerminalEvent::Found`].
    Find(TerminalId, String, FindStep),
    /// End a program and forget its terminal.
    Close(TerminalId),
    /// A frame begins: tell what is new, and of this terminal what is seen.
    Look(Option<TerminalId>),
    /// Find the file that a link names; answered by [`TerminalEvent::Place`].
    Locate {
        /// The terminal that names it.
        id: TerminalId,
        /// The file as it is written.
        path: String,
        /// Line and column from 1.
        place: (Option<usize>, Option<usize>),
        /// The project.
        folder: Option<PathBuf>,
    },
    /// Find the tasks of a folder; answered by [`TerminalEvent::TasksListed`].
    ListTasks(PathBuf, BTreeMap<String, Vec<String>>),
}
