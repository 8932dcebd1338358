//! What the worker gives up before it sees a model: it reads files that may be hostile with a library that may be broken.
//!
//! Linux: it reads what it computes with and writes its own folder (Landlock), makes the system calls that computing takes and no
//! others (seccomp), holds no capability, cannot be looked into, and ends with the editor. Models come as open descriptors
//! ([`ipc::files`]), so no path to one is open to it. The order matters: connect, confine, take the file, check it, load from it.
//! macOS: a seatbelt profile, type-checked and never run by us.

#[cfg(target_os = "linux")]
mod filter;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod paths;
mod seatbelt;

#[cfg(target_os = "linux")]
use linux as imp;
#[cfg(not(target_os = "linux"))]
use seatbelt as imp;

use std::path::Path;

use ipc::protocol::Confinement;

/// What a confined worker keeps.
#[derive(Clone, Copy, Debug, Default)]
pub struct Keeps<'a> {
    /// The one folder that it may write in. It must exist.
    pub states: Option<&'a Path>,
    /// Bytes that a file there may have.
    pub max_bytes: u64,
    /// A GPU's driver is to be loaded: it opens devices and libraries, and calls what we do not know, so that what is forbidden is
    /// listed and not what is allowed.
    pub gpu: bool,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confined {
    /// For `localcoder doctor`.
    pub told: Confinement,
    /// The folder can be written. Not so where the system cannot hold the worker to it: then nothing is written at all.
    pub may_write: bool,
}

/// Ends this process when the one that started it ends. The first thing that a worker does: what comes after may wait for the editor.
///
/// # Errors
/// A sentence for people: `parent`, the editor's process id, is gone already.
pub fn end_with(parent: Option<u32>) -> Result<(), String> {
    imp::end_with(parent)
}

/// Gives up everything else, for good. The process must have one thread only: what is given up here is given up by this thread and by
/// those that it starts.
///
/// # Errors
/// A sentence for people that names the step; nothing may be loaded then.
pub fn confine(keeps: &Keeps<'_>) -> Result<Confined, String> {
    imp::confine(keeps)
}

/// Closes what the process inherited beside its standard streams. For the first line of `main`, while nobody here has opened anything.
pub fn close_inherited() {
    imp::close_inherited();
}
