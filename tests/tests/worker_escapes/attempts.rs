//! What a worker must not be able to do, as system calls on files and processes that were made for it.
#![cfg(all(target_os = "linux", target_arch = "x86_64"))]

mod files;
mod processes;
mod system;

use std::{fs, os::unix::fs::MetadataExt, path::Path};

use super::tracer::Arg;

/// Something that must be refused.
pub struct Attempt {
    pub name: &'static str,
    pub calls: Vec<(i64, Vec<Arg>)>,
    /// What it comes to where nothing is refused.
    pub free: Free,
    /// Refused also where a GPU's driver may do more.
    pub with_gpu: bool,
}

/// What an attempt comes to without a sandbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Free {
    /// It is done.
    Done,
    /// It is done for root; others may not.
    ByRoot,
    /// The kernel has looked at what was asked, and finds fault with it: it was made so that nothing comes of it.
    Reached,
    /// The same for root.
    ReachedByRoot,
    /// Most kernels do not know it.
    Unknown,
}

impl Free {
    /// Whether this is what the last call of an attempt answered to somebody who is free.
    pub fn is(self, answer: i64, root: bool) -> bool {
        let refused = REFUSALS.contains(&answer);
        match self {
            Free::Done => answer >= 0,
            Free::Reached => !refused,
            Free::ByRoot => !root || answer >= 0,
            Free::ReachedByRoot => !root || !refused,
            Free::Unknown => answer != -i64::from(libc::EPERM),
        }
    }
}

/// How the kernel refuses: not permitted, no access, no such call.
pub const REFUSALS: [i64; 3] = [-(libc::EPERM as i64), -(libc::EACCES as i64), -(libc::ENOSYS as i64)];

/// What the attempts are about.
pub struct Ground<'a> {
    /// A folder of the one who attempts.
    pub folder: &'a Path,
    pub owner: u32,
    /// A process of the same user.
    pub neighbour: u32,
    /// The process that attempts.
    pub own: u32,
}

const KEPT: &str = "kept";

impl Ground<'_> {
    /// A path in the folder.
    fn path(&self, name: &str) -> Arg {
        Arg::Text(self.folder.join(name).to_str().unwrap().to_owned())
    }

    /// A new file, by its path.
    fn file(&self, name: &str) -> Arg {
        let path = self.folder.join(name);
        fs::write(&path, KEPT).unwrap();
        std::os::unix::fs::chown(&path, Some(self.owner), Some(self.owner)).unwrap();
        self.path(name)
    }

    /// How many of the files are as they were made, and all that is there.
    pub fn untouched(&self) -> (usize, usize) {
        let entries: Vec<_> = fs::read_dir(self.folder).unwrap().map(Result::unwrap).collect();
        let whole = entries.iter().filter(|entry| {
            let found = entry.metadata().unwrap();
            found.mode() & 0o7777 == 0o644 && fs::read_to_string(entry.path()).is_ok_and(|text| text == KEPT)
        });
        (whole.count(), entries.len())
    }

    fn process(&self, name: &str) -> Arg {
        Arg::Text(format!("/proc/{}/{name}", self.neighbour))
    }
}

fn n(number: impl TryInto<i64>) -> Arg {
    Arg::Number(number.try_into().ok().unwrap_or(-1).cast_unsigned())
}

fn text(text: &str) -> Arg {
    Arg::Text(text.to_owned())
}

/// This many bytes that the kernel may read or write, all 0.
fn space(bytes: usize) -> Arg {
    Arg::Bytes(vec![0; bytes])
}

const HERE: i32 = libc::AT_FDCWD;
/// Numbers that libc does not know yet (arch/x86/entry/syscalls/syscall_64.tbl).
const SYS_SETXATTRAT: i64 = 463;
const SYS_FILE_SETATTR: i64 = 469;
const SYS_FCHMODAT2: i64 = 452;
/// include/uapi/linux/fs.h
const FS_IOC_SETFLAGS: i64 = 0x4008_6602;
const FS_IOC_GETFLAGS: i64 = 0x8008_6601;
/// The bit of an x32 call.
const X32: i64 = 0x4000_0000;

/// All of them. The files they are about are made in the ground's folder.
pub fn all(ground: &Ground<'_>) -> Vec<Attempt> {
    let mut all = files::files(ground);
    all.extend(files::descriptors(ground));
    all.extend(processes::other_processes(ground));
    all.extend(processes::own_kind(ground));
    all.extend(system::network());
    all.extend(system::lasting(ground));
    all.extend(system::system(ground));
    all
}

/// Refused everywhere.
fn always(name: &'static str, free: Free, calls: Vec<(i64, Vec<Arg>)>) -> Attempt {
    Attempt { name, calls, free, with_gpu: true }
}

/// Refused where no driver may need it.
fn on_cpu(name: &'static str, free: Free, calls: Vec<(i64, Vec<Arg>)>) -> Attempt {
    Attempt { name, calls, free, with_gpu: false }
}

fn opened(path: Arg, flags: i32) -> (i64, Vec<Arg>) {
    (libc::SYS_openat, vec![n(HERE), path, n(flags), n(0o600)])
}
