//! Rates on the real 1.5B file, to be read by people on a quiet machine: `cargo test -p models --release --test speed
//! -- --ignored --nocapture`. Nothing is asserted of them, so none of these runs by itself.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use models::catalog;
use models::gguf::validate_file;
use models::hash::{blake3_tree, sha256};
use models::import::{ImportMode, import_file};
use models::quiet;
use models::store::{Store, VerifyMode};
use std::fs::File;
use std::time::Instant;
use support::{REAL, real_model};

fn timed<T>(what: &str, bytes: u64, work: impl FnOnce() -> T) -> T {
    let started = Instant::now();
    let result = work();
    let seconds = started.elapsed().as_secs_f64();
    eprintln!("{what}: {:.1} ms, {:.2} GB/s", seconds * 1e3, bytes as f64 / seconds / 1e9);
    result
}

#[test]
#[ignore = "a measurement, not a check"]
fn rates_on_the_real_file() {
    let Some(path) = real_model(REAL[2]) else { return };
    let file = File::open(&path).unwrap();
    let bytes = file.metadata().unwrap().len();
    let header = || {
        let started = Instant::now();
        validate_file(&file).unwrap();
        started.elapsed()
    };
    eprintln!("header: {:?} at best of 50", (0..50).map(|_| header()).min().unwrap());
    for _ in 0..2 {
        timed("BLAKE3", bytes, || blake3_tree(&file, &mut quiet).unwrap());
    }
    timed("SHA-256", bytes, || sha256(&file, &mut quiet).unwrap());
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let catalog = catalog::builtin().unwrap();
    let model = timed("import by copy", bytes, || {
        import_file(&store, &catalog, &path, ImportMode::Copy, &mut quiet).unwrap()
    });
    assert!(model.record.verified);
    let id = &model.record.id;
    timed("full check", bytes, || store.verify(id, VerifyMode::Full, &mut quiet).unwrap());
    timed("sampled check", bytes, || store.verify(id, VerifyMode::Sampled, &mut quiet).unwrap());
}
