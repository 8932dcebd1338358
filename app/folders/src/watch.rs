//! What other programs do in folders, told as it happens: a burst is told once, and where the system can watch no more that is told, too.
//!
//! Folders are watched, never trees: a project may have more of them than the system can watch, and only those that are shown matter.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender, bounded, never, select, unbounded};
use ground::pace::Gathering;
use notify::event::{AccessKind, AccessMode, EventKind, ModifyKind};
use notify::{ErrorKind, RecommendedWatcher, RecursiveMode, Watcher};

/// Most folders that are watched. Systems have limits of their own, which all programs of a user share (Linux: some ten thousand).
pub const MAX_WATCHES: usize = 800;
/// What happens is reported after this many milliseconds in which nothing more does,
const REST: u64 = 60;
/// or after this many in which it does not end.
const MAX_WAIT: u64 = 400;
/// Most events that wait; beyond that everything is looked at again.
const MAX_WAITING: usize = 16_384;

/// What is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WatchNews {
    /// Something came, went or got another name in the first; something was written in the second.
    Changed(BTreeSet<PathBuf>, BTreeSet<PathBuf>),
    /// More happened than the system could tell: anything may have changed.
    Anything,
    /// This many of the folders that were asked for are not watched. 0: all are, after some were not.
    Unwatched(usize, String),
}

/// What happened in a folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Seen {
    /// Names changed in it, or it is gone.
    Names(PathBuf),
    /// A file in it was written.
    Contents(PathBuf),
}

/// Watches folders until it is dropped.
pub struct FolderWatch {
    wanted: Sender<BTreeSet<PathBuf>>,
}

impl FolderWatch {
    /// Begins, with no folder. `tell` is called on a thread of its own.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn start(tell: impl Fn(WatchNews) + Send + 'static) -> std::io::Result<FolderWatch> {
        FolderWatch::with_limit(MAX_WATCHES, tell)
    }

    /// The same with another limit.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn with_limit(
        limit: usize,
        tell: impl Fn(WatchNews) + Send + 'static,
    ) -> std::io::Result<FolderWatch> {
        let (wanted, folders) = unbounded();
        let thread = thread::Builder::new().name("watch".to_owned());
        thread.spawn(move || Watching::new(limit, Box::new(tell)).run(&folders))?;
        Ok(FolderWatch { wanted })
    }

    /// Watches these folders from now on, and no others. One that came back after it was gone is watched again.
    pub fn watch(&self, folders: BTreeSet<PathBuf>) {
        // The thread ends with us alone.
        let _nobody_listens = self.wanted.send(folders);
    }
}

struct Watching {
    limit: usize,
    tell: Box<dyn Fn(WatchNews) + Send>,
    watcher: Option<RecommendedWatcher>,
    events: Receiver<Seen>,
    overflow: Arc<AtomicBool>,
    /// Folders that are watched, behind links, with the names under which they were asked for.
    active: BTreeMap<PathBuf, BTreeSet<PathBuf>>,
    gathering: Gathering<Seen>,
    /// Names of folders that were watched and went away since something was told.
    gone: BTreeSet<PathBuf>,
    /// Some folders are not watched, and that was told.
    lacking: usize,
    started: Instant,
}

impl Watching {
    fn new(limit: usize, tell: Box<dyn Fn(WatchNews) + Send>) -> Watching {
        let (sender, events) = bounded(MAX_WAITING);
        let overflow = Arc::new(AtomicBool::new(false));
        let full = Arc::clone(&overflow);
        // It must not wait for us: we may be waiting for it.
        let handler = move |event: notify::Result<notify::Event>| {
            let lost = match event {
                Ok(event) if event.need_rescan() => true,
                Ok(event) => seen(&event).into_iter().any(|seen| sender.try_send(seen).is_err()),
                Err(_) => true,
            };
            if lost {
                full.store(true, SeqCst);
                let _full_is_enough = sender.try_send(Seen::Names(PathBuf::new()));
            }
        };
        let watcher = notify::recommended_watcher(handler);
        let failed = watcher.as_ref().err().map(reason);
        let watching = Watching {
            limit,
            tell,
            events: if watcher.is_ok() { events } else { never() },
            watcher: watcher.ok(),
            overflow,
            active: BTreeMap::new(),
            gathering: Gathering::default(),
            gone: BTreeSet::new(),
            lacking: 0,
            started: Instant::now(),
        };
        if let Some(reason) = failed {
            (watching.tell)(WatchNews::Unwatched(usize::MAX, reason));
        }
        watching
    }

    fn run(mut self, folders: &Receiver<BTreeSet<PathBuf>>) {
        loop {
            let wait = self.gathering.wake_in(self.now(), REST, MAX_WAIT).unwrap_or(3_600_000);
            let events = self.events.clone();
            select! {
                recv(folders) -> wanted => match wanted {
                    // Of several wishes the last one counts.
                    Ok(wanted) => self.follow(folders.try_iter().last().unwrap_or(wanted)),
                    Err(_) => return,
                },
                recv(events) -> seen => if let Ok(seen) = seen {
                    self.note(seen);
                    for seen in events.try_iter().take(MAX_WAITING) {
                        self.note(seen);
                    }
                },
                default(Duration::from_millis(wait)) => {}
            }
            self.report();
        }
    }

    fn now(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn note(&mut self, seen: Seen) {
        // A folder that is gone takes its watch along.
        if let Seen::Names(folder) = &seen
            && self.active.contains_key(folder)
            && !folder.is_dir()
            && let Some(watcher) = &mut self.watcher
        {
            let _gone_anyway = watcher.unwatch(folder);
            self.gone.extend(self.active.remove(folder).unwrap_or_default());
        }
        self.gathering.add(seen, self.now());
    }

    fn report(&mut self) {
        let Some(gathered) = self.gathering.take(self.now(), REST, MAX_WAIT) else { return };
        if self.overflow.swap(false, SeqCst) {
            return (self.tell)(WatchNews::Anything);
        }
        let (mut names, mut contents) = (BTreeSet::new(), BTreeSet::new());
        for seen in gathered {
            let (folder, into) = match seen {
                Seen::Names(folder) => (folder, &mut names),
                Seen::Contents(folder) => (folder, &mut contents),
            };
            into.extend(self.active.get(&folder).into_iter().flatten().cloned());
        }
        names.append(&mut self.gone);
        if !names.is_empty() || !contents.is_empty() {
            (self.tell)(WatchNews::Changed(names, contents));
        }
    }

    /// Watches what is wanted and was not, and no longer what is not.
    fn follow(&mut self, wanted: BTreeSet<PathBuf>) {
        let mut real: BTreeMap<PathBuf, BTreeSet<PathBuf>> = BTreeMap::new();
        for folder in wanted {
            if let Ok(resolved) = folder.canonicalize() {
                real.entry(resolved).or_default().insert(folder);
            }
        }
        let Some(watcher) = &mut self.watcher else { return };
        // First those that go: a folder that was moved has one watch, whatever its names.
        let gone: Vec<PathBuf> =
            self.active.keys().filter(|path| !real.contains_key(*path)).cloned().collect();
        for path in gone {
            let _gone_anyway = watcher.unwatch(&path);
            self.active.remove(&path);
        }
        let (mut lacking, mut why) = (0, String::new());
        for (path, names) in real {
            if let Some(known) = self.active.get_mut(&path) {
                *known = names;
            } else if self.active.len() >= self.limit {
                (lacking, why) = (lacking + 1, format!("at most {} folders are watched", self.limit));
            } else {
                match watcher.watch(&path, RecursiveMode::NonRecursive) {
                    Ok(()) => drop(self.active.insert(path, names)),
                    // It went away meanwhile, which is told by what lies above it.
                    Err(error) if !path.is_dir() => drop(error),
                    Err(error) => (lacking, why) = (lacking + 1, reason(&error)),
                }
            }
        }
        if lacking != self.lacking {
            self.lacking = lacking;
            (self.tell)(WatchNews::Unwatched(lacking, why));
        }
    }
}

/// In the words of a sentence's end.
fn reason(error: &notify::Error) -> String {
    match &error.kind {
        ErrorKind::MaxFilesWatch => "the system's limit on watched folders is reached".to_owned(),
        ErrorKind::Io(error) => error.to_string(),
        other => format!("{other:?}"),
    }
}

/// What an event says about folders. Reading changes nothing.
fn seen(event: &notify::Event) -> Vec<Seen> {
    let folder = |path: &PathBuf| path.parent().unwrap_or(Path::new("/")).to_owned();
    let is_content = match event.kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write))
        | EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_) | ModifyKind::Any) => true,
        EventKind::Access(_) => return Vec::new(),
        _ => false,
    };
    let both = |path: &PathBuf| match is_content {
        true => vec![Seen::Contents(folder(path))],
        // A watched folder that is gone or moved tells so by its own path.
        false => vec![Seen::Names(folder(path)), Seen::Names(path.clone())],
    };
    event.paths.iter().flat_map(both).collect()
}

#[cfg(test)]
mod tests;
