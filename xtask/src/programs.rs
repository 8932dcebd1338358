//! Building the editor and its worker, and running the programs of `tests` on them.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::{places, shell};

/// Both programs, as cargo left them: side by side in one folder.
#[derive(Debug)]
pub struct Programs {
    /// `localcoder`.
    pub editor: PathBuf,
    /// `localcoder-worker`.
    pub worker: PathBuf,
}

/// How optimised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// What people use.
    Release,
    /// For a debugger.
    Debug,
}

/// Builds both as a clone is built.
pub fn build(profile: Profile) -> Result<Programs> {
    build_as(profile, |_| {})
}

/// Builds both with settings of the caller's. The worker is built alone: cargo joins the features of all packages of
/// one build, and would otherwise hand the worker a `models` crate with the HTTP client in it.
pub fn build_as(profile: Profile, settings: impl Fn(&mut Command)) -> Result<Programs> {
    let cargo = || {
        let mut cargo = places::cargo();
        settings(&mut cargo);
        cargo
    };
    for package in ["inference", "app"] {
        println!("Building {package} …");
        let mut build = cargo();
        build.args(["build", "--bins", "-p", package]).args(profile.flag());
        shell::run(build.args(locked())).with_context(|| format!("{package} did not build"))?;
    }
    built(&places::target_of(cargo())?.join(profile.folder()))
}

/// What a build left in its folder.
fn built(folder: &Path) -> Result<Programs> {
    let name = |program: &str| folder.join(format!("{program}{}", std::env::consts::EXE_SUFFIX));
    let programs = Programs { editor: name("localcoder"), worker: name("localcoder-worker") };
    for program in [&programs.editor, &programs.worker] {
        ensure!(program.is_file(), "{} is not there after the build", program.display());
    }
    Ok(programs)
}

/// CI must use the lock file as committed; at a desk cargo may extend it.
pub fn locked() -> &'static [&'static str] {
    if shell::ci() { &["--locked"] } else { &[] }
}

impl Profile {
    /// The flag for cargo.
    pub fn flag(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["--release"],
            Self::Debug => &[],
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Debug => "debug",
        }
    }
}

/// Builds a program of `tests`, so that starting it later takes no time.
pub fn build_test_program(name: &str) -> Result<()> {
    let mut build = places::cargo();
    build.args(["build", "--release", "-p", "tests", "--bin", name]);
    shell::run(build.args(locked())).with_context(|| format!("the program {name} of `tests` did not build"))
}

impl Programs {
    /// Tells a program of `tests` where everything is.
    pub fn describe_to(&self, command: &mut Command) -> Result<()> {
        command.env("LOCALCODER_CACHE", places::cache()?);
        command.env("LOCALCODER_BIN", &self.editor).env("LOCALCODER_WORKER", &self.worker);
        Ok(())
    }

    /// `cargo run --release -p tests --bin NAME -- ARGS`, told where everything is.
    pub fn test_program(&self, name: &str, args: &[OsString]) -> Result<Command> {
        let mut command = places::cargo();
        command.args(["run", "--quiet", "--release", "-p", "tests", "--bin", name]);
        command.args(locked()).arg("--").args(args);
        self.describe_to(&mut command)?;
        Ok(command)
    }
}
