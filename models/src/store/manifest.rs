//! `manifest.json`: read by anyone at any time, changed only under the lock, replaced in one rename.

use super::{Record, Store, StoreError, sync_folder};
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;

pub(super) const FILE: &str = "manifest.json";
pub(super) const LOCK: &str = ".lock";
const VERSION: u32 = 1;
/// A manifest is a few kilobytes a model.
const MAX_BYTES: u64 = 64 << 20;

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Manifest {
    version: u32,
    pub(super) models: Vec<Record>,
}

impl Manifest {
    /// The line of this version, once.
    pub(super) fn add(&mut self, record: Record) {
        match self.models.iter_mut().find(|known| known.same_version(&record)) {
            Some(known) => {
                let pinned_by = std::mem::take(&mut known.pinned_by);
                let accepted = record.licence_accepted_at.or(known.licence_accepted_at);
                *known = Record { pinned_by, licence_accepted_at: accepted, ..record };
            }
            None => self.models.push(record),
        }
    }

    pub(super) fn of_version(&mut self, record: &Record) -> impl Iterator<Item = &mut Record> {
        self.models.iter_mut().filter(|known| known.same_version(record))
    }

    /// A manifest could be anyone's file: its names become paths, so they must be plain.
    fn check(self) -> Result<Self, String> {
        if self.version != VERSION {
            return Err(format!("version {}, this program reads {VERSION}", self.version));
        }
        let plain =
            |name: &String| !name.is_empty() && !name.contains(['/', '\\', '\0']) && !name.starts_with('.');
        for record in &self.models {
            let lists = [record.files.len(), record.sha256.len(), record.blake3.len()];
            if !crate::catalog::is_plain(&record.id) || !record.files.iter().all(plain) {
                return Err(format!("«{}» has a name that is not a plain file name", record.id));
            }
            if lists[0] == 0 || lists.iter().any(|&len| len != lists[0]) {
                return Err(format!("«{}» has {lists:?} files, SHA-256 and BLAKE3 digests", record.id));
            }
            if record.seals.len() > lists[0] {
                return Err(format!("«{}» has more seals than files", record.id));
            }
        }
        Ok(self)
    }
}

/// Holds the right to change the manifest, against threads and other processes, until dropped.
#[derive(Debug)]
pub struct Guard(#[expect(dead_code, reason = "closing the file gives the lock back")] File);

impl Store {
    pub(super) fn lock(&self) -> Result<Guard, StoreError> {
        let path = self.root.join(LOCK);
        let refuse = |cause| StoreError::io("lock", &path, cause);
        let file = File::options().create(true).truncate(false).write(true).open(&path).map_err(refuse)?;
        file.lock().map_err(refuse)?;
        Ok(Guard(file))
    }

    pub(super) fn read_manifest(&self) -> Result<Manifest, StoreError> {
        let path = self.root.join(FILE);
        let json = match crate::regular::read(&path, MAX_BYTES) {
            Ok(json) => json,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => {
                return Ok(Manifest { version: VERSION, models: Vec::new() });
            }
            Err(cause) => return Err(StoreError::io("read", &path, cause)),
        };
        let manifest: Result<Manifest, _> = serde_json::from_slice(&json).map_err(|why| why.to_string());
        manifest.and_then(Manifest::check).map_err(|what| StoreError::Manifest { path, what })
    }

    pub(super) fn update(&self, _: &Guard, edit: impl FnOnce(&mut Manifest)) -> Result<(), StoreError> {
        let mut manifest = self.read_manifest()?;
        edit(&mut manifest);
        let path = self.root.join(FILE);
        let temporary = self.root.join(format!(".{FILE}.new"));
        let json = serde_json::to_vec_pretty(&manifest)
            .map_err(|why| StoreError::Manifest { path: path.clone(), what: why.to_string() })?;
        write_synced(&temporary, &json).map_err(|cause| StoreError::io("write", &temporary, cause))?;
        fs::rename(&temporary, &path).map_err(|cause| StoreError::io("replace", &path, cause))?;
        sync_folder(&self.root)
    }
}

fn write_synced(path: &std::path::Path, bytes: &[u8]) -> io::Result<()> {
    crate::regular::write_anew(path, bytes)?.sync_all()
}
