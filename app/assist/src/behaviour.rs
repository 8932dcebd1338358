//! What is known of how a proposal behaves: whether it does what the code did, on how many inputs, and the simplest on which it does not.
//! `compare` finds it out.

/// What a comparison found.
#[derive(Clone, Debug, PartialEq)]
pub enum Behaviour {
    /// Both did the same on this many inputs.
    Same {
        /// How many.
        inputs: usize,
        /// How long both take, where it was asked to be faster.
        speed: Option<SpeedChange>,
        /// What some of the simplest calls give.
        given: Vec<GivenResult>,
    },
    /// They do not do the same.
    Differs(BehaviourDifference),
}

/// What a call gives.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct GivenResult {
    /// The call: `mean([])`.
    pub call: String,
    /// Its result, in the language's own words.
    pub result: String,
}

/// The simplest input that was found on which the results differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BehaviourDifference {
    /// The call: `mean([])`.
    pub call: String,
    /// What it gave, in the language's own words.
    pub old: String,
    /// What it gives now.
    pub new: String,
    /// Inputs that were compared.
    pub inputs: usize,
    /// What changes on the inputs that all proposals are run on. `None` where time ended before there were enough of them.
    pub results: Option<ChangedResults>,
}

/// What a proposal changes: for each input, in the same order for all proposals, a name for the result that it gives now, and 0 where that
/// is what it was.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
pub struct ChangedResults(pub Vec<u32>);

impl ChangedResults {
    /// How much two proposals change alike, from 0 to 1: of the results that either changes, the share that both change to the same
    /// (the index of Jaccard 1901), and 1 where neither changes any. What neither changes says nothing: most mistakes show in few results.
    pub fn likeness(&self, other: &ChangedResults) -> f64 {
        let pairs = || self.0.iter().zip(&other.0).filter(|(one, other)| **one != 0 || **other != 0);
        match pairs().count() {
            0 => 1.0,
            all => pairs().filter(|(one, other)| one == other).count() as f64 / all as f64,
        }
    }
}

/// Milliseconds of the same large inputs, before and now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SpeedChange {
    /// As it was.
    pub old_ms: f64,
    /// As it is proposed.
    pub new_ms: f64,
}

impl Behaviour {
    /// The difference, where there is one.
    pub fn difference(&self) -> Option<&BehaviourDifference> {
        match self {
            Behaviour::Differs(difference) => Some(difference),
            Behaviour::Same { .. } => None,
        }
    }

    /// What the model is told about an answer that should have mended something and changes no result; `None`: it does, or was run on
    /// too few inputs to say so. Begins with [`NOTHING_MENDED`].
    pub fn nothing_mended(&self) -> Option<String> {
        match self {
            Behaviour::Same { inputs, given, .. } if *inputs >= TELLING => {
                let shown = if given.is_empty() { String::new() } else { format!(": {}", listed(given)) };
                Some(format!(
                    "{NOTHING_MENDED} On {inputs} inputs this code gives the same results as before{shown}. So the mistake is still in \
                     it. Find it."
                ))
            }
            _ => None,
        }
    }

    /// What the model is told of what the code gives as it is, which it did not change; `None`: nothing was seen.
    pub fn observed(&self) -> Option<String> {
        match self {
            Behaviour::Same { given, .. } if !given.is_empty() => {
                Some(format!("As it is, {}.", listed(given)))
            }
            _ => None,
        }
    }

    /// In a few words for people.
    pub fn words(&self) -> String {
        match self {
            Behaviour::Same { inputs: 1, .. } => "Same result".into(),
            Behaviour::Same { inputs, .. } => format!("Same results on {inputs} inputs"),
            Behaviour::Differs(BehaviourDifference { call, old, new, .. }) => {
                format!("{}: {} → {}", short(call), short(old), short(new))
            }
        }
    }

    /// How that is known, in a sentence or two.
    pub fn reason(&self) -> String {
        match self {
            Behaviour::Same { inputs, .. } => format!(
                "The old code and the new were run on {}, sandboxed, and gave the same: values, exceptions, what is printed, and what \
                 becomes of the arguments. Other inputs may differ.",
                match inputs {
                    1 => "the same input".to_owned(),
                    many => format!("the same {many} inputs"),
                }
            ),
            Behaviour::Differs(BehaviourDifference { call, old, new, .. }) => {
                format!("The simplest input that was found to differ.\n{call}\nBefore: {old}\nNow: {new}")
            }
        }
    }
}

impl BehaviourDifference {
    /// What the model is told about an answer that should have kept what the code does. Begins with [`SAME_RESULTS`].
    pub fn finding(&self) -> String {
        let BehaviourDifference { call, old, new, .. } = self;
        format!("{SAME_RESULTS} With this code `{call}` gives `{new}`, and it must give `{old}` as before.")
    }
}

/// Some calls with their results, as a part of a sentence.
fn listed(given: &[GivenResult]) -> String {
    let each = given.iter().map(|GivenResult { call, result }| format!("`{call}` gives `{result}`"));
    each.collect::<Vec<_>>().join(", ")
}

/// What begins every remark about results that changed.
pub const SAME_RESULTS: &str = "The results must stay the same.";
/// What begins every remark about an answer that mends nothing.
pub const NOTHING_MENDED: &str = "Nothing is mended yet.";
/// Inputs on which a change must show itself, if it is one.
const TELLING: usize = 20;
/// By how much times must differ to be told apart from noise.
const NOISE: f64 = 1.2;

impl SpeedChange {
    /// In a few words for people.
    pub fn words(&self) -> String {
        let (faster, slower) = (self.old_ms / self.new_ms, self.new_ms / self.old_ms);
        match () {
            () if faster >= NOISE => format!("{} times as fast", rounded(faster)),
            () if slower >= NOISE => format!("{} times slower", rounded(slower)),
            () => "About as fast".into(),
        }
    }

    /// Is it faster by more than noise? `None`: neither faster nor slower.
    pub fn is_faster(&self) -> Option<bool> {
        let ratio = self.old_ms / self.new_ms;
        (ratio >= NOISE || ratio <= 1.0 / NOISE).then_some(ratio > 1.0)
    }

    /// How that is known.
    pub fn reason(&self) -> String {
        let SpeedChange { old_ms, new_ms } = self;
        format!("Measured on the same large inputs: {old_ms:.3} ms before, {new_ms:.3} ms now.")
    }
}

fn rounded(ratio: f64) -> String {
    if ratio < 10.0 { format!("{ratio:.1}") } else { format!("{ratio:.0}") }
}

/// Values of any length, in the width of a badge.
fn short(text: &str) -> String {
    const MAX: usize = 40;
    let line = text.lines().next().unwrap_or_default();
    match line.char_indices().nth(MAX) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_said_in_few_words() {
        let same = |inputs| Behaviour::Same { inputs, speed: None, given: vec![] };
        assert_eq!(same(1).words(), "Same result");
        assert_eq!(same(312).words(), "Same results on 312 inputs");
        assert!(same(312).reason().contains("the same 312 inputs"));
        let difference = BehaviourDifference {
            call: format!("f({:?})", "x".repeat(90)),
            old: "1".into(),
            new: "raises ValueError".into(),
            inputs: 9,
            results: None,
        };
        let told = difference.finding();
        assert!(told.starts_with(SAME_RESULTS) && told.contains("gives `raises ValueError`"), "{told}");
        let words = Behaviour::Differs(difference).words();
        assert!(words.chars().count() < 80 && words.ends_with("…: 1 → raises ValueError"), "{words}");
    }

    #[test]
    fn likeness_is_of_what_changes() {
        let check = |one: [u32; 5], other: [u32; 5], expected: f64| {
            assert_eq!(ChangedResults(one.to_vec()).likeness(&ChangedResults(other.to_vec())), expected);
        };
        check([0, 0, 7, 8, 9], [0, 0, 7, 8, 9], 1.0);
        check([0, 0, 0, 8, 9], [0, 0, 7, 8, 0], 1.0 / 3.0);
        check([0, 0, 0, 0, 9], [0, 0, 0, 0, 8], 0.0);
        check([0; 5], [0; 5], 1.0);
    }

    #[test]
    fn what_changes_no_result_mends_nothing() {
        let given = || vec![GivenResult { call: "f(1)".into(), result: "2".into() }];
        let same = |inputs| Behaviour::Same { inputs, speed: None, given: given() };
        assert_eq!(same(3).nothing_mended(), None);
        let told = same(200).nothing_mended().unwrap();
        assert!(told.starts_with(NOTHING_MENDED) && told.contains("200 inputs"), "{told}");
        assert!(told.contains("`f(1)` gives `2`"), "{told}");
        assert_eq!(same(3).observed().as_deref(), Some("As it is, `f(1)` gives `2`."));
        assert_eq!(Behaviour::Same { inputs: 9, speed: None, given: vec![] }.observed(), None);
    }

    #[test]
    fn times_that_noise_explains_are_no_change() {
        let change = |old_ms, new_ms| SpeedChange { old_ms, new_ms };
        let check = |change: SpeedChange, words, is_faster| {
            assert_eq!((change.words().as_str(), change.is_faster()), (words, is_faster));
        };
        check(change(1.0, 0.95), "About as fast", None);
        check(change(0.95, 1.0), "About as fast", None);
        check(change(5.0, 2.0), "2.5 times as fast", Some(true));
        check(change(90.0, 1.0), "90 times as fast", Some(true));
        check(change(1.0, 3.0), "3.0 times slower", Some(false));
    }
}
