//! The programs that examples and checkers run in: their own files, since what stands in the path may be a script or a stand-in that
//! starts another program, and a confined one cannot.
//!
//! What stands in the path is asked once, confined itself, in an empty folder: which version it would start it may take from files
//! of the folder that it is in, and that must not be one that others write.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    time::Duration,
};

use parking_lot::Mutex;

use crate::sandbox::{self, Build, Scratch};

/// How long a program may take to tell where it is.
const LIMIT: Duration = Duration::from_secs(10);
/// Folders of a home that hold more than one installation: what is in them is not read as a whole.
const SHARED: [&str; 2] = [".local", "bin"];

/// The own file of a program, where another may stand in the path.
pub fn program_of(name: &str) -> Option<PathBuf> {
    match name {
        "python3" => python(),
        "node" => node(),
        _ => sandbox::on_path(OsStr::new(name)).next(),
    }
}

/// The file of `python3`.
pub fn python() -> Option<PathBuf> {
    path_from("python3", &["-I", "-c", "import sys; print(sys.executable)"], Path::is_file)
}

/// The file of `node`.
pub fn node() -> Option<PathBuf> {
    path_from("node", &["-p", "process.execPath"], Path::is_file)
}

/// The folder of the Rust toolchain: what stands in the path is rustup's, which may fetch another one.
pub fn rust() -> Option<PathBuf> {
    path_from("rustc", &["--print", "sysroot"], |folder| folder.join("bin/cargo").is_file())
}

/// The folder of the Go toolchain.
pub fn go() -> Option<PathBuf> {
    path_from("go", &["env", "GOROOT"], |folder| folder.join("bin/go").is_file())
}

/// The path that a program tells, of the first of its name that tells a fitting one. Asked once.
fn path_from(name: &'static str, args: &[&str], fits: fn(&Path) -> bool) -> Option<PathBuf> {
    static TOLD: Mutex<BTreeMap<&str, Option<PathBuf>>> = Mutex::new(BTreeMap::new());
    let mut known = TOLD.lock();
    if let Some(told) = known.get(name) {
        return told.clone();
    }
    let fitting = |program: PathBuf| ask(&program, args).filter(|path| path.is_absolute() && fits(path));
    let found = sandbox::on_path(OsStr::new(name)).find_map(fitting);
    known.insert(name, found.clone());
    found
}

/// What a program says on its first line.
fn ask(program: &Path, args: &[&str]) -> Option<PathBuf> {
    let folder = Scratch::new().ok()?;
    let args: Vec<&OsStr> = args.iter().map(OsStr::new).collect();
    let homes = homes();
    let variables: Vec<(&str, &OsStr)> = homes
        .iter()
        .map(|(name, path)| (*name, path.as_os_str()))
        .chain([("RUSTUP_AUTO_INSTALL", OsStr::new("0"))])
        .collect();
    let mut readable: Vec<PathBuf> = homes.iter().map(|(_, path)| path.clone()).collect();
    readable.extend(manager(program, std::env::home_dir().as_deref()));
    let build =
        Build { folder: &folder, within: &folder, readable: &readable, variables: &variables, limit: LIMIT };
    let output = sandbox::build(program.as_os_str(), &args, &build).ok()?;
    let line = output.out.lines().next().filter(|_| output.success)?;
    Some(PathBuf::from(OsString::from(line.trim())))
}

/// Where managers of versions keep what they manage, when the environment or the home has one.
fn homes() -> Vec<(&'static str, PathBuf)> {
    let home = std::env::home_dir().unwrap_or_default();
    let known = [
        ("RUSTUP_HOME", ".rustup"),
        ("PYENV_ROOT", ".pyenv"),
        ("ASDF_DATA_DIR", ".asdf"),
        ("VOLTA_HOME", ".volta"),
    ];
    let folder =
        |(name, usual)| (name, std::env::var_os(name).map_or_else(|| home.join(usual), PathBuf::from));
    known.map(folder).into_iter().filter(|(_, folder)| folder.is_absolute() && folder.is_dir()).collect()
}

/// The folder of the manager that a stand-in belongs to: `~/.pyenv` of `~/.pyenv/shims/python3`. Never the home itself.
fn manager(program: &Path, home: Option<&Path>) -> Option<PathBuf> {
    let folder = program.parent()?.parent()?;
    let within = folder.strip_prefix(home?).ok()?;
    let is_own = within.components().next().is_some() && !SHARED.iter().any(|name| within == Path::new(name));
    is_own.then(|| folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_manager_its_own_folder_is_read_and_never_the_home() {
        let of = |path: &str| manager(Path::new(path), Some(Path::new("/homes/a")));
        assert_eq!(of("/homes/a/.pyenv/shims/python3"), Some("/homes/a/.pyenv".into()));
        assert_eq!(of("/homes/a/.local/bin/python3"), None);
        assert_eq!(of("/homes/a/bin/python3"), None);
        assert_eq!(of("/usr/bin/python3"), None);
    }
}
