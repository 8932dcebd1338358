//! The door between starts of the editor: a window that runs takes the files that another start was called with.
//!
//! Each window has a socket in the user's run-time folder, which nobody else may enter; its name tells of which home and display the
//! window is. Who starts with files looks for a window there, the one that was in front last first, and hands them over; a socket
//! that nobody listens at any more is taken away. Looking and opening a socket of one's own happen under one lock, so that of two
//! starts at once the second finds the first. What is handed over is taken only when the window says so: otherwise the start opens a
//! window of its own, and no file is lost. Nothing but paths and places crosses, and nothing is waited for without an end but the
//! end of `--wait`.

mod ask;
mod listen;
#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use ground::{lock, places};

pub use self::ask::{Asked, FoundWindow, find};
pub use self::listen::{Caller, Door, DoorSign};

/// Most sockets that are looked at.
const MAX_DOORS: usize = 64;

/// What a window answers, as the byte that is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum CallerAnswer {
    /// The files are being opened.
    Taken = b'T',
    /// They are closed.
    Closed = b'C',
    /// They are not opened here.
    Refused = b'R',
}

/// Where the sockets of one home and one display are.
#[derive(Clone, Debug)]
pub struct DoorAddress {
    folder: PathBuf,
    key: String,
}

impl DoorAddress {
    /// That of this process. `None`: there is no folder that is this user's alone.
    pub fn here() -> Option<DoorAddress> {
        let state = places::state_folder()?;
        let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        let run_time = variable("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|path| path.is_absolute());
        let folder = run_time.map_or_else(|| state.join("run"), |folder| folder.join("localcoder"));
        let display = ["WAYLAND_DISPLAY", "DISPLAY"].map(|name| variable(name).unwrap_or_default());
        DoorAddress::of(folder, &state, &display)
    }

    fn of(folder: PathBuf, state: &Path, display: &[OsString; 2]) -> Option<DoorAddress> {
        let mut hasher = DefaultHasher::new();
        (state, display).hash(&mut hasher);
        is_ours_alone(&folder).then(|| DoorAddress { folder, key: format!("{:016x}", hasher.finish()) })
    }

    /// The lock under which sockets are looked for, opened and taken away. `None`: it cannot be had; one goes on without.
    fn lock(&self) -> Option<File> {
        let path = self.folder.join(format!("{}.lock", self.key));
        let file = File::options().create(true).truncate(false).write(true).open(path).ok()?;
        lock::exclusive(&file).ok()?;
        Some(file)
    }

    /// The socket of this process.
    fn own(&self) -> PathBuf {
        self.folder.join(format!("{}-{}.sock", self.key, std::process::id()))
    }

    /// All sockets, that of the window that was in front last first.
    fn doors(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let is_door = |name: &str| {
            name.strip_prefix(&self.key).is_some_and(|rest| rest.starts_with('-') && rest.ends_with(".sock"))
        };
        let doors = entries.filter(|entry| entry.file_name().to_str().is_some_and(is_door)).take(MAX_DOORS);
        let touched = |path: &Path| fs::symlink_metadata(path).and_then(|found| found.modified()).ok();
        let mut doors: Vec<(Option<SystemTime>, PathBuf)> =
            doors.map(|entry| entry.path()).map(|path| (touched(&path), path)).collect();
        doors.sort_by(|one, other| other.cmp(one));
        doors.into_iter().map(|(_, path)| path).collect()
    }
}

/// Makes the folder if it is not there. Is it this user's, and may nobody else enter it?
fn is_ours_alone(folder: &Path) -> bool {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.is_ok()
        && fs::symlink_metadata(folder).is_ok_and(|found| {
            found.is_dir() && found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o077 == 0
        })
}

/// Is a process of this user at the other end?
#[cfg(target_os = "linux")]
fn is_of_this_user(stream: &UnixStream) -> bool {
    let peer = rustix::net::sockopt::socket_peercred(stream);
    peer.is_ok_and(|peer| peer.uid == rustix::process::geteuid())
}

/// Is a process of this user at the other end? The folder lets nobody else in.
#[cfg(not(target_os = "linux"))]
fn is_of_this_user(_stream: &UnixStream) -> bool {
    true
}
