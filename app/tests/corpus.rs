//! Every file that fuzzing has found once, through its target of `cargo xtask fuzz`, in every run.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::panic;
use std::path::PathBuf;

#[path = "../../tests/fuzz/targets/answer.rs"]
mod answer;
#[path = "../../tests/fuzz/targets/asked.rs"]
mod asked;
#[path = "../../tests/fuzz/targets/catalogue.rs"]
mod catalogue;
#[path = "../../tests/fuzz/targets/frame.rs"]
mod frame;
#[path = "../../tests/fuzz/targets/gguf.rs"]
mod gguf;
#[path = "../../tests/fuzz/targets/journal.rs"]
mod journal;
#[path = "../../tests/fuzz/targets/keymap.rs"]
mod keymap;
#[path = "../../tests/fuzz/targets/message.rs"]
mod message;
#[path = "../../tests/fuzz/targets/settings.rs"]
mod settings;

/// Runs a target on its corpus. Some of it must be taken for what it claims to be and some not, so that both ways are walked.
fn check(name: &str, target: fn(&[u8]) -> bool) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus").join(name);
    let (mut files, mut taken, mut fell) = (0, 0, Vec::new());
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        files += 1;
        match panic::catch_unwind(|| target(&bytes)) {
            Ok(is_taken) => taken += u32::from(is_taken),
            Err(_) => fell.push(path),
        }
    }
    println!("{name}: {files} files, {taken} taken");
    assert!(fell.is_empty(), "{fell:?}");
    assert!(taken > 0 && taken < files, "{name}: {taken} of {files}: both ways of the target are walked");
}

macro_rules! corpora {
    ($($name:ident)*) => {
        $(
            #[test]
            fn $name() {
                check(stringify!($name), $name::run);
            }
        )*

        #[test]
        fn each_corpus_has_its_target() {
            let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fuzz/corpus");
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().file_name();
                assert!([$(stringify!($name)),*].iter().any(|known| name == *known), "{name:?}");
            }
        }
    };
}

corpora! { answer asked catalogue frame gguf journal keymap message settings }
