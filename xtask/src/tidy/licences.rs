//! Licences and sources of all dependencies, from cargo's own metadata and the lists in deny.toml: the floor that
//! holds where cargo-deny is not installed.

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::Findings;
use crate::{places, shell};

/// What ships: both systems, as cargo names them.
pub const PLATFORMS: [&str; 4] =
    ["x86_64-unknown-linux-gnu", "aarch64-unknown-linux-gnu", "x86_64-apple-darwin", "aarch64-apple-darwin"];

/// Every package's licence is allowed, and it comes from the one registry.
pub fn check() -> Result<Findings> {
    let deny =
        std::fs::read_to_string(places::root().join("deny.toml")).context("deny.toml cannot be read")?;
    let mut metadata = places::cargo();
    metadata.args(["metadata", "--format-version", "1"]);
    for platform in PLATFORMS {
        metadata.args(["--filter-platform", platform]);
    }
    let metadata: Value = serde_json::from_str(&shell::read(&mut metadata)?)?;
    let used = used_ids(&metadata);
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let packages =
        packages.iter().filter(|package| used.contains(&package["id"].as_str().unwrap_or_default()));
    Ok(judge(packages, &allowed(&deny)))
}

/// Does deny.toml allow this licence to this package?
///
/// # Errors
/// deny.toml cannot be read.
#[cfg(test)]
pub fn allows(package: &str, licence: &str) -> Result<bool> {
    let deny =
        std::fs::read_to_string(places::root().join("deny.toml")).context("deny.toml cannot be read")?;
    let package = serde_json::json!({ "name": package, "license": licence, "source": null });
    Ok(judge([&package].into_iter(), &allowed(&deny)).is_empty())
}

/// What the platforms' graph really holds; `packages` alone also lists what only Windows would use.
fn used_ids(metadata: &Value) -> Vec<&str> {
    let nodes = metadata["resolve"]["nodes"].as_array();
    nodes.into_iter().flatten().filter_map(|node| node["id"].as_str()).collect()
}

/// What deny.toml allows: to all, and to single packages.
#[derive(Debug, PartialEq)]
struct Allowed {
    all: Vec<String>,
    /// `package licence`.
    single: Vec<(String, String)>,
}

/// Reads the `[licenses]` table as this repository writes it: `allow = [ … ]` over several lines, and
/// `exceptions = [ … ]` with one `{ crate = "…", allow = ["…"] }` a line.
fn allowed(deny: &str) -> Allowed {
    let table = deny.split("[licenses]").nth(1).unwrap_or_default();
    let table = table.split("\n[").next().unwrap_or_default();
    let lines = |key: &str| {
        let start = format!("\n{key} = [\n");
        let list = table.split(&start).nth(1).and_then(|rest| rest.split("\n]").next()).unwrap_or_default();
        list.lines().map(quoted).collect::<Vec<_>>()
    };
    let single = lines("exceptions").into_iter().flat_map(|mut words| {
        let package = if words.is_empty() { String::new() } else { words.remove(0) };
        words.into_iter().map(move |licence| (package.clone(), licence))
    });
    Allowed { single: single.collect(), all: lines("allow").concat() }
}

/// The strings of a line, up to its comment.
fn quoted(line: &str) -> Vec<String> {
    let line = line.split('#').next().unwrap_or_default();
    line.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

fn judge<'a>(packages: impl Iterator<Item = &'a Value>, allowed: &Allowed) -> Findings {
    let mut findings = Findings::new();
    for package in packages {
        let name = format!("{} {}", text(&package["name"]), text(&package["version"]));
        let licence = text(&package["license"]);
        let of_its_own =
            allowed.single.iter().filter(|(package_name, _)| package_name == text(&package["name"]));
        let here: Vec<String> =
            allowed.all.iter().chain(of_its_own.map(|(_, licence)| licence)).cloned().collect();
        if !is_allowed(licence, &here) {
            findings.push(format!("{name}: licence `{licence}` is not allowed by deny.toml"));
        }
        let source = text(&package["source"]);
        if !source.is_empty() && !source.starts_with("registry+") && !source.starts_with("sparse+") {
            findings.push(format!("{name}: comes from {source}, not from the registry"));
        }
    }
    findings
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Does an SPDX expression leave us at least one allowed choice? The old `/` means OR.
fn is_allowed(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    any_of(&words, &mut at, allowed) && at == words.len()
}

/// `a OR b`: both sides are read, one must be allowed. AND binds tighter (SPDX annex D).
fn any_of(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut outcome = all_of(words, at, allowed);
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        outcome |= all_of(words, at, allowed);
    }
    outcome
}

fn all_of(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let mut outcome = one(words, at, allowed);
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        outcome &= one(words, at, allowed);
    }
    outcome
}

/// A licence, perhaps WITH an exception (which only ever gives more rights), or parentheses.
fn one(words: &[&str], at: &mut usize, allowed: &[String]) -> bool {
    let Some(&word) = words.get(*at) else { return false };
    *at += 1;
    if word == "(" {
        let outcome = any_of(words, at, allowed);
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return outcome && closed;
    }
    if words.get(*at) == Some(&"WITH") {
        *at += 2;
    }
    allowed.iter().any(|licence| licence == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(expression: &str, expected: bool) {
        let allowed = ["MIT", "Apache-2.0", "BSD-3-Clause"].map(str::to_owned);
        assert_eq!(is_allowed(expression, &allowed), expected, "{expression}");
    }

    #[test]
    fn an_expression_must_leave_an_allowed_choice() {
        check("MIT OR Apache-2.0", true);
        check("GPL-3.0 OR MIT", true);
        check("MIT/GPL-3.0", true);
        check("MIT AND GPL-3.0", false);
        check("(MIT OR GPL-3.0) AND BSD-3-Clause", true);
        check("GPL-3.0 AND MIT OR MPL-2.0", false);
        check("Apache-2.0 WITH LLVM-exception", true);
        check("GPL-3.0-only", false);
        check("", false);
        check("(MIT", false);
    }

    #[test]
    fn a_wrong_licence_and_a_wrong_source_are_found() {
        let packages = [
            serde_json::json!({"name": "a", "version": "1", "license": "GPL-3.0", "source": "registry+x"}),
            serde_json::json!({"name": "b", "version": "1", "license": "MIT", "source": "git+https://x"}),
            serde_json::json!({"name": "c", "version": "1", "license": "MIT", "source": null}),
        ];
        let mut allowed = Allowed { all: vec!["MIT".to_owned()], single: Vec::new() };
        let found = judge(packages.iter(), &allowed);
        assert_eq!(found.len(), 2, "{found:?}");
        allowed.single.push(("a".to_owned(), "GPL-3.0".to_owned()));
        assert_eq!(judge(packages.iter(), &allowed).len(), 1);
    }

    #[test]
    fn the_list_is_read_from_deny_toml() {
        let deny = "[bans]\nallow = [\n\"x\"\n]\n[licenses]\nversion = 2\nallow = [\n  \"MIT\", # \"plain\"\n  \"ISC\",\n]\n\
                    exceptions = [\n  # why\n  { crate = \"a\", allow = [\"B\"] },\n]\n[sources]\nallow = [\n\"y\"\n]\n";
        let read = allowed(deny);
        assert_eq!(read.all, ["MIT", "ISC"]);
        assert_eq!(read.single, [("a".to_owned(), "B".to_owned())]);
    }
}
