//! What is given up when memory gets short, one step at a time: first the models that matter least, then what the one in
//! use can spare, the model itself last. Each step says its numbers.

use std::time::Duration;

use ipc::protocol::KvType;
use models::fit::MIN_CONTEXT;

use super::{Resident, ResidentKey, budget::MemoryReading, least_recently_used_first, size};

/// Share of time stalled that asks for a step: Android's low-memory killer acts on 70 ms of partial stall in a second by
/// default (`ro.lmk.psi_partial_stall_ms`).
const STALLED: f32 = 7.0;
/// The share is an average over ten seconds: another step before that would answer the same stall.
const STALL_PAUSE: Duration = Duration::from_secs(10);

/// Why memory has to be given back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Pressure {
    /// Models take this many bytes more than their budget.
    Short(u64),
    /// Programs wait for memory: this many percent of the time.
    Stalled(f32),
}

impl std::fmt::Display for Pressure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Pressure::Short(bytes) => write!(f, "the machine is short of {}", size(*bytes)),
            Pressure::Stalled(percent) => write!(f, "programs waited for memory {percent:.0} % of the time"),
        }
    }
}

/// Something given up. `frees` is in bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PressureStep {
    /// Unload a model that is not the one used last: a completion model first, then the least recently used.
    Drop {
        /// Which.
        key: ResidentKey,
        /// What it counts for.
        frees: u64,
    },
    /// Keep the KV cache in 8 bits.
    QuantiseKv {
        /// Of which model.
        key: ResidentKey,
        /// Half of its KV cache, nearly.
        frees: u64,
    },
    /// Halve the context.
    ShrinkContext {
        /// Of which model.
        key: ResidentKey,
        /// Tokens before.
        from: u32,
        /// Tokens after.
        to: u32,
        /// Half of its KV cache.
        frees: u64,
    },
    /// Unload the model used last.
    Unload {
        /// Which.
        key: ResidentKey,
        /// What it counts for.
        frees: u64,
    },
}

impl PressureStep {
    /// The model it concerns.
    pub fn key(&self) -> ResidentKey {
        match self {
            PressureStep::Drop { key, .. }
            | PressureStep::QuantiseKv { key, .. }
            | PressureStep::ShrinkContext { key, .. }
            | PressureStep::Unload { key, .. } => *key,
        }
    }

    /// Bytes that it frees.
    pub fn frees(&self) -> u64 {
        match self {
            PressureStep::Drop { frees, .. }
            | PressureStep::QuantiseKv { frees, .. }
            | PressureStep::ShrinkContext { frees, .. }
            | PressureStep::Unload { frees, .. } => *frees,
        }
    }

    /// What was done to the model `id`, with its numbers, as the beginning of a sentence.
    pub fn tell(&self, id: &str) -> String {
        let frees = size(self.frees());
        match self {
            PressureStep::Drop { .. } | PressureStep::Unload { .. } => format!("Unloaded {id} ({frees})"),
            PressureStep::QuantiseKv { .. } => {
                format!("{id} keeps its KV cache in 8 bits from now on ({frees} less)")
            }
            PressureStep::ShrinkContext { from, to, .. } => {
                format!("{id} has a context of {to} instead of {from} tokens from now on ({frees} less)")
            }
        }
    }
}

/// Watches for pressure. Time is passed in.
#[derive(Clone, Debug, Default)]
pub struct Watch {
    last_stall: Option<Duration>,
}

impl Watch {
    /// Whether something must be given up now. `used` and `budget` are bytes; `slack` is how far the budget may be exceeded
    /// before it is answered, so that a few pages of other programs do not cost a model.
    pub fn pressure(
        &mut self,
        now: Duration,
        machine: &MemoryReading,
        used: u64,
        budget: u64,
        slack: u64,
    ) -> Option<Pressure> {
        if used > budget.saturating_add(slack) {
            return Some(Pressure::Short(used - budget));
        }
        let percent = machine.stalled.filter(|percent| *percent >= STALLED)?;
        let answered = self.last_stall.is_some_and(|last| now.saturating_sub(last) < STALL_PAUSE);
        if answered {
            return None;
        }
        self.last_stall = Some(now);
        Some(Pressure::Stalled(percent))
    }
}

/// The next step; `None` when only models that answer now are left. Each step makes the residents smaller, so asking
/// again and again comes to an end.
pub fn relieve(residents: &[Resident]) -> Option<PressureStep> {
    let mut idle = least_recently_used_first(residents);
    idle.sort_by_key(|r| !r.background);
    let first = *idle.first()?;
    if residents.len() > 1 {
        return Some(PressureStep::Drop { key: first.key, frees: first.bytes() });
    }
    Some(shrink(first))
}

fn shrink(resident: &Resident) -> PressureStep {
    let (key, kv) = (resident.key, resident.need.kv);
    // ggml's q8_0 keeps 32 values in 34 bytes.
    let eight_bits = kv / 64 * 34;
    let half = (resident.context / 2).max(MIN_CONTEXT);
    match resident.kv {
        KvType::F16 if !resident.exact && kv > eight_bits => {
            PressureStep::QuantiseKv { key, frees: kv - eight_bits }
        }
        _ if half < resident.context && kv > 0 => {
            let frees = kv - (u128::from(kv) * u128::from(half) / u128::from(resident.context)) as u64;
            PressureStep::ShrinkContext { key, from: resident.context, to: half, frees }
        }
        _ => PressureStep::Unload { key, frees: resident.bytes() },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::residency::tests::resident;

    #[test]
    fn an_exact_cache_is_shortened_instead_of_made_coarser() {
        let mut one = resident(1, 1000, 0);
        assert!(matches!(relieve(&[one.clone()]), Some(PressureStep::QuantiseKv { .. })));
        one.exact = true;
        assert!(matches!(relieve(&[one]), Some(PressureStep::ShrinkContext { to: 4096, .. })));
    }

    #[test]
    fn completion_goes_first_then_precision_then_context_then_the_model() {
        let mut models = vec![resident(1, 6400, 50), resident(2, 640, 90), resident(3, 640, 70)];
        models[1].background = true;
        assert_eq!(relieve(&models), Some(PressureStep::Drop { key: ResidentKey(2), frees: 640 }));
        models.remove(1);
        assert_eq!(
            relieve(&models),
            Some(PressureStep::Drop { key: ResidentKey(1), frees: 6400 }),
            "the least recently used"
        );
        models.remove(1);
        assert_eq!(relieve(&models), Some(PressureStep::QuantiseKv { key: ResidentKey(1), frees: 750 }));
        models[0].kv = KvType::Q8;
        models[0].need.kv = 850;
        assert_eq!(
            relieve(&models),
            Some(PressureStep::ShrinkContext { key: ResidentKey(1), from: 8192, to: 4096, frees: 425 })
        );
        models[0].context = MIN_CONTEXT;
        assert!(matches!(relieve(&models), Some(PressureStep::Unload { .. })));
        models[0].busy = true;
        assert_eq!(relieve(&models), None);
    }

    #[test]
    fn a_stall_is_answered_once_in_ten_seconds_and_a_shortage_at_once() {
        let mut watch = Watch::default();
        let at = Duration::from_secs;
        let stalled = MemoryReading { stalled: Some(20.0), ..MemoryReading::default() };
        assert_eq!(watch.pressure(at(0), &stalled, 5, 10, 0), Some(Pressure::Stalled(20.0)));
        assert_eq!(watch.pressure(at(9), &stalled, 5, 10, 0), None);
        assert_eq!(watch.pressure(at(9), &stalled, 12, 10, 1), Some(Pressure::Short(2)));
        assert_eq!(watch.pressure(at(10), &stalled, 11, 10, 1), Some(Pressure::Stalled(20.0)));
        assert_eq!(watch.pressure(at(60), &MemoryReading::default(), 11, 10, 1), None, "within the slack");
    }

    #[test]
    fn steps_tell_their_numbers() {
        let step =
            PressureStep::ShrinkContext { key: ResidentKey(1), from: 8192, to: 4096, frees: 114_000_000 };
        let told = step.tell("m");
        assert!(told.contains("4096") && told.contains("8192") && told.contains("114 MB"), "{told}");
    }
}
