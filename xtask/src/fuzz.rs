//! `fuzz`: any bytes for everything that reads what strangers wrote, from the corpora that are kept in `tests/fuzz/corpus`.
//!
//! What is found by the way goes into the build folder, not into the repository; `--keep` takes from there what reaches code that the
//! corpus does not. cargo-fuzz and a nightly compiler (or a stable one that is told to behave like it) are no needs of a build, so
//! they are asked for and not installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use lexopt::{Arg, ValueExt as _};

use crate::args::UsageError;
use crate::{places, shell};

/// Runs of a target that a person waits for; a release wants ten million.
const RUNS: u64 = 1_000_000;
/// Longest a single run may take, in seconds, on a machine that does other things as well.
const TIMEOUT: u64 = 10;
/// Most memory that the target may take, in mebibytes.
const MEMORY: u64 = 1_024;

/// What is fuzzed, and the longest input that is worth trying, in bytes.
const TARGETS: [(&str, usize); 9] = [
    ("answer", 4_000),
    ("asked", 1_000),
    ("catalogue", 8_000),
    ("frame", 4_000),
    ("gguf", 12_000),
    ("journal", 4_000),
    ("keymap", 100),
    ("message", 4_000),
    ("settings", 2_000),
];

/// `fuzz [TARGET…] [--runs N] [--keep]`.
pub fn command(parser: lexopt::Parser) -> Result<()> {
    let wish = read(parser)?;
    ensure!(
        shell::find("cargo-fuzz").is_some(),
        "cargo-fuzz is missing: `cargo install cargo-fuzz --locked`, then this again"
    );
    // What is fuzzed is what ships: the crate of the targets gets the same versions, and adds its own few.
    let (lock, its_own) = (places::root().join("Cargo.lock"), places::root().join("tests/fuzz/Cargo.lock"));
    fs::copy(&lock, &its_own).with_context(|| format!("could not write {}", its_own.display()))?;
    for target in &wish.targets {
        let scratch = places::target()?.join("fuzz-corpus").join(target.0);
        fs::create_dir_all(&scratch).with_context(|| format!("could not create {}", scratch.display()))?;
        let begun = Instant::now();
        shell::run(&mut fuzz(*target, wish.runs, &scratch))?;
        println!("{}: {} runs in {} s, nothing fell", target.0, wish.runs, begun.elapsed().as_secs());
        if wish.keep {
            shell::run(&mut keep(target.0, &scratch))?;
        }
    }
    Ok(())
}

#[derive(Debug)]
struct Wish {
    targets: Vec<(&'static str, usize)>,
    runs: u64,
    keep: bool,
}

fn read(mut parser: lexopt::Parser) -> Result<Wish, UsageError> {
    let mut wish = Wish { targets: Vec::new(), runs: RUNS, keep: false };
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("keep") => wish.keep = true,
            Arg::Long("runs") => {
                let word = parser.value()?.string()?.replace('_', "");
                wish.runs = word.parse().map_err(|_| UsageError("--runs wants a number".into()))?;
            }
            Arg::Value(word) => {
                let named = TARGETS.into_iter().find(|(name, _)| word == *name);
                wish.targets.push(named.ok_or_else(|| no_such_target(&word.to_string_lossy()))?);
            }
            other => return Err(other.unexpected().into()),
        }
    }
    if wish.targets.is_empty() {
        wish.targets = TARGETS.to_vec();
    }
    Ok(wish)
}

fn no_such_target(word: &str) -> UsageError {
    let names = TARGETS.map(|(name, _)| name).join(", ");
    UsageError(format!("«{word}» is not fuzzed; there are {names}"))
}

fn corpus(name: &str) -> PathBuf {
    places::root().join("tests/fuzz/corpus").join(name)
}

/// Without a sanitizer: the code under test is safe Rust, and runs ten times as fast.
fn cargo_fuzz(name: &str) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(places::root().join("tests")).env("RUSTC_BOOTSTRAP", "1");
    command.args(["fuzz", "run", "--sanitizer", "none", name]);
    command
}

/// What it finds goes into the first folder; the second is only read.
fn fuzz((name, longest): (&str, usize), runs: u64, scratch: &Path) -> Command {
    let mut command = cargo_fuzz(name);
    command.arg(scratch).arg(corpus(name)).arg("--");
    command.args([format!("-runs={runs}"), format!("-max_len={longest}"), format!("-timeout={TIMEOUT}")]);
    command.args([format!("-rss_limit_mb={MEMORY}"), "-print_final_stats=1".into()]);
    command
}

/// Takes over what reaches code that the corpus does not reach yet.
fn keep(name: &str, scratch: &Path) -> Command {
    let mut command = cargo_fuzz(name);
    command.arg(corpus(name)).arg(scratch).args(["--", "-merge=1"]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_runs_are_read() {
        let wish = read(lexopt::Parser::from_args(["gguf", "--runs", "5_000", "--keep"])).unwrap();
        assert_eq!((wish.targets, wish.runs, wish.keep), (vec![("gguf", 12_000)], 5_000, true));
        assert_eq!(read(lexopt::Parser::from_args([""; 0])).unwrap().targets, TARGETS);
        for wrong in [["nothing", "--keep"], ["--runs", "many"], ["gguf", "--fast"]] {
            assert!(read(lexopt::Parser::from_args(wrong)).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn each_target_is_there_with_its_corpus_and_no_other() {
        let folder = places::root().join("tests/fuzz");
        for (name, _) in TARGETS {
            for path in [format!("targets/{name}.rs"), format!("bins/{name}.rs"), format!("corpus/{name}")] {
                assert!(folder.join(&path).exists(), "{path}");
            }
        }
        assert_eq!(fs::read_dir(folder.join("targets")).unwrap().count(), TARGETS.len());
    }

    #[test]
    fn the_number_of_runs_reaches_the_fuzzer_and_the_kept_corpus_is_only_read() {
        let command = fuzz(TARGETS[0], 5, Path::new("scratch"));
        let args: Vec<_> = command.get_args().collect();
        assert!(args.iter().any(|arg| *arg == "-runs=5"));
        let at = |end: &str| args.iter().position(|arg| Path::new(arg).ends_with(end));
        assert!(at("scratch").unwrap() < at("corpus/answer").unwrap());
    }
}
