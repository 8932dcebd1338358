//! Building the editor and its worker, with what else is wanted, in one call of cargo: it joins the features of all packages of a
//! build, and packages built in calls of their own would compile the crates they share again and again, each time with other features.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::{places, shell};

/// Both programs, as cargo left them: side by side in one folder, with those of `tests` that were asked for.
#[derive(Debug)]
pub struct Programs {
    /// `localcoder`.
    pub editor: PathBuf,
    /// `localcoder-worker`.
    pub worker: PathBuf,
}

/// How they are compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildProfile {
    /// What packages hold and measurements measure: everything optimised.
    Release,
    /// What a clone runs and what all tests run, so that it is compiled once: what takes time is optimised, and our own code checks
    /// itself (debug assertions, overflow).
    Checked,
}

/// Builds both, and `others`: programs of `tests`.
pub fn build(profile: BuildProfile, others: &[&str]) -> Result<Programs> {
    println!("Building the editor and its worker …");
    let mut build = places::cargo();
    build.args(["build", "-p", "app", "-p", "inference"]).args(profile.flag()).args(locked());
    if !others.is_empty() {
        build.args(["-p", "tests"]);
    }
    let bins = ["localcoder", "localcoder-worker"];
    build.args(bins.iter().chain(others).flat_map(|name| ["--bin", name]));
    shell::run(&mut build).context("the programs did not build")?;
    built(&places::target()?.join(profile.folder()))
}

/// Builds both for a package, with settings of the caller's. The worker is built alone: with the editor it would get a `models`
/// crate that has the HTTP client in it. The linker leaves out what nobody calls, but here nothing is left to it.
pub fn build_apart(settings: impl Fn(&mut Command)) -> Result<Programs> {
    let cargo = || {
        let mut cargo = places::cargo();
        settings(&mut cargo);
        cargo
    };
    for package in ["inference", "app"] {
        println!("Building {package} …");
        let mut build = cargo();
        build.args(["build", "--bins", "-p", package]).args(BuildProfile::Release.flag());
        shell::run(build.args(locked())).with_context(|| format!("{package} did not build"))?;
    }
    built(&places::target_of(cargo())?.join(BuildProfile::Release.folder()))
}

/// Everything that tests run.
#[derive(Debug)]
pub struct Everything {
    /// What end-to-end tests start.
    pub programs: Programs,
    /// The test programs of the package `tests`, by name.
    pub end_to_end: BTreeMap<String, PathBuf>,
}

/// Builds all programs and all tests of the workspace.
pub fn build_everything() -> Result<Everything> {
    let mut build = places::cargo();
    build.args(["build", "--workspace", "--bins", "--tests", "--message-format=json-render-diagnostics"]);
    let output = build.args(locked()).stdin(Stdio::null()).stderr(Stdio::inherit()).output();
    let output = output.context("could not start cargo")?;
    ensure!(output.status.success(), "the workspace did not build");
    let end_to_end = tests_of("tests", &String::from_utf8_lossy(&output.stdout));
    ensure!(!end_to_end.is_empty(), "cargo named no test program of `tests`");
    Ok(Everything { programs: built(&places::target()?.join(BuildProfile::Checked.folder()))?, end_to_end })
}

/// Test programs of a package, by name, from cargo's messages: one JSON object a line (the Cargo Book, External tools).
fn tests_of(package: &str, messages: &str) -> BTreeMap<String, PathBuf> {
    let test = |line: &str| {
        let message: Value = serde_json::from_str(line).ok()?;
        let manifest = Path::new(message["manifest_path"].as_str()?);
        let ours = manifest.parent()?.file_name()? == package && message["profile"]["test"] == true;
        let (name, file) = (message["target"]["name"].as_str()?, message["executable"].as_str()?);
        ours.then(|| (name.to_owned(), PathBuf::from(file)))
    };
    messages.lines().filter_map(test).collect()
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

impl BuildProfile {
    /// The flag for cargo.
    fn flag(self) -> &'static [&'static str] {
        match self {
            Self::Release => &["--release"],
            Self::Checked => &[],
        }
    }

    fn folder(self) -> &'static str {
        match self {
            Self::Release => "release",
            Self::Checked => "debug",
        }
    }
}

impl Programs {
    /// Tells a program of `tests` where everything is.
    pub fn describe_to(&self, command: &mut Command) -> Result<()> {
        command.env("LOCALCODER_CACHE", places::cache()?);
        command.env("LOCALCODER_BIN", &self.editor).env("LOCALCODER_WORKER", &self.worker);
        Ok(())
    }

    /// A program of `tests` that was built with them, told where everything is.
    pub fn test_program(&self, name: &str, args: &[OsString]) -> Result<Command> {
        let file = self.editor.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
        let mut command = Command::new(file);
        command.current_dir(places::root()).args(args);
        self.describe_to(&mut command)?;
        Ok(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn test_programs_of_a_package_are_found_by_name() {
        let message = |folder: &str, name: &str, test: bool, file: Option<&str>| {
            serde_json::json!({
                "reason": "compiler-artifact",
                "manifest_path": format!("/c/{folder}/Cargo.toml"),
                "target": {"name": name},
                "profile": {"test": test},
                "executable": file,
            })
            .to_string()
        };
        let messages = [
            message("tests", "worker", true, Some("/t/worker-1")),
            message("tests", "smoke", false, Some("/t/smoke")),
            message("tests", "tests", false, None),
            message("models", "store", true, Some("/t/store-1")),
            "{\"reason\":\"build-finished\",\"success\":true}".to_owned(),
            "no JSON".to_owned(),
        ];
        let found = tests_of("tests", &messages.join("\n"));
        assert_eq!(
            found.into_iter().collect::<Vec<_>>(),
            [("worker".to_owned(), PathBuf::from("/t/worker-1"))]
        );
    }
}
