//! How much else a machine has to do, so that a promised time can be asked for on a busy one: measured where and when it matters, and not
//! compared with any other machine.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// As long as a few turns of a scheduler.
const BURST: Duration = Duration::from_millis(30);
/// So short a piece of work is done without a break now and then, however busy the machine is.
const PIECE: u64 = 20_000;

/// How many times longer things take now than with the processors to themselves: at least 1.
///
/// Each core gets a thread of work in small pieces. The fastest piece of this process so far tells how long one takes that nobody breaks;
/// the slowest core counts.
pub fn slowdown() -> f64 {
    static FASTEST: AtomicU64 = AtomicU64::new(u64::MAX);
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let bursts: Vec<(Duration, u32)> = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| burst(&FASTEST))).collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let fastest = Duration::from_nanos(FASTEST.load(Ordering::Relaxed));
    bursts.into_iter().map(|(took, pieces)| times(took, pieces, fastest)).fold(1.0, f64::max)
}

fn burst(fastest: &AtomicU64) -> (Duration, u32) {
    let begun = Instant::now();
    let mut pieces = 0;
    while begun.elapsed() < BURST {
        let piece = Instant::now();
        black_box((0..PIECE).fold(1_u64, |sum, n| black_box(sum.rotate_left(5) ^ n)));
        fastest.fetch_min(u64::try_from(piece.elapsed().as_nanos()).unwrap_or(u64::MAX), Ordering::Relaxed);
        pieces += 1;
    }
    (begun.elapsed(), pieces)
}

fn times(took: Duration, pieces: u32, fastest: Duration) -> f64 {
    (took.as_secs_f64() / (f64::from(pieces) * fastest.as_secs_f64())).max(1.0)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use super::*;

    #[test]
    fn pieces_that_take_their_time_tell_how_much_longer_all_takes() {
        let ms = Duration::from_millis;
        assert_eq!(times(ms(30), 30, ms(1)), 1.0);
        assert_eq!(times(ms(30), 10, ms(1)), 3.0);
        assert_eq!(times(ms(29), 30, ms(1)), 1.0);
    }

    #[test]
    fn a_machine_with_four_others_on_each_core_is_slower() {
        let done = AtomicBool::new(false);
        let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
        thread::scope(|scope| {
            for _ in 0..4 * cores {
                scope.spawn(|| {
                    while !done.load(Ordering::Relaxed) {
                        std::hint::spin_loop();
                    }
                });
            }
            let most = (0..10).map(|_| slowdown()).fold(0.0, f64::max);
            done.store(true, Ordering::Relaxed);
            assert!(most > 2.0, "{most}");
        });
    }
}
