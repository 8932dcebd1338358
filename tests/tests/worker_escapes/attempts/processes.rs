//! Other processes, and what a process may become.

use super::*;

pub(super) fn other_processes(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached};
    let other = || n(g.neighbour);
    let signal = || n(libc::SIGWINCH);
    let info = || {
        Arg::Bytes(
            [libc::SIGWINCH, 0, -1].iter().flat_map(|n: &i32| n.to_le_bytes()).chain([0; 116]).collect(),
        )
    };
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
        always(
            "rt_tgsigqueueinfo",
            Done,
            vec![(libc::SYS_rt_tgsigqueueinfo, vec![other(), other(), signal(), info()])],
        ),
        always("pidfd_open", Done, vec![handle()]),
        always(
            "pidfd_send_signal",
            Done,
            vec![handle(), (libc::SYS_pidfd_send_signal, vec![Arg::Answer(0), signal(), n(0), n(0)])],
        ),
        always(
            "pidfd_getfd",
            Done,
            vec![handle(), (libc::SYS_pidfd_getfd, vec![Arg::Answer(0), n(0), n(0)])],
        ),
        always(
            "prlimit",
            Done,
            vec![(libc::SYS_prlimit64, vec![other(), n(libc::RLIMIT_CORE), limits(), n(0)])],
        ),
        always(
            "read its limits",
            Done,
            vec![(libc::SYS_prlimit64, vec![other(), n(libc::RLIMIT_CORE), n(0), limits()])],
        ),
        always("setpriority", Done, vec![(libc::SYS_setpriority, vec![n(0), other(), n(19)])]),
        always("ioprio_set", Done, vec![(libc::SYS_ioprio_set, vec![n(1), other(), n(0x4007)])]),
        always(
            "sched_setscheduler",
            Done,
            vec![(libc::SYS_sched_setscheduler, vec![other(), n(libc::SCHED_BATCH), space(4)])],
        ),
        on_cpu(
            "sched_setaffinity",
            Done,
            vec![(
                libc::SYS_sched_setaffinity,
                vec![other(), n(8), Arg::Bytes(vec![1, 0, 0, 0, 0, 0, 0, 0])],
            )],
        ),
        always("trace it", Done, vec![(libc::SYS_ptrace, vec![n(0x4206), other(), n(0), n(0)])]),
        always(
            "read its memory",
            Reached,
            vec![(libc::SYS_process_vm_readv, vec![other(), vector(), n(1), vector(), n(1), n(0)])],
        ),
        always(
            "write its memory",
            Reached,
            vec![(
                libc::SYS_process_vm_writev,
                vec![other(), vector(), n(1), Arg::Words(vec![n(0), n(8)]), n(1), n(0)],
            )],
        ),
        always(
            "compare with it",
            Reached,
            vec![(libc::SYS_kcmp, vec![other(), n(g.own), n(99), n(0), n(0)])],
        ),
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

pub(super) fn own_kind(g: &Ground<'_>) -> Vec<Attempt> {
    use Free::{Done, Reached, Unknown};
    let prctl = |option: i32, value: Arg| vec![(libc::SYS_prctl, vec![n(option), value, n(0), n(0), n(0)])];
    let nothing = || text("/does/not/exist");
    let namespace = opened(Arg::Text(format!("/proc/{}/ns/uts", g.own)), libc::O_RDONLY);
    vec![
        always("fork", Done, vec![(libc::SYS_fork, vec![])]),
        always("vfork", Done, vec![(libc::SYS_vfork, vec![])]),
        always("clone a process", Done, vec![(libc::SYS_clone, vec![n(libc::SIGCHLD), n(0)])]),
        always(
            "clone one with its memory",
            Done,
            vec![(libc::SYS_clone, vec![n(libc::CLONE_VM | libc::CLONE_VFORK | libc::SIGCHLD), n(0)])],
        ),
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
        on_cpu(
            "its own limits",
            Done,
            vec![(libc::SYS_prlimit64, vec![n(0), n(libc::RLIMIT_CORE), space(16), n(0)])],
        ),
        always(
            "its own limits, older",
            Done,
            vec![(libc::SYS_setrlimit, vec![n(libc::RLIMIT_CORE), space(16)])],
        ),
        on_cpu(
            "memory that is code",
            Done,
            vec![(
                libc::SYS_mmap,
                vec![
                    n(0),
                    n(4096),
                    n(libc::PROT_READ | libc::PROT_EXEC),
                    n(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS),
                    n(-1),
                    n(0),
                ],
            )],
        ),
        on_cpu(
            "memory that becomes code",
            Done,
            vec![
                (
                    libc::SYS_mmap,
                    vec![
                        n(0),
                        n(4096),
                        n(libc::PROT_READ),
                        n(libc::MAP_PRIVATE | libc::MAP_ANONYMOUS),
                        n(-1),
                        n(0),
                    ],
                ),
                (libc::SYS_mprotect, vec![Arg::Answer(0), n(4096), n(libc::PROT_READ | libc::PROT_EXEC)]),
            ],
        ),
        always("another filter", Reached, vec![(libc::SYS_seccomp, vec![n(1), n(0), n(0)])]),
        always(
            "a namespace of users",
            Done,
            vec![(libc::SYS_clone, vec![n(libc::CLONE_NEWUSER | libc::SIGCHLD), n(0)])],
        ),
        always("leave its namespaces", Done, vec![(libc::SYS_unshare, vec![n(libc::CLONE_NEWUSER)])]),
        always("a namespace of mounts", Free::ByRoot, vec![(libc::SYS_unshare, vec![n(libc::CLONE_NEWNS)])]),
        always(
            "enter a namespace",
            Free::ByRoot,
            vec![namespace, (libc::SYS_setns, vec![Arg::Answer(0), n(0)])],
        ),
        always("a call of x32", Unknown, vec![(X32 | libc::SYS_getpid, vec![])]),
    ]
}
