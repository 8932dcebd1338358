//! Where things are: the repository, the cache that outlives it, and the folder cargo builds into.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::shell;

/// The root of the repository. Asked at run time, so that a moved clone still finds itself.
pub fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&manifest).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

/// Models and whatever else is costly to get: `LOCALCODER_CACHE`, else in the user's cache folder.
pub fn cache() -> Result<PathBuf> {
    let folder =
        cache_from(|name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from))?;
    std::fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    Ok(folder)
}

fn cache_from(var: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf> {
    if let Some(folder) = var("LOCALCODER_CACHE") {
        return std::path::absolute(&folder).context("LOCALCODER_CACHE is no usable path");
    }
    if !cfg!(target_os = "macos")
        && let Some(folder) = var("XDG_CACHE_HOME").filter(|path| path.is_absolute())
    {
        return Ok(folder.join("localcoder"));
    }
    let home =
        var("HOME").context("neither LOCALCODER_CACHE nor HOME is set: set one of them to a folder")?;
    Ok(home.join(if cfg!(target_os = "macos") { "Library/Caches/LocalCoder" } else { ".cache/localcoder" }))
}

/// The test models.
pub fn models() -> Result<PathBuf> {
    let folder = cache()?.join("models");
    std::fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    Ok(folder)
}

/// Cargo, in the repository, told where to build.
///
/// In CI each run is a new clone. There the target folder lies in the cache, so that a warm run takes minutes; it is
/// named after the compiler and the processor, because programs built for another processor die of SIGILL and cargo
/// does not notice. What must be forgotten of earlier clones is in `shared_target`.
pub fn cargo() -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(root());
    // What `cargo xtask` told us of our own package: build scripts that ask for it (ring's does) would run anew after each `cargo build`
    // at a desk, and nearly everything with them.
    let own = |name: &str| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_");
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_str().is_some_and(own)) {
        cargo.env_remove(name);
    }
    if let Some(target) = shared_target() {
        cargo.env("CARGO_TARGET_DIR", target);
        // The linker's path is part of what cargo compares; the wrapper's changes with each clone.
        for host in ["X86_64", "AARCH64"] {
            cargo.env(format!("CARGO_TARGET_{host}_UNKNOWN_LINUX_GNU_LINKER"), "cc");
        }
    }
    if shell::ci() {
        cargo.env("CARGO_INCREMENTAL", "0");
    }
    tune_native_builds(&mut cargo);
    cargo
}

/// What makes repeated builds of llama.cpp cheap, where it is installed and nobody chose otherwise.
fn tune_native_builds(cargo: &mut Command) {
    let mut suggest = |name: &str, value: &str| {
        if std::env::var_os(name).is_none() {
            cargo.env(name, value);
        }
    };
    if shell::find("ninja").is_some() {
        suggest("CMAKE_GENERATOR", "Ninja");
    }
    if shell::find("ccache").is_some() {
        suggest("CMAKE_C_COMPILER_LAUNCHER", "ccache");
        suggest("CMAKE_CXX_COMPILER_LAUNCHER", "ccache");
        // "native" means another thing on another processor.
        suggest("CCACHE_NAMESPACE", &machine_key());
    }
}

/// The target folder of CI runs, unless one was chosen.
pub fn shared_target() -> Option<PathBuf> {
    if !shell::ci() || std::env::var_os("CARGO_TARGET_DIR").is_some() {
        return None;
    }
    Some(cache().ok()?.join("target").join(machine_key()))
}

/// The folder that holds `debug` and `release`.
pub fn target() -> Result<PathBuf> {
    target_of(cargo())
}

/// The same for a cargo with other settings.
pub fn target_of(mut cargo: Command) -> Result<PathBuf> {
    let metadata = shell::read(cargo.args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata)?;
    let folder = metadata["target_directory"].as_str().context("cargo metadata names no target directory")?;
    Ok(PathBuf::from(folder))
}

/// Which machine and compiler made a native build: 16 hex digits.
fn machine_key() -> String {
    static KEY: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    let make = || {
        let compiler = shell::read(Command::new("rustc").arg("-vV")).unwrap_or_default();
        let clang = shell::read(Command::new("clang").arg("--version")).unwrap_or_default();
        key_of(&[&compiler, &clang, &processor()])
    };
    KEY.get_or_init(make).clone()
}

fn key_of(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    hex(&hash.finalize())[..16].to_owned()
}

/// The instructions this processor has, as the system lists them.
fn processor() -> String {
    let read = || std::fs::read_to_string("/proc/cpuinfo").ok();
    match read() {
        Some(text) => {
            text.lines().filter(|line| is_processor_line(line)).take(3).collect::<Vec<_>>().join("\n")
        }
        None => {
            shell::read(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"])).unwrap_or_default()
        }
    }
}

fn is_processor_line(line: &str) -> bool {
    ["flags", "model name", "Features"].iter().any(|name| line.starts_with(name))
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_is_not_told_which_package_asks() {
        let told: Vec<_> =
            cargo().get_envs().map(|(name, value)| (name.to_owned(), value.is_some())).collect();
        assert!(told.contains(&("CARGO_MANIFEST_DIR".into(), false)), "{told:?}");
    }

    #[test]
    fn the_cache_is_where_the_user_says() {
        let of = |vars: &[(&str, &str)]| {
            cache_from(|name| {
                vars.iter().find(|(key, _)| *key == name).map(|(_, value)| PathBuf::from(value))
            })
        };
        assert_eq!(of(&[("LOCALCODER_CACHE", "/c"), ("HOME", "/h")]).unwrap(), Path::new("/c"));
        assert!(of(&[("HOME", "/h")]).unwrap().starts_with("/h"));
        assert!(of(&[]).unwrap_err().to_string().contains("LOCALCODER_CACHE"));
        #[cfg(target_os = "linux")]
        assert_eq!(of(&[("XDG_CACHE_HOME", "/x"), ("HOME", "/h")]).unwrap(), Path::new("/x/localcoder"));
    }

    #[test]
    fn another_processor_has_another_key() {
        assert_ne!(key_of(&["rustc 1", "avx"]), key_of(&["rustc 1", "avx2"]));
        assert_ne!(key_of(&["ab", "c"]), key_of(&["a", "bc"]));
    }

    #[test]
    fn the_root_is_the_workspace() {
        assert!(root().join("Cargo.toml").is_file());
        assert!(root().join("xtask/src/places.rs").is_file());
    }
}
