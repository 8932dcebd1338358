//! The steps in which a worker is confined on Linux, in their order.

use std::fmt::Display;

use ipc::protocol::Confinement;
use rustix::{
    process::{DumpableBehavior, Pid, Resource, Rlimit, Signal},
    thread::{CapabilitySet, CapabilitySets},
};

use super::{Confined, Keeps, filter, paths};

/// Bytes that a list of what is kept may take, whatever the limit of what it lists.
const MAX_BESIDE: u64 = 64 << 20;

pub(super) fn confine(keeps: &Keeps<'_>) -> Result<Confined, String> {
    let step = |what: &'static str| {
        move |error: &dyn Display| format!("Cannot confine the worker ({what}): {error}.")
    };
    alone().map_err(|e| step("threads")(&e))?;
    rustix::thread::set_no_new_privs(true).map_err(|e| step("no new privileges")(&e))?;
    // Read from /proc when first asked for, which a process that nobody may look into cannot do itself.
    let _remembered = rustix::param::page_size();
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(|e| step("dumpable")(&e))?;
    limit(Resource::Core, 0).map_err(|e| step("core limit")(&e))?;
    let held = paths::hold(keeps).map_err(|e| step("Landlock")(&e))?;
    let may_write = keeps.states.is_some() && held.enforced;
    if !keeps.gpu {
        // Drivers share memory as files, which this would limit too.
        let most = if may_write { keeps.max_bytes.saturating_add(MAX_BESIDE) } else { 0 };
        limit(Resource::Fsize, most).map_err(|e| step("size of files")(&e))?;
    }
    drop_capabilities().map_err(|e| step("capabilities")(&e))?;
    let allowed = filter::apply(keeps.gpu, may_write).map_err(|e| step("seccomp")(&e))?;
    Ok(Confined { told: report(keeps, held, allowed), may_write })
}

fn report(keeps: &Keeps<'_>, held: paths::LandlockReport, allowed: Option<usize>) -> Confinement {
    let mut on = vec![
        "ends with the editor".to_owned(),
        "no new privileges, no capabilities".to_owned(),
        "memory closed to debuggers, no core dump".to_owned(),
        allowed.map_or_else(
            || "system calls that harm are refused (seccomp, for a GPU's driver)".to_owned(),
            |count| format!("{count} system calls allowed, all others refused (seccomp)"),
        ),
        "no network, no programs, no processes".to_owned(),
    ];
    let mut off = held.lacks;
    on.extend(held.told);
    if keeps.states.is_some() && !held.enforced {
        off.push("computed prompts are not kept: nothing could hold the worker to their folder".to_owned());
    }
    Confinement { on: on.join("; "), off: off.join("; ") }
}

/// The worker dies with the thread that started it.
pub(super) fn end_with(parent: Option<u32>) -> Result<(), String> {
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|e| format!("Cannot confine the worker (parent death): {e}."))?;
    // The parent may have died before the line above took effect.
    let now = rustix::process::getppid().map(Pid::as_raw_nonzero).map(|pid| pid.get().unsigned_abs());
    if parent.is_some() && now != parent {
        return Err("The editor that started this worker is gone.".into());
    }
    Ok(())
}

/// Landlock and capabilities are of threads: one that runs already would keep its rights.
fn alone() -> Result<(), String> {
    let threads = std::fs::read_dir("/proc/self/task").map_err(|e| e.to_string())?.count();
    if threads == 1 { Ok(()) } else { Err(format!("{threads} threads run already")) }
}

fn limit(resource: Resource, most: u64) -> rustix::io::Result<()> {
    rustix::process::setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
}

/// All of them, and those that could come back. Root has them, and a container may give some to others.
fn drop_capabilities() -> rustix::io::Result<()> {
    rustix::thread::clear_ambient_capability_set().or_else(unless_unknown)?;
    let held = rustix::thread::capabilities(None)?;
    if held.effective.contains(CapabilitySet::SETPCAP) {
        for bit in 0..u64::BITS {
            let one = CapabilitySet::from_bits_retain(1 << bit);
            // Numbers behind the last one that the kernel knows.
            if rustix::thread::remove_capability_from_bounding_set(one).is_err() {
                break;
            }
        }
    }
    let none = CapabilitySet::empty();
    let nothing = CapabilitySets { effective: none, permitted: none, inheritable: none };
    rustix::thread::set_capabilities(None, nothing)
}

/// A kernel that does not know ambient capabilities has none.
fn unless_unknown(error: rustix::io::Errno) -> rustix::io::Result<()> {
    if error == rustix::io::Errno::INVAL { Ok(()) } else { Err(error) }
}

pub(super) fn close_inherited() {
    let numbers = |entry: std::io::Result<std::fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
    let open: Vec<i32> =
        std::fs::read_dir("/proc/self/fd").into_iter().flatten().filter_map(numbers).collect();
    for descriptor in open.into_iter().filter(|number| *number > 2) {
        // That of the list itself is closed already.
        let _closed = nix::unistd::close(descriptor);
    }
}
