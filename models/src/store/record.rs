//! One installed model: what the manifest knows of it, and where its files lie.

use super::{StoreError, open};
use crate::gguf;
use crate::hash::Digest;
use crate::stamp::ModelStamp;
use serde::{Deserialize, Serialize};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// An installed model: one line of the manifest, with its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Installed {
    /// Where it lies: one file, or all parts of a split model in order.
    pub files: Vec<PathBuf>,
    /// Whether the store keeps it; a file opened by its path is not kept, pinned or removed.
    pub kept: bool,
    /// What the manifest knows.
    pub record: Record,
}

/// What the manifest knows of a model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The catalogue's id, or one made of the file name.
    pub id: String,
    /// For people.
    pub name: String,
    /// File names, in the order of the parts.
    pub files: Vec<String>,
    /// Bytes of all files.
    pub size: u64,
    /// SHA-256 of each file.
    pub sha256: Vec<Digest>,
    /// BLAKE3 of each file: what is checked before loading.
    pub blake3: Vec<Digest>,
    /// Where it came from.
    pub source: ModelSource,
    /// When it was installed, seconds since 1970.
    pub installed_at: u64,
    /// The licence, by the catalogue or by the file's own word.
    #[serde(default)]
    pub licence: Option<String>,
    /// When the user accepted it, seconds since 1970.
    #[serde(default)]
    pub licence_accepted_at: Option<u64>,
    /// Whether the SHA-256 is the one pinned in the catalogue.
    pub verified: bool,
    /// When the bytes were last checked in full, seconds since 1970.
    #[serde(default)]
    pub checked_at: Option<u64>,
    /// When samples of the bytes were last checked since, seconds since 1970.
    #[serde(default)]
    pub sampled_at: Option<u64>,
    /// What each file was when its bytes were last checked in full; `None`: a change would not have shown. Empty in manifests
    /// of before.
    #[serde(default)]
    pub seals: Vec<Option<ModelStamp>>,
    /// The profiles or roles that pin exactly this version.
    #[serde(default)]
    pub pinned_by: Vec<String>,
}

/// Where a model came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum ModelSource {
    /// Downloaded.
    Hub {
        /// Owner and name.
        repository: String,
        /// Commit.
        revision: String,
    },
    /// Imported from this machine.
    Import {
        /// The file it was made of.
        from: PathBuf,
        /// How.
        how: crate::source_files::ImportMode,
    },
    /// Not in the store: opened by its path.
    Path,
}

impl Record {
    /// `id@` and the start of the SHA-256: names exactly this version.
    pub fn version_name(&self) -> String {
        format!("{}@{}", self.id, self.short_hash())
    }

    pub(super) fn short_hash(&self) -> String {
        self.sha256.first().map(Digest::short).unwrap_or_default()
    }

    pub(super) fn same_version(&self, other: &Self) -> bool {
        self.id == other.id && self.sha256 == other.sha256
    }
}

impl Installed {
    /// Whether all its files are there with their sizes.
    pub fn present(&self) -> bool {
        let sizes = self.files.iter().map(|file| fs::metadata(file).map(|metadata| metadata.len()));
        sizes.sum::<io::Result<u64>>().is_ok_and(|size| size == self.record.size)
    }

    /// What to hand to the worker: the (first) file.
    pub fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), PathBuf::as_path)
    }

    /// Reads and checks the header.
    ///
    /// # Errors
    /// A file cannot be opened, or breaks a rule.
    pub fn header(&self) -> Result<gguf::Header, StoreError> {
        let files = self.files.iter().map(|file| open(file)).collect::<Result<Vec<_>, _>>()?;
        let files: Vec<&File> = files.iter().collect();
        gguf::validate_parts(&files).map_err(|why| StoreError::Invalid { file: self.path().to_owned(), why })
    }

    pub(super) fn answers_to(&self, wanted: &str) -> bool {
        match wanted.split_once('@') {
            Some((id, hash)) => id == self.record.id && hash.len() >= 4 && self.record.sha256_starts(hash),
            None => wanted == self.record.id,
        }
    }

    /// A model that is only a path: nothing is known of it but its name and size.
    pub(super) fn loose(path: &Path) -> Self {
        let files = crate::source_files::parts_of(path);
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let size =
            files.iter().filter_map(|file| fs::metadata(file).ok()).map(|metadata| metadata.len()).sum();
        let record = Record {
            id: name.clone(),
            name,
            files: files
                .iter()
                .filter_map(|file| Some(file.file_name()?.to_string_lossy().into_owned()))
                .collect(),
            size,
            sha256: Vec::new(),
            blake3: Vec::new(),
            source: ModelSource::Path,
            installed_at: 0,
            licence: None,
            licence_accepted_at: None,
            verified: false,
            checked_at: None,
            sampled_at: None,
            seals: Vec::new(),
            pinned_by: Vec::new(),
        };
        Self { files, kept: false, record }
    }
}

impl Record {
    fn sha256_starts(&self, hash: &str) -> bool {
        self.sha256.first().is_some_and(|digest| digest.to_string().starts_with(hash))
    }
}
