//! The one door to the file system, small enough that a test can make every operation fail.

use std::{
    fmt::Debug,
    io,
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
    /// Creates a file that must not exist yet.
    ///
    /// # Errors
    /// As the system says.
    fn create_new(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Opens an existing file and cuts it to nothing.
    ///
    /// # Errors
    /// As the system says.
    fn truncate(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;
    /// Gives a file the mode, owner and extended attributes of another. Mode must succeed; the rest is tried.
    ///
    /// # Errors
    /// The mode cannot be set.
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
}

/// The file system of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealDisk;
