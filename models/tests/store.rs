//! The store and imports on real folders: verified and unverified, pins, damage, several writers, leftovers.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use models::catalog::{self, Catalog};
use models::gguf::BrokenRule;
use models::import::{ImportError, ImportMode, import_file};
use models::quiet;
use models::store::{Installed, Leftover, LeftoverKind, ModelSource, Store, StoreError, VerifyMode};
use std::fs::{self, Permissions};
use std::ops::ControlFlow;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use support::{Gguf, REAL, Val, ground, ten};

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

    fn file(&self, name: &str, gguf: &Gguf) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, gguf.bytes()).unwrap();
        path
    }

    fn import(&self, path: &Path, mode: ImportMode) -> Result<Installed, ImportError> {
        import_file(&self.store, &self.catalog, path, mode, &mut quiet)
    }
}

/// A model of some megabytes, so that there are pieces to sample.
fn big(megabytes: u64) -> Gguf {
    let gguf = Gguf::model().with(|g| g.tensors.push(ten("blk.1.ffn_up.weight", &[1024, 256], 0)));
    gguf.with(|g| g.cut = -((megabytes as i64) << 20))
}

/// Every file below the root but the lock and the manifest.
fn files_of(store: &Store) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().flatten() {
            if entry.path().is_dir() { walk(&entry.path(), found) } else { found.push(entry.path()) }
        }
    }
    let mut found = Vec::new();
    walk(store.root(), &mut found);
    found.retain(|path| !path.ends_with(".lock") && !path.ends_with("manifest.json"));
    found
}

#[test]
fn an_import_is_listed_found_and_removed() {
    let place = Place::new();
    let path = place.file("My Model.gguf", &Gguf::model());
    let model = place.import(&path, ImportMode::Copy).unwrap();
    assert_eq!(model.record.id, "my-model");
    assert!(!model.record.verified && model.present() && model.kept);
    assert_eq!(model.record.checked_at, Some(1_000));
    assert!(matches!(&model.record.source, ModelSource::Import { how: ImportMode::Copy, .. }));
    assert_eq!(fs::metadata(model.path()).unwrap().permissions().mode() & 0o777, 0o444);
    assert_eq!(model.header().unwrap().architecture, "llama");
    let reopened = Store::open(place.store.root()).unwrap();
    assert_eq!(reopened.installed().unwrap(), std::slice::from_ref(&model));
    for name in ["my-model", &model.record.version_name(), &model.path().to_string_lossy()] {
        assert_eq!(reopened.find(name).unwrap(), model, "{name}");
    }
    assert_eq!(reopened.remove("my-model", false).unwrap(), model.record.size);
    assert!(files_of(&reopened).is_empty() && reopened.installed().unwrap().is_empty());
}

#[test]
fn what_is_not_there_says_what_to_do() {
    let place = Place::new();
    assert!(place.store.find("qwen").unwrap_err().advice.contains("import"));
    place.import(&place.file("qwen-coder-7b.gguf", &Gguf::model()), ImportMode::Copy).unwrap();
    assert!(place.store.find("qwen-coder").unwrap_err().advice.contains("did you mean qwen-coder-7b"));
    let outside = place.file("loose.gguf", &Gguf::model());
    let loose = place.store.find(&outside.to_string_lossy()).unwrap();
    assert!(!loose.kept && loose.present() && loose.header().is_ok());
    let refusal = place.store.pin(&outside.to_string_lossy(), "fast").unwrap_err();
    assert!(refusal.to_string().contains("import"), "{refusal}");
}

#[test]
fn a_real_file_becomes_the_catalogues_entry_whatever_its_name() {
    let Some(real) = ground::model(REAL[0]) else { return };
    let place = Place::new();
    let renamed = place.folder.path().join("whatever.gguf");
    std::os::unix::fs::symlink(real, &renamed).unwrap();
    let model = place.import(&renamed, ImportMode::Symlink).unwrap();
    assert_eq!((model.record.id.as_str(), model.record.verified), ("smollm2-135m-instruct-q4_1", true));
    assert_eq!(model.record.licence.as_deref(), Some("Apache-2.0"));
    assert!(fs::symlink_metadata(model.path()).unwrap().is_symlink());
    place.store.verify(&model.record.id, VerifyMode::Full, &mut quiet).unwrap();
    let sampled = place.store.verify(&model.record.id, VerifyMode::Sampled, &mut quiet).unwrap();
    assert!(sampled.bytes > 40 << 20 && sampled.bytes < model.record.size, "{}", sampled.bytes);
    assert_eq!(place.store.remove(&model.record.id, false).unwrap(), 0);
}

#[test]
fn an_unverified_file_never_takes_the_catalogues_name() {
    let place = Place::new();
    let path = place.file("qwen2.5-coder-7b-instruct-q4_k_m.gguf", &Gguf::model());
    let model = place.import(&path, ImportMode::Copy).unwrap();
    assert_eq!(model.record.id, "qwen2.5-coder-7b-instruct-q4_k_m-unverified");
}

#[test]
fn links_share_bytes_and_clones_are_honest() {
    let place = Place::new();
    let path = place.file("m.gguf", &Gguf::model());
    let linked = place.import(&path, ImportMode::HardLink).unwrap();
    assert_eq!(fs::metadata(linked.path()).unwrap().ino(), fs::metadata(&path).unwrap().ino());
    assert_eq!(place.store.remove("m", false).unwrap(), 0, "the other name keeps the bytes");
    assert!(path.is_file());
    match place.import(&path, ImportMode::Clone) {
        Ok(clone) => assert!(clone.present()),
        Err(ImportError::Mode { mode: ImportMode::Clone, .. }) => assert!(files_of(&place.store).is_empty()),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn what_cannot_be_loaded_is_not_imported() {
    let place = Place::new();
    let bad = place.file("bad.gguf", &Gguf::model().set("llama.block_count", Val::U32(0)));
    match place.import(&bad, ImportMode::Copy) {
        Err(ImportError::Invalid { why, .. }) => assert_eq!(why.problem, BrokenRule::Hyperparameter),
        other => panic!("{other:?}"),
    }
    let part = place.file("s-00001-of-00002.gguf", &Gguf::model());
    assert!(matches!(place.import(&part, ImportMode::Copy), Err(ImportError::MissingPart { .. })));
    assert!(place.import(Path::new("/nowhere.gguf"), ImportMode::Copy).is_err());
    assert!(files_of(&place.store).is_empty());
}

#[test]
fn a_stopped_import_leaves_nothing() {
    let place = Place::new();
    let path = place.file("m.gguf", &big(8));
    let mut calls = 0;
    let mut stop = |_| {
        calls += 1;
        if calls > 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let stopped = import_file(&place.store, &place.catalog, &path, ImportMode::Copy, &mut stop);
    assert!(matches!(stopped, Err(ImportError::Store(StoreError::Stopped))), "{stopped:?}");
    assert!(files_of(&place.store).is_empty());
}

#[test]
fn split_models_are_one_model() {
    let place = Place::new();
    let split = |gguf: Gguf, index: u16| {
        gguf.set("split.no", Val::U16(index))
            .set("split.count", Val::U16(2))
            .set("split.tensors.count", Val::I32(5))
    };
    place.file("s-00001-of-00002.gguf", &split(Gguf::model().with(|g| g.tensors.truncate(3)), 0));
    let second = Gguf::model().with(|g| (g.tensors, g.kv) = (g.tensors[3..].to_vec(), vec![]));
    let second = place.file("s-00002-of-00002.gguf", &split(second, 1));
    let model = place.import(&second, ImportMode::Copy).unwrap();
    assert_eq!((model.files.len(), model.record.sha256.len(), model.header().unwrap().parts), (2, 2, 2));
    place.store.verify(&model.record.id, VerifyMode::Full, &mut quiet).unwrap();
}

#[test]
fn pins_hold_one_version_and_survive_an_update() {
    let place = Place::new();
    let old = place.import(&place.file("m.gguf", &Gguf::model()), ImportMode::Copy).unwrap();
    place.store.pin("m", "fast").unwrap();
    let new = Gguf::model().set("general.name", Val::Str("newer".into()));
    let new = place.import(&place.file("m.gguf", &new), ImportMode::Copy).unwrap();
    assert_eq!(place.store.installed().unwrap().len(), 2, "the update lies beside what is pinned");
    assert_eq!(place.store.pinned("fast").unwrap().unwrap().record.sha256, old.record.sha256);
    assert!(old.present());
    let refusal = place.store.remove(&old.record.version_name(), false).unwrap_err();
    assert!(matches!(refusal, StoreError::Pinned { .. }), "{refusal}");
    place.store.pin(&new.record.version_name(), "fast").unwrap();
    assert_eq!(place.store.pinned("fast").unwrap().unwrap().record.sha256, new.record.sha256);
    place.store.remove(&old.record.version_name(), false).unwrap();
    place.store.unpin("m", "fast").unwrap();
    assert_eq!(place.store.pinned("fast").unwrap(), None);
    place.store.pin("m", "fast").unwrap();
    place.store.remove("m", true).unwrap();
    assert!(files_of(&place.store).is_empty());
}

#[test]
fn the_same_file_twice_is_one_model_and_keeps_its_pins() {
    let place = Place::new();
    let path = place.file("m.gguf", &Gguf::model());
    place.import(&path, ImportMode::Copy).unwrap();
    place.store.pin("m", "fast").unwrap();
    let again = place.import(&path, ImportMode::Copy).unwrap();
    assert_eq!(place.store.installed().unwrap().len(), 1);
    assert_eq!(again.record.pinned_by, ["fast"]);
}

/// Changes one byte of an installed file behind the store's back.
fn damage(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    fs::write(path, bytes).unwrap();
}

#[test]
fn damage_is_found_and_put_into_quarantine() {
    for (mode, at) in [(VerifyMode::Full, 3 << 20), (VerifyMode::Sampled, 3 << 20), (VerifyMode::Full, 5)] {
        let place = Place::new();
        let model = place.import(&place.file("m.gguf", &big(8)), ImportMode::Copy).unwrap();
        place.store.verify("m", mode, &mut quiet).unwrap();
        damage(model.path(), at);
        let error = place.store.verify("m", mode, &mut quiet).unwrap_err();
        let StoreError::Damaged { quarantine, .. } = &error else { panic!("{error}") };
        assert!(quarantine.join("m.gguf").is_file() && quarantine.join("why.txt").is_file());
        assert!(place.store.find("m").is_err() && !model.path().exists());
        let leftovers = place.store.leftovers().unwrap();
        assert!(leftovers.iter().all(|leftover| leftover.kind == LeftoverKind::Quarantined), "{leftovers:?}");
        assert!(place.store.disk_usage().unwrap().quarantined > 8 << 20);
        place.store.clean(&leftovers).unwrap();
        assert!(files_of(&place.store).is_empty());
    }
}

#[test]
fn a_truncated_or_missing_file_is_damage_too() {
    for cut in [true, false] {
        let place = Place::new();
        let model = place.import(&place.file("m.gguf", &big(3)), ImportMode::Copy).unwrap();
        fs::set_permissions(model.path(), Permissions::from_mode(0o644)).unwrap();
        if cut {
            fs::File::options().write(true).open(model.path()).unwrap().set_len(100).unwrap();
        } else {
            fs::remove_file(model.path()).unwrap();
        }
        assert!(!model.present());
        let error = place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
        assert!(place.store.find("m").is_err());
    }
}

#[test]
fn a_lost_tree_of_pieces_means_a_full_check() {
    let place = Place::new();
    let model = place.import(&place.file("m.gguf", &big(200)), ImportMode::Copy).unwrap();
    let tree =
        files_of(&place.store).into_iter().find(|path| path.to_string_lossy().ends_with(".b3tree")).unwrap();
    let sampled = place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap().bytes;
    assert!(sampled < model.record.size / 2, "{sampled}");
    fs::write(&tree, vec![0; 201 * 32]).unwrap();
    assert_eq!(place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap().bytes, model.record.size);
    fs::remove_file(&tree).unwrap();
    assert_eq!(place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap().bytes, model.record.size);
    assert_eq!(
        place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap().bytes,
        sampled,
        "kept again"
    );
    fs::remove_file(&tree).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&tree).status().unwrap().success());
    for (bytes, why) in [(model.record.size, "a pipe is a lost tree"), (sampled, "its place is taken")] {
        assert_eq!(place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap().bytes, bytes, "{why}");
    }
    fs::File::options().write(true).open(&tree).unwrap().set_len(1 << 40).unwrap();
    assert_eq!(place.store.verify("m", VerifyMode::Sampled, &mut quiet).unwrap().bytes, model.record.size);
}

#[test]
fn leftovers_are_seen_and_a_running_import_is_not_one() {
    let place = Place::new();
    place.import(&place.file("m.gguf", &Gguf::model()), ImportMode::Copy).unwrap();
    fs::write(place.store.root().join("orphan.gguf"), b"123").unwrap();
    fs::create_dir_all(place.store.root().join("partial")).unwrap();
    fs::write(place.store.root().join("partial/p.part"), b"1234").unwrap();
    let seen = |store: &Store| -> Vec<_> {
        store.leftovers().unwrap().into_iter().map(|Leftover { kind, size, .. }| (kind, size)).collect()
    };
    let expected = [(LeftoverKind::Orphan, 3), (LeftoverKind::Partial, 4)];
    assert_eq!(seen(&place.store), expected);
    let path = place.file("n.gguf", &big(4));
    let mut during = Vec::new();
    let mut look = |_| {
        during.push(seen(&place.store));
        ControlFlow::Continue(())
    };
    import_file(&place.store, &place.catalog, &path, ImportMode::Copy, &mut look).unwrap();
    assert!(during.len() > 1 && during.iter().all(|seen| seen == &expected), "{during:?}");
    let usage = place.store.disk_usage().unwrap();
    assert_eq!((usage.partial, usage.orphaned), (4, 3));
    assert!(usage.free > 0 && usage.installed > 0);
    assert_eq!(place.store.clean(&place.store.leftovers().unwrap()).unwrap(), 7);
    assert_eq!(place.store.installed().unwrap().len(), 2);
}

#[test]
fn many_writers_lose_nothing() {
    let place = Place::new();
    let files: Vec<_> = (0..8)
        .map(|n| {
            place.file(&format!("m{n}.gguf"), &Gguf::model().set("general.name", Val::Str(format!("{n}"))))
        })
        .collect();
    std::thread::scope(|scope| {
        for (n, file) in files.iter().enumerate() {
            let place = &place;
            scope.spawn(move || {
                let store = Store::open(place.store.root()).unwrap();
                import_file(&store, &place.catalog, file, ImportMode::Copy, &mut quiet).unwrap();
                store.pin(&format!("m{n}"), &format!("p{n}")).unwrap();
            });
        }
    });
    assert_eq!(place.store.installed().unwrap().len(), 8);
    let whole =
        |model: &Installed| model.present() && model.record.pinned_by == [model.record.id.replace('m', "p")];
    assert!(place.store.installed().unwrap().iter().all(whole));
}

#[test]
fn a_hostile_manifest_is_refused() {
    let place = Place::new();
    place.import(&place.file("m.gguf", &Gguf::model()), ImportMode::Copy).unwrap();
    let path = place.store.root().join("manifest.json");
    let good = fs::read_to_string(&path).unwrap();
    for bad in [
        good.replace("\"m.gguf\"", "\"../../x.gguf\""),
        good.replace("\"id\": \"m\"", "\"id\": \"../m\""),
        good.replace("\"version\": 1", "\"version\": 9"),
        good[..good.len() / 2].to_owned(),
    ] {
        assert_ne!(bad, good);
        fs::write(&path, bad).unwrap();
        assert!(matches!(place.store.installed(), Err(StoreError::Manifest { .. })));
        assert!(place.store.remove("m", true).is_err());
    }
}
