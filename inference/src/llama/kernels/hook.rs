//! Where ggml's CPU backend lets others compute an operation, and how we get there.
//!
//! ggml-cpu keeps a list of extra buffer types; the context of each is a C++ object that is asked, for each operation, for a second
//! object that plans and computes it (`ggml::cpu::extra_buffer_type` and `ggml::cpu::tensor_traits` in ggml-cpu/traits.h of the pinned
//! llama-cpp-sys-2). Both are built here as the Itanium C++ ABI lays them out: a pointer to a table of functions, destructors first.

use std::{
    ffi::{CStr, c_int, c_void},
    ptr,
    sync::{
        Once,
        atomic::{AtomicBool, AtomicPtr, Ordering},
    },
};

use llama_cpp_sys_2 as sys;

use super::{
    attention::{self, Attention},
    compute::ComputeParams,
    level::{self, KernelLevel},
    product::{self, Product},
};

/// `ggml_backend_buffer_type` of ggml-backend-impl.h.
#[repr(C)]
struct BufferType {
    functions: [*const c_void; 8],
    device: sys::ggml_backend_dev_t,
    context: *mut ExtraBufferType,
}

#[repr(C)]
struct ExtraBufferType {
    table: *const ExtraBufferTypeTable,
}

#[repr(C)]
struct ExtraBufferTypeTable {
    destructors: [unsafe extern "C" fn(*mut ExtraBufferType); 2],
    supports_op:
        unsafe extern "C" fn(*mut ExtraBufferType, sys::ggml_backend_dev_t, *const sys::ggml_tensor) -> bool,
    tensor_traits: unsafe extern "C" fn(*mut ExtraBufferType, *const sys::ggml_tensor) -> *const TensorTraits,
}

#[repr(C)]
struct TensorTraits {
    table: *const TensorTraitsTable,
}

#[repr(C)]
struct TensorTraitsTable {
    destructors: [unsafe extern "C" fn(*mut TensorTraits); 2],
    work_size: unsafe extern "C" fn(*const TensorTraits, c_int, *const sys::ggml_tensor, *mut usize) -> bool,
    compute: unsafe extern "C" fn(*const TensorTraits, *const ComputeParams, *mut sys::ggml_tensor) -> bool,
}

/// The object that was there before; null until [`install`] found it.
static BEFORE: AtomicPtr<ExtraBufferType> = AtomicPtr::new(ptr::null_mut());
/// The buffer type whose weights are repacked.
static REPACKED: AtomicPtr<sys::ggml_backend_buffer_type> = AtomicPtr::new(ptr::null_mut());

/// False: ggml computes everything itself.
static ON: AtomicBool = AtomicBool::new(true);

/// Has this process' products computed by our kernels, where they are installed, or by ggml's: for comparing the two. Only between
/// computations.
pub fn use_own_kernels(on: bool) {
    ON.store(on, Ordering::Release);
}

/// Whether our kernels compute what they can.
pub fn own_kernels() -> bool {
    ON.load(Ordering::Acquire) && !BEFORE.load(Ordering::Acquire).is_null()
}

/// Static, therefore never destroyed.
struct Shared<T>(T);
// SAFETY: never written; the tables hold functions only.
unsafe impl<T> Sync for Shared<T> {}

static EXTRA_TABLE: ExtraBufferTypeTable =
    ExtraBufferTypeTable { destructors: [keep_extra, keep_extra], supports_op, tensor_traits };
static EXTRA: Shared<ExtraBufferType> = Shared(ExtraBufferType { table: &raw const EXTRA_TABLE });
static TRAITS_TABLE: TensorTraitsTable =
    TensorTraitsTable { destructors: [keep_traits, keep_traits], work_size, compute };
static TRAITS: Shared<TensorTraits> = Shared(TensorTraits { table: &raw const TRAITS_TABLE });

/// Lets this folder's kernels compute what they can, from now on. Does nothing where the processor lacks their instructions or the
/// environment turns them off.
pub(in crate::llama) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        if level::chosen(level::asked(), processor_can()) == KernelLevel::Off {
            return;
        }
        let Some(buffer_type) = repacked() else { return };
        let raw = buffer_type.cast::<BufferType>();
        // SAFETY: a static of ggml with this layout; that its device is where it should be is checked before anything is written, and
        // no model is loaded yet that could be computing.
        unsafe {
            if (*raw).device != sys::ggml_backend_buft_get_device(buffer_type) || (*raw).context.is_null() {
                return;
            }
            REPACKED.store(buffer_type, Ordering::Release);
            BEFORE.store((*raw).context, Ordering::Release);
            (*raw).context = (&raw const EXTRA.0).cast_mut();
        }
    });
}

/// The level whose instructions are all there.
fn processor_can() -> KernelLevel {
    let all = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vnni")
        && is_x86_feature_detected!("f16c");
    if all { KernelLevel::Avx512 } else { KernelLevel::Off }
}

/// What of an operation is ours.
enum Ours {
    Product(Product),
    Attention(Attention),
}

/// # Safety
/// As [`product::of`].
unsafe fn ours(operation: *const sys::ggml_tensor) -> Option<Ours> {
    if !ON.load(Ordering::Acquire) {
        return None;
    }
    // SAFETY: the caller's word.
    unsafe {
        let product = product::of(operation, REPACKED.load(Ordering::Acquire)).map(Ours::Product);
        product.or_else(|| attention::of(operation).map(Ours::Attention))
    }
}

/// The buffer type that repacks weights, among the CPU's extra ones.
pub(super) fn repacked() -> Option<sys::ggml_backend_buffer_type_t> {
    // SAFETY: the registry is filled; the function's type is that of its name (ggml-backend.h); the list ends with null; names are
    // NUL-terminated.
    unsafe {
        let device = sys::ggml_backend_dev_by_type(sys::GGML_BACKEND_DEVICE_TYPE_CPU);
        let registry = (!device.is_null()).then(|| sys::ggml_backend_dev_backend_reg(device))?;
        let list =
            sys::ggml_backend_reg_get_proc_address(registry, c"ggml_backend_dev_get_extra_bufts".as_ptr());
        let list: sys::ggml_backend_dev_get_extra_bufts_t = std::mem::transmute(list);
        let mut next = list?(device);
        while !next.is_null() && !(*next).is_null() {
            if CStr::from_ptr(sys::ggml_backend_buft_name(*next)) == c"CPU_REPACK" {
                return Some(*next);
            }
            next = next.add(1);
        }
    }
    None
}

unsafe extern "C" fn keep_extra(_: *mut ExtraBufferType) {}

unsafe extern "C" fn keep_traits(_: *mut TensorTraits) {}

unsafe extern "C" fn supports_op(
    _: *mut ExtraBufferType,
    device: sys::ggml_backend_dev_t,
    operation: *const sys::ggml_tensor,
) -> bool {
    let before = BEFORE.load(Ordering::Acquire);
    // SAFETY: ggml's own object, asked as ggml would ask it.
    unsafe { ((*(*before).table).supports_op)(before, device, operation) }
}

unsafe extern "C" fn tensor_traits(
    _: *mut ExtraBufferType,
    operation: *const sys::ggml_tensor,
) -> *const TensorTraits {
    // SAFETY: ggml asks about operations of its graph.
    if unsafe { ours(operation) }.is_some() {
        return &raw const TRAITS.0;
    }
    let before = BEFORE.load(Ordering::Acquire);
    // SAFETY: ggml's own object, asked as ggml would ask it.
    unsafe { ((*(*before).table).tensor_traits)(before, operation) }
}

unsafe extern "C" fn work_size(
    _: *const TensorTraits,
    threads: c_int,
    operation: *const sys::ggml_tensor,
    size: *mut usize,
) -> bool {
    // SAFETY: ggml asks about operations of its graph.
    let bytes = match unsafe { ours(operation) } {
        Some(Ours::Product(product)) => product.work_size(),
        // Where it leaves threads without work, ggml computes it and plans for that.
        Some(Ours::Attention(attention)) if attention.occupies(threads as usize) => 0,
        _ => return false,
    };
    // SAFETY: a valid reference of C++.
    unsafe { *size = bytes };
    true
}

unsafe extern "C" fn compute(
    _: *const TensorTraits,
    params: *const ComputeParams,
    operation: *mut sys::ggml_tensor,
) -> bool {
    // SAFETY: ggml computes an operation of its graph, with room as planned, all its threads taking part.
    unsafe {
        let params = &*params;
        match ours(operation) {
            Some(Ours::Product(product)) => product.compute(params),
            Some(Ours::Attention(attention)) if attention.occupies(params.threads as usize) => {
                attention.compute(params);
            }
            _ => return false,
        }
    }
    true
}
