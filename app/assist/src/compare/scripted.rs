//! Comparisons in languages with an interpreter: a program beside the code makes the inputs, calls both and compares.

use std::{
    ffi::OsStr,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    time::Duration,
};

use serde::Deserialize;
use serde_json::json;

use super::Versions;
use crate::behaviour::{Behaviour, BehaviourDifference, ChangedResults, GivenResult, SpeedChange};
use crate::sandbox;

const PYTHON: &str = include_str!("../../../../assets/behaviour/compare.py");
const JAVASCRIPT: &str = include_str!("../../../../assets/behaviour/compare.js");
/// Seconds in which inputs are made and compared.
const SECONDS: f64 = 2.0;
/// How long the whole run may take: what was found until then counts.
const LIMIT: Duration = Duration::from_secs(6);

/// Compares Python.
pub(super) fn python(versions: &Versions<'_>, program: &Path, folder: &Path) -> Option<Behaviour> {
    let script = folder.join("compare.py");
    std::fs::write(&script, PYTHON).ok()?;
    let job = json!({
        "old": versions.old, "new": versions.new, "name": versions.name, "calls": versions.calls,
        "seconds": SECONDS, "measure": versions.measure,
    });
    let args = ["-I", "-B"].map(OsStr::new);
    run(job, program, &[args[0], args[1], script.as_os_str()], folder)
}

/// Compares JavaScript. Each version is a module of its own, with a function at its end that evaluates texts inside of it.
pub(super) fn javascript(versions: &Versions<'_>, program: &Path, folder: &Path) -> Option<Behaviour> {
    let is_module = [&versions.old, &versions.new]
        .iter()
        .any(|text| text.lines().any(|line| line.starts_with("import ") || line.starts_with("export ")));
    let evaluate = "evaluate_for_comparison";
    let (ending, tail) = match is_module {
        true => ("mjs", format!("\n;export const {evaluate} = (text) => eval(text);\n")),
        false => ("cjs", format!("\n;module.exports = {{ {evaluate}: (text) => eval(text) }};\n")),
    };
    for (side, text) in
        [("old", &versions.old), ("again", &versions.old), ("probe", &versions.old), ("new", &versions.new)]
    {
        std::fs::write(folder.join(format!("{side}.{ending}")), format!("{text}{tail}")).ok()?;
    }
    let script = folder.join("compare.mjs");
    std::fs::write(&script, JAVASCRIPT).ok()?;
    let job = json!({
        "name": versions.name, "calls": versions.calls, "documentation": versions.documentation,
        "signature": versions.signature, "ending": ending, "evaluate": evaluate,
        "seconds": SECONDS, "measure": versions.measure,
    });
    run(job, program, &[OsStr::new("--max-old-space-size=256"), script.as_os_str()], folder)
}

/// What the program found.
#[derive(Deserialize)]
#[serde(tag = "outcome", rename_all = "lowercase")]
enum Found {
    Same {
        inputs: usize,
        old_ms: Option<f64>,
        new_ms: Option<f64>,
        #[serde(default)]
        given: Vec<GivenResult>,
    },
    Differs {
        inputs: usize,
        call: String,
        old: String,
        new: String,
        results: Option<ChangedResults>,
    },
    /// With the reason, which is for whoever tries it by hand.
    Unclear,
}

fn run(mut job: serde_json::Value, program: &Path, args: &[&OsStr], folder: &Path) -> Option<Behaviour> {
    let mark = format!("{:016x}", RandomState::new().hash_one(1));
    job["mark"] = json!(mark);
    let output = sandbox::run(program, args, folder, &job.to_string(), LIMIT).ok()?;
    let found = read(&output.out, &mark)?;
    // Of one that had to be ended, nobody knows what the next input would have given.
    (output.success || found.difference().is_some()).then_some(found)
}

/// What is found is said now and then, and the last word counts.
fn read(out: &str, mark: &str) -> Option<Behaviour> {
    let (_, said) = out.split_once(mark)?;
    let found = said.rsplit(mark).find_map(|part| serde_json::from_str(part.lines().next()?.trim()).ok())?;
    match found {
        Found::Same { inputs, old_ms, new_ms, given } => {
            let speed = old_ms.zip(new_ms).filter(|(old, new)| *old > 0.0 && *new > 0.0);
            let speed = speed.map(|(old_ms, new_ms)| SpeedChange { old_ms, new_ms });
            Some(Behaviour::Same { inputs, speed, given })
        }
        Found::Differs { inputs, call, old, new, results } => {
            Some(Behaviour::Differs(BehaviourDifference { call, old, new, inputs, results }))
        }
        Found::Unclear => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_word_counts_and_what_the_code_prints_is_none() {
        let same = |inputs| Some(Behaviour::Same { inputs, speed: None, given: vec![] });
        let check = |out: &str, expected: Option<Behaviour>| assert_eq!(read(out, "@@"), expected, "{out}");
        check(
            "\n@@{\"outcome\":\"same\",\"inputs\":50}\n\n@@{\"outcome\":\"same\",\"inputs\":90}\n",
            same(90),
        );
        check("\n@@{\"outcome\":\"same\",\"inputs\":50}\n\n@@{\"outcome\":\"sa", same(50));
        check("{\"outcome\":\"same\",\"inputs\":50}\n", None);
        check("\n@@{\"outcome\":\"unclear\",\"why\":\"it uses random\"}\n", None);
        check("", None);
        let differs =
            "\n@@{\"outcome\":\"differs\",\"inputs\":9,\"call\":\"f(1)\",\"old\":\"1\",\"new\":\"2\"}\n";
        let found = read(differs, "@@").unwrap();
        assert_eq!(found.words(), "f(1): 1 → 2");
        let timed = "\n@@{\"outcome\":\"same\",\"inputs\":9,\"old_ms\":2.0,\"new_ms\":1.0}\n";
        let speed = Some(SpeedChange { old_ms: 2.0, new_ms: 1.0 });
        check(timed, Some(Behaviour::Same { inputs: 9, speed, given: vec![] }));
        let shown =
            "\n@@{\"outcome\":\"same\",\"inputs\":9,\"given\":[{\"call\":\"f(1)\",\"result\":\"2\"}]}\n";
        let given = vec![GivenResult { call: "f(1)".into(), result: "2".into() }];
        check(shown, Some(Behaviour::Same { inputs: 9, speed: None, given }));
    }
}
