//! The two digests of a model file: SHA-256 is what publishers state, BLAKE3 is what is fast enough to check at
//! every load. Both are 32 bytes and written as 64 lower-case hex digits.
//!
//! BLAKE3 is a tree, so each mebibyte of a file has a digest of its own (a chaining value) that the whole is made
//! of. Keeping those beside a model makes two things possible: all cores read and hash different pieces at once,
//! and a few pieces can be checked without reading the rest.

use crate::stamp::ModelStamp;
use crate::{OnProgress, Progress};
use blake3::hazmat::{ChainingValue, HasherExt, Mode, merge_subtrees_non_root, merge_subtrees_root};
use sha2::Digest as _;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// 32 bytes of a digest; which function made it is said by the field that holds it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

/// The text is not 64 hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("«{0}» is not a digest: 64 hex digits are needed")]
pub struct NotADigest(String);

impl Digest {
    /// The first 12 hex digits: enough to tell versions of a model apart in names and messages.
    pub fn short(&self) -> String {
        self.to_string()[..12].to_owned()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = NotADigest;

    fn from_str(text: &str) -> Result<Self, NotADigest> {
        let refuse = || NotADigest(text.chars().take(80).collect());
        let text = text.as_bytes();
        let mut digest = [0; 32];
        if text.len() != 64 {
            return Err(refuse());
        }
        for (byte, pair) in digest.iter_mut().zip(text.chunks_exact(2)) {
            *byte =
                nibble(pair[0]).zip(nibble(pair[1])).map(|(high, low)| high << 4 | low).ok_or_else(refuse)?;
        }
        Ok(Self(digest))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).map(|value| value as u8)
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// Bytes of a piece; a power of two, as the tree needs.
pub const PIECE: usize = 1 << 20;
/// How often work that runs on other threads is reported.
const REPORT: Duration = Duration::from_millis(50);

/// BLAKE3 of a file together with the values of its pieces.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HashTree {
    pieces: Vec<ChainingValue>,
    root: Option<Digest>,
}

impl HashTree {
    /// The digest of the whole, as `b3sum` prints it; of nothing when there are no pieces.
    pub fn root(&self) -> Digest {
        self.root.unwrap_or_else(|| Digest(*blake3::hash(b"").as_bytes()))
    }

    /// How many pieces of [`PIECE`] bytes (the last may be shorter).
    pub fn len(&self) -> usize {
        self.pieces.len()
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The pieces one behind the other, for keeping.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.pieces.concat()
    }

    /// How many bytes the tree of a file of `size` bytes takes at most.
    pub fn bytes_of(size: u64) -> u64 {
        size.div_ceil(PIECE as u64).max(1) * 32
    }

    /// What [`HashTree::to_bytes`] gave, if it is the tree of `root`. A file of one piece has no such tree: its piece
    /// is its root.
    pub fn from_bytes(bytes: &[u8], root: Digest) -> Option<Self> {
        let (pieces, rest) = bytes.as_chunks::<32>();
        let tree = Self { pieces: pieces.to_vec(), root: Some(root) };
        (rest.is_empty() && pieces.len() > 1 && merged(pieces) == root).then_some(tree)
    }

    fn of(pieces: Vec<ChainingValue>, single: Option<Digest>) -> Self {
        let root = if pieces.len() > 1 { Some(merged(&pieces)) } else { single };
        Self { pieces, root }
    }

    /// Whether piece `index` of the file still has its value.
    ///
    /// # Errors
    /// When the file cannot be read there.
    pub fn check_piece(&self, file: &File, index: usize, buffer: &mut Vec<u8>) -> io::Result<bool> {
        let bytes = read_piece(file, index, buffer)?;
        Ok(self.pieces.get(index) == Some(&piece_value(index, bytes)))
    }
}

/// The root above two pieces or more: the left half of a node is always a full power of two.
fn merged(pieces: &[ChainingValue]) -> Digest {
    let (left, right) = pieces.split_at(half(pieces.len()));
    Digest(*merge_subtrees_root(&below(left), &below(right), Mode::Hash).as_bytes())
}

fn below(pieces: &[ChainingValue]) -> ChainingValue {
    if let [piece] = pieces {
        return *piece;
    }
    let (left, right) = pieces.split_at(half(pieces.len()));
    merge_subtrees_non_root(&below(left), &below(right), Mode::Hash)
}

/// The largest power of two below `len`, which is 2 or more.
fn half(len: usize) -> usize {
    len.next_power_of_two() / 2
}

fn piece_value(index: usize, bytes: &[u8]) -> ChainingValue {
    let mut hasher = blake3::Hasher::new();
    hasher.set_input_offset((index * PIECE) as u64);
    hasher.update(bytes);
    hasher.finalize_non_root()
}

pub(crate) fn read_piece<'b>(file: &File, index: usize, buffer: &'b mut Vec<u8>) -> io::Result<&'b [u8]> {
    buffer.resize(PIECE, 0);
    let start = (index * PIECE) as u64;
    let mut have = 0;
    while have < PIECE {
        match file.read_at(&mut buffer[have..], start + have as u64) {
            Ok(0) => break,
            Ok(n) => have += n,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {}
            Err(cause) => return Err(cause),
        }
    }
    Ok(&buffer[..have])
}

/// The BLAKE3 tree of pieces that come one after the other, all of [`PIECE`] bytes but the last.
#[derive(Default)]
pub(crate) struct PieceTree {
    values: Vec<ChainingValue>,
    single: Option<Digest>,
}

impl PieceTree {
    /// The next piece.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.single = self.values.is_empty().then(|| Digest(*blake3::hash(bytes).as_bytes()));
        self.values.push(piece_value(self.values.len(), bytes));
    }

    /// The tree of all.
    pub(crate) fn finish(self) -> HashTree {
        let empty = self.values.is_empty().then(|| Digest(*blake3::hash(b"").as_bytes()));
        HashTree::of(self.values, self.single.or(empty))
    }
}

/// Both digests of bytes that come by one after the other.
#[derive(Debug, Clone, Default)]
pub struct Both {
    sha256: sha2::Sha256,
    pieces: Vec<ChainingValue>,
    piece: blake3::Hasher,
    /// Bytes in `piece`.
    filled: usize,
    done: u64,
}

impl Both {
    /// Bytes so far.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// The next bytes.
    pub fn update(&mut self, mut bytes: &[u8]) {
        self.sha256.update(bytes);
        self.done += bytes.len() as u64;
        while !bytes.is_empty() {
            if self.filled == PIECE {
                self.next_piece();
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.filled));
            self.piece.update(now);
            self.filled += now.len();
            bytes = later;
        }
    }

    fn next_piece(&mut self) {
        self.pieces.push(self.piece.finalize_non_root());
        self.piece = blake3::Hasher::new();
        self.piece.set_input_offset((self.pieces.len() * PIECE) as u64);
        self.filled = 0;
    }

    /// SHA-256 and the BLAKE3 tree of all bytes.
    pub fn finish(mut self) -> (Digest, HashTree) {
        let sha256 = Digest(self.sha256.finalize().into());
        let single = self.pieces.is_empty().then(|| Digest(*self.piece.finalize().as_bytes()));
        if self.filled > 0 {
            self.pieces.push(self.piece.finalize_non_root());
        }
        (sha256, HashTree::of(self.pieces, single))
    }
}

/// SHA-256 of the first `len` bytes and what [`Both`] needs to go on behind them.
///
/// # Errors
/// Reading; [`io::ErrorKind::Interrupted`] when `on` says stop.
pub fn both_of_prefix(file: &File, len: u64, on: OnProgress<'_>) -> io::Result<Both> {
    let mut both = Both::default();
    let mut buffer = Vec::new();
    for index in 0..len.div_ceil(PIECE as u64) as usize {
        let bytes = read_piece(file, index, &mut buffer)?;
        let wanted = (len - both.done).min(PIECE as u64) as usize;
        let bytes = bytes.get(..wanted).ok_or(io::ErrorKind::UnexpectedEof)?;
        both.update(bytes);
        report(on, both.done, len)?;
    }
    Ok(both)
}

/// SHA-256 of a file; one core, so what it costs is what the processor's SHA instructions cost.
///
/// # Errors
/// Reading; [`io::ErrorKind::Interrupted`] when `on` says stop.
pub fn sha256(file: &File, on: OnProgress<'_>) -> io::Result<Digest> {
    let len = file.metadata()?.len();
    let mut hasher = sha2::Sha256::new();
    let mut buffer = Vec::new();
    let mut done = 0;
    for index in 0.. {
        let bytes = read_piece(file, index, &mut buffer)?;
        if bytes.is_empty() {
            break;
        }
        hasher.update(bytes);
        done += bytes.len() as u64;
        report(on, done, len)?;
    }
    Ok(Digest(hasher.finalize().into()))
}

/// The BLAKE3 tree of a file, on all cores: each thread takes the next piece that nobody has.
///
/// # Errors
/// Reading; [`io::ErrorKind::Interrupted`] when `on` says stop.
pub fn blake3_tree(file: &File, on: OnProgress<'_>) -> io::Result<HashTree> {
    let len = file.metadata()?.len();
    if len <= PIECE as u64 {
        let mut both = both_of_prefix(file, len, on)?;
        both.sha256 = sha2::Sha256::new();
        return Ok(both.finish().1);
    }
    report(on, 0, len)?;
    let work = Work::new(len);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(16);
    let parts = std::thread::scope(|scope| {
        let spawn = |n| {
            std::thread::Builder::new().name(format!("blake3-{n}")).spawn_scoped(scope, || work.run(file))
        };
        let handles = (0..threads).map(spawn).collect::<io::Result<Vec<_>>>();
        if handles.is_err() {
            work.stop.store(true, Ordering::Relaxed);
        }
        let handles = handles?;
        while !handles.iter().all(|handle| handle.is_finished()) {
            if on(Progress { done: work.done.load(Ordering::Relaxed), total: len }).is_break() {
                work.stop.store(true, Ordering::Relaxed);
            }
            work.wait();
        }
        handles
            .into_iter()
            .map(|handle| handle.join().unwrap_or_else(|_| Err(io::ErrorKind::Other.into())))
            .collect()
    });
    let parts: io::Result<Vec<Vec<(usize, ChainingValue)>>> = parts;
    if work.stop.load(Ordering::Relaxed) {
        return Err(io::ErrorKind::Interrupted.into());
    }
    let mut values: Vec<_> = parts?.concat();
    values.sort_unstable_by_key(|&(index, _)| index);
    Ok(HashTree::of(values.into_iter().map(|(_, value)| value).collect(), None))
}

/// [`blake3_tree`] of a file that nobody changes meanwhile, and the stamp that stands for these bytes from now on; none where
/// the file was written so shortly before that a further change might not show.
///
/// # Errors
/// As [`blake3_tree`]; [`io::ErrorKind::ResourceBusy`] when the file changed while it was read.
pub fn blake3_at_rest(file: &File, on: OnProgress<'_>) -> io::Result<(HashTree, Option<ModelStamp>)> {
    let began = SystemTime::now();
    let before = ModelStamp::of(file)?;
    let tree = blake3_tree(file, on)?;
    if ModelStamp::of(file)? != before {
        return Err(io::ErrorKind::ResourceBusy.into());
    }
    Ok((tree, before.is_settled(began).then_some(before)))
}

/// What the hashing threads share.
struct Work {
    pieces: usize,
    next: AtomicUsize,
    done: AtomicU64,
    stop: AtomicBool,
    running: std::sync::Mutex<()>,
    finished: std::sync::Condvar,
}

impl Work {
    fn new(len: u64) -> Self {
        Self {
            pieces: len.div_ceil(PIECE as u64) as usize,
            next: AtomicUsize::new(0),
            done: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            running: std::sync::Mutex::new(()),
            finished: std::sync::Condvar::new(),
        }
    }

    fn run(&self, file: &File) -> io::Result<Vec<(usize, ChainingValue)>> {
        let mut values = Vec::new();
        let mut buffer = Vec::new();
        while !self.stop.load(Ordering::Relaxed) {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            if index >= self.pieces {
                break;
            }
            let bytes = read_piece(file, index, &mut buffer)?;
            values.push((index, piece_value(index, bytes)));
            self.done.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        }
        self.finished.notify_all();
        Ok(values)
    }

    /// Until a thread ends or it is time to report.
    fn wait(&self) {
        let guard = self.running.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        drop(self.finished.wait_timeout(guard, REPORT / 10));
    }
}

fn report(on: OnProgress<'_>, done: u64, total: u64) -> io::Result<()> {
    if on(Progress { done, total }).is_break() {
        return Err(io::ErrorKind::Interrupted.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quiet;
    use std::io::Write;
    use std::ops::ControlFlow;

    fn file_of(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn all_ways_to_hash_agree_with_the_plain_one() {
        for len in [0, 1, 1024, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE, 5 * PIECE + 77, 8 * PIECE]
        {
            let bytes = noise(len);
            let plain = Digest(*blake3::hash(&bytes).as_bytes());
            let plain_sha = Digest(sha2::Sha256::digest(&bytes).into());
            let file = file_of(&bytes);
            let tree = blake3_tree(&file, &mut quiet).unwrap();
            assert_eq!(tree.root(), plain, "{len}");
            assert_eq!(sha256(&file, &mut quiet).unwrap(), plain_sha);
            let prefix = len as u64 / 3;
            let mut both = both_of_prefix(&file, prefix, &mut quiet).unwrap();
            bytes[prefix as usize..].chunks(10_007).for_each(|chunk| both.update(chunk));
            assert_eq!(both.finish(), (plain_sha, tree.clone()), "{len}");
            if len > PIECE {
                assert_eq!(HashTree::from_bytes(&tree.to_bytes(), plain), Some(tree));
            }
        }
    }

    #[test]
    fn a_damaged_piece_is_found_and_a_damaged_tree_is_refused() {
        let mut bytes = noise(4 * PIECE + 9);
        let tree = blake3_tree(&file_of(&bytes), &mut quiet).unwrap();
        bytes[2 * PIECE + 5] ^= 1;
        let damaged = file_of(&bytes);
        let good: Vec<bool> =
            (0..5).map(|index| tree.check_piece(&damaged, index, &mut Vec::new()).unwrap()).collect();
        assert_eq!(good, [true, true, false, true, true]);
        let mut kept = tree.to_bytes();
        kept[40] ^= 1;
        assert_eq!(HashTree::from_bytes(&kept, tree.root()), None);
    }

    #[test]
    fn hashing_stops_when_asked() {
        let file = file_of(&noise(3 * PIECE));
        let mut stop = |_| ControlFlow::Break(());
        assert_eq!(blake3_tree(&file, &mut stop).unwrap_err().kind(), io::ErrorKind::Interrupted);
        assert_eq!(sha256(&file, &mut stop).unwrap_err().kind(), io::ErrorKind::Interrupted);
    }

    #[test]
    fn text_and_bytes_are_the_same_digest() {
        let text = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";
        let digest: Digest = text.parse().unwrap();
        assert_eq!(digest.to_string(), text);
        assert_eq!(digest.short(), "b179c9523d0e");
        assert_eq!(text.to_uppercase().parse::<Digest>().unwrap(), digest);
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "b179", &"g".repeat(64), &"a".repeat(63), &"a".repeat(65), &"é".repeat(32)] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
    }
}
