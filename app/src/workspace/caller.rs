//! Another start of the editor that waits until its files are closed here.

use std::path::PathBuf;

use ground::ids::{CallerId, TabId};

/// Who waits until files are closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingCaller {
    /// Who.
    pub(super) id: CallerId,
    /// Files that are being opened.
    pub(super) coming: Vec<PathBuf>,
    /// Their texts that are open.
    pub(super) open: Vec<TabId>,
}
