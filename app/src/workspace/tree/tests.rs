//! The rows of a tree, against a naive walk of the same folders.

use proptest::prelude::*;

use super::*;

fn entry(path: &str, folder: bool) -> TreeEntry {
    let path = PathBuf::from(path);
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    TreeEntry { path, name, folder, ignored: false, link: false }
}

fn shown(tree: &FileTree) -> Vec<String> {
    tree.rows()
        .iter()
        .map(|row| match row {
            TreeRow::Entry { entry, depth, .. } => format!("{}{}", " ".repeat(*depth), entry.name),
            TreeRow::Note { text, depth } => format!("{}({text})", " ".repeat(*depth)),
            TreeRow::New { folder, depth } => format!("{}[{folder}]", " ".repeat(*depth)),
        })
        .collect()
}

/// A folder with `src` in it, which is closed, and `a.rs`.
fn tree() -> FileTree {
    let mut tree = FileTree::new("/p".into());
    list(&mut tree, "/p", &["/p/src/", "/p/a.rs"]);
    tree
}

/// What ends in a slash is a folder.
fn list(tree: &mut FileTree, folder: &str, content: &[&str]) -> Option<PathBuf> {
    let entries = content.iter().map(|path| entry(path.trim_end_matches('/'), path.ends_with('/'))).collect();
    tree.listed(Path::new(folder), Listing::Ready(entries))
}

fn paths(paths: &[&str]) -> Vec<PathBuf> {
    paths.iter().map(PathBuf::from).collect()
}

#[test]
fn folders_are_listed_when_they_are_opened_for_the_first_time() {
    let mut tree = FileTree::new("/p".into());
    assert_eq!(shown(&tree), ["(Reading…)"]);
    list(&mut tree, "/p", &["/p/src/", "/p/a.rs"]);
    assert!(tree.toggle(Path::new("/p/src")));
    assert_eq!(shown(&tree), ["src", " (Reading…)", "a.rs"]);
    list(&mut tree, "/p/src", &["/p/src/b.rs"]);
    assert_eq!(shown(&tree), ["src", " b.rs", "a.rs"]);
    assert!(!tree.toggle(Path::new("/p/src")));
    assert!(!tree.toggle(Path::new("/p/src")), "known already");
}

#[test]
fn the_keyboard_walks_over_the_rows() {
    let mut tree = tree();
    tree.step(1);
    assert_eq!(tree.current_entry().unwrap().name, "src");
    tree.step(1);
    tree.step(1);
    assert_eq!(tree.current_entry().unwrap().name, "a.rs");
    tree.step(-5);
    assert_eq!(tree.current_entry().unwrap().name, "src");
}

#[test]
fn several_rows_are_chosen_by_shift_and_by_one_and_one() {
    let mut tree = tree();
    list(&mut tree, "/p", &["/p/src/", "/p/a", "/p/b", "/p/c"]);
    assert!(tree.expand(Path::new("/p/src")));
    list(&mut tree, "/p/src", &["/p/src/x"]);
    tree.choose(Some("/p/b".into()));
    tree.extend(-1);
    tree.extend(-1);
    tree.extend(-1);
    assert_eq!(tree.targets(), paths(&["/p/a", "/p/b", "/p/src"]), "what lies in a folder goes with it");
    tree.extend(1);
    tree.extend(1);
    tree.extend(1);
    tree.extend(1);
    assert_eq!(tree.targets(), paths(&["/p/b", "/p/c"]), "it turns around where it began");
    tree.choose_also(Path::new("/p/a"));
    tree.choose_also(Path::new("/p/b"));
    assert_eq!(tree.targets(), paths(&["/p/a", "/p/c"]));
    tree.step(1);
    assert_eq!(tree.count_chosen(), 1);
}

#[test]
fn a_file_is_shown_as_soon_as_what_is_above_it_is_listed() {
    let mut tree = tree();
    assert_eq!(tree.reveal(Path::new("/p/src/deep/x.rs")), Some("/p/src".into()));
    assert_eq!(tree.reveal(Path::new("/p/src/deep/x.rs")), None, "it is on its way");
    assert_eq!(list(&mut tree, "/p/src", &["/p/src/deep/"]), Some("/p/src/deep".into()));
    assert_eq!(list(&mut tree, "/p/src/deep", &["/p/src/deep/x.rs"]), None);
    assert_eq!(shown(&tree), ["src", " deep", "  x.rs", "a.rs"]);
    assert_eq!(tree.current.as_deref(), Some(Path::new("/p/src/deep/x.rs")));
    assert_eq!(tree.reveal(Path::new("/elsewhere")), None);
    // One that is newer than the list waits for the next one, unless somebody went elsewhere meanwhile.
    assert_eq!(tree.reveal(Path::new("/p/new")), None);
    list(&mut tree, "/p", &["/p/src/", "/p/a.rs", "/p/new"]);
    assert_eq!(tree.current_entry().unwrap().name, "new");
}

#[test]
fn folders_of_which_one_holds_the_next_are_one_row() {
    let mut tree = FileTree::new("/p".into());
    let chain = TreeEntry { name: "a/b/c".into(), ..entry("/p/a/b/c", true) };
    tree.listed(Path::new("/p"), Listing::Ready(vec![chain]));
    assert_eq!(shown(&tree), ["a/b/c"]);
    assert_eq!(tree.reveal(Path::new("/p/a/b/c/x")), Some("/p/a/b/c".into()));
    list(&mut tree, "/p/a/b/c", &["/p/a/b/c/x"]);
    assert_eq!(shown(&tree), ["a/b/c", " x"]);
    assert_eq!(tree.lister(Path::new("/p/a/b")), Some("/p".into()), "where it is a part of a row");
    assert!(tree.is_taken(Path::new("/p/a")));
    // Something new in the midst: the rows come apart, and what was open stays so.
    list(&mut tree, "/p", &["/p/a/"]);
    assert_eq!(shown(&tree), ["a"]);
    let _known = tree.expand(Path::new("/p/a"));
    list(&mut tree, "/p/a", &["/p/a/b/", "/p/a/new"]);
    assert_eq!(shown(&tree), ["a", " b", " new"]);
}

#[test]
fn what_is_gone_is_forgotten_and_the_keyboard_goes_to_its_neighbour() {
    let mut tree = tree();
    let _listed = tree.expand(Path::new("/p/src"));
    list(&mut tree, "/p/src", &["/p/src/x", "/p/src/y"]);
    tree.choose(Some("/p/src/x".into()));
    list(&mut tree, "/p/src", &["/p/src/y"]);
    assert_eq!(tree.current, Some("/p/src/y".into()));
    list(&mut tree, "/p/src", &[]);
    assert_eq!(tree.current, Some("/p/src".into()));
    list(&mut tree, "/p", &["/p/a.rs"]);
    assert_eq!((tree.current.clone(), tree.shown_folders()), (Some("/p/a.rs".into()), paths(&["/p"])));
}

#[test]
fn typing_narrows_to_names_and_the_folders_above() {
    let mut tree = tree();
    let _listed = tree.expand(Path::new("/p/src"));
    list(&mut tree, "/p/src", &["/p/src/Main.rs", "/p/src/b.rs"]);
    let _closed = tree.toggle(Path::new("/p/src"));
    tree.filter = "MAI".into();
    assert_eq!(shown(&tree), ["src", " Main.rs"], "closed folders that are known are looked into");
    tree.filter = "rs a".into();
    assert_eq!(shown(&tree), ["src", " Main.rs", "a.rs"]);
    tree.filter = "zz".into();
    assert_eq!(shown(&tree), ["(Nothing of this name in the opened folders)"]);
}

#[test]
fn further_folders_stand_beside_the_first_one() {
    let mut tree = tree();
    assert!(!tree.add_root("/p/src".into()), "it is there already");
    assert!(tree.add_root("/q".into()) && !tree.add_root("/q".into()));
    assert_eq!(shown(&tree), ["p", " src", " a.rs", "q", " (Reading…)"]);
    assert_eq!(tree.reveal(Path::new("/q/x")), Some("/q".into()));
    list(&mut tree, "/q", &["/q/x"]);
    assert_eq!(tree.current, Some("/q/x".into()));
    tree.choose(Some("/q".into()));
    assert!(tree.targets().is_empty(), "a folder at the top is never deleted or renamed here");
    assert!(!tree.remove_root(Path::new("/p")) && tree.remove_root(Path::new("/q")));
    assert_eq!(shown(&tree), ["src", "a.rs"]);
}

#[test]
fn a_new_name_is_checked_while_it_is_typed() {
    let tree = tree();
    let taken = |path: &Path| tree.is_taken(path);
    let mut naming = FileNaming::new(Named::Rename("/p/a.rs".into()), false);
    assert_eq!((naming.text.as_str(), naming.stem_len(), naming.path()), ("a.rs", 1, None));
    naming.typed("src".into(), taken);
    assert_eq!(naming.error.as_deref(), Some("src exists here already. Choose another name."));
    naming.typed("A.rs".into(), taken);
    assert_eq!((naming.error.as_deref(), naming.path()), (None, Some("/p/A.rs".into())));
    naming.typed("x/y".into(), taken);
    assert!(naming.error.is_some());
    let mut new = FileNaming::new(Named::File("/p".into()), false);
    new.typed("x/y/".into(), taken);
    assert_eq!((new.error.as_deref(), new.makes_folder(), new.path()), (None, true, Some("/p/x/y".into())));
}

proptest! {
    /// The rows of any tree, against the same made by walking it in the plain way; and no walk of the keyboard leaves them.
    #[test]
    fn the_rows_are_those_of_a_naive_walk(
        files in prop::collection::btree_set("[ab]/[ab]/[abc]|[ab]/[abc]|[abcd]", 0..12),
        toggles in prop::collection::vec("/p(/[ab])?(/[ab])?", 0..8),
        steps in prop::collection::vec((-3_isize..4, any::<bool>()), 0..8),
    ) {
        // `d` alone is a file; a name is a folder when something lies in it.
        let all: BTreeSet<PathBuf> = files.iter().map(|file| Path::new("/p").join(file)).collect();
        let is_folder = |path: &Path| all.iter().any(|file| file.as_path() != path && file.starts_with(path));
        let mut tree = FileTree::new("/p".into());
        let mut queue = vec![PathBuf::from("/p")];
        let children = |folder: &Path| -> Vec<PathBuf> {
            let below = all.iter().filter_map(|file| file.strip_prefix(folder).ok()?.components().next());
            let mut names: Vec<PathBuf> = below.map(|name| folder.join(name)).collect();
            names.dedup();
            names
        };
        while let Some(folder) = queue.pop() {
            let entries: Vec<TreeEntry> =
                children(&folder).iter().map(|path| entry(path.to_str().unwrap(), is_folder(path))).collect();
            queue.extend(entries.iter().filter(|entry| entry.folder).map(|entry| entry.path.clone()));
            tree.listed(&folder, Listing::Ready(entries));
        }
        let mut open = BTreeSet::new();
        for folder in toggles.iter().map(PathBuf::from).filter(|path| is_folder(path) && path != Path::new("/p")) {
            let _known = tree.toggle(&folder);
            if !open.remove(&folder) {
                open.insert(folder);
            }
        }
        fn walk(folder: &Path, open: &BTreeSet<PathBuf>, children: &dyn Fn(&Path) -> Vec<PathBuf>, into: &mut Vec<PathBuf>) {
            for child in children(folder) {
                into.push(child.clone());
                if open.contains(&child) {
                    walk(&child, open, children, into);
                }
            }
        }
        let mut expected = Vec::new();
        walk(Path::new("/p"), &open, &children, &mut expected);
        prop_assert_eq!(tree.paths(), expected.clone());
        for (by, extends) in steps {
            if extends { tree.extend(by) } else { tree.step(by) }
            prop_assert!(tree.current.as_ref().is_none_or(|current| expected.contains(current)));
            prop_assert!(tree.targets().iter().all(|target| expected.contains(target)));
        }
    }
}
