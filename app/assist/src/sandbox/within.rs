//! The process that becomes a confined program: it gives up, in this order, its terminal, what it could take too much of, its
//! privileges, the files and the system calls, and none of it comes back.

use std::{
    fs,
    os::unix::process::CommandExt as _,
    path::{Path, PathBuf},
    process::Command,
};

use rustix::{
    process::{Resource, Rlimit, Signal},
    thread::{CapabilitySet, CapabilitySets},
};

use super::{
    calls, files,
    order::{SandboxMode, SandboxOrder},
    reach::Reach,
};

/// Most processes and threads of a program with all that it starts.
pub const MAX_TASKS: u64 = 512;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What one process may take; more of it is denied to it, or ends it.
#[derive(Clone, Copy)]
struct Limits {
    /// Seconds of processor time.
    seconds: u64,
    /// Bytes of memory of its own that it can write.
    memory: u64,
    /// Bytes of one file.
    file: u64,
    descriptors: u64,
}

/// Bytes of address space. V8 reserves far more than it uses.
const MAX_ADDRESSES: u64 = 16 * GIB;

const fn limits(mode: SandboxMode) -> Limits {
    match mode {
        // A file: what the output goes to, perhaps.
        SandboxMode::Run => Limits { seconds: 8, memory: 2 * GIB, file: MIB, descriptors: 256 },
        SandboxMode::Build => Limits { seconds: 120, memory: 4 * GIB, file: GIB, descriptors: 1024 },
    }
}

/// Gives up rights and becomes the program. Returns only when that failed, with the reason.
pub fn become_program(order: &SandboxOrder, supervisor: u32) -> String {
    let program = match super::on_path(&order.program).next() {
        Some(program) => program,
        None => return format!("{} cannot be run: it was not found.", order.program.to_string_lossy()),
    };
    if let Err(reason) = confine(order, &program, supervisor) {
        return format!("the program cannot be confined: {reason}.");
    }
    let error = Command::new(&program).args(&order.args).exec();
    format!("{} cannot be run: {error}.", program.display())
}

fn confine(order: &SandboxOrder, program: &Path, supervisor: u32) -> Result<(), String> {
    let said = |error: rustix::io::Errno| error.to_string();
    let is_apart = supervisor == 0;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(said)?;
    let parent = rustix::process::getppid().map(|parent| parent.as_raw_pid().unsigned_abs());
    if !is_apart && parent != Some(supervisor) {
        return Err("its supervisor is gone".into());
    }
    rustix::process::setsid().map_err(said)?;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    // Without one, or with one that lets nobody in, limits are of each process alone.
    let _by_limits_then = order.cgroup.as_ref().map(|door| fs::write(door, "0"));
    limit(limits(order.mode), is_apart)?;
    let reach = Reach::of(program, order.mode);
    let more = order.readable.clone();
    // What a build reads may be a program that it starts: one more is nothing that it could not do itself.
    let reach = match order.mode {
        SandboxMode::Run => Reach { read: [reach.read, more].concat(), ..reach },
        SandboxMode::Build => Reach { executed: [reach.executed, more].concat(), ..reach },
    };
    let folder = order.folder.as_deref().map(Path::canonicalize).transpose();
    let folder: Option<PathBuf> = folder.map_err(|e| format!("its folder cannot be found: {e}"))?;
    drop_capabilities()?;
    rustix::thread::set_no_new_privs(true).map_err(said)?;
    files::keep_to(&reach, folder.as_deref(), order.mode)?;
    let own = rustix::process::getpid().as_raw_pid().unsigned_abs();
    let allowed = calls::allowed(order.mode, is_apart || files::scopes(), own).map_err(|e| e.to_string())?;
    allowed.apply().map_err(|e| e.to_string())
}

fn limit(limits: Limits, is_apart: bool) -> Result<(), String> {
    let set = |resource, most: u64| {
        let now = rustix::process::getrlimit(resource).maximum.unwrap_or(u64::MAX);
        let most = Some(most.min(now));
        rustix::process::setrlimit(resource, Rlimit { current: most, maximum: most })
            .map_err(|e| e.to_string())
    };
    set(Resource::Core, 0)?;
    set(Resource::Cpu, limits.seconds)?;
    set(Resource::As, MAX_ADDRESSES)?;
    set(Resource::Data, limits.memory)?;
    set(Resource::Fsize, limits.file)?;
    set(Resource::Nofile, limits.descriptors)?;
    set(Resource::Memlock, 0)?;
    set(Resource::Msgqueue, 0)?;
    set(Resource::Nproc, tasks(is_apart))?;
    // When memory runs out, this goes first.
    let _by_limits_then = fs::write("/proc/self/oom_score_adj", "1000");
    if is_apart && has_own_numbers() {
        fs::write(NUMBERS, MAX_TASKS.to_string()).map_err(|e| format!("{NUMBERS} cannot be written: {e}"))?;
    }
    Ok(())
}

/// The highest number of a process: the one limit that binds root, too.
const NUMBERS: &str = "/proc/sys/kernel/pid_max";
/// The first kernel in which a namespace has that number for itself. In an older one it is the whole machine's.
const OWN_NUMBERS: (u32, u32) = (6, 14);

/// Whether root has a limit of processes in a namespace; others have one anyway, and for the rest the supervisor counts.
pub fn has_own_numbers() -> bool {
    let release = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let can_write = || fs::OpenOptions::new().write(true).open(NUMBERS).is_ok();
    rustix::process::geteuid().is_root() && version(&release) >= OWN_NUMBERS && can_write()
}

/// The first two numbers of a kernel's release; zeros where there are none.
fn version(release: &str) -> (u32, u32) {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse().unwrap_or(0));
    (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0))
}

/// The limit of a user's processes counts all of them, but in a namespace of users only those within.
fn tasks(is_apart: bool) -> u64 {
    if is_apart && !rustix::process::geteuid().is_root() {
        return MAX_TASKS;
    }
    let user = rustix::process::geteuid().as_raw();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let mine = processes.filter(|entry| {
        entry.metadata().is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == user)
    });
    let threads = |entry: fs::DirEntry| fs::read_dir(entry.path().join("task")).map_or(0, Iterator::count);
    MAX_TASKS + mine.map(threads).sum::<usize>() as u64
}

/// Drops all capabilities, and those that a program of root's would get again.
fn drop_capabilities() -> Result<(), String> {
    let _none_there = rustix::thread::clear_ambient_capability_set();
    for bit in 0..u64::BITS {
        // Without the right to do so, and beyond the last one that the kernel knows, it fails.
        let _kept =
            rustix::thread::remove_capability_from_bounding_set(CapabilitySet::from_bits_retain(1 << bit));
    }
    let none = CapabilitySet::empty();
    let sets = CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, sets).map_err(|e| format!("capabilities: {e}"))?;
    let comes_back = |bit: u32| {
        rustix::thread::capability_is_in_bounding_set(CapabilitySet::from_bits_retain(1_u64 << bit))
            == Ok(true)
    };
    // Only a program of root's has them for being root's.
    let is_root = rustix::process::getuid().is_root() || rustix::process::geteuid().is_root();
    if is_root && (0..u64::BITS).any(comes_back) {
        return Err("root's capabilities cannot be dropped here".into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_kernel_that_is_known_to_has_numbers_for_each_namespace() {
        assert_eq!(
            [version("6.1.0-18-amd64\n"), version("6.14-rc1"), version("5")],
            [(6, 1), (6, 14), (5, 0)]
        );
        assert!(version("6.8.0-40-generic") < OWN_NUMBERS && version("6.18.44") >= OWN_NUMBERS);
        assert!(version("") < OWN_NUMBERS && version("unknown") < OWN_NUMBERS);
    }
}
