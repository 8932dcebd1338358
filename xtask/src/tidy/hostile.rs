//! Dependencies that read what strangers wrote and are not held to safe Rust: each has a line in docs/security.md that says which bytes
//! reach it and why that is no harm.
//!
//! Whether a crate is of such a kind is read off what it says of itself (keywords and categories); those that say nothing of the kind are
//! listed here by name.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::network::{PRODUCT, tree_of};
use super::{Findings, Tree};
use crate::{places, shell};

/// Where the lines are, below this heading.
const RECORD: &str = "docs/security.md";
const HEADING: &str = "## Dependencies that read hostile bytes";

/// Keywords and categories of crates that take bytes apart.
const KINDS: &[&str] = &[
    "compression",
    "cryptography",
    "decoding",
    "encoding",
    "font",
    "fonts",
    "http",
    "image",
    "jpeg",
    "json",
    "multimedia::encoding",
    "multimedia::images",
    "parser",
    "parser-implementations",
    "parsing",
    "png",
    "rendering::data-formats",
    "text-processing",
    "tls",
    "toml",
    "utf-8",
    "utf8",
];

/// Crates that do so and do not say it, or whose code is C or C++.
const NAMED: &[&str] = &[
    "blake3",
    "imara-diff",
    "ipc-channel",
    "llama-cpp-sys-2",
    "memchr",
    "nucleo-matcher",
    "ring",
    "rustix",
    "tree-sitter",
];

/// What tells of code that the compiler does not check.
const TELLS: &[&str] = &["unsafe {", "unsafe fn ", "unsafe impl", "unsafe extern"];

/// Each such dependency has its line, and each line its dependency.
pub fn check(tree: &Tree) -> Result<Findings> {
    let record = tree.texts().find(|(path, _)| *path == RECORD).map(|(_, text)| text);
    let record = record.with_context(|| format!("{RECORD} is not there"))?;
    let mut metadata = places::cargo();
    metadata.args(["metadata", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&shell::read(&mut metadata)?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut linked = BTreeSet::new();
    for package in PRODUCT {
        linked.extend(tree_of(package, "normal,no-proc-macro")?);
    }
    let is_linked = |package: &&Value| {
        let pair = (text(&package["name"]).to_owned(), text(&package["version"]).to_owned());
        !package["source"].is_null() && linked.contains(&pair)
    };
    let all: Vec<&Value> = packages.iter().filter(is_linked).collect();
    let hostile = all.iter().filter(|package| reads_bytes(package) && has_unsafe(package));
    let hostile: BTreeSet<&str> = hostile.map(|package| text(&package["name"])).collect();
    let names: BTreeSet<&str> = all.iter().map(|package| text(&package["name"])).collect();
    Ok(judge(&hostile, &names, &accounted(record)))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn reads_bytes(package: &Value) -> bool {
    let words = |key: &str| package[key].as_array().into_iter().flatten().map(text);
    let is_kind = |word: &str| KINDS.contains(&word.to_lowercase().as_str());
    NAMED.contains(&text(&package["name"])) || words("keywords").chain(words("categories")).any(is_kind)
}

fn has_unsafe(package: &Value) -> bool {
    let folder = Path::new(text(&package["manifest_path"])).parent();
    NAMED.contains(&text(&package["name"])) || folder.is_some_and(tells_of_unsafe)
}

fn tells_of_unsafe(folder: &Path) -> bool {
    // What only tests and measures is not linked.
    let aside = ["tests", "benches", "examples", "fuzz"];
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return !aside.iter().any(|name| path.ends_with(name)) && tells_of_unsafe(&path);
        }
        path.extension().is_some_and(|end| end == "rs")
            && std::fs::read_to_string(&path).is_ok_and(|text| TELLS.iter().any(|tell| text.contains(tell)))
    })
}

/// The names in the first column of the table.
fn accounted(record: &str) -> BTreeSet<&str> {
    let table = record.split(HEADING).nth(1).unwrap_or_default();
    let table = table.split("\n## ").next().unwrap_or_default();
    let first_cells = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    first_cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect()
}

fn judge(hostile: &BTreeSet<&str>, linked: &BTreeSet<&str>, accounted: &BTreeSet<&str>) -> Findings {
    let missing = hostile.difference(accounted).map(|name| {
        format!("{RECORD}: {name} has unsafe code and takes bytes apart: say in the table which, and why that is no harm")
    });
    let stale = accounted
        .difference(linked)
        .map(|name| format!("{RECORD}: {name} is in the table and not in our programs: take it out"));
    missing.chain(stale).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reader_without_a_line_and_a_line_without_a_crate_are_found() {
        let record = format!(
            "{HEADING}\n\n| crates | bytes | why |\n| --- | --- | --- |\n| `a`, `b` | files | see `c` |\n\n## Next\n| `d` | | |\n"
        );
        let accounted = accounted(&record);
        assert_eq!(accounted, BTreeSet::from(["a", "b"]));
        let all = BTreeSet::from(["a", "b", "x"]);
        assert!(judge(&BTreeSet::from(["a"]), &all, &accounted).is_empty());
        assert!(judge(&BTreeSet::from(["x"]), &all, &accounted)[0].contains(" x "));
        assert!(judge(&BTreeSet::from(["a"]), &BTreeSet::from(["a"]), &accounted)[0].contains(" b "));
    }

    #[test]
    fn a_crate_tells_what_it_is_and_its_source_what_it_does() {
        let package = |name: &str, keywords: &[&str]| serde_json::json!({ "name": name, "keywords": keywords, "categories": [] });
        assert!(reads_bytes(&package("x", &["PNG"])) && reads_bytes(&package("tree-sitter", &[])));
        assert!(!reads_bytes(&package("x", &["window"])));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("lib.rs");
        std::fs::write(&file, "fn a() {}").unwrap();
        assert!(!tells_of_unsafe(folder.path()));
        std::fs::write(&file, "fn a() { unsafe { b() } }").unwrap();
        assert!(tells_of_unsafe(folder.path()));
    }
}
