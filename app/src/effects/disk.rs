//! Files, folders and the list of installed models.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use assist::index::{FunctionIndex, MAX_BYTES};
use assist::reference::ReferenceError;
use assist::statistics;
use assist::worker::ToModelRef;
use editor_core::disk::RealDisk;
use editor_core::editorconfig::{self, FileConventions};
use editor_core::file::{self, Fate, OpenError, Opened, Reading, Stamp};
use editor_core::regular;
use editor_core::review::Review;
use editor_core::{Language, Revision};
use ground::ids::TabId;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder};
use models::catalog::{self, Catalog, ModelRole};
use models::store::{Installed, Store};
use ropey::Rope;
use search::ignored::Ignored;

use super::Outbox;
use crate::event::{CompareError, Compared, Comparison, Event, Save};
use crate::features::statistics::StatisticsEvent;
use crate::features::text::TextEvent;
use crate::machine;
use crate::workspace::tree::{Listing, TreeEntry};
use crate::workspace::{Model, Unreadable};

/// Most files that "go to file" knows.
const MAX_FILES: usize = 200_000;

/// Reads a file for a new tab, and says so when an earlier save of it was interrupted.
pub fn open(out: &Outbox, path: PathBuf, caret: Option<(usize, usize)>, front: bool) {
    if let Some(backup) = file::interrupted(&RealDisk, &path) {
        let (name, backup) = (path.display(), backup.display());
        let words = format!("An earlier save of {name} was interrupted. What it held before is in {backup}.");
        out.send(Event::Trouble(words));
    }
    let (of, conventions) = (path.clone(), editorconfig::of_file(&path));
    out.send(match read(&path) {
        // A name without a file becomes an empty text that is created on the first save.
        Err(OpenError::Io(_, error)) if error.kind() == std::io::ErrorKind::NotFound && front => {
            let empty = Box::new(Opened::new_text(Rope::new()));
            Event::Opened { path, caret, front, result: Ok(empty) }
        }
        result => Event::Opened { path, caret, front, result: result.map(Box::new) },
    });
    if conventions != FileConventions::default() {
        out.send(Event::Text(TextEvent::Conventions(of, conventions)));
    }
}

/// Reads a file again; `revision`: the text's when it was asked for. That there is none any more is reported as such.
pub fn reload(out: &Outbox, tab: TabId, path: &Path, revision: Revision, reading: Reading) {
    out.send(match file::open_as(&RealDisk, path, reading) {
        Err(OpenError::Io(_, error)) if error.kind() == std::io::ErrorKind::NotFound => {
            Event::Checked(tab, Fate::Gone)
        }
        Err(OpenError::NotAFile(_)) => Event::Checked(tab, Fate::NoFile),
        result => Event::Reloaded(tab, revision, result.map(Box::new)),
    });
}

/// Puts a file beside the text of its tab.
pub fn compare(out: &Outbox, asked: Comparison) {
    out.send(Event::Compared(asked.tab, compared(asked).map(Box::new)));
}

fn compared(asked: Comparison) -> Result<Compared, CompareError> {
    /// Longer differences would hold up the window.
    const MAX_BYTES: usize = 1_000_000;
    let Comparison { path, text, line_ending, job, .. } = asked;
    let opened = read(&path)?;
    if let Some(reason) = opened.read_only {
        return Err(CompareError::NoText(path, reason));
    }
    let review = Review::of_text(job.0, &text, &opened.rope, line_ending);
    if review.original().len() + review.answer().len() > MAX_BYTES {
        return Err(CompareError::TooDifferent(path));
    }
    Ok(Compared { opened, review, path })
}

fn read(path: &Path) -> Result<Opened, OpenError> {
    file::open(&RealDisk, path)
}

/// Writes a file.
pub fn save(out: &Outbox, save: Save) {
    let Save { tab, path, text, expect, revision } = save;
    let result = file::save(&RealDisk, &path, &text, &expect);
    out.send(Event::Saved { tab, path, revision, result });
}

/// Looks what became of a file. It is reported when it `counts`: not after a save was begun meanwhile, which may have done it.
pub fn check(out: &Outbox, tab: TabId, path: &Path, stamp: &Stamp, counts: &dyn Fn() -> bool) {
    let fate = file::fate(&RealDisk, path, stamp);
    if counts() {
        out.send(Event::Checked(tab, fate));
    }
}

/// What programs keep in a folder for themselves: no tree of files shows it.
const NOT_SHOWN: [&str; 4] = [".git", ".hg", ".svn", ".DS_Store"];

/// Lists a folder for the tree, as the settings want it: what is set aside besides `.gitignore`, folders that hold one another in one row.
pub fn list(out: &Outbox, folder: PathBuf, settings: &::settings::Files) {
    let mut listed = entries(&folder, &excluded(&settings.exclude));
    if let Ok(listed) = &mut listed {
        listed.retain(|entry| !NOT_SHOWN.contains(&entry.name.as_str()));
    }
    let listing =
        match listed.map(|entries| if settings.compact_folders { compact(entries) } else { entries }) {
            Ok(entries) => Listing::Ready(entries),
            Err(error) => Listing::Failed(Unreadable::new(&folder, error)),
        };
    out.send(Event::Listed(folder, listing));
}

/// Lists a folder for the path prompt.
pub fn list_path(out: &Outbox, folder: PathBuf) {
    let listed = entries(&folder, &excluded(&[])).map_err(|error| Unreadable::new(&folder, error));
    out.send(Event::PathListed(folder, listed));
}

/// The patterns as one filter. One that is no pattern filters nothing.
fn excluded(patterns: &[String]) -> Gitignore {
    let mut filter = GitignoreBuilder::new("");
    for pattern in patterns {
        // A pattern that makes no sense matches nothing; the others still count.
        let _nonsense = filter.add_line(None, pattern);
    }
    filter.build().unwrap_or_else(|_| Gitignore::empty())
}

fn is_excluded(exclude: &Gitignore, root: &Path, path: &Path, folder: bool) -> bool {
    path.strip_prefix(root).is_ok_and(|inside| exclude.matched(inside, folder).is_ignore())
}

fn entries(folder: &Path, exclude: &Gitignore) -> std::io::Result<Vec<TreeEntry>> {
    let ignored = Ignored::new();
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = path.is_dir();
        // A pattern with folders in it may begin at any of them.
        let is_out = path.ancestors().skip(1).any(|root| is_excluded(exclude, root, &path, is_folder));
        // To git a link is no folder.
        let is_real = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let is_out = is_out || name == ".git" || ignored.leaves_out(&path, is_real);
        let link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
        entries.push(TreeEntry { folder: is_folder, path, name, ignored: is_out, link });
    }
    entries.sort_by_cached_key(|entry| (!entry.folder, entry.name.to_lowercase()));
    Ok(entries)
}

/// Folders that hold nothing but another folder are one row with it, as far as a moment goes.
fn compact(mut entries: Vec<TreeEntry>) -> Vec<TreeEntry> {
    /// Longest chain that is one row.
    const MAX_CHAIN: usize = 32;
    /// How long a list may take for it.
    const LIMIT: Duration = Duration::from_millis(200);
    let start = Instant::now();
    for entry in entries.iter_mut().filter(|entry| entry.folder && !entry.link && !entry.ignored) {
        for _ in 0..MAX_CHAIN {
            let Some(only) = only_folder(&entry.path).filter(|_| start.elapsed() < LIMIT) else { break };
            entry.name = format!("{}/{}", entry.name, only.file_name().unwrap_or_default().to_string_lossy());
            entry.path = only;
        }
    }
    entries
}

/// The folder that is all there is in a folder.
fn only_folder(folder: &Path) -> Option<PathBuf> {
    let mut content = fs::read_dir(folder).ok()?;
    let only = content.next()?.ok()?;
    let is_alone = content.next().is_none() && only.file_name() != ".git";
    (is_alone && only.file_type().ok()?.is_dir()).then(|| only.path())
}

/// What lies in a folder and below, without what git and the user leave out, and `.git`.
fn walk(folder: &Path, exclude: &[String]) -> impl Iterator<Item = DirEntry> {
    let (exclude, ignored, root) = (excluded(exclude), Ignored::new(), folder.to_owned());
    let is_out = move |entry: &DirEntry| {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        entry.file_name() == ".git"
            || is_excluded(&exclude, &root, entry.path(), is_folder)
            || ignored.leaves_out(entry.path(), is_folder)
    };
    let mut walk = WalkBuilder::new(folder);
    walk.standard_filters(false).filter_entry(move |entry| entry.depth() == 0 || !is_out(entry));
    walk.build().flatten()
}

/// Finds all files of a folder but those that are excluded.
pub fn scan(out: &Outbox, folder: PathBuf, exclude: &[String]) {
    let is_file = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_file());
    let files = walk(&folder, exclude).filter(is_file).take(MAX_FILES);
    let mut files: Vec<PathBuf> = files.map(DirEntry::into_path).collect();
    files.sort();
    out.send(Event::Scanned(folder, files));
}

/// Lists the installed models.
pub fn list_models(out: &Outbox) {
    let listed = Store::default_root().and_then(Store::open).and_then(|store| {
        let installed = store.installed()?;
        // Without a catalogue nothing is known of what models are good for.
        let catalogue = catalog::builtin().and_then(|builtin| builtin.of_folder(store.root())).ok();
        let present = installed.iter().filter(|model| model.present());
        Ok(present.filter_map(|installed| model(installed, catalogue.as_ref())).collect())
    });
    out.send(Event::ModelsListed(listed, machine::memory().map_or(0, |(_, total)| total)));
}

fn model(installed: &Installed, catalogue: Option<&Catalog>) -> Option<Model> {
    let reference = installed.first_file().ok()?;
    let record = &installed.record;
    let known = catalogue.zip(record.sha256.first()).and_then(|(all, sha256)| all.by_sha256(*sha256));
    let for_code = known.is_some_and(|entry| entry.is_worth_suggesting_for(ModelRole::Code));
    Some(Model { reference, name: record.name.clone(), size: record.size, for_code })
}

/// Reads the functions of the files of folders, as far as a few seconds go.
pub fn index(out: &Outbox, roots: Vec<PathBuf>, exclude: &[String]) {
    /// Most files that are read.
    const MAX_INDEXED: usize = 4_000;
    /// How long it may take.
    const LIMIT: Duration = Duration::from_secs(10);
    let start = Instant::now();
    let mut index = FunctionIndex::default();
    let known =
        |path: &Path| !matches!(Language::detect(Some(path), ""), Language::PlainText | Language::Markdown);
    let files = roots.iter().flat_map(|root| walk(root, exclude)).map(DirEntry::into_path);
    let files = files.filter(|path| known(path)).take(MAX_INDEXED);
    for path in files.take_while(|_| start.elapsed() < LIMIT) {
        add_to(&mut index, &path);
    }
    out.send(Event::Indexed(roots, index));
}

/// Reads the functions of one file, after it was saved.
pub fn index_file(out: &Outbox, path: PathBuf) {
    let mut index = FunctionIndex::default();
    add_to(&mut index, &path);
    out.send(Event::FileIndexed(path, index));
}

fn add_to(index: &mut FunctionIndex, path: &Path) {
    if let Ok(text) = regular::read_text(path, MAX_BYTES) {
        index.add(path, &text);
    }
}

/// Reads a file that an instruction names.
pub fn read_reference(out: &Outbox, path: PathBuf) {
    /// Longer files are no reference for a model that reads a few thousand tokens.
    const MAX_BYTES: u64 = 2_000_000;
    let text = || {
        let file = fs::metadata(&path).map_err(|error| OpenError::Io(path.clone(), error))?;
        if file.len() > MAX_BYTES {
            return Err(ReferenceError::TooLarge);
        }
        let opened = read(&path)?;
        if opened.read_only.is_some() {
            return Err(ReferenceError::NoText);
        }
        Ok(opened.rope.to_string())
    };
    let text = text();
    out.send(Event::ReferenceRead(path, text));
}

/// Reads what became of proposals.
pub fn read_statistics(out: &Outbox, path: &Path) {
    let read = statistics::read(path).map_err(|error| Unreadable::new(path, error));
    out.send(Event::Statistics(StatisticsEvent::Read(read)));
}

/// Reads the user's own prompts: each Markdown or text file in the prompts folder is one, named as the file.
pub fn list_prompts(out: &Outbox) {
    let Some(folder) = ground::places::prompts_folder() else { return };
    out.send(Event::Prompts(prompts_in(&folder)));
}

fn prompts_in(folder: &Path) -> Vec<(String, String)> {
    /// Longer files are no instructions.
    const MAX_BYTES: u64 = 16_000;
    let is_prompt = |path: &Path| path.extension().is_some_and(|end| end == "md" || end == "txt");
    let read = |path: PathBuf| {
        let text = regular::read_text(&path, MAX_BYTES).ok()?;
        Some((path.file_stem()?.to_string_lossy().into_owned(), text.trim().to_owned()))
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut prompts: Vec<_> = entries.filter(|path| is_prompt(path)).filter_map(read).collect();
    prompts.sort();
    prompts
}

#[cfg(test)]
mod tests {
    use ::settings::Settings;

    use super::*;

    #[test]
    fn folders_come_first_and_what_git_ignores_is_set_aside() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.rs", "A.rs", "x.log"] {
            fs::write(folder.path().join(name), "").unwrap();
        }
        fs::create_dir(folder.path().join("src")).unwrap();
        fs::create_dir(folder.path().join("target")).unwrap();
        fs::write(folder.path().join(".gitignore"), "*.log\n").unwrap();
        let exclude = excluded(&["target".into(), "b.*".into()]);
        let listed = entries(folder.path(), &exclude).unwrap();
        let names: Vec<_> = listed.iter().map(|entry| (entry.name.as_str(), entry.ignored)).collect();
        let expected = [
            ("src", false),
            ("target", true),
            (".gitignore", false),
            ("A.rs", false),
            ("b.rs", true),
            ("x.log", true),
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn what_programs_keep_for_themselves_is_in_no_tree() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".git", ".github"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        fs::write(folder.path().join(".gitignore"), "").unwrap();
        let (out, inbox) = Outbox::new(|| {});
        list(&out, folder.path().to_owned(), &Settings::default().files);
        let Ok(Event::Listed(_, Listing::Ready(listed))) = inbox.recv() else { panic!("no list") };
        let names: Vec<_> = listed.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, [".github", ".gitignore"]);
    }

    #[test]
    fn folders_that_hold_one_another_are_one_row_and_links_are_told() {
        let folder = tempfile::tempdir().unwrap();
        for path in ["a/b/c/x", "d/e/x", "d/y", "f/.git/x", "g/h/x"] {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        fs::create_dir(folder.path().join("empty")).unwrap();
        std::os::unix::fs::symlink("..", folder.path().join("g/h/up")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("z")).unwrap();
        std::os::unix::fs::symlink("g", folder.path().join("l")).unwrap();
        let listed = compact(entries(folder.path(), &excluded(&[])).unwrap());
        let names: Vec<_> =
            listed.iter().map(|entry| (entry.name.as_str(), entry.folder, entry.link)).collect();
        let expected = [
            ("a/b/c", true, false),
            ("d", true, false),
            ("empty", true, false),
            ("f", true, false),
            ("g/h", true, false),
            ("l", true, true),
            ("z", false, true),
        ];
        assert_eq!(names, expected);
        assert_eq!(listed[0].path, folder.path().join("a/b/c"));
    }

    #[test]
    fn pipes_in_the_place_of_lists_of_what_is_ignored_hold_up_neither_tree_nor_search_nor_index() {
        let folder = tempfile::tempdir().unwrap();
        let inside = folder.path().join("src");
        fs::create_dir_all(inside.join(".git/info")).unwrap();
        let lists = [".gitignore", ".ignore", "src/.gitignore", "src/.ignore", "src/.git/info/exclude"];
        for list in lists {
            let made = std::process::Command::new("mkfifo").arg(folder.path().join(list)).status().unwrap();
            assert!(made.success());
        }
        fs::write(inside.join("a.py"), "def a():\n    pass\n").unwrap();
        let (out, events) = Outbox::new(|| ());
        let tasks = super::super::queue("test", &out);
        let (root, src) = (folder.path().to_owned(), inside.clone());
        tasks.send(Box::new(move |out| list(out, src, &Settings::default().files))).unwrap();
        tasks.send(Box::new(move |out| scan(out, root, &[]))).unwrap();
        let root = folder.path().to_owned();
        tasks.send(Box::new(move |out| index(out, vec![root], &[]))).unwrap();
        let next = || events.recv_timeout(Duration::from_secs(60)).expect("something waits for a pipe");
        let Event::Listed(_, Listing::Ready(entries)) = next() else { panic!("not listed") };
        assert!(entries.iter().any(|entry| entry.name == "a.py" && !entry.ignored));
        let Event::Scanned(_, files) = next() else { panic!("not scanned") };
        assert_eq!(files, [inside.join("a.py")]);
        assert!(matches!(next(), Event::Indexed(..)));
    }

    #[test]
    fn what_is_left_out_is_not_searched_and_neither_is_what_git_keeps() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in
            [(".gitignore", "*.log\n"), (".git/config", ""), ("a.rs", ""), ("a.log", ""), ("target/b.rs", "")]
        {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let (out, events) = Outbox::new(|| ());
        scan(&out, folder.path().to_owned(), &["target".into()]);
        let Event::Scanned(_, files) = events.try_recv().unwrap() else { panic!("not scanned") };
        assert_eq!(files, [folder.path().join(".gitignore"), folder.path().join("a.rs")]);
    }

    #[test]
    fn a_change_that_a_save_of_our_own_may_have_made_is_no_foreign_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        fs::write(&path, "old").unwrap();
        let stamp = read(&path).unwrap().stamp.unwrap();
        fs::write(&path, "other").unwrap();
        let (out, events) = Outbox::new(|| ());
        check(&out, TabId(1), &path, &stamp, &|| false);
        assert!(events.try_recv().is_err());
        check(&out, TabId(1), &path, &stamp, &|| true);
        assert!(matches!(events.try_recv(), Ok(Event::Checked(TabId(1), Fate::Changed))));
    }

    #[test]
    fn own_prompts_are_the_texts_of_a_folder() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("b.md", "Do b.\n"), ("a.txt", "Do a."), ("c.png", "no")] {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let found = prompts_in(folder.path());
        assert_eq!(found, [("a".into(), "Do a.".into()), ("b".into(), "Do b.".into())]);
        assert!(prompts_in(&folder.path().join("none")).is_empty());
    }
}
