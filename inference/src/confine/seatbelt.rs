//! The steps in which a worker is confined on macOS: the seatbelt profile `worker.sb`. Other systems confine nothing, and say so.

#[cfg(not(target_os = "linux"))]
use super::{Confined, Keeps};

/// See the file; what it leaves open are the places of this user.
#[cfg(any(target_os = "macos", test))]
const PROFILE: &str = include_str!("worker.sb");

#[cfg(target_os = "macos")]
pub(super) fn confine(keeps: &Keeps<'_>) -> Result<Confined, String> {
    let step = |what: &str, error: &str| format!("Cannot confine the worker ({what}): {error}.");
    let none = rustix::process::Rlimit { current: Some(0), maximum: Some(0) };
    rustix::process::setrlimit(rustix::process::Resource::Core, none)
        .map_err(|e| step("core limit", &e.to_string()))?;
    // Places as the system knows them, for a profile knows nothing of links such as /var.
    let real = |path: &std::path::Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    // The cache's folder lies beside that for temporary files (confstr(3): `C` beside `T`).
    let cache = real(&std::env::temp_dir().with_file_name("C"));
    let states = keeps.states.map_or_else(|| cache.clone(), real);
    let profile = filled(PROFILE, &cache.to_string_lossy(), &states.to_string_lossy());
    crate::llama::seatbelt(&profile).map_err(|e| step("seatbelt", &e))?;
    let on = [
        "ends with its connection to the editor",
        "no core dump",
        "no network, no programs, no processes, no files of users (seatbelt; never tried by us)",
    ];
    let off = ["system calls are not filtered", "memory is open to debuggers of the same user"];
    let told = ipc::protocol::Confinement { on: on.join("; "), off: off.join("; ") };
    Ok(Confined { told, may_write: keeps.states.is_some() })
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
pub(super) fn confine(keeps: &Keeps<'_>) -> Result<Confined, String> {
    let told = ipc::protocol::Confinement {
        on: vec!["ends with its connection to the editor".into()],
        off: vec!["nothing else confines the worker on this system".into()],
    };
    Ok(Confined { told, may_write: keeps.states.is_some() })
}

/// What ends a worker here is the end of its connection.
#[cfg(not(target_os = "linux"))]
pub(super) fn end_with(parent: Option<u32>) -> Result<(), String> {
    let now = rustix::process::getppid().map(|pid| pid.as_raw_nonzero().get().unsigned_abs());
    if parent.is_some() && now != parent {
        return Err("The editor that started this worker is gone.".into());
    }
    Ok(())
}

/// The editor starts the worker through the standard library, which lets nothing but the standard streams be inherited here.
#[cfg(not(target_os = "linux"))]
pub(super) fn close_inherited() {}

/// The profile with its places. Written into it, for `sandbox_init` takes no parameters.
#[cfg(any(target_os = "macos", test))]
fn filled(profile: &str, cache: &str, states: &str) -> String {
    let quoted = |path: &str| format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\""));
    profile.replace("(param \"CACHE\")", &quoted(cache)).replace("(param \"STATES\")", &quoted(states))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_names_its_places_and_none_can_close_a_string() {
        let profile = filled(PROFILE, "/private/var/C", r#"/private/a/") (allow file-write*) (subpath "/"#);
        assert!(!profile.contains("(param"), "{profile}");
        assert!(profile.contains(r#"(subpath "/private/var/C")"#));
        let inside = r#"(subpath "/private/a/\") (allow file-write*) (subpath \"/")"#;
        assert!(profile.contains(inside), "{profile}");
        let code: String = PROFILE.lines().filter(|line| !line.starts_with(';')).collect();
        assert_eq!(code.matches('(').count(), code.matches(')').count());
        for forbidden in
            ["network*", "process-fork", "process-exec*", "file-write*", "signal (target others)"]
        {
            assert!(code.contains(&format!("(deny {forbidden})")), "{forbidden}");
        }
    }
}
