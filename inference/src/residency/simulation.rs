//! 10,000 random lives of a worker: loads, answers, unloads, pressure and time in any order. After each decision the
//! budget holds, nothing that answers was touched, and each step came nearer to its end.

use std::time::Duration;

use ipc::protocol::KvType;

use super::{Decision, Need, Resident, ResidentKey, decide, idle_too_long, pressure, until_idle, used};

const SEQUENCES: u64 = 10_000;
const MIB: u64 = 1 << 20;

/// xorshift64*: the same sequences in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

struct World {
    random: Random,
    residents: Vec<Resident>,
    budget: u64,
    now: Duration,
    next_key: u64,
    loads: u64,
    refusals: u64,
    evictions: u64,
    steps: u64,
}

impl World {
    fn new(seed: u64) -> World {
        let mut random = Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let budget = random.below(16_000) * MIB;
        let now = Duration::ZERO;
        World {
            random,
            residents: Vec::new(),
            budget,
            now,
            next_key: 0,
            loads: 0,
            refusals: 0,
            evictions: 0,
            steps: 0,
        }
    }

    fn turn(&mut self) {
        match self.random.below(8) {
            0..=2 => self.load(),
            3 => self.begin_answer(),
            4 => self.end_answer(),
            5 => self.unload(),
            6 => self.other_programs(),
            _ => self.time_passes(),
        }
        self.check();
    }

    fn load(&mut self) {
        let need = Need {
            weights: self.random.below(8_000) * MIB,
            kv: self.random.below(2_000) * MIB,
            rest: self.random.below(500) * MIB,
        };
        match decide(need.total(), &self.residents, self.budget) {
            Decision::Fits => {}
            Decision::EvictFirst(keys) => self.evict_in_turn(&keys, need.total()),
            Decision::Refuse(refusal) => {
                assert!(
                    refusal.held + refusal.needed > refusal.budget,
                    "a refusal is never idle: {refusal:?}"
                );
                self.refusals += 1;
                return;
            }
        }
        assert_eq!(decide(need.total(), &self.residents, self.budget), Decision::Fits, "evicting made room");
        self.add(need);
    }

    fn evict_in_turn(&mut self, keys: &[ResidentKey], needed: u64) {
        assert!(!keys.is_empty(), "each decision makes progress");
        for key in keys {
            let taken = used(&self.residents) + needed;
            assert!(taken > self.budget, "no more is evicted than it takes");
            self.remove(*key);
            self.evictions += 1;
        }
    }

    fn add(&mut self, need: Need) {
        self.next_key += 1;
        self.loads += 1;
        // The real need is a little off; a measurement above the prediction may ask for room of its own.
        let measured = need.total() / 100 * (90 + self.random.below(12));
        self.residents.push(Resident {
            on_gpu: 0,
            key: ResidentKey(self.next_key),
            id: String::new(),
            need,
            measured,
            last_used: self.now,
            busy: false,
            idle_after: (!self.random.one_in(4))
                .then(|| Duration::from_secs(60 * (1 + self.random.below(60)))),
            background: self.random.one_in(3),
            kv: if self.random.one_in(2) { KvType::F16 } else { KvType::Q8 },
            exact: self.random.one_in(4),
            context: 256 << self.random.below(8),
        });
        self.relieve();
    }

    fn remove(&mut self, key: ResidentKey) {
        let at = self.residents.iter().position(|r| r.key == key).expect("what is decided on is there");
        assert!(!self.residents[at].busy, "a model that answers is never touched");
        self.residents.remove(at);
    }

    fn begin_answer(&mut self) {
        if self.residents.iter().any(|r| r.busy) || self.residents.is_empty() {
            return;
        }
        let at = self.random.below(self.residents.len() as u64) as usize;
        self.residents[at].busy = true;
    }

    fn end_answer(&mut self) {
        let now = self.now;
        for resident in self.residents.iter_mut().filter(|r| r.busy) {
            (resident.busy, resident.last_used) = (false, now);
        }
        self.relieve();
    }

    fn unload(&mut self) {
        self.residents.retain(|r| r.busy);
    }

    fn other_programs(&mut self) {
        self.budget = self.random.below(16_000) * MIB;
        self.relieve();
    }

    /// As the engine does: step by step until the budget holds again.
    fn relieve(&mut self) {
        while used(&self.residents) > self.budget {
            let Some(step) = pressure::relieve(&self.residents) else { return };
            let before = used(&self.residents);
            self.apply(&step);
            self.steps += 1;
            assert_eq!(used(&self.residents), before - step.frees(), "{step:?}");
            assert!(self.steps_left_fall(&step), "{step:?} made nothing smaller");
        }
    }

    fn apply(&mut self, step: &pressure::PressureStep) {
        let resident =
            self.residents.iter_mut().find(|r| r.key == step.key()).expect("what is decided on is there");
        assert!(!resident.busy, "a model that answers is never touched");
        match step {
            pressure::PressureStep::Drop { key, .. } | pressure::PressureStep::Unload { key, .. } => {
                self.remove(*key);
            }
            pressure::PressureStep::QuantiseKv { frees, .. } => {
                resident.kv = KvType::Q8;
                shrink(resident, *frees);
            }
            pressure::PressureStep::ShrinkContext { to, frees, .. } => {
                resident.context = *to;
                shrink(resident, *frees);
            }
        }
    }

    fn steps_left_fall(&self, step: &pressure::PressureStep) -> bool {
        step.frees() > 0 || self.residents.iter().all(|r| r.key != step.key())
    }

    fn time_passes(&mut self) {
        self.now += Duration::from_secs(self.random.below(4_000));
        for key in idle_too_long(&self.residents, self.now) {
            self.remove(key);
        }
        let next = until_idle(&self.residents, self.now);
        assert!(next.is_none_or(|time| time > Duration::ZERO), "what was idle too long is gone");
    }

    fn check(&self) {
        let all_busy = self.residents.iter().all(|r| r.busy);
        assert!(used(&self.residents) <= self.budget || all_busy, "the budget holds");
    }
}

fn shrink(resident: &mut Resident, bytes: u64) {
    resident.need.kv -= bytes;
    resident.measured = resident.measured.saturating_sub(bytes);
}

#[test]
fn ten_thousand_random_sequences_keep_the_budget_and_come_to_an_end() {
    let mut totals = [0; 4];
    for seed in 1..=SEQUENCES {
        let mut world = World::new(seed);
        for _ in 0..60 {
            world.turn();
        }
        let counts = [world.loads, world.refusals, world.evictions, world.steps];
        totals.iter_mut().zip(counts).for_each(|(total, count)| *total += count);
    }
    assert!(totals.iter().all(|total| *total > SEQUENCES), "each kind of decision was met often: {totals:?}");
}
