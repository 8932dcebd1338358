//! What a program tries that the editor runs to check a proposal, and must not reach: other files, processes, terminals, the network, the
//! kernel, more memory and time than it was given. Each attempt succeeds outside the sandbox, so that none is denied for
//! another reason; `escapes/attempts.py` has them all.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    collections::BTreeSet,
    fs,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;
use tests::{editor, ground};

const HOST: &str = include_str!("escapes/host.py");
const ATTEMPTS: &str = include_str!("escapes/attempts.py");
/// The user that has nothing, on every Linux.
const NOBODY: u32 = 65534;
/// What issue and SECURITY.md promise.
const MIN_ATTEMPTS: usize = 80;
/// What kernels, file systems and containers do not have says so in these words.
const LACKING: [&str; 4] =
    ["Function not implemented", "not supported", "No such file or directory", "Input/output error"];
/// What some systems keep from everybody but root, though others do not.
const KEPT_FROM_USERS: [&str; 4] =
    ["namespace of users", "clone with a namespace", "clone3 with a namespace", "count events"];

/// Who tries: the user of this test, or nobody in place of root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum User {
    Own,
    Nobody,
}

impl User {
    /// Root and an ordinary user, as far as this one can be both.
    fn all() -> Vec<User> {
        if is_root() { vec![User::Own, User::Nobody] } else { vec![User::Own] }
    }

    fn is_root(self) -> bool {
        self == User::Own && is_root()
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The programs, where every user may run them.
struct Stage {
    folder: TempDir,
    python: PathBuf,
}

impl Stage {
    fn on_ground(what: &str) -> Option<Stage> {
        let system = Path::new("/usr/bin/python3");
        let python = if system.is_file() { system.to_owned() } else { ground::program(what, "python3")? };
        let folder = tempfile::tempdir().unwrap();
        let open = |path: &Path| fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        open(folder.path());
        for (name, text) in [("host.py", HOST), ("attempts.py", ATTEMPTS)] {
            fs::write(folder.path().join(name), text).unwrap();
            open(&folder.path().join(name));
        }
        let own = folder.path().join("localcoder");
        // A build of hundreds of megabytes is linked where it can be.
        fs::hard_link(editor(), &own).or_else(|_| fs::copy(editor(), &own).map(drop)).unwrap();
        open(&own);
        Some(Stage { folder, python })
    }

    fn editor(&self) -> PathBuf {
        self.folder.path().join("localcoder")
    }

    /// What became of each attempt, and which victims were changed. `flags`: of the sandbox; freely without.
    fn attempts(&self, user: User, flags: &[&str]) -> Outcome {
        let base = tempfile::tempdir().unwrap();
        let mut host = Command::new(&self.python);
        host.args(["-I", "-B"]).arg(self.folder.path().join("host.py")).arg(base.path());
        if !flags.is_empty() {
            host.arg(self.editor()).arg("confined").args(flags);
        }
        if user == User::Nobody {
            std::os::unix::fs::chown(base.path(), Some(NOBODY), Some(NOBODY)).unwrap();
            host.uid(NOBODY).gid(NOBODY).env("HOME", "/");
        }
        let output = host.current_dir(base.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{user:?} {flags:?}: {said}");
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let attempt = |entry: &Value| Attempt {
            name: text(&entry[0]),
            for_root: entry[1] == true,
            for_builds: entry[2] == true,
            end: text(&entry[3]),
        };
        let list = |name: &str| all[name].as_array().unwrap();
        Outcome {
            attempts: list("attempts").iter().map(attempt).collect(),
            changed: list("changed").iter().map(text).collect(),
        }
    }
}

struct Outcome {
    attempts: Vec<Attempt>,
    changed: Vec<String>,
}

struct Attempt {
    name: String,
    /// Nobody but root may do it anyway.
    for_root: bool,
    /// A build may do it.
    for_builds: bool,
    end: String,
}

impl Attempt {
    fn is_done(&self) -> bool {
        self.end == "done"
    }
}

/// Whether this kernel keeps programs to their files; without that none is run, which is asserted here.
fn confines(what: &str, stage: &Stage) -> bool {
    let output = Command::new(stage.editor()).args(["confined", "/bin/true"]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        assert!(said.contains("cannot be confined"), "{said}");
        ground::lacking(what, said);
    }
    output.status.success()
}

/// The programs, where this kernel can confine them.
fn confining_on_ground(what: &str) -> Option<Stage> {
    Stage::on_ground(what).filter(|stage| confines(what, stage))
}

#[test]
fn outside_every_attempt_succeeds() {
    let what = "attempts outside the sandbox";
    let Some(stage) = Stage::on_ground(what) else { return };
    for user in User::all() {
        let outcome = stage.attempts(user, &[]);
        let done = outcome.attempts.iter().filter(|attempt| attempt.is_done()).count();
        assert!(done >= MIN_ATTEMPTS, "{user:?}: only {done}");
        assert!(!outcome.changed.is_empty(), "{user:?}: victims are victims");
        for Attempt { name, for_root, end, .. } in
            outcome.attempts.iter().filter(|attempt| !attempt.is_done())
        {
            let is_kept = KEPT_FROM_USERS.contains(&name.as_str()) && !user.is_root();
            let is_lacking = LACKING.iter().any(|words| end.contains(words)) || is_kept;
            assert!(is_lacking || (*for_root && !user.is_root()), "{user:?}, {name}: {end}");
            if is_lacking {
                ground::lacking(what, format_args!("{user:?}, {name}: {end}"));
            }
        }
        println!("{user:?}: {done} attempts succeed outside");
    }
}

/// Of each mode with what the kernel gives, and without namespaces, as in a container.
fn none_succeeds(mode: &str) {
    let what = "attempts inside the sandbox";
    let Some(stage) = confining_on_ground(what) else { return };
    for user in User::all() {
        for more in [&[][..], &["--plain"]] {
            let flags = [&[mode, "{folder}", "--read", "{shown}"], more].concat();
            let outcome = stage.attempts(user, &flags);
            assert!(outcome.attempts.len() >= MIN_ATTEMPTS);
            let may = |attempt: &&Attempt| attempt.for_builds && mode == "--build";
            let done: Vec<&str> = outcome
                .attempts
                .iter()
                .filter(|attempt| attempt.is_done() && !may(attempt))
                .map(|attempt| attempt.name.as_str())
                .collect();
            assert!(done.is_empty(), "{user:?} {flags:?} did: {done:?}");
            assert!(outcome.changed.is_empty(), "{user:?} {flags:?} changed {:?}", outcome.changed);
            println!("{user:?} {flags:?}: {} attempts, none succeeded", outcome.attempts.len());
        }
    }
}

#[test]
fn a_program_that_computes_escapes_in_no_attempt() {
    none_succeeds("--run");
}

#[test]
fn a_program_that_builds_escapes_in_no_attempt() {
    none_succeeds("--build");
}

/// Processes with this word among their arguments.
fn with_word(word: &str) -> BTreeSet<u32> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let is_it = |pid: &u32| {
        let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        words.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
    };
    processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_it).collect()
}

/// Waits until a number of processes has this word, for at most ten seconds.
fn until_there_are(count: usize, word: &str) {
    let start = Instant::now();
    while with_word(word).len() != count {
        let there = with_word(word);
        assert!(start.elapsed() < Duration::from_secs(10), "{there:?} have {word}, not {count}");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Starts an editor, which is a shell here, with a build that leaves one process in its background and waits for another.
fn editor_with_a_tree(stage: &Stage, folder: &Path, word: &str, flags: &[&str]) -> Child {
    let build = format!("sleep {word} & sleep {word}; true");
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", "\"$@\"; true", "sh"]).arg(stage.editor()).args(["confined", "--build"]).arg(folder);
    shell
        .args(flags)
        .args(["/bin/sh", "-c", &build])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// A time to sleep that is nobody else's.
fn word_of(number: u32) -> String {
    format!("{}.{number}", 100_000 + std::process::id())
}

#[test]
fn the_whole_tree_ends_with_the_editor() {
    let what = "the end of a tree";
    let Some(stage) = confining_on_ground(what) else { return };
    for (number, flags) in [(1, &[][..]), (2, &["--plain"])] {
        let folder = tempfile::tempdir().unwrap();
        let word = word_of(number);
        let mut shell = editor_with_a_tree(&stage, folder.path(), &word, flags);
        until_there_are(2, &word);
        shell.kill().unwrap();
        shell.wait().unwrap();
        until_there_are(0, &word);
    }
}

#[test]
fn the_whole_tree_ends_with_its_supervisor_where_there_are_namespaces() {
    let what = "the end of a supervisor";
    let Some(stage) = confining_on_ground(what) else { return };
    let given = Command::new(stage.editor()).args(["confined", "--probe"]).status().unwrap();
    if !given.success() {
        return ground::lacking(what, "this system gives no namespaces");
    }
    let folder = tempfile::tempdir().unwrap();
    let word = word_of(3);
    let mut shell = editor_with_a_tree(&stage, folder.path(), &word, &[]);
    until_there_are(2, &word);
    let supervisor = tests::children(shell.id())[0];
    let pid = rustix::process::Pid::from_raw(supervisor.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    until_there_are(0, &word);
    shell.wait().unwrap();
}

#[test]
fn nothing_is_run_for_an_editor_that_is_gone() {
    let what = "an editor that is gone";
    let Some(stage) = confining_on_ground(what) else { return };
    let run = |owner: u32| {
        let mut command = Command::new(stage.editor());
        command.args(["confined", "--owner", &owner.to_string(), "/bin/true"]).output().unwrap()
    };
    assert!(run(std::process::id()).status.success());
    let output = run(u32::MAX);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("is gone"), "{said}");
}

#[test]
fn nothing_is_left_of_a_build_that_ended_or_took_too_long() {
    let what = "what a build leaves";
    let Some(stage) = confining_on_ground(what) else { return };
    for (number, more) in [(4, &[][..]), (5, &["--plain"])] {
        let folder = tempfile::tempdir().unwrap();
        let run = |word: &str, limit: &str, code: &str| {
            let mut command = Command::new(stage.editor());
            command
                .args(["confined", "--build"])
                .arg(folder.path())
                .args(["--milliseconds", limit])
                .args(more);
            command.args(["/bin/sh", "-c", &code.replace("WORD", word)]).status().unwrap().code()
        };
        let word = word_of(number);
        assert_eq!(run(&word, "60000", "sleep WORD > /dev/null 2>&1 & exit 3"), Some(3));
        until_there_are(0, &word);
        assert_eq!(run(&word, "500", "sleep WORD & sleep WORD"), Some(124), "it was too late");
        until_there_are(0, &word);
        assert_eq!(run(&word, "60000", "exit 124"), Some(1), "only the supervisor says so");
    }
}
