//! Runs the examples of a documentation, confined, in the languages that have an interpreter.

use std::{
    ffi::OsStr,
    hash::{BuildHasher as _, RandomState},
    path::Path,
    time::Duration,
};

use editor_core::Language;
use serde::Deserialize;
use serde_json::json;

use super::examples::{Example, ExampleResult};
use super::interpreter;
use crate::sandbox;

/// How long all examples of one proposal may run.
const LIMIT: Duration = Duration::from_secs(5);
const PYTHON: &str = include_str!("../../../assets/examples/run.py");
const JAVASCRIPT: &str = include_str!("../../../assets/examples/run.js");

/// Runs examples on a text in a folder; `None` when nothing can be said.
pub type Runner = fn(&str, &[Example], &Path) -> Option<Vec<ExampleResult>>;

/// What runs the examples of a language.
pub fn runner(language: Language) -> Option<Runner> {
    match language {
        Language::Python => Some(run_python),
        Language::JavaScript => Some(run_javascript),
        _ => None,
    }
}

fn run_python(source: &str, examples: &[Example], folder: &Path) -> Option<Vec<ExampleResult>> {
    let script = folder.join("run.py");
    std::fs::write(&script, PYTHON).ok()?;
    let args = ["-I", "-B"].map(OsStr::new);
    let program = interpreter::python()?;
    run(source, examples, folder, &program, &[args[0], args[1], script.as_os_str()])
}

fn run_javascript(source: &str, examples: &[Example], folder: &Path) -> Option<Vec<ExampleResult>> {
    let is_module = source.lines().any(|line| line.starts_with("import ") || line.starts_with("export "));
    let script = folder.join(if is_module { "run.mjs" } else { "run.cjs" });
    std::fs::write(&script, format!("{source}{JAVASCRIPT}")).ok()?;
    let program = interpreter::node()?;
    run("", examples, folder, &program, &[OsStr::new("--max-old-space-size=256"), script.as_os_str()])
}

#[derive(Deserialize)]
struct Results {
    #[serde(default)]
    results: Vec<ExampleResult>,
}

/// `None` when nothing can be said: the program is not there, or the file does not load.
fn run(
    source: &str,
    examples: &[Example],
    folder: &Path,
    program: &Path,
    args: &[&OsStr],
) -> Option<Vec<ExampleResult>> {
    let mark = format!("{:016x}", RandomState::new().hash_one(1));
    let calls: Vec<_> = examples
        .iter()
        .map(|example| json!({ "call": example.call, "probe": example.probe, "expected": example.expected }))
        .collect();
    let job = json!({ "source": source, "name": "code", "examples": calls, "mark": mark }).to_string();
    let output = sandbox::run(program, args, folder, &job, LIMIT).ok()?;
    let failed = |why: &str| {
        examples.iter().map(|_| ExampleResult { ran: true, passed: false, got: why.into() }).collect()
    };
    if output.late {
        return Some(failed("no end"));
    }
    let last = output.out.rsplit_once(&mark).map(|(_, results)| results.trim())?;
    let results: Results = serde_json::from_str(last).ok()?;
    (results.results.len() == examples.len()).then_some(results.results)
}
