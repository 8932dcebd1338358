//! The commands without a window besides improve and explain, on a real model.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs,
    io::Read,
    path::Path,
    process::{Command, Stdio},
};

use serde_json::Value;
use tests::{TestModel, children, editor, screen::Home};

/// Runs a command in a home of its own and gives its JSON.
fn run(home: &Home, args: &[&str]) -> Value {
    let mut command = Command::new(editor());
    home.move_in(&mut command);
    let output = command.args(args).args(["--format", "json"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = said.lines().last().unwrap_or_default();
    serde_json::from_str(last)
        .unwrap_or_else(|_| panic!("{args:?}: {said}{}", String::from_utf8_lossy(&output.stderr)))
}

fn home() -> Home {
    let home = Home::new().unwrap();
    home.install(&TestModel::OneAndHalf.path()).unwrap();
    home
}

fn path(file: &Path) -> &str {
    file.to_str().unwrap()
}

#[test]
fn documentation_is_added_and_the_code_stays() {
    let home = home();
    let file = home.path().join("mean.py");
    let code =
        "def mean(xs):\n    if not xs:\n        raise ValueError(\"empty\")\n    return sum(xs) / len(xs)\n";
    fs::write(&file, code).unwrap();
    let report = run(&home, &["document", path(&file), "--line", "3", "--apply", "--check"]);
    assert_eq!((&report["command"], &report["applied"]), (&"document".into(), &true.into()), "{report}");
    let text = fs::read_to_string(&file).unwrap();
    let (signature, body) = code.split_once('\n').unwrap();
    assert!(text.starts_with(&format!("{signature}\n    \"\"\"")) && text.ends_with(body), "{text}");
    assert_eq!(text.matches("\"\"\"").count(), 2, "{text}");
}

#[test]
fn code_is_written_below_a_comment_and_passes_its_check() {
    let home = home();
    let file = home.path().join("words.py");
    let before = "import re\n\n\n";
    let comment = "# count how often each word occurs in a text, as a dict\n";
    fs::write(&file, format!("{before}{comment}")).unwrap();
    let report = run(&home, &["generate", path(&file), "--line", "4", "--apply", "--check"]);
    assert_eq!(report["verdict"], "changed", "{report}");
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.starts_with(&format!("{before}{comment}")) && text.contains("def "), "{text}");
    assert!(!text.contains("```"), "{text}");
    assert_eq!(report["checked"], Value::Bool(true), "{report}");
}

#[test]
fn staged_changes_become_a_message() {
    let home = home();
    let folder = home.path().join("project");
    fs::create_dir(&folder).unwrap();
    let git = |args: &[&str]| {
        let own = ["-c", "user.name=A", "-c", "user.email=a@b.c"];
        let done = Command::new("git").arg("-C").arg(&folder).args(own).args(args).output().unwrap();
        assert!(done.status.success(), "{done:?}");
    };
    git(&["init", "-q"]);
    fs::write(folder.join("mean.py"), "def mean(xs):\n    return sum(xs) / len(xs)\n").unwrap();
    git(&["add", "."]);
    let report = run(&home, &["commit-message", path(&folder)]);
    assert_eq!(report["files"], 1, "{report}");
    let message = report["text"].as_str().unwrap();
    let first = message.lines().next().unwrap();
    assert!(!first.is_empty() && !message.contains("```"), "{message}");
    assert!(message.lines().nth(1).is_none_or(str::is_empty), "{message}");
}

#[test]
fn names_are_suggested_and_nothing_was_counted_yet() {
    let home = home();
    let file = home.path().join("untitled");
    fs::write(&file, "import json\n\ndef load_config(path):\n    return json.load(open(path))\n").unwrap();
    let report = run(&home, &["name", path(&file)]);
    let names = report["names"].as_array().unwrap();
    assert!(!names.is_empty() && names.len() <= 5, "{report}");
    assert!(names.iter().all(|name| !name.as_str().unwrap().contains('/')), "{report}");
    assert_eq!(run(&home, &["statistics"])["rows"], Value::Array(Vec::new()));
}

#[test]
fn an_answer_goes_on_when_its_worker_is_killed() {
    let home = home();
    let file = home.path().join("mean.py");
    fs::write(&file, "def mean(xs):\n    return sum(xs) / len(xs)\n").unwrap();
    let mut command = Command::new(editor());
    home.move_in(&mut command);
    command.args(["explain", path(&file), "--lines", "1:2"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut explaining = command.spawn().unwrap();
    let mut said = explaining.stdout.take().unwrap();
    let mut beginning = [0; 60];
    said.read_exact(&mut beginning).unwrap();
    let workers = children(explaining.id());
    assert_eq!(workers.len(), 1);
    assert!(Command::new("kill").args(["-9", &workers[0].to_string()]).status().unwrap().success());
    let mut rest = String::new();
    said.read_to_string(&mut rest).unwrap();
    let output = explaining.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && told.contains("the answer continues"), "{told}");
    let beginning = String::from_utf8_lossy(&beginning);
    assert!(rest.len() > 60 && !rest.contains(&*beginning), "{beginning}|{rest}");
}

#[test]
fn want_of_memory_ends_in_an_answer_of_a_smaller_model_with_every_step_told_and_is_undone() {
    let home = home();
    home.install(&TestModel::Half.path()).unwrap();
    let file = home.path().join("area.py");
    fs::write(&file, "def area(width, height):\n    return width * height\n").unwrap();
    let explain = |budget: &str, more: &[&str]| {
        let mut command = Command::new(editor());
        home.move_in(&mut command);
        command.args(["explain", path(&file), "--lines", "1:2", "--max-tokens", "4", "--format", "json"]);
        command.args(["--model", &TestModel::OneAndHalf.reference().id]).args(more);
        let output = command.env("LOCALCODER_MEMORY_BUDGET", budget).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        let report = said.lines().last().map(|last| serde_json::from_str::<Value>(last).unwrap());
        (report.unwrap_or_default(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    // Room for half a billion parameters, and not for three times as many.
    let (report, told) = explain("900000000", &["--no-smaller"]);
    assert!(report.is_null() && told.contains("needs"), "{report} {told}");
    let steps = |report: &Value| report["steps"].as_array().map_or(0, Vec::len);
    let (report, told) = explain("900000000", &[]);
    assert_eq!(report["model"]["id"], *TestModel::Half.reference().id, "{report}");
    assert!(report["generated_tokens"].as_u64() > Some(0), "{report}");
    assert_eq!((steps(&report), told.matches("not enough memory").count()), (4, 4), "{told}");
    let (report, told) = explain("900000000", &[]);
    assert_eq!((steps(&report), told.lines().count()), (1, 1), "what failed is remembered: {told}");
    let (report, told) = explain("8000000000", &[]);
    assert_eq!(report["model"]["id"], *TestModel::OneAndHalf.reference().id, "{report}");
    assert_eq!((steps(&report), told.as_str()), (0, ""), "with the memory it comes back");
}
