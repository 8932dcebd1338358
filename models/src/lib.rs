//! Which models exist, which are installed, whether a file is safe to load, and whether it fits this machine.
//!
//! Everything a person may want to do with a model before it runs: read the [`catalog`], [`download`] an entry or
//! [`import`] a file, keep it in the [`store`], check its bytes with [`gguf`] before llama.cpp sees them, and ask
//! [`fit`] how much memory it will take. The crate knows nothing of llama.cpp, of windows or of the wire.

pub mod catalog;
#[cfg(feature = "download")]
pub mod download;
pub mod fit;
pub mod gguf;
pub mod hash;
pub mod import;
pub mod next_edit;
mod regular;
pub mod repack;
pub mod source_files;
pub mod stamp;
pub mod store;

use std::ops::ControlFlow;

/// How far a long piece of work is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Bytes done.
    pub done: u64,
    /// Bytes in all.
    pub total: u64,
}

/// Called now and then during long work; `Break` stops it with an error of kind "stopped".
pub type OnProgress<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

/// An [`OnProgress`] for callers who need none: `&mut models::quiet`.
pub fn quiet(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}
