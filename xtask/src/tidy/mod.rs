//! `tidy`: the rules of this repository that no compiler checks.
//!
//! Each check is a function from the tree to findings, and each has a test which shows that it can fail: a check that
//! cannot fail is worse than none.

mod architecture;
mod assets;
mod circles;
mod files;
mod git;
mod graph;
mod hostile;
mod lexer;
mod licences;
mod names;
mod network;
mod rooms;
mod skips;
mod source;

#[cfg(test)]
pub use licences::allows;

use std::process::Command;

use anyhow::{Context as _, Result};

use crate::args::{AlreadySaid, Words};
use crate::{places, shell};

/// What is wrong and where: `path:line: what, and what to do`.
type Findings = Vec<String>;

/// The files that are or would be committed.
#[derive(Debug, Default)]
struct Tree {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    /// From the root, with `/`.
    path: String,
    /// Nothing for a file that is no text.
    text: Option<String>,
}

type Check = fn(&Tree) -> Result<Findings>;

const CHECKS: &[(&str, Check)] = &[
    ("each Rust file opens with why it exists", |tree| Ok(source::opens_with_why(tree))),
    ("unsafe code has one place", |tree| Ok(source::unsafe_in_one_place(tree))),
    ("each unsafe block says why it is safe", |tree| Ok(source::says_why_safe(tree))),
    ("nothing is left to do", |tree| Ok(source::no_leftovers(tree))),
    ("no emoji as icons", |tree| Ok(source::no_emoji(tree))),
    ("decoding has a limit", |tree| Ok(source::decoding_is_limited(tree))),
    ("the editor receives nothing over ipc-channel", |tree| Ok(source::only_the_worker_receives(tree))),
    ("the network has one door", |tree| Ok(network::one_door(tree))),
    ("git has one door", |tree| Ok(git::one_door(tree))),
    ("a test that does not run says so", |tree| Ok(skips::are_said(tree))),
    ("limits are called MAX and MIN", |tree| Ok(source::limits_have_one_name(tree))),
    ("one public type name, one meaning", |tree| Ok(names::types_have_their_own(tree))),
    ("lines are short enough to read", |tree| Ok(source::lines_are_short(tree))),
    ("no path of anyone's machine", |tree| Ok(files::no_machine_paths(tree))),
    ("no registry's host", |tree| Ok(files::no_registry_hosts(tree))),
    ("names work everywhere", |tree| Ok(files::names_are_plain(tree))),
    ("the top level is fixed", |tree| Ok(files::top_level_is_fixed(tree))),
    ("fonts and icons have their licences", |tree| Ok(assets::licences_are_there(tree))),
    ("no files import each other in a circle", |tree| Ok(circles::check(tree))),
    ("features do not know each other", |tree| Ok(rooms::check(tree))),
    ("ARCHITECTURE.md names what exists", |tree| Ok(architecture::names_what_exists(tree))),
    ("who knows whom", |_| graph::check()),
    ("no dependency talks to the network unknown", |_| network::check()),
    ("licences and sources of dependencies", |_| licences::check()),
    ("what reads hostile bytes is accounted for", hostile::check),
];

/// `tidy`.
pub fn command(mut parser: lexopt::Parser) -> Result<()> {
    Words::read(&mut parser, &[])?.no_values()?;
    check_all()
}

/// Runs every check, prints every finding.
pub fn check_all() -> Result<()> {
    let tree = Tree::read()?;
    let mut clean = true;
    for (name, check) in CHECKS {
        let findings = check(&tree).with_context(|| format!("the check \"{name}\" could not be made"))?;
        println!("{:<7} {name}", if findings.is_empty() { "ok" } else { "FAILED" });
        clean &= findings.is_empty();
        for finding in findings {
            println!("        {finding}");
        }
    }
    if clean { Ok(()) } else { Err(AlreadySaid.into()) }
}

impl Tree {
    fn read() -> Result<Self> {
        let mut git = Command::new("git");
        git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(places::root());
        let list = shell::read(&mut git).context("tidy asks git which files there are")?;
        let paths = list.split('\0').filter(|path| !path.is_empty());
        let files = paths.filter_map(|path| {
            let bytes = std::fs::read(places::root().join(path)).ok()?;
            Some(File { path: path.to_owned(), text: String::from_utf8(bytes).ok() })
        });
        Ok(Self { files: files.collect() })
    }

    /// All text files.
    fn texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().filter_map(|file| Some((file.path.as_str(), file.text.as_deref()?)))
    }

    /// Rust of ours; the sample project is material, not code of ours.
    fn rust(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts().filter(|(path, _)| path.ends_with(".rs") && !path.starts_with("assets/"))
    }
}

/// A tree of made-up files for the checks' tests.
#[cfg(test)]
fn tree(files: &[(&str, &str)]) -> Tree {
    let file =
        |(path, text): &(&str, &str)| File { path: (*path).to_owned(), text: Some((*text).to_owned()) };
    Tree { files: files.iter().map(file).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file for which a rule, by its name in [`CHECKS`], finds something.
    const BROKEN: &[(&str, &[(&str, &str)])] = &[
        ("each Rust file opens with why it exists", &[("app/src/a.rs", "use std::fs;\n")]),
        ("unsafe code has one place", &[("ipc/src/a.rs", "//! Why.\nfn f() {\n    unsafe { g() }\n}\n")]),
        ("each unsafe block says why it is safe", &[("inference/src/llama/a.rs", "unsafe { g() };\n")]),
        ("nothing is left to do", &[("app/src/a.rs", "fn f() { todo!() }\n")]),
        ("no emoji as icons", &[("app/src/a.rs", "let icon = \"\u{1F4BE}\";\n")]),
        ("decoding has a limit", &[("ipc/src/a.rs", "let c = bincode::config::standard();\n")]),
        (
            "the editor receives nothing over ipc-channel",
            &[("ipc/src/a.rs", "fn f(from: IpcReceiver<Event>) {}\n")],
        ),
        ("the network has one door", &[("app/src/a.rs", "use std::net::TcpStream;\n")]),
        ("git has one door", &[("app/src/a.rs", "let c = Command::new(\"git\");\n")]),
        (
            "a test that does not run says so",
            &[("app/src/a.rs", "//! Why.\n#[test]\nfn a() {\nif !installed() { return; }\n}\n")],
        ),
        ("limits are called MAX and MIN", &[("app/src/a.rs", "const MOST_BYTES: u64 = 1;\n")]),
        (
            "one public type name, one meaning",
            &[("app/src/a.rs", "pub struct Thing;\n"), ("ipc/src/a.rs", "pub struct Thing;\n")],
        ),
        (
            "lines are short enough to read",
            &[(
                "app/src/a.rs",
                "//! xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\
                              xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n",
            )],
        ),
        ("no path of anyone's machine", &[("README.md", concat!("see /ho", "me/alice/src"))]),
        ("no registry's host", &[("a.md", concat!("https://py", "pi.org/simple"))]),
        ("names work everywhere", &[("app/my file.txt", "")]),
        ("the top level is fixed", &[("scripts/a.sh", "")]),
        ("fonts and icons have their licences", &[("assets/fonts/Lonely-Bold.ttf", "")]),
        (
            "no files import each other in a circle",
            &[("app/git/src/a.rs", "use crate::b;\n"), ("app/git/src/b.rs", "use crate::a;\n")],
        ),
        (
            "features do not know each other",
            &[
                ("app/src/features/find/update.rs", "use crate::features::explain::Explain;\n"),
                ("app/src/features/explain/mod.rs", ""),
            ],
        ),
        ("ARCHITECTURE.md names what exists", &[("ARCHITECTURE.md", "see `features/gone`\n")]),
    ];

    /// Rules about what cargo says of the whole workspace: their own tests hand them what it might say.
    const ABOUT_CARGO: &[&str] = &[
        "who knows whom",
        "no dependency talks to the network unknown",
        "licences and sources of dependencies",
        "what reads hostile bytes is accounted for",
    ];

    #[test]
    fn each_rule_can_fail() {
        let clean = tree(&[("app/src/a.rs", "//! Why.\n")]);
        for (name, check) in CHECKS.iter().filter(|(name, _)| !ABOUT_CARGO.contains(name)) {
            let broken = BROKEN.iter().find(|(of, _)| of == name);
            let (_, files) = broken.unwrap_or_else(|| panic!("no file breaks the rule \"{name}\""));
            assert!(!check(&tree(files)).unwrap().is_empty(), "\"{name}\" does not find what breaks it");
            let found = check(&clean).unwrap();
            assert!(found.is_empty(), "\"{name}\" finds something where nothing is: {found:?}");
        }
        let known = |name: &&str| CHECKS.iter().any(|(known, _)| known == name);
        let named: Vec<&str> =
            BROKEN.iter().map(|(name, _)| *name).chain(ABOUT_CARGO.iter().copied()).collect();
        assert!(named.iter().all(known), "a rule of this list is gone");
    }
}
