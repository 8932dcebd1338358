//! What is typed and not saved, kept on disk: a journal for each text, on a thread of its own, in a folder that belongs to this
//! start of the editor. A folder whose owner is gone without having removed it is what a crash left behind.
//!
//! A disk that is full or cannot be written to is told of, and tried again until it takes the texts.

use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use editor_core::disk::RealDisk;
use editor_core::journal::{self, Journal, JournalError, Owner};
use editor_core::{Buffer, Transaction, file};
use parking_lot::Mutex;
use ropey::Rope;

use crate::state::TabId;
use crate::supervise::crash::{self, Left, Recovered};

/// Journals are synced so long after an edit.
const SYNC: Duration = Duration::from_millis(900);
/// A journal this many times as large as its text is begun anew, …
const GROWN: u64 = 8;
/// … when it is larger than this, in bytes.
const LARGE: u64 = 4 << 20;
/// Held by the living owner of a folder.
const LOCK: &str = "lock";

/// What is wished for one text: the latest counts, and nothing is lost however busy the disk is.
#[derive(Default)]
struct Wish {
    /// What is kept of it goes first.
    forget: bool,
    keep: Option<(Owner, Rope)>,
}

/// What the thread has not done yet: at most one wish a text.
#[derive(Default)]
struct Waiting {
    wishes: HashMap<TabId, Wish>,
    /// What earlier starts left and nobody needs any more, once all wishes are granted.
    obsolete: Vec<Left>,
    /// The editor ends in good order.
    ended: bool,
}

/// Keeps unsaved texts.
pub struct Unsaved {
    waiting: Arc<Mutex<Waiting>>,
    /// Says that there is something to do.
    wake: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Unsaved {
    /// Begins to keep texts in a folder of its own beneath `root`; `None`: nothing is kept. `tell` is called when texts cannot
    /// be kept any more, with the reason, and when they can again.
    pub fn start(root: Option<PathBuf>, tell: impl Fn(Option<String>) + Send + 'static) -> Unsaved {
        let (wake, woken) = bounded(1);
        let waiting = Arc::<Mutex<Waiting>>::default();
        let thread = root.and_then(|root| {
            let waiting = waiting.clone();
            let builder = std::thread::Builder::new().name("unsaved".to_owned());
            // Without the thread nothing is kept, and everything else works.
            builder.spawn(move || Keeper::new(&root).run(&waiting, &woken, &tell)).ok()
        });
        Unsaved { waiting, wake, thread }
    }

    /// Keeps a text as it is now.
    pub fn keep(&self, tab: TabId, owner: Owner, rope: Rope) {
        self.tell(|waiting| waiting.wishes.entry(tab).or_default().keep = Some((owner, rope)));
    }

    /// A text is saved or closed.
    pub fn drop(&self, tab: TabId) {
        self.tell(|waiting| drop(waiting.wishes.insert(tab, Wish { forget: true, keep: None })));
    }

    /// What earlier starts left is removed, once every text that was handed on before is on the medium: recovered texts are at
    /// no moment in memory alone.
    pub fn remove_left(&self, left: Left) {
        self.tell(|waiting| waiting.obsolete.push(left));
    }

    fn tell(&self, wish: impl FnOnce(&mut Waiting)) {
        if self.thread.is_some() {
            wish(&mut self.waiting.lock());
            let _woken_already = self.wake.try_send(());
        }
    }

    /// The editor ends in good order: nothing is left behind.
    pub fn end(&mut self) {
        self.tell(|waiting| waiting.ended = true);
        if let Some(thread) = self.thread.take() {
            // A panic there has cost the journals; the texts were saved or given up.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
impl Unsaved {
    /// The editor falls: what is kept stays behind.
    pub fn fall(mut self) {
        let thread = self.thread.take();
        drop(self);
        drop(thread.map(JoinHandle::join));
    }
}

/// A journal and the text that it holds.
struct Kept {
    journal: Journal,
    rope: Rope,
}

struct Keeper {
    folder: PathBuf,
    /// Locked as long as this process lives.
    lock: Option<File>,
    kept: HashMap<TabId, Kept>,
    /// Texts that the disk did not take.
    refused: HashMap<TabId, (Owner, Rope)>,
    obsolete: Vec<Left>,
    counter: u64,
}

impl Keeper {
    fn new(root: &Path) -> Keeper {
        Keeper {
            folder: own_folder(root),
            lock: None,
            kept: HashMap::new(),
            refused: HashMap::new(),
            obsolete: Vec::new(),
            counter: 0,
        }
    }

    fn run(&mut self, waiting: &Mutex<Waiting>, woken: &Receiver<()>, tell: &dyn Fn(Option<String>)) {
        let mut told = None;
        loop {
            let woken = woken.recv_timeout(SYNC);
            let Waiting { wishes, obsolete, ended } = std::mem::take(&mut *waiting.lock());
            self.obsolete.extend(obsolete);
            let mut done = self.grant(wishes);
            match woken {
                _ if ended => break,
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => done = self.try_again().and(self.sync()),
                // No good order: the editor fell.
                Err(RecvTimeoutError::Disconnected) => return drop(self.try_again().and(self.sync())),
            }
            done = done.and_then(|()| self.remove_obsolete());
            // One text that is taken says nothing about the others.
            let trouble = match done {
                Ok(()) if self.refused.is_empty() => None,
                Ok(()) => continue,
                Err(error) => Some(error.to_string()),
            };
            if trouble != told {
                tell(trouble.clone());
                told = trouble;
            }
        }
        self.obsolete.drain(..).for_each(|left| remove(&left));
        let tabs: Vec<TabId> = self.kept.keys().copied().collect();
        tabs.into_iter().for_each(|tab| self.forget(tab));
        if self.lock.take().is_some() {
            let _left_for_the_next_start = std::fs::remove_dir_all(&self.folder);
        }
    }

    fn remove_obsolete(&mut self) -> std::io::Result<()> {
        if self.obsolete.is_empty() || !self.refused.is_empty() {
            return Ok(());
        }
        self.sync()?;
        self.obsolete.drain(..).for_each(|left| remove(&left));
        Ok(())
    }

    fn grant(&mut self, wishes: HashMap<TabId, Wish>) -> std::io::Result<()> {
        let mut done = Ok(());
        for (tab, Wish { forget, keep }) in wishes {
            if forget {
                self.forget(tab);
            }
            if let Some((owner, rope)) = keep {
                done = done.and(self.keep(tab, owner, rope));
            }
        }
        done
    }

    /// Keeps what the disk did not take before.
    fn try_again(&mut self) -> std::io::Result<()> {
        let mut done = Ok(());
        for (tab, (owner, rope)) in std::mem::take(&mut self.refused) {
            done = done.and(self.keep(tab, owner, rope));
        }
        done
    }

    fn sync(&mut self) -> std::io::Result<()> {
        let mut done = Ok(());
        for kept in self.kept.values_mut().filter(|kept| kept.journal.is_dirty()) {
            done = done.and(kept.journal.sync());
        }
        done
    }

    fn keep(&mut self, tab: TabId, owner: Owner, rope: Rope) -> std::io::Result<()> {
        let done = self.write(tab, &owner, rope.clone());
        match &done {
            Ok(()) => drop(self.refused.remove(&tab)),
            Err(_) => drop(self.refused.insert(tab, (owner, rope))),
        }
        done
    }

    fn write(&mut self, tab: TabId, owner: &Owner, rope: Rope) -> std::io::Result<()> {
        let most = LARGE.max(GROWN * rope.len_bytes() as u64);
        let is_anew = self.kept.get(&tab).is_none_or(|kept| kept.journal.written() >= most);
        let begun = if is_anew { self.begin(owner, &rope).map(Some) } else { Ok(None) };
        match (begun, self.kept.get_mut(&tab)) {
            (Ok(Some(journal)), _) => match self.kept.insert(tab, Kept { journal, rope }) {
                Some(old) => old.journal.remove(&RealDisk),
                None => Ok(()),
            },
            (Err(error), None) => Err(error),
            // There may be no room for a second copy: then the old journal goes on.
            (_, Some(kept)) => {
                if kept.rope != rope {
                    let before = Buffer::from_rope(kept.rope.clone());
                    kept.journal.append(&Transaction::difference(&before, &rope));
                    kept.rope = rope;
                }
                kept.journal.flush()
            }
            (Ok(None), None) => Ok(()),
        }
    }

    /// A new journal with the text as it is; none is left where it cannot be written whole.
    fn begin(&mut self, owner: &Owner, rope: &Rope) -> std::io::Result<Journal> {
        self.claim()?;
        self.counter += 1;
        let path = self.folder.join(format!("{}.journal", self.counter));
        Journal::create(&RealDisk, &path, owner, rope).inspect_err(|_| {
            let _never_there = std::fs::remove_file(&path);
        })
    }

    fn forget(&mut self, tab: TabId) {
        self.refused.remove(&tab);
        if let Some(kept) = self.kept.remove(&tab) {
            let _left_for_the_next_start = kept.journal.remove(&RealDisk);
        }
    }

    /// Makes the folder and locks it, with the first text that is kept.
    fn claim(&mut self) -> std::io::Result<()> {
        if self.lock.is_none() {
            std::fs::create_dir_all(&self.folder)?;
            let lock = File::create(self.folder.join(LOCK))?;
            lock.try_lock().map_err(std::io::Error::from)?;
            self.lock = Some(lock);
        }
        Ok(())
    }
}

fn own_folder(root: &Path) -> PathBuf {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    root.join(format!("{}-{}", std::process::id(), since.as_millis()))
}

/// What earlier starts left behind beneath `root`, and the latest report of a crash in `reports` that was not seen yet.
pub fn left(root: &Path, reports: &Path) -> Left {
    let folders = std::fs::read_dir(root).into_iter().flatten().flatten().map(|entry| entry.path());
    let orphaned = |folder: &PathBuf| File::open(folder.join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok());
    let mut texts = Vec::new();
    for folder in folders.filter(orphaned) {
        let (found, mut unread) = (texts.len(), false);
        for path in std::fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|end| end != "journal") {
                continue;
            }
            match journal::recover(&RealDisk, &path) {
                Ok(recovered) => texts.push((recovered.owner.title, path)),
                // Another version of the editor, or a person, may be able to read it.
                Err(JournalError::Io(..) | JournalError::NotAJournal(_)) => unread = true,
            }
        }
        if texts.len() == found && !unread {
            let _again_next_time = std::fs::remove_dir_all(&folder);
        }
    }
    texts.sort();
    Left { texts, report: crash::reports(reports).pop() }
}

/// Reads what was left, with the files as they are now.
pub fn read(left: &Left) -> Vec<Recovered> {
    let read = |(_, journal): &(String, PathBuf)| {
        let found = journal::recover(&RealDisk, journal).ok()?;
        let opened = |path: PathBuf| Some((path.clone(), Box::new(file::open(&RealDisk, &path).ok()?)));
        Some(Recovered { file: found.owner.path.and_then(opened), text: found.rope })
    };
    left.texts.iter().filter_map(read).collect()
}

/// A folder that cannot be listed may hold some.
fn holds_journals(folder: &Path) -> bool {
    let is_journal = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.map_or(true, |entry| entry.path().extension().is_some_and(|end| end == "journal"))
    };
    std::fs::read_dir(folder).map_or(true, |mut entries| entries.any(is_journal))
}

/// Removes what was left: it was taken, or is not wanted.
pub fn remove(left: &Left) {
    for (_, journal) in &left.texts {
        let _again_next_time = std::fs::remove_file(journal);
        if let Some(folder) = journal.parent().filter(|folder| !holds_journals(folder)) {
            let _again_next_time = std::fs::remove_dir_all(folder);
        }
    }
    if let Some(report) = &left.report {
        // Kept for a report by hand, but seen.
        let _again_next_time = std::fs::rename(report, report.with_extension("seen"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owner(title: &str) -> Owner {
        Owner { path: None, title: title.into(), file_hash: None }
    }

    #[test]
    fn what_was_not_saved_is_found_after_a_fall_and_not_after_a_good_end() {
        let root = tempfile::tempdir().unwrap();
        let unsaved = root.path().join("unsaved");
        let mut keeper = Keeper::new(&unsaved);
        let mut text = Rope::new();
        for n in 0..200 {
            text.insert(text.len_chars() / 2, &format!("änd {n}\n"));
            if n % 7 == 0 {
                text.remove(0..3);
            }
            keeper.keep(TabId(1), owner("Untitled 1"), text.clone()).unwrap();
        }
        keeper.keep(TabId(2), owner("saved"), text.clone()).unwrap();
        keeper.forget(TabId(2));
        assert_eq!(left(&unsaved, root.path()), Left::default(), "its owner lives");
        drop(keeper);
        let found = left(&unsaved, root.path());
        assert_eq!(found.texts.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>(), ["Untitled 1"]);
        assert_eq!(read(&found)[0].text, text);
        remove(&found);
        assert_eq!(left(&unsaved, root.path()), Left::default());

        let mut good = Unsaved::start(Some(unsaved.clone()), |_| {});
        good.keep(TabId(1), owner("given up"), text);
        good.end();
        assert_eq!(std::fs::read_dir(&unsaved).unwrap().count(), 0);
    }

    #[test]
    fn a_journal_of_a_newer_version_stays_alone_and_when_its_sibling_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(root.path());
        keeper.keep(TabId(1), owner("mine"), Rope::from_str("text")).unwrap();
        let newer = keeper.folder.join("7.journal");
        std::fs::write(&newer, "LCjrnl9\nwhat nobody here can read").unwrap();
        drop(keeper);
        let found = left(root.path(), root.path());
        assert_eq!((found.texts.len(), read(&found).len()), (1, 1));
        remove(&found);
        assert!(newer.exists(), "removed with its sibling");
        assert!(left(root.path(), root.path()).texts.is_empty());
        assert!(newer.exists(), "removed at the next start");
    }

    #[test]
    fn a_disk_that_takes_nothing_is_told_of_and_has_the_last_text_when_it_takes_something_again() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("unsaved");
        // A file where the folder should be stands for whatever a disk may refuse.
        std::fs::write(&path, "").unwrap();
        let (tell, told) = crossbeam_channel::unbounded();
        let mut unsaved = Unsaved::start(Some(path.clone()), move |trouble| tell.send(trouble).unwrap());
        let wait = || told.recv_timeout(Duration::from_secs(60)).unwrap();
        unsaved.keep(TabId(1), owner("mine"), Rope::from_str("one"));
        unsaved.keep(TabId(2), owner("closed again"), Rope::from_str("two"));
        assert!(wait().is_some());
        unsaved.keep(TabId(1), owner("mine"), Rope::from_str("one, and more"));
        unsaved.drop(TabId(2));
        std::fs::remove_file(&path).unwrap();
        assert_eq!(wait(), None);
        assert!(told.is_empty(), "told once");
        // The editor falls.
        let thread = unsaved.thread.take().unwrap();
        drop(unsaved);
        thread.join().unwrap();
        let found = left(&path, root.path());
        assert_eq!(found.texts.len(), 1);
        assert_eq!(read(&found)[0].text, "one, and more");
    }

    #[test]
    fn what_was_left_is_removed_only_when_the_recovered_text_is_kept_anew() {
        let root = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(&root.path().join("earlier"));
        keeper.keep(TabId(1), owner("mine"), Rope::from_str("text")).unwrap();
        drop(keeper);
        let found = left(&root.path().join("earlier"), root.path());
        let journal = found.texts[0].1.clone();
        let path = root.path().join("unsaved");
        std::fs::write(&path, "a file where the folder should be").unwrap();
        let (tell, told) = crossbeam_channel::unbounded();
        let mut unsaved = Unsaved::start(Some(path.clone()), move |trouble| tell.send(trouble).unwrap());
        let wait = || told.recv_timeout(Duration::from_secs(60)).unwrap();
        unsaved.keep(TabId(1), owner("mine"), Rope::from_str("text"));
        unsaved.remove_left(found);
        assert!(wait().is_some());
        assert!(journal.exists(), "the only copy");
        std::fs::remove_file(&path).unwrap();
        assert_eq!(wait(), None);
        assert!(!journal.exists(), "kept anew, and no second copy stays");
        unsaved.end();
    }

    #[test]
    fn however_many_wishes_come_at_once_the_last_of_each_text_counts() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("unsaved");
        let mut unsaved = Unsaved::start(Some(path.clone()), |_| {});
        for n in 0..3_000 {
            let rope = Rope::from_str(&format!("text {n}"));
            unsaved.keep(TabId(1), owner("saved in the end"), rope.clone());
            unsaved.keep(TabId(2), owner("before"), rope.clone());
        }
        unsaved.drop(TabId(1));
        unsaved.drop(TabId(2));
        unsaved.keep(TabId(2), owner("saved under another name and changed"), Rope::from_str("last"));
        // The editor falls.
        let thread = unsaved.thread.take().unwrap();
        drop(unsaved);
        thread.join().unwrap();
        let found = left(&path, root.path());
        let titles: Vec<&str> = found.texts.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["saved under another name and changed"]);
        assert_eq!(read(&found)[0].text, "last");
    }
}
