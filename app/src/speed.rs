//! How fast models are on this machine: what earlier answers reached, and what that lets expect of other models.
//!
//! Before the first answer only the memory's speed is known, and a model is never faster than its weights can be read.

use std::collections::BTreeMap;

use ipc::protocol::Usage;
use serde::{Deserialize, Serialize};

/// Answers below this say more about the prompt than about the model.
const MIN_TOKENS: u32 = 24;

/// Tokens a second of a model.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Speed {
    /// The best of its own answers here: what else the machine did at the time says nothing of the model.
    Seen(f64),
    /// From the answers of another model here, scaled by the bytes that a token reads.
    Expected(f64),
    /// What memory, and the processor where it computes, allow.
    AtMost(f64),
}

impl Speed {
    /// Tokens a second, whatever they are known from.
    pub fn tokens_per_second(self) -> f64 {
        match self {
            Speed::Seen(rate) | Speed::Expected(rate) | Speed::AtMost(rate) => rate,
        }
    }
}

/// The answers of one model.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Answers {
    /// Bytes of its file.
    bytes: u64,
    /// Tokens a second as people saw them, accepted drafts included.
    tokens: f64,
    /// Passes over the weights a second: what drafts do not change.
    passes: f64,
}

/// The answers of all models of this machine, by model id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Rates(BTreeMap<String, Answers>);

impl Rates {
    /// Remembers an answer of the model `id`, whose file has `bytes`.
    pub fn note(&mut self, id: &str, bytes: u64, usage: &Usage) {
        let tokens = usage.decode_rate();
        if usage.generated_tokens < MIN_TOKENS || !tokens.is_finite() || tokens <= 0.0 {
            return;
        }
        let own = usage.generated_tokens.saturating_sub(usage.accepted_tokens);
        let passes = tokens * f64::from(own) / f64::from(usage.generated_tokens);
        let best = self.0.get(id).filter(|known| known.bytes == bytes);
        let best = best.copied().unwrap_or(Answers { bytes, tokens, passes });
        let answers = Answers { bytes, tokens: best.tokens.max(tokens), passes: best.passes.max(passes) };
        self.0.insert(id.to_owned(), answers);
    }

    /// These, and of another window's those that did not change here since they were `before`.
    pub fn over(&self, before: &Rates, theirs: &Rates) -> Rates {
        let changed = self.0.iter().filter(|(id, answers)| before.0.get(*id) != Some(answers));
        let mut all = theirs.clone();
        all.0.extend(changed.map(|(id, answers)| (id.clone(), *answers)));
        all
    }

    /// The speed of a model: `bytes` are read for a token, and at most `limit` in a second.
    pub fn of(&self, id: &str, bytes: f64, limit: u64) -> Speed {
        if let Some(answers) = self.0.get(id) {
            return Speed::Seen(answers.tokens);
        }
        let bytes = bytes.max(1.0);
        let near = |answers: &&Answers| (answers.bytes as f64 / bytes).ln().abs();
        let nearest = self.0.values().min_by(|a, b| near(a).total_cmp(&near(b)));
        nearest.map_or(Speed::AtMost(limit as f64 / bytes), |answers| {
            Speed::Expected(answers.passes * answers.bytes as f64 / bytes)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(generated: u32, accepted: u32, seconds: f64) -> Usage {
        Usage {
            generated_tokens: generated,
            accepted_tokens: accepted,
            decode_ms: seconds * 1e3,
            ..Usage::default()
        }
    }

    #[test]
    fn own_answers_then_those_of_the_nearest_model_then_the_limit() {
        let mut rates = Rates::default();
        assert_eq!(rates.of("a", 1e9, 20_000_000_000), Speed::AtMost(20.0));
        let usage = answer(100, 60, 2.0);
        rates.note("a", 1_000_000_000, &usage);
        assert_eq!(rates.of("a", 1e9, 0), Speed::Seen(usage.decode_rate()));
        let Speed::Expected(half) = rates.of("b", 2e9, 0) else { panic!("a is known") };
        assert!((half - usage.decode_rate() * 0.4 / 2.0).abs() < 1e-9, "{half}: drafts do not carry over");
        rates.note("small", 1_000_000, &answer(100, 0, 0.1));
        assert_eq!(rates.of("b", 2e9, 0), Speed::Expected(half), "the nearest in size tells");
    }

    #[test]
    fn short_answers_and_nonsense_are_not_remembered() {
        let mut rates = Rates::default();
        rates.note("a", 1, &answer(MIN_TOKENS - 1, 0, 1.0));
        rates.note("a", 1, &answer(100, 0, 0.0));
        assert_eq!(rates, Rates::default());
    }

    #[test]
    fn a_busy_moment_does_not_make_a_model_slow() {
        let mut rates = Rates::default();
        rates.note("a", 1, &answer(100, 0, 1.0));
        for _ in 0..20 {
            rates.note("a", 1, &answer(100, 0, 10.0));
        }
        assert!((rates.of("a", 1.0, 0).tokens_per_second() - 100.0).abs() < 1e-6);
        rates.note("a", 2, &answer(100, 0, 10.0));
        let other = rates.of("a", 1.0, 0).tokens_per_second();
        assert!((other - 10.0).abs() < 1e-6, "{other}: another file under the name begins anew");
    }
}
