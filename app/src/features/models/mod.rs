//! The model panel as data: what it shows, what can happen in it, and what it wants done outside.

mod error;
pub mod switcher;
#[cfg(test)]
mod tests;
pub mod update;
pub mod view;

use std::path::PathBuf;
use std::time::Duration;

use models::catalog::{CatalogEntry, ModelRole};
use models::import::ImportMode;
use models::store::Leftover;

pub use self::error::ModelTaskError;
use crate::speed::Rates;
use crate::workspace::{ModelInventory, WorkId, WorkProgress};

/// What can happen in the panel.
#[derive(Clone, Debug)]
pub enum ManagerEvent {
    /// List everything again.
    Refresh,
    /// Show only models for a role.
    Filter(Option<ModelRole>),
    /// Install this entry: asks for its licence.
    AskInstall(String),
    /// The dialog was answered with yes.
    Confirm,
    /// Stop for now.
    Pause(WorkId),
    /// Go on.
    Resume(WorkId),
    /// Stop.
    Cancel(WorkId),
    /// Try again what failed.
    Retry(WorkId),
    /// Forget what failed.
    Dismiss(WorkId),
    /// Ask for a file to import.
    AskImport,
    /// Import this file.
    Import(PathBuf, ImportMode),
    /// Check the version with this name.
    Verify(String),
    /// Remove the version with this name: asks first.
    AskRemove(String),
    /// Load the model with this id, true: also when it does not fit.
    Load(String, bool),
    /// Free the memory of the model with this id.
    Unload(String),
    /// Use the version with this name for a role.
    Use(ModelRole, String),
    /// Show a folder in the system's file manager.
    Reveal(PathBuf),
    /// Delete the leftovers: asks first.
    AskClean,
    /// Everything was listed.
    Listed(Result<Box<ModelInventory>, ModelTaskError>),
    /// Work continues.
    Step(WorkId, WorkProgress),
    /// Work ended: with a sentence, or why it failed.
    Ended(WorkId, Result<String, ModelTaskError>),
    /// Something short was done: with a sentence, of which nothing is said when it is empty, or why not.
    Changed(Result<String, ModelTaskError>),
}

/// What the panel wants done.
#[derive(Debug)]
pub enum ManagerEffect {
    /// List everything; answered by [`ManagerEvent::Listed`]. With the bytes that loaded models give back, and what answers
    /// reached.
    List(u64, Rates),
    /// Download after a consent that was given so long ago; answered by steps and an end, as are import and check.
    Download(WorkId, Box<CatalogEntry>, Duration),
    /// Import a file.
    Import(WorkId, PathBuf, ImportMode),
    /// Check a version.
    Verify(WorkId, String),
    /// Stop for now.
    Pause(WorkId),
    /// Go on.
    Resume(WorkId),
    /// Stop.
    Cancel(WorkId),
    /// Delete a version with its pins; answered by [`ManagerEvent::Changed`], as are the next three.
    Remove(String),
    /// Pin a version for a role.
    Pin(String, ModelRole),
    /// Delete files.
    Clean(Vec<Leftover>),
    /// Show a folder.
    Reveal(PathBuf),
}
