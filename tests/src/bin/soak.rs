//! Thousands of requests over the smallest model, mixed with loads, unloads, cancels and kills: `cargo xtask soak`.
//!
//! Fails when memory or descriptors of either end grow.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lexopt::{Arg, Parser, ValueExt};
use tests::soak::{self, Plan};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("soak: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut plan = Plan { from: 0, requests: 5_000, time: Duration::from_secs(120 * 60), kills: true };
    let mut parser = Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Arg::Long("minutes") => {
                let minutes: u64 = parser.value()?.parse().context("--minutes wants a number")?;
                plan.time = Duration::from_secs(minutes * 60);
            }
            Arg::Long("requests") => {
                plan.requests = parser.value()?.parse().context("--requests wants a number")?;
            }
            Arg::Long("no-kills") => plan.kills = false,
            other => return Err(other.unexpected().into()),
        }
    }
    let outcome = soak::run(plan, |line| println!("soak: {line}"))?;
    println!("soak: {outcome}");
    let leaks = outcome.leaks();
    ensure!(leaks.is_empty(), "{}", leaks.join("; "));
    Ok(())
}
