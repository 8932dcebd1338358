//! Any bytes for `targets/answer.rs`, as libFuzzer makes them.
#![no_main]

#[path = "../targets/answer.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    target::run(bytes);
});
