//! `fuzz`: the header check of model files against any bytes, from the corpus that is kept beside it.
//!
//! cargo-fuzz and a nightly compiler (or a stable one that is told to behave like it) are no needs of a build, so they are
//! asked for and not installed.

use std::process::Command;

use anyhow::{Result, ensure};

use crate::args::{Usage, Words};
use crate::{places, shell};

/// Runs of a check that a person waits for; a release wants ten million.
const RUNS: u64 = 1_000_000;

/// `fuzz [RUNS]`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    let words = Words::read(&mut parser, &[])?;
    let runs = match words.values.first() {
        None => RUNS,
        Some(word) => {
            word.to_string_lossy().replace('_', "").parse().map_err(|_| Usage("RUNS is a number".into()))?
        }
    };
    ensure!(
        shell::find("cargo-fuzz").is_some(),
        "cargo-fuzz is missing: `cargo install cargo-fuzz --locked`, then this again"
    );
    shell::run(&mut fuzz(runs))
}

/// Without a sanitizer: the code under test is safe Rust, and runs ten times as fast.
fn fuzz(runs: u64) -> Command {
    let mut command = Command::new("cargo");
    command.current_dir(places::root().join("models")).env("RUSTC_BOOTSTRAP", "1");
    command.args(["fuzz", "run", "--sanitizer", "none", "gguf", "--"]);
    command.args([format!("-runs={runs}"), "-max_len=12000".into(), "-print_final_stats=1".into()]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_runs_reaches_the_fuzzer() {
        let command = fuzz(5);
        assert!(command.get_args().any(|arg| arg == "-runs=5"));
        assert!(
            command
                .get_current_dir()
                .is_some_and(|folder| folder.join("fuzz/fuzz_targets/gguf.rs").is_file())
        );
    }
}
