//! How many threads compute.
//!
//! llama.cpp's threads meet at a barrier after each operation and spin there. With one thread more than there are free
//! cores, the preempted one keeps all others waiting for a whole time slice at each barrier: decoding becomes 10 to 20
//! times slower, far worse than using fewer threads. So the count follows what other programs leave free: down at once, up
//! when it has been quiet for a moment. Where the system tells nothing about other programs, a stuck step says enough.

use std::time::Duration;

/// Below this share of a core others may run without costing us a thread: the window, background services.
const TOLERANCE: f32 = 0.35;
/// How long it must have been quiet before a thread is added.
const QUIET: Duration = Duration::from_millis(300);
/// How long a stuck step keeps a thread away; doubled each time it happens again soon, up to [`MAX_HOLD`].
const HOLD: Duration = Duration::from_millis(700);
const MAX_HOLD: Duration = Duration::from_secs(20);

/// Picks the thread count. Time is passed in, from any fixed start.
#[derive(Clone, Debug)]
pub struct ThreadGovernor {
    cores: u32,
    threads: u32,
    fixed: bool,
    quiet_since: Option<Duration>,
    hold: Duration,
    held_until: Duration,
}

impl ThreadGovernor {
    /// Starts with all `cores` (performance cores, where there are kinds), or keeps to `fixed`.
    pub fn new(cores: u32, fixed: Option<u32>) -> Self {
        ThreadGovernor {
            cores: cores.max(1),
            threads: fixed.unwrap_or(cores).max(1),
            fixed: fixed.is_some(),
            quiet_since: None,
            hold: HOLD,
            held_until: Duration::ZERO,
        }
    }

    /// Threads to compute with now.
    pub fn threads(&self) -> u32 {
        self.threads
    }

    /// True when a stuck step can be answered with fewer threads.
    pub fn can_shrink(&self) -> bool {
        !self.fixed && self.threads > 1
    }

    /// Others use `busy` cores on average; `None` when the system does not tell.
    pub fn observe(&mut self, now: Duration, busy: Option<f32>) {
        if self.fixed {
            return;
        }
        let free = busy.map_or(self.cores, |busy| free_cores(self.cores, busy));
        if free < self.threads {
            self.threads = free;
            self.quiet_since = None;
        } else if free > self.threads && now >= self.held_until {
            let since = *self.quiet_since.get_or_insert(now);
            if now.saturating_sub(since) >= QUIET {
                self.threads = free;
                self.quiet_since = None;
            }
        } else {
            self.quiet_since = None;
        }
    }

    /// A request begins after a pause: all cores are tried again, unless a stuck step holds a thread back. Should others be
    /// busy, the first measurement or the first stuck step tells.
    pub fn restart(&mut self, now: Duration) {
        if !self.fixed && now >= self.held_until {
            self.threads = self.cores;
            self.quiet_since = None;
        }
    }

    /// A step took many times as long as it should: some thread waits for a core.
    pub fn stuck(&mut self, now: Duration) {
        if !self.can_shrink() {
            return;
        }
        self.threads -= 1;
        self.quiet_since = None;
        let again_soon = now < self.held_until + self.hold;
        self.hold = if again_soon { (self.hold * 2).min(MAX_HOLD) } else { HOLD };
        self.held_until = now + self.hold;
    }
}

fn free_cores(cores: u32, busy: f32) -> u32 {
    let free = (cores as f32 - busy + TOLERANCE).floor();
    (free as u32).clamp(1, cores)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_busy_core_costs_a_thread_at_once_and_gives_it_back_when_quiet() {
        let mut governor = ThreadGovernor::new(2, None);
        governor.observe(ms(0), Some(0.1));
        assert_eq!(governor.threads(), 2);
        governor.observe(ms(100), Some(0.67));
        assert_eq!(governor.threads(), 1);
        for t in [200, 300, 400] {
            governor.observe(ms(t), Some(0.05));
            assert_eq!(governor.threads(), 1, "at {t} ms");
        }
        governor.observe(ms(500), Some(0.05));
        assert_eq!(governor.threads(), 2);
    }

    #[test]
    fn all_cores_busy_still_leaves_one_thread() {
        let mut governor = ThreadGovernor::new(4, None);
        governor.observe(ms(0), Some(9.0));
        assert_eq!(governor.threads(), 1);
    }

    #[test]
    fn without_a_meter_stuck_steps_shrink_and_trials_become_rarer() {
        let mut governor = ThreadGovernor::new(2, None);
        let mut trials = Vec::new();
        for t in (0..20_000).step_by(100) {
            governor.observe(ms(t), None);
            if governor.threads() == 2 {
                trials.push(t);
                governor.stuck(ms(t));
            }
        }
        let gaps: Vec<u64> = trials.windows(2).map(|w| w[1] - w[0]).collect();
        assert!(gaps.windows(2).all(|w| w[1] > w[0]), "{gaps:?}");
        assert!(trials.len() < 8, "{trials:?}");
    }

    #[test]
    fn a_new_request_tries_all_cores_unless_a_step_was_just_stuck() {
        let mut governor = ThreadGovernor::new(2, None);
        governor.observe(ms(100), Some(1.0));
        governor.restart(ms(5000));
        assert_eq!(governor.threads(), 2);
        governor.stuck(ms(5100));
        governor.restart(ms(5200));
        assert_eq!(governor.threads(), 1);
    }

    #[test]
    fn a_fixed_count_stays() {
        let mut governor = ThreadGovernor::new(8, Some(3));
        governor.restart(ms(0));
        governor.observe(ms(0), Some(8.0));
        governor.stuck(ms(1));
        assert_eq!(governor.threads(), 3);
    }
}
