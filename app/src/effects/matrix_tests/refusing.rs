//! A disk that answers as this machine cannot be made to: full, or with files of another owner; and one on which another program
//! does something in the midst of a save.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use editor_core::disk::{Disk, Metadata, RealDisk, WriteFile};
use editor_core::file;
use parking_lot::Mutex;
use rustix::io::Errno;

use crate::effects::Outbox;
use crate::effects::saves::Writer;
use crate::event::{Event, Save};

/// What another program does.
type Deed = Box<dyn FnOnce() + Send>;

/// What is odd about a disk.
#[derive(Clone, Default)]
pub struct Refusing {
    /// Nothing more can be written beneath this folder.
    pub full: Option<PathBuf>,
    /// Files beneath this folder belong to somebody else, whose they stay.
    pub foreign: Option<PathBuf>,
    /// The process is killed in the midst of writing over a file that is there.
    pub kills: bool,
    /// Done once, when the text is on its way and the file was looked at already.
    pub meanwhile: Arc<Mutex<Option<Deed>>>,
}

impl std::fmt::Debug for Refusing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Refusing").field("full", &self.full).field("foreign", &self.foreign).finish()
    }
}

impl Refusing {
    /// Saves as the window does, on this disk.
    pub fn writer(self) -> Writer {
        Arc::new(move |out: &Outbox, save: Save| {
            let Save { tab, path, text, expect, revision } = save;
            let result = file::save(&self, &path, &text, &expect);
            out.send(Event::Saved { tab, path, revision, result });
        })
    }

    fn has_no_room(&self, path: &Path) -> bool {
        self.full.as_ref().is_some_and(|full| path.starts_with(full))
    }
}

/// A file that takes half of a text, and then there is no process any more.
#[derive(Debug)]
struct Killing(Box<dyn WriteFile>);

impl WriteFile for Killing {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(&bytes[..bytes.len() / 2])?;
        rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL)?;
        loop {
            std::thread::park();
        }
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }

    fn cut_to(&mut self, length: u64) -> io::Result<()> {
        self.0.cut_to(length)
    }

    fn reserve(&mut self, length: u64) -> io::Result<()> {
        self.0.reserve(length)
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.0.rewind()
    }
}

/// A file on a full disk: half of a text finds room, its reservation none.
#[derive(Debug)]
struct Full(Box<dyn WriteFile>);

impl WriteFile for Full {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(&bytes[..bytes.len() / 2])?;
        Err(Errno::NOSPC.into())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync()
    }

    fn cut_to(&mut self, length: u64) -> io::Result<()> {
        self.0.cut_to(length)
    }

    fn reserve(&mut self, _: u64) -> io::Result<()> {
        Err(Errno::NOSPC.into())
    }

    fn rewind(&mut self) -> io::Result<()> {
        self.0.rewind()
    }
}

impl Disk for Refusing {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        RealDisk.read(path)
    }

    fn metadata(&self, path: &Path) -> io::Result<Metadata> {
        RealDisk.metadata(path)
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        RealDisk.resolve(path)
    }

    fn create_new(&self, path: &Path, private: bool) -> io::Result<Box<dyn WriteFile>> {
        if let Some(deed) = self.meanwhile.lock().take() {
            deed();
        }
        let file = RealDisk.create_new(path, private)?;
        Ok(if self.has_no_room(path) { Box::new(Full(file)) } else { file })
    }

    fn overwrite(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let file = RealDisk.overwrite(path)?;
        if self.kills {
            return Ok(Box::new(Killing(file)));
        }
        Ok(if self.has_no_room(path) { Box::new(Full(file)) } else { file })
    }

    fn copy_attributes(&self, from: &Path, to: &Path) -> io::Result<()> {
        match &self.foreign {
            Some(foreign) if from.starts_with(foreign) => Err(Errno::PERM.into()),
            _ => RealDisk.copy_attributes(from, to),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn rename_new(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename_new(from, to)
    }

    fn is_abandoned(&self, path: &Path) -> io::Result<bool> {
        RealDisk.is_abandoned(path)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        RealDisk.sync_folder(folder)
    }

    fn scratch(&self) -> PathBuf {
        RealDisk.scratch()
    }
}
