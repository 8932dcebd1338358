//! Which system calls a confined worker may make (seccomp).
//!
//! On the CPU the list is of what is allowed: what glibc, C++, Rust and ipc-channel call to compute, to read files and to speak over
//! sockets that are open. A GPU's driver calls what we do not know; there the list is of what is refused. Calls that are
//! allowed whatever their arguments cost nothing: the kernel keeps a table of them (Linux 5.11, kernel/seccomp.c).

use std::collections::BTreeMap;

use libc::c_long;
use seccompiler::{
    BpfProgram, Error, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, sock_filter,
};

use lists::{ALLOWED, REFUSED, UNKNOWN, WRITING};

mod lists;

/// Rules of a call: it matches where one of them does, or always where there are none.
type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// The last system call that the lists know, `mseal` of Linux 6.10. Numbers from 424 on are the same everywhere; those of x32 lie above.
const LAST_KNOWN: u32 = 462;

/// The one way in which threads are made: glibc's sysdeps/unix/sysv/linux/createthread.c. musl adds a flag that the kernel ignores.
const OF_THREADS: u64 = (libc::CLONE_VM
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SIGHAND
    | libc::CLONE_THREAD
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_CLEARTID) as u64;

/// What asks the kernel for a processor's large registers (arch/x86/include/uapi/asm/prctl.h): ggml does, for AMX.
#[cfg(target_arch = "x86_64")]
const LARGE_REGISTERS: [u64; 3] = [0x1021, 0x1022, 0x1023];

/// Requests to a device are numbered by families; those of terminals and file systems can do harm (Documentation/userspace-api/ioctl).
const TERMINALS: u64 = 0x5400;
const FILE_SYSTEMS: [u64; 4] = [0x5800, 0x6600, 0x7600, 0x9400];
const FAMILY: u64 = 0xFF00;

/// Applies the filters to the process. How many calls are allowed, where that is a list.
///
/// # Errors
/// The kernel takes no filter, or this processor has none.
pub(super) fn apply(gpu: bool, may_write: bool) -> Result<Option<usize>, Error> {
    let (filters, allowed) = if gpu { (refusing()?, None) } else { allowing(may_write)? };
    for filter in filters {
        seccompiler::apply_filter_all_threads(&filter)?;
    }
    Ok(allowed)
}

/// What is not allowed is not permitted. Some calls are said to be not known, so that the C library takes the older ones, whose
/// arguments can be looked into; of two filters that refuse, the later one is heard, so these are allowed there.
fn allowing(may_write: bool) -> Result<(Vec<BpfProgram>, Option<usize>), Error> {
    let mut allowed = always(ALLOWED);
    allowed.extend(looked_into(may_write)?);
    if may_write {
        allowed.extend(always(WRITING));
    }
    let count = allowed.len();
    allowed.extend(always(UNKNOWN));
    let unknown = built(always(UNKNOWN), SeccompAction::Allow, errno(libc::ENOSYS))?;
    let allowing = built(allowed, errno(libc::EPERM), SeccompAction::Allow)?;
    Ok((vec![unknown, allowing], Some(count)))
}

/// Calls that are allowed with some arguments.
fn looked_into(may_write: bool) -> Result<Rules, Error> {
    let own = u64::from(std::process::id());
    let opening = |flags| {
        let never = libc::O_TRUNC | libc::O_PATH;
        let writing = if may_write { 0 } else { libc::O_ACCMODE | libc::O_CREAT };
        without(flags, (never | writing) as u64)
    };
    let mut rules = Rules::new();
    rules.insert(libc::SYS_openat, vec![opening(2)?]);
    rules.insert(libc::SYS_mmap, vec![without(2, libc::PROT_EXEC as u64)?]);
    rules.insert(libc::SYS_mprotect, vec![without(2, libc::PROT_EXEC as u64)?]);
    rules.insert(libc::SYS_clone, vec![thread()?]);
    // `abort` signals its own thread.
    rules.insert(libc::SYS_tgkill, vec![is(0, own)?]);
    // One's own limits may be read.
    rules.insert(libc::SYS_prlimit64, vec![rule(vec![equal(0, 0)?, pointer_is_null(2)?])?]);
    rules.insert(libc::SYS_prctl, vec![is(0, libc::PR_SET_NAME as u64)?, is(0, libc::PR_GET_NAME as u64)?]);
    rules.insert(libc::SYS_fcntl, descriptors()?);
    rules.insert(libc::SYS_socketpair, vec![connected_pair()?]);
    #[cfg(target_arch = "x86_64")]
    {
        rules.insert(libc::SYS_open, vec![opening(1)?]);
        rules.insert(libc::SYS_arch_prctl, each_is(0, &LARGE_REGISTERS)?);
    }
    Ok(rules)
}

/// Copies of descriptors and whether they wait; no owner who gets signals, no leases, no locks.
fn descriptors() -> Result<Vec<SeccompRule>, Error> {
    let mut rules = each_is(
        1,
        &[libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_GETFD, libc::F_SETFD, libc::F_GETFL]
            .map(|n| n as u64),
    )?;
    let quiet = condition(2, Op::MaskedEq(libc::O_ASYNC as u64), 0)?;
    rules.push(rule(vec![equal(1, libc::F_SETFL as u64)?, quiet])?);
    Ok(rules)
}

/// ipc-channel sends long messages over a pair of its own. A pair for datagrams could send to any socket of the system.
fn connected_pair() -> Result<SeccompRule, Error> {
    let kind = condition(1, Op::MaskedEq(0xF), libc::SOCK_SEQPACKET as u64)?;
    rule(vec![equal(0, libc::AF_UNIX as u64)?, kind])
}

fn thread() -> Result<SeccompRule, Error> {
    const DETACHED: u64 = libc::CLONE_DETACHED as u64;
    rule(vec![condition(0, Op::MaskedEq(u64::from(u32::MAX) & !DETACHED), OF_THREADS)?])
}

/// What harms is refused, and whatever is newer than the list.
fn refusing() -> Result<Vec<BpfProgram>, Error> {
    let mut refused = always(REFUSED);
    refused.extend(harmful_arguments()?);
    let unknown = built(always(UNKNOWN), SeccompAction::Allow, errno(libc::ENOSYS))?;
    let refusing = built(refused, SeccompAction::Allow, errno(libc::EPERM))?;
    Ok(vec![newer_unknown(), unknown, refusing])
}

fn harmful_arguments() -> Result<Rules, Error> {
    let own = u64::from(std::process::id());
    let truncating =
        |flags| rule(vec![condition(flags, Op::MaskedEq(libc::O_TRUNC as u64), libc::O_TRUNC as u64)?]);
    let mut rules = Rules::new();
    rules.insert(libc::SYS_openat, vec![truncating(2)?]);
    rules.insert(libc::SYS_tgkill, vec![is_not(0, own)?]);
    rules.insert(libc::SYS_prlimit64, vec![is_not(0, 0)?]);
    // Programs of the driver, as libraries are; no processes.
    rules.insert(
        libc::SYS_clone,
        vec![rule(vec![condition(0, Op::MaskedEq(libc::CLONE_THREAD as u64), 0)?])?],
    );
    let datagrams = condition(1, Op::MaskedEq(0xF), libc::SOCK_DGRAM as u64)?;
    rules.insert(libc::SYS_socketpair, vec![is_not(0, libc::AF_UNIX as u64)?, rule(vec![datagrams])?]);
    let dangerous = [
        libc::PR_SET_DUMPABLE,
        libc::PR_SET_PDEATHSIG,
        libc::PR_SET_PTRACER,
        libc::PR_SET_MM,
        libc::PR_SET_SECCOMP,
        libc::PR_SET_KEEPCAPS,
    ];
    rules.insert(libc::SYS_prctl, each_is(0, &dangerous.map(|option| option as u64))?);
    let owners = [libc::F_SETOWN, F_SETSIG, F_SETOWN_EX, libc::F_SETLEASE, libc::F_NOTIFY];
    rules.insert(libc::SYS_fcntl, each_is(1, &owners.map(|command| command as u64))?);
    rules.insert(libc::SYS_ioctl, harmful_requests()?);
    #[cfg(target_arch = "x86_64")]
    rules.insert(libc::SYS_open, vec![truncating(1)?]);
    Ok(rules)
}

/// include/uapi/asm-generic/fcntl.h; libc does not name them.
const F_SETSIG: i32 = 10;
const F_SETOWN_EX: i32 = 15;

fn harmful_requests() -> Result<Vec<SeccompRule>, Error> {
    // Of the family of terminals, these are about any descriptor.
    let harmless = [libc::FIONREAD, libc::FIONBIO, libc::FIOCLEX, libc::FIONCLEX];
    let mut terminals = vec![condition(1, Op::MaskedEq(FAMILY), TERMINALS)?];
    for request in harmless {
        terminals.push(condition(1, Op::Ne, u64::from(request as u32))?);
    }
    let families = FILE_SYSTEMS.iter().map(|family| rule(vec![condition(1, Op::MaskedEq(FAMILY), *family)?]));
    families.chain([rule(terminals)]).collect()
}

/// A program by hand: seccompiler compares numbers with single ones. The number is the first field of `seccomp_data`, and x32 calls
/// have a bit set that makes them larger than all others (Documentation/userspace-api/seccomp_filter.rst).
fn newer_unknown() -> BpfProgram {
    let code = |code: u32, jt, jf, k| sock_filter { code: code as u16, jt, jf, k };
    vec![
        code(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        code(libc::BPF_JMP | libc::BPF_JGT | libc::BPF_K, 0, 1, LAST_KNOWN),
        code(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
        code(libc::BPF_RET | libc::BPF_K, 0, 0, libc::SECCOMP_RET_ALLOW),
    ]
}

fn always(calls: &[c_long]) -> Rules {
    calls.iter().map(|call| (*call, Vec::new())).collect()
}

fn built(rules: Rules, otherwise: SeccompAction, matched: SeccompAction) -> Result<BpfProgram, Error> {
    let arch = std::env::consts::ARCH.try_into()?;
    Ok(SeccompFilter::new(rules, otherwise, matched, arch)?.try_into()?)
}

fn errno(number: i32) -> SeccompAction {
    SeccompAction::Errno(number.unsigned_abs())
}

fn condition(argument: u8, operator: Op, value: u64) -> Result<SeccompCondition, Error> {
    Ok(SeccompCondition::new(argument, Len::Dword, operator, value)?)
}

fn equal(argument: u8, value: u64) -> Result<SeccompCondition, Error> {
    condition(argument, Op::Eq, value)
}

fn pointer_is_null(argument: u8) -> Result<SeccompCondition, Error> {
    Ok(SeccompCondition::new(argument, Len::Qword, Op::Eq, 0)?)
}

fn rule(conditions: Vec<SeccompCondition>) -> Result<SeccompRule, Error> {
    Ok(SeccompRule::new(conditions)?)
}

fn is(argument: u8, value: u64) -> Result<SeccompRule, Error> {
    rule(vec![equal(argument, value)?])
}

fn is_not(argument: u8, value: u64) -> Result<SeccompRule, Error> {
    rule(vec![condition(argument, Op::Ne, value)?])
}

fn each_is(argument: u8, values: &[u64]) -> Result<Vec<SeccompRule>, Error> {
    values.iter().map(|value| is(argument, *value)).collect()
}

/// None of these bits.
fn without(argument: u8, bits: u64) -> Result<SeccompRule, Error> {
    rule(vec![condition(argument, Op::MaskedEq(bits), 0)?])
}
