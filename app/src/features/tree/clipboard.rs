//! What is cut, copied, pasted and dropped. What was copied here can be pasted elsewhere as paths, and paths that a file manager copied
//! can be pasted here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use folders::name;
use folders::work::{Clash, FolderWork};

use super::{Clip, TreeDesk, WorkPurpose, work};
use crate::event::Effect;
use crate::workspace::{ToastKind, Workspace};

/// Takes what is chosen, to be pasted.
pub fn take(desk: &mut TreeDesk, workspace: &mut Workspace, cut: bool, out: &mut Vec<Effect>) {
    let Some(tree) = &mut workspace.tree else { return };
    let paths = tree.targets();
    if paths.is_empty() {
        return;
    }
    tree.cut = if cut { paths.iter().cloned().collect() } else { BTreeSet::new() };
    let text = as_text(&paths);
    out.push(Effect::Copy(text.clone()));
    desk.clip = Some(Clip { paths, cut, text });
}

/// One path a line.
pub(super) fn as_text(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join("\n")
}

/// Puts what the clipboard holds into the folder where the keyboard is.
pub(super) fn paste(
    desk: &mut TreeDesk,
    workspace: &mut Workspace,
    text: &str,
    now: u64,
    out: &mut Vec<Effect>,
) {
    let own = desk.clip.clone().filter(|clip| clip.text == text);
    let (paths, cut) = own.map_or_else(|| (paths_in(text), false), |clip| (clip.paths, clip.cut));
    let Some(tree) = &workspace.tree else { return };
    if paths.is_empty() {
        let words = "The clipboard holds no files. Copy some first, here or in a file manager.";
        return workspace.toast(ToastKind::Info, words.into(), now);
    }
    let folder = tree.folder_here();
    place(workspace, &paths, &folder, (cut, cut), now, out);
}

/// The paths that a file manager's clipboard has in it: one a line, as such or as addresses of files. Any other line: none.
fn paths_in(text: &str) -> Vec<PathBuf> {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    // What some of them put on top.
    let lines = lines.filter(|line| !matches!(*line, "copy" | "cut" | "x-special/nautilus-clipboard"));
    let path = |line: &str| {
        let path = match line.strip_prefix("file://") {
            Some(rest) => decoded(rest)?,
            None => PathBuf::from(line),
        };
        name::is_straight(&path).then_some(path)
    };
    lines.map(path).collect::<Option<Vec<_>>>().unwrap_or_default()
}

/// Any bytes of a name stand in an address as `%` and two digits (RFC 3986, 2.1).
fn decoded(address: &str) -> Option<PathBuf> {
    use std::os::unix::ffi::OsStringExt;
    let mut bytes = Vec::new();
    let mut rest = address.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        rest = behind;
        if *first == b'%' {
            let digits = std::str::from_utf8(rest.get(..2)?).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &rest[2..];
        } else {
            bytes.push(*first);
        }
    }
    Some(std::ffi::OsString::from_vec(bytes).into())
}

/// Moves or copies into a folder. What is there already is asked about; in their own folder copies get names of their own. `ends_cut`: what
/// was cut is pasted with it.
pub(super) fn place(
    workspace: &mut Workspace,
    paths: &[PathBuf],
    folder: &Path,
    (moves, ends_cut): (bool, bool),
    now: u64,
    out: &mut Vec<Effect>,
) {
    let paths = name::topmost(paths.to_vec());
    let (here, elsewhere): (Vec<_>, Vec<_>) =
        paths.into_iter().partition(|path| path.parent() == Some(folder));
    let purpose = WorkPurpose::Place(ends_cut);
    if !here.is_empty() && !moves {
        work::start(workspace, FolderWork::Duplicate(here), purpose.clone(), now, out);
    }
    let target = |path: PathBuf| Some((path.clone(), folder.join(path.file_name()?)));
    let pairs: Vec<_> = elsewhere.into_iter().filter_map(target).collect();
    if pairs.is_empty() {
        return;
    }
    let todo =
        if moves { FolderWork::Move(pairs, Clash::Refuse) } else { FolderWork::Copy(pairs, Clash::Refuse) };
    work::start(workspace, todo, purpose, now, out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_file_manager_are_known_and_other_text_is_none() {
        let read =
            |text: &str| paths_in(text).iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(read("/a/b c\n/d\n"), ["/a/b c", "/d"]);
        assert_eq!(read("x-special/nautilus-clipboard\ncopy\nfile:///a/b%20c%C3%A4\r\n"), ["/a/b cä"]);
        for none in
            ["", "let x = 1;", "/a\nnot a path", "relative/path", "/a/../etc", "file:///a%2", "file:///a%zz"]
        {
            assert!(read(none).is_empty(), "{none}");
        }
    }
}
