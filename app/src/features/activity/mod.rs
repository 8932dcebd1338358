//! What the worker does and did, the log of it, and the report for others.

pub mod logfile;
pub mod report;
pub mod update;
pub mod view;

use std::collections::BTreeMap;
use std::sync::Arc;

use ground::pace::Paced;
use models::download::ledger::{Connection, LedgerError};

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
    /// Hosts that this process connected to, as counted last.
    pub connections: Vec<HostConnections>,
}

/// The connections to one host since the window opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostConnections {
    /// Host and port.
    pub host: String,
    /// How many.
    pub times: u64,
    /// Bytes of files that they brought.
    pub bytes: u64,
}

impl HostConnections {
    /// Counts `made` by host.
    pub fn count(made: &[Connection]) -> Vec<Self> {
        let mut hosts: BTreeMap<&str, Self> = BTreeMap::new();
        for connection in made {
            let host = hosts.entry(&connection.host).or_default();
            host.times += 1;
            host.bytes += connection.bytes.unwrap_or(0);
        }
        hosts.into_iter().map(|(name, counted)| Self { host: name.to_owned(), ..counted }).collect()
    }
}

/// What happens in the page.
#[derive(Clone, Debug)]
pub enum ActivityEvent {
    /// The report goes on the clipboard.
    CopyReport,
    /// The page shows entries of the log from this level on.
    ShowLevel(Severity),
    /// The log on disk is opened.
    OpenLog,
    /// Hosts that were connected to so far.
    Connections(Vec<HostConnections>),
    /// All connections that were ever made are wanted, as a text that can be saved anywhere.
    OpenLedger,
    /// That text, or why it cannot be read.
    LedgerRead(Result<String, Arc<LedgerError>>),
}

/// What is done outside for it.
#[derive(Clone, Debug)]
pub enum ActivityEffect {
    /// Add these to the log on disk.
    WriteLog(Vec<LogLine>),
    /// Open the log on disk as a file; answered by [`crate::event::Event::Open`].
    OpenLog,
    /// Read every connection that was ever made; answered by [`ActivityEvent::LedgerRead`].
    ReadLedger,
}
