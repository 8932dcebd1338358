//! Saving: at every moment the old or the new content is whole.

use std::io;
use std::path::{Path, PathBuf};

use super::{
    BACKUP, Expect, Format, MAX_LEFT, SAVING, SaveError, Stamp, Writable, folder_of, hash, temporary_name,
};
use crate::disk::{Disk, WriteFile};

/// Writes a text. Safe at any moment: a crash leaves the old or the new content whole. Takes time: not for the
/// window's thread.
///
/// The way: a temporary file beside the target, with its attributes, synced, renamed over it. A target with several
/// names, or one whose folder or owner forbids that, is written in place after a backup has been synced. The file is looked
/// at again right before the rename or the first byte in place; in the moment between goes unseen what another program
/// writes, but no file that it makes where none was is replaced. What a killed save left is removed by the next one.
///
/// # Errors
/// See [`SaveError`].
pub fn save(disk: &dyn Disk, path: &Path, text: &Writable, expect: &Expect) -> Result<Stamp, SaveError> {
    write(disk, path, (&text.bytes()?, text.format()), Some(expect), false)
}

/// Writes a file that belongs to the editor and holds no text of the user's, in the same way. A new one can be read by its
/// owner alone when it is `private`; one that is there keeps its mode.
///
/// # Errors
/// [`SaveError::Io`], [`SaveError::InPlace`] or [`SaveError::NotDurable`], or as for a text when it changes meanwhile.
pub fn replace_own(disk: &dyn Disk, path: &Path, bytes: &[u8], private: bool) -> Result<(), SaveError> {
    write(disk, path, (bytes, Format::UTF8), None, private).map(drop)
}

fn write(
    disk: &dyn Disk,
    path: &Path,
    (bytes, format): (&[u8], Format),
    expect: Option<&Expect>,
    private: bool,
) -> Result<Stamp, SaveError> {
    let target = match disk.resolve(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        result => result.map_err(|error| io_error(path, "finding it", error))?,
    };
    let save = Save { disk, target: &target, bytes, format, private };
    let found = save.current()?;
    save.sweep(found.as_ref());
    match (found, expect) {
        (None, Some(Expect::Unchanged(_))) => Err(SaveError::Removed(target.clone())),
        (None, _) => save.by_rename(None),
        (Some((found, _)), Some(Expect::Absent)) => Err(SaveError::Exists(target.clone(), Box::new(found))),
        (Some((found, _)), Some(Expect::Unchanged(known))) if found.hash != known.hash => {
            Err(SaveError::ChangedOnDisk(target.clone(), Box::new(found)))
        }
        (Some(found), _) => save.over(&found),
    }
}

/// What is in a file's place, and its content.
type Found = (Stamp, Vec<u8>);

fn io_error(path: &Path, step: &'static str, source: io::Error) -> SaveError {
    SaveError::Io { path: path.to_owned(), step, source }
}

/// One save under way.
struct Save<'a> {
    disk: &'a dyn Disk,
    target: &'a Path,
    bytes: &'a [u8],
    format: Format,
    /// Can a new file be read by its owner alone?
    private: bool,
}

impl Save<'_> {
    fn failed(&self, step: &'static str) -> impl Fn(io::Error) -> SaveError {
        move |error| io_error(self.target, step, error)
    }

    fn folder(&self) -> &Path {
        folder_of(self.target)
    }

    /// What is on disk now, if anything.
    fn current(&self) -> Result<Option<Found>, SaveError> {
        let found =
            self.disk.metadata(self.target).and_then(|metadata| Ok((metadata, self.disk.read(self.target)?)));
        match found {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.failed("comparing it")(error)),
            Ok((metadata, bytes)) => {
                Ok(Some((Stamp { metadata, hash: hash(&bytes), format: self.format }, bytes)))
            }
        }
    }

    /// Writes over what was found there.
    fn over(&self, found: &Found) -> Result<Stamp, SaveError> {
        if found.0.metadata.read_only {
            let error = io::Error::new(io::ErrorKind::PermissionDenied, "the file is write-protected");
            return Err(io_error(self.target, "opening it", error));
        }
        if found.0.metadata.links > 1 {
            return self.in_place(found);
        }
        match self.by_rename(Some(found)) {
            Err(SaveError::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
                self.in_place(found)
            }
            result => result,
        }
    }

    fn temporary_name(&self, number: usize, suffix: &str) -> String {
        temporary_name(self.target, number, suffix)
    }

    /// Refuses when the file is no longer what was found: another program wrote or removed it meanwhile.
    fn still(&self, (found, _): &Found) -> Result<(), SaveError> {
        if self.disk.metadata(self.target).is_ok_and(|now| now == found.metadata) {
            return Ok(());
        }
        match self.current()? {
            Some((now, _)) if now.hash == found.hash => Ok(()),
            Some((now, _)) => Err(SaveError::ChangedOnDisk(self.target.to_owned(), Box::new(now))),
            None => Err(SaveError::Removed(self.target.to_owned())),
        }
    }

    /// What a new file met under its name.
    fn taken(&self, error: io::Error) -> SaveError {
        match self.current() {
            Ok(Some((now, _))) => SaveError::Exists(self.target.to_owned(), Box::new(now)),
            Ok(None) => io_error(self.target, "renaming", error),
            Err(error) => error,
        }
    }

    /// A new file in a folder, with the first free name. One that a killed save left there is in nobody's way.
    fn create(
        &self,
        folder: &Path,
        suffix: &str,
        private: bool,
    ) -> io::Result<(PathBuf, Box<dyn WriteFile>)> {
        for number in 0..1000 {
            let path = folder.join(self.temporary_name(number, suffix));
            match self.disk.create_new(&path, private) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|file| (path, file)),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Removes what a save that was killed left beside the file: a text that was on its way, or a backup, whole or begun, of what
    /// is still in the file. Any other backup may be the only whole copy of a file that was torn, and stays.
    fn sweep(&self, found: Option<&Found>) {
        for number in 0..MAX_LEFT {
            let left = |suffix| self.folder().join(self.temporary_name(number, suffix));
            let is_ours = |path: &Path| self.disk.is_abandoned(path).unwrap_or(false);
            let is_copy = |path: &Path| {
                found.is_some_and(|(_, old)| self.disk.read(path).is_ok_and(|copy| old.starts_with(&copy)))
            };
            let (saving, backup) = (left(SAVING), left(BACKUP));
            if is_ours(&saving) {
                drop(self.disk.remove(&saving));
            }
            if is_ours(&backup) && is_copy(&backup) {
                drop(self.disk.remove(&backup));
            }
        }
    }

    fn by_rename(&self, found: Option<&Found>) -> Result<Stamp, SaveError> {
        let created = self.create(self.folder(), SAVING, found.is_some() || self.private);
        let (temporary, file) = created.map_err(self.failed("creating a temporary file"))?;
        let stamp = self.fill_and_rename(&temporary, file, found).inspect_err(|_| {
            drop(self.disk.remove(&temporary));
        })?;
        match self.disk.sync_folder(self.folder()) {
            Ok(()) => Ok(stamp),
            Err(source) => {
                Err(SaveError::NotDurable { path: self.target.to_owned(), stamp: Box::new(stamp), source })
            }
        }
    }

    fn fill_and_rename(
        &self,
        temporary: &Path,
        mut file: Box<dyn WriteFile>,
        found: Option<&Found>,
    ) -> Result<Stamp, SaveError> {
        file.write_all(self.bytes).map_err(self.failed("writing"))?;
        if found.is_some() {
            let copied = self.disk.copy_attributes(self.target, temporary);
            copied.map_err(self.failed("keeping its owner and mode"))?;
        }
        file.sync().map_err(self.failed("syncing"))?;
        // Of our own file: what another program does to it under its name is no part of the stamp.
        let stamp = self.stamp(temporary);
        let renamed = match found {
            None => self.disk.rename_new(temporary, self.target),
            Some(found) => {
                self.still(found)?;
                self.disk.rename(temporary, self.target)
            }
        };
        match renamed {
            Ok(()) => Ok(stamp),
            Err(error) if found.is_none() && error.kind() == io::ErrorKind::AlreadyExists => {
                Err(self.taken(error))
            }
            Err(error) => Err(io_error(self.target, "renaming", error)),
        }
    }

    /// Writes over what is there, which keeps the file's names and owner. Room is reserved first, so that a full disk is
    /// found before a byte is lost; when something fails later the old bytes are put back.
    fn in_place(&self, found: &Found) -> Result<Stamp, SaveError> {
        let old = &found.1;
        let (backup, _held) = self.backup(old).map_err(self.failed("writing a backup"))?;
        if let Err(changed) = self.still(found) {
            drop(self.disk.remove(&backup));
            return Err(changed);
        }
        let opened = self.disk.overwrite(self.target).and_then(|mut file| {
            let reserved = file.reserve(self.bytes.len() as u64);
            if reserved.is_err() {
                // Gives back what was reserved of it; the content is as it was.
                drop(file.cut_to(old.len() as u64));
            }
            reserved.map(|()| file)
        });
        let mut file = match opened {
            Ok(file) => file,
            Err(error) => {
                drop(self.disk.remove(&backup));
                return Err(io_error(self.target, "opening it", error));
            }
        };
        if let Err(source) = fill(file.as_mut(), self.bytes) {
            if file.rewind().and_then(|()| fill(file.as_mut(), old)).is_err() {
                return Err(SaveError::InPlace { path: self.target.to_owned(), backup, source });
            }
            drop(self.disk.remove(&backup));
            return Err(io_error(self.target, "writing", source));
        }
        drop(self.disk.remove(&backup));
        Ok(self.stamp(self.target))
    }

    /// Writes and syncs the old content beside the file, or elsewhere when its folder cannot be written to. As long as the
    /// backup is open nobody else takes it for a leftover.
    fn backup(&self, old: &[u8]) -> io::Result<(PathBuf, Box<dyn WriteFile>)> {
        let scratch = self.disk.scratch();
        let beside = self.create(self.folder(), BACKUP, true).map(|made| (made, self.folder()));
        let made =
            beside.or_else(|_| self.create(&scratch, BACKUP, true).map(|made| (made, scratch.as_path())));
        let ((path, mut file), folder) = made?;
        let written =
            file.write_all(old).and_then(|()| file.sync()).and_then(|()| self.disk.sync_folder(folder));
        match written {
            Ok(()) => Ok((path, file)),
            Err(error) => {
                drop(self.disk.remove(&path));
                Err(error)
            }
        }
    }

    /// Without metadata the stamp still has its hash, which decides.
    fn stamp(&self, written: &Path) -> Stamp {
        Stamp {
            metadata: self.disk.metadata(written).unwrap_or_default(),
            hash: hash(self.bytes),
            format: self.format,
        }
    }
}

/// Makes a file that is open at its start hold these bytes and no others, on the medium.
fn fill(file: &mut dyn WriteFile, bytes: &[u8]) -> io::Result<()> {
    file.write_all(bytes)?;
    file.cut_to(bytes.len() as u64)?;
    file.sync()
}
