//! `cargo xtask`: the one script language of this repository.
//!
//! It must build on a machine that has Rust and nothing else, so its dependencies are pure Rust, and everything
//! else it needs (a C++ compiler, the test models, a virtual display) it finds or installs itself.

mod args;
mod bench;
mod check_macos;
mod deny;
mod dist;
mod fetch;
mod fresh;
mod fuzz;
#[cfg(test)]
#[path = "../../tests/src/ground.rs"]
mod ground;
mod models;
mod needs;
mod offline;
mod peers;
mod pip;
mod places;
mod programs;
mod run;
#[cfg(test)]
mod sample;
mod sbom;
mod shared_target;
mod shell;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;
use args::{AlreadySaid, UsageError};

const HELP: &str = "\
cargo xtask COMMAND

  run [PATH…] [--smoke] [--release] install what is missing, build, open the editor on PATH or on a sample
  test [--quick] [FILTER]           everything CI runs; --quick leaves out the real model and the real window
  models fetch [starter|0.5b|1.5b|all]…   fetch and verify test models into the cache
  tidy                              the rules of this repository that no compiler checks
  bench [--json FILE] [ARG…]        speed through the whole path
  peers                             build llama-server and llama-bench, for `bench peers`
  accept --tasks FILE [ARG…]        how good the proposals are; --ingredients what each step adds, --plain a plain request
  soak [--minutes N] [--requests N]  thousands of requests, kills among them: memory must not grow
  fuzz [TARGET…] [--runs N] [--keep]  any bytes for everything that reads what strangers wrote (cargo-fuzz)
  offline [--outside] [--release] [NAME…]  trace the tests of packages or PACKAGE:TARGETs air-gapped: no socket but AF_UNIX
  dist [--out DIR] [--starter FILE] a package with both programs, and a model if you like
  check-macos                       type-check for macOS on Debian
  fresh [--keep] [--test] [-- CMD…] prove `run --smoke`, `test` or CMD in a bare Debian 12 (as root)

LOCALCODER_CACHE names the folder for models and other things that outlive a clone.";

fn main() -> ExitCode {
    match dispatch() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if !error.is::<AlreadySaid>() {
                eprintln!("xtask: {error:#}");
            }
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}

fn dispatch() -> Result<()> {
    let mut parser = lexopt::Parser::from_env();
    let name = match parser.next().map_err(UsageError::from)? {
        None | Some(lexopt::Arg::Short('h') | lexopt::Arg::Long("help")) => {
            println!("{HELP}");
            return Ok(());
        }
        Some(lexopt::Arg::Value(name)) => name,
        Some(other) => return Err(UsageError::from(other.unexpected()).into()),
    };
    match name.to_str().unwrap_or_default() {
        "run" => run::command(parser),
        "test" => test::command(parser),
        "models" => models::command(parser),
        "tidy" => tidy::command(parser),
        "bench" => bench::command(parser, "bench"),
        "soak" => bench::command(parser, "soak"),
        "accept" => bench::command(parser, "accept"),
        "peers" => peers::command(parser),
        "dist" => dist::command(parser),
        "check-macos" => check_macos::command(parser),
        "offline" => offline::command(parser),
        "fresh" => fresh::command(parser),
        "fuzz" => fuzz::command(parser),
        "help" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => {
            Err(UsageError(format!("there is no command `{unknown}`; `cargo xtask help` lists them")).into())
        }
    }
}
