//! A process that gives up what a worker gives up, and waits: for the tests of what it cannot do any more. `held gpu` is one that
//! may load a driver, which takes no GPU here; `held old` one on a kernel that knows no Landlock.

use std::{io::Read, path::PathBuf, process::ExitCode};

use inference::confine::{Keeps, confine};
use ipc::handshake::STATES_VARIABLE;

fn main() -> ExitCode {
    let kind = std::env::args().nth(1);
    let states = std::env::var_os(STATES_VARIABLE).map(PathBuf::from);
    let keeps = Keeps { states: states.as_deref(), max_bytes: 1 << 20, gpu: kind.as_deref() == Some("gpu") };
    let forgotten = if kind.as_deref() == Some("old") { forget_landlock() } else { Ok(()) };
    match forgotten.and_then(|()| confine(&keeps)) {
        Ok(confined) => {
            println!("{} NOT: {}", confined.told.on, confined.told.off);
            // Until nobody wants it any more.
            let _ended = std::io::stdin().read_to_end(&mut Vec::new());
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

/// What an older kernel says to who asks for a set of rules.
#[cfg(target_os = "linux")]
fn forget_landlock() -> Result<(), String> {
    use seccompiler::{BpfProgram, Error, SeccompAction, SeccompFilter};
    let filter = || -> Result<BpfProgram, Error> {
        let unknown = [(libc::SYS_landlock_create_ruleset, Vec::new())].into();
        let answer = SeccompAction::Errno(libc::ENOSYS.unsigned_abs());
        let arch = std::env::consts::ARCH.try_into()?;
        Ok(SeccompFilter::new(unknown, SeccompAction::Allow, answer, arch)?.try_into()?)
    };
    filter().and_then(|filter| seccompiler::apply_filter(&filter)).map_err(|e| e.to_string())
}

#[cfg(not(target_os = "linux"))]
fn forget_landlock() -> Result<(), String> {
    Err("there is no Landlock to forget".into())
}
