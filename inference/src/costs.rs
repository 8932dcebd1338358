//! What a call to the model costs on this machine, learned while it runs.

use std::time::Duration;

/// Batch sizes at which cost is kept; the last one stands for all larger ones.
const SIZES: [usize; 9] = [1, 2, 4, 8, 12, 16, 24, 32, 64];
/// Weight of a new measurement.
const FRESH: f64 = 0.25;
/// A step that takes longer than this many times what was expected was held up by something: it counts as this many times.
const HELD_UP: f64 = 2.0;
/// A size that was not measured in this many steps is guessed from those that were: else one bad figure for a size would keep
/// it from ever being tried again.
const STALE: u64 = 48;
/// Cost of one more token in a batch relative to a batch of one, until it is measured: what a bandwidth-bound CPU shows.
const GUESS: f64 = 0.12;

/// Milliseconds of a decode step by batch size and thread count.
#[derive(Clone, Debug, Default)]
pub struct StepCosts {
    by_threads: Vec<Row>,
}

/// What was measured with one number of threads.
#[derive(Clone, Debug, Default)]
struct Row {
    cells: [Option<Cell>; SIZES.len()],
    /// Steps measured so far.
    steps: u64,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    ms: f64,
    /// The last step of this size.
    step: u64,
}

impl StepCosts {
    /// A batch of `size` tokens took `took`.
    pub fn learn(&mut self, threads: u32, size: usize, took: Duration) {
        let index = threads as usize;
        if self.by_threads.len() <= index {
            self.by_threads.resize(index + 1, Row::default());
        }
        self.by_threads[index].learn(size, took.as_secs_f64() * 1000.0);
    }

    /// Expected milliseconds for a batch of `size`; `None` before anything was measured with this many threads.
    pub fn expect(&self, threads: u32, size: usize) -> Option<f64> {
        self.by_threads.get(threads as usize)?.expect(size)
    }

    /// What a batch of `size` costs beside other sizes: in milliseconds, or in batches of one before anything was measured.
    pub fn weigh(&self, threads: u32, size: usize) -> f64 {
        self.expect(threads, size).unwrap_or_else(|| growth(size))
    }
}

impl Row {
    fn learn(&mut self, size: usize, ms: f64) {
        self.steps += 1;
        let known = self.known(bucket(size));
        let ms = known.map_or(ms, |old| old + FRESH * (ms.min(HELD_UP * old) - old));
        self.cells[bucket(size)] = Some(Cell { ms, step: self.steps });
    }

    fn known(&self, at: usize) -> Option<f64> {
        self.cells[at].filter(|cell| self.steps - cell.step <= STALE).map(|cell| cell.ms)
    }

    fn expect(&self, size: usize) -> Option<f64> {
        let at = bucket(size);
        if let Some(ms) = self.known(at) {
            return Some(ms);
        }
        let below = (0..at).rev().find_map(|i| self.known(i).map(|ms| (SIZES[i], ms)));
        let above = (at + 1..SIZES.len()).find_map(|i| self.known(i).map(|ms| (SIZES[i], ms)));
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

    #[test]
    fn one_bad_figure_does_not_keep_a_size_from_being_tried() {
        let mut costs = StepCosts::default();
        costs.learn(2, 1, Duration::from_millis(408));
        (0..STALE).for_each(|_| costs.learn(2, 24, Duration::from_millis(132)));
        assert_eq!(costs.expect(2, 1), Some(408.0));
        costs.learn(2, 24, Duration::from_millis(132));
        assert!(costs.expect(2, 1).unwrap() < 40.0, "{:?}", costs.expect(2, 1));
    }

    #[test]
    fn a_step_that_was_held_up_counts_little_and_a_slower_machine_is_noticed() {
        let mut costs = StepCosts::default();
        costs.learn(2, 1, Duration::from_millis(40));
        costs.learn(2, 1, Duration::from_millis(4000));
        assert_eq!(costs.expect(2, 1), Some(50.0));
        (0..20).for_each(|_| costs.learn(2, 1, Duration::from_millis(400)));
        assert!(costs.expect(2, 1).unwrap() > 350.0);
    }
}
