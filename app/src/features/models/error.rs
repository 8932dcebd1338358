//! Why work on models failed, typed until it becomes a sentence.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use ground::words::sentence;
use models::catalog::CatalogError;
use models::download::DownloadError;
use models::import::ImportError;
use models::store::{NotFound, StoreError};

/// What went wrong in the panel's work.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ModelTaskError {
    /// The store of installed models.
    #[error("{0}")]
    Store(Arc<StoreError>),
    /// The catalogue, or a user's own.
    #[error("{0}")]
    Catalogue(Arc<CatalogError>),
    /// A file that was to be imported.
    #[error("{0}")]
    Import(Arc<ImportError>),
    /// A download.
    #[error("{0}")]
    Download(Arc<DownloadError>),
    /// The process that downloads is gone.
    #[error("the process that downloads is gone ({0}). Start LocalCoder again to download")]
    NoProcess(Arc<io::Error>),
    /// A licence whose text nobody could have read.
    #[error("the text of its licence is not included in LocalCoder")]
    NoLicence,
    /// The system's file manager does not start.
    #[error("{} could not be shown: {program}: {cause}", .folder.display())]
    NotShown {
        /// What was to be shown.
        folder: PathBuf,
        /// The program that was asked.
        program: &'static str,
        /// What the system said.
        cause: Arc<io::Error>,
    },
    /// Our own code failed, at this place of the source.
    #[error("error in LocalCoder at {0}. Try again, or report it")]
    Fault(String),
}

impl ModelTaskError {
    /// For people.
    pub fn sentence(&self) -> String {
        sentence(&self.to_string())
    }
}

impl From<StoreError> for ModelTaskError {
    fn from(error: StoreError) -> ModelTaskError {
        ModelTaskError::Store(Arc::new(error))
    }
}

impl From<NotFound> for ModelTaskError {
    fn from(error: NotFound) -> ModelTaskError {
        StoreError::from(error).into()
    }
}

impl From<CatalogError> for ModelTaskError {
    fn from(error: CatalogError) -> ModelTaskError {
        ModelTaskError::Catalogue(Arc::new(error))
    }
}

impl From<ImportError> for ModelTaskError {
    fn from(error: ImportError) -> ModelTaskError {
        ModelTaskError::Import(Arc::new(error))
    }
}

impl From<DownloadError> for ModelTaskError {
    fn from(error: DownloadError) -> ModelTaskError {
        ModelTaskError::Download(Arc::new(error))
    }
}
