//! What is being named in its row: something new, or something that gets another name.

use std::path::{Path, PathBuf};

use folders::name;

/// What a name is typed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// A new file in this folder.
    File(PathBuf),
    /// A new folder in this one.
    Folder(PathBuf),
    /// This gets another name.
    Rename(PathBuf),
}

/// A name being typed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileNaming {
    /// What for.
    pub what: Named,
    /// What was typed.
    pub text: String,
    /// Why it cannot be called so: a sentence.
    pub error: Option<String>,
    /// It is being done.
    pub busy: bool,
    /// Names of folders have no ending.
    is_folder: bool,
}

impl FileNaming {
    /// Nothing typed yet; another name begins with the one there is. `is_folder`: it is one that gets another name.
    pub fn new(what: Named, is_folder: bool) -> FileNaming {
        let text = match &what {
            Named::Rename(path) => name_of(path),
            Named::File(_) | Named::Folder(_) => String::new(),
        };
        FileNaming { what, text, error: None, busy: false, is_folder }
    }

    /// The path that it would have; `None`: nothing was typed, or the name it has.
    pub fn path(&self) -> Option<PathBuf> {
        let typed = self.text.trim_end_matches('/');
        match &self.what {
            _ if typed.trim().is_empty() => None,
            Named::Rename(path) if name_of(path) == self.text => None,
            Named::Rename(path) => Some(path.parent()?.join(typed)),
            Named::File(folder) | Named::Folder(folder) => Some(folder.join(typed)),
        }
    }

    /// Is a folder made? A file whose name ends in a slash is one.
    pub fn makes_folder(&self) -> bool {
        matches!(self.what, Named::Folder(_))
            || (matches!(self.what, Named::File(_)) && self.text.ends_with('/'))
    }

    /// Takes what was typed, and says what is wrong with it as far as that is seen without looking. An empty field is not told of while
    /// somebody types.
    pub fn typed(&mut self, text: String, is_taken: impl Fn(&Path) -> bool) {
        self.text = text;
        self.error = None;
        let Some(path) = self.path() else { return };
        let checked = match self.what {
            Named::Rename(_) => name::check(&self.text),
            Named::File(_) | Named::Folder(_) => name::check_new(&self.text),
        };
        self.error = match checked {
            Err(error) => Some(error.to_string()),
            Ok(()) if self.meets(&path) && is_taken(&path) => {
                Some(format!("{} exists here already. Choose another name.", self.text.trim_end_matches('/')))
            }
            Ok(()) => None,
        };
    }

    /// Another case of its own name is no clash: on some disks both are one file.
    fn meets(&self, path: &Path) -> bool {
        let own = match &self.what {
            Named::Rename(own) => own.to_string_lossy().to_lowercase(),
            Named::File(_) | Named::Folder(_) => return true,
        };
        path.to_string_lossy().to_lowercase() != own
    }

    /// How many characters of the text are its stem, which is what mostly changes.
    pub fn stem_len(&self) -> usize {
        let all = self.text.chars().count();
        match (&self.what, self.text.rfind('.')) {
            (Named::Rename(_), Some(dot)) if dot > 0 && !self.is_folder => self.text[..dot].chars().count(),
            _ => all,
        }
    }
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
