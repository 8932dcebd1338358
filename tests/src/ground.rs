//! What a test stands on and may not find here: models, programs of others, rights, instructions of the processor.
//!
//! There is one way to say that it is missing: a line that `cargo xtask test` counts, and takes for a failure in CI when somebody could
//! provide it. Tests of other crates include this file by its path; `cargo xtask tidy` finds a test that leaves early without it.
#![allow(dead_code, reason = "each test program uses a part of it")]

use std::{
    env,
    fmt::Display,
    path::{Path, PathBuf},
};

/// Set where the models were fetched: no test may skip for want of one.
pub const MODELS_REQUIRED: &str = "LOCALCODER_MODELS_REQUIRED";

/// `what` does not run, and would if somebody provided what is missing.
pub fn skip(what: &str, why: impl Display) {
    // The harness may stand in the middle of a line.
    println!("\nSKIPPED: {what}: {why}");
}

/// `what` does not run on this machine whatever is installed, such as for want of an instruction of the processor.
pub fn lacking(what: &str, why: impl Display) {
    println!("\nLACKING: {what}: {why}");
}

/// A program on the path; `what` is skipped without it.
pub fn program(what: &str, name: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join(name)).find(|path| path.is_file());
    if found.is_none() {
        skip(what, format_args!("{name} is not installed"));
    }
    found
}

/// A real model's file, verified when it was fetched; what needs it is skipped where it was not.
///
/// # Panics
/// When it is missing where [`MODELS_REQUIRED`] says that it must be there.
pub fn model(file: &str) -> Option<PathBuf> {
    let path = models().join(file);
    found(&path, env::var_os(MODELS_REQUIRED).is_some())
        .inspect_err(|why| skip(&path.display().to_string(), why))
        .ok()
}

/// A model's file, or why there is none.
///
/// # Panics
/// When it is missing and required.
pub fn found(path: &Path, required: bool) -> Result<PathBuf, &'static str> {
    let why = "is missing: run `cargo xtask models fetch all`";
    let is_there = path.is_file();
    assert!(is_there || !required, "{} {why}", path.display());
    if is_there { Ok(path.to_owned()) } else { Err(why) }
}

/// The folder of the fetched models.
pub fn models() -> PathBuf {
    env::var_os("LOCALCODER_TEST_MODELS").map_or_else(|| cache().join("models"), PathBuf::from)
}

/// The cache folder of `cargo xtask models fetch`.
pub fn cache() -> PathBuf {
    if let Some(cache) = env::var_os("LOCALCODER_CACHE") {
        return PathBuf::from(cache);
    }
    let home = PathBuf::from(env::var_os("HOME").unwrap_or_default());
    if cfg!(target_os = "macos") {
        return home.join("Library/Caches/LocalCoder");
    }
    env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from).join("localcoder")
}
