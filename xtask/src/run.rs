//! `run`: from a clone to an open editor with a model, in one command.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

use crate::args::{UsageError, Words};
use crate::needs::{self, For};
use crate::programs::{self, BuildProfile, Programs};
use crate::{models, places, shell};

/// A minute is usual; a window that never answers must not hold a run for hours.
const SMOKE_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Programs of `tests` that the smoke run needs.
const DRIVERS: [&str; 2] = ["smoke", "scripted"];

/// `run [PATH…] [--smoke] [--release]`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    let words = Words::read(&mut parser, &["smoke", "release"])?;
    let smoke = words.has("smoke");
    if smoke && !words.values.is_empty() {
        return Err(UsageError("--smoke runs its own sample: no PATH".into()).into());
    }
    let paths = words.values.iter().map(absolute).collect::<Result<Vec<_>>>()?;
    let profile = if words.has("release") { BuildProfile::Release } else { BuildProfile::Checked };

    needs::ensure_all(&[For::Build, For::Window])?;
    if smoke {
        needs::ensure_all(&[For::Harness])?;
    }
    let programs = programs::build(profile, if smoke { &DRIVERS } else { &[] })?;
    if smoke {
        models::starter()?;
        return self::smoke(&programs);
    }
    install_starter(&programs)?;
    open(&programs, &if paths.is_empty() { vec![scratch_sample()?] } else { paths })
}

/// One that is not there is a typing mistake.
fn absolute(path: &std::ffi::OsString) -> Result<PathBuf> {
    let path = Path::new(path);
    if !path.exists() {
        return Err(UsageError(format!("{} does not exist", path.display())).into());
    }
    std::path::absolute(path).with_context(|| format!("{} is no usable path", path.display()))
}

/// The product's own import copies, verifies and registers; it does nothing when that was done before.
fn install_starter(programs: &Programs) -> Result<()> {
    let model = models::starter()?;
    let mut import = Command::new(&programs.editor);
    import.args(["models", "import"]).arg(&model).arg("--if-missing");
    shell::run(&mut import).context("the starter model could not be installed")
}

fn open(programs: &Programs, paths: &[PathBuf]) -> Result<()> {
    println!(
        "Opening {} …",
        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(" ")
    );
    shell::run(Command::new(&programs.editor).args(paths))
}

/// The sample project, copied fresh: the clone stays clean, and each start begins the same.
/// The copy before is kept beside it, in case somebody liked what they made of it.
fn scratch_sample() -> Result<PathBuf> {
    let scratch = places::cache()?.join("sample");
    let before = places::cache()?.join("sample-before");
    if scratch.exists() {
        if before.exists() {
            std::fs::remove_dir_all(&before)
                .with_context(|| format!("could not remove {}", before.display()))?;
        }
        std::fs::rename(&scratch, &before)?;
    }
    copy_folder(&places::root().join("assets/sample"), &scratch)?;
    Ok(scratch)
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("could not create {}", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("could not read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// The real window, real keys and the real model, start to end, without a person.
pub fn smoke(programs: &Programs) -> Result<()> {
    if cfg!(target_os = "macos") {
        bail!("the smoke run drives a window under Xvfb and works on Linux only");
    }
    let mut smoke = programs.test_program("smoke", &[])?;
    shell::follow(&mut smoke, SMOKE_LIMIT, |_| {}).context("the smoke run failed")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_copied_with_its_folders() {
        let scratch = tempfile::tempdir().unwrap();
        let from = scratch.path().join("from");
        std::fs::create_dir_all(from.join("inner")).unwrap();
        std::fs::write(from.join("inner/a.txt"), "a").unwrap();
        copy_folder(&from, &scratch.path().join("to")).unwrap();
        assert_eq!(std::fs::read(scratch.path().join("to/inner/a.txt")).unwrap(), b"a");
    }

    #[test]
    fn a_path_that_is_not_there_is_a_typing_mistake() {
        let error = absolute(&"no/such/file.txt".into()).unwrap_err();
        assert!(error.is::<UsageError>(), "{error}");
    }
}
