//! What a package is made of, for programs that look for known flaws: CycloneDX 1.6 as JSON, from cargo's own metadata and the
//! checksums in Cargo.lock. The same sources give the same bytes: there is neither a time nor a random number in it.
//!
//! It names what is linked into the two programs, not what only builds or tests them. The format is described in
//! the standard ECMA-424.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::{places, shell};

/// The crates that become the two programs.
const PROGRAMS: [&str; 2] = ["app", "inference"];

/// The bill of materials of the two programs on this machine's platform.
///
/// # Errors
/// Cargo does not tell, or Cargo.lock is not up to date.
pub fn bill() -> Result<String> {
    let host = shell::read(Command::new("rustc").arg("-vV"))?;
    let host = host.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let mut metadata = places::cargo();
    metadata.args(["metadata", "--format-version", "1", "--locked", "--filter-platform", host]);
    let metadata = serde_json::from_str(&shell::read(&mut metadata)?)?;
    let lock = fs::read_to_string(places::root().join("Cargo.lock")).context("Cargo.lock cannot be read")?;
    let bill = of(&metadata, &checksums(&lock));
    Ok(serde_json::to_string_pretty(&bill)? + "\n")
}

/// Name and version with the checksum that Cargo.lock pins.
fn checksums(lock: &str) -> BTreeMap<(String, String), String> {
    let field = |block: &str, name: &str| {
        let start = format!("{name} = \"");
        let line = block.lines().find_map(|line| line.strip_prefix(&start))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let pinned =
        |block: &str| Some(((field(block, "name")?, field(block, "version")?), field(block, "checksum")?));
    lock.split("[[package]]").filter_map(pinned).collect()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// A name for a package that is the same everywhere. Ours are in no registry, where others may have the same name.
fn reference(package: &Value) -> String {
    let from = if package["source"].is_null() { "localcoder" } else { "pkg:cargo" };
    format!("{from}/{}@{}", text(&package["name"]), text(&package["version"]))
}

fn of(metadata: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let packages: BTreeMap<String, Value> = list(&metadata["packages"])
        .into_iter()
        .map(|package| (text(&package["id"]).to_owned(), package))
        .collect();
    let nodes: BTreeMap<String, BTreeSet<String>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| (text(&node["id"]).to_owned(), list(&node["deps"]).iter().filter_map(linked).collect()))
        .collect();
    let mut wanted: Vec<&String> = packages
        .iter()
        .filter(|(_, package)| package["source"].is_null() && PROGRAMS.contains(&text(&package["name"])))
        .map(|(id, _)| id)
        .collect();
    let mut reached = BTreeSet::new();
    while let Some(id) = wanted.pop() {
        if packages.contains_key(id) && reached.insert(id) {
            wanted.extend(nodes.get(id).into_iter().flatten());
        }
    }
    let name = |id: &String| packages.get(id).map(reference);
    let mut components: Vec<Value> =
        reached.iter().filter_map(|id| Some(component(packages.get(*id)?, checksums))).collect();
    components.sort_by(|a, b| text(&a["bom-ref"]).cmp(text(&b["bom-ref"])));
    let mut dependencies: Vec<Value> = reached
        .iter()
        .filter_map(|id| {
            let on: BTreeSet<String> = nodes.get(*id)?.iter().filter_map(name).collect();
            Some(json!({ "ref": name(id)?, "dependsOn": on }))
        })
        .collect();
    dependencies.sort_by(|a, b| text(&a["ref"]).cmp(text(&b["ref"])));
    let (version, whole) = (env!("CARGO_PKG_VERSION"), format!("localcoder@{}", env!("CARGO_PKG_VERSION")));
    let is_program = |one: &&Value| PROGRAMS.contains(&text(&one["name"])) && one["purl"].is_null();
    let programs: Vec<&Value> = components.iter().filter(is_program).map(|one| &one["bom-ref"]).collect();
    dependencies.insert(0, json!({ "ref": whole, "dependsOn": programs }));
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": whole,
                "name": "localcoder",
                "version": version,
                "licenses": [{ "expression": "MIT OR Apache-2.0" }],
            },
        },
        "components": components,
        "dependencies": dependencies,
    })
}

/// The package of an edge that ends in the programs; what only builds or tests them does not.
fn linked(dependency: &Value) -> Option<String> {
    let kinds = dependency["dep_kinds"].as_array()?;
    kinds.iter().any(|kind| kind["kind"].is_null()).then(|| text(&dependency["pkg"]).to_owned())
}

fn component(package: &Value, checksums: &BTreeMap<(String, String), String>) -> Value {
    let (name, version) = (text(&package["name"]), text(&package["version"]));
    // What it was called before SPDX had an OR.
    let licence = text(&package["license"]).replace('/', " OR ");
    let mut component = json!({
        "type": "library",
        "bom-ref": reference(package),
        "name": name,
        "version": version,
        "licenses": [{ "expression": licence }],
    });
    if !package["source"].is_null() {
        component["purl"] = json!(reference(package));
    }
    if let Some(checksum) = checksums.get(&(name.to_owned(), version.to_owned())) {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": checksum }]);
    }
    if let Some(repository) = package["repository"].as_str() {
        component["externalReferences"] = json!([{ "type": "vcs", "url": repository }]);
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::allows;

    #[test]
    fn each_component_is_pinned_in_the_lock_and_has_an_allowed_licence() {
        let bill: Value = serde_json::from_str(&bill().unwrap()).unwrap();
        let lock = fs::read_to_string(places::root().join("Cargo.lock")).unwrap();
        let pinned = checksums(&lock);
        let components = bill["components"].as_array().unwrap();
        let mut seen = BTreeSet::new();
        let mut ours = 0;
        for component in components {
            let (name, version) = (text(&component["name"]), text(&component["version"]));
            assert!(seen.insert(text(&component["bom-ref"])), "{name} {version} twice");
            let entry = format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{name} {version} is not in Cargo.lock");
            let checksum = pinned.get(&(name.to_owned(), version.to_owned()));
            assert_eq!(component["hashes"][0]["content"].as_str(), checksum.map(String::as_str), "{name}");
            let licence = text(&component["licenses"][0]["expression"]);
            assert!(allows(name, licence).unwrap(), "{name}: «{licence}»");
            ours += usize::from(checksum.is_none());
        }
        for (name, is_in) in
            [("llama-cpp-sys-2", true), ("egui", true), ("proptest", false), ("xtask", false)]
        {
            assert_eq!(components.iter().any(|one| one["name"] == name), is_in, "{name}");
        }
        assert!((6..20).contains(&ours), "{ours} crates without a checksum: those of this repository");
        for dependency in bill["dependencies"].as_array().unwrap() {
            let on = dependency["dependsOn"].as_array().unwrap().iter().map(text);
            let known = |one: &str| seen.contains(one) || one.starts_with("localcoder@");
            assert!(known(text(&dependency["ref"])) && on.into_iter().all(known), "{dependency}");
        }
    }

    #[test]
    fn the_same_sources_give_the_same_bytes() {
        assert_eq!(bill().unwrap(), bill().unwrap());
    }

    #[test]
    fn what_only_builds_or_tests_is_left_out() {
        let package = |name: &str, source: Value| {
            json!({ "id": name, "name": name, "version": "1.0.0", "license": "MIT/Apache-2.0",
                    "source": source })
        };
        let dep = |name: &str, kind: Value| json!({ "pkg": name, "dep_kinds": [{ "kind": kind }] });
        let registry = || json!("registry");
        let metadata = json!({
            "packages": [package("app", Value::Null), package("a", registry()), package("b", registry()),
                         package("c", registry())],
            "resolve": { "nodes": [
                { "id": "app", "deps": [dep("a", Value::Null), dep("b", json!("build")), dep("c", json!("dev"))] },
                { "id": "a", "deps": [] }, { "id": "b", "deps": [] }, { "id": "c", "deps": [] },
            ] },
        });
        let lock = "[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nchecksum = \"77\"\n";
        let bill = of(&metadata, &checksums(lock));
        let names: Vec<&str> =
            bill["components"].as_array().unwrap().iter().map(|one| text(&one["name"])).collect();
        assert_eq!(names, ["app", "a"], "ours first");
        assert_eq!(bill["components"][1]["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert_eq!(bill["components"][1]["hashes"][0]["content"], "77");
        assert_eq!(bill["dependencies"][2], json!({ "ref": "pkg:cargo/a@1.0.0", "dependsOn": [] }));
    }
}
