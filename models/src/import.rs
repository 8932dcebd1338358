//! Models that are already on this machine: taken in by copy, clone or link, and found in other tools' folders.
//!
//! A file becomes the catalogue's entry when its SHA-256 says so, whatever its name; else it is installed as
//! unverified, with what its own header says. Nothing is believed of another tool but the bytes.

mod copying;
mod scan;

use crate::catalog::{Catalog, CatalogEntry};
use crate::gguf::{self, Header, Invalid};
use crate::hash::{Digest, HashTree, blake3_tree, sha256};
use crate::source_files::parts_of;
use crate::stamp::ModelStamp;
use crate::store::{Installed, ModelSource, Record, StagedModel, Store, StoreError, free_space, seal};
use crate::{OnProgress, Progress};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

pub use crate::source_files::ImportMode;
pub use scan::{FoundModel, ImportFolders, Tool, scan, scan_other_tools};

/// Why an import did not happen. Nothing is left in the store after one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Reading, writing or the manifest.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file is not a model that is safe to load.
    #[error("{path} was not imported: {why}")]
    Invalid {
        /// Which file.
        path: PathBuf,
        /// Which rule it breaks.
        why: Invalid,
    },
    /// Parts of a split model are not beside it.
    #[error("{path} is one of several parts and {missing} is missing; put all parts into one folder")]
    MissingPart {
        /// The file that was given.
        path: PathBuf,
        /// The first part that is not there.
        missing: PathBuf,
    },
    /// The disk is too full.
    #[error("{needed} bytes are needed in {folder} and {free} are free; remove models or import as a link")]
    NoRoom {
        /// Where.
        folder: PathBuf,
        /// Bytes of the model.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// The file system cannot do it that way.
    #[error("{path} could not be imported as {mode:?}: {cause}; import it as a copy")]
    Mode {
        /// Which file.
        path: PathBuf,
        /// How.
        mode: ImportMode,
        /// Why.
        cause: io::Error,
    },
    /// The bytes changed between the first look and the last.
    #[error("{path} changed while it was imported; try again when nothing writes to it")]
    Changed {
        /// Which file.
        path: PathBuf,
    },
}

/// Takes the file (and the other parts, when it is one of several) into the store.
///
/// The header is judged first, so that what cannot be loaded costs nothing; then the bytes are brought over, hashed
/// where they lie now, and the header is judged again.
///
/// # Errors
/// Not a safe GGUF file, no room, or the file system says no; nothing is left behind.
pub fn import_file(
    store: &Store,
    catalog: &Catalog,
    path: &Path,
    mode: ImportMode,
    on: OnProgress<'_>,
) -> Result<Installed, ImportError> {
    let path = std::path::absolute(path).map_err(|cause| StoreError::io("find", path, cause))?;
    let parts = parts_of(&path);
    if let Some(missing) = parts.iter().find(|part| !part.is_file()) {
        if parts.len() > 1 {
            return Err(ImportError::MissingPart { path, missing: missing.clone() });
        }
        let gone = io::Error::from(io::ErrorKind::NotFound);
        return Err(StoreError::io("open", missing, gone).into());
    }
    let first_look = header(&parts)?;
    let size = sizes(&parts)?;
    let staging = Staging::new(store, &parts, mode, size)?;
    let staged = staging.bring(&parts, mode, size, on)?;
    let files: Vec<PathBuf> = staged.iter().map(|part| part.file.path.clone()).collect();
    if header(&files)?.tensor_bytes != first_look.tensor_bytes || sizes(&files)? != size {
        return Err(ImportError::Changed { path });
    }
    let source = ModelSource::Import { from: path, how: mode };
    let record = record(store.now(), catalog, source, &parts, &staged, &first_look);
    let files: Vec<_> = staged.into_iter().map(|part| part.file).collect();
    Ok(store.install(record, &files)?)
}

fn header(files: &[PathBuf]) -> Result<Header, ImportError> {
    let open = |path: &PathBuf| File::open(path).map_err(|cause| StoreError::io("open", path, cause));
    let opened = files.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    let opened: Vec<&File> = opened.iter().collect();
    let path = files.first().cloned().unwrap_or_default();
    gguf::validate_parts(&opened).map_err(|why| ImportError::Invalid { path, why })
}

fn sizes(files: &[PathBuf]) -> Result<u64, StoreError> {
    let size = |path: &PathBuf| fs::metadata(path).map(|file| file.len());
    files.iter().map(|path| size(path).map_err(|cause| StoreError::io("read", path, cause))).sum()
}

/// One file on its way, already hashed.
struct Brought {
    file: StagedModel,
    sha256: Digest,
}

/// A folder under `partial/` that disappears unless everything worked. Its lock keeps others from cleaning it up.
struct Staging {
    folder: PathBuf,
    _lock: File,
}

/// Tells imports of this process apart.
static IMPORTS: AtomicU64 = AtomicU64::new(0);

impl Drop for Staging {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.folder));
    }
}

impl Staging {
    fn new(store: &Store, parts: &[PathBuf], mode: ImportMode, size: u64) -> Result<Self, ImportError> {
        let partial = store.partial_folder()?;
        let free = free_space(&partial)?;
        let name = parts.first().and_then(|part| part.file_name()).unwrap_or_default().to_string_lossy();
        let number = IMPORTS.fetch_add(1, Ordering::Relaxed);
        let folder = partial.join(format!("import-{}-{number}-{name}", std::process::id()));
        if mode == ImportMode::Copy && free < size && !can_clone(&partial, parts) {
            return Err(ImportError::NoRoom { folder: partial, needed: size, free });
        }
        fs::create_dir_all(&folder).map_err(|cause| StoreError::io("create", &folder, cause))?;
        let lock = folder.join(".lock");
        let refuse = |cause| StoreError::io("lock", &lock, cause);
        let file = File::create(&lock).map_err(refuse)?;
        file.lock().map_err(refuse)?;
        Ok(Self { folder, _lock: file })
    }

    fn bring(
        &self,
        parts: &[PathBuf],
        mode: ImportMode,
        size: u64,
        on: OnProgress<'_>,
    ) -> Result<Vec<Brought>, ImportError> {
        let mut done = 0;
        let mut staged = Vec::new();
        for part in parts {
            let path = self.folder.join(part.file_name().unwrap_or_default());
            let mut report = |now: Progress| on(Progress { done: done + now.done, total: size });
            let began = SystemTime::now();
            let (file, sha256, tree) = bring_one(part, &path, mode, &mut report)?;
            let ours = matches!(mode, ImportMode::Copy | ImportMode::Clone);
            if ours {
                seal(&file, &path)?;
            }
            // What a link leads to may be written at any moment, now too: it is sealed when a change must show.
            let stamp = ModelStamp::of(&file).ok().filter(|stamp| ours || stamp.is_settled(began));
            done += file.metadata().map_or(0, |file| file.len());
            staged.push(Brought { file: StagedModel { path, tree, stamp, ours }, sha256 });
        }
        Ok(staged)
    }
}

/// Both digests; SHA-256 takes one core for as long as it takes, BLAKE3 runs beside it.
fn hash(file: &File, path: &Path, on: OnProgress<'_>) -> Result<(Digest, HashTree), StoreError> {
    let (sha, tree) = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().name("blake3".to_owned());
        let tree = builder.spawn_scoped(scope, || blake3_tree(file, &mut crate::quiet));
        let sha = sha256(file, on);
        let tree = tree.and_then(|tree| tree.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())));
        (sha, tree)
    });
    let refuse = |cause| StoreError::io("read", path, cause);
    Ok((sha.map_err(refuse)?, tree.map_err(refuse)?))
}

/// Puts one file at `to`; returns it open with the digests of what is there.
fn bring_one(
    from: &Path,
    to: &Path,
    mode: ImportMode,
    on: OnProgress<'_>,
) -> Result<(File, Digest, HashTree), ImportError> {
    drop(fs::remove_file(to));
    let wrong_mode = |cause| ImportError::Mode { path: from.to_owned(), mode, cause };
    match mode {
        ImportMode::HardLink => fs::hard_link(from, to).map_err(wrong_mode)?,
        ImportMode::Symlink => {
            let real = from.canonicalize().map_err(|cause| StoreError::io("find", from, cause))?;
            std::os::unix::fs::symlink(real, to).map_err(wrong_mode)?;
        }
        ImportMode::Clone => clone_file(from, to).map_err(wrong_mode)?,
        ImportMode::Copy => {
            if clone_file(from, to).is_err() {
                return copy(from, to, on).map_err(|cause| StoreError::io("copy", from, cause).into());
            }
        }
    }
    let file = File::open(to).map_err(|cause| StoreError::io("open", to, cause))?;
    let (sha256, tree) = hash(&file, to, on)?;
    Ok((file, sha256, tree))
}

fn copy(from: &Path, to: &Path, on: OnProgress<'_>) -> io::Result<(File, Digest, HashTree)> {
    let target = File::options().read(true).write(true).create_new(true).open(to)?;
    let (sha256, tree) = copying::copy_hashed(File::open(from)?, &target, on)?;
    Ok((target, sha256, tree))
}

/// Whether a first part could be cloned into `folder`.
fn can_clone(folder: &Path, parts: &[PathBuf]) -> bool {
    let probe = folder.join(format!("clone-probe-{}", std::process::id()));
    let cloned = parts.first().is_some_and(|part| clone_file(part, &probe).is_ok());
    drop(fs::remove_file(&probe));
    cloned
}

#[cfg(target_os = "linux")]
fn clone_file(from: &Path, to: &Path) -> io::Result<()> {
    let source = File::open(from)?;
    let target = File::create_new(to)?;
    rustix::fs::ioctl_ficlone(&target, &source).map_err(|cause| {
        drop(fs::remove_file(to));
        cause.into()
    })
}

#[cfg(target_os = "macos")]
fn clone_file(from: &Path, to: &Path) -> io::Result<()> {
    let source = File::open(from)?;
    Ok(rustix::fs::fclonefileat(&source, rustix::fs::CWD, to, rustix::fs::CloneFlags::empty())?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn clone_file(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn record(
    now: u64,
    catalog: &Catalog,
    source: ModelSource,
    parts: &[PathBuf],
    staged: &[Brought],
    header: &Header,
) -> Record {
    let entry = match staged {
        [one] => catalog.by_sha256(one.sha256),
        _ => None,
    };
    let file_name = |part: &PathBuf| part.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let stem =
        parts.first().and_then(|part| part.file_stem()).unwrap_or_default().to_string_lossy().into_owned();
    let own_name = header.name.clone().unwrap_or_else(|| stem.clone());
    Record {
        id: entry.map_or_else(|| own_id(catalog, &stem), |entry| entry.id.clone()),
        name: entry.map_or(own_name, |entry| entry.name.clone()),
        files: match entry {
            Some(entry) => vec![entry.file.clone()],
            None => parts.iter().map(file_name).map(|name| plain_name(&name)).collect(),
        },
        size: header_size(staged),
        sha256: staged.iter().map(|part| part.sha256).collect(),
        blake3: staged.iter().map(|part| part.file.tree.root()).collect(),
        source,
        installed_at: now,
        licence: licence(entry, header),
        licence_accepted_at: None,
        verified: entry.is_some(),
        checked_at: Some(now),
        sampled_at: None,
        seals: Vec::new(),
        pinned_by: Vec::new(),
    }
}

fn header_size(staged: &[Brought]) -> u64 {
    staged.iter().filter_map(|part| fs::metadata(&part.file.path).ok()).map(|file| file.len()).sum()
}

fn licence(entry: Option<&CatalogEntry>, header: &Header) -> Option<String> {
    entry.map(|entry| entry.licence.clone()).or_else(|| header.licence.id.clone())
}

/// An unverified file never goes under the catalogue's name.
fn own_id(catalog: &Catalog, stem: &str) -> String {
    let id = plain_id(stem);
    if catalog.get(&id).is_some() { format!("{}-unverified", &id[..id.len().min(80)]) } else { id }
}

/// An id of a file's name: lower case, and only what every file system takes.
fn plain_id(stem: &str) -> String {
    let plain =
        |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c.to_ascii_lowercase() } else { '-' };
    let id: String = stem.chars().map(plain).take(100).collect();
    let id = id.trim_start_matches('.');
    if id.is_empty() { "model".to_owned() } else { id.to_owned() }
}

fn plain_name(name: &str) -> String {
    let name = name.trim_start_matches('.').replace(['/', '\\', '\0'], "-");
    if name.ends_with(".gguf") { name } else { format!("{name}.gguf") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_known_by_their_names() {
        let names = |path: &str| {
            let parts = parts_of(Path::new(path));
            parts.iter().map(|part| part.to_string_lossy().into_owned()).collect::<Vec<_>>()
        };
        let three = ["d/m-00001-of-00003.gguf", "d/m-00002-of-00003.gguf", "d/m-00003-of-00003.gguf"];
        assert_eq!(names("d/m-00002-of-00003.gguf"), three);
        for alone in [
            "m.gguf",
            "m-00001-of-00001.gguf",
            "m-00004-of-00003.gguf",
            "m-1-of-3.gguf",
            "m-00001-of-99999.gguf",
        ] {
            assert_eq!(names(alone), [alone]);
        }
    }

    #[test]
    fn ids_are_plain_whatever_the_file_is_called() {
        for (stem, id) in [("Qwen 2.5 (Q4)", "qwen-2.5--q4-"), ("..x", "x"), ("", "model"), ("Ä", "-")] {
            assert_eq!(plain_id(stem), id);
            assert!(crate::catalog::is_plain(&plain_id(stem)));
        }
    }
}
