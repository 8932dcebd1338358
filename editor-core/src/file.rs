//! Files: reading them, and saving so that at every moment the old or the new content is whole.

mod saving;

use std::{
    io,
    path::{Path, PathBuf},
};

use ropey::Rope;

pub use self::saving::{replace_own, save};
use crate::disk::{Disk, Metadata};
use crate::encoding::{Decoded, decode_as};

pub use crate::encoding::{Encoding, Format, NotInEncoding, ReadOnly, Reading, Writable};

/// What a file was when it was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// What the file system said.
    pub metadata: Metadata,
    /// BLAKE3 of the content.
    pub hash: [u8; 32],
    /// How the content stands for a text.
    pub format: Format,
}

impl Stamp {
    /// Is it of the same file, under whatever name?
    #[must_use]
    pub fn is_of_same_file(&self, other: &Stamp) -> bool {
        let of = |stamp: &Stamp| (stamp.metadata.device, stamp.metadata.inode);
        // Without metadata nothing is known.
        self.metadata.inode != 0 && of(self) == of(other)
    }
}

/// What became of a file since it was read or written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fate {
    /// It is what it was.
    #[default]
    Same,
    /// Its content is another one, or cannot be read.
    Changed,
    /// It is not there any more.
    Gone,
    /// Something else is in its place: a folder, a pipe, a device.
    NoFile,
}

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The text; approximate when read-only.
    pub rope: Rope,
    /// How to write it.
    pub format: Format,
    /// What the file was; `None` when there is no file yet.
    pub stamp: Option<Stamp>,
    /// Why it cannot be edited, if so.
    pub read_only: Option<ReadOnly>,
    /// It is in the encoding that the person chose.
    pub chosen: bool,
    /// The encoding that it seems to be in, and that gives its bytes back.
    pub guess: Option<Encoding>,
}

/// Why a file cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The system refuses.
    #[error("{} cannot be read: {why}", .0.display(), why = .1)]
    Io(PathBuf, #[source] io::Error),
    /// A folder or a device.
    #[error("{} is not an ordinary file", .0.display())]
    NotAFile(PathBuf),
    /// Too large to edit.
    #[error("{} is larger than 2 GiB", .0.display())]
    TooLarge(PathBuf),
}

/// Why a file was not saved. Unless said otherwise the file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// Another program changed or replaced the file, which is this now: ask before overwriting it.
    #[error("{} was changed by another program since it was opened", .0.display())]
    ChangedOnDisk(PathBuf, Box<Stamp>),
    /// Another program removed the file: ask before making it anew.
    #[error("{} was deleted by another program since it was opened", .0.display())]
    Removed(PathBuf),
    /// A file of this name exists already, and is this: ask before overwriting it.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf, Box<Stamp>),
    /// A character has no place in the file's encoding.
    #[error(transparent)]
    NotInEncoding(#[from] NotInEncoding),
    /// The system refuses.
    #[error("{} cannot be saved ({step}): {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What failed.
        step: &'static str,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It was written and is whole, but the system could not promise that it survives a power cut.
    #[error("{} is written, but may not survive a power cut: {source}; save it again", .path.display())]
    NotDurable {
        /// The file.
        path: PathBuf,
        /// What the file is now.
        stamp: Box<Stamp>,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Writing in place failed midway; the old content is whole in the backup.
    #[error("{} could not be written ({source}); its old content is in {}", .path.display(), .backup.display())]
    InPlace {
        /// The file.
        path: PathBuf,
        /// Where the old content is.
        backup: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What must hold of the file for it to be written. There is no third case: what nobody has seen is never overwritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// It is still what was read, or what the person said may be overwritten.
    Unchanged(Stamp),
    /// It does not exist.
    Absent,
}

/// Larger files are not opened.
const MAX_BYTES: u64 = 2 << 30;

/// How the name of a text on its way to its file ends; unmistakably ours, for what is left of it is removed.
const SAVING: &str = "localcoder-saving";
/// How the name of an old content ends while the new one is written over it.
const BACKUP: &str = "localcoder-backup";
/// This many leftovers of each kind are looked for: killed saves of one file, one after the other, leave one.
const MAX_LEFT: usize = 4;

impl Opened {
    /// A text that is no file yet.
    #[must_use]
    pub fn new_text(rope: Rope) -> Self {
        Self { rope, format: Format::UTF8, stamp: None, read_only: None, chosen: false, guess: None }
    }

    /// A file with this content.
    #[must_use]
    pub fn of_bytes(bytes: &[u8], metadata: Metadata, reading: Reading) -> Self {
        let Decoded { rope, format, read_only, chosen, guess } = decode_as(bytes, reading);
        let stamp = Some(Stamp { metadata, hash: hash(bytes), format });
        Self { rope, format, stamp, read_only, chosen, guess }
    }

    /// Another text in place of this file's, as it would be written.
    ///
    /// # Errors
    /// The file was decoded with loss.
    pub fn writable(&self, rope: Rope) -> Result<Writable, ReadOnly> {
        Writable::new(rope, self.format, self.read_only)
    }
}

/// Reads a file in the encoding that it seems to be in.
///
/// # Errors
/// It is no ordinary file, larger than 2 GiB, or cannot be read.
pub fn open(disk: &dyn Disk, path: &Path) -> Result<Opened, OpenError> {
    open_as(disk, path, Reading::Guessed)
}

/// Reads a file.
///
/// # Errors
/// As of [`open`].
pub fn open_as(disk: &dyn Disk, path: &Path, reading: Reading) -> Result<Opened, OpenError> {
    let failed = |error| OpenError::Io(path.to_owned(), error);
    let metadata = disk.metadata(path).map_err(failed)?;
    if !metadata.is_file {
        return Err(OpenError::NotAFile(path.to_owned()));
    }
    if metadata.size > MAX_BYTES {
        return Err(OpenError::TooLarge(path.to_owned()));
    }
    let bytes = disk.read(path).map_err(failed)?;
    Ok(Opened::of_bytes(&bytes, metadata, reading))
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    *blake3::hash(bytes).as_bytes()
}

/// Is the file still what it was? Reads it only when its metadata changed.
///
/// # Errors
/// It cannot be read.
pub fn is_unchanged(disk: &dyn Disk, path: &Path, stamp: &Stamp) -> io::Result<bool> {
    if disk.metadata(path)? == stamp.metadata {
        return Ok(true);
    }
    Ok(hash(&disk.read(path)?) == stamp.hash)
}

/// What became of a file?
pub fn fate(disk: &dyn Disk, path: &Path, stamp: &Stamp) -> Fate {
    match disk.metadata(path) {
        Ok(found) if !found.is_file => Fate::NoFile,
        Err(error) if is_missing(&error) => Fate::Gone,
        _ if is_unchanged(disk, path, stamp).unwrap_or(false) => Fate::Same,
        _ => Fate::Changed,
    }
}

/// The old content of a file that a killed save left half written, if it lies beside the file: the next save of the file
/// does not remove it unless it is what the file holds anyway.
pub fn interrupted(disk: &dyn Disk, path: &Path) -> Option<PathBuf> {
    let target = disk.resolve(path).ok()?;
    let folder = folder_of(&target);
    let backups = (0..MAX_LEFT).map(|number| folder.join(temporary_name(&target, number, BACKUP)));
    backups.into_iter().find(|backup| disk.is_abandoned(backup).unwrap_or(false))
}

/// Is there no such file, or no such folder for it?
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn folder_of(target: &Path) -> &Path {
    target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name beside a file of its text on the way, or of its old content.
fn temporary_name(target: &Path, number: usize, suffix: &str) -> String {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    // The longest name a folder allows has no room for a suffix.
    let name: String = name.chars().take(50).collect();
    format!(".{name}.{number}.{suffix}")
}

#[cfg(test)]
mod faults;

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;
    use crate::disk::RealDisk;

    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        fn file(&self, name: &str, content: &str) -> (PathBuf, Opened) {
            let path = self.path(name);
            fs::write(&path, content).unwrap();
            let opened = open(&RealDisk, &path).unwrap();
            (path, opened)
        }

        fn names(&self) -> Vec<String> {
            let entries = fs::read_dir(self.0.path()).unwrap();
            let mut names: Vec<String> =
                entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        }
    }

    fn write(disk: &dyn Disk, path: &Path, text: &str, expect: &Expect) -> Result<Stamp, SaveError> {
        let text = Opened::new_text(Rope::new()).writable(Rope::from_str(text)).unwrap();
        save(disk, path, &text, expect)
    }

    fn unchanged(opened: &Opened) -> Expect {
        Expect::Unchanged(opened.stamp.clone().unwrap())
    }

    #[test]
    fn saving_keeps_mode_attributes_and_links() {
        let folder = Folder::new();
        let (path, opened) = folder.file("a", "old");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o751)).unwrap();
        let has_attributes = xattr::set(&path, "user.note", b"kept").is_ok();
        let link = folder.path("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let stamp = write(&RealDisk, &link, "new", &unchanged(&opened)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o751);
        if has_attributes {
            assert_eq!(xattr::get(&path, "user.note").unwrap().as_deref(), Some(&b"kept"[..]));
        }
        assert_eq!(folder.names(), ["a", "link"]);
        assert!(is_unchanged(&RealDisk, &path, &stamp).unwrap());
    }

    #[test]
    fn hard_links_stay_one_file() {
        let folder = Folder::new();
        let (path, opened) = folder.file("a", "old");
        fs::hard_link(&path, folder.path("b")).unwrap();
        write(&RealDisk, &path, "new", &unchanged(&opened)).unwrap();
        assert_eq!(fs::read_to_string(folder.path("b")).unwrap(), "new");
        assert_eq!(folder.names(), ["a", "b"]);
    }

    #[test]
    fn a_change_by_another_program_is_never_overwritten() {
        let folder = Folder::new();
        let (path, opened) = folder.file("a", "old");
        fs::write(&path, "foreign").unwrap();
        let write_as = |expect: &Expect| write(&RealDisk, &path, "new", expect);
        let Err(SaveError::ChangedOnDisk(_, seen)) = write_as(&unchanged(&opened)) else { panic!() };
        fs::write(&path, "a third one").unwrap();
        let refused = write_as(&Expect::Unchanged(*seen));
        assert!(
            matches!(refused, Err(SaveError::ChangedOnDisk(..))),
            "only what was seen may be overwritten"
        );
        fs::remove_file(&path).unwrap();
        assert!(matches!(write_as(&unchanged(&opened)), Err(SaveError::Removed(_))));
        write_as(&Expect::Absent).unwrap();
        let Err(SaveError::Exists(_, seen)) = write_as(&Expect::Absent) else { panic!() };
        write(&RealDisk, &path, "newer", &Expect::Unchanged(*seen)).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "newer");
        fs::write(&path, "old").unwrap();
        write(&RealDisk, &path, "same content, other time", &unchanged(&opened)).unwrap();
    }

    #[test]
    fn what_became_of_a_file_is_known_whatever_lies_there_now() {
        let folder = Folder::new();
        let (path, opened) = folder.file("a", "old");
        let stamp = opened.stamp.unwrap();
        let fate = || fate(&RealDisk, &path, &stamp);
        assert_eq!(fate(), Fate::Same);
        fs::write(&path, "other").unwrap();
        assert_eq!(fate(), Fate::Changed);
        fs::write(&path, "old").unwrap();
        assert_eq!(fate(), Fate::Same, "its content counts");
        fs::remove_file(&path).unwrap();
        assert_eq!(fate(), Fate::Gone);
        fs::create_dir(&path).unwrap();
        assert_eq!(fate(), Fate::NoFile);
        fs::remove_dir(&path).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        assert_eq!(fate(), Fate::NoFile);
        fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &path).unwrap();
        assert_eq!(fate(), Fate::NoFile);
    }

    #[test]
    fn one_file_is_known_under_each_of_its_names() {
        let folder = Folder::new();
        let (path, opened) = folder.file("a", "text");
        let (_, other) = folder.file("b", "text");
        let (hard, soft) = (folder.path("hard"), folder.path("soft"));
        fs::hard_link(&path, &hard).unwrap();
        std::os::unix::fs::symlink(&path, &soft).unwrap();
        let stamp = opened.stamp.unwrap();
        for name in [hard, soft, folder.0.path().join("./a")] {
            assert!(stamp.is_of_same_file(&open(&RealDisk, &name).unwrap().stamp.unwrap()));
        }
        assert!(!stamp.is_of_same_file(&other.stamp.unwrap()));
    }

    #[test]
    fn folders_and_write_protected_files_are_refused() {
        let folder = Folder::new();
        assert!(matches!(open(&RealDisk, folder.0.path()), Err(OpenError::NotAFile(_))));
        let (path, opened) = folder.file("a", "old");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        assert!(matches!(write(&RealDisk, &path, "new", &unchanged(&opened)), Err(SaveError::Io { .. })));
        assert_eq!(folder.names(), ["a"]);
    }
}
