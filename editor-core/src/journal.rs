//! What was typed and not saved, append-only, so that a crash loses less than a second. Recovery only reads: what
//! becomes of the recovered text is for a person to decide.

use std::{
    ffi::OsString,
    io,
    os::unix::ffi::{OsStrExt, OsStringExt},
    path::{Path, PathBuf},
};

use ropey::Rope;
use serde::{Deserialize, Serialize};

use crate::{
    buffer::Buffer,
    disk::{Disk, WriteFile},
    transaction::{Change, Transaction},
};

/// The first bytes of a journal, before its version.
const KIND: &[u8] = b"LCjrnl";
/// The first bytes of a journal of this version.
const MAGIC: &[u8; 8] = b"LCjrnl2\n";
/// Those of the version before. Its paths were text, laid out as bytes are now, and its owner never changed.
const MAGIC_1: &[u8; 8] = b"LCjrnl1\n";

/// Bytes of a record before its content: length and checksum.
const HEADER: usize = 4 + CHECKSUM;
const CHECKSUM: usize = 16;

/// The text at the beginning is recorded in pieces of about this many chars.
const PIECE: usize = 1 << 20;

/// No record is larger, in bytes, and decoding allocates no more.
const MAX_RECORD: usize = 1 << 30;
/// How records are laid out, and how much one may claim to be.
const FORMAT: bincode::config::Configuration<
    bincode::config::LittleEndian,
    bincode::config::Varint,
    bincode::config::Limit<MAX_RECORD>,
> = bincode::config::standard().with_limit::<MAX_RECORD>();

/// Whose edits these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalOwner {
    /// The file, if it is one. Its name may be any bytes.
    #[serde(with = "as_bytes")]
    pub path: Option<PathBuf>,
    /// What the window called it.
    pub title: String,
    /// BLAKE3 of the file that the edits began from, if there was one and it is known.
    pub file_hash: Option<[u8; 32]>,
}

mod as_bytes {
    use super::{Deserialize, OsStrExt, OsString, OsStringExt, Path, PathBuf, Serialize};

    pub fn serialize<S: serde::Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
        path.as_deref().map(|path: &Path| path.as_os_str().as_bytes()).serialize(to)
    }

    pub fn deserialize<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
        let bytes = Option::<Vec<u8>>::deserialize(from)?;
        Ok(bytes.map(|bytes| OsString::from_vec(bytes).into()))
    }
}

/// What follows the magic, one record after the other.
#[derive(Debug, Serialize, Deserialize)]
enum Record {
    /// Comes first.
    Begin { owner: JournalOwner, chars: u64 },
    /// A piece of the text as it was; together they have the announced length.
    Text(String),
    /// An edit of a text of this length in chars.
    Edit { len: u64, changes: Vec<Change> },
    /// The text is another file's now, or that file was written.
    Owner(JournalOwner),
}

/// The journal of one buffer, open for appending.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Box<dyn WriteFile>,
    /// Recorded, not yet written.
    waiting: Vec<u8>,
    written: u64,
    is_synced: bool,
    /// A write failed midway: the file must be cut to `written` first.
    is_torn: bool,
}

/// What a journal gave back.
#[derive(Clone, Debug)]
pub struct RecoveredJournal {
    /// Whose text it is.
    pub owner: JournalOwner,
    /// The text with all edits that were recorded whole.
    pub rope: Rope,
    /// Was the journal cut off or damaged behind what was recovered?
    pub is_cut: bool,
}

/// Why nothing could be recovered.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The system refuses.
    #[error("the journal {} cannot be read: {why}", .0.display(), why = .1)]
    Io(PathBuf, #[source] io::Error),
    /// It is no journal, or not even its beginning is whole.
    #[error("{} is damaged", .0.display())]
    NotAJournal(PathBuf),
    /// Another version of the editor wrote it.
    #[error("{} was written by another version of LocalCoder", .0.display())]
    OtherVersion(PathBuf),
}

impl Journal {
    /// Begins a journal with the text as it is, written and synced; costs a write of the whole text. `path` must not
    /// exist. It can be read by its owner alone.
    ///
    /// # Errors
    /// As the system says.
    pub fn create(disk: &dyn Disk, path: &Path, owner: &JournalOwner, rope: &Rope) -> io::Result<Self> {
        let (file, waiting) = (disk.create_new(path, true)?, MAGIC.to_vec());
        let mut journal =
            Self { path: path.to_owned(), file, waiting, written: 0, is_synced: false, is_torn: false };
        journal.record(&Record::Begin { owner: owner.clone(), chars: rope.len_chars() as u64 })?;
        for start in (0..rope.len_chars()).step_by(PIECE) {
            let piece = rope.slice(start..(start + PIECE).min(rope.len_chars()));
            journal.record(&Record::Text(piece.to_string()))?;
            journal.flush()?;
        }
        journal.sync()?;
        disk.sync_folder(path.parent().unwrap_or(Path::new(".")))?;
        Ok(journal)
    }

    fn record(&mut self, record: &Record) -> io::Result<()> {
        let content = bincode::serde::encode_to_vec(record, FORMAT).map_err(io::Error::other)?;
        let length = u32::try_from(content.len()).ok().filter(|&length| length as usize <= MAX_RECORD);
        let length = length.ok_or_else(|| io::Error::other("an edit of more than 1 GiB"))?;
        self.waiting.extend(length.to_le_bytes());
        self.waiting.extend(checksum(&content));
        self.waiting.extend(content);
        self.is_synced = false;
        Ok(())
    }

    /// Records an edit in memory. [`Journal::flush`] writes it. An edit of more than 1 GiB is not recorded, and
    /// nothing after it can be recovered.
    pub fn append(&mut self, transaction: &Transaction) {
        let changes = transaction.changes().to_vec();
        let recorded = self.record(&Record::Edit { len: transaction.base_len() as u64, changes });
        debug_assert!(recorded.is_ok(), "{recorded:?}");
    }

    /// Records that the text is another file's now, or that this file was written, in the same way.
    pub fn set_owner(&mut self, owner: &JournalOwner) {
        let recorded = self.record(&Record::Owner(owner.clone()));
        debug_assert!(recorded.is_ok(), "{recorded:?}");
    }

    /// Are there edits that were not flushed, or not synced?
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        !self.is_synced
    }

    /// Hands everything recorded to the system: it survives a crash of the program. Due within 100 ms of an edit.
    ///
    /// # Errors
    /// As the system says. What was recorded is kept and written by the next flush.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.file.cut_to(self.written)?;
            self.is_torn = false;
        }
        if self.waiting.is_empty() {
            return Ok(());
        }
        self.is_torn = true;
        self.file.write_all(&self.waiting)?;
        self.is_torn = false;
        self.written += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Waits until it is on the medium: it survives a power cut. Due within a second of an edit; takes time.
    ///
    /// # Errors
    /// As the system says.
    pub fn sync(&mut self) -> io::Result<()> {
        self.flush()?;
        self.file.sync()?;
        self.is_synced = true;
        Ok(())
    }

    /// Bytes written so far. A journal many times the text's size is better begun anew.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Removes the journal, after a save that is known to be on the medium.
    ///
    /// # Errors
    /// As the system says.
    pub fn remove(self, disk: &dyn Disk) -> io::Result<()> {
        drop(self.file);
        disk.remove(&self.path)
    }
}

fn checksum(content: &[u8]) -> [u8; CHECKSUM] {
    let mut sum = [0; CHECKSUM];
    sum.copy_from_slice(&blake3::hash(content).as_bytes()[..CHECKSUM]);
    sum
}

/// Reads a journal back, up to its first record that is not whole. Changes nothing on disk.
///
/// # Errors
/// It cannot be read or is no journal of a version that is known here.
pub fn recover(disk: &dyn Disk, path: &Path) -> Result<RecoveredJournal, JournalError> {
    recover_past(disk, path, |_| ())
}

/// The same, and `passed` is shown each text that was recorded on the way, the last one included.
///
/// # Errors
/// As [`recover`].
pub fn recover_past(
    disk: &dyn Disk,
    path: &Path,
    passed: impl FnMut(&Rope),
) -> Result<RecoveredJournal, JournalError> {
    let bytes = disk.read(path).map_err(|error| JournalError::Io(path.to_owned(), error))?;
    replay(&bytes, passed).ok_or_else(|| {
        let is_known = [MAGIC, MAGIC_1].iter().any(|magic| bytes.starts_with(*magic));
        let error = if bytes.starts_with(KIND) && bytes.len() >= MAGIC.len() && !is_known {
            JournalError::OtherVersion
        } else {
            JournalError::NotAJournal
        };
        error(path.to_owned())
    })
}

fn replay(bytes: &[u8], mut passed: impl FnMut(&Rope)) -> Option<RecoveredJournal> {
    let mut rest = bytes.strip_prefix(MAGIC).or_else(|| bytes.strip_prefix(MAGIC_1))?;
    let Record::Begin { mut owner, chars } = next(&mut rest)? else { return None };
    let chars = usize::try_from(chars).ok()?;
    let mut rope = Rope::new();
    while rope.len_chars() < chars {
        let Record::Text(piece) = next(&mut rest)? else { return None };
        rope.insert(rope.len_chars(), &piece);
    }
    let mut buffer = Buffer::from_rope(rope);
    passed(buffer.rope());
    let mut is_cut = false;
    while !rest.is_empty() && !is_cut {
        is_cut = next(&mut rest).and_then(|record| redo(&mut buffer, &mut owner, record)).is_none();
        passed(buffer.rope());
    }
    Some(RecoveredJournal { owner, rope: buffer.rope().clone(), is_cut })
}

/// The next record, if it is whole.
fn next(rest: &mut &[u8]) -> Option<Record> {
    let (header, behind) = rest.split_at_checked(HEADER)?;
    let (length, sum) = header.split_first_chunk::<4>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok().filter(|&length| length <= MAX_RECORD)?;
    let (content, behind) = behind.split_at_checked(length)?;
    if checksum(content) != sum {
        return None;
    }
    *rest = behind;
    let (record, read) = bincode::serde::decode_from_slice(content, FORMAT).ok()?;
    (read == length).then_some(record)
}

fn redo(buffer: &mut Buffer, owner: &mut JournalOwner, record: Record) -> Option<()> {
    match record {
        Record::Edit { len, changes } => {
            let length = usize::try_from(len).ok()?;
            let transaction = Transaction::for_text(buffer.revision(), length, changes).ok()?;
            buffer.apply(&transaction).ok().map(drop)
        }
        Record::Owner(changed) => {
            *owner = changed;
            Some(())
        }
        Record::Begin { .. } | Record::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::disk::{RealDisk, faulty::FaultyDisk};
    use proptest::prelude::*;

    fn owner() -> JournalOwner {
        JournalOwner { path: None, title: "Untitled 1".to_owned(), file_hash: None }
    }

    /// Journals edits that each put `X` at the start of a text, and the texts after each.
    fn journal(disk: &dyn Disk, path: &Path, text: &str, edits: usize) -> (io::Result<()>, Vec<String>) {
        let mut buffer = Buffer::from_text(text);
        let mut texts = vec![text.to_owned()];
        let made = Journal::create(disk, path, &owner(), buffer.rope()).map(|mut journal| {
            for _ in 0..edits {
                let transaction = Transaction::replace(&buffer, 0..0, "X");
                journal.append(&transaction);
                buffer.apply(&transaction).unwrap();
                texts.push(buffer.rope().to_string());
                // A failed flush loses nothing: the next one tries again.
                drop(journal.sync());
            }
            drop(journal.sync());
            assert!(!journal.is_dirty() && journal.written() > 0);
        });
        (made, texts)
    }

    #[test]
    fn every_edit_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let (made, texts) = journal(&RealDisk, &path, "ab漢\r\n", 3);
        made.unwrap();
        let recovered = recover(&RealDisk, &path).unwrap();
        assert_eq!((recovered.rope.to_string(), recovered.is_cut), (texts[3].clone(), false));
        assert_eq!(recovered.owner, owner());
        assert!(Journal::create(&RealDisk, &path, &owner(), &Rope::new()).is_err(), "never written over");
    }

    #[test]
    fn a_name_of_any_bytes_and_a_changed_owner_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let name = |bytes: &[u8]| Some(PathBuf::from(OsString::from_vec(bytes.to_vec())));
        let odd = JournalOwner { path: name(b"/odd \xFF.py"), file_hash: Some([7; 32]), ..owner() };
        let mut journal = Journal::create(&RealDisk, &path, &odd, &Rope::from_str("text")).unwrap();
        assert_eq!(recover(&RealDisk, &path).unwrap().owner, odd);
        let saved_as = JournalOwner { path: name(b"/odd \xFE.py"), ..odd };
        journal.set_owner(&saved_as);
        assert!(journal.is_dirty());
        journal.sync().unwrap();
        let recovered = recover(&RealDisk, &path).unwrap();
        assert_eq!((recovered.owner, recovered.rope.to_string()), (saved_as, "text".to_owned()));
    }

    #[test]
    fn a_journal_of_the_first_version_is_read() {
        let recovered = replay(include_bytes!("journal/version-1.journal"), |_| ()).unwrap();
        assert_eq!(
            (recovered.rope.to_string(), recovered.is_cut),
            ("def höhe():\n    pass\n".to_owned(), false)
        );
        let owner =
            JournalOwner {
                path: Some("/größe.py".into()), title: "größe.py".to_owned(), file_hash: None
            };
        assert_eq!(recovered.owner, owner);
    }

    #[test]
    fn each_text_on_the_way_is_passed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let (_, texts) = journal(&RealDisk, &path, "start", 3);
        let mut passed = Vec::new();
        recover_past(&RealDisk, &path, |rope| passed.push(rope.to_string())).unwrap();
        assert_eq!(passed, texts);
    }

    #[test]
    fn a_journal_of_another_version_is_told_from_a_damaged_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("j");
        let refused = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            recover(&RealDisk, &path).unwrap_err()
        };
        assert!(matches!(refused(b"LCjrnl9\nwhatever follows"), JournalError::OtherVersion(_)));
        assert!(matches!(refused(b"LCjrnl2\ncut off"), JournalError::NotAJournal(_)));
        assert!(matches!(refused(b"LCjr"), JournalError::NotAJournal(_)));
    }

    #[test]
    fn a_failed_write_is_made_good_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let fails = |operations: usize| {
            let path = folder.path().join(operations.to_string());
            let disk = FaultyDisk::new(operations, true, folder.path());
            let (made, texts) = journal(&disk, &path, "start", 4);
            if made.is_ok() {
                let recovered = recover(&RealDisk, &path).unwrap().rope.to_string();
                assert_eq!(recovered, texts[4], "failed at {operations}");
            }
            disk.has_failed()
        };
        let faults = (0..30).take_while(|operations| fails(*operations)).count();
        assert!((1..30).contains(&faults), "{faults} operations failed");
    }

    #[test]
    fn what_is_no_journal_is_refused() {
        assert!(replay(b"", |_| ()).is_none());
        assert!(replay(MAGIC, |_| ()).is_none());
        assert!(replay(b"something else", |_| ()).is_none());
        let huge = [&MAGIC[..], &u32::MAX.to_le_bytes(), &[0; 40]].concat();
        assert!(replay(&huge, |_| ()).is_none());
    }

    proptest! {
        /// Cut or damaged anywhere, a journal gives back a text that was there, or refuses.
        #[test]
        fn damage_gives_an_earlier_text_or_nothing(cut in 0usize..2000, at in 0usize..2000, flip: u8) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("j");
            let (_, texts) = journal(&RealDisk, &path, "the text as it was", 5);
            let mut bytes = fs::read(&path).unwrap();
            bytes.truncate(bytes.len().saturating_sub(cut % bytes.len()));
            let index = at % bytes.len();
            bytes[index] ^= flip;
            if let Some(recovered) = replay(&bytes, |_| ()) {
                prop_assert!(texts.contains(&recovered.rope.to_string()));
                let is_last = recovered.rope == texts[5];
                prop_assert!(is_last || recovered.is_cut || cut % bytes.len() > 0);
            }
        }

        #[test]
        fn no_bytes_make_recovery_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let with_magic = [&MAGIC[..], &bytes].concat();
            drop((replay(&bytes, |_| ()), replay(&with_magic, |_| ())));
        }
    }
}
