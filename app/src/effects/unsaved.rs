//! What is typed and not saved, kept on disk: a journal for each text, on a thread of its own, in a folder that belongs to this
//! start of the editor. A folder whose owner is gone without having removed it is what a crash left behind.
//!
//! A disk that is full or cannot be written to is reported, and tried again until it takes the texts. So is a text at which our
//! own code fails: it costs no other one.

mod left;

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use editor_core::disk::{Disk, RealDisk};
use editor_core::journal::{Journal, JournalOwner};
use editor_core::{Buffer, Transaction};
use ground::ids::TabId;
use parking_lot::Mutex;
use ropey::Rope;

use crate::features::recovery::NotPutAside;
use crate::features::recovery::crash::{Left, guarded};

pub use self::left::{left, read, remove};

/// Journals are synced so long after an edit.
const SYNC: Duration = Duration::from_millis(900);
/// A journal this many times as large as its text is begun anew, …
const GROWN: u64 = 8;
/// … when it is larger than this, in bytes.
const LARGE: u64 = 4 << 20;
/// Held by the living owner of a folder.
const LOCK: &str = "lock";
/// In a folder that was left on purpose: its texts are there again at the next start, without a question.
const ASIDE: &str = "aside";

/// What is wished for one text: the latest counts, and nothing is lost however busy the disk is.
#[derive(Default)]
struct Wish {
    /// What is kept of it goes first.
    forget: bool,
    keep: Option<(JournalOwner, Rope)>,
}

/// What the thread has not done yet: at most one wish a text.
#[derive(Default)]
struct Waiting {
    wishes: HashMap<TabId, Wish>,
    /// What was left by earlier starts and is taken over by what is wished here.
    taken: Vec<Left>,
    /// The texts are put aside for the next start; it is reported whether they are.
    aside: Option<Answer>,
    /// The editor ends in good order.
    ended: bool,
}

/// Who hears whether texts are put aside.
type Answer = Box<dyn FnOnce(Result<(), NotPutAside>) + Send>;

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
    pub fn start(root: Option<PathBuf>, tell: impl Fn(Option<Arc<io::Error>>) + Send + 'static) -> Unsaved {
        match root {
            Some(root) => Unsaved::start_on(Box::new(RealDisk), root, tell),
            None => Unsaved { waiting: Arc::default(), wake: bounded(1).0, thread: None },
        }
    }

    fn start_on(
        disk: Box<dyn Disk>,
        root: PathBuf,
        tell: impl Fn(Option<Arc<io::Error>>) + Send + 'static,
    ) -> Unsaved {
        let (wake, woken) = bounded(1);
        let waiting = Arc::<Mutex<Waiting>>::default();
        let wishes = Arc::clone(&waiting);
        let run = move || {
            let mut keeper = Keeper::new(&root, disk);
            if let Err(place) = guarded(|| keeper.run(&wishes, &woken, &tell)) {
                tell(Some(Arc::new(fault(&place))));
            }
        };
        // Without the thread nothing is kept, and everything else works.
        let thread = std::thread::Builder::new().name("unsaved".to_owned()).spawn(run).ok();
        Unsaved { waiting, wake, thread }
    }

    /// Keeps a text as it is now.
    pub fn keep(&self, tab: TabId, owner: JournalOwner, rope: Rope) {
        self.tell(|waiting| waiting.wishes.entry(tab).or_default().keep = Some((owner, rope)));
    }

    /// A text is saved or closed.
    pub fn drop(&self, tab: TabId) {
        self.tell(|waiting| drop(waiting.wishes.insert(tab, Wish { forget: true, keep: None })));
    }

    /// Removes what earlier starts left, once all texts that were to be kept before are.
    pub fn take_over(&self, left: Left) {
        self.tell(|waiting| waiting.taken.push(left));
    }

    /// Puts all texts aside for the next start, and answers whether every one of them is safe. The window may close then.
    pub fn put_aside(&self, answer: impl FnOnce(Result<(), NotPutAside>) + Send + 'static) {
        if self.thread.is_none() {
            return answer(Err(NotPutAside::NoFolder));
        }
        self.tell(|waiting| waiting.aside = Some(Box::new(answer)));
    }

    fn tell(&self, wish: impl FnOnce(&mut Waiting)) {
        if self.thread.is_some() {
            wish(&mut self.waiting.lock());
            let _woken_already = self.wake.try_send(());
        }
    }

    /// The editor ends in good order: nothing is left behind but what was put aside.
    pub fn end(&mut self) {
        self.tell(|waiting| waiting.ended = true);
        if let Some(thread) = self.thread.take() {
            // A panic there has cost the journals; the texts were saved or given up.
            drop(thread.join());
        }
    }
}

/// Our own code failed at this place.
fn fault(place: &str) -> io::Error {
    io::Error::other(format!("LocalCoder itself failed at {place}"))
}

/// A journal and the text that it holds.
struct Kept {
    journal: Journal,
    owner: JournalOwner,
    rope: Rope,
    /// Our own code failed while it was written: it is begun anew.
    is_broken: bool,
}

struct Keeper {
    folder: PathBuf,
    disk: Box<dyn Disk>,
    /// Locked as long as this process lives.
    lock: Option<File>,
    kept: HashMap<TabId, Kept>,
    /// Texts that the disk did not take.
    refused: HashMap<TabId, (JournalOwner, Rope)>,
    /// What goes when nothing is refused.
    taken: Vec<Left>,
    /// The texts stay when the editor ends.
    is_aside: bool,
    counter: u64,
}

impl Keeper {
    fn new(root: &Path, disk: Box<dyn Disk>) -> Keeper {
        Keeper {
            folder: own_folder(root),
            disk,
            lock: None,
            kept: HashMap::new(),
            refused: HashMap::new(),
            taken: Vec::new(),
            is_aside: false,
            counter: 0,
        }
    }

    fn run(&mut self, waiting: &Mutex<Waiting>, woken: &Receiver<()>, tell: &dyn Fn(Option<Arc<io::Error>>)) {
        let mut told: Option<String> = None;
        loop {
            let woken = woken.recv_timeout(SYNC);
            let Waiting { wishes, taken, aside, ended } = std::mem::take(&mut *waiting.lock());
            self.taken.extend(taken);
            let mut done = self.grant(wishes);
            if let Some(answer) = aside {
                done = done.and(self.try_again()).and(self.sync());
                answer(self.put_aside(&done));
            }
            match woken {
                _ if ended => break,
                Ok(()) => {}
                Err(RecvTimeoutError::Timeout) => done = self.try_again().and(self.sync()),
                // No good order: the editor fell.
                Err(RecvTimeoutError::Disconnected) => return drop(self.try_again().and(self.sync())),
            }
            // One text that is taken says nothing about the others.
            let trouble = match done {
                Ok(()) if self.refused.is_empty() => None,
                Ok(()) => continue,
                Err(error) => Some(error),
            };
            if trouble.is_none() {
                self.taken.drain(..).for_each(|left| remove(&left));
            }
            let words = trouble.as_ref().map(ToString::to_string);
            if words != told {
                tell(trouble.map(Arc::new));
                told = words;
            }
        }
        if self.is_aside && self.try_again().and(self.sync()).is_ok() {
            // What earlier starts left is in journals of this one by now.
            self.taken.drain(..).for_each(|left| remove(&left));
            return;
        }
        let tabs: Vec<TabId> = self.kept.keys().copied().collect();
        tabs.into_iter().for_each(|tab| self.forget(tab));
        self.taken.drain(..).for_each(|left| remove(&left));
        if self.lock.take().is_some() {
            let _left_for_the_next_start = std::fs::remove_dir_all(&self.folder);
        }
    }

    /// Marks the folder as left on purpose, if every text is in it and on the disk.
    fn put_aside(&mut self, done: &io::Result<()>) -> Result<(), NotPutAside> {
        let marked = match done {
            Err(error) => Err(NotPutAside::Disk(Arc::new(io::Error::new(error.kind(), error.to_string())))),
            Ok(()) if !self.refused.is_empty() => Err(NotPutAside::Refused),
            Ok(()) if self.lock.is_none() => Ok(()),
            Ok(()) => crate::atomic_write::write(&self.folder.join(ASIDE), Vec::new(), true)
                .map_err(|error| NotPutAside::Mark(Arc::new(error))),
        };
        self.is_aside = marked.is_ok();
        marked
    }

    fn grant(&mut self, wishes: HashMap<TabId, Wish>) -> io::Result<()> {
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
    fn try_again(&mut self) -> io::Result<()> {
        let mut done = Ok(());
        for (tab, (owner, rope)) in std::mem::take(&mut self.refused) {
            done = done.and(self.keep(tab, owner, rope));
        }
        done
    }

    fn sync(&mut self) -> io::Result<()> {
        let mut done = Ok(());
        for (tab, kept) in self.kept.iter_mut().filter(|(_, kept)| kept.journal.is_dirty()) {
            let synced = guarded(|| kept.journal.sync()).unwrap_or_else(|place| {
                kept.is_broken = true;
                self.refused.insert(*tab, (kept.owner.clone(), kept.rope.clone()));
                Err(fault(&place))
            });
            done = done.and(synced);
        }
        done
    }

    fn keep(&mut self, tab: TabId, owner: JournalOwner, rope: Rope) -> io::Result<()> {
        let done = guarded(|| self.write(tab, &owner, rope.clone())).unwrap_or_else(|place| {
            self.kept.entry(tab).and_modify(|kept| kept.is_broken = true);
            Err(fault(&place))
        });
        match &done {
            Ok(()) => drop(self.refused.remove(&tab)),
            Err(_) => drop(self.refused.insert(tab, (owner, rope))),
        }
        done
    }

    fn write(&mut self, tab: TabId, owner: &JournalOwner, rope: Rope) -> io::Result<()> {
        let most = LARGE.max(GROWN * rope.len_bytes() as u64);
        let is_anew = self.kept.get(&tab).is_none_or(|kept| kept.is_broken || kept.journal.written() >= most);
        let begun = if is_anew { self.begin(owner, &rope).map(Some) } else { Ok(None) };
        match (begun, self.kept.get_mut(&tab)) {
            (Ok(Some(journal)), _) => {
                let kept = Kept { journal, owner: owner.clone(), rope, is_broken: false };
                match self.kept.insert(tab, kept) {
                    Some(old) => old.journal.remove(self.disk.as_ref()),
                    None => Ok(()),
                }
            }
            (Err(error), None) => Err(error),
            (Err(error), Some(kept)) if kept.is_broken => Err(error),
            // There may be no room for a second copy: then the old journal goes on.
            (_, Some(kept)) => kept.go_on(owner, rope),
            (Ok(None), None) => Ok(()),
        }
    }

    /// A new journal with the text as it is; none is left where it cannot be written whole.
    fn begin(&mut self, owner: &JournalOwner, rope: &Rope) -> io::Result<Journal> {
        self.claim()?;
        self.counter += 1;
        let path = self.folder.join(format!("{}.journal", self.counter));
        Journal::create(self.disk.as_ref(), &path, owner, rope).inspect_err(|error| {
            let _never_there = std::fs::remove_file(&path);
            if error.kind() == io::ErrorKind::NotFound {
                // Somebody has removed the folder, which then is another one, to be locked again.
                self.lock = None;
            }
        })
    }

    fn forget(&mut self, tab: TabId) {
        self.refused.remove(&tab);
        if let Some(kept) = self.kept.remove(&tab) {
            let _left_for_the_next_start = kept.journal.remove(self.disk.as_ref());
        }
    }

    /// Makes the folder and locks it, with the first text that is kept.
    fn claim(&mut self) -> io::Result<()> {
        if self.lock.is_none() {
            std::fs::create_dir_all(&self.folder)?;
            let lock = File::create(self.folder.join(LOCK))?;
            lock.try_lock().map_err(io::Error::from)?;
            self.lock = Some(lock);
        }
        Ok(())
    }
}

impl Kept {
    fn go_on(&mut self, owner: &JournalOwner, rope: Rope) -> io::Result<()> {
        if self.rope != rope {
            let before = Buffer::from_rope(self.rope.clone());
            self.journal.append(&Transaction::difference(&before, &rope));
            self.rope = rope;
        }
        if self.owner != *owner {
            self.journal.set_owner(owner);
            self.owner = owner.clone();
        }
        self.journal.flush()
    }
}

fn own_folder(root: &Path) -> PathBuf {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    root.join(format!("{}-{}", std::process::id(), since.as_millis()))
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::sync::atomic::Ordering::SeqCst;

    use editor_core::disk::{Metadata, WriteFile};

    use super::*;
    use crate::features::recovery::crash::report_panics;

    /// A disk on which our own code fails when it makes a file: this many times, and when another is gone that should be there.
    #[derive(Debug)]
    struct Panicking(AtomicUsize, Option<PathBuf>);

    impl Disk for Panicking {
        fn create_new(&self, path: &Path, private: bool) -> io::Result<Box<dyn WriteFile>> {
            let left = self.0.fetch_update(SeqCst, SeqCst, |left| left.checked_sub(1));
            assert!(left.is_err(), "a fault");
            assert!(self.1.as_ref().is_none_or(|needed| needed.exists()), "gone too early");
            RealDisk.create_new(path, private)
        }
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            RealDisk.read(path)
        }
        fn metadata(&self, path: &Path) -> io::Result<Metadata> {
            RealDisk.metadata(path)
        }
        fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
            RealDisk.resolve(path)
        }
        fn overwrite(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
            RealDisk.overwrite(path)
        }
        fn copy_attributes(&self, from: &Path, to: &Path) -> io::Result<()> {
            RealDisk.copy_attributes(from, to)
        }
        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            RealDisk.rename(from, to)
        }
        fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
            RealDisk.rename_new(from, to)
        }
        fn is_abandoned(&self, path: &Path) -> io::Result<bool> {
            RealDisk.is_abandoned(path)
        }
        fn remove(&self, path: &Path) -> io::Result<()> {
            RealDisk.remove(path)
        }
        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            RealDisk.sync_folder(folder)
        }
        fn scratch(&self) -> PathBuf {
            RealDisk.scratch()
        }
    }

    fn is_nothing(left: &Left) -> bool {
        left.texts.is_empty() && left.aside.is_empty() && left.unread.is_empty() && left.report.is_none()
    }

    #[test]
    fn a_fault_of_our_own_costs_no_text_and_is_made_good() {
        report_panics(None);
        let root = tempfile::tempdir().unwrap();
        let mut keeper = Keeper::new(root.path(), Box::new(Panicking(AtomicUsize::new(1), None)));
        let refused = keeper.keep(TabId(1), owner("first"), Rope::from_str("one")).unwrap_err();
        assert!(refused.to_string().contains("unsaved.rs:"), "{refused}");
        keeper.keep(TabId(2), owner("second"), Rope::from_str("two")).unwrap();
        keeper.try_again().unwrap();
        assert!(keeper.refused.is_empty());
        drop(keeper);
        assert_eq!(texts(&left_behind(root.path(), root.path())), ["one", "two"]);
    }

    #[test]
    fn a_text_at_whose_journal_our_code_failed_gets_another_journal() {
        let root = tempfile::tempdir().unwrap();
        let mut keeper = keeper(root.path());
        keeper.keep(TabId(1), owner("mine"), Rope::from_str("one")).unwrap();
        keeper.kept.entry(TabId(1)).and_modify(|kept| kept.is_broken = true);
        keeper.keep(TabId(1), owner("mine"), Rope::from_str("one, and more")).unwrap();
        drop(keeper);
        assert_eq!(texts(&left_behind(root.path(), root.path())), ["one, and more"]);
    }

    #[test]
    fn a_journal_names_the_file_that_its_text_is_saved_as() {
        let root = tempfile::tempdir().unwrap();
        let mut keeper = keeper(root.path());
        let as_new =
            JournalOwner { path: Some("/new.py".into()), title: "new.py".into(), file_hash: Some([7; 32]) };
        keeper.keep(TabId(1), owner("old"), Rope::from_str("text")).unwrap();
        keeper.keep(TabId(1), as_new.clone(), Rope::from_str("text")).unwrap();
        drop(keeper);
        let found = read(&left_behind(root.path(), root.path())).0;
        assert_eq!((found.len(), &found[0].owner), (1, &as_new));
    }

    #[test]
    fn what_was_left_goes_only_when_the_texts_that_take_it_over_are_kept() {
        let root = tempfile::tempdir().unwrap();
        let mut before = keeper(root.path());
        before.keep(TabId(1), owner("mine"), Rope::from_str("text")).unwrap();
        drop(before);
        let found = left_behind(root.path(), root.path());
        let journal = found.texts[0].1.clone();
        let disk = Box::new(Panicking(AtomicUsize::new(2), Some(journal.clone())));
        report_panics(None);
        let (tell, told) = crossbeam_channel::unbounded();
        let unsaved = Unsaved::start_on(disk, root.path().into(), move |trouble| tell.send(trouble).unwrap());
        unsaved.keep(TabId(1), owner("mine"), Rope::from_str("text"));
        let wait = || told.recv_timeout(Duration::from_secs(60)).unwrap();
        assert!(wait().is_some());
        unsaved.take_over(found);
        assert!(wait().is_none());
        unsaved.fall();
        let found = left_behind(root.path(), root.path());
        assert_eq!(texts(&found), ["text"]);
        assert_ne!(found.texts[0].1, journal);
    }

    fn owner(title: &str) -> JournalOwner {
        JournalOwner { path: None, title: title.into(), file_hash: None }
    }

    fn keeper(root: &Path) -> Keeper {
        Keeper::new(root, Box::new(RealDisk))
    }

    /// What was left, once nobody holds a lock: a process that another test is just starting has all files of this one open until it
    /// becomes its own program.
    fn left_behind(root: &Path, reports: &Path) -> Left {
        let is_held = |folder: std::fs::DirEntry| {
            File::open(folder.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_err())
        };
        let mut looks = 0;
        while std::fs::read_dir(root).is_ok_and(|all| all.flatten().any(is_held)) {
            looks += 1;
            assert!(looks < 2_000, "its owner is gone, and its lock is held");
            std::thread::sleep(Duration::from_millis(5));
        }
        left(root, reports)
    }

    fn texts(left: &Left) -> Vec<Rope> {
        read(left).0.into_iter().map(|recovered| recovered.text).collect()
    }

    #[test]
    fn what_was_not_saved_is_found_after_a_fall_and_not_after_a_good_end() {
        let root = tempfile::tempdir().unwrap();
        let unsaved = root.path().join("unsaved");
        let mut keeper = keeper(&unsaved);
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
        assert!(is_nothing(&left(&unsaved, root.path())), "its owner lives");
        drop(keeper);
        let found = left_behind(&unsaved, root.path());
        assert_eq!(found.texts.iter().map(|(title, _)| title.as_str()).collect::<Vec<_>>(), ["Untitled 1"]);
        assert_eq!(texts(&found)[0], text);
        remove(&found);
        assert!(is_nothing(&left_behind(&unsaved, root.path())));

        let mut good = Unsaved::start(Some(unsaved.clone()), |_| {});
        good.keep(TabId(1), owner("given up"), text);
        good.end();
        assert_eq!(std::fs::read_dir(&unsaved).unwrap().count(), 0);
    }

    #[test]
    fn a_journal_of_a_newer_version_stays_alone_and_when_its_sibling_is_taken() {
        let root = tempfile::tempdir().unwrap();
        let mut keeper = keeper(root.path());
        keeper.keep(TabId(1), owner("mine"), Rope::from_str("text")).unwrap();
        let newer = keeper.folder.join("7.journal");
        std::fs::write(&newer, "LCjrnl9\nwhat nobody here can read").unwrap();
        drop(keeper);
        let found = left_behind(root.path(), root.path());
        assert_eq!((found.texts.len(), found.unread.len(), texts(&found).len()), (1, 1, 1));
        remove(&found);
        assert!(newer.exists(), "removed with its sibling");
        assert!(left_behind(root.path(), root.path()).texts.is_empty());
        assert!(newer.exists(), "removed at the next start");
    }

    #[test]
    fn a_disk_that_takes_nothing_is_told_of_and_has_the_last_text_when_it_takes_something_again() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("unsaved");
        // A file where the folder should be stands for whatever a disk may refuse.
        std::fs::write(&path, "").unwrap();
        let (tell, told) = crossbeam_channel::unbounded();
        let unsaved = Unsaved::start(Some(path.clone()), move |trouble| tell.send(trouble).unwrap());
        let wait = || told.recv_timeout(Duration::from_secs(60)).unwrap();
        unsaved.keep(TabId(1), owner("mine"), Rope::from_str("one"));
        unsaved.keep(TabId(2), owner("closed again"), Rope::from_str("two"));
        assert!(wait().is_some());
        unsaved.keep(TabId(1), owner("mine"), Rope::from_str("one, and more"));
        unsaved.drop(TabId(2));
        std::fs::remove_file(&path).unwrap();
        assert!(wait().is_none());
        assert!(told.is_empty(), "told once");
        unsaved.fall();
        let found = left_behind(&path, root.path());
        assert_eq!(found.texts.len(), 1);
        assert_eq!(texts(&found)[0], "one, and more");
    }

    #[test]
    fn however_many_wishes_come_at_once_the_last_of_each_text_counts() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("unsaved");
        let unsaved = Unsaved::start(Some(path.clone()), |_| {});
        for n in 0..3_000 {
            let rope = Rope::from_str(&format!("text {n}"));
            unsaved.keep(TabId(1), owner("saved in the end"), rope.clone());
            unsaved.keep(TabId(2), owner("before"), rope.clone());
        }
        unsaved.drop(TabId(1));
        unsaved.drop(TabId(2));
        unsaved.keep(TabId(2), owner("saved under another name and changed"), Rope::from_str("last"));
        unsaved.fall();
        let found = left_behind(&path, root.path());
        let titles: Vec<&str> = found.texts.iter().map(|(title, _)| title.as_str()).collect();
        assert_eq!(titles, ["saved under another name and changed"]);
        assert_eq!(texts(&found)[0], "last");
    }
}
