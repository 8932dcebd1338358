//! The symbols of a project by name: where something is defined when no language server says so, and the list behind `#`.
//!
//! A thread reads the files, one after the other, so that it takes one core at most; of those that it knows it asks only whether
//! they changed. A name is not an analysis: there may be several places, and the likeliest come first.

mod table;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::{Receiver, Sender, unbounded};
use editor_core::disk::{Disk as _, Metadata, RealDisk};
use editor_core::encoding::Reading;
use editor_core::symbols::{Symbol, SymbolKind};
use editor_core::syntax::SyntaxTree;
use editor_core::{Language, Revision};
use parking_lot::Mutex;
use ropey::Rope;

use crate::query::{Case, Matcher, SearchQuery};
use crate::quick::Corpus;
use crate::run::SearchRequest;
use crate::source::SourceReader;
use crate::walk::{self, SearchScope, VisitOrder, WalkItem};
use table::Table;

/// More files than these are not read.
const MAX_FILES: usize = 50_000;
/// More symbols than these are not kept.
const MAX_SYMBOLS: usize = 1_000_000;
/// Longer files, in bytes, are written by tools more often than by people.
const MAX_FILE_BYTES: u64 = 1 << 20;

/// Where something is declared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: SymbolKind,
    /// The name of what it is declared in.
    pub container: Option<String>,
    /// Where its name starts, in chars of the text as the editor opens it.
    pub position: usize,
    /// The line of its name, counted from 0.
    pub line: usize,
}

/// Something declared, and in which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Definition {
    /// The file.
    pub path: PathBuf,
    /// Its language.
    pub language: Language,
    /// What and where.
    pub declared: Declared,
}

/// The list behind `#`: names with what they are declared in, under the numbers of the definitions.
#[derive(Clone, Debug, Default)]
pub struct List {
    /// What is narrowed.
    pub corpus: Corpus,
    files: Vec<(PathBuf, Language)>,
    all: Vec<(u32, Declared)>,
}

impl List {
    /// The definition with this number.
    #[must_use]
    pub fn definition(&self, number: u32) -> Option<Definition> {
        let (file, declared) = self.all.get(number as usize)?;
        let (path, language) = self.files.get(*file as usize)?.clone();
        Some(Definition { path, language, declared: declared.clone() })
    }
}

enum Job {
    Walk(Box<SearchScope>),
    File(PathBuf),
    Open(PathBuf, Rope, Language),
}

#[derive(Default)]
struct Shared {
    table: Mutex<Table>,
    list: Mutex<Arc<List>>,
    closed: AtomicBool,
    /// This many jobs are not done yet.
    waiting: Mutex<usize>,
}

/// The symbols of a project. Dropping it ends its thread.
pub struct SymbolIndex {
    shared: Arc<Shared>,
    jobs: Sender<Job>,
}

impl std::fmt::Debug for SymbolIndex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Index").field("symbols", &self.len()).finish_non_exhaustive()
    }
}

impl SymbolIndex {
    /// Starts its thread; nothing is read before it is asked for. `wake` is called on it when something is known anew.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let (shared, (jobs, todo)) = (Arc::<Shared>::default(), unbounded());
        let end = Arc::clone(&shared);
        thread::Builder::new().name("symbols".to_owned()).spawn(move || work(&end, &todo, &wake))?;
        Ok(Self { shared, jobs })
    }

    /// Reads the files of these folders: those that changed since it last did, and forgets those that are gone.
    pub fn refresh(&self, scope: SearchScope) {
        self.give(Job::Walk(Box::new(scope)));
    }

    /// Reads one file again, after it was saved.
    pub fn refresh_file(&self, path: PathBuf) {
        self.give(Job::File(path));
    }

    /// Takes an open text in place of its file, until that is read again.
    pub fn set_open(&self, path: PathBuf, text: Rope, language: Language) {
        self.give(Job::Open(path, text, language));
    }

    fn give(&self, job: Job) {
        *self.shared.waiting.lock() += 1;
        // The thread ends with this.
        let _taken = self.jobs.send(job);
    }

    /// Is everything read that was asked for?
    #[must_use]
    pub fn is_finished(&self) -> bool {
        *self.shared.waiting.lock() == 0
    }

    /// How many symbols are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.shared.table.lock().len()
    }

    /// Is none known?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Were files left out because there are too many, or too much in them?
    #[must_use]
    pub fn is_capped(&self) -> bool {
        self.shared.table.lock().is_capped
    }

    /// Where something of this name is declared, the likeliest first: in the file that asks, in its language, what can be
    /// called or made before what is a part of something.
    #[must_use]
    pub fn definitions(&self, name: &str, from: Option<(&Path, Language)>) -> Vec<Definition> {
        self.shared.table.lock().definitions(name, from)
    }

    /// The list behind `#`, as it was when the thread last had nothing more to do.
    #[must_use]
    pub fn list(&self) -> Arc<List> {
        Arc::clone(&self.shared.list.lock())
    }
}

impl Drop for SymbolIndex {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::Relaxed);
    }
}

/// The search for all mentions of a name: it stands alone, and is written so.
///
/// # Errors
/// None that a name could be the cause of.
pub fn mentions(name: &str, scope: SearchScope) -> Result<SearchRequest, crate::query::BadQuery> {
    let query = SearchQuery {
        pattern: name.to_owned(),
        whole_word: true,
        case: Case::Sensitive,
        ..SearchQuery::default()
    };
    Ok(SearchRequest::new(Matcher::new(&query)?, scope))
}

fn work(shared: &Shared, todo: &Receiver<Job>, wake: &dyn Fn()) {
    let mut reader = SourceReader::default();
    for job in todo {
        match job {
            Job::Walk(scope) => read_all(shared, &scope, &mut reader),
            Job::File(path) => read_file(shared, path, &mut reader),
            Job::Open(path, text, language) => {
                let found = declared(&text, language, &shared.closed);
                shared.table.lock().set(path, Metadata::default(), language, found);
            }
        }
        if shared.closed.load(Ordering::Relaxed) {
            return;
        }
        if todo.is_empty() {
            let list = shared.table.lock().list();
            *shared.list.lock() = Arc::new(list);
        }
        *shared.waiting.lock() -= 1;
        wake();
    }
}

fn read_all(shared: &Shared, scope: &SearchScope, reader: &mut SourceReader) {
    let reader = Mutex::new(reader);
    let seen = Mutex::new(std::collections::HashSet::new());
    let visitor = || {
        |found| {
            if let WalkItem::File(path) = found {
                seen.lock().insert(path.clone());
                read_file(shared, path, &mut reader.lock());
            }
            !shared.closed.load(Ordering::Relaxed) && seen.lock().len() < MAX_FILES
        }
    };
    // In order it needs no thread, and so it cannot want for one.
    let _never = walk::visit(scope, VisitOrder::Sorted, &[], &visitor);
    if !shared.closed.load(Ordering::Relaxed) {
        let seen = seen.into_inner();
        let mut table = shared.table.lock();
        table.keep(&seen);
        table.is_capped |= seen.len() >= MAX_FILES;
    }
}

fn read_file(shared: &Shared, path: PathBuf, reader: &mut SourceReader) {
    let by_name = Language::detect(Some(&path), "");
    // What has no ending may be a script; what has another one is no text that declares anything.
    if by_name == Language::PlainText && path.extension().is_some() {
        return;
    }
    let Ok(version) = RealDisk.metadata(&path) else { return shared.table.lock().forget(&path) };
    if shared.table.lock().knows(&path, &version) {
        return;
    }
    let Ok(source) = reader.read(&path, Reading::Guessed, MAX_FILE_BYTES) else {
        return shared.table.lock().forget(&path);
    };
    let text = String::from_utf8_lossy(&source.text);
    let language = Language::detect(Some(&path), text.lines().next().unwrap_or_default());
    let found = declared(&Rope::from_str(&text), language, &shared.closed);
    let version = source.metadata;
    shared.table.lock().set(path, version, language, found);
}

fn declared(rope: &Rope, language: Language, cancel: &AtomicBool) -> Vec<Declared> {
    let Some(tree) = SyntaxTree::parse(language, rope, Revision::default(), None, cancel) else {
        return Vec::new();
    };
    let symbols = tree.symbols(rope);
    let container = |symbol: &Symbol| symbol.parent.map(|parent| symbols[parent].name.clone());
    let of_project = symbols.iter().filter(|symbol| symbol.kind.is_of_project());
    let declared = of_project.map(|symbol| Declared {
        name: symbol.name.clone(),
        kind: symbol.kind,
        container: container(symbol),
        position: symbol.name_range.start,
        line: rope.char_to_line(symbol.name_range.start),
    });
    declared.collect()
}

#[cfg(test)]
mod tests;
