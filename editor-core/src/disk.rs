//! The one door to the file system, small enough that a test can make every operation fail.

use std::{
    fmt::Debug,
    fs::{self, File, OpenOptions},
    io::{self, Seek, SeekFrom, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::{Path, PathBuf},
};

/// What the file system says about a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metadata {
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
}

/// A file system.
pub trait Disk: Debug + Send + Sync {
    /// Reads a whole file.
    ///
    /// # Errors
    /// As the system says.
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
    /// Creates a file that must not exist yet; a private one can be read by its owner alone.
    ///
    /// # Errors
    /// As the system says.
    fn create_new(&self, path: &Path, private: bool) -> io::Result<Box<dyn WriteFile>>;
    /// Opens an existing file and cuts it to nothing.
    ///
    /// # Errors
    /// As the system says.
    fn truncate(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
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
}

fn is_unsupported(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::Unsupported | io::ErrorKind::InvalidInput)
}

impl Disk for RealDisk {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        fs::read(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        let found = fs::metadata(path)?;
        Ok(Metadata {
            inode: found.ino(),
            size: found.len(),
            modified_ns: i128::from(found.mtime()) * 1_000_000_000 + i128::from(found.mtime_nsec()),
            links: found.nlink(),
            is_file: found.is_file(),
            read_only: found.permissions().readonly(),
        })
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
        Ok(Box::new(file))
    }

    fn truncate(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        Ok(Box::new(OpenOptions::new().write(true).truncate(true).open(path)?))
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
    //! A disk on which the operation of a given number fails, and every one after it, as in a crash.

    use std::sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    };

    use super::*;

    #[derive(Clone, Debug)]
    pub struct FaultyDisk {
        left: Arc<AtomicUsize>,
        failed: Arc<AtomicBool>,
        /// Does only one operation fail, so that cleaning up succeeds?
        pub once: bool,
        pub scratch: PathBuf,
    }

    impl FaultyDisk {
        /// Lets `operations` succeed.
        pub fn new(operations: usize, once: bool, scratch: &Path) -> Self {
            let left = Arc::new(AtomicUsize::new(operations));
            Self { left, failed: Arc::default(), once, scratch: scratch.to_owned() }
        }

        fn operate(&self) -> io::Result<()> {
            let left = self.left.load(SeqCst);
            if left == 0 && !(self.once && self.failed.swap(true, SeqCst)) {
                self.failed.store(true, SeqCst);
                return Err(io::Error::other("injected"));
            }
            self.left.store(left.saturating_sub(1), SeqCst);
            Ok(())
        }

        /// Has an operation failed?
        pub fn has_failed(&self) -> bool {
            self.failed.load(SeqCst)
        }
    }

    #[derive(Debug)]
    struct FaultyFile(Box<dyn WriteFile>, FaultyDisk);

    impl WriteFile for FaultyFile {
        fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
            let allowed = self.1.operate();
            self.0.write_all(if allowed.is_ok() { bytes } else { &bytes[..bytes.len() / 2] })?;
            allowed
        }

        fn sync(&mut self) -> io::Result<()> {
            self.1.operate()?;
            self.0.sync()
        }

        fn cut_to(&mut self, length: u64) -> io::Result<()> {
            self.1.operate()?;
            self.0.cut_to(length)
        }
    }

    impl Disk for FaultyDisk {
        fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
            self.operate()?;
            RealDisk.read(path)
        }

        fn metadata(&self, path: &Path) -> io::Result<Metadata> {
            self.operate()?;
            RealDisk.metadata(path)
        }

        fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
            self.operate()?;
            RealDisk.resolve(path)
        }

        fn create_new(&self, path: &Path, private: bool) -> io::Result<Box<dyn WriteFile>> {
            self.operate()?;
            Ok(Box::new(FaultyFile(RealDisk.create_new(path, private)?, self.clone())))
        }

        fn truncate(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
            self.operate()?;
            Ok(Box::new(FaultyFile(RealDisk.truncate(path)?, self.clone())))
        }

        fn copy_attributes(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.operate()?;
            RealDisk.copy_attributes(from, to)
        }

        fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
            self.operate()?;
            RealDisk.rename(from, to)
        }

        fn remove(&self, path: &Path) -> io::Result<()> {
            self.operate()?;
            RealDisk.remove(path)
        }

        fn sync_folder(&self, folder: &Path) -> io::Result<()> {
            self.operate()?;
            RealDisk.sync_folder(folder)
        }

        fn scratch(&self) -> PathBuf {
            self.scratch.clone()
        }
    }
}
