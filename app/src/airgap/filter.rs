//! The filter of the kernel's: sockets of this machine alone, and no way around it.

#[cfg(target_os = "linux")]
pub use self::imp::install;

/// Closes this process: it and all that it starts get no socket but AF_UNIX, no io_uring (which opens sockets without asking the
/// filter), and no calls by the numbers of another ABI. For ever: no process can take it off.
///
/// # Errors
/// A sentence for people: this kernel has no such filters.
#[cfg(not(target_os = "linux"))]
#[allow(clippy::unnecessary_wraps, reason = "as on Linux, where it may fail")]
pub fn install() -> Result<(), String> {
    // Nothing of the kind is known here; the settings are all that keeps from connecting.
    Ok(())
}

#[cfg(target_os = "linux")]
mod imp {
    use std::collections::BTreeMap;

    use seccompiler::{
        BpfProgram, Error, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
        SeccompRule, sock_filter,
    };

    /// Closes this process: it and all that it starts get no socket but AF_UNIX, no io_uring (which opens sockets without asking the
    /// filter), and no calls by the numbers of another ABI. For ever: no process can take it off.
    ///
    /// # Errors
    /// A sentence for people: this kernel has no such filters.
    pub fn install() -> Result<(), String> {
        let told = |error: Error| {
            format!("the kernel cannot keep LocalCoder from connecting ({error}), so nothing is downloaded.")
        };
        for program in programs().map_err(told)? {
            // It sets «no new privileges» first: a program with rights of its own would get out.
            seccompiler::apply_filter_all_threads(&program).map_err(told)?;
        }
        Ok(())
    }

    /// Two, for each has one answer. «This family is not known» is what programs expect who look for IPv6 or for netlink and do
    /// without; «this call is not known» makes them take the calls that they took before io_uring.
    fn programs() -> Result<[BpfProgram; 2], Error> {
        let others = SeccompCondition::new(
            0,
            SeccompCmpArgLen::Dword,
            SeccompCmpOp::Ne,
            u64::from(libc::AF_UNIX.unsigned_abs()),
        )?;
        let others = || Ok::<_, Error>(vec![SeccompRule::new(vec![others.clone()])?]);
        let sockets = BTreeMap::from([(libc::SYS_socket, others()?), (libc::SYS_socketpair, others()?)]);
        let rings = [libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];
        let rings = rings.into_iter().map(|call| (call, Vec::new())).collect();
        Ok([without_x32(made(sockets, libc::EAFNOSUPPORT)?), made(rings, libc::ENOSYS)?])
    }

    /// Calls of 32-bit ABIs end the process: seccompiler begins each program with that.
    fn made(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32) -> Result<BpfProgram, Error> {
        let answer = SeccompAction::Errno(errno.unsigned_abs());
        let arch = std::env::consts::ARCH.try_into()?;
        Ok(SeccompFilter::new(rules, SeccompAction::Allow, answer, arch)?.try_into()?)
    }

    /// The x32 ABI has the architecture of x86-64 and numbers of its own, so that no rule above would know them: it is denied as a
    /// whole. (Linux, Documentation/userspace-api/seccomp_filter.rst, Pitfalls; the codes are those of linux/bpf_common.h.)
    fn without_x32(program: BpfProgram) -> BpfProgram {
        const LOAD_WORD: u16 = 0x20;
        const JUMP_IF_AT_LEAST: u16 = 0x35;
        const RETURN: u16 = 0x06;
        /// `__X32_SYSCALL_BIT` of asm/unistd.h.
        const FIRST: u32 = 0x4000_0000;
        const DENIED: u32 = libc::SECCOMP_RET_ERRNO | libc::EPERM.unsigned_abs();
        if !cfg!(target_arch = "x86_64") {
            return program;
        }
        let number = sock_filter { code: LOAD_WORD, jt: 0, jf: 0, k: 0 };
        let is_x32 = sock_filter { code: JUMP_IF_AT_LEAST, jt: 0, jf: 1, k: FIRST };
        let denied = sock_filter { code: RETURN, jt: 0, jf: 0, k: DENIED };
        [number, is_x32, denied].into_iter().chain(program).collect()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_filters_are_made_and_begin_with_the_other_abi() {
            let [sockets, rings] = programs().unwrap();
            assert!(sockets.len() > rings.len() && sockets.len() < 64, "{} {}", sockets.len(), rings.len());
            if cfg!(target_arch = "x86_64") {
                assert_eq!((sockets[0].k, sockets[1].k), (0, 0x4000_0000));
            }
        }
    }
}
