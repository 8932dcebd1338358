//! What is verified is what is used: files that change after they were installed, by a byte, by their times, or while they are read.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use models::catalog::{self, Catalog};
use models::import::{ImportMode, import_file};
use models::quiet;
use models::store::{Condition, Installed, Store, StoreError, VerifyMode};
use std::fs::{self, Permissions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::ops::ControlFlow;
use std::os::unix::fs::{FileExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;
use support::{Gguf, ten};

struct Place {
    folder: tempfile::TempDir,
    store: Store,
    catalog: Catalog,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open_with_clock(folder.path().join("store"), || 1_000).unwrap();
        Self { folder, store, catalog: catalog::builtin().unwrap() }
    }

    /// A model of eight megabytes outside the store.
    fn file(&self) -> PathBuf {
        let path = self.folder.path().join("m.gguf");
        let gguf = Gguf::model().with(|g| g.tensors.push(ten("blk.1.ffn_up.weight", &[1024, 256], 0)));
        fs::write(&path, gguf.with(|g| g.cut = -(8 << 20)).bytes()).unwrap();
        path
    }

    fn import(&self, mode: ImportMode) -> Installed {
        import_file(&self.store, &self.catalog, &self.file(), mode, &mut quiet).unwrap()
    }

    fn condition(&self) -> Condition {
        self.store.find("m").unwrap().condition()
    }

    /// Bytes that are read before a use.
    fn read_for_use(&self, model: &Installed) -> u64 {
        self.store.open_checked(model.path(), &mut quiet).unwrap().read
    }

    /// Uses a model until its file is old enough that any further change must show.
    fn settle(&self, model: &Installed) {
        for _ in 0..200 {
            if self.read_for_use(model) == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("an unchanged file is read again and again");
    }
}

/// Changes a byte of a tensor in place and gives the file the time back that it had.
fn flip(path: &Path) {
    let (mode, time) = {
        let metadata = fs::metadata(path).unwrap();
        (metadata.permissions(), metadata.modified().unwrap())
    };
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    let mut file = fs::File::options().read(true).write(true).open(path).unwrap();
    let mut byte = [0];
    file.seek(SeekFrom::Start(5 << 20)).unwrap();
    file.read_exact(&mut byte).unwrap();
    file.write_all_at(&[byte[0] ^ 1], 5 << 20).unwrap();
    file.flush().unwrap();
    file.set_modified(time).unwrap();
    fs::set_permissions(path, mode).unwrap();
}

#[test]
fn a_flipped_byte_is_found_before_the_next_use_however_the_file_came() {
    for mode in [ImportMode::Copy, ImportMode::HardLink, ImportMode::Symlink] {
        let place = Place::new();
        let model = place.import(mode);
        place.settle(&model);
        assert_eq!(place.condition(), Condition::Verified(1_000), "{mode:?}");
        // A tick of the clock that files get their times from.
        std::thread::sleep(Duration::from_millis(20));
        flip(&fs::canonicalize(model.path()).unwrap());
        assert_eq!(place.condition(), Condition::Changed, "{mode:?}");
        let error = place.store.open_checked(model.path(), &mut quiet).unwrap_err();
        let StoreError::Damaged { quarantine, found, .. } = &error else { panic!("{mode:?}: {error}") };
        assert!(found.starts_with("BLAKE3 ") && quarantine.join("why.txt").is_file());
        assert!(place.store.find("m").is_err() && !model.path().exists(), "{mode:?}");
        assert!(place.folder.path().join("m.gguf").is_file(), "what a link leads to is not ours to move");
    }
}

#[test]
fn an_unchanged_copy_is_used_without_reading_it_and_a_touched_one_is_read_first() {
    let place = Place::new();
    let model = place.import(ImportMode::Copy);
    let checked = place.store.open_checked(model.path(), &mut quiet).unwrap();
    assert_eq!((checked.read, checked.sha256), (0, model.record.sha256.first().copied()));
    std::thread::sleep(Duration::from_millis(20));
    fs::set_permissions(model.path(), Permissions::from_mode(0o400)).unwrap();
    assert_eq!(place.condition(), Condition::Changed);
    let checked = place.store.open_checked(model.path(), &mut quiet).unwrap();
    assert_eq!((checked.read, checked.sha256), (model.record.size, model.record.sha256.first().copied()));
    place.settle(&model);
    assert_eq!(place.condition(), Condition::Verified(1_000));
}

#[test]
fn a_model_from_before_there_were_seals_is_read_once() {
    let place = Place::new();
    let model = place.import(ImportMode::Copy);
    let path = place.store.root().join("manifest.json");
    let mut manifest: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    manifest["models"][0].as_object_mut().unwrap().retain(|key, _| key != "seals" && key != "sampled_at");
    fs::write(&path, manifest.to_string()).unwrap();
    assert_eq!(place.condition(), Condition::Unknown);
    assert_eq!(place.read_for_use(&model), model.record.size);
    place.settle(&model);
}

#[test]
fn samples_are_no_substitute_once_a_file_has_changed() {
    let place = Place::new();
    let model = place.import(ImportMode::Copy);
    let sampled = place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap();
    assert_eq!((sampled.mode, place.condition()), (VerifyMode::Sampled, Condition::Sampled(1_000)));
    std::thread::sleep(Duration::from_millis(20));
    fs::set_permissions(model.path(), Permissions::from_mode(0o400)).unwrap();
    let whole = place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap();
    assert_eq!((whole.mode, whole.bytes), (VerifyMode::Full, model.record.size), "what was done is told");
}

#[test]
fn a_file_that_is_written_while_it_is_read_is_neither_used_nor_called_damaged() {
    let place = Place::new();
    let model = place.import(ImportMode::Copy);
    fs::set_permissions(model.path(), Permissions::from_mode(0o644)).unwrap();
    let mut writes = |_| {
        let file = fs::File::options().append(true).open(model.path()).unwrap();
        file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        ControlFlow::Continue(())
    };
    let error = place.store.open_checked(model.path(), &mut writes).unwrap_err();
    assert!(matches!(error, StoreError::Changing { .. }), "{error}");
    assert!(place.store.find("m").is_ok() && model.path().is_file());
}

#[test]
fn a_file_outside_the_store_is_opened_without_a_digest() {
    let place = Place::new();
    let path = place.file();
    let checked = place.store.open_checked(&path, &mut quiet).unwrap();
    assert_eq!((checked.read, checked.sha256), (0, None));
    assert_eq!(place.store.find(&path.to_string_lossy()).unwrap().condition(), Condition::Unknown);
}
