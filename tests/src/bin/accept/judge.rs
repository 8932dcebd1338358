//! Whether a text passes a task's own tests. They are read here and nowhere else.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::rust;

/// How long a task's tests may run.
const LIMIT: Duration = Duration::from_secs(10);

/// Runs the task's tests behind the edited file.
///
/// # Errors
/// A task that makes no sense, or an interpreter that is missing.
pub fn passes(task: &Value, edited: &str, folder: &Path) -> Result<bool> {
    let tests = task["tests"].as_str().context("a task has no tests")?;
    let entry = task["entry_point"].as_str().unwrap_or_default();
    if task["language"] == "rust" {
        let built = rust::built(edited, tests)?;
        return built.map_or(Ok(false), |program| holds(&mut isolated(&program.to_string_lossy()), folder));
    }
    let (program, name, text) = match task["language"].as_str() {
        Some("python") => {
            let called = tests.contains(&format!("check({entry})"));
            let call = if called { String::new() } else { format!("\ncheck({entry})\n") };
            ("python3", "judged.py", format!("{edited}\n{tests}{call}"))
        }
        Some("javascript" | "js") => ("node", "judged.js", format!("{edited}\n{tests}")),
        other => bail!("tasks in {other:?} cannot be judged"),
    };
    fs::write(folder.join(name), text)?;
    holds(isolated(program).arg(name), folder).with_context(|| format!("{program} is missing"))
}

/// Does a program end well within its time?
fn holds(program: &mut Command, folder: &Path) -> Result<bool> {
    let mut child = program
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(folder.join("errors"))?)
        .spawn()?;
    let start = Instant::now();
    while start.elapsed() < LIMIT {
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
