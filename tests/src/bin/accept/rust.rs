//! Judges tasks in Rust: the edited file with its tests is the library of a crate with what the tasks use.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

const MANIFEST: &str = "[package]\nname = \"judged\"\nversion = \"0.0.0\"\nedition = \"2018\"\n\n[workspace]\n\n\
                        [dependencies]\nrand = \"0.4\"\nregex = \"1\"\nmd5 = \"0.7\"\n";

/// Builds the tests of an edited file; `None` when they do not compile.
///
/// # Errors
/// There is no cargo, or the crates that the tasks use cannot be had.
pub fn built(edited: &str, tests: &str) -> Result<Option<PathBuf>> {
    // One folder for all tasks: what they stand on is compiled once.
    let folder = std::env::temp_dir().join("localcoder-accept-rust");
    fs::create_dir_all(folder.join("src"))?;
    if !folder.join("Cargo.lock").is_file() {
        fs::write(folder.join("Cargo.toml"), MANIFEST)?;
        fs::write(folder.join("src/lib.rs"), "")?;
        let fetched = cargo(&folder).arg("fetch").status().context("cargo is missing")?;
        ensure!(fetched.success(), "the crates that the tasks use cannot be had");
    }
    fs::write(folder.join("src/lib.rs"), format!("{edited}\n{tests}\n"))?;
    let made = cargo(&folder)
        .args(["test", "--offline", "--lib", "--no-run", "--message-format", "json"])
        .stderr(Stdio::null())
        .output()?;
    let lines = String::from_utf8_lossy(&made.stdout).into_owned();
    let program = |line: &str| {
        let said: Value = serde_json::from_str(line).ok()?;
        (said["target"]["name"] == "judged").then(|| said["executable"].as_str().map(PathBuf::from))?
    };
    Ok(lines.lines().filter_map(program).next_back().filter(|_| made.status.success()))
}

/// Cargo with a folder of its own for what it builds.
fn cargo(folder: &Path) -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target")).env("RUSTFLAGS", "-Awarnings");
    cargo
}
