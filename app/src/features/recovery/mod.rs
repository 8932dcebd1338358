//! Texts that are not saved are kept outside until they are; what an earlier start left is offered and brought back.

mod aside;
pub mod crash;
#[cfg(test)]
mod tests;
pub mod texts;
pub mod update;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use editor_core::Revision;
use editor_core::file::SaveError;
use editor_core::journal::{JournalError, JournalOwner};
use ground::ids::TabId;
use ground::pace::Paced;
use ropey::Rope;

/// What is kept, and what was left.
#[derive(Debug, Default)]
pub struct Recovery {
    /// Texts that are kept because they are not saved: the revision that is kept, and as whose.
    pub kept: BTreeMap<TabId, (Revision, JournalOwner)>,
    /// When texts were looked at last for what to keep.
    pub looked: Paced,
    /// What an earlier start of the editor left behind.
    pub left: crash::Left,
    /// Journals of texts that come again without a question.
    pub aside: BTreeSet<PathBuf>,
}

/// Why texts were not put aside for the next start.
#[derive(Clone, Debug, thiserror::Error)]
pub enum NotPutAside {
    /// Nothing is kept at all.
    #[error("there is no folder to keep them in")]
    NoFolder,
    /// Some of them could not be written so far.
    #[error("the disk does not take them")]
    Refused,
    /// A text could not be written.
    #[error("{0}")]
    Disk(Arc<io::Error>),
    /// They are kept, and what says that they were put aside cannot be written.
    #[error("{0}")]
    Mark(Arc<SaveError>),
}

/// What happens to texts that are kept.
#[derive(Clone, Debug)]
pub enum RecoveryEvent {
    /// What an earlier start left behind.
    LeftBehind(crash::Left),
    /// The window is to be closed: all texts are put aside for the next start.
    PutAside,
    /// They are, or not, and why: then the person is asked.
    IsAside(Result<(), NotPutAside>),
    /// Unsaved texts of an earlier start are opened.
    Recover,
    /// They are thrown away.
    DiscardLeft,
    /// The report of the crash is opened.
    ShowCrash,
    /// Unsaved texts cannot be kept, for this reason; `None`: they can again.
    Unkept(Option<Arc<io::Error>>),
    /// The unsaved texts were read; why others could not be.
    Recovered(Vec<crash::RecoveredText>, Vec<Arc<JournalError>>),
}

/// What is done outside for it.
#[derive(Clone, Debug)]
pub enum RecoveryEffect {
    /// Keep a text that is not saved, as it is now.
    Keep(TabId, JournalOwner, Rope),
    /// A text is saved or closed.
    Forget(TabId),
    /// Put all kept texts aside; answered by [`RecoveryEvent::IsAside`].
    PutAside,
    /// Read unsaved texts; answered by [`RecoveryEvent::Recovered`].
    ReadLeft(crash::Left),
    /// Remove what an earlier start left, and is not wanted.
    RemoveLeft(crash::Left),
    /// The same once all texts that are to be kept are: among them are those that were left.
    TakeOver(crash::Left),
}
