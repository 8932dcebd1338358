//! The network, what outlives a process, and the system as a whole.

use super::*;

pub(super) fn network() -> Vec<Attempt> {
    use Free::{ByRoot, Done, Reached};
    let socket = |family: i32, kind: i32| vec![(libc::SYS_socket, vec![n(family), n(kind), n(0)])];
    let on_stderr = |call, args: Vec<Arg>| vec![(call, [vec![n(2)], args].concat())];
    let pair =
        |family: i32, kind: i32| vec![(libc::SYS_socketpair, vec![n(family), n(kind), n(0), space(8)])];
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

pub(super) fn lasting(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{ByRoot, Done, Reached};
    let shared = Arg::Text(format!("/dev/shm/localcoder-escape-{}", g.own));
    let ring = || space(120);
    vec![
        always(
            "shared memory of System V",
            Done,
            vec![
                (libc::SYS_shmget, vec![n(0), n(4096), n(0o600)]),
                (libc::SYS_shmctl, vec![Arg::Answer(0), n(0), n(0)]),
            ],
        ),
        always(
            "a semaphore",
            Done,
            vec![
                (libc::SYS_semget, vec![n(0), n(1), n(0o600)]),
                (libc::SYS_semctl, vec![Arg::Answer(0), n(0), n(0)]),
            ],
        ),
        always(
            "a queue",
            Done,
            vec![
                (libc::SYS_msgget, vec![n(0), n(0o600)]),
                (libc::SYS_msgctl, vec![Arg::Answer(0), n(0), n(0)]),
            ],
        ),
        always(
            "shared memory with a name",
            Done,
            vec![opened(shared.clone(), libc::O_CREAT | libc::O_RDWR), (libc::SYS_unlink, vec![shared])],
        ),
        on_cpu("memory as a file", Done, vec![(libc::SYS_memfd_create, vec![text("a"), n(0)])]),
        always(
            "a queue with a name",
            Done,
            vec![
                (
                    libc::SYS_mq_open,
                    vec![text("localcoder-escape"), n(libc::O_CREAT | libc::O_RDWR), n(0o600), n(0)],
                ),
                (libc::SYS_mq_unlink, vec![text("localcoder-escape")]),
            ],
        ),
        always("a key", Reached, vec![(libc::SYS_add_key, vec![text("user"), text("a"), n(0), n(0), n(-3)])]),
        always("the keys", Reached, vec![(libc::SYS_keyctl, vec![n(0), n(-3), n(0)])]),
        always("a ring of calls", Done, vec![(libc::SYS_io_uring_setup, vec![n(1), ring()])]),
        always("faults of memory", Done, vec![(libc::SYS_userfaultfd, vec![n(1)])]),
        on_cpu("what happens to files", Done, vec![(libc::SYS_inotify_init1, vec![n(0)])]),
        always("what all do to files", ByRoot, vec![(libc::SYS_fanotify_init, vec![n(0), n(0)])]),
        on_cpu("a clock that signals", Done, vec![(libc::SYS_timer_create, vec![n(0), n(0), space(8)])]),
    ]
}

pub(super) fn system(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{ByRoot, Done, Reached, ReachedByRoot};
    vec![
        always(
            "mount",
            ReachedByRoot,
            vec![(libc::SYS_mount, vec![text("none"), text("/does/not/exist"), text("tmpfs"), n(0), n(0)])],
        ),
        always("umount", ReachedByRoot, vec![(libc::SYS_umount2, vec![text("/does/not/exist"), n(0)])]),
        always("fsopen", ByRoot, vec![(libc::SYS_fsopen, vec![text("tmpfs"), n(0)])]),
        always("open_tree", ByRoot, vec![(libc::SYS_open_tree, vec![n(HERE), g.path("."), n(1)])]),
        always(
            "move_mount",
            ReachedByRoot,
            vec![(
                libc::SYS_move_mount,
                vec![n(HERE), text("/does/not/exist"), n(HERE), text("/does/not/exist"), n(0)],
            )],
        ),
        always(
            "mount_setattr",
            Reached,
            vec![(libc::SYS_mount_setattr, vec![n(HERE), g.path("."), n(0), space(32), n(1)])],
        ),
        always(
            "pivot_root",
            ReachedByRoot,
            vec![(libc::SYS_pivot_root, vec![text("/does/not/exist"), text("/does/not/exist")])],
        ),
        always("bpf", ReachedByRoot, vec![(libc::SYS_bpf, vec![n(0), space(128), n(1)])]),
        always(
            "perf_event_open",
            ReachedByRoot,
            vec![(
                libc::SYS_perf_event_open,
                vec![Arg::Bytes([0_i32, 1].map(i32::to_le_bytes).concat()), n(0), n(-1), n(-1), n(0)],
            )],
        ),
        always("the kernel's log", ByRoot, vec![(libc::SYS_syslog, vec![n(10), n(0), n(0)])]),
        always("a module", ReachedByRoot, vec![(libc::SYS_finit_module, vec![n(-1), text(""), n(0)])]),
        always(
            "another kernel",
            ReachedByRoot,
            vec![(libc::SYS_kexec_file_load, vec![n(-1), n(-1), n(0), n(0), n(0)])],
        ),
        always("reboot", ReachedByRoot, vec![(libc::SYS_reboot, vec![n(0), n(0), n(0), n(0)])]),
        always("swap", ReachedByRoot, vec![(libc::SYS_swapon, vec![text("/does/not/exist"), n(0)])]),
        always("accounting", ReachedByRoot, vec![(libc::SYS_acct, vec![text("/does/not/exist")])]),
        always("the machine's name", ReachedByRoot, vec![(libc::SYS_sethostname, vec![text(""), n(-1)])]),
        always("the clock", ReachedByRoot, vec![(libc::SYS_clock_settime, vec![n(99), space(16)])]),
        always("ports", ByRoot, vec![(libc::SYS_ioperm, vec![n(0x80), n(1), n(0)])]),
        always("tables of segments", Reached, vec![(libc::SYS_modify_ldt, vec![n(99), n(0), n(0)])]),
        always(
            "settings of the kernel",
            ByRoot,
            vec![opened(text("/proc/sys/kernel/hostname"), libc::O_WRONLY)],
        ),
        always("who is killed first", Done, vec![opened(text("/proc/self/oom_score_adj"), libc::O_WRONLY)]),
    ]
}
