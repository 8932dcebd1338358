//! Several downloads, one after the other, on a thread of their own.

use super::error::fail;
use super::{
    ControlWish, DownloadControl, DownloadError, DownloadErrorKind, DownloadPlan, DownloadProgress,
    Downloader,
};
use crate::store::Installed;
use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

/// Names a download in a queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct Ticket(pub(super) u64);

/// What happens in a queue.
#[derive(Debug)]
pub enum QueueEvent {
    /// A download continues.
    Progress(Ticket, DownloadProgress),
    /// A model is installed.
    Installed(Ticket, Box<Installed>),
    /// A download ended without.
    Failed(Ticket, DownloadError),
}

/// Downloads that wait for each other. Dropping it cancels them; what arrived is kept.
#[derive(Debug)]
pub struct DownloadQueue {
    jobs: Option<Sender<(Ticket, DownloadPlan, DownloadControl)>>,
    controls: Arc<Mutex<HashMap<Ticket, DownloadControl>>>,
    next: AtomicU64,
    thread: Option<JoinHandle<()>>,
}

impl DownloadQueue {
    /// Starts the thread. `on` is called there for each event; a window sends it on and wakes itself.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(
        downloader: Downloader,
        on: impl FnMut(QueueEvent) + Send + 'static,
    ) -> std::io::Result<Self> {
        let (jobs, waiting) = channel();
        let controls = Arc::default();
        let shared = Arc::clone(&controls);
        let thread = std::thread::Builder::new().name("downloads".to_owned());
        let thread = thread.spawn(move || work(&downloader, &waiting, &shared, on))?;
        Ok(Self { jobs: Some(jobs), controls, next: AtomicU64::new(1), thread: Some(thread) })
    }

    /// Puts a download at the end.
    pub fn add(&self, plan: DownloadPlan) -> Ticket {
        let ticket = Ticket(self.next.fetch_add(1, Ordering::Relaxed));
        let control = DownloadControl::default();
        self.lock().insert(ticket, control.clone());
        if let Some(jobs) = &self.jobs {
            // The thread ends only after this sender is dropped.
            drop(jobs.send((ticket, plan, control)));
        }
        ticket
    }

    /// How to pause, resume or cancel a download that has not ended.
    pub fn control(&self, ticket: Ticket) -> Option<DownloadControl> {
        self.lock().get(&ticket).cloned()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Ticket, DownloadControl>> {
        self.controls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for DownloadQueue {
    fn drop(&mut self) {
        self.lock().values().for_each(DownloadControl::cancel);
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}

fn work(
    downloader: &Downloader,
    waiting: &Receiver<(Ticket, DownloadPlan, DownloadControl)>,
    controls: &Mutex<HashMap<Ticket, DownloadControl>>,
    mut on: impl FnMut(QueueEvent),
) {
    while let Ok((ticket, plan, control)) = waiting.recv() {
        if control.wish() == ControlWish::Pause {
            control.wait_while_paused();
        }
        // A download in which our own code fails ends alone: the others go on.
        let run =
            || downloader.run(&plan, &control, &mut |progress| on(QueueEvent::Progress(ticket, progress)));
        let result = catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|_| {
            Err(fail(
                DownloadErrorKind::Fault,
                "LocalCoder itself failed in this download; what arrived is kept",
            ))
        });
        controls.lock().unwrap_or_else(PoisonError::into_inner).remove(&ticket);
        on(match result {
            Ok(installed) => QueueEvent::Installed(ticket, Box::new(installed)),
            Err(error) => QueueEvent::Failed(ticket, error),
        });
    }
}
