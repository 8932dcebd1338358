//! Which files there are: those of folders and all below, without what is set aside, or those of a list.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::globs::Globs;
use crate::ignored::Ignored;
use crate::source::Reason;

/// More threads than this wait for each other and for the disk. As ripgrep.
const MAX_THREADS: usize = 12;

/// Where to look.
#[derive(Clone, Debug)]
pub enum SearchRoots {
    /// In these folders and all below. One that lies in another is looked through once.
    Folders(Vec<PathBuf>),
    /// In these files: those that are open, or that git says are changed.
    Files(Vec<PathBuf>),
    /// In those of these files that a search in the folders would meet, and in all below where one is a folder: they changed since.
    Again(Vec<PathBuf>, Vec<PathBuf>),
}

/// Where to look, and for which files.
#[derive(Clone, Debug)]
pub struct SearchScope {
    /// Where.
    pub places: SearchRoots,
    /// Files by their names.
    pub globs: Globs,
    /// What the user sets aside besides, as in `.gitignore`.
    pub exclude: Vec<String>,
    /// Also what begins with a dot? What is in `.git` is no file of anybody.
    pub hidden: bool,
    /// Also what git is told to ignore, and what the user sets aside?
    pub ignored: bool,
    /// Also what links lead to?
    pub follow_links: bool,
}

impl SearchScope {
    /// All files of some folders, but those that are hidden or set aside.
    #[must_use]
    pub fn folders(folders: Vec<PathBuf>) -> Self {
        Self::of(SearchRoots::Folders(folders))
    }

    /// The files of a list.
    #[must_use]
    pub fn files(files: Vec<PathBuf>) -> Self {
        Self::of(SearchRoots::Files(files))
    }

    fn of(places: SearchRoots) -> Self {
        let (globs, exclude) = (Globs::default(), Vec::new());
        Self { places, globs, exclude, hidden: false, ignored: false, follow_links: false }
    }
}

/// What is found on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WalkItem {
    /// A file.
    File(PathBuf),
    /// Something that is none, or cannot be looked into.
    Skipped(PathBuf, Reason),
}

/// In which order files are visited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VisitOrder {
    /// By several threads, as they come.
    #[default]
    AsFound,
    /// By one, in the order of their paths.
    Sorted,
}

/// How many threads look through folders on this machine.
#[must_use]
pub fn threads() -> usize {
    thread::available_parallelism().map_or(1, usize::from).min(MAX_THREADS)
}

/// Decides about each path of a walk.
struct Judge {
    roots: Vec<PathBuf>,
    globs: Globs,
    exclude: Gitignore,
    ignored: Option<Ignored>,
    hidden: bool,
}

impl Judge {
    fn new(scope: &SearchScope, roots: Vec<PathBuf>) -> Self {
        let mut exclude = GitignoreBuilder::new("");
        for pattern in scope.exclude.iter().filter(|_| !scope.ignored) {
            // A pattern that makes no sense matches nothing; the others still count.
            let _nonsense = exclude.add_line(None, pattern);
        }
        let exclude = exclude.build().unwrap_or_else(|_| Gitignore::empty());
        let ignored = (!scope.ignored).then(Ignored::new);
        Self { roots, globs: scope.globs.clone(), exclude, ignored, hidden: scope.hidden }
    }

    /// Is it left out, and all below it?
    fn leaves_out(&self, root: &Path, path: &Path, is_folder: bool) -> bool {
        let name = path.file_name().unwrap_or_default();
        let below = path.strip_prefix(root).unwrap_or(path);
        name == OsStr::new(".git")
            || !self.hidden && name.as_encoded_bytes().starts_with(b".")
            || self.exclude.matched(below, is_folder).is_ignore()
            || self.globs.leave_out(below, is_folder)
            || self.ignored.as_ref().is_some_and(|ignored| ignored.leaves_out(path, is_folder))
    }

    fn leaves_out_entry(&self, entry: &DirEntry) -> bool {
        let root = entry.path().ancestors().nth(entry.depth());
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        self.leaves_out(root.unwrap_or(Path::new("")), entry.path(), is_folder)
    }

    /// Is a file in one of the folders wanted, by its name and those of the folders that it lies in? For texts that a walk
    /// does not meet.
    fn wants(&self, path: &Path) -> bool {
        let Some(root) = self.roots.iter().find(|root| path.starts_with(root)) else { return false };
        let above = path.ancestors().skip(1).take_while(|folder| *folder != root);
        self.wants_by_name(root, path)
            && !self.leaves_out(root, path, false)
            && !above.into_iter().any(|folder| self.leaves_out(root, folder, true))
    }

    fn wants_by_name(&self, root: &Path, path: &Path) -> bool {
        self.globs.want(path.strip_prefix(root).unwrap_or(path))
    }

    fn root_of(&self, entry: &DirEntry) -> PathBuf {
        entry.path().ancestors().nth(entry.depth()).unwrap_or(Path::new("")).to_owned()
    }

    fn found(&self, entry: Result<DirEntry, ignore::Error>) -> Option<WalkItem> {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => return Some(skipped(&error)),
        };
        let kind = entry.file_type()?;
        if kind.is_dir() || kind.is_symlink() {
            return None;
        }
        let root = self.root_of(&entry);
        let path = entry.into_path();
        if !self.wants_by_name(&root, &path) {
            return None;
        }
        Some(if kind.is_file() { WalkItem::File(path) } else { WalkItem::Skipped(path, Reason::NotAFile) })
    }
}

/// What a walk could not look into.
fn skipped(error: &ignore::Error) -> WalkItem {
    let (mut at, mut path) = (error, PathBuf::new());
    loop {
        at = match at {
            ignore::Error::WithPath { path: inner, err } => {
                path.clone_from(inner);
                err
            }
            ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => err,
            ignore::Error::Loop { child, .. } => return WalkItem::Skipped(child.clone(), Reason::Circle),
            ignore::Error::Io(error) => return WalkItem::Skipped(path, Reason::of(error)),
            _ => return WalkItem::Skipped(path, Reason::Unreadable),
        };
    }
}

/// Folders that lie in no other of them, each once.
fn roots(folders: &[PathBuf]) -> Vec<PathBuf> {
    let mut kept: Vec<&PathBuf> = Vec::new();
    for folder in folders {
        if kept.iter().any(|other| folder.starts_with(other)) {
            continue;
        }
        kept.retain(|other| !other.starts_with(folder));
        kept.push(folder);
    }
    kept.into_iter().cloned().collect()
}

/// Visits all files of a scope, and returns when that is done or a visitor says `false`. `visitor` makes one for each thread.
/// `besides`: files that are visited too where the scope has their folder, whether or not they are there.
///
/// # Errors
/// The system gives no thread.
pub fn visit<V>(
    scope: &SearchScope,
    order: VisitOrder,
    besides: &[PathBuf],
    visitor: &(impl Fn() -> V + Sync),
) -> io::Result<()>
where
    V: FnMut(WalkItem) -> bool + Send,
{
    match &scope.places {
        SearchRoots::Folders(folders) => {
            let judge = Arc::new(Judge::new(scope, roots(folders)));
            walk(&judge, scope.follow_links, order, visitor);
            let unmet: Vec<PathBuf> = besides.iter().filter(|path| judge.wants(path)).cloned().collect();
            visit_list(&unmet, VisitOrder::Sorted, visitor)
        }
        SearchRoots::Again(folders, files) => {
            let judge = Judge::new(scope, roots(folders));
            let mut wanted: Vec<PathBuf> =
                files.iter().flat_map(|path| below(path)).filter(|path| judge.wants(path)).collect();
            wanted.sort();
            wanted.dedup();
            visit_list(&wanted, order, visitor)
        }
        SearchRoots::Files(files) => {
            let mut files: Vec<PathBuf> =
                files.iter().filter(|path| is_wanted(scope, path)).cloned().collect();
            files.sort();
            files.dedup();
            visit_list(&files, order, visitor)
        }
    }
}

/// More files than these are not looked at in folders that changed as a whole.
const MAX_BELOW: usize = 100_000;

/// The path itself, or all files below it when it is a folder, links not followed.
fn below(path: &Path) -> Vec<PathBuf> {
    if !path.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
        return vec![path.to_owned()];
    }
    let walk = WalkBuilder::new(path).standard_filters(false).build();
    let files = walk.flatten().filter(|entry| entry.file_type().is_some_and(|kind| kind.is_file()));
    files.take(MAX_BELOW).map(DirEntry::into_path).collect()
}

/// A pattern with folders in it may begin at any of those of a file.
fn is_wanted(scope: &SearchScope, path: &Path) -> bool {
    let mut below = path.ancestors().skip(1).filter_map(|root| path.strip_prefix(root).ok());
    let mut left_out = path.ancestors().skip(1).filter_map(|root| path.strip_prefix(root).ok());
    below.any(|below| scope.globs.want(below)) && !left_out.any(|below| scope.globs.leave_out(below, false))
}

fn visit_list<V>(files: &[PathBuf], order: VisitOrder, visitor: &(impl Fn() -> V + Sync)) -> io::Result<()>
where
    V: FnMut(WalkItem) -> bool + Send,
{
    let next = AtomicUsize::new(0);
    let work = || {
        let mut visit = visitor();
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            if !visit(WalkItem::File(path.clone())) {
                next.store(files.len(), Ordering::Relaxed);
            }
        }
    };
    if order == VisitOrder::Sorted || files.len() < 2 {
        work();
        return Ok(());
    }
    thread::scope(|scope| {
        for _ in 0..threads().min(files.len()) {
            thread::Builder::new().name("search".to_owned()).spawn_scoped(scope, work)?;
        }
        Ok(())
    })
}

fn walk<V>(judge: &Arc<Judge>, follow_links: bool, order: VisitOrder, visitor: &(impl Fn() -> V + Sync))
where
    V: FnMut(WalkItem) -> bool + Send,
{
    let mut walk = WalkBuilder::empty();
    for root in &judge.roots {
        walk.add(root);
    }
    let filter = Arc::clone(judge);
    walk.standard_filters(false)
        .follow_links(follow_links)
        .threads(threads())
        .filter_entry(move |entry| entry.depth() == 0 || !filter.leaves_out_entry(entry));
    match order {
        VisitOrder::AsFound => walk.build_parallel().run(|| {
            let mut visit = visitor();
            Box::new(move |entry| {
                let goes_on = judge.found(entry).is_none_or(&mut visit);
                if goes_on { WalkState::Continue } else { WalkState::Quit }
            })
        }),
        VisitOrder::Sorted => {
            walk.sort_by_file_name(OsStr::cmp);
            let mut visit = visitor();
            let mut found = walk.build().filter_map(|entry| judge.found(entry));
            while found.next().is_some_and(&mut visit) {}
        }
    }
}
