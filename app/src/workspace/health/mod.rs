//! What keeps the AI going when the machine does not play along: the figures that say when to help, what memory ran out for
//! and what is tried instead, answers that come too slowly, and what of all this is shown. Data and pure functions;
//! [`crate::update`] connects them with events and effects.

pub mod ladder;
pub mod slow;
pub mod store;

use std::collections::{BTreeMap, HashMap, VecDeque};

use ground::ids::JobId;

use self::ladder::{MemoryFailures, RunConfig};
use self::slow::Slow;

/// When to help, and how much. One plain struct, so that settings can fill it.
#[derive(Clone, Debug, PartialEq)]
pub struct HealthPolicy {
    /// Answers slower than this many tokens a second are too slow.
    pub min_rate: f64,
    /// Answers whose first token takes longer than this many milliseconds are too slow.
    pub max_first_ms: f64,
    /// This many of the last [`HealthPolicy::slow_of`] answers must be too slow before a lighter model is suggested.
    pub slow_times: usize,
    /// How many answers are looked back at.
    pub slow_of: usize,
    /// Load the model when the window opens.
    pub warm_at_start: bool,
    /// Load a model that was unloaded for being idle when the window gets the keyboard again.
    pub warm_on_focus: bool,
    /// The context is not made smaller than this, in tokens.
    pub min_context: u32,
}

impl Default for HealthPolicy {
    fn default() -> HealthPolicy {
        HealthPolicy {
            // Slower than a quick reader reads code.
            min_rate: 3.0,
            max_first_ms: 20_000.0,
            slow_times: 3,
            slow_of: 5,
            warm_at_start: false,
            warm_on_focus: true,
            min_context: 2048,
        }
    }
}

/// How many samples of tokens a second are kept.
const MAX_RATES: usize = 120;
/// How many restarts are kept.
const MAX_RESTARTS: usize = 50;

/// Everything that is known about how the AI gets on.
#[derive(Clone, Debug, Default)]
pub struct AiHealth {
    /// When to help.
    pub policy: HealthPolicy,
    /// What memory ran out for on this machine.
    pub history: MemoryFailures,
    /// Bytes that models may take, as a worker last reported.
    pub available: Option<u64>,
    /// What is remembered of an earlier start waits for a worker's word on the memory there is now.
    pub weighing: bool,
    /// How each model is run that is not run as the user wants, by id, as the worker's side was told last.
    pub runs: BTreeMap<String, RunConfig>,
    /// What was last reported about a smaller way that is taken.
    pub stepped: Option<String>,
    /// For now nothing on the GPU: the user wished so, or it failed.
    pub cpu_only: bool,
    /// A model was seen to compute on a GPU here; llama.cpp is built for one on macOS, and elsewhere where somebody asked for it.
    pub gpu_seen: bool,
    /// The GPU failed once since the window opened.
    pub gpu_failed: bool,
    /// The open questions to the worker.
    pub asked: HashMap<JobId, PendingJob>,
    /// The loads that the user asked for and that are not done, the latest last.
    pub loads: Vec<PendingJob>,
    /// Answers that came too slowly.
    pub slow: Slow,
    /// Workers that died, the latest last: when on the window's clock, and why.
    pub restarts: VecDeque<(u64, String)>,
    /// Tokens a second, as seen while answers came.
    pub rates: VecDeque<f32>,
    /// When a rate was sampled last.
    pub sampled: u64,
    /// Since when on the window's clock the worker has nothing to do.
    pub idle_since: Option<u64>,
    /// The job that was resumed last after the death of a worker, and how often.
    pub resumed: Option<(JobId, u8)>,
    /// A model was unloaded for being idle: it comes again with the focus.
    pub went_idle: Option<String>,
}

/// A question to the worker, or a load, and the way it is run.
#[derive(Clone, Debug, PartialEq)]
pub struct PendingJob {
    /// What the user wants.
    pub wanted: RunConfig,
    /// How it is run now.
    pub way: RunConfig,
    /// What memory did not suffice for, for this question.
    pub tried: Vec<RunConfig>,
    /// Since when, on the window's clock.
    pub since: u64,
}

impl AiHealth {
    /// Milliseconds until the idle model is unloaded, which is done after this many seconds; `None`: nothing is counted down.
    pub fn idle_left(&self, after_s: Option<u32>, now: u64) -> Option<u64> {
        let after = u64::from(after_s?) * 1_000;
        self.idle_since.map(|since| (since + after).saturating_sub(now))
    }

    /// Models may compute on a GPU.
    pub fn has_gpu(&self) -> bool {
        self.gpu_seen || cfg!(target_os = "macos")
    }

    /// Notes the death of a worker.
    pub fn died(&mut self, now: u64, reason: &str) {
        if self.restarts.len() == MAX_RESTARTS {
            self.restarts.pop_front();
        }
        self.restarts.push_back((now, reason.to_owned()));
    }

    /// Notes how fast an answer comes, a few times a second at most.
    pub fn sample(&mut self, now: u64, rate: f32) {
        const EACH: u64 = 400;
        if rate <= 0.0 || now < self.sampled + EACH {
            return;
        }
        self.sampled = now;
        if self.rates.len() == MAX_RATES {
            self.rates.pop_front();
        }
        self.rates.push_back(rate);
    }
}
