//! Whether installed files are still what they were when they came: every byte, samples of them, or, before each use, the stamp of the
//! last time that every byte was read.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Installed, Store, StoreError, open, tree_path};
use crate::hash::{Digest, HashTree, PIECE, blake3_at_rest};
use crate::stamp::ModelStamp;
use crate::{OnProgress, Progress, regular};

/// Pieces of 1 MiB that a sampled check reads, besides the first and the last.
const SAMPLES: usize = 64;

/// How thoroughly to check a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VerifyMode {
    /// Every byte.
    #[default]
    Full,
    /// Size, the header, the end, and 64 chunks of 1 MiB spread over the file, other ones each time: finds truncation and
    /// overwritten files at once and most damage, in a fraction of the time.
    Sampled,
}

/// A check that found nothing wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What was done: every byte is read where samples would not do, as of a file that has changed.
    pub mode: VerifyMode,
    /// Bytes that were read.
    pub bytes: u64,
}

/// What is known of an installed model's bytes now. Times are seconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Every byte was checked then, and the files have not changed since.
    Verified(u64),
    /// The same, and samples of them were checked then.
    Sampled(u64),
    /// Its files have changed since they were checked. Every byte is checked before they are used.
    Changed,
    /// A file is missing.
    Missing,
    /// Nothing tells whether they have changed. Every byte is checked before they are used; those of a file outside
    /// the store, which nobody knows, are not.
    Unknown,
}

/// A model file that may be used: what was checked is what is open.
#[derive(Debug)]
pub struct Checked {
    /// The file.
    pub file: File,
    /// Tells whether what somebody opens by its path is this file, unchanged.
    pub stamp: ModelStamp,
    /// The digest that its bytes have; `None` for a file outside the store.
    pub sha256: Option<Digest>,
    /// Bytes that were read for that.
    pub read: u64,
}

/// A seed that nobody knows before.
pub(super) fn seed() -> u64 {
    RandomState::new().hash_one(0)
}

/// Why a check did not pass: the world, or the bytes.
enum Fault {
    Store(StoreError),
    Damage { file: PathBuf, found: String, expected: String },
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a check came to.
struct Passed {
    bytes: u64,
    /// One for each file.
    seals: Vec<Option<ModelStamp>>,
    every_byte: bool,
}

impl Store {
    /// Compares the files with the manifest; what fails goes to the quarantine. Samples are enough only of files that have not
    /// changed since they were read in full.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] names what was found; `Stopped` when the callback says so.
    pub fn verify(&self, wanted: &str, mode: VerifyMode, on: OnProgress<'_>) -> Result<Verified, StoreError> {
        let model = self.find_kept(wanted)?;
        let passed = self.or_quarantine(&model, self.check(&model, mode, on))?;
        let mode = if passed.every_byte { VerifyMode::Full } else { VerifyMode::Sampled };
        let bytes = passed.bytes;
        self.note(&model, &passed)?;
        Ok(Verified { mode, bytes })
    }

    /// Opens an installed model's file for use. Its stamp is compared with that of the last full check; where it is another one, every
    /// byte is read first. A file outside the store is opened as it is: there is nothing to compare it with.
    ///
    /// # Errors
    /// [`StoreError::Damaged`]: it is not what was installed, and lies in the quarantine now. [`StoreError::Changing`]: somebody
    /// writes to it. `Stopped` when the callback says so.
    pub fn open_checked(&self, path: &Path, on: OnProgress<'_>) -> Result<Checked, StoreError> {
        let Some(model) =
            self.installed()?.into_iter().find(|model| model.files.iter().any(|one| one == path))
        else {
            let file = open(path)?;
            let stamp = stamp_of(&file, path)?;
            return Ok(Checked { file, stamp, sha256: None, read: 0 });
        };
        let mut opened = Vec::new();
        for part in &model.files {
            let file = open(part)?;
            let stamp = stamp_of(&file, part)?;
            opened.push((file, stamp));
        }
        let mut sealed =
            opened.iter().enumerate().map(|(index, (_, stamp))| model.seal(index) == Some(*stamp));
        let read = if sealed.all(|sealed| sealed) { 0 } else { self.check_opened(&model, &opened, on)? };
        let parts = model.files.iter().zip(&model.record.sha256).zip(opened);
        let asked = parts.into_iter().find(|((part, _), _)| *part == path);
        let ((_, &sha256), (file, stamp)) =
            asked.ok_or_else(|| StoreError::io("open", path, io::ErrorKind::NotFound.into()))?;
        Ok(Checked { file, stamp, sha256: Some(sha256), read })
    }

    /// Reads every byte of these files. Returns how many.
    fn check_opened(
        &self,
        model: &Installed,
        opened: &[(File, ModelStamp)],
        on: OnProgress<'_>,
    ) -> Result<u64, StoreError> {
        let total = opened.iter().map(|(_, stamp)| stamp.size).sum();
        let mut passed = Passed { bytes: 0, seals: Vec::new(), every_byte: true };
        for ((part, &expected), (file, _)) in model.files.iter().zip(&model.record.blake3).zip(opened) {
            let before = passed.bytes;
            let mut report = |progress: Progress| on(Progress { done: before + progress.done, total });
            let (bytes, seal) = self.or_quarantine(model, check_all(part, file, expected, &mut report))?;
            passed.bytes += bytes;
            passed.seals.push(seal);
        }
        let read = passed.bytes;
        // Only for speed: the next use would read it again.
        drop(self.note(model, &passed));
        Ok(read)
    }

    fn or_quarantine<T>(&self, model: &Installed, checked: Result<T, Fault>) -> Result<T, StoreError> {
        checked.map_err(|fault| match fault {
            Fault::Store(error) => error,
            Fault::Damage { file, found, expected } => {
                match self.isolate(model, &format!("{found}, expected {expected}")) {
                    Ok(quarantine) => StoreError::Damaged { file, found, expected, quarantine },
                    Err(error) => error,
                }
            }
        })
    }

    fn note(&self, model: &Installed, passed: &Passed) -> Result<(), StoreError> {
        let guard = self.lock()?;
        let now = (self.clock)();
        self.update(&guard, |manifest| {
            for record in manifest.of_version(&model.record) {
                record.seals.clone_from(&passed.seals);
                if passed.every_byte {
                    (record.checked_at, record.sampled_at) = (Some(now), None);
                } else {
                    record.sampled_at = Some(now);
                }
            }
        })
    }

    /// Reads what is to be read and finds it right.
    fn check(&self, model: &Installed, mode: VerifyMode, on: OnProgress<'_>) -> Result<Passed, Fault> {
        let sizes = model.files.iter().map(|file| size_of_file(file)).collect::<Result<Vec<_>, _>>()?;
        let total: u64 = sizes.iter().sum();
        let damage = |file: &Path, found: String, expected: String| {
            Err(Fault::Damage { file: file.to_owned(), found, expected })
        };
        if total != model.record.size {
            return damage(model.path(), format!("{total} bytes"), format!("{} bytes", model.record.size));
        }
        let mut before = 0;
        let mut passed = Passed { bytes: 0, seals: Vec::new(), every_byte: true };
        let files = model.files.iter().zip(&model.record.blake3).zip(sizes);
        for (index, ((path, &expected), size)) in files.enumerate() {
            let file = open(path)?;
            let mut report = |progress: Progress| on(Progress { done: before + progress.done, total });
            let stamp = stamp_of(&file, path)?;
            let sealed = model.seal(index) == Some(stamp);
            let tree = || {
                let kept = regular::read(&tree_path(path), HashTree::bytes_of(size)).ok()?;
                HashTree::from_bytes(&kept, expected)
            };
            let tree = if sealed && mode == VerifyMode::Sampled { tree() } else { None };
            let (bytes, seal) = match tree {
                Some(tree) => {
                    passed.every_byte = false;
                    (check_samples(path, &file, &tree, (self.seed)(), &mut report)?, Some(stamp))
                }
                None => {
                    let (bytes, seal) = check_all(path, &file, expected, &mut report)?;
                    (bytes, seal.or(sealed.then_some(stamp)))
                }
            };
            passed.bytes += bytes;
            passed.seals.push(seal);
            before += size;
        }
        if let Err(why) = model.header() {
            return damage(model.path(), why.to_string(), "a valid header".to_owned());
        }
        Ok(passed)
    }
}

impl Installed {
    /// What the file had when every byte of it was read.
    fn seal(&self, index: usize) -> Option<ModelStamp> {
        self.record.seals.get(index).copied().flatten()
    }

    /// What is known of its bytes, by a look at its files' stamps.
    pub fn condition(&self) -> Condition {
        if !self.kept {
            return Condition::Unknown;
        }
        let mut condition = match (self.record.sampled_at, self.record.checked_at) {
            (Some(at), _) => Condition::Sampled(at),
            (None, at) => Condition::Verified(at.unwrap_or(self.record.installed_at)),
        };
        for (index, file) in self.files.iter().enumerate() {
            let Ok(metadata) = fs::metadata(file) else { return Condition::Missing };
            match self.seal(index) {
                Some(seal) if seal == ModelStamp::from(&metadata) => {}
                Some(_) => return Condition::Changed,
                None => condition = Condition::Unknown,
            }
        }
        condition
    }
}

fn stamp_of(file: &File, path: &Path) -> Result<ModelStamp, StoreError> {
    ModelStamp::of(file).map_err(|cause| StoreError::io("read", path, cause))
}

/// The bytes that were read, and the seal of the file; none where a further change might not show.
fn check_all(
    path: &Path,
    file: &File,
    expected: Digest,
    on: OnProgress<'_>,
) -> Result<(u64, Option<ModelStamp>), Fault> {
    let (tree, seal) = blake3_at_rest(file, on).map_err(|cause| match cause.kind() {
        io::ErrorKind::ResourceBusy => StoreError::Changing { file: path.to_owned() },
        _ => StoreError::io("read", path, cause),
    })?;
    if tree.root() != expected {
        let (found, expected) = (format!("BLAKE3 {}", tree.root()), expected.to_string());
        return Err(Fault::Damage { file: path.to_owned(), found, expected });
    }
    let kept = tree_path(path);
    if tree.len() > 1 && !kept.is_file() {
        // Only for speed: the next sampled check would do without.
        drop(regular::write_anew(&kept, &tree.to_bytes()));
    }
    Ok((file.metadata().map_or(0, |metadata| metadata.len()), seal))
}

/// The pieces of a sampled check: the first, one of each of [`SAMPLES`] stretches of equal length, and the last.
fn samples(pieces: usize, seed: u64) -> Vec<usize> {
    let mut random = fastrand::Rng::with_seed(seed);
    let between = pieces.saturating_sub(2);
    let stretch = |n: usize| 1 + n * between / SAMPLES;
    let stretches = (0..SAMPLES).map(|n| stretch(n)..stretch(n + 1)).filter(|range| !range.is_empty());
    let mut chosen = vec![0];
    chosen.extend(stretches.map(|range| random.usize(range)));
    chosen.extend((pieces > 1).then(|| pieces - 1));
    chosen
}

fn check_samples(
    path: &Path,
    file: &File,
    tree: &HashTree,
    seed: u64,
    on: OnProgress<'_>,
) -> Result<u64, Fault> {
    let last = tree.len().saturating_sub(1);
    let mut buffer = Vec::new();
    let mut read = 0;
    for index in samples(tree.len(), seed) {
        let good = tree
            .check_piece(file, index, &mut buffer)
            .map_err(|cause| StoreError::io("read", path, cause))?;
        if !good {
            let found = format!("other bytes in the mebibyte at {}", index * PIECE);
            return Err(Fault::Damage {
                file: path.to_owned(),
                found,
                expected: "those of the import".to_owned(),
            });
        }
        read += PIECE as u64;
        if on(Progress { done: (index * PIECE) as u64, total: (last * PIECE) as u64 }).is_break() {
            return Err(StoreError::Stopped.into());
        }
    }
    Ok(read)
}

fn size_of_file(path: &Path) -> Result<u64, Fault> {
    match fs::metadata(path) {
        Ok(metadata) => Ok(metadata.len()),
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => Err(Fault::Damage {
            file: path.to_owned(),
            found: "no file".to_owned(),
            expected: "a file".to_owned(),
        }),
        Err(cause) => Err(StoreError::io("read", path, cause).into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::unix::fs::FileExt as _;

    use super::*;

    #[test]
    fn samples_are_spread_and_other_ones_each_time_until_every_piece_was_read() {
        for pieces in [1, 2, 3, 64, 66, 67, 1_000, 9_000] {
            let chosen = samples(pieces, 1);
            assert!(chosen.is_sorted_by(|a, b| a < b), "{chosen:?}");
            assert_eq!((chosen[0], chosen[chosen.len() - 1]), (0, pieces - 1));
            assert_eq!(chosen.len(), pieces.min(SAMPLES + 2));
            assert_eq!(chosen, samples(pieces, 1), "the same seed chooses the same");
            let widest = chosen.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or(0);
            assert!(widest <= 2 * pieces.div_ceil(SAMPLES), "{widest} of {pieces}");
        }
        let mut read = std::collections::BTreeSet::new();
        (0..100).for_each(|seed| read.extend(samples(1_000, seed)));
        assert!(read.len() > 990, "{} of 1000 after 100 checks", read.len());
        assert_ne!(seed(), seed());
    }
    #[test]
    fn what_rots_where_no_stamp_shows_it_is_found_by_repeated_samples() {
        const DAMAGED: usize = 77;
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&vec![0; 150 * PIECE]).unwrap();
        let tree = crate::hash::blake3_tree(&file, &mut crate::quiet).unwrap();
        file.write_all_at(&[1], (DAMAGED * PIECE + 5) as u64).unwrap();
        let path = Path::new("a");
        let finds = |seed: &u64| {
            matches!(check_samples(path, &file, &tree, *seed, &mut crate::quiet), Err(Fault::Damage { .. }))
        };
        let found = (0..20).filter(finds).count();
        assert!((1..20).contains(&found), "the same pieces each time: {found} of 20 checks found it");
    }
}
