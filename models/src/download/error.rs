//! Every way a download can fail, each with its own kind for code and its own sentence for people.

use crate::catalog::CatalogEntry;
use crate::store::StoreError;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::Path;
use std::time::Duration;

/// The longest a server may ask to wait before the download gives up instead.
const MAX_WAIT: Duration = Duration::from_secs(300);

/// Why there is no model; [`DownloadError::kind`] is for code, the text for people.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct DownloadError {
    /// What happened.
    pub kind: DownloadErrorKind,
    text: String,
    /// How long the server asked to wait.
    pub(super) retry_after: Option<Duration>,
}

/// Kinds of failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum DownloadErrorKind {
    /// Air-gapped mode: nothing was tried.
    AirGapped,
    /// A proxy or mirror that cannot be one.
    Settings,
    /// The accepted licence is another than the model's.
    Consent,
    /// Cancelled; what arrived is kept.
    Cancelled,
    /// Another window or process is downloading the same file.
    Busy,
    /// Not enough free space to begin or to go on.
    NoRoom,
    /// The disk was full while writing; what arrived is kept.
    DiskFull,
    /// The folder cannot be written to.
    Unwritable,
    /// No way to the server: no network, no such host, refused.
    Offline,
    /// The server's certificate or the encryption.
    Tls,
    /// The proxy does not let the connection through.
    Proxy,
    /// An address that is not https, at first or by redirect.
    Insecure,
    /// More than five redirects.
    RedirectLoop,
    /// 404 or 410.
    NotFound,
    /// 401 or 403.
    Forbidden,
    /// 429, also after waiting.
    TooManyRequests,
    /// 5xx, also after waiting.
    Server,
    /// Nothing arrived for too long.
    Stalled,
    /// The connection ended too early.
    Interrupted,
    /// An answer that makes no sense.
    Protocol,
    /// The file there is longer or shorter than the catalogue's.
    WrongSize,
    /// The file there has other bytes than the catalogue's.
    WrongHash,
    /// The right file, but not one that is safe to load.
    Invalid,
    /// The manifest or folder of the store.
    Store,
    /// A fault of our own code; what arrived is kept.
    Fault,
}

impl DownloadError {
    /// In air-gapped mode nothing is tried.
    pub fn air_gapped() -> DownloadError {
        let text = "LocalCoder is in air-gapped mode: it makes no connection. Import the model from a disk, or \
                    leave air-gapped mode in the settings";
        fail(DownloadErrorKind::AirGapped, text)
    }

    /// Something outside of a download stands in its way; `text` says what.
    pub fn refused(text: &str) -> DownloadError {
        fail(DownloadErrorKind::Store, text)
    }

    /// Whether waiting may help.
    pub(super) fn can_pass(&self) -> bool {
        use DownloadErrorKind::{Interrupted, Offline, Protocol, Server, Stalled, TooManyRequests};
        let passing =
            matches!(self.kind, Interrupted | Offline | Protocol | Server | Stalled | TooManyRequests);
        passing && self.retry_after.is_none_or(|wait| wait <= MAX_WAIT)
    }
}

pub(super) fn fail(kind: DownloadErrorKind, text: impl Into<String>) -> DownloadError {
    DownloadError { kind, text: text.into(), retry_after: None }
}

/// What a status that is no success means for this file.
pub(super) fn of_status(status: u16, retry_after: Option<Duration>, entry: &CatalogEntry) -> DownloadError {
    use DownloadErrorKind::{Forbidden, NotFound, Protocol, Server, TooManyRequests};
    let (kind, text) = match status {
        404 | 410 => (NotFound, format!("{} is not at the hub any more; update the catalogue", entry.file)),
        401 | 403 => (Forbidden, format!("the server refuses to give out {} ({status})", entry.repository)),
        408 | 500..=599 => (Server, format!("the server has a problem ({status}); try again later")),
        429 => (TooManyRequests, "the server wants fewer requests (429); try again later".to_owned()),
        _ => (Protocol, format!("the server answered {status}, which is not an answer to a download")),
    };
    DownloadError { kind, text, retry_after }
}

/// What the file system says about the partial file.
pub(super) fn of_disk(action: &str, path: &Path, cause: &io::Error) -> DownloadError {
    use DownloadErrorKind::{Cancelled, DiskFull, Store, Unwritable};
    let shown = path.display();
    let (kind, text) = match cause.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            (DiskFull, format!("the disk is full ({shown}); what arrived is kept, make room and try again"))
        }
        io::ErrorKind::PermissionDenied
        | io::ErrorKind::ReadOnlyFilesystem
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::AlreadyExists => {
            (Unwritable, format!("{shown} cannot be written to ({cause}); choose another models folder"))
        }
        io::ErrorKind::Interrupted => (Cancelled, "cancelled".to_owned()),
        _ => (Store, format!("{action} {shown}: {cause}")),
    };
    fail(kind, text)
}

impl From<StoreError> for DownloadError {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Io { action, path, cause } => of_disk(action, path, cause),
            _ => fail(DownloadErrorKind::Store, error.to_string()),
        }
    }
}
