//! What several test programs of this crate share: a GGUF generator, a hub, and the ground that tests stand on.
#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod gguf;
#[path = "../../../tests/src/ground.rs"]
pub mod ground;
#[cfg(feature = "download")]
pub mod server;

#[allow(unused_imports, reason = "each test program uses a part of it")]
pub use gguf::*;

/// SmolLM2-135M, Qwen2.5-Coder 0.5B and 1.5B, as facts of this repository name them.
pub const REAL: [&str; 3] = [
    "SmolLM2-135M-Instruct.Q4_1.gguf",
    "qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
];
