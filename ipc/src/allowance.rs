//! How much a worker may say: for each request what its own limits make possible, and a little, slowly, that nobody asked for.
//!
//! No honest worker comes near these figures; one that goes beyond them wants to fill the editor's memory or its time.

use std::time::Duration;

use crate::protocol::{Control, Request, WorkerMessage};

/// Most bytes of one token: the vocabularies in use end with runs of 128 spaces.
const MAX_TOKEN: u64 = 512;
/// Tokens of an answer whose request and model name no limit: no model in use has a longer context.
const MAX_TOKENS: u32 = 1 << 20;
/// Most bytes of an answer, whatever its request allows.
const MAX_ANSWER: u64 = 16 << 20;
/// Events of a request beside those with its answer: progress, of which there is one for each step of a load or a prompt.
const MAX_PROGRESS: u32 = 1 << 16;

/// What a request may still cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Allowance {
    events: u32,
    bytes: u64,
}

impl Allowance {
    /// For a request to a model with a context of this many tokens.
    pub fn of(request: &Request, context: Option<u32>) -> Allowance {
        let tokens = match request {
            Request::Generate { ctrl: Control { max_tokens, .. }, .. } => {
                let limits = max_tokens.iter().chain(&context).copied();
                limits.min().unwrap_or(MAX_TOKENS).min(MAX_TOKENS)
            }
            _ => 0,
        };
        // A character that is not complete is held back, and comes behind the last token.
        let (tokens, bytes) = (tokens.saturating_add(1), u64::from(tokens.saturating_add(1)) * MAX_TOKEN);
        Allowance { events: MAX_PROGRESS + tokens, bytes: bytes.min(MAX_ANSWER) }
    }

    /// Takes what an event costs.
    ///
    /// # Errors
    /// When there is not so much left, in words.
    pub fn spend(&mut self, event: &WorkerMessage) -> Result<(), String> {
        self.events = self.events.checked_sub(1).ok_or("more progress than a request can make".to_owned())?;
        if let WorkerMessage::Delta { text, .. } = event {
            let left = self.bytes.checked_sub(text.len() as u64);
            self.bytes = left.ok_or("a longer answer than its request allows".to_owned())?;
        }
        Ok(())
    }
}

/// Events that answer no open request: what changed in memory, late answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unasked {
    left: u32,
    filled: Duration,
}

impl Unasked {
    /// This many at once. A worker looks after memory once in some seconds, and after each request.
    const MAX: u32 = 256;
    /// This many more with each request: what it changes in memory, before and after.
    const EACH: u32 = 4;
    /// One more after each of these.
    const PERIOD: Duration = Duration::from_millis(50);

    /// From `now` on.
    pub fn new(now: Duration) -> Unasked {
        Unasked { left: Self::MAX, filled: now }
    }

    /// A request is on its way.
    pub fn requested(&mut self) {
        self.left = (self.left + Self::EACH).min(Self::MAX);
    }

    /// Takes one event.
    ///
    /// # Errors
    /// When there were too many, in words.
    pub fn spend(&mut self, now: Duration) -> Result<(), String> {
        let more = now.saturating_sub(self.filled).as_nanos() / Self::PERIOD.as_nanos();
        let more = u32::try_from(more).unwrap_or(u32::MAX);
        self.left = self.left.saturating_add(more).min(Self::MAX);
        self.filled += Self::PERIOD.saturating_mul(more);
        self.left = self.left.checked_sub(1).ok_or("a flood of events that nobody asked for".to_owned())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Prompt, RequestId, Sampling};

    const ID: RequestId = RequestId(1);

    fn question(max_tokens: Option<u32>) -> Request {
        Request::Generate {
            id: ID,
            model: None,
            prompt: Prompt::Raw(String::new()),
            params: Sampling::default(),
            ctrl: Control { max_tokens, ..Control::default() },
        }
    }

    /// How many bytes of an answer pass, said in pieces of this many.
    fn bytes_that_pass(max_tokens: Option<u32>, context: Option<u32>, piece: usize) -> u64 {
        let mut allowance = Allowance::of(&question(max_tokens), context);
        let delta = WorkerMessage::Delta { id: ID, text: "x".repeat(piece), tokens: 1 };
        std::iter::from_fn(|| allowance.spend(&delta).ok()).count() as u64 * piece as u64
    }

    #[test]
    fn an_answer_is_as_long_as_its_request_and_its_model_make_possible() {
        assert_eq!(bytes_that_pass(Some(9), None, 512), 10 * 512);
        assert_eq!(bytes_that_pass(Some(9), Some(4), 512), 5 * 512);
        assert_eq!(bytes_that_pass(None, Some(4), 512), 5 * 512);
        assert_eq!(bytes_that_pass(None, None, 1 << 16), MAX_ANSWER);
        assert_eq!(bytes_that_pass(Some(u32::MAX), Some(u32::MAX), 1 << 16), MAX_ANSWER);
        assert_eq!(bytes_that_pass(Some(100_000), None, 4), 4 * u64::from(MAX_PROGRESS + 100_001));
    }

    #[test]
    fn empty_pieces_and_progress_are_counted() {
        let mut load = Allowance::of(&Request::ListDevices { id: ID }, None);
        let progress = WorkerMessage::LoadProgress { id: ID, fraction: 0.5 };
        assert_eq!(std::iter::from_fn(|| load.spend(&progress).ok()).count() as u32, MAX_PROGRESS + 1);
    }

    #[test]
    fn what_nobody_asked_for_may_come_now_and_then_and_not_as_a_flood() {
        let mut unasked = Unasked::new(Duration::ZERO);
        let at = |ms| Duration::from_millis(ms);
        assert!((0..100_000u64).all(|n| unasked.spend(at(60 * n)).is_ok()), "seventeen a second");
        let now = at(6_000_000);
        let at_once = std::iter::from_fn(|| unasked.spend(now).ok()).count() as u32;
        assert!(at_once <= Unasked::MAX, "{at_once}");
        assert!(unasked.spend(now + Unasked::PERIOD / 2).is_err());
        assert!(unasked.spend(now + Unasked::PERIOD).is_ok());
    }

    #[test]
    fn what_each_request_changes_in_memory_is_no_flood() {
        let mut unasked = Unasked::new(Duration::ZERO);
        for _ in 0..10_000 {
            unasked.requested();
            (0..Unasked::EACH).for_each(|_| unasked.spend(Duration::ZERO).unwrap());
        }
        let more = std::iter::from_fn(|| unasked.spend(Duration::ZERO).ok()).count();
        assert!(more <= Unasked::MAX as usize, "requests pile up no right to a flood");
    }
}
