//! The functions of a project by name, so that a prompt can say how what a selection calls is declared in other files.
//!
//! Light on purpose: names and heads, no types, no scopes. A name counts only where it is plain which function is meant; a
//! wrong signature costs more than a missing one.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use editor_core::syntax::SyntaxTree;
use editor_core::{Language, Revision};
use ropey::Rope;

/// Larger files are written by tools more often than by people, in bytes.
pub const MAX_BYTES: u64 = 300_000;
/// Most signatures from other files in a prompt.
const MAX: usize = 8;
/// Longest head that is still a signature, in characters.
const MAX_HEAD: usize = 300;

/// The functions of a project.
#[derive(Clone, Debug, Default)]
pub struct FunctionIndex {
    files: HashMap<PathBuf, Vec<Declared>>,
}

/// A function of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Declared {
    name: String,
    head: String,
    language: Language,
}

impl FunctionIndex {
    /// Takes the functions of a file in; those that it had before are forgotten.
    pub fn add(&mut self, path: &Path, text: &str) {
        let language = Language::detect(Some(path), text.lines().next().unwrap_or_default());
        let rope = Rope::from_str(text);
        let never = AtomicBool::new(false);
        let tree = SyntaxTree::parse(language, &rope, Revision::default(), None, &never);
        let functions = tree.map(|tree| tree.functions(&rope, &(0..rope.len_chars()))).unwrap_or_default();
        let declared = functions.into_iter().filter(|function| !function.name.is_empty()).map(|function| {
            let head: String =
                rope.slice(function.range.start..function.body).chars().take(MAX_HEAD).collect();
            let head = head.strip_suffix(function.documentation.trim()).unwrap_or(&head);
            Declared { name: function.name, head: head.trim_end().to_owned(), language }
        });
        let declared: Vec<Declared> = declared.collect();
        if declared.is_empty() {
            self.files.remove(path);
        } else {
            self.files.insert(path.to_owned(), declared);
        }
    }

    /// Takes what was read anew of one file.
    pub fn replace(&mut self, path: &Path, anew: FunctionIndex) {
        self.files.remove(path);
        self.files.extend(anew.files);
    }

    /// How the functions that a selection of `file` calls are declared elsewhere, under the names of their files.
    pub fn signatures(&self, file: &Path, text: &str, selection: &str, language: Language) -> String {
        let mut found: Vec<(String, String)> = Vec::new();
        for (owner, name) in calls(selection) {
            let declared = self.declared(file, name, language);
            let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
            let meant = match (owner, &declared[..]) {
                // `parser.read(…)`: the function of a file called so.
                (Some(owner), _) => declared.iter().find(|(path, _)| stem(path).as_deref() == Some(owner)),
                (None, [only]) => Some(only),
                // Of several the one whose file is named here, as an import names it.
                (None, several) => {
                    let mut named = several.iter().filter(|(path, _)| {
                        stem(path).is_some_and(|stem| stem.len() > 1 && text.contains(&stem))
                    });
                    named.next().filter(|_| named.next().is_none())
                }
            };
            if let Some((path, head)) = meant {
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                let entry = (name, (*head).to_owned());
                if !found.contains(&entry) {
                    found.push(entry);
                }
            }
        }
        found.truncate(MAX);
        let lines = found.into_iter().map(|(file, head)| format!("From {file}:\n{head}"));
        lines.collect::<Vec<_>>().join("\n")
    }

    /// The functions of this name in other files of the same language. A name that this file declares itself is its own.
    fn declared(&self, file: &Path, name: &str, language: Language) -> Vec<(&Path, &str)> {
        let own = self.files.get(file).is_some_and(|own| own.iter().any(|declared| declared.name == name));
        let mut found: Vec<(&Path, &str)> = Vec::new();
        for (path, all) in self.files.iter().filter(|(path, _)| !own && path.as_path() != file) {
            let same = |declared: &&Declared| declared.name == name && declared.language == language;
            found.extend(all.iter().filter(same).map(|declared| (path.as_path(), declared.head.as_str())));
        }
        found.sort_unstable();
        found
    }
}

/// The names that a text calls, each once with the word before its dot. Methods of values are left out: whose they are is not
/// known.
fn calls(text: &str) -> Vec<(Option<&str>, &str)> {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let mut found: Vec<(Option<&str>, &str)> = Vec::new();
    for (at, _) in text.match_indices('(') {
        let before = &text[..at];
        let name = &before[before.trim_end_matches(is_word).len()..];
        let rest = &before[..before.len() - name.len()];
        let path = rest.strip_suffix('.').or_else(|| rest.strip_suffix("::"));
        let owner = path.map(|path| &path[path.trim_end_matches(is_word).len()..]);
        let is_name = name.starts_with(|c: char| c.is_alphabetic() || c == '_') && name.len() > 1;
        // What is declared here is not called.
        let declares = ["def ", "fn ", "func ", "function "].iter().any(|word| rest.ends_with(word));
        if is_name && !declares && !owner.is_some_and(str::is_empty) && !found.contains(&(owner, name)) {
            found.push((owner, name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn index(files: &[(&str, &str)]) -> FunctionIndex {
        let mut index = FunctionIndex::default();
        files.iter().for_each(|(path, text)| index.add(Path::new(path), text));
        index
    }

    fn check(index: &FunctionIndex, text: &str, expected: &str) {
        assert_eq!(index.signatures(Path::new("/r/a.py"), text, text, Language::Python), expected, "{text}");
    }

    #[test]
    fn what_is_called_is_found_where_it_is_plain() {
        let index = index(&[
            ("/r/a.py", "def own():\n    pass\n"),
            (
                "/r/shop.py",
                "def own():\n    pass\n\ndef price(item, tax=0.2):\n    \"\"\"The price.\"\"\"\n    return 1\n",
            ),
            ("/r/x.py", "def twice(a):\n    pass\n\ndef read(path):\n    pass\n"),
            ("/r/files.py", "def twice(b):\n    pass\n\ndef read(name):\n    pass\n"),
            ("/r/price.js", "function price(a) {}\n"),
        ]);
        check(&index, "total = price(1)", "From shop.py:\ndef price(item, tax=0.2):");
        check(&index, "own()", "");
        check(&index, "twice(1)", "");
        check(&index, "from files import twice\ntwice(1)", "From files.py:\ndef twice(b):");
        check(&index, "files.read(1)", "From files.py:\ndef read(name):");
        check(&index, "value.price(1); f().price(2)", "");
        check(&index, "def price(x):", "");
    }

    #[test]
    fn a_file_that_changes_is_read_anew() {
        let mut index = index(&[("/r/b.py", "def one():\n    pass\n")]);
        index.add(Path::new("/r/b.py"), "def two(x):\n    pass\n");
        check(&index, "one()\ntwo(1)", "From b.py:\ndef two(x):");
        index.replace(Path::new("/r/b.py"), FunctionIndex::default());
        check(&index, "two(1)", "");
    }

    #[test]
    fn methods_of_rust_are_known_by_their_heads() {
        let index =
            index(&[("/r/fit.rs", "/// Fits.\npub fn fit(diff: &str, most: usize) -> String {\n    x\n}\n")]);
        let found = index.signatures(Path::new("/r/main.rs"), "", "let a = fit(b, 1);", Language::Rust);
        assert_eq!(found, "From fit.rs:\npub fn fit(diff: &str, most: usize) -> String {");
    }
}
