//! llama.cpp's global state and the devices it can compute on.

use std::ffi::{CStr, c_char};

use ipc::protocol::Device;
use llama_cpp_sys_2 as sys;
use models::repack::Layout;

use super::{kernels, log};

/// Proof that llama.cpp is initialised. One per process; it is never shut down, the process is.
#[derive(Clone, Copy, Debug)]
pub struct LlamaBackend(());

impl LlamaBackend {
    /// Initialises llama.cpp: logs are captured, aborts leave last words and fork no debugger, our own kernels are in place.
    pub fn init() -> LlamaBackend {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            log::install();
            // SAFETY: called once, before any other call into llama.cpp.
            unsafe { sys::llama_backend_init() };
            kernels::install();
        });
        LlamaBackend(())
    }

    /// All devices, with the memory their drivers report.
    pub fn devices(self) -> Vec<Device> {
        // SAFETY: the registry is filled by `llama_backend_init` and not changed afterwards.
        let count = unsafe { sys::ggml_backend_dev_count() };
        (0..count).map(device).collect()
    }
}

/// What the CPU's weights are copied into by llama.cpp as it was built.
///
/// A processor with AMX is not enough: ggml has its kernels only where the compiler announces them as GCC does (`__AMX_INT8__`;
/// clang 14 says `__AMXINT8__`), and repacks for AVX-512 elsewhere.
pub fn cpu_layout() -> Layout {
    // SAFETY: no obligations (ggml-cpu.h); it tells what was compiled in.
    let with_amx = unsafe { sys::ggml_cpu_has_amx_int8() } != 0;
    match Layout::here() {
        Layout::Amx if !with_amx => Layout::Avx512,
        layout => layout,
    }
}

fn device(index: usize) -> Device {
    // SAFETY: `ggml_backend_dev_props` is plain data, for which zero is a valid value, and filled by the next call.
    let mut props: sys::ggml_backend_dev_props = unsafe { std::mem::zeroed() };
    // SAFETY: `index` is below the count, so the device is valid, and `props` is writable.
    unsafe { sys::ggml_backend_dev_get_props(sys::ggml_backend_dev_get(index), &raw mut props) };
    let integrated = props.type_ == sys::GGML_BACKEND_DEVICE_TYPE_IGPU;
    Device {
        name: text(props.name),
        description: text(props.description),
        gpu: integrated || props.type_ == sys::GGML_BACKEND_DEVICE_TYPE_GPU,
        // ggml does not call Apple's GPUs integrated, but none has memory of its own.
        unified: integrated || cfg!(target_os = "macos"),
        memory_free: props.memory_free as u64,
        memory_total: props.memory_total as u64,
    }
}

fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: device names are NUL-terminated and live as long as the registry.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().trim().to_owned()
}
