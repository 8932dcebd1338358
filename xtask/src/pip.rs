//! Packages by pip, into a folder and nowhere else.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::shell;

/// Downloads one package without what it depends on, as `--only-binary` or `--no-binary`, and answers its file, which is
/// the only one in the folder. Three tries, for a passing outage.
pub fn download(python: &str, package: &str, form: &str, folder: &Path) -> Result<PathBuf> {
    let attempt = || {
        let mut pip = Command::new(python);
        pip.args(["-m", "pip", "download", "--quiet", "--no-input", "--disable-pip-version-check"]);
        pip.args(["--no-cache-dir", "--no-deps", form, ":all:"]).arg("-d").arg(folder).arg(package);
        shell::run(&mut pip)
    };
    let again = |_| {
        println!("Trying {package} again …");
        attempt()
    };
    let outcome = attempt().or_else(again).or_else(again);
    outcome.with_context(|| format!("{package} could not be fetched; repeat when the network is back"))?;
    only_file(folder)
}

fn only_file(folder: &Path) -> Result<PathBuf> {
    let files: Vec<_> = std::fs::read_dir(folder)?.collect::<Result<_, _>>()?;
    ensure!(files.len() == 1, "pip left {} files where one was expected", files.len());
    Ok(files[0].path())
}
