//! Searching and replacing outside of the window: what is found waits here until the window has drawn what it got before.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::thread;
use std::time::Duration;

use crossbeam_channel::RecvTimeoutError;
use editor_core::disk::{Disk, RealDisk};
use editor_core::{Change, Document, encoding, file};
use parking_lot::Mutex;
use ropey::Rope;
use search::replace::many::{Many, ReplaceOutcome};
use search::replace::{self, InFile, WantedMatches, WrittenFile};
use search::template::Replacement;
use search::{FileHits, HitPlace, Matcher, RunningSearch, SearchEvent, SearchRequest};

use super::{Effects, Outbox, disk};
use crate::event::Event;
use crate::features::project_search::{
    PreviewAsked, PreviewError, ProjectSearchEffect, ProjectSearchEvent, ReplaceBatch, SearchAsked,
    SearchBatch, SearchTurn,
};

/// More than this many lines, or files, are not put into the list between two frames.
const MAX_LINES: usize = 4_000;
const MAX_FILES: usize = 512;
/// This many hits are kept: more than anybody looks at, and what replaces everywhere in a large project.
const MAX_HITS: usize = 100_000;
/// How often a search that finds nothing reports how far it is.
const TELL_EACH: Duration = Duration::from_millis(100);
/// This many outcomes of a replacement are reported at once.
const MAX_OUTCOMES: usize = 200;

/// What runs.
#[derive(Default)]
pub(super) struct Searches {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    /// The serial of the last search that was wanted.
    latest: AtomicU64,
    running: Mutex<Option<Arc<RunningSearch>>>,
    replacing: Mutex<Option<Arc<Many>>>,
}

impl Effects {
    /// Does what search through the project wants.
    pub(super) fn project_search(&self, effect: ProjectSearchEffect) {
        let shared = Arc::clone(&self.searches.shared);
        match effect {
            ProjectSearchEffect::Search(asked) => {
                shared.latest.store(asked.serial, SeqCst);
                shared.cancel();
                self.on_a_thread("results", move |out| shared.search(*asked, out));
            }
            ProjectSearchEffect::Cancel => shared.cancel(),
            ProjectSearchEffect::Again(asked, matcher, places) => {
                self.on(&self.folders, move |out| again(*asked, *matcher, places, out));
            }
            ProjectSearchEffect::Open(path, caret) => self.on(&self.disk, move |out| open(out, path, caret)),
            ProjectSearchEffect::Preview(asked) => self.on(&self.folders, move |out| {
                let changes = preview(&asked);
                tell(out, ProjectSearchEvent::Previewed(asked.serial, asked.place, changes));
            }),
            ProjectSearchEffect::Replace(serial, files, with) => {
                self.on_a_thread("replaced", move |out| {
                    shared.replace(serial, files, *with, out);
                });
            }
            ProjectSearchEffect::StopReplace => {
                if let Some(many) = &*shared.replacing.lock() {
                    many.cancel();
                }
            }
            ProjectSearchEffect::Undo(written) => {
                self.on_a_thread("put back", move |out| put_back(&written, out));
            }
            ProjectSearchEffect::Drop(page) => self.on(&self.folders, move |_| drop(page)),
        }
    }

    /// What takes long has a thread of its own, so that it holds up nothing else.
    fn on_a_thread(&self, name: &str, task: impl FnOnce(&Outbox) + Send + 'static) {
        let out = self.outbox.clone();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            if let Err(place) = crate::features::recovery::crash::guarded(|| task(&out)) {
                let words =
                    format!("The search ended because of an error in LocalCoder ({place}). Try again.");
                out.send(Event::Trouble(words));
            }
        });
        if let Err(error) = thread {
            let words = format!("Nothing is searched because a thread could not be started: {error}.");
            self.outbox.send(Event::Trouble(words));
        }
    }
}

fn tell(out: &Outbox, event: ProjectSearchEvent) {
    out.send(Event::ProjectSearch(event));
}

impl Shared {
    fn cancel(&self) {
        if let Some(running) = self.running.lock().take() {
            running.cancel();
        }
    }

    fn search(&self, asked: SearchAsked, out: &Outbox) {
        let serial = asked.serial;
        let understood = Matcher::new(&asked.query);
        tell(out, ProjectSearchEvent::Begun(serial, understood.clone().map(Box::new)));
        let Ok(matcher) = understood else { return };
        let running = match RunningSearch::start(request(asked, matcher), || ()) {
            Ok(running) => Arc::new(running),
            Err(error) => {
                let words = format!("Nothing is searched because a thread could not be started: {error}.");
                return out.send(Event::Trouble(words));
            }
        };
        {
            let mut current = self.running.lock();
            // Another one may have been asked for while the pattern was compiled.
            if self.latest.load(SeqCst) != serial {
                return;
            }
            *current = Some(Arc::clone(&running));
        }
        while let Some(over) = pass_on(serial, &running, out)
            && !over
        {}
    }

    fn replace(
        &self,
        serial: u64,
        files: Vec<InFile>,
        (matcher, replacement): (Matcher, Replacement),
        out: &Outbox,
    ) {
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let many = match Many::start(disk, files, matcher, replacement, || ()) {
            Ok(many) => Arc::new(many),
            Err(error) => {
                let words = format!("Nothing is replaced because a thread could not be started: {error}.");
                out.send(Event::Trouble(words));
                let (turn, _) = SearchTurn::new();
                let batch = ReplaceBatch { serial, outcomes: Vec::new(), is_last: true, turn };
                return tell(out, ProjectSearchEvent::Replaced(batch));
            }
        };
        *self.replacing.lock() = Some(Arc::clone(&many));
        loop {
            let first = many.wait().next();
            let is_last = first.is_none();
            let outcomes: Vec<ReplaceOutcome> =
                first.into_iter().chain(many.take().take(MAX_OUTCOMES)).collect();
            let (turn, done) = SearchTurn::new();
            tell(out, ProjectSearchEvent::Replaced(ReplaceBatch { serial, outcomes, is_last, turn }));
            let _drawn = done.recv();
            if is_last {
                break;
            }
        }
        self.replacing.lock().take_if(|current| Arc::ptr_eq(current, &many));
    }
}

/// Passes on what was found since the last time and waits until it is in the list. True when that was all, `None` when nothing
/// comes any more.
fn pass_on(serial: u64, running: &RunningSearch, out: &Outbox) -> Option<bool> {
    let (mut files, mut done, mut lines) = (Vec::new(), None, 0);
    let mut next = match running.next_within(TELL_EACH) {
        Ok(event) => Some(event),
        Err(RecvTimeoutError::Timeout) => None,
        Err(RecvTimeoutError::Disconnected) => return None,
    };
    while let Some(event) = next {
        match event {
            SearchEvent::File(file) => {
                lines += file.lines.len();
                files.push(*file);
            }
            SearchEvent::Done(summary) => done = Some(*summary),
        }
        let is_full = lines >= MAX_LINES || files.len() >= MAX_FILES || done.is_some();
        next = if is_full { None } else { running.take().next() };
    }
    let (turn, drawn) = SearchTurn::new();
    let over = done.is_some();
    let batch = SearchBatch { serial, files, progress: running.progress(), done, turn };
    tell(out, ProjectSearchEvent::Found(batch));
    let _drawn = drawn.recv();
    Some(over)
}

fn request(asked: SearchAsked, matcher: Matcher) -> SearchRequest {
    let mut request = SearchRequest::new(matcher, asked.scope);
    request.open = asked.open.into_iter().collect();
    request.untitled = asked.untitled;
    request.context = asked.context;
    request.limits.hits = MAX_HITS;
    request
}

/// Searches some texts again.
fn again(asked: SearchAsked, matcher: Matcher, places: Vec<HitPlace>, out: &Outbox) {
    let serial = asked.serial;
    // That no thread is to be had is told by whoever asks for one next.
    let Ok(running) = RunningSearch::start(request(asked, matcher), || ()) else { return };
    let file = |event| match event {
        SearchEvent::File(file) => Some(*file),
        SearchEvent::Done(_) => None,
    };
    let files: Vec<FileHits> = running.wait().filter_map(file).collect();
    tell(out, ProjectSearchEvent::Again(serial, places, files));
}

/// Opens the file of a result. One that is gone is not made anew, as a name that somebody types is.
fn open(out: &Outbox, path: PathBuf, caret: (usize, usize)) {
    if path.exists() {
        disk::open(out, path, Some(caret), true);
    } else {
        tell(out, ProjectSearchEvent::Vanished(path));
    }
}

fn preview(asked: &PreviewAsked) -> Result<Vec<Change>, PreviewError> {
    let read = |path: &Path| -> Result<Rope, PreviewError> {
        let opened = file::open_as(&RealDisk, path, encoding::Reading::Guessed);
        let opened = opened?;
        match opened.read_only {
            Some(reason) => Err(PreviewError::ReadOnly(Document::opened(path, opened).title(), reason)),
            None => Ok(opened.rope),
        }
    };
    let rope = match (&asked.rope, &asked.place) {
        (Some(rope), _) => rope.clone(),
        (None, HitPlace::File(path)) => read(path)?,
        (None, HitPlace::Text(_)) => return Err(PreviewError::Closed),
    };
    let wanted = WantedMatches::These(&asked.wanted);
    Ok(replace::changes(&rope, &asked.matcher, &asked.replacement, wanted)?)
}

fn put_back(written: &[WrittenFile], out: &Outbox) {
    let mut failed = Vec::new();
    for one in written.iter().filter(|one| one.replaced > 0) {
        if let Err(error) = replace::undo(&RealDisk, one) {
            failed.push(error);
        }
    }
    let paths = written.iter().map(|one| one.path.clone()).collect();
    tell(out, ProjectSearchEvent::Undone(paths, failed));
}
