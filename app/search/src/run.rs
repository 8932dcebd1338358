//! A search under way: threads that search, a bounded channel of what they find, and one flag that ends it.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, SendTimeoutError, Sender, bounded};
use editor_core::Revision;
use editor_core::encoding::{Encoding, Reading};
use parking_lot::Mutex;
use ropey::Rope;

use crate::hits::{FileHits, HitPlace, Version};
use crate::query::Matcher;
use crate::sink::{Collector, searcher};
use crate::source::{Reason, Skipped, SourceReader};
use crate::walk::{self, SearchScope, VisitOrder, WalkItem};

/// This many files with hits wait to be taken at most; then the search waits.
const MAX_WAITING: usize = 256;
/// How long a thread that waits for room does not look whether it is still wanted.
const CANCEL_CHECK: Duration = Duration::from_millis(20);

/// A text that is open, and is searched in place of its file.
#[derive(Clone, Debug)]
pub struct OpenText {
    /// The text.
    pub rope: Rope,
    /// Its revision.
    pub revision: Revision,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Hits in all; the search ends with them.
    pub hits: usize,
    /// Hits of one file; the search continues with the next.
    pub hits_of_file: usize,
    /// Longer files, in bytes, are skipped.
    pub file_bytes: u64,
}

impl Default for Limits {
    /// More hits than anybody looks at, and files as long as what programs write for programs.
    fn default() -> Self {
        Self { hits: 50_000, hits_of_file: 5_000, file_bytes: 64 << 20 }
    }
}

/// What to search, where and how.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    /// For what.
    pub matcher: Matcher,
    /// In which files.
    pub scope: SearchScope,
    /// Open texts that differ from their files, by path, as the scope's folders name it. Those without a file on disk are
    /// searched, too.
    pub open: HashMap<PathBuf, OpenText>,
    /// Texts that have no file, by number. They are searched whatever the scope is.
    pub untitled: Vec<(u64, OpenText)>,
    /// Files that the person reads in an encoding of their own choice.
    pub readings: HashMap<PathBuf, Encoding>,
    /// Lines shown before and behind each hit.
    pub context: usize,
    /// How much is kept.
    pub limits: Limits,
    /// In which order files are searched.
    pub order: VisitOrder,
}

impl SearchRequest {
    /// A search through files as they are on disk, without context.
    #[must_use]
    pub fn new(matcher: Matcher, scope: SearchScope) -> Self {
        Self {
            matcher,
            scope,
            open: HashMap::new(),
            untitled: Vec::new(),
            readings: HashMap::new(),
            context: 0,
            limits: Limits::default(),
            order: VisitOrder::default(),
        }
    }
}

/// What a search says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SearchEvent {
    /// A file with hits.
    File(Box<FileHits>),
    /// It is over; nothing comes any more.
    Done(Box<Summary>),
}

/// How a search went.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// This many texts were searched.
    pub searched: usize,
    /// This many of them have hits.
    pub files: usize,
    /// This many hits were found and kept.
    pub hits: usize,
    /// Are there more than are kept?
    pub is_capped: bool,
    /// Was it ended before its end?
    pub is_cancelled: bool,
    /// What was not searched.
    pub skipped: Skipped,
}

/// How far a search has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SearchProgress {
    /// This many texts were searched.
    pub searched: usize,
    /// This many hits were found.
    pub hits: usize,
}

#[derive(Debug, Default)]
struct Shared {
    cancelled: AtomicBool,
    capped: AtomicBool,
    searched: AtomicUsize,
    files: AtomicUsize,
    hits: AtomicUsize,
    skipped: Mutex<Skipped>,
}

/// A search under way. Dropping it ends it.
#[derive(Debug)]
pub struct RunningSearch {
    events: Receiver<SearchEvent>,
    shared: Arc<Shared>,
}

impl RunningSearch {
    /// Begins. `wake` is called on other threads when there is something to take.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(request: SearchRequest, wake: impl Fn() + Send + Sync + 'static) -> io::Result<Self> {
        let (send, events) = bounded(MAX_WAITING);
        let shared = Arc::<Shared>::default();
        let search = Search { request, send, wake: Box::new(wake), shared: Arc::clone(&shared) };
        thread::Builder::new().name("search".to_owned()).spawn(move || search.run())?;
        Ok(Self { events, shared })
    }

    /// What was found since it was last asked, without waiting.
    pub fn take(&self) -> impl Iterator<Item = SearchEvent> {
        self.events.try_iter()
    }

    /// Everything there is to come, waiting for it. For tests and for those without a window.
    pub fn wait(&self) -> impl Iterator<Item = SearchEvent> {
        self.events.iter()
    }

    /// What comes next, waiting for it so long at most.
    ///
    /// # Errors
    /// Nothing came in this time, or nothing comes any more.
    pub fn next_within(&self, time: Duration) -> Result<SearchEvent, RecvTimeoutError> {
        self.events.recv_timeout(time)
    }

    /// Ends it. What was found may still arrive; drop it to see nothing any more.
    pub fn cancel(&self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
    }

    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> SearchProgress {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        SearchProgress { searched: of(&self.shared.searched), hits: of(&self.shared.hits) }
    }
}

impl Drop for RunningSearch {
    fn drop(&mut self) {
        self.cancel();
    }
}

struct Search {
    request: SearchRequest,
    send: Sender<SearchEvent>,
    wake: Box<dyn Fn() + Send + Sync>,
    shared: Arc<Shared>,
}

impl Search {
    fn run(self) {
        let SearchRequest { scope, order, open, untitled, .. } = &self.request;
        let met = Mutex::new(HashSet::new());
        self.search_untitled(untitled, &met);
        let mut besides: Vec<PathBuf> = open.keys().cloned().collect();
        besides.sort();
        let visitor = || {
            let mut worker = Worker::new(&self, &met);
            move |found| worker.visit(found)
        };
        if let Err(error) = walk::visit(scope, *order, &besides, &visitor) {
            self.shared.skipped.lock().add(&PathBuf::new(), Reason::of(&error));
        }
        let summary = self.summary();
        self.deliver(SearchEvent::Done(Box::new(summary)));
    }

    fn search_untitled(&self, untitled: &[(u64, OpenText)], met: &Mutex<HashSet<PathBuf>>) {
        let mut worker = Worker::new(self, met);
        let mut texts: Vec<&(u64, OpenText)> = untitled.iter().collect();
        texts.sort_by_key(|(number, _)| *number);
        let mut texts = texts.into_iter();
        while texts.next().is_some_and(|(number, text)| worker.search_open(HitPlace::Text(*number), text)) {}
    }

    fn summary(&self) -> Summary {
        let shared = &self.shared;
        Summary {
            searched: shared.searched.load(Ordering::Relaxed),
            files: shared.files.load(Ordering::Relaxed),
            hits: shared.hits.load(Ordering::Relaxed),
            is_capped: shared.capped.load(Ordering::Relaxed),
            is_cancelled: shared.cancelled.load(Ordering::Relaxed),
            skipped: shared.skipped.lock().clone(),
        }
    }

    /// Hands something over, waiting for room. False when nobody wants it any more.
    fn deliver(&self, event: SearchEvent) -> bool {
        let is_last = matches!(event, SearchEvent::Done(_));
        let mut event = event;
        loop {
            match self.send.send_timeout(event, CANCEL_CHECK) {
                Ok(()) => {
                    (self.wake)();
                    return true;
                }
                Err(SendTimeoutError::Disconnected(_)) => return false,
                Err(SendTimeoutError::Timeout(again)) => event = again,
            }
            if !is_last && self.is_over() {
                return false;
            }
        }
    }

    fn is_over(&self) -> bool {
        self.shared.cancelled.load(Ordering::Relaxed)
    }

    /// This many hits may still be found.
    fn room(&self) -> usize {
        self.request.limits.hits.saturating_sub(self.shared.hits.load(Ordering::Relaxed))
    }
}

/// What one thread needs for itself.
struct Worker<'a> {
    search: &'a Search,
    matcher: Matcher,
    searcher: grep_searcher::Searcher,
    reader: SourceReader,
    /// Open texts whose file was met.
    met: &'a Mutex<HashSet<PathBuf>>,
    skipped: Skipped,
}

impl<'a> Worker<'a> {
    fn new(search: &'a Search, met: &'a Mutex<HashSet<PathBuf>>) -> Self {
        let matcher = search.request.matcher.clone();
        let searcher = searcher(&matcher, search.request.context);
        let (reader, skipped) = (SourceReader::default(), Skipped::default());
        Self { search, matcher, searcher, reader, met, skipped }
    }

    /// False when the search is over.
    fn visit(&mut self, found: WalkItem) -> bool {
        if self.search.is_over() {
            return false;
        }
        match found {
            WalkItem::Skipped(path, reason) => {
                self.skipped.add(&path, reason);
                true
            }
            WalkItem::File(path) => match self.search.request.open.get(&path) {
                None => self.search_file(path),
                Some(_) if !self.met.lock().insert(path.clone()) => true,
                Some(text) => self.search_open(HitPlace::File(path), text),
            },
        }
    }

    fn search_file(&mut self, path: PathBuf) -> bool {
        let request = &self.search.request;
        let reading = request.readings.get(&path).map_or(Reading::Guessed, |chosen| Reading::Kept(*chosen));
        // The text that is read lies in the reader, which is not needed meanwhile.
        let mut reader = std::mem::take(&mut self.reader);
        let goes_on = match reader.read(&path, reading, request.limits.file_bytes) {
            Ok(source) => {
                let version = Version::Disk(source.metadata);
                let found = self.hits(&source.text, source.is_ascii, HitPlace::File(path), version);
                self.hand_over(found.map(|found| FileHits { read_only: source.read_only, ..found }))
            }
            Err(reason) => {
                self.skipped.add(&path, reason);
                true
            }
        };
        self.reader = reader;
        goes_on
    }

    fn search_open(&mut self, place: HitPlace, text: &OpenText) -> bool {
        let bytes = text.rope.to_string().into_bytes();
        let found = self.hits(&bytes, bytes.is_ascii(), place, Version::Open(text.revision));
        self.hand_over(found)
    }

    fn hits(&mut self, text: &[u8], is_ascii: bool, place: HitPlace, version: Version) -> Option<FileHits> {
        self.search.shared.searched.fetch_add(1, Ordering::Relaxed);
        let limits = self.search.request.limits;
        let matcher = self.matcher.of_text(is_ascii);
        let mut found = Collector::new(text, is_ascii, matcher, limits.hits_of_file.min(self.search.room()));
        // Nothing of ours fails, and what of the searcher's could is settled when the pattern is understood.
        let _never = self.searcher.search_slice(matcher, text, &mut found);
        let Collector { hits, lines, is_capped, .. } = found;
        let any = !hits.is_empty() || is_capped;
        any.then_some(FileHits { place, version, hits, lines, is_capped, read_only: None })
    }

    fn hand_over(&mut self, found: Option<FileHits>) -> bool {
        let Some(mut found) = found else { return !self.search.is_over() };
        let shared = &self.search.shared;
        let before = shared.hits.fetch_add(found.hits.len(), Ordering::Relaxed);
        let room = self.search.request.limits.hits.saturating_sub(before);
        let is_full = found.hits.len() >= room && (found.is_capped || found.hits.len() > room);
        if found.hits.len() > room {
            // Another thread found the rest meanwhile.
            shared.hits.fetch_sub(found.hits.len() - room, Ordering::Relaxed);
            found.cut(room);
        }
        if is_full {
            shared.capped.store(true, Ordering::Relaxed);
        }
        if !found.hits.is_empty() {
            shared.files.fetch_add(1, Ordering::Relaxed);
            if !self.search.deliver(SearchEvent::File(Box::new(found))) {
                return false;
            }
        }
        !is_full && !self.search.is_over()
    }
}

/// What was skipped is counted by each thread alone, so that none waits for another at a file, and added up when it ends.
impl Drop for Worker<'_> {
    fn drop(&mut self) {
        self.search.shared.skipped.lock().merge(std::mem::take(&mut self.skipped));
    }
}

impl FileHits {
    /// Keeps this many hits, and the lines up to them.
    fn cut(&mut self, hits: usize) {
        self.hits.truncate(hits);
        self.is_capped = true;
        let last = self.hits.last().map_or(0, |hit| hit.line);
        self.lines.retain(|line| line.number <= last);
    }
}

#[cfg(test)]
mod tests;
