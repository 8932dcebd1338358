//! The models of this machine and of the catalogue, and the work on them that takes time.

use std::path::PathBuf;

use models::catalog::{CatalogEntry, ModelRole};
use models::fit::Recommendation;
use models::import::{FoundModel, ImportMode};
use models::next_edit::NextEditFamily;
use models::store::{Condition, DiskUsage, Installed, Leftover};

use crate::machine::Machine;
use crate::speed::Speed;

/// Names a download, an import or a check for as long as the window lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkId(pub u64);

/// The panel.
#[derive(Debug, Default)]
pub struct Manager {
    /// What is here and what could be; `None` until it was listed.
    pub shelf: Option<Result<Box<ModelInventory>, String>>,
    /// Only models for this role are shown.
    pub filter: Option<ModelRole>,
    /// What goes on, and what failed.
    pub work: Vec<Work>,
    /// Counts work.
    pub last: u64,
}

/// Models of this machine and of the catalogue, as listed once.
#[derive(Clone, Debug)]
pub struct ModelInventory {
    /// The folder of installed models.
    pub root: PathBuf,
    /// No connection may be made.
    pub air_gapped: bool,
    /// When it was listed, in seconds since 1970.
    pub now: u64,
    /// What models were judged for.
    pub machine: Machine,
    /// Bytes on disk.
    pub usage: DiskUsage,
    /// The catalogue.
    pub catalogue: Vec<Card>,
    /// The installed models.
    pub installed: Vec<Owned>,
    /// Models of other tools.
    pub found: Vec<FoundModel>,
    /// Files that belong to no model.
    pub leftovers: Vec<Leftover>,
}

/// An entry of the catalogue.
#[derive(Clone, Debug)]
pub struct Card {
    /// What it says.
    pub entry: CatalogEntry,
    /// How it fits this machine.
    pub fit: Recommendation,
    /// How fast it is.
    pub speed: Speed,
    /// Is this very file installed?
    pub installed: bool,
}

/// An installed model.
#[derive(Clone, Debug)]
pub struct Owned {
    /// Its line of the manifest.
    pub model: Installed,
    /// Are its files there?
    pub present: bool,
    /// What is known of its bytes.
    pub condition: Condition,
    /// From its header: quantisation, weights and how it fits; or why the header cannot be read.
    pub facts: Result<Facts, String>,
}

/// What a header tells of a model.
#[derive(Clone, Debug)]
pub struct Facts {
    /// Such as `Q4_K_M`.
    pub quantisation: String,
    /// Weights.
    pub parameters: u64,
    /// How it fits this machine.
    pub fit: Recommendation,
    /// How fast it is.
    pub speed: Speed,
    /// It is a model for next edits, of this family.
    pub next_edit: Option<NextEditFamily>,
}

/// Something that takes time.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// Its name.
    pub id: WorkId,
    /// What it is.
    pub kind: WorkKind,
    /// The model, for people.
    pub title: String,
    /// The user paused it.
    pub paused: bool,
    /// How far it is, or why it failed.
    pub status: Result<WorkProgress, String>,
}

/// What takes time.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkKind {
    /// A download of a catalogue entry, whose licence was accepted at this time in milliseconds of the window.
    Download(Box<CatalogEntry>, u64),
    /// An import of a file.
    Import(PathBuf, ImportMode),
    /// A check of the version with this name.
    Verify(String),
}

impl WorkKind {
    /// Is this the same once more?
    pub fn repeats(&self, earlier: &WorkKind) -> bool {
        match (self, earlier) {
            (WorkKind::Download(entry, _), WorkKind::Download(other, _)) => entry.id == other.id,
            _ => self == earlier,
        }
    }
}

/// How far something is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WorkProgress {
    /// In words.
    pub words: String,
    /// 0 to 1.
    pub part: f32,
}

/// What must be answered before something happens.
#[derive(Clone, Debug, PartialEq)]
pub enum Dialog {
    /// The licence of this entry; nothing is fetched before it is accepted.
    Licence(Box<CatalogEntry>),
    /// Delete this model.
    Remove {
        /// The name of its version.
        version: String,
        /// For people.
        name: String,
        /// Bytes.
        size: u64,
        /// Who pins it.
        pinned_by: Vec<String>,
    },
    /// Delete these files.
    Clean(Vec<Leftover>),
}

impl Manager {
    /// What was listed.
    pub fn shelf(&self) -> Option<&ModelInventory> {
        self.shelf.as_ref()?.as_ref().ok().map(|shelf| &**shelf)
    }

    /// The work with this name.
    pub fn find(&mut self, id: WorkId) -> Option<&mut Work> {
        self.work.iter_mut().find(|work| work.id == id)
    }

    /// Is a file being imported?
    pub fn is_importing(&self) -> bool {
        self.work.iter().any(|work| work.status.is_ok() && matches!(work.kind, WorkKind::Import(..)))
    }

    /// The download of this entry that continues.
    pub fn download_of(&self, id: &str) -> Option<&Work> {
        self.work.iter().find(|work| {
            work.status.is_ok() && matches!(&work.kind, WorkKind::Download(entry, _) if entry.id == id)
        })
    }
}

impl ModelInventory {
    /// The installed version with this name.
    pub fn owned(&self, version: &str) -> Option<&Owned> {
        self.installed.iter().find(|owned| owned.model.record.version_name() == version)
    }
}
