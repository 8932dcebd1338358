//! Replacing in many files that are not open, on a thread of its own, one whole file after the other.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, bounded};
use editor_core::disk::Disk;

use super::{InFile, ReplaceError, WrittenFile, write};
use crate::query::Matcher;
use crate::template::Replacement;

/// This many outcomes wait to be taken at most; then the writing waits.
const MAX_WAITING: usize = 256;

/// What became of one file.
#[derive(Debug)]
pub enum ReplaceOutcome {
    /// It is written, and can be put back.
    Written(Box<WrittenFile>),
    /// It is as it was, but for what the error says.
    Failed(PathBuf, ReplaceError),
}

/// A replacement under way. Dropping it ends it behind the file that is being written.
#[derive(Debug)]
pub struct Many {
    outcomes: Receiver<ReplaceOutcome>,
    cancelled: Arc<AtomicBool>,
}

impl Many {
    /// Begins. `wake` is called on another thread for each outcome, and once more at the end.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        disk: Arc<dyn Disk>,
        files: Vec<InFile>,
        matcher: Matcher,
        replacement: Replacement,
        wake: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let (send, outcomes) = bounded(MAX_WAITING);
        let cancelled = Arc::<AtomicBool>::default();
        let end = Arc::clone(&cancelled);
        thread::Builder::new().name("replace".to_owned()).spawn(move || {
            for file in files {
                if end.load(Ordering::Relaxed) {
                    break;
                }
                let outcome = match write(&*disk, &file, &matcher, &replacement) {
                    Ok(written) => ReplaceOutcome::Written(Box::new(written)),
                    Err(error) => ReplaceOutcome::Failed(file.path, error),
                };
                if send.send(outcome).is_err() {
                    break;
                }
                wake();
            }
            drop(send);
            wake();
        })?;
        Ok(Self { outcomes, cancelled })
    }

    /// What became of files since it was last asked, without waiting.
    pub fn take(&self) -> impl Iterator<Item = ReplaceOutcome> {
        self.outcomes.try_iter()
    }

    /// Everything there is to come, waiting for it.
    pub fn wait(&self) -> impl Iterator<Item = ReplaceOutcome> {
        self.outcomes.iter()
    }

    /// Writes no further file.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

impl Drop for Many {
    fn drop(&mut self) {
        self.cancel();
    }
}
