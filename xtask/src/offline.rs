//! `offline`: runs the tests air-gapped, in a namespace without network interfaces, and traces every socket that they and all that they
//! start ask the kernel for. One that is not AF_UNIX is an error. Before that, the same detector has to find one where there is one.

mod trace;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;

use self::trace::{CALLS, Seen};
use crate::args::Words;
use crate::needs::{self, For};
use crate::programs::Programs;
use crate::test::{ONE_AT_A_TIME, tell_where_models_are};
use crate::{models, places, programs, shell};

/// Tests that are not run air-gapped, by a part of their name, in the program that this is a part of the name of: each with why.
const LEFT_OUT: &[(&str, &str, &str)] = &[
    ("models:download", "", "downloads from a hub that it opens on this machine"),
    ("models:speed", "", "downloads from a hub that it opens on this machine"),
    ("tests:models", "", "downloads from a hub that it opens on this machine"),
    ("tests:escapes", "", "opens the port that a proposal then tries to reach in vain"),
    ("tests:worker_escapes", "", "traces the worker itself, and a process has one tracer"),
    ("tests:offline", "", "looks at what is outside of the air gap, too, which is closed here"),
    ("git:hostile", "no_socket_is_asked_for", "traces git itself, and a process has one tracer"),
    ("tests:panel", "", "downloads from a hub that it opens on this machine"),
    ("tests:onboarding", "", "downloads from a hub that it opens on this machine"),
    ("app:airgap", "downloads", "downloads from a hub that it opens on this machine"),
    ("app:airgap", "outside_of_all_filters", "gets sockets to see that it can, where nothing is given up"),
    ("app:airgap", "there_is_no_way_around", "opens a ring to see that it can, where nothing is given up"),
    ("app:airgap", "a_trace_sees", "gets sockets to see that its own trace finds them"),
    ("app:localcoder", "features::models::view::tests", "downloads from a hub that it opens on this machine"),
    ("app:localcoder", "airgap::prove", "gets sockets to see that it can"),
    ("ipc:ipc", "offline::tests", "gets sockets to see that it can"),
    ("xtask:xtask", "one_file_of_a_wheel", "asks pip, which tries whether this machine speaks IPv6"),
    ("xtask:xtask", "offline::tests", "gets sockets to see that they are found"),
    ("inference:confined", "", "gets sockets to see that it can, where nothing is given up"),
];

/// `offline [--outside] [--release] [PACKAGE… | PACKAGE:TARGET…]`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    let words = Words::read(&mut parser, &["outside", "release"])?;
    needs::ensure_all(&[For::Build, For::Window, For::Harness, For::Models])?;
    detects()?;
    let values = words.values.iter().map(|word| word.to_string_lossy().into_owned());
    let (targets, packages): (Vec<String>, Vec<String>) = values.partition(|word| word.contains(':'));
    // Of everything, what the end-to-end tests start and load is there as well.
    let whole = packages.is_empty() && !words.has("release");
    let programs = whole.then(everything).transpose()?;
    let mut tests = build(&packages, words.has("release"))?;
    tests.retain(|test| targets.is_empty() || targets.contains(&test.name));
    ensure!(!tests.is_empty(), "no such test was built");
    let (mut all, mut failed) = (Seen::default(), Vec::new());
    for test in &tests {
        let Some(skipped) = skipped(&test.name) else {
            println!("{:<28} left out: {}", test.name, why(&test.name));
            continue;
        };
        let (seen, passed) = run(test, &skipped, !words.has("outside"), programs.as_ref())?;
        println!(
            "{:<28} {:>7} AF_UNIX {:>5} denied {:>5} OTHERS{}",
            test.name,
            seen.unix,
            seen.denied,
            seen.others.len(),
            if passed { "" } else { "   (tests of it failed under the trace)" }
        );
        seen.others.iter().take(5).for_each(|call| println!("    {call}"));
        if !passed {
            failed.push(test.name.clone());
        }
        all.unix += seen.unix;
        all.denied += seen.denied;
        all.others.extend(seen.others);
    }
    println!(
        "{} programs of tests: {} sockets AF_UNIX, {} others denied, {} OTHERS; tests failed in {}.",
        tests.len(),
        all.unix,
        all.denied,
        all.others.len(),
        if failed.is_empty() { "none".to_owned() } else { failed.join(", ") }
    );
    ensure!(all.others.is_empty(), "something that runs air-gapped got a socket that is not AF_UNIX");
    Ok(())
}

/// Models and programs for the end-to-end tests.
fn everything() -> Result<Programs> {
    models::fetch(&models::MODELS.iter().collect::<Vec<_>>())?;
    Ok(programs::build_everything()?.programs)
}

/// A program of tests.
struct Test {
    /// Package and target.
    name: String,
    program: PathBuf,
    /// Where cargo would run it.
    folder: PathBuf,
}

fn build(packages: &[String], release: bool) -> Result<Vec<Test>> {
    let mut cargo = places::cargo();
    cargo.args(["test", "--no-run", "--message-format=json"]).args(programs::locked());
    cargo.args(release.then_some("--release"));
    if packages.is_empty() {
        cargo.args(["--workspace"]);
    }
    cargo.args(packages.iter().flat_map(|package| ["-p", package]));
    let built =
        cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("cargo cannot be run")?;
    ensure!(built.status.success(), "the tests did not build");
    Ok(String::from_utf8_lossy(&built.stdout).lines().filter_map(test).collect())
}

/// A line of cargo's that tells of a program of tests.
fn test(line: &str) -> Option<Test> {
    let message: Value = serde_json::from_str(line).ok()?;
    let is_test = message["reason"] == "compiler-artifact" && message["profile"]["test"] == true;
    let folder = Path::new(message["manifest_path"].as_str()?).parent()?.to_owned();
    let package = folder.file_name()?.to_str()?.to_owned();
    let program = PathBuf::from(is_test.then(|| message["executable"].as_str()).flatten()?);
    Some(Test { name: format!("{package}:{}", message["target"]["name"].as_str()?), program, folder })
}

/// Parts of the names of tests that are left out of a program; `None`: all of them are.
fn skipped(name: &str) -> Option<Vec<&'static str>> {
    let of_it = LEFT_OUT.iter().filter(|(program, _, _)| *program == name);
    let parts: Vec<&str> = of_it.map(|(_, part, _)| *part).collect();
    (!parts.contains(&"")).then_some(parts)
}

fn why(name: &str) -> &'static str {
    LEFT_OUT.iter().find(|(program, _, _)| *program == name).map_or("", |(_, _, why)| why)
}

fn run(test: &Test, skipped: &[&str], inside: bool, programs: Option<&Programs>) -> Result<(Seen, bool)> {
    let mut command = if inside { alone()? } else { Command::new("strace") };
    if inside {
        command.arg("strace");
    }
    for part in skipped {
        ensure!(has_test(&test.program, part)?, "no test of {} has {part:?} in its name any more", test.name);
    }
    let (log, said) = (tempfile::NamedTempFile::new()?, tempfile::NamedTempFile::new()?);
    command.args(["-f", "-qq", "-e", CALLS, "-e", "signal=none", "-o"]).arg(log.path()).arg(&test.program);
    command.args(skipped.iter().flat_map(|part| ["--skip", part])).current_dir(&test.folder);
    command
        .env("LOCALCODER_AIR_GAPPED", "1")
        .stdin(Stdio::null())
        .stdout(said.reopen()?)
        .stderr(Stdio::null());
    if let Some(programs) = programs {
        tell_where_models_are(&mut command, true)?;
        if test.name.starts_with("tests:") {
            command.args(ONE_AT_A_TIME).env("CARGO_MANIFEST_DIR", &test.folder);
            programs.describe_to(&mut command)?;
        }
    }
    let status = command.status().context("strace cannot be run")?;
    if !status.success() {
        let said = String::from_utf8_lossy(&std::fs::read(said.path())?).into_owned();
        said.lines().filter(|line| line.ends_with("... FAILED")).for_each(|line| println!("    {line}"));
    }
    let trace = String::from_utf8_lossy(&std::fs::read(log.path())?).into_owned();
    Ok((Seen::of(&trace), status.success()))
}

/// Has this program of tests one with `part` in its name?
fn has_test(program: &Path, part: &str) -> Result<bool> {
    let listed = Command::new(program).args(["--list", part]).output();
    let listed = listed.with_context(|| format!("{} does not run", program.display()))?;
    Ok(String::from_utf8_lossy(&listed.stdout).lines().any(|line| line.ends_with(": test")))
}

/// A command that runs another in a namespace without interfaces, of our own or as root.
fn alone() -> Result<Command> {
    for flags in ["-n", "-rn"] {
        if shell::succeeds(Command::new("unshare").args([flags, "true"])) {
            let mut command = Command::new("unshare");
            command.arg(flags);
            return Ok(command);
        }
    }
    bail!("this system gives no namespace without interfaces; `--outside` traces without one")
}

/// The detector finds a socket where there is one, so that finding none says something.
fn detects() -> Result<()> {
    let python = "import socket; socket.socket(socket.AF_UNIX); socket.socket(socket.AF_INET)";
    let log = tempfile::NamedTempFile::new()?;
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", CALLS, "-o"]).arg(log.path()).args(["python3", "-c", python]);
    ensure!(shell::succeeds(&mut command), "strace cannot trace here");
    let seen = Seen::of(&String::from_utf8_lossy(&std::fs::read(log.path())?));
    ensure!(seen.others.len() == 1, "the detector does not find a socket that is there: {seen:?}");
    println!("The detector found {}", seen.others[0]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground;

    #[test]
    fn what_a_trace_says_is_counted() {
        let seen = Seen::of(
            "7 socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3\n\
             7 socketpair(AF_UNIX, SOCK_STREAM, 0, [3, 4]) = 0\n\
             8 connect(3, {sa_family=AF_UNIX, sun_path=\"/x\"}, 110) = -1 ENOENT (No such file or directory)\n\
             8 socket(AF_NETLINK, SOCK_RAW, 0) = -1 EAFNOSUPPORT (Address family not supported by protocol)\n\
             8 io_uring_setup(8, 0x7ff) = -1 ENOSYS (Function not implemented)\n\
             9 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 5\n\
             9 socket(AF_INET6, SOCK_DGRAM, IPPROTO_IP <unfinished ...>\n\
             9 <... socket resumed>) = 6\n\
             8 socket(AF_PACKET, SOCK_DGRAM, 0 <unfinished ...>\n\
             9 socket(AF_UNIX, SOCK_STREAM, 0) = 8\n\
             8 <... socket resumed>) = -1 EAFNOSUPPORT (Address family not supported by protocol)\n\
             7 socket(AF_INET, SOCK_STREAM, 0 <unfinished ...>\n\
             9 connect(5, {sa_family=AF_INET, sin_port=htons(1)}, 16) = -1 EINPROGRESS (Operation now in progress)\n\
             9 io_uring_setup(8, 0x7ff) = 7\n\
             9 +++ exited with 0 +++\n",
        );
        assert_eq!((seen.unix, seen.denied, seen.others.len()), (4, 3, 5), "{seen:?}");
    }

    /// Not a test by itself: what the test below traces.
    #[test]
    #[ignore = "the test below traces it"]
    fn gets_a_socket() {
        std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    }

    #[test]
    fn a_program_that_gets_a_socket_is_found_and_one_that_does_not_is_not() {
        if ground::program("tracing a test", "strace").is_none() {
            return;
        }
        let traced = |name: &str| {
            let log = tempfile::NamedTempFile::new().unwrap();
            let mut command = Command::new("strace");
            command
                .args(["-f", "-qq", "-e", CALLS, "-o"])
                .arg(log.path())
                .arg(std::env::current_exe().unwrap());
            command.args(["--exact", name, "--include-ignored"]);
            assert!(shell::succeeds(&mut command), "{name}");
            Seen::of(&std::fs::read_to_string(log.path()).unwrap())
        };
        assert!(!traced("offline::tests::gets_a_socket").others.is_empty());
        assert_eq!(traced("offline::tests::what_a_trace_says_is_counted").others, Vec::<String>::new());
    }

    #[test]
    fn what_is_left_out_is_a_test_that_there_is() {
        let own = std::env::current_exe().unwrap();
        assert!(has_test(&own, "offline::tests").unwrap());
        assert!(!has_test(&own, "no::such::test").unwrap());
        assert!(has_test(Path::new("/no/program"), "a").is_err());
    }

    #[test]
    fn programs_of_tests_are_read_and_those_left_out_have_their_reason() {
        let line = r#"{"reason":"compiler-artifact","manifest_path":"/a/app/Cargo.toml","target":{"name":"localcoder"},
            "profile":{"test":true},"executable":"/t/localcoder-1"}"#;
        let read = test(&line.replace('\n', "")).unwrap();
        assert_eq!((read.name.as_str(), read.folder.as_path()), ("app:localcoder", Path::new("/a/app")));
        assert!(test(&line.replace('\n', "").replace("true", "false")).is_none());
        assert_eq!(skipped("app:localcoder").map(|parts| parts.len()), Some(2));
        assert_eq!(skipped("models:download"), None);
        assert_eq!(skipped("editor-core:editor_core"), Some(Vec::new()));
        assert!(LEFT_OUT.iter().all(|(_, _, why)| why.len() > 10));
    }
}
