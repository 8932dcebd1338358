//! A file system that stops answering, as a network drive whose server is gone: mounted by the kernel's FUSE, served by a thread of
//! the test. It has one file. Needs the right to mount.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

/// The file's name and content.
const NAME: &str = "far.txt";
const CONTENT: &[u8] = b"a text on another machine\n";
/// Numbers of the folder and of the file.
const FOLDER: u64 = 1;
const FILE: u64 = 2;
/// Longer than any request that is not a large write (`FUSE_MIN_READ_BUFFER`).
const REQUEST: usize = 1 << 17;

/// The mount. Ends all that waits for it when it is dropped.
pub struct HungMount {
    at: PathBuf,
    answers: Arc<AtomicBool>,
    unanswered: Arc<AtomicUsize>,
}

impl HungMount {
    /// Mounts it on a folder; it answers until it is told not to.
    ///
    /// # Errors
    /// There is no FUSE here, or nothing may be mounted.
    pub fn new(at: &Path) -> io::Result<HungMount> {
        let device = OpenOptions::new().read(true).write(true).open("/dev/fuse")?;
        let mut mount = Command::new("mount");
        mount.args(["--internal-only", "-t", "fuse", "-o", "fd=0,rootmode=40000,user_id=0,group_id=0"]);
        let mounted = mount.args(["localcoder-hung"]).arg(at).stdin(device.try_clone()?).output()?;
        if !mounted.status.success() {
            return Err(io::Error::other(String::from_utf8_lossy(&mounted.stderr).trim().to_owned()));
        }
        let (answers, unanswered) = (Arc::new(AtomicBool::new(true)), Arc::default());
        let hung = HungMount { at: at.to_owned(), answers, unanswered };
        let server = Server { device, answers: hung.answers.clone(), unanswered: hung.unanswered.clone() };
        thread::Builder::new().name("hung mount".to_owned()).spawn(move || server.serve())?;
        Ok(hung)
    }

    /// The file on it.
    pub fn file(&self) -> PathBuf {
        self.at.join(NAME)
    }

    /// From now on nothing is answered.
    pub fn hang(&self) {
        self.answers.store(false, SeqCst);
    }

    /// Requests that wait for an answer.
    pub fn unanswered(&self) -> usize {
        self.unanswered.load(SeqCst)
    }
}

impl Drop for HungMount {
    fn drop(&mut self) {
        let _left_to_the_system = Command::new("umount").args(["--force", "--lazy"]).arg(&self.at).status();
    }
}

/// What the kernel asks for (linux/fuse.h, protocol 7.31).
mod operation {
    pub const LOOKUP: u32 = 1;
    pub const FORGET: u32 = 2;
    pub const GETATTR: u32 = 3;
    pub const OPEN: u32 = 14;
    pub const READ: u32 = 15;
    pub const RELEASE: u32 = 18;
    pub const INIT: u32 = 26;
    pub const FLUSH: u32 = 25;
    pub const INTERRUPT: u32 = 36;
    pub const BATCH_FORGET: u32 = 42;
}

/// Errors as the kernel counts them.
const NO_ENTRY: i32 = -2;
const NOT_SUPPORTED: i32 = -38;

struct Server {
    device: File,
    answers: Arc<AtomicBool>,
    unanswered: Arc<AtomicUsize>,
}

impl Server {
    /// Until it is no longer mounted.
    fn serve(mut self) {
        let mut request = vec![0; REQUEST];
        while let Ok(length) = self.device.read(&mut request) {
            if self.answer(&request[..length]).is_none() {
                return;
            }
        }
    }

    fn answer(&mut self, request: &[u8]) -> Option<()> {
        let (operation, unique, node) = (u32_at(request, 4)?, u64_at(request, 8)?, u64_at(request, 16)?);
        if matches!(operation, operation::FORGET | operation::BATCH_FORGET | operation::INTERRUPT) {
            return Some(());
        }
        if !self.answers.load(SeqCst) {
            self.unanswered.fetch_add(1, SeqCst);
            return Some(());
        }
        let body = request.get(40..)?;
        let answer = match operation {
            operation::INIT => Ok(initial()),
            operation::LOOKUP if body.strip_suffix(b"\0") == Some(NAME.as_bytes()) => Ok(entry()),
            operation::LOOKUP => Err(NO_ENTRY),
            operation::GETATTR => Ok([vec![0; 16], attributes(node)].concat()),
            operation::OPEN => Ok(vec![0; 16]),
            operation::READ => {
                let from = usize::try_from(u64_at(body, 8)?).ok()?.min(CONTENT.len());
                Ok(CONTENT[from..].to_vec())
            }
            operation::RELEASE | operation::FLUSH => Ok(Vec::new()),
            _ => Err(NOT_SUPPORTED),
        };
        let (error, content) = answer.map_or_else(|error| (error, Vec::new()), |content| (0, content));
        let length = u32::try_from(16 + content.len()).ok()?;
        let header = [&length.to_ne_bytes()[..], &error.to_ne_bytes(), &unique.to_ne_bytes()].concat();
        // Who asked may be gone already.
        drop(self.device.write(&[header, content].concat()));
        Some(())
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

/// `fuse_init_out`: the version, and nothing that we can do besides.
fn initial() -> Vec<u8> {
    let mut out = [7_u32, 31, 0, 0].map(u32::to_ne_bytes).concat();
    out.extend([0_u8; 4]);
    out.extend(4096_u32.to_ne_bytes());
    out.resize(64, 0);
    out
}

/// `fuse_entry_out` of the file; nothing of it is remembered by the kernel.
fn entry() -> Vec<u8> {
    let mut out = FILE.to_ne_bytes().to_vec();
    out.resize(40, 0);
    [out, attributes(FILE)].concat()
}

/// `fuse_attr`.
fn attributes(node: u64) -> Vec<u8> {
    let (mode, size) = if node == FOLDER { (0o040_777_u32, 0) } else { (0o100_666, CONTENT.len() as u64) };
    let mut out = [node, size, 1, 0, 0, 0].map(u64::to_ne_bytes).concat();
    out.extend([0_u8; 12]);
    out.extend([mode, 1, 0, 0, 0, 4096, 0].map(u32::to_ne_bytes).concat());
    out
}
