//! Running other programs: to their end, for their output, or line by line under a time limit.

use std::io::{BufRead as _, BufReader, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

/// Runs to the end with our own terminal; an exit other than 0 is an error.
pub fn run(command: &mut Command) -> Result<()> {
    if !interactive() {
        command.stdin(Stdio::null());
    }
    let shown = show(command);
    let status = command.status().with_context(|| format!("could not start `{shown}`"))?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}

/// Runs to the end and returns what it printed; an exit other than 0 is an error with its last words.
pub fn read(command: &mut Command) -> Result<String> {
    let shown = show(command);
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("could not start `{shown}`"))?;
    if !output.status.success() {
        bail!("`{shown}` ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Does it start and exit with 0? Silent.
pub fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// Runs to the end, prints its output as it comes and shows each line to `each`. After `limit` the program and
/// all it started are killed, and that is an error: a test that hangs must not cost a whole run.
pub fn follow(command: &mut Command, limit: Duration, mut each: impl FnMut(&str)) -> Result<()> {
    let shown = show(command);
    let mut child = spawn_followed(command).with_context(|| format!("could not start `{shown}`"))?;
    let stdout = child.stdout.take().context("a piped output is missing")?;
    let (sender, lines) = mpsc::sync_channel(256);
    let reader = std::thread::Builder::new().name("output".into()).spawn(move || {
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            if sender.send(line).is_err() {
                return;
            }
        }
    })?;
    let end = Instant::now() + limit;
    loop {
        match lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(line) => {
                println!("{line}");
                each(&line);
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                kill(&mut child);
                bail!("`{shown}` was still running after {} and was ended", pretty(limit));
            }
        }
    }
    drop(reader.join());
    let status = child.wait()?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}

fn spawn_followed(command: &mut Command) -> std::io::Result<Child> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()
}

/// Ends a program and all that it started. Not by a process group: a group of its own would miss the Ctrl-C and the
/// end of the terminal that reach us.
fn kill(child: &mut Child) {
    let family = descendants(child.id(), &parents());
    let pids: Vec<String> = family.iter().map(u32::to_string).collect();
    // The shell's own `kill`: a bare system has no other.
    succeeds(Command::new("sh").args(["-c", "kill -KILL \"$@\"", "sh"]).args(pids));
    drop(child.kill());
    drop(child.wait());
}

/// Each process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let pair = |text: &str| {
        let mut words = text.split_whitespace().map(str::parse);
        Some((words.next()?.ok()?, words.next()?.ok()?))
    };
    match std::fs::read_dir("/proc") {
        Ok(entries) => entries
            .flatten()
            .filter_map(|entry| {
                let pid = entry.file_name().to_str()?.parse().ok()?;
                Some((pid, parent_in(&std::fs::read_to_string(entry.path().join("stat")).ok()?)?))
            })
            .collect(),
        Err(_) => {
            let list = read(Command::new("ps").args(["-A", "-o", "pid=,ppid="])).unwrap_or_default();
            list.lines().filter_map(pair).collect()
        }
    }
}

/// The fourth field of `/proc/PID/stat`; the second, a name in parentheses, may hold anything (proc(5)).
fn parent_in(stat: &str) -> Option<u32> {
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}

/// `pid` and everything below it.
fn descendants(pid: u32, parents: &[(u32, u32)]) -> Vec<u32> {
    let mut family = vec![pid];
    let mut at = 0;
    while at < family.len() {
        let children = parents.iter().filter(|(_, parent)| *parent == family[at]).map(|(child, _)| *child);
        let new: Vec<u32> = children.filter(|child| !family.contains(child)).collect();
        family.extend(new);
        at += 1;
    }
    family
}

/// Is a person there to answer a question?
pub fn interactive() -> bool {
    !ci() && std::io::stdin().is_terminal()
}

/// Does this run on behalf of continuous integration?
pub fn ci() -> bool {
    std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false")
}

/// Where a program of this name is found, if anywhere.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file))
}

fn is_program(file: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        file.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    }
    #[cfg(not(unix))]
    file.is_file()
}

/// The command as one would type it, for messages.
fn show(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// `75 s` as `1 min 15 s`.
pub fn pretty(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", time.as_secs_f64()),
        10..60 => format!("{seconds} s"),
        _ => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_is_followed_line_by_line() {
        let mut seen = Vec::new();
        follow(&mut sh("echo one; echo two"), Duration::from_secs(20), |line| seen.push(line.to_owned()))
            .unwrap();
        assert_eq!(seen, ["one", "two"]);
    }

    #[test]
    fn a_hanging_program_is_ended() {
        let begun = Instant::now();
        let error = follow(&mut sh("echo start; sleep 60"), Duration::from_millis(300), |_| {}).unwrap_err();
        assert!(error.to_string().contains("still running"), "{error}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn children_of_children_belong_to_the_family() {
        let parents = [(2, 1), (3, 2), (4, 3), (5, 1), (6, 9)];
        assert_eq!(descendants(2, &parents), [2, 3, 4]);
        assert_eq!(parent_in("12 (a) b) S 7 12 0"), Some(7));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_hanging_grandchild_is_ended_too() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = sh("sh -c 'echo $$ > pid; sleep 60; true' & wait");
        let error =
            follow(command.current_dir(folder.path()), Duration::from_millis(500), |_| {}).unwrap_err();
        assert!(error.to_string().contains("still running"), "{error}");
        let pid = std::fs::read_to_string(folder.path().join("pid")).unwrap();
        // A busy machine takes a moment to end it, and whoever adopted it may not have buried it yet.
        let begun = Instant::now();
        loop {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
            if stat.is_empty() || stat.contains(") Z ") {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(20), "{stat}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    fn failures_carry_the_last_words() {
        let error = read(&mut sh("echo because >&2; exit 3")).unwrap_err().to_string();
        assert!(error.contains("because") && error.contains('3'), "{error}");
        assert!(run(&mut sh("exit 4")).is_err());
        assert!(!succeeds(&mut Command::new("no-such-program-here")));
    }

    #[test]
    fn times_are_read_by_people() {
        assert_eq!(pretty(Duration::from_millis(1500)), "1.5 s");
        assert_eq!(pretty(Duration::from_secs(75)), "1 min 15 s");
    }
}
