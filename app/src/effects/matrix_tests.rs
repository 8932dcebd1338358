//! Every kind of file and every way in which it is saved, closed or changed by somebody else: what happens, seen on a real folder
//! with the window's own update and effects, and compared byte for byte. The table of it is docs/saving.md, which this test
//! generates; with `LOCALCODER_WRITE_DOCS=1` it writes the file instead of comparing it.
//!
//! Root may do everything, so root has the rows seen by a user who may not: this test starts itself as `nobody`, with files of
//! another user and a small disk of its own. Where a machine lets nobody make these, a disk that answers like one stands in
//! for the rows of the foreign owner and of the full disk; the table is the same.

mod ground;
mod killed;
mod refusing;
mod ways;
mod window;

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use self::ground::{Kind, Means, ROWS};
use self::ways::WAYS;

/// The table, in this repository.
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/saving.md");
/// The file is written, not compared.
const REWRITE: &str = "LOCALCODER_WRITE_DOCS";
/// Names the folder that root has prepared for the same test as another user.
const PREPARED: &str = "LOCALCODER_SAVE_MATRIX";
/// Root's stand-in, and the owner of files that are foreign to it.
const NOBODY: u32 = 65_534;
const SOMEBODY: u32 = 1;
/// More than the cells of a row.
const FOREIGN_FILES: usize = 100;

#[test]
fn the_table_of_saving_says_what_happens() {
    if let Some(prepared) = env::var_os(PREPARED).map(PathBuf::from) {
        let means = Means::of(&prepared);
        return fs::write(prepared.join("table"), page(&means)).unwrap();
    }
    let seen = if rustix::process::getuid().is_root() { page_of_nobody() } else { page(&Means::none()) };
    if env::var_os(REWRITE).is_some() {
        return fs::write(DOCS, seen).unwrap();
    }
    let told = fs::read_to_string(DOCS).unwrap_or_default();
    for (line, (seen, told)) in (1..).zip(seen.lines().zip(told.lines())) {
        assert_eq!(seen, told, "docs/saving.md, line {line}; {REWRITE}=1 writes what is seen");
    }
    assert_eq!(seen, told, "docs/saving.md; {REWRITE}=1 writes what is seen");
}

/// The page as a user sees it who is not root.
fn page_of_nobody() -> String {
    let prepared = tempfile::tempdir().unwrap();
    let (root, pool) = (prepared.path(), prepared.path().join("foreign"));
    fs::create_dir(&pool).unwrap();
    fs::create_dir(root.join("tmp")).unwrap();
    for number in 0..FOREIGN_FILES {
        let file = pool.join(number.to_string());
        fs::write(&file, "").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o666)).unwrap();
        chown(file, Some(SOMEBODY), Some(SOMEBODY)).unwrap();
    }
    for folder in [root, &pool, &root.join("tmp")] {
        chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let _mounted = Mounted::small_disk(&root.join("full"));
    // Where this test lies nobody may be able to look.
    let (program, copy) = (env::current_exe().unwrap(), root.join("test"));
    fs::hard_link(&program, &copy).or_else(|_| fs::copy(&program, &copy).map(drop)).unwrap();
    let mut child = Command::new(copy);
    child.args(["--exact", "effects::matrix_tests::the_table_of_saving_says_what_happens"]);
    child.env(PREPARED, root).env("HOME", root).env("TMPDIR", root.join("tmp")).current_dir(root);
    let output = child.uid(NOBODY).gid(NOBODY).output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    fs::read_to_string(root.join("table")).unwrap()
}

/// A file system that is there as long as this is.
struct Mounted(PathBuf);

impl Mounted {
    /// A disk that is filled in no time, if one can be made here.
    fn small_disk(at: &Path) -> Option<Mounted> {
        fs::create_dir(at).unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=256k,mode=777", "localcoder-full-disk"]).arg(at);
        let is_mounted = mount.stderr(Stdio::null()).status().is_ok_and(|status| status.success());
        if !is_mounted {
            println!("No disk can be mounted here: one that says that it is full stands in for it.");
            fs::remove_dir(at).unwrap();
        }
        is_mounted.then(|| Mounted(at.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _left_to_the_system = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

/// Sees every cell and writes the page.
fn page(means: &Means) -> String {
    let mut page = String::from(BEGINNING);
    let mut words = BTreeSet::new();
    let heads: Vec<&str> = WAYS.iter().map(|way| way.name).collect();
    writeln!(page, "| the file | {} |", heads.join(" | ")).unwrap();
    writeln!(page, "|---|{}", "---|".repeat(heads.len())).unwrap();
    for row in &ROWS {
        let cells: Vec<String> = WAYS.iter().map(|way| cell(row.kinds(), way, means)).collect();
        writeln!(page, "| {} | {} |", row.name, cells.join(" | ")).unwrap();
        words.extend(cells.iter().flat_map(|cell| words_of(cell)));
    }
    page.push_str(LEGEND);
    for (word, meaning) in MEANINGS {
        writeln!(page, "- **{word}**: {meaning}").unwrap();
    }
    let meant = MEANINGS.map(|(word, _)| word.to_owned()).into();
    assert_eq!(words, meant, "each word of a cell is explained, and no other");
    page
}

/// The words of a cell, apart from those that say to which window they belong.
fn words_of(cell: &str) -> impl Iterator<Item = String> {
    let words = cell.split([',', ':', ';']).map(str::trim);
    words.map(|word| word.trim_start_matches("both ").trim_start_matches("second ").to_owned())
}

/// What happens to all files of a row: the same to each.
fn cell(kinds: Vec<Kind>, way: &ways::Way, means: &Means) -> String {
    let mut seen: Vec<(Kind, String)> =
        kinds.into_iter().map(|kind| (kind, seen(kind, way, means))).collect();
    seen.dedup_by(|(_, one), (_, other)| one == other);
    let [(_, said)] = &seen[..] else { panic!("{}: files of one row differ: {seen:?}", way.name) };
    said.clone()
}

/// Names the cell where a failure is shown.
fn seen(kind: Kind, way: &ways::Way, means: &Means) -> String {
    println!("{kind:?}, {}", way.name);
    (way.see)(kind, means)
}

const BEGINNING: &str = "\
# What becomes of a file

Generated by `cargo test -p app matrix` (`LOCALCODER_WRITE_DOCS=1` writes it): each cell was run on a real folder, and the bytes of
every file in it were compared.

";

const LEGEND: &str = "
The rows: the file as it lies on disk before the column happens. Pipe and device took the place of a file that was open. \"Any
bytes\" is a name that is not UTF-8. The last row stands for each encoding of the web that is told by its text.

The columns: *save* is Ctrl+S after typing; *save as* the same text under a new name beside it; *save over it* another text under this
file's name; *save all* and *quit* with a second changed file, which is saved in every case (*quit* as with `window.confirm_exit`; without
it the texts are kept for the next start as in the next column); *hot close* is the end of the editor without a question, be it its
own, a crash or `kill -9`, and the next start; *reload* is another program's change while nothing is typed.
The three *changed* columns are another program's change to a text that was typed into: before the save, in its midst, and after it,
before the next one. *Two windows*: both typed into, saved in the first, then in the second.

A save that is killed at any of its operations leaves the old or the new content whole under the file's name, and the next save
removes what it left. Where the file is written in place (a hard link, a foreign owner, a locked folder), a kill in the midst leaves it
torn: then the typed text is recovered at the next start, and the old content lies in a backup beside the file, or in the folder for
temporary files; that backup is never removed unasked, and opening the file says where it is.

What the cells say:

";

const MEANINGS: [(&str, &str); 15] = [
    (
        "saved",
        "the file holds the typed text in its own encoding; names, links, owner and mode are as before, and nothing else is left",
    ),
    ("named", "the text is asked for a name first"),
    (
        "asks",
        "nothing is written; Overwrite, Reload and Cancel are offered. What follows is what Overwrite did, or Reload where it says so",
    ),
    ("refused", "nothing is written, the reason is shown, and the text stays unsaved in its tab"),
    ("protected", "the file is write-protected, and stays so"),
    ("folder locked", "no file can be made in this folder; one that is in it already is written in place"),
    ("disk full", "the old content is whole"),
    (
        "no file",
        "what has the name now is not an ordinary file: it is neither read nor written, and nothing waits for it",
    ),
    ("binary", "it is shown, and can be neither typed into nor saved under any name"),
    ("untouched", "nothing was typed, for nothing could be; the file is as it was"),
    ("ends", "the window closes"),
    ("stays", "the window stays open"),
    (
        "recovered",
        "the next start has the typed text, unsaved, for its file, which is as it was whatever it is now",
    ),
    ("reloaded", "the text is the file's again, and undo brings back the one before"),
    (
        "—",
        "there is no such case: a text without a file has nothing to reload, and a name that is no text cannot be typed",
    ),
];
