//! The network has one door: `models/src/download`. No other file of ours names a socket or a client, no other crate of ours may depend on
//! one, and every dependency whose source names a socket is listed here with why it does no harm.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde_json::Value;

use super::lexer::{code_only, is_word};
use super::{Findings, Tree};
use crate::{places, shell};

/// Files that may name sockets, each with why.
const HOMES: &[(&str, &str)] = &[
    ("models/src/download/", "the one door"),
    ("models/tests/", "the hub that downloads are tested against"),
    ("tests/src/server.rs", "asks the server of other programs, for comparisons"),
    ("ipc/src/socket.rs", "an AF_UNIX pair between our two programs, without a name"),
    ("ipc/tests/hostile.rs", "sends what a hostile worker would, on AF_UNIX"),
    ("app/src/airgap/", "the way to the one process that may connect, and what tries to connect elsewhere"),
    ("app/src/door/", "AF_UNIX between windows of one user: the names of files cross, and nothing else"),
    ("app/tests/airgap.rs", "tries to get sockets, and must not"),
    ("ipc/src/offline.rs", "tries to get sockets, and must not"),
    ("xtask/src/offline.rs", "gets a socket that must be found"),
    ("inference/tests/confined.rs", "tries to get a socket, and must not"),
    ("ipc/src/files.rs", "passes open models to the worker, over an AF_UNIX pair"),
];

/// Types, modules and crates that only those need who talk to the network.
const WORDS: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "SocketAddr",
    "UnixStream",
    "UnixListener",
    "UnixDatagram",
];
const PATHS: &[&str] = &["net::", "std::net", "rustix::net", "libc::socket", "libc::connect", "sys::socket"];
/// Crates of ours that ask for a feature with sockets in it, besides the one door.
const PASS_DESCRIPTORS: &[(&str, &str)] = &[("ipc", "rustix")];
/// Programs that would be a client of ours in another process.
const PROGRAMS: &[&str] = &["curl", "wget", "nc", "ncat", "telnet", "ssh", "scp", "ftp", "aria2c"];

/// Crates whose purpose is the network. In trees of ours none of them may be, whoever brings it along.
const CLIENTS: &[&str] = &[
    "actix-web",
    "async-std",
    "attohttpc",
    "awc",
    "axum",
    "curl",
    "curl-sys",
    "git2",
    "h2",
    "h3",
    "hickory-resolver",
    "http-req",
    "hyper",
    "hyper-util",
    "isahc",
    "jsonrpsee",
    "lettre",
    "libgit2-sys",
    "libssh2-sys",
    "minreq",
    "native-tls",
    "openssl",
    "openssl-sys",
    "quinn",
    "reqwest",
    "rouille",
    "smoltcp",
    "socket2",
    "ssh2",
    "surf",
    "tiny_http",
    "tokio",
    "tonic",
    "trust-dns-resolver",
    "tungstenite",
    "ureq",
    "warp",
    "websocket",
    "zmq",
];
/// The one that is allowed, and the crates of ours that may have it in their tree.
const CLIENT: (&str, &[&str]) = ("ureq", &["app", "models"]);

/// Crates that are a client with some of their features only, and those features, which nobody may ask for. `gix` cannot be without it.
const CLIENT_FEATURES: &[(&str, &[&str])] =
    &[("gix-transport", &["async-client", "blocking-client", "http-client"])];

/// Dependencies that name sockets in their source, and what they do with them in our programs.
const NAME_SOCKETS: &[(&str, &str)] = &[
    ("async-io", "waits for descriptors; below zbus"),
    ("bincode", "reads and writes an address as a value"),
    ("calloop", "waits for descriptors of the window system"),
    ("gix-transport", "in features that `CLIENT_FEATURES` keeps off; what is left are words of a protocol"),
    ("ipc-channel", "AF_UNIX between our two programs"),
    ("libc", "declarations"),
    ("linux-raw-sys", "declarations"),
    ("mio", "waits for descriptors; below ipc-channel and notify"),
    ("nix", "declarations; its sockets are a feature that nobody asks for"),
    ("polling", "waits for descriptors; below async-io"),
    ("rustix", "declarations; `net` is asked for by the download and by the window system"),
    ("rustls", "TLS over what it is given"),
    ("serde_json", "names one in an example"),
    ("signal-hook", "an AF_UNIX pair to itself, for signals"),
    ("ureq", "the client behind the one door"),
    ("wayland-backend", "AF_UNIX to the window system"),
    ("x11rb", "AF_UNIX to the window system"),
    ("zbus", "AF_UNIX to the session's bus, for assistive technology"),
];
/// What tells of a socket in the source of a dependency.
const TELLS: &[&str] = &[
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "libc::socket",
    "rustix::net",
    "sys::socket",
    "AF_INET",
    "c::socket(",
];

/// Features with sockets in them that crates other than `models` may ask for, each with why.
const MAY_ASK: &[(&str, &str, &str)] = &[
    ("ipc", "rustix", "tries in `offline` whether they are denied"),
    ("app", "rustix", "asks in `door` whose process is at the other end of an AF_UNIX socket"),
];

/// Our programs and what they are made of.
pub const PRODUCT: &[&str] = &["app", "editor-core", "inference", "ipc", "models"];

/// No file outside of [`HOMES`] names a socket or starts a client.
pub fn one_door(tree: &Tree) -> Findings {
    let mut findings = Findings::new();
    for (path, text) in tree.rust().filter(|(path, _)| !HOMES.iter().any(|(home, _)| path.starts_with(home)))
    {
        let code = code_only(text);
        for (at, (code, line)) in code.lines().zip(text.lines()).enumerate() {
            findings.extend(names_network(code, line).map(|what| {
                format!(
                    "{path}:{}: {what} belongs to models/src/download, the one door to the network",
                    at + 1
                )
            }));
        }
    }
    findings
}

fn names_network(code: &str, line: &str) -> Option<String> {
    let word = WORDS.iter().find(|word| has_word(code, word));
    let path = || PATHS.iter().find(|path| has_word(code, path));
    let client = || CLIENTS.iter().find(|client| has_word(code, &format!("{}::", client.replace('-', "_"))));
    let named = word.or_else(path).or_else(client).map(|name| (*name).to_owned());
    let started = |program: &&&str| {
        code.contains("Command::new(") && line.contains(&format!("Command::new(\"{program}\""))
    };
    named.or_else(|| PROGRAMS.iter().find(started).map(|program| format!("the program {program}")))
}

/// `word` stands there and neither begins nor ends within another; one that ends in `::` goes on as it likes.
fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let after = &code[at + word.len()..];
        !code[..at].ends_with(is_word) && (word.ends_with(':') || !after.starts_with(is_word))
    })
}

/// What our crates ask for, and what they are built from, on all systems.
pub fn check() -> Result<Findings> {
    let mut metadata = places::cargo();
    metadata.args(["metadata", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&shell::read(&mut metadata)?)?;
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let mut findings = asked_for(packages);
    findings
        .extend(becomes_client(metadata["resolve"]["nodes"].as_array().context("cargo resolves nothing")?));
    let mut built_from = BTreeSet::new();
    for package in PRODUCT {
        let tree = tree_of(package, "normal")?;
        findings.extend(judge(package, &tree));
        built_from.extend(tree);
    }
    for (name, version) in built_from {
        let of =
            |package: &&Value| package["name"] == name.as_str() && package["version"] == version.as_str();
        let manifest = packages.iter().find(of).and_then(|package| package["manifest_path"].as_str());
        let source = manifest.and_then(|path| Path::new(path).parent()).map(|folder| folder.join("src"));
        if let Some(source) = source.filter(|source| !source.starts_with(places::root())) {
            findings.extend(unexplained(&name, names_socket(&source)));
        }
    }
    Ok(findings)
}

/// Name and version of everything that a crate of ours is built from, on all systems that we build for, without tests.
pub fn tree_of(package: &str, edges: &str) -> Result<BTreeSet<(String, String)>> {
    let mut tree = places::cargo();
    tree.args(["tree", "-p", package, "--edges", edges, "--prefix", "none", "--format", "{p}"]);
    for platform in super::licences::PLATFORMS {
        tree.args(["--target", platform]);
    }
    let text = shell::read(&mut tree)?;
    let pair = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.trim_start_matches('v').to_owned()))
    };
    Ok(text.lines().skip(1).filter_map(pair).collect())
}

/// No client in a tree of ours but the one, and that one where it belongs.
fn judge(package: &str, tree: &BTreeSet<(String, String)>) -> Findings {
    let (allowed, homes) = CLIENT;
    let has = |name: &str| tree.iter().any(|(known, _)| known == name);
    let is_wrong = |name: &&&str| has(name) && !(**name == allowed && homes.contains(&package));
    let mut findings: Findings = CLIENTS
        .iter()
        .filter(is_wrong)
        .map(|name| {
            format!("{package} must not be built from {name}; see `cargo tree -p {package} -i {name}`")
        })
        .collect();
    if homes.contains(&package) && !has(allowed) {
        findings.push(format!("{package} is not built from {allowed}: is this list still right?"));
    }
    findings
}

/// A dependency that names sockets needs its reason; one that no longer does needs none.
fn unexplained(name: &str, names_socket: bool) -> Option<String> {
    let known = NAME_SOCKETS.iter().any(|(known, _)| *known == name);
    (names_socket && !known).then(|| {
        format!("{name} names sockets in its source: it goes, or NAME_SOCKETS in xtask/src/tidy/network.rs says why it does no harm")
    })
}

fn names_socket(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        if path.is_dir() {
            return names_socket(&path);
        }
        path.extension().is_some_and(|end| end == "rs")
            && std::fs::read_to_string(&path).is_ok_and(|text| TELLS.iter().any(|tell| text.contains(tell)))
    })
}

/// Features by which a crate becomes a client, in all that is resolved.
fn becomes_client(nodes: &[Value]) -> Findings {
    let mut findings = Findings::new();
    for (name, forbidden) in CLIENT_FEATURES {
        // `registry+…#gix-transport@0.62.0`
        let is_it = |node: &&Value| {
            let id = node["id"].as_str().unwrap_or_default();
            id.rsplit(['#', '/']).next().is_some_and(|end| end.split('@').next() == Some(name))
        };
        let found: Vec<&Value> = nodes.iter().filter(is_it).collect();
        if found.is_empty() {
            findings.push(format!("{name} is not built in: is CLIENT_FEATURES still right?"));
        }
        for feature in found.iter().filter_map(|node| node["features"].as_array()).flatten() {
            if let Some(feature) = forbidden.iter().find(|known| feature == **known) {
                findings
                    .push(format!("the feature {feature} makes a client of {name}: nobody may ask for it"));
            }
        }
    }
    findings
}

/// What the manifests of ours ask for, but for tests: clients, and features with sockets in them.
fn asked_for(packages: &[Value]) -> Findings {
    let ours = packages.iter().filter(|package| package["source"].is_null());
    let product = ours.filter(|package| PRODUCT.iter().any(|name| package["name"] == *name));
    let mut findings = Findings::new();
    for package in product.filter(|package| package["name"] != "models") {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        for dependency in dependencies.filter(|dependency| dependency["kind"] != "dev") {
            let name = dependency["name"].as_str().unwrap_or_default();
            let features = dependency["features"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let passes = PASS_DESCRIPTORS.iter().any(|(ours, of)| package["name"] == *ours && name == *of);
            let feature = features.into_iter().find(|feature| !passes && ["net", "socket"].contains(feature));
            if CLIENTS.contains(&name) {
                findings.push(format!(
                    "{}/Cargo.toml: {name} belongs to models",
                    package["name"].as_str().unwrap_or_default()
                ));
            } else if let Some(feature) = feature {
                let package = package["name"].as_str().unwrap_or_default();
                if MAY_ASK.iter().any(|(who, whom, _)| (*who, *whom) == (package, name)) {
                    continue;
                }
                findings
                    .push(format!("{package}/Cargo.toml: the feature {feature} of {name} belongs to models"));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::super::tree;
    use super::*;

    fn check(path: &str, text: &str, findings: usize) {
        let found = one_door(&tree(&[(path, text)]));
        assert_eq!(found.len(), findings, "{path} {text}: {found:?}");
    }

    #[test]
    fn a_second_door_is_found_in_the_source() {
        for text in [
            "use std::net::TcpStream;",
            "use std::{fs, net::Shutdown};",
            "let s = net::connect(a);",
            "let s = rustix::net::socket(a, b, c);",
            "let s = unsafe { libc::socket(a, b, c) };",
            "let s = UnixStream::connect(path);",
            "let a = ureq::get(url).call();",
            "let a = reqwest::blocking::get(url);",
            "tokio::spawn(a);",
            "let a = curl::easy::Easy::new();",
            "let a = Command::new(\"curl\").arg(url);",
        ] {
            check("app/src/a.rs", text, 1);
            check("models/src/store.rs", text, 1);
            check("models/src/download/socket.rs", text, 0);
        }
        for text in [
            "// TcpStream",
            "let a = \"std::net\";",
            "let magnet::Kind = a;",
            "internet::a();",
            "let a = my_ureq::get();",
            "let a = Command::new(\"git\");",
        ] {
            check("app/src/a.rs", text, 0);
        }
    }

    fn built_from(names: &[&str]) -> BTreeSet<(String, String)> {
        names.iter().map(|name| ((*name).to_owned(), "1.0.0".to_owned())).collect()
    }

    #[test]
    fn a_client_in_a_tree_of_ours_is_found() {
        assert!(judge("app", &built_from(&["ureq", "egui"])).is_empty());
        assert!(judge("app", &built_from(&["ureq", "reqwest", "tokio"])).len() == 2);
        assert!(judge("app", &built_from(&["egui"])).len() == 1, "a list that finds nothing is wrong");
        assert!(judge("inference", &built_from(&["ureq"]))[0].contains("-i ureq"));
        assert!(judge("inference", &built_from(&["ipc"])).is_empty());
    }

    #[test]
    fn a_crate_that_becomes_a_client_by_a_feature_is_found() {
        let nodes = |features: Value| {
            vec![serde_json::json!({"id": "registry+https://a/b#gix-transport@0.62.0", "features": features})]
        };
        assert_eq!(becomes_client(&nodes(serde_json::json!([]))), Findings::new());
        assert_eq!(becomes_client(&nodes(serde_json::json!(["blocking-client", "default"]))).len(), 1);
        assert_eq!(becomes_client(&[]).len(), 1, "a list that finds nothing is wrong");
    }

    #[test]
    fn a_dependency_with_a_socket_that_nobody_explained_is_found() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("inner")).unwrap();
        let file = folder.path().join("inner/a.rs");
        std::fs::write(&file, "fn a() {}").unwrap();
        assert!(!names_socket(folder.path()));
        std::fs::write(&file, "use std::net::TcpStream;").unwrap();
        assert!(names_socket(folder.path()));
        assert!(unexplained("telemetry", true).is_some_and(|found| found.starts_with("telemetry ")));
        assert_eq!([unexplained("telemetry", false), unexplained("mio", true)], [None, None]);
    }

    #[test]
    fn a_manifest_that_asks_for_the_network_is_found() {
        let package = |name: &str, dependency: Value| {
            serde_json::json!([{"name": name, "source": null, "dependencies": [dependency]}])
                .as_array()
                .cloned()
                .unwrap()
        };
        let client = serde_json::json!({"name": "reqwest", "kind": null, "features": []});
        let sockets = serde_json::json!({"name": "rustix", "kind": null, "features": ["fs", "net"]});
        let of_tests = serde_json::json!({"name": "rustix", "kind": "dev", "features": ["net"]});
        assert_eq!(asked_for(&package("app", client.clone())), ["app/Cargo.toml: reqwest belongs to models"]);
        assert_eq!(asked_for(&package("inference", sockets.clone())).len(), 1);
        assert!(asked_for(&package("app", sockets.clone())).is_empty(), "it has its reason");
        assert!(asked_for(&package("ipc", sockets.clone())).is_empty(), "it has its reason");
        assert!(asked_for(&package("ipc", of_tests)).is_empty());
        assert!(asked_for(&package("models", client)).is_empty());
        assert!(asked_for(&package("xtask", sockets)).is_empty());
    }
}
