//! Any bytes for `targets/gguf.rs`, as libFuzzer makes them.
#![no_main]

#[path = "../targets/gguf.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    target::run(bytes);
});
