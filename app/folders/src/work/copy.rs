//! Copies of files and folders that replace nothing: each is made new, and what was begun goes away when it cannot be finished.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::WorkError;

/// Copies a file, a link or a folder with all that is in it.
pub(crate) fn tree(from: &Path, to: &Path) -> Result<(), WorkError> {
    if to.starts_with(from) {
        return Err(WorkError::IntoItself(from.to_owned()));
    }
    match fs::symlink_metadata(to) {
        Ok(_) => return Err(WorkError::Exists(vec![to.to_owned()])),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(WorkError::of(to, error)),
    }
    one(from, to).inspect_err(|error| {
        // What has the name by now was made by another program, if that is the reason.
        if !matches!(error, WorkError::Exists(paths) if paths.iter().any(|path| path == to)) {
            let _half_a_copy = super::delete(to);
        }
    })
}

fn one(from: &Path, to: &Path) -> Result<(), WorkError> {
    let reading = |error| WorkError::of(from, error);
    let writing = |error| WorkError::of(to, error);
    let found = fs::symlink_metadata(from).map_err(reading)?;
    let kind = found.file_type();
    if kind.is_symlink() {
        let target = fs::read_link(from).map_err(reading)?;
        return std::os::unix::fs::symlink(target, to).map_err(writing);
    }
    if kind.is_dir() {
        fs::create_dir(to).map_err(writing)?;
        for entry in fs::read_dir(from).map_err(reading)? {
            let entry = entry.map_err(reading)?;
            one(&entry.path(), &to.join(entry.file_name()))?;
        }
        // Only now, for a folder that may not be written cannot be filled.
        return fs::set_permissions(to, found.permissions()).map_err(writing);
    }
    if !kind.is_file() {
        return Err(WorkError::NotCopied(from.to_owned()));
    }
    let mut source = File::open(from).map_err(reading)?;
    let mut target = OpenOptions::new().write(true).create_new(true).open(to).map_err(writing)?;
    io::copy(&mut source, &mut target).map_err(writing)?;
    // Rights to run, but not those to run as somebody else.
    let mode = found.permissions().mode() & 0o777;
    target.set_permissions(fs::Permissions::from_mode(mode)).map_err(writing)?;
    target.sync_all().map_err(writing)
}
