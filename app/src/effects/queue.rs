//! Threads that do what the window must not wait for. A task that fails in our own code costs itself, never the thread.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TryRecvError, bounded};
use parking_lot::Mutex;

use super::Outbox;
use crate::event::Event;
use crate::features::recovery::crash::guarded;

/// Something to do on a thread.
pub type QueueTask = Box<dyn FnOnce(&Outbox) + Send>;

/// Most tasks of one kind that wait.
const MAX_WAITING: usize = 1024;
/// In a queue that goes on, the next task begins after this time, whether or not the one before is done.
const TURN: Duration = Duration::from_millis(250);
/// Most tasks of it that are not done.
const MAX_STUCK: usize = 32;

/// A thread that runs tasks in order, until the window is gone.
pub fn queue(name: &str, outbox: &Outbox) -> Sender<QueueTask> {
    start(name, outbox, |tasks, out| {
        for task in tasks {
            run(task, out);
        }
    })
}

/// The same for tasks that read what the user names, which may lie on a disk that does not answer: each has its turn, and one that
/// takes longer holds up none behind it.
pub fn queue_that_goes_on(name: &str, outbox: &Outbox) -> Sender<QueueTask> {
    start(name, outbox, |tasks, out| go_on(tasks, out, TURN))
}

fn go_on(tasks: Receiver<QueueTask>, out: &Outbox, turn: Duration) {
    let mut stuck: Vec<Receiver<()>> = Vec::new();
    for task in tasks {
        stuck.retain(|done| done.try_recv() == Err(TryRecvError::Empty));
        if stuck.len() >= MAX_STUCK {
            let words = "Something was not done: too many files are on disks that do not respond.";
            out.send(Event::Trouble(words.into()));
        } else {
            stuck.extend(begin(task, out, turn));
        }
    }
}

fn start(name: &str, outbox: &Outbox, work: fn(Receiver<QueueTask>, &Outbox)) -> Sender<QueueTask> {
    let (sender, tasks) = bounded::<QueueTask>(MAX_WAITING);
    let out = outbox.clone();
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || work(tasks, &out));
    if let Err(error) = thread {
        outbox.send(Event::Trouble(format!("Cannot start a thread for files: {error}.")));
    }
    sender
}

/// Gives a task its turn on a thread of its own. What comes back is not done yet.
fn begin(task: QueueTask, out: &Outbox, turn: Duration) -> Option<Receiver<()>> {
    let (ends, done) = bounded::<()>(0);
    let answers = out.clone();
    let thread = thread::Builder::new().name("file".to_owned()).spawn(move || {
        let _closed_at_the_end = ends;
        run(task, &answers);
    });
    if let Err(error) = thread {
        out.send(Event::Trouble(format!(
            "Something was not done because a thread could not be started: {error}."
        )));
        return None;
    }
    (done.recv_timeout(turn) == Err(RecvTimeoutError::Timeout)).then_some(done)
}

fn run(task: QueueTask, out: &Outbox) {
    if let Err(place) = guarded(|| task(out)) {
        out.send(Event::Trouble(format!(
            "Something was not done because of an error in LocalCoder ({place}). Try again, or report it."
        )));
    }
}

/// Files that are being looked at again, as at every focus of the window: one that hangs is not asked a second time.
#[derive(Clone, Default)]
pub struct Underway(Arc<Mutex<HashSet<PathBuf>>>);

impl Underway {
    /// Until what is given back is dropped; `None`: it is being looked at already.
    pub fn begin(&self, path: PathBuf) -> Option<Looking> {
        self.0.lock().insert(path.clone()).then(|| Looking(self.clone(), path))
    }
}

/// A look at a file.
pub struct Looking(Underway, PathBuf);

impl Drop for Looking {
    fn drop(&mut self) {
        self.0.0.lock().remove(&self.1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_that_panics_is_told_of_and_ends_nothing() {
        crate::features::recovery::crash::report_panics(None);
        for queue in [queue, queue_that_goes_on] {
            let (out, events) = Outbox::new(|| ());
            let tasks = queue("test", &out);
            tasks.send(Box::new(|_| panic!("a fault"))).unwrap();
            tasks.send(Box::new(|out| out.send(Event::WindowFocused))).unwrap();
            let next = || events.recv_timeout(Duration::from_secs(10)).unwrap();
            let told = next();
            assert!(matches!(&told, Event::Trouble(text) if text.contains("queue.rs:")), "{told:?}");
            assert!(matches!(next(), Event::WindowFocused));
        }
    }

    #[test]
    fn what_is_being_looked_at_is_not_asked_a_second_time() {
        let underway = Underway::default();
        let looking = underway.begin("/a".into());
        assert!(looking.is_some() && underway.begin("/a".into()).is_none());
        assert!(underway.begin("/b".into()).is_some());
        drop(looking);
        assert!(underway.begin("/a".into()).is_some());
    }

    #[test]
    fn a_task_that_hangs_holds_up_none_behind_it_and_too_many_of_them_are_told_of() {
        let (out, events) = Outbox::new(|| ());
        let tasks = start("test", &out, |tasks, out| go_on(tasks, out, Duration::ZERO));
        let (release, hangs) = bounded::<()>(0);
        for _ in 0..MAX_STUCK {
            let hangs = hangs.clone();
            let hang = move |_: &Outbox| {
                let _until_released = hangs.recv();
            };
            tasks.send(Box::new(hang)).unwrap();
        }
        let next = || events.recv_timeout(Duration::from_secs(60)).unwrap();
        tasks.send(Box::new(|_| panic!("begun although too many hang"))).unwrap();
        assert!(matches!(next(), Event::Trouble(text) if text.contains("do not respond")));
        // The disk answers again.
        drop(release);
        tasks.send(Box::new(|out| out.send(Event::WindowFocused))).unwrap();
        while !matches!(next(), Event::WindowFocused) {
            tasks.send(Box::new(|out| out.send(Event::WindowFocused))).unwrap();
        }
    }
}
