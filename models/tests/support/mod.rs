//! What several test programs of this crate share: a GGUF generator, and where the real models are.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod gguf;
#[cfg(feature = "download")]
pub mod server;

#[allow(unused_imports, reason = "each test program uses a part of it")]
pub use gguf::*;

use std::path::PathBuf;

/// Where a real model is, or a loud line on why its test is skipped.
pub fn real_model(file: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("LOCALCODER_TEST_MODELS").map(PathBuf::from).or_else(|| {
        std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache/localcoder/models"))
    })?;
    let path = folder.join(file);
    if !path.is_file() {
        eprintln!("SKIPPED: no {} - run `cargo xtask models`", path.display());
        return None;
    }
    Some(path)
}

/// SmolLM2-135M, Qwen2.5-Coder 0.5B and 1.5B, as facts of this repository name them.
pub const REAL: [&str; 3] = [
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
];
