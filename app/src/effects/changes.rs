//! Repositories, on threads of their own: one looks and writes, one compares what is typed, one goes back through the history.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use crossbeam_channel::Sender;
use editor_core::encoding;
use git::blame::CommittedLine;
use git::diff::LineCounts;
use git::lines::{self, LineChange};
use git::{DiffPart, GitError, KeptFile, Repository};
use parking_lot::Mutex;

use super::Outbox;
use super::queue::{QueueTask, queue};
use super::repository::{self, open};
use crate::event::Event;
use crate::features::changes::{
    BaseText, BlameAsked, BlameWords, ChangesEffect, ChangesEvent, IndexWrite, LineMark, Looked, MarksAsked,
    TabMarks,
};

/// How often the files that git writes last are looked at.
const EACH: Duration = Duration::from_secs(1);
/// Files whose lines are counted.
const MAX_COUNTED: usize = 500;

/// The threads.
pub struct ChangesTasks {
    outbox: Outbox,
    looks: Sender<QueueTask>,
    marks: Sender<QueueTask>,
    history: Sender<QueueTask>,
    /// Ends the look that is under way.
    stop: Mutex<Arc<AtomicBool>>,
    watched: Arc<Mutex<Watched>>,
}

/// The repository that is watched.
#[derive(Default)]
struct Watched {
    folder: Option<PathBuf>,
    seen: Vec<Option<(SystemTime, u64)>>,
    /// Its thread runs.
    runs: bool,
}

impl ChangesTasks {
    /// Starts them.
    pub fn start(outbox: &Outbox) -> ChangesTasks {
        ChangesTasks {
            looks: queue("git", outbox),
            marks: queue("git marks", outbox),
            history: queue("git history", outbox),
            stop: Mutex::default(),
            watched: Arc::default(),
            outbox: outbox.clone(),
        }
    }

    /// Does what is wanted.
    pub fn run(&self, effect: ChangesEffect) {
        match effect {
            ChangesEffect::Look(folder) => self.look(folder),
            ChangesEffect::Compare(asked) => self.on(&self.marks, move |out| {
                out.send(Event::Changes(ChangesEvent::Compared(Box::new(compare(&asked)))));
            }),
            ChangesEffect::ReadDiff(root, file, part) => self.on(&self.looks, move |out| {
                let diff = open(&root).and_then(|repository| repository.diff(&file, part));
                out.send(Event::Changes(ChangesEvent::DiffRead(file.path, part, diff.map(Box::new))));
            }),
            ChangesEffect::Write(root, write) => {
                self.stop.lock().store(true, SeqCst);
                self.on(&self.looks, move |out| {
                    let written = open(&root).and_then(|repository| self::write(&repository, write));
                    out.send(Event::Changes(ChangesEvent::Written(written)));
                });
            }
            ChangesEffect::ReadMessage(root) => self.on(&self.looks, move |out| {
                let message = open(&root).and_then(|repository| repository.last_message());
                out.send(Event::Changes(ChangesEvent::LastMessage(message)));
            }),
            ChangesEffect::Commit(root, asked) => {
                self.stop.lock().store(true, SeqCst);
                self.on(&self.looks, move |out| {
                    let made = open(&root).and_then(|repository| repository.commit(&asked));
                    out.send(Event::Changes(ChangesEvent::Committed(made)));
                });
            }
            ChangesEffect::Blame(asked) => self.on(&self.history, move |out| {
                let words = blame(&asked)
                    .unwrap_or_else(|error| BlameWords { short: String::new(), long: error.to_string() });
                out.send(Event::Changes(ChangesEvent::Blamed(asked.of, words)));
            }),
            ChangesEffect::Do(root, deed) => {
                self.stop.lock().store(true, SeqCst);
                self.on(&self.looks, move |out| {
                    let done = open(&root).and_then(|repository| repository::done(&repository, deed));
                    out.send(Event::Changes(ChangesEvent::Done(done)));
                });
            }
            ChangesEffect::ListBranches(root) => self.on_history(root, repository::branches),
            ChangesEffect::ListStashes(root) => self.on_history(root, repository::stashes),
            ChangesEffect::ExchangeCommand(root, what) => self.on_history(root, move |repository| {
                let words = repository.and_then(|repository| repository.exchange_command(what));
                ChangesEvent::ExchangeCommand(words)
            }),
            ChangesEffect::ReadHistory(path) => self.on_history(folder_of(&path), move |repository| {
                let found = repository.and_then(|repository| repository::history(&repository, &path));
                ChangesEvent::HistoryRead(path, found)
            }),
            ChangesEffect::ReadCommit(path, commit) => self.on_history(folder_of(&path), move |repository| {
                let diff = repository.and_then(|repository| repository.commit_diff(&commit));
                ChangesEvent::CommitRead(commit.id, diff.map(Box::new))
            }),
            ChangesEffect::ReadAuthors(asked) => self.on(&self.history, move |out| {
                out.send(Event::Changes(ChangesEvent::AuthorsRead(Box::new(repository::authors(*asked)))));
            }),
        }
    }

    /// Has something read of a repository and told.
    fn on_history(
        &self,
        folder: PathBuf,
        read: impl FnOnce(Result<Repository, GitError>) -> ChangesEvent + Send + 'static,
    ) {
        self.on(&self.history, move |out| out.send(Event::Changes(read(open(&folder)))));
    }

    fn look(&self, folder: PathBuf) {
        let stop = Arc::new(AtomicBool::new(false));
        *self.stop.lock() = Arc::clone(&stop);
        let watched = Arc::clone(&self.watched);
        self.on(&self.looks, move |out| {
            let (found, repository) = match look(&folder, &stop) {
                Ok((found, repository)) => (Ok(Some(Box::new(found))), Some(repository)),
                Err(GitError::NoRepository(_)) => (Ok(None), None),
                // Something is to be written first; then it is looked at again.
                Err(GitError::Stopped) => return out.send(Event::Changes(ChangesEvent::LookStopped)),
                Err(error) => (Err(error), None),
            };
            let files = found.as_ref().ok().and_then(|found| Some(found.as_ref()?.status.files.clone()));
            watch(&watched, repository.as_ref().map(Repository::git_folder), out);
            out.send(Event::Changes(ChangesEvent::Looked(folder, found)));
            if let (Some(repository), Some(mut files)) = (repository, files) {
                files.truncate(MAX_COUNTED);
                let counts = counted(&repository, &files, &stop);
                let root = repository.root().to_owned();
                out.send(Event::Changes(ChangesEvent::Counted(root, counts)));
            }
        });
    }

    fn on(&self, queue: &Sender<QueueTask>, task: impl FnOnce(&Outbox) + Send + 'static) {
        if queue.try_send(Box::new(task)).is_err() {
            let words = "The repository cannot keep up. Try again in a moment.";
            self.outbox.send(Event::Trouble(words.into()));
        }
    }
}

fn folder_of(path: &Path) -> PathBuf {
    path.parent().unwrap_or(path).to_owned()
}

fn look(folder: &Path, stop: &Arc<AtomicBool>) -> Result<(Looked, Repository), GitError> {
    let repository = open(folder)?;
    let status = repository.status(stop)?;
    let not_run = repository.not_run();
    let root = repository.root().to_owned();
    Ok((Looked { root, status, counts: HashMap::new(), not_run }, repository))
}

fn counted(
    repository: &Repository,
    files: &[git::status::ChangedFile],
    stop: &AtomicBool,
) -> HashMap<(PathBuf, DiffPart), LineCounts> {
    repository.count(files, stop).into_iter().map(|(path, part, lines)| ((path, part), lines)).collect()
}

/// Watches the files that git writes last when something changed: one thread for all, which ends with the window.
fn watch(watched: &Arc<Mutex<Watched>>, folder: Option<&Path>, out: &Outbox) {
    let mut state = watched.lock();
    state.folder = folder.map(Path::to_owned);
    state.seen = state.folder.as_deref().map(stamps).unwrap_or_default();
    if state.runs || state.folder.is_none() {
        return;
    }
    let (weak, out) = (Arc::downgrade(watched), out.clone());
    let thread = std::thread::Builder::new().name("git watch".into()).spawn(move || keep_watch(&weak, &out));
    // Without it the repository is looked at when the window gets the keyboard.
    state.runs = thread.is_ok();
}

fn keep_watch(watched: &Weak<Mutex<Watched>>, out: &Outbox) {
    loop {
        std::thread::sleep(EACH);
        let Some(watched) = watched.upgrade() else { return };
        let folder = watched.lock().folder.clone();
        let now = folder.as_deref().map(stamps).unwrap_or_default();
        let mut state = watched.lock();
        if state.folder == folder && state.seen != now {
            state.seen = now;
            drop(state);
            out.send(Event::Changes(ChangesEvent::Moved));
        }
    }
}

/// What tells that something was staged, committed, checked out or merged.
fn stamps(folder: &Path) -> Vec<Option<(SystemTime, u64)>> {
    let of = |name: &&str| {
        let metadata = folder.join(name).metadata().ok()?;
        Some((metadata.modified().ok()?, metadata.len()))
    };
    ["HEAD", "index", "logs/HEAD", "MERGE_HEAD"].iter().map(of).collect()
}

/// What differs between a text and what is kept of its file.
fn compare(asked: &MarksAsked) -> TabMarks {
    let text = asked.text.rope().clone();
    let conflicts = match text.chunks().any(|chunk| chunk.contains("<<<<<<<")) {
        true => git::conflict::find(text.lines().map(Into::into)),
        false => Vec::new(),
    };
    let found = differences(asked).ok().flatten();
    let (base, changes) = found.map_or((None, Vec::new()), |(base, changes)| (Some(base), changes));
    let place =
        |line: usize| if line >= text.len_lines() { text.len_chars() } else { text.line_to_char(line) };
    let mark = |change: LineChange| LineMark { at: place(change.new.start)..place(change.new.end), change };
    TabMarks { of: asked.of, base, marks: changes.into_iter().map(mark).collect(), conflicts }
}

type Differences = Option<(Arc<BaseText>, Vec<LineChange>)>;

fn differences(asked: &MarksAsked) -> Result<Differences, GitError> {
    let Ok(written) = asked.text.bytes() else { return Ok(None) };
    let base = match &asked.base {
        Some(base) if base.is_plain && !written.contains(&b'\r') => Arc::clone(base),
        _ => {
            let repository = open(asked.path.parent().unwrap_or(&asked.path))?;
            let path = repository.relative(&asked.path)?;
            let KeptFile::Blob(bytes, _) = repository.kept(&path, asked.of.against)? else { return Ok(None) };
            if lines::is_binary(&bytes) {
                return Ok(None);
            }
            let kept = repository.as_kept(&path, &written)?;
            let is_plain = kept == written && !written.contains(&b'\r') && !bytes.contains(&b'$');
            let rope = encoding::decode_as(&bytes, asked.reading).rope;
            let base = Arc::new(BaseText { bytes, rope, is_plain });
            let changes = lines::changes(&base.bytes, &kept);
            return Ok(Some((base, changes)));
        }
    };
    let changes = lines::changes(&base.bytes, &written);
    Ok(Some((base, changes)))
}

fn write(repository: &Repository, write: IndexWrite) -> Result<(), GitError> {
    match write {
        IndexWrite::Stage(paths) => {
            let (folders, files): (Vec<_>, Vec<_>) =
                paths.into_iter().partition(|path| repository.root().join(path).is_dir());
            repository.stage_all(&files)?;
            folders.iter().try_for_each(|folder| repository.stage(folder))
        }
        IndexWrite::Unstage(paths) => repository.unstage(&paths),
        IndexWrite::Lines(diff, chosen) => repository.move_lines(&diff, &chosen),
        IndexWrite::Selection { path, text, lines } => {
            let unwritable = |error: encoding::NotInEncoding| GitError::NotWritable(error.to_string());
            repository.stage_lines(&repository.relative(&path)?, &text.bytes().map_err(unwritable)?, &lines)
        }
    }
}

/// Who wrote a line of a text.
fn blame(asked: &BlameAsked) -> Result<BlameWords, GitError> {
    let repository = open(asked.path.parent().unwrap_or(&asked.path))?;
    let path = repository.relative(&asked.path)?;
    let Ok(written) = asked.text.bytes() else { return Ok(BlameWords::default()) };
    let there = match repository.committed_line(&path, &written, asked.of.2)? {
        CommittedLine::At(line) => line,
        CommittedLine::Nowhere => return Ok(BlameWords::default()),
        CommittedLine::New => {
            let words = "Not committed yet".to_owned();
            return Ok(BlameWords { short: words.clone(), long: words });
        }
    };
    let found = repository.blame_line(&path, there)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let age = git::blame::age(now.saturating_sub(u64::try_from(found.time).unwrap_or_default()));
    Ok(BlameWords {
        short: format!("{}, {age}", found.author),
        long: format!("{}\n{}, {age}\n{:.10}", found.subject, found.author, found.commit.to_string()),
    })
}
