//! Any bytes for `targets/settings.rs`, as libFuzzer makes them.
#![no_main]

#[path = "../targets/settings.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    target::run(bytes);
});
