//! The files of folders, gathered for quick open while it is already open.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use parking_lot::Mutex;

use super::corpus::Corpus;
use super::frecency::Frecency;
use crate::walk::{self, SearchRoots, SearchScope, VisitOrder, WalkItem};

/// More files than these are not gathered.
const MAX_FILES: usize = 1_000_000;
/// A thread hands over this many at once.
const BATCH: usize = 256;
/// What it is worth that a file is open. A letter that matches is worth 16.
const OPEN: u32 = 12;

struct Root {
    path: PathBuf,
    /// What stands before the paths of this one, where there are several.
    prefix: String,
}

/// Files under the numbers that their texts have in the corpus.
struct Files {
    corpus: Corpus,
    roots: Vec<Root>,
    root_of: Vec<u16>,
    /// Those whose names are no text.
    odd: HashMap<u32, PathBuf>,
    /// By what the path hashes to.
    numbers: HashMap<u64, u32>,
    is_capped: bool,
}

/// Gathers the files of folders. Dropping it ends that.
pub struct Gathering {
    files: Arc<Mutex<Files>>,
    cancelled: Arc<AtomicBool>,
    finished: Arc<AtomicBool>,
}

impl std::fmt::Debug for Gathering {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Gathering").field("files", &self.len()).finish_non_exhaustive()
    }
}

impl Gathering {
    /// Begins with these folders, for files that the scope wants. `set_aside`: then with what it leaves out because git is told to
    /// ignore it; that comes last in the list. `wake` is called on another thread when all is there.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(
        scope: SearchScope,
        set_aside: bool,
        wake: impl FnOnce() + Send + 'static,
    ) -> io::Result<Self> {
        let folders = match &scope.places {
            SearchRoots::Folders(folders) => folders.clone(),
            SearchRoots::Files(_) | SearchRoots::Again(..) => Vec::new(),
        };
        let files = Arc::new(Mutex::new(Files::new(&folders)));
        let (cancelled, finished) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let this = Self {
            files: Arc::clone(&files),
            cancelled: Arc::clone(&cancelled),
            finished: Arc::clone(&finished),
        };
        thread::Builder::new().name("files".to_owned()).spawn(move || {
            gather(&scope, false, &files, &cancelled);
            if set_aside {
                gather(&SearchScope { ignored: true, ..scope }, true, &files, &cancelled);
            }
            finished.store(true, Ordering::Release);
            wake();
        })?;
        Ok(this)
    }

    /// Are all files there?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Acquire)
    }

    /// Were files left out because there are too many?
    #[must_use]
    pub fn is_capped(&self) -> bool {
        self.files.lock().is_capped
    }

    /// How many there are so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.files.lock().corpus.len()
    }

    /// Is there none so far?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The paths so far, below their folders, to be narrowed.
    #[must_use]
    pub fn corpus(&self) -> Corpus {
        self.files.lock().corpus.clone()
    }

    /// The path with this number.
    #[must_use]
    pub fn path(&self, number: u32) -> Option<PathBuf> {
        self.files.lock().path(number)
    }

    /// What files are worth besides what is typed, for the ones that are open or were lately.
    #[must_use]
    pub fn bonus(&self, open: &[PathBuf], frecency: &Frecency, now_ms: u64) -> HashMap<u32, u32> {
        let files = self.files.lock();
        let number = |path: &Path| files.numbers.get(&hash(path)).copied();
        let mut bonus: HashMap<u32, u32> =
            frecency.bonus(now_ms).filter_map(|(path, bonus)| Some((number(path)?, bonus))).collect();
        for number in open.iter().filter_map(|path| number(path)) {
            *bonus.entry(number).or_default() += OPEN;
        }
        bonus
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }
}

fn gather(scope: &SearchScope, last: bool, files: &Mutex<Files>, cancelled: &AtomicBool) {
    let visitor = || {
        let mut batch = Batch { files, last, paths: Vec::with_capacity(BATCH) };
        move |found| {
            if let WalkItem::File(path) = found {
                batch.paths.push(path);
            }
            let is_full = batch.paths.len() == BATCH;
            (!is_full || batch.hand_over()) && !cancelled.load(Ordering::Relaxed)
        }
    };
    // Without threads there is nothing to show, and the list stays as it is.
    let _none = walk::visit(scope, VisitOrder::AsFound, &[], &visitor);
}

/// What one thread found and has not handed over.
struct Batch<'a> {
    files: &'a Mutex<Files>,
    last: bool,
    paths: Vec<PathBuf>,
}

impl Batch<'_> {
    /// False when there are enough.
    fn hand_over(&mut self) -> bool {
        let mut files = self.files.lock();
        self.paths.drain(..).for_each(|path| files.add(path, self.last));
        !files.is_capped
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        self.hand_over();
    }
}

impl Files {
    fn new(folders: &[PathBuf]) -> Self {
        let several = folders.len() > 1;
        let root = |path: &PathBuf| {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            Root { path: path.clone(), prefix: if several { format!("{name}/") } else { String::new() } }
        };
        let roots = folders.iter().map(root).collect();
        let (corpus, root_of, odd) = (Corpus::default(), Vec::new(), HashMap::new());
        Self { corpus, roots, root_of, odd, numbers: HashMap::new(), is_capped: false }
    }

    fn add(&mut self, path: PathBuf, last: bool) {
        let root = self.roots.iter().position(|root| path.starts_with(&root.path));
        let Some((index, root)) = root.map(|index| (index, &self.roots[index])) else { return };
        let below = path.strip_prefix(&root.path).unwrap_or(&path);
        if self.numbers.len() >= MAX_FILES {
            self.is_capped = true;
            return;
        }
        let number = self.corpus.len() as u32;
        if *self.numbers.entry(hash(&path)).or_insert(number) != number {
            return;
        }
        match below.to_str() {
            Some(text) => {
                self.corpus.push(&format!("{}{text}", root.prefix), last);
            }
            None => {
                self.corpus.push(&format!("{}{}", root.prefix, below.to_string_lossy()), last);
                self.odd.insert(number, path);
            }
        }
        self.root_of.push(index as u16);
    }

    fn path(&self, number: u32) -> Option<PathBuf> {
        if let Some(odd) = self.odd.get(&number) {
            return Some(odd.clone());
        }
        let root = &self.roots[usize::from(*self.root_of.get(number as usize)?)];
        Some(root.path.join(self.corpus.text(number)?.strip_prefix(&root.prefix)?))
    }
}

fn hash(path: &Path) -> u64 {
    let mut hasher = DefaultHasher::new();
    path.as_os_str().hash(&mut hasher);
    hasher.finish()
}
