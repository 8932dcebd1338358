//! What a person wants of a download that is under way: another thread says it, the download heeds it also while it sleeps.

use super::error::{DownloadError, DownloadErrorKind, fail};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Stops, pauses and resumes one download from any thread.
#[derive(Debug, Clone, Default)]
pub struct DownloadControl(Arc<(Mutex<ControlWish>, Condvar)>);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum ControlWish {
    #[default]
    Run,
    Pause,
    Cancel,
}

impl DownloadControl {
    /// Closes the connection; what arrived is kept and [`DownloadControl::resume`] goes on.
    pub fn pause(&self) {
        self.set(ControlWish::Pause);
    }

    /// Goes on after a pause.
    pub fn resume(&self) {
        self.set(ControlWish::Run);
    }

    /// Ends the download with [`DownloadErrorKind::Cancelled`]; what arrived is kept for another time.
    pub fn cancel(&self) {
        self.set(ControlWish::Cancel);
    }

    fn set(&self, wish: ControlWish) {
        let mut now = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        if *now != ControlWish::Cancel {
            *now = wish;
        }
        self.0.1.notify_all();
    }

    pub(super) fn wish(&self) -> ControlWish {
        *self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps, but not through a wish to stop.
    pub(super) fn sleep(&self, time: Duration) -> Result<(), AttemptEnd> {
        let guard = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.0.1.wait_timeout_while(guard, time, |wish| *wish == ControlWish::Run);
        let (guard, _) = waited.unwrap_or_else(PoisonError::into_inner);
        AttemptEnd::from_wish(*guard)
    }

    pub(super) fn wait_while_paused(&self) {
        let guard = self.0.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.0.1.wait_while(guard, |wish| *wish == ControlWish::Pause));
    }
}

/// Why an attempt ended before the last byte.
pub(super) enum AttemptEnd {
    Paused,
    Failed(DownloadError),
}

impl AttemptEnd {
    pub(super) fn from_wish(wish: ControlWish) -> Result<(), Self> {
        match wish {
            ControlWish::Run => Ok(()),
            ControlWish::Pause => Err(Self::Paused),
            ControlWish::Cancel => {
                let text =
                    "cancelled; what arrived is kept and the next download of this model resumes there";
                Err(Self::Failed(fail(DownloadErrorKind::Cancelled, text)))
            }
        }
    }
}

impl From<DownloadError> for AttemptEnd {
    fn from(error: DownloadError) -> Self {
        Self::Failed(error)
    }
}
