//! The interpreters that examples and checkers run in: their own files, since what stands in the path may be a script that
//! starts other programs, and a confined one cannot.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The own file of a program, where a script may stand in the path.
pub fn program_of(name: &str) -> Option<&'static str> {
    match name {
        "python3" => python(),
        "node" => node(),
        _ => None,
    }
}

/// The file of `python3`.
pub fn python() -> Option<&'static str> {
    static PYTHON3: OnceLock<Option<String>> = OnceLock::new();
    interpreter(&PYTHON3, "python3", &["-c", "import sys; print(sys.executable)"])
}

/// The file of `node`.
pub fn node() -> Option<&'static str> {
    static NODE: OnceLock<Option<String>> = OnceLock::new();
    interpreter(&NODE, "node", &["-p", "process.execPath"])
}

/// The interpreter's own file, asked for once: what stands in the path may be a script that starts other programs, and a
/// confined one cannot.
fn interpreter(known: &'static OnceLock<Option<String>>, name: &str, args: &[&str]) -> Option<&'static str> {
    let found = known.get_or_init(|| {
        let output =
            Command::new(name).args(args).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
        let path = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        Path::new(&path).is_file().then_some(path)
    });
    found.as_deref()
}
