//! Answers that come too slowly: a few of the last ones, and a lighter model is suggested, once.

use std::collections::VecDeque;

use ipc::protocol::Usage;

use super::HealthPolicy;

/// Shorter answers say little about the speed.
const MIN_TOKENS: u32 = 8;

/// The last answers of one model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Slow {
    /// Whose answers these are.
    model: String,
    /// Tokens a second and milliseconds to the first token, the latest last.
    answers: VecDeque<(f64, f64)>,
    /// Models of which it was said already.
    said: Vec<String>,
}

/// What is too slow.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Figure {
    /// Tokens a second, and the least there should be.
    Rate(f64, f64),
    /// Milliseconds to the first token, and the most there should be.
    First(f64, f64),
}

impl Slow {
    /// Takes an answer of a model. When enough of the last ones were too slow, and nothing was said about this model yet,
    /// what is too slow: the median of the slow answers.
    pub fn observe(&mut self, policy: &HealthPolicy, model: &str, usage: &Usage) -> Option<Figure> {
        if usage.generated_tokens < MIN_TOKENS {
            return None;
        }
        if self.model != model {
            (self.model, self.answers) = (model.to_owned(), VecDeque::new());
        }
        self.answers.push_back((usage.decode_rate(), usage.ttft_ms));
        while self.answers.len() > policy.slow_of {
            self.answers.pop_front();
        }
        if self.said.iter().any(|said| said == model) {
            return None;
        }
        let rates =
            self.answers.iter().map(|(rate, _)| *rate).filter(|rate| *rate < policy.min_rate).collect();
        let firsts = self
            .answers
            .iter()
            .map(|(_, first)| *first)
            .filter(|first| *first > policy.max_first_ms)
            .collect();
        let of = |values: Vec<f64>| (values.len() >= policy.slow_times).then(|| median(values));
        let figure = of(rates)
            .map(|rate| Figure::Rate(rate, policy.min_rate))
            .or_else(|| of(firsts).map(|first| Figure::First(first, policy.max_first_ms)))?;
        self.said.push(model.to_owned());
        Some(figure)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

impl Figure {
    /// In words, with both figures.
    pub fn tell(self) -> String {
        match self {
            Figure::Rate(rate, least) => format!("writes {rate:.1} tokens/s where {least:.0} are wanted"),
            Figure::First(first, most) => {
                format!("begins after {:.0} s where {:.0} s are wanted", first / 1000.0, most / 1000.0)
            }
        }
    }

    /// What helps where nothing lighter does, for people.
    pub fn advice(self) -> &'static str {
        match self {
            Figure::Rate(..) => {
                "Closing other programs helps, and so does a smaller context where memory is short."
            }
            Figure::First(..) => {
                "A smaller selection or a smaller context is read sooner, and closing other programs helps."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(rate: f64, first: f64) -> Usage {
        Usage { generated_tokens: 101, decode_ms: 100_000.0 / rate, ttft_ms: first, ..Usage::default() }
    }

    #[test]
    fn three_slow_answers_of_five_suggest_once() {
        let (policy, mut slow) = (HealthPolicy::default(), Slow::default());
        let rates = [1.0, 9.0, 2.0, 9.0, 1.5, 1.0, 1.0, 1.0];
        let told: Vec<bool> =
            rates.iter().map(|rate| slow.observe(&policy, "m", &answer(*rate, 1.0)).is_some()).collect();
        assert_eq!(told, [false, false, false, false, true, false, false, false]);
        assert_eq!(slow.observe(&policy, "other", &answer(1.0, 1.0)), None, "another model begins anew");
    }

    #[test]
    fn slow_answers_far_apart_and_short_ones_say_nothing() {
        let (policy, mut slow) = (HealthPolicy::default(), Slow::default());
        for _ in 0..20 {
            assert_eq!(slow.observe(&policy, "m", &answer(1.0, 1.0)), None);
            for _ in 0..4 {
                assert_eq!(slow.observe(&policy, "m", &answer(9.0, 1.0)), None);
            }
        }
        let short = Usage { generated_tokens: 3, decode_ms: 60_000.0, ..Usage::default() };
        for _ in 0..20 {
            assert_eq!(slow.observe(&policy, "n", &short), None);
        }
    }

    #[test]
    fn a_late_first_token_is_slow_too_and_both_figures_are_told() {
        let (policy, mut slow) = (HealthPolicy::default(), Slow::default());
        let told =
            (0..3).filter_map(|_| slow.observe(&policy, "m", &answer(9.0, 42_000.0))).next_back().unwrap();
        assert_eq!(told.tell(), "begins after 42 s where 20 s are wanted");
        assert_eq!(Figure::Rate(1.25, 3.0).tell(), "writes 1.2 tokens/s where 3 are wanted");
        assert!(told.advice().contains("smaller selection"), "what takes long is the reading");
        assert!(Figure::Rate(1.25, 3.0).advice().contains("other programs"));
    }
}
