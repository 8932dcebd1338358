//! The folder of the user's own themes, read.

use std::fs;
use std::path::{Path, PathBuf};

use editor_core::regular;
use settings::themes::{MAX_BYTES, MAX_FILES, ThemeFile};

use crate::workspace::ThemesRead;

/// Reads all themes of a folder, by name. Where there is none there are no themes.
pub fn read(folder: Option<PathBuf>) -> ThemesRead {
    let Some(folder) = folder.filter(|folder| folder.is_dir()) else { return ThemesRead::default() };
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "toml")).take(MAX_FILES).collect();
    files.sort();
    let (mut own, mut wrong) = (Vec::new(), Vec::new());
    for path in files {
        match theme(&path) {
            Ok(theme) => own.push(theme),
            Err(reason) => wrong.push(format!("The theme {} is not used: {reason}.", path.display())),
        }
    }
    (Some(folder), own, wrong)
}

fn theme(path: &Path) -> Result<ThemeFile, String> {
    let text = regular::read_text(path, MAX_BYTES).map_err(|error| error.to_string())?;
    ThemeFile::read(&path.file_stem().unwrap_or_default().to_string_lossy(), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn themes_are_read_and_what_is_none_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("mine.toml", "kind = 'dark'\n[colors]\ntext = '#eee'\n");
        write("bad.toml", "kind = 'blue'\n");
        write("notes.txt", "no theme");
        let pipe = folder.path().join("pipe.toml");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let (found, own, wrong) = read(Some(folder.path().to_owned()));
        assert_eq!(found.as_deref(), Some(folder.path()));
        assert_eq!(own.iter().map(|theme| theme.id.as_str()).collect::<Vec<_>>(), ["mine"]);
        assert_eq!(wrong.len(), 2, "{wrong:?}");
        assert!(wrong[0].contains("bad.toml") && wrong[0].contains("`kind`"), "{}", wrong[0]);
        assert!(wrong[1].contains("pipe.toml is not used"), "{}", wrong[1]);
    }

    #[test]
    fn without_a_folder_there_are_none() {
        assert_eq!(read(None), ThemesRead::default());
        assert_eq!(read(Some("/no/such/folder".into())), ThemesRead::default());
    }
}
