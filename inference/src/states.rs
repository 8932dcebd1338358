//! Computed prompts on disk, so that a cold start and a restart after a crash do not compute them again.
//!
//! A state is what llama.cpp saves of one sequence; it is only valid for the same model file, library and parameters, which
//! [`ModelKey`] stands for. The folder has one file for each state and an index with their tokens, sizes and checksums. What is
//! not as the index says is dropped: losing a state costs time, never an answer. The folder is bounded; the state used longest ago
//! goes first. Two workers may share it: each writes the index whole, and a state that only the other knows is an orphan that
//! goes when it has become old.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use crossbeam_channel::{Sender, bounded};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};

use crate::{checksummed_file, llama::Token, residency::calibration};

/// The first bytes of the index, with its version.
const MAGIC: &[u8; 8] = b"LCstat1\n";
const INDEX: &str = "index";
/// A state of which the new one has so much is superseded.
const SAME: f64 = 0.9;
/// A file that no index knows may still be on its way into one.
const ORPHAN_AGE: Duration = Duration::from_secs(600);
/// States that may wait to be written; more are not worth the memory they take.
const MAX_WAITING: usize = 2;

/// Stands for a model file, the library and all parameters that a state depends on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ModelKey([u8; 32]);

impl ModelKey {
    /// A key of all `parts`.
    pub fn of(parts: &[&str]) -> ModelKey {
        let mut hash = blake3::Hasher::new();
        for part in parts {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        ModelKey(*hash.finalize().as_bytes())
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Entry {
    model: ModelKey,
    tokens: Vec<Token>,
    bytes: u64,
    hash: [u8; 32],
    /// Seconds since 1970.
    used: u64,
}

impl Entry {
    fn file(&self) -> String {
        let mut hash = blake3::Hasher::new();
        hash.update(&self.model.0);
        for token in &self.tokens {
            hash.update(&token.to_le_bytes());
        }
        format!("{}.state", &hash.finalize().to_hex()[..32])
    }

    fn common(&self, tokens: &[Token]) -> usize {
        self.tokens.iter().zip(tokens).take_while(|(a, b)| a == b).count()
    }
}

/// A state that was found.
pub struct FoundState {
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// What llama.cpp saved.
    pub data: Vec<u8>,
}

/// The folder of states. Clones share it.
#[derive(Clone)]
pub struct StateStore {
    shelf: Arc<StateFolder>,
    writer: Sender<Task>,
}

enum Task {
    Keep(Entry, Vec<u8>),
    Settle(Sender<()>),
}

struct StateFolder {
    folder: PathBuf,
    max_bytes: u64,
    entries: Mutex<Vec<Entry>>,
}

impl StateStore {
    /// Opens the folder, which is made when it is missing and holds `most_bytes` at most.
    ///
    /// # Errors
    /// As the system says.
    pub fn open(folder: &Path, most_bytes: u64) -> io::Result<StateStore> {
        make_private(folder)?;
        let entries: Vec<Entry> = checksummed_file::read(&folder.join(INDEX), MAGIC).unwrap_or_default();
        remove_orphans(folder, &entries);
        let shelf =
            StateFolder { folder: folder.to_owned(), max_bytes: most_bytes, entries: Mutex::new(entries) };
        let shelf = Arc::new(shelf);
        let (writer, tasks) = bounded(MAX_WAITING);
        let written = shelf.clone();
        thread::Builder::new().name("state-writer".into()).spawn(move || {
            for task in tasks {
                match task {
                    Task::Keep(entry, data) => written.keep(entry, &data),
                    Task::Settle(done) => drop(done),
                }
            }
        })?;
        Ok(StateStore { shelf, writer })
    }

    /// The folder itself, for other small files about models.
    pub fn folder(&self) -> &Path {
        &self.shelf.folder
    }

    /// The states of one model.
    pub fn of_model(&self, model: ModelKey) -> ModelStates {
        ModelStates { store: self.clone(), model }
    }
}

/// The states of one model.
pub struct ModelStates {
    store: StateStore,
    model: ModelKey,
}

impl ModelStates {
    /// The state that has the most of `prompt`'s first tokens, `least` or more, and at most `most` tokens itself.
    pub fn find(&self, prompt: &[Token], least: usize, most: usize) -> Option<FoundState> {
        self.store.shelf.find(self.model, prompt, least, most)
    }

    /// Stores a state on a thread of its own. States that it supersedes go.
    pub fn keep(&self, tokens: &[Token], data: Vec<u8>) {
        let entry = Entry {
            model: self.model,
            tokens: tokens.to_vec(),
            bytes: data.len() as u64,
            hash: [0; 32],
            used: now(),
        };
        // A disk that is so slow gets no more work.
        let _dropped_when_full = self.store.writer.try_send(Task::Keep(entry, data));
    }

    /// Waits until everything is written.
    pub fn settle(&self) {
        let (done, wait) = bounded(1);
        if self.store.writer.send(Task::Settle(done)).is_ok() {
            let _disconnected_when_done = wait.recv();
        }
    }
}

impl StateFolder {
    fn find(&self, model: ModelKey, prompt: &[Token], least: usize, most: usize) -> Option<FoundState> {
        let mut entries = self.entries.lock();
        let of_model = entries.iter().enumerate().filter(|(_, entry)| entry.model == model);
        let fitting = of_model.filter(|(_, entry)| entry.tokens.len() <= most);
        let (at, common) =
            fitting.map(|(at, entry)| (at, entry.common(prompt))).max_by_key(|(_, common)| *common)?;
        if common < least {
            return None;
        }
        let path = self.folder.join(entries[at].file());
        let data = fs::read(&path).ok().filter(|data| blake3::hash(data).as_bytes() == &entries[at].hash);
        let Some(data) = data else {
            let _already_gone = fs::remove_file(&path);
            entries.remove(at);
            return None;
        };
        entries[at].used = now();
        Some(FoundState { tokens: entries[at].tokens.clone(), data })
    }

    fn keep(&self, mut entry: Entry, data: &[u8]) {
        if entry.bytes > self.max_bytes {
            return;
        }
        entry.hash = *blake3::hash(data).as_bytes();
        let mut entries = self.entries.lock();
        let superseded = |old: &Entry| {
            let enough = (old.tokens.len() as f64 * SAME) as usize;
            old.model == entry.model && old.common(&entry.tokens) >= enough
        };
        self.remove(&mut entries, superseded);
        while entries.iter().map(|old| old.bytes).sum::<u64>() + entry.bytes > self.max_bytes {
            let Some(oldest) = entries.iter().map(|old| old.used).min() else { break };
            self.remove(&mut entries, |old| old.used == oldest);
        }
        if checksummed_file::write_private(&self.folder.join(entry.file()), data).is_err() {
            return;
        }
        entries.push(entry);
        // Without its index entry the state is an orphan, no harm.
        let _orphan = checksummed_file::write(&self.folder.join(INDEX), MAGIC, &*entries);
    }

    fn remove(&self, entries: &mut Vec<Entry>, unwanted: impl Fn(&Entry) -> bool) {
        entries.retain(|entry| {
            let keep = !unwanted(entry);
            if !keep {
                let _already_gone = fs::remove_file(self.folder.join(entry.file()));
            }
            keep
        });
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs())
}

/// Makes a folder that nobody else can look into, unless it is there.
///
/// # Errors
/// As the system says.
pub fn make_private(folder: &Path) -> io::Result<()> {
    // A confined worker may make no folder, be it there or not.
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn remove_orphans(folder: &Path, entries: &[Entry]) {
    let known: Vec<String> =
        entries.iter().map(Entry::file).chain([INDEX.to_owned(), calibration::FILE.to_owned()]).collect();
    for file in fs::read_dir(folder).into_iter().flatten().flatten() {
        let old = file
            .metadata()
            .and_then(|m| m.modified())
            .is_ok_and(|time| time.elapsed().is_ok_and(|age| age > ORPHAN_AGE));
        if old && !file.file_name().to_str().is_some_and(|name| known.iter().any(|known| known == name)) {
            let _already_gone = fs::remove_file(file.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(range: std::ops::Range<i32>) -> Vec<Token> {
        range.collect()
    }

    struct Place(tempfile::TempDir);

    impl Place {
        fn new() -> Place {
            Place(tempfile::tempdir().unwrap())
        }

        fn open(&self) -> StateStore {
            StateStore::open(self.0.path(), 1000).unwrap()
        }

        fn files(&self) -> Vec<String> {
            let names = fs::read_dir(self.0.path()).unwrap().flatten();
            names.filter_map(|f| f.file_name().into_string().ok()).filter(|n| n != INDEX).collect()
        }
    }

    fn keep(states: &ModelStates, tokens: &[Token], data: &[u8]) {
        states.keep(tokens, data.to_vec());
        states.settle();
    }

    #[test]
    fn a_state_is_found_again_after_a_restart_by_the_model_that_made_it() {
        let place = Place::new();
        let key = ModelKey::of(&["a", "b"]);
        keep(&place.open().of_model(key), &tokens(0..100), b"state");
        let store = place.open();
        let found = store.of_model(key).find(&tokens(0..80), 50, 4096).unwrap();
        assert_eq!((found.tokens, found.data.as_slice()), (tokens(0..100), b"state".as_slice()));
        assert!(store.of_model(ModelKey::of(&["ab"])).find(&tokens(0..80), 50, 4096).is_none());
        assert!(store.of_model(key).find(&tokens(50..80), 1, 4096).is_none(), "no common beginning");
        assert!(store.of_model(key).find(&tokens(0..80), 50, 99).is_none(), "larger than the context");
    }

    #[test]
    fn a_damaged_state_and_a_damaged_index_cost_only_themselves() {
        let place = Place::new();
        let key = ModelKey::of(&["a"]);
        keep(&place.open().of_model(key), &tokens(0..100), b"state");
        let name = place.files().remove(0);
        fs::write(place.0.path().join(name), b"wrong").unwrap();
        let states = place.open().of_model(key);
        assert!(states.find(&tokens(0..100), 1, 4096).is_none());
        assert_eq!(place.files(), Vec::<String>::new());
        keep(&states, &tokens(0..100), b"state");
        let index = place.0.path().join(INDEX);
        let mut bytes = fs::read(&index).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&index, bytes).unwrap();
        assert!(place.open().of_model(key).find(&tokens(0..100), 1, 4096).is_none());
    }

    #[test]
    fn the_folder_stays_within_its_bytes_and_what_was_superseded_goes() {
        let place = Place::new();
        let states = place.open().of_model(ModelKey::of(&["a"]));
        for n in 0..8 {
            keep(&states, &tokens(n * 1000..n * 1000 + 100), &[0; 300]);
        }
        let bytes: u64 =
            place.files().iter().map(|f| fs::metadata(place.0.path().join(f)).unwrap().len()).sum();
        assert!(bytes > 0 && bytes <= 1000, "{bytes}");
        let place = Place::new();
        let states = place.open().of_model(ModelKey::of(&["a"]));
        keep(&states, &tokens(0..100), &[0; 300]);
        keep(&states, &tokens(0..95).into_iter().chain([-1, -2]).collect::<Vec<_>>(), &[0; 300]);
        assert_eq!(place.files().len(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_can_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let place = Place::new();
        let folder = place.0.path().join("states");
        let states = StateStore::open(&folder, 1000).unwrap().of_model(ModelKey::of(&["a"]));
        keep(&states, &tokens(0..100), b"state");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700);
        for file in fs::read_dir(&folder).unwrap().flatten() {
            assert_eq!(mode(&file.path()), 0o600, "{:?}", file.path());
        }
    }
}
