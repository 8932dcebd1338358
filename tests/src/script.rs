//! What the program `scripted`, a worker with a script for a model, is told, and what it tells: for tests of the window that must go the
//! same way each time.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::json;

/// A script on disk.
pub struct Script {
    file: PathBuf,
    worker: PathBuf,
}

/// Variables of an editor's environment.
pub type Env<'a> = [(&'static str, &'a str); 2];

impl Script {
    /// A script in `folder` with the answers to give, in order, and for completions what follows a text before the caret.
    ///
    /// # Errors
    /// When it cannot be written.
    ///
    /// # Panics
    /// When `scripted` is not built.
    pub fn write(folder: &Path, answers: &[&str], completions: &[(&str, &str)]) -> Result<Script> {
        let file = folder.join("script.json");
        let follows: serde_json::Map<String, serde_json::Value> =
            completions.iter().map(|(before, text)| ((*before).to_owned(), json!(text))).collect();
        let script = json!({ "answers": answers, "completions": follows });
        fs::write(&file, script.to_string()).context("the script cannot be written")?;
        Ok(Script { file, worker: crate::program("scripted", "LOCALCODER_SCRIPTED") })
    }

    /// Has an editor work with it.
    pub fn env(&self) -> Env<'_> {
        // Temporary folders and build folders have plain names.
        [("LOCALCODER_WORKER", &self.worker), ("LOCALCODER_SCRIPT", &self.file)]
            .map(|(name, path)| (name, path.to_str().unwrap_or_default()))
    }

    /// What was asked for an edit, an explanation or a chat, in order.
    pub fn asked(&self) -> Vec<String> {
        let lines = fs::read_to_string(self.file.with_extension("asked")).unwrap_or_default();
        lines.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// How many completions were given.
    pub fn completed(&self) -> usize {
        fs::read_to_string(self.file.with_extension("completed")).map_or(0, |text| text.lines().count())
    }
}
