//! What the compiled programs print that run two versions of a function on the same inputs, a line for each input, and what that says.

use std::collections::HashSet;
use std::hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher};

use crate::behaviour::{Behaviour, BehaviourDifference, ChangedResults, GivenResult};

/// What a line of results begins with.
pub(super) const MARK: &str = "compared:";
/// What stands between the results of one line: as it was, the same again, as it is proposed.
pub(super) const BETWEEN: char = '\u{1f}';
/// What is printed of a call that panics.
pub(super) const PANICS: &str = "panics";
/// Inputs with a value, for a claim.
const ENOUGH: usize = 3;

/// A call as it is shown, and the code that runs it.
pub(super) struct CompiledCall {
    pub(super) shown: String,
    pub(super) run: String,
}

/// What the results of all calls say.
pub(super) fn judged(out: &str, calls: &[CompiledCall]) -> Option<Behaviour> {
    let results: Vec<(String, String, String)> =
        out.lines().filter_map(|line| triple(line.strip_prefix(MARK)?)).collect();
    if results.len() != calls.len() || results.iter().any(|(one, again, _)| one != again) {
        return None;
    }
    let inputs = calls.len();
    let differing = calls.iter().zip(&results).filter(|(_, (old, _, new))| old != new);
    if let Some((call, (old, _, new))) = differing.min_by_key(|(call, _)| call.shown.len()) {
        let (call, old, new) = (call.shown.clone(), value_of(old), value_of(new));
        let hash = |new: &String| BuildHasherDefault::<DefaultHasher>::default().hash_one(new) as u32;
        let name = |(old, _, new): &(String, String, String)| if old == new { 0 } else { hash(new).max(1) };
        let results = Some(ChangedResults(results.iter().map(name).collect()));
        return Some(Behaviour::Differs(BehaviourDifference { call, old, new, inputs, results }));
    }
    let values = results.iter().filter(|(old, ..)| old != PANICS).count();
    (values >= ENOUGH.min(inputs)).then(|| Behaviour::Same {
        inputs,
        speed: None,
        given: simplest(calls, &results),
    })
}

/// The shortest calls whose results differ from each other, with those.
fn simplest(calls: &[CompiledCall], results: &[(String, String, String)]) -> Vec<GivenResult> {
    const SHOWN: usize = 4;
    /// Bytes of a call, and of a result.
    const MAX_LENGTH: usize = 60;
    let mut all: Vec<GivenResult> = calls
        .iter()
        .zip(results)
        .map(|(call, (old, ..))| GivenResult { call: call.shown.clone(), result: value_of(old) })
        .filter(|given| given.call.len().max(given.result.len()) <= MAX_LENGTH)
        .collect();
    all.sort_by_key(|given| given.call.len());
    let mut seen = HashSet::new();
    all.into_iter().filter(|given| seen.insert(given.result.clone())).take(SHOWN).collect()
}

/// The three texts of a line.
fn triple(line: &str) -> Option<(String, String, String)> {
    let mut texts = line.split(BETWEEN).map(str::to_owned);
    Some((texts.next()?, texts.next()?, texts.next()?))
}

/// The value of a result, without the brackets of what was shown together.
fn value_of(result: &str) -> String {
    let inner = result.strip_prefix('(').and_then(|rest| rest.strip_suffix(", ())"));
    inner.unwrap_or(result).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_judged_and_what_differs_by_itself_is_none() {
        let call = |shown: &str| CompiledCall { shown: shown.into(), run: String::new() };
        let calls = [call("f(10)"), call("f(1)"), call("f(2)")];
        let line = |old: &str, again: &str, new: &str| format!("{MARK}{old}{BETWEEN}{again}{BETWEEN}{new}\n");
        let same = |value: &str| line(value, value, value);
        let check = |lines: [String; 3]| judged(&lines.concat(), &calls);
        let all = check([same("(1, ())"), same("(\"é\", ())"), same("(3, ())")]);
        let given = [("f(1)", "\"é\""), ("f(2)", "3"), ("f(10)", "1")];
        let given =
            given.map(|(call, result)| GivenResult { call: call.into(), result: result.into() }).to_vec();
        assert_eq!(all, Some(Behaviour::Same { inputs: 3, speed: None, given }));
        let differs = check([
            line("(1, ())", "(1, ())", "(2, ())"),
            same("(1, ())"),
            line("(1, ())", "(1, ())", "panics"),
        ]);
        let named = |found: &Option<Behaviour>| found.as_ref()?.difference()?.results.clone();
        let also = check([
            line("(1, ())", "(1, ())", "(2, ())"),
            same("(1, ())"),
            line("(1, ())", "(1, ())", "panics"),
        ]);
        let other = check([line("(1, ())", "(1, ())", "(9, ())"), same("(1, ())"), same("(1, ())")]);
        assert!(
            named(&differs).is_some() && named(&differs) == named(&also) && named(&other) != named(&also)
        );
        assert_eq!(differs.map(|it| it.words()).as_deref(), Some("f(2): 1 → panics"));
        assert_eq!(check([same("(1, ())"), line("(1, ())", "(2, ())", "(1, ())"), same("(1, ())")]), None);
        assert_eq!(check([same("panics"), same("panics"), same("panics")]), None);
    }
}
