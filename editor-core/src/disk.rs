//! The one door to the file system, small enough that a test can make every operation fail.

use std::{
    fmt::Debug,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};

use rustix::io::Errno;

use crate::regular;

/// Longer files are not read: twice the longest text, for a journal holds a text and what was typed into it.
const MAX_BYTES: u64 = 4 << 30;

/// What the file system says about a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
    /// Number of the file system.
    pub device: u64,
    /// Number of the file in its file system.
    pub inode: u64,
    /// Length in bytes.
    pub size: u64,
    /// Last change in nanoseconds since 1970.
    pub modified_ns: i128,
    /// How many names it has.
    pub links: u64,
    /// Is it an ordinary file?
    pub is_file: bool,
    /// Is it write-protected for everyone?
    pub read_only: bool,
}

impl From<&fs::Metadata> for Metadata {
    fn from(found: &fs::Metadata) -> Self {
        Self {
            device: found.dev(),
            inode: found.ino(),
            size: found.len(),
            modified_ns: i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec()),
            links: found.nlink(),
            is_file: found.is_file(),
            read_only: found.permissions().readonly(),
        }
    }
}

/// A file open for writing.
pub trait WriteFile: Debug + Send {
    /// Writes everything.
    ///
    /// # Errors
    /// As the system says; some of it may have been written.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Waits until everything written is on the medium.
    ///
    /// # Errors
    /// As the system says.
    fn sync(&mut self) -> io::Result<()>;
    /// Cuts the file to a length and goes on writing there.
    ///
    /// # Errors
    /// As the system says.
    fn cut_to(&mut self, length: u64) -> io::Result<()>;
    /// Makes sure that there is room for this many bytes, where the file system can promise that. The content stays.
    ///
    /// # Errors
    /// There is no room, or as the system says.
    fn reserve(&mut self, length: u64) -> io::Result<()>;
    /// Goes on writing at the start.
    ///
    /// # Errors
    /// As the system says.
    fn rewind(&mut self) -> io::Result<()>;
}

/// A file system.
pub trait Disk: Debug + Send + Sync {
    /// Reads a whole file.
    ///
    /// # Errors
    /// As the system says, or it is no ordinary file.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;
    /// Asks about a file, following links.
    ///
    /// # Errors
    /// As the system says.
    fn metadata(&self, path: &Path) -> io::Result<Metadata>;
    /// The file behind symbolic links, as an absolute path.
    ///
    /// # Errors
    /// As the system says.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf>;
    /// Creates a file that must not exist yet; a private one can be read by its owner alone. As long as it is open it is not
    /// abandoned.
    ///
    /// # Errors
    /// As the system says.
    fn create_new(&self, path: &Path, private: bool) -> io::Result<Box<dyn WriteFile>>;
    /// Opens an existing file to be written over from its start; nothing is cut.
    ///
    /// # Errors
    /// As the system says, or it is no ordinary file.
    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Gives a file the mode, owner and extended attributes of another. Attributes that the system guards are skipped.
    ///
    /// # Errors
    /// The mode or the owner cannot be set.
    fn copy_attributes(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames, replacing what is there.
    ///
    /// # Errors
    /// As the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Renames to a name that nothing has yet.
    ///
    /// # Errors
    /// As the system says; `AlreadyExists` when something has it.
    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Was this file made by [`Disk::create_new`] and left by a program that is gone? Asked of names that only such files have.
    ///
    /// # Errors
    /// There is none, or that cannot be told.
    fn is_abandoned(&self, path: &Path) -> io::Result<bool>;
    /// Removes a file.
    ///
    /// # Errors
    /// As the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Waits until the names in a folder are on the medium.
    ///
    /// # Errors
    /// As the system says.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;
    /// A folder for backups of files whose own folder cannot be written to.
    fn scratch(&self) -> PathBuf;
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;

impl WriteFile for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Write::write_all(self, bytes)
    }

    /// On macOS the standard library asks for `F_FULLFSYNC`, which some network and foreign file systems do not know.
    fn sync(&mut self) -> io::Result<()> {
        match self.sync_all() {
            Err(error) if is_unsupported(&error) => Ok(rustix::fs::fsync(self)?),
            result => result,
        }
    }

    fn cut_to(&mut self, length: u64) -> io::Result<()> {
        self.set_len(length)?;
        self.seek(SeekFrom::Start(length)).map(drop)
    }

    #[cfg(target_os = "linux")]
    fn reserve(&mut self, length: u64) -> io::Result<()> {
        use rustix::fs::{FallocateFlags, fallocate};
        if length == 0 {
            return Ok(());
        }
        match fallocate(self, FallocateFlags::KEEP_SIZE, 0, length) {
            // The file system cannot promise it, which is no reason not to try.
            Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL) => Ok(()),
            result => Ok(result?),
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn reserve(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn rewind(&mut self) -> io::Result<()> {
        Seek::rewind(self)
    }
}

/// Is the open file still the one of this name?
fn is_at(file: &File, path: &Path) -> bool {
    let (open, named) = (file.metadata(), fs::symlink_metadata(path));
    open.is_ok_and(|open| named.is_ok_and(|named| (open.dev(), open.ino()) == (named.dev(), named.ino())))
}

/// For file systems that cannot rename without replacing: a second name is never given to what is there already.
fn rename_by_link(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(error),
        // Nor links: a look before has to do.
        Err(_) if fs::symlink_metadata(to).is_ok() => Err(io::ErrorKind::AlreadyExists.into()),
        Err(_) => fs::rename(from, to),
    }
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        regular::read(path, MAX_BYTES)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        Ok(Metadata::from(&fs::metadata(path)?))
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        match fs::canonicalize(path) {
            // A link to a file that is not there: saving creates that file.
            Err(error) if error.kind() == io::ErrorKind::NotFound => match fs::read_link(path) {
                Ok(target) => Ok(path.parent().unwrap_or(Path::new("")).join(target)),
                Err(_) => Err(error),
            },
            result => result,
        }
    }

    fn create_new(&self, path: &Path, private: bool) -> io::Result<Box<dyn WriteFile>> {
        let mode = if private { 0o600 } else { 0o666 };
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
        match file.try_lock() {
            // Somebody took it for abandoned in the moment before it was locked.
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::AlreadyExists.into()),
            Ok(()) if !is_at(&file, path) => Err(io::ErrorKind::AlreadyExists.into()),
            // Where nothing can be locked, nothing is ever found to be abandoned.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(Box::new(file)),
        }
    }

    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(regular::open_to_write(path)?))
    }

    fn copy_attributes(&self, from: &Path, to: &Path) -> io::Result<()> {
        let (wanted, have) = (fs::metadata(from)?, fs::metadata(to)?);
        if (wanted.uid(), wanted.gid()) != (have.uid(), have.gid()) {
            chown(to, Some(wanted.uid()), Some(wanted.gid()))?;
        }
        for name in xattr::list(from).into_iter().flatten() {
            if let Ok(Some(value)) = xattr::get(from, &name) {
                // Security labels may be set by the system alone; the new file has got its own.
                drop(xattr::set(to, &name, &value));
            }
        }
        fs::set_permissions(to, wanted.permissions())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => rename_by_link(from, to),
            Err(error) => Err(error.into()),
        }
    }

    fn is_abandoned(&self, path: &Path) -> io::Result<bool> {
        Ok(regular::open(path)?.try_lock().is_ok())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    /// File systems that cannot sync a folder order the rename by themselves or not at all.
    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        match File::open(folder)?.sync_all() {
            Err(error) if is_unsupported(&error) => Ok(()),
            result => result,
        }
    }

    fn scratch(&self) -> PathBuf {
        std::env::temp_dir()
    }
}

#[cfg(test)]
pub(crate) mod faulty {
    //! A disk on which the operation of a given number fails, and every one after it, as in a crash; or on which the process is
    //! killed there.

    use std::collections::BTreeSet;
    use std::sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::SeqCst},
    };

    use super::*;

    #[derive(Clone, Debug)]
    pub struct FaultyDisk {
        left: Arc<AtomicUsize>,
        failed: Arc<Mutex<BTreeSet<&'static str>>>,
        /// Does only one operation fail, so that cleaning up succeeds?
        pub once: bool,
        pub scratch: PathBuf,
        /// How it fails.
        pub fault: Fault,
        /// No file can be made in this folder.
        pub locked: Option<PathBuf>,
        /// Instead of failing, another program writes into this file just before, and everything succeeds.
        pub disturbed: Option<(PathBuf, &'static str)>,
    }

    /// How an operation fails.
    #[derive(Clone, Copy, Debug)]
    pub struct Fault {
        kind: Kind,
        /// This many halves of what was to be written are written all the same.
        halves: usize,
    }

    #[derive(Clone, Copy, Debug)]
    enum Kind {
        Says(Errno),
        WritesLess,
        Kills,
    }

    impl Fault {
        pub const FULL: Self = Self { kind: Kind::Says(Errno::NOSPC), halves: 1 };
        pub const BROKEN: Self = Self { kind: Kind::Says(Errno::IO), halves: 2 };
        pub const FORBIDDEN: Self = Self { kind: Kind::Says(Errno::ACCESS), halves: 0 };
        pub const SHORT: Self = Self { kind: Kind::WritesLess, halves: 1 };
        /// This process is killed, with half of what was to be written.
        pub const KILLED: Self = Self { kind: Kind::Kills, halves: 1 };

        /// Does not come back when it kills.
        fn error(self) -> io::Error {
            use rustix::process::{Signal, getpid, kill_process};
            match self.kind {
                Kind::Says(errno) => errno.into(),
                Kind::WritesLess => io::ErrorKind::WriteZero.into(),
                Kind::Kills => match kill_process(getpid(), Signal::KILL) {
                    Ok(()) => loop {
                        std::thread::park();
                    },
                    Err(error) => error.into(),
                },
            }
        }
    }

    impl FaultyDisk {
        /// Lets `operations` succeed.
        pub fn new(operations: usize, once: bool, scratch: &Path) -> Self {
            let left = Arc::new(AtomicUsize::new(operations));
            let (failed, scratch) = (Arc::default(), scratch.to_owned());
            Self { left, failed, once, scratch, fault: Fault::BROKEN, locked: None, disturbed: None }
        }

        fn fails(&self, operation: &'static str) -> bool {
            let left = self.left.load(SeqCst);
            self.left.store(left.saturating_sub(1), SeqCst);
            let once = self.once || self.disturbed.is_some();
            let fails = left == 0 && !(once && self.has_failed());
            if fails {
                self.failed.lock().unwrap().insert(operation);
            }
            match &self.disturbed {
                Some((path, content)) if fails => fs::write(path, content).map_or(true, |()| false),
                _ => fails,
            }
        }

        fn operate(&self, operation: &'static str) -> io::Result<()> {
            if self.fails(operation) { Err(self.fault.error()) } else { Ok(()) }
        }

        /// Has an operation failed?
        pub fn has_failed(&self) -> bool {
            !self.failed().is_empty()
        }

        /// The operations that failed.
        pub fn failed(&self) -> BTreeSet<&'static str> {
            self.failed.lock().unwrap().clone()
        }
    }

    #[derive(Debug)]
    struct FaultyFile(Box<dyn WriteFile>, FaultyDisk);

    impl WriteFile for FaultyFile {
        fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
            if self.1.fails("write_all") {
                self.0.write_all(&bytes[..bytes.len() * self.1.fault.halves / 2])?;
                return Err(self.1.fault.error());
            }
            self.0.write_all(bytes)
        }

        fn sync(&mut self) -> io::Result<()> {
            self.1.operate("sync")?;
            self.0.sync()
        }

        fn cut_to(&mut self, length: u64) -> io::Result<()> {
            self.1.operate("cut_to")?;
            self.0.cut_to(length)
        }

        fn reserve(&mut self, length: u64) -> io::Result<()> {
            self.1.operate("reserve")?;
            self.0.reserve(length)
        }

        fn rewind(&mut self) -> io::Result<()> {
            self.1.operate("rewind")?;
            self.0.rewind()
        }
    }

    impl Disk for FaultyDisk {
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            self.operate("read")?;
            RealDisk.read(path)
        }

        fn metadata(&self, path: &Path) -> io::Result<Metadata> {
            self.operate("metadata")?;
            RealDisk.metadata(path)
        }

        fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
            self.operate("resolve")?;
            RealDisk.resolve(path)
        }

        fn create_new(&self, path: &Path, private: bool) -> io::Result<Box<dyn WriteFile>> {
            self.operate("create_new")?;
            if self.locked.is_some() && path.parent() == self.locked.as_deref() {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            Ok(Box::new(FaultyFile(RealDisk.create_new(path, private)?, self.clone())))
        }

        fn overwrite(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
            self.operate("overwrite")?;
            Ok(Box::new(FaultyFile(RealDisk.overwrite(path)?, self.clone())))
        }

        fn copy_attributes(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.operate("copy_attributes")?;
            RealDisk.copy_attributes(from, to)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.operate("rename")?;
            RealDisk.rename(from, to)
        }

        fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.operate("rename_new")?;
            RealDisk.rename_new(from, to)
        }

        fn is_abandoned(&self, path: &Path) -> io::Result<bool> {
            self.operate("is_abandoned")?;
            RealDisk.is_abandoned(path)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.operate("remove")?;
            RealDisk.remove(path)
        }

        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.operate("sync_folder")?;
            RealDisk.sync_folder(folder)
        }

        fn scratch(&self) -> PathBuf {
            self.scratch.clone()
        }
    }
}
