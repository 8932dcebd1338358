//! What ggml hands to each of the threads that compute one operation.

use std::ffi::{c_int, c_void};

use llama_cpp_sys_2 as sys;

/// `ggml_compute_params` of ggml-cpu/ggml-cpu-impl.h: what each computing thread gets.
#[repr(C)]
pub(super) struct ComputeParams {
    pub(super) thread: c_int,
    pub(super) threads: c_int,
    pub(super) work_size: usize,
    pub(super) work: *mut c_void,
    pub(super) pool: *mut sys::ggml_threadpool,
    use_reference: bool,
}
