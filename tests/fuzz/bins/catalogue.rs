//! Any bytes for `targets/catalogue.rs`, as libFuzzer makes them.
#![no_main]

#[path = "../targets/catalogue.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    target::run(bytes);
});
