//! CI's target folder in the cache: kept between clones so that a warm run takes minutes, and never believed about
//! our own code.
//!
//! Cargo compares times: files of a clone made before another clone's build ended would count as built already.
//! So what was built of our crates is dropped first; crates of the registry never change and stay.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{places, shell};

/// All members of the workspace, by their folders; the last part is the name of the package.
const OURS: [&str; 16] = [
    "app",
    "app/assist",
    "app/folders",
    "app/git",
    "app/ground",
    "app/search",
    "app/settings",
    "app/tasks",
    "app/terminal",
    "app/vim",
    "editor-core",
    "inference",
    "ipc",
    "models",
    "tests",
    "xtask",
];

/// Old dependencies pile up; beyond this the folder starts anew.
const MAX: u64 = 30_000_000_000;

/// Folders of other compilers or processors are kept this long.
const OLDEST: Duration = Duration::from_secs(14 * 24 * 3600);

/// Makes the shared folder fit for this clone; nothing to do where none is used.
pub fn prepare() -> Result<()> {
    let Some(folder) = places::shared_target() else { return Ok(()) };
    println!("Building into {}", folder.display());
    drop_old_siblings(&folder)?;
    if !folder.exists() {
        return Ok(());
    }
    fs::File::create(folder.join("last-used"))?;
    if size(&folder) > MAX {
        println!("It has grown too large and starts anew.");
        return fs::remove_dir_all(&folder).with_context(|| format!("could not remove {}", folder.display()));
    }
    for profile in ["dev", "release"] {
        let mut clean = places::cargo();
        clean
            .args(["clean", "--quiet", "--profile", profile])
            .args(OURS.iter().flat_map(|folder| ["-p", package(folder)]));
        shell::run(&mut clean)?;
    }
    Ok(())
}

fn package(folder: &str) -> &str {
    folder.rsplit_once('/').map_or(folder, |(_, name)| name)
}

fn drop_old_siblings(folder: &Path) -> Result<()> {
    let Some(entries) = folder.parent().and_then(|parent| fs::read_dir(parent).ok()) else { return Ok(()) };
    for sibling in entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path != folder) {
        let used = sibling.join("last-used").metadata().and_then(|meta| meta.modified());
        let age = used.ok().and_then(|used| used.elapsed().ok());
        if age.is_some_and(|age| age > OLDEST) {
            fs::remove_dir_all(&sibling)
                .with_context(|| format!("could not remove {}", sibling.display()))?;
        }
    }
    Ok(())
}

/// All bytes of a folder; what cannot be read counts nothing.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().filter_map(|entry| {
        let meta = entry.metadata().ok()?;
        Some(if meta.is_dir() { size(&entry.path()) } else { meta.len() })
    });
    sizes.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_long_unused_go() {
        let cache = tempfile::tempdir().unwrap();
        let make = |name: &str, age: u64| {
            let folder = cache.path().join(name);
            fs::create_dir(&folder).unwrap();
            let stamp = fs::File::create(folder.join("last-used")).unwrap();
            stamp.set_modified(std::time::SystemTime::now() - Duration::from_secs(age * 24 * 3600)).unwrap();
            folder
        };
        let (mine, young, old) = (make("mine", 90), make("young", 3), make("old", 30));
        drop_old_siblings(&mine).unwrap();
        assert!(mine.exists() && young.exists() && !old.exists());
    }

    #[test]
    fn sizes_add_up() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a")).unwrap();
        fs::write(folder.path().join("a/b"), "1234").unwrap();
        fs::write(folder.path().join("c"), "56").unwrap();
        assert_eq!(size(folder.path()), 6);
    }

    #[test]
    fn every_member_is_named() {
        let manifest = fs::read_to_string(places::root().join("Cargo.toml")).unwrap();
        let members = manifest.split("members = [").nth(1).unwrap().split(']').next().unwrap();
        assert!(OURS.iter().all(|name| members.contains(&format!("\"{name}\""))), "{members}");
        assert_eq!(members.matches('"').count(), OURS.len() * 2);
    }
}
