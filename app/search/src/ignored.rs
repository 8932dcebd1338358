//! What git and its kin leave out of a folder: `.gitignore` and `.ignore` there and above, `.git/info/exclude`, and the user's
//! own list. The files are read here, each once, only when they are ordinary ones and not too long: the library's walk would
//! wait for a pipe.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use editor_core::regular;
use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder, gitconfig_excludes_path};
use parking_lot::Mutex;

/// A longer list, in bytes, is no list of patterns.
const MAX_BYTES: u64 = 1 << 20;

/// The lists that were read so far.
pub struct Ignored {
    /// The user's own, for all folders.
    own: Gitignore,
    folders: Mutex<HashMap<PathBuf, Arc<Lists>>>,
}

/// The lists of a folder, and of those above it.
struct Lists {
    ignore: Gitignore,
    git: Gitignore,
    exclude: Gitignore,
    /// What git is told further up does not count here.
    is_repository: bool,
    above: Option<Arc<Lists>>,
}

impl Default for Ignored {
    fn default() -> Ignored {
        Ignored::new()
    }
}

impl Ignored {
    /// None but the user's own is read yet.
    pub fn new() -> Ignored {
        let own = gitconfig_excludes_path().map_or_else(Gitignore::empty, |path| list(Path::new(""), &path));
        Ignored { own, folders: Mutex::default() }
    }

    /// Is a file or folder left out by the lists of the folders that it lies in? Those do not say so of themselves.
    pub fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let said = path.parent().map_or(Match::None, |folder| self.lists(folder).say(path, is_folder));
        said.or(self.own.matched(path, is_folder).map(drop)).is_ignore()
    }

    fn lists(&self, folder: &Path) -> Arc<Lists> {
        if let Some(known) = self.folders.lock().get(folder) {
            return Arc::clone(known);
        }
        let above = folder.parent().map(|above| self.lists(above));
        let lists = Arc::new(Lists::read(folder, above));
        self.folders.lock().insert(folder.to_owned(), Arc::clone(&lists));
        lists
    }
}

impl Lists {
    fn read(folder: &Path, above: Option<Arc<Lists>>) -> Lists {
        let repository = repository(folder);
        let exclude = repository.as_ref().map(|git| list(folder, &git.join("info/exclude")));
        Lists {
            ignore: list(folder, &folder.join(".ignore")),
            git: list(folder, &folder.join(".gitignore")),
            exclude: exclude.unwrap_or_else(Gitignore::empty),
            is_repository: repository.is_some(),
            above,
        }
    }

    /// The nearest list of a kind decides, and `.ignore` over `.gitignore` over what is excluded.
    fn say(&self, path: &Path, is_folder: bool) -> Match<()> {
        let (mut ignore, mut git, mut exclude) = (Match::None, Match::None, Match::None);
        let mut within = true;
        let chain = std::iter::successors(Some(self), |lists| lists.above.as_deref());
        for lists in chain {
            ignore = ignore.or(lists.ignore.matched(path, is_folder).map(drop));
            if within {
                git = git.or(lists.git.matched(path, is_folder).map(drop));
                exclude = exclude.or(lists.exclude.matched(path, is_folder).map(drop));
            }
            within &= !lists.is_repository;
        }
        ignore.or(git).or(exclude)
    }
}

/// The patterns of a file, for what lies in `folder`. One that is no pattern matches nothing; the others still count.
fn list(folder: &Path, path: &Path) -> Gitignore {
    let Ok(bytes) = regular::read(path, MAX_BYTES) else { return Gitignore::empty() };
    let text = String::from_utf8_lossy(&bytes);
    let mut patterns = GitignoreBuilder::new(folder);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let _nonsense = patterns.add_line(Some(path.to_owned()), line);
    }
    patterns.build().unwrap_or_else(|_| Gitignore::empty())
}

/// Git's folder of the repository that begins in `folder`. That of a second work tree lies elsewhere.
fn repository(folder: &Path) -> Option<PathBuf> {
    let git = folder.join(".git");
    if git.is_dir() {
        return Some(git);
    }
    let line = |path: &Path| regular::read_text(path, MAX_BYTES).ok();
    let own = folder.join(line(&git)?.strip_prefix("gitdir:")?.trim());
    let common = line(&own.join("commondir")).map(|common| own.join(common.trim()));
    Some(common.unwrap_or(own))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Writes files, with their folders.
    fn written(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn kept(root: &Path, folder: &str) -> Vec<String> {
        let ignored = Ignored::new();
        let entries = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let stays = |path: &PathBuf| !ignored.leaves_out(path, path.is_dir());
        let name = |path: PathBuf| path.file_name().unwrap().to_string_lossy().into_owned();
        let mut names: Vec<String> = entries.filter(stays).map(name).collect();
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        names
    }

    #[test]
    fn the_nearest_list_decides_and_those_above_count_up_to_the_repository() {
        let root = written(&[
            (".gitignore", "outer.*\n"),
            (".ignore", "far.*\n"),
            ("repo/.git/info/exclude", "private.*\n"),
            ("repo/.gitignore", "\u{feff}*.log\nbuild/\n/only_here.rs\n[broken\n"),
            ("repo/src/.gitignore", "!kept.log\n"),
            ("repo/src/kept.log", ""),
            ("repo/src/other.log", ""),
            ("repo/src/outer.rs", ""),
            ("repo/src/far.rs", ""),
            ("repo/src/private.rs", ""),
            ("repo/src/only_here.rs", ""),
            ("repo/src/build", "a file"),
            ("repo/src/deep/build/a", ""),
            ("repo/src/deep/b", ""),
            ("repo/only_here.rs", ""),
        ]);
        assert_eq!(kept(root.path(), "repo/src"), ["build", "deep", "kept.log", "only_here.rs", "outer.rs"]);
        assert_eq!(kept(root.path(), "repo/src/deep"), ["b"]);
        assert_eq!(kept(root.path(), "repo"), ["src"]);
    }

    #[test]
    fn a_second_work_tree_has_the_lists_of_the_first() {
        let root = written(&[
            ("repo/.git/info/exclude", "private.*\n"),
            ("repo/.git/worktrees/b/commondir", "../..\n"),
            ("tree/private.rs", ""),
            ("tree/a.rs", ""),
        ]);
        let git = root.path().join("repo/.git/worktrees/b");
        fs::write(root.path().join("tree/.git"), format!("gitdir: {}\n", git.display())).unwrap();
        assert_eq!(kept(root.path(), "tree"), ["a.rs"]);
    }
}
