//! Why a worker died, as far as can be known from its exit status, its last words, what it was doing, and the kernel's count
//! of processes that it ended for want of memory.

use std::path::{Path, PathBuf};

use crate::launch::Exit;
use crate::protocol::Doing;
use crate::supervise::Hang;

/// Why a worker ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// It was meant to.
    Asked,
    /// It never greeted us.
    NotStarted,
    /// It hung, and was ended for it.
    Hung(Hang),
    /// Memory ran out.
    OutOfMemory {
        /// False: nothing else explains it.
        certain: bool,
    },
    /// Somebody killed it.
    Killed,
    /// An assertion, a wrong address, an instruction that the processor lacks.
    Crashed,
    /// It exited by itself.
    Left,
    /// It broke the protocol.
    Violation,
}

impl Cause {
    /// What is only supposed, as a sentence behind the reason; empty otherwise.
    pub fn supposition(self) -> &'static str {
        match self {
            Cause::OutOfMemory { certain: false } => " Perhaps memory ran out.",
            _ => "",
        }
    }
}

/// What is known of a death.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evidence<'a> {
    pub exit: Exit,
    /// The last lines of standard error.
    pub words: &'a str,
    pub doing: Doing,
    /// The kernel ended some process of our group for want of memory while this one lived.
    pub oom_killed: bool,
    pub hang: Option<Hang>,
    pub asked: bool,
}

const SIGKILL: i32 = 9;
/// What a worker says when a computation of llama.cpp throws a C++ exception.
pub const THROWN: &str = "llama.cpp threw an exception";
/// What Rust's runtime says when one reaches it from elsewhere.
const FOREIGN: &str = "Rust cannot catch foreign exceptions";

/// The most certain explanation first.
pub(crate) fn cause(of: Evidence<'_>) -> Cause {
    let killed = of.exit == Exit::Signal(SIGKILL);
    match of.exit {
        _ if of.asked => Cause::Asked,
        _ if of.hang.is_some_and(|_| killed) => of.hang.map_or(Cause::Killed, Cause::Hung),
        Exit::Violation => Cause::Violation,
        _ if killed && of.oom_killed => Cause::OutOfMemory { certain: true },
        Exit::Code(0) => Cause::Left,
        _ if says_out_of_memory(of.words) => Cause::OutOfMemory { certain: true },
        Exit::NotStarted => Cause::NotStarted,
        // Nobody else kills a process just while it takes memory.
        _ if killed && matches!(of.doing, Doing::Loading | Doing::Prefill) => {
            Cause::OutOfMemory { certain: false }
        }
        _ if killed => Cause::Killed,
        // While it computes, llama.cpp throws nothing but `std::bad_alloc`; what was thrown, Rust cannot tell.
        Exit::Signal(_)
            if [THROWN, FOREIGN].iter().any(|words| of.words.contains(words)) && of.doing != Doing::Idle =>
        {
            Cause::OutOfMemory { certain: false }
        }
        Exit::Signal(_) => Cause::Crashed,
        Exit::Code(_) => Cause::Left,
    }
}

/// The words of ggml, the C++ and Rust runtimes and the C library for a failed allocation.
pub fn says_out_of_memory(words: &str) -> bool {
    const SAYINGS: [&str; 11] = [
        "failed to allocate",
        "unable to allocate",
        "insufficient memory",
        "bad_alloc",
        "out of memory",
        "mmap failed",
        "memory allocation of",
        "Cannot allocate memory",
        "cannot allocate memory",
        "failed to create thread",
        "Resource temporarily unavailable",
    ];
    SAYINGS.iter().any(|saying| words.contains(saying))
}

/// How many processes of our control group the kernel has ended for want of memory; `None` where it does not tell.
pub(crate) fn oom_kills() -> Option<u64> {
    counters(&std::fs::read_to_string("/proc/self/cgroup").ok()?)
        .find_map(|file| count(&std::fs::read_to_string(file).ok()?))
}

/// The files that may hold the count. Lines of /proc/self/cgroup: `0::/path` (version 2), `4:memory:/path` (version 1). In a
/// container the path may be one seen from outside: then the root is our own group.
fn counters(own: &str) -> impl Iterator<Item = PathBuf> + '_ {
    own.lines().flat_map(|line| {
        let mut fields = line.splitn(3, ':').skip(1);
        let (root, file) = match fields.next() {
            Some("") => ("/sys/fs/cgroup", "memory.events"),
            Some(list) if list.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.oom_control")
            }
            _ => return Vec::new(),
        };
        let path = fields.next().unwrap_or_default().trim_start_matches('/');
        vec![Path::new(root).join(path).join(file), Path::new(root).join(file)]
    })
}

fn count(text: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix("oom_kill "))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(exit: Exit, doing: Doing, words: &str) -> Cause {
        cause(Evidence { exit, words, doing, oom_killed: false, hang: None, asked: false })
    }

    #[test]
    fn an_unexplained_kill_while_memory_is_taken_is_suspected_and_elsewhere_is_a_kill() {
        let suspected = Cause::OutOfMemory { certain: false };
        for (doing, expected) in [
            (Doing::Loading, suspected),
            (Doing::Prefill, suspected),
            (Doing::Decode, Cause::Killed),
            (Doing::Idle, Cause::Killed),
            (Doing::Tending, Cause::Killed),
        ] {
            assert_eq!(of(Exit::Signal(9), doing, ""), expected, "{doing:?}");
            let kernel = Evidence {
                exit: Exit::Signal(9),
                words: "",
                doing,
                oom_killed: true,
                hang: None,
                asked: false,
            };
            assert_eq!(cause(kernel), Cause::OutOfMemory { certain: true }, "{doing:?}");
            assert_eq!(cause(Evidence { asked: true, ..kernel }), Cause::Asked);
        }
    }

    #[test]
    fn last_words_tell_an_abort_for_want_of_memory_from_a_bug() {
        let bad = "terminate called after throwing an instance of 'std::bad_alloc'";
        assert_eq!(of(Exit::Signal(6), Doing::Decode, bad), Cause::OutOfMemory { certain: true });
        assert_eq!(
            of(Exit::NotStarted, Doing::Idle, "memory allocation of 64 bytes failed"),
            Cause::OutOfMemory { certain: true }
        );
        assert_eq!(of(Exit::Signal(6), Doing::Decode, "GGML_ASSERT(shape) failed"), Cause::Crashed);
        for thrown in [THROWN, "fatal runtime error: Rust cannot catch foreign exceptions, aborting"] {
            let suspected = Cause::OutOfMemory { certain: false };
            assert_eq!(of(Exit::Signal(6), Doing::Prefill, thrown), suspected);
            assert_eq!(of(Exit::Signal(6), Doing::Idle, thrown), Cause::Crashed);
        }
        assert_eq!(of(Exit::Signal(11), Doing::Prefill, ""), Cause::Crashed);
        assert_eq!(of(Exit::Code(3), Doing::Prefill, ""), Cause::Left);
        assert_eq!(of(Exit::NotStarted, Doing::Idle, "no such file"), Cause::NotStarted);
    }

    #[test]
    fn a_worker_ended_for_hanging_was_not_short_of_memory() {
        let hang = Hang::Stuck(Doing::Prefill);
        let ended = Evidence {
            exit: Exit::Signal(9),
            words: "",
            doing: Doing::Prefill,
            oom_killed: false,
            hang: Some(hang),
            asked: false,
        };
        assert_eq!(cause(ended), Cause::Hung(hang));
    }

    #[test]
    fn the_kernels_count_is_found_in_both_versions_of_control_groups() {
        let found = |own: &str| counters(own).map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(found("0::/a\n"), ["/sys/fs/cgroup/a/memory.events", "/sys/fs/cgroup/memory.events"]);
        assert_eq!(
            found("5:devices:/x\n4:memory:/c\n"),
            ["/sys/fs/cgroup/memory/c/memory.oom_control", "/sys/fs/cgroup/memory/memory.oom_control"]
        );
        assert_eq!(count("low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\n"), Some(2));
        assert_eq!(count("oom_kill_disable 0\nunder_oom 0\noom_kill 5\n"), Some(5));
    }
}
