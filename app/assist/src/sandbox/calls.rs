//! The system calls of a program that computes, and what one that builds may call besides.
//!
//! The list was read off Python, Node, shells, linters, rustc and cargo, and checked call by call: what reaches beyond the program
//! and its folder is left out, or let through with arguments that cannot. Owners, permissions, times and attributes of files are in
//! nobody's list, for Landlock says nothing of them; nor are signals, unless they cannot reach anybody else.

use libc::{self as c, c_int};
use seccompiler::Error;

use super::allow::{AllowList, Masked, is, without};
use super::order::SandboxMode;

/// Ways of opening a file that change nothing beyond what the access mode and Landlock say. Not among them: signals when it can be
/// read (`O_ASYNC`), and bits nobody knows.
const WAYS: c_int = c::O_APPEND
    | c::O_CLOEXEC
    | c::O_CREAT
    | c::O_DIRECTORY
    | c::O_DSYNC
    | c::O_EXCL
    | O_LARGEFILE
    | c::O_NOATIME
    | c::O_NOCTTY
    | c::O_NOFOLLOW
    | c::O_NONBLOCK
    | c::O_PATH
    | c::O_SYNC
    | c::O_TMPFILE;
/// The C library calls it 0 where files are large anyway; programs without it pass the kernel's own (asm-generic/fcntl.h).
#[cfg(target_arch = "x86_64")]
const O_LARGEFILE: c_int = 0o100_000;
#[cfg(not(target_arch = "x86_64"))]
const O_LARGEFILE: c_int = 0o400_000;
/// Of those, the ones that may make a file.
const MAKING: c_int = c::O_CREAT | c::O_APPEND | (c::O_TMPFILE & !c::O_DIRECTORY);

/// What makes a new process more than a copy of this one: namespaces, another parent, a debugger.
const NOT_PLAIN: c_int = c::CLONE_NEWNS
    | c::CLONE_NEWCGROUP
    | c::CLONE_NEWUTS
    | c::CLONE_NEWIPC
    | c::CLONE_NEWUSER
    | c::CLONE_NEWPID
    | c::CLONE_NEWNET
    | c::CLONE_PARENT
    | c::CLONE_PTRACE
    | c::CLONE_IO;
/// The signal that a parent gets for its child's end (clone(2)).
const END_SIGNAL: c_int = 0xff;

/// Bits of a number that the kernel takes for an `int`.
const fn bits(flags: c_int) -> u64 {
    flags.cast_unsigned() as u64
}

/// The calls of a program in this mode. `contained`: signals reach no process but the program's own, by Landlock or a namespace.
/// `own`: the number of this process, which stays the program's.
///
/// # Errors
/// A condition that no filter can express.
pub fn allowed(mode: SandboxMode, contained: bool, own: u32) -> Result<AllowList, Error> {
    let mut list = AllowList::default();
    list.all(COMPUTING);
    list.unknown(UNKNOWN);
    #[cfg(target_arch = "x86_64")]
    list.all(COMPUTING_OLD);
    let builds = mode == SandboxMode::Build;
    if builds {
        list.all(BUILDING);
        #[cfg(target_arch = "x86_64")]
        list.all(BUILDING_OLD);
    }
    opening(&mut list, builds)?;
    starting(&mut list, builds)?;
    memory(&mut list)?;
    descriptors(&mut list, builds)?;
    itself(&mut list)?;
    match (builds, contained) {
        (true, true) => list.all(&[c::SYS_kill, c::SYS_tkill, c::SYS_tgkill]),
        (true, false) => {}
        // How a program aborts itself. It has no other process to name.
        (false, _) => list.only(c::SYS_tgkill, &[&[is(0, own.into())]])?,
    }
    Ok(list)
}

/// Files are opened to read, and in a build to write: what is written where is Landlock's. Emptying a file that is opened to read
/// escapes the first versions of Landlock, and so does the access mode 3, which is neither.
fn opening(list: &mut AllowList, builds: bool) -> Result<(), Error> {
    let mode = |flags: u8, value: c_int| Masked(flags, bits(c::O_ACCMODE), bits(value));
    let unknown = |more: c_int| bits(!(WAYS | c::O_ACCMODE) | more);
    let open = |flags: u8| {
        let reads = [mode(flags, c::O_RDONLY), without(flags, unknown(c::O_TRUNC))];
        let writes = |access| [mode(flags, access), without(flags, unknown(0) & !bits(c::O_TRUNC))];
        let only_reads = [mode(flags, c::O_RDONLY), without(flags, unknown(c::O_TRUNC | MAKING))];
        (only_reads, [reads, writes(c::O_WRONLY), writes(c::O_RDWR)])
    };
    let mut put = |call: i64, flags: u8| {
        let (only_reads, all) = open(flags);
        let all: Vec<&[Masked]> = all.iter().map(|case| &case[..]).collect();
        if builds { list.only(call, &all) } else { list.only(call, &[&only_reads]) }
    };
    #[cfg(target_arch = "x86_64")]
    put(c::SYS_open, 1)?;
    put(c::SYS_openat, 2)
}

/// Threads, and in a build processes: no more than a copy of what calls.
fn starting(list: &mut AllowList, builds: bool) -> Result<(), Error> {
    let thread = [Masked(0, bits(NOT_PLAIN | c::CLONE_THREAD), bits(c::CLONE_THREAD))];
    let process = |signal: c_int| [Masked(0, bits(NOT_PLAIN | END_SIGNAL), bits(signal))];
    let (silent, usual) = (process(0), process(c::SIGCHLD));
    if builds { list.only(c::SYS_clone, &[&silent, &usual]) } else { list.only(c::SYS_clone, &[&thread]) }
}

/// Memory that a limit counts: not what is shared without a file, not huge pages, not what grows like a stack.
fn memory(list: &mut AllowList) -> Result<(), Error> {
    let uncounted = c::MAP_HUGETLB | c::MAP_GROWSDOWN;
    let private = [without(3, bits(c::MAP_SHARED | uncounted))];
    let of_file = [without(3, bits(c::MAP_ANONYMOUS | uncounted))];
    list.only(c::SYS_mmap, &[&private, &of_file])
}

fn descriptors(list: &mut AllowList, builds: bool) -> Result<(), Error> {
    let asked = |command: c_int| [is(1, bits(command))];
    let mut commands: Vec<[Masked; 1]> =
        [c::F_DUPFD, c::F_DUPFD_CLOEXEC, c::F_GETFD, c::F_SETFD, c::F_GETFL, F_GETPIPE_SZ].map(asked).into();
    if builds {
        commands.extend([c::F_GETLK, c::F_SETLK, c::F_SETLKW].map(asked));
        commands.extend([c::F_OFD_GETLK, c::F_OFD_SETLK, c::F_OFD_SETLKW].map(asked));
    }
    let set_flags = [is(1, bits(c::F_SETFL)), without(2, bits(c::O_ASYNC))];
    let mut cases: Vec<&[Masked]> = commands.iter().map(|case| &case[..]).collect();
    cases.push(&set_flags);
    list.only(c::SYS_fcntl, &cases)?;
    // Is it a terminal, how wide is it, how much is there to read; close it with exec, do not block.
    let requests = [c::TCGETS, TCGETS2, c::TIOCGWINSZ, c::FIONREAD, c::FIOCLEX, c::FIONCLEX, c::FIONBIO];
    let requests = requests.map(|request| [Masked(1, u32::MAX.into(), request & u64::from(u32::MAX))]);
    list.only(c::SYS_ioctl, &requests.each_ref().map(|case| &case[..]))?;
    // Pairs of sockets that lead nowhere else: event loops wake themselves by one, and Rust starts programs with the other. A pair
    // for datagrams could send them elsewhere.
    let pair = |kind| Masked(1, bits(!(c::SOCK_CLOEXEC | c::SOCK_NONBLOCK)), bits(kind));
    let pair = |kind| [is(0, bits(c::AF_UNIX)), pair(kind), is(2, 0)];
    list.only(c::SYS_socketpair, &[&pair(c::SOCK_STREAM), &pair(c::SOCK_SEQPACKET)])
}

/// Names of threads and memory, and one's own limits, which nobody without privileges can raise.
fn itself(list: &mut AllowList) -> Result<(), Error> {
    const PR_SET_VMA: c_int = 0x5356_4d41;
    let options = [c::PR_SET_NAME, c::PR_GET_NAME, c::PR_GET_DUMPABLE, c::PR_CAPBSET_READ, PR_SET_VMA];
    let options = options.map(|option| [is(0, bits(option))]);
    list.only(c::SYS_prctl, &options.each_ref().map(|case| &case[..]))?;
    list.only(c::SYS_prlimit64, &[&[is(0, 0)]])
}

/// (linux/fcntl.h)
const F_GETPIPE_SZ: c_int = 1032;
/// `_IOR('T', 0x2A, struct termios2)` (asm-generic/ioctls.h)
const TCGETS2: u64 = 0x802c_542a;

/// What programs are told is not known here, so that they take older ways.
const UNKNOWN: &[i64] =
    &[c::SYS_clone3, c::SYS_openat2, c::SYS_pidfd_open, c::SYS_pidfd_getfd, c::SYS_pidfd_send_signal];

/// Computing, reading, and talking through the descriptors that a program has.
const COMPUTING: &[i64] = &[
    // memory
    c::SYS_brk,
    c::SYS_madvise,
    c::SYS_membarrier,
    c::SYS_mprotect,
    c::SYS_mremap,
    c::SYS_msync,
    c::SYS_munmap,
    c::SYS_pkey_alloc,
    c::SYS_pkey_free,
    c::SYS_pkey_mprotect,
    // files that are open, and names
    c::SYS_chdir,
    c::SYS_close,
    c::SYS_close_range,
    c::SYS_dup,
    c::SYS_dup3,
    c::SYS_faccessat,
    c::SYS_faccessat2,
    c::SYS_fadvise64,
    c::SYS_fchdir,
    c::SYS_fstat,
    c::SYS_fstatfs,
    c::SYS_getcwd,
    c::SYS_getdents64,
    c::SYS_lseek,
    c::SYS_newfstatat,
    c::SYS_pipe2,
    c::SYS_pread64,
    c::SYS_preadv,
    c::SYS_preadv2,
    c::SYS_pwrite64,
    c::SYS_pwritev,
    c::SYS_pwritev2,
    c::SYS_read,
    c::SYS_readlinkat,
    c::SYS_readv,
    c::SYS_statfs,
    c::SYS_statx,
    c::SYS_write,
    c::SYS_writev,
    // waiting for them
    c::SYS_epoll_create1,
    c::SYS_epoll_ctl,
    c::SYS_epoll_pwait,
    c::SYS_epoll_pwait2,
    c::SYS_eventfd2,
    c::SYS_ppoll,
    c::SYS_pselect6,
    c::SYS_timerfd_create,
    c::SYS_timerfd_gettime,
    c::SYS_timerfd_settime,
    // its pairs of sockets
    c::SYS_getpeername,
    c::SYS_getsockname,
    c::SYS_getsockopt,
    c::SYS_recvfrom,
    c::SYS_recvmsg,
    c::SYS_sendmsg,
    c::SYS_sendto,
    c::SYS_shutdown,
    // threads
    c::SYS_futex,
    c::SYS_rseq,
    c::SYS_sched_get_priority_max,
    c::SYS_sched_get_priority_min,
    c::SYS_sched_getaffinity,
    c::SYS_sched_getparam,
    c::SYS_sched_getscheduler,
    c::SYS_sched_yield,
    c::SYS_set_robust_list,
    c::SYS_set_tid_address,
    // signals to itself
    c::SYS_restart_syscall,
    c::SYS_rt_sigaction,
    c::SYS_rt_sigpending,
    c::SYS_rt_sigprocmask,
    c::SYS_rt_sigreturn,
    c::SYS_rt_sigsuspend,
    c::SYS_rt_sigtimedwait,
    c::SYS_sigaltstack,
    // time
    c::SYS_clock_getres,
    c::SYS_clock_gettime,
    c::SYS_clock_nanosleep,
    c::SYS_getitimer,
    c::SYS_gettimeofday,
    c::SYS_nanosleep,
    c::SYS_setitimer,
    c::SYS_times,
    // who and where it is
    c::SYS_capget,
    c::SYS_getcpu,
    c::SYS_getegid,
    c::SYS_geteuid,
    c::SYS_getgid,
    c::SYS_getgroups,
    c::SYS_getpgid,
    c::SYS_getpid,
    c::SYS_getppid,
    c::SYS_getrandom,
    c::SYS_getresgid,
    c::SYS_getresuid,
    c::SYS_getrusage,
    c::SYS_getsid,
    c::SYS_gettid,
    c::SYS_getuid,
    c::SYS_sysinfo,
    c::SYS_umask,
    c::SYS_uname,
    // becoming the program, and ending
    c::SYS_execve,
    c::SYS_exit,
    c::SYS_exit_group,
    c::SYS_wait4,
    c::SYS_waitid,
];

/// Older names of those.
#[cfg(target_arch = "x86_64")]
const COMPUTING_OLD: &[i64] = &[
    c::SYS_access,
    c::SYS_alarm,
    c::SYS_arch_prctl,
    c::SYS_dup2,
    c::SYS_epoll_create,
    c::SYS_epoll_wait,
    c::SYS_eventfd,
    c::SYS_getdents,
    c::SYS_getpgrp,
    c::SYS_getrlimit,
    c::SYS_lstat,
    c::SYS_pause,
    c::SYS_pipe,
    c::SYS_poll,
    c::SYS_readlink,
    c::SYS_select,
    c::SYS_setrlimit,
    c::SYS_stat,
    c::SYS_time,
];

/// Making, moving and removing files, where Landlock lets it.
const BUILDING: &[i64] = &[
    c::SYS_copy_file_range,
    c::SYS_fallocate,
    c::SYS_fdatasync,
    c::SYS_flock,
    c::SYS_fsync,
    c::SYS_ftruncate,
    c::SYS_linkat,
    c::SYS_mkdirat,
    c::SYS_renameat,
    c::SYS_renameat2,
    c::SYS_sendfile,
    c::SYS_symlinkat,
    c::SYS_unlinkat,
];

/// Older names of those, and of starting a process.
#[cfg(target_arch = "x86_64")]
const BUILDING_OLD: &[i64] = &[
    c::SYS_creat,
    c::SYS_fork,
    c::SYS_link,
    c::SYS_mkdir,
    c::SYS_rename,
    c::SYS_rmdir,
    c::SYS_symlink,
    c::SYS_unlink,
    c::SYS_vfork,
];
