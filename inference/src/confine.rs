//! What the worker gives up before it opens a model: it parses files that may be hostile.
//!
//! Linux: no new privileges, end with the parent, no core dump, no network and no new programs by seccomp. The order matters:
//! connect, confine, open the verified file, load. macOS: the worker ends when its connection ends; a seatbelt profile
//! belongs here (second wave), and nothing here has been run there.

/// What was confined, in words for `localcoder doctor`; a step that failed is an error, for nothing may be loaded then.
///
/// # Errors
/// A sentence for people that names the step.
pub fn confine(parent: Option<u32>) -> Result<&'static str, String> {
    imp::confine(parent)
}

#[cfg(target_os = "linux")]
mod imp {
    use std::collections::BTreeMap;

    use rustix::process::{DumpableBehavior, Pid, Resource, Rlimit, Signal};
    use seccompiler::{
        BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule,
    };

    pub(super) fn confine(parent: Option<u32>) -> Result<&'static str, String> {
        let step = |what: &str, error: &dyn std::fmt::Display| {
            format!("Cannot confine the worker ({what}): {error}.")
        };
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
            .map_err(|e| step("parent death", &e))?;
        // The parent may have died before the line above took effect.
        let now = rustix::process::getppid().map(Pid::as_raw_nonzero).map(|pid| pid.get().unsigned_abs());
        if parent.is_some() && now != parent {
            return Err("The editor that started this worker is gone.".into());
        }
        rustix::thread::set_no_new_privs(true).map_err(|e| step("no new privileges", &e))?;
        rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)
            .map_err(|e| step("dumpable", &e))?;
        rustix::process::setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
            .map_err(|e| step("core limit", &e))?;
        let filter = filter().map_err(|e| step("seccomp filter", &e))?;
        seccompiler::apply_filter_all_threads(&filter).map_err(|e| step("seccomp", &e))?;
        Ok("no new privileges, dies with the editor, no core dump, no network, no new programs (seccomp)")
    }

    /// Denies with EPERM what a worker never needs. Everything else is allowed: the list of what an allocator, a C++ runtime
    /// and a GPU driver call is long and changes.
    fn filter() -> Result<BpfProgram, seccompiler::Error> {
        const DENIED: [libc::c_long; 21] = [
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_bind,
            libc::SYS_listen,
            libc::SYS_accept,
            libc::SYS_accept4,
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_ptrace,
            libc::SYS_process_vm_readv,
            libc::SYS_process_vm_writev,
            libc::SYS_pidfd_getfd,
            libc::SYS_io_uring_setup,
            libc::SYS_io_uring_enter,
            libc::SYS_io_uring_register,
            libc::SYS_kill,
            libc::SYS_bpf,
            libc::SYS_mount,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_init_module,
        ];
        let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
            DENIED.into_iter().map(|call| (call, Vec::new())).collect();
        // ipc-channel sends large messages over socket pairs; no other family is needed.
        let not_unix =
            SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, libc::AF_UNIX as u64)?;
        rules.insert(libc::SYS_socketpair, vec![SeccompRule::new(vec![not_unix])?]);
        let denied = SeccompAction::Errno(libc::EPERM as u32);
        let arch = std::env::consts::ARCH.try_into()?;
        Ok(SeccompFilter::new(rules, SeccompAction::Allow, denied, arch)?.try_into()?)
    }
}

#[cfg(not(target_os = "linux"))]
mod imp {
    pub(super) fn confine(_: Option<u32>) -> Result<&'static str, String> {
        Ok("dies with its connection to the editor")
    }
}
