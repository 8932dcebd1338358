//! Rates on the real 1.5B file beside the tools that people know, to be read on a quiet machine:
//! `cargo test -p models --release --test speed -- --ignored --nocapture`. It takes a minute and asserts nothing, so it does
//! not run by itself. `b3sum` is compared when it is installed (`cargo install b3sum --locked`).
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod support;

use models::catalog;
use models::gguf::validate_file;
use models::hash::{blake3_tree, sha256};
use models::import::{ImportMode, import_file};
use models::quiet;
use models::store::{Store, VerifyMode};
use std::fs::File;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;
use support::{REAL, ground};

/// The best of this many: the machine's own noise only ever adds.
const RUNS: usize = 5;

/// Seconds at best.
fn best(mut work: impl FnMut()) -> f64 {
    let mut seconds = || {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64()
    };
    (0..RUNS).map(|_| seconds()).fold(f64::INFINITY, f64::min)
}

fn tell(what: &str, bytes: u64, seconds: f64) {
    println!("{what}: {:.0} ms, {:.2} GB/s", seconds * 1e3, bytes as f64 / seconds / 1e9);
}

/// Tells ours, theirs when the program is there, and how many times theirs ours takes.
fn compare(what: &str, bytes: u64, ours: f64, program: &str, run: impl FnMut()) {
    tell(what, bytes, ours);
    if Command::new(program).arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("{program} is not installed: nothing to compare with");
        return;
    }
    let theirs = best(run);
    tell(program, bytes, theirs);
    println!("{what} takes {:.2} of {program}'s time (goal: at most 1.10)", ours / theirs);
}

fn run(program: &str, args: &[&Path]) {
    assert!(Command::new(program).args(args).stdout(Stdio::null()).status().unwrap().success());
}

#[test]
#[ignore = "a measurement, not a check"]
fn rates_on_the_real_file() {
    let Some(path) = ground::model(REAL[2]) else { return };
    let file = File::open(&path).unwrap();
    let bytes = file.metadata().unwrap().len();
    println!("header: {:.2} ms", best(|| drop(validate_file(&file).unwrap())) * 1e3);
    let ours = best(|| drop(blake3_tree(&file, &mut quiet).unwrap()));
    compare("BLAKE3", bytes, ours, "b3sum", || run("b3sum", &[&path]));
    let ours = best(|| {
        sha256(&file, &mut quiet).unwrap();
    });
    compare("SHA-256", bytes, ours, "sha256sum", || run("sha256sum", &[&path]));

    let folder = tempfile::tempdir().unwrap();
    let catalog = catalog::builtin().unwrap();
    let mut turn = 0;
    let ours = best(|| {
        turn += 1;
        let store = Store::open(folder.path().join(turn.to_string())).unwrap();
        let model = import_file(&store, &catalog, &path, ImportMode::Copy, &mut quiet).unwrap();
        assert!(model.record.verified);
        store.remove(&model.record.id, true).unwrap();
    });
    let copy = folder.path().join("copy");
    // An import is durable when it returns, so the copy must be too.
    compare("import by copy", bytes, ours, "cp", || {
        run("cp", &["--reflink=never".as_ref(), &path, &copy]);
        run("sync", &[&copy]);
    });

    let store = Store::open(folder.path().join("last")).unwrap();
    let model = import_file(&store, &catalog, &path, ImportMode::Copy, &mut quiet).unwrap();
    let id = &model.record.id;
    for (what, mode) in [("full check", VerifyMode::Full), ("sampled check", VerifyMode::Sampled)] {
        tell(what, bytes, best(|| store.verify(id, mode, &mut quiet).map(drop).unwrap()));
    }
}
