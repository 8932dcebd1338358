//! `bench`, `accept` and `soak`: the measuring programs of `tests`, on optimised programs and verified models.
//!
//! They are written there; this only makes sure that what they measure is built, fetched and undisturbed.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::{Result, bail};

use crate::needs::{self, For};
use crate::programs::{self, BuildProfile};
use crate::{models, peers, shell};

/// Above this share of all cores in use by others, figures are not worth writing down.
const BUSY: f64 = 0.15;

/// Everything after the command's name goes to the program, but for `--anyway`, which measures a busy machine.
pub fn command(mut parser: lexopt::Parser, program: &str) -> Result<()> {
    let mut args: Vec<OsString> = parser.raw_args().map_err(crate::args::UsageError::from)?.collect();
    let anyway = args.iter().any(|arg| arg == "--anyway");
    args.retain(|arg| arg != "--anyway");

    needs::ensure_all(&[For::Build, For::Window, For::Harness])?;
    let programs = programs::build(BuildProfile::Release, &[program, "scripted"])?;
    models::fetch(&models::MODELS.iter().collect::<Vec<_>>())?;
    let mut command = programs.test_program(program, &absolute_files(args)?)?;
    if let Some(peers) = peers::ready() {
        command.env("LOCALCODER_PEERS", peers);
    }
    if program == "bench" {
        check_quiet(busy_share(Duration::from_secs(3)), anyway)?;
    }
    shell::run(&mut command)
}

/// The program runs in the repository; files are meant from where the user stands.
fn absolute_files(args: Vec<OsString>) -> Result<Vec<OsString>> {
    let mut names_file = false;
    let meant = |arg: OsString| -> Result<OsString> {
        let is_file = std::mem::replace(&mut names_file, arg == "--json" || arg == "--tasks");
        Ok(if is_file { std::path::absolute(&arg)?.into_os_string() } else { arg })
    };
    args.into_iter().map(meant).collect()
}

fn check_quiet(share: Option<f64>, anyway: bool) -> Result<()> {
    match share {
        Some(share) if share > BUSY && !anyway => bail!(
            "other programs use {:.0} % of this machine: figures would mislead. Wait, or add --anyway",
            share * 100.0
        ),
        Some(share) if share > BUSY => {
            eprintln!(
                "WARNING: other programs use {:.0} % of this machine; the figures mislead",
                share * 100.0
            );
        }
        Some(_) => {}
        None => eprintln!("WARNING: whether this machine is busy could not be read; close other programs"),
    }
    Ok(())
}

/// Which share of all cores was in use over this time, where the system says (Linux).
fn busy_share(time: Duration) -> Option<f64> {
    let before = processor_ticks(&std::fs::read_to_string("/proc/stat").ok()?)?;
    std::thread::sleep(time);
    let after = processor_ticks(&std::fs::read_to_string("/proc/stat").ok()?)?;
    let (busy, all) = (after.0.checked_sub(before.0)?, after.1.checked_sub(before.1)?);
    (all > 0).then(|| busy as f64 / all as f64)
}

/// Busy and all ticks since start: `cpu user nice system idle iowait irq softirq steal …` (proc(5)).
fn processor_ticks(stat: &str) -> Option<(u64, u64)> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = numbers.split_whitespace().take(8).filter_map(|tick| tick.parse().ok()).collect();
    let idle = ticks.get(3)? + ticks.get(4)?;
    let all: u64 = ticks.iter().sum();
    Some((all - idle, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_read_as_documented() {
        assert_eq!(processor_ticks("cpu  10 0 10 70 10 0 0 0 0 0\ncpu0 1 2"), Some((20, 100)));
        assert_eq!(processor_ticks("nothing"), None);
    }

    #[test]
    fn a_busy_machine_is_refused_unless_told() {
        assert!(check_quiet(Some(0.5), false).unwrap_err().to_string().contains("50 %"));
        assert!(check_quiet(Some(0.5), true).is_ok());
        assert!(check_quiet(Some(0.05), false).is_ok());
        assert!(check_quiet(None, false).is_ok());
    }

    #[test]
    fn files_are_meant_from_here() {
        let words = ["--json", "out.json", "quick", "--tasks", "in.jsonl"].map(OsString::from);
        let args = absolute_files(words.to_vec()).unwrap();
        assert!([1, 4].iter().all(|at| std::path::Path::new(&args[*at]).is_absolute()));
        assert_eq!(args[2], "quick");
    }
}
