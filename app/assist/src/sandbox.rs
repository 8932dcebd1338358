//! Running code nobody has read yet: a proposal of the model, to see whether the documentation's examples hold for it.
//!
//! Linux: `localcoder confined PROGRAM …` gives up rights and becomes PROGRAM. What is left can read files, compute, and
//! write to the pipe it was given: no network, no file opened for writing, no further processes, little memory and time, and
//! it ends with us. A build may besides write in one folder (Landlock) and start programs that may do no more. macOS: a seatbelt
//! profile by `sandbox-exec` says the same (type-checked, not run). Elsewhere nothing is run at all.

use std::{
    cell::Cell,
    ffi::{OsStr, OsString},
    hash::{BuildHasher as _, RandomState},
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The word that begins the command of a program that confines itself.
pub const CONFINED: &str = "confined";
/// Before FOLDER and PROGRAM: the program may write in the folder and start others.
#[cfg(target_os = "linux")]
const BUILD: &str = "--build";
/// More output than this is cut: a result is a few lines.
const MAX_OUTPUT: u64 = 1 << 20;
/// A build that has written more is ended.
const MAX_WRITTEN: u64 = 1 << 30;
/// How often what a build has written is counted.
const COUNTED: Duration = Duration::from_millis(500);

/// What a run gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub errors: String,
    /// It ended by itself and without an error.
    pub success: bool,
    /// It was ended because its time was over.
    pub late: bool,
}

/// Runs a program on `input` for at most `limit`, confined, in `folder`.
///
/// # Errors
/// A sentence for people: it cannot be started, or this system cannot confine it.
pub fn run(
    program: &str,
    args: &[&OsStr],
    folder: &Path,
    input: &str,
    limit: Duration,
) -> Result<Output, String> {
    run_command(imp::command(program)?, args, folder, &[], input, &|since| since < limit)
}

/// Runs a program that builds: it may write in `folder`, where it must not write too much, and start other programs. It sees
/// these variables besides the usual.
///
/// # Errors
/// As [`run`]; also where this system cannot hold it to its folder.
pub fn build(
    program: &str,
    args: &[&OsStr],
    folder: &Path,
    within: &Path,
    variables: &[(&str, &OsStr)],
    limit: Duration,
) -> Result<Output, String> {
    let command = imp::build_command(program, folder)?;
    let counted = Cell::new(Duration::ZERO);
    let goes_on = |since: Duration| {
        let due = since >= counted.get() + COUNTED;
        if due {
            counted.set(since);
        }
        since < limit && !(due && written(folder) > MAX_WRITTEN)
    };
    run_command(command, args, within, variables, "", &goes_on)
}

/// Bytes of the files in a folder. Links are not followed.
fn written(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => written(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.map(size).sum()
}

fn run_command(
    mut command: Command,
    args: &[&OsStr],
    folder: &Path,
    variables: &[(&str, &OsStr)],
    input: &str,
    goes_on: &dyn Fn(Duration) -> bool,
) -> Result<Output, String> {
    command.args(args).current_dir(folder).env_clear().env("HOME", folder).env("LC_ALL", "C.UTF-8");
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.envs(variables.iter().copied());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| {
        let program = command.get_program().to_string_lossy();
        format!("{program} cannot be run: {e}.")
    })?;
    let mut stdin = child.stdin.take();
    let text = input.to_owned();
    let writer = thread::spawn(move || {
        // A program that does not read all of it ends as it likes; its results say so.
        let _closed = stdin.as_mut().map(|pipe| pipe.write_all(text.as_bytes()));
    });
    let (out, errors) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let late = wait(&mut child, goes_on);
    let _done = writer.join();
    let success = !late && child.wait().is_ok_and(|status| status.success());
    Ok(Output {
        success,
        out: out.join().unwrap_or_default(),
        errors: errors.join().unwrap_or_default(),
        late,
    })
}

fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _cut = (&mut pipe).take(MAX_OUTPUT).read_to_end(&mut bytes);
            // Read on, so that the program does not wait for us until its time is over.
            let _rest = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for the end; makes one when it must not go on. True then. What it has started ends with it, before its number can be
/// another's.
fn wait(child: &mut Child, goes_on: &dyn Fn(Duration) -> bool) -> bool {
    let start = Instant::now();
    let late = loop {
        if imp::has_ended(child) {
            break false;
        }
        if !goes_on(start.elapsed()) {
            let _gone = child.kill();
            break true;
        }
        thread::sleep(Duration::from_millis(5));
    };
    imp::end_those_started_by(child);
    let _reaped = child.wait();
    late
}

/// `confined PROGRAM …`: gives up rights and becomes the program. Returns only when that failed, with the reason.
pub fn become_confined(args: Vec<OsString>) -> String {
    imp::become_confined(args)
}

#[cfg(target_os = "linux")]
mod imp {
    use std::{
        collections::BTreeMap,
        ffi::OsString,
        os::unix::process::CommandExt as _,
        path::Path,
        process::{Child, Command},
    };

    use landlock::{
        ABI, AccessFs, CompatLevel, Compatible as _, PathBeneath, PathFd, Ruleset, RulesetAttr as _,
        RulesetCreatedAttr as _, RulesetError,
    };
    use rustix::process::{Pid, Resource, Rlimit, Signal, WaitId, WaitIdOptions};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
        SeccompFilter, SeccompRule,
    };

    /// Seconds of processor time.
    const SECONDS: u64 = 8;
    /// The same for each program of a build.
    const BUILD_SECONDS: u64 = 120;
    /// Bytes of address space. V8 reserves far more than it uses.
    const MEMORY: u64 = 16 << 30;

    pub(super) fn command(program: &str) -> Result<Command, String> {
        let own = std::env::current_exe().map_err(|e| format!("Cannot find my own program: {e}."))?;
        let mut command = Command::new(own);
        command.arg(super::CONFINED).arg(program);
        Ok(command)
    }

    /// In a group of its own, so that all that it starts can be ended.
    pub(super) fn build_command(program: &str, folder: &Path) -> Result<Command, String> {
        let own = std::env::current_exe().map_err(|e| format!("Cannot find my own program: {e}."))?;
        let mut command = Command::new(own);
        command.arg(super::CONFINED).arg(super::BUILD).arg(folder).arg(program).process_group(0);
        Ok(command)
    }

    /// Its number stays its own until it is waited for.
    pub(super) fn has_ended(child: &mut Child) -> bool {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(rustix::process::waitid(WaitId::Pid(Pid::from_child(child)), options), Ok(None))
    }

    pub(super) fn end_those_started_by(child: &Child) {
        // Without a group of its own there is none by this number.
        let _none_left = rustix::process::kill_process_group(Pid::from_child(child), Signal::KILL);
    }

    pub(super) fn become_confined(args: Vec<OsString>) -> String {
        let mut args = args.into_iter().peekable();
        let builds = args.next_if(|arg| arg == super::BUILD).and_then(|_| args.next());
        let Some(program) = args.next() else { return "confined wants a program".into() };
        match confine(builds.as_deref().map(Path::new)) {
            Ok(()) => {
                let error = Command::new(&program).args(args).exec();
                format!("{} cannot be run: {error}.", program.to_string_lossy())
            }
            Err(reason) => format!("the program cannot be confined: {reason}."),
        }
    }

    /// Gives up rights; a program that `builds` keeps those it needs, in this folder.
    fn confine(builds: Option<&Path>) -> Result<(), String> {
        let said = |error: rustix::io::Errno| error.to_string();
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(said)?;
        rustix::thread::set_no_new_privs(true).map_err(said)?;
        let seconds = if builds.is_some() { BUILD_SECONDS } else { SECONDS };
        let limits = [(Resource::Core, 0), (Resource::Cpu, seconds), (Resource::As, MEMORY)];
        for (resource, most) in limits {
            rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
                .map_err(said)?;
        }
        if let Some(folder) = builds {
            write_only_beneath(folder).map_err(|e| e.to_string())?;
        }
        for filter in filters(builds.is_some()).map_err(|e| e.to_string())? {
            seccompiler::apply_filter(&filter).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Whatever this process and its descendants do to files, they do it beneath this folder. Fails on systems that cannot see
    /// to that. Landlock says nothing of owners, permissions and times: those calls stay denied.
    fn write_only_beneath(folder: &Path) -> Result<(), RulesetError> {
        let writing = AccessFs::from_write(ABI::V3);
        let opened = |path: &Path| PathFd::new(path).ok();
        let mut rules = Ruleset::default()
            .set_compatibility(CompatLevel::HardRequirement)
            .handle_access(writing)?
            .create()?
            .set_compatibility(CompatLevel::HardRequirement);
        // A folder that is not there allows nothing.
        for (path, access) in [(folder, writing), (Path::new("/dev/null"), AccessFs::WriteFile.into())] {
            if let Some(opened) = opened(path) {
                rules = rules.add_rule(PathBeneath::new(opened, access))?;
            }
        }
        rules.restrict_self().map(|_| ())
    }

    /// Two filters, for one filter has one answer: «not permitted» for what is never needed, «not known» for the calls
    /// whose arguments cannot be looked into, so that the C library takes the older ones.
    fn filters(builds: bool) -> Result<[BpfProgram; 2], seccompiler::Error> {
        let all = |calls: &[i64]| calls.iter().map(|call| (*call, Vec::new())).collect::<Vec<_>>();
        let mut denied: BTreeMap<i64, Vec<SeccompRule>> = all(DENIED).into_iter().collect();
        // One's own limits may be read and lowered; nobody can raise them.
        denied.insert(libc::SYS_prlimit64, vec![of_others()?]);
        #[cfg(target_arch = "x86_64")]
        denied.extend(all(OLD));
        // Cargo wakes its own threads through a pair of sockets that lead nowhere else.
        let not_unix = SeccompCondition::new(0, Len::Dword, Op::Ne, libc::AF_UNIX as u64)?;
        denied.insert(libc::SYS_socketpair, vec![SeccompRule::new(vec![not_unix])?]);
        if !builds {
            denied.insert(libc::SYS_socketpair, Vec::new());
            denied.extend(all(CHANGES));
            denied.insert(libc::SYS_openat, opened_for_writing(2)?);
            denied.insert(libc::SYS_clone, vec![rule(0, libc::CLONE_THREAD as u64, 0)?]);
            #[cfg(target_arch = "x86_64")]
            {
                denied.extend(all(OLD_CHANGES));
                denied.insert(libc::SYS_open, opened_for_writing(1)?);
            }
        }
        Ok([made(all(UNKNOWN).into_iter().collect(), libc::ENOSYS)?, made(denied, libc::EPERM)?])
    }

    fn made(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Result<BpfProgram, seccompiler::Error> {
        let answer = SeccompAction::Errno(errno as u32);
        let arch = std::env::consts::ARCH.try_into()?;
        Ok(SeccompFilter::new(rules, SeccompAction::Allow, answer, arch)?.try_into()?)
    }

    /// True where the argument, masked, has this value.
    fn rule(argument: u8, mask: u64, value: u64) -> Result<SeccompRule, seccompiler::Error> {
        let condition = SeccompCondition::new(argument, Len::Dword, Op::MaskedEq(mask), value)?;
        Ok(SeccompRule::new(vec![condition])?)
    }

    /// True where the first argument, a process, is another than the caller.
    fn of_others() -> Result<SeccompRule, seccompiler::Error> {
        Ok(SeccompRule::new(vec![SeccompCondition::new(0, Len::Dword, Op::Ne, 0)?])?)
    }

    fn opened_for_writing(flags: u8) -> Result<Vec<SeccompRule>, seccompiler::Error> {
        let mode = libc::O_ACCMODE as u64;
        let create = libc::O_CREAT as u64;
        Ok(vec![
            rule(flags, mode, libc::O_WRONLY as u64)?,
            rule(flags, mode, libc::O_RDWR as u64)?,
            rule(flags, create, create)?,
        ])
    }

    /// Network, other processes, and whose files are and who may do what with them.
    const DENIED: &[i64] = &[
        libc::SYS_socket,
        libc::SYS_connect,
        libc::SYS_bind,
        libc::SYS_listen,
        libc::SYS_accept,
        libc::SYS_accept4,
        libc::SYS_kill,
        libc::SYS_tkill,
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_bpf,
        libc::SYS_mount,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_setsid,
        libc::SYS_setpgid,
        libc::SYS_fchmodat,
        libc::SYS_fchmod,
        libc::SYS_fchownat,
        libc::SYS_fchown,
        libc::SYS_utimensat,
        libc::SYS_setxattr,
        libc::SYS_lsetxattr,
        libc::SYS_fsetxattr,
    ];

    /// What programs are told is not known here, so that they take older ways.
    const UNKNOWN: &[i64] = &[
        libc::SYS_clone3,
        libc::SYS_openat2,
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_pidfd_send_signal,
    ];

    /// What changes files.
    const CHANGES: &[i64] = &[
        libc::SYS_unlinkat,
        libc::SYS_renameat2,
        libc::SYS_mkdirat,
        libc::SYS_mknodat,
        libc::SYS_linkat,
        libc::SYS_symlinkat,
        libc::SYS_truncate,
    ];

    /// The older names of what is denied.
    #[cfg(target_arch = "x86_64")]
    const OLD: &[i64] = &[
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_utime,
        libc::SYS_utimes,
        libc::SYS_futimesat,
    ];

    /// The older names of what changes files, and further ways to make processes.
    #[cfg(target_arch = "x86_64")]
    const OLD_CHANGES: &[i64] = &[
        libc::SYS_fork,
        libc::SYS_vfork,
        libc::SYS_creat,
        libc::SYS_unlink,
        libc::SYS_rename,
        libc::SYS_renameat,
        libc::SYS_mkdir,
        libc::SYS_rmdir,
        libc::SYS_mknod,
        libc::SYS_link,
        libc::SYS_symlink,
    ];
}

#[cfg(target_os = "macos")]
mod imp {
    use std::{
        ffi::OsString,
        path::Path,
        process::{Child, Command},
    };

    /// Everything may be read; nothing else.
    const PROFILE: &str = "(version 1)(allow default)(deny network*)(deny file-write*)(deny process-fork)";

    pub(super) fn command(program: &str) -> Result<Command, String> {
        let mut command = Command::new("/usr/bin/sandbox-exec");
        command.args(["-p", PROFILE, program]);
        Ok(command)
    }

    pub(super) fn build_command(_: &str, _: &Path) -> Result<Command, String> {
        Err("Programs that write are not run here: that was never tried on macOS.".into())
    }

    pub(super) fn has_ended(child: &mut Child) -> bool {
        !matches!(child.try_wait(), Ok(None))
    }

    pub(super) fn end_those_started_by(_: &Child) {}

    pub(super) fn become_confined(_: Vec<OsString>) -> String {
        "programs are confined by sandbox-exec here".into()
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod imp {
    use std::{
        ffi::OsString,
        path::Path,
        process::{Child, Command},
    };

    pub(super) fn command(_: &str) -> Result<Command, String> {
        Err("Examples cannot be run safely on this system, so they are not run.".into())
    }

    pub(super) fn build_command(program: &str, _: &Path) -> Result<Command, String> {
        command(program)
    }

    pub(super) fn has_ended(child: &mut Child) -> bool {
        !matches!(child.try_wait(), Ok(None))
    }

    pub(super) fn end_those_started_by(_: &Child) {}

    pub(super) fn become_confined(_: Vec<OsString>) -> String {
        "programs cannot be confined on this system".into()
    }
}
/// A folder of our own that nothing is in.
///
/// # Errors
/// The folder for temporary files cannot be written.
pub fn scratch() -> std::io::Result<PathBuf> {
    let name = format!("localcoder-{}-{:016x}", std::process::id(), RandomState::new().hash_one(0));
    let folder = std::env::temp_dir().join(name);
    std::fs::create_dir(&folder)?;
    Ok(folder)
}
