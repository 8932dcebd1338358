//! The files that a model is made of, and how they get into the store.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::gguf;

/// How an imported file gets into the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImportMode {
    /// A clone where the file system can (no bytes are copied), else a copy.
    #[default]
    Copy,
    /// A clone or nothing.
    Clone,
    /// A second name for the same bytes; needs the same file system. Whoever changes one changes both.
    HardLink,
    /// A pointer: the file stays where it is and must stay there.
    Symlink,
}

/// The file and its sisters: `name-00002-of-00003.gguf` is one of three.
pub fn parts_of(path: &Path) -> Vec<PathBuf> {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some((stem, count)) = split_name(&name) else { return vec![path.to_owned()] };
    (1..=count).map(|index| path.with_file_name(format!("{stem}-{index:05}-of-{count:05}.gguf"))).collect()
}

fn split_name(name: &str) -> Option<(&str, u32)> {
    let (rest, count) = name.strip_suffix(".gguf")?.rsplit_once("-of-")?;
    let (stem, index) = rest.rsplit_once('-')?;
    let number = |digits: &str| (digits.len() == 5).then(|| digits.parse::<u32>().ok()).flatten();
    let (index, count) = (number(index)?, number(count)?);
    (count > 1 && u64::from(count) <= gguf::limits::PARTS && (1..=count).contains(&index))
        .then_some((stem, count))
}
