//! Predictions that learn: what a model took is remembered and corrects the next prediction of the same load.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::checksummed_file;

/// Its file, in the folder of computed prompts.
pub const FILE: &str = "calibration";
/// The first bytes of the file, with its version.
const MAGIC: &[u8; 8] = b"LCcali2\n";

/// A measurement is predicted again with this on top: the margin of [`models::fit`], a hundredth.
const MARGIN: u64 = 100;

/// What loads are distinguished by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct LoadKind {
    /// The model.
    pub model: String,
    /// Context in tokens.
    pub context: u32,
    /// 8-bit KV cache.
    pub q8: bool,
    /// Tokens in one call.
    pub batch: u32,
    /// Layers on a GPU. What they take of its own memory is not measured.
    pub gpu_layers: u32,
}

/// What loads took, in bytes.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    measured: HashMap<LoadKind, Measured>,
    file: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Measured {
    bytes: u64,
    /// A whole micro-batch was computed, so that all buffers were touched: only then less than predicted is believed.
    whole: bool,
}

impl Calibration {
    /// What was learned before, in this folder.
    pub fn open(folder: &Path) -> Calibration {
        let file = folder.join(FILE);
        let measured: Vec<(LoadKind, Measured)> = checksummed_file::read(&file, MAGIC).unwrap_or_default();
        Calibration { measured: measured.into_iter().collect(), file: Some(file) }
    }

    /// A load took `bytes`. The most that was ever measured is kept.
    pub fn learn(&mut self, load: &LoadKind, bytes: u64, whole: bool) {
        let before = self.measured.get(load).copied();
        let known = self.measured.entry(load.clone()).or_insert(Measured { bytes, whole });
        known.bytes = known.bytes.max(bytes);
        known.whole |= whole;
        if before != Some(*known) {
            self.remember();
        }
    }

    fn remember(&self) {
        if let Some(file) = &self.file {
            let measured: Vec<(&LoadKind, &Measured)> = self.measured.iter().collect();
            // What cannot be written is learned again.
            let _lost = checksummed_file::write(file, MAGIC, &measured);
        }
    }

    /// The prediction, corrected by what is known of the same load.
    pub fn correct(&self, load: &LoadKind, predicted: u64) -> u64 {
        match self.measured.get(load) {
            Some(known) if known.whole => known.bytes + known.bytes / MARGIN,
            Some(known) => predicted.max(known.bytes + known.bytes / MARGIN),
            None => predicted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_known_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let load = LoadKind { model: "m".into(), context: 8192, q8: false, batch: 128, gpu_layers: 0 };
        Calibration::open(folder.path()).learn(&load, 1000, true);
        let corrected = Calibration::open(folder.path()).correct(&load, 5000);
        assert!((1000..1100).contains(&corrected), "{corrected}");
    }

    #[test]
    fn more_is_believed_at_once_and_less_only_after_a_whole_batch() {
        let load = LoadKind { model: "m".into(), context: 8192, q8: false, batch: 128, gpu_layers: 0 };
        let mut known = Calibration::default();
        assert_eq!(known.correct(&load, 100), 100);
        known.learn(&load, 50, false);
        assert_eq!(known.correct(&load, 100), 100);
        known.learn(&load, 200, false);
        assert_eq!(known.correct(&load, 100), 202);
        known.learn(&load, 150, true);
        assert_eq!(known.correct(&load, 300), 202, "the most that was measured, and a margin");
        let other = LoadKind { context: 4096, ..load };
        assert_eq!(known.correct(&other, 100), 100);
    }
}
