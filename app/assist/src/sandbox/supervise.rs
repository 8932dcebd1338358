//! The process between the editor and a confined program. It runs none of the program's code, ends the program and all that it has
//! started when its time is over, when it took too much, and when the editor is gone, and answers how it ended.
//!
//! The program leads a group of its own that nothing in it can leave (`setsid` and `setpgid` are not on its list), and a signal to a
//! group reaches also who is just being forked. Where the system gives namespaces the program is besides the first process of
//! one, whose end is that of all, whoever ends this supervisor.

use std::{
    fs,
    os::fd::{AsFd as _, RawFd},
    os::unix::process::ExitStatusExt as _,
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use nix::sched::CloneFlags;
use rustix::{
    event::{PollFd, PollFlags, Timespec},
    process::{Pid, PidfdFlags, Signal, WaitId, WaitIdOptions},
};

use super::{
    CONFINED, LATE,
    cgroup::Cgroup,
    order::{PROBE, SandboxMode, SandboxOrder},
    within::{self, MAX_TASKS},
};

/// How often it is counted what a program has written and started.
const COUNTED: Duration = Duration::from_millis(250);
/// A build that has written more is ended.
const MAX_WRITTEN: u64 = 1 << 30;
/// What a file takes at least, so that empty ones count, too.
const MIN_SIZE: u64 = 4096;
/// Exit codes of a program that a signal ended begin here, as shells have it.
const BY_SIGNAL: i32 = 128;

/// Runs the program of an order and answers with its exit code, or [`LATE`].
///
/// # Errors
/// A sentence for people: it cannot be started, or nobody is there for whom it would run.
pub fn supervise(order: &SandboxOrder) -> Result<u8, String> {
    close_descriptors();
    let said = |error: rustix::io::Errno| error.to_string();
    // Who has lost its parent has another one.
    let parent = rustix::process::getppid();
    let is_owner = |pid: &Pid| order.owner.is_none_or(|owner| pid.as_raw_pid().unsigned_abs() == owner);
    let owner = parent.filter(is_owner).ok_or("who wanted it run is gone")?;
    let owner = rustix::process::pidfd_open(owner, PidfdFlags::empty()).map_err(said)?;
    // A terminal's signals are not for the program, and it must outlive none of them. Who leads a group already cannot.
    let _leads_already = rustix::process::setsid();
    let is_apart = !order.plain && separate();
    if is_apart {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(said)?;
    }
    let own = rustix::process::getpid().as_raw_pid().unsigned_abs();
    let cgroup = Cgroup::new();
    let door = cgroup.as_ref().map(Cgroup::door);
    let inside = SandboxOrder { inside: Some(if is_apart { 0 } else { own }), cgroup: door, ..order.clone() };
    let program = std::env::current_exe().map_err(|e| format!("cannot find my own program: {e}"))?;
    let mut child = Command::new(program)
        .args(inside.words())
        .spawn()
        .map_err(|e| format!("cannot start what becomes the program: {e}"))?;
    let pid = Pid::from_child(&child);
    let watched = rustix::process::pidfd_open(pid, PidfdFlags::empty()).map_err(said);
    let is_limited = is_apart && (!rustix::process::geteuid().is_root() || within::has_own_numbers());
    let in_time = watched.map(|watched| watch(order, pid, watched.as_fd(), owner.as_fd(), is_limited));
    let status = end(&mut child, pid);
    drop(cgroup);
    match in_time? {
        true => Ok(code(status)),
        false => Ok(LATE),
    }
}

/// Waits for the end of the program. False when it must not go on. `is_limited`: the system sees to it
/// that it starts no more than it may.
fn watch(
    order: &SandboxOrder,
    program: Pid,
    watched: std::os::fd::BorrowedFd<'_>,
    owner: std::os::fd::BorrowedFd<'_>,
    is_limited: bool,
) -> bool {
    let start = Instant::now();
    let must_count = order.mode == SandboxMode::Build || !is_limited;
    loop {
        let rest = order.limit.map(|limit| limit.saturating_sub(start.elapsed()));
        let next = if must_count { Some(COUNTED.min(rest.unwrap_or(COUNTED))) } else { rest };
        let timeout = next.and_then(|next| Timespec::try_from(next + Duration::from_millis(1)).ok());
        let mut both = [
            PollFd::from_borrowed_fd(watched, PollFlags::IN),
            PollFd::from_borrowed_fd(owner, PollFlags::IN),
        ];
        // An interrupted wait is a short one.
        let _ready = rustix::event::poll(&mut both, timeout.as_ref());
        if !both[0].revents().is_empty() {
            return true;
        }
        let is_late = rest.is_some_and(|rest| rest.is_zero());
        if is_late || !both[1].revents().is_empty() {
            return false;
        }
        let folder = order.folder.as_deref().filter(|_| order.mode == SandboxMode::Build);
        let takes_too_much = folder.is_some_and(|folder| written(folder) > MAX_WRITTEN)
            || (!is_limited && tasks_of(program) > MAX_TASKS);
        if takes_too_much {
            return false;
        }
    }
}

/// Ends the program and all that is left of what it started, before its number can be another's.
fn end(child: &mut Child, program: Pid) -> Option<ExitStatus> {
    let _has_ended = rustix::process::kill_process(program, Signal::KILL);
    let _stays_to_be_asked =
        rustix::process::waitid(WaitId::Pid(program), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
    let _none_left = rustix::process::kill_process_group(program, Signal::KILL);
    child.wait().ok()
}

/// The exit code that says the same; nobody but us says [`LATE`].
fn code(status: Option<ExitStatus>) -> u8 {
    let Some(status) = status else { return 1 };
    let code = status.code().or_else(|| Some(BY_SIGNAL + status.signal()?)).unwrap_or(1);
    u8::try_from(code).ok().filter(|code| *code != LATE).unwrap_or(1)
}

/// Closes what was handed down and is none of the program's: only standard input, output and error are. Nothing of our own is
/// open yet.
fn close_descriptors() {
    let listed = fs::read_dir("/proc/self/fd").or_else(|_| fs::read_dir("/dev/fd"));
    let number = |entry: fs::DirEntry| entry.file_name().to_str()?.parse::<RawFd>().ok();
    let open: Vec<RawFd> = match listed {
        Ok(entries) => entries.flatten().filter_map(number).collect(),
        Err(_) => (3..1024).collect(),
    };
    for descriptor in open.into_iter().filter(|number| *number > 2) {
        let _was_the_list = nix::unistd::close(descriptor);
    }
}

/// What the program has of its own where the system gives it: processes, what System V calls IPC, and a network without interfaces.
const OWN: CloneFlags =
    CloneFlags::CLONE_NEWPID.union(CloneFlags::CLONE_NEWIPC).union(CloneFlags::CLONE_NEWNET);

/// Whether processes that are started from now on are in namespaces of their own.
fn separate() -> bool {
    if rustix::process::geteuid().is_root() {
        nix::sched::unshare(OWN).is_ok()
    } else {
        can_be_apart() && separate_user()
    }
}

/// Whether the system gives namespaces. A process that fails halfway could not go back, so another one tries.
pub fn can_be_apart() -> bool {
    let Ok(program) = std::env::current_exe() else { return false };
    let mut probe = Command::new(program);
    probe.args([CONFINED, PROBE]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// The other process: does it work, down to starting a program?
pub fn probe() -> bool {
    let is_apart = if rustix::process::geteuid().is_root() { separate() } else { separate_user() };
    let Ok(program) = std::env::current_exe() else { return false };
    is_apart && Command::new(program).arg("--version").status().is_ok_and(|status| status.success())
}

/// Without privileges, in a namespace of users in which everybody stays who they are.
fn separate_user() -> bool {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    let map = |file: &str, text: String| fs::write(Path::new("/proc/self").join(file), text).is_ok();
    nix::sched::unshare(CloneFlags::CLONE_NEWUSER | OWN).is_ok()
        && map("setgroups", "deny".into())
        && map("uid_map", format!("{user} {user} 1"))
        && map("gid_map", format!("{group} {group} 1"))
}

/// Bytes of the files in a folder. Links are not followed.
fn written(folder: &Path) -> u64 {
    let mut sum = 0;
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let Ok(metadata) = entry.metadata() else { continue };
            sum += metadata.len().max(MIN_SIZE);
            folders.extend(metadata.is_dir().then(|| entry.path()));
        }
        if sum > MAX_WRITTEN {
            break;
        }
    }
    sum
}

/// Processes and threads of the session that the program leads (proc_pid_stat(5)).
fn tasks_of(program: Pid) -> u64 {
    let stats = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = stats.filter_map(|entry| fs::read_to_string(entry.path().join("stat")).ok());
    stats.filter_map(|stat| tasks(&stat, program.as_raw_pid())).sum()
}

/// The threads of a process, when it is of this session. Its name may have blanks and brackets in it.
fn tasks(stat: &str, session: i32) -> Option<u64> {
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |field: usize| fields.get(field)?.parse::<i64>().ok();
    (number(3)? == i64::from(session)).then(|| number(17)).flatten()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_of_a_session_are_counted() {
        let stat = "12 (a) b) S 1 12 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 5 0 100 0 0";
        assert_eq!((tasks(stat, 7), tasks(stat, 8), tasks("", 7)), (Some(5), None, None));
    }

    #[test]
    fn empty_files_count_as_written() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/empty"), "").unwrap();
        fs::write(folder.path().join("big"), vec![0; 10_000]).unwrap();
        assert!(written(folder.path()) >= 10_000 + MIN_SIZE);
    }

    #[test]
    fn only_the_supervisor_says_that_time_is_over() {
        let exit = |number: i32| code(Some(ExitStatus::from_raw(number << 8)));
        assert_eq!((exit(0), exit(3), exit(LATE.into())), (0, 3, 1));
        assert_eq!(code(Some(ExitStatus::from_raw(9))), 137);
    }
}
