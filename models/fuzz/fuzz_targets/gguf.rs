//! Any bytes: the header check refuses or accepts them, but never panics, hangs or takes much memory.
//!
//! `cargo +nightly fuzz run gguf` in `models/`; good seeds are the first megabytes of real models.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|bytes: &[u8]| {
    let len = bytes.len() as u64;
    if let Err(why) = models::gguf::validate(&mut Cursor::new(bytes), len) {
        assert!(why.offset <= len, "{why}");
    }
});
