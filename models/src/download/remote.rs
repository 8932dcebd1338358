//! Downloads in a process of their own: what the editor sends there, what comes back, and both ends.
//!
//! The editor cannot connect (a filter of the kernel's sees to that, from its first line on), so the one process that can is started
//! before the filter and waits. It is told names, not addresses: an entry of the catalogue, the licence that was accepted, and the
//! settings as the editor knows them. It looks all of that up itself and refuses what differs. A line of JSON each way.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::error::{DownloadError, DownloadErrorKind, fail};
use super::{
    Consent, DownloadPlan, DownloadProgress, DownloadQueue, Downloader, NetworkSettings, QueueEvent, Ticket,
};
use crate::catalog::CatalogEntry;
use crate::hash::Digest;
use crate::store::Store;

/// A longer line, in bytes, is none of ours.
const MAX_LINE: u64 = 64 << 10;

/// What the editor wants.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Order {
    Download(Ticket, Box<DownloadOrder>),
    Pause(Ticket),
    Resume(Ticket),
    Cancel(Ticket),
}

/// A download that the user agreed to, by names.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DownloadOrder {
    /// Id of the entry.
    pub id: String,
    /// What the file must be.
    pub sha256: Digest,
    /// What was accepted, and when.
    pub consent: Consent,
    /// How the editor would connect.
    pub settings: NetworkSettings,
}

/// What became of it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum News {
    Progress(Ticket, DownloadProgress),
    /// By the name of its version in the store.
    Installed(Ticket, String),
    Failed(Ticket, DownloadErrorKind, String),
}

impl DownloadOrder {
    /// The plan for an entry that was looked up under [`DownloadOrder::id`], connected as `settings` say.
    ///
    /// # Errors
    /// The entry is another, the settings differ, or the licence is not the accepted one.
    pub fn plan(
        &self,
        entry: &CatalogEntry,
        settings: &NetworkSettings,
    ) -> Result<DownloadPlan, DownloadError> {
        if entry.sha256 != self.sha256 {
            let text = format!("{} is another file in the catalogue by now; look at it again", entry.name);
            return Err(fail(DownloadErrorKind::WrongHash, text));
        }
        if *settings != self.settings {
            let text = "the settings file says something else about connections than the window knows. Save the settings, or \
                        start LocalCoder again";
            return Err(fail(DownloadErrorKind::Settings, text));
        }
        DownloadPlan::new(entry, self.consent.clone())
    }
}

/// The editor's end. Dropping it ends the process at the other end, and what is under way there; what arrived is kept.
#[derive(Debug)]
pub struct Remote {
    stream: Mutex<UnixStream>,
    next: AtomicU64,
    open: Arc<Mutex<HashSet<Ticket>>>,
}

impl Remote {
    /// Listens on a thread of its own, which calls `on` for each event; `store`: where the other end installs.
    ///
    /// # Errors
    /// When the system gives no thread or no second descriptor.
    pub fn start(
        stream: UnixStream,
        store: Store,
        mut on: impl FnMut(QueueEvent) + Send + 'static,
    ) -> io::Result<Remote> {
        let reader = stream.try_clone()?;
        let open: Arc<Mutex<HashSet<Ticket>>> = Arc::default();
        let known = Arc::clone(&open);
        std::thread::Builder::new().name("downloads".to_owned()).spawn(move || {
            let mut reader = BufReader::new(reader);
            while let Some(news) = next::<News>(&mut reader) {
                if let Some(event) = event(news, &store, &mut lock(&known)) {
                    on(event);
                }
            }
            let left: Vec<Ticket> = lock(&known).drain().collect();
            for ticket in left {
                let text = "the process that downloads has ended; what arrived is kept. Start LocalCoder again to go on";
                on(QueueEvent::Failed(ticket, fail(DownloadErrorKind::Fault, text)));
            }
        })?;
        Ok(Remote { stream: Mutex::new(stream), next: AtomicU64::new(1), open })
    }

    /// Asks for a download, connected as the editor's settings say.
    ///
    /// # Errors
    /// The other end is gone.
    pub fn add(&self, plan: &DownloadPlan, settings: &NetworkSettings) -> io::Result<Ticket> {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let asked = DownloadOrder {
            id: plan.entry.id.clone(),
            sha256: plan.entry.sha256,
            consent: plan.consent.clone(),
            settings: settings.clone(),
        };
        lock(&self.open).insert(ticket);
        let sent = self.send(&Order::Download(ticket, Box::new(asked)));
        if sent.is_err() {
            lock(&self.open).remove(&ticket);
        }
        sent.map(|()| ticket)
    }

    /// Closes the connection; what arrived is kept.
    pub fn pause(&self, ticket: Ticket) {
        self.wish(&Order::Pause(ticket));
    }

    /// Goes on after a pause.
    pub fn resume(&self, ticket: Ticket) {
        self.wish(&Order::Resume(ticket));
    }

    /// Ends a download with [`DownloadErrorKind::Cancelled`].
    pub fn cancel(&self, ticket: Ticket) {
        self.wish(&Order::Cancel(ticket));
    }

    /// Ends all that are under way.
    pub fn cancel_all(&self) {
        let open: Vec<Ticket> = lock(&self.open).iter().copied().collect();
        open.into_iter().for_each(|ticket| self.cancel(ticket));
    }

    fn wish(&self, order: &Order) {
        // When the other end is gone, the thread that listens says so for each download.
        let _gone = self.send(order);
    }

    fn send(&self, order: &Order) -> io::Result<()> {
        send(&mut lock(&self.stream), order)
    }
}

impl Drop for Remote {
    fn drop(&mut self) {
        let _gone = lock(&self.stream).shutdown(std::net::Shutdown::Both);
    }
}

fn event(news: News, store: &Store, open: &mut HashSet<Ticket>) -> Option<QueueEvent> {
    Some(match news {
        News::Progress(ticket, progress) => {
            open.contains(&ticket).then_some(QueueEvent::Progress(ticket, progress))?
        }
        News::Installed(ticket, version) => {
            open.take(&ticket)?;
            match store.find(&version) {
                Ok(installed) => QueueEvent::Installed(ticket, Box::new(installed)),
                Err(error) => QueueEvent::Failed(ticket, DownloadError::refused(&error.to_string())),
            }
        }
        News::Failed(ticket, kind, text) => {
            open.take(&ticket)?;
            QueueEvent::Failed(ticket, fail(kind, text))
        }
    })
}

/// The other end: does what is ordered until the editor is gone. `begin` looks up what was asked for and how to connect; downloads under
/// way end when that has changed.
///
/// # Errors
/// When the system gives no second descriptor.
pub fn serve(
    stream: UnixStream,
    mut begin: impl FnMut(&DownloadOrder) -> Result<(Store, NetworkSettings, DownloadPlan), DownloadError>,
) -> io::Result<()> {
    let out = Arc::new(Mutex::new(stream.try_clone()?));
    let tell = move |news: &News| {
        // The editor is gone: the loop below ends as well.
        let _gone = send(&mut lock(&out), news);
    };
    // The queue numbers its downloads itself.
    let numbers: Arc<Mutex<HashMap<Ticket, Ticket>>> = Arc::default();
    let mut queue: Option<(NetworkSettings, DownloadQueue)> = None;
    let mut reader = BufReader::new(stream);
    while let Some(order) = next::<Order>(&mut reader) {
        match order {
            Order::Download(ticket, asked) => {
                let begun = begin(&asked).and_then(|(store, settings, plan)| {
                    if queue.as_ref().is_none_or(|(known, _)| *known != settings) {
                        let downloader = Downloader::new(store, settings.clone())?;
                        // Its downloads end before others begin.
                        drop(queue.take());
                        lock(&numbers).clear();
                        queue = Some((settings, start(downloader, tell.clone(), &numbers)?));
                    }
                    Ok(plan)
                });
                match (begun, &queue) {
                    (Ok(plan), Some((_, queue))) => {
                        // Held until the number is known: the queue's thread waits for it with its first event.
                        let mut numbers = lock(&numbers);
                        numbers.insert(queue.add(plan), ticket);
                    }
                    (Err(error), _) => tell(&News::Failed(ticket, error.kind, error.to_string())),
                    (Ok(_), None) => {}
                }
            }
            Order::Pause(ticket) => control(&queue, &numbers, ticket, super::DownloadControl::pause),
            Order::Resume(ticket) => control(&queue, &numbers, ticket, super::DownloadControl::resume),
            Order::Cancel(ticket) => control(&queue, &numbers, ticket, super::DownloadControl::cancel),
        }
    }
    Ok(())
}

fn start(
    downloader: Downloader,
    tell: impl Fn(&News) + Send + 'static,
    numbers: &Arc<Mutex<HashMap<Ticket, Ticket>>>,
) -> Result<DownloadQueue, DownloadError> {
    let numbers = Arc::clone(numbers);
    DownloadQueue::start(downloader, move |event| {
        let (own, last) = match &event {
            QueueEvent::Progress(own, _) => (*own, false),
            QueueEvent::Installed(own, _) | QueueEvent::Failed(own, _) => (*own, true),
        };
        let mut numbers = lock(&numbers);
        let found = if last { numbers.remove(&own) } else { numbers.get(&own).copied() };
        drop(numbers);
        let Some(ticket) = found else { return };
        tell(&match event {
            QueueEvent::Progress(_, progress) => News::Progress(ticket, progress),
            QueueEvent::Installed(_, installed) => News::Installed(ticket, installed.record.version_name()),
            QueueEvent::Failed(_, error) => News::Failed(ticket, error.kind, error.to_string()),
        });
    })
    .map_err(|error| fail(DownloadErrorKind::Store, format!("no thread could be started: {error}")))
}

fn control(
    queue: &Option<(NetworkSettings, DownloadQueue)>,
    numbers: &Mutex<HashMap<Ticket, Ticket>>,
    ticket: Ticket,
    wish: fn(&super::DownloadControl),
) {
    let own = lock(numbers).iter().find(|(_, known)| **known == ticket).map(|(own, _)| *own);
    if let Some(control) = own.and_then(|own| queue.as_ref()?.1.control(own)) {
        wish(&control);
    }
}

fn send(stream: &mut UnixStream, message: &impl Serialize) -> io::Result<()> {
    let mut line = serde_json::to_vec(message)?;
    line.push(b'\n');
    stream.write_all(&line)
}

/// The next message; `None` at the end, or when the other end says something else.
fn next<T: for<'a> Deserialize<'a>>(reader: &mut BufReader<UnixStream>) -> Option<T> {
    let mut line = Vec::new();
    reader.by_ref().take(MAX_LINE).read_until(b'\n', &mut line).ok()?;
    serde_json::from_slice(&line).ok()
}

fn lock<T>(shared: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
