//! Files of one crate do not import each other in a circle: what both sides need moves to the ground.
//!
//! Read from the code: what `use` names and what paths name, tests left out. A folder and what lies in it count as one house:
//! a file may use its own folder's face (`super::…`), since Rust gives it no other place for what all of a folder share.

use std::collections::{BTreeMap, BTreeSet};

use super::lexer::{code_only, is_word};
use super::{Findings, Tree};

/// Every circle that is larger than it may be.
pub fn check(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    for root in crates(tree) {
        let graph = graph(tree, root);
        for circle in circles(&graph) {
            let names: Vec<String> = circle.iter().map(|module| module.join("::")).collect();
            findings.push(format!(
                "{root}: {} files import each other in a circle: {}",
                names.len(),
                names.join(", ")
            ));
        }
    }
    findings
}

/// Where the crates' code lies: every folder `src`.
fn crates(tree: &Tree) -> BTreeSet<&str> {
    tree.rust().filter_map(|(path, _)| Some(&path[..path.find("src/")? + "src/".len()])).collect()
}

/// A module by its path; empty for the crate's root.
pub(super) type Module = Vec<String>;
pub(super) type Graph = BTreeMap<Module, BTreeSet<Module>>;

/// Which module imports which.
pub(super) fn graph(tree: &Tree, root: &str) -> Graph {
    let files: BTreeMap<Module, &str> =
        tree.rust().filter_map(|(path, text)| Some((module_of(path.strip_prefix(root)?)?, text))).collect();
    let known: BTreeSet<&Module> = files.keys().collect();
    let mut graph = Graph::new();
    for (module, text) in &files {
        let named = paths(&product(text)).into_iter().filter_map(|path| resolve(&path, module, &known));
        // Its own folder's face, at whatever height, is its house and no room beside it.
        let others = named.filter(|other| !module.starts_with(other));
        graph.insert(module.clone(), others.collect());
    }
    graph
}

/// The module of a file; `None` for tests and for programs beside the library.
fn module_of(path: &str) -> Option<Module> {
    let mut parts: Vec<&str> = path.strip_suffix(".rs")?.split('/').collect();
    if parts.iter().any(|part| *part == "tests" || part.ends_with("_tests")) || parts[0] == "bin" {
        return None;
    }
    if matches!(parts[..], ["lib" | "main"]) || parts.last() == Some(&"mod") {
        parts.pop();
    }
    Some(parts.into_iter().map(str::to_owned).collect())
}

/// The code without comments, texts and the module of its tests.
fn product(text: &str) -> String {
    let code = code_only(text);
    code.find("#[cfg(test)]\nmod tests {").map_or(code.clone(), |end| code[..end].to_owned())
}

/// Every path that the code names, those of `use` with their braces taken apart.
fn paths(code: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = code;
    while let Some(at) = rest.find(|c: char| is_word(c)) {
        rest = &rest[at..];
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        if word == "use" {
            let end = rest.find(';').unwrap_or(rest.len());
            spread(&[], &rest["use".len()..end], &mut found);
            rest = &rest[end..];
        } else {
            let length = path_length(rest);
            if length > end {
                found.push(rest[..length].split("::").map(str::to_owned).collect());
            }
            rest = &rest[length.max(end)..];
        }
    }
    found
}

/// Bytes of the path `a::b::c` that the code begins with.
fn path_length(code: &str) -> usize {
    let word = |from: usize| code[from..].find(|c: char| !is_word(c)).map_or(code.len(), |end| from + end);
    let mut end = word(0);
    while code[end..].starts_with("::") && code[end + 2..].starts_with(is_word) {
        end = word(end + 2);
    }
    end
}

/// `a::{b, c::d}` as `a::b` and `a::c::d`.
fn spread(before: &[String], tree: &str, found: &mut Vec<Vec<String>>) {
    let (mut depth, mut start) = (0, 0);
    let mut branches = Vec::new();
    for (at, c) in tree.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                branches.push(&tree[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    branches.push(&tree[start..]);
    for branch in branches.into_iter().map(str::trim).filter(|branch| !branch.is_empty()) {
        let (head, inner) = branch.split_once('{').map_or((branch, None), |(head, rest)| {
            (head, Some(rest.trim_end().strip_suffix('}').unwrap_or(rest)))
        });
        let words = head.split("::").map(|word| word.split_whitespace().next().unwrap_or_default());
        let path: Vec<String> =
            before.iter().cloned().chain(words.filter(|word| !word.is_empty()).map(str::to_owned)).collect();
        match inner {
            Some(inner) => spread(&path, inner, found),
            None => found.push(path),
        }
    }
}

/// The module that a path in `module` leads to, if it is one of this crate.
fn resolve(path: &[String], module: &Module, known: &BTreeSet<&Module>) -> Option<Module> {
    let supers = path.iter().take_while(|word| *word == "super").count();
    let absolute: Module = match path.first()?.as_str() {
        "crate" => path[1..].to_vec(),
        "self" => [module, &path[1..]].concat(),
        "super" => [&module[..module.len().checked_sub(supers)?], &path[supers..]].concat(),
        first => {
            // A child by its name; anything else is another crate or a name that was imported.
            let child = [&module[..], &[first.to_owned()]].concat();
            known.contains(&child).then_some([module, path].concat())?
        }
    };
    (0..=absolute.len()).rev().map(|end| absolute[..end].to_vec()).find(|prefix| known.contains(prefix))
}

/// The circles: sets of modules of which each reaches each.
fn circles(graph: &Graph) -> Vec<Vec<Module>> {
    let reach: BTreeMap<&Module, BTreeSet<&Module>> =
        graph.keys().map(|module| (module, reachable(graph, module))).collect();
    let mut found = BTreeSet::new();
    for (module, reached) in &reach {
        let back = reached.iter().filter(|other| reach.get(**other).is_some_and(|all| all.contains(*module)));
        let circle: Vec<Module> = back.map(|other| (*other).clone()).collect();
        if circle.len() > 1 {
            found.insert(circle);
        }
    }
    found.into_iter().collect()
}

fn reachable<'a>(graph: &'a Graph, from: &Module) -> BTreeSet<&'a Module> {
    let mut found = BTreeSet::new();
    let mut next: Vec<&Module> = graph.get(from).into_iter().flatten().collect();
    while let Some(module) = next.pop() {
        if found.insert(module) {
            next.extend(graph.get(module).into_iter().flatten());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<String> {
        check(&tree(files))
    }

    #[test]
    fn a_circle_of_files_is_found_whatever_it_is_written_like() {
        let a = ("ipc/src/a.rs", "use crate::{b::{self, X}, z};");
        assert!(found(&[a, ("ipc/src/b.rs", "fn f() {}")]).is_empty());
        for b in ["use super::a;", "fn f() { crate::a::g() }", "use crate::c;"] {
            let c = ("ipc/src/c.rs", "fn f() { super::a::g() }");
            let found = found(&[a, ("ipc/src/b.rs", b), c]);
            assert_eq!(found.len(), 1, "{b}: {found:?}");
            assert!(found[0].contains("a, b"), "{found:?}");
        }
    }

    #[test]
    fn no_crate_is_left_out() {
        for root in ["app/src", "app/search/src", "app/git/src", "some/new/crate/src"] {
            let (a, b) = (format!("{root}/a.rs"), format!("{root}/b.rs"));
            assert_eq!(found(&[(&a, "use crate::b;"), (&b, "use crate::a;")]).len(), 1, "{root}");
        }
    }

    #[test]
    fn a_folder_may_use_its_rooms_and_they_its_face() {
        let face = ("ipc/src/a/mod.rs", "mod b;\nfn f() { b::g() }");
        assert!(found(&[face, ("ipc/src/a/b.rs", "use super::f;")]).is_empty());
        let outside = ("ipc/src/c.rs", "use crate::a::f;");
        assert_eq!(found(&[face, ("ipc/src/a/b.rs", "use crate::c;"), outside]).len(), 1);
    }

    #[test]
    fn tests_comments_and_texts_do_not_count() {
        let b =
            "// crate::a\nconst B: &str = \"crate::a\";\n#[cfg(test)]\nmod tests {\n    use crate::a;\n}\n";
        assert!(found(&[("ipc/src/a.rs", "use crate::b;"), ("ipc/src/b.rs", b)]).is_empty());
        let test = ("ipc/src/b/tests.rs", "use crate::a;");
        assert!(found(&[("ipc/src/a.rs", "use crate::b;"), ("ipc/src/b.rs", ""), test]).is_empty());
    }
}
