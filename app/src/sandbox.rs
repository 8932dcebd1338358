//! Running code nobody has read yet: a proposal of the model, to see whether the documentation's examples hold for it.
//!
//! Linux: `localcoder confined PROGRAM …` gives up rights and becomes PROGRAM. What is left can read files, compute, and
//! write to the pipe it was given: no network, no file opened for writing, no further processes, little memory and time, and
//! it ends with us. macOS: a seatbelt profile by `sandbox-exec` says the same (type-checked, not run). Elsewhere nothing is
//! run at all.

use std::{
    ffi::{OsStr, OsString},
    io::{Read, Write},
    path::Path,
    process::{Child, Stdio},
    thread,
    time::{Duration, Instant},
};

/// The word that begins the command of a program that confines itself.
pub const CONFINED: &str = "confined";
/// More output than this is cut: a result is a few lines.
const MOST_OUTPUT: u64 = 1 << 20;

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
    let mut command = imp::command(program)?;
    command.args(args).current_dir(folder).env_clear().env("HOME", folder).env("LC_ALL", "C.UTF-8");
    command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("{program} cannot be run: {e}."))?;
    let mut stdin = child.stdin.take();
    let text = input.to_owned();
    let writer = thread::spawn(move || {
        // A program that does not read all of it ends as it likes; its results say so.
        let _closed = stdin.as_mut().map(|pipe| pipe.write_all(text.as_bytes()));
    });
    let (out, errors) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let late = wait(&mut child, limit);
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
            let _cut = (&mut pipe).take(MOST_OUTPUT).read_to_end(&mut bytes);
            // Read on, so that the program does not wait for us until its time is over.
            let _rest = std::io::copy(&mut pipe, &mut std::io::sink());
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

/// Waits for the end; after `limit` makes one. True then.
fn wait(child: &mut Child, limit: Duration) -> bool {
    let start = Instant::now();
    while start.elapsed() < limit {
        if !matches!(child.try_wait(), Ok(None)) {
            return false;
        }
        thread::sleep(Duration::from_millis(5));
    }
    let _gone = child.kill();
    let _reaped = child.wait();
    true
}

/// `confined PROGRAM …`: gives up rights and becomes the program. Returns only when that failed, with the reason.
pub fn become_confined(args: Vec<OsString>) -> String {
    imp::become_confined(args)
}

#[cfg(target_os = "linux")]
mod imp {
    use std::{collections::BTreeMap, ffi::OsString, os::unix::process::CommandExt as _, process::Command};

    use rustix::process::{Resource, Rlimit, Signal};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
        SeccompFilter, SeccompRule,
    };

    /// Seconds of processor time.
    const SECONDS: u64 = 8;
    /// Bytes of address space. V8 reserves far more than it uses.
    const MEMORY: u64 = 16 << 30;

    pub(super) fn command(program: &str) -> Result<Command, String> {
        let own = std::env::current_exe().map_err(|e| format!("Cannot find my own program: {e}."))?;
        let mut command = Command::new(own);
        command.arg(super::CONFINED).arg(program);
        Ok(command)
    }

    pub(super) fn become_confined(args: Vec<OsString>) -> String {
        let mut args = args.into_iter();
        let Some(program) = args.next() else { return "confined wants a program".into() };
        match confine() {
            Ok(()) => {
                let error = Command::new(&program).args(args).exec();
                format!("{} cannot be run: {error}.", program.to_string_lossy())
            }
            Err(reason) => format!("the program cannot be confined: {reason}."),
        }
    }

    fn confine() -> Result<(), String> {
        let said = |error: rustix::io::Errno| error.to_string();
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(said)?;
        rustix::thread::set_no_new_privs(true).map_err(said)?;
        let limits = [(Resource::Core, 0), (Resource::Cpu, SECONDS), (Resource::As, MEMORY)];
        for (resource, most) in limits {
            rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
                .map_err(said)?;
        }
        for filter in filters().map_err(|e| e.to_string())? {
            seccompiler::apply_filter(&filter).map_err(|e| e.to_string())?;
        }
        Ok(())
    }

    /// Two filters, for one filter has one answer: «not permitted» for what is never needed, «not known» for the calls
    /// whose arguments cannot be looked into, so that the C library takes the older ones.
    fn filters() -> Result<[BpfProgram; 2], seccompiler::Error> {
        let mut denied: BTreeMap<i64, Vec<SeccompRule>> =
            DENIED.iter().map(|call| (*call, Vec::new())).collect();
        denied.insert(libc::SYS_openat, opened_for_writing(2)?);
        denied.insert(libc::SYS_clone, vec![rule(0, libc::CLONE_THREAD as u64, 0)?]);
        #[cfg(target_arch = "x86_64")]
        {
            denied.extend(OLD.iter().map(|call| (*call, Vec::new())));
            denied.insert(libc::SYS_open, opened_for_writing(1)?);
        }
        let unknown = [libc::SYS_clone3, libc::SYS_openat2].map(|call| (call, Vec::new()));
        Ok([made(unknown.into_iter().collect(), libc::ENOSYS)?, made(denied, libc::EPERM)?])
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

    fn opened_for_writing(flags: u8) -> Result<Vec<SeccompRule>, seccompiler::Error> {
        let mode = libc::O_ACCMODE as u64;
        let create = libc::O_CREAT as u64;
        Ok(vec![
            rule(flags, mode, libc::O_WRONLY as u64)?,
            rule(flags, mode, libc::O_RDWR as u64)?,
            rule(flags, create, create)?,
        ])
    }

    /// Network, other processes, and what changes files.
    const DENIED: &[i64] = &[
        libc::SYS_socket,
        libc::SYS_socketpair,
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
        libc::SYS_pidfd_open,
        libc::SYS_pidfd_getfd,
        libc::SYS_pidfd_send_signal,
        libc::SYS_io_uring_setup,
        libc::SYS_io_uring_enter,
        libc::SYS_io_uring_register,
        libc::SYS_bpf,
        libc::SYS_mount,
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_setsid,
        libc::SYS_setpgid,
        libc::SYS_prlimit64,
        libc::SYS_unlinkat,
        libc::SYS_renameat2,
        libc::SYS_mkdirat,
        libc::SYS_mknodat,
        libc::SYS_linkat,
        libc::SYS_symlinkat,
        libc::SYS_truncate,
        libc::SYS_fchmodat,
        libc::SYS_fchmod,
        libc::SYS_fchownat,
        libc::SYS_utimensat,
        libc::SYS_setxattr,
    ];

    /// The older names of the same, and further ways to make processes.
    #[cfg(target_arch = "x86_64")]
    const OLD: &[i64] = &[
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
        libc::SYS_chmod,
        libc::SYS_chown,
        libc::SYS_lchown,
        libc::SYS_utime,
        libc::SYS_utimes,
    ];
}

#[cfg(target_os = "macos")]
mod imp {
    use std::{ffi::OsString, process::Command};

    /// Everything may be read; nothing else.
    const PROFILE: &str = "(version 1)(allow default)(deny network*)(deny file-write*)(deny process-fork)";

    pub(super) fn command(program: &str) -> Result<Command, String> {
        let mut command = Command::new("/usr/bin/sandbox-exec");
        command.args(["-p", PROFILE, program]);
        Ok(command)
    }

    pub(super) fn become_confined(_: Vec<OsString>) -> String {
        "programs are confined by sandbox-exec here".into()
    }
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
mod imp {
    use std::{ffi::OsString, process::Command};

    pub(super) fn command(_: &str) -> Result<Command, String> {
        Err("Examples cannot be run safely on this system, so they are not run.".into())
    }

    pub(super) fn become_confined(_: Vec<OsString>) -> String {
        "programs cannot be confined on this system".into()
    }
}
