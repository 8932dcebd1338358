//! What is known of the symbols of small projects, and what of them is forgotten.

use std::fs;
use std::sync::mpsc;
use std::time::Duration;

use super::*;
use crate::quick::Finder;

struct Project {
    root: tempfile::TempDir,
    index: SymbolIndex,
    woken: mpsc::Receiver<()>,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let (send, woken) = mpsc::channel();
        let index = SymbolIndex::start(move || {
            // A late one is not waited for.
            let _late = send.send(());
        })
        .unwrap();
        let project = Self { root: tempfile::tempdir().unwrap(), index, woken };
        files.iter().for_each(|(name, text)| project.write(name, text));
        project.refresh();
        project
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn scope(&self) -> SearchScope {
        SearchScope::folders(vec![self.root.path().to_owned()])
    }

    fn refresh(&self) {
        self.index.refresh(self.scope());
        self.settle();
    }

    fn settle(&self) {
        while !self.index.is_finished() {
            self.woken.recv_timeout(Duration::from_secs(60)).unwrap();
        }
    }

    /// `file:line kind` of each definition, lines counted from 1.
    fn defined(&self, name: &str, from: Option<(&str, Language)>) -> Vec<String> {
        let path = from.map(|(name, language)| (self.root.path().join(name), language));
        let from = path.as_ref().map(|(path, language)| (path.as_path(), *language));
        let drawn = |one: Definition| {
            let path = one.path.strip_prefix(self.root.path()).unwrap().display().to_string();
            format!("{path}:{} {}", one.declared.line + 1, one.declared.kind.word())
        };
        self.index.definitions(name, from).into_iter().map(drawn).collect()
    }
}

const FILES: &[(&str, &str)] = &[
    ("a.rs", "struct P {\n    open: u8,\n}\nimpl P {\n    fn open() {}\n}\n"),
    ("b.rs", "fn open() {}\nfn main() {}\n"),
    ("c.py", "def open(): pass\n"),
    ("tool", "#!/bin/sh\nopen() { :; }\n"),
    ("notes.md", "# open\n"),
    ("open.txt", "open"),
];

#[test]
fn a_definition_is_found_by_its_name_the_likeliest_first() {
    let project = Project::new(FILES);
    let all = ["a.rs:5 method", "b.rs:1 function", "c.py:1 function", "tool:2 function", "a.rs:2 field"];
    assert_eq!(project.defined("open", None), all);
    let from_b = ["b.rs:1 function", "a.rs:5 method", "a.rs:2 field", "c.py:1 function", "tool:2 function"];
    assert_eq!(project.defined("open", Some(("b.rs", Language::Rust))), from_b);
    assert_eq!(project.defined("open", Some(("new.py", Language::Python)))[0], "c.py:1 function");
    assert!(project.defined("Open", None).is_empty());
    assert_eq!(project.index.definitions("open", None)[0].declared.container.as_deref(), Some("P"));
}

#[test]
fn what_changes_is_read_again_and_what_is_gone_is_forgotten() {
    let project = Project::new(FILES);
    project.write("b.rs", "\n\nfn opened() {}\n");
    fs::remove_file(project.root.path().join("c.py")).unwrap();
    project.refresh();
    assert_eq!(project.defined("opened", None), ["b.rs:3 function"]);
    assert!(project.defined("main", None).is_empty());
    assert_eq!(project.defined("open", None).len(), 3);
    let path = project.root.path().join("a.rs");
    project.index.set_open(path.clone(), Rope::from_str("fn typed() {}"), Language::Rust);
    project.settle();
    assert_eq!(project.defined("typed", None), ["a.rs:1 function"]);
    project.index.refresh_file(path);
    project.settle();
    assert!(project.defined("typed", None).is_empty());
    assert_eq!(project.defined("P", None), ["a.rs:1 struct"]);
    fs::remove_file(project.root.path().join("a.rs")).unwrap();
    project.index.refresh_file(project.root.path().join("a.rs"));
    project.settle();
    assert_eq!(project.index.len(), 2);
}

#[test]
fn the_list_of_symbols_is_narrowed_by_name_and_by_what_holds_it() {
    let project = Project::new(FILES);
    let list = project.index.list();
    let mut finder = Finder::new(false, || {}).unwrap();
    finder.set_corpus(list.corpus.clone());
    finder.set_typed("P open");
    assert!(finder.wait(Duration::from_secs(60)));
    let found = list.definition(finder.found()[0].number).unwrap();
    assert_eq!((found.declared.name.as_str(), found.declared.container.as_deref()), ("open", Some("P")));
    assert!(list.definition(99).is_none());
}

#[test]
fn all_mentions_of_a_name_are_found() {
    let project = Project::new(&[("a.rs", "open(); reopen(); Open; x.open\n")]);
    let running = crate::RunningSearch::start(mentions("open", project.scope()).unwrap(), || {}).unwrap();
    let columns: Vec<usize> = running
        .wait()
        .filter_map(|event| match event {
            crate::SearchEvent::File(file) => Some(file.hits.into_iter().map(|hit| hit.column)),
            crate::SearchEvent::Done(_) => None,
        })
        .flatten()
        .collect();
    assert_eq!(columns, [0, 26]);
}
