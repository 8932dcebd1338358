//! Which models may be in memory: pure functions over byte counts, so that the rules that keep the machine safe are tested
//! by simulation. Nothing here asks the machine or a clock; [`crate::engine`] does what is decided here.
//!
//! One rule carries the rest: what all resident models count for never exceeds the budget, unless the user insisted. It is
//! decided before a load, with numbers; what does not fit is refused before a byte of it is read.

pub mod budget;
pub mod calibration;
pub mod pressure;
#[cfg(test)]
mod simulation;

use std::time::Duration;

use ipc::protocol::KvType;

/// Names one resident model for as long as it is in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResidentKey(pub u64);

/// What a model takes, in bytes, by what it takes it for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Need {
    /// Weights, and the copies that were repacked for the CPU.
    pub weights: u64,
    /// KV cache.
    pub kv: u64,
    /// Compute buffers, logits, vocabulary, and what calibration or margin add.
    pub rest: u64,
}

impl Need {
    /// All of it.
    pub fn total(&self) -> u64 {
        self.weights.saturating_add(self.kv).saturating_add(self.rest)
    }

    /// The same need with another total: the KV cache is exact, the difference lies in the rest, then in the weights.
    pub fn corrected(self, total: u64) -> Need {
        let rest = total.saturating_sub(self.weights.saturating_add(self.kv));
        let weights = total.saturating_sub(rest).saturating_sub(self.kv);
        Need { weights, rest, ..self }
    }
}

/// A model in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Resident {
    /// Its name here.
    pub key: ResidentKey,
    /// Its name for people.
    pub id: String,
    /// What it was predicted to take.
    pub need: Need,
    /// Of that, bytes in a GPU's own memory.
    pub on_gpu: u64,
    /// What it takes as measured, in bytes; 0 where the system does not tell.
    pub measured: u64,
    /// When its last request ended, or it was loaded.
    pub last_used: Duration,
    /// It answers now: never to be touched.
    pub busy: bool,
    /// Unloaded after so long without a request; `None`: never.
    pub idle_after: Option<Duration>,
    /// The first to go when memory gets short.
    pub background: bool,
    /// Type of its KV cache.
    pub kv: KvType,
    /// Its KV cache is not to be made coarser.
    pub exact: bool,
    /// Its context, in tokens.
    pub context: u32,
}

impl Resident {
    /// What it counts for: the larger of predicted and measured, for memory that was promised may be touched any time.
    pub fn bytes(&self) -> u64 {
        self.need.total().max(self.measured)
    }

    /// The same model as one of the two memories sees it.
    #[must_use]
    pub fn part_in(&self, pool: Pool) -> Resident {
        // Which part of the cache is where does not matter to a budget.
        let lump = |weights| Need { weights, ..Need::default() };
        let (need, measured) = match pool {
            Pool::Machine if self.on_gpu == 0 => (self.need, self.measured),
            Pool::Machine => (lump(self.need.total().saturating_sub(self.on_gpu)), self.measured),
            Pool::Gpu => (lump(self.on_gpu), 0),
        };
        Resident { need, on_gpu: 0, measured, ..self.clone() }
    }
}

/// A memory with a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The machine's, which unified GPUs use too.
    Machine,
    /// Of a GPU that has its own. The driver does not tell what we take of it: predictions count.
    Gpu,
}

/// What to do about a load.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// There is room.
    Fits,
    /// There is room once these are unloaded, in this order.
    EvictFirst(Vec<ResidentKey>),
    /// There is no room, whatever is unloaded.
    Refuse(Refusal),
}

/// Why a model is not loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Bytes it needs.
    pub needed: u64,
    /// Bytes that models may take.
    pub budget: u64,
    /// Bytes of them held by models that answer now.
    pub held: u64,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (needed, budget, held) = (size(self.needed), size(self.budget), size(self.held));
        write!(f, "it needs {needed} and models may take {budget} of this machine's memory now")?;
        if self.held > 0 {
            write!(f, ", {held} of which are in use for an answer; wait for it, or choose")?;
        } else {
            write!(f, ". Close other programs, or choose")?;
        }
        f.write_str(" a smaller model, a smaller context or the 8-bit KV cache; \"load anyway\" loads it all the same.")
    }
}

/// Bytes that `residents` count for together.
pub fn used(residents: &[Resident]) -> u64 {
    residents.iter().map(Resident::bytes).fold(0, u64::saturating_add)
}

/// Whether a model that needs `needed` bytes may be loaded within `budget`, and what must go first: idle models, the one
/// used least recently first, and no more of them than it takes.
pub fn decide(needed: u64, residents: &[Resident], budget: u64) -> Decision {
    let held = residents.iter().filter(|r| r.busy).map(Resident::bytes).fold(0, u64::saturating_add);
    if held.saturating_add(needed) > budget {
        return Decision::Refuse(Refusal { needed, budget, held });
    }
    let mut evicted = Vec::new();
    let mut taken = used(residents).saturating_add(needed);
    // What holds nothing of this memory would free nothing.
    let holders = least_recently_used_first(residents).into_iter().filter(|resident| resident.bytes() > 0);
    for resident in holders {
        if taken <= budget {
            break;
        }
        taken = taken.saturating_sub(resident.bytes());
        evicted.push(resident.key);
    }
    if evicted.is_empty() { Decision::Fits } else { Decision::EvictFirst(evicted) }
}

/// What is loaded to complete while the user types takes nobody's place but that of its like.
pub fn stand_back(residents: &mut [Resident]) {
    residents.iter_mut().for_each(|resident| resident.busy |= !resident.background);
}

/// Models that were idle for as long as their profile allows, at `now`.
pub fn idle_too_long(residents: &[Resident], now: Duration) -> Vec<ResidentKey> {
    let is_over = |r: &&Resident| !r.busy && idle_end(r).is_some_and(|end| end <= now);
    residents.iter().filter(is_over).map(|r| r.key).collect()
}

/// How long until the next model was idle too long.
pub fn until_idle(residents: &[Resident], now: Duration) -> Option<Duration> {
    residents.iter().filter(|r| !r.busy).filter_map(idle_end).min().map(|end| end.saturating_sub(now))
}

fn idle_end(resident: &Resident) -> Option<Duration> {
    resident.idle_after.map(|time| resident.last_used.saturating_add(time))
}

/// Idle models in the order they would be given up in: first those that only complete.
fn least_recently_used_first(residents: &[Resident]) -> Vec<&Resident> {
    let mut idle: Vec<&Resident> = residents.iter().filter(|r| !r.busy).collect();
    idle.sort_by_key(|r| (!r.background, r.last_used, r.key));
    idle
}

/// Bytes for people: `1.2 GB`, `310 MB`. Decimal, as file managers and catalogues show sizes.
pub fn size(bytes: u64) -> String {
    match bytes {
        0..999_500_000 => format!("{:.0} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn resident(key: u64, bytes: u64, last_used: u64) -> Resident {
        Resident {
            key: ResidentKey(key),
            id: format!("m{key}"),
            on_gpu: 0,
            need: Need { weights: bytes / 2, kv: bytes / 4, rest: bytes - bytes / 2 - bytes / 4 },
            measured: 0,
            last_used: Duration::from_secs(last_used),
            busy: false,
            idle_after: Some(Duration::from_secs(300)),
            background: false,
            kv: KvType::F16,
            exact: false,
            context: 8192,
        }
    }

    fn keys(decision: Decision) -> Vec<u64> {
        match decision {
            Decision::EvictFirst(keys) => keys.into_iter().map(|key| key.0).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_least_recently_used_goes_first_and_no_more_than_it_takes() {
        let residents = [resident(1, 40, 30), resident(2, 30, 10), resident(3, 20, 20)];
        assert_eq!(decide(10, &residents, 100), Decision::Fits);
        assert_eq!(keys(decide(30, &residents, 100)), [2]);
        assert_eq!(keys(decide(45, &residents, 100)), [2, 3]);
        assert_eq!(keys(decide(100, &residents, 100)), [2, 3, 1]);
        let elsewhere = resident(4, 0, 0);
        let both = [elsewhere, residents[0].clone()];
        assert_eq!(keys(decide(70, &both, 100)), [1], "what is in another memory stays");
    }

    #[test]
    fn a_model_that_completes_goes_first_and_takes_no_other_ones_place() {
        let mut residents = [resident(1, 40, 10), resident(2, 30, 20)];
        residents[1].background = true;
        assert_eq!(keys(decide(40, &residents, 100)), [2], "although it was used later");
        stand_back(&mut residents);
        assert_eq!(keys(decide(60, &residents, 100)), [2]);
        assert!(matches!(decide(61, &residents, 100), Decision::Refuse(_)));
    }

    #[test]
    fn a_model_that_answers_is_never_evicted_and_its_bytes_are_told() {
        let mut residents = [resident(1, 40, 10), resident(2, 30, 20)];
        residents[0].busy = true;
        assert_eq!(keys(decide(60, &residents, 100)), [2]);
        let Decision::Refuse(refusal) = decide(61, &residents, 100) else { panic!("no room") };
        assert_eq!(refusal, Refusal { needed: 61, budget: 100, held: 40 });
    }

    #[test]
    fn what_was_measured_above_the_prediction_counts() {
        let mut one = resident(1, 40, 0);
        one.measured = 70;
        assert_eq!(keys(decide(31, &[one.clone()], 100)), [1]);
        one.measured = 10;
        assert_eq!(decide(60, &[one], 100), Decision::Fits);
    }

    #[test]
    fn each_memory_counts_its_own_part() {
        let mut split = resident(1, 100, 0);
        (split.on_gpu, split.measured) = (70, 35);
        assert_eq!((split.part_in(Pool::Gpu).bytes(), split.part_in(Pool::Machine).bytes()), (70, 35));
        split.measured = 10;
        assert_eq!(split.part_in(Pool::Machine).bytes(), 30, "what was promised may be touched any time");
        assert_eq!(resident(2, 100, 0).part_in(Pool::Gpu).bytes(), 0);
    }

    #[test]
    fn a_refusal_says_needed_budget_and_what_next() {
        let text = Refusal { needed: 2_110_000_000, budget: 700_000_000, held: 0 }.to_string();
        assert!(
            text.contains("2.1 GB") && text.contains("700 MB") && text.contains("smaller model"),
            "{text}"
        );
    }

    #[test]
    fn idle_models_go_after_their_time_and_never_stay_when_asked() {
        let mut residents = [resident(1, 1, 0), resident(2, 1, 100), resident(3, 1, 0)];
        residents[2].idle_after = None;
        let at = Duration::from_secs;
        assert_eq!(until_idle(&residents, at(100)), Some(at(200)));
        assert_eq!(idle_too_long(&residents, at(299)), []);
        assert_eq!(idle_too_long(&residents, at(300)), [ResidentKey(1)]);
        residents[0].busy = true;
        assert_eq!(idle_too_long(&residents, at(400)), [ResidentKey(2)]);
    }
}
