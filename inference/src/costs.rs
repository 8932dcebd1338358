//! What a call to the model costs on this machine, learned while it runs.

use std::time::Duration;

/// Batch sizes at which cost is kept; the last one stands for all larger ones.
const SIZES: [usize; 9] = [1, 2, 4, 8, 12, 16, 24, 32, 64];
/// Weight of a new measurement.
const FRESH: f64 = 0.25;
/// Cost of one more token in a batch relative to a batch of one, until it is measured: what a bandwidth-bound CPU shows.
const GUESS: f64 = 0.12;

/// Milliseconds of a decode step by batch size and thread count.
#[derive(Clone, Debug, Default)]
pub struct StepCosts {
    by_threads: Vec<[Option<f64>; SIZES.len()]>,
}

impl StepCosts {
    /// A batch of `size` tokens took `took`.
    pub fn learn(&mut self, threads: u32, size: usize, took: Duration) {
        let cell = &mut self.row(threads)[bucket(size)];
        let ms = took.as_secs_f64() * 1000.0;
        *cell = Some(cell.map_or(ms, |old| old + FRESH * (ms - old)));
    }

    /// Expected milliseconds for a batch of `size`; `None` before anything was measured with so many threads.
    pub fn expect(&self, threads: u32, size: usize) -> Option<f64> {
        let row = self.by_threads.get(threads as usize)?;
        let at = bucket(size);
        if let Some(ms) = row[at] {
            return Some(ms);
        }
        let below = (0..at).rev().find_map(|i| row[i].map(|ms| (SIZES[i], ms)));
        let above = (at + 1..SIZES.len()).find_map(|i| row[i].map(|ms| (SIZES[i], ms)));
        match (below, above) {
            (Some((a, low)), Some((b, high))) => {
                let share = (SIZES[at] - a) as f64 / (b - a) as f64;
                Some(low + share * (high - low))
            }
            (Some((a, low)), None) => Some(low * growth(SIZES[at]) / growth(a)),
            (None, Some((b, high))) => Some(high * growth(SIZES[at]) / growth(b)),
            (None, None) => None,
        }
    }

    fn row(&mut self, threads: u32) -> &mut [Option<f64>; SIZES.len()] {
        let index = threads as usize;
        if self.by_threads.len() <= index {
            self.by_threads.resize(index + 1, [None; SIZES.len()]);
        }
        &mut self.by_threads[index]
    }
}

fn growth(size: usize) -> f64 {
    1.0 + GUESS * (size - 1) as f64
}

fn bucket(size: usize) -> usize {
    SIZES.iter().position(|s| size <= *s).unwrap_or(SIZES.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_expected_between_or_beyond_what_was() {
        let mut costs = StepCosts::default();
        assert_eq!(costs.expect(2, 1), None);
        costs.learn(2, 1, Duration::from_millis(70));
        assert!((costs.expect(2, 16).unwrap() - 70.0 * 2.8).abs() < 1e-6);
        costs.learn(2, 16, Duration::from_millis(180));
        let eight = costs.expect(2, 8).unwrap();
        assert!(eight > 70.0 && eight < 180.0, "{eight}");
        assert_eq!(costs.expect(1, 1), None);
    }
}
