//! Who may know whom, by `cargo tree`: what must be found is checked beside what must not, so that a misspelt name
//! cannot pass for an absence.

use std::collections::HashSet;

use anyhow::Result;

use super::Findings;
use crate::{places, shell};

/// What one package must have among its dependencies, direct or not, and what it must never have.
struct Rule {
    package: &'static str,
    /// Features asked for beyond the default ones.
    features: &'static [&'static str],
    knows: &'static [&'static str],
    never: &'static [&'static str],
}

const RULES: &[Rule] = &[
    Rule {
        package: "app",
        features: &[],
        knows: &[
            "assist",
            "editor-core",
            "folders",
            "git",
            "ground",
            "ipc",
            "models",
            "search",
            "settings",
            "tasks",
            "terminal",
            "vim",
            "egui",
            "ureq",
        ],
        never: &["llama-cpp-sys-2", "inference", "tests", "xtask"],
    },
    Rule {
        package: "ground",
        features: &[],
        knows: &[],
        never: &[
            "egui",
            "eframe",
            "ureq",
            "editor-core",
            "ipc",
            "models",
            "search",
            "settings",
            "assist",
            "app",
        ],
    },
    Rule {
        package: "settings",
        features: &[],
        knows: &["ground", "editor-core", "ipc", "toml_edit"],
        never: &["egui", "eframe", "ureq", "models", "search", "assist", "app", "inference"],
    },
    Rule {
        package: "folders",
        features: &[],
        knows: &["ground", "notify", "trash"],
        never: &[
            "egui",
            "eframe",
            "ureq",
            "editor-core",
            "ipc",
            "models",
            "search",
            "settings",
            "assist",
            "app",
        ],
    },
    Rule {
        package: "terminal",
        features: &[],
        knows: &["alacritty_terminal"],
        never: &[
            "egui",
            "eframe",
            "ureq",
            "editor-core",
            "ipc",
            "models",
            "search",
            "settings",
            "assist",
            "ground",
            "app",
        ],
    },
    Rule {
        package: "tasks",
        features: &[],
        knows: &["editor-core", "toml_edit", "serde_json"],
        never: &[
            "egui", "eframe", "ureq", "ipc", "models", "search", "settings", "assist", "terminal", "app",
        ],
    },
    Rule {
        package: "vim",
        features: &[],
        knows: &["editor-core", "regex", "ropey"],
        never: &[
            "egui", "eframe", "ureq", "ipc", "models", "search", "settings", "assist", "ground", "terminal",
            "app",
        ],
    },
    Rule {
        package: "search",
        features: &[],
        knows: &["ground", "editor-core", "ignore", "grep-searcher", "nucleo-matcher"],
        never: &["egui", "eframe", "ureq", "ipc", "models", "settings", "assist", "app", "inference"],
    },
    Rule {
        package: "git",
        features: &[],
        knows: &["gix"],
        never: &[
            "egui",
            "eframe",
            "ureq",
            "editor-core",
            "ipc",
            "models",
            "search",
            "settings",
            "assist",
            "ground",
            "app",
        ],
    },
    Rule {
        package: "assist",
        features: &[],
        knows: &["ground", "settings", "editor-core", "ipc", "models"],
        never: &["egui", "eframe", "ureq", "app", "inference", "llama-cpp-sys-2"],
    },
    Rule {
        package: "inference",
        features: &[],
        knows: &["ipc", "models", "llama-cpp-sys-2"],
        never: &["ureq", "egui", "editor-core", "app", "tests", "xtask"],
    },
    Rule {
        package: "models",
        features: &["download"],
        knows: &["ureq", "blake3"],
        never: &["egui", "ipc", "ipc-channel", "editor-core", "inference", "llama-cpp-sys-2"],
    },
    Rule {
        package: "ipc",
        features: &[],
        knows: &["ipc-channel"],
        never: &["egui", "ureq", "models", "editor-core", "inference", "llama-cpp-sys-2"],
    },
    Rule {
        package: "editor-core",
        features: &[],
        knows: &["ropey", "tree-sitter"],
        never: &["egui", "ureq", "ipc", "ipc-channel", "models", "inference", "llama-cpp-sys-2"],
    },
    Rule { package: "tests", features: &[], knows: &["inference", "ipc", "models"], never: &["xtask"] },
    Rule {
        // Pure Rust: `cc` would mean that a C compiler is needed before anything could install one.
        package: "xtask",
        features: &[],
        knows: &["lexopt"],
        never: &["cc", "cmake", "bindgen", "egui", "llama-cpp-sys-2", "app"],
    },
];

/// All rules.
pub fn check() -> Result<Findings> {
    let mut findings = Findings::new();
    for rule in RULES {
        findings.extend(judge(rule, &known_to(rule)?));
    }
    Ok(findings)
}

/// Names of everything a package is built from, on all platforms, without what only its tests use.
fn known_to(rule: &Rule) -> Result<HashSet<String>> {
    let mut tree = places::cargo();
    tree.args(["tree", "-p", rule.package, "--edges", "normal,build", "--target", "all"]);
    tree.args(["--prefix", "none", "--format", "{p}"]);
    if !rule.features.is_empty() {
        tree.args(["--features", &rule.features.join(",")]);
    }
    Ok(names(&shell::read(&mut tree)?))
}

/// `name v1.2.3 (path) (*)` on each line; the first line is the package itself.
fn names(tree: &str) -> HashSet<String> {
    let words = tree.lines().skip(1).filter_map(|line| line.split_whitespace().next());
    words.map(str::to_owned).collect()
}

fn judge(rule: &Rule, known: &HashSet<String>) -> Findings {
    let package = rule.package;
    let lacks = rule.knows.iter().filter(|name| !known.contains(**name));
    let lacks =
        lacks.map(|name| format!("{package} must know {name}, and `cargo tree -p {package}` has it not"));
    let forbidden = rule.never.iter().filter(|name| known.contains(**name));
    let forbidden = forbidden
        .map(|name| format!("{package} must never know {name}; see `cargo tree -p {package} -i {name}`"));
    lacks.chain(forbidden).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: Rule =
        Rule { package: "inference", features: &[], knows: &["llama-cpp-sys-2"], never: &["ureq"] };

    #[test]
    fn a_forbidden_and_a_missing_name_are_found() {
        let good = names("inference v0.1.0 (/x)\nipc v0.1.0\nllama-cpp-sys-2 v0.1.161\n");
        assert!(judge(&RULE, &good).is_empty());
        let bad = names("inference v0.1.0 (/x)\nureq v3.5.0 (*)\n");
        let found = judge(&RULE, &bad);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[1].contains("-i ureq"));
    }

    /// A misspelt name is absent everywhere. So each forbidden name must be demanded of some other package, or be
    /// one of the tools and rooms that only the table names.
    #[test]
    fn each_forbidden_name_is_demanded_elsewhere() {
        let demanded: HashSet<_> = RULES.iter().flat_map(|rule| rule.knows).collect();
        let others = ["app", "eframe", "tests", "xtask", "cc", "cmake", "bindgen"];
        for name in RULES.iter().flat_map(|rule| rule.never) {
            assert!(
                demanded.contains(name) || others.contains(name),
                "nobody must know {name}: a typing mistake?"
            );
        }
    }
}
