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

mod check;
mod disk;
mod error;
mod manifest;
mod record;

use crate::hash::HashTree;
use crate::regular;
use crate::stamp::ModelStamp;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

pub use check::{Checked, Condition, Verified, VerifyMode};
pub(crate) use disk::{seal, sync_folder};
pub use error::{NotFound, StoreError};
pub use manifest::Guard;
pub use record::{Installed, ModelSource, Record};

/// The store of one root folder. Cheap to open; all state is on disk, so that several processes may share it.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
    clock: fn() -> u64,
    /// Decides which samples are checked.
    seed: fn() -> u64,
}

/// A finished file that is to become a model's, with what was found while it was hashed.
pub(crate) struct StagedModel {
    /// Where it lies now.
    pub(crate) path: PathBuf,
    /// Of its pieces.
    pub(crate) tree: HashTree,
    /// What it was when it was hashed; `None`: a change since would not show.
    pub(crate) stamp: Option<ModelStamp>,
    /// We have written it; what is linked belongs to others, who may be writing it.
    pub(crate) ours: bool,
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
    /// Where models live when nobody says otherwise: `LOCALCODER_MODELS`, else
    /// `~/Library/Application Support/LocalCoder/models` on a Mac and `$XDG_DATA_HOME/LocalCoder/models` elsewhere.
    ///
    /// # Errors
    /// [`StoreError::NoHome`].
    pub fn default_root() -> Result<PathBuf, StoreError> {
        root_from(|name| std::env::var_os(name).map(PathBuf::from))
    }

    /// The store in `root`, which is created when it is not there.
    ///
    /// # Errors
    /// [`StoreError::Io`] when the folder cannot be made.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_with_clock(root, now)
    }

    /// [`Store::open`] with another clock, in seconds since 1970.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with_clock(root: impl Into<PathBuf>, clock: fn() -> u64) -> Result<Self, StoreError> {
        let root = root.into();
        fs::create_dir_all(&root).map_err(|cause| StoreError::io("create", &root, cause))?;
        let root = root.canonicalize().map_err(|cause| StoreError::io("open", &root, cause))?;
        Ok(Self { root, clock, seed: check::seed })
    }

    /// The same store with samples chosen by these seeds, which the system gives otherwise.
    #[must_use]
    pub fn with_seed(self, seed: fn() -> u64) -> Self {
        Self { seed, ..self }
    }

    /// The folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// What the manifest lists, sorted by id, newest version first; a model whose files are gone is listed too
    /// ([`Installed::present`]).
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn installed(&self) -> Result<Vec<Installed>, StoreError> {
        let mut models: Vec<_> =
            self.read_manifest()?.models.into_iter().map(|record| self.place(record)).collect();
        models.sort_by(|a, b| {
            a.record.id.cmp(&b.record.id).then(b.record.installed_at.cmp(&a.record.installed_at))
        });
        Ok(models)
    }

    /// The model with this id (or `id@` and the start of its SHA-256), or in this file. Of several versions the
    /// newest.
    ///
    /// # Errors
    /// [`NotFound`] says what to do.
    pub fn find(&self, wanted: &str) -> Result<Installed, NotFound> {
        let models = self.installed().map_err(|why| NotFound::new(wanted, why.to_string()))?;
        if let Some(model) = models.iter().find(|model| model.answers_to(wanted)) {
            return Ok(model.clone());
        }
        let loose =
            [Path::new(wanted).to_owned(), self.root.join(wanted), self.root.join(format!("{wanted}.gguf"))];
        if let Some(path) = loose.into_iter().find(|path| path.is_file()) {
            return Ok(self.owner_of(&path, models).unwrap_or_else(|| Installed::loose(&path)));
        }
        Err(NotFound::new(wanted, advice(wanted, &models)))
    }

    /// The version of a model that `by` pins, if it pins one.
    ///
    /// # Errors
    /// When the manifest cannot be read.
    pub fn pinned(&self, by: &str) -> Result<Option<Installed>, StoreError> {
        Ok(self.installed()?.into_iter().find(|model| model.record.pinned_by.iter().any(|known| known == by)))
    }

    /// Lets `by` (a profile or role) hold exactly this version, and no other from now on.
    ///
    /// # Errors
    /// No such model, or the manifest cannot be written.
    pub fn pin(&self, wanted: &str, by: &str) -> Result<Installed, StoreError> {
        self.change(wanted, |record, chosen| {
            record.pinned_by.retain(|known| known != by);
            if chosen {
                record.pinned_by.push(by.to_owned());
            }
        })
    }

    /// Undoes [`Store::pin`].
    ///
    /// # Errors
    /// No such model, or the manifest cannot be written.
    pub fn unpin(&self, wanted: &str, by: &str) -> Result<Installed, StoreError> {
        self.change(wanted, |record, chosen| {
            if chosen {
                record.pinned_by.retain(|known| known != by);
            }
        })
    }

    /// Applies `edit` to every record, telling it which is the one that was asked for.
    fn change(&self, wanted: &str, edit: impl Fn(&mut Record, bool)) -> Result<Installed, StoreError> {
        let guard = self.lock()?;
        let chosen = self.find_kept(wanted)?;
        self.update(&guard, |manifest| {
            for record in &mut manifest.models {
                let is_it = record.same_version(&chosen.record);
                edit(record, is_it);
            }
        })?;
        Ok(self.find(&chosen.record.version_name())?)
    }

    /// Deletes the model's files and its line; `even_pinned` also when a profile pins it. Returns the bytes freed
    /// (0 for links).
    ///
    /// # Errors
    /// Pinned, no such model, or the file system says no.
    pub fn remove(&self, wanted: &str, even_pinned: bool) -> Result<u64, StoreError> {
        let guard = self.lock()?;
        let model = self.find_kept(wanted)?;
        if !even_pinned && !model.record.pinned_by.is_empty() {
            return Err(StoreError::Pinned { id: model.record.id, by: model.record.pinned_by.join(", ") });
        }
        self.forget(&guard, &model.record)?;
        let mut freed = 0;
        for file in &model.files {
            freed += disk::remove(file)?;
            disk::remove(&tree_path(file))?;
        }
        disk::remove_empty_folders(&self.root, &self.folder_of(&model.record));
        Ok(freed)
    }

    /// Bytes by what they are.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn disk_usage(&self) -> Result<DiskUsage, StoreError> {
        let mut usage = DiskUsage {
            installed: self
                .installed()?
                .iter()
                .filter(|model| model.present())
                .map(|model| model.record.size)
                .sum(),
            free: free_space(&self.root)?,
            ..DiskUsage::default()
        };
        for leftover in self.leftovers()? {
            *match leftover.kind {
                LeftoverKind::Partial => &mut usage.partial,
                LeftoverKind::Quarantined => &mut usage.quarantined,
                LeftoverKind::Orphan => &mut usage.orphaned,
            } += leftover.size;
        }
        Ok(usage)
    }

    /// Partials, quarantined files and orphans. A partial that a running download holds is not listed.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, StoreError> {
        let mut known: Vec<PathBuf> = self.installed()?.into_iter().flat_map(|model| model.files).collect();
        known.extend(known.iter().map(|file| tree_path(file)).collect::<Vec<_>>());
        known.extend([self.root.join(manifest::FILE), self.root.join(manifest::LOCK)]);
        disk::leftovers(&self.root, &known)
    }

    /// Deletes leftovers that [`Store::leftovers`] listed. Returns the bytes freed.
    ///
    /// # Errors
    /// When a file cannot be removed.
    pub fn clean(&self, leftovers: &[Leftover]) -> Result<u64, StoreError> {
        let _guard = self.lock()?;
        let now_known = self.leftovers()?;
        let mut freed = 0;
        for leftover in leftovers.iter().filter(|leftover| now_known.contains(leftover)) {
            freed += disk::remove(&leftover.path)?;
            if let Some(folder) = leftover.path.parent() {
                disk::remove_empty_folders(&self.root, folder);
            }
        }
        Ok(freed)
    }

    /// Moves a model's files away so that nothing loads them, with a note of why. Returns where they lie now.
    ///
    /// # Errors
    /// No such model, or the file system says no.
    pub fn quarantine(&self, wanted: &str, why: &str) -> Result<PathBuf, StoreError> {
        let model = self.find_kept(wanted)?;
        self.isolate(&model, why)
    }

    fn isolate(&self, model: &Installed, why: &str) -> Result<PathBuf, StoreError> {
        let guard = self.lock()?;
        let folder = self.root.join(disk::QUARANTINE).join(format!("{}-{}", model.record.id, (self.clock)()));
        fs::create_dir_all(&folder).map_err(|cause| StoreError::io("create", &folder, cause))?;
        for file in &model.files {
            let Some(name) = file.file_name() else { continue };
            match fs::rename(file, folder.join(name)) {
                Err(cause) if cause.kind() != io::ErrorKind::NotFound => {
                    return Err(StoreError::io("move", file, cause));
                }
                _ => disk::remove(&tree_path(file))?,
            };
        }
        let note = folder.join("why.txt");
        fs::write(&note, format!("{why}\n")).map_err(|cause| StoreError::io("write", &note, cause))?;
        self.forget(&guard, &model.record)?;
        disk::remove_empty_folders(&self.root, &self.folder_of(&model.record));
        Ok(folder)
    }

    /// Where unfinished files lie; created when needed.
    pub(crate) fn partial_folder(&self) -> Result<PathBuf, StoreError> {
        let folder = self.root.join(disk::PARTIAL);
        fs::create_dir_all(&folder).map_err(|cause| StoreError::io("create", &folder, cause))?;
        Ok(folder)
    }

    pub(crate) fn now(&self) -> u64 {
        (self.clock)()
    }

    /// Moves finished files (with the trees of their pieces) to their place and adds the line: from here on the
    /// model is installed. The same version twice is one.
    pub(crate) fn install(&self, record: Record, staged: &[StagedModel]) -> Result<Installed, StoreError> {
        let guard = self.lock()?;
        let mut model = self.place(record);
        let folder = self.folder_of(&model.record);
        fs::create_dir_all(&folder).map_err(|cause| StoreError::io("create", &folder, cause))?;
        let mut seals = Vec::new();
        for (StagedModel { path: from, tree, stamp, ours }, to) in staged.iter().zip(&model.files) {
            let kept = tree_path(to);
            if tree.len() > 1 {
                let written = regular::write_anew(&kept, &tree.to_bytes());
                written.map_err(|cause| StoreError::io("write", &kept, cause))?;
            }
            fs::rename(from, to).map_err(|cause| StoreError::io("move", from, cause))?;
            // The new name is a change as well, of which nobody else could make use: the file is ours alone.
            let moved = || fs::metadata(to).ok().map(|metadata| ModelStamp::from(&metadata));
            let renamed = |now: &ModelStamp| {
                stamp.is_some_and(|was| was == ModelStamp { changed: was.changed, ..*now })
            };
            seals.push(if *ours { moved().filter(renamed) } else { *stamp });
        }
        sync_folder(&folder)?;
        model.record.seals = seals;
        self.update(&guard, |manifest| manifest.add(model.record.clone()))?;
        Ok(self.find(&model.record.version_name())?)
    }

    fn find_kept(&self, wanted: &str) -> Result<Installed, StoreError> {
        let model = self.find(wanted)?;
        if model.kept {
            return Ok(model);
        }
        let advice =
            format!("it is a file outside the manifest; import it first: localcoder models import {wanted}");
        Err(NotFound::new(wanted, advice).into())
    }

    fn owner_of(&self, path: &Path, models: Vec<Installed>) -> Option<Installed> {
        let path = path.canonicalize().ok()?;
        models.into_iter().find(|model| model.files.contains(&path))
    }

    fn forget(&self, guard: &Guard, record: &Record) -> Result<(), StoreError> {
        self.update(guard, |manifest| manifest.models.retain(|known| !known.same_version(record)))
    }

    fn folder_of(&self, record: &Record) -> PathBuf {
        self.root.join(&record.id).join(record.short_hash())
    }

    fn place(&self, record: Record) -> Installed {
        let folder = self.folder_of(&record);
        Installed { files: record.files.iter().map(|file| folder.join(file)).collect(), kept: true, record }
    }
}

fn open(path: &Path) -> Result<File, StoreError> {
    regular::open(path).map_err(|cause| StoreError::io("open", path, cause))
}

/// Bytes that could still be written beside `path`.
pub(crate) fn free_space(path: &Path) -> Result<u64, StoreError> {
    let stat = rustix::fs::statvfs(path)
        .map_err(|cause| StoreError::io("ask for free space of", path, cause.into()))?;
    Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
}

/// Where the values of a file's pieces are kept.
fn tree_path(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".b3tree");
    file.with_file_name(name)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

fn root_from(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf, StoreError> {
    let set = |name: &str| variable(name).filter(|path| path.is_absolute());
    if let Some(root) = variable("LOCALCODER_MODELS").filter(|path| !path.as_os_str().is_empty()) {
        return Ok(root);
    }
    let home = || set("HOME").ok_or(StoreError::NoHome);
    let data = if cfg!(target_os = "macos") {
        home()?.join("Library/Application Support")
    } else {
        set("XDG_DATA_HOME").map_or_else(|| home().map(|home| home.join(".local/share")), Ok)?
    };
    Ok(data.join("LocalCoder/models"))
}

fn advice(wanted: &str, models: &[Installed]) -> String {
    let wanted = wanted.to_lowercase();
    let close = |model: &&Installed| {
        let words = wanted.split(['-', '_', '.', '@', ' ']).filter(|word| word.len() > 1);
        let hits = words.clone().filter(|word| model.record.id.contains(word)).count();
        hits > 0 && 2 * hits >= words.count()
    };
    let near: Vec<_> = models.iter().filter(close).map(|model| model.record.id.as_str()).collect();
    match (near.as_slice(), models) {
        ([], []) => "none is installed: install one from the catalogue or import a GGUF file".to_owned(),
        ([], _) => "`localcoder models list` shows what is".to_owned(),
        (near, _) => format!("did you mean {}?", near.join(" or ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_users_word_then_the_platforms_folder() {
        let root = |variables: &[(&str, &str)]| {
            let variables: Vec<_> =
                variables.iter().map(|(name, value)| (*name, PathBuf::from(value))).collect();
            root_from(move |name| {
                variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
            })
        };
        let home = ("HOME", "/h");
        assert_eq!(root(&[("LOCALCODER_MODELS", "m"), home]).unwrap(), Path::new("m"));
        let (plain, moved) = if cfg!(target_os = "macos") {
            (
                "/h/Library/Application Support/LocalCoder/models",
                "/h/Library/Application Support/LocalCoder/models",
            )
        } else {
            ("/h/.local/share/LocalCoder/models", "/d/LocalCoder/models")
        };
        assert_eq!(root(&[home]).unwrap(), Path::new(plain));
        assert_eq!(root(&[home, ("LOCALCODER_MODELS", "")]).unwrap(), Path::new(plain));
        assert_eq!(root(&[home, ("XDG_DATA_HOME", "/d")]).unwrap(), Path::new(moved));
        assert_eq!(root(&[home, ("XDG_DATA_HOME", "relative")]).unwrap(), Path::new(plain));
        assert!(matches!(root(&[]), Err(StoreError::NoHome)));
    }
}
