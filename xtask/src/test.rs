//! `test`: everything CI runs, in order, each step with its time, and one line at the end that counts.
//!
//! A failed step does not hide the next ones. What did not run is counted and named at the end, and a test that
//! skipped itself fails the run in CI. Tests that their own attribute ignores or that this processor cannot run, and steps without their
//! tool, are counted as well, but fail nothing.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};

use crate::args::{AlreadySaid, UsageError, Words};
use crate::needs::{self, For};
use crate::programs::{self, Everything};
use crate::{deny, models, places, run, shared_target, shell, tidy};

/// Longer than any honest step on two cores from cold; a hang ends here instead of taking the whole run with it.
const LIMIT: Duration = Duration::from_secs(30 * 60);

/// `test [--quick] [FILTER]`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    let words = Words::read(&mut parser, &["quick"])?;
    if words.values.len() > 1 {
        return Err(UsageError("one FILTER at most".into()).into());
    }
    let filter = words.values.first().map(|word| word.to_string_lossy().into_owned());
    let mut report = Report::default();
    steps(&mut report, words.has("quick"), filter.as_deref());
    report.finish(shell::ci())
}

/// The list. With a filter only tests run; quick leaves out what needs the programs and the real models.
///
/// Everything is compiled once, in one profile: unit tests, end-to-end tests and the programs that those start. What clippy and the
/// documentation need of dependencies is metadata alone, which those two share.
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
    let mut everything = None;
    if !quick {
        report.step("build", |_| {
            everything = Some(programs::build_everything()?);
            Ok(())
        });
    }
    report.step("unit tests", |counts| unit_tests(counts, quick, filter));
    if !quick {
        end_to_end(report, everything.as_ref(), filter);
    }
    if let Some(filter) = filter {
        let ran = report.counts.passed + report.counts.failed;
        report.step("filter", |_| {
            ensure!(ran > 0, "no test has {filter:?} in its name");
            Ok(())
        });
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
    denials(report);
}

/// cargo-deny: what it can check here, and a word on what it cannot.
fn denials(report: &mut Report) {
    let program = match deny::program() {
        Ok(Some(program)) => program,
        Ok(None) => return report.without("cargo-deny", &without_deny("it is not installed")),
        Err(error) => return report.without("cargo-deny", &without_deny(&first_line(&format!("{error:#}")))),
    };
    report.step("cargo-deny", |_| deny::check(&program));
    if deny::has_advisories(&program) {
        report.step("advisories", |_| deny::advisories(&program));
    } else {
        let why = "the database of known flaws (RustSec/advisory-db) cannot be fetched from here: advisories were NOT checked. \
                   Licences, bans and sources were.";
        report.without("advisories", why);
    }
}

fn without_deny(why: &str) -> String {
    format!(
        "{why} (cargo install --locked cargo-deny). Licences, sources and banned crates were checked by tidy; advisories \
         were NOT checked."
    )
}

fn unit_tests(counts: &mut Counts, quick: bool, filter: Option<&str>) -> Result<()> {
    let mut test = places::cargo();
    tell_where_models_are(&mut test, !quick)?;
    test.args(["test", "--workspace", "--exclude", "tests", "--no-fail-fast"]).args(programs::locked());
    cargo_test(test.args(filter).args(["--", "--show-output"]), counts)
}

fn end_to_end(report: &mut Report, built: Option<&Everything>, filter: Option<&str>) {
    const SKIPPED: &str = "skipped: there was no build";
    report.step("end to end", |counts| {
        let built = built.context(SKIPPED)?;
        run_each(counts, built.end_to_end.values(), |file| end_to_end_test(built, file, filter))
    });
    if filter.is_none() {
        report.step("without kernels", |counts| {
            let built = built.context(SKIPPED)?;
            let file =
                |name: &&str| built.end_to_end.get(*name).with_context(|| format!("there is no test {name}"));
            let files = COMPUTING.iter().map(file).collect::<Result<Vec<_>>>()?;
            run_each(counts, files, |file| {
                let mut test = end_to_end_test(built, file, None)?;
                test.env("LOCALCODER_KERNELS", "off");
                Ok(test)
            })
        });
    }
    if cfg!(target_os = "macos") {
        let why = "tests of the real window press keys under Xvfb, which only Linux has";
        report.without("window", why);
    } else if filter.is_none() {
        report.step("smoke", |counts| {
            let outcome = run::smoke(&built.context(SKIPPED)?.programs);
            counts.add(outcome.is_ok());
            outcome
        });
    }
}

/// Tests whose outcome may depend on who computes: they run a second time as on a processor without the instructions of our own
/// kernels, which then leave everything to ggml.
const COMPUTING: [&str; 3] = ["worker", "prompts", "residency"];

/// Each runs a model that takes all cores, and one sleeps while another computes.
pub const ONE_AT_A_TIME: [&str; 2] = ["--show-output", "--test-threads=1"];

/// A test program as cargo would run it. Asked to test the package alone, cargo would compile what it knows with other features.
fn end_to_end_test(built: &Everything, file: &Path, filter: Option<&str>) -> Result<Command> {
    let folder = places::root().join("tests");
    let mut test = Command::new(file);
    test.current_dir(&folder).env("CARGO_MANIFEST_DIR", &folder).args(filter).args(ONE_AT_A_TIME);
    built.programs.describe_to(&mut test)?;
    tell_where_models_are(&mut test, true)?;
    Ok(test)
}

/// Runs programs one after the other under one time limit; one that fails does not hide the next.
fn run_each<'a>(
    counts: &mut Counts,
    files: impl IntoIterator<Item = &'a PathBuf>,
    command: impl Fn(&Path) -> Result<Command>,
) -> Result<()> {
    let begun = Instant::now();
    let mut failed = Vec::new();
    for file in files {
        let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        println!("\n     Running {name}");
        let before = begun.elapsed();
        let left = LIMIT.saturating_sub(before);
        if let Err(error) = shell::follow(&mut command(file)?, left, |line| counts.read(line)) {
            eprintln!("{error:#}");
            failed.push(name.clone());
        }
        println!("     {name} took {}", shell::pretty(begun.elapsed() - before));
    }
    ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
    Ok(())
}

/// Tests of real models find them here; where they were fetched, a test must not skip for want of one.
pub fn tell_where_models_are(test: &mut Command, required: bool) -> Result<()> {
    test.env("LOCALCODER_CACHE", places::cache()?).env("LOCALCODER_TEST_MODELS", places::models()?);
    if required {
        test.env("LOCALCODER_MODELS_REQUIRED", "1");
    }
    Ok(())
}

fn cargo_test(test: &mut Command, counts: &mut Counts) -> Result<()> {
    shell::follow(test, LIMIT, |line| counts.read(line))
}

/// What a test prints, at the start of a line, when it cannot run here and could elsewhere; name and reason follow. See
/// tests/src/ground.rs.
const SKIPPED: &str = "SKIPPED: ";
/// The same when nothing could make it run on this machine, such as for want of an instruction of the processor.
const LACKING: &str = "LACKING: ";

/// Tests that ran or did not, in this or all steps.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    passed: u64,
    failed: u64,
    /// Names and reasons of tests that found their ground missing.
    skipped: Vec<String>,
    /// Those of tests that this machine cannot run whatever is installed.
    lacking: Vec<String>,
    /// Those of tests that their attribute ignores.
    ignored: Vec<String>,
}

impl Counts {
    fn add(&mut self, passed: bool) {
        if passed {
            self.passed += 1;
        } else {
            self.failed += 1;
        }
    }

    fn join(&mut self, other: Counts) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped.extend(other.skipped);
        self.lacking.extend(other.lacking);
        self.ignored.extend(other.ignored);
    }

    /// Reads what libtest prints: `test name ... ignored, why`, and its closing lines, which are added up:
    /// `test result: ok. 3 passed; 0 failed; 0 ignored; …`. A test that skips itself says so with [`SKIPPED`].
    fn read(&mut self, line: &str) {
        let line = line.trim_start();
        if let Some(what) = line.strip_prefix(SKIPPED) {
            self.skipped.push(what.to_owned());
        } else if let Some(what) = line.strip_prefix(LACKING) {
            self.lacking.push(what.to_owned());
        } else if let Some((name, why)) = ignored(line) {
            self.ignored.push(format!("{name}: {why}"));
        } else if let Some(rest) = line.strip_prefix("test result: ") {
            self.close(rest);
        }
    }

    fn close(&mut self, rest: &str) {
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

fn ignored(line: &str) -> Option<(&str, &str)> {
    let (name, why) = line.strip_prefix("test ")?.split_once(" ... ignored")?;
    Some((name, why.strip_prefix(", ").unwrap_or("no reason given")))
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
        self.counts.join(counts);
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

    /// Prints what came of it, and fails for a failed step; with `all_must_run` for a skipped test as well. Whole steps that were
    /// left out have said why in their row, and are counted.
    fn finish(mut self, all_must_run: bool) -> Result<()> {
        println!("\n── summary ──");
        for row in &self.rows {
            println!("{}", row.line());
        }
        record_times(&self.rows);
        for test in &self.counts.ignored {
            println!("ignored, run by name only: {test}");
        }
        for test in &self.counts.lacking {
            println!("cannot run on this machine: {test}");
        }
        for test in &self.counts.skipped {
            println!("did not run: {test}");
        }
        let left_out = self.rows.iter().filter(|row| row.outcome == Outcome::LeftOut).count();
        let missing = self.counts.skipped.len();
        let failed = self.rows.iter().any(|row| row.outcome == Outcome::Failed);
        if all_must_run && missing > 0 {
            println!("{missing} did not run, and in CI everything must.");
            self.counts.failed += u64::from(!failed);
        }
        let skipped = missing + left_out + self.counts.lacking.len() + self.counts.ignored.len();
        println!("{} passed, {} failed, {skipped} skipped", self.counts.passed, self.counts.failed);
        if failed || all_must_run && missing > 0 {
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
        assert_eq!((counts.passed, counts.failed), (5, 1));
    }

    #[test]
    fn what_did_not_run_is_read_with_its_reason() {
        let mut counts = Counts::default();
        counts.read("test speed::whole_file ... ignored, a measurement, not a check");
        counts.read("test speed::other ... ignored");
        counts.read("test speed::third ... ok");
        counts.read("SKIPPED: asks_the_model: no model here");
        counts.read("LACKING: products: no such instructions");
        assert_eq!(counts.lacking, ["products: no such instructions"]);
        assert_eq!(
            counts.ignored,
            ["speed::whole_file: a measurement, not a check", "speed::other: no reason given"]
        );
        assert_eq!(counts.skipped, ["asks_the_model: no model here"]);
    }

    #[test]
    fn a_skipped_test_fails_the_run_where_all_must_run() {
        let run = |lines: &'static [&'static str]| {
            let mut report = Report::default();
            report.step("tests", |counts| {
                lines.iter().for_each(|line| counts.read(line));
                Ok(())
            });
            report
        };
        assert!(run(&["test a ... ignored, by name"]).finish(true).is_ok());
        assert!(run(&["LACKING: a: no such instructions"]).finish(true).is_ok());
        assert!(run(&["SKIPPED: a: no model here"]).finish(false).is_ok());
        assert!(run(&["SKIPPED: a: no model here"]).finish(true).is_err());
    }

    #[test]
    fn a_program_that_fails_does_not_hide_the_next() {
        let mut counts = Counts::default();
        let files = ["first", "second"].map(PathBuf::from);
        let error = run_each(&mut counts, &files, |file| {
            let line = "echo 'test result: ok. 2 passed; 0 failed'; exit ";
            let mut test = Command::new("sh");
            test.args(["-c", &format!("{line}{}", u8::from(file.ends_with("first")))]);
            Ok(test)
        });
        assert_eq!(error.unwrap_err().to_string(), "failed: first");
        assert_eq!(counts.passed, 4);
    }

    #[test]
    fn a_step_that_fails_without_a_test_counts_as_failed() {
        let mut report = Report::default();
        report.step("good", |counts| {
            counts.passed = 3;
            Ok(())
        });
        report.step("bad", |_| bail!("broken\nin two lines"));
        assert_eq!((report.counts.passed, report.counts.failed), (3, 1));
        assert!(report.rows[1].line().ends_with("broken"), "{}", report.rows[1].line());
        assert!(report.finish(false).is_err());
    }

    #[test]
    fn what_is_left_out_is_said_and_does_not_fail() {
        let mut report = Report::default();
        report.without("x", "no such tool");
        assert!(report.rows[0].line().contains("LEFT OUT"));
        assert!(report.finish(false).is_ok());
    }
}
