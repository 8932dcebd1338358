//! A model's weights and vocabulary, loaded from an open file.

use std::{
    ffi::{CStr, c_void},
    fs::File,
    io::Seek,
    ops::Range,
    os::fd::IntoRawFd,
    sync::Arc,
};

use ipc::death::says_out_of_memory;
use llama_cpp_sys_2 as sys;

use super::{LlamaBackend, Vocabulary, log, pages};

/// While repacking, pages are given back after each such share of the file: more often costs time, less often leaves more
/// of it resident beside the copies.
const GIVE_BACK_EACH: f32 = 1.0 / 16.0;

/// How weights are placed.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Layers on the GPU: the output, then blocks from the last one.
    pub gpu_layers: u32,
    /// Copy weights into the layout the CPU computes fastest with: quicker drafts and prefill, more memory.
    pub repack: bool,
    /// Bytes of the file that nothing reads once they were repacked ([`models::repack::freed`]).
    pub freed: Vec<Range<u64>>,
}

/// Why a model could not be loaded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// The progress callback said stop.
    #[error("loading was cancelled")]
    Cancelled,
    /// Somebody wrote to the file.
    #[error("its file changed while it was loaded")]
    Changed,
    /// An allocation failed.
    #[error("not enough memory: {0}")]
    OutOfMemory(String),
    /// llama.cpp refused the file.
    #[error("llama.cpp refused the model: {0}")]
    Refused(String),
}

/// Loaded weights. Cheap to clone; freed with the last clone.
#[derive(Clone)]
pub struct LlamaModel(Arc<Handle>);

struct Handle {
    raw: *mut sys::llama_model,
}

// SAFETY: llama.h documents the model as read-only after loading; all calls made on it here are const.
unsafe impl Send for Handle {}
// SAFETY: as above.
unsafe impl Sync for Handle {}

impl Drop for Handle {
    fn drop(&mut self) {
        // SAFETY: the pointer came from `llama_model_load_from_file_ptr` and is freed once; contexts hold a `LlamaModel`.
        unsafe { sys::llama_model_free(self.raw) };
    }
}

struct Progress<'a> {
    report: &'a mut dyn FnMut(f32) -> bool,
    cancelled: bool,
    inode: u64,
    freed: &'a [Range<u64>],
    /// Of the load, from 0 to 1.
    given_back_at: f32,
}

impl Progress<'_> {
    /// llama.cpp maps the whole file into memory at once: without this, the originals and all copies would be resident
    /// together at the end of a load.
    fn give_back(&mut self, fraction: f32) {
        if fraction - self.given_back_at >= GIVE_BACK_EACH {
            self.given_back_at = fraction;
            pages::give_back(self.inode, self.freed, false);
        }
    }
}

impl LlamaModel {
    /// Loads from an open file, which was checked before. `progress` gets 0 to 1 and answers whether to go on.
    ///
    /// # Errors
    /// [`ModelError`], with what llama.cpp logged.
    pub fn load(
        _: LlamaBackend,
        file: File,
        options: &LoadOptions,
        report: &mut dyn FnMut(f32) -> bool,
    ) -> Result<LlamaModel, ModelError> {
        let inode = file.metadata().map_or(0, |m| std::os::unix::fs::MetadataExt::ino(&m));
        let stream = Stream::open(file)?;
        let mut progress =
            Progress { report, cancelled: false, inode, freed: &options.freed, given_back_at: 0.0 };
        log::take_errors();
        // SAFETY: no obligations.
        let mut params = unsafe { sys::llama_model_default_params() };
        params.n_gpu_layers = i32::try_from(options.gpu_layers).unwrap_or(i32::MAX);
        params.load_mode = sys::LLAMA_LOAD_MODE_MMAP;
        params.use_extra_bufts = options.repack;
        params.progress_callback = Some(on_progress);
        params.progress_callback_user_data = (&raw mut progress).cast();
        // SAFETY: the stream is open for reading; `progress` outlives the call, which is the only time it is used.
        let model = unsafe { sys::llama_model_load_from_file_ptr(stream.0.cast(), params) };
        if model.is_null() {
            return Err(refusal(progress.cancelled));
        }
        pages::give_back(inode, &options.freed, true);
        Ok(LlamaModel(Arc::new(Handle { raw: model })))
    }

    /// The model's tokens.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary::new(self.clone())
    }

    /// One line for people: `qwen2 1.5B Q4_K - Medium`.
    pub fn description(&self) -> String {
        let mut buffer = [0u8; 256];
        // SAFETY: the buffer is writable for its length; llama.cpp ends the text with NUL.
        unsafe { sys::llama_model_desc(self.raw(), buffer.as_mut_ptr().cast(), buffer.len()) };
        CStr::from_bytes_until_nul(&buffer).map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// Bytes of all tensors.
    pub fn weights_bytes(&self) -> u64 {
        // SAFETY: the model is valid.
        unsafe { sys::llama_model_size(self.raw()) }
    }

    /// The context the model was trained for, in tokens.
    pub fn trained_context(&self) -> u32 {
        // SAFETY: the model is valid.
        u32::try_from(unsafe { sys::llama_model_n_ctx_train(self.raw()) }).unwrap_or(0)
    }

    /// The model's chat template, as Jinja text.
    pub fn chat_template(&self) -> Option<String> {
        // SAFETY: the model is valid and a null name asks for the default template.
        let text = unsafe { sys::llama_model_chat_template(self.raw(), std::ptr::null()) };
        // SAFETY: a non-null answer is NUL-terminated and lives as long as the model.
        (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    }

    pub(super) fn raw(&self) -> *mut sys::llama_model {
        self.0.raw
    }
}

fn refusal(cancelled: bool) -> ModelError {
    if cancelled {
        return ModelError::Cancelled;
    }
    let text = log::take_errors();
    if says_out_of_memory(&text) { ModelError::OutOfMemory(text) } else { ModelError::Refused(text) }
}

unsafe extern "C" fn on_progress(fraction: f32, user: *mut c_void) -> bool {
    // SAFETY: `user` is the `Progress` of the load call that is under way, used by nothing else meanwhile.
    let progress = unsafe { &mut *user.cast::<Progress<'_>>() };
    progress.give_back(fraction);
    let go_on = (progress.report)(fraction);
    progress.cancelled |= !go_on;
    go_on
}

/// A C stream over a file, as llama.cpp wants it.
struct Stream(*mut libc::FILE);

impl Stream {
    fn open(mut file: File) -> Result<Stream, ModelError> {
        // The check before has read the header; llama.cpp begins where the file stands.
        file.rewind()
            .map_err(|e| ModelError::Refused(format!("the file cannot be read from its start: {e}")))?;
        let fd = file.into_raw_fd();
        // SAFETY: `fd` is open and owned by us; on success the stream owns it.
        let stream = unsafe { libc::fdopen(fd, c"rb".as_ptr()) };
        if stream.is_null() {
            // SAFETY: `fdopen` failed, so `fd` is still ours to close.
            unsafe { libc::close(fd) };
            return Err(ModelError::Refused("the C library opened no stream for the file".into()));
        }
        Ok(Stream(stream))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: the stream came from `fdopen`; llama.cpp does not own it (llama-mmap.cpp: owns_fp is false) and keeps
        // only the mapping.
        unsafe { libc::fclose(self.0) };
    }
}
