//! Any bytes for `targets/message.rs`, as libFuzzer makes them.
#![no_main]

#[path = "../targets/message.rs"]
mod target;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    target::run(bytes);
});
