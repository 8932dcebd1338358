//! Any bytes for `targets/asked.rs`, as libFuzzer makes them.
#![no_main]

#[path = "../targets/asked.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    target::run(bytes);
});
