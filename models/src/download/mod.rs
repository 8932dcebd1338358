//! The only network code of the product: one pinned file from the hub into the store, after consent.
//!
//! What arrives is believed only when its size and SHA-256 are the catalogue's. Everything else (status, headers,
//! redirects) merely decides whether to go on asking. In air-gapped mode there is no [`Downloader`], so no code that
//! could open a socket can be reached; without a [`Consent`] to the model's licence there is no [`DownloadPlan`]. The editor itself is kept
//! from connecting by the kernel: downloads run in a process of their own, see [`remote`]. Each connection is in the [`ledger`]
//! before it is made.
//!
//! A download that stops leaves `partial/<sha256>.part` behind; the next attempt hashes that prefix and asks for the
//! rest from the first address again, because the address it was redirected to has expired by then.

mod control;
mod error;
mod http;
pub mod ledger;
mod pace;
mod partial;
mod queue;
pub mod remote;
mod socket;

pub use control::DownloadControl;
pub use error::{DownloadError, DownloadErrorKind};
pub use queue::{DownloadQueue, QueueEvent, Ticket};
pub use remote::{DownloadOrder, Remote};

use crate::catalog::{CatalogEntry, Licence};
use crate::gguf;
use crate::stamp::ModelStamp;
use crate::store::{Installed, ModelSource, Record, StagedModel, Store, seal};
use control::{AttemptEnd, ControlWish};
use error::fail;
use http::{Head, HttpRequest, TransferMessage};
use pace::{Limiter, SpeedMeter, backoff};
use partial::Partial;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// Where models are downloaded from unless a mirror is set.
pub const HUB: &str = "https://huggingface.co";
/// How often a download looks at its [`DownloadControl`] while nothing arrives.
const LOOK: Duration = Duration::from_millis(100);
/// How often progress is reported.
const REPORT: Duration = Duration::from_millis(100);
/// Failures in a row, without a byte between them, after which a download gives up.
const ATTEMPTS: u32 = 6;

/// The user's word: this licence, read and accepted, at this time. There is no download without one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    licence: String,
    accepted_at: u64,
}

impl Consent {
    /// The user saw the licence's full text and accepted it at `seconds` since 1970.
    pub fn accepted(licence: &Licence, seconds: u64) -> Self {
        Self { licence: licence.id.to_owned(), accepted_at: seconds }
    }
}

/// One download that the user agreed to.
#[derive(Debug, Clone, PartialEq)]
pub struct DownloadPlan {
    entry: CatalogEntry,
    consent: Consent,
}

impl DownloadPlan {
    /// # Errors
    /// [`DownloadErrorKind::Consent`] when the accepted licence is another than the entry's.
    pub fn new(entry: &CatalogEntry, consent: Consent) -> Result<Self, DownloadError> {
        if consent.licence != entry.licence {
            let text =
                format!("{} comes under {}, and {} was accepted", entry.name, entry.licence, consent.licence);
            return Err(fail(DownloadErrorKind::Consent, text));
        }
        Ok(Self { entry: entry.clone(), consent })
    }

    /// What is to be downloaded.
    pub fn entry(&self) -> &CatalogEntry {
        &self.entry
    }
}

/// What the user set for the network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetworkSettings {
    /// No connection at all, whatever happens.
    pub air_gapped: bool,
    /// `http://`, `https://` or `socks5://` proxy. The environment's proxy variables are not read.
    pub proxy: Option<String>,
    /// Base URL instead of [`HUB`], https only.
    pub mirror: Option<String>,
    /// Bytes per second at most, from 1.
    pub rate_limit: Option<u64>,
    /// A PEM file with the certificates to trust instead of the public ones that are built in: for networks that see into
    /// encrypted connections, and for private mirrors.
    pub authorities: Option<PathBuf>,
    /// Silence after which a connection counts as dead.
    pub stall: Duration,
    /// The first wait after a failure; each further one is twice as long, up to 32 times.
    pub patience: Duration,
    /// Where connections are written down. `None`: nowhere, as in tests.
    #[serde(skip)]
    pub ledger: Option<PathBuf>,
    /// For tests against a server on 127.0.0.1: plain http to that address alone.
    #[doc(hidden)]
    #[serde(skip)]
    pub loopback_http: bool,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        Self {
            air_gapped: false,
            proxy: None,
            mirror: None,
            rate_limit: None,
            authorities: None,
            stall: Duration::from_secs(30),
            patience: Duration::from_secs(1),
            ledger: None,
            loopback_http: false,
        }
    }
}

/// How a download goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadProgress {
    /// Bytes on disk.
    pub done: u64,
    /// Bytes of the file.
    pub total: u64,
    /// Bytes per second, lately.
    pub speed: u64,
    /// Time left at that speed.
    pub left: Option<Duration>,
    /// What is going on.
    pub phase: DownloadPhase,
}

/// What a download is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DownloadPhase {
    /// In the queue.
    Waiting,
    /// Hashing what an earlier run left.
    Resuming,
    /// Asking the server.
    Connecting,
    /// Bytes are coming.
    Transferring,
    /// Waiting after a failure; which one in a row, from 1.
    Retrying(u32),
    /// Paused by the user; the connection is closed.
    Paused,
    /// All bytes are there and right: making them durable and installing.
    Installing,
}

/// Downloads plans into a store. Exists only outside the air gap.
#[derive(Debug, Clone)]
pub struct Downloader {
    store: Store,
    settings: NetworkSettings,
    client: http::HttpClient,
}

impl Downloader {
    /// # Errors
    /// [`DownloadErrorKind::AirGapped`] before anything of a network exists; settings that cannot be meant.
    pub fn new(store: Store, settings: NetworkSettings) -> Result<Self, DownloadError> {
        if settings.air_gapped {
            return Err(DownloadError::air_gapped());
        }
        let client = http::HttpClient::new(&settings)?;
        Ok(Self { store, settings, client })
    }

    /// Downloads, checks and installs; blocks until done. `on` is called about ten times a second.
    ///
    /// # Errors
    /// Each kind says what to do; whatever arrived is kept for the next attempt where that makes sense.
    pub fn run(
        &self,
        plan: &DownloadPlan,
        control: &DownloadControl,
        on: &mut dyn FnMut(DownloadProgress),
    ) -> Result<Installed, DownloadError> {
        if let Some(installed) = self.already_installed(plan) {
            return Ok(installed);
        }
        let mut job =
            Job { downloader: self, plan, control, on, meter: SpeedMeter::default(), reported: None };
        job.run()
    }

    fn already_installed(&self, plan: &DownloadPlan) -> Option<Installed> {
        let known = self.store.installed().ok()?;
        known.into_iter().find(|model| model.record.sha256 == [plan.entry.sha256] && model.present())
    }

    fn url(&self, entry: &CatalogEntry) -> String {
        let base = self.settings.mirror.as_deref().unwrap_or(HUB).trim_end_matches('/');
        format!("{base}/{}/resolve/{}/{}", entry.repository, entry.revision, entry.file)
    }
}

/// One run of one plan.
struct Job<'a> {
    downloader: &'a Downloader,
    plan: &'a DownloadPlan,
    control: &'a DownloadControl,
    on: &'a mut dyn FnMut(DownloadProgress),
    meter: SpeedMeter,
    reported: Option<Instant>,
}

impl Job<'_> {
    fn run(&mut self) -> Result<Installed, DownloadError> {
        let mut partial = self.open_partial()?;
        let mut resumed = partial.done() > 0;
        loop {
            self.fetch(&mut partial, &mut resumed)?;
            if partial.sha256() == self.plan.entry.sha256 {
                return self.install(partial);
            }
            let found = partial.sha256();
            partial.discard()?;
            if !resumed {
                let text = format!(
                    "the server sent another file: its SHA-256 is {found}, the catalogue's is {}. Nothing was \
                     installed; try again later or report it",
                    self.plan.entry.sha256
                );
                return Err(fail(DownloadErrorKind::WrongHash, text));
            }
            // The prefix of an earlier run, or of another state of the file, may have been the wrong part.
            resumed = false;
        }
    }

    fn open_partial(&mut self) -> Result<Partial, DownloadError> {
        let entry = &self.plan.entry;
        let control = self.control;
        let on = &mut *self.on;
        let mut hashing = |progress: crate::Progress| {
            on(report_of(progress.done, entry.size, DownloadPhase::Resuming));
            if control.wish() == ControlWish::Cancel {
                std::ops::ControlFlow::Break(())
            } else {
                std::ops::ControlFlow::Continue(())
            }
        };
        Partial::open(&self.downloader.store, entry, &mut hashing)
    }

    /// Until all bytes are there. Failures that can pass are waited out.
    fn fetch(&mut self, partial: &mut Partial, resumed: &mut bool) -> Result<(), DownloadError> {
        let mut failures = 0;
        let mut before = partial.done();
        while !partial.is_complete() {
            *resumed |= partial.done() > 0;
            let Err(stop) = self.attempt(partial) else { continue };
            if partial.done() != before {
                (before, failures) = (partial.done(), 0);
            }
            match stop {
                AttemptEnd::Paused => {
                    self.report(partial, DownloadPhase::Paused);
                    self.control.wait_while_paused();
                }
                AttemptEnd::Failed(error) if error.can_pass() && failures + 1 < ATTEMPTS => {
                    failures += 1;
                    self.report(partial, DownloadPhase::Retrying(failures));
                    let wait = error
                        .retry_after
                        .unwrap_or_else(|| backoff(self.downloader.settings.patience, failures));
                    if let Err(AttemptEnd::Failed(cancelled)) = self.control.sleep(wait) {
                        return Err(cancelled);
                    }
                }
                AttemptEnd::Failed(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// One connection, from the first address to the last byte or to whatever ends it.
    fn attempt(&mut self, partial: &mut Partial) -> Result<(), AttemptEnd> {
        AttemptEnd::from_wish(self.control.wish())?;
        partial.check_room(&self.downloader.store)?;
        self.report(partial, DownloadPhase::Connecting);
        let request = HttpRequest {
            url: self.downloader.url(&self.plan.entry),
            from: partial.done(),
            why: format!("to download {}", self.plan.entry.name),
        };
        let messages = self.downloader.client.start(request)?;
        let head = self.head(&messages)?;
        self.accept(&head, partial)?;
        let mut limiter = Limiter::new(self.downloader.settings.rate_limit, Instant::now());
        self.meter.restart(Instant::now());
        while !partial.is_complete() {
            match self.next(&messages)? {
                Some(TransferMessage::Data(bytes)) => {
                    partial.append(&bytes)?;
                    self.meter.add(bytes.len() as u64, Instant::now());
                    self.report(partial, DownloadPhase::Transferring);
                    self.control.sleep(limiter.take(bytes.len() as u64, Instant::now()))?;
                }
                Some(TransferMessage::Failed(error)) => return Err(error.into()),
                Some(TransferMessage::Head(_) | TransferMessage::End) | None => {
                    return Err(self.cut_short(partial).into());
                }
            }
        }
        // One byte more would be another file.
        match self.next(&messages)? {
            Some(TransferMessage::Data(bytes)) if !bytes.is_empty() => Ok(partial.append(&bytes)?),
            _ => Ok(()),
        }
    }

    fn head(&self, messages: &Receiver<TransferMessage>) -> Result<Head, AttemptEnd> {
        match self.next(messages)? {
            Some(TransferMessage::Head(head)) => Ok(head),
            Some(TransferMessage::Failed(error)) => Err(error.into()),
            _ => Err(fail(DownloadErrorKind::Interrupted, "the server hung up before it answered").into()),
        }
    }

    /// The next message, or a wish to stop, whichever is first; `None` when the connection's thread is gone.
    fn next(&self, messages: &Receiver<TransferMessage>) -> Result<Option<TransferMessage>, AttemptEnd> {
        loop {
            AttemptEnd::from_wish(self.control.wish())?;
            match messages.recv_timeout(LOOK) {
                Ok(message) => return Ok(Some(message)),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            }
        }
    }

    /// Whether the answer continues the file where it ends here.
    fn accept(&self, head: &Head, partial: &mut Partial) -> Result<(), DownloadError> {
        let size = self.plan.entry.size;
        match head.status {
            200 if head.length.is_some_and(|length| length != size) => {
                partial.discard()?;
                Err(wrong_size(head.length.unwrap_or(0), size))
            }
            200 => partial.restart(),
            206 => match head.range {
                Some((_, _, Some(total))) if total != size => {
                    partial.discard()?;
                    Err(wrong_size(total, size))
                }
                Some((start, _, _)) if start == partial.done() => Ok(()),
                _ => {
                    Err(fail(DownloadErrorKind::Protocol, "the server sent another range than was asked for"))
                }
            },
            416 => {
                partial.restart()?;
                Err(fail(DownloadErrorKind::Interrupted, "the server refused to continue; starting over"))
            }
            status => Err(error::of_status(status, head.retry_after, &self.plan.entry)),
        }
    }

    fn cut_short(&self, partial: &Partial) -> DownloadError {
        let text = format!(
            "the connection ended after {} of {} bytes; what arrived is kept, try again to go on",
            partial.done(),
            self.plan.entry.size
        );
        fail(DownloadErrorKind::Interrupted, text)
    }

    fn install(&mut self, partial: Partial) -> Result<Installed, DownloadError> {
        self.report(&partial, DownloadPhase::Installing);
        let entry = &self.plan.entry;
        if let Err(why) = gguf::validate_file(partial.file()) {
            partial.remove()?;
            let text = format!("the published file is not one that can be loaded safely: {why}");
            return Err(fail(DownloadErrorKind::Invalid, text));
        }
        let store = &self.downloader.store;
        let (file, path, sha256, tree) = partial.finish();
        seal(&file, &path)?;
        let now = store.now();
        let record = Record {
            id: entry.id.clone(),
            name: entry.name.clone(),
            files: vec![entry.file.clone()],
            size: entry.size,
            sha256: vec![sha256],
            blake3: vec![tree.root()],
            source: ModelSource::Hub {
                repository: entry.repository.clone(),
                revision: entry.revision.clone(),
            },
            installed_at: now,
            licence: Some(entry.licence.clone()),
            licence_accepted_at: Some(self.plan.consent.accepted_at),
            verified: true,
            checked_at: Some(now),
            sampled_at: None,
            seals: Vec::new(),
            pinned_by: Vec::new(),
        };
        let stamp = ModelStamp::of(&file).ok();
        Ok(store.install(record, &[StagedModel { path, tree, stamp, ours: true }])?)
    }

    /// At most ten times a second, and at once when the phase is another.
    fn report(&mut self, partial: &Partial, phase: DownloadPhase) {
        let now = Instant::now();
        let due = self.reported.is_none_or(|last| now.duration_since(last) >= REPORT);
        if phase == DownloadPhase::Transferring && !due && !partial.is_complete() {
            return;
        }
        self.reported = Some(now);
        let speed = if phase == DownloadPhase::Transferring { self.meter.speed(now) } else { 0 };
        let missing = self.plan.entry.size - partial.done();
        let left = (speed > 0).then(|| Duration::from_secs(missing / speed));
        let progress = report_of(partial.done(), self.plan.entry.size, phase);
        (self.on)(DownloadProgress { speed, left, ..progress });
    }
}

fn report_of(done: u64, total: u64, phase: DownloadPhase) -> DownloadProgress {
    DownloadProgress { done, total, speed: 0, left: None, phase }
}

fn wrong_size(found: u64, pinned: u64) -> DownloadError {
    let text = format!(
        "the server has a file of {found} bytes, the catalogue's has {pinned}: it is another file. Nothing was \
         installed; update the catalogue or report it"
    );
    fail(DownloadErrorKind::WrongSize, text)
}
