//! What llama.cpp says when something fails: its errors are logged, not returned.

use std::{
    collections::VecDeque,
    ffi::{CStr, c_char, c_void},
};

use llama_cpp_sys_2 as sys;
use parking_lot::Mutex;

/// Error and warning lines kept.
const KEPT: usize = 16;

static LINES: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Sends llama.cpp's log to [`take_errors`] and its last words before an abort to standard error.
pub(super) fn install() {
    // SAFETY: both callbacks are plain functions that live as long as the program and ignore their user data.
    unsafe {
        sys::llama_log_set(Some(on_log), std::ptr::null_mut());
        sys::ggml_set_abort_callback(Some(on_abort));
    }
}

/// The error lines since the last call, joined.
pub(super) fn take_errors() -> String {
    LINES.lock().drain(..).collect::<Vec<_>>().join("; ")
}

unsafe extern "C" fn on_log(level: sys::ggml_log_level, text: *const c_char, _: *mut c_void) {
    if level != sys::GGML_LOG_LEVEL_ERROR || text.is_null() {
        return;
    }
    // SAFETY: llama.cpp passes a NUL-terminated string that lives during the call.
    let line = unsafe { CStr::from_ptr(text) }.to_string_lossy().trim().to_owned();
    if line.is_empty() {
        return;
    }
    let mut lines = LINES.lock();
    if lines.len() == KEPT {
        lines.pop_front();
    }
    lines.push_back(line);
}

unsafe extern "C" fn on_abort(text: *const c_char) {
    if !text.is_null() {
        // SAFETY: ggml passes a NUL-terminated string that lives during the call.
        eprintln!("{}", unsafe { CStr::from_ptr(text) }.to_string_lossy());
    }
}
