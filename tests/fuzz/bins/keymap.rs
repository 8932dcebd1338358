//! Any bytes for `targets/keymap.rs`, as libFuzzer makes them.
#![no_main]

#[path = "../targets/keymap.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    target::run(bytes);
});
