//! Work that waits in the worker: the most important first, and a word to the running one when something more important
//! comes.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::{Condvar, Mutex};

use crate::protocol::{Priority, Request};

/// A request with the flag that stops it.
pub struct QueuedRequest {
    /// What to do. Never a ping or a cancel: those are answered by the reader.
    pub request: Request,
    /// Raised when the editor no longer wants the answer, or something more important waits.
    pub stop: StopFlag,
}

/// Why a running request should stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// A more important request waits.
    Overtaken,
    /// Nobody wants the answer any more.
    Cancelled,
}

/// Tells a running request to stop. Clones share one flag.
#[derive(Clone, Debug, Default)]
pub struct StopFlag(Arc<AtomicU8>);

const OVERTAKEN: u8 = 1;
const CANCELLED: u8 = 2;

impl StopFlag {
    /// Raises the flag. A cancel stays a cancel.
    pub fn raise(&self, stop: Stop) {
        let value = match stop {
            Stop::Overtaken => OVERTAKEN,
            Stop::Cancelled => CANCELLED,
        };
        self.0.fetch_max(value, Ordering::Relaxed);
    }

    /// Whether it was raised, and why.
    pub fn raised(&self) -> Option<Stop> {
        match self.0.load(Ordering::Relaxed) {
            0 => None,
            OVERTAKEN => Some(Stop::Overtaken),
            _ => Some(Stop::Cancelled),
        }
    }

    /// The request that was overtaken continues.
    fn lower(&self) {
        let _cancelled_meanwhile =
            self.0.compare_exchange(OVERTAKEN, 0, Ordering::Relaxed, Ordering::Relaxed);
    }
}

/// What [`Jobs::next`] found.
pub enum Next {
    /// Work.
    Job(Box<QueuedRequest>),
    /// Nothing came in the time given.
    Nothing,
    /// The editor is gone and nothing waits.
    Closed,
}

/// The queue between reader and worker loop. Clones share one queue.
#[derive(Clone, Default)]
pub struct Jobs(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    /// In order of arrival.
    waiting: VecDeque<QueuedRequest>,
    running: Option<(Priority, StopFlag)>,
    closed: bool,
}

impl Jobs {
    /// Adds a job, and tells the running one to give way if this one is more important.
    ///
    /// # Errors
    /// Gives the job back when `most` wait already.
    pub fn push(&self, job: QueuedRequest, most: usize) -> Result<(), Box<QueuedRequest>> {
        let mut state = self.0.state.lock();
        if state.waiting.len() >= most {
            return Err(Box::new(job));
        }
        if let Some((priority, stop)) = &state.running
            && *priority < job.request.priority()
        {
            stop.raise(Stop::Overtaken);
        }
        state.waiting.push_back(job);
        self.0.filled.notify_one();
        Ok(())
    }

    /// Puts a job back that was overtaken: it is the next one of its importance.
    pub fn put_back(&self, job: QueuedRequest) {
        job.stop.lower();
        self.0.state.lock().waiting.push_front(job);
    }

    /// The most important job, waiting for one at most so long (`None`: for ever). It counts as running until the next call.
    pub fn next(&self, patience: Option<Duration>) -> Next {
        let deadline = patience.map(|patience| Instant::now() + patience);
        let mut state = self.0.state.lock();
        state.running = None;
        loop {
            if let Some(job) = state.take() {
                return Next::Job(Box::new(job));
            }
            if state.closed {
                return Next::Closed;
            }
            match deadline {
                Some(deadline) if self.0.filled.wait_until(&mut state, deadline).timed_out() => {
                    return state.take().map_or(Next::Nothing, |job| Next::Job(Box::new(job)));
                }
                Some(_) => {}
                None => self.0.filled.wait(&mut state),
            }
        }
    }

    /// No more work will come.
    pub fn close(&self) {
        self.0.state.lock().closed = true;
        self.0.filled.notify_all();
    }
}

impl State {
    fn take(&mut self) -> Option<QueuedRequest> {
        let most = self.waiting.iter().map(|job| job.request.priority()).max()?;
        let at = self.waiting.iter().position(|job| job.request.priority() == most)?;
        let job = self.waiting.remove(at)?;
        self.running = Some((most, job.stop.clone()));
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Control, FillContext, Prompt, RequestId, Sampling};

    fn job(id: u64, priority: Priority) -> QueuedRequest {
        let id = RequestId(id);
        let generate = |prompt| Request::Generate {
            id,
            model: None,
            prompt,
            params: Sampling::default(),
            ctrl: Control::default(),
        };
        let request = match priority {
            Priority::Idle => Request::Prime { id, model: None, prompt: Prompt::Raw(String::new()) },
            Priority::Typing => generate(Prompt::Fill(FillContext::default())),
            Priority::Asked => generate(Prompt::Raw(String::new())),
        };
        assert_eq!(request.priority(), priority);
        QueuedRequest { request, stop: StopFlag::default() }
    }

    fn next_id(jobs: &Jobs) -> Option<u64> {
        match jobs.next(Some(Duration::ZERO)) {
            Next::Job(job) => job.request.id().map(|id| id.0),
            Next::Nothing | Next::Closed => None,
        }
    }

    #[test]
    fn the_most_important_comes_first_and_equals_in_order() {
        let jobs = Jobs::default();
        let order = [Priority::Idle, Priority::Typing, Priority::Asked, Priority::Typing, Priority::Asked];
        for (id, priority) in order.into_iter().enumerate() {
            assert!(jobs.push(job(id as u64, priority), 9).is_ok());
        }
        let served: Vec<u64> = std::iter::from_fn(|| next_id(&jobs)).collect();
        assert_eq!(served, [2, 4, 1, 3, 0]);
    }

    #[test]
    fn only_something_more_important_overtakes_and_the_overtaken_goes_on_first() {
        let jobs = Jobs::default();
        jobs.push(job(1, Priority::Typing), 9).ok();
        let Next::Job(running) = jobs.next(None) else { panic!("nothing to do") };
        jobs.push(job(2, Priority::Typing), 9).ok();
        assert_eq!(running.stop.raised(), None);
        jobs.push(job(3, Priority::Asked), 9).ok();
        assert_eq!(running.stop.raised(), Some(Stop::Overtaken));
        let stop = running.stop.clone();
        jobs.put_back(*running);
        assert_eq!(stop.raised(), None);
        let served: Vec<u64> = std::iter::from_fn(|| next_id(&jobs)).collect();
        assert_eq!(served, [3, 1, 2]);
    }

    #[test]
    fn a_cancel_stays_a_cancel_for_a_job_that_is_put_back() {
        let jobs = Jobs::default();
        jobs.push(job(1, Priority::Idle), 9).ok();
        let Next::Job(running) = jobs.next(None) else { panic!("nothing to do") };
        jobs.push(job(2, Priority::Asked), 9).ok();
        running.stop.raise(Stop::Cancelled);
        let stop = running.stop.clone();
        jobs.put_back(*running);
        assert_eq!(stop.raised(), Some(Stop::Cancelled));
    }

    #[test]
    fn what_waits_is_served_before_the_queue_is_closed() {
        let jobs = Jobs::default();
        jobs.push(job(1, Priority::Asked), 1).ok();
        assert!(jobs.push(job(2, Priority::Asked), 1).is_err());
        jobs.close();
        assert_eq!(next_id(&jobs), Some(1));
        assert!(matches!(jobs.next(None), Next::Closed));
    }
}
