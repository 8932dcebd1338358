//! Saving, apart from everything else that needs a disk: one text after the other, and one whose disk does not answer holds
//! up no other.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded, unbounded};
use editor_core::Revision;
use editor_core::file::SaveError;
use ground::ids::TabId;

use super::Outbox;
use crate::event::{Event, Save};
use crate::features::recovery::crash::guarded;

/// The next text is saved after this time, whether or not the one before is done.
const TURN: Duration = Duration::from_millis(250);
/// A save that takes longer is reported.
const PATIENCE: Duration = Duration::from_secs(1);
/// The window waits so long for its last saves.
const LAST_PATIENCE: Duration = Duration::from_secs(5);
/// Most saves that wait for a disk that does not answer.
const MAX_STUCK: usize = 32;

/// Writes a text and tells what became of it.
pub type Writer = Arc<dyn Fn(&Outbox, Save) + Send + Sync>;

/// What an answer to a save needs.
struct PendingSave {
    tab: TabId,
    path: PathBuf,
    revision: Revision,
}

impl PendingSave {
    fn of(save: &Save) -> PendingSave {
        PendingSave { tab: save.tab, path: save.path.clone(), revision: save.revision }
    }

    /// The text was not saved.
    fn refuse(self, out: &Outbox, why: &str) {
        let PendingSave { tab, path, revision } = self;
        let source = io::Error::other(why.to_owned());
        let result = Err(SaveError::Io { path: path.clone(), step: "starting", source });
        out.send(Event::Saved { tab, path, revision, result });
    }
}

/// A save that is not done yet.
struct Stuck {
    path: PathBuf,
    since: Instant,
    told: bool,
    /// Closed when it is done.
    done: Receiver<()>,
}

impl Stuck {
    fn is_done(&self) -> bool {
        self.done.try_recv() != Err(TryRecvError::Empty)
    }
}

/// A thread that saves texts until the window is gone.
pub struct Saves {
    wanted: Sender<Save>,
    /// Closed when the thread has ended.
    ended: Receiver<()>,
}

impl Saves {
    /// Starts the thread, which saves with `writer`.
    pub fn start(outbox: &Outbox, writer: Writer) -> Saves {
        let (sender, wanted) = unbounded();
        let (ends, ended) = bounded::<()>(0);
        let out = outbox.clone();
        let thread = thread::Builder::new().name("saves".to_owned()).spawn(move || {
            let _closed_at_the_end = ends;
            run(&wanted, &out, &writer);
        });
        if let Err(error) = thread {
            let words = format!("Nothing can be saved because a thread could not be started: {error}.");
            outbox.send(Event::Trouble(words));
        }
        Saves { wanted: sender, ended }
    }

    /// Saves a text. It is answered.
    pub fn begin(&self, save: Save) {
        // The thread ends with the window; that it could not be started was told.
        drop(self.wanted.send(save));
    }

    /// The window closes: waits for what is being saved, for a while.
    pub fn end(&mut self) {
        self.wanted = unbounded().0;
        let _late = self.ended.recv_timeout(LAST_PATIENCE);
    }
}

fn run(wanted: &Receiver<Save>, out: &Outbox, writer: &Writer) {
    let mut stuck: Vec<Stuck> = Vec::new();
    loop {
        let next = stuck.iter().filter(|stuck| !stuck.told).map(|stuck| stuck.since + PATIENCE).min();
        let save = match next {
            Some(moment) => wanted.recv_deadline(moment),
            None => wanted.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        stuck.retain(|stuck| !stuck.is_done());
        for late in stuck.iter_mut().filter(|stuck| !stuck.told && stuck.since.elapsed() >= PATIENCE) {
            late.told = true;
            out.send(Event::Trouble(format!(
                "Saving {} is taking long: the disk does not respond. LocalCoder keeps waiting; \"Save as\" to another disk is safe.",
                late.path.display()
            )));
        }
        match save {
            Ok(save) => stuck.extend(begin(save, &stuck, out, writer)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    for last in stuck {
        let _done = last.done.recv();
    }
}

/// Saves on a thread of its own and gives it its turn. What comes back is not done yet.
fn begin(save: Save, stuck: &[Stuck], out: &Outbox, writer: &Writer) -> Option<Stuck> {
    let asked = PendingSave::of(&save);
    if stuck.iter().any(|stuck| stuck.path == asked.path) {
        asked.refuse(out, "an earlier save of this file has not ended yet: the disk does not answer");
        return None;
    }
    if stuck.len() >= MAX_STUCK {
        asked.refuse(out, "too many saves wait for disks that do not answer");
        return None;
    }
    let (path, since) = (asked.path.clone(), Instant::now());
    let (ends, done) = bounded::<()>(0);
    let (answer, writer) = (out.clone(), Arc::clone(writer));
    let thread = thread::Builder::new().name("save".to_owned()).spawn(move || {
        let _closed_at_the_end = ends;
        let asked = PendingSave::of(&save);
        if let Err(place) = guarded(|| writer(&answer, save)) {
            asked.refuse(&answer, &format!("a fault of LocalCoder itself at {place}"));
        }
    });
    if let Err(error) = thread {
        asked.refuse(out, &format!("a thread cannot be started: {error}"));
        return None;
    }
    let is_done = done.recv_timeout(TURN) != Err(RecvTimeoutError::Timeout);
    (!is_done).then_some(Stuck { path, since, told: false, done })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::process::Command;

    use editor_core::disk::RealDisk;
    use editor_core::file::{self, Expect, Opened};
    use ropey::Rope;

    use super::*;

    fn save(path: &Path, expect: Expect) -> Save {
        let revision = Revision::default();
        let text = Opened::new_text(Rope::new()).writable(Rope::from_str("new")).unwrap();
        Save { tab: TabId(1), path: path.to_owned(), text, expect, revision }
    }

    fn next(events: &Receiver<Event>) -> Event {
        events.recv_timeout(Duration::from_secs(10)).unwrap()
    }

    #[test]
    fn a_file_that_became_a_pipe_is_refused_within_a_second_and_others_are_saved() {
        let folder = tempfile::tempdir().unwrap();
        let (pipe, other) = (folder.path().join("pipe"), folder.path().join("other"));
        std::fs::write(&pipe, "old").unwrap();
        let stamp = file::open(&RealDisk, &pipe).unwrap().stamp.unwrap();
        std::fs::remove_file(&pipe).unwrap();
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (out, events) = Outbox::new(|| ());
        let saves = Saves::start(&out, Arc::new(super::super::disk::save));
        let start = Instant::now();
        saves.begin(save(&pipe, Expect::Unchanged(stamp)));
        saves.begin(save(&other, Expect::Absent));
        let Event::Saved { result: Err(refused), .. } = next(&events) else { panic!("not refused") };
        assert!(refused.to_string().contains("not an ordinary file"), "{refused}");
        assert!(matches!(next(&events), Event::Saved { result: Ok(_), .. }));
        assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
        assert_eq!(std::fs::read_to_string(other).unwrap(), "new");
    }

    #[test]
    fn a_window_that_closes_waits_for_its_saves() {
        let folder = tempfile::tempdir().unwrap();
        let (out, _events) = Outbox::new(|| ());
        let mut saves = Saves::start(&out, Arc::new(super::super::disk::save));
        let paths: Vec<PathBuf> = (0..50).map(|number| folder.path().join(number.to_string())).collect();
        paths.iter().for_each(|path| saves.begin(save(path, Expect::Absent)));
        saves.end();
        assert!(paths.iter().all(|path| std::fs::read_to_string(path).is_ok_and(|text| text == "new")));
    }

    /// A disk that hangs or has us panic, by the name of the file.
    fn odd(out: &Outbox, wanted: Save) {
        match wanted.path.to_str() {
            Some("/hangs") => thread::park_timeout(Duration::from_secs(60)),
            Some("/panics") => panic!("a fault"),
            _ => super::super::disk::save(out, wanted),
        }
    }

    #[test]
    fn a_disk_that_hangs_is_told_of_and_holds_up_no_other_save() {
        let folder = tempfile::tempdir().unwrap();
        crate::features::recovery::crash::report_panics(None);
        let (out, events) = Outbox::new(|| ());
        let saves = Saves::start(&out, Arc::new(odd));
        saves.begin(save(Path::new("/hangs"), Expect::Absent));
        saves.begin(save(Path::new("/panics"), Expect::Absent));
        saves.begin(save(&folder.path().join("other"), Expect::Absent));
        saves.begin(save(Path::new("/hangs"), Expect::Absent));
        let Event::Saved { result: Err(fault), .. } = next(&events) else { panic!("not answered") };
        assert!(fault.to_string().contains("saves.rs:"), "{fault}");
        assert!(matches!(next(&events), Event::Saved { result: Ok(_), .. }));
        let Event::Saved { result: Err(again), .. } = next(&events) else { panic!("not answered") };
        assert!(again.to_string().contains("has not ended yet"), "{again}");
        let told = next(&events);
        assert!(
            matches!(&told, Event::Trouble(text) if text.starts_with("Saving /hangs is taking long: ")),
            "{told:?}"
        );
    }
}
