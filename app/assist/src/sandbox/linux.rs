//! Confining on Linux: `localcoder confined` supervises the program and, started once more, becomes it.

use std::{ffi::OsString, process::Command, sync::OnceLock};

use super::order::{PROBE, SandboxMode, SandboxOrder};
use super::{cgroup::Cgroup, files, supervise, within};

/// The command that runs this program confined.
pub(super) fn command(order: &SandboxOrder) -> Result<Command, String> {
    can(order.mode)?;
    let own = std::env::current_exe().map_err(|e| format!("Cannot find my own program: {e}."))?;
    let mut command = Command::new(own);
    command.args(SandboxOrder { owner: Some(std::process::id()), ..order.clone() }.words());
    Ok(command)
}

/// Whether programs can be confined here.
pub(super) fn can(mode: SandboxMode) -> Result<(), String> {
    static CAN: [OnceLock<bool>; 2] = [OnceLock::new(), OnceLock::new()];
    let needed = files::needed(mode);
    let known = &CAN[usize::from(mode == SandboxMode::Build)];
    if *known.get_or_init(|| files::has(needed)) {
        return Ok(());
    }
    let (what, since) = match mode {
        SandboxMode::Run => ("Examples and checkers", "5.13"),
        SandboxMode::Build => ("Projects", "5.19"),
    };
    Err(format!(
        "{what} are not run here: this kernel does not keep a program to its files (Landlock, Linux {since} or later, not turned off)."
    ))
}

/// What this kernel gives, each in words for people, with whether it is there.
pub(super) fn gives() -> Vec<(bool, String)> {
    let version = files::version();
    let apart = supervise::can_be_apart();
    vec![
        (version > 0, format!("Landlock {version}")),
        (files::scopes(), "signals and abstract sockets kept within (Landlock 6, Linux 6.12)".into()),
        (Cgroup::new().is_some(), "a control group of its own, for the memory of all of it together".into()),
        (apart, "namespaces of its own, so that all of it ends whoever is killed".into()),
    ]
}

/// `confined …`: supervises a program, or becomes it.
pub(super) fn become_confined(args: Vec<OsString>) -> Result<u8, String> {
    if args.first().is_some_and(|word| word == PROBE) {
        return Ok(u8::from(!supervise::probe()));
    }
    let order = SandboxOrder::read(args)?;
    match order.inside {
        Some(supervisor) => Err(within::become_program(&order, supervisor)),
        None => supervise::supervise(&order),
    }
}
