//! Rust proposals need their whole project to be judged: `cargo check`, and the tests in a function's documentation.
//!
//! Both run on a picture of the project in a folder of their own: links to what it has, and the changed file in its place. The
//! folder is all that they may write in (`sandbox::build`), they read what is linked to, and cargo is told to stay off the network.
//! A project for which that takes too long, or whose dependencies are not on this machine, is not judged.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use editor_core::regular;
use parking_lot::Mutex;

use super::examples::{Example, ExampleResult};
use super::interpreter;
use crate::sandbox::{self, Build, ProgramOutput};

/// How long a project may take. One that took longer is not asked for again.
const LIMIT: Duration = Duration::from_secs(30);
/// Most characters of what cargo says.
const MAX_SAID: usize = 200;
/// Longer manifests and lock files are not read.
const MAX_BYTES: u64 = 16 << 20;
const MANIFEST: &str = "Cargo.toml";
/// What cargo's folder has of dependencies, which a build reads; the folder has secrets, too.
const DEPENDENCIES: [&str; 2] = ["registry", "git"];
/// The user's own settings of cargo.
const CONFIGURATIONS: [&str; 2] = ["config.toml", "config"];
/// What a test of documentation should give, in words for the model.
const FINE: &str = "no error";

/// Does the project build with this text in the place of the file? `Err` with the first error. `None` when nothing can be
/// said: no cargo, no project, no time.
pub fn check(file: &Path, text: &str, folder: &Path) -> Option<Result<(), String>> {
    let output = cargo(file, text, folder, &["check", "--offline", "--quiet", "--message-format", "short"])?;
    if output.success {
        return Some(Ok(()));
    }
    let error = output.errors.lines().find_map(|line| line.split_once(": error"));
    error.map(|(_, said)| Err(format!("error{said}").chars().take(MAX_SAID).collect()))
}

/// Does a file belong to a project?
pub fn has_project(file: &Path) -> bool {
    project(file).is_some()
}

/// The tests in the documentation of a function, each with the line that says most as its call.
pub fn examples(documentation: &str) -> Vec<Example> {
    let mut found = Vec::new();
    let mut block: Option<Vec<&str>> = None;
    for line in documentation.lines().map(|line| line.trim().trim_start_matches('/').trim()) {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(words)) => block = Some(if is_run(words) { vec![] } else { vec![""] }),
            (Some(lines), Some(_)) => {
                let call = lines.iter().rev().find(|line| line.starts_with("assert")).or(lines.last());
                found.extend(call.filter(|_| lines.first() != Some(&"")).map(|call| Example {
                    call: (*call).to_owned(),
                    probe: None,
                    expected: vec![FINE.to_owned()],
                }));
                block = None;
            }
            (Some(lines), None) if !line.is_empty() => lines.push(line),
            _ => {}
        }
    }
    found
}

/// Is a block with these words behind its fence compiled and run?
fn is_run(words: &str) -> bool {
    let plain = ["", "rust", "should_panic"];
    words.split([',', ' ']).all(|word| plain.contains(&word.trim()) || word.starts_with("edition"))
}

/// What becomes of the tests in the documentation of a function. `None` when nothing can be said.
pub fn run(
    file: &Path,
    text: &str,
    name: &str,
    examples: &[Example],
    folder: &Path,
) -> Option<Vec<ExampleResult>> {
    let output =
        cargo(file, text, folder, &["test", "--doc", "--offline", "--quiet", "--", "--format=pretty", name])?;
    let held = results(&output.out, name);
    (held.len() == examples.len()).then_some(held)
}

/// The results of the tests of one function, in the order of the file.
fn results(out: &str, name: &str) -> Vec<ExampleResult> {
    let mut found: Vec<(usize, ExampleResult)> = Vec::new();
    for line in out.lines() {
        let Some((test, result)) = line.strip_prefix("test ").and_then(|rest| rest.rsplit_once(" ... "))
        else {
            continue;
        };
        let place = test.split_once(" - ").and_then(|(_, rest)| rest.split_once(" (line "));
        let Some((path, number)) = place.filter(|(path, _)| path.rsplit("::").next() == Some(name)) else {
            continue;
        };
        let number = number.split(')').next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let passed = result == "ok";
        let got = if passed { FINE.to_owned() } else { said(out, path, number) };
        // What does not compile was never run: a private function cannot be tested so, for one.
        let ran = passed || (result == "FAILED" && !got.starts_with("error"));
        found.push((number, ExampleResult { ran, passed, got }));
    }
    found.sort_by_key(|(line, _)| *line);
    found.into_iter().map(|(_, held)| held).collect()
}

/// What a failed test said: both sides of an assertion, or its first telling line.
fn said(out: &str, path: &str, number: usize) -> String {
    let heading = format!(" - {path} (line {number}) stdout ----");
    let lines = out.lines().skip_while(|line| !line.ends_with(&heading)).skip(1);
    let lines: Vec<&str> = lines.take_while(|line| !line.starts_with("---- ")).map(str::trim).collect();
    let starts = |word: &str| lines.iter().find(|line| line.starts_with(word)).map(|line| (*line).to_owned());
    let sides = starts("left:").zip(starts("right:")).map(|(left, right)| format!("{left}, {right}"));
    let panicked = || {
        let at = lines.iter().position(|line| line.contains("panicked at"))?;
        lines.get(at + 1).map(|line| (*line).to_owned())
    };
    let words = starts("error").or(sides).or_else(panicked).unwrap_or_else(|| "a failure".to_owned());
    words.chars().take(MAX_SAID).collect()
}

/// Runs cargo on the project of a file with another text in its place.
fn cargo(file: &Path, text: &str, folder: &Path, args: &[&str]) -> Option<ProgramOutput> {
    static TOO_SLOW: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let programs = interpreter::rust()?.join("bin");
    let (root, package) = project(file)?;
    if TOO_SLOW.lock().contains(&root) {
        return None;
    }
    let picture = folder.join("project");
    let mut shown = Vec::new();
    lay_out(&root, file.strip_prefix(&root).ok()?, text, &picture, &mut shown).ok()?;
    let mut readable = really_in(&root, &shown);
    let (target, temporary) = (folder.join("target"), folder.join("tmp"));
    fs::create_dir_all(&temporary).ok()?;
    let home = cargo_home()?;
    readable.extend(DEPENDENCIES.map(|part| home.join(part)));
    readable
        .extend(CONFIGURATIONS.map(|name| home.join(name)).into_iter().filter(|file| tells_no_secret(file)));
    let program = |name: &str| programs.join(name).into_os_string();
    let (cargo, rustc, rustdoc) = (program("cargo"), program("rustc"), program("rustdoc"));
    let variables: [(&str, &OsStr); 7] = [
        ("CARGO_HOME", home.as_os_str()),
        ("CARGO_TARGET_DIR", target.as_os_str()),
        ("CARGO_NET_OFFLINE", OsStr::new("true")),
        ("CARGO_INCREMENTAL", OsStr::new("0")),
        ("TMPDIR", temporary.as_os_str()),
        ("RUSTC", &rustc),
        ("RUSTDOC", &rustdoc),
    ];
    let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
    let within = picture.join(package.strip_prefix(&root).ok()?);
    let build = Build { folder, within: &within, readable: &readable, variables: &variables, limit: LIMIT };
    let output = sandbox::build(&cargo, &args, &build).ok()?;
    if output.late {
        TOO_SLOW.lock().insert(root);
        return None;
    }
    Some(output)
}

/// Cargo's folder of the user.
fn cargo_home() -> Option<PathBuf> {
    let told = std::env::var_os("CARGO_HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    told.or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}

/// A configuration may hold a token for a registry; one that does is not read, and the project not judged.
fn tells_no_secret(file: &Path) -> bool {
    regular::read_text(file, MAX_BYTES).is_ok_and(|text| !text.contains("token"))
}

/// The workspace and the package that a file belongs to. Whoever can write in a folder above could make a workspace of it: one counts
/// that belongs to whom the package does. A home is no project, for all that is in a project is shown to cargo.
fn project(file: &Path) -> Option<(PathBuf, PathBuf)> {
    let manifests = || file.ancestors().skip(1).filter(|folder| folder.join(MANIFEST).is_file());
    let package = manifests().next()?;
    let is_workspace = |folder: &&Path| {
        owner(folder) == owner(package)
            && regular::read_text(&folder.join(MANIFEST), MAX_BYTES)
                .is_ok_and(|manifest| manifest.contains("[workspace"))
    };
    let root = manifests().find(is_workspace).unwrap_or(package);
    let is_home = std::env::home_dir().is_some_and(|home| home.starts_with(root));
    (!is_home).then(|| (root.to_owned(), package.to_owned()))
}

/// Whose the manifest of a folder is.
#[cfg(unix)]
fn owner(folder: &Path) -> Option<u32> {
    fs::metadata(folder.join(MANIFEST)).ok().map(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata))
}

#[cfg(not(unix))]
fn owner(_: &Path) -> Option<u32> {
    None
}

/// Those of the paths that are in the folder: a link in a project that leads out of it must not open what it leads to.
fn really_in(root: &Path, paths: &[PathBuf]) -> Vec<PathBuf> {
    let Ok(root) = root.canonicalize() else { return Vec::new() };
    let real = paths.iter().filter_map(|path| path.canonicalize().ok());
    real.filter(|path| path.starts_with(&root)).collect()
}

/// A picture of a folder: links to all that is in it, but for the file, which gets this text, and for the lock file, which
/// cargo may write. What is linked to is `shown`.
fn lay_out(root: &Path, file: &Path, text: &str, picture: &Path, shown: &mut Vec<PathBuf>) -> io::Result<()> {
    fs::create_dir_all(picture)?;
    let mut parts = file.components();
    let (first, rest) = (parts.next().map(|part| part.as_os_str().to_owned()), parts.as_path());
    for entry in fs::read_dir(root)? {
        let (name, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
        let copy = picture.join(&name);
        match name.to_str() {
            _ if first.as_ref() == Some(&name) && !rest.as_os_str().is_empty() => {
                lay_out(&path, rest, text, &copy, shown)?;
            }
            _ if first.as_ref() == Some(&name) => fs::write(copy, text)?,
            Some("target" | ".git") => {}
            Some("Cargo.lock") => fs::write(copy, regular::read(&path, MAX_BYTES)?)?,
            _ => {
                link(&path, &copy)?;
                shown.push(path);
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
fn link(path: &Path, copy: &Path) -> io::Result<()> {
    std::os::unix::fs::symlink(path, copy)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_of_documentation_are_found() {
        let text = "/// Adds.\n///\n/// ```\n/// use a::add;\n/// assert_eq!(add(1, 2), 3);\n/// ```\n/// ```text\n/// no\n/// ```\n\
                    /// ```no_run\n/// add(1, 1);\n/// ```\n/// ```rust\n/// add(0, 0);\n/// ```";
        let calls: Vec<String> = examples(text).into_iter().map(|example| example.call).collect();
        assert_eq!(calls, ["assert_eq!(add(1, 2), 3);", "add(0, 0);"]);
    }

    #[test]
    fn what_tests_said_is_read() {
        let out = "running 3 tests\ntest src/lib.rs - add (line 9) ... FAILED\ntest src/lib.rs - add (line 3) ... ok\n\
                   test src/lib.rs - m::other (line 1) ... ok\n\nfailures:\n\n---- src/lib.rs - add (line 9) stdout ----\n\
                   Test executable failed (exit status: 101).\n\nstderr:\n\nthread 'main' panicked at /t/x:4:1:\n\
                   assertion `left == right` failed\n  left: 2\n right: 3\n\n\nfailures:\n";
        let held = results(out, "add");
        assert_eq!(
            held.iter().map(|held| (held.ran, held.passed)).collect::<Vec<_>>(),
            [(true, true), (true, false)]
        );
        assert_eq!(held[1].got, "left: 2, right: 3");
    }

    #[test]
    #[cfg(unix)]
    fn what_a_link_leads_to_outside_a_project_is_not_shown() {
        let (root, secret) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(root.path().join("a.rs"), "").unwrap();
        link(&root.path().join("a.rs"), &root.path().join("b.rs")).unwrap();
        link(secret.path(), &root.path().join("data")).unwrap();
        let paths = ["a.rs", "b.rs", "data", "gone"].map(|name| root.path().join(name));
        let real = root.path().canonicalize().unwrap().join("a.rs");
        assert_eq!(really_in(root.path(), &paths), [real.clone(), real]);
    }

    #[test]
    #[cfg(unix)]
    fn a_workspace_of_somebody_else_or_a_home_is_none() {
        let all = tempfile::tempdir().unwrap();
        let package = all.path().join("a");
        fs::create_dir(&package).unwrap();
        fs::write(package.join(MANIFEST), "[package]\nname = \"a\"\n").unwrap();
        let above = all.path().join(MANIFEST);
        fs::write(&above, "[workspace]\n").unwrap();
        let root = || project(&package.join("lib.rs")).unwrap().0;
        assert_eq!(root(), all.path());
        // Nobody but root can give a file away.
        if std::os::unix::fs::chown(&above, Some(65534), None).is_ok() {
            assert_eq!(root(), package);
        }
        let home = std::env::home_dir().unwrap();
        assert!(!home.join(MANIFEST).exists() || project(&home.join("lib.rs")).is_none());
    }

    #[test]
    fn a_project_is_pictured_with_the_changed_file_in_its_place() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |name: &str, text: &str| {
            let path = from.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, text).unwrap();
            path
        };
        write("Cargo.toml", "[workspace]\nmembers = [\"a\"]\n");
        write("a/Cargo.toml", "[package]\nname = \"a\"\n");
        write("a/src/other.rs", "other");
        write("target/big", "big");
        let file = write("a/src/lib.rs", "old");
        let (root, package) = project(&file).unwrap();
        assert_eq!((root.as_path(), package), (from.path(), from.path().join("a")));
        let picture = to.path().join("project");
        let mut shown = Vec::new();
        lay_out(&root, file.strip_prefix(&root).unwrap(), "new", &picture, &mut shown).unwrap();
        shown.sort();
        assert_eq!(
            shown,
            ["Cargo.toml", "a/Cargo.toml", "a/src/other.rs"].map(|name| from.path().join(name))
        );
        let read = |name: &str| fs::read_to_string(picture.join(name)).ok();
        assert_eq!(read("a/src/lib.rs").as_deref(), Some("new"));
        assert_eq!(read("a/src/other.rs").as_deref(), Some("other"));
        assert_eq!(read("target/big"), None);
        assert_eq!(fs::read_to_string(file).unwrap(), "old");
    }
}
