//! What others do to the files that are open and to the folders that are shown: noticed within a second, without the window having the
//! keyboard. Where the system cannot watch, the look at every focus of the window remains.

pub mod update;

/// What is watched.
#[derive(Debug, Default)]
pub struct WatchedFolders {
    /// What stands for the folders that were asked for; `None`: they are to be asked for again.
    told: Option<u64>,
}
