//! The graphics library beside a full disk. Mesa keeps compiled shaders in a file that it maps into memory: where the disk has no
//! room for it, the first write ends the process (SIGBUS), before there is a window. Then the window does without that cache.
//!
//! A disk that fills later does no harm: all shaders are compiled for the first picture, whatever is shown afterwards, which
//! `cargo test --workspace --test window` counts. Doing without the cache on every disk would cost each start the compiling.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Mesa's own switch (docs.mesa3d.org, Environment Variables).
const DISABLE: &str = "MESA_SHADER_CACHE_DISABLE";
/// Less room than this may be gone while a window is open, in bytes: the file takes 1.3 MB, shaders some more.
const ROOM: u64 = 16 << 20;

/// Becomes the same program without the cache, where that is needed; comes back where it is not, or the system refuses.
pub fn without_cache_on_a_full_disk() {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if set(DISABLE).is_some() {
        return;
    }
    let is_full = cache(set).and_then(|folder| room(&folder)).is_some_and(|room| room < ROOM);
    if let (true, Ok(program)) = (is_full, std::env::current_exe()) {
        // It only comes back when it fails, and then there is still a window to be tried.
        let _refused = Command::new(program).args(std::env::args_os().skip(1)).env(DISABLE, "true").exec();
    }
}

/// Where Mesa keeps its cache.
fn cache(set: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    let own = set("MESA_SHADER_CACHE_DIR").or_else(|| set("MESA_GLSL_CACHE_DIR"));
    let usual = || set("HOME").map(|home| Path::new(&home).join(".cache"));
    own.or_else(|| set("XDG_CACHE_HOME")).map(PathBuf::from).or_else(usual)
}

/// Free bytes where a folder is, or will be.
fn room(folder: &Path) -> Option<u64> {
    let there = folder.ancestors().find(|folder| folder.is_dir())?;
    let disk = rustix::fs::statvfs(there).ok()?;
    Some(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cache_is_where_mesa_looks_for_it_and_its_disk_is_found_before_there_is_a_folder() {
        let with = |known: &'static [(&str, &str)]| {
            let of = |name: &str| Some(known.iter().find(|(known, _)| *known == name)?.1.into());
            cache(of).map(|path| path.to_string_lossy().into_owned())
        };
        assert_eq!(with(&[("HOME", "/h")]).as_deref(), Some("/h/.cache"));
        assert_eq!(with(&[("HOME", "/h"), ("XDG_CACHE_HOME", "/c")]).as_deref(), Some("/c"));
        assert_eq!(with(&[("MESA_SHADER_CACHE_DIR", "/m"), ("XDG_CACHE_HOME", "/c")]).as_deref(), Some("/m"));
        assert_eq!(with(&[]), None);
        let folder = tempfile::tempdir().unwrap();
        assert!(room(&folder.path().join("not/there/yet")).is_some_and(|bytes| bytes > 0));
    }
}
