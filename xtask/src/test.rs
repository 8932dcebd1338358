//! `test`: everything CI runs, in order, each step with its time, and one line at the end that counts.
//!
//! A failed step does not hide the next ones; a step whose ground is missing is named as skipped and fails the run,
//! because a green run must mean that everything ran.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::args::{AlreadySaid, Usage, Words};
use crate::needs::{self, For};
use crate::programs::{self, Profile, Programs};
use crate::{models, places, run, shared_target, shell, tidy};

/// Longer than any honest step on two cores from cold; a hang ends here instead of taking the whole run with it.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// `test [--quick] [FILTER]`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    let words = Words::read(&mut parser, &["quick"])?;
    if words.values.len() > 1 {
        return Err(Usage("one FILTER at most".into()).into());
    }
    let filter = words.values.first().map(|word| word.to_string_lossy().into_owned());
    let mut report = Report::default();
    steps(&mut report, words.has("quick"), filter.as_deref());
    report.finish()
}

/// The list. With a filter only tests run; quick leaves out what needs the optimised programs and the real models.
fn steps(report: &mut Report, quick: bool, filter: Option<&str>) {
    report.step("system packages", |_| {
        needs::ensure_all(&[For::Build, For::Window, For::Harness, For::Models])
    });
    if places::shared_target().is_some() {
        report.step("build folder", |_| shared_target::prepare());
    }
    if !quick {
        report.step("models", |_| models::fetch(&models::MODELS.iter().collect::<Vec<_>>()).map(drop));
    }
    if filter.is_none() {
        rules(report);
    }
    report.step("unit tests", |counts| unit_tests(counts, quick, filter));
    if !quick {
        end_to_end(report, filter);
    }
}

fn rules(report: &mut Report) {
    report.step("format", |_| shell::run(places::cargo().args(["fmt", "--all", "--check"])));
    report.step("tidy", |_| tidy::check_all());
    report.step("clippy", |_| {
        let mut clippy = places::cargo();
        clippy.args(["clippy", "--workspace", "--all-targets"]).args(programs::locked());
        shell::run(clippy.args(["--", "-D", "warnings"]))
    });
    report.step("docs", |_| {
        let mut doc = places::cargo();
        doc.args(["doc", "--workspace", "--no-deps", "--document-private-items"]).args(programs::locked());
        shell::run(doc.env("RUSTDOCFLAGS", "-D warnings"))
    });
    if shell::find("cargo-deny").is_some() {
        report.step("cargo-deny", |_| shell::run(places::cargo().args(["deny", "--workspace", "check"])));
    } else {
        let why = "cargo-deny is not installed (cargo install --locked cargo-deny). Licences, sources and banned \
                   crates were checked by tidy; advisories were NOT checked.";
        report.without("cargo-deny", why);
    }
}

fn unit_tests(counts: &mut Counts, quick: bool, filter: Option<&str>) -> Result<()> {
    let mut test = places::cargo();
    tell_where_models_are(&mut test, !quick)?;
    test.args(["test", "--workspace", "--exclude", "tests", "--no-fail-fast"]).args(programs::locked());
    cargo_test(test.args(filter), counts)
}

fn end_to_end(report: &mut Report, filter: Option<&str>) {
    let mut programs = None;
    report.step("release build", |_| {
        programs = Some(programs::build(Profile::Release)?);
        Ok(())
    });
    report.step("end to end", |counts| {
        let programs = programs.as_ref().context("skipped: the programs did not build")?;
        end_to_end_tests(programs, counts, filter)
    });
    if cfg!(target_os = "macos") {
        let why = "tests of the real window press keys under Xvfb, which only Linux has";
        report.without("window", why);
    } else if filter.is_none() {
        report.step("smoke", |counts| {
            let outcome = run::smoke(programs.as_ref().context("skipped: the programs did not build")?);
            counts.add(outcome.is_ok());
            outcome
        });
    }
}

fn end_to_end_tests(programs: &Programs, counts: &mut Counts, filter: Option<&str>) -> Result<()> {
    let mut test = places::cargo();
    test.args(["test", "--release", "-p", "tests", "--no-fail-fast"]).args(programs::locked());
    programs.describe_to(&mut test)?;
    tell_where_models_are(&mut test, true)?;
    // One at a time: each runs a model that takes all cores, and one sleeps while another computes.
    cargo_test(test.args(filter).args(["--", "--test-threads=1"]), counts)
}

/// Tests of real models find them here; where they were fetched, a test must not skip for want of one.
fn tell_where_models_are(test: &mut Command, required: bool) -> Result<()> {
    test.env("LOCALCODER_CACHE", places::cache()?).env("LOCALCODER_TEST_MODELS", places::models()?);
    if required {
        test.env("LOCALCODER_MODELS_REQUIRED", "1");
    }
    Ok(())
}

fn cargo_test(test: &mut Command, counts: &mut Counts) -> Result<()> {
    shell::follow(test, LIMIT, |line| counts.read(line))
}

/// Tests that ran, in this or all steps.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: u64,
    failed: u64,
}

impl Counts {
    fn add(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    /// Adds up libtest's closing lines: `test result: ok. 3 passed; 0 failed; 0 ignored; …`.
    fn read(&mut self, line: &str) {
        let Some(rest) = line.trim_start().strip_prefix("test result: ") else { return };
        for part in rest.split([';', '.']) {
            let mut words = part.split_whitespace();
            if let (Some(count), Some(what)) =
                (words.next().and_then(|word| word.parse::<u64>().ok()), words.next())
            {
                match what {
                    "passed" => self.passed += count,
                    "failed" => self.failed += count,
                    _ => {}
                }
            }
        }
    }
}

/// What each step came to.
#[derive(Debug, Default)]
struct Report {
    rows: Vec<Row>,
    counts: Counts,
}

#[derive(Debug)]
struct Row {
    name: &'static str,
    time: Duration,
    /// What went wrong, or why it was left out.
    note: Option<String>,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    Passed,
    Failed,
    LeftOut,
}

impl Report {
    fn step(&mut self, name: &'static str, work: impl FnOnce(&mut Counts) -> Result<()>) {
        println!("\n── {name} ──");
        let begun = Instant::now();
        let mut counts = Counts::default();
        let outcome = work(&mut counts);
        if let Err(error) = &outcome {
            eprintln!("{name}: {error:#}");
        }
        // A step may fail without a failed test: that counts, so that the last line never looks green.
        if outcome.is_err() && counts.failed == 0 {
            counts.failed = 1;
        }
        self.counts.passed += counts.passed;
        self.counts.failed += counts.failed;
        self.rows.push(Row {
            name,
            time: begun.elapsed(),
            outcome: if outcome.is_ok() { Outcome::Passed } else { Outcome::Failed },
            note: outcome.err().map(|error| first_line(&format!("{error:#}"))),
        });
    }

    /// A step that this machine cannot do, said loudly.
    fn without(&mut self, name: &'static str, why: &str) {
        println!("\n── {name} ── LEFT OUT: {why}");
        let note = Some(why.to_owned());
        self.rows.push(Row { name, time: Duration::ZERO, outcome: Outcome::LeftOut, note });
    }

    fn finish(self) -> Result<()> {
        println!("\n── summary ──");
        for row in &self.rows {
            println!("{}", row.line());
        }
        record_times(&self.rows);
        println!("{} passed, {} failed", self.counts.passed, self.counts.failed);
        if self.rows.iter().any(|row| row.outcome == Outcome::Failed) {
            return Err(AlreadySaid.into());
        }
        Ok(())
    }
}

impl Row {
    fn line(&self) -> String {
        let word = match self.outcome {
            Outcome::Passed => "ok",
            Outcome::Failed => "FAILED",
            Outcome::LeftOut => "LEFT OUT",
        };
        let line = format!("{word:<9} {:<16} {:>12}", self.name, shell::pretty(self.time));
        self.note.iter().fold(line, |line, note| format!("{line}   {note}"))
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Keeps the times beside the build, to see a run getting slower. Losing them costs nothing.
fn record_times(rows: &[Row]) {
    let write = |folder: &Path| {
        let text: String = rows.iter().map(|row| row.line() + "\n").collect();
        std::fs::write(folder.join("xtask-test-times.txt"), text)
    };
    if let Ok(folder) = places::target() {
        drop(write(&folder));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use anyhow::bail;

    #[test]
    fn closing_lines_are_added_up() {
        let mut counts = Counts::default();
        counts.read("running 4 tests");
        counts.read(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.02s",
        );
        counts.read("test result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out");
        assert_eq!(counts, Counts { passed: 5, failed: 1 });
    }

    #[test]
    fn a_step_that_fails_without_a_test_counts_as_failed() {
        let mut report = Report::default();
        report.step("good", |counts| {
            counts.passed = 3;
            Ok(())
        });
        report.step("bad", |_| bail!("broken\nin two lines"));
        assert_eq!(report.counts, Counts { passed: 3, failed: 1 });
        assert!(report.rows[1].line().ends_with("broken"), "{}", report.rows[1].line());
        assert!(report.finish().is_err());
    }

    #[test]
    fn what_is_left_out_is_said_and_does_not_fail() {
        let mut report = Report::default();
        report.without("x", "no such tool");
        assert!(report.rows[0].line().contains("LEFT OUT"));
        assert!(report.finish().is_ok());
    }
}
