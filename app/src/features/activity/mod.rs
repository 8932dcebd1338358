//! What the worker does and did, the log of it, and the report for others.

pub mod logfile;
pub mod report;
pub mod update;
pub mod view;

use ground::pace::Paced;

use crate::workspace::log::{LogLine, Severity};

/// The page.
#[derive(Clone, Debug, Default)]
pub struct Activity {
    /// Entries of the log that are less than this are left out.
    pub least: Severity,
    /// The window's clock at the last frame, for what counts time.
    pub clock: u64,
    /// When connections were counted last.
    pub counted: Paced,
    /// Hosts that this process connected to and how often, as counted last.
    pub connections: Vec<(String, u64)>,
}

/// What happens in the page.
#[derive(Clone, Debug)]
pub enum ActivityEvent {
    /// The page is closed.
    Close,
    /// The report goes on the clipboard.
    CopyReport,
    /// The page shows entries of the log from this level on.
    ShowLevel(Severity),
    /// The log on disk is opened.
    OpenLog,
    /// Hosts that were connected to so far, and how often.
    Connections(Vec<(String, u64)>),
}

/// What is done outside for it.
#[derive(Clone, Debug)]
pub enum ActivityEffect {
    /// Add these to the log on disk.
    WriteLog(Vec<LogLine>),
    /// Open the log on disk as a file; answered by [`crate::event::Event::Open`].
    OpenLog,
}
