//! Every connection that was ever made, kept over restarts: what stands behind "nothing leaves this machine".
//!
//! A line of JSON is on the disk before the connection is made, another one when it has ended; one that cannot be written means that
//! nothing is connected. The names of hosts are asked of the system's resolver, which the ledger does not see.

use std::collections::HashMap;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::error::{DownloadError, DownloadErrorKind, fail};
use crate::regular;

/// A longer ledger, in bytes, is put aside, and the one that was aside before goes: more than ten thousand connections.
const MAX_BYTES: u64 = 4 << 20;

/// One connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// When it was begun, in seconds since 1970.
    pub at: u64,
    /// Host and port, without user, path or query.
    pub host: String,
    /// The proxy that it went through.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub via: Option<String>,
    /// What for.
    pub why: String,
    /// Bytes of the file that were received; `None`: it has not ended, or the process was killed.
    #[serde(default)]
    pub bytes: Option<u64>,
}

/// Why the ledger cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Nothing says where it would be.
    #[error("There is no home folder for the ledger of connections")]
    NoHome,
    /// It is there.
    #[error("{path} cannot be read: {source}", path = path.display())]
    Unreadable {
        /// The ledger.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// A line of the ledger.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Begun {
        number: String,
        #[serde(flatten)]
        connection: Connection,
    },
    Ended {
        number: String,
        received: u64,
    },
}

/// A connection that is being made or used; its end is written when this is dropped.
#[derive(Debug)]
pub(super) struct Open<'a> {
    path: Option<&'a Path>,
    number: String,
    received: u64,
}

impl Open<'_> {
    pub(super) fn add(&mut self, bytes: usize) {
        self.received += bytes as u64;
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if let Some(path) = self.path {
            let line = Line::Ended { number: std::mem::take(&mut self.number), received: self.received };
            // Without it the ledger says that the end was not seen.
            let _unseen = append(path, &line);
        }
    }
}

/// Writes down that a connection will be made. Without a path nothing is kept: in tests.
///
/// # Errors
/// [`DownloadErrorKind::Store`] when it cannot be written: then nothing may be connected.
pub(super) fn begin<'a>(
    path: Option<&'a Path>,
    url: &str,
    proxy: Option<&str>,
    why: &str,
) -> Result<Open<'a>, DownloadError> {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let at = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let number = format!("{at}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    if let Some(path) = path {
        let connection = Connection {
            at,
            host: host(url).to_owned(),
            via: proxy.map(|proxy| host(proxy).to_owned()),
            why: why.to_owned(),
            bytes: None,
        };
        append(path, &Line::Begun { number: number.clone(), connection }).map_err(|error| {
            let text = format!(
                "{} cannot be written ({error}), and no connection is made that is not written down there. Make room or \
                 give back the right to write it, then try again",
                path.display()
            );
            fail(DownloadErrorKind::Store, text)
        })?;
    }
    Ok(Open { path, number, received: 0 })
}

fn append(path: &Path, line: &Line) -> io::Result<()> {
    if path.metadata().is_ok_and(|found| found.len() > MAX_BYTES) {
        std::fs::rename(path, aside(path))?;
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let flags = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOFOLLOW;
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o600).custom_flags(flags.bits().cast_signed());
    let mut file = options.open(path)?;
    // A write of another process is never between the parts of one of ours.
    file.write_all(format!("{}\n", serde_json::to_string(line)?).as_bytes())?;
    file.sync_data()
}

fn aside(path: &Path) -> PathBuf {
    path.with_extension("older.jsonl")
}

/// All connections in the order in which they were made. What is no line of the ledger is left out.
///
/// # Errors
/// It is there and cannot be read.
pub fn connections(path: &Path) -> io::Result<Vec<Connection>> {
    let mut made: Vec<Connection> = Vec::new();
    let mut numbers = HashMap::new();
    for path in [&aside(path), path] {
        let text = match regular::read(path, 2 * MAX_BYTES) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(error),
        };
        for line in text.lines().filter_map(|line| serde_json::from_str(line).ok()) {
            match line {
                Line::Begun { number, connection } => {
                    numbers.insert(number, made.len());
                    made.push(connection);
                }
                Line::Ended { number, received } => {
                    if let Some(connection) = numbers.get(&number).and_then(|at| made.get_mut(*at)) {
                        connection.bytes = Some(received);
                    }
                }
            }
        }
    }
    Ok(made)
}

fn host(url: &str) -> &str {
    let behind = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = behind.split(['/', '?', '#']).next().unwrap_or_default();
    authority.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_connection_is_kept_with_its_host_and_without_secrets_in_the_address() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state/connections.jsonl");
        assert_eq!(connections(&path).unwrap(), []);
        let mut open = begin(Some(&path), "https://ledger.test/a?token=1", None, "a model").unwrap();
        open.add(7);
        open.add(5);
        assert_eq!(connections(&path).unwrap()[0].bytes, None, "it has not ended");
        drop(open);
        let via = Some("http://user:secret@proxy.test:8080/");
        drop(begin(Some(&path), "https://user:secret@ledger.test:81/b", via, "another").unwrap());
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains("token") && !text.contains("secret"), "{text}");
        let made = connections(&path).unwrap();
        let told: Vec<_> = made.iter().map(|c| (c.host.as_str(), c.via.as_deref(), c.bytes)).collect();
        assert_eq!(
            told,
            [("ledger.test", None, Some(12)), ("ledger.test:81", Some("proxy.test:8080"), Some(0))]
        );
        assert_eq!(made[1].why, "another");
    }

    #[test]
    fn what_cannot_be_written_down_is_not_connected() {
        let folder = tempfile::tempdir().unwrap();
        let refused = begin(Some(folder.path()), "https://ledger.test", None, "a").unwrap_err();
        assert_eq!(refused.kind, DownloadErrorKind::Store);
        assert!(refused.to_string().contains("no connection is made"), "{refused}");
    }

    #[test]
    fn a_long_ledger_is_put_aside_and_still_read_and_torn_lines_cost_themselves() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("connections.jsonl");
        drop(begin(Some(&path), "https://first.test", None, "a").unwrap());
        let mut text = std::fs::read_to_string(&path).unwrap();
        text.push_str(&"{ torn\n".repeat(MAX_BYTES as usize / 7));
        std::fs::write(&path, text).unwrap();
        drop(begin(Some(&path), "https://second.test", None, "a").unwrap());
        let hosts: Vec<String> = connections(&path).unwrap().into_iter().map(|c| c.host).collect();
        assert_eq!(hosts, ["first.test", "second.test"]);
        assert!(path.metadata().unwrap().len() < 1000);
    }
}
