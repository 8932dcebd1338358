//! What a confined program may read: its own file, the libraries of the system and of its own installation, and what says how the
//! machine is. Nothing of this is the user's own, and the user's home is not in it: of an installation there, only its libraries.

use std::{
    ffi::OsStr,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use super::order::SandboxMode;

/// Where systems keep libraries; programs of theirs may lie in between.
const LIBRARIES: [&str; 12] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/libexec",
    "/usr/local/lib",
    "/usr/local/lib64",
    // Systems that keep each package in a folder of its own.
    "/nix/store",
    "/gnu/store",
    "/run/current-system/sw/lib",
];
/// What a build starts and reads besides.
const TOOLS: [&str; 8] = [
    "/bin",
    "/sbin",
    "/usr/bin",
    "/usr/include",
    "/usr/local/bin",
    "/usr/local/include",
    "/usr/sbin",
    "/usr/share",
];
/// Read as they are: how to load libraries, zones of time, and how the machine is.
const FILES: [&str; 16] = [
    "/dev/null",
    "/dev/urandom",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
    "/etc/localtime",
    "/etc/ssl/openssl.cnf",
    "/etc/pki/tls/openssl.cnf",
    "/proc/cpuinfo",
    "/proc/filesystems",
    "/proc/meminfo",
    "/proc/stat",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage",
    "/usr/share/nodejs",
    "/usr/share/zoneinfo",
];
/// Folders of settings of interpreters and compilers: `/etc/python3.11` and the like.
const SETTINGS: [&str; 3] = ["python", "nodejs", "java"];
/// A script that is run by a script that is run by …: the kernel stops here, too (`BINPRM_MAX_RECURSION`).
const MAX_SCRIPTS: usize = 4;
/// Longer first lines of scripts are cut by the kernel (`BINPRM_BUF_SIZE`).
const MAX_FIRST_LINE: u64 = 256;

/// What may be read, and what may be executed, too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Read only.
    pub read: Vec<PathBuf>,
    /// Read and executed.
    pub executed: Vec<PathBuf>,
}

impl Reach {
    /// That of a program, given by its path.
    pub fn of(program: &Path, mode: SandboxMode) -> Reach {
        let mut reach = Reach::default();
        reach.read.extend(FILES.map(PathBuf::from));
        reach.read.extend(settings_of_interpreters());
        reach.executed.extend(LIBRARIES.map(PathBuf::from));
        if mode == SandboxMode::Build {
            reach.executed.extend(TOOLS.map(PathBuf::from));
        }
        let mut next = Some(program.to_owned());
        for _ in 0..MAX_SCRIPTS {
            let Some(program) = next else { break };
            reach.add(&program, mode);
            next = interpreter_of(&program);
        }
        reach
    }

    /// A program's file, and what was installed with it.
    fn add(&mut self, program: &Path, mode: SandboxMode) {
        // A virtual environment is known by where its link lies, an installation by where the file does.
        let named = program.parent().and_then(Path::parent);
        self.read.extend(named.filter(|folder| folder.join("pyvenv.cfg").is_file()).map(Path::to_owned));
        let Ok(file) = program.canonicalize() else { return };
        if let Some(prefix) = prefix(&file) {
            let parts: &[&str] = if mode == SandboxMode::Build {
                &["bin", "lib", "lib64", "libexec"]
            } else {
                &["lib", "lib64"]
            };
            self.executed.extend(parts.iter().map(|part| prefix.join(part)));
        }
        self.executed.push(file);
    }
}

/// The folder that a program was installed in, when it is its own: `…/bin/program`, where `…` is not the system's.
fn prefix(file: &Path) -> Option<&Path> {
    let folder = file.parent().filter(|folder| folder.file_name() == Some(OsStr::new("bin")))?;
    let prefix = folder.parent()?;
    let shared = [Path::new("/"), Path::new("/usr"), Path::new("/usr/local")];
    (!shared.contains(&prefix)).then_some(prefix)
}

fn settings_of_interpreters() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("/etc").into_iter().flatten().flatten();
    let is_one =
        |name: &OsStr| name.to_str().is_some_and(|name| SETTINGS.iter().any(|word| name.starts_with(word)));
    entries.filter(|entry| is_one(&entry.file_name())).map(|entry| entry.path()).collect()
}

/// What the first line of a script says that it is run by; `None` for other programs.
fn interpreter_of(program: &Path) -> Option<PathBuf> {
    let mut start = Vec::new();
    File::open(program).ok()?.take(MAX_FIRST_LINE).read_to_end(&mut start).ok()?;
    let line = start.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    let mut words = std::str::from_utf8(line).ok()?.split_whitespace();
    let first = PathBuf::from(words.next()?);
    if first.file_name() != Some(OsStr::new("env")) {
        return Some(first);
    }
    // `env` itself is the system's and can be executed where the system's programs can; what it looks for is what matters.
    let name = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
    super::on_path(OsStr::new(name)).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_belongs_to_a_program_is_its_own_installation() {
        let of = |path: &str| prefix(Path::new(path)).map(|prefix| prefix.to_str().unwrap().to_owned());
        assert_eq!(of("/usr/bin/python3.11"), None);
        assert_eq!(of("/bin/sh"), None);
        assert_eq!(of("/usr/local/bin/node"), None);
        assert_eq!(of("/opt/tool"), None);
        assert_eq!(of("/usr/local/go/bin/gofmt").as_deref(), Some("/usr/local/go"));
        assert_eq!(
            of("/homes/a/.pyenv/versions/3.12/bin/python3.12").as_deref(),
            Some("/homes/a/.pyenv/versions/3.12")
        );
    }

    #[test]
    fn of_a_home_only_libraries_are_read() {
        let home = tempfile::tempdir().unwrap();
        let bin = home.path().join(".local/bin");
        std::fs::create_dir_all(&bin).unwrap();
        std::fs::write(bin.join("tool"), "#!/bin/sh\n").unwrap();
        let reach = Reach::of(&bin.join("tool"), SandboxMode::Run);
        let home = home.path().canonicalize().unwrap();
        let of_home: Vec<&Path> = reach
            .read
            .iter()
            .chain(&reach.executed)
            .filter_map(|path| path.strip_prefix(&home).ok())
            .collect();
        assert_eq!(of_home, [".local/lib", ".local/lib64", ".local/bin/tool"].map(Path::new));
        assert!(
            reach.executed.contains(&Path::new("/bin/sh").canonicalize().unwrap()),
            "its interpreter, too"
        );
    }

    #[test]
    fn interpreters_of_scripts_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let found = |text: &str| {
            let path = folder.path().join("script");
            std::fs::write(&path, text).unwrap();
            interpreter_of(&path)
        };
        assert_eq!(found("#!/usr/bin/python3 -I\nx"), Some("/usr/bin/python3".into()));
        assert_eq!(found("#! /bin/sh"), Some("/bin/sh".into()));
        assert_eq!(found("\x7fELF"), None);
        let by_env = found("#!/usr/bin/env -S sh -e\n").unwrap();
        assert!(by_env.is_absolute() && by_env.ends_with("sh"), "{by_env:?}");
    }
}
