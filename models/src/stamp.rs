//! What tells that a file is still the one whose bytes were read: where it lies on the disk, its size, and when it was last written
//! and changed. Comparing it costs one system call, where reading the file costs 0.1 s a gigabyte.
//!
//! The time of the last change (`ctime`) is the part that counts: whoever writes to a file can set back the time of writing,
//! but not that one. What writes below the file system (a failing disk, a raw device) changes no stamp; that is
//! what sampled checks are for.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// Where a file is, how long it is, and when it was written and changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelStamp {
    /// The device (`st_dev`).
    pub device: u64,
    /// The file on it (`st_ino`).
    pub inode: u64,
    /// Bytes.
    pub size: u64,
    /// When its bytes were last written, in nanoseconds since 1970 (`st_mtim`).
    pub modified: i64,
    /// When its bytes, its rights or its names were last changed, in nanoseconds since 1970 (`st_ctim`).
    pub changed: i64,
}

/// Times of files are this coarse at worst: FAT counts in steps of two seconds. What was written less than that before it was
/// read may be written once more without another time.
const MIN_AGE: Duration = Duration::from_secs(2);

impl ModelStamp {
    /// Of an open file.
    ///
    /// # Errors
    /// As the system says.
    pub fn of(file: &File) -> io::Result<Self> {
        file.metadata().map(|metadata| Self::from(&metadata))
    }

    /// Whether what was read at `began` or later must have another stamp if it was written since: only then does the same stamp
    /// mean the same bytes.
    pub fn is_settled(&self, began: SystemTime) -> bool {
        let began = began.duration_since(UNIX_EPOCH).unwrap_or_default().saturating_sub(MIN_AGE);
        i128::from(self.modified.max(self.changed)) <= began.as_nanos().cast_signed()
    }
}

impl From<&Metadata> for ModelStamp {
    fn from(metadata: &Metadata) -> Self {
        let time = |seconds: i64, nanos: i64| seconds.saturating_mul(1_000_000_000).saturating_add(nanos);
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: time(metadata.mtime(), metadata.mtime_nsec()),
            changed: time(metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_a_file_shows_even_when_its_time_is_set_back() {
        let folder = tempfile::tempdir().unwrap();
        let (path, other) = (folder.path().join("a"), folder.path().join("b"));
        std::fs::write(&path, "one").unwrap();
        let stamp = || ModelStamp::of(&File::open(&path).unwrap()).unwrap();
        let (before, time) = (stamp(), std::fs::metadata(&path).unwrap().modified().unwrap());
        assert_eq!(stamp(), before);
        // Times of files move in steps of a tick.
        std::thread::sleep(Duration::from_millis(20));
        std::fs::write(&path, "two").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(time).unwrap();
        assert_eq!((stamp().size, stamp().modified), (before.size, before.modified));
        assert_ne!(stamp(), before, "the time of the change cannot be set back");
        std::fs::write(&other, "one").unwrap();
        std::fs::rename(&other, &path).unwrap();
        assert_ne!(stamp().inode, before.inode);
    }

    #[test]
    fn a_file_that_was_just_written_is_not_settled() {
        let file = tempfile::tempfile().unwrap();
        let stamp = ModelStamp::of(&file).unwrap();
        let now = SystemTime::now();
        assert!(!stamp.is_settled(now) && stamp.is_settled(now + 2 * MIN_AGE));
        assert!(!stamp.is_settled(UNIX_EPOCH), "a clock that is wrong settles nothing");
    }
}
