//! Threads that do what the window must not wait for. A task that fails in our own code costs itself, never the thread.

use std::thread;

use crossbeam_channel::{Sender, bounded};

use super::Outbox;
use crate::event::Event;
use crate::supervise::crash::guarded;

/// Something to do on a thread.
pub type Task = Box<dyn FnOnce(&Outbox) + Send>;

/// Most tasks of one kind that wait.
const MAX_WAITING: usize = 1024;

/// A thread that runs tasks in order, until the window is gone.
pub fn queue(name: &str, outbox: &Outbox) -> Sender<Task> {
    let (sender, tasks) = bounded::<Task>(MAX_WAITING);
    let out = outbox.clone();
    let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
        for task in tasks {
            if let Err(place) = guarded(|| task(&out)) {
                out.send(Event::Trouble(format!(
                    "Something was left undone by a fault of LocalCoder itself ({place}). Try it again, or report it."
                )));
            }
        }
    });
    if let Err(error) = thread {
        outbox.send(Event::Trouble(format!("Cannot start a thread for files: {error}.")));
    }
    sender
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_task_that_panics_is_told_of_and_ends_nothing() {
        crate::supervise::crash::report_panics(None);
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
