//! macOS's seatbelt. No part of llama.cpp: it lies here because this is the one folder with `unsafe`, and no crate calls it safely.

use std::ffi::{CStr, CString, c_char};

unsafe extern "C" {
    /// sandbox.h: applies a profile to this process; 0, or -1 with a message to be freed by `sandbox_free_error`. Deprecated in
    /// favour of sandboxes that the signature of an application asks for, and what browsers still use for their helpers.
    fn sandbox_init(profile: *const c_char, flags: u64, error: *mut *mut c_char) -> i32;
    fn sandbox_free_error(error: *mut c_char);
}

/// Applies a profile, given as text, to this process for good.
///
/// # Errors
/// What the system said.
pub fn seatbelt(profile: &str) -> Result<(), String> {
    let text = CString::new(profile).map_err(|e| e.to_string())?;
    let mut error = std::ptr::null_mut();
    // SAFETY: the text ends with NUL and lives through the call; no flag says that it is a profile and no name of one; `error` is
    // writable.
    if unsafe { sandbox_init(text.as_ptr(), 0, &raw mut error) } == 0 {
        return Ok(());
    }
    if error.is_null() {
        return Err("no reason was given".into());
    }
    // SAFETY: after a failure the message is NUL-terminated.
    let said = unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned();
    // SAFETY: it came from `sandbox_init`, and was copied.
    unsafe { sandbox_free_error(error) };
    Err(said)
}
