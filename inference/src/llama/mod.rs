//! llama.cpp behind safe owners. The only folder of the workspace with `unsafe`.
//!
//! Each owner frees what it holds, holds what it needs alive, and offers only calls whose obligations it can meet itself.
//! The obligations are read from `llama.h` and `ggml-*.h` of the pinned llama-cpp-sys-2.
#![allow(unsafe_code)]

mod backend;
mod batch;
mod context;
mod kernels;
mod log;
mod model;
mod pages;
mod sampler;
#[cfg(target_os = "macos")]
mod seatbelt;
mod template;
mod threadpool;
mod vocab;

pub use backend::{LlamaBackend, cpu_layout};
pub use batch::Batch;
pub use context::{ContextOptions, DecodeError, Interrupt, LlamaContext};
pub use kernels::{asked as kernels_asked, own_kernels, use_own_kernels};
pub use model::{LlamaModel, LoadOptions, ModelError};
pub use pages::give_back_freed;
pub use sampler::Sampler;
#[cfg(target_os = "macos")]
pub use seatbelt::seatbelt;
pub use template::{TemplateError, apply_chat_template};
pub use vocab::{FillMarks, Vocabulary};

/// The library, for what is only valid with the same one: the pinned crate and its formats of state.
pub const LIBRARY_VERSION: &str = "llama-cpp-sys-2 0.1.161";

/// A token's number in its model's vocabulary.
pub type Token = i32;
