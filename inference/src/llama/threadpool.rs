//! The threads that compute on the CPU.
//!
//! One pool for each thread count, never a larger pool than is used: the surplus threads of a pool would spin.

use llama_cpp_sys_2 as sys;

/// A pool of computing threads; the calling thread is one of them.
pub(super) struct ThreadPool {
    raw: *mut sys::ggml_threadpool,
    threads: u32,
}

// SAFETY: the pool is only handed to llama.cpp, by the thread that owns the context.
unsafe impl Send for ThreadPool {}

impl ThreadPool {
    /// A pool of `threads`; `None` when the system gives no more threads.
    pub(super) fn new(threads: u32) -> Option<ThreadPool> {
        let count = i32::try_from(threads).ok()?;
        // SAFETY: no obligations.
        let mut params = unsafe { sys::ggml_threadpool_params_default(count) };
        // SAFETY: the parameters are valid for the call.
        let raw = unsafe { sys::ggml_threadpool_new(&raw mut params) };
        (!raw.is_null()).then_some(ThreadPool { raw, threads })
    }

    pub(super) fn threads(&self) -> u32 {
        self.threads
    }

    pub(super) fn raw(&self) -> *mut sys::ggml_threadpool {
        self.raw
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        // SAFETY: made by `ggml_threadpool_new`, freed once; the context detaches it before.
        unsafe { sys::ggml_threadpool_free(self.raw) };
    }
}
