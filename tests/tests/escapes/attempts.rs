//! What a worker must not be able to do, as system calls on files and processes that were made for it.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use super::tracer::Arg;

/// Something that must be refused.
pub struct Attempt {
    pub name: &'static str,
    pub calls: Vec<(i64, Vec<Arg>)>,
    /// What it comes to where nothing is refused.
    pub free: Free,
    /// Refused also where a GPU's driver may do more.
    pub with_gpu: bool,
}

/// What an attempt comes to without a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Free {
    /// It is done.
    Done,
    /// It is done for root; others may not.
    ByRoot,
    /// The kernel has looked at what was asked, and finds fault with it: it was made so that nothing comes of it.
    Reached,
    /// The same for root.
    ReachedByRoot,
    /// Most kernels do not know it.
    Unknown,
}

impl Free {
    /// Whether this is what the last call of an attempt answered to somebody who is free.
    pub fn is(self, answer: i64, root: bool) -> bool {
        let refused = REFUSALS.contains(&answer);
        match self {
            Free::Done => answer >= 0,
            Free::Reached => !refused,
            Free::ByRoot => !root || answer >= 0,
            Free::ReachedByRoot => !root || !refused,
            Free::Unknown => answer != -i64::from(libc::EPERM),
        }
    }
}

/// How the kernel refuses: not permitted, no access, no such call.
pub const REFUSALS: [i64; 3] = [-(libc::EPERM as i64), -(libc::EACCES as i64), -(libc::ENOSYS as i64)];

/// What the attempts are about.
pub struct Ground<'a> {
    /// A folder of the one who attempts.
    pub folder: &'a Path,
    pub owner: u32,
    /// A process of the same user.
    pub neighbour: u32,
    /// The process that attempts.
    pub own: u32,
}

const KEPT: &str = "kept";

impl Ground<'_> {
    /// A path in the folder.
    fn path(&self, name: &str) -> Arg {
        Arg::Text(self.folder.join(name).to_str().unwrap().to_owned())
    }

    /// A new file, by its path.
    fn file(&self, name: &str) -> Arg {
        let path = self.folder.join(name);
        fs::write(&path, KEPT).unwrap();
        std::os::unix::fs::chown(&path, Some(self.owner), Some(self.owner)).unwrap();
        self.path(name)
    }

    /// How many of the files are as they were made, and all that is there.
    pub fn untouched(&self) -> (usize, usize) {
        let entries: Vec<_> = fs::read_dir(self.folder).unwrap().map(Result::unwrap).collect();
        let whole = entries.iter().filter(|entry| {
            let found = entry.metadata().unwrap();
            found.mode() & 0o7777 == 0o644 && fs::read_to_string(entry.path()).is_ok_and(|text| text == KEPT)
        });
        (whole.count(), entries.len())
    }

    fn process(&self, name: &str) -> Arg {
        Arg::Text(format!("/proc/{}/{name}", self.neighbour))
    }
}

fn n(number: impl TryInto<i64>) -> Arg {
    Arg::Number(number.try_into().ok().unwrap_or(-1).cast_unsigned())
}

fn text(text: &str) -> Arg {
    Arg::Text(text.to_owned())
}

/// So many bytes that the kernel may read or write, all 0.
fn space(bytes: usize) -> Arg {
    Arg::Bytes(vec![0; bytes])
}

const HERE: i32 = libc::AT_FDCWD;
/// Numbers that libc does not know yet (arch/x86/entry/syscalls/syscall_64.tbl).
const SYS_SETXATTRAT: i64 = 463;
const SYS_FILE_SETATTR: i64 = 469;
const SYS_FCHMODAT2: i64 = 452;
/// include/uapi/linux/fs.h
const FS_IOC_SETFLAGS: i64 = 0x4008_6602;
const FS_IOC_GETFLAGS: i64 = 0x8008_6601;
/// The bit of an x32 call.
const X32: i64 = 0x4000_0000;

/// All of them. The files they are about are made in the ground's folder.
pub fn all(ground: &Ground<'_>) -> Vec<Attempt> {
    let mut all = files(ground);
    all.extend(descriptors(ground));
    all.extend(other_processes(ground));
    all.extend(own_kind(ground));
    all.extend(network());
    all.extend(lasting(ground));
    all.extend(system(ground));
    all
}

/// Refused everywhere.
fn always(name: &'static str, free: Free, calls: Vec<(i64, Vec<Arg>)>) -> Attempt {
    Attempt { name, calls, free, with_gpu: true }
}

/// Refused where no driver may need it.
fn on_cpu(name: &'static str, free: Free, calls: Vec<(i64, Vec<Arg>)>) -> Attempt {
    Attempt { name, calls, free, with_gpu: false }
}

fn opened(path: Arg, flags: i32) -> (i64, Vec<Arg>) {
    (libc::SYS_openat, vec![n(HERE), path, n(flags), n(0o600)])
}

fn files(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached};
    let read = |name| opened(g.file(name), libc::O_RDONLY);
    let at = |path: Arg, more: Vec<Arg>| [vec![n(HERE), path], more].concat();
    let how = Arg::Bytes([u64::from(libc::O_WRONLY.cast_unsigned()), 0, 0].map(u64::to_le_bytes).concat());
    let value = || vec![text("user.a"), text("b"), n(1), n(0)];
    let in_struct = Arg::Words(vec![text("b"), Arg::Number(1)]);
    vec![
        always("read a file of the user", Done, vec![read("read")]),
        always("list a folder", Done, vec![opened(g.path("."), libc::O_RDONLY | libc::O_DIRECTORY)]),
        always("read the list of users", Done, vec![opened(text("/etc/passwd"), libc::O_RDONLY)]),
        always("open to write", Done, vec![opened(g.file("write"), libc::O_WRONLY)]),
        always("open to read and write", Done, vec![opened(g.file("both"), libc::O_RDWR)]),
        always("open to append", Done, vec![opened(g.file("append"), libc::O_WRONLY | libc::O_APPEND)]),
        always("open to read and empty", Done, vec![opened(g.file("empty"), libc::O_RDONLY | libc::O_TRUNC)]),
        always("the same by its older name", Done, vec![(libc::SYS_open, vec![g.file("empty2"), n(libc::O_TRUNC)])]),
        always("open to write by openat2", Done, vec![(libc::SYS_openat2, at(g.file("how"), vec![how, n(24)]))]),
        always("create a file", Done, vec![opened(g.path("new"), libc::O_CREAT | libc::O_WRONLY)]),
        always("create a file by creat", Done, vec![(libc::SYS_creat, vec![g.path("new2"), n(0o600)])]),
        always("create one without a name", Done, vec![opened(g.path("."), libc::O_TMPFILE | libc::O_WRONLY)]),
        always("truncate", Done, vec![(libc::SYS_truncate, vec![g.file("cut"), n(1)])]),
        always("unlink", Done, vec![(libc::SYS_unlink, vec![g.file("gone")])]),
        always("unlinkat", Done, vec![(libc::SYS_unlinkat, at(g.file("gone2"), vec![n(0)]))]),
        always("rename", Done, vec![(libc::SYS_rename, vec![g.file("old"), g.path("renamed")])]),
        always("renameat2", Done, vec![(libc::SYS_renameat2, vec![n(HERE), g.file("old2"), n(HERE), g.path("renamed2"), n(0)])]),
        always("link", Done, vec![(libc::SYS_link, vec![g.file("linked"), g.path("link")])]),
        always("linkat", Done, vec![(libc::SYS_linkat, vec![n(HERE), g.file("linked2"), n(HERE), g.path("link2"), n(0)])]),
        always("symlink", Done, vec![(libc::SYS_symlink, vec![text("/etc/passwd"), g.path("symlink")])]),
        always("symlinkat", Done, vec![(libc::SYS_symlinkat, vec![text("/etc/passwd"), n(HERE), g.path("symlink2")])]),
        always("mkdir", Done, vec![(libc::SYS_mkdir, vec![g.path("folder"), n(0o700)])]),
        always("mkdirat", Done, vec![(libc::SYS_mkdirat, at(g.path("folder2"), vec![n(0o700)]))]),
        always("make a pipe with a name", Done, vec![(libc::SYS_mknod, vec![g.path("pipe"), n(libc::S_IFIFO | 0o600), n(0)])]),
        always("make a device", Free::ByRoot, vec![(libc::SYS_mknodat, at(g.path("null"), vec![n(libc::S_IFCHR | 0o600), n(0x103)]))]),
        always("chmod", Done, vec![(libc::SYS_chmod, vec![g.file("mode"), n(0o777)])]),
        always("fchmodat", Done, vec![(libc::SYS_fchmodat, at(g.file("mode2"), vec![n(0o777)]))]),
        always("fchmodat2", Done, vec![(SYS_FCHMODAT2, at(g.file("mode3"), vec![n(0o777), n(0)]))]),
        always("chown", Done, vec![(libc::SYS_chown, vec![g.file("owner"), n(g.owner), n(g.owner)])]),
        always("lchown", Done, vec![(libc::SYS_lchown, vec![g.file("owner2"), n(g.owner), n(g.owner)])]),
        always("fchownat", Done, vec![(libc::SYS_fchownat, at(g.file("owner3"), vec![n(g.owner), n(g.owner), n(0)]))]),
        always("utimensat", Done, vec![(libc::SYS_utimensat, at(g.file("time"), vec![n(0), n(0)]))]),
        always("utime", Done, vec![(libc::SYS_utime, vec![g.file("time2"), n(0)])]),
        always("utimes", Done, vec![(libc::SYS_utimes, vec![g.file("time3"), n(0)])]),
        always("setxattr", Done, vec![(libc::SYS_setxattr, [vec![g.file("x")], value()].concat())]),
        always("lsetxattr", Done, vec![(libc::SYS_lsetxattr, [vec![g.file("x2")], value()].concat())]),
        always("setxattrat", Done, vec![(SYS_SETXATTRAT, at(g.file("x3"), vec![n(0), text("user.a"), in_struct, n(16)]))]),
        always("removexattr", Reached, vec![(libc::SYS_removexattr, vec![g.file("x4"), text("user.a")])]),
        always("lremovexattr", Reached, vec![(libc::SYS_lremovexattr, vec![g.file("x5"), text("user.a")])]),
        always("file_setattr", Reached, vec![(SYS_FILE_SETATTR, at(g.file("attributes"), vec![space(24), n(1), n(0)]))]),
        always("name_to_handle_at", Reached, vec![(libc::SYS_name_to_handle_at, at(g.file("handle"), vec![space(8), space(8), n(0)]))]),
        always("open_by_handle_at", Free::ReachedByRoot, vec![(libc::SYS_open_by_handle_at, vec![n(HERE), space(8), n(0)])]),
        always("chdir", Done, vec![(libc::SYS_chdir, vec![text("/tmp")])]),
        always("chroot", Free::ByRoot, vec![(libc::SYS_chroot, vec![text("/")])]),
    ]
}

fn descriptors(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached};
    let read = |name| opened(g.file(name), libc::O_RDONLY);
    let on = |fd: Arg, more: Vec<Arg>| [vec![fd], more].concat();
    let of_read = || Arg::Answer(0);
    let stderr = || n(2);
    let unlimited = || Arg::Bytes(vec![0; 8]);
    let value = || vec![text("user.a"), text("b"), n(1), n(0)];
    let terminal = || opened(text("/dev/ptmx"), libc::O_RDWR | libc::O_NOCTTY);
    vec![
        always("fchmod of what it holds", Free::ByRoot, vec![(libc::SYS_fchmod, vec![stderr(), n(0o600)])]),
        always("fchown of what it holds", Done, vec![(libc::SYS_fchown, vec![stderr(), n(-1), n(-1)])]),
        always("fchmod of a file", Done, vec![read("fd"), (libc::SYS_fchmod, on(of_read(), vec![n(0o777)]))]),
        always("fsetxattr", Done, vec![read("fd2"), (libc::SYS_fsetxattr, on(of_read(), value()))]),
        always("flags of a file", Done, vec![
            read("fd3"),
            (libc::SYS_ioctl, on(of_read(), vec![n(FS_IOC_GETFLAGS), unlimited()])),
            (libc::SYS_ioctl, on(of_read(), vec![n(FS_IOC_SETFLAGS), Arg::Words(vec![n(0x80000)])])),
        ]),
        always("flags of what it holds", Reached, vec![(libc::SYS_ioctl, on(stderr(), vec![n(FS_IOC_SETFLAGS), unlimited()]))]),
        always("a terminal", Done, vec![terminal()]),
        always("a terminal's size", Done, vec![terminal(), (libc::SYS_ioctl, on(of_read(), vec![n(libc::TIOCSWINSZ), space(8)]))]),
        always("type into a terminal", Reached, vec![(libc::SYS_ioctl, on(stderr(), vec![n(libc::TIOCSTI), text("x")]))]),
        always("take a terminal", Reached, vec![(libc::SYS_ioctl, on(stderr(), vec![n(libc::TIOCSCTTY), n(0)]))]),
        always("speak to a console", Reached, vec![(libc::SYS_ioctl, on(stderr(), vec![n(libc::TIOCLINUX), text("\u{3}")]))]),
        always("an owner who gets signals", Done, vec![(libc::SYS_fcntl, on(stderr(), vec![n(libc::F_SETOWN), n(g.neighbour)]))]),
        always("which signal", Done, vec![(libc::SYS_fcntl, on(stderr(), vec![n(10), n(libc::SIGWINCH)]))]),
        always("an owner by kind", Done, vec![(libc::SYS_fcntl, on(stderr(), vec![n(15), Arg::Bytes([1_i32, g.neighbour.cast_signed()].map(i32::to_le_bytes).concat())]))]),
        always("a lease", Done, vec![read("fd4"), (libc::SYS_fcntl, on(of_read(), vec![n(libc::F_SETLEASE), n(libc::F_RDLCK)]))]),
        on_cpu("signals when there is something to read", Done, vec![(libc::SYS_fcntl, on(stderr(), vec![n(libc::F_SETFL), n(libc::O_ASYNC)]))]),
        on_cpu("the size of a pipe", Done, vec![(libc::SYS_fcntl, on(stderr(), vec![n(libc::F_SETPIPE_SZ), n(4096)]))]),
        always("a lock", Done, vec![(libc::SYS_flock, vec![stderr(), n(libc::LOCK_SH)])]),
        on_cpu("any question to a descriptor", Done, vec![(libc::SYS_ioctl, vec![stderr(), n(libc::FIONREAD), space(8)])]),
        on_cpu("/dev/null", Done, vec![opened(text("/dev/null"), libc::O_RDWR)]),
        always("/dev/full", Done, vec![opened(text("/dev/full"), libc::O_RDWR)]),
        on_cpu("a file that is only named", Done, vec![opened(g.file("named"), libc::O_PATH)]),
    ]
}

fn other_processes(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached};
    let other = || n(g.neighbour);
    let signal = || n(libc::SIGWINCH);
    let info = || Arg::Bytes([libc::SIGWINCH, 0, -1].iter().flat_map(|n: &i32| n.to_le_bytes()).chain([0; 116]).collect());
    let vector = || Arg::Words(vec![space(8), Arg::Number(8)]);
    let limits = || space(16);
    let read = |name| opened(g.process(name), libc::O_RDONLY);
    let handle = || (libc::SYS_pidfd_open, vec![other(), n(0)]);
    vec![
        always("ask for a process by a signal", Done, vec![(libc::SYS_kill, vec![other(), n(0)])]),
        always("kill", Done, vec![(libc::SYS_kill, vec![other(), signal()])]),
        always("tkill", Done, vec![(libc::SYS_tkill, vec![other(), signal()])]),
        always("tgkill", Done, vec![(libc::SYS_tgkill, vec![other(), other(), signal()])]),
        always("rt_sigqueueinfo", Done, vec![(libc::SYS_rt_sigqueueinfo, vec![other(), signal(), info()])]),
        always("rt_tgsigqueueinfo", Done, vec![(libc::SYS_rt_tgsigqueueinfo, vec![other(), other(), signal(), info()])]),
        always("pidfd_open", Done, vec![handle()]),
        always("pidfd_send_signal", Done, vec![handle(), (libc::SYS_pidfd_send_signal, vec![Arg::Answer(0), signal(), n(0), n(0)])]),
        always("pidfd_getfd", Done, vec![handle(), (libc::SYS_pidfd_getfd, vec![Arg::Answer(0), n(0), n(0)])]),
        always("prlimit", Done, vec![(libc::SYS_prlimit64, vec![other(), n(libc::RLIMIT_CORE), limits(), n(0)])]),
        always("read its limits", Done, vec![(libc::SYS_prlimit64, vec![other(), n(libc::RLIMIT_CORE), n(0), limits()])]),
        always("setpriority", Done, vec![(libc::SYS_setpriority, vec![n(0), other(), n(19)])]),
        always("ioprio_set", Done, vec![(libc::SYS_ioprio_set, vec![n(1), other(), n(0x4007)])]),
        always("sched_setscheduler", Done, vec![(libc::SYS_sched_setscheduler, vec![other(), n(libc::SCHED_BATCH), space(4)])]),
        on_cpu("sched_setaffinity", Done, vec![(libc::SYS_sched_setaffinity, vec![other(), n(8), Arg::Bytes(vec![1, 0, 0, 0, 0, 0, 0, 0])])]),
        always("trace it", Done, vec![(libc::SYS_ptrace, vec![n(0x4206), other(), n(0), n(0)])]),
        always("read its memory", Reached, vec![(libc::SYS_process_vm_readv, vec![other(), vector(), n(1), vector(), n(1), n(0)])]),
        always("write its memory", Reached, vec![(libc::SYS_process_vm_writev, vec![other(), vector(), n(1), Arg::Words(vec![n(0), n(8)]), n(1), n(0)])]),
        always("compare with it", Reached, vec![(libc::SYS_kcmp, vec![other(), n(g.own), n(99), n(0), n(0)])]),
        always("its environment", Done, vec![read("environ")]),
        always("its command line", Done, vec![read("cmdline")]),
        always("its state", Done, vec![read("status")]),
        always("its map", Done, vec![read("maps")]),
        always("its memory as a file", Done, vec![opened(g.process("mem"), libc::O_RDWR)]),
        always("its descriptors", Done, vec![opened(g.process("fd"), libc::O_RDONLY | libc::O_DIRECTORY)]),
        always("its program", Done, vec![(libc::SYS_readlink, vec![g.process("exe"), space(256), n(256)])]),
        always("its score for the killer", Done, vec![opened(g.process("oom_score_adj"), libc::O_RDWR)]),
        always("the first process", Done, vec![opened(text("/proc/1/status"), libc::O_RDONLY)]),
    ]
}

fn own_kind(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached, Unknown};
    let prctl = |option: i32, value: Arg| vec![(libc::SYS_prctl, vec![n(option), value, n(0), n(0), n(0)])];
    let nothing = || text("/does/not/exist");
    let namespace = opened(Arg::Text(format!("/proc/{}/ns/uts", g.own)), libc::O_RDONLY);
    vec![
        always("fork", Done, vec![(libc::SYS_fork, vec![])]),
        always("vfork", Done, vec![(libc::SYS_vfork, vec![])]),
        always("clone a process", Done, vec![(libc::SYS_clone, vec![n(libc::SIGCHLD), n(0)])]),
        always("clone one with its memory", Done, vec![(libc::SYS_clone, vec![n(libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD), n(0)])]),
        always("clone3", Reached, vec![(libc::SYS_clone3, vec![n(0), n(0)])]),
        always("execve", Reached, vec![(libc::SYS_execve, vec![nothing(), n(0), n(0)])]),
        always("execveat", Reached, vec![(libc::SYS_execveat, vec![n(HERE), nothing(), n(0), n(0), n(0)])]),
        always("be looked into", Done, prctl(libc::PR_SET_DUMPABLE, n(1))),
        always("outlive the editor", Done, prctl(libc::PR_SET_PDEATHSIG, n(0))),
        always("be traced by anybody", Reached, prctl(libc::PR_SET_PTRACER, n(-1))),
        always("keep rights of another user", Done, prctl(libc::PR_SET_KEEPCAPS, n(0))),
        always("another filter, older", Reached, prctl(libc::PR_SET_SECCOMP, n(2))),
        always("a session of its own", Done, vec![(libc::SYS_setsid, vec![])]),
        always("another group", Reached, vec![(libc::SYS_setpgid, vec![n(g.own), n(-1)])]),
        always("another personality", Done, vec![(libc::SYS_personality, vec![n(0)])]),
        always("the user it is", Done, vec![(libc::SYS_setuid, vec![n(g.owner)])]),
        always("the user it is, for files", Done, vec![(libc::SYS_setfsuid, vec![n(g.owner)])]),
        always("its capabilities", Reached, vec![(libc::SYS_capset, vec![n(0), n(0)])]),
        on_cpu("its own limits", Done, vec![(libc::SYS_prlimit64, vec![n(0), n(libc::RLIMIT_CORE), space(16), n(0)])]),
        always("its own limits, older", Done, vec![(libc::SYS_setrlimit, vec![n(libc::RLIMIT_CORE), space(16)])]),
        on_cpu("memory that is code", Done, vec![(libc::SYS_mmap, vec![n(0), n(4096), n(libc::PROT_READ | libc::PROT_EXEC), n(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS), n(-1), n(0)])]),
        on_cpu("memory that becomes code", Done, vec![
            (libc::SYS_mmap, vec![n(0), n(4096), n(libc::PROT_READ), n(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS), n(-1), n(0)]),
            (libc::SYS_mprotect, vec![Arg::Answer(0), n(4096), n(libc::PROT_READ | libc::PROT_EXEC)]),
        ]),
        always("another filter", Reached, vec![(libc::SYS_seccomp, vec![n(1), n(0), n(0)])]),
        always("a namespace of users", Done, vec![(libc::SYS_clone, vec![n(libc::CLONE_NEWUSER | libc::SIGCHLD), n(0)])]),
        always("leave its namespaces", Done, vec![(libc::SYS_unshare, vec![n(libc::CLONE_NEWUSER)])]),
        always("a namespace of mounts", Free::ByRoot, vec![(libc::SYS_unshare, vec![n(libc::CLONE_NEWNS)])]),
        always("enter a namespace", Free::ByRoot, vec![namespace, (libc::SYS_setns, vec![Arg::Answer(0), n(0)])]),
        always("a call of x32", Unknown, vec![(X32 | libc::SYS_getpid, vec![])]),
    ]
}

fn network() -> Vec<Attempt> {
    use Free::{ByRoot, Done, Reached};
    let socket = |family: i32, kind: i32| vec![(libc::SYS_socket, vec![n(family), n(kind), n(0)])];
    let on_stderr = |call, args: Vec<Arg>| vec![(call, [vec![n(2)], args].concat())];
    let pair = |family: i32, kind: i32| vec![(libc::SYS_socketpair, vec![n(family), n(kind), n(0), space(8)])];
    vec![
        always("a stream to the network", Done, socket(libc::AF_INET, libc::SOCK_STREAM)),
        always("datagrams to the network", Done, socket(libc::AF_INET, libc::SOCK_DGRAM)),
        always("a stream to the network (6)", Done, socket(libc::AF_INET6, libc::SOCK_STREAM)),
        always("a socket of this machine", Done, socket(libc::AF_UNIX, libc::SOCK_STREAM)),
        always("datagrams of this machine", Done, socket(libc::AF_UNIX, libc::SOCK_DGRAM)),
        always("the kernel's tables", Done, socket(libc::AF_NETLINK, libc::SOCK_RAW)),
        always("raw packets", ByRoot, socket(libc::AF_PACKET, libc::SOCK_RAW)),
        always("the machine's host", Reached, socket(libc::AF_VSOCK, libc::SOCK_STREAM)),
        always("connect", Reached, on_stderr(libc::SYS_connect, vec![space(16), n(16)])),
        always("bind", Reached, on_stderr(libc::SYS_bind, vec![space(16), n(16)])),
        always("listen", Reached, on_stderr(libc::SYS_listen, vec![n(1)])),
        always("accept", Reached, on_stderr(libc::SYS_accept4, vec![n(0), n(0), n(0)])),
        always("a pair that sends to anybody", Done, pair(libc::AF_UNIX, libc::SOCK_DGRAM)),
        always("a pair of another family", Reached, pair(libc::AF_INET, libc::SOCK_STREAM)),
    ]
}

fn lasting(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{ByRoot, Done, Reached};
    let shared = Arg::Text(format!("/dev/shm/localcoder-escape-{}", g.own));
    let ring = || space(120);
    vec![
        always("shared memory of System V", Done, vec![(libc::SYS_shmget, vec![n(0), n(4096), n(0o600)]), (libc::SYS_shmctl, vec![Arg::Answer(0), n(0), n(0)])]),
        always("a semaphore", Done, vec![(libc::SYS_semget, vec![n(0), n(1), n(0o600)]), (libc::SYS_semctl, vec![Arg::Answer(0), n(0), n(0)])]),
        always("a queue", Done, vec![(libc::SYS_msgget, vec![n(0), n(0o600)]), (libc::SYS_msgctl, vec![Arg::Answer(0), n(0), n(0)])]),
        always("shared memory with a name", Done, vec![opened(shared.clone(), libc::O_CREAT | libc::O_RDWR), (libc::SYS_unlink, vec![shared])]),
        on_cpu("memory as a file", Done, vec![(libc::SYS_memfd_create, vec![text("a"), n(0)])]),
        always("a queue with a name", Done, vec![(libc::SYS_mq_open, vec![text("localcoder-escape"), n(libc::O_CREAT | libc::O_RDWR), n(0o600), n(0)]), (libc::SYS_mq_unlink, vec![text("localcoder-escape")])]),
        always("a key", Reached, vec![(libc::SYS_add_key, vec![text("user"), text("a"), n(0), n(0), n(-3)])]),
        always("the keys", Reached, vec![(libc::SYS_keyctl, vec![n(0), n(-3), n(0)])]),
        always("a ring of calls", Done, vec![(libc::SYS_io_uring_setup, vec![n(1), ring()])]),
        always("faults of memory", Done, vec![(libc::SYS_userfaultfd, vec![n(1)])]),
        on_cpu("what happens to files", Done, vec![(libc::SYS_inotify_init1, vec![n(0)])]),
        always("what all do to files", ByRoot, vec![(libc::SYS_fanotify_init, vec![n(0), n(0)])]),
        on_cpu("a clock that signals", Done, vec![(libc::SYS_timer_create, vec![n(0), n(0), space(8)])]),
    ]
}

fn system(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{ByRoot, Done, Reached, ReachedByRoot};
    vec![
        always("mount", ReachedByRoot, vec![(libc::SYS_mount, vec![text("none"), text("/does/not/exist"), text("tmpfs"), n(0), n(0)])]),
        always("umount", ReachedByRoot, vec![(libc::SYS_umount2, vec![text("/does/not/exist"), n(0)])]),
        always("fsopen", ByRoot, vec![(libc::SYS_fsopen, vec![text("tmpfs"), n(0)])]),
        always("open_tree", ByRoot, vec![(libc::SYS_open_tree, vec![n(HERE), g.path("."), n(1)])]),
        always("move_mount", ReachedByRoot, vec![(libc::SYS_move_mount, vec![n(HERE), text("/does/not/exist"), n(HERE), text("/does/not/exist"), n(0)])]),
        always("mount_setattr", Reached, vec![(libc::SYS_mount_setattr, vec![n(HERE), g.path("."), n(0), space(32), n(1)])]),
        always("pivot_root", ReachedByRoot, vec![(libc::SYS_pivot_root, vec![text("/does/not/exist"), text("/does/not/exist")])]),
        always("bpf", ReachedByRoot, vec![(libc::SYS_bpf, vec![n(0), space(128), n(1)])]),
        always("perf_event_open", ReachedByRoot, vec![(libc::SYS_perf_event_open, vec![Arg::Bytes([0_i32, 1].map(i32::to_le_bytes).concat()), n(0), n(-1), n(-1), n(0)])]),
        always("the kernel's log", ByRoot, vec![(libc::SYS_syslog, vec![n(10), n(0), n(0)])]),
        always("a module", ReachedByRoot, vec![(libc::SYS_finit_module, vec![n(-1), text(""), n(0)])]),
        always("another kernel", ReachedByRoot, vec![(libc::SYS_kexec_file_load, vec![n(-1), n(-1), n(0), n(0), n(0)])]),
        always("reboot", ReachedByRoot, vec![(libc::SYS_reboot, vec![n(0), n(0), n(0), n(0)])]),
        always("swap", ReachedByRoot, vec![(libc::SYS_swapon, vec![text("/does/not/exist"), n(0)])]),
        always("accounting", ReachedByRoot, vec![(libc::SYS_acct, vec![text("/does/not/exist")])]),
        always("the machine's name", ReachedByRoot, vec![(libc::SYS_sethostname, vec![text(""), n(-1)])]),
        always("the clock", ReachedByRoot, vec![(libc::SYS_clock_settime, vec![n(99), space(16)])]),
        always("ports", ByRoot, vec![(libc::SYS_ioperm, vec![n(0x80), n(1), n(0)])]),
        always("tables of segments", Reached, vec![(libc::SYS_modify_ldt, vec![n(99), n(0), n(0)])]),
        always("settings of the kernel", ByRoot, vec![opened(text("/proc/sys/kernel/hostname"), libc::O_WRONLY)]),
        always("who is killed first", Done, vec![opened(text("/proc/self/oom_score_adj"), libc::O_WRONLY)]),
    ]
}
