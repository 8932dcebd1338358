//! Folders of our own in which confined programs find what they are given: for nobody else, gone with their owner, and swept when
//! their process died before it could remove them.

use std::{
    ffi::OsStr,
    fs::{self, DirBuilder, File},
    hash::{BuildHasher as _, RandomState},
    io,
    ops::Deref,
    path::{Path, PathBuf},
    sync::Once,
    time::Duration,
};

/// How their names begin.
const NAME: &str = "localcoder-scratch-";
/// A folder this young may be one whose owner is about to lock it.
const MIN_AGE: Duration = Duration::from_secs(60);

/// An empty folder; removed with all that is in it when this is dropped.
#[derive(Debug)]
pub struct Scratch {
    path: PathBuf,
    /// Locked as long as its owner lives: the system lets go of it, however that one ends.
    _lock: File,
}

impl Scratch {
    /// Makes one. The first one of a process sweeps what dead processes left.
    ///
    /// # Errors
    /// The folder for temporary files cannot be written.
    pub fn new() -> io::Result<Scratch> {
        static SWEPT: Once = Once::new();
        let all = std::env::temp_dir();
        SWEPT.call_once(|| sweep(&all, MIN_AGE));
        Scratch::within(&all)
    }

    fn within(all: &Path) -> io::Result<Scratch> {
        let number = RandomState::new().hash_one(std::process::id());
        // As the system calls it: rights are given to paths without links in them.
        let path = all.canonicalize()?.join(format!("{NAME}{number:016x}"));
        let mut builder = DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        let lock = File::open(&path)?;
        lock.try_lock_shared()?;
        Ok(Scratch { path, _lock: lock })
    }
}

impl Deref for Scratch {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.path
    }
}

impl AsRef<OsStr> for Scratch {
    fn as_ref(&self) -> &OsStr {
        self.path.as_os_str()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed now is swept later.
        let _left_behind = fs::remove_dir_all(&self.path);
    }
}

/// Removes what processes left that ended without removing it.
pub fn sweep_leftovers() {
    sweep(&std::env::temp_dir(), MIN_AGE);
}

fn sweep(all: &Path, age: Duration) {
    for entry in fs::read_dir(all).into_iter().flatten().flatten() {
        if entry.file_name().to_str().is_some_and(|name| name.starts_with(NAME)) {
            sweep_one(&entry.path(), age);
        }
    }
}

/// Removes a folder of ours whose owner is gone.
fn sweep_one(path: &Path, age: Duration) -> Option<()> {
    let metadata =
        fs::symlink_metadata(path).ok().filter(|metadata| metadata.is_dir() && is_mine(metadata))?;
    let is_old = metadata.modified().ok()?.elapsed().is_ok_and(|since| since >= age);
    let lock = File::open(path).ok().filter(|_| is_old)?;
    lock.try_lock().ok()?;
    fs::remove_dir_all(path).ok()
}

#[cfg(unix)]
fn is_mine(metadata: &fs::Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(metadata) == rustix::process::geteuid().as_raw()
}

#[cfg(not(unix))]
fn is_mine(_: &fs::Metadata) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_scratch_folder_is_for_its_owner_alone_and_goes_with_it() {
        use std::os::unix::fs::PermissionsExt as _;

        let all = tempfile::tempdir().unwrap();
        let scratch = Scratch::within(all.path()).unwrap();
        assert_eq!(fs::metadata(&*scratch).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(scratch.join("code.py"), "x").unwrap();
        sweep(all.path(), Duration::ZERO);
        assert!(scratch.join("code.py").is_file(), "its owner lives");
        drop(scratch);
        assert_eq!(fs::read_dir(all.path()).unwrap().count(), 0);
    }

    #[test]
    fn what_the_dead_left_is_swept_and_nothing_else() {
        let all = tempfile::tempdir().unwrap();
        let left = all.path().join(format!("{NAME}0123"));
        let other = all.path().join("localcoder-notes");
        for folder in [&left, &other] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("x"), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(&other, all.path().join(format!("{NAME}link"))).unwrap();
        sweep(all.path(), MIN_AGE);
        assert!(left.is_dir(), "its owner may not have locked it yet");
        sweep(all.path(), Duration::ZERO);
        assert!(!left.exists() && other.join("x").is_file());
    }
}
