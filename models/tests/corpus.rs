//! Every file that fuzzing has found once, through the target of `cargo xtask fuzz`, in every run.
#![allow(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::{fs, io::Cursor, panic, path::PathBuf};

use models::{
    fit::{KvType, Load, bytes_per_token, predict},
    gguf,
    repack::Layout,
};

/// What `models/fuzz/fuzz_targets/gguf.rs` does with any bytes, word by word: a crate of its own that is built by
/// cargo-fuzz alone. True when they are accepted.
fn target(bytes: &[u8]) -> bool {
    let len = bytes.len() as u64;
    match gguf::validate(&mut Cursor::new(bytes), len) {
        Err(why) => {
            assert!(why.offset <= len && !why.to_string().is_empty(), "{why}");
            false
        }
        Ok(header) => {
            assert!(header.tensor_bytes <= len && header.data_offset <= len);
            for context in [1, header.context_length, u32::MAX] {
                let plain = predict(&header, Load { context, ..Load::default() });
                let other = Load { context, kv: KvType::Q8, layout: Layout::Amx, ..Load::default() };
                assert!(
                    plain.total() > header.tensor_bytes
                        && predict(&header, other).total() > header.tensor_bytes
                );
            }
            assert!(bytes_per_token(&header, 4_096).is_finite());
            true
        }
    }
}

#[test]
fn every_file_of_the_corpus_is_judged_without_a_panic() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/gguf");
    let mut accepted = 0;
    let mut fell = Vec::new();
    let mut files = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        files += 1;
        match panic::catch_unwind(|| target(&bytes)) {
            Ok(is_model) => accepted += u32::from(is_model),
            Err(_) => fell.push(path),
        }
    }
    println!("{files} files of the corpus, {accepted} accepted");
    assert!(files > 0, "{} is empty", folder.display());
    assert!(accepted > 0 && accepted < files, "{accepted} of {files}: both ways of the target are walked");
    assert!(fell.is_empty(), "{fell:?}");
}
