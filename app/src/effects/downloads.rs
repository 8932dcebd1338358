//! Downloads as the window sees them: in the one process that may connect.

use std::io;

use models::download::{DownloadError, DownloadPlan, NetworkSettings, QueueEvent, Remote, Ticket};
use models::store::Store;

#[cfg(not(test))]
use crate::airgap;

/// What is wanted of a download that is under way.
#[derive(Clone, Copy, Debug)]
pub enum DownloadWish {
    Pause,
    Resume,
    Cancel,
}

/// Downloads under way.
#[cfg_attr(test, allow(dead_code, reason = "a test has no process that may connect"))]
pub enum Downloads {
    /// In the process that may connect.
    Apart(Remote),
    /// In this one: tests have no other.
    #[cfg(test)]
    Here(models::download::DownloadQueue),
}

impl Downloads {
    /// Gets ready. `on` is called for each event, on another thread.
    ///
    /// # Errors
    /// LocalCoder is air-gapped, or was when it was started.
    #[cfg(not(test))]
    pub fn start(
        store: Store,
        settings: &NetworkSettings,
        on: impl FnMut(QueueEvent) + Send + 'static,
    ) -> Result<Downloads, DownloadError> {
        if settings.air_gapped {
            return Err(DownloadError::air_gapped());
        }
        let stream = airgap::take_broker().ok_or_else(|| match airgap::trouble() {
            Some(trouble) => DownloadError::refused(trouble),
            None => DownloadError::refused(UNTIL_RESTART),
        })?;
        Remote::start(stream, store, on)
            .map(Downloads::Apart)
            .map_err(|error| DownloadError::refused(&format!("no thread could be started: {error}")))
    }

    /// The same in a test, in this process.
    #[cfg(test)]
    pub fn start(
        store: Store,
        settings: &NetworkSettings,
        on: impl FnMut(QueueEvent) + Send + 'static,
    ) -> Result<Downloads, DownloadError> {
        let downloader = models::download::Downloader::new(store, settings.clone())?;
        let queue = models::download::DownloadQueue::start(downloader, on);
        queue.map(Downloads::Here).map_err(|error| DownloadError::refused(&error.to_string()))
    }

    /// Asks for a download; `settings`: how it is to be made.
    ///
    /// # Errors
    /// The process that may connect is gone.
    pub fn add(&self, plan: &DownloadPlan, settings: &NetworkSettings) -> io::Result<Ticket> {
        match self {
            Downloads::Apart(remote) => remote.add(plan, settings),
            #[cfg(test)]
            Downloads::Here(queue) => Ok(queue.add(plan.clone())),
        }
    }

    /// Pauses, resumes or cancels one.
    pub fn control(&self, ticket: Ticket, wish: DownloadWish) {
        match (self, wish) {
            (Downloads::Apart(remote), DownloadWish::Pause) => remote.pause(ticket),
            (Downloads::Apart(remote), DownloadWish::Resume) => remote.resume(ticket),
            (Downloads::Apart(remote), DownloadWish::Cancel) => remote.cancel(ticket),
            #[cfg(test)]
            (Downloads::Here(queue), wish) => {
                use models::download::DownloadControl;
                if let Some(control) = queue.control(ticket) {
                    [DownloadControl::pause, DownloadControl::resume, DownloadControl::cancel][wish as usize](
                        &control,
                    );
                }
            }
        }
    }

    /// Ends all that are under way.
    pub fn cancel_all(&self) {
        match self {
            Downloads::Apart(remote) => remote.cancel_all(),
            #[cfg(test)]
            Downloads::Here(_) => {}
        }
    }

    /// Whether others can be made after these, connected in another way.
    pub fn goes_on(&self) -> bool {
        matches!(self, Downloads::Apart(_))
    }
}

/// There is no way back from the kernel's filter.
#[cfg(not(test))]
pub const UNTIL_RESTART: &str = "LocalCoder was air-gapped when it was started, and the kernel keeps it so until it is started again. \
                                 Close it, start it again, and download then";
