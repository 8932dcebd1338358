//! What is tried when memory does not suffice: smaller contexts, then the 8-bit KV cache, then the next smaller model, then
//! all of it on the CPU. One step a failure; what failed is remembered with the memory there was, and tried again only when
//! there is more.
//!
//! A pure function over what is wanted, what is installed and what failed: it ends, for each failure takes at least one way
//! away, and it never repeats one that failed.

use ipc::protocol::{KvType, ModelRef, RunProfile};
use serde::{Deserialize, Serialize};

/// More memory than when it failed counts only from so much on: one part of this many …
const MARGIN_PART: u64 = 8;
/// … and at least this many bytes.
const MIN_MARGIN: u64 = 64 << 20;
/// Most failures that are remembered; the oldest go.
const MAX_FAILURES: usize = 64;

/// A model and how it is run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunConfig {
    /// The model.
    pub model: ModelRef,
    /// Context window in tokens.
    pub context: u32,
    /// The key and value cache has 8 bits.
    pub q8: bool,
    /// On a GPU, when there is one.
    pub gpu: bool,
}

impl RunConfig {
    /// As a profile says.
    pub fn of(model: &ModelRef, profile: &RunProfile) -> RunConfig {
        RunConfig {
            model: model.clone(),
            context: profile.context_tokens,
            q8: profile.kv == KvType::Q8,
            gpu: profile.gpu,
        }
    }

    /// The profile with what this way changes.
    pub fn profile(&self, base: RunProfile) -> RunProfile {
        let kv = if self.q8 { KvType::Q8 } else { KvType::F16 };
        RunProfile { context_tokens: self.context, kv, gpu: self.gpu, ..base }
    }

    fn key(&self) -> RunKey {
        let model = self.model.sha256.clone().unwrap_or_else(|| self.model.id.clone());
        RunKey { model, context: self.context, q8: self.q8, gpu: self.gpu }
    }

    /// That this way is taken in place of the wanted one, for people, with the names of both models.
    pub fn tell_step(&self, wanted: &RunConfig, large: &str, small: &str) -> String {
        let what = self.tell(wanted, small);
        if self.model.id == wanted.model.id {
            format!(
                "There is not enough memory to run {large} as usual: it runs with {what} until there is more."
            )
        } else {
            format!(
                "There is not enough memory for {large}: {what} answers in its place until there is more."
            )
        }
    }

    /// What is different from another way, for people: `a context of 4,096 tokens and the 8-bit KV cache`.
    pub fn tell(&self, wanted: &RunConfig, name: &str) -> String {
        let mut words = Vec::new();
        if self.context != wanted.context {
            words.push(format!("a context of {} tokens", crate::phrases::grouped(u64::from(self.context))));
        }
        if self.q8 && !wanted.q8 {
            words.push("the 8-bit KV cache".to_owned());
        }
        if !self.gpu && wanted.gpu {
            words.push("the CPU".to_owned());
        }
        let how = words.join(" and ");
        match (self.model.id == wanted.model.id, how.is_empty()) {
            (false, true) => name.to_owned(),
            (false, false) => format!("{name} with {how}"),
            (true, _) => how,
        }
    }
}

/// What a way is remembered by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RunKey {
    /// SHA-256 of the model, or its id.
    pub model: String,
    /// Context in tokens.
    pub context: u32,
    /// 8-bit KV cache.
    pub q8: bool,
    /// On a GPU.
    pub gpu: bool,
}

impl RunKey {
    /// Needs at least as much as another one.
    fn needs_as_much_as(&self, other: &RunKey) -> bool {
        self.model == other.model
            && self.gpu == other.gpu
            && self.context >= other.context
            && (!self.q8 || other.q8)
    }
}

/// A way that memory did not suffice for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// The way.
    pub key: RunKey,
    /// Bytes that models might have taken then; 0 when unknown.
    pub available: u64,
}

/// What memory ran out for on this machine, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemoryFailures {
    failures: Vec<Failed>,
    /// What memory probably ran out for; of this start alone.
    #[serde(skip)]
    probable: Vec<Failed>,
    /// Deaths that memory only probably caused: the first one of a way is forgiven. Of this start alone.
    #[serde(skip)]
    suspected: Vec<RunKey>,
}

impl MemoryFailures {
    /// Remembers that memory did not suffice for this way when there were this many bytes.
    pub fn note(&mut self, way: &RunConfig, available: Option<u64>) {
        let key = way.key();
        self.probable.retain(|failed| failed.key != key);
        // Told twice, once without a figure: the figure counts.
        let known = self.failures.iter().find(|failed| failed.key == key).map(|failed| failed.available);
        let available = available.or(known).unwrap_or(0);
        self.failures.retain(|failed| failed.key != key);
        if self.failures.len() == MAX_FAILURES {
            self.failures.remove(0);
        }
        self.failures.push(Failed { key, available });
    }

    /// The same when memory is only the likeliest cause: it is forgotten with this start of the editor.
    pub fn note_probable(&mut self, way: &RunConfig, available: Option<u64>) {
        let key = way.key();
        if !self.failures.iter().any(|failed| failed.key == key) {
            self.probable.retain(|failed| failed.key != key);
            self.probable.push(Failed { key, available: available.unwrap_or(0) });
        }
    }

    /// A worker died, and memory may be why. True when that is no accident any more: it happened before with this way.
    pub fn suspect(&mut self, way: &RunConfig) -> bool {
        let key = way.key();
        let again = self.suspected.contains(&key);
        if !again {
            self.suspected.push(key);
        }
        again
    }

    /// This way answered.
    pub fn worked(&mut self, way: &RunConfig) {
        let key = way.key();
        self.suspected.retain(|other| *other != key);
    }

    /// What is remembered: the way, and the bytes that models might have taken then.
    pub fn failures(&self) -> &[Failed] {
        &self.failures
    }

    /// Did this way, or one that needs no more, fail with as much memory as now?
    fn rules_out(&self, key: &RunKey, available: Option<u64>) -> bool {
        let still = |failed: &Failed| {
            let margin = (failed.available / MARGIN_PART).max(MIN_MARGIN);
            // Without a figure there is no news.
            available.is_none_or(|now| failed.available == 0 || now <= failed.available + margin)
        };
        self.failures
            .iter()
            .chain(&self.probable)
            .any(|failed| key.needs_as_much_as(&failed.key) && still(failed))
    }

    /// Forgets what has become possible again; true when that was anything.
    pub fn forget_outgrown(&mut self, available: Option<u64>) -> bool {
        let Some(now) = available else { return false };
        let before = self.failures.len() + self.probable.len();
        let still = |failed: &Failed| {
            let margin = (failed.available / MARGIN_PART).max(MIN_MARGIN);
            failed.available > 0 && now <= failed.available + margin
        };
        self.failures.retain(still);
        self.probable.retain(still);
        self.failures.len() + self.probable.len() < before
    }
}

/// All ways to go, the wanted one first. `installed`: models with their sizes in bytes.
fn ladder(wanted: &RunConfig, installed: &[(ModelRef, u64)], least_context: u32) -> Vec<RunConfig> {
    let size =
        |model: &ModelRef| installed.iter().find(|(other, _)| other.id == model.id).map(|(_, size)| *size);
    let mut smaller: Vec<&(ModelRef, u64)> = installed
        .iter()
        .filter(|(_, bytes)| size(&wanted.model).is_some_and(|wanted| *bytes < wanted))
        .collect();
    smaller.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    let models: Vec<&ModelRef> =
        std::iter::once(&wanted.model).chain(smaller.into_iter().map(|(model, _)| model)).collect();
    let devices: &[bool] = if wanted.gpu { &[true, false] } else { &[false] };
    let mut ways = Vec::new();
    for gpu in devices {
        for model in &models {
            let mut way = RunConfig { model: (*model).clone(), gpu: *gpu, ..wanted.clone() };
            ways.push(way.clone());
            while way.context / 2 >= least_context {
                way.context /= 2;
                ways.push(way.clone());
            }
            if !way.q8 {
                way.q8 = true;
                ways.push(way);
            }
        }
    }
    ways
}

/// The best way that is not known to fail with the memory there is, in bytes. `tried` are ways that failed for this very
/// question, whatever the memory. `None`: there is no other.
pub fn plan(
    wanted: &RunConfig,
    tried: &[RunConfig],
    history: &MemoryFailures,
    available: Option<u64>,
    installed: &[(ModelRef, u64)],
    least_context: u32,
) -> Option<RunConfig> {
    let tried: Vec<RunKey> = tried.iter().map(RunConfig::key).collect();
    ladder(wanted, installed, least_context).into_iter().find(|way| {
        let key = way.key();
        !tried.iter().any(|failed| key.needs_as_much_as(failed)) && !history.rules_out(&key, available)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GB: u64 = 1_000_000_000;

    fn model(id: &str) -> ModelRef {
        ModelRef {
            id: id.into(),
            path: format!("/{id}").into(),
            sha256: Some(format!("sha-{id}")),
            stamp: None,
        }
    }

    fn wanted(gpu: bool) -> RunConfig {
        RunConfig { model: model("large"), context: 8192, q8: false, gpu }
    }

    fn installed() -> Vec<(ModelRef, u64)> {
        vec![
            (model("small"), GB / 2),
            (model("large"), 2 * GB),
            (model("middle"), GB),
            (model("huge"), 9 * GB),
        ]
    }

    fn next(tried: &[RunConfig], history: &MemoryFailures, available: Option<u64>) -> Option<RunConfig> {
        plan(&wanted(false), tried, history, available, &installed(), 2048)
    }

    #[test]
    fn the_steps_come_in_order_and_end() {
        let mut tried = Vec::new();
        let mut told = Vec::new();
        while let Some(way) = next(&tried, &MemoryFailures::default(), None) {
            told.push(format!("{} {}{}", way.model.id, way.context, if way.q8 { " q8" } else { "" }));
            tried.push(way);
        }
        let of = |id: &str| {
            [8192, 4096, 2048]
                .map(|context| format!("{id} {context}"))
                .into_iter()
                .chain([format!("{id} 2048 q8")])
        };
        assert_eq!(told, of("large").chain(of("middle")).chain(of("small")).collect::<Vec<_>>());
    }

    #[test]
    fn the_cpu_comes_last_and_begins_with_what_was_wanted() {
        let mut tried = Vec::new();
        let mut on_cpu = Vec::new();
        while let Some(way) =
            plan(&wanted(true), &tried, &MemoryFailures::default(), None, &installed(), 2048)
        {
            if !way.gpu {
                on_cpu.push(way.clone());
            }
            tried.push(way);
        }
        assert_eq!((tried.len(), on_cpu.len()), (24, 12));
        assert!(tried[..12].iter().all(|way| way.gpu));
        assert_eq!(on_cpu[0], wanted(false));
    }

    #[test]
    fn what_failed_is_skipped_until_there_is_clearly_more_memory() {
        let mut history = MemoryFailures::default();
        history.note(&wanted(false), Some(2 * GB));
        let smaller = RunConfig { context: 4096, ..wanted(false) };
        assert_eq!(next(&[], &history, Some(2 * GB)), Some(smaller.clone()));
        assert_eq!(
            next(&[], &history, Some(2 * GB + GB / 10)),
            Some(smaller.clone()),
            "a little more is no more"
        );
        assert_eq!(next(&[], &history, None), Some(smaller), "no figure is no news");
        assert_eq!(next(&[], &history, Some(3 * GB)), Some(wanted(false)));
        assert!(!history.forget_outgrown(Some(2 * GB)) && history.forget_outgrown(Some(3 * GB)));
        assert_eq!(next(&[], &history, Some(2 * GB)), Some(wanted(false)));
    }

    #[test]
    fn a_smaller_way_that_failed_rules_out_the_larger_ones() {
        let mut history = MemoryFailures::default();
        history.note(&RunConfig { context: 2048, ..wanted(false) }, Some(GB));
        let way = next(&[], &history, Some(GB)).unwrap();
        assert_eq!((way.model.id.as_str(), way.context, way.q8), ("large", 2048, true));
    }

    #[test]
    fn one_suspected_death_is_an_accident_and_two_are_not() {
        let mut history = MemoryFailures::default();
        assert!(!history.suspect(&wanted(false)));
        assert!(history.suspect(&wanted(false)));
        history.worked(&wanted(false));
        assert!(!history.suspect(&wanted(false)));
        assert!(
            !history.suspect(&RunConfig { context: 4096, ..wanted(false) }),
            "of another way nothing is known"
        );
    }

    #[test]
    fn what_memory_probably_ran_out_for_is_avoided_and_not_remembered() {
        let mut history = MemoryFailures::default();
        history.note_probable(&wanted(false), Some(2 * GB));
        assert_eq!(next(&[], &history, Some(2 * GB)).map(|way| way.context), Some(4096));
        assert!(history.failures().is_empty(), "nothing goes to disk");
        assert!(history.forget_outgrown(Some(3 * GB)));
        assert_eq!(next(&[], &history, Some(2 * GB)), Some(wanted(false)));
    }

    #[test]
    fn a_way_is_told_by_what_it_changes() {
        let way = RunConfig { context: 4096, q8: true, ..wanted(true) };
        assert_eq!(way.tell(&wanted(true), "Large"), "a context of 4,096 tokens and the 8-bit KV cache");
        assert_eq!(RunConfig { model: model("small"), ..wanted(true) }.tell(&wanted(true), "Small"), "Small");
        assert_eq!(RunConfig { gpu: false, ..wanted(true) }.tell(&wanted(true), "Large"), "the CPU");
    }

    /// A machine with random, changing memory, on which each way needs what it needs.
    #[test]
    fn random_machines_always_end_without_repeating_a_failed_step() {
        let mut random = 0x2545_F491_4F6C_DD1Du64;
        let mut next = move |below: u64| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random % below
        };
        let models = installed();
        for round in 0..3_000 {
            let gpu = next(2) == 0;
            let mut history = MemoryFailures::default();
            for question in 0..4 {
                let mut tried: Vec<RunConfig> = Vec::new();
                loop {
                    let available = (next(5) > 0).then(|| next(4 * GB));
                    let Some(way) = plan(&wanted(gpu), &tried, &history, available, &models, 2048) else {
                        break;
                    };
                    assert!(!tried.contains(&way), "round {round}, question {question}: {way:?} again");
                    assert!(tried.iter().all(|failed| !way.key().needs_as_much_as(&failed.key())));
                    assert!(tried.len() < 24, "round {round}: without end");
                    let size = models.iter().find(|(model, _)| *model == way.model).unwrap().1;
                    let needs = size + u64::from(way.context) * if way.q8 { 20_000 } else { 40_000 };
                    if needs <= available.unwrap_or_else(|| next(4 * GB)) {
                        history.worked(&way);
                        break;
                    }
                    history.note(&way, available);
                    tried.push(way);
                }
                history.forget_outgrown(Some(next(4 * GB)));
            }
        }
    }
}
