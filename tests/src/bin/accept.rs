//! `cargo xtask accept`: how many proposed edits would be accepted, judged by tests the model never sees.
//!
//! Each task goes through the product's own command (`localcoder improve --apply`) on a copy of the file; then the task's tests
//! run in a subprocess with a time limit and, where the system allows it, without a network.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Output, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use lexopt::{Arg, Parser, ValueExt};
use serde_json::{Value, json};
use tests::{TestModel, editor, screen::Home};

/// How long a task's tests may run.
const TEST_LIMIT: Duration = Duration::from_secs(10);

struct Args {
    tasks: PathBuf,
    model: Option<String>,
    limit: usize,
    json: Option<PathBuf>,
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("accept: {error:#}");
            ExitCode::from(if error.is::<lexopt::Error>() { 2 } else { 1 })
        }
    }
}

fn parse() -> Result<Args> {
    let mut args = Args { tasks: PathBuf::new(), model: None, limit: usize::MAX, json: None };
    let mut parser = Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("tasks") => args.tasks = parser.value()?.into(),
            Arg::Long("model") => args.model = Some(parser.value()?.string()?),
            Arg::Long("limit") => args.limit = parser.value()?.parse()?,
            Arg::Long("json") => args.json = Some(parser.value()?.into()),
            other => return Err(other.unexpected().into()),
        }
    }
    if args.tasks.as_os_str().is_empty() {
        return Err(lexopt::Error::Custom("--tasks FILE is missing".into()).into());
    }
    Ok(args)
}

/// What became of one task.
struct Outcome {
    id: String,
    accepted: bool,
    verdict: String,
    report: Value,
    outside_changed: bool,
}

fn run() -> Result<()> {
    let args = parse()?;
    let home = Home::new()?;
    let model = match &args.model {
        Some(model) => model.clone(),
        None => TestModel::OneAndHalf.path().to_string_lossy().into_owned(),
    };
    let text = fs::read_to_string(&args.tasks).with_context(|| args.tasks.display().to_string())?;
    let mut outcomes = Vec::new();
    for line in text.lines().take(args.limit) {
        let outcome = attempt(&home, &model, &serde_json::from_str(line)?)?;
        eprintln!(
            "{:<12} {:<9} {}",
            outcome.id,
            outcome.verdict,
            if outcome.accepted { "accepted" } else { "-" }
        );
        outcomes.push(outcome);
    }
    ensure!(!outcomes.is_empty(), "{} has no tasks", args.tasks.display());
    let summary = summary(&outcomes);
    println!("{summary:#}");
    if let Some(path) = args.json {
        fs::write(&path, format!("{summary:#}\n")).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

fn attempt(home: &Home, model: &str, task: &Value) -> Result<Outcome> {
    let field = |name: &str| task[name].as_str().with_context(|| format!("a task has no {name}"));
    let id = field("id")?.to_owned();
    let folder = tempfile::tempdir()?;
    let file = folder.path().join(field("file_name")?);
    fs::write(&file, field("text")?)?;
    let lines = format!("{}:{}", task["select_lines"][0], task["select_lines"][1]);
    let mut improve = Command::new(editor());
    home.move_in(&mut improve);
    let output = improve
        .arg("improve")
        .arg(&file)
        .args(["--lines", &lines, "--instruction", field("instruction")?, "--model", model])
        .args(["--apply", "--format", "json"])
        .output()?;
    let report = report(&output).with_context(|| id.clone())?;
    let edited = fs::read_to_string(&file)?;
    let accepted = edited != field("text")? && passes(task, &edited, folder.path())?;
    Ok(Outcome {
        accepted,
        verdict: report["verdict"].as_str().unwrap_or("none").to_owned(),
        outside_changed: outside_changed(task, &edited),
        report,
        id,
    })
}

/// The command's JSON. A refused answer (empty, elided) exits with 1 and still reports.
fn report(output: &Output) -> Result<Value> {
    let last = String::from_utf8_lossy(&output.stdout).lines().last().map(str::to_owned).unwrap_or_default();
    serde_json::from_str(&last).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// True when the lines before or after the selection are not what they were.
fn outside_changed(task: &Value, edited: &str) -> bool {
    let text = task["text"].as_str().unwrap_or_default();
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let number = |n: usize| task["select_lines"][n].as_u64().unwrap_or_default() as usize;
    let before = lines[..number(0).saturating_sub(1)].concat();
    let after = lines[number(1).min(lines.len())..].concat();
    !(edited.starts_with(&before) && edited.ends_with(&after))
}

/// Whether the edited file passes the task's own tests.
fn passes(task: &Value, edited: &str, folder: &Path) -> Result<bool> {
    let tests = task["tests"].as_str().context("a task has no tests")?;
    let entry = task["entry_point"].as_str().unwrap_or_default();
    let (program, name, text) = match task["language"].as_str() {
        Some("python") => {
            let call = if tests.contains(&format!("check({entry})")) {
                String::new()
            } else {
                format!("\ncheck({entry})\n")
            };
            ("python3", "judged.py", format!("{edited}\n{tests}{call}"))
        }
        Some("javascript" | "js") => ("node", "judged.js", format!("{edited}\n{tests}")),
        other => bail!("tasks in {other:?} cannot be judged"),
    };
    fs::write(folder.join(name), text)?;
    let mut child = isolated(program)
        .arg(name)
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("errors"))?)
        .spawn()
        .with_context(|| format!("{program} is missing"))?;
    let start = Instant::now();
    while start.elapsed() < TEST_LIMIT {
        if let Some(status) = child.try_wait()? {
            let errors = fs::read_to_string(folder.join("errors"))?;
            return Ok(status.success() && !errors.contains("Assertion failed"));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill()?;
    child.wait()?;
    Ok(false)
}

/// A program in a network of its own, where the system lets us make one.
fn isolated(program: &str) -> Command {
    let alone = Command::new("unshare").args(["-rn", "true"]).stderr(Stdio::null()).status();
    if alone.is_ok_and(|status| status.success()) {
        let mut command = Command::new("unshare");
        command.args(["-rn", program]);
        return command;
    }
    Command::new(program)
}

fn summary(outcomes: &[Outcome]) -> Value {
    let accepted = outcomes.iter().filter(|o| o.accepted).count();
    let verdicts = |name: &str| outcomes.iter().filter(|o| o.verdict == name).count();
    let sum = |name: &str| outcomes.iter().filter_map(|o| o.report[name].as_f64()).sum::<f64>();
    let mut times: Vec<f64> = outcomes.iter().filter_map(|o| o.report["total_ms"].as_f64()).collect();
    times.sort_by(f64::total_cmp);
    let (low, high) = wilson(accepted, outcomes.len());
    json!({
        "tasks": outcomes.len(),
        "accepted": accepted,
        "acceptance": accepted as f64 / outcomes.len() as f64,
        "confidence_95": [low, high],
        "unchanged": verdicts("unchanged"),
        "empty": verdicts("empty"),
        "elided": verdicts("elided"),
        "outside_changed": outcomes.iter().filter(|o| o.outside_changed).count(),
        "prompt_tokens": sum("prompt_tokens"),
        "generated_tokens": sum("generated_tokens"),
        "decode_tokens_per_s": sum("generated_tokens") * 1000.0 / sum("decode_ms"),
        "median_ms": times.get(times.len() / 2),
        "rejected_ids": outcomes.iter().filter(|o| !o.accepted).map(|o| o.id.clone()).collect::<Vec<_>>(),
    })
}

/// Wilson score interval at 95 % (Wilson 1927): sound for shares near 0 and 1 and for few tasks.
fn wilson(hits: usize, of: usize) -> (f64, f64) {
    const Z: f64 = 1.96;
    let (n, p) = (of as f64, hits as f64 / of as f64);
    let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    (middle - half, middle + half)
}
