//! What a file can be called, and what its copy is.

use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Longest name in bytes that file systems take (Linux, `NAME_MAX`; APFS has about the same).
const MAX_BYTES: usize = 255;

/// Why a file cannot be called so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing but blanks.
    #[error("Type a name.")]
    Empty,
    /// A name of the folder itself or of the one above it.
    #[error("“{0}” is no name: it means a folder that is there already. Type another one.")]
    Dots(String),
    /// It would lie in another folder.
    #[error("A name has no “/” in it. Drag the file into another folder to move it.")]
    Slash,
    /// A character that ends a name for the system.
    #[error("A name cannot have a character in it that is not shown. Delete it.")]
    Hidden,
    /// Longer than file systems take.
    #[error("The name is too long by {0} bytes. Shorten it.")]
    TooLong(usize),
}

/// Is this a name for something in a folder?
///
/// # Errors
/// See [`NameError`].
pub fn check(name: &str) -> Result<(), NameError> {
    if name.contains('/') {
        return Err(NameError::Slash);
    }
    part(name)
}

/// The same for something new, which may be named with folders that are made as well: `a/b/c.rs`. A slash at the end says that it is a
/// folder.
///
/// # Errors
/// See [`NameError`].
pub fn check_new(name: &str) -> Result<(), NameError> {
    name.trim_end_matches('/').split('/').try_for_each(part)
}

fn part(name: &str) -> Result<(), NameError> {
    match name {
        _ if name.trim().is_empty() => Err(NameError::Empty),
        "." | ".." => Err(NameError::Dots(name.to_owned())),
        _ if name.chars().any(char::is_control) => Err(NameError::Hidden),
        _ if name.len() > MAX_BYTES => Err(NameError::TooLong(name.len() - MAX_BYTES)),
        _ => Ok(()),
    }
}

/// A name beside `path` that nothing has: `a copy.rs`, `a copy 2.rs`. Any bytes of the name stay as they are.
pub fn of_copy(path: &Path, is_taken: impl Fn(&Path) -> bool) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().unwrap_or_default();
    // A folder's name has no ending, whatever dots are in it; and a hidden file is not all ending.
    let (stem, end) = match (path.file_stem(), path.extension()) {
        (Some(stem), Some(end)) if !path.is_dir() => (stem, Some(end)),
        _ => (name, None),
    };
    let named = |number: usize| {
        let mut copy = OsString::from(stem);
        copy.push(" copy");
        if number > 1 {
            copy.push(format!(" {number}"));
        }
        if let Some(end) = end {
            copy.push(".");
            copy.push(end);
        }
        folder.join(copy)
    };
    (1..).map(named).find(|path| !is_taken(path)).unwrap_or_else(|| path.to_owned())
}

/// Where `path` is after `from` became `to`; `None`: it is neither that nor below it.
pub fn moved(path: &Path, from: &Path, to: &Path) -> Option<PathBuf> {
    let below = path.strip_prefix(from).ok()?;
    Some(if below.as_os_str().is_empty() { to.to_owned() } else { to.join(below) })
}

/// Those that lie in none of the others: what happens to a folder happens to what is in it.
pub fn topmost(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    paths.dedup();
    let all = paths.clone();
    paths.retain(|path| !path.ancestors().skip(1).any(|above| all.iter().any(|other| other == above)));
    paths
}

/// Does the path have no part that leads up?
pub fn is_straight(path: &Path) -> bool {
    path.is_absolute()
        && path.components().all(|part| matches!(part, Component::RootDir | Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_file_can_be_called_is_told_as_such() {
        for good in ["a", ".env", "a b.rs", "ä.py", "日本", "...", &"a".repeat(255)] {
            assert_eq!((check(good), check_new(good)), (Ok(()), Ok(())), "{good}");
        }
        assert_eq!(check(" "), Err(NameError::Empty));
        assert_eq!(check(".."), Err(NameError::Dots("..".into())));
        assert_eq!(check("a\nb"), Err(NameError::Hidden));
        assert_eq!(check("a\0"), Err(NameError::Hidden));
        assert_eq!(check(&"ä".repeat(128)), Err(NameError::TooLong(1)));
        assert_eq!(check("a/b"), Err(NameError::Slash));
        assert_eq!(check_new("a/b/"), Ok(()));
        for bad in ["/a", "a//b", "a/../b", "/"] {
            assert!(check_new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_copy_has_the_first_name_that_is_free() {
        let of = |path: &str, taken: &[&str]| {
            let copy = of_copy(Path::new(path), |path| taken.iter().any(|taken| path == Path::new(taken)));
            copy.display().to_string()
        };
        assert_eq!(of("/p/a.tar.gz", &[]), "/p/a.tar copy.gz");
        assert_eq!(of("/p/a.rs", &["/p/a copy.rs", "/p/a copy 2.rs"]), "/p/a copy 3.rs");
        assert_eq!(of("/p/.env", &[]), "/p/.env copy");
        assert_eq!(of("/p/Makefile", &["/p/Makefile copy"]), "/p/Makefile copy 2");
    }

    #[test]
    fn paths_follow_what_is_above_them() {
        let of = |path: &str| moved(Path::new(path), Path::new("/p/a"), Path::new("/p/b"));
        assert_eq!(of("/p/a"), Some("/p/b".into()));
        assert_eq!(of("/p/a/x/y"), Some("/p/b/x/y".into()));
        assert_eq!(of("/p/ab"), None);
        let paths = ["/p/a/x", "/p/a", "/p/b", "/p/a", "/p/ab"].map(PathBuf::from).to_vec();
        assert_eq!(topmost(paths), ["/p/a", "/p/ab", "/p/b"].map(PathBuf::from));
        assert!(
            is_straight(Path::new("/a/b"))
                && !is_straight(Path::new("/a/../b"))
                && !is_straight(Path::new("a"))
        );
    }
}
