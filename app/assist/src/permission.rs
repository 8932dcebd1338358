//! Where the user allowed that programs are run: a folder and the files in it, as the disk has both at the moment of running.

use std::path::{Path, PathBuf};

/// On whose files a program may be run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Permission {
    /// On nobody's.
    #[default]
    Nowhere,
    /// On files in this folder.
    Within(PathBuf),
    /// On any: the settings say so, or the command that was given.
    Everywhere,
}

impl Permission {
    /// Does it hold for this file? Looks at the disk: a link in a folder that leads out of it names a file elsewhere, and a text without a
    /// file is nowhere.
    pub fn covers(&self, file: Option<&Path>) -> bool {
        match self {
            Permission::Nowhere => false,
            Permission::Everywhere => true,
            Permission::Within(folder) => {
                let real = |path: &Path| path.canonicalize().ok();
                let (file, folder) = (file.and_then(real), real(folder));
                file.zip(folder).is_some_and(|(file, folder)| file.starts_with(folder))
            }
        }
    }

    /// The folder that it is for, when it is for one.
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Permission::Within(folder) => Some(folder),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_permission_is_for_the_files_that_are_really_in_its_folder() {
        let all = tempfile::tempdir().unwrap();
        let path = |name: &str| all.path().join(name);
        for folder in ["mine", "mine/sub", "mine-too"] {
            fs::create_dir(path(folder)).unwrap();
            fs::write(path(folder).join("a.py"), "").unwrap();
        }
        let mine = Permission::Within(path("mine"));
        let covers = |name: &str| mine.covers(Some(&path(name)));
        assert!(covers("mine/a.py") && covers("mine/sub/a.py"));
        assert!(!covers("mine-too/a.py"), "a name that begins alike");
        assert!(!covers("mine/sub/../../mine-too/a.py"));
        assert!(!covers("mine/gone.py") && !mine.covers(None), "nothing is there that it could be for");
        assert!(!Permission::Nowhere.covers(Some(&path("mine/a.py"))) && Permission::Everywhere.covers(None));
    }

    #[test]
    #[cfg(unix)]
    fn a_link_names_what_it_leads_to() {
        let all = tempfile::tempdir().unwrap();
        let path = |name: &str| all.path().join(name);
        fs::create_dir(path("mine")).unwrap();
        fs::create_dir(path("other")).unwrap();
        fs::write(path("other/a.py"), "").unwrap();
        fs::write(path("mine/b.py"), "").unwrap();
        let link = std::os::unix::fs::symlink::<PathBuf, PathBuf>;
        link(path("other/a.py"), path("mine/a.py")).unwrap();
        link(path("other"), path("mine/sub")).unwrap();
        link(path("mine"), path("also-mine")).unwrap();
        let mine = Permission::Within(path("mine"));
        assert!(!mine.covers(Some(&path("mine/a.py"))) && !mine.covers(Some(&path("mine/sub/a.py"))));
        assert!(mine.covers(Some(&path("also-mine/b.py"))), "one folder by two names");
    }
}
