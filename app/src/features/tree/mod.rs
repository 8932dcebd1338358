//! The file tree in the sidebar: moving in it, and work on what it shows.
//!
//! What is shown is data of the workspace ([`crate::workspace::tree`]). `update` moves, chooses, narrows; `naming` names; `commands` says
//! what each command means here, `clipboard` what is pasted and dropped; `work` has it done and takes over what came of it.

pub mod clipboard;
pub mod commands;
pub mod menu;
pub mod naming;
mod row;
pub mod update;
pub mod view;
pub mod work;

use std::path::PathBuf;

use folders::work::{FolderOutcome, FolderWork};
use ground::ids::TabId;

/// Most steps that can be taken back.
const MAX_UNDO: usize = 50;

/// What the tree knows beside what it shows.
#[derive(Debug, Default)]
pub struct TreeDesk {
    /// What takes back what was done, the latest at the end.
    undo: Vec<FolderWork>,
    /// What brings back what was taken back.
    redo: Vec<FolderWork>,
    /// What was cut or copied.
    clip: Option<Clip>,
}

/// What was cut or copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clip {
    paths: Vec<PathBuf>,
    cut: bool,
    /// What was put on the clipboard; another text there comes from elsewhere.
    text: String,
}

/// What happens in the file tree.
#[derive(Clone, Debug, PartialEq)]
pub enum TreeEvent {
    /// A row was clicked: opens a file, opens or closes a folder.
    Click(PathBuf),
    /// A row was clicked with the other button, or dragged: it is chosen unless it is already.
    Choose(PathBuf),
    /// Clicked with Shift: all rows up to this one are chosen.
    ChooseTo(PathBuf),
    /// Clicked with Ctrl: it is chosen too, or no longer.
    ChooseAlso(PathBuf),
    /// Clicked where no row is.
    ChooseNone,
    /// Up or down.
    Step(isize),
    /// Up or down with Shift.
    Extend(isize),
    /// Enter.
    Enter,
    /// Right (true) or left: opens or closes the folder.
    Fold(bool),
    /// Text was typed: the rows are narrowed.
    Type(String),
    /// The last letter of that is taken back.
    Untype,
    /// Rows are narrowed to this.
    Filter(String),
    /// Escape.
    Clear,
    /// The name in the field was changed.
    Name(String),
    /// Enter in the field.
    NameDone,
    /// Escape in the field.
    NameCancel,
    /// Another place was clicked while a name was typed.
    NameLeft,
    /// These were dropped on a folder; true: copies of them.
    Drop(Vec<PathBuf>, PathBuf, bool),
    /// The clipboard's text.
    Paste(String),
}

/// Why something is worked on: what its outcome means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WorkPurpose {
    /// It was named in the tree.
    Name,
    /// It was pasted or dropped into a folder; true: it was cut and is no longer to be pasted.
    Place(bool),
    /// It is deleted; the text of these tabs goes with it although it is not saved.
    Delete(Vec<TabId>),
    /// The last step is taken back.
    Undo,
    /// What was taken back is done again.
    Redo,
}

/// Work that has ended.
#[derive(Debug)]
pub struct Worked {
    /// Why it was done.
    pub purpose: WorkPurpose,
    /// What was to be done.
    pub work: FolderWork,
    /// What came of it.
    pub outcome: FolderOutcome,
}
