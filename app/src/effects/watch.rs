//! Work on the user's files, and what others do to them: the crate `folders`, with the window at the other end.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use folders::watch::FolderWatch;
use folders::work::{self, FolderWork};

use super::{Outbox, models};
use crate::event::Event;
use crate::features::tree::{WorkPurpose, Worked};

/// Does something and tells what came of it.
pub fn work(out: &Outbox, work: FolderWork, purpose: WorkPurpose) {
    let outcome = work::run(work.clone());
    out.send(Event::Worked(Box::new(Worked { purpose, work, outcome })));
}

/// Shows a file in the system's file manager: the folder that it lies in.
pub fn reveal(out: &Outbox, path: &Path) {
    let folder = if path.is_dir() { path } else { path.parent().unwrap_or(path) };
    if let Err(error) = models::reveal(folder) {
        out.send(Event::Trouble(error.sentence()));
    }
}

/// Folders that are watched; without a thread for it there are none.
pub struct Watching(Option<FolderWatch>);

impl Watching {
    pub fn start(outbox: &Outbox) -> Watching {
        let out = outbox.clone();
        let started = FolderWatch::start(move |news| out.send(Event::Watch(news)));
        if let Err(error) = &started {
            outbox.send(Event::Trouble(format!(
                "Folders are not watched for changes: {error}. They are looked at when the window gets the keyboard."
            )));
        }
        Watching(started.ok())
    }

    pub fn watch(&self, folders: BTreeSet<PathBuf>) {
        if let Some(watch) = &self.0 {
            watch.watch(folders);
        }
    }
}
