//! What this process does and whether it gets on with it, for the editor's pings: counters that the computing thread moves
//! and the wire's reader reads. One process computes one thing at a time, so they belong to the process.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};

use ipc::protocol::{Doing, Pulse};

static STEPS: AtomicU64 = AtomicU64::new(0);
static DOING: AtomicU8 = AtomicU8::new(0);

const ALL: [Doing; 5] = [Doing::Idle, Doing::Loading, Doing::Prefill, Doing::Decode, Doing::Tending];

/// Something was done: a node of a graph, a piece of a load.
pub fn step() {
    STEPS.fetch_add(1, Ordering::Relaxed);
}

/// From now on this is done. A change counts as a step.
pub fn begin(doing: Doing) {
    let at = ALL.iter().position(|other| *other == doing).unwrap_or(0);
    if DOING.swap(at as u8, Ordering::Relaxed) != at as u8 {
        step();
    }
}

/// What is done now, and how far it got.
pub fn pulse() -> Pulse {
    let doing = ALL.get(usize::from(DOING.load(Ordering::Relaxed))).copied().unwrap_or_default();
    Pulse { steps: STEPS.load(Ordering::Relaxed), doing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_and_each_change_moves_the_pulse() {
        let before = pulse();
        step();
        assert!(pulse().steps > before.steps);
        for doing in ALL {
            let before = pulse().steps;
            begin(doing);
            begin(if doing == Doing::Idle { Doing::Decode } else { Doing::Idle });
            assert!(pulse().steps > before, "{doing:?}");
        }
    }
}
