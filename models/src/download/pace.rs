//! Speed, limits and waiting as plain arithmetic; the time comes in.

use std::time::{Duration, Instant};

/// Bytes are averaged over about this long.
const WINDOW: f64 = 3.0;
/// After this many failures in a row the wait grows no more.
const MAX_DOUBLINGS: u32 = 5;

/// A speed that forgets.
#[derive(Debug, Default)]
pub(super) struct SpeedMeter {
    last: Option<Instant>,
    pending: u64,
    speed: f64,
}

impl SpeedMeter {
    /// A new connection: the time without one does not count.
    pub(super) fn restart(&mut self, now: Instant) {
        (self.last, self.pending) = (Some(now), 0);
    }

    pub(super) fn add(&mut self, bytes: u64, now: Instant) {
        self.pending += bytes;
        let Some(last) = self.last else { return self.restart(now) };
        let passed = now.duration_since(last).as_secs_f64();
        if passed < 0.05 {
            return;
        }
        let current = self.pending as f64 / passed;
        let weight = if self.speed == 0.0 { 1.0 } else { 1.0 - (-passed / WINDOW).exp() };
        self.speed += (current - self.speed) * weight;
        (self.last, self.pending) = (Some(now), 0);
    }

    /// Bytes per second.
    pub(super) fn speed(&self, now: Instant) -> u64 {
        let silent = self.last.map_or(0.0, |last| now.duration_since(last).as_secs_f64());
        (self.speed * (-(silent - 0.5).max(0.0) / WINDOW).exp()) as u64
    }
}

/// A rate limit: how long to wait after this many bytes.
#[derive(Debug)]
pub(super) struct Limiter {
    rate: Option<u64>,
    /// When the bytes so far are paid for.
    paid: Instant,
}

impl Limiter {
    pub(super) fn new(rate: Option<u64>, now: Instant) -> Self {
        Self { rate: rate.filter(|&rate| rate > 0), paid: now }
    }

    pub(super) fn take(&mut self, bytes: u64, now: Instant) -> Duration {
        let Some(rate) = self.rate else { return Duration::ZERO };
        self.paid = self.paid.max(now) + Duration::from_secs_f64(bytes as f64 / rate as f64);
        self.paid.duration_since(now)
    }
}

/// 1, 2, 4 ... 32 times the first wait.
pub(super) fn backoff(first: Duration, failures: u32) -> Duration {
    first.saturating_mul(1 << failures.saturating_sub(1).min(MAX_DOUBLINGS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speed_follows_and_forgets() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut meter = SpeedMeter::default();
        meter.restart(start);
        (1..=100).for_each(|n| meter.add(10_000, at(n * 100)));
        assert!((99_000..101_000).contains(&meter.speed(at(10_000))), "{}", meter.speed(at(10_000)));
        (1..=100).for_each(|n| meter.add(1_000, at(10_000 + n * 100)));
        assert!((9_900..15_000).contains(&meter.speed(at(20_000))), "{}", meter.speed(at(20_000)));
        assert!(meter.speed(at(60_000)) < 10, "silence is no speed");
    }

    #[test]
    fn the_limit_is_kept_on_average() {
        let mut now = Instant::now();
        let start = now;
        let mut limiter = Limiter::new(Some(1_000), now);
        for _ in 0..50 {
            now += limiter.take(100, now);
        }
        assert!(((now - start).as_secs_f64() - 5.0).abs() < 0.01);
        assert_eq!(Limiter::new(None, now).take(1 << 30, now), Duration::ZERO);
        assert_eq!(Limiter::new(Some(0), now).take(1 << 30, now), Duration::ZERO);
    }

    #[test]
    fn waits_double_up_to_a_limit() {
        let waits: Vec<u64> = (1..9).map(|n| backoff(Duration::from_secs(1), n).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 32, 32]);
    }
}
