//! `check-macos`: type-checks the workspace for Apple Silicon on Debian, without a Mac.
//!
//! Debian ships a rustc with the sources of its standard library. Unpacked, never installed, it builds that library's
//! metadata for macOS. A check never links, so programs that only make empty files stand in for the C compiler and for CMake,
//! and headers with what llama.h needs of the C library stand in for Apple's: its bindings are the real ones.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::args::Words;
use crate::{places, shell};

const TARGET: &str = "aarch64-apple-darwin";

/// The compiler with its sources, and the standard library of this machine for build scripts.
const DEBIAN: [&str; 3] = ["rustc-web", "libstd-rust-web-dev", "rust-web-src"];

/// Makes each file that a compiler or archiver was told to make, empty.
const COMPILER: &str = r#"#!/bin/sh
# Stands in for a C compiler and an archiver: a check never looks into what they make.
last=
for word in "$@"; do
    case "$last" in -o) : >"$word" ;; esac
    case "$word" in *.a) : >"$word" ;; esac
    last=$word
done
exit 0
"#;

/// Installs one empty library: build scripts look for some.
const CMAKE: &str = r#"#!/bin/sh
# Stands in for CMake, which runs in the folder `build` of the place to install to.
mkdir -p ../lib
: >../lib/libllama.a
"#;

/// What llama.h takes from `stdio.h`; its other headers are the compiler's own.
const STDIO: &str = "#pragma once\n#include <stddef.h>\ntypedef struct __sFILE FILE;\n";

/// `check-macos`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    Words::read(&mut parser, &[])?.no_values()?;
    ensure!(
        shell::find("apt-get").is_some(),
        "this uses Debian's rustc packages; on a Mac type `cargo check`"
    );
    let folder = places::cache()?.join("check-macos");
    let compiler = unpack_compiler(&folder)?;
    let stubs = Stubs::write(&folder)?;
    let mut check = places::cargo();
    check.args(["check", "-Z", "build-std=std,panic_abort", "--target", TARGET, "--all-targets"]);
    check.arg("--workspace");
    pretend(&mut check, &compiler, &stubs, &folder.join("target"));
    shell::run(&mut check).context("the macOS check failed")?;
    println!("The workspace is well typed for {TARGET}.");
    println!("NOT checked: C and C++, linking, and that anything runs; CI's macOS job builds it.");
    Ok(())
}

fn pretend(check: &mut Command, root: &Path, stubs: &Stubs, target: &Path) {
    let of_target = |name: &str| format!("{name}_{}", TARGET.replace('-', "_"));
    for tool in ["CC", "CXX", "AR"] {
        check.env(of_target(tool), &stubs.compiler);
    }
    check.env(of_target("CMAKE"), &stubs.cmake);
    let headers = format!("-ffreestanding -isystem {}", stubs.headers.display());
    check.env(of_target("BINDGEN_EXTRA_CLANG_ARGS"), headers);
    check.env("CRATE_CC_NO_DEFAULTS", "1").env("CARGO_TARGET_DIR", target);
    check.env("RUSTC", root.join("usr/bin/rustc")).env("RUSTC_BOOTSTRAP", "1");
    // This machine's own processor means nothing to another one.
    check.env("RUSTFLAGS", "-C target-cpu=apple-m1");
    let libraries = root.join(format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    check.env("LD_LIBRARY_PATH", libraries);
}

/// Downloads and unpacks Debian's compiler once; a newer one in Debian is taken when the folder is removed.
fn unpack_compiler(folder: &Path) -> Result<PathBuf> {
    let root = folder.join("root");
    if root.join("complete").is_file() {
        return Ok(root);
    }
    let packages = folder.join("packages");
    fs::create_dir_all(&packages)?;
    fs::create_dir_all(&root)?;
    println!("Fetching Debian's rustc (unpacked, not installed) …");
    let names = with_their_libraries()?;
    let mut download = Command::new("apt-get");
    download.args(["-qq", "download"]).args(&names).current_dir(&packages);
    shell::run(&mut download).context("try `apt-get update` first")?;
    for entry in fs::read_dir(&packages)? {
        shell::run(Command::new("dpkg").arg("-x").arg(entry?.path()).arg(&root))?;
    }
    fs::remove_dir_all(&packages)?;
    fs::write(root.join("complete"), names.join("\n"))?;
    Ok(root)
}

/// The packages and the versioned ones they need: the standard library and LLVM.
fn with_their_libraries() -> Result<Vec<String>> {
    let mut names: Vec<String> = DEBIAN.iter().map(|&name| name.to_owned()).collect();
    // rustc names the library's package, which names the versioned one, which names LLVM.
    for _ in 0..2 {
        let depends = shell::read(Command::new("apt-cache").arg("depends").args(&names))?;
        names.extend(libraries(&depends));
        names.sort();
        names.dedup();
    }
    Ok(names)
}

/// Out of lines like `  Depends: libllvm22`.
fn libraries(depends: &str) -> impl Iterator<Item = String> {
    let needed = depends.lines().filter_map(|line| line.trim().strip_prefix("Depends: "));
    needed
        .filter(|name| name.starts_with("libstd-rust-web") || name.starts_with("libllvm"))
        .map(str::to_owned)
}

/// What stands in for the tools of a Mac.
struct Stubs {
    compiler: PathBuf,
    cmake: PathBuf,
    headers: PathBuf,
}

impl Stubs {
    fn write(folder: &Path) -> Result<Stubs> {
        let headers = folder.join("headers");
        fs::create_dir_all(&headers)?;
        fs::write(headers.join("stdio.h"), STDIO)?;
        let (compiler, cmake) = (folder.join("stubcc"), folder.join("stubcmake"));
        write_program(&compiler, COMPILER)?;
        write_program(&cmake, CMAKE)?;
        Ok(Stubs { compiler, cmake, headers })
    }
}

fn write_program(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versioned_libraries_are_found() {
        let text = "rustc-web\n  Depends: libc6\n  Depends: libstd-rust-web-dev\n |Depends: gcc\n  Depends: libllvm22\n";
        assert_eq!(libraries(text).collect::<Vec<_>>(), ["libstd-rust-web-dev", "libllvm22"]);
    }

    #[test]
    fn the_stubs_make_what_they_were_told_to_make() {
        let folder = tempfile::tempdir().unwrap();
        let stubs = Stubs::write(folder.path()).unwrap();
        let run = |args: &[&str]| {
            shell::run(Command::new(&stubs.compiler).args(args).current_dir(folder.path())).unwrap();
        };
        run(&["-c", "a.c", "-o", "a.o"]);
        run(&["cq", "liba.a", "a.o"]);
        assert!(folder.path().join("a.o").is_file() && folder.path().join("liba.a").is_file());
        let build = folder.path().join("build");
        fs::create_dir(&build).unwrap();
        shell::run(Command::new(&stubs.cmake).current_dir(&build)).unwrap();
        assert!(folder.path().join("lib/libllama.a").is_file());
    }
}
